"""From a picture of any size to the size and the channels of a model; one function for training and prediction."""

from __future__ import annotations

import numpy as np
from PIL import Image


def fit_to(pixels: np.ndarray, size: tuple[int, int], channels: int, fit: str = "pad") -> np.ndarray:
    """A picture at the size and with the channels of a model.

    Each axis is shrunk by averaging areas and grown linearly (OpenCV). Colour becomes grey by ITU-R 601 as in
    Pillow's mode L, grey becomes colour by repeating.

    Args:
        pixels: uint8 (height, width, 1 or 3).
        size: height, width of the result.
        channels: 1 or 3.
        fit: "pad" keeps proportions, in the middle of a ground whose colour is the median of the picture's own
            border pixels; "stretch" does not.

    Returns:
        uint8 (*size, channels). It may share memory with `pixels`.
    """
    height, width = size
    if pixels.shape[2] == 3 and channels == 1:
        pixels = np.asarray(Image.fromarray(pixels).convert("L"))[..., None]
    if pixels.shape[:2] != (height, width):
        if fit == "stretch":
            pixels = _resized(pixels, height, width)
        else:
            scale = min(height / pixels.shape[0], width / pixels.shape[1])
            inner = [
                max(1, min(limit, round(side * scale)))
                for side, limit in zip(pixels.shape, size, strict=False)
            ]
            small = _resized(pixels, *inner)
            if small.shape[:2] != (height, width):
                small = _laid_on(ground(pixels), small, height, width)
            pixels = small
    return np.repeat(pixels, 3, axis=2) if channels == 3 and pixels.shape[2] == 1 else pixels


def _resized(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    import cv2

    # OpenCV's area method averages only where both axes shrink: first what shrinks, then what grows.
    low, thin = min(height, pixels.shape[0]), min(width, pixels.shape[1])
    for rows, columns, method in ((low, thin, cv2.INTER_AREA), (height, width, cv2.INTER_LINEAR)):
        if pixels.shape[:2] != (rows, columns):
            pixels = cv2.resize(pixels, (columns, rows), interpolation=method).reshape(rows, columns, -1)
    return pixels


def _laid_on(ground: np.ndarray, small: np.ndarray, height: int, width: int) -> np.ndarray:
    """The picture in the middle of a ground of one colour."""
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    out = np.empty((height, width, small.shape[2]), np.uint8)
    out[:] = ground
    out[top : top + small.shape[0], left : left + small.shape[1]] = small
    return out


def ground(pixels: np.ndarray) -> np.ndarray:
    """The ground of a picture (h, w, c): the median of its border pixels, per channel, uint8 (c,)."""
    border = np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])
    return np.asarray(np.median(border, axis=0), np.uint8)
