"""What came out of a document as plain facts: the page is made of these and of nothing else."""

from __future__ import annotations

import re
from typing import Any

from hakseup.runner.documents import Block
from hakseup.runner.run import Result

_FENCE = re.compile(r"^ {0,3}```[^`]*$")
_HEADING = re.compile(r"^ {0,3}#{1,4}\s+(.*?)\s*#*\s*$")


def collect(result: Result) -> dict[str, Any]:
    """The facts of a result.

    Keys: those of `Result.as_dict` (`blocks` the blocks themselves and `blocks_n` their
    number), title, interrupted, made. A block: number, line, headings (above it), source, written (where other code was
    run), seconds, outputs (nbformat), printed (by the document), figures, notes.
    """
    told = result.as_dict()
    figures = told["figures"]
    notes = [{**note, "index": index} for index, note in enumerate(told["notes"], 1)]
    above = _headings(result)
    return {
        **told,
        "title": result.document.path.name,
        "blocks_n": told["blocks"],
        "interrupted": result.interrupted,
        "made": [str(path) for path in result.made],
        "notes": notes,
        "failed": [_failed(result, one) for one in told["failed"]],
        "blocks": [
            {
                "number": block.number,
                "line": block.line,
                "headings": above.get(block.number, []),
                "source": block.source,
                "written": _written(result, block),
                "seconds": result.ran[block.number].seconds if block.number in result.ran else None,
                "outputs": result.document.notebook.cells[block.cell].outputs,
                "printed": block.printed,
                "figures": [f for f in figures if f["block"] == block.number],
                "notes": [n for n in notes if n["block"] == block.number],
            }
            for block in result.document.blocks
        ],
    }


def _failed(result: Result, one: dict[str, Any]) -> dict[str, Any]:
    failure = result.ran[one["block"]].failure
    hint = failure.hint if failure is not None else None
    return {**one, "hint": None if hint is None else hint.as_dict()}


def _written(result: Result, block: Block) -> str:
    run = result.sources[block.number]
    return "" if run == block.source else run


def _headings(result: Result) -> dict[int, list[str]]:
    """The last heading that stands above each block, by the block's number; none where it is that of the one before."""
    by_cell = {block.cell: block.number for block in result.document.blocks}
    out: dict[int, list[str]] = {}
    last: str | None = None
    for index, cell in enumerate(result.document.notebook.cells):
        if cell.cell_type == "markdown":
            inside = False
            for line in cell.source.split("\n"):
                inside ^= bool(_FENCE.match(line))
                found = None if inside else _HEADING.match(line)
                last = re.sub(r"<[^>]+>|[*`]", "", found[1]) if found else last
        elif index in by_cell and last:
            out[by_cell[index]] = [last]
            last = None
    return out
