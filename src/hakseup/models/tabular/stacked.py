"""Many small dense networks of one shape side by side: their numbers stacked, one batched product for all.

A network of some hundred numbers leaves a processor idle: each of its products takes less time than asking for it.
Stacked, the folds and repeats of a cross-validation ask once for all of them. Every network stays its own: nothing
is shared, and each computes what it would compute alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from hakseup.errors import NetworkError
from hakseup.layers import Activation, Dense
from hakseup.models.sequential import Sequential
from hakseup.seeds import torch_generator
from hakseup.words import Words

ACTIVATIONS = (
    "linear",
    "relu",
    "sigmoid",
    "tanh",
)  # of hidden layers; softmax and sigmoid may end the network


@dataclass(frozen=True)
class StackedLayer:
    """One dense layer of all networks: where its weights lie in a row of numbers, and what stands behind it."""

    name: str
    inputs: int
    units: int
    bias: bool
    activation: str
    begin: int  # of its weights (inputs, units); the biases (units,) follow them

    @property
    def end(self) -> int:
        """Where the next layer's numbers begin."""
        return self.begin + self.inputs * self.units + (self.units if self.bias else 0)


class Stacked:
    """m networks of one shape.

    Attributes:
        network: the shape of each.
        layers: its dense layers, without the softmax or sigmoid at the end: logits come out.
        seeds: of each network.
        numbers: (m, p) all weights and biases, a network in each row.
    """

    def __init__(self, network: Sequential, seeds: Sequence[int], dtype: torch.dtype = torch.float32) -> None:
        """First weights as `Sequential.build` draws them from each seed, one network for each.

        Args:
            network: dense layers only, with its input shape (numbers,).
            seeds: one for each network.
            dtype: float64 for those who want to compare to the last digit.

        Raises:
            NetworkError: a network that cannot be stacked; `why_not` says why beforehand.
        """
        reason = why_not(network)
        if reason is not None:
            raise NetworkError("not-stackable", reason)
        self.network, self.layers, self.seeds = network, _layers(network), tuple(seeds)
        self.numbers = torch.zeros(len(seeds), self.layers[-1].end, dtype=dtype)
        for row, seed in enumerate(seeds):
            self.load(row, network.build(torch_generator(seed, "weights")).state_dict())

    def __len__(self) -> int:
        return len(self.numbers)

    def logits(self, x: torch.Tensor, numbers: torch.Tensor | None = None) -> torch.Tensor:
        """What comes out of each network, without its final softmax or sigmoid.

        Args:
            x: (n, d) the same for all, or (m, n, d).
            numbers: (m, p) others than its own.

        Returns:
            (m, n, units of the last layer).
        """
        rows = self.numbers if numbers is None else numbers
        h = x.expand(len(rows), *x.shape[-2:])  # (m, n, d)
        for layer in self.layers:
            weight, bias = parts(layer, rows)
            h = torch.bmm(h, weight) if bias is None else torch.baddbmm(bias, h, weight)
            h = activate(layer.activation, h)
        return h

    def state(self, which: int) -> dict[str, torch.Tensor]:
        """The weights of one network, as the module that `network.build` makes calls them."""
        row = self.numbers[which : which + 1]
        out = {}
        for layer in self.layers:
            weight, bias = parts(layer, row)
            out[f"{layer.name}.weight"] = weight[0].T.clone()  # torch keeps (units, inputs)
            if bias is not None:
                out[f"{layer.name}.bias"] = bias[0, 0].clone()
        return out

    def load(self, which: int, state: dict[str, torch.Tensor]) -> None:
        """Take over one network's weights from `state` or a module's `state_dict`."""
        row = self.numbers[which : which + 1]
        with torch.no_grad():
            for layer in self.layers:
                weight, bias = parts(layer, row)
                weight[0].copy_(state[f"{layer.name}.weight"].T)
                if bias is not None:
                    bias[0, 0].copy_(state[f"{layer.name}.bias"])


def parts(layer: StackedLayer, numbers: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Views of a layer's weights (m, inputs, units) and biases (m, 1, units) in numbers (m, p)."""
    m, size = len(numbers), layer.inputs * layer.units
    weight = numbers[:, layer.begin : layer.begin + size].view(m, layer.inputs, layer.units)
    if not layer.bias:
        return weight, None
    return weight, numbers[:, layer.begin + size : layer.end].view(m, 1, layer.units)


def activate(name: str, z: torch.Tensor) -> torch.Tensor:
    """The activation of this name, one of `ACTIVATIONS`."""
    if name == "relu":
        return torch.relu(z)
    if name == "sigmoid":
        return torch.sigmoid(z)
    return torch.tanh(z) if name == "tanh" else z


def why_not(network: Sequential) -> Words | None:
    """Why networks of this shape cannot be stacked; None where they can."""
    shape = network.input_shape
    if shape is None or len(shape) != 1:
        return Words(
            f"Networks are stacked where rows of numbers go in; this one takes {shape}.",
            f"여러 신경망을 한꺼번에 계산하려면 숫자 행이 들어가야 하는데, 이 신경망에는 {shape}이(가) 들어갑니다.",
        )
    before: str | None = None
    for layer in network.layers:
        if isinstance(layer, Activation) and before == "linear":
            before = layer.activation
        elif isinstance(layer, Dense):
            before = layer.activation or "linear"
        else:
            return Words(
                f"Only Dense layers can be stacked, not {layer.type}.",
                f"Dense 층만 한꺼번에 계산할 수 있고 {layer.type} 층은 안 됩니다.",
            )
    names = [layer.activation for layer in _layers(network)]
    odd = next((name for name in names if name not in ACTIVATIONS), None)
    if odd is not None:
        listed = ", ".join(ACTIVATIONS)
        return Words(
            f"The activation {odd} cannot be stacked; these can: {listed}.",
            f"활성화 함수 {odd}은(는) 한꺼번에 계산할 수 없습니다. 되는 것: {listed}.",
        )
    return None


def _layers(network: Sequential) -> tuple[StackedLayer, ...]:
    """Each Dense layer with the activation behind it; the softmax or sigmoid at the end is taken off."""
    out: list[StackedLayer] = []
    inputs, begin = math.prod(network.input_shape or (0,)), 0
    for name, layer in zip(network.names, network.layers, strict=True):
        if isinstance(layer, Dense):
            out.append(
                StackedLayer(name, inputs, layer.units, layer.use_bias, layer.activation or "linear", begin)
            )
            inputs, begin = layer.units, out[-1].end
        elif isinstance(layer, Activation) and out:
            out[-1] = replace(out[-1], activation=layer.activation)
    if out and network.final_activation != "linear":
        out[-1] = replace(out[-1], activation="linear")
    return tuple(out)
