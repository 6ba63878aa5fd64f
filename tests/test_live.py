"""What a page that watches is told: nothing while nobody does, the truth while somebody does."""

from __future__ import annotations

import base64
import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from test_loop import job, same, weights, without_seconds
from test_loop import module as network_of_the_loop
from torch import nn

from hakseup.layers.modules import Flatten
from hakseup.progress import Silence
from hakseup.training import live as module
from hakseup.training import loop
from hakseup.training.live import LIVE, WATCHED, Live


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4 * 36, 2))


def told(folder: Path) -> dict[str, object]:
    value = json.loads((folder / LIVE).read_text("utf-8"))
    assert isinstance(value, dict)
    return value


def test_nothing_is_written_and_nothing_kept_while_nobody_watches(tmp_path: Path) -> None:
    live = Live(tmp_path)
    live.begin("choose", network(), 3, 10, 0)
    for step in range(1, 11):
        live.batch(torch.tensor(1.0))
        live.step(1, step, 1.0, 0.5, 100.0)
    live.epoch([{"epoch": 1.0, "loss": 1.0}], 1)
    live.end()
    assert list(tmp_path.iterdir()) == [] and live._losses == []


def test_who_watched_once_and_went_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY", 0.0)
    (tmp_path / WATCHED).touch()
    live = Live(tmp_path)
    live.begin("choose", network(), 3, 10, 0)
    live.step(1, 1, 1.0, 0.5, 100.0)
    assert (tmp_path / LIVE).is_file()
    (tmp_path / LIVE).unlink()
    long_ago = time.time() - 60
    os.utime(tmp_path / WATCHED, (long_ago, long_ago))
    live.step(1, 2, 1.0, 0.5, 100.0)
    assert not (tmp_path / LIVE).exists() and not live.on


@pytest.mark.parametrize("long", [True, False])
def test_the_last_batches_are_told_before_a_long_validation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long: bool
) -> None:
    """Else who watches would see them when it is over, a second late; where it is short, a writing is not worth it."""
    now = 1000.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    (tmp_path / WATCHED).touch()
    live = Live(tmp_path)
    live.begin("choose", network(), 4, 3, 0)
    for epoch in (1, 2):
        live.step(epoch, 1, 0.9, 0.5, 64.0)
        live.batch(torch.tensor(0.5 / epoch))
        now += 0.1
        live.pause()
        heard = told(tmp_path)["batches"]
        now += 0.6 if long else 0.01
        live.epoch([{"epoch": float(epoch), "loss": 0.9}], epoch)
        now += 1.0
    assert heard == ({"from": 0, "loss": [0.5, 0.25]} if long else {"from": 0, "loss": [0.5]})


def test_a_batch_has_its_number_whoever_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a page that is opened late, or opened again, draws its loss where it belongs."""
    monkeypatch.setattr(module, "EVERY", 0.0)
    live = Live(tmp_path)

    def learn(*losses: float) -> None:
        for loss in losses:
            live.batch(torch.tensor(loss))
            live.step(1, 1, loss, 0.5, 64.0)

    live.begin("choose", network(), 2, 10, 4)  # four steps were made before it was stopped
    learn(9.0, 9.0)
    (tmp_path / WATCHED).touch()
    learn(9.0, 0.5)  # at the first it is found that somebody watches
    assert told(tmp_path)["batches"] == {"from": 7, "loss": [0.5]}
    (tmp_path / WATCHED).unlink()
    learn(0.4, 9.0)
    (tmp_path / WATCHED).touch()
    learn(9.0, 0.3)
    assert told(tmp_path)["batches"] == {"from": 11, "loss": [0.3]}
    live.begin("final", network(), 2, 10, 0)
    learn(0.2)
    assert told(tmp_path)["batches"] == {"from": 20, "loss": [0.2]}


def test_every_batch_every_epoch_and_the_kernels_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.0)
    (tmp_path / WATCHED).touch()
    net, live = network(), Live(tmp_path)
    live.begin("choose", net, 4, 3, 0)
    live.step(1, 0, float("nan"), 0.0, 0.0)  # somebody watches from here on
    losses = [0.9, 0.8, 0.7]
    for number, loss in enumerate(losses, start=1):
        live.batch(torch.tensor(loss))
        live.step(1, number, loss, 0.5, 64.0)
    row = {"epoch": 1.0, "loss": 0.8, "val_loss": 0.85}
    live.epoch([row], 1)
    facts = told(tmp_path)
    assert facts["batches"] == {"from": 0, "loss": losses}
    assert facts["rows"] == [row] and facts["best_epoch"] == 1
    assert (facts["epoch"], facts["epochs"], facts["steps"]) == (1, 4, 3)
    left = facts["left"]
    assert isinstance(left, float) and left >= 0
    kernels = facts["kernels"]
    assert isinstance(kernels, dict)
    weights = net[0].weight.detach().numpy()
    data = np.frombuffer(base64.b64decode(kernels["data"]), np.uint8).reshape(kernels["shape"])
    back = data / 255 * (kernels["high"] - kernels["low"]) + kernels["low"]
    assert back.shape == weights.shape and np.abs(back - weights).max() < 0.01
    live.begin("final", net, 4, 3, 0)
    live.epoch([{"epoch": 1.0, "loss": 9.0}], 0)
    assert told(tmp_path)["rows"] == []  # the second training has no rows in history.csv


def test_units_of_a_dense_layer_have_the_shape_of_the_picture(tmp_path: Path) -> None:
    net = nn.Sequential(Flatten(), nn.Linear(2 * 3 * 3, 5))
    with torch.no_grad():
        net[1].weight.zero_()
        net[1].weight[4].view(2, 3, 3)[1, 2, 0] = 1  # row 1, column 2, channel 0 in Keras' order
    live = Live(tmp_path, (2, 3, 3))
    live.begin("choose", net, 1, 1, 0)
    kernels = live._kernels()
    assert kernels is not None and kernels["shape"] == [5, 3, 2, 3]
    data = np.frombuffer(base64.b64decode(kernels["data"]), np.uint8).reshape(5, 3, 2, 3)
    assert data[4, 0, 1, 2] == 255 and data.sum() == 255


def test_what_goes_in_is_that_one_picture(tmp_path: Path) -> None:
    """The unit's picture lies as the picture does: their product is what the layer gives."""
    net = nn.Sequential(Flatten(), nn.Linear(2 * 3 * 3, 5, bias=False))
    x = torch.randn(1, 3, 2, 3)
    live = Live(tmp_path, (2, 3, 3))
    live.begin("choose", net, 1, 1, 0)
    kernels = live._kernels()
    assert kernels is not None
    data = np.frombuffer(base64.b64decode(kernels["data"]), np.uint8).reshape(5, 3, 2, 3)
    weights = data / 255 * (kernels["high"] - kernels["low"]) + kernels["low"]
    given = (weights * x.numpy()).sum((1, 2, 3))
    assert np.allclose(given, net(x).detach().numpy()[0], atol=0.05)


@pytest.mark.parametrize("gone", ["folder", "full"])
def test_a_full_disk_or_a_deleted_folder_does_not_stop_the_training(
    tmp_path: Path, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.0)
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / WATCHED).touch()
    live = Live(folder)
    live.begin("choose", network(), 1, 1, 0)
    live.step(1, 1, 1.0, 0.5, 1.0)
    assert live.on
    if gone == "folder":
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    else:

        def full(*_args: object, **_more: object) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "write_text", full)
    live.on = True
    live._write(time.monotonic())
    live.end()


def test_a_watched_training_gives_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, watched = network_of_the_loop(), network_of_the_loop()
    one = loop.fit(plain, job(tmp_path / "plain"), Silence())
    monkeypatch.setattr(module, "EVERY", 0.0)
    (tmp_path / WATCHED).touch()
    live = Live(tmp_path, (8, 8, 1))
    two = loop.fit(watched, job(tmp_path / "watched", live=live), Silence())
    live.end()
    assert same(weights(plain), weights(watched))
    assert without_seconds(one.history) == without_seconds(two.history)
    facts = told(tmp_path)
    assert facts["stage"] == "ending" and facts["rows"] == two.history
    assert facts["epoch"] == len(two.history) and facts["best_epoch"] == two.best_epoch


def test_the_losses_told_are_those_of_the_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their mean over an epoch, weighted by the size of the batches, is the loss that history.csv has."""
    monkeypatch.setattr(Live, "_is_watched", lambda _self: True)
    live = Live(tmp_path)
    live.on = True
    work = job(tmp_path / "run", live=live)
    fitted = loop.fit(network_of_the_loop(), work, Silence())
    live.end()
    batches = told(tmp_path)["batches"]
    assert isinstance(batches, dict) and batches["from"] == 0
    losses, steps = batches["loss"], work.batches.steps
    assert len(losses) == steps * len(fitted.history)
    n, size = len(work.batches.index), work.batches.batch_size
    sizes = [min(size, n - step * size) for step in range(steps)]
    for row, start in zip(fitted.history, range(0, len(losses), steps), strict=True):
        mean = sum(a * b for a, b in zip(losses[start : start + steps], sizes, strict=True)) / n
        assert mean == pytest.approx(row["loss"], rel=1e-4)
