"""Layers that take what several others give: added, multiplied, put one behind the other, …; and their functions.

They stand in models that were joined by calling layers (`keras.graph`); a list of layers has no place for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from hakseup.errors import NetworkError
from hakseup.keras.layers.kinds import Layer
from hakseup.layers import Shape, checks
from hakseup.layers.base import Kind
from hakseup.words import Words, josa

_SEVERAL = Words("several tensors, layer([a, b])", "layer([a, b])처럼 텐서 여럿")


@dataclass(frozen=True)
class Merging(Layer):
    """Base: `merged_shape` and `merge` of what comes in."""

    kind: ClassVar[Kind] = "shape"
    least: ClassVar[int] = 2

    def needs(self, input_shape: Shape) -> Words | None:
        return _SEVERAL

    def parameter_count(self, input_shape: Shape) -> tuple[int, int]:
        return 0, 0

    def merged_shape(self, shapes: Sequence[Shape]) -> Shape:
        """What comes out where these go in, all without the batch.

        Raises:
            NetworkError: they do not fit one another, or are too few.
        """
        if len(shapes) < self.least:
            raise self.misfit(shapes, _SEVERAL)
        return self._merged(shapes)

    def _merged(self, shapes: Sequence[Shape]) -> Shape:
        """The common shape; where one has a 1, it stands for every size, as in NumPy."""
        sizes = [set(axis) - {1} for axis in zip(*shapes, strict=False)]
        if len({len(shape) for shape in shapes}) > 1 or any(len(size) > 1 for size in sizes):
            raise self.misfit(shapes, Words("tensors of one shape", "모양이 같은 텐서"))
        return tuple(next(iter(size), 1) for size in sizes)

    def misfit(self, shapes: Sequence[Shape], need: Words) -> NetworkError:
        """The error for shapes that cannot be merged."""
        listed = ", ".join(str(shape) for shape in shapes)
        return NetworkError(
            "layer-does-not-fit",
            Words(
                f"{self.type} needs {need.en}; it gets {listed}.",
                f"{self.type} 층에는 {josa(need.ko, '이/가')} 필요합니다. 들어온 모양은 {listed}입니다.",
            ),
        )

    def build(self, input_shape: Shape, generator: torch.Generator) -> nn.Module:
        return Merge(self)

    def merge(self, tensors: Sequence[Tensor]) -> Tensor:
        """Tensors in torch's layout, (batch, channels, height, width) or (batch, numbers), as one."""
        raise TypeError(f"{self.type} merges nothing")


class Merge(nn.Module):
    """The module of a merging layer: it takes several tensors."""

    def __init__(self, layer: Merging) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, *tensors: Tensor) -> Tensor:
        """Shapes as `Merging.merged_shape` says."""
        return self.layer.merge(tensors)


@dataclass(frozen=True)
class Add(Merging):
    """The sum."""

    def merge(self, tensors: Sequence[Tensor]) -> Tensor:
        """See `Merging`."""
        out = tensors[0] + tensors[1]
        for tensor in tensors[2:]:
            out = out + tensor
        return out


@dataclass(frozen=True)
class Subtract(Merging):
    """The first less the second."""

    def _merged(self, shapes: Sequence[Shape]) -> Shape:
        if len(shapes) > 2:
            raise self.misfit(shapes, Words("two tensors", "텐서 둘"))
        return super()._merged(shapes)

    def merge(self, tensors: Sequence[Tensor]) -> Tensor:
        """See `Merging`."""
        return tensors[0] - tensors[1]


@dataclass(frozen=True)
class Multiply(Merging):
    """The product, number by number."""

    def merge(self, tensors: Sequence[Tensor]) -> Tensor:
        """See `Merging`."""
        out = tensors[0] * tensors[1]
        for tensor in tensors[2:]:
            out = out * tensor
        return out


@dataclass(frozen=True)
class Average(Merging):
    """The mean."""

    def merge(self, tensors: Sequence[Tensor]) -> Tensor:
        """See `Merging`."""
        return sum(tensors[1:], tensors[0]) / len(tensors)


@dataclass(frozen=True)
class Maximum(Merging):
    """The largest, number by number."""

    def merge(self, tensors: Sequence[Tensor]) -> Tensor:
        """See `Merging`."""
        out = tensors[0]
        for tensor in tensors[1:]:
            out = torch.maximum(out, tensor)
        return out


@dataclass(frozen=True)
class Minimum(Merging):
    """The smallest, number by number."""

    def merge(self, tensors: Sequence[Tensor]) -> Tensor:
        """See `Merging`."""
        out = tensors[0]
        for tensor in tensors[1:]:
            out = torch.minimum(out, tensor)
        return out


@dataclass(frozen=True)
class Concatenate(Merging):
    """One behind the other.

    Args:
        axis: along which, the batch counted as 0; -1 are the channels of pictures, the numbers of rows.
    """

    axis: int = -1

    def _check(self) -> None:
        super()._check()
        self._set("axis", checks.whole(self.type, "axis", self.axis, -4))

    def _place(self, shape: Shape) -> int | None:
        """The axis of a shape without the batch; None: it has no such axis."""
        place = self.axis + len(shape) if self.axis < 0 else self.axis - 1
        return place if 0 <= place < len(shape) else None

    def _merged(self, shapes: Sequence[Shape]) -> Shape:
        place = self._place(shapes[0])
        if place is None:
            raise self.misfit(shapes, Words(f"an axis {self.axis}", f"{self.axis}번 축"))
        others = {(*shape[:place], *shape[place + 1 :]) for shape in shapes}
        if len({len(shape) for shape in shapes}) > 1 or len(others) > 1:
            need = Words(
                f"tensors that differ along axis {self.axis} alone",
                f"{self.axis}번 축을 뺀 모양이 같은 텐서",
            )
            raise self.misfit(shapes, need)
        out = list(shapes[0])
        out[place] = sum(shape[place] for shape in shapes)
        return tuple(out)

    def merge(self, tensors: Sequence[Tensor]) -> Tensor:
        """See `Merging`."""
        axes = tensors[0].ndim - 1
        place = self.axis + axes if self.axis < 0 else self.axis - 1
        if axes == 3:  # height, width, channels lie as channels, height, width
            place = (1, 2, 0)[place]
        return torch.cat(list(tensors), place + 1)


def _function(kind: type[Merging]) -> Callable[..., Any]:
    def merged(inputs: Any, **arguments: Any) -> Any:
        return kind(**arguments)(inputs)

    merged.__doc__ = f"`{kind.__name__}(…)(inputs)`: {(kind.__doc__ or '').splitlines()[0]}"
    merged.__name__ = merged.__qualname__ = kind.__name__.lower()
    return merged


add, subtract, multiply = _function(Add), _function(Subtract), _function(Multiply)
average, maximum, minimum = _function(Average), _function(Maximum), _function(Minimum)


def concatenate(inputs: Any, axis: int = -1, **arguments: Any) -> Any:
    """`Concatenate(axis)(inputs)`: One behind the other."""
    return Concatenate(axis, **arguments)(inputs)


MERGING: tuple[type[Merging], ...] = (Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate)
_MODES = {"sum": Add, "mul": Multiply, "ave": Average, "max": Maximum, "concat": Concatenate}


def merge(inputs: Any, mode: str = "sum", concat_axis: int = -1, name: str | None = None) -> Any:
    """Keras 1's function for all of them.

    Args:
        inputs: tensors. mode: "sum", "mul", "ave", "max" or "concat". concat_axis: of "concat". name: of the layer.

    Raises:
        NetworkError: another mode, or tensors that do not fit one another.
    """
    kind = _MODES[checks.choice("merge", "mode", mode, tuple(_MODES))]
    layer = Concatenate(concat_axis, name=name) if kind is Concatenate else kind(name=name)
    return layer(inputs)
