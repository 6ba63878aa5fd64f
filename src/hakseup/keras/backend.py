"""`keras.backend`: what beginners' code asks of it; the mathematics is NumPy's and PyTorch's own."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np

from hakseup.errors import CallError
from hakseup.keras import config, naming
from hakseup.keras.config import epsilon, floatx, image_data_format, set_epsilon, set_floatx
from hakseup.keras.outside import missing
from hakseup.words import Words

__all__ = [
    "backend",
    "cast_to_floatx",
    "clear_session",
    "epsilon",
    "floatx",
    "get_value",
    "image_data_format",
    "image_dim_ordering",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_image_dim_ordering",
    "set_value",
]


def backend() -> str:
    """What reckons: "torch"."""
    return "torch"


def clear_session(free_memory: bool = True) -> None:
    """Names of layers begin anew; memory of models that nobody uses is given back."""
    naming.reset()
    if free_memory:
        gc.collect()


def cast_to_floatx(x: Any) -> np.ndarray:
    """The numbers as float32."""
    return np.asarray(x, dtype=floatx())


def get_value(x: Any) -> Any:
    """The number, or the numbers, behind `optimizer.learning_rate`, a tensor or an array."""
    if hasattr(x, "detach"):
        x = x.detach().cpu()
    return x.numpy() if hasattr(x, "numpy") else x


def set_value(x: Any, value: Any) -> None:
    """Put a number into what `get_value` read.

    Raises:
        CallError: a plain number, which cannot be changed from outside.
    """
    if hasattr(x, "assign"):
        x.assign(value)
    elif hasattr(x, "copy_"):
        import torch

        with torch.no_grad():
            x.copy_(torch.as_tensor(value))
    elif isinstance(x, np.ndarray):
        x[...] = value
    else:
        raise CallError(
            "not-a-variable",
            Words(
                f"set_value cannot change {type(x).__name__} {x!r}.",
                f"set_value로 {type(x).__name__} {x!r}의 값을 바꿀 수 없습니다.",
            ),
            Words(
                "Write model.optimizer.learning_rate = 0.001 instead.",
                "model.optimizer.learning_rate = 0.001처럼 쓰세요.",
            ),
        )


def set_image_data_format(data_format: str) -> None:
    """Only "channels_last".

    Raises:
        CallError: another one.
    """
    config.set_image_data_format(data_format)


def image_dim_ordering() -> str:
    """Keras 1: "tf", channels last."""
    return "tf"


def set_image_dim_ordering(dim_ordering: str) -> None:
    """Keras 1: only "tf".

    Raises:
        CallError: another one.
    """
    config.set_image_data_format(
        {"tf": "channels_last", "th": "channels_first"}.get(dim_ordering, dim_ordering)
    )


def __getattr__(name: str) -> object:
    raise missing("keras.backend", name, __all__)
