"""The ensemble of a table: each member against the network it stands for, unseen categories, its training."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn import functional as F

from hakseup.errors import CallError, NetworkError, TrainingError
from hakseup.models.tabular.ensemble import TabularEnsemble, TabularModule
from hakseup.seeds import torch_generator
from hakseup.settings import StoppingSettings, TrainingSettings
from hakseup.training import optimizers
from hakseup.training.stacked_table import TableRows, fit_table, predict_table

SHAPE = TabularEnsemble(numbers=3, cardinalities=(4, 40, 3), outputs=3, members=5, width=8, depth=2)
ADAMW = TrainingSettings(
    optimizer="adamw", learning_rate=0.01, weight_decay=0.01, schedule="cosine", epochs=30, batch_size=64
)


def module_of(shape: TabularEnsemble = SHAPE, seed: int = 0) -> TabularModule:
    return shape.build(torch_generator(seed, "weights"))


def some(n: int = 7, shape: TabularEnsemble = SHAPE) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    codes = [torch.randint(0, size, (n,), generator=generator) for size in shape.cardinalities]
    empty = torch.empty(n, 0, dtype=torch.int64)
    return torch.randn(n, shape.numbers, generator=generator), torch.stack(codes, 1) if codes else empty


def scrambled(module: TabularModule) -> TabularModule:
    """Every vector of the members away from one, so that none can be forgotten."""
    with torch.no_grad():
        for name, value in module.named_parameters():
            if "scale" in name or "bias" in name:
                value.add_(torch.randn(value.shape, generator=torch.Generator().manual_seed(len(name))))
    return module


def plain_member(module: TabularModule, i: int, numbers: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
    """Member i as an ordinary network: its own weights r W s in `torch.nn.functional.linear`, row by row."""
    shape, rows = module.shape, []
    for number, code in zip(numbers, codes, strict=True):
        one_hot_0, one_hot_2 = torch.zeros(3), torch.zeros(2)  # cardinalities 4 and 3, without code 0
        if code[0]:
            one_hot_0[code[0] - 1] = 1
        if code[2]:
            one_hot_2[code[2] - 1] = 1
        embedded = module.embeddings[0].weight[code[1]] if code[1] else torch.zeros(shape.embedding)
        rows.append(torch.cat([number, one_hot_0, one_hot_2, embedded]))
    h = torch.stack(rows)
    for layer in module.layers:
        r, s = layer.scale_in.view(shape.members, -1)[i], layer.scale_out.view(shape.members, -1)[i]
        own = r[:, None] * layer.weight * s
        h = F.silu(F.linear(h, own.T, layer.bias.view(shape.members, -1)[i]))
    return F.linear(h, module.head[i].T, module.head_bias.view(shape.members, -1)[i])


def test_each_member_is_the_ordinary_network_it_stands_for() -> None:
    module = scrambled(module_of()).eval()
    numbers, codes = some()
    together = module.members(numbers, codes)
    assert together.shape == (5, 7, 3)
    for i in range(5):
        assert torch.allclose(together[i], plain_member(module, i, numbers, codes), atol=1e-5)
    assert not torch.allclose(together[0], together[1], atol=0.1)  # they differ


def test_members_may_see_rows_of_their_own() -> None:
    module = scrambled(module_of()).eval()
    numbers, codes = some(20)
    own = torch.stack([torch.randperm(20, generator=torch.Generator().manual_seed(i))[:6] for i in range(5)])
    out = module.members(numbers[own], codes[own])
    all_rows = module.members(numbers, codes)
    for i in range(5):
        assert torch.allclose(out[i], all_rows[i, own[i]], atol=1e-6)


def test_a_prediction_is_the_mean_of_the_members_probabilities_or_values() -> None:
    module = scrambled(module_of()).eval()
    numbers, codes = some()
    mean = module.members(numbers, codes).softmax(-1).mean(0)
    assert torch.allclose(module(numbers, codes).exp(), mean, atol=1e-6)
    assert torch.allclose(module(numbers, codes).softmax(-1), mean, atol=1e-6)
    value = scrambled(module_of(replace(SHAPE, outputs=1))).eval()
    assert torch.allclose(value(numbers, codes), value.members(numbers, codes).mean(0))
    value.train()
    assert value(numbers, codes).shape == (5, 7, 1)


def test_an_unseen_category_says_nothing() -> None:
    module = scrambled(module_of()).eval()
    numbers, _codes = some(1)
    unseen = torch.zeros(1, 3, dtype=torch.int64)
    features = module.features(numbers, unseen)
    assert torch.equal(features, torch.cat([numbers, torch.zeros(1, SHAPE.inputs - 3)], 1))
    known = module.features(numbers, torch.tensor([[3, 39, 1]]))
    assert known[0, 3:8].tolist() == [0, 0, 1, 1, 0]  # code 3 of (1, 2, 3), code 1 of (1, 2)
    assert torch.equal(known[0, 8:], module.embeddings[0].weight[39])
    missing = module.features(numbers, torch.tensor([[1, 1, 1]]))
    assert missing[0, 3:8].tolist() == [1, 0, 0, 1, 0]


def test_training_never_moves_what_is_unseen() -> None:
    shape = replace(SHAPE, outputs=2)
    numbers, codes = some(50, shape)
    codes = codes.clamp(min=1)
    rows = TableRows(numbers.numpy(), codes.numpy(), (numbers[:, 0] > 0).long().numpy())
    module = module_of(shape)
    fit_table(module, rows, np.arange(50), None, replace(ADAMW, epochs=3), StoppingSettings())
    assert not module.embeddings[0].weight[0].any()
    assert module.embeddings[0].weight[1].any()


@pytest.mark.parametrize(
    "shape",
    [
        SHAPE,
        TabularEnsemble(4, (), 1, members=1, depth=1),
        TabularEnsemble(0, (3, 100), 2, width=16, depth=3, embedding=5),
        TabularEnsemble(0, (34, 35), 2),  # 32 and 33 known categories: one-hot, embedded
    ],
)
def test_its_size_is_what_it_says_and_it_comes_back_from_its_words(shape: TabularEnsemble) -> None:
    module = module_of(shape)
    assert sum(p.numel() for p in module.parameters()) == shape.parameters
    assert module.features(*some(2, shape)).shape == (2, shape.inputs)
    again = TabularEnsemble.from_dict(json.loads(json.dumps(shape.as_dict())))
    assert again == shape
    again.build(torch_generator(1, "weights")).load_state_dict(module.state_dict())


def test_what_cannot_be_a_network_is_said() -> None:
    for change in ({"width": 0}, {"dropout": 1.0}, {"members": 0}, {"cardinalities": (1,)}, {"outputs": 0}):
        with pytest.raises(NetworkError, match=next(iter(change))):
            replace(SHAPE, **change)
    with pytest.raises(NetworkError, match="numbers"):
        TabularEnsemble(0, (), 2)
    saved = SHAPE.as_dict()
    with pytest.raises(NetworkError, match="missing or wrong: 'width'"):
        TabularEnsemble.from_dict({k: v for k, v in saved.items() if k != "width"})
    with pytest.raises(NetworkError, match="says 1 parameters"):
        TabularEnsemble.from_dict({**saved, "parameters": 1})


def test_first_weights_come_from_the_generator_alone() -> None:
    before = torch.get_rng_state()
    one, two, other = module_of(), module_of(), module_of(seed=1)
    assert torch.equal(before, torch.get_rng_state())
    for (name, a), b in zip(one.named_parameters(), two.parameters(), strict=True):
        assert torch.equal(a, b), name
    assert not torch.equal(one.layers[0].weight, other.layers[0].weight)
    assert set(one.layers[0].scale_in.tolist()) == {-1.0, 1.0}
    assert set(one.layers[1].scale_in.tolist()) == {1.0}


def test_only_kernels_decay() -> None:
    module = module_of()
    decayed = {
        id(p)
        for group in optimizers.optimizer(module, ADAMW).param_groups
        if group["weight_decay"]
        for p in group["params"]
    }
    named = {name for name, p in module.named_parameters() if id(p) in decayed}
    assert named == {"layers.0.weight", "layers.1.weight", "head", "embeddings.0.weight"}


def circle(n: int) -> TableRows:
    """Inside or outside of a circle, in a third of the rows turned around by a category."""
    random = np.random.default_rng(0)
    numbers = random.normal(size=(n, 2)).astype(np.float32)
    codes = random.integers(2, 5, (n, 1))
    inside = (numbers**2).sum(1) < 1.4
    return TableRows(numbers, codes, (inside ^ (codes[:, 0] == 4)).astype(np.int64))


CIRCLE = TabularEnsemble(2, (5,), 2, members=8, width=32, dropout=0.0)


def test_it_learns_what_no_line_can() -> None:
    rows = circle(900)
    train, held, test = np.arange(600), np.arange(600, 700), np.arange(700, 900)
    module = module_of(CIRCLE)
    before = torch.get_rng_state()
    fitted = fit_table(module, rows, train, held, ADAMW, StoppingSettings())
    assert torch.equal(before, torch.get_rng_state())
    out = predict_table(module, rows.numbers[test], rows.codes[test])
    ours = (out.argmax(1) == rows.target[test]).mean()
    wide = np.concatenate([rows.numbers, np.eye(5)[rows.codes[:, 0]]], 1)
    line = LogisticRegression().fit(wide[train], rows.target[train]).score(wide[test], rows.target[test])
    assert ours > 0.95 > 0.75 > line
    best = fitted.history[fitted.best_epoch - 1]
    assert best["val_loss"] == min(row["val_loss"] for row in fitted.history)
    chosen = predict_table(module, rows.numbers[held], rows.codes[held])
    plain = -chosen[np.arange(100), rows.target[held]].mean()
    assert best["val_loss"] == pytest.approx(plain, abs=1e-6)
    assert best["val_accuracy"] == (chosen.argmax(1) == rows.target[held]).mean()


def test_the_same_seed_is_the_same_training_and_another_is_not() -> None:
    rows, train = circle(200), np.arange(150)
    short, shape = replace(ADAMW, epochs=3), replace(CIRCLE, dropout=0.2)
    runs = []
    for seed in (0, 0, 1):
        module = module_of(shape)
        history = fit_table(module, rows, train, None, replace(short, seed=seed), StoppingSettings()).history
        runs.append(([row["loss"] for row in history], predict_table(module, rows.numbers, rows.codes)))
    assert runs[0][0] == runs[1][0] and np.array_equal(runs[0][1], runs[1][1])
    assert runs[0][0] != runs[2][0]


def test_one_member_is_trained_like_any_network() -> None:
    """A plain loop: the same order, autograd and AdamW over a network of ordinary layers."""
    shape = TabularEnsemble(2, (), 1, members=1, width=6, depth=1, dropout=0.0)
    random = np.random.default_rng(0)
    x = random.normal(size=(25, 2)).astype(np.float32)
    y = (x[:, 0] * x[:, 1]).astype(np.float32)
    rows = TableRows(x, np.zeros((25, 0), np.int64), y)
    settings = replace(ADAMW, epochs=4, batch_size=8, seed=3)
    module, other = module_of(shape), module_of(shape)
    fitted = fit_table(module, rows, np.arange(25), None, settings, StoppingSettings())
    kernels = [p for p in other.parameters() if p.ndim > 1]
    vectors = [p for p in other.parameters() if p.ndim == 1]
    adam = torch.optim.AdamW(
        [{"params": kernels}, {"params": vectors, "weight_decay": 0.0}],
        lr=0.01,
        weight_decay=0.01,
        eps=settings.epsilon,
    )
    step = 0
    for epoch in range(1, 5):
        order = torch.randperm(25, generator=torch_generator(3, "order", epoch))
        total = 0.0
        for at in range(0, 25, 8):
            batch = order[at : at + 8]
            for group in adam.param_groups:
                group["lr"] = 0.01 * 0.5 * (1 + np.cos(np.pi * step / 16))
            h = torch.tensor(x)[batch] * other.layers[0].scale_in
            h = F.silu(h @ other.layers[0].weight * other.layers[0].scale_out + other.layers[0].bias)
            loss = F.mse_loss((h @ other.head[0] + other.head_bias)[:, 0], torch.tensor(y)[batch])
            adam.zero_grad()
            loss.backward()
            adam.step()
            total, step = total + loss.item() * len(batch), step + 1
        assert fitted.history[epoch - 1]["loss"] == pytest.approx(total / 25, rel=1e-4)
    for a, b in zip(module.parameters(), other.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-5)


def test_patience_min_steps_and_class_weights() -> None:
    rows = circle(120)
    train, held = np.arange(80), np.arange(80, 120)
    settings = replace(ADAMW, epochs=60, schedule="constant", learning_rate=0.05)
    stopped = fit_table(module_of(CIRCLE), rows, train, held, settings, StoppingSettings(patience=3))
    assert stopped.stopped_early and len(stopped.history) == stopped.best_epoch + 3
    longer = replace(ADAMW, epochs=2, min_steps=9)  # 80 rows of 64 are 2 steps: 5 epochs
    assert len(fit_table(module_of(CIRCLE), rows, train, None, longer, StoppingSettings()).history) == 5
    module = module_of(CIRCLE)
    fit_table(module, rows, train, None, replace(ADAMW, epochs=5), StoppingSettings(), np.array([0.0, 1.0]))
    assert (predict_table(module, rows.numbers, rows.codes).argmax(1) == 1).all()  # class 0 costs nothing
    with pytest.raises(CallError, match="val_loss"):
        fit_table(module, rows, train, None, ADAMW, StoppingSettings(patience=3))


def test_a_lost_training_and_an_empty_prediction() -> None:
    shape = TabularEnsemble(2, (), 1, members=2, width=4)
    x = np.zeros((10, 2), np.float32)
    rows = TableRows(x, np.zeros((10, 0), np.int64), np.full(10, np.nan, np.float32))
    with pytest.raises(TrainingError, match="nan in epoch 1"):
        fit_table(module_of(shape), rows, np.arange(10), None, ADAMW, StoppingSettings())
    assert predict_table(module_of(shape), x[:0], rows.codes[:0]).shape == (0,)
    many = np.random.default_rng(0).normal(size=(5000, 2)).astype(np.float32)
    empty = np.zeros((5000, 0), np.int64)
    module = module_of(shape)
    whole = predict_table(module, many, empty)
    assert np.allclose(whole[4500:4510], predict_table(module, many[4500:4510], empty[:10]), atol=1e-6)
