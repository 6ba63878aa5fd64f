"""`from keras.layers.normalization import BatchNormalization`, as Keras 1 and 2 had it."""

from typing import Any

from hakseup.keras.layers import called
from hakseup.keras.layers.kinds import BatchNormalization, LayerNormalization
from hakseup.keras.outside import missing

__all__ = ["BatchNormalization", "LayerNormalization"]


def __getattr__(name: str) -> Any:
    found = called(name)  # in whichever of the old modules it was
    if found is None:
        raise missing("keras.layers.normalization", name, __all__)
    return found
