"""The Keras vocabulary for networks that are a list of layers. Light: torch is imported only by `Layer.build`."""

from hakseup.layers.activations import ACTIVATIONS
from hakseup.layers.base import Layer, Shape, does_not_fit
from hakseup.layers.core import Activation, BatchNormalization, Dense, Dropout, Flatten, Input, Rescaling
from hakseup.layers.efficientnet import EfficientNetLite0
from hakseup.layers.initializers import INITIALIZERS
from hakseup.layers.pictures import (
    AveragePooling2D,
    Conv2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from hakseup.layers.same_shape import ELU, GaussianNoise, LayerNormalization, LeakyReLU, ReLU, Softmax
from hakseup.layers.shaping import Reshape, UpSampling2D, ZeroPadding2D
from hakseup.layers.text import ALIASES, LAYERS, from_config, layer_class, parse, text

__all__ = [
    "ACTIVATIONS",
    "ALIASES",
    "ELU",
    "INITIALIZERS",
    "LAYERS",
    "Activation",
    "AveragePooling2D",
    "BatchNormalization",
    "Conv2D",
    "Dense",
    "Dropout",
    "EfficientNetLite0",
    "Flatten",
    "GaussianNoise",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "Input",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "MaxPooling2D",
    "ReLU",
    "Rescaling",
    "Reshape",
    "Shape",
    "Softmax",
    "UpSampling2D",
    "ZeroPadding2D",
    "does_not_fit",
    "from_config",
    "layer_class",
    "parse",
    "text",
]
