"""A recipe's training: what is counted, shown, chosen and saved between the steps of the one loop (`epochs.run`).

The batches, the optimiser, the choice of the epoch and the checkpoints have rooms of their own. It is
deterministic: same pictures, recipe, seed and kind of machine give the same bits, whether it ran through or was
killed and resumed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hakseup.data.batches import Batches
from hakseup.errors import TrainingError
from hakseup.models.inference import channels_last, logits
from hakseup.progress import Progress
from hakseup.seeds import derive
from hakseup.settings import Recipe
from hakseup.training import checkpoints, epochs, optimizers
from hakseup.training.clock import Brake, Clock
from hakseup.training.dense import DenseStep
from hakseup.training.device import Threads, threads_now
from hakseup.training.goals import Goal, goal
from hakseup.training.live import Live
from hakseup.training.steps import Steps
from hakseup.training.stopping import chooser as choosing
from hakseup.training.stopping import require_monitor
from hakseup.training.sums import Sums, exact
from hakseup.words import Words

Row = dict[str, float]
PICTURES, ROWS = 128, 2048  # validated at once
ON_A_CARD = 1024  # it has room, and waits for nothing but us
SHOWN_EVERY = 0.1  # seconds between two looks at the running loss: each costs a synchronisation


@dataclass(frozen=True)
class Validation:
    """The validation pictures or rows: index into the same array the batches use, and their classes or numbers."""

    index: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Job:
    """What `fit` needs besides the network.

    epochs: how many to run. Without validation (the final fit) the last epoch is the chosen one.
    first_epoch: epochs before it belong to an earlier, finished training that is gone on with.
    """

    recipe: Recipe
    batches: Batches
    validation: Validation | None
    class_weight: torch.Tensor | None
    epochs: int
    folder: Path  # of the checkpoints
    device: torch.device
    precision: str
    save_epoch: Callable[[list[Row], bool, dict[str, torch.Tensor]], None] | None = None  # rows so far
    first_epoch: int = 1
    threads: Threads = field(default_factory=threads_now)
    live: Live | None = None  # who tells a page that watches


@dataclass
class Fitted:
    """What came out. The module that was given holds the chosen weights."""

    history: list[Row] = field(default_factory=list)
    best_epoch: int = 0
    stopped_early: bool = False
    seconds: float = 0.0
    before: float = 0.0  # of these, seconds in earlier sessions
    saving: float = 0.0  # of these, seconds spent on checkpoints
    pictures: int = 0  # gone through in training, over all epochs
    notes: list[Words] = field(default_factory=list)


class Interrupted(Exception):
    """Ctrl-C in this epoch: what was reached lies in the checkpoint."""

    def __init__(self, epoch: int) -> None:
        super().__init__(epoch)
        self.epoch = epoch


def fit(module: torch.nn.Module, job: Job, progress: Progress) -> Fitted:
    """Train the module in place.

    Args:
        module: takes float32 (b, c, h, w), gives logits (b, k).
        job: see there.
        progress: hears of every epoch, and of the running loss about ten times a second.

    Raises:
        TrainingError: the loss became NaN or grew without bound; the module then holds the last good weights.
        Interrupted: Ctrl-C; the checkpoint is written.
        RunError: a checkpoint could not be written, the last one serves; or it was made on another device.
        CallError: what is monitored will not be there.
    """
    recipe, settings = job.recipe, job.recipe.training
    aim = goal(settings, job.class_weight, numbers=job.batches.labels.dtype.kind == "f")
    if job.validation:
        require_monitor(recipe.stopping, [*aim.row(0, 0, 1), *aim.row(0, 0, 1, "val_")])
    channels_last(module.to(job.device))
    dense = DenseStep.of(module, settings, aim, job.device, job.precision)
    optimizer = optimizers.optimizer(module, settings) if dense is None else dense.optimizer
    run = _State(module, optimizer, job, aim, progress)
    run.resume()
    for note in run.fitted.notes:
        progress.note(note)
    if run.saved not in (None, (job.first_epoch, 0)) and run.epoch <= job.epochs and not run.should_stop:
        progress.note(_gone_on(run.epoch, job.epochs, run.step, run.steps))
    clip, like = settings.gradient_clip, job.batches.blank(job.device)
    steps = dense or Steps(module, optimizer, aim.loss, job.precision, job.threads, clip, like)
    generator = run.generator if run.generator is not None else derive(job.batches.seed, "dropout")
    run.clock = Clock(run.fitted.seconds, run.size())
    if job.live is not None:
        stage, done = "choose" if job.validation else "final", (run.epoch - 1) * run.steps + run.step
        job.live.begin(stage, module, job.epochs, run.steps, done)
    try:
        epochs.run(module, job.batches, steps, run, range(run.epoch, job.epochs + 1), job.device, generator)
    except TrainingError:
        run.restore_best()
        raise
    run.choose()
    run.fitted.seconds, run.fitted.before = run.clock.seconds(), run.clock.before
    return run.fitted


def _gone_on(epoch: int, epochs: int, step: int, steps: int) -> Words:
    return Words(
        f"The last checkpoint lies in epoch {epoch} of {epochs}, {step} of its {steps} steps done: from there on.",
        f"마지막 체크포인트에서 이어서 합니다: {epochs}에포크 중 {epoch}번째, {steps}스텝 중 {step}스텝을 마친 곳입니다.",
    )


def validate(
    module: torch.nn.Module,
    batches: Batches,
    validation: Validation,
    device: torch.device,
    precision: str,
    aim: Goal,
) -> Row:
    """Mean loss, and accuracy where there are classes, on the validation pictures or rows."""
    truth = torch.from_numpy(validation.labels).to(device)
    loss = torch.zeros((), dtype=exact(device), device=device)
    correct = torch.zeros((), dtype=torch.int64, device=device)
    at = 0
    at_once = ROWS if batches.images.shape[1:3] == (1, 1) else PICTURES
    if device.type == "cuda":
        at_once = max(at_once, ON_A_CARD)
    for out in logits(
        module,
        batches.images,
        validation.index,
        batches.preparation,
        batch_size=at_once,
        device=device,
        precision=precision,
    ):
        y = truth[at : at + len(out)]
        at += len(out)
        loss += aim.total(out, y).to(loss.dtype)
        correct += aim.right(out, y)
    n = len(validation.index)
    return aim.row(float(loss) / n, int(correct), n, "val_")


def _stop_if_lost(loss: float, classes: int, epoch: int, run: _State) -> None:
    """Stop when the mean loss is not a number or, with classes, far above that of guessing, log k."""
    if np.isfinite(loss) and (run.aim.numbers or loss < 50 * np.log(classes)):
        return
    rate = run.job.recipe.training.learning_rate
    kept = (
        Words(
            f"The weights of epoch {run.chooser.best_epoch}, the best so far, are kept.",
            f"지금까지 가장 좋은 {run.chooser.best_epoch}번째 에포크의 가중치를 남겼습니다.",
        )
        if run.best
        else Words("No epoch was finished before.", "그 전에 끝난 에포크가 없습니다.")
    )
    raise TrainingError(
        "diverged",
        Words(
            f"The loss became {loss:.3g} in epoch {epoch}: the training has lost its way. {kept.en}",
            f"{epoch}번째 에포크에서 오차가 {loss:.3g}이(가) 되어 학습이 무너졌습니다. {kept.ko}",
        ),
        Words(
            f"Most often the learning rate is too high (it is {rate:g}): try "
            f"--set training.learning_rate={rate / 10:g}, or --set training.gradient_clip=1. "
            "If it stays so, try --precision fp32.",
            f"대개 학습률이 너무 높아서입니다(지금 {rate:g}). --set training.learning_rate={rate / 10:g} 또는 "
            "--set training.gradient_clip=1을 써 보세요. 그래도 그러면 --precision fp32를 써 보세요.",
        ),
    )


class _State:
    """The course of a recipe's training: everything that changes during `fit`, so that a checkpoint can hold it and
    a resume bring it back.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        job: Job,
        aim: Goal,
        progress: Progress,
    ) -> None:
        self.module, self.optimizer, self.job, self.aim, self.progress = module, optimizer, job, aim, progress
        self.settings, self.steps = job.recipe.training, job.batches.steps
        self.chooser = choosing(job.recipe.stopping, job.epochs)
        self.factor = optimizers.schedule(self.settings, (job.epochs - job.first_epoch + 1) * self.steps)
        self.fitted = Fitted()
        self.best: dict[str, torch.Tensor] = {}
        self.epoch, self.step = job.first_epoch, 0
        self.sums = Sums(aim, job.device)
        self.generator: torch.Tensor | None = None
        self.saved: tuple[int, int] | None = None  # epoch and step of the newest checkpoint
        self.clock = Clock(0.0, 0)
        self.begun = False
        self.rate, self.classes = 0.0, 1
        self.shown = self.epoch_start = 0.0

    @property
    def should_stop(self) -> bool:
        """As the chooser says."""
        return self.chooser.should_stop

    def begin(self, epoch: int) -> None:
        """Say that an epoch begins."""
        if not self.begun:  # what a graphics card needs to start is no training
            self.begun, self.clock = True, Clock(self.fitted.seconds, self.size())
        self.progress.epoch_begin(epoch, self.job.epochs, self.steps, self.job.batches.preparation.unit)
        self.shown = self.epoch_start = time.perf_counter()

    def before(self, epoch: int) -> None:
        """The learning rate of this step."""
        at = (epoch - self.job.first_epoch) * self.steps + self.step
        self.rate = self.settings.learning_rate * self.factor(at)
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * group["share"]

    def after(self, epoch: int, out: torch.Tensor, loss: torch.Tensor, y: torch.Tensor, brake: Brake) -> bool:
        """Count the batch, without waiting for the device; ten times a second show how it goes and save."""
        shown, live = self.sums.count(loss, out, y), self.job.live
        if live is not None:
            live.batch(shown)
        self.step += 1
        self.classes = out.shape[-1]
        now = time.perf_counter()
        if now - self.shown >= SHOWN_EVERY:
            self.shown = now
            mean_loss, accuracy = self.sums.means()
            if not np.isfinite(mean_loss):  # a large one may come down until the epoch ends
                _stop_if_lost(mean_loss, self.classes, epoch, self)
            speed = self.sums.seen / max(now - self.epoch_start, 1e-9)
            self.progress.step(self.step, mean_loss, accuracy, speed)
            if live is not None:
                live.step(epoch, self.step, mean_loss, accuracy, speed)
            if self.step < self.steps and self.clock.due(self.job.recipe.checkpoint.seconds):
                self.save(epoch)
        if brake.pulled and self.step < self.steps:
            self.save(epoch)
            raise Interrupted(epoch)
        return False

    def end(self, epoch: int, brake: Brake) -> None:
        """Validate, keep the row, and the weights when they are the best so far; save."""
        job = self.job
        row = {"epoch": float(epoch), **self.sums.row(), "learning_rate": self.rate}
        _stop_if_lost(row["loss"], self.classes, epoch, self)
        improved = False
        if job.live is not None:
            job.live.pause()
        if job.validation:
            with job.threads.together():
                row |= validate(self.module, job.batches, job.validation, job.device, job.precision, self.aim)
            if not np.isfinite(row["val_loss"]):  # the last step of the epoch was one too far
                _stop_if_lost(row["val_loss"], self.classes, epoch, self)
            improved = self.chooser.update(epoch, row)
        row["seconds"] = self.clock.seconds()
        self.fitted.history.append(row)
        self.fitted.pictures += self.sums.seen
        if improved:
            self.best = {name: t.detach().clone() for name, t in self.module.state_dict().items()}
        self.step = 0
        self.sums.clear()
        if job.save_epoch:
            job.save_epoch(self.fitted.history, improved, self.module.state_dict())
        self.progress.epoch_end(row)
        if job.live is not None:
            job.live.epoch(self.fitted.history, self.chooser.best_epoch)
        if brake.pulled:
            self.save(epoch + 1)
            raise Interrupted(epoch)
        if self.clock.due(job.recipe.checkpoint.seconds):
            self.save(epoch + 1)

    def finish(self) -> None:
        """Save before choosing, so that going on later starts from the last weights, not from the best."""
        self.save(self.last_epoch + 1)

    @property
    def last_epoch(self) -> int:
        """The last epoch that was finished, 0 before the first."""
        return int(self.fitted.history[-1]["epoch"]) if self.fitted.history else 0

    def choose(self) -> None:
        """End with the weights that count."""
        self.fitted.stopped_early = self.last_epoch < self.job.epochs
        self.fitted.best_epoch = self.last_epoch
        if self.job.recipe.stopping.restore_best and self.best:
            self.fitted.best_epoch = self.chooser.best_epoch
            self.restore_best()

    def restore_best(self) -> None:
        """The weights of the best epoch, where there is one."""
        if self.best:
            self.module.load_state_dict(self.best)

    def size(self) -> int:
        """About as many bytes as a checkpoint has: the weights, the best ones, and the optimiser's two averages."""
        total: int = sum(t.numel() * t.element_size() for t in self.module.state_dict().values())
        return 4 * total

    def save(self, epoch: int) -> None:
        """Write a checkpoint: training goes on with `epoch`, after `step` steps of it. Never the same one twice."""
        if self.saved == (epoch, self.step):
            return
        since = time.perf_counter()
        tensors = {f"module.{k}": v for k, v in self.module.state_dict().items()}
        tensors |= {f"best.{k}": v for k, v in self.best.items()}
        packed, plain = checkpoints.pack_optimizer(self.optimizer)
        tensors |= packed
        tensors["sums.loss"], tensors["sums.correct"] = self.sums.loss, self.sums.correct
        on_cuda = self.job.device.type == "cuda"
        tensors["generator"] = torch.cuda.get_rng_state(self.job.device) if on_cuda else torch.get_rng_state()
        values: dict[str, Any] = {
            "epoch": epoch,
            "step": self.step,
            "seen": self.sums.seen,
            "first_epoch": self.job.first_epoch,
            "device": self.job.device.type,
            "seconds": self.clock.seconds(),
            "saving": self.fitted.saving,
            "pictures": self.fitted.pictures,
            "history": self.fitted.history,
            "chooser": self.chooser.state(),
            "optimizer": plain,
        }
        number = epoch * (self.steps + 1) + self.step
        checkpoints.write(self.job.folder, number, checkpoints.Checkpoint(tensors, values))
        self.saved = (epoch, self.step)
        self.fitted.saving += self.clock.saving(since)

    def resume(self) -> None:
        """Go on where the newest whole checkpoint ends; without one, from the start.

        Raises:
            RunError: it was made on another kind of device.
        """
        found, self.fitted.notes = checkpoints.read(self.job.folder, put_aside=True)
        if found is None:
            return
        values = found.values
        checkpoints.require_device(found, self.job.device)
        self.module.load_state_dict(found.under("module."))
        self.best = found.under("best.")
        checkpoints.unpack_optimizer(self.optimizer, found)
        self.sums.loss.copy_(found.tensors["sums.loss"])
        self.sums.correct.copy_(found.tensors["sums.correct"])
        self.generator = found.tensors["generator"]
        self.epoch, self.step, self.sums.seen = values["epoch"], values["step"], values["seen"]
        self.saved = (self.epoch, self.step)
        self.chooser.restore(values["chooser"])
        if self.saved == (
            self.job.first_epoch,
            0,
        ):  # a finished training is gone on with: patience begins anew
            self.chooser.waited = 0
        self.fitted.history = values["history"]
        self.fitted.seconds, self.fitted.pictures = values["seconds"], values["pictures"]
        self.fitted.saving = values.get("saving", 0.0)
