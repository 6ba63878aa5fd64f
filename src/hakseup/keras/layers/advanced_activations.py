"""`from keras.layers.advanced_activations import LeakyReLU`, as Keras 1 and 2 had it."""

from typing import Any

from hakseup.keras.layers.kinds import ELU, LeakyReLU, ReLU, Softmax
from hakseup.keras.outside import missing

__all__ = ["ELU", "LeakyReLU", "ReLU", "Softmax"]


def __getattr__(name: str) -> Any:
    raise missing("keras.layers.advanced_activations", name, __all__)
