"""CSV and Parquet lists: a column of paths, a column of labels, and perhaps one that says the part."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hakseup.errors import CallError, DataError, nearest
from hakseup.sources import classes
from hakseup.sources.found import PARTS, Found, Part, Piece, Refused
from hakseup.sources.paths import not_allowed
from hakseup.sources.stamp import Stamp
from hakseup.words import Words

if TYPE_CHECKING:
    import polars as pl

SUFFIXES = (".csv", ".tsv", ".parquet", ".pq")
_HEAD = 1 << 18  # bytes from which a list is told from a table
# What the columns may be called, best first; compared without regard to capital letters.
_PATHS = (
    "path",
    "file",
    "filename",
    "file_name",
    "filepath",
    "file_path",
    "image",
    "image_path",
    "img",
    "picture",
    "경로",
    "파일",
    "파일명",
    "이미지",
    "그림",
)
_LABELS = (
    "label",
    "class",
    "target",
    "y",
    "category",
    "class_name",
    "레이블",
    "라벨",
    "클래스",
    "정답",
    "분류",
)
_PARTS = ("part", "split", "subset", "set", "부분", "구분")
_PART_NAMES: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "학습": "train",
    "훈련": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "검증": "validation",
    "test": "test",
    "testing": "test",
    "테스트": "test",
    "시험": "test",
}


@dataclass(frozen=True)
class _List:
    """A list file and which of its columns is what."""

    file: Stamp
    path: str
    label: str
    part: str | None
    group: str | None = None

    def row(self, row: int) -> str:
        """What a row is called; rows count from 1, the header not among them."""
        return f"{self.file.path.name} #{row + 1}"

    def column(self, name: str, rows: Sequence[int] | None = None) -> list[str | None]:
        """A column as text, or these rows of it; empty cells are None."""
        import polars as pl

        self.file.require_same()
        frame = _read(self.file.path, [name])
        values = frame[name] if rows is None else frame[name][np.asarray(rows, np.int64)]
        if values.dtype.is_float():  # 3.0 where another row was empty: the class is 3
            whole = values.cast(pl.Int64, strict=False)
            if (whole == values).all():
                values = whole
        return [(text.strip() or None) if text is not None else None for text in values.cast(pl.String)]


def find(path: Path, group: str = "") -> Found:
    """Pictures named in a list; relative paths count from the list's folder.

    Args:
        path: of the list. group: the column that says which pictures belong together; empty: none.

    Raises:
        CallError: it has no such column.
        DataError: not a list of pictures, damaged, an unknown part, or a label that is missing.
    """
    table = _columns(path, group)
    cells = table.column(table.path)
    parts = table.column(table.part) if table.part else [None] * len(cells)
    groups = table.column(table.group) if table.group else None
    rows: dict[Part | None, list[int]] = {}
    refused = []
    for row, (cell, part) in enumerate(zip(cells, parts, strict=True)):
        if cell is None:
            reason = Words("the row names no file", "파일 이름이 없는 행입니다")
            refused.append(Refused(table.row(row), "no-path", reason))
        else:
            rows.setdefault(_part(part, table, row), []).append(row)
    training: Part | None = "train" if table.part else None
    labels = _labels(table, rows, refused)
    if not rows.get(training):
        raise DataError(
            "no-training-part",
            Words(f"{path.name} names no training pictures.", f"{path.name}에 학습 그림이 없습니다."),
        )
    keys = sorted(set(labels[training]), key=classes.natural_key)
    pieces = []
    for part in (None, *PARTS):
        if not rows.get(part):
            continue
        chosen = rows[part]
        paths = [_place(path.parent, str(cells[row])) for row in chosen]
        reader = _test_reader(table, chosen, keys)
        if part != "test":
            reader = _constant(_indices(table, chosen, labels[part], keys))
        own = None if groups is None else [groups[row] for row in chosen]
        pieces.append(Piece(part, len(chosen), reader, paths=paths, groups=own))
    used = ", ".join(f"'{name}'" for name in (table.path, table.label, table.part, table.group) if name)
    note = Words(f"Columns of the list that are used: {used}.", f"목록에서 쓴 열: {used}.")
    return Found(
        str(path),
        path.stem,
        "list",
        classes.named(keys),
        tuple(pieces),
        refused=tuple(refused),
        notes=(note,),
    )


def first_paths(path: Path, n: int) -> tuple[list[Path], int]:
    """Where the pictures of a list's first rows should be (none where it has no columns of paths and labels), and how many
    columns it has.

    Args:
        path: a file with one of SUFFIXES; only its beginning is read.
        n: how many rows are looked at.

    Raises:
        DataError: it may not be read, or is damaged.
    """
    head = _head(path, n)
    names = {name.strip().casefold(): name for name in reversed(head.columns)}
    chosen = next((names[name] for name in _PATHS if name in names), None)
    if chosen is None or not any(name in names for name in _LABELS):
        return [], head.width
    cells = [str(cell) for cell in head[chosen] if cell is not None and str(cell).strip()]
    return [_place(path.parent, cell) for cell in cells], head.width


def _head(path: Path, n: int) -> pl.DataFrame:
    """The first rows, as text."""
    import polars as pl

    if path.suffix.lower() in (".parquet", ".pq"):
        try:
            return pl.read_parquet(path, n_rows=n)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _unreadable(path, error) from error
    try:
        with path.open("rb") as stream:
            content = stream.read(_HEAD)
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(content) == _HEAD:
        content = content[: content.rfind(b"\n") + 1] or content
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp949", "replace")
    lines = io.StringIO(text, newline=None)  # a carriage return alone ends a line too
    try:
        rows = list(csv.reader(lines, delimiter=_separator(text)))[: n + 1]
    except csv.Error as error:  # a file of anything
        raise _unreadable(path, error) from error
    if not rows:
        return pl.DataFrame()
    width = len(rows[0])
    body = [row for row in rows[1:] if len(row) == width]
    return pl.DataFrame({name: [row[place] for row in body] for place, name in enumerate(rows[0])})


def _labels(
    table: _List, rows: dict[Part | None, list[int]], refused: list[Refused]
) -> dict[Part | None, list[str]]:
    """Labels of the rows outside the test part; rows without one are moved to `refused`."""
    out: dict[Part | None, list[str]] = {}
    for part in [part for part in rows if part != "test"]:
        found = table.column(table.label, rows[part])
        reason = Words(f"the row has no '{table.label}'", f"'{table.label}' 값이 없는 행입니다")
        refused += [
            Refused(table.row(row), "no-label", reason)
            for row, label in zip(rows[part], found, strict=True)
            if label is None
        ]
        rows[part] = [row for row, label in zip(rows[part], found, strict=True) if label is not None]
        out[part] = [label for label in found if label is not None]
    return out


def _constant(values: np.ndarray) -> Callable[[], np.ndarray]:
    return lambda: values


def _test_reader(table: _List, rows: list[int], keys: list[str]) -> Callable[[], np.ndarray]:
    def read() -> np.ndarray:
        labels = table.column(table.label, rows)
        if None in labels:
            where = table.row(rows[labels.index(None)])
            raise DataError(
                "no-label",
                Words(
                    f"{where}: a picture of the test part has no '{table.label}'.",
                    f"{where}: 테스트 부분의 그림에 '{table.label}' 값이 없습니다.",
                ),
            )
        return _indices(table, rows, [str(label) for label in labels], keys)

    return read


def _indices(table: _List, rows: list[int], labels: list[str], keys: list[str]) -> np.ndarray:
    return classes.indices(np.array(labels, str), keys, lambda at: f"{table.row(rows[at])} '{table.label}'")


def _part(text: str | None, table: _List, row: int) -> Part | None:
    if table.part is None:
        return None
    part = _PART_NAMES.get((text or "").casefold())
    if part is None:
        where = table.row(row)
        raise DataError(
            "unknown-part",
            Words(
                f"{where}: '{text or ''}' in column '{table.part}' is no part: expected train, validation or test.",
                f"{where}: '{table.part}' 열의 값 '{text or ''}'은(는) 알 수 없습니다. train, validation, test 중 "
                "하나여야 합니다.",
            ),
        )
    return part


def _place(folder: Path, cell: str) -> Path:
    place = folder / cell
    if "\\" in cell and os.name != "nt" and not _is_there(place):
        return folder / cell.replace("\\", "/")  # the list was written on Windows
    return place


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _columns(path: Path, group: str) -> _List:
    stamp = Stamp.of(path)
    names = _read(path, None).columns
    by_name: dict[str, str] = {}
    for name in reversed(names):
        by_name[name.strip().casefold()] = name
    chosen = [
        next((by_name[name] for name in known if name in by_name), None)
        for known in (_PATHS, _LABELS, _PARTS)
    ]
    if chosen[0] is None or chosen[1] is None:
        there = classes.listed(names)
        en, ko = ("paths", "경로") if chosen[0] is None else ("labels", "레이블")
        wanted = ", ".join((_PATHS if chosen[0] is None else _LABELS)[:4])
        raise DataError(
            "not-a-list",
            Words(
                f"{path.name} is not a list of pictures: no column of {en} ({wanted}). Columns: {there.en}.",
                f"{path.name}은(는) 그림 목록이 아닙니다. {ko} 열({wanted})이 없습니다. 있는 열: {there.ko}.",
            ),
            Words(
                "The first row must name the columns, for example: path,label",
                "첫 행에 열 이름을 적으세요. 예: path,label",
            ),
        )
    return _List(stamp, chosen[0], chosen[1], chosen[2], _group(names, group) if group else None)


def _group(names: Sequence[str], group: str) -> str:
    """The column of that name, capital letters and spaces around it aside."""
    there = {name.strip().casefold(): name for name in reversed(names)}
    found = there.get(group.strip().casefold())
    if found is not None:
        return found
    near, shown = nearest(group, list(names)), classes.listed(names)
    raise CallError(
        "unknown-column",
        Words(f"--group {group}: there is no such column.", f"--group {group}: 그런 열이 없습니다."),
        Words(f"Did you mean '{near}'? Columns: {shown.en}.", f"'{near}'을(를) 뜻하셨나요? 열: {shown.ko}.")
        if near
        else Words(f"Columns: {shown.en}.", f"열: {shown.ko}."),
    )


def _read(path: Path, columns: list[str] | None) -> pl.DataFrame:
    """These columns; None: no rows, but all the names."""
    import polars as pl

    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return pl.read_parquet(path, columns=columns, n_rows=0 if columns is None else None)
        text = _text(path.read_bytes(), path)
        # All columns are parsed, so that a row with too many cells is an error; only those asked for are looked at.
        table = pl.read_csv(
            io.BytesIO(text.rstrip().encode()),
            separator=_separator(text),
            infer_schema=False,  # text as it stands: 007 stays 007
        )
        return table.head(0) if columns is None else table.select(columns)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> DataError:
    if isinstance(error, PermissionError):
        return not_allowed(path)
    why = str(error).strip().partition("\n")[0] or type(error).__name__
    return DataError(
        "damaged-list",
        Words(f"{path.name} cannot be read: {why}.", f"{path.name} 파일을 읽을 수 없습니다: {why}."),
    )


def _text(content: bytes, path: Path) -> str:
    """UTF-8 with or without its mark, UTF-16 with one, else cp949 as Korean Windows writes it."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp949"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(
        "unknown-encoding",
        Words(
            f"{path.name} is text in an unknown encoding: expected UTF-8 or cp949.",
            f"{path.name} 파일의 글자 인코딩을 알 수 없습니다. UTF-8 또는 cp949여야 합니다.",
        ),
        Words("Save it as UTF-8.", "UTF-8로 저장하세요."),
    )


def _separator(text: str) -> str:
    header = text.partition("\n")[0]
    return max(",\t;", key=header.count)
