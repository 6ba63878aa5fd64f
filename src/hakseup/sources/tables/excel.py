"""Excel: the first sheet that holds a table, read as text and then as any text file's cells.

A spreadsheet's cells have types of their own, but people keep numbers as text in them, and remarks among numbers; read
as text, every cell is judged in the same way as in a CSV file, and a wrong one is named by its row in the sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from hakseup.errors import DataError
from hakseup.sources.stamp import Stamp
from hakseup.sources.tables import dialect as dialects
from hakseup.sources.tables import faults
from hakseup.sources.tables.assemble import Where, assemble
from hakseup.sources.tables.csv_file import without_empty_unnamed
from hakseup.sources.tables.found import FoundTable
from hakseup.words import Words

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
ROW = Words("row", "행")
_LOOKED_AT = 200  # rows from which the header is found


@dataclass(frozen=True)
class Sheet:
    """A sheet as text: columns named as its header says, and the row of the sheet each row stands in."""

    frame: pl.DataFrame
    rows: np.ndarray  # int64 (n,), from 1
    layout: dialects.Layout
    notes: tuple[Words, ...]


def find(path: Path, *, ignore: Sequence[str] = ()) -> FoundTable:
    """The table in the first sheet that has one.

    Args:
        path: an Excel or OpenDocument spreadsheet.
        ignore: columns that nobody will use: nothing in them is an error.

    Raises:
        DataError: it is damaged or locked, or holds no rows; or a cell does not fit its column.
    """
    sheet = read_sheet(path)

    def read(names: Sequence[str]) -> Iterator[tuple[pl.DataFrame, np.ndarray]]:
        yield sheet.frame.select(names), sheet.rows

    frame, columns, rows, said = assemble(read, sheet.frame.columns, Where(path.name, ROW), ignore=ignore)
    frame, columns, dropped = without_empty_unnamed(frame, columns, sheet.layout)
    return FoundTable(
        source=str(path),
        name=path.stem,
        format="excel",
        frame=frame,
        columns=columns,
        lines=rows,
        notes=(*sheet.notes, *dropped, *said),
    )


def read_sheet(path: Path) -> Sheet:
    """The first sheet with values, as text.

    Raises:
        DataError: it is damaged or locked, or holds no rows.
    """
    import fastexcel

    Stamp.of(path)
    try:
        book = fastexcel.read_excel(path)
        names = book.sheet_names
        grid, chosen = pl.DataFrame(), ""
        for name in names:
            grid = _grid(book, name)
            if len(grid) and grid.width:
                chosen = name
                break
    except (fastexcel.FastExcelError, OSError) as error:
        raise _damaged(path, error) from error
    if not chosen:
        raise dialects.no_rows(path.name)
    filled = np.flatnonzero(grid.select(~pl.all_horizontal(pl.all().is_null())).to_series().to_numpy())
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
    return Sheet(body.filter(keep), rows[keep.to_numpy()], layout, tuple(notes))


def _grid(book: object, name: str) -> pl.DataFrame:
    """Every cell of a sheet as text, from its first row on; empty cells are null."""
    sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string", schema_sample_rows=1)  # type: ignore[attr-defined]
    frame: pl.DataFrame = sheet.to_polars()
    if not frame.width:
        return frame
    stripped = frame.select(pl.all().cast(pl.String).str.strip_chars())
    return stripped.select(pl.when(pl.all() != "").then(pl.all()))


def _about_sheets(names: Sequence[str], chosen: str) -> list[Words]:
    others = [name for name in names if name != chosen]
    if not others:
        return []
    listed = ", ".join(f"'{name}'" for name in others)[:200]
    return [
        Words(
            f"Sheet '{chosen}' was read; the others were not: {listed}.",
            f"'{chosen}' 시트를 읽었습니다. 읽지 않은 시트: {listed}.",
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
    if "password" in why.lower() or "encrypt" in why.lower():
        return DataError(
            "locked",
            Words(f"{path.name} is locked with a password.", f"{path.name} 파일에 암호가 걸려 있습니다."),
            Words("Save it without one.", "암호 없이 저장하세요."),
        )
    return faults.damaged(path.name, error)
