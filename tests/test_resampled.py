"""The corrected resampled t: against its formula written out, and against plain t in a simulation with overlapping folds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from hakseup.metrics.resampled import corrected, difference


def test_by_hand() -> None:
    """Five folds of 154 rows, 614 to learn from: t(0.975, 4) = 2.776445."""
    values = [0.74, 0.77, 0.75, 0.78, 0.76]
    found = corrected(values, 614, 154)
    std = math.sqrt(sum((v - 0.76) ** 2 for v in values) / 4)
    half = 2.7764451051977987 * math.sqrt((1 / 5 + 154 / 614) * std**2)
    assert found.mean == pytest.approx(0.76)
    assert found.std == pytest.approx(std)
    assert found.interval == pytest.approx((0.76 - half, 0.76 + half))
    assert found.as_dict()["interval"] == list(found.interval)


def test_independent_trials_are_the_usual_t() -> None:
    """With hardly any rows tested for each one learned from the correction vanishes."""
    values = np.random.default_rng(0).normal(size=12)
    usual = stats.t.interval(0.95, 11, values.mean(), stats.sem(values))
    assert corrected(values, 10**12, 1).interval == pytest.approx(usual)


def test_folds_of_different_sizes_count_by_the_mean_ratio() -> None:
    assert corrected([1.0, 2, 4], [8, 10, 12], [2, 2, 3]).interval == pytest.approx(
        corrected([1.0, 2, 4], 120, 120 * (2 / 8 + 2 / 10 + 3 / 12) / 3).interval
    )


def test_the_interval_stays_where_the_score_can_be() -> None:
    assert corrected([0.98, 1.0, 1.0], 80, 20, 0, 1).interval[1] == 1
    assert corrected([0.98, 1.0, 1.0], 80, 20).interval[1] > 1


def test_one_fold_has_no_interval_and_nonsense_is_refused() -> None:
    assert corrected([0.5], 8, 2).as_dict() == {
        "n": 1,
        "mean": 0.5,
        "std": None,
        "error": None,
        "interval": None,
    }
    for values, train, test in (([], 8, 2), ([math.nan, 1], 8, 2), ([1.0, 2], 0, 2), ([1.0, 2], 8, [2, 0])):
        with pytest.raises(ValueError):
            corrected(values, train, test)
    with pytest.raises(ValueError):
        difference([1.0, 2], [1.0], 8, 2)


def test_difference_of_two_models() -> None:
    first, second = np.array([3.0, 5, 4, 6]), np.array([2.0, 5, 3, 4])
    found, p_value = difference(first, second, 30, 10)
    d = first - second
    t = d.mean() / math.sqrt((1 / 4 + 1 / 3) * d.var(ddof=1))
    assert p_value == pytest.approx(2 * stats.t.sf(t, 3))
    assert found.mean == 1.0
    assert difference(first, first, 30, 10)[1] == 1.0
    assert difference(first + 1, first, 30, 10)[1] == 0.0
    assert difference([1.0], [2.0], 30, 10)[1] is None


def test_repeated_folds_hold_the_mean_where_the_plain_interval_does_not() -> None:
    """Predicting the mean, 10 x 5 folds of 50 rows: the expected squared error is 1 + 1 / 40 exactly."""
    rng = np.random.default_rng(0)
    ours = plain = 0
    tries = 150
    for _ in range(tries):
        x = rng.normal(size=50)
        values = []
        for _repeat in range(10):
            for test in np.split(rng.permutation(50), 5):
                values.append(float(((x[test] - np.delete(x, test).mean()) ** 2).mean()))
        low, high = corrected(values, 40, 10).interval
        ours += low <= 1 + 1 / 40 <= high
        low, high = stats.t.interval(0.95, 49, np.mean(values), stats.sem(values))
        plain += low <= 1 + 1 / 40 <= high
    assert ours / tries > 0.88
    assert plain / tries < 0.75
