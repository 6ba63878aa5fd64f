"""“I do not know”: how unlike all training pictures a picture is, and how often that is said of a picture like them.

What is compared are the features of a picture, the input of the network's last dense layer, brought to length 1, and the
mean and spread of what goes into each convolution behind the first. Three distances are multiplied: of the features to
the nearest of some training pictures; and of each of the two to the middle of the nearest class, in the spread that
pictures have around the middle of their class (Mahalanobis, with a shrunk covariance). The last layer keeps what tells the
classes apart, and a scribble may look there like a digit; the layers before still see lines that no digit has. Each alone misses
kinds of pictures that another sees; the measurements, with what else lost, stand in docs/benchmarks.md. The score is
held against those of the validation pictures, which the network has not learnt from.

Few pictures are all of one hand, and so are those that validate them: what another hand draws would lie farther off than
any of them. The network has learned that a drawing stays what it is when it is moved, turned, bent or drawn with
another pen, in the ways that the recipe's augmentation names; so of few drawings such views are compared too, and pictures
“like the training pictures” are those that come of them in these ways. The last layer tells the classes of few drawings
apart and hardly anything else: there what goes into the layers before it counts as well, averaged over the picture. Noise is known by its pixels, which differ
from their neighbours as much as from any other.

Sources: Sun, Ming, Zhu and Li (2022), Out-of-distribution detection with deep nearest neighbors, ICML, 20827-20840;
Lee, Lee, Lee and Shin (2018), A simple unified framework for detecting out-of-distribution samples, NeurIPS;
Ledoit and Wolf (2004), Journal of Multivariate Analysis 88, 365-411.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
import torch

from hakseup import files
from hakseup.data.mapped import Reading
from hakseup.data.preparation import Preparation
from hakseup.errors import damaged
from hakseup.evaluation.watching import Watch, at_once, views_of, watch
from hakseup.models.inference import logits
from hakseup.runs.folder import REFERENCE, RunFolder
from hakseup.seeds import numpy_generator
from hakseup.settings import AugmentationSettings

PICTURES = 1000  # training pictures that are kept as features, about equally many of each class
HANDS = ("digits", "drawings")  # kinds of pictures, as data.kinds names them, that people draw by hand
NOISE = 2 / math.sqrt(
    math.pi
)  # roughness of white noise: mean |a - b| of two normal numbers, over their deviation
LIKE_NOISE = 0.9  # of that: training pictures so rough cannot be told from it
FLAT = 12  # steps of grey (of 255): a picture whose pixels differ by no more shows nothing


@dataclass(frozen=True)
class Classes:
    """Where classes lie among d numbers.

    whitening: float32 (d, d), brings the spread around the middles of the classes to 1. middles: float32 (k, d), whitened.
    """

    whitening: np.ndarray
    middles: np.ndarray

    @classmethod
    def fit(cls, numbers: np.ndarray, of: np.ndarray) -> Classes:
        """Those of some pictures.

        Args:
            numbers: float32 (m, d). of: their classes, 0 to k - 1, each there, int (m,).
        """
        from sklearn.covariance import LedoitWolf

        middles = np.stack([numbers[of == c].mean(0) for c in range(of.max() + 1)])  # (k, d)
        # Not its inverse as well: that one is made more exactly below, and takes most of the time.
        found = LedoitWolf(assume_centered=True, store_precision=False).fit(numbers - middles[of])
        spread = found.covariance_.astype(np.float64)
        spread += np.eye(len(spread)) * max(1e-6 * float(np.trace(spread)), 1e-9)  # numbers that never change
        whitening = np.linalg.cholesky(np.linalg.inv(spread)).astype(np.float32)
        return cls(whitening, middles @ whitening)

    def away(self, numbers: np.ndarray) -> np.ndarray:
        """Distance to the middle of the nearest class, (b,).

        Args:
            numbers: float32 (b, d).
        """
        return _nearest(numbers @ self.whitening, self.middles)


@dataclass(frozen=True)
class Reference:
    """What a model has seen: reference.safetensors.

    features: float16 (m, d), each of length 1; first those of the pictures, then those of their views, in turn.
    last, inner: where the classes lie among the features, and among the e moments of the layers before; inner: None
        where there is no convolution but the first, and in runs made before it counted.
    unit: the median score of these pictures themselves (the nearest of another picture counts); scores are divided by it.
    flat: a picture whose pixels differ by no more than this is empty; -1: training has such pictures.
    known: scores of the validation pictures, float32 (n,), rising; with views of each, (n, views).
    rough: a picture rougher than this, half of the way from the roughest training picture to noise, is noise; inf:
        none is, as where training pictures are themselves like noise, and in runs made before there was this rule.
    views: of each picture, itself the first; 1: there are no others.
    """

    features: np.ndarray
    last: Classes
    inner: Classes | None
    unit: float
    flat: int
    known: np.ndarray
    rough: float = math.inf
    views: int = 1

    def score(self, features: np.ndarray) -> np.ndarray:
        """How unlike the training pictures, float32 (b,); 1: as those are to one another.

        Args:
            features: float32 (b, d + e), as `Watch` takes them.
        """
        near = _nearest(features[:, : self.features.shape[1]], *self._compared)
        return (_together(near, features, self.last, self.inner) / self.unit).astype(np.float32)

    @cached_property
    def _compared(self) -> tuple[np.ndarray, np.ndarray]:
        """The features in float32, (m, d), and the squares of their lengths, (m,): once, not for every picture."""
        full = self.features.astype(np.float32)
        return full, (full**2).sum(1)

    @property
    def every(self) -> bool:
        """Whether all layers are compared, as they are where views are."""
        return self.views > 1

    def watch(
        self, module: torch.nn.Module, preparation: Preparation
    ) -> contextlib.AbstractContextManager[Watch]:
        """Take the scores of everything that goes through the network inside this block."""
        return watch(module, preparation, self.score, every=self.every)

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
    planes = (pixels[..., channel] for channel in range(images.shape[3]))  # an axis of one is slow to reduce
    return reduce(np.maximum, [plane.max(1).astype(np.int64) - plane.min(1) for plane in planes])


def roughness(images: np.ndarray) -> np.ndarray:
    """How much neighbouring pixels differ, in standard deviations of the picture's pixels, float (n,); 0: a blank one.

    Args:
        images: uint8 (n, h, w, c).
    """
    import cv2

    grey = images[..., 0] if images.shape[3] == 1 else images.mean(3, dtype=np.float32)  # (n, h, w)
    n, height, width = grey.shape
    pairs = max((height - 1) * width + height * (width - 1), 1)
    out = np.empty(n)
    for row, one in enumerate(
        grey
    ):  # OpenCV's functions take a small picture in a tenth of the time of NumPy's
        steps = cv2.norm(one[1:], one[:-1], cv2.NORM_L1) + cv2.norm(one[:, 1:], one[:, :-1], cv2.NORM_L1)
        out[row] = steps / (pairs * max(float(cv2.meanStdDev(one)[1][0, 0]), 1e-6))
    return out


def _nearest(
    features: np.ndarray, others: np.ndarray, lengths: np.ndarray | None = None, *, but_own: bool = False
) -> np.ndarray:
    """Distance to the nearest of the others, (b,).

    Args:
        features: (b, d). others: (m, d). lengths: squares of the others' lengths, (m,), where they are known already.
        but_own: the others are views of these same b pictures, in turn, and those of the picture itself do not count.
    """
    lengths = (others**2).sum(1) if lengths is None else lengths
    # BLAS takes half as long for the few features of a drawing when the long side stands first.
    squares = (features**2).sum(1)[:, None] + lengths[None] - 2 * (others @ features.T).T
    if but_own:
        squares[np.arange(len(others)) % len(features) == np.arange(len(features))[:, None]] = np.inf
    out: np.ndarray = np.sqrt(np.maximum(squares.min(1), 0))
    return out


def _together(near: np.ndarray, features: np.ndarray, last: Classes, inner: Classes | None) -> np.ndarray:
    """The geometric mean of the distances, (b,).

    Args:
        near: to the nearest of the training pictures, (b,). features: (b, d + e). last, inner: see `Reference`.
    """
    d = len(last.whitening)
    distances = [near, last.away(features[:, :d])]
    if inner is not None:
        distances.append(inner.away(features[:, d:]))
    out: np.ndarray = reduce(np.multiply, distances) ** (1 / len(distances))
    return out


def reference(
    module: torch.nn.Module,
    images: np.ndarray,
    train: np.ndarray,
    labels: np.ndarray,
    preparation: Preparation,
    augmentation: AugmentationSettings = AugmentationSettings(),
) -> Reference:
    """What the network has seen, from some of its training pictures; `known` is still empty.

    Args:
        module: the trained network.
        images: all pictures, uint8 (n, h, w, c).
        train: the training part, int64 (m,); no other picture is looked at.
        labels: its classes, int (m,).
        preparation: the model's own.
        augmentation: of the training; few pictures are looked at in views of this kind too.
    """
    classes, picked = np.unique(labels), kept(labels)
    chosen = train[picked]
    views = max(1, PICTURES // len(chosen)) if augmentation.kind in HANDS else 1
    of = np.tile(np.searchsorted(classes, labels[picked]), views)
    lowest, roughest, size = 255, 0.0, at_once(images)
    with watch(module, preparation, every=views > 1) as looking:
        for _block in logits(module, images, chosen, preparation, batch_size=size):
            pass
        features = looking.take()
    if views > 1:
        more = views_of(module, images, chosen, preparation, augmentation, views)
        features = np.concatenate([features, more])
    reading = Reading(images)
    for start in range(0, len(chosen), size):
        block = reading.take(chosen[start : start + size])
        lowest = min(lowest, int(contrast(block).min()))
        roughest = max(roughest, float(roughness(block).max()))
    d = looking.width
    compared = features[:, :d].astype(np.float16)
    full = compared.astype(np.float32)
    last = Classes.fit(full, of)
    inner = Classes.fit(features[:, d:], of) if features.shape[1] > d else None
    own = features[: len(chosen)]
    apart = _together(_nearest(full[: len(own)], full, but_own=True), own, last, inner)
    return Reference(
        compared,
        last,
        inner,
        max(float(np.median(apart)), 1e-3),
        min(FLAT, lowest // 2) if lowest else -1,
        np.empty(0, np.float32),
        (roughest + NOISE) / 2 if roughest < LIKE_NOISE * NOISE else math.inf,
        views,
    )


def known(
    found: Reference,
    scores: np.ndarray,
    module: torch.nn.Module,
    images: np.ndarray,
    rows: np.ndarray,
    preparation: Preparation,
    augmentation: AugmentationSettings,
) -> np.ndarray:
    """Scores of pictures that the network has not learnt from, as `Reference.known` keeps them.

    Args:
        found: made of the same network. scores: of these pictures themselves, float32 (m,).
        module, images, rows, preparation, augmentation: see `views_of`.
    """
    if found.views == 1:
        return np.sort(scores)
    others = found.score(views_of(module, images, rows, preparation, augmentation, found.views))
    return np.ascontiguousarray(np.concatenate([scores, others]).reshape(found.views, len(rows)).T)


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
        found: what the model has seen. features: of one picture, float32 (1, d + e). n: at most so many.
    """
    pictures = found.features[: len(found.features) // found.views].astype(np.float32)
    away = np.linalg.norm(pictures - features[:, : pictures.shape[1]], axis=1)
    order = np.argsort(away, kind="stable")[:n]
    return order, away[order]


def write(folder: RunFolder, found: Reference) -> None:
    """Write reference.safetensors."""
    from safetensors.numpy import save

    arrays = {
        "features": found.features,
        "whitening": found.last.whitening,
        "middles": found.last.middles,
        "known": found.known.astype(np.float32),
        "unit": np.array([found.unit], np.float64),
        "flat": np.array([found.flat], np.int64),
        "rough": np.array([found.rough], np.float64),
        "views": np.array([found.views], np.int64),
    }
    if found.inner is not None:
        arrays |= {"inner_whitening": found.inner.whitening, "inner_middles": found.inner.middles}
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
            Classes(arrays["whitening"], arrays["middles"]),
            Classes(arrays["inner_whitening"], arrays["inner_middles"])
            if "inner_middles" in arrays
            else None,
            float(arrays["unit"][0]),
            int(arrays["flat"][0]),
            arrays["known"],
            float(arrays["rough"][0]) if "rough" in arrays else math.inf,
            int(arrays["views"][0]) if "views" in arrays else 1,
        )
    except (OSError, ValueError, KeyError, IndexError, SafetensorError) as error:
        raise damaged(path, error) from None
