"""`keras.datasets.boston_housing`: 506 quarters of Boston in the seventies, with the median price of a house.

One of its columns rests on an assumption about where Black people live; scikit-learn withdrew the table for that.
"""

from __future__ import annotations

import numpy as np

from hakseup.keras.datasets.known_tables import load

Part = tuple[np.ndarray, np.ndarray]
_SHA256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


def load_data(
    path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> tuple[Part, Part]:
    """(x_train, y_train), (x_test, y_test): 13 numbers of each quarter, and the price in thousands of dollars.

    Raises:
        DownloadError: it lies nowhere on this machine and could not be fetched.
    """
    return load("boston_housing.npz", _SHA256, path, test_split, seed, None)
