"""Columns and the target: correlations after one-hot, and columns that give the target away.

Everything here gets rows outside the test part alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hakseup.seeds import numpy_generator

if TYPE_CHECKING:
    import polars

LISTED = 10  # correlations that are listed, of either sign
CATEGORIES = 100  # the most frequent categories of a column that are looked at
LEAST = 20  # rows: relations from fewer are chance
BINS = 64  # of a column, for guessing the target from it alone
TRIED = 500  # columns that leaks are looked for in, those with the strongest relation first
SUM = 0.9999  # share of a number that columns explain together in a straight line, where it is their sum
PARTS = 4  # columns of such a sum
SUMMED = 40  # number columns that are tried for it, those with the strongest relation first
SUMMED_ROWS = 5_000
LEAK = 0.99  # share of the target that a single column explains in rows it was not fitted on
STRONGEST = 3  # columns of the pair plot


def nothing() -> dict[str, Any]:
    """What is known without a target."""
    empty: dict[str, Any] = {"rising": [], "falling": [], "of": None}
    return {"correlation": empty, "leaks": [], "together": None, "strongest": []}


def relations(
    frame: polars.DataFrame, features: Sequence[str], y: np.ndarray, keys: Sequence[str], seed: int
) -> dict[str, Any]:
    """How columns go together with the target.

    Args:
        frame: rows outside the test part, n of them.
        features: columns that are looked at.
        y: class index (-1 missing) or number (NaN missing), float64 (n,).
        keys: of the classes; empty: the target is a number.
        seed: which half of the rows a column is tried on.

    Returns:
        `correlation`: `rising` and `falling`, each at most 10, the strongest first: `name` (a category as "column_value"), `column`,
        `value` (None for a number), `r` (Pearson's, over the rows where the column is filled in), `n`; of more than two classes
        the correlation with being the class in `class`. `of`: the key that a rising value speaks for with two classes.
        `leaks`: `name`, `score` (share explained, 1 is all), the worst first. `together`: see `together`. `strongest`: number columns of the pair plot.
    """
    known = np.isfinite(y) & ((y >= 0) | (not keys))
    if int(known.sum()) < LEAST:
        return nothing()
    frame, y = frame.filter(known), y[known]
    targets = [y] if len(keys) <= 2 else [(y == c).astype(float) for c in range(len(keys))]
    found: list[dict[str, Any]] = []
    coded: dict[str, np.ndarray] = {}
    for name in features:
        coded[name], values = _read(frame[name])
        found += _correlated(name, coded[name], values, targets, keys)
    found.sort(key=lambda row: -abs(row["r"]))
    rising, falling = ([row for row in found if sign * row["r"] > 0][:LISTED] for sign in (1, -1))
    by_strength = list(dict.fromkeys([*(row["column"] for row in found), *features]))
    numbers = [
        row["column"] for row in found if row["value"] is None and frame[row["column"]].dtype.is_numeric()
    ]
    leaks = _leaks({name: coded[name] for name in by_strength[:TRIED]}, frame, y, len(keys), seed)
    return {
        "correlation": {"rising": rising, "falling": falling, "of": keys[1] if len(keys) == 2 else None},
        "leaks": leaks,
        "together": None if leaks else together(frame, list(dict.fromkeys(numbers)), y, len(keys), seed),
        "strongest": list(dict.fromkeys(numbers))[:STRONGEST],
    }


def leaks(
    frame: polars.DataFrame, features: Sequence[str], y: np.ndarray, k: int, seed: int
) -> list[dict[str, Any]]:
    """Columns that give the target away, as in `relations`; of very many columns the first.

    Args:
        frame, features, seed: see `relations`. y: labels of all rows, none missing. k: classes, 0 for a number.
    """
    if len(y) < LEAST:
        return []
    coded = {name: _read(frame[name])[0] for name in features[:TRIED]}
    return _leaks(coded, frame, np.asarray(y, np.float64), k, seed)


def together(
    frame: polars.DataFrame, names: Sequence[str], y: np.ndarray, k: int, seed: int
) -> dict[str, Any] | None:
    """Two to four number columns of which the target is a sum, with any weights; None: it is none.

    Args:
        frame, y, k, seed: see `leaks`. names: number columns, those with the strongest relation first.

    Returns:
        `names`, and `score`: the share of the target that they explain in the half of the rows that was not looked at.
    """
    some = np.arange(0, len(y), -(-len(y) // SUMMED_ROWS)) if len(y) else np.arange(0)
    frame, y = frame[some], y[some]
    half = _half(len(y), seed)
    names = names[: min(SUMMED, len(y) // 8)]
    if k or len(y) < LEAST or len(names) < 2:
        return None
    cells = np.stack([np.nan_to_num(_scaled(_read(frame[name])[0])) for name in names], 1)
    if _straight(cells, y, half) < SUM:
        return None
    chosen: list[int] = []
    score = 0.0
    while len(chosen) < PARTS and score < SUM:
        tried = [
            (_straight(cells[:, [*chosen, i]], y, half), i) for i in range(len(names)) if i not in chosen
        ]
        if not tried or max(tried)[0] <= score:
            return None
        score = max(tried)[0]
        chosen.append(max(tried)[1])
    if score < SUM or len(chosen) < 2:
        return None
    return {"names": [names[i] for i in chosen], "score": score}


def _scaled(cells: np.ndarray) -> np.ndarray:
    """Mean 0, deviation 1, so that one missing counts as the mean."""
    filled = cells[np.isfinite(cells)]
    return (cells - filled.mean()) / (filled.std() or 1.0) if len(filled) else cells


def _straight(x: np.ndarray, y: np.ndarray, half: np.ndarray) -> float:
    """R2 of a plane through one half of the rows, in the other half."""
    x = np.column_stack([np.ones(len(x)), x])
    rest = y[~half]
    off = rest - x[~half] @ np.linalg.lstsq(x[half], y[half], rcond=None)[0]
    whole = float(((rest - rest.mean()) ** 2).sum())
    return 1 - float((off**2).sum()) / whole if whole > 0 else 0.0


def _half(n: int, seed: int) -> np.ndarray:
    half = np.zeros(n, bool)
    half[numpy_generator(seed, "table look", "leaks").permutation(n)[: n // 2]] = True
    return half


def _read(column: polars.Series) -> tuple[np.ndarray, list[str] | None]:
    """A number (or date) as float64 with NaN, or codes float64 with NaN and what they stand for, the most frequent first."""
    import polars as pl

    if column.dtype.is_temporal():
        column = column.cast(pl.Datetime("us")).to_physical()
    if column.dtype.is_numeric():
        cells = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return np.where(np.isfinite(cells), cells, np.nan), None
    text = column.cast(pl.String)
    counted = (
        text.drop_nulls().alias("value").value_counts(name="n").sort(["n", "value"], descending=[True, False])
    )
    values: list[str] = counted["value"].to_list()
    place = {value: float(i) for i, value in enumerate(values)}
    return np.array([np.nan if v is None else place[v] for v in text.to_list()]), values[:CATEGORIES]


def _correlated(
    name: str, cells: np.ndarray, values: list[str] | None, targets: Sequence[np.ndarray], keys: Sequence[str]
) -> list[dict[str, Any]]:
    """Pearson's correlations of a number, or of each category against the rest, with the target."""
    out = []
    filled = np.isfinite(cells)
    for c, y in enumerate(targets):
        of = {"class": keys[c]} if len(targets) > 1 else {}
        if values is None:
            r = pearson(cells[filled], y[filled])
            if r is not None and filled.sum() >= LEAST:
                out.append(
                    {"name": name, "column": name, "value": None, "r": r, "n": int(filled.sum()), **of}
                )
            continue
        # A category against all other rows, a missing one among the others, as after one-hot.
        codes = cells[filled].astype(np.int64)
        n_in, sums = np.bincount(codes), np.bincount(codes, y[filled])
        n, middle, deviation = len(y), float(y.mean()), float(y.std())
        for code, value in enumerate(values):
            m = int(n_in[code])
            if m < LEAST / 2 or n - m < LEAST / 2 or deviation < 1e-12:
                continue
            r = float(m * (sums[code] / m - middle) / (np.sqrt(m * (1 - m / n)) * np.sqrt(n) * deviation))
            out.append({"name": f"{name}_{value}", "column": name, "value": value, "r": r, "n": n, **of})
    return out


def pearson(x: np.ndarray, y: np.ndarray) -> float | None:
    """The correlation; None where one of the two does not vary."""
    if len(x) < 2:
        return None
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt((x**2).sum()) * np.sqrt((y**2).sum()))
    largest = float(np.abs(x).max() * np.abs(y).max())
    return float((x * y).sum()) / size if size > 1e-12 * max(largest, 1e-300) and largest > 0 else None


def _leaks(
    coded: dict[str, np.ndarray], frame: polars.DataFrame, y: np.ndarray, k: int, seed: int
) -> list[dict[str, Any]]:
    """Columns from which alone the target follows: guessed in one half of the rows, tried on the other.

    A number is cut into 64 bins by rank; missing is a bin of its own, so that a column which is filled in only when the answer is
    known is found too. For a number the target is taken by its rank, so that no scale matters.
    """
    half = _half(len(y), seed)
    if not k:
        from scipy.stats import rankdata

        y = rankdata(y)
    out = []
    for name, cells in coded.items():
        bins = _bins(cells, half, frame[name].dtype.is_numeric() or frame[name].dtype.is_temporal())
        score = _explained_class(bins, y, half, k) if k else _explained_number(bins, y, half)
        if score >= LEAK:
            out.append({"name": name, "score": score})
    return sorted(out, key=lambda row: -row["score"])


def _bins(cells: np.ndarray, half: np.ndarray, number: bool) -> np.ndarray:
    """The bin of every row, 0 for missing."""
    filled = np.isfinite(cells)
    out = np.zeros(len(cells), np.int64)
    if number:
        seen = cells[filled & half]
        if not len(seen):
            return out
        values = np.unique(seen)
        # Few values: cut between each; many: at quantiles.
        cuts = (
            (values[1:] + values[:-1]) / 2
            if len(values) <= BINS
            else np.unique(np.quantile(seen, np.arange(1, BINS) / BINS))
        )
        out[filled] = 1 + np.searchsorted(cuts, cells[filled], side="right")
    else:
        out[filled] = 1 + cells[filled].astype(np.int64)
    return out


def _explained_number(bins: np.ndarray, y: np.ndarray, half: np.ndarray) -> float:
    """R2 of the mean of each bin, in the rows that it was not taken from."""
    size = int(bins.max()) + 1
    n, sums = np.bincount(bins[half], minlength=size), np.bincount(bins[half], y[half], minlength=size)
    middle = float(y[half].mean())
    guess = np.where(n > 0, sums / np.maximum(n, 1), middle)[bins[~half]]
    rest = y[~half]
    whole = float(((rest - middle) ** 2).sum())
    return 1 - float(((rest - guess) ** 2).sum()) / whole if whole > 0 else 0.0


def _explained_class(bins: np.ndarray, y: np.ndarray, half: np.ndarray, k: int) -> float:
    """How much of what the most frequent class gets wrong the most frequent class of each bin gets right, in other rows.

    0 is no better than always saying the most frequent class, 1 is all right (Goodman and Kruskal's lambda).
    """
    label = y.astype(np.int64)
    size = int(bins.max()) + 1
    table = np.bincount(bins[half] * k + label[half], minlength=size * k).reshape(size, k)
    common = int(table.sum(0).argmax())
    best = np.where(table.sum(1) > 0, table.argmax(1), common)
    rest, guess = label[~half], best[bins[~half]]
    wrong_before = int((rest != common).sum())
    if wrong_before < LEAST / 2:  # too few of the other classes to say
        return 0.0
    return 1 - int((rest != guess).sum()) / wrong_before
