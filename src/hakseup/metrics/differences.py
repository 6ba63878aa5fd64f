"""Whether two models differ by more than chance on the same pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SIGNIFICANT = 0.05  # a difference that arises by chance less often than this counts as more than chance


@dataclass(frozen=True)
class Paired:
    """On how many of the same n pictures who is right, and how often chance alone does as much."""

    n: int
    both: int
    first_only: int
    second_only: int
    neither: int
    p_value: float


def mcnemar(first_right: np.ndarray, second_right: np.ndarray) -> Paired:
    """McNemar's exact test, two-sided: only pictures where one is right and the other wrong tell anything.

    Source: McNemar (1947), Psychometrika 12, 153-157; exact by the binomial distribution.

    Args:
        first_right, second_right: bool (n,), the same pictures in the same order.
    """
    from scipy import stats

    first_right, second_right = np.asarray(first_right, bool), np.asarray(second_right, bool)
    if first_right.shape != second_right.shape:
        raise ValueError(f"different numbers of pictures: {first_right.shape} and {second_right.shape}")
    first_only = int((first_right & ~second_right).sum())
    second_only = int((second_right & ~first_right).sum())
    differ = first_only + second_only
    p_value = float(stats.binomtest(first_only, differ, 0.5).pvalue) if differ else 1.0
    both = int((first_right & second_right).sum())
    return Paired(len(first_right), both, first_only, second_only, len(first_right) - both - differ, p_value)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values of several comparisons, made larger so that together they err as seldom as one.

    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty(len(p_values))
    largest = 0.0
    for place, i in enumerate(order):
        largest = max(largest, min(1.0, p_values[i] * (len(p_values) - place)))
        adjusted[i] = largest
    return [float(p) for p in adjusted]
