"""From a path, a known name or arrays to what was found there. `find` is the one way in."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

from hakseup.errors import CallError, DataError
from hakseup.progress import Progress, Silence
from hakseup.sources.found import Found
from hakseup.sources.paths import is_there, no_such_path, of_other_programs
from hakseup.words import Words

__all__ = ["find"]

_DEEPEST = 8  # folders one inside the other, which archives and cameras make
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")


def find(
    data: object, *, classes: Sequence[str] = (), group: str = "", progress: Progress | None = None
) -> Found:
    """What lies at a path, under a known name, or in arrays.

    Args:
        data: a folder of class folders (with or without train/ and test/ above them), an NPZ file, IDX files, a CSV
            or Parquet list, the name of a known data set, or arrays as `sources.arrays.find` takes them.
        classes: these classes only, by key or name; empty: all.
        group: the column of a list that says what a picture belongs to; empty: none.
        progress: who is told about a download.

    Returns:
        What was found. Nothing of the pictures is decoded yet, and labels of a test part are not read.

    Raises:
        CallError: no such path, class or column, a group where there are no columns, or something that is no data.
        DataError: what is there cannot be used.
        DownloadError: a known data set could not be fetched.
    """
    progress = progress or Silence()
    wanted = tuple(classes)
    if isinstance(data, Found):
        found = data
    elif isinstance(data, str | os.PathLike):
        text = os.fspath(data)
        if not isinstance(text, str):
            text = os.fsdecode(text)
        found = _at(text, isinstance(data, str), wanted, group, progress)
        if found.format == "folder" and found.known is None:
            wanted = ()  # the folders were chosen by name already
    else:
        from hakseup.sources import arrays

        found = arrays.find(data)
    if group and all(piece.groups is None for piece in found.pieces):
        raise _no_columns(group)
    if wanted:
        from hakseup.sources.classes import keep

        found = keep(found, wanted)
    if len(found.classes) < 2:
        raise _one_class(found)
    return found


def _at(text: str, may_be_known: bool, classes: tuple[str, ...], group: str, progress: Progress) -> Found:
    from hakseup.sources import idx, known

    known_name = known.canonical(text) if may_be_known else None
    path = Path(os.path.abspath(Path(text).expanduser())) if text else Path()  # noqa: PTH100  (links stay)
    if not text or not is_there(path):
        if known_name:
            return known.find(known_name, progress=progress)
        if text and "\0" not in text and idx.is_prefix(path):
            return idx.find(path)
        raise no_such_path(text, path)
    found = _open(path, classes, group)
    if known_name:
        note = Words(
            f"'{text}' is also a known data set; the one that lies here was used: {path}.",
            f"'{text}'은(는) 알려진 데이터의 이름이기도 합니다. 여기 있는 것을 썼습니다: {path}.",
        )
        found = dataclasses.replace(found, notes=(note, *found.notes))
    return found


def _open(path: Path, classes: tuple[str, ...], group: str) -> Found:
    from hakseup.sources import idx, lists

    suffix = path.suffix.lower()
    if idx.is_idx(path):
        return idx.find(path)
    if path.is_dir():
        from hakseup.sources import folders

        return folders.find(path, classes)
    if suffix == ".npz":
        from hakseup.sources import npz

        return npz.find(path)
    if suffix in lists.SUFFIXES:
        return lists.find(path, group)
    raise _unsupported(path)


def _no_columns(group: str) -> CallError:
    return CallError(
        "setting-without-effect",
        Words(
            f"--group {group}: these pictures come without columns, so nothing says which belong together.",
            f"--group {group}: 이 그림에는 열이 없어서 어느 것이 함께인지 알 수 없습니다.",
        ),
        Words(
            f"Write a CSV list with the columns path, label and {group}, and give that.",
            f"path, label, {group} 열이 있는 CSV 목록을 만들어 그것을 주세요.",
        ),
    )


def _unsupported(path: Path) -> DataError:
    suffix = path.suffix.lower()
    hint = Words(
        "Give a folder with one folder of pictures for each class, an NPZ file, IDX files, or a CSV or Parquet list.",
        "클래스마다 그림 폴더가 하나씩 든 폴더, NPZ 파일, IDX 파일, CSV나 Parquet 목록을 주세요.",
    )
    if suffix in _ARCHIVES:
        hint = Words("Unpack it and give the folder.", "압축을 풀고 그 폴더를 주세요.")
    elif suffix == ".npy":
        hint = Words(
            "Pictures alone have no labels: save both with numpy.savez(file, x=…, y=…).",
            "그림만으로는 레이블을 알 수 없습니다. numpy.savez(파일, x=…, y=…)로 함께 저장하세요.",
        )
    elif (how := of_other_programs(path)) is not None:
        hint = how
    return DataError(
        "unsupported-file",
        Words(
            f"{path} is not a form of data that can be read.", f"{path}은(는) 읽을 수 있는 데이터가 아닙니다."
        ),
        hint,
    )


def _one_class(found: Found) -> DataError:
    only = found.classes[0].key if found.classes else "-"
    hint = Words(
        "Put the pictures of each class into a folder of its own.",
        "클래스마다 폴더를 하나씩 만들어 그림을 넣으세요.",
    )
    if found.format == "folder" and (inner := _several_below(Path(found.source))) is not None:
        hint = Words(f"Did you mean the folder {inner}?", f"{inner} 폴더를 뜻하셨나요?")
    return DataError(
        "one-class",
        Words(
            f"There is only one class ('{only}'); a classifier needs at least two.",
            f"클래스가 하나('{only}')뿐입니다. 분류하려면 둘 이상이어야 합니다.",
        ),
        hint,
    )


def _several_below(folder: Path) -> Path | None:
    """The first folder below that holds several, each above it a single one; None: there is none."""
    from hakseup.sources.folders import is_hidden

    inner = None
    with contextlib.suppress(OSError):
        for _ in range(_DEEPEST):
            below = [entry for entry in folder.iterdir() if entry.is_dir() and not is_hidden(entry.name)]
            if len(below) != 1:
                return inner if len(below) > 1 else None
            inner = folder = below[0]
    return None
