"""Metrics reckoned from sums over all rows, which no mean of the rows gives: F, R², the overlap of classes, a sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from hakseup.keras.eager import eager
from hakseup.keras.formulas import EPSILON, aligned, tensor
from hakseup.keras.metric_kinds import Metric
from hakseup.layers import checks


class _Sums(Metric):
    """What is kept are sums, by the names that Keras gives them."""

    kept: ClassVar[tuple[str, ...]]

    def __init__(self, name: str | None) -> None:
        super().__init__(name)
        self._sums: dict[str, Tensor] = {}
        self.reset_state()

    def _add(self, **values: Tensor) -> None:
        for name, value in values.items():
            self._sums[name] = self._sums[name].to(value.device) + value

    def _kept(self) -> dict[str, Any]:
        return super()._kept() | self._sums

    def reset_state(self) -> None:
        """Begin anew."""
        super().reset_state()
        self._sums = {name: torch.zeros(()) for name in self.kept}


class FBetaScore(_Sums):
    """The mean of precision and recall, recall counting beta times as much; one for each class without `average`.

    Args:
        average: None, "micro" (all classes counted together), "macro" (their mean), "weighted" (by how many there are).
        beta: how much recall counts.
        threshold: above which a number counts as 1; None: the largest of each row does.
        name: under which the figure is shown.
        dtype: only float32.
    """

    own: ClassVar[tuple[str, ...]] = ("average", "beta", "threshold")
    kept = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name)
        kind = type(self).__name__
        self.average = average and checks.choice(kind, "average", average, ("micro", "macro", "weighted"))
        self.beta = checks.number(kind, "beta", beta, 1e-12)
        self.threshold = None if threshold is None else checks.number(kind, "threshold", threshold, 0, 1)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch: 0 or 1 (b, k) and probabilities (b, k)."""
        truth, predicted = aligned(y_true, y_pred)
        if self.threshold is None:  # of a row of zeros none is the largest
            said = (predicted >= predicted.amax(-1, keepdim=True)) & (predicted.abs() > 1e-9)
        else:
            said = predicted > self.threshold
        found, weight = said.to(truth.dtype), _column(sample_weight, truth)
        axes = tuple(range(truth.ndim)) if self.average == "micro" else (0,)
        self._add(
            true_positives=(weight * found * truth).sum(axes),
            false_positives=(weight * found * (1 - truth)).sum(axes),
            false_negatives=(weight * (1 - found) * truth).sum(axes),
            intermediate_weights=(weight * truth).sum(axes),
        )

    def result(self) -> Any:
        """The figure so far."""
        right, wrong, missed, there = self._sums.values()
        precision, recall = right / (right + wrong + EPSILON), right / (right + missed + EPSILON)
        square = self.beta**2
        score = (1 + square) * precision * recall / (square * precision + recall + EPSILON)
        if self.average == "weighted":
            score = (score * there / (there.sum() + EPSILON)).sum()
        return eager(score.mean() if self.average in ("micro", "macro") else score)


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall; arguments as FBetaScore, without beta."""

    own = ("average", "threshold")

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name)


class R2Score(_Sums):
    """The share of the variance that is explained.

    Args:
        class_aggregation: of several columns: "uniform_average", "variance_weighted_average", or None for each.
        num_regressors: how many inputs there are, for the adjusted figure; 0: not adjusted.
        name: under which the figure is shown.
        dtype: only float32.
    """

    own: ClassVar[tuple[str, ...]] = ("class_aggregation", "num_regressors")
    kept = ("squared_sum", "sum", "residual", "count", "num_samples")

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str = "r2_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name)
        self.class_aggregation = class_aggregation and checks.choice(
            "R2Score",
            "class_aggregation",
            class_aggregation,
            ("uniform_average", "variance_weighted_average"),
        )
        self.num_regressors = checks.whole("R2Score", "num_regressors", num_regressors, 0)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch: numbers (b, k) and (b, k)."""
        truth, predicted = aligned(y_true, y_pred)
        if truth.ndim == 1:
            truth, predicted = truth[:, None], predicted[:, None]
        weight = _column(sample_weight, truth)
        self._add(
            squared_sum=(weight * truth.square()).sum(0),
            sum=(weight * truth).sum(0),
            residual=(weight * (truth - predicted).square()).sum(0),
            count=weight.broadcast_to(truth.shape).sum(0),
            num_samples=torch.tensor(float(truth.numel()), device=truth.device),
        )

    def result(self) -> Any:
        """The figure so far."""
        squares, total, residual, count, seen = self._sums.values()
        if not seen:
            return eager(residual)
        variance = squares - total * (total / count)
        scores = 1 - residual / variance
        scores = torch.where(scores.isinf(), 0.0, scores)
        if self.class_aggregation == "uniform_average":
            scores = scores.mean()
        elif self.class_aggregation is not None:
            scores = (variance * scores).sum() / variance.sum()
        rows = float(seen) - 1
        if 0 < self.num_regressors < rows:
            scores = 1 - (1 - scores) * rows / (rows - self.num_regressors)
        return eager(scores)


class MeanIoU(_Sums):
    """The mean over the classes of their overlap: rows in both truth and prediction, by rows in one of them.

    Args:
        num_classes: how many there are.
        name: under which the figure is shown.
        dtype: of the counts; with "int32", which Keras takes, weights of rows lose their decimals.
        ignore_class: rows of this class do not count.
        sparse_y_true: whether the truth is class numbers; else one-hot.
        sparse_y_pred: whether the prediction is class numbers; else probabilities.
        axis: of the classes.
    """

    own: ClassVar[tuple[str, ...]] = (
        "num_classes",
        "ignore_class",
        "sparse_y_true",
        "sparse_y_pred",
        "axis",
    )
    kept = ("total_confusion_matrix",)

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(name or "mean_io_u")
        self.num_classes, self.ignore_class = (
            checks.whole("MeanIoU", "num_classes", num_classes, 1),
            ignore_class,
        )
        self.sparse_y_true, self.sparse_y_pred, self.axis = sparse_y_true, sparse_y_pred, axis
        self.dtype = "int32" if dtype in (None, "int") else str(dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch; numbers that are no class do not count."""
        predicted = tensor(y_pred)
        truth = tensor(y_true).to(predicted.device)
        truth = truth if self.sparse_y_true else truth.argmax(self.axis)
        predicted = predicted if self.sparse_y_pred else predicted.argmax(self.axis)
        truth, predicted = truth.reshape(-1).long(), predicted.reshape(-1).long()
        weight = torch.ones((), device=truth.device) if sample_weight is None else tensor(sample_weight)
        weight = weight.to(truth.device).long() if "int" in self.dtype else weight.to(truth.device)
        weight = weight.reshape(-1).broadcast_to(truth.shape).float()
        classes = self.num_classes
        counts = (truth >= 0) & (truth < classes) & (predicted >= 0) & (predicted < classes)
        if self.ignore_class is not None:
            counts &= truth != self.ignore_class
        places = (truth * classes + predicted)[counts]
        met = torch.bincount(places, weight[counts], classes**2).reshape(classes, classes)
        self._add(total_confusion_matrix=met)

    def result(self) -> Any:
        """The mean so far, over the classes that were there."""
        met = self._sums["total_confusion_matrix"].expand(self.num_classes, self.num_classes)
        both = met.diagonal()
        either = met.sum(0) + met.sum(1) - both
        return eager((both / (either + EPSILON)).sum() / ((either > 0).sum() + EPSILON))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> MeanIoU:
        """The metric whose `get_config()` was this."""
        return cls(**config)


class Sum(_Sums):
    """The sum of all values given."""

    kept = ("total",)

    def __init__(self, name: str = "sum", dtype: Any = None) -> None:
        super().__init__(name)

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Take values (b, …) or one value, and weights (b,)."""
        values = tensor(values).detach().float()
        self._add(total=(values * _column(sample_weight, values)).sum())

    def result(self) -> Any:
        """The sum so far."""
        return eager(self._sums["total"])


def _column(weight: Any, values: Tensor) -> Tensor:
    """Weights of rows so that they stand beside (b, …); 1 without."""
    if weight is None:
        return torch.ones((), device=values.device)
    given = tensor(weight).to(values.device, values.dtype)
    return given.reshape(given.shape + (1,) * (values.ndim - given.ndim))
