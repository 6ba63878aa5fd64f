"""What the numbers say, in sentences: the answer that stands above each figure.

Every function takes facts (see `facts.collect`) and gives `{"en": …, "ko": …}` or None. Nothing here draws a
conclusion that the numbers beside it do not carry: where an interval is too wide, the sentence says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hakseup.report import certainty as certainty_findings
from hakseup.report.numbers import known, number, percent
from hakseup.words import Words, josa

Pair = dict[str, str]
FEW = 50  # with fewer pictures than this nothing is said of calibration
FEW_TO_JUDGE = 30  # with fewer validation pictures than this nothing is said of the training
_BASELINES = {
    "majority": Words("always guessing the most common class", "언제나 가장 흔한 클래스로 답하기"),
    "linear": Words("a linear model", "선형 모델"),
}


def all_of(facts: Mapping[str, Any]) -> dict[str, Pair | None]:
    """Every finding by name."""
    return {
        "baselines": baselines(facts),
        "baseline": against_baselines(facts),
        "training": training(facts),
        "loss": loss(facts),
        "accuracy": accuracy(facts),
        "gap": gap(facts),
        "mistakes": mistakes(facts),
        "certainty": certainty(facts),
        "calibrated": certainty_findings.calibrated(facts),
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


def _pair(en: str, ko: str) -> Pair:
    return {"en": en, "ko": ko}


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
    return _pair(f"{said[0].upper()}{said[1:]}.", f"{', '.join(ko)}를 맞힙니다.")


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
        return _pair(
            f"That is better than {name['en']} by more than chance.",
            f"{name['ko']}보다 우연이라고 보기 어려울 만큼 낫습니다.",
        )
    if headline["accuracy"] > best["accuracy"]:
        return _pair(
            f"These {n:,} pictures do not settle whether that is better than {name['en']}.",
            f"그림 {n:,}장만으로는 {name['ko']}보다 나은지 가릴 수 없습니다.",
        )
    return _pair(
        f"That is no better than {name['en']}: a simpler means does as well here.",
        f"{name['ko']}보다 낫지 않습니다. 여기서는 더 간단한 방법으로도 충분합니다.",
    )


def _column(facts: Mapping[str, Any], name: str) -> list[float | None]:
    values: list[float | None] = facts["history"].get(name, [])
    return values if any(v is not None for v in values) else []


def _lowest(values: Sequence[float | None]) -> int:
    """The epoch (from 1) of the smallest value."""
    return 1 + min((v, i) for i, v in enumerate(values) if v is not None)[1]


def _epoch(facts: Mapping[str, Any]) -> int | None:
    """The chosen epoch, where one was chosen."""
    epoch = facts["run"].get("best_epoch")
    return int(epoch) if epoch and facts["state"].get("state") == "done" else None


def _at(values: Sequence[float | None], epoch: int | None) -> float | None:
    return values[epoch - 1] if epoch and epoch <= len(values) else None


def training(facts: Mapping[str, Any]) -> Pair | None:
    """Is the training healthy?"""
    state = facts["state"]["state"]
    if state == "diverged":
        return _pair(
            "No: the loss grew without bound, and the training was stopped.",
            "아닙니다. 오차가 걷잡을 수 없이 커져서 학습을 멈췄습니다.",
        )
    values = _column(facts, "val_loss")
    if state != "done":
        return _pair(
            "It is too early to say: the training has not finished.",
            "학습이 끝나지 않아 아직 말하기 이릅니다.",
        )
    if len(values) < 2:
        return _pair(
            "One epoch shows no course yet." if values else "There was no validation part to judge it by.",
            "에포크가 하나뿐이라 흐름을 볼 수 없습니다."
            if values
            else "검증 부분이 없어 판단할 수 없습니다.",
        )
    if _validation_n(facts) < FEW_TO_JUDGE:
        n = _validation_n(facts)
        return _pair(
            f"With {n} validation pictures that can hardly be judged.",
            f"검증 그림이 {n}장뿐이라 판단하기 어렵습니다.",
        )
    share = _largest_share(facts)
    reached = _at(_column(facts, "val_accuracy"), _epoch(facts))
    if share and reached is not None and reached < min(1.15 * share, (1 + share) / 2):
        return _pair(
            "Hardly: on validation pictures it is about as good as guessing the most common class.",
            "그렇지 않습니다. 검증 그림에서는 가장 흔한 클래스로 찍는 것과 비슷합니다.",
        )
    best, last = _lowest(values), len(values)
    lowest, end = values[best - 1], values[-1]
    learnt = _at(_column(facts, "accuracy"), _epoch(facts))
    if learnt is not None and reached is not None and learnt - reached > 0.1:
        return _pair(
            "In part: it knows the training pictures much better than new ones.",
            "어느 정도는 그렇습니다. 학습 그림은 잘 알지만 처음 보는 그림은 그만큼 알지 못합니다.",
        )
    if best == last:
        return _pair(
            "Yes, and it had not come to an end: more epochs may still help.",
            "네. 아직 나아지는 중이었으므로 에포크를 늘리면 더 좋아질 수 있습니다.",
        )
    if lowest is not None and end is not None and end > 1.1 * lowest and best < 0.9 * last:
        return _pair(
            f"Yes, up to epoch {best}. From there on it only learns the training pictures by heart.",
            f"에포크 {best}까지는 그렇습니다. 그 뒤로는 학습 그림을 외우기만 합니다.",
        )
    return _pair(
        "Yes: on new pictures it gets better until it settles.",
        "네. 처음 보는 그림에서도 나아지다가 자리를 잡습니다.",
    )


def _largest_share(facts: Mapping[str, Any]) -> float | None:
    counts = list(((facts["source"] or {}).get("counts") or {}).get("validation", {}).values())
    return max(counts) / sum(counts) if counts and sum(counts) else None


def loss(facts: Mapping[str, Any]) -> Pair | None:
    """Title of the figure of the loss."""
    values, trained = _column(facts, "val_loss"), _column(facts, "loss")
    if not values:
        if not trained:
            return None
        return _pair(
            f"Training loss ends at {number(trained[-1])}",
            f"학습 오차는 {number(trained[-1])}에서 끝났습니다",
        )
    best, last = _lowest(values), len(values)
    if last == 1:
        return _pair(
            f"After one epoch, validation loss is {number(values[0])}",
            f"한 에포크 뒤 검증 오차는 {number(values[0])}입니다",
        )
    if best == last:
        return _pair(
            f"Validation loss still falls at the last epoch, {last:,}",
            f"검증 오차는 마지막 에포크({last:,})까지 줄고 있습니다",
        )
    if best >= 0.9 * last:
        return _pair(
            f"Validation loss is lowest at epoch {best:,} of {last:,}",
            f"검증 오차는 에포크 {best:,}에서 가장 작습니다(전체 {last:,})",
        )
    return _pair(
        f"Validation loss stops falling at epoch {best:,}",
        f"검증 오차는 에포크 {best:,}부터 더 줄지 않습니다",
    )


def accuracy(facts: Mapping[str, Any]) -> Pair | None:
    """Title of the figure of the accuracy."""
    values, n = _column(facts, "val_accuracy"), _validation_n(facts)
    chosen = _epoch(facts)
    reached = _at(values, chosen)
    if reached is not None:
        return _pair(
            f"At the chosen epoch, {percent(reached, n)} of the validation pictures are right",
            f"고른 에포크에서 검증 그림의 {percent(reached, n)}를 맞혔습니다",
        )
    shown = values or _column(facts, "accuracy")
    if not shown:
        return None
    part = Words("validation", "검증") if values else Words("training", "학습")
    return _pair(
        f"The last epoch has {percent(shown[-1], n)} of the {part.en} pictures right",
        f"마지막 에포크에서 {part.ko} 그림의 {percent(shown[-1], n)}를 맞혔습니다",
    )


def _validation_n(facts: Mapping[str, Any]) -> int:
    return sum(((facts["source"] or {}).get("counts") or {}).get("validation", {}).values()) or 1000


def gap(facts: Mapping[str, Any]) -> Pair | None:
    """How far training and validation are apart at the chosen epoch, when that is worth a sentence."""
    trained, validated = (_at(_column(facts, c), _epoch(facts)) for c in ("accuracy", "val_accuracy"))
    n = _validation_n(facts)
    if trained is None or validated is None or trained - validated < 0.05 or n < FEW_TO_JUDGE:
        return None
    return _pair(
        f"Pictures it was trained on it knows better ({percent(trained, n)}) than new ones ({percent(validated, n)}): "
        "this is overfitting. More or more varied pictures help most.",
        f"학습한 그림({percent(trained, n)})을 처음 보는 그림({percent(validated, n)})보다 잘 압니다. 이것을 과적합이라고 합니다. "
        "그림을 더 모으거나 다양하게 하는 것이 가장 도움이 됩니다.",
    )


def mistakes(facts: Mapping[str, Any]) -> Pair | None:
    """How many were wrong, and the most frequent confusion."""
    confusion = facts["confusion"]
    if confusion is None:
        return None
    n, wrong, pairs = confusion["n"], confusion["wrong"], confusion["pairs"]
    if not wrong:
        return _pair(
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
    return _pair(en, ko)


def certainty(facts: Mapping[str, Any]) -> Pair | None:
    """Whether the probabilities can be believed: their mean against the share that is right."""
    score = facts["score"]
    bins = [b for b in (score or {}).get("calibration", {}).get("bins", []) if b["n"]]
    if not bins:
        return None
    n = sum(b["n"] for b in bins)
    claimed = sum(b["n"] * b["confidence"] for b in bins) / n
    right = sum(b["n"] * b["accuracy"] for b in bins) / n
    if n < FEW:
        return _pair(f"With {n} pictures nobody can say.", f"그림 {n}장으로는 판단할 수 없습니다.")
    interval = known(score["interval"].get("accuracy"))
    c, r = percent(claimed, min(n, 1000)), percent(right, min(n, 1000))
    if interval and interval[0] <= claimed <= interval[1]:
        return _pair(
            f"Yes: on average it claims {c} and is right {r} of the time.",
            f"네. 평균 {c}만큼 확신하고 실제로 {r}를 맞힙니다.",
        )
    if claimed > right:
        return _pair(
            f"Not quite: on average it claims {c} but is right {r} of the time.",
            f"다 믿을 수는 없습니다. 평균 {c}만큼 확신하지만 실제로는 {r}를 맞힙니다.",
        )
    return _pair(
        f"It is too modest: on average it claims {c} but is right {r} of the time.",
        f"너무 조심스럽습니다. 평균 {c}만큼 확신하지만 실제로는 {r}를 맞힙니다.",
    )


def data(facts: Mapping[str, Any]) -> Pair | None:
    """How many pictures, in how many classes."""
    source = facts["source"]
    if source is None:
        return None
    k = len(source["classes"])
    return _pair(
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
        return _pair("The classes are about equally common.", "클래스마다 그림 수가 비슷합니다.")
    words = {c["key"]: c for c in facts["classes"]}
    return _pair(
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
        return _pair(
            f"A network of your own, {parameters} parameters.",
            f"직접 만든 신경망, 파라미터 {parameters}개입니다.",
        )
    layers = "1 layer" if n == 1 else f"{n:,} layers"
    return _pair(f"{layers}, {parameters} parameters.", f"층 {n:,}개, 파라미터 {parameters}개입니다.")
