"""`keras.datasets.california_housing`: 20,640 blocks of California in 1990, with the median value of a house."""

from __future__ import annotations

import numpy as np

from hakseup.keras.datasets.known_tables import load
from hakseup.layers import checks

Part = tuple[np.ndarray, np.ndarray]
_SHA256 = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"


def load_data(
    version: str = "large", path: str = "california_housing.npz", test_split: float = 0.2, seed: int = 113
) -> tuple[Part, Part]:
    """(x_train, y_train), (x_test, y_test): 8 numbers of each block, and the value in dollars.

    Args:
        version: "large", or "small": the first 600 blocks.

    Raises:
        DownloadError: it lies nowhere on this machine and could not be fetched.
    """
    most = 600 if checks.choice("load_data", "version", version, ("large", "small")) == "small" else None
    return load("california_housing.npz", _SHA256, path, test_split, seed, most)
