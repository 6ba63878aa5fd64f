"""Where a network looked: three answers that can be held against one another, for any network that takes pictures.

Each is a few lines of PyTorch, so no library is asked for it (captum 0.8 brings matplotlib and a module tree of its
own for the same three).

Sources: Selvaraju, Cogswell, Das, Vedantam, Parikh and Batra (2017), Grad-CAM, ICCV, 618-626; Simonyan, Vedaldi and
Zisserman (2014), Deep inside convolutional networks, ICLR workshop (the gradient); Zeiler and Fergus (2014),
Visualizing and understanding convolutional networks, ECCV, 818-833 (occlusion).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from hakseup.data.fitting import ground

PLACES = 12  # along each side, at which the picture is covered
Probabilities = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Covered:
    """drop: probability lost when the picture is covered there, float32 (rows, columns); patch: height, width covered."""

    drop: np.ndarray
    patch: tuple[int, int]


def by_gradient(
    module: nn.Module, x: torch.Tensor, label: int
) -> tuple[np.ndarray, tuple[str, np.ndarray] | None]:
    """How strongly each pixel moves the class's logit; and Grad-CAM, with the layer it was taken at.

    Args:
        module: in evaluation mode, gives logits. x: one prepared picture, float32 (1, c, h, w). label: the class.

    Returns:
        The largest absolute gradient over the channels, float32 (h, w); Grad-CAM brought to the same size, None for a
        network in which nothing but the picture has height and width.
    """
    seen: list[tuple[str, torch.Tensor]] = []

    def keep(name: str) -> Callable[[nn.Module, object, torch.Tensor], None]:
        def hook(_part: nn.Module, _given: object, made: torch.Tensor) -> None:
            if made.ndim == 4 and made.shape[2] * made.shape[3] > 1:
                seen.append((name, made))

        return hook

    handles = [part.register_forward_hook(keep(name)) for name, part in module.named_children()]
    try:
        with torch.enable_grad():
            given = x.detach().clone().requires_grad_(True)
            logit = module(given)[0, label]
            last = seen[-1:]
            found = torch.autograd.grad(logit, [given, *(made for _name, made in last)])
    finally:
        for handle in handles:
            handle.remove()
    pixels = found[0][0].abs().amax(0).numpy()
    if not last:
        return pixels, None
    name, made = last[0]
    weight = found[1].mean((2, 3), keepdim=True)  # (1, c, 1, 1)
    cam = (weight * made.detach()).sum(1, keepdim=True).relu()
    cam = functional.interpolate(cam, x.shape[2:], mode="bilinear", align_corners=False)
    return pixels, (name, cam[0, 0].numpy())


def by_covering(picture: np.ndarray, label: int, probabilities: Probabilities) -> Covered:
    """How much of the class's probability is lost when a part of the picture is covered with its ground.

    Args:
        picture: uint8 (h, w, c). label: the class. probabilities: uint8 (n, h, w, c) -> (n, k).
    """
    height, width = picture.shape[:2]
    rows, columns = (
        np.unique(np.linspace(0, side - 1, min(PLACES, side)).round().astype(int)) for side in (height, width)
    )
    high, wide = (max(1, round(2 * side / PLACES)) for side in (height, width))
    covered = np.repeat(picture[None], len(rows) * len(columns), 0)
    for number, (row, column) in enumerate((r, c) for r in rows for c in columns):
        top, left = max(0, row - high // 2), max(0, column - wide // 2)
        covered[number, top : row - high // 2 + high, left : column - wide // 2 + wide] = ground(picture)
    whole = probabilities(picture[None])[0, label]
    drop = whole - probabilities(covered)[:, label]
    return Covered(drop.reshape(len(rows), len(columns)).astype(np.float32), (high, wide))
