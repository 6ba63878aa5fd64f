"""Names of Keras 1 and 2: taken as they were meant, with a note that names their successors, once each."""

from __future__ import annotations

import math
import sys
import warnings
from typing import Any

from hakseup.errors import CallError
from hakseup.keras.feeding import batch_size_of
from hakseup.layers.checks import did_you_mean
from hakseup.words import Words

_RENAMED = {
    "nb_epoch": "epochs",
    "val_samples": "steps",
    "nb_val_samples": "validation_steps",
    "samples_per_epoch": "steps_per_epoch",
}
# About processes that load data and about printing; nothing depends on them here
_IGNORED = (
    "show_accuracy",
    "max_q_size",
    "max_queue_size",
    "nb_worker",
    "workers",
    "pickle_safe",
    "use_multiprocessing",
)
_said: set[str] = set()


def note(what: str, words: Words) -> None:
    """Say it once a session, at the line of the user's code."""
    if what in _said:
        return
    _said.add(what)
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("hakseup."):
        level, frame = level + 1, frame.f_back
    warnings.warn(str(words), UserWarning, stacklevel=level)


def renamed(old: str, new: str) -> None:
    """Say that a name has become another."""
    note(
        old,
        Words(
            f"{old} is an older name; today it is {new}.",
            f"{old}은(는) 예전 이름입니다. 지금은 {new}입니다.",
        ),
    )


def arguments(
    function: str, given: dict[str, Any], known: list[str], source: Any = None, validation: Any = None
) -> dict[str, Any]:
    """Today's arguments for older ones.

    Args:
        function: the name of what was called.
        given: arguments that it does not know.
        known: the ones that it knows.
        source: the generator, whose batches the counts of samples are divided by; validation: the one that validates.

    Raises:
        CallError: an argument that no Keras had.
    """
    out: dict[str, Any] = {}
    for name, value in given.items():
        if name in _IGNORED:
            continue
        new = _RENAMED.get(name)
        if new is None or new not in known:
            raise CallError(
                "unknown-argument",
                Words(f"{function} has no argument '{name}'.", f"{function}에는 '{name}' 인자가 없습니다."),
                did_you_mean(name, known),
            )
        renamed(name, new)
        if name != "nb_epoch" and value is not None:
            batches = validation if new == "validation_steps" else source
            value = value if batches is None else math.ceil(value / batch_size_of(batches))
        out[new] = value
    return out
