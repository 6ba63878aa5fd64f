"""How a text file holds its table: what stands between cells, what quotes them, and where the rows begin.

Only the beginning of the file is looked at. Every choice is made by counting: a delimiter must give the same
number of cells on nearly every line. `layout` (which line is the header) serves spreadsheets too.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from hakseup.errors import DataError
from hakseup.sources.tables.found import Dialect
from hakseup.sources.tables.headers import second_line
from hakseup.sources.tables.missing import kind
from hakseup.sources.tables.records import squeezed
from hakseup.words import Words

csv.field_size_limit(1 << 24)  # a cell of more letters than that is a quote that nobody closed
_RECORDS = 200  # looked at, at most
_CELLS = 400_000  # the same, counted in cells
_DELIMITERS = ("\t", ";", "|", ",")  # the first wins where two fit equally well
_SPOKEN = {
    "\t": Words("tabs", "탭"),
    ";": Words("semicolons", "세미콜론(;)"),
    "|": Words("bars (|)", "세로줄(|)"),
    " ": Words("spaces", "빈칸"),
    ",": Words("commas", "쉼표(,)"),
}

Cells = Sequence["str | None"]


@dataclass(frozen=True)
class Layout:
    """Where the header and the rows are among the records that were looked at."""

    header: int | None  # index of the record; None: no header
    first: int  # index of the first row
    width: int  # cells in a row
    names: tuple[str, ...]  # unique; width of them
    unnamed: frozenset[int]  # columns without a name in the header
    notes: tuple[Words, ...] = ()

    @property
    def without_name(self) -> frozenset[str]:
        """What the columns without a name in the header are called."""
        return frozenset(self.names[place] for place in self.unnamed)


def sniff(path: Path, sample: bytes, encoding: str, *, whole: bool) -> tuple[Dialect, Layout]:
    """The dialect of a file from its beginning, and what its columns are called.

    Args:
        path: for messages, and for its suffix.
        sample: the first bytes of the file, as UTF-8.
        encoding: what the file was decoded from.
        whole: whether that is all of the file.

    Raises:
        DataError: nothing but empty lines, or a header without rows.
    """
    text = sample.decode("utf-8", "ignore")
    if not whole:
        text = text[: text.rfind("\n") + 1] or text  # its last line may be cut
    given = re.match(r"sep=(.)\r?\n", text)  # Excel's own way of saying it
    quote = _quote(text)
    delimiter = given[1] if given else _delimiter(text, quote, path.suffixes)
    records = _records(text, delimiter, quote)
    if given:
        records = records[1:]
    found = layout([cells for _, cells in records], path.name, row_names=delimiter in "\t ")
    header = None if found.header is None else records[found.header][0]
    dialect = Dialect(encoding, delimiter, quote, header, records[found.first][0], found.width)
    return dialect, found


def spoken(dialect: Dialect) -> Words:
    """What stands between the cells, in words."""
    return _SPOKEN.get(dialect.delimiter, Words(f"'{dialect.delimiter}'", f"'{dialect.delimiter}'"))


# --- delimiter and quote -----------------------------------------------------------------------------------


def _quote(text: str) -> str:
    """The double quote, unless cells are plainly enclosed in single ones."""
    if '"' in text:
        # In 5" nothing is quoted: a quote counts only at the beginning of a cell.
        return '"' if re.search(r'(^|[,;\t|]) *"', text, re.MULTILINE) else ""
    enclosed = re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|\r\n])", text, re.MULTILINE)
    return "'" if len(enclosed) >= max(2, text.count("\n") / 2) else '"'


def _delimiter(text: str, quote: str, suffixes: Sequence[str]) -> str:
    best, best_score, best_width = ",", 0.0, 0
    for delimiter in _DELIMITERS:
        if delimiter not in text:
            continue
        counts = [len(cells) for _, cells in _records(text, delimiter, quote)]
        width, often = Counter(counts).most_common(1)[0]
        if width < 2:
            continue
        # The header has the delimiter too: 1,5;2,3 has one comma on every line, its header a;b has none.
        score = often / len(counts) + (0.5 if abs(max(counts[:2]) - width) <= 1 and counts[0] > 1 else 0.0)
        if delimiter == "\t" and ".tsv" in (suffix.lower() for suffix in suffixes):
            score += 0.5
        if score > best_score + 0.05:
            best, best_score, best_width = delimiter, score, width
    # One tab may stand before the last cell, where spaces separate the others.
    return best if (best_score and best != "\t") or not _spaced(text, quote, 2 * best_width) else " "


def _spaced(text: str, quote: str, least: int) -> bool:
    """Whether spaces (and tabs) separate the cells: as many on every line, at least so many, and mostly numbers."""
    records = [cells for _, cells in _records(text, " ", quote)]
    widths = {len(cells) for cells in records[1:]} or {len(records[0])}
    if (
        len(widths) != 1
        or min(widths) < max(2, least)
        or len(records[0]) not in (min(widths), min(widths) - 1)
    ):
        return False
    kinds = [kind(cell) for cells in records for cell in cells]
    return kinds.count("number") > len(kinds) / 2


def _records(text: str, delimiter: str, quote: str) -> list[tuple[int, list[str]]]:
    """The first records with the line each begins on; empty lines are left out, the last one may be cut."""
    options = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
    lines = text.split("\n")
    if delimiter == " ":
        lines = [squeezed(line).rstrip("\n") for line in lines]
    reader = csv.reader(
        (line + "\n" for line in lines), delimiter=delimiter, skipinitialspace=True, **options
    )
    out: list[tuple[int, list[str]]] = []
    start, cells = 1, 0
    try:
        for record in reader:
            if any(cell.strip() for cell in record) or len(record) > 1:
                out.append((start, record))
                cells += len(record)
            start = reader.line_num + 1
            if len(out) >= _RECORDS or (cells > _CELLS and len(out) > 20):
                break
    except csv.Error:
        pass  # a quote that is not closed: the reading itself says where
    return out or [(1, [text.strip()])]


# --- header and width --------------------------------------------------------------------------------------


def layout(records: Sequence[Cells], name: str, *, row_names: bool = False) -> Layout:
    """Which record is the header, where the rows begin, and how wide they are.

    Args:
        records: the first records, none of them empty.
        name: of the file, for messages.
        row_names: whether a header may lack the name of the first column, as R writes it.

    Raises:
        DataError: a header without rows, or one whose width is not that of the rows.
    """
    notes: list[Words] = []
    width = Counter(_used(record) for record in records[-(len(records) + 1) // 2 :]).most_common(1)[0][0]
    width = max(width, 1)
    first = _after_titles(records, width)
    if first:
        said = " / ".join(_shown(record) for record in records[:first])[:120]
        notes.append(
            Words(
                f"Left out before the table ({first} {'line' if first == 1 else 'lines'}): {said}",
                f"표 앞에 있는 {first}줄을 뺐습니다: {said}",
            )
        )
    if first >= len(records):
        raise no_rows(name)
    if not _is_header(records[first], records[first + 1 :]):
        width = max(width, _used(records[first]))
        notes.append(
            Words(
                "There is no header: the first line holds values. Columns are called column_1, column_2, …",
                "머리글이 없습니다(첫 줄도 값입니다). 열 이름을 column_1, column_2, …로 붙였습니다.",
            )
        )
        names = tuple(f"column_{place + 1}" for place in range(width))
        return Layout(None, first, width, names, frozenset(), tuple(notes))
    if first + 1 >= len(records):
        raise no_rows(name)
    header = [(cell or "").strip() for cell in records[first]]
    rows = first + 1
    if (two := second_line(header, records[rows:], width)) is not None:
        header, joined = two
        notes.append(joined)
        rows += 1
    header, width = _fitted(header, records[rows:], name, notes, row_names)
    names, unnamed = _unique(header, notes)
    return Layout(first, rows, width, names, unnamed, tuple(notes))


def no_rows(name: str) -> DataError:
    """The error for a file that holds no rows."""
    return DataError(
        "no-rows",
        Words(f"{name} holds no rows.", f"{name}에 데이터 행이 없습니다."),
        Words(
            "A table needs a line of column names and at least one row under it.",
            "표에는 열 이름 한 줄과 그 아래에 적어도 한 행이 있어야 합니다.",
        ),
    )


def _used(record: Cells) -> int:
    """Cells of a record without the empty ones at its end."""
    used = len(record)
    while used and not (record[used - 1] or "").strip():
        used -= 1
    return used


def _shown(record: Cells) -> str:
    return " ".join((cell or "").strip() for cell in record if (cell or "").strip()) or "-"


def _after_titles(records: Sequence[Cells], width: int) -> int:
    """How many lines stand above the table: a title, remarks, empty lines."""
    for place, record in enumerate(records[:20]):
        filled = sum(1 for cell in record if (cell or "").strip())
        remark = (record[0] or "").startswith("#") and _used(record) != width
        if not remark and (filled > 1 or width < 3):
            return place
    return 0


def _is_header(head: Cells, rows: Sequence[Cells]) -> bool:
    """Whether the first record names the columns: words over numbers do, a value among its like does not."""
    kinds = [kind(cell) for cell in head]
    if _counts_up(head):
        return True
    if not rows:
        return all(one in ("text", "missing") for one in kinds)
    over, under = 0, 0  # words over numbers; numbers over numbers
    again = False  # a word of the first record comes again below
    for place, own in enumerate(kinds):
        below = [row[place] for row in rows if place < len(row)]
        counts = Counter(one for one in map(kind, below) if one != "missing")
        common = counts.most_common(1)[0][0] if counts else "missing"
        if own == "text" and common in ("number", "date", "boolean"):
            over += 1
        elif own == common and own in ("number", "date", "boolean"):
            under += 1
        elif own == common == "text":
            again = again or (head[place] or "").strip() in {(cell or "").strip() for cell in below}
    if over or under:
        return over >= max(under, 1) or _years(head, kinds)
    return not again and "text" in kinds


def _counts_up(head: Cells) -> bool:
    """0, 1, 2, … or 1, 2, 3, …: names that a program gave; the first cell may be empty."""
    cells = [(cell or "").strip() for cell in head]
    numbers = cells[1:] if cells and not cells[0] else cells
    starts = ("0", "1") if len(numbers) >= 4 or cells != numbers else ("0",)
    return len(numbers) >= 3 and any(
        numbers == [str(int(start) + place) for place in range(len(numbers))] for start in starts
    )


def _years(head: Cells, kinds: Sequence[str]) -> bool:
    """A header with years in a row among its words: region, 2021, 2022."""
    years = [(cell or "").strip() for cell, one in zip(head, kinds, strict=True) if one == "number"]
    if len(years) < 2 or "text" not in kinds or not all(re.fullmatch(r"(19|20)\d\d", year) for year in years):
        return False
    return all(int(b) - int(a) == 1 for a, b in pairwise(years))


def _fitted(
    header: list[str], rows: Sequence[Cells], name: str, notes: list[Words], row_names: bool
) -> tuple[list[str], int]:
    """The header brought to the width of the rows."""
    whole = len(header)
    while len(header) > 1 and not header[-1]:
        header = header[:-1]
    lengths = [len(row) for row in rows]
    width = Counter(lengths).most_common(1)[0][0]
    if len(header) == width or (len(header) > width and len(header) in lengths):
        return header, len(header)
    if len(header) < width and (whole >= width or max(_used(row) for row in rows) <= len(header)):
        return header + [""] * (
            width - len(header)
        ), width  # delimiters at the end of every row, or no last names
    if row_names and len(header) == width - 1:
        notes.append(
            Words(
                "The header has one name fewer than the rows have cells: the first column holds row names.",
                "머리글의 이름이 행의 칸보다 하나 적습니다. 첫 열을 행 이름으로 읽었습니다.",
            )
        )
        return ["", *header], width
    raise DataError(
        "header-width",
        Words(
            f"{name}: the header has {len(header)} names, but the rows have {width} cells.",
            f"{name}: 머리글에는 이름이 {len(header)}개인데 행에는 칸이 {width}개입니다.",
        ),
        Words(
            "Give every column a name and every row as many cells; 1,000 needs quotes where commas separate the cells.",
            "열마다 이름을 붙이고 행마다 칸 수를 맞추세요. 칸을 쉼표로 나눌 때 1,000은 따옴표로 묶어야 합니다.",
        ),
    )


def _unique(header: Sequence[str], notes: list[Words]) -> tuple[tuple[str, ...], frozenset[int]]:
    """Every column has a name of its own; what was changed is said."""
    taken = {name for name in header if name}
    names: list[str] = []
    given: set[str] = set()
    unnamed: list[int] = []
    twice: list[str] = []
    for place, raw in enumerate(header):
        name = re.sub(r"\s+", " ", raw.replace("\u00a0", " ")).strip()
        if not name:
            unnamed.append(place)
            name = _free(f"column_{place + 1}", taken)
        elif name in given:
            twice.append(name)
            name = _free(name, taken)
        taken.add(name)
        given.add(name)
        names.append(name)
    if twice:
        said = ", ".join(sorted(set(twice)))[:200]
        notes.append(
            Words(
                f"Names that stand twice in the header got a number behind them: {said}.",
                f"머리글에 두 번 나오는 이름에는 뒤에 번호를 붙였습니다: {said}.",
            )
        )
    return tuple(names), frozenset(unnamed)


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"
