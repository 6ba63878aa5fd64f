"""Names as Keras gives them over a session: dense, dense_1, …, sequential, sequential_1."""

from __future__ import annotations

from collections import Counter

from hakseup.layers.checks import snake_case

_given: Counter[str] = Counter()


def unique(kind: str) -> str:
    """The next free name for something of this class."""
    stem = snake_case(kind)
    number = _given[stem]
    _given[stem] += 1
    return f"{stem}_{number}" if number else stem


def reset() -> None:
    """As in a fresh session (`keras.backend.clear_session`)."""
    _given.clear()
