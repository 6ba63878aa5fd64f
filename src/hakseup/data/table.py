"""`Table`: rows and columns with their roles, the target as labels, and a hash of every row.

A table is found (`sources.tables`), loaded here, divided (`data.table_split`) and prepared
(`data.table_preparation`). `load` decides what is said about every column; it changes no value except that an
infinite or not-a-number cell of a feature becomes a missing one, which is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hakseup.data import table_keys, table_roles
from hakseup.data.labels import Labels
from hakseup.data.table_call import (
    chosen_columns,
    excerpt,
    require_cells,
    target_column,
    time_values,
)
from hakseup.data.table_roles import Role
from hakseup.data.table_target import Task, of_classes, read_target
from hakseup.errors import DataError
from hakseup.sources.found import ClassName, Refused
from hakseup.sources.tables.found import FoundTable
from hakseup.words import Words, josa

if TYPE_CHECKING:
    import polars as pl

FEATURES = ("number", "numbers", "category", "date")

__all__ = ["FEATURES", "Role", "Table", "Task", "load"]


@dataclass(frozen=True)
class Table:
    """A table whose target is known; rows without a target are left out.

    frame: all columns as found (Float64, String, Datetime, Boolean), the target too; null is missing.
    roles: one for each column, in the frame's order.
    labels: int64 class index or float64 target, (n,).
    keys: (n,) of dtype "V16": hash of what is learned from a row (and of its group): equal rows are equal keys.
    rows: (n,) of dtype "V16": hash of everything in a row but the target, whatever is learned from; it chooses
        the test part, so that ignoring a column does not choose another one.
    groups: int64 (n,), rows with the same number stay together, -1 without a group; None: no `group`.
    order: float64 (n,), the time of each row, NaN without; None: no `time`.
    lines: int64 (n,), line in the file, from 1.
    """

    source: str
    name: str
    format: Literal["csv", "parquet", "excel", "frame"]
    frame: pl.DataFrame
    roles: tuple[Role, ...]
    target: str
    task: Task
    classes: tuple[ClassName, ...]
    labels: Labels
    keys: np.ndarray
    rows: np.ndarray
    lines: np.ndarray
    group: str | None = None
    time: str | None = None
    groups: np.ndarray | None = None
    order: np.ndarray | None = None
    refused: tuple[Refused, ...] = ()
    notes: tuple[Words, ...] = ()
    title: Words | None = None
    licence: str | None = None
    known: str | None = None

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def features(self) -> tuple[Role, ...]:
        """The columns that are learned from, in the frame's order."""
        return tuple(role for role in self.roles if role.role in FEATURES)


def load(
    found: FoundTable,
    *,
    target: str | int | None = None,
    task: str = "auto",
    group: str | None = None,
    time: str | None = None,
    ignore: Sequence[str] = (),
    classes: Sequence[str] = (),
) -> Table:
    """The table with a role for every column.

    Args:
        found: from `sources.tables.find`.
        target: name or number (from 1) of the column that is predicted; without it that of a known set, else
            the last.
        task: "classes", "number", or "auto": found from the target's values.
        group: rows with the same value in this column belong together; it is not learned from.
        time: the column (date or number) by which the latest rows become the test part.
        ignore: columns that are not learned from.
        classes: rows of these classes only; none: all.

    Raises:
        CallError: there is no such column or class, or columns have been chosen twice; the nearest name is given.
        DataError: the target is missing everywhere, constant, infinite or not of that task; a column cannot be
            a time; nothing is left to learn from.
    """
    chosen = chosen_columns(found, target=target, group=group, time=time, ignore=ignore)
    require_cells(found)
    name, notes = target_column(found, chosen, said=target is not None)
    frame, lines, refused = found.frame, found.lines, found.refused
    kept = ~frame[name].is_null().to_numpy()
    if frame[name].dtype.is_float():
        kept &= ~frame[name].is_nan().fill_null(False).to_numpy()
    if not kept.all():
        notes = (*notes, _without_target(name, lines[~kept], len(kept)))
        frame, lines = frame.filter(kept), lines[kept]
    what = read_target(found, frame[name], lines, "classes" if classes and task == "auto" else task)
    if classes:
        what, kept = of_classes(what, classes)
        frame, lines = frame.filter(kept), lines[kept]
    frame, said = _finite(frame, name, lines)
    groups = None if chosen.group is None else _groups(frame[chosen.group])
    order, missing_time = (None, ()) if chosen.time is None else time_values(found, frame, chosen.time)
    roles = table_roles.decide(frame, found.columns, name, chosen)
    features = [role.name for role in roles if role.role in FEATURES]
    if not features:
        raise _nothing_to_learn_from(name, roles)
    others = [column for column in frame.columns if column != name]
    learned = features if chosen.group is None else [*features, chosen.group]
    rows = table_keys.row_keys(frame, others)
    return Table(
        source=found.source,
        name=found.name,
        format=found.format,
        frame=frame,
        roles=roles,
        target=name,
        task=what.task,
        classes=what.classes,
        labels=Labels(what.values),
        keys=rows if sorted(learned) == sorted(others) else table_keys.row_keys(frame, learned),
        rows=rows,
        lines=lines,
        group=chosen.group,
        time=chosen.time,
        groups=groups,
        order=order,
        refused=refused,
        notes=(*found.notes, *notes, *what.notes, *missing_time, *said),
        title=found.title,
        licence=found.licence,
        known=found.known,
    )


def _without_target(name: str, lines: np.ndarray, n: int) -> Words:
    at = excerpt(lines)
    return Words(
        f"{len(lines):,} of {n:,} rows have no '{name}' and are left out: {at.en}.",
        f"행 {n:,}개 가운데 {len(lines):,}개는 '{name}' 값이 없어 뺐습니다: {at.ko}.",
    )


def _finite(frame: pl.DataFrame, target: str, lines: np.ndarray) -> tuple[pl.DataFrame, tuple[Words, ...]]:
    """The frame with infinite and not-a-number cells of features missing, and a sentence on each such column."""
    import polars as pl

    numbers = [c for c in frame.columns if c != target and frame[c].dtype.is_float()]
    if not numbers:
        return frame, ()
    strange = frame.select(
        (pl.col(c).is_nan() | pl.col(c).is_infinite()).any().alias(c) for c in numbers
    ).row(0, named=True)
    notes = []
    for column in (c for c in numbers if strange[c]):
        bad = (~frame[column].is_finite()).fill_null(False).to_numpy()
        frame = frame.with_columns(pl.when(pl.col(column).is_finite()).then(pl.col(column)).alias(column))
        at = excerpt(lines[bad])
        notes.append(
            Words(
                f"'{column}' is infinite or no number in {int(bad.sum()):,} rows, taken as missing there: {at.en}.",
                f"'{column}'은(는) 행 {int(bad.sum()):,}개에서 무한대이거나 수가 아니어서 결측치로 봅니다: {at.ko}.",
            )
        )
    return frame, tuple(notes)


def _groups(column: pl.Series) -> np.ndarray:
    """A number for each group, in the order of their values as text; -1 where it is missing."""
    import polars as pl

    text = column.cast(pl.String)
    values = text.drop_nulls().unique().sort()
    return np.asarray(text.cast(pl.Enum(values)).to_physical().cast(pl.Int64).fill_null(-1).to_numpy())


def _nothing_to_learn_from(target: str, roles: Sequence[Role]) -> DataError:
    others = [role for role in roles if role.role == "left out"][:8]
    en = "".join(f"\n  {role.name}: {role.reason.en}" for role in others)
    ko = "".join(f"\n  {role.name}: {role.reason.ko}" for role in others)
    return DataError(
        "no-features",
        Words(
            f"No column is left to predict '{target}' from:{en or ' it is the only one.'}",
            f"{josa(repr(target), '을/를')} 예측할 열이 없습니다:{ko or ' 열이 하나뿐입니다.'}",
        ),
        Words(
            "Give a table with columns to learn from, or choose another column with --target.",
            "학습할 열이 있는 표를 주거나 --target으로 다른 열을 고르세요.",
        ),
    )
