"""One picture of any kind -> uint8 pixels, and from there to the target size. Training and prediction share it.

`decode` gives the picture in its own size and canonical form: rotated as EXIF says, transparency laid on white, one
channel where all three are equal. `fit_to` brings that to the size and the channels of a model. Whatever cannot be
read is refused with a reason; nothing is repaired or replaced.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from PIL import Image, UnidentifiedImageError

from hakseup.data.fitting import fit_to
from hakseup.errors import DataError, refusal
from hakseup.sources import arrays
from hakseup.words import Words

__all__ = ["UNREADABLE", "Decoded", "Unusable", "canonical", "decode", "decode_quietly", "fit_to", "probe"]

# What is tried; formats that run other programs (EPS) or are no pictures (PDF) are not among them.
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "PPM")
UNREADABLE = "unreadable"  # code: the file may not be read, or the disk does not give it
MAX_PIXELS = 50_000_000  # as in the table of settings

ALPHA = Words("transparency laid on white", "투명한 곳을 흰 바탕에 놓음")
ROTATED = Words("turned as their EXIF says", "EXIF에 적힌 방향으로 돌림")
DEEP = Words("more than 8 bits a pixel, brought to 8", "8비트가 넘는 픽셀을 8비트로 줄임")
FIRST = Words("several frames or pages; the first is used", "여러 장면 가운데 첫 장면을 씀")
CMYK = Words("CMYK brought to RGB", "CMYK를 RGB로 바꿈")

_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112  # the EXIF tag
# What Pillow's readers raise on a file that is damaged; Image.DecompressionBombError is not among them.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class Decoded:
    """A picture in its own size: uint8 (height, width, 1 or 3); its mode as it came ("RGBA"); what was done."""

    pixels: np.ndarray
    mode: str
    notes: tuple[Words, ...] = ()


class Unusable(Exception):
    """Why something cannot be used as a picture, without saying which file it was."""

    def __init__(self, code: str, reason: Words) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


def decode(source: object, max_pixels: int = MAX_PIXELS) -> Decoded:
    """One picture in its own size.

    Args:
        source: a path, the bytes of a file, an open binary file, a PIL image, or an array (height, width) or
            (height, width, 1 or 3) with uint8, whole numbers 0 to 255, or numbers 0 to 1.
        max_pixels: a picture with more is refused before it is unpacked.

    Raises:
        DataError: it cannot be used; codes as in `Unusable` (empty-file, not-a-picture, truncated, too-large,
            unreadable, no-such-file, not-a-file, value-range).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata; what matters is refused
        try:
            return decode_quietly(source, max_pixels)
        except Unusable as error:
            name = str(source) if isinstance(source, str | os.PathLike) else ""
            raise DataError(
                error.code,
                Words(
                    f"{name or 'The picture'}: {error.reason.en}.", f"{name or '그림'}: {error.reason.ko}."
                ),
            ) from error


def decode_quietly(source: object, max_pixels: int) -> Decoded:
    """As `decode`, for threads: raises `Unusable`, and leaves Pillow's warnings to the caller."""
    if isinstance(source, np.ndarray):
        return _from_array(source, max_pixels)
    if isinstance(source, Image.Image):
        return _from_image(source, max_pixels)
    with _opened(source) as stream, _image(stream) as image:
        _require_small(image.size, max_pixels)
        first = [FIRST] if getattr(image, "is_animated", False) else []
        return _from_image(image, max_pixels, first)


def probe(path: Path, max_pixels: int) -> tuple[int, int]:
    """Height and width from the header alone, rotated as EXIF says.

    Raises:
        Unusable: as `decode_quietly`, as far as the header tells.
    """
    with _opened(path) as stream, _image(stream) as image:
        _require_small(image.size, max_pixels)
        width, height = image.size
        # Pillow turns TIFF files by itself, their size is that of the turned picture
        turned = image.format != "TIFF" and _orientation(image) >= 5
        return (width, height) if turned else (height, width)


@contextmanager
def _opened(source: object) -> Iterator[BinaryIO]:
    if isinstance(source, bytes | bytearray | memoryview):
        if not len(source):
            raise _empty()
        yield io.BytesIO(source)
    elif isinstance(source, str | os.PathLike):
        try:
            path = Path(os.fsdecode(source))
            about = path.stat()
            if not stat.S_ISREG(about.st_mode):
                raise Unusable("not-a-file", Words("not a regular file", "보통 파일이 아닙니다"))
            if about.st_size == 0:
                raise _empty()
            stream: BinaryIO = path.open("rb")  # never by name in a C library: Hangul in paths
        except (FileNotFoundError, NotADirectoryError):
            raise Unusable("no-such-file", Words("there is no such file", "파일이 없습니다")) from None
        except PermissionError:
            raise Unusable(UNREADABLE, Words("it may not be read", "읽을 권한이 없습니다")) from None
        except (OSError, ValueError) as error:
            why = refusal(error)
            raise Unusable(
                UNREADABLE, Words(f"it cannot be read ({why.en})", f"읽을 수 없습니다({why.ko})")
            ) from error
        with stream:
            yield stream
    elif hasattr(source, "read") and hasattr(source, "seek"):
        yield cast(BinaryIO, source)
    else:
        kind = type(source).__name__
        raise Unusable("not-a-picture", Words(f"{kind} is not a picture", f"{kind} 형식은 그림이 아닙니다"))


def _empty() -> Unusable:
    return Unusable("empty-file", Words("the file is empty (0 bytes)", "빈 파일입니다(0바이트)"))


@contextmanager
def _image(stream: BinaryIO) -> Iterator[Image.Image]:
    """The picture, opened but not unpacked; what goes wrong inside becomes `Unusable`."""
    image: Image.Image | None = None
    try:
        image = Image.open(stream, formats=FORMATS)
        yield image
    except Image.DecompressionBombError as error:
        raise Unusable(
            "too-large", Words(f"far too many pixels ({error})", f"픽셀이 너무 많습니다({error})")
        ) from error
    except UnidentifiedImageError:
        raise _no_picture(stream) from None
    except MemoryError as error:
        raise Unusable(
            "too-large", Words("it does not fit into memory", "메모리에 담을 수 없습니다")
        ) from error
    except _DAMAGE as error:
        text = str(error).strip() or type(error).__name__
        if "truncated" in text.lower() or isinstance(error, EOFError):
            raise Unusable("truncated", Words("the file is cut short", "파일이 중간에 잘렸습니다")) from error
        raise Unusable(
            "damaged", Words(f"the file is damaged ({text})", f"파일이 손상되었습니다({text})")
        ) from error
    finally:
        if image is not None:
            image.close()


def _no_picture(stream: BinaryIO) -> Unusable:
    """Why this is no picture, from how it begins."""
    try:
        stream.seek(0)
        start = stream.read(512)
    except (OSError, ValueError):
        start = b""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        return _empty()
    if b"<svg" in text:
        return Unusable(
            "not-a-picture",
            Words(
                "SVG is a drawing without pixels; save it as PNG",
                "SVG는 픽셀이 없는 그림입니다. PNG로 저장하세요",
            ),
        )
    if text.startswith((b"<!doctype html", b"<html", b"<?xml")):
        return Unusable(
            "not-a-picture",
            Words("a web page, not a picture", "그림이 아니라 웹 페이지입니다"),
        )
    if start[4:8] == b"ftyp":
        return Unusable(
            "not-a-picture",
            Words(
                "HEIC, AVIF and videos are not supported; save it as JPEG or PNG",
                "HEIC·AVIF·동영상은 읽지 못합니다. JPEG나 PNG로 저장하세요",
            ),
        )
    if start.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")) or start[8:12] == b"WEBP":
        return Unusable(
            "damaged",
            Words(
                "the file is damaged: it begins like a picture, but cannot be read as one",
                "파일이 손상되었습니다. 그림처럼 시작하지만 읽을 수 없습니다",
            ),
        )
    return Unusable("not-a-picture", Words("the content is not a picture", "내용이 그림이 아닙니다"))


def _require_small(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise Unusable(
            "too-large",
            Words(
                f"{width:,} x {height:,} pixels are more than data.max_pixels = {max_pixels:,} allows",
                f"{width:,} x {height:,} 픽셀은 data.max_pixels = {max_pixels:,}보다 많습니다",
            ),
        )
    if width < 1 or height < 1:
        raise Unusable("not-a-picture", Words("it has no pixels", "픽셀이 없습니다"))


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except _DAMAGE:  # damaged metadata does not make the pixels worse
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _from_image(image: Image.Image, max_pixels: int, said: Sequence[Words] = ()) -> Decoded:
    _require_small(image.size, max_pixels)
    mode, notes = image.mode, list(said)
    image.load()
    turn = _TURN.get(_orientation(image))
    if turn is not None:
        notes.append(ROTATED)
        image = image.transpose(turn)
    if mode.startswith("I") or mode == "F":
        pixels = _deep(np.asarray(image), mode)
        notes.append(DEEP)
    else:
        image = _plain(image, notes)
        pixels = np.asarray(image)
    return Decoded(canonical(pixels), mode, tuple(notes))


def _plain(image: Image.Image, notes: list[Words]) -> Image.Image:
    """As mode L or RGB, transparency on white."""
    if image.has_transparency_data:
        form = "LA" if image.mode in ("1", "L", "LA", "La") else "RGBA"
        image = image.convert(form)
        alpha = image.getchannel("A")
        if alpha.getextrema() != (255, 255):
            notes.append(ALPHA)
        ground = Image.new(form[:-1], image.size, "white")
        ground.paste(image.convert(form[:-1]), mask=alpha)
        return ground
    if image.mode in ("1", "L"):
        return image.convert("L")
    if image.mode == "CMYK":
        notes.append(CMYK)
    return image.convert("RGB")


def _deep(pixels: np.ndarray, mode: str) -> np.ndarray:
    """More than 8 bits -> 8, by the range of the picture's own values.

    16 bit: divided by 257, so that 65535 becomes 255. 32-bit integers: the same, where all are 0 to 65535.
    Floating point: 0 to 1, else 0 to 255, else 0 to 65535, whichever holds all of them.

    Raises:
        Unusable: NaN, negative, or above 65535.
    """
    if not ((pixels >= 0) & (pixels <= 65535)).all():  # NaN is neither
        low, high = pixels.min(), pixels.max()
        raise Unusable(
            "value-range",
            Words(
                f"its values reach from {low} to {high}; expected 0 to 65535",
                f"값의 범위가 {low}~{high}입니다. 0~65535여야 합니다",
            ),
        )
    largest = 65535
    if mode == "F":
        largest = next(limit for limit in (1, 255, 65535) if pixels.max() <= limit)
    return np.asarray(np.rint(pixels.astype(np.float64) * (255 / largest)), np.uint8)


def _from_array(array: np.ndarray, max_pixels: int) -> Decoded:
    block = array[None] if array.ndim in (2, 3) else array
    try:
        if array.ndim == 3 and array.shape[2] == 4:  # red, green, blue, alpha, as pyplot.imread gives it
            unit = arrays.in_unit([block], "the picture")
            return _from_image(Image.fromarray(arrays.to_uint8(block, unit, "the picture")[0]), max_pixels)
        arrays.check_type(array.dtype, "the picture")
        arrays.check_shape(block.shape, "the picture")
        _require_small((block.shape[2], block.shape[1]), max_pixels)
        pixels = arrays.to_uint8(block, arrays.in_unit([block], "the picture"), "the picture")[0]
    except DataError as error:
        reason = Words(error.message.en.rstrip("."), error.message.ko.rstrip("."))
        raise Unusable(error.code, reason) from error
    mode = "L" if array.ndim == 2 or array.shape[2] == 1 else "RGB"
    return Decoded(canonical(pixels), mode)


def canonical(pixels: np.ndarray) -> np.ndarray:
    """uint8 (height, width, 1 or 3), contiguous: one channel where red, green and blue are equal everywhere."""
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.shape[2] == 3:
        first = pixels[..., :1]
        if np.array_equal(first, pixels[..., 1:2]) and np.array_equal(first, pixels[..., 2:]):
            pixels = first
    return np.ascontiguousarray(pixels)
