"""Callbacks that write figures and backups into files: CSVLogger, TensorBoard, BackupAndRestore."""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path
from typing import IO, Any

import numpy as np

from hakseup import files
from hakseup.keras.callbacks.base import Callback, Logs
from hakseup.keras.callbacks.event_file import EventFile


class CSVLogger(Callback):
    """One line for every epoch.

    Args:
        filename: where to; missing folders are made.
        separator: between the columns.
        append: go on with a file that is there.
    """

    def __init__(self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename, self.separator, self.append = Path(filename), separator, append
        self._file: IO[str] | None = None
        self._names: list[str] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        with files.written(self.filename):
            self.filename.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.filename.open("a" if self.append else "w", encoding="utf-8", newline="")
        self._names = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self._file is None:
            return
        logs = logs or {}
        with files.written(self.filename):
            if self._names is None:
                self._names = sorted(logs)
                if self._file.tell() == 0:
                    csv.writer(self._file, delimiter=self.separator).writerow(["epoch", *self._names])
            row = [epoch, *(logs.get(name, "NA") for name in self._names)]
            csv.writer(self._file, delimiter=self.separator).writerow(row)
            self._file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.broken_off()

    def broken_off(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class TensorBoard(Callback):
    """Figures of every epoch as event files that TensorBoard shows: log_dir/train and log_dir/validation.

    Args:
        log_dir: where to.
        update_freq: "epoch", "batch" or a number of batches: after how many the running loss is written too.
        others: Keras' other arguments (histogram_freq, write_graph, …); graphs and histograms are not written.
    """

    def __init__(
        self, log_dir: str | os.PathLike[str] = "logs", update_freq: str | int = "epoch", **others: Any
    ) -> None:
        super().__init__()
        self.log_dir = Path(log_dir)
        self.every = 0 if update_freq == "epoch" else 1 if update_freq == "batch" else int(update_freq)
        self._files: dict[str, EventFile] = {}
        self._batches = 0
        self.idle = () if self.every else (TensorBoard.on_train_batch_end,)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        for name, value in (logs or {}).items():
            part = "validation" if name.startswith("val_") else "train"
            self._of(part).scalar(f"epoch_{name.removeprefix('val_')}", float(np.mean(value)), epoch)
        for file in self._files.values():
            file.flush()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._batches += 1
        if self._batches % self.every == 0:
            for name, value in (logs or {}).items():
                self._of("train").scalar(f"batch_{name}", float(np.mean(value)), self._batches)

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.broken_off()

    def broken_off(self) -> None:
        for file in self._files.values():
            file.close()
        self._files = {}

    def _of(self, part: str) -> EventFile:
        if part not in self._files:
            self._files[part] = EventFile(self.log_dir / part, time.time())
        return self._files[part]


class BackupAndRestore(Callback):
    """Keeps weights, the optimizer's state and the number of epochs, so that a `fit` that was broken off goes on in the next run.

    Args:
        backup_dir: folder for it alone.
        save_freq: "epoch", or after so many batches.
        double_checkpoint: without effect: a file is there whole or not at all.
        delete_checkpoint: whether it is deleted when the training has ended by itself.
    """

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        self.backup_dir, self.save_freq, self.delete_checkpoint = backup_dir, save_freq, delete_checkpoint
        self._epochs, self._batches = 0, 0
        self.idle = (BackupAndRestore.on_train_batch_end,) if save_freq == "epoch" else ()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._epochs, self._batches, self.resumes_at = 0, 0, None
        kept = self._kept()
        if kept:
            self.model.load_weights(kept[-1])
            self.resumes_at = self._epochs = int(kept[-1].name.split(".")[0].removeprefix("epoch-"))

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._epochs = epoch + 1
        if self.save_freq == "epoch":
            self._keep()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._batches += 1
        if self._batches % int(self.save_freq) == 0:
            self._keep()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.resumes_at = None
        if self.delete_checkpoint:
            for path in self._kept():
                path.unlink()

    def _kept(self) -> list[Path]:
        return sorted(Path(self.backup_dir).glob("epoch-*.weights.h5"))

    def _keep(self) -> None:
        # The epoch stands in the name: weights and number can never be of two moments.
        older = self._kept()
        path = Path(self.backup_dir) / f"epoch-{self._epochs:06d}.weights.h5"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.model.save_weights(path)
        for other in older:
            if other != path:
                other.unlink()
