"""Small tables made on the spot, for tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from hakseup.data.table import Table, load
from hakseup.sources.tables.found import Column, FoundTable
from hakseup.words import Words

HOW = {pl.Float64: "number", pl.String: "text", pl.Boolean: "boolean"}


def found(frame: pl.DataFrame | dict[str, Any], **others: Any) -> FoundTable:
    """What a source would hand on for this frame: whole numbers as Float64, dates as Datetime, lines from 2."""
    if not isinstance(frame, pl.DataFrame):
        frame = pl.DataFrame(frame, strict=False)
    frame = frame.with_columns(
        pl.col(pl.Int64, pl.Int32).cast(pl.Float64), pl.col(pl.Date).cast(pl.Datetime("us"))
    )
    columns = tuple(
        Column(name, Words(name, name), HOW.get(kind.base_type(), "date"))  # type: ignore[arg-type]
        for name, kind in frame.schema.items()
    )
    values: dict[str, Any] = {"columns": columns, "lines": np.arange(2, len(frame) + 2), **others}
    return FoundTable("made.csv", "made", "csv", frame, **values)


def table(frame: pl.DataFrame | dict[str, Any], **call: Any) -> Table:
    """The same, loaded."""
    return load(found(frame), **call)


def mixed(n: int = 200, seed: int = 0) -> dict[str, Any]:
    """Numbers with gaps, categories, a date, and a target of two classes that follows from them."""
    rng = np.random.default_rng(seed)
    area = rng.normal(50, 10, n)
    city = rng.choice(["서울", "부산", "대구"], n)
    return {
        "area": [None if i % 7 == 0 else float(v) for i, v in enumerate(area)],
        "city": [None if i % 11 == 0 else str(v) for i, v in enumerate(city)],
        "when": pl.Series(np.datetime64("2020-01-01") + rng.integers(0, 900, n)).cast(pl.Datetime("us")),
        "age": rng.integers(1, 60, n),
        "sold": np.where(area + 5 * (city == "서울") > 50, "yes", "no").tolist(),
    }


def house(folder: Any) -> FoundTable:
    """Ames house prices: only empty and NA mean missing, so None is a category."""
    frame = pl.read_csv(folder / "house_train.csv", null_values=["NA", ""], infer_schema_length=None)
    return found(frame)
