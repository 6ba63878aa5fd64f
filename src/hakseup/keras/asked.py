"""Arguments of `fit` and its kin, checked before anything is done."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from hakseup.errors import CallError, DataError
from hakseup.keras.arrays import Arrays
from hakseup.words import Words


def is_number(value: Any) -> bool:
    """Whether it is a number, or a list or dict of some."""
    if isinstance(value, Mapping):
        value = list(value.values())
    return all(isinstance(n, int | float) for n in (value if isinstance(value, list | tuple) else [value]))


def unplaced(x: Any) -> Any:
    """As it is: before the network is known."""
    return x


def whole(name: str, value: Any, default: int) -> int:
    """A whole number of at least 1, or the default for None.

    Raises:
        CallError: it is none.
    """
    if value is None:
        return default
    if isinstance(value, bool) or not float(value).is_integer() or value < 1:
        raise CallError(
            "bad-argument",
            Words(
                f"{name} must be a whole number of at least 1; it is {value!r}.",
                f"{name}은(는) 1 이상의 정수여야 합니다. 받은 값은 {value!r}입니다.",
            ),
        )
    return int(value)


def batches(name: str, value: Any) -> int:
    """A number of batches, 0 for None. len(x) / 32 is taken as Keras 2 took it: until so many have been.

    Raises:
        CallError: it is no number, or below 0.
    """
    return whole(name, math.ceil(value) if isinstance(value, int | float) else value, 0) if value else 0


def with_targets(data: Arrays) -> Arrays:
    """The rows, which have something to be learned.

    Raises:
        DataError: they have not.
    """
    if data.y is None:
        raise DataError(
            "no-targets",
            Words(
                "y is missing: what is to be learned from x?",
                "y가 없습니다. x에서 무엇을 배울지 알 수 없습니다.",
            ),
            Words(
                "model.fit(x, y, …); evaluate takes both too.",
                "model.fit(x, y, …)처럼 둘 다 주세요. evaluate도 같습니다.",
            ),
        )
    return data


def no_arrays_beside(y: Any, weight: Any, share: float) -> None:
    """Refuse what has no effect where x gives batches by itself.

    Raises:
        CallError: one of them is given.
    """
    for name, value in (("y", y), ("sample_weight", weight), ("validation_split", share or None)):
        if value is not None:
            raise CallError(
                "no-effect",
                Words(
                    f"{name} cannot be given beside x that gives batches by itself.",
                    f"x가 스스로 배치를 주므로 {name}은(는) 함께 줄 수 없습니다.",
                ),
                Words("Let it give (x, y) or (x, y, weight).", "(x, y)나 (x, y, 가중치)를 주게 하세요."),
            )
