"""The model of a table's run as one thing: rows of any frame in, calibrated probabilities or values out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hakseup.data.table_preparation import TablePreparation
from hakseup.data.table_rows import RowPreparation
from hakseup.evaluation.calibration import Calibration
from hakseup.evaluation.predict import not_a_number, predict_proba
from hakseup.evaluation.thresholds import HALF
from hakseup.models.inference import logits
from hakseup.models.tabular import network

if TYPE_CHECKING:
    import polars as pl

AT_ONCE = 2048  # rows: times 16 members times 64 numbers they are 8 MB
LEVEL = 0.9  # share of rows that the interval of a predicted number is to hold


@dataclass(frozen=True)
class TableModel:
    """What predicts.

    module: takes rows as `network.inputs` makes them. facts: network.json. final: its final activation.
    calibration: of the probabilities; None: as they are. threshold: from which probability the second class is said.
    band: what is added to a value, as it is learned, for the ends of its interval; None: no interval.
    """

    module: torch.nn.Module
    preparation: TablePreparation
    facts: Mapping[str, Any]
    final: str
    calibration: Calibration | None = None
    threshold: float = HALF
    band: tuple[float, float] | None = None

    def __call__(self, frame: pl.DataFrame) -> np.ndarray:
        """Probabilities (n, k), or values (n,) in the target's own unit."""
        return self.answers(self.rows(frame))

    def rows(self, frame: pl.DataFrame) -> np.ndarray:
        """Rows as the network takes them, float32 (n, 1, 1, w)."""
        return network.inputs(self.preparation, self.facts, self.preparation.rows(frame))

    def changing(self, frame: pl.DataFrame) -> Callable[[str, pl.Series], np.ndarray]:
        """What it answers for these rows when one column is another: a function of its name and its new cells.

        The cells may be those of the rows several times over, and so are the answers then. Only that column is encoded anew,
        which with thousands of columns takes a thousandth of the time.
        """
        rows = self.preparation.rows(frame)

        def answers(name: str, cells: pl.Series) -> np.ndarray:
            out = []
            at_once = len(rows) * max(1, AT_ONCE // max(1, len(rows)))  # few rows: many times over
            for start in range(0, len(cells), at_once):
                some = cells.slice(start, at_once)
                changed = self.preparation.replaced(np.tile(rows, (len(some) // len(rows), 1)), name, some)
                out.append(self.answers(network.inputs(self.preparation, self.facts, changed)))
            return np.concatenate(out)

        return answers

    def answers(self, rows: np.ndarray) -> np.ndarray:
        """The same from such rows."""
        if self.preparation.task == "number":
            return self.preparation.target_back(self.learned(rows))
        probabilities = self.raw(rows)
        return probabilities if self.calibration is None else self.calibration.apply(probabilities)

    def raw(self, rows: np.ndarray) -> np.ndarray:
        """Probabilities before calibration, float32 (n, k)."""
        seen = RowPreparation.of(rows.shape[3], self.preparation.classes)
        return predict_proba(self.module, rows, seen, batch_size=AT_ONCE, final=self.final)

    def learned(self, rows: np.ndarray) -> np.ndarray:
        """Values in the unit that they are learned in, float64 (n,).

        Raises:
            NetworkError: the network gives values that are not numbers.
        """
        seen = RowPreparation.of(rows.shape[3], ())
        blocks = logits(self.module, rows, None, seen, batch_size=AT_ONCE)
        out = np.concatenate([np.empty(0), *(block[:, 0].double().numpy() for block in blocks)])
        if not np.isfinite(out).all():
            raise not_a_number()
        return out

    def interval(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """The ends of the interval of each value, each float64 (n,)."""
        if self.band is None:
            return None
        # Quantiles go through a logarithm as they are: no smearing.
        middle, scale = self.learned(rows), replace(self.preparation.target_scale, smear=1.0)
        low, high = (scale.back(middle + end) for end in self.band)
        return low, high


def band(residuals: np.ndarray) -> tuple[float, float] | None:
    """What holds `LEVEL` of such residuals, and of those to come: None where there are too few for that.

    Split conformal prediction, each side by itself: Lei, G'Sell, Rinaldo, Tibshirani and Wasserman (2018), Journal of
    the American Statistical Association 113, 1094-1111.

    Args:
        residuals: truth less prediction on rows that the network was not fitted on, in the learned unit.
    """
    n, tail = len(residuals), (1 - LEVEL) / 2
    place = int(np.ceil((1 - tail) * (n + 1)))
    if place > n:
        return None
    ordered = np.sort(residuals)
    return float(ordered[n - place]), float(ordered[place - 1])
