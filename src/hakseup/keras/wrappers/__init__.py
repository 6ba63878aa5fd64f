"""Models as scikit-learn's estimators."""

from __future__ import annotations

import importlib
from typing import Any

from hakseup.keras.outside import missing

__all__ = ["scikeras", "scikit_learn"]


def __getattr__(name: str) -> Any:
    if name in __all__:  # tf.keras.wrappers.scikit_learn, without an import of its own
        return importlib.import_module(f"{__name__}.{name}")
    raise missing("keras.wrappers", name, __all__)
