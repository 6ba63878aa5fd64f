"""Watching a network at work: the features of everything that goes through it, as `unknown` compares them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import torch

from hakseup.data.augment import augment
from hakseup.data.mapped import Reading
from hakseup.data.preparation import Preparation
from hakseup.models.inference import logits, parts
from hakseup.seeds import torch_generator
from hakseup.settings import AugmentationSettings

NUMBERS = 512  # numbers per picture; longer features are folded onto so many


class Watch:
    """Looks at the features while pictures go through a network; `take` gives what was seen since it was last asked."""

    def __init__(
        self,
        score: Callable[[np.ndarray], np.ndarray] | None = None,
        mirrored: bool = False,
        every: bool = False,
    ) -> None:
        self.score, self.mirrored, self.every = score, mirrored, every
        self._last: torch.Tensor | None = None
        self._convolutions = 0  # since the last picture
        self._inner: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._seen: list[np.ndarray] = []
        self.width = 0  # d: how many of the numbers taken are the features of length 1

    def into_dense(self, layer: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        """Called before every dense layer: what goes into the last one stays."""
        self._last = given[0]

    def into_convolution(self, layer: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        """Called before every convolution: (b, c, h, w), of which mean and spread over the picture stay, both (b, c)."""
        self._convolutions += 1
        if self._convolutions == 1:  # it gets the picture itself
            return
        spread, mean = torch.std_mean(given[0].float().flatten(2), 2, correction=0)
        self._inner.append((mean, spread))

    def out(self, module: torch.nn.Module, given: Any, output: torch.Tensor) -> None:
        """Called after the whole network. One without a dense layer is judged by what it gives."""
        last, self._last = self._last, None
        inner, self._inner, self._convolutions = self._inner, [], 0
        if last is None or len(last) != len(output):
            last = output
        inner = [one for one in inner if len(one[0]) == len(last)]
        last = last.float().flatten(1)
        if self.every:
            last = torch.cat([*(mean for mean, _spread in inner), last], 1)
        # NumPy's for the rest: to call it takes half of torch's time, and of a single picture that is nearly all.
        features = folded(last.detach().cpu()).numpy()
        self.width = features.shape[1]
        seen = features / np.maximum(np.sqrt(np.vecdot(features, features)), 1e-9)[:, None]  # (b, d)
        if inner:
            moments = folded(torch.cat([part for one in inner for part in one], 1).detach().cpu())
            seen = np.concatenate([seen, moments.numpy()], 1)  # (b, d + e)
        if self.mirrored:  # the second half are the mirror images
            seen = seen[: len(seen) // 2]
        self._seen.append(seen if self.score is None else self.score(seen))

    def take(self) -> np.ndarray:
        """Scores, float32 (b,); without a score features, float32 (b, d + e): of length 1, and moments of the layers before."""
        seen, self._seen = self._seen, []
        return np.concatenate(seen) if seen else np.empty(0, np.float32)


def folded(features: torch.Tensor) -> torch.Tensor:
    """(b, d) -> (b, at most NUMBERS): numbers are added up in groups, with signs by chance, so that distances stay about the same.

    Source: Weinberger, Dasgupta, Langford, Smola and Attenberg (2009), Feature hashing, ICML, 1113-1120.
    """
    d = features.shape[1]
    if d <= NUMBERS:
        return features
    group, sign = _folds(d)
    return torch.zeros(len(features), NUMBERS).index_add_(1, group, features * sign)


@cache
def _folds(d: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The group of each of d numbers, int64 (d,), and its sign, float32 (d,)."""
    generator = torch_generator(0, "folding", d)
    group = torch.randint(NUMBERS, (d,), generator=generator)
    return group, torch.randint(2, (d,), generator=generator).mul_(2).sub_(1).float()


@contextmanager
def watch(
    module: torch.nn.Module,
    preparation: Preparation,
    score: Callable[[np.ndarray], np.ndarray] | None = None,
    *,
    every: bool = False,
) -> Iterator[Watch]:
    """Look at the features of everything that goes through the network inside this block.

    Args:
        module, preparation: the model. score: of features (b, d + e), float32 (b,); None: the features themselves are taken.
        every: the features hold the means of what goes into the convolutions behind the first one too, not into the last
            dense layer alone.
    """
    looking = Watch(score, preparation.mirrored, every)
    handles: list[Any] = [module.register_forward_hook(looking.out)]
    for layer in parts(module):
        if isinstance(layer, torch.nn.Linear):
            handles.append(layer.register_forward_pre_hook(looking.into_dense))
        elif isinstance(layer, torch.nn.Conv2d):
            handles.append(layer.register_forward_pre_hook(looking.into_convolution))
    try:
        yield looking
    finally:
        for handle in handles:
            handle.remove()


def views_of(
    module: torch.nn.Module,
    images: np.ndarray,
    rows: np.ndarray,
    preparation: Preparation,
    augmentation: AugmentationSettings,
    views: int,
) -> np.ndarray:
    """Features (of every layer) of views of pictures, float32 ((views - 1) * m, d): of all in one way, then in the next.

    Args:
        module, preparation: the model. images: uint8 (n, h, w, c). rows: which of them, int64 (m,).
        augmentation: what a view may be. views: of each picture, itself among them; the same ones for the same rows.
    """
    size, reading = at_once(images), Reading(images)
    with watch(module, preparation, every=True) as looking:
        for view in range(1, views):
            generator = torch_generator(0, "views", view)
            for start in range(0, len(rows), size):
                pixels = torch.from_numpy(np.ascontiguousarray(reading.take(rows[start : start + size])))
                seen = augment(pixels, augmentation, generator).numpy()
                for _block in logits(module, seen, None, preparation, batch_size=size):
                    pass
        return looking.take()


def at_once(images: np.ndarray) -> int:
    """Pictures in a batch: fewer where they are large."""
    pixels = int(images.shape[1]) * int(images.shape[2])
    return max(1, min(256, (1 << 21) // pixels))
