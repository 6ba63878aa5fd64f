"""A network that is a list of layers: its shapes, parameters and summary, and the torch module it becomes.

Everything but `build` is plain arithmetic and imports no torch. Shapes are Keras' without the batch.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hakseup.errors import NetworkError
from hakseup.layers import Flatten, Input, Layer, Shape, does_not_fit, from_config
from hakseup.layers.checks import snake_case
from hakseup.models.refusals import output_does_not_fit
from hakseup.words import Words, speak

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Row:
    """One layer as a line of a summary; `dataclasses.asdict` makes plain values of it."""

    number: int  # from 1
    name: str
    type: str
    kind: str
    about: Words
    output_shape: Shape
    trainable: int
    non_trainable: int

    @property
    def parameters(self) -> int:
        """All its numbers, trainable or not."""
        return self.trainable + self.non_trainable


@dataclass(frozen=True)
class Sequential:
    """Layers one behind the other.

    Args:
        layers: from first to last; a leading `Input` only says the shape.
        input_shape: what goes in, without the batch: (height, width, channels) or (numbers,). None: what the
            first layer says, or not known yet (`for_input` says it later).
        name: shown in the summary.

    Raises:
        NetworkError: no layers, a layer that cannot take what it gets, or two layers of one name.
    """

    layers: tuple[Layer, ...]
    input_shape: Shape | None = None
    name: str = "sequential"

    def __init__(
        self, layers: Sequence[Layer], input_shape: Sequence[int] | None = None, name: str = "sequential"
    ) -> None:
        rest = list(layers)
        said = tuple(input_shape) if input_shape is not None else None
        if rest and isinstance(rest[0], Input):
            said = _agreed(rest.pop(0), said)
        if rest:
            said = _agreed(rest[0], said)
        object.__setattr__(self, "layers", tuple(rest))
        object.__setattr__(self, "input_shape", said)
        object.__setattr__(self, "name", name)
        self._check_layers()
        if said is not None:
            _ = self.output_shapes

    def _check_layers(self) -> None:
        if not self.layers:
            raise NetworkError(
                "no-layers",
                Words("The network has no layers.", "신경망에 층이 없습니다."),
                Words("It needs at least a Dense layer.", "적어도 Dense 층 하나가 필요합니다."),
            )
        for number, layer in enumerate(self.layers, start=1):
            if isinstance(layer, Input):
                raise NetworkError(
                    "input-not-first",
                    Words(f"Input stands at place {number}.", f"Input이 {number}번째에 있습니다."),
                    Words("It can only be the first.", "Input은 맨 앞에만 쓸 수 있습니다."),
                )
        twice = [name for name, n in Counter(layer.name for layer in self.layers).items() if name and n > 1]
        if twice:
            raise NetworkError(
                "layer-names",
                Words(f"Two layers are called '{twice[0]}'.", f"이름이 '{twice[0]}'인 층이 둘 이상입니다."),
                Words("Names must differ, or be left out.", "서로 다른 이름을 쓰거나 이름을 빼세요."),
            )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names as Keras gives them in a fresh session: conv2d, conv2d_1, max_pooling2d, …"""
        given = {layer.name for layer in self.layers if layer.name}
        count: Counter[str] = Counter()
        out = []
        for layer in self.layers:
            name = layer.name
            while name is None or (layer.name is None and name in given):
                stem = snake_case(layer.type)
                name = f"{stem}_{count[stem]}" if count[stem] else stem
                count[stem] += 1
            out.append(name)
        return tuple(out)

    @cached_property
    def _shapes(self) -> tuple[Shape, ...]:
        """What goes in, and what comes out of each layer.

        Raises:
            NetworkError: the input shape is not known, or a layer cannot take what it gets.
        """
        shapes = [self._first_shape()]
        for i in range(len(self.layers)):
            shapes.append(self._through(i, shapes[-1]))
        return tuple(shapes)

    def taken(self, i: int) -> Shape:
        """What goes into the layer of this place."""
        return self._shapes[i]

    def _first_shape(self) -> Shape:
        if self.input_shape is None:
            raise NetworkError(
                "no-input-shape",
                Words(
                    "The network does not say what shape goes in.",
                    "신경망에 들어가는 모양이 정해지지 않았습니다.",
                ),
                Words(
                    "Give the first layer input_shape=(28, 28, 1), or start with Input((28, 28, 1)).",
                    "첫 층에 input_shape=(28, 28, 1)을 쓰거나 Input((28, 28, 1))으로 시작하세요.",
                ),
            )
        return self.input_shape

    def _who(self, i: int) -> Words:
        kind, name = self.layers[i].type, self.names[i]
        return Words(f"{kind} number {i + 1} ({name})", f"{i + 1}번째 층 {kind} ({name})")

    def _through(self, i: int, shape: Shape) -> Shape:
        """What the layer of this place makes of a shape.

        Raises:
            NetworkError: it cannot take it.
        """
        layer = self.layers[i]
        if i and layer.input_shape not in (None, shape):
            said = Words(
                f"an input of its own input_shape {layer.input_shape}",
                f"자신의 input_shape {layer.input_shape} 모양의 입력",
            )
            raise does_not_fit(self._who(i), said, shape)
        need = layer.needs(shape)
        if need is not None:
            raise does_not_fit(self._who(i), need, shape)
        return layer.output_shape(shape)

    @property
    def output_shapes(self) -> tuple[Shape, ...]:
        """What comes out of each layer, without the batch.

        Raises:
            NetworkError: the input shape is not known, or a layer cannot take what it gets.
        """
        return self._shapes[1:]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The facts of the summary, layer by layer."""
        out = []
        for i, layer in enumerate(self.layers):
            trainable, fixed = layer.parameter_count(self.taken(i))
            shape = self._shapes[i + 1]
            out.append(
                Row(i + 1, self.names[i], layer.type, layer.kind, layer.about(), shape, trainable, fixed)
            )
        return tuple(out)

    @property
    def parameters(self) -> int:
        """All numbers that the weights consist of."""
        return sum(row.parameters for row in self.rows)

    @property
    def trainable_parameters(self) -> int:
        """The numbers that training changes by gradient."""
        return sum(row.trainable for row in self.rows)

    @property
    def final_activation(self) -> str:
        """What `build` takes off the end, so that logits come out: "softmax", "sigmoid", or "linear" (nothing)."""
        last = self.layers[-1].parted()[1]
        return last if last in ("softmax", "sigmoid") else "linear"

    def for_input(self, shape: Sequence[int]) -> Sequential:
        """The same network for pictures of this shape; a plain Dense network gets a Flatten in front.

        Args:
            shape: (height, width, channels) of the prepared pictures, or (numbers,).

        Raises:
            NetworkError: the network says another shape, or a layer cannot take what it gets.
        """
        wanted, said = tuple(shape), self.input_shape
        first, *rest = self.layers
        if said is None or said == wanted:
            return Sequential(self.layers, wanted, self.name)
        if (*said, 1) == wanted:  # (28, 28) and (28, 28, 1) are the same picture
            return Sequential([dataclasses.replace(first, input_shape=wanted), *rest], wanted, self.name)
        if len(said) == 1 and said[0] == math.prod(wanted):
            return Sequential([Flatten(), *self.layers], wanted, self.name)
        raise NetworkError(
            "network-does-not-fit",
            Words(
                f"The network takes {said}, but the pictures are {wanted} (height, width, channels).",
                f"신경망이 받는 모양은 {said}인데 그림은 {wanted}(높이, 너비, 채널)입니다.",
            ),
            Words(
                "Leave input_shape out of the first layer, or set data.size and data.mode to what it takes.",
                "첫 층에서 input_shape를 빼거나, data.size와 data.mode를 신경망에 맞추세요.",
            ),
        )

    def check_output(self, n_classes: int) -> None:
        """Refuse a network whose end does not fit this number of classes.

        Raises:
            NetworkError: another number of outputs, or an activation at the end that is no classifier's.
        """
        shape, name = self.output_shapes[-1], self.names[-1]
        final = self.layers[-1].parted()[1]
        fits = shape == (n_classes,) and final in (None, "linear", "softmax")
        if fits or (shape == (1,) and final == "sigmoid" and n_classes == 2):
            return
        raise output_does_not_fit(name, shape, final, n_classes)

    def build(self, generator: torch.Generator, n_classes: int | None = None) -> torch.nn.Module:
        """The torch module, with first weights from the generator; it returns logits.

        Args:
            generator: on the CPU; torch's global generator is not touched.
            n_classes: 2 makes two logits of a single output (a sigmoid at the end), one for each class.

        Returns:
            A module from (batch, channels, height, width) or (batch, numbers) to the output without its
            final softmax or sigmoid. Its parts are called as in `names`, so weights are "conv2d.weight", ….

        Raises:
            NetworkError: the weights do not fit into memory, or a layer's name cannot be used.
        """
        from torch import nn

        out = self._add_parts(nn.Sequential(), generator)
        if n_classes == 2 and self.output_shapes[-1] == (1,):
            from hakseup.layers.modules import TwoClasses

            out.add_module("two_classes", TwoClasses())
        return out

    def _add_parts(self, out: torch.nn.Module, generator: torch.Generator) -> torch.nn.Module:
        """The module with the layers as its parts, by their names; without the last softmax or sigmoid."""
        reserved = set(dir(out))
        for i, layer in enumerate(self.layers):
            if self.names[i] in reserved:
                raise NetworkError(
                    "layer-names",
                    Words(
                        f"A layer cannot be called '{self.names[i]}'.",
                        f"'{self.names[i]}'은(는) 층 이름으로 쓸 수 없습니다.",
                    ),
                    Words("Choose another name, or leave it out.", "다른 이름을 고르거나 이름을 빼세요."),
                )
            last = i == len(self.layers) - 1 and self.final_activation != "linear"
            kept = layer.parted()[0] if last else layer
            if kept is not None:
                out.add_module(self.names[i], self._module(kept, i, generator))
        return out

    def _module(self, layer: Layer, i: int, generator: torch.Generator) -> torch.nn.Module:
        try:
            return layer.build(self.taken(i), generator)
        except (RuntimeError, MemoryError) as error:
            if isinstance(error, RuntimeError) and "alloc" not in str(error):
                raise
            from hakseup.models.table import memory

            size = memory(sum(layer.parameter_count(self.taken(i))))
            raise NetworkError(
                "too-large",
                Words(
                    f"The weights of {layer.type} number {i + 1} ({self.names[i]}) need {size}; "
                    "this machine has not so much memory free.",
                    f"{i + 1}번째 층 {layer.type} ({self.names[i]})의 가중치에는 메모리 {size}가 필요한데 "
                    "남은 메모리가 모자랍니다.",
                ),
                Words(
                    "Use fewer units, or pooling before Flatten.",
                    "뉴런을 줄이거나 Flatten 앞에 풀링을 넣으세요.",
                ),
            ) from None

    def summary(self, width: int = 65) -> str:
        """A table of layers, output shapes and parameters, as Keras prints it; it lines up with Hangul.

        Args:
            width: least number of columns in the terminal; long names make it wider.
        """
        from hakseup.models.table import table

        return table(self, width)

    def as_dict(self) -> dict[str, Any]:
        """Plain values (JSON) from which `from_dict` makes the same network."""
        out: dict[str, Any] = {
            "kind": "sequential",
            "name": self.name,
            "layers": [{"class": layer.type, "config": layer.config()} for layer in self.layers],
            "input_shape": list(self.input_shape) if self.input_shape is not None else None,
        }
        if self.input_shape is not None:
            with speak("en"):  # a file is the same whatever language is spoken
                out |= {"parameters": self.parameters, "summary": self.summary()}
        return out

    @staticmethod
    def from_dict(value: Mapping[str, Any]) -> Sequential:
        """The network that `as_dict` wrote; what stands beside its keys is ignored.

        Raises:
            NetworkError: it is not one, or its layers do not have the parameters it says.
        """
        try:
            layers = [from_config(entry["class"], entry["config"]) for entry in value["layers"]]
            out = Sequential(layers, value["input_shape"], value["name"])
        except (KeyError, TypeError, AttributeError) as error:
            raise _not_a_network(Words(f"missing or wrong: {error}", f"빠졌거나 틀림: {error}")) from None
        if out.input_shape is not None and value.get("parameters") != out.parameters:
            raise _not_a_network(
                Words(
                    f"it says {value.get('parameters')} parameters, its layers have {out.parameters}",
                    f"파라미터가 {value.get('parameters')}개라고 적혀 있지만 층에는 {out.parameters}개가 있음",
                )
            )
        return out


def _not_a_network(why: Words) -> NetworkError:
    return NetworkError(
        "not-a-network",
        Words(f"This does not describe a network: {why.en}.", f"신경망이 적힌 내용이 아닙니다: {why.ko}."),
    )


def _agreed(first: Layer, said: Shape | None) -> Shape | None:
    """The input shape that the first layer and the network agree on."""
    own = first.shape if isinstance(first, Input) else first.input_shape
    if own is None or said is None or own == said:
        return own if said is None else said
    raise NetworkError(
        "network-does-not-fit",
        Words(
            f"The first layer says input_shape {own}, but the network gets {said}.",
            f"첫 층의 input_shape는 {own}인데 신경망에 들어가는 모양은 {said}입니다.",
        ),
        Words("Leave input_shape out of the first layer.", "첫 층에서 input_shape를 빼세요."),
    )
