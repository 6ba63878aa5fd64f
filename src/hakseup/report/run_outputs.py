"""What a block of a document put out, as it may stand in a page: text cut to what is read, pictures, tables.

Nothing of it is trusted: HTML is taken apart and only the tags of tables and text come back, without attributes.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Literal

from markupsafe import Markup, escape

from hakseup.words import without_colours

HEAD, TAIL = 40, 20  # lines of a long text that the page shows; the notebook has all
WIDEST = 1200  # columns of a line
WRAPPED = 80  # columns beyond which a line goes on below; tables stay as they are
# Keras' tables and bars: few fonts of fixed width have the heavy lines, and those of another are wider.
_THIN = str.maketrans("━┃┏┓┗┛┣┫┳┻╋┡┩╇", "─│┌┐└┘├┤┬┴┼├┤┼")
HEAVY = 60_000  # bytes of a picture; a heavier one is written anew
PIXELS = 1600  # width of a picture that is written anew
_TAGS = {
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
    "caption",
    "p",
    "br",
    "b",
    "strong",
    "i",
    "em",
    "pre",
}
EMPTY = Markup("")
_SILENT = {"style", "script"}


@dataclass(frozen=True)
class Shown:
    """One output. `text`, `table` and `error` have `markup`; a picture its data address and its width in CSS pixels.

    whole: of an error all frames, where `markup` has only the block's own.
    """

    kind: Literal["text", "warning", "table", "picture", "error"]
    markup: Markup = EMPTY
    uri: str = ""
    width: int | None = None
    whole: Markup = EMPTY


def shown(outputs: Iterable[Mapping[str, Any]]) -> list[Shown]:
    """The outputs of a cell (nbformat 4) as the page shows them; those it cannot show are left out."""
    found: list[Shown] = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            found.append(Shown("warning" if output["name"] == "stderr" else "text", text(output["text"])))
        elif kind == "error":
            found.append(Shown("error", _error(output), whole=text("\n".join(output["traceback"]))))
        else:
            one = _of_data(output["data"], output.get("metadata", {}))
            if one is not None:
                found.append(one)
    return [one for one in found if one.uri or one.markup.strip()]


def _error(output: Mapping[str, Any]) -> Markup:
    """The block's own frame and what was wrong; what happened inside of libraries is one step away."""
    frames = [without_colours(frame) for frame in output["traceback"]]
    own = [frame.strip("\n") for frame in frames if frame.lstrip().startswith("Cell In")][:1]
    return text("\n\n".join([*own, f"{output['ename']}: {output['evalue']}"]))


def _of_data(data: Mapping[str, Any], about: Mapping[str, Any]) -> Shown | None:
    for mime in ("image/png", "image/jpeg"):
        if mime in data:
            return _picture(base64.b64decode(data[mime]), mime, about.get(mime, {}).get("width"))
    if "image/svg+xml" in data:
        raw = data["image/svg+xml"].encode("utf-8")
        return Shown("picture", uri=f"data:image/svg+xml;base64,{base64.b64encode(raw).decode('ascii')}")
    if "text/html" in data:
        table = plain_html(data["text/html"])
        if "<table" in table:
            return Shown("table", table)
    if "text/plain" in data:
        return Shown("text", text(data["text/plain"]))
    return None


def _picture(raw: bytes, mime: str, width: int | None) -> Shown:
    """A picture; a heavy one becomes WebP, which a page can carry a hundred of."""
    if len(raw) > HEAVY:
        from PIL import Image

        with Image.open(io.BytesIO(raw)) as picture:
            width = width or picture.width
            kept = picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
            if kept.width > PIXELS:
                kept = kept.resize((PIXELS, max(1, round(kept.height * PIXELS / kept.width))))
            out = io.BytesIO()
            kept.save(out, "WEBP", quality=80)
        raw, mime = out.getvalue(), "image/webp"
    return Shown("picture", uri=f"data:{mime};base64,{base64.b64encode(raw).decode('ascii')}", width=width)


def text(content: str) -> Markup:
    """Printed text without colours; of many lines the first and the last."""
    plain = without_colours(content).strip("\n")
    lines = [line.rstrip() for line in plain.split("\n")]
    lines = [line if len(line) <= WIDEST else f"{line[:WIDEST]} …" for line in lines]
    if len(lines) <= HEAD + TAIL + 5:
        return _read(lines)
    from hakseup.report.shell import two

    left_out = len(lines) - HEAD - TAIL
    cut = two("… {n} lines more …", "… {n}줄 더 있음 …", n=f"{left_out:,}")
    first, last = _read(lines[:HEAD]), _read(lines[-TAIL:])
    return Markup('{}\n<span class="cut">{}</span>\n{}').format(first, cut, last)


def _read(lines: list[str]) -> Markup:
    thin = [line.translate(_THIN) for line in lines]
    wrapped = Markup('<span class="long">{}</span>')
    is_long = (len(line) > WRAPPED and line[0] not in "│┌├└" for line in thin)
    return Markup("\n").join(
        wrapped.format(line) if long else line for line, long in zip(thin, is_long, strict=True)
    )


class _Tables(HTMLParser):
    """Keeps the tags of tables and text, drops attributes, and everything in styles and scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._open: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _TAGS and not self._silent:
            self.parts.append(f"<{tag}>")
            if tag != "br":
                self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in self._open:
            while self._open:  # what was left open inside is closed, too
                last = self._open.pop()
                self.parts.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(str(escape(data)))

    def done(self) -> Markup:
        self.close()
        return Markup("".join([*self.parts, *(f"</{tag}>" for tag in reversed(self._open))]))


def plain_html(content: str) -> Markup:
    """The tables and the text of a piece of HTML, and nothing else of it."""
    reader = _Tables()
    reader.feed(content)
    return reader.done()


def python(source: str) -> Markup:
    """Python with its words marked: `k` keyword, `s` string, `c` comment, `m` number (the classes of Pygments)."""
    from pygments import lex
    from pygments.lexers import PythonLexer
    from pygments.token import Comment, Keyword, Number, Operator, String

    marks = ((Comment, "c"), (Keyword, "k"), (Operator.Word, "k"), (String, "s"), (Number, "m"))
    parts: list[Markup] = []
    for kind, value in lex(source, PythonLexer(stripnl=False)):
        mark = next((name for family, name in marks if kind in family), None)
        parts.append(Markup('<i class="{}">{}</i>').format(mark, value) if mark else escape(value))
    return Markup("").join(parts).rstrip("\n")
