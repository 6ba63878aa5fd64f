"""All callbacks of a call, asked in Keras' order: one's own, then the history, then the line that is printed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from hakseup.errors import CallError
from hakseup.keras.callbacks.base import Callback, Figures, History, LambdaCallback, Logs, ProgbarLogger
from hakseup.keras.printing import moving
from hakseup.layers.checks import shown
from hakseup.words import Words

SHOWN_EVERY = 0.1  # seconds between two drawings of the moving line
_BATCH_HOOKS = {
    "train": ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"),
    "test": ("on_test_batch_begin", "on_test_batch_end"),
    "predict": ("on_predict_batch_begin", "on_predict_batch_end"),
}


class CallbackList:
    """Passes every event on to all of them.

    Args:
        callbacks: one or several; None: none.
        add_history: keep a History where none is among them.
        add_progbar: print lines.
        model: that trains.
        params: epochs, steps, verbose.

    Raises:
        CallError: something among them is no callback.
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        self.callbacks = list(_checked(callbacks))
        self.history = next((c for c in self.callbacks if isinstance(c, History)), None)
        if self.history is None and add_history:
            self.history = History()
            self.callbacks.append(self.history)
        self.bar = next((c for c in self.callbacks if isinstance(c, ProgbarLogger)), None)
        if self.bar is None and add_progbar:
            self.bar = ProgbarLogger()
            self.callbacks.append(self.bar)
        self._waiting = {
            kind: [c for c in self.callbacks if _overrides(c, names)] for kind, names in _BATCH_HOOKS.items()
        }
        self._drawn = 0.0  # the first step is drawn at once, so that no callback speaks under an empty line
        for callback in self.callbacks:
            callback.set_params(params)
            callback.set_model(model)

    def draw(self, step: int, logs: Callable[[], Logs]) -> None:
        """So many steps are done: the line moves where callbacks may print beside it; logs: gives the figures."""
        if self.bar is None:
            return
        self.bar.seen = step
        now = time.perf_counter()
        if self.beside and self.bar.verbose == 1 and moving() and now - self._drawn >= SHOWN_EVERY:
            self._drawn = now
            self.bar.show(step, logs())

    @property
    def beside(self) -> bool:
        """Whether there are any but those that `fit` adds."""
        return any(not isinstance(c, History | ProgbarLogger) for c in self.callbacks)

    def wants_batches(self, kind: str) -> bool:
        """Whether any hears of single batches of "train", "test" or "predict"."""
        return bool(self._waiting[kind])

    def batch(self, kind: str, when: str, number: int, logs: Logs | None = None) -> None:
        """A batch begins or ends. kind: "train", "test", "predict". when: "begin", "end"."""
        told: Logs = {} if logs is None else logs
        for callback in self._waiting[kind]:
            getattr(callback, f"on_{kind}_batch_{when}")(number, told)

    def whole(self, kind: str, when: str, logs: Logs | None = None) -> None:
        """A training, evaluation or prediction begins or ends."""
        # Keras' hooks never see None: one's own ask for logs.keys()
        told: Logs = {} if logs is None else logs
        for callback in self.callbacks:
            getattr(callback, f"on_{kind}_{when}")(told)

    def going_on(self, span: range) -> range:
        """The epochs that are left where a callback has taken up an earlier training."""
        resumed = [c.resumes_at for c in self.callbacks if c.resumes_at is not None]
        return range(max([span.start, *resumed]), span.stop)

    def broken_off(self) -> None:
        """A training was left before its end, by an error or by Ctrl-C."""
        for callback in self.callbacks:
            callback.broken_off()

    def epoch_begin(self, epoch: int) -> None:
        """An epoch begins."""
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, {})

    def epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """An epoch has ended; each callback sees what those before it have added to the figures, and nobody later."""
        passed = Figures(logs)
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, passed)


def _overrides(callback: Callback, names: tuple[str, ...]) -> bool:
    own = type(callback)
    return any(
        name in callback.__dict__ or getattr(own, name) not in (getattr(Callback, name), *callback.idle)
        for name in names
    )


def _checked(callbacks: Any) -> Iterable[Callback]:
    if callbacks is None:
        return []
    if isinstance(callbacks, CallbackList):
        return callbacks.callbacks
    given = callbacks if isinstance(callbacks, list | tuple) else [callbacks]
    for callback in given:
        if not isinstance(callback, Callback):
            raise CallError(
                "not-a-callback",
                Words(
                    f"callbacks: {shown(callback)} is no callback.",
                    f"callbacks: {shown(callback)}은(는) 콜백이 아닙니다.",
                ),
                Words(
                    "Give objects such as EarlyStopping(patience=10), with brackets, in a list.",
                    "EarlyStopping(patience=10)처럼 괄호를 붙여 만든 객체를 리스트에 넣으세요.",
                ),
            )
    return given


__all__ = ["CallbackList", "LambdaCallback"]
