"""Callbacks that watch one figure: ModelCheckpoint, EarlyStopping, ReduceLROnPlateau."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np

from hakseup.errors import CallError, nearest
from hakseup.keras.callbacks.base import Callback, Logs, found
from hakseup.keras.printing import form, say
from hakseup.layers.checks import shown
from hakseup.words import Words

_LARGER_IS_BETTER = (
    "acc",
    "auc",
    "precision",
    "recall",
    "f1",
    "fbeta",
    "fmeasure",
    "iou",
    "io_u",
    "r2",
    "similarity",
)


class Monitor(Callback):
    """Base: keeps the best value of a figure.

    Args:
        monitor: name of the figure.
        mode: "min", "max", or "auto": by the figure's name.
        baseline: the value that counts as best at first; None: the first one that comes.
        min_delta: least change that counts.
    """

    def __init__(
        self, monitor: str, mode: str, baseline: float | None = None, min_delta: float = 0.0
    ) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            raise CallError(
                "bad-argument",
                Words(
                    f"{type(self).__name__}: mode must be 'auto', 'min' or 'max'; it is {shown(mode)}.",
                    f"{type(self).__name__}: mode는 'auto', 'min', 'max' 중 하나여야 합니다. 받은 값은 {shown(mode)}입니다.",
                ),
            )
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(min_delta)
        self.best: float | None = baseline

    @property
    def larger_is_better(self) -> bool:
        """The direction of the figure."""
        if self.mode != "auto":
            return self.mode == "max"
        name = self.monitor.removeprefix("val_").lower()
        return any(word in name for word in _LARGER_IS_BETTER) and not name.startswith("loss")

    def is_better(self, value: float, than: float | None) -> bool:
        """Whether the value is better by more than `min_delta`."""
        if than is None:
            return True
        if self.larger_is_better:
            return value - self.min_delta > than
        return value + self.min_delta < than

    def value(self, logs: Logs, consequence: Words) -> float | None:
        """The figure; None, with a warning that says what follows, where it is not there."""
        name = found(logs, self.monitor)
        if name is not None:
            value = np.asarray(logs[name])
            if value.size > 1:
                raise CallError(
                    "several-figures",
                    Words(
                        f"{type(self).__name__} watches '{self.monitor}', which is {value.size} numbers, one for each class.",
                        f"{type(self).__name__}의 monitor '{self.monitor}'은(는) 클래스마다 하나씩 {value.size}개의 수입니다.",
                    ),
                    Words(
                        "Give the metric average='macro', or watch 'val_loss'.",
                        "지표에 average='macro'를 주거나 'val_loss'를 보게 하세요.",
                    ),
                )
            return float(value)
        listed = ", ".join(logs)
        near = nearest(self.monitor, list(logs))
        hint = Words(f" Did you mean '{near}'?", f" '{near}'을(를) 뜻하셨나요?") if near else Words("", "")
        said = Words(
            f"{type(self).__name__} watches '{self.monitor}', which is not among the figures ({listed}): "
            f"{consequence.en}.{hint.en}",
            f"{type(self).__name__}의 monitor '{self.monitor}'이(가) 기록({listed})에 없어 {consequence.ko}.{hint.ko}",
        )
        warnings.warn(str(said), stacklevel=2)
        return None


class ModelCheckpoint(Monitor):
    """Writes the model, or its weights, after every epoch or after the best ones.

    Args:
        filepath: may hold {epoch:04d} and figures, {val_loss:.4f}; missing folders are made.
        monitor: what decides which is the best.
        verbose: 1 prints a line each time.
        save_best_only: write only when the figure is the best so far.
        save_weights_only: the weights alone.
        mode: direction of the figure.
        save_freq: "epoch", or after so many batches.
        initial_value_threshold: what has to be beaten.
        period: Keras 1 and 2's: after every so many epochs.
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
        period: int = 1,
    ) -> None:
        super().__init__(monitor, mode, initial_value_threshold)
        self.filepath = os.fspath(filepath)
        self.verbose, self.save_best_only, self.save_weights_only = verbose, save_best_only, save_weights_only
        self.save_freq, self.period = save_freq, period
        self.epoch, self.batches, self.since = 0, 0, 0
        self.idle = (ModelCheckpoint.on_train_batch_end,) if save_freq == "epoch" else ()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.since += 1
        if self.save_freq == "epoch" and self.since >= self.period:
            self.since = 0
            self._save(epoch, logs or {}, None)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.batches += 1
        if self.batches >= int(self.save_freq):
            self.batches = 0
            self._save(self.epoch, logs or {}, batch)

    def _save(self, epoch: int, logs: Logs, batch: int | None) -> None:
        path = self._path(epoch, logs, batch)
        if not self._wanted(epoch, logs, path):
            return
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path)
        else:
            self.model.save(path)
        if self.verbose and form() == 3:
            say(f"\nEpoch {epoch + 1}: finished saving model to {path}")

    def _wanted(self, epoch: int, logs: Logs, path: str) -> bool:
        if self.save_best_only:
            every = Words("every epoch is saved", "모든 에포크를 저장합니다")
            value = self.value(logs, every)
            if value is None:
                return True
            before = self._best()
            if not self.is_better(value, self.best):
                self._say(f"\nEpoch {epoch + 1}: {self.monitor} did not improve from {before}")
                return False
            self._say(
                f"\nEpoch {epoch + 1}: {self.monitor} improved from {before} to {value:.5f}, saving model to {path}"
            )
            self.best = value
        else:
            self._say(f"\nEpoch {epoch + 1}: saving model to {path}")
        return True

    def _best(self) -> str:
        if self.best is not None:
            return f"{self.best:.5f}"
        if form() == 3:
            return "None"
        return "-inf" if self.larger_is_better else "inf"

    def _say(self, text: str) -> None:
        if self.verbose:
            say(text)

    def _path(self, epoch: int, logs: Logs, batch: int | None) -> str:
        figures = {name: logs[name] for name in logs}
        figures |= {
            name: logs.get(name)
            for name in ("acc", "val_acc", "accuracy", "val_accuracy", "lr")
            if found(logs, name)
        }
        if batch is not None:
            figures["batch"] = batch + 1
        try:
            return self.filepath.format(**{**figures, "epoch": epoch + 1})
        except (KeyError, ValueError, IndexError) as error:
            listed = ", ".join(["epoch", *logs])
            raise CallError(
                "bad-pattern",
                Words(
                    f"ModelCheckpoint cannot fill in the path '{self.filepath}' ({error}); there are: {listed}.",
                    f"ModelCheckpoint가 '{self.filepath}' 경로를 채울 수 없습니다({error}). 쓸 수 있는 것: {listed}.",
                ),
            ) from None


class EarlyStopping(Monitor):
    """Stops when a figure has not improved for some epochs.

    Args:
        monitor: name of the figure.
        min_delta: least change that counts as better.
        patience: so many epochs without improvement end the training.
        verbose: 1 prints a line.
        mode: direction of the figure.
        baseline: the wait only starts anew for values better than this.
        restore_best_weights: end with the weights of the best epoch.
        start_from_epoch: so many epochs are not watched.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best_weights: list[np.ndarray] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best, self.best_weights = None, None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.value(logs or {}, Words("the training is not stopped early", "조기 종료하지 않습니다"))
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self.is_better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.is_better(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch and self.verbose:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                say(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)


class ReduceLROnPlateau(Monitor):
    """Lowers the learning rate when a figure has not improved for some epochs.

    Args:
        monitor: name of the figure.
        factor: the rate is multiplied by it, below 1.
        patience: after so many epochs without improvement.
        verbose: 1 prints a line.
        mode: direction of the figure.
        min_delta: least change that counts as better; `epsilon` in Keras 1.
        cooldown: epochs after a reduction in which nothing is counted.
        min_lr: the rate never falls below it.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        epsilon: float | None = None,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta if epsilon is None else epsilon)
        if factor >= 1:
            raise CallError(
                "bad-argument",
                Words(
                    f"ReduceLROnPlateau: factor must be below 1; it is {factor}.",
                    f"ReduceLROnPlateau: factor는 1보다 작아야 합니다. 받은 값은 {factor}입니다.",
                ),
            )
        self.factor, self.min_lr, self.patience = factor, min_lr, patience
        self.verbose, self.cooldown = verbose, cooldown
        self.wait = self.cooldown_counter = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.wait = self.cooldown_counter = 0
        self.best = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = {} if logs is None else logs
        rate = float(np.float32(self.model.optimizer.learning_rate))
        logs["learning_rate"] = rate
        value = self.value(logs, Words("the learning rate stays as it is", "학습률을 그대로 둡니다"))
        if value is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.is_better(value, self.best):
            self.best, self.wait = value, 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            if self.wait >= self.patience and rate > np.float32(self.min_lr):
                lowered = max(rate * self.factor, self.min_lr)
                self.model.optimizer.learning_rate = lowered
                if self.verbose:
                    say(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {lowered}.")
                self.cooldown_counter, self.wait = self.cooldown, 0
