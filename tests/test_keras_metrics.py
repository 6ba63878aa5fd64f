"""Metrics of the facade beside the real Keras, in batches, with weights of the rows, by name and as objects."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, jaccard_score, r2_score

from hakseup import keras
from hakseup.errors import HakseupError
from hakseup.keras import losses, metrics
from hakseup.keras.objective import figure_names

os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = [  # Keras' own
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:You are passing weight as `float`:UserWarning"),
]


RNG = np.random.default_rng(6)
N, K = 90, 7
LABELS = RNG.integers(0, K, N)
ONE_HOT = np.eye(K, dtype=np.float32)[LABELS]
SHARES = torch.from_numpy(RNG.normal(size=(N, K)) + 2 * ONE_HOT).softmax(1).float().numpy()
ONE = RNG.integers(0, 2, (N, 1)).astype(np.float32)
ONE_SHARE = np.clip(0.5 + 0.2 * (ONE - 0.5) + RNG.normal(0, 0.2, (N, 1)), 0, 1).astype(np.float32)
ONE_SHARE[:4] = 0.5  # on the threshold
NUMBERS = RNG.normal(2, 3, (N, 2)).astype(np.float32)
GUESSES = (NUMBERS + RNG.normal(0, 2, NUMBERS.shape)).astype(np.float32)
PICTURES = RNG.random((N, 3, 3, 1)).astype(np.float32).round(1)
WEIGHT = RNG.random(N).astype(np.float32)

CASES: list[tuple[str, dict[str, Any], np.ndarray, np.ndarray]] = [
    ("Accuracy", {}, LABELS, SHARES.argmax(1)),
    ("BinaryAccuracy", {}, ONE, ONE_SHARE),
    ("BinaryAccuracy", {}, ONE[:, 0], ONE_SHARE),
    ("BinaryAccuracy", {"threshold": 0.7}, ONE, ONE_SHARE),
    ("BinaryAccuracy", {}, ONE_HOT, SHARES),
    ("CategoricalAccuracy", {}, ONE_HOT, SHARES),
    ("SparseCategoricalAccuracy", {}, LABELS, SHARES),
    ("SparseCategoricalAccuracy", {}, LABELS[:, None], SHARES),
    ("TopKCategoricalAccuracy", {"k": 2}, ONE_HOT, SHARES),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, LABELS, SHARES),
    ("Precision", {}, ONE, ONE_SHARE),
    ("Precision", {"thresholds": 0.6}, ONE, ONE_SHARE),
    ("Precision", {}, ONE_HOT, SHARES),
    ("Precision", {"top_k": 2}, ONE_HOT, SHARES),
    ("Precision", {"class_id": 3}, ONE_HOT, SHARES),
    ("Recall", {}, ONE, ONE_SHARE),
    ("Recall", {"thresholds": [0.1, 0.45, 0.8]}, ONE, ONE_SHARE),
    ("Recall", {"top_k": 1, "class_id": 2}, ONE_HOT, SHARES),
    *(
        (f"{right}{said}s", {"thresholds": limit}, ONE, ONE_SHARE)
        for right in ("True", "False")
        for said in ("Positive", "Negative")
        for limit in (None, [0.3, 0.6])
    ),
    ("AUC", {}, ONE, ONE_SHARE),
    ("AUC", {}, ONE_HOT, SHARES),
    ("AUC", {"num_thresholds": 20, "curve": "PR"}, ONE, ONE_SHARE),
    ("AUC", {"curve": "PR", "summation_method": "minoring"}, ONE, ONE_SHARE),
    ("AUC", {"summation_method": "majoring", "thresholds": [0.2, 0.5, 0.55]}, ONE, ONE_SHARE),
    ("AUC", {"from_logits": True}, ONE, ONE_SHARE * 8 - 4),
    ("MeanSquaredError", {}, NUMBERS, GUESSES),
    ("MeanSquaredError", {}, PICTURES, PICTURES[::-1].copy()),
    ("RootMeanSquaredError", {}, NUMBERS, GUESSES),
    ("RootMeanSquaredError", {}, NUMBERS[:, 0], GUESSES[:, :1]),
    ("MeanAbsoluteError", {}, NUMBERS, GUESSES),
    ("MeanAbsolutePercentageError", {}, NUMBERS, GUESSES),
    ("MeanSquaredLogarithmicError", {}, NUMBERS, GUESSES),
    ("LogCoshError", {}, NUMBERS, GUESSES),
    ("Hinge", {}, ONE, ONE_SHARE),
    ("SquaredHinge", {}, ONE, ONE_SHARE),
    ("CategoricalHinge", {}, ONE_HOT, SHARES),
    ("KLDivergence", {}, SHARES[::-1].copy(), SHARES),
    ("Poisson", {}, np.abs(NUMBERS), np.abs(GUESSES)),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, ONE, ONE_SHARE),
    ("CategoricalCrossentropy", {}, ONE_HOT, SHARES),
    ("SparseCategoricalCrossentropy", {}, LABELS, SHARES),
    ("CosineSimilarity", {}, NUMBERS, GUESSES),
    ("F1Score", {}, ONE_HOT, SHARES),
    ("F1Score", {"average": "macro"}, ONE_HOT, np.where(SHARES > 0.2, SHARES, 0)),  # rows of zeros among them
    ("F1Score", {"average": "micro", "threshold": 0.3}, ONE_HOT, SHARES),
    ("F1Score", {"average": "weighted", "threshold": 0.5}, ONE, ONE_SHARE),
    ("FBetaScore", {"beta": 2.0, "average": "weighted"}, ONE_HOT, SHARES),
    ("R2Score", {}, NUMBERS, GUESSES),
    ("R2Score", {"class_aggregation": None}, NUMBERS, GUESSES),
    ("R2Score", {"class_aggregation": "variance_weighted_average", "num_regressors": 3}, NUMBERS, GUESSES),
    ("MeanIoU", {"num_classes": K}, LABELS, SHARES.argmax(1)),
    ("MeanIoU", {"num_classes": K + 1, "sparse_y_pred": False, "dtype": "float32"}, LABELS, SHARES),
    (
        "MeanIoU",
        {"num_classes": 5, "sparse_y_true": False, "sparse_y_pred": False, "ignore_class": 2},
        ONE_HOT,
        SHARES,
    ),
]
IDS = [f"{kind}-{arguments}-{y.shape}" for kind, arguments, y, _ in CASES]
PARTS = (slice(0, 40), slice(40, 60), slice(60, N))


@pytest.mark.parametrize(("kind", "arguments", "truth", "output"), CASES, ids=IDS)
def test_figures_over_batches_and_with_weights_are_those_of_keras(
    real: Any, kind: str, arguments: dict[str, Any], truth: np.ndarray, output: np.ndarray
) -> None:
    ours, theirs = getattr(metrics, kind)(**arguments), getattr(real.metrics, kind)(**arguments)
    for weighted in (False, True):
        for part in PARTS:
            weight = WEIGHT[part] if weighted else None
            ours.update_state(truth[part], output[part], weight)
            theirs.update_state(truth[part], output[part], weight)
        wanted = np.asarray(theirs.result())
        np.testing.assert_allclose(ours.result(), wanted, rtol=1e-5, atol=1e-6)
        ours.reset_state()
        theirs.reset_state()
    assert ours.name.rstrip("_0123456789") == theirs.name.rstrip("_0123456789")
    mine, other = ours.get_config(), theirs.get_config()
    assert {k: v for k, v in mine.items() if k != "name"} == {k: v for k, v in other.items() if k != "name"}
    again = metrics.deserialize(metrics.serialize(ours))
    assert again.get_config() == mine
    assert real.metrics.deserialize(metrics.serialize(ours)).get_config() == {**other, "name": ours.name}


@pytest.mark.parametrize(
    ("truth", "output"),
    [
        (ONE, ONE_SHARE),
        (ONE[:, 0], ONE_SHARE),
        (ONE_HOT, SHARES),
        (LABELS, SHARES),
        (LABELS[:, None], SHARES),
    ],
    ids=["binary", "binary (b,)", "categorical", "sparse", "sparse (b, 1)"],
)
@pytest.mark.parametrize("name", ["accuracy", "acc"])
def test_accuracy_by_name_is_what_keras_takes_it_for(
    real: Any, name: str, truth: np.ndarray, output: np.ndarray
) -> None:
    from keras.src.trainers.compile_utils import get_metric

    theirs = get_metric(name, truth, output)
    ours = metrics.get(name)
    for metric in (ours, theirs):
        metric.update_state(truth, output)
    assert float(ours.result()) == pytest.approx(float(theirs.result()))
    assert ours.name == theirs.name == name


NAMES = [
    ("mse", ONE, ONE_SHARE),
    ("MAE", ONE, ONE_SHARE),
    ("mean_absolute_error", ONE, ONE_SHARE),
    ("root_mean_squared_error", ONE, ONE_SHARE),
    ("binary_crossentropy", ONE, ONE_SHARE),
    ("categorical_crossentropy", ONE_HOT, SHARES),
    ("sparse_categorical_crossentropy", LABELS, SHARES),
    ("binary_accuracy", ONE, ONE_SHARE),
    ("sparse_categorical_accuracy", LABELS, SHARES),
    ("top_k_categorical_accuracy", ONE_HOT, SHARES),
    ("Precision", ONE, ONE_SHARE),
    ("recall", ONE, ONE_SHARE),
    ("AUC", ONE, ONE_SHARE),
    ("kl_divergence", ONE_HOT, SHARES),
    ("cosine_similarity", ONE_HOT, SHARES),
    ("r2_score", NUMBERS, GUESSES),
]


@pytest.mark.parametrize(("name", "truth", "output"), NAMES, ids=[n for n, *_ in NAMES])
def test_metrics_by_name(real: Any, name: str, truth: np.ndarray, output: np.ndarray) -> None:
    from keras.src.trainers.compile_utils import get_metric

    ours, theirs = metrics.get(name), get_metric(name, truth, output)
    for metric in (ours, theirs):
        metric.update_state(truth, output)
    assert float(ours.result()) == pytest.approx(float(theirs.result()), rel=1e-5)
    assert ours.name == name
    assert ours.adds_up


def test_a_sum_and_scores_as_scikit_learn_reckons_them(real: Any) -> None:
    ours, theirs = metrics.Sum(), real.metrics.Sum()
    for sums in (ours, theirs):
        sums.update_state(NUMBERS[:, 0], WEIGHT)
        sums.update_state([1.0, 2.0])
    np.testing.assert_allclose(ours.result(), theirs.result(), rtol=1e-6)
    said = SHARES.argmax(1)
    f1, r2 = metrics.F1Score(average="macro"), metrics.R2Score()
    np.testing.assert_allclose(f1(ONE_HOT, SHARES), f1_score(LABELS, said, average="macro"), rtol=1e-5)
    np.testing.assert_allclose(
        r2(NUMBERS[:, 0], GUESSES[:, :1]), r2_score(NUMBERS[:, 0], GUESSES[:, 0]), rtol=1e-5
    )
    overlap = jaccard_score(LABELS, said, average="macro")
    np.testing.assert_allclose(metrics.MeanIoU(K)(LABELS, said), overlap, rtol=1e-5)


def test_several_figures_are_kept_as_they_are_and_their_mean_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(K, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=[metrics.F1Score()])
    history = model.fit(NUMBERS, ONE_HOT, epochs=1, verbose=2, validation_split=0.5)
    f1 = history.history["f1_score"][0]
    assert f1.shape == (K,) and f"- f1_score: {f1.mean():.4f}" in capsys.readouterr().out
    assert model.evaluate(NUMBERS, ONE_HOT, verbose=0)[1].shape == (K,)
    with pytest.raises(HakseupError, match="average='macro'"):
        model.fit(NUMBERS, ONE_HOT, verbose=0, callbacks=keras.callbacks.EarlyStopping("f1_score"))


def test_fmeasure_of_keras_1_is_f1_over_all_rows() -> None:
    wanted = f1_score(ONE_HOT, SHARES > 0.5, average="micro")
    assert float(metrics.get("fmeasure")(ONE_HOT, SHARES)) == pytest.approx(wanted, rel=1e-5)


def test_metrics_by_function_class_config_and_of_ones_own() -> None:
    for identifier in (metrics.mse, losses.MeanSquaredError(), metrics.MeanSquaredError, "mse"):
        ours = metrics.get(identifier)
        ours.update_state(NUMBERS, GUESSES)
        assert float(ours.result()) == pytest.approx(float(((NUMBERS - GUESSES) ** 2).mean()), rel=1e-5)
    assert metrics.get(metrics.mse).name == "mean_squared_error"
    assert metrics.get({"class_name": "AUC", "config": {"name": "area", "curve": "PR"}}).name == "area"
    wrapped = {"class_name": "MeanMetricWrapper", "config": {"name": "acc", "dtype": "float32", "fn": "mse"}}
    assert metrics.get(wrapped).name == "acc"

    def largest(y_true: torch.Tensor, y_pred: torch.Tensor) -> torch.Tensor:
        return (y_true - y_pred).abs().max()

    own = metrics.get(largest)
    assert own.name == "largest" and not own.adds_up
    own.update_state(np.zeros((4, 1)), np.full((4, 1), 2.0))
    own.update_state(np.zeros((1, 1)), np.full((1, 1), 4.0))
    assert float(own.result()) == 3.0  # the mean of the two batches

    class Hits(metrics.Metric):
        def __init__(self, name: str = "hits", **kwargs: Any) -> None:
            super().__init__(name=name, **kwargs)
            self.hits = self.add_weight(name="hits", initializer="zeros")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.hits.assign_add(torch.as_tensor(y_true == y_pred).float().sum())

        def result(self) -> Any:
            return self.hits

    hits = metrics.get(Hits())
    hits.update_state(np.array([1, 2, 3]), np.array([1, 2, 4]))
    hits.update_state(np.array([1]), np.array([1]))
    assert float(hits.result()) == 3.0
    hits.reset_state()
    assert float(hits.result()) == 0.0


def test_nothing_seen_is_zero() -> None:
    for cls in metrics.METRICS.values():
        made = cls(2) if cls is metrics.MeanIoU else cls()
        assert float(made.result()) == 0.0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: metrics.get("acuracy"), "'accuracy'"),
        (lambda: metrics.get("recal"), "'recall'"),
        (lambda: metrics.get(3), "There is no metric called 3"),
        (lambda: metrics.BinaryIoU, "keras.metrics has no BinaryIoU"),
        (lambda: metrics.get({"class_name": "MeanIoU", "config": {}}), "MeanIoU"),
        (lambda: metrics.Precision(thresholds=2), "thresholds"),
        (lambda: metrics.AUC(curve="RC"), "curve"),
        (lambda: metrics.AUC(multi_label=True), "multi_label"),
        (lambda: metrics.get("mse").update_state(np.zeros((3, 2)), np.zeros((3, 5))), "(3, 5)"),
    ],
)
def test_what_is_wrong_is_said(make: Any, said: str) -> None:
    with pytest.raises(HakseupError) as caught:
        make()
    assert said in str(caught.value)


def test_figures_of_one_name_get_numbers_as_keras_gives_them() -> None:
    first, second, third = (metrics.Recall(name="recall") for _ in range(3))
    assert figure_names([first, second, third], [first]) == [
        "recall",
        "recall_1",
        "recall_2",
        "weighted_recall",
    ]
    assert figure_names([first], [second, third]) == ["recall", "weighted_recall", "weighted_recall_1"]


def test_what_a_metric_keeps_is_named_as_in_keras(real: Any) -> None:
    for name in ("Precision", "Recall", "TruePositives", "Mean", "BinaryAccuracy", "RootMeanSquaredError"):
        ours, theirs = getattr(metrics, name)(), getattr(real.metrics, name)()
        for metric in (ours, theirs):
            metric(*(([1.0, 3.0],) if name == "Mean" else ([[1], [0], [1]], [[0.9], [0.6], [0.2]])))
        assert [v.name for v in ours.variables] == [v.name for v in theirs.variables], name
        for one, other in zip(ours.variables, theirs.variables, strict=True):
            np.testing.assert_allclose(one.numpy().reshape(-1), np.asarray(other).reshape(-1), rtol=1e-6)
    assert repr(metrics.Recall()) == "<Recall name=recall>"


def test_a_metric_of_ones_own_has_its_variables() -> None:
    class Hits(metrics.Metric):
        def __init__(self) -> None:
            super().__init__("hits")
            self.hits = self.add_weight(name="total_hits")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.hits.assign_add(2.0)

        def result(self) -> Any:
            return self.hits

    made = Hits()
    made([], [])
    [kept] = made.variables
    assert (kept.name, float(kept), repr(kept)) == (
        *("total_hits", 2.0),
        "<Variable path=hits/total_hits, shape=(), dtype=float32, value=2.0>",
    )


def test_compile_without_metrics_keeps_those_there_are_as_keras_3_does(real: Any) -> None:
    def course(library: Any) -> list[Any]:
        model = library.Sequential([library.Input((3,)), library.layers.Dense(1, activation="sigmoid")])
        rows, right = GUESSES[:, [0, 1, 0]], ONE
        seen: list[Any] = []
        for given in (
            {"metrics": ["accuracy"]},
            {},
            {"weighted_metrics": ["mae"]},
            {"metrics": []},
            {"metrics": ["mse"]},
        ):
            model.compile("sgd", "binary_crossentropy", **given)
            kept = model.fit(rows, right, validation_data=(rows, right), verbose=0)
            seen += [sorted(kept.history), np.size(model.evaluate(rows, right, verbose=0))]
        return seen

    assert course(keras) == course(real)
    keras.printing.form(2)
    try:
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse", metrics=["mae"])
        model.compile("sgd", "mse")
        assert model.metrics_names == ["loss"]
    finally:
        keras.printing.form(3)
