"""Preparation of tables: from rows of any frame to the numbers and codes a network takes. It belongs to the model.

Fitted on training rows only and saved with the run; training, folds, evaluation and prediction all go through
`TablePreparation.encode`. Only the tutorials' way looks at other rows too (`preparation.fitted_on = "all"`), and
says so in `notes`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hakseup.data.table import FEATURES, Table, Task
from hakseup.data.table_columns import (
    FIRST,
    MISSING,
    CategoryColumn,
    DateColumn,
    FittedColumn,
    NumberColumn,
    column_from_dict,
    expected,
    fitted_column,
    leak,
    typed,
)
from hakseup.data.table_scales import TargetScale
from hakseup.errors import CallError, DataError, damaged, nearest
from hakseup.settings import PreparationSettings
from hakseup.sources.classes import listed
from hakseup.sources.found import ClassName
from hakseup.words import Words

if TYPE_CHECKING:
    import polars as pl

_ROWS = 1 << 16  # encoded at once
_LINES = 40  # of a difference in one message
_GUESSED = 200  # columns that training did not have, among which a missing one is looked for


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
    that are not learned from. fitted_on: "training" or "all".
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
        everything = settings.fitted_on == "all"
        columns = []
        for role in table.features:
            cells = table.frame[role.name]
            columns.append(
                fitted_column(
                    cast(Any, role.role), cells if everything else cells.gather(rows), role.words, settings
                )
            )
        scale = TargetScale("none")
        if table.task == "number":
            scale = TargetScale.fitted(_loggable(table, rows, settings), settings.target)
        out = TablePreparation(
            tuple(columns),
            table.task,
            table.classes,
            table.target,
            scale,
            settings.categories,
            others=tuple(role.name for role in table.roles if role.role not in FEATURES),
            fitted_on=settings.fitted_on,
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
        return (*((leak(self.columns),) if self.fitted_on == "all" else ()), *(() if log is None else (log,)))

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
        numeric, coded = self._numeric, self._coded
        width = [len(column.numbers) for column in numeric]
        marked = [column for column in numeric if column.indicator]
        out = np.empty((len(frame), sum(width) + len(marked) + len(coded)), np.float32)
        for start in range(0, len(frame), _ROWS):
            block = out[start : start + _ROWS]
            at = 0
            for column, wide in zip(numeric, width, strict=True):
                column.encode(cells[column.name].slice(start, _ROWS), block[:, at : at + wide])
                at += wide
            for column in marked:
                block[:, at] = _is_missing(cells[column.name].slice(start, _ROWS))
                at += 1
            for category in coded:
                block[:, at] = category.encode(cells[category.name].slice(start, _ROWS))
                at += 1
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

    def difference(self, frame: pl.DataFrame) -> tuple[Words, ...]:
        """A line for each column that is missing (-) or that training did not have (+)."""
        wanted = {column.name: column for column in self.columns}
        extra = [name for name in frame.columns if name not in wanted and name not in self.others]
        guesses = extra if len(extra) <= _GUESSED else []
        lines = []
        for name, column in wanted.items():
            if name in frame.columns:
                continue
            what, near = expected(column), nearest(name, guesses)
            lines.append(
                Words(
                    f"- {name} ({what.en})" + (f"; is it '{near}'?" if near else ""),
                    f"- {name} ({what.ko})" + (f" — '{near}' 열입니까?" if near else ""),
                )
            )
        lines += [Words(f"+ {name}", f"+ {name}") for name in extra]
        return tuple(lines)

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
            )
        except (KeyError, TypeError, ValueError) as error:
            raise damaged("preparation.json", error) from None

    @property
    def _numeric(self) -> list[NumberColumn | DateColumn]:
        return [column for column in self.columns if not isinstance(column, CategoryColumn)]

    @property
    def _coded(self) -> list[CategoryColumn]:
        return [column for column in self.columns if isinstance(column, CategoryColumn)]

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
        if any(column.name not in frame.columns for column in self.columns):
            lines = self.difference(frame)
            more = len(lines) - _LINES
            if more > 0:
                lines = (*lines[:_LINES], Words(f"and {more:,} more", f"외 {more:,}개"))
            raise DataError(
                "columns-differ",
                Words(
                    "These are not the columns of the training (- is missing, + was not there):"
                    + "".join(f"\n  {line.en}" for line in lines),
                    "학습할 때의 열과 다릅니다(-: 빠진 열, +: 없던 열):"
                    + "".join(f"\n  {line.ko}" for line in lines),
                ),
                Words(
                    "Give the missing columns the names they had; empty cells are allowed.",
                    "빠진 열을 학습할 때의 이름으로 넣으세요. 칸은 비어 있어도 됩니다.",
                ),
            )
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
