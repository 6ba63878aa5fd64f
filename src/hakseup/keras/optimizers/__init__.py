"""Optimisers by Keras' names, with its defaults and formulas. Light: torch is loaded when one is built."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from hakseup.errors import CallError
from hakseup.keras.optimizers import schedules
from hakseup.keras.optimizers.base import Optimizer
from hakseup.keras.optimizers.kinds import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Nadam, RMSprop
from hakseup.keras.outside import missing
from hakseup.keras.registry import Registry
from hakseup.words import Words

OPTIMIZERS: dict[str, type[Optimizer]] = {
    cls.__name__: cls for cls in (SGD, Adam, AdamW, RMSprop, Adagrad, Nadam, Adamax, Adadelta)
}

sgd, adam, adamax, nadam = SGD, Adam, Adamax, Nadam  # as Keras up to 2.2 had them, too
rmsprop, adagrad, adadelta = RMSprop, Adagrad, Adadelta

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]


REGISTRY: Registry[Optimizer] = Registry(
    "keras.optimizers",
    Words("optimizer", "옵티마이저"),
    Optimizer,
    OPTIMIZERS,
    CallError,
    list(OPTIMIZERS),
)
get, deserialize = REGISTRY.get, REGISTRY.deserialize


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """The optimiser in the form that Keras writes into files."""
    return REGISTRY.serialize(optimizer) | {"registered_name": type(optimizer).__name__}


def __getattr__(name: str) -> Any:
    if name == "legacy":
        return import_module("hakseup.keras.optimizers.legacy")
    if name.endswith("_v2"):  # keras.optimizers.adam_v2.Adam, of 2021
        return sys.modules[__name__]
    raise missing("keras.optimizers", name, OPTIMIZERS)
