"""`from keras.layers.pooling import MaxPooling2D`, as Keras 1 and 2 had it."""

from hakseup.keras.layers import older
from hakseup.keras.layers.kinds import (
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)

__all__ = ["AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "MaxPooling2D"]

__getattr__ = older("keras.layers.pooling", __all__)
