"""Photographs or drawings: a guess from the pixels alone, for a word of advice."""

from __future__ import annotations

import numpy as np

from hakseup.data.pictures import Pictures

LOOKED_AT = 64  # pictures
SMALLEST = 24  # pixels: below, a photograph can hardly be told
STEP = 32  # colours that differ by less count as one: 8 steps a channel
GROUND = 0.5  # share of the commonest colour above which a picture has a plain ground


def looks_like_photographs(pictures: Pictures) -> bool:
    """Whether most of the pictures are in colour and without a ground of one colour.

    Args:
        pictures: of which up to 64 are looked at, spread over the data.
    """
    if pictures.channels != 3 or min(pictures.size) < SMALLEST:
        return False
    at = np.linspace(0, len(pictures) - 1, min(LOOKED_AT, len(pictures))).astype(np.int64)
    votes = [_is_photograph(pictures.images[i]) for i in np.unique(at)]
    return sum(votes) > len(votes) / 2


def _is_photograph(picture: np.ndarray) -> bool:
    """uint8 (h, w, 3)."""
    steps = picture.astype(np.int64) // STEP
    colours = np.bincount((steps @ np.array([64, 8, 1])).reshape(-1), minlength=512)
    return bool(colours.max() < GROUND * colours.sum())
