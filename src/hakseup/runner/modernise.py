"""What in a document libraries have given up, and how it is written today: edits of its text, each with its reason.

`lessons` tells the reasons, `fix` carries the edits out. Found in the tree of the code, never in its text: a name in a
comment or in a string is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from hakseup.runner import code as code_of
from hakseup.runner import keras_today, renames
from hakseup.runner.code import Code, Meanings, called, calls, is_training, keyword
from hakseup.runner.imports_today import Imports, Target, of_tensorflow
from hakseup.runner.inside.rewriting import column_in_place, divisions
from hakseup.words import Words


@dataclass(frozen=True)
class Edit:
    """Text that takes the place of a piece of a block.

    start, end: (line from 1, column from 0) in the block's source.
    old, new: what a person knows it by; `reason` None: it needs no telling.
    """

    code: Code
    start: tuple[int, int]
    end: tuple[int, int]
    text: str
    old: str
    new: str
    reason: Words | None


def edits(codes: Sequence[Code], target: Target) -> list[Edit]:
    """All edits of a document, block by block.

    Args:
        codes: its blocks that are Python.
        target: for whom it is written: Keras 3, or hakseup's own `hakseup.keras`.
    """
    return _Finder(codes, target).find()


def written(old: str, new: str) -> Words:
    """The sentence about a name and its successor."""
    if ".src." in new:
        name = old.rpartition(".")[2]
        return Words(
            f"Keras 3 no longer offers {name}; what is left of it lies in {new}. hakseup keeps it.",
            f"케라스 3에는 {name}의 공개된 이름이 없고 {new}에 남아 있습니다. hakseup에서는 그대로 쓸 수 있습니다.",
        )
    return Words(f"{old} is gone; today it is {new}.", f"{old}은(는) 없어졌고, 지금은 {new}입니다.")


class _Finder:
    def __init__(self, codes: Sequence[Code], target: Target) -> None:
        self._codes, self._target = codes, target
        self._meanings = Meanings()
        self._found: list[Edit] = []
        self._code = codes[0] if codes else None
        trees = [code.tree for code in codes]
        self._facts = keras_today.Facts(trees)
        self._units = [_units(call) for tree in trees for call in calls(tree) if called(call) == "Dense"]
        self._imports = Imports(trees, target)
        self._renamed = self._imports.renamed

    def find(self) -> list[Edit]:
        for code in self._codes:
            self._code = code
            self._meanings.take(code.tree)
            before = len(self._found)
            for node in ast.walk(code.tree):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    self._import(node)
                elif isinstance(node, ast.Attribute):
                    self._attribute(node)
                elif isinstance(node, ast.Name):
                    self._name(node)
                elif isinstance(node, ast.Call):
                    self._call(node)
                    if isinstance(node.func, ast.Name) and node.func.id in ("range", "xrange"):
                        self._places(node.args)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    self._string(node)
                elif isinstance(node, ast.Subscript):
                    self._take(keras_today.history(node, self._facts))
                    self._places([node.slice])
                elif isinstance(node, ast.Expr):
                    self._in_place(node)
            self._found[before:] = _without_nested(self._found[before:])
        return self._found

    # -- imports

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        lines, told = self._imports.lines(node)
        if lines is None:
            return
        text = ("\n" + " " * node.col_offset).join(lines)
        for old, new in told or [(ast.unparse(node), "; ".join(lines))]:
            self._replace(node, text, old, new, written(old, new) if told else None)

    # -- names

    def _name(self, node: ast.Name) -> None:
        new = self._renamed.get(node.id)
        if new is not None:
            self._replace(node, new, node.id, new, None)

    def _attribute(self, node: ast.Attribute) -> None:
        self._take(keras_today.rate(node, self._segment))
        name = self._meanings.of(node)
        if name is None:
            return
        base = node
        while isinstance(base.value, ast.Attribute):
            base = base.value
        local = base.value
        assert isinstance(local, ast.Name)
        start = renames.canonical(self._meanings.local[local.id])
        if start == "tensorflow":
            new = of_tensorflow(name, self._target)
            if new is not None:
                still_there = name.startswith("tensorflow.nn.") or name == "tensorflow.__version__"
                told = not still_there and renames.canonical(name) not in (new, "tensorflow.random.set_seed")
                self._replace(node, new, name, new, written(name, new) if told else None)
            return
        new = renames.successor(name)
        if new is None or new == name:
            return
        prefix = start + "."
        if new.startswith(prefix):
            text = f"{self._renamed.get(local.id, local.id)}.{new.removeprefix(prefix)}"
        elif "." not in new or start not in renames.MODULES:
            text = new
        else:  # the import told of it
            self._replace(
                node, f"{self._renamed.get(local.id, local.id)}.{new.rpartition('.')[2]}", name, new, None
            )
            return
        self._replace(node, text, name, new, written(name, new))

    # -- calls

    def _call(self, node: ast.Call) -> None:
        name = called(node)
        self._arguments(node, name)
        if isinstance(node.func, ast.Attribute):
            if name in renames.METHODS and self._meanings.of(node.func) is None:
                new = renames.METHODS[name]
                at = (node.func.end_lineno or 1, (node.func.end_col_offset or 0) - len(name))
                end = (at[0], at[1] + len(name))
                self._put(at, end, new, f"{name}()", f"{new}()", written(f"{name}()", f"{new}()"))
            elif name == "predict_classes":
                self._classes(node)
            elif name == "append":
                self._append(node)
        if self._target == "keras":
            self._take(keras_today.value(node, self._meanings, self._segment))
            self._take(keras_today.inputs(node, self._facts, self._segment))
        if name == "compile":
            metrics = keyword(node, "metrics")
            if (
                isinstance(metrics, ast.Constant)
                and isinstance(metrics.value, str)
                and self._target == "keras"
            ):
                self._replace(
                    metrics,
                    f"[{self._segment(metrics)}]",
                    "metrics='accuracy'",
                    "metrics=['accuracy']",
                    Words(
                        "Keras 3 wants a list here: metrics=['accuracy'].",
                        "케라스 3에서는 metrics=['accuracy']처럼 목록으로 씁니다.",
                    ),
                )
        if (
            self._target == "keras"
            and self._meanings.plain(node.func) == "pandas.get_dummies"
            and keyword(node, "dtype") is None
        ):
            at = (node.end_lineno or 1, (node.end_col_offset or 1) - 1)
            self._put(
                at,
                at,
                ", dtype=int",
                "get_dummies",
                "get_dummies(dtype=int)",
                Words(
                    "Since pandas 2, get_dummies gives True and False; Keras needs numbers: get_dummies(…, dtype=int).",
                    "판다스 2부터 get_dummies는 True와 False를 만듭니다. 케라스에는 숫자가 필요하므로 get_dummies(…, dtype=int)로 씁니다.",
                ),
            )

    def _arguments(self, node: ast.Call, name: str) -> None:
        training = is_training(node) or name in code_of.EVALUATE or name == "predict_generator"
        if name in renames.FITTING and not training:
            return
        for given in node.keywords:
            new = None if given.arg is None else renames.argument(name, given.arg)
            if new is None or given.arg is None:
                continue
            start = (given.lineno, given.col_offset)
            told = f"{given.arg}="
            if new == "":
                self._put(start, self._through_comma(given), "", told, "", _dropped(given.arg))
                continue
            value = self._segment(given.value)
            if given.arg == "samples_per_epoch" and node.args:
                value = f"{value} // {self._segment(node.args[0])}.batch_size"
            if given.arg == "delim_whitespace":
                if value != "True":
                    continue
                value = r"r'\s+'"
            end = (given.value.end_lineno or 1, given.value.end_col_offset or 0)
            if given.arg == "border_mode" or value != self._segment(given.value):
                self._put(start, end, f"{new}={value}", told, f"{new}=", written(told, f"{new}="))
            else:
                self._put(
                    start,
                    (start[0], start[1] + len(given.arg)),
                    new,
                    told,
                    f"{new}=",
                    written(told, f"{new}="),
                )

    def _classes(self, node: ast.Call) -> None:
        """`predict_classes(x)`: the class is taken from the probabilities."""
        assert isinstance(node.func, ast.Attribute)
        call = f"{self._segment(node.func.value)}.predict({', '.join(self._segment(a) for a in node.args)})"
        two = bool(self._units) and self._units[-1] == 1
        text = f'({call} > 0.5).astype("int32")' if two else f"{call}.argmax(axis=-1)"
        new = "predict() > 0.5" if two else "predict().argmax(axis=-1)"
        self._replace(node, text, "predict_classes()", new, written("predict_classes()", new))

    def _append(self, node: ast.Call) -> None:
        """`frame = frame.append(row)`: a list's `append` has no value, so this one is pandas'."""
        pandas = next((local for local, name in self._meanings.local.items() if name == "pandas"), None)
        if (
            pandas is None
            or not node.args
            or keyword(node, "ignore_index") is None
            or not isinstance(node.func, ast.Attribute)
        ):
            return
        options = "".join(f", {k.arg}={self._segment(k.value)}" for k in node.keywords)
        row = self._segment(node.args[0])
        if isinstance(node.args[0], ast.Dict):
            row = f"{pandas}.DataFrame([{row}])"
        text = f"{pandas}.concat([{self._segment(node.func.value)}, {row}]{options})"
        self._replace(
            node,
            text,
            "DataFrame.append()",
            "pandas.concat()",
            written("DataFrame.append()", "pandas.concat()"),
        )

    def _in_place(self, node: ast.Expr) -> None:
        """`df["a"].fillna(0, inplace=True)`: pandas 3 fills a copy."""
        column = column_in_place(node.value)
        if column is None or not isinstance(node.value, ast.Call):
            return
        call = node.value
        given = [self._segment(a) for a in call.args]
        given += [f"{k.arg}={self._segment(k.value)}" for k in call.keywords if k.arg != "inplace"]
        text = self._segment(column)
        self._replace(
            node,
            f"{text} = {self._segment(call.func)}({', '.join(given)})",
            "column.…(inplace=True)",
            "column = column.…()",
            Words(
                "Since pandas 3 this changes a copy and leaves the frame as it was: assign the column anew.",
                "판다스 3부터는 복사본만 바뀌고 데이터프레임은 그대로입니다. 열에 다시 대입하세요.",
            ),
        )

    # -- strings

    def _string(self, node: ast.Constant) -> None:
        value = str(node.value)
        if value.endswith(".hdf5") and self._target == "keras":
            ending = ".weights.h5" if self._only_weights() else ".keras"
            text = self._segment(node)
            at = text.rfind(".hdf5")
            if at >= 0 and "\n" not in text:
                start = (node.lineno, node.col_offset + len(text[:at].encode("utf-8")))
                self._put(
                    start,
                    (start[0], start[1] + len(".hdf5")),
                    ending,
                    ".hdf5",
                    ending,
                    Words(
                        f"Keras 3 saves into {ending} files; it no longer writes .hdf5.",
                        f"케라스 3은 {ending} 파일로 저장하며 .hdf5로는 쓰지 않습니다.",
                    ),
                )

    def _only_weights(self) -> bool:
        return any(
            keyword(call, "save_weights_only") is not None or called(call) in ("save_weights", "load_weights")
            for code in self._codes
            for call in calls(code.tree)
        )

    def _take(self, found: keras_today.Found) -> None:
        if found is not None:
            node, text, old, new = found
            self._replace(node, text, old, new, written(old, new))

    def _places(self, written_there: Sequence[ast.expr]) -> None:
        """`axes[i / 5]`, `range(n / 2)`: whole numbers up to Python 2."""
        for division in (found for place in written_there for found in divisions(place)):
            whole = ast.unparse(ast.BinOp(division.left, ast.FloorDiv(), division.right))
            told = Words(
                "Since Python 3, / gives a fraction, which is no place in an array and no end of a range: // gives whole numbers.",
                "파이썬 3부터 /의 결과는 소수여서 배열의 위치나 range의 끝이 될 수 없습니다. 정수로 나누려면 //를 쓰세요.",
            )
            self._replace(division, whole, "a / b", "a // b", told)

    # -- text

    def _segment(self, node: ast.expr) -> str:
        assert self._code is not None
        return ast.get_source_segment(self._code.block.source, node) or ast.unparse(node)

    def _through_comma(self, given: ast.keyword) -> tuple[int, int]:
        """The end of an argument with the comma behind it."""
        assert self._code is not None
        line, column = given.value.end_lineno or 1, given.value.end_col_offset or 0
        rest = self._code.block.source.split("\n")[line - 1].encode("utf-8")[column:].decode("utf-8")
        skipped = len(rest) - len(rest.lstrip(" ,")) if rest.lstrip().startswith(",") else 0
        return line, column + skipped

    def _replace(
        self, node: ast.expr | ast.stmt, text: str, old: str, new: str, reason: Words | None
    ) -> None:
        self._put(
            (node.lineno, node.col_offset),
            (node.end_lineno or node.lineno, node.end_col_offset or 0),
            text,
            old,
            new,
            reason,
        )

    def _put(
        self,
        start: tuple[int, int],
        end: tuple[int, int],
        text: str,
        old: str,
        new: str,
        reason: Words | None,
    ) -> None:
        assert self._code is not None
        self._found.append(Edit(self._code, start, end, text, old, new, reason))


def _dropped(name: str) -> Words:
    return Words(
        f"The argument {name}= is gone and not needed.", f"인자 {name}=은 없어졌고 필요하지 않습니다."
    )


def _units(call: ast.Call) -> object:
    first = call.args[0] if call.args else keyword(call, "units", "output_dim")
    return first.value if isinstance(first, ast.Constant) else None


def _without_nested(found: list[Edit]) -> list[Edit]:
    """An edit inside a larger one gives way to it; of two at one place the first stays (its reason is told still)."""
    out: list[Edit] = []
    for edit in sorted(found, key=lambda e: (e.start, (-e.end[0], -e.end[1]))):
        if not any(
            o.start <= edit.start and edit.end <= o.end and (o.start, o.end) != (edit.start, edit.end)
            for o in out
        ):
            out.append(edit)
    return out
