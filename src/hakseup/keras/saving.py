"""`keras.saving`: models in and out of files, under the name that Keras 3 has for it."""

from __future__ import annotations

from hakseup.keras import own_objects
from hakseup.keras.models import load_model, save_model
from hakseup.keras.outside import missing

__all__ = ["load_model", "save_model"]


def __getattr__(name: str) -> object:
    if name in own_objects.__all__:
        return getattr(own_objects, name)
    raise missing("keras.saving", name, [*__all__, *own_objects.__all__])
