"""Small data made on the spot, for tests."""

from __future__ import annotations

import hashlib

import numpy as np

from hakseup.data.labels import Labels
from hakseup.data.pictures import NO_PART, Pictures
from hakseup.sources.found import ClassName
from hakseup.words import Words


def keys_of(images: np.ndarray) -> np.ndarray:
    """A hash of each picture, dtype V16."""
    digests = b"".join(hashlib.blake2b(i.tobytes(), digest_size=16).digest() for i in images)
    return np.frombuffer(digests, np.dtype((np.void, 16)))


def pictures(
    n: int = 120,
    classes: int = 3,
    size: int = 12,
    channels: int = 1,
    seed: int = 0,
    official: np.ndarray | None = None,
) -> Pictures:
    """Bright bars at a height that tells the class, with noise: learnable, every picture another."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    images = rng.integers(0, 80, (n, size, size, channels)).astype(np.uint8)
    for i, label in enumerate(labels):
        row = 1 + label * (size // classes)
        images[i, row : row + 2] = 200 + rng.integers(0, 50)
    return from_arrays(images, labels, classes, official)


def from_arrays(
    images: np.ndarray, labels: np.ndarray, classes: int, official: np.ndarray | None = None
) -> Pictures:
    """Pictures out of arrays, nothing sealed yet."""
    names = tuple(ClassName(str(i), Words(f"class {i}", f"클래스 {i}")) for i in range(classes))
    n = len(images)
    return Pictures(
        "arrays",
        "made",
        "arrays",
        images,
        Labels(labels.astype(np.int64)),
        names,
        keys_of(images),
        np.full(n, NO_PART, np.int8) if official is None else official,
        [f"x[{i}]" for i in range(n)],
    )
