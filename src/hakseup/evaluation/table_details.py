"""What the report draws of a table's predictions: curves, residuals, real against predicted, the worst rows.

Everything is plain JSON and small whatever the number of rows: points are thinned, rows are drawn by chance with a fixed seed.
The values of a row are shown as the file has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hakseup.metrics import intervals
from hakseup.seeds import numpy_generator

if TYPE_CHECKING:
    import polars

DOTS = 400  # rows in a figure of dots
SAMPLE = 25  # rows of real against predicted, as in the tutorial
WORST = 15
CELLS = 6  # columns of a row that are shown
POINTS = 200  # of a curve
STRETCHES = 4  # of the predictions, in which the mean error is looked at
ENOUGH = 40  # rows, for that
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
LONG = 40  # letters of a cell


def of_numbers(
    truth: np.ndarray,
    predicted: np.ndarray,
    frame: polars.DataFrame,
    lines: np.ndarray,
    columns: Sequence[str] = (),
) -> dict[str, Any]:
    """Details of predicted numbers.

    Args:
        truth, predicted: in the target's own unit, float (n,).
        frame: the same rows, as found.
        lines: line in the file of each, int (n,).
        columns: which are shown beside a row, the most important first; at most six are.

    Returns:
        `dots` (`truth`, `predicted` of at most 400 rows); `sample` (25 rows in the order of the file: `line`, `truth`, `predicted`,
        `error`); `worst` (15 rows, also `cells`); `columns` (the names of the cells); `quantiles` of the error; `stretches`: for
        quarters of the rows by their prediction `low`, `high`, `n`, mean `error` and its `interval`.
    """
    truth, predicted = np.asarray(truth, float), np.asarray(predicted, float)
    error = predicted - truth
    shown = [name for name in columns if name in frame.columns][:CELLS]
    order = numpy_generator(0, "table details").permutation(len(truth))
    dots, some = np.sort(order[:DOTS]), np.sort(order[:SAMPLE])
    worst = np.argsort(-np.abs(error), kind="stable")[:WORST]

    def row(i: int) -> dict[str, Any]:
        return {
            "line": int(lines[i]), "truth": float(truth[i]), "predicted": float(predicted[i]), "error": float(error[i]),
        }  # fmt: skip

    return {
        "dots": {"truth": truth[dots].tolist(), "predicted": predicted[dots].tolist()},
        "sample": [row(int(i)) for i in some],
        "columns": shown,
        "worst": [{**row(int(i)), "cells": _cells(frame, int(i), shown)} for i in worst],
        "quantiles": {f"{q:g}": float(np.quantile(error, q)) for q in QUANTILES},
        "stretches": _stretches(predicted, error),
    }


def _stretches(predicted: np.ndarray, error: np.ndarray) -> list[dict[str, Any]]:
    """Mean error where predictions are low, …, high; empty with few rows. By prediction, not by truth: sorted by the truth
    every honest model looks too low at the top and too high at the bottom."""
    if len(error) < ENOUGH:
        return []
    out = []
    for rows in np.array_split(np.argsort(predicted, kind="stable"), STRETCHES):
        (ends,) = intervals.means(error[rows][:, None])
        out.append(
            {
                "low": float(predicted[rows].min()),
                "high": float(predicted[rows].max()),
                "n": len(rows),
                "error": float(error[rows].mean()),
                "interval": None if ends is None else list(ends),
            }
        )
    return out


def of_classes(
    truth: np.ndarray,
    probabilities: np.ndarray,
    decided: np.ndarray,
    frame: polars.DataFrame,
    lines: np.ndarray,
    columns: Sequence[str] = (),
) -> dict[str, Any]:
    """Details of predicted classes.

    Args:
        truth: class index, int (n,).
        probabilities: float (n, k).
        decided: the predicted class, int (n,): see `table_scores.decisions`.
        frame, lines, columns: as for `of_numbers`.

    Returns:
        `worst`: rows that are wrong, the surest first: `line`, `truth`, `label`, `probability` (of the predicted class),
        `truth_probability`, `cells`; `columns`; of two classes both of which occur also `roc` and `pr` (points x, y), `base` (share of
        the second class) and `at` (`found`, `false`, `precision` of the decisions).
    """
    truth, decided = np.asarray(truth, np.int64), np.asarray(decided, np.int64)
    probabilities = np.asarray(probabilities, float)
    shown = [name for name in columns if name in frame.columns][:CELLS]
    wrong = np.flatnonzero(decided != truth)
    sure = probabilities[wrong, decided[wrong]] - probabilities[wrong, truth[wrong]]
    worst = wrong[np.argsort(-sure, kind="stable")][:WORST]
    out: dict[str, Any] = {
        "columns": shown,
        "worst": [
            {
                "line": int(lines[i]),
                "truth": int(truth[i]),
                "label": int(decided[i]),
                "probability": float(probabilities[i, decided[i]]),
                "truth_probability": float(probabilities[i, truth[i]]),
                "cells": _cells(frame, int(i), shown),
            }
            for i in worst
        ],
    }
    if probabilities.shape[1] == 2 and 0 < truth.sum() < len(truth):
        out |= _curves(truth, probabilities[:, 1], decided)
    return out


def _curves(truth: np.ndarray, second: np.ndarray, decided: np.ndarray) -> dict[str, Any]:
    from sklearn.metrics import precision_recall_curve, roc_curve

    false, found, _cuts = roc_curve(truth, second)
    precision, recall, _cuts = precision_recall_curve(truth, second)
    positives, said = int(truth.sum()), int(decided.sum())
    hits = int((decided & truth).sum())
    return {
        "roc": _thinned(false, found),
        "pr": _thinned(recall[:-1][::-1], precision[:-1][::-1]),
        "base": positives / len(truth),
        "at": {
            "found": hits / positives,
            "false": (said - hits) / (len(truth) - positives),
            "precision": hits / said if said else None,
        },
    }


def _thinned(x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    """At most 200 points, the first and the last among them, evenly along the curve."""
    if len(x) > POINTS:
        length = np.r_[0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))]
        at = np.searchsorted(length, np.linspace(0, length[-1], POINTS))
        at = np.unique(np.r_[0, np.minimum(at, len(x) - 1), len(x) - 1])
        x, y = x[at], y[at]
    return [[round(float(a), 5), round(float(b), 5)] for a, b in zip(x, y, strict=True)]


def _cells(frame: polars.DataFrame, row: int, columns: Sequence[str]) -> list[Any]:
    """The cells of a row in these columns: numbers, texts, None where missing."""
    return [_plain(frame[name][row]) for name in columns]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    text = value.isoformat()[:10] if hasattr(value, "isoformat") else str(value)
    return text if len(text) <= LONG else text[: LONG - 1] + "…"
