"""The report on a table: from facts to one HTML file."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from hakseup.data.table_words import percent as share
from hakseup.metrics import classification, regression
from hakseup.report import environment, plots, shell, table_plots, training_findings, views
from hakseup.report.numbers import known, number, percent
from hakseup.report.table_look import column_row
from hakseup.words import Language
from hakseup.words import language as spoken

BARS = 20  # columns in the figure of the importance
FIRST = 60  # columns that are open
SHARES = ("accuracy", "top5_accuracy", "precision", "recall", "f1")


def render(facts: Mapping[str, Any], language: Language | None = None) -> str:
    """The page as text.

    Args:
        facts: as `table_facts.collect` gives them, or as they were read back from summary.json.
        language: which one shows first; None: the one spoken now.
    """
    title = views.title(facts)
    return shell.render(
        "table_report.html.j2",
        language or spoken(),
        title={key: f"{title[key]} · hakseup" for key in ("en", "ko")},
        heading=title,
        facts=facts,
        run=facts["run"],
        plots=_plots(facts),
        big=_big(facts),
        validation_chose=training_findings.validation_chose(facts),
        metric_rows=metric_rows(facts),
        matrix=_matrix(facts),
        columns=[column_row(c) for c in facts["source"]["columns"]],
        words={c["name"]: c["words"] for c in facts["source"]["columns"]},
        first=FIRST,
        share=share,
        cell=cell,
        environment_rows=environment.rows(facts),
        drawing=views.drawing(facts),
        command=shlex.join(str(word) for word in facts["run"].get("command") or []),
    )


def _big(facts: Mapping[str, Any]) -> tuple[str, str] | None:
    """The number that stands largest, and its unit."""
    headline = facts["headline"]
    if not headline:
        return None
    if headline["metric"] == "accuracy":
        return views.big(headline["value"], headline["n"])
    return number(headline["value"]), ""


def cell(value: Any) -> Markup | str:
    """A cell of a row for people."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return shell.two("yes", "예") if value else shell.two("no", "아니요")
    if isinstance(value, int | float):
        return number(float(value))
    return shell.name(value)


def metric_rows(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All metrics of the part, with those of the baselines beside them, the best baseline last."""
    score, headline = facts["score"], facts["headline"]
    if not score:
        return []
    known_here = classification.METRICS if facts["task"] == "classes" else regression.METRICS
    hidden = {"log_loss"} if facts["task"] == "classes" else {"loss"}  # the same value under another name
    others = [score["baselines"][b["name"]] for b in headline["baselines"]]
    return [
        {
            "title": metric.title.as_dict(),
            "explanation": _of_rows(metric.explanation.as_dict()),
            "value": _shown(name, score["metrics"][name], headline["n"]),
            "interval": _interval(name, score["interval"].get(name), headline["n"]),
            "baselines": [_shown(name, other.get(name), headline["n"]) for other in others],
        }
        for name, metric in known_here.items()
        if score["metrics"].get(name) is not None and name not in hidden
    ]


def _of_rows(words: Mapping[str, str]) -> dict[str, str]:
    from hakseup.report.table_said import of_rows

    return of_rows(dict(words)) or {}


def _shown(name: str, value: float | None, n: int) -> str:
    return percent(value, n) if name in SHARES else number(value)


def _interval(name: str, interval: Any, n: int) -> Markup | str:
    ends = known(interval)
    if not ends:
        return "–"
    if name in SHARES:
        return shell.percents(ends, n)
    return shell.two("{a} to {b}", "{a}~{b}", a=number(ends[0]), b=number(ends[1]))


def _matrix(facts: Mapping[str, Any]) -> list[tuple[Mapping[str, str], list[views.Cell]]] | None:
    """Rows of the confusion matrix; None for a number, or too many classes to show."""
    if facts["task"] != "classes" or not facts["score"] or len(facts["classes"]) > views.LABELLED:
        return None
    order = list(range(len(facts["classes"])))
    return views.matrix({**facts, "confusion": {"order": order}, "mistakes": []})


def _score_rows(facts: Mapping[str, Any]) -> list[tuple[Mapping[str, str], float, Any, str]]:
    headline = facts["headline"]
    ours = {"en": "this network", "ko": "이 신경망"}
    rows = [(ours, headline["value"], headline["interval"], headline["part"])]
    return rows + [(b["words"], b["value"], b["interval"], "") for b in reversed(headline["baselines"])]


def _plots(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that there are numbers for, by name."""
    out: dict[str, Any] = {}
    history, headline = facts["history"], facts["headline"]
    chosen = facts["run"].get("best_epoch") if facts["state"].get("state") == "done" else None
    for name in ("loss", "accuracy"):
        trained, validated = history.get(name, []), history.get(f"val_{name}", [])
        if any(v is not None for v in (*trained, *validated)):
            by_validation = training_findings.validation_chose(facts)
            out[name] = plots.curves(
                trained, validated, chosen, share=name == "accuracy", by_validation=by_validation
            )
    if headline:
        rows = _score_rows(facts)
        accuracy = headline["metric"] == "accuracy"
        out["score"] = plots.score(rows, headline["n"]) if accuracy else table_plots.values(rows)
        out |= _of_details(facts, headline["part"])
    found = facts["importance"]
    words = {c["name"]: c["words"] for c in facts["source"]["columns"]}
    if found and found["columns"]:
        unit = {
            "loss": {"en": "growth of the loss", "ko": "오차가 커지는 정도"},
            "rmse": {"en": "growth of the RMSE", "ko": "RMSE가 커지는 정도"},
        }[found["unit"]]
        bars = [(words[row["name"]], row["mean"], row["interval"]) for row in found["columns"][:BARS]]
        out["importance"] = table_plots.importance(bars, unit)
    out["effects"] = [_effect(facts, one, words[one["name"]]) for one in facts["effects"] if one["values"]]
    return out


def _of_details(facts: Mapping[str, Any], part: str) -> dict[str, Any]:
    details, score = facts["details"], facts["score"]
    out: dict[str, Any] = {}
    bins = (score.get("calibration") or {}).get("bins", [])
    if any(b["n"] for b in bins):
        before = (score.get("uncalibrated") or {}).get("calibration", {}).get("bins", [])
        out["reliability"] = plots.reliability(bins, part, before)
    if not details:
        return out
    if "roc" in details:
        at, base = details["at"], details["base"]
        out["roc"] = table_plots.curve(details["roc"], "roc", part, base, (at["false"], at["found"]))
        decided = None if at["precision"] is None else (at["found"], at["precision"])
        out["pr"] = table_plots.curve(details["pr"], "pr", part, base, decided)
    if "dots" in details:
        dots = details["dots"]
        error = [p - t for t, p in zip(dots["truth"], dots["predicted"], strict=True)]
        out["dots"] = table_plots.real_against_predicted(dots["truth"], dots["predicted"], part)
        out["residuals"] = table_plots.residuals(dots["predicted"], error, part)
        out["sample"] = table_plots.in_turn(details["sample"], part)
    return out


def _effect(facts: Mapping[str, Any], found: Mapping[str, Any], words: Mapping[str, str]) -> Markup:
    """The effect on the probability of the last of two classes, of the most frequent of more, or on the number."""
    if facts["task"] == "number":
        return table_plots.effect(found, words, None, facts["target"]["words"], False)
    output = (
        1
        if len(facts["classes"]) == 2
        else int(max(range(len(found["mean"][0])), key=lambda c: found["mean"][0][c]))
    )
    c = facts["classes"][output]
    label = {"en": f"probability of “{c['en']}”", "ko": f"‘{c['ko']}’의 확률"}
    return table_plots.effect(found, words, output, label, True)
