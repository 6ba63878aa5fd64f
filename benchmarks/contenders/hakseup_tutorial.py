"""The tutorials' CNNs here, as their recipes have them; or, with --recipe, another recipe and its test accuracy."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping

import measure

import hakseup
from hakseup.progress import Silence

RECIPES = {"mnist": "mnist-cnn", "fashion_mnist": "fashion-cnn"}


class Steps(Silence):
    """Times the steps after the warm ones; it is told of one about ten times a second."""

    def __init__(self, warm: int) -> None:
        self.warm = warm
        self.marks: list[tuple[int, float]] = []

    def step(self, step: int, loss: float, accuracy: float, per_second: float) -> None:
        if step >= self.warm:
            self.marks.append((step, time.perf_counter()))

    def epoch_end(self, row: Mapping[str, float]) -> None:
        print(f"epoch {row['epoch']:.0f}: {row['accuracy']:.4f}", file=sys.stderr, flush=True)


def main() -> None:
    """Train and print what was measured."""
    asked = measure.arguments(__doc__)
    settings = {
        "training.seed": asked.seed,
        "training.precision": asked.precision,
        "training.epochs": 1,
        "training.steps_per_epoch": asked.warm + asked.steps,
    }
    steps = Steps(asked.warm)
    with tempfile.TemporaryDirectory() as folder:
        run = hakseup.train(
            asked.data, recipe=RECIPES[asked.tutorial], settings=settings, out=folder, progress=steps
        )
        batch = run.recipe.training.batch_size
        (first, start), (last, end) = steps.marks[0], steps.marks[-1]
        facts = {
            "parameters": run.summary["parameters"],
            "batch": batch,
            "precision": run.summary["precision"],
            "pictures_per_second": (last - first) * batch / (end - start),
            "seconds": end - start,
            "training_memory_mb": run.summary["peak_memory_mb"],
        }
    measure.finish(facts, "hakseup", "torch", "numpy")


if __name__ == "__main__":
    main()
