"""Data through a built model: learning from it, measuring on it, predicting."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from hakseup.keras import config, seeds
from hakseup.keras.callbacks.base import Figures
from hakseup.keras.callbacks.listed import CallbackList
from hakseup.keras.course import FitCourse
from hakseup.keras.feeding import ArrayFeed, StreamFeed
from hakseup.keras.network import Network
from hakseup.keras.objective import Objective, Tally
from hakseup.keras.rows import RowSteps
from hakseup.models.inference import not_learning
from hakseup.settings import TrainingSettings
from hakseup.training import device, epochs
from hakseup.training.device import Threads
from hakseup.training.steps import Steps

Feed = ArrayFeed | StreamFeed
ROWS, PICTURES = 8192, 128  # looked at together where nobody asks for smaller batches


def precision(network: Network, batch_size: int) -> str:
    """ "bf16" or "fp32" for training: as the policy says, else as the engine chooses.

    Small steps stay in fp32: converting costs them more than the products gain.
    """
    policy = config.policy()
    if policy is not None:
        return "bf16" if policy == "mixed_bfloat16" else "fp32"
    how = device.precision(TrainingSettings(), network.device, network.module)
    if how == "fp32" or network.device.type != "cpu":
        return how
    work = device.multiply_adds(network.module, network.input_shape) * batch_size
    return "fp32" if work < device.SMALL else how


def learn(
    model: Any,
    network: Network,
    objective: Objective,
    tally: Tally,
    feed: Feed,
    callbacks: CallbackList,
    validate: Callable[[int], dict[str, float]],
    span: range,
    batch_size: int,
    once: bool = False,
) -> None:
    """Train for the epochs of the span, from 0.

    Args:
        once: for a single step, for which nothing is prepared.

    Raises:
        KeyboardInterrupt: Ctrl-C, between two steps.
    """
    compiled = model.compiled
    with _machine(network, batch_size) as threads, compiled.learning(network):
        optimizer = compiled.torch_optimizer(network)
        rows = None if once else RowSteps.of(network, objective, compiled.optimizer, optimizer)
        tally.later = rows is not None
        how = precision(network, batch_size)
        steps = rows or Steps(network.module, optimizer, objective.minimised, how, threads)
        model.stop_training = False
        course = FitCourse(model, tally, callbacks, feed, validate)
        try:
            callbacks.whole("train", "begin")
            left = callbacks.going_on(span)
            epochs.run(network.module, feed, steps, course, left, network.device, seeds.next_seed("dropout"))
            callbacks.whole("train", "end", Figures(course.logs))
        except BaseException:
            callbacks.broken_off()
            raise


@contextlib.contextmanager
def _machine(network: Network, batch_size: int) -> Iterator[Threads]:
    with (
        device.kept_memory(),
        device.threads(network.module, network.input_shape, batch_size, 1, network.device) as threads,
    ):
        yield threads


def rows_at_once(network: Network, batch_size: int) -> int:
    """Rows to look at together: nothing depends on it but time and memory."""
    return max(batch_size, PICTURES if len(network.input_shape) == 3 else ROWS)


def measure(
    network: Network,
    objective: Objective,
    tally: Tally,
    feed: Feed,
    callbacks: CallbackList,
) -> dict[str, float]:
    """The figures on the data of a feed."""
    batches = callbacks.wants_batches("test")
    tally.clear()
    feed.rewind()
    callbacks.whole("test", "begin")
    with not_learning(network.module), torch.no_grad():
        for number, (x, target) in enumerate(feed.epoch(0, 0, network.device)):
            if batches:
                callbacks.batch("test", "begin", number)
            out = network.outputs(x, "fp32")
            loss = objective.data_loss(out, target)
            penalty = network.penalty()
            tally.count(out, loss if penalty is None else loss + penalty, target)
            if batches:
                callbacks.batch("test", "end", number, tally.logs())
            if callbacks.bar is not None and not callbacks.bar.inside_fit:
                callbacks.draw(number + 1, tally.logs)
    logs = tally.logs()
    callbacks.whole("test", "end", logs)
    return logs


def predict(network: Network, feed: Feed, callbacks: CallbackList) -> np.ndarray:
    """Outputs for the inputs of a feed, float32 (n, …)."""
    outs: list[np.ndarray] = []
    batches = callbacks.wants_batches("predict")
    feed.rewind()
    callbacks.whole("predict", "begin")
    with not_learning(network.module), torch.no_grad():
        for number, (x, _) in enumerate(feed.epoch(0, 0, network.device)):
            if batches:
                callbacks.batch("predict", "begin", number)
            out = network.activated(network.outputs(x, "fp32")).cpu().numpy()
            outs.append(out)
            if batches:
                callbacks.batch("predict", "end", number, {"outputs": out})
            callbacks.draw(number + 1, dict)
    callbacks.whole("predict", "end")
    if not outs:
        return np.empty((0, *network.output_shape), np.float32)
    return np.ascontiguousarray(np.concatenate(outs))
