"""What is in a table: the facts that `hakseup look` says and draws, computed before anything is trained.

What depends on the target (correlations, leaks, class balance, rows that contradict one another) comes from the rows outside
the test part only; its targets are not read. Its other columns are counted with all the rest. `table_shown` looks at one
column at a time, `table_relations` at columns and the target, `table_findings` puts both into words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hakseup.data import table_relations, table_shown
from hakseup.data.table_findings import findings, verdict
from hakseup.data.table_roles import Role
from hakseup.data.table_scales import is_better_as_log
from hakseup.errors import HakseupError
from hakseup.seeds import numpy_generator
from hakseup.sources.found import ClassName, Refused
from hakseup.words import Words

if TYPE_CHECKING:
    import polars

MISSING = 20  # columns in the list of missing values
PAIRS = 12  # pairs of equal rows that are named
SAMPLE = 300  # rows of the pair plot
RELATED_ROWS = 50_000  # rows that relations with the target are reckoned from


@dataclass(frozen=True)
class Given:
    """What `look` gets of a table.

    frame: all columns as found (Float64, String, Datetime, Boolean), n rows, null is missing.
    roles: one for each column, in the frame's order.
    target: its name; None: there is none. task: "classes" or "number" for it. classes: of the target, natural order.
    labels: the target of each row, (n,): class index, -1 where it is missing or sealed, or number, NaN there. The target's own
        column of the frame is not looked at.
    test: rows of the test part, int64; their target is not read. None: the table could not be divided, `trouble` says why.
    lines: int64 (n,), line in the file of each row.
    parts: part -> rows in it.
    time: the column by which the latest rows are the test part.
    """

    source: str
    name: str
    format: str
    frame: polars.DataFrame
    roles: Sequence[Role]
    target: str | None
    task: Literal["classes", "number"] | None
    classes: Sequence[ClassName]
    labels: np.ndarray | None
    lines: np.ndarray
    test: np.ndarray | None = None
    parts: Mapping[str, int] | None = None
    time: str | None = None
    refused: Sequence[Refused] = ()
    notes: Sequence[Words] = ()
    title: Words | None = None
    licence: str | None = None
    known: str | None = None
    trouble: HakseupError | None = None


def facts(given: Given, seed: int = 0) -> dict[str, Any]:
    """Everything that `look` says about a table, as plain values.

    Args:
        given: the table, its roles and its test part.
        seed: of the choice of rows that are drawn, and reckoned from where there are very many.

    Returns:
        "kind" is "table". "verdict" is the short answer; "findings" are its reasons, most important first:
        `{"level": "problem" | "note" | "good", "code", "en", "ko"}`. "columns": one for each, see `table_shown.column`.
        "missing": the columns with most missing cells. "target": balance or histogram. "correlation": `rising` and
        `falling` after one-hot. "leaks", "together", "zeros", "marks", "duplicates", "pairs" (of the pair plot).
    """
    frame = given.frame
    n = len(frame)
    columns = table_shown.columns(frame, given.roles, given.target)
    rows = np.arange(n) if given.test is None else np.setdiff1d(np.arange(n), given.test)
    related = _some(rows, RELATED_ROWS, seed, "relations")
    features = [c["name"] for c in columns if c["role"] not in ("target", "left out") and not c["constant"]]
    y = _target(given, related)
    relations = table_relations.nothing() if y is None else table_relations.relations(
        frame[related], features, y, [c.key for c in given.classes], seed
    )  # fmt: skip
    about = _about_target(given, rows)
    out: dict[str, Any] = {
        "kind": "table",
        "verdict": {},
        "findings": [],
        "data": {
            "source": given.source,
            "name": given.name,
            "format": given.format,
            "title": given.title.as_dict() if given.title else None,
            "licence": given.licence,
            "known": given.known,
        },
        "n": n,
        "parts": [{"part": part, "n": size} for part, size in (given.parts or {"all": n}).items()],
        "time": given.time,
        "columns": columns,
        "missing": _missing(columns),
        "missing_columns": sum(c["missing"] > 0 for c in columns),
        "target": about,
        "related_rows": len(related),
        **relations,
        "zeros": [
            {
                "name": c["name"],
                "words": c["words"],
                "n": c["zeros"],
                "share": c["zeros"] / n,
                "least": c["least_above_zero"],
            }
            for c in columns
            if c["zeros_look_missing"]
        ],
        "marks": [
            {"name": c["name"], "words": c["words"], **c["mark"]}
            for c in [*columns, *([about] if about else [])]
            if c.get("mark")
        ],
        "duplicates": _duplicates(given, columns, rows),
        "pairs": _pairs(given, relations, rows, seed),
        "refused_n": len(given.refused),
        "refused": [{"where": r.where, "code": r.code, **r.reason.as_dict()} for r in given.refused[:200]],
        "notes": [note.as_dict() for note in given.notes],
    }
    out["findings"] = findings(out, given.trouble)
    out["verdict"] = verdict(out["findings"]).as_dict()
    return out


def _some(rows: np.ndarray, most: int, seed: int, name: str) -> np.ndarray:
    if len(rows) <= most:
        return rows
    chosen = numpy_generator(seed, "table look", name).permutation(len(rows))[:most]
    return np.sort(rows[chosen])


def _target(given: Given, rows: np.ndarray) -> np.ndarray | None:
    """The target of these rows, of which none is of the test part: class index (-1 missing) or number (NaN missing), float64."""
    if given.target is None or given.labels is None or not len(rows):
        return None
    out: np.ndarray = given.labels[rows].astype(np.float64)
    return out


def _numbers(column: polars.Series) -> np.ndarray:
    import polars as pl

    return np.asarray(column.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy(), np.float64)


def _missing(columns: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The columns with most missing cells, at most 20."""
    some = [c for c in columns if c["missing"]]
    some.sort(key=lambda c: -c["missing"])
    return [
        {"name": c["name"], "words": c["words"], "n": c["missing"], "share": c["missing_share"]}
        for c in some[:MISSING]
    ]


def _about_target(given: Given, rows: np.ndarray) -> dict[str, Any] | None:
    """Balance of the classes, or how the numbers are spread; of the rows outside the test part."""
    y = _target(given, rows)
    if y is None or given.target is None:
        return None
    words = next(r.words for r in given.roles if r.name == given.target).as_dict()
    base = {"name": given.target, "words": words, "task": given.task}
    if given.task == "classes":
        tally = np.bincount(y[y >= 0].astype(np.int64), minlength=len(given.classes))
        total = max(1, int(tally.sum()))
        return base | {
            "n": int(tally.sum()),
            "classes": [
                {"key": c.key, **c.words.as_dict(), "n": int(t), "share": int(t) / total}
                for c, t in zip(given.classes, tally, strict=True)
            ],
        }
    y = y[np.isfinite(y)]
    if not len(y):
        return base | {"n": 0}
    return base | {
        "n": len(y),
        **table_shown.spread(y),
        "skew": table_shown.skew(y),
        "mark": table_shown.mark(y),
        "better_as_log": is_better_as_log(y),
        "histogram": table_shown.histogram(y),
    }


def _duplicates(given: Given, columns: Sequence[Mapping[str, Any]], rows: np.ndarray) -> dict[str, Any]:
    """Rows that are equal in all columns, those aside that number the rows and are not learned from; the target of the test part is not compared.

    Returns:
        `rows`: how many are copies of an earlier one; `groups`; `without`: the columns that were not compared; `conflicts`:
        groups outside the test part that are equal but for the target; `pairs`: lines of some equal rows.
    """
    without = [c["name"] for c in columns if c["identifier"] and c["role"] == "left out"]
    compared = [c for c in columns if c["role"] != "target" and c["name"] not in set(without)]
    names = [c["name"] for c in compared]
    empty = {"rows": 0, "groups": 0, "without": without, "conflicts": 0, "pairs": []}
    # Where what is left is the same in every row, equal rows would say nothing.
    if all(c["constant"] for c in compared) or len(given.frame) < 2:
        return empty
    group = np.unique(given.frame.select(names).hash_rows().to_numpy(), return_inverse=True)[1].reshape(-1)
    y = np.full(len(group), np.nan)  # not known, of the test part never
    of_rows = _target(given, rows)
    if of_rows is not None:
        y[rows] = of_rows if given.task == "number" else np.where(of_rows >= 0, of_rows, np.nan)
    order = np.lexsort((y, group))  # stable: of equal rows and targets the first stands first
    together, targets = group[order], y[order]
    same = together[1:] == together[:-1]
    other = same & (targets[1:] > targets[:-1])  # what is not known may be equal
    before, again = order[:-1][same & ~other], order[1:][same & ~other]
    shown = sorted((int(min(pair)), int(max(pair))) for pair in zip(before, again, strict=True))[:PAIRS]
    return {
        "rows": len(again),
        "groups": len(np.unique(group[again])),
        "without": without,
        "conflicts": len(np.unique(together[1:][other])),
        "pairs": [{"a": int(given.lines[a]), "b": int(given.lines[b])} for a, b in shown],
    }


def _pairs(given: Given, relations: Mapping[str, Any], rows: np.ndarray, seed: int) -> dict[str, Any] | None:
    """The numbers of the pair plot: the strongest columns, and the target as the last one or as classes."""
    names = list(relations["strongest"])
    y = _target(given, rows)
    if y is None or not names:
        return None
    kept = rows[np.isfinite(y) & ((y >= 0) | (given.task == "number"))]
    shown = _some(kept, SAMPLE, seed, "pairs")
    columns = {name: _numbers(given.frame[name].gather(shown)) for name in names}
    target = _target(given, shown)
    assert target is not None and given.target is not None
    words = {r.name: r.words.as_dict() for r in given.roles}
    by_class = given.task == "classes"
    if not by_class:
        columns[given.target] = target
    return {
        "columns": [{"name": name, "words": words[name]} for name in columns],
        "rows": [[None if v != v else float(v) for v in values] for values in zip(*columns.values(), strict=True)],
        "classes": [int(c) for c in target] if by_class else None,
        "of": len(kept),
    }  # fmt: skip
