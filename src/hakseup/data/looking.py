"""What is in the data: the facts that `hakseup look` says and draws, computed before anything is trained.

What depends on the labels comes from the training and validation parts only; the labels of the test part stay
sealed. Its pictures may be hashed and counted: that is how copies across the parts are found. Where a folder's
name gives the class of a test picture away, it is counted by that name. `looking_findings` puts it into words.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np

from hakseup.data.labels import SEALED
from hakseup.data.looking_findings import findings, mode_name, verdict
from hakseup.data.mapped import release
from hakseup.data.pictures import NO_PART, PART_CODE, Pictures
from hakseup.data.sizing import choose_size, from_key, is_size_note
from hakseup.data.split import Split, split
from hakseup.errors import DataError
from hakseup.seeds import numpy_generator
from hakseup.settings import SplitSettings
from hakseup.words import Words

EXAMPLES = 10  # pictures of a class in the grid
LARGEST = 112  # pixels: the longer side of a picture in the facts
PAIRS = 12  # pairs of equal pictures that are shown, of each kind
_BLOCK = 2048  # pictures read at a time
_SHOWN_CLASSES = 200  # with more classes, only these many have pictures
# Name -> (the part whose pictures are counted, the part they also stand in); parts as they came with the data.
_ACROSS = {
    "test_in_training": (PART_CODE["test"], PART_CODE["train"]),
    "test_in_validation": (PART_CODE["test"], PART_CODE["validation"]),
    "validation_in_training": (PART_CODE["validation"], PART_CODE["train"]),
}
_PART_NAME = {code: part for part, code in PART_CODE.items()} | {NO_PART: "all"}


@dataclass(frozen=True)
class _View:
    """Pictures and who they belong to. `labels` has SEALED where they must not be read."""

    pictures: Pictures
    labels: np.ndarray  # int64 (n,)
    open_rows: np.ndarray  # training pictures (all that may be read where there is no split): they are shown
    split: Split | None
    trouble: DataError | None


def facts(pictures: Pictures, settings: SplitSettings | None = None, seed: int = 0) -> dict[str, Any]:
    """Everything that `look` says about the data.

    Args:
        pictures: the decoded data.
        settings: how it would be split; the default shares where None.
        seed: the seed of that split and of the choice of examples.

    Returns:
        Plain values (see the keys below), but for "arrays": uint8 pictures for the page, which JSON leaves out.
        "verdict" is the short answer; "findings" are its reasons, most important first:
        `{"level": "problem" | "note" | "good", "code", "en", "ko"}`.
    """
    view = _view(pictures, settings or SplitSettings(), seed)
    light, mean = _light(view)
    duplicates, pairs = _duplicates(view)
    examples, examples_rows = _examples(view, seed)
    out: dict[str, Any] = {
        "verdict": {},
        "findings": [],
        "data": {
            "source": pictures.source,
            "name": pictures.name,
            "format": pictures.format,
            "title": pictures.title.as_dict() if pictures.title else None,
            "licence": pictures.licence,
            "known": pictures.known,
            "kind": pictures.kind,
        },
        "n": len(pictures),
        "classes": [{"key": c.key, **c.words.as_dict()} for c in pictures.classes],
        "parts": _parts(view),
        "counts": _counts(view),
        "size": list(pictures.size),
        "channels": pictures.channels,
        "size_why": _size_why(pictures).as_dict(),
        "seen": {what: dict(counts) for what, counts in pictures.seen.items()},
        "mode_names": {mode: mode_name(mode).as_dict() for mode in pictures.seen.get("modes", {})},
        "brightness": light,
        "duplicates": duplicates,
        "refused_n": len(pictures.refused),
        "refused": [
            {"where": _short(pictures, r.where), "code": r.code, **r.reason.as_dict()}
            for r in pictures.refused[:200]
        ],
        "notes": [note.as_dict() for note in pictures.notes if not is_size_note(note)],  # a finding says it
        "examples": {
            c.key: [_short(pictures, str(pictures.where[row])) for row in rows]
            for c, rows in zip(pictures.classes, examples_rows, strict=False)
        },
        "arrays": {"examples": examples, "mean": mean, "pairs": pairs},
    }
    out["findings"] = findings(out, view.trouble)
    out["verdict"] = verdict(out["findings"]).as_dict()
    return out


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts without their pictures, for JSON."""
    return {key: value for key, value in facts.items() if key != "arrays"}


def _view(pictures: Pictures, settings: SplitSettings, seed: int) -> _View:
    """The split that a training would make; where it would refuse, the data as they came."""
    try:
        divided, labels = split(pictures, settings, seed)
    except DataError as trouble:
        labels = pictures.labels
        rows = np.flatnonzero(labels.values != SEALED)
        return _View(pictures, labels.values, rows, None, trouble)
    return _View(pictures, labels.values, divided.train, divided, None)


# --- counting ----------------------------------------------------------------------------------------------


def _parts(view: _View) -> list[dict[str, Any]]:
    """Each part with its n and whether it came with the data; what was left out last."""
    official = view.pictures.official
    if view.split is None:
        present = [code for code in (NO_PART, *PART_CODE.values()) if np.any(official == code)]
        return [
            {"part": _PART_NAME[code], "n": int(np.sum(official == code)), "official": code != NO_PART}
            for code in present
        ]
    came = {
        "train": bool(np.any(official == PART_CODE["train"])),
        "validation": view.split.official_validation,
        "test": view.split.official_test,
    }
    parts: list[dict[str, Any]] = [
        {"part": part, "n": len(index), "official": came[part]} for part, index in view.split.parts().items()
    ]
    if len(view.split.left_out):
        parts.append({"part": "left_out", "n": len(view.split.left_out), "official": False})
    return parts


def _counts(view: _View) -> dict[str, dict[str, int] | None]:
    """Part -> class key -> pictures; None for a test part whose labels are sealed."""
    keys = [c.key for c in view.pictures.classes]
    if view.split is None:
        official = view.pictures.official
        rows = {_PART_NAME[int(code)]: np.flatnonzero(official == code) for code in np.unique(official)}
    else:
        rows = view.split.parts()
    out: dict[str, dict[str, int] | None] = {}
    for part, index in rows.items():
        if part == "test":
            out[part] = _counts_of_folders(view.pictures, index)
            continue
        tally = np.bincount(view.labels[index], minlength=len(keys))
        out[part] = {key: int(n) for key, n in zip(keys, tally, strict=True)}
    return out


def _counts_of_folders(pictures: Pictures, rows: np.ndarray) -> dict[str, int] | None:
    """Pictures by the name of the folder they lie in, where folders are the classes; labels are not read."""
    if pictures.format != "folder":
        return None
    out = {c.key: 0 for c in pictures.classes}
    for row in rows:
        folders = PurePath(str(pictures.where[row])).parts[:-1]
        key = next((part for part in reversed(folders) if part in out), None)
        if key is None:
            return None
        out[key] += 1
    return out


def _size_why(pictures: Pictures) -> Words:
    """Why the pictures have the size they have now."""
    came: Counter[tuple[int, int]] = Counter()
    for text, n in pictures.seen.get("sizes", {}).items():
        came[from_key(text)] += n
    if came:
        size, why = choose_size(came)
        if size == pictures.size:
            return why or Words("All pictures came at this size.", "모든 그림이 이 크기로 왔습니다.")
    return Words("It was set with data.size.", "data.size로 정한 크기입니다.")


# --- light, means, examples --------------------------------------------------------------------------------


def _light(view: _View) -> tuple[dict[str, Any], np.ndarray]:
    """How bright the pictures are, by class, and the mean picture of each class: of the pictures that are shown.

    Returns:
        mean and std over the pictures of a class of their mean grey value (0 to 255), the share of the variance
        of brightness that the class explains (eta squared), how many pictures of all parts are one flat colour;
        and uint8 (classes, height, width, channels).
    """
    images, k = view.pictures.images, len(view.pictures.classes)
    shown = np.zeros(len(images), bool)
    shown[view.open_rows] = True
    grey = np.empty(len(images))
    flat = 0
    sums = np.zeros((k, *images.shape[1:]))
    for start in range(0, len(images), _BLOCK):
        block = np.asarray(images[start : start + _BLOCK])
        rows = block.reshape(len(block), -1)
        grey[start : start + len(block)] = rows.mean(axis=1)
        flat += int(np.sum(rows.min(axis=1) == rows.max(axis=1)))
        inside = shown[start : start + len(block)]
        labels = view.labels[start : start + len(block)]
        for c in np.unique(labels[inside]):
            sums[c] += block[inside & (labels == c)].sum(axis=0, dtype=np.int64)
        release(images)
    labels, grey = view.labels[view.open_rows], grey[view.open_rows]
    n = np.bincount(labels, minlength=k)
    by_class = {}
    between = 0.0
    for index, c in enumerate(view.pictures.classes):
        values = grey[labels == index]
        by_class[c.key] = {
            "n": int(n[index]),
            "mean": float(values.mean()) if len(values) else None,
            "std": float(values.std()) if len(values) else None,
        }
        if len(values):
            between += len(values) * float(values.mean() - grey.mean()) ** 2
    whole = float(((grey - grey.mean()) ** 2).sum()) if len(grey) else 0.0
    mean = np.rint(sums / np.maximum(n, 1).reshape(-1, 1, 1, 1)).astype(np.uint8)
    light = {
        "mean": float(grey.mean()) if len(grey) else None,
        "std": float(grey.std()) if len(grey) else None,
        "by_class": by_class,
        "explained_by_class": between / whole if whole > 0 else 0.0,
        "flat": flat,
    }
    return light, np.stack([_small(picture) for picture in mean[:_SHOWN_CLASSES]])


def _examples(view: _View, seed: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Some pictures of each class, no two the same, drawn at random: uint8 (classes, EXAMPLES, h, w, c), and rows.

    A class with fewer pictures has blank ones behind them.
    """
    order = numpy_generator(seed, "look").permutation(view.open_rows)
    _keys, first = np.unique(view.pictures.keys[order], return_index=True)
    order = order[np.sort(first)]
    labels = view.labels[order]
    rows = [
        np.sort(order[labels == c][:EXAMPLES]) for c in range(min(len(view.pictures.classes), _SHOWN_CLASSES))
    ]
    height, width, channels = _small(np.zeros(view.pictures.images.shape[1:], np.uint8)).shape
    out = np.full((len(rows), EXAMPLES, height, width, channels), 255, np.uint8)
    for c, chosen in enumerate(rows):
        for place, row in enumerate(chosen):
            out[c, place] = _small(np.asarray(view.pictures.images[row]))
    return out, rows


def _small(picture: np.ndarray) -> np.ndarray:
    """The picture (h, w, c), made smaller where its longer side is above LARGEST."""
    height, width, channels = picture.shape
    longer = max(height, width)
    if longer <= LARGEST:
        return picture
    import cv2

    size = (max(1, round(width * LARGEST / longer)), max(1, round(height * LARGEST / longer)))
    out: np.ndarray = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).reshape(
        size[1], size[0], channels
    )
    return out


# --- pictures that stand twice -----------------------------------------------------------------------------


def _duplicates(view: _View) -> tuple[dict[str, Any], np.ndarray]:
    """Equal pictures: inside each part as it came, across the parts, and with different labels.

    Returns:
        counts and the pairs that are shown; and uint8 (pairs, 2, h, w, c).
    """
    pictures = view.pictures
    inside: dict[str, dict[str, int]] = {}
    across = dict.fromkeys(_ACROSS, 0)
    conflicts = 0
    pairs: dict[str, list[tuple[int, int]]] = {"across": [], "conflict": [], "inside": []}
    for rows in _equal(pictures.keys):
        by_part = {
            int(code): rows[pictures.official[rows] == code] for code in np.unique(pictures.official[rows])
        }
        for kind, (here, there) in _ACROSS.items():
            if here in by_part and there in by_part:
                across[kind] += len(by_part[here])
                pairs["across"].append((int(by_part[there][0]), int(by_part[here][0])))
        known = rows[view.labels[rows] != SEALED]
        other = known[view.labels[known] != view.labels[known[:1]]]
        if len(other):
            conflicts += 1
            pairs["conflict"].append((int(known[0]), int(other[0])))
        for code, members in by_part.items():
            if len(members) > 1:
                tally = inside.setdefault(_PART_NAME[code], {"groups": 0, "pictures": 0})
                tally["groups"] += 1
                tally["pictures"] += len(members) - 1
                if not len(other):
                    pairs["inside"].append((int(members[0]), int(members[1])))
    shown = [(kind, *pair) for kind, found in pairs.items() for pair in found[:PAIRS]]
    table = {
        "inside": inside,
        "across": across,
        "conflicts": conflicts,
        "left_out": len(view.split.left_out) if view.split else 0,
        "pairs": [{"kind": kind, "a": _who(view, a), "b": _who(view, b)} for kind, a, b in shown],
    }
    height, width, channels = _small(np.zeros(pictures.images.shape[1:], np.uint8)).shape
    drawn = np.empty((len(shown), 2, height, width, channels), np.uint8)
    for place, (_kind, a, b) in enumerate(shown):
        drawn[place] = [_small(np.asarray(pictures.images[row])) for row in (a, b)]
    return table, drawn


def _short(pictures: Pictures, where: str) -> str:
    """A path inside the data, without that of the data."""
    return where.removeprefix(pictures.source.rstrip(os.sep) + os.sep)


def _equal(keys: np.ndarray) -> list[np.ndarray]:
    """Rows of equal pictures, one rising array for each picture that stands more than once."""
    _unique, group = np.unique(keys, return_inverse=True)
    group = group.reshape(-1)
    repeated = np.flatnonzero(np.bincount(group)[group] > 1)
    if not len(repeated):
        return []
    order = repeated[np.argsort(group[repeated], kind="stable")]
    found = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    return sorted(found, key=lambda rows: int(rows[0]))


def _who(view: _View, row: int) -> dict[str, Any]:
    """One picture of a pair: where it is, in which part, and its class key, or None where that is sealed."""
    label = int(view.labels[row])
    return {
        "where": _short(view.pictures, str(view.pictures.where[row])),
        "part": _PART_NAME[int(view.pictures.official[row])],
        "label": None if label == SEALED else view.pictures.classes[label].key,
    }
