"""All folds and repeats of a cross-validation at once: small networks stacked, each with its own rows and its own end.

The order of events is that of the one loop (`loop.fit`), and so are the numbers: for each network the first weights
and the order of every epoch come from its own seed, the last batch of an epoch may be smaller, the loss of an epoch
is the mean over its rows as they were met, validation follows the epoch, and `Chooser` says which epoch is the best
and when to stop. A network that has stopped leaves the stack, so that the others go on faster.

Nothing here knows of a test part: the caller gives rows that may be used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from hakseup.errors import CallError, TrainingError
from hakseup.models.sequential import Sequential
from hakseup.models.tabular.stacked import Stacked, why_not
from hakseup.progress import Progress, Silence
from hakseup.seeds import torch_generator
from hakseup.settings import StoppingSettings, TrainingSettings
from hakseup.training import optimizers
from hakseup.training.device import denormals_are_zero
from hakseup.training.stacked import BETA_1, BETA_2, Adam, Loss, Pass, losses, right, targets
from hakseup.training.stopping import chooser, require_monitor
from hakseup.words import Words

Row = dict[str, float]


@dataclass(frozen=True)
class Fold:
    """The rows of one network: which train, and which validate (none: no validation). int64 indices."""

    train: np.ndarray
    validation: np.ndarray


@dataclass
class FoldResult:
    """What came out of one network.

    history: a row for each epoch: epoch, loss, learning_rate; accuracy where there are classes; val_loss and
        val_accuracy where there is validation.
    state: the chosen weights, as the module that `network.build` makes calls them.
    """

    history: list[Row]
    best_epoch: int
    stopped_early: bool
    state: dict[str, torch.Tensor]


def not_together(network: Sequential, training: TrainingSettings) -> Words | None:
    """Why these networks have to be trained one after another; None where `fit_stacked` can take them."""
    reason = why_not(network)
    if reason is not None:
        return reason
    plain = TrainingSettings()
    wanted: dict[str, object] = {"optimizer": "adam"}
    wanted |= {
        name: getattr(plain, name)
        for name in ("weight_decay", "label_smoothing", "class_weight", "gradient_clip", "steps_per_epoch")
    }
    for name, value in wanted.items():
        found = getattr(training, name)
        if found != value:
            return Words(
                f"All folds at once are trained with training.{name} = {value}; here it is {found}.",
                f"여러 겹을 한꺼번에 학습하려면 training.{name} = {value}이어야 하는데 지금은 {found}입니다.",
            )
    return None


def fit_stacked(
    stack: Stacked,
    x: np.ndarray,
    y: np.ndarray,
    folds: Sequence[Fold],
    training: TrainingSettings,
    stopping: StoppingSettings,
    loss: Loss,
    progress: Progress | None = None,
) -> list[FoldResult]:
    """Train every network of the stack on its own fold; the stack then holds the chosen weights.

    Args:
        stack: networks with their first weights, and the seeds their orders come from.
        x: (n, d) the same for all, or (m, n, d) where each fold has its own preparation.
        y: (n,) classes or values, (n, k) values, or (m, n, k) values where each fold has a unit of its own.
        folds: rows of each network, as many as there are networks.
        training: epochs, batch_size, learning_rate, schedule, epsilon; `not_together` says what cannot be had.
        stopping: what is watched, patience, and whether the best weights are kept.
        loss: by its Keras name; it has to fit the end of the network.
        progress: hears of every epoch.

    Returns:
        One result for each fold, in their order.

    Raises:
        CallError: settings that cannot be had together, or what is watched will not be there.
        TrainingError: the loss of a network became NaN.
    """
    reason = not_together(stack.network, training)
    if reason is not None:
        raise CallError("not-together", reason)
    if len(folds) != len(stack):
        raise CallError(
            "not-together",
            Words(
                f"There are {len(stack)} networks for {len(folds)} folds.",
                f"신경망은 {len(stack)}개인데 겹은 {len(folds)}개입니다.",
            ),
        )
    validated = len({len(fold.validation) > 0 for fold in folds} - {False}) > 0
    names = ["loss"] + (["accuracy"] if loss != "mean_squared_error" else [])
    names += [f"val_{name}" for name in names] if validated else []
    if validated or stopping.patience:
        require_monitor(stopping, names)
    heard = progress or Silence()
    heard.begin(Words("Training all folds", "모든 겹을 학습"), training.epochs, "epochs")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # its products are far too small to be shared out
    try:
        with torch.inference_mode(), denormals_are_zero(True):
            run = _Run(stack, x, y, folds, training, stopping, loss)
            for epoch in range(1, training.epochs + 1):
                if not run.ids:
                    break
                run.epoch(epoch)
                heard.advance(1)
            run.leave(list(range(len(run.ids))))
    finally:
        torch.set_num_threads(threads)
        heard.end()
    return [
        FoldResult(run.history[i], run.chosen[i], len(run.history[i]) < training.epochs, stack.state(i))
        for i in range(len(stack))
    ]


class _Run:
    """Everything that changes during `fit_stacked`. Row j of every tensor belongs to network `ids[j]`.

    The networks stand with the longest epoch first, so that those with a batch left are always the first ones.
    """

    def __init__(
        self,
        stack: Stacked,
        x: np.ndarray,
        y: np.ndarray,
        folds: Sequence[Fold],
        training: TrainingSettings,
        stopping: StoppingSettings,
        loss: Loss,
    ) -> None:
        self.stack, self.folds, self.training, self.stopping, self.loss = (
            stack,
            folds,
            training,
            stopping,
            loss,
        )
        dtype = stack.numbers.dtype
        self.x = torch.as_tensor(x).to(dtype).contiguous()  # (n, d) or (m, n, d)
        self.y = targets(loss, torch.as_tensor(y), stack.layers[-1].units, dtype).contiguous()
        self.ids = sorted(range(len(stack)), key=lambda i: -len(folds[i].train))
        self.choosers = [chooser(stopping, training.epochs) for _ in folds]
        self.history: list[list[Row]] = [[] for _ in folds]
        self.chosen = [0] * len(folds)
        self.best = stack.numbers.clone()
        self.adam = Adam(stack.numbers[self.ids], training.epsilon)
        self.arrange()

    def arrange(self) -> None:
        """What follows from which networks are left: views, the places of the rows, and how much each counts."""
        batch, folds = self.training.batch_size, [self.folds[i] for i in self.ids]
        self.passes = Pass(self.stack.layers, self.adam.numbers, self.loss)
        lengths = torch.tensor([len(fold.train) for fold in folds])
        batch = min(batch, int(lengths[0]))
        self.batch, self.steps = batch, [-(-int(n) // batch) for n in lengths]
        self.active = [sum(steps > s for steps in self.steps) for s in range(self.steps[0])]
        there = torch.arange(self.steps[0] * batch)[None] < lengths[:, None]  # (a, steps * batch)
        self.there = there.view(len(folds), -1, batch).transpose(0, 1).contiguous()  # (steps, a, batch)
        count = self.there.sum(-1, keepdim=True).clamp_(min=1)
        self.weight = (self.there.to(self.y.dtype) / count)[..., None]  # (steps, a, batch, 1)
        self.lengths = lengths
        self.validation = _padded([fold.validation for fold in folds])  # (a, n) and whether it is there
        self.train = [torch.from_numpy(np.asarray(fold.train, np.int64)) for fold in folds]

    def take(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Numbers (…, a, b, d) and targets (…, a, b, k) for rows (…, a, b)."""
        return self._of(self.x, rows), self._of(self.y, rows)

    def _of(self, values: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """Rows (…, a, b) of values (n, d), or of each network's own (m, n, d): (…, a, b, d)."""
        if values.ndim == 3:
            rows = rows + values.shape[1] * torch.tensor(self.ids)[:, None]
        flat = values.view(-1, values.shape[-1]).index_select(0, rows.reshape(-1))
        return flat.view(*rows.shape, -1)

    def epoch(self, epoch: int) -> None:
        """One epoch of all networks that are left, its validation, and who leaves."""
        rows = torch.zeros(len(self.ids), self.steps[0] * self.batch, dtype=torch.int64)
        for row, i, own in zip(rows, self.ids, self.train, strict=True):
            order = torch.randperm(len(own), generator=torch_generator(self.stack.seeds[i], "order", epoch))
            torch.index_select(own, 0, order, out=row[: len(own)])
        rows = rows.view(len(self.ids), -1, self.batch).transpose(0, 1).contiguous()  # (steps, a, b)
        x, y = self.take(rows)
        out = torch.zeros_like(y)  # where a network has no batch left, nothing is written
        size, widen, rates = self._sizes(epoch)
        for s, active in enumerate(self.active):
            gradient = self.passes(x[s, :active], y[s, :active], self.weight[s, :active], out[s, :active])
            self.adam.step(gradient, active, size[s], widen[s])
        there = self.there.sum((0, 2))
        found = {"loss": (losses(self.loss, out, y).double() * self.there).sum((0, 2)) / there}
        hits = right(self.loss, out, y)
        if hits is not None:
            found["accuracy"] = (hits & self.there).sum((0, 2)) / there.double()
        found |= self.validate()
        self.judge(epoch, {name: value.tolist() for name, value in found.items()}, rates)

    def _sizes(self, epoch: int) -> tuple[torch.Tensor, torch.Tensor, list[float]]:
        """Adam's two factors for each step and network (steps, a, 1), and the last learning rate of each."""
        steps = np.array(self.steps)[None]  # (1, a)
        at = np.arange(steps.max())[:, None] + (epoch - 1) * steps  # (steps, a): steps made before
        rate = np.full(at.shape, self.training.learning_rate)
        if self.training.schedule != "constant":
            for n in set(self.steps):
                factor = optimizers.schedule(self.training, n * self.training.epochs)
                these = [[factor(int(k))] for k in at[:, self.steps.index(n)]]
                rate = np.where(steps == n, rate * these, rate)
        size = -rate / (1 - BETA_1 ** (at + 1))
        widen = 1 / np.sqrt(1 - BETA_2 ** (at + 1))
        dtype = self.y.dtype
        tensors = [torch.from_numpy(value).to(dtype)[..., None] for value in (size, widen)]
        return tensors[0], tensors[1], [float(rate[n - 1, j]) for j, n in enumerate(self.steps)]

    def validate(self) -> dict[str, torch.Tensor]:
        """val_loss and val_accuracy (a,) of each network; NaN for one that has no validation."""
        rows, there = self.validation
        if not rows.shape[1]:
            return {}
        total: dict[str, torch.Tensor] = {}
        for at, held in zip(torch.split(rows, 8192, 1), torch.split(there, 8192, 1), strict=True):
            x, y = self.take(at)
            z = self.stack.logits(x, self.adam.numbers)
            sums = {"val_loss": (losses(self.loss, z, y).double() * held).sum(1)}
            hits = right(self.loss, z, y)
            if hits is not None:
                sums["val_accuracy"] = (hits & held).sum(1).double()
            total = {name: total[name] + value if name in total else value for name, value in sums.items()}
        return {name: value / there.sum(1) for name, value in total.items()}

    def judge(self, epoch: int, found: dict[str, list[float]], rates: list[float]) -> None:
        """Keep each network's row, and its weights where they are the best so far; those that are done leave."""
        done = []
        for j, i in enumerate(self.ids):
            row = {"epoch": float(epoch), **{name: values[j] for name, values in found.items()}}
            row["learning_rate"] = rates[j]
            if not np.isfinite(row["loss"]):
                raise TrainingError(
                    "diverged",
                    Words(
                        f"The loss of network {i + 1} became {row['loss']:.3g} in epoch {epoch}.",
                        f"{epoch}번째 에포크에서 {i + 1}번째 신경망의 오차가 {row['loss']:.3g}이(가) 되었습니다.",
                    ),
                    Words(
                        "Most often the learning rate is too high, or columns are not scaled.",
                        "대개 학습률이 너무 높거나 열의 크기를 맞추지 않아서입니다.",
                    ),
                )
            self.history[i].append(row)
            self.chosen[i] = epoch
            if self.stopping.monitor in row and not np.isnan(row[self.stopping.monitor]):
                if self.choosers[i].update(epoch, row):
                    self.best[i] = self.adam.numbers[j]
                if self.choosers[i].should_stop:
                    done.append(j)
        if done:
            self.leave(done)

    def leave(self, places: list[int]) -> None:
        """These networks have finished: the stack gets their chosen weights, the others go on without them."""
        for j in places:
            i = self.ids[j]
            said = self.choosers[i]
            best = self.stopping.restore_best and said.best_epoch > 0
            self.stack.numbers[i] = self.best[i] if best else self.adam.numbers[j]
            self.chosen[i] = said.best_epoch if best else self.chosen[i]
        stay = [j for j in range(len(self.ids)) if j not in places]
        self.ids = [self.ids[j] for j in stay]
        if stay:
            self.adam.select(torch.tensor(stay))
            self.arrange()


def _padded(rows: Sequence[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of different lengths as one int64 (a, longest), and which of them are there, bool (a, longest)."""
    longest = max(len(own) for own in rows)
    out = torch.zeros(len(rows), longest, dtype=torch.int64)
    for row, own in zip(out, rows, strict=True):
        row[: len(own)] = torch.from_numpy(np.asarray(own, np.int64))
    lengths = torch.tensor([len(own) for own in rows])
    return out, torch.arange(longest)[None] < lengths[:, None]
