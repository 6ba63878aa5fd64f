"""What one would pick instead of a network for a table: LightGBM and CatBoost, on the table's own columns.

Each in two ways: with its authors' defaults; and as its authors advise where accuracy counts, many small steps whose
number an inner tenth of the training rows chooses (equal rows kept together), then fitted anew on all training rows
with that number. Neither sees a held row. What is learned is in the unit that the network learns in.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from hakseup.data.table import Table
from hakseup.data.table_folds import folds
from hakseup.data.table_scales import TargetScale
from hakseup.evaluation import table_scores

# Table, training rows, held rows, unit of the target -> probabilities (n, k), or values (n,) in that unit.
Contender = Callable[[Table, np.ndarray, np.ndarray, TargetScale], np.ndarray]
TREES, PATIENCE = 5000, 100  # at most so many; stop when the inner tenth has not gained for so many


def installed(only: Sequence[str] | None = None) -> dict[str, Contender]:
    """Title -> contender, of those whose package is there; only: those whose title begins so."""
    out = {}
    for title, (package, contender) in CONTENDERS.items():
        if only and not title.startswith(tuple(only)):
            continue
        if importlib.util.find_spec(package) is None:
            print(f"{title}: {package} is not installed, left out", file=sys.stderr)
            continue
        out[title] = contender
    return out


def scored(table: Table, train: np.ndarray, held: np.ndarray, contender: Contender) -> dict[str, Any]:
    """A contender's scores on one fold."""
    y, truth = table.labels.of(train), table.labels.of(held)
    unit = TargetScale("none") if table.task == "classes" else TargetScale.fitted(y, "auto")
    answers = contender(table, train, held, unit)
    if table.task == "classes":
        return dict(table_scores.of_classes(truth, answers, [c.key for c in table.classes])["metrics"])
    return dict(table_scores.of_numbers(truth, unit.back(answers))["metrics"])


def columns(table: Table) -> Any:
    """The columns that are learned from, as pandas: numbers with NaN, categories as such, dates as days."""
    frame = table.frame.select([role.name for role in table.features]).to_pandas()
    for role in table.features:
        if role.role == "category":
            frame[role.name] = frame[role.name].astype(str).astype("category")
        elif role.role == "date":
            frame[role.name] = (frame[role.name] - frame[role.name].min()).dt.total_seconds() / 86_400
    return frame


def _inner(table: Table, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nine tenths of the training rows, and the tenth that chooses."""
    first = folds(table, table.labels, train, 10, seed=0)[0]
    return first.train, first.held


def _lightgbm(table: Table, train: np.ndarray, held: np.ndarray, unit: TargetScale) -> np.ndarray:
    return _lightgbm_fitted(table, train, held, unit, {})


def _lightgbm_stopped(table: Table, train: np.ndarray, held: np.ndarray, unit: TargetScale) -> np.ndarray:
    import lightgbm

    # "Parameters Tuning" of its documentation: small learning rate, many trees, bagging, some of the columns.
    settings = {"learning_rate": 0.02, "subsample": 0.8, "subsample_freq": 1, "colsample_bytree": 0.8}
    x, (most, apart) = columns(table), _inner(table, train)
    model = _lightgbm_model(table, {**settings, "n_estimators": TREES}).fit(
        x.iloc[most],
        unit.forward(table.labels.of(most)),
        eval_X=x.iloc[apart],
        eval_y=unit.forward(table.labels.of(apart)),
        callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
    )
    return _lightgbm_fitted(table, train, held, unit, {**settings, "n_estimators": model.best_iteration_})


def _lightgbm_fitted(
    table: Table, train: np.ndarray, held: np.ndarray, unit: TargetScale, settings: dict[str, Any]
) -> np.ndarray:
    x = columns(table)
    model = _lightgbm_model(table, settings).fit(x.iloc[train], unit.forward(table.labels.of(train)))
    return _answers(model, table, x.iloc[held])


def _lightgbm_model(table: Table, settings: dict[str, Any]) -> Any:
    import lightgbm

    kind = lightgbm.LGBMClassifier if table.task == "classes" else lightgbm.LGBMRegressor
    return kind(**{"random_state": 0, "verbose": -1, "n_jobs": torch.get_num_threads(), **settings})


def _catboost(table: Table, train: np.ndarray, held: np.ndarray, unit: TargetScale) -> np.ndarray:
    return _catboost_fitted(table, train, held, unit, {})


def _catboost_stopped(table: Table, train: np.ndarray, held: np.ndarray, unit: TargetScale) -> np.ndarray:
    # "Parameter tuning" of its documentation: its own learning rate for so many rows, the overfitting detector.
    x, (most, apart) = _catboost_columns(table), _inner(table, train)
    model = _catboost_model(table, {"iterations": TREES, "early_stopping_rounds": PATIENCE}).fit(
        x.iloc[most],
        unit.forward(table.labels.of(most)),
        eval_set=(x.iloc[apart], unit.forward(table.labels.of(apart))),
    )
    chosen = {"iterations": model.tree_count_, "learning_rate": model.learning_rate_}
    return _catboost_fitted(table, train, held, unit, chosen)


def _catboost_fitted(
    table: Table, train: np.ndarray, held: np.ndarray, unit: TargetScale, settings: dict[str, Any]
) -> np.ndarray:
    x = _catboost_columns(table)
    model = _catboost_model(table, settings).fit(x.iloc[train], unit.forward(table.labels.of(train)))
    return _answers(model, table, x.iloc[held])


def _catboost_columns(table: Table) -> Any:
    frame = columns(table)
    for role in table.features:
        if role.role == "category":  # CatBoost takes text only
            frame[role.name] = frame[role.name].astype(object).fillna("missing").astype(str)
    return frame


def _catboost_model(table: Table, settings: dict[str, Any]) -> Any:
    import catboost

    kind = catboost.CatBoostClassifier if table.task == "classes" else catboost.CatBoostRegressor
    kinds = [role.name for role in table.features if role.role == "category"]
    plain = {"random_seed": 0, "verbose": False, "allow_writing_files": False}
    return kind(cat_features=kinds, thread_count=torch.get_num_threads(), **plain, **settings)


def _answers(model: Any, table: Table, x: Any) -> np.ndarray:
    return np.asarray(model.predict_proba(x) if table.task == "classes" else model.predict(x))


CONTENDERS: dict[str, tuple[str, Contender]] = {
    "LightGBM, its defaults": ("lightgbm", _lightgbm),
    "LightGBM, stopped early": ("lightgbm", _lightgbm_stopped),
    "CatBoost, its defaults": ("catboost", _catboost),
    "CatBoost, stopped early": ("catboost", _catboost_stopped),
}
