"""Scores of a table's model: on the validation rows at the end of training, on the sealed test rows in `evaluate`.

Every score stands beside the baselines on the same rows, fitted on the same training rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import torch

from hakseup.data.table import Table
from hakseup.data.table_preparation import Encoded, TablePreparation
from hakseup.data.table_strength import strongest_first
from hakseup.data.table_whole import TableData
from hakseup.errors import damaged
from hakseup.evaluation import calibration, predictions, table_details, table_scores, thresholds
from hakseup.evaluation.importance import Kind, affordable, effect, importance, strongest
from hakseup.evaluation.seal import open_test
from hakseup.evaluation.table_model import LEVEL, TableModel, band
from hakseup.models import table_baselines
from hakseup.progress import Progress, Silence, work
from hakseup.runs.folder import CALIBRATION, NETWORK, PREPARATION, RUN, SCORES, TABLE, RunFolder
from hakseup.words import Words


@dataclass(frozen=True)
class Fitted:
    """calibration.json of a table: what was fitted on its validation rows.

    calibration: of probabilities. threshold: of two classes. band: of a number, see `table_model.band`.
    """

    calibration: calibration.Calibration | None = None
    threshold: thresholds.Threshold | None = None
    band: tuple[float, float] | None = None
    n: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "kind": "table",
            "n": self.n,
            "calibration": self.calibration.as_dict() if self.calibration else None,
            "threshold": self.threshold.as_dict() if self.threshold else None,
            "band": list(self.band) if self.band else None,
            "level": LEVEL if self.band else None,
        }

    def of(self, model: TableModel) -> TableModel:
        """The model with what was fitted."""
        value = self.threshold.value if self.threshold else thresholds.HALF
        return replace(model, calibration=self.calibration, threshold=value, band=self.band)


def validation_results(
    folder: RunFolder,
    whole: TableData,
    model: TableModel,
    again: torch.nn.Module | None = None,
    progress: Progress = Silence(),
) -> dict[str, Any]:
    """Score the validation rows, calibrate on them, and write what the report needs; at the end of training.

    Writes preparation.json (with what makes predictions of a logarithm right in the mean), calibration.json,
    predictions-validation.parquet, table.json (what the report shows of rows and columns) and scores.json. Scores of a test part from before belong to other weights.

    Args:
        folder: the run. whole: its data, the test part sealed.
        model: a network that has not been fitted on the validation rows, nothing calibrated.
        again: the network that predicts, where it was fitted once more on all rows; scores are those of `model`.
        progress: hears of the work.

    Returns:
        The scores of the validation part as in scores.json.
    """
    table, index = whole.table, whole.split.validation
    truth = whole.labels.of(index)
    rows = model.rows(table.frame[index])
    if table.task == "number":
        residuals = model.preparation.target_forward(truth) - model.learned(rows)
        prepared = model.preparation.with_smearing(residuals)
        folder.write_json(PREPARATION, prepared.as_dict())
        fitted = Fitted(band=band(residuals), n=len(index))
        model = replace(model, preparation=prepared)
        model = fitted.of(model)
        answers = model.answers(rows)
    else:
        raw = model.raw(rows)
        found = calibration.fit(raw, truth, choosing_fit=again is not None)
        fitted = Fitted(found, n=len(index))
        answers = found.apply(raw)
        if len(table.classes) == 2:
            fitted = replace(fitted, threshold=thresholds.choose(truth, answers[:, 1]))
        model = fitted.of(model)
    folder.write_json(CALIBRATION, fitted.as_dict())
    del rows  # 30 MB of a million rows
    simple = _baselines(whole, model.preparation, index, int(folder.json(RUN)["seed"]), progress)
    result = _scores(table, truth, answers, simple, model)
    # Of several numbers in a cell, the most frequent cells are shown, as of categories.
    kinds = {r.name: cast(Kind, r.role if r.role != "numbers" else "category") for r in table.features}
    seen, width = table.frame[index], len(model.preparation.one_hot_names)
    names, changing = _promising(whole, model.preparation), model.changing
    measured = importance(model, seen, truth, names, progress=progress, changing=changing, width=width)
    details: dict[str, Any] = {
        "importance": measured,
        "effects": [
            effect(model, seen, name, kinds[name], changing=changing) for name in strongest(measured)
        ],
        "threshold": fitted.threshold.as_dict() if fitted.threshold else None,
    }
    details["validation"] = _details(table, index, truth, answers, model, measured)
    folder.write_json(TABLE, details)
    _write_predictions(folder, "validation", whole, index, truth, answers, model)
    folder.write_json(SCORES, {"validation": result})
    return result


def _promising(whole: TableData, preparation: TablePreparation) -> list[str]:
    """The columns that are learned from; where not all can be measured, those first that go most closely with the target."""
    names = [column.name for column in preparation.columns]
    train = whole.split.train
    width = len(preparation.one_hot_names)
    if affordable(len(whole.split.validation), len(names), width)[1] == len(names):
        return names
    y, k = whole.labels.of(train), len(whole.table.classes)
    return strongest_first(whole.table.frame, names, train, y, k)


def load(folder: RunFolder, module: torch.nn.Module, final: str) -> TableModel:
    """The model of a finished run.

    Raises:
        RunError: preparation.json or calibration.json is damaged.
    """
    prepared = TablePreparation.from_dict(folder.json(PREPARATION))
    plain = TableModel(module.eval(), prepared, folder.json(NETWORK), final)
    if not folder.has(CALIBRATION):
        return plain
    said = folder.json(CALIBRATION)
    try:
        found = calibration.from_dict(folder, said["calibration"]) if said["calibration"] else None
        chosen = float(said["threshold"]["value"]) if said["threshold"] else thresholds.HALF
        ends = (float(said["band"][0]), float(said["band"][1])) if said["band"] else None
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise damaged(folder.file(CALIBRATION), error) from None
    return replace(plain, calibration=found, threshold=chosen, band=ends)


def evaluate(
    folder: RunFolder, whole: TableData, model: TableModel, progress: Progress = Silence()
) -> dict[str, Any]:
    """Open the sealed test part and score the model and the baselines on it.

    Everything that can go wrong without a label is done before the seal is broken. Writes predictions-test.parquet
    and, last, scores.json.

    Raises:
        SealError: the opening cannot be written down; the test part stays sealed.
        DataError: the test part is empty.
    """
    run, table = folder.json(RUN), whole.table
    answers = model.answers(model.rows(table.frame[whole.split.test]))
    simple = _baselines(whole, model.preparation, whole.split.test, int(run["seed"]), progress)
    opening = open_test(
        whole.labels,
        whole.split,
        n_classes=len(table.classes),
        test_id=str(run["data"]["test_id"]),
        run=str(folder.path),
        data=str(run["data"]["name"]),
    )
    kept = np.isin(whole.split.test, opening.index)
    answers = answers[kept]
    simple = {name: guess[kept] for name, guess in simple.items()}
    result = _scores(table, opening.truth, answers, simple, model)
    result |= {"opened": opening.times, "opened_at": opening.when}
    details = folder.json(TABLE) if folder.has(TABLE) else {}
    about = _details(table, opening.index, opening.truth, answers, model, details.get("importance"))
    folder.write_json(TABLE, details | {"test": about})
    _write_predictions(folder, "test", whole, opening.index, opening.truth, answers, model)
    earlier = folder.json(SCORES) if folder.has(SCORES) else {}
    folder.write_json(SCORES, earlier | {"test": result})
    handed = ("interval", "baselines", "baseline_intervals", "baseline_titles", "opened", "opened_at")
    return {
        "run": str(folder.path),
        "n": result["n"],
        "test": result["metrics"],
        **{name: result[name] for name in (*handed, "versus_baseline")},
        **({"by_class": result["by_class"]} if "by_class" in result else {}),
        **({"coverage": result["coverage"]} if "coverage" in result else {}),
    }


def _scores(
    table: Table,
    truth: np.ndarray,
    answers: np.ndarray,
    simple: Mapping[str, np.ndarray],
    model: TableModel,
) -> dict[str, Any]:
    if table.task == "number":
        return table_scores.of_numbers(truth, answers, simple)
    return table_scores.of_classes(truth, answers, [c.key for c in table.classes], simple, model.threshold)


def _baselines(
    whole: TableData, preparation: TablePreparation, index: np.ndarray, seed: int, progress: Progress
) -> dict[str, np.ndarray]:
    with work(progress, Words("Fitting the baselines", "기준 모델 학습"), None, "steps"):
        return simple_answers(whole, preparation, whole.split.train, index, seed=seed)


def simple_answers(
    whole: TableData, preparation: TablePreparation, train: np.ndarray, index: np.ndarray, *, seed: int
) -> dict[str, np.ndarray]:
    """Answers of the simple models, fitted on the training rows, for the rows of `index`."""
    table = whole.table

    def rows(of: np.ndarray) -> table_baselines.Rows:
        encoded = preparation.encode(table.frame[of])
        return table_baselines.Rows(encoded.numbers, encoded.codes, flatten)

    def flatten(numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
        return preparation.one_hot(Encoded(numbers, codes))

    scale = replace(preparation.target_scale, smear=1.0)
    unit = table_baselines.Unit(scale.forward, scale.back, straight=scale.kind != "log")
    y = whole.labels.of(train)
    columns = len(preparation.number_names) + len(preparation.code_names)
    some = table_baselines.enough(y, columns, len(preparation.one_hot_names), seed)
    fitted = table_baselines.fit(
        rows(train[some]),
        y[some],
        n_classes=len(table.classes) or None,
        seed=seed,
        unit=unit,
        everything=y,
    )
    there = rows(index)
    return {simple.name: simple.predict(there) for simple in fitted}


def _details(
    table: Table,
    index: np.ndarray,
    truth: np.ndarray,
    answers: np.ndarray,
    model: TableModel,
    found: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Worst rows, curves and dots of these rows; beside a row stand its most important columns."""
    columns = (
        [row["name"] for row in found["columns"]] if found else [c.name for c in model.preparation.columns]
    )
    frame, lines = table.frame[index], table.lines[index]
    if table.task == "number":
        return table_details.of_numbers(truth, answers, frame, lines, columns)
    decided = table_scores.decisions(answers, model.threshold)
    return table_details.of_classes(truth, answers, decided, frame, lines, columns)


def _write_predictions(
    folder: RunFolder,
    part: str,
    whole: TableData,
    index: np.ndarray,
    truth: np.ndarray,
    answers: np.ndarray,
    model: TableModel,
) -> None:
    table = whole.table
    where = table.lines
    if table.task == "number":
        ends = model.interval(model.rows(table.frame[index]))
        predictions.write_values(
            folder, part, index=index, where=where, truth=truth, values=answers, interval=ends
        )
        return
    predictions.write(
        folder,
        part,
        index=index,
        where=where,
        truth=truth,
        probabilities=answers,
        classes=[c.key for c in table.classes],
    )
