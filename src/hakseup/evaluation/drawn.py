"""A drawing, from a drawing board or a file, brought to the manner of the training pictures: ink and ground, size and place.

Handwritten digits come light on dark, as large as their box and in its middle (MNIST); drawings of other people come on
any paper, in any size, with any pen. What a network was trained on says how it wants them: the range of its example
pictures is measured, and a drawing that lies well outside is brought to its edge. So a drawing in the corner of the
board, or in a thin pen on a photograph of paper, is not called unknown for that alone, and nothing is done to a
picture that is like the training pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hakseup.data.decode import decode, fit_to
from hakseup.data.kinds import NEAR, are_strokes
from hakseup.data.preparation import Preparation
from hakseup.evaluation.ink import Ink, box, find, middle, percentile, shades, thickness
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.words import Words

BOARD, LARGE = 140, 512  # pixels: least and usual most of the sides of what strokes are drawn on
FINE = 2  # pixels of it in one of the network's, at least
EDGE = 0.01  # of the board: what is so far inside shows even with the thinnest pen
FAINT = 16  # of 255: less ink than this is paper
EDGES = (5, 95)  # percentiles: what lies outside of the examples' range between them is unusual
PLAIN_KINDS = ("digits", "drawings", "garments")  # of data.kinds
MARGIN = 0.96  # of the picture: no drawing is made larger
CLOSE = 0.03  # of the side: a difference that nobody sees
ROOM = 0.5  # of the width of the examples' range: so far outside of it other examples will lie
COLOURED = 0.1  # of the examples: with more of them in colour, colours are left to the network
THIN, PALE = 0.75, 0.5  # of the training pictures' pen and ink: with less something is done about it

Stroke = Sequence[Sequence[float]] | np.ndarray  # points (x, y)
Range = tuple[float, float]
_SHADES = np.arange(256, dtype=np.uint8)

_INVERTED = Words("light and dark changed, as in the training pictures", "학습 그림처럼 밝고 어두움을 바꿈")
_EVENED = Words("light and shadow on the paper taken out", "종이에 진 그늘을 걷어 냄")
_DARKENED = Words("ink made as strong as in the training pictures", "흐린 선을 학습 그림만큼 진하게 함")
_SCALED = Words("brought to the size of the training pictures", "학습 그림만 한 크기로 맞춤")
_MOVED = Words("moved to where the training pictures have it", "학습 그림과 같은 자리로 옮김")
_THICKENED = Words("lines made as thick as in the training pictures", "가는 선을 학습 그림만큼 굵게 함")


@dataclass(frozen=True)
class Manner:
    """How the training pictures are drawn.

    ground, ink: of 255. extent: least and most of the longer side of the ink, as a share of the picture's side.
    middle: least and most of the ink's centre of mass, shares, rows (top, bottom) and columns (left, right).
    pen: the thinnest usual line, as a share of the side; 0: they are no lines. coloured: ink is of more than one colour, or
    not grey.
    """

    ground: float
    ink: float
    extent: Range
    middle: tuple[Range, Range]
    pen: float = 0.0
    coloured: bool = False

    @cached_property
    def greys(self) -> np.ndarray:
        """The grey of each amount of ink, uint8 (256,)."""
        values = self.ground + (self.ink - self.ground) * np.arange(256) / 255
        return np.rint(values).clip(0, 255).astype(np.uint8)


def manner(examples: np.ndarray, kind: str = "auto") -> Manner | None:
    """That of some training pictures; None where they are nothing on a plain ground.

    Args:
        examples: uint8 (n, h, w, c). kind: what they show, where that is known; else it is told from the pixels.
    """
    if not len(examples):
        return None
    lines = are_strokes(examples)
    if not (kind in PLAIN_KINDS or lines):
        return None
    grey = examples.astype(np.float32).mean(3)  # (n, h, w)
    border = np.concatenate([grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]], 1)
    ground = np.median(border, 1)  # (n,)
    away = grey - ground[:, None, None]
    inked = [one for one in away if np.abs(one).max() > NEAR]
    if not inked:
        return None
    side = max(examples.shape[1:3])
    extents = [max(box(np.abs(one), NEAR)[2:]) / side for one in inked]
    middles = np.array([middle(np.abs(one)) for one in inked])  # (m, 2)
    low, high = (np.percentile(middles, edge, 0) for edge in EDGES)
    paper = float(np.median(ground))
    strongest = np.median([one.flat[int(np.abs(one).argmax())] for one in inked])
    pens = [thickness(np.abs(one) * (255 / np.abs(one).max())) / side for one in inked] if lines else [0.0]
    return Manner(
        paper,
        float(np.clip(paper + strongest, 0, 255)),
        (float(np.percentile(extents, EDGES[0])), float(np.percentile(extents, EDGES[1]))),
        ((float(low[0]), float(high[0])), (float(low[1]), float(high[1]))),
        float(np.percentile(pens, EDGES[0])),
        bool(np.mean([np.ptp(one.astype(np.int64), axis=2).max() > NEAR for one in examples]) > COLOURED),
    )


def of_run(folder: RunFolder) -> Manner | None:
    """That of a run's training pictures; None where they are nothing on a plain ground, or the run keeps no examples.

    Raises:
        RunError: the run is damaged.
    """
    examples = folder.arrays(names.MISTAKES).get("examples_pictures") if folder.has(names.MISTAKES) else None
    if examples is None or examples.ndim != 5:
        return None
    kind = folder.json(names.RUN)["data"].get("kind", "auto")
    return manner(examples.reshape(-1, *examples.shape[2:]), str(kind))


def taken(source: Any, preparation: Preparation, wanted: Manner | None) -> tuple[np.ndarray, list[Words]]:
    """A picture that somebody hands over as the network gets it, uint8 (h, w, c), and what was done to it besides.

    A network that has learned colours gets them as they are: of ink in the manner of its training pictures they would be lost.

    Args:
        source: path, bytes, PIL image or array. preparation: the run's own. wanted: that of its training pictures.

    Raises:
        DataError: it cannot be read as a picture.
    """
    pixels, did = decode(source, preparation.max_pixels).pixels, list[Words]()
    if wanted is not None and not wanted.coloured:
        pixels, did = in_manner(pixels, wanted, preparation.size)
    return fit_to(pixels, preparation.size, preparation.channels, preparation.fit), did


def is_empty(board: np.ndarray) -> bool:
    """Whether nothing is drawn on it.

    Args:
        board: uint8 (h, w, c), dark on white.
    """
    return 255 - int(board.min()) < FAINT


def is_blank(strokes: Sequence[Stroke], thickness: float) -> bool:
    """Whether nothing of these lines is on the board; see `from_strokes`."""
    well_inside = any(EDGE < x < 1 - EDGE and EDGE < y < 1 - EDGE for stroke in strokes for x, y in stroke)
    return not well_inside and is_empty(from_strokes(strokes, thickness))


def in_manner(
    picture: np.ndarray, wanted: Manner | None, size: tuple[int, int], ink: Ink | None = None
) -> tuple[np.ndarray, list[Words]]:
    """The drawing as a training picture would show it, still large, and what was done to it.

    Args:
        picture: uint8 (h, w, 1 or 3). wanted: None leaves it as it is.
        size: height, width of the training pictures, for the proportions.
        ink: that of the picture, where it is known; else it is looked for.

    Returns:
        The picture itself where it is like the training pictures, or where there is no ink to tell from a ground.
    """
    import cv2

    ink = None if wanted is None else ink or find(picture)
    if (
        wanted is None or ink is None or not (ink.even or wanted.pen)
    ):  # a median leaves of a garment its seams
        return picture, []
    extent = max(ink.box[2:]) / max(ink.amount.shape)
    centre = ink.middle
    placed = _placed(ink, wanted, size)
    pen = thickness(placed) / max(placed.shape)
    thin = wanted.pen > 0 and pen < THIN * wanted.pen
    said = {
        _INVERTED: ink.light != (wanted.ink > wanted.ground),
        _EVENED: not ink.even,
        _DARKENED: ink.strength < PALE * abs(wanted.ink - wanted.ground),
        _SCALED: _outside(extent, wanted.extent),
        _MOVED: any(_outside(at, edges) for at, edges in zip(centre, wanted.middle, strict=True)),
        _THICKENED: thin,
    }
    did = [words for words, done in said.items() if done]
    if not did:
        return picture, []
    if thin:
        placed = _thicker(placed, (wanted.pen - pen) * max(placed.shape))
    out: np.ndarray = cv2.LUT(placed, wanted.greys)
    return out[..., None], did


def _within(value: float, edges: Range) -> float:
    """The nearest value in this range. (NumPy takes thirty times as long for a single number.)"""
    return min(max(value, edges[0]), edges[1])


def _outside(value: float, usual: Range) -> bool:
    """Whether other examples would hardly lie so far outside of this range."""
    low, high = usual
    return not low - _room(usual) <= value <= high + _room(usual)


def _room(usual: Range) -> float:
    return CLOSE + ROOM * (usual[1] - usual[0])


def _placed(ink: Ink, wanted: Manner, size: tuple[int, int]) -> np.ndarray:
    """The ink in the size and at the place that the training pictures have it, uint8 (h, w), as strong as before."""
    import cv2

    amount = ink.amount
    large = _board(size)
    height, width = (large * side // max(size) for side in size)
    extent = max(ink.box[2:]) / max(amount.shape)
    centre = ink.middle
    scale = _within(extent, wanted.extent) * large / max(ink.box[2:])
    scale = min(scale, MARGIN * height / ink.box[3], MARGIN * width / ink.box[2])
    if scale < 1:  # thin lines are averaged, not skipped
        rows, columns = (max(1, round(side * scale)) for side in amount.shape)
        amount = cv2.resize(amount, (columns, rows), interpolation=cv2.INTER_AREA)
        counts = shades(amount)
        counts[:FAINT] = 0
        most = percentile(_SHADES, counts, 95) if counts.any() else 255.0
        amount = cv2.LUT(amount, np.rint(np.minimum(_SHADES / most, 1) * 255).astype(np.uint8))
    left, top, wide, high = (value * max(amount.shape) / max(ink.amount.shape) for value in ink.box)
    scale = max(scale, 1.0)
    places = [_within(at, edges) for at, edges in zip(centre, wanted.middle, strict=True)]
    down = places[0] * height - scale * centre[0] * amount.shape[0]
    across = places[1] * width - scale * centre[1] * amount.shape[1]
    down = min(max(down, -scale * top), height - scale * (top + high))  # nothing of it is cut off
    across = min(max(across, -scale * left), width - scale * (left + wide))
    matrix = np.array([[scale, 0, across], [0, scale, down]])
    out: np.ndarray = cv2.warpAffine(amount, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=0)
    return out


def _thicker(amount: np.ndarray, by: float) -> np.ndarray:
    """Lines thicker by so many pixels."""
    import cv2

    reach = 2 * max(1, round(by / 2)) + 1
    out: np.ndarray = cv2.dilate(amount, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    return out


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
    lines = [np.asarray(stroke, np.float64).reshape(-1, 2) for stroke in strokes]
    points = np.concatenate(lines)
    low, high = points.min(0), points.max(0)
    length = float((high - low).max())
    side = _board(size)
    if wanted is None or length < thickness:
        return _inked(from_strokes(lines, thickness, side), wanted, size)
    extent = _within(length + thickness, wanted.extent)
    grown = (extent - thickness) / length
    if grown <= 1:
        return _inked(from_strokes(lines, thickness, side), wanted, size)
    place = np.clip((low + high) / 2, extent / 2, 1 - extent / 2)
    larger = [(line - (low + high) / 2) * grown + place for line in lines]
    made, did = _inked(from_strokes(larger, thickness, side), wanted, size)
    if extent - length - thickness > CLOSE and _SCALED not in did:
        did.insert(len(did) - (_MOVED in did), _SCALED)
    return made, did


def _inked(board: np.ndarray, wanted: Manner | None, size: tuple[int, int]) -> tuple[np.ndarray, list[Words]]:
    """As `in_manner`, for a board that was just drawn black on white: nothing of it has to be told from a ground."""
    ink = Ink(255 - board[..., 0], False, 255.0, 255.0, True)
    return in_manner(board, wanted, size, ink if ink.amount.max() > NEAR else None)


def _board(size: tuple[int, int]) -> int:
    """The side of the board for pictures of this size: large enough for smooth lines, and no larger, which is slow."""
    return max(min(BOARD * max(size) // min(size), LARGE), FINE * max(size))


def from_strokes(strokes: Sequence[Stroke], thickness: float, side: int = BOARD) -> np.ndarray:
    """Lines drawn dark on white, uint8 (side, side, 1).

    Args:
        strokes: points (x, y), 0 to 1 from the left and from the top. thickness: as a share of the side. side: in pixels.
    """
    import cv2

    board = np.full((side, side), 255, np.uint8)
    wide = max(1, round(thickness * side))
    for stroke in strokes:
        points = np.round(np.clip(np.array(stroke, np.float64), -1, 2) * side * 16).astype(np.int32)
        if len(points) == 1:
            centre = (int(points[0, 0]), int(points[0, 1]))
            cv2.circle(board, centre, wide * 8, 0, -1, cv2.LINE_AA, shift=4)
        elif len(points):
            cv2.polylines(board, [points.reshape(-1, 1, 2)], False, 0, wide, cv2.LINE_AA, shift=4)
    return board[..., None]
