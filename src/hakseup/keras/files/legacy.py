"""Spellings of Keras 1 and 2 in model files, turned into today's. Only names and values: no arrays, no layers.

Sources: the constructors of Keras 1.2.2 and 2.2.4 and the conversions that Keras 2 itself made
(keras/legacy/interfaces.py, `preprocess_weights_for_loading` in keras/engine/saving.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

_KERNELS = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
}
# class of today -> old argument -> argument of today
_ARGUMENTS: dict[str, dict[str, str]] = {
    "Dense": {"output_dim": "units", **_KERNELS},
    "Conv2D": {"nb_filter": "filters", "subsample": "strides", "border_mode": "padding", **_KERNELS},
    "MaxPooling2D": {"border_mode": "padding"},
    "AveragePooling2D": {"border_mode": "padding"},
    "Dropout": {"p": "rate"},
    "GaussianNoise": {"sigma": "stddev"},
    "LeakyReLU": {"alpha": "negative_slope"},
    "BatchNormalization": {"beta_init": "beta_initializer", "gamma_init": "gamma_initializer"},
}
_ORDERING = {"tf": "channels_last", "th": "channels_first"}  # "default" says nothing


def layer_config(class_name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a layer by today's names.

    Args:
        class_name: class of today, for example "Conv2D" where the file says "Convolution2D".
        config: as it stands in the file; today's names stay as they are.
    """
    renamed = _ARGUMENTS.get(class_name, {})
    out = {renamed.get(k, k): v for k, v in config.items()}
    if "nb_row" in out and "nb_col" in out:
        out["kernel_size"] = [out.pop("nb_row"), out.pop("nb_col")]
    ordering = out.pop("dim_ordering", None)
    if ordering in _ORDERING:
        out["data_format"] = _ORDERING[ordering]
    if class_name == "BatchNormalization":
        if out.get("mode") == 0:  # the only way of normalising that there is today
            del out["mode"]
        if isinstance(out.get("axis"), list) and len(out["axis"]) == 1:
            out["axis"] = out["axis"][0]
    for k, v in out.items():
        if k.endswith("_regularizer") and isinstance(v, dict) and "name" in v and "class_name" not in v:
            amounts = {name: v[name] for name in ("l1", "l2") if name in v}
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


def initializer(class_name: str, config: Mapping[str, Any]) -> str:
    """The name of an initialiser; where it draws from matters no more once weights are loaded, its name does."""
    if class_name != "VarianceScaling":
        return class_name
    distribution = str(config.get("distribution", "")).removeprefix("truncated_").removeprefix("untruncated_")
    key = (float(config.get("scale", 1.0)), str(config.get("mode")), distribution)
    return _SCALED.get(key, "glorot_uniform")


def compile_config(training: Mapping[str, Any]) -> dict[str, Any]:
    """What an HDF5 file says in `training_config`, in the form of `.keras` files."""
    return {
        "optimizer": training.get("optimizer_config"),
        "loss": training.get("loss"),
        "loss_weights": training.get("loss_weights"),
        "metrics": training.get("metrics"),
        "weighted_metrics": training.get("weighted_metrics"),
    }


# Short names that Keras 3 writes into HDF5 files and then cannot read there itself (seen with 3.15.1).
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
    optimizer = compiled["optimizer"]
    if isinstance(optimizer, Mapping):  # its learning rate may be a schedule, which keeps its module
        optimizer = {k: optimizer[k] for k in ("class_name", "config")}
    return out | {"optimizer_config": optimizer}


def _bare(value: Any) -> Any:
    if isinstance(value, str):
        return _LONG.get(value.lower(), value)
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
