"""Pictures in and out: what was uploaded is checked before it is kept; what is served is always made anew, as PNG or JPEG."""

from __future__ import annotations

import base64
import binascii
import io
import threading
from typing import Any

import numpy as np

from hakseup.errors import DataError
from hakseup.words import Words

PIXELS = 50_000_000  # of one picture, as data.max_pixels
SIDE, LARGEST = 112, 512  # pixels: the longer side of what is served
_ENDINGS = {
    "PNG": ".png",
    "JPEG": ".jpg",
    "WEBP": ".webp",
    "BMP": ".bmp",
    "DIB": ".bmp",
    "TIFF": ".tif",
    "GIF": ".gif",
}
_ENDINGS["PPM"] = ".ppm"
_AT_ONCE = threading.Semaphore(2)  # large pictures take hundreds of megabytes to unpack


def checked(content: bytes) -> str:
    """The ending that a file with this content gets.

    Raises:
        DataError: it cannot be used as a picture; a bomb is refused before it is unpacked.
    """
    from PIL import Image

    from hakseup.data.decode import FORMATS

    decoded(content)
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        return _ENDINGS[str(image.format)]


def decoded(content: bytes) -> np.ndarray:
    """The pixels, uint8 (h, w, 1 or 3).

    Raises:
        DataError: it cannot be used as a picture.
    """
    from hakseup.data.decode import decode

    with _AT_ONCE:
        return decode(content, PIXELS).pixels


def from_base64(text: str) -> bytes:
    """The bytes behind base64, with or without `data:…;base64,` before it.

    Raises:
        DataError: it is no base64.
    """
    body = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise DataError(
            "not-base64",
            Words("The picture is not written in base64.", "그림이 base64로 적혀 있지 않습니다."),
        ) from None


def png(pixels: np.ndarray) -> bytes:
    """uint8 (h, w, 1 or 3) as a PNG file."""
    import cv2

    # OpenCV writes a small picture in a tenth of Pillow's time, and wants its colours the other way round.
    _ok, content = cv2.imencode(".png", pixels[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return content.tobytes()


def uri(pixels: np.ndarray) -> str:
    """uint8 (h, w, 1 or 3) as a data URI."""
    return "data:image/png;base64," + base64.b64encode(png(pixels)).decode("ascii")


def thumbnail(pixels: np.ndarray, side: int) -> tuple[bytes, str]:
    """The picture with its longer side brought down to `side`, and its media type. Small ones stay as they are."""
    from PIL import Image

    longer = max(pixels.shape[:2])
    image: Any = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    if longer > side:
        image.thumbnail((side, side), Image.Resampling.BOX if longer < 2 * side else Image.Resampling.LANCZOS)
    out = io.BytesIO()
    if pixels.shape[2] == 1 or max(image.size) <= 64:
        image.save(out, "PNG", compress_level=1)
        return out.getvalue(), "image/png"
    image.save(out, "JPEG", quality=85)
    return out.getvalue(), "image/jpeg"


def greys(values: np.ndarray) -> np.ndarray:
    """Numbers of any range as uint8 of the same shape, the smallest 0 and the largest 255; all 0 where all are equal."""
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    scaled = (values - low) * (255 / (high - low)) if high > low else np.zeros_like(values)
    return np.asarray(np.rint(scaled), np.uint8)
