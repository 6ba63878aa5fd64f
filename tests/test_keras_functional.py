"""Layers joined by calling them: chains become models, shared layers share their numbers. Branches: test_keras_branches."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hakseup import keras
from hakseup.errors import HakseupError
from hakseup.keras import Input, Model, Sequential, layers, printing
from hakseup.keras.models import load_model

os.environ.setdefault("KERAS_BACKEND", "torch")


@pytest.fixture(autouse=True)
def fresh() -> None:
    keras.backend.clear_session(free_memory=False)
    keras.utils.set_random_seed(1)


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).random((32, 16), np.float32)


def chain(ours: Any) -> tuple[Any, Any]:
    """The same lines for both; ours is a `keras`."""
    inputs = ours.Input(shape=(8, 8, 1), name="img")
    out = ours.layers.Conv2D(3, 3, activation="relu")(inputs)
    out = ours.layers.BatchNormalization()(out)
    out = ours.layers.Flatten()(out)
    return inputs, ours.layers.Dense(2, activation="softmax", name="last")(out)


def test_a_chain_is_the_sequential_model_of_its_layers(x: np.ndarray) -> None:
    inputs, outputs = chain(keras)
    assert outputs.shape == (None, 2)
    model = Model(inputs=inputs, outputs=outputs)
    listed = Sequential([Input((8, 8, 1)), *(layer for layer in model.layers[1:])])
    images = x.reshape(8, 8, 8, 1)
    assert [layer.name for layer in model.layers] == [
        "img",
        "conv2d",
        "batch_normalization",
        "flatten",
        "last",
    ]
    assert (model.name, model.input_shape, model.output_shape) == ("functional", (None, 8, 8, 1), (None, 2))
    assert np.array_equal(model.predict(images, verbose=0), listed.predict(images, verbose=0))
    assert isinstance(model, Model) and isinstance(listed, Model) and not isinstance(inputs, Model)
    before = model.predict(images, verbose=0)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(images, np.arange(8) % 2, verbose=0)
    assert np.abs(before - model.predict(images, verbose=0)).max() > 1e-5
    assert np.array_equal(listed.predict(images, verbose=0), model.predict(images, verbose=0))


def test_encoder_and_decoder_share_the_numbers_of_the_autoencoder(x: np.ndarray) -> None:
    inputs = Input(shape=(16,))
    encoded = layers.Dense(4, activation="relu")(inputs)
    autoencoder = Model(inputs, layers.Dense(16, activation="sigmoid")(encoded))
    encoder = Model(inputs, encoded)
    code = Input(shape=(4,))
    decoder = Model(code, autoencoder.layers[-1](code))
    early = encoder.predict(x, verbose=0)
    autoencoder.compile("adam", "mse")
    autoencoder.fit(x, x, epochs=3, verbose=0)
    whole = autoencoder.predict(x, verbose=0)
    assert np.abs(early - encoder.predict(x, verbose=0)).max() > 1e-4
    assert np.allclose(decoder.predict(encoder.predict(x, verbose=0), verbose=0), whole, atol=1e-6)


def test_a_model_within_a_model_keeps_its_numbers(x: np.ndarray) -> None:
    inner = Sequential([layers.Dense(8, activation="relu", input_shape=(16,)), layers.Dense(3)])
    inner.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    probable = Sequential([inner, layers.Softmax()])
    inner.fit(x, np.arange(32) % 3, epochs=2, verbose=0)
    logits = inner.predict(x, verbose=0)
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert np.allclose(probable.predict(x, verbose=0), shares, atol=1e-6)
    start = Input((16,))
    called = Model(start, layers.Softmax()(inner(start)))
    assert np.allclose(called.predict(x, verbose=0), shares, atol=1e-6)
    cut = Model(inner.input, inner.layers[0].output)
    kernel, bias = inner.layers[0].get_weights()
    assert np.allclose(cut.predict(x, verbose=0), np.maximum(x @ kernel + bias, 0), atol=1e-5)
    longer = Sequential()
    for layer in inner.layers[:-1]:
        longer.add(layer)
    longer.add(layers.Dense(2))
    assert np.array_equal(longer.layers[0].get_weights()[0], kernel)


def test_a_layer_called_with_numbers_gives_numbers(x: np.ndarray) -> None:
    assert np.allclose(np.asarray(layers.Rescaling(1 / 2.0)(x)), x / 2)
    dense = layers.Dense(3)
    assert np.array_equal(np.asarray(dense(x)), np.asarray(dense(x)))


def branches() -> None:
    inputs = Input((4,))
    layers.Dense(1)([layers.Dense(2)(inputs), layers.Dense(3)(inputs)])


def no_way() -> None:
    Model(Input((4,)), layers.Dense(2)(Input((4,))))


def twice() -> None:
    dense = layers.Dense(4)
    dense(dense(Input((4,))))


def subclass() -> None:
    type("Mine", (Model,), {})


def forgotten() -> None:
    Model(Input((4,)))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (branches, "several-tensors"),
        (no_way, "no-chain"),
        (twice, "layer-twice"),
        (subclass, "own-model"),
        (forgotten, "no-tensor"),
    ],
)
def test_what_is_no_chain_is_refused_with_a_sentence(wrong: Any, code: str) -> None:
    with pytest.raises(HakseupError) as caught:
        wrong()
    assert caught.value.code == code


def test_files_of_the_real_functional_models_open_here(x: np.ndarray, tmp_path: Path) -> None:
    real = pytest.importorskip("keras")
    images = x.reshape(8, 8, 8, 1)
    theirs = real.Model(*chain(real))
    expected = theirs.predict(images, verbose=0)
    for ending in ("keras", "h5"):
        theirs.save(tmp_path / f"model.{ending}")
        opened = load_model(tmp_path / f"model.{ending}")
        assert np.allclose(opened.predict(images, verbose=0), expected, atol=1e-5)
    theirs.save_weights(tmp_path / "all.weights.h5")
    ours = Model(*chain(keras))
    ours.load_weights(tmp_path / "all.weights.h5")
    assert np.allclose(ours.predict(images, verbose=0), expected, atol=1e-5)
    ours.save(tmp_path / "ours.keras")
    assert np.allclose(
        real.models.load_model(tmp_path / "ours.keras").predict(images, verbose=0), expected, atol=1e-5
    )


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_chain_that_was_called_stays_one_in_files(ending: str, tmp_path: Path) -> None:
    real = pytest.importorskip("keras")
    inputs, outputs = chain(keras)
    ours, there = Model(inputs, outputs), tmp_path / f"m.{ending}"
    ours.save(there)
    pictures = np.random.default_rng(0).random((4, 8, 8, 1), np.float32)
    for again in (
        load_model(there),
        real.models.load_model(there),
        keras.models.model_from_json(ours.to_json()),
    ):
        kinds = [type(layer).__name__ for layer in again.layers]
        assert type(again).__name__ != "Sequential" and again.layers[0].name == "img"
        assert kinds == ["InputLayer", "Conv2D", "BatchNormalization", "Flatten", "Dense"]
    for again in (load_model(there), real.models.load_model(there)):
        np.testing.assert_allclose(again.predict(pictures, verbose=0), ours.predict(pictures), atol=1e-5)


def test_summary_lists_the_input_as_the_real_one_does(capsys: pytest.CaptureFixture[str]) -> None:
    real = pytest.importorskip("keras")
    lines = []
    for module in (keras, real):
        module.backend.clear_session()
        module.Model(*chain(module)).summary()
        lines.append(capsys.readouterr().out.splitlines())
    ours, theirs = ([line.split("│")[1:] for line in text if "│" in line] for text in lines)
    assert ours == theirs and len(ours) == 6


def test_layers_that_vary_pictures_vary_them_when_called_unless_told_otherwise(x: np.ndarray) -> None:
    images = x.reshape(2, 16, 16, 1)
    varying = Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.2)])
    assert np.abs(varying(images) - images).max() > 0.1
    assert np.array_equal(varying(images, training=False), images)
    dropping = Sequential([layers.Dropout(0.5)])
    assert np.array_equal(dropping(images), images) and not np.array_equal(dropping(images, True), images)


def test_what_a_call_gives_is_an_array_that_answers_numpy(x: np.ndarray) -> None:
    model = Sequential([layers.Dense(3, activation="softmax")])
    out = model(x)
    assert out.shape == (32, 3) and type(out.numpy()) is np.ndarray
    assert np.allclose(out, model.predict(x, verbose=0), atol=1e-6)
    assert np.argmax(out[0]) == out.numpy()[0].argmax() and float(out[0, 0].numpy()) == float(out[0, 0])


def test_a_frozen_model_does_not_learn_within_another(x: np.ndarray) -> None:
    base = Sequential([layers.Dense(8, activation="relu", input_shape=(16,)), layers.Dense(4)])
    base.trainable = False
    whole = Sequential([base, layers.Dense(2, activation="softmax")])
    whole.compile("adam", "sparse_categorical_crossentropy")
    before = base.get_weights()
    assert len(whole.trainable_weights) == 2 and not base.trainable and whole.trainable
    whole.fit(x, np.arange(32) % 2, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, base.get_weights(), strict=True))


def test_layers_say_their_shapes_as_keras_2_did() -> None:
    model = Sequential([layers.Conv2D(4, 3, input_shape=(8, 8, 1)), layers.Flatten()])
    assert [layer.input_shape for layer in model.layers] == [(None, 8, 8, 1), (None, 6, 6, 4)]
    assert [layer.output_shape for layer in model.layers] == [(None, 6, 6, 4), (None, 144)]
    start = Input((3,))
    both = Model(start, layers.add([start, layers.Dense(3)(start)])).layers[-1]
    assert both.input_shape == [(None, 3), (None, 3)] and both.output_shape == (None, 3)


def test_tensors_layers_and_models_show_themselves_as_in_keras() -> None:
    real = pytest.importorskip("keras")
    real.utils.clear_session(free_memory=False)
    shown = []
    for kind in (keras, real):
        inputs = kind.Input((8, 8, 1))
        x = kind.layers.Flatten()(inputs)
        out = kind.ops.add(kind.layers.Dense(64, name="d")(x), x)
        model, listed = kind.Model(inputs, out), kind.Sequential([kind.Input((3,)), kind.layers.Dense(2)])
        named = kind.Input(shape=(3,), name="img")
        first = [isinstance(layer, kind.layers.InputLayer) for layer in model.layers]
        shown.append(
            [
                inputs.shape,
                inputs.dtype,
                inputs,
                x,
                model,
                listed,
                model.layers[:3],
                listed.layers,
                named,
                first[:3],
            ]
        )
    assert repr(shown[0]) == repr(shown[1])
    printing.form(2)
    assert repr(shown[0][3]) == "<KerasTensor: shape=(None, 64) dtype=float32 (created by layer 'flatten')>"
    printing.form(3)


def test_the_input_remembers_that_it_was_frozen() -> None:
    start = Input((3,))
    model = Model(start, layers.Dense(2)(start))
    for layer in model.layers:
        layer.trainable = False
    assert [layer.trainable for layer in model.layers] == [False, False]
