"""What a long piece of work tells while it goes on. The command line draws it; without one nothing is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from hakseup.words import Words


class Progress(Protocol):
    """Who listens. Every method returns at once; none may raise."""

    def note(self, words: Words) -> None:
        """A sentence that a person should read now."""

    def begin(self, what: Words, total: int | None, unit: str) -> None:
        """A piece of work starts. `unit` is "bytes", "pictures", "steps", …; "percent" of `total` 100; None: not known."""

    def advance(self, amount: int) -> None:
        """So much more of it is done."""

    def end(self) -> None:
        """It is done."""

    def epoch_begin(self, epoch: int, epochs: int, steps: int, unit: str = "pictures") -> None:
        """Epoch `epoch` (from 1) of `epochs` starts; it has this many steps, of "pictures" or "rows"."""

    def step(self, step: int, loss: float, accuracy: float, per_second: float) -> None:
        """After step `step` (from 1) of the epoch: running means, and pictures or rows a second. About ten times a second."""

    def epoch_end(self, row: Mapping[str, float]) -> None:
        """The epoch's row of history.csv."""


class Silence:
    """Nobody listens."""

    def note(self, words: Words) -> None: ...
    def begin(self, what: Words, total: int | None, unit: str) -> None: ...
    def advance(self, amount: int) -> None: ...
    def end(self) -> None: ...
    def epoch_begin(self, epoch: int, epochs: int, steps: int, unit: str = "pictures") -> None: ...
    def step(self, step: int, loss: float, accuracy: float, per_second: float) -> None: ...
    def epoch_end(self, row: Mapping[str, float]) -> None: ...


@contextmanager
def work(progress: Progress, what: Words, total: int | None, unit: str) -> Iterator[None]:
    """A piece of work, of which the end is told too, whichever way it ends; the arguments are those of `begin`."""
    progress.begin(what, total, unit)
    try:
        yield
    finally:
        progress.end()
