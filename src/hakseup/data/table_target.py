"""The target of a table: classes or a number, found from its values or said; and its labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hakseup.data.table_call import excerpt, written
from hakseup.data.table_roles import names_rows
from hakseup.errors import CallError, DataError
from hakseup.sources.classes import choose, listed, natural_key
from hakseup.sources.found import ClassName
from hakseup.sources.tables.found import FoundTable
from hakseup.words import Words, josa

if TYPE_CHECKING:
    import polars as pl

Task = Literal["classes", "number"]  # two classes are "classes" with k = 2

FEW = 10  # so many different whole numbers or fewer may be classes …
OFTEN = 10  # … if each occurs so often in the mean …
SMALLEST = 5  # … and none is rarer than this
MANY = 20  # more classes than this, and
NAMED = 4  # columns that are proposed in place of one that cannot be the target
SHARE = 0.5  # more than this share of the rows, or of the classes with one row each: a text that names rows, not classes


@dataclass(frozen=True)
class Target:
    """values: int64 class indices, or float64; classes in natural order, () for a number."""

    task: Task
    classes: tuple[ClassName, ...]
    values: np.ndarray
    notes: tuple[Words, ...]


def read_target(found: FoundTable, column: pl.Series, lines: np.ndarray, task: str) -> Target:
    """The labels of a target without missing cells.

    Args:
        found: for what a known set says of its target.
        column: the target's cells; Float64, String, Boolean or Datetime.
        lines: line of each in the file.
        task: "classes", "number" or "auto".

    Raises:
        DataError: it is missing everywhere, constant, infinite, a date, another task's, or names single rows.
    """
    name = column.name
    if len(column) == 0:
        raise DataError(
            "target-missing",
            Words(f"'{name}' is missing in every row.", f"'{name}' 값이 모든 행에서 비어 있습니다."),
            _choose_another(found, name),
        )
    if column.dtype.is_temporal():
        raise DataError(
            "target-date",
            Words(
                f"'{name}' is a date; a target is a number or names classes.",
                f"'{name}'은(는) 날짜입니다. 목표는 수이거나 클래스 이름이어야 합니다.",
            ),
            _choose_another(found, name),
        )
    if column.dtype.is_float():
        _require_finite(column, lines)
    if task == "auto":
        known = found.task if name == found.target else None
        task, note = (known, None) if known in ("classes", "number") else _guess(column)
    else:
        note = None
    notes = () if note is None else (note,)
    if task == "number":
        return Target("number", (), _numbers(found, column, lines), notes)
    named = dict(found.class_names) if name == found.target else {}
    classes, values = _classes(found, column, named)
    return Target("classes", classes, values, (*notes, *_alike(classes)))


def of_classes(target: Target, wanted: Sequence[str]) -> tuple[Target, np.ndarray]:
    """The target with these classes only, and which rows have one of them, bool (n,).

    Raises:
        CallError: no such class, fewer than two, or a target that is a number.
    """
    if target.task == "number":
        raise CallError(
            "setting-without-effect",
            Words(
                "--classes has no effect: the target is a number.",
                "목표가 수이므로 --classes는 영향이 없습니다.",
            ),
            Words("Leave it out.", "빼고 실행하세요."),
        )
    chosen = choose(target.classes, wanted)
    kept = np.isin(target.values, chosen)
    gone = int((~kept).sum())
    said = Words(
        f"{gone:,} {'row' if gone == 1 else 'rows'} of other classes left out.",
        f"다른 클래스의 {gone:,}행을 뺐습니다.",
    )
    fewer = dataclasses.replace(
        target,
        classes=tuple(target.classes[c] for c in chosen),
        values=np.searchsorted(chosen, target.values[kept]).astype(np.int64),
        notes=(*target.notes, *([said] if gone else [])),
    )
    return fewer, kept


def _choose_another(found: FoundTable, name: str) -> Words:
    """What to do where this column cannot be the target: the last ones that could."""
    others = [
        column
        for column in reversed(found.columns)
        if column.name != name and _could_be(found.frame[column.name])
    ]
    if not others:
        return Words("Choose another column with --target.", "--target으로 다른 열을 고르세요.")
    shown = listed([column.name for column in others[:NAMED]])
    return Words(
        f"Choose another column with --target, for example {shown.en}.",
        f"--target으로 다른 열을 고르세요. 예: {shown.ko}.",
    )


def _could_be(column: pl.Series) -> bool:
    """Whether there is something to predict in it: numbers that differ, or a few classes; not what names rows."""
    if column.dtype.is_temporal() or names_rows(column.name):
        return False
    different = column.drop_nulls().n_unique()
    return different >= 2 and (column.dtype.is_float() or different <= MANY)


def _require_finite(column: pl.Series, lines: np.ndarray) -> None:
    bad = ~column.is_finite().to_numpy()
    if not bad.any():
        return
    at = excerpt(lines[bad])
    raise DataError(
        "target-infinite",
        Words(
            f"'{column.name}' is infinite in {int(bad.sum()):,} rows ({at.en}); a target is a finite number.",
            f"행 {int(bad.sum()):,}개({at.ko})의 '{column.name}' 값이 무한대입니다. 목표는 유한한 수여야 합니다.",
        ),
        Words("Correct these cells, or take the rows out.", "이 칸을 고치거나 행을 빼세요."),
    )


def _guess(column: pl.Series) -> tuple[Task, Words | None]:
    """Classes or a number, and why."""
    name = column.name
    if not column.dtype.is_float():
        return "classes", None
    values, counts = np.unique(column.to_numpy(), return_counts=True)
    whole = bool(np.all(values == np.floor(values)))
    k, n = len(values), len(column)
    few = whole and k <= FEW and n >= OFTEN * k and counts.min() >= SMALLEST
    if k == 2 or (few and k > 1):
        return "classes", Words(
            f"'{name}' has {k} different values, taken as classes; --task number takes them as a number.",
            f"'{name}' 값이 {k}가지라서 클래스로 봅니다. --task number로 수로 볼 수 있습니다.",
        )
    return "number", Words(
        f"'{name}' is a number, from {written(values[0])} to {written(values[-1])}; --task classes takes its values as classes.",
        f"'{name}'은(는) {written(values[0])}부터 {written(values[-1])}까지의 수입니다. --task classes로 클래스로 볼 수 있습니다.",
    )


def _numbers(found: FoundTable, column: pl.Series, lines: np.ndarray) -> np.ndarray:
    import polars as pl

    name = column.name
    if column.dtype == pl.String:
        values = column.cast(pl.Float64, strict=False)
        bad = values.is_null().to_numpy()
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise DataError(
                "target-not-number",
                Words(
                    f"'{name}' is text, for example '{column[row]}' in line {int(lines[row])}: --task number needs numbers.",
                    f"'{name}'은(는) 글자입니다(예: {int(lines[row])}행의 '{column[row]}'). --task number에는 수가 필요합니다.",
                ),
                Words(
                    "Correct these cells, or use --task classes.", "이 칸을 고치거나 --task classes를 쓰세요."
                ),
            )
    else:
        values = column.cast(pl.Float64)
    out = np.array(values.to_numpy(), np.float64)
    if out.min() == out.max():
        raise DataError(
            "constant-target",
            Words(
                f"'{name}' is {written(out[0])} in all {len(out):,} rows: there is nothing to predict.",
                f"'{name}' 값이 행 {len(out):,}개 모두 {written(out[0])}(이)라서 예측할 것이 없습니다.",
            ),
            _choose_another(found, column.name),
        )
    return out


def _classes(
    found: FoundTable, column: pl.Series, named: dict[str, Words]
) -> tuple[tuple[ClassName, ...], np.ndarray]:
    import polars as pl

    text = as_keys(column)
    keys = sorted(text.unique().to_list(), key=natural_key)
    if len(keys) < 2:
        raise DataError(
            "one-class",
            Words(
                f"'{column.name}' is '{keys[0]}' in all {len(column):,} rows: classes need at least two values.",
                f"'{column.name}' 값이 행 {len(column):,}개 모두 '{keys[0]}'입니다. 클래스가 둘 이상이어야 합니다.",
            ),
            _choose_another(found, column.name),
        )
    single = int((text.value_counts()["count"] == 1).sum())
    if len(keys) > MANY and (len(keys) > SHARE * len(column) or single > SHARE * len(keys)):
        raise DataError(
            "too-many-classes",
            Words(
                f"'{column.name}' has {len(keys):,} different values in {len(column):,} rows: "
                "names of single rows or free text, not classes.",
                f"'{column.name}' 값은 행 {len(column):,}개에서 {len(keys):,}가지입니다. 클래스가 아니라 행의 이름이거나 자유로운 글입니다.",
            ),
            _choose_another(found, column.name),
        )
    values = text.cast(pl.Enum(keys)).to_physical().cast(pl.Int64).to_numpy()
    return tuple(ClassName(key, named.get(key, Words(key, key))) for key in keys), np.asarray(values)


def as_keys(column: pl.Series) -> pl.Series:
    """Cells as the text that names a class or a category: 1.0 is "1", true is "true"; null stays."""
    import polars as pl

    if not column.dtype.is_float():
        return column.cast(pl.String)
    values = column.unique()
    texts = [None if v is None else f"{v:.0f}" if v == v // 1 and abs(v) < 1e15 else repr(v) for v in values]
    return column.replace_strict(values, pl.Series(texts, dtype=pl.String), return_dtype=pl.String)


def _alike(classes: Sequence[ClassName]) -> tuple[Words, ...]:
    """A sentence on classes whose names differ in capitals or spaces only."""
    by_name: dict[str, list[str]] = {}
    for c in classes:
        by_name.setdefault("".join(c.key.split()).casefold(), []).append(c.key)
    alike = [f"'{one}'" for names in by_name.values() if len(names) > 1 for one in names]
    if not alike:
        return ()
    shown = listed(alike)
    return (
        Words(
            f"These classes differ in capitals or spaces only: {shown.en}. Is that meant?",
            f"이 클래스들은 대소문자나 빈칸만 다릅니다: {josa(shown.ko, '이/가')} 맞는지 확인하세요.",
        ),
    )
