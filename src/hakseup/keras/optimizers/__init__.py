"""Optimisers by Keras' names, with its defaults and formulas. Light: torch is loaded when one is built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hakseup.errors import CallError
from hakseup.keras.optimizers import schedules
from hakseup.keras.optimizers.base import Optimizer
from hakseup.keras.optimizers.kinds import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Nadam, RMSprop
from hakseup.keras.outside import missing
from hakseup.layers.checks import did_you_mean, shown
from hakseup.words import Words

OPTIMIZERS: dict[str, type[Optimizer]] = {
    cls.__name__: cls for cls in (SGD, Adam, AdamW, RMSprop, Adagrad, Nadam, Adamax, Adadelta)
}
_LOWERED = {name.lower(): cls for name, cls in OPTIMIZERS.items()}

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


def get(identifier: Any) -> Optimizer:
    """The optimiser that a name, an object, a class or a config means.

    Raises:
        CallError: there is none.
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, type) and issubclass(identifier, Optimizer):
        return identifier()  # type: ignore[call-arg]
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    if isinstance(identifier, str) and identifier.lower() in _LOWERED:
        return _LOWERED[identifier.lower()]()  # type: ignore[call-arg]
    raise CallError(
        "unknown-optimizer",
        Words(
            f"There is no optimizer called {shown(identifier)}.",
            f"{shown(identifier)}(이)라는 옵티마이저는 없습니다.",
        ),
        did_you_mean(identifier if isinstance(identifier, str) else "", [*OPTIMIZERS]),
    )


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """The optimiser in the form that Keras writes into files."""
    name = type(optimizer).__name__
    return {
        "module": "keras.optimizers",
        "class_name": name,
        "config": optimizer.get_config(),
        "registered_name": name,
    }


def deserialize(config: Mapping[str, Any], custom_objects: object = None) -> Optimizer:
    """The optimiser that `serialize`, or Keras 1 to 3, wrote.

    Raises:
        CallError: there is none of this name.
    """
    name = str(config.get("class_name", "")).rpartition(">")[2]
    if name.lower() not in _LOWERED:
        return get(name)  # its error
    return _LOWERED[name.lower()].from_config(config.get("config", {}))


def __getattr__(name: str) -> Any:
    raise missing("keras.optimizers", name, OPTIMIZERS)
