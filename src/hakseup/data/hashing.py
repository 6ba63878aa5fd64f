"""Content hashes: equal pictures have equal keys, whatever file or array they came from."""

from __future__ import annotations

import functools
import hashlib

import numpy as np


@functools.lru_cache(maxsize=4096)
def _hasher(height: int, width: int, channels: int) -> hashlib.blake2b:
    return hashlib.blake2b(b"%d %d %d:" % (height, width, channels), digest_size=16)


def key(pixels: np.ndarray) -> bytes:
    """16 bytes that equal pictures share, whatever file they came from.

    Args:
        pixels: canonical (`data.decode.canonical`), contiguous, uint8 (height, width, 1 or 3).
    """
    digest = _hasher(*pixels.shape).copy()
    digest.update(pixels.data)
    return digest.digest()


def keys(block: np.ndarray) -> tuple[bytes, bool]:
    """The keys of a block of pictures, 16 bytes each, joined; and whether all of them are grey.

    Args:
        block: uint8 (n, height, width, 1 or 3).
    """
    if block.shape[3] == 1:
        return b"".join(key(picture) for picture in np.ascontiguousarray(block)), True
    first = block[..., :1]
    grey = (block == first).all(axis=(1, 2, 3))
    block = np.ascontiguousarray(block)
    out = [
        key(np.ascontiguousarray(picture[..., :1]) if is_grey else picture)
        for picture, is_grey in zip(block, grey, strict=True)
    ]
    return b"".join(out), bool(grey.all())


def as_keys(joined: bytes) -> np.ndarray:
    """Joined keys as an array "V16" (n,)."""
    return np.frombuffer(joined, np.dtype("V16")).copy()
