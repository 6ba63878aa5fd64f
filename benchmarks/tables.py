"""The default network of tables beside what one would pick instead, on the very same folds; and small networks at once.

    python benchmarks/tables.py folds wine pima house [--repeats N] [--seed N] [--set training.epochs=20]
    python benchmarks/tables.py speed

`folds` cross-validates the recipe `table` as `hakseup crossval` does, on all rows: equal rows in one fold, preparation
inside each fold. Beside it stand the baselines of every report, and LightGBM and CatBoost where they are installed
(`pip install lightgbm catboost`), with their defaults, on the table's own columns. A number is learned as its logarithm
by all of them where the recipe does so. What was chosen was chosen on the folds of seeds 101 to 103; report others.

`speed` trains the five Pima folds (8-24-10-1, 200 epochs of batches of 10) and the wine network (12-30-12-8-1, 2,000
epochs of batches of 500) at once, on one core, and as often one after another in a plain PyTorch loop if asked
(--plain): seconds from the first batch to the last validation.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hakseup import recipes
from hakseup.data.table import Table, load
from hakseup.data.table_folds import folds
from hakseup.data.table_scales import TargetScale
from hakseup.data.table_split import split
from hakseup.data.table_whole import TableData
from hakseup.evaluation import table_crossval, table_scores
from hakseup.layers import parse
from hakseup.metrics.resampled import difference
from hakseup.models.sequential import Sequential
from hakseup.models.tabular.stacked import Stacked
from hakseup.seeds import numpy_generator, torch_generator
from hakseup.settings import Recipe, StoppingSettings, TrainingSettings, assign
from hakseup.sources import tables
from hakseup.training.folds import Fold, fit_stacked

SHOWN = {"classes": ("accuracy", "auc", "log_loss"), "number": ("log_rmse", "rmse", "mae")}
Contender = Callable[[Table, np.ndarray, np.ndarray, TargetScale], np.ndarray]


def main() -> None:
    """Run what is asked for; a table in Markdown, or with --json one object, goes to standard output."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("folds", "speed"))
    parser.add_argument("data", nargs="*", default=["wine", "pima", "house"])
    parser.add_argument("-k", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--plain", action="store_true", help="speed: one after another too")
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    found: Any
    if asked.what == "speed":
        found = [speed(name, plain=asked.plain) for name in ("pima", "wine")]
    else:
        changes = dict(text.split("=", 1) for text in asked.set)
        recipe = assign(recipes.load("table"), {**changes, "training.seed": asked.seed})
        found = [compared(name, recipe, asked.k, asked.repeats) for name in asked.data]
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), "utf-8")


def compared(name: str, recipe: Recipe, k: int, repeats: int) -> dict[str, Any]:
    """Every model on the same folds of all rows, printed as one table."""
    seen = tables.find(name)
    table = load(seen)
    whole = TableData(table, split(table, recipe.split, recipe.training.seed)[0], table.labels, seen.columns)
    rows, metrics = np.arange(len(table)), SHOWN[table.task]
    start = time.perf_counter()
    ours = table_crossval.crossval(whole, recipe, rows, k, repeats)
    made = folds(table, table.labels, rows, k, repeats=repeats, seed=recipe.training.seed)
    seconds = {"hakseup and its baselines": time.perf_counter() - start}
    scores = {"hakseup": ours["folds"]}
    for title, package, contender in (
        ("LightGBM", "lightgbm", _lightgbm),
        ("CatBoost", "catboost", _catboost),
    ):
        if importlib.util.find_spec(package) is None:
            print(f"{title} is not installed: left out", file=sys.stderr)
            continue
        start = time.perf_counter()
        scores[title] = [_scored(table, fold.train, fold.held, contender) for fold in made]
        seconds[title] = time.perf_counter() - start
    print(f"\n{name}: {len(rows):,} rows, {k} folds, {repeats} times, seed {recipe.training.seed}\n")
    print(
        f"| | {' | '.join(metrics)} | less ours ({metrics[0]}, 95 %) |\n| --- |{' ---: |' * len(metrics)} --- |"
    )
    n_train, n_test = [len(f.train) for f in made], [len(f.held) for f in made]
    for title, each in scores.items():
        against = "" if title == "hakseup" else _less(each, ours["folds"], metrics[0], n_train, n_test)
        print(
            f"| {title} | {' | '.join(_shown(np.mean([one[m] for one in each])) for m in metrics)} | {against} |"
        )
    for title, mean in ours["baselines"].items():
        print(f"| {title} | {' | '.join(_shown(mean.get(m)) for m in metrics)} | |")
    print("\n" + ", ".join(f"{title}: {value:.1f} s" for title, value in seconds.items()))
    return {"data": name, "repeats": repeats, "seconds": seconds, **ours, "models": scores}


def _less(
    each: list[dict[str, Any]], ours: list[dict[str, Any]], metric: str, n_train: list[int], n_test: list[int]
) -> str:
    found, p = difference([one[metric] for one in each], [one[metric] for one in ours], n_train, n_test)
    if found.interval is None:
        return f"{found.mean:+.4f}"
    return f"{found.mean:+.4f} ({found.interval[0]:+.4f} to {found.interval[1]:+.4f}), p = {p:.2f}"


def _shown(value: Any) -> str:
    return "" if value is None else f"{value:,.0f}" if value > 100 else f"{value:.4f}"


def _scored(table: Table, train: np.ndarray, held: np.ndarray, contender: Contender) -> dict[str, Any]:
    """A contender's scores on one fold."""
    y, truth = table.labels.of(train), table.labels.of(held)
    unit = TargetScale("none") if table.task == "classes" else TargetScale.fitted(y, "auto")
    answers = contender(table, train, held, unit)
    if table.task == "classes":
        return dict(table_scores.of_classes(truth, answers, [c.key for c in table.classes])["metrics"])
    return dict(table_scores.of_numbers(truth, unit.back(answers))["metrics"])


def _columns(table: Table) -> Any:
    """The columns that are learned from, as pandas: numbers with NaN, categories as such, dates as days."""
    frame = table.frame.select([role.name for role in table.features]).to_pandas()
    for role in table.features:
        if role.role == "category":
            frame[role.name] = frame[role.name].astype(str).astype("category")
        elif role.role == "date":
            frame[role.name] = (frame[role.name] - frame[role.name].min()).dt.total_seconds() / 86_400
    return frame


def _lightgbm(table: Table, train: np.ndarray, held: np.ndarray, unit: TargetScale) -> np.ndarray:
    import lightgbm

    x, y = _columns(table), table.labels.of(train)
    settings = {"random_state": 0, "verbose": -1, "n_jobs": torch.get_num_threads()}
    if table.task == "classes":
        fitted = lightgbm.LGBMClassifier(**settings).fit(x.iloc[train], y)
        return np.asarray(fitted.predict_proba(x.iloc[held]))
    return np.asarray(
        lightgbm.LGBMRegressor(**settings).fit(x.iloc[train], unit.forward(y)).predict(x.iloc[held])
    )


def _catboost(table: Table, train: np.ndarray, held: np.ndarray, unit: TargetScale) -> np.ndarray:
    import catboost

    x, y = _columns(table), table.labels.of(train)
    kinds = [role.name for role in table.features if role.role == "category"]
    settings = {
        "random_seed": 0,
        "verbose": False,
        "allow_writing_files": False,
        "cat_features": kinds,
        "thread_count": torch.get_num_threads(),
    }
    x = x.astype(dict.fromkeys(kinds, str))
    if table.task == "classes":
        fitted = catboost.CatBoostClassifier(**settings).fit(x.iloc[train], y)
        return np.asarray(fitted.predict_proba(x.iloc[held]))
    return np.asarray(
        catboost.CatBoostRegressor(**settings).fit(x.iloc[train], unit.forward(y)).predict(x.iloc[held])
    )


SPEED: dict[str, tuple[list[str], int, int]] = {  # layers, epochs, batch
    "pima": (
        ["Dense(24, activation='relu')", "Dense(10, activation='relu')", "Dense(1, activation='sigmoid')"],
        200,
        10,
    ),
    "wine": (
        [
            "Dense(30, activation='relu')",
            "Dense(12, activation='relu')",
            "Dense(8, activation='relu')",
            "Dense(1, activation='sigmoid')",
        ],
        2000,
        500,
    ),
}


def speed(name: str, plain: bool) -> dict[str, Any]:
    """Seconds of a tutorial's training: the five folds of Pima, the one long training of wine."""
    lines, epochs, batch = SPEED[name]
    table = load(tables.find(name))
    x = table.frame.select([role.name for role in table.features]).to_numpy().astype(np.float64)
    y = table.labels.of(np.arange(len(table)))
    order = numpy_generator(0, "speed").permutation(len(x))
    if name == "pima":
        held = np.array_split(order, 5)
        parts = [Fold(np.setdiff1d(order, own), own) for own in held]
    else:
        parts = [Fold(order[:3898], order[3898:5198])]  # 60 % and 20 %, as the tutorial divides them
    network = Sequential(parse(lines), (x.shape[1],))
    training = TrainingSettings(epochs=epochs, batch_size=batch)
    stack = Stacked(network, range(len(parts)))
    start = time.perf_counter()
    fit_stacked(stack, x, y, parts, training, StoppingSettings(), "binary_crossentropy")
    out = {"data": name, "networks": len(parts), "epochs": epochs, "seconds": time.perf_counter() - start}
    said = f"{name}: {len(parts)} x {epochs} epochs at once in {out['seconds']:.1f} s"
    if plain:
        torch.set_num_threads(1)
        out["plain_seconds"] = sum(_plain(network, x, y, part, epochs, batch) for part in parts)
        said += f"; one after another in a plain loop in {out['plain_seconds']:.1f} s"
    print(said, flush=True)
    return out


def _plain(network: Sequential, x: np.ndarray, y: np.ndarray, part: Fold, epochs: int, batch: int) -> float:
    """Seconds of the same training as one would write it in PyTorch: autograd, Adam, validation after each epoch."""
    module = network.build(torch_generator(0, "weights"))
    adam = torch.optim.Adam(module.parameters(), eps=1e-7, fused=True)
    features, target = torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)[:, None]
    rows, held = torch.from_numpy(part.train), torch.from_numpy(part.validation)
    loss_of, generator = torch.nn.BCEWithLogitsLoss(), torch_generator(0, "order")
    start = time.perf_counter()
    for _epoch in range(epochs):
        for own in rows[torch.randperm(len(rows), generator=generator)].split(batch):
            loss = loss_of(module(features[own]), target[own])
            adam.zero_grad()
            loss.backward()
            adam.step()
        with torch.no_grad():
            out = module(features[held])
            _ = loss_of(out, target[held]).item(), ((out > 0) == (target[held] > 0.5)).float().mean().item()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
