"""Where the batches come from: arrays that lie in memory, or anything that gives one batch after another.

A feed gives inputs in the network's layout, (b, channels, height, width) or (b, numbers), and a `Target`.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import torch

from hakseup.errors import CallError, DataError
from hakseup.keras.arrays import Arrays, arrays, weighed
from hakseup.seeds import derive
from hakseup.words import Words

UNKNOWN = sys.maxsize  # steps of an epoch that only its end will tell
AT_ONCE = 64 << 20  # bytes: data up to this are put into an epoch's order at once, larger ones batch by batch


class Target(NamedTuple):
    """What a batch is compared with: truth (b, …), and the weight of each row (b,) or None."""

    y: torch.Tensor
    weight: torch.Tensor | None


Placed = Callable[[torch.Tensor], torch.Tensor]  # inputs as people have them -> as the network takes them
Aligned = Callable[[torch.Tensor], torch.Tensor]  # truth as people have it -> beside the outputs


@dataclass
class ArrayFeed:
    """Batches from arrays.

    Args:
        data: all rows.
        batch_size: rows in a batch; the last may be smaller.
        place: see `Placed`. align: see `Aligned`.
        seed: of the order; None: as they lie.
        steps_per_epoch: 0: as many as show every row once.
    """

    data: Arrays
    batch_size: int
    place: Placed
    align: Aligned
    seed: int | None = None
    steps_per_epoch: int = 0

    @property
    def steps(self) -> int:
        """Steps in one epoch."""
        return self.steps_per_epoch or math.ceil(len(self.data) / self.batch_size)

    def rewind(self) -> None:
        """Every epoch begins at the first batch."""

    def epoch(self, epoch: int, start: int, device: torch.device) -> Iterator[tuple[torch.Tensor, Target]]:
        """Batches of one epoch; where more steps are asked for than there are batches, it begins again."""
        done = start
        passes = 0
        while done < self.steps:
            for x, target in self._once(epoch, passes, device):
                yield x, target
                done += 1
                if done == self.steps:
                    return
            passes += 1

    def _once(self, epoch: int, passes: int, device: torch.device) -> Iterator[tuple[torch.Tensor, Target]]:
        n, data, order = len(self.data), self.data, None
        if self.seed is not None:
            generator = torch.Generator().manual_seed(derive(self.seed, "order", epoch, passes))
            order = torch.randperm(n, generator=generator)
            if data.x.numel() * data.x.element_size() <= AT_ONCE:
                data, order = _taken(data, order), None
        if order is None and data.x.dtype == torch.float32:  # nothing is left to do for each batch
            whole = Arrays(self.place(data.x), None if data.y is None else self.align(data.y), data.weight)
            yield from _batches(whole, self.batch_size, device)
            return
        for begin in range(0, n, self.batch_size):
            at = slice(begin, begin + self.batch_size)
            batch = data.part(begin, begin + self.batch_size) if order is None else _taken(data, order[at])
            x = self.place(batch.x.to(device))
            yield x, _target(x, None if batch.y is None else self.align(batch.y.to(device)), batch.weight)


def _batches(data: Arrays, size: int, device: torch.device) -> Iterator[tuple[torch.Tensor, Target]]:
    """Placed and aligned rows in batches."""
    xs = torch.split(data.x, size)
    ys = [None] * len(xs) if data.y is None else torch.split(data.y, size)
    weights = [None] * len(xs) if data.weight is None else torch.split(data.weight, size)
    here = device.type == "cpu"
    for x, y, weight in zip(xs, ys, weights, strict=True):
        if here and y is not None:
            yield x, Target(y, weight)
        else:
            x = x.to(device)
            yield x, _target(x, y, weight)


def _target(x: torch.Tensor, y: torch.Tensor | None, weight: torch.Tensor | None) -> Target:
    """The target beside its inputs, on their device; without a truth an empty one."""
    return Target(
        x.new_empty(0) if y is None else y.to(x.device), None if weight is None else weight.to(x.device)
    )


def _taken(data: Arrays, index: torch.Tensor) -> Arrays:
    y, weight = (None if t is None else t.index_select(0, index) for t in (data.y, data.weight))
    return Arrays(data.x.index_select(0, index), y, weight)


class StreamFeed:
    """Batches from a generator, a Sequence of Keras, a data set of TensorFlow, a DataLoader: whatever can be gone through.

    Args:
        source: gives x, (x, y) or (x, y, weight) for a batch.
        place: see `Placed`. align: see `Aligned`.
        steps_per_epoch: 0: as many as the source has.
        shuffle: seed by which the batches of a Sequence change places; None: they do not.
        class_weight: class -> weight.
    """

    def __init__(
        self,
        source: Any,
        place: Placed,
        align: Aligned,
        steps_per_epoch: int = 0,
        shuffle: int | None = None,
        class_weight: Mapping[Any, float] | None = None,
    ) -> None:
        self.source, self.place, self.align = source, place, align
        self.class_weight, self.shuffle = class_weight, shuffle
        self.length = _length(source)
        self.steps = steps_per_epoch or self.length or UNKNOWN
        self.going: Iterator[Any] | None = None
        self.given = 0  # batches since the source was begun
        self.waiting: list[Any] = []  # a batch that was looked at before
        self.passes = 0

    def peek(self) -> Arrays:
        """The first batch, which is not lost.

        Raises:
            DataError: there is none.
        """
        if not self.waiting:
            first = next(self._begin(), None)
            if first is None:
                raise no_batches()
            self.waiting.append(first)
        return _batch(self.waiting[0])

    def rewind(self) -> None:
        """Begin the source anew where it can be gone through again: every evaluation sees the same batches."""
        if self.repeats:
            self.going, self.waiting = None, []

    def epoch(self, epoch: int, start: int, device: torch.device) -> Iterator[tuple[torch.Tensor, Target]]:
        """Batches of one epoch: as many as there are steps, or until the source ends."""
        for done in range(self.steps):
            item = self._next(fresh=done == 0)
            if item is None:
                self._ended(done)
                return
            data = weighed(_batch(item), self.class_weight)
            weight = data.weight
            y = data.x.new_empty(0) if data.y is None else self.align(data.y.to(device))
            yield (
                self.place(data.x.to(device)),
                Target(y, None if weight is None else weight.to(device)),
            )

    def _ended(self, done: int) -> None:
        """The source gave no more: that is how an unknown length is found out, else it is too short."""
        if self.steps == UNKNOWN and done:
            self.steps = done
            return
        said = Words(
            f"The data gave {done} batches instead of {self.steps}: the training ends here."
            if self.steps != UNKNOWN
            else "The data gave no further batches: the training ends here.",
            f"데이터가 배치 {self.steps}개 대신 {done}개만 주어 학습을 여기서 끝냅니다."
            if self.steps != UNKNOWN
            else "데이터가 더 이상 배치를 주지 않아 학습을 여기서 끝냅니다.",
        )
        warnings.warn(str(said), stacklevel=2)
        self.exhausted = True

    exhausted = False

    def _next(self, fresh: bool) -> Any:
        """The next batch; None at the end of a source that cannot be begun again or whose length is not known."""
        if self.waiting:
            return self.waiting.pop()
        if self.going is None or (fresh and self.steps == UNKNOWN):
            self._begin()
        assert self.going is not None
        item = next(self.going, None)
        if item is None and self.given and self.steps != UNKNOWN and self.repeats:
            self._begin()
            item = next(self.going, None)
        if item is not None:
            self.given += 1
        return item

    @property
    def repeats(self) -> bool:
        """Whether the source can be gone through again."""
        return not isinstance(self.source, Iterator) or is_indexed(self.source)

    def _begin(self) -> Iterator[Any]:
        self.given = 0
        if is_indexed(self.source):
            self.going = self._indexed()
        elif self.going is None or self.repeats:
            self.going = iter(self.source)
        return self.going

    def _indexed(self) -> Iterator[Any]:
        order = np.arange(self.length)
        if self.shuffle is not None:
            self.passes += 1
            order = np.random.default_rng(derive(self.shuffle, "order", self.passes)).permutation(self.length)
        for number in order:
            yield self.source[int(number)]
        if hasattr(self.source, "on_epoch_end"):
            self.source.on_epoch_end()


def is_indexed(source: Any) -> bool:
    """Whether batches are asked for by number, as of a Sequence of Keras."""
    return hasattr(source, "__getitem__") and hasattr(source, "__len__")


def is_stream(x: Any) -> bool:
    """Whether x gives batches by itself, instead of being rows."""
    if isinstance(x, np.ndarray | torch.Tensor | list | tuple | Mapping | str | bytes):
        return False
    if hasattr(x, "to_numpy") or hasattr(x, "__array__") or hasattr(x, "numpy"):
        return False
    return isinstance(x, Iterator) or hasattr(x, "__iter__") or is_indexed(x)


def _length(source: Any) -> int:
    """How many batches the source says it has; 0 where it does not say."""
    try:
        return max(0, len(source))
    except (TypeError, AttributeError, NotImplementedError):
        return 0


def _batch(item: Any) -> Arrays:
    """One batch as a source gives it.

    Raises:
        DataError: it is none.
    """
    parts = tuple(item) if isinstance(item, tuple | list) else (item,)
    if isinstance(item, list) and len(item) > 3:  # rows, not the parts of a batch
        parts = (item,)
    if not 1 <= len(parts) <= 3:
        raise DataError(
            "bad-batch",
            Words(
                f"A batch must be x, (x, y) or (x, y, weight); this one has {len(parts)} parts.",
                f"배치는 x, (x, y), (x, y, weight) 중 하나여야 하는데 {len(parts)}개로 되어 있습니다.",
            ),
        )
    return arrays(*parts)


def no_batches() -> DataError:
    """The error for data that give nothing."""
    return DataError(
        "no-batches",
        Words("The data gave no batch at all.", "데이터가 배치를 하나도 주지 않았습니다."),
        Words(
            "A generator can be gone through once only; it must go on for ever, or be made anew.",
            "생성기는 한 번만 훑을 수 있습니다. 끝없이 이어지게 하거나 새로 만들어 주세요.",
        ),
    )


class Peeked:
    """A generator of batches that says how many rows are in one, by taking the first before it is asked for.

    Args:
        source: the generator.
    """

    def __init__(self, source: Iterator[Any]) -> None:
        self._source = source
        self._first: list[Any] = []

    @property
    def batch_size(self) -> int:
        """Rows in the batch that comes next."""
        if not self._first:
            self._first = list(islice(self._source, 1))
        if not self._first:
            raise no_batches()
        return len(_batch(self._first[0]))

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return self._first.pop() if self._first else next(self._source)


def countable(source: Any) -> Any:
    """The source; a generator that does not say how many rows are in a batch is looked into where that is asked."""
    says = isinstance(getattr(source, "batch_size", None), int)
    return source if says or not hasattr(source, "__next__") else Peeked(source)


def batch_size_of(source: Any) -> int:
    """Rows in a batch of a source: what it says, or what its first batch has."""
    said = getattr(source, "batch_size", None)
    if isinstance(said, int) and said > 0:
        return said
    return len(_batch(source[0] if is_indexed(source) else next(iter(source))))


def split(data: Arrays, share: float) -> tuple[Arrays, Arrays]:
    """Training and validation rows: the last ones validate, before any shuffling, as Keras takes them.

    Raises:
        CallError: the share leaves no rows on one side.
    """
    n = len(data)
    at = math.floor(n * (1 - share)) if 0 <= share <= 1 else 0
    if not 0 < at < n:
        raise CallError(
            "bad-validation-split",
            Words(
                f"validation_split={share} of {n:,} rows leaves no rows on one side.",
                f"{n:,}행에서 validation_split={share}(으)로 나누면 한쪽에 행이 남지 않습니다.",
            ),
            Words("It is a share between 0 and 1, such as 0.2.", "0.2처럼 0과 1 사이의 비율입니다."),
        )
    return data.part(0, at), data.part(at, n)
