"""A whole training as the real Keras (on its PyTorch backend) makes it: the same weights, batches and figures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras", reason="the real Keras is not installed (pip install hakseup[dev])")
if keras.backend.backend() != "torch":
    pytest.skip("Keras runs on another backend than PyTorch", allow_module_level=True)

from hakseup import layers  # noqa: E402
from hakseup.keras import callbacks, config, models, optimizers  # noqa: E402

pytestmark = [  # Keras' own
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:`shuffle=True` was passed:UserWarning"),
]

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(90, 6)).astype("float32")
YES = (ROWS[:, 0] + 0.5 * ROWS[:, 1] + RNG.normal(0, 0.3, 90) > 0).astype("int64")
NUMBER = (ROWS @ RNG.normal(size=6)).astype("float32")
PICTURES = RNG.random((48, 10, 10, 2)).astype("float32")
CLASSES = PICTURES[:, :, :, 0].sum((1, 2)).argsort().argsort() // 16
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]

MLP = [("Dense", {"units": 8, "activation": "relu"}), ("Dense", {"units": 1, "activation": "sigmoid"})]
REGRESSION = [("Dense", {"units": 8, "activation": "tanh"}), ("Dense", {"units": 1})]
CNN: list[tuple[str, dict[str, Any]]] = [
    # Without a bias: before batch normalisation its gradient is rounding noise, which Adam makes as large as any.
    ("Conv2D", {"filters": 4, "kernel_size": 3, "padding": "same", "use_bias": False}),
    ("BatchNormalization", {}),
    ("Activation", {"activation": "relu"}),
    ("MaxPooling2D", {}),
    ("Flatten", {}),
    ("Dense", {"units": 3, "activation": "softmax"}),
]


@pytest.fixture(autouse=True)
def _float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "policy", lambda: "float32")


def both(plan: list[tuple[str, dict[str, Any]]], shape: tuple[int, ...]) -> tuple[Any, models.Sequential]:
    """The same network with the same first weights, theirs and ours."""
    # The same ones every time: from some, a ReLU on the edge makes of a rounding in the first steps a difference in the fourth epoch.
    keras.utils.set_random_seed(1)
    theirs = keras.Sequential([keras.layers.Input(shape), *(getattr(keras.layers, n)(**a) for n, a in plan)])
    ours = models.Sequential([layers.Input(shape), *(getattr(layers, n)(**a) for n, a in plan)])
    ours.set_weights(theirs.get_weights())
    return theirs, ours


def same_course(theirs: Any, ours: Any, history: Any, own: Any) -> None:
    assert list(own.history) == list(history.history) and own.epoch == history.epoch
    for name, values in history.history.items():
        np.testing.assert_allclose(own.history[name], values, atol=1e-5, err_msg=name)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-5)


@pytest.mark.parametrize(
    ("plan", "x", "y", "loss", "metrics"),
    [
        (MLP, ROWS, YES, "binary_crossentropy", ["accuracy"]),
        (REGRESSION, ROWS, NUMBER, "mse", ["mae"]),
        (CNN, PICTURES, ONE_HOT, "categorical_crossentropy", ["accuracy"]),
        (CNN, PICTURES, CLASSES, "sparse_categorical_crossentropy", ["acc"]),
    ],
    ids=["binary", "number", "one-hot", "sparse"],
)
@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_a_training_with_validation_split(
    plan: Any, x: Any, y: Any, loss: str, metrics: list[str], optimizer: str
) -> None:
    theirs, ours = both(plan, x.shape[1:])
    for model in (theirs, ours):
        model.compile(optimizer=optimizer, loss=loss, metrics=metrics)
    arguments = {"batch_size": 16, "epochs": 4, "shuffle": False, "verbose": 0, "validation_split": 0.25}
    same_course(theirs, ours, theirs.fit(x, y, **arguments), ours.fit(x, y, **arguments))
    np.testing.assert_allclose(ours.evaluate(x, y, verbose=0), theirs.evaluate(x, y, verbose=0), atol=1e-5)
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), atol=1e-5)


def test_weights_of_classes_and_rows_and_a_second_fit() -> None:
    theirs, ours = both(MLP, (6,))
    weight = np.linspace(0.1, 2, 90).astype("float32")
    for model in (theirs, ours):
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"], weighted_metrics=["mse"])
    arguments = {"batch_size": 20, "epochs": 2, "shuffle": False, "verbose": 0}
    one = {"class_weight": {0: 1.0, 1: 3.0}, "validation_data": (ROWS[:30], YES[:30], weight[:30])}
    same_course(
        theirs, ours, theirs.fit(ROWS, YES, **arguments, **one), ours.fit(ROWS, YES, **arguments, **one)
    )
    two = {"sample_weight": weight, "initial_epoch": 1}  # goes on, with the optimizer's averages
    history, own = theirs.fit(ROWS, YES, **arguments, **two), ours.fit(ROWS, YES, **arguments, **two)
    same_course(theirs, ours, history, own)
    assert own.epoch == [1]
    for (_, mine), other in zip(ours.optimizer_state() or [], theirs.optimizer.variables, strict=True):
        np.testing.assert_allclose(mine, other.numpy(), atol=1e-5)


def test_weights_of_classes_and_rows_together_are_multiplied() -> None:
    """As up to Keras 2; today's Keras wants the product itself."""
    theirs, ours = both(MLP, (6,))
    weight = np.linspace(0.1, 2, 90).astype("float32")
    for model in (theirs, ours):
        model.compile("adam", "binary_crossentropy", weighted_metrics=["accuracy"])
    arguments = {"batch_size": 20, "epochs": 2, "shuffle": False, "verbose": 0}
    by_class = {"sample_weight": weight, "class_weight": {0: 1.0, 1: 3.0}}
    product = (weight * np.where(YES == 1, 3, 1)).astype("float32")
    history = theirs.fit(ROWS, YES, sample_weight=product, **arguments)
    same_course(theirs, ours, history, ours.fit(ROWS, YES, **arguments, **by_class))

    def batches(weights: np.ndarray) -> Any:
        while True:
            yield ROWS[:45], YES[:45], weights[:45]

    steps = {"steps_per_epoch": 2, "epochs": 1, "verbose": 0}
    history = theirs.fit(batches(product), **steps)
    same_course(theirs, ours, history, ours.fit(batches(weight), class_weight={0: 1.0, 1: 3.0}, **steps))


def test_a_training_that_was_broken_off_goes_on_where_it_was(tmp_path: Path) -> None:
    theirs, ours = both(MLP, (6,))
    histories = []
    for model, of, name in ((theirs, keras.callbacks, "theirs"), (ours, callbacks, "ours")):
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        broken = {"left": False}

        def leave(epoch: int, logs: Any, broken: dict[str, bool] = broken) -> None:
            if epoch == 3 and not broken["left"]:
                broken["left"] = True
                raise RuntimeError("no current")

        kept = [of.BackupAndRestore(tmp_path / name), of.LambdaCallback(on_epoch_begin=leave)]
        arguments = {"epochs": 5, "batch_size": 20, "shuffle": False, "verbose": 0, "callbacks": kept}
        with pytest.raises(RuntimeError, match="no current"):
            model.fit(ROWS, YES, **arguments)
        model.set_weights([0 * w for w in model.get_weights()])  # the next run begins with others
        histories.append(model.fit(ROWS, YES, **arguments))
    same_course(theirs, ours, *histories)
    assert histories[1].epoch == [3, 4] and not list((tmp_path / "ours").iterdir())


def test_batches_from_a_generator_and_steps() -> None:
    theirs, ours = both(MLP, (6,))

    def batches() -> Any:
        while True:
            for at in range(0, 90, 30):
                yield ROWS[at : at + 30], YES[at : at + 30, None]

    def always() -> Any:  # Keras begins every validation with the first two batches again
        while True:
            yield ROWS[:30], YES[:30, None]

    for model in (theirs, ours):
        model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    arguments = {"steps_per_epoch": 2, "epochs": 3, "verbose": 0, "validation_steps": 2}
    history = theirs.fit(batches(), validation_data=always(), **arguments)
    same_course(theirs, ours, history, ours.fit(batches(), validation_data=always(), **arguments))


def noisy(epochs: int) -> list[float]:
    return [1.0, 0.8, 0.85, 0.84, 0.83, 0.7, 0.71, 0.72, 0.73, 0.74, 0.75, 0.76][:epochs]


@pytest.mark.parametrize(
    "stopping",
    [
        {"patience": 2},
        {"patience": 3, "min_delta": 0.2},
        {"patience": 2, "baseline": 0.75},
        {"patience": 2, "start_from_epoch": 4, "restore_best_weights": True},
        {"patience": 3, "restore_best_weights": True},
    ],
    ids=str,
)
def test_stopping_and_slowing_down_decide_as_keras_does(stopping: dict[str, Any]) -> None:
    """Both hear the same scripted figures and meet a model that counts what they do to it."""

    class Model:
        stop_training = False

        def __init__(self, optimizer: Any) -> None:
            self.optimizer, self.weights, self.epoch = optimizer, None, 0
            self.metrics: list[Any] = []

        def get_weights(self) -> list[Any]:
            return [self.epoch]

        def set_weights(self, weights: list[Any]) -> None:
            self.weights = weights

    told = []
    for kind, optimizer in (
        (keras.callbacks, keras.optimizers.SGD(0.1)),
        (callbacks, optimizers.SGD(0.1)),
    ):
        model = Model(optimizer)
        stop = kind.EarlyStopping(monitor="val_loss", **stopping)
        slow = kind.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=1, cooldown=1, min_lr=0.02)
        for callback in (stop, slow):
            callback.set_model(model)
            callback.on_train_begin()
        rates = []
        for epoch, value in enumerate(noisy(12)):
            model.epoch = epoch
            for callback in (stop, slow):
                callback.on_epoch_end(epoch, {"val_loss": value})
            rates.append(round(float(np.asarray(model.optimizer.learning_rate)), 6))
            if model.stop_training:
                break
        stop.on_train_end()
        told.append((epoch, rates, model.weights, stop.stopped_epoch, stop.best_epoch))
    assert told[0] == told[1]


def test_a_rate_that_is_scheduled_and_lowered_stands_in_the_history() -> None:
    theirs, ours = both(MLP, (6,))
    histories = []
    for model, kind in ((theirs, keras.callbacks), (ours, callbacks)):
        model.compile("sgd", "binary_crossentropy")
        scheduler = kind.LearningRateScheduler(lambda epoch, rate: rate * 0.5 if epoch else rate)
        arguments = {"epochs": 4, "shuffle": False, "verbose": 0, "callbacks": [scheduler]}
        histories.append(model.fit(ROWS, YES, **arguments))
    same_course(theirs, ours, *histories)
    assert histories[1].history["learning_rate"] == pytest.approx([0.01, 0.005, 0.0025, 0.00125])


def test_single_batches() -> None:
    theirs, ours = both(MLP, (6,))
    for model in (theirs, ours):
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    for _ in range(3):
        expected = theirs.train_on_batch(ROWS[:20], YES[:20, None])
        np.testing.assert_allclose(ours.train_on_batch(ROWS[:20], YES[:20, None]), expected, atol=1e-5)
    expected = theirs.test_on_batch(ROWS, YES[:, None])
    np.testing.assert_allclose(ours.test_on_batch(ROWS, YES[:, None]), expected, atol=1e-5)
    np.testing.assert_allclose(ours.predict_on_batch(ROWS), theirs.predict_on_batch(ROWS), atol=1e-5)
