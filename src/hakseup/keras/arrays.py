"""What people hand over as data, as tensors: arrays, lists, tables of pandas and polars, tensors of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from hakseup.errors import DataError
from hakseup.words import Words


@dataclass(frozen=True)
class Arrays:
    """Inputs (n, …), what is to be learned (n, …) or None, and a weight for each row (n,) or None."""

    x: torch.Tensor
    y: torch.Tensor | None = None
    weight: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.x)

    def part(self, begin: int, end: int) -> Arrays:
        """The rows from `begin` to before `end`, without a copy."""
        y, weight = (None if t is None else t[begin:end] for t in (self.y, self.weight))
        return Arrays(self.x[begin:end], y, weight)


def arrays(x: Any, y: Any = None, weight: Any = None, rank: int | None = None) -> Arrays:
    """Inputs, targets and weights of the same rows.

    Args:
        rank: how many axes inputs have, the rows counted in; where it is known, [x] is x, as for models of several inputs.

    Raises:
        DataError: no numbers, or different numbers of rows.
    """
    there = inputs(_only(x, rank))
    out = Arrays(
        there,
        None if y is None else targets(_only(y, rows=len(there))),
        None if weight is None else tensor(_only(weight, rows=len(there)), "sample_weight").float(),
    )
    for name, other in (("y", out.y), ("sample_weight", out.weight)):
        if other is not None and len(other) != len(out):
            raise DataError(
                "rows-differ",
                Words(
                    f"x has {len(out):,} rows, {name} has {len(other):,}.",
                    f"x는 {len(out):,}행인데 {name}은(는) {len(other):,}행입니다.",
                ),
                Words(
                    "Both must come from the same rows, in the same order.",
                    "둘 다 같은 행에서 같은 순서로 나온 것이어야 합니다.",
                ),
            )
    if not len(out):
        raise DataError("no-rows", Words("x has no rows.", "x에 행이 없습니다."))
    return out


def _only(value: Any, rank: int | None = None, rows: int | None = None) -> Any:
    """The one array out of {"name": array}, or out of [array] if it has so many axes, or so many rows."""
    if not isinstance(value, Mapping | list | tuple) or len(value) != 1:
        return value
    one = next(iter(value.values())) if isinstance(value, Mapping) else value[0]
    shape = getattr(one, "shape", ())
    if isinstance(value, Mapping) or (shape and (len(shape) == rank or shape[0] == rows)):
        return one
    return value


def inputs(x: Any) -> torch.Tensor:
    """Inputs as float32, or as bytes where they are bytes."""
    out = tensor(x, "x")
    return out if out.dtype in (torch.float32, torch.uint8) else out.float()


def targets(y: Any) -> torch.Tensor:
    """Targets: whole numbers as int64, others as float32."""
    out = tensor(y, "y")
    if out.is_floating_point():
        return out.float()
    return out.float() if out.dtype == torch.bool else out.long()


def tensor(value: Any, name: str) -> torch.Tensor:
    """The value as a tensor on the CPU, without a copy where that can be.

    Raises:
        DataError: it holds no numbers, or rows of different lengths.
    """
    if isinstance(value, torch.Tensor):
        return value.detach().cpu()
    if isinstance(value, Mapping):
        raise _refused(
            name, Words("a dict, which is for models with several inputs", "입력이 여럿인 모델에 쓰는 dict")
        )
    if not isinstance(value, np.ndarray):
        if hasattr(value, "to_numpy"):  # pandas and polars
            value = value.to_numpy()
        elif hasattr(value, "numpy"):  # tensors of TensorFlow
            value = value.numpy()
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        raise _refused(name, Words("rows of different lengths", "길이가 서로 다른 행")) from None
    if array.dtype == object:  # a table whose columns have different kinds, such as numbers and truth values
        array = _numbers(array, name)
    if array.dtype.kind not in "biuf":
        raise _refused(name, Words(f"values such as {array.flat[0]!r}", f"{array.flat[0]!r} 같은 값"))
    if array.dtype in (np.uint16, np.uint32, np.uint64):
        array = array.astype(np.int64)
    if array.dtype == np.float64:
        array = array.astype(np.float32)
    if not array.flags.writeable or any(step < 0 for step in array.strides) or not array.dtype.isnative:
        array = np.array(array, dtype=array.dtype.newbyteorder("="))
    return torch.from_numpy(array)


def _numbers(array: np.ndarray, name: str) -> np.ndarray:
    try:
        return array.astype(np.float32)
    except (TypeError, ValueError):
        where = next(
            (
                place
                for place, item in np.ndenumerate(array)
                if not isinstance(item, int | float | np.number | np.bool_)
            ),
            None,
        )
    if where is None or not isinstance(array[where], str):
        raise _refused(name, Words("rows of different lengths", "길이가 서로 다른 행")) from None
    column = f", {where[1] + 1}번째 열" if len(where) > 1 else ""
    column_en = f", column {where[1] + 1}" if len(where) > 1 else ""
    raise _refused(
        name,
        Words(
            f"a text, {array[where]!r} (row {where[0] + 1}{column_en})",
            f"글자 {array[where]!r}({where[0] + 1}번째 행{column})",
        ),
    ) from None


def _refused(name: str, found: Words) -> DataError:
    return DataError(
        "no-numbers",
        Words(
            f"{name} must hold numbers; it holds {found.en}.",
            f"{name}에는 수가 있어야 하는데 {found.ko}이(가) 있습니다.",
        ),
        Words(
            "Words become numbers with pandas.get_dummies or sklearn's LabelEncoder.",
            "글자는 pandas.get_dummies나 sklearn의 LabelEncoder로 수로 바꿀 수 있습니다.",
        ),
    )


def weighed(data: Arrays, weights: Mapping[Any, float] | None) -> Arrays:
    """The rows with the weights of their classes, times their own where they have some: as up to Keras 2; Keras 3 takes one of both."""
    if weights is None or data.y is None:
        return data
    by_class = class_weights(data.y, weights)
    return Arrays(
        data.x, data.y, by_class if data.weight is None else by_class * data.weight.reshape(by_class.shape)
    )


def class_weights(y: torch.Tensor, weights: Mapping[Any, float]) -> torch.Tensor:
    """The weight of each row by its class; a class that is not named counts once.

    Args:
        y: classes (n,) or (n, 1), or one-hot rows (n, k).
        weights: class -> weight.

    Raises:
        DataError: something in it is no class with its weight.
    """
    classes = y.argmax(-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(len(y)).long()
    try:
        pairs = {int(key): float(value) for key, value in weights.items()}
    except (AttributeError, TypeError, ValueError):
        raise DataError(
            "bad-class-weight",
            Words(
                "class_weight must be a dict from the number of a class to its weight, such as {0: 1.0, 1: 3.5}.",
                "class_weight는 {0: 1.0, 1: 3.5}처럼 클래스 번호와 가중치를 짝지은 dict여야 합니다.",
            ),
        ) from None
    there, places = np.unique(classes.numpy(), return_inverse=True)  # -1 is a class, too
    return torch.tensor([pairs.get(one, 1.0) for one in there.tolist()])[places.reshape(classes.shape)]
