"""`keras.preprocessing`: of its three parts, `image`; text and sequences are outside of hakseup."""

from __future__ import annotations

import importlib

from hakseup.keras.outside import missing

_PLACES = {
    "image": "hakseup.keras.preprocessing.image",
    "image_dataset_from_directory": "hakseup.keras.preprocessing.folders",
}
__all__ = ["image", "image_dataset_from_directory"]  # noqa: F822  (made when they are asked for)


def __getattr__(name: str) -> object:
    if name == "image":
        return importlib.import_module(_PLACES[name])
    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name]), name)
    raise missing("keras.preprocessing", name, __all__)
