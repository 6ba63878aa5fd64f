"""`from keras.layers.noise import GaussianNoise`, as Keras 1 and 2 had it."""

from typing import Any

from hakseup.keras.layers.kinds import GaussianNoise
from hakseup.keras.outside import missing

__all__ = ["GaussianNoise"]


def __getattr__(name: str) -> Any:
    raise missing("keras.layers.noise", name, __all__)
