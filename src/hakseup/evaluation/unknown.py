"""“I do not know”: how unlike all training pictures a picture is, and how often that is said of a picture like them.

What is compared are the features of a picture, the input of the network's last dense layer, brought to length 1. Two
distances are multiplied: to the nearest of some training pictures, and to the middle of the nearest class, in the
spread that pictures have around the middle of their class (Mahalanobis, with a shrunk covariance). Either alone misses
kinds of pictures that the other sees; the measurements, with what else lost, stand in docs/benchmarks.md. The score is
held against those of the validation pictures, which the network has not learnt from.

With few validation pictures that leaves room: drawings by another hand lie farther off than noise does. Noise is
known by its pixels, which differ from their neighbours as much as from any other.

Sources: Sun, Ming, Zhu and Li (2022), Out-of-distribution detection with deep nearest neighbors, ICML, 20827-20840;
Lee, Lee, Lee and Shin (2018), A simple unified framework for detecting out-of-distribution samples, NeurIPS;
Ledoit and Wolf (2004), Journal of Multivariate Analysis 88, 365-411.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import torch

from hakseup import files
from hakseup.data.mapped import Reading
from hakseup.data.preparation import Preparation
from hakseup.errors import damaged
from hakseup.models.inference import logits
from hakseup.runs.folder import REFERENCE, RunFolder
from hakseup.seeds import numpy_generator, torch_generator

PICTURES = 1000  # training pictures that are kept as features, about equally many of each class
NUMBERS = 512  # numbers per picture; longer features are folded onto so many
NOISE = 2 / math.sqrt(
    math.pi
)  # roughness of white noise: mean |a - b| of two normal numbers, over their deviation
LIKE_NOISE = 0.9  # of that: training pictures so rough cannot be told from it
FLAT = 12  # steps of grey (of 255): a picture whose pixels differ by no more shows nothing


@dataclass(frozen=True)
class Reference:
    """What a model has seen: reference.safetensors.

    features: float16 (m, d), each of length 1.
    whitening: float32 (d, d), brings the spread around the middles of the classes to 1. middles: float32 (k, d), whitened.
    unit: the median score of these pictures themselves (the nearest other counts); scores are divided by it.
    flat: a picture whose pixels differ by no more than this is empty; -1: training has such pictures.
    known: scores of the validation pictures, float32 (n,), rising.
    rough: a picture rougher than this, half of the way from the roughest training picture to noise, is noise; inf:
        none is, as where training pictures are themselves like noise, and in runs made before there was this rule.
    """

    features: np.ndarray
    whitening: np.ndarray
    middles: np.ndarray
    unit: float
    flat: int
    known: np.ndarray
    rough: float = math.inf

    def score(self, features: np.ndarray) -> np.ndarray:
        """How unlike the training pictures, float32 (b,); 1: as those are to one another.

        Args:
            features: float32 (b, d), each of length 1.
        """
        near = _nearest(features, *self._compared)
        return (_together(near, _nearest(features @ self.whitening, self.middles)) / self.unit).astype(
            np.float32
        )

    @cached_property
    def _compared(self) -> tuple[np.ndarray, np.ndarray]:
        """The features in float32, (m, d), and the squares of their lengths, (m,): once, not for every picture."""
        full = self.features.astype(np.float32)
        return full, (full**2).sum(1)

    def empty(self, images: np.ndarray) -> np.ndarray:
        """Which pictures show nothing, bool (b,).

        Args:
            images: uint8 (b, h, w, c), as the network gets them.
        """
        return contrast(images) <= self.flat

    def noise(self, images: np.ndarray) -> np.ndarray:
        """Which pictures are noise, bool (b,).

        Args:
            images: uint8 (b, h, w, c), as the network gets them.
        """
        return roughness(images) > self.rough


def contrast(images: np.ndarray) -> np.ndarray:
    """The largest less the smallest value of a picture's pixels, int (n,), of the channel where that is largest."""
    pixels = images.reshape(len(images), -1, images.shape[3])
    spread: np.ndarray = (pixels.max(1).astype(np.int64) - pixels.min(1)).max(1, initial=0)
    return spread


def roughness(images: np.ndarray) -> np.ndarray:
    """How much neighbouring pixels differ, in standard deviations of the picture's pixels, float (n,); 0: a blank one.

    Args:
        images: uint8 (n, h, w, c).
    """
    grey = images.mean(3, dtype=np.float32)  # (n, h, w)
    steps = [np.abs(np.diff(grey, axis=axis)).reshape(len(grey), -1) for axis in (1, 2)]
    pairs = max(sum(step.shape[1] for step in steps), 1)
    out: np.ndarray = np.concatenate(steps, 1).sum(1) / (pairs * np.maximum(grey.std((1, 2)), 1e-6))
    return out


def _nearest(
    features: np.ndarray, others: np.ndarray, lengths: np.ndarray | None = None, *, itself: bool = False
) -> np.ndarray:
    """Distance to the nearest of the others, (b,); with `itself` the two are the same and the next one counts.

    Args:
        features: (b, d). others: (m, d). lengths: squares of the others' lengths, (m,), where they are known already.
    """
    lengths = (others**2).sum(1) if lengths is None else lengths
    squares = (features**2).sum(1)[:, None] + lengths[None] - 2 * features @ others.T
    if itself:
        np.fill_diagonal(squares, np.inf)
    out: np.ndarray = np.sqrt(np.maximum(squares.min(1), 0))
    return out


def _together(near: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """The geometric mean of the two distances, (b,)."""
    out: np.ndarray = np.sqrt(near * middle)
    return out


class Watch:
    """Looks at the features while pictures go through a network; `take` gives what was seen since it was last asked."""

    def __init__(self, reference: Reference | None = None, mirrored: bool = False) -> None:
        self.reference, self.mirrored = reference, mirrored
        self._last: torch.Tensor | None = None
        self._seen: list[np.ndarray] = []

    def into_dense(self, layer: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        """Called before every dense layer: what goes into the last one stays."""
        self._last = given[0]

    def out(self, module: torch.nn.Module, given: Any, output: torch.Tensor) -> None:
        """Called after the whole network. One without a dense layer is judged by what it gives."""
        last, self._last = self._last, None
        if last is None or len(last) != len(output):
            last = output
        if self.mirrored:  # the second half are the mirror images
            last = last[: len(last) // 2]
        features = _folded(last.detach().float().flatten(1).cpu())
        unit = (features / features.norm(dim=1, keepdim=True).clamp_min(1e-9)).numpy()  # (b, d)
        self._seen.append(unit if self.reference is None else self.reference.score(unit))

    def take(self) -> np.ndarray:
        """Scores, float32 (b,); without a reference features, float32 (b, d)."""
        seen, self._seen = self._seen, []
        return np.concatenate(seen) if seen else np.empty(0, np.float32)


def _folded(features: torch.Tensor) -> torch.Tensor:
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
    module: torch.nn.Module, preparation: Preparation, reference: Reference | None = None
) -> Iterator[Watch]:
    """Look at the features of everything that goes through the network inside this block."""
    looking = Watch(reference, preparation.mirrored)
    handles: list[Any] = [module.register_forward_hook(looking.out)]
    handles += [
        layer.register_forward_pre_hook(looking.into_dense)
        for layer in module.modules()
        if isinstance(layer, torch.nn.Linear)
    ]
    try:
        yield looking
    finally:
        for handle in handles:
            handle.remove()


def reference(
    module: torch.nn.Module,
    images: np.ndarray,
    train: np.ndarray,
    labels: np.ndarray,
    preparation: Preparation,
) -> Reference:
    """What the network has seen, from some of its training pictures; `known` is still empty.

    Args:
        module: the trained network.
        images: all pictures, uint8 (n, h, w, c).
        train: the training part, int64 (m,); no other picture is looked at.
        labels: its classes, int (m,).
        preparation: the model's own.
    """
    from sklearn.covariance import LedoitWolf

    classes, picked = np.unique(labels), kept(labels)
    chosen, of = train[picked], np.searchsorted(classes, labels[picked])
    lowest, roughest = 255, 0.0
    size = max(1, min(256, (1 << 21) // (images.shape[1] * images.shape[2])))
    with watch(module, preparation) as looking:
        for _block in logits(module, images, chosen, preparation, batch_size=size):
            pass
        features = looking.take().astype(np.float16)
    reading = Reading(images)
    for start in range(0, len(chosen), size):
        block = reading.take(chosen[start : start + size])
        lowest = min(lowest, int(contrast(block).min()))
        roughest = max(roughest, float(roughness(block).max()))
    full = features.astype(np.float32)
    middles = np.stack([full[of == c].mean(0) for c in range(len(classes))])  # (k, d)
    # Not its inverse as well: that one is made more exactly below, and takes most of the time.
    found = LedoitWolf(assume_centered=True, store_precision=False).fit(full - middles[of])
    spread = found.covariance_.astype(np.float64)
    spread += np.eye(len(spread)) * max(1e-6 * float(np.trace(spread)), 1e-9)  # numbers that never change
    whitening = np.linalg.cholesky(np.linalg.inv(spread)).astype(np.float32)
    middles = middles @ whitening
    own = _together(_nearest(full, full, itself=True), _nearest(full @ whitening, middles))
    return Reference(
        features,
        whitening,
        middles,
        max(float(np.median(own)), 1e-3),
        min(FLAT, lowest // 2) if lowest else -1,
        np.empty(0, np.float32),
        (roughest + NOISE) / 2 if roughest < LIKE_NOISE * NOISE else math.inf,
    )


def kept(labels: np.ndarray) -> np.ndarray:
    """Which of the training pictures are kept as features, rising: the same ones for the same labels, int64 (m,).

    Args:
        labels: the classes of the training part, int (n,).
    """
    classes = np.unique(labels)
    each = max(2, PICTURES // len(classes))
    order = numpy_generator(0, "reference").permutation(len(labels))
    picked: np.ndarray = np.sort(np.concatenate([order[labels[order] == c][:each] for c in classes]))
    return picked


def nearest(found: Reference, features: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The kept pictures that are most like one, nearest first: their places among the kept ones, and distances.

    Args:
        found: what the model has seen. features: of one picture, float32 (1, d), of length 1. n: at most so many.
    """
    away = np.linalg.norm(found.features.astype(np.float32) - features, axis=1)
    order = np.argsort(away, kind="stable")[:n]
    return order, away[order]


def write(folder: RunFolder, found: Reference) -> None:
    """Write reference.safetensors."""
    from safetensors.numpy import save

    arrays = {
        "features": found.features,
        "whitening": found.whitening,
        "middles": found.middles,
        "known": found.known.astype(np.float32),
        "unit": np.array([found.unit], np.float64),
        "flat": np.array([found.flat], np.int64),
        "rough": np.array([found.rough], np.float64),
    }
    files.write_bytes(folder.file(REFERENCE), save(arrays))


def read(folder: RunFolder) -> Reference | None:
    """The reference of a run; None for one that was made before there was any.

    Raises:
        RunError: the file is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    path = folder.file(REFERENCE)
    if not path.is_file():
        return None
    try:
        arrays = load(path.read_bytes())
        return Reference(
            arrays["features"],
            arrays["whitening"],
            arrays["middles"],
            float(arrays["unit"][0]),
            int(arrays["flat"][0]),
            arrays["known"],
            float(arrays["rough"][0]) if "rough" in arrays else math.inf,
        )
    except (OSError, ValueError, KeyError, IndexError, SafetensorError) as error:
        raise damaged(path, error) from None
