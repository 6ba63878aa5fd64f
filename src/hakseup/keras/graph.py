"""A network with branches as the engine's plan of layers: what goes into each is said, instead of being the one before."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor, nn

from hakseup.keras.layers.merging import Merging
from hakseup.layers import Layer, Shape
from hakseup.models.sequential import Row
from hakseup.models.sequential import Sequential as Plan
from hakseup.words import Words

Sources = tuple[int, ...]  # places of what goes into a layer: 0 is the input, 1 what the first layer gives


class Graph(Plan):
    """Layers in an order in which each stands behind what goes into it; the last one gives the output.

    Args:
        layers: without the Input.
        sources: see `Sources`, for each.
        input_shape: see `Plan`. name: see `Plan`.

    Raises:
        NetworkError: as for `Plan`.
    """

    sources: tuple[Sources, ...]

    def __init__(
        self, layers: Sequence[Layer], sources: Sequence[Sources], input_shape: Shape | None, name: str
    ) -> None:
        object.__setattr__(self, "sources", tuple(sources))
        super().__init__(layers, input_shape, name)

    @cached_property
    def _shapes(self) -> tuple[Shape, ...]:
        shapes = [self._first_shape()]
        for i, (layer, places) in enumerate(zip(self.layers, self.sources, strict=True)):
            taken = [shapes[place] for place in places]
            shapes.append(
                layer.merged_shape(taken) if isinstance(layer, Merging) else self._through(i, taken[0])
            )
        return tuple(shapes)

    def taken(self, i: int) -> Shape:
        return self._shapes[self.sources[i][0]]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The facts of the summary; a layer that does not take the one before alone says what it takes."""
        out = []
        for i, row in enumerate(super().rows):
            if self.sources[i] != (i,):
                names = ", ".join(("input", *self.names)[place] for place in self.sources[i])
                dot = " · " if row.about.en else ""
                row = dataclasses.replace(
                    row,
                    about=Words(f"{row.about.en}{dot}from {names}", f"{row.about.ko}{dot}{names}에서"),
                )
            out.append(row)
        return tuple(out)

    def build(self, generator: torch.Generator, n_classes: int | None = None) -> nn.Module:
        """See `Plan.build`; `n_classes` is for lists of layers."""
        return self._add_parts(Branched(self.names, self.sources), generator)


class Branched(nn.Module):
    """The module of a graph. Its parts are the layers, by their names."""

    def __init__(self, names: Sequence[str], sources: Sequence[Sources]) -> None:
        super().__init__()
        self.steps = tuple(zip(names, sources, strict=True))
        last = {place: i for i, places in enumerate(sources) for place in places}
        self.done = [
            [place for place, step in last.items() if step == i] for i in range(len(sources))
        ]  # what no later layer takes: its memory may go

    def forward(self, x: Tensor) -> Tensor:
        """(batch, …) in, what the last layer gives out."""
        given = {0: x}
        for i, (name, places) in enumerate(self.steps):
            taken = [given[place] for place in places]
            part = self._modules.get(name)  # nothing is left of a last softmax or sigmoid
            given[i + 1] = taken[0] if part is None else part(*taken)
            for place in self.done[i]:
                del given[place]
        return given[len(self.steps)]


def is_chain(sources: Sequence[Sources]) -> bool:
    """Whether each layer takes what the one before it gives."""
    return all(places == (i,) for i, places in enumerate(sources))


def plan(layers: Sequence[Layer], sources: Sequence[Sources], shape: Shape | None, name: str) -> Plan:
    """The engine's plan: a list of layers where it is one, else a graph."""
    layers = [
        layer if i == 0 or 0 in places else inside(layer)
        for i, (layer, places) in enumerate(zip(layers, sources, strict=True))
    ]
    return Plan(layers, shape, name) if is_chain(sources) else Graph(layers, sources, shape, name)


def inside(layer: Layer) -> Layer:
    """The layer without an input shape of its own: of one that takes what another gives, Keras passes over it."""
    return layer if layer.input_shape is None else dataclasses.replace(layer, input_shape=None)
