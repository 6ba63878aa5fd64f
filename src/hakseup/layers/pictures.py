"""Layers on pictures: convolution and pooling, with the borders of TensorFlow and Keras.

`padding='same'` adds zeros so that ceil(size / stride) positions fit; where their number is odd, the extra one
stands at the end (https://www.tensorflow.org/api_docs/python/tf/nn, notes on padding). The mean of average
pooling leaves the border out.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from hakseup.layers import checks
from hakseup.layers.activations import activation, activation_module
from hakseup.layers.base import PICTURE, Kind, Layer, Shape, both, kernel_and_bias, needs_size, times
from hakseup.layers.core import check_initializers
from hakseup.layers.initializers import Initializer, initialize
from hakseup.words import Words

if TYPE_CHECKING:
    import torch

PADDINGS = ("valid", "same")


def positions(size: int, window: int, stride: int, padding: str) -> int:
    return -(-size // stride) if padding == "same" else (size - window) // stride + 1


def border(size: int, window: int, stride: int, padding: str) -> tuple[int, int]:
    """Zeros before and after, along one axis."""
    if padding == "valid":
        return 0, 0
    total = max(0, (positions(size, window, stride, padding) - 1) * stride + window - size)
    return total // 2, total - total // 2


Pair = tuple[int, int]


def reach(kernel_size: int | Pair, dilation_rate: int | Pair) -> Pair:
    """Height and width that one output pixel sees, dilation included."""
    (kh, kw), (dh, dw) = both(kernel_size), both(dilation_rate)
    return (kh - 1) * dh + 1, (kw - 1) * dw + 1


def sizes(input_shape: Shape, window: Pair, strides: int | Pair | None, padding: str) -> Pair:
    """Height and width that come out where a window slides over a picture."""
    (height, width), (down, across) = input_shape[:2], both(strides)
    return positions(height, window[0], down, padding), positions(width, window[1], across, padding)


def borders(input_shape: Shape, window: Pair, strides: int | Pair | None, padding: str) -> tuple[Pair, Pair]:
    """((top, bottom), (left, right)): zeros around a picture under a window that slides over it."""
    (height, width), (down, across) = input_shape[:2], both(strides)
    return border(height, window[0], down, padding), border(width, window[1], across, padding)


@dataclass(frozen=True)
class Conv2D(Layer):
    """Slides small kernels over the picture; each filter gives one channel.

    Args:
        filters: how many kernels, and so channels come out.
        kernel_size: one number, or height and width.
        strides: step of the kernel; not together with a dilation.
        padding: "valid" (kernels stay inside) or "same" (zeros around the picture).
        data_format: only "channels_last".
        dilation_rate: distance between the kernel's pixels.
        groups: channels are split into so many groups that do not see each other.
        activation: by name; None for none.
        use_bias: add a learned number to each filter.
        kernel_initializer: where the kernels start, by name or as an object.
        bias_initializer: where the added numbers start, by name or as an object.
    """

    kind: ClassVar[Kind] = "convolution"
    filters: int
    kernel_size: int | tuple[int, int]
    strides: int | tuple[int, int] = (1, 1)
    padding: str = "valid"
    data_format: str | None = None
    dilation_rate: int | tuple[int, int] = (1, 1)
    groups: int = 1
    activation: str | None = None
    use_bias: bool = True
    kernel_initializer: str | Initializer = "glorot_uniform"
    bias_initializer: str | Initializer = "zeros"

    def _check(self) -> None:
        self._set("filters", checks.whole(self.type, "filters", self.filters))
        for argument in ("kernel_size", "strides", "dilation_rate"):
            self._set(argument, checks.pair(self.type, argument, getattr(self, argument)))
        self._set("padding", checks.choice(self.type, "padding", self.padding, PADDINGS))
        checks.channels_last(self.type, self.data_format)
        self._set("data_format", None)
        self._set("groups", checks.whole(self.type, "groups", self.groups))
        self._set("activation", activation(self.type, self.activation))
        checks.truth(self.type, "use_bias", self.use_bias)
        check_initializers(self, self.kernel_initializer, self.bias_initializer)
        if self.filters % self.groups:
            raise checks.refusal(
                self.type,
                "filters",
                self.filters,
                Words(f"a multiple of groups={self.groups}", f"groups={self.groups}의 배수"),
            )
        if max(both(self.strides)) > 1 and max(both(self.dilation_rate)) > 1:
            raise checks.refusal(
                self.type,
                "dilation_rate",
                self.dilation_rate,
                Words(
                    f"1 where strides are above 1 (they are {self.strides}), as in Keras",
                    f"strides가 1보다 크면(지금 {self.strides}) Keras에서처럼 1",
                ),
            )

    def window(self) -> tuple[int, int]:
        """Height and width that one output pixel sees, dilation included."""
        return reach(self.kernel_size, self.dilation_rate)

    def needs(self, input_shape: Shape) -> Words | None:
        need = needs_size(self.window() if self.padding == "valid" else (1, 1), input_shape)
        if need is None and input_shape[-1] % self.groups:
            return Words(
                f"a number of channels divisible by groups={self.groups}",
                f"채널 수가 groups={self.groups}로 나누어지는 입력",
            )
        return need

    def _output_shape(self, input_shape: Shape) -> Shape:
        return *sizes(input_shape, self.window(), self.strides, self.padding), self.filters

    def parameter_count(self, input_shape: Shape) -> tuple[int, int]:
        height, width = both(self.kernel_size)
        kernels = height * width * (input_shape[-1] // self.groups) * self.filters
        return kernels + (self.filters if self.use_bias else 0), 0

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from torch import nn

        from hakseup.layers import modules

        (top, bottom), (left, right) = borders(input_shape, self.window(), self.strides, self.padding)
        even = top == bottom and left == right
        arguments: dict[str, Any] = {
            "stride": both(self.strides),
            "padding": (top, left) if even else 0,
            "dilation": both(self.dilation_rate),
            "groups": self.groups,
            "bias": self.use_bias,
        }
        make: type[nn.Conv2d] = nn.Conv2d
        # A kernel of one pixel with a longer step: PyTorch 2.13 on a processor writes past the end of its memory in
        # the gradient where the last row or column is left out, so the pixels are picked before.
        picked = both(self.kernel_size) == (1, 1) and max(both(self.strides)) > 1
        if picked:
            arguments["stride"] = 1
        if not even or self.activation is not None or picked:
            make = modules.Conv2d
            arguments["step"] = both(self.strides) if picked else (1, 1)
            arguments["border"] = None if even else (left, right, top, bottom)
            arguments["activation"] = activation_module(self.activation)
        module = modules.bare(make, input_shape[-1], self.filters, both(self.kernel_size), **arguments)
        initialize(module.weight, self.kernel_initializer, generator)
        if module.bias is not None:
            initialize(module.bias, self.bias_initializer, generator)
        return module

    def numbers(self) -> list[tuple[str, str]]:
        return kernel_and_bias(self.use_bias)

    def parted(self) -> tuple[Layer, str | None]:
        return dataclasses.replace(self, activation=None), self.activation

    def about(self) -> Words:
        extra = [times(both(self.kernel_size))]
        if both(self.strides) != (1, 1):
            extra.append(f"strides {_short(both(self.strides))}")
        if both(self.dilation_rate) != (1, 1):
            extra.append(f"dilation {_short(both(self.dilation_rate))}")
        if self.groups != 1:
            extra.append(f"groups {self.groups}")
        if self.padding != "valid":
            extra.append(self.padding)
        if self.activation:
            extra.append(self.activation)
        many = "filter" if self.filters == 1 else "filters"
        rest = ", ".join(extra)
        return Words(f"{self.filters:,} {many}, {rest}", f"필터 {self.filters:,}개, {rest}")


def _short(size: tuple[int, int]) -> str:
    return str(size[0]) if size[0] == size[1] else times(size)


@dataclass(frozen=True)
class _Pooling(Layer):
    kind: ClassVar[Kind] = "pooling"
    pool_size: int | tuple[int, int] = (2, 2)
    strides: int | tuple[int, int] | None = None
    padding: str = "valid"
    data_format: str | None = None

    def _check(self) -> None:
        self._set("pool_size", checks.pair(self.type, "pool_size", self.pool_size))
        strides = self.pool_size if self.strides is None else self.strides
        self._set("strides", checks.pair(self.type, "strides", strides))
        self._set("padding", checks.choice(self.type, "padding", self.padding, PADDINGS))
        checks.channels_last(self.type, self.data_format)
        self._set("data_format", None)

    def needs(self, input_shape: Shape) -> Words | None:
        return needs_size(both(self.pool_size) if self.padding == "valid" else (1, 1), input_shape)

    def _output_shape(self, input_shape: Shape) -> Shape:
        return *sizes(input_shape, both(self.pool_size), self.strides, self.padding), input_shape[-1]

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from hakseup.layers import modules

        # torch knows even borders only. With a step above 1 `ceil_mode` makes the room at the end that an odd
        # border needs; with a step of 1 the larger border goes on both sides and the first position is cut off.
        around = borders(input_shape, both(self.pool_size), self.strides, self.padding)
        cut = [
            int(before < after and step == 1)
            for (before, after), step in zip(around, both(self.strides), strict=True)
        ]
        padding = [after if c else before for (before, after), c in zip(around, cut, strict=True)]
        module = self._torch(
            kernel_size=both(self.pool_size),
            stride=both(self.strides),
            padding=(padding[0], padding[1]),
            ceil_mode=self.padding == "same",
        )
        return modules.CropStart(module, *cut) if any(cut) else module

    def _torch(self, **arguments: Any) -> torch.nn.Module:
        raise TypeError(f"{self.type} has no torch module of its own")

    def about(self) -> Words:
        extra = [times(both(self.pool_size))]
        if both(self.strides) != both(self.pool_size):
            extra.append(f"strides {_short(both(self.strides))}")
        if self.padding != "valid":
            extra.append(self.padding)
        rest = ", ".join(extra)
        return Words(rest, rest)


@dataclass(frozen=True)
class MaxPooling2D(_Pooling):
    """The largest number of each window.

    Args:
        pool_size: one number, or height and width.
        strides: step of the window; left out, the window's size.
        padding: "valid" or "same".
        data_format: only "channels_last".
    """

    def _torch(self, **arguments: Any) -> torch.nn.Module:
        from torch import nn

        return nn.MaxPool2d(**arguments)


@dataclass(frozen=True)
class AveragePooling2D(_Pooling):
    """The mean of each window; what hangs over the border does not count.

    Args:
        pool_size: one number, or height and width.
        strides: step of the window; left out, the window's size.
        padding: "valid" or "same".
        data_format: only "channels_last".
    """

    def _torch(self, **arguments: Any) -> torch.nn.Module:
        from torch import nn

        return nn.AvgPool2d(**arguments, count_include_pad=False)


@dataclass(frozen=True)
class _GlobalPooling(Layer):
    kind: ClassVar[Kind] = "pooling"
    largest: ClassVar[bool] = False
    data_format: str | None = None
    keepdims: bool = False

    def _check(self) -> None:
        checks.channels_last(self.type, self.data_format)
        self._set("data_format", None)
        checks.truth(self.type, "keepdims", self.keepdims)

    def needs(self, input_shape: Shape) -> Words | None:
        return None if len(input_shape) == 3 else PICTURE

    def _output_shape(self, input_shape: Shape) -> Shape:
        return (1, 1, input_shape[-1]) if self.keepdims else (input_shape[-1],)

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from hakseup.layers import modules

        return modules.GlobalPool(self.largest, self.keepdims)


@dataclass(frozen=True)
class GlobalAveragePooling2D(_GlobalPooling):
    """The mean of each channel over the whole picture.

    Args:
        data_format: only "channels_last".
        keepdims: keep height and width as 1.
    """

    def about(self) -> Words:
        return Words("mean of each channel", "채널마다 평균")


@dataclass(frozen=True)
class GlobalMaxPooling2D(_GlobalPooling):
    """The largest number of each channel over the whole picture.

    Args:
        data_format: only "channels_last".
        keepdims: keep height and width as 1.
    """

    largest: ClassVar[bool] = True

    def about(self) -> Words:
        return Words("maximum of each channel", "채널마다 최댓값")
