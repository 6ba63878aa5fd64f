"""What a network for tables looks at and where it is wrong, from what its run has kept; and the fields of a row to try."""

from __future__ import annotations

from typing import Any

from hakseup.errors import CallError, HakseupError
from hakseup.report import table_said
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.words import Words

CHOICES = 40  # values of a column of words that are offered
Facts = dict[str, Any]


def facts(folder: RunFolder) -> Facts:
    """On the validation rows: `importance` and `effects` of the columns, `details` of rows, `found` in sentences.

    Raises:
        CallError: it learned from pictures. RunError: it is not done, or damaged.
    """
    require_table(folder)
    kept, source = folder.json(names.TABLE), folder.json(names.SOURCE)
    score = folder.json(names.SCORES)["validation"]
    said = {
        "task": source["task"],
        "target": source["target"],
        "classes": source["classes"],
        "score": score,
        "details": kept.get("validation"),
        "importance": kept.get("importance"),
        "source": {"columns": source["columns"]},
    }
    return {
        **{key: said[key] for key in ("task", "target", "classes", "details", "importance")},
        "n": score["n"],
        "metrics": score["metrics"],
        "effects": kept.get("effects") or [],
        "words": {one["name"]: one["words"] for one in source["columns"]},
        "used": sorted(_used(folder)),
        "found": {
            "importance": table_said.importance(said),
            "residuals": table_said.residuals(said),
            "spread": table_said.mistakes(said) if source["task"] == "number" else None,
        },
    }


def require_table(folder: RunFolder) -> None:
    """Refuse a run that learned from pictures.

    Raises:
        CallError: it did. RunError: it is damaged.
    """
    if folder.json(names.RUN)["data"].get("kind") != "table":
        raise CallError(
            "not-a-table",
            Words(
                "This run learned from pictures, not from a table.", "표가 아니라 그림으로 학습한 실행입니다."
            ),
        )


def fields(folder: RunFolder) -> list[Facts]:
    """The columns that are learned from, the most important first, then the others; those of words with their values."""
    try:
        source, used = folder.json(names.SOURCE), _used(folder)
    except HakseupError:
        return []
    read_as = {one["name"]: one for one in source.get("read_as", [])}
    weight = _importance(folder)
    out = [
        {
            "name": one["name"],
            "how": read_as.get(one["name"], {}).get("how"),
            **one["words"],
            "used": one["name"] in used,
            "values": [v["value"] for v in one.get("values") or [] if v.get("value") is not None][:CHOICES]
            if one.get("role") == "category"
            else [],
        }
        for one in source.get("columns", [])
        if one.get("role") != "target"
    ]
    return sorted(out, key=lambda one: (not one["used"], -weight.get(one["name"], 0.0)))


def _used(folder: RunFolder) -> set[str]:
    """Names of the columns that go into the network."""
    return {str(one["name"]) for one in folder.json(names.PREPARATION).get("columns", [])}


def _importance(folder: RunFolder) -> dict[str, float]:
    if not folder.has(names.TABLE):  # it is not done yet
        return {}
    found = folder.json(names.TABLE).get("importance") or {"columns": []}
    return {str(one["name"]): float(one["mean"]) for one in found["columns"]}
