"""The tutorials' two long trainings on tables, in turn: Keras on TensorFlow, hakseup's commands, its networks at once.

See `tables.py speed`. Every program runs on the same rows; seconds are those of training alone (TensorFlow: from the
call that trains; `hakseup train`: its `train_seconds`, validation and checkpoints included), except that of `hakseup
crossval`, which is the whole command with start, reading, baselines and figures.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import drive
import numpy as np
import torch

from hakseup.data.table import load
from hakseup.layers import parse
from hakseup.models.sequential import Sequential
from hakseup.models.tabular.stacked import Stacked
from hakseup.recipes import load as recipe_of
from hakseup.seeds import numpy_generator, torch_generator
from hakseup.settings import StoppingSettings, TrainingSettings
from hakseup.sources import tables
from hakseup.training.folds import Fold, fit_stacked

RECIPES = {"wine": "wine-mlp", "pima": "pima-kfold"}
TITLES = {
    "wine": "wine, 12-30-12-8-1, 2,000 epochs of batches of 500",
    "pima": "Pima, five folds, 8-24-10-1, 200 epochs of batches of 10",
}
TENSORFLOW = "Keras on TensorFlow"


def speed(names: list[str], asked: Any) -> list[dict[str, Any]]:
    """Measure each tutorial in turn and print a table in Markdown."""
    found = [measured(name, asked) for name in names]
    print("\n| | " + " | ".join(TITLES[one["data"]] for one in found) + " |")
    print("| --- |" + " ---: |" * len(found))
    for title in dict.fromkeys(title for one in found for title in one["seconds"]):
        cells = []
        for one in found:
            base, own = one["seconds"].get(TENSORFLOW), one["seconds"].get(title)
            times = (
                f", 1/{statistics.median(base) / statistics.median(own):.0f}"
                if base and own and own != base
                else ""
            )
            cells.append(f"{drive.spread(own)} s{times}" if own else "")
        print(f"| {title} | {' | '.join(cells)} |")
    return found


def measured(name: str, asked: Any) -> dict[str, Any]:
    """Seconds of every program, as often as asked."""
    data, python = Rows(name), tensorflow(asked)
    out: dict[str, list[float]] = {}
    epochs = data.training.epochs if not asked.quick else 3
    with tempfile.TemporaryDirectory() as place:
        for _run in range(1 if asked.quick else asked.runs):
            if python is not None:
                out.setdefault(TENSORFLOW, []).append(keras(data, epochs, python, Path(place)))
            out.setdefault(f"hakseup {'train' if name == 'wine' else 'crossval'}", []).append(
                command(name, epochs)
            )
            out.setdefault("its networks at once", []).append(at_once(data, epochs))
            if asked.plain:
                out.setdefault("plain PyTorch, in turn", []).append(plain(data, epochs))
            drive.say(f"{name}: " + ", ".join(f"{title} {each[-1]:.1f} s" for title, each in out.items()))
    return {"data": name, "networks": len(data.parts), "epochs": epochs, "seconds": out}


class Rows:
    """The rows of a tutorial as they stand in its file, and which train and validate."""

    def __init__(self, name: str) -> None:
        self.name, self.recipe = name, recipe_of(RECIPES[name])
        table = load(tables.find(name))
        self.x = table.frame.select([role.name for role in table.features]).to_numpy().astype(np.float64)
        self.y = table.labels.of(np.arange(len(table)))
        order = numpy_generator(0, "speed").permutation(len(self.x))
        if name == "pima":
            self.parts = [Fold(np.setdiff1d(order, own), own) for own in np.array_split(order, 5)]
        else:  # 60 % and 20 %, as the tutorial divides them
            fifth = len(order) // 5
            self.parts = [Fold(order[: 3 * fifth], order[3 * fifth : 4 * fifth])]
        self.network = Sequential(parse(self.recipe.network.layers), (self.x.shape[1],))
        self.training: TrainingSettings = self.recipe.training


def at_once(data: Rows, epochs: int) -> float:
    """Seconds of all networks of a tutorial, stacked."""
    stack = Stacked(data.network, range(len(data.parts)))
    training = TrainingSettings(epochs=epochs, batch_size=data.training.batch_size)
    start = time.perf_counter()
    fit_stacked(stack, data.x, data.y, data.parts, training, StoppingSettings(), "binary_crossentropy")
    return time.perf_counter() - start


def command(name: str, epochs: int) -> float:
    """`hakseup train wine` or `hakseup crossval pima`, with the tutorial's recipe and every epoch."""
    words = ["--recipe", RECIPES[name], "--epochs", str(epochs), "--json"]
    if name == "wine":
        words += ["--set", "stopping.patience=0"]
    else:
        words += ["-k", "5", "--all-rows"]
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HAKSEUP_HOME": home, "HAKSEUP_RUNS": home}
        kind = "train" if name == "wine" else "crossval"
        said, _used = drive.last_line([sys.executable, "-m", "hakseup", kind, name, *words], environment)
    return float(said["train_seconds" if name == "wine" else "total_seconds"])


def tensorflow(asked: Any) -> Path | None:
    """The Python that has TensorFlow; None, which is said, where there is none and none is wanted."""
    if asked.tensorflow or asked.setup or drive.TENSORFLOW.exists():
        return drive.python_of(TENSORFLOW, asked)
    drive.say(
        f"There is no TensorFlow in {drive.TENSORFLOW}: left out (--setup makes it, --tensorflow names one)."
    )
    return None


def keras(data: Rows, epochs: int, python: Path, place: Path) -> float:
    """The same trainings in Keras on TensorFlow, in its own environment."""
    rows = {f"train_{n}": part.train for n, part in enumerate(data.parts)}
    rows |= {f"held_{n}": part.validation for n, part in enumerate(data.parts)}
    path = place / f"{data.name}.npz"
    np.savez(path, x=data.x, y=data.y, folds=len(data.parts), **rows)
    script = str(drive.HERE / "contenders" / "keras_tables.py")
    words = [
        data.name,
        "--data",
        str(path),
        "--epochs",
        str(epochs),
        "--batch",
        str(data.training.batch_size),
    ]
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    return float(drive.last_line([str(python), script, *words], environment)[0]["seconds"])


def plain(data: Rows, epochs: int) -> float:
    """Seconds of the same as one would write it in PyTorch: autograd, fused Adam, validation after each epoch."""
    batch, total = data.training.batch_size, 0.0
    features = torch.tensor(data.x, dtype=torch.float32)
    target = torch.tensor(data.y, dtype=torch.float32)[:, None]
    loss_of, generator = torch.nn.BCEWithLogitsLoss(), torch_generator(0, "order")
    torch.set_num_threads(1)
    for part in data.parts:
        module = data.network.build(torch_generator(0, "weights"))
        adam = torch.optim.Adam(module.parameters(), eps=1e-7, fused=True)
        rows, held = torch.from_numpy(part.train), torch.from_numpy(part.validation)
        start = time.perf_counter()
        for _epoch in range(epochs):
            for own in rows[torch.randperm(len(rows), generator=generator)].split(batch):
                loss = loss_of(module(features[own]), target[own])
                adam.zero_grad()
                loss.backward()
                adam.step()
            with torch.no_grad():
                out = module(features[held])
                _ = (
                    loss_of(out, target[held]).item(),
                    ((out > 0) == (target[held] > 0.5)).float().mean().item(),
                )
        total += time.perf_counter() - start
    return total
