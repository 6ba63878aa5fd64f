"""Types and shapes of tensors as TensorFlow writes them: `<dtype: 'int32'>`, `TensorShape([None, 28])`, `TensorSpec(…)`.

They go wherever NumPy's own do: a type is the text that NumPy takes for one, a shape is a tuple.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, overload

import numpy as np


class DType(str):
    """A type of numbers."""

    __slots__ = ()
    _is_numeric = True  # `numpy.testing` asks the class

    def __new__(cls, dtype: Any) -> DType:
        found = np.dtype("str" if str(dtype) == "string" else dtype)
        return super().__new__(cls, found.str if found.kind in "USO" else found.name)

    @property
    def name(self) -> str:
        """As TensorFlow calls it."""
        return "string" if self.as_numpy_dtype.kind in "USO" else str.__str__(self)

    @property
    def as_numpy_dtype(self) -> np.dtype[Any]:
        """NumPy's."""
        return np.dtype(str.__str__(self))

    def __getattr__(self, name: str) -> Any:
        """What NumPy's types have beside: kind, type, itemsize, …."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.as_numpy_dtype, name)

    def __str__(self) -> str:
        return f"<dtype: {self.name!r}>"

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __format__(self, form: str) -> str:
        return format(str(self), form)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return str.__eq__(self, other) or other == self.name
        try:
            return bool(self.as_numpy_dtype == other)
        except TypeError:
            return False

    def __len__(self) -> int:
        """How many named fields it has, as NumPy's types say it: none."""
        return 0

    def __bool__(self) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


class KerasDType(DType):
    """A type as Keras 3's variables have it: its bare name."""

    __slots__ = ()

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return repr(self.name)


class TensorShape(tuple[int | None, ...]):
    """A shape, None for what is not known yet."""

    __slots__ = ()

    def __new__(cls, sizes: Iterable[int | None]) -> TensorShape:
        return super().__new__(cls, sizes)

    def __repr__(self) -> str:
        return f"TensorShape({list(self)})"

    def __str__(self) -> str:
        return tuple.__repr__(self)

    def __format__(self, form: str) -> str:
        return format(str(self), form)

    def __eq__(self, other: object) -> bool:
        """Also to a list of the same sizes."""
        return super().__eq__(tuple(other) if isinstance(other, list) else other)

    __hash__ = tuple.__hash__

    @overload  # type: ignore[override]
    def __getitem__(self, place: int) -> int: ...

    @overload
    def __getitem__(self, place: slice) -> TensorShape: ...

    def __getitem__(self, place: Any) -> Any:
        found: Any = super().__getitem__(place)
        return TensorShape(found) if isinstance(place, slice) else found

    def as_list(self) -> list[int | None]:
        """The sizes in a list."""
        return list(self)

    @property
    def rank(self) -> int:
        """How many axes."""
        return len(self)

    ndims = rank

    def num_elements(self) -> int | None:
        """How many numbers; None where it is not known."""
        return None if None in self else math.prod(size for size in self if size is not None)


class TensorSpec:
    """`tf.TensorSpec(shape=(None, 28), dtype=tf.float32)`: what a tensor will be."""

    def __init__(
        self, shape: Iterable[int | None] | None = None, dtype: Any = "float32", name: str | None = None
    ) -> None:
        self.shape = None if shape is None else TensorShape(shape)
        self.dtype, self.name = DType(dtype), name

    def batched(self, size: int | None) -> TensorSpec:
        """Of so many together."""
        return TensorSpec(None if self.shape is None else (size, *self.shape), self.dtype)

    def __repr__(self) -> str:
        shape = "<unknown>" if self.shape is None else self.shape
        return f"TensorSpec(shape={shape}, dtype={self.dtype!r}, name={self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorSpec) and repr(self) == repr(other)

    __hash__ = None  # type: ignore[assignment]
