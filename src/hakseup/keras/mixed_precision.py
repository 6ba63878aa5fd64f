"""`keras.mixed_precision`: older names of `keras.config.set_dtype_policy`."""

from __future__ import annotations

from types import SimpleNamespace

from hakseup.keras.config import dtype_policy, set_dtype_policy
from hakseup.keras.outside import missing

__all__ = ["Policy", "global_policy", "set_global_policy", "set_policy"]

set_global_policy = set_policy = set_dtype_policy


class Policy(SimpleNamespace):
    """A policy by its name, as Keras 2 wants it in an object."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)


def global_policy() -> Policy:
    """The one that holds now."""
    return Policy(dtype_policy())


def __getattr__(name: str) -> object:
    raise missing("keras.mixed_precision", name, __all__)
