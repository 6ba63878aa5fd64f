"""What a command is, and what it is called with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hakseup.cli.options import COMMON, SET, Argument, Option, of_settings
from hakseup.cli.screen import Screen
from hakseup.words import Words


@dataclass(frozen=True)
class Call:
    """One call: where it prints, what was typed, and the settings it said, checked."""

    screen: Screen
    typed: list[str]
    settings: dict[str, Any]


@dataclass(frozen=True)
class Command:
    """One command of the command line.

    name, words, more: what it is called and what help says of it.
    run: takes the `Call` and each of `takes` by name; gives the JSON object, None where it was printed already.
    sections: sections of the table of settings whose options and `--set` it takes; keys: single settings.
    """

    name: str
    words: Words
    run: Callable[..., dict[str, Any] | None]
    takes: tuple[Argument | Option, ...] = ()
    more: Words | None = None
    sections: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[Option, ...]:
        """Options made from the table of settings, and those that every command has."""
        return (*of_settings(self.sections, self.keys), *((SET,) if self.sections else ()), *COMMON)
