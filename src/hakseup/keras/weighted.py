"""The numbers of a model: reading and filling them, what learns, how many there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hakseup.keras.chain import WITHIN
from hakseup.keras.eager import eager, named
from hakseup.keras.stack import Stack
from hakseup.layers.weights import Variable


class Weighted(Stack):
    """What `Stack` is, with its numbers."""

    def get_weights(self) -> list[np.ndarray]:
        """All numbers in Keras' order and layout, copies."""
        return [v.numpy() for _, v in self.network("get_weights").variables()] if self.built else []

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Fill all numbers.

        Raises:
            NetworkError: another number of arrays, or a shape that does not fit.
        """
        self.network("set_weights").assign(weights)

    @property
    def weights(self) -> list[np.ndarray]:
        """All numbers, copies that have a `name`."""
        return (
            [self._weight(layer, v) for layer, v in self.network("weights").variables()] if self.built else []
        )

    def _weight(self, layer: str, variable: Variable) -> np.ndarray:
        place = f"{self.name}/{layer.replace(WITHIN, '/')}"
        if self.type == "Functional":  # its layers were made by themselves, those of a Sequential within it
            one = self.home(layer)
            within = one.home if one is not None and one.inner is not None else self
            own = layer if one is None or one.inner is None else one.inner
            place = own if within is None or within.type == "Functional" else f"{within.name}/{own}"
        return named(f"{place}/{variable.name}", variable.numpy(), variable.trainable, variable.assign)

    @property
    def trainable(self) -> bool:
        """Whether any layer learns; setting it says so of all layers. Set it before `compile`."""
        return any(getattr(layer, "trainable", True) for layer in self._layers)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self._layers:
            layer.trainable = value  # type: ignore[attr-defined]
        if self.type == "Functional":  # the input says so, too
            self.layers[0].trainable = value

    @property
    def trainable_weights(self) -> list[np.ndarray]:
        """The numbers that training changes by gradient, copies that have a `name`."""
        found = self.network("trainable_weights").learned() if self.built else []
        return [self._weight(layer, v) for layer, v in found]

    @property
    def non_trainable_weights(self) -> list[np.ndarray]:
        """The other numbers, copies that have a `name`."""
        found = self.network("non_trainable_weights").variables() if self.built else []
        return [self._weight(layer, v) for layer, v in found if not v.trainable]

    variables, trainable_variables, non_trainable_variables = (
        weights,
        trainable_weights,
        non_trainable_weights,
    )

    @property
    def losses(self) -> list[Any]:
        """What each layer with regularisers adds to the loss, as numbers that answer `.numpy()`."""
        return [eager(part) for part in self.network("losses").penalties()] if self.built else []

    def layer_weights(self) -> list[tuple[str, list[tuple[str, np.ndarray]]]]:
        """(name of the layer, [(name of the variable, numbers)]), for files."""
        found = self.network("layer_weights").variables_by_layer()
        return [(name, [(v.name, v.numpy()) for v in own]) for name, own in found]

    def variables_by_part(self, learned_first: bool = False) -> list[tuple[str, list[Variable]]]:
        """(name, its numbers), for files; of a model that was put in as a whole all, called "layer/variable".

        Args:
            learned_first: of such a model first those that training changes by gradient.
        """
        found = dict(self.network("variables_by_part").variables_by_layer())
        out: list[tuple[str, list[Variable]]] = []
        for part, _ in self.parts():
            name = str(part.name)
            if not isinstance(part, Stack):
                out.append((name, found[name]))
                continue
            own = [
                replace(variable, name=f"{one.inner}/{variable.name}")
                for one, _ in part.whole()
                for variable in found[one.name]
            ]
            if learned_first:
                own.sort(key=lambda variable: not variable.trainable)
            out.append((name, own))
        return out

    def count_params(self) -> int:
        """How many numbers it has."""
        return sum(math.prod(v.shape) for _, v in self.network("count_params").variables())
