"""The small torch modules behind the layers, where `torch.nn` has none that does exactly what Keras does.

Pictures are (batch, channels, height, width), meant to lie in channels_last memory; plain vectors are
(batch, numbers). Imported only when a network is built, because it imports torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, ParamSpec, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANCES = 1 << 16  # in steps of which a dropout rate is drawn
P = ParamSpec("P")
M = TypeVar("M", bound=nn.Module)


def bare(make: Callable[P, M], *args: P.args, **kwargs: P.kwargs) -> M:
    """Make a module without moving torch's global random generator: torch fills new weights from it."""
    with torch.random.fork_rng(devices=[]):
        return make(*args, **kwargs)


class Dense(nn.Linear):
    """A dense layer with its activation; on pictures it acts on the channels of each pixel, as Keras does."""

    def __init__(self, inputs: int, units: int, bias: bool, activation: nn.Module, on_pictures: bool) -> None:
        super().__init__(inputs, units, bias)
        self.activation = activation
        self.on_pictures = on_pictures

    def forward(self, x: Tensor) -> Tensor:
        """(batch, …, inputs) -> (batch, …, units), or (batch, inputs, h, w) -> (batch, units, h, w)."""
        if self.on_pictures:
            y = super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        else:
            y = super().forward(x)
        out: Tensor = self.activation(y)
        return out


class Conv2d(nn.Conv2d):
    """`nn.Conv2d` with an uneven border of zeros before it, where asked, and the activation behind it."""

    def __init__(
        self,
        channels: int,
        filters: int,
        kernel_size: tuple[int, int],
        *,
        border: tuple[int, int, int, int] | None,
        activation: nn.Module,
        step: tuple[int, int] = (1, 1),
        **arguments: Any,
    ) -> None:
        super().__init__(channels, filters, kernel_size, **arguments)
        self.border = border  # left, right, top, bottom
        self.step = step  # only every so many rows and columns are looked at
        self.activation = activation

    def forward(self, input: Tensor) -> Tensor:
        """(batch, channels, h, w) -> (batch, filters, h', w')."""
        if self.border is not None:
            input = functional.pad(input, self.border)
        if self.step != (1, 1):
            input = input[:, :, :: self.step[0], :: self.step[1]]
        out: Tensor = self.activation(super().forward(input))
        return out


@contextmanager
def pooled_first(module: nn.Module) -> Iterator[None]:
    """Inside this block a ReLU right before a max pooling works behind it: on a quarter of the values.

    The largest of a window is cut at zero or the largest of what was cut is taken: the same number, and the same
    gradients bit for bit. The parameters keep their names; afterwards all is as it was, for those who look inside.
    """
    before: list[tuple[nn.Module, str, nn.Module]] = []

    def put(parent: nn.Module, name: str, part: nn.Module) -> None:
        before.append((parent, name, parent.get_submodule(name)))
        setattr(parent, name, part)

    if type(module) is nn.Sequential:
        for (name, part), (following, pooling) in pairwise(list(module.named_children())):
            if type(pooling) is not nn.MaxPool2d:
                continue
            if type(part) is nn.ReLU:
                put(module, name, nn.Identity())
            elif isinstance(part, Conv2d) and type(part.activation) is nn.ReLU and not part._forward_hooks:
                # (with a hook somebody looks at what comes out)
                put(part, "activation", nn.Identity())
            else:
                continue
            put(module, following, nn.Sequential(pooling, nn.ReLU()))
    try:
        yield
    finally:
        for parent, name, part in before:
            setattr(parent, name, part)


class CropStart(nn.Module):
    """A pooling whose border is even on both sides, without the first rows or columns that Keras has not."""

    def __init__(self, pooling: nn.Module, top: int, left: int) -> None:
        super().__init__()
        self.pooling = pooling
        self.top, self.left = top, left

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) -> (batch, channels, h', w')."""
        y: Tensor = self.pooling(x)
        return y[:, :, self.top :, self.left :]


class GlobalPool(nn.Module):
    """Mean or maximum over height and width."""

    def __init__(self, largest: bool, keep: bool) -> None:
        super().__init__()
        self.largest, self.keep = largest, keep

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) -> (batch, channels), or (batch, channels, 1, 1) with keep."""
        if self.largest:
            return x.amax((2, 3), keepdim=self.keep)
        return x.mean((2, 3), keepdim=self.keep)


class Dropout(nn.Dropout):
    """Dropout with four chances from every random number: on a CPU PyTorch's own draws one for each value.

    The rate is rounded to 1/65,536. Measured on the tutorial's CNN in bf16: 20 of 84 ms of a step with
    `torch.nn.Dropout`; see docs/benchmarks.md.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Any shape; in training a share `p` of the values becomes 0, the others are divided by 1 - p."""
        if not self.training or self.p == 0 or input.device.type != "cpu":
            return super().forward(input)
        dropped = round(self.p * CHANCES)
        if dropped == CHANCES:
            return input * 0
        numbers = torch.empty(-(-input.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
        chances = numbers.view(torch.int16)[: input.numel()]  # uniform in -32,768 to 32,767
        # As the values lie in memory, so that they meet in one run through it.
        last = input.ndim == 4 and input.is_contiguous(memory_format=torch.channels_last)
        order = [0, 2, 3, 1] if last else list(range(input.ndim))
        kept = (chances >= dropped - CHANCES // 2).view([input.shape[axis] for axis in order])
        factor = kept.to(input.dtype).mul_(CHANCES / (CHANCES - dropped))
        return input * (factor.permute(0, 3, 1, 2) if last else factor)


class Flatten(nn.Module):
    """To one row in Keras' order (h, w, c), so that its weights fit; a free view in channels_last memory."""

    def forward(self, x: Tensor) -> Tensor:
        """(batch, c, h, w) -> (batch, h * w * c); other shapes in their own order."""
        if x.ndim == 4:
            x = x.permute(0, 2, 3, 1)
        return x.flatten(1)


class BatchNorm(nn.Module):
    """Batch normalisation with Keras' running variance: the biased one, where torch keeps the unbiased.

    Args:
        channels: numbers that are normalised one by one.
        keep: share of the running values that stays at each step (Keras' momentum, 1 - torch's).
        epsilon: added to the variance.
        center: learn an offset.
        scale: learn a factor.
        axis: axis of the channels in the tensor, 1 or 2.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(
        self, channels: int, keep: float, epsilon: float, center: bool, scale: bool, axis: int = 1
    ) -> None:
        super().__init__()
        self.keep, self.epsilon, self.axis = keep, epsilon, axis
        self.weight = nn.Parameter(torch.ones(channels)) if scale else None
        self.bias = nn.Parameter(torch.zeros(channels)) if center else None
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        if self.axis != 1:
            return self._normalize(x.transpose(1, self.axis)).transpose(1, self.axis)
        return self._normalize(x)

    def _normalize(self, x: Tensor) -> Tensor:
        count = x.numel() // x.shape[1]
        if not self.training or self._frozen():
            return self._torch(x, self.running_var, training=False)
        if count == 1:  # torch refuses to train on a single value; its mean is itself and its variance zero
            with torch.no_grad():
                self.running_mean.lerp_(x.flatten().to(self.running_mean.dtype), 1 - self.keep)
                self.running_var.mul_(self.keep)
            shape = (1, -1) + (1,) * (x.ndim - 2)
            out = (x - x) / math.sqrt(self.epsilon)  # zero, and so is its gradient
            out = out if self.weight is None else out * self.weight.view(shape)
            return out if self.bias is None else out + self.bias.view(shape)
        variance = self.running_var.clone()  # autograd keeps it: it must not change before the way back
        y = self._torch(x, variance, training=True)
        # torch added (1 - keep) * n / (n - 1) of the biased variance: take n / (n - 1) off
        with torch.no_grad():
            self.running_var.mul_(self.keep / count).add_(variance, alpha=(count - 1) / count)
        return y

    def _frozen(self) -> bool:
        """Whether its factor and shift do not learn: then it stays as it is, as Keras' own does since TensorFlow 2."""
        own = [number for number in (self.weight, self.bias) if number is not None]
        return bool(own) and not any(number.requires_grad for number in own)

    def _torch(self, x: Tensor, variance: Tensor, training: bool) -> Tensor:
        return functional.batch_norm(
            x,
            self.running_mean,
            variance,
            self.weight,
            self.bias,
            training,
            1 - self.keep,
            self.epsilon,
        )


class Rescale(nn.Module):
    """x * scale + offset."""

    def __init__(self, scale: float, offset: float) -> None:
        super().__init__()
        self.scale, self.offset = scale, offset

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        return x * self.scale + self.offset


class Exponential(nn.Module):
    """e to the power of x."""

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        return x.exp()


class TwoClasses(nn.Module):
    """One logit z of the second class becomes two, (0, z): their softmax is (1 - sigmoid(z), sigmoid(z))."""

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 1) -> (batch, 2)."""
        return functional.pad(x, (1, 0))


class BentLine(nn.Module):
    """ReLU with Keras' three numbers: a limit above, a slope below, and where below begins."""

    def __init__(self, limit: float | None, slope: float, threshold: float) -> None:
        super().__init__()
        self.limit, self.slope, self.threshold = limit, slope, threshold

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        below = self.slope * (x - self.threshold) if self.slope else torch.zeros_like(x)
        above = x if self.limit is None else x.clamp(max=self.limit)
        return torch.where(x >= self.threshold if self.slope else x > self.threshold, above, below)


class GaussianNoise(nn.Module):
    """Adds numbers from a normal distribution while training."""

    def __init__(self, deviation: float) -> None:
        super().__init__()
        self.deviation = deviation

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        return x + self.deviation * torch.randn_like(x) if self.training and self.deviation else x


class LayerNorm(nn.Module):
    """Layer normalisation over the channels, on pictures too; Keras may leave out the factor or the shift."""

    def __init__(self, channels: int, epsilon: float, center: bool, scale: bool, on_pictures: bool) -> None:
        super().__init__()
        self.epsilon, self.on_pictures = epsilon, on_pictures
        self.weight = nn.Parameter(torch.ones(channels)) if scale else None
        self.bias = nn.Parameter(torch.zeros(channels)) if center else None

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in; the channels are axis 1 of a picture, else the last axis."""
        if self.on_pictures:
            return self._normalize(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return self._normalize(x)

    def _normalize(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x, x.shape[-1:], self.weight, self.bias, self.epsilon)


class Pad(nn.Module):
    """Zeros around a picture."""

    def __init__(self, top: int, bottom: int, left: int, right: int) -> None:
        super().__init__()
        self.border = (left, right, top, bottom)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, h, w) -> (batch, channels, h', w')."""
        return functional.pad(x, self.border)


class Reshape(nn.Module):
    """The numbers in Keras' order (h, w, c) under another shape."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        """(batch, …) -> (batch, *shape), pictures (batch, c, h, w) on both sides."""
        if x.ndim == 4:
            x = x.permute(0, 2, 3, 1)
        y = x.reshape(len(x), *self.shape)
        return y.permute(0, 3, 1, 2) if y.ndim == 4 else y
