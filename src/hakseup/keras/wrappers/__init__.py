"""Models as scikit-learn's estimators."""

from __future__ import annotations

from typing import Any

from hakseup.keras.outside import missing

__all__ = ["scikeras", "scikit_learn"]


def __getattr__(name: str) -> Any:
    raise missing("keras.wrappers", name, __all__)
