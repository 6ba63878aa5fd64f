"""Scores: hand-made cases, scikit-learn as the second implementation, and what must hold for any predictions."""

from __future__ import annotations

import json
import time
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from hakseup.metrics.classification import METRICS, scores
from hakseup.metrics.differences import holm, mcnemar
from hakseup.words import Words


def from_confusion(confusion: list[list[int]], sure: float = 0.8) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities that give this confusion matrix."""
    k = len(confusion)
    truth = np.repeat(np.arange(k), [sum(row) for row in confusion])
    predicted = np.concatenate([np.repeat(np.arange(k), row) for row in confusion])
    probabilities = np.full((len(truth), k), (1 - sure) / (k - 1))
    probabilities[np.arange(len(truth)), predicted] = sure
    return truth, probabilities


def random_case(n: int, k: int, seed: int = 0, skill: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n)
    logits = rng.normal(size=(n, k)).astype(np.float32)
    logits[np.arange(n), truth] += skill
    e = np.exp(logits)
    return truth, e / e.sum(1, keepdims=True)


def test_three_classes_by_hand() -> None:
    confusion = [[5, 1, 0], [2, 3, 0], [0, 1, 3]]
    found = scores(*from_confusion(confusion), ["a", "b", "c"])
    assert found["n"] == 15
    assert found["confusion"] == confusion
    assert found["classes"] == ["a", "b", "c"]
    metrics = found["metrics"]
    assert metrics["accuracy"] == pytest.approx(11 / 15)
    assert metrics["precision"] == pytest.approx((5 / 7 + 3 / 5 + 1) / 3)
    assert metrics["recall"] == pytest.approx((5 / 6 + 3 / 5 + 3 / 4) / 3)
    assert metrics["f1"] == pytest.approx((10 / 13 + 6 / 10 + 6 / 7) / 3)
    # 11 right at 0.8; 4 wrong with 0.1 left for the truth
    assert metrics["loss"] == pytest.approx(-(11 * np.log(0.8) + 4 * np.log(0.1)) / 15)
    assert metrics["log_loss"] == metrics["loss"]
    right, wrong = 0.2**2 + 2 * 0.1**2, 0.9**2 + 0.8**2 + 0.1**2
    assert metrics["brier"] == pytest.approx((11 * right + 4 * wrong) / 15)
    b = found["by_class"]["b"]
    assert (b["n"], b["precision"], b["recall"], b["f1"]) == (
        5,
        pytest.approx(0.6),
        pytest.approx(0.6),
        pytest.approx(0.6),
    )
    assert found["interval"]["accuracy"] == pytest.approx([0.480, 0.891], abs=5e-4)
    # every prediction is 0.8 sure and 11 of 15 are right: one bin
    assert found["calibration"]["bins"] == [
        {
            "low": 0.8,
            "high": 0.9,
            "n": 15,
            "confidence": pytest.approx(0.8),
            "accuracy": pytest.approx(11 / 15),
        }
    ]
    assert found["calibration"]["ece"] == pytest.approx(0.8 - 11 / 15)


def test_keys_are_those_of_the_run_folder() -> None:
    found = scores(*random_case(50, 6), list("abcdef"))
    names = {"loss", "accuracy", "precision", "recall", "f1", "log_loss", "brier", "auc", "top5_accuracy"}
    assert set(found) == {"n", "metrics", "interval", "by_class", "confusion", "classes", "calibration"}
    assert set(found["metrics"]) == set(found["interval"]) == names == set(METRICS)
    assert set(found["by_class"]["a"]) == {
        "n",
        "precision",
        "recall",
        "f1",
        "precision_interval",
        "recall_interval",
    }
    assert "top5_accuracy" not in scores(*random_case(50, 5), list("abcde"))["metrics"]
    json.dumps(found, allow_nan=False)


def test_the_table_of_metrics_says_which_direction_is_better() -> None:
    assert {name for name, m in METRICS.items() if m.direction == "min"} == {"loss", "log_loss", "brier"}
    for title, _direction, explanation in METRICS.values():
        assert isinstance(title, Words)
        assert explanation.en.endswith(".")
        assert explanation.ko.endswith("다.")


@given(n=st.integers(1, 60), k=st.integers(2, 8), seed=st.integers(0, 10_000), some=st.booleans())
@settings(max_examples=60, deadline=None)
def test_same_as_scikit_learn(n: int, k: int, seed: int, some: bool) -> None:
    truth, probabilities = random_case(n, k, seed)
    if some:  # classes that the truth does not have
        truth = truth // 2
    found = scores(truth, probabilities, [str(c) for c in range(k)])
    predicted = probabilities.argmax(1)
    metrics = found["metrics"]
    expected = sk.precision_recall_fscore_support(truth, predicted, average="macro", zero_division=0)
    assert [metrics[name] for name in ("precision", "recall", "f1")] == pytest.approx(expected[:3])
    assert metrics["accuracy"] == pytest.approx(sk.accuracy_score(truth, predicted))
    labels = np.arange(k)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert metrics["loss"] == pytest.approx(sk.log_loss(truth, probabilities, labels=labels), rel=1e-4)
        brier = sk.brier_score_loss(truth, probabilities, labels=labels)
        assert metrics["brier"] == pytest.approx(brier, rel=1e-4)
    both_kinds = [c for c in labels if 0 < (truth == c).sum() < n]
    if both_kinds:
        areas = [sk.roc_auc_score(truth == c, probabilities[:, c]) for c in both_kinds]
        assert metrics["auc"] == pytest.approx(np.mean(areas))
    else:
        assert metrics["auc"] is None
        assert found["interval"]["auc"] is None
    if k > 5:
        top5 = sk.top_k_accuracy_score(truth, probabilities, k=5, labels=labels)
        assert metrics["top5_accuracy"] == pytest.approx(top5)
    for name, ends in found["interval"].items():
        if ends is not None:
            low, high = ends
            assert low - 1e-9 <= metrics[name] <= high + 1e-9, name
    json.dumps(found, allow_nan=False)


def test_auc_of_all_classes_is_scikit_learns() -> None:
    truth, probabilities = random_case(500, 4)
    expected = sk.roc_auc_score(truth, probabilities, multi_class="ovr", average="macro")
    assert scores(truth, probabilities, list("abcd"))["metrics"]["auc"] == pytest.approx(expected)
    truth, probabilities = random_case(300, 2)
    assert scores(truth, probabilities, list("ab"))["metrics"]["auc"] == pytest.approx(
        sk.roc_auc_score(truth, probabilities[:, 1])
    )


def test_a_class_never_predicted_and_a_class_without_pictures() -> None:
    found = scores(*from_confusion([[4, 0, 0], [2, 0, 0], [0, 0, 0]]), ["a", "b", "c"])
    b, c = found["by_class"]["b"], found["by_class"]["c"]
    assert b["precision"] is None
    assert b["precision_interval"] is None
    assert (b["recall"], b["f1"], b["n"]) == (0, 0, 2)
    assert (c["n"], c["precision"], c["recall"], c["f1"], c["recall_interval"]) == (0, None, None, None, None)
    assert found["metrics"]["recall"] == pytest.approx(0.5)  # of the two classes that occur
    assert found["metrics"]["precision"] == pytest.approx((4 / 6 + 0) / 2)


def test_one_picture() -> None:
    found = scores(np.array([1]), np.array([[0.3, 0.7]]), ["a", "b"])
    assert found["metrics"]["accuracy"] == 1
    assert found["interval"]["accuracy"] == pytest.approx([0.2065, 1], abs=1e-4)
    assert found["metrics"]["auc"] is None
    assert found["interval"]["loss"] is None


def test_equal_probabilities_do_not_flatter() -> None:
    truth = np.arange(10)
    found = scores(truth, np.full((10, 10), 0.1), [str(c) for c in range(10)])
    assert found["metrics"]["accuracy"] == pytest.approx(0.1)  # always the first
    assert found["metrics"]["top5_accuracy"] == pytest.approx(0.5)
    assert found["metrics"]["auc"] == pytest.approx(0.5)


def test_a_certain_mistake_costs_much_but_not_everything() -> None:
    found = scores(np.array([0, 1]), np.array([[0.0, 1.0], [0.0, 1.0]], np.float32), ["a", "b"])
    assert found["metrics"]["loss"] == pytest.approx(-np.log(1e-7) / 2)


@pytest.mark.parametrize(
    ("truth", "probabilities", "k"),
    [
        ([], np.empty((0, 2)), 2),
        ([0], np.ones((1, 3)) / 3, 2),
        ([2], np.ones((1, 2)) / 2, 2),
        ([-1], np.ones((1, 2)) / 2, 2),
        ([0], np.array([[np.nan, 1.0]]), 2),
    ],
)
def test_what_does_not_fit_is_refused(truth: list[int], probabilities: np.ndarray, k: int) -> None:
    with pytest.raises(ValueError):
        scores(np.array(truth), probabilities, ["a", "b"][:k])


def test_ten_thousand_pictures_and_ten_classes_take_less_than_a_second() -> None:
    truth, probabilities = random_case(10_000, 10, skill=5)
    best = np.inf
    for _ in range(3):  # processor time: the machine may be busy with something else
        start = time.process_time()
        scores(truth, probabilities, [str(c) for c in range(10)])
        best = min(best, time.process_time() - start)
    assert best < 1


def test_mcnemar_by_hand() -> None:
    first = np.array([1] * 9 + [1] * 8 + [0] * 1 + [0] * 2, bool)
    second = np.array([1] * 9 + [0] * 8 + [1] * 1 + [0] * 2, bool)
    found = mcnemar(first, second)
    assert (found.n, found.both, found.first_only, found.second_only, found.neither) == (20, 9, 8, 1, 2)
    assert found.p_value == pytest.approx(2 * (1 + 9) / 2**9)  # at most 1 of 9 heads, both sides
    assert mcnemar(second, first).p_value == pytest.approx(found.p_value)
    assert mcnemar(first, first).p_value == 1


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1, 1])
    assert holm([0.02]) == [0.02]
    assert holm([]) == []
