"""Mean of the folds of a cross-validation with an interval that respects that the folds learn from the same rows.

The scores of k folds are not k independent measurements: any two training parts share most of their rows. The usual
interval of a mean takes them as independent, is too short, and more so with every repeat. The corrected resampled t
widens the variance by the ratio of tested to trained rows.

Sources: Nadeau and Bengio (2003), Inference for the generalization error, Machine Learning 52, 239-281; for repeated
k-fold: Bouckaert and Frank (2004), PAKDD, 3-12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import special

from hakseup.metrics.intervals import LEVEL, Interval


@dataclass(frozen=True)
class Resampled:
    """The scores of all folds in one line.

    mean, std: over the folds (std with n - 1; None from one fold).
    interval: of the mean, 95 %; None from one fold.
    n: how many folds, all repeats together.
    error: the corrected standard error of the mean; None from one fold.
    """

    n: int
    mean: float
    std: float | None
    error: float | None
    interval: Interval | None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as in the JSON of `crossval`."""
        return asdict(self) | {"interval": list(self.interval) if self.interval else None}


def corrected(
    values: Sequence[float] | np.ndarray,
    n_train: Sequence[int] | np.ndarray | int,
    n_test: Sequence[int] | np.ndarray | int,
    low: float = -np.inf,
    high: float = np.inf,
) -> Resampled:
    """Mean of the folds' scores, their spread, and the corrected interval of the mean.

    Args:
        values: the score of every fold of every repeat, (j,).
        n_train, n_test: rows that each fold learned from and was tested on; one number where all are alike.
        low, high: where the score ends, 0 and 1 for a share: the interval does not leave it.

    Raises:
        ValueError: there is no value, one is not a number, or a fold has no rows.

    Example:
        >>> corrected([0.74, 0.77, 0.75, 0.78, 0.76], 614, 154).interval
        (0.7305..., 0.7894...)
    """
    values = np.asarray(values, float)
    ratio = _ratio(n_train, n_test)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise ValueError(f"the folds need scores that are numbers, not {values!r}")
    mean, j = float(values.mean()), len(values)
    if j < 2:
        return Resampled(j, mean, None, None, None)
    std = float(values.std(ddof=1))
    error = std * (1 / j + ratio) ** 0.5
    half = float(special.stdtrit(j - 1, 0.5 + LEVEL / 2)) * error
    return Resampled(j, mean, std, error, (max(low, mean - half), min(high, mean + half)))


def difference(
    first: Sequence[float] | np.ndarray,
    second: Sequence[float] | np.ndarray,
    n_train: Sequence[int] | np.ndarray | int,
    n_test: Sequence[int] | np.ndarray | int,
) -> tuple[Resampled, float | None]:
    """First minus second on the very same folds, and how often chance alone does as much (two-sided).

    Args:
        first, second: scores of two models, fold by fold, (j,).
        n_train, n_test: as in `corrected`.

    Raises:
        ValueError: as `corrected`, or the two have different numbers of folds.
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    if first.shape != second.shape:
        raise ValueError(f"different numbers of folds: {first.shape} and {second.shape}")
    found = corrected(first - second, n_train, n_test)
    if found.error is None:
        return found, None
    if found.error == 0:
        return found, 1.0 if found.mean == 0 else 0.0
    return found, float(2 * special.stdtr(found.n - 1, -abs(found.mean) / found.error))


def _ratio(n_train: Sequence[int] | np.ndarray | int, n_test: Sequence[int] | np.ndarray | int) -> float:
    """Rows tested for each that was learned from, the mean over the folds."""
    train, test = np.asarray(n_train, float), np.asarray(n_test, float)
    if (train <= 0).any() or (test <= 0).any():
        raise ValueError(f"every fold needs rows to learn from and to test on: {n_train} and {n_test}")
    return float(np.mean(test / train))
