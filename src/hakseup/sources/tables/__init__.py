"""Tables: from a path, a known name or a frame to typed columns. `find` is the one way in, `scan.scan` the one
for files that do not fit into memory.

A path that names a list of pictures (columns of paths and labels, and the files are there) is no table; neither is
anything that the other sources read.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from hakseup.errors import DataError
from hakseup.progress import Progress
from hakseup.sources.paths import is_there, no_such_path, of_other_programs
from hakseup.sources.tables import packed
from hakseup.words import Words

if TYPE_CHECKING:
    from hakseup.sources.tables.found import FoundTable

__all__ = ["find", "is_table"]  # `scan` is in a module of its own: it loads polars

SPREADSHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
TEXT = packed.ENDINGS
SUFFIXES = (*TEXT, *(".parquet", ".pq"), *SPREADSHEETS)
_BINARY = (
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"\x09\x08",
)  # how spreadsheets begin: packed, and two older forms
_MARKUP = re.compile(rb"(\xef\xbb\xbf)?\s*<")
_LOOKED_AT = 20  # rows of a list whose files are looked for
_NARROW = 4  # columns of a list of pictures: path, label, part and group
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")


def is_table(source: object) -> bool:
    """Whether `find` reads this: a path to a table, a frame, or the name of a known table.

    Args:
        source: as a user gave it. A path that is not there is a table by its ending, so that `find` can say what is
            wrong.
    """
    from hakseup.sources.tables import frames, known
    from hakseup.sources.tables.found import FoundTable

    if isinstance(source, FoundTable) or frames.is_frame(source):
        return True
    if not isinstance(source, str | os.PathLike):
        return False
    text = os.fsdecode(source)
    path, _sheet = place_of(text)
    if is_there(path):
        return path.is_file() and suffix_of(path) in SUFFIXES and not is_list_of_pictures(path)
    return (isinstance(source, str) and known.canonical(text) is not None) or suffix_of(path) in SUFFIXES


def find(source: object, *, progress: Progress | None = None, ignore: Sequence[str] = ()) -> FoundTable:
    """The table at a path, under a known name, or in a frame.

    Args:
        source: a CSV, TSV, Parquet or Excel file (`book.xlsx#Sales` means a sheet), the name of a known table, or a
            polars or pandas frame.
        progress: who is told about a download.
        ignore: columns that nobody will use: they stay text, and nothing in them is an error.

    Raises:
        CallError: no such path, or something that is no table.
        DataError: what is there cannot be used.
        DownloadError: a known table could not be fetched.
    """
    from hakseup.sources.tables import frames, known
    from hakseup.sources.tables.found import FoundTable

    if isinstance(source, FoundTable):
        return source
    if not isinstance(source, str | os.PathLike):
        return frames.find(source, ignore=ignore)
    text = os.fsdecode(source)
    path, sheet = place_of(text)
    name = known.canonical(text) if isinstance(source, str) else None
    if name and not is_there(path):
        return known.find(name, progress, ignore=ignore)
    found = _at(path, sheet, text, ignore)
    if name:
        note = Words(
            f"'{text}' is also a known table; the one that lies here was used: {path}.",
            f"'{text}'은(는) 알려진 표의 이름이기도 합니다. 여기 있는 것을 썼습니다: {path}.",
        )
        found = dataclasses.replace(found, notes=(note, *found.notes))
    return found


def _at(path: Path, sheet: str, text: str, ignore: Sequence[str]) -> FoundTable:
    from hakseup.sources.tables import csv_file, excel, frames, known

    require_file(path, text)
    suffix = suffix_of(path)
    if suffix in frames.SUFFIXES:
        return frames.find_parquet(path, ignore=ignore)
    if suffix in SPREADSHEETS:
        return excel.find(path, sheet, ignore=ignore)
    recognised = known.recognise(path)
    if recognised is not None:
        return known.read_as(path, recognised, ignore)
    return csv_file.find(path, ignore=ignore)


def place_of(text: str) -> tuple[Path, str]:
    """The path that is meant, absolute, and the sheet of a spreadsheet: `book.xlsx#Sales`; links stay as they are."""
    path, sheet = Path(os.path.abspath(Path(text).expanduser())), ""  # noqa: PTH100
    if "#" in path.name and not is_there(path):
        name, _, sheet = path.name.partition("#")
        if suffix_of(Path(name)) in SPREADSHEETS:
            return path.with_name(name), sheet
    return path, ""


def require_file(path: Path, text: str) -> None:
    """Refuse what is no file of a table.

    Args:
        path: where it should be.
        text: as the user wrote it.

    Raises:
        CallError: it is not there.
        DataError: it is a folder, or may not be read, or has another ending.
    """
    if not is_there(path):
        raise no_such_path(text, path)
    if not path.is_file() or suffix_of(path) not in SUFFIXES:
        raise DataError(
            "unsupported-file",
            Words(f"{path} is not a table that can be read.", f"{path}은(는) 읽을 수 있는 표가 아닙니다."),
            of_other_programs(path)
            or Words(
                "Give a CSV, TSV, Parquet or Excel file.", "CSV, TSV, Parquet, 엑셀 파일 중 하나를 주세요."
            ),
        )
    if path.suffix.lower() == packed.ENDING:
        packed.require_one(path)


def is_list_of_pictures(path: Path) -> bool:
    """Whether a file lists pictures: it has the columns, and files of its first rows are there, or it has little else
    than the names of pictures, wherever those may be.
    """
    from hakseup.sources import lists

    if path.suffix.lower() not in lists.SUFFIXES:
        return False
    try:
        head, width = lists.first_paths(path, _LOOKED_AT)
    except DataError:
        return False
    named = width <= _NARROW and all(place.suffix.lower() in _PICTURES for place in head)
    return bool(head) and (named or any(is_there(place) for place in head))


def suffix_of(path: Path) -> str:
    """The ending in small letters that says how the file is read: that of what is packed in a .gz or .zip, and .csv of a
    spreadsheet that is plain text in truth.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    last = suffixes[-1] if suffixes else ""
    if last == ".gz" and suffixes[-2:-1] and suffixes[-2] in TEXT:
        return suffixes[-2]
    if last == packed.ENDING:
        found = packed.tables_in(path)
        return PurePosixPath(found[0].filename).suffix.lower() if found else last
    return ".csv" if last in SPREADSHEETS and is_text(path) else last


def is_text(path: Path) -> bool:
    """Whether this is a file of plain text, whatever its name says: no spreadsheet, and no page of markup."""
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
    except OSError:
        return False
    return bool(head) and not head.startswith(_BINARY) and not _MARKUP.match(head)
