"""Folds for cross-validation: every row is held out once, with whatever must stay together.

Stratified for classes; equal rows, or the rows of a group, in one fold. By time the folds are stretches of time,
and each is predicted from the rows before it.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hakseup.data.labels import Labels
from hakseup.data.table import Table
from hakseup.data.table_keys import numbered
from hakseup.data.table_split import class_of, units
from hakseup.errors import CallError, DataError
from hakseup.seeds import numpy_generator
from hakseup.sources.classes import listed
from hakseup.words import Words


@dataclass(frozen=True)
class Fold:
    """Rows that train and rows that are held out, int64, sorted, disjoint; repeat and number from 0."""

    repeat: int
    number: int
    train: np.ndarray
    held: np.ndarray


def folds(
    table: Table, labels: Labels, rows: np.ndarray, k: int, *, repeats: int = 1, seed: int = 0
) -> tuple[Fold, ...]:
    """Divide these rows into k folds, as often as `repeats` says.

    Args:
        table: whose rows they are.
        labels: of all rows; those of `rows` are read.
        rows: index, int64, sorted; usually the rows outside the test part.
        k: folds, at least 2.
        repeats: how often the rows are divided anew.
        seed: of the order.

    Raises:
        CallError: repeats by time, which divides in one way only.
        DataError: fewer units than folds, in the table or of a class, or a fold that cannot learn a class.
    """
    if table.order is not None:
        by_time = _by_time(table, rows, k, repeats)
        _require_classes(table, labels, by_time)
        return by_time
    unit = units(table)[rows]
    values = labels.of(rows)
    _require_units(table, unit, values, k)
    kind = class_of(unit, values, len(table.classes))
    out = []
    for repeat in range(repeats):
        fold = _divided(unit, kind, k, numpy_generator(seed, "folds", repeat))
        out += [Fold(repeat, number, rows[fold != number], rows[fold == number]) for number in range(k)]
    _require_classes(table, labels, out)
    return tuple(out)


def _divided(unit: np.ndarray, kind: np.ndarray, k: int, random: np.random.Generator) -> np.ndarray:
    """The fold of each row: of each class the largest units first, each into the fold that has fewest rows."""
    out = np.empty(len(unit), np.int64)
    total = [0] * k
    for label in np.unique(kind):
        members = np.flatnonzero(kind == label)
        _names, place, sizes = np.unique(unit[members], return_inverse=True, return_counts=True)
        order = random.permutation(len(sizes))
        order = order[np.argsort(-sizes[order], kind="stable")]
        # Fewest rows of this class, then fewest rows at all, then the first.
        heap = [(0, total[number], number) for number in range(k)]
        heapq.heapify(heap)
        chosen = np.empty(len(sizes), np.int64)
        for at in order.tolist():
            own, everything, number = heap[0]
            chosen[at] = number
            size = int(sizes[at])
            heapq.heapreplace(heap, (own + size, everything + size, number))
        for _own, everything, number in heap:
            total[number] = everything
        out[members] = chosen[place]
    return out


def _by_time(table: Table, rows: np.ndarray, k: int, repeats: int) -> tuple[Fold, ...]:
    if repeats > 1:
        raise CallError(
            "setting-without-effect",
            Words(
                "Repeats have no effect by time: there is one order.",
                "시간 순서는 하나뿐이므로 반복은 영향이 없습니다.",
            ),
            Words("Leave --repeats or --time out.", "--repeats나 --time을 빼세요."),
        )
    assert table.order is not None
    known = rows[~np.isnan(table.order[rows])]
    moments, place = np.unique(table.order[known], return_inverse=True)
    if len(moments) <= k:
        raise DataError(
            "too-few-rows",
            Words(
                f"There are {len(moments):,} different times, too few for {k} folds by time: at least {k + 1} are needed.",
                f"서로 다른 시각이 {len(moments):,}개라서 시간순 {k}겹으로 나눌 수 없습니다. 적어도 {k + 1}개 필요합니다.",
            ),
            Words("Use fewer folds.", "겹 수를 줄이세요."),
        )
    # k + 1 stretches with about the same number of rows, none torn apart and none empty: the first trains only.
    before = np.concatenate([[0], np.cumsum(np.bincount(place))[:-1]])
    stretch = before * (k + 1) // len(known)
    edges = np.searchsorted(stretch, np.arange(1, k + 1))
    for at in range(k):
        edges[at] = min(max(edges[at], at + 1, edges[at - 1] + 1 if at else 0), len(moments) - (k - at))
    fold = np.searchsorted(edges, place, side="right")
    key = numbered(table.keys)
    out = []
    for number in range(1, k + 1):
        held, train = known[fold == number], known[fold < number]
        out.append(Fold(0, number - 1, train[~np.isin(key[train], key[held])], held))
    return tuple(out)


def _require_units(table: Table, unit: np.ndarray, values: np.ndarray, k: int) -> None:
    """There are k units or more, and of each class as many that have it."""
    what = Words("groups", "그룹") if table.groups is not None else Words("different rows", "서로 다른 행")
    hint = Words("Use fewer folds, or add rows.", "겹 수를 줄이거나 행을 더하세요.")
    if table.task == "number":
        if (n := len(np.unique(unit))) < k:
            raise DataError(
                "too-few-rows",
                Words(
                    f"{k} folds need {k} {what.en} or more; there are {n:,}.",
                    f"{k}겹으로 나누려면 {what.ko}이 {k}개 이상 있어야 하는데 {n:,}개뿐입니다.",
                ),
                hint,
            )
        return
    has = [len(np.unique(unit[values == c])) for c in range(len(table.classes))]
    short = [f"{c.key}: {n:,}" for c, n in zip(table.classes, has, strict=True) if n < k]
    if short:
        shown = listed(short)
        raise DataError(
            "class-too-small",
            Words(
                f"{k} folds need {k} {what.en} or more of each class; there are too few of {shown.en}.",
                f"{k}겹으로 나누려면 클래스마다 {what.ko}이 {k}개 이상 있어야 하는데 모자랍니다. {shown.ko}.",
            ),
            hint,
        )


def _require_classes(table: Table, labels: Labels, made: Sequence[Fold]) -> None:
    """Every class is among the training rows of every fold, or it could not be predicted in it."""
    for fold in made if table.task == "classes" else ():
        counts = np.bincount(labels.of(fold.train), minlength=len(table.classes))
        short = [c.key for c, n in zip(table.classes, counts, strict=True) if n == 0]
        if short:
            shown = listed(short)
            raise DataError(
                "class-too-small",
                Words(
                    f"The training rows of fold {fold.number + 1} lack a class: {shown.en}.",
                    f"{fold.number + 1}번째 겹의 학습 행에 없는 클래스가 있습니다: {shown.ko}.",
                ),
                Words(
                    "Use fewer folds, or leave the rows of this class out.",
                    "겹 수를 줄이거나 이 클래스의 행을 빼세요.",
                ),
            )
