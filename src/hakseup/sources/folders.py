"""A folder of class folders, with or without train/, validation/ and test/ above them.

Nothing is read here but names (and the first bytes of files whose names do not say what they are). Hidden files
are left out and counted; what is no picture is refused with its reason.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hakseup.errors import DataError, refusal
from hakseup.sources import classes as class_lists
from hakseup.sources import folder_faults as faults
from hakseup.sources.found import PARTS, Found, Part, Piece, Refused
from hakseup.words import Words

PICTURES = faults.PICTURES
_MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"BM", b"II*\0", b"MM\0*", b"GIF8")
_HIDDEN = frozenset({"__macosx", "thumbs.db", "desktop.ini", "__pycache__", "@eadir"})
_PART_NAMES: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
    "testing": "test",
}


def is_hidden(name: str) -> bool:
    """Whether systems leave files or folders of this name behind: no person put a picture there."""
    return name.startswith(".") or name.casefold() in _HIDDEN


@dataclass
class _Scan:
    """What is counted on the way."""

    refused: list[Refused] = field(default_factory=list)
    hidden: int = 0
    loops: int = 0
    ignored: list[str] = field(default_factory=list)

    def walk(self, folder: Path) -> Iterator[Path]:
        """All visible files below, folder by folder; each real folder once, and never one that holds us."""
        seen = {os.path.realpath(folder)}

        def inside(current: Path, above: frozenset[str]) -> Iterator[Path]:
            folders, files, hidden = _listing(current)
            self.hidden += hidden
            yield from files
            for child in folders:
                real = os.path.realpath(child)
                if real in seen or real in above:
                    self.loops += 1
                    continue
                seen.add(real)
                yield from inside(child, above | {real})

        yield from inside(folder, _with_parents(os.path.realpath(folder)))

    def pictures(self, folder: Path) -> list[Path]:
        """Files below that may be pictures; the others are refused."""
        out = []
        for path in self.walk(folder):
            reason = _no_picture(path)
            if reason is None:
                out.append(path)
            else:
                self.refused.append(Refused(class_lists.readable(str(path)), *reason))
        return out

    def notes(self) -> tuple[Words, ...]:
        """What a person should know about the folder."""
        out = []
        if self.hidden:
            out.append(
                Words(
                    f"Hidden files and folders left out: {self.hidden}.",
                    f"숨은 파일과 폴더를 뺐습니다: {self.hidden}개.",
                )
            )
        if self.loops:
            out.append(
                Words(
                    f"Links to folders that were already visited: {self.loops}; not followed again.",
                    f"이미 본 폴더로 이어지는 링크: {self.loops}개. 다시 따라가지 않았습니다.",
                )
            )
        if self.ignored:
            names = class_lists.listed(self.ignored)
            out.append(
                Words(
                    f"Ignored beside the class folders: {names.en}.",
                    f"클래스 폴더 옆에 있어 무시함: {names.ko}.",
                )
            )
        return tuple(out)


def _listing(folder: Path) -> tuple[list[Path], list[Path], int]:
    """Visible folders and files, each in natural order, and how many are hidden.

    Raises:
        DataError: the folder may not be read.
    """
    folders, files, hidden = [], [], 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if is_hidden(entry.name):
                    hidden += 1
                elif _is_folder(entry):
                    folders.append(folder / entry.name)
                else:
                    files.append(folder / entry.name)
    except OSError as error:
        raise DataError(
            "unreadable-folder",
            Words(
                f"The folder {folder} cannot be read: {refusal(error).en}.",
                f"{folder} 폴더를 읽을 수 없습니다: {refusal(error).ko}.",
            ),
            Words("Change its permissions, or copy it.", "권한을 바꾸거나 복사해서 쓰세요."),
        ) from error
    return sorted(folders, key=_by_name), sorted(files, key=_by_name), hidden


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def find(root: Path, classes: Sequence[str] = ()) -> Found:
    """Pictures in class folders.

    Args:
        root: the folder, absolute.
        classes: these classes only; empty: all.

    Raises:
        DataError: the folder is empty, has no class folders, has an empty one, or mixes classes and parts.
        CallError: a class in `classes` that is not there.
    """
    scan = _Scan()
    layout = _layout(scan, root)
    folders = {part: _class_folders(scan, folder) for part, folder in layout.items()}
    training = folders["train" if "train" in folders else None]
    known = class_lists.named(training)
    for part, there in folders.items():
        if stranger := next((key for key in there if key not in training), None):
            raise faults.stranger(stranger, layout[part], [c.key for c in known])
    if classes:
        known = tuple(known[index] for index in class_lists.choose(known, classes))
    pieces = []
    for part in (None, *PARTS):
        if part not in folders:
            continue
        paths, counts = [], []
        for c in known:
            refused = len(scan.refused)
            place = folders[part].get(c.key)
            here = scan.pictures(place) if place else []
            if not here and part in (None, "train"):
                raise faults.empty_class(training[c.key], len(scan.refused) - refused)
            paths += here
            counts.append(len(here))
        if not paths:
            raise faults.empty_part(layout[part])
        pieces.append(Piece(part, len(paths), _reader(counts), paths=paths))
    return Found(
        class_lists.readable(str(root)),
        class_lists.readable(root.name or str(root)),
        "folder",
        known,
        tuple(pieces),
        refused=tuple(scan.refused),
        notes=scan.notes(),
        only=lambda keys: find(root, keys),
    )


def _reader(counts: list[int]) -> Callable[[], np.ndarray]:
    return lambda: np.repeat(np.arange(len(counts), dtype=np.int64), counts)


def _by_name(path: Path) -> tuple[tuple[str | tuple[int, str], ...], str]:
    return class_lists.natural_key(path.name)


def _with_parents(real: str) -> frozenset[str]:
    return frozenset({real, *map(str, Path(real).parents)})


def _no_picture(path: Path) -> tuple[str, Words] | None:
    """Why this file cannot be a picture; None where it may be one."""
    suffix = path.suffix.lower()
    try:
        if not path.is_file():
            if path.is_symlink():
                return "broken-link", Words("a link that leads nowhere", "가리키는 곳이 없는 링크입니다")
            return "not-a-file", Words("not a regular file", "보통 파일이 아닙니다")
        if suffix in PICTURES:
            return None
        with path.open("rb") as stream:
            if stream.read(16).startswith(_MAGIC):
                return None
    except OSError as error:
        why = refusal(error)
        return "unreadable", Words(f"cannot be read: {why.en}", f"읽을 수 없습니다: {why.ko}")
    if suffix in (".heic", ".heif", ".avif"):
        return "not-a-picture", Words(
            f"{suffix[1:].upper()} is not supported; save it as JPEG or PNG",
            f"{suffix[1:].upper()} 형식은 읽지 못합니다. JPEG나 PNG로 저장하세요",
        )
    if suffix == ".svg":
        return "not-a-picture", Words(
            "SVG is a drawing without pixels; save it as PNG",
            "SVG는 픽셀이 없는 그림입니다. PNG로 저장하세요",
        )
    return "not-a-picture", Words("not a picture file", "그림 파일이 아닙니다")


def _class_folders(scan: _Scan, folder: Path) -> dict[str, Path]:
    """Class key -> its folder, in natural order.

    Raises:
        DataError: there are none, or two names read the same.
    """
    folders, files, hidden = _listing(folder)
    scan.hidden += hidden
    if not folders:
        raise faults.no_class_folders(folder, files, _PART_NAMES.get(folder.name.casefold()))
    out: dict[str, Path] = {}
    for path in folders:
        key = unicodedata.normalize("NFC", class_lists.readable(path.name))  # macOS stores Hangul in parts
        if key in out:
            raise DataError(
                "same-class-twice",
                Words(
                    f"{folder} holds two folders whose names read '{key}'.",
                    f"{folder}에 이름이 '{key}'(으)로 같은 폴더가 둘 있습니다.",
                ),
                Words("Rename or join them.", "이름을 바꾸거나 합치세요."),
            )
        out[key] = path
    _loose(scan, files)
    return out


def _loose(scan: _Scan, files: list[Path]) -> None:
    for path in files:
        if path.suffix.lower() in PICTURES:
            reason = Words("lies in no class folder", "클래스 폴더 밖에 있습니다")
            scan.refused.append(Refused(class_lists.readable(str(path)), "no-class", reason))
        else:
            scan.ignored.append(path.name)


def _layout(scan: _Scan, root: Path) -> dict[Part | None, Path]:
    """Part -> its folder; {None: root} where the class folders lie in the root itself."""
    folders, files, hidden = _listing(root)
    layout: dict[Part | None, Path] = {}
    others = []
    for folder in folders:
        part = _PART_NAMES.get(folder.name.casefold())
        if part is None:
            others.append(folder)
        elif part in layout:
            raise DataError(
                "same-part-twice",
                Words(
                    f"{root} holds '{layout[part].name}' and '{folder.name}', which both mean the {part} part.",
                    f"{root}에 '{layout[part].name}'과(와) '{folder.name}'이(가) 함께 있습니다. 둘 다 {part} 부분을 "
                    "뜻합니다.",
                ),
                Words("Join them, or move one away.", "하나로 합치거나 하나를 다른 곳으로 옮기세요."),
            )
        else:
            layout[part] = folder
    if not layout:
        return {None: root}
    beside = [folder for folder in others if _any_picture(folder)]
    if beside and not _is_certain(layout, beside):
        raise faults.part_among_classes(root, list(layout.values()), beside)
    if "train" not in layout:
        names = class_lists.listed([folder.name for folder in layout.values()])
        raise DataError(
            "no-training-part",
            Words(
                f"{root} holds '{names.en}' but no folder 'train'.",
                f"{root}에 '{names.ko}'은(는) 있지만 'train' 폴더가 없습니다.",
            ),
            Words(
                "Name the folder with the training pictures 'train'.",
                "학습 그림이 든 폴더의 이름을 'train'으로 하세요.",
            ),
        )
    scan.hidden += hidden
    _loose(scan, files)
    scan.ignored += [folder.name + "/" for folder in others]
    return layout


def _is_certain(layout: dict[Part | None, Path], beside: list[Path]) -> bool:
    """Whether train/ and another part hold the same kind of class folders, so that the rest is no class."""
    inside = {part: {path.name for path in _listing(folder)[0]} for part, folder in layout.items()}
    training = inside.pop("train", set())
    agree = [names for names in inside.values() if names and names <= training]
    return len(training) > 1 and bool(agree) and not training & {folder.name for folder in beside}


def _any_picture(folder: Path) -> bool:
    return any(path.suffix.lower() in PICTURES for path in _Scan().walk(folder))
