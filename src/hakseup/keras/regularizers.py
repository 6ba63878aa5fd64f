"""What is added to the loss so that weights, or what a layer gives, stay small."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hakseup.errors import NetworkError
from hakseup.keras.outside import missing
from hakseup.keras.registry import Registry
from hakseup.layers import checks
from hakseup.layers.base import Layer
from hakseup.words import Words

if TYPE_CHECKING:
    import torch

Rule = Callable[["torch.Tensor"], "torch.Tensor"]
DEFAULT = 0.01


class Regularizer:
    """Base, also of one's own: `__call__` takes weights and returns what is added to the loss."""

    def __call__(self, x: Any) -> Any:
        """A scalar tensor."""
        raise TypeError(f"{type(self).__name__} has no __call__(x)")

    def get_config(self) -> dict[str, Any]:
        """The arguments by name, as Keras writes them into files."""
        return {}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Regularizer:
        """The regulariser whose `get_config()` was this."""
        return cls(**config)


@dataclass(frozen=True, init=False)
class L1L2(Regularizer):
    """l1 times the sum of sizes plus l2 times the sum of squares.

    Args:
        l1: see above.
        l2: see above.
    """

    l1: float
    l2: float

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        for name, value in (("l1", l1), ("l2", l2)):
            number = checks.number(type(self).__name__, name, 0.0 if value is None else value, 0)
            object.__setattr__(self, name, number)

    def __call__(self, x: Any) -> torch.Tensor:
        """An array or a tensor -> a scalar tensor."""
        import torch

        values = torch.as_tensor(x)
        out = torch.zeros((), dtype=values.dtype, device=values.device)
        if self.l1:
            out = out + self.l1 * values.abs().sum()
        return out + self.l2 * values.square().sum() if self.l2 else out

    def get_config(self) -> dict[str, float]:
        """The arguments by name, as Keras writes them into files."""
        return {"l1": self.l1, "l2": self.l2}


class L1(L1L2):
    """l1 times the sum of sizes.

    Args:
        l1: see above.
        l: Keras 1 and 2's name of it.
    """

    def __init__(self, l1: float = DEFAULT, *, l: float | None = None) -> None:  # noqa: E741
        super().__init__(l1=l1 if l is None else l)

    def get_config(self) -> dict[str, float]:
        """The arguments by name."""
        return {"l1": self.l1}


class L2(L1L2):
    """l2 times the sum of squares.

    Args:
        l2: see above.
        l: Keras 1 and 2's name of it.
    """

    def __init__(self, l2: float = DEFAULT, *, l: float | None = None) -> None:  # noqa: E741
        super().__init__(l2=l2 if l is None else l)

    def get_config(self) -> dict[str, float]:
        """The arguments by name."""
        return {"l2": self.l2}


l1, l2, l1_l2, l1l2 = L1, L2, L1L2, L1L2
activity_l1, activity_l2, activity_l1l2 = L1, L2, L1L2  # Keras 1 told them from those of weights
REGULARIZERS: dict[str, type[L1L2]] = {"L1": L1, "L2": L2, "L1L2": L1L2}


REGISTRY: Registry[Rule] = Registry(
    "keras.regularizers",
    Words("regularizer", "규제"),
    Regularizer,
    REGULARIZERS,
    NetworkError,
    ["l1", "l2", "l1_l2"],
    wrapped=lambda function: function,
)
get, serialize, deserialize = REGISTRY.optional, REGISTRY.serialize, REGISTRY.deserialize


class Activity:
    """A forward hook that keeps what an activity regulariser says of the last output, as the mean over the batch."""

    def __init__(self, regularizer: Rule) -> None:
        self.regularizer = regularizer
        self.value: torch.Tensor | None = None

    def __call__(self, module: torch.nn.Module, inputs: Any, output: torch.Tensor) -> None:
        self.value = _summed(self.regularizer(output)) / len(output)

    def __deepcopy__(self, memo: dict[int, Any]) -> Activity:
        memo[id(self)] = out = Activity(self.regularizer)  # without the value: it hangs on a graph
        return out


def penalty(layer: Layer, module: torch.nn.Module | None) -> torch.Tensor | None:
    """What the layer adds to the loss, a scalar; None where it adds nothing. Call it after the forward pass.

    Args:
        layer: any layer; those of `keras.layers` may have regularisers.
        module: what it built; None where nothing is left of it.
    """
    import torch

    parts = []
    for argument, attribute in (("kernel_regularizer", "weight"), ("bias_regularizer", "bias")):
        regularizer, tensor = getattr(layer, argument, None), getattr(module, attribute, None)
        if regularizer is not None and tensor is not None:
            parts.append(_summed(regularizer(tensor)))
    activity = getattr(module, "activity", None)
    if isinstance(activity, Activity):
        parts.append(torch.zeros(()) if activity.value is None else activity.value)
    return sum(parts[1:], parts[0]) if parts else None


def _summed(value: Any) -> torch.Tensor:
    """What a regulariser gave as one number: one of one's own may give a number for each weight, which Keras adds up."""
    import torch

    return torch.as_tensor(value).sum()


def __getattr__(name: str) -> Any:
    raise missing("keras.regularizers", name, ["l1", "l2", "l1_l2", *REGULARIZERS])
