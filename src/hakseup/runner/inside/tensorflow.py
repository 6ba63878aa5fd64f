"""What `import tensorflow` gives with the engine hakseup: the few names beside `tf.keras` that tutorials use.

`tf.keras` is hakseup's; seeds, devices and logging answer; a handful of functions on arrays are NumPy's. Everything
else is refused with a sentence: this is not TensorFlow.
"""

from __future__ import annotations

import functools
import importlib
import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any

from hakseup.runner.inside import tensorflow_numbers as numbers
from hakseup.runner.inside.imports import facade, with_hint
from hakseup.runner.inside.tensorflow_settings import CONTENT, outside


class _TensorFlow(ModuleType):
    """A module whose missing names are refused with a sentence."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = _lazily(self.__name__, name)
        if found is None:
            from hakseup.keras.outside import imported

            whole = f"{self.__name__}.{name}"
            # Over an AttributeError in `from tensorflow import name` Python would put a sentence of its own.
            kind = ImportError if imported() else AttributeError
            raise kind(with_hint(outside(whole), whole))
        setattr(self, name, found)
        return found


def module(name: str) -> ModuleType:
    """The module `tensorflow` or one below it.

    Raises:
        ModuleNotFoundError: there is none of that name here.
    """
    if name not in CONTENT:
        raise ModuleNotFoundError(with_hint(outside(name), name), name=name)
    if name not in _made:
        _made[name] = _TensorFlow(name)
        _made[name].__path__ = []
        vars(_made[name]).update(CONTENT[name])
    return _made[name]


_made: dict[str, ModuleType] = {}


def _lazily(parent: str, name: str) -> Any:
    """A name that stands for something loaded only when it is asked for."""
    whole = f"{parent}.{name}"
    if whole == "tensorflow.keras":
        return facade("keras")
    if whole in CONTENT:
        return module(whole)
    if parent in _PICTURES:
        images = importlib.import_module("hakseup.runner.inside.tensorflow_images")
        found = getattr(images, _PICTURES[parent]).get(name)
        if found is None and parent == "tensorflow.image":
            found = importlib.import_module("hakseup.runner.inside.tensorflow_colours").COLOURS.get(name)
        return found
    if parent in ("tensorflow.io.gfile", "tensorflow.gfile"):
        return importlib.import_module("hakseup.runner.inside.tensorflow_images").FILES.get(name)
    if whole == "tensorflow.read_file":
        return module("tensorflow.io").read_file
    if parent == "tensorflow.nn" and hasattr(facade("keras.activations"), name):
        return _on_arrays(getattr(facade("keras.activations"), name), name)
    if parent in ("tensorflow.train", "tensorflow.optimizers", "tensorflow.compat.v1.train"):
        return getattr(facade("keras.optimizers"), name.removesuffix("Optimizer"), None)
    for inner in ("losses", "metrics", "initializers"):
        if parent == f"tensorflow.{inner}":
            return getattr(facade(f"keras.{inner}"), name, None)
    if parent in ("tensorflow", "tensorflow.math", "tensorflow.nn") and name in numbers.LISTS:
        return numbers.LISTS[name]
    if parent in ("tensorflow", "tensorflow.math") and name in numbers.OWN:
        return _on_arrays(numbers.OWN[name], name)
    if parent in ("tensorflow", "tensorflow.math") and name in _ARRAYS:
        import numpy as np

        return _on_arrays(getattr(np, _ARRAYS[name]), name)
    if parent in ("tensorflow", "tensorflow.math", "tensorflow.nn") and name in _OF_KERAS:
        where, called = _OF_KERAS[name]
        return getattr(facade(f"keras.{where}"), called)
    if parent == "tensorflow" and name in _TYPES:
        return importlib.import_module("hakseup.keras.typed").DType(name)
    if whole == "tensorflow.Tensor":
        return importlib.import_module("hakseup.keras.eager").EagerTensor
    if whole == "tensorflow.is_tensor":
        return _is_eager
    if parent == "tensorflow" and name in ("TensorSpec", "TensorShape"):
        return getattr(importlib.import_module("hakseup.keras.typed"), name)
    if parent == "tensorflow" and name in ("constant", "convert_to_tensor", "Variable"):
        return _variable if name == "Variable" else _array
    if whole == "tensorflow.data.Dataset":
        return importlib.import_module("hakseup.keras.pipeline").Dataset
    if parent == "tensorflow.data.experimental" and name in _OF_DATASETS:
        return getattr(importlib.import_module("hakseup.keras.pipeline").Dataset, _OF_DATASETS[name])
    if whole in ("tensorflow.cast", "tensorflow.dtypes.cast"):
        return _cast
    return None


_ARRAYS = {
    **{name: name for name in ("abs", "exp", "log", "sqrt", "square", "round", "reshape", "transpose")},
    **{
        name: name
        for name in ("zeros", "ones", "zeros_like", "ones_like", "expand_dims", "squeeze", "matmul")
    },
    **{
        name: name
        for name in ("add", "subtract", "multiply", "divide", "maximum", "minimum", "where", "equal")
    },
    "reduce_mean": "mean",
    "reduce_sum": "sum",
    "reduce_max": "max",
    "reduce_min": "min",
    **{name: name for name in ("size", "tile")},
    "rank": "ndim",
    "reduce_all": "all",
    "reduce_any": "any",
    "concat": "concatenate",
    "range": "arange",
    "linspace": "linspace",
    "clip_by_value": "clip",
    "pow": "power",
    "reduce_prod": "prod",
    "identity": "copy",
    "reverse": "flip",
    **{name: name for name in ("pad", "count_nonzero", "bincount")},
    **{name: name for name in ("sign", "floor", "ceil", "cumsum", "greater", "less", "not_equal")},
    **{name: name for name in ("greater_equal", "less_equal", "logical_and", "logical_or", "logical_not")},
    **{name: name for name in ("stack", "sort", "argsort", "eye", "repeat")},
}


# What Keras has under a name of its own, over arrays and tensors alike: (module, name)
_OF_KERAS = {
    "reduce_std": ("backend", "std"),
    "reduce_variance": ("backend", "var"),
    **{name: ("backend", name) for name in ("sigmoid", "tanh", "sin", "cos", "l2_normalize")},
    "is_nan": ("ops", "isnan"),
    "mod": ("ops", "mod"),
    **{name: ("ops", name) for name in ("negative", "log1p", "norm")},
}
_PICTURES = {"tensorflow.image": "IMAGE", "tensorflow.io": "IO", "tensorflow.strings": "STRINGS"}
_OF_DATASETS = {"Counter": "counter", "sample_from_datasets": "sample_from_datasets"}
_TYPES = ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool", "string")


def _array(value: Any, dtype: Any = None, shape: Any = None, **_ignored: Any) -> Any:
    import numpy as np

    from hakseup.keras.eager import constant

    made = constant(value, dtype)
    return made if shape is None else np.broadcast_to(made, tuple(shape)).copy().view(type(made))


def _variable(
    initial_value: Any, trainable: bool = True, dtype: Any = None, name: Any = None, **_ignored: Any
) -> Any:
    from hakseup.keras.eager import Variable, constant

    made = (
        constant(initial_value() if callable(initial_value) else initial_value, dtype).copy().view(Variable)
    )
    made.trainable, made.name = trainable, f"{name or 'Variable'}:0"
    return made


def _cast(x: Any, dtype: Any, name: Any = None) -> Any:
    if hasattr(x, "requires_grad"):
        return facade("keras.backend").cast(x, dtype)
    return _array(x).astype(dtype)


# Of tensors, through which a loss of one's own learns: the function of `keras.backend`
_OF_TENSORS = {"reduce_mean": "mean", "reduce_sum": "sum", "reduce_max": "max", "reduce_min": "min"}
_OF_TENSORS |= {"concat": "concatenate", "where": "switch", "matmul": "dot", "clip_by_value": "clip"} | {
    name: name
    for name in (
        *("abs", "exp", "log", "sqrt", "square", "round", "maximum", "minimum", "equal", "reshape"),
        *("ones_like", "zeros_like", "expand_dims", "squeeze", "transpose", "stack", "pow", "sign"),
        *("greater", "greater_equal", "less", "less_equal", "not_equal"),
    )
}
_SIGNS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
}


def _on_arrays(function: Callable[..., Any] | None, name: str = "") -> Callable[..., Any] | None:
    """The function; what it gives for arrays answers `.numpy()`, tensors stay tensors: losses of one's own learn."""
    if function is None:
        return None

    @functools.wraps(function)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        from hakseup.keras.arithmetic import Arithmetic
        from hakseup.keras.eager import eager

        arguments, options = numbers.in_order(name, arguments, options)
        if any(isinstance(value, Arithmetic) for value in arguments):  # becomes a layer, or is refused
            return function(*arguments, **options)
        learning = any(_is_tensor(value) for value in arguments)
        if learning and name in _SIGNS:
            return _SIGNS[name](*arguments[:2])
        if learning and name in _OF_TENSORS:
            backend = facade("keras.backend")
            return getattr(backend, _OF_TENSORS[name])(*arguments, **options)
        made = function(*arguments, **options)
        return made if learning else eager(_of_kind(made, name, arguments, options))

    return wrapped


def _of_kind(made: Any, name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What NumPy made, in the type that TensorFlow gives: sums of whole numbers stay what they were, and Python's own
    numbers, and what comes out of none, are float32 and int32."""
    from hakseup.keras.eager import constant

    given = [*arguments, *options.values()]
    if name in ("reduce_sum", "reduce_mean", "cumsum") and given:
        kind = constant(given[0]).dtype
        return made.astype(kind)
    if name in ("size", "rank"):
        return constant(int(made))
    if name in _OWN_TYPES or options.get("dtype") is not None or any(map(_has_type, given)):
        return made
    return constant(made.tolist() if hasattr(made, "tolist") else made)


_OWN_TYPES = ("argmax", "argmin", "one_hot", "confusion_matrix", "shape")


def _has_type(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_has_type, value))
    return hasattr(value, "dtype")


def _is_eager(x: Any) -> bool:
    """`tf.is_tensor`: what TensorFlow would have as a tensor, or a loss is reckoned with."""
    from hakseup.keras.eager import EagerTensor

    return isinstance(x, EagerTensor) or hasattr(x, "requires_grad")


def _is_tensor(value: Any) -> bool:
    """Whether it is a tensor of PyTorch, or a list with one."""
    if isinstance(value, list | tuple):
        return any(map(_is_tensor, value))
    return hasattr(value, "requires_grad")
