"""What a training leaves behind while it goes on: history.csv, status.json, and weight files by the recipe's pattern."""

from __future__ import annotations

import contextlib
import csv
import io
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import torch

from hakseup import files
from hakseup.errors import CallError
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.settings import CheckpointSettings
from hakseup.words import Words

Row = dict[str, float]
COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
WRITTEN_EVERY = 1.0  # seconds: a page that watches is never further behind


class Recorder:
    """Writes at most once a second, and at the end; so does it with the best weights, of which one file is kept.

    The rows are those of the training, which its checkpoints keep: history.csv of a run that was killed may be behind
    the newest checkpoint or before it, and is written anew.
    """

    def __init__(self, folder: RunFolder, settings: CheckpointSettings) -> None:
        self.folder, self.settings = folder, settings
        self.rows: list[Row] | None = None  # None: nothing is known yet, and nothing is written
        self.written = 0.0
        self.best: tuple[Row, dict[str, torch.Tensor]] | None = None  # not written yet

    def epoch(self, rows: list[Row], improved: bool, weights: Mapping[str, torch.Tensor]) -> None:
        """Take in the rows so far, of which the last is new."""
        self.rows = rows
        wanted = {"none": False, "best": improved, "improved": improved, "every": True}
        if wanted[self.settings.save]:
            if self.settings.save == "best":
                self.best = rows[-1], {name: t.detach().cpu().clone() for name, t in weights.items()}
            else:
                self._save_weights(rows[-1], weights)
        if time.monotonic() - self.written >= WRITTEN_EVERY:
            self.flush()
            status(self.folder, "training", int(rows[-1]["epoch"]))

    def flush(self) -> None:
        """Write history.csv now."""
        if self.rows is None:
            return
        if self.best is not None:
            self._save_weights(*self.best)
            self.best = None
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n", restval="")
        writer.writeheader()
        for row in self.rows:
            writer.writerow({**{k: repr(float(v)) for k, v in row.items()}, "epoch": int(row["epoch"])})
        self.folder.write_text(names.HISTORY, text.getvalue())
        self.written = time.monotonic()

    def _save_weights(self, row: Row, weights: Mapping[str, torch.Tensor]) -> None:
        from safetensors.torch import save

        place = self.folder.path / "weights"
        name = self.settings.pattern.format(**{**row, "epoch": int(row["epoch"])})
        path = place / f"{name}.safetensors"
        with files.written(place):
            files.make_folder(place)
        files.write_bytes(path, save({k: v.detach().cpu().contiguous() for k, v in weights.items()}))
        if self.settings.save == "best":
            for old in place.glob("*.safetensors"):
                if old != path:
                    with contextlib.suppress(OSError):
                        old.unlink()


def check_pattern(settings: CheckpointSettings) -> None:
    """The file name pattern works, before an hour of training depends on it.

    Raises:
        CallError: it names a value that there is not, or would leave the folder.
    """
    try:
        name = settings.pattern.format(**dict.fromkeys(COLUMNS, 0.0) | {"epoch": 1})
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        listed = ", ".join(COLUMNS)
        raise CallError(
            "bad-pattern",
            Words(
                f"checkpoint.pattern = '{settings.pattern}' does not work: {error!r}. It may use {listed}.",
                f"checkpoint.pattern = '{settings.pattern}'을(를) 쓸 수 없습니다: {error!r}. 쓸 수 있는 값: {listed}.",
            ),
        ) from None
    if not name or any(c in name for c in "/\\:\0") or name.startswith("."):
        raise CallError(
            "bad-pattern",
            Words(
                f"checkpoint.pattern = '{settings.pattern}' is not a file name.",
                f"checkpoint.pattern = '{settings.pattern}'은(는) 파일 이름이 아닙니다.",
            ),
        )


def status(folder: RunFolder, state: str, epoch: int, reason: Words | None = None) -> None:
    """Write status.json: "training", "done", "interrupted", "diverged" or "failed" (see `RunFolder.state`)."""
    folder.write_json(
        names.STATUS,
        {
            "state": state,
            "epoch": epoch,
            "reason": reason.as_dict() if reason else None,
            "updated": datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
        },
    )
