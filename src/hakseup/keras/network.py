"""A model that is built: its layers, the torch module they became, and the ways between people's layout and torch's.

People have pictures as (n, height, width, channels), torch as (n, channels, height, width). The last softmax or
sigmoid is no part of the module: losses are reckoned from what goes into it wherever that gives the same value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from hakseup.errors import NetworkError
from hakseup.keras.constraints import Bound, bounds
from hakseup.keras.layers.varied import WhileTraining
from hakseup.keras.regularizers import penalty
from hakseup.layers import Input, Layer, Shape
from hakseup.layers.weights import Variable, variables, write
from hakseup.models.inference import channels_last
from hakseup.models.sequential import Sequential
from hakseup.words import Words

_REGULARISERS = ("kernel_regularizer", "bias_regularizer", "activity_regularizer")


class Network:
    """Layers and the module that holds their numbers.

    Attributes:
        plan: the layers, with the shape that goes in.
        module: what they became, without the last softmax or sigmoid.
        final: "softmax", "sigmoid" or "linear".
        device: where it is reckoned.
    """

    def __init__(self, plan: Sequential, generator: torch.Generator, device: torch.device) -> None:
        """First weights come from the generator."""
        self.plan, self.device = plan, device
        self.final = plan.final_activation
        self.module = channels_last(plan.build(generator)).to(device)
        self.input_shape: Shape = plan.input_shape or ()
        self.output_shape: Shape = plan.output_shapes[-1]
        self._regularised = [
            (layer, module)
            for _, layer, module in self.parts()
            if any(getattr(layer, name, None) is not None for name in _REGULARISERS)
        ]

    def parts(self) -> Iterator[tuple[str, Layer, torch.nn.Module | None]]:
        """Name, layer and module of each; None where nothing is left of it."""
        children = dict(self.module.named_children())
        for name, layer in zip(self.plan.names, self.plan.layers, strict=True):
            yield name, layer, children.get(name)

    def variables_by_layer(self) -> list[tuple[str, list[Variable]]]:
        """(name of the layer, its variables), for every layer."""
        return [(name, variables(layer, module)) for name, layer, module in self.parts()]

    def variables(self) -> list[tuple[str, Variable]]:
        """(name of the layer, variable) in Keras' order."""
        return [(name, v) for name, own in self.variables_by_layer() for v in own]

    def learned(self) -> list[tuple[str, Variable]]:
        """Those that training changes by gradient."""
        return [(name, v) for name, v in self.variables() if v.trainable]

    def take_over(self, other: Network) -> None:
        """The numbers of layers that bear the same name and have the same shapes in another network."""
        theirs = dict(other.variables_by_layer())
        for name, own in self.variables_by_layer():
            given = theirs.get(name, [])
            if [v.shape for v in own] == [v.shape for v in given]:
                for variable, source in zip(own, given, strict=True):
                    variable.assign(source.numpy())

    def share(self, name: str, other: Network, there: str) -> None:
        """Let the layer of this name use the very numbers that it has, under the name there, in another network."""
        mine = {own: part for own, _, part in self.parts()}[name]
        theirs = {own: part for own, _, part in other.parts()}.get(there)
        if mine is None or theirs is None:
            return
        for kind in ("parameters", "buffers"):
            for path, tensor in getattr(theirs, f"named_{kind}")():
                holder, _, leaf = path.rpartition(".")
                getattr(mine.get_submodule(holder), f"_{kind}")[leaf] = tensor

    def assign(self, arrays: Sequence[Any]) -> None:
        """Fill all variables, in Keras' order; nothing changes where one does not fit.

        Raises:
            NetworkError: another number of arrays, or a shape that does not fit.
        """
        found = self.variables()
        if len(found) != len(arrays):
            raise NetworkError(
                "weights-do-not-fit",
                Words(
                    f"The model has {len(found)} arrays of weights; {len(arrays)} are given.",
                    f"모델의 가중치 배열은 {len(found)}개인데 받은 것은 {len(arrays)}개입니다.",
                ),
            )
        before = [variable.tensor.clone() for _, variable in found]
        try:
            for (_, variable), array in zip(found, arrays, strict=True):
                variable.assign(array)
        except NetworkError:
            with torch.no_grad():
                for (_, variable), tensor in zip(found, before, strict=True):
                    variable.tensor.copy_(tensor)
            raise

    def assign_layer(self, name: str, arrays: Sequence[Any]) -> None:
        """Fill the variables of one layer."""
        none: tuple[Layer, torch.nn.Module | None] = Input(self.input_shape), None  # the input has no part
        layer, module = next(((layer, module) for own, layer, module in self.parts() if own == name), none)
        write(layer, module, arrays)

    def place(self, x: torch.Tensor) -> torch.Tensor:
        """Inputs as people have them, float32 or bytes (b, …), as the module takes them.

        Raises:
            NetworkError: the shape is not the one the network takes.
        """
        wanted, got = self.input_shape, tuple(x.shape[1:])
        if got != wanted:
            if (*got, 1) == wanted:
                x = x[..., None]
            elif got == (*wanted, 1):
                x = x[..., 0]
            else:
                raise _does_not_fit(wanted, got)
        x = x.float()
        return x.permute(0, 3, 1, 2) if x.ndim == 4 else x

    def arranged(self, out: torch.Tensor) -> torch.Tensor:
        """Outputs of the module with their channels last, as people have them."""
        return out.permute(0, 2, 3, 1) if out.ndim == 4 else out

    def activated(self, out: torch.Tensor) -> torch.Tensor:
        """Arranged outputs through the last softmax or sigmoid."""
        if self.final == "softmax":
            return out.softmax(-1)
        return out.sigmoid() if self.final == "sigmoid" else out

    def align(self, y: torch.Tensor) -> torch.Tensor:
        """Truth beside the outputs: (b,) becomes (b, 1) where one number comes out; float32 but for class numbers."""
        if y.ndim == len(self.output_shape) and self.output_shape[-1:] == (1,):
            y = y[..., None]
        return y.float() if tuple(y.shape[1:]) == self.output_shape else y

    def penalties(self) -> list[torch.Tensor]:
        """What the regularisers of each layer that has some add to the loss, scalars."""
        return [part for layer, module in self._regularised if (part := penalty(layer, module)) is not None]

    def penalty(self) -> torch.Tensor | None:
        """What regularisers of the layers add to the loss, a scalar; None where there are none."""
        parts = self.penalties()
        return sum(parts[1:], parts[0]) if parts else None

    def bounds(self) -> list[Bound]:
        """The parameters that have constraints."""
        return [bound for _, layer, module in self.parts() for bound in bounds(layer, module)]

    @torch.no_grad()
    def answers(self, x: torch.Tensor, training: bool | None) -> torch.Tensor:
        """Activated outputs for inputs as people have them.

        Args:
            training: whether layers do what they do in training; None: those that vary pictures do, the others do not.
        """
        self.module.train(bool(training))
        for part in self.module.modules():
            if isinstance(part, WhileTraining):
                part.train(training is not False)
        try:
            return self.activated(self.arranged(self.module(self.place(x.to(self.device)))).float())
        finally:
            self.module.eval()

    @torch.no_grad()
    def outputs(self, x: torch.Tensor, precision: str) -> torch.Tensor:
        """Arranged outputs without the last activation for placed inputs, float32; the module is in its eval mode."""
        with torch.autocast(x.device.type, dtype=torch.bfloat16, enabled=precision == "bf16"):
            out = self.module(x)
        return self.arranged(out).float()


def _does_not_fit(wanted: Shape, got: Shape) -> NetworkError:
    hint = None
    if len(got) == 2 and len(wanted) == 1 and int(np.prod(got)) == wanted[0]:
        hint = Words(
            f"x.reshape(-1, {wanted[0]}) makes rows of the pictures, or put Flatten in front.",
            f"x.reshape(-1, {wanted[0]})로 그림을 한 줄로 펴거나, 맨 앞에 Flatten을 두세요.",
        )
    elif not got:
        hint = Words(
            "A single sample goes in as x[:1], not x[0].", "표본 하나는 x[0]이 아니라 x[:1]로 넣으세요."
        )
    return NetworkError(
        "input-does-not-fit",
        Words(
            f"The model takes rows of the shape {wanted}; these have {got}.",
            f"모델은 한 행의 모양이 {wanted}인 입력을 받는데 받은 것은 {got}입니다.",
        ),
        hint,
    )
