"""`keras.datasets`: the pictures and tables of the books, taken from this machine or fetched once, with checksums."""

from __future__ import annotations

from hakseup.keras.datasets import (
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    fashion_mnist,
    mnist,
)
from hakseup.keras.outside import missing

__all__ = ["boston_housing", "california_housing", "cifar10", "cifar100", "fashion_mnist", "mnist"]


def __getattr__(name: str) -> object:
    raise missing("keras.datasets", name, __all__)
