"""False alarms: how often “I do not know” is said of a picture like the training pictures, and what that rate rests on.

With enough validation pictures the rate holds whatever the distances are like (conformal p-values): a new picture of
the same kind is as likely to have the largest score as any of them. With fewer than 1 / rate no count can show so
small a rate; then the logarithms of the scores are taken to be normal (Student's prediction interval), and it is said.
Where each picture was looked at in several views, pictures differ from one another and views of one picture do: both
spreads are in that interval, each with the degrees of freedom it was seen with.

Sources: Vovk (2012), Conditional validity of inductive conformal predictors, ACML, 475-490; Student (1908),
Biometrika 6, 1-25; Hahn (1969), Journal of the American Statistical Association 64, 878-888 (the interval);
Satterthwaite (1946), Biometrics Bulletin 2, 110-114 (two spreads).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hakseup.words import Words

SPREAD = 0.1  # the logarithms of the scores are taken to spread at least by this
FAR = 10.0  # times as unlike as the validation pictures
NEAR = 0.1  # scores below this (next to a training picture) all count as this


@dataclass(frozen=True)
class Alarms:
    """The rule by which a score is too large.

    known: scores of validation pictures, (n,), rising; or of views of each, (n, v). asked: the rate asked for; 0:
    nothing is refused.
    """

    known: np.ndarray
    asked: float

    @property
    def n(self) -> int:
        """How many validation pictures it rests on."""
        return len(self.known)

    @property
    def counted(self) -> bool:
        """Whether the validation pictures are enough to count so small a rate."""
        return self._among > 0

    @property
    def _among(self) -> int:
        return int(self.asked * (self.n + 1) + 1e-9)

    @property
    def rate(self) -> float | None:
        """The share of pictures like these that is refused on average; None where that cannot be said at all."""
        if self.asked == 0:
            return 0.0
        if self.counted:
            return self._among / (self.n + 1)
        return self.asked if self.n > 1 else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the rate of this one model lies, by the luck of which pictures validated it (95 %); None where it is assumed."""
        if self.asked == 0 or not self.counted:
            return None
        from scipy.special import betaincinv

        low, high = betaincinv(self._among, self.n + 1 - self._among, [0.025, 0.975])
        return float(low), float(high)

    def p_values(self, scores: np.ndarray) -> np.ndarray:
        """How often a picture like the validation pictures has a score at least as large, (b,).

        Args:
            scores: (b,).
        """
        if self.counted or self.n < 2:
            rising = self._rising  # of each picture the share of its views
            views = max(rising.size // max(self.n, 1), 1)
            above = (rising.size - np.searchsorted(rising, scores, side="left")) / views
            out: np.ndarray = (1 + above) / (self.n + 1)
            return out
        from scipy.special import stdtr

        middle, deviation, freedom = self._usual
        away = (np.log(np.maximum(scores.astype(np.float64), NEAR)) - middle) / deviation
        return np.asarray(stdtr(freedom, -away))

    @cached_property
    def _rising(self) -> np.ndarray:
        """All scores, rising: sorted once, not for every picture."""
        return np.sort(self.known, axis=None)

    @cached_property
    def _usual(self) -> tuple[float, float, float]:
        """Of the logarithm of a new picture's score: what is expected, the deviation from it, its degrees of freedom."""
        seen = np.log(np.maximum(self.known.astype(np.float64), NEAR)).reshape(self.n, -1)  # (n, v)
        middles, views = seen.mean(1), seen.shape[1]
        between = max(float(middles.std(ddof=1)), SPREAD) ** 2 * (1 + 1 / self.n)
        spread, freedom = between, self.n - 1.0
        if views > 1:
            within = float(seen.var(1, ddof=1).mean()) * (1 - 1 / views)  # the rest of it is in `between`
            spread = between + within
            # of a sum of two variances that rest on different numbers (Satterthwaite)
            freedom = spread**2 / (between**2 / (self.n - 1) + within**2 / (self.n * (views - 1)))
        return float(middles.mean()), float(np.sqrt(spread)), freedom

    @property
    def _far(self) -> bool:
        """Whether the validation pictures are so few that a picture must be absurdly unlike them to be refused."""
        if self.counted or self.n < 2:
            return False
        from scipy.special import stdtrit

        _middle, deviation, freedom = self._usual
        return bool(stdtrit(freedom, 1 - self.asked) * deviation > np.log(FAR))

    def refused(self, scores: np.ndarray) -> np.ndarray:
        """Which scores are too large, bool (b,)."""
        return self.rare(self.p_values(scores))

    def rare(self, p_values: np.ndarray) -> np.ndarray:
        """As `refused`, of what `p_values` gave."""
        if self.rate in (None, 0):
            return np.zeros(len(p_values), bool)
        out: np.ndarray = p_values <= self.asked
        return out

    def as_dict(self) -> dict[str, Any]:
        """Plain values: what was asked, the rate, its interval, what it rests on, and a sentence."""
        interval = self.interval
        return {
            "asked": self.asked,
            "rate": self.rate,
            "interval": list(interval) if interval else None,
            "n": self.n,
            "counted": self.counted,
            **self.words().as_dict(),
        }

    def words(self) -> Words:
        """The rate as a promise, in a sentence."""
        n = f"{self.n:,}"
        if self.asked == 0:
            return Words(
                "Only empty pictures get “I do not know”: the share of false alarms was set to 0.",
                "헛경보 비율이 0이므로 빈 그림에만 ‘모르겠습니다’라고 답합니다.",
            )
        if self.rate is None:
            return Words(
                "Only empty pictures get “I do not know”: there are too few validation pictures for more.",
                "검증 그림이 너무 적어 빈 그림에만 ‘모르겠습니다’라고 답합니다.",
            )
        rate = share(self.rate)
        changed = Words("", "")
        if self.known.ndim == 2:
            changed = Words(
                ", also when moved, turned or bent in the ways of the augmentation",
                "(증강처럼 옮기거나 돌리거나 구부린 것도)",
            )
        if self._far:
            return Words(
                f"“I do not know” is hardly ever said, except of empty pictures and noise: {n} validation pictures do not show how unlike a "
                "picture must be. More pictures help.",
                f"빈 그림이나 잡음이 아니면 ‘모르겠습니다’라고 거의 답하지 않습니다. 검증 그림 {n}장으로는 얼마나 달라야 모르는 그림인지 알 수 없습니다. "
                "그림을 더 모으면 나아집니다.",
            )
        if not self.counted:
            return Words(
                f"“I do not know” is said of about {rate} of pictures like the training pictures{changed.en}, if their "
                f"distances follow the usual bell curve; {n} validation pictures cannot show so small a share.",
                f"학습 그림과 비슷한 그림{changed.ko}에 ‘모르겠습니다’라고 답하는 비율은 거리가 정규 분포를 따른다고 볼 때 약 {rate}입니다. "
                f"검증 그림 {n}장으로는 이렇게 작은 비율을 직접 셀 수 없습니다.",
            )
        low, high = (share(end) for end in self.interval or (0.0, 1.0))
        return Words(
            f"“I do not know” is said of about {rate} of pictures like the training pictures{changed.en} (95% interval {low} to "
            f"{high}, from {n} validation pictures).",
            f"학습 그림과 비슷한 그림{changed.ko}에도 약 {rate}는 ‘모르겠습니다’라고 답합니다"
            f"(95% 구간 {low}~{high}, 검증 그림 {n}장 기준).",
        )


def share(value: float) -> str:
    """A small share with two digits: 1%, 0.69%, 14%."""
    return f"{100 * value:.2g}%"
