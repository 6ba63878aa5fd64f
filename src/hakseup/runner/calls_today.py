"""Calls as they are written today: arguments that got another name, another place or are gone."""

from __future__ import annotations

import ast
import re

from hakseup.runner import renames
from hakseup.runner.code import Meanings, called, is_training, keyword
from hakseup.runner.imports_today import Target
from hakseup.runner.inside.rewriting import column_in_place, divisions
from hakseup.runner.knowledge import Knowledge, metrics_of
from hakseup.runner.pen import Pen, Told, dropped, written
from hakseup.words import Words

# What stood in these places; in those of `fit`, `evaluate` and `predict` stands something else
_PLACES = {
    "fit_generator": (
        *("x", "steps_per_epoch", "epochs", "verbose", "callbacks", "validation_data", "validation_steps"),
        *("validation_freq", "class_weight"),
    ),
    "evaluate_generator": ("x", "steps"),
    "predict_generator": ("x", "steps"),
}
_STEPS = (
    "steps_per_epoch",
    "validation_steps",
    "steps",
    "samples_per_epoch",
    "nb_val_samples",
    "val_samples",
)
_WHOLE = Told(
    "a / b",
    "a // b",
    Words(
        "Since Python 3, / gives a fraction, which is no place in an array, no end of a range and no number of steps: "
        "// gives whole numbers.",
        "파이썬 3부터 /의 결과는 소수여서 배열의 위치, range의 끝, 스텝 수가 될 수 없습니다. 정수로 나누려면 //를 쓰세요.",
    ),
)
_NOTHING = Told("", "", None)


class Calls:
    """Writes calls anew.

    Args:
        knowledge: of the document.
        meanings: of its names, as far as it was read.
        target: for whom.
    """

    def __init__(self, knowledge: Knowledge, meanings: Meanings, target: Target) -> None:
        self._knowledge, self._meanings, self._target = knowledge, meanings, target

    def write(self, node: ast.Call, pen: Pen) -> None:
        """One call."""
        name = called(node)
        if isinstance(node.func, ast.Name) and name in ("range", "xrange"):
            for place in node.args:
                whole_places(place, pen)
        if not self._is_elsewhere(node):
            meant = self._meanings.plain(node.func)
            today = None if meant in renames.MODULES else renames.successor(meant)  # `merge` was both
            self._arguments(node, (today or name).rpartition(".")[2], pen)
            self._kernel(node, name, pen)
            self._merge(node, pen)
        if isinstance(node.func, ast.Attribute):
            self._method(node, node.func, name, pen)
        if name == "compile" and metrics_of(node) is not None and keyword(node, "metrics") is None:
            pen.named(node, 2, "metrics", written("compile(optimizer, loss, metrics)", "metrics="))
        if self._target == "keras":
            self._for_keras(node, name, pen)

    def _is_elsewhere(self, node: ast.Call) -> bool:
        """Whether the document says that what is called is no part of Keras: its own, or another library's."""
        meant = self._meanings.plain(node.func)
        if meant:
            known = ("keras", "tensorflow", "pandas", "seaborn", "hakseup")
            return meant.partition(".")[0] not in known
        return isinstance(node.func, ast.Name) and node.func.id in self._knowledge.own

    # -- arguments

    def _arguments(self, node: ast.Call, name: str, pen: Pen) -> None:
        training = is_training(node) or name.startswith("evaluate") or name == "predict_generator"
        if name in renames.FITTING and not (training or self._is_model(node)):
            return
        for given in node.keywords:
            new = None if given.arg is None else renames.argument(name, given.arg)
            if given.arg in _STEPS and name in renames.FITTING:
                self._steps(node, given, new or given.arg, pen)
            elif new is None or given.arg is None:
                continue
            elif new == "":
                pen.drop(node, given, dropped(given.arg))
            elif given.arg == "delim_whitespace":
                if ast.unparse(given.value) == "True":
                    pen.replace(given, r"sep=r'\s+'", written("delim_whitespace=", "sep="))
            elif given.arg == "dim_ordering":
                order = renames.ORDERS.get(getattr(given.value, "value", ""))
                if order is not None:
                    pen.replace(given, f"{new}={order!r}", written("dim_ordering=", f"{new}="))
            else:
                start = pen.start(given)
                told = written(f"{given.arg}=", f"{new}=")
                pen.put(start, start + len(given.arg.encode("utf-8")), new, told)
        if name == "SGD" or name in renames.OPTIMIZERS:
            for given in node.keywords:
                if given.arg == "epsilon" and ast.unparse(given.value) == "None":
                    pen.drop(node, given, dropped("epsilon"))

    def _is_model(self, node: ast.Call) -> bool:
        return isinstance(node.func, ast.Attribute) and self._knowledge.is_model(node.func.value)

    def _steps(self, node: ast.Call, given: ast.keyword, new: str, pen: Pen) -> None:
        """Numbers of steps: of Keras 1 they were numbers of samples; fractions were cut off."""
        told = written(f"{given.arg}=", f"{new}=")
        start = pen.start(given)
        if new != given.arg:
            pen.put(start, start + len(given.arg or ""), new, told)
        self._whole(given.value, pen)
        of = node.args[0] if node.args else keyword(node, "generator", "x")
        if given.arg == "nb_val_samples":
            of = keyword(node, "validation_data")
        if given.arg in ("samples_per_epoch", "nb_val_samples", "val_samples") and of is not None:
            simple = isinstance(
                given.value, ast.Name | ast.Constant | ast.Call | ast.Attribute | ast.Subscript
            )
            first = f"len(next({pen.segment(of)})[0])"  # of a function of one's own
            rest = f" // {first if self._knowledge.is_generator(of) else f'{pen.segment(of)}.batch_size'}"
            pen.around(given.value, "" if simple else "(", rest if simple else f"){rest}", told)

    def _whole(self, value: ast.expr, pen: Pen) -> None:
        """A number of steps that a division or `np.ceil` made."""
        if divisions(value):
            whole_places(value, pen)
            return
        made = self._knowledge.value(value) if isinstance(value, ast.Name) else value
        if made is not None and (
            divisions(made) or self._meanings.plain(getattr(made, "func", made)) in _ROUNDED
        ):
            pen.around(value, "int(", ")", Told(_WHOLE.old, "int(a / b)", _WHOLE.reason))

    def _kernel(self, node: ast.Call, name: str, pen: Pen) -> None:
        """`Convolution2D(32, 3, 3)` of Keras 1: rows and columns of the kernel are one argument."""
        rows, columns = (
            next((k for k in node.keywords if k.arg == arg), None) for arg in ("nb_row", "nb_col")
        )
        plain = renames.canonical(self._meanings.plain(node.func)).rpartition(".")[2] or name
        told = written("Convolution2D(n, 3, 3)", "Conv2D(n, (3, 3))")
        if plain == "Convolution2D" and len(node.args) >= 3 and not isinstance(node.args[1], ast.Tuple):
            first, last = pen.argument(node, 1)[0], pen.argument(node, 2)[1]
            pen.put(first, first, "(", told)
            pen.put(last, last, ")", told)
        elif plain in ("Convolution2D", "Conv2D") and rows is not None and columns is not None:
            size = f"kernel_size=({pen.segment(rows.value)}, {pen.segment(columns.value)})"
            pen.replace(rows, size, told)
            pen.drop(node, columns, told)

    def _merge(self, node: ast.Call, pen: Pen) -> None:
        """`merge([a, b], mode='concat')` of Keras 1; its import has become that of the module."""
        mode = next((k for k in node.keywords if k.arg == "mode"), None)
        made = _MERGED.get(getattr(mode.value, "value", "")) if mode is not None else None
        if mode is None or made is None:
            return
        if self._meanings.plain(node.func) == "keras.layers.merge":
            told = written("merge(mode=)", f"{made}()")
            pen.put(pen.end(node.func), pen.end(node.func), f".{made}", told)
            pen.drop(node, mode, told)

    # -- methods

    def _method(self, node: ast.Call, func: ast.Attribute, name: str, pen: Pen) -> None:
        if name in renames.METHODS and self._meanings.of(func) is None:
            new = renames.METHODS[name]
            pen.attribute(func, new, written(f"{name}()", f"{new}()"))
            for index in range(1, min(len(node.args), len(_PLACES[name]))):
                if isinstance(node.args[index], ast.Starred):
                    break
                if _PLACES[name][index] in _STEPS:
                    self._whole(node.args[index], pen)
                pen.named(node, index, _PLACES[name][index], _NOTHING)  # in front of what was written there
        elif name == "predict_classes":
            two = self._knowledge.classes_are_two(node)
            told = written("predict_classes()", "predict() > 0.5" if two else "predict().argmax(axis=-1)")
            pen.attribute(func, "predict", told)
            before, after = ("(", ' > 0.5).astype("int32")') if two else ("", ".argmax(axis=-1)")
            pen.around(node, before, after, told)
        elif name == "predict_proba" and self._knowledge.is_model(func.value):
            pen.attribute(func, "predict", written("predict_proba()", "predict()"))
        elif name == "to_yaml" and self._knowledge.is_model(func.value):
            pen.attribute(func, "to_json", written("to_yaml()", "to_json()"))
        elif name == "append":
            self._append(node, func, pen)
        elif name == "next" and not node.args and not node.keywords and name not in self._knowledge.own:
            told = written("batches.next()", "next(batches)")
            pen.put(pen.start(node), pen.start(node), "next(", told)
            pen.put(pen.end(func.value), pen.end(node), ")", told)

    def _append(self, node: ast.Call, func: ast.Attribute, pen: Pen) -> None:
        """`frame = frame.append(row)`: a list's `append` has no value, so this one is pandas'."""
        pandas = next((local for local, name in self._meanings.local.items() if name == "pandas"), None)
        if pandas is None or len(node.args) != 1 or keyword(node, "ignore_index") is None:
            return
        told = written("DataFrame.append()", "pandas.concat()")
        first, last = pen.argument(node, 0)
        pen.put(pen.start(node), pen.start(node), f"{pandas}.concat([", told)
        row = isinstance(node.args[0], ast.Dict)
        pen.put(pen.end(func.value), first, f", {pandas}.DataFrame([" if row else ", ", told)
        pen.put(last, last, "])]" if row else "]", told)

    # -- what only Keras 3 needs

    def _for_keras(self, node: ast.Call, name: str, pen: Pen) -> None:
        metrics = keyword(node, "metrics") if name == "compile" else None
        if isinstance(metrics, ast.Constant) and isinstance(metrics.value, str):
            told = Told(
                "metrics='accuracy'",
                "metrics=['accuracy']",
                Words(
                    "Keras 3 wants a list here: metrics=['accuracy'].",
                    "케라스 3에서는 metrics=['accuracy']처럼 목록으로 씁니다.",
                ),
            )
            pen.around(metrics, "[", "]", told)
        if self._meanings.plain(node.func) == "pandas.get_dummies" and keyword(node, "dtype") is None:
            told = Told(
                "get_dummies",
                "get_dummies(dtype=int)",
                Words(
                    "Since pandas 2, get_dummies gives True and False; Keras needs numbers: get_dummies(…, dtype=int).",
                    "판다스 2부터 get_dummies는 True와 False를 만듭니다. 케라스에는 숫자가 필요하므로 get_dummies(…, dtype=int)로 씁니다.",
                ),
            )
            pen.add(node, "dtype=int", told)
        gone = renames.KERAS_3_DROPS.get(name, ())
        saves = name in ("save", "save_weights", "save_model")
        if (
            gone
            and not self._is_elsewhere(node)
            and (not saves or name == "save_model" or self._is_model(node))
        ):
            for given in node.keywords:
                if given.arg in gone:
                    pen.drop(node, given, _period(given) if given.arg == "period" else dropped(given.arg))
        if name in renames.OPTIMIZERS and not self._is_elsewhere(node):
            self._decay(node, pen)

    def _decay(self, node: ast.Call, pen: Pen) -> None:
        """`SGD(lr=0.1, decay=1e-6)`: Keras 3 passes over it, with a warning."""
        decay = next((k for k in node.keywords if k.arg == "decay"), None)
        if decay is not None:
            pen.drop(node, decay, _DECAY if getattr(decay.value, "value", 1) else dropped("decay"))


_MERGED = {"concat": "concatenate", "sum": "add", "mul": "multiply", "ave": "average", "max": "maximum"}
_ROUNDED = ("numpy.ceil", "numpy.floor", "numpy.round")
_DECAY = Told(
    "decay=",
    "schedules.InverseTimeDecay",
    Words(
        "Keras 3 passes over decay=; the same is learning_rate=keras.optimizers.schedules.InverseTimeDecay(rate, 1, decay).",
        "케라스 3은 decay=를 무시합니다. 같은 일은 learning_rate=keras.optimizers.schedules.InverseTimeDecay(학습률, 1, decay)로 합니다.",
    ),
)


def _period(given: ast.keyword) -> Told:
    if getattr(given.value, "value", None) == 1:
        return dropped("period")
    return Told(
        "period=",
        "",
        Words(
            "Keras 3 has no period=: a checkpoint is written after every epoch (save_freq counts batches).",
            "케라스 3에는 period=가 없어 에포크마다 저장합니다(save_freq는 배치를 셉니다).",
        ),
    )


def whole_places(place: ast.expr, pen: Pen) -> None:
    """`axes[i / 5]`, `range(n / 2)`: whole numbers up to Python 2."""
    for division in divisions(place):
        start, end = pen.end(division.left), pen.start(division.right)
        between = pen.text(start, end)
        if "#" not in between:
            pen.put(start, end, re.sub(r"\s*/\s*", " // ", between, count=1), _WHOLE)


def in_place(node: ast.Expr, pen: Pen) -> None:
    """`df["a"].fillna(0, inplace=True)`: pandas 3 fills a copy."""
    column = column_in_place(node.value)
    if column is None or not isinstance(node.value, ast.Call):
        return
    told = Told(
        "column.…(inplace=True)",
        "column = column.…()",
        Words(
            "Since pandas 3 this changes a copy and leaves the frame as it was: assign the column anew.",
            "판다스 3부터는 복사본만 바뀌고 데이터프레임은 그대로입니다. 열에 다시 대입하세요.",
        ),
    )
    pen.put(pen.start(node), pen.start(node), f"{pen.segment(column)} = ", told)
    for given in node.value.keywords:
        if given.arg == "inplace":
            pen.drop(node.value, given, told)
