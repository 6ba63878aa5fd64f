"""The way over a graphics card, without one: PyTorch's meta device stands for it.

It holds no numbers, but knows shapes, and refuses every operation that mixes its tensors with those of the processor.
"""

from __future__ import annotations

import contextlib
import dataclasses

import numpy as np
import pytest
import torch
from makers import pictures
from torch.nn import functional as F

from hakseup.data.batches import Batches
from hakseup.data.preparation import Preparation
from hakseup.models import catalog
from hakseup.models.inference import channels_last, logits
from hakseup.settings import AugmentationSettings, DataSettings, PreparationSettings, Recipe, assign
from hakseup.training import device, epochs, optimizers, sums
from hakseup.training.device import Threads
from hakseup.training.gradients import Gradients

CUDA, CARD = torch.device("cuda", 0), torch.device("meta")
STRONG = AugmentationSettings(  # all but `thickness`, which asks for a number on the way
    shift=2,
    flip=True,
    rotate=20.0,
    shrink=0.2,
    grow=0.2,
    elastic=1.0,
    contrast=0.2,
    brightness=0.1,
    erase=0.1,
)


def batches(channels: int, augmentation: AugmentationSettings) -> Batches:
    data = pictures(48, 3, 24, channels)
    index = np.arange(48)
    prepared = Preparation.fitted(data, index, DataSettings(), PreparationSettings())
    return Batches(data.images, index, data.labels.values, prepared, augmentation, 16, 0, 0)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "augmentation", [AugmentationSettings(shift=1, flip=True), STRONG], ids=["plain", "strong"]
)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_step_stays_on_the_card(channels: int, augmentation: AugmentationSettings, optimizer: str) -> None:
    made = batches(channels, augmentation)
    settings = dataclasses.replace(Recipe().training, optimizer=optimizer)
    network = catalog.network("fast", {"dropout": 0.2}, (24, 24, channels), 3)
    module = channels_last(network.build(torch.Generator().manual_seed(0)).to(CARD))
    stepper = optimizers.optimizer(module, settings)
    with Gradients(contextlib.nullcontext, module, F.cross_entropy, Threads()) as gradients:
        gradients.train()
        steps = 0
        for x, y in made.epoch(1, 0, CARD):
            assert x.device == y.device == CARD and x.shape == (16, channels, 24, 24)
            out, loss = gradients(x, y)
            assert out.device == loss.device == CARD
            assert all(p.grad is not None and p.grad.device == CARD for p in module.parameters())
            stepper.step()
            stepper.zero_grad(set_to_none=True)
            steps += 1
    assert steps == 3


@pytest.mark.parametrize("mirrored", [False, True])
def test_predictions_go_over_the_card(mirrored: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def autocast(kind: str, **_how: object) -> contextlib.AbstractContextManager[None]:
        asked.append(kind)  # the meta device has none of its own
        return contextlib.nullcontext()

    monkeypatch.setattr(torch, "autocast", autocast)
    made = batches(3, AugmentationSettings())
    network = catalog.network("fast", {}, (24, 24, 3), 3)
    module = network.build(torch.Generator().manual_seed(0)).to(CARD)
    prepared = dataclasses.replace(made.preparation, mirrored=mirrored)
    out = list(logits(module, made.images, made.index, prepared, batch_size=20, device=CARD))
    assert [len(block) for block in out] == [20, 20, 8]
    assert all(block.device == CARD and block.shape[1] == 3 for block in out) and set(asked) == {"meta"}


def test_what_stays_behind_is_noticed() -> None:
    with pytest.raises(RuntimeError, match="device"):
        torch.ones(2, device=CARD) + torch.ones(2)


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
    before = torch.get_rng_state()
    epochs.seed_dropout(state, CUDA)
    assert asked == [(state, CUDA)] and torch.equal(before, torch.get_rng_state())
    assert epochs.cuda(CUDA) == [0] and epochs.cuda(torch.device("cpu")) == []


def test_sums_have_a_type_that_the_device_knows() -> None:
    assert sums.exact(torch.device("cpu")) == sums.exact(CUDA) == torch.float64
    assert sums.exact(torch.device("mps")) == torch.float32  # Apple's have no double precision
