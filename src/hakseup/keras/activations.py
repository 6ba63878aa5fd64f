"""Activations as functions, and the names that functions have: layers keep the name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from hakseup.errors import HakseupError, NetworkError
from hakseup.keras.arithmetic import Arithmetic
from hakseup.keras.formulas import as_given, tensor
from hakseup.keras.outside import missing
from hakseup.keras.own_objects import get_custom_objects
from hakseup.layers import ELU, Activation, LeakyReLU, ReLU, Softmax, checks
from hakseup.layers.activations import ACTIVATIONS, SECOND_NAMES, activation_module
from hakseup.layers.modules import BentLine
from hakseup.words import Words

Function = Callable[..., Tensor]


def _of(name: str) -> Function:
    def function(x: Any) -> Any:
        if isinstance(x, Arithmetic):
            return _joined("Activation", x, activation=name)
        return as_given(activation_module(name)(tensor(x).float()), x)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The activation {name} of an array or a tensor."
    return function


def _joined(kind: str, x: Any, **arguments: Any) -> Any:
    """What the layer gives for a tensor that is not there yet."""
    from hakseup.keras import layers

    return getattr(layers, kind)(**arguments)(x)


def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """What is below the threshold becomes zero, or is made smaller."""
    if isinstance(x, Arithmetic):
        numbers = {"negative_slope": negative_slope, "max_value": max_value, "threshold": threshold}
        return _joined("ReLU", x, **numbers)
    return as_given(BentLine(max_value, negative_slope, threshold)(tensor(x).float()), x)


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """What is below zero is made smaller by a factor."""
    if isinstance(x, Arithmetic):
        return _joined("LeakyReLU", x, negative_slope=negative_slope)
    return as_given(nn.functional.leaky_relu(tensor(x).float(), negative_slope), x)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """What is below zero bends towards -alpha."""
    if isinstance(x, Arithmetic):
        return _joined("ELU", x, alpha=alpha)
    return as_given(nn.functional.elu(tensor(x).float(), alpha), x)


def softmax(x: Any, axis: int = -1) -> Any:
    """Probabilities that add up to 1 along the axis."""
    if isinstance(x, Arithmetic):
        return _joined("Softmax", x, axis=axis)
    return as_given(tensor(x).float().softmax(axis), x)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """Their logarithms."""
    return as_given(tensor(x).float().log_softmax(axis), x)


linear = _of("linear")
relu6 = _of("relu6")
selu = _of("selu")
celu = _of("celu")
gelu = _of("gelu")
silu = swish = _of("silu")
mish = _of("mish")
sigmoid = _of("sigmoid")
hard_sigmoid = _of("hard_sigmoid")
hard_silu = hard_swish = _of("hard_silu")
log_sigmoid = _of("log_sigmoid")
tanh = _of("tanh")
hard_tanh = _of("hard_tanh")
tanh_shrink = _of("tanh_shrink")
softplus = _of("softplus")
softsign = _of("softsign")
exponential = _of("exponential")

FUNCTIONS: dict[str, Function] = {name: globals()[name] for name in ACTIVATIONS} | {
    second: globals()[name] for second, name in SECOND_NAMES.items()
}
_LAYERS = {ReLU(): "relu", LeakyReLU(0.2): "leaky_relu", ELU(): "elu", Softmax(): "softmax"}


def get(identifier: Any) -> Function:
    """The function that a name, a function or None (linear) means.

    Raises:
        NetworkError: there is none.
    """
    if isinstance(identifier, str) or identifier is None or isinstance(identifier, Mapping):
        name = name_of("activation", identifier) or "linear"
        if name.lower() in FUNCTIONS:
            return FUNCTIONS[name.lower()]
    elif callable(identifier):
        return identifier  # type: ignore[no-any-return]
    raise NetworkError(
        "unknown-activation",
        Words(
            f"There is no activation called {checks.shown(identifier)}.",
            f"{checks.shown(identifier)}(이)라는 활성화 함수는 없습니다.",
        ),
        checks.did_you_mean(identifier if isinstance(identifier, str) else "", list(FUNCTIONS)),
    )


def name_of(layer: str, value: Any) -> str | None:
    """The name of an activation that is given as a name, a function, a layer or a config.

    Raises:
        NetworkError: a function of one's own that is none of the known ones, or a layer whose numbers no name stands for.
    """
    value = get_custom_objects().get(value, value) if isinstance(value, str) else value
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Activation):
        return value.activation
    if isinstance(value, Mapping):  # {"class_name": "function", "config": "relu"}, or a layer's
        config, kind = value.get("config"), value.get("class_name")
        own = {"LeakyReLU": LeakyReLU, "ELU": ELU, "ReLU": ReLU}.get(str(kind))
        if own is None or not isinstance(config, Mapping):
            return config if isinstance(config, str) else str(kind)
        known = ("negative_slope", "alpha", "max_value", "threshold")
        numbers = {name: number for name, number in config.items() if name in known}
        if own is LeakyReLU and "alpha" in numbers:  # Keras 2's name
            numbers["negative_slope"] = numbers.pop("alpha")
        value = own(**numbers)
    value = inspect.unwrap(value) if callable(value) else value  # tf.nn.relu
    for name, function in FUNCTIONS.items():
        if value is function:
            return name
    name = getattr(value, "__name__", "")
    if name in FUNCTIONS and value in (getattr(torch, name, None), getattr(nn.functional, name, None)):
        return str(name)
    for plain, name in _LAYERS.items():
        if isinstance(value, type(plain)) and value.config() == value.config() | plain.config():
            return name
    if isinstance(value, LeakyReLU):
        return f"leaky_relu({value.negative_slope:g})"
    if isinstance(value, ELU):
        return f"elu({value.alpha:g})"
    alike = _alike(value) if callable(value) else None
    if alike is not None:
        return alike
    shown = getattr(value, "__name__", None) or checks.shown(value)
    raise NetworkError(
        "own-activation",
        Words(
            f"{layer}: activation {shown} is none that has a name.",
            f"{layer}: activation {shown}은(는) 이름이 있는 활성화 함수가 아닙니다.",
        ),
        Words(
            "Write a name, such as 'relu', 'silu' or 'leaky_relu(0.1)'; ReLU with numbers of its own is a layer, put behind. "
            "Another function stands in a torch.nn.Module: hakseup.train(data, network=module).",
            "'relu', 'silu', 'leaky_relu(0.1)'처럼 이름을 쓰세요. 값을 따로 정한 ReLU는 뒤에 층으로 두세요. "
            "다른 함수는 torch.nn.Module로 만들어 hakseup.train(data, network=module)에 넘기세요.",
        ),
    )


def _alike(function: Callable[..., Any]) -> str | None:
    """The known activation that a function of one's own is, `x * K.sigmoid(x)` for one; None where it is another."""
    x = torch.cat([torch.linspace(-8, 8, 161), torch.tensor([-60.0, -1.0, 60.0])])[None]
    try:
        found = tensor(function(x)).float()
    except (TypeError, ValueError, RuntimeError, AttributeError, HakseupError):
        return None  # not of one tensor: it is refused as what it is
    if found.shape != x.shape:
        return None
    below = -float(found[0, -2])  # at -1: the slope of a leaky ReLU
    names = [*ACTIVATIONS, f"leaky_relu({below:g})"] if below > 0 else ACTIVATIONS
    return next(
        (name for name in names if torch.allclose(activation_module(name, 1)(x), found, atol=1e-5)), None
    )


def serialize(activation: Any) -> str:
    """The name of a function."""
    return name_of("activation", activation) or "linear"


def deserialize(config: Any, custom_objects: object = None) -> Function:
    """The function of a name."""
    return get(config)


def __getattr__(name: str) -> Any:
    raise missing("keras.activations", name, FUNCTIONS)
