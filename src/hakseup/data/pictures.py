"""`Pictures`: decoded once, uint8, with their labels, classes and content hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hakseup.data.labels import Labels
from hakseup.sources.found import PARTS, ClassName, Refused
from hakseup.words import Words

NO_PART = -1  # in `Pictures.official`: the data does not say which part a picture belongs to
PART_CODE = {part: code for code, part in enumerate(PARTS)}  # train 0, validation 1, test 2


@dataclass(frozen=True)
class Pictures:
    """All pictures of a data set at one size, in the order of the source.

    images: uint8 (n, height, width, channels), channels 1 or 3; a memory map when large.
    keys: (n,) of dtype "V16": hash of each picture as it came (before resizing); equal keys are equal pictures.
    official: int8 (n,): PART_CODE of the part that came with the data, or NO_PART.
    where: for each picture its path, or "x_train[17]".
    groups: int64 (n,), pictures with the same number stay together, -1 without a group; None: no `group`.
    """

    source: str
    name: str
    format: str
    images: np.ndarray
    labels: Labels
    classes: tuple[ClassName, ...]
    keys: np.ndarray
    official: np.ndarray
    where: Sequence[str]
    refused: tuple[Refused, ...] = ()
    title: Words | None = None
    licence: str | None = None
    notes: tuple[Words, ...] = ()
    known: str | None = None
    kind: str = "auto"
    groups: np.ndarray | None = None
    seen: dict[str, dict[str, int]] = field(default_factory=dict)  # "sizes", "modes" as they came -> count

    def __len__(self) -> int:
        return len(self.images)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width, in pixels."""
        return (int(self.images.shape[1]), int(self.images.shape[2]))

    @property
    def channels(self) -> int:
        """1 (grayscale) or 3 (red, green, blue)."""
        return int(self.images.shape[3])
