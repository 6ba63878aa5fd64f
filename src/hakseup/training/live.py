"""What a page that watches a training is told: live.json, written only while somebody watches, at most four times a second.

Who watches touches the file `.watched` in the run folder every second. The training asks for that file ten times a
second at most, and for nothing else while nobody does. live.json is renamed into place like every file of a run, but
not synced: it is worth nothing after a power cut.
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from hakseup import files

LIVE, WATCHED = "live.json", ".watched"
FORGOTTEN = 5.0  # seconds: after so long without a touch nobody watches
EVERY = 0.25  # seconds between two writings
WRITINGS, ROWS = 4, 64  # losses of so many writings and so many epochs are told together: none is missed
FILTERS, UNITS, REACH = 64, 16, 4096  # kernels and dense units shown, and the most numbers each may have

Row = Mapping[str, float]


class Live:
    """Hears of every batch and epoch of a training; a batch costs one copied number while somebody watches.

    Args:
        folder: of the run.
        shape: height, width, channels of what goes in: the weights of a dense first layer are shown in this shape.
    """

    def __init__(self, folder: Path, shape: Sequence[int] = ()) -> None:
        self.folder, self.shape = folder, tuple(shape)
        self.on = False
        self._losses: list[torch.Tensor] = []
        self._kept: deque[list[float]] = deque(maxlen=WRITINGS)
        self._passed = 0  # batches of the whole training, seen by somebody or not, in this process or before
        self._number = 0  # of the batch that comes after the kept losses
        self._asked = self._written = 0.0
        self._paused, self._pause = 0.0, math.inf  # when the last validation began, and how long it took
        self._rows: Sequence[Row] = ()
        self._best = 0
        self._begun: tuple[float, int] = (0.0, 0)
        self.facts: dict[str, Any] = {}
        self._first: tuple[str, torch.Tensor] | None = None

    def begin(self, stage: str, module: torch.nn.Module, epochs: int, steps: int, place: int) -> None:
        """A training starts.

        Args:
            stage: "choose" or "final". module: the network. epochs: the last one's number. steps: in each.
            place: steps that lie behind it.
        """
        # A final fit begins anew: its batches come after all that the first training could have had.
        behind = epochs * steps if stage == "final" else 0
        self._passed = (
            max(self._passed, self.facts.get("epochs", 0) * self.facts.get("steps", 0), behind) + place
        )
        self.facts = {"stage": stage, "epochs": epochs, "steps": steps}
        self._begun = (time.monotonic(), place)
        self._rows, self._best = (), 0
        self._losses.clear()
        self._first = next(
            (
                (name, part.weight)
                for name, part in module.named_modules()
                if isinstance(part, torch.nn.Conv2d | torch.nn.Linear)
            ),
            None,
        )

    def batch(self, loss: torch.Tensor) -> None:
        """The loss of one batch, a scalar; nothing is read from the device yet."""
        self._passed += 1
        if self.on:
            self._losses.append(loss.clone())  # on a graphics card the next step may write over it

    def step(self, epoch: int, step: int, loss: float, accuracy: float, per_second: float) -> None:
        """The running means, about ten times a second."""
        self.facts |= {
            "epoch": epoch,
            "step": step,
            "loss": loss,
            "accuracy": accuracy,
            "per_second": per_second,
        }
        self._tell()

    def pause(self) -> None:
        """The last batch of an epoch is learned; where validating takes long, who watches hears of it before."""
        self._paused = time.monotonic()
        if self.on and self._pause >= EVERY:
            self._written = self._paused
            self._write(self._paused)

    def epoch(self, rows: Sequence[Row], best: int) -> None:
        """An epoch is over.

        Args:
            rows: of history.csv so far. best: the epoch that would be chosen now.
        """
        self._pause = time.monotonic() - self._paused
        if self.facts.get("stage") == "choose":  # the second training has no row in history.csv
            self._rows, self._best = rows, best
        self.facts |= {"epoch": int(rows[-1]["epoch"]), "step": self.facts.get("steps", 0)}
        self._tell()

    def end(self) -> None:
        """The last batch is learned; what comes is measuring and writing. history.csv says the rest."""
        self.facts["stage"] = "ending"
        if self.on:
            self._write(time.monotonic())

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._asked >= EVERY:
            self._asked, self.on = now, self._is_watched()
        if not self.on:
            self._losses.clear()
        elif now - self._written >= EVERY:
            self._written = now
            self._write(now)

    def _is_watched(self) -> bool:
        try:
            return time.time() - (self.folder / WATCHED).stat().st_mtime < FORGOTTEN
        except OSError:
            return False

    def _write(self, now: float) -> None:
        if self._losses:
            fresh = torch.stack(self._losses).tolist()
            self._losses.clear()
            if self._passed - len(fresh) > self._number:  # some went by while nobody watched
                self._kept.clear()
            self._kept.append([_short(value) for value in fresh])
            self._number = self._passed
        losses = [value for some in self._kept for value in some]
        facts = {
            **self.facts,
            "at": round(time.time(), 3),
            "left": self._left(now),
            "best_epoch": self._best or None,
            "rows": list(self._rows[-ROWS:]),
            "batches": {"from": self._number - len(losses), "loss": losses},
            "kernels": self._kernels(),
        }
        path = self.folder / LIVE
        temporary = path.with_name(f".{LIVE}.part")
        with contextlib.suppress(OSError):  # a full disk or a deleted folder is not the watcher's business
            temporary.write_text(_json(facts), "utf-8")
            temporary.replace(path)

    def _left(self, now: float) -> float | None:
        """Seconds until the last epoch is done, if none stops it earlier."""
        since, place = self._begun
        steps, epochs = self.facts.get("steps", 0), self.facts.get("epochs", 0)
        done = (self.facts.get("epoch", 1) - 1) * steps + self.facts.get("step", 0)
        if done <= place or now <= since:
            return None
        return float(round((now - since) / (done - place) * (epochs * steps - done), 1))

    def _kernels(self) -> dict[str, Any] | None:
        """The first layer's weights as bytes: kernels (n, c, h, w), or dense units in the shape of the picture."""
        if self._first is None:
            return None
        name, weight = self._first
        shown = weight.detach()[: FILTERS if weight.ndim == 4 else UNITS].float().cpu()
        if shown.ndim == 2 and len(self.shape) == 3 and shown.shape[1] == math.prod(self.shape):
            shown = shown.view(-1, *self.shape).permute(0, 3, 1, 2)  # Keras' order: height, width, channels
        if shown.ndim != 4 or shown[0].numel() > REACH:
            return None
        low, high = float(shown.min()), float(shown.max())
        scaled = (shown - low) * (255 / max(high - low, 1e-12))
        data = scaled.round().clamp(0, 255).to(torch.uint8).contiguous().numpy().tobytes()
        return {
            "layer": name,
            "shape": list(shown.shape),
            "low": _short(low),
            "high": _short(high),
            "data": base64.b64encode(data).decode("ascii"),
        }


def _short(value: float) -> float:
    """Five digits are more than a curve can show."""
    return float(f"{value:.5g}")


def _json(facts: Any) -> str:
    try:
        return json.dumps(facts, allow_nan=False)
    except ValueError:  # rare, and looking through all of it costs more than writing it
        return json.dumps(files.finite(facts))
