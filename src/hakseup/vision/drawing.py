"""The pictures of a lesson: picture, kernel and result side by side; pooling; dropout; edges. Figures of matplotlib.

The report's colours and letters. Results with negative numbers are drawn from blue over white to orange, zero white;
all others from black to white.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hakseup.files import korean_font
from hakseup.vision.edges import canny, gaussian_blur
from hakseup.vision.kernels import KERNELS, named
from hakseup.vision.pictures import read, to_grey
from hakseup.vision.pooling import average_pool, dropout, max_pool
from hakseup.vision.sliding import Padding, Step, convolve, padded
from hakseup.words import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, MUTED, LINE, ORANGE, BLUE = "#15191e", "#5a646e", "#e2e5e9", "#d55e00", "#0072b2"
SIDE = 3.0  # inches of a panel
NUMBERS = 8  # rows or columns up to which the numbers are written into the cells
DOTS = 144  # a picture file's points an inch


@dataclass(frozen=True)
class Panel:
    """One picture with its title above and a line below.

    Attributes:
        numbers: (h, w) or (h, w, 3). window: top, left, height, width of a frame.
        cells: draw it as a grid of numbers.
    """

    title: Words
    below: Words
    numbers: np.ndarray
    window: tuple[int, int, int, int] | None = None
    cells: bool = False


def strongest(result: np.ndarray) -> tuple[int, int]:
    """Row and column of the number farthest from zero, in a result (h, w) or (h, w, 3)."""
    grey = np.abs(result if result.ndim == 2 else result.sum(-1))
    row, column = np.unravel_index(int(grey.argmax()), grey.shape)
    return int(row), int(column)


def draw_kernel(
    picture: Any,
    kernel: Any,
    *,
    stride: int = 1,
    padding: Padding = "valid",
    transposed: bool = False,
    step: Step | None = None,
) -> Figure:
    """Picture, kernel and result side by side; the frame is where the result is strongest.

    Args:
        picture, kernel, stride, padding, transposed: as `convolve` takes them.
        step: one of `steps`, to frame its place instead.

    Raises:
        CallError, DataError: as `convolve`.
    """
    how: dict[str, Any] = {"stride": stride, "padding": padding, "transposed": transposed}
    image, numbers = padded(picture, kernel, **how)
    result = convolve(picture, kernel, **how)
    row, column = strongest(result) if step is None else (step.row, step.column)
    place = (row * stride, column * stride, *numbers.shape)
    name = named(kernel)
    title = KERNELS[name].title if name else Words("kernel", "커널")
    does = KERNELS[name].does if name else Words("orange adds, blue takes away", "주황은 더하고 파랑은 뺌")
    around = image.shape[0] - read(picture).shape[0]
    zeros = Words(", zeros around it", ", 둘레에 0을 두름") if around else Words("", "")
    return figure(
        [
            Panel(Words("picture", "그림"), _both(size_of(image), zeros), image, place),
            Panel(title, does, numbers, cells=True),
            Panel(
                Words("result", "결과"), _both(size_of(result), range_of(result)), result, (row, column, 1, 1)
            ),
        ]
    )


def draw_pooling(picture: Any, size: int = 2, stride: int | None = None) -> Figure:
    """A picture, its largest numbers and its means by window; arguments and errors as in `max_pool`."""
    image = read(picture)
    largest, mean = max_pool(image, size, stride), average_pool(image, size, stride)
    return figure(
        [
            Panel(Words("picture", "그림"), size_of(image), image, (0, 0, size, size)),
            Panel(Words("max pooling", "최대 풀링"), size_of(largest), largest, (0, 0, 1, 1)),
            Panel(Words("average pooling", "평균 풀링"), size_of(mean), mean, (0, 0, 1, 1)),
        ]
    )


def draw_dropout(picture: Any, rate: float = 0.25, seed: int = 0) -> Figure:
    """A picture and two draws of what dropout leaves of it; arguments and errors as in `dropout`."""
    image = read(picture)
    share = Words(f"{rate:.0%} dropped", f"{rate:.0%}를 끔")
    again = Words("another batch, others dropped", "다음 배치에서는 다른 곳을 끔")
    return figure(
        [
            Panel(Words("picture", "그림"), size_of(image), image),
            Panel(Words("dropout", "드롭아웃"), share, dropout(image, rate, seed)),
            Panel(Words("once more", "다시 한 번"), again, dropout(image, rate, seed + 1)),
        ]
    )


def draw_edges(picture: Any, low: float = 100, high: float = 200, size: int = 5, sigma: float = 0) -> Figure:
    """A picture, its Gaussian blur and Canny's edges; arguments and errors as in `canny` and `gaussian_blur`."""
    image = read(picture)
    window = Words(f"window {size} x {size}", f"{size} x {size} 창")
    limits = Words(f"thresholds {low:g} and {high:g}", f"문턱값 {low:g}, {high:g}")
    return figure(
        [
            Panel(Words("picture", "그림"), size_of(image), image),
            Panel(Words("Gaussian blur", "가우시안 흐림"), window, gaussian_blur(image, size, sigma)),
            Panel(Words("Canny edges", "캐니 윤곽"), limits, canny(image, low, high)),
        ]
    )


def size_of(numbers: np.ndarray) -> Words:
    """Rows and columns, in words."""
    height, width = numbers.shape[:2]
    return Words(f"{height} rows of {width}", f"{width}칸씩 {height}줄")


def range_of(numbers: np.ndarray) -> Words:
    """From the smallest to the largest, in words; it goes behind another."""
    low, high = f"{numbers.min():.4g}", f"{numbers.max():.4g}"
    return Words(f", {low} to {high}", f", {low}부터 {high}까지")


def _both(first: Words, second: Words) -> Words:
    return Words(first.en + second.en, first.ko + second.ko)


def figure(panels: Sequence[Panel]) -> Figure:
    """The panels side by side."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    plain = {
        k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith(("backend", "interactive"))
    }
    with matplotlib.rc_context(plain | {"axes.unicode_minus": False, "savefig.dpi": DOTS}):
        drawn = Figure(figsize=(len(panels) * (SIDE + 0.3), SIDE + 1.0), facecolor="white", dpi=DOTS)
        FigureCanvasAgg(drawn)
        for number, panel in enumerate(panels):
            axes = drawn.add_axes(((number + 0.05) / len(panels), 0.14, 0.9 / len(panels), 0.72))
            _draw(axes, panel)
        return drawn


def _draw(axes: Any, panel: Panel) -> None:
    from matplotlib.font_manager import FontProperties
    from matplotlib.patches import Rectangle

    numbers = panel.numbers
    if numbers.ndim == 3:
        low, high = float(numbers.min()), float(numbers.max())
        as_it_is = low >= 0 and high <= 255 and numbers.dtype.kind != "f"
        shown = numbers if as_it_is else to_grey(numbers) if low < 0 else numbers / max(high, 1e-12)
    else:
        shown = numbers
    if shown.ndim == 3:
        axes.imshow(shown)
    else:
        axes.imshow(shown, **_colours(shown))
    if panel.cells and max(shown.shape) <= NUMBERS:
        _write(axes, shown)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(LINE)
    if panel.window is not None:
        top, left, height, width = panel.window
        frame = Rectangle((left - 0.5, top - 0.5), width, height, fill=False, edgecolor=ORANGE, linewidth=1.8)
        frame.set_clip_on(False)
        axes.add_patch(frame)
    fonts = (korean_font(bold=True), korean_font())
    above, below = (FontProperties(fname=str(f)) if isinstance(f, Path) else FontProperties() for f in fonts)
    axes.set_title(str(panel.title), fontproperties=above, fontsize=13, color=INK, pad=8)
    axes.set_xlabel(str(panel.below), fontproperties=below, fontsize=9.5, color=MUTED, labelpad=8, wrap=True)


def _colours(numbers: np.ndarray) -> dict[str, Any]:
    """How a matrix is coloured."""
    from matplotlib.colors import LinearSegmentedColormap

    if numbers.min() < 0:
        most = float(np.abs(numbers).max())
        around = LinearSegmentedColormap.from_list("around-zero", [BLUE, "white", ORANGE])
        return {"cmap": around, "vmin": -most, "vmax": most}
    top = 255 if numbers.dtype == np.uint8 else float(numbers.max()) or 1.0
    return {"cmap": "gray", "vmin": 0, "vmax": top}


def _write(axes: Any, numbers: np.ndarray) -> None:
    """The numbers into their cells, in a colour that can be read there."""
    most = float(np.abs(numbers).max()) or 1.0
    for side, lines in zip(numbers.shape, (axes.axhline, axes.axvline), strict=True):
        for between in range(1, side):
            lines(between - 0.5, color=LINE, linewidth=1)
    for (row, column), value in np.ndenumerate(numbers):
        signed = numbers.min() < 0
        dark = abs(value) > 0.75 * most if signed else value < 0.5 * most
        axes.text(
            column,
            row,
            f"{value:.3g}",
            ha="center",
            va="center",
            fontsize=max(6, 22 - 2 * max(numbers.shape)),
            color="white" if dark else INK,
        )
