"""One call of the command line: from its words to what is printed and its exit status."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

from hakseup.errors import CallError
from hakseup.words import Language, Words, language, speak


def start(arguments: Sequence[str]) -> int:
    """Carry out one call; every way out of it ends here.

    Args:
        arguments: the words behind `hakseup`.

    Returns:
        The exit status.
    """
    from hakseup.cli.screen import ReaderGone, forgiving_streams
    from hakseup.files import returned_memory

    returned_memory()
    as_json, lang = scan(arguments)
    with forgiving_streams(), speak(_language(lang)):
        try:
            try:
                status = _carry_out(arguments, as_json, lang)
            except Exception as error:  # the one place where nothing may pass
                if isinstance(error, ReaderGone):
                    raise
                status = _fail(error, arguments, as_json)
            except KeyboardInterrupt as error:
                status = _fail(error, arguments, as_json)
            sys.stdout.flush()
        except (ReaderGone, BrokenPipeError):
            _let_go()
            return 0  # `hakseup runs | head -1`: the reader has what it wanted
    return status


def scan(arguments: Sequence[str]) -> tuple[bool, str | None]:
    """Whether `--json` and what `--lang` is among the words: both must be known before the rest is read."""
    as_json, lang = False, None
    for at, word in enumerate(arguments):
        if word == "--":
            break
        as_json = as_json or word == "--json"
        if word == "--lang" and at + 1 < len(arguments):
            lang = arguments[at + 1]
        elif word.startswith("--lang="):
            lang = word.partition("=")[2]
    return as_json, lang


def _language(lang: str | None) -> Language | None:
    """The language to speak: the one asked for, unless this console cannot show it."""
    from hakseup.cli.screen import shows_hangul

    chosen: Language = "ko" if lang == "ko" else "en" if lang == "en" else language()
    if chosen == "ko" and not (shows_hangul(sys.stdout) and shows_hangul(sys.stderr)):
        return "en"
    return chosen


def _carry_out(arguments: Sequence[str], as_json: bool, lang: str | None) -> int:
    from hakseup.cli.command import Call
    from hakseup.cli.options import collect
    from hakseup.cli.parser import read

    if lang not in (None, "ko", "en"):
        raise CallError(
            "unknown-language",
            Words(f"--lang {lang}: expected ko or en.", f"--lang {lang}: ko 또는 en이어야 합니다."),
        )
    asked = read(arguments)
    if asked.wants == "command" and asked.command is not None:
        from hakseup.cli.screen import Screen

        command, values = asked.command, dict(asked.values)
        screen = Screen(as_json)
        if lang == "ko" and language() == "en":
            screen.tell("This console cannot show Hangul; English is spoken instead.")
        made = [(option, values.pop(option.name, None)) for option in command.options if option.setting]
        settings = collect(made, values.pop("assignments", None) or [], command.sections)
        for name in ("json", "lang", "help"):
            values.pop(name, None)
        answer = command.run(Call(screen, ["hakseup", *arguments], settings), **values)
        if answer is not None:
            screen.answer(answer)
        return 0
    if asked.wants == "version":
        return _version(as_json)
    if asked.command is None and as_json and "--help" not in arguments and "-h" not in arguments:
        raise CallError(
            "missing-command",
            Words("No command was given.", "명령이 없습니다."),
            Words("`hakseup --help` lists the commands.", "`hakseup --help`로 명령을 볼 수 있습니다."),
        )
    from hakseup.cli.help import page
    from hakseup.cli.screen import write

    write("\n".join(page(asked.command)))
    return 0


def _version(as_json: bool) -> int:
    from hakseup.cli.failures import version
    from hakseup.cli.screen import print_json, write

    if as_json:
        print_json({"hakseup": version()})
    else:
        write(f"hakseup {version()}")
    return 0


def _fail(error: BaseException, arguments: Sequence[str], as_json: bool) -> int:
    """Say what went wrong; the exit status."""
    from hakseup.cli.failures import as_error
    from hakseup.cli.screen import Screen, print_json

    told = as_error(error, arguments)
    with contextlib.suppress(OSError):  # nobody reads standard error: the status still says it
        Screen(as_json).complain(told)
    if as_json:
        print_json({"error": told.as_dict()})
    return told.exit_status


def _let_go() -> None:
    """The reader of our output is gone: let Python close it in peace."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
