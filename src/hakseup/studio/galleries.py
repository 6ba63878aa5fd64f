"""Data sets of the workspace that are folders of class folders: what is in them, and every way to change them."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hakseup import files
from hakseup.errors import DataError, HakseupError
from hakseup.sources.classes import natural_key, readable
from hakseup.sources.folders import PICTURES, is_hidden
from hakseup.studio import pixels
from hakseup.studio.order import read_order, write_order
from hakseup.studio.undo import Change
from hakseup.studio.workspace import Conflict, NotThere, Workspace, is_known, safe_name, shown
from hakseup.words import Words

_TRAIN = ("train", "training")
_OTHERS = ("test", "testing", "val", "valid", "validation")
CHANGING = threading.RLock()  # two browsers must not take the same name at the same time


@dataclass(frozen=True)
class Gallery:
    """One folder of class folders, or of train/ and test/ above them: then only train/ is shown, and nothing changed."""

    workspace: Workspace
    name: str

    @property
    def root(self) -> Path:
        """Its folder."""
        return self.workspace.set(self.name)

    @property
    def layer(self) -> Path | None:
        """The folder train/, where the data come in parts."""
        return next((path for path in _folders(self.root) if path.name.casefold() in _TRAIN), None)

    def classes(self) -> list[tuple[str, Path]]:
        """Name and folder of each class: first those made here, in the order they were named, then the others in natural order."""
        found = [(readable(path.name), path) for path in _folders(self.layer or self.root)]
        found = [(name, path) for name, path in found if name.casefold() not in _OTHERS]
        place = {name: n for n, name in enumerate(read_order(self.workspace, self.name))}
        return sorted(found, key=lambda one: (place.get(one[0], len(place)), natural_key(one[0])))

    def describe(self) -> dict[str, Any]:
        """Data, as the interface calls it."""
        classes = [
            {"name": name, "en": name, "ko": name, "version": version(path), "n": len(_pictures(path))}
            for name, path in self.classes()
        ]
        return {
            "name": self.name,
            "kind": "pictures",
            "title": None,
            "known": False,
            "here": True,
            "editable": self.layer is None,
            "classes": classes,
            "n": sum(int(str(one["n"])) for one in classes),
        }

    def page(self, of: str | None, offset: int, limit: int) -> tuple[int, list[dict[str, Any]]]:
        """How many pictures there are (of one class), and those of a page."""
        chosen = self.classes() if of is None else [(of, self.class_folder(of))]
        rows = [(name, path) for name, folder in chosen for path in _pictures(folder)]
        return len(rows), [self.picture(name, path) for name, path in rows[offset : offset + limit]]

    def picture(self, of: str, path: Path) -> dict[str, Any]:
        """One picture, as the interface calls it."""
        from urllib.parse import quote

        name = f"{of}/{readable(path.name)}"
        url = f"/api/data/{quote(self.name, safe='')}/pictures/{quote(name)}"
        try:
            version = path.stat().st_mtime_ns // 1_000_000
        except OSError:  # just moved away by another browser
            version = 0
        return {"id": name, "class": of, "name": path.name, "url": f"{url}?v={version}"}

    def class_folder(self, name: str) -> Path:
        """The folder of a class.

        Raises:
            NotThere: there is none of this name.
        """
        path = self.workspace.child(self.layer or self.root, name)
        if path is None or not path.is_dir():
            raise no_such_class(self.name, name)
        return path

    def file(self, name: str) -> Path:
        """The file of a picture called "class/file".

        Raises:
            NotThere: there is none.
        """
        of, _, last = name.partition("/")
        path = self.workspace.child(self.class_folder(of), last)
        if path is None or not path.is_file() or is_hidden(path.name):
            raise NotThere(
                "no-such-picture",
                Words(f"There is no picture '{shown(name)}'.", f"'{shown(name)}' 그림이 없습니다."),
                Words(
                    "It may have been moved. Load the page again.", "옮겨졌을 수 있습니다. 새로 고쳐 보세요."
                ),
            )
        return path

    def require_filled(self) -> None:
        """Refuse to look at or to train on classes that have no pictures yet.

        Raises:
            DataError: one has none, or there are fewer than two.
        """
        classes = self.describe()["classes"]
        empty = [one["name"] for one in classes if not one["n"]]
        if len(classes) < 2 or empty:
            why = (
                Words("There are fewer than two classes.", "클래스가 둘이 되지 않습니다.")
                if len(classes) < 2
                else Words(
                    f"The class '{empty[0]}' has no picture yet.",
                    f"'{empty[0]}' 클래스에 아직 그림이 없습니다.",
                )
            )
            raise DataError(
                "empty-class",
                why,
                Words("Draw or add pictures of every class.", "클래스마다 그림을 그리거나 넣으세요."),
            )

    # -- changes

    def add_class(self, name: str) -> None:
        """Make a class.

        Raises:
            DataError: the name cannot be one. Conflict: it exists.
        """
        self._require_editable()
        with CHANGING:
            plain = self._free(safe_name(name, is_class=True))
            order = self._order()
            path = self.root / plain
            with files.written(path):
                path.mkdir()
            write_order(self.workspace, self.name, [*(one for one in order if one != plain), plain])

    def rename_class(self, name: str, new: str) -> str:
        """Rename a class; the token that undoes it. Raises as `add_class`."""
        self._require_editable()
        with CHANGING:
            old = self.class_folder(name)
            plain = safe_name(new, is_class=True)
            same = plain.casefold() == readable(old.name).casefold()  # only its capitals change
            path = self.root / (plain if same else self._free(plain))
            order = [one for one in self._order() if same or one != plain]
            token = Change(self.workspace).move([(old, path)])
            # It keeps its place. The old name stays there too: a change that is taken back finds it.
            order.insert(order.index(readable(old.name)) + 1, plain)
            write_order(self.workspace, self.name, order)
            return token

    def remove_class(self, name: str) -> str:
        """Move a class aside; the token that undoes it."""
        self._require_editable()
        with CHANGING:
            return Change(self.workspace).aside([self.class_folder(name)])

    def add(self, of: str, contents: Iterable[tuple[str | None, bytes]]) -> dict[str, list[dict[str, Any]]]:
        """Keep pictures in a class: `added`, and `refused` with the reason.

        Args:
            of: the class. contents: each file's name (None: it was drawn here) and what is in it.

        Raises:
            DataError: none of them could be used.
        """
        self._require_editable()
        folder = self.class_folder(of)
        added, refused = [], []
        for name, content in contents:
            called = shown(name or "drawing.png")
            try:
                ending = pixels.checked(content)
            except HakseupError as error:
                refused.append({"name": called, "code": error.code, **_reason(error).as_dict()})
                continue
            with CHANGING:
                path = unused(folder, _stem(name), ending)
                files.write_bytes(path, content)
            added.append(self.picture(of, path))
        if refused and not added:
            first = refused[0]
            raise DataError(
                str(first["code"]),
                Words(f"{first['name']}: {first['en']}", f"{first['name']}: {first['ko']}"),
            )
        return {"added": added, "refused": refused}

    def move(self, names: Sequence[str], to: str) -> tuple[list[dict[str, Any]], str]:
        """Move pictures to another class: as they are now, and the token that undoes it."""
        self._require_editable()
        with CHANGING:
            folder = self.class_folder(to)
            moves: list[tuple[Path, Path]] = []
            for path in self._files(names):
                if path.parent != folder:
                    taken = {new for _old, new in moves}
                    moves.append((path, unused(folder, path.stem, path.suffix, taken)))
            token = Change(self.workspace).move(moves)
        return [self.picture(to, new) for _old, new in moves], token

    def remove(self, names: Sequence[str]) -> str:
        """Move pictures aside; the token that undoes it."""
        self._require_editable()
        with CHANGING:
            return Change(self.workspace).aside(self._files(names))

    def _files(self, names: Sequence[str]) -> list[Path]:
        return [self.file(name) for name in dict.fromkeys(names)]

    def _order(self) -> list[str]:
        """The order of the classes, those that are put aside or were called otherwise at their places."""
        kept = read_order(self.workspace, self.name)
        return [*kept, *(name for name, _path in self.classes() if name not in kept)]

    def _free(self, name: str) -> str:
        there = [readable(path.name) for path in _folders(self.root)]
        if name.casefold() in (one.casefold() for one in there):
            raise Conflict(
                "class-exists",
                Words(f"There is a class '{name}' already.", f"'{name}' 클래스가 이미 있습니다."),
                Words("Choose another name.", "다른 이름을 고르세요."),
            )
        return name

    def _require_editable(self) -> None:
        if self.layer is not None:
            raise Conflict(
                "not-editable",
                Words(
                    f"'{self.name}' comes with parts of its own (train/, test/); it can be looked at and trained on, not changed here.",
                    f"'{self.name}'은(는) train/, test/처럼 나뉘어 온 데이터입니다. 보고 학습할 수는 있지만 여기서 바꿀 수는 없습니다.",
                ),
            )


def _reason(error: HakseupError) -> Words:
    """Why a picture was refused, without what the sentence calls the picture: its name stands before it."""
    from hakseup.data.decode import Unusable

    why = error.__cause__.reason if isinstance(error.__cause__, Unusable) else None
    return error.message if why is None else Words(f"{why.en}.", f"{why.ko}.")


def no_such_class(data: str, name: str) -> NotThere:
    """The error for a class that a data set does not have."""
    return NotThere(
        "no-such-class",
        Words(
            f"'{shown(data)}' has no class '{shown(name)}'.",
            f"'{shown(data)}'에 '{shown(name)}' 클래스가 없습니다.",
        ),
    )


def create(workspace: Workspace, name: str, classes: Sequence[str]) -> Gallery:
    """A new data set with these classes.

    Raises:
        DataError: a name cannot be one. Conflict: it exists, or is that of a known data set.
    """
    plain = safe_name(name)
    names = [safe_name(one, is_class=True) for one in classes]
    if twice := next(
        (one for i, one in enumerate(names) if one.casefold() in map(str.casefold, names[:i])), None
    ):
        raise Conflict(
            "class-exists", Words(f"The class '{twice}' stands twice.", f"'{twice}' 클래스가 두 번 있습니다.")
        )
    with CHANGING:
        require_free(workspace, plain)
        root = workspace.data / plain
        with files.written(root):
            files.make_folder(workspace.data)  # it may have been deleted meanwhile
            root.mkdir()
            for one in names:
                (root / one).mkdir()
        write_order(workspace, plain, names)
    return Gallery(workspace, plain)


def require_free(workspace: Workspace, name: str) -> None:
    """Refuse a name that a data set has already.

    Raises:
        Conflict: it is taken.
    """
    there = {path.name.casefold() for path in workspace.listed()}
    if name.casefold() in there or is_known(name.casefold().replace("-", "_")):
        raise Conflict(
            "data-exists",
            Words(f"There is a data set '{name}' already.", f"'{name}' 데이터가 이미 있습니다."),
            Words("Choose another name.", "다른 이름을 고르세요."),
        )


def _folders(root: Path) -> list[Path]:
    """Folders of classes or parts; links that lead out of the data set are left alone."""
    inside = root.resolve()
    with os.scandir(root) as entries:
        return [
            root / entry.name
            for entry in entries
            if not is_hidden(entry.name)
            and entry.is_dir()
            and (not entry.is_symlink() or (root / entry.name).resolve().is_relative_to(inside))
        ]


def version(folder: Path) -> str:
    """Another one whenever a picture has come into the folder of a class, gone or got another name."""
    try:
        return str(folder.stat().st_mtime_ns)
    except OSError:  # just moved away by another browser
        return ""


def _pictures(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [
                entry.name
                for entry in entries
                if not is_hidden(entry.name)
                and entry.name.lower().endswith(tuple(PICTURES))
                and not entry.is_symlink()
            ]
    except OSError:  # just renamed or moved away by another browser
        return []
    return [folder / name for name in sorted(names, key=natural_key)]


def _stem(name: str | None) -> str:
    """The beginning of a file name made from that of an upload; a drawing is called after the time."""
    if name is None:
        return f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(c if c.isalnum() or c in " -_()" else "-" for c in Path(last).stem).strip(" -")[:40]
    try:
        return safe_name(plain)
    except DataError:
        return _stem(None)


def unused(folder: Path, stem: str, ending: str, taken: Iterable[Path] = ()) -> Path:
    """A path in the folder that nothing has: stem.png, stem-2.png, …"""
    taken, number = set(taken), 1
    while True:
        path = folder / f"{stem}{'' if number == 1 else f'-{number}'}{ending}"
        if path not in taken and not os.path.lexists(path):
            return path
        number += 1
