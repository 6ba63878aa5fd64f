"""What `import tensorflow` gives with the engine hakseup: the few names beside `tf.keras` that tutorials use.

`tf.keras` is hakseup's; seeds, devices and logging answer; a handful of functions on arrays are NumPy's. Everything
else is refused with a sentence: this is not TensorFlow.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import logging
import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any

from hakseup.runner.inside import tensorflow_numbers as numbers
from hakseup.runner.inside.imports import facade, with_hint
from hakseup.words import Words

VERSION = "2.16.0"  # a document that asks gets one in which tf.keras is Keras 3


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
            raise kind(with_hint(_outside(whole), whole))
        setattr(self, name, found)
        return found


def _outside(name: str) -> Words:
    return Words(
        f"{name} is outside of what `hakseup run` knows of TensorFlow: tf.keras, seeds, and a few functions on arrays.",
        f"{name}은(는) `hakseup run`이 아는 텐서플로 범위 밖입니다. tf.keras, 시드, 배열 함수 몇 가지만 압니다.",
    )


def module(name: str) -> ModuleType:
    """The module `tensorflow` or one below it.

    Raises:
        ModuleNotFoundError: there is none of that name here.
    """
    if name not in _CONTENT:
        raise ModuleNotFoundError(with_hint(_outside(name), name), name=name)
    if name not in _made:
        _made[name] = _TensorFlow(name)
        _made[name].__path__ = []
        vars(_made[name]).update(_CONTENT[name])
    return _made[name]


_made: dict[str, ModuleType] = {}


def _lazily(parent: str, name: str) -> Any:
    """A name that stands for something loaded only when it is asked for."""
    whole = f"{parent}.{name}"
    if whole == "tensorflow.keras":
        return facade("keras")
    if whole in _CONTENT:
        return module(whole)
    if parent in _PICTURES:
        images = importlib.import_module("hakseup.runner.inside.tensorflow_images")
        return getattr(images, _PICTURES[parent]).get(name)
    if parent in ("tensorflow.io.gfile", "tensorflow.gfile"):
        return importlib.import_module("hakseup.runner.inside.tensorflow_images").FILES.get(name)
    if whole == "tensorflow.read_file":
        return module("tensorflow.io").read_file
    if parent == "tensorflow.nn":
        return _on_arrays(getattr(facade("keras.activations"), name, None))
    if parent in ("tensorflow.train", "tensorflow.optimizers", "tensorflow.compat.v1.train"):
        return getattr(facade("keras.optimizers"), name.removesuffix("Optimizer"), None)
    for inner in ("losses", "metrics", "initializers"):
        if parent == f"tensorflow.{inner}":
            return getattr(facade(f"keras.{inner}"), name, None)
    if parent in ("tensorflow", "tensorflow.math") and name in numbers.OWN:
        return _on_arrays(numbers.OWN[name], name)
    if parent in ("tensorflow", "tensorflow.math") and name in _ARRAYS:
        import numpy as np

        return _on_arrays(getattr(np, _ARRAYS[name]), name)
    if parent in ("tensorflow", "tensorflow.math") and name in ("sigmoid", "tanh"):
        return getattr(facade("keras.backend"), name)
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
    if whole == "tensorflow.cast":
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
    **{name: name for name in ("sign", "floor", "ceil", "cumsum", "greater", "less", "not_equal")},
    **{name: name for name in ("greater_equal", "less_equal", "logical_and", "logical_or", "logical_not")},
    "stack": "stack",
}


_PICTURES = {"tensorflow.image": "IMAGE", "tensorflow.io": "IO", "tensorflow.strings": "STRINGS"}
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


def set_seed(seed: int) -> None:
    """Fix every generator that hakseup uses for this process."""
    set_random_seed: Callable[[int], None] = facade("keras.utils").set_random_seed
    set_random_seed(int(seed))


def _latest_checkpoint(checkpoint_dir: Any, latest_filename: Any = None) -> str | None:
    """The weights that were written last into a folder."""
    from pathlib import Path

    endings = (".ckpt", ".h5", ".hdf5", ".keras")
    written = [path for path in Path(checkpoint_dir).glob("*") if path.suffix in endings and path.is_file()]
    return str(max(written, key=lambda path: (path.stat().st_mtime_ns, path.name))) if written else None


def _as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    return bytes_or_text.encode(encoding) if isinstance(bytes_or_text, str) else bytes(bytes_or_text)


def _as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    return bytes_or_text if isinstance(bytes_or_text, str) else bytes(bytes_or_text).decode(encoding)


def _nothing(*_arguments: Any, **_options: Any) -> None:
    """Settings of TensorFlow that have no meaning here."""


class _Settings:
    """`tf.ConfigProto()`, `tf.Session(config=...)`: settings of a graphics card, which change nothing here."""

    def __init__(self, *_arguments: Any, **_options: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "run":
            raise AttributeError(with_hint(_outside("tensorflow.Session.run"), "tensorflow.Session"))
        return _Settings()

    def __setattr__(self, name: str, value: Any) -> None:
        """Nothing."""

    def __enter__(self) -> _Settings:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing."""

    def __call__(self, *_arguments: Any, **_options: Any) -> _Settings:
        return self


_GRAPHS = {
    **dict.fromkeys(("ConfigProto", "GPUOptions", "Session", "InteractiveSession"), _Settings),
    "reset_default_graph": _nothing,
}


def _print(*values: Any, sep: str = " ", end: str = "\n", **_options: Any) -> None:
    """`tf.print`: to the screen."""
    print(*values, sep=sep, end=end)


def _function(work: Any = None, **_options: Any) -> Any:
    """`tf.function`: there is no graph to make, the function is used as it is."""
    return work if callable(work) else lambda inner: inner


@contextlib.contextmanager
def _device(_name: str) -> Any:
    """`tf.device`: hakseup chooses the device."""
    yield


class _Strategy:
    """`tf.distribute.MirroredStrategy`: one device, which hakseup chooses."""

    num_replicas_in_sync = 1

    def __init__(self, *_arguments: Any, **_options: Any) -> None:
        """No device is asked for."""

    def scope(self) -> contextlib.AbstractContextManager[None]:
        """Where the network is built."""
        return contextlib.nullcontext()


def _logger() -> logging.Logger:
    return logging.getLogger("tensorflow")


_DEVICES: dict[str, Any] = {
    "list_physical_devices": lambda kind=None: [],
    "list_logical_devices": lambda kind=None: [],
    "set_visible_devices": _nothing,
    "set_memory_growth": _nothing,
    "set_virtual_device_configuration": _nothing,
    "set_logical_device_configuration": _nothing,
    "run_functions_eagerly": _nothing,
    "experimental_run_functions_eagerly": _nothing,
    "enable_op_determinism": _nothing,
}
_LOGGING = {"set_verbosity": _nothing, **dict.fromkeys(("DEBUG", "INFO", "WARN", "ERROR", "FATAL"), 0)}
_CONTENT: dict[str, dict[str, Any]] = {
    "tensorflow": {
        **_GRAPHS,
        "__version__": VERSION,
        "VERSION": VERSION,
        "newaxis": None,
        "set_random_seed": set_seed,
        "function": _function,
        "device": _device,
        "get_logger": _logger,
        "executing_eagerly": lambda: True,
        "print": _print,
        "enable_eager_execution": _nothing,
    },
    "tensorflow.random": {
        "set_seed": set_seed,
        "set_random_seed": set_seed,
        "normal": numbers.drawn("normal"),
        "uniform": numbers.drawn("uniform"),
    },
    "tensorflow.config": _DEVICES,
    "tensorflow.config.threading": dict.fromkeys(
        ("set_inter_op_parallelism_threads", "set_intra_op_parallelism_threads"), _nothing
    ),
    "tensorflow.config.experimental": _DEVICES,
    "tensorflow.test": {
        "is_gpu_available": lambda *a, **k: False,
        "gpu_device_name": lambda: "",
        **dict.fromkeys(
            ("is_built_with_cuda", "is_built_with_gpu_support", "is_built_with_rocm"), lambda: False
        ),
    },
    "tensorflow.debugging": {"set_log_device_placement": _nothing},
    "tensorflow.distribute": {
        **dict.fromkeys(("MirroredStrategy", "OneDeviceStrategy", "get_strategy"), _Strategy),
        "Strategy": _Strategy,
    },
    "tensorflow.compat": {"as_bytes": _as_bytes, "as_str": _as_text, "as_text": _as_text},
    "tensorflow.compat.v1": {
        **_GRAPHS,
        "set_random_seed": set_seed,
        "disable_eager_execution": _nothing,
        "disable_v2_behavior": _nothing,
        "enable_eager_execution": _nothing,
    },
    "tensorflow.compat.v1.logging": _LOGGING,
    "tensorflow.compat.v1.train": {},
    "tensorflow.logging": _LOGGING,
    "tensorflow.autograph": {"set_verbosity": _nothing},
    "tensorflow.experimental": {},
    "tensorflow.math": {},
    "tensorflow.image": {},
    "tensorflow.io": {},
    "tensorflow.io.gfile": {},
    "tensorflow.gfile": {},
    "tensorflow.strings": {},
    "tensorflow.nn": {},
    "tensorflow.train": {"latest_checkpoint": _latest_checkpoint},
    "tensorflow.version": {"VERSION": VERSION},
    "tensorflow.optimizers": {},
    "tensorflow.losses": {},
    "tensorflow.metrics": {},
    "tensorflow.initializers": {},
    "tensorflow.python": {},
    "tensorflow.data": {"AUTOTUNE": -1},
    "tensorflow.data.experimental": {
        "AUTOTUNE": -1,
        "INFINITE_CARDINALITY": -1,
        "UNKNOWN_CARDINALITY": -2,
        "cardinality": lambda dataset: dataset.cardinality(),
    },
}
