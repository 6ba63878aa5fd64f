"""Typer reads the words of a call; the application is made from the table of commands, in the language spoken.

Only reading happens inside Typer: what it hands back is carried out outside, so that a failure of the work can never
be taken for one of the call. Its own refusals are said again in `refusals`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from hakseup.cli.command import Command
from hakseup.cli.commands import COMMANDS
from hakseup.cli.options import COMMON, HELP, LANG, VERSION, Argument, Option
from hakseup.cli.refusals import extra_word, refusal, unknown_command


@dataclass(frozen=True)
class Read:
    """What a call asks for: a command with its values; or a page of help (None: of hakseup) or the version."""

    command: Command | None
    values: dict[str, Any]
    wants: str = "command"  # or "help" or "version"


class _Asked(Exception):
    """--help or --version: nothing else of the call matters."""

    def __init__(self, read: Read) -> None:
        super().__init__(read.wants)
        self.read = read


class _Commands(TyperGroup):
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in self.commands:
            raise unknown_command(args[0], list(self.commands))
        return super().resolve_command(ctx, args)


class _OneCommand(TyperCommand):
    allow_extra_args = True  # so that the refusal is ours

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        if rest:
            raise extra_word(self.name or "", rest[0])
        return rest


def read(arguments: Sequence[str]) -> Read:
    """What these words ask for.

    Raises:
        CallError: an unknown command or option, a missing or extra word; the message names the nearest right one.
    """
    application = typer.main.get_command(_application())
    try:
        found = application.main(list(arguments), prog_name="hakseup", standalone_mode=False)
    except _Asked as asked:
        return asked.read
    except typer.TyperException as error:
        raise refusal(error, _called(arguments)) from None
    return found if isinstance(found, Read) else Read(None, {}, "help")


def _called(arguments: Sequence[str]) -> Command | None:
    """The command among the words, where there is one."""
    skip = False
    for word in arguments:
        if not skip and not word.startswith("-"):
            return next((command for command in COMMANDS if command.name == word), None)
        skip = word == LANG.flag  # its value stands behind it
    return None


def _application() -> typer.Typer:
    app = typer.Typer(
        cls=_Commands,
        add_completion=False,
        rich_markup_mode=None,
        add_help_option=False,
        invoke_without_command=True,
        callback=_callback(None, (*COMMON, VERSION)),
    )
    for command in COMMANDS:
        app.command(command.name, cls=_OneCommand, add_help_option=False, help=str(command.words))(
            _callback(command, (*command.takes, *command.options))
        )
    return app


def _callback(command: Command | None, takes: Sequence[Argument | Option]) -> Callable[..., Read]:
    """A function with the signature that Typer reads, which hands back what it was given."""

    def give(**values: Any) -> Read:
        return Read(command, values, "command" if command else "help")

    parameters = [
        inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for one in takes
        for default, kind in [_typer(one, command)]
    ]
    give.__dict__["__signature__"] = inspect.Signature(parameters)
    give.__annotations__.clear()
    return give


def _typer(one: Argument | Option, command: Command | None) -> tuple[Any, Any]:
    """The description and the type that Typer wants. Every value is text: checking is ours."""
    if isinstance(one, Argument):
        kind: Any = list[str] if one.many else str
        if not one.required:
            return typer.Argument(None, metavar=one.metavar), kind | None
        return typer.Argument(..., metavar=one.metavar), kind
    flags = (one.flag, one.short) if one.short else (one.flag,)
    if one is HELP or one is VERSION:
        wants = "help" if one is HELP else "version"

        def asked(value: bool) -> None:
            if value:
                raise _Asked(Read(command, {}, wants))

        return typer.Option(False, *flags, callback=asked), bool
    if one.is_switch:
        return typer.Option(False, *flags), bool
    kind = list[str] if one.many else str
    return typer.Option(None, *flags, metavar=one.metavar), kind | None
