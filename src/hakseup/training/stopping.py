"""Which epoch is the best, and when to stop: decided on what the recipe monitors, never on the test part."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass

from hakseup.errors import CallError
from hakseup.settings import StoppingSettings
from hakseup.words import Words


@dataclass
class Chooser:
    """Keeps the best value so far and counts the epochs without improvement (Keras' EarlyStopping rule)."""

    settings: StoppingSettings
    best: float = math.nan
    best_epoch: int = 0
    waited: int = 0

    @property
    def smaller_is_better(self) -> bool:
        """Direction: as set, else by the name of what is monitored."""
        if self.settings.mode != "auto":
            return self.settings.mode == "min"
        return not self.settings.monitor.endswith("accuracy")

    def update(self, epoch: int, row: Mapping[str, float]) -> bool:
        """Take in an epoch's row; True when it is the best so far. What is not a number is never the best."""
        if epoch <= self.settings.start:
            return False
        value = row[self.settings.monitor]
        gain = self.best - value if self.smaller_is_better else value - self.best
        if not math.isnan(value) and (math.isnan(self.best) or gain > self.settings.min_delta):
            self.best, self.best_epoch, self.waited = value, epoch, 0
            return True
        self.waited += 1
        return False

    @property
    def should_stop(self) -> bool:
        """True after `patience` epochs without improvement."""
        return 0 < self.settings.patience <= self.waited

    def state(self) -> dict[str, float]:
        """What a checkpoint keeps."""
        return {"best": self.best, "best_epoch": self.best_epoch, "waited": self.waited}

    def restore(self, state: Mapping[str, float]) -> None:
        """Back from `state`."""
        self.best, self.best_epoch, self.waited = (
            state["best"],
            int(state["best_epoch"]),
            int(state["waited"]),
        )


def chooser(settings: StoppingSettings, epochs: int) -> Chooser:
    """The chooser of a training of so many epochs, of which the last at least can be chosen."""
    return Chooser(dataclasses.replace(settings, start=min(settings.start, epochs - 1)))


def require_monitor(settings: StoppingSettings, available: list[str]) -> None:
    """The monitored value will be there.

    Raises:
        CallError: it will not; better now than after an hour.
    """
    if settings.monitor not in available:
        listed = ", ".join(available)
        raise CallError(
            "no-such-metric",
            Words(
                f"stopping.monitor = '{settings.monitor}', but this training only has {listed}.",
                f"stopping.monitor = '{settings.monitor}'인데 이 학습에는 {listed}만 있습니다.",
            ),
        )
