"""What a network for tables must beat: the most frequent class or the mean, a linear model, and gradient boosting.

All are fitted on the training rows alone, are the same on every run, use one thread, and take seconds: where there are
more rows than that allows, they learn from some of them drawn by chance, and `Simple.rows` says how many.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from hakseup.seeds import derive, numpy_generator
from hakseup.words import Words

LINEAR_CELLS = 10_000_000  # rows times columns that the linear model learns from at most
BOOSTED_CELLS = 3_000_000  # the same for boosting, which scikit-learn takes six copies of
WORK = 3_000_000_000  # columns times trees times (rows and places of histograms), at most: tens of seconds at worst
ROUNDS = 100  # of boosting, scikit-learn's default; fewer where there are many classes
LEAVES, LEAF = 31, 20  # leaves of a tree at most, and rows of one at least: scikit-learn's defaults
STEPS = 200  # of the solver of the logistic regression at most
PENALTIES = tuple(float(p) for p in np.logspace(-2, 4, 13))  # of the ridge, chosen by leaving one row out
BINS = 254  # categories of a column that boosting tells apart at most; rarer ones count as missing
BLOCK = 4_096  # rows predicted at a time: with 800 one-hot columns 40 MB
SMEARED = 101  # residuals that stand for all in the smearing estimate

TITLES = MappingProxyType(
    {
        "majority": Words("always the most frequent class", "항상 가장 많은 클래스로 예측"),
        "mean": Words("always the mean", "항상 평균으로 예측"),
        "logistic": Words("logistic regression", "로지스틱 회귀"),
        "ridge": Words("ridge regression", "릿지 회귀"),
        "boosting": Words("gradient boosting (trees)", "그래디언트 부스팅(트리)"),
    }
)


@dataclass(frozen=True)
class Rows:
    """Prepared rows.

    numbers: float32 (n, d); NaN where boosting should treat a value as missing.
    codes: int64 (n, c), categories; a code that training does not have counts as missing in boosting.
    flatten: makes of both float32 (n, w), numbers first (d of them, no NaN), then categories one-hot: for the linear
        model. With many categories it is much larger than the rows, so it is made of those that are looked at.
    """

    numbers: np.ndarray
    codes: np.ndarray
    flatten: Callable[[np.ndarray, np.ndarray], np.ndarray]

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: np.ndarray | slice) -> Rows:
        """These rows only."""
        return Rows(self.numbers[rows], self.codes[rows], self.flatten)

    def flat(self) -> np.ndarray:
        """Float32 (n, w), made anew each time: it may be written into."""
        return self.flatten(self.numbers, self.codes)

    @property
    def width(self) -> int:
        """The w columns of `flat`."""
        return int(self.take(slice(0, 1)).flat().shape[1])


def _same(values: np.ndarray) -> np.ndarray:
    return values


@dataclass(frozen=True)
class Unit:
    """The unit that a number is learned in: `back(forward(y))` is y.

    straight: whether `back` is a straight line. If not (a logarithm), the mean in the one unit is not the mean in the
        other: predictions are then averaged over the residuals of the training rows (smearing).
    """

    forward: Callable[[np.ndarray], np.ndarray] = field(default=_same)
    back: Callable[[np.ndarray], np.ndarray] = field(default=_same)
    straight: bool = True


@dataclass(frozen=True)
class Simple:
    """A fitted baseline.

    name: as in `TITLES`. seconds: that fitting took. rows: it learned from so many.
    """

    name: str
    seconds: float
    rows: int
    _guess: Callable[[Rows], np.ndarray] = field(repr=False)

    def predict(self, rows: Rows) -> np.ndarray:
        """Probabilities float32 (n, k), or values float64 (n,) in the target's own unit; flat memory."""
        blocks = [self._guess(rows.take(slice(at, at + BLOCK))) for at in range(0, len(rows), BLOCK)]
        return np.concatenate(blocks) if blocks else self._guess(_blank(rows))[:0]


def enough(y: np.ndarray, columns: int, width: int, seed: int) -> np.ndarray:
    """Index of the training rows that any of the baselines learns from, where there are too many for all.

    Args:
        y: of all training rows. columns: numbers and categories of a row. width: of `Rows.flat`. seed: that `fit` will get.
    """
    most = max(LINEAR_CELLS // max(1, width), BOOSTED_CELLS // max(1, columns))
    return _choose(y, max(1000, most), seed)


def fit(
    train: Rows,
    y: np.ndarray,
    *,
    n_classes: int | None,
    seed: int,
    unit: Unit = Unit(),
    everything: np.ndarray | None = None,
) -> tuple[Simple, ...]:
    """The baselines for this task, simplest first.

    Args:
        train: training rows, or those that are `enough`.
        y: of these, class index int (n,), or numbers float (n,) in the target's own unit.
        everything: of all training rows; None: `y`.
        n_classes: k; None: the target is a number.
        seed: chooses the rows where there are too many.
        unit: that ridge and boosting learn a number in; the network's own, so that the comparison is fair.
    """
    all_y = y if everything is None else everything
    if n_classes is None:
        y = np.asarray(y, np.float64)
        return (
            _timed("mean", len(all_y), lambda: _constant(np.array(np.mean(all_y, dtype=np.float64)))),
            _timed_on("ridge", train, y, LINEAR_CELLS, seed, lambda rows, of: _ridge(rows, of, unit)),
            _timed_on("boosting", train, y, BOOSTED_CELLS, seed, lambda rows, of: _boosted_number(rows, of, unit, seed)),
        )  # fmt: skip
    y = np.asarray(y, np.int64)
    share = (np.bincount(all_y, minlength=n_classes) / len(all_y)).astype(np.float32)
    return (
        _timed("majority", len(all_y), lambda: _constant(share)),
        _timed_on("logistic", train, y, LINEAR_CELLS, seed, lambda rows, of: _logistic(rows, of, n_classes)),
        _timed_on("boosting", train, y, BOOSTED_CELLS, seed, lambda rows, of: _boosted_class(rows, of, n_classes, seed)),
    )  # fmt: skip


Guess = Callable[[Rows], np.ndarray]


def _blank(like: Rows) -> Rows:
    """One row of zeros: scikit-learn predicts no empty ones."""
    numbers, codes = (np.zeros((1, part.shape[1]), part.dtype) for part in (like.numbers, like.codes))
    return Rows(numbers, codes, like.flatten)


def _timed(name: str, n: int, make: Callable[[], Guess]) -> Simple:
    from threadpoolctl import threadpool_limits

    start = time.perf_counter()
    # One thread: the matrices are small and the result is the same on every machine.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the bound on the iterations is on purpose; columns may be constant
        guess = make()
    return Simple(name, time.perf_counter() - start, n, guess)


def _timed_on(
    name: str, train: Rows, y: np.ndarray, cells: int, seed: int, make: Callable[[Rows, np.ndarray], Guess]
) -> Simple:
    """As `_timed`, on so many rows as the bound on the cells allows."""
    width = _width(train) if name == "boosting" else train.width
    chosen = _choose(y, max(1000, cells // max(1, width)), seed)
    rows = train if len(chosen) == len(y) else train.take(chosen)
    return _timed(name, len(chosen), lambda: make(rows, y[chosen]))


def _width(rows: Rows) -> int:
    return int(rows.numbers.shape[1] + rows.codes.shape[1])


def _choose(y: np.ndarray, most: int, seed: int) -> np.ndarray:
    """At most so many rows by chance, at least one of every class, sorted."""
    if len(y) <= most:
        return np.arange(len(y))
    order = numpy_generator(seed, "table baselines").permutation(len(y))
    first = np.unique(y[order], return_index=True)[1] if y.dtype.kind == "i" else np.empty(0, np.int64)
    rest = np.delete(order, first)
    return np.sort(np.concatenate([order[first], rest[: max(0, most - len(first))]]))


def _constant(value: np.ndarray) -> Guess:
    return lambda rows: np.broadcast_to(value, (len(rows), *value.shape)).copy()


# --- linear ------------------------------------------------------------------------------------------------------


def _scaler(flat: np.ndarray, d: int) -> Callable[[np.ndarray], np.ndarray]:
    """Numbers to mean 0 and deviation 1, in place; one-hot columns stay 0 and 1, so that rare categories do not grow."""
    numbers = flat[:, :d]
    middle, spread = numbers.mean(0, dtype=np.float64), numbers.std(0, dtype=np.float64)
    spread[spread < 1e-12] = 1.0

    def scaled(of: np.ndarray) -> np.ndarray:
        of[:, :d] = (of[:, :d] - middle) / spread
        return of

    return scaled


def _logistic(rows: Rows, y: np.ndarray, k: int) -> Guess:
    from sklearn.linear_model import LogisticRegression

    known = np.unique(y)
    if len(known) == 1 or not rows.width:
        return _constant((np.bincount(y, minlength=k) / len(y)).astype(np.float32))
    x = rows.flat()
    scaled = _scaler(x, rows.numbers.shape[1])
    model = LogisticRegression(max_iter=STEPS).fit(scaled(x), y)
    return lambda of: _spread_out(model.predict_proba(scaled(of.flat())), known, k)


def _ridge(rows: Rows, y: np.ndarray, unit: Unit) -> Guess:
    from sklearn.linear_model import RidgeCV

    if not rows.width or len(y) < 3:
        return _constant(np.array(y.mean()))
    flat, z = rows.flat(), unit.forward(y)
    scaled = _scaler(flat, rows.numbers.shape[1])
    x = scaled(flat).astype(np.float64)  # float32 loses too much in the products of the ridge
    model = RidgeCV(alphas=PENALTIES).fit(x, z)
    return _in_own_unit(lambda of: model.predict(scaled(of.flat())), z - model.predict(x), unit)


def _spread_out(probabilities: np.ndarray, known: np.ndarray, k: int) -> np.ndarray:
    """Columns for classes that were not in the rows learned from, which get probability 0."""
    out = np.zeros((len(probabilities), k), np.float32)
    out[:, known] = probabilities
    return out


def _in_own_unit(model: Guess, residuals: np.ndarray, unit: Unit) -> Guess:
    """Predictions taken back to the target's unit.

    Where `back` bends, the smearing estimate: the mean over the training residuals r of back(z + r), here over so many
    quantiles of them. Source: Duan (1983), Journal of the American Statistical Association 78, 605-610.
    """
    if unit.straight:
        return lambda of: np.asarray(unit.back(model(of)), np.float64)
    some = np.quantile(residuals, (np.arange(SMEARED) + 0.5) / SMEARED)

    def smeared(of: Rows) -> np.ndarray:
        z = model(of)
        total = np.zeros(len(z))
        for r in some:
            total += unit.back(z + r)
        return total / SMEARED

    return smeared


# --- boosting ----------------------------------------------------------------------------------------------------


def _boosted_class(rows: Rows, y: np.ndarray, k: int, seed: int) -> Guess:
    from sklearn.ensemble import HistGradientBoostingClassifier

    known = np.unique(y)
    if len(known) == 1 or not _width(rows):
        return _constant((np.bincount(y, minlength=k) / len(y)).astype(np.float32))
    columns = _columns(rows)
    trees = 1 if len(known) == 2 else len(known)
    model = HistGradientBoostingClassifier(**_settings(rows, trees, seed)).fit(columns(rows), y)
    return lambda of: _spread_out(model.predict_proba(columns(of)), known, k)


def _boosted_number(rows: Rows, y: np.ndarray, unit: Unit, seed: int) -> Guess:
    from sklearn.ensemble import HistGradientBoostingRegressor

    if not _width(rows):
        return _constant(np.array(y.mean()))
    columns, z = _columns(rows), unit.forward(y)
    model = HistGradientBoostingRegressor(**_settings(rows, 1, seed)).fit(columns(rows), z)
    return _in_own_unit(lambda of: model.predict(columns(of)), z - model.predict(columns(rows)), unit)


def _settings(rows: Rows, trees: int, seed: int) -> dict[str, Any]:
    """scikit-learn's own settings; no early stopping, which would hold rows back and fail on rare classes."""
    d, c, n = rows.numbers.shape[1], rows.codes.shape[1], len(rows)
    bins = max(2, min(BINS + 1, n))  # n rows have no more different values, so the trees are the same
    nodes = 2 * min(LEAVES, max(1, n // LEAF))
    return {
        "max_iter": max(10, min(ROUNDS, WORK // ((n + nodes * bins) * (d + c) * trees))),
        "max_bins": bins,
        "categorical_features": [False] * d + [True] * c,
        "early_stopping": False,
        "random_state": derive(seed, "table baselines", "boosting") % 2**32,
    }


def _columns(rows: Rows) -> Callable[[Rows], np.ndarray]:
    """Numbers, then categories numbered from 0 by how frequent they are, as boosting wants them; rare ones are NaN."""
    kept = []
    for column in rows.codes.T:
        values, counts = np.unique(column, return_counts=True)
        kept.append(np.sort(values[np.argsort(-counts, kind="stable")[:BINS]]))

    def joined(of: Rows) -> np.ndarray:
        out = np.empty((len(of), of.numbers.shape[1] + len(kept)), np.float64)
        d = of.numbers.shape[1]
        out[:, :d] = of.numbers
        for place, (values, column) in enumerate(zip(kept, of.codes.T, strict=True)):
            at = np.minimum(np.searchsorted(values, column), len(values) - 1)
            out[:, d + place] = np.where(values[at] == column, at, np.nan)
        return out

    return joined
