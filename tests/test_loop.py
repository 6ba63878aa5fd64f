"""The loop: it learns, it repeats itself bit for bit, it resumes exactly, it stops when it is lost."""

from __future__ import annotations

import dataclasses
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from makers import pictures

from hakseup.data.batches import Batches
from hakseup.data.preparation import Preparation
from hakseup.data.split import split
from hakseup.errors import CallError, TrainingError
from hakseup.progress import Silence
from hakseup.settings import Recipe, assign
from hakseup.training import checkpoints, loop, losses, optimizers, session
from hakseup.training.goals import goal
from hakseup.training.stopping import Chooser, chooser
from hakseup.words import Words

BASE = assign(
    Recipe(),
    {
        "training.epochs": 4,
        "training.batch_size": 16,
        "training.precision": "fp32",
        "training.device": "cpu",
        "augmentation.shift": 1,
        "augmentation.flip": True,
        "training.learning_rate": 0.01,
    },
)


def module() -> torch.nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return torch.nn.Sequential(
            torch.nn.Conv2d(1, 8, 3),
            torch.nn.BatchNorm2d(8),
            torch.nn.ReLU(),
            torch.nn.Conv2d(8, 8, 3, padding=1),  # kernels of several channels have another order in memory
            torch.nn.MaxPool2d(2),
            torch.nn.Flatten(),
            torch.nn.Dropout(0.3),
            torch.nn.Linear(200, 3),
        )


def job(folder: Path, recipe: Recipe = BASE, **changes: Any) -> loop.Job:
    data = pictures()
    divided, labels = split(data, recipe.split, recipe.training.seed)
    prepared = Preparation.fitted(data, divided.train, recipe.data, recipe.preparation)
    batches = Batches(
        data.images,
        divided.train,
        labels.of(divided.train),
        prepared,
        recipe.augmentation,
        recipe.training.batch_size,
        recipe.training.steps_per_epoch,
        recipe.training.seed,
    )
    made = loop.Job(
        recipe,
        batches,
        loop.Validation(divided.validation, labels.of(divided.validation)),
        None,
        recipe.training.epochs,
        folder,
        torch.device("cpu"),
        "fp32",
    )
    return dataclasses.replace(made, **changes)


def weights(net: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in net.state_dict().items()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def without_seconds(history: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in history]


def test_it_learns_and_repeats_itself_bit_for_bit(tmp_path: Path) -> None:
    first, second = module(), module()
    one = loop.fit(first, job(tmp_path / "a"), Silence())
    two = loop.fit(second, job(tmp_path / "b"), Silence())
    assert one.history[-1]["val_accuracy"] > 0.9
    assert same(weights(first), weights(second))
    assert without_seconds(one.history) == without_seconds(two.history)


def test_another_seed_gives_other_weights(tmp_path: Path) -> None:
    first, second = module(), module()
    loop.fit(first, job(tmp_path / "a"), Silence())
    loop.fit(second, job(tmp_path / "b", assign(BASE, {"training.seed": 1})), Silence())
    assert not same(weights(first), weights(second))


def test_the_global_generators_are_left_alone(tmp_path: Path) -> None:
    torch.manual_seed(5)
    np.random.seed(5)
    before, before_numpy = torch.get_rng_state(), np.random.get_state()[1].copy()
    loop.fit(module(), job(tmp_path), Silence())
    assert torch.equal(before, torch.get_rng_state())
    assert np.array_equal(before_numpy, np.random.get_state()[1])


class StopAfter(Silence):
    """Presses Ctrl-C in the middle of an epoch."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def epoch_begin(self, epoch: int, epochs: int, steps: int, unit: str = "pictures") -> None:
        if epoch == self.epoch:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize(("epoch", "precision"), [(1, "fp32"), (2, "bf16"), (4, "fp32")])
def test_an_interrupted_training_ends_in_the_same_weights(
    tmp_path: Path, epoch: int, precision: str, optimizer: str
) -> None:
    recipe = assign(BASE, {"training.optimizer": optimizer, "training.schedule": "one_cycle"})
    whole, parts = module(), module()
    expected = loop.fit(whole, job(tmp_path / "whole", recipe, precision=precision), Silence())
    with pytest.raises(loop.Interrupted):
        loop.fit(parts, job(tmp_path / "parts", recipe, precision=precision), StopAfter(epoch))
    found, _ = checkpoints.read(tmp_path / "parts")
    assert found is not None and 0 < found.values["step"] < 6  # it stopped inside the epoch
    again = module()
    resumed = loop.fit(again, job(tmp_path / "parts", recipe, precision=precision), Silence())
    assert same(weights(whole), weights(again))
    assert without_seconds(resumed.history) == without_seconds(expected.history)
    assert resumed.best_epoch == expected.best_epoch


def test_a_damaged_newest_checkpoint_is_passed_over_and_said(tmp_path: Path) -> None:
    recipe = assign(BASE, {"checkpoint.seconds": 0})
    whole, again = module(), module()
    loop.fit(whole, job(tmp_path / "whole", recipe), Silence())
    with pytest.raises(loop.Interrupted):
        loop.fit(module(), job(tmp_path / "parts", recipe), StopAfter(3))
    newest = sorted((tmp_path / "parts").glob("*.safetensors"))[-1]
    newest.write_bytes(newest.read_bytes()[:-10])
    resumed = loop.fit(again, job(tmp_path / "parts", recipe), Silence())
    assert same(weights(whole), weights(again))
    assert newest.name in resumed.notes[0].en


class Noting(Silence):
    """Keeps what a person is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def note(self, words: Words) -> None:
        self.told.append(words.en)


def test_it_is_said_where_a_training_goes_on_and_nothing_where_it_begins(tmp_path: Path) -> None:
    begun, again, done = Noting(), Noting(), Noting()
    loop.fit(module(), job(tmp_path / "whole"), begun)
    with pytest.raises(loop.Interrupted):
        loop.fit(module(), job(tmp_path / "parts"), StopAfter(3))
    found, _ = checkpoints.read(tmp_path / "parts")
    assert found is not None
    loop.fit(module(), job(tmp_path / "parts"), again)
    loop.fit(module(), job(tmp_path / "parts"), done)  # it is finished: nothing goes on
    assert begun.told == done.told == []
    assert len(again.told) == 1
    assert f"epoch 3 of 4, {found.values['step']} of its" in again.told[0]


def test_a_finished_training_is_not_trained_again(tmp_path: Path) -> None:
    net, again = module(), module()
    loop.fit(net, job(tmp_path), Silence())
    loop.fit(again, job(tmp_path), Silence())
    assert same(weights(net), weights(again))


def test_going_on_starts_from_the_last_weights_not_the_best(tmp_path: Path) -> None:
    recipe = assign(BASE, {"stopping.restore_best": False})
    straight, extended = module(), module()
    loop.fit(straight, job(tmp_path / "a", assign(recipe, {"training.epochs": 6})), Silence())
    loop.fit(module(), job(tmp_path / "b", assign(recipe, {"training.epochs": 4})), Silence())
    loop.fit(extended, job(tmp_path / "b", assign(recipe, {"training.epochs": 6})), Silence())
    assert same(weights(straight), weights(extended))


def test_a_learning_rate_out_of_bounds_stops_with_the_last_good_weights(tmp_path: Path) -> None:
    recipe = assign(
        BASE, {"training.optimizer": "sgd", "training.learning_rate": 100, "training.momentum": 0.99}
    )
    net = module()
    with pytest.raises(TrainingError) as caught:
        loop.fit(net, job(tmp_path, recipe), Silence())
    assert "learning_rate=10" in caught.value.hint.en
    assert caught.value.code == "diverged"


def test_weights_that_the_last_step_of_an_epoch_spoiled_are_not_the_best(tmp_path: Path) -> None:
    class Spoiled(torch.nn.Module):
        """Learns as it should, and predicts what is not a number."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = module()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            out: torch.Tensor = self.inner(x)
            return out if self.training else out * torch.nan

    with pytest.raises(TrainingError, match="No epoch was finished"):
        loop.fit(Spoiled(), job(tmp_path, BASE), Silence())


def test_a_monitor_that_will_not_be_there_is_an_error_at_the_start(tmp_path: Path) -> None:
    recipe = dataclasses.replace(BASE, stopping=dataclasses.replace(BASE.stopping, monitor="val_f1"))
    with pytest.raises(CallError, match="val_f1"):
        loop.fit(module(), job(tmp_path, recipe), Silence())


@pytest.mark.parametrize(
    ("values", "patience", "min_delta", "stops_after", "best"),
    [
        ([1.0, 0.9, 0.95, 0.96, 0.8], 2, 0.0, 4, 2),
        ([1.0, 0.9, 0.8, 0.7, 0.6], 2, 0.0, None, 5),
        ([1.0, 0.99, 0.98, 0.97], 2, 0.05, 3, 1),
        ([1.0, 1.0, 1.0], 1, 0.0, 2, 1),
        ([float("nan"), 1.0, float("nan"), 0.9], 3, 0.0, None, 4),
        ([1.0, float("nan"), float("nan")], 2, 0.0, 3, 1),
        ([float("nan"), float("nan")], 2, 0.0, 2, 0),
    ],
)
def test_early_stopping_follows_a_scripted_course(
    values: list[float], patience: int, min_delta: float, stops_after: int | None, best: int
) -> None:
    recipe = assign(Recipe(), {"stopping.patience": patience, "stopping.min_delta": min_delta})
    chooser = Chooser(recipe.stopping)
    stopped = None
    for epoch, value in enumerate(values, 1):
        chooser.update(epoch, {"val_loss": value})
        if chooser.should_stop:
            stopped = epoch
            break
    assert (stopped, chooser.best_epoch) == (stops_after, best)


def test_the_best_is_looked_for_and_patience_counts_after_the_start_only() -> None:
    settings = assign(Recipe(), {"stopping.patience": 2, "stopping.start": 3}).stopping
    found = chooser(settings, 9)
    seen = []
    for epoch, value in enumerate([0.1, 0.2, 0.3, 0.9, 0.8, 0.85, 0.86], 1):
        seen.append((found.update(epoch, {"val_loss": value}), found.should_stop))
    assert [better for better, _stop in seen] == [False, False, False, True, True, False, False]
    assert [stop for _better, stop in seen] == [False] * 6 + [True] and found.best_epoch == 5
    short = chooser(settings, 3)  # a training that ends before: its last epoch can be chosen
    assert [short.update(epoch, {"val_loss": 1.0}) for epoch in (1, 2, 3)] == [False, False, True]


def test_accuracy_is_better_when_larger() -> None:
    chooser = Chooser(assign(Recipe(), {"stopping.monitor": "val_accuracy"}).stopping)
    for epoch, value in enumerate([0.5, 0.7, 0.6], 1):
        chooser.update(epoch, {"val_accuracy": value})
    assert chooser.best_epoch == 2


def test_schedules_begin_and_end_where_they_should() -> None:
    def factors(name: str, steps: int = 100) -> list[float]:
        settings = assign(Recipe(), {"training.schedule": name}).training
        factor = optimizers.schedule(settings, steps)
        return [factor(step) for step in range(steps)]

    assert set(factors("constant")) == {1.0}
    assert factors("linear")[0] == 1 and 0 < factors("linear")[-1] < 0.02
    assert factors("cosine")[0] == 1 and factors("cosine")[50] == pytest.approx(0.5)
    cycle = factors("one_cycle")
    assert cycle[0] == pytest.approx(0.2) and max(cycle) == pytest.approx(1) and cycle[-1] < 0.05
    assert int(np.argmax(cycle)) == 25


def test_weight_decay_touches_kernels_only() -> None:
    recipe = assign(Recipe(), {"training.weight_decay": 0.1, "training.optimizer": "sgd"})
    made = optimizers.optimizer(module(), recipe.training)
    for group in made.param_groups:
        assert all((p.ndim > 1) == (group["weight_decay"] > 0) for p in group["params"])


def test_losses_are_those_of_keras_by_name() -> None:
    out = torch.tensor([[2.0, 0.0, -1.0], [0.0, 1.0, 0.5]])
    y = torch.tensor([0, 2])
    p = out.softmax(1)
    expected = {
        "categorical_crossentropy": -(p[0, 0].log() + p[1, 2].log()) / 2,
        "mean_squared_error": ((p - torch.eye(3)[y]) ** 2).mean(),
        # 1 - (the right one - another), where positive, over all classes
        "categorical_hinge": torch.tensor((0.0 + (0.5 + 1.5) / 3) / 2),
    }
    for name, value in expected.items():
        settings = assign(Recipe(), {"training.loss": name}).training
        assert losses.loss(settings, None)(out, y) == pytest.approx(float(value), abs=1e-6)
        twice = torch.tensor([1.0, 1.0, 1.0])
        assert losses.loss(settings, twice)(out, y) == pytest.approx(float(value), abs=1e-6)
    smooth = assign(
        Recipe(), {"training.loss": "mean_squared_error", "training.label_smoothing": 0.1}
    ).training
    with pytest.raises(CallError, match="no effect"):
        losses.loss(smooth, None)


def test_the_loss_that_is_shown_is_the_plain_one(tmp_path: Path) -> None:
    recipe = assign(BASE, {"training.label_smoothing": 0.5, "augmentation.shift": 0, "training.epochs": 30})
    result = loop.fit(module(), job(tmp_path, recipe), Silence())
    # Smoothed by a half over three classes, no network can get below 0.87; the plain one goes on falling.
    assert result.history[-1]["loss"] < 0.6


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (54_000, (128, 3, 0)),
        (25_600, (128, 3, 0)),
        (5_000, (128, 15, 0)),
        (400, (50, 20, 30)),
        (36, (16, 20, 30)),
    ],
)
def test_small_data_are_gone_through_more_often(n: int, expected: tuple[int, int, int]) -> None:
    settings = assign(
        Recipe(),
        {
            "training.min_batches": 8,
            "training.epochs": 3,
            "training.batch_size": 128,
            "training.min_steps": 600,
        },
    ).training
    batch = session.batch_size(settings, n)
    assert (batch, *session.length(settings, n, batch)) == expected


def test_an_explicit_number_of_steps_is_kept() -> None:
    settings = assign(Recipe(), {"training.epochs": 50, "training.steps_per_epoch": 45}).training
    assert session.length(settings, 36, session.batch_size(settings, 36)) == (50, 45)


def test_validation_leaves_every_part_in_its_mode(tmp_path: Path) -> None:
    net, work = module().train(), job(tmp_path)
    net[1].eval()  # frozen on purpose
    assert work.validation is not None
    aim = goal(work.recipe.training, None, numbers=False)
    loop.validate(net, work.batches, work.validation, work.device, work.precision, aim)
    assert net.training and net[0].training and not net[1].training
