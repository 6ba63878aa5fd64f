"""Arrays: from Python, and what NPZ and IDX files have in common with them once they are opened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from hakseup.errors import CallError, DataError
from hakseup.sources import classes
from hakseup.sources.found import PARTS, Found, Part, Piece, StoredPixels
from hakseup.words import Words

# Names of pictures and labels: Keras' own first, then those of the MedMNIST files.
NAMES: dict[Part, tuple[tuple[str, str], ...]] = {
    "train": (("x_train", "y_train"), ("train_images", "train_labels")),
    "validation": (("x_val", "y_val"), ("x_validation", "y_validation"), ("val_images", "val_labels")),
    "test": (("x_test", "y_test"), ("test_images", "test_labels")),
}
WHOLE = ("x", "y")


@dataclass(frozen=True)
class Raw:
    """Pictures with their labels as they came, before classes are known."""

    part: Part | None
    x_name: str
    y_name: str
    pixels: np.ndarray | StoredPixels  # uint8
    n_labels: int
    labels: Callable[[], Any]  # of the test part: called by `evaluate` alone


def pair_up(names: Collection[str]) -> list[tuple[Part | None, str, str]]:
    """Which arrays are pictures and labels of which part.

    Raises:
        DataError: no such names, or pictures without labels, or labels without pictures.
    """
    pairs: list[tuple[Part | None, str, str]] = []
    for part in PARTS:
        for x_name, y_name in NAMES[part]:
            if x_name in names or y_name in names:
                pairs.append((part, x_name, y_name))
                break
    if not pairs and (WHOLE[0] in names or WHOLE[1] in names):
        pairs.append((None, *WHOLE))
    there = ", ".join(sorted(names)) or "-"
    if not pairs or pairs[0][0] not in (None, "train"):
        raise DataError(
            "array-names",
            Words(
                f"There are no training arrays: expected x_train and y_train (or x and y), found {there}.",
                f"학습 배열이 없습니다. x_train과 y_train(또는 x와 y)이 있어야 하는데 {there}만 있습니다.",
            ),
            Words(
                "Save them with numpy.savez(file, x_train=…, y_train=…, x_test=…, y_test=…).",
                "numpy.savez(파일, x_train=…, y_train=…, x_test=…, y_test=…)로 저장하세요.",
            ),
        )
    for _part, x_name, y_name in pairs:
        missing = next((name for name in (x_name, y_name) if name not in names), None)
        if missing:
            other = y_name if missing == x_name else x_name
            raise DataError(
                "array-names",
                Words(
                    f"{other} is there, but {missing} is not. Found: {there}.",
                    f"{other}만 있고 {missing}이(가) 없습니다. 있는 배열: {there}.",
                ),
            )
    return pairs


def check_shape(shape: tuple[int, ...], where: str) -> None:
    """Refuse what is not (n, height, width) or (n, height, width, 1 or 3).

    Raises:
        DataError: with the shape that was expected and the one that was found.
    """
    if len(shape) in (3, 4) and min(shape) > 0 and (len(shape) == 3 or shape[3] in (1, 3)):
        return
    hint = None
    if len(shape) == 4 and shape[1] in (1, 3):
        hint = Words(
            f"The channels stand before height and width; move them to the end: {where}.transpose(0, 2, 3, 1).",
            f"채널이 높이와 너비 앞에 있습니다. 끝으로 옮기세요: {where}.transpose(0, 2, 3, 1).",
        )
    elif len(shape) == 2 and shape[1] > 0 and round(shape[1] ** 0.5) ** 2 == shape[1]:
        side = round(shape[1] ** 0.5)
        hint = Words(
            f"If these are flattened pictures: {where}.reshape(-1, {side}, {side}).",
            f"펼친 그림이라면 {where}.reshape(-1, {side}, {side})로 되돌리세요.",
        )
    elif len(shape) == 4 and shape[3] == 4:
        hint = Words(
            "The fourth channel is probably transparency; give the first three.",
            "네 번째 채널은 투명도일 것입니다. 앞의 세 채널만 주세요.",
        )
    raise DataError(
        "bad-shape",
        Words(
            f"{where} has shape {shape}: expected (pictures, height, width) or (pictures, height, width, 1 or 3).",
            f"{where}의 모양은 {shape}입니다. (그림 수, 높이, 너비) 또는 (그림 수, 높이, 너비, 1이나 3)이어야 합니다.",
        ),
        hint,
    )


def _type_error(found: Words, where: str) -> DataError:
    return DataError(
        "bad-pixels",
        Words(
            f"{where} {found.en}: expected whole numbers 0 to 255, or numbers 0 to 1.",
            f"{where}: {found.ko}. 0부터 255까지의 정수 또는 0부터 1까지의 수여야 합니다.",
        ),
        Words(
            "Bring the pixels to 0 to 255 or 0 to 1 first; hakseup standardises them itself.",
            "픽셀을 먼저 0~255 또는 0~1로 맞추세요. 표준화는 hakseup이 합니다.",
        ),
    )


def check_type(dtype: np.dtype[Any], where: str) -> None:
    """Refuse pixels that are not numbers (text, objects, complex).

    Raises:
        DataError: with the type that was found.
    """
    if dtype.hasobject or dtype.kind not in "buif":
        raise _type_error(Words(f"has type {dtype}", f"자료형이 {dtype}입니다"), where)


def _bad(block: np.ndarray, wrong: np.ndarray, where: str, start: int) -> DataError:
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    text = "[" + ", ".join(map(str, (place[0] + start, *place[1:]))) + "]"
    value = block[place]
    return _type_error(Words(f"is {value}", f"값이 {value}입니다"), where + text)


def in_unit(blocks: Iterable[np.ndarray], where: str) -> bool:
    """Whether these pixels are on the scale 0 to 1 and not 0 to 255.

    Whole numbers never are; floating-point numbers are when none is above 1.

    Raises:
        DataError: NaN, infinite, below 0 or above 255.
    """
    largest, start = 0.0, 0
    for block in blocks:
        if block.dtype.kind != "f":
            return False
        wrong = ~((block >= 0) & (block <= 255))  # NaN is neither
        if wrong.any():
            raise _bad(block, wrong, where, start)
        largest = max(largest, float(block.max(initial=0)))
        start += len(block)
    return largest <= 1


def to_uint8(block: np.ndarray, unit: bool, where: str, start: int = 0) -> np.ndarray:
    """Pixels as uint8: uint8 as it is (no copy), whole numbers 0 to 255, numbers 0 to 1 or 0 to 255 rounded.

    Args:
        block: numbers of any shape; the first axis counts pictures.
        unit: floating-point numbers are on the scale 0 to 1 (`in_unit`).
        where: what the array is called, for messages.
        start: number of the block's first picture, for messages.

    Raises:
        DataError: a value that does not fit, with its place.
    """
    check_type(block.dtype, where)
    if block.dtype == np.uint8:
        return block
    if block.dtype.kind == "b":
        return np.asarray(block * np.uint8(255), np.uint8)
    largest = 1 if unit and block.dtype.kind == "f" else 255
    wrong = ~((block >= 0) & (block <= largest))
    if wrong.any():
        raise _bad(block, wrong, where, start)
    if block.dtype.kind == "f":
        wide = (
            block if block.dtype.itemsize > 2 else block.astype(np.float32)
        )  # 255 steps do not fit into half
        return np.asarray(np.rint(wide * (255 / largest)), np.uint8)
    return block.astype(np.uint8)


def find(data: object) -> Found:
    """Pictures and labels from Python.

    Args:
        data: (x, y); ((x_train, y_train), (x_test, y_test)) as Keras' datasets give them; or a mapping with
            Keras' names (x_train, y_train, x_test, y_test, also x_val, y_val; or x, y).

    Raises:
        CallError: something else.
        DataError: shapes, counts or values that do not fit.
    """
    if isinstance(data, Mapping):
        given = {str(name): value for name, value in data.items()}
    elif isinstance(data, Sequence) and len(data) == 2:
        first, second = data
        if _is_pair(first) and _is_pair(second):
            given = {"x_train": first[0], "y_train": first[1], "x_test": second[0], "y_test": second[1]}
        else:
            given = {"x": first, "y": second}
    else:
        raise CallError(
            "not-data",
            Words(
                f"Data of type {type(data).__name__} cannot be used: expected a path, the name of a known data set, "
                "(x, y), ((x_train, y_train), (x_test, y_test)), or a mapping with x_train, y_train, …",
                f"{type(data).__name__} 형식은 쓸 수 없습니다. 경로, 알려진 데이터 이름, (x, y), "
                "((x_train, y_train), (x_test, y_test)), x_train·y_train 등이 든 사전을 주세요.",
            ),
        )
    pairs = pair_up(given)
    x = {name: _numbers(given[name], name) for _part, name, _y in pairs}
    unit = in_unit((x[pairs[0][1]],), pairs[0][1])  # the training pictures say which scale it is
    raws = []
    for part, x_name, y_name in pairs:
        pixels = to_uint8(x.pop(x_name), unit, x_name).view()
        pixels.flags.writeable = False
        labels = given[y_name]
        raws.append(Raw(part, x_name, y_name, pixels, _count(labels, y_name), _constant(labels)))
    return build("arrays", "arrays", "arrays", raws)


def _is_pair(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(np.ndim(v) >= 1 for v in value)


def _numbers(value: Any, name: str) -> np.ndarray:
    try:
        array = np.asarray(value)
    except ValueError:  # a ragged list
        array = np.empty(0, object)
    check_type(array.dtype, name)
    check_shape(array.shape, name)
    return array


def _count(labels: Any, name: str) -> int:
    try:
        return len(labels)
    except TypeError:
        classes.label_values(labels, name)  # says what is wrong with it
        raise


def build(
    source: str,
    name: str,
    format: Literal["npz", "idx", "arrays"],
    raws: Sequence[Raw],
) -> Found:
    """Check that everything fits together, and number the classes.

    Raises:
        DataError: shapes or counts that do not fit, labels that are not labels.
    """
    first = raws[0]
    for raw in raws:
        check_shape(raw.pixels.shape, raw.x_name)
        if raw.n_labels != raw.pixels.shape[0]:
            n = raw.pixels.shape[0]
            raise DataError(
                "count-mismatch",
                Words(
                    f"{raw.x_name} has {n:,} pictures and {raw.y_name} has {raw.n_labels:,} labels.",
                    f"{raw.x_name}의 그림은 {n:,}장인데 {raw.y_name}의 레이블은 {raw.n_labels:,}개입니다.",
                ),
                Words(
                    "Every picture needs exactly one label.", "그림 하나에 레이블이 꼭 하나씩 있어야 합니다."
                ),
            )
        if _form(raw.pixels.shape) != _form(first.pixels.shape):
            raise DataError(
                "bad-shape",
                Words(
                    f"{raw.x_name} has shape {raw.pixels.shape}, but {first.x_name} has {first.pixels.shape}: "
                    "the pictures of all parts need one size.",
                    f"{raw.x_name}의 모양은 {raw.pixels.shape}, {first.x_name}의 모양은 {first.pixels.shape}입니다. "
                    "모든 부분의 그림 크기가 같아야 합니다.",
                ),
            )
    values = classes.label_values(first.labels(), first.y_name)
    keys = classes.keys_of(values)
    pieces = []
    for raw in raws:
        labels = _reader(raw, keys)
        if raw.part != "test":
            known = classes.indices(values, keys, str) if raw is first else labels()
            labels = _constant(known)
        n = raw.n_labels
        where = [f"{raw.x_name}[{row}]" for row in range(n)]
        pieces.append(Piece(raw.part, n, labels, pixels=raw.pixels, where=where))
    return Found(source, name, format, classes.named(keys), tuple(pieces))


def _form(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Height, width, channels."""
    return (*shape[1:3], shape[3] if len(shape) == 4 else 1)


def _constant(labels: Any) -> Callable[[], Any]:
    return lambda: labels


def _reader(raw: Raw, keys: Sequence[str]) -> Callable[[], np.ndarray]:
    def read() -> np.ndarray:
        values = classes.label_values(raw.labels(), raw.y_name)
        return classes.indices(values, keys, lambda row: f"{raw.y_name}[{row}]")

    return read
