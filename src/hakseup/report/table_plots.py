"""The figures of tables, as SVG inside the page: the same colours, letters and habits as those of `plots`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from hakseup.models.table import columns
from hakseup.report.canvas import COLOR, TEXT, both, shares
from hakseup.report.numbers import known, number
from hakseup.words import Language

WIDTH = 460
SMALL = TEXT - 3
Pair = Mapping[str, str]


def short(value: float) -> str:
    """A number at an axis: 250k, 1.5M, 0.02."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            unit = 1e3 if letter == "k" else size
            return f"{value / unit:.4g}{letter}"
    return f"{value:.4g}"


def _axis(axis: Any, ticks: int = 4, whole: bool = False) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(ticks, integer=whole))  # whole: nobody gave 4.5 of five points
    axis.set_major_formatter(FuncFormatter(lambda v, _: short(v)))


def _above(axes: Any, text: str) -> None:
    """The name of the vertical axis, over it."""
    from matplotlib.transforms import ScaledTranslation

    place = axes.transAxes + ScaledTranslation(-44 / 72, 20 / 72, axes.figure.dpi_scale_trans)
    axes.text(0, 1, text, transform=place, color=COLOR["muted"], ha="left", va="center")


def _said(words: Pair, language: Language) -> str:
    return _within(words[language], 28)


def _within(text: str, room: int) -> str:
    """The text within so many columns; a Hangul syllable takes two."""
    if columns(text) <= room:
        return text
    while columns(text) > room - 1:
        text = text[:-1]
    return text + "…"


def values(rows: Sequence[tuple[Pair, float, Any, str]]) -> Markup:
    """Errors with their intervals, one row each, from 0: shorter is better.

    Args:
        rows: name, value, interval or None, part that gives the colour ("" for a baseline).
    """
    height = 52 * len(rows) + 34
    ends = [e for _n, v, interval, _p in rows for e in (v, *(known(interval) or ()))]
    # One row far out (always the mean, a broken line) must not press the others together.
    middle = float(np.median([v for _n, v, _i, _p in rows]))
    last = min(max(ends), 4 * middle) * 1.02 or 1.0

    def draw(axes: Any, language: Language) -> None:
        axes.set_ylim(len(rows) - 0.42, -0.7)
        axes.set_xlim(0, last)
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        axes.set_yticks([])
        _axis(axes.xaxis)
        for y, (name, value, interval, part) in enumerate(rows):
            color, ink = (COLOR[part], COLOR["ink"]) if part else (COLOR["muted"], COLOR["muted"])
            axes.plot([0, last], [y, y], color=COLOR["line"], linewidth=2, zorder=1)
            span = known(interval)
            if span and span[0] < last:
                axes.plot(
                    [span[0], min(span[1], last)], [y, y], color=color, linewidth=7, alpha=0.35, zorder=2
                )
            if value <= last:
                axes.plot([value], [y], "o", color=color, markersize=12 if part else 9, clip_on=False, zorder=3,
                          markeredgecolor=COLOR["surface"], markeredgewidth=1.5)  # fmt: skip
            else:
                axes.plot([last], [y], ">", color=color, markersize=9, clip_on=False, zorder=3)
            axes.text(0, y - 0.36, name[language], color=ink, va="center", ha="left")
            axes.text(last, y, number(value), transform=_beside(axes), color=ink, va="center", ha="left")

    return both(draw, WIDTH, height, (8, 86, 4, 28))


def _beside(axes: Any) -> Any:
    from matplotlib.transforms import ScaledTranslation

    return axes.transData + ScaledTranslation(16 / 72, 0, axes.figure.dpi_scale_trans)


def real_against_predicted(truth: Sequence[float], predicted: Sequence[float], part: str) -> Markup:
    """Each row as a dot: the truth across, the prediction up; on the dashed line both are equal.

    Args:
        truth, predicted: in the target's unit.
        part: which one the rows belong to; gives the colour.
    """
    x, y = np.asarray(truth, float), np.asarray(predicted, float)
    low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
    room = (high - low) * 0.03 or 1.0

    def draw(axes: Any, language: Language) -> None:
        axes.set_xlim(low - room, high + room)
        axes.set_ylim(low - room, high + room)
        _axis(axes.xaxis)
        _axis(axes.yaxis)
        axes.plot(
            [low, high], [low, high], color=COLOR["muted"], linewidth=1, linestyle=(0, (3, 3)), zorder=1
        )
        axes.plot(x, y, "o", color=COLOR[part], markersize=5, alpha=0.55, markeredgewidth=0, zorder=2)
        _above(axes, "예측" if language == "ko" else "predicted")
        axes.set_xlabel("실제" if language == "ko" else "real", loc="right", labelpad=4)

    return both(draw, WIDTH, 400, (52, 22, 36, 44))


def in_turn(rows: Sequence[Mapping[str, Any]], part: str) -> Markup:
    """Rows one beside another: the truth as a ring, the prediction as a dot, the miss as the line between.

    Args:
        rows: `truth`, `predicted` of each, at most some dozens.
        part: gives the colour.
    """

    def draw(axes: Any, language: Language) -> None:
        ko = language == "ko"
        for i, row in enumerate(rows, 1):
            axes.plot([i, i], [row["truth"], row["predicted"]], color=COLOR[part], linewidth=2, alpha=0.35)
        x = range(1, len(rows) + 1)
        (real,) = axes.plot(x, [r["truth"] for r in rows], "o", color=COLOR["ink"], markersize=7, markerfacecolor="none",
                            markeredgewidth=1.5)  # fmt: skip
        (guess,) = axes.plot(x, [r["predicted"] for r in rows], "o", color=COLOR[part], markersize=6)
        axes.set_xlim(0.3, len(rows) + 0.7)
        axes.set_xticks([1, *range(5, len(rows) + 1, 5)])
        _axis(axes.yaxis)
        axes.legend([real, guess], ["실제", "예측"] if ko else ["real", "predicted"], frameon=False, ncols=2, loc="lower right",
                    bbox_to_anchor=(1.0, 1.0), handletextpad=0.2, columnspacing=1, borderaxespad=0.1)  # fmt: skip
        axes.set_xlabel("행" if ko else "row", loc="right", labelpad=4)

    return both(draw, WIDTH, 310, (52, 12, 36, 44))


def residuals(predicted: Sequence[float], error: Sequence[float], part: str) -> Markup:
    """How far each prediction missed (up: too high) against what was predicted.

    Args:
        predicted, error: in the target's unit; error is prediction minus truth.
        part: gives the colour.
    """
    x, y = np.asarray(predicted, float), np.asarray(error, float)
    size = float(np.abs(y).max()) * 1.05 or 1.0

    def draw(axes: Any, language: Language) -> None:
        axes.set_ylim(-size, size)
        _axis(axes.xaxis)
        _axis(axes.yaxis)
        axes.axhline(0, color=COLOR["muted"], linewidth=1, linestyle=(0, (3, 3)), zorder=1)
        axes.plot(x, y, "o", color=COLOR[part], markersize=5, alpha=0.55, markeredgewidth=0, zorder=2)
        _above(axes, "예측 - 실제" if language == "ko" else "predicted - real")
        axes.set_xlabel("예측" if language == "ko" else "predicted", loc="right", labelpad=4)

    return both(draw, WIDTH, 310, (52, 22, 36, 44))


def curve(
    points: Sequence[Sequence[float]], kind: str, part: str, base: float, at: Sequence[float] | None
) -> Markup:
    """A ROC curve or a curve of precision over recall.

    Args:
        points: (x, y) of each.
        kind: "roc" or "pr".
        part: gives the colour.
        base: share of the second class: what guessing reaches in "pr".
        at: where the decisions lie (x, y); None: not marked.
    """
    x, y = (np.array([p[i] for p in points], float) for i in (0, 1))
    names = {
        "roc": (("found falsely", "잘못 찾은 비율"), ("found rightly", "맞게 찾은 비율")),
        "pr": (("recall", "재현율"), ("precision", "정밀도")),
    }[kind]

    def draw(axes: Any, language: Language) -> None:
        place = 1 if language == "ko" else 0
        shares(axes)
        guess = ([0, 1], [0, 1]) if kind == "roc" else ([0, 1], [base, base])
        axes.plot(*guess, color=COLOR["muted"], linewidth=1, linestyle=(0, (3, 3)), zorder=1)
        axes.plot(x, y, color=COLOR[part], zorder=2, clip_on=False)
        if at is not None:
            axes.plot([at[0]], [at[1]], "o", color=COLOR[part], markersize=10, markeredgecolor=COLOR["surface"],
                      markeredgewidth=1.5, zorder=3, clip_on=False)  # fmt: skip
        _above(axes, names[1][place])
        axes.set_xlabel(names[0][place], loc="right", labelpad=4)

    return both(draw, WIDTH, 380, (52, 22, 36, 44))


def importance(rows: Sequence[tuple[Pair, float, Any]], unit: Pair) -> Markup:
    """How much worse the model gets without each column, with its interval; the most important on top.

    Args:
        rows: column, growth of the error, interval or None.
        unit: of the growth, in words.
    """
    ends = [e for _n, v, interval in rows for e in (v, *(known(interval) or ()))]
    low, high = min(0.0, *ends), max(0.0, *ends)
    room = (high - low) * 0.02 or 1.0

    def draw(axes: Any, language: Language) -> None:
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(low - room, high + room)
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        axes.axvline(0, color=COLOR["muted"], linewidth=1)
        axes.set_yticks(range(len(rows)), [_said(name, language) for name, _v, _i in rows])
        axes.tick_params(axis="y", colors=COLOR["ink"])
        _axis(axes.xaxis)
        for y, (_name, value, interval) in enumerate(rows):
            axes.barh([y], [value], height=0.5, color=COLOR["validation"], alpha=0.35)
            span = known(interval)
            if span:
                axes.plot(span, [y, y], color=COLOR["validation"], linewidth=3)
            axes.plot(
                [value], [y], "o", color=COLOR["validation"], markersize=7, markeredgecolor=COLOR["surface"]
            )
        axes.set_xlabel(unit[language], loc="right", labelpad=4)

    return both(draw, 640, 30 * len(rows) + 60, (210, 22, 8, 46))


def effect(found: Mapping[str, Any], name: Pair, output: int | None, label: Pair, share: bool) -> Markup:
    """What one column does to the answer: the mean over rows as a line, the middle half and 80 % of the rows behind it.

    Args:
        found: of `evaluation.importance.effect`.
        name: the column.
        output: which class; None: the answer is a number.
        label: of the vertical axis.
        share: the answer is a probability.
    """
    mean = _output(found["mean"], output)
    bands = [
        tuple(_output(found["quantiles"][q], output) for q in pair)
        for pair in (("0.1", "0.9"), ("0.25", "0.75"))
    ]
    category = found["kind"] == "category"
    x = np.arange(len(mean)) if found["kind"] != "number" else np.asarray(found["values"], float)

    def draw(axes: Any, language: Language) -> None:
        color = COLOR["validation"]
        for (low, high), strength in zip(bands, (0.13, 0.22), strict=True):
            if category:
                axes.bar(x, high - low, bottom=low, width=0.5, color=color, alpha=strength, linewidth=0)
            else:
                axes.fill_between(x, low, high, color=color, alpha=strength, linewidth=0)
        axes.plot(x, mean, "o" if category else "-", color=color, zorder=3, clip_on=False, markersize=8)
        if found["kind"] == "number":
            _axis(axes.xaxis)
            axes.set_xlim(float(x[0]), float(x[-1]) if x[-1] > x[0] else float(x[0]) + 1)
        elif category:
            missing = "(없음)" if language == "ko" else "(missing)"
            shown = [missing if v is None else str(v) for v in found["values"]]
            axes.set_xticks(x, [_within(v, 16) for v in shown], rotation=35, ha="right")
            axes.set_xlim(-0.6, len(mean) - 0.4)
        else:
            at = np.unique(np.linspace(0, len(x) - 1, 4).round().astype(int))
            axes.set_xticks(x[at], [str(found["values"][i])[:10] for i in at])
        if share:
            axes.set_ylim(0, 1)
            axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100%"])
        else:
            _axis(axes.yaxis)
        _above(axes, label[language])
        axes.set_xlabel(_said(name, language), loc="right", labelpad=4)

    return both(draw, WIDTH, 350 if category else 310, (56, 22, 36, 104 if category else 44))


def _output(values: Sequence[Any], output: int | None) -> np.ndarray:
    of = np.asarray(values, float)
    return of if output is None else of[:, output]


def histogram(found: Mapping[str, Any], name: Pair) -> Markup:
    """A histogram of `data.table_shown.histogram`, larger than the small ones of the table of columns."""
    edges, counts = np.asarray(found["edges"], float), np.asarray(found["counts"], float)

    def draw(axes: Any, language: Language) -> None:
        width = np.diff(edges) if len(edges) > len(counts) else [1.0]
        left = edges[: len(counts)]
        axes.bar(
            left,
            counts,
            width=np.asarray(width) * 0.94,
            align="edge",
            color=COLOR["muted"],
            alpha=0.8,
            linewidth=0,
        )
        _axis(axes.xaxis, whole=bool((edges % 1 == 0.5).all()))  # a bin for each whole number
        _axis(axes.yaxis, 3, whole=True)
        _above(axes, "행" if language == "ko" else "rows")
        axes.set_xlabel(_said(name, language), loc="right", labelpad=4)

    return both(draw, WIDTH, 260, (52, 22, 36, 44))


def pair_plot(found: Mapping[str, Any], classes: Sequence[Pair]) -> Markup:
    """Scatter plots of the strongest columns with one another and with the target, below the diagonal.

    Args:
        found: `pairs` of the facts.
        classes: names of the target's classes; empty: the target is a number and the last column.
    """
    names = [c["words"] for c in found["columns"]]
    cells = np.array([[np.nan if v is None else v for v in row] for row in found["rows"]], float).reshape(
        -1, len(names)
    )
    k = len(names)
    label = np.asarray(found["classes"]) if found["classes"] is not None else None
    colors = [COLOR[f"run-{i % 8 + 1}"] for i in range(max(1, len(classes)))]
    side, left, bottom, gap = 150, 66, 56, 14
    width, height = left + (k - 1) * (side + gap) + 8, bottom + (k - 1) * (side + gap) + 40

    def draw(axes: Any, language: Language) -> None:
        axes.set_axis_off()
        figure = axes.figure
        for row in range(1, k):
            for column in range(row):
                place = (left + column * (side + gap), bottom + (k - 1 - row) * (side + gap))
                panel = figure.add_axes((place[0] / width, place[1] / height, side / width, side / height))
                panel.grid(visible=False)
                panel.spines[["left", "bottom"]].set_visible(True)
                x, y = cells[:, column], cells[:, row]
                for c in range(len(colors)):
                    of = (
                        np.isfinite(x)
                        & np.isfinite(y)
                        & (np.ones(len(x), bool) if label is None else label == c)
                    )
                    panel.plot(
                        x[of], y[of], "o", color=colors[c], markersize=3.4, alpha=0.5, markeredgewidth=0
                    )
                _axis(panel.xaxis, 2, _whole(x))
                _axis(panel.yaxis, 3, _whole(y))
                panel.tick_params(labelsize=SMALL, labelbottom=row == k - 1, labelleft=column == 0)
                if row == k - 1:
                    panel.set_xlabel(
                        _cut(names[column], language), fontsize=SMALL, color=COLOR["ink"], labelpad=4
                    )
                if column == 0:
                    panel.set_ylabel(
                        _cut(names[row], language), fontsize=SMALL, color=COLOR["ink"], labelpad=4
                    )
        shown = [(c, classes[c]) for c in range(min(len(classes), 8))]
        for i, (c, words) in enumerate(shown):
            axes.text(
                1, 0.97 - i * 20 / height, f"● {_cut(words, language)}", color=colors[c], ha="right", va="top"
            )

    return both(draw, width, height, (0, 8, 8, 0))


def _whole(values: np.ndarray) -> bool:
    seen = values[np.isfinite(values)]
    return bool((seen == np.round(seen)).all())


def _cut(words: Pair, language: Language) -> str:
    return _within(words[language], 20)
