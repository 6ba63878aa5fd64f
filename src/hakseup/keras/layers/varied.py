"""Layers that vary pictures while training: mirrored, turned, nearer, moved, with more contrast or brightness; each on its own.

Signs and centres are Keras', https://keras.io/api/layers/preprocessing_layers/image_augmentation/
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from hakseup.keras.layers.kinds import Layer
from hakseup.layers import Shape, checks
from hakseup.layers.base import PICTURE, Kind
from hakseup.layers.core import ONLY_TRAINING
from hakseup.words import Words

Factor = float | tuple[float, float]
_BORDERS = {"reflect": "reflection", "nearest": "border", "constant": "zeros"}


@dataclass(frozen=True)
class _Varied(Layer):
    kind: ClassVar[Kind] = "dropout"
    prepares: ClassVar[bool] = True

    def needs(self, input_shape: Shape) -> Words | None:
        return None if len(input_shape) == 3 else PICTURE

    def about(self) -> Words:
        return ONLY_TRAINING

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        return WhileTraining(self)

    def vary(self, x: Tensor) -> Tensor:
        """Pictures (batch, channels, height, width), each varied by chances of its own."""
        raise TypeError(f"{self.type} varies nothing")

    def _pair(self, argument: str, low: float, high: float) -> None:
        """A factor f as (-f, f), two of them in order."""
        value: Any = getattr(self, argument)
        ends = value if isinstance(value, list | tuple) and len(value) == 2 else (value, value)
        first, last = (checks.number(self.type, argument, end, low, high) for end in ends)
        if not isinstance(value, list | tuple):
            first, last = max(-abs(first), low), abs(first)
        self._set(argument, (min(first, last), max(first, last)))


class WhileTraining(nn.Module):
    """Varies pictures while training, and lets them through else."""

    def __init__(self, layer: _Varied) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        return self.layer.vary(x) if self.training else x


@dataclass(frozen=True)
class RandomFlip(_Varied):
    """Mirrors every second picture.

    Args:
        mode: "horizontal", "vertical" or "horizontal_and_vertical".
        data_format: only "channels_last".
    """

    mode: str = "horizontal_and_vertical"
    data_format: str | None = None

    def _check(self) -> None:
        super()._check()
        modes = ("horizontal", "vertical", "horizontal_and_vertical")
        self._set("mode", checks.choice(self.type, "mode", self.mode, modes))
        checks.channels_last(self.type, self.data_format)
        self._set("data_format", None)

    def vary(self, x: Tensor) -> Tensor:
        """See `_Varied`."""
        for name, axis in (("horizontal", 3), ("vertical", 2)):
            if name in self.mode:
                chosen = torch.rand(len(x), 1, 1, 1, device=x.device) < 0.5
                x = torch.where(chosen, x.flip(axis), x)
        return x


@dataclass(frozen=True)
class _Moved(_Varied):
    fill_mode: str = field(default="reflect", kw_only=True)
    interpolation: str = field(default="bilinear", kw_only=True)
    fill_value: float = field(default=0.0, kw_only=True)
    data_format: str | None = field(default=None, kw_only=True)

    def _check(self) -> None:
        super()._check()
        self._set("fill_mode", checks.choice(self.type, "fill_mode", self.fill_mode, tuple(_BORDERS)))
        ways = ("bilinear", "nearest")
        self._set("interpolation", checks.choice(self.type, "interpolation", self.interpolation, ways))
        self._set("fill_value", checks.number(self.type, "fill_value", self.fill_value, 0, 0))
        checks.channels_last(self.type, self.data_format)
        self._set("data_format", None)

    def vary(self, x: Tensor) -> Tensor:
        """See `_Varied`."""
        grid = functional.affine_grid(self._moves(x).to(x.dtype), list(x.shape), align_corners=False)
        border = _BORDERS[self.fill_mode]
        return functional.grid_sample(x, grid, self.interpolation, border, align_corners=False)

    def _moves(self, x: Tensor) -> Tensor:
        """From places in the new picture to places in the old, both -1 to 1; (batch, 2, 3)."""
        raise TypeError(f"{self.type} moves nothing")


@dataclass(frozen=True)
class RandomRotation(_Moved):
    """Turns each picture by an angle.

    Args:
        factor: the largest, in whole turns, or two ends; counter-clockwise is positive.
        fill_mode: "reflect", "nearest" or "constant".
        interpolation: "bilinear" or "nearest".
        fill_value: only 0.
        data_format: only "channels_last".
    """

    factor: Factor

    def _check(self) -> None:
        super()._check()
        self._pair("factor", -1, 1)

    def _moves(self, x: Tensor) -> Tensor:
        angle = 2 * math.pi * _chance(x, self.factor)
        cosine, sine, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
        height, width = x.shape[2:]
        return _rows((cosine, -sine * height / width, zero), (sine * width / height, cosine, zero))


@dataclass(frozen=True)
class RandomZoom(_Moved):
    """Shows each picture nearer or from farther away.

    Args:
        height_factor: the largest share, or two ends; 0.2 is 20 % farther, -0.2 nearer.
        width_factor: the same for the width; None follows the height.
        fill_mode: "reflect", "nearest" or "constant".
        interpolation: "bilinear" or "nearest".
        fill_value: only 0.
        data_format: only "channels_last".
    """

    height_factor: Factor
    width_factor: Factor | None = None

    def _check(self) -> None:
        super()._check()
        self._pair("height_factor", -0.999999, 1)
        if self.width_factor is not None:
            self._pair("width_factor", -0.999999, 1)

    def _moves(self, x: Tensor) -> Tensor:
        down = 1 + _chance(x, self.height_factor)
        across = down if self.width_factor is None else 1 + _chance(x, self.width_factor)
        zero = torch.zeros_like(down)
        return _rows((across, zero, zero), (zero, down, zero))


@dataclass(frozen=True)
class RandomTranslation(_Moved):
    """Moves each picture.

    Args:
        height_factor: the largest share of the height, or two ends; down is positive.
        width_factor: the largest share of the width, or two ends; right is positive.
        fill_mode: "reflect", "nearest" or "constant".
        interpolation: "bilinear" or "nearest".
        fill_value: only 0.
        data_format: only "channels_last".
    """

    height_factor: Factor
    width_factor: Factor

    def _check(self) -> None:
        super()._check()
        self._pair("height_factor", -1, 1)
        self._pair("width_factor", -1, 1)

    def _moves(self, x: Tensor) -> Tensor:
        down, across = _chance(x, self.height_factor), _chance(x, self.width_factor)
        one, zero = torch.ones_like(down), torch.zeros_like(down)
        return _rows((one, zero, -2 * across), (zero, one, -2 * down))


@dataclass(frozen=True)
class RandomContrast(_Varied):
    """Makes each picture's differences from its mean larger or smaller.

    Args:
        factor: by which share at most, or how much smaller and how much larger.
        value_range: what lies outside of it is cut off.
    """

    factor: Factor
    value_range: tuple[float, float] = (0, 255)

    def _check(self) -> None:
        super()._check()
        value: Any = self.factor
        ends = value if isinstance(value, list | tuple) and len(value) == 2 else (value, value)
        low, high = (checks.number(self.type, "factor", end, 0, 1) for end in ends)
        self._set("factor", (low, high))
        self._set("value_range", tuple(self.value_range))

    def vary(self, x: Tensor) -> Tensor:
        """See `_Varied`."""
        low, high = _ends(self.factor)
        share = _chance(x, (1 - low, 1 + high)).view(-1, 1, 1, 1)
        mean = x.mean((2, 3), keepdim=True)
        return ((x - mean) * share + mean).clamp(*self.value_range)


@dataclass(frozen=True)
class RandomBrightness(_Varied):
    """Makes each picture brighter or darker.

    Args:
        factor: by which share of the range at most, or two ends; 0.2 is up to a fifth brighter or darker.
        value_range: darkest and brightest; what lies outside of it is cut off.
    """

    factor: Factor
    value_range: tuple[float, float] = (0, 255)

    def _check(self) -> None:
        super()._check()
        self._pair("factor", -1, 1)
        self._set("value_range", tuple(sorted(self.value_range)))

    def vary(self, x: Tensor) -> Tensor:
        """See `_Varied`."""
        low, high = self.value_range
        return (x + (high - low) * _chance(x, self.factor).view(-1, 1, 1, 1)).clamp(low, high)


def _ends(factor: Factor) -> tuple[float, float]:
    return factor if isinstance(factor, tuple) else (-factor, factor)


def _chance(x: Tensor, factor: Factor) -> Tensor:
    """A number between the ends for each picture, (batch,)."""
    low, high = _ends(factor)
    return low + (high - low) * torch.rand(len(x), device=x.device)


def _rows(first: tuple[Tensor, ...], second: tuple[Tensor, ...]) -> Tensor:
    return torch.stack([torch.stack(first, -1), torch.stack(second, -1)], 1)
