"""predictions-validation.parquet and predictions-test.parquet: what the model said of every picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hakseup import files
from hakseup.errors import RunError, damaged
from hakseup.runs.folder import RunFolder
from hakseup.words import Words

if TYPE_CHECKING:
    import polars

COLUMNS = ("index", "where", "truth")  # and what was said: label and probability, or value
SAID = (("label", "probability"), ("value",))


def write(
    folder: RunFolder,
    part: str,
    *,
    index: np.ndarray,
    where: Sequence[object] | np.ndarray,
    truth: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[str],
) -> None:
    """Write one row per picture.

    Args:
        folder: the run.
        part: "validation" or "test".
        index: places in the data, int64 (m,).
        where: for each picture of the whole data its path or name, for each row its line.
        truth: class index, int (m,).
        probabilities: float32 (m, k).
        classes: the k keys.
    """
    import polars as pl

    predicted = probabilities.argmax(1)
    columns: dict[str, polars.Series] = {
        "index": pl.Series(np.asarray(index, np.int64)),
        "where": pl.Series([str(where[i]) for i in index], dtype=pl.String),
        "truth": pl.Series([classes[t] for t in truth], dtype=pl.String),
        "label": pl.Series([classes[p] for p in predicted], dtype=pl.String),
        "probability": pl.Series(probabilities.max(1).astype(np.float32)),
    }
    for c, key in enumerate(classes):
        columns[f"p:{key}"] = pl.Series(np.ascontiguousarray(probabilities[:, c], np.float32))
    _write(folder, part, pl.DataFrame(columns))


def write_values(
    folder: RunFolder,
    part: str,
    *,
    index: np.ndarray,
    where: Sequence[object] | np.ndarray,
    truth: np.ndarray,
    values: np.ndarray,
    interval: tuple[np.ndarray, np.ndarray] | None = None,
) -> None:
    """Write one row per predicted number.

    Args:
        folder, part, index, where: as in `write`.
        truth, values: what was there and what was said, float (m,).
        interval: the ends of each value's interval, each float (m,).
    """
    import polars as pl

    columns: dict[str, polars.Series] = {
        "index": pl.Series(np.asarray(index, np.int64)),
        "where": pl.Series([str(where[i]) for i in index], dtype=pl.String),
        "truth": pl.Series(np.asarray(truth, np.float64)),
        "value": pl.Series(np.asarray(values, np.float64)),
    }
    if interval is not None:
        columns |= {name: pl.Series(end) for name, end in zip(("low", "high"), interval, strict=True)}
    _write(folder, part, pl.DataFrame(columns))


def _write(folder: RunFolder, part: str, frame: polars.DataFrame) -> None:
    content = io.BytesIO()  # polars has an error of its own for a full disk
    frame.write_parquet(content)
    files.write_bytes(folder.predictions_file(part), content.getvalue())


def read(folder: RunFolder, part: str) -> polars.DataFrame:
    """The rows again.

    Raises:
        RunError: the file is missing or damaged.
    """
    import polars as pl

    path = folder.predictions_file(part)
    if not path.is_file():
        raise RunError(
            "run-incomplete",
            Words(f"{folder.path} has no {path.name}.", f"{folder.path}에 {path.name} 파일이 없습니다."),
            Words(
                "`hakseup evaluate` writes that of the test part, the end of a training that of validation.",
                "테스트 부분은 `hakseup evaluate`가, 검증 부분은 학습이 끝날 때 남깁니다.",
            ),
        )
    try:
        frame = pl.read_parquet(path.read_bytes())
    except (OSError, pl.exceptions.PolarsError) as error:
        why = Words("it cannot be read as Parquet", "Parquet 형식으로 읽을 수 없습니다")
        raise damaged(path, why) from error
    said = SAID[1] if SAID[1][0] in frame.columns else SAID[0]
    missing = [name for name in (*COLUMNS, *said) if name not in frame.columns]
    if missing:
        listed = ", ".join(missing)
        raise damaged(path, Words(f"it lacks the columns {listed}", f"{listed} 열이 없습니다"))
    return frame
