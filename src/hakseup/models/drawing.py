"""A picture of a network without any program to install: `svg`, `strip` (a wide one) and `png`.

Every layer is a card with its kind's colour, its main arguments, what comes out of it and its share of the
parameters. The blocks are the tensors between the layers: face for height and width (square root), depth for the
channels (logarithm); rows of numbers are bars, ten numbers or fewer are ten dots.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from hakseup.layers import Shape
from hakseup.models.sequential import Row, Sequential
from hakseup.models.strokes import Box, Drawing, Line, Point, Polygon, Run, Stroke, Text, cut, text_width
from hakseup.models.strokes import png as _png
from hakseup.models.strokes import svg as _svg
from hakseup.models.table import memory
from hakseup.words import Language, Words, speak

MARGIN = 16.0
WIDTH = 580.0  # of the column
CARD, SLIM = 78.0, 36.0  # heights of cards; a slim one is for a layer that keeps the shape
BETWEEN, NEAR = 22.0, 4.0  # gaps: with an arrow, and before a slim card
GAP_RUN = 9.0  # between the pieces of a line
BLOCKS = 122.0  # width of the place for the blocks, at the left of a card
FOLLOWERS = ("normalization", "dropout", "activation", "shape")  # slim where they keep the shape
DOTS = 11  # so many numbers or fewer are drawn one by one


@dataclass(frozen=True)
class _Scale:
    """The largest tensor of the network: what all others are drawn against."""

    side: int
    channels: int
    numbers: int

    @staticmethod
    def of(shapes: list[Shape]) -> _Scale:
        sides = [n for s in shapes if len(s) > 1 for n in s[:2]]
        channels = [s[2] for s in shapes if len(s) == 3]
        numbers = [s[0] for s in shapes if len(s) == 1]
        return _Scale(max(sides, default=1), max(channels, default=1), max(numbers, default=1))

    def face(self, n: int, largest: float) -> float:
        """Pixels for a height or width; halving it takes about a third away."""
        return largest * (0.12 + 0.88 * math.sqrt(n / self.side))

    def depth(self, n: int, largest: float) -> float:
        """Pixels for a number of channels."""
        return largest * (0.06 + 0.94 * math.log(n) / math.log(max(2, self.channels)))

    def length(self, n: int, largest: float) -> float:
        """Pixels for a row of numbers."""
        return largest * (0.1 + 0.9 * math.log(n + 1) / math.log(self.numbers + 1))


def svg(
    network: Sequential,
    *,
    show_shapes: bool = True,
    show_names: bool = True,
    language: Language | None = None,
) -> str:
    """The network from top to bottom, as an SVG element (also a file of its own).

    Args:
        network: its input shape is known.
        show_shapes: write what comes out of each layer.
        show_names: write each layer's name.
        language: None: the one spoken now.
    """
    with speak(language):
        drawing = _column(network, show_shapes, show_names)
        return _svg(drawing, _title(), _description(network))


def strip(network: Sequential, *, language: Language | None = None) -> str:
    """The network from left to right as blocks, for a wide place; an SVG element.

    Args:
        network: its input shape is known.
        language: None: the one spoken now.
    """
    with speak(language):
        return _svg(_row(network), _title(), _description(network))


def png(
    network: Sequential,
    path: Path | str | None = None,
    *,
    show_shapes: bool = True,
    show_names: bool = True,
    wide: bool = False,
    language: Language | None = None,
) -> bytes:
    """The same picture as `svg`, as a PNG with two pixels for each of its units.

    Args:
        network: its input shape is known.
        path: where to write it; None: nowhere.
        show_shapes: write what comes out of each layer.
        show_names: write each layer's name.
        wide: the picture of `strip` instead.
        language: None: the one spoken now. Without a Korean font it is English.

    Raises:
        RunError: the file cannot be written.
    """
    from hakseup import files

    with speak(language if files.korean_font() else "en"):
        drawing = _row(network) if wide else _column(network, show_shapes, show_names)
        content = _png(drawing)
    if path is not None:
        files.write_bytes(Path(path), content)
    return content


def _title() -> str:
    return str(Words("The network", "신경망"))


def _size(shape: Shape) -> str:
    return " × ".join(f"{n:,}" for n in shape)


def _description(network: Sequential) -> str:
    """The whole picture in one sentence per layer, for a screen reader."""
    size = _size(network.input_shape or ())
    parts = [str(Words(f"Input {size}", f"입력 {size}"))]
    for row in network.rows:
        about = f" ({row.about})" if str(row.about) else ""
        parts.append(
            str(
                Words(
                    f"{row.type}{about} gives {_size(row.output_shape)}, {row.parameters:,} parameters",
                    f"{row.type}{about} 출력 {_size(row.output_shape)}, 파라미터 {row.parameters:,}개",
                )
            )
        )
    return "; ".join(parts) + f". {_total(network)}"


def _total(network: Sequential) -> str:
    n = network.parameters
    return str(Words(f"{n:,} parameters, {memory(n)}", f"파라미터 {n:,}개, {memory(n)}"))


# -- the column ------------------------------------------------------------------------------------------


def _column(network: Sequential, show_shapes: bool, show_names: bool) -> Drawing:
    shapes = [network.input_shape or (), *network.output_shapes]
    scale = _Scale.of(shapes)
    y = MARGIN
    strokes: list[Stroke] = []
    middle = MARGIN + BLOCKS / 2
    whole = max(1, network.parameters)
    for i, shape in enumerate(shapes):
        row = network.rows[i - 1] if i else None
        slim = row is not None and _is_slim(row, shapes[i - 1])
        height = SLIM if slim else CARD
        if slim:
            y += NEAR
        elif i:
            strokes.append(Line((middle, y), (middle, y + BETWEEN - 4), head=True))
            y += BETWEEN
        kind = row.kind if row else "input"
        only_training = kind == "dropout"
        strokes.append(Box(MARGIN, y, WIDTH - 2 * MARGIN, height, 10, "card", "line", dashed=only_training))
        if slim:
            strokes.append(Box(middle - 5, y + height / 2 - 5, 10, 10, 5, kind))
        else:
            strokes += _tensor(shape, kind, scale, (middle, y + height / 2))
        strokes += _words_of_card(
            row, shape, y, slim, show_shapes, show_names, row.parameters / whole if row else 0
        )
        y += height
    strokes.append(
        Text(WIDTH - MARGIN - 16, y + 26, (Run(_total(network), 13, True),), "end"),
    )
    key = Words(
        "Block: height, width, channels. Bar: share of the parameters.",
        "블록: 높이, 너비, 채널. 막대: 파라미터의 비율.",
    )
    strokes.append(Text(MARGIN + 2, y + 26, (Run(str(key), 11, role="muted"),)))
    height = y + 26 + MARGIN
    return Drawing(WIDTH, height, (Box(0, 0, WIDTH, height, 0, "paper"), *strokes))


def _is_slim(row: Row, before: Shape) -> bool:
    return row.output_shape == before and row.kind in FOLLOWERS


def _words_of_card(
    row: Row | None, shape: Shape, y: float, slim: bool, show_shapes: bool, show_names: bool, share: float
) -> list[Stroke]:
    left, right = MARGIN + BLOCKS + 8, WIDTH - MARGIN - 16
    column = 132.0  # for shape and parameters, at the right
    room = right - left - column - 8
    size = _size(shape)
    kind = row.type if row else str(Words("Input", "입력"))
    about = str(row.about) if row else str(_what_comes_in(shape))
    name = row.name if row is not None and show_names else ""
    out: list[Stroke] = []
    if slim and row is not None:
        base = y + SLIM / 2 + 5
        spare = room - text_width(kind, 13.5, True) - text_width(about, 12.5) - 2 * GAP_RUN
        runs = [Run(kind, 13.5, True)]
        if name and spare > 40:
            runs.append(Run(cut(name, 11, spare), 11, role="muted"))
        runs.append(Run(about, 12.5))
        out.append(Text(left, base, tuple(runs)))
        if row.parameters:
            out.append(Text(right, base - 1, (Run(_count(row), 12, role="muted"),), "end"))
        return out
    runs = [Run(kind, 15, True)]
    if name:
        runs.append(Run(cut(name, 12, room - text_width(kind, 15, True) - GAP_RUN), 12, role="muted"))
    out.append(Text(left, y + 34, tuple(runs)))
    out.append(Text(left, y + 55, (Run(cut(about, 13, room), 13),)))
    if show_shapes:
        out.append(Text(right, y + 34, (Run(size, 14, True),), "end"))
    if row is not None and row.parameters:
        out.append(Text(right, y + 53, (Run(_count(row), 12, role="muted"),), "end"))
        out.append(Box(right - column, y + 62, column, 4, 2, "line"))
        out.append(Box(right - column, y + 62, max(4.0, column * share), 4, 2, row.kind))
    return out


def _what_comes_in(shape: Shape) -> Words:
    if len(shape) == 1:
        return Words(f"{shape[0]:,} numbers", f"숫자 {shape[0]:,}개")
    channels = shape[2] if len(shape) == 3 else 1
    if channels == 1:
        return Words("a grayscale picture", "흑백 그림")
    if channels == 3:
        return Words("a colour picture", "컬러 그림")
    return Words(f"a picture with {channels} channels", f"채널이 {channels}개인 그림")


def _count(row: Row) -> str:
    n = row.parameters
    return str(Words(f"{n:,} parameters", f"파라미터 {n:,}개"))


# -- the row ---------------------------------------------------------------------------------------------

FACE, DEEP = 92.0, 64.0  # largest block of the strip


def _row(network: Sequential) -> Drawing:
    shapes = [network.input_shape or (), *network.output_shapes]
    scale = _Scale.of(shapes)
    axis = MARGIN + FACE / 2 + DEEP * RISE + 6
    base = axis + FACE / 2 + 32
    strokes: list[Stroke] = []
    x, before, lines = MARGIN, None, 0
    for i, shape in enumerate(shapes):
        row = network.rows[i - 1] if i else None
        kind = row.kind if row else "input"
        slim = row is not None and _is_slim(row, shapes[i - 1])
        said = _lines_below(row, shape, slim)
        lines = max(lines, len(said))
        wide = 10.0 if slim else _extent(shape, scale, FACE, DEEP, True)
        cell = max(wide + 26, max(text_width(run.text, run.size, run.bold) for run in said) + 18)
        middle = x + cell / 2
        if before is not None:
            strokes.append(Line((before + 5, axis), (middle - wide / 2 - 9, axis), head=True))
        if slim:
            strokes.append(Box(middle - 5, axis - 5, 10, 10, 5, kind))
        else:
            strokes += _tensor(shape, kind, scale, (middle, axis), FACE, DEEP, upright=True)
        for k, run in enumerate(said):
            strokes.append(Text(middle, base + 17 * k, (run,), "middle"))
        before = middle + wide / 2
        x += cell
    width, height = x + MARGIN, base + 17 * lines + MARGIN + 8
    strokes.append(Text(width - MARGIN, height - 14, (Run(_total(network), 12, role="muted"),), "end"))
    return Drawing(width, height, (Box(0, 0, width, height, 0, "paper"), *strokes))


def _lines_below(row: Row | None, shape: Shape, slim: bool) -> list[Run]:
    if row is None:
        return [Run(str(Words("Input", "입력")), 12.5, True), Run(_size(shape), 11.5)]
    pieces = str(row.about).split(", ")
    if row.kind == "normalization":
        return [Run(row.type, 12.5, True)]
    if slim:
        return [Run(row.type, 12.5, True), Run(cut(pieces[0], 11, 110), 11, role="muted")]
    below = [", ".join(pieces[:2]), ", ".join(pieces[2:])]
    lines = [Run(cut(line, 11, 130), 11, role="muted") for line in below if line]
    return [Run(row.type, 12.5, True), Run(_size(shape), 11.5), *lines]


# -- tensors ---------------------------------------------------------------------------------------------

SHIFT, RISE = 0.8, 0.42  # how far depth goes to the right and up


def _extent(shape: Shape, scale: _Scale, face: float, deep: float, upright: bool) -> float:
    """Width of a tensor's drawing."""
    if len(shape) == 1:
        return 14.0 if upright else scale.length(shape[0], BLOCKS - 24)
    depth = scale.depth(shape[2], deep) if len(shape) == 3 else 0
    return scale.face(shape[1], face) + depth * SHIFT


def _tensor(
    shape: Shape,
    kind: str,
    scale: _Scale,
    middle: Point,
    face: float = 44.0,
    deep: float = 48.0,
    upright: bool = False,
) -> list[Stroke]:
    """A block for a picture, a bar or dots for a row of numbers, about this middle."""
    if len(shape) == 1:
        return _numbers(shape[0], kind, scale, middle, upright)
    x, y = middle
    width, height = scale.face(shape[1], face), scale.face(shape[0], face)
    depth = scale.depth(shape[2], deep) if len(shape) == 3 else 0
    dx, dy = depth * SHIFT, depth * RISE
    if not upright:
        y += dy / 2
    left, right = x - (width + dx) / 2, x + (width - dx) / 2
    top, bottom = y - height / 2, y + height / 2
    return [
        Polygon(((left, top), (left + dx, top - dy), (right + dx, top - dy), (right, top)), kind, 0.28),
        Polygon(
            ((right, top), (right + dx, top - dy), (right + dx, bottom - dy), (right, bottom)), kind, 0.85
        ),
        Polygon(((left, top), (right, top), (right, bottom), (left, bottom)), kind, 0.55),
    ]


def _numbers(n: int, kind: str, scale: _Scale, middle: Point, upright: bool) -> list[Stroke]:
    x, y = middle
    if n <= DOTS:
        step, size = 9.5, 7.0
        start = -(n - 1) * step / 2
        places = [(x, y + start + i * step) if upright else (x + start + i * step, y) for i in range(n)]
        return [Box(a - size / 2, b - size / 2, size, size, size / 2, kind) for a, b in places]
    long, thick = scale.length(n, FACE + 20 if upright else BLOCKS - 24), 13.0
    if upright:
        return [Box(x - thick / 2, y - long / 2, thick, long, 3, kind, opacity=0.7)]
    return [Box(x - long / 2, y - thick / 2, long, thick, 3, kind, opacity=0.7)]
