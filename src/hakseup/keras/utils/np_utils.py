"""`to_categorical` and `normalize`, as `keras.utils` and the older `keras.utils.np_utils` have them."""

from __future__ import annotations

from typing import Any

import numpy as np

from hakseup.errors import DataError
from hakseup.words import Words

LARGEST = 1 << 31  # bytes: a table of zeros beyond this is a slip, such as prices taken for classes


def to_categorical(
    x: Any, num_classes: int | None = None, dtype: Any = "float64", *, nb_classes: int | None = None
) -> np.ndarray:
    """Class numbers as rows of zeros with a single one.

    Args:
        x: whole numbers from 0, (n,) or (n, 1) or any shape.
        num_classes: how many classes; left out, the largest number plus one.
        dtype: of the result.
        nb_classes: what `num_classes` was called in Keras 1.

    Returns:
        x's shape (without a last 1) and the classes behind it.

    Raises:
        DataError: a number that is no class, or far too many of them.
    """
    classes = _whole(np.asarray(x))
    shape = classes.shape[:-1] if classes.ndim > 1 and classes.shape[-1] == 1 else classes.shape
    flat = classes.reshape(-1)
    num_classes = num_classes or nb_classes
    count = int(num_classes) if num_classes else int(flat.max(initial=-1)) + 1
    wrong = (flat < 0) | (flat >= count)
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            "no-such-class",
            Words(
                f"Row {row} has class {flat[row]}; with {count} classes they run from 0 to {count - 1}.",
                f"{row}번 행의 클래스가 {flat[row]}입니다. 클래스가 {count}개이면 0부터 {count - 1}까지여야 합니다.",
            ),
            Words(
                "Count the classes from 0, or leave num_classes out.",
                "클래스를 0부터 매기거나 num_classes를 빼세요.",
            ),
        )
    if flat.size * count * np.dtype(dtype).itemsize > LARGEST:
        raise DataError(
            "too-many-classes",
            Words(
                f"{flat.size:,} rows with {count:,} classes need {flat.size * count:,} numbers.",
                f"{flat.size:,}행에 클래스 {count:,}개이면 숫자 {flat.size * count:,}개가 필요합니다.",
            ),
            Words(
                "Are these classes, and not amounts? Use sparse_categorical_crossentropy for very many classes.",
                "양이 아니라 클래스가 맞나요? 클래스가 아주 많으면 sparse_categorical_crossentropy를 쓰세요.",
            ),
        )
    out = np.zeros((flat.size, count), dtype)
    out[np.arange(flat.size), flat] = 1
    return out.reshape(*shape, count)


def _whole(values: np.ndarray) -> np.ndarray:
    try:
        whole = values.astype(np.int64)
        if values.dtype.kind in "iub" or bool((whole == values.astype(np.float64)).all()):
            return whole
        odd = values.reshape(-1)[int((whole != values.astype(np.float64)).reshape(-1).argmax())]
    except (TypeError, ValueError):
        odd = values.reshape(-1)[0]
    raise DataError(
        "no-such-class",
        Words(
            f"Classes must be whole numbers from 0; one of them is {odd!r}.",
            f"클래스는 0부터 시작하는 정수여야 하는데 {odd!r}이(가) 있습니다.",
        ),
        Words(
            "Texts become numbers with sklearn.preprocessing.LabelEncoder.",
            "글자는 sklearn.preprocessing.LabelEncoder로 숫자로 바꿀 수 있습니다.",
        ),
    )


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray:
    """Every row (along `axis`) divided by its length; a row of zeros stays.

    Args:
        x: numbers of any shape.
        axis: along which the length is taken.
        order: of the norm; 2 is the usual length.
    """
    values = np.asarray(x)
    length = np.linalg.norm(values, order, axis, keepdims=True)
    out: np.ndarray = values / np.where(length == 0, 1, length)
    return out
