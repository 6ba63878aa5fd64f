"""How numbers are written for people: enough digits, not more."""

from __future__ import annotations

from collections.abc import Sequence


def number(value: float | None, digits: int | None = None) -> str:
    """1,234 or 0.0123; three significant figures where `digits` does not say otherwise; "–" for None."""
    if value is None or value != value:
        return "–"
    if isinstance(value, int) or (digits is None and float(value).is_integer() and abs(value) < 1e15):
        return f"{int(value):,}"
    if digits is not None:
        return f"{value:,.{digits}f}"
    if 1 <= abs(value) < 1e12:  # an amount in won stays one: 3,216,540, not 3.22e+06
        return f"{value:,.{max(0, 3 - len(str(int(abs(value)))))}f}"
    return f"{value:.3g}"


def bare(value: float, low: float, high: float) -> str:
    """A number of a column from low to high; years stand without a comma."""
    years = low >= 1000 and high < 3000 and float(low).is_integer() and float(high).is_integer()
    return f"{value:.0f}" if years else number(value)


def decimals(n: float) -> int:
    """How many decimals of a percentage n pictures carry."""
    return 0 if n < 50 else 1 if n < 5000 else 2


def percent(share: float | None, n: float = 1000) -> str:
    """A share as "97.8%"; "–" for None.

    Args:
        share: 0 to 1. What is not quite 0 or 1 is never rounded to it: 0.9998 is "99.98%".
        n: of how many pictures; it decides the decimals.
    """
    if share is None or share != share:
        return "–"
    digits = decimals(n)
    while True:
        shown = f"{100 * share:.{digits}f}"
        if share in (0, 1) or float(shown) not in (0, 100):
            return f"{shown}%"
        if digits == 3:
            return ">99.9%" if share > 0.5 else "<0.1%"
        digits += 1


def probability(p: float) -> str:
    """What the network claims of one picture: "97%", "99.4%", ">99.9%", "<0.1%"."""
    if p > 0.9995 or p < 0.0005:
        return ">99.9%" if p > 0.5 else "<0.1%"
    return f"{100 * p:.0f}%" if 0.01 <= p <= 0.99 else f"{100 * p:.1f}%"


def known(interval: Sequence[float | None] | None) -> tuple[float, float] | None:
    """The interval, or None where one of its ends is not known."""
    if interval is None or interval[0] is None or interval[1] is None:
        return None
    return interval[0], interval[1]
