"""Pictures in and out of files: `load_img`, `img_to_array`, `array_to_img`, `save_img`, with Keras' conversions.

As in Keras, transparency is dropped and not laid on white, and what EXIF says about turning is not heeded: the same
numbers come out. `hakseup train` on a folder does both.
"""

from __future__ import annotations

import io
import operator
import os
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from hakseup import files
from hakseup.data.decode import FORMATS
from hakseup.errors import CallError, DataError
from hakseup.layers.checks import did_you_mean
from hakseup.words import Words

INTERPOLATIONS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "hamming": Image.Resampling.HAMMING,
    "box": Image.Resampling.BOX,
    "lanczos": Image.Resampling.LANCZOS,
}
CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, Image.DecompressionBombError)


def choice(argument: str, value: Any, choices: Any) -> Any:
    """The value, where it is one of the choices.

    Raises:
        CallError: it is none of them.
    """
    if value in choices:
        return value
    listed = [str(c) for c in choices]
    raise CallError(
        "bad-argument",
        Words(f"{argument} cannot be {value!r}.", f"{argument}에 {value!r}은(는) 쓸 수 없습니다."),
        did_you_mean(str(value), listed),
    )


def height_and_width(argument: str, value: Any) -> tuple[int, int]:
    """(height, width) out of two whole numbers.

    Raises:
        CallError: something else, such as one number.
    """
    try:
        height, width = (operator.index(n) for n in value)
        if min(height, width) < 1:
            raise ValueError
    except (TypeError, ValueError):
        raise CallError(
            "bad-argument",
            Words(
                f"{argument} must be (height, width), like (150, 150); it is {value!r}.",
                f"{argument} 값은 (150, 150)처럼 (높이, 너비)여야 합니다. 받은 값은 {value!r}입니다.",
            ),
        ) from None
    return height, width


def load_img(
    path: str | os.PathLike[str] | io.BytesIO,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
    *,
    grayscale: bool = False,
) -> Image.Image:
    """A picture from a file, as a PIL image.

    Args:
        path: of the file.
        color_mode: "rgb", "rgba" or "grayscale".
        target_size: (height, width) to bring it to; None: as it is.
        interpolation: "nearest", "bilinear", "bicubic", "box", "hamming" or "lanczos".
        keep_aspect_ratio: cut the middle out instead of squeezing.
        grayscale: older way to say color_mode="grayscale".

    Raises:
        DataError: there is no such file, or it is no picture.
        CallError: another color_mode or interpolation.
    """
    mode = choice("color_mode", "grayscale" if grayscale else color_mode, CHANNELS)
    resample = INTERPOLATIONS[choice("interpolation", interpolation, INTERPOLATIONS)]
    image = _opened(path)
    if mode == "grayscale":
        image = image if image.mode in ("L", "I;16", "I") else image.convert("L")
    elif image.mode != mode.upper():
        image = image.convert(mode.upper())
    if target_size is None:
        return image
    height, width = height_and_width("target_size", target_size)
    if image.size == (width, height):
        return image
    box = _middle(image.size, (width, height)) if keep_aspect_ratio else None
    return image.resize((width, height), resample, box)


def _opened(path: Any) -> Image.Image:
    try:
        content = path.read() if isinstance(path, io.BytesIO) else Path(path).read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata
            image = Image.open(io.BytesIO(content), formats=FORMATS)
            image.load()
    except FileNotFoundError as error:
        raise DataError(
            "no-such-file", Words(f"There is no file {path}.", f"{path} 파일이 없습니다.")
        ) from error
    except _DAMAGE as error:
        raise DataError(
            "not-a-picture",
            Words(
                f"{path} cannot be read as a picture: {error}.",
                f"{path} 파일을 그림으로 읽을 수 없습니다: {error}.",
            ),
            Words(
                "Is it cut off or renamed? Take it out, or save it again as PNG.",
                "파일이 잘렸거나 이름만 바뀌었나요? 빼거나 PNG로 다시 저장하세요.",
            ),
        ) from error
    return image


def _middle(size: tuple[int, int], target: tuple[int, int]) -> tuple[int, int, int, int]:
    """The largest box in the middle with the target's proportions: left, top, right, bottom."""
    width, height = size
    crop_height = min(height, width * target[1] // target[0])
    crop_width = min(width, height * target[0] // target[1])
    left, top = (width - crop_width) // 2, (height - crop_height) // 2
    return left, top, left + crop_width, top + crop_height


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """A PIL image as numbers, float32 (height, width, channels).

    Args:
        img: the picture.
        data_format: "channels_first" puts the channels in front.
        dtype: None: float32.

    Raises:
        DataError: an array that is no picture.
    """
    x = np.array(img, dtype=dtype or "float32")
    if x.ndim == 2:
        x = x[:, :, None]
    if x.ndim != 3:
        raise _no_picture(x.shape)
    return x.transpose(2, 0, 1) if data_format == "channels_first" else x


def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Image.Image:
    """Numbers (height, width, 1, 3 or 4) as a PIL image.

    Args:
        x: the numbers.
        data_format: "channels_first" where the channels stand in front.
        scale: stretch them so that the smallest becomes 0 and the largest 255.
        dtype: to reckon in; None: float32.

    Raises:
        DataError: another shape.
    """
    values = np.array(x, dtype=dtype or "float32")
    if values.ndim != 3:
        raise _no_picture(values.shape)
    if data_format == "channels_first":
        values = values.transpose(1, 2, 0)
    if values.shape[2] not in (1, 3, 4):
        raise _no_picture(values.shape)
    if scale:
        values = values - values.min()
        values = values / (values.max() or 1) * 255
    if values.shape[2] == 1:
        deep = values.max() > 255
        return Image.fromarray(values[:, :, 0].astype("int32" if deep else "uint8"))
    return Image.fromarray(values.astype("uint8"))


def save_img(
    path: str | os.PathLike[str],
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **options: Any,
) -> None:
    """Write numbers (height, width, channels) as a picture.

    Args:
        path: where to; its ending says the format.
        x: the numbers.
        data_format: as in `array_to_img`.
        file_format: instead of the ending.
        scale: as in `array_to_img`.
        options: of `PIL.Image.save`.

    Raises:
        RunError: the file cannot be written.
    """
    image = array_to_img(x, data_format, scale)
    kind = (file_format or Path(path).suffix[1:]).lower().replace("jpg", "jpeg")
    if image.mode == "RGBA" and kind == "jpeg":
        image = image.convert("RGB")  # JPEG knows no transparency
    content = io.BytesIO()
    try:
        image.save(content, kind, **options)
    except (KeyError, OSError) as error:
        raise CallError(
            "bad-format",
            Words(
                f"A picture cannot be written as '{kind}': {error}.",
                f"그림을 '{kind}' 형식으로 쓸 수 없습니다: {error}.",
            ),
            Words("Use .png or .jpg.", ".png나 .jpg를 쓰세요."),
        ) from error
    files.write_bytes(Path(path), content.getvalue())


def _no_picture(shape: tuple[int, ...]) -> DataError:
    return DataError(
        "bad-shape",
        Words(
            f"A picture is (height, width, channels) with 1, 3 or 4 channels; this is {shape}.",
            f"그림의 모양은 (높이, 너비, 채널)이고 채널은 1, 3, 4개 중 하나인데 받은 모양은 {shape}입니다.",
        ),
        Words(
            "One picture of a batch is x[0]; a grey one needs a last axis of 1: x[..., None].",
            "배치의 그림 하나는 x[0]입니다. 흑백 그림은 x[..., None]처럼 마지막 축 1이 필요합니다.",
        ),
    )
