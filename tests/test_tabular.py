"""The ensemble of a table: each member against the network it stands for, unseen categories, what moves it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from table_makers import table
from torch.nn import functional as F

from hakseup.data.table_preparation import TablePreparation
from hakseup.errors import CallError, NetworkError
from hakseup.models.sequential import Sequential
from hakseup.models.tabular import network
from hakseup.models.tabular.ensemble import TabularEnsemble, TabularModule
from hakseup.seeds import torch_generator
from hakseup.settings import NetworkSettings, PreparationSettings, TrainingSettings
from hakseup.training import optimizers

SHAPE = TabularEnsemble(numbers=3, cardinalities=(4, 40, 3), outputs=3, members=5, width=8, depth=2)
ADAMW = TrainingSettings(optimizer="adamw", learning_rate=0.01, weight_decay=0.01)


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
    numbers, codes = some(50)
    module = module_of()
    before = module.embeddings[0].weight[1].clone()
    adapt(module, numbers, codes, (numbers[:, 0] > 0).long(), 3)  # unseen cells are among the rows
    assert not module.embeddings[0].weight[0].any()
    assert not torch.equal(module.embeddings[0].weight[1], before)


@pytest.mark.parametrize(
    "shape",
    [
        SHAPE,
        TabularEnsemble(4, (), 1, members=1, depth=1),
        TabularEnsemble(0, (3, 100), 2, width=16, depth=3, embedding=5),
        TabularEnsemble(0, (34, 35), 2),  # 32 and 33 known categories: one-hot, embedded
        replace(SHAPE, one_hot=0),
        replace(SHAPE, one_hot=1000),
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


def test_it_learns_what_no_line_can() -> None:
    """Inside or outside of a circle, in a third of the rows turned around by a category."""
    random = np.random.default_rng(0)
    x = random.normal(size=(900, 2)).astype(np.float32)
    codes = random.integers(2, 5, (900, 1))
    y = (((x**2).sum(1) < 1.4) ^ (codes[:, 0] == 4)).astype(np.int64)
    train, test = np.arange(700), np.arange(700, 900)
    module = module_of(TabularEnsemble(2, (5,), 2, members=8, width=32, dropout=0.0))
    adapt(module, *map(torch.from_numpy, (x[train], codes[train], y[train])), 30)
    with torch.no_grad():
        out = module.eval()(torch.from_numpy(x[test]), torch.from_numpy(codes[test]))
    ours = float((out.argmax(1).numpy() == y[test]).mean())
    wide = np.concatenate([x, np.eye(5)[codes[:, 0]]], 1)
    line = LogisticRegression().fit(wide[train], y[train]).score(wide[test], y[test])
    assert ours > 0.95 > 0.75 > line


def test_every_member_learns_from_its_own_loss_alone() -> None:
    """What is a member's own moves exactly as if only its loss had been minimised (of five, a fifth of it)."""
    numbers, codes = some(20)
    y = (numbers[:, 0] > 0).long()
    together, alone = scrambled(module_of()), scrambled(module_of())
    for module in (together, alone):
        module.dropout.p = 0.0
        module.train()
    losses(together(numbers, codes), y).backward()
    (F.cross_entropy(alone(numbers, codes)[2], y) / 5).backward()
    for name, parameter in together.named_parameters():
        gradient, own = parameter.grad, dict(alone.named_parameters())[name].grad
        if name == "head" or "scale" in name or "bias" in name:  # what belongs to one member each
            assert torch.allclose(gradient.view(5, -1)[2], own.view(5, -1)[2], atol=1e-7), name
            assert not own.view(5, -1)[1].any()
        else:
            assert not torch.allclose(gradient, own, atol=1e-4), name  # what is shared learns from all


def losses(out: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(out.flatten(0, 1), y.expand(len(out), -1).flatten())


def adapt(
    module: TabularModule, numbers: torch.Tensor, codes: torch.Tensor, y: torch.Tensor, epochs: int
) -> None:
    """A training as short as it can be written: AdamW with the one loop's groups, batches of 64."""
    optimizer = optimizers.optimizer(module, ADAMW)
    generator = torch.Generator().manual_seed(0)
    module.train()
    with torch.random.fork_rng(devices=[]):
        for _epoch in range(epochs):
            for batch in torch.randperm(len(y), generator=generator).split(64):
                optimizer.zero_grad()
                losses(module(numbers[batch], codes[batch]), y[batch]).backward()
                optimizer.step()


def test_the_settings_say_how_categories_go_in() -> None:
    cells = {"city": ["a", "b", "c", "d"] * 20, "x": list(range(80)), "y": ["no", "yes"] * 40}
    made = table(cells)
    inputs = {}
    for way in ("auto", "one_hot", "embedding"):
        prepared = TablePreparation.fitted(made, np.arange(80), PreparationSettings(categories=way))
        shape = network.fitting(NetworkSettings(name="table"), prepared)
        assert isinstance(shape, TabularEnsemble)
        inputs[way] = shape.inputs - len(prepared.number_names)
        layers = NetworkSettings(layers=("Dense(2, activation='softmax')",))
        if way == "embedding":
            with pytest.raises(CallError, match="one-hot rows"):
                network.fitting(layers, prepared)
        else:
            assert isinstance(network.fitting(layers, prepared), Sequential)
    assert inputs == {"auto": 5, "one_hot": 5, "embedding": 8}  # four and missing; eight numbers
