"""Layers joined by calling them, `x = Dense(8)(x)`: what is remembered until a model is made of it.

A layer that was called keeps its place: models that share it share its numbers, whichever is trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hakseup.errors import NetworkError
from hakseup.keras import naming
from hakseup.keras.arithmetic import Arithmetic
from hakseup.keras.attached import Attached, plain
from hakseup.keras.graph import inside
from hakseup.keras.layers.merging import Merging
from hakseup.keras.printing import form
from hakseup.layers import Input, Layer
from hakseup.layers.checks import shown
from hakseup.models.sequential import Sequential as Plan
from hakseup.words import Words

if TYPE_CHECKING:
    from hakseup.keras.stack import Stack

OTHERWISE = Words(
    "Networks here have one input, one output that is trained, and layers that are called once; for others write a "
    "torch.nn.Module and give it to hakseup.train(data, network=module).",
    "여기서 신경망은 입력 하나와 학습하는 출력 하나를 가지고 층을 한 번씩만 부릅니다. 다른 신경망은 torch.nn.Module로 만들어 "
    "hakseup.train(data, network=module)에 넘기세요.",
)

WITHIN = ":"  # base:dense, the layer dense of the model base, in a model that base was put into


@dataclass(eq=False)
class Called:
    """A layer that was called.

    Attributes:
        layer: as it was written. name: in every model. home: the first model that has it, whose numbers it keeps.
        inner, place: its name and place there, where the whole of that model was called, which is shown as one layer.
    """

    layer: Layer
    name: str
    home: Stack | None = None
    inner: str | None = None
    place: int = 0

    @property
    def whole(self) -> Any:
        """What is shown as one layer: the model that was called as a whole, else the layer alone."""
        return self if self.inner is None else self.home


@dataclass(frozen=True, eq=False, repr=False)
class Symbol(Arithmetic):
    """A tensor that is not there yet: what a layer gives, `model.output`, `Input(...)` once it was used.

    Attributes:
        shape: None for the batch. start: the `Input` or the model that it begins with. made: the layer that gives it;
        None where it begins. before: what that layer was called with.
    """

    shape: tuple[int | None, ...]
    name: str
    start: Any
    made: Called | None = None
    before: tuple[Symbol, ...] = ()
    dtype: str = "float32"

    def __post_init__(self) -> None:
        _ = self._shown  # they are numbered in the order in which layers are called

    def __repr__(self) -> str:
        """As Keras shows its tensors that are not there yet."""
        if form() == 2:
            by = f"(created by layer '{self.name}')"
            return f"<KerasTensor: shape={self.shape} dtype={self.dtype} {by}>"
        about = f"shape={self.shape}, dtype={self.dtype}, sparse=False, ragged=False"
        return f"<KerasTensor {about}, name={self._shown}>"

    @property
    def _shown(self) -> str:
        """The name of the tensor: the one that was given to the `Input`, else a number."""
        if self.made is None and isinstance(self.start, Input) and self.start.name is not None:
            return str(self.start.name)
        return naming.tensor(self.name if self.made is not None else f"{self.start.name}{WITHIN}{self.name}")

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape without the batch."""
        return tuple(size for size in self.shape[1:] if size is not None)

    def through(self) -> list[Symbol]:
        """What layers give on the way here, each behind what goes into it, in the order of `model.layers` of Keras.

        That is by the number of layers that follow, and then as they are met going back from here. A model that was
        called counts as one layer; its own ones stay together, in its order.

        Raises:
            NetworkError: a layer was called twice on the way.
        """
        met: dict[str, Symbol] = {}
        order: list[Symbol] = []
        _walk(self, met, order)
        depth: dict[int, int] = {}
        places: dict[int, int] = {}
        for symbol in met.values():
            places.setdefault(symbol._one, len(places))
        for symbol in reversed(order):
            behind = depth.setdefault(symbol._one, 0)
            for before in symbol.before:
                if before._one != symbol._one:
                    depth[before._one] = max(depth.get(before._one, 0), behind + 1)
        made = [(symbol, symbol.made.place) for symbol in order if symbol.made is not None]
        made.sort(key=lambda pair: (-depth[pair[0]._one], places[pair[0]._one], pair[1]))
        return [symbol for symbol, _ in made]

    @property
    def _one(self) -> int:
        """The same for all that is shown as one layer."""
        return id(self.start if self.made is None else self.made.whole)


def _walk(end: Symbol, met: dict[str, Symbol], order: list[Symbol]) -> None:
    """Everything that leads to a tensor, met from its end and put in order from its beginning."""
    waiting: list[tuple[Symbol, bool]] = [(end, False)]
    while waiting:
        symbol, done = waiting.pop()
        if done:
            order.append(symbol)
            continue
        if symbol.name in met:
            _same(met[symbol.name], symbol)
            continue
        met[symbol.name] = symbol
        waiting.append((symbol, True))
        waiting += [(inner, False) for inner in reversed(symbol.before)]


def _same(one: Symbol, other: Symbol) -> None:
    """Two tensors of one name are one.

    Raises:
        NetworkError: they are not.
    """
    if [s.name for s in one.before] != [s.name for s in other.before]:
        raise _twice(one.name)


def _twice(name: str) -> NetworkError:
    name = name.partition(WITHIN)[0]
    return NetworkError(
        "layer-twice",
        Words(
            f"The layer '{name}' is called twice in one network.",
            f"'{name}' 층을 한 신경망에서 두 번 불렀습니다.",
        ),
        OTHERWISE,
    )


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
    if isinstance(x, list | tuple) and len(x) == 1:
        only: Any = x[0]
        return begin(only)
    raise NetworkError(
        "not-a-tensor",
        Words(
            f"A layer is called with {shown(x)}: expected keras.Input(...) or what another layer gave.",
            f"층을 {shown(x)}(으)로 불렀습니다. keras.Input(...)이나 다른 층이 내놓은 것이어야 합니다.",
        ),
    )


def join(layer: Layer, x: Any) -> Symbol:
    """What the layer gives for this tensor, or for several where it merges them.

    Raises:
        NetworkError: the layer cannot take it, or stands on the way there already.
    """
    if isinstance(layer, Merging):
        before = [begin(one) for one in x] if isinstance(x, list | tuple) else [begin(x)]
        return _merged(layer, before)
    if isinstance(x, list | tuple) and len(x) > 1:
        raise NetworkError(
            "several-tensors",
            Words(
                f"{layer.type} is called with {len(x)} tensors; it takes one.",
                f"{layer.type} 층을 텐서 {len(x)}개로 불렀습니다. 하나만 받습니다.",
            ),
            Words(
                "Put them together before: layers.Concatenate()([a, b]) or layers.Add()([a, b]).",
                "앞에서 layers.Concatenate()([a, b])나 layers.Add()([a, b])로 합치세요.",
            ),
        )
    return _longer(begin(x), called(layer))


def _merged(layer: Merging, before: Sequence[Symbol]) -> Symbol:
    starts = {id(symbol.start): symbol.start for symbol in before}
    if len(starts) > 1:
        raise NetworkError(
            "several-inputs",
            Words(
                f"{layer.type} is called with tensors that begin with {len(starts)} inputs.",
                f"{layer.type} 층을 서로 다른 입력 {len(starts)}개에서 시작한 텐서로 불렀습니다.",
            ),
            OTHERWISE,
        )
    one = called(layer)
    shape = layer.merged_shape([symbol.sizes for symbol in before])
    out = Symbol((None, *shape), one.name, before[0].start, one, tuple(before))
    _walk(out, {}, [])  # refuses what is called twice
    return out


def alone(layer: Layer) -> Any:
    """A model of this layer alone, for calling it with a batch; it keeps its numbers from call to call."""
    from hakseup.keras.sequential import Sequential

    one = called(layer)
    if one.home is not None and len(one.home.layers) == 1:
        return one.home
    model = Sequential(name=one.name)  # a name of its own would be missing in the next model's
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
    places = [begin(x)]
    if model.input_shape is None and None not in places[0].shape[1:]:
        model.see(places[0].sizes)
    for one, sources in model.whole():
        before = [places[place] for place in sources]
        layer = one.layer
        kind = plain(layer)
        if isinstance(kind, Merging):
            shape = kind.merged_shape([symbol.sizes for symbol in before])
            places.append(Symbol((None, *shape), one.name, before[0].start, one, tuple(before)))
        else:
            places.append(_longer(before[0], one))
    return places[-1]


def _longer(before: Symbol, one: Called) -> Symbol:
    met: dict[str, Symbol] = {}
    _walk(before, met, [])
    if one.name in met and met[one.name].made is not None:
        raise _twice(one.name)
    known = len(before.sizes) == len(before.shape) - 1
    plan = Plan([inside(plain(one.layer))], before.sizes if known else None)
    return Symbol((None, *plan.output_shapes[-1]), one.name, before.start, one, (before,))
