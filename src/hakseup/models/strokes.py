"""What a drawing is made of (boxes, polygons, lines, texts), and how it becomes SVG or PNG.

Positions are CSS pixels from the top left. Colours are roles; SVG resolves them by CSS variables, so that the
picture follows the page it stands in and the dark mode, PNG takes the light ones.
"""

from __future__ import annotations

import html
import io
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

Point = tuple[float, float]

# Kinds of layers: Okabe & Ito's palette for all kinds of colour vision (https://jfly.uni-koeln.de/color/)
KINDS = {
    "input": "#7a828c",
    "convolution": "#0072b2",
    "pooling": "#e69f00",
    "dense": "#009e73",
    "normalization": "#56b4e9",
    "dropout": "#cc79a7",
    "activation": "#d55e00",
    "shape": "#7a828c",
}
LIGHT = {"paper": "#ffffff", "card": "#f6f7f9", "line": "#d5d9df", "ink": "#1d2329", "muted": "#5b6570"}
DARK = {"paper": "#14181d", "card": "#1d2329", "line": "#3a434d", "ink": "#e9edf1", "muted": "#a3adb8"}
FONTS = "'Noto Sans KR','Nanum Gothic',NanumGothic,'Apple SD Gothic Neo','Malgun Gothic',system-ui,sans-serif"


@dataclass(frozen=True)
class Box:
    """A rectangle with rounded corners; a border where `stroke` names a role."""

    x: float
    y: float
    width: float
    height: float
    radius: float = 0
    fill: str | None = None
    stroke: str | None = None
    dashed: bool = False
    opacity: float = 1


@dataclass(frozen=True)
class Polygon:
    """A filled polygon with a thin border in the same colour."""

    points: tuple[Point, ...]
    fill: str
    opacity: float = 1


@dataclass(frozen=True)
class Line:
    """A line; with a head it is an arrow."""

    start: Point
    end: Point
    role: str = "muted"
    head: bool = False


@dataclass(frozen=True)
class Run:
    """A piece of a line of text."""

    text: str
    size: float = 13
    bold: bool = False
    role: str = "ink"


@dataclass(frozen=True)
class Text:
    """A line of text: pieces one behind the other. `anchor` is "start", "middle" or "end"; y is the baseline."""

    x: float
    y: float
    runs: tuple[Run, ...]
    anchor: str = "start"


Stroke = Box | Polygon | Line | Text
THICK = 1.4  # of a line
GAP = 7.0  # between the pieces of a line of text


@dataclass(frozen=True)
class Drawing:
    """Everything in a picture, in the order it is painted."""

    width: float
    height: float
    strokes: tuple[Stroke, ...]


def text_width(text: str, size: float, bold: bool = False) -> float:
    """About how wide a text will be, before any font is known; rather too wide."""
    units = 0.0
    for c in text:
        if unicodedata.east_asian_width(c) in "WF":
            units += 0.96
        elif c.isupper() or c in "mwMW%@×":
            units += 0.72
        elif c in " .,:;'|()[]ilj":
            units += 0.34
        else:
            units += 0.58
    return units * size * (1.05 if bold else 1)


def cut(text: str, size: float, width: float, bold: bool = False) -> str:
    """The text, shortened with … where it would be wider than that."""
    if text_width(text, size, bold) <= width:
        return text
    while text and text_width(text + "…", size, bold) > width:
        text = text[:-1]
    return text.rstrip() + "…"


# -- SVG -------------------------------------------------------------------------------------------------


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _style() -> str:
    """Colours and font; a page that sets --hakseup-ink, --hakseup-paper and so on overrules them."""
    roles = {**LIGHT, **KINDS}
    light = "".join(f"--hk-{role}:var(--hakseup-{role},{colour});" for role, colour in roles.items())
    dark = "".join(f"--hk-{role}:var(--hakseup-{role},{colour});" for role, colour in DARK.items())
    rules = "".join(
        f".hk-net .f-{role}{{fill:var(--hk-{role})}}.hk-net .s-{role}{{stroke:var(--hk-{role})}}"
        for role in roles
    )
    return (
        f".hk-net{{{light}font-family:{FONTS};font-variant-numeric:tabular-nums}}"
        f"@media (prefers-color-scheme:dark){{.hk-net{{{dark}}}}}"
        f".hk-net .b{{font-weight:700}}{rules}"
    )


def svg(drawing: Drawing, title: str, description: str) -> str:
    """The drawing as one SVG element without scripts, with a title and a description for those who cannot see it."""
    import hashlib

    body = "".join(_element(stroke) for stroke in drawing.strokes)
    key = hashlib.sha256((title + description + body).encode()).hexdigest()[:8]  # several may stand on a page
    width, height = _n(drawing.width), _n(drawing.height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="hk-net" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" style="max-width:100%;height:auto" '
        f'aria-labelledby="hk-{key}-t hk-{key}-d">'
        f'<title id="hk-{key}-t">{html.escape(title)}</title>'
        f'<desc id="hk-{key}-d">{html.escape(description)}</desc>'
        f"<style>{_style()}</style>{body}</svg>"
    )


def _element(stroke: Stroke) -> str:
    if isinstance(stroke, Box):
        fill = f'class="f-{stroke.fill}"' if stroke.fill else 'fill="none"'
        if stroke.fill and stroke.stroke:
            fill = f'class="f-{stroke.fill} s-{stroke.stroke}"'
        elif stroke.stroke:
            fill = f'fill="none" class="s-{stroke.stroke}"'
        dash = ' stroke-dasharray="4 3"' if stroke.dashed else ""
        faint = f' fill-opacity="{stroke.opacity:g}"' if stroke.opacity < 1 else ""
        return (
            f'<rect x="{_n(stroke.x)}" y="{_n(stroke.y)}" width="{_n(stroke.width)}" '
            f'height="{_n(stroke.height)}" rx="{_n(stroke.radius)}" {fill}{dash}{faint}/>'
        )
    if isinstance(stroke, Polygon):
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in stroke.points)
        return (
            f'<polygon points="{points}" class="f-{stroke.fill} s-{stroke.fill}" stroke-linejoin="round" '
            f'fill-opacity="{stroke.opacity:g}"/>'
        )
    if isinstance(stroke, Line):
        (x1, y1), (x2, y2) = stroke.start, stroke.end
        out = (
            f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" class="s-{stroke.role}" '
            f'stroke-width="{THICK:g}"/>'
        )
        if stroke.head:
            points = " ".join(f"{_n(x)},{_n(y)}" for x, y in _head(stroke))
            out += f'<polygon points="{points}" class="f-{stroke.role}"/>'
        return out
    spans = []
    for i, run in enumerate(stroke.runs):
        gap = f' dx="{_n(GAP)}"' if i else ""
        bold = " b" if run.bold else ""
        spans.append(
            f'<tspan{gap} class="f-{run.role}{bold}" font-size="{run.size:g}">{html.escape(run.text)}</tspan>'
        )
    return (
        f'<text x="{_n(stroke.x)}" y="{_n(stroke.y)}" text-anchor="{stroke.anchor}">{"".join(spans)}</text>'
    )


def _head(line: Line, size: float = 4.5) -> tuple[Point, Point, Point]:
    """The tip of an arrow, for lines that run straight down or to the right."""
    (x1, _y1), (x2, y2) = line.start, line.end
    if x1 == x2:
        return (x2 - size, y2 - size), (x2 + size, y2 - size), (x2, y2 + size * 0.7)
    return (x2 - size, y2 - size), (x2 - size, y2 + size), (x2 + size * 0.7, y2)


# -- PNG -------------------------------------------------------------------------------------------------


def png(drawing: Drawing, scale: int = 2) -> bytes:
    """The drawing as a PNG on white, `scale` pixels for each CSS pixel."""
    from PIL import Image, ImageDraw

    fine = (
        2 if drawing.width * drawing.height * (2 * scale) ** 2 < 60e6 else 1
    )  # painted larger, then reduced
    unit = scale * fine
    size = (round(drawing.width * unit), round(drawing.height * unit))
    image = Image.new("RGB", size, LIGHT["paper"])
    brush = _Brush(ImageDraw.Draw(image), unit)
    for stroke in drawing.strokes:
        brush.paint(stroke)
    if fine > 1:
        image = image.resize((size[0] // fine, size[1] // fine), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True, dpi=(96 * scale, 96 * scale))
    return stream.getvalue()


def _rgb(role: str, opacity: float = 1, ground: str = "card") -> tuple[int, int, int]:
    """The light colour of a role, laid over the ground."""
    colours = {**LIGHT, **KINDS}
    over, under = ([int(colours[name][i : i + 2], 16) for i in (1, 3, 5)] for name in (role, ground))
    red, green, blue = (round(opacity * a + (1 - opacity) * b) for a, b in zip(over, under, strict=True))
    return red, green, blue


class _Brush:
    """Paints strokes with Pillow, at so many pixels a unit."""

    def __init__(self, draw: ImageDraw.ImageDraw, unit: int) -> None:
        self.draw, self.unit = draw, unit
        self.fonts: dict[tuple[float, bool], ImageFont.FreeTypeFont | ImageFont.ImageFont] = {}

    def paint(self, stroke: Stroke) -> None:
        """Paint one stroke."""
        u = self.unit
        if isinstance(stroke, Box):
            x, y = stroke.x * u, stroke.y * u
            corners = (x, y, x + stroke.width * u, y + stroke.height * u)
            fill = _rgb(stroke.fill, stroke.opacity) if stroke.fill else None
            outline = _rgb(stroke.stroke) if stroke.stroke else None
            self.draw.rounded_rectangle(corners, stroke.radius * u, fill, outline, u if outline else 0)
            if stroke.dashed and outline:
                self._gaps(stroke)
        elif isinstance(stroke, Polygon):
            points = [(x * u, y * u) for x, y in stroke.points]
            self.draw.polygon(points, _rgb(stroke.fill, stroke.opacity))
            self.draw.line([*points, points[0]], _rgb(stroke.fill), u, joint="curve")
        elif isinstance(stroke, Line):
            self._line(stroke)
        else:
            self._text(stroke)

    def _gaps(self, box: Box) -> None:
        """Take pieces out of a border: Pillow draws no dashes."""
        ground, step, gap = _rgb(box.fill or "paper", box.opacity, "paper"), 7.0, 3.0
        u = self.unit
        x = box.x + box.radius
        while x + gap < box.x + box.width - box.radius:
            for y in (box.y, box.y + box.height):
                self.draw.rectangle((x * u, (y - 1) * u, (x + gap) * u, (y + 1) * u), ground)
            x += step
        y = box.y + box.radius
        while y + gap < box.y + box.height - box.radius:
            for x in (box.x, box.x + box.width):
                self.draw.rectangle(((x - 1) * u, y * u, (x + 1) * u, (y + gap) * u), ground)
            y += step

    def _line(self, line: Line) -> None:
        u, colour = self.unit, _rgb(line.role)
        (x1, y1), (x2, y2) = line.start, line.end
        self.draw.line([(x1 * u, y1 * u), (x2 * u, y2 * u)], colour, max(1, round(THICK * u)))
        if line.head:
            self.draw.polygon([(x * u, y * u) for x, y in _head(line)], colour)

    def _text(self, text: Text) -> None:
        u = self.unit
        widths = [self._font(run).getlength(run.text) for run in text.runs]
        full = sum(widths) + GAP * u * (len(widths) - 1)
        x = text.x * u - {"start": 0.0, "middle": full / 2, "end": full}[text.anchor]
        for run, width in zip(text.runs, widths, strict=True):
            self.draw.text((x, text.y * u), run.text, _rgb(run.role), self._font(run), anchor="ls")
            x += width + GAP * u

    def _font(self, run: Run) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
        from PIL import ImageFont

        from hakseup.files import korean_font

        key = run.size, run.bold
        if key not in self.fonts:
            path, size = korean_font(run.bold), run.size * self.unit
            self.fonts[key] = ImageFont.truetype(path, size) if path else ImageFont.load_default(size)
        return self.fonts[key]
