"""`from keras.layers.pooling import MaxPooling2D`, as Keras 1 and 2 had it."""

from typing import Any

from hakseup.keras.layers import called
from hakseup.keras.layers.kinds import (
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from hakseup.keras.outside import missing

__all__ = ["AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "MaxPooling2D"]


def __getattr__(name: str) -> Any:
    found = called(name)  # in whichever of the old modules it was
    if found is None:
        raise missing("keras.layers.pooling", name, __all__)
    return found
