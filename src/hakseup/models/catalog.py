"""Ready networks by name, written in the Keras vocabulary, so that every one can be read, drawn and changed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
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
from hakseup.models.refusals import impossible_parameter, unknown_parameter
from hakseup.models.sequential import Sequential
from hakseup.settings import NetworkSettings
from hakseup.words import Words


def _block(filters: int, kernel: int, strides: int = 1, pool: bool = False) -> list[Layer]:
    """Convolution without bias, pooling, batch normalisation, ReLU: pooled first, the rest has a quarter to do."""
    return [
        Conv2D(
            filters, kernel, strides=strides, padding="same", use_bias=False, kernel_initializer="he_normal"
        ),
        *([MaxPooling2D(2)] if pool else []),
        BatchNormalization(momentum=0.9),
        Activation("relu"),
    ]


def fast(
    input_shape: tuple[int, int, int],
    classes: int,
    width: int = 16,
    detail: int = 0,
    depth: int = 1,
    dropout: float = 0.0,
) -> list[Layer]:
    """A small convolutional network that brings the picture down until 2 or 3 pixels are left.

    The first convolution takes the largest step: by two above 20 pixels, by four above 56, so that everything
    behind it works on some 14 to 32 pixels. Where the difference lies in the texture, `detail` = 1 halves that step.

    Args:
        width: filters of the first convolution; each stage has twice as many as the one before, up to four times
            this. Multiples of 16 fill the processor's vectors: 20 filters take twice the time of 16.
        depth: convolutions in each stage behind the first.
        dropout: before the last layer.
    """
    side = min(input_shape[:2])
    step = 4 if side > 56 else 2 if side > 20 else 1
    if detail and step > 1:
        step //= 2
    layers = _block(width, {1: 5 if side > 12 and not detail else 3, 2: 6, 4: 8}[step], strides=step)
    side = -(-side // step)
    filters = width
    while side > 3:
        filters = min(filters * 2, width * 4)
        for _ in range(depth - 1):
            layers += _block(filters, 3)
        layers += _block(filters, 3, pool=True)
        side //= 2
    layers += [Flatten(), *([Dropout(dropout)] if dropout else [])]
    return [*layers, Dense(classes, activation="softmax")]


def pooled(
    input_shape: tuple[int, int, int], classes: int, width: int = 16, dropout: float = 0.0
) -> list[Layer]:
    """For small data: what it finds counts wherever in the picture it is, since its last layer sees only means.

    Up to about 32 pixels the first convolution looks at every one, so that thin lines stay lines; larger pictures it
    takes in steps. Then halved until about 7 are left, and averaged over the whole picture.
    """
    side = min(input_shape[:2])
    step = 4 if side > 96 else 2 if side > 40 else 1
    layers = _block(width, 5 if side > 12 else 3, strides=step)
    side = -(-side // step)
    filters = width
    while side > 8:
        layers += [MaxPooling2D(2)]
        side //= 2
        filters = min(filters * 2, width * 8)
        layers += _block(filters, 3)
    layers += [*_block(filters, 3), GlobalAveragePooling2D()]
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


SMALL = 32  # pixels: up to here the first convolution can afford every one of them
_CATALOG: dict[str, Callable[..., list[Layer]]] = {
    "fast": fast,
    "pooled": pooled,
    "efficientnet-lite0": efficientnet_lite0,
}
NAMES = tuple(_CATALOG)


def for_kind(settings: NetworkSettings, kind: str, size: tuple[int, int]) -> NetworkSettings:
    """The settings with what follows from the kind of pictures: small garments and photographs differ in texture.

    Measured on Fashion-MNIST, where the first convolution at full size takes the error in 3 epochs from 8.3 to 7.3 %;
    digits gain nothing from it.

    Args:
        kind: as `data.kinds` names it. size: height, width.
    """
    textured = kind in ("garments", "photographs") and max(size) <= SMALL
    if settings.layers or settings.name != "fast" or not textured:
        return settings
    return replace(settings, parameters={"detail": 1, **settings.parameters})


def for_small(settings: NetworkSettings) -> NetworkSettings:
    """The network for small data, with those parameters that it has."""
    known = inspect.signature(_CATALOG[settings.small]).parameters if settings.small in _CATALOG else {}
    kept = {key: value for key, value in settings.parameters.items() if key in known}
    return replace(settings, name=settings.small, parameters=kept)


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
            raise unknown_parameter(name, key, list(defaults))
        if not _possible(value, defaults[key]):
            raise impossible_parameter(key, value, defaults[key])
    return Sequential(_CATALOG[name](input_shape, classes, **parameters), input_shape=input_shape)


def _possible(value: Any, default: Any) -> bool:
    """A value of the default's kind: a yes or no, a whole number of at least 1 (0 where that is the default), or a share below 1."""
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if not isinstance(value, int | float):
        return False
    if isinstance(default, int):
        return float(value).is_integer() and min(1, default) <= value <= 4096
    return 0 <= value < 1
