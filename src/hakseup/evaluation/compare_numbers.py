"""Two runs that predict a number, on the same rows: how much smaller the one's errors are, and whether that is chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hakseup.evaluation.table_scores import sign_flips
from hakseup.evaluation.table_verdict import of_sizes
from hakseup.metrics import regression
from hakseup.metrics.intervals import Interval
from hakseup.words import Words


@dataclass(frozen=True)
class Sizes:
    """rmse, mae: of the first less that of the second, each with its interval (paired bootstrap; None from fewer than six rows).
    p_value: of the squared errors, see `sign_flips`. nearer, further: rows where the first is nearer, or further.
    """

    n: int
    rmse: tuple[float, Interval | None]
    mae: tuple[float, Interval | None]
    p_value: float
    nearer: int
    further: int

    @staticmethod
    def of(truth: np.ndarray, first: np.ndarray, second: np.ndarray) -> Sizes:
        """Args: what was there, and what each run said of it, float (n,)."""
        one, other = first - truth, second - truth
        gap = np.abs(one) - np.abs(other)
        return Sizes(
            len(truth),
            regression.rmse_difference(one, other),
            regression.mae_difference(one, other),
            sign_flips(one, other),
            int((gap < 0).sum()),
            int((gap > 0).sum()),
        )

    @property
    def first_ahead(self) -> bool:
        """Whether the first has the smaller RMSE."""
        return self.rmse[0] < 0

    def counts(self) -> dict[str, Any]:
        """What a pair's row says of it."""
        gaps = {"rmse": self.rmse, "mae": self.mae}
        return {
            "n": self.n,
            "first_only": self.nearer,
            "second_only": self.further,
            "difference": {name: gap for name, (gap, _ends) in gaps.items()},
            "interval": {name: list(ends) if ends else None for name, (_gap, ends) in gaps.items()},
        }

    def words(self, first: Words, second: Words, p_value: float) -> Words:
        """What it says, in a sentence; p_value: corrected for the number of comparisons."""
        return of_sizes(first, second, *self.rmse, p_value, self.nearer, self.n)
