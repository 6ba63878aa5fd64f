"""`keras.backend`: what beginners' code asks of it; its functions of numbers stand in `mathematics`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
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
    "function",
    "get_value",
    "image_data_format",
    "image_dim_ordering",
    "learning_phase",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_image_dim_ordering",
    "set_learning_phase",
    "set_session",
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


def function(inputs: Any, outputs: Any, updates: Any = None, name: str | None = None) -> Callable[[Any], Any]:
    """What layers give for rows: K.function([model.input], [layer.output])([x]), a list as `outputs` is one.

    A second input is `learning_phase()`, which has no effect: layers work as in prediction.
    """
    from hakseup.keras.functional import Model

    first = inputs[0] if isinstance(inputs, list | tuple) else inputs
    model = Model(first, outputs)

    def called(rows: Any) -> Any:
        out = model.predict(rows[0] if isinstance(rows, list | tuple) else rows, verbose=0)
        return [out] if isinstance(outputs, list | tuple) and len(outputs) == 1 else out

    return called


def learning_phase() -> int:
    """0: what is asked for by `function` is a prediction."""
    return 0


def set_learning_phase(value: Any) -> None:
    """Nothing: `fit` trains, `predict` predicts."""


def set_session(session: Any) -> None:
    """Nothing: there are no sessions of TensorFlow here."""


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
    if name.startswith("__"):
        raise AttributeError(name)
    if name == "tensorflow_backend":  # K.tensorflow_backend.set_session(...), of Keras 2
        return sys.modules[__name__]
    from hakseup.keras.mathematics import FUNCTIONS  # loads torch

    if name in FUNCTIONS:
        return FUNCTIONS[name]
    raise missing("keras.backend", name, [*__all__, *FUNCTIONS])
