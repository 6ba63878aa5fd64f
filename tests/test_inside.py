"""Inside a network: what is spelled out adds up to what PyTorch gives."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from hakseup.errors import CallError
from hakseup.evaluation import explain, inside
from hakseup.layers import parse
from hakseup.models.sequential import Sequential

LAYERS = [
    "Conv2D(4, 3, activation='relu')",
    "Conv2D(6, (3, 2), strides=2, padding='same')",
    "BatchNormalization()",
    "Activation('tanh')",
    "MaxPooling2D(2, padding='same')",
    "Conv2D(4, 3, padding='same', dilation_rate=2, groups=2)",
    "AveragePooling2D(2, strides=1, padding='same')",
    "MaxPooling2D(2, strides=1, padding='same')",
    "Conv2D(40, 1, use_bias=False)",
    "Conv2D(3, 2)",
    "Flatten()",
    "Dense(7, activation='relu')",
    "Dense(3, activation='softmax')",
]


def built(layers: Sequence[str], shape: tuple[int, ...], classes: int) -> tuple[nn.Module, Sequential]:
    network = Sequential(parse(layers)).for_input(shape)
    module = network.build(torch.Generator().manual_seed(1), classes)
    with torch.no_grad():  # running averages that change something
        for part in module.modules():
            if hasattr(part, "running_mean"):
                part.running_mean.normal_()
                part.running_var.uniform_(0.5, 2)
    return module.eval(), network


def picture(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.randn(1, shape[2], *shape[:2], generator=torch.Generator().manual_seed(2))


def expected(facts: dict[str, Any]) -> float:
    """The output again, from what was spelled out, in plain Python."""
    kind = facts["kind"]
    if kind == "convolution":
        total = facts["bias"] + facts["rest"]
        for window, kernel, products in zip(facts["window"], facts["kernel"], facts["products"], strict=True):
            for row, weights, made in zip(window, kernel, products, strict=True):
                for value, weight, product in zip(row, weights, made, strict=True):
                    assert product == pytest.approx(value * weight, abs=1e-6)
                    total += value * weight
    elif kind == "dense":
        total = facts["bias"] + facts["rest"] + sum(one["product"] for one in facts["strongest"])
    elif kind == "pooling":
        there = [value for row in facts["window"] for value in row if value is not None]
        return max(there) if facts["how"] == "max" else sum(there) / len(there)
    elif kind == "normalization":
        return facts["scale"] * (facts["input"] - facts["mean"]) / facts["deviation"] + facts["offset"]
    else:
        return math.tanh(facts["input"]) if facts["activation"] == "tanh" else facts["input"]
    assert facts["sum"] == pytest.approx(total, abs=1e-4)
    return max(0.0, total) if facts["activation"] == "relu" else total


@pytest.mark.parametrize("shape", [(13, 12, 1), (16, 11, 3)])
def test_every_number_adds_up(shape: tuple[int, int, int]) -> None:
    module, network = built(LAYERS, shape, 3)
    x = picture(shape)
    for step in inside.steps(module, network, x)[:-1]:
        sizes = (*step.made.shape, 1, 1)[:3]
        for place in {(0, 0, 0), tuple(n // 2 for n in sizes), tuple(n - 1 for n in sizes)}:
            if step.row.type == "Flatten":
                continue
            facts = inside.position(module, network, x, step.row.name, place)  # type: ignore[arg-type]
            assert facts["output"] == pytest.approx(float(step.made[place[: step.made.ndim]]))
            assert expected(facts) == pytest.approx(facts["output"], abs=1e-4), (step.row.name, place, facts)


def test_what_comes_out_of_each_layer_is_what_the_next_one_gets() -> None:
    module, network = built(LAYERS, (13, 12, 1), 3)
    x = picture((13, 12, 1))
    steps = inside.steps(module, network, x)
    assert [step.row.name for step in steps] == list(network.names)
    for before, after in itertools.pairwise(steps):
        assert torch.equal(before.made, after.given)
    for step, shape in zip(steps, network.output_shapes, strict=True):
        made = tuple(step.made.shape)
        assert (made[1:] + made[:1] if len(made) == 3 else made) == shape
    assert torch.allclose(steps[-1].made, torch.softmax(module(x)[0], 0))


def test_a_dense_network_and_two_classes_from_one_output() -> None:
    module, network = built(
        ["Flatten()", "Dense(5, activation='relu')", "Dense(1, activation='sigmoid')"], (4, 4, 1), 2
    )
    x = picture((4, 4, 1))
    steps = inside.steps(module, network, x)
    p = float(torch.softmax(module(x)[0].detach(), 0)[1])
    assert steps[-1].made.shape == (1,) and float(steps[-1].made[0]) == pytest.approx(p)
    last = inside.position(module, network, x, "dense_1", (0, 0, 0))
    assert last["activation"] == "sigmoid"
    assert 1 / (1 + math.exp(-last["sum"])) == pytest.approx(p, abs=1e-5)


def test_many_channels_are_cut_to_those_that_count() -> None:
    module, network = built(["Conv2D(40, 1)", "Conv2D(2, 2)", "Flatten()", "Dense(3)"], (5, 5, 1), 3)
    facts = inside.position(module, network, picture((5, 5, 1)), "conv2d_1", (1, 2, 3))
    assert len(facts["channels"]) == len(facts["window"]) == inside.CHANNELS
    sums = [abs(sum(v for row in channel for v in row)) for channel in facts["products"]]
    assert expected(facts) == pytest.approx(facts["output"], abs=1e-4)
    assert facts["rest"] != 0 and min(sums) > 0


@pytest.mark.parametrize(
    "place", [("conv2d", (4, 0, 0)), ("conv2d", (0, 99, 0)), ("dense", (0, 1, 0)), ("cnv", (0, 0, 0))]
)
def test_a_place_that_is_not_there_is_said(place: tuple[str, tuple[int, int, int]]) -> None:
    module, network = built(["Conv2D(4, 3)", "Flatten()", "Dense(3)"], (8, 8, 1), 3)
    with pytest.raises(CallError) as raised:
        inside.position(module, network, picture((8, 8, 1)), *place)
    assert raised.value.code in ("no-such-place", "no-such-layer")


class Corner(nn.Module):
    """Knows only the upper left quarter."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen = x[:, :, :8, :8].mean((1, 2, 3))
        return torch.stack([-10 * seen, 10 * seen], 1)


@pytest.mark.parametrize("channels", [1, 3])
def test_only_what_the_network_looks_at_lights_up(channels: int) -> None:
    module = Corner()
    values = np.zeros((16, 16, channels), np.uint8)
    values[2:14, 2:14] = 255
    x = torch.from_numpy(values.transpose(2, 0, 1)[None].astype(np.float32) / 255)
    pixels, cam = explain.by_gradient(module, x, 1)
    assert cam is None  # nothing inside has height and width
    assert pixels[:8, :8].min() > 0 and pixels[8:].max() == pixels[:, 8:].max() == 0

    def probabilities(images: np.ndarray) -> np.ndarray:
        given = torch.from_numpy(images.transpose(0, 3, 1, 2).astype(np.float32) / 255)
        return torch.softmax(module(given), 1).numpy()

    covered = explain.by_covering(values, 1, probabilities)
    rows, columns = covered.drop.shape
    assert covered.drop[: rows // 3, : columns // 3].max() > 0
    assert np.allclose(covered.drop[rows * 2 // 3 :], 0) and np.allclose(
        covered.drop[:, columns * 2 // 3 :], 0
    )


def test_grad_cam_is_that_of_the_paper() -> None:
    """Against the definition written out: channel weights are mean gradients, what is negative is cut."""
    module, _network = built(
        ["Conv2D(3, 3, padding='same', activation='relu')", "Flatten()", "Dense(2)"], (6, 6, 1), 2
    )
    x = picture((6, 6, 1))
    _pixels, cam = explain.by_gradient(module, x, 1)
    assert cam is not None and cam[0] == "conv2d"
    maps = module[0](x).detach().requires_grad_(True)
    module[2](module[1](maps))[0, 1].backward()
    weights = maps.grad.mean((2, 3))[0]  # type: ignore[union-attr]
    wanted = (weights[:, None, None] * maps[0].detach()).sum(0).clamp_min(0)
    assert np.allclose(cam[1], wanted.numpy(), atol=1e-6)
    assert cam[1].max() > 0
