"""`from keras.layers.normalization import BatchNormalization`, as Keras 1 and 2 had it."""

from typing import Any

from hakseup.keras.layers.kinds import BatchNormalization, LayerNormalization
from hakseup.keras.outside import missing

__all__ = ["BatchNormalization", "LayerNormalization"]


def __getattr__(name: str) -> Any:
    raise missing("keras.layers.normalization", name, __all__)
