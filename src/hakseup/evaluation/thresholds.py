"""The decision threshold of two classes, chosen on validation rows: from which probability on the second is predicted.

One half is right where probabilities are right and both mistakes cost the same. Another threshold pays where one
class is rare. The best threshold of few rows is mostly luck, so one half stays unless the gain is more than that.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from hakseup.seeds import numpy_generator
from hakseup.words import Words

Measure = Literal["accuracy", "balanced_accuracy", "f1"]
HALF = 0.5  # the threshold that takes the likelier of two classes
DRAWS = 200  # of the validation rows, that say how far a gain is luck
FINE = 512  # thresholds at most
FEW = 20  # of either class: with fewer nothing is chosen
MEASURES = MappingProxyType(
    {
        "accuracy": Words("accuracy", "정확도"),
        "balanced_accuracy": Words("balanced accuracy", "균형 정확도"),
        "f1": Words("F1 of the second class", "둘째 클래스의 F1"),
    }
)


@dataclass(frozen=True)
class Threshold:
    """What was chosen and why.

    value: the second class is predicted where its probability is above this.
    measure: that was to be large. at_half, at_best: it, on the validation rows, at one half and at the best threshold.
    best: the threshold with the largest measure, whether chosen or not. gain: at_best - at_half; again: the mean gain on
        rows that a threshold was not chosen on; error: the standard error of the gain.
    n, positives: validation rows, and how many are of the second class.
    """

    value: float
    measure: Measure
    best: float
    at_half: float | None
    at_best: float | None
    gain: float | None
    again: float | None
    error: float | None
    n: int
    positives: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values and a sentence."""
        return asdict(self) | self.words().as_dict()

    def words(self) -> Words:
        """What was done, in a sentence."""
        name = MEASURES[self.measure]
        if self.at_half is None or self.at_best is None:
            few = min(self.positives, self.n - self.positives)
            return Words(
                f"The decision threshold stays at 0.5: with {few} validation rows of the rarer class none can be chosen.",
                f"판정 기준은 0.5 그대로입니다. 적은 쪽 클래스의 검증 행이 {few}개뿐이라 고를 수 없습니다.",
            )
        if self.value == HALF:
            return Words(
                f"The decision threshold stays at 0.5: no other raises the {name.en} on {self.n:,} validation rows by "
                "more than chance would.",
                f"판정 기준은 0.5 그대로입니다. 검증 행 {self.n:,}개에서 {name.ko}를 우연보다 크게 높이는 다른 값이 없습니다.",
            )
        return Words(
            f"The decision threshold is {self.value:.3g}, chosen on {self.n:,} validation rows: the {name.en} there is "
            f"{self.at_best:.3f} instead of {self.at_half:.3f}. Of rows it was chosen on, that is a little too good.",
            f"판정 기준은 {self.value:.3g}입니다. 검증 행 {self.n:,}개로 골랐으며, 거기서 {name.ko}는 {self.at_half:.3f}에서 "
            f"{self.at_best:.3f}로 올랐습니다. 고를 때 쓴 행이므로 조금 좋게 나온 값입니다.",
        )


def choose(truth: np.ndarray, second: np.ndarray, measure: Measure = "accuracy") -> Threshold:
    """The threshold for two classes.

    The measure is reckoned at every threshold that tells two rows apart; of equally good ones the nearest to one half
    counts. Then rows are drawn again and again, the threshold is chosen on those drawn and tried on those left out: only
    where the mean gain on these is larger than the standard error of the gain is it chosen.
    Sources: Efron (1983), Journal of the American Statistical Association 78, 316-331 (rows left out of a draw); the rule of
    one standard error: Breiman, Friedman, Olshen and Stone (1984), Classification and regression trees, 3.4.3.

    Args:
        truth: 0 or 1, int (n,): validation rows.
        second: probability of the second class, float (n,).
        measure: what is to be large.

    Raises:
        ValueError: the arrays do not fit one another, or the measure is not known.
    """
    truth, second = np.asarray(truth, np.int64), np.asarray(second, float)
    if measure not in MEASURES:
        raise ValueError(f"{measure!r} is none of {', '.join(MEASURES)}")
    if truth.ndim != 1 or truth.shape != second.shape or not np.isin(truth, (0, 1)).all():
        raise ValueError(f"labels {truth.shape} of two classes do not fit probabilities {second.shape}")
    n, positives = len(truth), int(truth.sum())
    if min(positives, n - positives) < FEW:
        return Threshold(HALF, measure, HALF, None, None, None, None, None, n, positives)
    cuts = _cuts(second)
    place = np.searchsorted(cuts, second, side="left")  # how many cuts lie below each row
    half = int(np.searchsorted(cuts, HALF))
    seen = _values(np.ones(n), truth, place, len(cuts), measure)
    best = _nearest_best(seen, cuts)
    gain = float(seen[best] - seen[half])
    again, error = _luck(truth, place, cuts, measure, best, half)
    chosen = best != half and again > error
    return Threshold(
        float(cuts[best]) if chosen else HALF,
        measure,
        float(cuts[best]),
        float(seen[half]),
        float(seen[best]),
        gain,
        again,
        error,
        n,
        positives,
    )


def _cuts(second: np.ndarray) -> np.ndarray:
    """Thresholds between the probabilities that occur, rising, one half among them."""
    values = np.unique(second)
    if len(values) > FINE:
        values = np.unique(np.quantile(second, np.linspace(0, 1, FINE)))
    middle = (values[1:] + values[:-1]) / 2
    out: np.ndarray = np.unique(np.concatenate([middle[(middle > 0) & (middle < 1)], [HALF]]))
    return out


def _values(
    weights: np.ndarray, truth: np.ndarray, place: np.ndarray, cuts: int, measure: Measure
) -> np.ndarray:
    """The measure at every threshold, (cuts,); rows count by their weight, (n,)."""

    def above(of: np.ndarray) -> np.ndarray:  # weight of the rows above each cut, and of all
        by_place = np.bincount(place[of], weights[of], minlength=cuts + 1)
        out: np.ndarray = by_place.sum() - np.concatenate([[0.0], np.cumsum(by_place)])
        return out[: cuts + 1]

    positive, negative = above(truth == 1), above(truth == 0)
    there, absent = positive[0], negative[0]
    hits, false = positive[1:], negative[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "accuracy":
            out = (hits + absent - false) / (there + absent)
        elif measure == "balanced_accuracy":
            out = (hits / there + 1 - false / absent) / 2
        else:
            out = 2 * hits / (hits + false + there)
    result: np.ndarray = np.nan_to_num(out)
    return result


def _nearest_best(values: np.ndarray, cuts: np.ndarray) -> int:
    """The place of the largest value that is nearest to one half."""
    best = np.flatnonzero(values >= values.max() - 1e-12)
    return int(best[np.argmin(np.abs(cuts[best] - HALF))])


def _luck(
    truth: np.ndarray, place: np.ndarray, cuts: np.ndarray, measure: Measure, best: int, half: int
) -> tuple[float, float]:
    """The mean gain on rows left out of a draw by a threshold chosen on those drawn; the standard error of the gain."""
    generator = numpy_generator(0, "thresholds")
    n = len(truth)
    outside, inside = [], []
    for _draw in range(DRAWS):
        weights = np.bincount(generator.integers(0, n, n), minlength=n).astype(float)
        drawn = _values(weights, truth, place, len(cuts), measure)
        left = _values((weights == 0).astype(float), truth, place, len(cuts), measure)
        chosen = _nearest_best(drawn, cuts)
        outside.append(left[chosen] - left[half])
        inside.append(drawn[best] - drawn[half])
    return float(np.mean(outside)), float(np.std(inside, ddof=1))
