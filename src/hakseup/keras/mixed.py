"""Datasets made of several, one drawn after the other, and numbers without an end: behind `Dataset.sample_from_datasets`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np

from hakseup.keras.eager import eager
from hakseup.keras.pipeline import INFINITE, UNKNOWN, Dataset
from hakseup.keras.seeds import next_seed
from hakseup.seeds import numpy_generator


def sample_from_datasets(
    datasets: Sequence[Dataset],
    weights: Any = None,
    seed: int | None = None,
    stop_on_empty_dataset: bool = False,
    **_: Any,
) -> Dataset:
    """Each time the next one of a dataset that chance chooses.

    Args:
        weights: how often each is chosen, for all of them together; equally often without.
        stop_on_empty_dataset: end with the first that ends, else with the last.
    """
    parts = list(datasets)
    shares = np.ones(len(parts)) if weights is None else np.asarray(weights, float)

    def begin() -> Iterator[Any]:
        chances = numpy_generator(next_seed("shuffle") if seed is None else seed, "sample")
        going, left = [iter(part.begin()) for part in parts], shares.copy()
        while left.sum() > 0:
            which = int(chances.choice(len(parts), p=left / left.sum()))
            try:
                yield next(going[which])
            except StopIteration:
                if stop_on_empty_dataset:
                    return
                left[which] = 0

    endless = [part.length == INFINITE for part in parts]
    length = INFINITE if (all if stop_on_empty_dataset else any)(endless) else UNKNOWN
    return Dataset(begin, length, kind="DirectedInterleave", varied=parts[0].varied, specs=parts[0].specs)


def counter(start: int = 0, step: int = 1, dtype: Any = "int64") -> Dataset:
    """Whole numbers that never end."""
    kind = np.dtype(str(getattr(dtype, "name", dtype)))
    return Dataset(lambda: (eager(kind.type(n)) for n in count(start, step)), INFINITE, kind="Counter")
