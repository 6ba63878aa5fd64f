"""The course of a curve over the epochs, in one of six kinds, so that every sentence about it says the same.

The page's answer and the title of its figure both come from here; what counts as flat, noisy or rising is
decided once, on the numbers that are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["few", "flat", "falling", "settled", "rising", "noisy"]
FEW = 3  # epochs: so few points have a beginning and an end, but no course
SAME = 0.1  # a loss that ends within this share of where it began is where it began
SWING = 0.2  # and has not moved, if on the way it kept within this share of its largest value
WORSE = 0.1  # a loss this share above its lowest point has risen
WOBBLE = 0.15  # mean step from epoch to epoch, as a share of the lowest loss, of a curve that is called noisy
NEAR = 0.1  # a curve that has come this near to its lowest point, as a share of its range, has arrived
STILL = 0.05  # a loss that lost this share in the last quarter of the epochs still falls


@dataclass(frozen=True)
class Course:
    """kind: see `of_loss`. epoch: where it turns or arrives, from 1. first, last: values."""

    kind: Kind
    epoch: int
    first: float
    last: float


def of_loss(values: Sequence[float | None]) -> Course | None:
    """How a loss goes over the epochs.

    "few": too few epochs for a course. "flat": it ends where it began, and was never far from there. "rising": it
    ends clearly above its lowest point, at `epoch`, and does not come back. "noisy": it jumps up and down by more
    than it falls. "falling": the last epochs still make it clearly smaller. "settled": from `epoch` on it keeps
    near its lowest point.

    Args:
        values: one per epoch; None where the loss was not finite. Fewer than two numbers have no course: None.
    """
    at = [i + 1 for i, v in enumerate(values) if v is not None]
    y = np.array([v for v in values if v is not None], float)
    n = len(y)
    if n < 2:
        return None
    low = 1 + int(np.argmin(y))

    def course(kind: Kind, place: int) -> Course:
        return Course(kind, at[place - 1], float(y[0]), float(y[-1]))

    if n <= FEW:
        return course("few", low)
    line = _smooth(y)
    end = float(np.median(line[-3:]))
    lowest, highest = float(line.min()), float(line.max())
    if abs(end - y[0]) <= SAME * y[0] and highest - lowest <= SWING * highest:
        return course("flat", low)
    steps = np.diff(y[n // 2 :])
    both_ways = min((steps > 0).sum(), (steps < 0).sum()) >= len(steps) / 4
    if both_ways and np.abs(steps).mean() > max(WOBBLE * y.min(), 2 * NEAR * (highest - lowest)):
        return course("noisy", low)
    if end > (1 + WORSE) * lowest and end - lowest > NEAR * (highest - lowest) and low < 0.9 * n:
        return course("rising", low)
    before = line[-1 - max(1, n // 4)]
    if before - line[-1] > STILL * before and y[-1] <= lowest + NEAR * (highest - lowest):
        return course("falling", n)
    if end > (1 - SAME) * y[0]:
        return course("noisy", low)
    far = np.flatnonzero(line > lowest + NEAR * (highest - lowest))
    return course("settled", min(int(far[-1]) + 2, n) if len(far) else 1)


def _smooth(y: np.ndarray) -> np.ndarray:
    """Running medians of three, so that one odd epoch is not taken for a turn; the ends stay."""
    if len(y) < 5:
        return y
    inner = np.median(np.stack([y[:-2], y[1:-1], y[2:]]), axis=0)
    return np.concatenate([y[:1], inner, y[-1:]])
