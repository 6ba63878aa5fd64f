"""What a model must beat: guessing the most frequent class, and a linear model on small copies of the pictures.

Both are made from the training part alone, are the same on every run, and take seconds.
"""

from __future__ import annotations

import warnings
from types import MappingProxyType
from typing import Protocol

import numpy as np

from hakseup.seeds import numpy_generator
from hakseup.words import Words

SIDE = 14  # pixels: pictures are averaged down to at most this height and width
MOST = 10_000  # training pictures for the linear model
BLOCK = 2048  # pictures at once
ROUNDS = 100  # iterations at most; what is not settled by then changes little
WORK = 20_000_000_000  # multiplications at most (fewer iterations where there are many classes): some seconds
PENALTY = 0.1  # scikit-learn's C: best of 0.001 to 1 on 10,000 training pictures of MNIST held out

TITLES = MappingProxyType(
    {
        "majority": Words("always the most frequent class", "항상 가장 많은 클래스로 예측"),
        "linear": Words("a linear model on reduced pixels", "줄인 픽셀의 선형 모델"),
    }
)


class Pixels(Protocol):
    """uint8 pictures (n, height, width, channels): an array, a memory map, or some rows of one."""

    def __len__(self) -> int: ...
    def __getitem__(self, rows: np.ndarray, /) -> np.ndarray: ...


def baselines(
    x_train: Pixels, y_train: np.ndarray, x_test: Pixels, n_classes: int, seed: int
) -> dict[str, np.ndarray]:
    """Probabilities of the simple models for the test pictures, each float32 (m, k); names as in `TITLES`.

    Args:
        x_train: training pictures.
        y_train: their classes, int (n,).
        x_test: pictures to predict, m of them.
        n_classes: k.
        seed: chooses the training pictures of the linear model where there are more than 10,000.
    """
    y_train = np.asarray(y_train, np.int64)
    share = np.bincount(y_train, minlength=n_classes) / len(y_train)
    majority = np.tile(share.astype(np.float32), (len(x_test), 1))
    return {"majority": majority, "linear": _linear(x_train, y_train, x_test, n_classes, seed)}


def _linear(x_train: Pixels, y_train: np.ndarray, x_test: Pixels, n_classes: int, seed: int) -> np.ndarray:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    probabilities = np.zeros((len(x_test), n_classes), np.float32)
    chosen = _choose(y_train, seed)
    known = np.unique(y_train[chosen])
    if len(known) == 1:
        probabilities[:, known[0]] = 1
        return probabilities
    x = reduced(x_train, chosen)
    rounds = max(ROUNDS // 8, min(ROUNDS, WORK // (x.size * len(known))))
    model = make_pipeline(StandardScaler(), LogisticRegression(C=PENALTY, max_iter=rounds))
    # One thread: the matrices are small, the result is the same on every machine, and on a machine that is
    # busy several threads wait for one another (measured on MNIST, two busy cores: 18 s instead of 1 s).
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the bound on the iterations is on purpose
        model.fit(x, y_train[chosen])
        for rows in _blocks(np.arange(len(x_test))):
            probabilities[rows[:, None], known] = model.predict_proba(reduced(x_test, rows))
    return probabilities


def _choose(y_train: np.ndarray, seed: int) -> np.ndarray:
    """At most 10,000 rows by chance, at least one of every class, sorted (a memory map is read in order)."""
    order = numpy_generator(seed, "baselines").permutation(len(y_train))
    _classes, first = np.unique(y_train[order], return_index=True)
    rest = np.delete(order, first)
    return np.sort(np.concatenate([order[first], rest[: max(0, MOST - len(first))]]))


def _blocks(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]


def reduced(pictures: Pixels, rows: np.ndarray) -> np.ndarray:
    """These pictures averaged down to at most 14 x 14, flat, float32 (m, height * width * channels), 0 to 1."""
    import cv2

    out = []
    for block in _blocks(rows):
        for picture in pictures[block]:
            height, width = picture.shape[:2]
            size = (min(width, SIDE), min(height, SIDE))  # OpenCV: width first
            small = cv2.resize(picture.astype(np.float32), size, interpolation=cv2.INTER_AREA)
            out.append(small.reshape(-1))
    return np.stack(out) / np.float32(255) if out else np.empty((0, 0), np.float32)
