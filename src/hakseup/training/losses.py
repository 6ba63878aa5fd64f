"""Losses by their Keras names. What is shown as "loss" is always the plain cross-entropy, whatever is minimised."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn import functional as F

from hakseup.errors import CallError
from hakseup.settings import TrainingSettings
from hakseup.words import Words

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def loss(settings: TrainingSettings, weight: torch.Tensor | None) -> Loss:
    """The function that is minimised: logits (b, k) and classes (b,) in, a scalar out.

    Args:
        settings: name of the loss, label smoothing.
        weight: of each class (k,), or None.

    Raises:
        CallError: label smoothing with a loss that has none.
    """
    if settings.loss == "categorical_crossentropy":
        return lambda out, y: F.cross_entropy(out, y, weight, label_smoothing=settings.label_smoothing)
    if settings.label_smoothing:
        raise CallError(
            "no-effect",
            Words(
                f"training.label_smoothing has no effect with the loss {settings.loss}.",
                f"{settings.loss} 오차에서는 training.label_smoothing이 아무 영향도 주지 않습니다.",
            ),
            Words("Set it to 0.", "0으로 두세요."),
        )
    if settings.loss == "categorical_hinge":
        return lambda out, y: F.multi_margin_loss(out, y, weight=weight)

    def mean_squared_error(out: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        target = F.one_hot(y, out.shape[1]).to(out.dtype)
        each = F.mse_loss(out.softmax(1), target, reduction="none").mean(1)  # (b,)
        if weight is None:
            return each.mean()
        return (each * weight[y]).sum() / weight[y].sum()

    return mean_squared_error
