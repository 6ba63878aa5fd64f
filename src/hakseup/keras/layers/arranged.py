"""Layers that bring pictures to a size, or their axes into another order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from hakseup.keras.layers.kinds import Layer
from hakseup.layers import Shape, checks
from hakseup.layers.base import PICTURE, Kind, times
from hakseup.words import Words

WAYS = {"bilinear": "bilinear", "nearest": "nearest-exact"}  # Keras' name, torch's


@dataclass(frozen=True)
class Sized(Layer):
    """Base of layers out of which every picture comes in one size; they have a `data_format`."""

    kind: ClassVar[Kind] = "shape"
    prepares: ClassVar[bool] = True
    height: int
    width: int

    def _check(self) -> None:
        super()._check()
        for argument in ("height", "width"):
            self._set(argument, checks.whole(self.type, argument, getattr(self, argument)))
        checks.channels_last(self.type, getattr(self, "data_format", None))
        self._set("data_format", None)

    def needs(self, input_shape: Shape) -> Words | None:
        return None if len(input_shape) == 3 else PICTURE

    def _output_shape(self, input_shape: Shape) -> Shape:
        return self.height, self.width, input_shape[2]

    def about(self) -> Words:
        size = times((self.height, self.width))
        return Words(f"to {size}", f"{size} 크기로")


@dataclass(frozen=True)
class Resizing(Sized):
    """Brings pictures to a height and a width.

    Args:
        height: that comes out.
        width: that comes out.
        interpolation: "bilinear" draws straight lines between pixels, "nearest" takes the next one.
        crop_to_aspect_ratio: cut the middle out first instead of squeezing.
        data_format: only "channels_last".
    """

    interpolation: str = "bilinear"
    crop_to_aspect_ratio: bool = False
    data_format: str | None = None

    def _check(self) -> None:
        super()._check()
        self._set("interpolation", checks.choice(self.type, "interpolation", self.interpolation, tuple(WAYS)))
        checks.truth(self.type, "crop_to_aspect_ratio", self.crop_to_aspect_ratio)

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        return Resized((self.height, self.width), self.interpolation, self.crop_to_aspect_ratio)


class Resized(nn.Module):
    """Pictures in another size."""

    def __init__(self, size: tuple[int, int], interpolation: str, crop: bool) -> None:
        super().__init__()
        self.size, self.interpolation, self.crop = size, interpolation, crop

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width) in, this size out."""
        if self.crop:
            x = x[(..., *middle((x.shape[2], x.shape[3]), self.size))]
        return resized(x, self.size, self.interpolation)


def resized(x: Tensor, size: tuple[int, int], interpolation: str = "bilinear") -> Tensor:
    """Pictures (batch, channels, height, width) in another size, places counted from the middles of pixels."""
    way = WAYS[interpolation]
    corners = None if way.startswith("nearest") else False
    return functional.interpolate(x, size, mode=way, align_corners=corners)


def middle(given: tuple[int, int], wanted: tuple[int, int]) -> tuple[slice, slice]:
    """The largest part in the middle of a size that has the proportions of another one."""
    (height, width), (down, across) = given, wanted
    cut_height = min(height, int(width * down / across))
    cut_width = min(width, int(height * across / down))
    top, left = (height - cut_height) // 2, (width - cut_width) // 2
    return slice(top, top + cut_height), slice(left, left + cut_width)


@dataclass(frozen=True)
class Permute(Layer):
    """The axes in another order.

    Args:
        dims: which axis stands first, second, …, counted from 1 without the batch: (2, 1, 3) exchanges height and width.
    """

    kind: ClassVar[Kind] = "shape"
    dims: Any

    def _check(self) -> None:
        super()._check()
        items = list(self.dims) if isinstance(self.dims, list | tuple) else [self.dims]
        if sorted(items) != list(range(1, len(items) + 1)):
            raise checks.refusal(
                self.type,
                "dims",
                self.dims,
                Words("each axis once, like (2, 1, 3)", "(2, 1, 3)처럼 축마다 한 번"),
            )
        self._set("dims", tuple(items))

    def needs(self, input_shape: Shape) -> Words | None:
        if len(input_shape) == len(self.dims):
            return None
        return Words(f"{len(self.dims)} axes beside the batch", f"배치를 뺀 축 {len(self.dims)}개")

    def _output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape[axis - 1] for axis in self.dims)

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        return Permuted(self.dims)

    def about(self) -> Words:
        return Words(f"axes {self.dims}", f"축 {self.dims}")


class Permuted(nn.Module):
    """Axes in another order, counted as people have them."""

    def __init__(self, dims: tuple[int, ...]) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        """(batch, …), pictures (batch, channels, height, width) on both sides."""
        if x.ndim != 4:
            return x.permute(0, *self.dims)
        return x.permute(0, 2, 3, 1).permute(0, *self.dims).permute(0, 3, 1, 2)
