"""House prices as Keras hands them over: a table fetched once with its checksum, put into an order and cut in two."""

from __future__ import annotations

import numpy as np

from hakseup.keras.utils.data_utils import get_file
from hakseup.layers import checks

Part = tuple[np.ndarray, np.ndarray]
_FROM = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def load(
    name: str, sha256: str, path: str, test_split: float, seed: int, most: int | None
) -> tuple[Part, Part]:
    """Both parts.

    Args:
        name: of the file. sha256: of its content. path: what it is called here. test_split: share of the second part.
        seed: of the order. most: only so many rows.

    Raises:
        DownloadError: it lies nowhere on this machine and could not be fetched.
    """
    share = checks.number("load_data", "test_split", test_split, 0, 1)
    with np.load(get_file(path, f"{_FROM}{name}", file_hash=sha256), allow_pickle=False) as file:
        x, y = file["x"][:most], file["y"][:most]
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    at = int(len(x) * (1 - share))
    return (x[order[:at]], y[order[:at]]), (x[order[at:]], y[order[at:]])
