"""The functions of `keras.backend` that losses and metrics of one's own are written with.

They take tensors of PyTorch, through which a loss learns, and give tensors; for arrays and numbers they give arrays
that answer `.numpy()`. Names, order and defaults of the arguments are those of Keras 2.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from hakseup.errors import CallError, nearest
from hakseup.keras import formulas
from hakseup.keras.eager import eager
from hakseup.keras.formulas import EPSILON, tensor
from hakseup.words import Words

Axis = int | Sequence[int] | None


def reckoned(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function over whatever holds numbers."""

    @functools.wraps(function)
    def called(*given: Any, **named: Any) -> Any:
        out = beside(function, given, named)
        if _first_tensor([*given, *named.values()]) is not None:  # learning
            return out
        if isinstance(out, list | tuple):
            return type(out)(eager(part) for part in out)
        return eager(out) if isinstance(out, Tensor) else out

    return called


def beside(function: Callable[..., Any], given: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """The function of these arguments, arrays among them as tensors on the device of the first tensor."""
    first = _first_tensor([*given, *named.values()])
    where = None if first is None else first.device
    return function(
        *(_tensors(value, where) for value in given),
        **{name: _tensors(value, where) for name, value in named.items()},
    )


def _first_tensor(value: Any) -> Tensor | None:
    if isinstance(value, list | tuple):
        return next((found for part in value if (found := _first_tensor(part)) is not None), None)
    return value if isinstance(value, Tensor) else None


def _tensors(value: Any, where: torch.device | None) -> Any:
    """Arrays as tensors, also in a list; lists of plain numbers stay (an axis, a shape)."""
    if isinstance(value, np.ndarray):
        return tensor(value).to(where)
    if isinstance(value, list | tuple) and any(isinstance(part, np.ndarray | Tensor) for part in value):
        return [_tensors(part, where) for part in value]
    return value


class Given(Tensor):
    """A tensor as a loss of one's own gets it: NumPy's arrays beside a sign (`weights * y_pred`) are numbers like others,
    and NumPy's functions (`np.mean(y_pred - y_true)`) are the backend's or PyTorch's, through which the loss learns."""

    def __array_ufunc__(self, function: Any, method: str, *given: Any, **named: Any) -> Any:
        """`np.abs(y_pred)`, and a sign behind an array."""
        return _of_numpy(function, given, named)

    def __array_function__(self, function: Any, types: Any, given: Any, named: Any) -> Any:
        """`np.mean(y_pred)`."""
        return _of_numpy(function, given, named)


def given(x: Tensor) -> Tensor:
    """The tensor in that form; gradients go through."""
    return x.as_subclass(Given)


def _arrays(value: Any) -> Any:
    """Tensors as arrays, also in a list; an error where something is to be learned through one."""
    if isinstance(value, Tensor):
        return value.as_subclass(Tensor).cpu().numpy()
    return type(value)(map(_arrays, value)) if type(value) in (list, tuple) else value


def _of_numpy(function: Any, given: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """What the function of the same name makes of tensors, the backend's or PyTorch's; else NumPy's itself of their numbers.

    Raises:
        CallError: there is none, or none with such arguments.
    """
    name = {"power": "pow", "absolute": "abs"}.get(function.__name__, function.__name__)
    alike = FUNCTIONS.get(name) if name not in ("argmax", "argmin") else None  # with another axis left out
    try:
        return alike(*given, **named) if alike else beside(getattr(torch, name), given, named)
    except (AttributeError, TypeError):
        pass
    try:
        return function(*map(_arrays, given), **{key: _arrays(value) for key, value in named.items()})
    except RuntimeError:  # PyTorch's, of a tensor that is learned through
        raise CallError(
            "not-learned-through",
            Words(
                f"A loss or metric of one's own cannot use np.{name} so: nothing could be learned through it.",
                f"직접 만든 손실이나 지표에서는 np.{name}을(를) 이렇게 쓸 수 없습니다. 이것을 거쳐서는 학습할 수 없습니다.",
            ),
            Words(
                "Write it with keras.backend (K.mean, K.square, K.abs, …) or keras.ops.",
                "keras.backend(K.mean, K.square, K.abs 등)나 keras.ops의 함수로 쓰세요.",
            ),
        ) from None


def _sign(name: str) -> Callable[[Tensor, Any], Any]:
    of_tensors = getattr(Tensor, name)

    def called(self: Tensor, other: Any) -> Any:
        return of_tensors(self, _tensors(other, self.device))

    return called


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
    for _form in (f"__{_name}__", f"__r{_name}__"):
        setattr(Given, _form, _sign(_form))
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Given, f"__{_name}__", _sign(f"__{_name}__"))


def _number(x: Any) -> Tensor:
    made = tensor(x)
    return made if made.is_floating_point() else made.float()


def _alike(x: Any, y: Any) -> tuple[Tensor, Tensor]:
    one, other = tensor(x), tensor(y)
    return one, other.to(one.device)


def _axes(x: Tensor, axis: Axis) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(x.ndim))
    return tuple(axis) if isinstance(axis, Sequence) else (axis,)


def _over(function: Callable[..., Tensor]) -> Callable[..., Any]:
    @reckoned
    def reduced(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
        values = tensor(x)
        return function(values, _axes(values, axis), keepdim=keepdims)

    return reduced


def _one(function: Callable[[Tensor], Tensor], floats: bool = True) -> Callable[..., Any]:
    return reckoned(lambda x: function(_number(x) if floats else tensor(x)))


def _two(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Any]:
    return reckoned(lambda x, y: function(*_alike(x, y)))


def _clip(x: Any, min_value: Any, max_value: Any) -> Tensor:
    values = tensor(x)
    low = None if min_value is None else tensor(min_value).to(values)
    high = None if max_value is None else tensor(max_value).to(values)
    return torch.clamp(values, low, high)


def _type(dtype: Any) -> torch.dtype:
    kind = getattr(dtype, "name", None) or getattr(dtype, "__name__", dtype)  # tf.float32, np.float32, float
    name = str(kind).removeprefix("torch.")
    found = getattr(torch, {"float": "float32", "int": "int64"}.get(name, name), None)
    if isinstance(found, torch.dtype):
        return found
    near = nearest(name, ["float32", "float64", "float16", "int32", "int64", "uint8", "bool"])
    raise CallError(
        "no-such-type",
        Words(f"There is no type of numbers '{name}'.", f"'{name}'(이)라는 숫자의 자료형은 없습니다."),
        Words(f"Did you mean {near}?", f"{near}을(를) 뜻하셨나요?") if near else None,
    )


def _constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> Tensor:
    made = _number(value) if dtype is None else tensor(value).to(_type(dtype))
    return made if shape is None else made.expand(tuple(shape)).clone()


def _normalised(x: Any, axis: Axis = None) -> Tensor:
    values = _number(x)
    total = values.square().sum(_axes(values, axis), keepdim=True)
    return values * total.clamp(min=1e-12).rsqrt()


def _relu(x: Any, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Tensor:
    values = _number(x)
    bent = torch.where(values >= threshold, values, alpha * (values - threshold))
    return bent if max_value is None else bent.clamp(max=max_value)


def _pow(x: Any, a: Any) -> Tensor:
    base, power = _alike(x, a)
    if not base.is_floating_point() and not power.is_floating_point() and bool((power < 0).any()):
        raise CallError(
            "whole-numbers",
            Words(
                "A whole number has no negative power that is one, too.",
                "정수의 음수 제곱은 정수가 아닙니다.",
            ),
            Words("Write a decimal: K.pow(2.0, -1).", "소수로 쓰세요: K.pow(2.0, -1)."),
        )
    return torch.pow(base, power)


def _dot(x: Tensor, y: Tensor) -> Tensor:
    """Over the last axis of x and the last but one of y, as NumPy's; by a number it is multiplied."""
    if not x.ndim or not y.ndim:
        return x * y
    product: Tensor = torch.tensordot(x, y, ([x.ndim - 1], [max(y.ndim - 2, 0)]))
    return product


def _one_hot(indices: Any, num_classes: int) -> Tensor:
    places = tensor(indices).long()
    return (places[..., None] == torch.arange(num_classes, device=places.device)).float()


def _by_entry(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """Binary cross-entropy of every number by itself; the loss of this name takes the mean."""
    truth, found = _number(target), _number(output)
    if from_logits:
        return functional.binary_cross_entropy_with_logits(found, truth, reduction="none")
    chance = found.clamp(EPSILON, 1 - EPSILON)
    return -(truth * torch.log(chance) + (1 - truth) * torch.log(1 - chance))


def _shape(x: Any) -> tuple[int | None, ...]:
    return tuple(x.shape) if hasattr(x, "shape") else tuple(np.shape(x))


def _total(x: Tensor, axes: tuple[int, ...], keepdim: bool) -> Tensor:
    return x.sum(axes, keepdim=keepdim)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sum": _over(_total),
    "mean": _over(lambda x, axes, keepdim: _number(x).mean(axes, keepdim=keepdim)),
    "std": _over(lambda x, axes, keepdim: _number(x).std(axes, correction=0, keepdim=keepdim)),
    "var": _over(lambda x, axes, keepdim: _number(x).var(axes, correction=0, keepdim=keepdim)),
    "max": _over(torch.amax),
    "min": _over(torch.amin),
    "any": _over(lambda x, axes, keepdim: _total(x.bool(), axes, keepdim) > 0),
    "all": _over(lambda x, axes, keepdim: _total(~x.bool(), axes, keepdim) == 0),
    "square": _one(torch.square, False),
    "abs": _one(torch.abs, False),
    "exp": _one(torch.exp),
    "log": _one(torch.log),
    "sqrt": _one(lambda x: x.clamp(min=0).sqrt()),  # as Keras: nothing below zero
    "sin": _one(torch.sin),
    "cos": _one(torch.cos),
    "tanh": _one(torch.tanh),
    "sigmoid": _one(torch.sigmoid),
    "softplus": _one(functional.softplus),
    "sign": _one(torch.sign, False),
    "round": _one(torch.round),
    "ones_like": _one(torch.ones_like, False),
    "zeros_like": _one(torch.zeros_like, False),
    "flatten": _one(torch.flatten, False),
    "batch_flatten": _one(lambda x: x.flatten(1), False),
    "transpose": _one(lambda x: x.permute(*range(x.ndim)[::-1]), False),
    "maximum": _two(torch.maximum),
    "minimum": _two(torch.minimum),
    "equal": _two(torch.eq),
    "not_equal": _two(torch.ne),
    "greater": _two(torch.gt),
    "greater_equal": _two(torch.ge),
    "less": _two(torch.lt),
    "less_equal": _two(torch.le),
    "dot": _two(_dot),
    "pow": reckoned(_pow),
    "clip": reckoned(_clip),
    "cast": reckoned(lambda x, dtype: tensor(x).to(_type(dtype))),
    "relu": reckoned(_relu),
    "softmax": reckoned(lambda x, axis=-1: _number(x).softmax(axis)),
    "l2_normalize": reckoned(_normalised),
    "argmax": reckoned(lambda x, axis=-1: tensor(x).argmax(axis)),
    "argmin": reckoned(lambda x, axis=-1: tensor(x).argmin(axis)),
    "reshape": reckoned(lambda x, shape: tensor(x).reshape(tuple(shape))),
    "expand_dims": reckoned(lambda x, axis=-1: tensor(x).unsqueeze(axis)),
    "squeeze": reckoned(lambda x, axis: tensor(x).squeeze(axis)),
    "permute_dimensions": reckoned(lambda x, pattern: tensor(x).permute(*pattern)),
    "concatenate": reckoned(lambda tensors, axis=-1: torch.cat([tensor(x) for x in tensors], axis)),
    "one_hot": reckoned(_one_hot),
    "stack": reckoned(lambda x, axis=0: torch.stack([tensor(one) for one in x], axis)),
    "constant": reckoned(_constant),
    "variable": reckoned(_constant),
    "switch": reckoned(
        lambda condition, then_expression, else_expression: torch.where(
            tensor(condition).bool(), tensor(then_expression), tensor(else_expression)
        )
    ),
    "binary_crossentropy": reckoned(_by_entry),
    "categorical_crossentropy": reckoned(formulas.categorical_crossentropy),
    "sparse_categorical_crossentropy": reckoned(formulas.sparse_categorical_crossentropy),
    "int_shape": _shape,
    "shape": _shape,
    "ndim": lambda x: len(_shape(x)),
    "eval": lambda x: np.asarray(x.detach().cpu() if isinstance(x, Tensor) else x)[()],
}
