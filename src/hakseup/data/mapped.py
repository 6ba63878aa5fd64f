"""Memory maps that stay out of memory: pages that were read are given back to the system.

A file that is mapped and read through becomes resident page by page, and then counts as this process's memory as
if it had been loaded. Giving pages back costs next to nothing: they stay in the system's file cache, and touching
them again maps them again.
"""

from __future__ import annotations

import mmap

import numpy as np

AROUND = 64 << 10  # bytes that Linux maps around one that is touched (fault_around_bytes)
MOST = 64 << 20  # bytes of a map that may be resident before they are given back


def release(images: np.ndarray) -> None:
    """Give back what is resident of a read-only memory map; of any other array nothing."""
    array: object = images
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            # Written pages of a private map would be lost; a read-only one has none.
            pages = getattr(array, "_mmap", None)
            if array.mode == "r" and isinstance(pages, mmap.mmap) and hasattr(pages, "madvise"):
                pages.madvise(mmap.MADV_DONTNEED)
            return
        array = array.base


class Reading:
    """Counts pictures that are read from an array here and there, and gives a memory map's pages back in time."""

    def __init__(self, images: np.ndarray) -> None:
        self._images = images
        picture = images[:1].nbytes
        self._most = max(1, MOST // (AROUND + picture))  # pictures
        self._read = 0

    def add(self, n: int) -> None:
        """So many more pictures were read, and copied."""
        self._read += n
        if self._read >= self._most:
            self._read = 0
            release(self._images)
