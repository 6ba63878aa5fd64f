"""Random numbers: every use has a generator of its own, made from the one seed and the name of the use.

`numpy_generator(seed, "order", epoch)` gives the same numbers wherever and whenever it is asked, so that
nothing has to be remembered between the steps of a training and nothing else moves when one use is added.
The global generators of Python, NumPy and PyTorch are never touched.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def derive(seed: int, *name: str | int) -> int:
    """A 63-bit seed for the use with this name: the first bytes of SHA-256 over seed and name."""
    text = "\x1f".join([str(seed), *map(str, name)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def numpy_generator(seed: int, *name: str | int) -> np.random.Generator:
    """A NumPy generator for the use with this name."""
    return np.random.Generator(np.random.PCG64(derive(seed, *name)))


def torch_generator(seed: int, *name: str | int) -> torch.Generator:
    """A PyTorch generator (on the CPU) for the use with this name."""
    import torch

    return torch.Generator().manual_seed(derive(seed, *name))
