"""Cross-validation of a table: every fold has its own preparation, network and baselines, and is scored on rows it never saw.

Small dense networks train all folds and repeats at once (`training.folds`); others one after another, by the one loop.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from hakseup.data import table_folds, table_split
from hakseup.data.batches import Batches
from hakseup.data.table_folds import Fold
from hakseup.data.table_preparation import TablePreparation
from hakseup.data.table_rows import EncodedRows, RowPreparation, learned
from hakseup.data.table_whole import TableData
from hakseup.evaluation import fold_scores, table_scores, tables
from hakseup.evaluation.table_model import TableModel
from hakseup.models.sequential import Sequential
from hakseup.models.table_baselines import TITLES
from hakseup.models.tabular import network
from hakseup.models.tabular.stacked import Stacked
from hakseup.progress import Progress, Silence, work
from hakseup.seeds import derive
from hakseup.settings import AugmentationSettings, Recipe
from hakseup.training import folds as together
from hakseup.training import loop, session
from hakseup.words import Words

AT_ONCE = (
    1 << 28
)  # numbers of the rows of all folds together, beyond which they are trained one after another
Ends = dict[str, Literal["binary_crossentropy", "categorical_crossentropy", "mean_squared_error"]]
LOSSES: Ends = {
    "sigmoid": "binary_crossentropy",
    "softmax": "categorical_crossentropy",
    "linear": "mean_squared_error",
}


@dataclass(frozen=True)
class _Part:
    """One fold: the rows that train, those that choose the epoch (none where nothing is chosen), and the seed."""

    fold: Fold
    train: np.ndarray
    validation: np.ndarray
    seed: int


def crossval(
    whole: TableData,
    recipe: Recipe,
    rows: np.ndarray,
    k: int,
    repeats: int = 1,
    progress: Progress = Silence(),
) -> dict[str, Any]:
    """Train and score every fold.

    Args:
        whole: the data; only the labels of `rows` are read.
        recipe: everything about a training; where it watches the validation loss, a share of each fold's training rows
            chooses the epoch.
        rows: that are divided, int64, sorted; usually those outside the test part.
        k: folds. repeats: how often the rows are divided anew.
        progress: hears of the work.

    Returns:
        `folds` (metric -> value of each), `mean`, `std`, `interval` (metric -> value, or [low, high]), `n` (rows), `k`,
        `repeats`, `at_once`; `baselines` (name -> metric -> mean), `baseline_titles`, and `versus_baseline`.

    Raises:
        CallError, DataError, NetworkError: what cannot be had together, or too few rows of a class.
    """
    # What a recipe does with few rows is decided by all of them, as `train` decides it: folds tell how good that training is.
    recipe = replace(
        recipe, training=replace(session.for_so_many(recipe.training, len(rows)), final_fit=False)
    )
    parts = _parts(whole, recipe, rows, k, repeats)
    prepared = [TablePreparation.fitted(whole.table, part.train, recipe.preparation) for part in parts]
    if prepared[0].bounded is not None:
        progress.note(prepared[0].bounded)
    answers = _at_once(whole, recipe, parts, prepared, progress)
    at_once = answers is not None
    if answers is None:
        answers = _in_turn(whole, recipe, parts, prepared, progress)
    simple = _baselines(whole, parts, prepared, progress)
    scored = [_score(whole, part, said) for part, said in zip(parts, answers, strict=True)]
    of_simple = {
        name: [_score(whole, part, said[name]) for part, said in zip(parts, simple, strict=True)]
        for name in simple[0]
    }
    return {
        **fold_scores.summary(scored, of_simple, TITLES, [part.fold for part in parts]),
        "n": len(rows),
        "k": k,
        "repeats": repeats,
        "at_once": at_once,
    }


def _parts(whole: TableData, recipe: Recipe, rows: np.ndarray, k: int, repeats: int) -> list[_Part]:
    seed, watched = recipe.training.seed, recipe.stopping
    chosen = watched.monitor.startswith("val_") and (watched.restore_best or watched.patience > 0)
    out = []
    for number, fold in enumerate(
        table_folds.folds(whole.table, whole.labels, rows, k, repeats=repeats, seed=seed)
    ):
        own = derive(seed, "fold", number)
        train, validation = fold.train, np.empty(0, np.int64)
        if chosen:
            share = recipe.split.validation
            train, validation = table_split.held_out(
                whole.table, whole.labels, fold.train, share, own, "validation"
            )
        out.append(_Part(fold, train, validation, own))
    return out


def _at_once(
    whole: TableData,
    recipe: Recipe,
    parts: Sequence[_Part],
    prepared: Sequence[TablePreparation],
    progress: Progress,
) -> list[np.ndarray] | None:
    """The answers of all folds for their held rows; None where the networks cannot be stacked."""
    if not recipe.network.layers or recipe.training.min_steps or recipe.training.min_batches:
        return None
    widths = {len(one.one_hot_names) for one in prepared}
    if len(widths) > 1:  # a category that one fold has and another has not
        return None
    (width,) = widths
    if len(parts) * len(whole.table) * width > AT_ONCE:
        return None
    one = network.fitting(recipe.network, prepared[0])
    if not isinstance(one, Sequential) or together.not_together(one, recipe.training) is not None:
        return None
    rows = [preparation.one_hot(preparation.encode(whole.table.frame)) for preparation in prepared]
    labels = [learned(whole.labels, preparation).values for preparation in prepared]
    y = np.stack(labels)
    # What is sealed is never asked for. Each fold learns a number in a unit of its own.
    y = np.maximum(y[0], 0) if whole.table.task == "classes" else np.nan_to_num(y)[..., None]
    stack = Stacked(one, [part.seed for part in parts])
    together.fit_stacked(
        stack,
        np.stack(rows),
        y,
        [together.Fold(part.train, part.validation) for part in parts],
        recipe.training,
        recipe.stopping,
        LOSSES[one.final_activation],
        progress,
    )
    out = []
    for i, (part, preparation) in enumerate(zip(parts, prepared, strict=True)):
        module, final = _module(one, stack.state(i), len(whole.table.classes))
        facts = {"rows": {"numbers": width, "codes": 0}, "kind": "sequential"}
        model = TableModel(module, preparation, facts, final)
        out.append(_answers(whole, part, model))
    return out


def _module(one: Sequential, state: Mapping[str, torch.Tensor], classes: int) -> tuple[torch.nn.Module, str]:
    module = one.build(torch.Generator(), classes or None)
    module.load_state_dict(state)
    return network.OnRows(module, None).eval(), one.final_activation


def _in_turn(
    whole: TableData,
    recipe: Recipe,
    parts: Sequence[_Part],
    prepared: Sequence[TablePreparation],
    progress: Progress,
) -> list[np.ndarray]:
    """One fold after another, by the one loop."""
    out = []
    with work(progress, Words("Training the folds", "겹마다 학습"), len(parts), "folds"):
        for part, preparation in zip(parts, prepared, strict=True):
            own = replace(recipe, training=replace(recipe.training, seed=part.seed))
            module, final, facts = network.network(own, preparation)
            model = TableModel(module, preparation, facts, final)
            _fit(whole, own, part, model)
            module.eval()
            model = _right_in_the_mean(whole, part, model)
            out.append(_answers(whole, part, model))
            progress.advance(1)
    return out


def _fit(whole: TableData, recipe: Recipe, part: _Part, model: TableModel) -> None:
    settings = recipe.training
    rows = EncodedRows(model.rows(whole.table.frame), whole.table.classes)
    labels = learned(whole.labels, model.preparation)
    batch = session.batch_size(settings, len(part.train))
    epochs, steps = session.length(settings, len(part.train), batch)
    prepared = RowPreparation.of(rows.images.shape[3], rows.classes)
    y = labels.of(part.train)
    batches = Batches(
        rows.images, part.train, y, prepared, AugmentationSettings(), batch, steps, settings.seed
    )
    chosen = loop.Validation(part.validation, labels.of(part.validation)) if len(part.validation) else None
    weight = session.class_weight(y, len(rows.classes), settings.class_weight, torch.device("cpu"))
    with tempfile.TemporaryDirectory() as folder:
        job = loop.Job(recipe, batches, chosen, weight, epochs, Path(folder), torch.device("cpu"), "fp32")
        loop.fit(model.module, job, Silence())


def _right_in_the_mean(whole: TableData, part: _Part, model: TableModel) -> TableModel:
    """A logarithm's predictions corrected by the residuals of the validation rows, as after a training."""
    if whole.table.task != "number" or not len(part.validation):
        return model
    truth = model.preparation.target_forward(whole.labels.of(part.validation))
    residuals = truth - model.learned(model.rows(whole.table.frame[part.validation]))
    return replace(model, preparation=model.preparation.with_smearing(residuals))


def _answers(whole: TableData, part: _Part, model: TableModel) -> np.ndarray:
    return model.answers(model.rows(whole.table.frame[part.fold.held]))


def _baselines(
    whole: TableData,
    parts: Sequence[_Part],
    prepared: Sequence[TablePreparation],
    progress: Progress,
) -> list[dict[str, np.ndarray]]:
    """Of each fold: answers of the simple models, which learn from validation rows too, since they choose nothing."""
    out = []
    with work(progress, Words("Fitting the baselines", "기준 모델 학습"), len(parts), "folds"):
        for part, preparation in zip(parts, prepared, strict=True):
            split = (part.fold.train, part.fold.held)
            out.append(tables.simple_answers(whole, preparation, *split, seed=part.seed))
            progress.advance(1)
    return out


def _score(whole: TableData, part: _Part, answers: np.ndarray) -> dict[str, Any]:
    truth = whole.labels.of(part.fold.held)
    if whole.table.task == "number":
        metrics: dict[str, Any] = table_scores.of_numbers(truth, answers)["metrics"]
    else:
        metrics = table_scores.of_classes(truth, answers, [c.key for c in whole.table.classes])["metrics"]
    return metrics
