"""The one loop: from batches to weights, for every kind of training.

`run` owns the order of events and nothing else. Where the batches come from, how a step is made, what is counted,
shown, saved, validated and when it ends is said by those it is given: `loop.fit` for the runs of recipes, and the
Keras facade for its `fit`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Protocol

import torch

from hakseup.layers.modules import pooled_first
from hakseup.training.clock import Brake


class Feed(Protocol):
    """Batches of an epoch."""

    def epoch(self, epoch: int, start: int, device: torch.device) -> Iterator[tuple[torch.Tensor, Any]]:
        """From step `start` on: inputs (b, …), and what the loss compares the outputs with."""


class Stepping(Protocol):
    """Makes the steps."""

    def __enter__(self) -> object: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...

    def train(self) -> None:
        """The network into training mode."""

    def __call__(self, x: torch.Tensor, y: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Move the weights; outputs before the move and the loss, both without gradient."""


class Course(Protocol):
    """What happens between the steps. The brake is pulled when somebody pressed Ctrl-C."""

    step: int  # of the epoch, from which it begins

    @property
    def should_stop(self) -> bool:
        """Whether no further epoch begins."""

    def begin(self, epoch: int) -> None:
        """An epoch begins."""

    def before(self, epoch: int) -> None:
        """A step comes."""

    def after(self, epoch: int, out: torch.Tensor, loss: torch.Tensor, y: Any, brake: Brake) -> bool:
        """A step is made; True ends the epoch here."""

    def end(self, epoch: int, brake: Brake) -> None:
        """An epoch ends."""

    def finish(self) -> None:
        """The last epoch has ended."""


def run(
    module: torch.nn.Module,
    feed: Feed,
    steps: Stepping,
    course: Course,
    epochs: Iterable[int],
    device: torch.device,
    generator: torch.Tensor | int,
) -> None:
    """Train the module in place.

    Args:
        epochs: their numbers.
        generator: of dropout: a seed, or the state of PyTorch's own generator; the caller's is left alone.
    """
    with (
        torch.random.fork_rng(devices=cuda(device)),
        Brake() as brake,
        pooled_first(module),
        steps,
    ):
        seed_dropout(generator, device)
        for epoch in epochs:
            if course.should_stop:
                break
            course.begin(epoch)
            steps.train()
            for x, y in feed.epoch(epoch, course.step, device):
                course.before(epoch)
                out, loss = steps(x, y)
                if course.after(epoch, out, loss, y, brake):
                    break
            course.end(epoch, brake)
        course.finish()


def seed_dropout(generator: torch.Tensor | int, device: torch.device) -> None:
    """Dropout draws from PyTorch's own generator: start it from a seed, or where a checkpoint left it."""
    if isinstance(generator, int):
        torch.manual_seed(generator)
    elif device.type == "cuda":
        torch.cuda.set_rng_state(generator, device)
    else:
        torch.set_rng_state(generator)


def cuda(device: torch.device) -> list[int]:
    """The card whose generator is forked too."""
    return [device.index or 0] if device.type == "cuda" else []
