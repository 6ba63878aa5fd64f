"""Scores of a model that predicts a number: truth and predictions in, numbers with their intervals out.

All are in the unit of the target, as the file has it: what preparation did to the target (a logarithm, a scale) has been
taken back before. Intervals are deterministic, as in `intervals`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np

from hakseup.metrics import intervals
from hakseup.metrics.classification import Metric
from hakseup.metrics.intervals import BOOTSTRAP_ROWS, FEWEST, Interval, Z
from hakseup.words import Words

METRICS = MappingProxyType(
    {
        "loss": Metric(
            Words("Loss", "오차"),
            "min",
            Words(
                "The mean squared error, in the target's unit squared.",
                "평균 제곱 오차입니다. 단위는 목표 열의 제곱입니다.",
            ),
        ),
        "mse": Metric(
            Words("Mean squared error", "평균 제곱 오차(MSE)"),
            "min",
            Words(
                "Mean of the squared differences between prediction and truth: large misses count most.",
                "예측과 실제의 차이를 제곱한 평균입니다. 크게 빗나간 행이 가장 무겁게 셉니다.",
            ),
        ),
        "rmse": Metric(
            Words("RMSE", "RMSE"),
            "min",
            Words(
                "The root of the mean squared error: a typical miss in the target's own unit.",
                "평균 제곱 오차의 제곱근입니다. 목표 열과 같은 단위로 본 보통의 빗나감입니다.",
            ),
        ),
        "mae": Metric(
            Words("Mean absolute error", "평균 절대 오차(MAE)"),
            "min",
            Words(
                "By how much predictions miss on average, in the target's unit.",
                "예측이 평균으로 얼마나 빗나가는지를 목표 열의 단위로 나타냅니다.",
            ),
        ),
        "r2": Metric(
            Words("R²", "결정계수(R²)"),
            "max",
            Words(
                "Share of the differences in the target that the predictions explain: 1 is all, 0 is no more than "
                "always saying the mean of these rows.",
                "목표 값의 차이 가운데 예측이 설명하는 비율입니다. 1이면 전부, 0이면 늘 평균이라고 답하는 것과 같습니다.",
            ),
        ),
        "log_rmse": Metric(
            Words("RMSE of the logarithms", "로그 RMSE"),
            "min",
            Words(
                "A typical miss as a share: 0.1 is about 10 % above or below. Only where every target is positive.",
                "보통의 빗나감을 비율로 본 것입니다. 0.1이면 위아래로 약 10 %입니다. 목표 값이 모두 양수일 때만 있습니다.",
            ),
        ),
    }
)


def scores(truth: np.ndarray, predicted: np.ndarray) -> dict[str, Any]:
    """Every score of predicted numbers, as it stands in scores.json.

    Args:
        truth: the target in its own unit, float (n,).
        predicted: predictions in the same unit, float (n,).

    Returns:
        `n`; `metrics` (name -> value) and `interval` (name -> [low, high], 95 %), None where the data leave it
        undefined: `r2` where all targets are alike, `log_rmse` where a prediction is not positive (it is missing
        altogether where a target is not), intervals from fewer than six rows; `target` (mean, deviation, smallest and largest of
        the truth); `not_positive` (how many predictions leave `log_rmse` undefined; 0 where it does not apply).

    Raises:
        ValueError: the arrays do not fit one another, are empty, or hold values that are not numbers.
    """
    truth, predicted = np.asarray(truth, float), np.asarray(predicted, float)
    _require(truth, predicted)
    error = predicted - truth
    values: dict[str, float | None] = {}
    interval: dict[str, list[float] | None] = {}

    def keep(name: str, value: float | None, ends: Interval | None) -> None:
        values[name] = value
        interval[name] = None if ends is None else [float(e) for e in ends]

    of_squares, of_sizes = intervals.means(np.stack([error**2, np.abs(error)], 1))
    mse = float((error**2).mean())
    keep("loss", mse, of_squares)
    keep("mse", mse, of_squares)
    keep("rmse", mse**0.5, _root(of_squares))
    keep("mae", float(np.abs(error).mean()), of_sizes)
    keep("r2", *r2(truth, predicted))
    not_positive = 0
    if (truth > 0).all():
        not_positive = int((predicted <= 0).sum())
        if not_positive:
            keep("log_rmse", None, None)
        else:
            squares = (np.log(predicted) - np.log(truth)) ** 2
            (ends,) = intervals.means(squares[:, None])
            keep("log_rmse", float(squares.mean()) ** 0.5, _root(ends))
    return {
        "n": len(truth),
        "metrics": values,
        "interval": interval,
        "target": {
            "mean": float(truth.mean()),
            "std": float(truth.std()),
            "low": float(truth.min()),
            "high": float(truth.max()),
        },
        "not_positive": not_positive,
    }


def _require(truth: np.ndarray, predicted: np.ndarray) -> None:
    if truth.ndim != 1 or len(truth) == 0 or truth.shape != predicted.shape:
        raise ValueError(f"targets {truth.shape} do not fit predictions {predicted.shape}")
    if not np.isfinite(truth).all() or not np.isfinite(predicted).all():
        raise ValueError("some targets or predictions are not numbers")


def _root(ends: Interval | None) -> Interval | None:
    return None if ends is None else (max(0.0, ends[0]) ** 0.5, max(0.0, ends[1]) ** 0.5)


def r2(truth: np.ndarray, predicted: np.ndarray) -> tuple[float | None, Interval | None]:
    """Coefficient of determination with its interval; (None, None) where all targets are alike.

    Args:
        truth, predicted: float (n,).
    """
    middle = truth - truth.mean()
    if float((middle**2).sum()) <= 1e-24 * max(1.0, float((truth**2).sum())):
        return None, None
    # Columns whose means make R2, in units that keep the digits: squared error, target, squared target.
    unit = float(middle.std())
    columns = np.stack([((predicted - truth) / unit) ** 2, middle / unit, (middle / unit) ** 2], 1)

    def value(means: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            out: np.ndarray = 1 - means[..., 0] / (means[..., 2] - means[..., 1] ** 2)
        return out

    at = float(value(columns.mean(0)))
    influence = -columns[:, 0] + (1 - at) * columns[:, 2]  # how a row moves it, times n
    return at, _bootstrap(columns, value, at, influence, "r2", highest=1.0)


def rmse_difference(first: np.ndarray, second: np.ndarray) -> tuple[float, Interval | None]:
    """RMSE of the first minus RMSE of the second, on the same rows, with its interval.

    Args:
        first, second: errors (prediction minus truth), float (n,), the same rows in the same order.
    """
    unit = float(max(np.abs(first).max(), np.abs(second).max())) or 1.0
    columns = np.stack([(first / unit) ** 2, (second / unit) ** 2], 1)

    def value(means: np.ndarray) -> np.ndarray:
        root = np.sqrt(means)
        out: np.ndarray = unit * (root[..., 0] - root[..., 1])
        return out

    middle = columns.mean(0)
    slope = unit / (2 * np.sqrt(np.maximum(middle, 1e-300)))
    influence = (columns - middle) @ (slope * np.array([1.0, -1.0]))
    at = float(value(middle))
    return at, _bootstrap(columns, value, at, influence, "rmse difference")


def mae_difference(first: np.ndarray, second: np.ndarray) -> tuple[float, Interval | None]:
    """Mean absolute error of the first minus that of the second, on the same rows, with its interval.

    Args:
        first, second: errors, as in `rmse_difference`.
    """
    gap = np.abs(first) - np.abs(second)
    return float(gap.mean()), intervals.means(gap[:, None])[0]


def _bootstrap(
    columns: np.ndarray,
    value: Callable[[np.ndarray], np.ndarray],
    at: float,
    influence: np.ndarray,
    name: str,
    highest: float = np.inf,
) -> Interval | None:
    """BCa interval of a function of the means of columns; from 20,000 rows on the normal one by its influence.

    Sources: Efron (1987), Journal of the American Statistical Association 82, 171-185; the acceleration from the
    empirical influence function: Efron and Tibshirani (1993), An introduction to the bootstrap, 22.5.

    Args:
        columns: (n, m), one row per row of the data.
        value: means (..., m) -> the statistic (...).
        at: the statistic of what was seen.
        influence: how it moves with each row, (n,).
        name: of the random numbers.
        highest: the statistic cannot be above it.
    """
    n = len(columns)
    if n < FEWEST:
        return None
    if n > BOOTSTRAP_ROWS:
        half = Z * float(influence.std(ddof=1)) / n**0.5
        return at - half, min(highest, at + half)
    drawn = value(intervals.resampled(columns, name))
    drawn = drawn[np.isfinite(drawn)]  # a resample may hold a single value of the target
    if not len(drawn):
        return None
    low, high = intervals.bca(drawn, at, influence)
    return min(low, at), max(high, at)
