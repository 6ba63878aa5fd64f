"""The page of a comparison: from the dict of `evaluation.compare` to one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from hakseup.report import plots, shell, table_plots
from hakseup.report.numbers import known
from hakseup.words import Language
from hakseup.words import language as spoken

Said = dict[str, str]
STARTS = (0.0, 0.5, 0.8, 0.9, 0.96, 0.98)  # of the axis of the scores: so that near ones can be told apart


def render(comparison: Mapping[str, Any], language: Language | None = None) -> str:
    """The page as text.

    Args:
        comparison: of `evaluation.compare.compare`.
        language: which one shows first; None: the one spoken now. Both are in the page.
    """
    runs = comparison["runs"]
    letters = {run["name"]: letter(i) for i, run in enumerate(runs)}
    part = "test" if all(run["test"] for run in runs) else "validation"
    heading = {"en": f"{len(runs)} runs compared", "ko": f"실행 {len(runs)}개 비교"}
    return shell.render(
        "compare.html.j2",
        language or spoken(),
        title={key: f"{heading[key]} · hakseup" for key in ("en", "ko")},
        heading=heading,
        runs=runs,
        letters=letters,
        colors={run["name"]: plots.run_color(i) for i, run in enumerate(runs)},
        part=part,
        metric=metric_of(runs, part),
        unit=runs[0].get("loss_unit"),
        is_table=any(run.get("kind") == "table" for run in runs),
        pairs=comparison["pairs"],
        notes=comparison["notes"],
        answer=answer(comparison),
        plots=_plots(runs, letters, part),
        known=known,
    )


def metric_of(runs: Sequence[Mapping[str, Any]], part: str) -> str:
    """What the runs are judged by: RMSE where all of them predict a number."""
    return "rmse" if all("rmse" in (run[part] or run["validation"] or {}) for run in runs) else "accuracy"


def letter(index: int) -> str:
    """What a run is called in the figures: A, B, …, Z, A2, …"""
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[index % 26] + (str(index // 26 + 1) if index >= 26 else "")


def answer(comparison: Mapping[str, Any]) -> Said:
    """Whether one of the runs is better than all others by more than chance."""
    names = [run["name"] for run in comparison["runs"]]
    pairs = comparison["pairs"]
    if all(pair.get("same_weights") for pair in pairs):
        return {
            "en": "The two have the same weights: they are one network."
            if len(names) == 2
            else "All of them have the same weights: they are one network.",
            "ko": "가중치가 모두 같습니다. 같은 신경망입니다.",
        }
    if all(pair["p_value"] is None for pair in pairs):
        return {
            "en": "These runs cannot be held against each other one by one.",
            "ko": "이 실행들은 하나하나 견줄 수 없습니다.",
        }
    for pair in pairs:  # runs with the same weights are one network: what is said of one holds for both
        if pair.get("same_weights") and pair["second"] in names:
            names.remove(pair["second"])
    one = {name: name for name in names}
    one |= {pair["second"]: one[pair["first"]] for pair in pairs if pair.get("same_weights")}
    beaten = {
        (one[p["better"]], one[p["second"] if p["better"] == p["first"] else p["first"]])
        for p in pairs
        if p["better"]
    }
    wins = {name: sum(winner == name for winner, _loser in beaten) for name in names}
    best = max(names, key=lambda name: wins[name])
    if wins[best] == len(names) - 1:
        others = "the other" if len(names) == 2 else "all others"
        return {
            "en": f"{best} is better than {others} by more than chance.",
            "ko": f"{best}: 다른 실행보다 우연이라고 보기 어려울 만큼 낫습니다.",
        }
    return {
        "en": "No run is better than the others by more than chance."
        if len(names) > 2
        else "The two do not differ by more than chance.",
        "ko": "다른 실행 모두보다 우연이라고 보기 어려울 만큼 나은 실행은 없습니다."
        if len(names) > 2
        else "둘의 차이는 우연이라고 볼 수 있는 만큼입니다.",
    }


def _plots(runs: Sequence[Mapping[str, Any]], letters: Mapping[str, str], part: str) -> dict[str, Markup]:
    out = {}
    rows = []
    metric = metric_of(runs, part)
    for i, run in enumerate(runs):
        if run[part] and metric in run[part]:
            label = f"{letters[run['name']]}  {run['name']}"
            interval = known((run[f"{part}_interval"] or {}).get(metric))
            rows.append(({"en": label, "ko": label}, run[part][metric], interval, plots.run_color(i)))
    if rows and metric == "rmse":
        out["score"] = table_plots.values(rows)
    elif rows:
        lowest = min(interval[0] if interval else value for _label, value, interval, _color in rows)
        start = max(s for s in STARTS if s <= lowest)
        out["score"] = plots.score(rows, min(run[f"{part}_n"] for run in runs if run[part]), start)
    units = [run.get("loss_unit") for run in runs]
    for column, share in (("val_loss", False), ("val_accuracy", True)):
        if column == "val_loss" and any(unit != units[0] for unit in units):
            continue  # losses of different units do not belong on one axis
        lines = [
            (letters[run["name"]], [row.get(column) for row in run["history"]], run["best_epoch"])
            for run in runs
        ]
        if any(v is not None for _label, values, _chosen in lines for v in values):
            out[column] = plots.overlaid(lines, share=share)
    return out
