"""The imports of a document as they are written today, for Keras 3 or for `hakseup.keras`."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Literal

from hakseup.runner import renames
from hakseup.runner.code import Meanings
from hakseup.runner.pen import Pen, Told, written
from hakseup.words import Words

Target = Literal["keras", "hakseup"]
Names = list[tuple[str, str]]  # old names and new ones that a reader should hear of
_FACADE = "hakseup.runner.tensorflow"  # what hakseup has of TensorFlow beside keras
LATEST = "tensorflow.train.latest_checkpoint"
_ACTIVATIONS = [
    "relu",
    "softmax",
    "sigmoid",
    "tanh",
    "elu",
    "selu",
    "leaky_relu",
    "softplus",
    "swish",
    "gelu",
]
_OPTIMIZERS = {"GradientDescent": "SGD", "Momentum": "SGD", "RMSProp": "RMSprop"}
_SCIKERAS = "keras.wrappers.scikit_learn."


class Imports:
    """Writes imports anew.

    Args:
        trees: all of the document: what it uses of TensorFlow decides whether that stays.
        target: for whom.
        bound: names to which the document gives a value of its own.

    `renamed`: local names that an import has given another name, as far as `write` was asked.
    """

    def __init__(self, trees: Sequence[ast.Module], target: Target, bound: set[str]) -> None:
        self._target, self._bound = target, bound
        self.renamed: dict[str, str] = {}
        uses = [of_tensorflow(name, target) for name in _names_of_tensorflow(trees)]
        self._tensorflow = any(new is None for new in uses)
        self._keras = any(new is not None and new != "" for new in uses)
        self._read = {n.id for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Name)}
        self._meant = _meant(trees)
        self._more = _more(trees) if target == "keras" else {}

    def write(self, node: ast.Import | ast.ImportFrom, pen: Pen) -> None:
        """One import."""
        made = [self._line(node, alias) for alias in node.names]
        lines = [line for line, _ in made]
        told = [one for _, inner in made for one in inner]
        for alias in node.names:
            lines += self._more.get(alias.asname or alias.name, [])
        if lines == [ast.unparse(_only(node, alias)) for alias in node.names]:
            return
        joined = _joined(lines) or ["pass"]
        if not told:
            old, new = ast.unparse(node), "; ".join(joined)
            _put(node, lines, joined, Told(old, new, None), pen)
        for old, new in told:
            _put(node, lines, joined, _sentence(old, new), pen)

    def has_more(self, local: str) -> bool:
        """Whether something is imported beside this name."""
        return local in self._more

    def _line(self, node: ast.Import | ast.ImportFrom, alias: ast.alias) -> tuple[str, Names]:
        """One alias as a line of its own."""
        if isinstance(node, ast.Import):
            return self._whole_module(alias)
        if node.module is None or node.level:
            return ast.unparse(_only(node, alias)), []
        whole = f"{node.module}.{alias.name}"
        plain = renames.canonical(whole)
        if alias.name == "*":
            return f"from {self._root(renames.MODULES.get(plain[:-2], plain[:-2]))} import *", []
        if self._target == "hakseup" and plain.startswith("tensorflow."):
            return self._of_facade(plain, alias.asname or alias.name), []
        new = self._new(whole)
        told = [(whole, new)] if new != plain else []
        if new == "keras":
            return self._plain_import("keras", alias.asname), told
        head, _, leaf = new.rpartition(".")
        asname = alias.asname
        if leaf != alias.name and (asname is None or not head):
            if head and self._is_taken(leaf, alias.name, new):
                asname = alias.name
            else:
                self.renamed[asname or alias.name] = leaf
        if not head:  # a builtin took its place
            return "", told
        return f"from {self._root(head)} import {leaf}" + (f" as {asname}" if asname else ""), told

    def _new(self, whole: str) -> str:
        """What stands today for a name that is imported."""
        plain = renames.canonical(whole)
        if self._target == "keras":
            head, _, leaf = plain.rpartition(".")
            if plain in renames.LEGACY:
                return renames.LEGACY[plain]
            if head == "keras.backend" and leaf in renames.OPS:
                return f"keras.{renames.OPS[leaf]}"
            if plain.startswith(_SCIKERAS):
                return plain.replace(_SCIKERAS, "scikeras.wrappers.")
        elif plain.startswith("scikeras.wrappers."):
            return plain.replace("scikeras.wrappers.", "keras.wrappers.scikeras.")
        return renames.successor(whole) or plain

    def _is_taken(self, leaf: str, old: str, new: str) -> bool:
        """Whether the new name means something else in the document, or it gives the old one another meaning."""
        others = {self._new(name) for name in self._meant.get(leaf, ())} - {new}
        return bool(others) or leaf in self._bound or old in self._bound

    def _whole_module(self, alias: ast.alias) -> tuple[str, Names]:
        plain = renames.canonical(alias.name)
        new = renames.MODULES.get(plain, plain)
        told = [(alias.name, new)] if new != plain else []
        if plain == "tensorflow":
            kept = ast.unparse(ast.Import([alias]))
            if self._target == "hakseup":
                kept = self._of_facade(plain, alias.asname or alias.name)
            stays = self._tensorflow or not (self._keras or self.has_more(alias.asname or alias.name))
            return "\n".join([kept] * stays + [self._plain_import("keras", None)] * self._keras), told
        if plain.startswith("tensorflow.") and self._target == "hakseup":
            return self._of_facade(plain, alias.asname or "tensorflow"), told
        if (
            plain.partition(".")[0] in renames.ENDED
            and (alias.asname or plain.partition(".")[0]) not in self._read
        ):
            return "", [(alias.name, "")]
        if plain.partition(".")[0] == "keras":
            return self._plain_import(new, alias.asname), told
        return f"import {new}{_as(alias)}", told

    def _of_facade(self, name: str, local: str) -> str:
        """A name of TensorFlow as hakseup has it."""
        package, _, facade = _FACADE.rpartition(".")
        head, _, leaf = name.rpartition(".")
        if name == "tensorflow" or local == "tensorflow":
            return f"from {package} import {facade}" + (f" as {local}" if local != facade else "")
        if head == "tensorflow":
            return f"from {_FACADE} import {leaf}" + (f" as {local}" if local != leaf else "")
        return f"from {package} import {facade}\n{local} = {name}"

    def _plain_import(self, name: str, asname: str | None) -> str:
        if self._target == "keras":
            return f"import {name}" + (f" as {asname}" if asname and asname != name else "")
        if asname is None and "." in name:
            return "from hakseup import keras"
        head, _, leaf = f"hakseup.{name}".rpartition(".")
        return f"from {head} import {leaf}" + (f" as {asname}" if asname and asname != leaf else "")

    def _root(self, module: str) -> str:
        """The module as it is imported for this target."""
        inside = module.partition(".")[0] == "keras"
        return f"hakseup.{module}" if inside and self._target == "hakseup" else module


def _put(node: ast.stmt, lines: list[str], joined: list[str], told: Told, pen: Pen) -> None:
    """Where only the module has another name, that alone is written: lines, parentheses and comments stay."""
    start, end = pen.start(node), pen.end(node)
    old = pen.segment(node)
    if isinstance(node, ast.ImportFrom) and node.module and len(joined) == 1:
        head, _, names = joined[0].partition(" import ")
        found = re.match(r"from\s+([\w.]+)\s+import\b", old)
        same = [f"{a.name} as {a.asname}" if a.asname else a.name for a in node.names]
        if found and head.startswith("from ") and names.split(", ") == same and found[1] == node.module:
            pen.put(start + found.start(1), start + found.end(1), head.removeprefix("from "), told)
            return
    before = pen.text(0, start).rpartition("\n")[2]
    # Behind `if x:` or another statement on the same line
    mark = f"\n{before}" if not before.strip() else "; "
    comments = re.findall(r"#.*", old)
    text = mark.join(joined)
    pen.put(start, end, f"{text}  {' '.join(comments)}" if comments and mark != "; " else text, told)


def _sentence(old: str, new: str) -> Told:
    if not new:
        said = Words(
            f"The library {old} has ended; nothing here needs it.",
            f"{old} 라이브러리는 개발이 끝났고 여기서는 필요하지 않습니다.",
        )
        return Told(old, new, said)
    if not new.startswith("scikeras."):
        return written(old, new)
    return Told(
        old,
        new,
        Words(
            f"{old} is gone from Keras; the package scikeras has it (pip install scikeras). hakseup keeps it.",
            f"{old}은(는) 케라스에서 없어졌고 scikeras 패키지에 있습니다(pip install scikeras). hakseup에서는 그대로 쓸 수 있습니다.",
        ),
    )


def of_tensorflow(name: str, target: Target) -> str | None:
    """What stands today for a name of TensorFlow; None where it stays TensorFlow's."""
    plain = renames.canonical(name)
    if target == "keras" and plain in renames.LEGACY:
        return renames.LEGACY[plain]
    if plain.startswith("keras"):
        return renames.successor(plain) or plain
    if renames.NAMES.get(name, name) == "tensorflow.random.set_seed":
        return "keras.utils.set_random_seed"
    head, _, leaf = name.rpartition(".")
    if head == "tensorflow.nn" and leaf in _ACTIVATIONS:
        return f"keras.activations.{leaf}"
    if head in ("tensorflow.train", "tensorflow.compat.v1.train") and leaf.endswith("Optimizer"):
        made = leaf.removesuffix("Optimizer")
        return f"keras.optimizers.{_OPTIMIZERS.get(made, made)}"
    if head in _SAME and leaf[:1].isupper():
        return f"keras.{head.partition('.')[2]}.{leaf}"
    if name == LATEST and target == "keras":
        return ""  # written with pathlib
    return "keras.__version__" if name == "tensorflow.__version__" else None


_SAME = tuple(f"tensorflow.{name}" for name in ("losses", "metrics", "optimizers", "initializers"))


def _names_of_tensorflow(trees: Sequence[ast.Module]) -> set[str]:
    """What a document uses of a module that it imports as TensorFlow."""
    return {name for name, local in _used(trees) if local == "tensorflow" and name.startswith("tensorflow.")}


def _used(trees: Sequence[ast.Module]) -> list[tuple[str, str]]:
    """The dotted names that a document uses, each with what its first part was imported as."""
    meanings = Meanings()
    out: list[tuple[str, str]] = []
    for tree in trees:
        meanings.take(tree)
        inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and id(node) not in inner:
                parts: ast.expr = node
                while isinstance(parts, ast.Attribute):  # of `tf.nn.relu.__name__` the whole and its parts
                    name = meanings.of(parts)
                    if name and (parts is node or name in renames.LEGACY):
                        out.append((name, meanings.local.get(_first(node), "")))
                    parts = parts.value
    return out


def _meant(trees: Sequence[ast.Module]) -> dict[str, set[str]]:
    """What local names are imported as, anywhere in the document."""
    out: dict[str, set[str]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    out.setdefault(alias.asname or alias.name, set()).add(f"{node.module}.{alias.name}")
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    out.setdefault(alias.asname or alias.name.partition(".")[0], set()).add(alias.name)
    return out


def _more(trees: Sequence[ast.Module]) -> dict[str, list[str]]:
    """Imports that the new names need, by the local name beside whose import they are written."""
    out: dict[str, list[str]] = {}
    used = {(renames.canonical(name), renames.canonical(meant)) for name, meant in _used(trees)}
    for local, meanings in _meant(trees).items():
        for meant in map(renames.canonical, meanings):
            for name in sorted(
                name for name, start in used if start == meant and name.startswith(f"{meant}.")
            ):
                head, _, leaf = name.rpartition(".")
                line = None
                if head == meant == "keras.backend" and leaf in renames.OPS:
                    line = "from keras import ops"
                elif name in renames.LEGACY and meant != "keras":
                    legacy, _, leaf = renames.LEGACY[name].rpartition(".")
                    line = f"from {legacy} import {leaf}"
                elif name == LATEST:
                    line = "import pathlib"
                if line and line not in out.setdefault(local, []):
                    out[local].append(line)
    return out


def _first(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _only(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.stmt:
    """The import of one name alone."""
    if isinstance(node, ast.Import):
        return ast.Import([alias])
    return ast.ImportFrom(node.module, [alias], node.level)


def _as(alias: ast.alias) -> str:
    return f" as {alias.asname}" if alias.asname else ""


def _joined(lines: list[str]) -> list[str]:
    """Lines of imports, those from one module put together, none twice."""
    out: list[str] = []
    for line in (part for whole in lines for part in whole.split("\n") if part):
        head, mark, names = line.partition(" import ")
        at = next((i for i, one in enumerate(out) if mark and one.startswith(f"{head} import ")), None)
        if at is None or not head.startswith("from "):
            if line not in out:
                out.append(line)
        elif names not in out[at].partition(" import ")[2].split(", "):
            out[at] += f", {names}"
    return out
