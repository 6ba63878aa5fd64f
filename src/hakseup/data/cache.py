"""Decoded pictures, kept in the user folder: written once, whole or not at all, and memory-mapped when large.

`Writer` takes the pictures block by block. It writes them to disk where it has a folder, and goes on in memory where
the disk is full; what it gives back is the same. An entry that is damaged or of another version counts as missing.
Entries that were not used for sixty days go, and the longest unused ones where all together have become too large.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from hakseup import files
from hakseup.errors import CallError
from hakseup.sources.found import Refused
from hakseup.words import Words

VERSION = 1  # of the entries and of everything that shapes their pixels; raised when either changes
LARGE = 256 << 20  # bytes; from here on pictures are mapped and not loaded
_IMAGES, _KEYS, _KEPT, _ABOUT = "images.npy", "keys.npy", "kept.npy", "about.json"
_STALE = 24 * 3600  # seconds; what a killed process left behind is removed after this
_UNUSED = 60 * 24 * 3600  # seconds; an entry that nobody read for so long is removed
_MOST_GB = 20.0  # all entries together; HAKSEUP_CACHE_GB says otherwise


@dataclass
class Report:
    """What was met on the way to the pictures."""

    refused: list[Refused] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    remarks: dict[Words, int] = field(default_factory=dict)  # what was done to how many pictures
    notes: list[Words] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "refused": [[r.where, r.code, r.reason.en, r.reason.ko] for r in self.refused],
            "sizes": self.sizes,
            "modes": self.modes,
            "remarks": [[words.en, words.ko, n] for words, n in self.remarks.items()],
            "notes": [[words.en, words.ko] for words in self.notes],
        }

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Report:
        """Back from `as_dict`."""
        return Report(
            [Refused(where, code, Words(en, ko)) for where, code, en, ko in values["refused"]],
            {str(key): int(n) for key, n in values["sizes"].items()},
            {str(key): int(n) for key, n in values["modes"].items()},
            {Words(en, ko): int(n) for en, ko, n in values["remarks"]},
            [Words(en, ko) for en, ko in values["notes"]],
        )


@dataclass(frozen=True)
class Entry:
    """Pictures that were kept, out of all that the source named.

    images: uint8 (m, height, width, channels). keys: "V16" (m,). kept: int64 (m,), their places in the source.
    """

    images: np.ndarray
    keys: np.ndarray
    kept: np.ndarray
    report: Report


def home() -> Path:
    """Where the entries lie."""
    return files.user_home() / "cache"


def name_of(parts: Iterable[str]) -> str:
    """The name of an entry: a hash over everything that its pictures depend on."""
    digest = hashlib.blake2b(f"hakseup pictures {VERSION}".encode(), digest_size=16)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "little") + raw)
    return digest.hexdigest()


def read(name: str) -> Entry | None:
    """The entry with this name; None where there is none, or it is damaged."""
    folder = home() / name
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        keys = np.load(folder / _KEYS, allow_pickle=False)
        kept = np.load(folder / _KEPT, allow_pickle=False)
        images = _load(folder / _IMAGES)
        fits = (
            about["version"] == VERSION
            and list(images.shape) == about["shape"]
            and images.dtype == np.uint8
            and (keys.shape, keys.dtype) == ((len(images),), np.dtype("V16"))
            and (kept.shape, kept.dtype) == ((len(images),), np.dtype(np.int64))
            and about["digest"] == _digest(images, keys, kept)
        )
        if not fits:
            return None
        with contextlib.suppress(OSError):
            os.utime(folder / _ABOUT)  # when it was last used
        return Entry(images, keys, kept, Report.from_dict(about["report"]))
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None


def _load(path: Path) -> np.ndarray:
    large = path.stat().st_size >= LARGE
    images: np.ndarray = np.load(path, mmap_mode="r" if large else None, allow_pickle=False)
    images.flags.writeable = False
    return images


def _digest(images: np.ndarray, keys: np.ndarray, kept: np.ndarray) -> str:
    """Hash of the content; mapped pictures count by their shape alone, reading them all would take too long."""
    digest = hashlib.blake2b(repr(images.shape).encode(), digest_size=16)
    if not isinstance(images, np.memmap):
        digest.update(images.data)
    digest.update(keys.tobytes())
    digest.update(kept.tobytes())
    return digest.hexdigest()


class Writer:
    """Takes pictures block by block and gives them back as one array.

    Args:
        size: height, width of the pictures.
        channels: 1 or 3; `widen` makes 1 to 3.
        name: of the cache entry; None: nothing is written.
    """

    def __init__(self, size: tuple[int, int], channels: int, name: str | None) -> None:
        self.channels = channels
        self.failed: OSError | None = None  # why nothing could be written
        self._size = size
        self._name = name
        self._n = 0
        self._blocks: list[np.ndarray] = []  # in memory: where nothing is written
        self._folder: Path | None = None  # on disk: with images.npy in it
        self._file: Any = None
        if name is None:
            return
        _most()  # refused now, not when all pictures are decoded
        try:
            home().mkdir(parents=True, exist_ok=True)
            _sweep(home())
            self._folder = home() / f".{name}.{os.getpid()}.{time.monotonic_ns()}.part"
            self._folder.mkdir()
            self._file = (self._folder / _IMAGES).open("wb", buffering=0)
            _write(self._file, self._header())
        except OSError as error:
            self._to_memory(error)

    def add(self, block: np.ndarray) -> None:
        """Some more pictures, uint8 (b, height, width, channels)."""
        if self._file is not None:
            try:
                _write(self._file, np.ascontiguousarray(block).data.cast("B"))
                self._n += len(block)
                return
            except OSError as error:
                self._to_memory(error)
        self._blocks.append(block)
        self._n += len(block)

    def widen(self) -> None:
        """From 1 channel to 3: what came so far is grey."""
        before = self._content()
        self.channels, self._n, self._blocks = 3, 0, []
        if self._file is not None:
            self._file.seek(len(self._header()))
            self._file.truncate()
        for start in range(0, len(before), 4096):
            self.add(np.repeat(before[start : start + 4096], 3, axis=3))

    def finish(self, keys: np.ndarray, kept: np.ndarray, report: Report) -> Entry:
        """All pictures; on disk, where they could be written there."""
        if self._folder is not None:
            try:
                return self._put(self._folder, keys, kept, report)
            except OSError as error:
                self._to_memory(error)
        images = self._blocks[0] if len(self._blocks) == 1 else self._content()
        images.flags.writeable = False
        return Entry(images, keys, kept, report)

    def close(self) -> None:
        """Remove what is half written; after `finish` there is nothing."""
        if self._file is not None:
            self._file.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _put(self, folder: Path, keys: np.ndarray, kept: np.ndarray, report: Report) -> Entry:
        """The folder becomes the entry.

        Raises:
            OSError: it could not be written or read back.
        """
        self._file.seek(0)
        _write(self._file, self._header())
        os.fsync(self._file.fileno())
        self._file.close()  # Windows cannot rename a folder with an open file in it
        np.save(folder / _KEYS, keys, allow_pickle=False)
        np.save(folder / _KEPT, kept, allow_pickle=False)
        about = {
            "version": VERSION,
            "shape": [self._n, *self._size, self.channels],
            "digest": _digest(_load(folder / _IMAGES), keys, kept),
            "report": report.as_dict(),
        }
        (folder / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
        name = str(self._name)
        entry = read(name)
        if entry is None:  # else another process was faster: its entry is the same, this one is thrown away
            shutil.rmtree(home() / name, ignore_errors=True)
            folder.replace(home() / name)
            self._folder = home() / name
            entry = read(name)
            if entry is None:
                raise OSError(errno.EIO, "what was written cannot be read back")
            self._folder = None
            trim(keep=name)
        return entry

    def _header(self) -> bytes:
        """The .npy header; its length does not depend on the number of pictures."""
        stream = io.BytesIO()
        shape = (self._n, *self._size, self.channels)
        npy.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": shape})
        return stream.getvalue()

    def _content(self) -> np.ndarray:
        """Everything so far, in memory."""
        shape = (self._n, *self._size, self.channels)
        if self._folder is None:
            return np.concatenate(self._blocks) if self._blocks else np.empty(shape, np.uint8)
        count = int(np.prod(shape, dtype=np.int64))
        content: np.ndarray = np.fromfile(self._folder / _IMAGES, np.uint8, count, offset=len(self._header()))
        return content.reshape(shape)

    def _to_memory(self, error: OSError) -> None:
        """The disk is full or may not be written: go on in memory with what came so far."""
        self.failed = error
        if self._n:
            self._blocks = [self._content()]
        self.close()
        self._file = self._folder = None


def _write(stream: Any, content: Any) -> None:
    """All of it: a plain file may take less than it was given."""
    rest = memoryview(content)
    while len(rest):
        rest = rest[stream.write(rest) :]


def entries() -> list[tuple[float, int, Path]]:
    """When each entry was last used, its bytes, and its folder. Only what this room made: never a link."""
    found = []
    with contextlib.suppress(OSError):
        for folder in home().iterdir():
            if re.fullmatch("[0-9a-f]{32}", folder.name) and folder.is_dir() and not folder.is_symlink():
                sizes = [file.lstat().st_size for file in folder.iterdir()]
                about = folder / _ABOUT
                used = (about if about.exists() else folder).stat().st_mtime
                found.append((used, sum(sizes), folder))
    return found


def trim(keep: str) -> None:
    """Remove entries that were not used for sixty days, and the longest unused while all have over 20 GB.

    Args:
        keep: the entry that was just made.

    Raises:
        CallError: HAKSEUP_CACHE_GB is not a number.
    """
    most = _most()
    there = sorted((one for one in entries() if one[2].name != keep), reverse=True)  # the last used first
    total = sum(size for _used, size, folder in entries() if folder.name == keep)
    for used, size, folder in there:
        total += size
        if total > most or time.time() - used > _UNUSED:
            _remove(folder)


def forget(name: str) -> None:
    """Remove this entry: what was read may be read otherwise next time. Who has it goes on reading."""
    _remove(home() / name)


def clear() -> tuple[int, int]:
    """Remove all entries; how many, and their bytes."""
    gone = [size for _used, size, folder in entries() if _remove(folder)]
    return len(gone), sum(gone)


def _most() -> float:
    """Bytes that all entries may have together."""
    said = os.environ.get("HAKSEUP_CACHE_GB", "")
    try:
        gb = float(said) if said.strip() else _MOST_GB
        if not gb >= 0:  # nor not a number
            raise ValueError
    except ValueError:
        raise CallError(
            "bad-environment",
            Words(
                f"HAKSEUP_CACHE_GB is '{said}'; a number of gigabytes is expected.",
                f"HAKSEUP_CACHE_GB가 '{said}'입니다. 기가바이트 수를 적어야 합니다.",
            ),
        ) from None
    return gb * 1e9


def _remove(folder: Path) -> bool:
    """Remove an entry, first by its name: who reads it goes on reading, who looks for it makes it anew."""
    gone = folder.with_name(f".{folder.name}.{os.getpid()}.{time.monotonic_ns()}.part")
    try:
        folder.replace(gone)
    except OSError:  # another process was faster, or Windows holds it open
        return False
    shutil.rmtree(gone, ignore_errors=True)
    return True


def _sweep(folder: Path) -> None:
    """Remove what killed processes left half written."""
    for left in folder.glob(".*.part"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _STALE:
                shutil.rmtree(left, ignore_errors=True)
