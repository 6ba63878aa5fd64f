"""Numbers as they were handed out when the books were written: arrays of one number that stand for it, `.numpy()`."""

from __future__ import annotations

from typing import Any

import numpy as np


class Outputs(np.ndarray):
    """What a model gives. Where it is a single number it can be used as one, `"%d" % classes[0]`, as up to NumPy 2.3."""

    def __float__(self) -> float:
        return float(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __format__(self, form: str) -> str:
        """`f"{score:.2f}"` for one number; arrays of more have no form."""
        return format(self.item(), form) if form and self.size == 1 else super().__format__(form)

    def _number(self) -> Any:
        if self.size != 1:
            raise TypeError("only arrays of one number can be converted to Python scalars")
        return self.item()


class EagerTensor(Outputs):
    """An array with the few things that code written for TensorFlow's tensors asks of it."""

    name: str

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


def named(name: str, value: np.ndarray) -> EagerTensor:
    """A variable's numbers under its name ("kernel")."""
    out = value.view(EagerTensor)
    out.name = name
    return out
