"""The split: which picture trains, which validates, which is sealed.

The test part is chosen from the content of the pictures alone: inside each class the pictures are put in the
order of a hash of their content (and of `split.seed`), and the first share of them is the test part. So the
choice does not depend on file names, on the order of the files or on `--seed`, equal pictures and the pictures of
a group fall together, and a picture that is added later moves almost none of the others.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from hakseup.data import units
from hakseup.data.labels import SEALED, Labels
from hakseup.data.pictures import NO_PART, PART_CODE, Pictures
from hakseup.errors import DataError
from hakseup.seeds import numpy_generator
from hakseup.settings import SplitSettings
from hakseup.words import Words


@dataclass(frozen=True)
class Split:
    """Index arrays into `Pictures`, int64, sorted, disjoint; together with `left_out` they are everything."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    left_out: (
        np.ndarray
    )  # pictures that also stand, or whose group stands, in an official test or validation part
    official_test: bool
    official_validation: bool

    def parts(self) -> dict[str, np.ndarray]:
        """The three parts by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


def _test_rank(keys: np.ndarray, unit: np.ndarray, seed: int) -> np.ndarray:
    """A number for each unit that depends on its content and the split seed alone, for each picture, uint64 (n,)."""
    salt = f"hakseup test part {seed}".encode()
    unique, inverse = np.unique(keys.view(np.dtype((np.void, 16))), return_inverse=True)
    digests = b"".join(hashlib.blake2b(key.tobytes(), digest_size=8, key=salt).digest() for key in unique)
    rank = np.frombuffer(digests, np.uint64)[inverse.reshape(-1)]
    return smallest_of_unit(rank, unit)


def smallest_of_unit(rank: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Of each element the smallest rank in its unit, uint64 (n,)."""
    first = np.full(int(unit.max(initial=-1)) + 1, np.iinfo(np.uint64).max, np.uint64)
    np.minimum.at(first, unit, rank)
    return np.asarray(first[unit])


def split(pictures: Pictures, settings: SplitSettings, seed: int) -> tuple[Split, Labels]:
    """Divide into training, validation and test parts.

    Args:
        pictures: everything that was found.
        settings: shares and the split seed.
        seed: the recipe's seed; it moves the validation part only.

    Returns:
        The split, and the labels with those of the test part sealed.

    Raises:
        DataError: a class is too small for its parts, or only one class is left.
    """
    n = len(pictures)
    official_test = bool(np.any(pictures.official == PART_CODE["test"]))
    official_validation = bool(np.any(pictures.official == PART_CODE["validation"]))
    index = np.arange(n)
    left_out = np.zeros(n, bool)
    unit = units.of_pictures(pictures.keys, pictures.groups)

    if official_test:
        test = pictures.official == PART_CODE["test"]
        # A picture of the official test part that also stands elsewhere would be known before the test.
        left_out |= ~test & np.isin(unit, unit[test])
        labels = pictures.labels
    else:
        rest = (pictures.official == NO_PART) | (pictures.official == PART_CODE["train"])
        test = np.zeros(n, bool)
        rank = _test_rank(pictures.keys, unit, settings.seed)
        # Equal pictures go by one class, even if labelled differently, and so do the pictures of a group.
        first = _one_label(unit, pictures.labels.values, pictures.groups is not None)
        test[_share_by_class(index[rest], first[rest], rank[rest], settings.test)] = True
        left_out |= (pictures.official == PART_CODE["validation"]) & np.isin(unit, unit[test])
        labels = pictures.labels.seal(index[test])

    if official_validation:
        validation = (pictures.official == PART_CODE["validation"]) & ~left_out
        left_out |= ~test & ~validation & np.isin(unit, unit[validation])
    else:
        validation = np.zeros(n, bool)
        validation[held_out(pictures, labels, index[~test & ~left_out], settings.validation, seed)] = True
    train = ~test & ~validation & ~left_out
    result = Split(
        index[train], index[validation], index[test], index[left_out], official_test, official_validation
    )
    _require_every_class(pictures, labels, result)
    return result, labels


def held_out(pictures: Pictures, labels: Labels, rows: np.ndarray, share: float, seed: int) -> np.ndarray:
    """A share of these pictures at random, stratified, whole units; sorted.

    Args:
        pictures: whose rows they are.
        labels: of all pictures; those of `rows` are read.
        rows: index, int64, sorted.
        share: how much of them.
        seed: of the order.
    """
    unit = units.of_pictures(pictures.keys, pictures.groups)[rows]
    values = _one_label(unit, labels.of(rows), pictures.groups is not None)
    order = numpy_generator(seed, "validation").permutation(len(rows)).astype(np.uint64)
    rank = order[np.unique(unit, return_inverse=True)[1].reshape(-1)]  # a random number per unit
    return _share_by_class(rows, values, rank, share)


def _one_label(unit: np.ndarray, values: np.ndarray, grouped: bool) -> np.ndarray:
    """For each picture one label for all of its unit: of equal pictures the smallest, of a group the most frequent."""
    if grouped:
        known = values != SEALED
        out = np.full(len(values), SEALED)
        if np.any(known):
            out[known] = units.class_of(unit[known], values[known], int(values.max()) + 1)
        return out
    smallest = np.full(unit.max(initial=-1) + 1, np.iinfo(np.int64).max)
    np.minimum.at(smallest, unit, values)
    return np.asarray(smallest[unit])


def _share_by_class(index: np.ndarray, labels: np.ndarray, rank: np.ndarray, share: float) -> np.ndarray:
    """Of each class the pictures with the smallest ranks, as many as the share says, equal ranks together."""
    chosen = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if label == SEALED or len(members) == 0:
            continue
        want = max(1, round(share * len(members))) if len(members) > 1 else 0
        ordered = members[np.lexsort((index[members], rank[members]))]
        if want == 0:
            continue
        edge = rank[ordered[want - 1]]
        take = ordered[rank[ordered] <= edge]
        if len(take) == len(members):  # all of the class is one picture: it stays in training
            take = ordered[rank[ordered] < edge]
        chosen.append(index[take])
    return np.sort(np.concatenate(chosen)) if chosen else np.empty(0, np.int64)


def _require_every_class(pictures: Pictures, labels: Labels, result: Split) -> None:
    if len(pictures.classes) < 2:
        only = pictures.classes[0].key if pictures.classes else "-"
        raise DataError(
            "one-class",
            Words(
                f"There is only one class ('{only}'); a classifier needs at least two.",
                f"클래스가 하나('{only}')뿐입니다. 분류하려면 둘 이상이어야 합니다.",
            ),
            Words(
                "Put the pictures of each class into a folder of its own.",
                "클래스마다 폴더를 하나씩 만들어 그림을 넣으세요.",
            ),
        )
    k = len(pictures.classes)
    counts = {
        part: np.bincount(labels.of(index), minlength=k)
        for part, index in result.parts().items()
        if part != "test"
    }
    # Of a test part chosen here every class has pictures: the shares are the same for all, and a class that had a single
    # picture shows up as missing in validation.
    short = [c for c in range(k) if any(count[c] == 0 for count in counts.values())]
    if short:
        needed = 2 if result.official_test or result.official_validation else 3
        outside = np.concatenate([index for part, index in result.parts().items() if part != "test"])
        own = labels.of(outside)
        lines_en = ", ".join(
            f"{pictures.classes[c].key}: {len(np.unique(pictures.keys[outside[own == c]]))}"
            for c in short[:8]
        )
        raise DataError(
            "class-too-small",
            Words(
                f"Too few different pictures for training, validation and test; outside the test part: {lines_en}. "
                f"Every class needs at least {needed} different pictures.",
                f"학습·검증·테스트로 나누기에는 서로 다른 그림이 너무 적습니다. 테스트 부분을 뺀 나머지의 서로 다른 그림: {lines_en}. "
                f"클래스마다 서로 다른 그림이 적어도 {needed}장 필요합니다.",
            ),
            Words(
                "Add pictures to these classes, or leave them out with --classes.",
                "이 클래스에 그림을 더하거나 --classes로 빼세요.",
            ),
        )
