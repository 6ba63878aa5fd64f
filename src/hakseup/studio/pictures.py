"""Pictures of a run: those it was validated, tested and trained on, by part and row; and those that are posted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
import polars as pl

from hakseup.errors import HakseupError
from hakseup.evaluation import predictions
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.studio import bodies
from hakseup.studio.models import Model, Seen, take
from hakseup.studio.studio import Studio
from hakseup.studio.workspace import NotThere, shown
from hakseup.words import Words

PARTS = ("train", "validation", "test")
_SHOWN = ["truth", "label", "probability", "truth_probability", "where"]


def seen_of(studio: Studio, folder: RunFolder, model: Model, body: bodies.Picture) -> Seen:
    """The picture that a request means, as the network gets it.

    Raises:
        NotThere: no such picture. DataError: it cannot be read.
    """
    if body.picture is None:
        return take(model, body)
    found, preparation = pixels_of(studio, folder, body.picture), model.preparation
    return Seen(found if found.shape == preparation.input_shape else preparation.decode(found))


def pixels_of(studio: Studio, folder: RunFolder, which: str) -> np.ndarray:
    """A picture of a run, "validation/17", uint8 (h, w, c); from the data, or where they are gone from the run itself.

    Raises:
        NotThere: there is none. RunError: the data are gone and the run has not kept it.
    """
    part, _, text = which.partition("/")
    if part not in PARTS or not (text.isascii() and text.isdigit() and len(text) < 12):
        raise _no_picture(which)
    row = int(text)
    if part == "train":
        data = studio.models.data(folder)
        if row >= len(data.split.train):
            raise _no_picture(which)
        return np.asarray(data.pictures.images[data.split.train[row]])
    frame = predictions.read(folder, part)
    if row >= len(frame):
        raise _no_picture(which)
    try:
        return np.asarray(studio.models.data(folder).pictures.images[int(frame["index"][row])])
    except HakseupError:
        kept = _kept(folder, part, str(frame["where"][row]))
        if kept is None:
            raise
        return kept


def listed(
    folder: RunFolder,
    part: str,
    *,
    truth: str | None = None,
    label: str | None = None,
    wrong: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> dict[str, Any]:
    """Predicted pictures of a part; mistakes the surest first.

    Raises:
        NotThere: no such part. RunError: it was not predicted yet.
    """
    frame = _frame(folder, part).with_row_index("row")
    if truth is not None:
        frame = frame.filter(pl.col("truth") == truth)
    if label is not None:
        frame = frame.filter(pl.col("label") == label)
    if wrong:
        frame = frame.filter(pl.col("label") != pl.col("truth")).sort("probability", descending=True)
    rows = frame.slice(offset, limit).to_dicts()
    return {"n": len(frame), "pictures": [_row(folder, part, row) for row in rows]}


def confusion(folder: RunFolder, part: str) -> dict[str, Any]:
    """How often each class was taken for which.

    Raises:
        NotThere: no such part. RunError: it was not predicted yet.
    """
    frame = _frame(folder, part)
    classes: Sequence[dict[str, Any]] = folder.json(names.PREPARATION).get("classes", [])
    place = {c["key"]: i for i, c in enumerate(classes)}
    matrix = np.zeros((len(classes), len(classes)), np.int64)
    for truth, label, n in frame.group_by("truth", "label").len().rows():
        if truth in place and label in place:
            matrix[place[truth], place[label]] += n
    return {"part": part, "n": len(frame), "classes": classes, "matrix": matrix}


def address(folder: RunFolder, which: str) -> str:
    """Where a picture of a run is served."""
    return f"/api/runs/{quote(folder.path.name, safe='')}/pictures/{which}"


def _frame(folder: RunFolder, part: str) -> pl.DataFrame:
    if part not in ("validation", "test"):
        raise NotThere(
            "no-such-part", Words(f"There is no part '{shown(part)}'.", f"'{shown(part)}' 부분은 없습니다.")
        )
    frame = predictions.read(folder, part)
    if "label" not in frame.columns:
        raise NotThere(
            "no-classes",
            Words("This run predicts a number, not a class.", "클래스가 아니라 수를 예측하는 실행입니다."),
        )
    return frame


def _row(folder: RunFolder, part: str, row: dict[str, Any]) -> dict[str, Any]:
    which = f"{part}/{row['row']}"
    row["truth_probability"] = row.get(f"p:{row['truth']}")
    return {"id": which, **{key: row.get(key) for key in _SHOWN}, "url": address(folder, which)}


def _kept(folder: RunFolder, part: str, where: str) -> np.ndarray | None:
    """The picture as the run itself has kept it, for the report."""
    if not folder.has(names.MISTAKES):
        return None
    kept = folder.arrays(names.MISTAKES)
    for group in (part, "samples"):
        if f"{group}_where" in kept:
            found = np.flatnonzero(kept[f"{group}_where"] == where)
            if len(found):
                return np.asarray(kept[f"{group}_pictures"][found[0]])
    return None


def _no_picture(which: str) -> NotThere:
    return NotThere(
        "no-such-picture",
        Words(f"This run has no picture '{shown(which)}'.", f"이 실행에 '{shown(which)}' 그림이 없습니다."),
    )
