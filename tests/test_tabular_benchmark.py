"""The benchmark of tables compares on the same folds, and its contenders get the table's own columns."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

from hakseup import recipes
from hakseup.data.table import load
from hakseup.data.table_folds import folds
from hakseup.data.table_scales import TargetScale
from hakseup.settings import assign
from hakseup.sources import tables

SHORT = {"training.epochs": 2, "training.min_steps": 0, "stopping.restore_best": False}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parent.parent / "benchmarks"))
    for name in ("tables", "table_contenders", "table_speed", "table_tutorials", "drive"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("tables")


def made(path: Path) -> Path:
    random = np.random.default_rng(0)
    size, place = random.normal(100, 20, 90), random.choice(["north", "south", "west"], 90)
    price = np.exp(size / 100 + (place == "north") + random.normal(0, 0.1, 90))
    pl.DataFrame({"size": size.round(1), "place": place, "price": price.round(3)}).write_csv(path)
    return path


def test_every_model_is_scored_on_the_same_folds(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = []

    def mean(table, train, held, unit):
        seen.append((train, held))
        return np.full(len(held), unit.forward(table.labels.of(train)).mean())

    contenders = {"Mean": ("math", mean), "CatBoost": ("no_such_package", mean)}
    monkeypatch.setattr(script.table_contenders, "CONTENDERS", contenders)
    recipe = assign(recipes.load("table"), {**SHORT, "training.seed": 7})
    path = made(tmp_path / "prices.csv")
    found = script.compared(str(path), recipe, 3, 2)
    table = load(tables.find(str(path)))
    wanted = folds(table, table.labels, np.arange(90), 3, repeats=2, seed=7)
    assert [(f.train.tolist(), f.held.tolist()) for f in wanted] == [
        (a.tolist(), b.tolist()) for a, b in seen
    ]
    price = table.labels.of(np.arange(90))
    for fold, one in zip(wanted, found["models"]["Mean"], strict=True):
        unit = TargetScale.fitted(price[fold.train], "auto")
        guess = unit.back(np.full(len(fold.held), unit.forward(price[fold.train]).mean()))
        assert one["rmse"] == pytest.approx(np.sqrt(((price[fold.held] - guess) ** 2).mean()))
    assert len(found["models"]["hakseup"]) == 6
    out = capsys.readouterr()
    assert "| hakseup |" in out.out and "| ridge |" in out.out
    assert "CatBoost: no_such_package is not installed" in out.err


@pytest.mark.parametrize("title", ["LightGBM, stopped early", "CatBoost, stopped early"])
def test_an_inner_tenth_of_the_training_rows_chooses_the_trees(
    script: ModuleType, tmp_path: Path, title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = script.table_contenders
    package, contender = room.CONTENDERS[title]
    pytest.importorskip(package)
    monkeypatch.setattr(room, "TREES", 40)
    table = load(tables.find(str(made(tmp_path / "prices.csv"))))
    train, held = np.arange(60), np.arange(60, 90)
    asked = []
    inner = room._inner
    monkeypatch.setattr(room, "_inner", lambda *a: asked.append(inner(*a)) or asked[-1])
    with_them = room.scored(table, train, held, contender)
    (most, apart), *_others = asked
    assert sorted([*most, *apart]) == train.tolist() and len(apart) == 6
    mean = room.scored(
        table, train, held, lambda t, a, b, u: np.full(len(b), u.forward(t.labels.of(a)).mean())
    )
    assert with_them["log_rmse"] < mean["log_rmse"]


def test_contenders_get_numbers_as_they_are_and_categories_as_such(
    script: ModuleType, tmp_path: Path
) -> None:
    found = tables.find(str(made(tmp_path / "prices.csv")))
    frame = script.table_contenders.columns(load(found))
    assert list(frame.columns) == ["size", "place"]
    assert np.allclose(frame["size"], found.frame["size"].to_numpy())
    assert str(frame["place"].dtype) == "category" and set(frame["place"]) == {"north", "south", "west"}


def yes_or_no(path: Path) -> Path:
    x = np.random.default_rng(0).normal(size=(60, 3))
    frame = {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "yes": (x[:, 0] > 0).astype(int)}
    pl.DataFrame(frame).write_csv(path)
    return path


def test_the_speed_of_a_training_is_that_of_all_its_epochs(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = script.table_speed
    find, path = room.tables.find, str(yes_or_no(tmp_path / "small.csv"))
    monkeypatch.setattr(room.tables, "find", lambda name: find(path))
    calls = []
    fit = room.fit_stacked
    monkeypatch.setattr(room, "fit_stacked", lambda *a: calls.append(fit(*a)))
    data = room.Rows("pima")
    assert sorted(np.concatenate([part.validation for part in data.parts])) == list(range(60))
    assert room.at_once(data, 4) > 0 and room.plain(data, 2) > 0
    assert [len(result.history) for result in calls[0]] == [4] * 5
    wine = room.Rows("wine")
    assert [(len(part.train), len(part.validation)) for part in wine.parts] == [(36, 12)]
    assert not set(wine.parts[0].train) & set(wine.parts[0].validation)


def test_a_tutorial_is_scored_on_rows_that_it_did_not_learn_from(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = script.table_tutorials
    find, path = room.tables.find, str(yes_or_no(tmp_path / "small.csv"))
    monkeypatch.setattr(room.tables, "find", lambda name: find(path))
    recipe = assign(recipes.load("pima-mlp"), {"training.epochs": 30, "training.learning_rate": 0.03})
    monkeypatch.setattr(room.recipes, "load", lambda name: recipe)
    (found,) = script.table_tutorials.tutorials(["pima-mlp"], 2)
    assert found["written"]["n"] == [12, 12] and found["scaled"]["n_train"] == [36, 36]
    table = load(tables.find(path))
    for seed, part in enumerate(room._splits(table, recipe, 2)):
        assert not set(part.test) & (set(part.train) | set(part.validation))
        assert len(part.test) + len(part.train) + len(part.validation) == 60
        assert 0.5 < found["scaled"]["test"][seed] <= 1
    parts = room._folds(table, 2)
    assert [sorted(np.concatenate([p.test for p in parts[at : at + 5]])) for at in (0, 5)] == [
        list(range(60))
    ] * 2
