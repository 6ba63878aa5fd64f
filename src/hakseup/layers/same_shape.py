"""Layers that leave the shape as it is: activations with numbers of their own, noise, layer normalisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from hakseup.layers import checks
from hakseup.layers.activations import activation_module
from hakseup.layers.base import Kind, Layer, Shape, factor_and_shift, needs_channels
from hakseup.layers.core import ONLY_TRAINING
from hakseup.words import Words

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class ReLU(Layer):
    """What is below zero becomes zero.

    Args:
        max_value: what is above becomes this; None for no limit.
        negative_slope: factor for what is below the threshold, instead of zero.
        threshold: what is below counts as negative.
    """

    kind: ClassVar[Kind] = "activation"
    max_value: float | None = None
    negative_slope: float = 0.0
    threshold: float = 0.0

    def _check(self) -> None:
        if self.max_value is not None:
            self._set("max_value", checks.number(self.type, "max_value", self.max_value, 0))
        for argument in ("negative_slope", "threshold"):
            self._set(argument, checks.number(self.type, argument, getattr(self, argument), 0))

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from hakseup.layers import modules

        if self._plain():
            return activation_module("relu")
        return modules.BentLine(self.max_value, self.negative_slope, self.threshold)

    def _plain(self) -> bool:
        return (self.max_value, self.negative_slope, self.threshold) == (None, 0, 0)

    def parted(self) -> tuple[Layer | None, str | None]:
        return (None, "relu") if self._plain() else (self, None)

    def about(self) -> Words:
        return Words("relu", "relu")


@dataclass(frozen=True)
class LeakyReLU(Layer):
    """What is below zero is made smaller by a factor.

    Args:
        negative_slope: the factor.
    """

    kind: ClassVar[Kind] = "activation"
    negative_slope: float = 0.3

    def _check(self) -> None:
        self._set("negative_slope", checks.number(self.type, "negative_slope", self.negative_slope, 0))

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from torch import nn

        return nn.LeakyReLU(self.negative_slope)

    def about(self) -> Words:
        return Words(f"slope {self.negative_slope:g} below zero", f"0 아래의 기울기 {self.negative_slope:g}")


@dataclass(frozen=True)
class ELU(Layer):
    """What is below zero bends towards -alpha.

    Args:
        alpha: how far.
    """

    kind: ClassVar[Kind] = "activation"
    alpha: float = 1.0

    def _check(self) -> None:
        self._set("alpha", checks.number(self.type, "alpha", self.alpha))

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from torch import nn

        return nn.ELU(self.alpha)

    def about(self) -> Words:
        return Words(f"alpha {self.alpha:g}", f"alpha {self.alpha:g}")


@dataclass(frozen=True)
class Softmax(Layer):
    """Turns scores into probabilities that add up to 1, over the last axis.

    Args:
        axis: only the last one.
    """

    kind: ClassVar[Kind] = "activation"
    axis: int = -1

    def _check(self) -> None:
        checks.last_axis(self.type, self.axis, Words("-1, the last", "마지막을 뜻하는 -1"))

    def needs(self, input_shape: Shape) -> Words | None:
        if self.axis in (-1, len(input_shape)):
            return None
        return Words(
            f"axis {self.axis} as its last axis (axis=-1 is always right)",
            f"{self.axis}번 축이 마지막인 입력(axis=-1이면 언제나 맞음)",
        )

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        return activation_module("softmax", len(input_shape))

    def parted(self) -> tuple[None, str | None]:
        return None, "softmax"

    def about(self) -> Words:
        return Words("softmax", "softmax")


@dataclass(frozen=True)
class GaussianNoise(Layer):
    """While training, adds random numbers from a normal distribution.

    Args:
        stddev: their deviation, 0 to 1.
    """

    kind: ClassVar[Kind] = "dropout"
    stddev: float

    def _check(self) -> None:
        self._set("stddev", checks.number(self.type, "stddev", self.stddev, 0, 1))

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from hakseup.layers import modules

        return modules.GaussianNoise(self.stddev)

    def about(self) -> Words:
        return Words(
            f"deviation {self.stddev:g}, {ONLY_TRAINING.en}",
            f"표준편차 {self.stddev:g}, {ONLY_TRAINING.ko}",
        )


@dataclass(frozen=True)
class LayerNormalization(Layer):
    """Brings the channels of each place to mean 0 and deviation 1, then scales and shifts them as learned.

    Args:
        axis: only the last one, the channels.
        epsilon: added to the variance.
        center: learn a shift.
        scale: learn a factor.
    """

    kind: ClassVar[Kind] = "normalization"
    axis: int = -1
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True

    def _check(self) -> None:
        axis: Any = self.axis
        if isinstance(axis, list | tuple) and len(axis) == 1:  # as Keras writes it into files
            axis = axis[0]
        self._set("axis", checks.last_axis(self.type, axis, checks.CHANNELS_AXIS))
        self._set("epsilon", checks.number(self.type, "epsilon", self.epsilon, 1e-12, 1e3))
        checks.truth(self.type, "center", self.center)
        checks.truth(self.type, "scale", self.scale)

    def needs(self, input_shape: Shape) -> Words | None:
        return needs_channels(self.axis, input_shape)

    def parameter_count(self, input_shape: Shape) -> tuple[int, int]:
        return input_shape[-1] * (self.center + self.scale), 0

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from hakseup.layers import modules

        on_pictures = len(input_shape) == 3
        return modules.LayerNorm(input_shape[-1], self.epsilon, self.center, self.scale, on_pictures)

    def numbers(self) -> list[tuple[str, str]]:
        return factor_and_shift(self.scale, self.center)

    def about(self) -> Words:
        return Words("mean 0, deviation 1 over the channels", "채널에 대해 평균 0, 표준편차 1")
