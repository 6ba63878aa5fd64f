"""Baselines for tables: constructed rows whose answer is known, and scikit-learn called plainly."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from hakseup.models import table_baselines as room
from hakseup.models.table_baselines import TITLES, Rows, Simple, Unit, fit


def rows(numbers: np.ndarray, codes: np.ndarray | None = None, cardinality: int = 0) -> Rows:
    codes = np.empty((len(numbers), 0), np.int64) if codes is None else codes

    def flatten(numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
        hot = [np.eye(cardinality, dtype=np.float32)[column] for column in codes.T]
        return np.concatenate([np.nan_to_num(numbers).astype(np.float32), *hot], 1)

    return Rows(numbers.astype(np.float32), codes, flatten)


def by_name(found: tuple[Simple, ...]) -> dict[str, Simple]:
    return {one.name: one for one in found}


def test_constant_baselines_are_the_shares_and_the_mean() -> None:
    x = rows(np.random.default_rng(0).normal(size=(10, 2)))
    y = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 3])
    found = by_name(fit(x, y, n_classes=4, seed=0))
    assert list(found) == ["majority", "logistic", "boosting"]
    np.testing.assert_allclose(
        found["majority"].predict(x.take(slice(4))), np.tile([0.6, 0.3, 0, 0.1], (4, 1)), rtol=1e-6
    )
    number = by_name(fit(x, np.arange(10.0), n_classes=None, seed=0))
    assert list(number) == ["mean", "ridge", "boosting"]
    assert number["mean"].predict(x).tolist() == [4.5] * 10
    assert set(found) | set(number) == set(TITLES)


def test_logistic_is_scikit_learns_on_scaled_numbers() -> None:
    rng = np.random.default_rng(0)
    numbers = rng.normal(5, [1, 100, 0.01], (300, 3))
    y = (numbers[:, 0] + numbers[:, 1] / 100 + rng.normal(0, 1, 300) > 5.5).astype(int)
    found = by_name(fit(rows(numbers), y, n_classes=2, seed=0))["logistic"].predict(rows(numbers))
    x = numbers.astype(np.float32).astype(float)
    x = (x - x.mean(0)) / x.std(0)
    np.testing.assert_allclose(found, LogisticRegression(max_iter=1000).fit(x, y).predict_proba(x), atol=1e-3)
    assert found.dtype == np.float32


def test_ridge_finds_the_line_and_boosting_what_no_line_can() -> None:
    rng = np.random.default_rng(0)
    x, new = rows(rng.uniform(-1, 1, (600, 2))), rows(rng.uniform(-1, 1, (200, 2)))
    line, bent = (lambda r: 3 + 2 * r.numbers[:, 0], lambda r: 9 * (r.numbers[:, 0] * r.numbers[:, 1] > 0))
    straight = by_name(fit(x, line(x), n_classes=None, seed=0))
    np.testing.assert_allclose(straight["ridge"].predict(new), line(new), atol=0.01)
    crossed = by_name(fit(x, bent(x), n_classes=None, seed=0))
    error = {name: float(np.abs(one.predict(new) - bent(new)).mean()) for name, one in crossed.items()}
    assert error["boosting"] < 1 < 3 < error["ridge"]


def test_few_rows_need_few_bins_and_very_many_columns_fewer_trees() -> None:
    """The trees are those of 255 bins; what is saved is the emptying of histograms, which took minutes with 10,000 columns."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    rng = np.random.default_rng(0)
    x = rows(rng.normal(size=(60, 4)))
    y = 3 * x.numbers[:, 0] + rng.normal(size=60)
    settings = room._settings(x, 1, 0)
    assert settings["max_bins"] == 60 and settings["max_iter"] == 100
    small = HistGradientBoostingRegressor(**settings).fit(x.numbers, y)
    large = HistGradientBoostingRegressor(**{**settings, "max_bins": 255}).fit(x.numbers, y)
    np.testing.assert_allclose(small.predict(x.numbers), large.predict(x.numbers))
    wide = rows(np.zeros((1, 20_000))).take(np.zeros(400, np.int64))
    assert room._settings(wide, 1, 0)["max_iter"] < 100


def test_boosting_reads_codes_as_categories_not_as_order() -> None:
    """The class is whether a category's number is odd: as a number that would need a cut at each, as a set one."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 200, (4000, 1))
    y = codes[:, 0] % 2
    x = rows(np.zeros((4000, 1)), codes, 200)
    found = by_name(fit(x, y, n_classes=2, seed=0))["boosting"]
    assert (found.predict(x).argmax(1) == y).mean() > 0.99
    unseen = rows(np.zeros((3, 1)), np.full((3, 1), 199), 200)
    assert np.isfinite(
        by_name(fit(x.take(codes[:, 0] < 150), y[codes[:, 0] < 150], n_classes=2, seed=0))[
            "boosting"
        ].predict(unseen)
    ).all()


def test_more_categories_than_boosting_can_tell_apart() -> None:
    codes = np.arange(3000)[:, None] % 1000
    y = (codes[:, 0] < 3).astype(int)
    x = Rows(np.zeros((3000, 1), np.float32), codes, lambda numbers, codes: numbers.copy())
    assert by_name(fit(x, y, n_classes=2, seed=0))["boosting"].predict(x).shape == (3000, 2)


def test_missing_numbers_are_boostings_own() -> None:
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(500, 1))
    gone = rng.random(500) < 0.4
    numbers[gone] = np.nan
    found = by_name(fit(rows(numbers), gone.astype(int), n_classes=2, seed=0))["boosting"]
    assert (found.predict(rows(numbers)).argmax(1) == gone).all()


def test_a_class_that_was_not_seen_gets_nothing() -> None:
    x = rows(np.random.default_rng(0).normal(size=(60, 2)))
    for name, one in by_name(fit(x, np.arange(60) % 2 * 2, n_classes=4, seed=0)).items():
        assert (one.predict(x)[:, [1, 3]] == 0).all(), name
    for one in fit(x, np.full(60, 2), n_classes=4, seed=0):
        np.testing.assert_array_equal(one.predict(x), np.tile([0, 0, 1, 0], (60, 1)))


def test_a_logarithm_is_taken_back_without_bias() -> None:
    """exp of a normal error has mean exp(1/8): plainly taken back, every prediction would be 12 % too small."""
    rng = np.random.default_rng(0)
    x = rows(rng.normal(size=(4000, 1)))
    y = np.exp(10 + 0.3 * x.numbers[:, 0] + rng.normal(0, 0.5, 4000))
    bent = Unit(np.log, np.exp, straight=False)
    ridge = by_name(fit(x, y, n_classes=None, seed=0, unit=bent))["ridge"].predict(x)
    assert ridge.mean() == pytest.approx(y.mean(), rel=0.02)
    plain = by_name(fit(x, y, n_classes=None, seed=0, unit=Unit(np.log, np.exp)))["ridge"].predict(x)
    assert plain.mean() < 0.9 * y.mean()


def test_same_every_time_without_a_warning_and_blocks_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x, y = rows(rng.normal(size=(200, 4)), rng.integers(0, 5, (200, 2)), 5), rng.integers(0, 3, 200)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = [one.predict(x) for one in fit(x, y, n_classes=3, seed=1)]
        monkeypatch.setattr(room, "BLOCK", 64)
        second = [one.predict(x) for one in fit(x, y, n_classes=3, seed=1)]
    for a, b in zip(first, second, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert [one.predict(x.take(slice(0))).shape for one in fit(x, y, n_classes=3, seed=1)] == [(0, 3)] * 3


def test_many_rows_are_drawn_from_with_one_of_every_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LINEAR_CELLS", 1200)
    monkeypatch.setattr(room, "BOOSTED_CELLS", 3000)
    y = np.zeros(5000, np.int64)
    y[-1] = 1
    found = by_name(fit(rows(np.random.default_rng(0).normal(size=(5000, 1))), y, n_classes=2, seed=0))
    assert {name: one.rows for name, one in found.items()} == {
        "majority": 5000,
        "logistic": 1200,
        "boosting": 3000,
    }
    assert 4999 in room._choose(y, 1000, 0)
    assert len(room._choose(np.linspace(0, 1, 5000), 1000, 0)) == 1000


def test_only_the_rows_that_are_learned_from_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller may leave the others away before they are prepared: the constant one still knows all classes."""
    monkeypatch.setattr(room, "LINEAR_CELLS", 1200)
    monkeypatch.setattr(room, "BOOSTED_CELLS", 3000)
    x, y = rows(np.random.default_rng(0).normal(size=(5000, 2))), (np.arange(5000) % 10 == 0).astype(int)
    some = room.enough(y, 2, 2, seed=3)
    assert len(some) == 1500 and set(y[some]) == {0, 1}
    found = by_name(fit(x.take(some), y[some], n_classes=2, seed=3, everything=y))
    assert {name: one.rows for name, one in found.items()} == {
        "majority": 5000,
        "logistic": 1000,
        "boosting": 1500,
    }
    np.testing.assert_allclose(found["majority"].predict(x.take(slice(1))), [[0.9, 0.1]], atol=1e-6)
    number = by_name(fit(x.take(some), y[some] + 0.5, n_classes=None, seed=3, everything=y + 0.5))
    assert number["mean"].predict(x.take(slice(1)))[0] == pytest.approx(0.6)


def test_rows_without_a_column_and_constant_columns() -> None:
    y = np.array([0, 1, 1, 1])
    for x in (rows(np.zeros((4, 0))), rows(np.ones((4, 2)))):
        for one in fit(x, y, n_classes=2, seed=0):
            np.testing.assert_allclose(one.predict(x), np.tile([0.25, 0.75], (4, 1)), atol=0.1)
        for one in fit(x, y.astype(float), n_classes=None, seed=0):
            np.testing.assert_allclose(one.predict(x), 0.75, atol=1e-6)
