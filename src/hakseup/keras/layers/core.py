"""`from keras.layers.core import Dense`, as Keras 1 and 2 had it."""

from typing import Any

from hakseup.keras.layers import called
from hakseup.keras.layers.arranged import Permute
from hakseup.keras.layers.kinds import Activation, Dense, Dropout, Flatten, Reshape
from hakseup.keras.outside import missing

__all__ = ["Activation", "Dense", "Dropout", "Flatten", "Permute", "Reshape"]


def __getattr__(name: str) -> Any:
    found = called(name)  # in whichever of the old modules it was
    if found is None:
        raise missing("keras.layers.core", name, __all__)
    return found
