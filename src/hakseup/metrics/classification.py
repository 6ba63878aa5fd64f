"""Scores of a classifier: truth and probabilities in, numbers with their intervals out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from hakseup.words import Words

SMALLEST = (
    1e-7  # probabilities below it count as this in the logarithm, as in Keras: a float32 knows no better
)
BINS = 10


class Metric(NamedTuple):
    """What a metric is called, whether more is better, and what it says."""

    title: Words
    direction: Literal["max", "min"]
    explanation: Words


METRICS: dict[str, Metric] = {
    "accuracy": Metric(
        Words("Accuracy", "정확도"),
        "max",
        Words("Share of the pictures that are named rightly.", "맞게 분류한 그림의 비율입니다."),
    ),
    "top5_accuracy": Metric(
        Words("Top-5 accuracy", "상위 5 정확도"),
        "max",
        Words(
            "Share of the pictures whose class is among the five most probable.",
            "정답이 확률이 가장 높은 다섯 클래스 안에 든 그림의 비율입니다.",
        ),
    ),
    "precision": Metric(
        Words("Precision", "정밀도"),
        "max",
        Words(
            "When a class is predicted, how often that is right; mean over the classes.",
            "어떤 클래스라고 예측했을 때 맞는 비율이며, 클래스별 값의 평균입니다.",
        ),
    ),
    "recall": Metric(
        Words("Recall", "재현율"),
        "max",
        Words(
            "How many of a class's pictures are found; mean over the classes.",
            "한 클래스의 그림 가운데 찾아낸 비율이며, 클래스별 값의 평균입니다.",
        ),
    ),
    "f1": Metric(
        Words("F1", "F1 점수"),
        "max",
        Words(
            "Precision and recall in one number (harmonic mean); mean over the classes.",
            "정밀도와 재현율을 하나로 합친 값(조화 평균)이며, 클래스별 값의 평균입니다.",
        ),
    ),
    "auc": Metric(
        Words("AUC", "AUC"),
        "max",
        Words(
            "How often a picture of a class gets a higher probability for it than one of another class; "
            "mean over the classes.",
            "어떤 클래스의 그림이 다른 클래스의 그림보다 그 클래스의 확률을 더 높게 받는 비율이며, 클래스별 값의 평균입니다.",
        ),
    ),
    "loss": Metric(
        Words("Loss", "오차"),
        "min",
        Words(
            "Cross-entropy: the mean of -log of the probability that the right class got.",
            "교차 엔트로피: 정답 클래스에 준 확률의 -log 평균입니다.",
        ),
    ),
    "log_loss": Metric(
        Words("Log loss", "로그 손실"),
        "min",
        Words(
            "The same as the loss, under the name that statistics and scikit-learn use.",
            "오차와 같은 값입니다. 통계와 scikit-learn에서는 이 이름으로 부릅니다.",
        ),
    ),
    "brier": Metric(
        Words("Brier score", "브라이어 점수"),
        "min",
        Words(
            "Mean squared distance between the probabilities and the truth: 0 is perfect.",
            "확률과 정답 사이 거리의 제곱 평균입니다. 0이면 완벽합니다.",
        ),
    ),
}


def scores(truth: np.ndarray, probabilities: np.ndarray, classes: Sequence[str]) -> dict[str, Any]:
    """Every score of a classifier, as it stands in scores.json.

    Args:
        truth: class index, int (n,).
        probabilities: float (n, k), each row adds up to 1. The largest is the prediction (the first on a tie).
        classes: the k keys.

    Returns:
        `n`; `metrics` (name -> value) and `interval` (name -> [low, high], 95 %), None where the data leave
        it undefined (AUC with one class in the truth); `by_class`, where precision is None for a class never
        predicted and recall None for one that has no pictures; `confusion` (rows truth, columns prediction);
        `classes`; `calibration` (bins of the predicted class's probability that are not empty; `ece`).

    Raises:
        ValueError: the arrays do not fit one another, or hold values that are not numbers.
    """
    from hakseup.metrics import intervals

    truth = np.asarray(truth, np.int64)
    probabilities = np.asarray(probabilities, float)
    k = len(classes)
    _require(truth, probabilities, k)
    n = len(truth)
    predicted = probabilities.argmax(1)
    confusion = np.bincount(k * truth + predicted, minlength=k * k).reshape(k, k)
    values: dict[str, float | None] = {}
    interval: dict[str, list[float] | None] = {}

    def keep(name: str, value: float | None, ends: Sequence[float] | np.ndarray | None) -> None:
        values[name] = value
        interval[name] = None if ends is None else [float(e) for e in ends]

    hits = int(np.trace(confusion))
    keep("accuracy", hits / n, intervals.wilson(hits, n))
    if k > 5:
        among = int((_rank(truth, probabilities) < 5).sum())
        keep("top5_accuracy", among / n, intervals.wilson(among, n))
    for name, (value, ends) in intervals.macro(confusion).items():
        keep(name, value, ends)
    keep("auc", *intervals.auc(truth, probabilities))
    rows = np.stack([_losses(truth, probabilities), _brier(truth, probabilities)], 1)
    of_loss, of_brier = intervals.means(rows)
    loss, brier = (float(v) for v in rows.mean(0))
    keep("loss", loss, of_loss)
    keep("log_loss", loss, of_loss)
    keep("brier", brier, of_brier)
    return {
        "n": n,
        "metrics": values,
        "interval": interval,
        "by_class": _by_class(confusion, classes),
        "confusion": confusion.tolist(),
        "classes": list(classes),
        "calibration": _calibration(truth == predicted, probabilities.max(1)),
    }


def _require(truth: np.ndarray, probabilities: np.ndarray, k: int) -> None:
    if len(truth) == 0 or probabilities.shape != (len(truth), k):
        raise ValueError(
            f"{len(truth)} labels and {k} classes do not fit probabilities {probabilities.shape}"
        )
    if truth.min() < 0 or truth.max() >= k:
        raise ValueError(f"labels from {truth.min()} to {truth.max()} do not fit {k} classes")
    if not np.isfinite(probabilities).all():
        raise ValueError("some probabilities are not numbers")


def _rank(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """How many classes stand before the true one, (n,); of equal ones the first stands first, as in argmax."""
    own = probabilities[np.arange(len(truth)), truth][:, None]
    before = np.arange(probabilities.shape[1]) < truth[:, None]
    out: np.ndarray = ((probabilities > own) | ((probabilities == own) & before)).sum(1)
    return out


def _losses(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """-log of the true class's probability, (n,); rows are brought to exactly 1 first."""
    own = probabilities[np.arange(len(truth)), truth] / probabilities.sum(1)
    out: np.ndarray = -np.log(np.clip(own, SMALLEST, 1.0))
    return out


def _brier(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Squared distance to the truth, (n,), halved for two classes as scikit-learn does (then it ends at 1)."""
    distance = probabilities.copy()
    distance[np.arange(len(truth)), truth] -= 1
    out: np.ndarray = (distance**2).sum(1)
    return out / 2 if probabilities.shape[1] == 2 else out


def _by_class(confusion: np.ndarray, classes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Precision, recall and F1 of each class, with Wilson's interval for the two that are proportions."""
    from hakseup.metrics import intervals

    hits, there, said = np.diag(confusion), confusion.sum(1), confusion.sum(0)
    of_precision, of_recall = intervals.wilson(hits, said), intervals.wilson(hits, there)

    def share(a: float, b: float) -> float | None:
        return float(a) / float(b) if b else None

    return {
        key: {
            "n": int(there[c]),
            "precision": share(hits[c], said[c]),
            "recall": share(hits[c], there[c]),
            "f1": share(2 * hits[c], there[c] + said[c]),
            "precision_interval": of_precision[c].tolist() if said[c] else None,
            "recall_interval": of_recall[c].tolist() if there[c] else None,
        }
        for c, key in enumerate(classes)
    }


def _calibration(right: np.ndarray, confidence: np.ndarray) -> dict[str, Any]:
    """How sure the predictions are against how often they are right, in ten bins of equal width.

    `ece` is the expected calibration error: the mean distance of the two, weighted by the bins' counts.
    Source: Naeini, Cooper and Hauskrecht (2015), AAAI, 2901-2907.
    """
    which = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins: list[dict[str, Any]] = []
    for b in range(BINS):
        inside = which == b
        if not inside.any():
            continue
        bins.append(
            {
                "low": b / BINS,
                "high": (b + 1) / BINS,
                "n": int(inside.sum()),
                "confidence": float(confidence[inside].mean()),
                "accuracy": float(right[inside].mean()),
            }
        )
    ece = sum(x["n"] * abs(x["confidence"] - x["accuracy"]) for x in bins) / len(right)
    return {"bins": bins, "ece": float(ece)}
