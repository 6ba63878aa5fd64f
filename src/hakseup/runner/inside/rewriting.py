"""The few places where the code itself is read differently before it runs: paths of another machine, changes to a
column of a frame that pandas 3 makes on a copy, and places that Python 2 divided into whole numbers.

IPython hands every block over as a tree; what is not named here stays as it is.
"""

from __future__ import annotations

import ast
import math
import os
import re
from pathlib import Path, PurePosixPath
from typing import Any

from hakseup.words import Words

_SET, _AT, _BELOW, _PLACE = "__hakseup_set", "__hakseup_at", "__hakseup_below", "__hakseup_place"
# A drive of Windows, a relative path with backslashes, a folder beside ours, the folders of Colab and Kaggle, and
# somebody's own on Linux or a Mac.
_ELSEWHERE = re.compile(
    r"^(?:[A-Za-z]:[\\/]|\.{1,2}\\|\.\./|[\w가-힣-]+\\[\w가-힣]|/content/|/kaggle/|/gdrive/|/home/|/Users/|~[\\/])"
)
_DRIVE = re.compile(
    r"^/(?:content|gdrive)(?:/drive)?(?:/My ?Drive)?/?$"
)  # Colab's own folder and the user's Drive
IN_PLACE = (
    *(
        "fillna",
        "replace",
        "drop",
        "dropna",
        "rename",
        "sort_values",
        "clip",
        "ffill",
        "bfill",
        "interpolate",
    ),
    *("drop_duplicates", "mask", "where"),
)


def install(shell: Any) -> None:
    """Read the blocks of this IPython shell so."""
    shell.user_ns |= {_SET: set_in_column, _AT: at, _BELOW: _below, _PLACE: place_in}
    shell.ast_transformers += [Paths(), Columns(), Places()]


class Paths(ast.NodeTransformer):
    """A path of another machine that is not here stands for the file of the same name that is."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        """A string that names a file of another machine."""
        if not isinstance(node.value, str):
            return node
        here = found_here(node.value)
        if here is None:
            return node
        if here not in self._told:
            self._told.add(here)
            print(
                Words(
                    f"{node.value} is not here; {here} is read.", f"{node.value} 대신 {here}을(를) 읽습니다."
                )
            )
        return ast.copy_location(ast.Constant(here), node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.JoinedStr:
        """Pieces of an f-string are no whole paths."""
        return node


def found_here(text: str) -> str | None:
    """The relative path of what is here and bears the name of this path of another machine; None: nothing does."""
    if len(text) > 300 or "\n" in text or not _ELSEWHERE.match(text) or os.path.exists(text):  # noqa: PTH110
        return None
    if _DRIVE.match(text):
        return "."
    parts = PurePosixPath(text.replace("\\", "/")).parts
    parts = parts[1:] if parts and (parts[0] == "/" or parts[0].endswith(":") or parts[0] == "~") else parts
    for first in range(len(parts)):
        tail = Path(*parts[first:])
        if tail.name not in ("", ".", "..") and tail.exists():
            return tail.as_posix()
    return None


class Columns(ast.NodeTransformer):
    """`df["a"].fillna(0, inplace=True)` and `df["a"][rows] = x` changed the frame up to pandas 2."""

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        """A method that changes a column in place."""
        call = node.value
        target = column_in_place(call)
        if target is None:
            return node
        assert isinstance(call, ast.Call)
        call.keywords = [k for k in call.keywords if k.arg != "inplace"]
        stored = ast.parse(ast.unparse(target), mode="eval").body
        assert isinstance(stored, ast.Subscript | ast.Attribute)
        stored.ctx = ast.Store()
        made = ast.Assign([stored], call)
        return ast.fix_missing_locations(ast.copy_location(made, node))

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        """A value for some rows of a column."""
        target = node.targets[0]
        if (
            len(node.targets) != 1
            or not isinstance(target, ast.Subscript)
            or not isinstance(target.value, ast.Subscript)
        ):
            return node
        column = target.value.slice
        if not (isinstance(column, ast.Constant) and isinstance(column.value, str)):
            return node
        rows = target.slice
        if isinstance(rows, ast.Slice):
            parts = [part or ast.Constant(None) for part in (rows.lower, rows.upper, rows.step)]
            rows = ast.Call(ast.Name("slice", ast.Load()), list(parts), [])
        made = ast.Expr(
            ast.Call(ast.Name(_SET, ast.Load()), [target.value.value, column, rows, node.value], [])
        )
        return ast.fix_missing_locations(ast.copy_location(made, node))


def column_in_place(call: ast.expr) -> ast.expr | None:
    """The column that a call changes in place, `df["a"]` or `df.a`; None: it changes none."""
    if not (
        isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in IN_PLACE
    ):
        return None
    if not any(
        k.arg == "inplace" and isinstance(k.value, ast.Constant) and k.value.value is True
        for k in call.keywords
    ):
        return None
    column = call.func.value
    named = isinstance(column, ast.Subscript) and isinstance(column.slice, ast.Constant)
    return column if named or isinstance(column, ast.Attribute) else None


def set_in_column(whole: Any, column: str, rows: Any, value: Any) -> None:
    """`whole[column][rows] = value`, on the frame itself where it is one."""
    if type(whole).__name__ == "DataFrame" and hasattr(whole, "loc"):
        if isinstance(rows, slice | int) and not isinstance(rows, bool):
            rows = whole.index[rows]
        whole.loc[rows, column] = value
    else:
        whole[column][rows] = value


class Places(ast.NodeTransformer):
    """`axes[i / 5, i % 5]`, `x[: n / 2] = 1`, `range(n / 2)`: up to Python 2 whole numbers divided gave a whole one."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """How far a `range` goes."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ("range", "xrange") and not node.keywords:
            node.args = [
                ast.fix_missing_locations(
                    ast.copy_location(ast.Call(ast.Name(_BELOW, ast.Load()), [end], []), end)
                )
                if divisions(end)
                else end
                for end in node.args
            ]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """What stands at a place that is divided into, or what is written there."""
        self.generic_visit(node)
        if not divisions(node.slice):
            return node
        if isinstance(node.ctx, ast.Load):
            made = ast.Call(ast.Name(_AT, ast.Load()), [node.value, _as_value(node.slice)], [])
            return ast.fix_missing_locations(ast.copy_location(made, node))
        if isinstance(node.value, ast.Name | ast.Attribute):  # it is looked at twice
            whole = ast.parse(ast.unparse(node.value), mode="eval").body
            node.slice = ast.Call(ast.Name(_PLACE, ast.Load()), [whole, _as_value(node.slice)], [])
            ast.fix_missing_locations(ast.copy_location(node.slice, node))
        return node


def divisions(place: ast.expr | None) -> list[ast.BinOp]:
    """The divisions in what stands between brackets: in a place, in one of several, in an end of a stretch."""
    if isinstance(place, ast.Tuple):
        return [found for part in place.elts for found in divisions(part)]
    if isinstance(place, ast.Slice):
        return [found for part in (place.lower, place.upper, place.step) for found in divisions(part)]
    if not isinstance(place, ast.BinOp):
        return []
    return [place] if isinstance(place.op, ast.Div) else [*divisions(place.left), *divisions(place.right)]


def _as_value(place: ast.expr) -> ast.expr:
    """What is between the brackets, as an argument."""
    if isinstance(place, ast.Tuple):
        return ast.Tuple([_as_value(part) for part in place.elts], ast.Load())
    if isinstance(place, ast.Slice):
        ends = [part or ast.Constant(None) for part in (place.lower, place.upper, place.step)]
        return ast.Call(ast.Name("slice", ast.Load()), list(ends), [])
    return place


def at(whole: Any, place: Any) -> Any:
    """`whole[place]`."""
    return whole[place_in(whole, place)]


def place_in(whole: Any, place: Any) -> Any:
    """The place; in what has numbered places, fractions mean the place below them: they would be an error."""
    numbered = isinstance(whole, list | tuple | str | bytes) or type(whole).__name__ in (
        "ndarray",
        "_iLocIndexer",
    )
    return _below(place) if numbered else place


def _below(place: Any) -> Any:
    if isinstance(place, tuple):
        return tuple(_below(part) for part in place)
    if isinstance(place, slice):
        return slice(_below(place.start), _below(place.stop), _below(place.step))
    return math.floor(place) if isinstance(place, float) else place
