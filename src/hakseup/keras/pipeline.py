"""Data that are gone through again and again, with the methods of a TensorFlow dataset that books use: `tf.data.Dataset`.

What it gives is one sample or one batch: an array, or a tuple or a dict of them, as arrays that answer `.numpy()`.
Rows that lie in memory and are only put into another order and into batches are taken many at once (`slices`).
"""

from __future__ import annotations

import copy
import glob
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import count as counted
from itertools import islice, repeat
from typing import Any

import numpy as np

from hakseup.errors import DataError
from hakseup.keras.eager import eager
from hakseup.keras.outside import missing
from hakseup.keras.samples import (
    Passing,
    as_array,
    filled,
    leaves,
    mapped,
    row_at,
    said,
    spec,
    stacked,
    typed,
)
from hakseup.keras.seeds import next_seed
from hakseup.layers import checks
from hakseup.seeds import numpy_generator
from hakseup.words import Words

INFINITE, UNKNOWN = -1, -2  # lengths
_SAME = ("Take", "Skip", "Filter", "Cache", "Shuffle", "Repeat", "Concatenate")  # give samples as they are


class Dataset:
    """Samples or batches, one after the other.

    Args:
        begin: gives them from the first.
        length: how many; INFINITE or UNKNOWN.
        class_names, file_paths: of `image_dataset_from_directory`.
        kind: as TensorFlow calls it where it is printed.
        varied: of the first axes, whether the size may differ from one to the next (batches, of which the last is smaller).
        specs: what the samples are, where somebody said so; None: as the first one is.
    """

    def __init__(
        self,
        begin: Callable[[], Iterator[Any]],
        length: int,
        class_names: Sequence[str] = (),
        file_paths: Sequence[str] = (),
        kind: str = "Prefetch",
        varied: tuple[bool, ...] = (),
        specs: Any = None,
    ) -> None:
        self.begin, self.length = begin, length
        self.kind, self.varied, self.specs = kind, varied, specs
        self.class_names, self.file_paths = list(class_names), tuple(file_paths)

    # -- where they come from ----------------------------------------------------------------------------

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """The rows of arrays, or of a tuple or dict of arrays.

        Raises:
            DataError: they have different numbers of rows.
        """
        arrays = mapped(tensors, as_array)
        sizes = {len(array) for array in leaves(arrays)}
        if len(sizes) != 1:
            raise DataError(
                "rows-differ",
                Words(
                    f"The arrays have different numbers of rows: {sorted(sizes)}.",
                    f"배열의 행 수가 서로 다릅니다: {sorted(sizes)}.",
                ),
            )
        from hakseup.keras.slices import Slices  # a dataset itself

        return Slices(arrays, sizes.pop())

    @staticmethod
    def from_tensors(tensors: Any) -> Dataset:
        """One sample: all of it."""
        whole = mapped(tensors, lambda part: eager(as_array(part)))
        return Dataset(lambda: iter([whole]), 1, kind="Tensor")

    @staticmethod
    def from_generator(
        generator: Callable[..., Any],
        output_types: Any = None,
        output_shapes: Any = None,
        args: Any = None,
        output_signature: Any = None,
        name: str | None = None,
    ) -> Dataset:
        """What a function that makes a generator gives, as the types that are said, or as `TensorSpec`s say."""
        specs = output_signature
        if specs is None and output_types is not None:
            specs = said(output_types, output_shapes)

        def begin() -> Iterator[Any]:
            for sample in generator(*(args or ())):
                yield (
                    mapped(sample, lambda part: eager(as_array(part)))
                    if specs is None
                    else typed(sample, specs)
                )

        return Dataset(begin, UNKNOWN, kind="FlatMap", specs=specs)

    @staticmethod
    def list_files(file_pattern: Any, shuffle: bool | None = True, seed: int | None = None) -> Dataset:
        """Paths of the files that a pattern with stars names, or several, in another order each time.

        Raises:
            DataError: there are none.
        """
        patterns = file_pattern if isinstance(file_pattern, list | tuple) else [file_pattern]
        paths = sorted(path for pattern in patterns for path in glob.glob(str(pattern)))  # noqa: PTH207
        if not paths:
            raise DataError(
                "no-such-file",
                Words(f"No files match {file_pattern}.", f"{file_pattern}에 맞는 파일이 없습니다."),
            )
        listed = Dataset.from_tensor_slices(np.asarray(paths))
        return listed.shuffle(len(paths), seed) if shuffle else listed

    @staticmethod
    def range(*bounds: int) -> Dataset:
        """Whole numbers, as Python's `range` gives them."""
        return Dataset.from_tensor_slices(np.arange(*bounds))._called("Range")

    @staticmethod
    def zip(*datasets: Any) -> Dataset:
        """Samples of several side by side, in the structure in which those stand: `zip((x, y))`, `zip({"a": x})`."""
        given = datasets[0] if len(datasets) == 1 else datasets
        structure = tuple(given) if isinstance(given, list) else given
        parts = leaves(structure)
        lengths = [part.length for part in parts if part.length != INFINITE]
        length = INFINITE if not lengths else UNKNOWN if UNKNOWN in lengths else min(lengths)
        alike = {part.varied for part in parts}
        varied = alike.pop() if len(alike) == 1 else ()

        def begin() -> Iterator[Any]:
            for side_by_side in zip(*parts, strict=False):
                yield filled(structure, iter(side_by_side))

        return Dataset(begin, length, kind="Zip", varied=varied)

    @staticmethod
    def sample_from_datasets(datasets: Sequence[Dataset], *settings: Any, **named: Any) -> Dataset:
        """Each time the next one of a dataset that chance chooses: `mixed.sample_from_datasets`."""
        from hakseup.keras import mixed  # of datasets itself

        return mixed.sample_from_datasets(datasets, *settings, **named)

    @staticmethod
    def counter(start: int = 0, step: int = 1, dtype: Any = "int64", name: Any = None) -> Dataset:
        """Whole numbers that never end."""
        from hakseup.keras import mixed

        return mixed.counter(start, step, dtype)

    # -- going through -----------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Any]:
        return Passing(self.begin())

    def __len__(self) -> int:
        """How many there are.

        Raises:
            TypeError: there is no end, or nobody knows.
        """
        if self.length < 0:
            raise TypeError(
                "the dataset is infinite" if self.length == INFINITE else "the dataset length is unknown"
            )
        return self.length

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise missing("tf.data.Dataset", name, [known for known in dir(Dataset) if not known.startswith("_")])

    def cardinality(self) -> Any:
        """How many there are; -1 without an end, -2 where nobody knows."""
        return eager(self.length)

    def as_numpy_iterator(self) -> Iterator[Any]:
        """The same as plain arrays."""
        return Passing(mapped(sample, lambda part: part.numpy()) for sample in self)

    def __repr__(self) -> str:
        return f"<{'' if self.kind == 'Cache' else '_'}{self.kind}Dataset element_spec={self.element_spec}>"

    @property
    def element_spec(self) -> Any:
        """Shapes and types of the samples, None for a size that may differ; of those nobody described, as the first is."""
        if self.specs is not None:
            return self.specs
        return mapped(next(self.begin(), None), lambda part: spec(part, self.varied))

    def _called(self, kind: str) -> Dataset:
        """The same under another name."""
        out = copy.copy(self)
        out.kind = kind
        return out

    def _with(
        self,
        kind: str,
        begin: Callable[[], Iterator[Any]],
        length: int | None = None,
        varied: tuple[bool, ...] | None = None,
    ) -> Dataset:
        count = self.length if length is None else length
        axes = self.varied if varied is None else varied
        specs = self.specs if kind in _SAME else None
        return Dataset(begin, count, self.class_names, self.file_paths, kind, axes, specs)

    # -- changing ----------------------------------------------------------------------------------------

    def take(self, count: int) -> Dataset:
        """The first ones alone; all for -1."""
        if count < 0:
            return self
        known = self.length if self.length >= 0 else count if self.length == INFINITE else UNKNOWN
        return self._with("Take", lambda: islice(self.begin(), count), min(count, known))

    def skip(self, count: int) -> Dataset:
        """All but the first ones; none for -1."""
        if count < 0:
            return self.take(0)
        return self._with("Skip", lambda: islice(self.begin(), count, None), _less(self.length, count))

    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None, **_: Any) -> Dataset:
        """A function of each, whose parts are its arguments."""

        def begin() -> Iterator[Any]:
            for sample in self.begin():
                out = map_func(*sample) if isinstance(sample, tuple) else map_func(sample)
                yield mapped(out, eager)

        return self._with("Map" if num_parallel_calls is None else "ParallelMap", begin)

    def filter(self, predicate: Callable[..., Any], **_: Any) -> Dataset:
        """Only those of which a function says True."""

        def begin() -> Iterator[Any]:
            for sample in self.begin():
                if predicate(*sample) if isinstance(sample, tuple) else predicate(sample):
                    yield sample

        return self._with("Filter", begin, UNKNOWN)

    def cache(self, filename: str = "") -> Dataset:
        """Keep them in memory once they were all made."""
        kept: list[Any] | None = None

        def begin() -> Iterator[Any]:
            nonlocal kept
            if kept is not None:
                yield from kept
                return
            met = []  # of this time: another may be under way, as in zip((data, data))
            for sample in self.begin():
                met.append(sample)
                yield sample
            kept = met

        return self._with("Cache", begin)

    def shuffle(
        self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: Any = None
    ) -> Dataset:
        """In another order each time, or always in the same one where `reshuffle_each_iteration` is False; the whole,
        whatever the size of the buffer, where there is an end.
        """
        next_order = orders(seed, reshuffle_each_iteration)

        def begin() -> Iterator[Any]:
            if self.length == INFINITE:
                raise DataError(
                    "endless",
                    Words(
                        "repeat() stands before shuffle(): what has no end cannot be put into an order.",
                        "repeat()가 shuffle()보다 앞에 있습니다. 끝이 없는 것은 섞을 수 없습니다.",
                    ),
                    Words("Write .shuffle(…).repeat() instead.", ".shuffle(…).repeat() 순서로 쓰세요."),
                )
            samples = list(self.begin())
            return (samples[place] for place in next_order(len(samples)))

        return self._with("Shuffle", begin)

    def batch(
        self, batch_size: int, drop_remainder: bool = False, num_parallel_calls: Any = None, **_: Any
    ) -> Dataset:
        """So many together, in a new first axis; the last batch may be smaller."""
        size = checks.whole("Dataset.batch", "batch_size", batch_size)

        def begin() -> Iterator[Any]:
            samples = self.begin()
            while rows := list(islice(samples, size)):
                if len(rows) == size or not drop_remainder:
                    yield stacked(rows)

        whole = math.floor if drop_remainder else math.ceil
        count = whole(self.length / size) if self.length >= 0 else None
        return self._with("Batch", begin, count, (not drop_remainder, *self.varied))

    def unbatch(self) -> Dataset:
        """Batches as their rows."""

        def begin() -> Iterator[Any]:
            for sample in self.begin():
                for row in range(len(next(iter(leaves(sample))))):
                    yield mapped(sample, row_at(row))

        return self._with("Unbatch", begin, UNKNOWN, self.varied[1:])

    def repeat(self, count: int | None = None) -> Dataset:
        """Again and again, or so many times."""
        endless = count is None or count < 0

        def begin() -> Iterator[Any]:
            for _ in counted() if endless else range(count or 0):
                empty = True
                for sample in self.begin():
                    empty = False
                    yield sample
                if empty:  # and it will be so for ever
                    return

        length = INFINITE if endless else self.length * (count or 0) if self.length >= 0 else self.length
        return self._with("Repeat", begin, length)

    def concatenate(self, dataset: Dataset) -> Dataset:
        """Those of another one behind."""

        def begin() -> Iterator[Any]:
            yield from self.begin()
            yield from dataset.begin()

        lengths = (self.length, dataset.length)
        length = INFINITE if INFINITE in lengths else UNKNOWN if UNKNOWN in lengths else sum(lengths)
        return self._with("Concatenate", begin, length)

    def enumerate(self, start: int = 0) -> Dataset:
        """(number, what there was)."""
        return self._with("Zip", lambda: ((eager(n), sample) for n, sample in enumerate(self.begin(), start)))

    def prefetch(self, buffer_size: Any = None) -> Dataset:
        """The same: they are made one by one, quickly enough."""
        return self._called("Prefetch")

    def with_options(self, options: Any = None) -> Dataset:
        """The same: the options are TensorFlow's own."""
        return self._called("Options")


def _less(length: int, count: int) -> int:
    return max(0, length - count) if length >= 0 else length


def orders(seed: int | None, again: bool | None) -> Callable[[int], np.ndarray]:
    """Gives another order at every call; always the first one where `again` is False."""
    first = next_seed("shuffle") if seed is None else seed
    times = repeat(0) if again is False else counted()
    return lambda n: numpy_generator(first, "shuffle", next(times)).permutation(n)
