"""Calls that cannot be understood: Typer's refusals in our own words, with the nearest right one."""

from __future__ import annotations

from collections.abc import Sequence

from hakseup import settings
from hakseup.cli.command import Command
from hakseup.cli.options import COMMON, VERSION, Option
from hakseup.errors import CallError, nearest
from hakseup.words import Words


def refusal(error: Exception, command: Command | None) -> CallError:
    """A usage error of Typer as one of ours.

    Typer's own classes of usage errors are private; what they carry tells them apart.

    Args:
        error: what Typer raised.
        command: the command that was called; None where it did not come to that.
    """
    called = "hakseup" if command is None else f"hakseup {command.name}"
    option = getattr(error, "option_name", None)
    if option is not None:
        options = {one.flag: one for one in _options(command)}
        if option not in options:
            return _unknown(option, called, options)
        if options[option].is_switch:
            return CallError(
                "value-not-wanted",
                Words(f"{option} stands alone; it takes no value.", f"{option}에는 값을 줄 수 없습니다."),
                see(called),
            )
        return CallError(
            "missing-value",
            Words(f"{option} needs a value behind it.", f"{option} 뒤에 값이 필요합니다."),
            see(called),
        )
    parameter = getattr(error, "param", None)
    if parameter is not None:
        name = parameter.metavar or parameter.name
        return CallError(
            "missing-argument",
            Words(f"`{called}` needs {name}.", f"`{called}`에는 {name}이(가) 필요합니다."),
            see(called),
        )
    text = getattr(error, "message", str(error))
    return CallError("bad-call", Words(text, f"명령을 이해할 수 없습니다: {text}"), see(called))


def unknown_command(name: str, names: Sequence[str]) -> CallError:
    """No such command."""
    near = nearest(name, list(names))
    return CallError(
        "unknown-command",
        Words(f"There is no command '{name}'.", f"'{name}'(이)라는 명령은 없습니다."),
        Words(f"Did you mean `hakseup {near}`?", f"`hakseup {near}`을(를) 뜻하셨나요?")
        if near
        else Words("`hakseup --help` lists the commands.", "`hakseup --help`로 명령을 볼 수 있습니다."),
    )


def extra_word(command: str, word: str) -> CallError:
    """A word that the command has no use for."""
    return CallError(
        "extra-argument",
        Words(
            f"`hakseup {command}` does not know what to do with '{word}'.",
            f"`hakseup {command}`에 남는 말이 있습니다: '{word}'.",
        ),
        Words(
            f"A name with spaces needs quotes; `hakseup {command} --help` shows how it is called.",
            f"공백이 든 이름은 따옴표로 감싸세요. 쓰는 법: `hakseup {command} --help`",
        ),
    )


def see(called: str) -> Words:
    """Where the help is."""
    return Words(f"`{called} --help` shows how it is called.", f"쓰는 법: `{called} --help`")


def _options(command: Command | None) -> list[Option]:
    if command is None:
        return [*COMMON, VERSION]
    return [*(one for one in command.takes if isinstance(one, Option)), *command.options]


def _unknown(option: str, called: str, known: Sequence[str] | dict[str, Option]) -> CallError:
    """No such option: the nearest one, or the setting that was meant."""
    near = nearest(option, list(known))
    word = option.lstrip("-").replace("-", "_")
    keys = [row.key for row in settings.table() if row.key.partition(".")[2] == word]
    if keys and "--set" in known and (near is None or near.lstrip("-").replace("-", "_") != word):
        row = settings.setting(keys[0])
        meant = row.about.option or f"--set {row.key}=…"
        hint = Words(f"Did you mean `{meant}`?", f"`{meant}`을(를) 뜻하셨나요?")
    elif near is not None:
        hint = Words(f"Did you mean `{near}`?", f"`{near}`을(를) 뜻하셨나요?")
    else:
        hint = see(called)
    return CallError(
        "unknown-option",
        Words(f"`{called}` has no option {option}.", f"`{called}`에는 {option} 옵션이 없습니다."),
        hint,
    )
