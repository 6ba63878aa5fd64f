"""What a data set and its test part are called: hashes of their content, the same wherever they lie."""

from __future__ import annotations

import hashlib

import numpy as np

from hakseup.data.labels import Labels
from hakseup.data.pictures import Pictures
from hakseup.data.split import Split


def fingerprint(pictures: Pictures, labels: Labels, split: Split) -> str:
    """SHA-256 over every picture's hash, part and label; those of the test part stay sealed and count as such."""
    part = np.full(len(pictures), 3, np.uint8)
    for code, index in enumerate((split.train, split.validation, split.test)):
        part[index] = code
    # Training and validation pictures are one pool: which of them validates depends on the seed, not on the data.
    part[part == 1] = 0 if not split.official_validation else 1
    names = "\x1f".join(c.key for c in pictures.classes).encode()
    rows = np.empty(len(pictures), [("key", "V16"), ("part", "u1"), ("label", "<i8")])
    rows["key"], rows["part"], rows["label"] = pictures.keys, part, labels.values
    raw = np.sort(rows.view(f"S{rows.dtype.itemsize}"))  # in an order that does not depend on the files'
    return hashlib.sha256(names + b"\x00" + raw.tobytes()).hexdigest()


def test_id(pictures: Pictures, split: Split) -> str:
    """SHA-256 over the hashes of the test pictures: what the seal is kept by, over all runs."""
    keys = np.sort(pictures.keys[split.test].view("S16").reshape(-1))
    return hashlib.sha256(keys.tobytes()).hexdigest()
