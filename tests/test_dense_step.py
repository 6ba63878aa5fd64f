"""The written-out step of a small dense network is autograd's and torch's Adam's; it takes only what it can."""

from __future__ import annotations

import copy

import pytest
import torch

from hakseup.layers import parse
from hakseup.models.sequential import Sequential
from hakseup.models.tabular.network import OnRows
from hakseup.settings import TrainingSettings
from hakseup.training import checkpoints
from hakseup.training.dense import DenseStep
from hakseup.training.goals import goal

CPU = torch.device("cpu")
CASES = {
    "two classes": (["Dense(6, activation='relu')", "Dense(4, activation='tanh')", "Dense(1, activation='sigmoid')"], 2),
    "three classes": (["Dense(5, activation='sigmoid', use_bias=False)", "Dense(3, activation='softmax')"], 3),
    "a number": (["Dense(6, activation='relu')", "Dense(1)"], None),
}  # fmt: skip


def made(lines: list[str], classes: int | None) -> OnRows:
    network = Sequential(parse(lines), (7,))
    return OnRows(network.build(torch.Generator().manual_seed(3), classes), None)


def rows(classes: int | None, n: int = 12) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(n, 7, 1, 1, generator=generator)
    if classes is None:
        return x, torch.randn(n, generator=generator)
    return x, torch.randint(0, classes, (n,), generator=generator)


@pytest.mark.parametrize("case", CASES)
def test_it_learns_what_autograd_and_adam_learn(case: str) -> None:
    lines, classes = CASES[case]
    settings = TrainingSettings(learning_rate=0.01)
    module = made(lines, classes)
    plain = copy.deepcopy(module)
    aim = goal(settings, None, classes is None)
    dense = DenseStep.of(module, settings, aim, CPU, "fp32")
    assert dense is not None
    adam = torch.optim.Adam(plain.parameters(), 0.01, eps=settings.epsilon)
    with dense:
        for step in range(20):
            x, y = rows(classes, 12 if step % 3 else 5)
            wanted = plain(x)
            loss = aim.loss(wanted, y)
            adam.zero_grad()
            loss.backward()
            adam.step()
            out, found = dense(x, y)
            assert torch.allclose(out, wanted.detach(), atol=2e-5)
            assert float(found) == pytest.approx(loss.item(), abs=2e-5)
            assert torch.allclose(
                module(x), plain(x), atol=5e-5
            )  # the module holds the weights at any moment
    for name, value in module.state_dict().items():
        assert torch.allclose(value, plain.state_dict()[name], atol=5e-5), name
    first = next(module.parameters())
    assert first.is_contiguous() and first.untyped_storage().nbytes() == first.numel() * 4


def test_a_checkpoint_brings_it_back_bit_for_bit() -> None:
    lines, classes = CASES["two classes"]
    settings = TrainingSettings()
    aim = goal(settings, None, False)
    x, y = rows(classes)

    def steps(dense: DenseStep, n: int) -> None:
        for _ in range(n):
            dense(x, y)

    through = made(lines, classes)
    one = DenseStep.of(through, settings, aim, CPU, "fp32")
    assert one is not None
    steps(one, 3)
    tensors, values = checkpoints.pack_optimizer(one.optimizer)
    kept = {k: v.clone() for k, v in tensors.items()}, {k: v.clone() for k, v in through.state_dict().items()}
    steps(one, 4)
    again = made(lines, classes)
    other = DenseStep.of(again, settings, aim, CPU, "fp32")
    assert other is not None
    again.load_state_dict(kept[1])
    checkpoints.unpack_optimizer(other.optimizer, checkpoints.Checkpoint(kept[0], {"optimizer": values}))
    steps(other, 4)
    assert all(torch.equal(a, b) for a, b in zip(through.parameters(), again.parameters(), strict=True))


@pytest.mark.parametrize(
    ("lines", "settings", "precision"),
    [
        (["Dense(6, activation='relu')", "Dropout(0.5)", "Dense(1, activation='sigmoid')"], {}, "fp32"),
        (["Dense(6, activation='gelu')", "Dense(1, activation='sigmoid')"], {}, "fp32"),
        (["Dense(6)", "Dense(1, activation='sigmoid')"], {"optimizer": "sgd"}, "fp32"),
        (["Dense(6)", "Dense(1, activation='sigmoid')"], {"weight_decay": 0.1}, "fp32"),
        (["Dense(6)", "Dense(1, activation='sigmoid')"], {"gradient_clip": 1.0}, "fp32"),
        (["Dense(6)", "Dense(1, activation='sigmoid')"], {"label_smoothing": 0.1}, "fp32"),
        (["Dense(6)", "Dense(1, activation='sigmoid')"], {}, "bf16"),
        (["Dense(600)", "Dense(600)", "Dense(1, activation='sigmoid')"], {}, "fp32"),
    ],
)
def test_what_it_cannot_do_is_left_to_the_plain_way(lines: list[str], settings: dict, precision: str) -> None:
    chosen = TrainingSettings(**settings)
    assert DenseStep.of(made(lines, 2), chosen, goal(chosen, None, False), CPU, precision) is None
    plain = TrainingSettings()
    weighted = goal(plain, torch.ones(2), False)
    assert DenseStep.of(made(["Dense(1, activation='sigmoid')"], 2), plain, weighted, CPU, "fp32") is None
    bare = made(["Dense(1, activation='sigmoid')"], 2).inner
    assert DenseStep.of(bare, plain, goal(plain, None, False), CPU, "fp32") is None
