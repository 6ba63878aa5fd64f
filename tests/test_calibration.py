"""Temperature: a known one is found again, no answer ever changes, few pictures are not made too much of."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from test_evaluation import Brightest, make

from hakseup.errors import RunError
from hakseup.evaluation import calibration
from hakseup.evaluation.evaluate import evaluate, validation_results
from hakseup.evaluation.judge import Judge
from hakseup.runs.folder import CALIBRATION
from hakseup.words import speak


def softmax(logits: np.ndarray) -> np.ndarray:
    e = np.exp(logits - logits.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def drawn(n: int, k: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and classes drawn from their softmax: these logits are calibrated by construction."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (n, k))
    truth = (softmax(logits).cumsum(1) > rng.random((n, 1))).argmax(1)
    return logits, truth


@pytest.mark.parametrize("true", [0.3, 1.0, 2.5])
def test_a_known_temperature_is_found_again(true: float) -> None:
    logits, truth = drawn(20_000, 10)
    found = calibration.fit(softmax(logits * true).astype(np.float32), truth)  # too sure by this factor
    assert found.temperature == pytest.approx(true, rel=0.03)
    again = found.apply(softmax(logits * true))
    np.testing.assert_allclose(again, softmax(logits * true / found.temperature), rtol=1e-6)
    expected = -np.log(again[np.arange(len(truth)), truth]).mean()
    assert found.loss_after == pytest.approx(expected, rel=1e-6)
    assert found.loss_after <= found.loss_before + 1e-4
    assert found.wrong == (logits.argmax(1) != truth).sum()


def test_the_fit_is_the_smallest_of_a_plain_search() -> None:
    logits, truth = drawn(500, 4)
    p = softmax(logits * 1.7)
    found = calibration.fit(p, truth)
    target = np.full((500, 4), 1 / 550 / 3)  # 500 pictures and 50 more that went right, but one
    target[np.arange(500), truth] = 549 / 550

    def loss(t: float) -> float:
        return float(-(target * np.log(softmax(np.log(p) / t))).sum() + np.log(t) ** 2 / (2 * 0.25**2))

    grid = np.geomspace(0.1, 10, 2001)
    best = grid[np.argmin([loss(t) for t in grid])]
    assert found.temperature == pytest.approx(best, rel=0.003)


def test_a_single_sigmoid_is_divided_too() -> None:
    logit = np.array([[-3.0], [0.5], [8.0]])
    p = 1 / (1 + np.exp(-logit))
    both = calibration.tempered(np.hstack([1 - p, p]), 2.0)
    np.testing.assert_allclose(both[:, 1:], 1 / (1 + np.exp(-logit / 2)), rtol=1e-9)


@settings(max_examples=200, deadline=None)
@given(
    arrays.arrays(np.float32, (4, 5), elements=st.floats(-200, 200, width=32)),
    st.floats(0.05, 20),
)
def test_no_answer_ever_changes(logits: np.ndarray, temperature: float) -> None:
    raw = softmax(logits.astype(np.float64)).astype(np.float32)
    after = calibration.tempered(raw, temperature)
    np.testing.assert_array_equal(after.argmax(1), raw.argmax(1))
    np.testing.assert_allclose(after.sum(1), 1, rtol=1e-9)
    assert np.isfinite(after).all()


def test_neighbours_in_float32_stay_apart() -> None:
    low = np.float32(0.5)
    raw = np.array([[low, np.nextafter(low, np.float32(1))]], np.float32)
    assert calibration.tempered(raw, 20.0).argmax(1) == 1


def test_few_right_answers_move_it_little_and_wrong_ones_much() -> None:
    def told(p: float, right: int, wrong: int = 0) -> calibration.Calibration:
        n = right + wrong
        given = np.full((n, 3), (1 - p) / 2)
        given[np.arange(n), np.arange(n) % 3] = p
        truth = (np.arange(n) + (np.arange(n) >= right)) % 3
        return calibration.fit(given, truth)

    # what would be best is not known from six: the loss of a network that is right hardly changes
    sure, modest = told(0.9995, 6), told(0.96, 6)
    assert sure.wrong == 0 and 1 < sure.temperature < 1.25
    assert 0.9 < modest.temperature < 1
    assert told(0.96, 600).temperature < 0.7  # six hundred say more
    assert told(1 - 2e-9, 5, 1).temperature > 1.5 and told(1 - 2e-9, 500, 100).temperature > 5


def test_evaluate_scores_what_predict_says(tmp_path) -> None:  # type: ignore[no-untyped-def]
    case = make(tmp_path)
    model = Brightest(blind=2)
    validation_results(*case.data(), model, case.preparation)
    judge = Judge.of(case.folder, 0.01)
    assert judge.calibration is not None
    with_it = evaluate(*case.data(), model, case.preparation, judge=judge)
    plain = evaluate(*case.data(), model, case.preparation)
    assert with_it["test"]["accuracy"] == plain["test"]["accuracy"] == pytest.approx(2 / 3)
    assert with_it["calibration"]["before"]["log_loss"] == plain["test"]["log_loss"]
    assert with_it["calibration"]["before"]["brier"] == plain["test"]["brier"]
    assert with_it["calibration"]["after"]["log_loss"] == with_it["test"]["log_loss"]
    assert with_it["calibration"]["after"]["log_loss"] < plain["test"]["log_loss"]  # wrong by far on a third
    assert with_it["calibration"]["temperature"] > 1
    assert plain["calibration"] is None and plain["unknown"] is None


def test_words_say_what_it_rests_on() -> None:
    few = calibration.Calibration(0.7, 6, 0, 0.2, 0.1, choosing_fit=True)
    with speak("en"):
        assert "6 validation" in str(calibration.words(few)) and "near 1" in str(calibration.words(few))
        assert "before the last fit" in str(calibration.words(few))
        assert "before there was calibration" in str(calibration.words(None))
    assert "너무 조심스럽던" in calibration.words(few).ko
    for wrong, says in ((0, "a precaution, for all were right"), (1, "it was too sure")):
        assert says in calibration.words(calibration.Calibration(3.5, 6, wrong, 0.1, 0.2)).en


def test_a_damaged_file_is_an_error(tmp_path) -> None:  # type: ignore[no-untyped-def]
    folder = make(tmp_path).folder
    assert calibration.read(folder) is None
    for damage in ({}, {"temperature": "x"}, {"temperature": 0, "n": 1, "wrong": 0}):
        folder.file(CALIBRATION).write_text(json.dumps(damage), "utf-8")
        with pytest.raises(RunError):
            calibration.read(folder)
