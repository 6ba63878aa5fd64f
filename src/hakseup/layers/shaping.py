"""Layers that change the shape and learn nothing: zeros around a picture, larger pictures, another shape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from hakseup.errors import NetworkError
from hakseup.layers import checks
from hakseup.layers.base import PICTURE, Kind, Layer, Shape, both, times
from hakseup.words import Words

if TYPE_CHECKING:
    import torch

Border = tuple[tuple[int, int], tuple[int, int]]


class Bordered(Layer):
    """What the layers about a picture's border have in common. (No dataclass: the argument is each one's own.)"""

    kind: ClassVar[Kind] = "shape"
    border: ClassVar[str]  # the argument's name
    data_format: str | None

    def _check(self) -> None:
        super()._check()
        self._set(self.border, around(self.type, self.border, getattr(self, self.border)))
        checks.channels_last(self.type, self.data_format)
        self._set("data_format", None)

    def needs(self, input_shape: Shape) -> Words | None:
        return None if len(input_shape) == 3 else PICTURE

    def sides(self) -> Border:
        """((top, bottom), (left, right))."""
        return around(self.type, self.border, getattr(self, self.border))


@dataclass(frozen=True)
class ZeroPadding2D(Bordered):
    """Puts zeros around a picture.

    Args:
        padding: one number, or height and width, or ((top, bottom), (left, right)).
        data_format: only "channels_last".
    """

    border: ClassVar[str] = "padding"
    padding: int | tuple[int, int] | Border = ((1, 1), (1, 1))
    data_format: str | None = None

    def _output_shape(self, input_shape: Shape) -> Shape:
        (top, bottom), (left, right) = self.sides()
        height, width, channels = input_shape
        return height + top + bottom, width + left + right, channels

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from hakseup.layers import modules

        (top, bottom), (left, right) = self.sides()
        return modules.Pad(top, bottom, left, right)

    def about(self) -> Words:
        (top, bottom), (left, right) = self.sides()
        if top == bottom == left == right:
            return Words(f"{top} zeros on each side", f"네 변에 0을 {top}줄씩")
        return Words(
            f"zeros: top {top}, bottom {bottom}, left {left}, right {right}",
            f"0을 위 {top}, 아래 {bottom}, 왼쪽 {left}, 오른쪽 {right}줄",
        )


def around(layer: str, argument: str, value: Any) -> Border:
    """((top, bottom), (left, right)) from any of the three ways to say it.

    Raises:
        NetworkError: it is none of them.
    """

    def pair(item: Any) -> tuple[Any, Any]:
        first, last = item if isinstance(item, list | tuple) else (item, item)
        return first, last

    try:
        top, bottom, left, right = (
            checks.whole(layer, argument, size, 0) for side in pair(value) for size in pair(side)
        )
        return (top, bottom), (left, right)
    except (ValueError, NetworkError):
        raise checks.refusal(
            layer,
            argument,
            value,
            Words(
                "a whole number, two of them for height and width, or ((top, bottom), (left, right))",
                "정수 하나, 높이와 너비의 정수 둘, 또는 ((위, 아래), (왼쪽, 오른쪽))",
            ),
        ) from None


@dataclass(frozen=True)
class UpSampling2D(Layer):
    """Makes pictures larger by whole factors.

    Args:
        size: one factor, or height and width.
        data_format: only "channels_last".
        interpolation: "nearest" repeats pixels, "bilinear" draws straight lines between them.
    """

    kind: ClassVar[Kind] = "shape"
    size: int | tuple[int, int] = (2, 2)
    data_format: str | None = None
    interpolation: str = "nearest"

    def _check(self) -> None:
        self._set("size", checks.pair(self.type, "size", self.size))
        checks.channels_last(self.type, self.data_format)
        self._set("data_format", None)
        choices = ("nearest", "bilinear")
        self._set("interpolation", checks.choice(self.type, "interpolation", self.interpolation, choices))

    def needs(self, input_shape: Shape) -> Words | None:
        return None if len(input_shape) == 3 else PICTURE

    def _output_shape(self, input_shape: Shape) -> Shape:
        down, across = both(self.size)
        return input_shape[0] * down, input_shape[1] * across, input_shape[2]

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from torch import nn

        down, across = both(self.size)
        corners = None if self.interpolation == "nearest" else False
        return nn.Upsample(scale_factor=(down, across), mode=self.interpolation, align_corners=corners)

    def about(self) -> Words:
        behind = "" if self.interpolation == "nearest" else f", {self.interpolation}"
        return Words(f"{times(both(self.size))}{behind}", f"{times(both(self.size))}{behind}")


@dataclass(frozen=True)
class Reshape(Layer):
    """The same numbers under another shape, in the order height, width, channels.

    Args:
        target_shape: without the batch; one entry may be -1 and is then worked out.
    """

    target_shape: tuple[int, ...]

    def _check(self) -> None:
        value: Any = self.target_shape
        items = list(value) if isinstance(value, list | tuple) else [value]
        open_places = sum(item == -1 and not isinstance(item, bool) for item in items)
        try:
            if open_places > 1 or not 1 <= len(items) <= 3:
                raise ValueError
            sizes = [checks.whole(self.type, "target_shape", 1 if item == -1 else item) for item in items]
        except (ValueError, NetworkError):
            raise checks.refusal(
                self.type,
                "target_shape",
                value,
                Words(
                    "one to three whole numbers without the batch, like (28, 28, 1); one of them may be -1",
                    "(28, 28, 1)처럼 배치를 뺀 정수 하나에서 셋, 그중 하나는 -1이어도 되는 모양",
                ),
            ) from None
        shape = (-1 if item == -1 else size for item, size in zip(items, sizes, strict=True))
        self._set("target_shape", tuple(shape))

    def needs(self, input_shape: Shape) -> Words | None:
        given, known = math.prod(input_shape), math.prod(size for size in self.target_shape if size != -1)
        if given == known or (-1 in self.target_shape and given % known == 0):
            return None
        many = f"{'a multiple of ' if -1 in self.target_shape else ''}{known}"
        many_ko = f"{known}{'의 배수' if -1 in self.target_shape else ''}"
        return Words(
            f"{many} numbers to fill {self.target_shape}", f"{self.target_shape} 모양을 채울 숫자 {many_ko}개"
        )

    def _output_shape(self, input_shape: Shape) -> Shape:
        known = math.prod(size for size in self.target_shape if size != -1)
        rest = math.prod(input_shape) // known
        return tuple(rest if size == -1 else size for size in self.target_shape)

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from hakseup.layers import modules

        return modules.Reshape(self._output_shape(input_shape))

    def about(self) -> Words:
        return Words(f"into {self.target_shape}", f"{self.target_shape} 모양으로")
