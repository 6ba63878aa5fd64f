"""A drawing from a drawing board, brought to the manner of the training pictures: ink and ground, size and place.

Handwritten digits come light on dark, as large as their box and in its middle (MNIST); drawings made on the board
itself come as they are. What a network was trained on says which: the range of its example pictures is measured, and
a drawing that lies outside is brought to its edge. So a drawing in the corner of the board is not called unknown for
that alone, and nothing is done where pictures of all sizes and places were learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hakseup.data.kinds import NEAR, are_strokes
from hakseup.words import Words

BOARD = 448  # pixels: the longer side of what strokes are drawn on
FAINT = 16  # of 255: less ink than this is paper
EDGES = (5, 95)  # percentiles: what lies outside of the examples' range between them is unusual
CLOSE = 0.03  # of the side: a difference that nobody sees

_INVERTED = Words("light and dark changed, as in the training pictures", "학습 그림처럼 밝고 어두움을 바꿈")
_SCALED = Words("brought to the size of the training pictures", "학습 그림만 한 크기로 맞춤")
_MOVED = Words("moved to where the training pictures have it", "학습 그림과 같은 자리로 옮김")


@dataclass(frozen=True)
class Manner:
    """How the training pictures are drawn.

    ground, ink: of 255. extent: least and most of the longer side of the ink, as a share of the picture's side.
    middle: least and most of the ink's centre of mass, shares, rows (top, bottom) and columns (left, right).
    """

    ground: float
    ink: float
    extent: tuple[float, float]
    middle: tuple[tuple[float, float], tuple[float, float]]


def manner(examples: np.ndarray) -> Manner | None:
    """That of some training pictures; None where they are no strokes on a plain ground.

    Args:
        examples: uint8 (n, h, w, c).
    """
    if not len(examples) or not are_strokes(examples):
        return None
    grey = examples.astype(np.float32).mean(3)  # (n, h, w)
    border = np.concatenate([grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]], 1)
    ground = np.median(border, 1)  # (n,)
    away = grey - ground[:, None, None]
    found = [(one, box) for one in away if (box := _box(np.abs(one) > NEAR)) is not None]
    if not found:
        return None
    strongest = [one.flat[int(np.abs(one).argmax())] for one, _found in found]
    side = max(examples.shape[1:3])
    extents = [max(bottom - top, right - left) / side for _one, (top, bottom, left, right) in found]
    middles = np.array([_middle(np.abs(one)) for one, _found in found])  # (m, 2)
    low, high = (np.percentile(middles, edge, 0) for edge in EDGES)
    paper = float(np.median(ground))
    return Manner(
        paper,
        float(np.clip(paper + np.median(strongest), 0, 255)),
        (float(np.percentile(extents, EDGES[0])), float(np.percentile(extents, EDGES[1]))),
        ((float(low[0]), float(high[0])), (float(low[1]), float(high[1]))),
    )


def is_empty(board: np.ndarray) -> bool:
    """Whether nothing is drawn on it.

    Args:
        board: uint8 (h, w, c), dark on white.
    """
    return bool(255 - int(board.min()) < FAINT)


def in_manner(
    board: np.ndarray, wanted: Manner | None, size: tuple[int, int]
) -> tuple[np.ndarray, list[Words]]:
    """The drawing as a training picture would show it, still large, and what was done to it.

    Args:
        board: uint8 (h, w, c), dark on white, not empty. wanted: None leaves it as it is.
        size: height, width of the training pictures, for the proportions.
    """
    import cv2

    if wanted is None:
        return board, []
    ink = 255 - board.astype(np.float32).mean(2)  # (h, w), 0: paper
    found = _box(ink >= FAINT)
    if found is None:
        return board, []
    top, bottom, left, right = found
    longer = max(size)
    height, width = (BOARD * size[0] // longer, BOARD * size[1] // longer)
    share = max(bottom - top, right - left) / max(board.shape[:2])
    to = float(np.clip(share, *wanted.extent))
    centre = _middle(ink)
    places = [float(np.clip(at, *edges)) for at, edges in zip(centre, wanted.middle, strict=True)]
    said = []
    if abs(to - share) > CLOSE:
        said.append(_SCALED)
    if max(abs(at - place) for at, place in zip(centre, places, strict=True)) > CLOSE:
        said.append(_MOVED)
    scale = to / share * BOARD / max(board.shape[:2])
    row, column = centre[0] * board.shape[0], centre[1] * board.shape[1]
    matrix = np.array(
        [[scale, 0, places[1] * width - scale * column], [0, scale, places[0] * height - scale * row]]
    )
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    moved = cv2.warpAffine(ink, matrix, (width, height), flags=method, borderValue=0)
    out = wanted.ground + (wanted.ink - wanted.ground) * np.clip(moved / max(float(ink.max()), 1), 0, 1)
    if wanted.ink > wanted.ground:
        said.insert(0, _INVERTED)
    return np.asarray(np.rint(out), np.uint8)[..., None], said


def from_strokes(strokes: list[list[tuple[float, float]]], thickness: float) -> np.ndarray:
    """Lines drawn dark on white, uint8 (BOARD, BOARD, 1).

    Args:
        strokes: points (x, y), 0 to 1 from the left and from the top. thickness: as a share of the side.
    """
    import cv2

    board = np.full((BOARD, BOARD), 255, np.uint8)
    wide = max(1, round(thickness * BOARD))
    for stroke in strokes:
        points = np.round(np.clip(np.array(stroke, np.float64), -1, 2) * BOARD * 16).astype(np.int32)
        if len(points) == 1:
            centre = (int(points[0, 0]), int(points[0, 1]))
            cv2.circle(board, centre, wide * 8, 0, -1, cv2.LINE_AA, shift=4)
        elif len(points):
            cv2.polylines(board, [points.reshape(-1, 1, 2)], False, 0, wide, cv2.LINE_AA, shift=4)
    return board[..., None]


def _box(mask: np.ndarray) -> tuple[int, int, int, int] | None:
    """First and behind the last row, first and behind the last column that has something."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _middle(ink: np.ndarray) -> tuple[float, float]:
    """Centre of mass, row and column as shares of height and width."""
    total = max(float(ink.sum()), 1e-9)
    rows, columns = ink.sum(1), ink.sum(0)
    row = float((rows * (np.arange(len(rows)) + 0.5)).sum()) / total / len(rows)
    column = float((columns * (np.arange(len(columns)) + 0.5)).sum()) / total / len(columns)
    return row, column
