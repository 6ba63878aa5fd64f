"""Checkpoints: everything a resume needs in one safetensors file, whose name carries the hash of its content.

The newest two are kept. A file that was cut off or changed does not match its name; then the one before serves,
and where none is whole, the training starts again from the beginning: it ends in the same weights, only later.
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
from hakseup.errors import RunError
from hakseup.training.eager import without_compiler
from hakseup.words import Words

KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name, and plain values beside them."""

    tensors: dict[str, torch.Tensor]
    values: dict[str, Any]

    def under(self, prefix: str) -> dict[str, torch.Tensor]:
        """The tensors whose names begin so, without it."""
        return {k.removeprefix(prefix): v for k, v in self.tensors.items() if k.startswith(prefix)}


def write(folder: Path, step: int, checkpoint: Checkpoint) -> Path:
    """Write the checkpoint of this step whole, then drop all but the newest two.

    Raises:
        RunError: it could not be written; the older ones stay.
    """
    from safetensors.torch import save

    with files.written(folder):
        files.make_folder(folder)
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


def read(folder: Path, *, put_aside: bool = False) -> tuple[Checkpoint | None, list[Words]]:
    """The newest checkpoint that is whole, and a sentence on those that were passed over.

    Args:
        folder: where they lie.
        put_aside: rename the damaged ones, so that they no longer count as the newest.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    found, passed = None, []
    for path in _newest_first(folder):
        try:
            content = path.read_bytes()
            if _digest(content) != path.stem.rpartition("-")[2]:
                raise ValueError("hash")
            found = Checkpoint(load(content), _values(content))
            break
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            passed.append(path.name)
            if put_aside and not isinstance(error, OSError):  # one that cannot be read now may be whole
                with contextlib.suppress(OSError):
                    path.replace(path.with_suffix(".damaged"))
    return found, _passed_over(passed, found is not None)


def stage(folder: Path) -> int:
    """The first epoch of the stage that the newest whole checkpoint belongs to; 1 without one."""
    found, _passed = read(folder)
    return int(found.values.get("first_epoch", 1)) if found else 1


def reached(folder: Path, *, best: bool) -> tuple[dict[str, torch.Tensor], int] | None:
    """Weights of a training that is not finished, and the epoch they are of; None before the first checkpoint.

    Args:
        folder: of the checkpoints.
        best: those of the best epoch so far, where one is finished; else the last.
    """
    found, _passed = read(folder)
    if found is None:
        return None
    if best and (weights := found.under("best.")):
        return weights, int(found.values["chooser"]["best_epoch"])
    return found.under("module."), int(found.values["epoch"]) - (0 if found.values["step"] else 1)


def _values(content: bytes) -> dict[str, Any]:
    length = int.from_bytes(content[:8], "little")
    values: dict[str, Any] = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["values"])
    return values


def _passed_over(names: list[str], served: bool) -> list[Words]:
    if not served and names:
        listed = ", ".join(names)
        return [
            Words(
                f"No checkpoint is whole ({listed}): the training starts again from the beginning.",
                f"온전한 체크포인트가 없어({listed}) 처음부터 다시 학습합니다.",
            )
        ]
    return [
        Words(
            f"The checkpoint {name} is damaged; the one before it is used.",
            f"체크포인트 {name}이(가) 손상되어 그 앞의 것을 씁니다.",
        )
        for name in names
    ]


def require_device(found: Checkpoint, device: torch.device) -> None:
    """Refuse to go on with a checkpoint on another kind of device.

    Raises:
        RunError: it was made on another one.
    """
    made, here = found.values.get("device", device.type), device.type
    if made != here:
        raise RunError(
            "other-device",
            Words(
                f"This training was begun on {made}; here it would go on on {here}, and end in other weights.",
                f"이 학습은 {made}에서 시작했습니다. 여기서는 {here}에서 이어지므로 결과가 달라집니다.",
            ),
            Words(
                f"Go on where there is {made}, or train again here.",
                f"{made}이(가) 있는 곳에서 이어서 하거나 여기서 다시 학습하세요.",
            ),
        )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*-*.safetensors"), reverse=True)


def pack_optimizer(optimizer: torch.optim.Optimizer) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The optimiser's state as tensors and plain values."""
    with without_compiler():
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
    with without_compiler():
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
