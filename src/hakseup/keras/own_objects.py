"""Losses, metrics and activations of one's own that names in files and in `compile` may stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "register_keras_serializable",
]
_OWN: dict[str, Any] = {}


def get_custom_objects() -> dict[str, Any]:
    """What names stand for, for the rest of the session: `get_custom_objects()["my_loss"] = my_loss`."""
    return _OWN


@contextmanager
def custom_object_scope(*objects: Mapping[str, Any] | tuple[Mapping[str, Any], ...]) -> Iterator[None]:
    """What names stand for within `with custom_object_scope({"my_loss": my_loss}):`."""
    before = dict(_OWN)
    for given in objects:
        for one in given if isinstance(given, list | tuple) else (given,):
            _OWN.update(one)
    try:
        yield
    finally:
        _OWN.clear()
        _OWN.update(before)


CustomObjectScope = custom_object_scope


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Any], Any]:
    """Let the name of a function or class stand for it: written over its definition."""

    def registered(thing: Any) -> Any:
        called = name or thing.__name__
        _OWN[called] = _OWN[f"{package}>{called}"] = thing
        return thing

    return registered


def get_registered_name(obj: Any) -> str:
    """The name under which it was registered."""
    return next((name for name, own in _OWN.items() if own is obj and ">" in name), obj.__name__)


def get_registered_object(name: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """What was registered under this name; None where nothing was."""
    return {**_OWN, **(custom_objects or {})}.get(name)
