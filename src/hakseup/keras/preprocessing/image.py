"""`keras.preprocessing.image`: pictures from files and folders, and their augmentation."""

from __future__ import annotations

from hakseup.keras.outside import missing
from hakseup.keras.preprocessing import random_moves
from hakseup.keras.preprocessing.files import array_to_img, img_to_array, load_img, save_img
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
]


def __getattr__(name: str) -> object:
    if name in random_moves.__all__:
        return getattr(random_moves, name)
    raise missing("keras.preprocessing.image", name, [*__all__, *random_moves.__all__])
