"""Folds and groups of pictures: what must always hold, and that a fold is a training like any other."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import from_arrays, pictures
from PIL import Image

import hakseup
from hakseup import recipes
from hakseup.cli import main
from hakseup.data import units
from hakseup.data.folds import PICTURES, kind, stratified
from hakseup.data.split import split
from hakseup.data.whole import Data
from hakseup.errors import CallError, DataError
from hakseup.evaluation import fold_scores, picture_crossval
from hakseup.progress import Silence
from hakseup.seeds import derive
from hakseup.settings import SplitSettings, assign
from hakseup.words import Words

QUICK = {
    "training.epochs": 2,
    "training.min_steps": 30,
    "training.batch_size": 32,
    "training.small_below": 0,
    "network.width": 8,
}


def listed(folder: Path, n: int = 90, patients: int = 15) -> Path:
    """A CSV of n pictures of three classes, each of one of so many patients."""
    data = pictures(n)
    lines = ["path,label,Patient"]
    for i, label in enumerate(data.labels.values):
        Image.fromarray(data.images[i, :, :, 0]).save(folder / f"{i}.png")
        lines.append(f"{i}.png,{label},환자 {i % patients}")
    path = folder / "list.csv"
    path.write_text("\n".join(lines), "utf-8")
    return path


@settings(max_examples=25, deadline=None)
@given(st.integers(30, 150), st.integers(2, 4), st.integers(2, 6), st.integers(0, 12), st.integers(0, 3))
def test_every_picture_is_held_out_once_and_equal_ones_together(
    n: int, classes: int, k: int, copies: int, seed: int
) -> None:
    data = pictures(n, classes, seed=seed)
    images = np.concatenate([data.images, data.images[:copies]])
    labels = np.concatenate([data.labels.values, data.labels.values[:copies]])
    data = from_arrays(images, labels, classes)
    rows, unit = np.arange(len(data)), units.of_pictures(data.keys)
    what = kind([str(c) for c in range(classes)], PICTURES, False)
    made = stratified(rows, unit, labels, k, what, repeats=2, seed=seed)
    for repeat in (0, 1):
        held = [fold.held for fold in made if fold.repeat == repeat]
        assert np.array_equal(np.sort(np.concatenate(held)), rows)
    for fold in made:
        assert np.array_equal(np.union1d(fold.train, fold.held), rows)
        assert not set(unit[fold.train]) & set(unit[fold.held])
        share = np.bincount(labels[fold.held], minlength=classes) - np.bincount(labels) / k
        assert np.abs(share).max() <= 2  # a copy may weigh two


def test_pictures_are_tied_by_their_content_and_by_their_groups() -> None:
    images = pictures(7).images[[0, 1, 2, 0, 3, 4, 5]]  # the first and the fourth are equal
    keys = from_arrays(images, np.zeros(7), 1).keys
    assert len(set(units.of_pictures(keys))) == 6
    unit = units.of_pictures(keys, np.array([-1, 5, 8, 8, 5, -1, -1]))
    ties = {frozenset(np.flatnonzero(unit == u).tolist()) for u in unit}
    assert ties == {frozenset({0, 2, 3}), frozenset({1, 4}), frozenset({5}), frozenset({6})}


def test_a_group_stands_on_one_side() -> None:
    data = pictures(120)
    groups = np.random.default_rng(0).integers(0, 20, 120)
    data = dataclasses.replace(data, groups=groups)
    parts, _labels = split(data, SplitSettings(), 0)
    sides = [set(groups[index]) for index in parts.parts().values()]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
    assert sum(map(len, parts.parts().values())) == 120 and len(parts.test) >= 15
    again, _labels = split(data, SplitSettings(), 7)
    assert np.array_equal(parts.test, again.test) and not np.array_equal(parts.validation, again.validation)


def test_a_column_of_a_list_groups_its_pictures(tmp_path: Path) -> None:
    chosen = {**QUICK, "data.group": "patient"}
    found = hakseup.crossval(str(listed(tmp_path)), settings=chosen, k=3)
    assert found["n"] == 72 and len(found["folds"]) == 3  # three of fifteen patients are the test part
    whole = Data.read(str(tmp_path / "list.csv"), assign(recipes.load(None), chosen), Silence())
    where = whole.pictures.where
    patients = [{int(Path(where[i]).stem) % 15 for i in index} for index in whole.split.parts().values()]
    assert not patients[0] & (patients[1] | patients[2]) and not patients[1] & patients[2]


def test_a_group_needs_a_column(tmp_path: Path) -> None:
    data = pictures(60)
    with pytest.raises(CallError, match="without columns") as no_columns:
        hakseup.crossval((data.images, data.labels.values), settings={"data.group": "patient"})
    assert no_columns.value.hint is not None and "path, label and patient" in no_columns.value.hint.en
    with pytest.raises(CallError, match="no such column") as near:
        hakseup.crossval(str(listed(tmp_path)), settings={"data.group": "patent"})
    assert near.value.hint is not None and "Patient" in near.value.hint.en


def test_too_few_pictures_of_a_class() -> None:
    labels = np.array([0] * 8 + [1] * 3)
    what = kind(["a", "b"], PICTURES, False)
    with pytest.raises(DataError, match="different pictures") as short:
        stratified(np.arange(11), np.arange(11), labels, 5, what)
    assert "b: 3" in short.value.message.en and "그림" in short.value.message.ko


def test_a_fold_is_what_train_and_evaluate_would_have_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[Any] = []

    def watched(*given: Any, **named: Any) -> Any:
        made.append(stratified(*given, **named))
        return made[-1]

    monkeypatch.setattr(picture_crossval, "stratified", watched)
    data = pictures(150, seed=3)
    noise = np.random.default_rng(0).integers(0, 256, data.images.shape).astype(np.uint8)
    images = np.where(
        np.arange(150)[:, None, None, None] % 4 == 0, noise, data.images
    )  # so that some are wrong
    y = data.labels.values
    settings = {**QUICK, "training.final_fit": True}
    found = hakseup.crossval((images, y), settings=settings, k=3, all_rows=True)
    fold = made[0][1]
    pair = ((images[fold.train], y[fold.train]), (images[fold.held], y[fold.held]))
    alone = {**settings, "training.seed": derive(0, "fold", 1)}
    run = hakseup.train(pair, settings=alone, out=tmp_path)
    test = run.evaluate()["test"]
    assert 0.5 < test["accuracy"] < 1
    assert {name: found["folds"][1][name] for name in test} == test


def test_the_test_part_stays_sealed_unless_it_is_asked_for() -> None:
    data = pictures(90)
    given = (data.images, data.labels.values)
    found = hakseup.crossval(given, settings=QUICK, k=2)
    assert "opened" not in found and found["n"] == 72
    assert hakseup.crossval(given, settings=QUICK, k=2, all_rows=True)["opened"] == 1


def test_folds_that_are_all_alike_have_an_interval_too() -> None:
    (first, second, third) = stratified(
        np.arange(45), np.arange(45), np.arange(45) % 3, 3, kind("abc", PICTURES, False)
    )
    same = [{"accuracy": 1.0, "f1": 1.0}] * 3
    found = fold_scores.summary(
        same, {"majority": same}, {"majority": Words("m", "m")}, [first, second, third]
    )
    low, high = found["interval"]["accuracy"]
    assert low == pytest.approx(0.9213, abs=1e-3) and high == 1  # 45 of 45: scipy's Wilson interval
    assert found["interval"]["f1"] is None


def test_which_of_the_two_has_the_larger_error_is_said() -> None:
    folds = stratified(np.arange(45), np.arange(45), np.arange(45) % 3, 3, kind("abc", PICTURES, False))
    ours, other = ([{"rmse": size + at} for at in (1.0, 2.0, 4.0)] for size in (1.5, 0))
    said = fold_scores.summary(ours, {"mean": other}, {"mean": Words("the mean", "평균")}, folds)
    assert "RMSE is 1.5 larger than that of the mean" in said["versus_baseline"]["en"]
    assert "평균보다 RMSE가 1.5 큽니다" in said["versus_baseline"]["ko"]
    won = (
        [{"rmse": 1e8 + 86_840.6 + at} for at in (1.0, 2.0, 4.0)],
        [{"rmse": 1e8 + at} for at in (1.0, 2.0, 4.0)],
    )
    said = fold_scores.summary(won[0], {"mean": won[1]}, {"mean": Words("the mean", "평균")}, folds)
    assert "RMSE is 86,841 larger" in said["versus_baseline"]["en"]  # an amount in won, not 8.684e+04
    ours, other = ([{"accuracy": size + at} for at in (0.5, 0.6, 0.7)] for size in (0.1, 0))
    said = fold_scores.summary(ours, {"mean": other}, {"mean": Words("the mean", "평균")}, folds)
    assert "accuracy is 10.00 points higher" in said["versus_baseline"]["en"]


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sets = [word for key, value in QUICK.items() for word in ("--set", f"{key}={value}")]
    data = str(listed(tmp_path))
    assert main(["crossval", data, "--group", "Patient", "-k", "3", *sets, "--lang", "ko"]) == 0
    said = capsys.readouterr()
    assert "그림 72장을 3겹으로" in said.out and "줄인 픽셀의 선형 모델" in said.out
    assert "겹 학습 3 / 3" in said.err
    assert main(["crossval", data, "-k", "2", *sets, "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"folds", "mean", "std", "interval", "total_seconds"} <= set(found)
    assert main(["crossval", data, "--set", "data.target=label", "--json"]) == 2
