"""`keras.datasets.cifar10`: 60,000 small photographs of ten things, 32 by 32 pixels, in colour."""

from __future__ import annotations

import numpy as np

from hakseup.keras.datasets.known_sets import load

Part = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Part, Part]:
    """(x_train, y_train), (x_test, y_test): uint8 (50000, 32, 32, 3), (50000, 1), (10000, 32, 32, 3), (10000, 1).

    Raises:
        DownloadError: it lies nowhere on this machine and could not be fetched.
    """
    (x_train, y_train), (x_test, y_test) = load("cifar10")
    return (x_train, y_train[:, None]), (x_test, y_test[:, None])  # Keras' labels stand in a column
