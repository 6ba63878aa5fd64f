"""Whether one model that predicts a number is better than another, in a sentence."""

from __future__ import annotations

from hakseup.evaluation.verdict import end, percent
from hakseup.metrics.intervals import Interval
from hakseup.words import Words, josa


def of_sizes(
    first: Words,
    second: Words,
    gap: float,
    interval: Interval | None,
    p_value: float,
    nearer: int,
    n: int,
) -> Words:
    """What the comparison of two models' errors on the same rows says.

    Args:
        first, second: names of the two.
        gap: RMSE of the first minus RMSE of the second; interval: its 95 % interval, None from fewer than six rows.
        p_value: how often chance alone does as much.
        nearer: on how many of the n rows the first is nearer.
    """
    if gap == 0 and p_value == 1:
        return Words(
            f"{first.en} and {second.en} miss by the same on all {n:,} rows.",
            f"{first.ko}, {second.ko}: {n:,}행 모두에서 오차가 같습니다.",
        )
    ahead, behind = (first, second) if gap < 0 else (second, first)
    said, chance = end(ahead, p_value), percent(p_value)
    size = _short(abs(gap))
    within = Words("", "")
    if interval is not None:
        low, high = sorted(interval, key=abs) if interval[0] * interval[1] > 0 else interval
        signed = -1 if gap < 0 else 1
        ends = sorted((signed * low, signed * high))
        within = Words(
            f" (95 % interval {_short(ends[0])} to {_short(ends[1])})",
            f"(95 % 신뢰구간 {_short(ends[0])}~{_short(ends[1])})",
        )
    return Words(
        f"the RMSE of {ahead.en} is lower than that of {behind.en} by {size}{within.en}; {first.en} is nearer on "
        f"{nearer:,} of {n:,} rows. Between equals a difference this large arises by chance in {chance.en} of cases: "
        f"{said.en}.",
        f"{ahead.ko}의 RMSE가 {behind.ko}보다 {size} 작습니다{within.ko}. {n:,}행 중 {nearer:,}행에서 "
        f"{josa(first.ko, '이/가')} 더 가깝습니다. 실력이 같아도 이만한 차이가 우연히 생길 확률은 {chance.ko}입니다. "
        f"{said.ko}.",
    )


def _short(value: float) -> str:
    """Three significant figures: 1,230, 12.3, -0.00123."""
    if abs(value) >= 100:
        digits = max(0, 3 - len(str(int(abs(value)))))
        return f"{float(f'{value:.3g}'):,.{digits}f}"
    return f"{value:.3g}"
