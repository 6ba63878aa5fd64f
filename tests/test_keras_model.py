"""The facade by itself: layers and weights, data of every kind, seeds, callbacks that write, what is refused."""

from __future__ import annotations

import copy
import csv
import dataclasses
import pickle
import re
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

from hakseup import keras
from hakseup.errors import CallError, DataError, HakseupError, NetworkError
from hakseup.keras import callbacks, config, layers, legacy, naming, seeds
from hakseup.keras.arrays import arrays, class_weights
from hakseup.keras.callbacks import event_file
from hakseup.keras.eager import named
from hakseup.keras.feeding import split
from hakseup.keras.outside import MissingName
from hakseup.keras.rows import RowSteps

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5)).astype("float32")
Y = (X[:, 0] + X[:, 1] > 0).astype("int64")


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    naming.reset()
    legacy._said.clear()
    seeds.set_seed(0)
    yield
    seeds.forget_seed()


def model(units: int = 1, final: str | None = "sigmoid", **compiled: Any) -> keras.Sequential:
    made = keras.Sequential()
    made.add(layers.Dense(6, input_dim=5, activation="relu"))
    made.add(layers.Dense(units, activation=final))
    made.compile(**{"optimizer": "adam", "loss": "binary_crossentropy", "metrics": ["accuracy"], **compiled})
    return made


# -- layers and weights ----------------------------------------------------------------------------------


def test_layers_are_themselves_and_know_their_model() -> None:
    made = model()
    first = made.layers[0]
    assert isinstance(first, layers.Dense) and first.name == "dense" and made.layers[1].name == "dense_1"
    kernel, bias = first.get_weights()
    assert kernel.shape == (5, 6) and bias.shape == (6,) and first.count_params() == 36
    first.set_weights([np.ones((5, 6)), np.zeros(6)])
    assert made.get_weights()[0].sum() == 30
    assert made.get_layer("dense_1") is made.layers[1] and made.get_layer(index=0) is first
    assert made.output_shape == (None, 1) and first.output.shape == (None, 6)
    assert {f.name for f in dataclasses.fields(first)} >= {"units", "activation"}
    with pytest.raises(NetworkError, match="Did you mean 'dense_1'"):
        made.get_layer("dense_2")


def test_layers_show_themselves_as_in_keras() -> None:
    i = keras.Input(shape=(5,))
    made = keras.Model(i, layers.Dense(1)(layers.Dense(6, activation="relu")(i)))
    assert [layer.__class__.__name__ for layer in made.layers] == ["InputLayer", "Dense", "Dense"]
    first, last = made.layers[1:]
    assert (first.activation.__name__, last.activation.__name__) == ("relu", "linear")
    assert first.activation(np.array([-1.0, 2.0])).numpy().tolist() == [0, 2]
    assert first.activation == "relu" == first.get_config()["activation"]
    kernel = first.kernel
    assert (kernel.name, kernel.path, kernel.dtype) == (
        "kernel",
        f"{first.name}/kernel",
        "float32",
    )
    assert repr(first.bias).startswith(f"<Variable path={first.name}/bias, shape=(6,), dtype=float32")
    assert [weight.name for weight in made.weights] == ["kernel", "bias"] * 2
    for part in (kernel[0], kernel.T, kernel.reshape(-1), copy.deepcopy(kernel)):
        assert repr(part).startswith("<tf.Tensor: ") and str(part).startswith("tf.Tensor(")
    assert isinstance(made.layers[0], layers.InputLayer) and repr(made.layers[0]).startswith(
        "<InputLayer name="
    )
    assert keras.models.clone_model(made).layers[1].activation.__name__ == "relu"


def test_numbers_of_an_optimizer_answer_numpy() -> None:
    made = model()
    made.fit(X, Y, batch_size=30, verbose=0)
    assert made.optimizer.iterations == 2 == made.optimizer.iterations.numpy()
    assert made.optimizer.learning_rate.numpy() == np.float32(0.001)
    assert keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)(10).numpy() == np.float32(0.05)
    with pytest.raises(MissingName, match="Adam has no apply_gradients here") as error:
        made.optimizer.apply_gradients  # noqa: B018
    assert "beta_1" in str(error.value) and "slots" not in str(
        error.value
    )  # what Keras has, not what is ours


def test_one_input_and_one_output_may_be_named_or_listed() -> None:
    start = keras.Input((5,), name="measures")
    model = keras.Model(start, layers.Dense(1, activation="sigmoid", name="answer")(start))
    assert model.input_names == ["measures"] and model.output_names == ["answer"]
    model.compile("sgd", "binary_crossentropy")
    assert model.loss == "binary_crossentropy"
    plain = model.evaluate(X, Y, verbose=0)
    named, both = {"measures": X}, ({"measures": X}, {"answer": Y})
    for x, y in (both, ([X], [Y]), (named, [Y]), (iter([both]), None)):
        assert model.evaluate(x, y, verbose=0) == pytest.approx(plain, rel=1e-6)
    for x in (named, [X]):
        np.testing.assert_array_equal(model.predict(x, verbose=0), model.predict(X, verbose=0))
    assert model.predict([X[0]], verbose=0).shape == (1, 1)
    own = model.fit([X], {"answer": Y}, epochs=1, verbose=0, validation_data=both)
    assert list(own.history) == ["loss", "val_loss"]


def test_numbers_with_a_name_take_others_where_these_can_be_put() -> None:
    there: list[Any] = []
    weight = named("net/out/bias", np.zeros(2, np.float32), True, there.append)
    assert weight.assign([1.0, 2.0]).assign_add([1.0, 1.0]) is weight
    assert weight.numpy().tolist() == [2, 3] == there[-1].tolist()
    keras.backend.set_value(weight, [0.0, 5.0])
    assert there[-1].tolist() == [0, 5]
    with pytest.raises(CallError, match="set_weights"):
        named("net/out/bias", np.zeros(2), True).assign([1.0, 2.0])


def test_what_comes_out_is_called_what_it_is_called_in_keras() -> None:
    found = model().predict(X, verbose=0)
    assert str(type(found)) == "<class 'numpy.ndarray'>"
    assert type(pickle.loads(pickle.dumps(found))) is np.ndarray
    constant = keras.backend.constant([1.0, 2.0])
    assert str(type(constant)) == "<class 'tensorflow.python.framework.ops.EagerTensor'>"
    assert repr(copy.deepcopy(pickle.loads(pickle.dumps(constant)))) == repr(constant)


def test_an_input_shape_of_a_later_layer_is_passed_over_as_keras_does() -> None:
    """People copy the first line: `Conv2D(32, 3, input_shape=(150, 150, 3))`, and again for the second layer."""
    model = keras.Sequential([layers.Dense(3, input_dim=4)])
    model.add(layers.Dense(2, input_shape=(4,)))
    assert model.count_params() == 15 + 8 and model.output_shape == (None, 2)
    assert keras.models.model_from_json(model.to_json()).count_params() == 23


def test_what_a_model_has_not_is_said_with_what_to_do_instead() -> None:
    model = keras.Sequential([layers.Dense(2, input_shape=(3,))])
    for name, hint in (
        ("export", "model.save"),
        ("add_loss", "compile(loss="),
        ("evalute", "Did you mean evaluate?"),
    ):
        with pytest.raises(MissingName, match=f"Sequential has no {name} here") as caught:
            getattr(model, name)
        assert hint in str(caught.value)
    assert not hasattr(model, "predict_function") and getattr(model, "stop_training", False) is False
    assert copy.copy(model).count_params() == model.count_params() == 8


def test_adding_and_taking_off_keeps_the_weights_of_the_others() -> None:
    made = model()
    before = made.get_weights()
    made.add(layers.Dense(3))
    assert np.array_equal(made.get_weights()[0], before[0]) and len(made.get_weights()) == 6
    assert made.pop().name == "dense_2"
    assert all(map(np.array_equal, made.get_weights(), before))


def test_the_shape_may_come_with_the_data() -> None:
    made = keras.Sequential([layers.Flatten(), layers.Dense(2, activation="softmax")])
    assert not made.built and made.input_shape is None
    with pytest.raises(NetworkError, match="input_shape"):
        made.count_params()
    made.compile(loss="sparse_categorical_crossentropy", optimizer="sgd")
    made.fit(RNG.random((8, 4, 4)), Y[:8], verbose=0)
    assert made.input_shape == (None, 4, 4) and made.count_params() == 34


def test_a_frozen_layer_stays_as_it_is() -> None:
    made = model()
    made.layers[0].trainable = False
    made.compile("sgd", "binary_crossentropy")
    before = made.get_weights()
    made.fit(X, Y, verbose=0)
    after = made.get_weights()
    assert np.array_equal(before[0], after[0]) and not np.array_equal(before[2], after[2])
    assert len(made.trainable_weights) == 2 and len(made.non_trainable_weights) == 2


def test_a_layer_that_was_written_answers_for_its_place_in_the_model() -> None:
    hidden, last = layers.Dense(6, input_dim=5, activation="relu"), layers.Dense(1)
    assert hidden.get_weights() == [] == hidden.weights and hidden.trainable
    with pytest.raises(NetworkError, match="no model yet"):
        hidden.set_weights([np.ones((5, 6)), np.zeros(6)])
    made = keras.Sequential([hidden, last])
    hidden.set_weights([np.ones((5, 6)), np.zeros(6)])
    assert made.get_weights()[0].sum() == hidden.kernel.numpy().sum() == 30 and hidden.count_params() == 36
    assert last.output.shape == (None, 1) and last.weights[1].name == "bias"
    hidden.trainable = False
    made.compile("sgd", "mse")
    made.fit(X, Y, verbose=0)
    assert hidden.get_weights()[0].sum() == 30 and len(made.trainable_weights) == 2
    assert not made.layers[0].trainable
    assert hidden.trainable_weights == [] and [v.name for v in hidden.non_trainable_variables] == [
        "kernel",
        "bias",
    ]
    assert [v.trainable for v in [*hidden.variables, *last.variables]] == [False, False, True, True]
    with pytest.raises(NetworkError, match="only trainable"):
        hidden.units = 3


def test_what_learns_is_settled_by_compile() -> None:
    """The two parts of a GAN: the judge learns by itself, and stands still where the forger learns from it."""
    judge = model()
    forger = keras.Sequential([layers.Dense(5, input_dim=2)])
    judge.trainable = False
    both = keras.Sequential([forger, judge])
    both.compile("sgd", "binary_crossentropy")
    weights = judge.get_weights()
    judge.train_on_batch(X[:8], Y[:8])
    learned = judge.get_weights()
    assert not np.array_equal(weights[0], learned[0]) and judge.trainable_weights == []
    before = forger.get_weights()
    both.train_on_batch(X[:8, :2], Y[:8])
    assert all(map(np.array_equal, learned, judge.get_weights()))
    assert not np.array_equal(before[0], forger.get_weights()[0])
    assert judge.optimizer_state() and len(both.optimizer_state() or ()) < len(judge.optimizer_state() or ())
    judge.compile("sgd", "binary_crossentropy")
    with pytest.raises(NetworkError):
        judge.train_on_batch(X[:8], Y[:8])


def test_a_number_of_batches_may_be_a_fraction() -> None:
    made, batches = model(), []
    counting = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: batches.append(batch))
    flow = Numbers()
    made.fit(
        flow,
        steps_per_epoch=9 / 4,
        validation_data=(X, Y),
        validation_steps=1.5,
        verbose=0,
        callbacks=[counting],
    )
    assert batches == [0, 1, 2] and len(made.predict(flow, steps=1.1)) == 2 * len(flow[0][0])
    with pytest.raises(CallError, match="steps_per_epoch"):
        made.fit(flow, steps_per_epoch=-2, verbose=0)


def test_description_and_back() -> None:
    made = model()
    again = keras.models.model_from_json(made.to_json())
    assert [layer.name for layer in again.layers] == ["dense", "dense_1"] and again.count_params() == 43
    assert keras.models.clone_model(made).input_shape == (None, 5)


# -- data ------------------------------------------------------------------------------------------------


class Numbers(keras.utils.Sequence):
    """Four batches, which count how often they were gone through."""

    ended = 0

    def __len__(self) -> int:
        return 4

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        return X[15 * number : 15 * number + 15], Y[15 * number : 15 * number + 15]

    def on_epoch_end(self) -> None:
        self.ended += 1


class Dataset:
    """As TensorFlow's: can be gone through again and again, and does not say how long it is."""

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for at in range(0, 60, 15):
            yield torch.from_numpy(X[at : at + 15]), torch.from_numpy(Y[at : at + 15])


def generator() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    while True:
        yield from ((X[at : at + 15], Y[at : at + 15]) for at in range(0, 60, 15))


def table(kind: Any) -> Any:
    frame = {f"column{i}": X[:, i] for i in range(3)}
    return kind({**frame, "yes": X[:, 3] > 0, "whole": (10 * X[:, 4]).astype(int)})


@pytest.mark.parametrize(
    ("x", "y", "arguments"),
    [
        (X, Y, {}),
        (X.tolist(), Y.tolist(), {}),
        (X.astype("float64"), Y[:, None].astype(bool), {}),
        (torch.from_numpy(X), torch.from_numpy(Y), {}),
        (table(pd.DataFrame), pd.Series(Y), {}),
        (table(pl.DataFrame), pl.Series(Y), {}),
        (table(pd.DataFrame).values, Y, {}),
        (X, Y, {"steps_per_epoch": 6}),
        (Numbers(), None, {}),
        (Numbers(), None, {"steps_per_epoch": 6}),
        (Dataset(), None, {}),
        (generator(), None, {"steps_per_epoch": 3}),
        (torch.utils.data.DataLoader(list(zip(X, Y, strict=True)), 15), None, {}),
    ],
    ids=[
        "array",
        "list",
        "bool",
        "tensor",
        "pandas",
        "polars",
        "objects",
        "steps",
        "sequence",
        "cycled",
        "dataset",
        "generator",
        "loader",
    ],
)
def test_whatever_holds_rows_or_gives_batches(x: Any, y: Any, arguments: dict[str, Any]) -> None:
    made = model()
    history = made.fit(x, y, epochs=2, batch_size=15, verbose=0, validation_data=(X, Y), **arguments)
    assert history.params["steps"] == (
        None if isinstance(x, Dataset) else arguments.get("steps_per_epoch", 4)
    )
    assert set(history.history) == {"accuracy", "loss", "val_accuracy", "val_loss"}
    assert np.isfinite(history.history["loss"]).all() and made.optimizer.iterations == 2 * arguments.get(
        "steps_per_epoch", 4
    )


def test_a_sequence_is_told_of_its_end_and_its_batches_change_places() -> None:
    class Order(Numbers):
        def __init__(self) -> None:
            self.asked: list[int] = []

        def __getitem__(self, number: int) -> Any:
            self.asked.append(number)
            return super().__getitem__(number)

    source = Order()
    model().fit(source, epochs=3, verbose=0)
    assert source.ended >= 2 and len(source.asked) == 12
    passes = [source.asked[at : at + 4] for at in (0, 4, 8)]
    assert all(sorted(one) == [0, 1, 2, 3] for one in passes) and len({tuple(one) for one in passes}) > 1


def test_evaluation_and_prediction_take_batches_too(capsys: pytest.CaptureFixture[str]) -> None:
    made = model()
    whole = made.evaluate(X, Y, verbose=0, return_dict=True)
    for source, steps in ((Numbers(), None), (Dataset(), None), (generator(), 4)):
        assert made.evaluate(source, steps=steps, verbose=0) == pytest.approx(
            [whole["loss"], whole["accuracy"]]
        )
    np.testing.assert_allclose(made.predict(Numbers(), verbose=0), made.predict(X, verbose=0), atol=1e-6)
    assert made.predict(X, batch_size=7, steps=2, verbose=0).shape == (14, 1)
    with pytest.warns(UserWarning, match="argmax"):
        classes = made.predict_classes(X)
    assert capsys.readouterr().out.startswith("2/2 ")
    keras.printing.form(2)
    made.predict_classes(X)
    assert capsys.readouterr().out == ""
    keras.printing.form(3)
    assert classes.shape == (60, 1) and np.array_equal(classes, made.predict(X, verbose=0) > 0.5)


def test_the_last_rows_validate() -> None:
    left, right = split(arrays(np.arange(10.0), np.arange(10)), 0.25)
    assert left.x.tolist() == list(range(7)) and right.x.tolist() == [7, 8, 9]  # floor(10 * 0.75) train


def test_weights_of_classes_stand_beside_their_rows() -> None:
    y = torch.tensor([0, 2, 1, 2])
    assert class_weights(y, {0: 2, 2: 0.5}).tolist() == [2, 0.5, 1, 0.5]
    assert class_weights(torch.eye(3)[y], {0: 2, 2: 0.5}).tolist() == [2, 0.5, 1, 0.5]
    assert class_weights(torch.tensor([-1.0, 1.0, -1.0]), {-1: 2, 1: 3}).tolist() == [2, 3, 2]  # of a hinge


@pytest.mark.parametrize(
    ("call", "code", "sentence"),
    [
        (lambda m: m.fit(X, Y[:50]), "rows-differ", "x has 60 rows, y has 50"),
        (lambda m: m.fit(X), "no-targets", "y is missing"),
        (lambda m: m.fit(X[:, :4], Y), "input-does-not-fit", "takes rows of the shape (5,); these have (4,)"),
        (lambda m: m.predict(X[0]), "input-does-not-fit", "x[:1]"),
        (lambda m: m.fit(np.array([["a"] * 5] * 60, dtype=object), Y), "no-numbers", "'a' (row 1, column 1)"),
        (lambda m: m.fit([[1, 2], [3]], [0, 1]), "no-numbers", "rows of different lengths"),
        (lambda m: m.fit(X, Y, verbos=1), "unknown-argument", "Did you mean 'verbose'"),
        (lambda m: m.fit(X, Y, batch_size=0), "bad-argument", "batch_size"),
        (lambda m: m.fit(X, Y, validation_split=1.0), "bad-validation-split", "leaves no rows"),
        (lambda m: m.fit(X, Y, validation_data=X), "bad-validation-data", "(x, y)"),
        (lambda m: m.fit(generator(), validation_data=generator(), steps_per_epoch=1), "endless-validation", "validation_steps"),
        (lambda m: m.fit(Numbers(), Y), "no-effect", "y cannot be given"),
        (lambda m: m.fit(iter([])), "no-batches", "no batch at all"),
        (lambda m: m.fit(X, Y, class_weight=[1, 2]), "bad-class-weight", "dict"),
        (lambda m: m.fit(X, Y, callbacks=[callbacks.EarlyStopping]), "not-a-callback", "brackets"),
        (lambda m: m.compile("adam", "mse", loss_weights=[0.5]), "unsupported-argument", "several outputs"),
        (lambda m: m.compile("adam", "mse", metric=["acc"]), "unknown-argument", "Did you mean 'metrics'"),
        (lambda m: m.add(layers.Dense), "not-a-layer", "Dense(…)"),
        (lambda m: keras.Sequential().fit(X, Y), "not-compiled", "compiled first"),
        (lambda m: m.set_weights([np.ones(3)]), "weights-do-not-fit", "4 arrays"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(call: Any, code: str, sentence: str) -> None:
    made = model()
    before = made.get_weights()
    with pytest.raises(HakseupError) as caught:
        call(made)
    assert caught.value.code == code and sentence in str(caught.value)
    assert all(map(np.array_equal, before, made.get_weights()))


def test_a_generator_that_ends_ends_the_training_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="gave 1 batches instead of 3"):
        history = model().fit(iter([(X, Y)] * 4), steps_per_epoch=3, epochs=5, verbose=0)
    assert history.epoch == [0, 1]


# -- seeds and precision ---------------------------------------------------------------------------------


def trained() -> list[np.ndarray]:
    made = keras.Sequential(
        [layers.Dense(8, activation="relu", input_dim=5), layers.Dropout(0.5), layers.Dense(1)]
    )
    made.compile("adam", "mse")
    made.fit(X, Y, epochs=2, batch_size=8, verbose=0)
    return made.get_weights()


@pytest.mark.parametrize("how", ["set_random_seed", "numpy"])
def test_a_seed_makes_everything_repeat(how: str) -> None:
    runs = []
    for seed in (3, 3, 4):
        seeds.forget_seed()
        keras.utils.set_random_seed(seed) if how == "set_random_seed" else np.random.seed(seed)
        runs.append(trained())
    assert all(map(np.array_equal, runs[0], runs[1])) and not np.array_equal(runs[0][0], runs[2][0])


def test_two_models_after_one_seed_differ() -> None:
    assert not np.array_equal(trained()[0], trained()[0])


def test_the_callers_torch_generator_is_left_alone() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    trained()
    assert torch.equal(before, torch.get_rng_state())


def test_predictions_are_float32_whatever_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    made = keras.Sequential(
        [layers.Conv2D(3, 3, input_shape=(6, 6, 1)), layers.Flatten(), layers.Dense(2, activation="softmax")]
    )
    made.compile("sgd", "sparse_categorical_crossentropy", ["accuracy"])
    x, y = RNG.random((32, 6, 6)), Y[:32]
    found = []
    for policy in ("mixed_bfloat16", "float32"):
        monkeypatch.setattr(config, "policy", lambda policy=policy: policy)
        found.append((made.predict(x, verbose=0), made.evaluate(x, y, verbose=0)))
    assert np.array_equal(found[0][0], found[1][0]) and found[0][1] == found[1][1]
    weights = made.get_weights()
    for policy in ("mixed_bfloat16", "float32"):
        monkeypatch.setattr(config, "policy", lambda policy=policy: policy)
        made.set_weights(weights)
        found.append(made.fit(x, y, verbose=0, shuffle=False).history["loss"])
    assert found[2] != found[3] and found[2] == pytest.approx(
        found[3], rel=0.02
    )  # the policy reached the training


# -- rows: the written-out step --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("units", "final", "loss", "y"),
    [
        (1, "sigmoid", "binary_crossentropy", Y),
        (3, "softmax", "categorical_crossentropy", np.eye(3)[Y]),
        (3, "softmax", "sparse_categorical_crossentropy", Y),
        (2, None, "mse", X[:, :2]),
    ],
)
@pytest.mark.parametrize("optimizer", ["adam", "adamax", "nadam", "rmsprop", "adagrad", "sgd"])
def test_the_written_out_step_is_autograds(
    units: int, final: str | None, loss: str, y: Any, optimizer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for plain in (False, True):
        seeds.set_seed(0)
        made = model(units, final, loss=loss, optimizer=optimizer, metrics=[])
        if plain:
            monkeypatch.setattr(RowSteps, "of", staticmethod(lambda *_: None))
        weight = np.linspace(0.5, 2, 60)
        first = made.fit(X, y, epochs=2, batch_size=16, verbose=0, sample_weight=weight).history["loss"]
        second = made.fit(X, y, epochs=1, batch_size=16, verbose=0).history["loss"]
        state = [array for _, array in made.optimizer_state() or []]
        found.append([*made.get_weights(), np.array(first + second), *state])
    for mine, other in zip(*found, strict=True):
        np.testing.assert_allclose(mine, other, atol=2e-5)


def test_more_than_a_plain_loss_is_not_written_out() -> None:
    def fits(made: Any) -> bool:
        network, compiled = made.network(""), made.compiled
        kept = compiled.torch_optimizer(network)
        return RowSteps.of(network, compiled.objective(network), compiled.optimizer, kept) is not None

    assert fits(model())
    assert not fits(model(loss="hinge")) and not fits(model(loss="mse"))  # the loss of a sigmoid's output
    assert not fits(model(optimizer=keras.optimizers.Adam(clipnorm=1.0)))
    assert fits(model(optimizer=keras.optimizers.Adam(clipvalue=1.0)))
    punished = keras.Sequential([layers.Dense(1, input_dim=5, kernel_regularizer="l2")])
    punished.compile("adam", "mse")
    assert not fits(punished)


# -- callbacks that write --------------------------------------------------------------------------------


def test_older_names_of_figures_are_found(tmp_path: Path) -> None:
    made = model()
    check = callbacks.ModelCheckpoint(
        tmp_path / "{epoch:02d}-{val_acc:.4f}.hdf5",
        monitor="val_acc",
        save_best_only=True,
        mode="max",
        period=1,
    )
    history = made.fit(X, Y, epochs=2, verbose=0, validation_data=(X, Y), callbacks=[check])
    best = history.history["val_acc"]
    assert best == history.history["val_accuracy"] and list(history.history) == [
        "accuracy",
        "loss",
        "val_accuracy",
        "val_loss",
    ]
    assert (tmp_path / f"01-{best[0]:.4f}.hdf5").is_file()
    with pytest.raises(CallError, match="no-such"):
        made.fit(X, Y, verbose=0, callbacks=[callbacks.ModelCheckpoint(tmp_path / "{no-such}.h5")])


@pytest.mark.parametrize("name", ["best.hdf5", "best.h5", "best.keras"])
def test_the_best_model_is_on_the_disk(tmp_path: Path, name: str) -> None:
    made = model(optimizer=keras.optimizers.SGD(0.5))
    stop = callbacks.EarlyStopping(patience=3, restore_best_weights=True)
    check = callbacks.ModelCheckpoint(tmp_path / "new" / name, save_best_only=True)
    made.fit(X, Y, epochs=30, batch_size=10, verbose=0, validation_split=0.5, callbacks=[stop, check])
    again = keras.models.load_model(tmp_path / "new" / name)
    np.testing.assert_allclose(again.predict(X, verbose=0), made.predict(X, verbose=0), atol=1e-6)
    before = again.optimizer.iterations
    again.fit(X, Y, verbose=0)
    assert again.optimizer.iterations > before > 0  # the optimizer goes on


def test_a_missing_figure_is_said_with_the_nearest() -> None:
    with pytest.warns(UserWarning, match="Did you mean 'loss'"):
        model().fit(X, Y, verbose=0, callbacks=[callbacks.EarlyStopping(monitor="val_loss")])


def test_csv(tmp_path: Path) -> None:
    made, path = model(), tmp_path / "logs" / "log.csv"
    history = made.fit(X, Y, epochs=2, verbose=0, callbacks=[callbacks.CSVLogger(path)])
    made.fit(X, Y, epochs=3, initial_epoch=2, verbose=0, callbacks=[callbacks.CSVLogger(path, append=True)])
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert [float(row["loss"]) for row in rows[:2]] == history.history["loss"]


def test_files_are_closed_when_training_breaks_off(tmp_path: Path) -> None:
    def stopped(epoch: int, logs: Any) -> None:
        raise KeyboardInterrupt

    writers = [callbacks.CSVLogger(tmp_path / "log.csv"), callbacks.TensorBoard(tmp_path / "board")]
    with pytest.raises(KeyboardInterrupt):
        model().fit(X, Y, verbose=0, callbacks=[*writers, callbacks.LambdaCallback(on_epoch_end=stopped)])
    assert writers[0]._file is None and not writers[1]._files
    assert len((tmp_path / "log.csv").read_text(encoding="utf-8").splitlines()) == 2


def test_a_regularizer_of_ones_own_may_give_a_number_for_each_weight() -> None:
    """Keras adds them up."""

    def squares(weights: Any) -> Any:
        return 0.5 * weights**2

    arguments = {"kernel_regularizer": squares, "activity_regularizer": squares, "kernel_initializer": "ones"}
    made = keras.Sequential([layers.Dense(2, input_shape=(5,), **arguments)])
    made.compile("sgd", "mse")
    made.fit(X, np.zeros((60, 2)), verbose=0)
    kernel = made.get_weights()[0]
    made(X[:4])
    of_weights, of_outputs = 0.5 * (kernel**2).sum(), 0.5 * (made.predict(X[:4], verbose=0) ** 2).sum() / 4
    assert float(made.losses[0]) == pytest.approx(of_weights + of_outputs, rel=1e-5)


def records(path: Path) -> Iterator[bytes]:
    """The contents of a TFRecord file, with both checksums held against theirs."""
    content, at = path.read_bytes(), 0
    while at < len(content):
        (length,) = struct.unpack_from("<Q", content, at)
        inner = content[at + 12 : at + 12 + length]
        assert content[at : at + 16 + length] == event_file.record(inner)
        yield inner
        at += 16 + length


def test_event_files(tmp_path: Path) -> None:
    made = model()
    history = made.fit(
        X,
        Y,
        epochs=2,
        verbose=0,
        validation_split=0.5,
        callbacks=[callbacks.TensorBoard(tmp_path, histogram_freq=1)],
    )
    for part, name in (("train", "loss"), ("validation", "val_loss")):
        first, *rest = records(next((tmp_path / part).glob("events.out.tfevents.*")))
        assert first[9:] == b"\x1a\x0dbrain.Event:2"  # field 3 behind the time
        found = [r for r in rest if b"\x0a\x0aepoch_loss\x15" in r]
        values = [struct.unpack("<f", r[-4:])[0] for r in found]
        assert values == pytest.approx(history.history[name])
        assert [r[9:11] for r in found] == [b"\x10\x00", b"\x10\x01"]  # field 2, the step


def test_the_checksum_is_castagnolis() -> None:
    assert event_file.crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C
    assert event_file.crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4


def test_a_lost_loss_ends_the_training(capsys: pytest.CaptureFixture[str]) -> None:
    bad = X.copy()
    bad[30] = np.nan
    history = model().fit(
        bad, Y, epochs=3, batch_size=10, shuffle=False, verbose=0, callbacks=[callbacks.TerminateOnNaN()]
    )
    assert history.epoch == [0] and "Batch 3: Invalid loss" in capsys.readouterr().out


def test_functions_as_callback() -> None:
    seen: list[Any] = []
    hooks = callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(epoch),
        on_train_batch_end=lambda batch, logs: seen.append("b"),
    )
    model().fit(X, Y, epochs=2, batch_size=30, verbose=0, callbacks=hooks)
    assert seen == ["b", "b", 0, "b", "b", 1]


def test_hooks_of_ones_own_are_given_figures_also_where_there_are_none() -> None:
    seen: list[str] = []

    class Keys(callbacks.Callback):  # as the guide to callbacks writes them: logs.keys() without a question
        def __getattribute__(self, name: str) -> Any:
            if name.startswith("on_"):
                return lambda *given: seen.append(f"{name} {list(given[-1].keys())}")
            return super().__getattribute__(name)

        def on_predict_batch_end(self, batch: int, logs: Any = None) -> None: ...
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None: ...

    made = model()
    made.fit(X, Y, epochs=1, batch_size=len(X), verbose=0, callbacks=Keys())
    made.predict(X, batch_size=len(X), verbose=0, callbacks=Keys())
    for told in (
        "train_begin []",
        "epoch_begin []",
        "train_batch_begin []",
        "predict_begin []",
        "predict_end []",
    ):
        assert f"on_{told}" in seen


def test_batches_are_told_only_where_a_callback_has_something_to_do_with_them(tmp_path: Path) -> None:
    class Own(callbacks.ModelCheckpoint):
        def on_batch_end(self, batch: int, logs: Any = None) -> None: ...

    path = tmp_path / "{batch}.weights.h5"
    for callback, hears in (
        (callbacks.ModelCheckpoint(path), False),
        (callbacks.TensorBoard(tmp_path), False),
        (callbacks.TensorBoard(tmp_path, update_freq="batch"), True),
        (Own(path), True),
        (callbacks.LambdaCallback(on_batch_begin=print), True),
        (callbacks.LambdaCallback(on_epoch_end=print), False),
    ):
        assert callbacks.CallbackList([callback]).wants_batches("train") is hears, callback
    check = callbacks.ModelCheckpoint(path, save_weights_only=True, save_freq=2)
    model().fit(X, Y, batch_size=10, verbose=0, callbacks=check)
    assert sorted(found.name for found in tmp_path.iterdir()) == [f"{n}.weights.h5" for n in (2, 4, 6)]


# -- older Keras -----------------------------------------------------------------------------------------


def test_names_of_keras_1_work_with_a_note() -> None:
    class Counted(Numbers):
        batch_size = 15

    made = model()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        made.fit(X, Y, nb_epoch=2, verbose=0, show_accuracy=True)
        history = made.fit_generator(
            Counted(),
            samples_per_epoch=60,
            nb_epoch=3,
            validation_data=Counted(),
            nb_val_samples=30,
            verbose=0,
        )
        made.evaluate_generator(Counted(), val_samples=60)
        made.fit(X, Y, nb_epoch=1, verbose=0)
    assert len(history.epoch) == 3 and history.params["steps"] == 4
    texts = [str(one.message) for one in said]
    assert len(texts) == len(set(texts)) == 6 and all(one.filename == __file__ for one in said)
    assert any(re.search("nb_epoch is an older name; today it is epochs", text) for text in texts)


@pytest.mark.filterwarnings("ignore:.*older name")
def test_samples_of_a_generator_are_counted_by_its_first_batch() -> None:
    taken: list[int] = []

    def batches() -> Iterator[Any]:
        while True:
            taken.append(len(taken))
            yield X[:20], Y[:20]

    history = model().fit_generator(batches(), samples_per_epoch=60, nb_epoch=2, verbose=0)
    assert history.params["steps"] == 3 and taken == [0, 1, 2, 3, 4, 5]
    with pytest.raises(DataError, match="4 parts"):
        model().fit(iter([(X, Y, Y, Y)]), steps_per_epoch=1)


@pytest.mark.parametrize(
    ("loss", "y"),
    [
        ("binary_crossentropy", [[0.0]]),
        ("categorical_crossentropy", [[1.0, 0.0]]),
        ("sparse_categorical_crossentropy", [0]),
    ],
)
def test_what_is_wrong_beyond_the_clipping_is_still_learned_from(loss: str, y: Any) -> None:
    scores = torch.tensor([[40.0]] if loss.startswith("binary") else [[0.0, 40.0]], requires_grad=True)
    value = keras.losses.loss_of(loss).logits(torch.tensor(y), scores)
    value.sum().backward()
    assert float(value.detach()) == pytest.approx(-np.log(1e-7), rel=1e-4)  # Keras' bound
    assert float(scores.grad.abs().max()) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_has_the_same_weights_and_learns_by_itself(again: Any) -> None:
    inputs = keras.Input((5,))
    for model in (
        keras.Sequential([keras.Input((5,)), layers.Dense(3), layers.BatchNormalization(), layers.Dense(1)]),
        keras.Model(inputs, layers.Dense(1)(inputs)),
    ):
        model.compile("sgd", "mse")
        other = again(model)
        assert np.array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
        assert isinstance(other.layers[-1], layers.Dense)
        other.fit(X, Y, verbose=0)
        assert not np.array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
