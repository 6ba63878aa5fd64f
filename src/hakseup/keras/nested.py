"""Samples and batches: an array, or a tuple or a dict of them, one inside the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hakseup.keras.eager import eager


def mapped(value: Any, function: Callable[[Any], Any]) -> Any:
    """The function of every array in a tuple or dict of them."""
    if isinstance(value, tuple):
        return tuple(mapped(part, function) for part in value)
    if isinstance(value, dict):
        return {name: mapped(part, function) for name, part in value.items()}
    return function(value)


def row_at(place: Any) -> Callable[[Any], Any]:
    """Takes a row, or several, of an array."""
    return lambda part: eager(part[place])


def leaves(value: Any) -> list[Any]:
    """All its arrays."""
    if isinstance(value, tuple):
        return [leaf for part in value for leaf in leaves(part)]
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in leaves(part)]
    return [value]


def as_array(part: Any) -> np.ndarray:
    """A tensor, a column or numbers as an array."""
    if hasattr(part, "detach"):
        part = part.detach().cpu().numpy()
    return np.asarray(part.to_numpy() if hasattr(part, "to_numpy") else part)


def typed(sample: Any, types: Any) -> Any:
    """A generator's sample; `types` are of its structure (tf.float32, "int32", TensorSpec), or None."""
    if isinstance(sample, tuple):
        own = types if isinstance(types, list | tuple) else [None] * len(sample)
        return tuple(typed(part, kind) for part, kind in zip(sample, own, strict=True))
    if isinstance(sample, dict):
        named = types if isinstance(types, dict) else {}
        return {name: typed(part, named.get(name)) for name, part in sample.items()}
    kind = types if isinstance(types, type) else getattr(types, "dtype", types)
    found = as_array(sample)
    return eager(found if kind is None else found.astype(getattr(kind, "name", kind)))


def stacked(rows: Sequence[Any]) -> Any:
    """Samples of one structure in a new first axis."""
    first = rows[0]
    if isinstance(first, tuple):
        return tuple(stacked([row[place] for row in rows]) for place in range(len(first)))
    if isinstance(first, dict):
        return {name: stacked([row[name] for row in rows]) for name in first}
    return eager(np.stack([np.asarray(row) for row in rows]))
