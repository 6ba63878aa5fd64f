"""Figures, rates and values of a model, as code before Keras 3 asks for them, and what is written in their place."""

from __future__ import annotations

import ast

from hakseup.runner import renames
from hakseup.runner.code import EVALUATE, Meanings, called, is_training, keyword
from hakseup.runner.imports_today import LATEST, Target
from hakseup.runner.knowledge import Knowledge, may_be_mixed
from hakseup.runner.pen import Pen, Told, written
from hakseup.words import Words

# Figures of an epoch under their names up to Keras 2.2, and today's
_FIGURES = {
    "acc": "accuracy",
    "mean_absolute_error": "mae",
    "mean_squared_error": "mse",
    "lr": "learning_rate",
}
_WATCHING = {"ModelCheckpoint": 1, "EarlyStopping": 0, "ReduceLROnPlateau": 0}  # where `monitor` stands
_NUMBERS = Told("object", "float32", None)


class Values:
    """Writes these anew.

    Args:
        knowledge: of the document.
        meanings: of its names, as far as it was read.
        target: for whom.
    """

    def __init__(self, knowledge: Knowledge, meanings: Meanings, target: Target) -> None:
        self._knowledge, self._meanings, self._target = knowledge, meanings, target

    def figure(self, key: str) -> str | None:
        """Today's name of a figure: since Keras 2.3 what `metrics` says, and the rate has its whole name."""
        bare = key.removeprefix("val_")
        today, known = _FIGURES.get(bare), self._knowledge
        said = known.strings if bare == "acc" else known.metrics | {"learning_rate"}
        if today is None or today not in said or bare in known.metrics | known.written:
            return None
        return key[: len(key) - len(bare)] + today

    # -- what is read

    def subscript(self, node: ast.Subscript, pen: Pen) -> None:
        """`history.history['acc']`, `logs['lr']`; `model.metrics_names[1]`."""
        if self._knowledge.is_figures(node.value):
            self._keys(node.slice, pen)
        elif self._target == "keras" and isinstance(node.value, ast.Attribute):
            index = getattr(node.slice, "value", None)
            lists = self._knowledge.lists
            names = lists[0] if lists and all(names == lists[0] for names in lists) else []
            if node.value.attr == "metrics_names" and isinstance(index, int) and 0 < index <= len(names):
                name = names[index - 1]
                if name is not None:
                    pen.replace(node, repr(name), _METRICS)

    def compare(self, node: ast.Compare, pen: Pen) -> None:
        """`'acc' in logs`; `K.image_dim_ordering() == 'th'`."""
        sides = [node.left, *node.comparators]
        if isinstance(node.ops[0], ast.In | ast.NotIn) and self._knowledge.is_figures(sides[1]):
            self._keys(sides[0], pen)
        asks = [s for s in sides if isinstance(s, ast.Call) and called(s) == "image_dim_ordering"]
        for side in sides if asks else ():
            self._order(side, pen)

    def _keys(self, where: ast.expr, pen: Pen) -> None:
        for key in where.elts if isinstance(where, ast.List) else [where]:
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                new = self.figure(key.value)
                if new is not None:
                    told = written(f"history['{key.value}']", f"history['{new}']")
                    pen.replace(key, pen.segment(key).replace(key.value, new), told)  # in its own quotes

    def attribute(self, node: ast.Attribute, pen: Pen) -> None:
        """`model.optimizer.lr`."""
        if node.attr == "lr" and self._knowledge.is_optimizer(node.value):
            pen.attribute(node, "learning_rate", written("optimizer.lr", "optimizer.learning_rate"))

    # -- calls

    def call(self, node: ast.Call, pen: Pen) -> None:
        """What a call asks for or is given."""
        name = called(node)
        func = node.func
        if (
            name == "get"
            and isinstance(func, ast.Attribute)
            and self._knowledge.is_figures(func.value)
            and node.args
        ):
            self._keys(node.args[0], pen)
        if name in _WATCHING:
            at = _WATCHING[name]
            self._keys(keyword(node, "monitor") or (node.args[at] if len(node.args) > at else node), pen)
        if name == "set_image_dim_ordering" and node.args:
            self._order(node.args[0], pen)
        if self._target == "keras":
            self._latest(node, pen)
            self._backend(node, pen)
            self._inputs(node, name, pen)
            if (
                is_training(node)
                or name in EVALUATE
                or (
                    name == "predict"
                    and isinstance(func, ast.Attribute)
                    and self._knowledge.is_model(func.value)
                )
            ):
                self._arrays(node, pen)

    def _order(self, node: ast.expr, pen: Pen) -> None:
        order = renames.ORDERS.get(getattr(node, "value", "")) if isinstance(node, ast.Constant) else None
        if order is not None:
            pen.replace(node, repr(order), written(ast.unparse(node), repr(order)))

    def _backend(self, node: ast.Call, pen: Pen) -> None:
        """`K.get_value(rate)`, `K.set_value(rate, 0.1)`: variables of Keras 3 answer themselves; `K.argmax(y)`: another axis."""
        name = self._meanings.plain(node.func)
        head, _, leaf = name.rpartition(".")
        if head != "keras.backend" or (leaf in ("get_value", "set_value", "eval") and node.keywords):
            return
        if leaf in ("get_value", "eval") and len(node.args) == 1:
            told = written(name, "x.numpy()")
            start, end = pen.argument(node, 0)
            simple = isinstance(node.args[0], ast.Name | ast.Attribute | ast.Call | ast.Subscript)
            pen.put(pen.start(node), start, "" if simple else "(", told)
            pen.put(end, pen.end(node), ".numpy()" if simple else ").numpy()", told)
        elif leaf == "set_value" and len(node.args) == 2:
            told = written(name, "x.assign(value)")
            (start, end), (second, _) = pen.argument(node, 0), pen.argument(node, 1)
            pen.put(pen.start(node), start, "", told)
            pen.put(end, second, ".assign(", told)
        elif leaf == "int_shape" and len(node.args) == 1:
            told = written(name, "x.shape")
            start, end = pen.argument(node, 0)
            pen.put(pen.start(node), start, "", told)
            pen.put(end, pen.end(node), ".shape", told)
        elif leaf in renames.LAST_AXIS and len(node.args) == 1 and keyword(node, "axis") is None:
            pen.add(node, "axis=-1", Told(f"{leaf}()", f"{leaf}(axis=-1)", _LAST_AXIS))

    def _latest(self, node: ast.Call, pen: Pen) -> None:
        """`tf.train.latest_checkpoint(folder)`: that looks for files which Keras 3 does not write."""
        if self._meanings.plain(node.func) != LATEST or len(node.args) != 1:
            return
        start, end = pen.argument(node, 0)
        told = written("tf.train.latest_checkpoint()", "max(pathlib.Path().glob())")
        pen.put(pen.start(node), start, "max(pathlib.Path(", told)
        newest = "key=lambda path: path.stat().st_mtime_ns)"
        pen.put(end, pen.end(node), f').glob("*.weights.h5"), {newest}', told)

    def _inputs(self, node: ast.Call, name: str, pen: Pen) -> None:
        """`Model(model.input, …)`: a Sequential of Keras 3 has `inputs` alone."""
        given = keyword(node, "inputs", "input") or (node.args[0] if node.args else None)
        if name != "Model" or not isinstance(given, ast.Attribute) or given.attr != "input":
            return
        if self._knowledge.is_model(given.value):
            old = pen.segment(given)
            pen.attribute(given, "inputs", written(old, f"{old}s"))

    def _arrays(self, node: ast.Call, pen: Pen) -> None:
        """What comes from a frame: of mixed columns, numbers and truths, it would be of objects, which Keras 3 refuses."""
        given = [*node.args[:2], *(k.value for k in node.keywords if k.arg in ("x", "y"))]
        validation = keyword(node, "validation_data")
        given += validation.elts if isinstance(validation, ast.Tuple | ast.List) else []
        for array in given:
            if may_be_mixed(self._knowledge, array):
                pen.put(pen.end(array), pen.end(array), ".astype('float32')", _NUMBERS)


_LAST_AXIS = Words(
    "Without axis= keras.backend took the last axis, keras.ops takes another one or none.",
    "axis=을 쓰지 않으면 keras.backend는 마지막 축을 썼지만, keras.ops는 다른 축을 쓰거나 축을 꼭 적어야 합니다.",
)
_METRICS = Told(
    "metrics_names[1]",
    "",
    Words(
        "metrics_names of Keras 3 says only 'compile_metrics' for all metrics: the name is written out.",
        "케라스 3의 metrics_names는 모든 지표를 'compile_metrics'라고만 합니다. 이름을 직접 적었습니다.",
    ),
)
