"""`from keras.layers.normalization import BatchNormalization`, as Keras 1 and 2 had it."""

from hakseup.keras.layers import older
from hakseup.keras.layers.kinds import BatchNormalization, LayerNormalization

__all__ = ["BatchNormalization", "LayerNormalization"]

__getattr__ = older("keras.layers.normalization", __all__)
