"""`from keras.layers.pooling import MaxPooling2D`, as Keras 1 and 2 had it."""

from typing import Any

from hakseup.keras.layers.kinds import (
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from hakseup.keras.outside import missing

__all__ = ["AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "MaxPooling2D"]


def __getattr__(name: str) -> Any:
    raise missing("keras.layers.pooling", name, __all__)
