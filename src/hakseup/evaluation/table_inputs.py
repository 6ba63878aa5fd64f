"""Predicting rows of files and frames: what the model says stands beside the rows, in their order, in flat memory."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hakseup import files
from hakseup.errors import DataError
from hakseup.evaluation import table_scores
from hakseup.evaluation.inputs import Unclosed, require_table_file
from hakseup.evaluation.table_model import LEVEL, TableModel
from hakseup.progress import Progress, Silence, work
from hakseup.sources.tables.found import Column
from hakseup.words import Words

if TYPE_CHECKING:
    import polars as pl

    from hakseup.sources.tables.scan import Batch, Scan

ROWS = 1 << 15  # at once
LISTED = 100  # bad cells that are named; all are counted


class _Counts:
    """What is told of all rows together."""

    def __init__(self) -> None:
        self.n = self.bad_n = 0
        self.labels: Counter[str] = Counter()
        self.unseen: Counter[str] = Counter()
        self.refused: list[dict[str, Any]] = []
        self.bad: list[dict[str, Any]] = []

    def add(self, batch: Batch, model: TableModel) -> None:
        self.n += len(batch.lines)
        self.bad_n += batch.n_bad
        self.unseen.update(model.preparation.unseen(batch.frame))
        self.refused += [{"input": r.where, "reason": r.reason.as_dict()} for r in batch.refused]
        room = max(0, LISTED - len(self.bad))
        self.bad += [{"line": c.line, "column": c.column, "cell": c.text} for c in batch.bad[:room]]


def predict_table(
    model: TableModel,
    columns: Sequence[Column],
    inputs: Sequence[Any],
    *,
    out: Path | None = None,
    progress: Progress = Silence(),
) -> dict[str, Any]:
    """Predict every row of every input, in order.

    Args:
        model: of a run.
        columns: how training read its columns.
        inputs: files of tables, or frames, with the columns of the training.
        out: .csv or .parquet: all columns of the input as they stand, and the predictions behind them.
        progress: hears of each batch.

    Returns:
        {"n", "predictions": [{"input": number of the row from 1, "label", "probability", "probabilities"} or {"input",
        "value", "interval"}]}; with `out`, "out" instead of "predictions". "counts" (class -> rows), "unseen" (column -> cells
        with a category that training did not have), "bad_cells" and "bad_cells_n" (taken as missing), "refused", "notes".

    Raises:
        CallError: nothing at a path, or an output that is neither CSV nor Parquet.
        DataError: columns are missing (the difference stands in it, line by line), or no row can be read.
    """
    import polars as pl

    from hakseup.sources.tables import scan

    require_table_file(out)
    wanted = {column.name for column in model.preparation.columns}
    features = [column for column in columns if column.name in wanted]
    order, target = [column.name for column in columns], model.preparation.target
    scans = [scan.scan(source, features, ROWS, target=target, order=order) for source in inputs]
    for one in scans:
        if not wanted <= set(one.names):
            model.preparation.encode(
                pl.DataFrame({name: [] for name in one.names})
            )  # raises, with the difference
    counts, notes = _Counts(), [note for one in scans for note in (*one.notes, *_extra(model, one))]
    if model.preparation.task == "number" and model.band is None:
        notes.append(
            Words(
                "The values stand without an interval: too few rows were validated to say one.",
                "검증한 행이 너무 적어 예측값의 구간은 알 수 없습니다.",
            )
        )

    def answered() -> Iterator[tuple[Batch, pl.DataFrame]]:
        for batch in itertools.chain.from_iterable(scans):
            counts.add(batch, model)
            if not len(batch.lines):
                continue
            said = _said(model, batch.frame)
            if "label" in said.columns:
                counts.labels.update(said["label"].to_list())
            progress.advance(len(batch.lines))
            yield batch, said
        if not counts.n:  # before a file is written over
            raise DataError(
                "nothing-to-predict", Words("There is no row to predict.", "예측할 행이 없습니다.")
            )

    with work(progress, Words("Predicting", "예측"), None, "rows"):
        if out is None:
            start, rows = 0, []
            for batch, said in answered():
                rows += _as_dicts(model, said, start)
                start += len(batch.lines)
            result: dict[str, Any] = {"predictions": rows}
        else:
            _write(out, answered())
            result = {"out": str(out)}
    return {
        "n": counts.n,
        **result,
        "counts": {c.key: counts.labels[c.key] for c in model.preparation.classes},
        "unseen": dict(counts.unseen),
        "bad_cells": counts.bad,
        "bad_cells_n": counts.bad_n,
        "refused": counts.refused,
        "notes": [note.as_dict() for note in notes],
        **({"interval_level": LEVEL} if model.band else {}),
    }


def _extra(model: TableModel, one: Scan) -> list[Words]:
    """Columns that training did not have, in a sentence."""
    known = {column.name for column in model.preparation.columns} | {
        *model.preparation.others,
        model.preparation.target,
    }
    more = [name for name in one.names if name not in known | one.unnamed]
    if not more:
        return []
    listed = ", ".join(more[:8]) + (" …" if len(more) > 8 else "")
    return [
        Words(
            f"Columns that training did not have are not looked at: {listed}.",
            f"학습할 때 없던 열은 보지 않습니다: {listed}.",
        )
    ]


def _said(model: TableModel, frame: pl.DataFrame) -> pl.DataFrame:
    """What the model says of these rows, a column for each thing."""
    import polars as pl

    rows = model.rows(frame)
    answers = model.answers(rows)
    if model.preparation.task == "number":
        columns = {"value": answers}
        ends = model.interval(rows)
        if ends is not None:
            columns |= {"low": ends[0], "high": ends[1]}
        return pl.DataFrame(columns)
    keys = [c.key for c in model.preparation.classes]
    best = table_scores.decisions(answers, model.threshold)
    return pl.DataFrame(
        {
            "label": [keys[b] for b in best],
            "probability": answers[np.arange(len(best)), best],
            **{f"p:{key}": answers[:, i] for i, key in enumerate(keys)},
        }
    )


def _as_dicts(model: TableModel, said: pl.DataFrame, start: int) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for number, row in enumerate(said.iter_rows(named=True), start + 1):
        if model.preparation.task == "number":
            ends = [row["low"], row["high"]] if "low" in row else None
            out.append({"input": number, "value": row["value"], "interval": ends})
        else:
            of = {c.key: row[f"p:{c.key}"] for c in model.preparation.classes}
            out.append(
                {
                    "input": number,
                    "label": row["label"],
                    "probability": row["probability"],
                    "probabilities": of,
                }
            )
    return out


def _write(out: Path, answered: Iterator[tuple[Batch, pl.DataFrame]]) -> None:
    """The rows as they stood with what was said behind them; the file appears whole or not at all."""
    from pyarrow import csv, parquet

    def fill(stream: Any) -> None:
        writer: Any = None
        as_text = out.suffix.lower() == ".csv"
        try:
            for batch, said in answered:
                names = {name: name for name in said.columns}
                for name in said.columns:
                    while names[name] in batch.raw.columns:
                        names[name] = f"{names[name]}_predicted"
                raw = _flat(batch.raw) if as_text else batch.raw
                table = raw.hstack(said.rename(names)).to_arrow(compat_level=_plain())
                if writer is None:
                    schema = table.schema
                    if as_text:
                        stream.write(b"\xef\xbb\xbf")  # Excel reads Hangul only with the mark
                        writer = csv.CSVWriter(Unclosed(stream), schema)
                    else:
                        writer = parquet.ParquetWriter(stream, schema)
                writer.write_table(table.cast(schema))
        finally:
            if writer is not None:
                writer.close()

    files.write(out, fill)


def _flat(raw: pl.DataFrame) -> pl.DataFrame:
    """Rows as a text file can hold them: lists, structures and lengths of time, which Parquet has, as text."""
    import polars as pl

    held = (pl.Duration, pl.Binary, pl.Object)
    return raw.with_columns(
        pl.Series(column.name, [None if v is None else str(v) for v in column.to_list()], pl.String)
        for column in raw
        if column.dtype.is_nested() or isinstance(column.dtype, held)
    )


def _plain() -> Any:
    import polars as pl

    return pl.CompatLevel.oldest()  # Arrow's CSV writer knows no string views
