"""Rows of arrays in memory as a dataset: they are put into another order and into batches many at once."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from hakseup.keras.pipeline import Dataset, orders
from hakseup.keras.samples import mapped, row_at, spec_of_rows
from hakseup.layers import checks


class Slices(Dataset):
    """Rows of arrays in memory, maybe in another order each time.

    Args:
        arrays: an array, or a tuple or dict of them.
        length: their rows.
        order: gives places, for so many rows; None: as they lie.
    """

    def __init__(self, arrays: Any, length: int, order: Callable[[int], np.ndarray] | None = None) -> None:
        self.arrays, self.order = arrays, order
        kind = "TensorSlice" if order is None else "Shuffle"
        super().__init__(self._rows, length, kind=kind, specs=mapped(arrays, spec_of_rows))

    def _places(self) -> np.ndarray:
        return np.arange(self.length) if self.order is None else self.order(self.length)

    def _rows(self) -> Iterator[Any]:
        for place in self._places():
            yield mapped(self.arrays, row_at(place))

    def take(self, count: int) -> Dataset:
        if self.order is not None or count < 0:
            return super().take(count)
        return Slices(mapped(self.arrays, lambda part: part[:count]), min(count, self.length))._called("Take")

    def skip(self, count: int) -> Dataset:
        if self.order is not None or count < 0:
            return super().skip(count)
        return Slices(mapped(self.arrays, lambda part: part[count:]), max(0, self.length - count))._called(
            "Skip"
        )

    def cache(self, filename: str = "") -> Dataset:
        kept = None if self.order is None else functools.cache(self.order)  # an order that is kept stays
        return Slices(self.arrays, self.length, kept)._called("Cache")

    def shuffle(
        self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: Any = None
    ) -> Dataset:
        return Slices(self.arrays, self.length, orders(seed, reshuffle_each_iteration))

    def batch(
        self, batch_size: int, drop_remainder: bool = False, num_parallel_calls: Any = None, **_: Any
    ) -> Dataset:
        size = checks.whole("Dataset.batch", "batch_size", batch_size)
        length = (math.floor if drop_remainder else math.ceil)(self.length / size)

        def begin() -> Iterator[Any]:
            places = self._places()
            for first in range(0, length * size, size):
                yield mapped(self.arrays, row_at(places[first : first + size]))

        varied = (not drop_remainder,)
        specs = mapped(self.specs, lambda one: one.batched(None if varied[0] else size))
        return Dataset(begin, length, kind="Batch", varied=varied, specs=specs)
