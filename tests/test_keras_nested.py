"""A model put into another one: one line of the table, one layer in files, one thing to freeze, as in the real Keras."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")

from hakseup import keras
from hakseup.errors import NetworkError
from hakseup.keras import config, printing

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own
PICTURES = np.random.default_rng(0).random((24, 8, 8, 3)).astype("float32")
CLASSES = np.arange(24) % 2


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "policy", lambda: "float32")
    keras.backend.clear_session(free_memory=False)
    keras.utils.set_random_seed(1)


@pytest.fixture
def real(real: Any) -> Any:
    real.utils.clear_session(free_memory=False)
    real.utils.set_random_seed(1)
    return real


def base(k: Any, name: str | None = "base") -> Any:
    """Branches and batch normalisation."""
    start = k.Input((8, 8, 3))
    x = k.layers.Conv2D(4, 3, padding="same")(start)
    x = k.layers.add([x, k.layers.BatchNormalization()(x)])
    return k.Model(start, k.layers.Conv2D(4, 3, padding="same")(x), name=name)


def called(k: Any) -> Any:
    """A functional model of two others, one of which learns its input's shape only by the call."""
    varied = k.Sequential([k.layers.RandomFlip(), k.layers.Rescaling(2.0)])
    start = k.Input((8, 8, 3))
    x = k.layers.GlobalAveragePooling2D()(base(k)(varied(start)))
    return k.Model(start, k.layers.Dense(2, activation="softmax")(x))


def listed(k: Any) -> Any:
    """A list with a model at its beginning and one within, which holds a third."""
    inner = k.Sequential([k.layers.Dense(5, activation="relu"), k.layers.Dropout(0.1)])
    head = k.Sequential([inner, k.layers.Dense(4)], name="head")
    return k.Sequential([base(k), k.layers.Flatten(), head, k.layers.Dense(2, activation="softmax")])


def around(k: Any) -> Any:
    """A model beside a branch, in the order of which Keras counts it as one layer."""
    start = k.Input((8, 8, 3))
    x = base(k)(start)
    y = k.layers.Conv2D(4, 1)(k.layers.Rescaling(0.5)(start))
    x = k.layers.Flatten()(k.layers.Subtract()([y, x]))
    return k.Model(start, k.layers.Dense(2, activation="softmax")(x), name="around")


each = pytest.mark.parametrize("make", [called, listed, around])


@each
@pytest.mark.parametrize("how", [{}, {"expand_nested": True}, {"show_trainable": True}])
def test_the_table_is_that_of_keras(real: Any, make: Any, how: dict[str, bool]) -> None:
    said: list[list[str]] = [[], []]
    for k, lines in zip((keras, real), said, strict=True):
        model = make(k)
        model.summary(print_fn=lambda text, lines=lines, **_: lines.append(text), **how)
        lines.append(repr([(layer.name, layer.output.shape) for layer in model.layers]))
    assert said[0] == said[1]


def test_the_older_table_has_a_line_for_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    printing.form(2)
    try:
        called(keras).summary()
    finally:
        printing.form(3)
    out = capsys.readouterr().out
    assert "base (Functional)" in out and "Conv2D" not in out and "Total params: 286" in out


@each
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_files_go_both_ways(real: Any, make: Any, ending: str, tmp_path: Path) -> None:
    for writer, reader in ((keras, real), (real, keras)):
        written = make(writer)
        written.get_layer("base").layers[1].trainable = False  # Keras' .h5 has what learns first
        written.compile("adam", "sparse_categorical_crossentropy")
        written.fit(PICTURES, CLASSES, epochs=2, verbose=0)
        written.get_layer("base").trainable = False
        expected = written.predict(PICTURES, verbose=0)
        written.save(tmp_path / f"model.{ending}")
        opened = reader.models.load_model(tmp_path / f"model.{ending}", compile=False)
        np.testing.assert_allclose(opened.predict(PICTURES, verbose=0), expected, atol=1e-5)
        assert [layer.name for layer in opened.layers] == [layer.name for layer in written.layers]
        assert not opened.get_layer("base").trainable
        assert len(opened.trainable_weights) == len(written.trainable_weights) <= len(written.weights) - 8
        for weights in ("w.weights.h5", "w.h5"):
            if reader is real and weights == "w.h5":
                continue  # Keras 3 reads these only by the name of a whole file
            other = make(reader)
            other.get_layer("base").trainable = False
            if writer is keras or weights == "w.weights.h5":
                written.save_weights(tmp_path / weights)
                other.load_weights(tmp_path / weights)
                np.testing.assert_allclose(other.predict(PICTURES, verbose=0), expected, atol=1e-5)


@each
def test_descriptions_clones_and_copies_are_nested_alike(make: Any) -> None:
    model = make(keras)
    again = [
        keras.models.model_from_json(model.to_json()),
        keras.models.clone_model(model),
        type(model).from_config(model.get_config()),
    ]
    for one in again:
        one.set_weights(model.get_weights())
        assert [type(layer).__name__ for layer in one.layers] == [
            type(layer).__name__ for layer in model.layers
        ]
        assert one.to_json() == model.to_json()
        np.testing.assert_array_equal(one.predict(PICTURES, verbose=0), model.predict(PICTURES, verbose=0))


def test_what_is_frozen_after_it_was_put_in_stays_as_it_is(real: Any) -> None:
    """Frozen, in part, and again: which numbers change in a training, here and in the real Keras."""
    changed: list[list[list[bool]]] = [[], []]
    for k, seen in zip((keras, real), changed, strict=True):
        model = listed(k)
        model.compile("sgd", "sparse_categorical_crossentropy")
        inner = model.layers[0]
        for part in (inner, inner.layers[2], model.layers[2].layers[0], None):
            model.trainable = True
            if part is not None:
                part.trainable = False
            model.compile("sgd", "sparse_categorical_crossentropy")
            before = model.get_weights()
            model.fit(PICTURES, CLASSES, verbose=0)
            after = model.get_weights()
            seen.append([bool(np.any(a != b)) for a, b in zip(before, after, strict=True)])
            seen.append([weight.shape[0] > 0 for weight in model.trainable_weights])
    assert changed[0] == changed[1]
    assert not any(changed[0][0][:8]) and all(changed[0][6])


def test_layers_of_one_name_may_stand_in_different_models(tmp_path: Path) -> None:
    """A base out of a file brings names that the next layers get again."""
    keras.Sequential([keras.layers.Dense(4, input_dim=3), keras.layers.Dense(4)], name="old").save(
        tmp_path / "old.keras"
    )
    keras.backend.clear_session(free_memory=False)
    old = keras.models.load_model(tmp_path / "old.keras")
    model = keras.Sequential([old, keras.layers.Dense(2)])
    assert [layer.name for layer in old.layers] == ["dense", "dense_1"]
    assert [layer.name for layer in model.layers] == ["old", "dense"]
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 3)), np.zeros((8, 2)), verbose=0)
    assert [w.shape for w in model.get_weights()] == [(3, 4), (4,), (4, 4), (4,), (4, 2), (2,)]
    np.testing.assert_array_equal(model.get_weights()[2], old.layers[1].get_weights()[0])
    assert model.weights[0].path == f"{model.name}/old/dense/kernel"


def test_it_is_found_taken_off_and_put_in_once() -> None:
    model = listed(keras)
    inner = model.get_layer("base")
    assert inner is model.layers[0] and inner.get_layer("add").name == "add"
    with pytest.raises(NetworkError, match="no layer"):
        model.get_layer("conv2d")
    with pytest.raises(NetworkError):
        model.add(inner)
    assert model.pop().name == "dense_2"
    head = model.pop()
    assert head.name == "head" and [layer.name for layer in model.layers] == ["base", "flatten"]
    model.add(keras.layers.Dense(2))
    assert model.output_shape == (None, 2)
    looking = keras.Model(model.inputs, model.layers[1].output)
    assert [layer.name for layer in looking.layers][-2:] == ["base", "flatten"]


def test_a_file_of_models_without_end_is_refused() -> None:
    described = keras.Sequential([keras.layers.Dense(2, input_dim=3)]).to_json()
    deep = described
    for _ in range(30):
        deep = f'{{"class_name": "Sequential", "config": {{"name": "s", "layers": [{deep}]}}}}'
    with pytest.raises(NetworkError, match="stand in each other"):
        keras.models.model_from_json(deep)


def test_weights_are_found_by_their_numbers_whatever_the_branches(real: Any, tmp_path: Path) -> None:
    """Layers of two kinds in turn, in an order that differs from the way back through the file."""
    start = real.Input((8, 8, 3))
    x = real.layers.BatchNormalization()(real.layers.Conv2D(3, 1, name="b")(start))
    out = real.layers.Subtract()([real.layers.Conv2D(3, 1, name="a")(start), x])
    theirs = real.Model(start, out)
    theirs.save(tmp_path / "model.keras")
    ours = keras.models.load_model(tmp_path / "model.keras")
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    np.testing.assert_allclose(
        ours.predict(PICTURES, verbose=0), theirs.predict(PICTURES, verbose=0), atol=1e-5
    )


def test_what_only_prepares_pictures_takes_one_alone_and_any_size(real: Any) -> None:
    """As the tutorial about augmentation does in `map`, whose pictures differ in size."""
    for k in (keras, real):
        sizes = k.Sequential([k.layers.Resizing(4, 4), k.layers.Rescaling(0.5)])
        shapes = [tuple(sizes(PICTURES[0, :height]).shape) for height in (8, 6, 8)]
        assert shapes == [(4, 4, 3)] * 3
        assert tuple(k.layers.RandomFlip()(PICTURES[0]).shape) == (8, 8, 3)
        assert k.Sequential().name == "sequential_1"  # a layer that was called alone has used up none
        k.utils.clear_session(free_memory=False)
    sizes = keras.Sequential([keras.layers.Resizing(4, 4)])
    batch = sizes(PICTURES)
    np.testing.assert_allclose(sizes(PICTURES[3]), batch[3], atol=1e-6)
    assert sizes(PICTURES[:, :6]).shape == (24, 4, 4, 3) and sizes.input_shape == (None, 8, 8, 3)


def test_an_adapted_layer_knows_its_numbers_before_the_model_does() -> None:
    scaling = keras.layers.Normalization()
    scaling.adapt(PICTURES[:, 0, 0])
    said: list[str] = []
    keras.Sequential([scaling, keras.layers.Dense(1)]).summary(print_fn=said.append)
    assert f"({len(PICTURES)}, 3) " in said[0] and "0 (unbuilt)" in said[0]  # as Keras shows what adapt saw
    assert "Non-trainable params: 7" in said[0] and " Trainable params: 0" in said[0]


def test_numbers_are_put_where_they_were_read_and_configs_have_tuples(real: Any) -> None:
    found = []
    for k in (keras, real):
        model = k.Sequential([k.Input((8, 8, 3)), k.layers.Conv2D(2, 3)])
        model.layers[0].bias.assign([1.0, 2.0])
        model.weights[1].assign_add([1.0, 1.0])
        config = model.layers[0].get_config()
        found.append((model.get_weights()[1].tolist(), config["kernel_size"], config["strides"]))
    assert found[0] == found[1] == ([2.0, 3.0], (3, 3), (1, 1))
