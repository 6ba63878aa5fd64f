"""Figures, rates and values of a model, as code before Keras 3 asks for them: what `modernise` writes in their place."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence

from hakseup.runner.code import Meanings, called, calls, keyword

Found = tuple[ast.expr, str, str, str] | None  # what is replaced, by what; both as they are told
# Figures of an epoch under their names up to Keras 2.2, and today's
_FIGURES = {
    "acc": "accuracy",
    "mean_absolute_error": "mae",
    "mean_squared_error": "mse",
    "lr": "learning_rate",
}
_RATE = re.compile(r"\boptimizer\.lr\b")


class Facts:
    """What stands anywhere in the document.

    Args:
        trees: its blocks.
    """

    def __init__(self, trees: Sequence[ast.Module]) -> None:
        nodes = [node for tree in trees for node in ast.walk(tree)]
        self.strings = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        self.metrics = {name for tree in trees for call in calls(tree) for name in _metrics(call)}
        self.models = {
            target.id
            for node in nodes
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
            if called(node.value) in ("Sequential", "load_model", "Model")
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        # logs['lr'] = …: a callback of the document's own writes that figure
        self.written = {
            node.slice.value
            for node in nodes
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
            if isinstance(node.slice, ast.Constant)
        }


def _metrics(call: ast.Call) -> set[str]:
    """The names that `compile(metrics=…)` holds."""
    given = keyword(call, "metrics") if called(call) == "compile" else None
    inner = ast.walk(given) if given is not None else ()
    return {n.value for n in inner if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def history(node: ast.Subscript, facts: Facts) -> Found:
    """`history.history['acc']`: since Keras 2.3 the key is what `metrics` says, and the rate has its whole name."""
    key = node.slice
    if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
        return None
    if not (isinstance(node.value, ast.Attribute) and node.value.attr == "history"):
        return None
    bare = key.value.removeprefix("val_")
    today = _FIGURES.get(bare)
    said = facts.strings if bare == "acc" else facts.metrics | {"learning_rate"}
    if today is None or today not in said or bare in facts.metrics | facts.written:
        return None
    new = key.value.replace(bare, today)
    return key, repr(new), f"history['{key.value}']", f"history['{new}']"


def rate(node: ast.Attribute, segment: Callable[[ast.expr], str]) -> Found:
    """`model.optimizer.lr`."""
    if node.attr != "lr" or not ast.unparse(node.value).endswith("optimizer"):
        return None
    told = ("optimizer.lr", "optimizer.learning_rate")
    return node, _RATE.sub(told[1], segment(node)), *told


def value(node: ast.Call, meanings: Meanings, segment: Callable[[ast.expr], str]) -> Found:
    """`K.get_value(rate)`, `K.set_value(rate, 0.1)`: in Keras 3 variables answer themselves."""
    name = meanings.plain(node.func)
    if name not in ("keras.backend.get_value", "keras.backend.set_value") or not node.args:
        return None
    thing, *others = (_RATE.sub("optimizer.learning_rate", segment(part)) for part in node.args)
    if others:
        return node, f"{thing}.assign({others[0]})", name, "x.assign(value)"
    return node, f"{thing}.numpy()", name, "x.numpy()"


def inputs(node: ast.Call, facts: Facts, segment: Callable[[ast.expr], str]) -> Found:
    """`Model(model.input, …)`: a Sequential of Keras 3 has `inputs` alone."""
    given = keyword(node, "inputs") or (node.args[0] if node.args else None)
    if called(node) != "Model" or not isinstance(given, ast.Attribute) or given.attr != "input":
        return None
    if not isinstance(given.value, ast.Name) or given.value.id not in facts.models:
        return None
    old = segment(given)
    return given, f"{old}s", old, f"{old}s"
