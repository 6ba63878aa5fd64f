"""Hashes of rows: equal rows have equal keys, whatever the order of the columns, the file or its format."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl

_BYTES = 16 << 20  # of cells that are hashed at once
_FEW = 1_000  # rows, up to which a dictionary is faster than polars: a thousandth of a second for each of many columns
_MISSING = 0x7FF8_0000_DEAD_0000  # no number, no date and no truth has these bits


def row_keys(frame: pl.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """A hash of each row over these columns, dtype "V16" (n,).

    BLAKE2b over the values: a number by its bits (0 and -0 are equal), a date in microseconds, a text by its own
    hash. The columns count in the order of their names, so moving a column changes nothing.

    Args:
        frame: columns of type Float64, Datetime, Boolean and String.
        columns: the ones that count.
    """
    n, names = len(frame), sorted(columns)
    texts = {name: _text_words(frame[name]) for name in names if frame[name].dtype == _string()}
    width = sum(2 if name in texts else 1 for name in names)
    block = max(1, _BYTES // max(8 * width, 1))
    out = []
    for start in range(0, n, block):
        rows = slice(start, min(n, start + block))
        part = frame.slice(start, block)
        cells = np.empty((rows.stop - start, width), np.uint64)
        at = 0
        for name in names:
            if name in texts:
                digests, codes = texts[name]
                cells[:, at : at + 2] = digests[codes[rows]]
                at += 2
            else:
                cells[:, at] = _words(part[name])
                at += 1
        raw, step = memoryview(cells.tobytes()), 8 * width
        hashed = hashlib.blake2b
        out.append(
            b"".join([hashed(raw[i : i + step], digest_size=16).digest() for i in range(0, len(raw), step)])
            if width
            else bytes(16 * len(part))
        )
    return np.frombuffer(b"".join(out), np.dtype("V16"))


def salted(keys: np.ndarray, salt: str) -> np.ndarray:
    """A number for each key that depends on the key and the salt alone, uint64 (n,)."""
    raw, key = memoryview(np.ascontiguousarray(keys).tobytes()), salt.encode()
    hashed = hashlib.blake2b
    digests = b"".join(
        [hashed(raw[i : i + 16], digest_size=8, key=key).digest() for i in range(0, len(raw), 16)]
    )
    return np.frombuffer(digests, np.uint64)


def numbered(keys: np.ndarray) -> np.ndarray:
    """Each key as a number from 0, int64 (n,): equal keys equal numbers, in an order that follows from the keys."""
    if len(keys) == 0:
        return np.empty(0, np.int64)
    lanes = np.ascontiguousarray(keys).view("<u8").reshape(-1, 2)
    order = np.lexsort((lanes[:, 1], lanes[:, 0]))
    ordered = lanes[order]
    fresh = np.concatenate([[False], np.any(ordered[1:] != ordered[:-1], axis=1)])
    out = np.empty(len(keys), np.int64)
    out[order] = np.cumsum(fresh)
    return out


def _string() -> type[pl.String]:
    import polars as pl

    return pl.String


def _words(column: pl.Series) -> np.ndarray:
    """One 64-bit word for each cell that is no text, uint64 (n,)."""
    import polars as pl

    missing = column.is_null().to_numpy()
    if column.dtype.is_float():
        numbers = column.to_numpy() + 0.0  # -0.0 becomes 0.0; a null is NaN, and marked below
        words = np.ascontiguousarray(numbers, np.float64).view(np.uint64).copy()
    else:
        whole = column.cast(pl.Datetime("us")).to_physical() if column.dtype.is_temporal() else column
        words = whole.cast(pl.Int64).fill_null(0).to_numpy().astype(np.int64).view(np.uint64).copy()
    words[missing] = _MISSING
    return words


def _text_words(column: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """The hash of every different text, uint64 (m + 1, 2), the last for a missing one; and which each row has."""
    import polars as pl

    texts: list[str]
    if len(column) < _FEW:
        cells = column.to_list()
        texts = [text for text in dict.fromkeys(cells) if text is not None]
        place = {text: at for at, text in enumerate(texts)}
        codes = np.array([place.get(text, len(texts)) for text in cells], np.int64)
    else:
        values = column.drop_nulls().unique()
        whole = column.cast(pl.Enum(values)).to_physical().cast(pl.Int64)
        texts, codes = values.to_list(), whole.fill_null(len(values)).to_numpy()
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts)
    return np.frombuffer(digests + bytes(16), np.uint64).reshape(-1, 2), codes
