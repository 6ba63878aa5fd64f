"""`keras.preprocessing`: of its three parts, `image`; text and sequences are outside of hakseup."""

from __future__ import annotations

from importlib import import_module

from hakseup.keras.outside import missing

_OF_IMAGE = ("ImageDataGenerator", "image_dataset_from_directory")


def __getattr__(name: str) -> object:
    if name in _OF_IMAGE:
        return getattr(import_module(f"{__name__}.image"), name)
    if name == "image":
        return import_module(f"{__name__}.image")
    raise missing("keras.preprocessing", name, ("image", *_OF_IMAGE))
