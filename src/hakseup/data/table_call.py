"""Which columns a call means: the target, the group, the time, and those that are ignored."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hakseup.errors import CallError, DataError, nearest
from hakseup.sources.classes import listed
from hakseup.sources.tables.found import Column, FoundTable
from hakseup.words import Words, josa

if TYPE_CHECKING:
    import polars as pl

_SHOWN = 5  # line numbers in one sentence


@dataclass(frozen=True)
class Chosen:
    """Names of columns as they stand in the table; None: not said."""

    target: str | None
    group: str | None
    time: str | None
    ignored: frozenset[str]


def chosen_columns(
    found: FoundTable,
    *,
    target: str | int | None,
    group: str | None,
    time: str | None,
    ignore: Sequence[str],
) -> Chosen:
    """The columns that are meant, each found by its name.

    Raises:
        CallError: no such column, or one column for two purposes.
    """
    columns = found.columns
    chosen = Chosen(
        None if target is None else _target(columns, target),
        None if group is None else column_called(columns, group, "--group"),
        None if time is None else column_called(columns, time, "--time"),
        frozenset(column_called(columns, name, "--ignore") for name in ignore),
    )
    if chosen.group is not None and chosen.time is not None:
        raise CallError(
            "group-and-time",
            Words(
                "--group and --time cannot be used together: the latest rows of a group that also has early ones "
                "would have to be on both sides.",
                "--group과 --time은 함께 쓸 수 없습니다. 이른 행도 있는 그룹의 늦은 행이 양쪽에 있어야 하기 때문입니다.",
            ),
            Words("Leave one of them out.", "하나만 남기세요."),
        )
    for flag, name in (("--group", chosen.group), ("--time", chosen.time)):
        if name is not None and name == chosen.target:
            raise _twice(name, "--target", flag)
    for name in chosen.ignored & {chosen.target, chosen.group}:
        raise _twice(str(name), "--ignore", "--target" if name == chosen.target else "--group")
    return chosen


def column_called(columns: Sequence[Column], text: str, flag: str) -> str:
    """The name of the column that somebody calls so: by its name, or by what it is called in either language.

    Raises:
        CallError: there is none; the nearest name is given.
    """
    if any(column.name == text for column in columns):
        return text
    wanted = _plain(text)
    for column in columns:
        if wanted in (_plain(column.name), _plain(column.words.en), _plain(column.words.ko)):
            return column.name
    names = [c.name for c in columns]
    near = nearest(text, names) or nearest(
        text, [c.words.en for c in columns] + [c.words.ko for c in columns]
    )
    if near is None:
        folded = {_plain(name): name for name in names}
        near = folded.get(nearest(wanted, list(folded)) or "")
    all_names = listed(names)
    raise CallError(
        "unknown-column",
        Words(f"{flag} {text}: there is no such column.", f"{flag} {text}: 그런 열이 없습니다."),
        Words(
            f"Did you mean '{near}'? Columns: {all_names.en}.",
            f"'{near}'을(를) 뜻하셨나요? 열: {all_names.ko}.",
        )
        if near
        else Words(f"Columns: {all_names.en}.", f"열: {all_names.ko}."),
    )


def target_column(found: FoundTable, chosen: Chosen, *, said: bool) -> tuple[str, tuple[Words, ...]]:
    """The name of the target, and a sentence where nobody has said it.

    Raises:
        CallError: every column serves another purpose.
    """
    if said and chosen.target is not None:
        return chosen.target, ()
    taken = chosen.ignored | {chosen.group, chosen.time}
    if found.target is not None and found.target not in taken:
        return found.target, ()
    free = [column for column in found.columns if column.name not in taken]
    if not free:
        raise CallError(
            "no-target",
            Words(
                "No column is left for the target: all are ignored or used otherwise.",
                "목표로 쓸 열이 없습니다. 모두 빼거나 다른 데에 쓰고 있습니다.",
            ),
            Words("Name it with --target.", "--target으로 정하세요."),
        )
    name = free[-1].name
    return name, (
        Words(
            f"The target is the last column, '{name}'; --target chooses another.",
            f"마지막 열 {josa(repr(name), '을/를')} 목표로 합니다. --target으로 바꿀 수 있습니다.",
        ),
    )


def require_cells(found: FoundTable) -> None:
    """There is something in the table.

    Raises:
        DataError: it has no rows or no columns.
    """
    if found.frame.width == 0 or len(found.frame) == 0:
        raise DataError(
            "no-rows",
            Words(
                f"{found.name} has {len(found.frame):,} rows and {found.frame.width:,} columns: nothing to learn from.",
                f"{found.name}: 행 {len(found.frame):,}개, 열 {found.frame.width:,}개라서 학습할 것이 없습니다.",
            ),
        )


def time_values(found: FoundTable, frame: pl.DataFrame, name: str) -> tuple[np.ndarray, tuple[Words, ...]]:
    """The time of each row, float64 (n,), NaN where it is missing, and a sentence about those.

    Raises:
        DataError: the column is neither a date nor a number, or it is the same everywhere.
    """
    import polars as pl

    column = frame[name]
    if not (column.dtype.is_temporal() or column.dtype.is_float()):
        first = column.drop_nulls().head(1).to_list()
        raise DataError(
            "bad-time",
            Words(
                f"--time {name}: expected a column of dates or numbers; found for example {first[0]!r}."
                if first
                else f"--time {name}: every cell is missing.",
                f"--time {name}: 날짜나 수로 된 열이어야 합니다. 찾은 값: {first[0]!r}."
                if first
                else f"--time {name}: 값이 모두 비어 있습니다.",
            ),
            Words("Choose a column of dates.", "날짜 열을 고르세요."),
        )
    whole = column.to_physical() if column.dtype.is_temporal() else column
    values = np.array(whole.cast(pl.Float64).fill_null(np.nan).to_numpy())
    values[~np.isfinite(values)] = np.nan
    known = values[~np.isnan(values)]
    if len(known) == 0 or known.min() == known.max():
        raise DataError(
            "constant-time",
            Words(
                f"--time {name}: all rows have the same time, so none of them is later.",
                f"--time {name}: 모든 행의 시각이 같아서 더 늦은 행이 없습니다.",
            ),
        )
    without = int(np.isnan(values).sum())
    if not without:
        return values, ()
    return values, (
        Words(
            f"{without:,} rows have no '{name}': nobody knows whether they are later, so they are not used.",
            f"행 {without:,}개는 '{name}' 값이 없어 앞뒤를 알 수 없으므로 쓰지 않습니다.",
        ),
    )


def excerpt(lines: np.ndarray) -> Words:
    """The first few of these lines, and how many more there are."""
    first = ", ".join(f"{int(line)}" for line in lines[:_SHOWN])
    more = len(lines) - _SHOWN
    word = "line" if len(lines) == 1 else "lines"
    if more > 0:
        return Words(f"{word} {first} and {more:,} more", f"{first}행 외 {more:,}개")
    return Words(f"{word} {first}", f"{first}행")


def written(value: float) -> str:
    """A number as a person writes it: 1,547,000 and 0.25, and a year without a comma."""
    if value != value // 1 or abs(value) >= 1e15:
        return f"{value:,.6g}"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.0f}"


def _target(columns: Sequence[Column], target: str | int) -> str:
    """A name goes before a number: a column may be called '3'."""
    text = str(target).strip()
    called = [column.name for column in columns if _plain(column.name) == _plain(text)]
    if not called and text.lstrip("+-").isdecimal() and text.lstrip("+-").isascii():
        number = int(text)
        if not 1 <= number <= len(columns):
            raise CallError(
                "unknown-column",
                Words(
                    f"--target {text}: columns are numbered from 1 to {len(columns):,}.",
                    f"--target {text}: 열 번호는 1부터 {len(columns):,}까지입니다.",
                ),
            )
        return columns[number - 1].name
    return column_called(columns, text, "--target")


def _twice(name: str, one: str, other: str) -> CallError:
    return CallError(
        "column-twice",
        Words(
            f"'{name}' is named by {one} and by {other}; it can be only one of them.",
            f"'{name}' 열을 {one}와(과) {other}에 모두 썼습니다. 하나에만 쓸 수 있습니다.",
        ),
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()
