"""Layers joined by calling them, `x = Dense(8)(x)`: what is remembered until a model is made of it.

A layer that was called keeps its place: models that share it share its numbers, whichever is trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hakseup.errors import NetworkError
from hakseup.keras import naming
from hakseup.keras.attached import Attached, plain
from hakseup.layers import Input, Layer
from hakseup.layers.checks import shown
from hakseup.models.sequential import Sequential as Plan
from hakseup.words import Words

if TYPE_CHECKING:
    from hakseup.keras.stack import Stack

BRANCHES = Words(
    "Networks here are one chain of layers; for branches write a torch.nn.Module and give it to "
    "hakseup.train(data, network=module).",
    "여기서 신경망은 층이 한 줄로 이어진 것입니다. 갈래가 있는 신경망은 torch.nn.Module로 만들어 "
    "hakseup.train(data, network=module)에 넘기세요.",
)


@dataclass(eq=False)
class Called:
    """A layer that was called.

    Attributes:
        layer: as it was written. name: in every model. home: the first model that has it, whose numbers it keeps.
    """

    layer: Layer
    name: str
    home: Stack | None = None


@dataclass(frozen=True, eq=False)
class Symbol:
    """A tensor that is not there yet: what a layer gives, `model.output`, `Input(...)` once it was used.

    Attributes:
        shape: None for the batch. start: the `Input` or the model that it begins with. called: layers so far.
    """

    shape: tuple[int | None, ...]
    name: str
    start: Any
    called: tuple[Called, ...] = ()
    dtype: str = "float32"


def is_symbol(x: Any) -> bool:
    """Whether it stands for a tensor that is not there yet."""
    return isinstance(x, Symbol | Input)


def begin(x: Any) -> Symbol:
    """The tensor that layers are called with.

    Raises:
        NetworkError: several, or something else.
    """
    if isinstance(x, Symbol):
        return x
    if isinstance(x, Input):
        if "_name" not in x.__dict__:
            x.__dict__["_name"] = x.name or naming.unique("InputLayer")
        return Symbol((None, *(x.shape or ())), str(x.__dict__["_name"]), x)
    if isinstance(x, list | tuple):
        if len(x) == 1:
            only: Any = x[0]
            return begin(only)
        raise NetworkError(
            "functional-branches",
            Words(
                f"A layer is called with {len(x)} tensors: the network would have branches.",
                f"층을 텐서 {len(x)}개로 불렀습니다. 갈래가 있는 신경망이 됩니다.",
            ),
            BRANCHES,
        )
    raise NetworkError(
        "not-a-tensor",
        Words(
            f"A layer is called with {shown(x)}: expected keras.Input(...) or what another layer gave.",
            f"층을 {shown(x)}(으)로 불렀습니다. keras.Input(...)이나 다른 층이 내놓은 것이어야 합니다.",
        ),
    )


def join(layer: Layer, x: Any) -> Symbol:
    """What the layer gives for this tensor.

    Raises:
        NetworkError: the layer cannot take it, or stands in this chain already.
    """
    return _longer(begin(x), [called(layer)])


def alone(layer: Layer) -> Any:
    """A model of this layer alone, for calling it with a batch; it keeps its numbers from call to call."""
    from hakseup.keras.sequential import Sequential

    one = called(layer)
    if one.home is not None and len(one.home.layers) == 1:
        return one.home
    model = Sequential()
    model.include(one)
    return model


def called(layer: Layer) -> Called:
    """The layer's place, the same at every call."""
    if isinstance(layer, Attached):
        return Called(layer, layer.name, layer._model)
    if "_called" not in layer.__dict__:
        layer.__dict__["_called"] = Called(layer, layer.name or naming.unique(layer.type))
    found: Called = layer.__dict__["_called"]
    return found


def join_model(model: Stack, x: Any) -> Symbol:
    """What a model gives for this tensor; its numbers stay its own."""
    return _longer(
        begin(x),
        [Called(layer, str(layer.name), model) for layer in model.layers if not isinstance(layer, Input)],
    )


def _longer(before: Symbol, more: Sequence[Called]) -> Symbol:
    names = {one.name for one in before.called}
    twice = next((one.name for one in more if one.name in names), None)
    if twice is not None:
        raise NetworkError(
            "layer-twice",
            Words(
                f"The layer '{twice}' is called twice in one chain.",
                f"'{twice}' 층을 한 줄에서 두 번 불렀습니다.",
            ),
            BRANCHES,
        )
    through = (*before.called, *more)
    sizes = tuple(size for size in before.shape[1:] if size is not None)
    plan = Plan([plain(one.layer) for one in more], sizes if len(sizes) == len(before.shape) - 1 else None)
    return Symbol((None, *plan.output_shapes[-1]), through[-1].name, before.start, through)
