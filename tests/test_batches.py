"""Batches and preparation: every picture once, moved as drawn, scaled by the training part alone."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from makers import from_arrays, pictures

from hakseup.data.batches import Batches, shift
from hakseup.data.preparation import Preparation
from hakseup.errors import RunError
from hakseup.settings import AugmentationSettings, DataSettings, PreparationSettings

CPU = torch.device("cpu")


def batches(n: int = 50, batch_size: int = 16, steps: int = 0, **augment: object) -> Batches:
    images = np.arange(n, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 4, 1), np.uint8)
    data = from_arrays(images, np.arange(n) % 2, 2)
    index = np.arange(5, n)
    made = Preparation.fitted(data, index, DataSettings(), PreparationSettings(scale="unit"))
    return Batches(
        images, index, data.labels.of(index), made, AugmentationSettings(**augment), batch_size, steps, 0
    )


def shown(made: Batches, epoch: int, start: int = 0) -> list[int]:
    return [round(float(v) * 255) for x, _ in made.epoch(epoch, start, CPU) for v in x[:, 0, 0, 0]]


def test_an_epoch_shows_every_picture_once_in_an_order_of_its_own() -> None:
    made = batches()
    first, second = shown(made, 1), shown(made, 2)
    assert sorted(first) == sorted(second) == list(range(5, 50))
    assert first != second and first == shown(made, 1)
    assert made.steps == math.ceil(45 / 16)


def test_an_epoch_can_start_in_its_middle() -> None:
    made = batches(shift=1, flip=True)
    whole = [x for x, _ in made.epoch(3, 0, CPU)]
    rest = [x for x, _ in made.epoch(3, 2, CPU)]
    assert len(rest) == 1 and torch.equal(whole[2], rest[0])


def test_steps_per_epoch_takes_as_many_passes_as_it_needs() -> None:
    made = batches(steps=10)
    seen = shown(made, 1)
    assert len(seen) == 160
    assert sorted(seen[:45]) == list(range(5, 50)) and sorted(seen[45:90]) == list(range(5, 50))


@given(st.integers(-3, 3), st.integers(-3, 3))
def test_a_shift_moves_the_picture_and_repeats_its_edge(down: int, right: int) -> None:
    picture = np.arange(1, 50, dtype=np.uint8).reshape(1, 7, 7, 1)
    moved = shift(torch.from_numpy(picture), torch.tensor([[down, right]])).numpy()
    padded = np.pad(picture[0, :, :, 0], 3, mode="edge")
    expected = padded[3 - down : 10 - down, 3 - right : 10 - right]
    assert np.array_equal(moved[0, :, :, 0], expected)


def test_shifts_and_flips_are_all_drawn() -> None:
    made = batches(400, 400, shift=1)
    made = dataclasses.replace(
        made, images=np.random.default_rng(0).integers(0, 255, (400, 4, 4, 1), np.uint8)
    )
    shifts, flips = made._draw(1, 4000)
    assert flips is None and shifts is not None
    assert {tuple(s.tolist()) for s in shifts} == {(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)}


@pytest.mark.parametrize("channels", [1, 3])
def test_the_scale_comes_from_the_training_part_alone(channels: int) -> None:
    data = pictures(channels=channels)
    train = np.arange(60)
    made = Preparation.fitted(data, train, DataSettings(), PreparationSettings())
    x = made.tensor(data.images[train])  # (60, c, h, w)
    assert x.shape == (60, channels, 12, 12) and x.dtype == torch.float32
    assert torch.allclose(x.mean((0, 2, 3)), torch.zeros(channels), atol=1e-4)
    assert torch.allclose(x.std((0, 2, 3), correction=0), torch.ones(channels), atol=1e-3)
    changed = data.images.copy()
    changed[60:] = 255
    other = Preparation.fitted(
        dataclasses.replace(data, images=changed), train, DataSettings(), PreparationSettings()
    )
    assert other.mean == made.mean and other.deviation == made.deviation


def test_a_preparation_survives_being_written_and_read() -> None:
    data = pictures(channels=3)
    made = Preparation.fitted(data, np.arange(50), DataSettings(), PreparationSettings())
    assert Preparation.from_dict(made.as_dict()) == made
    broken = made.as_dict()
    del broken["mean"]
    with pytest.raises(RunError):
        Preparation.from_dict(broken)


def test_pictures_of_one_colour_do_not_divide_by_zero() -> None:
    data = from_arrays(np.full((10, 4, 4, 1), 7, np.uint8), np.arange(10) % 2, 2)
    made = Preparation.fitted(data, np.arange(10), DataSettings(), PreparationSettings())
    assert torch.isfinite(made.tensor(data.images)).all()
