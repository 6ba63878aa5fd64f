"""Every data set by its name, whatever it is: a folder of the workspace, a file in it, or a known one."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from hakseup.errors import HakseupError
from hakseup.sources import known
from hakseup.sources.tables import SUFFIXES
from hakseup.sources.tables import known as known_tables
from hakseup.studio import pixels
from hakseup.studio.galleries import Gallery, no_such_class, version
from hakseup.studio.reading import Reading, row_of
from hakseup.studio.workspace import Conflict, NotThere, Workspace, is_data_file, is_known, shown
from hakseup.words import Words

if TYPE_CHECKING:
    from hakseup.data.pictures import Pictures

Facts = dict[str, Any]


class Sets:
    """The data sets of a workspace, and the known ones. `reading`: what is in them."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.reading = workspace, Reading(workspace)

    def all(self) -> list[Facts]:
        """The workspace's own, the newest first, then the known ones. Nothing large is read."""
        own = [
            path
            for path in self.workspace.listed()
            if not path.name.startswith(".")
            and self.workspace.child(self.workspace.data, path.name)
            and (path.is_dir() or is_data_file(path))
        ]
        own.sort(key=_changed, reverse=True)
        out = []
        for path in own:
            with contextlib.suppress(HakseupError, OSError):  # another browser has just put it aside
                out.append(self.gallery(path.name).describe() if path.is_dir() else _file(path))
        return out + [_known(row) for row in (*known.describe(), *known_tables.describe())]

    def version(self) -> str:
        """Another one whenever a set, a class or a picture of the workspace has come, gone or got another name.

        It is asked for every second while a page is open: the folders are looked at, not the pictures.
        """
        seen = []
        for path in sorted(self.workspace.listed()):
            with contextlib.suppress(HakseupError, OSError):  # just put aside, or no set
                if self.is_gallery(path.name):
                    classes = self.gallery(path.name).classes()
                    seen.append((path.name, [(name, of.stat().st_mtime_ns) for name, of in classes]))
                elif is_data_file(path):
                    seen.append((path.name, [("", path.stat().st_mtime_ns)]))
        return hashlib.blake2b(repr(seen).encode(), digest_size=8).hexdigest()

    def describe(self, name: str) -> Facts:
        """One of them, counted.

        Raises:
            NotThere: there is none of this name.
        """
        if self.is_gallery(name):
            return self.gallery(name).describe()
        source = self.workspace.source(name)
        facts = _known(row_of(name)) if source == name else _file(Path(source))
        if not facts["here"]:
            return facts
        if facts["kind"] == "table":
            return {**facts, "n": len(self.reading.table(name))}
        pictures = self.reading.pictures(name)
        shown_rows = _open(pictures)
        tally = np.bincount(pictures.labels.values[shown_rows], minlength=len(pictures.classes))
        classes = [
            {"name": c.key, **c.words.as_dict(), "n": int(n)}
            for c, n in zip(pictures.classes, tally, strict=True)
        ]
        return {**facts, "classes": classes, "n": len(pictures)}

    def gallery(self, name: str) -> Gallery:
        """One that is a folder.

        Raises:
            NotThere: none of this name. Conflict: it is a file or known, and cannot be changed.
        """
        if not self.is_gallery(name):
            self.workspace.source(name)
            raise Conflict(
                "not-editable",
                Words(
                    f"'{shown(name)}' is not a folder of pictures; it cannot be changed here.",
                    f"'{shown(name)}'은(는) 그림 폴더가 아니어서 여기서 바꿀 수 없습니다.",
                ),
            )
        return Gallery(self.workspace, name)

    def is_gallery(self, name: str) -> bool:
        """Whether it is a folder of the workspace."""
        path = self.workspace.child(self.workspace.data, name)
        return path is not None and path.is_dir() and not path.name.startswith(".")

    def class_count(self, name: str) -> int:
        """How many classes of pictures it has; 0 where that is not known without reading it."""
        if self.is_gallery(name):
            return len(self.gallery(name).classes())
        return len(row_of(name)["classes"]) if is_known(name) else 0

    def page(self, name: str, of: str | None, offset: int, limit: int) -> Facts:
        """A page of its pictures (of one class): `n` in all, the `version` of the class as `describe` tells it, and
        `pictures`. A test part that came along is left out."""
        if self.is_gallery(name):
            gallery = self.gallery(name)
            # Before the pictures are listed: what comes between makes it another one, and is asked for again.
            at = None if of is None else version(gallery.class_folder(of))
            n, shown_now = gallery.page(of, offset, limit)
            return {"n": n, "version": at, "pictures": shown_now}
        pictures = self.reading.pictures(name)
        rows, labels = _open(pictures), pictures.labels.values
        keys = [c.key for c in pictures.classes]
        if of is not None:
            if of not in keys:
                raise no_such_class(name, of)
            rows = rows[labels[rows] == keys.index(of)]
        base = f"/api/data/{quote(name, safe='')}/pictures"
        listed = [
            {
                "id": str(row),
                "class": keys[labels[row]],
                "name": str(pictures.where[row]),
                "url": f"{base}/{row}?v=0",
            }
            for row in rows[offset : offset + limit].tolist()
        ]
        return {"n": len(rows), "version": None, "pictures": listed}

    def picture(self, name: str, which: str) -> np.ndarray:
        """The pixels of one picture, uint8 (h, w, c).

        Raises:
            NotThere: there is none. DataError: the file is no picture any more.
        """
        if self.is_gallery(name):
            path = self.gallery(name).file(which)
            return pixels.decoded(path.read_bytes())
        pictures = self.reading.pictures(name)
        row = int(which) if which.isascii() and which.isdigit() and len(which) < 12 else -1
        if not 0 <= row < len(pictures) or row not in _open(pictures):
            raise NotThere(
                "no-such-picture",
                Words(f"There is no picture '{shown(which)}'.", f"'{shown(which)}' 그림이 없습니다."),
            )
        return np.asarray(pictures.images[row])

    def ready(self, name: str) -> str:
        """What `api` takes for it, if it can be looked at or trained on.

        Raises:
            NotThere: there is none. Conflict: it must be downloaded first. DataError: a class is empty.
        """
        if self.is_gallery(name):
            self.gallery(name).require_filled()
        return self.reading.require_here(name)


def _open(pictures: Pictures) -> np.ndarray:
    """Rows that may be shown: not those of a test part that came with the data."""
    from hakseup.data.pictures import PART_CODE

    return np.flatnonzero(pictures.official != PART_CODE["test"])


def _known(row: Facts) -> Facts:
    return {
        "name": row["name"],
        "kind": "table" if row["kind"] == "table" else "pictures",
        "title": row["title"],
        "known": True,
        "here": row["found"] != "download",
        "editable": False,
        "classes": [{"name": c["key"], "en": c["en"], "ko": c["ko"], "n": None} for c in row["classes"]],
        "n": sum(row["n"].values()),
    }


def _file(path: Path) -> Facts:
    table = path.suffix.lower() in SUFFIXES
    return {
        "name": path.name,
        "kind": "table" if table else "pictures",
        "title": None,
        "known": False,
        "here": True,
        "editable": False,
        "classes": [],
        "n": None,
    }


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
