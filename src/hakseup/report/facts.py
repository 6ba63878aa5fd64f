"""The facts of a report: everything the page says of a run, as plain JSON, read from the run folder alone.

A run may be unfinished, not evaluated, or made with a network of the user's own: what is not there is None (or
an empty list), and the page says so. Sentences that interpret numbers come from `findings`. Pictures stay in
mistakes.npz; an item's `row` says which one it is (`thumbnails` reads them).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hakseup.errors import RunError
from hakseup.report import findings
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.words import Words

FORMAT = 1
READABLE = (
    12  # with more classes than this, the matrix is put into an order in which confusions stand together
)
SHOWN = 100  # with more than this, it shows the classes that are confused most
MATRIX_OF_MANY = 60
PART_ORDER = ("test", "validation")


def collect(folder: RunFolder) -> dict[str, Any]:
    """Everything the report says.

    Args:
        folder: a run, finished or not.

    Raises:
        RunError: a file is damaged, or run.json is missing.
    """
    try:
        return _collect(folder)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise damaged(folder, error) from error


def damaged(folder: RunFolder, error: Exception) -> RunError:
    """The files of the run do not fit together, or lack what they should have."""
    return RunError(
        "run-damaged",
        Words(
            f"The files in {folder.path} do not fit together: {type(error).__name__} {error}.",
            f"{folder.path}의 파일들이 서로 맞지 않습니다: {type(error).__name__} {error}.",
        ),
        Words("Restore the run folder, or train again.", "실행 폴더를 되살리거나 다시 학습하세요."),
    )


def _collect(folder: RunFolder) -> dict[str, Any]:
    run = folder.json(names.RUN)
    source, scores = _optional(folder, names.SOURCE), _optional(folder, names.SCORES) or {}
    if source is not None and source.get("kind") == "table":
        return _of_table(folder, run, source, scores)
    classes = _classes(source, scores)
    part = next((p for p in PART_ORDER if p in scores), None)
    history = _history(folder.history())
    kept = folder.arrays(names.MISTAKES) if folder.has(names.MISTAKES) else {}
    score = _in_order(scores[part], [c["key"] for c in classes]) if part else None
    headline = _headline(part, score, history, run)
    confusion = _confusion(part, score)
    network = _optional(folder, names.NETWORK)
    facts: dict[str, Any] = {
        "format": FORMAT,
        "name": str(run.get("name") or folder.path.name),
        "path": "/".join(folder.path.absolute().parts[-2:]),
        "state": {"epoch": None, "reason": None}
        | (_optional(folder, names.STATUS) or {})
        | {"state": folder.state() if folder.has(names.STATUS) else "done"},
        "run": run,
        "source": source,
        "network": network,
        "layers": _layers(network),
        "recipe": folder.file(names.RECIPE).read_text("utf-8") if folder.has(names.RECIPE) else None,
        "settings": folder.toml(names.RECIPE) if folder.has(names.RECIPE) else {},
        "classes": classes,
        "part": part,
        "headline": headline,
        "calibration": _optional(folder, names.CALIBRATION),
        "score": score,
        "history": history,
        "confusion": confusion,
        "mistakes": _items(kept, part) if part else [],
        "samples": _samples(kept),
        "examples": _examples(kept),
    }
    facts["findings"] = findings.all_of(facts)
    return facts


def _of_table(
    folder: RunFolder, run: Mapping[str, Any], source: Mapping[str, Any], scores: Mapping[str, Any]
) -> dict[str, Any]:
    """The same of a run on a table."""
    from hakseup.report import table_facts

    network, with_recipe = _optional(folder, names.NETWORK), folder.has(names.RECIPE)
    return table_facts.collect(
        name=str(run.get("name") or folder.path.name),
        path="/".join(folder.path.absolute().parts[-2:]),
        run=run,
        state=(_optional(folder, names.STATUS) or {})
        | {"state": folder.state() if folder.has(names.STATUS) else "done"},
        source=source,
        scores=scores,
        history=_history(folder.history()),
        details=_optional(folder, names.TABLE) or {},
        network=network,
        layers=_layers(network),
        settings=folder.toml(names.RECIPE) if with_recipe else {},
        recipe=folder.file(names.RECIPE).read_text("utf-8") if with_recipe else None,
    )


def _optional(folder: RunFolder, name: str) -> dict[str, Any] | None:
    return folder.json(name) if folder.has(name) else None


def _layers(network: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """One row per layer: type, words, output shape, parameters; empty for a module of one's own."""
    if network is None or network.get("kind") != "sequential":
        return []
    from hakseup.models.sequential import Sequential

    return [
        {
            "name": row.name,
            "type": row.type,
            "about": row.about.as_dict(),
            "output_shape": list(row.output_shape),
            "parameters": row.parameters,
        }
        for row in Sequential.from_dict(network).rows
    ]


def _classes(source: Mapping[str, Any] | None, scores: Mapping[str, Any]) -> list[dict[str, str]]:
    if source:
        return list(source["classes"])
    keys: list[str] = next((scores[p]["classes"] for p in PART_ORDER if p in scores), [])
    return [{"key": key, "en": key, "ko": key} for key in keys]


def _in_order(score: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """The score with `by_class` as a list and the confusion matrix, both in the order of the classes."""
    at = [score["classes"].index(key) for key in keys]
    matrix = np.asarray(score["confusion"], np.int64)[np.ix_(at, at)]
    return {
        **score,
        "classes": list(keys),
        "confusion": matrix.tolist(),
        "by_class": [score["by_class"][k] for k in keys],
    }


def _history(rows: Sequence[Mapping[str, float]]) -> dict[str, list[float | None]]:
    """Columns by name; what is not a finite number is None."""
    columns: dict[str, list[float | None]] = {}
    for name in rows[0] if rows else ():
        values = [row.get(name, float("nan")) for row in rows]
        columns[name] = [float(v) if np.isfinite(v) else None for v in values]
    return columns


def _headline(
    part: str | None,
    score: Mapping[str, Any] | None,
    history: Mapping[str, Sequence[float | None]],
    run: Mapping[str, Any],
) -> dict[str, Any] | None:
    """The number that stands largest, with its n, interval and baselines."""
    if score is None:
        return None
    baselines = score.get("baselines", {})
    intervals = score.get("baseline_intervals", {})
    return {
        "part": part,
        "n": int(score["n"]),
        "right": int(np.trace(np.asarray(score["confusion"]))),
        "accuracy": score["metrics"]["accuracy"],
        "interval": score["interval"].get("accuracy"),
        "opened": score.get("opened"),
        "opened_at": score.get("opened_at"),
        "baselines": [
            {
                "name": name,
                "words": findings.baseline(name, score.get("baseline_titles")),
                "accuracy": values["accuracy"],
                "interval": intervals.get(name, {}).get("accuracy"),
            }
            for name, values in sorted(baselines.items(), key=lambda item: item[1].get("accuracy", 0.0))
            if "accuracy" in values
        ],
    }


def _confusion(part: str | None, score: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The order of the classes in the matrix, and the confusions, most frequent first."""
    if score is None:
        return None
    matrix = np.asarray(score["confusion"], np.int64)
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    truth, label = np.nonzero(wrong)
    count, seen = wrong[truth, label], matrix.sum(1)
    ranked = np.lexsort((label, truth, -count / seen[truth], -count))
    return {
        "part": part,
        "n": int(matrix.sum()),
        "wrong": int(wrong.sum()),
        "order": order_of(matrix),
        "left_out": max(0, len(matrix) - MATRIX_OF_MANY) if len(matrix) > SHOWN else 0,
        "pairs": [
            {
                "truth": int(truth[i]),
                "label": int(label[i]),
                "n": int(count[i]),
                "share": float(count[i] / seen[truth[i]]),
            }
            for i in ranked
        ],
    }


def order_of(matrix: np.ndarray) -> list[int]:
    """Which classes the matrix shows, in which order: with many, those confused with one another stand together.

    Args:
        matrix: counts, rows truth, columns prediction, (k, k).
    """
    k = len(matrix)
    if k <= READABLE:
        return list(range(k))
    from scipy.cluster.hierarchy import linkage, optimal_leaf_ordering
    from scipy.spatial.distance import squareform

    share = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    together = share + share.T
    np.fill_diagonal(together, 0)
    chosen = np.arange(k)
    if k > SHOWN:
        chosen = np.sort(np.argsort(-together.sum(1), kind="stable")[:MATRIX_OF_MANY])
        together = together[np.ix_(chosen, chosen)]
    distance = 1 - together / max(together.max(), 1e-12)
    np.fill_diagonal(distance, 0)
    near = squareform(distance, checks=False)
    tree = optimal_leaf_ordering(linkage(near, "average"), near)
    return [int(chosen[i]) for i in _leaves(tree)]


def _leaves(tree: np.ndarray) -> list[int]:
    from scipy.cluster.hierarchy import leaves_list

    return [int(i) for i in leaves_list(tree)]


def _items(kept: Mapping[str, np.ndarray], prefix: str) -> list[dict[str, Any]]:
    """The pictures kept under this prefix, the worst first; `row` is where each stands in its array."""
    if f"{prefix}_truth" not in kept:
        return []
    columns = [kept[f"{prefix}_{c}"] for c in ("truth", "label", "probability", "truth_probability", "where")]
    return [
        {
            "row": row,
            "truth": int(truth),
            "label": int(label),
            "probability": float(sure),
            "truth_probability": float(other),
            "where": str(where),
        }
        for row, (truth, label, sure, other, where) in enumerate(zip(*columns, strict=True))
    ]


def _samples(kept: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    probabilities = kept.get("samples_probabilities")
    if probabilities is None:
        return []
    return [
        {**item, "probabilities": [float(p) for p in probabilities[item["row"]]]}
        for item in _items(kept, "samples")
    ]


def _examples(kept: Mapping[str, np.ndarray]) -> dict[str, int] | None:
    """How many classes have example pictures, and how many each."""
    pictures = kept.get("examples_pictures")
    return None if pictures is None else {"classes": len(pictures), "each": pictures.shape[1]}
