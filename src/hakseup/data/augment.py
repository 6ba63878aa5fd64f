"""Augmentation: a whole batch moved, bent and inked anew at once, every picture in its own way.

What happens to a batch is drawn from the generator that is given and from nothing else. Pictures are reckoned
as their difference from their own ground (the median of their border, per channel), so that whatever comes in
from outside, and whatever is wiped out, has the colour of the paper.

`shift` and `flip` alone stay in uint8 (see `batches`); everything else goes through `augment`.
"""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

from hakseup.settings import AugmentationSettings

THINNEST = 0.8  # share of the way to the eroded picture: a line of one pixel stays
BENDS = 4  # control points of the elastic field along the shorter side: it bends at the scale of a quarter picture
WARPS = ("shift", "rotate", "shrink", "grow", "stretch", "shear", "elastic")
INKS = ("thickness", "contrast", "brightness", "erase")


def is_plain(settings: AugmentationSettings) -> bool:
    """Whether nothing but `shift` and `flip` is asked for."""
    return not any(getattr(settings, name) for name in (*WARPS, *INKS) if name != "shift")


def augment(pixels: torch.Tensor, settings: AugmentationSettings, generator: torch.Generator) -> torch.Tensor:
    """Every picture changed in its own way, within the ranges of the settings.

    Args:
        pixels: uint8 (b, h, w, c), on any device.
        settings: the ranges.
        generator: on the CPU, so that every device sees the same changes.

    Returns:
        float32 (b, h, w, c), 0 to 255; the same bytes as `pixels` where no range is above zero.
    """
    draw = _Draw(len(pixels), generator, pixels.device)
    if settings.flip:
        pixels = torch.where(draw.coin()[:, None, None, None], pixels.flip(2), pixels)
    x = pixels.permute(0, 3, 1, 2).float()  # (b, c, h, w)
    paper = ground(pixels).float()[:, :, None, None]  # (b, c, 1, 1)
    if any(getattr(settings, name) for name in WARPS):
        x = paper + _warped(x - paper, settings, draw)
    if settings.thickness:
        x = paper + thickened(x - paper, draw.between(-settings.thickness, settings.thickness))
    if settings.erase:
        x = torch.where(_wiped(x.shape, settings.erase, draw), paper, x)
    if settings.contrast:
        x = (
            paper
            + (x - paper) * draw.between(1 - settings.contrast, 1 + settings.contrast)[:, None, None, None]
        )
    if settings.brightness:
        reach = 255 * settings.brightness
        x = x + draw.between(-reach, reach)[:, None, None, None]
    return x.clamp_(0, 255).permute(0, 2, 3, 1)


def ground(pixels: torch.Tensor) -> torch.Tensor:
    """The ground of each picture: the median of its border pixels, per channel.

    Args:
        pixels: (b, h, w, c).

    Returns:
        (b, c), of the same type.
    """
    border = [pixels[:, 0], pixels[:, -1], pixels[:, 1:-1, 0], pixels[:, 1:-1, -1]]
    return torch.cat(border, 1).median(1).values


def thickened(ink: torch.Tensor, by: torch.Tensor) -> torch.Tensor:
    """Strokes thicker (by > 0) or thinner (by < 0) by so many pixels on each side.

    A pixel is one round of the largest (or smallest) of 3x3 neighbours; less than a pixel goes part of the way.
    Thinning keeps the strongest ink of the picture, so that a thin line becomes thinner but not invisible.

    Args:
        ink: float (b, c, h, w), difference from the ground, of either sign.
        by: float (b,), pixels.
    """
    sign = torch.where(
        ink.sum((2, 3), keepdim=True) < 0, -1.0, 1.0
    )  # dark ink on light paper, or the reverse
    ink = ink * sign
    strongest = ink.amax((1, 2, 3), keepdim=True)
    way = torch.where(by < 0, -1.0, 1.0)[:, None, None, None]
    ink = ink * way  # thinning is thickening of what is around
    amount = by.abs()
    for done in range(math.ceil(float(amount.max()))):
        share = (amount - done).clamp(0, 1)
        share = torch.where(by < 0, share * THINNEST, share)[:, None, None, None]
        ink = torch.lerp(ink, F.max_pool2d(ink, 3, 1, 1), share)
    ink = ink * way
    now = ink.amax((1, 2, 3), keepdim=True)
    back = torch.where(way < 0, strongest / now.clamp_min(1e-6), torch.ones_like(now))
    return ink * back * sign


def _warped(ink: torch.Tensor, settings: AugmentationSettings, draw: _Draw) -> torch.Tensor:
    """Moved, turned, scaled, slanted and bent in one sampling; zero comes in from outside."""
    b, _, h, w = ink.shape
    # Where each pixel of the result comes from, in pixels from the middle: the inverse of what the settings say.
    turn = torch.deg2rad(draw.between(-settings.rotate, settings.rotate))
    smaller, larger = math.log(1 - settings.shrink), math.log(1 + settings.grow)
    size = draw.between(smaller, larger).exp()
    longer = (draw.between(-1, 1) * (math.log(1 + settings.stretch) / 2)).exp()
    slant = torch.tan(torch.deg2rad(draw.between(-settings.shear, settings.shear)))
    # A picture that was made smaller may lie anywhere where it is still whole.
    room = (1 - size).clamp(min=0) / 2 if settings.shift else torch.zeros_like(size)
    right, down = (draw.between(-1, 1) * (settings.shift + room * side) for side in (w, h))
    cos, sin, slant, wide, tall = (
        values[:, None, None]
        for values in (turn.cos(), turn.sin(), slant, 1 / (size * longer), longer / size)
    )
    x = (torch.arange(w, device=ink.device) - (w - 1) / 2 - right[:, None])[:, None, :]  # (b, 1, w)
    y = (torch.arange(h, device=ink.device) - (h - 1) / 2 - down[:, None])[:, :, None]  # (b, h, 1)
    turned_x, turned_y = cos * x + sin * y, cos * y - sin * x  # (b, h, w)
    from_x, from_y = (turned_x - slant * turned_y) * wide, turned_y * tall
    places = torch.stack([from_x, from_y], 3)  # (b, h, w, 2)
    if settings.elastic:
        places = places + _bend(b, h, w, settings.elastic, draw)
    scale = torch.tensor([2 / w, 2 / h], device=ink.device)
    return F.grid_sample(ink, places * scale, mode="bilinear", padding_mode="zeros", align_corners=False)


def _bend(b: int, h: int, w: int, reach: float, draw: _Draw) -> torch.Tensor:
    """A smooth random field in pixels, (b, h, w, 2): few random arrows, and cubic curves between them."""
    step = min(h, w) / BENDS
    rows, columns = (max(2, round(side / step)) + 1 for side in (h, w))
    arrows = draw.numbers(2, rows, columns) * 2 - 1
    arrows = arrows * (reach * draw.between(0, 1))[:, None, None, None]
    smooth = F.interpolate(arrows, (h, w), mode="bicubic", align_corners=True)
    return smooth.permute(0, 2, 3, 1)


def _wiped(shape: torch.Size, share: float, draw: _Draw) -> torch.Tensor:
    """Which pixels are wiped out: in half of the pictures a rectangle; bool (b, 1, h, w)."""
    _, _, h, w = shape
    area = draw.between(0, share) * draw.coin()
    aspect = draw.between(-1.2, 1.2).exp()  # 0.3 to 3.3, as in the paper
    inside = []
    for side, part in ((h, (area * aspect).sqrt()), (w, (area / aspect).sqrt())):
        length = part.clamp(max=1) * side
        start = draw.between(0, 1) * (side - length)
        at = torch.arange(side, device=area.device) + 0.5
        inside.append((at > start[:, None]) & (at < (start + length)[:, None]))
    rows, columns = inside
    return (rows[:, None, :, None] & columns[:, None, None, :]).to(torch.bool)


class _Draw:
    """Numbers for each picture of a batch, drawn on the CPU and brought to the pictures."""

    def __init__(self, n: int, generator: torch.Generator, device: torch.device) -> None:
        self.n, self.generator, self.device = n, generator, device

    def numbers(self, *shape: int) -> torch.Tensor:
        """Uniform in 0 to 1, (n, *shape)."""
        return torch.rand(self.n, *shape, generator=self.generator).to(self.device)

    def between(self, low: float, high: float) -> torch.Tensor:
        """Uniform, (n,)."""
        return low + (high - low) * self.numbers()

    def coin(self) -> torch.Tensor:
        """True for half of them, (n,)."""
        return self.numbers() < 0.5
