"""Pieces of a block's text that are written anew. A piece is as small as can be: what stands beside it, comments and
line breaks too, stays as it was, and a piece inside of what another one encloses is written all the same.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from hakseup.runner.code import Code
from hakseup.words import Words

Place = tuple[int, int]  # line from 1, column in bytes from 0
Node = ast.expr | ast.stmt | ast.keyword


@dataclass(frozen=True)
class Edit:
    """Text that takes the place of a piece of a block.

    start, end: places in the block's source.
    old, new: what a person knows it by; `reason` None: it needs no telling.
    """

    code: Code
    start: Place
    end: Place
    text: str
    old: str
    new: str
    reason: Words | None


@dataclass(frozen=True)
class Told:
    """What a person knows a change by, and its reason."""

    old: str
    new: str
    reason: Words | None


def written(old: str, new: str) -> Told:
    """A name and its successor."""
    if ".src." in new:
        name = old.rpartition(".")[2]
        reason = Words(
            f"Keras 3 no longer offers {name}; what is left of it lies in {new}. hakseup keeps it.",
            f"케라스 3에는 {name}의 공개된 이름이 없고 {new}에 남아 있습니다. hakseup에서는 그대로 쓸 수 있습니다.",
        )
    else:
        reason = Words(f"{old} is gone; today it is {new}.", f"{old}은(는) 없어졌고, 지금은 {new}입니다.")
    return Told(old, new, reason)


def dropped(name: str) -> Told:
    """An argument that is gone."""
    return Told(
        f"{name}=",
        "",
        Words(f"The argument {name}= is gone and not needed.", f"인자 {name}=은 없어졌고 필요하지 않습니다."),
    )


class Pen:
    """Writes into one block.

    Args:
        code: the block.
    """

    def __init__(self, code: Code) -> None:
        self.code = code
        self.edits: list[Edit] = []
        self._dropped: dict[int, tuple[ast.Call, dict[int, Told]]] = {}
        self.bytes = code.block.source.encode("utf-8")
        self._lines = [0]
        for line in self.bytes.split(b"\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)

    # -- places, as offsets in the text

    def start(self, node: Node) -> int:
        """Where a part of the tree begins."""
        return self._lines[node.lineno - 1] + node.col_offset

    def end(self, node: Node) -> int:
        """Where it ends."""
        return self._lines[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)

    def place(self, offset: int) -> Place:
        """An offset as line and column."""
        line = next(i for i, first in enumerate(self._lines[1:], 1) if offset < first)
        return line, offset - self._lines[line - 1]

    def text(self, start: int, end: int) -> str:
        """What stands between two offsets."""
        return self.bytes[start:end].decode("utf-8")

    def segment(self, node: Node) -> str:
        """The text of a part of the tree."""
        return self.text(self.start(node), self.end(node))

    def argument(self, call: ast.Call, index: int) -> tuple[int, int]:
        """Where a positional argument begins and ends, its own parentheses included."""
        node = call.args[index]
        first, last = self.start(node), self.end(node)
        before = self.end(call.args[index - 1]) if index else self.end(call.func)
        gap = self.text(before, first)
        mark = gap.rfind(",") if index else gap.find("(")
        opened = gap[mark + 1 :].count("(")
        if opened:
            first = before + len(gap[: gap.index("(", mark + 1)].encode("utf-8"))
        while opened:
            opened -= self.bytes[last : last + 1] == b")"
            last += 1
        return first, last

    # -- changes

    def put(self, start: int, end: int, text: str, told: Told) -> None:
        """Write this text between two offsets."""
        edit = Edit(self.code, self.place(start), self.place(end), text, told.old, told.new, told.reason)
        self.edits.append(edit)

    def replace(self, node: Node, text: str, told: Told) -> None:
        """Write this text in the place of a part of the tree."""
        self.put(self.start(node), self.end(node), text, told)

    def attribute(self, node: ast.Attribute, name: str, told: Told) -> None:
        """Give an attribute another name; what it is an attribute of stays."""
        end = self.end(node)
        self.put(end - len(node.attr.encode("utf-8")), end, name, told)

    def around(self, node: ast.expr, before: str, after: str, told: Told) -> None:
        """Enclose a part of the tree."""
        self.put(self.start(node), self.start(node), before, told)
        self.put(self.end(node), self.end(node), after, told)

    def named(self, call: ast.Call, index: int, name: str, told: Told) -> None:
        """Give a positional argument its name."""
        start, _ = self.argument(call, index)
        self.put(start, start, f"{name}=", told)

    def add(self, call: ast.Call, text: str, told: Told) -> None:
        """One more argument at the end of a call."""
        inside = self.text(self.end(call.func), self.end(call) - 1).rstrip()
        empty = not call.args and not call.keywords
        end = self.end(call.func) + len(inside.encode("utf-8"))
        self.put(end, end, text if empty else f" {text}" if inside.endswith(",") else f", {text}", told)

    def drop(self, call: ast.Call, given: ast.keyword, told: Told) -> None:
        """Leave an argument of a call out; carried out by `finish`, together with its neighbours."""
        self._dropped.setdefault(id(call), (call, {}))[1][id(given)] = told

    def finish(self) -> list[Edit]:
        """All that was written."""
        for call, gone in self._dropped.values():
            given: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
            given.sort(key=self.start)
            run: list[ast.expr | ast.keyword] = []
            for node in [*given, None]:
                if node is not None and id(node) in gone:
                    run.append(node)
                elif run:
                    self._leave_out(run, node, gone[id(run[0])])
                    for more in run[1:]:
                        at = self.start(more)
                        self.put(at, at, "", gone[id(more)])  # nothing is left to write, its reason is told
                    run = []
        self._dropped = {}
        return self.edits

    def _leave_out(self, run: list[ast.expr | ast.keyword], following: Node | None, told: Told) -> None:
        """Neighbours, with the comma behind them or, at the end, before them."""
        start, end = self.start(run[0]), self.end(run[-1])
        before = self.text(0, start).rstrip()
        if following is not None:
            end = self.start(following)
        elif before.endswith(","):
            start = len(before[:-1].encode("utf-8"))
        elif self.text(end, len(self.bytes)).lstrip().startswith(","):
            end = self.bytes.index(b",", end) + 1
        else:
            line = self.text(0, start).rpartition("\n")[2]
            rest = self.text(end, len(self.bytes)).partition("\n")[0]
            # Alone on its line, with a comment about it
            if not line.strip() and re.fullmatch(r"\s*#.*", rest):
                start -= len(line) + 1
                end += len(rest.encode("utf-8"))
        self.put(start, end, "", told)
