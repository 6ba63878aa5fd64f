"""Excel: a sheet that holds a table, read as text and then as any text file's cells.

`book.xlsx#Sales` means the sheet Sales; without a name it is the first one that looks like a table.

A spreadsheet's cells have types of their own, but people keep numbers as text in them, and remarks among numbers; read
as text, every cell is judged in the same way as in a CSV file, and a wrong one is named by its row in the sheet.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from hakseup.errors import CallError, DataError, nearest
from hakseup.sources.classes import listed
from hakseup.sources.found import Refused
from hakseup.sources.stamp import Stamp
from hakseup.sources.tables import dialect as dialects
from hakseup.sources.tables import faults, footer
from hakseup.sources.tables.assemble import ROW, Where, assemble
from hakseup.sources.tables.csv_file import without_empty_unnamed
from hakseup.sources.tables.found import FoundTable
from hakseup.words import Words

if TYPE_CHECKING:
    from fastexcel import ExcelReader

_LOOKED_AT = 200  # rows from which the header is found
_ROWS = 3  # of two cells and more: a header, and two under it


@dataclass(frozen=True)
class Sheet:
    """A sheet as text: columns named as its header says, and the row of the sheet each row stands in."""

    frame: pl.DataFrame
    rows: np.ndarray  # int64 (n,), from 1
    layout: dialects.Layout
    notes: tuple[Words, ...]
    refused: tuple[Refused, ...] = ()  # what stands under the table


def find(path: Path, sheet_name: str = "", *, ignore: Sequence[str] = ()) -> FoundTable:
    """The table in a sheet.

    Args:
        path: an Excel or OpenDocument spreadsheet.
        sheet_name: of the sheet; empty: the first that looks like a table.
        ignore: columns that nobody will use: nothing in them is an error.

    Raises:
        CallError: it has no such sheet.
        DataError: it is damaged or locked, or holds no rows; or a cell does not fit its column.
    """
    sheet = read_sheet(path, sheet_name)

    def read(names: Sequence[str]) -> Iterator[tuple[pl.DataFrame, np.ndarray]]:
        yield sheet.frame.select(names), sheet.rows

    frame, columns, rows, said = assemble(read, sheet.frame.columns, Where(path.name, ROW), ignore=ignore)
    frame, columns, dropped = without_empty_unnamed(frame, columns, sheet.layout)
    return FoundTable(
        source=f"{path}#{sheet_name}" if sheet_name else str(path),
        name=f"{path.stem} {sheet_name}".strip(),
        format="excel",
        frame=frame,
        columns=columns,
        lines=rows,
        refused=sheet.refused,
        notes=(*sheet.notes, *dropped, *footer.notes(list(sheet.refused)), *said),
    )


def read_sheet(path: Path, sheet_name: str = "", wanted: Sequence[str] = ()) -> Sheet:
    """A sheet as text.

    Args:
        path: of the spreadsheet. sheet_name: see `find`.
        wanted: names of columns, of which the sheet should hold as many as possible; none: it should look like a table.

    Raises:
        CallError: it has no such sheet.
        DataError: it is damaged or locked, or holds no rows.
    """
    import fastexcel

    Stamp.of(path)
    try:
        book = fastexcel.read_excel(path)
        names = book.sheet_names
        if sheet_name:
            grid, chosen = _grid(book, _called(names, sheet_name)), sheet_name
        else:
            grid, chosen = _best(book, names, wanted)
    except (fastexcel.FastExcelError, OSError) as error:
        raise _damaged(path, error) from error
    if not len(grid) or not grid.width:
        raise dialects.no_rows(path.name)
    filled = _filled(grid)
    grid = grid[filled]
    layout = dialects.layout([list(row) for row in grid.head(_LOOKED_AT).iter_rows()], path.name)
    body = grid[layout.first :, : layout.width]
    rows = filled[layout.first :].astype(np.int64) + 1
    extra = grid[layout.first :, layout.width :]
    notes = [*_about_sheets(names, chosen), *layout.notes]
    if extra.width and any(extra[name].null_count() < len(extra) for name in extra.columns):
        raise _beside(path, extra, rows)
    body.columns = list(layout.names)
    keep = body.select(~pl.all_horizontal(pl.all().is_null())).to_series()
    if not keep.any():
        raise dialects.no_rows(path.name)
    body, rows = body.filter(keep), rows[keep.to_numpy()]
    n = len(body) - footer.footer(body)
    under = zip(rows[n:].tolist(), body[n:].iter_rows(), strict=True)
    gone = tuple(footer.refused(path.name, line, cells) for line, cells in under)
    return Sheet(body[:n], rows[:n], layout, tuple(notes), gone)


def _best(book: ExcelReader, names: Sequence[str], wanted: Sequence[str]) -> tuple[pl.DataFrame, str]:
    """The sheet with most of the wanted names in one row; else the first that is like a table; else the first with values."""
    sheets = ((name, _grid(book, name)) for name in names)
    first: tuple[pl.DataFrame, str] = (pl.DataFrame(), "")
    best = 0
    for name, grid in sheets:
        if not len(grid) or not grid.width:
            continue
        if not first[1]:
            first = (grid, name)
        if wanted:
            rows = (set(row) for row in grid.head(_LOOKED_AT).iter_rows())
            score = max(len(row & set(wanted)) for row in rows)
            if score > best:
                first, best = (grid, name), score
        elif _is_like_a_table(grid):
            return grid, name
    return first


def _is_like_a_table(grid: pl.DataFrame) -> bool:
    """Whether rows of two cells and more stand in it, and not remarks alone."""
    cells = grid.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    rows = cells.filter(cells > 0)
    return int((rows > 1).sum()) >= max(_ROWS, len(rows) / 2)


def _called(names: Sequence[str], wanted: str) -> str:
    """The sheet of that name.

    Raises:
        CallError: there is none; the nearest name is given.
    """
    if wanted in names:
        return wanted
    near, shown = nearest(wanted, list(names)), listed(names)
    raise CallError(
        "unknown-sheet",
        Words(f"There is no sheet '{wanted}'.", f"'{wanted}'(이)라는 시트가 없습니다."),
        Words(f"Did you mean '{near}'? Sheets: {shown.en}.", f"'{near}'을(를) 뜻하셨나요? 시트: {shown.ko}.")
        if near
        else Words(f"Sheets: {shown.en}.", f"시트: {shown.ko}."),
    )


def _filled(grid: pl.DataFrame) -> np.ndarray:
    """The rows that have a value."""
    return np.flatnonzero(grid.select(~pl.all_horizontal(pl.all().is_null())).to_series().to_numpy())


def _grid(book: ExcelReader, name: str) -> pl.DataFrame:
    """Every cell of a sheet as text, from its first row on; empty cells are null."""
    sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string", schema_sample_rows=1)
    frame = sheet.to_polars()
    if not frame.width:
        return frame
    stripped = frame.select(pl.all().cast(pl.String).str.strip_chars())
    return stripped.select(pl.when(pl.all() != "").then(pl.all()))


def _about_sheets(names: Sequence[str], chosen: str) -> list[Words]:
    others = [name for name in names if name != chosen]
    if not others:
        return []
    more = ", ".join(f"'{name}'" for name in others)[:200]
    return [
        Words(
            f"Sheet '{chosen}' was read; the others were not: {more}. FILE#SHEET chooses one.",
            f"'{chosen}' 시트를 읽었습니다. 읽지 않은 시트: {more}. 파일#시트로 고를 수 있습니다.",
        )
    ]


def _beside(path: Path, extra: pl.DataFrame, rows: np.ndarray) -> DataError:
    filled = extra.select(~pl.all_horizontal(pl.all().is_null())).to_series().to_numpy()
    row = int(rows[np.flatnonzero(filled)[0]])
    return DataError(
        "ragged-rows",
        Words(
            f"{path.name}: {int(filled.sum()):,} rows have more cells than the header has names (the first is row {row:,}).",
            f"{path.name}: {int(filled.sum()):,}행의 칸이 머리글보다 많습니다(처음은 {row:,}번째 행).",
        ),
        Words(
            "Give these columns a name, or move what stands beside the table to another sheet.",
            "그 열에 이름을 붙이거나, 표 옆에 있는 것을 다른 시트로 옮기세요.",
        ),
    )


def _damaged(path: Path, error: Exception) -> DataError:
    why = str(error)
    with contextlib.suppress(OSError), path.open("rb") as stream:
        if b"<" in stream.read(64):
            return DataError(
                "not-excel",
                Words(
                    f"{path.name} is a web page, not a spreadsheet as its name says.",
                    f"{path.name}은(는) 이름과 달리 엑셀이 아니라 웹 문서(HTML)입니다.",
                ),
                Words("Open it in Excel and save it as .xlsx.", "엑셀에서 열어 .xlsx로 저장하세요."),
            )
    if "password" in why.lower() or "encrypt" in why.lower():
        return DataError(
            "locked",
            Words(f"{path.name} is locked with a password.", f"{path.name} 파일에 암호가 걸려 있습니다."),
            Words("Save it without one.", "암호 없이 저장하세요."),
        )
    return faults.damaged(path.name, error)
