"""The gradients of one batch: as a whole, in parts that are worked on side by side, or played back on a graphics card.

A small network on two cores spends much of a step waiting: every operation is too short to be shared out, and the
threads meet after each. In parts, each thread takes its share of the pictures through the whole network, and they
meet once a step. Where the time of such a step goes stands in docs/benchmarks.md.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any

import torch

from hakseup.training.device import Threads, only_known
from hakseup.training.graphs import Recorded
from hakseup.training.losses import Loss

_Done = tuple[torch.Tensor, torch.Tensor, tuple[torch.Tensor, ...]]


class Gradients:
    """Gradients of the mean loss of a batch, left in `.grad` of the parameters.

    With `parts` > 1 batch normalisation sees one part at a time, and keeps the averages of the first. The numbers
    depend on `parts`, not on how many cores there are.
    """

    def __init__(
        self, autocast: Callable[[], Any], module: torch.nn.Module, loss_of: Loss, threads: Threads
    ) -> None:
        """autocast: the context in which the network runs, which says its precision."""
        self.autocast, self.loss_of, self.threads = autocast, loss_of, threads
        self.twins = [module]
        self.parameters = [p for p in module.parameters() if p.requires_grad]
        self.pool: ThreadPoolExecutor | None = None
        self.recorded: Recorded | None = None

    def warm(self, x: torch.Tensor, y: torch.Tensor) -> None:
        """Before the first batch: load the card's kernels and record the step, where there is a card.

        Args:
            x, y: of the shapes and types of the batches to come; nothing is learned from them.
        """
        module = self.twins[0]
        if x.device.type == "cuda" and only_known(
            module
        ):  # a network of one's own may do what cannot be recorded
            self.train()
            self.recorded = Recorded(module, self.parameters, self.loss_of, self.autocast, (x, y))

    def __enter__(self) -> Gradients:
        self.twins += [_twin(self.twins[0]) for _ in range(self.threads.parts - 1)]
        if self.threads.workers > 1:
            self.pool = ThreadPoolExecutor(
                self.threads.workers - 1,
                initializer=functools.partial(torch.set_num_threads, self.threads.each),
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.pool:
            self.pool.shutdown()

    def train(self) -> None:
        """The network's parts into training mode."""
        for twin in self.twins:
            twin.train()

    def __call__(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (b, k) without gradient and the mean loss, a scalar.

        Args:
            x: float32 (b, c, h, w). y: classes int64 (b,).
        """
        if self.recorded and self.recorded.fits(x, y):
            out, loss, gradients = self.recorded(x, y)
            for parameter, gradient in zip(self.parameters, gradients, strict=True):
                parameter.grad = gradient
            return out, loss
        parts = len(self.twins)
        if parts == 1 or len(y) < 2 * parts:  # batch normalisation needs two pictures
            out, loss = self._forward(0, x, y)
            loss.backward()  # type: ignore[no-untyped-call]
            return out.detach(), loss.detach()
        done = self._side_by_side(list(zip(x.tensor_split(parts), y.tensor_split(parts), strict=True)))
        share = [len(out) / len(y) for out, _loss, _gradients in done]
        total = torch._foreach_mul(done[0][2], share[0])
        for (_out, _loss, gradients), part in zip(done[1:], share[1:], strict=True):
            torch._foreach_add_(total, gradients, alpha=part)
        for parameter, gradient in zip(self.parameters, total, strict=True):
            parameter.grad = gradient
        loss = torch.stack([one * part for (_out, one, _g), part in zip(done, share, strict=True)]).sum()
        return torch.cat([out for out, _loss, _gradients in done]), loss

    def _side_by_side(self, pieces: list[tuple[torch.Tensor, torch.Tensor]]) -> list[_Done]:
        """Each piece through its own twin; this thread takes the first, so that one core does all in turn."""
        jobs = [functools.partial(self._one, n, x, y) for n, (x, y) in enumerate(pieces)]
        if not self.pool:
            return [job() for job in jobs]
        others = [self.pool.submit(job) for job in jobs[1:]]
        first = jobs[0]()
        return [first, *(other.result() for other in others)]

    def _forward(self, number: int, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        with self.autocast():
            out = self.twins[number](x)
        out = out.float()
        return out, self.loss_of(out, y)

    def _one(self, number: int, x: torch.Tensor, y: torch.Tensor) -> _Done:
        out, loss = self._forward(number, x, y)
        return out.detach(), loss.detach(), torch.autograd.grad(loss, self.parameters)


def _twin(module: torch.nn.Module) -> torch.nn.Module:
    """The same network with the very same parameters, and running averages of its own."""
    shared: dict[int, Any] = {id(p): p for p in module.parameters()}
    return copy.deepcopy(module, shared)
