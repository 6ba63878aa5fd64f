"""`keras.preprocessing.image`: pictures from files and folders, and their augmentation."""

from __future__ import annotations

from typing import Any

import numpy as np

from hakseup.keras.outside import missing
from hakseup.keras.preprocessing import random_moves
from hakseup.keras.preprocessing.files import (
    array_to_img,
    choice,
    height_and_width,
    img_to_array,
    load_img,
    save_img,
)
from hakseup.keras.preprocessing.folders import image_dataset_from_directory
from hakseup.keras.preprocessing.from_files import DataFrameIterator, DirectoryIterator
from hakseup.keras.preprocessing.generator import ImageDataGenerator
from hakseup.keras.preprocessing.iterators import Iterator, NumpyArrayIterator

__all__ = [
    "DataFrameIterator",
    "DirectoryIterator",
    "ImageDataGenerator",
    "Iterator",
    "NumpyArrayIterator",
    "array_to_img",
    "image_dataset_from_directory",
    "img_to_array",
    "load_img",
    "save_img",
    "smart_resize",
]


def smart_resize(
    x: Any,
    size: tuple[int, int],
    interpolation: str = "bilinear",
    data_format: str = "channels_last",
    **_: Any,
) -> np.ndarray:
    """A picture, or a batch of them, in another size (height, width) without distortion: the middle is cut out first.

    Args:
        x: (height, width, channels) or (batch, height, width, channels).
        data_format: "channels_first" where the channels stand before the height.

    Raises:
        HakseupError: the size or a choice is none.
    """
    import torch

    from hakseup.keras.layers.arranged import WAYS, middle, resized

    wanted, way = height_and_width("size", size), choice("interpolation", interpolation, WAYS)
    first = choice("data_format", data_format, ("channels_last", "channels_first")) == "channels_first"
    given = torch.from_numpy(np.array(x, np.float32))
    batch = given if given.ndim == 4 else given[None]
    batch = batch if first else batch.permute(0, 3, 1, 2)
    rows, columns = middle((batch.shape[2], batch.shape[3]), wanted)
    out = resized(batch[:, :, rows, columns], wanted, way)
    out = out if first else out.permute(0, 2, 3, 1)
    return np.ascontiguousarray(out if given.ndim == 4 else out[0])


def __getattr__(name: str) -> object:
    if name in random_moves.__all__:
        return getattr(random_moves, name)
    raise missing("keras.preprocessing.image", name, [*__all__, *random_moves.__all__])
