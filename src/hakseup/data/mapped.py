"""Large memory maps that stay out of memory: rows are read from the file, and blocks that were read are given back.

What is touched of a mapped file becomes resident and then counts as this process's memory as if it had been loaded.
Blocks that are read in order are given back after use (`release`). Rows that are read here and there are not touched in
the map at all (`Reading`): every touch maps much of what lies around it (256 pictures of 28x28 here and there: 200 MB),
which took 9 microseconds a picture together with giving it back, and reading it from the file takes 2 to 4 (1,000,000
pictures, Linux 6.18, file in the cache).
"""

from __future__ import annotations

import mmap
import os
import weakref

import numpy as np

from hakseup.data.cache import LARGE


def release(images: np.ndarray) -> None:
    """Give back what is resident of a read-only memory map; of any other array nothing."""
    array = _map(images)
    pages = getattr(array, "_mmap", None)
    if isinstance(pages, mmap.mmap) and hasattr(pages, "madvise"):
        pages.madvise(mmap.MADV_DONTNEED)


class Reading:
    """Rows of an array of pictures, in any order. Those of a large memory map come from its file.

    apart: whether they do; if not, indexing the array is the same and quicker.
    """

    def __init__(self, images: np.ndarray) -> None:
        self._images = images
        self._file, self._start = _opened(images) if images.nbytes >= LARGE else (-1, 0)
        self.apart = self._file >= 0
        if self.apart:
            weakref.finalize(self, os.close, self._file)

    def take(self, rows: np.ndarray) -> np.ndarray:
        """A copy of these rows, (m, h, w, c)."""
        if not self.apart or len(rows) == 0:
            plain: np.ndarray = self._images[rows]
            return plain
        size = self._images[:1].nbytes
        out = np.empty((len(rows), *self._images.shape[1:]), self._images.dtype)
        view = out.reshape(-1).view(np.uint8).data
        first = [
            0,
            *(np.flatnonzero(np.diff(rows) != 1) + 1).tolist(),
            len(rows),
        ]  # of each run of neighbours
        places = (self._start + rows[first[:-1]] * size).tolist()
        for low, high, place in zip(first, first[1:], places, strict=False):
            if os.preadv(self._file, [view[low * size : high * size]], place) != (high - low) * size:
                out[low:high] = self._images[rows[low:high]]
        return out


def _map(images: np.ndarray) -> np.memmap | None:
    """The read-only memory map that this array is a view of, whole. (Another map may hold what is nowhere else.)"""
    array = images
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array if isinstance(array, np.memmap) and array.mode == "r" else None


def _opened(images: np.ndarray) -> tuple[int, int]:
    """The file of the memory map and where in it the array begins; -1 where it cannot be read from there."""
    array = _map(images)
    name = getattr(array, "filename", None)
    if array is None or name is None or not images.flags.c_contiguous or not hasattr(os, "preadv"):
        return -1, 0
    try:
        file = os.open(name, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError:  # gone: the map still holds it
        return -1, 0
    within = images.__array_interface__["data"][0] - array.__array_interface__["data"][0]
    start = int(array.offset) + within
    ends = np.array([0, len(images) // 2, len(images) - 1])
    size = images[:1].nbytes
    if all(os.pread(file, size, start + int(row) * size) == images[row].tobytes() for row in ends):
        return file, start
    os.close(file)  # another file has this name now
    return -1, 0
