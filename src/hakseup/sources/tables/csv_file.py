"""CSV, TSV and other text: read block by block, so that the text never lies in memory as a whole."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from hakseup.sources.found import Refused
from hakseup.sources.stamp import Stamp
from hakseup.sources.tables import SPREADSHEETS, faults, footer
from hakseup.sources.tables import dialect as dialects
from hakseup.sources.tables.assemble import Where, assemble
from hakseup.sources.tables.cells import Marks
from hakseup.sources.tables.found import Column, Dialect, FoundTable
from hakseup.sources.tables.records import Block, blocks
from hakseup.sources.tables.text import NAMES, TextFile
from hakseup.words import Words

_SAMPLE = 1 << 20  # bytes from which the dialect is found; more where lines are very long
_LINES = 30


@dataclass(frozen=True)
class TextTable:
    """A text file whose dialect is known; its rows can be read again and again."""

    stamp: Stamp
    dialect: Dialect
    layout: dialects.Layout

    @staticmethod
    def of(path: Path) -> TextTable:
        """The file at this path.

        Raises:
            DataError: it is empty, no text, or holds no rows.
        """
        stamp = Stamp.of(path)
        text = TextFile(path)
        sample = b""
        for piece in text:
            sample += piece
            if len(sample) >= _SAMPLE and sample.count(b"\n") >= _LINES:
                break
        if not sample.strip():
            raise faults.empty_file(path.name)
        end = _SAMPLE
        while sample.count(b"\n", 0, end) < _LINES and end < len(sample):
            end *= 2
        found, layout = dialects.sniff(path, sample[:end], text.encoding, whole=end >= len(sample))
        return TextTable(stamp, found, layout)

    @property
    def name(self) -> str:
        """The file's name, for messages."""
        return self.stamp.path.name

    def named(self, names: Sequence[str]) -> TextTable:
        """The same with other names of columns, for a file without a header."""
        return replace(self, layout=replace(self.layout, names=tuple(names), unnamed=frozenset(), notes=()))

    def blocks(self) -> tuple[TextFile, Iterator[Block]]:
        """The rows from the beginning, and the file they come from."""
        self.stamp.require_same()
        text = TextFile(self.stamp.path)
        return text, self._above(blocks(text, self.dialect, self.name))

    def _above(self, coming: Iterator[Block]) -> Iterator[Block]:
        """The blocks without what stands under the table."""
        last: Block | None = None
        for block in coming:
            if last is not None:
                yield last
            last = block
        if last is None:
            return
        if len(last.lines):
            rows = self.parse(last)
            n = footer.footer(rows)
            if n:
                under = zip(last.lines[-n:].tolist(), rows.tail(n).iter_rows(), strict=True)
                gone = tuple(footer.refused(self.name, line, cells) for line, cells in under)
                last = last.without_last(n, self.dialect.quote, gone)
        yield last

    def parse(self, block: Block, names: Sequence[str] | None = None) -> pl.DataFrame:
        """The block as columns of text; these ones only, or all."""
        every = self.layout.names
        chosen = list(every if names is None else names)
        if not len(block.lines):
            return pl.DataFrame(schema=dict.fromkeys(chosen, pl.String))
        try:
            # The columns are numbered, not named: a name may hold anything.
            frame = pl.read_csv(
                io.BytesIO(block.content),
                has_header=False,
                schema={str(place): pl.String for place in range(len(every))},
                columns=None if names is None else [every.index(name) for name in chosen],
                separator=self.dialect.delimiter,
                quote_char=self.dialect.quote or None,
            )
        except pl.exceptions.PolarsError as error:
            raise faults.damaged(self.name, error) from error
        frame.columns = [every[int(place)] for place in frame.columns]
        if len(frame) != len(block.lines):
            raise faults.damaged(self.name, ValueError(f"{len(frame)} rows for {len(block.lines)} lines"))
        return frame.select(chosen)


def find(
    path: Path,
    *,
    marks: Marks | None = None,
    names: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
) -> FoundTable:
    """The table in a text file.

    Args:
        path: the file; one packed with gzip is unpacked while it is read.
        marks: what means missing; None: the usual.
        names: what the columns of a file without a header are called; None: column_1, column_2, …
        ignore: columns that nobody will use: nothing in them is an error.

    Raises:
        DataError: what is wrong, with its line and column.
    """
    table = TextTable.of(path)
    if names is not None and table.dialect.header is None and len(names) == table.dialect.width:
        table = table.named(names)
    ragged = faults.RaggedRows(table.name, table.dialect.width)
    first_time = True
    empty, under = 0, list[Refused]()
    encoding = table.dialect.encoding

    def read(columns: Sequence[str]) -> Iterator[tuple[pl.DataFrame, np.ndarray]]:
        nonlocal first_time, empty, encoding
        text, coming = table.blocks()
        whole = len(columns) == len(table.layout.names)
        for block in coming:
            if first_time:
                ragged.add(block.ragged)
                empty += block.empty
                under.extend(block.refused)
            if len(block.lines):
                yield table.parse(block, None if whole else columns), block.lines
        first_time = False
        encoding = text.encoding

    frame, columns, lines, said = assemble(
        read,
        table.layout.names,
        Where(table.name),
        marks=marks,
        ignore=ignore,
        commas=table.dialect.delimiter
        == ";",  # where the comma is decimal, Excel separates cells by semicolons
    )
    ragged.require_few(len(lines))
    if not len(lines):
        raise dialects.no_rows(table.name)
    frame, columns, dropped = without_empty_unnamed(frame, columns, table.layout)
    notes = [
        *_named_otherwise(path),
        _written(replace(table.dialect, encoding=encoding)),
        *table.layout.notes,
        *dropped,
    ]
    notes += [*_empty(empty), *ragged.notes(), *footer.notes(under), *said]
    return FoundTable(
        source=str(path),
        name=stem(path),
        format="csv",
        frame=frame,
        columns=columns,
        lines=lines,
        refused=(*ragged.refused(), *under),
        notes=tuple(notes),
        dialect=replace(table.dialect, encoding=encoding),
    )


def stem(path: Path) -> str:
    """The file's name without its endings: sales of sales.csv.gz."""
    name = path.name.removesuffix(".gz").removesuffix(".zip")
    return Path(name).stem or path.name


def without_empty_unnamed(
    frame: pl.DataFrame, columns: tuple[Column, ...], layout: dialects.Layout
) -> tuple[pl.DataFrame, tuple[Column, ...], list[Words]]:
    """The table without columns that have neither a name nor a value, and what should be said of those."""
    unnamed = layout.without_name
    gone = {name for name in unnamed if frame[name].null_count() == len(frame)}
    if len(gone) == len(columns):
        gone = set()
    notes = []
    if gone:
        notes.append(
            Words(
                f"{len(gone)} empty {'column' if len(gone) == 1 else 'columns'} without a name {'was' if len(gone) == 1 else 'were'} left out.",
                f"이름도 값도 없는 열 {len(gone)}개를 뺐습니다.",
            )
        )
    named = [name for name in layout.names if name in unnamed - gone]
    if named:
        notes.append(
            Words(
                f"Columns without a name are called: {', '.join(named)[:200]}.",
                f"이름이 없는 열에 붙인 이름: {', '.join(named)[:200]}.",
            )
        )
    return frame.drop(list(gone)), tuple(column for column in columns if column.name not in gone), notes


def _named_otherwise(path: Path) -> list[Words]:
    if path.suffix.lower() not in SPREADSHEETS:
        return []
    return [
        Words(
            f"{path.name} is plain text, not a spreadsheet as its name says: it was read as text.",
            f"{path.name}은(는) 이름과 달리 엑셀이 아니라 텍스트라서 텍스트로 읽었습니다.",
        )
    ]


def _written(dialect: Dialect) -> Words:
    """How the file is written, in one sentence."""
    encoding = NAMES[dialect.encoding]
    between = dialects.spoken(dialect)
    if dialect.width == 1:
        return Words(f"Text in {encoding.en}, one column.", f"{encoding.ko} 텍스트, 열 하나.")
    return Words(
        f"Text in {encoding.en}, cells separated by {between.en}.",
        f"{encoding.ko} 텍스트, 칸 사이는 {between.ko}.",
    )


def _empty(rows: int) -> list[Words]:
    if not rows:
        return []
    return [
        Words(
            f"{rows:,} {'row' if rows == 1 else 'rows'} without any value left out.",
            f"값이 하나도 없는 {rows:,}행을 뺐습니다.",
        )
    ]
