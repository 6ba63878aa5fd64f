"""What people write under a table: a row of totals, a remark. It is no row of the table, and is left out and said."""

from __future__ import annotations

import re

import polars as pl

from hakseup.sources.found import Refused
from hakseup.sources.tables.missing import kind
from hakseup.words import Words

LAST = 5  # rows at the end that are looked at
_LEAST = 2  # rows that must be left
_WORDS = frozenset(
    {
        "합계", "총계", "총합", "총합계", "전체합계", "계", "소계", "누계", "평균",
        "total", "totals", "grandtotal", "subtotal", "sum", "average", "mean", "summe", "gesamt", "gesamtsumme",
    }
)  # fmt: skip
_AROUND = re.compile(r"[\s:：.()\[\]]")


def footer(frame: pl.DataFrame) -> int:
    """How many of the last rows are no rows of the table.

    A row of totals begins with a word for it, which stands nowhere else in its column. A remark is the only cell of its
    row, and is text.

    Args:
        frame: columns of text; null is an empty cell.
    """
    rows = [list(row) for row in frame.tail(LAST).iter_rows()]
    found = 0
    while found < len(rows) and len(frame) - found - 1 >= _LEAST:
        place = len(frame) - found - 1
        filled = [(at, cell.strip()) for at, cell in enumerate(rows[-1 - found]) if cell and cell.strip()]
        if not filled:
            break
        at, cell = filled[0]
        total = _AROUND.sub("", cell).casefold() in _WORDS
        if total and (frame[:place].to_series(at).str.strip_chars() == cell).any():
            break
        remark = len(filled) == 1 and frame.width >= 3 and kind(cell) == "text"
        if not total and not remark:
            break
        found += 1
    return found


def refused(name: str, line: int, cells: tuple[str | None, ...]) -> Refused:
    """Such a row as it is listed."""
    said = " ".join(cell.strip() for cell in cells if cell and cell.strip())[:60]
    reason = Words(
        f"stands under the table, like a total or a remark: {said}",
        f"표 아래에 적힌 합계나 설명입니다: {said}",
    )
    return Refused(f"{name}:{line}", "under-the-table", reason)


def notes(gone: list[Refused]) -> list[Words]:
    """What should be said of them."""
    if not gone:
        return []
    n, said = len(gone), gone[0].reason
    return [
        Words(
            f"{n} {'row' if n == 1 else 'rows'} at the end left out: {said.en}.",
            f"끝에 있는 {n}행을 뺐습니다. {said.ko}.",
        )
    ]
