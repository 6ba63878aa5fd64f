"""Callbacks that write the figures into files: CSVLogger, TensorBoard."""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path
from typing import IO, Any

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
            self._of(part).scalar(f"epoch_{name.removeprefix('val_')}", float(value), epoch)
        for file in self._files.values():
            file.flush()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._batches += 1
        if self._batches % self.every == 0:
            for name, value in (logs or {}).items():
                self._of("train").scalar(f"batch_{name}", float(value), self._batches)

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
