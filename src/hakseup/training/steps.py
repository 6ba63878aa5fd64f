"""One step: from a batch to moved weights."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import torch

from hakseup.training.device import Threads, autocast, repeatable
from hakseup.training.eager import Move
from hakseup.training.gradients import Gradients


class Steps:
    """Outputs, loss, gradients and the optimiser's move for one batch after another."""

    def __init__(
        self,
        module: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        loss: Callable[[torch.Tensor, Any], torch.Tensor],
        precision: str,
        threads: Threads,
        clip: float = 0.0,
        like: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> None:
        """module: on its device. clip: the largest norm of all gradients together; 0: any.

        like: a batch of the shapes and types to come, of any content: a graphics card makes itself ready with it.
        """
        self.device, self.precision, self.like = next(module.parameters()).device, precision, like
        self.inside = ExitStack()
        self.module, self.clip, self.move = module, clip, Move(optimizer)
        self.gradients = Gradients(autocast(self.device, precision), module, loss, threads)

    def __enter__(self) -> Steps:
        self.inside.enter_context(repeatable(self.device, self.precision))
        self.inside.enter_context(self.gradients)
        if self.like:
            self.gradients.warm(*self.like)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.inside.close()

    def train(self) -> None:
        """The network's parts into training mode."""
        self.gradients.train()

    def __call__(self, x: torch.Tensor, y: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Outputs (b, k) without gradient, as they were before the move, and the mean loss, a scalar.

        Args:
            x: float32 (b, c, h, w). y: what the loss takes.
        """
        out, loss = self.gradients(x, y)  # the gradients lie in .grad
        if self.clip:
            torch.nn.utils.clip_grad_norm_(self.module.parameters(), self.clip)
        self.move()
        self.move.forget()
        return out, loss
