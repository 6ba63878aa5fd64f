"""What every contender measures with; only the standard library and NumPy, since each runs in an environment of its own."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from importlib import metadata
from typing import Any

import numpy as np

BAR = {"mnist": 0.9928, "fashion_mnist": 0.9119}  # test accuracy of the tutorials


def arguments(description: str | None) -> argparse.Namespace:
    """The options that all contenders share.

    --steps: time so many steps (after --warm others) and stop. Without it: train as the tutorial does until the test
    accuracy reaches the bar or --limit seconds are over, or, with --whole, to the tutorial's own end.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", required=True, help="an NPZ file with Keras' names")
    parser.add_argument("--tutorial", choices=list(BAR), default="mnist")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--warm", type=int, default=10)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument(
        "--limit", type=float, default=float("inf"), help="seconds after which no epoch begins"
    )
    parser.add_argument("--pictures", type=int, default=0, help="only the first so many (a smoke run)")
    parser.add_argument("--epochs", type=int, default=0, help="at most so many (a smoke run)")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def read(asked: argparse.Namespace) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Training and test part: float32 (n, 28, 28, 1) from 0 to 1, and classes int64 (n,)."""
    out = []
    with np.load(asked.data, allow_pickle=False) as content:
        for part in ("train", "test"):
            x, y = content[f"x_{part}"], content[f"y_{part}"].astype(np.int64)
            end = asked.pictures or len(x)
            out.append((x[:end].reshape(-1, 28, 28, 1).astype("float32") / 255, y[:end]))
    return out[0], out[1]


class Clock:
    """Seconds that count: from the call that trains on, compiling included; evaluations are taken out."""

    def __init__(self) -> None:
        self._sum, self._since = 0.0, None

    def go(self) -> None:
        """From here on it counts."""
        self._since = time.perf_counter()

    def stop(self) -> None:
        """From here on it does not."""
        self._sum, self._since = self.seconds, None

    @property
    def seconds(self) -> float:
        """So far."""
        return self._sum + (time.perf_counter() - self._since if self._since is not None else 0.0)


class Reached:
    """Test accuracy after each epoch, and when it first reached the bar."""

    def __init__(self, tutorial: str, limit: float = float("inf")) -> None:
        self.bar, self.limit = BAR[tutorial], limit
        self.accuracies: list[float] = []
        self.epochs: list[float] = []  # seconds at the end of each
        self.first: dict[str, Any] | None = None

    def epoch(self, seconds: float, accuracy: float) -> bool:
        """Take in an epoch; whether it ends here: at the bar, or when the time is over."""
        self.accuracies.append(round(accuracy, 5))
        self.epochs.append(round(seconds, 3))
        print(f"epoch {len(self.epochs)}: {accuracy:.4f} after {seconds:.1f} s", file=sys.stderr, flush=True)
        if self.first is None and accuracy >= self.bar - 1e-9:
            self.first = {
                "seconds": round(seconds, 3),
                "epoch": len(self.epochs),
                "accuracy": self.accuracies[-1],
            }
        return self.first is not None or seconds >= self.limit

    def facts(self) -> dict[str, Any]:
        """What is printed."""
        return {
            "bar": self.bar,
            "reached": self.first,
            "accuracies": self.accuracies,
            "epoch_ends": self.epochs,
        }


def finish(facts: dict[str, Any], *libraries: str) -> None:
    """Print the one line of JSON that the driver reads: the facts, the process's peak memory, and the versions."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak_mb = peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
    versions = {"python": sys.version.split()[0]}
    for name in libraries:
        versions[name] = metadata.version(name)
    print(json.dumps({**facts, "peak_memory_mb": round(peak_mb, 1), "versions": versions}), flush=True)
