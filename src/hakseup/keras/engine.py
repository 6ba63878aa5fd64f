"""`from keras.engine import Model, Layer, Input`, as Keras 1 and 2 had it."""

from typing import Any

from hakseup.keras.layers import Input, called
from hakseup.keras.layers.kinds import Input as InputLayer
from hakseup.keras.layers.kinds import Layer
from hakseup.keras.models import Model, Sequential
from hakseup.keras.outside import missing

__all__ = ["Input", "InputLayer", "Layer", "Model", "Sequential"]


def __getattr__(name: str) -> Any:
    found = called(name)  # a layer that was imported from here too
    if found is None:
        raise missing("keras.engine", name, __all__)
    return found
