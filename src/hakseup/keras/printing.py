"""What is printed while a model trains: the lines of today's Keras 3, or those that the older books show.

`form` says which. Under 3 a line is "8/8 ━━━━━━━━━━━━━━━━━━━━ 0s 5ms/step - accuracy: 0.7 - loss: 0.5", under 2
"8/8 [==============================] - 0s 5ms/step - loss: 0.5 - accuracy: 0.7".
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Literal

import numpy as np

Form = Literal[2, 3]
WIDTH = {2: 30, 3: 20}


class _Chosen:
    form: Form = 3


def form(of: Form | None = None) -> Form:
    """Print as Keras 2 or as Keras 3 from now on; without an argument only says which it is."""
    if of is not None:
        _Chosen.form = of
    return _Chosen.form


def say(text: str, end: str = "\n") -> None:
    """Print at once; signs that the console does not know are replaced, so that no bar ends a training."""
    out = sys.stdout
    try:
        out.write(text + end)
    except UnicodeEncodeError:  # a Korean Windows console, for one
        plain = text.replace("━", "=") + end
        encoding = out.encoding or "utf-8"
        out.write(plain.encode(encoding, "replace").decode(encoding))
    out.flush()


def moving() -> bool:
    """Whether a line can be drawn over: a terminal or a notebook."""
    return sys.stdout.isatty() or "ipykernel" in sys.modules


def ordered(logs: Mapping[str, float]) -> dict[str, float]:
    """The figures of a line in the order of the form: by name, or loss first and validation last."""
    if _Chosen.form == 3:
        return dict(logs)

    def place(name: str) -> tuple[bool, bool]:
        return name.startswith("val_"), not name.removeprefix("val_").startswith("loss")

    return {name: logs[name] for name in sorted(logs, key=place)}


def shown_as(thing: object, file: str) -> str:
    """What `print` says of an object that has no text of its own: its place in Keras; of a class of one's own Python's."""
    kind = type(thing)
    if not kind.__module__.startswith("hakseup."):
        return object.__repr__(thing)
    return f"<keras.src.{file}.{kind.__name__} object at {id(thing):#x}>"


class Progbar:
    """The line of an epoch.

    Args:
        target: how many steps; None: not known.
        width: of the bar; None: as the form has it.
        verbose: 0 silent, 1 a bar that moves, 2 one line at the end.
        interval: least seconds between two drawings.
        stateful_metrics: names whose last value is shown; the others are averaged over the steps.
        stateless_metrics: the other way round: names that are averaged.
        unit_name: what is counted.
    """

    def __init__(
        self,
        target: int | None,
        width: int | None = None,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Collection[str] | None = None,
        stateless_metrics: Collection[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        self.target, self.verbose, self.interval, self.unit_name = target, verbose, interval, unit_name
        self.width = width
        self.stateful, self.stateless = stateful_metrics, stateless_metrics
        self.values: dict[str, tuple[float, float]] = {}  # name -> sum, weight
        self.seen = 0
        self.start = time.perf_counter()
        self.after_first: float | None = None
        self.drawn_at = 0.0
        self.drawn = 0  # columns of the line that stands there

    def update(
        self, current: int, values: Iterable[tuple[str, float]] | None = None, finalize: bool | None = None
    ) -> None:
        """Draw after step `current`.

        Args:
            values: names and figures.
            finalize: whether it is the last drawing; None: at the target.
        """
        last = (self.target is not None and current >= self.target) if finalize is None else finalize
        for name, value in values or ():
            self._note(name, float(np.mean(value)), current, last)  # of several its mean, as Keras
        self.seen = current
        now = time.perf_counter()
        each = self._seconds_per_step(current, now)
        if self.verbose == 1:
            if last or (moving() and now - self.drawn_at >= self.interval):
                self.drawn_at = now
                self._draw(current, now, each, last)
        elif self.verbose == 2 and last:
            spent = f"{now - self.start:.0f}s"
            if form() == 2:
                say(f"{self._count(current)} - {spent}{self._figures()} - {spent}/epoch -{self._pace(each)}")
            else:
                say(f"{self._count(current)} - {spent} -{self._pace(each)}{self._figures()}")

    def add(self, n: int, values: Iterable[tuple[str, float]] | None = None) -> None:
        """`n` more steps are done."""
        self.update(self.seen + n, values)

    def _note(self, name: str, value: float, current: int, last: bool) -> None:
        averaged = name not in self.stateful if self.stateful is not None else name in (self.stateless or ())
        if self.stateful is None and self.stateless is None:
            averaged = True
        if not averaged or last:
            self.values[name] = (value, 1)
            return
        weight = max(current - self.seen, 1)
        total, count = self.values.get(name, (0.0, 0.0))
        self.values[name] = (total + value * weight, count + weight)

    def _draw(self, current: int, now: float, each: float, last: bool) -> None:
        if self.target:
            line = f"{self._count(current)} {self._bar(current / self.target, last)}"
        else:
            line = f"{current:7d}/Unknown"
        left = each * (self.target - current) if self.target and not last else now - self.start
        seconds = _clock(left) if self.target and not last else f"{left:.0f}s"
        if form() == 2:
            seconds = f"ETA: {seconds}" if self.target and not last else seconds + self._pace(each)
            line += f" - {seconds}"
        else:
            line += f" {seconds}{self._pace(each)}"
        line += self._figures()
        columns = len(line)
        if moving():
            line = "\r" + line + " " * (self.drawn - columns)
        say(line, "\n" if last else "")
        self.drawn = columns

    def _bar(self, share: float, last: bool) -> str:
        width = self.width or WIDTH[form()]
        done = int(width * share)
        if form() == 2:
            head = "=" if last or done == width else ">"
            return f"[{('=' * (done - 1) + head) if done else ''}{'.' * (width - done)}]"
        if not moving():
            return "━" * width
        green = f"\x1b[32m{'━' * done}\x1b[0m" if done else ""
        return f"{green}\x1b[37m{'━' * (width - done)}\x1b[0m"

    def _count(self, current: int) -> str:
        if not self.target:
            return f"{current}"
        return f"{current:{int(math.log10(self.target)) + 1}d}/{self.target}"

    def _pace(self, each: float) -> str:
        if each >= 1 or each == 0:
            return f" {each:.0f}s/{self.unit_name}"
        if each >= 1e-3:
            return f" {each * 1e3:.0f}ms/{self.unit_name}"
        return f" {each * 1e6:.0f}us/{self.unit_name}"

    def _figures(self) -> str:
        means = ordered({name: total / max(1, n) for name, (total, n) in self.values.items()})
        return "".join(
            f" - {name}: {value:.4f}" if abs(value) > 1e-3 else f" - {name}: {value:.4e}"
            for name, value in means.items()
        )

    def _seconds_per_step(self, current: int, now: float) -> float:
        """The first step, which prepares much, does not count where there are more."""
        if not current:
            return 0.0
        if self.after_first is not None and current > 1:
            return (now - self.after_first) / (current - 1)
        if current == 1:
            self.after_first = now
        return (now - self.start) / current


def _clock(seconds: float) -> str:
    whole = int(seconds)
    if whole > 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}" if whole > 60 else f"{whole}s"
