"""A drawing from a drawing board, brought to the manner of the training pictures: ink and ground, size and place.

Handwritten digits come light on dark, as large as their box and in its middle (MNIST); drawings made on the board
itself come as they are. What a network was trained on says which: the range of its example pictures is measured, and
a drawing that lies outside is brought to its edge. So a drawing in the corner of the board is not called unknown for
that alone, and nothing is done where pictures of all sizes and places were learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hakseup.data.kinds import NEAR, are_strokes
from hakseup.words import Words

BOARD = 280  # pixels: the side of what strokes are drawn on; ten of them in one of MNIST's
FAINT = 16  # of 255: less ink than this is paper
EDGES = (5, 95)  # percentiles: what lies outside of the examples' range between them is unusual
PLAIN_KINDS = ("digits", "drawings", "garments")  # of data.kinds
MARGIN = 0.96  # of the picture: no drawing is made larger
CLOSE = 0.03  # of the side: a difference that nobody sees

Stroke = Sequence[Sequence[float]] | np.ndarray  # points (x, y)

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


def manner(examples: np.ndarray, kind: str = "auto") -> Manner | None:
    """That of some training pictures; None where they are nothing on a plain ground.

    Args:
        examples: uint8 (n, h, w, c). kind: what they show, where that is known; else it is told from the pixels.
    """
    if not len(examples) or not (kind in PLAIN_KINDS or are_strokes(examples)):
        return None
    grey = examples.astype(np.float32).mean(3)  # (n, h, w)
    border = np.concatenate([grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]], 1)
    ground = np.median(border, 1)  # (n,)
    away = grey - ground[:, None, None]
    inked = [one for one in away if np.abs(one).max() > NEAR]
    if not inked:
        return None
    side = max(examples.shape[1:3])
    extents = [max(_box(np.abs(one), NEAR)[2:]) / side for one in inked]
    middles = np.array([_middle(np.abs(one)) for one in inked])  # (m, 2)
    low, high = (np.percentile(middles, edge, 0) for edge in EDGES)
    paper = float(np.median(ground))
    strongest = np.median([one.flat[int(np.abs(one).argmax())] for one in inked])
    return Manner(
        paper,
        float(np.clip(paper + strongest, 0, 255)),
        (float(np.percentile(extents, EDGES[0])), float(np.percentile(extents, EDGES[1]))),
        ((float(low[0]), float(high[0])), (float(low[1]), float(high[1]))),
    )


def is_empty(board: np.ndarray) -> bool:
    """Whether nothing is drawn on it.

    Args:
        board: uint8 (h, w, c), dark on white.
    """
    return 255 - int(board.min()) < FAINT


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
    ink = 255 - (board[..., 0] if board.shape[2] == 1 else cv2.cvtColor(board, cv2.COLOR_RGB2GRAY))  # (h, w)
    large = max(BOARD, *size)
    height, width = (large * side // max(size) for side in size)
    left, top, wide, high = _box(ink, FAINT)
    extent = max(wide, high) / max(board.shape[:2])
    scale = float(np.clip(extent, *wanted.extent)) * large / max(wide, high)
    scale = min(scale, MARGIN * height / high, MARGIN * width / wide)
    centre = _middle(ink)
    places = [float(np.clip(at, *edges)) for at, edges in zip(centre, wanted.middle, strict=True)]
    said = [_INVERTED] if wanted.ink > wanted.ground else []
    if abs(scale * max(wide, high) / large - extent) > CLOSE:
        said.append(_SCALED)
    if max(abs(at - place) for at, place in zip(centre, places, strict=True)) > CLOSE:
        said.append(_MOVED)
    down = places[0] * height - scale * centre[0] * board.shape[0]
    across = places[1] * width - scale * centre[1] * board.shape[1]
    down = min(max(down, -scale * top), height - scale * (top + high))  # nothing of it is cut off
    across = min(max(across, -scale * left), width - scale * (left + wide))
    matrix = np.array([[scale, 0, across], [0, scale, down]])
    moved = cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=0)
    shades = wanted.ground + (wanted.ink - wanted.ground) * np.arange(256) / max(int(ink.max()), 1)
    out: np.ndarray = cv2.LUT(moved, np.rint(shades).clip(0, 255).astype(np.uint8))
    return out[..., None], said


def of_strokes(
    strokes: Sequence[Stroke],
    thickness: float,
    wanted: Manner | None,
    size: tuple[int, int],
) -> tuple[np.ndarray, list[Words]]:
    """As `in_manner`, for lines: however much they are enlarged, the pen stays as thick as it is.

    Args:
        strokes, thickness: as in `from_strokes`; something is drawn. wanted, size: as in `in_manner`.
    """
    points = np.concatenate([np.asarray(stroke, np.float64).reshape(-1, 2) for stroke in strokes])
    low, high = points.min(0), points.max(0)
    length = float((high - low).max())
    if wanted is None or length < thickness:
        return in_manner(from_strokes(strokes, thickness), wanted, size)
    extent = float(np.clip(length + thickness, *wanted.extent))
    grown = (extent - thickness) / length
    if grown <= 1:
        return in_manner(from_strokes(strokes, thickness), wanted, size)
    place = np.clip((low + high) / 2, extent / 2, 1 - extent / 2)
    larger = [(np.asarray(stroke) - (low + high) / 2) * grown + place for stroke in strokes]
    made, did = in_manner(from_strokes(larger, thickness), wanted, size)
    if extent - length - thickness > CLOSE and _SCALED not in did:
        did.insert(len(did) - (_MOVED in did), _SCALED)
    return made, did


def from_strokes(strokes: Sequence[Stroke], thickness: float) -> np.ndarray:
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


def _box(ink: np.ndarray, least: int) -> tuple[int, int, int, int]:
    """Where there is at least so much ink: left, top, width, height in pixels."""
    import cv2

    left, top, width, height = cv2.boundingRect((ink >= least).astype(np.uint8))
    return left, top, width, height


def _middle(ink: np.ndarray) -> tuple[float, float]:
    """Centre of mass, row and column as shares of height and width."""
    import cv2

    moments = cv2.moments(ink)
    row, column = moments["m01"] / moments["m00"], moments["m10"] / moments["m00"]
    return (row + 0.5) / ink.shape[0], (column + 0.5) / ink.shape[1]
