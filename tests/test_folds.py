"""All folds at once against one after another: a plain loop with autograd, torch.optim.Adam and the module itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from hakseup.errors import CallError, NetworkError, TrainingError
from hakseup.layers import parse
from hakseup.models.sequential import Sequential
from hakseup.models.tabular.stacked import Stacked, why_not
from hakseup.seeds import torch_generator
from hakseup.settings import StoppingSettings, TrainingSettings
from hakseup.training import optimizers
from hakseup.training.folds import Fold, FoldResult, fit_stacked, not_together
from hakseup.training.stopping import Chooser

SIGMOID = ["Dense(7, activation='relu')", "Dense(5, activation='tanh')", "Dense(1, activation='sigmoid')"]
SOFTMAX = [
    "Dense(6, activation='sigmoid')",
    "Dense(4)",
    "Activation('relu')",
    "Dense(3, activation='softmax')",
]
VALUE = ["Dense(6, activation='relu', use_bias=False)", "Dense(1)"]
CASES = {
    "binary_crossentropy": SIGMOID,
    "categorical_crossentropy": SOFTMAX,
    "mean_squared_error": VALUE,
}


def table(loss: str, n: int = 60, d: int = 4) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    x = random.normal(size=(n, d))
    score = x[:, 0] - x[:, 1] * x[:, 2] + 0.5 * random.normal(size=n)
    if loss == "binary_crossentropy":
        return x, (score > 0).astype(np.int64)
    return x, np.digitize(score, [-0.5, 0.5]) if loss == "categorical_crossentropy" else score


def uneven(n: int = 60) -> list[Fold]:
    """Folds whose epochs have different lengths: 5, 4 and 4 steps of 10, and last batches of 3, 10 and 1."""
    order = np.random.default_rng(2).permutation(n)
    sizes = (43, 40, 31)
    return [Fold(order[:size], order[size : size + 9 + size % 3]) for size in sizes]


def alone(
    network: Sequential,
    seed: int,
    x: np.ndarray,
    y: np.ndarray,
    fold: Fold,
    training: TrainingSettings,
    stopping: StoppingSettings,
    loss: str,
    dtype: torch.dtype,
) -> FoldResult:
    """One network trained as one would write it down: autograd, PyTorch's Adam, a batch after the other."""
    module = network.build(torch_generator(seed, "weights")).to(dtype)
    adam = torch.optim.Adam(module.parameters(), lr=training.learning_rate, eps=training.epsilon)
    features = torch.tensor(x, dtype=dtype)
    target = torch.tensor(y) if loss == "categorical_crossentropy" else torch.tensor(y, dtype=dtype)[:, None]

    def reckon(rows: Any) -> tuple[torch.Tensor, int]:
        out, wanted = module(features[rows]), target[rows]
        if loss == "categorical_crossentropy":
            return F.cross_entropy(out, wanted), int((out.argmax(1) == wanted).sum())
        if loss == "binary_crossentropy":
            hits = int(((out > 0) == (wanted > 0.5)).sum())
            return F.binary_cross_entropy_with_logits(out, wanted), hits
        return F.mse_loss(out, wanted), 0

    n, size = len(fold.train), training.batch_size
    factor = optimizers.schedule(training, -(-n // size) * training.epochs)
    chooser, history, step = Chooser(stopping), [], 0
    best, best_epoch = {}, 0
    for epoch in range(1, training.epochs + 1):
        order = fold.train[torch.randperm(n, generator=torch_generator(seed, "order", epoch)).numpy()]
        total, right = 0.0, 0
        for at in range(0, n, size):
            rate = adam.param_groups[0]["lr"] = training.learning_rate * factor(step)
            value, hits = reckon(order[at : at + size])
            adam.zero_grad()
            value.backward()
            adam.step()
            total, right, step = total + value.item() * len(order[at : at + size]), right + hits, step + 1
        with torch.no_grad():
            value, hits = reckon(fold.validation)
        row = {"epoch": float(epoch), "loss": total / n, "val_loss": value.item(), "learning_rate": rate}
        if loss != "mean_squared_error":
            row |= {"accuracy": right / n, "val_accuracy": hits / len(fold.validation)}
        history.append(row)
        if chooser.update(epoch, row):
            best, best_epoch = {k: v.clone() for k, v in module.state_dict().items()}, epoch
        if chooser.should_stop:
            break
    if not stopping.restore_best:
        best, best_epoch = module.state_dict(), len(history)
    return FoldResult(history, best_epoch, len(history) < training.epochs, best)


def same(ours: FoldResult, theirs: FoldResult, tolerance: float) -> None:
    assert (ours.best_epoch, ours.stopped_early) == (theirs.best_epoch, theirs.stopped_early)
    assert len(ours.history) == len(theirs.history)
    for row, other in zip(ours.history, theirs.history, strict=True):
        assert row == pytest.approx(other, rel=tolerance, abs=tolerance)
    assert ours.state.keys() == theirs.state.keys()
    for name, value in ours.state.items():
        assert torch.allclose(value, theirs.state[name], rtol=tolerance, atol=tolerance), name


@pytest.mark.parametrize("loss", CASES)
@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
def test_all_at_once_is_one_after_another_to_the_last_digits(loss: Any, schedule: str) -> None:
    x, y = table(loss)
    network, folds = Sequential(parse(CASES[loss]), (4,)), uneven()
    training = TrainingSettings(epochs=40, batch_size=10, learning_rate=0.01, schedule=schedule)
    stopping = StoppingSettings()
    stack = Stacked(network, (3, 4, 5), torch.float64)
    results = fit_stacked(stack, x, y, folds, training, stopping, loss)
    for seed, fold, result in zip((3, 4, 5), folds, results, strict=True):
        same(result, alone(network, seed, x, y, fold, training, stopping, loss, torch.float64), 1e-10)


@pytest.mark.parametrize("restore", [True, False])
def test_each_fold_stops_by_itself_and_keeps_its_own_best_epoch(restore: bool) -> None:
    loss: Any = "binary_crossentropy"
    x, y = table(loss)
    network, folds = Sequential(parse(SIGMOID), (4,)), uneven()
    training = TrainingSettings(epochs=200, batch_size=10, learning_rate=0.02)
    stopping = StoppingSettings(patience=7, restore_best=restore)
    results = fit_stacked(Stacked(network, (3, 4, 5), torch.float64), x, y, folds, training, stopping, loss)
    for seed, fold, result in zip((3, 4, 5), folds, results, strict=True):
        same(result, alone(network, seed, x, y, fold, training, stopping, loss, torch.float64), 1e-10)
    ends = [len(result.history) for result in results]
    assert min(ends) < max(ends) < 200, ends  # in this case they stop at different times


@pytest.mark.parametrize("loss", CASES)
def test_in_single_precision_the_first_steps_are_the_same(loss: Any) -> None:
    x, y = table(loss)
    network, folds = Sequential(parse(CASES[loss]), (4,)), uneven()
    training = TrainingSettings(epochs=3, batch_size=10, learning_rate=0.01)
    stopping = StoppingSettings()
    results = fit_stacked(Stacked(network, (3, 4, 5)), x, y, folds, training, stopping, loss)
    for seed, fold, result in zip((3, 4, 5), folds, results, strict=True):
        theirs = alone(network, seed, x, y, fold, training, stopping, loss, torch.float32)
        same(result, theirs, 2e-5)


def test_every_fold_may_have_its_own_preparation() -> None:
    loss: Any = "binary_crossentropy"
    x, y = table(loss)
    network, folds = Sequential(parse(SIGMOID), (4,)), uneven()
    own = np.stack([(x - x[f.train].mean(0)) / x[f.train].std(0) for f in folds])
    training, stopping = TrainingSettings(epochs=5, batch_size=10), StoppingSettings()
    results = fit_stacked(Stacked(network, (3, 4, 5), torch.float64), own, y, folds, training, stopping, loss)
    for i, (fold, result) in enumerate(zip(folds, results, strict=True)):
        same(result, alone(network, 3 + i, own[i], y, fold, training, stopping, loss, torch.float64), 1e-10)


def test_every_fold_may_learn_in_a_unit_of_its_own() -> None:
    x, y = table("mean_squared_error")
    network, folds = Sequential(parse(VALUE), (4,)), uneven()
    own = np.stack([(y - y[f.train].mean()) / y[f.train].std() for f in folds])
    training, stopping = TrainingSettings(epochs=5, batch_size=10), StoppingSettings()
    stack = Stacked(network, (3, 4, 5), torch.float64)
    results = fit_stacked(stack, x, own[..., None], folds, training, stopping, "mean_squared_error")
    for i, (fold, result) in enumerate(zip(folds, results, strict=True)):
        theirs = alone(
            network, 3 + i, x, own[i], fold, training, stopping, "mean_squared_error", torch.float64
        )
        same(result, theirs, 1e-10)


def test_what_is_not_in_a_fold_does_not_touch_its_network() -> None:
    loss: Any = "binary_crossentropy"
    x, y = table(loss)
    network, folds = Sequential(parse(SIGMOID), (4,)), uneven()
    training, stopping = TrainingSettings(epochs=5, batch_size=10), StoppingSettings()
    before = fit_stacked(Stacked(network, (3, 4, 5)), x, y, folds, training, stopping, loss)
    used = np.concatenate([folds[2].train, folds[2].validation])
    other = np.setdiff1d(np.arange(len(x)), used)
    assert len(other)
    x[other], y[other] = 1e3, 1 - y[other]
    after = fit_stacked(Stacked(network, (3, 4, 5)), x, y, folds, training, stopping, loss)
    assert before[2].history == after[2].history
    assert all(torch.equal(v, after[2].state[k]) for k, v in before[2].state.items())
    assert before[0].history != after[0].history


def test_twice_the_same_call_gives_the_same_bits_and_leaves_torchs_generator_alone() -> None:
    loss: Any = "categorical_crossentropy"
    x, y = table(loss)
    network, folds = Sequential(parse(SOFTMAX), (4,)), uneven()
    training, stopping = TrainingSettings(epochs=4, batch_size=10), StoppingSettings()
    generator, threads = torch.get_rng_state(), torch.get_num_threads()
    one, two = (
        fit_stacked(Stacked(network, (3, 4, 5)), x, y, folds, training, stopping, loss) for _ in range(2)
    )
    assert torch.equal(generator, torch.get_rng_state()) and threads == torch.get_num_threads()
    for a, b in zip(one, two, strict=True):
        assert a.history == b.history
        assert all(torch.equal(v, b.state[k]) for k, v in a.state.items())


def test_the_stack_holds_the_chosen_weights_and_they_fit_the_module() -> None:
    loss: Any = "binary_crossentropy"
    x, y = table(loss)
    network, folds = Sequential(parse(SIGMOID), (4,)), uneven()
    stack = Stacked(network, (3, 4, 5))
    results = fit_stacked(
        stack,
        x,
        y,
        folds,
        TrainingSettings(epochs=30, batch_size=10, learning_rate=0.05),
        StoppingSettings(),
        loss,
    )
    features = torch.tensor(x, dtype=torch.float32)
    logits = stack.logits(features)  # (3, 60, 1)
    for i, (fold, result) in enumerate(zip(folds, results, strict=True)):
        module = network.build(torch_generator(9, "weights"))
        module.load_state_dict(result.state)
        with torch.no_grad():
            assert torch.allclose(module(features), logits[i], atol=1e-6)
        held = torch.tensor(fold.validation)
        value = F.binary_cross_entropy_with_logits(
            logits[i, held, 0], torch.tensor(y[fold.validation], dtype=torch.float32)
        )
        best = min(row["val_loss"] for row in result.history)
        assert value.item() == pytest.approx(best, abs=1e-6)
        assert result.history[result.best_epoch - 1]["val_loss"] == best


def test_without_validation_the_last_epoch_counts() -> None:
    x, y = table("binary_crossentropy")
    network = Sequential(parse(SIGMOID), (4,))
    folds = [Fold(np.arange(30), np.empty(0, np.int64)), Fold(np.arange(30, 60), np.empty(0, np.int64))]
    training = TrainingSettings(epochs=3, batch_size=10)
    results = fit_stacked(
        Stacked(network, (0, 1)), x, y, folds, training, StoppingSettings(), "binary_crossentropy"
    )
    assert [r.best_epoch for r in results] == [3, 3]
    assert set(results[0].history[0]) == {"epoch", "loss", "accuracy", "learning_rate"}


def test_what_cannot_be_stacked_is_said_before_anything_is_trained() -> None:
    def reason(*lines: str, shape: tuple[int, ...] = (4,)) -> str:
        return getattr(why_not(Sequential(parse(list(lines)), shape)), "en", "")

    assert reason("Dense(3, activation='relu')", "Dense(1, activation='sigmoid')") == ""
    assert "Dropout" in reason("Dense(3)", "Dropout(0.5)", "Dense(1)")
    assert "selu" in reason("Dense(3, activation='selu')", "Dense(1)")
    assert "(4, 4, 1)" in reason("Flatten()", "Dense(1)", shape=(4, 4, 1))
    assert "Activation" in reason("Dense(3, activation='relu')", "Activation('tanh')", "Dense(1)")
    network = Sequential(parse(["Dense(3)", "Dropout(0.5)", "Dense(1)"]), (4,))
    with pytest.raises(NetworkError, match="Dropout"):
        Stacked(network, [0])
    fine = Sequential(parse(SIGMOID), (4,))
    assert not_together(fine, TrainingSettings()) is None
    for change in ({"optimizer": "sgd"}, {"label_smoothing": 0.1}, {"class_weight": "balanced"}):
        words = not_together(fine, TrainingSettings(**change))
        assert words is not None and next(iter(change)) in words.en
        with pytest.raises(CallError, match=next(iter(change))):
            x, y = table("binary_crossentropy")
            fit_stacked(
                Stacked(fine, [0]),
                x,
                y,
                [Fold(np.arange(9), np.arange(9))],
                TrainingSettings(**change),
                StoppingSettings(),
                "binary_crossentropy",
            )


def test_a_loss_that_is_lost_says_which_network() -> None:
    x, y = table("mean_squared_error")
    y[50] = np.inf
    folds = [Fold(np.arange(20), np.arange(20, 30)), Fold(np.arange(40, 60), np.arange(20, 30))]
    with pytest.raises(TrainingError, match="network 2") as caught:
        fit_stacked(
            Stacked(Sequential(parse(VALUE), (4,)), (0, 1)),
            x,
            y,
            folds,
            TrainingSettings(epochs=2, batch_size=8),
            StoppingSettings(),
            "mean_squared_error",
        )
    assert caught.value.code == "diverged"


def test_as_many_folds_as_networks() -> None:
    x, y = table("binary_crossentropy")
    with pytest.raises(CallError, match="2 networks for 3 folds"):
        fit_stacked(
            Stacked(Sequential(parse(SIGMOID), (4,)), (0, 1)),
            x,
            y,
            uneven(),
            TrainingSettings(),
            StoppingSettings(),
            "binary_crossentropy",
        )
