"""The figures that a document printed below a block, and ours beside them.

A figure is a number with a name that is a score: accuracy, loss, MSE, 정확도 and the like. Of a training, which prints
them epoch after epoch, the last epoch counts. The n-th figure of a name in the document stands beside the n-th of ours.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hakseup.runner.code import EVALUATE, Code, called

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_NAMED = re.compile(
    rf"(?P<name>[A-Za-z가-힣][\w가-힣 .()/-]*?)\s*[:=]\s*(?P<value>{_NUMBER})\s*(?P<percent>%?)(?![\w/])"
)
_LISTED = re.compile(
    rf"(?P<name>[A-Za-z가-힣][\w가-힣 ]*?)\s*[:=]\s*\[(?P<values>{_NUMBER}(?:[,\s]+{_NUMBER})*)\s*\]"
)
_IMPROVED = re.compile(
    rf"(?P<name>val_\w+|\w*loss|\w*acc\w*) improved from (?:{_NUMBER}|-?inf) to (?P<value>{_NUMBER})"
)
_EPOCH = re.compile(r"^\s*Epoch \d+/\d+")
_ALL = re.compile(rf"^\[(?:{_NUMBER})(?:,\s*{_NUMBER})+\]$")
_SCORES = (
    *(
        "acc",
        "loss",
        "mse",
        "mae",
        "rmse",
        "score",
        "error",
        "r2",
        "auc",
        "f1",
        "precision",
        "recall",
        "정확도",
    ),
    *("오차", "손실", "점수", "정밀도", "재현율", "crossentropy"),
)
_LOWER = ("loss", "mse", "mae", "error", "crossentropy", "오차", "손실")


@dataclass(frozen=True)
class Figure:
    """One figure: its block, the line at which the block begins, its name, and both values.

    ours: None where ours printed none of that name.
    """

    block: int
    line: int
    name: str
    document: float
    ours: float | None

    @property
    def difference(self) -> float | None:
        """Ours less the document's."""
        return None if self.ours is None else self.ours - self.document

    @property
    def lower_is_better(self) -> bool:
        """Whether the figure is a kind of error."""
        return any(word in self.name.lower() for word in _LOWER)

    def as_dict(self) -> dict[str, Any]:
        """As `run --json` gives it."""
        return {
            "block": self.block,
            "line": self.line,
            "name": self.name,
            "document": self.document,
            "ours": self.ours,
            "difference": self.difference,
            "lower_is_better": self.lower_is_better,
        }


def compared(code: Code | None, block: int, line: int, document: str, ours: str) -> list[Figure]:
    """The figures of one block.

    Args:
        code: the block's, None where it is no Python.
        block: its number.
        line: at which it begins.
        document: what the document shows as printed.
        ours: what was printed now.
    """
    names = _evaluated(code)
    theirs, mine = list(printed(document, names)), list(printed(ours, names))
    out = []
    seen: dict[str, int] = {}
    values: dict[str, list[float]] = {}
    for name, value in mine:
        values.setdefault(_same(name), []).append(value)
    for name, value in theirs:
        key = _same(name)
        at = seen.get(key, 0)
        seen[key] = at + 1
        same = values.get(key, [])
        out.append(Figure(block, line, name, value, same[at] if at < len(same) else None))
    return out


def printed(text: str, evaluated: Sequence[str] = ()) -> list[tuple[str, float]]:
    """Names and values of the figures in a text, in its order.

    Args:
        text: as it was printed.
        evaluated: the names of a bare list of numbers, where the block's last line gives one.
    """
    found: list[tuple[str, float]] = []
    epoch: dict[str, float] = {}  # of the training that is going on: its last line counts
    improved: dict[str, float] = {}
    awaited = False  # whether the next figures are those of an epoch
    for line in text.split("\n"):
        line = line.rsplit("\r", 1)[-1]
        if _EPOCH.match(line) or line.strip() in ("...", "…", "(중략)", "(생략)"):
            awaited = True
            continue
        better = _IMPROVED.search(line)
        if better:
            improved[f"{better['name']} (best)"] = float(better["value"])
            continue
        figures = list(_in(line, evaluated))
        if figures and awaited:
            epoch, awaited = dict(figures), False
        elif figures:
            found += [*epoch.items(), *improved.items(), *figures]
            epoch, improved = {}, {}
    return [*found, *epoch.items(), *improved.items()]


def _in(line: str, evaluated: Sequence[str]) -> Iterator[tuple[str, float]]:
    bare = line.strip()
    if evaluated and _ALL.match(bare):
        yield from zip(evaluated, (float(n) for n in re.findall(_NUMBER, bare)), strict=False)
        return
    listed = _LISTED.search(line)
    if listed and _is_score(listed["name"]):
        for place, number in enumerate(re.findall(_NUMBER, listed["values"]), 1):
            yield f"{listed['name'].strip()} [{place}]", float(number)
        return
    for part in re.split(r"\s+-\s+|(?<![:=\s])\s{2,}|,\s+|\|", line):
        for match in _NAMED.finditer(part):
            if _is_score(match["name"]):
                value = float(match["value"])
                yield match["name"].strip(" -"), value / 100 if match["percent"] else value


def _is_score(name: str) -> bool:
    return any(word in name.lower() for word in _SCORES)


def _same(name: str) -> str:
    """Old Keras said acc, new says accuracy."""
    return re.sub(r"\bacc\b", "accuracy", re.sub(r"_acc\b", "_accuracy", name.lower()))


def _evaluated(code: Code | None) -> list[str]:
    """The names of the numbers that the block's last line shows: those of `model.evaluate`."""
    if code is None or not code.tree.body:
        return []
    last = code.tree.body[-1]
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and called(last.value) in EVALUATE:
        return ["loss", "accuracy", "metric 3", "metric 4"]
    return []
