"""Scores of predicted numbers: against scikit-learn, against closed forms, and by how often intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from hakseup.metrics import regression
from hakseup.metrics.regression import METRICS, r2, rmse_difference, scores


def some(n: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.lognormal(12, 0.4, n)
    return truth, truth * rng.lognormal(0, 0.12, n)


def test_the_values_are_those_of_scikit_learn() -> None:
    truth, predicted = some()
    found = scores(truth, predicted)
    values = found["metrics"]
    assert values["mse"] == pytest.approx(sk.mean_squared_error(truth, predicted))
    assert values["loss"] == values["mse"]
    assert values["rmse"] == pytest.approx(sk.root_mean_squared_error(truth, predicted))
    assert values["mae"] == pytest.approx(sk.mean_absolute_error(truth, predicted))
    assert values["r2"] == pytest.approx(sk.r2_score(truth, predicted))
    assert values["log_rmse"] == pytest.approx(sk.root_mean_squared_error(np.log(truth), np.log(predicted)))
    assert set(values) == set(found["interval"]) == set(METRICS)
    for name, value in values.items():
        low, high = found["interval"][name]
        assert low < value < high, name
    low, high = found["interval"]["mse"]
    assert found["interval"]["rmse"] == pytest.approx([low**0.5, high**0.5])


def test_the_unit_of_the_target_changes_nothing_but_the_unit() -> None:
    truth, predicted = some()
    small, large = scores(truth, predicted), scores(truth * 1e6, predicted * 1e6)
    for name in ("r2", "log_rmse"):
        assert small["interval"][name] == pytest.approx(large["interval"][name], rel=1e-6)
    assert large["interval"]["rmse"] == pytest.approx([1e6 * e for e in small["interval"]["rmse"]])
    moved = scores(truth + 1e9, predicted + 1e9)
    assert moved["metrics"]["r2"] == pytest.approx(small["metrics"]["r2"], abs=1e-6)


def test_log_rmse_needs_positive_targets_and_predictions() -> None:
    truth = np.array([1.0, 2.0, 3.0])
    assert "log_rmse" not in scores(truth - 1, truth)["metrics"]
    negative = scores(truth, np.array([1.0, -2.0, 0.0]))
    assert negative["metrics"]["log_rmse"] is None
    assert negative["not_positive"] == 2
    assert negative["metrics"]["rmse"] == pytest.approx(5.0 / 3**0.5)


def test_what_the_rows_leave_undefined_is_none() -> None:
    alike = scores(np.full(5, 7.0), np.array([6.0, 7, 8, 7, 7]))
    assert alike["metrics"]["r2"] is None and alike["interval"]["r2"] is None
    single = scores(np.array([3.0]), np.array([4.0]))
    assert single["metrics"]["mae"] == 1.0
    assert all(ends is None for ends in single["interval"].values())
    perfect = scores(np.arange(1.0, 9), np.arange(1.0, 9))
    assert perfect["metrics"]["r2"] == 1 and perfect["interval"]["r2"] == [1, 1]
    assert perfect["interval"]["rmse"] == [0, 0]


@pytest.mark.parametrize(
    ("truth", "predicted"),
    [([], []), ([1.0, 2], [1.0]), ([1.0, np.nan], [1.0, 2]), ([1.0, 2], [1.0, np.inf]), ([[1.0]], [[1.0]])],
)
def test_arrays_that_do_not_fit_are_refused(truth: list[float], predicted: list[float]) -> None:
    with pytest.raises(ValueError):
        scores(np.array(truth), np.array(predicted))


def test_intervals_hold_the_true_value_about_as_often_as_they_say() -> None:
    """Normal errors of deviation 1 around a target of deviation 2: RMSE 1, R2 = 1 - 1 / 5 with truth = signal + error."""
    rng = np.random.default_rng(1)
    held = {"rmse": 0, "mae": 0, "r2": 0}
    true = {"rmse": 1.0, "mae": (2 / np.pi) ** 0.5, "r2": 0.8}
    tries = 120
    for _ in range(tries):
        signal = rng.normal(0, 2, 80)
        found = scores(signal + rng.normal(0, 1, 80), signal)
        for name in held:
            low, high = found["interval"][name]
            held[name] += low <= true[name] <= high
    for name, n in held.items():
        assert 0.87 <= n / tries <= 0.995, (name, n / tries)


def test_many_rows_take_the_normal_interval_which_agrees_with_the_bootstrap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    truth, predicted = some(4000, 3)
    drawn = r2(truth, predicted)[1]
    gap = rmse_difference(predicted - truth, predicted * 1.02 - truth)[1]
    monkeypatch.setattr(regression, "BOOTSTRAP_ROWS", 100)
    assert r2(truth, predicted)[1] == pytest.approx(drawn, abs=0.15 * (drawn[1] - drawn[0]))
    normal = rmse_difference(predicted - truth, predicted * 1.02 - truth)[1]
    assert normal == pytest.approx(gap, abs=0.15 * (gap[1] - gap[0]))


def test_the_difference_of_two_models_is_paired() -> None:
    rng = np.random.default_rng(0)
    shared = rng.normal(0, 10, 300)
    first, second = shared + 0.1, shared - 0.5
    value, ends = rmse_difference(first, second)
    assert value == pytest.approx((first**2).mean() ** 0.5 - (second**2).mean() ** 0.5)
    assert ends[1] - ends[0] < 0.3  # each alone has an interval of about 1.6
    assert rmse_difference(first, first) == (0.0, (0.0, 0.0))
    back, turned = rmse_difference(second, first)
    assert back == pytest.approx(-value)
    assert turned == pytest.approx((-ends[1], -ends[0]), abs=0.02)
