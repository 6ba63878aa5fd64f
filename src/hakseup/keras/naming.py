"""Names as Keras gives them over a session: dense, dense_1, …, sequential, sequential_1."""

from __future__ import annotations

from collections import Counter

from hakseup.layers.checks import snake_case

_given: Counter[str] = Counter()
_tensors: dict[str, str] = {}  # name of a layer -> of what it gives


def unique(kind: str) -> str:
    """The next free name for something of this class."""
    stem = snake_case(kind)
    number = _given[stem]
    _given[stem] += 1
    return f"{stem}_{number}" if number else stem


def tensor(layer: str) -> str:
    """The name of what a layer gives before there are numbers: keras_tensor, keras_tensor_1, … as they are made."""
    if layer not in _tensors:
        _tensors[layer] = unique("KerasTensor")
    return _tensors[layer]


def reset() -> None:
    """As in a fresh session (`keras.backend.clear_session`)."""
    _given.clear()
    _tensors.clear()
