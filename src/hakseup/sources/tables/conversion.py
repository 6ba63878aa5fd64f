"""One column of text, read as what `cells.guess` says of it: all of it, and which cells do not fit.

What follows from those (an error, another guess) is decided by `assemble`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from hakseup.sources.tables import dates, numbers, spelling, spoken
from hakseup.sources.tables.cells import BESIDE, CODE, PLAIN, Guess, Marks


@dataclass
class Converted:
    """A column that was read, and what did not fit."""

    values: pl.Series
    bad: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))  # rows whose cell does not fit
    infinite: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))  # rows, read as missing
    marks: Counter[str] = field(default_factory=Counter)  # what was read as missing, as it was written
    codes: bool = False  # plain numbers with codes among them: 007


def convert(frame: pl.DataFrame, guesses: dict[str, Guess], marks: Marks) -> dict[str, Converted]:
    """Every column of a frame of text, read as it was guessed.

    Args:
        frame: columns of text; null is an empty cell.
        guesses: one for each column.
        marks: what means missing.
    """
    plain = [
        name for name in frame.columns if guesses[name].how == "number" and guesses[name].reading == PLAIN
    ]
    text = [name for name in frame.columns if guesses[name].how == "text"]
    out: dict[str, Converted] = {}
    quick = frame.select(pl.col(plain).cast(pl.Float64, strict=False))
    finite = quick.select(pl.all().is_finite().all())
    codes = frame.select(pl.col(plain).str.contains(CODE).any())
    for name in plain:
        values = quick[name]
        if values.null_count() == frame[name].null_count() and finite[name][0]:
            out[name] = Converted(values)
        else:
            out[name] = _with_care(frame[name], values, guesses[name], marks)
        out[name].codes = bool(codes[name][0])
    for name, read in zip(text, _texts(frame.select(text), marks), strict=True):
        out[name] = replace(read, values=spelling.applied(read.values, guesses[name].reading.spelling))
    for name in frame.columns:
        if name not in out:
            out[name] = _with_care(frame[name], None, guesses[name], marks)
    return out


def _texts(frame: pl.DataFrame, marks: Marks) -> list[Converted]:
    """Columns of text: without spaces around, and null where they are missing."""
    words = sorted(marks.everywhere)
    stripped = frame.select(pl.all().str.strip_chars())
    read = stripped.select(
        pl.when(pl.col(name).is_in(words) | (pl.col(name) == ""))
        .then(None)
        .otherwise(pl.col(name))
        .alias(name)
        for name in frame.columns
    )
    out = []
    for name in frame.columns:
        counted: Counter[str] = Counter()
        if read[name].null_count() != stripped[name].null_count():
            gone = stripped[name].filter(read[name].is_null() & stripped[name].is_not_null())
            counted = _counts(gone)
        out.append(Converted(read[name], marks=counted))
    return out


def _counts(words: pl.Series) -> Counter[str]:
    counted = words.rename("word").value_counts()
    return Counter({str(word): int(n) for word, n in counted.iter_rows() if word != ""})


def _with_care(cells: pl.Series, plain: pl.Series | None, guess: Guess, marks: Marks) -> Converted:
    """A column of numbers, dates or booleans in which some cells need a closer look."""
    values = _parsed(cells, guess) if plain is None else plain
    infinite = np.empty(0, np.int64)
    if guess.how == "number":
        infinite = np.flatnonzero(values.is_infinite().fill_null(False).to_numpy())
        finite = values.is_finite().fill_null(False)
        values = pl.select(pl.when(pl.lit(finite)).then(pl.lit(values))).to_series()
    rows = np.flatnonzero((values.is_null() & cells.is_not_null()).to_numpy())
    rows = np.setdiff1d(rows, infinite, assume_unique=True)
    left = cells.gather(rows).str.strip_chars()
    missing = left.is_in(sorted(marks.among_numbers | set(guess.reading.missing)))
    marked = (missing | (left == "")).to_numpy()
    counted = _counts(left.filter(missing))
    rows, left = rows[~marked], left.filter(~marked)
    if len(rows) and plain is not None:  # spaces around a number, a full-width digit, a sign
        again = numbers.parse(numbers.normal(left), guess.reading)
        fits = again.is_not_null().to_numpy()
        values = values.scatter(rows[fits], again.filter(fits)) if fits.any() else values
        rows = rows[~fits]
    return Converted(values.rename(cells.name), rows, infinite, counted)


def _parsed(cells: pl.Series, guess: Guess) -> pl.Series:
    if guess.how == "number":
        if guess.reading.form:
            return spoken.parse(cells, guess.reading.form)
        if guess.reading.limits:
            cells = cells.str.replace_all(BESIDE, "")
        if guess.reading == replace(PLAIN, missing=guess.reading.missing, limits=guess.reading.limits):
            return cells.cast(pl.Float64, strict=False)
        return numbers.parse(numbers.normal(cells), guess.reading)
    if guess.how == "date":
        return dates.parse(cells.str.strip_chars(), guess.reading)
    lower = cells.str.strip_chars().str.to_lowercase()
    return lower.replace_strict(["true", "false"], [True, False], default=None, return_dtype=pl.Boolean)
