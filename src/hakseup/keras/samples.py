"""Samples of a dataset: an array, or a tuple or a dict of them, and what they are (`TensorSpec`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from hakseup.errors import DataError
from hakseup.keras.eager import constant, eager
from hakseup.keras.typed import TensorSpec
from hakseup.words import Words


class Passing(Iterator[Any]):
    """Goes through samples, also by the methods that TensorFlow's iterators have and books call."""

    def __init__(self, samples: Iterator[Any]) -> None:
        self._samples = samples

    def __next__(self) -> Any:
        return next(self._samples)

    def next(self) -> Any:
        """As `next(iterator)`, from the time of Python 2."""
        return next(self)

    def get_next(self) -> Any:
        """The same, by TensorFlow's name."""
        return next(self)


def mapped(value: Any, function: Callable[[Any], Any]) -> Any:
    """The function of every array in a tuple or dict of them."""
    if isinstance(value, tuple):
        return tuple(mapped(part, function) for part in value)
    if isinstance(value, dict):
        return {name: mapped(part, function) for name, part in value.items()}
    return function(value)


def filled(structure: Any, values: Iterator[Any]) -> Any:
    """The structure with these, one after the other, in its places."""
    return mapped(structure, lambda _: next(values))


def row_at(place: Any) -> Callable[[Any], Any]:
    """Takes a row, or several, of an array."""
    return lambda part: eager(part[place])


def leaves(value: Any) -> list[Any]:
    if isinstance(value, tuple):
        return [leaf for part in value for leaf in leaves(part)]
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in leaves(part)]
    return [value]


def as_array(part: Any) -> np.ndarray:
    """The numbers of a table, a tensor or a list; Python's own become float32 and int32, as in TensorFlow."""
    if hasattr(part, "detach"):
        part = part.detach().cpu().numpy()
    return np.asarray(part.to_numpy() if hasattr(part, "to_numpy") else constant(part))


def stacked(rows: Sequence[Any]) -> Any:
    """Samples of one structure in a new first axis."""
    first = rows[0]
    if isinstance(first, tuple):
        return tuple(stacked([row[place] for row in rows]) for place in range(len(first)))
    if isinstance(first, dict):
        return {name: stacked([row[name] for row in rows]) for name in first}
    return eager(np.stack([np.asarray(row) for row in rows]))


def spec(part: Any, varied: Sequence[bool] = ()) -> TensorSpec:
    """What an array is; the sizes of axes that vary are None."""
    array = np.asarray(part)
    known = [*varied, *[False] * array.ndim]
    return TensorSpec([None if open else n for n, open in zip(array.shape, known, strict=False)], array.dtype)


def spec_of_rows(array: np.ndarray) -> TensorSpec:
    """What the rows of an array are."""
    return TensorSpec(array.shape[1:], array.dtype)


def said(types: Any, shapes: Any) -> Any:
    """The specs of types, and of shapes where they are known, in the same structure."""
    if isinstance(types, tuple | list):
        return tuple(said(one, None if shapes is None else shapes[place]) for place, one in enumerate(types))
    if isinstance(types, dict):
        return {name: said(one, None if shapes is None else shapes[name]) for name, one in types.items()}
    return TensorSpec(shapes, types)


def typed(sample: Any, specs: Any) -> Any:
    """A sample as the types that its specs say.

    Raises:
        DataError: it has another number of parts.
    """
    if isinstance(specs, tuple | list):
        if not isinstance(sample, tuple | list) or len(sample) != len(specs):
            raise _other_parts(sample, len(specs))
        return tuple(typed(part, one) for part, one in zip(sample, specs, strict=True))
    if isinstance(specs, dict):
        return {name: typed(sample[name], one) for name, one in specs.items()}
    text = specs.dtype.name == "string"
    return constant(as_array(sample), None if text else specs.dtype)


def _other_parts(sample: Any, n: int) -> DataError:
    got = len(sample) if isinstance(sample, tuple | list) else 1
    return DataError(
        "other-parts",
        Words(
            f"The generator gave {got} {'part' if got == 1 else 'parts'} where the types say {n}.",
            f"제너레이터가 준 값은 {got}개인데 자료형은 {n}개로 적혀 있습니다.",
        ),
        Words(
            "Let it give as many as output_types or output_signature has, in a tuple.",
            "output_types나 output_signature에 적은 수만큼 튜플로 주세요.",
        ),
    )
