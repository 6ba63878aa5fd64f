"""What happens between the steps of `fit`: figures, lines, callbacks, validation."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch

from hakseup.keras.callbacks.listed import SHOWN_EVERY, CallbackList
from hakseup.keras.feeding import ArrayFeed, StreamFeed, Target, no_batches
from hakseup.keras.objective import Tally
from hakseup.keras.printing import moving
from hakseup.training.clock import Brake


class FitCourse:
    """One call of `fit`.

    Args:
        model: `stop_training` of it ends the course.
        tally: of the training figures.
        callbacks: hear of everything.
        feed: where the batches come from.
        validate: gives the figures of the validation data after an epoch; None: there are none.
    """

    step = 0  # an epoch always begins at its first batch

    def __init__(
        self,
        model: Any,
        tally: Tally,
        callbacks: CallbackList,
        feed: ArrayFeed | StreamFeed,
        validate: Callable[[int], dict[str, float]],
    ) -> None:
        self.model, self.tally, self.callbacks, self.feed, self.validate = (
            model,
            tally,
            callbacks,
            feed,
            validate,
        )
        self.batches = callbacks.wants_batches("train")
        self.moving = callbacks.bar is not None and callbacks.bar.verbose == 1 and moving()
        self.done = 0
        self.shown = 0.0
        self.logs: dict[str, Any] = {}

    @property
    def should_stop(self) -> bool:
        """As a callback said, or because no more data comes."""
        return bool(self.model.stop_training) or getattr(self.feed, "exhausted", False)

    def begin(self, epoch: int) -> None:
        """An epoch begins."""
        self.tally.clear()
        self.done = 0
        self.callbacks.epoch_begin(epoch)
        self.shown = 0.0  # the first step is drawn at once, so that no callback speaks under an empty line

    def before(self, epoch: int) -> None:
        """A batch comes."""
        if self.batches:
            self.callbacks.batch("train", "begin", self.done)

    def after(self, epoch: int, out: torch.Tensor, loss: torch.Tensor, y: Target, brake: Brake) -> bool:
        """A batch was learned from; True ends the epoch."""
        self.tally.count(self.tally.objective.network.arranged(out), loss, y)
        self.done += 1
        if self.batches:
            self.callbacks.batch("train", "end", self.done - 1, self.tally.logs())
        if self.moving and time.perf_counter() - self.shown >= SHOWN_EVERY:
            self.shown = time.perf_counter()
            assert self.callbacks.bar is not None
            self.callbacks.bar.show(self.done, self.tally.logs())
        if brake.pulled:
            raise KeyboardInterrupt
        return bool(self.model.stop_training)

    def end(self, epoch: int, brake: Brake) -> None:
        """The figures of the epoch, validation, callbacks."""
        if not self.tally.seen:
            raise no_batches()
        if self.callbacks.bar is not None:
            self.callbacks.bar.seen = self.done
        self.logs = self.tally.logs() | self.validate(epoch)
        self.callbacks.epoch_end(epoch, self.logs)
        if brake.pulled:
            raise KeyboardInterrupt

    def finish(self) -> None:
        """Nothing is saved at the end: that is what callbacks are for."""
