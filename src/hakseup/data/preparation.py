"""Preparation: from a picture of any kind to the numbers a network takes. It belongs to the model.

It is fitted on the training part only, saved with the run, and the one way in: training, evaluation,
prediction and the page all go through `decode` and `tensor`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hakseup.data.mapped import Reading
from hakseup.data.pictures import Pictures
from hakseup.errors import damaged
from hakseup.settings import DataSettings, PreparationSettings
from hakseup.sources.found import ClassName
from hakseup.words import Words

if TYPE_CHECKING:
    import torch


_BLOCK = 4 << 20  # bytes of pictures that are counted at once


@dataclass(frozen=True)
class Preparation:
    """What happens to every picture before the network sees it.

    size: height, width in pixels. channels: 1 or 3. mean, deviation: per channel, on the 0 to 1 scale;
    0 and 1 where pixels are only divided by 255. mirrored: a prediction is the mean of the logits of the picture
    and of its mirror image.
    """

    unit: ClassVar[str] = "pictures"  # as `progress` names what is learned from

    size: tuple[int, int]
    channels: int
    fit: str
    max_pixels: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    classes: tuple[ClassName, ...]
    mirrored: bool = False

    @staticmethod
    def fitted(
        pictures: Pictures, train: np.ndarray, data: DataSettings, settings: PreparationSettings
    ) -> Preparation:
        """Fit on the training pictures alone.

        Args:
            pictures: all pictures; only those in `train` are looked at.
            train: their index, int64.
            data: how pictures of another shape are fitted.
            settings: the scale of the pixels, and whether to look at mirror images too.
        """
        mean, deviation = (0.0,) * pictures.channels, (1.0,) * pictures.channels
        if settings.scale == "standard":
            counts = _histogram(pictures.images, train)  # (channels, 256), exact whatever the order
            value = np.arange(256) / 255
            total = counts.sum(axis=1)
            center = counts @ value / total
            spread = np.sqrt(np.maximum(counts @ value**2 / total - center**2, 0))
            mean = tuple(float(m) for m in center)
            deviation = tuple(float(s) if s > 1e-6 else 1.0 for s in spread)
        return Preparation(
            pictures.size,
            pictures.channels,
            data.fit,
            data.max_pixels,
            mean,
            deviation,
            pictures.classes,
            settings.views == "mirrored",
        )

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Height, width, channels: the shape of one picture in the Keras vocabulary."""
        return (*self.size, self.channels)

    def decode(self, source: Any) -> np.ndarray:
        """One picture (path, bytes, PIL image or array) as uint8 (height, width, channels).

        Raises:
            DataError: it cannot be read as a picture; the reason is in the message.
        """
        from hakseup.data.decode import decode, fit_to

        decoded = decode(source, self.max_pixels)
        fitted: np.ndarray = fit_to(decoded.pixels, self.size, self.channels, self.fit)
        return fitted

    def tensor(self, images: torch.Tensor | np.ndarray) -> torch.Tensor:
        """A batch for the network: uint8 (n, h, w, c) -> float32 (n, c, h, w) in channels-last memory."""
        import torch

        if isinstance(images, np.ndarray):
            images = torch.from_numpy(np.ascontiguousarray(images))
        x = images.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.channels_last)
        if self.channels == 1:
            return x.mul_(1 / (255 * self.deviation[0])).sub_(self.mean[0] / self.deviation[0])
        factor = torch.tensor([1 / (255 * s) for s in self.deviation], device=x.device)
        offset = torch.tensor(
            [m / s for m, s in zip(self.mean, self.deviation, strict=True)], device=x.device
        )
        return x.mul_(factor[:, None, None]).sub_(offset[:, None, None])

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as they are kept in preparation.json."""
        return {
            "kind": "pictures",
            "size": list(self.size),
            "channels": self.channels,
            "fit": self.fit,
            "max_pixels": self.max_pixels,
            "mean": list(self.mean),
            "deviation": list(self.deviation),
            "mirrored": self.mirrored,
            "classes": [{"key": c.key, **c.words.as_dict()} for c in self.classes],
        }

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Preparation:
        """Back from `as_dict`.

        Raises:
            RunError: something is missing or of the wrong kind.
        """
        try:
            height, width = (int(v) for v in values["size"])
            return Preparation(
                (height, width),
                int(values["channels"]),
                str(values["fit"]),
                int(values["max_pixels"]),
                tuple(float(v) for v in values["mean"]),
                tuple(float(v) for v in values["deviation"]),
                tuple(ClassName(str(c["key"]), Words(str(c["en"]), str(c["ko"]))) for c in values["classes"]),
                bool(values.get("mirrored", False)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise damaged("preparation.json", error) from None


def _histogram(images: np.ndarray, index: np.ndarray) -> np.ndarray:
    """How often each pixel value occurs per channel, int64 (channels, 256), in flat memory."""
    channels = images.shape[3]
    counts = np.zeros((channels, 256), np.int64)
    reading = Reading(images)
    chunk = max(1, _BLOCK // max(1, images[:1].nbytes))
    for start in range(0, len(index), chunk):
        block = reading.take(index[start : start + chunk])
        for c in range(channels):
            counts[c] += np.bincount(block[..., c].reshape(-1), minlength=256)
    return counts
