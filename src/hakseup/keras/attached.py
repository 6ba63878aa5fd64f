"""A layer as part of a model: the same dataclass, with what Keras' layers can do once they stand in one.

`model.layers` gives these. They are instances of a class made from the layer's own, under its name, so that
`isinstance`, `dataclasses.fields` and `config()` go on working. The layer that was written, `hidden = Dense(8)`, stays
what it was and passes on what is asked of it (`Written`).
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hakseup.errors import NetworkError
from hakseup.keras.eager import named
from hakseup.layers import Layer
from hakseup.words import Words

if TYPE_CHECKING:
    from hakseup.keras.chain import Called, Symbol
    from hakseup.keras.weighted import Weighted


_NUMBERS = ("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance")


class _Sorted:
    """The names under which Keras hands out `weights`."""

    @property
    def weights(self) -> list[Any]:
        """Its numbers, copies that have a `name` and say whether they are `trainable`."""
        raise NotImplementedError

    @property
    def variables(self) -> list[Any]:
        """All of them."""
        return self.weights

    @property
    def trainable_weights(self) -> list[Any]:
        """Those that training changes by gradient."""
        return [one for one in self.weights if one.trainable]

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The others."""
        return [one for one in self.weights if not one.trainable]

    trainable_variables, non_trainable_variables = trainable_weights, non_trainable_weights


class _Float32(_Sorted):
    """What Keras says of the numbers of every layer."""

    dtype = compute_dtype = variable_dtype = input_dtype = "float32"


class Attached(_Float32):
    """What a layer gains by standing in a model."""

    _model: Weighted
    name: str

    def __repr__(self) -> str:
        """As Keras shows the layers of a model."""
        from hakseup.keras.files.today import AT_ONCE

        kind = type(self).__name__
        return f"<{kind} name={self.name}, built={kind in AT_ONCE or self._model.built}>"

    def get_weights(self) -> list[np.ndarray]:
        """Its numbers in Keras' order and layout."""
        return [array for _, array in dict(self._model.layer_weights()).get(self.name, [])]

    def set_weights(self, weights: list[Any]) -> None:
        """Fill its numbers.

        Raises:
            NetworkError: another number of arrays, or a shape that does not fit.
        """
        self._model.network("set_weights").assign_layer(self.name, weights)

    @property
    def weights(self) -> list[Any]:
        """Its numbers, copies that have a `name` and say whether they are `trainable`."""
        if not self._model.built:
            return []
        found = dict(self._model.network("weights").variables_by_layer()).get(self.name, [])
        # layers of a Functional were made by themselves, those of a Sequential within it
        path = self.name if self._model.type == "Functional" else f"{self._model.name}/{self.name}"
        return [named(f"{path}/{v.name}", v.numpy(), v.trainable, v.assign) for v in found]

    @property
    def input(self) -> Symbol | list[Symbol]:
        """What goes in: a tensor that is not there yet, with its shape; a list where there are several."""
        before = list(self._model.symbol(self.name).before)
        return before[0] if len(before) == 1 else before

    @property
    def output(self) -> Symbol:
        """What comes out: a tensor that is not there yet, with its shape."""
        return self._model.symbol(self.name)

    def __getattr__(self, name: str) -> Any:
        """`layer.kernel`, `layer.bias`, `layer.gamma`, …: its numbers by their names, copies."""
        if name in _NUMBERS:
            for own in self.weights:
                if own.name == name:
                    return own
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _shape_in(self) -> Any:
        """What goes in, None for the batch; a list where there are several, as Keras 1 and 2 had it."""
        taken = self.input
        return [one.shape for one in taken] if isinstance(taken, list) else taken.shape

    def _shape_out(self) -> tuple[int | None, ...]:
        """What comes out, None for the batch, as Keras 1 and 2 had it."""
        return self.output.shape

    # Of type Any: the layer by itself has an argument and a method of these names.
    input_shape: Any = property(_shape_in)
    output_shape: Any = property(_shape_out)

    @property
    def trainable(self) -> bool:
        """Whether its numbers learn, in every model that shares them; set it before `compile`."""
        first = self._first()
        return bool(self.__dict__.get("trainable", True) if first is self else first.trainable)

    def _first(self) -> Any:
        """The layer in the model that has its numbers."""
        one = self._model.home(self.name)
        found = None if one is None or one.home is None else one.home.inner(one.inner or self.name)
        return self if found is None else found

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "trainable":
            super().__setattr__(name, value)  # refused
            return
        first = self._first()
        if first is not self:
            first.trainable = value
            return
        self.__dict__["trainable"] = bool(value)
        if self._model.built:
            for own, _, module in self._model.network("trainable").parts():
                if own == self.name and module is not None:
                    module.requires_grad_(bool(value))

    def __reduce__(self) -> Any:
        """For pickle: its class is made anew where it is loaded."""
        return _blank, (type(self).__bases__[1],), dict(self.__dict__)

    def count_params(self) -> int:
        """How many numbers it has."""
        return sum(math.prod(array.shape) for array in self.get_weights())

    def get_config(self) -> dict[str, Any]:
        """Its arguments by name, as Keras writes them into files."""
        from hakseup.keras.files.config import layer_config

        return layer_config(plain(cast(Layer, self)), self.name)

    def config(self) -> dict[str, Any]:
        """Its arguments by name, as plain values."""
        return plain(cast(Layer, self)).config()


class Written(_Float32):
    """What a layer that somebody wrote passes on to its place in the first model that took it.

    Before there is one it has no numbers, as in Keras before the shape that goes in is known.
    """

    def _there(self) -> Any:
        called: Called | None = self.__dict__.get("_called")
        return None if called is None or called.home is None else called.home.get_layer(called.name)

    def get_weights(self) -> list[np.ndarray]:
        """Its numbers in Keras' order and layout."""
        there = self._there()
        return [] if there is None else list(there.get_weights())

    def set_weights(self, weights: list[Any]) -> None:
        """Fill its numbers.

        Raises:
            NetworkError: it stands in no model yet, another number of arrays, or a shape that does not fit.
        """
        self._placed("set_weights").set_weights(weights)

    @property
    def weights(self) -> list[Any]:
        """Its numbers, copies that have a `name` and say whether they are `trainable`."""
        there = self._there()
        return [] if there is None else list(there.weights)

    @property
    def input(self) -> Any:
        """What goes in where it stands in a model."""
        return self._placed("input").input

    @property
    def output(self) -> Any:
        """What comes out where it stands in a model."""
        return self._placed("output").output

    def count_params(self) -> int:
        """How many numbers it has."""
        return int(self._placed("count_params").count_params())

    def _placed(self, wanted_for: str) -> Any:
        there = self._there()
        if there is None:
            kind = type(self).__name__
            raise NetworkError(
                "layer-alone",
                Words(
                    f"{kind}.{wanted_for}: this layer stands in no model yet, so it has no numbers and no shape.",
                    f"{kind}.{wanted_for}: 이 층은 아직 어느 모델에도 들어 있지 않아 숫자도 모양도 없습니다.",
                ),
                Words("Put it into a model first.", "먼저 모델에 넣으세요."),
            )
        return there

    def __getattr__(self, name: str) -> Any:
        """`layer.kernel`, `layer.bias`, …: its numbers by their names, copies."""
        there = self._there() if name in _NUMBERS else None
        if there is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(there, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "trainable":
            kind = type(self).__name__
            raise NetworkError(
                "layer-is-made",
                Words(
                    f"{kind}: '{name}' cannot be changed once the layer is made; only trainable can.",
                    f"{kind}: 층을 만든 뒤에는 '{name}'을(를) 바꿀 수 없습니다. trainable만 바꿀 수 있습니다.",
                ),
                Words("Give it where the layer is made.", "층을 만들 때 인자로 주세요."),
            )
        self.__dict__["trainable"] = bool(value)
        there = self._there()
        if there is not None:
            there.trainable = value


def as_tuple(value: Any) -> Any:
    """Sizes as Keras has them in configs: tuples, where files have lists."""
    return tuple(map(as_tuple, value)) if isinstance(value, list) else value


class _Function(str):
    """An activation: its name, which can be called as the function is."""

    @property
    def __name__(self) -> str:
        return str(self)

    def __call__(self, x: Any) -> Any:
        """The activation of an array or a tensor."""
        from hakseup.keras import activations

        return activations.get(str(self))(x)


def _activation(layer: Any) -> _Function:
    return _Function(layer.__dict__["activation"] or "linear")


@functools.cache
def _kind(kind: type[Layer]) -> type[Layer]:
    """The class of this layer's parts of models."""
    about: dict[str, Any] = {"__doc__": kind.__doc__, "__module__": kind.__module__}
    if any(field.name == "activation" for field in dataclasses.fields(kind)):
        about["activation"] = property(_activation)
    about["type"] = property(lambda _: kind.__name__)  # for the engine; Keras calls the class InputLayer
    return type({"Input": "InputLayer"}.get(kind.__name__, kind.__name__), (Attached, kind), about)


def _blank(kind: Any) -> Any:
    """A part of a model of this kind, without anything yet."""
    return object.__new__(_kind(kind))


def attached(layer: Layer, name: str, model: Any) -> Layer:
    """The layer under this name in this model."""
    kind = type(layer)
    made = _kind(kind.__bases__[1] if issubclass(kind, Attached) else kind)  # as `_kind` made it
    out = object.__new__(made)
    out.__dict__.update(layer.__dict__, name=name, _model=model)
    return out


def plain(layer: Layer) -> Layer:
    """The layer by itself."""
    kind = type(layer)
    if not issubclass(kind, Attached):
        return layer
    out: Layer = object.__new__(kind.__bases__[1])
    out.__dict__.update(
        {name: value for name, value in layer.__dict__.items() if name not in ("_model", "_called", "_name")}
    )
    if isinstance(layer, Attached) and "trainable" in out.__dict__:
        out.__dict__["trainable"] = layer.trainable
    return out
