"""What a source of tables hands on: typed columns, where each row stood, and what was done to read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hakseup.sources.found import Refused
from hakseup.words import Words

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Column:
    """One column. `how`: what its cells were read as; `note`: what was done to read them, None: nothing."""

    name: str
    words: Words
    how: Literal["number", "text", "date", "boolean"]
    note: Words | None = None


@dataclass(frozen=True)
class FoundTable:
    """A table, in the file's order.

    frame: number Float64, text String, date Datetime("us"), boolean Boolean; null is missing.
    lines: int64 (n,): line in the file (from 1, header counted) or row number from 1.
    """

    source: str
    name: str
    format: Literal["csv", "parquet", "excel", "frame"]
    frame: pl.DataFrame
    columns: tuple[Column, ...]
    lines: np.ndarray
    refused: tuple[Refused, ...] = ()
    notes: tuple[Words, ...] = ()
    title: Words | None = None
    licence: str | None = None
    known: str | None = None
    target: str | None = None
    task: str | None = None
    class_names: tuple[tuple[str, Words], ...] = ()
