"""One step of many small networks at once: forward, gradient and Adam in some twenty calls, whatever their number.

A step of such a network takes less time than PyTorch needs to write down what its gradient will be. So the way
back through dense layers is written out here, with PyTorch's own functions for the activations, into one matrix
that lies like the networks' numbers; Adam then is seven calls for everything. Measured in docs/tables.md.
`tests/test_folds.py` holds it against autograd and `torch.optim.Adam`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch.nn import functional as F

from hakseup.models.tabular.stacked import StackedLayer, parts

Loss = Literal["binary_crossentropy", "categorical_crossentropy", "mean_squared_error"]
BETA_1, BETA_2 = 0.9, 0.999  # Adam's, as Keras and PyTorch have them
_backward: dict[str, Callable[..., Any]] = {
    "relu": lambda gradient, out: torch.ops.aten.threshold_backward(gradient, out, 0),
    "sigmoid": torch.ops.aten.sigmoid_backward,
    "tanh": torch.ops.aten.tanh_backward,
}
_forward = {"relu": torch.relu_, "sigmoid": torch.sigmoid_, "tanh": torch.tanh_}


class Adam:
    """`torch.optim.Adam` for networks that may be at different steps, all numbers in one matrix (m, p)."""

    def __init__(self, numbers: torch.Tensor, epsilon: float) -> None:
        self.numbers, self.epsilon = numbers, epsilon
        self.mean, self.square = torch.zeros_like(numbers), torch.zeros_like(numbers)
        self.room = torch.empty_like(numbers)

    def select(self, rows: torch.Tensor) -> None:
        """Go on with these networks only."""
        self.numbers, self.mean, self.square = self.numbers[rows], self.mean[rows], self.square[rows]
        self.room = torch.empty_like(self.numbers)

    def step(self, gradient: torch.Tensor, active: int, size: torch.Tensor, widen: torch.Tensor) -> None:
        """Move the first networks; the others stay as they are.

        Args:
            gradient: (m, p).
            active: how many of them move.
            size, widen: (m, 1), as `adam` takes them.
        """
        if active == len(self.numbers):
            numbers, mean, square, room = self.numbers, self.mean, self.square, self.room
        else:
            numbers, mean, square = self.numbers[:active], self.mean[:active], self.square[:active]
            room, gradient, size, widen = self.room[:active], gradient[:active], size[:active], widen[:active]
        adam((numbers, gradient, mean, square, room), size, widen, self.epsilon)


def adam(
    state: tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor],
    size: torch.Tensor | float,
    widen: torch.Tensor | float,
    epsilon: float,
) -> None:
    """One step of Adam in place (Kingma, Ba 2015, arXiv 1412.6980).

    Args:
        state: numbers, gradient, its running mean and that of its square, room for one more, all of one shape.
        size: the learning rate over 1 - beta_1^t, negative.
        widen: 1 over the root of 1 - beta_2^t.
        epsilon: in the denominator.
    """
    numbers, gradient, mean, square, room = state
    mean.lerp_(gradient, 1 - BETA_1)
    square.mul_(BETA_2).addcmul_(gradient, gradient, value=1 - BETA_2)
    torch.sqrt(square, out=room)
    room.mul_(widen).add_(epsilon)
    numbers.add_(torch.div(mean, room, out=room).mul_(size))


class Pass:
    """Forward and back for the networks of a stack that still train; it keeps views of their numbers."""

    def __init__(self, layers: Sequence[StackedLayer], numbers: torch.Tensor, loss: Loss) -> None:
        self.layers = tuple(layers)
        self.loss = loss
        self.gradient = torch.zeros_like(numbers)
        self._views: dict[int, tuple[list[_Views], list[_Views]]] = {}
        self.numbers = numbers

    def _of(self, active: int) -> tuple[list[_Views], list[_Views]]:
        """Weights and gradients of the first networks, layer by layer."""
        if active not in self._views:
            self._views[active] = (
                [parts(layer, self.numbers[:active]) for layer in self.layers],
                [parts(layer, self.gradient[:active]) for layer in self.layers],
            )
        return self._views[active]

    def __call__(
        self, x: torch.Tensor, y: torch.Tensor, weight: torch.Tensor, out: torch.Tensor
    ) -> torch.Tensor:
        """Gradients (m, p) of each network's mean loss over its batch; only the first `len(x)` rows are new.

        Args:
            x: (a, b, d) a batch for each of the first a networks.
            y: (a, b, k) as `targets` makes them.
            weight: (a, b, 1) 1 over the size of the network's batch; 0 where its batch has ended before.
            out: (a, b, k) the logits are left here.
        """
        weights, gradients = self._of(len(x))
        kept = [x]
        for layer, (w, bias) in zip(self.layers, weights, strict=True):
            h = torch.bmm(kept[-1], w) if bias is None else torch.baddbmm(bias, kept[-1], w)
            if layer.activation != "linear":
                _forward[layer.activation](h)
            kept.append(h)
        out.copy_(kept[-1])
        delta = slope(self.loss, kept.pop(), y).mul_(weight)  # (a, b, k)
        for at in range(len(self.layers) - 1, -1, -1):
            before = kept[at]
            g, g_bias = gradients[at]
            torch.bmm(before.transpose(1, 2), delta, out=g)
            if g_bias is not None:
                torch.sum(delta, 1, keepdim=True, out=g_bias)
            if at:
                delta = torch.bmm(delta, weights[at][0].transpose(1, 2))
                name = self.layers[at - 1].activation
                if name != "linear":
                    delta = _backward[name](delta, before)
        return self.gradient


_Views = tuple[torch.Tensor, torch.Tensor | None]


def targets(loss: Loss, y: torch.Tensor, outputs: int, dtype: torch.dtype) -> torch.Tensor:
    """Targets (…, k) as `slope` and `losses` want them, from classes int64 (…) or values (…) or (…, k)."""
    if loss == "categorical_crossentropy":
        return F.one_hot(y.long(), outputs).to(dtype)
    return (y if y.ndim > 1 else y[:, None]).to(dtype)


def slope(loss: Loss, z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The derivative of each row's loss with respect to its logits or values, (…, k)."""
    if loss == "binary_crossentropy":
        return torch.sigmoid(z).sub_(y).div_(z.shape[-1]) if z.shape[-1] > 1 else torch.sigmoid(z).sub_(y)
    if loss == "categorical_crossentropy":
        return torch.softmax(z, -1).sub_(y)
    return (z - y).mul_(2 / z.shape[-1])


def losses(loss: Loss, z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Each row's loss (…): the mean over the outputs, as Keras takes it."""
    if loss == "binary_crossentropy":
        return F.binary_cross_entropy_with_logits(z, y, reduction="none").mean(-1)
    if loss == "categorical_crossentropy":
        return -(y * torch.log_softmax(z, -1)).sum(-1)
    return F.mse_loss(z, y, reduction="none").mean(-1)


def right(loss: Loss, z: torch.Tensor, y: torch.Tensor) -> torch.Tensor | None:
    """Whether each row's class is found (…), or None where the target is a number."""
    if loss == "binary_crossentropy":
        return ((z > 0) == (y > 0.5)).all(-1)
    if loss == "categorical_crossentropy":
        return z.argmax(-1) == y.argmax(-1)
    return None
