"""On a graphics card: the same weights each time, through a resume too, and what is played back is what was recorded."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from makers import pictures
from torch.nn import functional as F

from hakseup.data.batches import Batches
from hakseup.data.preparation import Preparation
from hakseup.models import catalog
from hakseup.models.inference import channels_last
from hakseup.progress import Silence
from hakseup.settings import AugmentationSettings, DataSettings, PreparationSettings, Recipe
from hakseup.training import loop
from hakseup.training.device import Threads, autocast, repeatable
from hakseup.training.gradients import Gradients

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no graphics card that PyTorch can use")
CUDA = torch.device("cuda", 0)


def batches(n: int = 300, augmentation: AugmentationSettings | None = None) -> Batches:
    data = pictures(n, 3, 24, 1)
    index = np.arange(n)
    prepared = Preparation.fitted(data, index, DataSettings(), PreparationSettings())
    augmentation = augmentation or AugmentationSettings(shift=1)
    return Batches(data.images, index, data.labels.values, prepared, augmentation, 64, 0, 0)


def trained(
    folder: Path, epochs: int, precision: str, own: bool = False, dropout: float = 0.2
) -> dict[str, torch.Tensor]:
    made = batches()
    network = catalog.network("fast", {"dropout": dropout}, (24, 24, 1), 3)
    module = network.build(torch.Generator().manual_seed(0))
    if own:  # a module of the user's: nothing is recorded
        module = type("Own", (torch.nn.Sequential,), {})(*module)
    validation = loop.Validation(made.index[:60], made.labels[:60])
    recipe = dataclasses.replace(Recipe(), training=dataclasses.replace(Recipe().training, epochs=epochs))
    job = loop.Job(recipe, made, validation, None, epochs, folder, CUDA, precision)
    loop.fit(module, job, Silence())
    return {name: value.cpu() for name, value in module.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.values(), other.values(), strict=True))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_same_weights_each_time_and_through_a_resume(tmp_path: Path, precision: str) -> None:
    first = trained(tmp_path / "a", 4, precision)
    assert same(first, trained(tmp_path / "b", 4, precision))
    assert not same(first, trained(tmp_path / "c", 3, precision))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_recorded_step_is_the_step(precision: str) -> None:
    made = batches()
    module = channels_last(
        catalog.network("fast", {}, (24, 24, 1), 3).build(torch.Generator().manual_seed(0)).to(CUDA)
    )
    plain = copy.deepcopy(module)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    how = autocast(CUDA, precision)
    with (
        repeatable(CUDA, precision),
        Gradients(how, module, F.cross_entropy, Threads()) as recorded,
        Gradients(how, plain, F.cross_entropy, Threads()) as eager,
    ):
        recorded.warm(*made.blank(CUDA))
        assert recorded.recorded and same(before, module.state_dict())
        eager.train()
        sizes = set()
        for x, y in made.epoch(1, 0, CUDA):
            module.zero_grad()
            plain.zero_grad()
            out, loss = recorded(x, y)
            wanted, its = eager(x, y)
            assert torch.equal(out, wanted) and torch.equal(loss, its)
            for mine, theirs in zip(module.parameters(), plain.parameters(), strict=True):
                assert torch.equal(mine.grad, theirs.grad)  # type: ignore[arg-type]
            assert same(module.state_dict(), plain.state_dict())  # the running averages too
            sizes.add(len(x))
        assert sizes == {64, 300 % 64}  # the last one was not recorded


def test_a_network_of_ones_own_is_not_recorded(tmp_path: Path) -> None:
    first = trained(tmp_path / "a", 2, "fp32", own=True)
    assert same(first, trained(tmp_path / "b", 2, "fp32", own=True))
    assert same(first, trained(tmp_path / "c", 2, "fp32", own=False))


def test_a_killed_training_goes_on_to_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained(tmp_path / "a", 4, "bf16")
    save = loop._State.save

    def save_and_die(self: loop._State, epoch: int) -> None:
        save(self, epoch)
        if epoch == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
        patch.setattr(loop._State, "save", save_and_die)
        patch.setattr(loop.Clock, "due", lambda self, every: True)
        trained(tmp_path / "b", 4, "bf16")
    assert same(whole, trained(tmp_path / "b", 4, "bf16"))


def test_pictures_on_the_card_are_those_of_the_processor() -> None:
    made = batches(augmentation=AugmentationSettings(shift=2, flip=True))
    cpu = torch.device("cpu")
    for (x, y), (a, b) in zip(made.epoch(1, 0, CUDA), made.epoch(1, 0, cpu), strict=True):
        torch.testing.assert_close(x.cpu(), a)
        assert torch.equal(y.cpu(), b)
