"""Optimisers and schedules by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from hakseup.layers.efficientnet_module import Backbone
from hakseup.settings import TrainingSettings
from hakseup.training.eager import without_compiler


def optimizer(module: torch.nn.Module, settings: TrainingSettings) -> torch.optim.Optimizer:
    """The optimiser of a recipe. Weight decay touches kernels only (two or more dimensions), never biases or norms.

    Each group says its "share" of the learning rate: a backbone that has learned before moves less than what is new.
    """
    shares = {
        id(p): part.rate for part in module.modules() if isinstance(part, Backbone) for p in part.parameters()
    }
    groups = []
    for share in sorted({1.0, *shares.values()}, reverse=True):
        learned = [p for p in module.parameters() if p.requires_grad and shares.get(id(p), 1.0) == share]
        kernels, others = [p for p in learned if p.ndim > 1], [p for p in learned if p.ndim <= 1]
        groups += [
            {"params": kernels, "weight_decay": settings.weight_decay, "share": share},
            {"params": others, "weight_decay": 0.0, "share": share},
        ]
    groups = [g for g in groups if g["params"]]
    with without_compiler():
        return _made(module, groups, settings)


def _made(
    module: torch.nn.Module, groups: list[dict[str, Any]], settings: TrainingSettings
) -> torch.optim.Optimizer:
    # One fused kernel for all parameters where PyTorch has it: small networks would else be all overhead.
    fused = all(p.device.type in ("cpu", "cuda") for p in module.parameters())
    if settings.optimizer == "sgd":
        return torch.optim.SGD(
            groups,
            lr=settings.learning_rate,
            momentum=settings.momentum,
            nesterov=settings.nesterov and settings.momentum > 0,
            fused=fused,
        )
    kind = torch.optim.AdamW if settings.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, lr=settings.learning_rate, eps=settings.epsilon, fused=fused)


def schedule(settings: TrainingSettings, steps: int) -> Callable[[int], float]:
    """The factor on the learning rate at step 0 to `steps` - 1."""
    if settings.schedule == "constant":
        return lambda step: 1.0
    if settings.schedule == "cosine":
        return lambda step: 0.5 * (1 + math.cos(math.pi * step / steps))
    if settings.schedule == "linear":
        return lambda step: 1 - step / steps
    rise = max(1.0, settings.warmup * steps)

    def one_cycle(step: int) -> float:
        # Smith & Topin 2017 (arXiv 1708.07120), with straight lines: a fifth of the peak, the peak, nearly nothing.
        if step < rise:
            return 0.2 + 0.8 * step / rise
        return max(0.0, 1 - (step - rise) / max(1.0, steps - rise)) * 0.98 + 0.02

    return one_cycle
