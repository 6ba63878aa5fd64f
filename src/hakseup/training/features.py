"""A frozen beginning sees every picture once; the loop then trains the rest of the network on what it saw.

A frozen part gives the same answer for the same picture in every epoch, so there is nothing to gain from
asking again. The answers take the place of the pictures: same loop, same batches, same checkpoints. As a
picture that is moved is another picture, each is looked at some times, moved by the recipe's augmentation.
"""

from __future__ import annotations

import dataclasses
import math
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from hakseup.data.batches import Batches
from hakseup.data.preparation import Preparation
from hakseup.layers.efficientnet_module import Backbone
from hakseup.layers.modules import GlobalPool
from hakseup.models.inference import logits
from hakseup.progress import Progress, work
from hakseup.settings import AugmentationSettings
from hakseup.training import loop
from hakseup.training.device import Threads
from hakseup.words import Words

VIEWS = 4  # of each picture: as it is, and moved three times
LOOKS = 8000  # at most: with more pictures each is seen less often, but at least once
AT_ONCE = 32  # pictures that go through together


class _AsTheyAre(Preparation):
    """Answers of the frozen beginning need no preparation."""

    def tensor(self, images: torch.Tensor | np.ndarray) -> torch.Tensor:
        """(n, 1, 1, d) -> (n, d)."""
        return torch.as_tensor(images).flatten(1)


@dataclass(frozen=True)
class Seen:
    """What the frozen beginning of a network gave for each picture.

    index: numbers of the pictures, sorted, int64 (m,).
    answers: float32 (views * m, 1, 1, d): all pictures as they are, then all of them moved, and so on.
    """

    index: np.ndarray
    answers: np.ndarray
    views: int
    seconds: float

    @property
    def note(self) -> Words:
        """What was done, for people."""
        n = len(self.index)
        return Words(
            f"The frozen part of the network looked at {n} pictures, {self.views} times each; the rest is trained on what it saw.",
            f"고정된 앞부분에 그림 {n}장을 {self.views}번씩 통과시켜 두고, 나머지 층을 그 결과로 학습합니다.",
        )

    def instead(self, module: nn.Module, job: loop.Job) -> tuple[nn.Module, loop.Job]:
        """The rest of the network, and the job with answers in the place of pictures.

        The rest shares its modules with the whole, so when it is trained the whole is.
        """
        parts = list(module.named_children())
        rest = nn.Sequential()
        for name, part in parts[2:]:
            rest.add_module(name, part)
        old = job.batches
        places = np.searchsorted(self.index, old.index)
        batches = dataclasses.replace(
            old,
            images=self.answers,
            index=np.concatenate([places + view * len(self.index) for view in range(self.views)]),
            labels=np.tile(old.labels, self.views),
            preparation=_AsTheyAre(**vars(old.preparation)),
            augmentation=AugmentationSettings(),
            # An epoch shows as many pictures as before, each in any of its views.
            steps_per_epoch=old.steps_per_epoch or math.ceil(len(old.index) / old.batch_size),
        )
        validation = job.validation
        if validation is not None:
            at = np.searchsorted(self.index, validation.index)
            validation = dataclasses.replace(validation, index=at)
        save = job.save_epoch
        if save is not None:  # a kept epoch is the whole network

            def whole(rows: list[loop.Row], improved: bool, _rest: dict[str, torch.Tensor]) -> None:
                save(rows, improved, module.state_dict())

            job = dataclasses.replace(job, save_epoch=whole)
        return rest, dataclasses.replace(job, batches=batches, validation=validation, threads=Threads())


def has_frozen_beginning(module: nn.Module) -> bool:
    """Whether the network starts with a frozen backbone whose channels are then averaged or the like."""
    parts = list(module.children())
    if not isinstance(module, nn.Sequential) or len(parts) < 3:
        return False
    first, pool = parts[:2]
    frozen = isinstance(first, Backbone) and not first.trainable
    return frozen and isinstance(pool, GlobalPool) and not pool.keep


def look(
    module: nn.Module, batches: Batches, device: torch.device, precision: str, progress: Progress
) -> Seen:
    """Every picture of the batches through the frozen beginning.

    Args:
        module: see `has_frozen_beginning`.
        batches: of all pictures that train or validate, moved by the recipe's augmentation.
        device: where to reckon.
        precision: "bf16" or "fp32".
        progress: hears of every picture.
    """
    started = time.perf_counter()
    index = batches.index
    n = len(index)
    beginning = nn.Sequential(*list(module.children())[:2]).to(device)
    moved = batches.augmentation != AugmentationSettings()
    views = max(1, min(VIEWS, LOOKS // n)) if moved else 1
    # The pictures' numbers stand where the classes would, so that each answer finds its place.
    each = dataclasses.replace(batches, labels=np.arange(n), batch_size=AT_ONCE, steps_per_epoch=0)
    answers = np.empty((views * n, 1, 1, _numbers(beginning, batches.preparation)), np.float32)
    with work(
        progress, Words("Looking through the backbone", "사전 학습 신경망 통과"), views * n, "pictures"
    ):
        plain = logits(
            beginning,
            batches.images,
            index,
            batches.preparation,
            batch_size=AT_ONCE,
            device=device,
            precision=precision,
        )
        at = 0
        for out in plain:
            answers[at : at + len(out), 0, 0] = out.cpu().numpy()
            at += len(out)
            progress.advance(len(out))
        for view in range(1, views):
            for x, places in each.epoch(view, 0, device):
                with (
                    torch.inference_mode(),
                    torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16"),
                ):
                    answers[view * n + places.cpu().numpy(), 0, 0] = beginning(x).float().cpu().numpy()
                progress.advance(len(places))
    return Seen(index, answers, views, time.perf_counter() - started)


def _numbers(beginning: nn.Module, preparation: Preparation) -> int:
    """How many numbers the beginning gives for a picture."""
    blank = preparation.tensor(np.zeros((1, *preparation.input_shape), np.uint8))
    with torch.inference_mode():
        return int(beginning(blank.to(next(beginning.parameters()).device)).shape[1])
