"""Pictures through a network without learning: the one forward pass that validation, evaluation and prediction share."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import numpy as np
import torch

from hakseup.data.mapped import Reading
from hakseup.data.preparation import Preparation


def channels_last(module: torch.nn.Module) -> torch.nn.Module:
    """The module with its kernels in memory as the batches lie: colours innermost."""
    for parameter in module.parameters():
        if parameter.ndim == 4:
            # `to`, not `contiguous`: with a single channel both orders are contiguous, and only `to` changes the
            # strides, by which the convolution chooses the order of its output.
            parameter.data = parameter.data.to(memory_format=torch.channels_last)
    return module


def parts(module: torch.nn.Module) -> list[torch.nn.Module]:
    """The module and all that it is made of, each once, in less than half of the time of `modules()`."""
    found = {id(module)}
    out = [module]
    for part in out:  # it grows meanwhile
        for one in part._modules.values():
            if one is not None and id(one) not in found:
                found.add(id(one))
                out.append(one)
    return out


@contextmanager
def not_learning(module: torch.nn.Module) -> Iterator[None]:
    """Inside this block nothing of the module is in training mode; after it each part is as it was.

    Parts may have been frozen on purpose, so `train()` for the whole would not bring them back. A module that does not
    learn is left alone: changing the mode of every part takes as long as a small network takes for a picture.
    """
    learning = [part for part in parts(module) if part.training]
    if learning:
        module.eval()
    try:
        yield
    finally:
        for part in learning:
            part.training = True


def logits(
    module: torch.nn.Module,
    images: np.ndarray,
    index: np.ndarray | None,
    preparation: Preparation,
    *,
    batch_size: int = 128,
    device: torch.device | str = "cpu",
    precision: str = "fp32",
) -> Generator[torch.Tensor, None, None]:
    """Logits batch by batch, float32 (b, k), in the order of `index`; flat memory; each part's mode is kept.

    Args:
        module: takes float32 (b, c, h, w).
        images: uint8 (n, h, w, c), maybe a memory map.
        index: which of them; None: all.
        preparation: the model's own; it says whether mirror images are looked at too.
        precision: "bf16" runs under autocast.
    """
    n = len(images) if index is None else len(index)
    reading = Reading(images)
    kind = torch.device(device).type
    with not_learning(module):
        for start in range(0, n, batch_size):
            end = min(start + batch_size, n)
            block = images[start:end] if index is None else reading.take(index[start:end])
            pixels = torch.from_numpy(np.ascontiguousarray(block)).to(device)
            with (
                torch.inference_mode(),
                torch.autocast(kind, dtype=torch.bfloat16, enabled=precision == "bf16"),
            ):
                x = preparation.tensor(pixels)  # (b, c, h, w)
                if not preparation.mirrored:
                    yield module(x).float()
                    continue
                out = module(torch.cat([x, x.flip(3)])).float()  # (2b, k): as they are, then mirrored
                yield (out[: len(x)] + out[len(x) :]) / 2
