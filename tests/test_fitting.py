"""From pixels to the size and the channels of a model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hakseup.data.decode import fit_to

COLOUR = np.array(
    [[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[10, 20, 30], [200, 100, 50], [7, 7, 7]]], np.uint8
)
GREY = np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)


# --- fit_to ----------------------------------------------------------------------------------------------------

sides = st.integers(1, 40)


@settings(max_examples=200, deadline=None)
@given(
    shape=st.tuples(sides, sides, st.sampled_from([1, 3])),
    size=st.tuples(sides, sides),
    channels=st.sampled_from([1, 3]),
    fit=st.sampled_from(["pad", "stretch"]),
    value=st.integers(0, 255),
    seed=st.integers(0, 99),
)
def test_fit_to_keeps_shape_range_and_constants(
    shape: tuple[int, int, int], size: tuple[int, int], channels: int, fit: str, value: int, seed: int
) -> None:
    constant = fit_to(np.full(shape, value, np.uint8), size, channels, fit)
    assert constant.shape == (*size, channels)
    assert constant.dtype == np.uint8
    assert (constant == value).all()
    noise = np.random.default_rng(seed).integers(60, 200, shape).astype(np.uint8)
    out = fit_to(noise, size, channels, fit)
    assert noise.min() <= out.min()
    assert out.max() <= noise.max()


def test_the_same_size_is_the_same_picture() -> None:
    np.testing.assert_array_equal(fit_to(COLOUR, (2, 3), 3), COLOUR)
    np.testing.assert_array_equal(fit_to(GREY[..., None], (4, 6), 3), np.dstack([GREY] * 3))


def test_shrinking_averages_areas() -> None:
    blocks = np.random.default_rng(1).integers(0, 256, (12, 20, 3)).astype(np.uint8)
    mean = blocks.reshape(3, 4, 5, 4, 3).mean(axis=(1, 3))
    assert np.abs(fit_to(blocks, (3, 5), 3) - mean).max() <= 0.5


def test_shrinking_one_axis_and_growing_the_other() -> None:
    rows = np.repeat(np.arange(0, 80, 10, dtype=np.uint8)[:, None, None], 2, axis=1)  # (8, 2, 1)
    out = fit_to(rows, (4, 6), 1, "stretch")
    assert out[..., 0].tolist() == [[5] * 6, [25] * 6, [45] * 6, [65] * 6]


def test_pad_keeps_proportions_on_the_pictures_own_ground() -> None:
    picture = np.full((10, 20, 3), (200, 10, 30), np.uint8)
    picture[3:7, 5:15] = (0, 0, 255)
    out = fit_to(picture, (20, 20), 3, "pad")
    assert (out[:5] == (200, 10, 30)).all()
    assert (out[15:] == (200, 10, 30)).all()
    np.testing.assert_array_equal(out[5:15], picture)  # unchanged in the middle
    stretched = fit_to(picture, (20, 20), 3, "stretch")
    assert stretched[9, 10].tolist() == [0, 0, 255]
    assert stretched[0, 0].tolist() == [200, 10, 30]


def test_colour_becomes_grey_as_in_pillow() -> None:
    noise = np.random.default_rng(2).integers(0, 256, (9, 7, 3), np.uint8)
    red, green, blue = noise.astype(int).transpose(2, 0, 1)
    out = fit_to(noise, (9, 7), 1)[..., 0]
    np.testing.assert_array_equal(out, (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16)


@pytest.mark.parametrize("fit", ["pad", "stretch"])
def test_grey_is_fitted_like_the_same_grey_as_colour(fit: str) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (13, 9, 1), np.uint8)
    as_colour = fit_to(np.repeat(noise, 3, axis=2), (8, 8), 3, fit)
    np.testing.assert_array_equal(fit_to(noise, (8, 8), 3, fit), as_colour)


def test_a_picture_as_thin_as_a_thread() -> None:
    assert fit_to(np.zeros((1, 5000, 1), np.uint8), (28, 28), 3).shape == (28, 28, 3)
