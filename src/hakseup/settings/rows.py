"""One row of the table of settings: a field of a dataclass with its default, its bounds and its words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hakseup.words import Words


@dataclass(frozen=True)
class About:
    """What the table knows of one setting besides its type and default."""

    words: Words
    low: float | None = None
    high: float | None = None
    above: float | None = None
    choices: tuple[str, ...] = ()
    option: str | None = None


def _(
    default: Any,
    en: str,
    ko: str,
    *,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    choices: tuple[str, ...] = (),
    option: str | None = None,
) -> Any:
    about = About(Words(en, ko), low, high, above, choices, option)
    return field(default=default, metadata={"about": about})
