"""A header of two lines, as merged cells leave it: groups of columns above their names, or names above their units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hakseup.sources.tables.missing import kind
from hakseup.words import Words

Cells = Sequence["str | None"]
_OVER = 2  # columns of numbers or dates over which a word stands, where the upper line lacks no name
_ROWS = 3  # under both lines, at least


def second_line(top: Cells, rows: Sequence[Cells], width: int) -> tuple[list[str], Words] | None:
    """The names of two lines of header in one, and what to say of it; None: the second line is a row.

    It is a line of names where all its cells are words, none of which comes again below, and some stand over numbers or
    dates. It gives the names that the upper line lacks, and those under a group; where the upper line lacks none, it
    says units.

    Args:
        top: the upper line. rows: what follows it. width: cells in a row.
    """
    if len(rows) <= _ROWS:
        return None
    above, below = (_cells(line, width) for line in (top, rows[0]))
    under = [[row[place] for row in rows[1:] if place < len(row)] for place in range(width)]
    if any(kind(cell) != "text" for cell in below if cell) or any(
        cell and cell in {(other or "").strip() for other in column}
        for cell, column in zip(below, under, strict=True)
    ):
        return None
    over = sum(bool(cell) and _is_measured(column) for cell, column in zip(below, under, strict=True))
    lacking = any(cell and not name for name, cell in zip(above, below, strict=True))
    if over < (1 if lacking else _OVER):
        return None
    if not lacking:
        said = " ".join(cell for cell in below if cell)[:80]
        return above, Words(
            f"A line of units under the header left out: {said}",
            f"머리글 아래 단위를 적은 줄을 뺐습니다: {said}",
        )
    groups, group = [], ""
    for name, cell in zip(above, below, strict=True):
        group = name or (group if cell else "")  # a merged cell has its words in its first column
        groups.append(group)
    names = [cell or name for name, cell in zip(above, below, strict=True)]
    twice = {name for name, n in Counter(names).items() if n > 1}
    joined = [
        f"{group} {name}".strip() if name in twice and group != name else name
        for group, name in zip(groups, names, strict=True)
    ]
    said = ", ".join(name for name in joined if name)[:80]
    return joined, Words(
        f"The header has two lines, read as one: {said}", f"머리글 두 줄을 하나로 읽었습니다: {said}"
    )


def _cells(line: Cells, width: int) -> list[str]:
    cells = [(cell or "").strip() for cell in line[:width]]
    return cells + [""] * (width - len(cells))


def _is_measured(column: Sequence[str | None]) -> bool:
    """Whether most of its cells are numbers, dates or true and false."""
    counts = Counter(one for one in map(kind, column) if one != "missing")
    return bool(counts) and counts.most_common(1)[0][0] in ("number", "date", "boolean")
