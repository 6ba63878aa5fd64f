"""Intervals: known values, SciPy as the second implementation, and how often they hold the true value."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hakseup.metrics import intervals


def test_wilson_known_values() -> None:
    assert intervals.wilson(6, 15) == pytest.approx([0.198, 0.643], abs=5e-4)
    assert intervals.wilson(11, 15) == pytest.approx([0.480, 0.891], abs=5e-4)
    assert np.isnan(intervals.wilson(0, 0)).all()


def test_wilson_is_scipys() -> None:
    n, successes = np.array([(n, s) for n in (1, 2, 15, 360, 10_000) for s in {0, 1, n // 3, n - 1, n}]).T
    expected = [
        list(stats.binomtest(int(s), int(m)).proportion_ci(method="wilson"))
        for s, m in zip(successes, n, strict=True)
    ]
    np.testing.assert_allclose(intervals.wilson(successes, n), expected, atol=1e-12)


def macro_by_hand(confusion: np.ndarray) -> np.ndarray:
    hits = np.diag(confusion)
    said, there = confusion.sum(0), confusion.sum(1)
    return np.array([(hits / said).mean(), (hits / there).mean(), (2 * hits / (said + there)).mean()])


def test_macro_on_much_data_is_the_plain_bootstrap() -> None:
    confusion = np.array([[900, 60, 40], [30, 800, 70], [20, 30, 950]])
    found = intervals.macro(confusion)
    rng = np.random.default_rng(1)
    drawn = rng.multinomial(confusion.sum(), confusion.ravel() / confusion.sum(), size=4000)
    plain = np.array([macro_by_hand(d.reshape(3, 3)) for d in drawn])
    for i, name in enumerate(("precision", "recall", "f1")):
        value, (low, high) = found[name]
        assert value == pytest.approx(macro_by_hand(confusion)[i])
        expected = np.quantile(plain[:, i], [0.025, 0.975])
        np.testing.assert_allclose([low, high], expected, atol=0.1 * (high - low))


def test_fifteen_of_fifteen_is_not_certain() -> None:
    low, high = intervals.macro(np.diag([5, 5, 5]))["f1"][1]
    assert high == 1
    assert 0.7 < low < 0.9  # Wilson's for 15 of 15 starts at 0.796


@pytest.mark.parametrize(("k", "each", "accuracy"), [(3, 5, 0.93), (3, 20, 0.8), (10, 36, 0.97)])
def test_macro_holds_the_true_value_about_95_times_in_100(k: int, each: int, accuracy: float) -> None:
    rng = np.random.default_rng(2)
    shares = np.full((k, k), (1 - accuracy) / (k - 1))
    np.fill_diagonal(shares, accuracy)
    held = 0
    for _ in range(300):
        confusion = np.array([rng.multinomial(each, row) for row in shares])
        low, high = intervals.macro(confusion)["recall"][1]
        held += low <= accuracy <= high
    assert held / 300 > 0.89


def test_many_classes_take_the_sparse_way_to_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    confusion = rng.multinomial(6000, np.full(400, 1 / 400)).reshape(20, 20) + np.diag(np.full(20, 500))
    dense = intervals.macro(confusion)
    monkeypatch.setattr(intervals, "DENSE_CLASSES", 5)
    thin = intervals.macro(confusion)
    for name, (value, ends) in dense.items():
        assert thin[name][0] == pytest.approx(value)
        np.testing.assert_allclose(thin[name][1], ends, atol=0.15 * (ends[1] - ends[0]))


@pytest.mark.parametrize("n", [12, 200])
def test_means_are_scipys_bca(n: int) -> None:
    values = np.random.default_rng(4).lognormal(0, 1, size=n)
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=4000, method="BCa", rng=np.random.default_rng(5)
    )
    low, high = expected.confidence_interval
    # on the same resamples exactly the same
    found = intervals.bca(expected.bootstrap_distribution, float(values.mean()), values - values.mean())
    assert found == pytest.approx((low, high), rel=1e-9)
    # and with its own about the same
    found = intervals.means(values[:, None])[0]
    np.testing.assert_allclose(found, [low, high], atol=0.15 * (high - low))


def test_means_of_very_many_rows_are_normal() -> None:
    values = np.random.default_rng(6).exponential(size=(30_000, 1))
    low, high = intervals.means(values)[0] or (0, 0)
    half = 1.959964 * values.std(ddof=1) / np.sqrt(30_000)
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half))
    assert intervals.means(values[:5]) == [None]  # all five on one side of the middle: 6 % of cases
    assert intervals.means(values[:6])[0] is not None


def delong_by_pairs(positive: np.ndarray, negative: np.ndarray) -> tuple[float, float]:
    """Area and its standard error straight from the definition, all pairs at once."""
    wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    area = wins.mean()
    variance = wins.mean(1).var(ddof=1) / len(positive) + wins.mean(0).var(ddof=1) / len(negative)
    return float(area), float(np.sqrt(variance))


def test_auc_of_two_classes_is_delongs() -> None:
    rng = np.random.default_rng(7)
    truth = rng.integers(0, 2, 80)
    score = np.round(np.clip(rng.normal(0.4 + 0.2 * truth, 0.2), 0, 1), 1)  # rounded: many ties
    value, ends = intervals.auc(truth, np.stack([1 - score, score], 1))
    area, error = delong_by_pairs(score[truth == 1], score[truth == 0])
    assert value == pytest.approx(area)
    logit, step = np.log(area / (1 - area)), 1.959964 * error / (area * (1 - area))
    assert ends == pytest.approx(tuple(1 / (1 + np.exp(-np.array([logit - step, logit + step])))))


def test_auc_without_a_mistake_is_not_certain_on_few_pictures() -> None:
    truth = np.repeat([0, 1], [4, 30])
    value, ends = intervals.auc(truth, np.stack([1 - truth, truth], 1).astype(float))
    assert value == 1
    assert ends == pytest.approx(tuple(intervals.wilson(4, 4)))


def test_auc_of_several_classes_holds_the_true_value() -> None:
    rng = np.random.default_rng(8)

    def case(n: int) -> tuple[np.ndarray, np.ndarray]:
        truth = np.arange(n) % 3
        scores = rng.normal(size=(n, 3))
        scores[np.arange(n), truth] += 1.5
        return truth, scores

    true, _ends = intervals.auc(*case(30_000))
    assert true is not None
    held = 0
    for _ in range(200):
        ends = intervals.auc(*case(90))[1]
        assert ends is not None
        held += ends[0] <= true <= ends[1]
    assert held / 200 > 0.9


def test_intervals_are_the_same_every_time() -> None:
    confusion = np.array([[9, 1], [2, 8]])
    values = np.random.default_rng(9).exponential(size=(50, 2))
    assert intervals.macro(confusion) == intervals.macro(confusion)
    assert intervals.means(values) == intervals.means(values)
