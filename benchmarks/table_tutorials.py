"""The tutorials' networks for tables over many splits, as they are written and with their columns scaled.

See `tables.py tutorials`. A split is the recipe's own (20 % test, a quarter of the rest validates, equal rows on one
side), another one for every seed; the network, its training and its early stopping are the recipe's. `scaled` is the
recipe with `preparation.numbers=standard` and nothing else; `plain` is as written over the document's own kind of split,
rows drawn at random (train_test_split), so that equal rows may lie on both sides. All splits are trained at once. The figure is that of the
document: accuracy on the test part, or of the houses the mean squared error on the validation part, which also
stopped the training; the test part's stands beside it. The interval is that of the mean over overlapping splits
(corrected resampled t).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from hakseup import recipes
from hakseup.data.table import Table, load
from hakseup.data.table_folds import folds
from hakseup.data.table_preparation import TablePreparation
from hakseup.data.table_split import split
from hakseup.metrics.resampled import corrected
from hakseup.models.tabular import network
from hakseup.models.tabular.stacked import Stacked
from hakseup.seeds import derive
from hakseup.settings import Recipe, assign
from hakseup.sources import tables
from hakseup.training.folds import Fold, fit_stacked

# Recipe -> data, what the document prints, and which way is better.
TUTORIALS = {
    "wine-mlp": ("wine", "accuracy", 0.983),
    "pima-kfold": ("pima", "accuracy", 0.70),
    "pima-mlp": ("pima", "accuracy", 0.740),
    "house-5": ("house", "mse", 1.81e9),
    "house-9": ("house", "mse", 2.16e9),
}


@dataclass(frozen=True)
class Part:
    """Rows of one network: those that train, validate (or none) and test; and its seed."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    seed: int


def tutorials(names: list[str], splits: int) -> list[dict[str, Any]]:
    """Train and score; print a table in Markdown."""
    found = []
    print("| recipe | figure | goal | as written | columns scaled | as written, rows at random | epochs |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for name in names:
        data, metric, goal = TUTORIALS[name]
        ways = {way: over_splits(name, splits, way) for way in ("written", "scaled", "plain")}
        cells = [_shown(metric, one) for one in ways.values()]
        what = {"accuracy": "test accuracy", "mse": "validation MSE (test MSE)"}[metric]
        epochs = ", ".join(f"{np.mean(one['epochs']):,.0f}" for one in ways.values())
        print(
            f"| `{name}` | {what} | {_number(metric, goal)} | {' | '.join(cells)} | {epochs} |",
            flush=True,
        )
        found.append({"recipe": name, "data": data, "metric": metric, "goal": goal, **ways})
    return found


def over_splits(name: str, splits: int, way: str) -> dict[str, Any]:
    """Every split's figures."""
    recipe = recipes.load(name)
    if way == "scaled":
        recipe = assign(recipe, {"preparation.numbers": "standard"})
    table = load(tables.find(TUTORIALS[name][0]))
    if name == "pima-kfold":
        parts = _folds(table, splits)
    else:
        parts = _at_random(len(table), recipe, splits) if way == "plain" else _splits(table, recipe, splits)
    prepared = [TablePreparation.fitted(table, part.train, recipe.preparation) for part in parts]
    x = np.stack([one.one_hot(one.encode(table.frame)) for one in prepared])
    y = table.labels.of(np.arange(len(table)))
    number = table.task == "number"
    start = time.perf_counter()
    one = network.fitting(recipe.network, prepared[0])
    stack = Stacked(one, [part.seed for part in parts])  # type: ignore[arg-type]
    loss = "mean_squared_error" if number else "binary_crossentropy"
    results = fit_stacked(
        stack,
        x,
        y[:, None] if number else y,
        [Fold(part.train, part.validation) for part in parts],
        recipe.training,
        recipe.stopping,
        loss,  # type: ignore[arg-type]
    )
    with torch.no_grad():
        out = stack.logits(torch.from_numpy(x))[..., 0].double().numpy()  # (m, n)
    wrong = (out - y) ** 2 if number else (out > 0) == y
    figures = {
        kind: [float(row[getattr(part, kind)].mean()) for row, part in zip(wrong, parts, strict=True)]
        for kind in ("test", "validation")
        if len(getattr(parts[0], kind))
    }
    return {
        **figures,
        "n_train": [len(part.train) for part in parts],
        "n": [len(part.test if not number else part.validation) for part in parts],
        "epochs": [result.best_epoch for result in results],
        "seconds": time.perf_counter() - start,
    }


def _splits(table: Table, recipe: Recipe, count: int) -> list[Part]:
    out = []
    for seed in range(count):
        made, _labels = split(table, replace(recipe.split, seed=seed), seed)
        out.append(Part(made.train, made.validation, made.test, derive(seed, "tutorial")))
    return out


def _at_random(n: int, recipe: Recipe, count: int) -> list[Part]:
    """As `train_test_split(test_size=0.2)` and `validation_split` do it."""
    out = []
    for seed in range(count):
        test, rest = np.split(np.random.default_rng(seed).permutation(n), [n // 5])
        train, validation = np.split(rest, [round(len(rest) * (1 - recipe.split.validation))])
        out.append(Part(train, validation, test, derive(seed, "tutorial")))
    return out


def _folds(table: Table, repeats: int) -> list[Part]:
    nothing = np.empty(0, np.int64)
    made = folds(table, table.labels, np.arange(len(table)), 5, repeats=repeats, seed=0)
    return [Part(fold.train, nothing, fold.held, derive(0, "tutorial", n)) for n, fold in enumerate(made)]


def _shown(metric: str, one: dict[str, Any]) -> str:
    values = one["test"] if metric == "accuracy" else one["validation"]
    bounds = (0.0, 1.0) if metric == "accuracy" else (0.0, float("inf"))
    found = corrected(values, one["n_train"], one["n"], *bounds)
    low, high = found.interval or (found.mean, found.mean)
    beside = f" ({_number(metric, float(np.mean(one['test'])))})" if metric == "mse" else ""
    return f"{_number(metric, found.mean)}, {_number(metric, low)} to {_number(metric, high)}{beside}"


def _number(metric: str, value: float) -> str:
    return f"{100 * value:.2f} %" if metric == "accuracy" else f"{value / 1e9:.2f}e9"
