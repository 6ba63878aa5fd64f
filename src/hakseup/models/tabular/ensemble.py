"""The default network of a table: an ensemble of small networks that share most of their weights.

TabM (Gorishniy, Kotelnikov, Babenko 2024, arXiv 2410.24210): one multilayer perceptron is used by m members, and
each member scales what goes into and what comes out of every layer by vectors of its own (BatchEnsemble; Wen, Tran,
Ba 2020, arXiv 2002.06715). The members learn side by side, each from its own loss; their probabilities or values are
averaged when they predict. The shared weights keep them from overfitting, their differences do what an ensemble does.

What was tried beside it, and what it gave, stands in docs/tables.md.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hakseup.errors import NetworkError
from hakseup.layers.modules import Dropout, bare
from hakseup.words import Words

ONE_HOT = 32  # a column with more categories than this is embedded: its one-hot columns would be most of the network


@dataclass(frozen=True)
class TabularEnsemble:
    """The shape of the network; `build` makes the module.

    Args:
        numbers: how many numbers a row has (d), missing indicators among them.
        cardinalities: of each category column, how many codes it has: 0 is unseen, 1 missing, 2 and on known.
        outputs: classes, or 1 for a number.
        members: how many networks in one.
        width: of each hidden layer.
        depth: how many hidden layers.
        dropout: behind each hidden layer.
        embedding: numbers that stand for a category in a column with more than `one_hot` of them.
        one_hot: categories of a column that get an input each, at most.
    """

    numbers: int
    cardinalities: tuple[int, ...]
    outputs: int
    members: int = 16
    width: int = 64
    depth: int = 2
    dropout: float = 0.1
    embedding: int = 8
    one_hot: int = ONE_HOT

    def __post_init__(self) -> None:
        object.__setattr__(self, "cardinalities", tuple(self.cardinalities))
        low = {"outputs": 1, "members": 1, "width": 1, "depth": 1, "embedding": 1, "numbers": 0}
        for name, least in low.items():
            if getattr(self, name) < least:
                raise _impossible(name, getattr(self, name), f">= {least}")
        if not 0 <= self.dropout < 1:
            raise _impossible("dropout", self.dropout, ">= 0, < 1")
        if any(size < 2 for size in self.cardinalities):
            raise _impossible("cardinalities", self.cardinalities, ">= 2")
        if not self.numbers and not self.cardinalities:
            raise _impossible("numbers", 0, ">= 1")

    @property
    def inputs(self) -> int:
        """Numbers that go into the first layer: the row's own, one-hot columns, embeddings."""
        return self.numbers + sum(
            size - 1 if size - 2 <= self.one_hot else self.embedding for size in self.cardinalities
        )

    @property
    def parameters(self) -> int:
        """All numbers that are learned."""
        total = sum(size * self.embedding for size in self.cardinalities if size - 2 > self.one_hot)
        for into, out in pairwise([self.inputs, *[self.width] * self.depth]):
            total += into * out + self.members * (into + 2 * out)
        return total + self.members * (self.width + 1) * self.outputs

    def build(self, generator: torch.Generator) -> TabularModule:
        """The torch module, with first weights from the generator (on the CPU)."""
        return bare(TabularModule, self, generator)

    def as_dict(self) -> dict[str, Any]:
        """Plain values (JSON) from which `from_dict` makes the same network."""
        values = dataclasses.asdict(self)
        values["cardinalities"] = list(self.cardinalities)
        return {"kind": "tabular-ensemble", **values, "parameters": self.parameters}

    @staticmethod
    def from_dict(value: Mapping[str, Any]) -> TabularEnsemble:
        """The network that `as_dict` wrote; what stands beside its keys is ignored.

        Raises:
            NetworkError: it is not one, or it does not have the parameters it says.
        """
        names = [field.name for field in dataclasses.fields(TabularEnsemble)]
        try:
            out = TabularEnsemble(**{name: value[name] for name in names})
        except (KeyError, TypeError) as error:
            raise NetworkError(
                "bad-network",
                Words(
                    f"This is not a saved network of a table: missing or wrong: {error}.",
                    f"저장된 표 신경망이 아닙니다. 빠졌거나 틀림: {error}.",
                ),
            ) from None
        if value.get("parameters") != out.parameters:
            raise NetworkError(
                "bad-network",
                Words(
                    f"The saved network says {value.get('parameters')} parameters, its layers have {out.parameters}.",
                    f"저장된 신경망에는 파라미터가 {value.get('parameters')}개라고 되어 있는데 층에는 {out.parameters}개가 있습니다.",
                ),
            )
        return out


class TabularModule(nn.Module):
    """The module of a `TabularEnsemble`: float32 (b, d) numbers and int64 (b, c) codes in, logits or values out."""

    offsets: Tensor

    def __init__(self, shape: TabularEnsemble, generator: torch.Generator) -> None:
        super().__init__()
        self.shape = shape
        big = [j for j, size in enumerate(shape.cardinalities) if size - 2 > shape.one_hot]
        small = [j for j in range(len(shape.cardinalities)) if j not in big]
        self.small, self.big = small, big
        # One-hot column of code 1 of each small column; code 0 (unseen) has none, so that it says nothing.
        widths = [shape.cardinalities[j] - 1 for j in small]
        self.one_hot = sum(widths)
        starts = torch.tensor([0, *accumulate(widths)][: len(widths)], dtype=torch.int64)
        self.register_buffer("offsets", starts, persistent=False)
        tables = [nn.Embedding(shape.cardinalities[j], shape.embedding, padding_idx=0) for j in big]
        for table in tables:
            nn.init.normal_(table.weight, generator=generator)
            with torch.no_grad():
                table.weight[0] = 0  # stays so: padding_idx keeps its gradient at zero
        self.embeddings = nn.ModuleList(tables)
        self.layers = nn.ModuleList(
            SharedLinear(into, out, shape.members, first=i == 0, generator=generator)
            for i, (into, out) in enumerate(pairwise([shape.inputs, *[shape.width] * shape.depth]))
        )
        self.dropout = Dropout(shape.dropout)
        self.head = nn.Parameter(torch.empty(shape.members, shape.width, shape.outputs))
        limit = 1 / math.sqrt(shape.width)
        nn.init.uniform_(self.head, -limit, limit, generator=generator)
        self.head_bias = nn.Parameter(torch.zeros(shape.members * shape.outputs))

    def features(self, numbers: Tensor, codes: Tensor) -> Tensor:
        """What goes into the first layer (…, inputs): the numbers, one-hot columns, embeddings."""
        parts = [numbers]
        if self.small:
            chosen = codes[..., self.small]  # (…, columns)
            # One column too many at the front takes what is unseen, and is cut off.
            at = torch.where(chosen > 0, chosen + self.offsets, 0)
            flat = numbers.new_zeros(*codes.shape[:-1], self.one_hot + 1)
            parts.append(flat.scatter_(-1, at, 1.0)[..., 1:])
        parts += [table(codes[..., j]) for table, j in zip(self.embeddings, self.big, strict=True)]
        return torch.cat(parts, -1)

    def members(self, numbers: Tensor, codes: Tensor) -> Tensor:
        """Logits or values of each member, (m, b, k).

        Args:
            numbers: float32 (b, d), the same rows for all members, or (m, b, d), rows of its own for each.
            codes: int64 (b, c) or (m, b, c).
        """
        h = self.features(numbers, codes)
        if h.ndim == 2:
            h = h.expand(self.shape.members, *h.shape)
        for layer in self.layers:
            h = self.dropout(F.silu(layer(h)))
        return torch.baddbmm(self.head_bias.view(self.shape.members, 1, -1), h, self.head)

    def forward(self, numbers: Tensor, codes: Tensor) -> Tensor:
        """(m, b, k) while it trains; then (b, k): the logarithm of the mean probabilities, or the mean value."""
        out = self.members(numbers, codes)
        if self.training:
            return out
        if self.shape.outputs == 1:
            return out.mean(0)
        return torch.logsumexp(F.log_softmax(out, -1), 0) - math.log(len(out))


class SharedLinear(nn.Module):
    """A dense layer that m members share: member i computes ((x * r_i) W) * s_i + b_i (BatchEnsemble).

    The first layer's r are random signs, which is where the members' differences come from; every other vector
    starts at one (TabM, section 3.3). The members' vectors lie in one dimension, so that an optimiser that decays
    kernels only knows them from kernels.
    """

    def __init__(
        self, inputs: int, outputs: int, members: int, *, first: bool, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.of = (members, 1, -1)
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.empty(members * outputs))
        self.scale_in = nn.Parameter(torch.ones(members * inputs))
        self.scale_out = nn.Parameter(torch.ones(members * outputs))
        limit = 1 / math.sqrt(inputs)
        # Products of mean square 1 from inputs of mean square 1; the biases as torch.nn.Linear has them.
        nn.init.uniform_(self.weight, -math.sqrt(3) * limit, math.sqrt(3) * limit, generator=generator)
        nn.init.uniform_(self.bias, -limit, limit, generator=generator)
        if first:
            with torch.no_grad():
                self.scale_in.copy_(torch.randint(0, 2, (members * inputs,), generator=generator) * 2 - 1)

    def forward(self, x: Tensor) -> Tensor:
        """(m, b, inputs) -> (m, b, outputs)."""
        product = (x * self.scale_in.view(self.of)) @ self.weight
        return torch.addcmul(self.bias.view(self.of), product, self.scale_out.view(self.of))


def _impossible(name: str, value: object, wanted: str) -> NetworkError:
    return NetworkError(
        "bad-setting",
        Words(
            f"The network of a table cannot have {name} = {value} (it takes {wanted}).",
            f"표 신경망에는 {name} = {value}을(를) 쓸 수 없습니다(쓸 수 있는 값: {wanted}).",
        ),
    )
