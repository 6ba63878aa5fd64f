"""The numbers of one layer in Keras' order, names and layout, on top of the tensors of its torch module.

Keras keeps a kernel as (height, width, in, out) or (in, out), torch as (out, in, height, width) or (out, in).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
import torch

from hakseup.errors import NetworkError
from hakseup.layers.base import Layer
from hakseup.words import Words

# For 0 to 4 axes: the axes of torch in Keras' order, and the way back
_TO_KERAS = ((), (0,), (1, 0), (0, 1, 2), (2, 3, 1, 0))
_TO_TORCH = ((), (0,), (1, 0), (0, 1, 2), (3, 2, 0, 1))


@dataclass(frozen=True)
class Variable:
    """One tensor of a layer under the name that Keras gives it.

    Args:
        name: "kernel", "bias", "gamma", "beta", "moving_mean" or "moving_variance".
        tensor: the parameter or buffer itself, in torch's layout.
        trainable: whether training changes it by gradient.
    """

    name: str
    tensor: torch.Tensor
    trainable: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape in Keras' layout."""
        return tuple(self.tensor.shape[axis] for axis in _TO_KERAS[self.tensor.ndim])

    def numpy(self, tensor: torch.Tensor | None = None) -> np.ndarray:
        """A copy in Keras' layout, of this tensor or of one of its shape (its gradient, an optimiser's slot)."""
        value = (self.tensor if tensor is None else tensor).detach()
        turned = value.permute(_TO_KERAS[value.ndim])
        return turned.float().numpy(force=True).copy("C")

    def assign(self, array: object, tensor: torch.Tensor | None = None) -> None:
        """Fill this tensor, or one of its shape, from an array in Keras' layout.

        Raises:
            NetworkError: the array has another shape, or holds no numbers.
        """
        target = self.tensor if tensor is None else tensor
        try:
            values = np.asarray(array, dtype=np.float32 if target.is_floating_point() else None)
        except (TypeError, ValueError):
            values = np.empty((0, 0))
        if values.shape != self.shape:
            raise NetworkError(
                "weights-do-not-fit",
                Words(
                    f"{self.name} has the shape {self.shape}; the array given has {values.shape}.",
                    f"{self.name}의 모양은 {self.shape}인데 받은 배열의 모양은 {values.shape}입니다.",
                ),
                Words(
                    "The weights must come from a layer with the same arguments and the same input.",
                    "인자와 입력 모양이 같은 층에서 나온 가중치여야 합니다.",
                ),
            )
        turned = torch.from_numpy(np.asarray(values, order="C")).permute(_TO_TORCH[values.ndim])
        with torch.no_grad():
            target.copy_(turned)


def variables(layer: Layer, module: torch.nn.Module | None) -> list[Variable]:
    """The layer's numbers in Keras' order, non-trainable ones at their Keras place.

    Args:
        layer: what was built.
        module: what `layer.build` returned; None for a layer of which nothing is left (an activation at the end).

    Raises:
        NetworkError: the layer keeps numbers that Keras has no name for.
    """
    if module is None:
        return []
    found = {name: attrgetter(attribute)(module) for name, attribute in layer.numbers()}
    tensors = [*module.parameters(), *module.buffers()]
    if sum(t.numel() for t in found.values()) != sum(t.numel() for t in tensors):
        raise NetworkError(
            "weights-unknown",
            Words(
                f"The weights of {layer.type} have no names in Keras.",
                f"{layer.type} 층의 가중치에는 Keras에서 쓰는 이름이 없습니다.",
            ),
        )
    return [
        Variable(name, tensor, isinstance(tensor, torch.nn.Parameter) and tensor.requires_grad)
        for name, tensor in found.items()
    ]


def names(layer: Layer) -> list[str]:
    """What Keras calls the layer's variables, in its order."""
    return [name for name, _ in layer.numbers()]


def read(layer: Layer, module: torch.nn.Module | None) -> list[np.ndarray]:
    """Copies of the layer's numbers, as Keras' `layer.get_weights()` returns them."""
    return [variable.numpy() for variable in variables(layer, module)]


def write(layer: Layer, module: torch.nn.Module | None, arrays: Sequence[object]) -> None:
    """Put numbers into the layer, as Keras' `layer.set_weights(arrays)`; nothing changes where one does not fit.

    Raises:
        NetworkError: another number of arrays, or a shape that does not fit.
    """
    found = variables(layer, module)
    if len(found) != len(arrays):
        listed = ", ".join(variable.name for variable in found) or "—"
        raise NetworkError(
            "weights-do-not-fit",
            Words(
                f"{layer.type} has {len(found)} arrays of weights ({listed}); {len(arrays)} are given.",
                f"{layer.type} 층의 가중치 배열은 {len(found)}개({listed})인데 받은 것은 {len(arrays)}개입니다.",
            ),
        )
    before = [variable.numpy() for variable in found]
    try:
        for variable, array in zip(found, arrays, strict=True):
            variable.assign(array)
    except NetworkError:
        for variable, array in zip(found, before, strict=True):
            variable.assign(array)
        raise
