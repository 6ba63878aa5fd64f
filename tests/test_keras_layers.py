"""Layers, first weights and regularisers of the facade beside the real Keras, and arguments as all years wrote them."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import os
import sys
from typing import Any

import numpy as np
import pytest
import torch

from hakseup.errors import HakseupError
from hakseup.keras import (
    activations,
    constraints,
    initializers,
    layers,
    models,
    optimizers,
    pipeline,
    regularizers,
)
from hakseup.layers import weights
from hakseup.layers.modules import pooled_first
from hakseup.models.sequential import Sequential
from hakseup.words import speak

os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own


def goes_and_comes_back(layer: Any) -> bool:
    """Whether a layer is the same after it was written as Keras writes it, which gives it a name."""
    again = layers.deserialize(layers.serialize(layer))
    return bool(again.config() | {"name": None} == layer.config() | {"name": None})


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


PICTURE, ROW = (7, 6, 4), (5,)
CASES: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("Dense", {"units": 3, "activation": "relu"}, ROW),
    ("Dense", {"units": 3, "use_bias": False, "activation": "softmax"}, ROW),
    ("Dense", {"units": 3, "activation": "softmax"}, PICTURE),
    ("Dense", {"units": 3}, (4, 5)),
    ("BatchNormalization", {}, PICTURE),
    ("BatchNormalization", {"center": False, "epsilon": 0.1}, ROW),
    ("BatchNormalization", {"scale": False}, (4, 5)),
    ("LayerNormalization", {}, ROW),
    ("LayerNormalization", {"center": False}, PICTURE),
    ("LayerNormalization", {"scale": False, "epsilon": 0.1}, (4, 5)),
    ("Flatten", {}, PICTURE),
    ("Reshape", {"target_shape": (6, -1)}, PICTURE),
    ("Reshape", {"target_shape": (14, 2, 6)}, PICTURE),
    ("Reshape", {"target_shape": (5, 1, 1)}, ROW),
    ("ZeroPadding2D", {}, PICTURE),
    ("ZeroPadding2D", {"padding": (2, 1)}, PICTURE),
    ("ZeroPadding2D", {"padding": ((0, 1), (2, 3))}, PICTURE),
    ("UpSampling2D", {}, PICTURE),
    ("UpSampling2D", {"size": (2, 3), "interpolation": "bilinear"}, PICTURE),
    ("LeakyReLU", {}, ROW),
    ("LeakyReLU", {"negative_slope": 0.1}, PICTURE),
    ("ELU", {"alpha": 0.7}, ROW),
    ("ReLU", {}, PICTURE),
    ("ReLU", {"max_value": 1.0, "negative_slope": 0.2, "threshold": 0.3}, ROW),
    ("ReLU", {"max_value": 0.8}, ROW),
    ("ReLU", {"threshold": 0.3}, ROW),
    ("Softmax", {}, ROW),
    ("Softmax", {}, PICTURE),
    ("GaussianNoise", {"stddev": 0.3}, ROW),
    ("Dropout", {"rate": 0.5}, ROW),
    ("Activation", {"activation": "tanh"}, PICTURE),
    ("Rescaling", {"scale": 0.5, "offset": -1.0}, PICTURE),
    ("GlobalAveragePooling2D", {}, PICTURE),
    ("GlobalMaxPooling2D", {"keepdims": True}, PICTURE),
]
for pad, step, kernel, dilation in itertools.product(
    ("valid", "same"), (1, 2, (2, 1)), (1, (2, 3), 3), (1, 2)
):
    if step == 1 or dilation == 1:
        arguments = {"filters": 6, "kernel_size": kernel, "strides": step, "padding": pad}
        CASES.append(
            ("Conv2D", arguments | {"dilation_rate": dilation, "data_format": "channels_last"}, PICTURE)
        )
CASES += [
    (
        "Conv2D",
        {"filters": 6, "kernel_size": 3, "groups": 2, "use_bias": False, "activation": "elu"},
        PICTURE,
    ),
    ("Conv2D", {"filters": 6, "kernel_size": 2, "padding": "same", "activation": "relu"}, PICTURE),
]
for kind, pad, step, pool in itertools.product(
    ("MaxPooling2D", "AveragePooling2D"), ("valid", "same"), (None, 1, 2, 3), (2, 3, (1, 2))
):
    arguments = {"pool_size": pool, "strides": step, "padding": pad, "data_format": "channels_last"}
    if (
        kind == "MaxPooling2D" or pad == "valid"
    ):  # see test_keras_numbers.py: Keras on PyTorch has another border
        CASES.append((kind, arguments, PICTURE))
for pad, step, kernel in itertools.product(("valid", "same"), (1, 2), (1, 2, 3)):
    window = {"kernel_size": kernel, "strides": step, "padding": pad}
    CASES += [
        ("DepthwiseConv2D", window | {"depth_multiplier": 1 + kernel % 2}, PICTURE),
        ("SeparableConv2D", window | {"filters": 3, "depth_multiplier": step}, PICTURE),
        ("Conv2DTranspose", window | {"filters": 3}, PICTURE),
    ]
CASES += [
    ("DepthwiseConv2D", {"kernel_size": 2, "dilation_rate": 2, "activation": "relu"}, PICTURE),
    ("DepthwiseConv2D", {"kernel_size": (2, 3), "use_bias": False}, PICTURE),
    ("SeparableConv2D", {"filters": 3, "kernel_size": 2, "dilation_rate": 2, "activation": "elu"}, PICTURE),
    ("SeparableConv2D", {"filters": 3, "kernel_size": (2, 1), "use_bias": False}, PICTURE),
    ("Conv2DTranspose", {"filters": 2, "kernel_size": (4, 1), "strides": (3, 2), "padding": "same"}, PICTURE),
    ("Conv2DTranspose", {"filters": 2, "kernel_size": 2, "use_bias": False, "activation": "tanh"}, PICTURE),
]
CASES += [
    ("PReLU", {}, (5,)),
    ("PReLU", {}, PICTURE),
    ("PReLU", {"shared_axes": [1, 2]}, PICTURE),
    ("Cropping2D", {"cropping": 1}, PICTURE),
    ("Permute", {"dims": (3, 1, 2)}, PICTURE),
    ("Resizing", {"height": 5, "width": 4}, PICTURE),
    ("Resizing", {"height": 17, "width": 11, "crop_to_aspect_ratio": True}, PICTURE),
    ("Cropping2D", {"cropping": ((1, 0), (2, 1))}, PICTURE),
    ("Identity", {}, PICTURE),
    ("Identity", {}, (5,)),
    ("CenterCrop", {"height": 3, "width": 4}, PICTURE),
    ("CenterCrop", {"height": 20, "width": 4}, PICTURE),
    ("SpatialDropout2D", {"rate": 0.3}, PICTURE),
    ("GaussianDropout", {"rate": 0.3}, (5,)),
    ("AlphaDropout", {"rate": 0.3}, (5,)),
    ("GroupNormalization", {"groups": 2}, PICTURE),
    ("GroupNormalization", {"groups": -1, "center": False, "epsilon": 0.1}, PICTURE),
    ("GroupNormalization", {"groups": 5, "scale": False}, (3, 10)),
    ("GroupNormalization", {"groups": 2}, (6,)),
    ("RandomBrightness", {"factor": 0.3}, PICTURE),
]
IDS = [f"{kind}-{arguments}-{shape}" for kind, arguments, shape in CASES]


def outputs(module: torch.nn.Module, x: np.ndarray) -> np.ndarray:
    tensor = torch.from_numpy(x)
    with torch.no_grad():
        y = module(tensor.permute(0, 3, 1, 2) if x.ndim == 4 else tensor)
    return (y.permute(0, 2, 3, 1) if y.ndim == 4 else y).numpy()


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=IDS)
def test_counts_shapes_names_and_outputs_are_those_of_keras(
    real: Any, kind: str, arguments: dict[str, Any], shape: tuple[int, ...]
) -> None:
    ours, theirs = getattr(layers, kind)(**arguments), getattr(real.layers, kind)(**arguments)
    theirs.build((None, *shape))
    rng = np.random.default_rng(3)
    theirs.set_weights([rng.random(w.shape) for w in theirs.get_weights()])
    module = ours.build(shape, generator())
    assert ours.output_shape(shape) == tuple(theirs.compute_output_shape((None, *shape)))[1:]
    assert sum(ours.parameter_count(shape)) == theirs.count_params()
    learned = sum(int(np.prod(v.shape)) for v in theirs.trainable_weights)
    assert ours.parameter_count(shape)[0] == learned
    assert weights.names(ours) == [v.name for v in theirs.weights if v.name != "seed_generator_state"]
    weights.write(ours, module, theirs.get_weights())
    for mine, other in zip(weights.read(ours, module), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)
    found = weights.variables(ours, module)
    wanted = [v for v in theirs.weights if v.name != "seed_generator_state"]
    assert [(v.shape, v.trainable) for v in found] == [(tuple(v.shape), v.trainable) for v in wanted]
    x = rng.normal(size=(3, *shape)).astype(np.float32)
    np.testing.assert_allclose(
        outputs(module.eval(), x), theirs(x, training=False).detach(), atol=1e-5, rtol=1e-5
    )
    if kind == "BatchNormalization":
        np.testing.assert_allclose(
            outputs(module.train(), x), theirs(x, training=True).detach(), atol=1e-5, rtol=1e-5
        )
        for mine, other in zip(weights.read(ours, module), theirs.get_weights(), strict=True):
            np.testing.assert_allclose(mine, other, atol=1e-6)


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES[:32], ids=IDS[:32])
def test_a_layer_comes_back_from_its_config_and_keras_reads_it(
    real: Any, kind: str, arguments: dict[str, Any], shape: tuple[int, ...]
) -> None:
    ours = getattr(layers, kind)(**arguments, name="first")
    assert goes_and_comes_back(ours)
    config = layers.serialize(ours)
    assert type(real.layers.deserialize(config)).__name__ == kind
    assert dataclasses.replace(ours, name="second").name == "second"


@pytest.mark.parametrize(("data", "axis"), [(ROW, -1), (ROW, None), (PICTURE, -1)], ids=str)
def test_normalization_takes_what_adapt_saw_as_in_keras(real: Any, data: tuple[int, ...], axis: Any) -> None:
    x = np.random.default_rng(2).normal(3, 2, (40, *data)).astype(np.float32)
    both = [where.Normalization(axis=axis) for where in (layers, real.layers)]
    for layer in both:
        layer.adapt(x)
    ours, theirs = both
    np.testing.assert_allclose(ours(x), theirs(x), atol=1e-5)
    np.testing.assert_allclose(np.asarray(ours.mean).reshape(-1), theirs.mean.numpy().reshape(-1), rtol=1e-5)
    assert sum(ours.parameter_count(data)) == theirs.count_params()
    module = ours.build(data, generator())
    for mine, other in zip(weights.read(ours, module), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4)
    given = {"mean": [1.0] * data[-1], "variance": [4.0] * data[-1]}
    for invert in (False, True):
        mine, other = (where.Normalization(**given, invert=invert) for where in (layers, real.layers))
        np.testing.assert_allclose(mine(x), other(x), atol=1e-5)
        assert goes_and_comes_back(mine)


def test_normalization_adapted_late_reaches_the_models_that_have_it() -> None:
    layer = layers.Normalization()
    model = models.Sequential([layers.Input((2,)), layer])
    x = np.asarray([[1.0, 10.0], [3.0, 30.0]], np.float32)
    np.testing.assert_array_equal(model.predict(x, verbose=0), x)
    layer.adapt(np.split(x, 2)[0])
    layer.adapt(pipeline.Dataset.from_tensor_slices(x).batch(1))
    np.testing.assert_allclose(model.predict(x, verbose=0), [[-1, -1], [1, 1]])
    with pytest.raises(HakseupError, match="adapt"):
        layers.Normalization(mean=0.0, variance=1.0).adapt(x)


def test_weights_that_do_not_fit_change_nothing() -> None:
    layer = layers.Dense(3)
    module = layer.build((2,), generator())
    before = weights.read(layer, module)
    for wrong in (
        [np.ones((2, 3))],
        [np.ones((3, 2)), np.ones(3)],
        [np.ones((2, 3)), np.ones(4)],
        [["a"], 1],
    ):
        with pytest.raises(HakseupError):
            weights.write(layer, module, wrong)
        for old, new in zip(before, weights.read(layer, module), strict=True):
            np.testing.assert_array_equal(old, new)


# -- first weights -----------------------------------------------------------------------------------------

DRAWN: list[tuple[str, dict[str, Any]]] = [
    ("RandomNormal", {}),
    ("RandomNormal", {"mean": 1.0, "stddev": 0.2}),
    ("TruncatedNormal", {"stddev": 0.3}),
    ("RandomUniform", {"minval": -0.3, "maxval": 0.1}),
    ("GlorotUniform", {}),
    ("GlorotNormal", {}),
    ("HeUniform", {}),
    ("HeNormal", {}),
    ("LecunUniform", {}),
    ("LecunNormal", {}),
    ("VarianceScaling", {"scale": 2.0, "mode": "fan_out", "distribution": "untruncated_normal"}),
    ("VarianceScaling", {"scale": 0.5, "mode": "fan_avg", "distribution": "uniform"}),
    ("Orthogonal", {"gain": 2.0}),
    ("Zeros", {}),
    ("Ones", {}),
    ("Constant", {"value": 0.7}),
]


@pytest.mark.parametrize(("kind", "arguments"), DRAWN, ids=str)
@pytest.mark.parametrize("shape", [(300, 200), (3, 3, 60, 90)], ids=str)
def test_first_weights_have_the_distribution_of_keras(
    real: Any, kind: str, arguments: dict[str, Any], shape: tuple[int, ...]
) -> None:
    seeded = {} if kind in ("Zeros", "Ones", "Constant") else {"seed": 3}
    ours = getattr(initializers, kind)(**arguments, **seeded)
    theirs = getattr(real.initializers, kind)(**arguments, **seeded)
    mine, other = ours(shape).numpy(), theirs(shape).detach().numpy()
    assert mine.shape == other.shape
    width = max(float(other.std()), 1e-12)
    assert float(mine.mean()) == pytest.approx(float(other.mean()), abs=0.03 * width + 1e-7)
    assert float(mine.std()) == pytest.approx(float(other.std()), rel=0.02, abs=1e-7)
    for share in (0.001, 0.05, 0.3, 0.7, 0.95, 0.999):
        assert np.quantile(mine, share) == pytest.approx(np.quantile(other, share), abs=0.12 * width + 1e-7)
    if "ormal" not in kind or "Truncated" in kind:
        assert np.abs(mine).max() == pytest.approx(
            np.abs(other).max(), rel=0.35 if kind == "Orthogonal" else 0.02
        )
    config = ours.get_config()
    assert config.items() <= theirs.get_config().items()
    assert initializers.deserialize(real.initializers.serialize(theirs)) == ours
    assert real.initializers.deserialize(initializers.serialize(ours)).get_config() == theirs.get_config()


def test_a_seed_of_its_own_gives_the_same_numbers_each_time_and_none_follows_the_model() -> None:
    own = layers.Dense(4, kernel_initializer=initializers.HeNormal(seed=5))
    first, second = (weights.read(own, own.build((3,), generator(s)))[0] for s in (1, 2))
    np.testing.assert_array_equal(first, second)
    free = layers.Dense(4, kernel_initializer=initializers.RandomNormal(stddev=0.2))
    first, again, other = (weights.read(free, free.build((3,), generator(s)))[0] for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()
    np.testing.assert_array_equal(initializers.Identity(2.0)((3, 3)), 2 * np.eye(3))
    assert initializers.Constant(np.array([0.5])) == initializers.Constant(0.5)


def test_initialisers_by_name_class_object_and_config_are_one_thing() -> None:
    said = ["he_normal", "HeNormal", initializers.HeNormal, initializers.HeNormal(), initializers.he_normal()]
    said.append({"class_name": "HeNormal", "config": {"seed": None, "input_axes": None, "output_axes": None}})
    for value in said:
        assert layers.Dense(3, kernel_initializer=value) == layers.Dense(3, kernel_initializer="he_normal")
    for old, new in (("uniform", "random_uniform"), ("normal", "random_normal"), ("zero", "zeros")):
        assert layers.Dense(3, init=old).kernel_initializer == new


# -- what is added to the loss -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Dense", "Conv2D"])
@pytest.mark.parametrize(
    "make",
    [
        lambda r: {"kernel_regularizer": r.L2(0.02)},
        lambda r: {"kernel_regularizer": "l1", "bias_regularizer": r.L1L2(0.1, 0.2)},
        lambda r: {"activity_regularizer": r.L1(0.3), "activation": "relu"},
        lambda r: {
            "activity_regularizer": r.l2(0.3),
            "kernel_regularizer": r.l1_l2(l1=0.1),
            "activation": "tanh",
        },
    ],
)
def test_penalties_are_those_of_keras(real: Any, kind: str, make: Any) -> None:
    size = {"units": 3} if kind == "Dense" else {"filters": 3, "kernel_size": 2}
    shape = ROW if kind == "Dense" else PICTURE
    ours = getattr(layers, kind)(**size, **make(regularizers))
    theirs = real.Sequential(
        [real.layers.Input(shape), getattr(real.layers, kind)(**size, **make(real.regularizers))]
    )
    rng = np.random.default_rng(0)
    theirs.set_weights([rng.normal(size=w.shape) for w in theirs.get_weights()])
    module = ours.build(shape, generator())
    weights.write(ours, module, theirs.get_weights())
    x = rng.normal(size=(4, *shape)).astype(np.float32)
    tensor = torch.from_numpy(x)
    module(tensor.permute(0, 3, 1, 2) if x.ndim == 4 else tensor)
    theirs(x, training=True)
    added = regularizers.penalty(ours, module)
    assert added is not None and added.requires_grad
    assert float(added.detach()) == pytest.approx(sum(float(v.detach()) for v in theirs.losses), rel=1e-5)
    assert goes_and_comes_back(ours)
    assert type(real.layers.deserialize(layers.serialize(ours))).__name__ == kind
    copy.deepcopy(module)(tensor.permute(0, 3, 1, 2) if x.ndim == 4 else tensor)


def test_nothing_stays_nothing_and_a_name_that_there_is_not_is_told_in_both_languages() -> None:
    for room, particle in ((constraints, "제약은"), (initializers, "초기화는"), (regularizers, "규제는")):
        assert room.get(None) is None
        with pytest.raises(HakseupError) as caught:
            room.get("kettle")
        assert particle in caught.value.message.ko and "kettle" in caught.value.message.en


def test_layers_without_regularisers_add_nothing() -> None:
    for layer, shape in ((layers.Dense(2), ROW), (layers.Flatten(), PICTURE)):
        assert regularizers.penalty(layer, layer.build(shape, generator())) is None
    assert regularizers.penalty(layers.Activation("softmax"), None) is None


def test_an_activity_is_taken_behind_its_activation() -> None:
    last = layers.Dense(3, activation="softmax", activity_regularizer="l1")
    network = Sequential([last], ROW)
    assert network.final_activation == "linear"  # the softmax stays on
    module = network.build(generator())
    assert module(torch.randn(4, 5)).sum(1).tolist() == pytest.approx([1.0] * 4)
    assert float(regularizers.penalty(last, module[0])) == pytest.approx(0.01)
    conv = layers.Conv2D(3, 2, activation="relu", activity_regularizer="l1")
    module = Sequential([conv, layers.MaxPooling2D(2)], PICTURE).build(generator())
    x = torch.randn(2, 4, 7, 6)
    module(x)
    wanted = float(regularizers.penalty(conv, module[0]))
    with pooled_first(module):
        module(x)
    assert float(regularizers.penalty(conv, module[0])) == pytest.approx(wanted)


def test_a_layer_that_is_not_trainable_keeps_its_numbers() -> None:
    layer = layers.Dense(3, trainable=False)
    assert layer.parameter_count((4,)) == (0, 15)
    module = layer.build((4,), generator())
    assert not any(p.requires_grad for p in module.parameters())
    assert [v.trainable for v in weights.variables(layer, module)] == [False, False]


CONSTRAINTS: list[tuple[str, dict[str, Any]]] = [
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 0.3}),
    ("MaxNorm", {"max_value": 0.5, "axis": [0, 1, 2]}),
    ("UnitNorm", {}),
    ("NonNeg", {}),
    ("MinMaxNorm", {"min_value": 0.2, "max_value": 0.4, "rate": 0.5}),
]


@pytest.mark.parametrize(("kind", "arguments"), CONSTRAINTS, ids=str)
@pytest.mark.parametrize("layer", ["Dense", "Conv2D"])
def test_constraints_bring_weights_back_behind_each_step_as_in_keras(
    real: Any, layer: str, kind: str, arguments: dict[str, Any]
) -> None:
    if layer == "Dense" and "axis" in arguments:
        pytest.skip("a dense kernel has two axes")
    size = {"units": 3} if layer == "Dense" else {"filters": 3, "kernel_size": 2}
    shape = ROW if layer == "Dense" else PICTURE
    both = [
        getattr(where, layer)(
            **size, kernel_constraint=getattr(rules, kind)(**arguments), bias_constraint="non_neg"
        )
        for where, rules in ((layers, constraints), (real.layers, real.constraints))
    ]
    ours, theirs = both
    theirs.build((None, *shape))
    rng = np.random.default_rng(1)
    theirs.set_weights([rng.normal(size=w.shape) for w in theirs.get_weights()])
    module = ours.build(shape, generator())
    weights.write(ours, module, theirs.get_weights())
    mine, other = optimizers.SGD(0.1), real.optimizers.SGD(0.1)
    step = mine.build(module.parameters(), constraints.bounds(ours, module))
    assert mine.constrained
    other.build(theirs.trainable_variables)
    for _ in range(3):
        gradients = [rng.normal(size=w.shape).astype(np.float32) for w in theirs.get_weights()]
        for variable, gradient in zip(weights.variables(ours, module), gradients, strict=True):
            variable.tensor.grad = torch.empty_like(variable.tensor)
            variable.assign(gradient, variable.tensor.grad)
        step.step()
        other.apply([torch.from_numpy(g) for g in gradients], theirs.trainable_variables)
    for a, b in zip(weights.read(ours, module), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert goes_and_comes_back(ours)
    again = real.layers.deserialize(layers.serialize(ours))
    assert again.kernel_constraint.get_config() == both[1].kernel_constraint.get_config()


# -- activations -------------------------------------------------------------------------------------------


def test_activations_are_those_of_keras_and_layers_take_them_as_functions(real: Any) -> None:
    x = np.linspace(-4, 4, 24, dtype=np.float32).reshape(2, 3, 4)
    for name, function in activations.FUNCTIONS.items():
        if name == "hard_swish" or hasattr(real.activations, name):
            wanted = getattr(real.activations, name)(torch.from_numpy(x)).detach()
            np.testing.assert_allclose(function(x), wanted, atol=1e-6, rtol=1e-5)
        assert layers.Dense(3, activation=function) == layers.Dense(3, activation=name)
        assert activations.get(name) is function
    for given in (
        torch.relu,
        torch.nn.functional.relu,
        layers.ReLU(),
        {"class_name": "function", "config": "relu"},
    ):
        assert layers.Activation(given).activation == "relu"
    assert activations.get(None) is activations.linear
    np.testing.assert_allclose(
        activations.relu(x, max_value=2.0, threshold=0.5),
        real.activations.relu(torch.from_numpy(x), max_value=2.0, threshold=0.5),
    )


# -- pictures varied ---------------------------------------------------------------------------------------

VARIED: list[tuple[str, dict[str, Any]]] = [
    ("RandomRotation", {"factor": (0.25, 0.25)}),
    ("RandomRotation", {"factor": (0.1, 0.1), "fill_mode": "nearest"}),
    ("RandomRotation", {"factor": (-0.07, -0.07), "fill_mode": "constant"}),
    ("RandomZoom", {"height_factor": (0.4, 0.4)}),
    ("RandomZoom", {"height_factor": (-0.3, -0.3), "width_factor": (0.2, 0.2), "fill_mode": "nearest"}),
    ("RandomTranslation", {"height_factor": (0.25, 0.25), "width_factor": (-0.1, -0.1)}),
    ("RandomTranslation", {"height_factor": (0, 0), "width_factor": (0.3, 0.3), "fill_mode": "constant"}),
    ("RandomBrightness", {"factor": (-0.2, -0.2), "value_range": (-1.0, 1.0)}),
]


@pytest.mark.parametrize(("kind", "arguments"), VARIED, ids=str)
def test_pictures_are_turned_and_moved_the_way_of_keras(
    real: Any, kind: str, arguments: dict[str, Any]
) -> None:
    ours, theirs = getattr(layers, kind)(**arguments), getattr(real.layers, kind)(**arguments)
    x = np.random.default_rng(0).random((2, 12, 10, 3)).astype(np.float32)
    module = ours.build((12, 10, 3), generator()).train()
    wanted = theirs(x, training=True).detach()
    mine = outputs(module, x)
    inner = (slice(None), slice(1, -1), slice(1, -1)) if arguments.get("fill_mode") == "constant" else ()
    far = np.abs(mine - wanted.numpy())[inner] > 1e-3  # at an edge of zeros the two libraries cut differently
    assert far.mean() < (0.2 if inner else 0.001)
    np.testing.assert_array_equal(outputs(module.eval(), x), x)
    assert goes_and_comes_back(ours)
    assert type(real.layers.deserialize(layers.serialize(ours))).__name__ == kind


def test_a_part_of_pictures_by_chance_is_a_part_of_them_and_every_part_comes() -> None:
    x = np.arange(2 * 4 * 5, dtype=np.float32).reshape(2, 4, 5, 1)
    module = layers.RandomCrop(3, 5).build((4, 5, 1), generator()).train()
    found = [outputs(module, x) for _ in range(20)]
    places = [next(top for top in (0, 1) if (part == x[:, top : top + 3]).all()) for part in found]
    assert set(places) == {0, 1}
    small = layers.RandomCrop(8, 8).build((4, 5, 1), generator())
    again = layers.deserialize(layers.serialize(layers.RandomCrop(3, 5)))
    assert (type(again), again.height, again.width) == (layers.RandomCrop, 3, 5)
    assert outputs(small.train(), x).shape == outputs(small.eval(), x).shape == (2, 8, 8, 1)


def test_each_picture_is_varied_on_its_own() -> None:
    x = np.random.default_rng(0).random((400, 4, 4, 1)).astype(np.float32)
    flipped = outputs(layers.RandomFlip("horizontal").build((4, 4, 1), generator()).train(), x)
    mirrored = (flipped == x[:, :, ::-1]).all((1, 2, 3))
    assert ((flipped == x).all((1, 2, 3)) ^ mirrored).all()
    assert 0.4 < mirrored.mean() < 0.6
    assert layers.RandomRotation(0.1) == layers.RandomRotation((-0.1, 0.1))
    x = x * 100 + 50
    strong = outputs(layers.RandomContrast(0.5).build((4, 4, 1), generator()).train(), x)
    ratio = strong.std((1, 2, 3)) / x.std((1, 2, 3))
    assert 0.5 <= ratio.min() < 0.55 and 1.45 < ratio.max() <= 1.5 + 1e-5
    np.testing.assert_allclose(strong.mean((1, 2, 3)), x.mean((1, 2, 3)), rtol=1e-4)
    brighter = outputs(layers.RandomBrightness(0.1).build((4, 4, 1), generator()).train(), x) - x
    assert np.ptp(brighter, (1, 2, 3)).max() < 1e-3
    assert -25.5 <= brighter.min() < -20 and 20 < brighter.max() <= 25.5 + 1e-4


# -- arguments over the years ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "today"),
    [
        (lambda: layers.Dense(output_dim=9, input_dim=4), lambda: layers.Dense(9, input_shape=(4,))),
        (lambda: layers.Dense(9, init="uniform", bias=False), lambda: layers.Dense(9, use_bias=False, kernel_initializer="random_uniform")),
        (lambda: layers.Dense(9, W_regularizer=regularizers.l2(l=0.1)), lambda: layers.Dense(9, kernel_regularizer=regularizers.L2(0.1))),
        (lambda: layers.Dense(9, activity_regularizer=regularizers.activity_l2(1e-5)), lambda: layers.Dense(9, activity_regularizer=regularizers.L2(1e-5))),
        (lambda: layers.Dense(9, batch_input_shape=(None, 4)), lambda: layers.Dense(9, input_dim=4)),
        (lambda: layers.Dense(9, dtype="float32", kernel_constraint=None), lambda: layers.Dense(9)),
        (lambda: layers.Dense(9, W_constraint=constraints.maxnorm(3)), lambda: layers.Dense(9, kernel_constraint=constraints.MaxNorm(3.0))),
        (lambda: layers.Dense(9, activation=activations.softmax), lambda: layers.Dense(9, activation="softmax")),
        (lambda: layers.Convolution2D(32, 3, 3), lambda: layers.Conv2D(32, (3, 3))),
        (lambda: layers.Convolution2D(32, 3, 5, border_mode="same", subsample=(2, 2)), lambda: layers.Conv2D(32, (3, 5), (2, 2), "same")),
        (lambda: layers.Convolution2D(32, (3, 3), padding="same"), lambda: layers.Conv2D(32, 3, padding="same")),
        (lambda: layers.Convolution2D(nb_filter=32, nb_row=3, nb_col=3, dim_ordering="tf"), lambda: layers.Conv2D(32, 3)),
        (lambda: layers.Convolution2D(8, 3, 3, "he_normal", "relu"), lambda: layers.Conv2D(8, 3, activation="relu", kernel_initializer="he_normal")),
        (lambda: layers.Conv2D(32, 3, 3, border_mode="valid"), lambda: layers.Conv2D(32, 3)),
        (lambda: layers.Conv2D(32, 3, 2), lambda: layers.Conv2D(32, 3, strides=2)),
        (lambda: layers.MaxPooling2D(pool_size=(2, 2), border_mode="same", dim_ordering="default"), lambda: layers.MaxPooling2D(2, padding="same")),
        (lambda: layers.MaxPool2D(2), lambda: layers.MaxPooling2D(2)),
        (lambda: layers.Dropout(p=0.5), lambda: layers.Dropout(0.5)),
        (lambda: layers.Dropout(0.5, seed=3, noise_shape=None), lambda: layers.Dropout(0.5)),
        (lambda: layers.GaussianNoise(sigma=0.1), lambda: layers.GaussianNoise(0.1)),
        (lambda: layers.LeakyReLU(alpha=0.1), lambda: layers.LeakyReLU(0.1)),
        (lambda: layers.BatchNormalization(mode=0, beta_init="zero", gamma_initializer="ones"), lambda: layers.BatchNormalization()),
        (lambda: layers.Input(shape=(4,), batch_size=8, dtype="float32").start, lambda: layers.InputLayer((4,))),
        (lambda: layers.InputLayer(batch_input_shape=(None, 4)), lambda: layers.InputLayer((4,))),
        (lambda: layers.Reshape(dims=(2, 2)), lambda: layers.Reshape((2, 2))),
    ],
)  # fmt: skip
def test_what_older_documents_write_means_what_it_meant(old: Any, today: Any) -> None:
    assert old() == today()
    assert type(old()) is type(today())


def test_older_modules_have_their_layers() -> None:
    from hakseup.keras.layers.advanced_activations import LeakyReLU
    from hakseup.keras.layers.convolutional import Conv2D, MaxPooling2D, ZeroPadding2D
    from hakseup.keras.layers.core import Dense, Dropout, Flatten
    from hakseup.keras.layers.noise import GaussianNoise
    from hakseup.keras.layers.normalization import BatchNormalization
    from hakseup.keras.layers.pooling import GlobalAveragePooling2D

    for cls in (LeakyReLU, Conv2D, MaxPooling2D, ZeroPadding2D, Dense, Dropout, Flatten, GaussianNoise):
        assert layers.LAYERS[cls.__name__] is cls
    assert layers.BatchNormalization is BatchNormalization
    from hakseup.keras.layers.advanced_activations import PReLU  # a later comer, in none of their lists
    from hakseup.keras.layers.core import SpatialDropout2D

    assert layers.LAYERS["PReLU"] is PReLU and layers.LAYERS["SpatialDropout2D"] is SpatialDropout2D
    with pytest.raises(ImportError, match="Dens"):
        exec("from hakseup.keras.layers.core import Dens")
    assert layers.GlobalAvgPool2D is GlobalAveragePooling2D


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: layers.Dense(9, actvation="relu"), "'activation'"),
        (lambda: layers.Dense(), "Dense needs units"),
        (lambda: layers.Dense(9, units=9), "twice"),
        (lambda: layers.Dense(9, output_dim=9), "twice"),
        (lambda: layers.Dense(1, 2, 3, 4, 5, 6), "at most 5"),
        (lambda: layers.Dense(9, kernel_constraint=object()), "no constraint called"),
        (lambda: layers.Dense(9, W_constraint="max_nrm"), "MaxNorm"),
        (lambda: layers.BatchNormalization(beta_constraint="non_neg"), "beta_constraint"),
        (lambda: constraints.max_norm(-1), "at least 0"),
        (lambda: constraints.maximum_norm, "max_norm"),
        (lambda: layers.Dense(9, dtype="float16"), "set_dtype_policy"),
        (lambda: layers.Dense(9, weights=[1]), "weights"),
        (lambda: layers.Dense(9, activation=lambda x: x**3), "none that has a name"),
        (lambda: layers.Dense(9, activation=layers.ReLU(2.0)), "put behind"),
        (lambda: layers.Dense(9, activation="rellu"), "'relu'"),
        (lambda: layers.Dense(9, kernel_initializer="he_norml"), "'he_normal'"),
        (lambda: layers.Dense(9, bias_initializer="orthogonal"), "orthogonal"),
        (lambda: layers.Dense(9, kernel_regularizer="l3"), "'l3'"),
        (lambda: layers.Conv2D(8, 3, kernel_initializer="identity").build(PICTURE, generator()), "Dense"),
        (lambda: layers.Conv2D(8, 3, data_format="channels_first"), "channels_last"),
        (lambda: layers.Conv2D(8, 3, dim_ordering="th"), "channels_last"),
        (lambda: layers.Conv2D(8, 3, 3, border_mode="full"), "'same'"),
        (lambda: layers.BatchNormalization(gamma_initializer="zeros"), "gamma_initializer"),
        (lambda: layers.BatchNormalization(renorm=True), "renorm"),
        (lambda: layers.Dropout(0.5, noise_shape=(1,)), "noise_shape"),
        (lambda: layers.Dense(9)([layers.Input((3,)), layers.Input((3,))]), "Concatenate()([a, b])"),
        (lambda: layers.Add()([layers.Input((3,)), layers.Input((3,))]), "one input"),
        (lambda: layers.Add()(layers.Input((3,))), "several tensors"),
        (lambda: layers.RandomFlip("sideways"), "horizontal"),
        (lambda: layers.RandomRotation(), "needs factor"),
        (lambda: layers.RandomRotation(3), "from -1 to 1"),
        (lambda: layers.RandomZoom(0.1, fill_mode="wrap"), "fill_mode"),
        (lambda: layers.RandomHue, "RandomBrightness"),
        (lambda: type("Mine", (layers.Layer,), {"__module__": "script"}), "torch.nn.Module"),
        (lambda: layers.LSTM, "pictures and tables"),
        (lambda: layers.Embedding, "pictures and tables"),
        (lambda: layers.Conv2d, "Conv2D"),
        (lambda: layers.Lambda, "torch.nn.Module"),
        (lambda: layers.layer_class("Conv1D"), "pictures and tables"),
        (lambda: initializers.RandomNormal(stddev="wide"), "stddev"),
        (lambda: initializers.VarianceScaling(mode="fan"), "fan_in"),
        (lambda: initializers.get("glorot"), "Glorot"),
        (lambda: initializers.glorot, "Glorot"),
        (lambda: regularizers.l2(-1), "at least 0"),
        (lambda: regularizers.l3, "l1"),
        (lambda: activations.get("rellu"), "'relu'"),
        (lambda: activations.sparsemax, "softmax"),
    ],
)
def test_what_is_wrong_is_said(make: Any, said: str) -> None:
    with pytest.raises(HakseupError) as caught:
        make()
    assert said in str(caught.value)
    with speak("ko"):
        assert str(caught.value) != f"{caught.value.message.en}\n{caught.value.hint and caught.value.hint.en}"


def test_a_missing_name_is_told_in_an_import_and_quiet_in_a_question() -> None:
    assert not hasattr(layers, "LSTM")
    assert getattr(layers, "GRU", None) is None
    with pytest.raises(ImportError, match="pictures and tables"):
        from hakseup.keras.layers import LSTM  # noqa: F401
    with pytest.raises(ImportError, match="LeakyReLU"):
        from hakseup.keras.layers.advanced_activations import LeakyRelu  # noqa: F401
    with pytest.raises(ImportError, match="There are: "):
        from hakseup.keras.losses import CTC  # noqa: F401
    with pytest.raises(AttributeError):
        _ = layers.__wrapped__


def test_submodules_of_the_packages_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "hakseup.keras.optimizers.legacy", raising=False)
    monkeypatch.delattr(optimizers, "legacy", raising=False)
    from hakseup.keras.optimizers import legacy

    assert legacy.Adam is optimizers.Adam


def test_an_activation_of_ones_own_that_is_a_known_one_is_that_one() -> None:
    from hakseup.keras import backend as K
    from hakseup.keras.utils import custom_object_scope

    def swish(x: Any, beta: float = 1.0) -> Any:
        return x * K.sigmoid(beta * x)

    def wave(x: Any) -> Any:
        return K.sin(x)

    own = {
        "swish": swish,
        "mish": lambda x: x * K.tanh(K.softplus(x)),
        "bent": lambda x: K.relu(x) - 0.1 * K.relu(-x),
    }
    names = [layers.Dense(2, activation=function).activation for function in own.values()]
    assert (
        names == ["silu", "mish", "leaky_relu(0.1)"]
        and layers.Dense(2, activation=lambda x: x).activation is None
    )
    with custom_object_scope({"mine": layers.Activation(swish)}):
        assert layers.Dense(2, activation="mine").activation == "silu"
    with pytest.raises(HakseupError, match="activation wave is none"):
        layers.Dense(2, activation=wave)


def test_dropout_of_ones_own_is_told_how_dropout_goes_on_while_predicting() -> None:
    with pytest.raises(HakseupError, match="training=True"):
        type("MCDropout", (layers.AlphaDropout,), {"__module__": "__main__"})
    with pytest.raises(HakseupError, match=r"torch\.nn\.Module"):
        type("MyDense", (layers.Dense,), {"__module__": "__main__"})


def test_first_weights_of_ones_own_are_asked_for_in_keras_layout() -> None:
    class Steps(initializers.Initializer):
        def __init__(self, by: float) -> None:
            self.by = by

        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            return self.by * np.arange(np.prod(shape)).reshape(shape)

    def alone(shape: Any) -> Any:
        return Steps(2)(shape)

    for made in (Steps(2.0), alone):
        row = layers.Dense(4, kernel_initializer=made)
        np.testing.assert_array_equal(weights.read(row, row.build((3,), generator(0)))[0], alone((3, 4)))
        picture = layers.Conv2D(2, (3, 5), kernel_initializer=made)
        got = weights.read(picture, picture.build((8, 8, 3), generator(0)))[0]
        np.testing.assert_array_equal(got, alone((3, 5, 3, 2)))
    with pytest.raises(HakseupError, match="gave"):
        layers.Dense(4, kernel_initializer=lambda shape: np.ones(3)).build((3,), generator(0))
