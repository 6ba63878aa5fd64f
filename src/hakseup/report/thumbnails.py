"""The pictures of a report as data URIs: small ones pixel for pixel (PNG), larger ones made smaller (JPEG)."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hakseup.runs.folder import AUGMENTED, MISTAKES, RunFolder

PIXELWISE = 64  # up to this side a picture is kept pixel for pixel
LARGEST = 144  # larger ones are made this large
MOST = 60  # mistakes shown
EXAMPLES = 320  # example pictures over all classes
CLASSES = 100  # classes that have examples
BUDGET = 1_800_000  # bytes that the examples may take pixel for pixel; above it they are made small
SMALL = 48


@dataclass(frozen=True)
class Thumbnail:
    """A picture, and how large it is shown: whole multiples of its pixels, so that enlarging does not blur."""

    uri: str
    width: int
    height: int

    def scaled(self, target: int) -> tuple[int, int]:
        """Width and height on the page, in CSS pixels, near `target` for the longer side."""
        side = max(self.width, self.height)
        if side > target:
            return round(self.width * target / side), round(self.height * target / side)
        factor = max(1, round(target / side))
        return self.width * factor, self.height * factor


@dataclass(frozen=True)
class Thumbnails:
    """All pictures of a report: rows of mistakes and samples, by class examples and means, the changed ones."""

    mistakes: list[Thumbnail] = field(default_factory=list)
    samples: list[Thumbnail] = field(default_factory=list)
    examples: list[list[Thumbnail]] = field(default_factory=list)
    means: list[Thumbnail] = field(default_factory=list)
    augmented: Thumbnail | None = None


def gather(folder: RunFolder, facts: Mapping[str, Any]) -> Thumbnails:
    """Read mistakes.npz and the preview of the augmentation; nothing where they are not there.

    Args:
        folder: the run.
        facts: as `facts.collect` gave them.
    """
    augmented = _preview(folder)
    if not folder.has(MISTAKES):
        return Thumbnails(augmented=augmented)
    kept = folder.arrays(MISTAKES)
    examples, means = kept.get("examples_pictures"), kept.get("examples_mean")
    if examples is not None and len(examples):
        examples = examples[:CLASSES, : max(2, EXAMPLES // min(CLASSES, len(examples)))]
    if means is not None:
        means = means[:CLASSES]
    large = sum(a.nbytes for a in (examples, means) if a is not None) * 4 / 3 > BUDGET
    size = (SMALL, 0) if large else (PIXELWISE, PIXELWISE)
    return Thumbnails(
        _all(kept.get(f"{facts['part']}_pictures"), MOST),
        _all(kept.get("samples_pictures")),
        [] if examples is None else [_all(row, None, *size) for row in examples],
        _all(means, None, *size),
        augmented,
    )


def _preview(folder: RunFolder) -> Thumbnail | None:
    from PIL import Image

    if not folder.has(AUGMENTED):
        return None
    content = folder.file(AUGMENTED).read_bytes()
    try:
        size = Image.open(io.BytesIO(content)).size
    except OSError:  # a damaged preview takes nothing from the report
        return None
    return Thumbnail(f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}", *size)


def _all(
    pictures: np.ndarray | None, most: int | None = None, largest: int = LARGEST, pixelwise: int = PIXELWISE
) -> list[Thumbnail]:
    return [] if pictures is None else [thumbnail(picture, largest, pixelwise) for picture in pictures[:most]]


def thumbnail(pixels: np.ndarray, largest: int = LARGEST, pixelwise: int = PIXELWISE) -> Thumbnail:
    """One picture.

    Args:
        pixels: uint8 (h, w, c), c 1 or 3.
        largest: longer side of what is kept, for pictures that are not kept pixel for pixel.
        pixelwise: up to this longer side a picture is kept pixel for pixel.
    """
    from PIL import Image

    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    out = io.BytesIO()
    if max(image.size) <= pixelwise:
        image.save(out, "PNG", optimize=True)
        kind = "png"
    else:
        image.thumbnail((largest, largest), Image.Resampling.LANCZOS)
        image.save(out, "JPEG", quality=82, optimize=True)
        kind = "jpeg"
    return Thumbnail(
        f"data:image/{kind};base64,{base64.b64encode(out.getvalue()).decode('ascii')}", *image.size
    )
