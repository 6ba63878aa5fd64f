"""Edges and blur by OpenCV, on pictures from anywhere (also under Hangul names, which its own reader cannot open)."""

from __future__ import annotations

from typing import Any

import numpy as np

from hakseup.errors import CallError
from hakseup.vision.pictures import read
from hakseup.words import Words


def canny(picture: Any, low: float = 100, high: float = 200) -> np.ndarray:
    """Canny's edges: lines one pixel wide.

    Args:
        picture: as `read` takes it, 0 to 255; colours are brought to grey.
        low, high: a change above `high` begins an edge, one above `low` continues it.

    Returns:
        uint8 (h, w), 255 on an edge, else 0.
    """
    import cv2

    return np.asarray(cv2.Canny(_bytes(read(picture, grey=True)), low, high))


def gaussian_blur(picture: Any, size: int = 5, sigma: float = 0) -> np.ndarray:
    """A mean in which the near count more.

    Args:
        picture: as `read` takes it, 0 to 255.
        size: of the window, an odd number. sigma: in pixels; 0: by the size, as OpenCV has it.

    Returns:
        uint8, of the picture's shape.

    Raises:
        CallError: the size is not odd.
    """
    import cv2

    if size < 1 or size % 2 == 0:
        raise CallError(
            "bad-window",
            Words(
                f"size {size}: expected an odd number, so that there is a middle.",
                f"size {size}: 가운데가 있도록 홀수여야 합니다.",
            ),
        )
    return np.asarray(cv2.GaussianBlur(_bytes(read(picture)), (size, size), sigma))


def _bytes(image: np.ndarray) -> np.ndarray:
    """0 to 255 as bytes; an array of shares 0 to 1 is brought there."""
    if image.dtype == np.uint8:
        return np.ascontiguousarray(image)
    top = 255 if image.dtype.kind in "fb" and float(image.max()) <= 1 else 1
    return np.asarray(np.clip(np.rint(image.astype(float) * top), 0, 255), np.uint8)
