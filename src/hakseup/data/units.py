"""Units: what must stay on one side of a split; the pictures or rows of a unit have the same number."""

from __future__ import annotations

import numpy as np


def of_pictures(keys: np.ndarray, groups: np.ndarray | None = None) -> np.ndarray:
    """The unit of each picture, a number from 0, int64 (n,): equal pictures, and the pictures of a group, are together.

    A picture that stands in two groups ties them into one unit.

    Args:
        keys: hash of each picture, "V16" (n,).
        groups: number of each picture's group, int64 (n,), -1 without one; None: there are no groups.
    """
    alone = np.unique(keys.view(np.dtype((np.void, 16))), return_inverse=True)[1].reshape(-1)
    if groups is None or not np.any(groups >= 0):
        return alone.astype(np.int64)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    grouped = groups >= 0
    first = int(alone.max()) + 1
    nodes = first + int(groups.max()) + 1
    ties = coo_array(
        (np.ones(int(grouped.sum()), np.int8), (alone[grouped], first + groups[grouped])), (nodes, nodes)
    )
    return np.asarray(connected_components(ties, directed=False)[1][alone], np.int64)


def class_of(unit: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """For each row the class that most rows of its unit have (the first of equals), int64 (n,); 0 for numbers.

    Args:
        unit: from `units`.
        labels: class indices, int64, or numbers, float64.
        k: how many classes there are; 0 for numbers.
    """
    if k == 0:
        return np.zeros(len(unit), np.int64)
    pairs, counts = np.unique(unit * k + labels, return_counts=True)
    order = np.lexsort((pairs % k, -counts, pairs // k))
    owner = pairs[order] // k
    first = np.concatenate([[True], owner[1:] != owner[:-1]])
    out = np.zeros(int(unit.max(initial=-1)) + 1, np.int64)
    out[owner[first]] = (pairs[order] % k)[first]
    return np.asarray(out[unit])
