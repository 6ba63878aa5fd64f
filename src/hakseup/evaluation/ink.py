"""What is drawn, apart from what it is drawn on: a screen, paper with a shadow on it, a blackboard; a pen of any colour.

The ground is the median of the border where that is of one colour. Where it is not, as on a photograph of paper, it is
what remains when everything narrow is taken out (a median over a third of the picture), so that light from one side
and the shadow of a hand do not count as ink.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hakseup.data.kinds import NEAR

LONGEST = 512  # pixels: a larger picture is looked at in this size
FAINT = 16  # of 255: less ink than this is paper
FLAT, BORDER = (
    8,
    0.8,
)  # a ground of one colour: this share of the border is within so many steps of its median
SMALLEST = 48  # pixels: a smaller picture has no room to tell a shadow from ink
COARSE, WINDOW = 64, 21  # pixels: longer side of what the median is taken of, and its window there
NOISE = 5  # standard deviations of the paper's grain: what differs by more is ink
LINE = 0.3  # of the strongest ink: as much belongs to a line
CORE = 0.6  # of the strongest: on uneven ground a spot without any ink so strong is none
SPECK = 0.02  # of the largest spot: on uneven ground smaller ones are dirt
MOST = 0.4  # of the picture: with more of it inked there is no ground to tell from


@dataclass(frozen=True)
class Ink:
    """The ink of a picture.

    amount: uint8 (h, w), 0: ground, 255: as strong as most of the ink. light: it is lighter than its ground.
    ground: grey of the ground, of 255. strength: by how much of 255 the ink differs from it. even: the ground has one colour.
    """

    amount: np.ndarray
    light: bool
    ground: float
    strength: float
    even: bool

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, width, height of what is inked, in pixels of `amount`."""
        return box(self.amount, max(1, min(255, round(255 * NEAR / self.strength))))

    @cached_property
    def middle(self) -> tuple[float, float]:
        """Centre of mass; see `middle`."""
        return middle(self.amount)


def box(ink: np.ndarray, least: int) -> tuple[int, int, int, int]:
    """Where there is at least so much ink: left, top, width, height in pixels."""
    import cv2

    left, top, width, height = cv2.boundingRect((ink >= least).view(np.uint8))
    return left, top, width, height


def middle(ink: np.ndarray) -> tuple[float, float]:
    """Centre of mass, row and column as shares of height and width."""
    import cv2

    moments = cv2.moments(ink)
    row, column = moments["m01"] / moments["m00"], moments["m10"] / moments["m00"]
    return (row + 0.5) / ink.shape[0], (column + 0.5) / ink.shape[1]


def find(picture: np.ndarray) -> Ink | None:
    """The ink of a picture; None: nothing is drawn, or there is no ground to tell ink from.

    Args:
        picture: uint8 (h, w, 1 or 3).
    """
    picture = _reduced(picture)
    border = np.concatenate([picture[0], picture[-1], picture[1:-1, 0], picture[1:-1, -1]]).astype(np.float32)
    paper = np.median(border, 0)  # (c,)
    even = bool((np.abs(border - paper).max(1) <= FLAT).mean() >= BORDER)
    if not even and min(picture.shape[:2]) < SMALLEST:
        return None
    if even and picture.shape[2] == 1:
        return _of_shades(picture, paper[0])
    pixels = picture.astype(np.float32)
    away = pixels - (paper if even else _ground(picture))  # (h, w, c)
    one = away.shape[2] == 1  # an axis of one is slow to reduce
    grey = away[..., 0] if one else away.mean(2)
    amount = np.abs(grey) if one else np.abs(away).max(2)  # of colours the one that differs most
    grain = 0.0 if even else 1.4826 * float(np.median(np.abs(grey - np.median(grey))))
    least = max(NEAR, NOISE * grain)
    seen = amount > least
    light = bool(grey[seen].sum() > 0)
    if not even:  # paper is darker in a fold and lighter beside it: ink is only the one
        amount = np.where((grey > 0) == light, amount, 0)
        seen = amount > least
    if not seen.any() or seen.mean() > MOST:
        return None
    strength = float(np.percentile(amount[seen], 95))
    if not even:
        amount = amount * _spots(amount, strength, least)
    scaled = np.rint(np.minimum(amount / strength, 1) * 255).astype(np.uint8)
    scaled[amount < FAINT] = 0
    return Ink(scaled, light, float(paper.mean()), strength, even) if scaled.any() else None


def _of_shades(picture: np.ndarray, paper: np.float32) -> Ink | None:
    """As `find`, for grey on a ground of one grey: what is worked out of 256 shades need not be of every pixel."""
    import cv2

    away = np.arange(256, dtype=np.float32) - paper
    amount, counts = np.abs(away), shades(picture)
    seen = amount > NEAR
    inked = int(counts[seen].sum())
    if not inked or inked > MOST * picture[..., 0].size:
        return None
    rising = np.argsort(amount[seen], kind="stable")
    # float32, as of the pixels: to the last digit
    strength = float(np.float32(percentile(amount[seen][rising], counts[seen][rising], 95)))
    scaled = np.rint(np.minimum(amount / strength, 1) * 255).astype(np.uint8)
    scaled[amount < FAINT] = 0
    light = bool(float((away * counts)[seen].sum()) > 0)
    return Ink(cv2.LUT(picture, scaled).reshape(picture.shape[:2]), light, float(paper), strength, even=True)


def shades(grey: np.ndarray) -> np.ndarray:
    """How many pixels of an uint8 array have each of the 256 values, int64 (256,)."""
    import cv2

    found: np.ndarray = cv2.calcHist([grey.reshape(1, -1)], [0], None, [256], [0, 256])
    return found.reshape(-1).astype(np.int64)


def percentile(values: np.ndarray, counts: np.ndarray, share: float) -> float:
    """That of an array in which each of these rising values stands so often, between neighbours linear, as NumPy's."""
    upto = np.cumsum(counts)
    place = share / 100 * (int(upto[-1]) - 1)
    low, high = values[np.searchsorted(upto, (int(place), math.ceil(place)), side="right")].tolist()
    return float(low + (high - low) * (place - int(place)))


def thickness(amount: np.ndarray) -> float:
    """How thick its lines are, in pixels: the ink over half of the length of their edges; 0: there are none.

    Args:
        amount: uint8 (h, w), as in `Ink`.
    """
    import cv2

    lines = (amount >= 255 * LINE).view(np.uint8)
    edges, _order = cv2.findContours(lines, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    length = sum(cv2.arcLength(edge, True) for edge in edges)
    return 2 * float((amount * lines).sum(dtype=np.int64)) / 255 / length if length else 0.0


def _reduced(picture: np.ndarray) -> np.ndarray:
    """With its longer side brought down to LONGEST."""
    longest = max(picture.shape[:2])
    return picture if longest <= LONGEST else _sized(picture, LONGEST / longest)


def _sized(picture: np.ndarray, scale: float) -> np.ndarray:
    import cv2

    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    small: np.ndarray = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return small.reshape(height, width, -1)


def _ground(picture: np.ndarray) -> np.ndarray:
    """The ground at every pixel, float32 (h, w, c), without anything narrow."""
    import cv2

    height, width = picture.shape[:2]
    coarse, edge = _sized(picture, min(1.0, COARSE / max(height, width))), WINDOW // 2
    wide = cv2.copyMakeBorder(coarse, edge, edge, edge, edge, cv2.BORDER_REFLECT)
    smooth = cv2.medianBlur(wide, WINDOW).reshape(*wide.shape[:2], -1)[edge:-edge, edge:-edge]
    large: np.ndarray = cv2.resize(smooth.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return large.reshape(height, width, -1)


def _spots(amount: np.ndarray, strength: float, least: float) -> np.ndarray:
    """Where there are spots that are ink, and neither grain nor dirt; bool (h, w)."""
    import cv2

    some = (amount > max(least / 2, LINE * strength)).astype(np.uint8)
    n, of, about, _middles = cv2.connectedComponentsWithStats(some, connectivity=8)
    strongest = np.zeros(n, np.float32)
    np.maximum.at(strongest, of.reshape(-1), amount.reshape(-1).astype(np.float32))
    sizes = about[:, cv2.CC_STAT_AREA]
    kept = (strongest > CORE * strength) & (sizes >= SPECK * sizes[1:].max(initial=1))
    kept[0] = False
    out: np.ndarray = kept[of]
    return out
