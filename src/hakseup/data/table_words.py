"""How columns and shares are put into sentences about a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hakseup.words import Words

NAMED = 6  # columns that are named in a sentence
Finding = tuple[str, str, Words]  # level, code, sentences


def listed(names: Sequence[Any]) -> Words:
    """The first six of some columns: pairs as {"en", "ko"}, or plain names."""
    en, ko = ([n if isinstance(n, str) else n[language] for n in names] for language in ("en", "ko"))
    more = len(names) - NAMED
    if more > 0:
        return Words(f"{', '.join(en[:NAMED])} and {more:,} more", f"{', '.join(ko[:NAMED])} 외 {more:,}개")
    return Words(", ".join(en), ", ".join(ko))


def percent(share: float) -> str:
    """A share for people; what is not quite nothing or all is never rounded to it."""
    text = f"{share:.0%}"
    return f"{min(share, 0.999):.1%}" if text in ("100%", "0%") and 0 < share < 1 else text


def amount(value: float, digits: int = 4) -> str:
    """A number with so many significant digits, or the whole one where it has more: 0.2513, 86,840 and never 8.684e+04."""
    return f"{value:,.0f}" if 10**digits <= abs(value) < 1e15 else f"{value:,.{digits}g}"
