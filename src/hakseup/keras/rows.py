"""Steps of a small dense network on one processor: the gradients written out, the optimizer over one row of numbers.

A step of the tutorials' tables takes a fifth of a millisecond with autograd, nearly all of it bookkeeping. Here all
numbers lie in one row, the parameters are views of it, and the way back is that of `training.stacked`. Measured in
docs/keras.md; `tests/test_keras_model.py` holds it against autograd.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

import torch

from hakseup.keras.feeding import Target
from hakseup.keras.loss_kinds import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from hakseup.keras.network import Network
from hakseup.keras.objective import Objective
from hakseup.keras.optimizers import Adam, Optimizer
from hakseup.models.tabular import stacked
from hakseup.training.eager import Move
from hakseup.training.stacked import BETA_1, BETA_2, Loss, Pass, adam, targets

LARGEST = 1 << 18  # numbers of a network from which the products themselves take most of a step
_LOSSES: dict[type, Loss] = {
    BinaryCrossentropy: "binary_crossentropy",
    CategoricalCrossentropy: "categorical_crossentropy",
    SparseCategoricalCrossentropy: "categorical_crossentropy",
    MeanSquaredError: "mean_squared_error",
}
_NO_LOSS = torch.zeros(())


class RowSteps:
    """Makes the steps; `of` says for which networks it can.

    The loss of a batch is not reckoned here: the gradients do not need it, and the tally does it for many batches.
    """

    def __init__(
        self, network: Network, loss: Loss, optimizer: Optimizer, kept: torch.optim.Optimizer
    ) -> None:
        """kept: the optimizer over the parameters, whose state is shared."""
        self.network, self.loss, self.optimizer, self.kept = network, loss, optimizer, kept
        self.layers = stacked.Stacked(network.plan, [0]).layers
        self.units = self.layers[-1].units
        self.parameters = dict(network.module.named_parameters())
        self.numbers = torch.zeros(1, self.layers[-1].end)
        self.passes = Pass(self.layers, self.numbers, loss)
        self.mean: dict[int, torch.Tensor] = {}

    @staticmethod
    def of(
        network: Network, objective: Objective, optimizer: Optimizer, kept: torch.optim.Optimizer
    ) -> RowSteps | None:
        """The steps for this network; None where it is no small dense one, or more than a plain loss is asked for."""
        loss = _LOSSES.get(type(objective.kind))
        plain = (
            loss is not None
            and objective.kind.reduction in ("sum_over_batch_size", "mean", "auto")
            and not getattr(objective.kind, "label_smoothing", 0)
            and objective.on_logits == (loss != "mean_squared_error")
            and (loss != "mean_squared_error" or network.final == "linear")
            and network.penalty() is None
        )
        fits = network.device.type == "cpu" and stacked.why_not(network.plan) is None
        if not plain or not fits or not optimizer.by_element:
            return None
        parameters = list(network.module.parameters())
        small = sum(p.numel() for p in parameters) <= LARGEST
        if not small or not all(p.requires_grad for p in parameters) or loss is None:
            return None
        return RowSteps(network, loss, optimizer, kept)

    def __enter__(self) -> RowSteps:
        with torch.no_grad():
            for name, view in self._views(self.numbers).items():
                view.copy_(self.parameters[name])
                self.parameters[name].data = view
        slots = {}
        for key in self._keys():
            slots[key] = torch.full_like(self.numbers, self.optimizer.start.get(key, 0.0))
            for name, view in self._views(slots[key]).items():
                state = self.kept.state[self.parameters[name]]
                if key in state:
                    view.copy_(state[key])
                state[key] = view
        self.move = _mover(self.optimizer, self.numbers, self.passes.gradient, slots)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for parameter in self.parameters.values():  # each with memory of its own again
            parameter.data = parameter.data.clone(memory_format=torch.contiguous_format)
            state = self.kept.state[parameter]
            for key in self._keys():
                state[key] = state[key].clone(memory_format=torch.contiguous_format)
        self.optimizer.count(self.kept)

    def _keys(self) -> list[str]:
        return [key for group in self.optimizer.slots() for _, key in group]

    def _views(self, row: torch.Tensor) -> dict[str, torch.Tensor]:
        """Each parameter's place in the row, in its own layout."""
        out = {}
        for layer in self.layers:
            weight, bias = stacked.parts(layer, row)
            out[f"{layer.name}.weight"] = weight[0].T  # torch keeps (units, inputs)
            if bias is not None:
                out[f"{layer.name}.bias"] = bias[0, 0]
        return out

    def train(self) -> None:
        """The network into training mode."""
        self.network.module.train()

    @torch.inference_mode()
    def __call__(self, x: torch.Tensor, y: Target) -> tuple[torch.Tensor, torch.Tensor]:
        """Outputs (b, k) before the move, and a zero in the place of the loss.

        Args:
            x: float32 (b, d). y: see `Target`.
        """
        b = x.shape[0]
        out = torch.empty(1, b, self.units)
        truth = y.y
        if truth.dtype == torch.int64:  # numbers of classes
            truth = targets(self.loss, truth.reshape(b), self.units, out.dtype)
        self.passes(x[None], truth[None], self._shares(b, y.weight), out)
        self.move()
        return out[0], _NO_LOSS

    def _shares(self, b: int, weight: torch.Tensor | None) -> torch.Tensor:
        """What each row counts for, (1, b, 1)."""
        if b not in self.mean:
            self.mean[b] = torch.full((1, b, 1), 1 / b)
        return self.mean[b] if weight is None else self.mean[b] * weight[None, :, None]


def _mover(
    optimizer: Optimizer, row: torch.Tensor, gradient: torch.Tensor, slots: dict[str, torch.Tensor]
) -> Callable[[], None]:
    """What moves the row by its gradient once.

    Args:
        slots: what the optimizer keeps beside the numbers, by torch's names.
    """
    if type(optimizer) is Adam and _is_plain(optimizer):
        room = torch.empty_like(row)
        return _AdamMover(optimizer, (row, gradient, slots["exp_avg"], slots["exp_avg_sq"], room))
    parameter = torch.nn.Parameter(row, requires_grad=False)
    parameter.grad = gradient
    moving = optimizer.over(parameter)
    moving.state[parameter].update(slots)
    optimizer.count(moving)
    return Move(moving)


def _is_plain(optimizer: Adam) -> bool:
    """Whether it is Adam and nothing else."""
    extra = (optimizer.amsgrad, optimizer.weight_decay, optimizer.decay, vars(optimizer)["clipvalue"])
    return (optimizer.beta_1, optimizer.beta_2) == (BETA_1, BETA_2) and not any(extra)


class _AdamMover:
    """Plain Adam as Keras has it, without the bookkeeping of `torch.optim`, which costs more than the step."""

    def __init__(
        self,
        optimizer: Adam,
        state: tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor],
    ) -> None:
        self.optimizer, self.state = optimizer, state

    def __call__(self) -> None:
        optimizer = self.optimizer
        done = optimizer.iterations + 1
        widen = (1 - BETA_2**done) ** -0.5
        size = -float(optimizer.learning_rate) / (1 - BETA_1**done)
        adam(self.state, size, widen, optimizer.epsilon * widen)  # Keras adds epsilon before the correction
        optimizer.iterations = done
