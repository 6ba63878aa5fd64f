"""What a model was compiled for: the loss that is minimised, and the figures that are kept along the way."""

from __future__ import annotations

from typing import Any

import torch

from hakseup.keras.feeding import Target
from hakseup.keras.losses import Loss
from hakseup.keras.network import Network
from hakseup.keras.printing import form
from hakseup.training.sums import exact

PENDING = (
    1 << 20
)  # numbers of outputs that wait before metrics are reckoned: few large calls instead of many small


class Objective:
    """The loss of a batch.

    Args:
        network: what is trained.
        loss: as compiled.
    """

    def __init__(self, network: Network, loss: Loss) -> None:
        self.network, self.kind = network, loss
        self.on_logits = network.final != "linear" and loss.final == network.final

    def each(self, out: torch.Tensor, target: Target) -> torch.Tensor:
        """The loss of each row, its weight counted in, for arranged outputs (b, …) before their last activation."""
        y, weight = target
        if self.on_logits:
            each = self.kind.logits(y, out)
        else:
            each = self.kind.per_sample(y, self.network.activated(out))
        return each if weight is None else each * weight

    def data_loss(self, out: torch.Tensor, target: Target) -> torch.Tensor:
        """The loss without the penalty, for arranged outputs (b, …) before their last activation; a scalar."""
        each, weight = self.each(out, target), target.weight
        if self.kind.reduction == "sum":
            return each.sum()
        if self.kind.reduction == "mean_with_sample_weight" and weight is not None:
            return each.sum() / weight.sum()
        return each.mean()

    def minimised(self, out: torch.Tensor, target: Target) -> torch.Tensor:
        """What the gradients are taken of, for outputs of the module; a scalar."""
        loss = self.data_loss(self.network.arranged(out), target)
        penalty = self.network.penalty()
        return loss if penalty is None else loss + penalty


class Tally:
    """The figures of an epoch or an evaluation so far.

    Batches are kept until there are many or somebody asks; the device is not waited for before.

    Args:
        objective: what each row's loss is.
        metrics: objects with update_state, result, reset_state and a name.
        weighted: those that the rows' weights count for.
    """

    def __init__(self, objective: Objective, metrics: list[Any], weighted: list[Any]) -> None:
        self.objective, self.metrics, self.weighted = objective, metrics, weighted
        self.names = figure_names(metrics, weighted)
        self.later = (
            False  # whether the losses are reckoned here, from the outputs, instead of coming with them
        )
        device = objective.network.device
        self.loss = torch.zeros((), dtype=exact(device), device=device)
        self.seen = 0
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.seen = 0
        self.loss.zero_()
        self._losses: list[torch.Tensor] = []
        self._sizes: list[int] = []
        self._outs: list[torch.Tensor] = []
        self._targets: list[Target] = []
        self._pending = 0
        for metric in (*self.metrics, *self.weighted):
            metric.reset_state()

    def count(self, out: torch.Tensor, loss: torch.Tensor, target: Target) -> None:
        """Add a batch: arranged outputs (b, …) before their last activation, the loss, the truth."""
        n = len(out)
        self.seen += n
        self._sizes.append(n)
        if not self.later:
            self._losses.append(loss)
        if self.later or self.metrics or self.weighted:
            self._outs.append(out)
            self._targets.append(target)
            self._pending += out.numel()
        if self._pending > PENDING or len(self._sizes) >= 4096:
            self._settle()

    def logs(self) -> dict[str, Any]:
        """The figures by name: in alphabetical order as Keras 3 has them, or as they were compiled as Keras 2 did."""
        self._settle()
        out: dict[str, Any] = {"loss": float(self.loss) / max(1, self.seen)}
        for name, metric in zip(self.names, (*self.metrics, *self.weighted), strict=True):
            out[name] = figure(metric.result())
        return dict(sorted(out.items())) if form() == 3 else out

    def _settle(self) -> None:
        if self._losses:
            sizes = torch.tensor(self._sizes, dtype=self.loss.dtype, device=self.loss.device)
            self.loss += torch.stack(self._losses).to(self.loss.dtype) @ sizes
        if self._outs:
            self._update(self._outs, self._targets)
        self._losses, self._sizes, self._outs, self._targets, self._pending = [], [], [], [], 0

    @torch.no_grad()
    def _update(self, outs: list[torch.Tensor], targets: list[Target]) -> None:
        out, y, weight = torch.cat(outs), torch.cat([t.y for t in targets]), None
        if targets[0].weight is not None:
            weight = torch.cat([t.weight for t in targets if t.weight is not None])
        if self.later:
            self.loss += self.objective.each(out, Target(y, weight)).sum()
        together = [m for m in (*self.metrics, *self.weighted) if getattr(m, "adds_up", True)]
        alone = [m for m in (*self.metrics, *self.weighted) if m not in together]
        if together:
            self._each(together, out, y, weight)
        if alone:  # a mean of batches: the batches must stay what they were
            for out, target in zip(outs, targets, strict=True):
                self._each(alone, out, target.y, target.weight)

    def _each(
        self, metrics: list[Any], out: torch.Tensor, y: torch.Tensor, weight: torch.Tensor | None
    ) -> None:
        predicted = self.objective.network.activated(out)
        for metric in metrics:
            metric.update_state(y, predicted, weight if metric in self.weighted else None)


def figure(result: Any) -> Any:
    """What a metric says as a number of Python; as an array where it is several, one for each class."""
    values = torch.as_tensor(result)
    return values.item() if values.numel() == 1 else values.numpy(force=True)


def figure_names(metrics: list[Any], weighted: list[Any]) -> list[str]:
    """Names of the figures, each its own: "recall", "recall_1", …, and "weighted_recall" where one counts weights."""
    taken: dict[str, int] = {}
    for number, metric in enumerate([*metrics, *weighted]):
        name = str(metric.name)
        if name in taken and number >= len(metrics):
            name = f"weighted_{name}"
        if name in taken:
            taken[name] += 1
            name = f"{name}_{taken[name] - 1}"
        taken[name] = 1
    return list(taken)
