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
    trainable: bool

    def numpy(self) -> Any:
        """The plain array, or the plain number."""
        return np.asarray(self)[()]

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, given: Any = (), named: Any = None) -> Any:
        """`weights * y_pred`: beside a tensor of PyTorch, through which a loss learns, these numbers are one too."""
        from hakseup.keras.mathematics import beside  # loads torch

        return beside(function, given, named or {})

    def __getitem__(self, place: Any) -> Any:
        out = super().__getitem__(place)
        return out if isinstance(out, np.ndarray) else np.asarray(out).view(EagerTensor)


class Variable(EagerTensor):
    """`tf.Variable`: numbers of one's own that are counted up or set anew, and keep their shape."""

    def assign(self, value: Any, *_: Any, **__: Any) -> Variable:
        """Other numbers of the same shape."""
        self[...] = np.asarray(value)
        return self

    def assign_add(self, delta: Any, *_: Any, **__: Any) -> Variable:
        """Counted up."""
        return self.assign(np.asarray(self) + np.asarray(delta))

    def assign_sub(self, delta: Any, *_: Any, **__: Any) -> Variable:
        """Counted down."""
        return self.assign(np.asarray(self) - np.asarray(delta))

    def numpy(self) -> Any:
        """The numbers as they are now; later ones do not change them."""
        return np.array(self)[()]

    def value(self) -> Any:
        """The numbers as they are now."""
        return eager(self.numpy())

    read_value = value

    def __getitem__(self, place: Any) -> Any:
        part = np.array(np.ndarray.__getitem__(self, place)).view(Part)
        part.whole, part.place = self, place
        return part

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """What is reckoned with a variable is no variable."""
        return eager(array)


class Part(EagerTensor):
    """`v[0, 1]`: the numbers that stand at a place of a variable now; `assign` puts others there."""

    whole: Variable
    place: Any

    def assign(self, value: Any, *_: Any, **__: Any) -> Variable:
        """Other numbers at this place; the variable."""
        np.asarray(self.whole)[self.place] = np.asarray(value)
        return self.whole

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """What is reckoned with a part is no part."""
        return eager(array)


def constant(value: Any, dtype: Any = None) -> Any:
    """Numbers as TensorFlow takes them: Python's own become float32 and int32, arrays keep their kind."""
    found = np.asarray(value, dtype=dtype)
    if dtype is None and not hasattr(value, "dtype"):
        found = found.astype({"float64": "float32", "int64": "int32"}.get(found.dtype.name, found.dtype))
    return eager(found)


def eager(value: Any) -> Any:
    """A tensor of PyTorch, an array or numbers as an `EagerTensor`; its memory is shared where it can be."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    return np.asarray(value).view(EagerTensor)


def named(name: str, value: np.ndarray, trainable: bool) -> EagerTensor:
    """A variable's numbers under its name ("kernel"), and whether training changes them by gradient."""
    out = value.view(EagerTensor)
    out.name, out.trainable = name, trainable
    return out
