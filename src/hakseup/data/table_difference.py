"""How the columns of a table differ from those that were learned from, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hakseup.data.table_columns import FittedColumn, expected
from hakseup.errors import DataError, nearest
from hakseup.words import Words

if TYPE_CHECKING:
    import polars as pl

LINES = 40  # of a difference in one message
GUESSED = 200  # columns that training did not have, among which a missing one is looked for


def difference(
    columns: Sequence[FittedColumn], others: Sequence[str], frame: pl.DataFrame
) -> tuple[Words, ...]:
    """A line for each column that is missing (-) or that training did not have (+).

    Args:
        columns: that are learned from. others: names of those that are not. frame: another table.
    """
    wanted = {column.name: column for column in columns}
    had, there = {*wanted, *others}, set(frame.columns)
    extra = [name for name in frame.columns if name not in had]
    guesses = extra if len(extra) <= GUESSED else []
    lines = []
    for name, column in wanted.items():
        if name in there:
            continue
        what, near = expected(column), nearest(name, guesses)
        lines.append(
            Words(
                f"- {name} ({what.en})" + (f"; is it '{near}'?" if near else ""),
                f"- {name} ({what.ko})" + (f" — '{near}' 열입니까?" if near else ""),
            )
        )
    return (*lines, *(Words(f"+ {name}", f"+ {name}") for name in extra))


def require_columns(columns: Sequence[FittedColumn], others: Sequence[str], frame: pl.DataFrame) -> None:
    """Refuse a table that lacks a column that is learned from.

    Raises:
        DataError: with the difference, see `difference`.
    """
    there = set(frame.columns)
    if all(column.name in there for column in columns):
        return
    lines = difference(columns, others, frame)
    more = len(lines) - LINES
    if more > 0:
        lines = (*lines[:LINES], Words(f"and {more:,} more", f"외 {more:,}개"))
    raise DataError(
        "columns-differ",
        Words(
            "These are not the columns of the training (- is missing, + was not there):"
            + "".join(f"\n  {line.en}" for line in lines),
            "학습할 때의 열과 다릅니다(-: 빠진 열, +: 없던 열):"
            + "".join(f"\n  {line.ko}" for line in lines),
        ),
        Words(
            "Give the missing columns the names they had; empty cells are allowed.",
            "빠진 열을 학습할 때의 이름으로 넣으세요. 칸은 비어 있어도 됩니다.",
        ),
    )
