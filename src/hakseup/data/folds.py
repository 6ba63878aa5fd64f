"""Folds for cross-validation: everything is held out once, with whatever must stay together; stratified for classes."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hakseup.data.units import class_of
from hakseup.errors import DataError
from hakseup.seeds import numpy_generator
from hakseup.sources.classes import listed
from hakseup.words import Words, josa


@dataclass(frozen=True)
class Fold:
    """Rows or pictures that train and those that are held out, int64, sorted, disjoint; repeat and number from 0."""

    repeat: int
    number: int
    train: np.ndarray
    held: np.ndarray


@dataclass(frozen=True)
class Kind:
    """What is divided, for the sentences of errors: classes (empty: a number is learned), rows or pictures, their units."""

    classes: tuple[str, ...]
    rows: Words
    units: Words


ROWS = Words("rows", "행")
PICTURES = Words("pictures", "그림")


def kind(classes: Sequence[str], rows: Words, grouped: bool) -> Kind:
    """Args: the keys of the classes; ROWS or PICTURES; whether there are groups."""
    unit = Words("groups", "그룹") if grouped else Words(f"different {rows.en}", f"서로 다른 {rows.ko}")
    return Kind(tuple(classes), rows, unit)


def stratified(
    rows: np.ndarray,
    unit: np.ndarray,
    values: np.ndarray,
    k: int,
    what: Kind,
    *,
    repeats: int = 1,
    seed: int = 0,
) -> tuple[Fold, ...]:
    """Divide these rows into k folds, as often as `repeats` says; the rows of a unit in one fold.

    Args:
        rows: index, int64 (n,), sorted.
        unit: what each of them belongs to, int64 (n,).
        values: their classes, int64 (n,), or numbers.
        k: folds, at least 2.
        what: is divided.
        repeats: how often they are divided anew.
        seed: of the order.

    Raises:
        DataError: fewer units than folds, in all or of a class, or a fold that cannot learn a class.
    """
    _require_units(unit, values, k, what)
    most = class_of(unit, values, len(what.classes))
    out = []
    for repeat in range(repeats):
        fold = _divided(unit, most, k, numpy_generator(seed, "folds", repeat))
        for number in range(k):
            made = Fold(repeat, number, rows[fold != number], rows[fold == number])
            require_classes(values[fold != number], made, what)
            out.append(made)
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


def _require_units(unit: np.ndarray, values: np.ndarray, k: int, what: Kind) -> None:
    """There are k units or more, and of each class as many that have it."""
    if not what.classes:
        if (n := len(np.unique(unit))) < k:
            raise DataError(
                "too-few-rows",
                Words(
                    f"{k} folds need {k} {what.units.en} or more; there are {n:,}.",
                    f"{k}겹으로 나누려면 {josa(what.units.ko, '이/가')} {k}개 이상 있어야 하는데 {n:,}개뿐입니다.",
                ),
                _fewer(n, what),
            )
        return
    has = [len(np.unique(unit[values == c])) for c in range(len(what.classes))]
    short = [f"{key}: {n:,}" for key, n in zip(what.classes, has, strict=True) if n < k]
    if short:
        shown = listed(short)
        raise DataError(
            "class-too-small",
            Words(
                f"{k} folds need {k} {what.units.en} or more of each class; there are too few of {shown.en}.",
                f"{k}겹으로 나누려면 클래스마다 {josa(what.units.ko, '이/가')} {k}개 이상 있어야 하는데 모자랍니다. {shown.ko}.",
            ),
            _fewer(min(has), what),
        )


def _fewer(most: int, what: Kind) -> Words:
    """What to do where there are only so many units for the folds."""
    folds = Words(f" (-k {most})", f"(-k {most})") if most >= 2 else Words("", "")
    return Words(
        f"Use fewer folds{folds.en}, or add {what.rows.en}.",
        f"겹 수를 줄이거나{folds.ko} {josa(what.rows.ko, '을/를')} 더하세요.",
    )


def require_classes(trained: np.ndarray, fold: Fold, what: Kind) -> None:
    """Every class is among the labels that train this fold, or it could not be predicted in it.

    Raises:
        DataError: one is missing.
    """
    if not what.classes:
        return
    counts = np.bincount(trained, minlength=len(what.classes))
    short = [key for key, n in zip(what.classes, counts, strict=True) if n == 0]
    if short:
        shown = listed(short)
        raise DataError(
            "class-too-small",
            Words(
                f"The training {what.rows.en} of fold {fold.number + 1} lack a class: {shown.en}.",
                f"{fold.number + 1}번째 겹의 학습 {what.rows.ko}에 없는 클래스가 있습니다: {shown.ko}.",
            ),
            Words(
                f"Use fewer folds, or leave the {what.rows.en} of this class out.",
                f"겹 수를 줄이거나 이 클래스의 {josa(what.rows.ko, '을/를')} 빼세요.",
            ),
        )
