"""Metrics that count hits and errors at thresholds: their numbers, precision, recall, the area under a curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from hakseup.keras.eager import eager
from hakseup.keras.formulas import aligned, tensor
from hakseup.keras.metric_kinds import Metric
from hakseup.layers import checks
from hakseup.words import Words


class _Counts(Metric):
    """How often truth and prediction meet, at each of some thresholds."""

    kept: ClassVar[tuple[str, ...]] = ("true_positives", "false_positives")  # what Keras calls its two counts

    def __init__(self, name: str | None) -> None:
        super().__init__(name)
        self._hits, self._false = torch.zeros(()), torch.zeros(())

    def _kept(self) -> dict[str, Any]:
        return super()._kept() | dict(zip(self.kept, (self._hits, self._false), strict=False))

    def reset_state(self) -> None:
        """Begin anew."""
        super().reset_state()
        self._hits, self._false = torch.zeros(()), torch.zeros(())


class _Share(_Counts):
    """Hits by hits and one kind of error."""

    own: ClassVar[tuple[str, ...]] = ("thresholds", "top_k", "class_id")

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name)
        self.thresholds, self.top_k, self.class_id = thresholds, top_k, class_id
        start = 0.5 if top_k is None else -1e10
        given = (
            [start]
            if thresholds is None
            else thresholds
            if isinstance(thresholds, Sequence)
            else [thresholds]
        )
        self._limits = [
            value if value == start else checks.number(type(self).__name__, "thresholds", value, 0, 1)
            for value in given
        ]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch."""
        truth, predicted = aligned(y_true, y_pred)
        if self.top_k is not None:
            kept = torch.zeros_like(predicted).scatter_(-1, predicted.topk(self.top_k).indices, 1.0)
            predicted = torch.where(kept > 0, predicted, -1e10)
        if self.class_id is not None:
            truth, predicted = truth[..., self.class_id], predicted[..., self.class_id]
        weight = _spread(sample_weight, truth)
        limits = torch.tensor(self._limits, device=predicted.device, dtype=predicted.dtype)
        positive = predicted.reshape(1, -1) > limits[:, None]  # (thresholds, values)
        right = truth.reshape(1, -1) != 0
        self._hits = self._hits + (weight * (positive & right)).sum(1)
        self._false = self._false + (weight * self._errors(positive, right)).sum(1)

    def _errors(self, positive: Tensor, right: Tensor) -> Tensor:
        """What is counted beside the hits."""
        raise TypeError("a share needs a kind of error")

    def result(self) -> Any:
        """The share so far, one for each threshold where several were given."""
        share = _divided(self._hits, self._hits + self._false)
        return eager(share[0] if share.ndim and len(self._limits) == 1 else share)


class Precision(_Share):
    """How many of those said to be 1 are.

    Args:
        thresholds: above which a number counts as 1; one or several.
        top_k: only the k largest of each row count as 1.
        class_id: only this column.
        name: under which the figure is shown.
        dtype: only float32.
    """

    def _errors(self, positive: Tensor, right: Tensor) -> Tensor:
        return positive & ~right


class Recall(_Share):
    """How many of those that are 1 are said to be; arguments as Precision."""

    kept = ("true_positives", "false_negatives")

    def _errors(self, positive: Tensor, right: Tensor) -> Tensor:
        return ~positive & right


class _Number(_Share):
    """How many values are of one kind, by truth and prediction.

    Args:
        thresholds: above which a number counts as 1; one or several.
        name: under which the figure is shown.
        dtype: only float32.
    """

    own = ("thresholds",)

    def _kept(self) -> dict[str, Any]:
        return {"accumulator": self._false}

    def __init__(
        self, thresholds: float | Sequence[float] | None = None, name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(thresholds, name=name)

    def result(self) -> Any:
        """The number so far, one for each threshold where several were given."""
        return eager(self._false[0] if self._false.ndim and len(self._limits) == 1 else self._false)


class TruePositives(_Number):
    """Said to be 1, and are."""

    def _errors(self, positive: Tensor, right: Tensor) -> Tensor:
        return positive & right


class TrueNegatives(_Number):
    """Said to be 0, and are."""

    def _errors(self, positive: Tensor, right: Tensor) -> Tensor:
        return ~positive & ~right


class FalsePositives(_Number):
    """Said to be 1, and are not."""

    def _errors(self, positive: Tensor, right: Tensor) -> Tensor:
        return positive & ~right


class FalseNegatives(_Number):
    """Said to be 0, and are not."""

    def _errors(self, positive: Tensor, right: Tensor) -> Tensor:
        return ~positive & right


class AUC(_Counts):
    """The area under a curve over thresholds, approximated from so many of them as Keras does.

    Args:
        num_thresholds: how many.
        curve: "ROC" or "PR".
        summation_method: "interpolation", "minoring" or "majoring".
        name: under which the figure is shown.
        dtype: only float32.
        thresholds: one's own, in place of num_thresholds.
        multi_label: only False.
        num_labels: only None.
        label_weights: only None.
        from_logits: whether the predictions are scores.
    """

    own = (
        "num_thresholds",
        "curve",
        "summation_method",
        "multi_label",
        "num_labels",
        "label_weights",
        "from_logits",
    )

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: None = None,
        label_weights: None = None,
        from_logits: bool = False,
    ) -> None:
        super().__init__(name)
        for argument, value in (
            ("multi_label", multi_label or None),
            ("num_labels", num_labels),
            ("label_weights", label_weights),
        ):
            if value is not None:
                raise checks.refusal("AUC", argument, value, Words("left out", "생략된 값"))
        self.multi_label, self.num_labels, self.label_weights = False, None, None
        self.curve = checks.choice("AUC", "curve", curve, ("roc", "pr")).upper()
        methods = ("interpolation", "minoring", "majoring")
        self.summation_method = checks.choice("AUC", "summation_method", summation_method, methods)
        self.from_logits = checks.truth("AUC", "from_logits", from_logits)
        self.thresholds = None if thresholds is None else sorted(float(t) for t in thresholds)
        count = checks.whole("AUC", "num_thresholds", num_thresholds, 2)
        self.num_thresholds = count if self.thresholds is None else len(self.thresholds) + 2

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch."""
        truth, predicted = aligned(y_true, y_pred)
        weight = _spread(sample_weight, truth)
        weight = weight.expand(truth.numel()) if weight.ndim == 0 else weight
        shares = (predicted.sigmoid() if self.from_logits else predicted).flatten()
        if self.thresholds is None:  # even thresholds: the bucket is known without a search
            last = self.num_thresholds - 1
            bucket = ((shares.clamp(0, 1) * last).ceil() - 1).clamp(min=0).long()
        else:
            limits = torch.tensor(self.thresholds, device=shares.device, dtype=shares.dtype)
            bucket = torch.bucketize(shares, limits)
        right = truth.flatten() != 0
        self._hits = self._hits + self._above(bucket, weight * right)
        self._false = self._false + self._above(bucket, weight * ~right)

    def _above(self, bucket: Tensor, weight: Tensor) -> Tensor:
        """Weight of what lies above each threshold; (num_thresholds,)."""
        counts = torch.zeros(self.num_thresholds, device=weight.device).index_add_(0, bucket, weight.float())
        return counts.flip(0).cumsum(0).flip(0)

    def result(self) -> Any:
        """The area so far."""
        return eager(self._whole())

    def _whole(self) -> Tensor:
        if self._hits.ndim == 0:
            return torch.zeros(())
        hits, false = self._hits, self._false
        recall = _divided(hits, hits[0])
        if self.curve == "ROC":
            return self._area(_divided(false, false[0]), recall)
        if self.summation_method != "interpolation":
            return self._area(recall, _divided(hits, hits + false))
        # Davis & Goadrich 2006: between two thresholds the hits grow in step with all that is said to be 1
        said = hits + false
        slope = _divided(hits[:-1] - hits[1:], (said[:-1] - said[1:]).clamp(min=0))
        rest = hits[1:] - slope * said[1:]
        both = (said[:-1] > 0) & (said[1:] > 0)
        ratio = torch.where(both, _divided(said[:-1], said[1:]), 1.0)
        return _divided(slope * (hits[:-1] - hits[1:] + rest * ratio.log()), hits[0]).sum()

    def _area(self, x: Tensor, y: Tensor) -> Tensor:
        if self.summation_method == "interpolation":
            heights = (y[:-1] + y[1:]) / 2
        else:
            heights = (torch.minimum if self.summation_method == "minoring" else torch.maximum)(y[:-1], y[1:])
        return ((x[:-1] - x[1:]) * heights).sum()

    def get_config(self) -> dict[str, Any]:
        """The arguments by name."""
        return super().get_config() | ({} if self.thresholds is None else {"thresholds": self.thresholds})


def _spread(weight: Any, truth: Tensor) -> Tensor:
    """Weights of rows as weights of all values, flat; a single 1 where there are none."""
    if weight is None:
        return torch.ones((), device=truth.device)
    rows = tensor(weight).to(truth.device, torch.float32)
    rows = rows.reshape(rows.shape + (1,) * (truth.ndim - rows.ndim)) if rows.ndim < truth.ndim else rows
    return rows.broadcast_to(truth.shape).flatten()


def _divided(above: Tensor, below: Tensor) -> Tensor:
    """Nothing by nothing is zero."""
    return torch.where(below != 0, above / below, torch.zeros_like(above))
