"""A run in a notebook: one small card, with the score where there is one."""

from __future__ import annotations

from html import escape
from typing import Any

from hakseup.errors import RunError
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.words import Words


def card(folder: RunFolder) -> str:
    """HTML for a notebook: name, data, accuracy with n and interval by part, and where the report lies."""
    about = folder.json(names.RUN)
    try:
        scores = folder.json(names.SCORES)
    except RunError:
        scores = {}
    lines = [_line(part, scores[part]) for part in ("test", "validation") if part in scores]
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


def _line(part: str, scores: dict[str, Any]) -> str:
    value, (low, high) = scores["metrics"]["accuracy"], scores["interval"]["accuracy"]
    n = scores["n"]
    named = {"test": Words("Test", "테스트"), "validation": Words("Validation", "검증")}[part]
    return str(
        Words(
            f"{named.en}: accuracy {value:.1%} of {n:,} (95 % interval {low:.1%} to {high:.1%})",
            f"{named.ko}: {n:,}장에서 정확도 {value:.1%}(95 % 구간 {low:.1%}~{high:.1%})",
        )
    )
