"""Whether one model is better than another, in a sentence."""

from __future__ import annotations

from hakseup.metrics.differences import SIGNIFICANT, Paired
from hakseup.words import Words, josa


def verdict(first: Words, second: Words, paired: Paired, p_value: float) -> Words:
    """What the comparison on the same pictures says.

    Args:
        first, second: names of the two.
        paired: who is right where.
        p_value: the one that counts (it may be corrected for several comparisons).
    """
    if paired.first_only == paired.second_only == 0:
        return Words(
            f"{first.en} and {second.en} are right and wrong on the same pictures, all {paired.n} of them.",
            f"{first.ko}, {second.ko}: 그림 {paired.n}장 모두에서 맞고 틀림이 같습니다.",
        )
    chance = percent(p_value)
    counts_en = (
        f"{first.en} is right on {paired.first_only} {_pictures(paired.first_only)} that {second.en} gets wrong, "
        f"{second.en} on {paired.second_only} that {first.en} gets wrong; a difference this large arises by "
        f"chance in {chance.en} of cases"
    )
    counts_ko = (
        f"{josa(first.ko, '은/는')} 상대가 틀린 그림 {paired.first_only}장을 맞혔고, "
        f"{josa(second.ko, '은/는')} {paired.second_only}장을 맞혔습니다. "
        f"이만한 차이가 우연히 생길 확률은 {chance.ko}입니다"
    )
    if p_value >= SIGNIFICANT:
        return Words(
            f"{counts_en}: too often to say which is better.",
            f"{counts_ko}. 어느 쪽이 낫다고 말할 수 없습니다.",
        )
    better = first if paired.first_only > paired.second_only else second
    return Words(
        f"{counts_en}: {better.en} is better by more than chance.",
        f"{counts_ko}. {josa(better.ko, '이/가')} 우연이라고 보기 어려울 만큼 더 낫습니다.",
    )


def _pictures(n: int) -> str:
    return "picture" if n == 1 else "pictures"


def percent(share: float) -> Words:
    """A share for people: 0.5 %, 31 %, less than 0.01 %."""
    value = 100 * share
    if value < 0.01:
        return Words("less than 0.01 %", "0.01 % 미만")
    digits = 0 if value >= 10 else 1 if value >= 0.1 else 2
    text = f"{value:.{digits}f} %"
    return Words(text, text)
