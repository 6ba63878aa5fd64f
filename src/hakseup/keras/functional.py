"""`keras.Model(inputs, outputs)`: a model of layers that were joined by calling them, in one chain or with branches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from hakseup.errors import NetworkError
from hakseup.keras import naming
from hakseup.keras.attached import attached
from hakseup.keras.chain import OTHERWISE, Symbol, begin, join, join_model
from hakseup.keras.files.config import Architecture
from hakseup.keras.layers.kinds import Input
from hakseup.keras.sequential import Sequential
from hakseup.keras.stack import Stack
from hakseup.layers.checks import shown
from hakseup.words import Words


class _Models(type):
    """`isinstance(model, keras.Model)` is true of every model; one with several outputs is a `Looking`."""

    def __call__(cls, inputs: Any = None, outputs: Any = None, *rest: Any, **named: Any) -> Any:
        ends = named.get("output") if outputs is None else outputs
        if isinstance(ends, Sequence) and not isinstance(ends, Symbol | str) and len(ends) > 1:
            return Looking(inputs if inputs is not None else named.get("input"), ends)
        return super().__call__(inputs, outputs, *rest, **named)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Stack | Looking) if cls is Model else super().__instancecheck__(instance)


class Model(Sequential, metaclass=_Models):
    """Layers from a tensor that goes in to one that comes out.

    Layers that stand in another model already share their numbers with it.

    Args:
        inputs: `Input(...)`, or the input of another model. outputs: what the last layer gave. name: in the summary.

    Raises:
        NetworkError: there are several inputs, or no layers lead from inputs to outputs.
    """

    def __init__(
        self,
        inputs: Any = None,
        outputs: Any = None,
        name: str | None = None,
        *,
        input: Any = None,
        output: Any = None,
    ) -> None:
        start = begin(_one(input if inputs is None else inputs, "inputs"))
        end = begin(_one(output if outputs is None else outputs, "outputs"))
        earlier = {start.name, *(symbol.name for symbol in start.through())}
        later = [symbol for symbol in end.through() if symbol.name not in earlier]
        places = {start.name: 0} | {symbol.name: place for place, symbol in enumerate(later, 1)}
        if end.start is not start.start or not all(
            inner.name in places for symbol in later for inner in symbol.before
        ):
            raise NetworkError(
                "no-chain",
                Words(
                    "No layers lead from inputs to outputs.", "inputs에서 outputs까지 이어지는 층이 없습니다."
                ),
                Words(
                    "Give the Input that the first layer was called with.",
                    "첫 층을 부를 때 쓴 Input을 넘기세요.",
                ),
            )
        super().__init__(None, name or naming.unique("Functional"))
        self.entrance = start.name
        self._entry: Any = None
        self._shape = start.sizes
        self._start = start.start if start.made is None else self
        for symbol in later:
            assert symbol.made is not None
            self.include(symbol.made, tuple(places[inner.name] for inner in symbol.before))

    type = "Functional"

    @property
    def layers(self) -> list[Any]:
        """As of every model, the input first, which is the same one each time: it remembers what it was told."""
        if self._entry is None:
            self._entry = attached(Input(self._shape or ()), self.entrance, self)
        return [self._entry, *super().layers]

    @property
    def input(self) -> Symbol:
        """The input, as a shape: the very one that the model was made of."""
        return Symbol((None, *(self._shape or ())), self.entrance, self._start)

    def symbol(self, name: str) -> Symbol:
        """What the layer of this name gives, as a shape; the input gives itself."""
        return self.input if name == self.entrance else super().symbol(name)

    def __init_subclass__(cls, **arguments: Any) -> None:
        """Keras' way to a model of one's own, which is another here.

        Raises:
            NetworkError: always.
        """
        raise NetworkError(
            "own-model",
            Words(
                f"{cls.__name__}: models of one's own cannot be made from keras.Model here.",
                f"{cls.__name__}: 여기서는 keras.Model을 상속해 새 모델을 만들 수 없습니다.",
            ),
            Words(
                "List the layers in keras.Sequential([...]), or write a torch.nn.Module and give it to "
                "hakseup.train(data, network=module).",
                "keras.Sequential([...])에 층을 차례로 적거나, torch.nn.Module로 만들어 "
                "hakseup.train(data, network=module)에 넘기세요.",
            ),
        )


class Looking:
    """A model with several outputs, for looking at what layers give: it predicts, and is not trained.

    Args:
        inputs: as for `Model`. outputs: what several layers gave.
    """

    def __init__(self, inputs: Any, outputs: Sequence[Any]) -> None:
        self.models = [Model(inputs, output) for output in outputs]

    @property
    def outputs(self) -> list[Symbol]:
        """The outputs, as shapes."""
        return [model.output for model in self.models]

    @property
    def layers(self) -> list[Any]:
        """All layers on the way to any of the outputs, the input first."""
        found = {str(layer.name): layer for model in self.models for layer in model.layers}
        return list(found.values())

    def predict(
        self, x: Any, batch_size: int | None = None, verbose: Any = "auto", **others: Any
    ) -> list[Any]:
        """What comes out for rows, float32 (n, …), one array for each output."""
        first, *rest = self.models
        return [
            first.predict(x, batch_size, verbose, **others),
            *(model.predict(x, batch_size, 0, **others) for model in rest),
        ]

    def predict_on_batch(self, x: Any) -> list[Any]:
        """As `predict`, for one batch."""
        return self.predict(x, len(x), 0)

    def __call__(self, x: Any, training: bool | None = None) -> list[Any]:
        """Outputs for a batch, with `.numpy()`."""
        return [model(x, training) for model in self.models]

    def __getattr__(self, name: str) -> Any:
        """Refuse what `Model` has beside this: compile, fit, summary, save, ….

        Raises:
            NetworkError: there is one trained output here.
        """
        if name.startswith("_") or not hasattr(Model, name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        raise _several("outputs", len(self.models))


def described(architecture: Architecture) -> Sequential:
    """The model that a file describes, with new weights."""
    parts = [described(part) if isinstance(part, Architecture) else part for part in architecture.layers]
    if not architecture.sources:
        return Sequential(parts, name=architecture.name)
    first, *rest = parts
    places = [begin(first)]
    for part, sources in zip(rest, architecture.sources, strict=True):
        taken = [places[place] for place in sources]
        places.append(join_model(part, taken) if isinstance(part, Stack) else join(part, taken))
    return cast(Sequential, Model(places[0], places[-1], architecture.name))


def _several(what: str, count: int) -> NetworkError:
    return NetworkError(
        f"several-{what}",
        Words(
            f"A model with {count} {what} cannot be trained here.",
            f"{what}이(가) {count}개인 모델은 여기서 학습할 수 없습니다.",
        ),
        OTHERWISE,
    )


def _one(tensors: Any, what: str) -> Any:
    """The one tensor that is given, alone or in a list.

    Raises:
        NetworkError: none, or several.
    """
    if isinstance(tensors, Sequence) and not isinstance(tensors, Symbol | str):
        if len(tensors) == 1:
            return tensors[0]
        raise _several(what, len(tensors))
    if tensors is None:
        raise NetworkError(
            "no-tensor",
            Words(
                f"keras.Model(inputs, outputs): {what} is {shown(tensors)}.",
                f"keras.Model(inputs, outputs): {what}이(가) {shown(tensors)}입니다.",
            ),
        )
    return tensors
