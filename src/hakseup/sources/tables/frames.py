"""Tables that come with types: polars and pandas frames, and Parquet files.

A type that somebody gave is kept: text that consists of plain numbers stays text (7 may be a name). Text that is
written as dates, percentages or numbers with separators is read as that, as in a CSV file, for it is text only because
nobody had read it yet.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from hakseup.errors import CallError, DataError
from hakseup.sources.stamp import Stamp
from hakseup.sources.tables import cells, faults
from hakseup.sources.tables.assemble import ROW, Where, assemble
from hakseup.sources.tables.cells import Marks
from hakseup.sources.tables.found import Column, FoundTable
from hakseup.words import Words

SUFFIXES = (".parquet", ".pq")
_EXACT = 2**53  # whole numbers up to here are exact as Float64


def is_frame(source: object) -> bool:
    """Whether this is a polars or pandas frame; neither library is loaded to find out."""
    return any(
        module in sys.modules and isinstance(source, getattr(sys.modules[module], name, ()))
        for module, name in (("polars", "DataFrame"), ("polars", "LazyFrame"), ("pandas", "DataFrame"))
    )


def find(source: object, *, ignore: Sequence[str] = ()) -> FoundTable:
    """The table in a frame.

    Args:
        source: a polars DataFrame or LazyFrame, or a pandas DataFrame; it is not changed.
        ignore: columns that nobody will use: nothing in them is an error.

    Raises:
        CallError: it is no frame.
        DataError: no rows, or cells that do not fit their column.
    """
    frame, notes = to_polars(source)
    return _typed(frame, "frame", "frame", "frame", notes, ignore)


def find_parquet(path: Path, *, ignore: Sequence[str] = ()) -> FoundTable:
    """The table in a Parquet file.

    Raises:
        DataError: it is damaged, or holds no rows.
    """
    Stamp.of(path)
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise faults.damaged(path.name, error) from error
    return _typed(frame, str(path), path.stem, "parquet", [], ignore)


def to_polars(source: object) -> tuple[pl.DataFrame, list[Words]]:
    """The frame as a polars one, and what was done to it."""
    if isinstance(source, pl.LazyFrame):
        return source.collect(), []
    if isinstance(source, pl.DataFrame):
        return source, []
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(source, pandas.DataFrame):
        raise CallError(
            "no-table",
            Words(
                f"A table is a path or a polars or pandas frame; found {type(source).__name__}.",
                f"표는 경로나 polars 또는 pandas 프레임이어야 하는데 {type(source).__name__}입니다.",
            ),
        )
    return _from_pandas(source)


def _from_pandas(source: Any) -> tuple[pl.DataFrame, list[Words]]:
    """Column by column, so that one odd column does not spoil the others."""
    names: list[str] = []
    columns: list[pl.Series] = []
    notes: list[Words] = []
    index = source.index
    if index.name is not None and index.name not in source.columns:  # an index with a name is a column
        source = source.reset_index()
        notes.append(
            Words(f"The index '{index.name}' became a column.", f"인덱스 '{index.name}'을(를) 열로 썼습니다.")
        )
    for place, label in enumerate(source.columns):
        name = " ".join(map(str, label)) if isinstance(label, tuple) else str(label)
        number = 2
        unique = name
        while unique in names:
            unique, number = f"{name}_{number}", number + 1
        if unique != name:
            notes.append(
                Words(
                    f"Two columns are called '{name}'; the later one is '{unique}'.",
                    f"'{name}' 열이 두 개여서 뒤의 것을 '{unique}'(이)라고 부릅니다.",
                )
            )
        names.append(unique)
        columns.append(_pandas_column(source.iloc[:, place]).rename(unique))
    return pl.DataFrame(columns), notes


def _pandas_column(column: Any) -> pl.Series:
    kind = getattr(column.dtype, "kind", "O")
    if isinstance(column.dtype, np.dtype) and kind in "iufb":
        return pl.Series(values=column.to_numpy(), nan_to_null=True)
    if kind == "M":
        stamps = column.dt.tz_convert("UTC").dt.tz_localize(None) if column.dt.tz is not None else column
        return pl.Series(values=stamps.to_numpy().astype("datetime64[us]"))
    values = [None if _is_missing(value) else value for value in column.tolist()]
    types = {type(value) for value in values if value is not None}
    if len(types) <= 1 or all(issubclass(one, int | float) and one is not bool for one in types):
        try:
            return pl.Series(values=values, strict=False)
        except (TypeError, pl.exceptions.PolarsError):
            pass
    return pl.Series(values=[None if value is None else str(value) for value in values], dtype=pl.String)


def _is_missing(value: object) -> bool:
    """None, NaN, NaT and pandas' NA: what is not equal to itself, or says that it is missing."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


# --- types -------------------------------------------------------------------------------------------------


def _typed(
    frame: pl.DataFrame,
    source: str,
    name: str,
    form: Literal["parquet", "frame"],
    notes: list[Words],
    ignore: Sequence[str],
) -> FoundTable:
    if not len(frame) or not frame.width:
        raise DataError(
            "no-rows",
            Words(
                f"The table {name} has {len(frame):,} rows and {frame.width:,} columns.",
                f"표 {name}에 행이 {len(frame):,}개, 열이 {frame.width:,}개입니다.",
            ),
            Words("It needs at least one of each.", "행과 열이 하나 이상 있어야 합니다."),
        )
    where = Where(name, ROW)
    lines = np.arange(1, len(frame) + 1, dtype=np.int64)
    kept: dict[str, pl.Series] = {}
    columns: dict[str, Column] = {}
    texts: dict[str, pl.Series] = {}
    for series in frame.get_columns():
        typed, note = native(series, where)
        if typed is None:
            notes.append(note or Words("", ""))
        elif typed.dtype == pl.String:
            texts[series.name] = typed
            columns[series.name] = Column(series.name, Words(series.name, series.name), "text", note)
        else:
            kept[series.name] = typed
            how = next(how for how, dtype in cells.TYPES.items() if dtype == typed.dtype)
            columns[series.name] = Column(series.name, Words(series.name, series.name), how, note)
    if texts:
        text = pl.DataFrame(list(texts.values()))

        def read(names: Sequence[str]) -> Iterator[tuple[pl.DataFrame, np.ndarray]]:
            yield text.select(names), lines

        parsed, described, _, said = assemble(
            read,
            text.columns,
            where,
            marks=Marks.of(frozenset({"nan", "nat", "<na>", "#n/a"})),
            ignore=ignore,
            keep_text=_plain_text,
        )
        notes += said
        for column in described:
            kept[column.name] = parsed[column.name]
            if column.how != "text" or column.note is not None:
                columns[column.name] = column
    if not columns:
        raise DataError(
            "no-columns",
            Words(f"{name} has no column that can be used.", f"{name}에 쓸 수 있는 열이 없습니다."),
        )
    return FoundTable(
        source=source,
        name=name,
        format=form,
        frame=pl.DataFrame([kept[name].rename(name) for name in columns]),
        columns=tuple(columns.values()),
        lines=lines,
        notes=tuple(notes),
    )


def _plain_text(series: pl.Series) -> bool:
    """Text of nothing but plain numbers: whoever made the table meant it to be text."""
    given = series.drop_nulls()
    return bool(given.cast(pl.Float64, strict=False).is_not_null().all())


def native(series: pl.Series, where: Where) -> tuple[pl.Series | None, Words | None]:
    """A typed column as one of the four types, with what was done; None: its type cannot be used."""
    dtype = series.dtype
    if dtype == pl.Boolean:
        return series, None
    if dtype.is_integer():
        if series.len() and max(abs(int(series.min() or 0)), abs(int(series.max() or 0))) > _EXACT:  # type: ignore[arg-type]
            note = Words(
                "whole numbers of more than 15 digits: kept as text, so that none is lost",
                "15자리가 넘는 정수라서, 자릿수를 잃지 않게 글자로 두었습니다",
            )
            return series.cast(pl.String), note
        return series.cast(pl.Float64), None
    if dtype.is_float() or dtype.is_decimal():
        values = series.cast(pl.Float64)
        endless = int(values.is_infinite().sum() or 0)
        finite = values.is_finite().fill_null(False)
        values = pl.select(pl.when(pl.lit(finite)).then(pl.lit(values)).alias(series.name)).to_series()
        if not endless:
            return values, None
        row = int(np.flatnonzero(series.cast(pl.Float64).is_infinite().fill_null(False).to_numpy())[0]) + 1
        return values, Words(
            f"{endless:,} infinite values read as missing, the first in {where.unit.en} {row:,}",
            f"무한대 {endless:,}개를 결측치로 읽었습니다(처음은 {row:,}번째 {where.unit.ko})",
        )
    if dtype == pl.Date:
        return series.cast(pl.Datetime("us")), None
    if dtype == pl.Datetime:
        if getattr(dtype, "time_zone", None):
            utc = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
            return utc.cast(pl.Datetime("us")), Words("times in UTC", "UTC 시각")
        return series.cast(pl.Datetime("us")), None
    if dtype == pl.Duration:
        seconds = series.dt.total_microseconds().cast(pl.Float64) / 1e6
        return seconds, Words("durations in seconds", "기간(초)")
    if dtype in (pl.String, pl.Categorical, pl.Enum, pl.Time):
        return series.cast(pl.String), None
    if dtype == pl.Null:
        return series.cast(pl.String), None
    return None, Words(
        f"Column '{series.name}' was left out: cells of type {dtype} cannot be used.",
        f"'{series.name}' 열을 뺐습니다. {dtype} 형은 쓸 수 없습니다.",
    )
