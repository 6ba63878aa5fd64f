"""`tf.image`, `tf.io`, `tf.io.gfile` and `tf.strings.split`: what tutorials do with pictures and their files, on arrays.

Pictures are (height, width, channels), or a batch of them; what comes out answers `.numpy()`.
"""

from __future__ import annotations

import glob
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hakseup.keras.eager import eager
from hakseup.keras.seeds import next_seed
from hakseup.seeds import numpy_generator

_GREY = (0.2989, 0.5870, 0.1140)  # of red, green and blue, as TensorFlow weighs them


class ResizeMethod:
    """Names of the ways to resize."""

    BILINEAR, NEAREST_NEIGHBOR = "bilinear", "nearest"


def resize(
    images: Any, size: Any, method: str = "bilinear", preserve_aspect_ratio: bool = False, **_: Any
) -> Any:
    """Pictures in another size (height, width): decimals, or with "nearest" numbers of the same kind."""
    import torch

    from hakseup.keras.layers.arranged import WAYS, resized
    from hakseup.layers import checks

    method = checks.choice("tf.image.resize", "method", str(method), tuple(WAYS))
    given = np.asarray(images)
    height, width = (int(n) for n in np.asarray(size))
    if preserve_aspect_ratio:
        share = min(height / given.shape[-3], width / given.shape[-2])
        height, width = round(given.shape[-3] * share), round(given.shape[-2] * share)
    batch = given[None] if given.ndim == 3 else given
    x = torch.from_numpy(np.ascontiguousarray(batch, np.float32)).permute(0, 3, 1, 2)
    out = resized(x, (height, width), method).permute(0, 2, 3, 1).numpy()
    out = out[0] if given.ndim == 3 else out
    return eager(out.astype(given.dtype) if method == "nearest" else out)


def flip_left_right(image: Any) -> Any:
    """Mirrored left and right."""
    return eager(np.asarray(image)[..., ::-1, :])


def flip_up_down(image: Any) -> Any:
    """Mirrored up and down."""
    return eager(np.asarray(image)[..., ::-1, :, :])


def rot90(image: Any, k: int = 1) -> Any:
    """Turned by quarter turns, counter-clockwise."""
    return eager(np.rot90(np.asarray(image), k, (-3, -2)))


def transpose(image: Any) -> Any:
    """Rows and columns exchanged."""
    return eager(np.asarray(image).swapaxes(-3, -2))


def chances(seed: Any) -> np.random.Generator:
    """From a number or a pair of them; without, from the session's."""
    if seed is None:
        return numpy_generator(next_seed("augment"), "augment")
    return numpy_generator(int(np.ravel(seed)[0]), "augment", *np.ravel(seed)[1:].tolist())


def _each_second(image: Any, change: Callable[[Any], Any], seed: Any) -> Any:
    given, draw = np.asarray(image), chances(seed)
    if given.ndim == 3:
        return change(given) if draw.random() < 0.5 else eager(given)
    return eager(np.where(draw.random((len(given), 1, 1, 1)) < 0.5, change(given), given))


def random_flip_left_right(image: Any, seed: Any = None) -> Any:
    """Every second picture mirrored left and right."""
    return _each_second(image, flip_left_right, seed)


def random_flip_up_down(image: Any, seed: Any = None) -> Any:
    """Every second picture mirrored up and down."""
    return _each_second(image, flip_up_down, seed)


def central_crop(image: Any, central_fraction: float) -> Any:
    """The middle, so much of height and width."""
    given = np.asarray(image)
    top, left = (int((n - n * central_fraction) / 2) for n in given.shape[-3:-1])
    return eager(given[..., top : given.shape[-3] - top, left : given.shape[-2] - left, :])


def crop_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    """A part of the picture."""
    rows = slice(offset_height, offset_height + target_height)
    return eager(np.asarray(image)[..., rows, offset_width : offset_width + target_width, :])


def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False) -> Any:
    """Whole numbers 0 to 255 as decimals 0 to 1, and back."""
    given, wanted = np.asarray(image), np.dtype(str(getattr(dtype, "name", dtype)))
    if given.dtype == wanted:
        return eager(given)
    if wanted.kind == "f":
        return eager(
            (given / np.iinfo(given.dtype).max if given.dtype.kind in "iu" else given).astype(wanted)
        )
    if given.dtype.kind == "f":
        top = np.iinfo(wanted).max
        return eager(np.clip(given.astype(np.float64) * (top + 0.5), 0, top).astype(wanted))
    return eager(given.astype(wanted))


def as_decimals(image: Any, change: Callable[[np.ndarray], np.ndarray]) -> Any:
    """A change of decimals; whole numbers 0 to 255 count as 0 to 1 for it."""
    given = np.asarray(image)
    out = change(
        np.asarray(convert_image_dtype(given, "float32" if given.dtype.kind in "iu" else given.dtype))
    )
    return convert_image_dtype(out, given.dtype)


def adjust_brightness(image: Any, delta: float) -> Any:
    """Brighter by a number; whole numbers 0 to 255 count as 0 to 1 for that."""
    return as_decimals(image, lambda x: x + x.dtype.type(delta))


def adjust_contrast(images: Any, contrast_factor: float) -> Any:
    """Differences from the mean of each channel made larger or smaller."""

    def change(x: np.ndarray) -> np.ndarray:
        mean = x.mean((-3, -2), keepdims=True)
        out: np.ndarray = (x - mean) * x.dtype.type(contrast_factor) + mean
        return out

    return as_decimals(images, change)


def random_brightness(image: Any, max_delta: float, seed: Any = None) -> Any:
    """Brighter or darker by a number up to `max_delta`."""
    return adjust_brightness(image, chances(seed).uniform(-max_delta, max_delta))


def random_contrast(image: Any, lower: float, upper: float, seed: Any = None) -> Any:
    """Another contrast, by a factor between the two."""
    return adjust_contrast(image, chances(seed).uniform(lower, upper))


def per_image_standardization(image: Any) -> Any:
    """Each picture with mean 0 and deviation 1."""
    x = np.asarray(image, np.float32)
    axes = (-3, -2, -1)
    least = 1 / np.sqrt(np.prod(x.shape[-3:]))
    return eager((x - x.mean(axes, keepdims=True)) / np.maximum(x.std(axes, keepdims=True), least))


def rgb_to_grayscale(images: Any, name: Any = None) -> Any:
    """Colours as grey, one channel."""
    return as_decimals(images, lambda x: (x @ np.asarray(_GREY, x.dtype))[..., None])


def grayscale_to_rgb(images: Any, name: Any = None) -> Any:
    """Grey as three equal channels."""
    return eager(np.repeat(np.asarray(images), 3, -1))


# --- files ---------------------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    plain = np.asarray(value)[()] if not isinstance(value, bytes | str | Path) else value
    return plain.decode() if isinstance(plain, bytes) else str(plain)


def read_file(filename: Any, name: Any = None) -> bytes:
    """What is in a file."""
    return Path(_text(filename)).read_bytes()


def decode_image(contents: Any, channels: int = 0, dtype: Any = "uint8", **_: Any) -> Any:
    """The picture in what `read_file` gave: whole numbers 0 to 255 (height, width, channels)."""
    from hakseup.keras.preprocessing.files import img_to_array, load_img

    content = contents if isinstance(contents, bytes) else np.asarray(contents).item()
    from PIL import Image

    if not channels:
        with Image.open(io.BytesIO(content)) as image:
            channels = {"L": 1, "1": 1, "I;16": 1, "RGBA": 4, "LA": 4}.get(image.mode, 3)
    mode = {1: "grayscale", 3: "rgb", 4: "rgba"}[channels]
    picture = eager(np.asarray(img_to_array(load_img(io.BytesIO(content), mode)), np.uint8))
    return convert_image_dtype(picture, dtype)


decode_jpeg = decode_png = decode_bmp = decode_image


def split(input: Any, sep: Any = None, **_: Any) -> Any:
    """A text in parts."""
    return eager(np.asarray(_text(input).split(None if sep is None else _text(sep))))


IMAGE = {
    name: globals()[name]
    for name in (
        *("ResizeMethod", "resize", "flip_left_right", "flip_up_down", "rot90", "transpose"),
        *("random_flip_left_right", "random_flip_up_down", "central_crop", "crop_to_bounding_box"),
        *("convert_image_dtype", "adjust_brightness", "adjust_contrast", "random_brightness"),
        *("random_contrast", "per_image_standardization", "rgb_to_grayscale", "grayscale_to_rgb"),
        *("decode_image", "decode_jpeg", "decode_png", "decode_bmp"),
    )
} | {"resize_images": resize}
IO = {
    name: globals()[name] for name in ("read_file", "decode_image", "decode_jpeg", "decode_png", "decode_bmp")
}
STRINGS = {"split": split}


def _opened(name: Any, mode: str = "r") -> Any:
    return Path(_text(name)).open(mode, encoding=None if "b" in mode else "utf-8")


def _removed_folder(path: Any) -> None:
    import shutil

    shutil.rmtree(_text(path))


FILES: dict[str, Callable[..., Any]] = {  # `tf.io.gfile`: files and folders of this machine
    "exists": lambda path: Path(_text(path)).exists(),
    "isdir": lambda path: Path(_text(path)).is_dir(),
    "listdir": lambda path: sorted(entry.name for entry in Path(_text(path)).iterdir()),
    "makedirs": lambda path: Path(_text(path)).mkdir(parents=True, exist_ok=True),
    "mkdir": lambda path: Path(_text(path)).mkdir(),
    "glob": lambda pattern: sorted(glob.glob(_text(pattern))),  # noqa: PTH207 - a whole path with signs
    "remove": lambda path: Path(_text(path)).unlink(),
    "rmtree": _removed_folder,
    "GFile": _opened,
}
older = {"Exists": "exists", "IsDirectory": "isdir", "ListDirectory": "listdir", "MakeDirs": "makedirs"}
older |= {
    "Glob": "glob",
    "Remove": "remove",
    "DeleteRecursively": "rmtree",
    "Open": "GFile",
    "FastGFile": "GFile",
}
FILES |= {old: FILES[new] for old, new in older.items()}
