"""Encoded rows in the place of pictures: what the one loop, its batches and the one way to predict work on.

A row is a picture of one pixel with a channel for each number and each code, so that nothing between the split and
the scores has to be written twice.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hakseup.data import cache
from hakseup.data.labels import Labels, is_sealed
from hakseup.data.preparation import Preparation
from hakseup.data.table_preparation import TablePreparation
from hakseup.sources.found import ClassName

if TYPE_CHECKING:
    import polars as pl
    import torch

BLOCK = 1 << 16  # rows encoded at once


class RowPreparation(Preparation):
    """Stands where the preparation of pictures stands; what there was to prepare is done."""

    unit: ClassVar[str] = "rows"

    @staticmethod
    def of(width: int, classes: tuple[ClassName, ...]) -> RowPreparation:
        """For rows of so many numbers and codes; classes: () where a number is learned."""
        return RowPreparation((1, 1), width, "", 0, (0.0,), (1.0,), classes)

    def tensor(self, images: torch.Tensor | np.ndarray) -> torch.Tensor:
        """Float32 (n, 1, 1, w) -> (n, w)."""
        import torch

        return torch.as_tensor(images).flatten(1)


@dataclass(frozen=True)
class EncodedRows:
    """All rows of a table as one array.

    images: float32 (n, 1, 1, w): the numbers, then the codes (whole numbers below 2**24, exact in float32).
    """

    images: np.ndarray
    classes: tuple[ClassName, ...]

    def __len__(self) -> int:
        return len(self.images)


def pixels(rows: np.ndarray) -> np.ndarray:
    """Rows float32 (n, w) as pictures of one pixel, (n, 1, 1, w)."""
    return np.ascontiguousarray(rows, np.float32).reshape(len(rows), 1, 1, -1)


@contextlib.contextmanager
def every_row(
    prepare: Callable[[pl.DataFrame], np.ndarray], frame: pl.DataFrame, classes: tuple[ClassName, ...]
) -> Iterator[EncodedRows]:
    """All rows of a table, encoded; many of them lie in a file of the cache as long as this block lasts.

    A training goes through them in an order of its own and needs no more of them in memory than a batch.

    Args:
        prepare: from rows of a frame to float32 (n, 1, 1, w).
        frame: the whole table.
        classes: of the target.
    """
    n, width = len(frame), prepare(frame[:1]).shape[-1]
    with contextlib.ExitStack() as stack:
        rows = None
        if 4 * n * width >= cache.LARGE:
            rows = _on_disk(prepare, frame, width, stack)
        yield EncodedRows(prepare(frame) if rows is None else rows, classes)


def _on_disk(
    prepare: Callable[[pl.DataFrame], np.ndarray],
    frame: pl.DataFrame,
    width: int,
    stack: contextlib.ExitStack,
) -> np.ndarray | None:
    """A read-only map of a file with the rows; None where it cannot be written."""
    try:
        cache.home().mkdir(parents=True, exist_ok=True)
        # Of such a name the cache removes what a killed process has left behind.
        folder = tempfile.TemporaryDirectory(
            prefix=".rows.", suffix=".part", dir=cache.home(), ignore_cleanup_errors=True
        )
        path = Path(stack.enter_context(folder)) / "rows"
        with path.open("wb") as file:
            for start in range(0, len(frame), BLOCK):
                file.write(prepare(frame.slice(start, BLOCK)).data)
    except OSError:
        return None
    return np.memmap(path, np.float32, "r", shape=(len(frame), 1, 1, width))


def learned(labels: Labels, preparation: TablePreparation) -> Labels:
    """Labels as the loop learns them: classes as they are, numbers prepared, float32; what is sealed stays sealed."""
    if preparation.task == "classes":
        return labels
    open_ = ~is_sealed(labels.values)
    values = np.full(len(labels), np.nan, np.float32)
    values[open_] = preparation.target_forward(labels.values[open_])
    return Labels(values)
