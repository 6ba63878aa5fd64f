"""The way over a graphics card, without one: PyTorch's fake tensors refuse every operation that mixes devices."""

from __future__ import annotations

import contextlib
import dataclasses
import types
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from makers import pictures
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional as F

from hakseup.data.batches import Batches
from hakseup.data.preparation import Preparation
from hakseup.models import catalog
from hakseup.models.inference import channels_last, logits
from hakseup.settings import AugmentationSettings, DataSettings, PreparationSettings, Recipe, assign
from hakseup.training import device, loop, optimizers
from hakseup.training.device import Threads
from hakseup.training.gradients import Gradients

CUDA = torch.device("cuda", 0)
STRONG = AugmentationSettings(
    shift=2, flip=True, rotate=20.0, shrink=0.2, grow=0.2, elastic=1.0, thickness=1.0, contrast=0.2, erase=0.1
)


@pytest.fixture
def fake() -> Iterator[None]:
    with FakeTensorMode(allow_non_fake_inputs=True):
        yield


def batches(channels: int, augmentation: AugmentationSettings) -> Batches:
    data = pictures(48, 3, 24, channels)
    index = np.arange(48)
    prepared = Preparation.fitted(data, index, DataSettings(), PreparationSettings())
    return Batches(data.images, index, data.labels.values, prepared, augmentation, 16, 0, 0)


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "augmentation", [AugmentationSettings(shift=1, flip=True), STRONG], ids=["plain", "strong"]
)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_step_stays_on_the_card(channels: int, augmentation: AugmentationSettings, optimizer: str) -> None:
    made = batches(channels, augmentation)
    settings = dataclasses.replace(Recipe().training, optimizer=optimizer)
    network = catalog.network("fast", {"dropout": 0.2}, (24, 24, channels), 3)
    module = channels_last(network.build(torch.Generator().manual_seed(0)).to(CUDA))
    fabric = types.SimpleNamespace(backward=lambda loss: loss.backward(), autocast=contextlib.nullcontext)
    stepper = optimizers.optimizer(module, settings)
    assert {group["fused"] for group in stepper.param_groups} == {True}
    with Gradients(fabric, module, module, F.cross_entropy, Threads()) as gradients:
        gradients.train()
        steps = 0
        for x, y in made.epoch(1, 0, CUDA):
            assert x.device == y.device == CUDA and x.shape == (16, channels, 24, 24)
            out, loss = gradients(x, y)
            assert out.device == loss.device == CUDA
            assert all(p.grad is not None and p.grad.device == CUDA for p in module.parameters())
            steps += 1
    assert steps == 3


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("mirrored", [False, True])
def test_predictions_go_over_the_card(mirrored: bool) -> None:
    made = batches(3, AugmentationSettings())
    network = catalog.network("fast", {}, (24, 24, 3), 3)
    module = network.build(torch.Generator().manual_seed(0)).to(CUDA)
    prepared = dataclasses.replace(made.preparation, mirrored=mirrored)
    out = list(logits(module, made.images, made.index, prepared, batch_size=20, device=CUDA))
    assert [len(block) for block in out] == [20, 20, 8]
    assert all(block.device == CUDA and block.shape[1] == 3 for block in out)


def test_fake_tensors_notice_what_stays_behind() -> None:
    with FakeTensorMode(), pytest.raises(RuntimeError, match="device"):
        torch.ones(2, device="cuda") + torch.ones(2)


@pytest.mark.parametrize("bf16", [True, False])
def test_a_card_is_taken_where_there_is_one(monkeypatch: pytest.MonkeyPatch, bf16: bool) -> None:
    settings = Recipe().training
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: bf16)
    assert device.device(settings) == torch.device("cuda")
    network = catalog.network("fast", {}, (24, 24, 1), 3).build(torch.Generator().manual_seed(0))
    assert device.precision(settings, CUDA, network) == ("bf16" if bf16 else "fp32")
    dense = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 2))
    assert device.precision(settings, CUDA, dense) == "fp32"
    said = assign(Recipe(), {"training.precision": "bf16", "training.device": "cpu"}).training
    assert device.device(said) == torch.device("cpu") and device.precision(said, CUDA, dense) == "bf16"
    with device.threads(network, (24, 24, 1), 4096, 2, CUDA) as threads:
        assert threads.parts == 1  # a card takes a batch whole


def test_random_numbers_of_the_card_are_kept_in_the_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    state = torch.arange(16, dtype=torch.uint8)
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda new, where: asked.append((new, where)))
    run = types.SimpleNamespace(generator=state, job=types.SimpleNamespace(device=CUDA))
    before = torch.get_rng_state()
    loop._State.seed_dropout(run)  # type: ignore[arg-type]
    assert asked == [(state, CUDA)] and torch.equal(before, torch.get_rng_state())
    assert loop._cuda(CUDA) == [0] and loop._cuda(torch.device("cpu")) == []


def test_sums_have_a_type_that_the_device_knows() -> None:
    assert loop._exact(torch.device("cpu")) == loop._exact(CUDA) == torch.float64
    assert loop._exact(torch.device("mps")) == torch.float32  # Apple's have no double precision
