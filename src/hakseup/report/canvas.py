"""From a matplotlib figure to an SVG that belongs to the page: its font, its colours (light and dark), its language.

Colours are drawn as sentinel values and replaced by the page's CSS variables, text stays text, and ids are
removed so that many figures can stand in one page. pyplot is not used and no setting of matplotlib is left
changed, so a library user's own plots stay as they were. The same drawing gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup

from hakseup.files import korean_font
from hakseup.report.shell import TwoMarkup
from hakseup.words import Language

TEXT = 14.0  # CSS pixels at full width; figures are at most 460 wide so that it stays readable on a phone
_NAMES = [
    *("ink", "muted", "line", "surface"),
    *("train", "train-text", "validation", "validation-text", "test", "test-text", "error", "error-text"),
    *(f"run-{i}" for i in range(1, 9)),
]
COLOR = {name: f"#0a0b{16 + i:02x}" for i, name in enumerate(_NAMES)}
_VARIABLE = {value: f"var(--{name})" for name, value in COLOR.items()}

Draw = Callable[[Any, Language], None]


def both(draw: Draw, width: int, height: int, margins: tuple[int, int, int, int]) -> Markup:
    """The drawing in both languages.

    Args:
        draw: gets a matplotlib Axes and the language.
        width, height: of the figure, in CSS pixels at full width.
        margins: left, right, top, bottom, in the same pixels.
    """
    en, ko = (Markup(_svg(draw, language, width, height, margins)) for language in ("en", "ko"))
    if en == ko:
        return en
    return TwoMarkup(f'<div lang="en">{en}</div><div lang="ko">{ko}</div>', en, ko)


def shares(axes: Any) -> None:
    """Both axes from 0 to 100 %."""
    ticks, names = [0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100%"]
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xticks(ticks, names)
    axes.set_yticks(ticks, names)


def _svg(draw: Draw, language: Language, width: int, height: int, margins: tuple[int, int, int, int]) -> str:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    left, right, top, bottom = margins
    plain = {
        k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith(("backend", "interactive"))
    }
    font = korean_font()
    with matplotlib.rc_context(plain | _STYLE):
        figure = Figure(figsize=(width / 72, height / 72), dpi=72)
        FigureCanvasSVG(figure)
        axes = figure.add_axes(
            (left / width, bottom / height, (width - left - right) / width, (height - top - bottom) / height)
        )
        draw(axes, language)
        if font is not None:
            for text in figure.findobj(matplotlib.text.Text):
                size = text.get_fontsize()
                text.set_fontproperties(FontProperties(fname=str(font), size=size))
        out = io.StringIO()
        with warnings.catch_warnings():
            # The letters are the page's, and it has others for µ, which Nanum Gothic lacks; here they are only measured.
            warnings.filterwarnings("ignore", message="Glyph .* missing")
            figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return _tidy(out.getvalue(), width, height)


_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "hakseup",
    "axes.unicode_minus": False,  # Nanum Gothic has no U+2212
    "font.size": TEXT,
    "axes.edgecolor": COLOR["line"],
    "axes.labelcolor": COLOR["muted"],
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "text.color": COLOR["ink"],
    "xtick.color": COLOR["muted"],
    "ytick.color": COLOR["muted"],
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "xtick.major.pad": 6,
    "ytick.major.pad": 6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": COLOR["line"],
    "grid.linewidth": 1.0,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
    "lines.solid_joinstyle": "round",
    "path.simplify": True,
    "path.simplify_threshold": 0.3,
}


def _tidy(svg: str, width: int, height: int) -> str:
    """The `<svg>` element alone, in the page's colours and font, small, with ids that occur once in a page."""
    for value, variable in _VARIABLE.items():
        svg = svg.replace(value, variable)
    prefix = hashlib.sha256(svg.encode()).hexdigest()[:8]
    root = ElementTree.fromstring(svg)
    root.attrib = {"viewBox": f"0 0 {width} {height}", "style": f"max-width:{width}px", "aria-hidden": "true"}
    _clean(root, prefix)
    return ElementTree.tostring(root, encoding="unicode", method="html")


def _clean(element: ElementTree.Element, prefix: str) -> None:
    element.tag = element.tag.rpartition("}")[2]
    element.text, element.tail = (element.text or "").strip() or None, None
    kept = {}
    for key, value in element.attrib.items():
        key = key.rpartition("}")[2]
        if key == "href":
            value = f"#{prefix}{value[1:]}"
        elif key == "id":
            if element.tag != "path":  # only markers are referred to
                continue
            value = prefix + value
        elif key == "style":
            value = re.sub(
                r"font(?:-family)?: (?:([\d.]+)px )?'[^;]*(;|$)", lambda m: _size(m.group(1)), value
            )
        elif key == "d":
            value = re.sub(
                r"-?\d+\.\d+", lambda m: f"{float(m.group()):.1f}".removesuffix(".0"), " ".join(value.split())
            )
        elif key == "clip-path" or (key == "transform" and value.startswith("rotate(-0 ")):
            continue  # everything lies inside the axes
        kept[key] = value
    element.attrib = kept
    children: list[ElementTree.Element] = []
    for child in element:
        _clean(child, prefix)
        if child.tag in ("metadata", "style", "clipPath") or (child.tag in ("defs", "g") and not len(child)):
            continue
        if child.tag == "g" and not child.attrib:
            children.extend(child)
        elif child.attrib.get("style") != "fill: none":  # empty backgrounds
            children.append(child)
    element[:] = children


def _size(pixels: str | None) -> str:
    return f"font-size: {pixels}px;" if pixels else ""
