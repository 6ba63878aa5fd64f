"""A stack of layers that learns: compile, fit, evaluate, predict, and single batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hakseup.errors import CallError
from hakseup.keras import legacy, printing, running, seeds
from hakseup.keras.arrays import Arrays, arrays, weighed
from hakseup.keras.asked import batches, is_number, no_arrays_beside, unplaced, whole, with_targets
from hakseup.keras.callbacks.base import History
from hakseup.keras.callbacks.listed import CallbackList
from hakseup.keras.compiled import Compiled
from hakseup.keras.eager import Outputs
from hakseup.keras.feeding import UNKNOWN, ArrayFeed, StreamFeed, countable, is_stream, split
from hakseup.keras.metric_kinds import Mean
from hakseup.keras.network import Network
from hakseup.keras.outside import missing
from hakseup.keras.validating import Validation, feed_of
from hakseup.keras.weighted import Weighted
from hakseup.words import Words

_FIT = [
    "batch_size",
    "epochs",
    "verbose",
    "callbacks",
    "validation_split",
    "validation_data",
    "shuffle",
    "class_weight",
    "sample_weight",
    "initial_epoch",
    "steps_per_epoch",
    "validation_steps",
    "validation_batch_size",
    "validation_freq",
]


class Trained(Weighted):
    """What `Weighted` is, and learns."""

    def __init__(self, layers: Any = None, name: str | None = None) -> None:
        self._compiled: Compiled | None = None
        self._compiled_for: Network | None = None
        self.history: History | None = None
        self.stop_training = False
        super().__init__(layers, name)

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        loss_weights: Any = None,
        weighted_metrics: Any = None,
        **others: Any,
    ) -> None:
        """Say what is to be learned, and how; the optimizer begins afresh.

        Which layers learn is settled here, until the next `compile`.

        Args:
            optimizer: a name or an object. loss: a name, an object or a function.
            metrics: one or a list of names, objects or functions; weighted_metrics: those that weights count for. Without
                either the model keeps those it has, as in Keras 3; in the form of Keras 2 it has none then.

        Raises:
            CallError: a name or argument that is not known or not possible here.
        """
        if metrics is None and not is_number(loss_weights):  # where Keras 3 has them, without a name
            metrics, loss_weights = loss_weights, None
        if metrics is None and weighted_metrics is None and self._compiled and printing.form() == 3:
            metrics, weighted_metrics = self._compiled.metrics, self._compiled.weighted_metrics
        others["loss_weights"] = loss_weights
        learns = {str(layer.name): bool(getattr(layer, "trainable", True)) for layer in self._layers}
        self._compiled = Compiled(optimizer, loss, metrics, weighted_metrics, others, learns)
        self._compiled_for = None

    @property
    def compiled(self) -> Compiled:
        """What it was compiled with.

        Raises:
            CallError: it was not.
        """
        if self._compiled is None:
            raise CallError(
                "not-compiled",
                Words("The model must be compiled first.", "먼저 모델을 컴파일해야 합니다."),
                Words(
                    "model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy']), for example.",
                    "예: model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])",
                ),
            )
        if self._network is not None and self._compiled_for is not self._network:
            if self._compiled_for is not None:  # layers were added or taken off
                self._compiled.forget()
            self._compiled_for = self._network
        return self._compiled

    def __getattr__(self, name: str) -> Any:
        """Say what a model has; asked only for what it has not.

        Raises:
            MissingName: always.
        """
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        raise missing(type(self).__name__, name, [known for known in dir(type(self)) if known[0] != "_"])

    @property
    def optimizer(self) -> Any:
        """The optimizer, whose learning_rate can be read and set; None before `compile`."""
        return self._compiled.optimizer if self._compiled else None

    @property
    def loss(self) -> Any:
        """The loss as `compile` was told it; None before."""
        return self._compiled.said_loss if self._compiled else None

    @property
    def input_names(self) -> list[str]:
        """Names of the inputs."""
        return [symbol.name for symbol in self.inputs]

    @property
    def output_names(self) -> list[str]:
        """Names of the layers that give the outputs."""
        return [symbol.name for symbol in self.outputs]

    @property
    def metrics(self) -> list[Any]:
        """What is measured, the loss first, as objects with a `name`; none before `compile`."""
        return (
            [Mean("loss"), *self.compiled.metrics, *self.compiled.weighted_metrics] if self._compiled else []
        )

    @property
    def metrics_names(self) -> list[str]:
        """Names of what `evaluate` returns, in its order; none before `compile`."""
        return self.compiled.metric_names if self._compiled else []

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Mapping[Any, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
        **older: Any,
    ) -> History:
        """Learn from arrays, tables, or anything that gives batches; a second call goes on where the first ended.

        Args:
            x, y: rows and what is to be learned; x alone where it gives (x, y) or (x, y, weight) by itself.
            verbose: 0 prints nothing, 1 a line that moves, 2 one line an epoch.
            validation_split: this share of the rows, the last ones before any shuffling, only validates.
            validation_data: (x, y), (x, y, weight), or something that gives batches.
            class_weight: class -> weight. sample_weight: one for each row; with both, their product.
            older: names of Keras 1 and 2 (nb_epoch, …).

        Returns:
            The figures of every epoch.

        Raises:
            HakseupError: data or arguments that do not fit.
        """
        if older:
            x, validation_data = countable(x), countable(validation_data)
            new = legacy.arguments("fit", older, _FIT, x, validation_data)
            epochs, steps_per_epoch = new.get("epochs", epochs), new.get("steps_per_epoch", steps_per_epoch)
            validation_steps = new.get("validation_steps", validation_steps)
        steps = batches("steps_per_epoch", steps_per_epoch)
        compiled = self.compiled
        order = seeds.next_seed("fit") if shuffle else None
        size = whole("batch_size", batch_size, 32)
        feed: ArrayFeed | StreamFeed
        if is_stream(x):
            no_arrays_beside(y, sample_weight, validation_split)
            feed = StreamFeed(x, unplaced, unplaced, steps, order, class_weight)
            first = feed.peek()
            network = self.network_for(tuple(first.x.shape[1:]))
            feed.place, feed.align = network.place, network.align
            size, validate_on = len(first), validation_data
            self._check(compiled, network, first)
        else:
            data = with_targets(arrays(x, y, sample_weight, self._rank()))
            validate_on = validation_data
            if validation_split and validation_data is None:
                data, validate_on = split(data, validation_split)
            network = self.network_for(tuple(data.x.shape[1:]))
            self._check(compiled, network, data)
            data = weighed(data, class_weight)
            feed = ArrayFeed(data, size, network.place, network.align, order, steps)
        compiled = self.compiled  # the network may be new
        objective = compiled.objective(network)
        tally = compiled.tally(objective)
        listened = CallbackList(
            callbacks,
            add_history=True,
            add_progbar=verbose not in (0, False),
            model=self,
            verbose=verbose if verbose == "auto" else int(verbose),
            epochs=epochs,
            steps=None if feed.steps == UNKNOWN else feed.steps,
        )
        assert listened.history is not None
        self.history = listened.history
        validate = Validation(
            network,
            objective,
            tally,
            listened,
            validation_freq,
            feed_of(
                validate_on,
                network,
                validation_batch_size or size,
                batches("validation_steps", validation_steps),
                listened,
            ),
        )
        running.learn(
            self, network, objective, tally, feed, listened, validate, range(initial_epoch, epochs), size
        )
        return listened.history

    def _check(self, compiled: Compiled, network: Network, data: Arrays) -> None:
        """Refuse inputs and truth that do not fit, before anything is trained."""
        network.place(data.x[:1])
        if compiled.loss is not None and data.y is not None:
            compiled.loss.check(network.align(data.y).numpy(), network.output_shape)

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **older: Any,
    ) -> Any:
        """The loss, and the metrics where there are some, on data.

        Returns:
            A list in the order of `metrics_names`, the loss alone where there are no metrics, or a dict.
        """
        x = countable(x) if older else x
        steps = legacy.arguments("evaluate", older, ["batch_size", "verbose", "steps"], x).get("steps", steps)
        steps = batches("steps", steps)
        data = _rows_or_batches(x, steps) or with_targets(arrays(x, y, sample_weight, self._rank()))
        network = self._network_of(data)
        compiled = self.compiled
        objective = compiled.objective(network)
        tally = compiled.tally(objective)
        if isinstance(data, Arrays):
            self._check(compiled, network, data)
        listened, feed = self._looking(data, network, batch_size, verbose, steps, callbacks, "test")
        logs = running.measure(network, objective, tally, feed, listened)
        if return_dict:
            return logs
        out = [logs[name] for name in compiled.metric_names]
        return out if len(out) > 1 else out[0]

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
        **older: Any,
    ) -> np.ndarray:
        """Outputs for rows, float32 (n, …)."""
        x = countable(x) if older else x
        steps = legacy.arguments("predict", older, ["batch_size", "verbose", "steps"], x).get("steps", steps)
        steps = batches("steps", steps)
        data = _rows_or_batches(x, steps) or arrays(x, rank=self._rank())
        network = self._network_of(data)
        listened, feed = self._looking(data, network, batch_size, verbose, steps, callbacks, "predict")
        return running.predict(network, feed, listened).view(Outputs)

    def _rank(self) -> int | None:
        """How many axes its inputs have, the rows counted in; None where it is not known yet."""
        return None if self.input_shape is None else len(self.input_shape)

    def _network_of(self, data: Arrays | StreamFeed) -> Network:
        """The network that these rows fit; of batches the first one is looked at."""
        if isinstance(data, StreamFeed):
            network = self.network_for(tuple(data.peek().x.shape[1:]))
            data.place, data.align = network.place, network.align
            return network
        network = self.network_for(tuple(data.x.shape[1:]))
        network.place(data.x[:1])
        return network

    def _looking(
        self,
        data: Arrays | StreamFeed,
        network: Network,
        batch_size: int | None,
        verbose: Any,
        steps: int,
        callbacks: Any,
        kind: str,
    ) -> tuple[CallbackList, ArrayFeed | StreamFeed]:
        """The callbacks and the batches of an evaluation or a prediction."""
        size = whole("batch_size", batch_size, 32)
        feed: ArrayFeed | StreamFeed
        if isinstance(data, Arrays):
            if steps:
                data = data.part(0, steps * size)
            feed = ArrayFeed(data, size, network.place, network.align)
        else:
            feed = data
        listened = CallbackList(
            callbacks,
            add_progbar=verbose not in (0, False),
            model=self,
            verbose=verbose if verbose == "auto" else int(verbose),
            epochs=1,
            steps=None if feed.steps == UNKNOWN else feed.steps,
        )
        if isinstance(feed, ArrayFeed) and not (listened.beside or listened.wants_batches(kind)):
            feed.batch_size = running.rows_at_once(network, size)
        return listened, feed

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Mapping[Any, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One step; the figures of this batch before it, as `evaluate` returns them."""
        data = weighed(with_targets(arrays(x, y, sample_weight, self._rank())), class_weight)
        network = self.network_for(tuple(data.x.shape[1:]))
        compiled = self.compiled
        self._check(compiled, network, data)
        objective = compiled.objective(network)
        tally = compiled.tally(objective)
        feed = ArrayFeed(data, len(data), network.place, network.align)
        quiet = CallbackList(model=self)
        running.learn(
            self, network, objective, tally, feed, quiet, lambda epoch: {}, range(1), len(data), once=True
        )
        return self._figures(tally.logs(), return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """The figures of one batch, as `evaluate` returns them."""
        logs = self.evaluate(x, y, len(x), 0, sample_weight, return_dict=True)
        return self._figures(logs, return_dict)

    def reset_metrics(self) -> None:
        """Nothing: the figures of every call are its own."""

    def reset_states(self) -> None:
        """Nothing: no layer here remembers the batch before."""

    def predict_on_batch(self, x: Any) -> np.ndarray:
        """Outputs for one batch."""
        return self.predict(x, len(x), 0)

    def _figures(self, logs: dict[str, float], return_dict: bool) -> Any:
        if return_dict:
            return logs
        out = [logs[name] for name in self.metrics_names]
        return out if len(out) > 1 else out[0]


def _rows_or_batches(x: Any, steps: int) -> StreamFeed | None:
    """The feed of something that gives batches by itself; None for rows."""
    return StreamFeed(x, unplaced, unplaced, steps) if is_stream(x) else None
