"""One column of text: what its cells are. `guess` may look at a part of a column; `conversion` reads all of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from hakseup.sources.tables import dates, numbers, spoken
from hakseup.sources.tables.found import How, Reading
from hakseup.sources.tables.missing import AMONG_NUMBERS, EVERYWHERE
from hakseup.words import Words, josa

PLAIN = Reading()
TYPES: dict[How, pl.DataType] = {
    "number": pl.Float64(),
    "text": pl.String(),
    "date": pl.Datetime("us"),
    "boolean": pl.Boolean(),
}
SPOKEN: dict[How, Words] = {
    "number": Words("numbers", "수"),
    "date": Words("dates", "날짜"),
    "boolean": Words("true or false", "참·거짓"),
    "text": Words("text", "글자"),
}
_SAMPLE = 20_000  # cells that are looked at one by one
_WORDS = 5  # different words that may stand among numbers and mean that there is none
_LIMIT = r"^\s*[<>≤≥＜＞]\s*=?\s*"  # below or above what can be measured
_LIMIT_KO = r"\s*(?:이상|이하|미만|초과)\s*$"
BESIDE = rf"{_LIMIT}|{_LIMIT_KO}|\s*[*†‡]+\s*$"  # that, and what refers to a remark
_KINDS = 10  # different values, up to which cells rather name groups: <18, 18-64, >65
_SOME = 0.25  # of the numbers, up to which cells hold one of several such words
_FEW = 0.05  # share of cells that do not fit, up to which a column of numbers is still one
_LEADING_ZERO = r"^\s*[-+]?0\d+\s*$"
_LONG = r"^\s*[-+]?\d{16,}\s*$"
CODE = f"{_LEADING_ZERO}|{_LONG}"  # would lose something as a number
_POINT = r"^\s*[-+]?(\d*\.\d{0,2}|\d*\.\d{4,}|0\.\d+|\d{4,}\.\d+)\s*$"  # surely a decimal one
_FIRST_DAY, _LAST_DAY = 19_000_101, 20_991_231  # dates written as whole numbers
_FIRST_MONTH, _LAST_MONTH = 190_001, 209_912
_DIGITS = 2.0**53  # whole numbers beyond are not exact as Float64


@dataclass(frozen=True)
class Marks:
    """What means missing, in every way it may be written."""

    everywhere: frozenset[str]
    among_numbers: frozenset[str]

    @staticmethod
    def of(everywhere: frozenset[str] = EVERYWHERE, among_numbers: frozenset[str] = AMONG_NUMBERS) -> Marks:
        """All spellings of these words."""
        return Marks(_spellings(everywhere), _spellings(everywhere | among_numbers))


def _spellings(words: frozenset[str]) -> frozenset[str]:
    cased = {form for word in words for form in (word, word.upper(), word.capitalize(), word.title())}
    return frozenset(cased | ({"NaN"} if "nan" in words else set()) | ({"NaT"} if "nat" in words else set()))


@dataclass(frozen=True)
class Guess:
    """What a column is read as."""

    how: How
    reading: Reading = PLAIN
    note: Words | None = None
    certain: bool = True  # False: another column may tell whether a comma is decimal
    commas: bool = False  # this column alone tells that commas are decimal
    points: bool = False  # this column alone tells that points are


def few(bad: int, total: int) -> bool:
    """Whether so few cells do not fit that the column is of numbers (or dates) nevertheless."""
    return bad == 0 or (bad <= max(1.0, _FEW * total) and total - bad >= 4)


def plain_numbers(frame: pl.DataFrame) -> dict[str, Guess]:
    """The columns that are plain numbers without any doubt, all of them looked at in one go."""
    values = frame.select(pl.all().cast(pl.Float64, strict=False))
    able = [
        name for name in frame.columns if values[name].null_count() == frame[name].null_count() < len(frame)
    ]
    values, frame = values.select(able), frame.select(able)
    finite = values.select(pl.all().is_finite().all()).row(0) if able else ()
    low = values.select(pl.all().min()).row(0) if able else ()
    high = values.select(pl.all().max()).row(0) if able else ()
    codes = frame.select(pl.all().str.contains(CODE).any()).row(0) if able else ()
    points = frame.select(pl.all().str.contains(_POINT).any()).row(0) if able else ()
    out = {}
    for place, name in enumerate(able):
        may_be_months = low[place] >= 1900 and (
            high[place] < 2100 or _FIRST_MONTH <= low[place] <= high[place] <= _LAST_MONTH
        )
        may_be_days = low[place] >= _FIRST_DAY and high[place] <= _LAST_DAY
        may_be_days = may_be_days or dates.is_serial(name, low[place], high[place])
        if finite[place] and not codes[place] and not may_be_months and not may_be_days:
            out[name] = Guess("number", certain=False, points=bool(points[place]))
    return out


def guess(cells: pl.Series, marks: Marks, decimal: str | None = None) -> Guess:
    """What these cells are.

    Args:
        cells: text as it stands in the file; null is an empty cell.
        marks: what means missing.
        decimal: what stands for the decimal point in the file's other columns, where it is known.
    """
    given = cells.drop_nulls()
    plain = given.cast(pl.Float64, strict=False)
    rest = given.filter(plain.is_null() | plain.is_nan()).str.strip_chars()
    rest = rest.filter(~rest.is_in(list(marks.everywhere)) & (rest != ""))
    left = rest.filter(~rest.is_in(list(marks.among_numbers)))
    plain = plain.filter(plain.is_not_null() & plain.is_not_nan())
    limited = _limited(given, plain, left, marks, decimal)
    if limited is not None:
        return limited
    if not len(left):
        if not len(plain):
            return Guess("text")  # nothing but missing values, or words for them
        return _plain_numbers(given, plain, decimal)
    if not len(plain) and bool(left.str.to_lowercase().is_in(["true", "false"]).all()):
        return Guess("boolean")
    return (
        _spoken(plain, left)
        or _numbers(given, plain, left, decimal)
        or _dates(given, plain, left)
        or _text(plain, left)
    )


def _limited(
    given: pl.Series, plain: pl.Series, left: pl.Series, marks: Marks, decimal: str | None
) -> Guess | None:
    """A column of measurements with <0.05, >400 or 157* among them; None: it is none.

    The limit is the nearest that is known of such a value. As missing it would be taken for one from the middle, and a
    target's lowest values would be left out.
    """
    bare = left.str.replace_all(BESIDE, "")
    signed = (bare != left) & bare.str.contains(r"^[\d.,]*\d$")
    others = left.filter(~signed)
    if not signed.any() or plain.n_unique() + others.n_unique() <= _KINDS:
        return None
    found = guess(given.str.replace_all(BESIDE, ""), marks, decimal)
    if found.how != "number" or found.reading.form:
        return None
    notes = [] if found.note is None else [found.note]
    words = left.filter(signed).unique().sort()
    limit = words.str.contains(rf"{_LIMIT}|{_LIMIT_KO}")
    if limit.any():
        listed = _quoted(words.filter(limit))
        notes.append(
            Words(f"{listed} read as the limit itself", f"{josa(listed, '은/는')} 한계값 그대로 읽었습니다")
        )
    if not limit.all():
        listed = _quoted(words.filter(~limit))
        notes.append(
            Words(f"{listed} read without the mark", f"{josa(listed, '은/는')} 표시를 떼고 읽었습니다")
        )
    said = Words("; ".join(note.en for note in notes), "; ".join(note.ko for note in notes))
    return replace(found, reading=replace(found.reading, limits=True), note=said)


def _quoted(words: pl.Series) -> str:
    return ", ".join(f"'{word}'" for word in words[:_WORDS]) + (" …" if len(words) > _WORDS else "")


def _plain_numbers(given: pl.Series, plain: pl.Series, decimal: str | None) -> Guess:
    """Numbers that need no care, unless they are codes or dates."""
    kept = _codes(given, plain)
    if kept is not None:
        return kept
    digits = given.str.strip_chars().filter(given.cast(pl.Float64, strict=False).is_finite())
    if dates.is_compact(digits, plain):
        reading = Reading(compact=True)
        return Guess("date", reading, dates.note(reading, str(digits[0])))
    if dates.is_months(digits):
        return Guess("date", PLAIN, dates.note(PLAIN, str(digits[0])))
    if plain.n_unique() >= 3 and dates.is_serial(given.name, *_range(plain)):
        reading = Reading(serial=True)
        return Guess("date", reading, dates.note(reading, str(digits[0])))
    if decimal == "," and numbers.only_thousands(digits):
        reading = Reading(decimal=",", thousands=".")
        return Guess("number", reading, numbers.note(reading))
    return Guess("number", certain=False, points=_points(given) > 0)


def _range(plain: pl.Series) -> tuple[float, float]:
    return float(plain.min()), float(plain.max())  # type: ignore[arg-type]


def _points(given: pl.Series) -> int:
    """Plain numbers whose point is surely decimal: 1.5, not 1.234."""
    return int(given.str.contains(_POINT).sum())


def _codes(given: pl.Series, plain: pl.Series) -> Guess | None:
    """Whole numbers that would lose something as numbers: 007, and those with more digits than a number holds."""
    if bool(given.str.contains(_LEADING_ZERO).any()):
        note = Words("leading zeros: kept as text", "0으로 시작하는 값이 있어 글자로 두었습니다")
        return Guess("text", note=note)
    long = plain.is_finite() & (plain.abs() >= _DIGITS)
    if bool(long.any()) and bool(given.str.contains(_LONG).any()):
        note = Words(
            "whole numbers of more than 15 digits: kept as text, so that none is lost",
            "15자리가 넘는 정수라서, 자릿수를 잃지 않게 글자로 두었습니다",
        )
        return Guess("text", note=note)
    return None


def _sample(left: pl.Series) -> pl.Series:
    """Of many cells some that are looked at one by one."""
    return left if len(left) <= _SAMPLE else left.gather_every(len(left) // _SAMPLE + 1)


def _numbers(given: pl.Series, plain: pl.Series, left: pl.Series, decimal: str | None) -> Guess | None:
    """A column of numbers where not all are plain ones."""
    sample = _sample(left)
    shown = numbers.normal(sample).to_list()
    way = numbers.find(shown, decimal, len(plain) * len(sample) / len(left), _points(given))
    fit = way.fit / len(sample) if way else 0.0
    total = len(plain) + len(left)
    bad = round(len(left) * (1 - fit))
    marks = _marks(plain, left) if bad and not way else ()
    if not few(bad, total) and not marks:
        return None
    kept = _codes(given, plain)
    if kept is not None:
        return kept
    if marks and bad > 1:
        listed = ", ".join(f"'{mark}'" for mark in marks)
        said = Words(f"{listed} read as missing", f"{josa(listed, '을/를')} 결측치로 읽었습니다")
        return Guess("number", Reading(missing=marks), said)
    plainly = pl.Series(shown, dtype=pl.String).cast(pl.Float64, strict=False).null_count() == 0
    if way is None or plainly:  # only spaces stand around the numbers
        return Guess("number", certain=False, points=_points(given) > 0)
    signs = Words(f"numbers with signs ({shown[0]})", f"기호가 붙은 수({shown[0]})")
    decimal = way.reading.decimal if way.certain else ""
    return Guess(
        "number", way.reading, numbers.note(way.reading) or signs, way.certain, decimal == ",", decimal == "."
    )


def _marks(plain: pl.Series, left: pl.Series) -> tuple[str, ...]:
    """The words that stand in place of a number wherever none is: 측정불가, or a few like "error" and "low"."""
    words = sorted(left.unique().to_list())
    most = 1.0 if len(words) == 1 else _SOME
    if len(words) > _WORDS or len(left) < 2 * len(words) or len(left) > most * len(plain):
        return ()
    if plain.n_unique() <= _KINDS or any(letter.isdigit() for word in words for letter in word):
        return ()
    return tuple(words)


def _spoken(plain: pl.Series, left: pl.Series) -> Guess | None:
    """Times of a clock, or Korean amounts."""
    total = len(plain) + len(left)
    sample = _sample(left)
    found = spoken.find(sample)
    if found is None or not few(len(plain) + round(len(left) * (1 - found[1] / len(sample))), total):
        return None
    first = sample.filter(spoken.parse(sample, found[0].form).is_not_null())[0]
    return Guess("number", found[0], spoken.note(found[0], str(first)))


def _dates(given: pl.Series, plain: pl.Series, left: pl.Series) -> Guess | None:
    total = len(plain) + len(left)
    if not few(len(plain) - dates.compact(plain), total):
        return None
    sample = _sample(left)
    reading, fit, why = dates.find(sample)
    if why is not None:
        return Guess("text", note=why)
    others = len(plain) - (dates.compact(plain) if reading == PLAIN else 0)  # 20240105 among 2024-01-05
    bad = others + round(len(left) * (1 - fit / len(sample)))
    if reading is None or (not few(bad, total) and bad):
        return None
    return Guess("date", reading, dates.note(reading, str(sample[0])))


def _text(plain: pl.Series, left: pl.Series) -> Guess:
    share = len(plain) / (len(plain) + len(left))
    if share < 0.5:
        return Guess("text")
    example = str(left[0])[:30]
    return Guess(
        "text",
        note=Words(
            f"text, although {share:.0%} of the cells are numbers (others: '{example}' …)",
            f"칸의 {share:.0%}가 수이지만 글자로 읽었습니다(다른 칸: '{example}' 등)",
        ),
    )
