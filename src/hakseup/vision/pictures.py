"""One picture as numbers, from wherever it comes."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from PIL import Image

from hakseup.data.decode import decode
from hakseup.errors import DataError
from hakseup.words import Words


def read(picture: Any, *, grey: bool = False) -> np.ndarray:
    """A picture as numbers: (h, w), or (h, w, 3) where it has colours.

    Args:
        picture: a path, the bytes of a file, a PIL image (0 to 255), or an array, whose numbers stay as they are.
        grey: bring colours to one grey value, 0.299 R + 0.587 G + 0.114 B.

    Raises:
        DataError: it cannot be read as a picture.
    """
    from_file = isinstance(picture, str | os.PathLike | bytes | Image.Image)
    pixels = decode(picture).pixels if from_file else np.asarray(picture)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    colour = pixels.ndim == 3 and pixels.shape[2] == 3
    if not (pixels.ndim == 2 or colour) or not pixels.size or pixels.dtype.kind not in "buif":
        raise DataError(
            "not-a-picture",
            Words(
                f"An array of shape {pixels.shape} and type {pixels.dtype} is no picture: expected numbers (height, width) "
                "or (height, width, 3).",
                f"모양이 {pixels.shape}이고 형이 {pixels.dtype}인 배열은 그림이 아닙니다. (높이, 너비) 또는 (높이, 너비, 3) 모양의 "
                "숫자여야 합니다.",
            ),
            Words("Of many pictures give one: x_train[0].", "여러 장이면 x_train[0]처럼 한 장만 주세요."),
        )
    return to_grey(pixels) if colour and grey else pixels


def to_grey(pixels: np.ndarray) -> np.ndarray:
    """Colours (h, w, 3) as one grey value (h, w); bytes stay bytes."""
    import cv2

    plain = pixels if pixels.dtype in (np.uint8, np.float32) else pixels.astype(np.float32)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(plain), cv2.COLOR_RGB2GRAY))
