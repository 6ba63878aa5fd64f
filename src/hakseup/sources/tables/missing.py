"""How people write that a value is missing, and what a single cell looks like."""

from __future__ import annotations

import re

# Everywhere: nobody uses these as a value. Compared without regard to capital letters.
EVERYWHERE = frozenset(
    {
        "na", "n/a", "#n/a", "<na>", "nan", "null", "nat", "\\n", "?", "(missing)", "missing", "결측", "결측치",
        "#value!", "#ref!", "#div/0!", "#name?", "#num!", "#null!", "#n/a n/a",
    }
)  # fmt: skip
# In a column of numbers or dates only: in a column of words they may well be a value ("없음", "None").
AMONG_NUMBERS = frozenset(
    {
        "-", "--", "---", "–", "—", ".", "..", "*", "none", "nil", "unknown", "n.a.", "n.d.", "nd", "없음", "미상",
        "모름", "불명", "해당없음", "해당 없음", "해당사항없음", "미측정", "측정불가", "미입력", "무응답", "-nan", "#",
    }
)  # fmt: skip

_NUMBER = re.compile(
    r"[(]?[-+−–△▲]?\s*[₩￦\\$€£¥]?\s*[-+]?(\d[\d.,' \u00a0\u202f]*|[.,]\d+)([eE][-+]?\d+)?\s*[%％]?[)]?"
)
_DATE = re.compile(
    r"(\d{4}\s*[-./년]\s*\d{1,2}(\s*[-./월].*)?|\d{1,2}\s*[-./]\s*\d{1,2}\s*[-./]\s*\d{4}.*|\d{1,2}:\d{2}(:\d{2})?)"
)
_BOOLEANS = ("true", "false")


def kind(cell: str | None) -> str:
    """ "missing", "number", "date", "boolean" or "text": what one cell looks like, for finding a header."""
    text = (cell or "").strip()
    lower = text.lower()
    if not text or lower in EVERYWHERE or lower in AMONG_NUMBERS:
        return "missing"
    if _DATE.fullmatch(text) and not _plain(text):
        return "date"
    if _NUMBER.fullmatch(text):
        return "number"
    return "boolean" if lower in _BOOLEANS else "text"


def _plain(text: str) -> bool:
    """Whether it is a plain number: 2024.12 looks like a month otherwise."""
    try:
        float(text)
    except ValueError:
        return False
    return True
