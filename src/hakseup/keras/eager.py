"""Numbers as TensorFlow hands them out: an array that also answers `.numpy()`."""

from __future__ import annotations

from typing import Any

import numpy as np


class EagerTensor(np.ndarray):
    """An array with the few things that code written for TensorFlow's tensors asks of it."""

    def numpy(self) -> Any:
        """The plain array, or the plain number."""
        return np.asarray(self)[()]

    def __getitem__(self, place: Any) -> Any:
        out = super().__getitem__(place)
        return out if isinstance(out, np.ndarray) else np.asarray(out).view(EagerTensor)


def eager(value: Any) -> Any:
    """A tensor of PyTorch, an array or numbers as an `EagerTensor`; its memory is shared where it can be."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    return np.asarray(value).view(EagerTensor)
