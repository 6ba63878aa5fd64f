"""Drawings in the manner of the training pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hakseup.data.preparation import Preparation
from hakseup.evaluation import drawn


def strokes(
    n: int, side: int, extent: tuple[float, float], middle: tuple[float, float], inverted: bool
) -> np.ndarray:
    """Pictures of a cross, uint8 (n, side, side, 1): longer side and centre drawn evenly from these ranges (shares)."""
    random = np.random.default_rng(0)
    out = np.full((n, side, side), 255, np.uint8)
    for one in out:
        half = random.uniform(*extent) * side / 2
        x, y = random.uniform(*middle, 2) * side
        for a, b in (((-half, 0), (half, 0)), ((0, -half), (0, half))):
            ends = [(round(float(x + dx) * 16), round(float(y + dy) * 16)) for dx, dy in (a, b)]
            cv2.line(one, *ends, 0, side // 24, cv2.LINE_AA, shift=4)
    return (255 - out if inverted else out)[..., None]


CORNER = [[(0.05, 0.05), (0.25, 0.05)], [(0.05, 0.05), (0.05, 0.2)]]


def ink_of(picture: np.ndarray, ground: int) -> tuple[float, tuple[float, float]]:
    """Longer side and middle of what differs from the ground, as shares: by hand, without the module's own functions."""
    away = np.abs(picture[..., 0].astype(int) - ground)
    rows, columns = np.nonzero(away > 40)
    side = max(picture.shape[:2])
    longer = max(np.ptp(rows), np.ptp(columns)) + 1
    total = away.sum()
    centre = (
        float((away.sum(1) * (np.arange(len(away)) + 0.5)).sum() / total / picture.shape[0]),
        float((away.sum(0) * (np.arange(away.shape[1]) + 0.5)).sum() / total / picture.shape[1]),
    )
    return longer / side, centre


def test_a_drawing_in_the_corner_becomes_large_centred_and_light() -> None:
    wanted = drawn.manner(strokes(64, 28, (0.7, 0.72), (0.49, 0.51), inverted=True))
    assert wanted is not None and wanted.ground == 0 and wanted.ink > 200
    made, did = drawn.in_manner(drawn.from_strokes(CORNER, 0.05), wanted, (28, 28))
    extent, centre = ink_of(made, 0)
    assert 0.68 < extent < 0.8
    assert abs(centre[0] - 0.5) < 0.03 and abs(centre[1] - 0.5) < 0.03
    assert made.max() == pytest.approx(wanted.ink, abs=1) and np.median(made) == 0
    assert len(did) == 3


def test_where_all_sizes_and_places_were_learned_nothing_is_done() -> None:
    wanted = drawn.manner(strokes(200, 64, (0.1, 0.95), (0.2, 0.8), inverted=False))
    assert wanted is not None and wanted.ground == 255 and wanted.ink < 40
    board = drawn.from_strokes([[(0.3, 0.4), (0.6, 0.4)], [(0.45, 0.3), (0.45, 0.6)]], 0.04)
    made, did = drawn.in_manner(board, wanted, (64, 64))
    assert did == []
    assert np.abs(made.astype(int) - board.astype(int)).mean() < 3


def test_photographs_have_no_manner() -> None:
    random = np.random.default_rng(0)
    assert drawn.manner(random.integers(0, 256, (20, 32, 32, 3)).astype(np.uint8)) is None
    board = drawn.from_strokes(CORNER, 0.05)
    made, did = drawn.in_manner(board, None, (32, 32))
    assert made is board and did == []


def test_a_picture_that_is_wide_stays_wide_and_holds_the_whole_drawing() -> None:
    wanted = drawn.manner(strokes(64, 28, (0.6, 0.7), (0.3, 0.7), inverted=False))
    made, _did = drawn.in_manner(drawn.from_strokes(CORNER, 0.02), wanted, (20, 40))
    assert made.shape == (140, 280, 1)
    rows, columns = np.nonzero(made[..., 0] < 128)
    assert np.ptp(columns) / np.ptp(rows) == pytest.approx(0.22 / 0.17, abs=0.1)  # as drawn, with the pen
    assert min(edge.min() for edge in (made[0], made[-1], made[:, 0], made[:, -1])) > 200


def test_lines_that_are_brought_to_a_size_keep_the_thickness_of_the_pen() -> None:
    wanted = drawn.manner(strokes(64, 28, (0.7, 0.72), (0.49, 0.51), inverted=True))
    small = [[(0.05, 0.05), (0.15, 0.05)], [(0.05, 0.05), (0.05, 0.15)]]
    made, _did = drawn.of_strokes(small, 0.07, wanted, (28, 28))
    rows, columns = np.nonzero(made[..., 0] > 128)
    low = made[rows.min() + np.ptp(rows) * 3 // 4, :, 0] > 128  # through the upright line alone
    assert low.sum() == pytest.approx(0.07 * drawn.BOARD, rel=0.25)
    assert np.ptp(columns) / drawn.BOARD == pytest.approx(0.71, abs=0.05)


def test_lines_are_blank_where_their_drawing_is() -> None:
    random = np.random.default_rng(0)
    wanted = drawn.manner(strokes(64, 28, (0.6, 0.7), (0.45, 0.55), inverted=True))
    seen = {True: 0, False: 0}
    for _ in range(300):
        lines = [
            random.uniform(-0.5, 1.5, (int(random.integers(1, 4)), 2))
            for _ in range(int(random.integers(1, 3)))
        ]
        thickness = float(random.choice([0.001, 0.02, 0.2]))
        empty = drawn.is_empty(drawn.from_strokes(lines, thickness))
        assert drawn.is_blank(lines, thickness) == empty
        if not empty:  # however thick, thin, faint or far out: it becomes a picture with something on it
            made, _did = drawn.of_strokes(lines, thickness, wanted, (28, 28))
            assert made.shape[:2] == (drawn.BOARD, drawn.BOARD) and np.ptp(made) >= drawn.FAINT
        seen[empty] += 1
    assert min(seen.values()) > 20


def test_an_empty_board_is_empty_and_a_dot_is_not() -> None:
    assert drawn.is_empty(drawn.from_strokes([], 0.05))
    assert not drawn.is_empty(drawn.from_strokes([[(0.5, 0.5)]], 0.02))
    far = drawn.from_strokes([[(5.0, 5.0), (9.0, 9.0)]], 0.02)  # beside the board
    assert drawn.is_empty(far)


# ---- files


WHITE_ON_BLACK = {"extent": (0.6, 0.7), "middle": (0.45, 0.55), "inverted": True}


def photograph(side: int, pen: int) -> np.ndarray:
    """A cross in a thin pen on paper that is darker to the right, uint8 (h, w, 3); wider than high."""
    height, width = side, side * 4 // 3
    paper = 240 - 80 * np.arange(width) / width + np.random.default_rng(0).normal(0, 2, (height, width))
    ink = np.zeros((height, width), np.uint8)
    x, y, reach = width * 3 // 4, height * 3 // 4, height // 7
    cv2.line(ink, (x - reach, y), (x + reach, y), 255, pen, cv2.LINE_AA)
    cv2.line(ink, (x, y - reach), (x, y + reach), 255, pen, cv2.LINE_AA)
    share = ink[..., None] / 255
    return (
        np.rint(paper[..., None] * (1 - share) + np.array([70, 50, 30]) * share).clip(0, 255).astype(np.uint8)
    )


def made_for(examples: np.ndarray, channels: int = 1) -> Preparation:
    """The preparation of a network that learned from these examples, uint8 (n, h, w, c)."""
    size = (examples.shape[1], examples.shape[2])
    return Preparation(size, channels, "pad", 50_000_000, (0.0,) * channels, (1.0,) * channels, ())


def test_pictures_like_the_training_pictures_stay_as_they_are() -> None:
    seen, unseen = (strokes(200, 28, **WHITE_ON_BLACK)[part] for part in (slice(100), slice(100, 200)))
    wanted, preparation = drawn.manner(seen), made_for(seen)
    for one in unseen:
        made, did = drawn.taken(one, preparation, wanted)
        assert did == [] and np.array_equal(made, one)


def test_dark_on_light_becomes_light_on_dark_in_the_same_place() -> None:
    examples = strokes(100, 28, **WHITE_ON_BLACK)
    wanted, preparation = drawn.manner(examples), made_for(examples)
    for one in examples[:20]:
        made, did = drawn.taken(255 - one, preparation, wanted)
        assert [words.en for words in did] == ["light and dark changed, as in the training pictures"]
        assert np.median(made) == 0
        extents, places = zip(ink_of(made, 0), ink_of(one, 0), strict=True)
        assert abs(extents[0] - extents[1]) < 0.06  # a pixel and a half of 28
        assert np.abs(np.subtract(*places)).max() < 0.03


def test_a_thin_pen_on_a_photograph_of_paper_becomes_a_training_picture() -> None:
    examples = strokes(100, 28, **WHITE_ON_BLACK)
    wanted, preparation = drawn.manner(examples), made_for(examples)
    made, did = drawn.taken(photograph(480, 3), preparation, wanted)
    extent, centre = ink_of(made, 0)
    assert 0.55 < extent < 0.75 and max(abs(at - 0.5) for at in centre) < 0.08
    of_examples = np.median([(one > 127).sum() for one in examples])
    assert (made > 127).sum() == pytest.approx(of_examples, rel=0.5)
    said = " ".join(words.en for words in did)
    for part in ("light and dark", "shadow", "size", "moved", "thick"):
        assert part in said


def test_colours_are_left_to_a_network_that_has_learned_colours() -> None:
    white = np.repeat(strokes(100, 28, **WHITE_ON_BLACK), 3, 3)
    brown, preparation = photograph(200, 3), made_for(white, 3)
    red = white // np.array([1, 4, 4], np.uint8)
    made, did = drawn.taken(brown, preparation, drawn.manner(red))
    assert did == [] and np.array_equal(made, preparation.decode(brown))
    made, did = drawn.taken(brown, preparation, drawn.manner(white))  # grey in three channels is grey
    assert did and made.shape == (28, 28, 3) and np.ptp(made.astype(int), axis=2).max() == 0
