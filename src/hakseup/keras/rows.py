"""Steps of a small dense network on one processor: the gradients written out, the optimizer over one row of numbers.

A step of the tutorials' tables takes a fifth of a millisecond with autograd, nearly all of it bookkeeping. Here all
numbers lie in one row, the parameters are views of it, and the way back is that of `training.stacked`. Measured in
docs/keras.md; `tests/test_keras_rows.py` holds it against autograd.
"""

from __future__ import annotations

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
from hakseup.keras.optimizers import Optimizer
from hakseup.models.tabular import stacked
from hakseup.training.stacked import Loss, Pass, targets

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
        row = torch.nn.Parameter(self.numbers, requires_grad=False)
        row.grad = self.passes.gradient
        self.moving = self.optimizer.over(row)
        for _, key in self._keys():
            slot = torch.full_like(self.numbers, self.optimizer.start.get(key, 0.0))
            for name, view in self._views(slot).items():
                state = self.kept.state[self.parameters[name]]
                if key in state:
                    view.copy_(state[key])
                state[key] = view
            self.moving.state[row][key] = slot
        self.optimizer.count(self.moving)
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
            for _, key in self._keys():
                state[key] = state[key].clone(memory_format=torch.contiguous_format)
        self.optimizer.count(self.kept)

    def _keys(self) -> list[tuple[str, str]]:
        return [pair for group in self.optimizer.slots() for pair in group]

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
        b = len(x)
        out = torch.empty(1, b, self.units)
        truth = y.y
        if truth.shape != out.shape[1:]:  # numbers of classes
            truth = targets(self.loss, truth.reshape(b), self.units, out.dtype)
        elif truth.dtype != out.dtype:
            truth = truth.to(out.dtype)
        self.passes(x[None], truth[None], self._shares(b, y.weight), out)
        self.moving.step()
        return out[0], _NO_LOSS

    def _shares(self, b: int, weight: torch.Tensor | None) -> torch.Tensor:
        """What each row counts for, (1, b, 1)."""
        if b not in self.mean:
            self.mean[b] = torch.full((1, b, 1), 1 / b)
        return self.mean[b] if weight is None else self.mean[b] * weight[None, :, None]
