"""`crossval`: how good a recipe is on these data, by training it again and again on other parts of them."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np

from hakseup import recipes
from hakseup.api import tables
from hakseup.api.beginning import require_effect
from hakseup.api.training import NO_SETTINGS, Settings
from hakseup.data.labels import Labels
from hakseup.data.table_whole import TableData
from hakseup.errors import CallError
from hakseup.progress import Progress, Silence
from hakseup.settings import Recipe, assign
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
    """Divide the rows into k folds, train on all but one, score on that one; as often as there are folds.

    Args:
        data: a table: file, known name or frame. recipe: None: `table`. settings: as in `train`.
        k: folds. repeats: how often the rows are divided anew.
        all_rows: the test rows too, which counts as an opening of the test part; else they stay sealed.
        progress: hears of the work.

    Returns:
        See `evaluation.table_crossval.crossval`; and `data`, `recipe`, `seed`, `target`, `total_seconds`, `opened` (with
        `all_rows`).

    Raises:
        CallError: numbers of folds that are not possible, or pictures.
    """
    from hakseup.evaluation import table_crossval
    from hakseup.models.tabular import network

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
    if not is_table(data):
        raise CallError(
            "not-a-table",
            Words(
                "crossval takes tables (CSV, Parquet, Excel, a frame, or wine, pima, house).",
                "crossval은 표(CSV, Parquet, 엑셀, 프레임, 또는 wine·pima·house)를 받습니다.",
            ),
            Words(
                "For pictures: `hakseup train` and `hakseup evaluate`.",
                "그림이라면 `hakseup train`과 `hakseup evaluate`를 쓰세요.",
            ),
        )
    require_effect(settings, table=True)
    chosen = recipe if isinstance(recipe, Recipe) else recipes.load(recipe or tables.RECIPE)
    chosen = assign(chosen, settings)
    if "training.epochs" in settings and "training.min_steps" not in settings:
        chosen = assign(chosen, {"training.min_steps": 0})
    network.check(chosen.network)
    whole = TableData.read(data, chosen, progress)
    tables.require_possible(chosen, whole)
    for note in whole.table.notes:
        progress.note(note)
    extra: dict[str, Any] = {}
    rows = np.sort(np.concatenate([whole.split.train, whole.split.validation, whole.split.left_out]))
    if all_rows:
        whole, extra = _opened(whole)
        rows = np.arange(len(whole.table))
    result = table_crossval.crossval(whole, chosen, rows, k, repeats, progress)
    return {
        "data": whole.table.source,
        "recipe": chosen.name,
        "seed": chosen.training.seed,
        "target": whole.table.target,
        **result,
        **extra,
        "total_seconds": round(time.perf_counter() - started, 3),
    }


def _opened(whole: TableData) -> tuple[TableData, dict[str, Any]]:
    """The data with the test part opened, which is counted."""
    from hakseup.evaluation.seal import open_test

    opening = open_test(
        whole.labels,
        whole.split,
        n_classes=len(whole.table.classes),
        test_id=whole.test_id,
        run="crossval --all-rows",
        data=whole.table.name,
    )
    values = whole.labels.values.copy()
    values[opening.index] = opening.truth
    labels = Labels(values)
    table = dataclasses.replace(whole.table, labels=labels)
    return dataclasses.replace(whole, table=table, labels=labels), {"opened": opening.times}
