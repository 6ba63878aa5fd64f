"""The facts of a report on a table: everything the page says of a run, as plain JSON.

They are put together from what a run wrote, each a dict as it stands in its file; what is missing is None and the page says
so. Sentences that interpret numbers come from `table_said`.

What is read, beside run.json, network.json, history.csv, scores.json (see `evaluation.table_scores`) and the recipe:

* source.json: `kind` ("table"), `source`, `name`, `format`, `title`, `licence`, `known`, `n`, `target` (`name`, `words`), `task`, `classes`,
  `counts` (part -> rows), `columns` (as `data.table_shown` gives them, or `name`, `words`, `role`, `reason`, `type` alone), `refused_n`,
  `refused`, `notes`;
* table.json, the details: part -> `evaluation.table_details`; `importance` and `effects` of `evaluation.importance`; `threshold` of
  `evaluation.thresholds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hakseup.report import table_said

FORMAT = 1
PART_ORDER = ("test", "validation")
HEADLINE = {"classes": "accuracy", "number": "rmse"}
LARGER = {"accuracy": True, "rmse": False}


def collect(
    *,
    name: str,
    path: str,
    run: Mapping[str, Any],
    state: Mapping[str, Any],
    source: Mapping[str, Any],
    scores: Mapping[str, Any],
    history: Mapping[str, Sequence[float | None]],
    details: Mapping[str, Any],
    network: Mapping[str, Any] | None = None,
    layers: Sequence[Mapping[str, Any]] = (),
    settings: Mapping[str, Any] | None = None,
    recipe: str | None = None,
) -> dict[str, Any]:
    """Everything the report says.

    Args:
        name, path: of the run folder.
        run: run.json. state: status.json, with "state".
        source, details: see the module.
        scores: part -> scores; may be empty.
        history: column -> one value per epoch.
        network: network.json. layers: one row per layer; empty for a module of one's own.
        settings: the recipe as values. recipe: as text.

    Raises:
        KeyError, TypeError, ValueError: the files do not fit together; see `facts.damaged`.
    """
    task = source["task"]
    part = next((p for p in PART_ORDER if p in scores), None)
    score = dict(scores[part]) if part else None
    counts = {p: int(n) for p, n in (source.get("counts") or {}).items()}
    facts: dict[str, Any] = {
        "format": FORMAT,
        "kind": "table",
        "name": name,
        "path": path,
        "state": {"epoch": None, "reason": None} | dict(state),
        "run": dict(run),
        # `training_findings` asks for the validation part by class.
        "source": {
            **source,
            "counts": {**counts, "validation": _by_class(source, scores.get("validation"), counts)},
        },
        "sizes": counts,
        "target": dict(source["target"]),
        "task": task,
        "classes": list(source.get("classes") or []),
        "network": dict(network) if network else None,
        "layers": list(layers),
        "recipe": recipe,
        "settings": dict(settings or {}),
        "part": part,
        "score": score,
        "headline": _headline(part, score, task),
        "history": {key: list(values) for key, values in history.items()},
        "details": details.get(part) if part else None,
        "importance": details.get("importance"),
        "effects": list(details.get("effects") or []),
        "threshold": details.get("threshold"),
    }
    facts["findings"] = table_said.all_of(facts)
    return facts


def _by_class(
    source: Mapping[str, Any], validated: Mapping[str, Any] | None, counts: Mapping[str, int]
) -> dict[str, int]:
    if source["task"] == "classes" and validated:
        return {key: row["n"] for key, row in validated["by_class"].items()}
    return {"": counts.get("validation", 0)}


def _headline(part: str | None, score: Mapping[str, Any] | None, task: str) -> dict[str, Any] | None:
    """The number that stands largest, with its n, interval and baselines, the best baseline last."""
    if score is None:
        return None
    metric = HEADLINE[task]
    intervals = score.get("baseline_intervals", {})
    titles = score.get("baseline_titles", {})
    rows = [
        {
            "name": name,
            "words": titles.get(name) or {"en": name, "ko": name},
            "value": values[metric],
            "interval": intervals.get(name, {}).get(metric),
        }
        for name, values in score.get("baselines", {}).items()
    ]
    rows.sort(key=lambda row: row["value"] if LARGER[metric] else -row["value"])
    return {
        "part": part,
        "metric": metric,
        "n": int(score["n"]),
        "value": score["metrics"][metric],
        "interval": score["interval"].get(metric),
        "opened": score.get("opened"),
        "opened_at": score.get("opened_at"),
        "baselines": rows,
    }
