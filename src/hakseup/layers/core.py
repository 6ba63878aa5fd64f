"""Layers that are not about neighbouring pixels: Input, Dense, Activation, Flatten, Dropout, batch norm, Rescaling."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hakseup.layers import checks
from hakseup.layers.activations import activation, activation_module
from hakseup.layers.base import Kind, Layer, Shape, factor_and_shift, kernel_and_bias, needs_channels
from hakseup.layers.initializers import Initializer, initialize, initializer
from hakseup.words import Words

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Input(Layer):
    """Says the shape of what comes in; it is no layer of the network itself.

    Args:
        shape: without the batch: (784,) or (28, 28, 1).
    """

    kind: ClassVar[Kind] = "input"
    shape: Shape | None = None

    def _check(self) -> None:
        if self.shape is None and self.input_shape is None:
            raise checks.refusal(
                self.type,
                "shape",
                None,
                Words("a shape without the batch, like (28, 28, 1)", "(28, 28, 1)처럼 배치를 뺀 모양"),
            )
        self._set(
            "shape",
            checks.shape(self.type, "shape", self.shape if self.shape is not None else self.input_shape),
        )
        self._set("input_shape", None)


@dataclass(frozen=True)
class Dense(Layer):
    """Every output is a weighted sum of all inputs. On a picture it acts on each pixel's channels, as in Keras.

    Args:
        units: how many outputs.
        activation: by name; None for none.
        use_bias: add a learned number to each output.
        kernel_initializer: where the weights start, by name or as an object.
        bias_initializer: where the added numbers start, by name or as an object.
    """

    kind: ClassVar[Kind] = "dense"
    units: int
    activation: str | None = None
    use_bias: bool = True
    kernel_initializer: str | Initializer = "glorot_uniform"
    bias_initializer: str | Initializer = "zeros"

    def _check(self) -> None:
        self._set("units", checks.whole(self.type, "units", self.units))
        self._set("activation", activation(self.type, self.activation))
        checks.truth(self.type, "use_bias", self.use_bias)
        check_initializers(self, self.kernel_initializer, self.bias_initializer)

    def _output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.units)

    def parameter_count(self, input_shape: Shape) -> tuple[int, int]:
        return input_shape[-1] * self.units + (self.units if self.use_bias else 0), 0

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from hakseup.layers import modules

        rank = len(input_shape)
        behind = activation_module(self.activation, rank)
        module = modules.bare(modules.Dense, input_shape[-1], self.units, self.use_bias, behind, rank == 3)
        initialize(module.weight, self.kernel_initializer, generator)
        if self.use_bias:
            initialize(module.bias, self.bias_initializer, generator)
        return module

    def numbers(self) -> list[tuple[str, str]]:
        return kernel_and_bias(self.use_bias)

    def parted(self) -> tuple[Layer, str | None]:
        return dataclasses.replace(self, activation=None), self.activation

    def about(self) -> Words:
        behind = f", {self.activation}" if self.activation else ""
        many = "unit" if self.units == 1 else "units"
        return Words(f"{self.units:,} {many}{behind}", f"뉴런 {self.units:,}개{behind}")


def check_initializers(
    layer: Layer, kernel: str | Initializer | None, bias: str | Initializer | None
) -> None:
    """Bring both initialisers of a layer into one spelling, with Keras' defaults for None."""
    layer._set("kernel_initializer", initializer(layer.type, "kernel_initializer", kernel, "glorot_uniform"))
    layer._set("bias_initializer", initializer(layer.type, "bias_initializer", bias, "zeros"))


@dataclass(frozen=True)
class Activation(Layer):
    """An activation as a layer of its own.

    Args:
        activation: by name.
    """

    kind: ClassVar[Kind] = "activation"
    activation: str

    def _check(self) -> None:
        self._set("activation", activation(self.type, self.activation) or "linear")

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        return activation_module(self.activation, len(input_shape))

    def parted(self) -> tuple[None, str | None]:
        return None, self.activation

    def about(self) -> Words:
        return Words(self.activation, self.activation)


@dataclass(frozen=True)
class Flatten(Layer):
    """A picture as one row of numbers, in the order height, width, channels.

    Args:
        data_format: only "channels_last".
    """

    data_format: str | None = None

    def _check(self) -> None:
        checks.channels_last(self.type, self.data_format)
        self._set("data_format", None)

    def _output_shape(self, input_shape: Shape) -> Shape:
        return (math.prod(input_shape),)

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from hakseup.layers import modules

        return modules.Flatten()

    def about(self) -> Words:
        return Words("into one row", "한 줄로 펼침")


@dataclass(frozen=True)
class Dropout(Layer):
    """While training, sets a share of the numbers to zero and enlarges the others to make up for it.

    Args:
        rate: the share, 0 to 1.
    """

    kind: ClassVar[Kind] = "dropout"
    rate: float

    def _check(self) -> None:
        self._set("rate", checks.number(self.type, "rate", self.rate, 0, 1))

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from hakseup.layers import modules

        return modules.Dropout(self.rate)

    def about(self) -> Words:
        return share_while_training(self.rate)


ONLY_TRAINING = Words("only while training", "학습할 때만")


def share_while_training(rate: float) -> Words:
    """What every kind of dropout says of itself."""
    share = f"{100 * rate:g} %"
    return Words(f"{share}, {ONLY_TRAINING.en}", f"{share}, {ONLY_TRAINING.ko}")


@dataclass(frozen=True)
class BatchNormalization(Layer):
    """Brings each channel to mean 0 and deviation 1 over the batch, then scales and shifts it as learned.

    Args:
        axis: only the last one, the channels.
        momentum: share of the running mean and variance that stays at each step (torch counts the other way).
        epsilon: added to the variance.
        center: learn a shift.
        scale: learn a factor.
    """

    kind: ClassVar[Kind] = "normalization"
    axis: int = -1
    momentum: float = 0.99
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True

    def _check(self) -> None:
        checks.last_axis(self.type, self.axis, checks.CHANNELS_AXIS)
        self._set("momentum", checks.number(self.type, "momentum", self.momentum, 0, 1))
        self._set("epsilon", checks.number(self.type, "epsilon", self.epsilon, 1e-12, 1e3))
        checks.truth(self.type, "center", self.center)
        checks.truth(self.type, "scale", self.scale)

    def needs(self, input_shape: Shape) -> Words | None:
        return needs_channels(self.axis, input_shape)

    def parameter_count(self, input_shape: Shape) -> tuple[int, int]:
        channels = input_shape[-1]
        return channels * (self.center + self.scale), 2 * channels

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from hakseup.layers import modules

        axis = 2 if len(input_shape) == 2 else 1
        return modules.BatchNorm(input_shape[-1], self.momentum, self.epsilon, self.center, self.scale, axis)

    def numbers(self) -> list[tuple[str, str]]:
        moving = [("moving_mean", "running_mean"), ("moving_variance", "running_var")]
        return factor_and_shift(self.scale, self.center) + moving

    def about(self) -> Words:
        return Words("mean 0, deviation 1", "평균 0, 표준편차 1")


@dataclass(frozen=True)
class Rescaling(Layer):
    """Every number times `scale`, plus `offset`.

    Args:
        scale: the factor.
        offset: what is added.
    """

    scale: float
    offset: float = 0.0

    def _check(self) -> None:
        self._set("scale", checks.number(self.type, "scale", self.scale))
        self._set("offset", checks.number(self.type, "offset", self.offset))

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from hakseup.layers import modules

        return modules.Rescale(self.scale, self.offset)

    def about(self) -> Words:
        factor = f"× {self.scale:.4g}"
        if 0 < abs(self.scale) < 1 and math.isclose(1 / self.scale, round(1 / self.scale), rel_tol=1e-9):
            factor = f"× 1/{round(1 / self.scale)}"
        if not self.offset:
            return Words(factor, factor)
        sign = "+" if self.offset > 0 else "−"
        return Words(f"{factor} {sign} {abs(self.offset):g}", f"{factor} {sign} {abs(self.offset):g}")
