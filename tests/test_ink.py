"""Ink: found on a screen, on shadowed paper and on a blackboard; against drawings whose lines are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hakseup.evaluation import ink


def lines(height: int, width: int, pen: int) -> np.ndarray:
    """Coverage of a cross of 60 and 40 % of the height, 0 to 1, (h, w): the answer that the drawings are made from."""
    out = np.zeros((height, width), np.uint8)
    cv2.line(out, (width // 2, height * 2 // 10), (width // 2, height * 8 // 10), 255, pen, cv2.LINE_AA)
    reach = height * 2 // 10
    cv2.line(out, (width // 2 - reach, height // 2), (width // 2 + reach, height // 2), 255, pen, cv2.LINE_AA)
    return out / 255


def on(paper: np.ndarray, covered: np.ndarray, pen: tuple[int, int, int]) -> np.ndarray:
    """A pen of this colour on this paper (h, w, 3), uint8."""
    share = covered[..., None]
    return np.rint(paper * (1 - share) + np.array(pen) * share).clip(0, 255).astype(np.uint8)


def plain(height: int, width: int, colour: tuple[int, int, int]) -> np.ndarray:
    return np.broadcast_to(np.array(colour, float), (height, width, 3))


def shadowed(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Paper that is lit from the left, with the soft shadow of a hand over its lower right, and grain."""
    row, column = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    light = 235 - 90 * column
    shadow = 1 - 0.35 / (1 + np.exp(-10 * (row + column - 1.3)))
    grain = np.random.default_rng(seed).normal(0, 3, (height, width))
    return (light * shadow + grain)[..., None] * np.array([1.0, 0.97, 0.9])


def overlap(found: ink.Ink, covered: np.ndarray) -> float:
    """Intersection over union of the lines that were found and those that were drawn."""
    height, width = found.amount.shape
    true = cv2.resize(covered, (width, height), interpolation=cv2.INTER_AREA) > 0.5
    seen = found.amount > 127
    return float((true & seen).sum() / (true | seen).sum())


@pytest.mark.parametrize(
    ("paper", "pen", "light"),
    [
        ((255, 255, 255), (0, 0, 0), False),
        ((0, 0, 0), (255, 255, 255), True),
        ((40, 75, 60), (225, 230, 220), True),  # a blackboard
        ((255, 255, 255), (250, 215, 30), False),  # yellow: hardly darker in grey
        ((235, 225, 205), (120, 120, 130), False),  # pencil
    ],
)
def test_a_pen_of_any_colour_on_a_ground_of_any_colour(
    paper: tuple[int, int, int], pen: tuple[int, int, int], light: bool
) -> None:
    covered = lines(200, 300, 6)
    found = ink.find(on(plain(200, 300, paper), covered, pen))
    assert found is not None and found.even and found.light is light
    assert overlap(found, covered) > 0.95
    assert found.ground == pytest.approx(np.mean(paper), abs=1)
    assert found.strength == pytest.approx(np.abs(np.subtract(paper, pen)).max(), abs=2)
    left, top, width, height = found.box
    rows, columns = (np.flatnonzero((covered > 0.1).any(axis)) for axis in (1, 0))
    assert (top, height) == (pytest.approx(rows[0], abs=1), pytest.approx(len(rows), abs=2))
    assert (left, width) == (pytest.approx(columns[0], abs=1), pytest.approx(len(columns), abs=2))
    assert found.middle == (pytest.approx(0.5, abs=0.01), pytest.approx(0.5, abs=0.01))


def test_a_shadow_on_the_paper_is_no_ink() -> None:
    covered = lines(480, 640, 5)
    photograph = on(shadowed(480, 640), covered, (60, 60, 90))
    found = ink.find(photograph)
    assert found is not None and not found.even and not found.light
    assert found.amount.shape == (384, 512)
    assert overlap(found, covered) > 0.7
    assert max(found.box[2:]) / 512 == pytest.approx((0.6 * 480 + 5) / 640, abs=0.02)
    assert ink.find(shadowed(480, 640).clip(0, 255).astype(np.uint8)) is None  # the paper alone is empty


def test_where_there_is_no_ground_there_is_no_ink() -> None:
    rng = np.random.default_rng(0)
    assert ink.find(rng.integers(0, 256, (200, 200, 3), dtype=np.uint8)) is None
    assert ink.find(rng.integers(0, 256, (28, 28, 1), dtype=np.uint8)) is None
    for grey in (0, 128, 255):
        assert ink.find(np.full((60, 60, 1), grey, np.uint8)) is None
    full = np.full((60, 60, 1), 255, np.uint8)
    full[8:-8, 8:-8] = 0  # more ink than ground
    assert ink.find(full) is None


@pytest.mark.parametrize("pen", [2, 5, 9, 20])
def test_the_thickness_of_lines_is_that_of_the_pen(pen: int) -> None:
    picture = np.zeros((200, 200), np.uint8)
    cv2.circle(picture, (100, 100), 70, 255, pen)  # without smoothing: as many pixels across as is said
    across = float((picture[100, :100] > 0).sum())
    assert ink.thickness(picture) == pytest.approx(across, rel=0.2)
    assert ink.thickness(picture // 2 + 60 * (picture > 0)) < ink.thickness(picture)  # paler is less ink
    assert ink.thickness(np.zeros((9, 9), np.uint8)) == 0


@pytest.mark.parametrize("paper", [255, 30])
def test_grey_is_worked_out_by_shades_as_it_is_by_pixels(paper: int) -> None:
    random = np.random.default_rng(paper)
    covered = lines(90, 70, 5) * random.uniform(0.6, 1, (90, 70))
    grey = (
        np.rint(paper + (128 - paper) * covered + random.normal(0, 2, (90, 70))).clip(0, 255).astype(np.uint8)
    )
    one, three = (
        ink.find(grey[..., None]),
        ink.find(np.repeat(grey[..., None], 3, 2)),
    )  # these are pixel by pixel
    assert one is not None and three is not None
    assert np.array_equal(one.amount, three.amount)
    assert (one.light, one.ground, one.strength, one.even) == (
        three.light,
        three.ground,
        three.strength,
        three.even,
    )
    for share in (0, 33.3, 50, 95, 100):
        found = ink.percentile(np.arange(256), ink.shades(grey), share)
        assert found == pytest.approx(np.percentile(grey, share), abs=1e-12)
