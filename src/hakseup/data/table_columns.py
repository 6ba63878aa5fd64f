"""One column each: what was fitted on it, and how its cells become numbers or codes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hakseup.data.table_scales import AUTO, Scale, fill_of
from hakseup.data.table_several import SeveralColumn, split
from hakseup.data.table_target import as_keys
from hakseup.errors import DataError
from hakseup.settings import PreparationSettings
from hakseup.sources.classes import natural_key
from hakseup.words import Words, josa

if TYPE_CHECKING:
    import polars as pl

UNSEEN, MISSING, FIRST = 0, 1, 2  # codes of a category: not known, missing, the first known one
_DAY = 86_400_000_000  # microseconds
_REMEMBERED = 10_000  # rare categories told apart from unseen ones
PARTS = ("year", "month", "weekday", "days", "hour")


@dataclass(frozen=True)
class NumberColumn:
    """fill: what stands for a missing value. indicator: whether a column says where; training had missing ones."""

    name: str
    words: Words
    fill: float
    scale: Scale
    indicator: bool

    @staticmethod
    def fitted(column: pl.Series, words: Words, settings: PreparationSettings) -> NumberColumn:
        """Fit on the cells of training rows, Float64."""
        values = column.drop_nulls().to_numpy()
        fill = fill_of(values, settings.missing)
        kind = AUTO if settings.numbers == "auto" else settings.numbers
        return NumberColumn(
            column.name,
            words,
            fill,
            Scale.fitted(values, kind),
            settings.indicators and len(values) < len(column),
        )

    @property
    def numbers(self) -> tuple[str, ...]:
        """What its numbers are called."""
        return (self.name,)

    def encode(self, column: pl.Series, out: np.ndarray) -> None:
        """Write the numbers of these cells, float32 (n, 1)."""
        out[:, 0] = self.scale.apply(_filled(column, self.fill))

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "role": "number",
            "name": self.name,
            "words": self.words.as_dict(),
            "fill": self.fill,
            "scale": self.scale.as_dict(),
            "indicator": self.indicator,
        }


@dataclass(frozen=True)
class DateColumn:
    """first: the earliest training date, microseconds since 1970. parts: what is made of a date (see `PARTS`)."""

    name: str
    words: Words
    first: int
    parts: tuple[str, ...]
    fills: tuple[float, ...]
    scales: tuple[Scale, ...]
    indicator: bool

    @staticmethod
    def fitted(column: pl.Series, words: Words, settings: PreparationSettings) -> DateColumn:
        """Fit on the cells of training rows, Datetime; an hour is taken where any of them has a time of day."""
        known = column.drop_nulls()
        stamps = known.to_physical().to_numpy()
        first = int(stamps.min()) if len(stamps) else 0
        parts = PARTS if np.any(stamps % _DAY) else PARTS[:-1]
        kind = AUTO if settings.numbers == "auto" else settings.numbers
        values = [_date_part(known, part, first) for part in parts]
        return DateColumn(
            column.name,
            words,
            first,
            parts,
            tuple(fill_of(v, settings.missing) for v in values),
            tuple(Scale.fitted(v, kind) for v in values),
            settings.indicators and len(known) < len(column),
        )

    @property
    def numbers(self) -> tuple[str, ...]:
        """What its numbers are called."""
        return tuple(f"{self.name}_{part}" for part in self.parts)

    def encode(self, column: pl.Series, out: np.ndarray) -> None:
        """Write the numbers of these cells, float32 (n, parts)."""
        missing = column.is_null().to_numpy()
        for at, (part, fill, scale) in enumerate(zip(self.parts, self.fills, self.scales, strict=True)):
            values = _date_part(column, part, self.first)
            values[missing] = fill
            out[:, at] = scale.apply(values)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "role": "date",
            "name": self.name,
            "words": self.words.as_dict(),
            "first": self.first,
            "parts": list(self.parts),
            "fills": list(self.fills),
            "scales": [scale.as_dict() for scale in self.scales],
            "indicator": self.indicator,
        }


@dataclass(frozen=True)
class CategoryColumn:
    """categories: the known ones, in natural order; the code of the first is `FIRST`.

    missing: whether training had missing cells, and they are told apart in the one-hot form.
    rare: hashes of categories that training had and that are taken as unseen, sorted; hashes, so that a run does
    not keep what may name a single person. None: too many to remember.
    """

    name: str
    words: Words
    categories: tuple[str, ...]
    missing: bool
    rare: tuple[int, ...] | None

    @staticmethod
    def fitted(column: pl.Series, words: Words, settings: PreparationSettings) -> CategoryColumn:
        """Fit on the cells of training rows, of any type."""
        import polars as pl

        text = as_keys(column)
        least = settings.rare or min(10, max(2, len(column) // 1000))
        tally = text.drop_nulls().value_counts(name="rows")
        names, rows = tally[text.name].to_list(), tally["rows"].to_numpy()
        order = sorted(range(len(names)), key=lambda i: (-int(rows[i]), natural_key(names[i])))
        known = [names[i] for i in order[: settings.most] if rows[i] >= least]
        rare = pl.Series(sorted(set(names) - set(known)), dtype=pl.String)
        return CategoryColumn(
            column.name,
            words,
            tuple(sorted(known, key=natural_key)),
            settings.indicators and text.null_count() > 0,
            tuple(sorted(_hash(v) for v in rare)) if len(rare) <= _REMEMBERED else None,
        )

    @property
    def cardinality(self) -> int:
        """How many codes there are, those for unseen and missing included."""
        return FIRST + len(self.categories)

    def encode(self, column: pl.Series) -> np.ndarray:
        """Codes of these cells, int64 (n,)."""
        import polars as pl

        text = as_keys(column)
        codes = text.cast(pl.Enum(self.categories), strict=False).to_physical().cast(pl.Int64) + FIRST
        out = np.array(codes.fill_null(UNSEEN).to_numpy(), np.int64)
        out[text.is_null().to_numpy()] = MISSING
        return out

    def unseen(self, column: pl.Series) -> int:
        """How many of these cells hold a category that training did not have; 0 where that is not known."""
        if self.rare is None:
            return 0
        text = as_keys(column).drop_nulls()
        tally = text.value_counts(name="rows")
        had, rare = set(self.categories), set(self.rare)
        return sum(rows for name, rows in tally.iter_rows() if name not in had and _hash(name) not in rare)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "role": "category",
            "name": self.name,
            "words": self.words.as_dict(),
            "categories": list(self.categories),
            "missing": self.missing,
            "rare": None if self.rare is None else list(self.rare),
        }


FittedColumn = NumberColumn | DateColumn | SeveralColumn | CategoryColumn


def fitted_column(
    role: Literal["number", "numbers", "category", "date"],
    column: pl.Series,
    words: Words,
    settings: PreparationSettings,
) -> FittedColumn:
    """What `settings` make of a column with this role, from the cells of training rows."""
    kinds: Mapping[str, type[FittedColumn]] = {
        "number": NumberColumn,
        "category": CategoryColumn,
        "date": DateColumn,
        "numbers": SeveralColumn,
    }
    return kinds[role].fitted(column, words, settings)


def column_from_dict(values: Mapping[str, Any]) -> FittedColumn:
    """Back from `as_dict`; a KeyError, TypeError or ValueError where that is not what it is."""
    name, words = str(values["name"]), Words(str(values["words"]["en"]), str(values["words"]["ko"]))
    if values["role"] == "number":
        return NumberColumn(
            name,
            words,
            float(values["fill"]),
            Scale.from_dict(values["scale"]),
            bool(values["indicator"]),
        )
    if values["role"] == "date":
        return DateColumn(
            name,
            words,
            int(values["first"]),
            tuple(str(part) for part in values["parts"]),
            tuple(float(fill) for fill in values["fills"]),
            tuple(Scale.from_dict(scale) for scale in values["scales"]),
            bool(values["indicator"]),
        )
    if values["role"] == "numbers":
        return SeveralColumn(
            name,
            words,
            tuple(float(fill) for fill in values["fills"]),
            tuple(Scale.from_dict(scale) for scale in values["scales"]),
            bool(values["indicator"]),
        )
    if values["role"] != "category":
        raise ValueError(values["role"])
    rare = values["rare"]
    return CategoryColumn(
        name,
        words,
        tuple(str(c) for c in values["categories"]),
        bool(values["missing"]),
        None if rare is None else tuple(int(v) for v in rare),
    )


def expected(column: FittedColumn) -> Words:
    """What the cells of this column are."""
    if isinstance(column, NumberColumn):
        return Words("numbers", "수")
    if isinstance(column, DateColumn):
        return Words("dates", "날짜")
    if isinstance(column, SeveralColumn):
        k = len(column.fills)
        return Words(f"{k} numbers", f"수 {k}개")
    return Words("categories", "범주")


def typed(cells: pl.Series, column: FittedColumn) -> pl.Series:
    """Cells as this column takes them: Float64, Datetime, or what `as_keys` takes.

    Raises:
        DataError: a cell that is no number or no date; the message names the first, by its row from 1.
    """
    import polars as pl

    kind = cells.dtype
    if isinstance(column, CategoryColumn):
        return cells.cast(pl.Float64) if kind.is_numeric() else cells
    if isinstance(column, SeveralColumn):
        text = cells.cast(pl.String)
        fits = np.isfinite(split(text, len(column.fills))).all(1)
        _require(text, pl.select(pl.when(pl.lit(pl.Series(fits))).then(pl.lit(text))).to_series(), column)
        return text
    wanted = pl.Float64 if isinstance(column, NumberColumn) else pl.Datetime("us")
    if kind == wanted:
        return cells
    if wanted == pl.Float64 and (kind.is_numeric() or kind in (pl.Boolean, pl.String)):
        out = cells.cast(pl.Float64, strict=False)
    elif wanted != pl.Float64 and kind == pl.String:
        out = cells.str.to_datetime(strict=False, time_unit="us")
    elif wanted != pl.Float64 and (kind == pl.Date or isinstance(kind, pl.Datetime)):
        plain = cells.dt.replace_time_zone(None) if getattr(kind, "time_zone", None) else cells
        out = plain.cast(pl.Datetime("us"))
    else:
        out = pl.Series(cells.name, [None] * len(cells), wanted)
    _require(cells, out, column)
    return out


def _require(cells: pl.Series, out: pl.Series, column: FittedColumn) -> None:
    if out.null_count() == cells.null_count():
        return
    bad = (out.is_null() & ~cells.is_null()).to_numpy()
    row = int(np.flatnonzero(bad)[0])
    what = expected(column)
    raise DataError(
        "bad-cell",
        Words(
            f"Row {row + 1:,}, column '{column.name}': expected {what.en}, found '{cells[row]}' "
            f"({int(bad.sum()):,} such cells).",
            f"{row + 1:,}번째 행, '{column.name}' 열: {what.ko}이어야 하는데 '{cells[row]}'입니다"
            f"(이런 칸 {int(bad.sum()):,}개).",
        ),
        Words("Correct these cells, or leave them empty.", "이 칸을 고치거나 비워 두세요."),
    )


def _filled(column: pl.Series, fill: float) -> np.ndarray:
    """The cells as float64 with `fill` for missing, infinite and not-a-number ones; a copy."""
    values = np.array(column.to_numpy(), np.float64)  # a null becomes NaN; fill_null costs a millisecond
    values[~np.isfinite(values)] = fill
    return values


def _date_part(column: pl.Series, part: str, first: int) -> np.ndarray:
    """One part of each date, float64; anything where it is missing."""
    import polars as pl

    if part == "days":
        return np.array((column.to_physical() - first).cast(pl.Float64).fill_null(0).to_numpy()) / _DAY
    made = getattr(column.dt, part)()
    return np.array(made.cast(pl.Float64).fill_null(0).to_numpy())


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big")


def leak(columns: Sequence[FittedColumn]) -> Words:
    """What is said of columns that were fitted on rows that validate and test too."""
    numeric = [column for column in columns if not isinstance(column, CategoryColumn)]
    scales = [s for c in numeric for s in ((c.scale,) if isinstance(c, NumberColumn) else c.scales)]
    parts = [
        *([Words("fills", "채울 값")] if numeric else []),
        *([Words("scales", "크기")] if any(scale.kind != "none" for scale in scales) else []),
        *([Words("categories", "범주")] if len(numeric) < len(columns) else []),
    ]
    en = " and ".join(filter(None, [", ".join(part.en for part in parts[:-1]), parts[-1].en]))
    ko = "·".join(part.ko for part in parts)
    return Words(
        f"The {en} come from all rows, those that validate and test included, as in the tutorial: the network is told "
        "a little about rows it has not seen, so its scores may be too good.",
        f"튜토리얼처럼 검증·테스트 행까지 모두 보고 {josa(ko, '을/를')} 정했습니다. 아직 보지 않은 행의 정보가 조금 새어 "
        "들어가 점수가 실제보다 좋게 나올 수 있습니다.",
    )
