"""What comes to the loop from outside: the time, which says when a checkpoint is due, and Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

SLOW_DISK = 200e6  # bytes a second, from serialising to syncing


class Brake:
    """Ctrl-C is noted and obeyed between two steps, so that a checkpoint never holds half of one.

    A second Ctrl-C interrupts at once; the checkpoint before it serves then.
    """

    def __init__(self) -> None:
        self.pulled = False
        self.before: Any = None

    def __enter__(self) -> Brake:
        if threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGINT, self._pull)
        return self

    def _pull(self, number: int, frame: Any) -> None:
        if self.pulled:
            raise KeyboardInterrupt
        self.pulled = True

    def __exit__(self, *error: object) -> None:
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)


class Clock:
    """Seconds of training, over all sessions, and when the next checkpoint is due.

    Checkpoints take at most about a sixtieth of the time: the next waits for sixty times what the last one took.

    Args:
        before: seconds in earlier sessions.
        size: bytes of a checkpoint, from which the cost of the first one is guessed.
    """

    def __init__(self, before: float, size: int) -> None:
        self.before = before
        self.start = self.saved = time.perf_counter()
        self.cost = size / SLOW_DISK

    def seconds(self) -> float:
        return self.before + time.perf_counter() - self.start

    def due(self, every: float) -> bool:
        """Whether `every` seconds have passed since the last checkpoint, and enough for its cost; 0: always."""
        return not every or time.perf_counter() - self.saved >= max(every, 60 * self.cost)

    def saving(self, since: float) -> float:
        """Note the end of a checkpoint that was begun at `since`; what it took."""
        self.saved = time.perf_counter()
        self.cost = self.saved - since
        return self.cost
