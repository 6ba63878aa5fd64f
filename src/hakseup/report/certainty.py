"""Findings on certainty: what calibration did, and how often the model said that it does not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hakseup.report.numbers import known, number, percent
from hakseup.report.said import Pair, pair
from hakseup.words import josa


def claims(bins: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """What is claimed on average, and which share is right, over these bins."""
    filled = [b for b in bins if b["n"]]
    n = sum(b["n"] for b in filled)
    claimed, right = (sum(b["n"] * b[name] for b in filled) / n for name in ("confidence", "accuracy"))
    return claimed, right


def calibrated(facts: Mapping[str, Any]) -> Pair | None:
    """What calibration did to the probabilities, before and after where both were measured."""
    found = facts.get("calibration")
    if not found or not facts["score"]:
        return None
    t, n = f"{found['temperature']:.2f}", f"{found['n']:,}"
    en = f"Calibrated on {n} validation pictures, by one temperature: {t}."
    ko = f"검증 그림 {n}장에서 온도 하나({t})를 구해 보정했습니다."
    if found["choosing_fit"]:
        en += " It was fitted before these pictures were learnt from as well."
        ko += " 이 그림들까지 학습하기 전의 가중치에서 구했습니다."
    before = facts["score"].get("uncalibrated")
    if before is None:
        return pair(
            f"{en} The figure shows the network before it; predictions carry the calibrated probabilities.",
            f"{ko} 이 그래프는 보정하기 전의 것이며, 예측할 때는 보정한 확률을 냅니다.",
        )
    points = [f"{100 * x['calibration']['ece']:.1f}" for x in (before, facts["score"])]
    losses = [number(x, 3) for x in (before["log_loss"], facts["score"]["metrics"]["log_loss"])]
    return pair(
        f"{en} On these test pictures that brought the mean difference from {points[0]} to {points[1]} points, and the loss "
        f"from {losses[0]} to {losses[1]}. Hollow rings: before.",
        f"{ko} 이 테스트 그림에서 평균 차이는 {points[0]}%p에서 {points[1]}%p로, "
        f"오차는 {losses[0]}에서 {josa(losses[1], '으로/로')} 바뀌었습니다. "
        "속이 빈 점은 보정 전입니다.",
    )


def losses(facts: Mapping[str, Any]) -> Pair | None:
    """Of which probabilities the loss and the Brier score are: validation measures the network, test what it predicts."""
    if not facts.get("calibration") or not facts["score"]:
        return None
    before = facts["score"].get("uncalibrated")
    if before is None:
        return pair(
            "Loss and Brier score are of the network's own probabilities, before calibration.",
            "오차와 브라이어 점수는 보정하기 전 확률로 잰 것입니다.",
        )
    loss, brier = number(before["loss"], 3), number(before["brier"], 3)
    return pair(
        f"Loss and Brier score of this network are of its calibrated probabilities; before calibration: {loss} and {brier}. "
        "The training's own figures and those of the validation part are before calibration.",
        f"이 신경망의 오차와 브라이어 점수는 보정한 확률로 잰 것이며, 보정 전에는 {loss}, {brier}입니다. "
        "학습 과정과 검증 부분의 값은 보정 전 확률로 잰 것입니다.",
    )


def unknown(facts: Mapping[str, Any]) -> Pair | None:
    """How often it says that it does not know: as stated, and as counted on the test part."""
    found = (facts["score"] or {}).get("unknown")
    if not found:
        return None
    n, refused, kept = found["n"], found["refused"], found["kept"]
    low, high = known(found["interval"]) or (0.0, 1.0)
    ends = (percent(low, n), percent(high, n))
    counted = percent(found["share"], n)
    en = f"Counted: {refused:,} of {n:,} test pictures ({counted}, 95% interval {ends[0]} to {ends[1]})."
    ko = f"실제로는 테스트 그림 {n:,}장 가운데 {refused:,}장이었습니다({counted}, 95% 신뢰구간 {ends[0]}~{ends[1]})."
    if kept and refused:
        accuracy = percent(found["kept_accuracy"], n)
        en += f" {found['refused_wrong']:,} of these would have been wrong; of the other {kept:,}, {accuracy} are right."
        ko += f" 그중 {found['refused_wrong']:,}장은 틀린 답이었고, 나머지 {kept:,}장은 {accuracy}를 맞혔습니다."
    return pair(en, ko)
