"""What each column of a table is used for, and why: a number, a category, a date, or left out with the reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hakseup.data.table_call import Chosen, written
from hakseup.data.table_several import numbers_in
from hakseup.sources.tables.found import Column
from hakseup.words import Words

if TYPE_CHECKING:
    import polars as pl

FEW = 20  # different values that are never too many for a category
UNIQUE = 0.95  # share of the filled cells that are different: every row has its own value, nearly
MOSTLY = 0.5  # from this share on, categories would be learned from one or two rows each
WORDS = 4  # and more words in a cell, in the mean: a sentence
LETTERS = 40  # and more letters in a cell, in the mean: a sentence
SENTENCES = 0.1  # share of the filled cells that are different, in free text
FREE_TEXT = "free text"  # how the reason begins for which a column of sentences is left out
INFORMATIVE = 0.05  # a column that is missing in this share of the rows or more tells something by that

# Names of columns that number or name rows or things.
_ID_WORDS = {"id", "ids", "uid", "uuid", "guid", "idx", "pk", "rowid", "rownum", "serial", "seq", "unnamed"}
_ID_NUMBER = {
    "number",
    "num",
}  # behind another word: EmployeeNumber, which is one only where every row has its own
_ID_LAST = {"no", "nr", "key", "index", "code", "zip", "phone", "name"}
_ID_JOINED = re.compile(
    r"(account|case|client|customer|device|employee|house|invoice|item|loan|member|movie|order|passenger|patient|"
    r"person|product|record|row|sample|sensor|shop|station|store|student|subject|transaction|user)ids?"
)
_ID_KOREAN = re.compile(r"(번호|순번|연번|학번|사번|군번|아이디|식별자|코드|이름|성명)$")
_NAMELESS = re.compile(
    r"(column|unnamed|field|열)?[ _:]*\d*|row( ?num(ber)?| ?no)?|행( ?번호)?|#", re.IGNORECASE
)


Use = Literal["number", "numbers", "category", "date", "target", "left out"]


@dataclass(frozen=True)
class Role:
    """What a column is used for. `reason`: what was found in it, in words; `read`: what was done to read its cells."""

    name: str
    words: Words
    role: Use
    reason: Words
    read: Words | None = None


def decide(frame: pl.DataFrame, columns: Sequence[Column], target: str, chosen: Chosen) -> tuple[Role, ...]:
    """A role for each column, in the frame's order.

    Nothing of the target is looked at: a column that gives it away is found by `look`.

    Args:
        frame: Float64, String, Datetime and Boolean columns.
        columns: their names for a person, and what was done to read them.
        target: its name.
        chosen: the group, the time, and what is ignored.
    """
    seen = _seen(frame)
    out: list[Role] = []
    row_numbers: list[int] = []
    for index, column in enumerate(columns):
        name = column.name
        if name == target:
            role: tuple[Use, Words] = ("target", Words("what is predicted", "예측할 값"))
        elif name in chosen.ignored:
            role = ("left out", Words("left out because you said so", "지정한 대로 뺐습니다"))
        elif name == chosen.group:
            role = (
                "left out",
                Words("the group: it keeps rows together", "그룹: 행을 한쪽에 모으는 데만 씁니다"),
            )
        else:
            role = _role(frame[name], seen[name], index)
            if role[1] is _ROW_NUMBER:
                row_numbers.append(len(out))
        reason = role[1]
        if column.note is not None:
            reason = Words(f"{reason.en}; {column.note.en}", f"{reason.ko}; {column.note.ko}")
        out.append(Role(name, column.words, role[0], reason, column.note))
    if row_numbers and not any(r.role in ("number", "numbers", "category", "date") for r in out):
        for at in row_numbers:  # a table of x and y alone: x counts the rows, and is all there is
            out[at] = Role(out[at].name, out[at].words, "number", _plain_number(seen[out[at].name]))
    return tuple(out)


_ROW_NUMBER = Words(
    "row numbers: they count the rows and say nothing about them",
    "행 번호: 순서만 나타내고 내용은 말해 주지 않습니다",
)
_EMPTY = Words("empty: every cell is missing", "비어 있음: 모든 칸이 결측치입니다")


@dataclass(frozen=True)
class _Seen:
    """What was counted in a column: rows, missing cells, different values (of text), lowest and highest."""

    n: int
    missing: int
    different: int
    low: Any
    high: Any
    letters: float
    words: float

    @property
    def filled(self) -> int:
        return self.n - self.missing


def _seen(frame: pl.DataFrame) -> dict[str, _Seen]:
    import polars as pl

    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    # One pass over all columns at once; the counts of different values only where they decide something.
    counts = frame.select(pl.all().null_count()).row(0)
    lows, highs = frame.select(pl.all().min()).row(0), frame.select(pl.all().max()).row(0)
    different = letters = words = {}
    if texts:
        different = frame.select(pl.col(texts).drop_nulls().n_unique()).row(0, named=True)
        head = frame.head(100_000)
        letters = head.select(pl.col(texts).str.len_chars().mean()).row(0, named=True)
        words = head.select(pl.col(texts).str.count_matches(r"\S+").mean()).row(0, named=True)
    return {
        name: _Seen(
            len(frame),
            missing,
            different.get(name, 0),
            low,
            high,
            letters.get(name) or 0.0,
            words.get(name) or 0.0,
        )
        for name, missing, low, high in zip(frame.columns, counts, lows, highs, strict=True)
    }


def _role(column: pl.Series, seen: _Seen, index: int) -> tuple[Use, Words]:
    import polars as pl

    if seen.filled == 0:
        return "left out", _EMPTY
    if seen.missing == 0 and seen.low == seen.high:
        value = written(seen.low) if isinstance(seen.low, float) else str(seen.low)
        return "left out", Words(f"constant: '{value}' in every row", f"상수: 모든 행의 값이 '{value}'입니다")
    if column.dtype.is_temporal():
        return "date", _with_missing(
            Words(
                f"date, {seen.low:%Y-%m-%d} to {seen.high:%Y-%m-%d}: year, month, day of the week, days since the first",
                f"날짜, {seen.low:%Y-%m-%d}부터 {seen.high:%Y-%m-%d}까지: 연도, 월, 요일, 첫날부터 지난 날수로 나눔",
            ),
            seen,
        )
    if column.dtype == pl.Boolean:
        return "category", _with_missing(Words("yes or no", "예 또는 아니요"), seen)
    if column.dtype == pl.String:
        k = numbers_in(column) if seen.different > FEW and not names_rows(column.name) else 0
        if k:
            example = column.drop_nulls()[0]
            said = Words(f"{k} numbers in each cell ({example})", f"한 칸에 수 {k}개({example})")
            return "numbers", _with_missing(said, seen)
        return _text(column.name, seen)
    return _number(column, seen, index)


def _number(column: pl.Series, seen: _Seen, index: int) -> tuple[Use, Words]:
    numbered = _is_numbered(column.name)
    if not (numbered or names_rows(column.name) or _NAMELESS.fullmatch(column.name.strip())):
        return "number", _plain_number(seen)
    values = column.drop_nulls().to_numpy()
    if np.any(values != np.floor(values)):
        return "number", _plain_number(seen)
    if numbered and len(values) >= 3 and (different := column.drop_nulls().n_unique()) == len(values):
        return "left out", _identifier(different, seen, column.name)
    if seen.missing == 0 and index == 0 and len(values) >= 3 and _counts_rows(values):
        return "left out", _ROW_NUMBER
    if not names_rows(column.name):
        return "number", _plain_number(seen)
    different = column.drop_nulls().n_unique()
    if different >= UNIQUE * len(values) and len(values) >= 3:
        return "left out", _identifier(different, seen, column.name)
    if different <= max(FEW, seen.filled / FEW):
        return "category", _with_missing(
            Words(
                f"{different:,} categories: its name says that the numbers are codes, not quantities",
                f"범주 {different:,}개: 열 이름으로 보아 양이 아니라 부호인 수입니다",
            ),
            seen,
        )
    return "left out", _things(column.name, different, seen)


def _text(name: str, seen: _Seen) -> tuple[Use, Words]:
    d, m = seen.different, seen.filled
    if (d == m and m >= 3) or (d >= UNIQUE * m and d > FEW):
        return "left out", (_sentence(d, seen) if _is_prose(seen) else _identifier(d, seen, name))
    if _is_prose(seen) and d > max(FEW, SENTENCES * m):
        return "left out", _sentence(d, seen)
    if names_rows(name) and d > max(FEW, m / FEW):
        return "left out", _things(name, d, seen)
    if d > MOSTLY * m and d > FEW:
        share = seen.missing / seen.n
        if INFORMATIVE <= share <= 1 - INFORMATIVE:
            return "category", _with_missing(
                Words(
                    f"{d:,} categories in {m:,} filled rows, most of them rare: what is learned is mainly whether it is filled in",
                    f"채워진 행 {m:,}개에 범주가 {d:,}개로 대부분 드뭅니다. 주로 값이 있는지 없는지를 배웁니다",
                ),
                seen,
            )
        return "left out", Words(
            f"too many categories: {d:,} different values in {m:,} rows",
            f"범주가 너무 많음: 행 {m:,}개에 서로 다른 값이 {d:,}개입니다",
        )
    return "category", _with_missing(Words(f"{d:,} categories", f"범주 {d:,}개"), seen)


def names_rows(name: str) -> bool:
    """Whether a column of this name numbers or names rows or things: PassengerId, order_no, 고객번호."""
    name = unicodedata.normalize("NFC", name).strip()
    words = _name_words(name)
    if _ID_KOREAN.search(name) or any(w in _ID_WORDS or _ID_JOINED.fullmatch(w) for w in words):
        return True
    if not words or words[-1] not in _ID_LAST:
        return False
    return words[-1] != "index" or len(words) == 1  # a price index is a quantity


def _is_numbered(name: str) -> bool:
    """Whether a column is called a number of something: EmployeeNumber, but not Number of rooms."""
    words = _name_words(name)
    return len(words) > 1 and words[-1] in _ID_NUMBER


def _name_words(name: str) -> list[str]:
    return [w.casefold() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def _counts_rows(values: np.ndarray) -> bool:
    return values[0] in (0.0, 1.0) and bool(np.all(np.diff(values) == 1))


def _is_prose(seen: _Seen) -> bool:
    return seen.words >= WORDS or seen.letters >= LETTERS


def _plain_number(seen: _Seen) -> Words:
    low, high = written(seen.low), written(seen.high)
    return _with_missing(Words(f"number, {low} to {high}", f"수, {low}부터 {high}까지"), seen)


def _with_missing(said: Words, seen: _Seen) -> Words:
    if not seen.missing:
        return said
    return Words(
        f"{said.en}; missing in {seen.missing:,} of {seen.n:,} rows",
        f"{said.ko}; 행 {seen.n:,}개 중 {seen.missing:,}개가 결측치",
    )


def _identifier(different: int, seen: _Seen, name: str) -> Words:
    every, named = different == seen.filled, names_rows(name) or _is_numbered(name)
    like, like_ko = ("", "") if named else ("like an ", "처럼")
    return Words(
        f"{like}identifier: {'every row has another value' if every else 'nearly every row has another value'}"
        f" ({different:,} in {seen.filled:,})",
        f"식별자{like_ko}: {'모든' if every else '거의 모든'} 행의 값이 다릅니다(행 {seen.filled:,}개에 {different:,}가지)",
    )


def _things(name: str, different: int, seen: _Seen) -> Words:
    return Words(
        f"identifier: it names {different:,} things in {seen.filled:,} rows; --group '{name}' keeps the rows of each together",
        f"식별자: 행 {seen.filled:,}개가 {different:,}개 대상을 가리킵니다. --group '{name}'이면 대상별로 한쪽에 둡니다",
    )


def _sentence(different: int, seen: _Seen) -> Words:
    return Words(
        f"{FREE_TEXT}: {seen.words:.1f} words in the mean, {different:,} different in {seen.filled:,} rows",
        f"자유로운 글: 평균 {seen.words:.1f}단어, 행 {seen.filled:,}개에 {different:,}가지",
    )
