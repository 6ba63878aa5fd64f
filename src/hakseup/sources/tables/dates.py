"""Dates as people write them: 2024-01-05, 2024.1.5, 2024/01/05 3:20, 2024년 1월 5일, 05-01-2024, 20240105, 24.01.05, and
45296, which is how Excel counts days.

Day and month are told apart only where the column itself does it: a number above 12, an order of time in the one
reading and not in the other, or AM and PM beside it, which go with the month first. Which of three numbers of two digits is
the year is told by the time they span: read rightly it is by far the shortest. Where nothing tells, the column stays
text and says why. Times with a zone become UTC.
"""

from __future__ import annotations

import re

import polars as pl

from hakseup.sources.tables import periods
from hakseup.sources.tables.found import Reading
from hakseup.words import Words

_ZONE = r"(?<zone>Z|(?:UTC|GMT)?[-+]\d{1,2}(?::?\d{2})?|UTC|GMT|KST)"  # GMT+9 as Google's forms write it
_TIME = (
    r"(?:[T\s]+(?<half1>오전|오후|AM|PM|am|pm)?\s*(?<hour>\d{1,2})(?::|시\s*)(?<minute>\d{1,2})분?"
    rf"(?::?\s*(?<second>\d{{1,2}})(?<part>\.\d{{1,9}})?초?)?\s*(?<half2>오전|오후|AM|PM|am|pm)?\s*{_ZONE}?)?"
)
_YEAR_FIRST = (
    r"^(?<year>[12]\d{3})\s*(?:[-./]|년)\s*(?<month>\d{1,2})(?:\s*(?:[-./]|월)\s*(?<day>\d{1,2})\s*[.일]?"
    rf"\s*(?:\(?[월화수목금토일](?:요일)?\)?)?{_TIME})?\s*[월.]?$"
)
_YEAR_LAST = rf"^(?<a>\d{{1,2}})\s*[-./]\s*(?<b>\d{{1,2}})\s*[-./]\s*(?<year>[12]\d{{3}}){_TIME}$"
_NAMED = (
    rf"^(?:(?<d1>\d{{1,2}})[-\s.]*)?(?<name>(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))[a-z]*[-\s.,]*"
    rf"(?:(?<d2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+)?(?<year>[12]\d{{3}}|\d{{2}}){_TIME}$"
)
_SHORT = rf"^['’]?(?<a>\d{{2}})\s*[-./]\s*(?<b>\d{{1,2}})\s*[-./]\s*(?<c>\d{{1,2}})\s*\.?{_TIME}$"
_WITHOUT_YEAR = r"^\d{1,2}\s*월\s*\d{1,2}\s*일\b"
_COMPACT = r"^(?<year>(?:19|20)\d{2})(?<month>\d{2})(?<day>\d{2})?$"
_MONTH_NAME = re.compile(r"[연년]월|yyyymm|year_?month|^ym$|(^|[_ ])month$", re.IGNORECASE)
_ORDERED = 10  # different times, from which on their order says something
_ORDERS = ("ymd", "dmy", "mdy")
_NEARLY = 0.95  # share of the cells
_SHORTER = 3  # times that one order of short dates spans less than the others, so that it is the right one
_THIS_CENTURY = 69  # years of two digits from here on are of the last one
_SERIAL_START = -25_569 * 86_400_000_000  # 1899-12-30, in microseconds since 1970
_SERIALS = (20_000, 60_000)  # 1954 to 2064, counted in days since the end of 1899
_SERIAL_NAME = re.compile(
    r"(^|[^a-z])date(time)?([^a-z]|$)|날짜|일자|일시|년월일|(가입|구매|주문|입사|퇴사|등록|접수|방문|계약|시작|종료|마감|발생|거래|판매)일$",
    re.IGNORECASE,
)
_WHOLE_YEAR = (
    pl.col("year").cast(pl.Int32, strict=False)
    + pl.when(pl.col("year").cast(pl.Int32, strict=False) < _THIS_CENTURY).then(2000).otherwise(1900)
).cast(pl.String).alias("year")  # fmt: skip


def find(cells: pl.Series) -> tuple[Reading | None, int, Words | None]:
    """How these cells are written as dates, how many fit, and why not where that is worth saying.

    Args:
        cells: text without missing values.
    """
    period = periods.find(cells)
    if period[0] is not None or period[2] is not None:
        return period
    if not cells.str.contains(r"^\D{0,9}\d{1,4}\D+\d").any():
        return None, 0, None
    plain = _fit(cells, Reading())
    if not plain and _nearly_all(cells, _WITHOUT_YEAR):
        return None, 0, Words("dates without a year: kept as text", "연도가 없는 날짜라 글자로 두었습니다")
    if not plain and _nearly_all(cells, _SHORT):
        return _short(cells)
    last = cells.str.extract_groups(_YEAR_LAST).struct.unnest().select("a", "b").cast(pl.Int32)
    if last["a"].null_count() < len(cells) and len(cells) - last["a"].null_count() > plain:
        high = [int((last[name] > 12).sum()) for name in ("a", "b")]
        day_first = _day_first(cells) if max(high) == 0 else high[0] > 0
        if day_first is None or min(high) > 0:
            why = Words(
                "looks like dates, but nothing tells day from month: kept as text",
                "날짜로 보이지만 일과 월을 구별할 수 없어 글자로 두었습니다",
            )
            return None, 0, why
        reading = Reading(day_first=day_first)
        return reading, _fit(cells, reading), None
    return (Reading(), plain, None) if plain else (None, 0, None)


def _nearly_all(cells: pl.Series, form: str) -> bool:
    return int(cells.str.contains(form).sum()) >= _NEARLY * len(cells)


def _short(cells: pl.Series) -> tuple[Reading | None, int, Words | None]:
    """Dates whose year has two digits, where the column tells which number that is."""
    spans: dict[str, float] = {}
    fits: dict[str, int] = {}
    for order in _ORDERS:
        read = parse(cells, Reading(short=order))
        fits[order] = len(cells) - read.null_count()
        if fits[order] >= _NEARLY * len(cells) and read.n_unique() >= 3:
            spans[order] = float(read.to_physical().max() - read.to_physical().min())  # type: ignore[operator, arg-type]
    ranked = sorted(spans, key=lambda order: spans[order])
    if not ranked:
        return None, 0, None
    if len(ranked) > 1 and spans[ranked[0]] * _SHORTER > spans[ranked[1]]:
        why = Words(
            "looks like dates, but nothing tells year, month and day apart: kept as text",
            "날짜로 보이지만 연·월·일을 구별할 수 없어 글자로 두었습니다",
        )
        return None, 0, why
    return Reading(short=ranked[0]), fits[ranked[0]], None


def is_serial(name: str, low: float, high: float) -> bool:
    """Whether a column of numbers holds days as Excel counts them: it is called a date, and they lie in our time."""
    return _SERIALS[0] <= low and high <= _SERIALS[1] and bool(_SERIAL_NAME.search(name.strip()))


def _day_first(cells: pl.Series) -> bool | None:
    """Whether the day stands first where no number is above 12; None: nothing tells."""
    in_order = []
    for day_first in (True, False):
        read = parse(cells, Reading(day_first=day_first))
        in_order.append(read.n_unique() >= _ORDERED and (read.is_sorted() or read.is_sorted(descending=True)))
    if in_order[0] != in_order[1]:
        return in_order[0]
    return False if cells.str.contains(r"(?i)\b[ap]m\b").all() else None


def compact(numbers: pl.Series) -> int:
    """How many of these numbers are days of eight digits."""
    days = numbers.filter((numbers >= 19000101) & (numbers <= 20991231) & (numbers == numbers.floor()))
    return _fit(days.cast(pl.Int64).cast(pl.String), Reading(compact=True)) if len(days) else 0


def is_compact(cells: pl.Series, numbers: pl.Series) -> bool:
    """Whether whole numbers of eight digits are dates: all of them are, and they differ."""
    if len(cells) < 3 or not bool(((numbers >= 19000101) & (numbers <= 20991231)).all()):
        return False
    return cells.n_unique() >= 3 and _fit(cells, Reading(compact=True)) == len(cells)


def is_months(cells: pl.Series) -> bool:
    """Whether 2024.01, 2024.02, …, 2024.10 are months: as numbers, October would be January.

    202401 is one where many different ones are, or the column is called so: as a number, January would lie far behind December.
    """
    different = cells.n_unique()
    if different >= 3 and bool(cells.str.contains(r"^(19|20)\d\d\.(0[1-9]|1[0-2])$").all()):
        return True
    enough = different >= (3 if _MONTH_NAME.search(cells.name.strip()) else _ORDERED)
    return enough and bool(cells.str.contains(r"^(19|20)\d\d(0[1-9]|1[0-2])$").all())


def _fit(cells: pl.Series, reading: Reading) -> int:
    return len(cells) - parse(cells, reading).null_count()


def parse(cells: pl.Series, reading: Reading) -> pl.Series:
    """These cells as Datetime("us"); null: no date that is written in this way, or one that does not exist."""
    if reading.form:
        return periods.parse(cells, reading.form)
    if reading.compact:
        parts = cells.str.extract_groups(_COMPACT).struct.unnest()
        return _joined(parts.with_columns(pl.lit(None, pl.String).alias("hour")))
    if reading.serial:
        days = cells.cast(pl.Float64, strict=False)
        return (_SERIAL_START + (days * 86_400_000_000).round().cast(pl.Int64, strict=False)).cast(
            pl.Datetime("us")
        )
    if reading.short:
        parts = cells.str.extract_groups(_SHORT).struct.unnest()
        places = {"y": "year", "m": "month", "d": "day"}
        parts = parts.rename({at: places[what] for at, what in zip("abc", reading.short, strict=True)})
        return _joined(parts.with_columns(_WHOLE_YEAR))
    if reading.day_first is not None:
        parts = cells.str.extract_groups(_YEAR_LAST).struct.unnest()
        day, month = ("a", "b") if reading.day_first else ("b", "a")
        return _joined(parts.rename({day: "day", month: "month"}))
    first = _joined(cells.str.extract_groups(_YEAR_FIRST).struct.unnest())
    if first.null_count() == cells.null_count():
        return first
    short = _joined(cells.str.extract_groups(_COMPACT).struct.unnest())
    named = cells.str.extract_groups(_NAMED).struct.unnest()
    numbers = [str(place + 1) for place in range(len(periods.MONTHS))]
    of_name = pl.col("name").str.to_lowercase().replace_strict(list(periods.MONTHS), numbers, default=None)
    two = pl.col("year").str.len_chars() == 2
    year = (
        pl.when(~two).then("year").when(pl.col("d1").is_not_null()).then(_WHOLE_YEAR)
    )  # Jul-22 may be a day
    named = named.with_columns(
        of_name.alias("month"), pl.coalesce("d1", "d2").alias("day"), year.alias("year")
    )
    return first.to_frame("x").select(pl.coalesce("x", pl.lit(short), pl.lit(_joined(named)))).to_series()


def _joined(parts: pl.DataFrame) -> pl.Series:
    """Year, month, day and time as one."""
    for name in ("half1", "half2", "hour", "minute", "second", "part", "zone"):
        if name not in parts.columns:
            parts = parts.with_columns(pl.lit(None, pl.String).alias(name))
    half = pl.coalesce("half1", "half2").str.to_lowercase()
    hour = pl.col("hour").cast(pl.Int32, strict=False)
    hour = (
        pl.when(half.is_in(["pm", "오후"]) & (hour < 12)).then(hour + 12)
        .when(half.is_in(["am", "오전"]) & (hour == 12)).then(0)
        .otherwise(hour)
    )  # fmt: skip
    text = pl.format(
        "{}-{}-{} {}:{}:{}{}",
        pl.col("year"),
        pl.col("month").str.zfill(2),
        pl.col("day").fill_null("1").str.zfill(2),
        hour.cast(pl.String).fill_null("0").str.zfill(2),
        pl.col("minute").fill_null("0").str.zfill(2),
        pl.col("second").fill_null("0").str.zfill(2),
        pl.col("part").fill_null("").str.slice(0, 7),
    )
    stamp = text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    zone = pl.col("zone").str.replace("KST", "+9", literal=True)
    off = [zone.str.extract(r"[-+](\d{1,2}):?(\d{2})?$", at).cast(pl.Int64, strict=False) for at in (1, 2)]
    minutes = off[0] * 60 + off[1].fill_null(0)
    sign = pl.when(zone.str.contains("-", literal=True)).then(-1).otherwise(1)
    offset = pl.duration(minutes=(minutes * sign).fill_null(0))
    return parts.select((stamp - offset).cast(pl.Datetime("us"))).to_series()


def note(reading: Reading, example: str) -> Words:
    """How the dates are written."""
    example = example.removesuffix(" 00:00:00")  # as spreadsheets write a day
    if (
        re.search(rf"\d\s*(오전|오후|AM|PM|am|pm)?\s*{_ZONE.replace('?<', '?P<')}$", example)
        and ":" in example
    ):
        return Words(
            f"dates and times, brought to UTC ({example})", f"날짜와 시각, 세계 표준시(UTC)로 바꿈({example})"
        )
    if reading.form:
        return periods.note(reading, example)
    if reading.serial:
        return Words(
            f"dates as Excel counts days ({example} is {parse(pl.Series([example]), reading)[0]:%Y-%m-%d})",
            f"엑셀 날짜 번호({example}은(는) {parse(pl.Series([example]), reading)[0]:%Y-%m-%d})",
        )
    if reading.short:
        en = {"ymd": "year, month, day", "dmy": "day, month, year", "mdy": "month, day, year"}[reading.short]
        ko = {"ymd": "연·월·일", "dmy": "일·월·연", "mdy": "월·일·연"}[reading.short]
        return Words(f"dates, {en} ({example})", f"날짜, {ko}({example})")
    if reading.day_first is not None:
        en, ko = ("day first", "일이 앞") if reading.day_first else ("month first", "월이 앞")
        return Words(f"dates, {en} ({example})", f"날짜, {ko}({example})")
    return Words(f"dates ({example})", f"날짜({example})")
