"""What weights are brought back to after each step: no longer than, no less than zero, of length one.

`bounds` says which parameters of a layer have one, and the facade's optimisers apply it behind every step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from hakseup.errors import NetworkError
from hakseup.keras.outside import missing
from hakseup.keras.registry import Registry
from hakseup.layers import Layer, checks
from hakseup.words import Words

if TYPE_CHECKING:
    import torch

EPSILON = 1e-7
_TO_KERAS = {
    2: (1, 0),
    4: (2, 3, 1, 0),
}  # for 2 or 4 axes: torch's in Keras' order, (in, out) or (h, w, in, out)
Axis = int | list[int]
Rule = Callable[["torch.Tensor"], "torch.Tensor"]


@dataclass(frozen=True)
class Constraint:
    """Base; `__call__` takes weights in Keras' layout and returns what they become."""

    def __call__(self, w: torch.Tensor) -> torch.Tensor:
        """The weights within their bounds."""
        raise TypeError(f"{type(self).__name__} has no __call__(w)")

    def __post_init__(self) -> None:
        for field in fields(self):
            if isinstance(field.default, float):
                value = checks.number(type(self).__name__, field.name, getattr(self, field.name), 0)
                object.__setattr__(self, field.name, value)

    def get_config(self) -> dict[str, Any]:
        """The arguments by name, as Keras writes them into files."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Constraint:
        """The constraint whose `get_config()` was this."""
        return cls(**config)


@dataclass(frozen=True)
class MaxNorm(Constraint):
    """Shortens what is longer than a bound.

    Args:
        max_value: the bound.
        axis: along which the length is taken; 0 are a Dense layer's inputs.
    """

    max_value: float = 2.0
    axis: Axis = 0

    def __call__(self, w: torch.Tensor) -> torch.Tensor:
        lengths = _lengths(w, self.axis)
        return w * (lengths.clamp(max=self.max_value) / (EPSILON + lengths))


@dataclass(frozen=True)
class MinMaxNorm(Constraint):
    """Brings lengths between two bounds, or a share of the way there.

    Args:
        min_value: the lower bound.
        max_value: the upper bound.
        rate: the share of the way at each step.
        axis: along which the length is taken.
    """

    min_value: float = 0.0
    max_value: float = 1.0
    rate: float = 1.0
    axis: Axis = 0

    def __call__(self, w: torch.Tensor) -> torch.Tensor:
        lengths = _lengths(w, self.axis)
        wanted = self.rate * lengths.clamp(self.min_value, self.max_value) + (1 - self.rate) * lengths
        return w * (wanted / (EPSILON + lengths))


@dataclass(frozen=True)
class UnitNorm(Constraint):
    """Makes every length one.

    Args:
        axis: along which the length is taken.
    """

    axis: Axis = 0

    def __call__(self, w: torch.Tensor) -> torch.Tensor:
        return w / (EPSILON + _lengths(w, self.axis))


class NonNeg(Constraint):
    """Makes what is below zero zero."""

    def __call__(self, w: torch.Tensor) -> torch.Tensor:
        return w.clamp(min=0)


def _lengths(w: torch.Tensor, axis: Axis) -> torch.Tensor:
    return w.square().sum(axis, keepdim=True).sqrt()


CONSTRAINTS: dict[str, type[Constraint]] = {
    cls.__name__: cls for cls in (MaxNorm, MinMaxNorm, UnitNorm, NonNeg)
}
max_norm = maxnorm = MaxNorm
min_max_norm = MinMaxNorm
unit_norm = unitnorm = UnitNorm
non_neg = nonneg = NonNeg


REGISTRY: Registry[Rule] = Registry(
    "keras.constraints",
    Words("constraint", "제약"),
    Constraint,
    CONSTRAINTS,
    NetworkError,
    list(CONSTRAINTS),
    wrapped=lambda function: function,
)
get, serialize, deserialize = REGISTRY.optional, REGISTRY.serialize, REGISTRY.deserialize


@dataclass(frozen=True)
class Bound:
    """A parameter, in torch's layout, and the rule that it is kept to."""

    parameter: torch.Tensor
    rule: Rule

    def apply(self) -> None:
        """Bring it back within its bounds, in place."""
        import torch

        with torch.no_grad():
            turned = self.parameter.permute(
                _TO_KERAS.get(self.parameter.ndim, tuple(range(self.parameter.ndim)))
            )
            turned.copy_(self.rule(turned))


def bounds(layer: Layer, module: torch.nn.Module | None) -> list[Bound]:
    """The parameters of a layer that have a rule.

    Args:
        layer: any layer; those of `keras.layers` may have constraints.
        module: what it built; None where nothing is left of it.
    """
    found = []
    for argument, attribute in (("kernel_constraint", "weight"), ("bias_constraint", "bias")):
        rule, parameter = getattr(layer, argument, None), getattr(module, attribute, None)
        if rule is not None and parameter is not None:
            found.append(Bound(parameter, rule))
    return found


def __getattr__(name: str) -> Any:
    raise missing("keras.constraints", name, ["max_norm", "unit_norm", "non_neg", *CONSTRAINTS])
