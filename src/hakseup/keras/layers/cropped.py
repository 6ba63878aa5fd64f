"""Layers that take a part of each picture, and one that does nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from hakseup.keras.layers.arranged import Resized, Sized
from hakseup.keras.layers.kinds import Layer
from hakseup.layers import Shape
from hakseup.layers.base import Kind
from hakseup.layers.core import ONLY_TRAINING
from hakseup.words import Words


@dataclass(frozen=True)
class Identity(Layer):
    """Lets everything through."""

    kind: ClassVar[Kind] = "shape"

    def needs(self, input_shape: Shape) -> Words | None:
        return None

    def _output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        return nn.Identity()

    def about(self) -> Words:
        return Words("changes nothing", "아무것도 바꾸지 않음")


@dataclass(frozen=True)
class _Crop(Sized):
    data_format: str | None = None


class CenterCrop(_Crop):
    """The middle of each picture; a smaller picture is brought to the size, its proportions kept.

    Args:
        height: that comes out.
        width: that comes out.
        data_format: only "channels_last".
    """

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        return Cropped((self.height, self.width))


class RandomCrop(_Crop):
    """While training, the same place of every picture of a batch, chosen by chance; else as `Resizing` crops.

    That is what Keras says of it; Keras 3.15 lets pictures through at their size where nothing is trained.

    Args:
        height: that comes out.
        width: that comes out.
        data_format: only "channels_last".
    """

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        return CroppedByChance((self.height, self.width))

    def about(self) -> Words:
        size, when = super().about(), ONLY_TRAINING
        return Words(f"{size.en}; by chance {when.en}", f"{size.ko}, 무작위 위치는 {when.ko}")


class Cropped(nn.Module):
    """The middle of pictures."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.size, self.fit = size, Resized(size, "bilinear", True)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width) in, this size out."""
        spare = [given - wanted for given, wanted in zip(x.shape[2:], self.size, strict=True)]
        return self.fit(x) if min(spare) < 0 else self._part(x, spare)

    def _part(self, x: Tensor, spare: list[int]) -> Tensor:
        top, left = self._start(spare)
        return x[:, :, top : top + self.size[0], left : left + self.size[1]]

    def _start(self, spare: list[int]) -> list[int]:
        return [extra // 2 for extra in spare]


class CroppedByChance(Cropped):
    """Any part of pictures while training."""

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width) in, this size out."""
        return super().forward(x) if self.training else self.fit(x)

    def _start(self, spare: list[int]) -> list[int]:
        return [int(torch.randint(extra + 1, ())) for extra in spare]
