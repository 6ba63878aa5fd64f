"""How numbers read on the terminal; shares are written as in the report (`report.numbers`)."""

from __future__ import annotations

from collections.abc import Sequence

from hakseup.report.numbers import decimals, number, percent
from hakseup.words import Words, language


def decimal(value: float | None) -> str:
    """A loss: four digits behind the point."""
    return number(value, 4)


def share(value: float | None, n: float = 1000) -> str:
    """A share in percent, with as many decimals as n pictures carry."""
    return percent(value, n)


def probability(value: float) -> str:
    """A probability that a network gives: it is never quite sure."""
    return ">99.9%" if value > 0.999 else f"{100 * value:.1f}%"


def between(interval: Sequence[float | None] | None, n: float = 1000) -> str:
    """An interval of shares: "97.8 to 98.4%"."""
    if not interval or None in interval:
        return "–"
    low, high = (f"{100 * (end or 0):.{decimals(n)}f}" for end in interval)
    return str(Words(f"{low} to {high}%", f"{low}~{high}%"))


def duration(seconds: float | None) -> str:
    """0.42 s, 12.3 s, 2 min 5 s, 1 h 2 min."""
    if seconds is None or seconds != seconds:
        return "–"
    korean = language() == "ko"
    if seconds < 59.95:
        text = f"{seconds:.2f}" if seconds < 1 else f"{seconds:.1f}"
        return f"{text}초" if korean else f"{text} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}분 {rest}초" if korean else f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}시간 {minutes}분" if korean else f"{hours} h {minutes} min"


def roughly(seconds: float) -> Words:
    """A time that is not known well: about 90 s, about 12 min, about 2.5 h."""
    if seconds < 120:
        shown = f"{10 * max(1, round(seconds / 10))}"
        return Words(f"about {shown} s", f"약 {shown}초")
    if seconds < 5400:
        return Words(f"about {seconds / 60:.0f} min", f"약 {seconds / 60:.0f}분")
    hours = f"{seconds / 3600:.1f}".removesuffix(".0")
    return Words(f"about {hours} h", f"약 {hours}시간")


def amount(value: float, unit: str) -> str:
    """So much of a unit of `progress`: 1.5 MB, 12,000."""
    if unit != "bytes":
        return f"{value:,.0f}"
    for name in ("bytes", "KB", "MB"):
        if value < 1000:
            return f"{value:.0f} {name}" if name == "bytes" else f"{value:.1f} {name}"
        value /= 1000
    return f"{value:.2f} GB"
