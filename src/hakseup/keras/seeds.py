"""Where the random numbers of the facade come from: one seed, and a count of what has been drawn for each use.

`set_seed` is what `keras.utils.set_random_seed` and `tf.random.set_seed` call. Without it every seed is drawn from
NumPy's global generator, as Keras did when the books were written: `numpy.random.seed(3)` makes a script repeatable.
"""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import numpy as np

from hakseup.seeds import derive


class _State:
    """The seed that was set, and how many seeds were made for each use since."""

    seed: ClassVar[int | None] = None
    uses: ClassVar[Counter[str]] = Counter()


def set_seed(seed: int) -> None:
    """Everything drawn from now on follows from this seed."""
    _State.seed, _State.uses = int(seed), Counter()


def forget_seed() -> None:
    """As in a fresh session."""
    _State.seed, _State.uses = None, Counter()


def next_seed(use: str) -> int:
    """A 63-bit seed for the next use of this name ("weights", "fit", …)."""
    if _State.seed is None:
        return int(np.random.randint(0, 2**63 - 1, dtype=np.int64))
    _State.uses[use] += 1
    return derive(_State.seed, use, _State.uses[use])
