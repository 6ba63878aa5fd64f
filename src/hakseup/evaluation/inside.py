"""What a network makes of one picture: what comes out of every layer, and how one number of it comes about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from hakseup.errors import CallError, nearest
from hakseup.layers.modules import BatchNorm, Conv2d, CropStart, Dense, GlobalPool
from hakseup.models.sequential import Row, Sequential
from hakseup.words import Words

STRONGEST = 20  # products of a dense unit that are spelled out
CHANNELS = 16  # of a kernel that are spelled out, where it has more: those that count most
Facts = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One layer: its row of the summary; what went in and what came out, float32 without the batch, channels first."""

    row: Row
    given: torch.Tensor
    made: torch.Tensor


def steps(module: nn.Module, network: Sequential, x: torch.Tensor) -> list[Step]:
    """Every layer of the network, in order; the last one's output are probabilities where it ends in softmax or sigmoid.

    Args:
        module: what `network` was built into. network: the layers. x: one prepared picture, float32 (1, c, h, w).
    """
    seen: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}

    def keep(name: str) -> Any:
        def hook(_part: nn.Module, given: tuple[torch.Tensor, ...], made: torch.Tensor) -> None:
            seen[name] = given[0][0].float(), made[0].float()

        return hook

    parts = dict(module.named_children())
    handles = [parts[name].register_forward_hook(keep(name)) for name in network.names if name in parts]
    try:
        with torch.inference_mode():
            logits = module(x)[0].float()
    finally:
        for handle in handles:
            handle.remove()
    out, before = [], x[0].float()
    for row in network.rows:
        given, made = seen.get(row.name, (before, before))
        if row is network.rows[-1] and network.final_activation != "linear":
            made = torch.softmax(logits, 0) if len(logits) > 1 else torch.sigmoid(logits)
            if row.output_shape == (1,) and len(logits) == 2:  # one output became two logits
                made = made[1:]
        out.append(Step(row, given, made))
        before = made
    return out


def position(
    module: nn.Module, network: Sequential, x: torch.Tensor, layer: str, place: tuple[int, int, int]
) -> Facts:
    """How one number that comes out of a layer comes about: what it looks at, with the products spelled out.

    Args:
        module, network, x: as in `steps`. layer: its name. place: channel or unit, row, column of the number.

    Returns:
        "kind" and what belongs to it; see `_convolution`, `_pooling`, `_dense`, `_normalization`.

    Raises:
        CallError: no such layer or place.
    """
    found = next((step for step in steps(module, network, x) if step.row.name == layer), None)
    if found is None:
        near = nearest(layer, list(network.names)) or network.names[0]
        raise CallError(
            "no-such-layer",
            Words(f"There is no layer called '{layer}'.", f"'{layer}'(이)라는 층은 없습니다."),
            Words(f"Did you mean '{near}'?", f"'{near}'을(를) 뜻하셨나요?"),
        )
    shape = tuple(found.made.shape)
    if any(at >= size for at, size in zip(place, (*shape, 1, 1), strict=False)):
        raise CallError(
            "no-such-place",
            Words(
                f"'{layer}' gives {shape} (channels, rows, columns); there is no place {place}.",
                f"'{layer}' 층의 출력은 {shape}(채널, 행, 열)입니다. {place} 자리는 없습니다.",
            ),
        )
    part = dict(module.named_children()).get(layer)
    about = {
        "layer": layer,
        "place": list(place),
        "output": float(found.made[place[: found.made.ndim]]),
        "activation": network.layers[found.row.number - 1].parted()[1]
        or getattr(network.layers[found.row.number - 1], "activation", None),
    }
    with torch.inference_mode():
        return {**about, **_spelled_out(part, found, place)}


def _spelled_out(part: nn.Module | None, found: Step, place: tuple[int, int, int]) -> Facts:
    if isinstance(part, nn.Conv2d):
        return _convolution(part, found.given, place)
    if isinstance(part, nn.MaxPool2d | nn.AvgPool2d | CropStart | GlobalPool):
        return _pooling(part, found.given, place)
    if isinstance(part, Dense):
        return _dense(part, found.given, place)
    if isinstance(part, BatchNorm):
        return _normalization(part, found.given, place)
    same = found.given.shape == found.made.shape
    return {"kind": "other", "input": float(found.given[place[: found.given.ndim]]) if same else None}


def _convolution(part: nn.Conv2d, given: torch.Tensor, place: tuple[int, int, int]) -> Facts:
    """`window`, `kernel`, `products`: [channel][row][column]; `channels`: which; `rest`: the sum of all others' products.

    `top`, `left`: where the window begins in what goes in, negative where it hangs over the border (zeros).
    """
    number, row, column = place
    kernel = part.weight[number].detach().float()  # (c / groups, kh, kw)
    left, right, top, bottom = _border(part)
    padded = nn.functional.pad(given, (left, right, top, bottom))
    each = given.shape[0] // part.groups
    first = number // (part.out_channels // part.groups) * each
    (down, across), (high, wide) = _stride(part), kernel.shape[1:]
    spread_down, spread_across = (int(n) for n in part.dilation)
    y, z = row * down, column * across
    window = padded[
        first : first + each,
        y : y + (high - 1) * spread_down + 1 : spread_down,
        z : z + (wide - 1) * spread_across + 1 : spread_across,
    ]
    products = window * kernel
    bias = float(part.bias[number]) if part.bias is not None else 0.0
    sums = products.sum((1, 2))
    chosen = torch.arange(each)
    if each > CHANNELS:
        chosen = sums.abs().topk(CHANNELS).indices.sort().values
    rest = float(sums.sum() - sums[chosen].sum())
    return {
        "kind": "convolution",
        "window": window[chosen].tolist(),
        "kernel": kernel[chosen].tolist(),
        "products": products[chosen].tolist(),
        "channels": (chosen + first).tolist(),
        "rest": rest,
        "top": y - top,
        "left": z - left,
        "spread": [spread_down, spread_across],
        "bias": bias,
        "sum": float(products.sum()) + bias,
    }


def _border(part: nn.Conv2d) -> tuple[int, int, int, int]:
    """Zeros at the left, right, top and bottom."""
    own = part.border if isinstance(part, Conv2d) else None
    if isinstance(part.padding, str):
        if part.padding == "valid":
            return own or (0, 0, 0, 0)
        down, across = (d * (k - 1) for d, k in zip(part.dilation, part.kernel_size, strict=True))
        return across // 2, across - across // 2, down // 2, down - down // 2
    down, across = (int(n) for n in part.padding)
    left, right, top, bottom = own or (0, 0, 0, 0)
    return left + across, right + across, top + down, bottom + down


def _pooling(part: nn.Module, given: torch.Tensor, place: tuple[int, int, int]) -> Facts:
    """`window`: [row][column], null beyond the border; `how`: "max" or "mean"; `top`, `left` as for a convolution."""
    channel, row, column = place
    if isinstance(part, GlobalPool):
        how = "max" if part.largest else "mean"
        return {"kind": "pooling", "how": how, "window": given[channel].tolist(), "top": 0, "left": 0}
    if isinstance(part, CropStart):
        row, column, part = row + part.top, column + part.left, part.pooling
    assert isinstance(part, nn.MaxPool2d | nn.AvgPool2d)  # what `layers` builds
    (high, wide), (down, across), (above, before) = (
        _both(v) for v in (part.kernel_size, part.stride, part.padding)
    )
    top, left = row * down - above, column * across - before
    height, width = given.shape[1:]
    window = [
        [
            float(given[channel, y, z]) if 0 <= y < height and 0 <= z < width else None
            for z in range(left, left + wide)
        ]
        for y in range(top, top + high)
    ]
    how = "max" if isinstance(part, nn.MaxPool2d) else "mean"
    return {"kind": "pooling", "how": how, "window": window, "top": top, "left": left}


def _dense(part: Dense, given: torch.Tensor, place: tuple[int, int, int]) -> Facts:
    """`strongest`: the largest products, the largest first; `rest`: the sum of the others."""
    values = given[:, place[1], place[2]] if part.on_pictures else given.flatten()
    weights = part.weight[place[0]].detach().float()
    products = values * weights
    order = products.abs().argsort(descending=True)[:STRONGEST]
    bias = float(part.bias[place[0]]) if part.bias is not None else 0.0
    strongest = [
        {
            "input": int(i),
            "value": float(values[i]),
            "weight": float(weights[i]),
            "product": float(products[i]),
        }
        for i in order
    ]
    rest = float(products.sum() - products[order].sum())
    facts = {"kind": "dense", "inputs": len(values), "strongest": strongest, "rest": rest, "bias": bias}
    return {**facts, "sum": float(products.sum()) + bias}


def _normalization(part: BatchNorm, given: torch.Tensor, place: tuple[int, int, int]) -> Facts:
    """The number that goes in, and what it is shifted and divided by."""
    at = place[0]
    return {
        "kind": "normalization",
        "input": float(given[place[: given.ndim]]),
        "mean": float(part.running_mean[at]),
        "deviation": math.sqrt(float(part.running_var[at]) + part.epsilon),
        "scale": float(part.weight[at]) if part.weight is not None else 1.0,
        "offset": float(part.bias[at]) if part.bias is not None else 0.0,
    }


def _both(value: int | Sequence[int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))


def _stride(part: Any) -> Any:
    """The step of a convolution, also of one that picks its pixels before."""
    return part.step if isinstance(part, Conv2d) and part.step != (1, 1) else part.stride
