"""Names of the files that a document saves its models into: Keras 3 writes `.keras` and `.weights.h5`.

Only a name under which the document itself saves is written anew, and wherever else it stands with it; a file that
somebody else saved is opened as it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from hakseup.runner.code import Code, called, keyword
from hakseup.runner.knowledge import Knowledge, all_calls
from hakseup.runner.pen import Pen, Told
from hakseup.words import Words

_ENDINGS = (".hdf5", ".h5", ".ckpt", ".tf", ".pb", ".keras")
_WEIGHTS, _MODEL = ".weights.h5", ".keras"
_READERS = ("load_model", "load_weights", "exists", "isfile", "isdir", "remove", "latest_checkpoint")
_DATA = ("File", "HDFStore", "read_hdf", "to_hdf", "HDF5Matrix")
# Losses and metrics under which Keras 3 does not read back the .h5 file that it wrote
_LOST = {"mse", "mae", "mape", "msle", "mean_squared_error", "mean_absolute_error"}
_FIELD = re.compile(r"\{(\w+)")


class Files:
    """Writes such names anew.

    Args:
        codes: the blocks of the document.
        knowledge: of it.
    """

    def __init__(self, codes: Sequence[Code], knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._new: dict[str, str] = {}  # name as it is -> what its end becomes
        self._checkpoints: set[int] = set()  # literals in which {val_acc} is filled in
        self._read: set[int] = set()  # literals without an ending that name a file
        unknown: set[str] = set()  # endings of files whose name the document does not hold
        reads = any(called(call) == "load_model" for call in all_calls(codes))
        lost = reads and bool(knowledge.strings & _LOST)
        self._data: set[int] = set()  # literals that name a file of arrays
        for call in all_calls(codes):
            if called(call) in _DATA:
                self._data |= {id(node) for arg in call.args[:2] for node, _ in self._names(arg)}
            path, ending = self._written(call)
            if path is None:
                if called(call) in _READERS:
                    self._read |= {id(node) for arg in call.args[:1] for node, _ in self._names(arg)}
                continue
            names = list(self._names(path))
            self._read |= {id(node) for node, _ in names}
            if called(call) == "ModelCheckpoint":
                self._checkpoints |= {id(node) for node, _ in names}
            for _, value in names:
                if _refused(value, ending) or (lost and ending == _MODEL and value.endswith(".h5")):
                    self._new[value] = ending
            unknown |= set() if names else {ending}
        self._other = unknown.pop() if len(unknown) == 1 else None

    def _written(self, call: ast.Call) -> tuple[ast.expr | None, str]:
        """Where a call saves, and the ending that Keras 3 wants there."""
        name = called(call)
        first = call.args[0] if call.args else None
        if name == "ModelCheckpoint":
            only = keyword(call, "save_weights_only")
            weights = isinstance(only, ast.Constant) and only.value is True
            return keyword(call, "filepath") or first, _WEIGHTS if weights else _MODEL
        if name == "save_model" and len(call.args) > 1:
            return call.args[1], _MODEL
        if isinstance(call.func, ast.Attribute) and self._knowledge.is_model(call.func.value):
            path = keyword(call, "filepath") or first
            if name in ("save", "save_weights"):
                return path, _MODEL if name == "save" else _WEIGHTS
        return None, ""

    def _names(self, path: ast.expr, depth: int = 0) -> Iterator[tuple[ast.expr, str]]:
        """The literals that the end of this path comes from."""
        if depth > 8:
            return
        if isinstance(path, ast.Constant) and isinstance(path.value, str):
            yield path, path.value
        elif isinstance(path, ast.JoinedStr):
            last = path.values[-1] if path.values else None
            if isinstance(last, ast.Constant):
                yield path, "{}" * (len(path.values) > 1) + str(last.value)
        elif isinstance(path, ast.BinOp):
            yield from self._names(path.left if isinstance(path.op, ast.Mod) else path.right, depth + 1)
        elif isinstance(path, ast.Call) and called(path) == "format" and isinstance(path.func, ast.Attribute):
            yield from self._names(path.func.value, depth + 1)
        elif isinstance(path, ast.Call) and called(path) in ("join", "Path", "PurePath", "str") and path.args:
            yield from self._names(path.args[-1], depth + 1)
        elif isinstance(path, ast.Name | ast.Attribute):
            value = self._knowledge.value(path)
            if value is not None:
                yield from self._names(value, depth + 1)

    # -- writing

    def folder(self, node: ast.Expr, pen: Pen) -> None:
        """A statement that saves where TensorFlow made the folder by itself."""
        call = node.value
        if not isinstance(call, ast.Call) or called(call) == "ModelCheckpoint":
            return
        path = self._written(call)[0]
        before = pen.text(0, pen.start(node)).rpartition("\n")[2]
        if path is None or before.strip():
            return
        names = [value for _, value in self._names(path) if value in self._new]
        joined = isinstance(path, ast.Call | ast.BinOp)
        if any(not v.endswith((".h5", ".hdf5")) and (joined or "/" in v.strip("./")) for v in names):
            made = f"import os; os.makedirs(os.path.dirname({pen.segment(path)}), exist_ok=True)"
            pen.put(pen.start(node), pen.start(node), f"{made}\n{before}", Told("", "", None))

    def string(
        self, node: ast.Constant | ast.JoinedStr, pen: Pen, figure: Callable[[str], str | None]
    ) -> None:
        """A literal, if it is such a name."""
        value = node.value if isinstance(node, ast.Constant) else next(self._names(node), (node, ""))[1]
        if not isinstance(value, str) or not value:
            return
        if id(node) in self._checkpoints:
            self._fields(node, pen, figure)
        ending = self._becomes(value, node)
        if ending is None:
            return
        literal = pen.segment(node)
        quotes = 3 if literal.endswith(('"""', "'''")) else 1
        old = next((e for e in _ENDINGS if value.endswith(e)), "")
        cut = old or "/" * (len(value) - len(value.rstrip("/")))
        end = pen.end(node) - quotes
        if pen.text(end - len(cut), end) == cut:
            pen.put(end - len(cut), end, ending, Told(old or "folder", ending, _reason(old, ending)))

    def _becomes(self, value: str, node: ast.expr) -> str | None:
        has_ending = value.endswith(_ENDINGS)
        if value in self._new:
            return self._new[value] if has_ending or id(node) in self._read else None
        if not has_ending or value.endswith((_WEIGHTS, _MODEL)):
            return None
        old = next(e for e in _ENDINGS if value.endswith(e))
        alike = {new for name, new in self._new.items() if name.endswith(old)}
        if "*" in value and len(alike) == 1:  # glob('*.hdf5')
            return alike.pop()
        if id(node) in self._read:
            return next((new for name, new in self._new.items() if re.fullmatch(_pattern(name), value)), None)
        return self._other if old == ".hdf5" and id(node) not in self._data else None

    def _fields(self, node: ast.expr, pen: Pen, figure: Callable[[str], str | None]) -> None:
        """`{val_acc:.2f}` in the name of a checkpoint."""
        literal = pen.segment(node)
        for found in _FIELD.finditer(literal):
            new = figure(found[1])
            if new is not None:
                start = pen.start(node) + len(literal[: found.start(1)].encode("utf-8"))
                told = Told(
                    found[1],
                    new,
                    Words(f"{found[1]} is called {new} today.", f"{found[1]}은(는) 지금 {new}입니다."),
                )
                pen.put(start, start + len(found[1]), new, told)


def _reason(old: str, ending: str) -> Words:
    if old == ".h5" and ending == _MODEL:
        return Words(
            "Keras 3 does not read its own .h5 file of a model that was compiled with 'mse' or 'mae'; a .keras file it reads.",
            "케라스 3은 'mse'나 'mae'로 컴파일한 모델의 .h5 파일을 다시 읽지 못합니다. .keras 파일은 읽습니다.",
        )
    said = f"{old} files" if old else "folders"
    return Words(
        f"Keras 3 saves into {ending} files; it no longer writes {said}.",
        f"케라스 3은 {ending} 파일로 저장하며 {f'{old}로는' if old else '폴더로는'} 쓰지 않습니다.",
    )


def _refused(value: str, ending: str) -> bool:
    """Whether Keras 3 refuses to save under this name, or would save in a form of old."""
    if value.endswith("\\"):
        return False
    if ending == _WEIGHTS:
        return not value.endswith(_WEIGHTS)
    return not value.endswith((_MODEL, ".h5"))


def _pattern(name: str) -> str:
    """The names that `{epoch:02d}-{val_loss:.4f}.hdf5` or `%d.h5` becomes."""
    parts = re.split(r"\{[^{}]*\}|%[\d.]*[a-z]", name)
    return ".+".join(re.escape(part) for part in parts)
