"""What a model file holds, and how it gets into a model: weights by place and shape, never by guessing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from hakseup.errors import DataError
from hakseup.keras.files.config import Architecture
from hakseup.keras.graph import Sources
from hakseup.layers.checks import snake_case
from hakseup.layers.weights import Variable
from hakseup.models.sequential import Sequential as Plan
from hakseup.words import Words

# Layout that is written; the oldest Keras that the tests open the files with.
KERAS_VERSION = "3.12.0"

Variables = list[tuple[str, np.ndarray]]  # name ("kernel") and numbers, in Keras' order and layout


class Model(Protocol):
    """What files need of a model."""

    type: str
    name: str

    @property
    def input_shape(self) -> tuple[int | None, ...] | None: ...
    @property
    def built(self) -> bool: ...
    @property
    def trainable(self) -> bool: ...
    @property
    def plan(self) -> Plan: ...
    def parts(self) -> Sequence[tuple[Any, Sources]]: ...
    def variables_by_part(self, learned_first: bool = False) -> list[tuple[str, list[Variable]]]: ...
    def compile(self, **arguments: Any) -> object: ...
    def compile_config(self) -> dict[str, Any] | None: ...
    def optimizer_state(self) -> Variables | None: ...
    def set_optimizer_state(self, state: Variables) -> None: ...


@dataclass(frozen=True)
class LayerArrays:
    """The arrays of one layer as they stand in a file."""

    layer: str
    variables: Variables

    @property
    def arrays(self) -> list[np.ndarray]:
        """The numbers alone."""
        return [array for _name, array in self.variables]


@dataclass(frozen=True)
class Stored:
    """A whole model as it stands in a file."""

    architecture: Architecture
    weights: list[LayerArrays]  # of layers that have any, from first to last
    compiled: dict[str, Any] | None  # `compile_config` of Keras 3
    optimizer: Variables | None


def paths_by_class(layers: Sequence[Any]) -> list[str]:
    """Where Keras 3 keeps the weights of each layer, or model within: by class and number, whatever it is called."""
    counted: dict[str, int] = {}
    out = []
    for layer in layers:
        stem = snake_case(layer.type)
        number = counted[stem] = counted.get(stem, -1) + 1
        out.append(f"{stem}_{number}" if number else stem)
    return out


def put_weights(
    model: Model,
    weights: Sequence[LayerArrays],
    path: Path,
    *,
    learned_first: bool = False,
    by_name: bool = False,
    skip: bool = False,
) -> None:
    """Give the model the arrays of a file; nothing changes where some do not fit.

    Args:
        model: built.
        weights: from the file, in its order; a model within it counts as one layer.
        path: the file; named in errors.
        learned_first: of a model within it the file has first what training changes.
        by_name: take only the layers that are called the same here; else all, in order.
        skip: leave a layer as it is where its shapes differ.

    Raises:
        DataError: another number of layers or arrays, or other shapes.
    """
    own = [(layer, variables) for layer, variables in model.variables_by_part(learned_first) if variables]
    if by_name:
        called = {w.layer: w for w in weights}
        pairs = [(layer, variables, called[layer]) for layer, variables in own if layer in called]
    elif len(own) != len(weights):
        raise _does_not_fit(
            path,
            Words(
                f"it has weights of {len(weights)} layers ({_listed([w.layer for w in weights])}), "
                f"the network has {len(own)} ({_listed([layer for layer, _ in own])})",
                f"파일에는 층 {len(weights)}개({_listed([w.layer for w in weights])})의 가중치가 있는데 "
                f"신경망에는 {len(own)}개({_listed([layer for layer, _ in own])})가 있습니다",
            ),
        )
    else:
        pairs = [(layer, variables, w) for (layer, variables), w in zip(own, weights, strict=True)]
    fitting: list[tuple[Variable, np.ndarray]] = []
    for layer, variables, found in pairs:
        expected, shapes = [v.shape for v in variables], [a.shape for a in found.arrays]
        if expected == shapes:
            fitting += zip(variables, found.arrays, strict=True)
        elif not skip:
            raise _does_not_fit(
                path,
                Words(
                    f"the layer '{layer}' has {_listed(expected)}, the file has {_listed(shapes)} for it",
                    f"'{layer}' 층의 모양은 {_listed(expected)}인데 파일에는 {_listed(shapes)}(이)가 있습니다",
                ),
            )
    for variable, array in fitting:
        variable.assign(array)


def _listed(entries: Sequence[object]) -> str:
    return ", ".join(str(entry) for entry in entries[:8]) + (", …" if len(entries) > 8 else "") or "-"


def _does_not_fit(path: Path, why: Words) -> DataError:
    return DataError(
        "weights-do-not-fit",
        Words(
            f"The weights in {path} do not fit the network: {why.en}.",
            f"{path} 파일의 가중치가 신경망과 맞지 않습니다: {why.ko}.",
        ),
        Words(
            "Build the same layers as when they were saved, or load the whole model with load_model.",
            "저장할 때와 같은 층으로 신경망을 만들거나, load_model로 모델 전체를 불러오세요.",
        ),
    )


def complete_compile_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """A compile config in which every object says the module that Keras 3 looks it up in."""
    out = {"loss_weights": None, "weighted_metrics": None, **config}
    for key, module in (("optimizer", "optimizers"), ("loss", "losses"), ("metrics", "metrics")):
        out[key] = _with_module(out.get(key), f"keras.{module}")
    return out


def _with_module(value: Any, module: str) -> Any:
    if isinstance(value, list | tuple):
        return [_with_module(v, module) for v in value]
    if not isinstance(value, Mapping) or "class_name" not in value:
        return value
    config = value.get("config")
    if isinstance(config, Mapping):  # a schedule in place of the learning rate
        config = {k: _with_module(v, f"{module}.schedules") for k, v in config.items()}
    return {"module": module, "registered_name": None, **value, "config": config}
