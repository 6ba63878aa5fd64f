"""The running sums of an epoch: what a step adds to, and what is read at the end or when somebody looks."""

from __future__ import annotations

import torch

from hakseup.training.goals import Goal


def exact(device: torch.device) -> torch.dtype:
    """The type that sums are kept in: double precision, which Apple's devices do not have."""
    return torch.float32 if device.type == "mps" else torch.float64


class Sums:
    """Loss and right answers of the epoch so far, on the device: adding does not wait for it."""

    def __init__(self, aim: Goal, device: torch.device) -> None:
        self.aim, self.seen = aim, 0
        self.loss = torch.zeros((), dtype=exact(device), device=device)
        self.correct = torch.zeros((), dtype=torch.int64, device=device)

    def count(self, loss: torch.Tensor, out: torch.Tensor, y: torch.Tensor) -> None:
        """Add a batch: the mean loss that was minimised, outputs (b, k) or (m, b, k), truth (b,)."""
        shown = loss if self.aim.plain else self.aim.shown(out, y)
        self.loss += shown.to(self.loss.dtype) * len(y)
        self.correct += self.aim.right(out, y)
        self.seen += len(y)

    def means(self) -> tuple[float, float]:
        """Mean loss and accuracy so far."""
        return float(self.loss) / self.seen, int(self.correct) / self.seen

    def row(self) -> dict[str, float]:
        """What stands in the history."""
        return self.aim.row(self.means()[0], int(self.correct), self.seen)

    def clear(self) -> None:
        """Begin anew."""
        self.seen = 0
        self.loss.zero_()
        self.correct.zero_()
