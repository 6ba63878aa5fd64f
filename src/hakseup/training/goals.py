"""What is learned, one of some classes or a number: what is minimised, what is shown, and what counts as right.

A network may be an ensemble: while it trains it then gives an answer for each member, (m, b, k), and every member
learns from its own loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from hakseup.settings import TrainingSettings
from hakseup.training import losses
from hakseup.training.losses import Loss


@dataclass(frozen=True)
class Goal:
    """Outputs (b, k) or (m, b, k), truth (b,): classes int64, or a number float32 with k = 1.

    numbers: whether a number is learned. minimise: the loss that is minimised. plain: whether it is also what is shown.
    """

    numbers: bool
    minimise: Loss
    plain: bool

    def loss(self, out: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """What is minimised: a scalar."""
        return self.minimise(*_flat(out, y))

    def shown(self, out: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """What is called the loss everywhere, so that training and validation can be laid beside each other: a scalar."""
        return _shown(*_flat(out, y), self.numbers)

    def total(self, out: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """The sum of `shown` over the pictures or rows, for outputs (b, k)."""
        return _shown(out, y, self.numbers, "sum")

    def right(self, out: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """How many are right, int64; of an ensemble the mean answer counts. Of numbers none is."""
        if self.numbers:
            return torch.zeros((), dtype=torch.int64, device=y.device)
        return ((out.mean(0) if out.ndim == 3 else out).argmax(1) == y).sum()

    def row(self, loss: float, right: int, n: int, prefix: str = "") -> dict[str, float]:
        """What stands in the history: the mean loss, and the accuracy where there are classes."""
        out = {f"{prefix}loss": loss}
        return out if self.numbers else out | {f"{prefix}accuracy": right / n}


def goal(settings: TrainingSettings, weight: torch.Tensor | None, numbers: bool) -> Goal:
    """The goal of a recipe.

    Args:
        weight: of each class (k,), or None.
        numbers: whether a number is learned.

    Raises:
        CallError: label smoothing with a loss that has none.
    """
    if numbers:
        return Goal(True, lambda out, y: _shown(out, y, True), True)
    plain = settings.loss == "categorical_crossentropy" and not settings.label_smoothing and weight is None
    return Goal(False, losses.loss(settings, weight), plain)


def _flat(out: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The members of an ensemble one after another."""
    if out.ndim < 3:
        return out, y
    return out.flatten(0, 1), y.expand(len(out), -1).flatten()


def _shown(out: torch.Tensor, y: torch.Tensor, numbers: bool, reduction: str = "mean") -> torch.Tensor:
    if numbers:
        return F.mse_loss(out[:, 0], y, reduction=reduction)
    return F.cross_entropy(out, y, reduction=reduction)
