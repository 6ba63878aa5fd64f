"""Learning rates that change with the step: Keras' names and formulas, a float out.

Source of the formulas: https://keras.io/api/optimizers/learning_rate_schedules/
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from hakseup.keras.eager import eager
from hakseup.keras.outside import missing
from hakseup.layers import checks
from hakseup.words import Words


class Number(float):
    """A learning rate."""

    def numpy(self) -> np.float32:
        """The number as Keras keeps it."""
        return np.float32(self)


class Scheduled(Number):
    """A learning rate of a schedule, which prints as TensorFlow's tensor of one number does."""

    def __repr__(self) -> str:
        return repr(eager(np.float32(self)))

    def __str__(self) -> str:
        return str(eager(np.float32(self)))

    def __format__(self, form: str) -> str:
        return format(float(self.numpy()) if form else self.numpy(), form)


class LearningRateSchedule:
    """Base; a class of one's own defines `__call__(step)`."""

    arguments: ClassVar[tuple[str, ...]] = ()

    def __call__(self, step: Any) -> Any:
        """The learning rate at this step, counted from 0; of an array of steps an array, for drawing."""
        if np.ndim(step):
            return eager([self._rate(float(one)) for one in np.ravel(step)]).reshape(np.shape(step))
        return Scheduled(self._rate(step))

    def _rate(self, step: float) -> float:
        raise TypeError(f"{type(self).__name__} has no __call__(step)")

    def get_config(self) -> dict[str, Any]:
        """The arguments by name."""
        return {name: getattr(self, name) for name in self.arguments}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> LearningRateSchedule:
        """The schedule whose `get_config()` was this."""
        return cls(**config)

    def _number(self, argument: str, value: Any, low: float = -math.inf) -> None:
        setattr(self, argument, checks.number(type(self).__name__, argument, value, low))

    def _steps(self, argument: str, value: Any) -> None:
        number = checks.number(type(self).__name__, argument, value, 1e-12)
        setattr(self, argument, int(number) if number == int(number) else number)


class ExponentialDecay(LearningRateSchedule):
    """rate * decay_rate ** (step / decay_steps).

    Args:
        initial_learning_rate: at step 0.
        decay_steps: after so many steps the rate has been multiplied by decay_rate once.
        decay_rate: the factor.
        staircase: in jumps instead of smoothly.
        name: kept for files.
    """

    arguments = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")
    initial_learning_rate: float
    decay_steps: float
    decay_rate: float

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        self._number("initial_learning_rate", initial_learning_rate)
        self._steps("decay_steps", decay_steps)
        self._number("decay_rate", decay_rate)
        self.staircase, self.name = bool(staircase), name

    def _turns(self, step: float) -> float:
        turns = float(step) / self.decay_steps
        return math.floor(turns) if self.staircase else turns

    def _rate(self, step: float) -> float:
        return float(self.initial_learning_rate * self.decay_rate ** self._turns(step))


class InverseTimeDecay(ExponentialDecay):
    """rate / (1 + decay_rate * step / decay_steps); arguments as ExponentialDecay."""

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase, name)

    def _rate(self, step: float) -> float:
        return self.initial_learning_rate / (1 + self.decay_rate * self._turns(step))


class PiecewiseConstantDecay(LearningRateSchedule):
    """One rate up to each boundary, that step included, and another behind it.

    Args:
        boundaries: steps, rising.
        values: rates, one more than boundaries.
        name: kept for files.
    """

    arguments = ("boundaries", "values", "name")

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"
    ) -> None:
        self.boundaries, self.values, self.name = list(boundaries), [float(v) for v in values], name
        if len(self.values) != len(self.boundaries) + 1:
            raise checks.refusal(
                type(self).__name__,
                "values",
                values,
                Words(
                    f"{len(self.boundaries) + 1} rates, one more than boundaries",
                    f"boundaries보다 하나 많은 {len(self.boundaries) + 1}개의 값",
                ),
            )

    def _rate(self, step: float) -> float:
        return self.values[sum(step > boundary for boundary in self.boundaries)]


class PolynomialDecay(LearningRateSchedule):
    """From one rate to another along (1 - step / decay_steps) ** power.

    Args:
        initial_learning_rate: at step 0.
        decay_steps: until the end is reached.
        end_learning_rate: the end.
        power: 1 is a straight line.
        cycle: begin again, each time over a longer way, instead of staying at the end.
        name: kept for files.
    """

    arguments = ("initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle", "name")
    initial_learning_rate: float
    decay_steps: float
    end_learning_rate: float
    power: float

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self._number("initial_learning_rate", initial_learning_rate)
        self._steps("decay_steps", decay_steps)
        self._number("end_learning_rate", end_learning_rate)
        self._number("power", power)
        self.cycle, self.name = bool(cycle), name

    def _rate(self, step: float) -> float:
        steps = self.decay_steps
        if self.cycle:
            steps *= max(1, math.ceil(step / steps))
        share = min(float(step), steps) / steps
        width = self.initial_learning_rate - self.end_learning_rate
        return float(width * (1 - share) ** self.power + self.end_learning_rate)


class CosineDecay(LearningRateSchedule):
    """Down along half a cosine, after a straight rise where one is asked for.

    Args:
        initial_learning_rate: at step 0.
        decay_steps: length of the way down.
        alpha: share of the rate that is left at the end.
        name: kept for files.
        warmup_target: rate at the end of the rise; None for none.
        warmup_steps: length of the rise.
    """

    arguments = (
        "initial_learning_rate",
        "decay_steps",
        "alpha",
        "name",
        "warmup_target",
        "warmup_steps",
    )
    initial_learning_rate: float
    decay_steps: float
    alpha: float

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self._number("initial_learning_rate", initial_learning_rate)
        self._steps("decay_steps", decay_steps)
        self._number("alpha", alpha)
        self.name, self.warmup_target, self.warmup_steps = name, warmup_target, warmup_steps

    def _rate(self, step: float) -> float:
        top, done = self.initial_learning_rate, float(step)
        if self.warmup_target is not None:
            top = float(self.warmup_target)
            if done < self.warmup_steps:
                rise = top - self.initial_learning_rate
                return rise * done / self.warmup_steps + self.initial_learning_rate
            done -= self.warmup_steps
        return top * _cosine(min(done, self.decay_steps) / self.decay_steps, self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """Down along half a cosine again and again.

    Args:
        initial_learning_rate: at step 0.
        first_decay_steps: length of the first way down.
        t_mul: each way is so many times as long as the one before.
        m_mul: each begins at so many times the rate of the one before.
        alpha: share of the rate that is left at the end of each.
        name: kept for files.
    """

    arguments = ("initial_learning_rate", "first_decay_steps", "t_mul", "m_mul", "alpha", "name")
    initial_learning_rate: float
    first_decay_steps: float
    t_mul: float
    m_mul: float
    alpha: float

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self._number("initial_learning_rate", initial_learning_rate)
        self._steps("first_decay_steps", first_decay_steps)
        self._number("t_mul", t_mul, 1)
        self._number("m_mul", m_mul)
        self._number("alpha", alpha)
        self.name = name

    def _rate(self, step: float) -> float:
        begin, length, turn = 0.0, float(self.first_decay_steps), 0
        if self.t_mul == 1:
            turn = int(step // length)
            begin = turn * length
        else:
            while step >= begin + length:
                begin, length, turn = begin + length, length * self.t_mul, turn + 1
        share = (step - begin) / length
        return float(self.initial_learning_rate * _cosine(share, self.alpha, self.m_mul**turn))


def _cosine(share: float, alpha: float, height: float = 1.0) -> float:
    return (1 - alpha) * 0.5 * height * (1 + math.cos(math.pi * share)) + alpha


SCHEDULES: dict[str, type[LearningRateSchedule]] = {
    cls.__name__: cls
    for cls in (
        ExponentialDecay,
        InverseTimeDecay,
        PiecewiseConstantDecay,
        PolynomialDecay,
        CosineDecay,
        CosineDecayRestarts,
    )
}


def serialize(learning_rate_schedule: LearningRateSchedule) -> dict[str, Any]:
    """The schedule in the form that Keras writes into files."""
    return {
        "module": "keras.optimizers.schedules",
        "class_name": type(learning_rate_schedule).__name__,
        "config": learning_rate_schedule.get_config(),
        "registered_name": None,
    }


def deserialize(config: Mapping[str, Any], custom_objects: object = None) -> LearningRateSchedule:
    """The schedule that `serialize` wrote.

    Raises:
        HakseupError: there is none of this name.
    """
    name = config["class_name"]
    if name not in SCHEDULES:
        raise missing("keras.optimizers.schedules", name, SCHEDULES)
    return SCHEDULES[name].from_config(config["config"])


def __getattr__(name: str) -> Any:
    raise missing("keras.optimizers.schedules", name, ["LearningRateSchedule", *SCHEDULES])
