"""What TensorFlow's own modules hold beside numbers and pictures: settings that mean nothing here, devices, logs, seeds."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import Any

from hakseup.runner.inside import tensorflow_numbers as numbers
from hakseup.runner.inside.imports import facade, with_hint
from hakseup.words import Words

VERSION = "2.16.0"  # a document that asks gets one in which tf.keras is Keras 3


def outside(name: str) -> Words:
    return Words(
        f"{name} is outside of what `hakseup run` knows of TensorFlow: tf.keras, seeds, and a few functions on arrays.",
        f"{name}은(는) `hakseup run`이 아는 텐서플로 범위 밖입니다. tf.keras, 시드, 배열 함수 몇 가지만 압니다.",
    )


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
            raise AttributeError(with_hint(outside("tensorflow.Session.run"), "tensorflow.Session"))
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
    "list_physical_devices": lambda device_type=None: [],
    "list_logical_devices": lambda device_type=None: [],
    "set_visible_devices": _nothing,
    "set_memory_growth": _nothing,
    "set_virtual_device_configuration": _nothing,
    "set_logical_device_configuration": _nothing,
    "run_functions_eagerly": _nothing,
    "experimental_run_functions_eagerly": _nothing,
    "enable_op_determinism": _nothing,
}
_LOGGING = {"set_verbosity": _nothing, **dict.fromkeys(("DEBUG", "INFO", "WARN", "ERROR", "FATAL"), 0)}
CONTENT: dict[str, dict[str, Any]] = {
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
        "truncated_normal": numbers.truncated_normal,
        "shuffle": numbers.shuffled,
        "split": numbers.seeds_split,
        "Generator": numbers.Generator,
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
    "tensorflow.dtypes": {},
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
    "tensorflow.data": {"AUTOTUNE": -1, "INFINITE_CARDINALITY": -1, "UNKNOWN_CARDINALITY": -2},
    "tensorflow.data.experimental": {
        "AUTOTUNE": -1,
        "INFINITE_CARDINALITY": -1,
        "UNKNOWN_CARDINALITY": -2,
        "cardinality": lambda dataset: dataset.cardinality(),
    },
}
