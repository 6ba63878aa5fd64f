"""What the folds of a cross-validation say together: mean, spread, interval, and the simple models on the same folds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hakseup.data.folds import Fold
from hakseup.data.table_words import amount
from hakseup.metrics.differences import SIGNIFICANT
from hakseup.metrics.intervals import wilson
from hakseup.metrics.resampled import Resampled, corrected, difference
from hakseup.words import Words, josa

SHARES = ("accuracy", "top5_accuracy", "precision", "recall", "f1", "auc")
ALIKE = 1e-12  # an error that is no more than rounding


def summary(
    scored: Sequence[Mapping[str, Any]],
    simple: Mapping[str, Sequence[Mapping[str, Any]]],
    titles: Mapping[str, Words],
    folds: Sequence[Fold],
) -> dict[str, Any]:
    """The scores of all folds as one.

    Args:
        scored: metrics of the network, fold by fold.
        simple: name of a simple model -> its metrics, fold by fold.
        titles: name of a simple model -> what it is called.
        folds: which rows or pictures each trained on and was scored on.

    Returns:
        `folds` (metric -> value of each), `mean`, `std`, `interval` (metric -> value, or [low, high]), `baselines`
        (name -> metric -> mean), `baseline_titles`, and `versus_baseline`.
    """
    n_train, n_test = [len(fold.train) for fold in folds], [len(fold.held) for fold in folds]
    found = {
        name: corrected([one[name] for one in scored], n_train, n_test, *_bounds(name))
        for name in scored[0]
        if all(one.get(name) is not None for one in scored)
    }
    return {
        "folds": list(scored),
        "mean": {name: one.mean for name, one in found.items()},
        "std": {name: one.std for name, one in found.items()},
        "interval": {name: _interval(name, one, folds) for name, one in found.items()},
        "baselines": {
            name: {key: _mean([one.get(key) for one in each]) for key in found}
            for name, each in simple.items()
        },
        "baseline_titles": {name: titles[name].as_dict() for name in simple},
        "versus_baseline": _versus(scored, simple, titles, n_train, n_test),
    }


def _interval(name: str, found: Resampled, folds: Sequence[Fold]) -> list[float] | None:
    """The corrected interval. Folds that are all alike say nothing of chance: then an accuracy has Wilson's interval
    for all that was scored, counted once, and other metrics have none.
    """
    if found.interval is None or found.error is None:
        return None
    if found.error > ALIKE:
        return list(found.interval)
    n = sum(len(fold.held) for fold in folds if fold.repeat == 0)
    return wilson(round(found.mean * n), n).tolist() if name == "accuracy" else None


def _mean(values: Sequence[float | None]) -> float | None:
    """The mean; None where one of them is not defined."""
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if len(there) == len(values) else None


def _bounds(name: str) -> tuple[float, float]:
    if name in SHARES:
        return 0.0, 1.0
    return (-math.inf, 1.0) if name == "r2" else (0.0, math.inf)


def _versus(
    scored: Sequence[Mapping[str, Any]],
    simple: Mapping[str, Sequence[Mapping[str, Any]]],
    titles: Mapping[str, Words],
    n_train: Sequence[int],
    n_test: Sequence[int],
) -> dict[str, Any]:
    """The network against the baseline that is best on these folds: the difference fold by fold."""
    metric, sign = ("accuracy", 1.0) if "accuracy" in scored[0] else ("rmse", -1.0)

    def of(rows: Sequence[Mapping[str, Any]]) -> list[float]:
        return [sign * float(row[metric]) for row in rows]

    best = max(simple, key=lambda name: float(np.mean(of(simple[name]))))
    gain, p_value = difference(of(scored), of(simple[best]), n_train, n_test)
    better = p_value is not None and p_value < SIGNIFICANT and gain.mean > 0
    worse = p_value is not None and p_value < SIGNIFICANT and gain.mean < 0
    title = titles[best]
    size = f"{100 * abs(gain.mean):.2f}" if metric == "accuracy" else amount(abs(gain.mean))
    higher = (gain.mean >= 0) == (sign > 0)
    if metric == "accuracy":
        way = Words(
            f"accuracy is {size} points {'higher' if higher else 'lower'}",
            f"정확도가 {size}%p {'높습니다' if higher else '낮습니다'}",
        )
    else:
        way = Words(
            f"RMSE is {size} {'larger' if higher else 'smaller'}",
            f"RMSE가 {size} {'큽니다' if higher else '작습니다'}",
        )
    verdict = (
        Words("the network is better", "신경망이 더 낫습니다")
        if better
        else Words("the network is worse", "신경망이 더 못합니다")
        if worse
        else Words("no difference beyond chance is shown", "우연을 넘는 차이는 보이지 않습니다")
    )
    said = Words(
        f"The network's {way.en} than that of {title.en}, the best of the simple models here: {verdict.en}.",
        f"신경망은 기준 모델 가운데 가장 나은 {title.ko}보다 {way.ko}. {verdict.ko}.",
    )
    if gain.mean == 0:
        what = Words("accuracy", "정확도가") if metric == "accuracy" else Words("RMSE", "RMSE가")
        said = Words(
            f"The network's {what.en} is that of {title.en}, the best of the simple models here.",
            f"신경망은 기준 모델 가운데 가장 나은 {josa(title.ko, '과/와')} {what.ko} 같습니다.",
        )
    return {
        "name": best,
        "metric": metric,
        "difference": sign * gain.mean,
        "p_value": p_value,
        "better": better,
        **said.as_dict(),
    }
