"""Batches of `ImageDataGenerator` from picture files: class folders, or files that a table names."""

from __future__ import annotations

import os
from collections.abc import Sequence as List
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from hakseup.errors import DataError
from hakseup.keras.preprocessing.files import CHANNELS, choice, height_and_width, img_to_array, load_img
from hakseup.keras.preprocessing.folders import SUFFIXES, class_folders, no_pictures, picture_files
from hakseup.keras.preprocessing.generator import ImageDataGenerator
from hakseup.keras.preprocessing.iterators import Iterator
from hakseup.keras.printing import say
from hakseup.words import Words

CLASS_MODES = ("categorical", "binary", "sparse", "input", None)
KEPT = 512 << 20  # bytes of decoded pictures that are kept, so that only the first epoch reads files
_READERS = 4  # threads that decode


class FileIterator(Iterator):
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
        self.target_size = height_and_width("target_size", target_size)
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


def one_hot(classes: np.ndarray, count: int, dtype: np.dtype[Any]) -> np.ndarray:
    """(b,) -> (b, count)."""
    return np.asarray(np.eye(count, dtype=dtype)[classes])


class DirectoryIterator(FileIterator):
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
            return one_hot(self.classes[rows], self.num_classes, self.dtype)
        return np.asarray(self.classes[rows], self.dtype)


def _no_class(root: Path, name: str, found: List[str]) -> DataError:
    listed = ", ".join(found) or "-"
    return DataError(
        "no-such-class",
        Words(
            f"classes names '{name}', but {root} has no such folder (folders: {listed}).",
            f"classes에 '{name}'이(가) 있지만 {root}에는 그런 폴더가 없습니다(폴더: {listed}).",
        ),
    )


class DataFrameIterator(FileIterator):
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
            return np.asarray(self._targets[rows])
        if self.class_mode == "categorical":
            return one_hot(self.classes[rows], len(self.class_indices), self.dtype)
        return np.asarray(self.classes[rows], self.dtype)


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
