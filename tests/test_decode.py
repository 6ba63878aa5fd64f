"""One picture of every format and mode -> pixels; and from there to the size of a model."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hakseup.data import decode as decoding
from hakseup.data.decode import decode, probe
from hakseup.errors import DataError

COLOUR = np.array(
    [[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[10, 20, 30], [200, 100, 50], [7, 7, 7]]], np.uint8
)
GREY = np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)


def content(image: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def code_of(source: object, max_pixels: int = 50_000_000) -> str:
    with pytest.raises(DataError) as caught:
        decode(source, max_pixels)
    assert caught.value.message.en
    assert caught.value.message.ko
    assert caught.value.message.en != caught.value.message.ko
    return caught.value.code


# --- formats and modes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "WEBP", "PPM"])
def test_lossless_formats_give_the_very_pixels(form: str) -> None:
    options = {"lossless": True} if form == "WEBP" else {}
    decoded = decode(content(Image.fromarray(COLOUR), form, **options))
    assert decoded.mode == "RGB"
    assert decoded.pixels.dtype == np.uint8
    np.testing.assert_array_equal(decoded.pixels, COLOUR)


def test_jpeg_is_near_the_pixels_and_as_pillow_unpacks_it() -> None:
    smooth = np.add.outer(np.arange(32), np.arange(32)).astype(np.uint8)
    raw = content(Image.fromarray(np.dstack([smooth, smooth, smooth[::-1]])), "JPEG", quality=95)
    decoded = decode(raw)
    assert np.abs(decoded.pixels[..., 0].astype(int) - smooth).max() < 12
    np.testing.assert_array_equal(decoded.pixels, np.asarray(Image.open(io.BytesIO(raw))))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "TIFF", "GIF", "PPM"])
def test_grey_has_one_channel_in_every_format(form: str) -> None:
    assert decode(content(Image.fromarray(GREY), form)).pixels.shape == (4, 6, 1)


def test_grey_stored_as_colour_is_the_same_picture() -> None:
    as_colour = decode(content(Image.fromarray(np.dstack([GREY] * 3)), "PNG"))
    as_grey = decode(content(Image.fromarray(GREY), "PNG"))
    assert (as_colour.mode, as_grey.mode) == ("RGB", "L")
    np.testing.assert_array_equal(as_colour.pixels, as_grey.pixels)


def test_one_bit_is_black_and_white() -> None:
    bits = np.array([[True, False], [False, True]])
    decoded = decode(content(Image.fromarray(bits), "PNG"))
    assert decoded.mode == "1"
    np.testing.assert_array_equal(decoded.pixels[..., 0], np.where(bits, 255, 0))


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_laid_on_white(mode: str) -> None:
    colour = COLOUR if mode == "RGBA" else COLOUR[..., :1]
    alpha = np.array([[0, 255, 128], [64, 200, 1]], np.uint8)
    image = Image.fromarray(np.dstack([colour, alpha]), mode)
    decoded = decode(content(image, "PNG"))
    share = alpha[..., None] / 255
    expected = colour * share + 255 * (1 - share)
    assert decoded.mode == mode
    assert decoding.ALPHA in decoded.notes
    assert np.abs(decoded.pixels - expected).max() <= 0.51  # rounded, not cut off
    np.testing.assert_array_equal(decoded.pixels[0, 0], [255] * colour.shape[2])


def test_full_alpha_is_no_transparency() -> None:
    image = Image.fromarray(np.dstack([COLOUR, np.full((2, 3), 255, np.uint8)]), "RGBA")
    decoded = decode(content(image, "PNG"))
    np.testing.assert_array_equal(decoded.pixels, COLOUR)
    assert decoding.ALPHA not in decoded.notes


def test_palette_with_and_without_a_transparent_colour() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putdata([0, 1])
    plain = decode(content(image, "PNG"))
    clear = decode(content(image, "PNG", transparency=0))
    assert plain.mode == clear.mode == "P"
    np.testing.assert_array_equal(plain.pixels, [[[255, 0, 0], [0, 0, 255]]])
    np.testing.assert_array_equal(clear.pixels, [[[255, 255, 255], [0, 0, 255]]])


def test_a_transparent_grey_and_a_transparent_colour_without_alpha() -> None:
    grey = decode(content(Image.fromarray(GREY), "PNG", transparency=10)).pixels[..., 0]
    np.testing.assert_array_equal(grey, np.where(GREY == 10, 255, GREY))
    colour = decode(content(Image.fromarray(COLOUR), "PNG", transparency=(10, 20, 30))).pixels
    assert colour[1, 0].tolist() == [255, 255, 255]
    np.testing.assert_array_equal(colour[0], COLOUR[0])


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_becomes_colour(form: str) -> None:
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[..., 0] = 255  # full cyan takes all the red away
    decoded = decode(content(Image.fromarray(ink, "CMYK"), form))
    assert decoded.mode == "CMYK"
    assert np.abs(decoded.pixels[8, 8].astype(int) - [0, 255, 255]).max() <= 3


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_16_bit_is_divided_by_257(form: str) -> None:
    deep = np.array([[0, 257, 128 * 257, 65535], [128, 129, 40_000, 65_278]], np.uint16)
    decoded = decode(content(Image.fromarray(deep), form))
    assert decoded.mode.startswith("I;16")
    assert decoding.DEEP in decoded.notes
    np.testing.assert_array_equal(decoded.pixels[..., 0], [[0, 1, 128, 255], [0, 1, 156, 254]])


def test_32_bit_integers_and_floats() -> None:
    whole = decode(content(Image.fromarray(np.array([[0, 65535, 257]], np.int32)), "TIFF"))
    assert whole.pixels[..., 0].tolist() == [[0, 255, 1]]
    for values, expected in (
        ([0, 0.5, 1], [0, 128, 255]),
        ([0, 100.4, 255], [0, 100, 255]),
        ([0, 65535], [0, 255]),
    ):
        decoded = decode(content(Image.fromarray(np.array([values], np.float32)), "TIFF"))
        assert decoded.pixels[..., 0].tolist() == [expected]


@pytest.mark.parametrize("values", [[0, np.nan], [-1, 1], [0, 1e9], [0, np.inf]])
def test_floats_that_are_no_pixels(values: list[float]) -> None:
    raw = content(Image.fromarray(np.array([values], np.float32)), "TIFF")
    assert code_of(raw) == "value-range"


def test_gif_and_webp_give_the_first_frame() -> None:
    first, second = (Image.new("RGB", (4, 4), c) for c in ("red", "blue"))
    for form in ("GIF", "WEBP"):
        options = {"lossless": True} if form == "WEBP" else {}
        decoded = decode(content(first, form, save_all=True, append_images=[second], **options))
        assert decoded.pixels[0, 0].tolist() == [255, 0, 0]
        assert decoding.FIRST in decoded.notes


def test_phone_pictures_with_a_preview_inside_and_scans_of_several_pages() -> None:
    for form in ("MPO", "TIFF"):
        first, second = (Image.new("RGB", (16, 16), c) for c in ("red", "blue"))
        decoded = decode(content(first, form, save_all=True, append_images=[second]))
        assert np.abs(decoded.pixels[8, 8].astype(int) - [255, 0, 0]).max() < 4


TURNED = {  # what a viewer shows for a picture stored under each EXIF orientation, written out with NumPy
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a),
}


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
def test_exif_orientation(orientation: int, form: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if form == "WEBP" else {}
    path = tmp_path / f"a.{form.lower()}"
    path.write_bytes(content(Image.fromarray(COLOUR), form, exif=exif, **options))
    decoded = decode(path)
    np.testing.assert_array_equal(decoded.pixels, TURNED[orientation](COLOUR))
    assert probe(path, 100) == decoded.pixels.shape[:2]


def test_jpeg_orientation_is_in_the_header_too(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "phone.jpg"
    Image.new("RGB", (40, 30)).save(path, exif=exif)
    assert probe(path, 10_000) == (40, 30) == decode(path).pixels.shape[:2]


def test_an_orientation_that_makes_no_sense_is_none() -> None:
    exif = Image.Exif()
    exif[0x0112] = 99
    np.testing.assert_array_equal(decode(content(Image.fromarray(COLOUR), "PNG", exif=exif)).pixels, COLOUR)


def test_sources_of_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "한글 이름 #1.png"
    image = Image.fromarray(COLOUR)
    image.save(path)
    with path.open("rb") as stream:
        for source in (
            path,
            str(path),
            path.read_bytes(),
            stream,
            image,
            COLOUR,
            COLOUR / 255,
            COLOUR.astype(int),
        ):
            np.testing.assert_array_equal(decode(source).pixels, COLOUR)
    assert decode(GREY).pixels.shape == (4, 6, 1)
    assert decode(GREY[..., None]).mode == "L"


def test_a_pil_image_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    Image.new("L", (2, 2), 0).save(path, save_all=True, append_images=[Image.new("L", (2, 2), 200)])
    with Image.open(path) as image:
        image.seek(1)
        assert decode(image).pixels.max() > 150  # the frame it stands at
        assert image.tell() == 1


def test_an_array_with_transparency() -> None:
    clear = np.zeros((2, 2, 4), np.float32)
    assert decode(clear).pixels.tolist() == np.full((2, 2, 1), 255).tolist()


# --- what is refused -------------------------------------------------------------------------------------------


def png_header(width: int, height: int) -> bytes:
    """A PNG of this size whose pixels are missing: only the header can be read."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size + b"\x08\x02\0\0\0")
        + chunk(b"IDAT", b"")
        + chunk(b"IEND", b"")
    )


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_from_its_header(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("it was unpacked"))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("it was unpacked"))
    for width, height in ((30_000, 30_000), (8_000, 8_000), (12_000, 9_000)):
        path = tmp_path / "bomb.png"
        path.write_bytes(png_header(width, height))
        assert code_of(path) == "too-large"
        with pytest.raises(decoding.Unusable):
            probe(path, 50_000_000)


def test_the_largest_picture_is_a_setting() -> None:
    raw = content(Image.fromarray(GREY), "PNG")
    assert decode(raw, GREY.size).pixels.shape == (4, 6, 1)
    for source in (raw, GREY, Image.fromarray(GREY)):
        assert code_of(source, GREY.size - 1) == "too-large"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP"])
def test_cut_short(form: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    raw = content(Image.fromarray(noise), form)
    assert code_of(raw[: len(raw) // 2]) in ("truncated", "damaged")
    if form == "JPEG":
        assert code_of(raw[: len(raw) // 2]) == "truncated"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"this is a letter and no picture", "not a picture"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"<svg width='10'/>", "SVG"),
        (b"\0\0\0\x18ftypheic" + bytes(50), "HEIC"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n", "not a picture"),  # would start a program
        (b"PK\x03\x04" + bytes(40), "not a picture"),
    ],
)
def test_something_else_named_png(raw: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(raw)
    with pytest.raises(DataError, match=said) as caught:
        decode(path)
    assert caught.value.code == "not-a-picture"
    assert str(path) in caught.value.message.en


def test_empty_missing_and_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    assert code_of(tmp_path / "empty.png") == "empty-file"
    assert code_of(b"") == "empty-file"
    assert code_of(tmp_path / "none.png") == "no-such-file"
    assert code_of(tmp_path / "empty.png" / "none.png") == "no-such-file"
    assert code_of(tmp_path) == "not-a-file"
    assert code_of("a\0b.png") == "unreadable"
    assert code_of(42) == "not-a-picture"


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(GREY).save(path)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # tests may run as root, whom no permission stops
    assert code_of(path) == "unreadable"


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(5, np.uint8),
        np.zeros((2, 2, 2), np.uint8),
        np.full((2, 2), 300),
        np.full((2, 2), -0.5),
        np.full((2, 2), np.nan),
        np.array([["a"]]),
        np.zeros((0, 4), np.uint8),
    ],
)
def test_arrays_that_are_no_pictures(array: np.ndarray) -> None:
    assert code_of(array) in ("bad-shape", "bad-pixels")


@settings(max_examples=150, deadline=None)
@given(
    form=st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"]),
    edits=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=12),
    cut=st.floats(0.05, 1),
)
def test_damage_is_refused_or_read_but_never_a_traceback(
    form: str, edits: list[tuple[float, int]], cut: float
) -> None:
    raw = bytearray(content(Image.fromarray(np.kron(COLOUR, np.ones((4, 4, 1), np.uint8))), form))
    for place, value in edits:
        raw[int(place * len(raw))] = value
    try:
        decoded = decode(bytes(raw[: max(1, int(cut * len(raw)))]), 1_000_000)
    except DataError as error:
        assert error.code in (
            "truncated",
            "damaged",
            "not-a-picture",
            "too-large",
            "value-range",
            "empty-file",
        )
    else:
        assert decoded.pixels.dtype == np.uint8
        assert decoded.pixels.shape[2] in (1, 3)
