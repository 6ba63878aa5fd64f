"""`keras.datasets.fashion_mnist`: 70,000 garments, 28 by 28 pixels."""

from __future__ import annotations

import numpy as np

from hakseup.keras.datasets.known_sets import load

Part = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Part, Part]:
    """(x_train, y_train), (x_test, y_test): uint8 (60000, 28, 28), (60000,), (10000, 28, 28), (10000,).

    Raises:
        DownloadError: it lies nowhere on this machine and could not be fetched.
    """
    return load("fashion_mnist")
