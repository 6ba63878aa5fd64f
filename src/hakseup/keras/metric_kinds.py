"""The metrics as objects: what is kept between batches, and the figure at the end.

State is kept in tensors where the predictions are, so that nothing waits for the device at a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from hakseup.keras import formulas
from hakseup.keras.eager import Weight, eager, named
from hakseup.keras.formulas import aligned, tensor
from hakseup.keras.mathematics import given
from hakseup.layers import checks
from hakseup.words import Words


class State(torch.Tensor):
    """A number that a metric of one's own keeps (`self.add_weight(name="hits")`)."""

    def assign(self, value: Any) -> State:
        """Set it."""
        with torch.no_grad():
            self.copy_(torch.as_tensor(value))
        return self

    def assign_add(self, value: Any) -> State:
        """Add to it."""
        return self.assign(self.as_subclass(torch.Tensor) + torch.as_tensor(value, dtype=self.dtype))


class Metric:
    """Base; a class of one's own defines `update_state(y_true, y_pred, sample_weight=None)` and `result()`.

    Args:
        name: under which the figure is shown; left out, the name of the class in lower case.
        dtype: only float32.
    """

    adds_up = True  # whether two batches may be given as one
    own: ClassVar[tuple[str, ...]] = ()  # arguments that only this kind has

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        self.name = name or checks.snake_case(type(self).__name__)
        self.dtype = "float32"
        self._states: list[State] = []
        self._names: list[str] = []  # of the states

    def add_weight(
        self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: str | None = None
    ) -> State:
        """A number, or an array of them, that starts at zero and is set back by `reset_state`."""
        if isinstance(shape, str):  # older code gives the name first
            shape, name = (), name or shape
        if initializer not in (None, "zeros", "zero"):
            raise checks.refusal(type(self).__name__, "initializer", initializer, Words("'zeros'", "'zeros'"))
        size = (shape,) if isinstance(shape, int) else tuple(shape or ())
        self._names.append(name or f"variable_{len(self._states)}")
        self._states.append(torch.zeros(size).as_subclass(State))
        return self._states[-1]

    add_variable = add_weight

    def __repr__(self) -> str:
        """As Keras shows metrics."""
        return f"<{type(self).__name__} name={self.name}>"

    def _kept(self) -> dict[str, Any]:
        """What is kept between batches, by Keras' names."""
        return dict(zip(self._names, self._states, strict=True))

    @property
    def variables(self) -> list[Weight]:
        """What is kept between batches, copies that have a `name`."""
        kept = self._kept().items()
        return [
            named(f"{self.name}/{name}", torch.as_tensor(value).float().numpy(force=True), False)
            for name, value in kept
        ]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch: truth, the network's output with its last activation, and weights of the rows (b,)."""
        raise TypeError(f"{type(self).__name__} has no update_state(y_true, y_pred, sample_weight)")

    def result(self) -> Any:
        """The figure so far."""
        raise TypeError(f"{type(self).__name__} has no result()")

    def reset_state(self) -> None:
        """Begin anew."""
        for state in self._states:
            state.assign(torch.zeros_like(state))

    def reset_states(self) -> None:
        """Keras 1 and 2's name of `reset_state`."""
        self.reset_state()

    def __call__(self, *batch: Any, **named: Any) -> Any:
        """Take a batch and return the figure so far."""
        self.update_state(*batch, **named)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """The arguments by name, as Keras writes them into files."""
        return {"name": self.name, "dtype": self.dtype} | {name: getattr(self, name) for name in self.own}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Metric:
        """The metric whose `get_config()` was this."""
        return cls(**{name: value for name, value in config.items() if name != "dtype"})


class Mean(Metric):
    """The mean of all values given."""

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name)
        self._total = torch.zeros(())
        self._count: Tensor | int = 0

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Take values (b, …), each row's mean counting as one, or one value; and weights (b,)."""
        values = tensor(values).detach().float()
        if sample_weight is None:
            self._count = self._count + (len(values) if values.ndim else 1)
        else:
            weight = tensor(sample_weight).to(values.device, values.dtype)
            if weight.ndim == values.ndim + 1 and weight.shape[-1] == 1:
                weight = weight.squeeze(-1)
            values = values.flatten(weight.ndim).mean(-1) if values.ndim > weight.ndim else values
            values = values * weight
            rows = weight.broadcast_to(values.shape)
            self._count = self._count + (rows.flatten(1).mean(1) if rows.ndim > 1 else rows).sum()
        self._total = self._total + (values.flatten(1).mean(1) if values.ndim > 1 else values).sum()

    def _kept(self) -> dict[str, Any]:
        return super()._kept() | {"total": self._total, "count": self._count}

    @property
    def total(self) -> Any:
        """The sum so far."""
        return self.variables[-2]

    @property
    def count(self) -> Any:
        """How many values, or the sum of their weights."""
        return self.variables[-1]

    def result(self) -> Any:
        """The mean so far; 0 before the first value."""
        return eager(self._mean())

    def _mean(self) -> Tensor:
        total = torch.as_tensor(self._total)
        count = torch.as_tensor(self._count, dtype=total.dtype, device=total.device)
        return torch.where(count != 0, total / count, torch.zeros_like(total))

    def reset_state(self) -> None:
        """Begin anew."""
        super().reset_state()
        self._total, self._count = torch.zeros(()), 0


class MeanMetricWrapper(Mean):
    """The mean over the rows of a function (y_true, y_pred) -> one number for each row, or for the batch.

    Args:
        fn: the function.
        name: under which the figure is shown; left out, the function's name.
        dtype: only float32.
        arguments: given to the function at every batch.
    """

    def __init__(self, fn: Any, name: str | None = None, dtype: Any = None, **arguments: Any) -> None:
        super().__init__(name or getattr(fn, "__name__", checks.snake_case(type(fn).__name__)))
        self.fn, self.arguments = fn, arguments
        self.adds_up = formulas.FORMULAS.get(getattr(fn, "__name__", "")) is fn

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Take a batch."""
        truth, predicted = tensor(y_true), tensor(y_pred)
        if not self.adds_up:  # a function of one's own
            truth, predicted = given(truth), given(predicted)
        super().update_state(tensor(self.fn(truth, predicted, **self.arguments)), sample_weight)


class FormulaMean(MeanMetricWrapper):
    """The mean of one of the formulas."""

    formula: ClassVar[formulas.Formula]

    def __init__(self, name: str | None = None, dtype: Any = None, **arguments: Any) -> None:
        super().__init__(type(self).formula, name or checks.snake_case(type(self).__name__), **arguments)
        for argument, value in arguments.items():
            setattr(self, argument, value)


def either_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """What "accuracy" means: binary, sparse or categorical, by the shapes, as Keras decides."""
    truth, predicted = tensor(y_true), tensor(y_pred)
    if predicted.ndim < 2 or predicted.shape[-1] == 1:
        return formulas.binary_accuracy(truth, predicted)
    if truth.ndim < predicted.ndim or truth.shape[-1] == 1:
        return formulas.sparse_categorical_accuracy(truth, predicted)
    return formulas.categorical_accuracy(truth, predicted)


class EitherAccuracy(MeanMetricWrapper):
    """ "accuracy" or "acc" by name."""

    def __init__(self, name: str = "accuracy") -> None:
        super().__init__(either_accuracy, name)
        self.adds_up = True


class RootMeanSquaredError(Mean):
    """The root of the mean of the squared differences."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Take a batch."""
        truth, predicted = aligned(y_true, y_pred)
        super().update_state((predicted - truth).square(), sample_weight)

    def result(self) -> Any:
        """The root so far."""
        return eager(self._mean().sqrt())
