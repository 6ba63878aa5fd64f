"""Keras' names over hakseup's engine: `from hakseup import keras` runs what books and lectures print.

Layers are `hakseup.layers`, networks `torch.nn`, and the loop `hakseup.training.epochs`. Nothing heavy is loaded
before it is used.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

_MODULES = (
    "activations",
    "backend",
    "callbacks",
    "config",
    "datasets",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "ops",
    "optimizers",
    "preprocessing",
    "regularizers",
    "utils",
    "wrappers",
)
_NAMES = {"Model": "models", "Sequential": "models", "Input": "layers"}
__version__ = "3.15.1"  # of the Keras whose names and figures these are
__all__ = [*_MODULES, *_NAMES]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(import_module(f"hakseup.keras.{_NAMES[name]}"), name)
    if find_spec(f"hakseup.keras.{name}") is not None:  # also those that are not Keras' own
        return import_module(f"hakseup.keras.{name}")
    from hakseup.keras.outside import missing

    raise missing("keras", name, __all__)


def __dir__() -> list[str]:
    return sorted(__all__)
