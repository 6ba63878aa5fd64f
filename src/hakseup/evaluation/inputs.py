"""Predicting what a person hands over: files, folders, arrays. The preparation is the training's own."""

from __future__ import annotations

import io
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hakseup import files
from hakseup.data.preparation import Preparation
from hakseup.errors import CallError, DataError
from hakseup.evaluation.drawn import Manner, taken
from hakseup.evaluation.judge import Judge, Judged
from hakseup.progress import Progress, Silence, work
from hakseup.sources.folders import is_hidden
from hakseup.words import Words

if TYPE_CHECKING:
    import pyarrow as pa
    import torch

BATCH = 256


def require_table_file(out: Path | None) -> None:
    """Predictions can be written to this file.

    Raises:
        CallError: it is neither CSV nor Parquet.
    """
    if out is not None and out.suffix.lower() not in (".csv", ".parquet"):
        raise CallError(
            "bad-output",
            Words(
                f"--out {out}: expected a .csv or .parquet file.",
                f"--out {out}: .csv나 .parquet이어야 합니다.",
            ),
        )


def predict_inputs(
    module: torch.nn.Module,
    preparation: Preparation,
    inputs: Sequence[Any],
    *,
    final: str = "softmax",
    out: Path | None = None,
    progress: Progress = Silence(),
    judge: Judge = Judge(),
    manner: Manner | None = None,
) -> dict[str, Any]:
    """Predict every input, in order, a batch at a time.

    Args:
        module: gives logits.
        preparation: the run's own.
        inputs: paths of pictures or folders, PIL images, or uint8 arrays (h, w), (h, w, c) or (n, h, w, c).
        final: the network's final activation.
        out: .csv or .parquet; written whole at the end, in flat memory.
        progress: hears of each batch.
        judge: the run's calibration and its rule for unknown pictures.
        manner: how the training pictures are drawn, so that drawings can be brought to it; None: as they are.

    Returns:
        {"n", "predictions": [{"input", "label", "probability", "probabilities", "answer", "known", "reason", "p_value", "did"}],
        "refused": [{"input", "reason"}], "counts": {class: how many, of those known}, "unknown": how many, "temperature",
        "false_alarms", "prepared": [{"en", "ko", "n"}], "notes"}; with `out`, "out" instead of "predictions". `label` is
        the nearest class even where `known` is false; `answer` is then None. `known` is None for a run that cannot tell.
        `did` is what was done to a drawing to bring it to the manner of the training pictures, `prepared` to how many.

    Raises:
        CallError: a path that is not there, or an output that is neither CSV nor Parquet.
        DataError: not one of the inputs can be read as a picture.
    """
    require_table_file(out)
    named = list(_named(inputs))
    refused: list[dict[str, Any]] = []
    keys = [c.key for c in preparation.classes]

    counts = np.zeros(len(keys), np.int64)
    unknown = 0
    prepared: Counter[Words] = Counter()

    def batches() -> Iterator[tuple[list[_Taken], Judged]]:
        nonlocal unknown
        readable = _readable(named, preparation, manner, refused)
        while block := list(itertools.islice(readable, BATCH)):
            images = np.stack([one.pixels for one in block])  # (b, h, w, c)
            prepared.update(words for one in block for words in one.did)
            said = judge.judge(module, images, preparation, final=final)
            known = np.ones(len(block), bool) if said.known is None else said.known
            np.add.at(counts, said.probabilities.argmax(1)[known], 1)
            unknown += int((~known).sum())
            progress.advance(len(block))
            yield block, said
        if not counts.any() and not unknown:  # before a file is written over
            raise _nothing(len(named), refused)

    with work(progress, Words("Predicting", "예측"), len(named), "pictures"):
        if out is None:
            predictions = [
                _row(one, said, i, keys) for block, said in batches() for i, one in enumerate(block)
            ]
            extra: dict[str, Any] = {"predictions": predictions}
            n = len(predictions)
        else:
            n = _write(out, batches(), keys)
            extra = {"out": str(out)}
    return {
        "n": n,
        **extra,
        "refused": refused,
        "counts": {key: int(c) for key, c in zip(keys, counts, strict=True)},
        "unknown": unknown if judge.alarms is not None else None,
        **judge.facts(),
        "prepared": [{**words.as_dict(), "n": times} for words, times in prepared.items()],
        "notes": [words.as_dict() for words in judge.words()],
    }


def _nothing(inputs: int, refused: Sequence[Mapping[str, Any]]) -> DataError:
    first = refused[0]["reason"] if refused else {"en": "the folder is empty", "ko": "폴더가 비어 있습니다"}
    return DataError(
        "nothing-to-predict",
        Words(
            f"None of the {inputs} inputs can be read as a picture: {first['en']}",
            f"입력 {inputs}개 가운데 그림으로 읽을 수 있는 것이 없습니다: {first['ko']}",
        ),
    )


class _Taken(NamedTuple):
    """A picture as the network gets it, uint8 (h, w, c), and what was done to it."""

    name: str
    pixels: np.ndarray
    did: list[Words]


def _row(one: _Taken, said: Judged, row: int, keys: Sequence[str]) -> dict[str, Any]:
    p = said.probabilities[row]
    best = int(p.argmax())
    known = None if said.known is None else bool(said.known[row])
    return {
        "input": one.name,
        "label": keys[best],
        "probability": float(p[best]),
        "probabilities": {key: float(v) for key, v in zip(keys, p, strict=True)},
        "answer": None if known is False else keys[best],
        "known": known,
        "reason": said.reason(row),
        "p_value": None if said.p_values is None else float(said.p_values[row]),
        "did": [words.as_dict() for words in one.did],
    }


def _readable(
    named: Sequence[tuple[str, Any]],
    preparation: Preparation,
    manner: Manner | None,
    refused: list[dict[str, Any]],
) -> Iterator[_Taken]:
    for name, source in named:
        try:
            yield _Taken(name, *taken(source, preparation, manner))
        except DataError as error:
            refused.append({"input": name, "reason": error.message.as_dict()})


def _named(inputs: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    from hakseup.sources.classes import natural_key

    for number, source in enumerate(inputs):
        if isinstance(source, str | Path):
            path = Path(source)
            if path.is_dir():
                below = [p for p in path.rglob("*") if p.is_file() and not _hidden(p.relative_to(path))]
                yield from ((str(p), p) for p in sorted(below, key=lambda p: natural_key(str(p))))
            elif path.exists():
                yield str(path), path
            else:
                raise CallError(
                    "no-such-path",
                    Words(f"There is nothing at {path}.", f"{path}에는 아무것도 없습니다."),
                )
        elif isinstance(source, np.ndarray) and (
            source.ndim == 4 or (source.ndim == 3 and source.shape[2] not in (1, 3))
        ):
            yield from ((f"[{number}][{i}]", picture) for i, picture in enumerate(source))
        else:
            yield f"[{number}]", source


def _hidden(path: Path) -> bool:
    return any(is_hidden(part) for part in path.parts)


def _write(out: Path, batches: Iterator[tuple[list[_Taken], Judged]], keys: Sequence[str]) -> int:
    """Stream the rows into the file; it appears whole or not at all."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    schema = pa.schema(
        [("input", pa.string()), ("label", pa.string()), ("probability", pa.float32())]
        + [(f"p:{key}", pa.float32()) for key in keys]
        + [("known", pa.bool_()), ("reason", pa.string()), ("p_value", pa.float64())]
    )
    count = 0

    def fill(stream: Any) -> None:
        nonlocal count
        if out.suffix.lower() == ".csv":
            stream.write(b"\xef\xbb\xbf")  # Excel reads Hangul only with the mark
            writer: Any = csv.CSVWriter(Unclosed(stream), schema)
        else:
            writer = parquet.ParquetWriter(stream, schema)
        with writer:
            for block, said in batches:
                writer.write_batch(_record([one.name for one in block], said, keys, schema))
                count += len(block)

    files.write(out, fill)
    return count


class Unclosed(io.RawIOBase):
    """The stream, kept open when Arrow's writer closes it, so that it can be synced."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        return int(self.stream.write(content))


def _record(names: list[str], said: Judged, keys: Sequence[str], schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    p, n = said.probabilities, len(names)
    best = p.argmax(1)
    columns: list[Any] = [names, [keys[i] for i in best], p[np.arange(len(p)), best].astype(np.float32)]
    columns += [p[:, j].astype(np.float32) for j in range(len(keys))]
    reasons = [said.reason(row) for row in range(n)]
    columns += [
        [None] * n if said.known is None else said.known,
        [reason["code"] if reason else None for reason in reasons],
        [None] * n if said.p_values is None else said.p_values,
    ]
    return pa.RecordBatch.from_arrays(
        [pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)], schema=schema
    )
