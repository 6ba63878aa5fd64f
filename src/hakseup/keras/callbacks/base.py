"""The hooks of a callback, and the callbacks that only keep or show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hakseup.keras.printing import Progbar, say, shown_as
from hakseup.layers.checks import snake_case

Logs = dict[str, Any]
# Names of older Keras -> today's, both ways: scripts of 2016 to 2018 say "acc" and get "mean_absolute_error" for "mae"
_OLDER = {"acc": "accuracy", "lr": "learning_rate", "mae": "mean_absolute_error", "mse": "mean_squared_error"}
_SECOND = _OLDER | {today: older for older, today in _OLDER.items()}


def found(logs: Logs, name: str) -> str | None:
    """The name under which a figure stands in the logs: its own or its older or newer one."""
    if dict.__contains__(logs, name):
        return name
    bare = name.removeprefix("val_")
    other = name[: len(name) - len(bare)] + _SECOND.get(bare, bare)
    return other if dict.__contains__(logs, other) else None


class Figures(dict[str, Any]):
    """A dict whose figures are also found under their older or newer names ("acc" is "accuracy")."""

    def __missing__(self, name: str) -> Any:
        other = found(self, name)
        if other is None:
            raise KeyError(name)
        return self[other]

    def get(self, name: str, default: Any = None) -> Any:
        """The figure, or the default."""
        other = found(self, name)
        return default if other is None else self[other]


class Callback:
    """Base for one's own: override what should be heard. `self.model` and `self.params` are there.

    Epochs and batches are counted from 0. `logs` holds the figures so far.
    """

    params: dict[str, Any] = {}  # noqa: RUF012 - replaced, never changed
    model: Any = None
    validation_data: Any = None  # [x, y, weights] where `fit` has them as arrays, as up to Keras 2.2
    resumes_at: int | None = (
        None  # epoch with which to go on, once training has begun; Keras has no such thing
    )
    idle: tuple[Callable[..., Any], ...] = ()  # hooks that have nothing to do: batches are not told for them

    def __init__(self) -> None:
        """Nothing needs to be called: a class of one's own may leave it out."""

    def set_params(self, params: dict[str, Any]) -> None:
        """Called before training: epochs, steps, verbose."""
        self.params = params

    def __repr__(self) -> str:
        """As Keras shows it."""
        kind = type(self).__name__
        file = {"TensorBoard": "tensorboard", "TerminateOnNaN": "terminate_on_nan"}.get(
            kind, snake_case(kind)
        )
        return shown_as(self, f"callbacks.{file}")

    def set_model(self, model: Any) -> None:
        """Called before training."""
        self.model = model

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Training begins."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Training has ended."""

    def broken_off(self) -> None:
        """Training was left by an error or by Ctrl-C: what is open is given back. Keras has no such hook."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """An epoch begins."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """An epoch has ended, validation included."""

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Older name of `on_train_batch_end`."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """A batch comes."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """A batch was learned from."""
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """An evaluation begins, also the one on validation data."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """An evaluation has ended."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """A batch of an evaluation comes."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """A batch of an evaluation is done."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """A prediction begins."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """A prediction has ended."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """A batch of a prediction comes."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """A batch of a prediction is done; logs["outputs"] holds it."""


class LambdaCallback(Callback):
    """A callback made of functions.

    Args:
        hooks: names of hooks and functions with their arguments, `on_epoch_end=lambda epoch, logs: …`.
    """

    def __init__(self, **hooks: Callable[..., Any] | None) -> None:
        super().__init__()
        for name, function in hooks.items():
            if function is not None:
                setattr(self, name, function)


class History(Callback):
    """The figures of every epoch: what `fit` returns.

    Attributes:
        history: name of a figure -> its value after each epoch.
        epoch: numbers of the epochs, from 0.
        params: epochs, steps, verbose.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[float]] = Figures()
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            if not dict.__contains__(self.history, name):
                self.history[name] = []
            self.history[name].append(value)
        self.model.history = self


class BaseLogger(Callback):
    """Kept for older scripts: the figures are averaged without it."""

    def __init__(self, stateful_metrics: object = None) -> None:
        super().__init__()


class ProgbarLogger(Callback):
    """Prints the line of every epoch.

    Args:
        count_mode: kept for older scripts; steps are counted.
        stateful_metrics: kept for older scripts.
    """

    def __init__(self, count_mode: object = None, stateful_metrics: object = None) -> None:
        super().__init__()
        self.verbose, self.epochs = 1, 1
        self.target: int | None = None
        self.bar: Progbar | None = None
        self.seen = 0
        self.inside_fit = False

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        verbose = params.get("verbose", 1)
        self.verbose = 1 if verbose == "auto" else int(verbose)
        self.epochs, self.target = params.get("epochs", 1), params.get("steps")

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.inside_fit = True

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._begin()
        if self.verbose and self.epochs > 1:
            say(f"Epoch {epoch + 1}/{self.epochs}")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._end(logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        if not self.inside_fit:
            self._begin()

    def on_test_end(self, logs: Logs | None = None) -> None:
        if not self.inside_fit:
            self._end(logs)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._begin()

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._end(None)

    def show(self, step: int, logs: Logs) -> None:
        """Draw the moving line after this many steps."""
        self.seen = step
        if self.bar is not None and self.verbose == 1:
            self.bar.update(step, logs.items(), finalize=False)

    def _begin(self) -> None:
        self.seen = 0
        self.bar = Progbar(self.target, verbose=self.verbose, stateless_metrics=())

    def _end(self, logs: Logs | None) -> None:
        if self.bar is not None:
            steps = self.seen if self.target is None else self.target
            self.target = self.bar.target = steps
            self.bar.update(steps, (logs or {}).items(), finalize=True)
