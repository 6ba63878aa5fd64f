"""The validation data of a `fit`: where its batches come from, and its figures after an epoch."""

from __future__ import annotations

from typing import Any

import torch

from hakseup.errors import CallError, DataError
from hakseup.keras import running
from hakseup.keras.arrays import Arrays, arrays
from hakseup.keras.asked import with_targets
from hakseup.keras.callbacks.listed import CallbackList
from hakseup.keras.feeding import UNKNOWN, ArrayFeed, StreamFeed, is_stream
from hakseup.keras.network import Network
from hakseup.keras.objective import Objective, Tally
from hakseup.words import Words


class Validation:
    """The figures of the validation data after an epoch, as "val_…"."""

    def __init__(
        self,
        network: Network,
        objective: Objective,
        tally: Tally,
        callbacks: CallbackList,
        frequency: Any,
        feed: ArrayFeed | StreamFeed | None,
    ) -> None:
        self.network, self.objective, self.callbacks = network, objective, callbacks
        self.tally, self.frequency, self.feed = tally, frequency, feed

    def __call__(self, epoch: int) -> dict[str, float]:
        wanted = (
            (epoch + 1) % self.frequency == 0
            if isinstance(self.frequency, int)
            else epoch + 1 in self.frequency
        )
        if self.feed is None or not wanted:
            return {}
        logs = running.measure(self.network, self.objective, self.tally, self.feed, self.callbacks)
        return {f"val_{name}": value for name, value in logs.items()}


def feed_of(
    data: Any, network: Network, size: int, steps: int | None, callbacks: CallbackList
) -> ArrayFeed | StreamFeed | None:
    """Batches of the validation data; None where there are none.

    Raises:
        HakseupError: it is no such data, or a generator without validation_steps.
    """
    if data is None:
        return None
    if is_stream(data):
        feed = StreamFeed(data, network.place, network.align, steps or 0)
        if feed.steps == UNKNOWN and not feed.repeats:
            raise CallError(
                "endless-validation",
                Words(
                    "validation_data is a generator, which may never end: say validation_steps.",
                    "validation_data가 생성기여서 끝나지 않을 수 있습니다. validation_steps를 정해 주세요.",
                ),
            )
        return feed
    if not isinstance(data, Arrays):
        if not isinstance(data, tuple | list) or not 2 <= len(data) <= 3:
            raise DataError(
                "bad-validation-data",
                Words(
                    "validation_data must be (x, y) or (x, y, weight).",
                    "validation_data는 (x, y) 또는 (x, y, 가중치)여야 합니다.",
                ),
            )
        x, y, weight = (*data, None)[:3]
        data = with_targets(arrays(x, y, weight, len(network.input_shape) + 1))
    _show(data, callbacks)
    network.place(data.x[:1])
    if steps:
        data = data.part(0, steps * size)
    at_once = size if callbacks.wants_batches("test") else running.rows_at_once(network, size)
    return ArrayFeed(data, at_once, network.place, network.align)


def _show(data: Arrays, callbacks: CallbackList) -> None:
    """Callbacks of one's own find the validation data as Keras 2 gave it; what they have of this name stays."""
    weights = torch.ones(len(data)) if data.weight is None else data.weight
    whole = [part.numpy() for part in (data.x, data.y, weights) if part is not None]
    for callback in callbacks.callbacks:
        if "validation_data" not in vars(callback):
            callback.validation_data = whole
