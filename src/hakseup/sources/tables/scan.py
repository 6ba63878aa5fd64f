"""A table in batches, in flat memory: for predicting rows of files that do not fit.

The columns are those of the table that a model was trained on, and every cell is read as the cells of that column were.
What another file writes in another way (decimal points, another delimiter or encoding, no header) is found anew. A cell
that does not fit is null in the batch and listed; a column in which hardly any cell fits is an error.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from hakseup.errors import DataError
from hakseup.sources import tables
from hakseup.sources.found import Refused
from hakseup.sources.tables import cells, conversion, excel, faults, frames, known
from hakseup.sources.tables.assemble import ROW, Where
from hakseup.sources.tables.cells import Guess, Marks
from hakseup.sources.tables.csv_file import TextTable
from hakseup.sources.tables.found import Column
from hakseup.words import Words, josa

_LISTED = 100  # bad cells of one batch that are listed; all are counted
_JUDGED = 5  # cells that do not fit, from which on a column can be of another type


@dataclass(frozen=True)
class BadCell:
    """A cell that is not what its column holds; it is null in the batch."""

    line: int
    column: str
    text: str


@dataclass(frozen=True)
class Batch:
    """Some rows, in the order of the source."""

    frame: pl.DataFrame  # the columns that were asked for and are there, typed as they were in training
    raw: pl.DataFrame  # every column of the source as it stands (text, from a text file)
    lines: np.ndarray  # int64 (n,)
    refused: tuple[Refused, ...] = ()  # rows that stand among or before these and could not be used
    bad: tuple[BadCell, ...] = ()
    n_bad: int = 0


@dataclass(frozen=True)
class _Rows:
    """Rows as they come from the source."""

    raw: pl.DataFrame
    lines: np.ndarray
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True)
class Scan:
    """A source whose columns are known and whose rows have not been read yet; each iteration reads it anew."""

    names: tuple[str, ...]  # all columns of the source
    notes: tuple[Words, ...]
    where: Where
    columns: tuple[Column, ...]  # those asked for
    batch_rows: int
    rows: Callable[[], Iterator[_Rows]]
    unnamed: frozenset[str] = frozenset()  # names that columns without one in the header were given

    def __iter__(self) -> Iterator[Batch]:
        """The batches.

        Raises:
            DataError: the source cannot be read, or a column holds something else than in training.
        """
        marks = Marks.of()
        wanted = [column for column in self.columns if column.name in self.names]
        guesses: dict[str, Guess] = {}
        for rows in self.rows():
            if not guesses and len(rows.lines):
                guesses = _guesses(rows.raw, wanted, marks)
            yield from self._batches(rows, wanted, guesses, marks)

    def _batches(
        self, rows: _Rows, wanted: Sequence[Column], guesses: dict[str, Guess], marks: Marks
    ) -> Iterator[Batch]:
        typed, bad = self._typed(rows, wanted, guesses, marks)
        refused = rows.refused
        for start in range(0, max(len(rows.lines), 1), self.batch_rows):
            part = slice(start, start + self.batch_rows)
            here = [cell for cell in bad if part.start <= cell[0] < part.stop]
            named = tuple(BadCell(int(rows.lines[row]), name, text) for row, name, text in here[:_LISTED])
            yield Batch(typed[part], rows.raw[part], rows.lines[part], refused, named, len(here))
            refused = ()

    def _typed(
        self, rows: _Rows, wanted: Sequence[Column], guesses: dict[str, Guess], marks: Marks
    ) -> tuple[pl.DataFrame, list[tuple[int, str, str]]]:
        """The asked-for columns typed, and the cells that do not fit: row, column, text."""
        out: dict[str, pl.Series] = {}
        texts: list[pl.Series] = []
        for column in wanted:
            series = _native(rows.raw[column.name], self.where)
            if series.dtype == pl.String:
                texts.append(series)
            else:
                out[column.name] = _cast(series, column)
        bad: list[tuple[int, str, str]] = []
        if texts and len(rows.lines):
            for name, converted in conversion.convert(pl.DataFrame(texts), guesses, marks).items():
                out[name] = converted.values
                self._require_type(name, guesses[name], rows, converted.bad)
                bad += [(int(row), name, str(rows.raw[name][int(row)])) for row in converted.bad]
        else:
            out |= {text.name: text.cast(cells.TYPES[guesses[text.name].how]) for text in texts if guesses}
        bad.sort(key=lambda cell: cell[0])
        return pl.DataFrame(
            [out[column.name].rename(column.name) for column in wanted if column.name in out]
        ), bad

    def _require_type(self, name: str, guess: Guess, rows: _Rows, bad: np.ndarray) -> None:
        given = len(rows.raw) - rows.raw[name].null_count()
        if len(bad) < max(_JUDGED, given / 2):
            return
        what = cells.SPOKEN[guess.how]
        row = int(bad[0])
        place = self.where.cell(int(rows.lines[row]), name)
        raise DataError(
            "other-type",
            Words(
                f"{self.where.name}: column '{name}' held {what.en} in training, but {len(bad):,} of {given:,} cells "
                f"are something else here: {place.en}: '{rows.raw[name][row]}'.",
                f"{self.where.name}: '{name}' 열은 학습할 때 {josa(what.ko, '이었/였')}는데, 여기서는 {given:,}칸 중 {len(bad):,}칸이 "
                f"아닙니다. {place.ko}: '{rows.raw[name][row]}'.",
            ),
            Words(
                "Is it the right file, and are its columns in the right places?",
                "맞는 파일인지, 열이 제자리에 있는지 확인하세요.",
            ),
        )


def scan(
    source: object,
    columns: Sequence[Column],
    batch_rows: int = 65_536,
    *,
    target: str | None = None,
    order: Sequence[str] = (),
) -> Scan:
    """The rows of a source in batches, its columns read as those of the training table.

    Args:
        source: a path to a table, the name of a known one, or a frame, as `tables.find` takes them.
        columns: of the table that was trained on. Those that the source lacks are left out of the batches, and
            those that it has besides are in `raw` only: comparing them is the caller's work.
        batch_rows: rows in a batch, at most.
        target: the column that a file without a header may lack.
        order: the names of all columns of the training table, by which a file without a header is read; (): `columns` are all.

    Returns:
        What can be iterated as often as wanted; a text file is read from the disk each time.

    Raises:
        CallError: no such path, or no table.
        DataError: it cannot be read.
    """
    columns = tuple(columns)
    if not isinstance(source, str | os.PathLike):
        frame, notes = frames.to_polars(source)
        return Scan(
            tuple(frame.columns),
            tuple(notes),
            Where("frame", ROW),
            columns,
            batch_rows,
            lambda: _slices(frame),
        )
    text = os.fsdecode(source)
    path, sheet_name = tables.place_of(text)
    if isinstance(source, str) and known.canonical(text) and not path.exists():
        path = known.path_of(text)
    tables.require_file(path, text)
    suffix = tables.suffix_of(path)
    if suffix in frames.SUFFIXES:
        return _parquet(path, columns, batch_rows)
    if suffix in tables.SPREADSHEETS:
        sheet = excel.read_sheet(path, sheet_name, [column.name for column in columns])
        return Scan(
            tuple(sheet.frame.columns),
            sheet.notes,
            Where(path.name, ROW),
            columns,
            batch_rows,
            lambda: iter([_Rows(sheet.frame, sheet.rows, sheet.refused)]),
            sheet.layout.without_name,
        )
    table, notes = _with_names(TextTable.of(path), order or [column.name for column in columns], target)
    return Scan(
        table.layout.names,
        (*table.layout.notes, *notes),
        Where(path.name),
        columns,
        batch_rows,
        lambda: _text(table),
        table.layout.without_name,
    )


# --- sources -----------------------------------------------------------------------------------------------


def _slices(frame: pl.DataFrame) -> Iterator[_Rows]:
    yield _Rows(frame, np.arange(1, len(frame) + 1, dtype=np.int64))


def _parquet(path: Path, columns: tuple[Column, ...], batch_rows: int) -> Scan:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def rows() -> Iterator[_Rows]:
        first = 1
        try:
            with pq.ParquetFile(path) as stored:
                for batch in stored.iter_batches(batch_size=batch_rows):
                    frame = pl.from_arrow(batch)
                    if not isinstance(frame, pl.DataFrame):
                        raise TypeError(f"expected a frame, found {type(frame).__name__}")
                    yield _Rows(frame, np.arange(first, first + len(frame), dtype=np.int64))
                    first += len(frame)
        except (pa.ArrowException, OSError) as error:
            raise faults.damaged(path.name, error) from error

    try:
        names = tuple(pq.read_schema(path).names)
    except (pa.ArrowException, OSError) as error:
        raise faults.damaged(path.name, error) from error
    return Scan(names, (), Where(path.name, ROW), columns, batch_rows, rows)


def _text(table: TextTable) -> Iterator[_Rows]:
    _, blocks = table.blocks()
    for block in blocks:
        refused = tuple(
            faults.refused(table.name, one, table.dialect.width) for one in block.ragged[: faults.KEPT]
        )
        yield _Rows(table.parse(block), block.lines, (*refused, *block.refused))


def _with_names(table: TextTable, names: Sequence[str], target: str | None) -> tuple[TextTable, list[Words]]:
    """The file with the training table's names, where it has none of its own."""
    layout, dialect = table.layout, table.dialect
    numbered = all(name == f"column_{place + 1}" for place, name in enumerate(names))
    if dialect.header is not None:
        if not numbered or set(layout.names) & set(names):
            return table, []
        # The training table had no header, and this first line names none of its columns: it is a row.
        dialect = dataclasses.replace(dialect, header=None, first=dialect.header)
        layout = dataclasses.replace(layout, notes=())
        table = dataclasses.replace(table, dialect=dialect, layout=layout)
    without = [name for name in names if name != target]
    for known_names in (list(names), without):
        if dialect.width == len(known_names):
            lacking = "" if known_names == list(names) else f", without '{target}'"
            lacking_ko = "" if known_names == list(names) else f"('{target}' 없이)"
            note = Words(
                f"The file has no header: its columns were taken in the order of training{lacking}.",
                f"머리글이 없는 파일이라 학습할 때의 순서대로 열을 읽었습니다{lacking_ko}.",
            )
            return table.named(known_names), [note]
    return table, []


# --- types -------------------------------------------------------------------------------------------------


def _native(series: pl.Series, where: Where) -> pl.Series:
    """The column as one of the four types; one that cannot be used is all missing text."""
    if series.dtype == pl.String:
        return series
    typed, _ = frames.native(series, where)
    return pl.Series(series.name, [None] * len(series), dtype=pl.String) if typed is None else typed


def _guesses(raw: pl.DataFrame, wanted: Sequence[Column], marks: Marks) -> dict[str, Guess]:
    """How the text columns of this source are written, given what they hold."""
    own: dict[str, Guess] = {}
    for column in wanted:
        series = raw[column.name]
        if series.dtype == pl.String and column.how in ("number", "date"):
            own[column.name] = cells.guess(series, marks)
    comma = any(guess.commas for guess in own.values()) and not any(guess.points for guess in own.values())
    out = {}
    for column in wanted:
        reading = column.reading
        fresh = own.get(column.name)
        if fresh is not None and comma and not fresh.certain:
            fresh = dataclasses.replace(cells.guess(raw[column.name], marks, ","), certain=True)
        if fresh is not None and fresh.how == column.how and (fresh.certain or fresh.points):
            unit = fresh.reading.unit or reading.unit
            reading = dataclasses.replace(
                fresh.reading, missing=reading.missing, unit=unit, spelling=reading.spelling
            )
        if fresh is not None and fresh.how == "number":
            limits = fresh.reading.limits or column.reading.limits
            reading = dataclasses.replace(reading, limits=limits)
        out[column.name] = Guess(column.how, reading)
    return out


def _cast(series: pl.Series, column: Column) -> pl.Series:
    """A column that came typed, as the type it had in training."""
    wanted = cells.TYPES[column.how]
    if series.dtype == wanted:
        return series
    if column.how == "text":
        if series.dtype == pl.Float64 and bool((series == series.floor()).fill_null(True).all()):
            return series.cast(pl.Int64, strict=False).cast(pl.String)
        return series.cast(pl.String)
    if column.how == "boolean" and series.dtype == pl.Float64:
        return series.cast(pl.Boolean)
    if column.how == "number" and series.dtype == pl.Boolean:
        return series.cast(pl.Float64)
    what = cells.SPOKEN[column.how]
    raise DataError(
        "other-type",
        Words(
            f"Column '{column.name}' held {what.en} in training, but is {series.dtype} here.",
            f"'{column.name}' 열은 학습할 때 {josa(what.ko, '이었/였')}는데 여기서는 {series.dtype}입니다.",
        ),
        Words("Is it the right file?", "맞는 파일인지 확인하세요."),
    )
