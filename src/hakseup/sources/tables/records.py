"""Text cut into blocks of whole records: how many cells each has, and on which line it begins.

The usual file is counted with NumPy on its bytes: quotes tell which delimiters and ends of lines are part of a cell.
Where a quote stands in the middle of a cell (5" or "a"b) that reckoning does not hold, and the rest of the file goes
through Python's `csv`, which is slower and forgiving. Records with another number of cells never reach the
parser: they are handed on as `Ragged` with their line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from hakseup.errors import DataError
from hakseup.sources.found import Refused
from hakseup.sources.tables.found import Dialect
from hakseup.words import Words

_SLOW_BATCH = 50_000  # records that Python's csv hands on at once
_LONGEST = 64 << 20  # bytes; a record of more is a quote that nobody closed
_LF, _CR = 10, 13
_QUOTED, _SPACES = re.compile(r'("[^"]*")'), re.compile(r"\s+")


@dataclass(frozen=True)
class Ragged:
    """A record with another number of cells than the table has columns."""

    line: int
    cells: int


@dataclass(frozen=True)
class Block:
    """Records that are whole and as wide as the table, one after another, without empty ones."""

    content: bytes  # UTF-8; every record ends with a newline
    lines: np.ndarray  # int64 (n,)
    ragged: tuple[Ragged, ...] = ()
    empty: int = 0  # records without any value that were left out: ",,,"
    refused: tuple[Refused, ...] = ()  # records that stand under the table

    def without_last(self, n: int, quote: str, refused: tuple[Refused, ...]) -> Block:
        """The block without its last n records, which were refused."""
        cut = int(_ends(self.content, quote)[-1 - n]) + 1
        return replace(self, content=self.content[:cut], lines=self.lines[:-n], refused=refused)


def _ends(content: bytes, quote: str) -> np.ndarray:
    """Where the records end in bytes whose quotes follow the rules."""
    data = np.frombuffer(content, np.uint8)
    ends = np.flatnonzero(data == _LF)
    if quote and quote.encode() in content:
        ends = ends[~np.bitwise_xor.accumulate(data == ord(quote))[ends]]
    return ends


class _LooseQuotes(Exception):
    """A quote stands where none may stand."""


def blocks(pieces: Iterable[bytes], dialect: Dialect, name: str) -> Iterator[Block]:
    """The rows of a file, block by block.

    Args:
        pieces: the file as UTF-8, from its beginning.
        dialect: what `dialect.sniff` found.
        name: of the file, for messages.

    Raises:
        DataError: a quote that is never closed, with the line where it opens.
    """
    coming = iter(pieces)
    carry = b""
    line = 1  # where `carry` begins
    if dialect.delimiter == " ":  # several in a row are one
        yield from _slowly(map(squeezed, _lines((), coming)), line, dialect, name)
        return
    for piece in coming:
        try:
            block, carry, line = _cut(carry + piece, line, dialect)
        except _LooseQuotes:
            yield from _slowly(_lines((carry + piece,), coming), line, dialect, name)
            return
        if len(carry) > _LONGEST:
            raise _unclosed(name, line)
        if block is not None:
            yield block
    if carry:
        try:
            block, rest, line = _cut(carry if carry.endswith(b"\n") else carry + b"\n", line, dialect)
        except _LooseQuotes:
            yield from _slowly(_lines((carry,), ()), line, dialect, name)
            return
        if rest:
            raise _unclosed(name, line)
        if block is not None:
            yield block


def _cut(content: bytes, line: int, dialect: Dialect) -> tuple[Block | None, bytes, int]:
    """The whole records in these bytes, the bytes after them, and the line on which those begin."""
    data = np.frombuffer(content, np.uint8)
    ends = np.flatnonzero(data == _LF)
    lines: np.ndarray | None = None
    inside: np.ndarray | None = None
    if dialect.quote and dialect.quote.encode() in content:
        quotes = data == ord(dialect.quote)
        inside = np.bitwise_xor.accumulate(quotes)  # bool, also True on the quote that opens
        _check_quotes(data, quotes, inside, dialect)
        lines = ends
        ends = ends[~inside[ends]]
    if not len(ends):
        return None, content, line
    cut = int(ends[-1]) + 1
    starts = np.concatenate(([0], ends[:-1] + 1))
    if lines is None:
        numbers = line + np.arange(len(ends), dtype=np.int64)
        following = line + len(ends)
    else:  # ends of lines inside of cells count as lines too
        numbers = line + np.searchsorted(lines, starts).astype(np.int64)
        following = line + int(np.searchsorted(lines, cut))
    marks = np.flatnonzero(data[:cut] == ord(dialect.delimiter))
    if inside is not None:
        marks = marks[~inside[marks]]
    return _block(content[:cut], starts, ends, marks, numbers, dialect), content[cut:], following


def _check_quotes(data: np.ndarray, quotes: np.ndarray, inside: np.ndarray, dialect: Dialect) -> None:
    """A quote opens at the beginning of a cell and closes at its end, or it is doubled."""
    places = np.flatnonzero(quotes)
    mark = ord(dialect.quote)
    before = np.where(places > 0, data[places - 1], _LF)
    after = np.where(places + 1 < len(data), data[np.minimum(places + 1, len(data) - 1)], _LF)
    opens = inside[places]
    edges = (
        ord(dialect.delimiter),
        _LF,
        mark,
    )  # a mark: in "a""b" the second closes and the third opens again
    good = np.where(opens, np.isin(before, edges), np.isin(after, (*edges, _CR)))
    if not good.all():
        raise _LooseQuotes


def _block(
    content: bytes,
    starts: np.ndarray,
    ends: np.ndarray,
    marks: np.ndarray,
    numbers: np.ndarray,
    dialect: Dialect,
) -> Block | None:
    """A block of the records that are as wide as the table."""
    data = np.frombuffer(content, np.uint8)
    before = np.searchsorted(marks, starts)
    counts = np.searchsorted(marks, ends) - before  # delimiters in each record
    length = ends - starts
    length = length - ((length > 0) & (data[ends - 1] == _CR))
    rows = numbers >= dialect.first
    blank = length == 0
    empty = (length == counts) & ~blank  # nothing but delimiters
    wide = counts == dialect.width - 1
    good = rows & ~blank & ~empty & wide
    odd = np.flatnonzero(rows & ~blank & ~empty & ~wide)
    kept = [content] if good.all() else list(_kept(content, starts, ends, good))
    lines = numbers[good]
    ragged = []
    mended = []  # lines
    for place in odd.tolist():
        record = _mended(content[starts[place] : starts[place] + length[place]], int(counts[place]), dialect)
        if record is None:
            ragged.append(Ragged(int(numbers[place]), int(counts[place]) + 1))
        else:
            kept.append(record)
            mended.append(numbers[place])
    out = b"".join(kept)
    if mended:
        out, lines = _in_order(out, np.concatenate([lines, mended]), dialect)
    n_empty = int(np.count_nonzero(rows & empty))
    return Block(out, lines, tuple(ragged), n_empty) if len(lines) or ragged or n_empty else None


def _mended(record: bytes, marks: int, dialect: Dialect) -> bytes | None:
    """The record without the empty cells that it has too many; None: it is ragged."""
    delimiter = dialect.delimiter.encode()
    trimmed = record.rstrip(delimiter + b" ")
    used = marks + 1 - record[len(trimmed) :].count(delimiter)
    if used <= dialect.width <= marks:
        return trimmed + delimiter * (dialect.width - used) + b"\n"
    return None


def _kept(content: bytes, starts: np.ndarray, ends: np.ndarray, good: np.ndarray) -> Iterator[bytes]:
    """The good records, as few slices as possible."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], good, [False])).astype(np.int8)))
    for low, high in edges.reshape(-1, 2).tolist():
        yield content[starts[low] : ends[high - 1] + 1]


def _in_order(content: bytes, lines: np.ndarray, dialect: Dialect) -> tuple[bytes, np.ndarray]:
    ends = _ends(content, dialect.quote)
    starts = np.concatenate(([0], ends[:-1] + 1))
    order = np.argsort(lines, kind="stable")
    return b"".join(content[starts[place] : ends[place] + 1] for place in order), lines[order]


# --- quotes that do not follow the rules -------------------------------------------------------------------


def _lines(first: Iterable[bytes], coming: Iterable[bytes]) -> Iterator[str]:
    """Lines as text, their ends kept."""
    carry = b""
    for group in (first, coming):
        for piece in group:
            *whole, carry = (carry + piece).split(b"\n")
            for one in whole:
                yield one.decode("utf-8") + "\n"
    if carry:
        yield carry.decode("utf-8")


def squeezed(line: str) -> str:
    """A line whose cells are separated by spaces or tabs, with one space between them; what is quoted stays as it is."""
    if '"' not in line:
        return " ".join(line.split()) + "\n"
    parts = _QUOTED.split(line.strip())
    return "".join(part if place % 2 else _SPACES.sub(" ", part) for place, part in enumerate(parts)) + "\n"


def _slowly(lines: Iterator[str], line: int, dialect: Dialect, name: str) -> Iterator[Block]:
    """The rest of a file through Python's csv."""
    before = line - 1  # lines that others have read
    options = {"quotechar": dialect.quote} if dialect.quote else {"quoting": csv.QUOTE_NONE}
    reader = csv.reader(lines, delimiter=dialect.delimiter, skipinitialspace=True, **options)
    batch: list[list[str]] = []
    numbers: list[int] = []
    ragged: list[Ragged] = []
    empty = 0
    start = line
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise _unclosed(name, start) from error
        if record is not None and start >= dialect.first:
            while len(record) > dialect.width and not record[-1].strip():
                record.pop()
            if not any(cell.strip() for cell in record):
                empty += len(record) > 1
            elif len(record) == dialect.width:
                batch.append(record)
                numbers.append(start)
            elif before + reader.line_num - start > 100:
                raise _unclosed(name, start)
            else:
                ragged.append(Ragged(start, len(record)))
        if record is None or len(batch) >= _SLOW_BATCH:
            if batch or ragged or empty:
                yield Block(_written(batch, dialect), np.array(numbers, np.int64), tuple(ragged), empty)
            batch, numbers, ragged, empty = [], [], [], 0
        if record is None:
            return
        start = before + reader.line_num + 1


def _written(records: list[list[str]], dialect: Dialect) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(
        out, delimiter=dialect.delimiter, quotechar=dialect.quote or '"', lineterminator="\n"
    ).writerows(records)
    return out.getvalue().encode("utf-8")


def _unclosed(name: str, line: int) -> DataError:
    return DataError(
        "open-quote",
        Words(
            f"{name}, line {line:,}: a quote is opened there and never closed.",
            f"{name} {line:,}번째 줄: 여기서 열린 따옴표가 닫히지 않았습니다.",
        ),
        Words(
            'Close it, or double it where it belongs to the text: ""',
            '따옴표를 닫거나, 글자의 일부라면 두 번 쓰세요: ""',
        ),
    )
