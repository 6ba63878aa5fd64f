"""The default network of tables beside what one would pick instead, on the very same folds; the tutorials' tables.

    pip install -r benchmarks/requirements-tables.txt
    python benchmarks/tables.py folds wine pima house [--repeats N] [--seed N] [--set training.epochs=20]
    python benchmarks/tables.py tutorials [--splits 20]
    python benchmarks/tables.py speed [wine pima] [--tensorflow PYTHON | --setup] [--runs 3] [--plain]

`folds` cross-validates the recipe `table` as `hakseup crossval` does, on all rows: equal rows in one fold, preparation
inside each fold. Beside it stand the baselines of every report, and LightGBM and CatBoost where they are installed
(`table_contenders.py`), on the table's own columns. A number is learned as its logarithm by all of them where the
recipe does so. What was chosen was chosen on the folds of seeds 101 to 103; report others.

`tutorials`: see `table_tutorials.py`. `speed`: see `table_speed.py`.
"""

from __future__ import annotations

import time
from typing import Any

import drive
import numpy as np
import table_contenders
import table_speed
import table_tutorials

from hakseup import recipes
from hakseup.data.table import load
from hakseup.data.table_folds import folds
from hakseup.data.table_split import split
from hakseup.data.table_whole import TableData
from hakseup.evaluation import table_crossval
from hakseup.metrics.resampled import difference
from hakseup.settings import Recipe, assign
from hakseup.sources import tables

SHOWN = {"classes": ("accuracy", "auc", "log_loss"), "number": ("log_rmse", "rmse", "mae")}
KNOWN = {
    "folds": ["wine", "pima", "house"],
    "speed": list(table_speed.RECIPES),
    "tutorials": list(table_tutorials.TUTORIALS),
}


def main() -> None:
    """Run what is asked for; a table in Markdown, and with --json every single number, is what comes out."""
    parser = drive.options(__doc__)
    parser.add_argument("what", choices=tuple(KNOWN))
    parser.add_argument("names", nargs="*", help="data, or recipes of tutorials; none: all")
    parser.add_argument("-k", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--splits", type=int, default=20, help="tutorials")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="folds")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="folds: these contenders")
    parser.add_argument("--plain", action="store_true", help="speed: a plain PyTorch loop too")
    drive.tensorflow_options(parser)
    asked = parser.parse_args()
    names = asked.names or KNOWN[asked.what]
    found: Any
    if asked.what == "speed":
        found = table_speed.speed(names, asked)
    elif asked.what == "tutorials":
        found = table_tutorials.tutorials(names, 2 if asked.quick else asked.splits)
    else:
        changes = dict(text.split("=", 1) for text in asked.set)
        recipe = assign(recipes.load("table"), {**changes, "training.seed": asked.seed})
        found = [compared(name, recipe, asked.k, asked.repeats, asked.only) for name in names]
    drive.keep(asked, found)


def compared(
    name: str, recipe: Recipe, k: int, repeats: int, only: list[str] | None = None
) -> dict[str, Any]:
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
    for title, contender in table_contenders.installed(only).items():
        start = time.perf_counter()
        scores[title] = [table_contenders.scored(table, fold.train, fold.held, contender) for fold in made]
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


if __name__ == "__main__":
    main()
