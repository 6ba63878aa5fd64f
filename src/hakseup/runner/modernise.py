"""What in a document libraries have given up, and how it is written today: edits of its text, each with its reason.

`lessons` tells the reasons, `fix` carries the edits out. Found in the tree of the code, never in its text: a name in a
comment or in a string is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from hakseup.runner import renames
from hakseup.runner.calls_today import Calls, in_place, whole_places
from hakseup.runner.code import Code, Meanings, called, names_in
from hakseup.runner.files_today import Files
from hakseup.runner.imports_today import Imports, Target, of_tensorflow
from hakseup.runner.keras_today import Values
from hakseup.runner.knowledge import Knowledge
from hakseup.runner.pen import Edit, Pen, Told, written


def edits(codes: Sequence[Code], target: Target) -> list[Edit]:
    """All edits of a document, block by block.

    Args:
        codes: its blocks that are Python.
        target: for whom it is written: Keras 3, or hakseup's own `hakseup.keras`.
    """
    return _Finder(codes, target).find()


class _Finder:
    def __init__(self, codes: Sequence[Code], target: Target) -> None:
        self._codes, self._target = codes, target
        self._meanings = Meanings()
        self._knowledge = Knowledge(codes)
        self._imports = Imports([code.tree for code in codes], target, self._knowledge.bound)
        self._calls = Calls(self._knowledge, self._meanings, target)
        self._values = Values(self._knowledge, self._meanings, target)
        self._files = Files(codes, self._knowledge) if target == "keras" else None

    def find(self) -> list[Edit]:
        out: list[Edit] = []
        for code in self._codes:
            pen = Pen(code)
            self._meanings.take(code.tree)
            inside = _inside_of_strings(code.tree)
            for node in ast.walk(code.tree):
                if not (id(node) in inside and isinstance(node, ast.expr) and not _is_written(node, pen)):
                    self._node(node, pen, id(node) in inside)
            out += _without_nested(pen.finish())
        return out

    def _node(self, node: ast.AST, pen: Pen, inside_of_string: bool) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._imports.write(node, pen)
        elif isinstance(node, ast.Attribute):
            self._values.attribute(node, pen)
            self._attribute(node, pen)
        elif isinstance(node, ast.Name):
            new = self._imports.renamed.get(node.id)
            if new is not None:
                pen.replace(node, new, Told(node.id, new, None))
        elif isinstance(node, ast.Call):
            self._calls.write(node, pen)
            self._values.call(node, pen)
        elif isinstance(node, ast.Subscript):
            self._values.subscript(node, pen)
            whole_places(node.slice, pen)
        elif isinstance(node, ast.FunctionDef) and self._target == "keras":
            self._own_metric(node, pen)
        elif isinstance(node, ast.Compare):
            self._values.compare(node, pen)
        elif isinstance(node, ast.Expr):
            in_place(node, pen)
            if self._files is not None:
                self._files.folder(node, pen)
        elif (
            isinstance(node, ast.Constant | ast.JoinedStr)
            and self._files is not None
            and not inside_of_string
        ):
            self._files.string(node, pen, self._values.figure)

    # -- dotted names

    def _attribute(self, node: ast.Attribute, pen: Pen) -> None:
        name = self._meanings.of(node)
        if name is None:
            return
        base = node
        while isinstance(base.value, ast.Attribute):
            base = base.value
        local = base.value
        assert isinstance(local, ast.Name)
        start = renames.canonical(self._meanings.local[local.id])
        here = self._imports.renamed.get(local.id, local.id)
        if start == "tensorflow":
            self._of_tensorflow(node, name, pen)
            return
        plain = renames.canonical(name)
        head, _, leaf = plain.rpartition(".")
        if self._target == "keras" and head == "keras.backend" and leaf in renames.OPS:
            new = renames.OPS[leaf]
            pen.replace(node, self._op(local.id, new), written(name, f"keras.{new}"))
        elif self._target == "keras" and plain in renames.LEGACY:
            new = renames.LEGACY[plain]
            pen.replace(
                node,
                f"{_root(start, here)}.{new.partition('.')[2]}" if start == "keras" else leaf,
                written(name, new),
            )
        else:
            self._moved(node, name, start, here, pen)

    def _op(self, local: str, new: str) -> str:
        """A function of `keras.ops` in a document that has the backend of Keras under this name, or a part of it."""
        start = renames.canonical(self._meanings.local[local])
        if start == "keras.backend" and self._imports.has_more(local):
            return new
        return f"{_root(start, self._imports.renamed.get(local, local))}.{new}"

    def _own_metric(self, node: ast.FunctionDef, pen: Pen) -> None:
        """A metric of one's own: up to Keras 2 truth came in the type of the prediction."""
        if node.name not in self._knowledge.own_metrics or len(node.args.args) != 2:
            return
        truth, found = (arg.arg for arg in node.args.args)
        cast = None
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call) and called(inner) == "cast" and names_in(inner) >= {truth}:
                return  # it does so itself
            if isinstance(inner, ast.Attribute) and cast is None:
                name, local = self._meanings.plain(inner), inner.value
                while isinstance(local, ast.Attribute):
                    local = local.value
                if name.startswith("keras.backend.") and isinstance(local, ast.Name):
                    cast = self._op(local.id, "ops.cast")
                elif name.startswith("tensorflow.") and isinstance(local, ast.Name):
                    cast = f"{local.id}.cast"
        first = node.body[1 if ast.get_docstring(node) and len(node.body) > 1 else 0]
        if cast is not None:
            before = pen.text(0, pen.start(first)).rpartition("\n")[2]
            mark = f"\n{before}" if not before.strip() else "; "
            text = f"{truth} = {cast}({truth}, {found}.dtype){mark}"
            pen.put(pen.start(first), pen.start(first), text, Told("", "", None))

    def _moved(self, node: ast.Attribute, name: str, start: str, here: str, pen: Pen) -> None:
        new = renames.successor(name)
        if new is None or new == name:
            return
        if new.startswith(f"{start}."):
            text = f"{here}.{new.removeprefix(f'{start}.')}"
        elif "." not in new or start not in renames.MODULES:
            text = new
        else:  # the import told of it
            pen.replace(node, f"{here}.{new.rpartition('.')[2]}", Told(name, new, None))
            return
        pen.replace(node, text, written(name, new))

    def _of_tensorflow(self, node: ast.Attribute, name: str, pen: Pen) -> None:
        new = of_tensorflow(name, self._target)
        head, _, leaf = renames.canonical(name).rpartition(".")
        if self._target == "keras" and head == "keras.backend" and leaf in renames.OPS:
            new = f"keras.{renames.OPS[leaf]}"
        if new:
            still_there = name.startswith("tensorflow.nn.") or name == "tensorflow.__version__"
            still_there = still_there or name.split(".")[1] in (
                "losses",
                "metrics",
                "optimizers",
                "initializers",
            )
            told = not still_there and renames.canonical(name) not in (new, "tensorflow.random.set_seed")
            pen.replace(node, new, written(name, new) if told else Told(name, new, None))


def _root(start: str, here: str) -> str:
    """How the document says `keras`."""
    return here if start == "keras" else "keras"


def _inside_of_strings(tree: ast.Module) -> set[int]:
    """What stands between the braces of f-strings, and their pieces."""
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    return {id(inner) for string in strings for inner in ast.walk(string) if inner is not string}


def _is_written(node: ast.expr, pen: Pen) -> bool:
    """Whether the tree knows where this stands: before Python 3.12 it does not always, inside of an f-string."""
    try:
        return ast.dump(ast.parse(pen.segment(node).strip(), mode="eval").body) == ast.dump(node)
    except (SyntaxError, ValueError, UnicodeDecodeError):
        return False


def _without_nested(found: list[Edit]) -> list[Edit]:
    """An edit inside a larger one gives way to it; of two at one place the first stays (its reason is told still)."""
    out: list[Edit] = []
    for edit in sorted(found, key=lambda e: (e.start, (-e.end[0], -e.end[1]))):
        if not any(
            o.start <= edit.start
            and edit.end <= o.end
            and (o.start, o.end) != (edit.start, edit.end)
            and edit.start != edit.end
            for o in out
        ):
            out.append(edit)
    return out
