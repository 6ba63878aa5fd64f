"""What a table's source hands on: typed columns, the lines they came from, and what was refused and why.

`FoundTable` says nothing about what a column is for; that is the work of `data.table`. What was done to read a
column stands in its `note`, and `Reading` keeps it, so that another file can be read in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hakseup.sources.found import Refused
from hakseup.words import Words

if TYPE_CHECKING:
    import polars as pl

How = Literal["number", "text", "date", "boolean"]


@dataclass(frozen=True)
class Reading:
    """How the cells of a column are written. The default is the plain one: 1234.5, 2024-01-05, text as it is."""

    decimal: str = "."
    thousands: str = ""  # what stands between groups of three digits: "," "." " " "'" or nothing
    percent: bool = False  # a percent sign behind the number; 45 % is read as 45
    unit: str = ""  # what else stands behind the number in every cell that has it: "kg", "원"
    day_first: bool | None = None  # 05-01-2024 is the fifth of January; None: the year stands first
    compact: bool = False  # dates as eight digits: 20240105
    short: str = ""  # years of two digits, and the order of year, month and day: "ymd" for 24.01.05
    serial: bool = False  # dates as Excel counts them: 45296 is 2024-01-05
    form: str = ""  # "clock": 09:30 is 9.5; "won": 3억 5,000만원; dates: "period": 2023Q3; "month": Jul-22
    limits: bool = False  # <0.05 is 0.05, the least that could be measured; 157* is 157
    missing: tuple[str, ...] = ()  # what means missing in this column only: "측정불가"
    spelling: tuple[tuple[str, str], ...] = ()  # see `spelling.find`

    def as_dict(self) -> dict[str, Any]:
        """What differs from the plain reading, for JSON."""
        plain = asdict(Reading())
        return {key: value for key, value in asdict(self).items() if value != plain[key]}

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Reading:
        """The reading that `as_dict` wrote."""
        pairs = tuple((str(plain), str(written)) for plain, written in values.get("spelling", ()))
        return Reading(**{**values, "missing": tuple(values.get("missing", ())), "spelling": pairs})


@dataclass(frozen=True)
class Column:
    """One column: what it is called, what its cells were read as, and what was done to read them."""

    name: str  # unique: as in the header ("x", "x_2"), or "column_1" where there is none
    words: Words  # what a person reads
    how: How
    note: Words | None = None
    reading: Reading = Reading()

    def as_dict(self) -> dict[str, Any]:
        """For JSON; `from_dict` reads it."""
        return {
            "name": self.name,
            "words": self.words.as_dict(),
            "how": self.how,
            "note": None if self.note is None else self.note.as_dict(),
            "reading": self.reading.as_dict(),
        }

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Column:
        """The column that `as_dict` wrote."""
        note = values.get("note")
        return Column(
            values["name"],
            Words(**values["words"]),
            values["how"],
            None if note is None else Words(**note),
            Reading.from_dict(values.get("reading", {})),
        )


@dataclass(frozen=True)
class Dialect:
    """How a text file holds its table; lines count from 1 as an editor counts them."""

    encoding: str  # "utf-8", "utf-8-sig", "utf-16", "cp949", …
    delimiter: str  # "," ";" "|", a tab, a space (then several are one), or what sep= says
    quote: str  # '"' or "'"; "" where nothing is quoted
    header: int | None  # line of the header; None: there is none
    first: int  # line where the rows begin
    width: int  # cells in a row


@dataclass(frozen=True)
class FoundTable:
    """A table as it was found: every column typed, the rows in the order of the source.

    In `frame`, numbers are Float64 (whole ones too), text is String, dates are Datetime("us") without a zone,
    booleans are Boolean; null is missing, and there is neither NaN nor infinity.
    """

    source: str  # as the user wrote it, made absolute where it is a path; "frame" for a frame
    name: str  # short and readable, for the name of the run
    format: Literal["csv", "parquet", "excel", "frame"]
    frame: pl.DataFrame
    columns: tuple[Column, ...]  # in the frame's order
    lines: np.ndarray  # int64 (n,): line in the file, the header counted, or row number from 1
    refused: tuple[Refused, ...] = ()
    notes: tuple[Words, ...] = ()
    title: Words | None = None
    licence: str | None = None
    known: str | None = None  # name of the known table
    target: str | None = None  # what a known table is usually asked for
    task: str | None = None  # "classes" or "number", of a known table
    class_names: tuple[
        tuple[str, Words], ...
    ] = ()  # of a known table: the class as the data writes it, and its name
    dialect: Dialect | None = None  # of a text file

    def __len__(self) -> int:
        return len(self.lines)
