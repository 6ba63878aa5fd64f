"""Weights from a file of a run into a network."""

from __future__ import annotations

from pathlib import Path

import torch

from hakseup.errors import damaged


def weights(module: torch.nn.Module, path: Path) -> None:
    """Put the weights of that safetensors file into the module.

    Raises:
        RunError: the file is missing or damaged, or belongs to another network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load as unpacked

    try:
        module.load_state_dict(unpacked(path.read_bytes()))
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise damaged(path, error) from None
