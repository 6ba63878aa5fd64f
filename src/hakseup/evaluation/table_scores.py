"""Scores of a model for tables beside the baselines on the same rows, and whether it is better than the best of them.

What comes out is as in scores.json of pictures: `n`, `metrics`, `interval`, `baselines`, `baseline_intervals`,
`baseline_titles`, `versus_baseline`; for classes also `by_class`, `confusion`, `calibration` and `threshold`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special

from hakseup.evaluation.table_verdict import of_sizes
from hakseup.evaluation.thresholds import HALF
from hakseup.evaluation.verdict import verdict
from hakseup.metrics import classification, regression
from hakseup.metrics.differences import SIGNIFICANT, mcnemar
from hakseup.models.table_baselines import TITLES
from hakseup.seeds import numpy_generator
from hakseup.words import Words

FLIPS = 10_000  # sign changes drawn by the test of two models' errors
NORMAL_ROWS = 20_000  # from so many rows on their sum is as good as normal
BLOCK = 2_000_000  # signs drawn at a time
_MODEL = Words("the model", "모델")
_DECIDED = ("accuracy", "precision", "recall", "f1")


def of_classes(
    truth: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[str],
    simple: Mapping[str, np.ndarray] = {},
    threshold: float = HALF,
) -> dict[str, Any]:
    """Every score of a classifier for tables.

    Args:
        truth: class index, int (n,).
        probabilities: of the model, float (n, k).
        classes: the k keys.
        simple: of the baselines, name as in `TITLES` -> float (n, k).
        threshold: of two classes the second is predicted where its probability is above this.

    Returns:
        See the module. Accuracy, precision, recall, F1 and the confusion are those of the decisions at the threshold;
        AUC, losses and calibration those of the probabilities.

    Raises:
        ValueError: the arrays do not fit one another, or the threshold does not fit them.
    """
    result = classification.scores(truth, probabilities, classes)
    if threshold != HALF:
        decided = classification.scores(truth, moved(probabilities, threshold), classes)
        for kind in ("metrics", "interval"):
            result[kind] |= {name: decided[kind][name] for name in _DECIDED}
        result |= {name: decided[name] for name in ("by_class", "confusion")}
    of_simple = {name: classification.scores(truth, guess, classes) for name, guess in simple.items()}
    truth = np.asarray(truth, np.int64)
    right = decisions(probabilities, threshold) == truth
    others = {name: np.asarray(guess).argmax(1) == truth for name, guess in simple.items()}
    return result | {
        **({"threshold": threshold} if len(classes) == 2 else {}),
        **_beside(of_simple),
        "versus_baseline": _versus_right(right, others) if others else None,
    }


def of_numbers(
    truth: np.ndarray, predicted: np.ndarray, simple: Mapping[str, np.ndarray] = {}
) -> dict[str, Any]:
    """Every score of a model that predicts a number.

    Args:
        truth, predicted: in the target's own unit, float (n,).
        simple: predictions of the baselines, name as in `TITLES` -> float (n,).

    Raises:
        ValueError: the arrays do not fit one another.
    """
    truth = np.asarray(truth, float)
    result = regression.scores(truth, predicted)
    of_simple = {name: regression.scores(truth, guess) for name, guess in simple.items()}
    error = np.asarray(predicted, float) - truth
    others = {name: np.asarray(guess, float) - truth for name, guess in simple.items()}
    return result | {
        **_beside(of_simple),
        "versus_baseline": _versus_sizes(error, others) if others else None,
    }


def decisions(probabilities: np.ndarray, threshold: float = HALF) -> np.ndarray:
    """The predicted classes, int64 (n,): the likeliest, or of two the second where it is above the threshold.

    Args:
        probabilities: float (n, k); of equal ones the first, as everywhere.
        threshold: 0.5 unless there are two classes.

    Raises:
        ValueError: another threshold than 0.5 with more or fewer than two classes.
    """
    probabilities = np.asarray(probabilities)
    if threshold == HALF:
        out: np.ndarray = probabilities.argmax(1)
        return out
    decided: np.ndarray = moved(probabilities, threshold).argmax(1)
    return decided


def moved(probabilities: np.ndarray, threshold: float) -> np.ndarray:
    """The probabilities of two classes bent so that the threshold comes to lie at one half, float64 (n, 2).

    Raises:
        ValueError: there are not two classes, or the threshold does not lie between 0 and 1.
    """
    if probabilities.ndim != 2 or probabilities.shape[1] != 2 or not 0 < threshold < 1:
        raise ValueError(f"a threshold of {threshold} does not fit probabilities {probabilities.shape}")
    second = np.asarray(probabilities, float)[:, 1]
    bent = np.where(second <= threshold, second / threshold / 2, 1 - (1 - second) / (1 - threshold) / 2).clip(
        0, 1
    )
    return np.stack([1 - bent, bent], 1)


def sign_flips(first: np.ndarray, second: np.ndarray) -> float:
    """How often chance alone makes the squared errors of two equal models differ by as much (two-sided).

    Between equals it is chance which of a row's two errors belongs to which model, so each difference is as likely
    with the other sign: 10,000 draws of signs say how large the sum of the differences then is. From 20,000 rows on the
    sum is as good as normal. Source: Fisher (1935), The design of experiments, 21.

    Args:
        first, second: errors, float (n,), the same rows in the same order.

    Raises:
        ValueError: different numbers of rows.
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    if first.shape != second.shape:
        raise ValueError(f"different numbers of rows: {first.shape} and {second.shape}")
    gap = first**2 - second**2
    gap = gap[gap != 0]
    if not len(gap):
        return 1.0
    gap = gap / np.abs(gap).max()
    seen = abs(float(gap.sum()))
    if len(gap) > NORMAL_ROWS:
        return float(2 * special.ndtr(-seen / float((gap**2).sum()) ** 0.5))
    if len(gap) <= 13:  # all of them, at most 8,192
        signs = 1 - 2 * ((np.arange(2 ** len(gap))[:, None] >> np.arange(len(gap))) & 1)
        return float((np.abs(signs @ gap) >= seen * (1 - 1e-12)).mean())
    generator = numpy_generator(0, "sign flips")
    each = max(1, min(FLIPS, BLOCK // len(gap)))
    above = done = 0
    while done < FLIPS:
        signs = 1 - 2 * generator.integers(0, 2, size=(each, len(gap)), dtype=np.int8)
        above += int((np.abs(signs @ gap) >= seen * (1 - 1e-12)).sum())
        done += each
    return (above + 1) / (done + 1)


def _beside(of_simple: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "baselines": {name: s["metrics"] for name, s in of_simple.items()},
        "baseline_intervals": {name: s["interval"] for name, s in of_simple.items()},
        "baseline_titles": {name: TITLES[name].as_dict() for name in of_simple},
    }


def _versus_right(right: np.ndarray, others: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The model against the baseline with the highest accuracy, on the same rows (McNemar, exact)."""
    name = max(others, key=lambda one: int(others[one].sum()))
    paired = mcnemar(right, others[name])
    apart = paired.p_value < SIGNIFICANT
    return {
        "name": name,
        "metric": "accuracy",
        "p_value": paired.p_value,
        "better": apart and paired.first_only > paired.second_only,
        "worse": apart and paired.first_only < paired.second_only,
        "model_only": paired.first_only,
        "baseline_only": paired.second_only,
        **_sentence(verdict(_MODEL, TITLES[name], paired, paired.p_value, rows=True)),
    }


def _versus_sizes(error: np.ndarray, others: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The model against the baseline with the smallest squared error, on the same rows."""
    name = min(others, key=lambda one: float((others[one] ** 2).mean()))
    p_value = sign_flips(error, others[name])
    gap, interval = regression.rmse_difference(error, others[name])
    apart = p_value < SIGNIFICANT
    nearer = int((np.abs(error) < np.abs(others[name])).sum())
    return {
        "name": name,
        "metric": "rmse",
        "p_value": p_value,
        "better": apart and gap < 0,
        "worse": apart and gap > 0,
        "difference": gap,
        "interval": list(interval) if interval else None,
        "nearer": nearer,
        **_sentence(of_sizes(_MODEL, TITLES[name], gap, interval, p_value, nearer, len(error))),
    }


def _sentence(words: Words) -> dict[str, str]:
    return {"en": words.en[0].upper() + words.en[1:], "ko": words.ko}
