"""What a model for tables looks at: how much worse it gets without a column, and what one column does to its answer.

Both ask the model alone: a function from rows (a frame with the columns as found) to probabilities or values; one that can
change a column without looking at the others again is asked for that (`changing`). They take validation rows, which the
model was not fitted on, and read no label of the test part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hakseup.metrics import intervals
from hakseup.metrics.classification import SMALLEST
from hakseup.progress import Progress, Silence, work
from hakseup.seeds import numpy_generator
from hakseup.words import Words

if TYPE_CHECKING:
    import polars

Predict = Callable[["polars.DataFrame"], np.ndarray]  # frame (n rows) -> probabilities (n, k) or values (n,)
Changed = Callable[
    [str, "polars.Series"], np.ndarray
]  # a column, its cells (m * n rows) -> answers (m * n, …)
Changing = Callable[["polars.DataFrame"], Changed]  # frame (n rows) -> that
Kind = Literal["number", "category", "date"]
REPEATS = 5
SHOWN = 4  # columns whose effect is shown
MOST_ROWS = 2_000  # validation rows that importance is measured on
MOST_COLUMNS = 200  # columns that importance is measured of
WORK = 200_000_000  # numbers that go through the network for it, about: some twenty seconds of an old processor …
LEAST_ROWS, LEAST_COLUMNS = 200, 20  # … where that leaves so many
EFFECT_ROWS = 500
POINTS = 20  # places of a number at which its effect is shown
CATEGORIES = 12  # categories at which its effect is shown, the most frequent
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)  # of the rows, drawn around the mean effect


def importance(
    predict: Predict,
    frame: polars.DataFrame,
    truth: np.ndarray,
    columns: Sequence[str],
    *,
    repeats: int = REPEATS,
    progress: Progress = Silence(),
    changing: Changing | None = None,
    width: int = 1,
) -> dict[str, Any]:
    """Permutation importance: by how much the error grows when a column's values are dealt out anew among the rows.

    For classes the error is the cross-entropy, and the drop of the accuracy is given too; for a number the mean squared
    error, given as its root. Columns that say the same stand in for each other: each then seems unimportant.
    Source: Breiman (2001), Machine Learning 45, 5-32.

    Args:
        predict: the model.
        frame: validation rows.
        truth: class index int (n,), or numbers float (n,).
        columns: to measure, the most promising first; of those past `affordable`, `left_out` says how many.
        repeats: how often each is dealt out.
        progress: hears of every column.
        changing: the model's short way; None: whole frames go through `predict`.
        width: numbers of a row that go into the network; the more, the fewer rows and columns are measured.

    Returns:
        `unit` ("loss" or "rmse"), `n`, `repeats`, `error` (with all columns as they are), `left_out`, and `columns`, the
        most important first: `name`, `mean` (growth of the error), `std` (over the repeats), `interval` (95 %, by the luck of
        which rows; None from fewer than six rows), `accuracy` (its mean drop; None for a number).

    Raises:
        ValueError: the frame does not fit the truth, or lacks a column.
    """
    rows, most = affordable(len(frame), len(columns), width, repeats)
    frame, truth = _some(frame, np.asarray(truth), rows, columns)
    changed = (changing or _whole(predict))(frame)
    answers = predict(frame)
    losses = _losses(truth, answers)
    classes = answers.ndim == 2
    before = float(losses.mean())
    right = answers.argmax(1) == truth if classes else None
    measured = []
    with work(progress, Words("Measuring the columns", "열의 중요도 재기"), most, "steps"):
        for name in columns[:most]:
            answered = changed(name, _dealt(frame, name, repeats))
            grown = _losses(np.tile(truth, repeats), answered).reshape(repeats, -1)
            by_repeat = grown.mean(1)
            (ends,) = intervals.means((grown.mean(0) - losses)[:, None])
            drop = None
            if right is not None:
                still = (answered.argmax(1) == np.tile(truth, repeats)).mean()
                drop = float(right.mean() - still)
            measured.append(
                {
                    "name": name,
                    **_growth(before, by_repeat, ends, root=not classes),
                    "accuracy": drop,
                }
            )
            progress.advance(1)
    measured.sort(key=lambda row: -row["mean"])
    return {
        "unit": "loss" if classes else "rmse",
        "n": len(truth),
        "repeats": repeats,
        "error": before if classes else before**0.5,
        "left_out": len(columns) - most,
        "columns": measured,
    }


def affordable(n: int, columns: int, width: int, repeats: int = REPEATS) -> tuple[int, int]:
    """How many rows, and how many of the columns, are measured: all of few, of many as much as `WORK` allows.

    Args:
        n: rows. columns: there are. width: numbers of a row that go into the network.
    """
    most = min(columns, MOST_COLUMNS)
    each = repeats * max(1, width)
    rows = min(n, MOST_ROWS, max(LEAST_ROWS, WORK // (each * max(1, most))))
    return rows, min(most, max(LEAST_COLUMNS, WORK // (each * max(1, rows))))


def _growth(
    before: float, by_repeat: np.ndarray, ends: intervals.Interval | None, *, root: bool
) -> dict[str, Any]:
    """Mean, deviation over the repeats and interval of the growth; of roots where the error is a squared one."""
    if not root:
        grown = by_repeat - before
        return {
            "mean": float(grown.mean()),
            "std": _std(grown),
            "interval": None if ends is None else list(ends),
        }
    start = before**0.5
    grown = np.sqrt(by_repeat) - start
    interval = None if ends is None else [max(0.0, before + end) ** 0.5 - start for end in ends]
    return {
        "mean": max(0.0, float(by_repeat.mean())) ** 0.5 - start,
        "std": _std(grown),
        "interval": interval,
    }


def _std(values: np.ndarray) -> float | None:
    return float(values.std(ddof=1)) if len(values) > 1 else None


def _losses(truth: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Cross-entropy or squared error of every row, float64 (n,)."""
    if answers.ndim == 2:
        own = np.asarray(answers, float)[np.arange(len(truth)), truth]
        out: np.ndarray = -np.log(np.clip(own, SMALLEST, 1.0))
        return out
    squares: np.ndarray = (np.asarray(answers, float) - truth) ** 2
    return squares


def _dealt(frame: polars.DataFrame, name: str, repeats: int) -> polars.Series:
    """This column so many times over, each time dealt out anew."""
    orders = [
        numpy_generator(0, "importance", name, repeat).permutation(len(frame)) for repeat in range(repeats)
    ]
    return frame[name].gather(np.concatenate(orders))


def _whole(predict: Predict) -> Changing:
    """The long way to change a column: whole rows, as often as there are cells for them."""
    import polars as pl

    def changing(frame: polars.DataFrame) -> Changed:
        def changed(name: str, cells: polars.Series) -> np.ndarray:
            return predict(pl.concat([frame] * (len(cells) // len(frame))).with_columns(cells.alias(name)))

        return changed

    return changing


def _some(
    frame: polars.DataFrame, truth: np.ndarray, most: int, columns: Sequence[str]
) -> tuple[polars.DataFrame, np.ndarray]:
    missing = [name for name in columns if name not in frame.columns]
    if len(frame) != len(truth) or not len(frame) or missing:
        raise ValueError(
            f"{len(truth)} targets do not fit {len(frame)} rows, or columns are missing: {missing}"
        )
    if len(frame) <= most:
        return frame, truth
    rows = np.sort(numpy_generator(0, "importance", "rows").permutation(len(frame))[:most])
    return frame[rows], truth[rows]


def effect(
    predict: Predict,
    frame: polars.DataFrame,
    name: str,
    kind: Kind,
    *,
    changing: Changing | None = None,
) -> dict[str, Any]:
    """What one column does to the answer: each of its values is given to the same rows, all else as it is.

    The mean over the rows is the partial dependence; the quantiles show how far rows differ in it. Combinations that never
    occur are asked for too, so where columns hang together the ends of the curve mean little.
    Sources: Friedman (2001), Annals of Statistics 29, 1189-1232; the single rows: Goldstein, Kapelner, Bleich and
    Pitkin (2015), Journal of Computational and Graphical Statistics 24, 44-65.

    Args:
        predict: the model.
        frame: validation rows; at most 500 are taken.
        name: the column.
        kind: how it is read. Numbers and dates are shown at quantiles between 2.5 and 97.5 %, categories at the most frequent.
        changing: as for `importance`.

    Returns:
        `name`, `kind`, `n`; `values` (the places: numbers, ISO dates, or texts; None: missing), `counts` (how many rows have
        that very category; None for numbers), `mean` and `quantiles` (names "0.1" … "0.9"): for each value a list with one
        number per class, or one number.

    Raises:
        ValueError: the frame has no rows, or lacks the column.
    """
    full = frame[name] if name in frame.columns else None
    frame, _ = _some(frame, np.zeros(len(frame)), EFFECT_ROWS, [name])
    assert full is not None  # _some has refused it
    places, counts = _places(full, kind)
    n = len(frame)
    answers: np.ndarray = np.empty(0)
    if len(places):
        asked = places.gather(np.repeat(np.arange(len(places)), n))
        answers = np.asarray((changing or _whole(predict))(frame)(name, asked), float)
    answers = answers.reshape(len(places), n, *answers.shape[1:])
    return {
        "name": name,
        "kind": kind,
        "n": n,
        "values": [_plain(value) for value in places.to_list()],
        "counts": counts,
        "mean": answers.mean(1).tolist() if len(places) else [],
        "quantiles": {
            f"{q:g}": np.quantile(answers, q, axis=1).tolist() if len(places) else [] for q in QUANTILES
        },
    }


def _places(column: polars.Series, kind: Kind) -> tuple[polars.Series, list[int] | None]:
    """The values that are asked for, as a series of the column's type, and for categories how many rows have each."""
    import polars as pl

    if kind == "category":
        counted = column.value_counts(sort=True, name="n_")
        counted = counted.sort(["n_", column.name], descending=[True, False], nulls_last=True)[:CATEGORIES]
        return counted[column.name], [int(n) for n in counted["n_"]]
    present = column.drop_nulls().sort()
    if present.dtype.is_float():
        present = present.filter(present.is_finite())
    if not len(present):
        return present, None
    low, high = 0.025 * (len(present) - 1), 0.975 * (len(present) - 1)
    at = np.unique(np.round(np.linspace(low, high, POINTS)).astype(np.int64))
    return pl.Series(column.name, present.gather(at)).unique(maintain_order=True), None


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def strongest(found: Mapping[str, Any]) -> list[str]:
    """The columns whose effect is worth showing: the most important ones that matter by more than the luck of the rows."""
    sure = [
        row["name"]
        for row in found["columns"]
        if row["mean"] > 0 and (row["interval"] is None or row["interval"][0] > 0)
    ]
    return sure[:SHOWN]
