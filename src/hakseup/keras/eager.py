"""Numbers as they were handed out when the books were written: arrays of one number that stand for it, `.numpy()`.

What is printed of a tensor is what TensorFlow prints. It stays an array: what is reckoned with it by signs is one
again, what NumPy's functions make of it is a plain array, as there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hakseup.errors import CallError
from hakseup.keras.typed import DType, KerasDType, TensorShape
from hakseup.words import Words

_DTYPE: Any = np.ndarray.dtype  # how NumPy itself reads and sets them
_SHAPE: Any = np.ndarray.shape
# What the signs + - * / … < == ~ & are in NumPy; its other functions give plain arrays
_SIGNS = {
    *(np.add, np.subtract, np.multiply, np.true_divide, np.floor_divide, np.remainder, np.power, np.matmul),
    *(np.negative, np.positive, np.absolute, np.less, np.less_equal, np.greater, np.greater_equal, np.equal),
    *(np.not_equal, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert),
}


class Outputs(np.ndarray):
    """What a model gives. Where it is a single number it can be used as one, `"%d" % classes[0]`, as up to NumPy 2.3."""

    def __repr__(self) -> str:
        return repr(np.asarray(self))

    def __float__(self) -> float:
        return float(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __format__(self, form: str) -> str:
        """`f"{score:.2f}"` for one number; arrays of more have no form."""
        return format(self.item(), form) if form and self.size == 1 else super().__format__(form)

    def __reduce_ex__(self, protocol: Any) -> Any:
        """For pickle: a plain array, which needs nothing from here to be read."""
        return np.asarray(self).__reduce_ex__(protocol)

    def _number(self) -> Any:
        if self.size != 1:
            raise TypeError("only arrays of one number can be converted to Python scalars")
        return self.item()


class EagerTensor(Outputs):
    """An array with the few things that code written for TensorFlow's tensors asks of it."""

    _typ = "npy_extension"  # by this pandas knows what it has to ask for the plain array: it would keep our type in a table

    def to_numpy(self, *_: Any, **__: Any) -> Any:
        """The plain array, for pandas."""
        return np.asarray(self)

    def numpy(self) -> Any:
        """The plain array, or the plain number; text as bytes, as TensorFlow keeps it."""
        found = _plain(self)
        return found.astype(object) if isinstance(found, np.ndarray) and found.dtype.kind == "S" else found

    def __reduce_ex__(self, protocol: Any) -> Any:
        return eager, (np.asarray(self),)

    def copy(self, order: Any = "C") -> Any:
        """A plain array: whoever copies it, pandas for one, asks for NumPy's own type."""
        return np.array(self, order=order)

    # Of type Any: NumPy's own are of other types, and what is written here goes wherever those do.
    def _typed(self) -> Any:
        return DType(_DTYPE.__get__(self))

    def _retype(self, dtype: Any) -> None:
        _DTYPE.__set__(self, np.dtype(dtype))

    def _shaped(self) -> Any:
        return TensorShape(_SHAPE.__get__(self))

    def _reshape(self, shape: Any) -> None:
        _SHAPE.__set__(self, shape)

    dtype: Any = property(_typed, _retype)
    shape: Any = property(_shaped, _reshape)

    def __repr__(self) -> str:
        """`<tf.Tensor: shape=(2,), dtype=int32, numpy=array([1, 2], dtype=int32)>`."""
        return f"<tf.Tensor: shape={self.shape}, dtype={self.dtype.name}, numpy={self._text()}>"

    def __str__(self) -> str:
        """`tf.Tensor([1 2], shape=(2,), dtype=int32)`."""
        return f"tf.Tensor({_own_line(str(_plain(self)))}, shape={self.shape}, dtype={self.dtype.name})"

    def __format__(self, form: str) -> str:
        """As the plain array, or the plain number."""
        return format(_plain(self), form)

    def _text(self) -> str:
        found = _plain(self)
        return _own_line(repr(found.item() if isinstance(found, np.generic) else found))

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """What signs make of tensors is one; what NumPy's functions make is a plain array, or number."""
        if context is not None and context[0] in _SIGNS:
            return eager(array)
        return np.asarray(array)[()] if return_scalar else np.asarray(array)

    def __array_function__(self, function: Any, types: Any, given: Any, named: Any) -> Any:
        """NumPy's functions on plain arrays."""
        return function(*_bare(given), **_bare(named))

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, given: Any = (), named: Any = None) -> Any:
        """`weights * y_pred`: beside a tensor of PyTorch, through which a loss learns, these numbers are one too."""
        from hakseup.keras.mathematics import beside  # loads torch

        return beside(function, given, named or {})

    def __getitem__(self, place: Any) -> Any:
        out = super().__getitem__(place)
        return out if isinstance(out, np.ndarray) else np.asarray(out).view(EagerTensor)


# What `print(type(...))` shows, which beginners' code does to see what it has in its hands
Outputs.__module__, Outputs.__name__, Outputs.__qualname__ = "numpy", "ndarray", "ndarray"
EagerTensor.__module__ = "tensorflow.python.framework.ops"


def _plain(tensor: np.ndarray) -> Any:
    """The array, or the number; text as bytes, as TensorFlow shows it."""
    found = np.asarray(tensor)
    return (np.char.encode(found, "utf-8") if found.dtype.kind == "U" else found)[()]


def _own_line(text: str) -> str:
    return f"\n{text}" if "\n" in text else text


def _bare(given: Any) -> Any:
    if isinstance(given, EagerTensor):
        return np.asarray(given)
    if type(given) in (list, tuple):
        return type(given)(map(_bare, given))
    return {name: _bare(value) for name, value in given.items()} if type(given) is dict else given


class Variable(EagerTensor):
    """`tf.Variable`: numbers of one's own that are counted up or set anew, and keep their shape."""

    name: str = "Variable:0"
    trainable: bool = True

    def __repr__(self) -> str:
        about = f"shape={self.shape} dtype={self.dtype.name}"
        return f"<tf.Variable {self.name!r} {about}, numpy={self._text()}>"

    __str__ = __repr__

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


class Part(EagerTensor):
    """`v[0, 1]`: the numbers that stand at a place of a variable now; `assign` puts others there."""

    whole: Variable
    place: Any

    def assign(self, value: Any, *_: Any, **__: Any) -> Variable:
        """Other numbers at this place; the variable."""
        np.asarray(self.whole)[self.place] = np.asarray(value)
        return self.whole


class Weight(EagerTensor):
    """Numbers of a layer, a metric or an optimiser, as Keras shows its variables: with a name, a path, whether they learn."""

    name: str
    path: str | None = None  # None: a part of one, or what was made of it, which is a tensor like others
    trainable: bool
    write: Callable[[Any], None] | None = None  # puts numbers where these were copied from

    def assign(self, value: Any) -> Weight:
        """Other numbers of this shape: `model.layers[-1].bias.assign([0.0])`.

        Raises:
            CallError: they were copied from where nothing can be put.
        """
        if self.write is None:
            raise CallError(
                "not-a-variable",
                Words(f"The numbers of {self.path} are copies.", f"{self.path}의 수는 복사본입니다."),
                Words(
                    "layer.set_weights([…]) and model.set_weights([…]) change them.",
                    "layer.set_weights([…])나 model.set_weights([…])로 바꾸세요.",
                ),
            )
        self.write(np.asarray(value))
        self[...] = value
        return self

    def assign_add(self, value: Any) -> Weight:
        """More by these."""
        return self.assign(np.asarray(self) + value)

    def assign_sub(self, value: Any) -> Weight:
        """Less by these."""
        return self.assign(np.asarray(self) - value)

    def _named(self) -> Any:
        return KerasDType(_DTYPE.__get__(self))

    dtype: Any = property(_named)

    def __repr__(self) -> str:
        """`<Variable path=dense/kernel, shape=(2, 1), dtype=float32, value=[[1.] [1.]]>`."""
        if self.path is None:
            return EagerTensor.__repr__(self)
        found = self.numpy()
        value = found if self.ndim else found.item()
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}, value={value}>"

    def __str__(self) -> str:
        return EagerTensor.__str__(self) if self.path is None else repr(self)


def constant(value: Any, dtype: Any = None) -> Any:
    """Numbers as TensorFlow takes them: Python's own become float32 and int32, arrays keep their kind."""
    found = np.asarray(value, dtype=dtype)
    if dtype is None and not hasattr(value, "dtype"):
        if found.dtype == np.float64:
            found = found.astype(np.float32)
        elif found.dtype == np.int64 and np.array_equal(
            found, found.astype(np.int32)
        ):  # else it keeps its kind
            found = found.astype(np.int32)
    return eager(found)


def eager(value: Any) -> Any:
    """A tensor of PyTorch, an array or numbers as an `EagerTensor`; its memory is shared where it can be."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    return np.asarray(value).view(EagerTensor)


def named(path: str, value: Any, trainable: bool, write: Callable[[Any], None] | None = None) -> Weight:
    """A variable's numbers under its path ("dense/kernel"), whether training changes them by gradient, and what others are put by."""
    out = np.asarray(value).view(Weight)
    out.name, out.path, out.trainable, out.write = path.rpartition("/")[2], path, trainable, write
    return out
