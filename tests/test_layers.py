"""Layers: arguments, shapes and text, and outputs against a second, plain NumPy implementation."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from hakseup.errors import NetworkError
from hakseup.layers import (
    ACTIVATIONS,
    ELU,
    INITIALIZERS,
    LAYERS,
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    EfficientNetLite0,
    Flatten,
    GaussianNoise,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Input,
    Layer,
    LayerNormalization,
    LeakyReLU,
    MaxPooling2D,
    ReLU,
    Rescaling,
    Reshape,
    Softmax,
    UpSampling2D,
    ZeroPadding2D,
    from_config,
    parse,
    text,
)
from hakseup.layers.initializers import initialize
from hakseup.models.sequential import Sequential
from hakseup.words import speak

SIZES = st.integers(1, 5)
PAIRS = st.one_of(SIZES, st.tuples(SIZES, SIZES))
NAMES = st.one_of(st.none(), st.sampled_from(["first", "합성곱", "a'b", 'a"b', "x y"]))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# -- text ------------------------------------------------------------------------------------------------


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    """Any layer with any arguments that it takes."""
    common = {
        "name": draw(NAMES),
        "input_shape": draw(
            st.one_of(st.none(), st.lists(st.integers(1, 99), min_size=1, max_size=3).map(tuple))
        ),
    }
    cls = draw(st.sampled_from(list(LAYERS.values())))
    weights = {
        "activation": draw(st.sampled_from([None, *ACTIVATIONS])),
        "use_bias": draw(st.booleans()),
        "kernel_initializer": draw(st.sampled_from(INITIALIZERS)),
        "bias_initializer": draw(st.sampled_from([i for i in INITIALIZERS if i != "orthogonal"])),
    }
    finite = st.floats(-1e6, 1e6, allow_nan=False)
    if cls is Input:
        return Input(draw(st.lists(st.integers(1, 99), min_size=1, max_size=3)), name=common["name"])
    if cls is Dense:
        return Dense(draw(st.integers(1, 5000)), **weights, **common)
    if cls is Conv2D:
        groups, strides = draw(st.integers(1, 3)), draw(PAIRS)
        dilation = draw(PAIRS) if strides in (1, (1, 1)) else 1
        return Conv2D(
            groups * draw(SIZES),
            draw(PAIRS),
            strides,
            draw(st.sampled_from(["valid", "same"])),
            dilation_rate=dilation,
            groups=groups,
            **weights,
            **common,
        )
    if cls in (MaxPooling2D, AveragePooling2D):
        strides = draw(st.one_of(st.none(), PAIRS))
        return cls(draw(PAIRS), strides, draw(st.sampled_from(["valid", "same"])), **common)
    if cls in (GlobalAveragePooling2D, GlobalMaxPooling2D):
        return cls(keepdims=draw(st.booleans()), **common)
    if cls is Dropout:
        return Dropout(draw(st.floats(0, 1)), **common)
    if cls is BatchNormalization:
        flags = {"center": draw(st.booleans()), "scale": draw(st.booleans())}
        return BatchNormalization(-1, draw(st.floats(0, 1)), draw(st.floats(1e-9, 1)), **flags, **common)
    if cls is Activation:
        return Activation(draw(st.sampled_from(ACTIVATIONS)), **common)
    if cls is Rescaling:
        return Rescaling(draw(finite), draw(finite), **common)
    if cls is LayerNormalization:
        flags = {"center": draw(st.booleans()), "scale": draw(st.booleans())}
        return LayerNormalization(-1, draw(st.floats(1e-9, 1)), **flags, **common)
    positive = st.floats(0, 1e6)
    if cls is ReLU:
        return ReLU(draw(st.one_of(st.none(), positive)), draw(positive), draw(positive), **common)
    if cls in (LeakyReLU, ELU):
        return cls(draw(positive), **common)
    if cls is Softmax:
        return Softmax(draw(st.sampled_from([-1, 1, 2, 3])), **common)
    if cls is GaussianNoise:
        return GaussianNoise(draw(st.floats(0, 1)), **common)
    if cls is Reshape:
        return Reshape(draw(st.lists(SIZES, min_size=1, max_size=3)), **common)
    if cls is ZeroPadding2D:
        sides = st.integers(0, 4)
        return ZeroPadding2D(draw(st.one_of(sides, st.tuples(sides, st.tuples(sides, sides)))), **common)
    if cls is UpSampling2D:
        return UpSampling2D(draw(PAIRS), None, draw(st.sampled_from(["nearest", "bilinear"])), **common)
    if cls is EfficientNetLite0:
        shares = st.floats(0.01, 10)
        return EfficientNetLite0(draw(st.booleans()), draw(shares), draw(shares), draw(shares), **common)
    assert cls is Flatten
    return Flatten(**common)


@given(layers())
@settings(max_examples=300, deadline=None)
def test_text_and_config_give_the_same_layer_back(layer: Layer) -> None:
    written = text(layer)
    assert parse([written]) == (layer,)
    config = json.loads(json.dumps(layer.config()))
    assert from_config(layer.type, config) == layer


@pytest.mark.parametrize(
    ("written", "shortest"),
    [
        (
            'Conv2D(32, kernel_size=(3,3), input_shape=(28, 28, 1), activation="relu")',
            "Conv2D(32, 3, activation='relu', input_shape=(28, 28, 1))",
        ),
        ("Dense(512, input_dim=784, activation='relu')", "Dense(512, activation='relu', input_dim=784)"),
        ("keras.layers.MaxPooling2D(2)", "MaxPooling2D()"),
        ("MaxPool2D(pool_size=(3, 3), strides=3)", "MaxPooling2D(3)"),
        ("layers.Rescaling(1./255)", f"Rescaling({1 / 255!r})"),
        ("Rescaling(1/127.5, offset=-1),", f"Rescaling({1 / 127.5!r}, offset=-1.0)"),
        ("Dense(4, kernel_initializer='HeNormal')", "Dense(4, kernel_initializer='he_normal')"),
        ("Dense(4, 'swish', kernel_initializer='normal')", None),
    ],
)
def test_lines_as_tutorials_write_them(written: str, shortest: str | None) -> None:
    (layer,) = parse([written])
    if shortest is None:
        assert isinstance(layer, Dense)
        assert (layer.activation, layer.kernel_initializer) == ("silu", "random_normal")
    else:
        assert text(layer) == shortest


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("Dens(10)", "unknown-layer", "'Dense'"),
        ("Conv2d(8, 3)", "unknown-layer", "'Conv2D'"),
        ("LSTM(3)", "unknown-layer", "There are: Input, Dense"),
        ("Dense(10, actvation='relu')", "unknown-argument", "'activation'"),
        ("Dense(10, activation='rellu')", "unknown-activation", "'relu'"),
        ("Dense(10, kernel_initializer='he_norml')", "unknown-initializer", "'he_normal'"),
        ("Dense(10, bias_initializer='orthogonal')", "unknown-initializer", "glorot_uniform"),
        ("Dense(10, kernel_regularizer=l2(0.1))", "unsupported-argument", "weight_decay"),
        ("Dense(10, activation=relu)", "layer-syntax", "'relu'"),
        ("Dense(10, use_bias=false)", "layer-syntax", "False"),
        ("Dense(int(10))", "layer-syntax", "is a call"),
        ("model.add(Dense(10))", "layer-syntax", "one layer a line"),
        ("Dense(10))", "layer-syntax", "character 10"),
        ("Dense(10", "layer-syntax", "`Dense(10`"),
        ("Dense(2**40)", "layer-syntax", "2 ** 40"),
        ("Dense(**{'units': 3})", "layer-syntax", "**"),
        ("Dense(3), Dense(4)", "layer-syntax", "not a layer"),
        ("", "layer-syntax", "cannot be read"),
        ("[" * 9000, "layer-syntax", "cannot be read"),
        ("Dense(3\0)", "layer-syntax", "cannot be read"),
        ("Rescaling(1/0)", "layer-syntax", "1 / 0"),
        ("Rescaling(10e999)", "bad-argument", "a number"),
        ("Dense()", "missing-argument", "units"),
        ("Dense(3, units=3)", "repeated-argument", "units"),
        ("Flatten(1, 2)", "too-many-arguments", "at most 1"),
        ("Dense(0)", "bad-argument", "it is 0"),
        ("Dense(2.0)", "bad-argument", "whole number"),
        ("Dense(True)", "bad-argument", "it is True"),
        ("Dense(3, use_bias=1)", "bad-argument", "True or False"),
        ("Dense(3, name='a.b')", "bad-argument", "'a.b'"),
        ("Dense(3, input_dim=0)", "bad-argument", "input_dim"),
        ("Dense(3, input_dim=4, input_shape=(4,))", "bad-argument", "left out"),
        ("Conv2D(3, 0)", "bad-argument", "kernel_size"),
        ("Conv2D(3, (1, 2, 3))", "bad-argument", "kernel_size"),
        ("Conv2D(3, 3, padding='sane')", "bad-argument", "'same'"),
        ("Conv2D(3, 3, strides=2, dilation_rate=2)", "bad-argument", "as in Keras"),
        ("Conv2D(3, 3, groups=2)", "bad-argument", "multiple of groups=2"),
        ("Conv2D(3, 3, data_format='channels_first')", "bad-argument", "channels_last"),
        ("MaxPooling2D(strides=0)", "bad-argument", "strides"),
        ("Dropout(1.5)", "bad-argument", "from 0 to 1"),
        ("Dropout('half')", "bad-argument", "'half'"),
        ("BatchNormalization(axis=0)", "bad-argument", "axis"),
        ("Input()", "bad-argument", "shape"),
        ("Input((1, 2, 3, 4))", "bad-argument", "shape"),
    ],
)
def test_wrong_lines_are_refused_with_the_line_and_the_nearest_word(line: str, code: str, said: str) -> None:
    with pytest.raises(NetworkError) as caught:
        parse(["Flatten()", line])
    assert caught.value.code == code
    assert said in str(caught.value)
    assert "Layer 2, `" in str(caught.value)
    with speak("ko"):
        assert "2번째 층" in str(caught.value)


PIECES = [
    "Dense(",
    "Conv2D(",
    "8",
    ", ",
    "3",
    ")",
    "'relu'",
    "activation=",
    "(",
    "-",
    "1/",
    "\\d'",
    "[",
    "**",
    "None",
]


@given(st.one_of(st.text(max_size=30), st.lists(st.sampled_from(PIECES), max_size=9).map("".join)))
@settings(max_examples=300, deadline=None)
def test_any_line_is_a_layer_or_a_sentence(line: str) -> None:
    try:
        (layer,) = parse([line])
    except NetworkError as error:
        assert error.message.en and error.message.ko
    else:
        assert parse([text(layer)]) == (layer,)


def test_nothing_in_a_line_is_executed(tmp_path: object) -> None:
    with pytest.raises(NetworkError):
        parse([f"Dense(__import__('pathlib').Path({str(tmp_path)!r} + '/x').touch())"])
    with pytest.raises(NetworkError):
        parse([f"__import__('pathlib').Path({str(tmp_path)!r} + '/x').touch()"])


def test_the_layers_load_neither_torch_nor_numpy() -> None:
    code = (
        "import sys, hakseup.layers, hakseup.models.sequential; print({'torch', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# -- outputs against plain NumPy ---------------------------------------------------------------------------


def padded(x: np.ndarray, window: tuple[int, int], strides: tuple[int, int], fill: float) -> np.ndarray:
    """(n, h, w, c) with TensorFlow's borders for 'same' written out from its definition."""
    borders = [(0, 0)]
    for size, k, s in zip(x.shape[1:3], window, strides, strict=True):
        total = max(k - s, 0) if size % s == 0 else max(k - size % s, 0)
        borders.append((total // 2, total - total // 2))
    return np.pad(x, [*borders, (0, 0)], constant_values=fill)


def windows(x: np.ndarray, window: tuple[int, int], strides: tuple[int, int]) -> np.ndarray:
    """(n, h', w', c, kh, kw)."""
    return sliding_window_view(x, window, axis=(1, 2))[:, :: strides[0], :: strides[1]]


def run(layer: Layer, x: np.ndarray, module: torch.nn.Module | None = None) -> np.ndarray:
    """The layer's module on Keras-shaped numbers (n, h, w, c), float64, back in Keras' shape."""
    module = (module or layer.build(x.shape[1:], generator())).double()
    tensor = torch.from_numpy(x)
    if x.ndim == 4:
        tensor = tensor.permute(0, 3, 1, 2)
    with torch.no_grad():
        out = module(tensor)
    out = out.permute(0, 2, 3, 1) if out.ndim == 4 else out
    assert tuple(out.shape[1:]) == layer.output_shape(x.shape[1:])
    return out.numpy()


shapes = st.tuples(st.integers(1, 9), st.integers(1, 9))


@given(shapes, PAIRS, st.one_of(st.none(), PAIRS), st.sampled_from(["valid", "same"]), st.integers(0, 99))
@settings(max_examples=200, deadline=None)
def test_pooling_of_every_size_step_and_border(
    size: tuple[int, int], pool: object, strides: object, padding: str, seed: int
) -> None:
    x = np.random.default_rng(seed).normal(size=(2, *size, 3)) - 5  # below zero: a border of zeros would show
    for cls, fill in ((MaxPooling2D, -np.inf), (AveragePooling2D, np.nan)):
        layer = cls(pool, strides, padding)
        if padding == "valid" and (size[0] < layer.pool_size[0] or size[1] < layer.pool_size[1]):
            with pytest.raises(NetworkError, match="at least"):
                layer.output_shape((*size, 3))
            continue
        wide = padded(x, layer.pool_size, layer.strides, fill) if padding == "same" else x
        seen = windows(wide, layer.pool_size, layer.strides)
        wanted = seen.max((-2, -1)) if cls is MaxPooling2D else np.nanmean(seen, (-2, -1))
        np.testing.assert_allclose(run(layer, x), wanted, atol=1e-12)


@given(
    shapes,
    PAIRS,
    PAIRS,
    PAIRS,
    st.sampled_from(["valid", "same"]),
    st.integers(1, 2),
    st.booleans(),
    st.integers(0, 99),
)
@settings(max_examples=200, deadline=None)
def test_convolution_of_every_size_step_and_border(
    size: tuple[int, int],
    kernel: object,
    strides: object,
    dilation: object,
    padding: str,
    groups: int,
    bias: bool,
    seed: int,
) -> None:
    if strides not in (1, (1, 1)):
        dilation = 1
    layer = Conv2D(4, kernel, strides, padding, dilation_rate=dilation, groups=groups, use_bias=bias)
    layer = dataclasses.replace(layer, bias_initializer="random_normal")
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, *size, 6))
    if padding == "valid" and any(a < b for a, b in zip(size, layer.window(), strict=True)):
        with pytest.raises(NetworkError, match="at least"):
            layer.output_shape((*size, 6))
        return
    module = layer.build((*size, 6), generator(seed))
    weight = module.weight.detach().double().numpy()  # (filters, channels of a group, kh, kw)
    wide = padded(x, layer.window(), layer.strides, 0) if padding == "same" else x
    seen = windows(wide, layer.window(), layer.strides)[
        ..., :: layer.dilation_rate[0], :: layer.dilation_rate[1]
    ]
    inputs = np.split(seen, groups, axis=3)
    kernels = np.split(weight, groups, axis=0)
    wanted = np.concatenate(
        [np.einsum("nhwcij,fcij->nhwf", i, k) for i, k in zip(inputs, kernels, strict=True)], axis=-1
    )
    if bias:
        wanted = wanted + module.bias.detach().double().numpy()
    np.testing.assert_allclose(run(layer, x, module), wanted, atol=1e-10)
    trainable, fixed = layer.parameter_count((*size, 6))
    assert (trainable, fixed) == (sum(p.numel() for p in module.parameters()), 0)


@pytest.mark.parametrize(("kernel", "padding"), [(3, "same"), (2, "same"), (3, "valid")])
def test_the_activation_stands_behind_the_convolution(kernel: int, padding: str) -> None:
    x = np.random.default_rng(0).normal(size=(2, 5, 5, 3))
    plain, active = (run(Conv2D(4, kernel, padding=padding, activation=a), x) for a in (None, "relu"))
    assert plain.min() < 0
    np.testing.assert_allclose(active, np.maximum(plain, 0))


def test_plain_even_convolutions_are_torchs_own() -> None:
    assert type(Conv2D(4, 3, padding="same").build((8, 8, 1), generator())) is torch.nn.Conv2d
    assert type(MaxPooling2D(2).build((8, 8, 1), generator())) is torch.nn.MaxPool2d


def test_flatten_keeps_keras_order_without_a_copy() -> None:
    x = np.arange(2 * 3 * 4 * 5, dtype=float).reshape(2, 3, 4, 5)
    assert np.array_equal(run(Flatten(), x), x.reshape(2, -1))
    assert np.array_equal(run(Flatten(), x[..., 0]), x[..., 0].reshape(2, -1))
    tensor = torch.rand(2, 5, 3, 4).to(memory_format=torch.channels_last)
    assert Flatten().build((3, 4, 5), generator())(tensor).data_ptr() == tensor.data_ptr()


def test_dense_acts_on_the_last_axis_of_any_shape() -> None:
    for shape in ((7,), (3, 7), (3, 4, 7)):
        layer = Dense(5, activation="softmax")
        x = np.random.default_rng(0).normal(size=(2, *shape))
        module = layer.build(shape, generator())
        scores = x @ module.weight.detach().double().numpy().T
        wanted = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
        np.testing.assert_allclose(run(layer, x, module), wanted, atol=1e-12)


@pytest.mark.parametrize("shape", [(6,), (5, 6), (3, 5, 6)])
@pytest.mark.parametrize(("center", "scale"), [(True, True), (False, True), (True, False), (False, False)])
def test_batch_normalization_keeps_the_biased_variance(
    shape: tuple[int, ...], center: bool, scale: bool
) -> None:
    layer = BatchNormalization(momentum=0.8, center=center, scale=scale)
    x = np.random.default_rng(1).normal(3, 2, size=(4, *shape))
    module = layer.build(shape, generator())
    axes = tuple(range(x.ndim - 1))
    mean, variance = x.mean(axes), x.var(axes)
    np.testing.assert_allclose(run(layer, x, module), (x - mean) / np.sqrt(variance + 1e-3), atol=1e-10)
    np.testing.assert_allclose(module.running_mean, 0.2 * mean, atol=1e-12)
    np.testing.assert_allclose(module.running_var, 0.8 + 0.2 * variance, atol=1e-12)
    module.eval()
    wanted = (x - 0.2 * mean) / np.sqrt(0.8 + 0.2 * variance + 1e-3)
    np.testing.assert_allclose(run(layer, x, module), wanted, atol=1e-10)
    trainable, fixed = layer.parameter_count(shape)
    assert trainable == sum(p.numel() for p in module.parameters()) == 6 * (center + scale)
    assert fixed == sum(b.numel() for b in module.buffers()) == 12


@pytest.mark.parametrize("shape", [(6,), (5, 6), (3, 4, 6)])
def test_layers_have_torchs_gradients_where_torch_has_the_layer(shape: tuple[int, ...]) -> None:
    own, plain = BatchNormalization().build(shape, generator()), torch.nn.BatchNorm1d(6, eps=1e-3)
    x = torch.randn(8, *(shape[-1:] + shape[:-1] if len(shape) == 3 else shape), generator=generator())
    inputs = [x.clone().requires_grad_() for _ in range(2)]
    out = own(inputs[0])
    order = (
        inputs[1].transpose(1, 2) if len(shape) == 2 else inputs[1].flatten(2) if x.ndim == 4 else inputs[1]
    )
    other = plain(order)
    weights = torch.randn(out.shape, generator=generator(1))
    (out * weights).sum().backward()
    reordered = weights.transpose(1, 2) if len(shape) == 2 else weights.reshape(other.shape)
    (other * reordered).sum().backward()
    torch.testing.assert_close(inputs[0].grad, inputs[1].grad, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(own.weight.grad, plain.weight.grad, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(own.bias.grad, plain.bias.grad, atol=1e-5, rtol=1e-4)


def test_every_layer_lets_gradients_through() -> None:
    lines = ["Conv2D(4, 2, padding='same', activation='relu')", "BatchNormalization()", "Activation('elu')"]
    lines += [
        "MaxPooling2D(2, 1, 'same')",
        "AveragePooling2D(2, 2, 'same')",
        "Rescaling(2.0)",
        "Dropout(0.1)",
    ]
    lines += ["Dense(3, 'softmax')", "GlobalMaxPooling2D()", "Dense(2)"]
    network = Sequential(parse(lines), (7, 9, 3)).build(generator())
    for x in (torch.randn(4, 3, 7, 9), torch.randn(4, 3, 7, 9).to(memory_format=torch.channels_last)):
        network.zero_grad()
        network(x).square().sum().backward()
        assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_batch_normalization_trains_on_a_single_row() -> None:
    module = BatchNormalization().build((3,), generator())
    x = torch.tensor([[5.0, -2.0, 0.0]], requires_grad=True)
    out = module(x)
    out.sum().backward()
    assert torch.equal(out, torch.zeros(1, 3))
    assert x.grad is not None and torch.equal(x.grad, torch.zeros(1, 3))
    torch.testing.assert_close(module.running_mean, x.detach()[0] * 0.01)
    torch.testing.assert_close(module.running_var, torch.full((3,), 0.99))


def test_global_pooling_and_rescaling() -> None:
    x = np.random.default_rng(2).normal(size=(2, 3, 4, 5))
    np.testing.assert_allclose(run(GlobalAveragePooling2D(), x), x.mean((1, 2)))
    np.testing.assert_allclose(run(GlobalMaxPooling2D(keepdims=True), x), x.max((1, 2), keepdims=True))
    np.testing.assert_allclose(run(Rescaling(0.5, -1), x), x * 0.5 - 1)


def test_dropout_only_while_training_and_keeps_the_mean() -> None:
    module = Dropout(0.25).build((1000,), generator())
    x = torch.ones(100, 1000)
    assert torch.equal(module.eval()(x), x)
    out = module.train()(x)
    assert out.unique().tolist() == [0.0, pytest.approx(1 / 0.75)]
    assert out.mean().item() == pytest.approx(1, abs=0.02)


def test_layers_keep_channels_last_memory_and_bfloat16() -> None:
    x = torch.randn(4, 6, 9, 9).to(memory_format=torch.channels_last)
    lines = [
        "Conv2D(6, 3, padding='same', activation='relu')",
        "Conv2D(6, 2, strides=2, padding='same')",
        "MaxPooling2D(2, padding='same')",
        "AveragePooling2D(3, strides=1, padding='same')",
        "BatchNormalization()",
        "Dense(6)",
        "Rescaling(2.0)",
    ]
    for layer in parse(lines):
        module = layer.build((9, 9, 6), generator()).to(memory_format=torch.channels_last)
        assert module(x).is_contiguous(memory_format=torch.channels_last), layer
        with torch.autocast("cpu", torch.bfloat16):
            half = module(x.bfloat16())
        assert half.dtype is torch.bfloat16, layer


def test_building_moves_no_global_generator() -> None:
    before = torch.get_rng_state()
    for layer in parse(
        ["Dense(9)", "Conv2D(4, 3)", "Conv2D(4, 3, activation='relu')", "BatchNormalization()"]
    ):
        shape = (5,) if isinstance(layer, Dense) else (5, 5, 2)
        first, second = (layer.build(shape, generator(3)).state_dict() for _ in range(2))
        assert all(torch.equal(first[key], second[key]) for key in first)
    assert torch.equal(before, torch.get_rng_state())


# -- initialisers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "deviation", "limit"),
    [
        # of a Dense layer with 300 inputs and 500 outputs, from the papers' formulas
        ("glorot_uniform", math.sqrt(2 / 800), math.sqrt(6 / 800)),
        ("glorot_normal", math.sqrt(2 / 800), 2 * math.sqrt(2 / 800) / 0.8796),
        ("he_uniform", math.sqrt(2 / 300), math.sqrt(6 / 300)),
        ("he_normal", math.sqrt(2 / 300), 2 * math.sqrt(2 / 300) / 0.8796),
        ("lecun_uniform", math.sqrt(1 / 300), math.sqrt(3 / 300)),
        ("lecun_normal", math.sqrt(1 / 300), 2 * math.sqrt(1 / 300) / 0.8796),
        ("random_normal", 0.05, math.inf),
        ("random_uniform", 0.05 / math.sqrt(3), 0.05),
        ("truncated_normal", 0.05 * 0.8796, 0.1),
        ("orthogonal", math.sqrt(1 / 500), math.inf),
        ("zeros", 0.0, 0.0),
        ("ones", 0.0, 1.0),
    ],
)
def test_initialisers_have_their_deviation_and_bounds(name: str, deviation: float, limit: float) -> None:
    weights = torch.empty(500, 300)
    initialize(weights, name, generator())
    assert weights.std().item() == pytest.approx(deviation, rel=0.02, abs=1e-12)
    assert weights.abs().max().item() <= limit * (1 + 1e-6)
    if math.isfinite(limit) and name != "ones":
        assert weights.abs().max().item() >= limit * 0.99
    assert weights.mean().item() == pytest.approx(1.0 if name == "ones" else 0.0, abs=0.002)
    if name == "orthogonal":
        torch.testing.assert_close(weights.T @ weights, torch.eye(300), atol=1e-5, rtol=0)
