"""What a source hands on: the pictures it found (as files or as one array), and what was refused and why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from hakseup.words import Words

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")
NOT_CHOSEN = -1  # what a labels reader gives for a picture of a class that `classes` left out


@dataclass(frozen=True)
class ClassName:
    """A class: `key` as in the data (folder name, number as text), and what a person reads."""

    key: str
    words: Words

    def __str__(self) -> str:
        return str(self.words)


@dataclass(frozen=True)
class Refused:
    """Something that was left out: where it was, a short code, and the reason in words."""

    where: str
    code: str
    reason: Words


@dataclass(frozen=True)
class StoredPixels:
    """Pixels that lie in a file and are read block by block, so that they need not fit into memory.

    `read()` yields uint8 blocks along the first axis, in order; together they have `shape`. `identity` is a
    text that changes when the content may have changed (path, size and time of the file).
    """

    shape: tuple[int, ...]  # (n, height, width) or (n, height, width, channels 1 or 3)
    read: Callable[[], Iterator[np.ndarray]]
    identity: str

    def take(self, rows: np.ndarray) -> StoredPixels:
        """These pictures only; `rows` in rising order."""

        def read() -> Iterator[np.ndarray]:
            start = 0
            for block in self.read():
                low, high = np.searchsorted(rows, [start, start + len(block)])
                if high > low:
                    yield block[rows[low:high] - start]
                start += len(block)

        digest = hashlib.sha256(np.ascontiguousarray(rows, np.int64).tobytes()).hexdigest()
        return StoredPixels((len(rows), *self.shape[1:]), read, f"{self.identity} rows {digest}")


@dataclass(frozen=True)
class Piece:
    """Pictures that came together: the whole data, or one of its official parts.

    Exactly one of `paths` and `pixels` is set. `labels` is a reader that returns class indices, int64,
    shape (n,): it is called for the test part by `evaluate` alone, so it must not be called before.
    Where `classes` chose some classes of a test part whose labels must not be read yet, all its pictures
    stay in the piece and the reader gives NOT_CHOSEN for those of other classes; they are not scored.
    """

    part: Part | None  # None: the data does not say; the split decides
    n: int
    labels: Callable[[], np.ndarray]
    paths: Sequence[Path] | None = None
    pixels: np.ndarray | StoredPixels | None = None  # uint8, shapes as in StoredPixels
    where: Sequence[str] | None = None  # what each picture is called; None: its path, or "part[17]"
    groups: Sequence[str | None] | None = (
        None  # what each picture belongs to (patient, place); None: not said
    )

    def take(self, rows: np.ndarray, labels: np.ndarray) -> Piece:
        """These pictures only, with these labels; `rows` in rising order."""
        pixels = self.pixels
        return Piece(
            self.part,
            len(rows),
            lambda: labels,
            None if self.paths is None else [self.paths[row] for row in rows],
            pixels.take(rows)
            if isinstance(pixels, StoredPixels)
            else None
            if pixels is None
            else pixels[rows],
            None if self.where is None else [self.where[row] for row in rows],
            None if self.groups is None else [self.groups[row] for row in rows],
        )


@dataclass(frozen=True)
class Found:
    """What lies at a path, under a known name, or in arrays."""

    source: str  # as the user wrote it, made absolute where it is a path; "arrays" for arrays
    name: str  # short and readable, for the name of the run: "mnist", "my-shapes"
    format: Literal["folder", "npz", "idx", "list", "arrays"]
    classes: tuple[ClassName, ...]
    pieces: tuple[Piece, ...]
    refused: tuple[Refused, ...] = ()
    title: Words | None = None
    licence: str | None = None
    notes: tuple[Words, ...] = field(default=())  # what a person should know ("hidden folders left out: 2")
    known: str | None = None  # name of the known data set it came from
    # The same with these class keys only, where that needs no labels (folders); else None.
    only: Callable[[tuple[str, ...]], Found] | None = field(default=None, repr=False, compare=False)
    kind: str = "auto"  # what the pictures show: digits, garments, drawings, photographs, auto (unknown)
