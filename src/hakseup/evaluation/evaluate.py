"""Scores of a trained model: on the validation part at the end of training, on the sealed test part in `evaluate`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from hakseup.data.labels import Labels
from hakseup.data.pictures import Pictures
from hakseup.data.preparation import Preparation
from hakseup.data.split import Split
from hakseup.evaluation import calibration, mistakes, predictions, unknown
from hakseup.evaluation.judge import Judge, Judged
from hakseup.evaluation.predict import Rows, predict_proba, require_width
from hakseup.evaluation.seal import open_test
from hakseup.evaluation.verdict import verdict
from hakseup.metrics.classification import scores
from hakseup.metrics.differences import SIGNIFICANT, mcnemar
from hakseup.metrics.intervals import wilson
from hakseup.models.baselines import TITLES, baselines
from hakseup.progress import Progress, Silence, work
from hakseup.runs.folder import CALIBRATION, RUN, SCORES, RunFolder
from hakseup.settings import AugmentationSettings
from hakseup.words import Words


def validation_results(
    folder: RunFolder,
    pictures: Pictures,
    split: Split,
    labels: Labels,
    module: torch.nn.Module,
    preparation: Preparation,
    final: str | None = "softmax",
    progress: Progress = Silence(),
    again: torch.nn.Module | None = None,
    augmentation: AugmentationSettings = AugmentationSettings(),
) -> dict[str, Any]:
    """Score the validation part, calibrate on it, and write what the report needs; called at the end of training.

    Writes reference.safetensors, calibration.json, predictions-validation.parquet, mistakes.npz and scores.json. The
    scores and predictions are those of the network as training saw it; the pictures in mistakes.npz carry the
    calibrated probabilities that `predict` gives. Scores of a test part from before belong to other weights, so
    they do not stay in these files.

    Args:
        folder: the run.
        pictures, split, labels: the data; the test part stays sealed.
        module: a network that has not been fitted on the validation part.
        preparation: the model's own.
        final: see `predict_proba`.
        progress: hears of the work.
        again: the network that predicts, where it was fitted once more on all pictures. Calibration and false
            alarms then come from `module`; distances count in the unit of each network's own.
        augmentation: of the training; see `unknown.reference`.

    Returns:
        The scores of the validation part as in scores.json.

    Raises:
        NetworkError: the network does not give a probability for each class.
    """
    keys = [c.key for c in pictures.classes]
    index, truth = split.validation, labels.of(split.validation)
    learnt = (pictures.images, split.train, labels.of(split.train), preparation, augmentation)
    reference = unknown.reference(module, *learnt)
    with reference.watch(module, preparation) as looking:
        probabilities = predict_proba(
            module, Rows(pictures.images, index), preparation, final=final, progress=progress
        )
        own = looking.take()
    known = unknown.known(reference, own, module, pictures.images, index, preparation, augmentation)
    require_width(probabilities, len(keys))
    result = scores(truth, probabilities, keys)
    fitted = calibration.fit(probabilities, truth, choosing_fit=again is not None)
    if again is not None:
        reference = unknown.reference(again, *learnt)
    unknown.write(folder, replace(reference, known=known))
    folder.write_json(CALIBRATION, fitted.as_dict())
    predictions.write(
        folder,
        "validation",
        index=index,
        where=pictures.where,
        truth=truth,
        probabilities=probabilities,
        classes=keys,
    )
    shown = (pictures.images, index, truth, fitted.apply(probabilities), pictures.where)
    parts = {
        "validation": mistakes.worst(*shown),
        "samples": mistakes.samples(*shown),
        "examples": mistakes.examples(pictures.images, split.train, labels.of(split.train), len(keys)),
    }
    mistakes.write(folder, parts, keep=False)
    folder.write_json(SCORES, {"validation": result})
    return result


def evaluate(
    folder: RunFolder,
    pictures: Pictures,
    split: Split,
    labels: Labels,
    module: torch.nn.Module,
    preparation: Preparation,
    final: str | None = "softmax",
    progress: Progress = Silence(),
    judge: Judge = Judge(),
) -> dict[str, Any]:
    """Open the sealed test part and score the model and the baselines on it.

    What is scored is what `predict` says: calibrated probabilities. Pictures that it does not know count by the
    class that comes nearest, as all others do.

    Everything that can go wrong without a label (predicting, fitting the baselines) is done before the seal
    is broken, so that no opening is spent on a failure. Writes predictions-test.parquet, mistakes.npz
    and, last, scores.json.

    Args:
        folder: a finished run; its run.json names the data, the test part and the seed.
        pictures, split, labels: the same data as in training.
        module, preparation, final: the model.
        progress: hears of the work.
        judge: the run's calibration and its rule for unknown pictures.

    Returns:
        `run`, `n`, `test`, `interval`, `baselines`, `baseline_intervals`, `baseline_titles`, `opened`, `opened_at`,
        `versus_baseline`, `by_class`; `calibration` (the temperature; log loss, Brier score and calibration error before
        and after) and `unknown` (how many were refused, and the accuracy on the others), None where the run has none.

    Raises:
        SealError: the opening cannot be written down; the test part stays sealed.
        DataError: the test part is empty or carries unknown labels.
        NetworkError: the network does not give a probability for each class.
        RunError: run.json is damaged, or the results cannot be written.
    """
    run = folder.json(RUN)
    keys = [c.key for c in pictures.classes]
    pixels = Rows(pictures.images, split.test)
    judged = judge.judge(module, pixels, preparation, final=final, progress=progress)
    require_width(judged.raw, len(keys))
    with work(progress, Words("Fitting the baselines", "기준 모델 학습"), None, "steps"):
        train = Rows(pictures.images, split.train)
        simple = baselines(train, labels.of(split.train), pixels, len(keys), int(run["seed"]))

    opening = open_test(
        labels,
        split,
        n_classes=len(keys),
        test_id=str(run["data"]["test_id"]),
        run=str(folder.path),
        data=str(run["data"]["name"]),
    )
    kept = np.isin(split.test, opening.index)
    probabilities = judged.probabilities[kept]
    simple = {name: guess[kept] for name, guess in simple.items()}
    of_simple = {name: scores(opening.truth, guess, keys) for name, guess in simple.items()}
    result = scores(opening.truth, probabilities, keys) | {
        "opened": opening.times,
        "opened_at": opening.when,
        "baselines": {name: s["metrics"] for name, s in of_simple.items()},
        "baseline_intervals": {name: s["interval"] for name, s in of_simple.items()},
        "baseline_titles": {name: TITLES[name].as_dict() for name in simple},
        "versus_baseline": _versus(opening.truth, probabilities, simple),
    }
    if judge.calibration is not None:
        before = scores(opening.truth, judged.raw[kept], keys)
        result["uncalibrated"] = {
            **{name: before["metrics"][name] for name in ("loss", "log_loss", "brier")},
            "calibration": before["calibration"],
        }
    result["unknown"] = _unknown(judge, judged, kept, opening.truth)
    predictions.write(
        folder,
        "test",
        index=opening.index,
        where=pictures.where,
        truth=opening.truth,
        probabilities=probabilities,
        classes=keys,
    )
    worst = mistakes.worst(pictures.images, opening.index, opening.truth, probabilities, pictures.where)
    mistakes.write(folder, {"test": worst}, keep=True)
    earlier = folder.json(SCORES) if folder.has(SCORES) else {}
    folder.write_json(SCORES, earlier | {"test": result})
    return {
        "run": str(folder.path),
        "n": result["n"],
        "test": result["metrics"],
        **{name: result[name] for name in ("interval", "baselines", "baseline_intervals", "baseline_titles")},
        **{name: result[name] for name in ("opened", "opened_at", "versus_baseline", "by_class", "unknown")},
        "calibration": _before_and_after(judge, result),
    }


def _before_and_after(judge: Judge, result: Mapping[str, Any]) -> dict[str, Any] | None:
    """What calibration did on the test part."""
    if judge.calibration is None:
        return None

    def three(of: Mapping[str, Any], metrics: Mapping[str, Any]) -> dict[str, float]:
        return {
            "log_loss": metrics["log_loss"],
            "brier": metrics["brier"],
            "ece": of["calibration"]["ece"],
        }

    return {
        **judge.calibration.as_dict(),
        "before": three(result["uncalibrated"], result["uncalibrated"]),
        "after": three(result, result["metrics"]),
    }


def _unknown(judge: Judge, judged: Judged, rows: np.ndarray, truth: np.ndarray) -> dict[str, Any] | None:
    """How many test pictures were refused against what was promised, and the accuracy on the others.

    Args:
        rows: which of the judged pictures are scored, bool (n,).
        truth: their classes, int (m,).
    """
    if judged.known is None or judge.alarms is None:
        return None
    known, right = judged.known[rows], judged.probabilities[rows].argmax(1) == truth
    n, kept = len(known), int(known.sum())
    hits = int(right[known].sum())
    return {
        "promised": judge.alarms.as_dict(),
        "n": n,
        "refused": n - kept,
        "empty": int(judged.empty[rows].sum()),
        "share": (n - kept) / n,
        "interval": wilson(n - kept, n).tolist(),
        "refused_wrong": int((~right[~known]).sum()),
        "kept": kept,
        "kept_accuracy": hits / kept if kept else None,
        "kept_interval": wilson(hits, kept).tolist() if kept else None,
    }


def _versus(truth: np.ndarray, probabilities: np.ndarray, simple: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The model against the baseline with the highest accuracy, on the same pictures (McNemar, exact)."""
    right = {name: guess.argmax(1) == truth for name, guess in simple.items()}
    name = max(right, key=lambda one: int(right[one].sum()))
    paired = mcnemar(probabilities.argmax(1) == truth, right[name])
    words = verdict(Words("the model", "모델"), TITLES[name], paired, paired.p_value)
    return {
        "name": name,
        "p_value": paired.p_value,
        "better": paired.p_value < SIGNIFICANT and paired.first_only > paired.second_only,
        "worse": paired.p_value < SIGNIFICANT and paired.first_only < paired.second_only,
        "model_only": paired.first_only,
        "baseline_only": paired.second_only,
        "en": words.en[0].upper() + words.en[1:],
        "ko": words.ko,
    }
