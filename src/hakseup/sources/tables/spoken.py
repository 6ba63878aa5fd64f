"""Numbers in other words than digits alone: times of a clock (09:30, 18.00.00) and 2시간 30분 or 1h 20m as hours, 09:30 is 9.5; Korean amounts, 3억 5,000만원."""

from __future__ import annotations

from typing import Literal

import polars as pl

from hakseup.sources.tables.found import Reading
from hakseup.words import Words

Form = Literal["clock", "won"]
_NEARLY = 0.95  # share of the cells
_CLOCK = (
    r"^(?<half1>오전|오후|(?i:am|pm))?\s*(?<hour>\d{1,3})"
    r"(?:[:.](?<minute>[0-5]\d)|\s*(?:시간?|(?i:h(?:ours?|rs?)?))(?:\s*(?<spoken>[0-5]?\d)\s*(?:분|(?i:m(?:in(?:ute)?s?)?)))?)"
    r"(?:[:.](?<second>[0-5]\d(?:\.\d+)?))?\s*(?<half2>(?i:am|pm))?$"
)
_MINUTES = r"^(\d{1,3})\s*(?:분|(?i:m(?:in(?:ute)?s?)?))$"
_DOTS = r"^\d{1,2}\.\d{2}\.\d{2}$"  # 18.00.00, which may be a date unless …
_NO_DATE = r"^\d{1,2}\.(?:00|3[2-9]|[45]\d)\.\d{2}$"  # … no day and no month has that number
_AMOUNT = r"\d[\d,]*(?:\.\d+)?"
_WON = (
    rf"^(?<sign>[-△▲])?\s*(?:(?<eok>{_AMOUNT})\s*억)?\s*(?:(?<man>{_AMOUNT})\s*만)?\s*(?:(?<cheon>{_AMOUNT})\s*천)?"
    rf"\s*(?<one>{_AMOUNT})?\s*(?<won>원)?$"
)
_MEASURES = {"eok": 1e8, "man": 1e4, "cheon": 1e3, "one": 1.0}


def find(cells: pl.Series) -> tuple[Reading, int] | None:
    """How these cells are written, and how many fit; None: in neither way.

    Args:
        cells: text without missing values, none of it a plain number.
    """
    # 30분 and 3만원 alone are units.
    forms: dict[Form, str] = {"clock": rf"\d\s*(?:[:시]|(?i:h))|{_NO_DATE}", "won": r"\d\s*억|\d\s*만\s*\d"}
    if cells.str.contains(_DOTS).any() and not cells.str.contains(_NO_DATE).any():
        return None
    for form, sign in forms.items():
        if not cells.str.contains(sign).any():
            continue
        fit = len(cells) - parse(cells, form).null_count()
        if fit and fit >= _NEARLY * len(cells):
            return Reading(form=form), fit
    return None


def parse(cells: pl.Series, form: str) -> pl.Series:
    """These cells as Float64: hours, or won; null: not written in this way."""
    cells = cells.str.strip_chars()
    if form == "clock":
        parts = cells.str.extract_groups(_CLOCK).struct.unnest()
        half = pl.coalesce("half1", "half2").str.to_lowercase()
        hour = pl.col("hour").cast(pl.Float64)
        hour = (
            pl.when(half.is_in(["pm", "오후"]) & (hour < 12)).then(hour + 12)
            .when(half.is_in(["am", "오전"]) & (hour == 12)).then(0.0)
            .otherwise(hour)
        )  # fmt: skip
        minute = pl.coalesce("minute", "spoken", pl.lit("0")).cast(pl.Float64)
        seconds = minute * 60 + pl.col("second").cast(pl.Float64).fill_null(0.0)
        minutes = cells.str.extract(_MINUTES).cast(pl.Float64)
        return parts.select(
            pl.coalesce(hour + seconds / 3600, pl.lit(minutes) / 60).alias(cells.name)
        ).to_series()
    parts = cells.str.extract_groups(_WON).struct.unnest()
    total = sum(
        (pl.col(name).str.replace_all(",", "").cast(pl.Float64, strict=False).fill_null(0.0) * size for name, size in _MEASURES.items()),
        pl.lit(0.0),
    )  # fmt: skip
    # 12억 5,000 of a house is 5,000만: nobody counts single won behind hundreds of millions.
    short = (
        pl.col("eok").is_not_null()
        & pl.col("man").is_null()
        & pl.col("cheon").is_null()
        & pl.col("won").is_null()
    )
    one = pl.col("one").str.replace_all(",", "").cast(pl.Float64, strict=False).fill_null(0.0)
    total = total + pl.when(short & (one < 1e4)).then(one * (1e4 - 1)).otherwise(0.0)
    spoken = pl.any_horizontal(pl.col("eok", "man", "cheon").is_not_null())
    sign = pl.when(pl.col("sign").is_null()).then(1.0).otherwise(-1.0)
    return parts.select(pl.when(spoken).then(sign * total).alias(cells.name)).to_series()


def note(reading: Reading, example: str) -> Words:
    """What was done to read them."""
    value = parse(pl.Series([example]), reading.form)[0]
    if reading.form == "clock":
        return Words(
            f"times as hours ({example} is {value:.4g})",
            f"시각·시간을 시간 단위로({example}은(는) {value:.4g})",
        )
    return Words(
        f"Korean amounts ({example} is {value:,.0f})", f"만·억 단위 금액({example}은(는) {value:,.0f})"
    )
