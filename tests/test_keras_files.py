"""Model files: ours open in the real Keras, the real Keras' open here, and nothing in a file is executed."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from hakseup.errors import DataError, HakseupError, NetworkError, RunError
from hakseup.keras import config as switches
from hakseup.keras import files, initializers, losses, naming, optimizers, regularizers, utils
from hakseup.keras import models as keras_models
from hakseup.keras.constraints import MaxNorm
from hakseup.keras.files import archive, compiling, hdf5, legacy, whole
from hakseup.keras.files.config import from_keras, model_from_keras, to_keras
from hakseup.keras.layers import (
    ELU,
    LAYERS,
    Activation,
    AlphaDropout,
    AveragePooling2D,
    BatchNormalization,
    CenterCrop,
    Conv2D,
    Conv2DTranspose,
    Cropping2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GaussianDropout,
    GaussianNoise,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    GroupNormalization,
    Identity,
    Input,
    LayerNormalization,
    LeakyReLU,
    MaxPooling2D,
    Normalization,
    Permute,
    PReLU,
    RandomBrightness,
    RandomContrast,
    RandomCrop,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    ReLU,
    Rescaling,
    Reshape,
    Resizing,
    SeparableConv2D,
    Softmax,
    SpatialDropout2D,
    UpSampling2D,
    ZeroPadding2D,
)
from hakseup.keras.layers.merging import MERGING
from hakseup.keras.models import Sequential, load_model, model_from_json, model_from_yaml
from hakseup.keras.regularizers import L1, L1L2, L2
from hakseup.layers import EfficientNetLite0, Layer

PICTURE, ROW = (8, 9, 3), (7,)
CASES: dict[str, tuple[tuple[int, ...], list[Layer]]] = {
    "dense": (ROW, [Dense(5, "relu"), Dense(3, "softmax", use_bias=False)]),
    "sigmoid": (ROW, [Dense(4, "tanh", name="first"), Dropout(0.3), Dense(1, "sigmoid")]),
    "norm": (ROW, [BatchNormalization(momentum=0.9, epsilon=1e-4), Dense(2)]),
    "bare norm": (ROW, [BatchNormalization(center=False, scale=False), Dense(2)]),
    "half norm": (ROW, [BatchNormalization(scale=False), Dense(2), BatchNormalization(center=False)]),
    "conv": (PICTURE, [Conv2D(4, 3, activation="relu"), MaxPooling2D(2), Flatten(), Dense(3, "softmax")]),
    "conv same": (
        PICTURE,
        [Conv2D(4, (3, 2), (2, 1), "same"), BatchNormalization(), Activation("elu"), Flatten()],
    ),
    "conv dilated": (
        PICTURE,
        [Conv2D(6, 2, dilation_rate=2, groups=3, use_bias=False), GlobalMaxPooling2D()],
    ),
    "pool": (PICTURE, [AveragePooling2D(3, 2), Conv2D(2, 1), GlobalAveragePooling2D(keepdims=True)]),
    "twice": (PICTURE, [Rescaling(1 / 255, 0.5), Conv2D(2, 2), Conv2D(3, 2), Flatten(), Dense(4), Dense(2)]),
    "dense picture": (PICTURE, [Dense(4, "softplus"), Flatten(), Dense(2, kernel_initializer="he_normal")]),
    "shapes": (
        PICTURE,
        [ZeroPadding2D(((1, 0), (2, 1))), UpSampling2D((2, 3)), Conv2D(2, 3, 2), Reshape((-1,)), Dense(2)],
    ),
    "bilinear": (
        PICTURE,
        [UpSampling2D(2, interpolation="bilinear"), GlobalAveragePooling2D(), Reshape((3, 1)), Flatten()],
    ),
    "bends": (
        ROW,
        [Dense(4), LeakyReLU(0.1), Dense(4), ELU(0.7), Dense(4), ReLU(6.0, 0.1), Dense(3), Softmax()],
    ),
    "bent inside": (ROW, [Dense(4, LeakyReLU(0.1)), Dense(4, ELU(0.5)), Activation(LeakyReLU(0.3))]),
    "seldom": (
        PICTURE,
        [
            Cropping2D(((1, 0), (2, 1))),
            PReLU(shared_axes=[1, 2]),
            SpatialDropout2D(0.2),
            Flatten(),
            PReLU("glorot_uniform"),
            AlphaDropout(0.1),
            GaussianDropout(0.1),
            Dense(2),
        ],
    ),
    "arranged": (
        PICTURE,
        [
            CenterCrop(6, 7),
            RandomCrop(6, 7),
            Identity(),
            Resizing(5, 6),
            Permute((2, 1, 3)),
            Conv2D(2, (3, 1)),
            Flatten(),
            Dense(2),
        ],
    ),
    "layer norm": (
        PICTURE,
        [LayerNormalization(epsilon=0.01), GaussianNoise(0.2), Flatten(), LayerNormalization(scale=False)],
    ),
    "bounded": (ROW, [Dense(4, kernel_constraint=MaxNorm(2, axis=0)), Dense(2, bias_constraint="non_neg")]),
    "varied": (
        PICTURE,
        [RandomFlip("horizontal"), RandomRotation(0.1), RandomZoom((-0.2, 0.1)), Flatten(), Dense(2)],
    ),
    "contrast": (
        PICTURE,
        [RandomTranslation(0.1, 0.2), RandomContrast(0.2), RandomBrightness(0.2), Flatten(), Dense(2)],
    ),
    "groups": (
        PICTURE,
        [
            Conv2D(4, 2),
            GroupNormalization(2, epsilon=0.01),
            Flatten(),
            GroupNormalization(2, scale=False),
            Dense(2),
        ],
    ),
    "by channel": (
        PICTURE,
        [
            SeparableConv2D(4, 2, activation="relu"),
            DepthwiseConv2D(2, depth_multiplier=2),
            Conv2DTranspose(3, 3, strides=2, padding="same", activation="elu"),
            Flatten(),
            Dense(2),
        ],
    ),
    "scaled": (ROW, [Normalization(), Dense(4), Normalization(mean=[1.0] * 4, variance=[4.0] * 4), Dense(2)]),
    "kept small": (
        ROW,
        [
            Dense(
                4,
                kernel_regularizer=L2(0.125),
                bias_regularizer=L1L2(0.125, 0.25),
                activity_regularizer=L1(0.5),
            ),
            Dense(2, trainable=False, kernel_initializer=initializers.RandomNormal(0.0, 0.25, seed=4)),
        ],
    ),
}
ENDINGS = ["model.keras", "model.h5", "weights.best.hdf5"]


def test_every_layer_stands_in_a_case() -> None:
    used = {layer.type for _shape, layers in CASES.values() for layer in layers}
    merging = {kind.__name__ for kind in MERGING}  # see test_keras_branches
    assert used | merging | {"Input"} == set(LAYERS)


@pytest.fixture(scope="session")
def keras() -> Any:
    """The real Keras on its PyTorch backend."""
    os.environ["KERAS_BACKEND"] = "torch"
    return pytest.importorskip("keras", reason="the real Keras is in the dev extra")


def inputs(shape: tuple[int, ...], n: int = 5) -> np.ndarray:
    return np.random.default_rng(7).uniform(-1, 1, (n, *shape)).astype(np.float32)


@pytest.fixture(autouse=True)
def as_keras_reckons() -> Iterator[None]:
    """float32, and names that begin anew."""
    naming.reset()
    switches.set_dtype_policy("float32")
    yield
    switches.set_dtype_policy(None)


def with_input(shape: tuple[int, ...], *layers: Layer) -> Sequential:
    """The model of these layers on this shape; no weight has its first value."""
    return shaken(Sequential([Input(shape), *layers], name="mine"))


def shaken(model: Sequential, seed: int = 3) -> Sequential:
    random = np.random.default_rng(seed)
    model.set_weights([random.uniform(0.05, 0.4, w.shape) for w in model.get_weights()])
    return model


def numbers(model: Sequential, x: np.ndarray) -> np.ndarray:
    return model.predict(x, verbose=0)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("case", CASES)
def test_ours_opens_in_the_real_keras(keras: Any, case: str, ending: str, tmp_path: Path) -> None:
    shape, layers = CASES[case]
    model = with_input(shape, *layers)
    files.save(model, tmp_path / ending)
    theirs = keras.models.load_model(tmp_path / ending)
    np.testing.assert_allclose(
        theirs.predict(inputs(shape), verbose=0), numbers(model, inputs(shape)), rtol=1e-5, atol=1e-5
    )
    assert [layer.name for layer in theirs.layers] == [layer.name for layer in model.layers]


@pytest.mark.parametrize("ending", ["model.keras", "model.h5"])
@pytest.mark.parametrize("case", CASES)
def test_the_real_keras_opens_here(keras: Any, case: str, ending: str, tmp_path: Path) -> None:
    shape, layers = CASES[case]
    model = with_input(shape, *layers)
    made = keras.models.model_from_json(json.dumps(_description(model)))
    if ending == "model.h5" and case in ("varied", "contrast"):
        pytest.skip("Keras 3.15 cannot write these layers into .h5 itself")
    made.set_weights(shaken(model, 5).get_weights())
    made.save(tmp_path / ending)
    ours = load_model(tmp_path / ending)
    assert [layer.config() for layer in ours.layers] == [layer.config() for layer in model.layers]
    np.testing.assert_allclose(
        numbers(ours, inputs(shape)), made.predict(inputs(shape), verbose=0), rtol=1e-5, atol=1e-5
    )
    np.testing.assert_allclose(
        numbers(ours, inputs(shape)), numbers(model, inputs(shape)), rtol=1e-5, atol=1e-5
    )


def _description(model: Sequential) -> dict[str, Any]:
    content = archive.pack(model)
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        described: dict[str, Any] = json.loads(opened.read("config.json"))
    return described


@pytest.mark.parametrize("ending", ["w.weights.h5", "w.h5"])
def test_weights_alone_go_both_ways(keras: Any, ending: str, tmp_path: Path) -> None:
    shape, layers = CASES["conv same"]
    model = with_input(shape, *layers)
    files.save_weights(model, tmp_path / ending)
    theirs = keras.models.model_from_json(json.dumps(_description(model)))
    theirs.load_weights(tmp_path / ending)
    np.testing.assert_allclose(
        theirs.predict(inputs(shape), verbose=0), numbers(model, inputs(shape)), rtol=1e-5, atol=1e-5
    )
    theirs.set_weights([2 * w for w in theirs.get_weights()])
    theirs.save_weights(tmp_path / "back.weights.h5")
    files.load_weights(model, tmp_path / "back.weights.h5")
    np.testing.assert_allclose(
        numbers(model, inputs(shape)), theirs.predict(inputs(shape), verbose=0), rtol=1e-5
    )


@pytest.mark.parametrize("ending", ["model.keras", "model.h5"])
def test_a_trained_model_comes_with_its_optimizer(keras: Any, ending: str, tmp_path: Path) -> None:
    shape, layers = CASES["norm"]
    model = with_input(shape, *layers)
    theirs = keras.models.model_from_json(json.dumps(_description(model)))
    theirs.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    x, y = inputs(shape, 8), inputs((2,), 8)
    theirs.fit(x, y, epochs=2, verbose=0, batch_size=4, shuffle=False)
    if (
        ending == "model.h5"
    ):  # Keras 3 cannot read the short name in its own HDF5 files; ours says the long one
        with pytest.raises(ValueError, match="mse"):
            theirs.save(tmp_path / ending)
            keras.models.load_model(tmp_path / ending)
    theirs.save(tmp_path / ending)
    stored = (
        archive.unpack(tmp_path / ending) if ending.endswith("keras") else whole.unpack(tmp_path / ending)
    )
    state = [np.asarray(v) for v in theirs.optimizer.variables]
    assert stored.optimizer is not None and stored.compiled is not None
    for (_name, own), other in zip(stored.optimizer, state, strict=True):
        np.testing.assert_array_equal(own, other)
    assert stored.compiled["optimizer"]["class_name"] == "Adam"
    assert stored.compiled["loss"] == "mse"
    # ours goes on from it as the real Keras does from its own, and the real one from ours
    ours = load_model(tmp_path / ending)
    files.save(ours, tmp_path / f"back-{ending}")
    again = keras.models.load_model(tmp_path / f"back-{ending}")
    for trained in [ours, theirs] + ([again] if ending == "model.keras" else []):
        # from an .h5 file Keras 3 cannot go on, not from its own either (3.15.1)
        trained.fit(x, y, epochs=2, verbose=0, batch_size=4, shuffle=False)
    np.testing.assert_allclose(numbers(ours, x), theirs.predict(x, verbose=0), atol=1e-5)
    if ending == "model.keras":
        np.testing.assert_allclose(again.predict(x, verbose=0), theirs.predict(x, verbose=0), atol=1e-6)


@pytest.mark.parametrize(
    ("optimizer", "loss", "metrics"),
    [
        ("rmsprop", "categorical_crossentropy", ["accuracy"]),
        (optimizers.SGD(0.1, momentum=0.9), "mse", ["mae", "mse"]),
        (
            optimizers.Adam(optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)),
            "categorical_crossentropy",
            ["AUC"],
        ),
        (optimizers.Nadam(weight_decay=0.1), "binary_crossentropy", None),
    ],
)
@pytest.mark.parametrize("ending", ["model.keras", "model.h5"])
def test_what_was_compiled_goes_both_ways(
    keras: Any, optimizer: Any, loss: str, metrics: Any, ending: str, tmp_path: Path
) -> None:
    model = with_input(ROW, Dense(3, "softmax"))
    model.compile(optimizer, loss, metrics=metrics)
    x, y = inputs(ROW, 8), np.eye(3)[np.arange(8) % 3]
    model.fit(x, y, verbose=0, shuffle=False)
    expected = model.evaluate(x, y, verbose=0, return_dict=True)
    model.save(tmp_path / ending)
    theirs = keras.models.load_model(tmp_path / ending)
    found = theirs.evaluate(x, y, verbose=0, return_dict=True)
    assert list(found.values()) == pytest.approx(list(expected.values()), rel=1e-4)
    back = load_model(tmp_path / ending)
    assert back.evaluate(x, y, verbose=0, return_dict=True) == pytest.approx(expected, rel=1e-6)
    for (_name, one), (_other, two) in zip(
        back.optimizer_state() or [], model.optimizer_state() or [], strict=True
    ):
        np.testing.assert_array_equal(one, two)
    back.fit(x, y, verbose=0, shuffle=False)
    model.fit(x, y, verbose=0, shuffle=False)
    np.testing.assert_array_equal(numbers(back, x), numbers(model, x))


def test_a_network_in_which_nothing_learns(tmp_path: Path) -> None:
    model = Sequential([Input(PICTURE), MaxPooling2D(), Flatten()])
    model.compile("adam", "mse")
    for ending in ENDINGS:
        model.save(tmp_path / ending)
        np.testing.assert_array_equal(
            numbers(load_model(tmp_path / ending), inputs(PICTURE)), numbers(model, inputs(PICTURE))
        )


def test_ones_own_loss_is_given_again(tmp_path: Path) -> None:
    def own_loss(truth: Any, guess: Any) -> Any:
        return (truth - guess).abs().mean(-1)

    model = with_input(ROW, Dense(3))
    model.compile("sgd", own_loss)
    model.save(tmp_path / "m.keras")
    with pytest.raises(HakseupError, match="own_loss"):
        load_model(tmp_path / "m.keras")
    assert not load_model(tmp_path / "m.keras", compile=False).trained
    back = load_model(tmp_path / "m.keras", custom_objects={"own_loss": own_loss})
    x, y = inputs(ROW), inputs((3,))
    assert back.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)
    with utils.custom_object_scope({"own_loss": own_loss}):
        assert load_model(tmp_path / "m.keras").evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)
    with pytest.raises(HakseupError, match="own_loss"):  # outside the scope
        load_model(tmp_path / "m.keras")


class Shrinking(regularizers.Regularizer):
    """As people write one of their own."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, x: Any) -> Any:
        return (self.factor * x).abs().sum()

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor}


class Far(losses.Loss):
    """A loss of one's own with a number."""

    def __init__(self, threshold: float = 1.0, **named: Any) -> None:
        self.threshold = threshold
        super().__init__(**named)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return (y_true - y_pred).abs().clamp(max=self.threshold).mean(-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "threshold": self.threshold}


def started(shape: Any, dtype: Any = None) -> Any:
    """First weights of one's own, in Keras' layout."""
    return np.arange(np.prod(shape)).reshape(shape)


def shrunk(w: Any) -> Any:
    """A regulariser of one's own."""
    return w.abs().sum()


def positive(w: Any) -> Any:
    """A constraint of one's own."""
    return w.clamp(min=0)


def test_parts_of_ones_own_are_given_again(tmp_path: Path) -> None:
    parts = {
        "kernel_initializer": started,
        "kernel_regularizer": Shrinking(0.5),
        "kernel_constraint": positive,
    }
    model = with_input(ROW, Dense(3, **parts), Dense(1, kernel_regularizer=shrunk))
    model.compile("sgd", Far(2.0))
    own = {thing.__name__: thing for thing in (started, Shrinking, positive, shrunk, Far)}
    for ending in ENDINGS:
        model.save(tmp_path / ending)
        with pytest.raises(HakseupError, match=r"(?s)Shrinking.*custom_objects"):
            load_model(tmp_path / ending)
        back = load_model(tmp_path / ending, custom_objects=own)
        assert back.loss.threshold == 2 and back.layers[0].kernel_regularizer.factor == 0.5
        assert back.evaluate(inputs(ROW), inputs((1,)), verbose=0) == model.evaluate(
            inputs(ROW), inputs((1,)), verbose=0
        )
        assert back.layers[0].kernel_constraint is positive
    with pytest.raises(HakseupError, match=r"(?s)Shrinking.*custom_objects"):
        model_from_json(model.to_json())
    described = [model_from_json(model.to_json(), own), Sequential.from_config(model.get_config(), own)]
    for made in (*described, keras_models.clone_model(model)):  # a clone needs no names
        assert (
            made.layers[0].kernel_regularizer.factor == 0.5 and made.layers[0].kernel_constraint is positive
        )
        assert (
            made.get_weights()[0].tolist() == started(model.get_weights()[0].shape).tolist()
            and made.layers[0] is not model.layers[0]
        )
    with pytest.raises(HakseupError, match="program code"):
        with_input(ROW, Dense(3, kernel_constraint=lambda w: w)).save(tmp_path / "m.keras")


def test_what_loading_weights_gave_in_tensorflow_2(tmp_path: Path) -> None:
    model = with_input(ROW, Dense(3))
    model.save_weights(tmp_path / "m.weights.h5")
    model.load_weights(tmp_path / "m.weights.h5").expect_partial().assert_consumed()


def test_ours_goes_round(tmp_path: Path) -> None:
    shape, layers = CASES["twice"]
    model = with_input(shape, *layers)
    for ending in [*ENDINGS, "no-ending"]:
        files.save(model, tmp_path / "new" / "folder" / ending)
        back = load_model(tmp_path / "new" / "folder" / ending)
        assert [layer.config() for layer in back.layers] == [layer.config() for layer in model.layers]
        assert back.name == "mine"
        np.testing.assert_array_equal(numbers(back, inputs(shape)), numbers(model, inputs(shape)))
    other = shaken(Sequential([Input(shape), *layers]), 9)
    files.load_weights(other, tmp_path / "new" / "folder" / "model.keras")
    np.testing.assert_array_equal(numbers(other, inputs(shape)), numbers(model, inputs(shape)))


# --- files of Keras 1 and 2, built from their documented layout ------------------------------------------------


def old_file(
    path: Path, config: Any, weights: dict[str, list[tuple[str, np.ndarray]]], **attributes: Any
) -> None:
    """A whole model as `save_model_to_hdf5` of Keras 1 and 2 laid it out."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = np.bytes_(attributes.pop("keras_version", "2.2.4"))
        file.attrs["model_config"] = np.bytes_(json.dumps({"class_name": "Sequential", "config": config}))
        for name, value in attributes.items():
            file.attrs[name] = np.bytes_(json.dumps(value))
        top = file.create_group("model_weights")
        top.attrs["layer_names"] = [name.encode() for name in weights]
        top.attrs["backend"] = b"tensorflow"
        for name, variables in weights.items():
            group = top.create_group(name)
            group.attrs["weight_names"] = [own.encode() for own, _array in variables]
            for own, array in variables:
                group[own] = array


def test_a_file_of_keras_2(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    kernel, bias = random.normal(size=(4, 3)).astype("f4"), random.normal(size=3).astype("f4")
    out, offset = random.normal(size=(3, 1)).astype("f4"), np.zeros(1, "f4")
    scaling = {
        "class_name": "VarianceScaling",
        "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None},
    }
    first = {
        "name": "dense_1", "trainable": True, "batch_input_shape": [None, 4], "dtype": "float32", "units": 3,
        "activation": "relu", "use_bias": True, "kernel_initializer": scaling,
        "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": None,
        "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None, "bias_constraint": None,
    }  # fmt: skip
    second = first | {"name": "dense_2", "units": 1, "activation": "sigmoid"}
    del second["batch_input_shape"]
    layers = [
        {"class_name": "Dense", "config": first},
        {"class_name": "Dropout", "config": {"name": "dropout_1", "trainable": True, "rate": 0.5, "noise_shape": None, "seed": None}},
        {"class_name": "Dense", "config": second},
    ]  # fmt: skip
    weights = {
        "dense_1": [("dense_1/kernel:0", kernel), ("dense_1/bias:0", bias)],
        "dropout_1": [],
        "dense_2": [("dense_2/kernel:0", out), ("dense_2/bias:0", offset)],
    }
    x = random.normal(size=(6, 4)).astype("f4")
    expected = 1 / (1 + np.exp(-(np.maximum(x @ kernel + bias, 0) @ out + offset)))
    for number, config in enumerate([layers, {"name": "sequential_1", "layers": layers}]):
        old_file(tmp_path / f"{number}.hdf5", config, weights)
        model = load_model(tmp_path / f"{number}.hdf5")
        np.testing.assert_allclose(numbers(model, x), expected, atol=1e-6)
        assert [layer.name for layer in model.layers] == ["dense_1", "dropout_1", "dense_2"]
        assert model.layers[0].config() == Dense(3, "relu", name="dense_1").config()


def test_a_file_of_keras_1(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    kernel, bias = random.normal(size=(2, 3, 1, 4)).astype("f4"), random.normal(size=4).astype("f4")
    dense = random.normal(size=(4, 2)).astype("f4")
    layers = [
        {"class_name": "Convolution2D", "config": {
            "name": "convolution2d_1", "trainable": True, "batch_input_shape": [None, 5, 6, 1], "input_dtype": "float32",
            "nb_filter": 4, "nb_row": 2, "nb_col": 3, "subsample": [1, 1], "border_mode": "valid", "dim_ordering": "tf",
            "init": "glorot_uniform", "activation": "relu", "W_regularizer": None, "b_regularizer": None,
            "activity_regularizer": None, "W_constraint": None, "b_constraint": None, "bias": True}},
        {"class_name": "MaxPooling2D", "config": {
            "name": "maxpooling2d_1", "trainable": True, "pool_size": [4, 4], "strides": [4, 4], "border_mode": "valid",
            "dim_ordering": "tf"}},
        {"class_name": "Flatten", "config": {"name": "flatten_1", "trainable": True}},
        {"class_name": "Dropout", "config": {"name": "dropout_1", "trainable": True, "p": 0.25}},
        {"class_name": "Dense", "config": {
            "name": "dense_1", "trainable": True, "output_dim": 2, "init": "normal", "activation": "softmax",
            "W_regularizer": None, "b_regularizer": None, "activity_regularizer": None, "W_constraint": None,
            "b_constraint": None, "bias": True, "input_dim": None}},
    ]  # fmt: skip
    weights = {
        "convolution2d_1": [("convolution2d_1_W", kernel), ("convolution2d_1_b", bias)],
        "maxpooling2d_1": [], "flatten_1": [], "dropout_1": [],
        "dense_1": [("dense_1_W", dense), ("dense_1_b", np.zeros(2, "f4"))],
    }  # fmt: skip
    old_file(tmp_path / "old.h5", layers, weights, keras_version="1.2.2")
    model = load_model(tmp_path / "old.h5")
    x = random.normal(size=(3, 5, 6, 1)).astype("f4")
    windows = np.lib.stride_tricks.sliding_window_view(x[..., 0], (2, 3), (1, 2))
    seen = np.maximum(np.einsum("nhwij,ijk->nhwk", windows, kernel[:, :, 0]) + bias, 0)
    scores = seen[:, :4, :4].max((1, 2)) @ dense
    expected = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    np.testing.assert_allclose(numbers(model, x), expected, rtol=1e-5, atol=1e-5)
    first = Conv2D(4, (2, 3), activation="relu", name="convolution2d_1")
    assert model.layers[0].config() == first.config()
    assert (
        model.layers[4].config() == Dense(2, "softmax", kernel_initializer="normal", name="dense_1").config()
    )


def test_theano_turned_its_kernels(tmp_path: Path) -> None:
    model = with_input((4, 4, 1), Conv2D(2, 3, use_bias=False))
    before = model.layer_weights()[0][1][0][1]
    files.save_weights(model, tmp_path / "w.h5")
    with h5py.File(tmp_path / "w.h5", "a") as file:
        file.attrs["backend"] = "theano"
    files.load_weights(model, tmp_path / "w.h5")
    np.testing.assert_array_equal(model.layer_weights()[0][1][0][1], before[::-1, ::-1])


def test_the_optimizer_of_keras_2_in_todays_order() -> None:
    shapes = [(3, 2), (2,)]
    first, second = [np.full(s, 1.0) for s in shapes], [np.full(s, 2.0) for s in shapes]
    old = [("iterations", np.int64(9)), *[("m", a) for a in first], *[("v", a) for a in second]]
    vhat = [("vhat", np.zeros(1)), ("vhat", np.zeros(1))]
    state = legacy.optimizer_state([(n, np.asarray(a)) for n, a in [*old, *vhat]], shapes, 0.25)
    assert state is not None
    assert [(n, a.shape, float(a.flat[0])) for n, a in state] == [
        ("iteration", (), 9), ("learning_rate", (), 0.25), ("m", (3, 2), 1), ("v", (3, 2), 2), ("m", (2,), 1), ("v", (2,), 2),
    ]  # fmt: skip
    assert legacy.optimizer_state(old[:-1], shapes, 0.25) is None
    assert legacy.optimizer_state([("a", np.zeros((3, 3))), ("b", np.zeros(2))], shapes, 0.25) is None


def test_what_tensorflows_keras_compiled_with_is_understood() -> None:
    wrapped = {
        "class_name": "MeanMetricWrapper",
        "config": {"name": "accuracy", "dtype": "float32", "fn": "binary_accuracy"},
    }
    function = {
        "module": "builtins",
        "class_name": "function",
        "config": "mse",
        "registered_name": "function",
    }
    given = legacy.compile_config(
        {"optimizer_config": {"class_name": "SGD", "config": {"learning_rate": 0.5}}, "loss": function, "metrics": [[wrapped, "mae"]]}
    )  # fmt: skip
    arguments = compiling.arguments(given, {})
    assert arguments["loss"] == "mse" and arguments["metrics"] == ["accuracy", "mae"]
    assert arguments["optimizer"] == {"class_name": "SGD", "config": {"learning_rate": 0.5}}
    own = compiling.arguments(given, {"mse": abs})
    assert own["loss"] is abs
    for evil in (
        {"class_name": "__lambda__", "config": {}},
        function | {"class_name": "X", "module": "__main__"},
    ):
        with pytest.raises(NetworkError, match="custom_objects"):
            compiling.arguments(given | {"loss": evil}, {})


# --- what is refused ---------------------------------------------------------------------------------------------


def entry(
    class_name: str, module: str = "keras.layers", registered: str | None = None, **config: Any
) -> dict[str, Any]:
    return {"module": module, "class_name": class_name, "config": config, "registered_name": registered}


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (entry("Lambda", name="sneaky", function={"class_name": "__lambda__", "config": {"code": "4wEA"}}), "sneaky"),
        (entry("MyLayer", "my_project.layers", "Custom>MyLayer"), "my_project.layers.MyLayer"),
        (entry("Dense", "os", units=3), "os.Dense"),
        (entry("Dense", "kerasx.layers", units=3), "kerasx.layers.Dense"),
        (entry("Dense", registered="package>Dense", units=3), "package>Dense"),
        (entry("LSTM", units=3), "LSTM"),
        (entry("Dense", units=3, activation=entry("function", "evil", "system") | {"config": "system"}), "evil"),
        (entry("Dense", units=3, kernel_initializer={"class_name": "__lambda__", "config": {}}), "__lambda__"),
        (entry("Conv2D", filters=2, kernel_size=[3, 3], data_format="channels_first"), "channels_last"),
        (entry("Dense", units=3, wobble=7), "wobble"),
        (entry("Dense"), "units"),
    ],
)  # fmt: skip
def test_what_is_not_keras_own_is_refused_by_name(layer: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=said.replace(".", r"\.")):
        from_keras(layer)
    first = entry("InputLayer", batch_shape=[None, 4])
    config = entry("Sequential", "keras", name="s", layers=[first, layer])
    with zipfile.ZipFile(tmp_path / "bad.keras", "w") as opened:
        opened.writestr("config.json", json.dumps(config))
        opened.writestr("model.weights.h5", b"")
    with pytest.raises(NetworkError):
        load_model(tmp_path / "bad.keras")


def test_junk_in_a_description_is_an_error_with_a_sentence() -> None:
    """Any value of a real description replaced by any other: a model or a HakseupError, nothing else."""
    random = np.random.default_rng(0)
    junk: list[Any] = [
        None, True, -1, 0, 10**12, 0.5, float("nan"), "", "x", "../x", [], [None], [3, -2], {}, {"class_name": "X"},
        {"class_name": "Zeros", "config": 3}, {"class_name": "L2", "config": {"l2": "x"}},
        {"class_name": "function", "config": []},
    ]  # fmt: skip
    described = [
        _description(with_input(CASES[name][0], *CASES[name][1])) for name in ("kept small", "conv same")
    ]
    outcomes = {"model": 0, "sentence": 0}
    for number in range(600):
        changed = json.loads(json.dumps(described[number % 2]))
        places = list(_places(changed))
        holder, key = places[random.integers(len(places))]
        holder[key] = junk[random.integers(len(junk))]
        try:
            model_from_keras(changed)
            outcomes["model"] += 1
        except HakseupError:
            outcomes["sentence"] += 1
    assert min(outcomes.values()) > 50


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a JSON value, as what holds it and the key."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


@pytest.mark.parametrize(
    "value",
    [None, [], {"class_name": 3}, {"class_name": "Sequential"}, {"class_name": "Functional", "config": {}}],
)
def test_what_is_no_sequential_model_is_refused(value: Any) -> None:
    with pytest.raises(NetworkError):
        model_from_keras(value)


def test_an_open_shape_is_refused() -> None:
    layers = [entry("InputLayer", batch_shape=[None, None, None, 3]), entry("GlobalMaxPooling2D")]
    with pytest.raises(NetworkError, match="None"):
        model_from_keras(entry("Sequential", "keras", name="s", layers=layers))


def test_damaged_and_foreign_files_are_said_to_be(tmp_path: Path) -> None:
    shape, layers = CASES["conv"]
    model = with_input(shape, *layers)
    for ending in ("model.keras", "model.h5", "w.weights.h5"):
        whole = tmp_path / ending
        (files.save_weights if ending.startswith("w") else files.save)(model, whole)
        content = whole.read_bytes()
        for cut in (0, 10, len(content) // 3, len(content) - 40):
            whole.write_bytes(content[:cut])
            for load in (lambda: load_model(whole), lambda: files.load_weights(model, whole)):  # noqa: B023
                with pytest.raises(HakseupError):
                    load()
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04cos\nsystem\n")
    (tmp_path / "saved_model").mkdir()
    (tmp_path / "cp.ckpt.index").write_bytes(b"")
    for name, said in (
        ("model.pkl", "neither"),
        ("saved_model", "SavedModel"),
        ("cp.ckpt", "checkpoint"),
        ("none.h5", "no file"),
    ):
        with pytest.raises(DataError, match=said):
            load_model(tmp_path / name)
    files.save_weights(model, tmp_path / "only.h5")
    with pytest.raises(DataError, match="load_weights"):
        load_model(tmp_path / "only.h5")


def test_what_a_model_was_compiled_with_may_be_damaged(tmp_path: Path) -> None:
    model = with_input((4,), Dense(3))
    model.compile("adam", "mse")
    place = tmp_path / "model.h5"
    model.save(place)
    with h5py.File(place) as file:
        kept = json.loads(file.attrs["training_config"])
    for changed in (
        [1],
        3,
        kept | {"loss": {"class_name": "Huber", "config": {"class_name": "X"}}},
        kept | {"metrics": [{"class_name": "AUC", "config": {"curves": 3}}]},
        kept | {"optimizer_config": {"class_name": "Adam", "config": 3}},
    ):
        with h5py.File(place, "a") as file:
            file.attrs["training_config"] = json.dumps(changed)
        with pytest.raises(HakseupError):
            load_model(place)


def test_no_link_leads_out_of_a_file(tmp_path: Path) -> None:
    model = with_input(ROW, Dense(2, name="dense"))
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["numbers"] = np.ones((7, 2), "f4")
    raw = tmp_path / "raw.bin"
    raw.write_bytes(np.ones((7, 2), "f4").tobytes())

    def tamper(change: Any) -> None:
        files.save_weights(model, tmp_path / "w.weights.h5")
        with h5py.File(tmp_path / "w.weights.h5", "a") as file:
            variables = file["layers/dense/vars"]
            del variables["0"]
            change(variables)
        with pytest.raises(DataError, match="refused") as caught:
            files.load_weights(model, tmp_path / "w.weights.h5")
        assert caught.value.code == "refused-model-file"

    def external(group: Any) -> None:
        group["0"] = h5py.ExternalLink(str(secret), "numbers")

    def elsewhere(group: Any) -> None:
        group.create_dataset("0", (7, 2), "f4", external=[(str(raw), 0, h5py.h5f.UNLIMITED)])

    def virtual(group: Any) -> None:
        layout = h5py.VirtualLayout((7, 2), "f4")
        layout[:] = h5py.VirtualSource(str(secret), "numbers", (7, 2))
        group.create_virtual_dataset("0", layout)

    def soft(group: Any) -> None:
        group["0"] = h5py.SoftLink("/layers/dense/vars/1")

    def bomb(group: Any) -> None:
        group.create_dataset("0", (1 << 20, 1 << 20), "f4", chunks=(1 << 10, 1 << 10), compression="gzip")

    def objects(group: Any) -> None:
        group["0"] = ["a", "b"]

    for change in (external, elsewhere, virtual, soft, bomb, objects):
        tamper(change)


def test_weights_that_do_not_fit_name_layer_and_shapes(tmp_path: Path) -> None:
    model = with_input(ROW, Dense(4), Dense(2))
    for ending in ("w.h5", "w.weights.h5"):
        files.save_weights(model, tmp_path / ending)
        with pytest.raises(
            DataError, match=r"'dense_\d' has \(4, 3\), \(3,\), the file has \(4, 2\), \(2,\)"
        ):
            files.load_weights(with_input(ROW, Dense(4), Dense(3)), tmp_path / ending)
        with pytest.raises(DataError, match=r"of 2 layers .*has 1"):
            files.load_weights(with_input(ROW, Dense(4)), tmp_path / ending)
        other = Sequential([Input(ROW), Dense(4), Dense(3)])
        last = other.layer_weights()[1][1][0][1]
        files.load_weights(other, tmp_path / ending, skip_mismatch=True)
        np.testing.assert_array_equal(other.layer_weights()[0][1][0][1], model.layer_weights()[0][1][0][1])
        np.testing.assert_array_equal(other.layer_weights()[1][1][0][1], last)


def test_by_name_only_what_is_called_the_same(tmp_path: Path) -> None:
    files.save_weights(with_input(ROW, Dense(4, name="a"), Dense(2, name="b")), tmp_path / "w.h5")
    other = Sequential([Input(ROW), Dense(4, name="a"), Dense(2, name="c")])
    kept = other.layer_weights()[1][1][0][1]
    files.load_weights(other, tmp_path / "w.h5", by_name=True)
    assert other.layer_weights()[0][1][0][1].min() >= 0.05  # shaken weights are
    np.testing.assert_array_equal(other.layer_weights()[1][1][0][1], kept)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    model = with_input(ROW, Dense(2))
    files.save(model, tmp_path / "m.keras")
    before = (tmp_path / "m.keras").read_bytes()
    with pytest.raises(DataError, match="exists"):
        files.save(model, tmp_path / "m.keras", overwrite=False)
    with pytest.raises(RunError):
        files.save(model, tmp_path / "m.keras" / "inside.h5")
    with pytest.raises(NetworkError, match="no weights"):
        files.save(Sequential([Dense(2)]), tmp_path / "m.keras")
    assert (tmp_path / "m.keras").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.keras"]


def test_an_optimizer_of_another_kind_begins_afresh(tmp_path: Path) -> None:
    model = with_input(ROW, Dense(2))
    model.compile("sgd", "mse")
    files.save_weights(model, tmp_path / "w.weights.h5")
    model.optimizer.learning_rate = 0.5
    files.load_weights(model, tmp_path / "w.weights.h5")
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)
    model.compile("adam", "mse")
    with pytest.warns(UserWarning, match="begins afresh"):
        files.load_weights(model, tmp_path / "w.weights.h5")


def test_many_names_are_cut_into_pieces(tmp_path: Path) -> None:
    names = [f"layer_{number:05d}_{'x' * 40}" for number in range(3000)]
    with h5py.File(tmp_path / "n.h5", "w") as file:
        hdf5.put_names(file, "layer_names", names)
        assert "layer_names" not in file.attrs and "layer_names2" in file.attrs
        assert hdf5.names(file, "layer_names") == names


def test_layers_go_to_json_and_back() -> None:
    for shape, layers in CASES.values():
        for layer in layers:
            written = json.loads(json.dumps(to_keras(layer, "called")))
            assert from_keras(written).config() == layer.config() | {"name": "called"}
        model = with_input(shape, *layers)
        assert model_from_json(model.to_json()).to_json() == model.to_json()
        assert model_from_yaml(model.to_yaml()).to_json() == model.to_json()


def test_yaml_of_keras_2_is_read_and_nothing_in_it_is_executed() -> None:
    layer = "  - class_name: Dense\n    config:\n      batch_input_shape: !!python/tuple [null, 3]\n      units: 2\n"
    made = model_from_yaml(f"class_name: Sequential\nconfig:\n  layers:\n{layer}")
    assert made.count_params() == 8
    for text in ("!!python/object/apply:os.getcwd []", "a: [", "only words", ""):
        with pytest.raises(NetworkError):
            model_from_yaml(text)


def test_what_keras_does_not_have_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="EfficientNetLite0"):
        to_keras(EfficientNetLite0(), "backbone")
    with pytest.raises(NetworkError, match="function of your own"):
        to_keras(Dense(2, kernel_regularizer=lambda w: w.sum()), "own")


@pytest.mark.parametrize("kind", ["Sequential", "Functional"])
def test_a_config_has_the_keys_that_keras_writes(keras: Any, kind: str) -> None:
    """Layer by layer; of the newest arguments only those that have a meaning here."""
    from hakseup import keras as ours

    configs = []
    for place in (ours, keras):
        x = i = place.Input((8, 8, 1), name="in")
        parts = [
            place.layers.Conv2D(4, 3, activation="relu", name="c"),
            place.layers.MaxPooling2D(2, name="p"),
            place.layers.Flatten(name="f"),
            place.layers.Dense(3, activation="softmax", name="d"),
        ]
        if kind == "Sequential":
            configs.append(place.Sequential([i, *parts], name="m").get_config())
            continue
        beside = place.layers.Dense(3, name="b")(place.layers.Flatten(name="g")(i))
        for part in parts:
            x = part(x)
        configs.append(place.Model(i, place.layers.Add(name="s")([x, beside]), name="m").get_config())
    mine, theirs = configs
    assert set(mine) == set(theirs)
    for one, other in zip(mine["layers"], theirs["layers"], strict=True):
        assert one["class_name"] == other["class_name"]
        assert set(one["config"]) - set(other["config"]) <= {"activity_regularizer"}
        assert set(other["config"]) - set(one["config"]) <= {"quantization_config"}
