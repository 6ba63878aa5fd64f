"""What stands anywhere in a document and decides how a line of it is written anew: its models, metrics and names.

A name says nothing by itself: `model` is a model of Keras where the document builds, compiles or trains one under it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from hakseup.runner.code import Code, called, calls, is_training, keyword

MAKERS = ("Sequential", "Model", "load_model", "model_from_json", "model_from_yaml", "clone_model")
OPTIMIZERS = ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Nadam", "Adadelta", "Adamax")
_WHERE = tuple[int, int, int]  # block, line, column: the order of the document


class Knowledge:
    """Read once from all blocks.

    Args:
        codes: the blocks that are Python.

    models, optimizers: what they are called, as it is written (`self.model`).
    strings: all strings. metrics: the names in `compile(metrics=…)`; lists: those lists, as far as they are names.
    own_metrics: functions in them.
    figures: variables that hold figures of epochs, `logs` of a callback or `history.history`.
    written: keys that the document itself puts somewhere, `logs['lr'] = …`.
    truths: whether it puts truths into frames.
    own: functions and classes of the document. bound: every other name that it gives a value.
    """

    def __init__(self, codes: Sequence[Code]) -> None:
        self._nodes = [(i, node) for i, code in enumerate(codes) for node in ast.walk(code.tree)]
        nodes = [node for _, node in self._nodes]
        self.models, self.optimizers = _made(nodes, MAKERS), _made(nodes, OPTIMIZERS)
        self.strings = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        self.own_metrics: set[str] = set()
        self.lists: list[list[str | None]] = []
        self.figures = set(_figures(nodes))
        self.written = {
            node.slice.value
            for node in nodes
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
            if isinstance(node.slice, ast.Constant)
        }
        definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        self.own = {node.name for node in nodes if isinstance(node, definitions)}
        self._generators = {
            node.name
            for node in nodes
            if isinstance(node, ast.FunctionDef) and any(isinstance(n, ast.Yield) for n in ast.walk(node))
        }
        self.bound = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        self.bound |= {node.arg for node in nodes if isinstance(node, ast.arg)} | self.own
        self.truths = any(map(_makes_truths, nodes))
        for call in (node for node in nodes if isinstance(node, ast.Call)):
            self._call(call)
        self.metrics = {name for names in self.lists for name in names if name}
        self._dense = [
            (_where(i, node), _units(node))
            for i, node in self._nodes
            if isinstance(node, ast.Call) and called(node) == "Dense"
        ]
        self._values: dict[str, list[tuple[_WHERE, ast.expr]]] = {}
        for i, node in self._nodes:
            for target, value in _assigned(node):
                self._values.setdefault(target, []).append((_where(i, value), value))
        self._places = {id(node): _where(i, node) for i, node in self._nodes if isinstance(node, ast.expr)}

    def _call(self, call: ast.Call) -> None:
        owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else None
        compiles = called(call) == "compile" and keyword(call, "loss", "optimizer", "metrics") is not None
        if owner and (compiles or is_training(call)):
            self.models.add(owner)
        given = metrics_of(call)
        if given is not None:
            self.own_metrics |= {n.id for n in ast.walk(given) if isinstance(n, ast.Name)}
            parts = given.elts if isinstance(given, ast.List | ast.Tuple) else [given]
            names = [
                p.value if isinstance(p, ast.Constant) and isinstance(p.value, str) else None for p in parts
            ]
            self.lists.append(names)

    def is_model(self, node: ast.expr) -> bool:
        """Whether the document has a model of Keras under this name."""
        text = ast.unparse(node)
        made = isinstance(node, ast.Call) and called(node) in MAKERS
        return made or text in self.models or text == "self.model"

    def is_optimizer(self, node: ast.expr) -> bool:
        """Whether this is the optimizer of a model."""
        text = ast.unparse(node)
        return text in self.optimizers or text == "optimizer" or text.endswith(".optimizer")

    def is_figures(self, node: ast.expr) -> bool:
        """Whether this holds the figures of epochs."""
        if isinstance(node, ast.Name):
            return node.id in self.figures
        own = self.value(node)  # `self.history = {}` of a class of the document's own
        return _is_history(node) and (own is None or _is_history(own))

    def is_generator(self, node: ast.expr) -> bool:
        """Whether a function of the document with `yield` in it has made this."""
        made = node if isinstance(node, ast.Call) else self.value(node)
        return isinstance(made, ast.Call) and called(made) in self._generators

    def classes_are_two(self, call: ast.Call) -> bool:
        """Whether the last Dense layer before this call has one unit."""
        here = self._places[id(call)]
        before = [units for where, units in sorted(self._dense, key=lambda d: d[0]) if where < here]
        after = [units for where, units in self._dense if where >= here]
        return (before or after or [None])[-1] == 1

    def value(self, node: ast.expr) -> ast.expr | None:
        """What a variable holds where it is read: the value that the document gave it last before, else later."""
        given = sorted(self._values.get(ast.unparse(node), []), key=lambda v: v[0])
        here = self._places.get(id(node))
        before = [value for where, value in given if here is None or where < here]
        return before[-1] if before else given[0][1] if given else None


def metrics_of(call: ast.Call) -> ast.expr | None:
    """The metrics that `model.compile` is given: by name, or by Keras 2's third place. (Python has a `compile`, too.)"""
    if called(call) != "compile" or not isinstance(call.func, ast.Attribute):
        return None
    third = call.args[2] if len(call.args) == 3 and isinstance(call.args[2], ast.List | ast.Tuple) else None
    return keyword(call, "metrics") or third


def _where(block: int, node: ast.expr) -> _WHERE:
    return block, node.lineno, node.col_offset


def _made(nodes: Sequence[ast.AST], makers: Sequence[str]) -> set[str]:
    return {
        ast.unparse(target)
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and called(node.value) in makers
        for target in node.targets
    }


def _is_history(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "history"


def _figures(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("on_") and len(node.args.args) > 1:
            yield node.args.args[-1].arg
        if isinstance(node, ast.Assign):
            value = node.value
            if isinstance(value, ast.Call) and called(value) == "DataFrame" and value.args:
                value = value.args[0]
            if _is_history(value):
                yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _units(call: ast.Call) -> object:
    first = call.args[0] if call.args else keyword(call, "units", "output_dim")
    return first.value if isinstance(first, ast.Constant) else None


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names and what they are given; of several at once, each its own where both sides are written out."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Tuple | ast.List):
                yield from _several(target, node.value)
            else:
                yield ast.unparse(target), node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield ast.unparse(node.target), node.value
    elif isinstance(node, ast.FunctionDef):
        with_default = node.args.args[len(node.args.args) - len(node.args.defaults) :]
        yield from ((arg.arg, value) for arg, value in zip(with_default, node.args.defaults, strict=True))


def _several(target: ast.Tuple | ast.List, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
        yield from ((ast.unparse(t), v) for t, v in zip(target.elts, value.elts, strict=True))
    elif isinstance(value, ast.Call) and called(value) == "train_test_split":
        yield from (
            (ast.unparse(t), value.args[i // 2])
            for i, t in enumerate(target.elts)
            if i // 2 < len(value.args)
        )


def may_be_mixed(knowledge: Knowledge, node: ast.expr) -> bool:
    """Whether this may be an array of objects: a part of the values of a whole frame, in which a column of names stands
    beside numbers, or the values of a frame that the document puts truths into. (Frames themselves Keras 3 turns into numbers.)
    """
    seen: set[int] = set()
    at: ast.expr | None = node
    values = part = False
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        if isinstance(at, ast.Subscript):
            part = part or not values
            at = at.value
        elif isinstance(at, ast.Attribute):
            values = values or at.attr == "values"
            at = at.value
        elif isinstance(at, ast.Call) and isinstance(at.func, ast.Attribute) and called(at) != "astype":
            if ast.unparse(at.func.value) in ("pd", "pandas"):
                return values and (part or knowledge.truths)
            values = values or called(at) == "to_numpy"
            at = at.func.value
        else:
            at = knowledge.value(at) if isinstance(at, ast.Name) else None
    return False


def _makes_truths(node: ast.AST) -> bool:
    """`frame['a'] = frame['b'] > 3`, `DataFrame({'a': b > 3})`, `.astype(bool)`."""
    given: ast.AST | None = None
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        given = node.value
    elif isinstance(node, ast.Call) and called(node) in ("DataFrame", "assign"):
        given = node
    elif isinstance(node, ast.Call) and called(node) == "astype" and node.args:
        return ast.unparse(node.args[0]) in ("bool", "'bool'", "np.bool_", "numpy.bool_")
    return given is not None and any(isinstance(inner, ast.Compare) for inner in ast.walk(given))


def all_calls(codes: Sequence[Code]) -> Iterator[ast.Call]:
    """All calls of a document, in its order."""
    return (call for code in codes for call in calls(code.tree))
