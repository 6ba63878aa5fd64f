"""Which columns go most closely with the target: a cheap measure for tables with very many columns.

It costs one pass over each column, so that what costs more (learning, leaks, importance) can begin with the most promising.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars

BLOCK = 1_000  # columns at once
ROWS = 20_000  # rows looked at, evenly over the table


def strongest_first(
    frame: polars.DataFrame, names: Sequence[str], rows: np.ndarray, y: np.ndarray, k: int
) -> list[str]:
    """The columns by the share of the target's variance that each explains alone, the largest first.

    A number or a date by its rank, in a straight line; a category by its means. Both are adjusted for how many numbers
    were fitted, so that a column of many categories does not win by chance; of more than two classes, the variance
    of being each of them, summed. Of equal ones the first in the table comes first.

    Args:
        frame: the table. names: columns of it. rows: index of those that may be looked at; at most 20,000 are.
        y: class index or number of each of these rows, none missing. k: classes; 0: a number.
    """
    step = -(-len(y) // ROWS) or 1
    frame, y = frame.select(names)[rows[::step]], np.asarray(y, np.float64)[::step]
    target = _target(y, k)
    numeric = [name for name in names if frame[name].dtype.is_numeric() or frame[name].dtype.is_temporal()]
    others = sorted(set(names) - set(numeric))
    shares: dict[str, float] = {}
    for of, share in ((numeric, _of_numbers), (others, _of_categories)):
        for start in range(0, len(of), BLOCK):
            block = of[start : start + BLOCK]
            shares |= dict(zip(block, share(frame.select(block), target).tolist(), strict=True))
    return sorted(names, key=lambda name: -shares[name])  # stable


def _target(y: np.ndarray, k: int) -> np.ndarray:
    """What is explained, each of mean 0: the rank of a number, or being each class; (n, 1) or (n, k)."""
    from scipy.stats import rankdata

    if k > 2:
        out = (y[:, None] == np.arange(k)).astype(np.float64)
    else:
        out = rankdata(y)[:, None] if len(y) else y[:, None]
    centred: np.ndarray = out - out.mean(0) if len(y) else out
    return centred


def _of_numbers(frame: polars.DataFrame, target: np.ndarray) -> np.ndarray:
    import polars as pl

    # A missing one gets the mean rank: it explains nothing.
    ranks = frame.select(pl.all().to_physical().rank().cast(pl.Float64).fill_null(float("nan"))).to_numpy()
    filled = np.isfinite(ranks)
    means = np.where(filled, ranks, 0.0).sum(0) / np.maximum(filled.sum(0), 1)
    x = np.where(filled, ranks - means, 0.0)
    size, whole = (x**2).sum(0), float((target**2).sum())
    explained = ((x.T @ target) ** 2).sum(1) / np.where(size > 0, size, 1.0)
    return _adjusted(explained, whole, len(target), np.full(len(size), 2))


def _of_categories(frame: polars.DataFrame, target: np.ndarray) -> np.ndarray:
    import polars as pl

    codes = frame.select(pl.all().cast(pl.String).fill_null("").rank("dense")).to_numpy().astype(np.int64) - 1
    explained, groups = np.zeros(codes.shape[1]), np.full(codes.shape[1], 2)
    for at, column in enumerate(codes.T):
        n = np.bincount(column)
        sums = np.stack([np.bincount(column, of) for of in target.T], 1)
        explained[at], groups[at] = ((sums**2).sum(1) / np.maximum(n, 1)).sum(), len(n)
    return _adjusted(explained, float((target**2).sum()), len(target), groups)


def _adjusted(explained: np.ndarray, whole: float, n: int, fitted: np.ndarray) -> np.ndarray:
    """The share explained, less what so many fitted numbers explain by chance."""
    if whole <= 0:
        return np.zeros(len(explained))
    out: np.ndarray = 1 - (1 - explained / whole) * (n - 1) / np.maximum(n - fitted, 1)
    return out
