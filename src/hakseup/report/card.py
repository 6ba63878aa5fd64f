"""A run in a notebook: one small card, with the score where there is one."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from hakseup.errors import RunError
from hakseup.report.numbers import known, number, percent
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.words import Words

PARTS = {"test": Words("Test", "테스트"), "validation": Words("Validation", "검증")}
COUNTED = {"pictures": "그림 {n}장", "rows": "{n}행"}


def card(folder: RunFolder) -> str:
    """HTML for a notebook: name, data, the score with n and interval by part, and where the report lies."""
    about = folder.json(names.RUN)
    try:
        scores = folder.json(names.SCORES)
    except RunError:
        scores = {}
    unit = "rows" if about["data"].get("kind") == "table" else "pictures"
    lines = [_line(part, scores[part], unit) for part in PARTS if part in scores]
    if "test" not in scores:
        lines.append(
            str(
                Words(
                    "The test part is sealed: run.evaluate() opens it.",
                    "테스트 부분은 봉인되어 있습니다. run.evaluate()가 엽니다.",
                )
            )
        )
    body = "".join(f"<div>{escape(line)}</div>" for line in lines)
    title = f"{folder.path.name} · {about['data']['name']} · {about['recipe']}"
    return (
        '<div style="border-left:4px solid #0072B2;padding:.4em .8em;line-height:1.5">'
        f"<strong>{escape(title)}</strong>{body}"
        f"<small>{escape(str(folder.file(names.REPORT)))}</small></div>"
    )


def _line(part: str, scores: Mapping[str, Any], unit: str) -> str:
    """The accuracy on a part, or the RMSE of predicted numbers, with n and the interval where it is known."""
    n, named = int(scores["n"]), PARTS[part]
    share = "accuracy" in scores["metrics"]
    metric, title = ("accuracy", Words("accuracy", "정확도")) if share else ("rmse", Words("RMSE", "RMSE"))
    ends = known(scores["interval"].get(metric))
    value, *within = (
        percent(x, n) if share else number(x) for x in (scores["metrics"][metric], *(ends or ()))
    )
    interval = (
        Words(f" (95% interval {within[0]} to {within[1]})", f"(95% 신뢰구간 {within[0]}~{within[1]})")
        if ends
        else Words("", "")
    )
    return str(
        Words(
            f"{named.en}: {title.en} {value} on {n:,} {unit}{interval.en}",
            f"{named.ko}: {COUNTED[unit].format(n=f'{n:,}')}에서 {title.ko} {value}{interval.ko}",
        )
    )
