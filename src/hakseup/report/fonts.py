"""The page's letters: a subset of Nanum Gothic inside the page, so that Hangul shows on any machine.

Only the glyphs that the page uses are embedded, Regular and Bold. Without the font files the page still shows,
in whatever the reader's system has (`STACK`).
"""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from pathlib import Path

from hakseup.files import korean_font

FAMILY = "hakseup"
STACK = (
    f'"{FAMILY}", "Noto Sans KR", "Noto Sans CJK KR", "Nanum Gothic", NanumGothic, "Apple SD Gothic Neo", '
    '"Malgun Gothic", system-ui, sans-serif'
)
WEIGHTS = {400: False, 700: True}
_UNUSED = ["TSI0", "TSI1", "TSI2", "TSI3", "TSI5"]  # sources of the hinting, which is dropped too


def font_css(text: str) -> str:
    """The `@font-face` rules, with the glyphs of this text inside; empty where the font is not installed.

    Args:
        text: everything the page may show; a character counts once.
    """
    characters = "".join(sorted(set(text)))
    rules = []
    for weight, bold in WEIGHTS.items():
        path = korean_font(bold)
        if path is not None:
            content = base64.b64encode(subset(path, characters)).decode("ascii")
            rules.append(
                f"@font-face{{font-family:{FAMILY};font-weight:{weight};font-style:normal;font-display:block;"
                f'src:url(data:font/woff;base64,{content}) format("woff")}}'
            )
    if not rules:
        return ""
    return "/* Nanum Gothic, (c) NHN Corporation, SIL Open Font License 1.1; a subset */\n" + "\n".join(rules)


@lru_cache(maxsize=4)  # a page that is written anew mostly shows the same characters
def subset(path: Path, characters: str) -> bytes:
    """A WOFF file with the glyphs of these characters alone; the same bytes for the same ones.

    Args:
        path: a TrueType font.
        characters: those that the font lacks are passed over.
    """
    from fontTools import subset as tool
    from fontTools.ttLib import TTFont

    options = tool.Options()
    options.hinting = False
    options.drop_tables += _UNUSED
    options.name_IDs = [0, 1, 2]
    options.notdef_outline = True
    # The glyphs stay as they are drawn, so their boxes need not be reckoned again: half of the time.
    with TTFont(path, lazy=True, recalcTimestamp=False, recalcBBoxes=False) as font:
        chosen = tool.Subsetter(options)
        chosen.populate(unicodes=sorted({ord(c) for c in characters}))
        chosen.subset(font)
        font.flavor = "woff"  # zlib: WOFF2 would need brotli, which the plain install does not have
        out = io.BytesIO()
        font.save(out)
    return out.getvalue()


def whole(path: Path) -> bytes:
    """A WOFF file with all its glyphs, for a page that does not know yet what it will show.

    Args:
        path: a TrueType font.
    """
    from fontTools.ttLib import TTFont

    with TTFont(path, recalcTimestamp=False) as font:
        for table in (*_UNUSED, "TSI4"):  # browsers refuse them where they are empty
            if table in font:
                del font[table]
        font.flavor = "woff"
        out = io.BytesIO()
        font.save(out)
    return out.getvalue()
