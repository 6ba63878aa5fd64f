"""The code of a block as a tree, and what its names mean, without running anything.

Magics and shell lines are no Python: they become calls of the same line, so that the lines of the tree are those of
the block.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hakseup.runner import renames
from hakseup.runner.documents import Block
from hakseup.runner.inside.python2 import with_parentheses

_TIMED = ("%%time", "%%timeit", "%%capture", "%%prun")  # magics whose cell is Python all the same
EVALUATE = ("evaluate", "evaluate_generator")


@dataclass(frozen=True)
class Code:
    """A block and its tree. `exact`: the columns of the tree are those of the block's text, so it can be edited."""

    block: Block
    tree: ast.Module
    exact: bool

    def line(self, node: ast.AST) -> int:
        """The line of the document at which this part of the tree stands."""
        return self.block.line + getattr(node, "lineno", 1) - 1


def parse(blocks: Sequence[Block]) -> list[Code]:
    """The trees of these blocks, `print x` of Python 2 as `print(x)`; a block that is no Python (yet) is passed over."""
    return [code for block in blocks if (code := _parsed(block) or _parsed(_of_today(block))) is not None]


def _of_today(block: Block) -> Block:
    return replace(block, source=with_parentheses(block.source))


def _parsed(block: Block) -> Code | None:
    import warnings

    from IPython.core.inputtransformer2 import TransformerManager

    source = block.source
    first, _, rest = source.partition("\n")
    if first.startswith("%%"):
        if first.split()[0] not in _TIMED:
            return None
        source = "\n" + rest
    try:
        made = TransformerManager().transform_cell(source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes such as "\d" in the document's own text
            tree = ast.parse(made)
    except (SyntaxError, ValueError, RecursionError):
        return None
    indented = source.lstrip("\n").startswith((" ", "\t"))  # taken away before it is read
    exact = made.count("\n") == source.count("\n") + 1 and not indented
    return Code(block, tree, exact)


class Meanings:
    """What the names of a document mean, as far as its imports say it; blocks are taken in their order."""

    def __init__(self) -> None:
        self.local: dict[str, str] = {}  # name in the document -> name from the top

    def take(self, tree: ast.Module) -> None:
        """Learn the imports of a block."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    self.local[name] = alias.name if alias.asname else name
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                for alias in node.names:
                    self.local[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute):
                means = self.of(node.value)  # K = keras.backend
                for target in node.targets:
                    if isinstance(target, ast.Name) and renames.canonical(means or "").startswith("keras."):
                        self.local[target.id] = str(means)

    def of(self, node: ast.AST) -> str | None:
        """The name from the top that this expression stands for: `np.float` is `numpy.float`; None: no such name."""
        if isinstance(node, ast.Name):
            return self.local.get(node.id)
        if isinstance(node, ast.Attribute):
            head = self.of(node.value)
            return None if head is None else f"{head}.{node.attr}"
        return None

    def plain(self, node: ast.AST) -> str:
        """The same as the table of renames writes it; "" where it is no imported name."""
        name = self.of(node)
        return "" if name is None else renames.canonical(name)


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """All calls, in the order of the text."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return iter(sorted(found, key=lambda node: (node.lineno, node.col_offset)))


def called(call: ast.Call) -> str:
    """The last name of what is called: `model.fit(x)` calls `fit`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """The value of the first of these keyword arguments that the call has."""
    for name in names:
        for given in call.keywords:
            if given.arg == name:
                return given.value
    return None


def names_in(node: ast.AST | None) -> set[str]:
    """The variables that an expression reads."""
    if node is None:
        return set()
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def is_training(call: ast.Call) -> bool:
    """Whether this is Keras' `fit` and not scikit-learn's: by what only Keras' takes."""
    if called(call) == "fit_generator":
        return True
    only = ("epochs", "nb_epoch", "batch_size", "validation_data", "validation_split", "callbacks", "verbose")
    return called(call) == "fit" and any(
        keyword(call, name) is not None for name in (*only, "steps_per_epoch")
    )
