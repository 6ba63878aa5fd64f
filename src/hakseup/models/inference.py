"""Pictures through a network without learning: the one forward pass that validation, evaluation and prediction share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from hakseup.data.mapped import Reading
from hakseup.data.preparation import Preparation


def logits(
    module: torch.nn.Module,
    images: np.ndarray,
    index: np.ndarray | None,
    preparation: Preparation,
    *,
    batch_size: int = 128,
    device: torch.device | str = "cpu",
    precision: str = "fp32",
) -> Iterator[torch.Tensor]:
    """Logits batch by batch, float32 (b, k), in the order of `index`; flat memory; the module's mode is kept.

    Args:
        module: takes float32 (b, c, h, w).
        images: uint8 (n, h, w, c), maybe a memory map.
        index: which of them; None: all.
        preparation: the model's own.
        precision: "bf16" runs under autocast.
    """
    n = len(images) if index is None else len(index)
    reading = Reading(images)
    was_training = module.training
    module.eval()
    kind = torch.device(device).type
    try:
        for start in range(0, n, batch_size):
            end = min(start + batch_size, n)
            block = images[start:end] if index is None else reading.take(index[start:end])
            pixels = torch.from_numpy(np.ascontiguousarray(block)).to(device)
            with (
                torch.inference_mode(),
                torch.autocast(kind, dtype=torch.bfloat16, enabled=precision == "bf16"),
            ):
                yield module(preparation.tensor(pixels)).float()
    finally:
        module.train(was_training)
