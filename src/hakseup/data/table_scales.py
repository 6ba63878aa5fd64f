"""Scales: from a number as it stands in a table to one that a network learns well, and for the target back again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import numpy as np

from hakseup.data.table_words import amount
from hakseup.words import Words

_CLIP = 3.0  # robust and bounded numbers are drawn in smoothly towards this (RealMLP)
_FENCE = 1.5  # quartile distances beyond the quartiles (Tukey's inner fences)
_LANDMARKS = 256  # quantiles remembered of a column, at most
_TAIL = 1e-7  # as in scikit-learn: the ends of a normal distribution are cut here
_LARGEST = 1e37  # float32 goes a little further
_EXPONENT = 700.0  # exp of more is infinite
SKEWED = 1.0  # skewness from which a positive target is learned as its logarithm …
RIGHTED = 0.5  # … where that takes away at least this share of it
AUTO = "bounded"  # why: docs/tables.md
Kind = Literal["bounded", "robust", "standard", "quantile", "none"]


def fill_of(values: np.ndarray, missing: str) -> float:
    """What stands for a missing number: the median of these, or with "mean" their mean; 0 where there are none."""
    if len(values) == 0:
        return 0.0
    return float(values.mean() if missing == "mean" else np.median(values))


@dataclass(frozen=True)
class Scale:
    """(value - center) * factor, then what `kind` says. Where training had one value only, factor is 0.

    landmarks: of "quantile", rising values at equal steps of the distribution.
    fences: of "bounded", the lowest and the highest value that is told apart; (): all are.
    """

    kind: Kind
    center: float = 0.0
    factor: float = 1.0
    landmarks: tuple[float, ...] = ()
    fences: tuple[float, ...] = ()

    @staticmethod
    def fitted(values: np.ndarray, kind: str) -> Scale:
        """Fit on these values, float64 (m,) without missing ones.

        "robust" is that of RealMLP (Holzmüller et al. 2024, arXiv 2407.04491, appendix): median and quartiles, or
        where the quartiles are equal, half the range; then x / sqrt(1 + (x / 3)²), which leaves small values alone
        and lets none pass 3. "bounded" first moves what lies beyond Tukey's inner fences (one and a half times the
        quartiles' distance beyond them; none where the quartiles are equal) to the fence, then takes mean and
        deviation, then the same bound: a value beyond all others says no more than "very large", as it does to a
        tree. "standard" takes mean and deviation of all values, and no bound.
        """
        if kind == "none" or len(values) == 0:
            return Scale("none") if kind == "none" else Scale("standard", 0.0, 0.0)
        if kind == "quantile":
            count = int(min(_LANDMARKS, max(2, len(values))))
            marks = np.quantile(values, np.linspace(0, 1, count))
            marks = np.maximum.accumulate(marks)  # rounding must not let them fall
            return Scale("quantile", 0.0, float(marks[-1] > marks[0]), tuple(float(m) for m in marks))
        with np.errstate(over="ignore"):
            low, middle, high = (float(q) for q in np.quantile(values, [0.25, 0.5, 0.75]))
            wide = high - low
            fences: tuple[float, ...] = ()
            if kind == "robust":
                center, spread = middle, wide or float(values.max() - values.min()) / 2
            else:
                if kind == "bounded" and 0 < wide < np.inf:
                    fences = (low - _FENCE * wide, high + _FENCE * wide)
                    values = np.clip(values, fences[0], fences[1])
                center, spread = float(values.mean()), float(values.std())
                spread = spread if spread > 1e-12 * max(1.0, abs(center)) else 0.0
        factor = 1 / spread if spread > 0 else 0.0
        return Scale(cast(Kind, kind), center, factor if np.isfinite(factor) else 0.0, (), fences)

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Scaled values, float64, finite whatever comes in but NaN."""
        if self.kind == "quantile":
            return self._normal(values)
        if self.kind == "none":
            return np.asarray(np.clip(values, -_LARGEST, _LARGEST))
        if self.factor == 0:
            return np.zeros_like(values)
        if self.fences:
            values = np.clip(values, self.fences[0], self.fences[1])
        with np.errstate(over="ignore"):
            x = (values - self.center) * self.factor
        if self.kind == "standard":
            return np.clip(x, -_LARGEST, _LARGEST, out=x)
        np.clip(x, -1e9, 1e9, out=x)
        return np.asarray(x / np.hypot(1.0, x / _CLIP))

    def _normal(self, values: np.ndarray) -> np.ndarray:
        """The value's place in the training distribution, as a number of the normal distribution."""
        from scipy.special import ndtri

        if self.factor == 0:
            return np.zeros_like(values)
        marks = np.array(self.landmarks)
        place = np.linspace(0, 1, len(marks))
        # From both ends, so that a value that makes up a stretch of the landmarks comes to its middle.
        rising = np.interp(values, marks, place)
        falling = -np.interp(-values, -marks[::-1], -place[::-1])
        return np.asarray(ndtri(np.clip((rising + falling) / 2, _TAIL, 1 - _TAIL)))

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        out: dict[str, Any] = {"kind": self.kind, "center": self.center, "factor": self.factor}
        lists = {"landmarks": list(self.landmarks), "fences": list(self.fences)}
        return out | {name: values for name, values in lists.items() if values}

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Scale:
        """Back from `as_dict`."""
        kind = values["kind"]
        if kind not in get_args(Kind):
            raise ValueError(kind)
        return Scale(
            kind,
            float(values["center"]),
            float(values["factor"]),
            tuple(float(v) for v in values.get("landmarks", ())),
            tuple(float(v) for v in values.get("fences", ())),
        )


@dataclass(frozen=True)
class TargetScale:
    """How a number is learned: as it is, standardised, or standardised after log(1 + y).

    smear: what the exponential of a prediction is multiplied by. The mean of exp(error) over residuals (Duan
    1983, "smearing estimate") makes predictions right in the mean; 1 leaves them right in the middle (median).
    """

    kind: Literal["none", "standard", "log"]
    mean: float = 0.0
    deviation: float = 1.0
    smear: float = 1.0

    @staticmethod
    def fitted(values: np.ndarray, kind: str) -> TargetScale:
        """Fit on the targets of training rows, float64 (m,); "log" needs values above -1, "auto" decides."""
        if kind == "none":
            return TargetScale("none")
        if kind == "auto":
            kind = "log" if is_better_as_log(values) else "standard"
        learned = np.log1p(values) if kind == "log" else values
        deviation = float(learned.std())
        return TargetScale(
            "log" if kind == "log" else "standard", float(learned.mean()), deviation if deviation > 0 else 1.0
        )

    def forward(self, values: np.ndarray) -> np.ndarray:
        """From the target's unit to what is learned, float64."""
        values = np.asarray(values, np.float64)
        if self.kind == "none":
            return values
        return np.asarray(((np.log1p(values) if self.kind == "log" else values) - self.mean) / self.deviation)

    def back(self, learned: np.ndarray) -> np.ndarray:
        """From what was predicted to the target's unit, float64."""
        learned = np.asarray(learned, np.float64)
        if self.kind == "none":
            return learned
        values = learned * self.deviation + self.mean
        if self.kind == "log":
            return np.asarray(np.exp(np.minimum(values, _EXPONENT)) * self.smear - 1)
        return values

    def with_smearing(self, residuals: np.ndarray) -> TargetScale:
        """The same, right in the mean for errors like these.

        Args:
            residuals: truth less prediction as learned (`forward` of the truth less the network's output).
        """
        if self.kind != "log" or len(residuals) == 0:
            return self
        errors = np.asarray(residuals, np.float64) * self.deviation
        return dataclasses.replace(self, smear=float(np.exp(np.minimum(errors, _EXPONENT)).mean()))

    def words(self, name: str) -> Words | None:
        """What is done to the target, where it is the logarithm."""
        if self.kind != "log":
            return None
        return Words(
            f"'{name}' is positive and skewed: its logarithm is learned, and predictions are in its own unit.",
            f"'{name}' 값은 양수이고 한쪽으로 치우쳐서 로그를 배웁니다. 예측은 원래 단위로 나옵니다.",
        )

    def loss_words(self, name: str) -> Words:
        """In which unit the loss of a training counts.

        Args:
            name: of the target.
        """
        size = amount(self.deviation)
        if self.kind == "none":
            return Words(
                f"mean squared error, in the square of the unit of '{name}'",
                f"평균 제곱 오차, '{name}' 단위의 제곱",
            )
        if self.kind == "standard":
            return Words(
                f"mean squared error in deviations of '{name}'; 1 deviation is {size}",
                f"평균 제곱 오차, '{name}'의 표준편차({size})를 1로 셈",
            )
        return Words(
            f"mean squared error of log(1 + '{name}') in its deviations; 1 deviation is a factor of {np.exp(self.deviation):,.3g}",
            f"log(1 + '{name}')의 평균 제곱 오차, 표준편차({np.exp(self.deviation):,.3g}배)를 1로 셈",
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return dataclasses.asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> TargetScale:
        """Back from `as_dict`."""
        kind = values["kind"]
        if kind not in ("none", "standard", "log"):
            raise ValueError(kind)
        return TargetScale(
            kind, float(values["mean"]), float(values["deviation"]), float(values.get("smear", 1.0))
        )


def is_better_as_log(values: np.ndarray) -> bool:
    """Whether a target, float64 (m,), is from 0 on and skewed, and its logarithm much less so."""
    from scipy.stats import skew

    if values.min() < 0 or values.min() == values.max():
        return False
    before = float(skew(values))
    return before > SKEWED and abs(float(skew(np.log1p(values)))) <= (1 - RIGHTED) * before
