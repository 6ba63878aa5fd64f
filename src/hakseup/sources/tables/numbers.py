"""Numbers as people write them: 1,234.5 and 1.234,5 and 45 % and ₩1,000 and (12) and 170cm.

`find` looks at the cells that are no plain numbers and says how they are to be read; `parse` reads a column that
way. A column is read in one way only: what does not fit it stays null, and the caller names the cell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from hakseup.sources.tables.found import Reading
from hakseup.words import Words

_SIGNS = "₩$€£¥\\\\"
_MONEY = rf"(?:(?:US|CA|AU|HK|NT|[ACS])?[{_SIGNS}]|KRW|USD|EUR|JPY|GBP|CNY)?"
_GROUP = r"[1-9]\d{0,2}"
_NUMBER = re.compile(
    rf"[(]?\s*([-+△▲])?\s*{_MONEY}\s*([-+])?\s*"
    r"(?P<body>\d[\d.,' ]*(?:[eE][-+]?\d+)?|[.,]\d+)\s*(?P<unit>[^\d\s.,'()+\-][^\d\s,'()]{0,7}(?:(?<=m)[23])?)?\s*[)]?"
)
_ONLY_THOUSANDS = {
    ",": re.compile(rf"{_GROUP}(,\d{{3}})+\.\d+|{_GROUP}(,\d{{3}}){{2,}}"),
    ".": re.compile(rf"{_GROUP}(\.\d{{3}})+,\d+|{_GROUP}(\.\d{{3}}){{2,}}"),
}
_MAYBE_THOUSANDS = {
    ",": re.compile(rf"{_GROUP},\d{{3}}"),
    ".": re.compile(rf"{_GROUP}\.\d{{3}}"),
}
_DECIMAL_COMMA = re.compile(r"\d*,\d+")
_SPACED = {
    " ": re.compile(rf"{_GROUP}( \d{{3}})+([.,]\d+)?"),
    "'": re.compile(rf"{_GROUP}('\d{{3}})+(\.\d+)?"),
}
_OFTEN = 0.3  # share of the cells that have a unit, from which on it is one
_FEW = 10  # different numbers with a unit: rather names of groups (10대, 20대) than measurements


@dataclass(frozen=True)
class Way:
    """How a column's numbers are written, and how many of the looked-at cells fit."""

    reading: Reading
    fit: int
    certain: bool  # False: 1,234 alone does not say whether the comma is for thousands or decimals


def find(cells: Sequence[str], decimal: str | None = None, plain: float = 0, points: float = 0) -> Way | None:
    """How these cells, which are no plain numbers, are to be read; None: hardly one of them is a number.

    Args:
        cells: as they stand; `normal` was applied.
        decimal: what the other columns of the file have, where it is known.
        plain: how many plain numbers the column has beside them.
        points: in how many of those the point is surely decimal.
    """
    matches = [match for match in map(_NUMBER.fullmatch, cells) if match]
    if not matches:
        return None
    units = Counter(match["unit"] for match in matches if match["unit"])
    unit, often = units.most_common(1)[0] if units else ("", 0)
    if often < _OFTEN * (len(cells) + plain):  # 12O is no twelve of something
        unit = ""
    bodies = [m["body"].strip() for m in matches if (m["unit"] or "") in ("", unit)]
    reading, certain = _separators(bodies, decimal, points)
    reading = replace(reading, percent=unit == "%", unit="" if unit == "%" else unit)
    if reading.unit and len({re.sub(r"\D", "", body) for body in bodies}) <= _FEW:
        return None
    parsed = parse(pl.Series(list(cells), dtype=pl.String), reading)
    fit = len(cells) - parsed.null_count()
    return Way(reading, fit, certain) if fit else None


def _separators(bodies: Sequence[str], decimal: str | None, points: float) -> tuple[Reading, bool]:
    """What stands for decimals and between thousands, from numbers without sign and unit."""
    points += sum(
        bool(_ONLY_THOUSANDS[","].fullmatch(body)) for body in bodies
    )  # 1,234.5: the point is decimal
    commas = sum(bool(_ONLY_THOUSANDS["."].fullmatch(body)) for body in bodies)
    for body in bodies:
        if _DECIMAL_COMMA.fullmatch(body) and not _MAYBE_THOUSANDS[","].fullmatch(body):
            commas += 1
        elif (
            "." in body
            and "," not in body
            and not _MAYBE_THOUSANDS["."].fullmatch(body)
            and body.count(".") == 1
        ):
            points += 1
    thousands = next((sign for sign, form in _SPACED.items() if any(map(form.fullmatch, bodies))), "")
    if thousands:
        commas += sum("," in body and thousands in body for body in bodies)
    certain = commas != points
    comma = commas > points if certain else decimal == ","
    if thousands:
        return Reading(decimal="," if comma else ".", thousands=thousands), certain
    mark = "." if comma else ","
    grouped = any(mark in body for body in bodies)
    either = grouped or any(form.fullmatch(body) for form in _MAYBE_THOUSANDS.values() for body in bodies)
    return Reading(decimal="," if comma else ".", thousands=mark if grouped else ""), certain or not either


def only_thousands(cells: pl.Series) -> bool:
    """Whether every plain number with a point could be one of thousands: 1.234 in a file of decimal commas."""
    with_point = cells.filter(cells.str.contains(".", literal=True))
    return len(with_point) > 0 and bool(with_point.str.contains(rf"^[-+]?{_GROUP}(\.\d{{3}})+$").all())


def normal(cells: pl.Series) -> pl.Series:
    """Cells in one form: full-width digits and signs, odd spaces and the long minus become the usual ones."""
    return (
        cells.str.normalize("NFKC")
        .str.replace_all(r"[−–]", "-")
        .str.replace_all(r"[\s\u{a0}\u{202f}]+", " ")
        .str.strip_chars()
    )


def parse(cells: pl.Series, reading: Reading) -> pl.Series:
    """These cells as numbers, Float64; null: no number that is written in this way.

    Args:
        cells: as they stand; `normal` was applied.
        reading: how they are written.
    """
    unit = r"\s*%" if reading.percent else rf"\s*{re.escape(reading.unit)}" if reading.unit else ""
    body = _body(reading)
    whole = rf"^[(]?\s*[-+△▲]?\s*{_MONEY}\s*[-+]?\s*({body})(?:{unit})?\s*[)]?$"
    found = cells.str.extract(whole, 1)
    negative = cells.str.contains(r"^\(.*\)$|^\s*[-△▲]|^[^\d]*-")
    if reading.decimal == ",":
        grouped = found.str.contains(rf"^{_GROUP}(\.\d{{3}})+(,\d+)?$")
        found = (
            grouped.to_frame("g")
            .select(
                pl.when(pl.col("g"))
                .then(pl.lit(found).str.replace_all(".", "", literal=True))
                .otherwise(pl.lit(found))
            )
            .to_series()
        )
    if reading.thousands and not (reading.decimal == "," and reading.thousands == "."):
        found = found.str.replace_all(reading.thousands, "", literal=True)
    if reading.decimal == ",":
        found = found.str.replace_all(",", ".", literal=True)
    values = found.cast(pl.Float64, strict=False)
    return pl.select(pl.when(pl.lit(negative)).then(-pl.lit(values)).otherwise(pl.lit(values))).to_series()


def _body(reading: Reading) -> str:
    point = re.escape(reading.decimal)
    plain = rf"\d+(?:{point}\d*)?(?:[eE][-+]?\d+)?|{point}\d+"
    if reading.decimal == ",":
        plain += r"|\d*\.\d+"  # a point in a column of commas: 1.5 beside 1,5
    if not reading.thousands:
        return plain
    mark = re.escape(reading.thousands)
    return rf"{_GROUP}(?:{mark}\d{{3}})+(?:{point}\d*)?|{plain}"


def note(reading: Reading) -> Words | None:
    """What was done to read the numbers; None: nothing."""
    en, ko = [], []
    if reading.decimal == ",":
        en.append("decimal commas")
        ko.append("소수점이 쉼표")
    if reading.thousands:
        name = {
            ",": ("commas", "쉼표"),
            ".": ("points", "점"),
            " ": ("spaces", "빈칸"),
            "'": ("apostrophes", "작은따옴표"),
        }
        en.append(f"{name[reading.thousands][0]} between thousands")
        ko.append(f"천 단위 {name[reading.thousands][1]}")
    if reading.percent:
        en.append("percent signs taken off (45% is 45)")
        ko.append("% 기호를 뗌(45%는 45)")
    if reading.unit:
        en.append(f"'{reading.unit}' taken off")
        ko.append(f"'{reading.unit}'을(를) 뗌")
    if not en:
        return None
    return Words("numbers with " + ", ".join(en), "수: " + ", ".join(ko))
