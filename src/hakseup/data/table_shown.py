"""One column at a time, without the target: what its cells are, how they are spread, and what is odd about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hakseup.data.table_roles import Role

if TYPE_CHECKING:
    import polars

DRAWN = 200  # columns that get a histogram or a list of values
BINS = 20
VALUES = 8  # most frequent values of a category
SAME = 0.995  # share of one value from which a column says next to nothing
LONG = 60  # letters of a value that are kept
ZEROS = (0.002, 0.5)  # share of zeros that may stand for missing
HOLE = 0.1  # of the median: there is no value between 0 and this where zeros look like missing
MARKED = (5, 0.002)  # rows, and share of them, from which a value far from all others looks like a mark
STEPS = 3.0  # and the hole is wider than so many of the usual distances between values


def columns(frame: polars.DataFrame, roles: Sequence[Role], target: str | None) -> list[dict[str, Any]]:
    """What each column holds.

    Args:
        frame: Float64, String, Datetime and Boolean columns.
        roles: one for each, in the frame's order.
        target: its spread is not looked at here, since that reads the test part's.

    Returns:
        See `column`.
    """
    import polars as pl

    if not len(frame.columns):
        return []
    missing = frame.select(pl.all().null_count()).row(0)
    return [
        column(frame[role.name], role, nulls, drawn=place < DRAWN, is_target=role.name == target)
        for place, (role, nulls) in enumerate(zip(roles, missing, strict=True))
    ]


def column(cells: polars.Series, role: Role, missing: int, *, drawn: bool, is_target: bool) -> dict[str, Any]:
    """Facts of one column.

    Args:
        cells: the column, n rows.
        role: what it is used for.
        missing: how many are null.
        drawn: whether its spread is wanted.
        is_target: then only what the roles say is said.

    Returns:
        `name`, `words`, `role`, `reason`, `type` ("number", "text", "date", "boolean"), `missing`, `missing_share`,
        `read` (what was done to read its cells, or None), `distinct` (without missing; None for the target), `constant` (the same in every row, or empty), `same` (share of the most frequent
        value, where it says next to nothing; else None), `identifier` (every row has another value, or they count
        the rows), `zeros`, `zeros_look_missing`, `least_above_zero`, `mark` (see `mark`); `low`, `median`, `mean`, `high`, `std` of a number;
        `histogram` (`edges`, `counts`) of a number or date, `values` of the rest (`value`, `n`), `more` values besides.
    """
    n = len(cells)
    kind = _type(cells)
    out: dict[str, Any] = {
        "name": role.name,
        "words": role.words.as_dict(),
        "role": role.role,
        "reason": role.reason.as_dict(),
        "read": role.read.as_dict() if role.read else None,
        "type": kind,
        "missing": int(missing),
        "missing_share": missing / n if n else 0.0,
        "distinct": None,
        "constant": False,
        "same": None,
        "identifier": False,
        "zeros": 0,
        "zeros_look_missing": False,
        "least_above_zero": None,
        "mark": None,
        "histogram": None,
        "values": None,
    }
    if is_target:
        return out
    present = cells.drop_nulls() if missing else cells
    distinct = int(present.n_unique()) if len(present) else 0
    out |= {"distinct": distinct, "constant": distinct + (missing > 0) <= 1}
    if kind == "number":
        out |= _of_numbers(present.to_numpy(), distinct, n, drawn)
    elif kind == "date":
        out |= _of_dates(present, drawn)
    else:
        out |= _of_values(present, distinct, kind, n, drawn)
    return out


def _type(cells: polars.Series) -> str:
    import polars as pl

    if cells.dtype == pl.Boolean:
        return "boolean"
    if cells.dtype.is_temporal():
        return "date"
    return "number" if cells.dtype.is_numeric() else "text"


def _of_numbers(values: np.ndarray, distinct: int, n: int, drawn: bool) -> dict[str, Any]:
    values = values.astype(np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return {}
    zeros = int((values == 0).sum())
    least, holes = _hole(values, zeros)
    most = _most_of_sorted(np.sort(values)) if 1 < distinct <= len(values) / 50 else 0
    return {
        **spread(values),
        "zeros": zeros,
        "zeros_look_missing": holes,
        "least_above_zero": least,
        "mark": mark(values),
        "same": most / n if most >= SAME * n else None,
        "identifier": distinct == n >= 3 and bool((np.diff(values) == 1).all()),
        "histogram": histogram(values) if drawn else None,
    }


def _most_of_sorted(values: np.ndarray) -> int:
    """How often the most frequent value stands there."""
    ends = np.flatnonzero(np.r_[True, values[1:] != values[:-1], True])
    return int(np.diff(ends).max())


def _hole(values: np.ndarray, zeros: int) -> tuple[float | None, bool]:
    """The least value above zero, and whether zeros stand so far apart from all others that they may mean "not measured".

    Counts (0, 1, 2, …) and amounts that come down to nothing have no hole above zero; a weight of 0 beside weights from
    40 to 120 has one. Whether 0 means missing or "none" is for a person to say.
    """
    if not zeros or values.min() < 0:
        return None, False
    others = np.unique(values[values > 0])
    if not len(others):
        return None, False
    least = float(others[0])
    share = zeros / len(values)
    if len(others) < 10 or not ZEROS[0] <= share <= ZEROS[1]:
        return least, False
    middle = float(np.median(values[values > 0]))
    usual = float(np.median(np.diff(others)))
    return least, least >= HOLE * middle and least >= STEPS * usual


def mark(values: np.ndarray) -> dict[str, float] | None:
    """A value that stands for something else, as -999 does for "not measured": `value`, `n` rows, and `next` to it.

    It stands there often, and either further from all others than those are from one another, or as the one number
    below zero. What it means is for a person to say.

    Args:
        values: float64 (n,), finite, n at least 1.
    """
    different = np.unique(values)
    if len(different) <= 10:
        return None
    for value, others in ((different[0], different[1:]), (different[-1], different[:-1])):
        n = int((values == value).sum())
        if n < max(MARKED[0], MARKED[1] * len(values)) or not float(value).is_integer():
            continue
        nearest = float(others[np.abs(others - value).argmin()])
        if abs(nearest - value) > others[-1] - others[0] or (value < 0 <= nearest):
            return {"value": float(value), "n": n, "next": nearest}
    return None


def _of_dates(present: polars.Series, drawn: bool) -> dict[str, Any]:
    import polars as pl

    if not len(present):
        return {}
    times = present.cast(pl.Datetime("us")).to_physical().to_numpy().astype(np.float64)
    return {
        "low": present.min().isoformat(),  # type: ignore[union-attr]
        "high": present.max().isoformat(),  # type: ignore[union-attr]
        "histogram": histogram(times) if drawn else None,
    }


def _of_values(present: polars.Series, distinct: int, kind: str, n: int, drawn: bool) -> dict[str, Any]:
    if not len(present):
        return {}
    if distinct == len(present):
        top: list[tuple[str, int]] = []
        most = 1
    else:
        counted = present.alias("value").value_counts(name="n").sort(["n", "value"], descending=[True, False])
        most = int(counted["n"][0])
        top = [(_shown(v), int(c)) for v, c in counted[:VALUES].iter_rows()]
    return {
        "identifier": kind == "text" and distinct == n >= 3,
        "same": most / n if distinct > 1 and most >= SAME * n else None,
        "values": [{"value": v, "n": c} for v, c in top] if drawn else None,
        "more": max(0, distinct - len(top)),
    }


def _shown(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= LONG else text[: LONG - 1] + "…"


def spread(values: np.ndarray) -> dict[str, float | None]:
    """Smallest, median, mean, largest and deviation of numbers (n,), n at least 1."""
    return {
        "low": float(values.min()),
        "median": float(np.median(values)),
        "mean": float(values.mean()),
        "high": float(values.max()),
        "std": float(values.std(ddof=1)) if len(values) > 1 else None,
    }


def skew(values: np.ndarray) -> float:
    """Skewness: the mean cubed distance from the mean in deviations; 0 where all are alike."""
    middle = values - values.mean()
    deviation = float(values.std())
    return (
        float(((middle / deviation) ** 3).mean()) if deviation > 1e-12 * max(1.0, abs(values).max()) else 0.0
    )


def histogram(values: np.ndarray) -> dict[str, Any]:
    """Counts in 20 bins of equal width; whole numbers with a small range get one bin each.

    Where a few values lie far out the bins end at the 1 and 99 % points, and `below` and `above` count what is outside.
    """
    low, high = float(values.min()), float(values.max())
    if low == high:
        return {"edges": [low, high], "counts": [len(values)], "below": 0, "above": 0}
    whole = high - low < BINS and bool((values == np.round(values)).all())
    if whole:
        edges = np.arange(low - 0.5, high + 1)
        return {
            "edges": edges.tolist(),
            "counts": np.histogram(values, edges)[0].tolist(),
            "below": 0,
            "above": 0,
        }
    first, last = (float(q) for q in np.quantile(values, [0.01, 0.99]))
    if last > first and high - low > 3 * (last - first):
        low, high = first, last
    edges = np.linspace(low, high, BINS + 1)
    counts = np.histogram(values, edges)[0]
    return {
        "edges": edges.tolist(),
        "counts": counts.tolist(),
        "below": int((values < low).sum()),
        "above": int((values > high).sum()),
    }
