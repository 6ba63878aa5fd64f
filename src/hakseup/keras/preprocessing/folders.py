"""Picture files in class folders: which there are, in what order, and `image_dataset_from_directory`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hakseup.errors import CallError, DataError
from hakseup.keras.eager import eager
from hakseup.keras.pipeline import Dataset
from hakseup.keras.preprocessing.files import CHANNELS, choice, height_and_width, img_to_array, load_img
from hakseup.keras.printing import say
from hakseup.keras.seeds import next_seed
from hakseup.seeds import numpy_generator
from hakseup.words import Words

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff")
_SIZES = ("bilinear", "nearest", "area")  # ways of resizing that PyTorch and TensorFlow share


def class_folders(directory: Path) -> list[str]:
    """Names of the folders in it, sorted; hidden ones such as .ipynb_checkpoints are no classes.

    Raises:
        DataError: it is no folder.
    """
    if not directory.is_dir():
        raise DataError(
            "no-such-path",
            Words(f"There is no folder {directory}.", f"{directory} 폴더가 없습니다."),
            Words(
                f"The program runs in {Path.cwd()}.", f"프로그램은 {Path.cwd()} 폴더에서 실행되고 있습니다."
            ),
        )
    return sorted(p.name for p in directory.iterdir() if p.is_dir() and not p.name.startswith("."))


def picture_files(folder: Path, suffixes: Sequence[str] = SUFFIXES, follow_links: bool = False) -> list[str]:
    """Picture files in a folder and below, as paths from it, in the order of their names; no hidden ones.

    Raises:
        DataError: it is no folder.
    """
    if not folder.is_dir():
        raise DataError("no-such-path", Words(f"There is no folder {folder}.", f"{folder} 폴더가 없습니다."))
    out = []
    for root, _folders, names in sorted(os.walk(folder, followlinks=follow_links)):
        below = Path(root).relative_to(folder)
        for name in sorted(names):
            file = below / name
            if name.lower().endswith(tuple(suffixes)) and not any(p.startswith(".") for p in file.parts):
                out.append(str(file))
    return out


def no_pictures(directory: Path, classes: Sequence[str]) -> DataError:
    """The error for a folder without a single picture in its class folders."""
    listed = ", ".join(classes) or "-"
    return DataError(
        "no-pictures",
        Words(
            f"There are no pictures in the class folders of {directory} (folders: {listed}).",
            f"{directory}의 클래스 폴더에 그림이 없습니다(폴더: {listed}).",
        ),
        Words(
            "It needs a folder for each class with the pictures in it: cats/1.png, dogs/1.png.",
            "cats/1.png, dogs/1.png처럼 클래스마다 폴더가 있고 그 안에 그림이 있어야 합니다.",
        ),
    )


def image_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: tuple[int, int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    verbose: bool = True,
) -> Any:
    """Batches from a folder with one folder for each class.

    Args:
        directory: the folder.
        labels: "inferred" from the folders, a list with one whole number for each file, or None.
        label_mode: "int" (b,), "binary" (b, 1), "categorical" (b, classes), or None for pictures alone.
        class_names: the folders, in the order of the classes; None: sorted.
        color_mode: "rgb", "rgba" or "grayscale".
        batch_size: pictures in a batch; None: pictures one by one.
        image_size: (height, width) that they are brought to.
        shuffle: another order in each round.
        seed: of the order; needed where both parts are taken from one shuffled folder.
        validation_split: share of the files for validation, the last ones after the first shuffling.
        subset: "training", "validation" or "both".
        interpolation: "bilinear", "nearest" or "area".
        follow_links: also go into folders that are links.
        crop_to_aspect_ratio: take the largest middle part with the sides of `image_size`; else pictures are stretched.
        verbose: say how many files were found.

    Returns:
        `Dataset`, or two of them for "both"; pictures are float32 0 to 255.

    Raises:
        CallError: arguments that do not go together.
        DataError: no such folder, or no pictures.
    """
    mode = choice(
        "label_mode", label_mode if labels is not None else None, ("int", "binary", "categorical", None)
    )
    choice("color_mode", color_mode, CHANNELS)
    choice("interpolation", interpolation, _SIZES)
    image_size = height_and_width("image_size", image_size)
    if (validation_split is None) != (subset is None):
        raise _together("validation_split", "subset")
    if subset is not None:
        choice("subset", subset, ("training", "validation", "both"))
        if shuffle and seed is None:
            raise _together("shuffle", "seed")
    root = Path(directory)
    inferred = isinstance(labels, str)
    if inferred:
        folders = list(class_names or class_folders(root))
        found = [
            (str(root / name / file), number)
            for number, name in enumerate(folders)
            for file in picture_files(root / name, (*SUFFIXES, ".gif"), follow_links)
        ]
    else:
        files = picture_files(root, (*SUFFIXES, ".gif"), follow_links)
        numbers = [0] * len(files) if labels is None else [int(label) for label in labels]
        if len(numbers) != len(files):
            raise DataError(
                "count-mismatch",
                Words(
                    f"There are {len(files):,} pictures and {len(numbers):,} labels.",
                    f"그림은 {len(files):,}장인데 레이블은 {len(numbers):,}개입니다.",
                ),
            )
        folders = [str(number) for number in sorted(set(numbers))] if labels is not None else []
        found = [(str(root / file), number) for file, number in zip(files, numbers, strict=True)]
    if not found:
        raise no_pictures(root, folders)
    if mode == "binary" and len(folders) != 2:
        raise CallError(
            "bad-argument",
            Words(
                f"label_mode='binary' needs two classes; there are {len(folders)}.",
                f"label_mode='binary'에는 클래스가 둘이어야 하는데 {len(folders)}개입니다.",
            ),
        )
    if verbose:
        behind = f" belonging to {len(folders)} classes" if folders and mode is not None else ""
        say(f"Found {len(found)} files{behind}.")
    start = next_seed("folder") if seed is None else seed
    if shuffle:  # as Keras shuffles, so that the same seed makes the same two parts
        np.random.RandomState(start % 2**32).shuffle(found)
    parts = _parts(found, validation_split, subset, verbose)
    read = partial(
        _resized,
        color_mode=color_mode,
        size=image_size,
        interpolation=interpolation,
        crop=crop_to_aspect_ratio,
    )
    out = [_batches(part, mode, tuple(folders), read, batch_size, shuffle, start) for part in parts]
    return out[0] if len(out) == 1 else tuple(out)


Files = list[tuple[str, int]]


def _parts(found: Files, share: float | None, subset: str | None, verbose: bool) -> list[Files]:
    if share is None:
        return [found]
    held = int(share * len(found))
    both = {"training": found[: len(found) - held], "validation": found[len(found) - held :]}
    wanted = ["training", "validation"] if subset == "both" else [str(subset)]
    if verbose:
        for name in wanted:
            say(f"Using {len(both[name])} files for {name}.")
    return [both[name] for name in wanted]


def _batches(
    files: Files,
    mode: str | None,
    names: tuple[str, ...],
    read: Callable[[str], Any],
    batch_size: int | None,
    shuffle: bool,
    seed: int,
) -> Dataset:
    rounds = iter(range(1 << 62))
    step = batch_size or 1

    def begin() -> Iterator[Any]:
        import torch

        number = next(rounds)
        order = np.arange(len(files))
        if shuffle:
            order = numpy_generator(seed, "order", number).permutation(len(files))
        for first in range(0, len(files), step):
            rows = [files[row] for row in order[first : first + step]]
            x = torch.stack([read(path) for path, _ in rows])
            classes = torch.tensor([label for _, label in rows], dtype=torch.int32)
            y = classes
            if mode == "binary":
                y = classes.float()[:, None]
            elif mode == "categorical":
                y = torch.nn.functional.one_hot(classes.long(), len(names)).float()
            if batch_size is None:
                x, y = x[0], y[0]
            yield eager(x) if mode is None else (eager(x), eager(y))

    paths = tuple(path for path, _ in files)
    varied = () if batch_size is None else (True,)
    return Dataset(begin, -(-len(files) // step), list(names), paths, varied=varied)


def _resized(path: str, color_mode: str, size: tuple[int, int], interpolation: str, crop: bool) -> Any:
    """float32 (height, width, channels), resized as TensorFlow does it: without smoothing first."""
    import torch

    x = torch.from_numpy(img_to_array(load_img(path, color_mode)))
    if crop:
        height, width = x.shape[:2]
        high, wide = min(height, width * size[0] // size[1]), min(width, height * size[1] // size[0])
        top, left = (height - high) // 2, (width - wide) // 2
        x = x[top : top + high, left : left + wide]
    if tuple(x.shape[:2]) == tuple(size):
        return x
    way = {"nearest": "nearest-exact"}.get(interpolation, interpolation)
    corners = False if way == "bilinear" else None
    out = torch.nn.functional.interpolate(
        x.permute(2, 0, 1)[None], tuple(size), mode=way, align_corners=corners
    )
    return out[0].permute(1, 2, 0)


def _together(one: str, other: str) -> CallError:
    return CallError(
        "bad-argument",
        Words(
            f"image_dataset_from_directory needs {one} and {other} together; else the two parts could overlap.",
            f"image_dataset_from_directory에는 {one}와(과) {other}가 함께 있어야 합니다. 그렇지 않으면 두 부분이 겹칠 수 있습니다.",
        ),
    )
