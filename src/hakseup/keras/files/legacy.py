"""What stood otherwise in the files of Keras 1 and 2, turned into today's form: configs, kernels, optimizers.

How arguments of layers were spelt is known to `keras.layers.spelling`. Sources: keras/engine/saving.py of Keras 2.2.4
(`preprocess_weights_for_loading`) and keras/initializers.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

# The shape that goes in is taken from the first layer before; types are those that hakseup reckons in.
_FILES_ONLY = ("dtype", "input_dtype", "batch_input_shape", "batch_shape", "input_shape", "input_length")


def layer_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a layer without what only files have; old names are the business of `keras.layers`.

    Args:
        config: as it stands in the file.
    """
    out = {k: v for k, v in config.items() if k not in _FILES_ONLY and not (k == "input_dim" and v is None)}
    if out.get("data_format") == "channels_last":  # as ever here; not every layer asks
        del out["data_format"]
    if isinstance(out.get("axis"), list) and len(out["axis"]) == 1:  # TensorFlow's batch normalisation
        out["axis"] = out["axis"][0]
    for k, v in out.items():
        if k.endswith("_regularizer") and isinstance(v, dict) and "name" in v and "class_name" not in v:
            amounts = {name: v[name] for name in ("l1", "l2") if name in v}  # Keras 1
            out[k] = {"class_name": "L1L2", "config": amounts}
    return out


# Keras 2 wrote its scaled initialisers by what they do: scale, which fan, distribution.
_SCALED = {
    (1.0, "fan_avg", "uniform"): "glorot_uniform",
    (1.0, "fan_avg", "normal"): "glorot_normal",
    (2.0, "fan_in", "uniform"): "he_uniform",
    (2.0, "fan_in", "normal"): "he_normal",
    (1.0, "fan_in", "uniform"): "lecun_uniform",
    (1.0, "fan_in", "normal"): "lecun_normal",
}


def initializer(class_name: str, config: Mapping[str, Any]) -> str | dict[str, Any]:
    """An initialiser by its name where Keras 2 wrote out what the name means; else as it is."""
    if class_name != "VarianceScaling" or config.get("seed") is not None:
        return {"class_name": class_name, "config": dict(config)}
    distribution = str(config.get("distribution", "")).removeprefix("truncated_").removeprefix("untruncated_")
    key = (float(config.get("scale", 1.0)), str(config.get("mode")), distribution)
    return _SCALED.get(key, {"class_name": class_name, "config": dict(config)})


def compile_config(training: Mapping[str, Any]) -> dict[str, Any]:
    """What an HDF5 file says in `training_config`, in the form of `.keras` files."""
    return {
        "optimizer": training.get("optimizer_config"),
        "loss": training.get("loss"),
        "loss_weights": training.get("loss_weights"),
        "metrics": training.get("metrics"),
        "weighted_metrics": training.get("weighted_metrics"),
    }


# Short names of losses that Keras 3 writes into HDF5 files and then cannot read there itself (seen with 3.15.1).
_LONG = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
}


def training_config(compiled: Mapping[str, Any]) -> dict[str, Any]:
    """What an HDF5 file keeps of a `compile_config`: no modules, long names, the optimizer under its older key."""
    out = {k: _bare(v) for k, v in compiled.items() if k != "optimizer"}
    if isinstance(out["loss"], str):
        out["loss"] = _LONG.get(out["loss"].lower(), out["loss"])
    optimizer = compiled["optimizer"]
    if isinstance(optimizer, Mapping):  # its learning rate may be a schedule, which keeps its module
        optimizer = {k: optimizer[k] for k in ("class_name", "config")}
    return out | {"optimizer_config": optimizer}


def _bare(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_bare(v) for v in value]
    if isinstance(value, Mapping) and value.get("class_name") == "function":
        return _bare(value["config"])
    return {k: value[k] for k in ("class_name", "config")} if isinstance(value, Mapping) else value


def convolution_kernels(arrays: Sequence[tuple[str, np.ndarray]]) -> list[tuple[str, np.ndarray]]:
    """What Theano convolved with becomes what today's Keras correlates with: height and width turned round."""
    return [(name, np.ascontiguousarray(a[::-1, ::-1]) if a.ndim == 4 else a) for name, a in arrays]


def optimizer_state(
    entries: Sequence[tuple[str, np.ndarray]], shapes: Sequence[tuple[int, ...]], learning_rate: float
) -> list[tuple[str, np.ndarray]] | None:
    """The state of an optimizer of Keras 1 or 2 in the order of Keras 3.

    Before Keras 3 all first moments stood together, then all second ones, with the counter of steps before or
    behind them; today's order is the counter, the learning rate, then all that belongs to each weight.

    Args:
        entries: name and array, in the order of the file.
        shapes: of the trainable weights, in the model's order.
        learning_rate: of the optimizer as the file configures it.

    Returns:
        The entries in today's order; None where they do not fit these weights.
    """
    scalars = [array for _name, array in entries if array.ndim == 0]
    moments = [(name, array) for name, array in entries if array.ndim > 0]
    if len(scalars) >= 2 and all(array.ndim == 0 for _name, array in entries[:2]):
        return list(entries)
    n = len(shapes)
    if not n or len(moments) % n:
        return None
    groups = [moments[start : start + n] for start in range(0, len(moments), n)]
    fitting = [g for g in groups if [a.shape for _name, a in g] == list(shapes)]
    # Adam without amsgrad kept one zero for each weight as a place holder.
    if any(g not in fitting and any(a.shape != (1,) for _name, a in g) for g in groups):
        return None
    steps = scalars[0] if scalars else np.int64(0)
    head: list[tuple[str, np.ndarray]] = [
        ("iteration", np.asarray(steps, np.int64)),
        ("learning_rate", np.asarray(learning_rate, np.float32)),
    ]
    return head + [group[row] for row in range(n) for group in fitting]
