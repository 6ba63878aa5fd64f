"""Progress as a person sees it: a live line on a terminal, plain lines elsewhere.

Both obey `hakseup.progress.Progress`: they return at once and never raise; when standard error goes away, they fall
silent and the work goes on. Lines are columns under one header, so that a hundred epochs can be read downwards.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rich.cells import cell_len

from hakseup.cli.figures import amount, decimal, duration, roughly, share
from hakseup.cli.screen import Screen, capital, clean
from hakseup.progress import Progress
from hakseup.words import Words

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

ALL_UP_TO = 30  # epochs; of a longer training no more than a line a second is kept
PICTURES = 5000  # an epoch shows two decimals
EVERY = 1.0  # seconds between two kept lines
REDRAWN = 0.1  # seconds between two pictures of the live line
SETTLED = 2.0  # seconds of steps before anything is said of how long a training takes
LONG = 60.0  # seconds: of a longer training a sentence says so, and what would shorten it
TOLD = 5.0  # seconds between two lines about one piece of work, where there is no live line
_COLUMNS = (
    (Words("epoch", "에포크"), 0),  # as wide as it has to be
    (Words("loss", "오차"), 8),
    (Words("accuracy", "정확도"), 10),
    (Words("val_loss", "검증 오차"), 11),
    (Words("val_accuracy", "검증 정확도"), 14),
    (Words("time", "시간"), 12),
)


@contextlib.contextmanager
def progress(
    screen: Screen, *, can_be_changed: bool = False, epochs_given: bool = False
) -> Iterator[Progress]:
    """Who listens while a command works: the live line, or plain lines where standard error is no terminal.

    Args:
        can_be_changed: the command takes settings, so a long training is told what would shorten it.
        epochs_given: the call says how many epochs; else the recipe may have made them longer for few pictures.
    """
    console = screen.errors
    live = sys.stderr.isatty() and console.is_terminal and not console.is_dumb_terminal
    listener = (LiveLines if live else Lines)(screen, can_be_changed, epochs_given)
    try:
        yield listener
    finally:
        listener.close()


class Lines:
    """Plain lines: no carriage returns, no colours; the last epoch is always among them."""

    def __init__(self, screen: Screen, can_be_changed: bool = False, epochs_given: bool = False) -> None:
        self.screen, self._can_be_changed, self._epochs_given = screen, can_be_changed, epochs_given
        self._broken = False
        self._epochs, self._epoch, self._steps, self._rows = 0, 0, 1, False
        self._heads = False  # the header is still to be printed: what it holds shows in the first row
        self._from: tuple[float, int] | None = None  # time and step of the first report, after what warms up
        self._estimated = False
        self._started = 0.0  # of the epochs, by time.monotonic
        self._first = 1
        self._printed = 0.0
        self._waiting: str | None = None
        self._what: str = ""
        self._done, self._unit = 0, ""
        self._total: int | None = None
        self._told = 0.0

    # -- what Progress asks for

    def note(self, words: Words) -> None:
        """A sentence that a person should read now."""
        self._flush()
        self._print(str(words))

    def begin(self, what: Words, total: int | None, unit: str) -> None:
        """A piece of work starts."""
        self._flush()
        self._what, self._done, self._total, self._unit = capital(str(what)), 0, total, unit
        self._told = time.monotonic()
        self.show_work(first=True)

    def advance(self, amount: int) -> None:
        """So much more of it is done."""
        self._done += amount
        now = time.monotonic()
        if now - self._told >= self.rhythm:
            self._told = now
            self.show_work(first=False)

    def end(self) -> None:
        """It is done."""
        self.hide_work()
        self._what = ""

    def epoch_begin(self, epoch: int, epochs: int, steps: int, unit: str = "pictures") -> None:
        """An epoch starts."""
        self._rows = unit == "rows"
        if epochs != self._epochs or epoch <= self._first or not self._started:
            self._flush()
            self._epochs, self._first, self._started = epochs, epoch, time.monotonic()
            self._from = None
            self._heads = True
        self._epoch, self._steps = epoch, max(steps, 1)
        self.show_epoch(epoch)

    def step(self, step: int, loss: float, accuracy: float, per_second: float) -> None:
        """Plain lines say nothing between two epochs, but how long it will take."""
        self._left(step, per_second)

    def epoch_end(self, row: Mapping[str, float]) -> None:
        """The epoch's row of history.csv."""
        self.hide_epoch()
        shares = (
            row.get("accuracy") is not None and row["accuracy"] == row["accuracy"]
        )  # else a number is learned
        if self._heads:
            self._heads = False
            self._print(line(tuple(str(words) for words, _ in _COLUMNS), self._epochs, shares))
        self._waiting = line(cells(row, self._epochs), self._epochs, shares)
        now = time.monotonic()
        if self._epochs <= ALL_UP_TO or now - self._printed >= EVERY:
            self._printed = now
            self._flush()

    # -- where the live line differs

    rhythm = TOLD

    def show_work(self, first: bool) -> None:
        """Say how far the piece of work is."""
        if first:
            known = self._total is not None and self._unit != "percent"
            size = f" ({amount(self._total or 0, self._unit)})" if known else ""
            self._print(f"{self._what}{size}")
        else:
            self._print(f"  {self._what}: {self._so_far()}")

    def hide_work(self) -> None:
        """The piece of work is done."""

    def show_epoch(self, epoch: int) -> None:
        """An epoch runs now."""

    def hide_epoch(self) -> None:
        """It is done."""

    def close(self) -> None:
        """Nothing more comes: what waits is printed."""
        self._flush()

    def _so_far(self) -> str:
        done = amount(self._done, self._unit)
        if not self._total:
            return done
        if self._unit == "percent":
            return f"{done} %"
        return f"{100 * self._done / self._total:.0f} % ({done} / {amount(self._total, self._unit)})"

    def _left(self, step: int, per_second: float) -> float | None:
        """Seconds until the last epoch is done; None before two reports. A long training is announced once."""
        now, place = time.monotonic(), (self._epoch - self._first) * self._steps + step
        if self._from is None or place <= self._from[1]:
            self._from = self._from or (now, place)
            return None
        took = now - self._from[0]
        each = took / (place - self._from[1])
        steps = (self._epochs - self._first + 1) * self._steps
        if took >= SETTLED and not self._estimated:
            self._estimated = True
            if each * steps > LONG:
                self.note(
                    _long(
                        each * steps,
                        self._epochs - self._first + 1,
                        per_second,
                        self._can_be_changed,
                        None if self._epochs_given else self._steps,
                        self._rows,
                    )
                )
        return each * (steps - place)

    def _flush(self) -> None:
        if self._waiting is not None:
            text, self._waiting = self._waiting, None
            self._print(text)

    def _print(self, text: str) -> None:
        if self._broken:
            return
        try:
            self.screen.errors.print(clean(text), soft_wrap=True)
            self.screen.errors.file.flush()
        except (OSError, ValueError):  # standard error is gone: the work is worth more than its progress
            self._broken = True


class LiveLines(Lines):
    """One live line at the bottom; finished epochs and sentences stand above it.

    It is drawn by the calls themselves, ten times a second at most: no thread takes time from the training.
    """

    rhythm = REDRAWN

    def __init__(self, screen: Screen, can_be_changed: bool = False, epochs_given: bool = False) -> None:
        super().__init__(screen, can_be_changed, epochs_given)
        self._live: Live | None = None
        self._drawn = 0.0

    def step(self, step: int, loss: float, accuracy: float, per_second: float) -> None:
        """Redraw the line of the epoch."""
        now = time.monotonic()
        if now - self._drawn < REDRAWN:
            return
        self._drawn = now
        left = self._left(step, per_second)
        head = line((f"{self._epoch}/{self._epochs}", decimal(loss), share(accuracy, PICTURES)), self._epochs)
        pace = str(Words(f"{per_second:,.0f}/s", f"초당 {per_second:,.0f}{'행' if self._rows else '장'}"))
        if left is not None:
            pace += str(Words(f"  {duration(left)} left", f"  {duration(left)} 남음"))
        self._draw(self._row(head, step, self._steps, pace))

    def show_epoch(self, epoch: int) -> None:
        now = time.monotonic()
        if now - self._drawn >= REDRAWN:
            self._drawn = now
            head = line((f"{epoch}/{self._epochs}", "", ""), self._epochs)
            self._draw(self._row(head, 0, self._steps, ""))

    def show_work(self, first: bool) -> None:
        self._draw(self._row(self._what, self._done, self._total or 0, self._so_far()))

    def hide_work(self) -> None:
        self._stop()

    def hide_epoch(self) -> None:
        if time.monotonic() - self._drawn >= REDRAWN or self._epoch == self._epochs:
            self._stop()  # of epochs shorter than that the line stays, or it would flicker

    def note(self, words: Words) -> None:
        self._stop()
        super().note(words)

    def close(self) -> None:
        self._stop()
        super().close()

    def _row(self, head: str, done: float, total: float, tail: str) -> RenderableType:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 2, 0, 0))
        if total:
            bar = ProgressBar(total=total, completed=min(done, total), width=20)
            grid.add_row(Text(head), bar, Text(tail))
        else:
            grid.add_row(Text(head), Text(tail))
        return grid

    def _draw(self, what: RenderableType) -> None:
        if self._broken:
            return
        try:
            if self._live is None:
                from rich.live import Live

                self._live = Live(
                    console=self.screen.errors, auto_refresh=False, transient=True, redirect_stdout=False
                )
                self._live.start()
            self._live.update(what, refresh=True)
        except (OSError, ValueError):
            self._broken = True

    def _stop(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            with contextlib.suppress(OSError, ValueError):
                live.stop()


def _long(
    seconds: float,
    epochs: int,
    per_second: float,
    can_be_changed: bool,
    steps: int | None = None,
    rows: bool = False,
) -> Words:
    """How long a training will take, and what would shorten it.

    Args:
        steps: of an epoch, where they have to be said beside the epochs: `--epochs` alone takes back what the recipe
            gives few pictures, and would leave a few steps of hundreds.
        rows: it learns from the rows of a table, which have no size in pixels.
    """
    took = roughly(seconds)
    what, what_ko = ("rows", "행") if rows else ("pictures", "장")
    en = f"At {per_second:,.0f} {what} a second, {epochs} {'epoch takes' if epochs == 1 else 'epochs take'} {took.en}."
    ko = f"초당 {per_second:,.0f}{what_ko}이면 {epochs}에포크에 {took.ko} 걸립니다."
    if can_be_changed and rows and epochs > 1:
        en += f" Shorter: --epochs {epochs // 2}."
        ko += f" 줄이려면 --epochs {epochs // 2}처럼 에포크를 줄이세요."
    elif can_be_changed and not rows:
        fewer = f"--epochs {max(1, epochs // 2)}" + (
            f" --set training.steps_per_epoch={steps}" if steps else ""
        )
        en += " Shorter" + (f": {fewer}, or" if epochs > 1 else ":")
        en += " --set data.size=64,64 where the pictures are larger than that."
        ko += " 줄이려면 " + (f"{fewer}처럼 에포크를 줄이거나, " if epochs > 1 else "")
        ko += "그림이 64x64보다 크면 --set data.size=64,64를 쓰세요."
    return Words(en, ko)


def cells(row: Mapping[str, float], epochs: int) -> tuple[str, ...]:
    """A row of history.csv as it is printed; what the epoch did not measure is "-"."""
    return (
        f"{int(row.get('epoch', 0))}/{epochs}",
        decimal(row.get("loss")),
        share(row.get("accuracy"), PICTURES),
        decimal(row.get("val_loss")),
        share(row.get("val_accuracy"), PICTURES),
        duration(row.get("seconds")),
    )


def line(texts: tuple[str, ...], epochs: int, shares: bool = True) -> str:
    """Texts in the columns of the epochs' table, from the left; a Hangul syllable takes two places.

    Args:
        texts: one for each column, or for the first ones. epochs: of the training. shares: with the columns of accuracy.
    """
    widths = [width for _, width in _COLUMNS]
    widths[0] = 2 + max(cell_len(str(_COLUMNS[0][0])), 2 * len(str(epochs)) + 1)
    kept = [
        (text, width)
        for at, (text, width) in enumerate(zip(texts, widths, strict=False))
        if shares or at not in (2, 4)
    ]
    return "".join(" " * (width - cell_len(text)) + text for text, width in kept)
