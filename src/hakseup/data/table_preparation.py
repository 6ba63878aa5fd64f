"""Preparation of tables: from rows of any frame to the numbers and codes a network takes. It belongs to the model.

Fitted on training rows only and saved with the run; training, folds, evaluation and prediction all go through
`TablePreparation.encode`. Only the tutorials' way looks at other rows too (`preparation.fitted_on = "all"`), and
says so in `notes`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hakseup.data.table import FEATURES, Table, Task
from hakseup.data.table_choice import fitted_columns
from hakseup.data.table_columns import (
    FIRST,
    MISSING,
    CategoryColumn,
    DateColumn,
    FittedColumn,
    NumberColumn,
    column_from_dict,
    leak,
    typed,
)
from hakseup.data.table_difference import require_columns
from hakseup.data.table_scales import TargetScale
from hakseup.data.table_several import SeveralColumn
from hakseup.errors import CallError, damaged, nearest
from hakseup.settings import PreparationSettings
from hakseup.sources.classes import listed
from hakseup.sources.found import ClassName
from hakseup.words import Words, josa

if TYPE_CHECKING:
    import polars as pl

_ROWS = 1 << 16  # encoded at once


@dataclass(frozen=True)
class Encoded:
    """numbers: float32 (n, d), never NaN; codes: int64 (n, c), 0 unseen, 1 missing, 2 and up known categories."""

    numbers: np.ndarray
    codes: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: np.ndarray) -> Encoded:
        """These rows only."""
        return Encoded(self.numbers[rows], self.codes[rows])


@dataclass(frozen=True)
class TablePreparation:
    """What happens to every row before the network sees it.

    columns: the fitted columns, in the order of the table. task, classes, target: of what is predicted, and
    target_scale how a number is learned. categories: how the settings want them: auto, one_hot or embedding.
    picked: names of the one-hot columns that are kept, in their order; empty: all. others: columns of the table
    that are not learned from. fitted_on: "training" or "all". considered: of how many columns those were chosen that
    are learned from, where there were more than the settings' `inputs`; 0: none was left out for that.
    """

    columns: tuple[FittedColumn, ...]
    task: Task
    classes: tuple[ClassName, ...]
    target: str
    target_scale: TargetScale
    categories: str = "auto"
    picked: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    fitted_on: str = "training"
    considered: int = 0

    kind = "table"

    @staticmethod
    def fitted(table: Table, rows: np.ndarray, settings: PreparationSettings) -> TablePreparation:
        """Fit on these rows alone, unless the settings say otherwise.

        Args:
            table: all rows; only those in `rows` are looked at.
            rows: index of the training rows, int64.
            settings: how numbers are scaled and filled, categories and the target taken.

        Raises:
            CallError: `columns` of the settings names a column that there is not, or a logarithm is asked for of
                a target that has none.
            SealError: a row's target is sealed.
        """
        columns = fitted_columns(table, rows, settings)
        used = {column.name for column in columns}
        scale = TargetScale("none")
        if table.task == "number":
            scale = TargetScale.fitted(_loggable(table, rows, settings), settings.target)
        out = TablePreparation(
            columns,
            table.task,
            table.classes,
            table.target,
            scale,
            settings.categories,
            others=tuple(role.name for role in table.roles if role.name not in used),
            fitted_on=settings.fitted_on,
            considered=len(table.features) if len(used) < len(table.features) else 0,
        )
        return out._only(settings.columns) if settings.columns else out

    @property
    def number_names(self) -> tuple[str, ...]:
        """What the d numbers of an encoded row are called: numbers and dates first, then where they were missing."""
        return _distinct([name for column in self._numeric for name in column.numbers] + self._indicators)

    @property
    def code_names(self) -> tuple[str, ...]:
        """The columns whose codes an encoded row has."""
        return tuple(column.name for column in self._coded)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """How many codes each of them has, those for unseen and missing included."""
        return tuple(column.cardinality for column in self._coded)

    @property
    def one_hot_names(self) -> tuple[str, ...]:
        """What the columns of `one_hot` are called: GrLivArea, BsmtQual_Ex, BsmtQual_missing."""
        return self.picked or self._all_one_hot

    @property
    def notes(self) -> tuple[Words, ...]:
        """What a person should know of it."""
        log = self.target_scale.words(self.target)
        leaks = leak(self.columns) if self.fitted_on == "all" else None
        return tuple(note for note in (self.bounded, leaks, log) if note is not None)

    def told(self, columns: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The facts of a table's columns, with those called left out that are not among the most promising."""
        used = {column.name for column in self.columns}
        reason = Words(
            f"not among the {len(used):,} of {self.considered:,} columns that go most closely with {self.target}",
            f"{josa(self.target, '과/와')} 관련이 깊은 열 {self.considered:,}개 중 {len(used):,}개에 들지 않음",
        ).as_dict()
        return [
            {**one, "role": "left out", "reason": reason}
            if self.considered and one["role"] in FEATURES and one["name"] not in used
            else dict(one)
            for one in columns
        ]

    @property
    def bounded(self) -> Words | None:
        """That only some of the columns are learned from, where there were very many."""
        if not self.considered:
            return None
        n = len(self.columns)
        return Words(
            f"Of these {self.considered:,} columns only the {n:,} that go most closely with {self.target} in the training rows are "
            "learned from; preparation.inputs sets how many.",
            f"열 {self.considered:,}개 가운데 학습 행에서 {josa(self.target, '와/과')} 가장 관련이 깊은 {n:,}개만 학습에 씁니다. "
            "개수는 preparation.inputs로 정합니다.",
        )

    def encode(self, frame: pl.DataFrame) -> Encoded:
        """Any rows, in the frame's order, a block at a time.

        Args:
            frame: at least the columns that are learned from; columns may stand in any order.

        Raises:
            DataError: a column is missing, with the difference line by line; or a cell is of another kind.
        """
        both, d = self.rows(frame), len(self.number_names)
        return Encoded(both[:, :d], both[:, d:].astype(np.int64))

    def rows(self, frame: pl.DataFrame) -> np.ndarray:
        """The same in one array, float32 (n, d + c): codes are whole numbers below 2**24, exact in float32.

        Large tables live through this once: no second copy is made of them.
        """
        cells = self._cells(frame)
        out = np.empty((len(frame), len(self.number_names) + len(self._coded)), np.float32)
        for start in range(0, len(frame), _ROWS):
            for column, at, marked in self._places:
                _write(column, cells[column.name].slice(start, _ROWS), out[start : start + _ROWS], at, marked)
        return out

    def replaced(self, rows: np.ndarray, name: str, cells: pl.Series) -> np.ndarray:
        """Rows as `rows` makes them with these cells in one column: nothing else is encoded again. A copy.

        Args:
            rows: float32 (n, d + c). name: a column that is learned from. cells: its cells, (n,).
        """
        column, at, marked = next(place for place in self._places if place[0].name == name)
        out = rows.copy()
        _write(column, typed(cells, column), out, at, marked)
        return out

    def one_hot(self, encoded: Encoded) -> np.ndarray:
        """Numbers and a column of 0 and 1 for each category, float32 (n, width); an unseen one is 0 in all."""
        d, n = encoded.numbers.shape[1], len(encoded)
        out = np.zeros((n, d + sum(_width(column) for column in self._coded)), np.float32)
        out[:, :d] = encoded.numbers
        at, rows = d, np.arange(n)
        for column, codes in zip(self._coded, encoded.codes.T, strict=True):
            known = codes >= FIRST
            out[rows[known], at + codes[known] - FIRST] = 1
            if column.missing:
                out[codes == MISSING, at + len(column.categories)] = 1
            at += _width(column)
        if not self.picked:
            return out
        place = {name: index for index, name in enumerate(self._all_one_hot)}
        return np.ascontiguousarray(out[:, [place[name] for name in self.picked]])

    def target_forward(self, values: np.ndarray) -> np.ndarray:
        """Targets as they are learned, float64: standardised, the logarithm before where it is skewed."""
        return self.target_scale.forward(values)

    def target_back(self, learned: np.ndarray) -> np.ndarray:
        """Predictions in the target's own unit, float64."""
        return self.target_scale.back(learned)

    def with_smearing(self, residuals: np.ndarray) -> TablePreparation:
        """The same, with predictions right in the mean (see `TargetScale.with_smearing`).

        Args:
            residuals: `target_forward(truth)` less what the network gave, float64 (m,).
        """
        return dataclasses.replace(self, target_scale=self.target_scale.with_smearing(residuals))

    def unseen(self, frame: pl.DataFrame) -> dict[str, int]:
        """For each column with any, how many cells hold a category that training did not have."""
        cells = self._cells(frame)
        counts = {column.name: column.unseen(cells[column.name]) for column in self._coded}
        return {name: count for name, count in counts.items() if count}

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as they are kept in preparation.json."""
        return {
            "kind": self.kind,
            "columns": [column.as_dict() for column in self.columns],
            "task": self.task,
            "classes": [{"key": c.key, **c.words.as_dict()} for c in self.classes],
            "target": self.target,
            "target_scale": self.target_scale.as_dict(),
            "categories": self.categories,
            "picked": list(self.picked),
            "others": list(self.others),
            "fitted_on": self.fitted_on,
            "considered": self.considered,
        }

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> TablePreparation:
        """Back from `as_dict`.

        Raises:
            RunError: something is missing or of the wrong kind.
        """
        try:
            if values["kind"] != "table" or values["task"] not in ("classes", "number"):
                raise ValueError((values["kind"], values["task"]))
            return TablePreparation(
                tuple(column_from_dict(column) for column in values["columns"]),
                values["task"],
                tuple(ClassName(str(c["key"]), Words(str(c["en"]), str(c["ko"]))) for c in values["classes"]),
                str(values["target"]),
                TargetScale.from_dict(values["target_scale"]),
                str(values["categories"]),
                tuple(str(name) for name in values["picked"]),
                tuple(str(name) for name in values["others"]),
                str(values["fitted_on"]),
                int(values.get("considered", 0)),  # runs from before have none
            )
        except (KeyError, TypeError, ValueError) as error:
            raise damaged("preparation.json", error) from None

    @property
    def _numeric(self) -> list[NumberColumn | DateColumn | SeveralColumn]:
        return [column for column in self.columns if not isinstance(column, CategoryColumn)]

    @property
    def _coded(self) -> list[CategoryColumn]:
        return [column for column in self.columns if isinstance(column, CategoryColumn)]

    @cached_property
    def _places(self) -> list[tuple[FittedColumn, int, int | None]]:
        """Of each column, where its numbers or its code begin in a row, and where it says what was missing."""
        numeric, out, at = self._numeric, [], 0
        mark = sum(len(column.numbers) for column in numeric)
        for column in numeric:
            out.append((column, at, mark if column.indicator else None))
            at, mark = at + len(column.numbers), mark + column.indicator
        return [*out, *((category, mark + i, None) for i, category in enumerate(self._coded))]

    @property
    def _indicators(self) -> list[str]:
        return [f"{column.name}_missing" for column in self._numeric if column.indicator]

    @property
    def _all_one_hot(self) -> tuple[str, ...]:
        names = list(self.number_names)
        for column in self._coded:
            names += [f"{column.name}_{category}" for category in column.categories]
            names += [f"{column.name}_missing"] if column.missing else []
        return _distinct(names)

    def _cells(self, frame: pl.DataFrame) -> dict[str, pl.Series]:
        require_columns(self.columns, self.others, frame)
        return {column.name: typed(frame[column.name], column) for column in self.columns}

    def _only(self, names: Sequence[str]) -> TablePreparation:
        """The same with these one-hot columns alone."""
        known = self._all_one_hot
        for name in names:
            if name not in known:
                near, shown = nearest(name, list(known)), listed(known)
                raise CallError(
                    "unknown-column",
                    Words(
                        f"preparation.columns: there is no column '{name}' after one-hot encoding.",
                        f"preparation.columns: 원-핫 인코딩 뒤에 '{name}' 열이 없습니다.",
                    ),
                    Words(f"Did you mean '{near}'?", f"'{near}'을(를) 뜻하셨나요?")
                    if near
                    else Words(f"Columns: {shown.en}.", f"열: {shown.ko}."),
                )
        wanted = set(names)
        columns: list[FittedColumn] = []
        for column in self.columns:
            if isinstance(column, CategoryColumn):
                made = {f"{column.name}_{c}" for c in (*column.categories, "missing")}
                columns += [column] if made & wanted else []
            elif wanted & {*column.numbers, f"{column.name}_missing"}:
                columns.append(column)
        picked = tuple(dict.fromkeys(names))
        out = dataclasses.replace(self, columns=tuple(columns), picked=picked)
        # Two columns of one name get numbers behind it: where that would change, none is left out.
        return out if wanted <= set(out._all_one_hot) else dataclasses.replace(self, picked=picked)


def _loggable(table: Table, rows: np.ndarray, settings: PreparationSettings) -> np.ndarray:
    """The targets of these rows; where a logarithm is asked for, they have one."""
    values = table.labels.of(rows)
    if settings.target == "log" and values.min() < 0:
        raise CallError(
            "no-logarithm",
            Words(
                f"preparation.target = log: '{table.target}' goes down to {values.min():,.6g}; only numbers from 0 "
                "have a logarithm here, log(1 + y).",
                f"preparation.target = log: '{table.target}'의 가장 작은 값이 {values.min():,.6g}입니다. 0 이상이어야 "
                "로그 log(1 + y)를 쓸 수 있습니다.",
            ),
            Words("Use preparation.target=standard.", "preparation.target=standard를 쓰세요."),
        )
    return values


def _write(column: FittedColumn, cells: pl.Series, out: np.ndarray, at: int, marked: int | None) -> None:
    """The numbers or the code of these cells into rows, float32 (n, d + c), and where they were missing."""
    if isinstance(column, CategoryColumn):
        out[:, at] = column.encode(cells)
        return
    column.encode(cells, out[:, at : at + len(column.numbers)])
    if marked is not None:
        out[:, marked] = _is_missing(cells)


def _width(column: CategoryColumn) -> int:
    return len(column.categories) + column.missing


def _is_missing(column: pl.Series) -> np.ndarray:
    missing = column.is_null()
    if column.dtype.is_float():
        missing = missing | ~column.is_finite().fill_null(True)
    return np.asarray(missing.to_numpy())


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The same names, a repeated one with a number behind it."""
    taken: set[str] = set()
    out = []
    for name in names:
        fresh, number = name, 2
        while fresh in taken:
            fresh, number = f"{name}_{number}", number + 1
        taken.add(fresh)
        out.append(fresh)
    return tuple(out)
