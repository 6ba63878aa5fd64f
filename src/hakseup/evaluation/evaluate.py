"""Scores of a trained model: on the validation part at the end of training, on the sealed test part in `evaluate`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from hakseup.data.labels import Labels
from hakseup.data.pictures import Pictures
from hakseup.data.preparation import Preparation
from hakseup.data.split import Split
from hakseup.evaluation import mistakes, predictions
from hakseup.evaluation.predict import Rows, predict_proba, require_width
from hakseup.evaluation.seal import open_test
from hakseup.evaluation.verdict import verdict
from hakseup.metrics.classification import scores
from hakseup.metrics.differences import SIGNIFICANT, mcnemar
from hakseup.models.baselines import TITLES, baselines
from hakseup.progress import Progress, Silence
from hakseup.runs.folder import RUN, SCORES, RunFolder
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
) -> dict[str, Any]:
    """Score the validation part and write what the report needs of it; called at the end of training.

    Writes predictions-validation.parquet, mistakes.npz and scores.json. Scores of a test part from before
    belong to other weights, so they do not stay in these files.

    Args:
        folder: the run.
        pictures, split, labels: the data; the test part stays sealed.
        module: a network that has not been fitted on the validation part.
        preparation: the model's own.
        final: see `predict_proba`.
        progress: hears of the work.

    Returns:
        The scores of the validation part as in scores.json.

    Raises:
        NetworkError: the network does not give a probability for each class.
    """
    keys = [c.key for c in pictures.classes]
    index, truth = split.validation, labels.of(split.validation)
    probabilities = predict_proba(
        module, Rows(pictures.images, index), preparation, final=final, progress=progress
    )
    require_width(probabilities, len(keys))
    result = scores(truth, probabilities, keys)
    predictions.write(
        folder,
        "validation",
        index=index,
        where=pictures.where,
        truth=truth,
        probabilities=probabilities,
        classes=keys,
    )
    shown = (pictures.images, index, truth, probabilities, pictures.where)
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
) -> dict[str, Any]:
    """Open the sealed test part and score the model and the baselines on it.

    Everything that can go wrong without a label (predicting, fitting the baselines) is done before the seal
    is broken, so that no opening is spent on a failure. Writes predictions-test.parquet, mistakes.npz
    and, last, scores.json.

    Args:
        folder: a finished run; its run.json names the data, the test part and the seed.
        pictures, split, labels: the same data as in training.
        module, preparation, final: the model.
        progress: hears of the work.

    Returns:
        `run`, `n`, `test`, `interval`, `baselines`, `baseline_intervals`, `baseline_titles`, `opened`, `opened_at`,
        `versus_baseline`, `by_class`.

    Raises:
        SealError: the opening cannot be written down; the test part stays sealed.
        DataError: the test part is empty or carries unknown labels.
        NetworkError: the network does not give a probability for each class.
        RunError: run.json is damaged, or the results cannot be written.
    """
    run = folder.json(RUN)
    keys = [c.key for c in pictures.classes]
    pixels = Rows(pictures.images, split.test)
    probabilities = predict_proba(module, pixels, preparation, final=final, progress=progress)
    require_width(probabilities, len(keys))
    progress.begin(Words("Fitting the baselines", "기준 모델 학습"), None, "steps")
    train = Rows(pictures.images, split.train)
    simple = baselines(train, labels.of(split.train), pixels, len(keys), int(run["seed"]))
    progress.end()

    opening = open_test(
        labels,
        split,
        n_classes=len(keys),
        test_id=str(run["data"]["test_id"]),
        run=str(folder.path),
        data=str(run["data"]["name"]),
    )
    kept = np.isin(split.test, opening.index)
    probabilities = probabilities[kept]
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
    before = folder.json(SCORES) if folder.has(SCORES) else {}
    folder.write_json(SCORES, before | {"test": result})
    return {
        "run": str(folder.path),
        "n": result["n"],
        "test": result["metrics"],
        **{name: result[name] for name in ("interval", "baselines", "baseline_intervals", "baseline_titles")},
        **{name: result[name] for name in ("opened", "opened_at", "versus_baseline", "by_class")},
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
        "model_only": paired.first_only,
        "baseline_only": paired.second_only,
        "en": words.en[0].upper() + words.en[1:],
        "ko": words.ko,
    }
