"""`a + b`, `1 - x`, `inputs / 255.` on tensors that are not there yet: the layer that does it, which files can hold.

Two tensors are merged (Add, Subtract, Multiply); with a number it is a Rescaling, with one for each column or
channel a Normalization.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hakseup.errors import NetworkError
from hakseup.layers.checks import shown
from hakseup.words import Words

_MERGES = {"+": "Add", "-": "Subtract", "*": "Multiply"}
_UFUNCS = {np.add: "+", np.subtract: "-", np.multiply: "*", np.true_divide: "/"}


def _refused(sign: str) -> Any:
    def refuse(*_: Any) -> Any:
        raise _outside(sign)

    return refuse


class Arithmetic:
    """What signs between such tensors mean; NumPy's functions and arrays ask here, too."""

    def __add__(self, other: Any) -> Any:
        return joined("+", self, other)

    def __radd__(self, other: Any) -> Any:
        return joined("+", other, self)

    def __sub__(self, other: Any) -> Any:
        return joined("-", self, other)

    def __rsub__(self, other: Any) -> Any:
        return joined("-", other, self)

    def __mul__(self, other: Any) -> Any:
        return joined("*", self, other)

    def __rmul__(self, other: Any) -> Any:
        return joined("*", other, self)

    def __truediv__(self, other: Any) -> Any:
        return joined("/", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return joined("/", other, self)

    __pow__ = __rpow__ = _refused("**")
    __mod__ = __rmod__ = _refused("%")
    __floordiv__ = __rfloordiv__ = _refused("//")
    __matmul__ = __rmatmul__ = _refused("@")
    __lt__, __le__, __gt__, __ge__ = map(_refused, ("<", "<=", ">", ">="))
    __abs__, __getitem__ = _refused("abs"), _refused("[…]")
    __iter__ = None  # what has places would be gone through by them

    def __neg__(self) -> Any:
        return joined("*", self, -1)

    def __array_ufunc__(self, function: Any, method: str, *given: Any, **options: Any) -> Any:
        """`np.add(a, b)`, and an array before the sign."""
        if function not in _UFUNCS or method != "__call__":
            raise _outside(function.__name__)
        return joined(_UFUNCS[function], *given)


def joined(sign: str, one: Any, other: Any) -> Any:
    """What `one sign other` is, at least one of them a tensor that is not there yet.

    Raises:
        NetworkError: no layer does that.
    """
    both = isinstance(one, Arithmetic), isinstance(other, Arithmetic)
    if all(both):
        return merging(sign)([one, other])
    return with_constant(sign, other if both[0] else one, first=both[1])(one if both[0] else other)


def merging(sign: str) -> Any:
    """The layer that puts two tensors together so.

    Raises:
        NetworkError: there is none.
    """
    if sign not in _MERGES:
        raise _outside(sign)
    from hakseup.keras import layers

    return getattr(layers, _MERGES[sign])()


def with_constant(sign: str, constant: Any, first: bool, **named: Any) -> Any:
    """The layer that reckons with a number, or with one for each column or channel.

    Args:
        sign: "+", "-", "*" or "/".
        constant: the number or numbers.
        first: whether it stands before the sign.
        named: the layer's name.

    Raises:
        NetworkError: no layer does that, or it is no number.
    """
    from hakseup.keras.layers.kinds import Rescaling
    from hakseup.keras.layers.scaled import Normalization

    try:
        numbers = np.asarray(constant, np.float64)
    except (TypeError, ValueError):
        raise _not_a_number(sign, constant) from None
    if sign == "/" and first:
        raise _outside(sign)
    scale, offset = np.ones_like(numbers), np.zeros_like(numbers)
    if sign in "*/":
        with np.errstate(divide="ignore"):
            scale = numbers if sign == "*" else 1 / numbers
    else:
        offset = -numbers if sign == "-" and not first else numbers
        scale = -scale if sign == "-" and first else scale
    if numbers.size == 1:
        return Rescaling(scale.item(), offset.item(), **named)
    if numbers.ndim > 1 and numbers.size != numbers.shape[-1]:
        raise _not_a_number(sign, constant)
    if not (np.isfinite(scale).all() and (scale > 0).all()):
        raise _outside(sign)
    return Normalization(mean=(-offset).reshape(-1), variance=(scale**-2).reshape(-1), **named)


def _outside(sign: str) -> NetworkError:
    return NetworkError(
        "no-such-arithmetic",
        Words(
            f"No layer reckons '{sign}' with these on tensors that are not there yet (Input, what layers give).",
            f"아직 값이 없는 텐서(Input, 층이 내놓은 것)로 '{sign}' 계산을 하는 층이 없습니다.",
        ),
        Words(
            "There are a + b, a - b and a * b for two tensors, and + - * / with numbers (x / 255, 1 - x).",
            "두 텐서의 a + b, a - b, a * b와, 숫자와의 + - * /(x / 255, 1 - x)를 쓸 수 있습니다.",
        ),
    )


def _not_a_number(sign: str, constant: Any) -> NetworkError:
    return NetworkError(
        "not-a-tensor",
        Words(
            f"'{sign}' stands between a tensor and {shown(constant)}: expected a tensor, a number, or one number for each channel.",
            f"텐서와 {shown(constant)} 사이에 '{sign}'이(가) 있습니다. 텐서나 숫자, 또는 채널마다 숫자 하나여야 합니다.",
        ),
    )
