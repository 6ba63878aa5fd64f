"""Networks with branches: the numbers, tables and files of the real Keras; several outputs for looking inside."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")

from hakseup import keras
from hakseup.errors import HakseupError
from hakseup.keras import Input, Model, config, graph, layers, models
from hakseup.words import speak

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own
RNG = np.random.default_rng(0)
PICTURES = RNG.random((24, 9, 9, 2)).astype("float32")
ROWS = RNG.normal(size=(40, 6)).astype("float32")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "policy", lambda: "float32")
    keras.backend.clear_session(free_memory=False)
    keras.utils.set_random_seed(1)


@pytest.fixture
def real(real: Any) -> Any:
    real.utils.clear_session(free_memory=False)
    return real


def residual(k: Any) -> Any:
    """A small residual network; k is a Keras, ours or the real one."""
    start = k.Input((9, 9, 2))
    x = k.layers.Conv2D(4, 3, padding="same", use_bias=False)(start)
    x = k.layers.BatchNormalization()(x)
    x = k.layers.Activation("relu")(x)
    y = k.layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    y = k.layers.Conv2D(4, 3, padding="same")(y)
    x = k.layers.Add()([x, y])
    x = k.layers.Activation("relu")(x)
    y = k.layers.Conv2D(8, 3, strides=2, padding="same")(x)
    x = k.layers.Conv2D(8, 1, strides=2, padding="same")(x)
    x = k.layers.add([x, y])
    x = k.layers.GlobalAveragePooling2D()(x)
    return k.Model(start, k.layers.Dense(3, activation="softmax")(x))


def wide_and_deep(k: Any) -> Any:
    start = k.Input((6,), name="table")
    x = k.layers.Dense(5, activation="relu")(start)
    x = k.layers.Dense(4, activation="relu")(x)
    x = k.layers.Concatenate()([start, x])
    return k.Model(inputs=[start], outputs=[k.layers.Dense(1)(x)], name="wide_and_deep")


def every_way(k: Any) -> Any:
    """Every merging layer, more than two tensors, axes, and sizes that stand for others."""
    start = k.Input((9, 9, 2))
    parts = [k.layers.Conv2D(3, 3, padding="same", activation=f)(start) for f in ("relu", "elu", "tanh")]
    joined = [getattr(k.layers, n)()(parts) for n in ("Add", "Multiply", "Average", "Maximum", "Minimum")]
    x = k.layers.concatenate([*joined, k.layers.subtract(parts[:2])], axis=3)
    weight = k.layers.Dense(18, activation="sigmoid")(k.layers.GlobalAveragePooling2D(keepdims=True)(x))
    x = k.layers.multiply([x, weight])
    x = k.layers.Concatenate(axis=1)([x, x])
    x = k.layers.Concatenate(axis=2)([x, x])
    return k.Model(start, k.layers.Dense(3, activation="softmax")(k.layers.Flatten()(x)))


def signs(k: Any) -> Any:
    """Arithmetic between tensors, with numbers, and with one number for each channel."""
    start = k.Input((9, 9, 2))
    x = 1 - start / 4.0
    y = k.layers.Conv2D(2, 3, padding="same")(x)
    x = (x + y) * y - x - np.array([0.5, 1.5], np.float32)
    return k.Model(start, k.layers.Dense(3, activation="softmax")(k.layers.Flatten()(-x)))


CASES = [(residual, PICTURES), (wide_and_deep, ROWS), (every_way, PICTURES)]
each = pytest.mark.parametrize(("make", "x"), CASES, ids=[make.__name__ for make, _ in CASES])


@each
def test_outputs_order_and_table_are_those_of_keras(
    real: Any, make: Any, x: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = make(keras), make(real)
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    ours.set_weights(theirs.get_weights())
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), atol=1e-5)
    np.testing.assert_allclose(ours(x), theirs.predict(x, verbose=0), atol=1e-5)
    assert (ours.input_shape, ours.output_shape) == (theirs.input_shape, theirs.output_shape)
    tables = []
    for model in (ours, theirs):
        capsys.readouterr()
        model.summary()
        tables.append(capsys.readouterr().out)
    assert tables[0] == tables[1]
    assert isinstance(ours.plan, graph.Graph)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_training_is_that_of_keras(real: Any, optimizer: str) -> None:
    for make, x, y, loss in (
        (residual, PICTURES, np.arange(24) % 3, "sparse_categorical_crossentropy"),
        (wide_and_deep, ROWS, ROWS[:, 0] - ROWS[:, 1], "mse"),
    ):
        ours, theirs = make(keras), make(real)
        ours.set_weights(theirs.get_weights())
        arguments: dict[str, Any] = {"epochs": 3, "batch_size": 8, "shuffle": False, "verbose": 0}
        for model in (ours, theirs):
            model.compile(optimizer, loss)
        mine, other = (model.fit(x, y, validation_split=0.25, **arguments) for model in (ours, theirs))
        for name, values in other.history.items():
            np.testing.assert_allclose(mine.history[name], values, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize(("make", "x"), [*CASES, (signs, PICTURES)])
def test_files_go_both_ways(real: Any, make: Any, x: np.ndarray, ending: str, tmp_path: Path) -> None:
    for writer, reader, others in ((keras, real, make(real)), (real, keras, make(keras))):
        written = make(writer)
        written.compile("adam", "mse")
        written.fit(x, np.zeros((len(x), *written.output_shape[1:])), verbose=0)
        expected = written.predict(x, verbose=0)
        written.save(tmp_path / f"model.{ending}")
        opened = reader.models.load_model(tmp_path / f"model.{ending}")
        np.testing.assert_allclose(opened.predict(x, verbose=0), expected, atol=1e-5)
        assert int(opened.optimizer.iterations) == int(written.optimizer.iterations) > 0
        written.save_weights(tmp_path / "w.weights.h5")
        others.load_weights(tmp_path / "w.weights.h5")
        np.testing.assert_allclose(others.predict(x, verbose=0), expected, atol=1e-5)


def test_the_input_keeps_its_name_in_files(tmp_path: Path) -> None:
    model = wide_and_deep(keras)
    model.save(tmp_path / "m.keras")
    for again in (models.load_model(tmp_path / "m.keras"), models.model_from_json(model.to_json())):
        assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
        assert again.layers[0].name == "table"


def test_arithmetic_on_tensors_is_a_layer() -> None:
    start = Input((4, 4, 3))
    scale = np.array([1.0, 2.0, 3.0])
    x = scale * (1 - start / 255.0) + np.float32(1)
    y = -layers.Conv2D(3, 1, use_bias=False)(x)
    model = Model(start, np.add(y, x) * keras.activations.relu(x) - y)
    rows = 255 * PICTURES[:2, :4, :4, :1].repeat(3, -1)
    inner = scale * (1 - rows / 255) + 1
    other = -inner @ model.get_weights()[0][0, 0]
    expected = (inner + other) * np.maximum(inner, 0) - other
    np.testing.assert_allclose(model.predict(rows, verbose=0), expected, atol=1e-5)
    kinds = [layer.type for layer in model.layers]
    assert kinds[:4] == ["Input", "Rescaling", "Rescaling", "Normalization"], kinds


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x: x**2,
        lambda x: 1 / x,
        lambda x: x / x,
        lambda x: x + "a",
        lambda x: x / 0,
        lambda x: np.exp(x),
        lambda x: x + np.ones((4, 4, 3)),
        lambda x: x * np.array([1.0, -1.0, 0.0]),
        lambda x: keras.backend.square(x),
    ],
)
def test_arithmetic_that_no_layer_does_is_refused_with_a_sentence(wrong: Any) -> None:
    with pytest.raises(HakseupError) as caught:
        wrong(Input((4, 4, 3)))
    assert caught.value.message.ko != caught.value.message.en


def test_a_description_and_a_clone_have_the_same_branches() -> None:
    first = residual(keras)
    again = models.clone_model(first)
    for one, other in zip(
        first.layers, again.layers, strict=True
    ):  # the input is one of them, with no numbers
        other.set_weights(one.get_weights())
    assert all((a == b).all() for a, b in zip(first.get_weights(), again.get_weights(), strict=True))
    for made in (models.model_from_json(first.to_json()), models.clone_model(first)):
        made.set_weights(first.get_weights())
        np.testing.assert_allclose(made.predict(PICTURES, verbose=0), first.predict(PICTURES, verbose=0))
        assert [layer.name for layer in made.layers[1:]] == [layer.name for layer in first.layers[1:]]


def test_a_model_with_branches_within_others() -> None:
    inner = wide_and_deep(keras)
    listed = keras.Sequential([layers.Dense(6, activation="relu"), inner, layers.Dense(2)])
    start = Input((6,))
    called = Model(start, layers.Dense(2)(inner(listed.layers[0](start))))
    out = listed.predict(ROWS, verbose=0)
    called.layers[-1].set_weights(listed.layers[-1].get_weights())
    np.testing.assert_allclose(called.predict(ROWS, verbose=0), out, atol=1e-6)
    listed.compile("adam", "mse")
    before = inner.get_weights()
    listed.fit(ROWS, ROWS[:, :2], verbose=0)
    assert any(np.abs(a - b).max() > 0 for a, b in zip(before, inner.get_weights(), strict=True))


def test_a_function_of_the_backend_gives_what_layers_give() -> None:
    model = residual(keras)
    first, last = model.layers[1], model.layers[-1]
    looked = keras.backend.function([model.input, keras.backend.learning_phase()], [first.output])
    (seen,) = looked([PICTURES, 0])
    np.testing.assert_array_equal(seen, Model(model.input, first.output).predict(PICTURES, verbose=0))
    both = keras.backend.function(model.input, [first.output, last.output])(PICTURES)
    np.testing.assert_array_equal(both[0], seen)
    assert both[1].shape == (len(PICTURES), *last.output.shape[1:])


def test_several_outputs_are_looked_at_together() -> None:
    model = residual(keras)
    wanted = [layer for layer in model.layers if "conv2d" in layer.name]
    looking = Model(inputs=model.inputs, outputs=[layer.output for layer in wanted])
    maps = looking.predict(PICTURES, verbose=0)
    assert [m.shape[1:] for m in maps] == [layer.output.shape[1:] for layer in wanted]
    assert isinstance(looking, Model) and looking.layers[0].name == "input_layer"
    for layer, seen in zip(wanted, maps, strict=True):
        alone = Model(model.input, model.get_layer(layer.name).output)
        np.testing.assert_array_equal(alone.predict(PICTURES, verbose=0), seen)
    np.testing.assert_allclose(looking(PICTURES)[0].numpy(), maps[0], atol=1e-6)
    for refused in (lambda: looking.compile("adam", "mse"), lambda: looking.summary()):
        with pytest.raises(HakseupError) as caught:
            refused()
        assert caught.value.code == "several-outputs"
    assert not hasattr(looking, "no_such_name")


def test_the_input_of_the_script_and_of_the_model_are_one() -> None:
    start = Input((6,))
    hidden = layers.Dense(4, name="hidden")(start)
    model = Model(start, layers.Dense(1)(hidden))
    for begin in (start, model.input, model.inputs):
        part = Model(begin, model.get_layer("hidden").output)
        assert part.output_shape == (None, 4)
    assert model.layers[1].input.shape == (None, 6)
    kernel, bias = model.layers[1].get_weights()
    np.testing.assert_array_equal(model.layers[1].kernel, kernel)
    assert model.layers[1].bias.numpy().tolist() == bias.tolist() and not hasattr(model.layers[1], "gamma")


def test_layers_of_keras_1_are_merged() -> None:
    start = Input((3,))
    parts = [layers.Dense(2)(start), layers.Dense(2)(start)]
    assert layers.merge(parts, mode="concat", concat_axis=1).shape == (None, 4)
    assert layers.merge(parts, mode="sum").shape == (None, 2)


def misfit() -> None:
    start = Input((4,))
    layers.Add()([layers.Dense(2)(start), layers.Dense(3)(start)])


def misfit_along() -> None:
    start = Input((4, 4, 1))
    layers.concatenate([layers.Conv2D(2, 3)(start), start])


def no_axis() -> None:
    start = Input((4,))
    layers.concatenate([start, layers.Dense(2)(start)], axis=3)


def two_inputs() -> None:
    layers.concatenate([Input((4,)), Input((4,))])


def model_of_two() -> None:
    one = Input((4,))
    Model([one, Input((3,))], layers.Dense(1)(one))


def siamese() -> None:
    start, dense = Input((4,)), layers.Dense(4)
    layers.add([dense(layers.Dense(4)(start)), dense(layers.Dense(4)(start))])


def listed() -> None:
    keras.Sequential([layers.Dense(3, input_shape=(3,)), layers.Add()])


def less_of_three() -> None:
    start = Input((4,))
    layers.subtract([start, start, start])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (misfit, "layer-does-not-fit"),
        (misfit_along, "layer-does-not-fit"),
        (no_axis, "layer-does-not-fit"),
        (two_inputs, "several-inputs"),
        (model_of_two, "several-inputs"),
        (siamese, "layer-twice"),
        (listed, "layer-does-not-fit"),
        (less_of_three, "layer-does-not-fit"),
    ],
)
def test_what_is_outside_is_refused_with_a_sentence(wrong: Any, code: str) -> None:
    with pytest.raises(HakseupError) as caught:
        wrong()
    assert caught.value.code == code
    with speak("ko"):
        assert any("가" <= letter <= "힣" for letter in str(caught.value))


def test_files_that_are_outside_are_refused(real: Any, tmp_path: Path) -> None:
    a, b = real.Input((4,)), real.Input((3,))
    shared = real.layers.Dense(2)
    outside = {
        "two": real.Model([a, b], real.layers.concatenate([a, b])),
        "ends": real.Model(a, [real.layers.Dense(2)(a), real.layers.Dense(1)(a)]),
        "shared": real.Model(a, real.layers.add([shared(a), shared(real.layers.Dense(4)(a))])),
    }
    for name, model in outside.items():
        for ending in ("keras", "h5"):
            model.save(tmp_path / f"{name}.{ending}")
            with pytest.raises(HakseupError) as caught:
                models.load_model(tmp_path / f"{name}.{ending}")
            assert caught.value.code == "functional-branches", name


@pytest.mark.parametrize(
    "change",
    [
        lambda layers: layers[-1]["inbound_nodes"][0]["args"][0]["config"].update(
            keras_history=["dense_9", 0, 0]
        ),
        lambda layers: layers[1]["inbound_nodes"][0]["args"][0]["config"].update(
            keras_history=["dense_2", 0, 0]
        ),
        lambda layers: layers[2].update(inbound_nodes=[3]),
        lambda layers: layers[2].update(inbound_nodes="none"),
    ],
)
def test_a_description_in_a_circle_or_with_holes_is_refused(change: Any) -> None:
    described = wide_and_deep(keras).get_config()
    change(described["layers"])
    with pytest.raises(HakseupError):
        keras.Sequential.from_config(described)


def test_the_picture_of_the_network_says_where_branches_come_from() -> None:
    svg = keras.utils.model_to_dot(residual(keras), show_shapes=True).create(format="svg").decode()
    assert "from activation, conv2d_2" in svg


def test_pixels_left_out_by_a_long_step_do_not_harm_the_gradient() -> None:
    x = RNG.random((300, 8, 8, 4)).astype("float32")  # the last row and column are left out
    model = keras.Sequential([layers.Conv2D(8, 1, strides=2, input_shape=(8, 8, 4)), layers.Flatten()])
    kernel, bias = model.layers[0].get_weights()
    expected = (x[:, ::2, ::2] @ kernel[0, 0] + bias).reshape(300, -1)
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, atol=1e-5)
    model.compile("sgd", "mse")
    model.fit(x, expected + 1, epochs=3, verbose=0)  # without the picking the process ended here
    assert (model.layers[0].bias > bias).all()
