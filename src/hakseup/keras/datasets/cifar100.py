"""`keras.datasets.cifar100`: 60,000 small photographs of a hundred things in twenty groups, 32 by 32 pixels, in colour.

From the binary form that its authors publish: a record is the group, the class, and 1,024 bytes each of red, green
and blue. Python's own form of it is a pickle, and is not read.
"""

from __future__ import annotations

import tarfile

import numpy as np

from hakseup.keras.utils.data_utils import get_file
from hakseup.layers import checks

Part = tuple[np.ndarray, np.ndarray]
_NAME = "cifar-100-binary.tar.gz"
_SHA256 = "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"  # as TensorFlow Datasets has it
_SIDE = 32  # pixels
_RECORD = 2 + 3 * _SIDE * _SIDE  # bytes
_LABELS = ("coarse", "fine")  # in the order of a record


def load_data(label_mode: str = "fine") -> tuple[Part, Part]:
    """(x_train, y_train), (x_test, y_test): uint8 (50000, 32, 32, 3), (50000, 1), (10000, 32, 32, 3), (10000, 1).

    Args:
        label_mode: "fine", the hundred classes, or "coarse", the twenty groups.

    Raises:
        DownloadError: it lies nowhere on this machine and could not be fetched.
    """
    place = _LABELS.index(checks.choice("load_data", "label_mode", label_mode, _LABELS))
    path = get_file(_NAME, f"https://www.cs.toronto.edu/~kriz/{_NAME}", file_hash=_SHA256)
    parts = {}
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            name = member.name.rpartition("/")[2]
            stream = archive.extractfile(member) if name in ("train.bin", "test.bin") else None
            if stream is not None:
                records = np.frombuffer(stream.read(), np.uint8).reshape(-1, _RECORD)
                planes = records[:, 2:].reshape(-1, 3, _SIDE, _SIDE)
                x = np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
                parts[name] = (x, records[:, place, None].copy())
    return parts["train.bin"], parts["test.bin"]
