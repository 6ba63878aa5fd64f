"""The network of a table's run: from its recipe to a module, and back from network.json.

Either layers in the Keras vocabulary on one-hot rows, or the ensemble (`ensemble.TabularEnsemble`) on numbers and
codes. What goes in is one tensor of rows either way, so that the loop need not know which.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor, nn

from hakseup.data import table_rows
from hakseup.data.table_preparation import Encoded, TablePreparation
from hakseup.errors import CallError, NetworkError, damaged
from hakseup.layers import parse
from hakseup.models.refusals import impossible_parameter, unknown_parameter
from hakseup.models.sequential import Sequential
from hakseup.models.tabular.ensemble import TabularEnsemble
from hakseup.seeds import torch_generator
from hakseup.settings import NetworkSettings, Recipe
from hakseup.words import Words

NAME = "table"
# What a recipe may say of the ensemble, and what is taken if it does not.
PARAMETERS: dict[str, int | float] = {
    name: parameter.default
    for name, parameter in inspect.signature(TabularEnsemble).parameters.items()
    if parameter.default is not inspect.Parameter.empty
}
# The settings' way with categories, as the largest number of them in a column that is one-hot.
_ONE_HOT = {"one_hot": {"one_hot": sys.maxsize}, "embedding": {"one_hot": 0}}


class OnRows(nn.Module):
    """A network that takes rows as one tensor: float32 (b, w), or (b, w, 1, 1)."""

    def __init__(self, inner: nn.Module, numbers: int | None) -> None:
        """numbers: how many numbers stand before the codes; None: `inner` takes the rows as they are."""
        super().__init__()
        self.inner, self.numbers = inner, numbers

    def forward(self, x: Tensor) -> Tensor:
        """Logits (b, k) or values (b, 1); of an ensemble that trains (m, b, k)."""
        x = x.flatten(1)
        out: Tensor
        if self.numbers is None:
            out = self.inner(x)
        else:
            out = self.inner(x[:, : self.numbers], x[:, self.numbers :].long())
        return out


def check(settings: NetworkSettings) -> None:
    """Find what is wrong with the words of a network before the table is read.

    Raises:
        CallError, NetworkError: another network than that of tables, or an unknown layer or parameter.
    """
    if settings.layers:
        parse(settings.layers)
        return
    if settings.name != NAME:
        raise CallError(
            "not-for-tables",
            Words(
                f"network '{settings.name}' is for pictures; this is a table.",
                f"신경망 '{settings.name}'은(는) 그림용입니다. 이 데이터는 표입니다.",
            ),
            Words(
                "Leave --recipe out, take --recipe table, or write network.layers.",
                "--recipe를 빼거나 --recipe table을 쓰거나 network.layers를 적으세요.",
            ),
        )
    for key, value in settings.parameters.items():
        if key not in PARAMETERS:
            raise unknown_parameter(NAME, key, list(PARAMETERS))
        whole = isinstance(PARAMETERS[key], int)
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise impossible_parameter(key, value, PARAMETERS[key])


def fitting(settings: NetworkSettings, preparation: TablePreparation) -> Sequential | TabularEnsemble:
    """The network of these settings for such rows and such a target.

    Raises:
        NetworkError: the layers do not fit them. CallError: embeddings are asked for of layers.
    """
    k = len(preparation.classes)
    if not settings.layers:
        numbers = len(preparation.number_names)
        said = {**_ONE_HOT.get(preparation.categories, {}), **settings.parameters}
        return TabularEnsemble(numbers, preparation.cardinalities, k or 1, **said)
    if preparation.categories == "embedding":
        raise CallError(
            "setting-without-effect",
            Words(
                "preparation.categories = embedding has no effect on network.layers: they take one-hot rows.",
                "network.layers는 원-핫 행을 받으므로 preparation.categories = embedding은 영향이 없습니다.",
            ),
            Words("Leave it out, or take the recipe table.", "빼거나 table 레시피를 쓰세요."),
        )
    model = Sequential(parse(settings.layers)).for_input((len(preparation.one_hot_names),))
    check_output(model, k)
    return model


def check_output(model: Sequential, classes: int) -> None:
    """Refuse layers that do not end in what is predicted: so many classes, or with 0 one number.

    Raises:
        NetworkError: they do not.
    """
    if classes:
        model.check_output(classes)
    elif model.output_shapes[-1] != (1,) or model.final_activation != "linear":
        raise _not_one_number(model)


def network(recipe: Recipe, preparation: TablePreparation) -> tuple[nn.Module, str, dict[str, Any]]:
    """A module with fresh weights from the recipe's seed, its final activation, and network.json.

    Raises:
        NetworkError: the layers do not fit the rows or the target.
    """
    model = fitting(recipe.network, preparation)
    facts = model.as_dict()
    if isinstance(model, TabularEnsemble):
        rows = {"numbers": len(preparation.number_names), "codes": len(preparation.code_names)}
        facts |= {"name": NAME, "rows": rows}
    else:
        facts |= {"name": "layers", "rows": {"numbers": len(preparation.one_hot_names), "codes": 0}}
    facts["classes"] = len(preparation.classes)
    module, final = rebuild(facts, recipe.training.seed)
    return module, final, facts


def rebuild(facts: Mapping[str, Any], seed: int = 0) -> tuple[nn.Module, str]:
    """The module of a run, with fresh weights from the seed, and the name of its final activation.

    Raises:
        RunError: network.json is damaged.
    """
    generator = torch_generator(seed, "weights")
    try:
        rows, k = facts["rows"], int(facts["classes"])
        if facts.get("kind") == "tabular-ensemble":
            inner: nn.Module = TabularEnsemble.from_dict(facts).build(generator)
            return OnRows(inner, int(rows["numbers"])), "softmax" if k else "linear"
        model = Sequential.from_dict(facts)
        return OnRows(model.build(generator, k or None), None), model.final_activation
    except (KeyError, TypeError, ValueError, CallError, NetworkError) as error:
        raise damaged("network.json", error) from None


def inputs(preparation: TablePreparation, facts: Mapping[str, Any], rows: np.ndarray) -> np.ndarray:
    """Rows of `preparation.rows` as this network takes them, float32 (n, 1, 1, w)."""
    if facts.get("kind") == "tabular-ensemble":
        return table_rows.pixels(rows)
    d = len(preparation.number_names)
    return table_rows.pixels(preparation.one_hot(Encoded(rows[:, :d], rows[:, d:].astype(np.int64))))


def _not_one_number(model: Sequential) -> NetworkError:
    shape = model.output_shapes[-1]
    return NetworkError(
        "output-not-a-number",
        Words(
            f"The target is a number: the network must end with Dense(1) without activation; it ends with {shape} and "
            f"'{model.final_activation}'.",
            f"목표가 수이므로 신경망은 활성화 없는 Dense(1)로 끝나야 합니다. 지금은 {shape}, '{model.final_activation}'입니다.",
        ),
        Words(
            "Change the last layer, or say --task classes.", "마지막 층을 바꾸거나 --task classes를 주세요."
        ),
    )
