"""Folds of a table: equal rows, or the rows of a group, in one fold.

By time the folds are stretches of time, and each is predicted from the rows before it.
"""

from __future__ import annotations

import numpy as np

from hakseup.data.folds import ROWS, Fold, kind, require_classes, stratified
from hakseup.data.labels import Labels
from hakseup.data.table import Table
from hakseup.data.table_keys import numbered
from hakseup.data.table_split import units
from hakseup.errors import CallError, DataError
from hakseup.words import Words

__all__ = ["Fold", "folds"]


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
    what = kind([c.key for c in table.classes], ROWS, table.groups is not None)
    if table.order is not None:
        by_time = _by_time(table, rows, k, repeats)
        for fold in by_time:
            require_classes(labels.of(fold.train), fold, what)
        return by_time
    return stratified(rows, units(table)[rows], labels.of(rows), k, what, repeats=repeats, seed=seed)


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
