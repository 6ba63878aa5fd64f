"""Classes of every source: their order, labels as class indices, and training on some of them only."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from hakseup.errors import CallError, DataError, nearest
from hakseup.sources.found import NOT_CHOSEN, ClassName, Found, Piece
from hakseup.words import Words

_SHOWN = 8  # names in one sentence; more are counted


def readable(name: str) -> str:
    """A file name as text that can be written anywhere.

    On Linux a name may be bytes that are no UTF-8, as in archives from Korean Windows: those are read as cp949.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        raw = name.encode("utf-8", "surrogateescape")
        try:
            return raw.decode("cp949")
        except UnicodeDecodeError:
            return raw.decode("utf-8", "replace")
    return name


def natural_key(text: str) -> tuple[tuple[str | tuple[int, str], ...], str]:
    """Sorts as a person would: 2 before 10, capital letters beside small ones, Hangul as 가나다.

    Text and numbers stand at alternating places of the tuple, so that two keys can always be compared. A number
    is its length and its digits without leading zeros, so that it may be as long as it likes.
    """
    parts = re.split(r"(\d+)", unicodedata.normalize("NFC", text).casefold())
    numbers = [part.lstrip("0") for part in parts]
    return tuple(
        (len(number), number) if i % 2 else part
        for i, (part, number) in enumerate(zip(parts, numbers, strict=True))
    ), text


def named(keys: Iterable[str]) -> tuple[ClassName, ...]:
    """Classes that are called as their keys are, in natural order."""
    return tuple(ClassName(key, Words(key, key)) for key in sorted(keys, key=natural_key))


def listed(names: Sequence[str]) -> Words:
    """The first few names, and how many more there are."""
    text = ", ".join(str(name) for name in names[:_SHOWN])
    more = len(names) - _SHOWN
    return Words(f"{text} and {more} more", f"{text} 외 {more}개") if more > 0 else Words(text, text)


def label_values(labels: Any, where: str) -> np.ndarray:
    """Labels as one value a picture, int64 or text, shape (n,).

    Args:
        labels: whole numbers or text (n,) or (n, 1), or one-hot (n, classes).
        where: what they are called, for messages ("y_train").

    Raises:
        DataError: they are something else.
    """
    values = np.asarray(labels)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 1 and values.dtype.kind == "O" and all(isinstance(v, str) for v in values):
        values = values.astype(str)
    if values.dtype.kind in "biuf" and values.ndim in (1, 2):
        with np.errstate(invalid="ignore"):
            whole = values.astype(np.int64)
        if np.array_equal(whole, values):
            if values.ndim == 1:
                return np.asarray(whole)
            if (
                whole.min(initial=0) == 0
                and np.all(whole.max(axis=1) == 1)
                and np.all(whole.sum(axis=1) == 1)
            ):
                return np.asarray(whole.argmax(axis=1))
    if values.ndim == 1 and values.dtype.kind == "U":
        return values
    raise DataError(
        "bad-labels",
        Words(
            f"{where} has shape {values.shape} and type {values.dtype}: expected one whole number or name a "
            "picture, (n,) or (n, 1), or one-hot rows (n, classes).",
            f"{where}의 모양은 {values.shape}, 자료형은 {values.dtype}입니다. 그림마다 정수나 이름 하나인 (n,) 또는 "
            "(n, 1), 아니면 원-핫 (n, 클래스 수)이어야 합니다.",
        ),
    )


def keys_of(values: np.ndarray) -> list[str]:
    """The class keys that occur among these label values, in natural order."""
    unique = np.unique(values)
    return [str(v) for v in (unique if values.dtype.kind == "i" else sorted(unique, key=natural_key))]


def indices(values: np.ndarray, keys: Sequence[str], where: Callable[[int], str]) -> np.ndarray:
    """Label values as indices into the class keys, int64 (n,).

    Args:
        values: one a picture, as from `label_values`.
        keys: the classes.
        where: what the label at this position is called, for messages.

    Raises:
        DataError: a label that is none of the keys; the message names the first.
    """
    unique, inverse = np.unique(values, return_inverse=True)
    position = {key: index for index, key in enumerate(keys)}
    table = np.array([position.get(str(value), NOT_CHOSEN) for value in unique], np.int64)
    out = table[inverse.reshape(-1)] if len(unique) else np.empty(0, np.int64)
    if np.any(out == NOT_CHOSEN):
        row = int(np.flatnonzero(out == NOT_CHOSEN)[0])
        known = listed(keys)
        raise DataError(
            "unknown-label",
            Words(
                f"{where(row)} is '{values[row]}': no training picture has this label. Known: {known.en}.",
                f"{where(row)}의 값은 '{values[row]}'입니다. 이 레이블의 학습 그림이 없습니다. 아는 레이블: {known.ko}.",
            ),
            Words(
                "Correct the label, or add training pictures of this class.",
                "레이블을 고치거나 이 클래스의 학습 그림을 더하세요.",
            ),
        )
    return out


def choose(classes: Sequence[ClassName], wanted: Sequence[str]) -> list[int]:
    """Indices of the wanted classes, rising; a class may be called by its key or its name in either language.

    Raises:
        CallError: no such class (the nearest is named), or fewer than two are left.
    """
    by_name: dict[str, int] = {}
    for index, c in reversed(list(enumerate(classes))):
        by_name.update({name.casefold(): index for name in (c.words.en, c.words.ko)})
    by_name.update({c.key.casefold(): index for index, c in enumerate(classes)})
    by_name.update({c.key: index for index, c in enumerate(classes)})
    chosen = set()
    for name in wanted:
        number = by_name.get(name, by_name.get(unicodedata.normalize("NFC", name).casefold()))
        if number is None:
            near = nearest(name, [c.key for c in classes] + [c.words.en for c in classes])
            all_keys = listed([c.key for c in classes])
            raise CallError(
                "unknown-class",
                Words(f"There is no class '{name}'.", f"'{name}'(이)라는 클래스는 없습니다."),
                Words(f"Did you mean '{near}'?", f"'{near}'을(를) 뜻하셨나요?")
                if near
                else Words(f"Classes: {all_keys.en}.", f"클래스: {all_keys.ko}."),
            )
        chosen.add(number)
    if len(chosen) < 2:
        raise CallError(
            "one-class",
            Words(
                f"--classes leaves one class ('{wanted[0]}'); a classifier needs at least two.",
                f"--classes에 클래스가 하나('{wanted[0]}')뿐입니다. 분류하려면 둘 이상이어야 합니다.",
            ),
        )
    return sorted(chosen)


def keep(found: Found, wanted: Sequence[str]) -> Found:
    """The same data with these classes only, renumbered in the order of the data.

    Labels of a test part are not read: see `Piece`.

    Raises:
        CallError: no such class, or fewer than two are left.
    """
    chosen = choose(found.classes, wanted)
    classes = tuple(found.classes[index] for index in chosen)
    if found.only is not None:
        fresh = found.only(tuple(c.key for c in classes))
        said = (*fresh.notes, *(note for note in found.notes if note not in fresh.notes))
        return dataclasses.replace(
            found, classes=classes, pieces=fresh.pieces, refused=fresh.refused, notes=said, only=None
        )
    number = np.full(len(found.classes), NOT_CHOSEN, np.int64)
    number[chosen] = np.arange(len(chosen))
    notes = found.notes
    pieces = []
    for piece in found.pieces:
        if piece.part == "test":
            pieces.append(dataclasses.replace(piece, labels=_renumbered(piece, number)))
            note = Words(
                "The test part keeps its pictures of other classes until it is evaluated; they are not scored.",
                "테스트 부분에는 평가하기 전까지 다른 클래스의 그림도 남아 있습니다. 그 그림은 채점하지 않습니다.",
            )
            notes = (*notes, note)
            continue
        labels = number[piece.labels()]
        rows = np.flatnonzero(labels != NOT_CHOSEN)
        pieces.append(piece.take(rows, labels[rows]))
    return dataclasses.replace(found, classes=classes, pieces=tuple(pieces), notes=notes)


def _renumbered(piece: Piece, number: np.ndarray) -> Callable[[], np.ndarray]:
    def read() -> np.ndarray:
        labels = piece.labels()
        return np.where(labels == NOT_CHOSEN, NOT_CHOSEN, number[labels])

    return read
