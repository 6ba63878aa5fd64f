"""`tf.image`: colours turned and faded, parts and frames of pictures, and chances that a seed of one's own fixes.

Pictures are (height, width, channels), or a batch of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.colors import hsv_to_rgb, rgb_to_hsv

from hakseup.keras.eager import eager
from hakseup.runner.inside import tensorflow_images as images


def _in_hsv(image: Any, change: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]) -> Any:
    """Hue and saturation changed, brightness kept.

    Args:
        change: from (hue, saturation), both 0 to 1, the new ones.
    """

    def through(x: np.ndarray) -> np.ndarray:
        top = max(1.0, float(x.max(initial=1)))  # decimals up to 255 keep their range
        hue, full, bright = np.moveaxis(rgb_to_hsv((x / top).clip(0, 1)), -1, 0)
        out: np.ndarray = (top * hsv_to_rgb(np.stack([*change(hue, full), bright], -1))).astype(x.dtype)
        return out

    return images.as_decimals(image, through)


def adjust_saturation(image: Any, saturation_factor: float, name: Any = None) -> Any:
    """Colours stronger or weaker by a factor."""
    return _in_hsv(image, lambda hue, full: (hue, np.clip(full * saturation_factor, 0, 1)))


def adjust_hue(image: Any, delta: float, name: Any = None) -> Any:
    """Colours turned by a share of the wheel."""
    return _in_hsv(image, lambda hue, full: ((hue + delta) % 1, full))


def adjust_gamma(image: Any, gamma: float = 1, gain: float = 1) -> Any:
    """`gain` times the picture to the power of `gamma`; whole numbers 0 to 255 count as 0 to 1 for that."""
    return images.as_decimals(image, lambda x: gain * x ** x.dtype.type(gamma))


def random_saturation(image: Any, lower: float, upper: float, seed: Any = None) -> Any:
    """Colours stronger or weaker by a factor between the two."""
    return adjust_saturation(image, images.chances(seed).uniform(lower, upper))


def random_hue(image: Any, max_delta: float, seed: Any = None) -> Any:
    """Colours turned by up to `max_delta` of the wheel."""
    return adjust_hue(image, images.chances(seed).uniform(-max_delta, max_delta))


def random_crop(value: Any, size: Any, seed: Any = None, name: Any = None) -> Any:
    """A part of that size, at any place (`tf.image.random_crop` is also `tf.random_crop`)."""
    given, wanted, draw = np.asarray(value), [int(n) for n in np.asarray(size)], images.chances(seed)
    wanted = [whole if part < 0 else part for whole, part in zip(given.shape, wanted, strict=True)]
    begins = [int(draw.integers(whole - part + 1)) for whole, part in zip(given.shape, wanted, strict=True)]
    return eager(given[tuple(slice(begin, begin + part) for begin, part in zip(begins, wanted, strict=True))])


def pad_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    """The picture on a black ground of that size."""
    given = np.asarray(image)
    below = target_height - offset_height - given.shape[-3]
    right = target_width - offset_width - given.shape[-2]
    around = [(0, 0)] * (given.ndim - 3) + [(offset_height, below), (offset_width, right), (0, 0)]
    return eager(np.pad(given, around))


def resize_with_crop_or_pad(image: Any, target_height: int, target_width: int) -> Any:
    """The middle of the picture, on a black ground where it is too small."""
    given = np.asarray(image)
    inside = [min(given.shape[-3], target_height), min(given.shape[-2], target_width)]
    offsets = [(given.shape[axis] - part) // 2 for axis, part in zip((-3, -2), inside, strict=True)]
    middle = images.crop_to_bounding_box(given, *offsets, *inside)
    top, left = (target_height - inside[0]) // 2, (target_width - inside[1]) // 2
    return pad_to_bounding_box(middle, top, left, target_height, target_width)


def resize_with_pad(image: Any, target_height: int, target_width: int, method: str = "bilinear") -> Any:
    """The whole picture in that size, with a black ground beside it."""
    given = np.asarray(image)
    share = min(target_height / given.shape[-3], target_width / given.shape[-2])
    size = [max(1, round(given.shape[-3] * share)), max(1, round(given.shape[-2] * share))]
    return resize_with_crop_or_pad(images.resize(given, size, method), target_height, target_width)


def _stateless(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function whose chances follow from the seed alone, a pair of numbers."""

    def seeded(image: Any, *arguments: Any, seed: Any, **named: Any) -> Any:
        return function(image, *arguments, seed=seed, **named)

    seeded.__name__, seeded.__doc__ = f"stateless_{function.__name__}", function.__doc__
    return seeded


COLOURS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        *(adjust_saturation, adjust_hue, adjust_gamma, random_saturation, random_hue, random_crop),
        *(pad_to_bounding_box, resize_with_crop_or_pad, resize_with_pad),
    )
}
COLOURS["resize_image_with_crop_or_pad"] = resize_with_crop_or_pad
COLOURS |= {
    f"stateless_{function.__name__}": _stateless(function)
    for function in (
        *(images.random_brightness, images.random_contrast, images.random_flip_left_right),
        *(images.random_flip_up_down, random_saturation, random_hue, random_crop),
    )
}
