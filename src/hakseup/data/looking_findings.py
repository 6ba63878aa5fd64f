"""What the facts of `look` mean: sentences that say what is wrong with the data and what to do, worst first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hakseup.data.sizing import from_key, size_text
from hakseup.errors import HakseupError
from hakseup.words import Words, josa

FEW = 8  # pictures outside the test part, of ten in all: a class below that is nearly empty
FEW_TESTED = 100  # below that a single picture moves the accuracy visibly
UNEVEN = 3.0  # largest class / smallest class
TELLING = 0.5  # share of the variance of brightness that the class explains
DIFFERENT = 25  # of 255: mean brightness of classes that lie closer together is no difference to speak of
_LEVELS = ("problem", "note", "good")
_PARTS = {
    "train": Words("the training part", "학습 부분"),
    "validation": Words("the validation part", "검증 부분"),
    "test": Words("the test part", "테스트 부분"),
    "all": Words("the data", "데이터"),
}

_MODES = {
    "1": Words("black and white", "흑백(1비트)"),
    "L": Words("grayscale", "회색조"),
    "LA": Words("grayscale with transparency", "투명도가 있는 회색조"),
    "P": Words("palette of colours", "팔레트 색"),
    "PA": Words("palette with transparency", "투명도가 있는 팔레트 색"),
    "RGB": Words("colour", "컬러"),
    "RGBA": Words("colour with transparency", "투명도가 있는 컬러"),
    "RGBX": Words("colour", "컬러"),
    "CMYK": Words("colour for print", "인쇄용 컬러"),
    "YCbCr": Words("colour", "컬러"),
    "I;16": Words("16-bit grayscale", "16비트 회색조"),
    "I": Words("32-bit grayscale", "32비트 회색조"),
    "F": Words("floating-point grayscale", "실수 회색조"),
}

Finding = tuple[str, str, Words]  # level, code, sentences


def findings(facts: Mapping[str, Any], trouble: HakseupError | None) -> list[dict[str, str]]:
    """Sentences about the data, problems first, then what is worth knowing, then what is well.

    Args:
        facts: of `looking.facts`.
        trouble: why a training would refuse these data; None: it would not.
    """
    found: list[Finding] = []
    if trouble is not None:
        hint = trouble.hint or Words("", "")
        words = Words(f"{trouble.message.en} {hint.en}".strip(), f"{trouble.message.ko} {hint.ko}".strip())
        found.append(("problem", trouble.code, words))
    for about in (_conflicts, _across, _refused, _classes, _test, _inside, _flat, _light, _sizes, _modes):
        found.extend(about(facts))
    return worst_first(found)


def worst_first(found: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings as plain values, problems first; inside a level their order is kept."""
    ordered = sorted(found, key=lambda finding: _LEVELS.index(finding[0]))
    return [{"level": level, "code": code, **words.as_dict()} for level, code, words in ordered]


def verdict(found: Sequence[Mapping[str, str]]) -> Words:
    """The short answer: can one train on these data as they are?

    Args:
        found: what `findings` gave.
    """
    problems, notes = (sum(finding["level"] == level for finding in found) for level in ("problem", "note"))
    if problems:
        return Words(
            f"{problems} {'problem' if problems == 1 else 'problems'} to solve first.",
            f"먼저 풀어야 할 문제가 {problems}가지 있습니다.",
        )
    if notes:
        return Words(
            f"Ready to train, with {notes} {'thing' if notes == 1 else 'things'} to know.",
            f"바로 학습할 수 있습니다. 알아 둘 것이 {notes}가지 있습니다.",
        )
    return Words("Ready to train.", "바로 학습할 수 있습니다.")


def _conflicts(facts: Mapping[str, Any]) -> Iterator[Finding]:
    n = facts["duplicates"]["conflicts"]
    if n:
        first = next(pair for pair in facts["duplicates"]["pairs"] if pair["kind"] == "conflict")
        a, b = first["a"], first["b"]
        yield (
            "problem",
            "conflicting-labels",
            Words(
                f"{n:,} {'picture is' if n == 1 else 'pictures are'} in two classes at once, for example "
                f"{a['where']} ({a['label']}) and {b['where']} ({b['label']}). Keep each in the class it belongs to.",
                f"같은 그림 {n:,}장이 두 클래스에 함께 들어 있습니다. 예: {a['where']}({a['label']}), "
                f"{b['where']}({b['label']}). 맞는 클래스에만 남기세요.",
            ),
        )


def _across(facts: Mapping[str, Any]) -> Iterator[Finding]:
    across = facts["duplicates"]["across"]
    tested = next((part["n"] for part in facts["parts"] if part["part"] == "test"), 0)
    n = across["test_in_training"] + across["test_in_validation"]
    if n:
        yield (
            "problem" if n > 0.01 * tested else "note",
            "test-in-training",
            Words(
                f"{n:,} of the {tested:,} test pictures also {'appears' if n == 1 else 'appear'} in the training part: a "
                "model could know the answer by heart. The copies are left out of training; nothing needs to be done.",
                f"테스트 그림 {tested:,}장 중 {n:,}장이 학습 부분에도 있습니다. 모델이 답을 외울 수 있으므로 학습에서 "
                "자동으로 뺍니다. 따로 할 일은 없습니다.",
            ),
        )
    n = across["validation_in_training"]
    if n:
        yield (
            "note",
            "validation-in-training",
            Words(
                f"{n:,} validation {'picture also appears' if n == 1 else 'pictures also appear'} in the training part. "
                "The copies are left out of training; nothing needs to be done.",
                f"검증 그림 {n:,}장이 학습 부분에도 있습니다. 학습에서 자동으로 빼므로 따로 할 일은 없습니다.",
            ),
        )


def _refused(facts: Mapping[str, Any]) -> Iterator[Finding]:
    n = facts["refused_n"]
    if n:
        first = facts["refused"][0]
        share = n / (n + facts["n"])
        en, ko = (first[language].rstrip(".") for language in ("en", "ko"))
        yield (
            "problem" if share > 0.01 else "note",
            "refused",
            Words(
                f"{n:,} {'file' if n == 1 else 'files'} could not be used and {'is' if n == 1 else 'are'} left out, "
                f"for example {first['where']}: {en}. Repair or remove what is listed.",
                f"파일 {n:,}개를 쓸 수 없어 뺐습니다. 예: {first['where']}: {ko}. 목록에 있는 파일을 "
                "고치거나 지우세요.",
            ),
        )


def _classes(facts: Mapping[str, Any]) -> Iterator[Finding]:
    n = class_totals(facts)
    names = {c["key"]: c for c in facts["classes"]}
    few = [key for key, count in n.items() if 0 < count < FEW]
    empty = [key for key, count in n.items() if count == 0]
    if empty:
        en, ko = _listed(empty, names)
        yield (
            "problem",
            "empty-class",
            Words(
                f"No picture outside the test part: {en}. Add pictures, or leave the class out with --classes.",
                f"테스트 부분 밖에 그림이 한 장도 없는 클래스: {ko}. 그림을 더하거나 --classes로 빼세요.",
            ),
        )
    if few:
        en, ko = _listed(few, names, n)
        yield (
            "note",
            "near-empty-class",
            Words(
                f"Fewer than {FEW} pictures to learn from: {en}. What is learnt of {'it' if len(few) == 1 else 'them'} "
                "will be little more than chance; add pictures.",
                f"배울 그림이 {FEW}장도 안 되는 클래스: {ko}. 우연히 맞히는 것과 다르지 않을 수 있으니 그림을 더하세요.",
            ),
        )
    present = {key: count for key, count in n.items() if count}
    if len(present) < 2:
        return
    most, least = max(present, key=present.__getitem__), min(present, key=present.__getitem__)
    ratio = present[most] / present[least]
    if ratio >= UNEVEN:
        share = present[most] / sum(present.values())
        yield (
            "note",
            "uneven-classes",
            Words(
                f"The classes are uneven: {names[most]['en']} has {present[most]:,} pictures, {names[least]['en']} "
                f"{present[least]:,}. Always answering '{names[most]['en']}' would already be right {share:.0%} of the "
                "time, so read the scores by class; --set training.class_weight=balanced gives rare classes their weight.",
                f"클래스의 그림 수가 고르지 않습니다: {names[most]['ko']} {present[most]:,}장, {names[least]['ko']} "
                f"{present[least]:,}장. 늘 '{names[most]['ko']}'라고만 답해도 {share:.0%}는 맞으므로 클래스별 점수를 "
                "보세요. --set training.class_weight=balanced를 쓰면 드문 클래스도 같은 무게로 배웁니다.",
            ),
        )
    elif ratio < 1.5 and not few and not empty:
        yield (
            "good",
            "even-classes",
            Words(
                f"The classes are even: {present[least]:,} to {present[most]:,} pictures each to learn from.",
                f"클래스의 그림 수가 고릅니다: 배울 그림이 클래스마다 {present[least]:,}~{present[most]:,}장.",
            )
            if ratio > 1
            else Words(
                f"The classes are even: {present[most]:,} pictures each to learn from.",
                f"클래스의 그림 수가 같습니다: 배울 그림이 클래스마다 {present[most]:,}장.",
            ),
        )


def _test(facts: Mapping[str, Any]) -> Iterator[Finding]:
    part = next((part for part in facts["parts"] if part["part"] == "test"), None)
    if part is None:
        return
    n = part["n"]
    if n < FEW_TESTED:
        yield (
            "note",
            "small-test",
            Words(
                f"The test part has only {n:,} {'picture' if n == 1 else 'pictures'}: one picture more or less right "
                f"moves the accuracy by {100 / max(n, 1):.1f} points. Read the interval, not the figure alone.",
                f"테스트 그림이 {n:,}장뿐이라 한 장에 정확도가 {100 / max(n, 1):.1f}%p씩 움직입니다. 숫자 하나보다 "
                "신뢰구간을 보세요.",
            ),
        )
    if part["official"]:
        words = Words(
            f"The data bring their own test part ({n:,} pictures). Its labels stay sealed until a model is evaluated.",
            f"데이터에 테스트 부분이 따로 있습니다({n:,}장). 정답은 평가할 때까지 봉인됩니다.",
        )
    else:
        words = Words(
            f"The data bring no test part: {n:,} pictures are set aside; their labels stay sealed until a model is evaluated.",
            f"데이터에 테스트 부분이 없어 {n:,}장을 떼어 두고 정답은 평가할 때까지 봉인합니다.",
        )
    yield "good", "test-sealed", words


def _inside(facts: Mapping[str, Any]) -> Iterator[Finding]:
    inside = facts["duplicates"]["inside"]
    n = sum(tally["pictures"] for tally in inside.values())
    if n:
        parts = list(inside)
        en = ", ".join(f"{inside[part]['pictures']:,} in {_PARTS[part].en}" for part in parts)
        ko = ", ".join(f"{_PARTS[part].ko}에 {inside[part]['pictures']:,}장" for part in parts)
        other = Words("another in the same part", "같은 부분의 다른 그림")
        if parts == ["all"]:  # the data come undivided
            en = ko = ""
            other = Words("another", "다른 그림")
        else:
            en, ko = f" ({en})", f"({ko})"
        yield (
            "note",
            "duplicates",
            Words(
                f"{n:,} {'picture is an exact copy' if n == 1 else 'pictures are exact copies'} of {other.en}{en}. "
                f"Equal pictures never fall on both sides of a split, so no score is flattered; there is "
                "only less to learn from than it seems.",
                f"그림 {n:,}장이 {other.ko}과 똑같습니다{ko}. 같은 그림은 나눌 때 늘 한쪽으로 가므로 "
                "점수가 부풀지는 않지만, 배울 그림은 보기보다 적습니다.",
            ),
        )
    elif not any(facts["duplicates"]["across"].values()):
        yield "good", "no-duplicates", Words("No picture appears twice.", "두 번 들어 있는 그림이 없습니다.")


def _flat(facts: Mapping[str, Any]) -> Iterator[Finding]:
    n = facts["brightness"]["flat"]
    if n:
        yield (
            "note",
            "flat-pictures",
            Words(
                f"{n:,} {'picture is' if n == 1 else 'pictures are'} one flat colour: nothing can be seen in "
                f"{'it' if n == 1 else 'them'}. Remove what is damaged.",
                f"그림 {n:,}장은 한 가지 색뿐이라 아무것도 보이지 않습니다. 손상된 그림이면 지우세요.",
            ),
        )


def _light(facts: Mapping[str, Any]) -> Iterator[Finding]:
    share = facts["brightness"]["explained_by_class"]
    rows = _means(facts)
    if share >= TELLING and spread(facts) >= DIFFERENT:
        names = {c["key"]: c for c in facts["classes"]}
        light, dark = max(rows, key=rows.__getitem__), min(rows, key=rows.__getitem__)
        yield (
            "note",
            "telling-light",
            Words(
                f"Brightness alone tells much about the class: {share:.0%} of its differences. {names[light]['en']} is "
                f"the brightest (mean {rows[light]:.0f} of 255), {names[dark]['en']} the darkest ({rows[dark]:.0f}). If "
                "light or ground come from how the pictures were taken, a model may learn those instead.",
                f"밝기만 보아도 클래스를 꽤 알 수 있습니다(밝기 차이의 {share:.0%}). 가장 밝은 클래스는 "
                f"{josa(names[light]['ko'], '이고/고')}(평균 {rows[light]:.0f}/255) 가장 어두운 클래스는 "
                f"{names[dark]['ko']}입니다({rows[dark]:.0f}). 찍은 조건 때문이라면 모델이 모양 대신 "
                "밝기나 배경을 배울 수 있습니다.",
            ),
        )


def _sizes(facts: Mapping[str, Any]) -> Iterator[Finding]:
    sizes = facts["seen"].get("sizes", {})
    if len(sizes) == 1 and from_key(next(iter(sizes))) != tuple(facts["size"]):
        yield "note", "other-size", Words(**facts["size_why"])
    if len(sizes) > 1:
        often = max(sizes, key=sizes.__getitem__)
        size = size_text(facts["size"])
        yield (
            "note",
            "mixed-sizes",
            Words(
                f"The pictures come in {len(sizes):,} sizes, most often {size_text(from_key(often))} ({sizes[often]:,}). "
                f"All are brought to {size}; --set data.size=HEIGHT,WIDTH changes that.",
                f"그림 크기가 {len(sizes):,}가지이고 {size_text(from_key(often))} 크기가 {sizes[often]:,}장으로 가장 많습니다. "
                f"모두 {size}에 맞춥니다. --set data.size=높이,너비로 바꿀 수 있습니다.",
            ),
        )


def _modes(facts: Mapping[str, Any]) -> Iterator[Finding]:
    modes = facts["seen"].get("modes", {})
    if len(modes) > 1:
        common = sorted(modes.items(), key=lambda item: -item[1])[:5]
        en = ", ".join(f"{mode_name(mode).en} {n:,}" for mode, n in common)
        ko = ", ".join(f"{mode_name(mode).ko} {n:,}장" for mode, n in common)
        target = Words("grayscale", "회색조") if facts["channels"] == 1 else Words("colour", "컬러")
        yield (
            "note",
            "mixed-modes",
            Words(
                f"The files are of different kinds ({en}); all are read as {target.en}.",
                f"파일의 색 형식이 섞여 있습니다({ko}). 모두 {josa(target.ko, '으로/로')} 읽습니다.",
            ),
        )


def spread(facts: Mapping[str, Any]) -> float:
    """How far the mean brightness of the brightest class is from that of the darkest, of 255."""
    means = _means(facts)
    return max(means.values()) - min(means.values()) if means else 0.0


def _means(facts: Mapping[str, Any]) -> dict[str, float]:
    """Class key -> mean brightness, of the classes that have pictures."""
    by_class = facts["brightness"]["by_class"]
    return {key: row["mean"] for key, row in by_class.items() if row["mean"] is not None}


def mode_name(mode: str) -> Words:
    """What Pillow's name of a mode means, in words; the name itself where it is a rare one."""
    return _MODES.get(mode, Words(mode, mode))


def class_totals(facts: Mapping[str, Any]) -> dict[str, int]:
    """Class key -> pictures outside the test part, in the order of the classes."""
    out = {c["key"]: 0 for c in facts["classes"]}
    for part, counts in facts["counts"].items():
        if part != "test" and counts is not None:
            for key, n in counts.items():
                out[key] += n
    return out


def _listed(keys: list[str], names: Mapping[str, Any], n: Mapping[str, int] | None = None) -> tuple[str, str]:
    """The first few classes by name, in both languages, with their counts."""

    def one(key: str, language: str) -> str:
        return str(names[key][language]) + (f" ({n[key]})" if n else "")

    rest = len(keys) - 6
    en, ko = (", ".join(one(key, language) for key in keys[:6]) for language in ("en", "ko"))
    return (f"{en} and {rest:,} more", f"{ko} 외 {rest:,}개") if rest > 0 else (en, ko)
