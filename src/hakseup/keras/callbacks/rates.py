"""A learning rate set before every epoch, and an end when the loss is lost."""

from __future__ import annotations

import math
from collections.abc import Callable as Function
from typing import Any

import numpy as np

from hakseup.errors import CallError
from hakseup.keras.callbacks.base import Callback, Logs
from hakseup.keras.printing import say
from hakseup.layers.checks import shown
from hakseup.words import Words


class LearningRateScheduler(Callback):
    """Sets the learning rate before every epoch.

    Args:
        schedule: from the epoch's number (from 0) and the rate until now to the new rate; may take the first alone.
        verbose: 1 prints a line.
    """

    def __init__(self, schedule: Function[..., Any], verbose: int = 0) -> None:
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        try:
            rate = self.schedule(epoch, float(np.float32(self.model.optimizer.learning_rate)))
        except TypeError:
            rate = self.schedule(epoch)
        if not isinstance(rate, float | np.floating):
            raise CallError(
                "bad-schedule",
                Words(
                    f"The schedule of LearningRateScheduler must return a float; it returned {shown(rate)}.",
                    f"LearningRateScheduler의 schedule은 실수를 돌려주어야 합니다. 돌려준 값은 {shown(rate)}입니다.",
                ),
            )
        self.model.optimizer.learning_rate = float(rate)
        if self.verbose:
            say(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(np.float32(self.model.optimizer.learning_rate))


class TerminateOnNaN(Callback):
    """Ends the training when the loss is no number any more.

    Args:
        raise_error: end it with a RuntimeError.
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"NaN or Inf loss encountered at batch {batch}: {loss}")
        say(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
