"""Pictures for the report, small enough for the run folder: the worst mistakes, samples, examples of each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hakseup.data.mapped import Reading
from hakseup.runs.folder import MISTAKES, RunFolder
from hakseup.seeds import numpy_generator

MOST = 40  # worst mistakes that are kept
SIDE = 96  # pixels: larger pictures are shrunk, the longer side to this
EXAMPLES = 8  # pictures of each class
MEAN_OF = 1000  # pictures of each class in its mean picture

Arrays = dict[str, np.ndarray]


def worst(
    images: np.ndarray, index: np.ndarray, truth: np.ndarray, probabilities: np.ndarray, where: Sequence[str]
) -> Arrays:
    """The mistakes the model was surest of, surest first, at most 40.

    Args:
        images: all pictures, uint8 (n, h, w, c).
        index: the rows that were predicted, int64 (m,).
        truth: their classes, int (m,).
        probabilities: float (m, k).
        where: for each of all pictures its path or name.

    Returns:
        `pictures` uint8 (j, h', w', c); `truth`, `label` int64 (j,); `probability` (of the predicted class)
        and `truth_probability` float32 (j,); `where` (j,) text.
    """
    predicted = probabilities.argmax(1)
    wrong = np.flatnonzero(predicted != truth)
    order = np.argsort(-probabilities[wrong].max(1), kind="stable") if len(wrong) else wrong
    return _describe(images, index, truth, probabilities, where, wrong[order][:MOST])


def samples(
    images: np.ndarray, index: np.ndarray, truth: np.ndarray, probabilities: np.ndarray, where: Sequence[str]
) -> Arrays:
    """About nine pictures by chance, spread over the classes; up to a third of them wrong where there are mistakes.

    Args and returns as `worst`, and `probabilities` float32 (j, k). Between 9 and 12 classes there is one
    of each. They are chosen to show both kinds: their share of mistakes says nothing.
    """
    k = probabilities.shape[1]
    wanted = min(k if 9 <= k <= 12 else 9, len(truth))
    order = numpy_generator(0, "samples").permutation(len(truth))
    wrong = (probabilities.argmax(1) != truth)[order]
    chosen = np.empty(0, np.int64)
    for rows, upto in ((order[wrong], wanted // 3), (order[~wrong], wanted), (order, wanted)):
        left = rows[~np.isin(rows, chosen)]
        taken = np.bincount(truth[chosen], minlength=k)
        chosen = np.concatenate([chosen, _spread(left, truth, upto - len(chosen), taken)])
    chosen = chosen[np.argsort(truth[chosen], kind="stable")]
    return {
        **_describe(images, index, truth, probabilities, where, chosen),
        "probabilities": probabilities[chosen].astype(np.float32),
    }


def _spread(rows: np.ndarray, truth: np.ndarray, wanted: int, taken: np.ndarray) -> np.ndarray:
    """So many of these rows, each from the class that has the fewest so far; of equal ones that of the first row."""
    taken = taken.copy()
    classes, first = np.unique(truth[rows], return_index=True)
    queues = {int(c): list(rows[truth[rows] == c][:wanted]) for c in classes[np.argsort(first)]}
    chosen: list[int] = []
    while queues and len(chosen) < wanted:
        c = min(queues, key=lambda one: int(taken[one]))
        chosen.append(int(queues[c].pop(0)))
        taken[c] += 1
        if not queues[c]:
            del queues[c]
    return np.array(chosen, np.int64)


def examples(images: np.ndarray, train: np.ndarray, labels: np.ndarray, n_classes: int) -> Arrays:
    """Some training pictures of each class, and the mean picture of each class.

    Args:
        images: all pictures, uint8 (n, h, w, c).
        train: rows of the training part, int64 (m,).
        labels: their classes, int (m,).
        n_classes: k.

    Returns:
        `pictures` uint8 (k, e, h', w', c), e at most 8 and never more than the smallest class has, so that no
        picture is shown twice; `mean` uint8 (k, h', w', c), of at most 1,000 pictures of each class.
    """
    order = numpy_generator(0, "examples").permutation(len(train))
    of_class = [train[order[labels[order] == c]] for c in range(n_classes)]
    each = min(EXAMPLES, *(len(rows) for rows in of_class))
    reading = Reading(images)
    pictures = np.stack([shrink(reading.take(rows[:each])) for rows in of_class])
    mean = []
    for rows in of_class:
        some = np.sort(rows[:MEAN_OF])
        total = np.zeros(images.shape[1:], np.int64)
        for start in range(0, len(some), 100):
            total += reading.take(some[start : start + 100]).sum(0, dtype=np.int64)
        mean.append(np.round(total / max(len(some), 1)).astype(np.uint8))
    return {"pictures": pictures, "mean": shrink(np.stack(mean))}


def shrink(pictures: np.ndarray) -> np.ndarray:
    """Pictures uint8 (j, h, w, c) with the longer side brought down to 96 pixels; smaller ones as they are."""
    j, height, width, channels = pictures.shape
    longest = max(height, width)
    if longest <= SIDE:
        return np.ascontiguousarray(pictures)
    import cv2

    size = (max(1, round(width * SIDE / longest)), max(1, round(height * SIDE / longest)))
    out = np.empty((j, size[1], size[0], channels), np.uint8)
    for i in range(j):
        small = cv2.resize(np.ascontiguousarray(pictures[i]), size, interpolation=cv2.INTER_AREA)
        out[i] = small.reshape(out.shape[1:])
    return out


def _describe(
    images: np.ndarray,
    index: np.ndarray,
    truth: np.ndarray,
    probabilities: np.ndarray,
    where: Sequence[str],
    chosen: np.ndarray,
) -> Arrays:
    of = probabilities[chosen]
    rows = index[chosen]
    return {
        "pictures": shrink(Reading(images).take(rows)),
        "truth": np.asarray(truth[chosen], np.int64),
        "label": of.argmax(1).astype(np.int64),
        "probability": of.max(1).astype(np.float32),
        "truth_probability": of[np.arange(len(of)), truth[chosen]].astype(np.float32),
        "where": np.array([str(where[i]) for i in rows], dtype=np.str_),
    }


def write(folder: RunFolder, parts: Mapping[str, Arrays], *, keep: bool) -> None:
    """Write mistakes.npz with names "<part>_<array>".

    Args:
        folder: the run.
        parts: "validation", "test", "samples" or "examples" -> its arrays.
        keep: whether the other parts that the file has stay in it.
    """
    arrays: Arrays = {}
    if keep and folder.has(MISTAKES):
        arrays = {
            name: array
            for name, array in folder.arrays(MISTAKES).items()
            if name.partition("_")[0] not in parts
        }
    for part, content in parts.items():
        arrays |= {f"{part}_{name}": array for name, array in content.items()}
    folder.write_arrays(MISTAKES, arrays)
