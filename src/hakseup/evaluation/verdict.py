"""Whether one model is better than another, in a sentence."""

from __future__ import annotations

from hakseup.metrics.differences import SIGNIFICANT, Paired
from hakseup.words import Words, josa


def verdict(first: Words, second: Words, paired: Paired, p_value: float, *, rows: bool = False) -> Words:
    """What the comparison of two classifiers on the same pictures says.

    Args:
        first, second: names of the two.
        paired: who is right where.
        p_value: the one that counts (it may be corrected for several comparisons).
        rows: they were scored on rows of a table, not on pictures.
    """

    def counted(n: int) -> Words:
        one, ko = ("row", f"{n:,}행") if rows else ("picture", f"그림 {n:,}장")
        return Words(f"{n:,} {one if n == 1 else one + 's'}", ko)

    if paired.first_only == paired.second_only == 0:
        return Words(
            f"{first.en} and {second.en} are right and wrong on the same {'rows' if rows else 'pictures'}, all "
            f"{paired.n:,} of them.",
            f"{first.ko}, {second.ko}: {counted(paired.n).ko} 모두에서 맞고 틀림이 같습니다.",
        )
    chance = percent(p_value)
    ahead = first if paired.first_only > paired.second_only else second
    said, one, other = end(ahead, p_value), counted(paired.first_only), counted(paired.second_only)
    return Words(
        f"On {one.en} only {first.en} is right, on {paired.second_only:,} only {second.en}; "
        f"between equals a difference this large arises by chance in {chance.en} of cases: {said.en}.",
        f"{one.ko}은 {first.ko}만, {other.ko.removeprefix('그림 ')}은 {second.ko}만 맞혔습니다. "
        f"실력이 같아도 이만한 차이가 우연히 생길 확률은 {chance.ko}입니다. {said.ko}.",
    )


def end(ahead: Words, p_value: float) -> Words:
    """Whether the one that is ahead is better by more than chance, as the end of a sentence."""
    if p_value < SIGNIFICANT:
        return Words(f"{ahead.en} is better", f"{josa(ahead.ko, '이/가')} 더 낫다고 볼 수 있습니다")
    return Words("which is better cannot be said", "어느 쪽이 낫다고 말할 수 없습니다")


def percent(share: float) -> Words:
    """A share for people: 0.5%, 31%, less than 0.01%."""
    value = 100 * share
    if value < 0.01:
        return Words("less than 0.01%", "0.01% 미만")
    digits = 0 if value >= 10 else 1 if value >= 0.1 else 2
    text = f"{value:.{digits}f}%"
    return Words(text, text)
