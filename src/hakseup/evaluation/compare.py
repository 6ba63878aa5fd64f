"""Runs side by side, and whether they differ by more than chance on the same pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from hakseup.errors import CallError
from hakseup.evaluation import predictions
from hakseup.evaluation.compare_numbers import Sizes
from hakseup.evaluation.verdict import verdict
from hakseup.metrics.differences import SIGNIFICANT, Paired, holm, mcnemar
from hakseup.runs.folder import PREPARATION, RUN, SCORES, WEIGHTS, RunFolder
from hakseup.words import Words

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True)
class _Run:
    folder: RunFolder
    name: str  # differs from the others' names
    facts: dict[str, Any]
    scores: dict[str, Any]

    @property
    def is_table(self) -> bool:
        return bool(self.facts.get("data", {}).get("kind") == "table")

    @property
    def words(self) -> Words:
        return Words(self.name, self.name)


def compare(folders: Sequence[RunFolder]) -> dict[str, Any]:
    """Compare runs.

    Two runs are compared on the test part where both have opened the same one, else on the validation part
    where that is the same for both. With more than two runs the p-values are corrected (Holm).

    Returns:
        `runs`: for each `run` (path), `name`, `recipe`, `data`, `seed`, `parameters`, `best_epoch`, `train_seconds`, `validation`,
        `validation_interval`, `validation_n`, `test`, `test_interval`, `test_n`, `opened` (None before
        `evaluate`), `history` (rows of history.csv). `pairs`: for each two runs `first`, `second`, `part`
        ("test", "validation" or None), `n`, `both`, `first_only`, `second_only`, `neither`, `p_value`,
        `p_adjusted`, `different`, `better` (name or None), `same_weights`, `en`, `ko`; two runs with the same weights
        are one network, and have no p-value. Of runs that predict a number `first_only` and `second_only` count the rows
        where that run is nearer, `difference` and `interval` (metric -> first less second, and its 95 % interval) come
        besides, and `both` and `neither` are None. `notes`: sentences to read with it.

    Raises:
        CallError: fewer than two different runs.
        RunError: a run is damaged or has not been finished.
    """
    _require_several(folders)
    names = [folder.path.resolve().name for folder in folders]
    runs = [
        _Run(
            folder,
            name if names.count(name) == 1 else str(folder.path),
            folder.json(RUN),
            folder.json(SCORES),
        )
        for folder, name in zip(folders, names, strict=True)
    ]
    tables: dict[tuple[str, str], polars.DataFrame] = {}
    pairs = [(first, second, *_paired(first, second, tables)) for first, second in combinations(runs, 2)]
    prints = {run.name: _fingerprint(run.folder) for run in runs}
    twins = [prints[first.name] == prints[second.name] is not None for first, second, *_ in pairs]
    # Runs with the same weights are one network: to compare another one with each of them is one comparison.
    sides = [frozenset(prints[run.name] or run.name for run in pair[:2]) for pair in pairs]
    comparable = {
        side: paired.p_value
        for side, (*_, paired, _why), twin in zip(sides, pairs, twins, strict=True)
        if paired and not twin
    }
    adjusted = dict(zip(comparable, holm(list(comparable.values())), strict=True))
    return {
        "runs": [_side(run) for run in runs],
        "pairs": [
            _same(first, second, part, paired) if twin
            else _row(first, second, part, paired, adjusted[side]) if paired
            else _apart(first, second, why)
            for side, (first, second, part, paired, why), twin in zip(sides, pairs, twins, strict=True)
        ],
        "notes": [words.as_dict() for words in _notes(len(comparable))] if not all(twins) else [],
    }  # fmt: skip


def _require_several(folders: Sequence[RunFolder]) -> None:
    paths = [folder.path.resolve() for folder in folders]
    if len(set(paths)) >= 2 and len(set(paths)) == len(paths):
        return
    twice = next((p for p in paths if paths.count(p) > 1), None)
    if twice is not None:
        raise CallError(
            "same-run",
            Words(f"{twice} is named twice.", f"{twice} 실행을 두 번 적었습니다."),
            Words("Name each run once.", "실행마다 한 번씩만 적으세요."),
        )
    raise CallError(
        "one-run",
        Words("Comparing takes at least two runs.", "비교하려면 실행이 둘 이상 필요합니다."),
        Words("`hakseup runs` lists those that there are.", "`hakseup runs`로 목록을 볼 수 있습니다."),
    )


def _side(run: _Run) -> dict[str, Any]:
    data = run.facts.get("data", {})
    out: dict[str, Any] = {"run": str(run.folder.path), "name": run.name, "data": data.get("name")}
    out["kind"] = "table" if run.is_table else "pictures"
    for key in ("recipe", "created", "seed", "parameters", "best_epoch", "train_seconds", "loss_unit"):
        out[key] = run.facts.get(key)
    for part in ("validation", "test"):
        of_part = run.scores.get(part) or {}
        out[part] = of_part.get("metrics")
        out[f"{part}_interval"] = of_part.get("interval")
        out[f"{part}_n"] = of_part.get("n")
    out["opened"] = (run.scores.get("test") or {}).get("opened")
    out["history"] = [
        {key: value if math.isfinite(value) else None for key, value in row.items()}
        for row in run.folder.history()
    ]
    return out


def _paired(
    first: _Run, second: _Run, tables: dict[tuple[str, str], polars.DataFrame]
) -> tuple[str | None, Paired | Sizes | None, Words]:
    """The part that both can be compared on, who is right where, and why not where there is none."""

    def table(run: _Run, part: str) -> polars.DataFrame:
        key = (str(run.folder.path), part)
        if key not in tables:
            tables[key] = predictions.read(run.folder, part).sort("index")
        return tables[key]

    one, other = first.facts.get("data", {}), second.facts.get("data", {})
    same_test = one.get("test_id") is not None and one.get("test_id") == other.get("test_id")
    same_data = one.get("sha256") is not None and one.get("sha256") == other.get("sha256")
    for part, same in (("test", same_test), ("validation", same_data)):
        if not same or not (first.scores.get(part) and second.scores.get(part)):
            continue
        a, b = table(first, part), table(second, part)
        if a.schema["truth"] == b.schema["truth"] and all(a[c].equals(b[c]) for c in predictions.COLUMNS):
            if "value" in a.columns:
                said = (a["truth"].to_numpy(), a["value"].to_numpy(), b["value"].to_numpy())
                return part, Sizes.of(*said), Words("", "")
            right = [np.asarray((t["truth"] == t["label"]).to_numpy()) for t in (a, b)]
            return part, mcnemar(*right), Words("", "")
    return None, None, _why(first, second, same_test, same_data)


def _on(run: _Run) -> Words:
    return Words("rows", "행으로") if run.is_table else Words("pictures", "그림으로")


def _why(first: _Run, second: _Run, same_test: bool, same_data: bool) -> Words:
    if not same_test and not same_data:
        return Words("they were trained on different data.", "서로 다른 데이터로 학습했습니다.")
    on = _on(first)
    if not same_test:
        return Words(
            f"the same data was divided in another way, so they were scored on different {on.en}.",
            f"같은 데이터를 다르게 나누어 서로 다른 {on.ko} 채점했습니다.",
        )
    unopened = [run.name for run in (first, second) if not run.scores.get("test")]
    if unopened:
        names = ", ".join(unopened)
        return Words(
            f"their validation parts differ, and the test part has not been opened for {names} "
            "(`hakseup evaluate` does).",
            f"검증 부분이 서로 다르고, {names}에서는 테스트 부분을 열지 않았습니다(`hakseup evaluate`로 엽니다).",
        )
    return Words(
        f"they were scored on different {on.en} (another target, other classes, or others left out).",
        f"서로 다른 {on.ko} 채점했습니다(목표나 클래스, 뺀 것이 다름).",
    )


def _fingerprint(folder: RunFolder) -> str | None:
    """What the network of a run computes: a hash of its weights and of how pictures are prepared for it."""
    from hashlib import sha256

    try:
        kept = [folder.file(name).read_bytes() for name in (WEIGHTS, PREPARATION)]
    except OSError:
        return None
    return " ".join(sha256(content).hexdigest() for content in kept)


def _same(first: _Run, second: _Run, part: str | None, paired: Paired | Sizes | None) -> dict[str, Any]:
    words = Words(
        f"{first.name} and {second.name} have the same weights, bit for bit: they are one network.",
        f"{first.name}, {second.name}: 가중치가 비트까지 같습니다. 같은 신경망입니다.",
    )
    row = _apart(first, second, words)
    if paired:
        row |= {"part": part, **_counts(paired)}
    return row | {"same_weights": True, "different": False, **words.as_dict()}


def _apart(first: _Run, second: _Run, why: Words) -> dict[str, Any]:
    one = Words("row by row", "행") if first.is_table else Words("picture by picture", "그림")
    words = Words(
        f"{first.name} and {second.name} cannot be compared {one.en}: {why.en}",
        f"{first.name}, {second.name}: {one.ko} 하나하나로 비교할 수 없습니다. {why.ko}",
    )
    nothing = dict.fromkeys(
        ("part", "n", "both", "first_only", "second_only", "neither", "p_value", "p_adjusted", "better")
    )
    return {
        "first": first.name,
        "second": second.name,
        **nothing,
        "different": None,
        "same_weights": False,
        **words.as_dict(),
    }


def _counts(paired: Paired | Sizes) -> dict[str, Any]:
    if isinstance(paired, Sizes):
        return paired.counts()
    names = ("n", "both", "first_only", "second_only", "neither")
    return {name: getattr(paired, name) for name in names}


def _row(
    first: _Run, second: _Run, part: str | None, paired: Paired | Sizes, adjusted: float
) -> dict[str, Any]:
    different = adjusted < SIGNIFICANT
    if isinstance(paired, Sizes):
        ahead = first if paired.first_ahead else second
        words = paired.words(first.words, second.words, adjusted)
        words = Words(
            words.en[0].upper() + words.en[1:] if words.en.startswith("the ") else words.en, words.ko
        )
    else:
        ahead = first if paired.first_only > paired.second_only else second
        words = verdict(first.words, second.words, paired, adjusted, rows=first.is_table)
    return {
        **_apart(first, second, words),
        "part": part,
        **_counts(paired),
        "p_value": paired.p_value,
        "p_adjusted": adjusted,
        "different": different,
        "better": ahead.name if different else None,
        **words.as_dict(),
    }


def _notes(comparisons: int) -> list[Words]:
    notes = [
        Words(
            "This compares these trained models, not their recipes: one run each does not show how much another "
            "seed would have changed.",
            "학습된 모델끼리 비교한 것이며 레시피를 비교한 것이 아닙니다. 한 번씩만 학습해서는 시드에 따라 "
            "얼마나 달라지는지 알 수 없습니다.",
        )
    ]
    if comparisons > 1:
        notes.append(
            Words(
                f"With {comparisons} comparisons one of them would look different by chance more often, so the "
                "percentages are corrected for that (Holm).",
                f"비교가 {comparisons}번이면 우연히 차이가 나 보일 때가 늘어나므로, 확률을 그만큼 보정했습니다(Holm).",
            )
        )
    return notes
