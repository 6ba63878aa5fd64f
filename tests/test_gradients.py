"""Batches in parts side by side: the same mean gradient, the same bits with any number of workers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch.nn import functional as F

from hakseup.layers import Activation, Conv2D, Dense, Flatten, MaxPooling2D
from hakseup.layers.modules import pooled_first
from hakseup.models import catalog
from hakseup.models.sequential import Sequential
from hakseup.training import device
from hakseup.training.device import Threads
from hakseup.training.gradients import Gradients


def network(normalised: bool) -> torch.nn.Module:
    if normalised:
        return catalog.network("fast", {}, (12, 12, 1), 3).build(torch.Generator().manual_seed(0), 3)
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(400, 3)
    )


def batch(n: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(n, 1, 12, 12, generator=generator), torch.randint(0, 3, (n,), generator=generator)


def gradients(module: torch.nn.Module, n: int, threads: Threads) -> list[torch.Tensor]:
    plain = device.autocast(torch.device("cpu"), "fp32")
    x, y = batch(n)
    with Gradients(plain, module, lambda out, y: F.cross_entropy(out, y), threads) as reckon:
        reckon.train()
        out, loss = reckon(x, y)
    assert not out.requires_grad and out.shape == (n, 3)
    torch.testing.assert_close(loss, F.cross_entropy(out, y))
    return [p.grad.clone() for p in module.parameters()]


@pytest.mark.parametrize("n", [8, 7, 5, 3])
@pytest.mark.parametrize("parts", [2, 3])
def test_the_parts_together_have_the_gradient_of_the_batch(n: int, parts: int) -> None:
    module = network(False)
    x, y = batch(n)
    expected = torch.autograd.grad(F.cross_entropy(module(x), y), list(module.parameters()))
    found = gradients(module, n, Threads(parts, min(2, parts)))
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # as `device.threads` does: each worker has its share
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_the_number_of_workers_changes_nothing() -> None:
    alone, pair = network(True), network(True)
    one = gradients(alone, 16, Threads(2, 1))
    two = gradients(pair, 16, Threads(2, 2))
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    states = zip(alone.state_dict().values(), pair.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in states)


@pytest.mark.usefixtures("one_thread")
def test_batch_normalisation_keeps_the_averages_of_the_first_part() -> None:
    module, twin = network(True), network(True)
    gradients(module, 16, Threads(2, 2))
    x, _y = batch(16)
    twin.train()(x[:8])
    for name, value in twin.state_dict().items():
        if "running" in name:
            assert torch.equal(value, module.state_dict()[name])


def test_a_failure_in_a_worker_is_heard() -> None:
    def fail(out: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        raise ValueError("here")

    module = network(False)
    plain = device.autocast(torch.device("cpu"), "fp32")
    with (
        Gradients(plain, module, fail, Threads(2, 2)) as reckon,
        pytest.raises(ValueError),
    ):
        reckon(*batch(8))


@pytest.mark.parametrize(
    ("layer", "parts"),
    [(torch.nn.Dropout(0.5), 1), (torch.nn.ReLU(), 2), (type("Own", (torch.nn.Identity,), {})(), 1)],
)
def test_only_networks_that_draw_nothing_are_split(
    monkeypatch: pytest.MonkeyPatch, layer: torch.nn.Module, parts: int
) -> None:
    monkeypatch.setattr(device, "SMALL", 0)
    monkeypatch.setattr(device, "ONE_THREAD", 0)
    module = torch.nn.Sequential(network(False), layer)
    before = torch.get_num_threads()
    with device.threads(module, (12, 12, 1), 8, 2, torch.device("cpu")) as threads:
        assert threads.parts == parts
        assert torch.get_num_threads() == threads.each
        with threads.together():
            assert torch.get_num_threads() == before
    assert torch.get_num_threads() == before


def test_work_is_counted_and_modes_are_left_alone() -> None:
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3),
        torch.nn.Conv2d(8, 8, 3, padding=1),
        torch.nn.Flatten(),
        torch.nn.Linear(800, 3),
    ).train()
    net[0].eval()
    # two convolutions on 10x10, one dense layer
    assert device.multiply_adds(net, (12, 12, 1)) == 9 * 8 * 100 + 9 * 8 * 8 * 100 + 800 * 3
    assert net.training and net[1].training and not net[0].training
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with device.threads(net, (12, 12, 1), 100_000, 1, torch.device("cpu")) as threads:
            assert threads == Threads(1, 1, 2, 2) and torch.get_num_threads() == 2
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_gradients_too_small_to_be_told_exactly_cost_no_time() -> None:
    small = torch.tensor([1e-39], requires_grad=True)

    def halves() -> tuple[float, float]:
        gradient = torch.autograd.grad((small * 1e-20).sum() * 1e-20, small)[0]  # 1e-40
        return float(small.detach() / 2), float(gradient)

    assert all(halves())
    with device.threads(network(False), (12, 12, 1), 8, 2, torch.device("cpu")):
        assert halves() == (0.0, 0.0)
        with ThreadPoolExecutor(1) as pool:  # the parts of a batch are worked on in such threads
            assert pool.submit(halves).result() == (0.0, 0.0)
    assert all(halves())


@pytest.fixture
def two_threads() -> Iterator[torch.Tensor]:
    """Numbers too small to be told exactly, enough for two threads, which are there already."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    small = torch.full((400_000,), 1e-39)
    assert int((small / 2).count_nonzero()) == len(small)
    yield small
    torch.set_num_threads(before)


@pytest.mark.parametrize("parts", [1, 2])
def test_each_thread_of_a_step_takes_small_numbers_as_zero(
    monkeypatch: pytest.MonkeyPatch, two_threads: torch.Tensor, parts: int
) -> None:
    if device._team() is None:
        pytest.skip("PyTorch's threads cannot be told here: no GNU OpenMP")
    monkeypatch.setattr(device, "SMALL", 0)
    monkeypatch.setattr(device, "ONE_THREAD", 0)
    with device.threads(network(False), (12, 12, 1), 8, parts, torch.device("cpu"), 2) as threads:
        assert threads.each * threads.workers == 2
        assert int((two_threads / 2).count_nonzero()) == 0
        with threads.together():
            assert int((two_threads / 2).count_nonzero()) == 0
        assert int((two_threads / 2).count_nonzero()) == 0
    assert int((two_threads / 2).count_nonzero()) == len(two_threads)


def test_where_threads_cannot_be_told_several_keep_every_number(
    monkeypatch: pytest.MonkeyPatch, two_threads: torch.Tensor
) -> None:
    # Half of the numbers would be 0 and half would not.
    monkeypatch.setattr(device, "_team", lambda: None)
    monkeypatch.setattr(device, "SMALL", 0)
    with device.threads(network(False), (12, 12, 1), 10**6, 1, torch.device("cpu"), 2) as threads:
        assert threads.each == 2 and int((two_threads / 2).count_nonzero()) == len(two_threads)
    with device.threads(network(False), (12, 12, 1), 10**6, 2, torch.device("cpu"), 2) as threads:
        assert threads.each == 1 and int((two_threads / 2).count_nonzero()) == 0
        with threads.together():
            assert int((two_threads / 2).count_nonzero()) == len(two_threads)
        assert int((two_threads / 2).count_nonzero()) == 0


def test_a_short_step_takes_one_thread_and_a_small_one_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    net = network(False)
    each = device.multiply_adds(net, (12, 12, 1))
    short, small = int(device.ONE_THREAD / each), int(device.SMALL / each)
    assert 0 < short < small

    def used(batch: int) -> Threads:
        with device.threads(net, (12, 12, 1), batch, 2, torch.device("cpu"), 2) as threads:
            return threads

    monkeypatch.setattr(device, "_team", lambda: len)
    monkeypatch.setattr(device, "_tell_all", lambda zero: None)
    assert used(short) == Threads()
    assert used(short + 1) == used(small) == Threads(1, 1, 2, 2)
    assert used(small + 1) == Threads(2, 2, 1, 2)
    monkeypatch.setattr(device, "_team", lambda: None)
    assert used(short + 1) == used(small) == Threads()


@pytest.mark.parametrize(
    ("said", "heard"),
    [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE"), ({"GOMP_SPINCOUNT": "5"}, "")],
)
def test_waiting_threads_sleep_unless_somebody_has_said_how(said: dict[str, str], heard: str) -> None:
    names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
    environment = {name: value for name, value in os.environ.items() if name not in names} | said
    code = "import hakseup, os; print(os.environ.get('OMP_WAIT_POLICY', ''))"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == heard, done.stderr


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_pooling_before_the_relu_gives_the_same_bits(dtype: torch.dtype, padding: str) -> None:
    layers = [
        Conv2D(6, 3, activation="relu"),
        MaxPooling2D(2, padding=padding),
        Conv2D(5, 2),
        Activation("relu"),
        MaxPooling2D(3, strides=2, padding=padding),  # its windows overlap
        Conv2D(4, 1, activation="tanh"),
        MaxPooling2D(2, padding="same"),
        Flatten(),
        Dense(3),
    ]
    module = Sequential(layers, input_shape=(15, 15, 1)).build(torch.Generator().manual_seed(0)).to(dtype)
    x = torch.randn(9, 1, 15, 15, generator=torch.Generator().manual_seed(1)).to(dtype).requires_grad_()
    learned = [x, *module.parameters()]

    def both() -> tuple[torch.Tensor, ...]:
        out = module(x)
        return out.detach(), *torch.autograd.grad(F.cross_entropy(out, torch.arange(9) % 3), learned)

    before, printed = both(), repr(module)
    with pooled_first(module):
        assert repr(module) != printed and [*module.state_dict()] == [k for k, _ in module.named_parameters()]
        found = both()
        sizes = []
        for part in module.modules():
            if isinstance(part, torch.nn.ReLU):
                part.register_forward_hook(lambda _part, _given, out: sizes.append(out.shape[2]))
        module(x)
        assert sizes == ([6, 2] if padding == "valid" else [7, 3])  # behind the pooling, both of them
    assert all(torch.equal(a, b) for a, b in zip(before, found, strict=True))
    assert repr(module) == printed and all(torch.equal(a, b) for a, b in zip(before, both(), strict=True))
