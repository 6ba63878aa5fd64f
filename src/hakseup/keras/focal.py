"""Cross-entropies that count rows which are right already less, `(1 - p) ** gamma`: formulas and losses.

Source of the formulas: https://keras.io/api/losses/probabilistic_losses/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor
from torch.nn import functional

from hakseup.keras.formulas import EPSILON, aligned, formula, smoothed, tensor
from hakseup.keras.loss_kinds import Crossentropy
from hakseup.layers import checks


@formula
def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """0 or 1 (…, k) and probabilities (…, k) -> (…), the mean over the last axis.

    Args:
        y_true: 0 or 1.
        y_pred: probabilities of 1, or scores with `from_logits`.
        apply_class_balancing: whether ones count `alpha` times and zeros `1 - alpha`.
        alpha: see there.
        gamma: how strongly what is right already counts less; 0: not at all.
        from_logits: whether they are scores.
        label_smoothing: share of the truth that moves to one half.
        axis: over which the mean goes.
    """
    truth, predicted = aligned(y_true, y_pred)
    truth = smoothed(truth, label_smoothing, 2)
    shares = predicted.sigmoid() if from_logits else predicted
    each = functional.binary_cross_entropy(shares.clamp(EPSILON, 1 - EPSILON), truth, reduction="none")
    each = each * (1 - truth * shares - (1 - truth) * (1 - shares)) ** gamma
    if apply_class_balancing:
        each = each * (truth * alpha + (1 - truth) * (1 - alpha))
    return each.mean(axis)


@formula
def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: float | Sequence[float] = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """One-hot truth (…, k) and probabilities (…, k) -> (…).

    Args:
        y_true: one-hot, or shares of classes.
        y_pred: probabilities, or scores with `from_logits`.
        alpha: weight of all classes, or one for each.
        gamma: how strongly what is right already counts less; 0: not at all.
        from_logits: whether they are scores.
        label_smoothing: share of the truth that is spread over all classes.
        axis: of the classes.
    """
    truth, predicted = aligned(y_true, y_pred)
    truth = smoothed(truth, label_smoothing, truth.shape[-1])
    shares = predicted.softmax(axis) if from_logits else predicted
    shares = (shares / shares.sum(axis, keepdim=True)).clamp(EPSILON, 1 - EPSILON)
    weight = tensor(alpha).to(shares.device) * (1 - shares) ** gamma
    return -(weight * truth * shares.log()).sum(axis)


class _Focal(Crossentropy):
    own: ClassVar[tuple[str, ...]] = ("alpha", "gamma", *Crossentropy.own)

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(from_logits, label_smoothing, axis, reduction, name)
        self.alpha = alpha
        self.gamma = checks.number(type(self).__name__, "gamma", gamma, 0)


class CategoricalFocalCrossentropy(_Focal):
    """For one-hot truth and a softmax at the end.

    Args:
        alpha: weight of all classes, or one for each.
        gamma: how strongly what is right already counts less; 0: not at all.
        from_logits: the network ends without its softmax.
        label_smoothing: share of the truth that is spread over all classes.
        axis: of the classes.
        reduction: see `Loss`.
        name: shown in messages.
        dtype: only float32.
    """

    formula = staticmethod(categorical_focal_crossentropy)


class BinaryFocalCrossentropy(_Focal):
    """For truth of 0 and 1 and a sigmoid at the end.

    Args:
        apply_class_balancing: whether ones count `alpha` times and zeros `1 - alpha`.
        alpha: see there.
        gamma: how strongly what is right already counts less; 0: not at all.
        from_logits: the network ends without its sigmoid.
        label_smoothing: share of the truth that moves to one half.
        axis: over which the mean goes.
        reduction: see `Loss`.
        name: shown in messages.
        dtype: only float32.
    """

    formula = staticmethod(binary_focal_crossentropy)
    own = ("apply_class_balancing", *_Focal.own)

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(alpha, gamma, from_logits, label_smoothing, axis, reduction, name)
        self.apply_class_balancing = checks.truth(
            type(self).__name__, "apply_class_balancing", apply_class_balancing
        )
