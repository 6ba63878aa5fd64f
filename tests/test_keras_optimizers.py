"""Optimisers and schedules of the facade beside the real Keras: the same weights after one step and after ten."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
import torch

from hakseup.errors import HakseupError
from hakseup.keras import optimizers
from hakseup.keras.optimizers import schedules
from hakseup.layers.weights import Variable
from hakseup.words import speak

os.environ.setdefault("KERAS_BACKEND", "torch")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own
SHAPES = ((3, 4), (4,), (2, 2, 3, 5))  # in Keras' layout

KINDS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("SGD", {"weight_decay": 0.1, "clipnorm": 0.5}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}),
    ("Adam", {"amsgrad": True, "clipvalue": 0.3}),
    ("Adam", {"weight_decay": 0.05, "global_clipnorm": 1.0}),
    ("AdamW", {}),
    ("AdamW", {"weight_decay": 0.1, "amsgrad": True}),
    ("RMSprop", {}),
    ("RMSprop", {"rho": 0.8, "momentum": 0.7, "weight_decay": 0.02}),
    ("RMSprop", {"centered": True, "momentum": 0.5, "epsilon": 1e-4}),
    ("Adagrad", {}),
    ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.0}),
    ("Nadam", {}),
    ("Nadam", {"beta_1": 0.7, "global_clipnorm": 0.5}),
    ("Adamax", {}),
    ("Adadelta", {"learning_rate": 1.0}),
]


def gradients(step: int) -> list[np.ndarray]:
    """Of all sizes, down to where epsilon decides, with zeros."""
    rng = np.random.default_rng(step)
    out = [rng.normal(size=shape) * 10.0 ** rng.uniform(-8, 1, shape) for shape in SHAPES]
    out[1][0] = 0.0
    return [g.astype(np.float32) for g in out]


def begin() -> list[np.ndarray]:
    rng = np.random.default_rng(99)
    return [rng.normal(size=shape).astype(np.float32) for shape in SHAPES]


class Ours:
    """Parameters in torch's layout that take gradients in Keras'."""

    def __init__(self, optimizer: optimizers.Optimizer) -> None:
        self.named = []
        for i, start in enumerate(begin()):
            axes = {1: (0,), 2: (1, 0), 4: (3, 2, 0, 1)}[start.ndim]
            tensor = torch.nn.Parameter(torch.from_numpy(start.transpose(axes).copy()))
            self.named.append((f"layer_{i}", Variable("kernel", tensor, True)))
        self.optimizer = optimizer
        self.torch = optimizer.build(v.tensor for _, v in self.named)

    def step(self, values: list[np.ndarray]) -> None:
        for (_, variable), value in zip(self.named, values, strict=True):
            variable.tensor.grad = torch.empty_like(variable.tensor)
            variable.assign(value, variable.tensor.grad)
        self.torch.step()

    def weights(self) -> list[np.ndarray]:
        return [v.numpy() for _, v in self.named]


class Real:
    def __init__(self, keras: Any, optimizer: Any) -> None:
        self.variables = [keras.Variable(start) for start in begin()]
        self.optimizer = optimizer
        optimizer.build(self.variables)

    def step(self, values: list[np.ndarray]) -> None:
        self.optimizer.apply([torch.from_numpy(v) for v in values], self.variables)

    def weights(self) -> list[np.ndarray]:
        return [v.numpy() for v in self.variables]


def same(ours: list[np.ndarray], theirs: list[np.ndarray]) -> None:
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize(("kind", "arguments"), KINDS, ids=lambda value: str(value))
def test_the_same_weights_after_one_step_and_ten_and_when_the_rate_is_set(
    real: Any, kind: str, arguments: dict[str, Any]
) -> None:
    ours = Ours(getattr(optimizers, kind)(**arguments))
    theirs = Real(real, getattr(real.optimizers, kind)(**arguments))
    for step in range(14):
        if step == 10:  # what the callbacks do between epochs
            ours.optimizer.learning_rate = theirs.optimizer.learning_rate = 0.003
        ours.step(gradients(step))
        theirs.step(gradients(step))
        same(ours.weights(), theirs.weights())
    assert ours.optimizer.iterations == int(theirs.optimizer.iterations) == 14
    assert float(ours.optimizer.learning_rate) == pytest.approx(0.003)


@pytest.mark.parametrize(("kind", "arguments"), KINDS, ids=lambda value: str(value))
@pytest.mark.parametrize("done", [3, 0])  # also what was saved before its first step
def test_the_state_travels_to_keras_and_back(
    real: Any, kind: str, arguments: dict[str, Any], done: int
) -> None:
    ours = Ours(getattr(optimizers, kind)(**arguments))
    theirs = Real(real, getattr(real.optimizers, kind)(**arguments))
    for step in range(done):
        ours.step(gradients(step))
        theirs.step(gradients(step))
    state = ours.optimizer.state(ours.named)
    wanted = [v.numpy() for v in theirs.optimizer.variables]
    same([a for _, a in state], wanted)
    second = Ours(getattr(optimizers, kind)(**arguments))
    for (_, new), (_, old) in zip(second.named, ours.named, strict=True):
        new.assign(old.numpy())
    second.optimizer.set_state(second.named, [a for _, a in state])
    for step in range(done, done + 3):
        second.step(gradients(step))
        theirs.step(gradients(step))
        same(second.weights(), theirs.weights())


@pytest.mark.parametrize(("kind", "arguments"), KINDS, ids=lambda value: str(value))
def test_the_settings_are_those_of_keras(real: Any, kind: str, arguments: dict[str, Any]) -> None:
    ours = getattr(optimizers, kind)(**arguments)
    theirs = getattr(real.optimizers, kind)(**arguments).get_config()
    config = ours.get_config()
    assert config.pop("name") and theirs.pop("name")
    assert config == pytest.approx(theirs)
    assert list(config) == list(theirs)
    again = optimizers.deserialize(optimizers.serialize(ours))
    assert again.get_config() == ours.get_config()
    assert real.optimizers.deserialize(optimizers.serialize(ours)).get_config()["name"] == ours.name


def test_a_state_that_does_not_fit_is_refused() -> None:
    ours = Ours(optimizers.Adam())
    state = [a for _, a in ours.optimizer.state(ours.named)]
    with pytest.raises(HakseupError, match="8 arrays"):
        ours.optimizer.set_state(ours.named, state + state[:1])
    state[2] = state[2].T
    with pytest.raises(HakseupError, match="shape"):
        ours.optimizer.set_state(ours.named, state)


SCHEDULES: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("ExponentialDecay", (0.1, 7, 0.5), {}),
    ("ExponentialDecay", (0.1, 7, 0.5), {"staircase": True}),
    ("InverseTimeDecay", (0.1, 3.0, 0.5), {}),
    ("PiecewiseConstantDecay", ([5, 9], [0.1, 0.02, 0.003]), {}),
    ("PolynomialDecay", (0.1, 10), {"power": 2.0}),
    ("PolynomialDecay", (0.1, 10), {"cycle": True}),
    ("CosineDecay", (0.1, 12), {"alpha": 0.1}),
    ("CosineDecay", (0.01, 12), {"warmup_target": 0.2, "warmup_steps": 5}),
    ("CosineDecayRestarts", (0.1, 4), {"m_mul": 0.8, "alpha": 0.1}),
    ("CosineDecayRestarts", (0.1, 4), {"t_mul": 1.0}),
]


@pytest.mark.parametrize(("name", "given", "named"), SCHEDULES, ids=lambda value: str(value))
def test_schedules_give_the_rates_of_keras(
    real: Any, name: str, given: tuple[Any, ...], named: dict[str, Any]
) -> None:
    ours = getattr(schedules, name)(*given, **named)
    theirs = getattr(real.optimizers.schedules, name)(*given, **named)
    for step in range(40):
        assert float(ours(step)) == pytest.approx(float(theirs(step)), rel=2e-6, abs=1e-8), step
    assert ours.get_config() == theirs.get_config()
    assert schedules.deserialize(schedules.serialize(ours))(3) == ours(3)


def test_a_schedule_moves_the_rate_at_every_step(real: Any) -> None:
    ours = Ours(optimizers.SGD(schedules.ExponentialDecay(0.1, 5, 0.5)))
    theirs = Real(real, real.optimizers.SGD(real.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)))
    for step in range(8):
        assert float(ours.optimizer.learning_rate) == pytest.approx(float(theirs.optimizer.learning_rate))
        ours.step(gradients(step))
        theirs.step(gradients(step))
    same(ours.weights(), theirs.weights())
    assert [name for name, _ in ours.optimizer.state(ours.named)] == ["iteration"]
    with pytest.raises(HakseupError, match="ExponentialDecay"):
        ours.optimizer.learning_rate = 0.1
    config = optimizers.serialize(ours.optimizer)
    assert optimizers.deserialize(config).learning_rate == pytest.approx(0.1)
    assert float(real.optimizers.deserialize(config).learning_rate) == pytest.approx(0.1)


def test_the_older_arguments_mean_what_they_meant() -> None:
    ours = Ours(optimizers.SGD(lr=0.1, decay=0.5))
    start = ours.weights()
    ones = [np.ones_like(w) for w in start]
    for _ in range(3):
        ours.step(ones)
    wanted = 0.1 / 1 + 0.1 / 1.5 + 0.1 / 2  # rate / (1 + decay * iterations)
    np.testing.assert_allclose(start[0] - ours.weights()[0], wanted, rtol=1e-5)
    assert ours.optimizer.lr == 0.1
    ours.optimizer.lr.assign(0.2)
    assert ours.optimizer.learning_rate.numpy() == np.float32(0.2)
    before = ours.weights()[0]
    ours.optimizer.learning_rate = -0.5  # as Keras takes it; a course that is too short ends below zero
    ours.step(ones)
    assert (ours.weights()[0] > before).all()
    assert optimizers.Adam(epsilon=None).epsilon == 1e-7
    by_name = optimizers.get("rmsprop")
    assert by_name.get_config() == optimizers.RMSprop(name=by_name.name).get_config()
    assert isinstance(optimizers.get({"class_name": "adam", "config": {"lr": 0.5}}), optimizers.Adam)
    assert optimizers.SGD(lambda: 0.25).learning_rate == 0.25


def test_parameters_without_a_gradient_stay() -> None:
    for cls in optimizers.OPTIMIZERS.values():
        ours = Ours(cls(weight_decay=0.1))
        before = ours.weights()
        ours.torch.step()
        same(ours.weights(), before)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: optimizers.Adam(learning_rat=0.1), "learning_rate"),
        (lambda: optimizers.Adam(-0.1), "at least 0"),
        (lambda: optimizers.Adam("0.1"), "'0.1'"),
        (lambda: optimizers.Adam(True), "True"),
        (lambda: optimizers.SGD(momentum=1.5), "from 0 to 1"),
        (lambda: optimizers.SGD(nesterov="yes"), "True or False"),
        (lambda: optimizers.SGD(clipnorm=1, clipvalue=1), "only one"),
        (lambda: optimizers.Adam(use_ema=True), "use_ema"),
        (lambda: optimizers.AdamW(weight_decay=None), "weight_decay"),
        (lambda: optimizers.get("adm"), "Adam"),
        (lambda: optimizers.get(3), "There are: SGD"),
        (lambda: optimizers.get({"class_name": "Ftrl", "config": {}}), "Ftrl"),
        (lambda: optimizers.Lion, "There are: Adadelta"),
        (lambda: schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2]), "3 rates"),
        (lambda: schedules.CosineDecay(0.1, 0), "decay_steps"),
        (lambda: schedules.deserialize({"class_name": "Other", "config": {}}), "Other"),
        (lambda: optimizers.Adam().build([torch.zeros(3)]), "no parameters"),
    ],
)
def test_what_is_wrong_is_said(make: Any, said: str) -> None:
    with pytest.raises(HakseupError) as caught:
        make()
    assert said in str(caught.value)
    with speak("ko"):
        assert str(caught.value).startswith(caught.value.message.ko) and not str(caught.value).isascii()
