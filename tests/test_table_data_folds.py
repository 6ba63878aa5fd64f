"""Folds: every row is held out once, and what belongs together stays together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold
from table_makers import table

from hakseup.data.table_folds import folds
from hakseup.data.table_split import held_out, split, units
from hakseup.errors import CallError, DataError, SealError
from hakseup.settings import SplitSettings


def frame(n: int, seed: int = 0, **others: Any) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {"a": rng.normal(size=n), "y": np.where(rng.random(n) < 0.3, "p", "q"), **others}


@settings(max_examples=40, deadline=None)
@given(n=st.integers(30, 150), values=st.integers(4, 80), k=st.integers(2, 6), seed=st.integers(0, 5))
def test_every_row_is_held_out_once_and_units_are_whole(n: int, values: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = table({"a": rng.integers(0, values, n), "y": rng.choice(["p", "q"], n)}, target="y")
    rows = np.sort(rng.permutation(n)[: n - 5])
    try:
        made_folds = folds(made, made.labels, rows, k, repeats=2, seed=seed)
    except DataError as error:
        assert error.code == "class-too-small"
        reject()
    unit = units(made)
    for repeat in (0, 1):
        mine = [fold for fold in made_folds if fold.repeat == repeat]
        assert [fold.number for fold in mine] == list(range(k))
        assert np.array_equal(np.sort(np.concatenate([fold.held for fold in mine])), rows)
        for fold in mine:
            assert np.array_equal(np.sort(np.concatenate([fold.train, fold.held])), rows)
            assert not np.intersect1d(unit[fold.train], unit[fold.held]).size


def test_shares_are_those_of_scikit_learn() -> None:
    made = table(frame(203))
    y = made.labels.values
    theirs = [np.bincount(y[held]) for _, held in StratifiedKFold(5).split(y[:, None], y)]
    ours = [np.bincount(y[fold.held]) for fold in folds(made, made.labels, np.arange(203), 5)]
    for label in (0, 1):
        assert sorted(c[label] for c in ours) == sorted(c[label] for c in theirs)
    assert {len(fold.held) for fold in folds(made, made.labels, np.arange(203), 5)} == {40, 41}


def test_repeats_and_seeds_divide_anew_and_the_same_again() -> None:
    made, rows = table(frame(100)), np.arange(100)
    one = folds(made, made.labels, rows, 5, repeats=3, seed=1)
    assert len(one) == 15
    again = folds(made, made.labels, rows, 5, repeats=3, seed=1)
    assert all(np.array_equal(a.held, b.held) for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one[0].held, one[5].held)
    assert not np.array_equal(one[0].held, folds(made, made.labels, rows, 5, seed=2)[0].held)


def test_large_units_are_spread() -> None:
    a = np.concatenate([np.repeat(np.arange(10.0), 12), np.arange(100, 180)])
    made = table({"a": a, "y": np.arange(200.0)})
    assert [len(fold.held) for fold in folds(made, made.labels, np.arange(200), 5)] == [40] * 5


def test_groups_stay_in_one_fold() -> None:
    rng = np.random.default_rng(2)
    group = rng.integers(0, 30, 300)
    made = table(frame(300, g=[f"p{i}" for i in group]), target="y", group="g")
    for fold in folds(made, made.labels, np.arange(300), 5):
        assert not np.intersect1d(group[fold.train], group[fold.held]).size


def test_a_class_that_a_fold_cannot_learn_is_an_error() -> None:
    late = table(frame(100, t=range(100), y=["p"] * 50 + ["q"] * 50), target="y", time="t")
    with pytest.raises(DataError, match="fold 1 lack a class: q"):
        folds(late, late.labels, np.arange(100), 4)


def test_by_time_each_fold_is_predicted_from_the_past() -> None:
    time = np.random.default_rng(3).permutation(120) // 2
    made = table(frame(120, t=time, b=np.arange(120.0)), target="y", time="t")
    made_folds = folds(made, made.labels, np.arange(120), 5)
    assert [len(fold.held) for fold in made_folds] == [20] * 5
    for number, fold in enumerate(made_folds):
        assert time[fold.train].max() < time[fold.held].min() and len(fold.train) == 20 * (number + 1)
    with pytest.raises(CallError) as caught:
        folds(made, made.labels, np.arange(120), 5, repeats=2)
    assert caught.value.code == "setting-without-effect"


def test_by_time_a_row_that_comes_again_does_not_train() -> None:
    made = table({"a": [*range(55), *range(5)], "t": range(60), "y": np.arange(60.0)}, time="t", ignore=["t"])
    *others, last = folds(made, made.labels, np.arange(60), 5)
    assert last.held.tolist() == list(range(50, 60)) and last.train.tolist() == list(range(5, 50))
    assert all(fold.train[0] == 0 for fold in others)


@pytest.mark.parametrize("counts", [[90, 2, 2, 2, 2, 2], [1, 1, 1, 1, 1, 95], [50, 1, 1, 1, 1, 46]])
def test_by_time_no_fold_is_empty_whatever_the_moments(counts: list[int]) -> None:
    made = table(frame(100, t=np.repeat(np.arange(6.0), counts), y=np.arange(100.0)), time="t")
    made_folds = folds(made, made.labels, np.arange(100), 5)
    assert [len(fold.held) for fold in made_folds] == counts[1:]
    with pytest.raises(DataError, match="at least 7"):
        folds(made, made.labels, np.arange(100), 6)


def test_too_few_rows_of_a_class_are_named() -> None:
    made = table({"a": np.arange(60.0), "y": ["p"] * 56 + ["q"] * 4})
    assert len(folds(made, made.labels, np.arange(60), 4)) == 4
    with pytest.raises(DataError, match="q: 4") as caught:
        folds(made, made.labels, np.arange(60), 5)
    assert caught.value.code == "class-too-small"
    number = table({"a": [1.0, 2.0, 3.0] * 20, "y": np.arange(60.0)})
    with pytest.raises(DataError, match="5 different rows or more; there are 3"):
        folds(number, number.labels, np.arange(60), 5)


def test_the_test_part_is_not_read() -> None:
    made = table(frame(200))
    parts, labels = split(made, SplitSettings(), 0)
    rows = np.sort(np.concatenate([parts.train, parts.validation]))
    assert len(folds(made, labels, rows, 5)) == 5
    with pytest.raises(SealError):
        folds(made, labels, np.arange(200), 5)


def test_a_share_is_held_out_of_any_rows() -> None:
    made, rows = table(frame(200)), np.arange(50, 150)
    kept, held = held_out(made, made.labels, rows, 0.2, 0, "inner", 3)
    assert np.array_equal(np.union1d(kept, held), rows) and not set(kept) & set(held)
    assert len(held) == 20 and set(held) <= set(rows.tolist()) and np.all(np.diff(held) > 0)
    y = made.labels.values
    assert abs(np.mean(y[held]) - np.mean(y[rows])) < 0.03
    assert not np.array_equal(held, held_out(made, made.labels, rows, 0.2, 0, "inner", 4)[1])
