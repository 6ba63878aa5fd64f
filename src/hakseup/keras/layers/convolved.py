"""Convolutions beside Conv2D: channel by channel, the two steps of a separable one, and the one that makes pictures larger."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from hakseup.keras.layers.kinds import Layer
from hakseup.layers import Shape, checks
from hakseup.layers.activations import activation, activation_module
from hakseup.layers.base import PICTURE, Kind, both, kernel_and_bias, needs_size, times
from hakseup.layers.initializers import Initializer, initialize, initializer
from hakseup.layers.pictures import PADDINGS, borders, reach, sizes
from hakseup.words import Words

Pair = int | tuple[int, int]
Start = str | Initializer


class _Window(Layer):
    """What all of them check. (No dataclass: the order of the arguments is each one's own.)"""

    kind: ClassVar[Kind] = "convolution"
    kernel_size: Pair
    strides: Pair
    padding: str
    data_format: str | None
    dilation_rate: Pair
    activation: str | None
    use_bias: bool
    bias_initializer: Start

    def _check(self) -> None:
        super()._check()
        for argument in ("kernel_size", "strides", "dilation_rate"):
            self._set(argument, checks.pair(self.type, argument, getattr(self, argument)))
        self._set("padding", checks.choice(self.type, "padding", self.padding, PADDINGS))
        checks.channels_last(self.type, self.data_format)
        self._set("data_format", None)
        self._set("activation", activation(self.type, self.activation))
        checks.truth(self.type, "use_bias", self.use_bias)
        for f in dataclasses.fields(self):
            if f.name.endswith("_initializer"):
                usual = "zeros" if f.name.startswith("bias") else "glorot_uniform"
                self._set(f.name, initializer(self.type, f.name, getattr(self, f.name), usual))

    def parted(self) -> tuple[Layer, str | None]:
        bare: Any = self
        return dataclasses.replace(bare, activation=None), self.activation

    def _about(self, en: str, ko: str) -> Words:
        rest = f"{times(both(self.kernel_size))}{f', {self.activation}' if self.activation else ''}"
        return Words(f"{en}, {rest}", f"{ko}, {rest}")


class _ByChannel(_Window):
    """What begins with a convolution of each channel by itself."""

    depth_multiplier: int
    depthwise_initializer: Start

    def _check(self) -> None:
        super()._check()
        self._set("depth_multiplier", checks.whole(self.type, "depth_multiplier", self.depth_multiplier))

    def window(self) -> tuple[int, int]:
        """Height and width that one output pixel sees, dilation included."""
        return reach(self.kernel_size, self.dilation_rate)

    def needs(self, input_shape: Shape) -> Words | None:
        return needs_size(self.window() if self.padding == "valid" else (1, 1), input_shape)

    def _sizes(self, input_shape: Shape) -> tuple[int, int]:
        return sizes(input_shape, self.window(), self.strides, self.padding)

    def _depthwise(self, input_shape: Shape, generator: torch.Generator, bias: bool) -> ByChannel:
        (top, bottom), (left, right) = borders(input_shape, self.window(), self.strides, self.padding)
        channels, (height, width) = input_shape[-1], both(self.kernel_size)
        weight = torch.empty(self.depth_multiplier, channels, height, width)
        initialize(weight, self.depthwise_initializer, generator)
        made = ByChannel(weight, (left, right, top, bottom), both(self.strides), both(self.dilation_rate))
        if bias:
            made.bias = nn.Parameter(torch.empty(channels * self.depth_multiplier))
            initialize(made.bias, self.bias_initializer, generator)
        return made

    def _steps(self, depthwise: ByChannel, pointwise: nn.Module) -> nn.Module:
        made = _Steps(depthwise, pointwise, activation_module(self.activation))
        made.requires_grad_(self.trainable)
        return made


class ByChannel(nn.Module):
    """A convolution of each channel by itself; the kernel lies as (multiplier, channels, height, width)."""

    def __init__(
        self,
        weight: Tensor,
        edge: tuple[int, int, int, int],
        strides: tuple[int, int],
        dilation: tuple[int, int],
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.bias: nn.Parameter | None = None
        self.edge, self.strides, self.dilation = edge, strides, dilation

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) -> (batch, channels * multiplier, h', w'), the channels of one input together."""
        multiplier, channels, height, width = self.weight.shape
        kernel = self.weight.transpose(0, 1).reshape(channels * multiplier, 1, height, width)
        x = functional.pad(x, self.edge) if any(self.edge) else x
        return functional.conv2d(x, kernel, self.bias, self.strides, 0, self.dilation, channels)


class _Steps(nn.Module):
    """A convolution of each channel, one of all of them where there is one, an activation."""

    def __init__(self, depthwise: ByChannel, pointwise: nn.Module, activation: nn.Module) -> None:
        super().__init__()
        self.depthwise, self.pointwise, self.activation = depthwise, pointwise, activation

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) -> (batch, channels or filters, h', w')."""
        out: Tensor = self.activation(self.pointwise(self.depthwise(x)))
        return out


@dataclass(frozen=True)
class DepthwiseConv2D(_ByChannel):
    """Slides a kernel of its own over each channel.

    Args:
        kernel_size: one number, or height and width.
        strides: step of the kernel.
        padding: "valid" or "same".
        depth_multiplier: kernels for each channel.
        data_format: only "channels_last".
        dilation_rate: distance between the kernel's pixels.
        activation: by name; None for none.
        use_bias: add a learned number to each channel that comes out.
        depthwise_initializer: where the kernels start.
        bias_initializer: where the added numbers start.
    """

    kernel_size: Pair
    strides: Pair = (1, 1)
    padding: str = "valid"
    depth_multiplier: int = 1
    data_format: str | None = None
    dilation_rate: Pair = (1, 1)
    activation: str | None = None
    use_bias: bool = True
    depthwise_initializer: Start = "glorot_uniform"
    bias_initializer: Start = "zeros"

    def _output_shape(self, input_shape: Shape) -> Shape:
        return (*self._sizes(input_shape), input_shape[-1] * self.depth_multiplier)

    def parameter_count(self, input_shape: Shape) -> tuple[int, int]:
        height, width = both(self.kernel_size)
        out = input_shape[-1] * self.depth_multiplier
        count = out * height * width + (out if self.use_bias else 0)
        return (count, 0) if self.trainable else (0, count)

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        depthwise = self._depthwise(input_shape, generator, self.use_bias)
        return self._steps(depthwise, nn.Identity())

    def numbers(self) -> list[tuple[str, str]]:
        return [("kernel", "depthwise.weight"), *([("bias", "depthwise.bias")] if self.use_bias else [])]

    def about(self) -> Words:
        return self._about(f"{self.depth_multiplier} for each channel", f"채널마다 {self.depth_multiplier}개")


@dataclass(frozen=True)
class SeparableConv2D(_ByChannel):
    """A kernel over each channel, then a 1 × 1 convolution over all of them.

    Args:
        filters: how many channels come out.
        kernel_size: one number, or height and width.
        strides: step of the kernel.
        padding: "valid" or "same".
        data_format: only "channels_last".
        dilation_rate: distance between the kernel's pixels.
        depth_multiplier: kernels for each channel in the first step.
        activation: by name; None for none.
        use_bias: add a learned number to each channel that comes out.
        depthwise_initializer: where the kernels of the first step start.
        pointwise_initializer: where those of the second start.
        bias_initializer: where the added numbers start.
    """

    filters: int
    kernel_size: Pair
    strides: Pair = (1, 1)
    padding: str = "valid"
    data_format: str | None = None
    dilation_rate: Pair = (1, 1)
    depth_multiplier: int = 1
    activation: str | None = None
    use_bias: bool = True
    depthwise_initializer: Start = "glorot_uniform"
    pointwise_initializer: Start = "glorot_uniform"
    bias_initializer: Start = "zeros"

    def _check(self) -> None:
        super()._check()
        self._set("filters", checks.whole(self.type, "filters", self.filters))

    def _output_shape(self, input_shape: Shape) -> Shape:
        return (*self._sizes(input_shape), self.filters)

    def parameter_count(self, input_shape: Shape) -> tuple[int, int]:
        height, width = both(self.kernel_size)
        between = input_shape[-1] * self.depth_multiplier
        count = between * (height * width + self.filters) + (self.filters if self.use_bias else 0)
        return (count, 0) if self.trainable else (0, count)

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        from hakseup.layers import modules

        depthwise = self._depthwise(input_shape, generator, False)
        between = input_shape[-1] * self.depth_multiplier
        pointwise = modules.bare(nn.Conv2d, between, self.filters, 1, bias=self.use_bias)
        initialize(pointwise.weight, self.pointwise_initializer, generator)
        if pointwise.bias is not None:
            initialize(pointwise.bias, self.bias_initializer, generator)
        return self._steps(depthwise, pointwise)

    def numbers(self) -> list[tuple[str, str]]:
        out = [("depthwise_kernel", "depthwise.weight"), ("pointwise_kernel", "pointwise.weight")]
        return [*out, *([("bias", "pointwise.bias")] if self.use_bias else [])]

    def about(self) -> Words:
        return self._about(f"{self.filters} filters", f"필터 {self.filters}개")


@dataclass(frozen=True)
class Conv2DTranspose(_Window):
    """The way back through a convolution: with a step of 2 pictures come out twice as large.

    Args:
        filters: how many channels come out.
        kernel_size: one number, or height and width.
        strides: by how much the picture grows.
        padding: "valid" or "same".
        data_format: only "channels_last".
        dilation_rate: only 1.
        activation: by name; None for none.
        use_bias: add a learned number to each channel.
        kernel_initializer: where the kernels start.
        bias_initializer: where the added numbers start.
    """

    filters: int
    kernel_size: Pair
    strides: Pair = (1, 1)
    padding: str = "valid"
    data_format: str | None = None
    dilation_rate: Pair = (1, 1)
    activation: str | None = None
    use_bias: bool = True
    kernel_initializer: Start = "glorot_uniform"
    bias_initializer: Start = "zeros"

    def _check(self) -> None:
        super()._check()
        self._set("filters", checks.whole(self.type, "filters", self.filters))
        if both(self.dilation_rate) != (1, 1):
            raise checks.refusal(self.type, "dilation_rate", self.dilation_rate, Words("1", "1"))

    def needs(self, input_shape: Shape) -> Words | None:
        return None if len(input_shape) == 3 else PICTURE

    def _size(self, size: int, kernel: int, stride: int) -> int:
        return size * stride + (max(kernel - stride, 0) if self.padding == "valid" else 0)

    def _output_shape(self, input_shape: Shape) -> Shape:
        sizes = zip(input_shape, both(self.kernel_size), both(self.strides), strict=False)
        height, width = (self._size(*each) for each in sizes)
        return height, width, self.filters

    def parameter_count(self, input_shape: Shape) -> tuple[int, int]:
        height, width = both(self.kernel_size)
        count = height * width * input_shape[-1] * self.filters + (self.filters if self.use_bias else 0)
        return (count, 0) if self.trainable else (0, count)

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        weight = torch.empty(input_shape[-1], self.filters, *both(self.kernel_size))
        initialize(weight, self.kernel_initializer, generator)
        bias = torch.empty(self.filters) if self.use_bias else None
        if bias is not None:
            initialize(bias, self.bias_initializer, generator)
        height, width, _ = self._output_shape(input_shape)
        behind = activation_module(self.activation)
        made = _Back(weight, bias, both(self.strides), (height, width), self.padding == "same", behind)
        made.requires_grad_(self.trainable)
        return made

    def numbers(self) -> list[tuple[str, str]]:
        return kernel_and_bias(self.use_bias)

    def about(self) -> Words:
        return self._about(f"{self.filters} filters", f"필터 {self.filters}개")


class _Back(nn.Module):
    """`conv_transpose2d`, cut as TensorFlow and Keras cut it: the gradient of a convolution with their borders."""

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor | None,
        strides: tuple[int, int],
        size: tuple[int, int],
        same: bool,
        activation: nn.Module,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)  # (channels, filters, height, width)
        self.bias = None if bias is None else nn.Parameter(bias)
        self.strides, self.size, self.activation = strides, size, activation
        kernel = weight.shape[2:]
        self.before = [max(k - s, 0) // 2 if same else 0 for k, s in zip(kernel, strides, strict=True)]

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) -> (batch, filters, h', w')."""
        whole = functional.conv_transpose2d(x, self.weight, None, self.strides)
        (top, left), (height, width) = self.before, self.size
        cut = whole[:, :, top : top + height, left : left + width]
        short = (0, width - cut.shape[3], 0, height - cut.shape[2])  # where steps are longer than the kernel
        cut = functional.pad(cut, short) if any(short) else cut
        if self.bias is not None:
            cut = cut + self.bias.to(cut.dtype).view(1, -1, 1, 1)
        out: Tensor = self.activation(cut)
        return out
