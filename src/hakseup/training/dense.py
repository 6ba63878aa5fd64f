"""The step of a small dense network on one processor: gradients and Adam in some thirty calls.

A step of such a network is nearly all overhead: autograd writes down what takes less time to reckon, and the
optimiser asks for every layer's numbers one by one. Here all numbers of the network lie in one row, its parameters
are views of that row, and the way back is that of `training.stacked`. For the loop nothing changes: the module
holds the weights at any moment, checkpoints hold the optimiser. Measured in docs/tables.md;
`tests/test_dense_step.py` holds it against autograd and `torch.optim.Adam`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from hakseup.layers import modules
from hakseup.models.tabular.network import OnRows
from hakseup.models.tabular.stacked import StackedLayer, parts
from hakseup.settings import TrainingSettings
from hakseup.training.eager import without_compiler
from hakseup.training.goals import Goal
from hakseup.training.stacked import BETA_1, BETA_2, Loss, Pass, adam, losses, targets

LARGEST = 1 << 18  # numbers of a network from which the products themselves take most of a step
_ACTIVATIONS: dict[type[nn.Module], str] = {
    nn.Identity: "linear",
    nn.ReLU: "relu",
    nn.Sigmoid: "sigmoid",
    nn.Tanh: "tanh",
}
_PLAIN = ("weight_decay", "label_smoothing", "class_weight", "gradient_clip", "loss")


class FlatAdam(torch.optim.Optimizer):
    """`torch.optim.Adam` for one row of numbers, whose gradient is left in `gradient`."""

    def __init__(self, numbers: torch.Tensor, settings: TrainingSettings) -> None:
        with without_compiler():
            super().__init__(
                [{"params": [numbers], "share": 1.0}], {"lr": settings.learning_rate, "eps": settings.epsilon}
            )
        self.gradient, self.room = torch.zeros_like(numbers), torch.zeros_like(numbers)
        self.state[numbers] = {
            "step": 0,
            "exp_avg": torch.zeros_like(numbers),
            "exp_avg_sq": torch.zeros_like(numbers),
        }

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Move the numbers by their gradient."""
        group = self.param_groups[0]
        (numbers,) = group["params"]
        state = self.state[numbers]
        state["step"] = t = state["step"] + 1
        adam(
            (numbers, self.gradient, state["exp_avg"], state["exp_avg_sq"], self.room),
            -group["lr"] / (1 - BETA_1**t),
            (1 - BETA_2**t) ** -0.5,
            group["eps"],
        )

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Nothing to do: the next gradient takes the place of this one."""


class DenseStep:
    """Stands where `steps.Steps` stands; `of` says for which networks it can."""

    def __init__(
        self, layers: tuple[StackedLayer, ...], module: nn.Module, loss: Loss, settings: TrainingSettings
    ) -> None:
        self.layers, self.module, self.loss = layers, module, loss
        self.numbers = torch.zeros(1, layers[-1].end)
        self.kept = dict(module.named_parameters())
        with torch.no_grad():
            for layer in layers:
                weight, bias = parts(layer, self.numbers)
                self._lay(f"{layer.name}.weight", weight[0].T)  # torch keeps (units, inputs)
                if bias is not None:
                    self._lay(f"{layer.name}.bias", bias[0, 0])
        self.optimizer = FlatAdam(self.numbers, settings)
        self.passes = Pass(layers, self.numbers, loss)
        self.passes.gradient = self.optimizer.gradient
        self.two = any(isinstance(part, modules.TwoClasses) for part in module.modules())

    @staticmethod
    def of(
        module: nn.Module, settings: TrainingSettings, aim: Goal, where: torch.device, precision: str
    ) -> DenseStep | None:
        """The step for this network; None where it is no small dense one, or more is asked for than plain Adam."""
        plain = TrainingSettings()
        if where.type != "cpu" or precision != "fp32" or settings.optimizer != "adam" or not aim.plain:
            return None
        if any(getattr(settings, name) != getattr(plain, name) for name in _PLAIN):
            return None
        layers, two = _layers(module)
        if not layers or layers[-1].end > LARGEST:
            return None
        if aim.numbers:
            loss: Loss = "mean_squared_error"
        else:
            loss = "binary_crossentropy" if two else "categorical_crossentropy"
        return DenseStep(layers, module, loss, settings)

    def _lay(self, name: str, view: torch.Tensor) -> None:
        parameter = self.kept[name]
        parameter.data = view.copy_(parameter)

    def __enter__(self) -> DenseStep:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for parameter in self.kept.values():  # each with memory of its own again
            parameter.data = parameter.data.clone(memory_format=torch.contiguous_format)

    def train(self) -> None:
        """The network into training mode."""
        self.module.train()

    @torch.inference_mode()
    def __call__(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Move the weights; logits (b, k) before the move and the mean loss, a scalar.

        Args:
            x: float32 (b, w) or (b, w, 1, 1). y: classes int64 (b,), or numbers float32 (b,).
        """
        b = len(y)
        out = torch.empty(1, b, self.layers[-1].units)
        truth = targets(self.loss, y, self.layers[-1].units, out.dtype)[None]
        self.passes(x.reshape(1, b, -1), truth, torch.full((1, b, 1), 1 / b), out)
        loss = losses(self.loss, out, truth).mean()
        self.optimizer.step()
        return (F.pad(out[0], (1, 0)) if self.two else out[0]), loss


def _layers(module: nn.Module) -> tuple[tuple[StackedLayer, ...], bool]:
    """The dense layers that a network of a table is made of, and whether one logit becomes two; () for any other."""
    inner: Any = module.inner if isinstance(module, OnRows) and module.numbers is None else None
    if type(inner) is not nn.Sequential:
        return (), False
    out: list[StackedLayer] = []
    begin, two = 0, False
    for name, part in inner.named_children():
        if isinstance(part, modules.TwoClasses):
            two = True
            continue
        if type(part) is not modules.Dense or part.on_pictures:
            return (), False
        activation = _ACTIVATIONS.get(type(part.activation))
        if activation is None:
            return (), False
        bias = part.bias is not None
        out.append(
            StackedLayer(f"inner.{name}", part.in_features, part.out_features, bias, activation, begin)
        )
        begin = out[-1].end
    if not out or out[-1].activation != "linear":  # logits or a value come out
        return (), False
    return tuple(out), two
