"""The same numbers as the real Keras (on its PyTorch backend): counts, shapes, outputs, first weights.

Average pooling with an uneven 'same' border is left out here: Keras on PyTorch repeats the edge there and so
differs from Keras on TensorFlow. test_layers.py checks it against the definition.
"""

from __future__ import annotations

import itertools
import os
from typing import Any

import numpy as np
import pytest
import torch

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras", reason="the real Keras is not installed (pip install hakseup[dev])")
if keras.backend.backend() != "torch":
    pytest.skip("Keras runs on another backend than PyTorch", allow_module_level=True)

from test_sequential import FASHION, MLP, MNIST, SHAPES  # noqa: E402

from hakseup.layers import ACTIVATIONS, INITIALIZERS, Layer, parse, text  # noqa: E402
from hakseup.layers.initializers import initialize  # noqa: E402
from hakseup.models.sequential import Sequential  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own


def theirs(layer: Layer) -> Any:
    """The same layer in Keras."""
    config = {k: tuple(v) if isinstance(v, list) else v for k, v in layer.config().items()}
    config.pop("input_shape", None)
    return getattr(keras.layers, layer.type)(**config)


def model(network: Sequential) -> Any:
    """The same network in Keras, with random weights everywhere."""
    keras.utils.clear_session(free_memory=False)  # names start anew
    out = keras.Sequential([keras.layers.Input(network.input_shape), *map(theirs, network.layers)])
    rng = np.random.default_rng(0)
    for layer in out.layers:
        new = [
            rng.normal(0, 0.5 / max(1, np.prod(w.shape[:-1])) ** 0.5, w.shape) for w in layer.get_weights()
        ]
        if type(layer).__name__ == "BatchNormalization":
            new = [np.abs(w) + 0.5 for w in new]
        layer.set_weights(new)
    return out


def carry(source: Any, module: torch.nn.Module) -> None:
    """Keras' weights into ours: kernels (kh, kw, in, out) -> (out, in, kh, kw), (in, out) -> (out, in)."""
    ours = dict(module.named_children())
    names = {
        "gamma": "weight",
        "beta": "bias",
        "moving_mean": "running_mean",
        "moving_variance": "running_var",
    }
    for layer in source.layers:
        for variable in layer.weights:
            value = torch.tensor(keras.ops.convert_to_numpy(variable))
            value = value.permute(3, 2, 0, 1) if value.ndim == 4 else value.T if value.ndim == 2 else value
            name = names.get(variable.name, {"kernel": "weight"}.get(variable.name, variable.name))
            with torch.no_grad():
                getattr(ours[layer.name], name).copy_(value)


def compare(lines: list[str], shape: tuple[int, ...], training: bool = False, batch: int = 3) -> None:
    """Counts, shapes and outputs of both, and the running values after a training step."""
    network = Sequential(parse(lines), shape)
    source = model(network)
    assert [layer.name for layer in source.layers] == list(network.names)
    assert [layer.count_params() for layer in source.layers] == [row.parameters for row in network.rows]
    assert source.output_shape[1:] == network.output_shapes[-1], lines
    module = network.build(torch.Generator().manual_seed(0))
    carry(source, module)
    x = np.random.default_rng(1).normal(size=(batch, *shape)).astype(np.float32)
    wanted = source(x, training=training).detach().numpy()
    tensor = torch.from_numpy(x)
    if tensor.ndim == 4:
        tensor = tensor.permute(0, 3, 1, 2)
    module.train(training)
    with torch.no_grad():
        out = module(tensor)
    out = {"softmax": lambda t: t.softmax(1), "sigmoid": torch.sigmoid, "linear": lambda t: t}[
        network.final_activation
    ](out)
    out = out.permute(0, 2, 3, 1) if out.ndim == 4 else out
    np.testing.assert_allclose(out.numpy(), wanted, atol=1e-5, rtol=1e-5, err_msg=str(lines))
    if training:
        buffers = [b for _, b in sorted(module.named_buffers())]
        theirs_after = [
            w.value.detach() for _, w in sorted((w.path, w) for w in source.non_trainable_variables if w.ndim)
        ]
        for own, other in zip(buffers, theirs_after, strict=True):
            torch.testing.assert_close(own, other, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("lines", "count"), [(MLP, 407_050), (MNIST, 1_199_882), (FASHION, 333_526), (SHAPES, 839_107)]
)
def test_the_tutorials_networks(lines: list[str], count: int) -> None:
    network = Sequential(parse(lines))
    assert network.input_shape is not None
    assert model(network).count_params() == count == network.parameters
    compare(lines, network.input_shape)


def test_convolutions_of_every_border_step_dilation_and_group() -> None:
    kernels, steps = [1, 2, 3, 4, (2, 5)], [(1, 1), (2, 1), (3, 1), (1, 2), (1, 3)]
    tried = 0
    for i, (kernel, (step, dilation), padding, groups) in enumerate(
        itertools.product(kernels, steps, ("valid", "same"), (1, 2))
    ):
        shape = [(11, 14, 4), (10, 15, 4), (13, 13, 4)][i % 3]
        line = (
            f"Conv2D(6, {kernel}, {step}, '{padding}', dilation_rate={dilation}, groups={groups}, "
            f"activation='{ACTIVATIONS[i % len(ACTIVATIONS)]}', use_bias={i % 4 != 0})"
        )
        compare([line], shape)
        tried += 1
    assert tried == 100


def test_pooling_of_every_border_and_step() -> None:
    sizes = [(8, 12, 3), (9, 7, 3), (11, 10, 3)]
    for i, (pool, step, padding) in enumerate(
        itertools.product((1, 2, 3, (2, 3), (4, 2)), (None, 1, 2, 3), ("valid", "same"))
    ):
        size = sizes[i % 3]
        compare([f"MaxPooling2D({pool}, {step}, '{padding}')"], size)
        ph, pw = pool if isinstance(pool, tuple) else (pool, pool)
        sh, sw = (ph, pw) if step is None else (step, step)
        borders = [max(0, (-(-n // s) - 1) * s + k - n) for n, k, s in ((size[0], ph, sh), (size[1], pw, sw))]
        if padding == "valid" or all(total % 2 == 0 for total in borders):
            compare([f"AveragePooling2D({pool}, {step}, '{padding}')"], size)


@pytest.mark.parametrize(
    ("lines", "shape"),
    [
        (["GlobalAveragePooling2D()"], (5, 7, 3)),
        (["GlobalMaxPooling2D(keepdims=True)"], (5, 7, 3)),
        (["Flatten()", "Dense(4)"], (3, 5, 2)),
        (["Flatten()"], (4, 6)),
        (["Rescaling(1/127.5, offset=-1)"], (4, 4, 1)),
        (["Dense(5, activation='softmax')", "Dense(3)"], (4, 6, 2)),
        (["Dense(5, activation='softmax')", "Dense(3)"], (4, 6)),
        (["Dense(5, use_bias=False)", "Dropout(0.5)", "Dense(1, activation='sigmoid')"], (8,)),
        (["Conv2D(4, 3)", "BatchNormalization()", "Activation('relu')", "Flatten()", "Dense(3)"], (6, 6, 2)),
        (["Activation('softmax')", "Conv2D(3, 1)"], (6, 6, 4)),
    ],
)
def test_other_layers_and_their_shapes(lines: list[str], shape: tuple[int, ...]) -> None:
    compare(lines, shape)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str) -> None:
    compare([f"Activation('{name}')", "Rescaling(1.0)"], (50,), batch=8)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("shape", [(6,), (5, 6), (3, 4, 6)])
@pytest.mark.parametrize("arguments", ["", "momentum=0.5, epsilon=0.1", "center=False", "scale=False"])
def test_batch_normalization(arguments: str, shape: tuple[int, ...], training: bool) -> None:
    compare([f"BatchNormalization({arguments})"], shape, training)
    if shape == (6,):
        compare([f"BatchNormalization({arguments})"], shape, training, batch=1)


@pytest.mark.parametrize("name", INITIALIZERS)
@pytest.mark.parametrize("shape", [(300, 200), (5, 5, 24, 64)])
def test_first_weights_are_distributed_alike(name: str, shape: tuple[int, ...]) -> None:
    keras.utils.set_random_seed(0)
    other = keras.ops.convert_to_numpy(keras.initializers.get(name)(shape))
    own = torch.empty([shape[-1], shape[-2], *shape[:-2]])
    initialize(own, name, torch.Generator().manual_seed(1))
    assert own.std().item() == pytest.approx(other.std(), rel=0.03, abs=1e-9)
    assert own.mean().item() == pytest.approx(other.mean(), abs=0.003)
    fractions = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]
    spread = max(other.std(), 1e-9)
    quantiles = np.quantile(own.numpy(), fractions) - np.quantile(other, fractions)
    assert np.abs(quantiles).max() < 0.15 * spread + 1e-9


def test_defaults_and_argument_names_are_keras_own() -> None:
    lines = ["Dense(3)", "Conv2D(3, 3)", "MaxPooling2D()", "AveragePooling2D(2)", "Dropout(0.5)", "Flatten()"]
    lines += ["BatchNormalization()", "Activation('relu')", "Rescaling(2.0)", "GlobalMaxPooling2D()"]
    for layer in parse(lines):
        config = theirs(layer).get_config()
        for name, value in layer.config().items():
            other = config[name]
            if isinstance(other, dict):  # an initialiser
                other = "".join(f"_{c.lower()}" if c.isupper() else c for c in other["class_name"])[1:]
            if name in ("activation", "data_format"):
                value = value or {"activation": "linear", "data_format": "channels_last"}[name]
            assert (list(other) if isinstance(other, tuple) else other) == value, (text(layer), name)
