"""Layers by Keras' names, of all years."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hakseup.errors import NetworkError
from hakseup.keras.layers import merging
from hakseup.keras.layers.arranged import Permute, Resizing
from hakseup.keras.layers.convolved import Conv2DTranspose, DepthwiseConv2D, SeparableConv2D
from hakseup.keras.layers.cropped import CenterCrop, Identity, RandomCrop
from hakseup.keras.layers.kinds import (
    ELU,
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Convolution2D,
    Dense,
    Dropout,
    Flatten,
    GaussianNoise,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Layer,
    LayerNormalization,
    LeakyReLU,
    MaxPooling2D,
    ReLU,
    Rescaling,
    Reshape,
    Softmax,
    UpSampling2D,
    ZeroPadding2D,
)
from hakseup.keras.layers.kinds import Input as InputLayer
from hakseup.keras.layers.scaled import Normalization
from hakseup.keras.layers.seldom import (
    AlphaDropout,
    Cropping2D,
    GaussianDropout,
    GroupNormalization,
    PReLU,
    SpatialDropout2D,
)
from hakseup.keras.layers.varied import (
    RandomBrightness,
    RandomContrast,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
)
from hakseup.keras.outside import missing

_KINDS: tuple[Any, ...] = (
    InputLayer,
    Dense,
    Conv2D,
    MaxPooling2D,
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Flatten,
    Dropout,
    BatchNormalization,
    Activation,
    Rescaling,
    ReLU,
    LeakyReLU,
    ELU,
    Softmax,
    GaussianNoise,
    LayerNormalization,
    Reshape,
    ZeroPadding2D,
    UpSampling2D,
    DepthwiseConv2D,
    SeparableConv2D,
    Conv2DTranspose,
    Normalization,
    PReLU,
    SpatialDropout2D,
    AlphaDropout,
    GaussianDropout,
    Cropping2D,
    GroupNormalization,
    RandomFlip,
    RandomRotation,
    RandomZoom,
    RandomTranslation,
    RandomBrightness,
    RandomContrast,
    Resizing,
    CenterCrop,
    RandomCrop,
    Permute,
    Identity,
    *merging.MERGING,
)
LAYERS: dict[str, Any] = {cls.__name__: cls for cls in _KINDS}
Add, Subtract, Multiply, Average = merging.Add, merging.Subtract, merging.Multiply, merging.Average
Maximum, Minimum, Concatenate = merging.Maximum, merging.Minimum, merging.Concatenate
add, subtract, multiply, average = merging.add, merging.subtract, merging.multiply, merging.average
maximum, minimum, concatenate, merge = merging.maximum, merging.minimum, merging.concatenate, merging.merge
MaxPool2D, AvgPool2D = MaxPooling2D, AveragePooling2D
GlobalAvgPool2D, GlobalMaxPool2D = GlobalAveragePooling2D, GlobalMaxPooling2D
SeparableConvolution2D, Convolution2DTranspose = SeparableConv2D, Conv2DTranspose
Deconvolution2D = Conv2DTranspose
_SECOND: dict[str, Any] = {
    "SeparableConvolution2D": SeparableConv2D,
    "Convolution2DTranspose": Conv2DTranspose,
    "Deconvolution2D": Conv2DTranspose,
    "InputLayer": InputLayer,
    "Convolution2D": Convolution2D,
    "MaxPool2D": MaxPooling2D,
    "AvgPool2D": AveragePooling2D,
    "GlobalAvgPool2D": GlobalAveragePooling2D,
    "GlobalMaxPool2D": GlobalMaxPooling2D,
}


def Input(*arguments: Any, **named: Any) -> Any:
    """The tensor that a network begins with: `Input((28, 28, 1))`, whose `shape` has None for the batch.

    Args:
        arguments, named: of the layer `InputLayer`: shape, name, batch_size, dtype.

    Raises:
        NetworkError: no shape, or an argument that is not known.
    """
    from hakseup.keras.chain import begin  # which stands on this package

    return begin(InputLayer(*arguments, **named))


def called(name: str) -> Any:
    """The class with this name or second name; None: there is none."""
    return LAYERS.get(name) or _SECOND.get(name)


def older(module: str, names: Sequence[str]) -> Callable[[str], Any]:
    """`__getattr__` of a module of Keras 1 and 2: any class, in whichever of those modules it was.

    Args:
        module: as people write it. names: what it has.
    """

    def asked(name: str) -> Any:
        found = called(name)
        if found is None:
            raise missing(module, name, names)
        return found

    return asked


def layer_class(name: str) -> Any:
    """The class with this name or second name.

    Raises:
        NetworkError: there is none; the sentence names the nearest, or how it is done here.
    """
    found = called(name)
    if found is None:
        error = missing("keras.layers", name, [*LAYERS, *_SECOND])
        raise NetworkError("unknown-layer", error.message, error.hint)
    return found


def serialize(layer: Layer) -> dict[str, Any]:
    """The layer in the form that Keras writes into files."""
    return {
        "module": "keras.layers",
        "class_name": layer.type,
        "config": layer.get_config(),
        "registered_name": None,
    }


def deserialize(config: Mapping[str, Any], custom_objects: object = None) -> Any:
    """The layer that `serialize` wrote.

    Raises:
        NetworkError: there is none of this name, or an argument does not fit.
    """
    return layer_class(str(config.get("class_name"))).from_config(dict(config.get("config") or {}))


def __getattr__(name: str) -> Any:
    if name in ("experimental", "preprocessing"):  # layers.experimental.preprocessing, up to TensorFlow 2.5
        return sys.modules[__name__]
    raise missing("keras.layers", name, [*LAYERS, *_SECOND])
