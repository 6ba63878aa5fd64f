"""Where the batches of `ImageDataGenerator` come from: arrays, class folders, or files that a table names.

Each can be asked for a batch by number (`iterator[3]`, as `fit` does) or for the next one without end (`next(iterator)`).
Orders and changes follow from the seed and from how many batches were seen, never from NumPy's global generator, so
that two iterators with one seed (pictures and their masks) change in step.
"""

from __future__ import annotations

import os
from collections.abc import Iterator as Stream
from collections.abc import Sequence as List
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from hakseup.errors import CallError, DataError
from hakseup.keras.preprocessing.files import CHANNELS, array_to_img, choice, img_to_array, load_img
from hakseup.keras.preprocessing.folders import SUFFIXES, class_folders, no_pictures, picture_files
from hakseup.keras.preprocessing.generator import ImageDataGenerator, pictures
from hakseup.keras.printing import say
from hakseup.keras.seeds import next_seed
from hakseup.keras.utils.data_utils import Sequence
from hakseup.seeds import numpy_generator
from hakseup.words import Words

CLASS_MODES = ("categorical", "binary", "sparse", "input", None)
KEPT = 512 << 20  # bytes of decoded pictures that are kept, so that only the first epoch reads files
_READERS = 4  # threads that decode


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
        self._asked = 0

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    @property
    def index_array(self) -> np.ndarray:
        """The rows in the order of this epoch."""
        if not self.shuffle:
            return np.arange(self.n)
        return numpy_generator(self._start, "order", self._epoch).permutation(self.n)

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


class _Files(Iterator):
    """Batches from files: `_filepaths`, and `classes` or `_targets` for what is to be learned."""

    def __init__(
        self,
        generator: ImageDataGenerator,
        paths: List[str],
        target_size: tuple[int, int],
        color_mode: str,
        class_mode: str | None,
        interpolation: str,
        keep_aspect_ratio: bool,
        **common: Any,
    ) -> None:
        self.image_data_generator = generator
        self.target_size = (int(target_size[0]), int(target_size[1]))
        self.color_mode = choice("color_mode", color_mode, CHANNELS)
        self.image_shape = (*self.target_size, CHANNELS[color_mode])
        self.class_mode = class_mode
        self.interpolation, self.keep_aspect_ratio = interpolation, keep_aspect_ratio
        self.dtype = generator.dtype
        self._filepaths = list(paths)
        self._kept: np.ndarray | None = None
        if len(paths) * int(np.prod(self.image_shape)) <= KEPT:
            self._kept = np.zeros((len(paths), *self.image_shape), np.uint8)
        self._is_kept = np.zeros(len(paths), bool)
        super().__init__(len(paths), **common)

    @property
    def filepaths(self) -> list[str]:
        """Where each picture lies."""
        return self._filepaths

    def _read(self, rows: np.ndarray) -> np.ndarray:
        """Pictures (b, height, width, channels) as they are in their files."""
        x = np.empty((len(rows), *self.image_shape), self.dtype)
        missing = [place for place, row in enumerate(rows) if not self._is_kept[row]]
        if self._kept is not None and len(missing) < len(rows):
            x[:] = self._kept[rows]
        if missing:
            with ThreadPoolExecutor(min(_READERS, os.cpu_count() or 1)) as readers:
                for place, (picture, plain) in zip(
                    missing, readers.map(self._decoded, rows[missing]), strict=True
                ):
                    x[place] = picture
                    if plain and self._kept is not None:
                        self._kept[rows[place]] = picture
                        self._is_kept[rows[place]] = True
        return x

    def _decoded(self, row: int) -> tuple[np.ndarray, bool]:
        """The picture, and whether it fits into bytes."""
        image = load_img(
            self._filepaths[row],
            self.color_mode,
            self.target_size,
            self.interpolation,
            self.keep_aspect_ratio,
        )
        return img_to_array(image, dtype=self.dtype), image.mode in ("L", "RGB", "RGBA")

    def _made(self, rows: np.ndarray, generator: np.random.Generator) -> Any:
        x = self.image_data_generator.batch(self._read(rows), generator)
        self._save(x, rows, generator)
        if self.class_mode is None:
            return x
        return x, x.copy() if self.class_mode == "input" else self._truth(rows)

    def _truth(self, rows: np.ndarray) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} has no classes")


class DirectoryIterator(_Files):
    """Batches from a folder with one folder for each class.

    Args:
        directory: the folder.
        image_data_generator: says how pictures change.
        target_size: (height, width) that they are brought to.
        color_mode: "rgb", "rgba" or "grayscale".
        classes: the folders, in the order of the classes; None: sorted by name.
        class_mode: "categorical" (b, classes), "binary" or "sparse" (b,), "input" (the pictures), None (pictures alone).
        batch_size, shuffle, seed, save_to_dir, save_prefix, save_format: see `Iterator`.
        follow_links: also go into folders that are links.
        subset: "validation" takes the first files of each class, as many as the generator's validation_split says;
            "training" the rest.
        interpolation, keep_aspect_ratio: see `load_img`.

    Attributes:
        class_indices: folder -> number of the class.
        classes: number of the class of each file, int32 (n,).
        filenames: of each file, below the folder.

    Raises:
        DataError: no such folder, or no pictures in it.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        image_data_generator: ImageDataGenerator,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: List[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
    ) -> None:
        choice("class_mode", class_mode, CLASS_MODES)
        self.directory = os.fspath(directory)
        root = Path(directory)
        found = class_folders(root)
        names = [str(name) for name in classes] if classes else found
        share = image_data_generator.validation_split
        self.filenames: list[str] = []
        numbers: list[int] = []
        for number, name in enumerate(names):
            if not (root / name).is_dir():
                raise _no_class(root, name, found)
            inside = picture_files(root / name, SUFFIXES, follow_links)
            if subset is not None:
                first = int(share * len(inside))
                inside = (
                    inside[:first]
                    if choice("subset", subset, ("training", "validation")) == "validation"
                    else inside[first:]
                )
            self.filenames += [os.path.join(name, file) for file in inside]  # noqa: PTH118  (keeps ".")
            numbers += [number] * len(inside)
        if not self.filenames:
            raise no_pictures(root, names)
        self.class_indices = {name: number for number, name in enumerate(names)}
        self.num_classes = len(names)
        self.classes = np.asarray(numbers, np.int32)
        self.subset = subset
        say(f"Found {len(numbers)} images belonging to {len(names)} classes.")
        super().__init__(
            image_data_generator,
            [str(root / name) for name in self.filenames],
            target_size,
            color_mode,
            class_mode,
            interpolation,
            keep_aspect_ratio,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
        )

    @property
    def labels(self) -> np.ndarray:
        """As `classes`."""
        return self.classes

    def _truth(self, rows: np.ndarray) -> np.ndarray:
        if self.class_mode == "categorical":
            out: np.ndarray = np.eye(self.num_classes, dtype=self.dtype)[self.classes[rows]]
            return out
        return self.classes[rows].astype(self.dtype)


def _no_class(root: Path, name: str, found: List[str]) -> DataError:
    listed = ", ".join(found) or "-"
    return DataError(
        "no-such-class",
        Words(
            f"classes names '{name}', but {root} has no such folder (folders: {listed}).",
            f"classes에 '{name}'이(가) 있지만 {root}에는 그런 폴더가 없습니다(폴더: {listed}).",
        ),
    )


class DataFrameIterator(_Files):
    """Batches from files that a table of pandas or polars names.

    Args:
        dataframe: the table.
        directory: folder that the file names are below; None: they are paths.
        image_data_generator: says how pictures change.
        x_col: column of the file names. y_col: of the classes or numbers; a list of columns for "raw".
        weight_col: of the weights.
        target_size, color_mode, interpolation, keep_aspect_ratio: see `DirectoryIterator`.
        classes: names in the order of the classes; rows of others are left out. None: all, sorted.
        class_mode: "categorical", "binary", "sparse", "raw" (the numbers themselves), "input" or None.
        batch_size, shuffle, seed, save_to_dir, save_prefix, save_format: see `Iterator`.
        subset: as in `DirectoryIterator`, of the rows.
        validate_filenames: leave out rows whose file is missing, and say how many.

    Raises:
        DataError: no such column, or no file that is there.
    """

    def __init__(
        self,
        dataframe: Any,
        directory: str | os.PathLike[str] | None,
        image_data_generator: ImageDataGenerator,
        x_col: str = "filename",
        y_col: str | list[str] = "class",
        weight_col: str | None = None,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: List[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        validate_filenames: bool = True,
    ) -> None:
        class_mode = "raw" if class_mode == "other" else class_mode
        choice("class_mode", class_mode, (*CLASS_MODES, "raw"))
        self.directory = os.fspath(directory) if directory is not None else ""
        files = [str(name) for name in _column(dataframe, x_col)]
        rows = np.arange(len(files))
        paths = [str(Path(self.directory) / name) for name in files]
        if validate_filenames:
            there = np.array([p.lower().endswith(SUFFIXES) and Path(p).is_file() for p in paths], bool)
            if not there.all():
                say(f'Found {int((~there).sum())} invalid image filename(s) in x_col="{x_col}"; ignored.')
            rows = rows[there]
        named = class_mode in ("categorical", "binary", "sparse")
        self.class_indices: dict[str, int] = {}
        if named:
            values = [str(value) for value in _column(dataframe, str(y_col))]
            names = list(classes) if classes else sorted({values[row] for row in rows})
            self.class_indices = {name: number for number, name in enumerate(names)}
            rows = np.array([row for row in rows if values[row] in self.class_indices], int)
        if subset is not None:
            first = int(image_data_generator.validation_split * len(rows))
            choice("subset", subset, ("training", "validation"))
            rows = rows[:first] if subset == "validation" else rows[first:]
        if not len(rows):
            raise no_pictures(Path(self.directory or "."), [x_col])
        if named:
            self.classes = np.array([self.class_indices[values[row]] for row in rows], np.int32)
        elif class_mode == "raw":
            wanted = [y_col] if isinstance(y_col, str) else y_col
            table = np.stack([np.asarray(_column(dataframe, name)) for name in wanted], 1)[rows]
            self._targets = table[:, 0] if isinstance(y_col, str) else table
        weights = None if weight_col is None else np.asarray(_column(dataframe, weight_col))[rows]
        self.sample_weight = weights
        self.filenames = [files[row] for row in rows]
        behind = f" belonging to {len(self.class_indices)} classes" if named else ""
        say(f"Found {len(rows)} {'' if validate_filenames else 'non-'}validated image filenames{behind}.")
        super().__init__(
            image_data_generator,
            [paths[row] for row in rows],
            target_size,
            color_mode,
            class_mode,
            interpolation,
            keep_aspect_ratio,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
        )

    @property
    def labels(self) -> np.ndarray:
        """What is to be learned for each file."""
        return self._targets if self.class_mode == "raw" else self.classes

    def _made(self, rows: np.ndarray, generator: np.random.Generator) -> Any:
        made = super()._made(rows, generator)
        return made if self.sample_weight is None else (*made, self.sample_weight[rows])

    def _truth(self, rows: np.ndarray) -> np.ndarray:
        if self.class_mode == "raw":
            return self._targets[rows]
        if self.class_mode == "categorical":
            out: np.ndarray = np.eye(len(self.class_indices), dtype=self.dtype)[self.classes[rows]]
            return out
        return self.classes[rows].astype(self.dtype)


def _column(table: Any, name: str) -> list[Any]:
    if name not in list(table.columns):
        listed = ", ".join(str(column) for column in table.columns)
        raise DataError(
            "no-such-column",
            Words(
                f"The table has no column '{name}'; it has {listed}.",
                f"표에 '{name}' 열이 없습니다. 있는 열: {listed}.",
            ),
        )
    return list(table[name])
