"""A column whose cells hold several numbers each: blood pressure 120/80, sizes 10x20x30, ratios 1:2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hakseup.data.table_scales import AUTO, Scale, fill_of
from hakseup.settings import PreparationSettings
from hakseup.words import Words

if TYPE_CHECKING:
    import polars as pl

_NUMBER = r"(\d{1,5}(?:[.,]\d+)?)"
_NEXT = rf"\s*[/:xX×*~]\s*{_NUMBER}"
# How many numbers, and how they stand; 010-1234-5678 is none.
_FORMS = {k: rf"^\s*{_NUMBER}{_NEXT * (k - 1)}\s*$" for k in (2, 3, 4)}
_SCORE = r"^\s*(\d{1,3})\s*-\s*(\d{1,3})\s*$"  # 21-15


def numbers_in(cells: pl.Series) -> int:
    """How many numbers each of these cells holds, 2 to 4; 0: they are written in no such way, or not all alike.

    Args:
        cells: text.
    """
    filled = cells.drop_nulls()
    for k in _FORMS:
        if len(filled) and all(np.isfinite(split(some, k)).all() for some in (filled[:100], filled)):
            return k
    return 0


def split(cells: pl.Series, k: int) -> np.ndarray:
    """The numbers in each cell, float64 (n, k); NaN where it is missing or written otherwise."""
    import polars as pl

    form = _FORMS[k] if k > 2 else f"(?:{_FORMS[2]})|(?:{_SCORE})"
    groups = cells.str.extract_groups(form).struct.unnest()
    parts = [
        pl.coalesce(*(str(at + 1 + also) for also in range(0, len(groups.columns), k)))
        .str.replace(",", ".", literal=True)
        .cast(pl.Float64, strict=False)
        .alias(f"n{at}")
        for at in range(k)
    ]
    return np.array(groups.select(parts).fill_null(np.nan).to_numpy(), np.float64)


@dataclass(frozen=True)
class SeveralColumn:
    """fills, scales: of each number. indicator: whether a column says where they are missing; training had missing ones."""

    name: str
    words: Words
    fills: tuple[float, ...]
    scales: tuple[Scale, ...]
    indicator: bool

    @staticmethod
    def fitted(column: pl.Series, words: Words, settings: PreparationSettings) -> SeveralColumn:
        """Fit on the cells of training rows, text in which `numbers_in` is not 0."""
        known = column.drop_nulls()
        values = split(known, numbers_in(known) or 2).T
        kind = AUTO if settings.numbers == "auto" else settings.numbers
        return SeveralColumn(
            column.name,
            words,
            tuple(fill_of(v, settings.missing) for v in values),
            tuple(Scale.fitted(v, kind) for v in values),
            settings.indicators and len(known) < len(column),
        )

    @property
    def numbers(self) -> tuple[str, ...]:
        """What its numbers are called."""
        return tuple(f"{self.name}_{at + 1}" for at in range(len(self.fills)))

    def encode(self, column: pl.Series, out: np.ndarray) -> None:
        """Write the numbers of these cells, float32 (n, k)."""
        values = split(column, len(self.fills))
        for at, (fill, scale) in enumerate(zip(self.fills, self.scales, strict=True)):
            one = values[:, at]
            one[~np.isfinite(one)] = fill
            out[:, at] = scale.apply(one)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "role": "numbers",
            "name": self.name,
            "words": self.words.as_dict(),
            "fills": list(self.fills),
            "scales": [scale.as_dict() for scale in self.scales],
            "indicator": self.indicator,
        }
