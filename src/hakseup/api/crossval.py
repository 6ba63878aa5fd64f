"""`crossval`: how good a recipe is on these data, by training it again and again on other parts of them."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np

from hakseup import recipes
from hakseup.api import tables
from hakseup.api.beginning import require_effect, say
from hakseup.api.training import NO_SETTINGS, Settings, with_settings
from hakseup.data import table_notes
from hakseup.data.labels import Labels
from hakseup.data.table_whole import TableData
from hakseup.data.whole import Data
from hakseup.errors import CallError
from hakseup.progress import Progress, Silence
from hakseup.settings import Recipe
from hakseup.sources.tables import is_table
from hakseup.words import Words

MOST = 1000  # folds, all repeats together


def crossval(
    data: Any,
    *,
    recipe: str | Path | Recipe | None = None,
    settings: Settings = NO_SETTINGS,
    k: int = 5,
    repeats: int = 1,
    all_rows: bool = False,
    progress: Progress = Silence(),
) -> dict[str, Any]:
    """Divide the rows or pictures into k folds, train on all but one, score on that one; as often as there are folds.

    Args:
        data: as in `train`. recipe: None: `table` for a table, `fast` for pictures. settings: as in `train`.
        k: folds. repeats: how often they are divided anew.
        all_rows: the test part too, which counts as an opening of it; else it stays sealed.
        progress: hears of the work.

    Returns:
        See `evaluation.fold_scores.summary`; and `data`, `recipe`, `seed`, `target` (of a table), `n`, `k`, `repeats`,
        `at_once`, `total_seconds`, `opened` (with `all_rows`).

    Raises:
        CallError: numbers of folds that are not possible. DataError: too few rows or pictures.
    """
    started = time.perf_counter()
    for name, value, least in (("-k", k, 2), ("--repeats", repeats, 1)):
        if value < least or k * repeats > MOST:
            raise CallError(
                "bad-folds",
                Words(
                    f"{name} {value} is not possible: at least {least}, and at most {MOST:,} folds in all.",
                    f"{name} {value}은(는) 쓸 수 없습니다. {least} 이상이어야 하고 겹은 모두 {MOST:,}개까지입니다.",
                ),
            )
    table = is_table(data)
    require_effect(settings, table)
    default = tables.RECIPE if table else None
    chosen = recipe if isinstance(recipe, Recipe) else recipes.load(recipe or default)
    of = _rows if table else _pictures
    return {
        **of(data, with_settings(chosen, settings), k, repeats, all_rows, progress),
        "total_seconds": round(time.perf_counter() - started, 3),
    }


def _rows(
    data: Any, recipe: Recipe, k: int, repeats: int, all_rows: bool, progress: Progress
) -> dict[str, Any]:
    from hakseup.evaluation import table_crossval
    from hakseup.models.tabular import network

    network.check(recipe.network)
    whole = TableData.read(data, recipe, progress)
    tables.require_possible(recipe, whole)
    columns = table_notes.roles(whole)
    said = (*whole.table.notes, *table_notes.columns(columns, whole.columns))
    for note in (*said, *table_notes.leaks(whole, recipe.training.seed)):
        progress.note(note)
    extra: dict[str, Any] = {}
    rows = _outside(whole)
    if all_rows:
        labels, extra = _opened(whole, len(whole.table.classes), whole.table.name)
        whole = dataclasses.replace(
            whole, table=dataclasses.replace(whole.table, labels=labels), labels=labels
        )
        rows = np.arange(len(whole.table))
    result = table_crossval.crossval(whole, recipe, rows, k, repeats, progress)
    about = {**_about(whole.table.source, recipe), "target": whole.table.target, "columns": columns}
    return {**about, **result, **extra}


def _pictures(
    data: Any, recipe: Recipe, k: int, repeats: int, all_rows: bool, progress: Progress
) -> dict[str, Any]:
    from hakseup.evaluation import picture_crossval
    from hakseup.models import assemble

    assemble.check(recipe.network)
    whole = Data.read(data, recipe, progress)
    say(whole, (), recipe.network.name, progress)
    extra: dict[str, Any] = {}
    rows = _outside(whole)
    if all_rows:
        labels, extra = _opened(whole, len(whole.pictures.classes), whole.pictures.name)
        whole = dataclasses.replace(whole, labels=labels)
        rows = np.flatnonzero(labels.values >= 0)  # without the test pictures of classes that were not chosen
    result = picture_crossval.crossval(whole, recipe, rows, k, repeats, progress)
    return {**_about(whole.pictures.source, recipe), **result, **extra}


def _about(source: str, recipe: Recipe) -> dict[str, Any]:
    return {"data": source, "recipe": recipe.name, "seed": recipe.training.seed}


def _outside(whole: Data | TableData) -> np.ndarray:
    """Everything but the test part. What equals one of it is left out of a training, since it would be known before the
    test; here nothing is scored on the test part.
    """
    split = whole.split
    return np.sort(np.concatenate([split.train, split.validation, split.left_out]))


def _opened(whole: Data | TableData, classes: int, name: str) -> tuple[Labels, dict[str, Any]]:
    """The labels with those of the test part, whose opening is counted."""
    from hakseup.evaluation.seal import open_test

    opening = open_test(
        whole.labels,
        whole.split,
        n_classes=classes,
        test_id=whole.test_id,
        run="crossval --all-rows",
        data=name,
    )
    values = whole.labels.values.copy()
    values[opening.index] = opening.truth
    return Labels(values), {"opened": opening.times}
