"""Where the batches of `ImageDataGenerator` come from: what all have in common, and arrays.

Each can be asked for a batch by number (`iterator[3]`, as `fit` does) or for the next one without end (`next(iterator)`).
Orders and changes follow from the seed and from how many batches were seen, never from NumPy's global generator, so
that two iterators with one seed (pictures and their masks) change in step.
"""

from __future__ import annotations

from collections.abc import Iterator as Stream
from pathlib import Path
from typing import Any

import numpy as np

from hakseup.errors import CallError, DataError
from hakseup.keras.preprocessing.files import array_to_img, choice
from hakseup.keras.preprocessing.generator import ImageDataGenerator, pictures
from hakseup.keras.seeds import next_seed
from hakseup.keras.utils.data_utils import Sequence
from hakseup.seeds import numpy_generator
from hakseup.words import Words


class Iterator(Sequence):
    """Batches of rows 0 to n - 1; subclasses say what stands in them.

    Args:
        n: how many rows.
        batch_size: rows in a batch; the last of an epoch may have fewer.
        shuffle: another order in each epoch.
        seed: of orders and changes; None: drawn.
        save_to_dir: folder that every changed picture is written to, for looking at.
        save_prefix: beginning of those file names. save_format: their format.
    """

    def __init__(
        self,
        n: int,
        batch_size: int,
        shuffle: bool,
        seed: int | None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
    ) -> None:
        super().__init__()
        if batch_size < 1:
            raise CallError(
                "bad-argument",
                Words(
                    f"batch_size must be at least 1; it is {batch_size}.",
                    f"batch_size 값은 1 이상이어야 합니다. 받은 값은 {batch_size}입니다.",
                ),
            )
        self.n = self.samples = n
        self.batch_size, self.shuffle, self.seed = batch_size, shuffle, seed
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self.batch_index = self.total_batches_seen = 0
        self._start = next_seed("generator") if seed is None else int(seed)
        self._epoch = 0
        # An epoch and its order: made once, not for every batch
        self._order: tuple[int, np.ndarray] | None = None

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    @property
    def index_array(self) -> np.ndarray:
        """The rows in the order of this epoch."""
        if not self.shuffle:
            return np.arange(self.n)
        order = self._order
        if order is None or order[0] != self._epoch:
            generator = numpy_generator(self._start, "order", self._epoch)
            order = self._order = self._epoch, generator.permutation(self.n)
        return order[1].copy()

    def __getitem__(self, index: int) -> Any:
        if not -len(self) <= index < len(self):
            raise IndexError(f"batch {index} of {len(self)}")
        first = (index % len(self)) * self.batch_size
        return self._batch(self.index_array[first : first + self.batch_size])

    def on_epoch_end(self) -> None:
        """Another order from now on."""
        self._epoch += 1

    def reset(self) -> None:
        """`next` begins again with the first batch."""
        self.batch_index = 0

    def __iter__(self) -> Stream[Any]:
        return self

    def __next__(self) -> Any:
        batch = self[self.batch_index]
        self.batch_index = (self.batch_index + 1) % len(self)
        if self.batch_index == 0:
            self.on_epoch_end()
        return batch

    def next(self) -> Any:
        """As `next(iterator)`, from the time of Python 2."""
        return self.__next__()

    def _batch(self, rows: np.ndarray) -> Any:
        generator = numpy_generator(self._start, "augment", self.total_batches_seen)
        self.total_batches_seen += 1
        return self._made(rows, generator)

    def _made(self, rows: np.ndarray, generator: np.random.Generator) -> Any:
        raise NotImplementedError(f"{type(self).__name__} makes no batches")

    def _save(self, x: np.ndarray, rows: np.ndarray, generator: np.random.Generator) -> None:
        if not self.save_to_dir:
            return
        folder = Path(self.save_to_dir)
        if not folder.is_dir():
            raise DataError(
                "no-such-path",
                Words(
                    f"save_to_dir: there is no folder {folder}.", f"save_to_dir: {folder} 폴더가 없습니다."
                ),
                Words("Make it first: os.makedirs(...).", "os.makedirs(...)로 먼저 만드세요."),
            )
        for picture, row in zip(x, rows, strict=True):
            name = f"{self.save_prefix}_{row}_{generator.integers(10_000_000)}.{self.save_format}"
            array_to_img(picture).save(folder / name)


class NumpyArrayIterator(Iterator):
    """Batches from arrays.

    Args:
        x: pictures (n, height, width, channels), or [pictures, further inputs].
        y: what is to be learned (n, …); None: pictures alone.
        image_data_generator: says how they change.
        batch_size, shuffle, seed, save_to_dir, save_prefix, save_format: see `Iterator`.
        sample_weight: (n,).
        subset: "validation" takes the first rows, as many as the generator's validation_split says; "training" the rest.
        ignore_class_split: do not check that both have the same classes.

    Raises:
        DataError: other shapes, different numbers of rows, or parts with different classes.
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: ImageDataGenerator,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        ignore_class_split: bool = False,
        subset: str | None = None,
    ) -> None:
        further: list[np.ndarray] = []
        if isinstance(x, tuple | list) and len(x) == 2 and np.ndim(x[0]) == 4:
            x, second = x
            further = [np.asarray(one) for one in (second if isinstance(second, list) else [second])]
        columns = {"y": y, "sample_weight": sample_weight} | {f"x[{k}]": f for k, f in enumerate(further, 1)}
        n = len(x)
        for name, column in columns.items():
            if column is not None and len(column) != n:
                raise DataError(
                    "rows-differ",
                    Words(
                        f"x has {n:,} pictures, {name} has {len(column):,} rows.",
                        f"x의 그림은 {n:,}장인데 {name}은(는) {len(column):,}행입니다.",
                    ),
                )
        kept = slice(None)
        if subset is not None:
            first = int(n * image_data_generator.validation_split)
            named = {"validation": slice(0, first), "training": slice(first, None)}
            kept = named[choice("subset", subset, named)]
            if y is not None and not ignore_class_split:
                _same_classes(np.asarray(y)[:first], np.asarray(y)[first:])
        self.image_data_generator = image_data_generator
        self.x = pictures(np.asarray(x)[kept], image_data_generator.dtype)
        self.x_misc = [one[kept] for one in further]
        self.y = None if y is None else np.asarray(y)[kept]
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)[kept]
        super().__init__(len(self.x), batch_size, shuffle, seed, save_to_dir, save_prefix, save_format)

    def _made(self, rows: np.ndarray, generator: np.random.Generator) -> Any:
        x = self.image_data_generator.batch(self.x[rows], generator)
        self._save(x, rows, generator)
        out: Any = [x, *(one[rows] for one in self.x_misc)] if self.x_misc else x
        if self.y is None:
            return out
        weight = () if self.sample_weight is None else (self.sample_weight[rows],)
        return (out, self.y[rows], *weight)


def _same_classes(first: np.ndarray, rest: np.ndarray) -> None:
    if np.array_equal(np.unique(first, axis=0), np.unique(rest, axis=0)):
        return
    raise DataError(
        "split-classes",
        Words(
            "The first rows, which become the validation part, do not have the same classes as the others.",
            "검증에 쓰일 앞쪽 행들의 클래스가 나머지와 다릅니다.",
        ),
        Words(
            "Are the rows sorted by class? Shuffle x and y together first.",
            "행이 클래스 순서로 정렬되어 있나요? 먼저 x와 y를 함께 섞으세요.",
        ),
    )
