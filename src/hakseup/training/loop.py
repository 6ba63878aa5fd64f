"""The one loop: from batches to weights.

`fit` is everything that happens to the weights, in one function that can be read from top to bottom. It owns
the order of events; the batches, the optimiser, the choice of the epoch and the checkpoints have rooms of
their own. It is deterministic: same pictures, recipe, seed and kind of machine give the same bits, whether
it ran through or was killed and resumed.
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
from hakseup.layers.modules import pooled_first
from hakseup.models.inference import channels_last, logits
from hakseup.progress import Progress
from hakseup.seeds import derive
from hakseup.settings import Recipe
from hakseup.training import checkpoints, optimizers
from hakseup.training.clock import Brake, Clock
from hakseup.training.device import Threads, repeatable, threads_now
from hakseup.training.device import fabric as make_fabric
from hakseup.training.goals import Goal, goal
from hakseup.training.gradients import Gradients
from hakseup.training.live import Live
from hakseup.training.stopping import Chooser, require_monitor
from hakseup.words import Words

Row = dict[str, float]
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
    """Ctrl-C: what was reached lies in the checkpoint."""


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
    optimizer = optimizers.optimizer(module, settings)
    chooser = Chooser(recipe.stopping)
    run = _State(module, optimizer, chooser, job, aim)
    run.resume()
    for note in run.fitted.notes:
        progress.note(note)
    fabric = make_fabric(job.device, job.precision)
    model, stepper = fabric.setup(module, optimizer)
    steps = job.batches.steps
    span = (job.epochs - job.first_epoch + 1) * steps
    factor = optimizers.schedule(settings, span)
    gradients = Gradients(fabric, module, model, aim.loss, job.threads)
    live = job.live
    if live is not None:
        stage = "choose" if job.validation else "final"
        live.begin(stage, module, job.epochs, steps, (run.epoch - 1) * steps + run.step)
    try:
        with (
            torch.random.fork_rng(devices=_cuda(job.device)),
            repeatable(job.device, job.precision),
            Brake() as brake,
            pooled_first(module),
            gradients,
        ):
            gradients.warm(*job.batches.blank(job.device))
            run.seed_dropout()  # inside the fork: the caller's global generator is left alone
            clock = Clock(run.fitted.seconds, run.size())
            for epoch in range(run.epoch, job.epochs + 1):
                if chooser.should_stop:
                    break
                progress.epoch_begin(epoch, job.epochs, steps)
                gradients.train()
                shown = epoch_start = time.perf_counter()
                for x, y in job.batches.epoch(epoch, run.step, job.device):  # x (b, c, h, w), y (b,)
                    rate = settings.learning_rate * factor((epoch - job.first_epoch) * steps + run.step)
                    for group in optimizer.param_groups:
                        group["lr"] = rate * group["share"]
                    out, loss = gradients(x, y)  # (b, k), without gradient; they lie in .grad
                    if settings.gradient_clip:
                        torch.nn.utils.clip_grad_norm_(module.parameters(), settings.gradient_clip)
                    stepper.step()
                    stepper.zero_grad(set_to_none=True)
                    shown_loss = loss if aim.plain else aim.shown(out, y)
                    run.count(shown_loss, out, y)
                    if live is not None:
                        live.batch(shown_loss)
                    now = time.perf_counter()
                    if now - shown >= SHOWN_EVERY:
                        shown = now
                        mean_loss, accuracy = run.means()
                        if not np.isfinite(mean_loss):  # a large one may come down until the epoch ends
                            _stop_if_lost(mean_loss, out.shape[-1], epoch, run)
                        speed = run.seen / max(now - epoch_start, 1e-9)
                        progress.step(run.step, mean_loss, accuracy, speed)
                        if live is not None:
                            live.step(epoch, run.step, mean_loss, accuracy, speed)
                        if run.step < steps and clock.due(recipe.checkpoint.seconds):
                            run.save(epoch, clock)
                    if brake.pulled and run.step < steps:
                        run.save(epoch, clock)
                        raise Interrupted
                row = run.row(epoch, rate)
                _stop_if_lost(row["loss"], out.shape[-1], epoch, run)
                improved = False
                if job.validation:
                    with job.threads.together():
                        row |= validate(module, job.batches, job.validation, job.device, job.precision, aim)
                    improved = chooser.update(epoch, row)
                row["seconds"] = clock.seconds()
                run.finish_epoch(row, improved)
                if job.save_epoch:
                    job.save_epoch(run.fitted.history, improved, module.state_dict())
                progress.epoch_end(row)
                if live is not None:
                    live.epoch(run.fitted.history, chooser.best_epoch)
                if brake.pulled:
                    run.save(epoch + 1, clock)
                    raise Interrupted
                if clock.due(recipe.checkpoint.seconds):
                    run.save(epoch + 1, clock)
            # Before choosing, so that going on later starts from the last weights, not from the best.
            run.save(run.last_epoch + 1, clock)
    except TrainingError:
        run.restore_best()
        raise
    run.choose()
    run.fitted.seconds, run.fitted.before = clock.seconds(), clock.before
    return run.fitted


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
    loss = torch.zeros((), dtype=_exact(device), device=device)
    correct = torch.zeros((), dtype=torch.int64, device=device)
    at = 0
    for out in logits(
        module,
        batches.images,
        validation.index,
        batches.preparation,
        batch_size=1024 if device.type == "cuda" else 128,  # a card has room, and waits for nothing but us
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


def _exact(device: torch.device) -> torch.dtype:
    """The type that sums are kept in: double precision, which Apple's devices do not have."""
    return torch.float32 if device.type == "mps" else torch.float64


def _cuda(device: torch.device) -> list[int]:
    return [device.index or 0] if device.type == "cuda" else []


class _State:
    """Everything that changes during `fit`, so that a checkpoint can hold it and a resume bring it back."""

    def __init__(
        self,
        module: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        chooser: Chooser,
        job: Job,
        aim: Goal,
    ) -> None:
        self.module, self.optimizer, self.chooser, self.job, self.aim = module, optimizer, chooser, job, aim
        self.fitted = Fitted()
        self.best: dict[str, torch.Tensor] = {}
        self.epoch, self.step, self.seen = job.first_epoch, 0, 0
        self.loss_sum = torch.zeros((), dtype=_exact(job.device), device=job.device)
        self.correct = torch.zeros((), dtype=torch.int64, device=job.device)
        self.generator: torch.Tensor | None = None
        self.saved: tuple[int, int] | None = None  # epoch and step of the newest checkpoint

    def seed_dropout(self) -> None:
        """Dropout draws from PyTorch's own generator: start it from the seed, or where the checkpoint left it."""
        if self.generator is None:
            torch.manual_seed(derive(self.job.batches.seed, "dropout"))
        elif self.job.device.type == "cuda":
            torch.cuda.set_rng_state(self.generator, self.job.device)
        else:
            torch.set_rng_state(self.generator)

    def count(self, loss: torch.Tensor, out: torch.Tensor, y: torch.Tensor) -> None:
        """Add a batch to the running sums, without waiting for the device."""
        self.loss_sum += loss.to(self.loss_sum.dtype) * len(y)
        self.correct += self.aim.right(out, y)
        self.seen += len(y)
        self.step += 1

    def means(self) -> tuple[float, float]:
        """Mean loss and accuracy of the epoch so far."""
        return float(self.loss_sum) / self.seen, int(self.correct) / self.seen

    def row(self, epoch: int, rate: float) -> Row:
        """The training side of the epoch's row."""
        loss = self.means()[0]
        of = self.aim.row(loss, int(self.correct), self.seen)
        return {"epoch": float(epoch), **of, "learning_rate": rate}

    def finish_epoch(self, row: Row, improved: bool) -> None:
        """Keep the row, and the weights when they are the best so far; start the next epoch's sums."""
        self.fitted.history.append(row)
        self.fitted.pictures += self.seen
        if improved:
            self.best = {name: t.detach().clone() for name, t in self.module.state_dict().items()}
        self.step, self.seen = 0, 0
        self.loss_sum.zero_()
        self.correct.zero_()

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

    def save(self, epoch: int, clock: Clock) -> None:
        """Write a checkpoint: training goes on with `epoch`, after `step` steps of it. Never the same one twice."""
        if self.saved == (epoch, self.step):
            return
        since = time.perf_counter()
        tensors = {f"module.{k}": v for k, v in self.module.state_dict().items()}
        tensors |= {f"best.{k}": v for k, v in self.best.items()}
        packed, plain = checkpoints.pack_optimizer(self.optimizer)
        tensors |= packed
        tensors["sums.loss"], tensors["sums.correct"] = self.loss_sum, self.correct
        on_cuda = self.job.device.type == "cuda"
        tensors["generator"] = torch.cuda.get_rng_state(self.job.device) if on_cuda else torch.get_rng_state()
        values: dict[str, Any] = {
            "epoch": epoch,
            "step": self.step,
            "seen": self.seen,
            "first_epoch": self.job.first_epoch,
            "device": self.job.device.type,
            "seconds": clock.seconds(),
            "saving": self.fitted.saving,
            "pictures": self.fitted.pictures,
            "history": self.fitted.history,
            "chooser": self.chooser.state(),
            "optimizer": plain,
        }
        number = epoch * (self.job.batches.steps + 1) + self.step
        checkpoints.write(self.job.folder, number, checkpoints.Checkpoint(tensors, values))
        self.saved = (epoch, self.step)
        self.fitted.saving += clock.saving(since)

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
        self.loss_sum.copy_(found.tensors["sums.loss"])
        self.correct.copy_(found.tensors["sums.correct"])
        self.generator = found.tensors["generator"]
        self.epoch, self.step, self.seen = values["epoch"], values["step"], values["seen"]
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
