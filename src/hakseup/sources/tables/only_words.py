"""Columns that are words without any doubt, all of them found in one go.

Looking closely at one column takes milliseconds; with ten thousand of them that is most of what reading costs.
"""

from __future__ import annotations

import polars as pl

_MOST = 0.5  # share of the cells; a column of numbers, dates or amounts bears far fewer words
# A cell that begins with a letter, unless what begins so may be an amount, a date, a time, a truth or no number.
_WORD = r"^\s*\p{L}"
_MAYBE = (
    r"^\s*(?i:(?:US|CA|AU|HK|NT|[ACS])?[₩$€£¥]|KRW|USD|EUR|JPY|GBP|CNY|am|pm|오전|오후|q[1-4]|inf|nan|true|false"
    r"|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
)


def only_words(frame: pl.DataFrame) -> list[str]:
    """The columns in which no cell is a number and at least half of those that are filled are words.

    Args:
        frame: columns of text; null is an empty cell.
    """
    if not frame.width or not len(frame):
        return []
    numbers = frame.select(pl.all().cast(pl.Float64, strict=False).is_not_null().any()).row(0)
    words = frame.select((pl.all().str.contains(_WORD) & ~pl.all().str.contains(_MAYBE)).mean()).row(
        0
    )  # of the cells that are filled
    return [
        name
        for name, number, share in zip(frame.columns, numbers, words, strict=True)
        if not number and share is not None and share >= _MOST
    ]
