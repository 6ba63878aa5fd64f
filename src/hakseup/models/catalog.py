"""Ready networks by name, written in the Keras vocabulary, so that every one can be read, drawn and changed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from hakseup.errors import CallError, nearest
from hakseup.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    EfficientNetLite0,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
)
from hakseup.models.sequential import Sequential
from hakseup.words import Words


def _block(filters: int, kernel: int, strides: int = 1) -> list[Layer]:
    """Convolution without bias, batch normalisation, ReLU."""
    return [
        Conv2D(
            filters, kernel, strides=strides, padding="same", use_bias=False, kernel_initializer="he_normal"
        ),
        BatchNormalization(momentum=0.9),
        Activation("relu"),
    ]


def fast(
    input_shape: tuple[int, int, int], classes: int, width: int = 24, dropout: float = 0.0
) -> list[Layer]:
    """A small convolutional network that brings the picture down until about 7 pixels are left.

    The first convolution takes the largest step: by two above 20 pixels, by four above 56, so that everything
    behind it works on some 14 to 32 pixels; what is still larger gets more stages.
    """
    side = min(input_shape[:2])
    step = 4 if side > 56 else 2 if side > 20 else 1
    layers = _block(width, {1: 5 if side > 12 else 3, 2: 5, 4: 7}[step], strides=step)
    side = -(-side // step)
    filters = width * 2
    layers += _block(filters, 3)
    while side > 8:
        layers += [MaxPooling2D(2)]
        side //= 2
        filters = min(filters + width, width * 6)
        layers += _block(filters, 3)
    layers += [MaxPooling2D(2)] if side > 3 else []
    layers += [Flatten()] if side <= 8 else [GlobalAveragePooling2D()]
    layers += [Dropout(dropout)] if dropout else []
    return [*layers, Dense(classes, activation="softmax")]


def efficientnet_lite0(
    input_shape: tuple[int, int, int],
    classes: int,
    trainable: bool = False,
    rate: float = 0.1,
    dropout: float = 0.2,
) -> list[Layer]:
    """EfficientNet-Lite0 with the weights it learned on photographs, and a last layer of one's own."""
    layers = [EfficientNetLite0(trainable=trainable, rate=rate), GlobalAveragePooling2D()]
    layers += [Dropout(dropout)] if dropout else []
    return [*layers, Dense(classes, activation="softmax")]


_CATALOG: dict[str, Callable[..., list[Layer]]] = {"fast": fast, "efficientnet-lite0": efficientnet_lite0}
NAMES = tuple(_CATALOG)


def network(
    name: str, parameters: Mapping[str, Any], input_shape: tuple[int, int, int], classes: int
) -> Sequential:
    """The network of this name for these pictures and classes.

    Args:
        name: one of `NAMES`.
        parameters: its own, such as `width`.
        input_shape: height, width, channels.
        classes: how many there are.

    Raises:
        CallError: unknown name or parameter, or a value of the wrong kind; the nearest right one is named.
    """
    if name not in _CATALOG:
        near = nearest(name, list(NAMES))
        listed = ", ".join(NAMES)
        raise CallError(
            "unknown-network",
            Words(f"There is no network called '{name}'.", f"'{name}'(이)라는 신경망은 없습니다."),
            Words(f"Did you mean '{near}'?", f"'{near}'을(를) 뜻하셨나요?")
            if near
            else Words(f"There are: {listed}.", f"있는 것: {listed}."),
        )
    known = list(inspect.signature(_CATALOG[name]).parameters.values())[2:]
    defaults = {p.name: p.default for p in known}
    for key, value in parameters.items():
        if key not in defaults:
            near = nearest(key, list(defaults))
            listed = ", ".join(defaults)
            raise CallError(
                "unknown-setting",
                Words(f"network '{name}' has no '{key}'.", f"신경망 '{name}'에는 '{key}' 설정이 없습니다."),
                Words(f"Did you mean '{near}'?", f"'{near}'을(를) 뜻하셨나요?")
                if near
                else Words(f"It has: {listed}.", f"있는 것: {listed}."),
            )
        if not _possible(value, defaults[key]):
            raise CallError(
                "bad-setting",
                Words(
                    f"network.{key} = {value!r} is not possible (default {defaults[key]}).",
                    f"network.{key} = {value!r}은(는) 쓸 수 없습니다(기본값 {defaults[key]}).",
                ),
            )
    return Sequential(_CATALOG[name](input_shape, classes, **parameters), input_shape=input_shape)


def _possible(value: Any, default: Any) -> bool:
    """A value of the default's kind: a yes or no, a whole number of at least 1, or a share below 1."""
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if not isinstance(value, int | float):
        return False
    if isinstance(default, int):
        return float(value).is_integer() and 1 <= value <= 4096
    return 0 <= value < 1
