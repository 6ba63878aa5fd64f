"""What the numbers of a table's run say, in sentences: the answer that stands above each figure.

Functions take facts (see `table_facts.collect`) and give `{"en": …, "ko": …}` or None. Nothing here draws a conclusion that the
numbers beside it do not carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hakseup.report import training_findings as curves
from hakseup.report.certainty import claims
from hakseup.report.numbers import known, number, percent
from hakseup.report.said import Pair, pair
from hakseup.words import Words, josa

FEW = 50  # with fewer rows than this nothing is said of calibration


def all_of(facts: Mapping[str, Any]) -> dict[str, Pair | None]:
    """Every finding by name."""
    return {
        "baselines": baselines(facts),
        "baseline": against_baselines(facts),
        "training": of_rows(curves.training(facts)),
        "validation_use": of_rows(curves.validation_use(facts)),
        "loss": of_rows(curves.loss(facts)),
        "accuracy": of_rows(curves.accuracy(facts)) if facts["task"] == "classes" else None,
        "gap": of_rows(curves.gap(facts)) if facts["task"] == "classes" else None,
        "mistakes": mistakes(facts),
        "certainty": certainty(facts),
        "curves": ranking(facts),
        "residuals": residuals(facts),
        "importance": importance(facts),
        "data": data(facts),
        "network": network(facts),
    }


def of_rows(said: Pair | None) -> Pair | None:
    """A sentence on pictures said of rows: both Korean words end in a consonant, so that particles stay right."""
    if said is None:
        return None
    ko = said["ko"].replace("그림이 0장뿐", "행이 0개뿐").replace("장뿐", "개뿐").replace("그림", "행")
    return pair(said["en"].replace("pictures", "rows").replace("picture", "row"), ko)


def baselines(facts: Mapping[str, Any]) -> Pair | None:
    """What the simple means reach on the same rows."""
    headline = facts["headline"]
    if not headline or not headline["baselines"]:
        return None
    share = headline["metric"] == "accuracy"

    def shown(value: float) -> str:
        return percent(value, headline["n"]) if share else number(value)

    rows = headline["baselines"]
    reach = "would reach" if share else "would miss by"
    en = "; ".join(
        f"{b['words']['en']} {f'{reach} ' if not i else ''}{shown(b['value'])}" for i, b in enumerate(rows)
    )
    ko = ", ".join(f"{josa(b['words']['ko'], '은/는')} {shown(b['value'])}" for b in rows)
    return pair(f"{en[0].upper()}{en[1:]}.", f"같은 행에서 {ko}입니다.")


def against_baselines(facts: Mapping[str, Any]) -> Pair | None:
    """Whether the network is better than the best baseline, by the paired test; plainly where it is not."""
    headline, score = facts["headline"], facts["score"]
    versus = (score or {}).get("versus_baseline")
    if not headline or not versus:
        return None
    name = (score.get("baseline_titles") or {}).get(versus["name"]) or {
        "en": versus["name"],
        "ko": versus["name"],
    }
    if versus["better"]:
        return pair(
            f"That is better than {name['en']} by more than chance.",
            f"{name['ko']}보다 우연이라고 보기 어려울 만큼 낫습니다.",
        )
    if versus["worse"]:
        return pair(
            f"The network is not better here: {name['en']} beats it by more than chance. Use that.",
            f"여기서는 신경망이 더 낫지 않습니다. {josa(name['ko'], '이/가')} 우연이라고 보기 어려울 만큼 낫습니다. 그쪽을 쓰세요.",
        )
    best = next((b for b in headline["baselines"] if b["name"] == versus["name"]), headline["baselines"][-1])
    larger = headline["metric"] == "accuracy"
    if (headline["value"] > best["value"]) == larger and headline["value"] != best["value"]:
        return pair(
            f"These {headline['n']:,} rows do not settle whether that is better than {name['en']}.",
            f"{headline['n']:,}행만으로는 {name['ko']}보다 나은지 가릴 수 없습니다.",
        )
    return pair(
        f"That is no better than {name['en']}: a simpler means does as well here.",
        f"{name['ko']}보다 낫지 않습니다. 여기서는 더 간단한 방법으로도 충분합니다.",
    )


def mistakes(facts: Mapping[str, Any]) -> Pair | None:
    """How many are wrong, or how far predictions miss."""
    score, details = facts["score"], facts["details"]
    if score is None:
        return None
    n = int(score["n"])
    if facts["task"] == "classes":
        wrong = n - sum(row[i] for i, row in enumerate(score["confusion"]))
        if not wrong:
            return pair(
                f"Nowhere: all {n:,} rows were right.", f"틀린 것이 없습니다. {n:,}행을 모두 맞혔습니다."
            )
        best = max(
            ((c, t, p) for t, row in enumerate(score["confusion"]) for p, c in enumerate(row) if t != p),
            key=lambda item: item[0],
        )
        truth, label = facts["classes"][best[1]], facts["classes"][best[2]]
        return pair(
            f"{wrong:,} of {n:,} rows are wrong; most often “{truth['en']}” is taken for “{label['en']}” ({best[0]:,}).",
            f"{n:,}행 중 {wrong:,}행이 틀렸습니다. ‘{truth['ko']}’을(를) ‘{label['ko']}’(으)로 본 것이 가장 많습니다({best[0]:,}행).",
        )
    if not details:
        return None
    low, high = number(abs(details["quantiles"]["0.25"])), number(abs(details["quantiles"]["0.75"]))
    below, above = details["quantiles"]["0.25"] < 0, details["quantiles"]["0.75"] > 0
    if not (below and above):
        return None
    return pair(
        f"Half of the predictions lie between {low} too low and {high} too high.",
        f"예측의 절반은 실제보다 {low} 낮은 것과 {high} 높은 것 사이에 있습니다.",
    )


def residuals(facts: Mapping[str, Any]) -> Pair | None:
    """Whether predictions are too high or too low somewhere on average."""
    details = facts["details"]
    if facts["task"] != "number" or not details or not details["stretches"]:
        return None
    off = [s for s in details["stretches"] if s["interval"] and s["interval"][0] * s["interval"][1] > 0]
    if not off:
        return pair(
            "Low and high predictions alike are right on average: no stretch is clearly too high or too low.",
            "낮은 예측이든 높은 예측이든 평균으로는 맞습니다. 뚜렷이 높거나 낮은 구간이 없습니다.",
        )
    worst = max(off, key=lambda s: abs(s["error"]))
    way = Words("too high", "높습니다") if worst["error"] > 0 else Words("too low", "낮습니다")
    span = (number(worst["low"]), number(worst["high"]))
    return pair(
        f"Predictions from {span[0]} to {span[1]} are {way.en} by {number(abs(worst['error']))} on average.",
        f"{span[0]}~{span[1]} 구간의 예측은 평균으로 실제보다 {number(abs(worst['error']))}만큼 {way.ko}.",
    )


def certainty(facts: Mapping[str, Any]) -> Pair | None:
    """Whether the probabilities can be believed."""
    score = facts["score"]
    if facts["task"] != "classes" or score is None or "calibration" not in score:
        return None
    n, ece, bins = int(score["n"]), float(score["calibration"]["ece"]), score["calibration"]["bins"]
    if n < FEW:
        return pair(f"With {n:,} rows that cannot be said.", f"{n:,}행만으로는 말할 수 없습니다.")
    claimed, right = claims(bins)
    if ece < 0.03 or abs(claimed - right) < 0.5 / n**0.5:
        return pair(
            f"Yes: it claims {percent(claimed)} on average and is right in {percent(right)}.",
            f"네. 평균 {percent(claimed)}를 자신하고 실제로 {percent(right)}를 맞혔습니다.",
        )
    way = (
        Words("too sure of itself", "지나치게 확신합니다")
        if claimed > right
        else Words("too modest", "지나치게 조심스럽습니다")
    )
    return pair(
        f"Not quite: it claims {percent(claimed)} on average and is right in {percent(right)}, so it is {way.en}.",
        f"꼭 그렇지는 않습니다. 평균 {percent(claimed)}를 자신하지만 실제로 {percent(right)}를 맞혀 {way.ko}.",
    )


def ranking(facts: Mapping[str, Any]) -> Pair | None:
    """What the AUC says, of two classes."""
    score, details = facts["score"], facts["details"]
    if not details or "roc" not in details or score["metrics"].get("auc") is None:
        return None
    second = facts["classes"][1]
    value, ends = score["metrics"]["auc"], known(score["interval"].get("auc"))
    within = Words("", "")
    if ends:
        within = Words(
            f" (95% interval {ends[0]:.3f} to {ends[1]:.3f})", f"(95% 신뢰구간 {ends[0]:.3f}~{ends[1]:.3f})"
        )
    return pair(
        f"In {percent(value)} of all pairs “{second['en']}” gets the higher probability: the AUC is {value:.3f}{within.en}.",
        f"두 클래스에서 하나씩 뽑으면 {percent(value)}는 ‘{second['ko']}’ 쪽의 확률이 더 높습니다. AUC는 {value:.3f}입니다{within.ko}.",
    )


def importance(facts: Mapping[str, Any]) -> Pair | None:
    """Which columns it looks at."""
    found = facts["importance"]
    if not found or not found["columns"]:
        return None
    words = {c["name"]: c["words"] for c in facts["source"]["columns"]}
    sure = [row for row in found["columns"] if row["interval"] and row["interval"][0] > 0]
    k, more = len(found["columns"]), found["left_out"]
    measured = (
        Words(
            f" Of {k + more:,} columns the {k:,} that go most closely with the target were measured.",
            f" 열 {k + more:,}개 중 목표와 가장 관련이 깊은 {k:,}개를 쟀습니다.",
        )
        if more
        else Words("", "")
    )
    if not sure:
        return pair(
            f"No single column matters by more than the luck of the rows.{measured.en}",
            f"우연을 넘어 중요하다고 할 만한 열이 하나도 없습니다.{measured.ko}",
        )
    top = [words.get(row["name"], {"en": row["name"], "ko": row["name"]}) for row in sure[:3]]
    en, ko = (", ".join(w[language] for w in top) for language in ("en", "ko"))
    return pair(
        f"Most of all at {en}; {len(sure)} of {k} columns matter by more than the luck of the rows.{measured.en}",
        f"가장 많이 보는 열은 {ko}입니다. {k}열 중 {len(sure)}열이 우연을 넘어 중요합니다.{measured.ko}",
    )


def data(facts: Mapping[str, Any]) -> Pair:
    """How much there is."""
    n, columns = facts["source"]["n"], facts["source"]["columns"]
    used = sum(c["role"] not in ("left out", "target") for c in columns)
    left = sum(c["role"] == "left out" for c in columns)
    more = Words(f", {left:,} left out", f", {left:,}열은 뺐습니다") if left else Words("", "")
    return pair(
        f"{n:,} rows; {used:,} columns are learned from{more.en}.",
        f"{n:,}행이며, {used:,}열로 배웁니다{more.ko}.",
    )


def network(facts: Mapping[str, Any]) -> Pair | None:
    """How large the network is."""
    found = facts["network"]
    if not found:
        return None
    n = found.get("parameters")
    k = len(facts["layers"])
    layers = Words(f"{k} layers with ", f"{k}층, ") if k else Words("", "")
    return pair(f"{layers.en}{number(n)} parameters.", f"{layers.ko}파라미터 {number(n)}개입니다.")
