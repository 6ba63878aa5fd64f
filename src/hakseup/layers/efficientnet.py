"""EfficientNet-Lite0 as a layer: a network that has learned on a million photographs, without its last layer.

The architecture is that of Tan and Le 2019 (arXiv 1905.11946, table 1) in its "lite" form: no squeeze and
excitation, ReLU6 instead of swish. It is put together from the layers of this room, so borders and batch
normalisation are TensorFlow's, with which the published weights were trained.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from hakseup.layers import checks
from hakseup.layers.base import PICTURE, Kind, Layer, Shape
from hakseup.layers.core import BatchNormalization
from hakseup.layers.pictures import Conv2D
from hakseup.words import Words

if TYPE_CHECKING:
    import torch

# Growth inside the block, channels, how many, step of the first, size of the kernel.
STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)
STEM, HEAD = 32, 1280


@dataclass(frozen=True)
class EfficientNetLite0(Layer):
    """Sees what is in a photograph: 1,280 channels at 1/32 of the size. Its first weights come from a file.

    Pixels go in divided by 255; it brings them to the scale it was trained with itself. The statistics of its
    batch normalisation stay as they are, as Keras' guide to transfer learning has it.

    Args:
        trainable: learn further; else it stays bit for bit what the file says.
        rate: where it learns, its share of the learning rate.
        width: factor on the channels; the published weights have 1.
        depth: factor on the number of blocks; the published weights have 1.
    """

    kind: ClassVar[Kind] = "convolution"
    trainable: bool = False
    rate: float = 0.1
    width: float = 1.0
    depth: float = 1.0

    def _check(self) -> None:
        checks.truth(self.type, "trainable", self.trainable)
        for argument in ("rate", "width", "depth"):
            self._set(argument, checks.number(self.type, argument, getattr(self, argument), 0.01, 10))

    def needs(self, input_shape: Shape) -> Words | None:
        if len(input_shape) != 3:
            return PICTURE
        if input_shape[-1] not in (1, 3):
            return Words("a picture with 1 or 3 channels", "채널이 1개 또는 3개인 그림")
        return None

    def _output_shape(self, input_shape: Shape) -> Shape:
        *_, (_name, head, shape) = self._parts(input_shape)
        return head.output_shape(shape)

    def parameter_count(self, input_shape: Shape) -> tuple[int, int]:
        counts = [layer.parameter_count(shape) for _name, layer, shape in self._parts(input_shape)]
        learned, fixed = sum(c[0] for c in counts), sum(c[1] for c in counts)
        return (learned, fixed) if self.trainable else (0, learned + fixed)

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        from hakseup.layers.efficientnet_module import Backbone

        parts: dict[str, Any] = {
            name: layer.build(shape, generator) for name, layer, shape in self._parts(input_shape)
        }
        return Backbone(parts, self.trainable, self.rate)

    def about(self) -> Words:
        if self.trainable:
            return Words("learned on photographs, learns on", "사진으로 미리 학습, 이어서 학습")
        return Words("learned on photographs, frozen", "사진으로 미리 학습, 고정")

    def _parts(self, input_shape: Shape) -> Iterator[tuple[str, Layer, Shape]]:
        """Every convolution and normalisation: name ("blocks.3.bn1"), layer, and the shape that goes in."""
        shape: Shape = (*input_shape[:2], 3)  # grey is repeated

        def pair(conv: str, norm: str, layer: Layer) -> Iterator[tuple[str, Layer, Shape]]:
            nonlocal shape
            yield conv, layer, shape
            shape = layer.output_shape(shape)
            yield norm, BatchNormalization(momentum=0.99, epsilon=0.001), shape

        yield from pair("conv_stem", "bn0", _conv(self._channels(STEM), 3, 2))
        number = 0
        for growth, channels, repeats, step, kernel in STAGES:
            for i in range(math.ceil(repeats * self.depth)):
                block, inner = f"blocks.{number}.", shape[-1] * growth
                if growth > 1:
                    yield from pair(f"{block}expand_conv", f"{block}bn0", _conv(inner, 1))
                each = _conv(inner, kernel, 1 if i else step, groups=inner)
                yield from pair(f"{block}depthwise_conv", f"{block}bn1", each)
                out = self._channels(channels)
                yield from pair(f"{block}project_conv", f"{block}bn2", _conv(out, 1))
                number += 1
        yield from pair("conv_head", "bn1", _conv(self._channels(HEAD), 1))

    def _channels(self, n: int) -> int:
        """Scaled, to a multiple of eight."""
        return max(8, int(n * self.width + 4) // 8 * 8)


def _conv(filters: int, kernel: int, step: int = 1, groups: int = 1) -> Conv2D:
    return Conv2D(
        filters,
        kernel,
        strides=step,
        padding="same",
        groups=groups,
        use_bias=False,
        kernel_initializer="he_normal",
    )
