"""What a model was compiled with, from the form in files to the arguments of `compile`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hakseup.errors import NetworkError
from hakseup.words import Words

_OUTSIDE = ("__main__", "builtins")  # modules of somebody's own functions


def arguments(config: Mapping[str, Any], own: Mapping[str, Callable[..., Any]]) -> dict[str, Any]:
    """Arguments for `compile`: names, or class_name and config, which `get` of each module understands.

    Args:
        config: `compile_config` of Keras 3, or made of the `training_config` of an HDF5 file.
        own: somebody's own losses and metrics by name.

    Raises:
        NetworkError: something that is not Keras' own.
    """
    out = {"optimizer": _plain(config.get("optimizer"), {}), "loss": _plain(config.get("loss"), own)}
    metrics = _flat(config.get("metrics"))
    if metrics:
        out["metrics"] = [_plain(metric, own) for metric in metrics]
    if config.get("loss_weights") is not None:
        out["loss_weights"] = config["loss_weights"]
    return out


def _flat(value: Any) -> list[Any]:
    """Metrics as one list: TensorFlow's Keras wrote one for each output."""
    if value is None:
        return []
    if isinstance(value, list):
        return [inner for entry in value for inner in _flat(entry)]
    return [value]


def _plain(value: Any, own: Mapping[str, Callable[..., Any]]) -> Any:
    """A name, or class_name and config; functions are given by their names, wrappers by what they wrap."""
    if not isinstance(value, Mapping):
        return own.get(value, value) if isinstance(value, str) else value
    class_name, inner = value.get("class_name"), value.get("config")
    if not isinstance(class_name, str):
        raise _unknown(str(dict(value))[:80])
    called = str(inner) if class_name == "function" else class_name
    if called in own:
        given: Any = own[called]
        kept = isinstance(inner, Mapping) and hasattr(given, "from_config")  # a class with its arguments
        return given.from_config(inner) if kept else given
    if class_name == "function":
        return _plain(inner, own)
    if inner is not None and not isinstance(inner, Mapping):
        raise _unknown(f"{class_name}({inner!r})"[:80])
    if class_name in ("__lambda__", "__tensor__") or value.get("module") in _OUTSIDE:
        raise _unknown(f"{value.get('module')}.{class_name}")
    config = {k: _plain(v, own) if isinstance(v, Mapping) else v for k, v in (inner or {}).items()}
    if class_name in ("MeanMetricWrapper", "LossFunctionWrapper"):
        wanted = config.get("fn") or config.get("name")
        return config["name"] if config.get("name") in ("accuracy", "acc") else wanted
    return {"class_name": class_name, "config": config}


def _unknown(said: str) -> NetworkError:
    return NetworkError(
        "custom-object",
        Words(
            f"The model was compiled with '{said}', which is not Keras' own; code is never loaded from a file.",
            f"모델이 '{said}'(으)로 컴파일되었는데 Keras 자체의 것이 아닙니다. 파일에서 코드를 불러오지 않습니다.",
        ),
        Words(
            "Give it in custom_objects, or load with compile=False and compile again.",
            "custom_objects로 주거나, compile=False로 불러온 뒤 다시 컴파일하세요.",
        ),
    )
