"""`from keras.layers.convolutional import Conv2D`, as Keras 1 and 2 had it."""

from hakseup.keras.layers import older
from hakseup.keras.layers.kinds import (
    AveragePooling2D,
    Conv2D,
    Convolution2D,
    MaxPooling2D,
    UpSampling2D,
    ZeroPadding2D,
)

__all__ = ["AveragePooling2D", "Conv2D", "Convolution2D", "MaxPooling2D", "UpSampling2D", "ZeroPadding2D"]

__getattr__ = older("keras.layers.convolutional", __all__)
