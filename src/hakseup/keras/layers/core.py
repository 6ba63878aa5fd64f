"""`from keras.layers.core import Dense`, as Keras 1 and 2 had it."""

from typing import Any

from hakseup.keras.layers.arranged import Permute
from hakseup.keras.layers.kinds import Activation, Dense, Dropout, Flatten, Reshape
from hakseup.keras.outside import missing

__all__ = ["Activation", "Dense", "Dropout", "Flatten", "Permute", "Reshape"]


def __getattr__(name: str) -> Any:
    raise missing("keras.layers.core", name, __all__)
