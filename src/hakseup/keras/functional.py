"""`keras.Model(inputs, outputs)`: a model of layers that were joined by calling them, where they are one chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hakseup.errors import NetworkError
from hakseup.keras import naming
from hakseup.keras.attached import attached
from hakseup.keras.chain import BRANCHES, Symbol, begin
from hakseup.keras.sequential import Sequential
from hakseup.keras.stack import Stack
from hakseup.layers import Input, Layer
from hakseup.layers.checks import shown
from hakseup.words import Words


class _Models(type):
    """`isinstance(model, keras.Model)` is true of every model."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Stack) if cls is Model else super().__instancecheck__(instance)


class Model(Sequential, metaclass=_Models):
    """A chain of layers, from a tensor that goes in to one that comes out.

    Layers that stand in another model already share their numbers with it.

    Args:
        inputs: `Input(...)`, or the input of another model. outputs: what the last layer gave. name: in the summary.

    Raises:
        NetworkError: there are several inputs or outputs, or no chain leads from one to the other.
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
        through = [one.name for one in start.called]
        if end.start is not start.start or [one.name for one in end.called[: len(through)]] != through:
            raise NetworkError(
                "no-chain",
                Words(
                    "No chain of layers leads from inputs to outputs.",
                    "inputs에서 outputs까지 이어지는 층이 없습니다.",
                ),
                Words(
                    "Give the Input that the first layer was called with.",
                    "첫 층을 부를 때 쓴 Input을 넘기세요.",
                ),
            )
        super().__init__(None, name or naming.unique("Functional"))
        self.entrance = start.name
        self._shape = tuple(size for size in start.shape[1:] if size is not None)
        for one in end.called[len(start.called) :]:
            self.include(one)

    @property
    def layers(self) -> list[Layer]:
        """The layers, the input first; see `attached` for what they can do."""
        return [attached(Input(self._shape or ()), self.entrance, self), *self._layers]

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


def _one(tensors: Any, what: str) -> Any:
    """The one tensor that is given, alone or in a list.

    Raises:
        NetworkError: none, or several.
    """
    if isinstance(tensors, Sequence) and not isinstance(tensors, Symbol | str):
        if len(tensors) == 1:
            return tensors[0]
        raise NetworkError(
            "functional-branches",
            Words(
                f"A model with {len(tensors)} {what} has branches.",
                f"{what}이(가) {len(tensors)}개인 모델에는 갈래가 있습니다.",
            ),
            BRANCHES,
        )
    if tensors is None:
        raise NetworkError(
            "no-tensor",
            Words(
                f"keras.Model(inputs, outputs): {what} is {shown(tensors)}.",
                f"keras.Model(inputs, outputs): {what}이(가) {shown(tensors)}입니다.",
            ),
        )
    return tensors
