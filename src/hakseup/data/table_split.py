"""The split of a table: which row trains, which validates, which is sealed.

The same promises as for pictures (`data.split`): the test part follows from the content of the rows and
`split.seed` alone, shares are stratified for classes, and equal rows stand on one side. What stands together is
called a unit: the rows of a group where there is one, else equal rows. With a time, the latest rows are the test
part and the ones before them validate; earlier rows that equal one of them are left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hakseup.data.labels import Labels
from hakseup.data.split import Split, smallest_of_unit
from hakseup.data.table import Table
from hakseup.data.table_keys import numbered, salted
from hakseup.data.units import class_of
from hakseup.errors import CallError, DataError
from hakseup.files import quoted
from hakseup.seeds import numpy_generator
from hakseup.settings import SplitSettings
from hakseup.sources.classes import listed
from hakseup.words import Words

if TYPE_CHECKING:
    import polars as pl

_TYPED = 120  # letters of an option that one would still type
_PARTS = {
    "train": Words("training", "학습"),
    "validation": Words("validation", "검증"),
    "test": Words("test", "테스트"),
}
PARTS_NEEDED = 3  # training, validation, test: a class needs a unit in each


def split(table: Table, settings: SplitSettings, seed: int) -> tuple[Split, Labels]:
    """Divide into training, validation and test parts.

    Args:
        table: rows with their labels.
        settings: shares and the split seed.
        seed: the recipe's seed; it moves the validation part only, and nothing where there is a time.

    Returns:
        The split, and the labels with those of the test part sealed.

    Raises:
        CallError: a split seed beside a time, which decides alone.
        DataError: a class, or the table, is too small for three parts.
    """
    if table.order is not None:
        result = _by_time(table, settings, seed)
    else:
        result = _by_units(table, settings, seed)
    labels = table.labels.seal(result.test)
    _require_rows(table, labels, result)
    return result, labels


def sealed(table: Table, labels: Labels, parts: Split) -> Table:
    """The same table without the target of the test part: what everything after the split may look at."""
    import polars as pl

    closed = np.zeros(len(table), bool)
    closed[parts.test] = True
    frame = table.frame.with_columns(
        pl.when(~pl.Series(closed)).then(pl.col(table.target)).alias(table.target)
    )
    return dataclasses.replace(table, labels=labels, frame=frame)


def units(table: Table) -> np.ndarray:
    """What must stay on one side, a number from 0 for each row, int64 (n,): its group, else the rows equal to it.

    A row without a group is together with the rows equal to it.
    """
    alone = numbered(table.keys)
    if table.groups is None:
        return alone
    grouped = table.groups >= 0
    return np.unique(np.where(grouped, table.groups, table.groups.max() + 1 + alone), return_inverse=True)[1]


def held_out(
    table: Table, labels: Labels, rows: np.ndarray, share: float, seed: int, *use: str | int
) -> tuple[np.ndarray, np.ndarray]:
    """These rows without a share of them, and that share, which validates; both sorted.

    At random, stratified for classes, whole units. By time the share are the latest rows, and earlier rows that equal
    one of them are in neither.

    Args:
        table: whose rows they are.
        labels: of all rows; those of `rows` are read.
        rows: index, int64.
        share: how much of them.
        seed, use: the seed and the name of the use, as for `seeds.numpy_generator`.
    """
    if table.order is not None:
        late = _latest(table.order, rows, share)
        early, key = np.setdiff1d(rows, late, assume_unique=True), numbered(table.keys)
        return early[~np.isin(key[early], key[late])], late
    unit = units(table)[rows]
    left, place = np.unique(unit, return_inverse=True)
    rank = numpy_generator(seed, *use).permutation(len(left)).astype(np.uint64)[place]
    chosen = _share(unit, class_of(unit, labels.of(rows), len(table.classes)), rank, share)
    return np.asarray(rows[~chosen]), np.asarray(rows[chosen])


def _by_units(table: Table, settings: SplitSettings, seed: int) -> Split:
    unit = units(table)
    kind = class_of(unit, table.labels.values, len(table.classes))
    index = np.arange(len(table))
    test = _share(unit, kind, _test_rank(table, unit, settings.seed), settings.test)
    rest = index[~test]
    train, validation = held_out(table, table.labels, rest, settings.validation, seed, "validation")
    return Split(train, validation, index[test], np.empty(0, np.int64), False, False)


def _by_time(table: Table, settings: SplitSettings, seed: int) -> Split:
    if settings.seed:
        raise CallError(
            "setting-without-effect",
            Words(
                "--split-seed has no effect with --time: the latest rows are the test part.",
                "--time을 쓰면 가장 늦은 행이 테스트 부분이므로 --split-seed는 영향이 없습니다.",
            ),
            Words("Leave one of them out.", "하나만 남기세요."),
        )
    assert table.order is not None
    index = np.arange(len(table))
    known = index[~np.isnan(table.order)]
    test = _latest(table.order, known, settings.test)
    rest = np.setdiff1d(known, test, assume_unique=True)
    key = numbered(table.keys)
    rest = rest[~np.isin(key[rest], key[test])]  # such a row would be known before the test
    train, validation = held_out(table, table.labels, rest, settings.validation, seed, "validation")
    used = np.concatenate([train, validation, test])
    return Split(train, validation, test, np.setdiff1d(index, used, assume_unique=True), False, False)


def _latest(order: np.ndarray, index: np.ndarray, share: float) -> np.ndarray:
    """The latest of these rows, as near to the share as whole moments allow, never all; sorted."""
    moments, counts = np.unique(order[index], return_counts=True)
    if len(moments) < 2:
        return np.empty(0, np.int64)
    after = np.cumsum(counts[::-1])[::-1][1:]  # rows at a moment or later, without the first moment
    edge = 1 + int(np.argmin(np.abs(after - max(1.0, share * len(index)))))
    return np.asarray(index[order[index] >= moments[edge]])


def _test_rank(table: Table, unit: np.ndarray, seed: int) -> np.ndarray:
    """A number for each unit that depends on its content and the split seed alone, for each row, uint64 (n,)."""
    salt = f"hakseup test part {seed}"
    rank = salted(table.rows, salt)
    if table.groups is not None and table.group is not None:
        # A group goes by its name, so that a row that is added to it does not move it.
        grouped = table.groups >= 0
        rank = np.where(grouped, salted(_name_keys(table.frame[table.group]), salt), rank)
    return smallest_of_unit(rank, unit)


def _name_keys(column: pl.Series) -> np.ndarray:
    from hakseup.data.table_keys import row_keys

    return row_keys(column.to_frame(), [column.name])


def _share(unit: np.ndarray, kind: np.ndarray, rank: np.ndarray, share: float) -> np.ndarray:
    """Of each class the units with the smallest ranks, as near to the share as whole units allow; bool (n,).

    At least one unit of each class, and never all of them.
    """
    chosen = np.zeros(len(unit), bool)
    for label in np.unique(kind):
        members = np.flatnonzero(kind == label)
        names, first, sizes = np.unique(unit[members], return_index=True, return_counts=True)
        if len(names) < 2:
            continue
        want = max(1, round(share * len(members)))
        order = np.lexsort((names, rank[members][first]))
        taken = order[_fill(sizes[order], want)]
        if len(taken) == len(names):
            taken = taken[:-1]
        chosen[members[np.isin(unit[members], names[taken])]] = True
    return chosen


def _fill(sizes: np.ndarray, want: int) -> np.ndarray:
    """Which of these units, in their order, come nearest to so many rows; a unit that leads away is passed over."""
    before = np.cumsum(sizes) - sizes
    sure = int(np.searchsorted(before + sizes, want, side="right"))  # these fit as they come
    taken, total = list(range(sure)), int(sizes[:sure].sum())
    for at in range(sure, len(sizes)):
        if total >= want:
            break
        if abs(total + int(sizes[at]) - want) < want - total:
            taken.append(at)
            total += int(sizes[at])
    return np.array(taken or [int(np.argmin(sizes))], np.int64)


def _require_rows(table: Table, labels: Labels, result: Split) -> None:
    """Every part has rows, and those that train and validate have every class (by time: those that train)."""
    if table.task == "number" or table.order is not None:
        for part, index in result.parts().items():
            if len(index) == 0:
                raise _too_few(table, part)
        if table.task == "number":
            return
    counts = {
        part: np.bincount(labels.of(index), minlength=len(table.classes))
        for part, index in result.parts().items()
        if part != "test" and (part == "train" or table.order is None)
    }
    short = [c for c in range(len(table.classes)) if any(count[c] == 0 for count in counts.values())]
    if not short:
        return
    outside = {c: sum(int(count[c]) for count in counts.values()) for c in short}
    names = listed([f"{table.classes[c].key}: {outside[c]:,}" for c in short])
    if table.order is not None:
        raise DataError(
            "class-too-late",
            Words(
                f"The earlier rows, which train, lack a class of the target: {names.en}.",
                f"학습에 쓰는 이른 행에 없는 클래스가 있습니다: {names.ko}.",
            ),
            Words(
                "Leave these rows out, or divide without --time.",
                "이 행을 빼거나 --time 없이 나누세요.",
            ),
        )
    what = _units(table)
    raise DataError(
        "class-too-small",
        Words(
            f"Too few {what.en} of a class for training, validation and test; rows left outside the test part: "
            f"{names.en}. Every class needs at least {PARTS_NEEDED} {what.en}.",
            f"학습·검증·테스트로 나누기에는 {what.ko}이 너무 적은 클래스가 있습니다. 테스트 부분을 뺀 나머지: {names.ko}. "
            f"클래스마다 {what.ko}이 적어도 {PARTS_NEEDED}개 필요합니다.",
        ),
        _without(table, short),
    )


def _units(table: Table) -> Words:
    """What its units are called."""
    return Words("groups", "그룹") if table.groups is not None else Words("different rows", "서로 다른 행")


def _without(table: Table, short: Sequence[int]) -> Words:
    """What to do about classes that are too small."""
    others = [c.key for place, c in enumerate(table.classes) if place not in short]
    leave_out = Words("leave their rows out", "그 행을 빼세요")
    if len(others) >= 2 and not any("," in key for key in others):
        option = f"--classes {quoted(','.join(others))}"
        if len(option) <= _TYPED:
            leave_out = Words(f"train without them: {option}", f"{option}처럼 나머지 클래스만 쓰세요")
    number = Words("", "")
    if table.frame[table.target].dtype.is_float():
        number = Words(
            f" If '{table.target}' is a quantity, --task number.",
            f" '{table.target}' 값이 양이면 --task number를 쓰세요.",
        )
    return Words(
        f"Add rows of these classes, or {leave_out.en}.{number.en}",
        f"이 클래스의 행을 더하거나 {leave_out.ko}.{number.ko}",
    )


def _too_few(table: Table, part: str) -> DataError:
    count = int(units(table).max(initial=-1)) + 1
    what = _units(table)
    return DataError(
        "too-few-rows",
        Words(
            f"{table.name} has {count:,} {what.en}, too few for training, validation and test: nothing is left "
            f"for the {_PARTS[part].en} part. At least {PARTS_NEEDED} are needed.",
            f"{table.name}: {what.ko}이 {count:,}개라서 학습·검증·테스트로 나누기에 너무 적습니다({_PARTS[part].ko} 부분이 비게 됩니다). "
            f"적어도 {PARTS_NEEDED}개 필요합니다.",
        ),
        Words("Add rows.", "행을 더하세요."),
    )
