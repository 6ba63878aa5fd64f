"""The imports of a document as they are written today, for Keras 3 or for `hakseup.keras`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Literal

from hakseup.runner import renames
from hakseup.runner.code import Meanings

Target = Literal["keras", "hakseup"]
Told = list[tuple[str, str]]  # old names and new ones that a reader should hear of
_GENERATOR = "keras.preprocessing.image.ImageDataGenerator"
_LEGACY = "keras.src.legacy.preprocessing.image.ImageDataGenerator"
_ACTIVATIONS = (
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
)


class Imports:
    """Writes imports anew.

    Args:
        trees: all of the document: what it uses of TensorFlow decides whether that stays.
        target: for whom.

    `renamed`: local names that an import has given another name, as far as `lines` was asked.
    """

    def __init__(self, trees: Sequence[ast.Module], target: Target) -> None:
        self._target = target
        self.renamed: dict[str, str] = {}
        uses = [of_tensorflow(name, target) for name in _names_of_tensorflow(trees)]
        self._tensorflow = any(new is None for new in uses)
        self._keras = any(new is not None for new in uses)

    def lines(self, node: ast.Import | ast.ImportFrom) -> tuple[list[str] | None, Told]:
        """The lines that take the place of an import (None: it stays), and what there is to tell."""
        written = [self._line(node, alias) for alias in node.names]
        told = [one for _, inner in written for one in inner]
        made = [line for line, _ in written]
        if made == [ast.unparse(_only(node, alias)) for alias in node.names]:
            return None, told
        return _joined(made) or ["pass"], told

    def _line(self, node: ast.Import | ast.ImportFrom, alias: ast.alias) -> tuple[str, Told]:
        """One alias as a line of its own."""
        if isinstance(node, ast.Import):
            return self._whole_module(alias)
        if node.module is None or node.level:
            return ast.unparse(_only(node, alias)), []
        whole = f"{node.module}.{alias.name}"
        plain = renames.canonical(whole)
        new = renames.successor(whole) or plain
        if plain == _GENERATOR and self._target == "keras":
            new = _LEGACY
        told = [(whole, new)] if new != plain else []
        if alias.name == "*":
            return f"from {self._root(renames.MODULES.get(plain[:-2], plain[:-2]))} import *", []
        if new == "keras":
            return self._plain_import("keras", alias.asname), told
        head, _, leaf = new.rpartition(".")
        if leaf != alias.name and (alias.asname is None or not head):
            self.renamed[alias.asname or alias.name] = leaf
        if not head:  # a builtin took its place
            return "", told
        return f"from {self._root(head)} import {leaf}{_as(alias)}", told

    def _whole_module(self, alias: ast.alias) -> tuple[str, Told]:
        plain = renames.canonical(alias.name)
        new = renames.MODULES.get(plain, plain)
        told = [(alias.name, new)] if new != plain else []
        if plain == "tensorflow":
            kept = [ast.unparse(ast.Import([alias]))] if self._tensorflow or not self._keras else []
            return "\n".join([*kept, *([self._plain_import("keras", None)] if self._keras else [])]), told
        if plain.partition(".")[0] == "keras":
            return self._plain_import(new, alias.asname), told
        return f"import {new}{_as(alias)}", told

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


def of_tensorflow(name: str, target: Target) -> str | None:
    """What stands today for a name of TensorFlow; None where it stays TensorFlow's."""
    plain = renames.canonical(name)
    if plain == _GENERATOR and target == "keras":
        return _LEGACY
    if plain.startswith("keras"):
        return renames.successor(plain) or plain
    if renames.NAMES.get(name, name) == "tensorflow.random.set_seed":
        return "keras.utils.set_random_seed"
    head, _, leaf = name.rpartition(".")
    if head == "tensorflow.nn" and leaf in _ACTIVATIONS:
        return f"keras.activations.{leaf}"
    if head == "tensorflow.train" and leaf.endswith("Optimizer"):
        return f"keras.optimizers.{leaf.removesuffix('Optimizer')}"
    return "keras.__version__" if name == "tensorflow.__version__" else None


def _names_of_tensorflow(trees: Sequence[ast.Module]) -> set[str]:
    """What a document uses of a module that it imports as TensorFlow."""
    meanings = Meanings()
    out: set[str] = set()
    for tree in trees:
        meanings.take(tree)
        inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and id(node) not in inner:
                name = meanings.of(node) or ""
                local = _first(node)
                if name.startswith("tensorflow.") and meanings.local.get(local) == "tensorflow":
                    out.add(name)
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
