"""What a table and its test part are called: hashes of their content, the same wherever the file lies.

They go by `Table.rows`, so they change neither with the order of rows and columns nor with what is ignored.
"""

from __future__ import annotations

import hashlib

import numpy as np

from hakseup.data.labels import Labels
from hakseup.data.split import Split
from hakseup.data.table import Table


def fingerprint(table: Table, labels: Labels, parts: Split) -> str:
    """SHA-256 over every row's hash, part and label; those of the test part stay sealed and count as such."""
    part = np.zeros(len(table), np.uint8)  # training and validation rows are one pool: the seed divides them
    part[parts.test], part[parts.left_out] = 2, 3
    rows = np.empty(len(table), [("key", "V16"), ("part", "u1"), ("label", "V8")])
    values = np.ascontiguousarray(labels.values, "<f8" if labels.values.dtype.kind == "f" else "<i8")
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), np.nan, values + 0.0)  # one NaN, one zero
    rows["key"], rows["part"], rows["label"] = table.rows, part, values.view("V8")
    raw = np.sort(rows.view(f"S{rows.dtype.itemsize}"))
    names = "\x1f".join([table.target, table.task, *(c.key for c in table.classes)]).encode()
    return hashlib.sha256(names + b"\x00" + raw.tobytes()).hexdigest()


def test_id(table: Table, parts: Split) -> str:
    """SHA-256 over the hashes of the test rows: what the seal is kept by, over all runs."""
    keys = np.sort(np.ascontiguousarray(table.rows[parts.test]).view("S16").reshape(-1))
    return hashlib.sha256(keys.tobytes()).hexdigest()
