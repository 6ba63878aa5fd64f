"""First weights, by the names and with the numbers of Keras.

The drawing itself is `torch.nn.init` with the generator that is given. Fans are counted as Keras counts
them; its normal initialisers are cut at two deviations and widened so that the variance comes out right.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from hakseup.errors import NetworkError, nearest
from hakseup.layers.checks import did_you_mean, shown, snake_case
from hakseup.words import Words

if TYPE_CHECKING:
    import torch

# name -> scale, which fan, distribution (keras/src/initializers/random_initializers.py, VarianceScaling)
_SCALED: dict[str, tuple[float, str, str]] = {
    "glorot_uniform": (1.0, "average", "uniform"),
    "glorot_normal": (1.0, "average", "normal"),
    "he_uniform": (2.0, "in", "uniform"),
    "he_normal": (2.0, "in", "normal"),
    "lecun_uniform": (1.0, "in", "uniform"),
    "lecun_normal": (1.0, "in", "normal"),
}
_PLAIN = ("zeros", "ones", "random_normal", "random_uniform", "truncated_normal", "orthogonal")
INITIALIZERS = (*_SCALED, *_PLAIN)
_ALIASES = {"normal": "random_normal", "uniform": "random_uniform", "zero": "zeros", "one": "ones"}
_WIDTH = 0.05  # Keras' default deviation of the normals, and half width of the uniform
# Deviation of a standard normal cut at +-2, by which Keras divides (scipy.stats.truncnorm.std(-2, 2)).
_CUT = 0.87962566103423978


class Initializer:
    """First weights with numbers of their own, where a name does not say enough; subclasses define `fill`."""

    matrix: ClassVar[bool] = False  # whether it needs two axes and so cannot start a bias

    def fill(self, weights: torch.Tensor, generator: torch.Generator) -> None:
        """Fill the weights, in torch's layout, in place."""
        raise TypeError(f"{type(self).__name__} fills nothing")


def initializer(layer: str, argument: str, value: Any, default: str) -> str | Initializer:
    """The name of an initialiser in one spelling: HeNormal is he_normal, None is the default; an object as it is.

    Raises:
        NetworkError: there is none of this name.
    """
    if value is None:
        return default
    if isinstance(value, Initializer) and not (value.matrix and argument.startswith("bias")):
        return value
    if isinstance(value, str):
        name = snake_case(value)
        name = _ALIASES.get(name, name)
        if name in INITIALIZERS and not (name == "orthogonal" and argument.startswith("bias")):
            return name
    raise NetworkError(
        "unknown-initializer",
        Words(
            f"{layer}: {argument} {shown(value)} is not an initializer that can be used there.",
            f"{layer}: {argument}에 {shown(value)} 초기화는 쓸 수 없습니다.",
        ),
        did_you_mean(value, INITIALIZERS)
        if isinstance(value, str) and nearest(value.lower(), list(INITIALIZERS)) != value.lower()
        else Words(f"There are: {', '.join(INITIALIZERS)}.", f"쓸 수 있는 것: {', '.join(INITIALIZERS)}."),
    )


def initialize(weights: torch.Tensor, name: str | Initializer, generator: torch.Generator) -> None:
    """Fill the weights in place.

    Args:
        weights: torch's layout: (units, inputs), (filters, channels of a group, height, width) or (n,).
        name: one of `INITIALIZERS`, or an object.
        generator: where the random numbers come from.
    """
    from torch.nn import init

    if isinstance(name, Initializer):
        name.fill(weights, generator)
    elif name in _SCALED:
        variance_scaling(weights, *_SCALED[name], generator)
    elif name == "zeros":
        init.zeros_(weights)
    elif name == "ones":
        init.ones_(weights)
    elif name == "random_normal":
        init.normal_(weights, 0.0, _WIDTH, generator=generator)
    elif name == "random_uniform":
        init.uniform_(weights, -_WIDTH, _WIDTH, generator=generator)
    elif name == "truncated_normal":
        init.trunc_normal_(weights, 0.0, _WIDTH, -2 * _WIDTH, 2 * _WIDTH, generator=generator)
    else:
        init.orthogonal_(weights, generator=generator)


def variance_scaling(
    weights: torch.Tensor, scale: float, fan: str, distribution: str, generator: torch.Generator
) -> None:
    """Fill the weights in place so that their variance is scale / fan.

    Args:
        weights: in torch's layout.
        scale: see above.
        fan: "in", "out" or "average".
        distribution: "uniform", "normal" (cut at two deviations) or "uncut".
        generator: where the random numbers come from.
    """
    from torch.nn import init

    fan_in, fan_out = _fans(weights)
    variance = scale / max(1.0, {"in": fan_in, "out": fan_out, "average": (fan_in + fan_out) / 2}[fan])
    if distribution == "uniform":
        limit = math.sqrt(3 * variance)
        init.uniform_(weights, -limit, limit, generator=generator)
    elif distribution == "uncut":
        init.normal_(weights, 0.0, math.sqrt(variance), generator=generator)
    else:
        deviation = math.sqrt(variance) / _CUT
        init.trunc_normal_(weights, 0.0, deviation, -2 * deviation, 2 * deviation, generator=generator)


def _fans(weights: torch.Tensor) -> tuple[int, int]:
    """Inputs and outputs of one weight, as Keras' compute_fans counts them on its own layout."""
    if weights.ndim == 1:
        return weights.numel(), weights.numel()
    receptive = math.prod(weights.shape[2:])
    return weights.shape[1] * receptive, weights.shape[0] * receptive
