"""The figures of the report, as SVG inside the page. Titles stand in the page, not in the drawing.

The same colour always means the same part: training orange, validation blue, test green (Okabe and Ito's
palette). Lines are labelled where they end; the chosen epoch is marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from hakseup.metrics.intervals import wilson
from hakseup.report.canvas import COLOR, TEXT, both, shares
from hakseup.report.numbers import known, number, percent
from hakseup.words import Language

Column = Sequence[float | None]
WIDTH, HEIGHT = 460, 310
POINTS = 500  # a line keeps at most about this many points, its peaks among them
LOG_FROM = 30.0  # a loss whose largest value is this many times its smallest is drawn on a log scale
SHARE_AXES = ((0.96, 0.01), (0.9, 0.025), (0.8, 0.05), (0.5, 0.1), (0.0, 0.25))  # lowest value, step
_PARTS = {"train": ("training", "학습"), "validation": ("validation", "검증"), "test": ("test", "테스트")}


def curves(
    trained: Column, validated: Column, chosen: int | None, *, share: bool, by_validation: bool = True
) -> Markup:
    """Training and validation over the epochs, the epoch that was kept marked.

    Args:
        trained, validated: one value per epoch; None where there is none.
        chosen: the epoch whose weights were kept, from 1.
        share: the values are shares (accuracy); else a loss.
        by_validation: whether the validation part chose it; else it was kept as the last.
    """
    word = ("chosen", "고른") if by_validation else ("kept", "남긴")
    lines = [
        Line(_PARTS["train"], trained, "train", "train-text"),
        Line(_PARTS["validation"], validated, "validation", "validation-text"),
    ]
    shown = [line for line in lines if line.any]
    return both(
        lambda axes, language: _curves(axes, language, shown, chosen, share, word),
        WIDTH,
        HEIGHT,
        (50, 88, 52, 42),
    )


def overlaid(runs: Sequence[tuple[str, Column, int | None]], *, share: bool) -> Markup:
    """The same measure of several runs over the epochs, each with its chosen epoch.

    Args:
        runs: a short label, one value per epoch, the chosen epoch (from 1) or None.
        share: the values are shares (accuracy); else a loss.
    """
    lines = [
        Line((label, label), values, run_color(i), run_color(i))
        for i, (label, values, _chosen) in enumerate(runs)
    ]

    def draw(axes: Any, language: Language) -> None:
        _curves(axes, language, [line for line in lines if line.any], None, share)
        for line, (_label, _values, chosen) in zip(lines, runs, strict=True):
            if chosen:
                _dot(axes, line, chosen)

    return both(draw, WIDTH, HEIGHT, (50, 40, 36, 42))


def run_color(index: int) -> str:
    """Name of the colour of a run in a comparison."""
    return f"run-{index % 8 + 1}"


class Line:
    """One line of a figure: its label in two languages, values by epoch, colours."""

    def __init__(self, label: tuple[str, str], values: Column, color: str, text: str) -> None:
        self.label, self.color, self.text = label, COLOR[color], COLOR[text]
        self.y = np.array([np.nan if v is None else v for v in values], float)
        self.x = np.arange(1, len(self.y) + 1)

    @property
    def any(self) -> bool:
        """Whether there is a number to draw."""
        return bool(np.isfinite(self.y).any())


def _curves(
    axes: Any,
    language: Language,
    lines: Sequence[Line],
    chosen: int | None,
    share: bool,
    word: tuple[str, str] = ("", ""),
) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    ko = language == "ko"
    values = np.concatenate([line.y[np.isfinite(line.y)] for line in lines]) if lines else np.array([1.0])
    last = max((len(line.y) for line in lines), default=1)
    log = not share and values.min() > 0 and values.max() / values.min() > LOG_FROM
    for line in lines:
        x, y = thinned(line.x, line.y)
        marker = {"marker": "o", "markersize": 5} if last <= 15 else {}
        axes.plot(x, y, color=line.color, clip_on=False, zorder=3, **marker)
    axes.set_xlim(0.5 if last == 1 else 1, 1.5 if last == 1 else last)
    if last == 1:
        axes.set_xticks([1])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, prune="lower" if last > 20 else None))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    if log:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(numticks=5))
        axes.yaxis.set_major_formatter(
            FuncFormatter(lambda v, _: f"{v:g}".replace("e-0", "e-").replace("e+0", "e+"))
        )
        axes.yaxis.set_minor_locator(NullLocator())  # they would not be seen, and take most of the drawing
    elif share:
        low, step = next(pair for pair in SHARE_AXES if pair[0] <= values.min())
        axes.set_ylim(low, 1)
        axes.set_yticks(np.arange(low, 1 + step / 2, step))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.4g}%"))
    else:
        axes.set_ylim(0, values.max() * 1.04 or 1)
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    name = ("맞힌 비율" if ko else "share right") if share else ("오차" if ko else "loss")
    if log:
        name += " (로그 눈금)" if ko else " (log scale)"
    axes.text(
        0,
        1,
        name,
        transform=_moved(axes, -44, 38 if chosen else 22),
        color=COLOR["muted"],
        ha="left",
        va="center",
    )
    axes.set_xlabel("에포크" if ko else "epoch", loc="right", labelpad=4)
    _labels_at_end(axes, [line for line in lines if line.any], 1 if ko else 0)
    if chosen and chosen <= last:
        _mark(axes, lines, chosen, f"{word[1]} 에포크 {chosen:,}" if ko else f"{word[0]}: epoch {chosen:,}")


def _moved(axes: Any, right: float, up: float) -> Any:
    """Axes coordinates, moved by so many pixels."""
    from matplotlib.transforms import ScaledTranslation

    return axes.transAxes + ScaledTranslation(right / 72, up / 72, axes.figure.dpi_scale_trans)


def _mark(axes: Any, lines: Sequence[Line], chosen: int, label: str) -> None:
    """A thin line at the chosen epoch, with dots where it meets the curves."""
    axes.axvline(chosen, color=COLOR["muted"], linewidth=1, linestyle=(0, (3, 3)), zorder=2)
    for line in lines:
        _dot(axes, line, chosen)
    low, high = axes.get_xlim()
    at = (chosen - low) / (high - low)
    axes.text(
        at, 1, label, transform=_moved(axes, 0, 6), color=COLOR["ink"], va="bottom",
        ha="right" if at > 0.7 else "left" if at < 0.25 else "center",
    )  # fmt: skip


def _dot(axes: Any, line: Line, chosen: int) -> None:
    """A dot on the line at the chosen epoch."""
    if chosen <= len(line.y) and np.isfinite(line.y[chosen - 1]):
        axes.plot([chosen], [line.y[chosen - 1]], "o", color=line.color, markersize=8, zorder=4, clip_on=False,
                  markeredgecolor=COLOR["surface"], markeredgewidth=2)  # fmt: skip


def _labels_at_end(axes: Any, lines: Sequence[Line], language: int) -> None:
    """Each line's name beside its last value; names of lines that end together are moved apart."""
    height = (axes.get_position().height * axes.figure.get_figheight()) * 72
    to_axes = axes.transData + axes.transAxes.inverted()
    ends: dict[int, list[tuple[float, float, Line]]] = {}
    for line in lines:
        last = int(np.flatnonzero(np.isfinite(line.y))[-1])
        x, y = to_axes.transform((line.x[last], line.y[last]))
        ends.setdefault(last, []).append((y, x, line))
    for group in ends.values():
        group.sort(key=lambda end: end[0])
        places = spread([y for y, _x, _line in group], TEXT * 1.2 / height)
        for (_y, x, line), place in zip(group, places, strict=True):
            axes.text(
                x, place, line.label[language], transform=_moved(axes, 9, 0), color=line.text, va="center"
            )


def spread(places: Sequence[float], gap: float) -> list[float]:
    """The places (sorted, rising), moved apart to at least `gap` as little as possible, inside 0 to 1 where they fit."""
    from scipy.optimize import isotonic_regression

    step = gap * np.arange(len(places))
    # Least squares under out[i + 1] - out[i] >= gap: isotonic once the gaps are taken off.
    out = isotonic_regression(np.asarray(places, float) - step).x
    room = 1 - gap * (len(places) - 1)
    if room >= 0:
        out = np.clip(out, 0, room)
    return [float(p) for p in out + step]


def thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most about POINTS points that look the same: the smallest and the largest of every stretch."""
    if len(y) <= POINTS:
        return x, y
    keep = {0, len(y) - 1}
    for block in np.array_split(np.arange(len(y)), POINTS // 2):
        finite = block[np.isfinite(y[block])]
        if len(finite):
            keep |= {int(finite[np.argmin(y[finite])]), int(finite[np.argmax(y[finite])])}
    at = np.array(sorted(keep))
    return x[at], y[at]


def score(rows: Sequence[tuple[Mapping[str, str], float, Any, str]], n: int, start: float = 0.0) -> Markup:
    """Scores with their intervals, one row each, on an axis up to 100 %.

    Args:
        rows: name in two languages, share, interval or None, part that gives the colour ("" for a baseline).
        n: of how many pictures.
        start: where the axis starts.
    """
    height = 52 * len(rows) + 34

    def draw(axes: Any, language: Language) -> None:
        axes.set_ylim(len(rows) - 0.42, -0.7)
        axes.set_xlim(start, 1)
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        axes.set_yticks([])
        ticks = np.linspace(start, 1, 5)
        axes.set_xticks(ticks, [f"{100 * t:g}{'%' if t == 1 else ''}" for t in ticks])
        for y, (name, share, interval, part) in enumerate(rows):
            color, ink = (COLOR[part], COLOR["ink"]) if part else (COLOR["muted"], COLOR["muted"])
            axes.plot([start, 1], [y, y], color=COLOR["line"], linewidth=2, zorder=1)
            ends = known(interval)
            if ends:
                axes.plot(ends, [y, y], color=color, linewidth=7, alpha=0.35, clip_on=False, zorder=2)
            axes.plot([share], [y], "o", color=color, markersize=12 if part else 9, clip_on=False, zorder=3,
                      markeredgecolor=COLOR["surface"], markeredgewidth=1.5)  # fmt: skip
            axes.text(start, y - 0.36, name[language], color=ink, va="center", ha="left")
            axes.text(1, y, percent(share, n), transform=_beside(axes), color=ink, va="center", ha="left")

    return both(draw, WIDTH, height, (8, 74, 4, 28))


def _beside(axes: Any) -> Any:
    """x in axes coordinates and 14 pixels to the right, y in data coordinates."""
    from matplotlib.transforms import ScaledTranslation, blended_transform_factory

    return blended_transform_factory(axes.transAxes, axes.transData) + ScaledTranslation(
        16 / 72, 0, axes.figure.dpi_scale_trans
    )


def reliability(
    bins: Sequence[Mapping[str, Any]], part: str, before: Sequence[Mapping[str, Any]] = ()
) -> Markup:
    """How sure the network is (across) against how often it is right (up), with n and a 95 % interval per bin.

    Args:
        bins: low, high, n, confidence, accuracy of each, as in scores.json.
        part: which part it was measured on; gives the colour.
        before: the same without calibration, drawn as hollow rings; empty: not drawn.
    """
    filled = [b for b in bins if b["n"]]
    hollow = [b for b in before if b["n"]]

    def draw(axes: Any, language: Language) -> None:
        ko = language == "ko"
        shares(axes)
        axes.plot([0, 1], [0, 1], color=COLOR["muted"], linewidth=1, linestyle=(0, (3, 3)))
        axes.text(0.03, 0.06, "딱 맞는 확신" if ko else "as sure as right", color=COLOR["muted"],
                  rotation=_angle(axes), rotation_mode="anchor", ha="left", va="bottom", size=TEXT - 1)  # fmt: skip
        color = COLOR[part]
        largest = max(b["n"] for b in filled)
        axes.plot([b["confidence"] for b in hollow], [b["accuracy"] for b in hollow], "o", color=COLOR["muted"],
                  markersize=7, markerfacecolor="none", markeredgewidth=1.5, clip_on=False, zorder=2)  # fmt: skip
        for b in filled:
            low, high = wilson(round(b["accuracy"] * b["n"]), b["n"])
            x, y = b["confidence"], b["accuracy"]
            axes.plot([x, x], [low, high], color=color, linewidth=4, alpha=0.3, clip_on=False)
            axes.plot([x], [y], "o", color=color, markersize=6 + 8 * (b["n"] / largest) ** 0.5, clip_on=False,
                      markeredgecolor=COLOR["surface"], markeredgewidth=1.5, zorder=3)  # fmt: skip
        places = spread([b["confidence"] for b in filled], 0.105)
        for b, x in zip(filled, places, strict=True):
            axes.text(
                x,
                1,
                number(b["n"]),
                transform=_moved(axes, 0, 16),
                ha="center",
                va="center",
                color=COLOR["muted"],
                size=TEXT - 2,
            )
        axes.text(
            0,
            1,
            "n",
            transform=_moved(axes, -12, 16),
            ha="center",
            va="center",
            color=COLOR["muted"],
            size=TEXT - 2,
        )
        axes.text(
            0,
            1,
            "맞힌 비율" if ko else "share right",
            transform=_moved(axes, -44, 40),
            color=COLOR["muted"],
            va="center",
        )
        axes.set_xlabel("스스로 말한 확률" if ko else "probability it claims", loc="right", labelpad=4)

    return both(draw, WIDTH, 400, (52, 22, 54, 44))


def _angle(axes: Any) -> float:
    """The slope of the diagonal on the page, in degrees."""
    box, figure = axes.get_position(), axes.figure
    return float(
        np.degrees(np.arctan2(box.height * figure.get_figheight(), box.width * figure.get_figwidth()))
    )
