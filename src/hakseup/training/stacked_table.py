"""The training of a table's ensemble: every member sees the rows in an order of its own.

The members are small and share their weights (`models.tabular.ensemble`), so one loop over batches of shape
(members, batch) trains them all. Where the one loop of pictures reads pixels, this one has the whole encoded table
in memory and takes rows out of it: what an epoch costs grows with the rows and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn import functional as F

from hakseup.errors import TrainingError
from hakseup.models.tabular.ensemble import TabularModule
from hakseup.progress import Progress, Silence
from hakseup.seeds import derive, torch_generator
from hakseup.settings import StoppingSettings, TrainingSettings
from hakseup.training import optimizers
from hakseup.training.stopping import Chooser, require_monitor
from hakseup.words import Words

Row = dict[str, float]
CHUNK = 4096  # rows that are predicted at once: times 16 members times 64 numbers they are 16 MB


@dataclass(frozen=True)
class TableRows:
    """Encoded rows and what is to be learned of them.

    numbers: float32 (n, d). codes: int64 (n, c).
    target: classes int64 (n,), or prepared values float (n,). Rows that are never asked for may hold anything.
    """

    numbers: np.ndarray
    codes: np.ndarray
    target: np.ndarray


@dataclass
class TableFit:
    """What came out. The module that was given holds the chosen weights.

    history: a row for each epoch: epoch, loss, learning_rate, seconds; val_loss with validation; accuracy and
        val_accuracy where there are classes. loss is the members' mean, val_loss that of the averaged prediction.
    """

    history: list[Row] = field(default_factory=list)
    best_epoch: int = 0
    stopped_early: bool = False
    seconds: float = 0.0


def fit_table(
    module: TabularModule,
    rows: TableRows,
    train: np.ndarray,
    validation: np.ndarray | None,
    settings: TrainingSettings,
    stopping: StoppingSettings,
    class_weight: np.ndarray | None = None,
    progress: Progress | None = None,
) -> TableFit:
    """Train the module in place.

    Args:
        module: of `TabularEnsemble.build`.
        rows: the encoded table.
        train: int64 index of the rows that train.
        validation: of those that choose the epoch; None: the last epoch is the chosen one.
        settings: epochs, batch_size, min_steps, learning_rate, schedule, weight_decay, label_smoothing, seed.
        stopping: what is watched, and patience.
        class_weight: of each class, float (k,).
        progress: hears of every epoch.

    Raises:
        CallError: what is watched will not be there.
        TrainingError: the loss became NaN.
    """
    of_classes = module.shape.outputs > 1
    names = ["loss", *(["accuracy"] if of_classes else [])]
    names += [f"val_{name}" for name in names] if validation is not None else []
    if validation is not None or stopping.patience:
        require_monitor(stopping, names)
    heard, chooser, fitted = progress or Silence(), Chooser(stopping), TableFit()
    numbers, codes = torch.from_numpy(rows.numbers), torch.from_numpy(rows.codes)
    target = torch.from_numpy(np.asarray(rows.target, np.int64 if of_classes else np.float32))
    index = torch.from_numpy(np.asarray(train, np.int64))
    steps = max(1, -(-len(index) // settings.batch_size))
    epochs = max(settings.epochs, -(-settings.min_steps // steps))
    loss_of = _loss(settings, of_classes, class_weight)
    optimizer = optimizers.optimizer(module, settings)
    factor = optimizers.schedule(settings, epochs * steps)
    best: dict[str, torch.Tensor] = {}
    start = time.perf_counter()
    with torch.random.fork_rng(devices=[]):  # dropout draws from PyTorch's own generator
        torch.manual_seed(derive(settings.seed, "dropout"))
        for epoch in range(1, epochs + 1):
            heard.epoch_begin(epoch, epochs, steps)
            module.train()
            total, right, rate = torch.zeros((), dtype=torch.float64), torch.zeros((), dtype=torch.int64), 0.0
            order = index[_orders(len(index), module.shape.members, settings.seed, epoch)]  # (m, n)
            for step, batch in enumerate(torch.split(order, settings.batch_size, 1)):
                rate = settings.learning_rate * factor((epoch - 1) * steps + step)
                for group in optimizer.param_groups:
                    group["lr"] = rate * group["share"]
                out = module(numbers[batch], codes[batch])  # (m, b, k)
                y = target[batch]  # (m, b)
                loss = loss_of(out, y)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                total += loss.detach().double() * batch.shape[1]
                right += (out.argmax(-1) == y).sum() if of_classes else 0
            row = {"epoch": float(epoch), "loss": float(total) / len(index), "learning_rate": rate}
            if of_classes:
                row["accuracy"] = int(right) / order.numel()
            _stop_if_lost(row["loss"], epoch)
            improved = False
            if validation is not None:
                row |= _validate(module, numbers, codes, target, validation)
                improved = chooser.update(epoch, row)
            if improved:
                best = {name: value.detach().clone() for name, value in module.state_dict().items()}
            row["seconds"] = time.perf_counter() - start
            fitted.history.append(row)
            heard.epoch_end(row)
            if chooser.should_stop:
                break
    fitted.best_epoch, fitted.stopped_early = len(fitted.history), len(fitted.history) < epochs
    if best and stopping.restore_best:
        module.load_state_dict(best)
        fitted.best_epoch = chooser.best_epoch
    module.eval()
    fitted.seconds = time.perf_counter() - start
    return fitted


def predict_table(module: TabularModule, numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Log-probabilities (n, k), or prepared values (n,), in flat memory beside the result."""
    module.eval()
    pieces = []
    with torch.inference_mode():
        for at in range(0, len(numbers), CHUNK):
            part = slice(at, at + CHUNK)
            pieces.append(module(torch.from_numpy(numbers[part]), torch.from_numpy(codes[part])))
    out = torch.cat(pieces) if pieces else torch.empty(0, module.shape.outputs)
    return (out if module.shape.outputs > 1 else out[:, 0]).numpy()


def _orders(n: int, members: int, seed: int, epoch: int) -> torch.Tensor:
    """The order of this epoch for each member, (m, n)."""
    generator = torch_generator(seed, "order", epoch)
    return torch.stack([torch.randperm(n, generator=generator) for _ in range(members)])


def _loss(
    settings: TrainingSettings, of_classes: bool, class_weight: np.ndarray | None
) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """The mean over members and rows of each member's own loss: (m, b, k) and (m, b) in, a scalar out."""
    if not of_classes:
        return lambda out, y: F.mse_loss(out[..., 0], y)
    weight = None if class_weight is None else torch.as_tensor(class_weight, dtype=torch.float32)
    smoothing = settings.label_smoothing
    return lambda out, y: F.cross_entropy(out.flatten(0, 1), y.flatten(), weight, label_smoothing=smoothing)


def _validate(
    module: TabularModule,
    numbers: torch.Tensor,
    codes: torch.Tensor,
    target: torch.Tensor,
    validation: np.ndarray,
) -> Row:
    """Loss and accuracy of the averaged prediction on the validation rows."""
    index = torch.from_numpy(np.asarray(validation, np.int64))
    out = torch.from_numpy(predict_table(module, numbers[index].numpy(), codes[index].numpy()))
    y = target[index]
    if module.shape.outputs == 1:
        return {"val_loss": float(F.mse_loss(out, y))}
    return {
        "val_loss": float(F.nll_loss(out, y)),
        "val_accuracy": int((out.argmax(1) == y).sum()) / len(index),
    }


def _stop_if_lost(loss: float, epoch: int) -> None:
    if np.isfinite(loss):
        return
    raise TrainingError(
        "diverged",
        Words(
            f"The loss became {loss:.3g} in epoch {epoch}: the training has lost its way.",
            f"{epoch}번째 에포크에서 오차가 {loss:.3g}이(가) 되어 학습이 무너졌습니다.",
        ),
        Words("Try a smaller training.learning_rate.", "training.learning_rate를 더 작게 해 보세요."),
    )
