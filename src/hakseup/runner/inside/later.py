"""A name that hakseup does not have stops the block that uses it, not the one that imports it with twenty others.

Kernels and notebooks begin with long lists of imports, of which half is never used. An import of Keras' names inside `try` is left
alone: there the document has an answer of its own.
"""

from __future__ import annotations

import ast
from typing import Any, NoReturn

from hakseup.runner import renames
from hakseup.runner.inside.imports import UPON_TENSORFLOW

_LATER = "__hakseup_later"
_OURS = ("keras", "tf_keras", "tensorflow", *UPON_TENSORFLOW, *renames.ENDED)


def install(shell: Any) -> None:
    """Read the imports of this IPython shell so."""
    shell.user_ns[_LATER] = later
    shell.ast_transformers.append(Imports())


class Imports(ast.NodeTransformer):
    """`from keras.layers import Dense, Lambda` gives what there is, and for the rest what refuses when it is used."""

    def _left(self, node: ast.AST) -> ast.AST:
        return node

    visit_Try = visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _left

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        """Names out of a module."""
        names = [alias.name for alias in node.names]
        ours = not node.level and (node.module or "").partition(".")[0] in _OURS
        return self._guarded(node, node.module, names) if ours and "*" not in names else node

    def visit_Import(self, node: ast.Import) -> ast.stmt:
        """A module under a name of one word."""
        first = node.names[0]
        ours = len(node.names) == 1 and first.name.partition(".")[0] in _OURS
        return (
            self._guarded(node, first.name, None)
            if ours and (first.asname or "." not in first.name)
            else node
        )

    def _guarded(
        self, node: ast.Import | ast.ImportFrom, module: str | None, names: list[str] | None
    ) -> ast.stmt:
        targets = ", ".join(alias.asname or alias.name for alias in node.names)
        written = f"try:\n  pass\nexcept ImportError:\n  {targets}, = {_LATER}({module!r}, {names!r})"
        made = ast.parse(written).body[0]
        assert isinstance(made, ast.Try)
        for part in ast.walk(made):
            if "lineno" in part._attributes:
                ast.copy_location(part, node)
        made.body = [node]
        return made


def later(module: str, names: list[str] | None) -> list[Any]:
    """What each of the names stands for; for one that is not there what refuses in its place.

    Args:
        names: out of the module; None for the module itself.
    """
    return (
        [_imported(f"import {module} as it")]
        if names is None
        else [_imported(f"from {module} import {name} as it") for name in names]
    )


def _imported(statement: str) -> Any:
    found: dict[str, Any] = {}
    try:
        exec(statement, found)
    except ImportError as error:
        return Refusal(error)
    return found["it"]


class Refusal:
    """In the place of a name that is outside: whatever is done with it raises what the import would have raised."""

    def __init__(self, error: ImportError) -> None:
        self._error = error

    def _refuse(self, *_arguments: Any, **_named: Any) -> NoReturn:
        raise self._error.with_traceback(None) from None

    __call__ = __mro_entries__ = _refuse

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    def __instancecheck__(self, instance: object) -> bool:
        return False  # nothing is of a kind that is not there
