"""`keras.saving`: models in and out of files, under the name that Keras 3 has for it."""

from __future__ import annotations

from hakseup.keras.models import load_model, save_model
from hakseup.keras.outside import missing

__all__ = ["load_model", "save_model"]


def __getattr__(name: str) -> object:
    raise missing("keras.saving", name, __all__)
