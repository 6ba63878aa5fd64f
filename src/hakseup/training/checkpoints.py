"""Checkpoints: everything a resume needs in one safetensors file, whose name carries the hash of its content.

The newest two are kept. A file that was cut off or changed does not match its name; then the one before serves.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from hakseup import files
from hakseup.words import Words

KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name, and plain values beside them."""

    tensors: dict[str, torch.Tensor]
    values: dict[str, Any]


def write(folder: Path, step: int, checkpoint: Checkpoint) -> Path:
    """Write the checkpoint of this step whole, then drop all but the newest two.

    Raises:
        RunError: it could not be written; the older ones stay.
    """
    from safetensors.torch import save

    folder.mkdir(parents=True, exist_ok=True)
    content = save(
        {name: tensor.detach().cpu().contiguous() for name, tensor in checkpoint.tensors.items()},
        {"values": json.dumps(checkpoint.values)},
    )
    path = folder / f"{step:010d}-{_digest(content)}.safetensors"
    files.write_bytes(path, content)
    for old in _newest_first(folder)[KEPT:]:
        if old != path:
            with contextlib.suppress(OSError):
                old.unlink()
    return path


def read(folder: Path) -> tuple[Checkpoint | None, list[Words]]:
    """The newest checkpoint that is whole, and a sentence for each damaged one that was passed over."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    passed: list[Words] = []
    for path in _newest_first(folder):
        try:
            content = path.read_bytes()
            if _digest(content) != path.stem.rpartition("-")[2]:
                raise ValueError("hash")
            length = int.from_bytes(content[:8], "little")
            values = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["values"])
            return Checkpoint(load(content), values), passed
        except (OSError, ValueError, KeyError, SafetensorError):
            passed.append(
                Words(
                    f"The checkpoint {path.name} is damaged; the one before it is used.",
                    f"체크포인트 {path.name}이(가) 손상되어 그 앞의 것을 씁니다.",
                )
            )
    return None, passed


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*-*.safetensors"), reverse=True)


def pack_optimizer(optimizer: torch.optim.Optimizer) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The optimiser's state as tensors and plain values."""
    state = optimizer.state_dict()
    tensors: dict[str, torch.Tensor] = {}
    plain: dict[str, Any] = {}
    for number, entries in state["state"].items():
        for key, value in entries.items():
            if isinstance(value, torch.Tensor):
                tensors[f"optimizer.{number}.{key}"] = value
            else:
                plain[f"{number}.{key}"] = value
    return tensors, plain


def unpack_optimizer(optimizer: torch.optim.Optimizer, checkpoint: Checkpoint) -> None:
    """Put the packed state back; the groups (learning rates and so on) stay as the recipe made them."""
    state: dict[int, dict[str, Any]] = {}
    for name, tensor in checkpoint.tensors.items():
        if name.startswith("optimizer."):
            _prefix, number, key = name.split(".", 2)
            if tensor.ndim == 4:  # as the kernel it belongs to: a fused step walks both in memory order
                tensor = tensor.to(memory_format=torch.channels_last)
            state.setdefault(int(number), {})[key] = tensor
    for name, value in checkpoint.values.get("optimizer", {}).items():
        number, key = name.split(".", 1)
        state.setdefault(int(number), {})[key] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
