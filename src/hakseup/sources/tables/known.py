"""The known tables by name: found on this machine, or fetched. And a file that is one of them is recognised.

A table of `known_table.TABLE` is looked for in the folder that HAKSEUP_DATA names, then in the user folder; where it
lies in neither it is downloaded into the user folder. What a person put there is checked for its columns and its hash
is recorded; only a download is held against a SHA-256.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hakseup.errors import CallError, DataError, DownloadError, nearest
from hakseup.progress import Progress, Silence
from hakseup.sources import download
from hakseup.sources import known as pictures
from hakseup.sources.tables.found import FoundTable
from hakseup.sources.tables.known_table import TABLE, KnownTable
from hakseup.words import Words

NAMES: list[str] = [known.name for known in TABLE]


def canonical(name: str) -> str | None:
    """The name in the table that is meant: "Wine" is "wine"; None: no known table."""
    plain = pictures.spelled(name)
    return plain if plain in NAMES else None


def find(name: str, progress: Progress | None = None, *, ignore: Sequence[str] = ()) -> FoundTable:
    """The known table with this name.

    Args:
        name: one of NAMES.
        progress: told about a download.
        ignore: columns that nobody will use.

    Raises:
        CallError: no such name.
        DataError: what lies on this machine under its name is something else.
        DownloadError: it could not be fetched; the hint says where to put it by hand.
    """
    known = _of(name)
    path = path_of(name, progress)
    found = _read(path, known, ignore)
    names = tuple(column.name for column in found.columns)
    if names != known.names:
        raise _something_else(known, path, names)
    sha256 = download.digest(path)
    same_en, same_ko = (", as published", ", 공개된 것과 같음") if sha256 == known.remote.sha256 else ("", "")
    notes = [
        Words(
            f"Read from {path} (SHA-256 {sha256}{same_en}).",
            f"{path}에서 읽었습니다(SHA-256 {sha256}{same_ko}).",
        )
    ]
    if len(found) != known.rows:
        notes.append(
            Words(
                f"The number of rows is not the published one: {len(found):,} (published {known.rows:,}).",
                f"행 수가 공개본과 다릅니다: {len(found):,}행(공개본 {known.rows:,}행).",
            )
        )
    found = described_as(found, known)
    return dataclasses.replace(
        found, source=known.name, name=known.name, known=known.name, notes=(*found.notes, *notes)
    )


def recognise(path: Path) -> KnownTable | None:
    """The known table that this very file is, whatever it is called; None: none of them."""
    try:
        size = path.stat().st_size
    except OSError:
        return None
    for known in TABLE:
        if known.remote.size == size and download.digest(path) == known.remote.sha256:
            return known
    return None


def described_as(found: FoundTable, known: KnownTable) -> FoundTable:
    """The table with the names, classes, target and licence of a known one whose columns it has."""
    words = dict(known.columns)
    columns = tuple(dataclasses.replace(column, words=words[column.name]) for column in found.columns)
    return dataclasses.replace(
        found,
        columns=columns,
        title=known.title,
        licence=known.licence,
        target=known.target,
        task=known.task,
        class_names=known.class_names,
        notes=found.notes if known.remark is None else (*found.notes, known.remark),
    )


def read_as(path: Path, known: KnownTable, ignore: Sequence[str] = ()) -> FoundTable:
    """A file that was recognised."""
    found = described_as(_read(path, known, ignore), known)
    note = Words(
        f"This is the known table '{known.name}': its names of columns were taken.",
        f"알려진 표 '{known.name}'입니다. 그 열 이름을 썼습니다.",
    )
    return dataclasses.replace(found, known=known.name, notes=(*found.notes, note))


def describe() -> list[dict[str, Any]]:
    """Every known table as a dict, with where it would be taken from now.

    Keys as those of `sources.known.describe`, where `size` is rows and columns, and `columns`, `target`, `task`.
    """
    return [_described(known) for known in TABLE]


def _described(known: KnownTable) -> dict[str, Any]:
    path = locate(known)
    cached = path is not None and path.parent == pictures.cache()
    return {
        "name": known.name,
        "title": known.title.as_dict(),
        "kind": "table",
        "n": {"all": known.rows},
        "size": [known.rows, len(known.columns)],
        "classes": [{"key": key, **words.as_dict()} for key, words in known.class_names],
        "columns": [{"name": name, **words.as_dict()} for name, words in known.columns],
        "target": known.target,
        "task": known.task,
        "licence": known.licence,
        "citation": known.citation,
        "page": known.page,
        "addresses": list(known.remote.urls),
        "found": "download" if path is None else "cache" if cached else pictures.VARIABLE,
        "path": None if path is None else str(path),
        "bytes": known.remote.size if path is None else path.stat().st_size,
    }


def path_of(name: str, progress: Progress | None = None) -> Path:
    """The file of a known table; it is fetched where it is not on this machine.

    Raises:
        CallError: no such name.
        DownloadError: it could not be fetched.
    """
    known = _of(name)
    return locate(known) or _fetched(known, progress or Silence())


def locate(known: KnownTable) -> Path | None:
    """Where the table lies now; None: it must be downloaded."""
    for _where, home in pictures.homes():
        path = home / known.remote.name
        if path.is_file():
            return path
    return None


def _of(name: str) -> KnownTable:
    plain = canonical(name)
    for known in TABLE:
        if known.name == plain:
            return known
    near = nearest(name.lower(), NAMES)
    raise CallError(
        "unknown-data",
        Words(f"There is no known table called '{name}'.", f"'{name}'(이)라는 표는 없습니다."),
        Words(f"Did you mean '{near}'?", f"'{near}'을(를) 뜻하셨나요?")
        if near
        else Words(f"Known tables: {', '.join(NAMES)}.", f"알려진 표: {', '.join(NAMES)}."),
    )


def _read(path: Path, known: KnownTable, ignore: Sequence[str]) -> FoundTable:
    from hakseup.sources.tables import csv_file
    from hakseup.sources.tables.cells import Marks

    marks = None if known.missing is None else Marks.of(known.missing, frozenset())
    names = None if known.header else known.names
    return csv_file.find(path, marks=marks, names=names, ignore=ignore)


def _something_else(known: KnownTable, path: Path, names: tuple[str, ...]) -> DataError:
    wrong = [name for name in names if name not in known.names]
    lacking = [name for name in known.names if name not in names]
    listed = ", ".join(wrong[:5]) or "-"
    wanted = ", ".join(lacking[:5]) or "-"
    return DataError(
        "not-the-known-data",
        Words(
            f"{path} is not {known.name}: expected {len(known.names)} columns, found {len(names)} "
            f"(lacking: {wanted}; unknown: {listed}).",
            f"{path}은(는) {known.name} 데이터가 아닙니다. 열이 {len(known.names)}개여야 하는데 {len(names)}개입니다"
            f"(없는 열: {wanted}, 모르는 열: {listed}).",
        ),
        Words(
            f"Move it away, or give its path instead of the name: hakseup look {path}",
            f"다른 곳으로 옮기거나, 이름 대신 경로를 주세요: hakseup look {path}",
        ),
    )


def _fetched(known: KnownTable, progress: Progress) -> Path:
    """Download it into the user folder."""
    target = pictures.cache() / known.remote.name
    progress.note(pictures.fetching(known.name))
    remote = known.remote
    try:
        return download.fetch(remote.urls, remote.sha256, target, size=remote.size, progress=progress)
    except DownloadError as error:
        if error.code in pictures.OWN_FAULT:
            raise
        by_hand = pictures.by_hand(remote.urls[:1], remote.name)
        raise DownloadError(error.code, error.message, by_hand) from error
