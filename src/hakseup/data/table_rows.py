"""Encoded rows in the place of pictures: what the one loop, its batches and the one way to predict work on.

A row is a picture of one pixel with a channel for each number and each code, so that nothing between the split and
the scores has to be written twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hakseup.data.labels import Labels, is_sealed
from hakseup.data.preparation import Preparation
from hakseup.data.table_preparation import TablePreparation
from hakseup.sources.found import ClassName

if TYPE_CHECKING:
    import torch


class RowPreparation(Preparation):
    """Stands where the preparation of pictures stands; what there was to prepare is done."""

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


def learned(labels: Labels, preparation: TablePreparation) -> Labels:
    """Labels as the loop learns them: classes as they are, numbers prepared, float32; what is sealed stays sealed."""
    if preparation.task == "classes":
        return labels
    open_ = ~is_sealed(labels.values)
    values = np.full(len(labels), np.nan, np.float32)
    values[open_] = preparation.target_forward(labels.values[open_])
    return Labels(values)
