"""What weights are brought back to after each step: no longer than, no less than zero, of length one.

A constraint sits on the parameter itself (`constrain`), and the facade's optimisers apply it behind every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from hakseup.errors import NetworkError
from hakseup.keras.outside import missing
from hakseup.layers import checks
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


def get(identifier: Any) -> Rule | None:
    """The constraint that a name, an object, a class, a config or a function of one's own means; None stays None.

    Raises:
        NetworkError: there is none.
    """
    if identifier is None:
        return None
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    if isinstance(identifier, str):
        for name, cls in CONSTRAINTS.items():
            if identifier.replace("_", "").lower() == name.lower():
                return cls()
    elif isinstance(identifier, type) and issubclass(identifier, Constraint):
        return identifier()
    elif callable(identifier):
        return identifier  # type: ignore[no-any-return]
    raise NetworkError(
        "unknown-constraint",
        Words(
            f"There is no constraint called {checks.shown(identifier)}.",
            f"{checks.shown(identifier)}(이)라는 제약은 없습니다.",
        ),
        checks.did_you_mean(identifier if isinstance(identifier, str) else "", list(CONSTRAINTS)),
    )


def serialize(constraint: Constraint) -> dict[str, Any]:
    """The constraint in the form that Keras writes into files."""
    return {
        "module": "keras.constraints",
        "class_name": type(constraint).__name__,
        "config": constraint.get_config(),
        "registered_name": None,
    }


def deserialize(config: Mapping[str, Any], custom_objects: object = None) -> Constraint:
    """The constraint that `serialize`, or Keras, wrote.

    Raises:
        NetworkError: there is none of this name.
    """
    found = get(str(config.get("class_name")))
    return type(found).from_config(config.get("config") or {}) if isinstance(found, Constraint) else NonNeg()


def constrain(parameter: torch.Tensor | None, rule: Rule | None) -> None:
    """Put a constraint on a parameter, for the optimiser to find."""
    if parameter is not None and rule is not None:
        parameter.constraint = rule  # type: ignore[attr-defined]


def constrained(parameters: Iterable[torch.Tensor]) -> list[torch.Tensor]:
    """Those that have a constraint."""
    return [parameter for parameter in parameters if getattr(parameter, "constraint", None) is not None]


def apply(parameters: Iterable[torch.Tensor]) -> None:
    """Bring constrained parameters back within their bounds."""
    import torch

    with torch.no_grad():
        for parameter in parameters:
            turned = parameter.permute(_TO_KERAS.get(parameter.ndim, tuple(range(parameter.ndim))))
            turned.copy_(parameter.constraint(turned))  # type: ignore[attr-defined]


def __getattr__(name: str) -> Any:
    raise missing("keras.constraints", name, ["max_norm", "unit_norm", "non_neg", *CONSTRAINTS])
