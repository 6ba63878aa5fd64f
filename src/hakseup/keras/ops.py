"""`keras.ops`, with which losses and metrics are written for Keras 3: `keras.backend`'s functions in NumPy's words.

Tensors of PyTorch stay tensors, through which a loss learns; arrays and numbers give arrays that answer `.numpy()`;
between Input and Model signs and activations become layers.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hakseup.keras import activations
from hakseup.keras.arithmetic import Arithmetic
from hakseup.keras.eager import constant
from hakseup.keras.formulas import tensor
from hakseup.keras.mathematics import FUNCTIONS as OLDER
from hakseup.keras.mathematics import reckoned
from hakseup.keras.outside import missing

# The same under the same name, with the same arguments
# fmt: off
_SAME = (
    "sum", "mean", "std", "var", "max", "min", "any", "all", "square", "abs", "exp", "log", "sqrt", "sin", "cos", "sign",
    "round", "ones_like", "zeros_like", "cast", "reshape", "expand_dims", "stack", "shape", "ndim", "binary_crossentropy",
    "categorical_crossentropy", "sparse_categorical_crossentropy",
)
# The same of two that are called x1 and x2 here
_PAIRS = (
    "maximum", "minimum", "equal", "not_equal", "greater", "greater_equal", "less", "less_equal", "dot",
)
# fmt: on
_SIGNS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "true_divide": operator.truediv,
    "mod": operator.mod,
    "matmul": operator.matmul,
}
_ACTIVATIONS = ("relu", "sigmoid", "tanh", "softmax", "softplus", "elu", "selu", "gelu", "silu", "leaky_relu")


def _sign(function: Callable[..., Any]) -> Callable[..., Any]:
    def called(x1: Any, x2: Any) -> Any:
        if isinstance(x1, Arithmetic) or isinstance(x2, Arithmetic):
            return function(x1, x2)
        return reckoned(lambda one, other: function(tensor(one), tensor(other)))(x1, x2)

    return called


def _pair(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x1, x2: function(x1, x2)


def negative(x: Any) -> Any:
    """The numbers with the other sign."""
    return -x if isinstance(x, Arithmetic) else reckoned(lambda values: -tensor(values))(x)


def _activation(name: str) -> Callable[..., Any]:
    function = getattr(activations, name)

    @functools.wraps(function)
    def called(x: Any, *others: Any, **named: Any) -> Any:
        if isinstance(x, Arithmetic):
            return function(x, *others, **named)
        return reckoned(function)(x, *others, **named)

    return called


def _place(best: Callable[..., Tensor]) -> Callable[..., Any]:
    def place(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
        return best(tensor(x), axis, keepdims)

    return reckoned(place)


def _turned(x: Any, axes: Any = None) -> Tensor:
    values = tensor(x)
    return values.permute(*(range(values.ndim)[::-1] if axes is None else axes))


def _less(x: Any, axis: Any = None) -> Tensor:
    return tensor(x).squeeze() if axis is None else tensor(x).squeeze(axis)


def _length(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Tensor:
    out: Tensor = torch.linalg.norm(tensor(x).float(), ord, axis, keepdims)
    return out


def _chosen(condition: Any, x1: Any, x2: Any) -> Tensor:
    return torch.where(tensor(condition).bool(), tensor(x1), tensor(x2))


def convert_to_numpy(x: Any) -> np.ndarray:
    """The numbers as a plain array."""
    return np.asarray(x.detach().cpu() if isinstance(x, Tensor) else x)


def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None) -> Any:
    """The numbers as a tensor."""
    if isinstance(x, Tensor):
        return x if dtype is None else OLDER["cast"](x, dtype)
    return constant(x, dtype)


def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = "float32", sparse: Any = None) -> Any:
    """Ones at the places of the classes along a new axis; zeros alone for a class that there is not, such as -1."""
    made = reckoned(lambda found: found.movedim(-1, axis))(OLDER["one_hot"](x, num_classes))
    return OLDER["cast"](made, dtype or "float32")


def _made(function: Callable[..., Any]) -> Callable[..., Any]:
    """Numbers out of nothing: float32 where nothing else is said."""

    @functools.wraps(function)
    def called(*given: Any, dtype: Any = None, **named: Any) -> Any:
        made = function(*given, **named)
        return constant(made.astype(dtype) if dtype else constant(made.tolist()))

    return called


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: OLDER[name] for name in _SAME},
    **{name: _pair(OLDER[name]) for name in _PAIRS},
    **{name: _sign(function) for name, function in _SIGNS.items()},
    **{name: _activation(name) for name in _ACTIVATIONS if hasattr(activations, name)},
    **{name: _made(getattr(np, name)) for name in ("zeros", "ones", "full", "arange", "linspace", "eye")},
    "absolute": OLDER["abs"],
    "concatenate": reckoned(lambda xs, axis=0: torch.cat([tensor(x) for x in xs], axis)),
    "negative": negative,
    "power": _pair(OLDER["pow"]),
    "clip": reckoned(lambda x, x_min, x_max: torch.clamp(tensor(x), x_min, x_max)),
    "argmax": _place(torch.argmax),
    "argmin": _place(torch.argmin),
    "transpose": reckoned(_turned),
    "squeeze": reckoned(_less),
    "where": reckoned(_chosen),
    "log1p": reckoned(lambda x: torch.log1p(tensor(x).float())),
    "floor": reckoned(lambda x: torch.floor(tensor(x).float())),
    "ceil": reckoned(lambda x: torch.ceil(tensor(x).float())),
    "isnan": reckoned(lambda x: torch.isnan(tensor(x))),
    "logical_and": reckoned(lambda x1, x2: torch.logical_and(tensor(x1), tensor(x2))),
    "logical_or": reckoned(lambda x1, x2: torch.logical_or(tensor(x1), tensor(x2))),
    "logical_not": reckoned(lambda x: torch.logical_not(tensor(x))),
    "norm": reckoned(_length),
    "size": lambda x: int(np.prod(OLDER["shape"](x))),
    "convert_to_numpy": convert_to_numpy,
    "convert_to_tensor": convert_to_tensor,
    "array": lambda x, dtype=None: convert_to_tensor(x, dtype),
    "one_hot": one_hot,
}


def __getattr__(name: str) -> Any:
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    raise missing("keras.ops", name, FUNCTIONS)
