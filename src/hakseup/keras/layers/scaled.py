"""`Normalization`: columns brought to mean 0 and deviation 1 by what `adapt` saw, inside the network."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from hakseup.keras.arrays import inputs
from hakseup.keras.eager import eager
from hakseup.keras.feeding import is_stream
from hakseup.keras.layers.kinds import Layer
from hakseup.layers import Shape, checks
from hakseup.layers.base import Kind
from hakseup.words import Words

EPSILON = 1e-7  # Keras' least deviation


class Adapted:
    """What `adapt` found, shared by a layer and its copies in models."""

    def __init__(self) -> None:
        self.shape: Shape | None = None  # of the rows
        self.rows: int | None = None
        self.mean: np.ndarray | None = None
        self.variance: np.ndarray | None = None
        self.modules: weakref.WeakSet[Scaled] = weakref.WeakSet()


@dataclass(frozen=True)
class Normalization(Layer):
    """Takes the mean away and divides by the deviation, which `adapt` finds in data, or which are given.

    Args:
        axis: -1, each column or channel by itself; None, all numbers together.
        mean: given instead of `adapt`, a number or one for each column.
        variance: the same.
        invert: multiply and add instead.
    """

    kind: ClassVar[Kind] = "normalization"
    axis: Any = -1
    mean: Any = None
    variance: Any = None
    invert: bool = False

    def _check(self) -> None:
        super()._check()
        axis = self.axis
        if isinstance(axis, list | tuple) and len(axis) <= 1:  # as Keras writes it into files
            axis = axis[0] if axis else None
        if axis not in (-1, 1, 2, 3, None) or isinstance(axis, bool):
            raise checks.refusal(self.type, "axis", self.axis, Words("-1 or None", "-1이나 None"))
        self._set("axis", axis)
        checks.truth(self.type, "invert", self.invert)
        if (self.mean is None) != (self.variance is None):
            raise checks.refusal(
                self.type, "mean", self.mean, Words("given with variance", "variance와 함께 준 값")
            )
        given = self.mean is not None
        for name in ("mean", "variance") if given else ():
            value = np.asarray(getattr(self, name), np.float64)
            self._set(name, float(value) if value.ndim == 0 else tuple(value.reshape(-1).tolist()))
        self.__dict__["_given"] = given
        self.__dict__["_adapted"] = Adapted()

    @property
    def known_shape(self) -> Shape | None:
        """What goes in, as `adapt` has seen it."""
        adapted: Adapted = self.__dict__["_adapted"]
        return adapted.shape

    @property
    def known_rows(self) -> int | None:
        """How many rows `adapt` saw at once, which Keras shows until a model takes others; None: batches of them."""
        adapted: Adapted = self.__dict__["_adapted"]
        return adapted.rows

    def needs(self, input_shape: Shape) -> Words | None:
        if self.axis in (-1, None, len(input_shape)):
            return None
        return Words(
            f"its columns on axis {self.axis} (axis=-1 is always right)",
            f"{self.axis}번 축에 열이 있는 입력(axis=-1이면 언제나 맞음)",
        )

    def parameter_count(self, input_shape: Shape) -> tuple[int, int]:
        return 0, 0 if self.__dict__["_given"] else 2 * self._columns(input_shape) + 1

    def _columns(self, input_shape: Shape) -> int:
        return 1 if self.axis is None else input_shape[-1]

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Find mean and variance of rows, or of everything that gives batches of rows.

        Args:
            data: arrays, tables, or batches. batch_size: without effect. steps: so many batches alone.

        Raises:
            NetworkError: mean and variance were given already.
        """
        if self.__dict__["_given"]:
            raise checks.refusal(
                self.type, "mean", self.mean, Words("left out where adapt is called", "생략된 값")
            )
        parts = list(data) if is_stream(data) else [data]
        rows = torch.cat([_rows(part) for part in parts[: steps or len(parts)]]).double()
        axes = tuple(range(rows.ndim if self.axis is None else rows.ndim - 1))
        adapted: Adapted = self.__dict__["_adapted"]
        adapted.shape = tuple(rows.shape[1:])
        adapted.rows = None if is_stream(data) else len(rows)
        adapted.mean = rows.mean(axes).numpy()
        adapted.variance = rows.var(axes, unbiased=False).numpy()
        shape = (1,) * (rows.ndim - 1) + (-1,)  # as Keras shows them: beside rows
        for name in ("mean", "variance"):
            found = np.asarray(getattr(adapted, name), np.float32)
            self.__dict__[name] = eager(found.reshape(shape))
        for module in adapted.modules:
            module.take(adapted)

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        columns = self._columns(input_shape)
        size = () if self.axis is None else (columns,)
        made = Scaled(size, self.invert, len(input_shape) == 3)
        if self.__dict__["_given"]:
            made.fix(self.mean, self.variance)
            return made
        adapted: Adapted = self.__dict__["_adapted"]
        adapted.modules.add(made)
        made.take(adapted)
        return made

    def numbers(self) -> list[tuple[str, str]]:
        return [] if self.__dict__["_given"] else [(name, name) for name in ("mean", "variance", "count")]

    def config(self) -> dict[str, Any]:
        return super().config() | ({} if self.__dict__["_given"] else {"mean": None, "variance": None})

    def about(self) -> Words:
        return Words("mean 0, deviation 1", "평균 0, 표준편차 1")


def _rows(part: Any) -> Tensor:
    rows = inputs(part[0] if isinstance(part, tuple) else part)
    return rows[:, None] if rows.ndim == 1 else rows


class Scaled(nn.Module):
    """(x - mean) / deviation, or the way back; its numbers are buffers, or constants where they were given."""

    mean: Tensor
    variance: Tensor

    def __init__(self, size: tuple[int, ...], invert: bool, on_pictures: bool) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("variance", torch.ones(size))
        self.register_buffer("count", torch.zeros(()))  # Keras keeps it for older files, and leaves it at 0
        self.invert, self.on_pictures = invert, on_pictures

    def fix(self, mean: Any, variance: Any) -> None:
        """Take given numbers; they are no weights."""
        for name, value in (("mean", mean), ("variance", variance)):
            delattr(self, name)
            setattr(self, name, torch.as_tensor(value, dtype=torch.float32))
        delattr(self, "count")

    def take(self, adapted: Adapted) -> None:
        """Take what `adapt` found, where it did."""
        if adapted.mean is not None and adapted.variance is not None:
            self.mean.copy_(torch.as_tensor(adapted.mean))
            self.variance.copy_(torch.as_tensor(adapted.variance))

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        mean, deviation = self.mean.to(x.device), self.variance.to(x.device).sqrt().clamp(min=EPSILON)
        if self.on_pictures and mean.ndim:
            mean, deviation = mean[:, None, None], deviation[:, None, None]
        return x * deviation + mean if self.invert else (x - mean) / deviation
