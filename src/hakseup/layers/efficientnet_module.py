"""The torch module behind `EfficientNetLite0`. Imported only when it is built, because it imports torch."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn import functional


class Block(nn.Module):
    """Inverted residual block (Sandler et al. 2018, arXiv 1801.04381): widen, filter each channel, narrow."""

    expand_conv: nn.Module  # not there where nothing is widened
    bn0: nn.Module
    depthwise_conv: nn.Module
    bn1: nn.Module
    project_conv: nn.Module
    bn2: nn.Module

    def __init__(self, parts: Mapping[str, nn.Module]) -> None:
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, part)
        self.widens = "expand_conv" in parts

    def forward(self, x: Tensor) -> Tensor:
        """(batch, c, h, w) -> (batch, c', h', w'); where the shape stays, the input is added."""
        wide = functional.relu6(self.bn0(self.expand_conv(x))) if self.widens else x
        seen = functional.relu6(self.bn1(self.depthwise_conv(wide)))
        y: Tensor = self.bn2(self.project_conv(seen))
        return x + y if x.shape == y.shape else y


class Backbone(nn.Module):
    """All of EfficientNet-Lite but pooling and classifier.

    Args:
        parts: convolutions and normalisations by name, "blocks.3.bn1" for those of a block.
        trainable: its parameters learn.
        rate: share of the learning rate that they get.
    """

    conv_stem: nn.Module
    bn0: nn.Module
    conv_head: nn.Module
    bn1: nn.Module

    def __init__(self, parts: Mapping[str, nn.Module], trainable: bool, rate: float) -> None:
        super().__init__()
        blocks: dict[str, dict[str, nn.Module]] = {}
        for name, part in parts.items():
            if name.startswith("blocks."):
                _blocks, number, inner = name.split(".")
                blocks.setdefault(number, {})[inner] = part
            else:
                self.add_module(name, part)
        self.blocks = nn.ModuleList(Block(each) for each in blocks.values())
        self.trainable, self.rate = trainable, rate
        self.requires_grad_(trainable)
        self.eval()

    def train(self, mode: bool = True) -> Backbone:
        """It never leaves evaluation: the statistics of its batch normalisation are those of a million photographs."""
        super().train(False)
        return self

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 1 or 3, h, w), pixels from 0 to 1 -> (batch, 1280, h / 32, w / 32)."""
        # (pixel - 127) / 128, as in TensorFlow's code for the lite networks (MEAN_RGB, STDDEV_RGB of efficientnet_lite_builder).
        x = x.expand(-1, 3, -1, -1) * (255 / 128) - 127 / 128
        x = functional.relu6(self.bn0(self.conv_stem(x)))
        for block in self.blocks:
            x = block(x)
        out: Tensor = functional.relu6(self.bn1(self.conv_head(x)))
        return out
