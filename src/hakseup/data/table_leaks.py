"""Columns that give the target away, in sentences: each by itself, or as the parts of a total."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hakseup.data.table_words import Finding, listed
from hakseup.words import Words, josa


def given_away(facts: Mapping[str, Any]) -> Iterator[Finding]:
    """What `look` finds of it.

    Args:
        facts: of `table_looking.facts`.
    """
    if facts["target"] is None:
        return
    words = {column["name"]: column["words"] for column in facts["columns"]}
    target, leaks, parts = facts["target"]["words"], facts["leaks"], facts["together"]
    if leaks:
        yield "problem", "leak", leak([words[one["name"]] for one in leaks], target, leaks[-1]["score"])
    if parts:
        yield "problem", "leak", together([words[name] for name in parts["names"]], target)


def leak(names: Sequence[Mapping[str, str]], target: Mapping[str, str], score: float) -> Words:
    """That columns give the target away.

    Args:
        names: of the columns, and target, its name: {"en", "ko"}.
        score: share of the target that each explains, at least.
    """
    said, one = listed(names), len(names) == 1
    share = Words("all", "모두") if score > 0.9995 else Words(f"at least {score:.1%}", f"{score:.1%} 이상")
    return Words(
        f"{said.en} {'gives' if one else 'give'} {target['en']} away: from {'this column' if one else 'each of these columns'} "
        f"alone {share.en} of it follows. If {'it is' if one else 'they are'} only known once the answer "
        f"is, leave {'it' if one else 'them'} out with --ignore.",
        f"{said.ko}: 이 열{'' if one else '들 각각'}만 보아도 {josa(target['ko'], '을/를')} {share.ko} "
        "알 수 있습니다. 답을 안 뒤에야 알게 되는 열이라면 --ignore로 빼세요.",
    )


def together(names: Sequence[Mapping[str, str]], target: Mapping[str, str]) -> Words:
    """That the target is a sum of columns.

    Args:
        names: of the columns, and target, its name: {"en", "ko"}.
    """
    said = listed(names)
    return Words(
        f"{target['en']} follows from these columns together, as a total from its parts: {said.en}. If they are only known once the "
        "answer is, leave them out with --ignore.",
        f"{josa(target['ko'], '은/는')} 다음 열을 합치면 그대로 계산됩니다(합계와 그 항목처럼): {said.ko}. 답을 안 뒤에야 알게 되는 "
        "열이라면 --ignore로 빼세요.",
    )
