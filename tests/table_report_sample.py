"""Facts of runs on tables, made without any training but with numbers that hang together, for the tests of the report."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from hakseup.data import table_shown
from hakseup.data.table_roles import Role
from hakseup.evaluation import importance, table_details, table_scores, thresholds
from hakseup.report import table_facts
from hakseup.runs.folder import RunFolder
from hakseup.words import Words


def frame(n: int = 300, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "번호": [f"r{i:04d}" for i in range(n)],
            "넓이": rng.normal(50, 12, n),
            "도시": [["서울", "부산", "<b>제주</b>", None][i] for i in rng.integers(0, 4, n)],
            "층": rng.integers(1, 20, n).astype(float),
        }
    )


def signal(rows: pl.DataFrame) -> np.ndarray:
    seoul = (rows["도시"] == "서울").fill_null(False).to_numpy()
    return rows["넓이"].to_numpy() / 10 + 3 * seoul


def roles(rows: pl.DataFrame) -> list[Role]:
    english = {"번호": "number", "넓이": "area", "도시": "city", "층": "floor", "값": "price", "팔림": "sold"}
    kinds = {"번호": "left out", "도시": "category", "값": "target", "팔림": "target"}
    reason = {"번호": Words("identifier: every row has another value", "식별자: 모든 행의 값이 다릅니다")}
    plain = Words("used as it is", "그대로 씁니다")
    return [Role(c, Words(english[c], c), kinds.get(c, "number"), reason.get(c, plain)) for c in rows.columns]


def make(task: str, *, opened: int = 1, skill: float = 1.0, **changes: Any) -> dict[str, Any]:
    """Facts of a run.

    Args:
        task: "classes" (two), "many" (three classes) or "number".
        opened: how often the test part was; 0: not evaluated.
        skill: of the model: 0 is worse than the baselines.
        changes: what `table_facts.collect` gets instead.
    """
    rng = np.random.default_rng(1)
    rows = frame()
    k = {"classes": 2, "many": 3}.get(task, 0)
    score = signal(rows) - 5
    keys = ["no", "yes", "<maybe>"][:k]
    if k:
        logits = np.stack([np.zeros(300), score, -score][:k], 1)
        exact = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        truth = np.array([rng.choice(k, p=p) for p in exact])
        target = "팔림"
        rows = rows.with_columns(pl.Series(target, [keys[t] for t in truth]))
    else:
        truth = 1000 * (10 + score + rng.normal(0, 0.3, 300))
        target = "값"
        rows = rows.with_columns(pl.Series(target, truth))

    def predict(of: pl.DataFrame) -> np.ndarray:
        s = skill * (signal(of) - 5)
        if not k:
            return 1000 * (10 + s)
        out = np.exp(np.stack([np.zeros(len(of)), s, -s][:k], 1))
        return out / out.sum(1, keepdims=True)

    parts = {"train": np.arange(180), "validation": np.arange(180, 240), "test": np.arange(240, 300)}
    scores: dict[str, Any] = {}
    details: dict[str, Any] = {}
    for part in ("validation", *(["test"] if opened else [])):
        at = parts[part]
        scores[part], details[part] = _scored(rows[at], truth[at], predict, keys, at + 2)
    if opened:
        scores["test"] |= {"opened": opened, "opened_at": "2025-11-22T20:01:10+09:00"}
    seen = rows[parts["validation"]]
    details["importance"] = importance.importance(
        predict, seen, truth[parts["validation"]], ["넓이", "도시", "층"]
    )
    details["effects"] = [
        importance.effect(predict, seen, "넓이", "number"), importance.effect(predict, seen, "도시", "category"),
    ]  # fmt: skip
    if k == 2:
        details["threshold"] = thresholds.choose(truth[parts["validation"]], predict(seen)[:, 1]).as_dict()
    losses = (1 / np.sqrt(np.arange(1, 31))).tolist()
    history = {"loss": losses, "val_loss": [v + 0.05 for v in losses], "epoch": list(range(1, 31))}
    if k:
        history |= {"accuracy": [1 - v / 3 for v in losses], "val_accuracy": [0.95 - v / 3 for v in losses]}
    given: dict[str, Any] = {
        "name": f"houses-table-{task}",
        "path": f"runs/houses-table-{task}",
        "run": {
            "hakseup": "0.1.0", "command": ["hakseup", "train", "집값 <1>.csv", "--target", target], "recipe": "table", "seed": 0,
            "created": "2025-11-22T19:55:01+09:00", "train_seconds": 8.42, "total_seconds": 11.9, "best_epoch": 30, "device": "cpu",
            "rows_per_second": 81234.0, "versions": {"torch": "2.13.0"}, "notes": [],
        },
        "state": {"state": "done"},
        "source": {
            "kind": "table", "source": "집값 <1>.csv", "name": "집값", "format": "csv", "title": None, "licence": "CC0", "n": 300,
            "target": {"name": target, "words": {"en": "price", "ko": "값"}}, "task": "classes" if k else "number",
            "classes": [{"key": key, "en": f"{key} en", "ko": f"{key} 말"} for key in keys],
            "counts": {part: len(at) for part, at in parts.items()},
            "columns": table_shown.columns(rows, roles(rows), target),
            "refused_n": 1, "refused": [{"where": "줄 <7>", "en": "Too short.", "ko": "너무 짧습니다."}],
            "notes": [{"en": "It is written in cp949.", "ko": "cp949로 적혀 있습니다."}],
        },
        "scores": scores, "history": history, "details": details,
        "network": {"kind": "module", "parameters": 1234, "summary": "Net(...)"}, "recipe": "[training]\nepochs = 30\n",
        "settings": {"training": {"epochs": 30}},
    }  # fmt: skip
    return json.loads(json.dumps(table_facts.collect(**{**given, **changes}), allow_nan=False))


def write(folder: RunFolder, task: str) -> None:
    """The files of such a run."""
    facts = make(task)
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.write_json("run.json", facts["run"])
    folder.write_json("source.json", {**facts["source"], "counts": facts["sizes"]})
    folder.write_json("scores.json", {"test": facts["score"]})
    folder.write_json("network.json", facts["network"])
    folder.write_json(
        "table.json",
        {
            "test": facts["details"],
            "importance": facts["importance"],
            "effects": facts["effects"],
            "threshold": facts["threshold"],
        },
    )
    names = ["epoch", "loss", "val_loss"]
    rows = zip(*(facts["history"][name] for name in names), strict=True)
    folder.write_text(
        "history.csv", "\n".join([",".join(names), *(",".join(map(str, row)) for row in rows)]) + "\n"
    )


def _scored(
    rows: pl.DataFrame,
    truth: np.ndarray,
    predict: Callable[[pl.DataFrame], np.ndarray],
    keys: list[str],
    lines: np.ndarray,
) -> tuple[dict[str, Any], dict[str, Any]]:
    said = predict(rows)
    rng = np.random.default_rng(3)
    if keys:
        majority = np.tile(np.bincount(truth, minlength=len(keys)) / len(truth), (len(truth), 1))
        other = np.clip(said + rng.normal(0, 0.1, said.shape), 0.01, 1)
        simple = {"majority": majority, "logistic": other / other.sum(1, keepdims=True)}
        found = table_scores.of_classes(truth, said, keys, simple)
        return found, table_details.of_classes(truth, said, said.argmax(1), rows, lines, ["넓이", "도시"])
    mean = np.full(len(truth), truth.mean())
    found = table_scores.of_numbers(
        truth, said, {"mean": mean, "ridge": truth + rng.normal(0, 600, len(truth))}
    )
    return found, table_details.of_numbers(truth, said, rows, lines, ["넓이", "도시"])
