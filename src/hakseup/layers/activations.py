"""Activations by Keras' names, as modules of `torch.nn`. The channels are axis 1 of every tensor here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hakseup.errors import NetworkError
from hakseup.layers.checks import did_you_mean, shown
from hakseup.words import Words

if TYPE_CHECKING:
    from torch import nn

# name -> class in torch.nn and its arguments where Keras' defaults differ from torch's
_MODULES: dict[str, tuple[str, dict[str, float]]] = {
    "linear": ("Identity", {}),
    "relu": ("ReLU", {}),
    "relu6": ("ReLU6", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.2}),
    "elu": ("ELU", {}),
    "selu": ("SELU", {}),
    "celu": ("CELU", {}),
    "gelu": ("GELU", {}),
    "silu": ("SiLU", {}),
    "mish": ("Mish", {}),
    "sigmoid": ("Sigmoid", {}),
    "hard_sigmoid": ("Hardsigmoid", {}),
    "hard_silu": ("Hardswish", {}),
    "log_sigmoid": ("LogSigmoid", {}),
    "tanh": ("Tanh", {}),
    "hard_tanh": ("Hardtanh", {}),
    "tanh_shrink": ("Tanhshrink", {}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "softmax": ("Softmax", {"dim": 1}),
    "log_softmax": ("LogSoftmax", {"dim": 1}),
    "exponential": ("", {}),  # torch.nn has no module for it
}
SECOND_NAMES = {"swish": "silu", "hard_swish": "hard_silu"}
ACTIVATIONS = tuple(_MODULES)
_NUMBER = {"leaky_relu": "negative_slope", "elu": "alpha"}  # may be written behind, "elu(0.5)"
_WITH = re.compile(rf"({'|'.join(_NUMBER)})\((\d*\.?\d+(?:e-?\d+)?)\)")


def activation(layer: str, value: Any) -> str | None:
    """The name of an activation in one spelling: swish is silu; linear and None are None; "leaky_relu(0.1)" has a slope.

    Raises:
        NetworkError: there is none of this name.
    """
    if value is None:
        return None
    if isinstance(value, str):
        name = SECOND_NAMES.get(value.lower(), value.lower())
        if name in _MODULES:
            return None if name == "linear" else name
        written = _WITH.fullmatch(name)
        if written:
            return f"{written[1]}({float(written[2]):g})"
    raise NetworkError(
        "unknown-activation",
        Words(
            f"{layer}: there is no activation called {shown(value)}.",
            f"{layer}: {shown(value)}(이)라는 활성화 함수는 없습니다.",
        ),
        did_you_mean(value if isinstance(value, str) else "", [*ACTIVATIONS, *SECOND_NAMES]),
    )


def parts(name: str) -> tuple[str, float | None]:
    """The name without the number behind it, and that number."""
    written = _WITH.fullmatch(name)
    return (written[1], float(written[2])) if written else (name, None)


def activation_module(name: str | None, rank: int = 3) -> nn.Module:
    """The module for an activation.

    Args:
        name: as `activation` gave it, or None for linear.
        rank: axes of the shape without the batch; at rank 2 the channels lie on axis 2, else on axis 1.
    """
    from torch import nn

    from hakseup.layers.modules import Exponential

    plain, number = parts(name or "linear")
    kind, arguments = _MODULES[plain]
    if number is not None:
        arguments = {_NUMBER[plain]: number}
    if not kind:
        return Exponential()
    if "dim" in arguments:
        arguments = {"dim": 2 if rank == 2 else 1}
    module: nn.Module = getattr(nn, kind)(**arguments)
    return module
