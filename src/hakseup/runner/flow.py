"""What the variables of a document hold, followed through its assignments: test rows, shuffled rows, raw columns.

A rough reading in the order of the text: a name holds what was last assigned to it, an expression what its names hold.
It errs on the side of saying nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from enum import Enum

from hakseup.runner.code import Code, called, calls, keyword


class Kind(Enum):
    """What a variable holds; the values are the codes of the notes about what was prepared."""

    TEST = "test"  # a test part that comes with the data
    HELD_OUT = "held-out"  # the second half of train_test_split
    PART = "part"  # of rows that were divided already
    SHUFFLED = "shuffled"
    RAW_TABLE = "raw-table"  # columns as they were read
    RAW_PICTURES = "raw-pictures"  # pixels 0 to 255
    MEANS = "means-before-split"
    ONE_HOT = "one-hot-before-split"
    SCALED_WHOLE = "scaled-before-split"


RAW = {Kind.RAW_TABLE, Kind.RAW_PICTURES}
PREPARED = (Kind.MEANS, Kind.ONE_HOT, Kind.SCALED_WHOLE)
_READERS = ("read_csv", "read_excel", "read_table", "loadtxt", "genfromtxt", "read_parquet")
_SCALERS = ("fit_transform", "transform", "normalize", "scale", "minmax_scale", "robust_scale", "adapt")
_MEANS = ("mean", "median", "mode")
_NORMALISING = ("BatchNormalization", "Normalization", "Rescaling")


class Flow:
    """What each variable holds now."""

    def __init__(self) -> None:
        self._held: dict[str, frozenset[Kind]] = {}
        self._where: dict[Kind, tuple[ast.AST, Code]] = {}  # where a preparation was first seen
        self._normalises = False
        self.has_test = False  # whether a test part came with the data

    def kinds(self, node: ast.AST) -> frozenset[Kind]:
        """What this expression holds."""
        found: set[Kind] = set()
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name):
                found |= self._held.get(inner.id, frozenset())
        if _is_scaled(node) or self._normalises:
            found -= RAW
        return frozenset(found)

    def prepared(self, nodes: Iterable[ast.expr]) -> list[tuple[Kind, ast.AST, Code]]:
        """What of these was prepared on all rows, with the place where that was done."""
        found = {kind for node in nodes for kind in self.kinds(node)}
        return [(kind, *self._where[kind]) for kind in PREPARED if kind in found and kind in self._where]

    def take(self, statement: ast.stmt, code: Code) -> None:
        """Follow one statement."""
        if any(called(call) in _NORMALISING for call in calls(statement)):
            self._normalises = True
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                self._assign(target, statement.value, code)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            self._assign(statement.target, statement.value, code)
        elif isinstance(statement, ast.AugAssign):
            name = _name(statement.target)
            if name and isinstance(statement.op, ast.Div | ast.Sub):
                self._held[name] = self._held.get(name, frozenset()) - RAW
        elif isinstance(statement, ast.For):
            self._folds(statement)
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            self._in_place(statement.value, code)

    def _assign(self, target: ast.expr, value: ast.expr, code: Code) -> None:
        call = value if isinstance(value, ast.Call) else None
        if (
            call is not None
            and called(call) == "train_test_split"
            and isinstance(target, ast.Tuple | ast.List)
        ):
            return self._halves(target.elts, call)
        if call is not None and called(call) == "load_data" and isinstance(target, ast.Tuple | ast.List):
            return self._parts(target.elts)
        if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            if len(target.elts) == len(value.elts):
                for inner, part in zip(target.elts, value.elts, strict=True):
                    self._assign(inner, part, code)
            return None
        held = set(self.kinds(value)) | self._made(value, code)
        for name in _names(target):
            if isinstance(target, ast.Subscript):  # a part of it changes; the rest is as it was
                self._held[name] = frozenset(self._held.get(name, frozenset()) | (held - RAW))
            else:
                self._held[name] = frozenset(held)
        return None

    def _made(self, value: ast.expr, code: Code) -> set[Kind]:
        """What the calls of this expression make."""
        out: set[Kind] = set()
        for call in calls(value):
            name = called(call)
            if name in _READERS:
                out.add(Kind.RAW_TABLE)
            elif name in ("shuffle", "permutation") or (
                name == "sample" and keyword(call, "frac") is not None
            ):
                out.add(Kind.SHUFFLED)
            elif Kind.PART not in self.kinds(value) and (kind := _prepares(call)) is not None:
                out.add(kind)
                self._where[kind] = (call, code)
        if _is_scaled(value):
            out -= RAW
        return out

    def _halves(self, targets: list[ast.expr], call: ast.Call) -> None:
        """`a, b, c, d = train_test_split(x, y)`."""
        shuffle = keyword(call, "shuffle")
        mixed = not (isinstance(shuffle, ast.Constant) and shuffle.value is False)
        for index, target in enumerate(targets):
            source = call.args[index // 2] if index // 2 < len(call.args) else None
            held = set(self.kinds(source)) if source is not None else set()
            held |= {Kind.PART, Kind.SHUFFLED} if mixed else {Kind.PART}
            held |= {Kind.HELD_OUT} if index % 2 else set()
            for name in _names(target):
                self._held[name] = frozenset(held - set(PREPARED))

    def _parts(self, targets: list[ast.expr]) -> None:
        """`(x, y), (x_test, y_test) = mnist.load_data()`."""
        for index, part in enumerate(targets):
            inside = part.elts if isinstance(part, ast.Tuple | ast.List) else [part]
            for place, target in enumerate(inside):
                held = {Kind.PART, Kind.TEST} if index else {Kind.PART}
                self.has_test |= index > 0
                held |= {Kind.RAW_PICTURES} if place == 0 else set()
                for name in _names(target):
                    self._held[name] = frozenset(held)

    def _folds(self, statement: ast.For) -> None:
        """`for train, test in kfold.split(X)`: what is taken by these places is a part."""
        if any(called(call) == "split" for call in calls(statement.iter)):
            for name in _names(statement.target):
                self._held[name] = frozenset({Kind.PART})

    def _in_place(self, call: ast.Call, code: Code) -> None:
        """`df.fillna(df.mean(), inplace=True)`, `np.random.shuffle(x)`."""
        inplace = keyword(call, "inplace")
        if (
            isinstance(inplace, ast.Constant)
            and inplace.value is True
            and isinstance(call.func, ast.Attribute)
        ):
            names = _names(call.func.value)
        elif called(call) == "shuffle" and call.args:
            names = _names(call.args[0])
        else:
            return
        for name in names:
            self._held[name] = self._held.get(name, frozenset()) | frozenset(self._made(call, code))


def _prepares(call: ast.Call) -> Kind | None:
    """What a call prepares from all rows that it is given."""
    name = called(call)
    if name == "get_dummies":
        return Kind.ONE_HOT
    if name in ("fillna", "replace") and any(
        called(inner) in _MEANS for a in call.args for inner in calls(a)
    ):
        return Kind.MEANS
    if name == "fit_transform":
        owner = ast.unparse(call.func).lower()
        if any(word in owner for word in ("imputer", "imp.")):
            return Kind.MEANS
        if any(word in owner for word in ("scal", "standard", "minmax", "normal", "sc.", "ss.")):
            return Kind.SCALED_WHOLE
    return None


def _is_scaled(node: ast.AST) -> bool:
    """Whether the expression brings its values to one size: a division, a scaler."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Div):
            return True
        if isinstance(inner, ast.Call) and called(inner) in _SCALERS:
            return True
    return False


def _name(node: ast.expr) -> str | None:
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _names(node: ast.expr) -> list[str]:
    """The variables that an assignment to this changes."""
    if isinstance(node, ast.Tuple | ast.List):
        return [name for inner in node.elts for name in _names(inner)]
    name = _name(node)
    return [] if name is None else [name]
