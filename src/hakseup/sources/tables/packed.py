"""A text table in a ZIP file, as Kaggle and public portals hand them out: the only one in it is read where it lies."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath
from typing import IO

from hakseup.errors import DataError
from hakseup.sources.classes import listed
from hakseup.words import Words

ENDING = ".zip"
ENDINGS = (".csv", ".tsv", ".txt", ".tab", ".data")  # of text that may hold a table
_KOREAN = 0x800  # flag of a name that is UTF-8; without it Korean Windows writes cp949


def tables_in(path: Path) -> list[zipfile.ZipInfo]:
    """The files in it that are called like text tables; none where it is no ZIP file."""
    try:
        with zipfile.ZipFile(path) as packed:
            every = packed.infolist()
    except (OSError, zipfile.BadZipFile):
        return []
    return [
        one
        for one in every
        if PurePosixPath(one.filename).suffix.lower() in ENDINGS and not _is_hidden(one.filename)
    ]


def require_one(path: Path) -> None:
    """Refuse a file that holds several tables.

    Raises:
        DataError: "several-tables", with their names.
    """
    found = tables_in(path)
    if len(found) > 1:
        names = listed([_name(one) for one in found])
        raise DataError(
            "several-tables",
            Words(
                f"{path.name} holds {len(found)} tables: {names.en}.",
                f"{path.name} 안에 표가 {len(found)}개 있습니다: {names.ko}.",
            ),
            Words("Unpack it and give one of them.", "압축을 풀고 그중 하나를 주세요."),
        )


def opened(path: Path) -> IO[bytes]:
    """The only table in the file.

    Raises:
        DataError: "locked", or as `require_one`.
        OSError: it cannot be read. zipfile.BadZipFile: it is damaged.
    """
    require_one(path)
    packed = zipfile.ZipFile(path)
    try:
        return packed.open(tables_in(path)[0])
    except NotImplementedError:  # packed in a way that Python cannot unpack: damaged to us
        raise zipfile.BadZipFile("the compression is not known") from None
    except RuntimeError as error:  # a password is wanted
        raise DataError(
            "locked",
            Words(f"{path.name} is locked with a password.", f"{path.name} 파일에 암호가 걸려 있습니다."),
            Words("Unpack it and give the file in it.", "압축을 풀고 안에 있는 파일을 주세요."),
        ) from error


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)


def _name(one: zipfile.ZipInfo) -> str:
    if not one.flag_bits & _KOREAN:
        try:
            return one.filename.encode("cp437").decode("cp949")
        except UnicodeError:
            pass
    return one.filename
