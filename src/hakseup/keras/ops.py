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


def _float(x: Any) -> Tensor:
    made = tensor(x)
    return made if made.is_floating_point() else made.float()


def _along(function: Callable[..., Tensor], flat: bool) -> Callable[..., Any]:
    """Of numbers and one axis; without it of all numbers in a row where `flat` says so, as NumPy does it."""

    def called(x: Any, axis: int | None = None if flat else -1) -> Tensor:
        values = tensor(x)
        return function(values.flatten(), 0) if axis is None else function(values, axis)

    return reckoned(called)


def _median(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    axis = tuple(range(tensor(x).ndim)) if axis is None else axis
    if isinstance(axis, tuple | list):  # torch takes one axis
        values = tensor(x).movedim(axis, tuple(range(-len(axis), 0)))
        made = _float(values).flatten(-len(axis)).quantile(0.5, -1)
        return (
            functools.reduce(torch.unsqueeze, sorted(a % tensor(x).ndim for a in axis), made)
            if keepdims
            else made
        )
    return _float(x).quantile(0.5, axis, keepdims)


def _taken(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    values, places = tensor(x), tensor(indices).long()
    values, axis = (values.flatten(), 0) if axis is None else (values, axis % values.ndim)
    found = values.index_select(axis, (places % values.shape[axis]).flatten())
    return found.reshape(*values.shape[:axis], *places.shape, *values.shape[axis + 1 :])


def _parts(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    return list(torch.tensor_split(tensor(x), indices_or_sections, axis))


def _repeated(x: Any, repeats: Any, axis: int | None = None) -> Tensor:
    return torch.repeat_interleave(
        tensor(x), repeats if isinstance(repeats, int) else tensor(repeats).long(), axis
    )


def _padded(x: Any, pad_width: Any, mode: Any = "constant", constant_values: Any = None) -> Tensor:
    values = tensor(x)
    widths = np.broadcast_to(np.asarray(pad_width, int), (values.ndim, 2)).tolist()
    if mode == "constant":
        flat = [width for pair in reversed(widths) for width in pair]
        return torch.nn.functional.pad(values, flat, value=constant_values or 0)
    places = [  # of every axis, which of its numbers stand where
        torch.as_tensor(np.pad(np.arange(n), pair, mode=mode))
        for n, pair in zip(values.shape, widths, strict=True)
    ]
    for axis, chosen in enumerate(places):
        values = values.index_select(axis, chosen)
    return values


def _largest(x: Any, k: int, sorted: bool = True) -> tuple[Tensor, Tensor]:
    found = torch.topk(tensor(x), k, sorted=sorted)
    return found.values, found.indices.int()


def _among_largest(targets: Any, predictions: Any, k: int) -> Tensor:
    values = tensor(predictions)
    right = values.gather(-1, tensor(targets).long()[..., None])
    return (values > right).sum(-1) < k


def _moments(x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False) -> tuple[Tensor, Tensor]:
    spread, middle = torch.var_mean(_float(x), axes, correction=0, keepdim=keepdims)
    return middle, spread


def _to_length_one(x: Any, axis: int = -1, order: Any = 2, epsilon: float | None = None) -> Tensor:
    return torch.nn.functional.normalize(_float(x), order, axis, 1e-7 if epsilon is None else epsilon)


# Of one array, number by number, as PyTorch has them under the same name
# fmt: off
_EACH = (
    "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "arcsinh", "arccosh", "arctanh", "expm1", "exp2", "log2", "log10",
    "rsqrt", "reciprocal", "erf", "isinf", "isfinite",
)
_OF_TWO = {
    "arctan2": torch.arctan2, "logaddexp": torch.logaddexp, "floor_divide": torch.floor_divide, "outer": torch.outer,
    "logical_xor": torch.logical_xor,
}
_MORE: dict[str, Callable[..., Any]] = {
    "amax": OLDER["max"], "amin": OLDER["min"], "ravel": OLDER["flatten"], "log_softmax": lambda x, axis=-1: _float(x).log_softmax(axis),
    "log_sigmoid": lambda x: torch.nn.functional.logsigmoid(_float(x)), "relu6": lambda x: torch.nn.functional.relu6(_float(x)),
    "hard_sigmoid": lambda x: torch.nn.functional.hardsigmoid(_float(x)), "softsign": lambda x: torch.nn.functional.softsign(_float(x)),
    "swish": lambda x: torch.nn.functional.silu(_float(x)), "copy": lambda x: tensor(x).clone(), "fabs": OLDER["abs"],
    "stop_gradient": lambda variable: variable.detach() if isinstance(variable, Tensor) else variable,
    "prod": lambda x, axis=None, keepdims=False: tensor(x).prod() if axis is None else tensor(x).prod(axis, keepdims),
    "logsumexp": lambda x, axis=None, keepdims=False: torch.logsumexp(
        _float(x), tuple(range(tensor(x).ndim)) if axis is None else axis, keepdims
    ),
    "median": _median, "count_nonzero": lambda x, axis=None: torch.count_nonzero(tensor(x), axis),
    "average": lambda x, axis=None, weights=None: OLDER["mean"](x, axis) if weights is None else (
        OLDER["sum"](tensor(x) * tensor(weights), axis) / OLDER["sum"](tensor(weights).expand_as(tensor(x)), axis)
    ),
    "diff": lambda a, n=1, axis=-1: torch.diff(tensor(a), n, axis), "roll": lambda x, shift, axis=None: torch.roll(tensor(x), shift, axis),
    "flip": lambda x, axis=None: torch.flip(tensor(x), tuple(range(tensor(x).ndim)) if axis is None else tuple(np.atleast_1d(axis).tolist())),
    "tile": lambda x, repeats: torch.tile(tensor(x), tuple(np.atleast_1d(repeats).tolist())), "repeat": _repeated, "pad": _padded,
    "split": _parts, "array_split": _parts, "unstack": lambda x, num=None, axis=0: list(torch.unbind(tensor(x), axis)),
    "swapaxes": lambda x, axis1, axis2: tensor(x).swapaxes(axis1, axis2), "moveaxis": lambda x, source, destination: tensor(x).movedim(source, destination),
    "broadcast_to": lambda x, shape: tensor(x).expand(tuple(shape)), "take": _taken,
    "take_along_axis": lambda x, indices, axis=None: torch.take_along_dim(tensor(x), tensor(indices).long(), axis),
    "vstack": lambda xs: torch.vstack([tensor(x) for x in xs]), "hstack": lambda xs: torch.hstack([tensor(x) for x in xs]),
    "tensordot": lambda x1, x2, axes=2: torch.tensordot(tensor(x1), tensor(x2), axes),
    "einsum": lambda subscripts, *operands: torch.einsum(subscripts, *(tensor(x) for x in operands)),
    "trace": lambda x: torch.trace(tensor(x)), "diag": lambda x, k=0: torch.diag(tensor(x), k),
    "tril": lambda x, k=0: torch.tril(tensor(x), k), "triu": lambda x, k=0: torch.triu(tensor(x), k),
    "top_k": _largest, "in_top_k": _among_largest, "moments": _moments, "normalize": _to_length_one,
    "full_like": lambda x, fill_value: torch.full_like(tensor(x), fill_value), "nan_to_num": lambda x: torch.nan_to_num(tensor(x)),
    "isclose": lambda x1, x2, rtol=1e-5, atol=1e-8: torch.isclose(tensor(x1), tensor(x2), rtol, atol),
    "bincount": lambda x, weights=None, minlength=0: torch.bincount(tensor(x).long(), None if weights is None else tensor(weights), minlength),
    "unique": lambda x: torch.unique(tensor(x)),
}
# fmt: on

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _sign(function) for name, function in _OF_TWO.items()},
    **{name: reckoned(function) for name, function in _MORE.items()},
    **{name: reckoned(lambda x, own=getattr(torch, name): own(_float(x))) for name in _EACH},
    "sort": _along(lambda x, axis: x.sort(axis).values, False),
    "argsort": _along(lambda x, axis: torch.argsort(x, dim=axis, stable=True).int(), False),
    "cumsum": _along(torch.cumsum, True),
    "cumprod": _along(torch.cumprod, True),
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
