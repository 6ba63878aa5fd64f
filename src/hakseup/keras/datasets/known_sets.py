"""A known data set as Keras hands it over: ((x_train, y_train), (x_test, y_test)) as NumPy arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hakseup.keras.printing import say
from hakseup.progress import Silence
from hakseup.sources import known, npz
from hakseup.sources.found import Found, Piece, StoredPixels
from hakseup.words import Words

Part = tuple[np.ndarray, np.ndarray]


class _Told(Silence):
    """Says that something is downloaded, as Keras does; not how far it is."""

    def note(self, words: Words) -> None:
        say(str(words))


def load(name: str, path: str | None = None) -> tuple[Part, Part]:
    """Both parts of a known data set.

    Args:
        name: as in `hakseup.sources.known`.
        path: of an NPZ file, with its folder; a name alone is what Keras would call its copy, and changes nothing.

    Returns:
        Pictures (n, height, width) or (n, height, width, 3) and classes (n,), all uint8.

    Raises:
        DataError: what lies on this machine under its name is something else.
        DownloadError: it could not be fetched; the hint says where to put it by hand.
    """
    given = Path(path).expanduser() if path else None
    if given is not None and len(given.parts) > 1 and given.is_file():
        found = npz.find(given)
    else:
        found = known.find(name, _Told())
    train, test = (_arrays(_part(found, part)) for part in ("train", "test"))
    return train, test


def _part(found: Found, part: str) -> Piece:
    return next(piece for piece in found.pieces if piece.part == part)


def _arrays(piece: Piece) -> Part:
    pixels = piece.pixels
    if isinstance(pixels, StoredPixels):
        x = np.empty(pixels.shape, np.uint8)
        start = 0
        for block in pixels.read():
            x[start : start + len(block)] = block
            start += len(block)
    else:
        x = np.array(pixels)
    return x, piece.labels().astype(np.uint8)
