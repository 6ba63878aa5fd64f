"""A step on a graphics card, recorded once and played back: a small network is otherwise all launching.

A step of `fast` is some hundred kernels of a few microseconds each; PyTorch takes longer to start them one by one
than the card to run them. A CUDA graph starts all of them at once, and they do the very same thing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch

Step = tuple[torch.Tensor, torch.Tensor, tuple[torch.Tensor, ...]]  # logits, loss, gradients
WARM = (
    3  # runs before recording, as PyTorch's notes on CUDA graphs ask: libraries take their workspaces in them
)


class Recorded:
    """One training step for batches of one shape.

    What comes back lies in the same memory each time and is written over by the next call.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        parameters: list[torch.nn.Parameter],
        loss_of: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
        autocast: Callable[[], Any],
        like: tuple[torch.Tensor, torch.Tensor],
    ) -> None:
        """Record; neither the module's running averages nor its weights change.

        Args:
            module: on the card, in training mode.
            parameters: those that learn.
            autocast: the context in which the network runs.
            like: a batch (b, c, h, w) and its truth (b,), of the shapes and types to come.
        """
        self.x, self.y = (torch.empty_like(part) for part in like)
        self.x.copy_(like[0])
        self.y.copy_(like[1])
        shared: dict[int, Any] = {id(p): p for p in module.parameters()}
        stand_in = copy.deepcopy(module, shared)  # with running averages of its own

        def once(network: torch.nn.Module) -> Step:
            with autocast():
                out = network(self.x)
            out = out.float()
            loss = loss_of(out, self.y)
            return out.detach(), loss.detach(), torch.autograd.grad(loss, parameters)

        side = torch.cuda.Stream(self.x.device)  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream(self.x.device))
        with torch.cuda.stream(side):
            for _ in range(WARM):
                once(stand_in)
        torch.cuda.current_stream(self.x.device).wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.step = once(module)
        torch.cuda.synchronize(self.x.device)

    def fits(self, x: torch.Tensor, y: torch.Tensor) -> bool:
        """Whether a batch has the recorded shape."""
        return x.shape == self.x.shape and y.shape == self.y.shape

    def __call__(self, x: torch.Tensor, y: torch.Tensor) -> Step:
        """Play the step back with this batch."""
        self.x.copy_(x)
        self.y.copy_(y)
        self.graph.replay()
        return self.step
