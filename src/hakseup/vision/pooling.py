"""Pooling and dropout on one picture, to look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hakseup import seeds
from hakseup.errors import CallError
from hakseup.vision.pictures import read
from hakseup.words import Words


def max_pool(picture: Any, size: int = 2, stride: int | None = None) -> np.ndarray:
    """The largest number of each window; the picture becomes smaller, strong answers stay.

    Args:
        picture: (h, w) or (h, w, 3). size: of the window. stride: how far it moves; None: by its size.

    Returns:
        float64 (h', w') or (h', w', 3); what no whole window covers is left out, as in MaxPooling2D.

    Raises:
        CallError: the window is no whole number from 1, or larger than the picture.
    """
    from torch.nn.functional import max_pool2d

    return _pool(max_pool2d, picture, size, stride)


def average_pool(picture: Any, size: int = 2, stride: int | None = None) -> np.ndarray:
    """The mean of each window; arguments, result and errors as in `max_pool`."""
    from torch.nn.functional import avg_pool2d

    return _pool(avg_pool2d, picture, size, stride)


def _pool(pool: Callable[..., Any], picture: Any, size: int, stride: int | None) -> np.ndarray:
    import torch

    image = read(picture)
    step = size if stride is None else stride
    if not all(isinstance(n, int) and n >= 1 for n in (size, step)) or size > min(image.shape[:2]):
        raise CallError(
            "bad-window",
            Words(
                f"A window of {size}, moved by {step}, does not fit a picture of {image.shape[0]} rows of {image.shape[1]}.",
                f"{step}칸씩 움직이는 {size}칸 창은 {image.shape[1]}칸씩 {image.shape[0]}줄인 그림에 맞지 않습니다.",
            ),
        )
    channels = torch.from_numpy(image.astype(float)).reshape(*image.shape[:2], -1).permute(2, 0, 1)
    out: torch.Tensor = pool(channels[None], size, step)[0]
    return out.permute(1, 2, 0).reshape(*out.shape[1:], *image.shape[2:]).numpy()


def dropout(picture: Any, rate: float, seed: int = 0) -> np.ndarray:
    """Each number is dropped (0) with this probability; the others grow by 1 / (1 - rate), so that the mean stays.

    Args:
        picture: as `read` takes it. rate: from 0, below 1. seed: another one drops others.

    Returns:
        float64, of the picture's shape.

    Raises:
        CallError: the rate is out of range.
    """
    if not 0 <= rate < 1:
        raise CallError(
            "bad-rate",
            Words(
                f"rate {rate}: expected a number from 0, below 1.",
                f"rate {rate}: 0 이상 1 미만이어야 합니다.",
            ),
        )
    image = read(picture)
    kept = seeds.numpy_generator(seed, "dropout").random(image.shape) >= rate
    return image * kept / (1 - rate)
