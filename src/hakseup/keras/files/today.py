"""How Keras 3.15 writes the config of a layer: which names, in which order, which of them as objects.

What is not here by name stands behind, as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hakseup.keras import initializers

_FILTERS = "kernel_size strides padding data_format dilation_rate"
_KERNEL = "kernel_initializer bias_initializer kernel_regularizer bias_regularizer"
_BOUNDS = "kernel_constraint bias_constraint"
_POOL = "pool_size padding strides data_format"
_FILL = "fill_mode interpolation seed fill_value"
# kind -> names in order, behind name, trainable and dtype
_ORDER = {
    "Dense": f"units activation use_bias {_KERNEL} {_BOUNDS} quantization_config",
    "Conv2D": f"filters {_FILTERS} groups activation use_bias {_KERNEL} activity_regularizer {_BOUNDS}",
    "Conv2DTranspose": "filters kernel_size strides padding output_padding data_format dilation_rate "
    f"activation use_bias {_KERNEL} activity_regularizer {_BOUNDS}",
    "SeparableConv2D": f"depth_multiplier filters {_FILTERS} activation use_bias depthwise_initializer "
    "pointwise_initializer bias_initializer depthwise_regularizer pointwise_regularizer bias_regularizer "
    "activity_regularizer depthwise_constraint pointwise_constraint bias_constraint",
    "DepthwiseConv2D": f"depth_multiplier {_FILTERS} activation use_bias depthwise_initializer "
    "bias_initializer depthwise_regularizer bias_regularizer activity_regularizer depthwise_constraint "
    "bias_constraint",
    "BatchNormalization": "axis momentum epsilon center scale beta_initializer gamma_initializer "
    "moving_mean_initializer moving_variance_initializer beta_regularizer gamma_regularizer "
    "beta_constraint gamma_constraint synchronized renorm renorm_clipping renorm_momentum",
    "LayerNormalization": "axis epsilon center scale rms_scaling beta_initializer gamma_initializer "
    "beta_regularizer gamma_regularizer beta_constraint gamma_constraint",
    "PReLU": "alpha_initializer alpha_regularizer alpha_constraint shared_axes",
    "MaxPooling2D": _POOL,
    "AveragePooling2D": _POOL,
    "Dropout": "rate seed noise_shape",
    "AlphaDropout": "rate seed noise_shape",
    "GaussianDropout": "rate seed",
    "GaussianNoise": "stddev seed",
    "UpSampling2D": "size data_format interpolation",
    "Normalization": "axis invert mean variance",
    "RandomFlip": "data_format seed mode",
    "RandomRotation": "data_format factor fill_mode fill_value interpolation seed",
    "RandomZoom": f"data_format height_factor width_factor {_FILL}",
    "RandomTranslation": f"data_format height_factor width_factor {_FILL}",
    "RandomContrast": "data_format factor value_range seed",
    "RandomBrightness": "data_format factor value_range seed",
    "Resizing": "data_format height width interpolation crop_to_aspect_ratio pad_to_aspect_ratio fill_mode "
    "fill_value antialias",
}
# kinds that need to see no shape before they are what they are; of others Keras writes it beside their config
AT_ONCE = frozenset(
    (
        *("MaxPooling2D", "AveragePooling2D", "GlobalMaxPooling2D", "GlobalAveragePooling2D", "Reshape"),
        *("Dropout", "SpatialDropout2D", "GaussianDropout", "AlphaDropout", "GaussianNoise", "InputLayer"),
        *("Activation", "ELU", "LeakyReLU", "ReLU", "Softmax"),
    )
)
# what a layer here does not have, and Keras writes all the same; None where it is not listed
_USUAL: dict[str, Any] = {
    "data_format": "channels_last",
    "beta_initializer": "zeros",
    "gamma_initializer": "ones",
    "moving_mean_initializer": "zeros",
    "moving_variance_initializer": "ones",
    "synchronized": False,
    "renorm": False,
    "renorm_momentum": 0.99,
    "rms_scaling": False,
    "pad_to_aspect_ratio": False,
    "antialias": False,
    "fill_mode": "constant",
    "fill_value": 0.0,
}
_AXES: dict[str, Callable[[list[int]], Any]] = {"LayerNormalization": list, "Normalization": tuple}
DTYPE = {
    "module": "keras",
    "class_name": "DTypePolicy",
    "config": {"name": "float32"},
    "registered_name": None,
}


def config(kind: str, name: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """The config of a layer of this kind, from its own arguments."""
    order = _ORDER.get(kind, "").split()
    made = {key: _object(key, own.get(key, _USUAL.get(key))) for key in order}
    rest = {key: _object(key, value) for key, value in own.items() if key not in order}
    activity = rest.pop("activity_regularizer", None)  # of Dense: only where there is one
    head: dict[str, Any] = {"name": name, "trainable": rest.pop("trainable", True), "dtype": dict(DTYPE)}
    if kind == "SpatialDropout2D":  # Keras' own does not take trainable
        return {"rate": rest.pop("rate"), "seed": None, "name": name, "dtype": "float32"} | rest
    if kind == "ELU":
        return {"name": name, "alpha": rest.pop("alpha")} | head | rest
    axis = made.get("axis")
    if isinstance(axis, int) and kind in _AXES:
        made["axis"] = _AXES[kind]([axis])
    if activity is not None:
        head["activity_regularizer"] = activity
    return head | made | rest


def _object(argument: str, value: Any) -> Any:
    """First weights as an object, where a layer has their name."""
    if not argument.endswith("_initializer") or not isinstance(value, str):
        return value
    return initializers.serialize(initializers.get(value))
