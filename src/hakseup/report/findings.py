"""What the numbers say, in sentences: the answer that stands above each figure.

Every function takes facts (see `facts.collect`) and gives `{"en": …, "ko": …}` or None. Nothing here draws a
conclusion that the numbers beside it do not carry: where an interval is too wide, the sentence says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hakseup.report import certainty as certainty_findings
from hakseup.report import training_findings as curves
from hakseup.report.numbers import known, number, percent
from hakseup.report.said import Pair, pair
from hakseup.words import Words, josa

FEW = 50  # with fewer pictures than this nothing is said of calibration
_BASELINES = {
    "majority": Words("always guessing the most common class", "언제나 가장 흔한 클래스로 답하기"),
    "linear": Words("a linear model", "선형 모델"),
}


def all_of(facts: Mapping[str, Any]) -> dict[str, Pair | None]:
    """Every finding by name."""
    return {
        "baselines": baselines(facts),
        "baseline": against_baselines(facts),
        "training": curves.training(facts),
        "validation_use": curves.validation_use(facts),
        "loss": curves.loss(facts),
        "accuracy": curves.accuracy(facts),
        "gap": curves.gap(facts),
        "mistakes": mistakes(facts),
        "certainty": certainty(facts),
        "calibrated": certainty_findings.calibrated(facts),
        "losses": certainty_findings.losses(facts),
        "unknown": certainty_findings.unknown(facts),
        "data": data(facts),
        "balance": balance(facts),
        "network": network(facts),
    }


def baseline(name: str, titles: Mapping[str, Pair] | None = None) -> Pair:
    """What a baseline is called in a sentence.

    Args:
        name: as in scores.json.
        titles: the titles that scores.json gives, for names that are not known here.
    """
    known_here = _BASELINES.get(name)
    if known_here:
        return known_here.as_dict()
    return dict((titles or {}).get(name) or {"en": name, "ko": name})


def baselines(facts: Mapping[str, Any]) -> Pair | None:
    """What the simple means reach on the same pictures."""
    headline = facts["headline"]
    if not headline or not headline["baselines"]:
        return None
    n = headline["n"]
    en = [f"{b['words']['en']} {'would reach ' if not i else ''}{percent(b['accuracy'], n)}"
          for i, b in enumerate(headline["baselines"])]  # fmt: skip
    ko = [f"{_topic(b)} {percent(b['accuracy'], n)}" for b in headline["baselines"]]
    said = "; ".join(en)
    return pair(f"{said[0].upper()}{said[1:]}.", f"{', '.join(ko)}를 맞힙니다.")


def _topic(row: Mapping[str, Any]) -> str:
    if row["name"] == "majority":
        return "언제나 가장 흔한 클래스로 답하면"
    return josa(str(row["words"]["ko"]), "은/는")


def against_baselines(facts: Mapping[str, Any]) -> Pair | None:
    """Whether the network is better than the best baseline: by the paired test where there is one, else by the intervals."""
    headline = facts["headline"]
    if not headline or not headline["baselines"]:
        return None
    best = headline["baselines"][-1]
    name, n = best["words"], headline["n"]
    versus = facts["score"].get("versus_baseline")
    ours, theirs = known(headline["interval"]), known(best["interval"])
    if versus:
        better = bool(versus["better"])
    elif ours and theirs:
        better = ours[0] > theirs[1]
    else:
        return None
    if better:
        return pair(
            f"That is better than {name['en']} by more than chance.",
            f"{name['ko']}보다 우연이라고 보기 어려울 만큼 낫습니다.",
        )
    if headline["accuracy"] > best["accuracy"]:
        return pair(
            f"These {n:,} pictures do not settle whether that is better than {name['en']}.",
            f"그림 {n:,}장만으로는 {name['ko']}보다 나은지 가릴 수 없습니다.",
        )
    return pair(
        f"That is no better than {name['en']}: a simpler means does as well here.",
        f"{name['ko']}보다 낫지 않습니다. 여기서는 더 간단한 방법으로도 충분합니다.",
    )


def mistakes(facts: Mapping[str, Any]) -> Pair | None:
    """How many were wrong, and the most frequent confusion."""
    confusion = facts["confusion"]
    if confusion is None:
        return None
    n, wrong, pairs = confusion["n"], confusion["wrong"], confusion["pairs"]
    if not wrong:
        return pair(
            f"Nowhere: all {n:,} pictures were right.", f"틀린 것이 없습니다. {n:,}장을 모두 맞혔습니다."
        )
    en, ko = (
        f"{wrong:,} of {n:,} {'was' if wrong == 1 else 'were'} wrong.",
        f"{n:,}장 중 {wrong:,}장을 틀렸습니다.",
    )
    if pairs and pairs[0]["n"] > 1:
        truth, label = (facts["classes"][pairs[0][c]] for c in ("truth", "label"))
        en += f" Most often {truth['en']} was taken for {label['en']} ({pairs[0]['n']:,} times)."
        ko += f" {josa(truth['ko'], '을/를')} {josa(label['ko'], '으로/로')} 본 것이 가장 많습니다({pairs[0]['n']:,}번)."
    return pair(en, ko)


def certainty(facts: Mapping[str, Any]) -> Pair | None:
    """Whether the probabilities can be believed: their mean against the share that is right."""
    score = facts["score"]
    bins = [b for b in (score or {}).get("calibration", {}).get("bins", []) if b["n"]]
    if not bins:
        return None
    n = sum(b["n"] for b in bins)
    claimed, right = certainty_findings.claims(bins)
    if n < FEW:
        return pair(f"With {n} pictures nobody can say.", f"그림 {n}장으로는 판단할 수 없습니다.")
    interval = known(score["interval"].get("accuracy"))
    c, r = percent(claimed, min(n, 1000)), percent(right, min(n, 1000))
    if interval and interval[0] <= claimed <= interval[1]:
        return pair(
            f"Yes: on average it claims {c} and is right {r} of the time.",
            f"네. 평균 {c}만큼 확신하고 실제로 {r}를 맞힙니다.",
        )
    if claimed > right:
        return pair(
            f"Not quite: on average it claims {c} but is right {r} of the time.",
            f"다 믿을 수는 없습니다. 평균 {c}만큼 확신하지만 실제로는 {r}를 맞힙니다.",
        )
    return pair(
        f"It is too modest: on average it claims {c} but is right {r} of the time.",
        f"너무 조심스럽습니다. 평균 {c}만큼 확신하지만 실제로는 {r}를 맞힙니다.",
    )


def data(facts: Mapping[str, Any]) -> Pair | None:
    """How many pictures, in how many classes."""
    source = facts["source"]
    if source is None:
        return None
    k = len(source["classes"])
    return pair(
        f"{source['n']:,} pictures in {k:,} classes.", f"그림 {source['n']:,}장, 클래스 {k:,}개입니다."
    )


def balance(facts: Mapping[str, Any]) -> Pair | None:
    """Whether the classes are about equally common among the training pictures."""
    counts = ((facts["source"] or {}).get("counts") or {}).get("train")
    if not counts or min(counts.values()) == 0:
        return None
    low, high = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    ratio = counts[high] / counts[low]
    if ratio < 1.5:
        return pair("The classes are about equally common.", "클래스마다 그림 수가 비슷합니다.")
    words = {c["key"]: c for c in facts["classes"]}
    return pair(
        f"{words[high]['en']} is {number(ratio, 1)} times as common as {words[low]['en']}: rare classes are learnt "
        "less well.",
        f"{josa(words[high]['ko'], '이/가')} {words[low]['ko']}보다 {number(ratio, 1)}배 많습니다. 드문 클래스는 덜 배우게 됩니다.",
    )


def network(facts: Mapping[str, Any]) -> Pair | None:
    """How many layers and parameters."""
    about = facts["network"]
    if about is None:
        return None
    n, parameters = len(facts["layers"]), f"{about['parameters']:,}"
    if about["kind"] == "module":
        return pair(
            f"A network of your own, {parameters} parameters.",
            f"직접 만든 신경망, 파라미터 {parameters}개입니다.",
        )
    layers = "1 layer" if n == 1 else f"{n:,} layers"
    return pair(f"{layers}, {parameters} parameters.", f"층 {n:,}개, 파라미터 {parameters}개입니다.")
