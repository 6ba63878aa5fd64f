"""From blocks of text to one typed frame: every column guessed on the first block, read in all of them.

A column in which a cell does not fit is read again, whole, with all that is known by then. If a few cells still do
not fit, that is an error which names them; if there are many, the column is text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from hakseup.errors import DataError
from hakseup.sources.tables import cells, conversion, spelling
from hakseup.sources.tables.cells import Guess, Marks
from hakseup.sources.tables.conversion import Converted
from hakseup.sources.tables.found import Column
from hakseup.sources.tables.only_words import only_words
from hakseup.sources.tables.spelling import Spelling
from hakseup.words import Words, josa

# The rows in blocks: text, one column for each name asked for, and the line of each row.
ROW = Words("row", "행")  # the unit of what is no text file
Read = Callable[[Sequence[str]], Iterator[tuple[pl.DataFrame, np.ndarray]]]
_NAMED = 10  # bad cells that an error names


@dataclass(frozen=True)
class Where:
    """What the source is called, and how its rows are: line 7 of a text file, row 7 of a spreadsheet."""

    name: str
    unit: Words = field(default_factory=lambda: Words("line", "줄"))

    def cell(self, line: int, column: str) -> Words:
        """One cell."""
        return Words(
            f"{self.unit.en} {line:,}, column '{column}'", f"{line:,}번째 {self.unit.ko}, '{column}' 열"
        )


@dataclass
class _SoFar:
    """What was read, column by column."""

    pieces: dict[str, list[pl.Series]]
    lines: list[np.ndarray] = field(default_factory=list)
    marks: Counter[str] = field(default_factory=Counter)
    infinite: dict[str, list[int]] = field(default_factory=dict)  # lines
    again: set[str] = field(default_factory=set)


def assemble(
    read: Read,
    names: Sequence[str],
    where: Where,
    *,
    marks: Marks | None = None,
    ignore: Sequence[str] = (),
    keep_text: Callable[[pl.Series], bool] = lambda series: False,
    commas: bool = False,
) -> tuple[pl.DataFrame, tuple[Column, ...], np.ndarray, list[Words]]:
    """The typed frame, its columns, the line of each row, and what should be said.

    Args:
        read: gives the rows as often as it is called.
        names: of all columns.
        where: for messages.
        marks: what means missing; None: the usual.
        ignore: columns that nobody will use: they stay text, and nothing in them is an error.
        keep_text: whether a column of text stays text whatever it looks like.
        commas: decimal ones are likely, where no column shows that points are.

    Raises:
        DataError: "bad-cells": a few cells in a column of numbers are none; or there are no rows.
    """
    marks = marks or Marks.of()
    guesses: dict[str, Guess] = {}
    so_far = _SoFar({name: [] for name in names})
    for frame, lines in read(names):
        if not guesses:
            guesses = _guesses(frame, marks, ignore, keep_text, commas)
        for name, converted in conversion.convert(frame, guesses, marks).items():
            if name in so_far.again:
                continue
            if len(converted.bad) or converted.codes:
                so_far.again.add(name)
                so_far.pieces[name] = []
            else:
                _take(so_far, name, converted, lines)
        so_far.lines.append(lines)
    all_lines = np.concatenate(so_far.lines) if so_far.lines else np.empty(0, np.int64)
    if so_far.again:
        _read_again(read, so_far, guesses, all_lines, marks, where, commas)
    frame = pl.DataFrame({name: pl.concat(so_far.pieces.pop(name)) for name in names if len(all_lines)})
    frame, ways, said = _spelled(frame, ignore)
    columns = tuple(
        Column(
            name,
            Words(name, name),
            guesses[name].how,
            guesses[name].note,
            replace(guesses[name].reading, spelling=ways.get(name, ())),
        )
        for name in frame.columns
    )
    return frame, columns, all_lines, [*_notes(so_far, where), *said]


def _spelled(
    frame: pl.DataFrame, ignore: Sequence[str]
) -> tuple[pl.DataFrame, dict[str, Spelling], list[Words]]:
    """The frame with every word of a column written in one way, those ways, and what should be said."""
    ways: dict[str, Spelling] = {}
    changed: dict[str, dict[str, list[str]]] = {}
    for name in [name for name in frame.columns if frame[name].dtype == pl.String and name not in ignore]:
        ways[name] = spelling.find(frame[name])
        if here := spelling.changes(frame[name], ways[name]):
            changed[name] = here
            frame = frame.with_columns(spelling.applied(frame[name], ways[name]))
    return frame, ways, spelling.notes(changed)


def _guesses(
    frame: pl.DataFrame,
    marks: Marks,
    ignore: Sequence[str],
    keep_text: Callable[[pl.Series], bool],
    commas: bool,
) -> dict[str, Guess]:
    """A guess for each column; where one column shows that commas are decimal, the unsure ones follow."""
    free = [name for name in frame.columns if name not in ignore and not keep_text(frame[name])]
    out = {name: Guess("text") for name in frame.columns}
    out |= cells.plain_numbers(frame.select(free))
    words = set(only_words(frame.select(free)))
    out |= {
        name: cells.guess(frame[name], marks)
        for name in free
        if out[name].how != "number" and name not in words
    }
    if _decimal(out, commas):
        out |= {name: cells.guess(frame[name], marks, ",") for name in free if not out[name].certain}
    return out


def _decimal(guesses: dict[str, Guess], commas: bool) -> str | None:
    """What the other columns show of a column that is not sure of itself."""
    shown = any(guess.commas for guess in guesses.values())
    points = any(guess.points for guess in guesses.values())
    return "," if (shown or commas) and not points else None


def _take(so_far: _SoFar, name: str, converted: Converted, lines: np.ndarray) -> None:
    so_far.pieces[name].append(converted.values)
    so_far.marks += converted.marks
    if len(converted.infinite):
        so_far.infinite.setdefault(name, []).extend(lines[converted.infinite].tolist())


def _read_again(
    read: Read,
    so_far: _SoFar,
    guesses: dict[str, Guess],
    lines: np.ndarray,
    marks: Marks,
    where: Where,
    commas: bool,
) -> None:
    """The columns that did not fit their guess, whole."""
    names = sorted(so_far.again)
    frame = pl.concat([frame for frame, _ in read(names)])
    faults: list[tuple[str, Guess, Converted, pl.Series]] = []
    decimal = _decimal(guesses, commas)
    for name in names:
        column = frame[name]
        guesses[name] = cells.guess(column, marks, decimal)
        converted = conversion.convert(column.to_frame(), {name: guesses[name]}, marks)[name]
        if len(converted.bad):
            given = len(column) - column.null_count()
            if cells.few(len(converted.bad), given):
                faults.append((name, guesses[name], converted, column))
                continue
            guesses[name] = _too_many(guesses[name], column, converted, lines, where)
            converted = conversion.convert(column.to_frame(), {name: guesses[name]}, marks)[name]
        _take(so_far, name, converted, lines)
    if faults:
        raise _bad_cells(faults, lines, where)


def _too_many(
    guess: Guess, column: pl.Series, converted: Converted, lines: np.ndarray, where: Where
) -> Guess:
    row = int(converted.bad[0])
    place = where.cell(int(lines[row]), column.name)
    what = cells.SPOKEN[guess.how]
    return replace(
        Guess("text"),
        note=Words(
            f"text: {len(converted.bad):,} cells are no {what.en} (first in {place.en}: '{column[row]}')",
            f"{josa(what.ko, '이/가')} 아닌 칸이 {len(converted.bad):,}개라 글자로 읽었습니다({place.ko}: '{column[row]}')",
        ),
    )


def _bad_cells(
    faults: Sequence[tuple[str, Guess, Converted, pl.Series]], lines: np.ndarray, where: Where
) -> DataError:
    en, ko = [], []
    for name, guess, converted, column in faults:
        what = cells.SPOKEN[guess.how]
        good = len(column) - column.null_count() - len(converted.bad)
        for row in converted.bad[:_NAMED].tolist():
            place = where.cell(int(lines[row]), name)
            shown = str(column[row])[:40]
            en.append(f"  {place.en}: '{shown}' (the other {good:,} cells are {what.en})")
            ko.append(f"  {place.ko}: '{shown}'(다른 {good:,}칸은 {josa(what.ko, '이/가')} 맞습니다)")
    total = sum(len(converted.bad) for _, _, converted, _ in faults)
    more = total - len(en[:_NAMED])
    more_en = f"\n  and {more:,} more" if more else ""
    more_ko = f"\n  그 밖에 {more:,}칸" if more else ""
    names = ", ".join(name for name, *_ in faults)
    is_are = "1 cell does" if total == 1 else f"{total:,} cells do"
    return DataError(
        "bad-cells",
        Words(
            f"{where.name}: {is_are} not fit the column.\n" + "\n".join(en[:_NAMED]) + more_en,
            f"{where.name}: 열에 맞지 않는 칸이 {total:,}개 있습니다.\n" + "\n".join(ko[:_NAMED]) + more_ko,
        ),
        Words(
            f'Correct these cells or empty them, or leave the column out: --ignore "{names}"',
            f'칸을 고치거나 비우세요. 열을 빼려면: --ignore "{names}"',
        ),
    )


def _notes(so_far: _SoFar, where: Where) -> list[Words]:
    notes = []
    if so_far.marks:
        said = ", ".join(f"'{word}' {n:,}" for word, n in so_far.marks.most_common(12))
        notes.append(
            Words(f"Read as missing, besides empty cells: {said}.", f"빈칸 말고도 결측치로 읽은 것: {said}.")
        )
    for name, lines in so_far.infinite.items():
        place = where.cell(lines[0], name)
        notes.append(
            Words(
                f"Infinite or too large values were read as missing: {len(lines):,} in column '{name}', "
                f"the first in {place.en}.",
                f"무한하거나 너무 큰 값은 결측치로 읽었습니다. '{name}' 열에 {len(lines):,}개, 처음은 {place.ko}입니다.",
            )
        )
    return notes
