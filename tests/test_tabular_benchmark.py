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
    monkeypatch.delitem(sys.modules, "tables", raising=False)
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

    monkeypatch.setattr(script, "_lightgbm", mean)
    monkeypatch.setattr(script.importlib.util, "find_spec", lambda name: name == "lightgbm" or None)
    recipe = assign(recipes.load("table"), {**SHORT, "training.seed": 7})
    path = made(tmp_path / "prices.csv")
    found = script.compared(str(path), recipe, 3, 2)
    table = load(tables.find(str(path)))
    wanted = folds(table, table.labels, np.arange(90), 3, repeats=2, seed=7)
    assert [(f.train.tolist(), f.held.tolist()) for f in wanted] == [
        (a.tolist(), b.tolist()) for a, b in seen
    ]
    price = table.labels.of(np.arange(90))
    for fold, one in zip(wanted, found["models"]["LightGBM"], strict=True):
        unit = TargetScale.fitted(price[fold.train], "auto")
        guess = unit.back(np.full(len(fold.held), unit.forward(price[fold.train]).mean()))
        assert one["rmse"] == pytest.approx(np.sqrt(((price[fold.held] - guess) ** 2).mean()))
    assert len(found["models"]["hakseup"]) == 6
    out = capsys.readouterr()
    assert "| hakseup |" in out.out and "| ridge |" in out.out and "CatBoost is not installed" in out.err


def test_contenders_get_numbers_as_they_are_and_categories_as_such(
    script: ModuleType, tmp_path: Path
) -> None:
    found = tables.find(str(made(tmp_path / "prices.csv")))
    frame = script._columns(load(found))
    assert list(frame.columns) == ["size", "place"]
    assert np.allclose(frame["size"], found.frame["size"].to_numpy())
    assert str(frame["place"].dtype) == "category" and set(frame["place"]) == {"north", "south", "west"}


def test_the_speed_of_a_training_is_that_of_all_its_epochs(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "small.csv"
    random = np.random.default_rng(0)
    x = random.normal(size=(60, 3))
    pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "yes": (x[:, 0] > 0).astype(int)}).write_csv(path)
    find = script.tables.find
    monkeypatch.setattr(script.tables, "find", lambda name: find(str(path)))
    calls = []
    fit = script.fit_stacked
    monkeypatch.setattr(script, "fit_stacked", lambda *a: calls.append(fit(*a)))
    lines, _epochs, batch = script.SPEED["pima"]
    monkeypatch.setitem(script.SPEED, "pima", (lines, 4, batch))
    out = script.speed("pima", plain=True)
    assert [len(result.history) for result in calls[0]] == [4] * 5
    assert out["seconds"] > 0 and out["plain_seconds"] > 0 and out["networks"] == 5
