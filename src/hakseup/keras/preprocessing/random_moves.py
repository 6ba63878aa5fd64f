"""One picture changed at random by a function: `random_rotation`, `random_shift`, …, as `ImageDataGenerator` does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hakseup.errors import CallError
from hakseup.keras.preprocessing import affine
from hakseup.keras.preprocessing.generator import ImageDataGenerator
from hakseup.words import Words

__all__ = [
    "apply_affine_transform",
    "apply_brightness_shift",
    "apply_channel_shift",
    "random_brightness",
    "random_channel_shift",
    "random_rotation",
    "random_shear",
    "random_shift",
    "random_zoom",
]


def _moved(
    x: Any,
    axes: Sequence[int],
    fill_mode: str,
    cval: float,
    change: Callable[[ImageDataGenerator, np.ndarray], np.ndarray],
    **ranges: Any,
) -> np.ndarray:
    """A picture with its rows, columns and channels on these axes, changed, on the same axes."""
    order = [axis % 3 for axis in axes]
    if np.ndim(x) != 3 or sorted(order) != [0, 1, 2]:
        raise CallError(
            "bad-shape",
            Words(
                f"One picture has three axes; the shape is {np.shape(x)}.",
                f"그림 한 장은 축이 셋이어야 하는데 모양이 {np.shape(x)}입니다.",
            ),
            Words(
                "Give one picture, (height, width, channels), and row_axis=0, col_axis=1, channel_axis=2.",
                "(높이, 너비, 채널) 모양의 그림 한 장과 row_axis=0, col_axis=1, channel_axis=2를 주세요.",
            ),
        )
    generator = ImageDataGenerator(fill_mode=fill_mode, cval=cval, **ranges)
    return change(generator, np.asarray(x).transpose(order)).transpose(np.argsort(order))


def _at_random(generator: ImageDataGenerator, x: np.ndarray) -> np.ndarray:
    return generator.random_transform(x)


def random_rotation(
    x: Any,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Turned by an angle of -rg to rg degrees.

    Args:
        x: one picture. rg: the largest angle.
        row_axis, col_axis, channel_axis: where they stand, channels first where nothing is said, as in Keras.
        fill_mode, cval: what comes in from outside.
        interpolation_order: 1 between neighbours, 0 the nearest one.
    """
    axes = row_axis, col_axis, channel_axis
    ranges = {"rotation_range": rg, "interpolation_order": interpolation_order}
    return _moved(x, axes, fill_mode, cval, _at_random, **ranges)


def random_shift(
    x: Any,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Moved by shares of the width and the height; other arguments as for `random_rotation`."""
    ranges = {"width_shift_range": float(wrg), "height_shift_range": float(hrg)}
    axes = row_axis, col_axis, channel_axis
    return _moved(x, axes, fill_mode, cval, _at_random, interpolation_order=interpolation_order, **ranges)


def random_shear(
    x: Any,
    intensity: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Slanted by an angle of -intensity to intensity degrees; other arguments as for `random_rotation`."""
    axes = row_axis, col_axis, channel_axis
    ranges = {"shear_range": intensity, "interpolation_order": interpolation_order}
    return _moved(x, axes, fill_mode, cval, _at_random, **ranges)


def random_zoom(
    x: Any,
    zoom_range: Sequence[float],
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Nearer or farther by factors between two ends; other arguments as for `random_rotation`."""
    axes = row_axis, col_axis, channel_axis
    ranges = {"zoom_range": tuple(zoom_range), "interpolation_order": interpolation_order}
    return _moved(x, axes, fill_mode, cval, _at_random, **ranges)


def random_channel_shift(x: Any, intensity_range: float, channel_axis: int = 0) -> np.ndarray:
    """A number of -intensity_range to intensity_range added to it."""
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis)


def apply_channel_shift(x: Any, intensity: float, channel_axis: int = 0) -> np.ndarray:
    """A number added, within the least and the largest that were there."""
    values = np.asarray(x)
    out: np.ndarray = np.clip(values + intensity, values.min(), values.max())
    return out


def random_brightness(x: Any, brightness_range: Sequence[float], scale: bool = True) -> np.ndarray:
    """Brighter or darker by a factor between two ends."""
    low, high = brightness_range
    return apply_brightness_shift(x, np.random.uniform(low, high), scale)


def apply_brightness_shift(x: Any, brightness: float, scale: bool = True) -> np.ndarray:
    """Brighter or darker by a factor, 1 for no change."""
    return ImageDataGenerator().apply_transform(np.asarray(x), {"brightness": float(brightness)})


def apply_affine_transform(
    x: Any,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> np.ndarray:
    """Turned, moved, slanted and scaled by these numbers (`affine.matrix`); axes as for `random_rotation`."""
    numbers = {"theta": theta, "tx": tx, "ty": ty, "shear": shear, "zx": zx, "zy": zy}

    def change(generator: ImageDataGenerator, picture: np.ndarray) -> np.ndarray:
        return generator.apply_transform(picture, numbers)

    axes = row_axis, col_axis, channel_axis
    if affine.is_identity(numbers):
        return np.array(x)
    return _moved(x, axes, fill_mode, cval, change, interpolation_order=order)
