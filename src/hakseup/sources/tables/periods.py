"""Dates that stand for a stretch of time: 2023Q3, 1Q23, 2023년 3분기, 2023H1, 하반기, 2023-W05, Jul-22. Each is its first day.

Of a month and two digits nothing but the column tells whether they are a year: numbers within a dozen are years, and
so are those that put the rows in order.
"""

from __future__ import annotations

import polars as pl

from hakseup.sources.tables.found import Reading
from hakseup.words import Words

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NEARLY = 0.95  # share of the cells
_YEARS = 12  # years that such a column spans at most; days of a month soon span more
_THIS_CENTURY = 69  # years of two digits from here on are of the last one
_YEAR = r"(?<year>[12]\d{3})\s*년?\s*[-_./]?\s*"
_PART = (
    r"(?:(?i:q)(?<q1>[1-4])|(?<q2>[1-4])\s*(?:(?i:q)|/?분기)|(?i:h)(?<h1>[12])|(?<h2>[12])(?i:h)|(?<half>[상하])반기"
    r"|(?i:w)(?<w1>\d{1,2})|(?<w2>\d{1,2})\s*주차?)"
)
_PERIOD = rf"^{_YEAR}{_PART}$"
_QUARTER_FIRST = r"^(?:(?i:q)(?<q1>[1-4])|(?<q2>[1-4])(?i:q))\s*[-_./]?\s*['’]?(?<year>[12]\d{3}|\d{2})년?$"
_MONTH = rf"^(?<name>(?i:{'|'.join(MONTHS)}))[a-z]*\.?[-\s'’]+(?<year>\d{{2}})$"


def find(cells: pl.Series) -> tuple[Reading | None, int, Words | None]:
    """How these cells are written as periods, how many fit, and why not where that is worth saying.

    Args:
        cells: text without missing values, in the order of the rows.
    """
    enough = _NEARLY * len(cells)
    reading = Reading(form="period")
    if cells.str.contains(r"(?i)[qhw반주]|분기").any():
        fit = len(cells) - parse(cells, reading.form).null_count()
        if fit and fit >= enough:
            return reading, fit, None
    if int(cells.str.contains(_MONTH).sum()) < max(1.0, enough):
        return None, 0, None
    two = cells.str.extract(r"(\d{2})$").cast(pl.Int32, strict=False).drop_nulls()
    reading = Reading(form="month")
    read = parse(cells, reading.form).drop_nulls()
    low, high = int(two.min()), int(two.max())  # type: ignore[arg-type]
    months = read.dt.month().n_unique()
    in_order = months >= 3 and (read.is_sorted() or read.is_sorted(descending=True))
    if low == 0 or high > 31 or in_order or (months >= 2 and high - low < _YEARS):
        return reading, len(read), None
    why = Words(
        "a month and two digits, which may be a day or a year: kept as text",
        "월과 두 자리 수가 일인지 연도인지 알 수 없어 글자로 두었습니다",
    )
    return None, 0, why


def parse(cells: pl.Series, form: str) -> pl.Series:
    """The first day of these as Datetime("us"); null: not written in this way."""
    if form == "month":
        parts = cells.str.extract_groups(_MONTH).struct.unnest()
        numbers = [f"{place + 1:02d}" for place in range(len(MONTHS))]
        month = pl.col("name").str.to_lowercase().replace_strict(list(MONTHS), numbers, default=None)
        return _day(parts, pl.format("{}-{}-01", _full_year(), month))
    both = []
    for pattern in (_PERIOD, _QUARTER_FIRST):
        parts = cells.str.extract_groups(pattern).struct.unnest()
        for name in ("q1", "q2", "h1", "h2", "half", "w1", "w2"):
            if name not in parts.columns:
                parts = parts.with_columns(pl.lit(None, pl.String).alias(name))
        quarter = pl.coalesce("q1", "q2").cast(pl.Int32)
        of_half = pl.col("half").replace_strict({"상": "1", "하": "2"}, default=None)
        half = pl.coalesce("h1", "h2", of_half).cast(pl.Int32)
        month = pl.coalesce(quarter * 3 - 2, half * 6 - 5).cast(pl.String).str.zfill(2)
        week = pl.format("{}-W{}-1", _full_year(), pl.coalesce("w1", "w2").str.zfill(2))
        first = _day(parts, pl.format("{}-{}-01", _full_year(), month))
        both += [first, _day(parts, week, "%G-W%V-%u")]
    frame = pl.DataFrame([one.alias(str(i)) for i, one in enumerate(both)])
    return frame.select(pl.coalesce(pl.all()).alias(cells.name)).to_series()


def _full_year() -> pl.Expr:
    year = pl.col("year").cast(pl.Int32)
    century = pl.when(year >= 100).then(0).when(year < _THIS_CENTURY).then(2000).otherwise(1900)
    return (year + century).cast(pl.String)


def _day(parts: pl.DataFrame, text: pl.Expr, form: str = "%Y-%m-%d") -> pl.Series:
    day = text.str.to_date(form, strict=False).cast(pl.Datetime("us"))
    return parts.select(day.alias("day")).to_series()


def note(reading: Reading, example: str) -> Words:
    """How they were read."""
    first = parse(pl.Series([example]), reading.form)[0]
    what = Words("months", "월") if reading.form == "month" else Words("periods", "기간")
    return Words(
        f"{what.en} by their first day ({example} is {first:%Y-%m-%d})",
        f"{what.ko}의 첫날({example}은(는) {first:%Y-%m-%d})",
    )
