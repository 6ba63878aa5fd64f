"""Layers that few books use: a learned slope below zero, groups of channels brought to one scale, other kinds of dropout, a border cut off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from hakseup.keras.layers.kinds import Layer
from hakseup.layers import Shape, checks
from hakseup.layers.base import PICTURE, Kind, factor_and_shift
from hakseup.layers.core import share_while_training
from hakseup.layers.initializers import Initializer, initialize, initializer
from hakseup.layers.shaping import Border, Bordered
from hakseup.words import Words


@dataclass(frozen=True)
class PReLU(Layer):
    """What is below zero is made smaller by a factor that is learned, one for each number that goes in.

    Args:
        alpha_initializer: where the factors start.
        shared_axes: axes from 1 along which there is one factor: [1, 2], one for each channel of a picture.
    """

    kind: ClassVar[Kind] = "activation"
    alpha_initializer: str | Initializer = "zeros"
    shared_axes: Any = None

    def _check(self) -> None:
        super()._check()
        start = initializer(self.type, "alpha_initializer", self.alpha_initializer, "zeros")
        self._set("alpha_initializer", start)
        if self.shared_axes is not None:
            axes = self.shared_axes if isinstance(self.shared_axes, list | tuple) else [self.shared_axes]
            self._set("shared_axes", tuple(checks.whole(self.type, "shared_axes", axis) for axis in axes))

    def _factors(self, input_shape: Shape) -> Shape:
        shared = self.shared_axes or ()
        return tuple(1 if axis in shared else size for axis, size in enumerate(input_shape, 1))

    def parameter_count(self, input_shape: Shape) -> tuple[int, int]:
        count = int(torch.Size(self._factors(input_shape)).numel())
        return (count, 0) if self.trainable else (0, count)

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        weight = torch.empty(self._factors(input_shape))
        initialize(weight, self.alpha_initializer, generator)
        made = Bent(weight)
        made.requires_grad_(self.trainable)
        return made

    def numbers(self) -> list[tuple[str, str]]:
        return [("alpha", "weight")]

    def about(self) -> Words:
        return Words("a learned slope below zero", "0 아래의 기울기를 배움")


class Bent(nn.Module):
    """A slope of its own below zero for each number; the slopes lie as in Keras, (height, width, channels)."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)

    def forward(self, x: Tensor) -> Tensor:
        """Any shape; the same comes out."""
        slope = self.weight.permute(2, 0, 1) if self.weight.ndim == 3 else self.weight
        return x.clamp(min=0) + slope * x.clamp(max=0)


@dataclass(frozen=True)
class GroupNormalization(Layer):
    """Brings groups of channels, each row by itself, to mean 0 and deviation 1, then scales and shifts the channels as learned.

    Args:
        groups: how many; -1, each channel by itself.
        axis: only the last one, the channels.
        epsilon: added to the variance.
        center: learn a shift.
        scale: learn a factor.
    """

    kind: ClassVar[Kind] = "normalization"
    groups: int = 32
    axis: int = -1
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True

    def _check(self) -> None:
        super()._check()
        if self.groups != -1:
            self._set("groups", checks.whole(self.type, "groups", self.groups))
        self._set("axis", checks.last_axis(self.type, self.axis, checks.CHANNELS_AXIS))
        self._set("epsilon", checks.number(self.type, "epsilon", self.epsilon, 1e-12, 1e3))
        checks.truth(self.type, "center", self.center)
        checks.truth(self.type, "scale", self.scale)

    def _groups(self, input_shape: Shape) -> int:
        return input_shape[-1] if self.groups == -1 else self.groups

    def needs(self, input_shape: Shape) -> Words | None:
        if not input_shape or input_shape[-1] % self._groups(input_shape):
            return Words(
                f"channels that can be divided into {self.groups} groups (groups=-1: each by itself)",
                f"{self.groups}개의 묶음으로 나눌 수 있는 채널(groups=-1이면 채널마다 하나)",
            )
        return None

    def parameter_count(self, input_shape: Shape) -> tuple[int, int]:
        count = input_shape[-1] * (self.center + self.scale)
        return (count, 0) if self.trainable else (0, count)

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        made = Grouped(self._groups(input_shape), input_shape[-1], self.epsilon, len(input_shape) == 3)
        made.weight = made.weight if self.scale else None
        made.bias = made.bias if self.center else None
        made.requires_grad_(self.trainable)
        return made

    def numbers(self) -> list[tuple[str, str]]:
        return factor_and_shift(self.scale, self.center)

    def about(self) -> Words:
        return Words("mean 0, deviation 1 over groups of channels", "채널 묶음마다 평균 0, 표준편차 1")


class Grouped(nn.GroupNorm):
    """Group normalisation; the channels are axis 1 of a picture, else the last axis."""

    weight: nn.Parameter | None  # type: ignore[assignment]
    bias: nn.Parameter | None  # type: ignore[assignment]

    def __init__(self, groups: int, channels: int, epsilon: float, on_pictures: bool) -> None:
        super().__init__(groups, channels, epsilon)
        self.on_pictures = on_pictures

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        return super().forward(x) if self.on_pictures else super().forward(x.movedim(-1, 1)).movedim(1, -1)


class _Dropping(Layer):
    """What the kinds of dropout have in common. (No dataclass: it has no argument of its own.)"""

    kind: ClassVar[Kind] = "dropout"
    rate: float

    def _check(self) -> None:
        super()._check()
        self._set("rate", checks.number(self.type, "rate", self.rate, 0, 1))

    def about(self) -> Words:
        return share_while_training(self.rate)


@dataclass(frozen=True)
class SpatialDropout2D(_Dropping):
    """While training, sets a share of the channels to zero and enlarges the others to make up for it.

    Args:
        rate: the share, 0 to 1.
        data_format: only "channels_last".
    """

    rate: float
    data_format: str | None = None

    def _check(self) -> None:
        super()._check()
        checks.channels_last(self.type, self.data_format)
        self._set("data_format", None)

    def needs(self, input_shape: Shape) -> Words | None:
        return None if len(input_shape) == 3 else PICTURE

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        return nn.Dropout2d(self.rate)


@dataclass(frozen=True)
class AlphaDropout(_Dropping):
    """While training, sets a share of the numbers so that mean and deviation stay: for networks of selu.

    Args:
        rate: the share, 0 to 1.
    """

    rate: float

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        return nn.AlphaDropout(self.rate)


@dataclass(frozen=True)
class GaussianDropout(_Dropping):
    """While training, multiplies by random numbers around 1 that scatter as dropout of this rate does.

    Args:
        rate: of the dropout, 0 to 1.
    """

    rate: float

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        return Scattered((self.rate / (1 - self.rate)) ** 0.5 if self.rate < 1 else float("inf"))


class Scattered(nn.Module):
    """Times a number from a normal distribution around 1, while training."""

    def __init__(self, deviation: float) -> None:
        super().__init__()
        self.deviation = deviation

    def forward(self, x: Tensor) -> Tensor:
        """Any shape; the same comes out."""
        return x * (1 + self.deviation * torch.randn_like(x)) if self.training else x


@dataclass(frozen=True)
class Cropping2D(Layer, Bordered):
    """Cuts rows and columns off a picture.

    Args:
        cropping: one number, or height and width, or ((top, bottom), (left, right)).
        data_format: only "channels_last".
    """

    border: ClassVar[str] = "cropping"
    cropping: int | tuple[int, int] | Border = ((0, 0), (0, 0))
    data_format: str | None = None

    def needs(self, input_shape: Shape) -> Words | None:
        need = super().needs(input_shape)
        if need is not None or min(self._output_shape(input_shape)) > 0:
            return need
        rows, columns = (sum(side) + 1 for side in self.sides())
        return Words(
            f"height of at least {rows} and width of at least {columns}",
            f"높이 {rows} 이상, 너비 {columns} 이상인 입력",
        )

    def _output_shape(self, input_shape: Shape) -> Shape:
        (top, bottom), (left, right) = self.sides()
        height, width, channels = input_shape
        return height - top - bottom, width - left - right, channels

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        (top, bottom), (left, right) = self.sides()
        return nn.ZeroPad2d((-left, -right, -top, -bottom))

    def about(self) -> Words:
        (top, bottom), (left, right) = self.sides()
        return Words(
            f"cut off: top {top}, bottom {bottom}, left {left}, right {right}",
            f"위 {top}, 아래 {bottom}, 왼쪽 {left}, 오른쪽 {right}줄을 잘라냄",
        )
