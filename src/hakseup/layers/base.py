"""What every layer can say: its output shape, its parameters, its words, and which torch module it is.

A layer is a frozen dataclass with Keras' argument names, order and defaults. Arguments are checked when it
is made; shapes are Keras' without the batch, (height, width, channels) or (numbers,). Nothing here imports
torch until `build` is called.
"""

from __future__ import annotations

import dataclasses
from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from hakseup.errors import NetworkError
from hakseup.layers import checks
from hakseup.words import Words, josa

if TYPE_CHECKING:
    import torch

Shape = tuple[int, ...]
Kind = Literal["input", "convolution", "pooling", "dense", "normalization", "dropout", "activation", "shape"]


@dataclass(frozen=True)
class Layer:
    """Base of all layers.

    Args:
        name: what it is called in summaries and weight files; left out, the network finds one like Keras'.
        input_shape: on a first layer, the shape without the batch.
        input_dim: on a first layer, `input_dim=784` is short for `input_shape=(784,)`.

    Raises:
        NetworkError: an argument is out of range, misspelt or of the wrong type.
    """

    kind: ClassVar[Kind] = "shape"

    name: str | None = field(default=None, kw_only=True)
    input_shape: Shape | None = field(default=None, kw_only=True)
    input_dim: InitVar[int | None] = field(default=None, kw_only=True)

    def __post_init__(self, input_dim: int | None) -> None:
        if input_dim is not None:
            if self.input_shape is not None:
                raise checks.refusal(
                    self.type,
                    "input_dim",
                    input_dim,
                    Words("left out beside input_shape", "input_shape가 있으면 생략해야 하는 값"),
                )
            self._set("input_shape", (checks.whole(self.type, "input_dim", input_dim),))
        elif self.input_shape is not None:
            self._set("input_shape", checks.shape(self.type, "input_shape", self.input_shape))
        if self.name is not None and (
            not isinstance(self.name, str) or not self.name.strip() or "." in self.name or "/" in self.name
        ):
            raise checks.refusal(
                self.type, "name", self.name, Words("a text without '.' and '/'", "'.'와 '/'가 없는 글자")
            )
        self._check()

    def _set(self, argument: str, value: object) -> None:
        object.__setattr__(self, argument, value)

    def _check(self) -> None:
        """Check the layer's own arguments and bring them into one form."""

    @property
    def type(self) -> str:
        """Name of the class, as in Keras."""
        return type(self).__name__

    def needs(self, input_shape: Shape) -> Words | None:
        """What the input would have to be, as a noun phrase; None where it fits."""
        return None

    def output_shape(self, input_shape: Shape) -> Shape:
        """Shape that comes out where this one goes in, both without the batch.

        Raises:
            NetworkError: the layer cannot take this shape.
        """
        need = self.needs(input_shape)
        if need is not None:
            raise does_not_fit(Words(self.type, self.type), need, input_shape)
        return self._output_shape(input_shape)

    def _output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def parameter_count(self, input_shape: Shape) -> tuple[int, int]:
        """Trainable and non-trainable numbers, for this input shape."""
        return 0, 0

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        """The torch module, with first weights from the generator.

        Args:
            input_shape: without the batch, channels last.
            generator: on the CPU.

        Returns:
            A module that takes (batch, channels, height, width) or (batch, numbers).
        """
        raise TypeError(f"{self.type} has no torch module of its own")

    def numbers(self) -> list[tuple[str, str]]:
        """Keras' name and torch's attribute of each number that its module keeps, in Keras' order."""
        return []

    def parted(self) -> tuple[Layer | None, str | None]:
        """The layer without its activation (None where nothing is left of it), and that activation's name."""
        return self, None

    def about(self) -> Words:
        """Its main arguments in a few words, for pictures and tables: "32 filters, 3 × 3, relu"."""
        return Words("", "")

    def config(self) -> dict[str, Any]:
        """All arguments by name as plain values (JSON without loss)."""
        out: dict[str, Any] = {}
        for f in dataclasses.fields(self):
            value = getattr(self, f.name)
            if f.name in ("name", "input_shape") and value is None:
                continue
            out[f.name] = list(value) if isinstance(value, tuple) else value
        return out


def does_not_fit(who: Words, need: Words, input_shape: Shape) -> NetworkError:
    """The error for a layer that cannot take the shape it gets.

    Args:
        who: the layer, for example "Conv2D number 3 (conv2d_1)".
        need: what the input would have to be.
        input_shape: what it gets.
    """
    return NetworkError(
        "layer-does-not-fit",
        Words(
            f"{who.en} needs {need.en}; it gets {input_shape}.",
            f"{who.ko}에는 {josa(need.ko, '이/가')} 필요합니다. 들어온 모양은 {input_shape}입니다.",
        ),
        hint_for(need, input_shape),
    )


def hint_for(need: Words, input_shape: Shape) -> Words | None:
    """What to do about the commonest misfits."""
    if len(input_shape) == 3 and input_shape[0] in (1, 3) and min(input_shape[1:]) > 4:
        channels, height, width = input_shape
        last = (height, width, channels)
        return Words(
            f"{input_shape} looks like channels first, Theano's order; here they stand last: input_shape={last} and "
            f"x.transpose(0, 2, 3, 1), or x.reshape(-1, {height}, {width}, 1) where there is one.",
            f"{input_shape} 모양은 채널이 맨 앞에 오는 시애노(Theano) 순서로 보입니다. 여기서는 채널이 마지막입니다: input_shape={last}, "
            f"x.transpose(0, 2, 3, 1), 채널이 하나면 x.reshape(-1, {height}, {width}, 1)",
        )
    if need == PICTURE:
        return Words(
            "Layers that work on pictures come before Flatten or Dense.",
            "그림을 다루는 층은 Flatten이나 Dense보다 앞에 와야 합니다.",
        )
    if "height" in need.en:
        return Words(
            "Use fewer pooling layers or strides before it, padding='same', or larger pictures.",
            "앞의 풀링이나 strides를 줄이거나 padding='same'을 쓰거나 더 큰 그림을 쓰세요.",
        )
    return None


PICTURE = Words("a picture (height, width, channels)", "(높이, 너비, 채널) 모양의 그림")


def needs_size(least: tuple[int, int], input_shape: Shape) -> Words | None:
    """What a window of this height and width needs of a picture, or None where it fits."""
    if len(input_shape) != 3:
        return PICTURE
    height, width = least
    if input_shape[0] >= height and input_shape[1] >= width:
        return None
    if height == width:
        return Words(f"height and width of at least {height}", f"높이와 너비가 {height} 이상인 입력")
    return Words(
        f"height of at least {height} and width of at least {width}",
        f"높이 {height} 이상, 너비 {width} 이상인 입력",
    )


def needs_channels(axis: int, input_shape: Shape) -> Words | None:
    """What a layer that was told this axis of the channels needs, or None where it fits."""
    if axis in (-1, len(input_shape)):
        return None
    return Words(
        f"its channels on axis {axis} (axis=-1 is always right)",
        f"{axis}번 축에 채널이 있는 입력(axis=-1이면 언제나 맞음)",
    )


def kernel_and_bias(use_bias: bool) -> list[tuple[str, str]]:
    """What `Layer.numbers` says where a kernel is, and maybe a number added to what it gives."""
    return [("kernel", "weight"), *([("bias", "bias")] if use_bias else [])]


def factor_and_shift(scale: bool, center: bool) -> list[tuple[str, str]]:
    """What `Layer.numbers` says where a factor and a shift are learned, or one of them."""
    return [*([("gamma", "weight")] if scale else []), *([("beta", "bias")] if center else [])]


def both(value: int | tuple[int, int] | None) -> tuple[int, int]:
    """Height and width from an argument that has been checked."""
    return value if isinstance(value, tuple) else (value or 1, value or 1)


def times(size: tuple[int, int]) -> str:
    """(3, 5) as people write it: 3 × 5."""
    return f"{size[0]} × {size[1]}"
