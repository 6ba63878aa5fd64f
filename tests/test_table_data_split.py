"""The split of a table: what must always hold, whatever the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from table_makers import mixed, table

from hakseup.data.labels import Labels
from hakseup.data.split import Split
from hakseup.data.table_identity import fingerprint
from hakseup.data.table_identity import test_id as identity
from hakseup.data.table_split import sealed, split, units
from hakseup.errors import CallError, DataError, SealError
from hakseup.settings import SplitSettings

DEFAULT = SplitSettings()


def numbers(n: int, seed: int = 0, **others: Any) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {"a": rng.normal(size=n), "b": rng.normal(size=n), **others}


def everything(parts: Split) -> list[int]:
    return sorted(np.concatenate([parts.train, parts.validation, parts.test, parts.left_out]).tolist())


def sides(parts: Split) -> dict[int, str]:
    return {int(row): name for name, index in parts.parts().items() for row in index}


def test_the_parts_are_sorted_and_together_everything() -> None:
    made = table(mixed(400))
    parts, _ = split(made, DEFAULT, 0)
    assert everything(parts) == list(range(400)) and len(parts.left_out) == 0
    assert all(np.all(np.diff(index) > 0) and index.dtype == np.int64 for index in parts.parts().values())


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(40, 200),
    values=st.integers(3, 60),
    classes=st.integers(2, 3),
    seed=st.integers(0, 9),
)
def test_every_row_stands_on_one_side_and_equal_ones_on_the_same(
    n: int, values: int, classes: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    a = rng.integers(0, values, n).astype(float)  # many rows are equal, also with other labels
    y = rng.integers(0, classes, n).astype(str)
    made = table({"a": a, "y": y}, task="classes")
    try:
        parts, labels = split(made, DEFAULT, seed)
    except DataError as error:
        assert error.code == "class-too-small"
        reject()
    assert everything(parts) == list(range(n))
    where: dict[float, str] = {}
    for row, side in sides(parts).items():
        assert where.setdefault(a[row], side) == side
    for index in (parts.train, parts.validation):
        assert len(np.unique(y[index])) == classes
    assert np.all(labels.values[parts.test] == -1)


def test_shares_are_stratified() -> None:
    made = table(numbers(1000, y=["a"] * 900 + ["b"] * 100))
    parts, _ = split(made, DEFAULT, 0)
    y = np.array(made.frame["y"])
    assert [len(index) for index in parts.parts().values()] == [720, 80, 200]
    assert [int((y[index] == "b").sum()) for index in parts.parts().values()] == [72, 8, 20]


def test_a_number_is_divided_by_its_shares() -> None:
    rng = np.random.default_rng(1)
    parts, labels = split(table(numbers(500, y=rng.normal(size=500))), DEFAULT, 0)
    assert [len(index) for index in parts.parts().values()] == [360, 40, 100]
    assert np.isnan(labels.values[parts.test]).all() and not np.isnan(labels.values[parts.train]).any()


def test_the_test_part_depends_on_the_content_alone() -> None:
    frame = pl.DataFrame({**mixed(300), "id": range(300)}, strict=False).select(
        "id", "area", "city", "when", "age", "sold"
    )
    first, _ = split(table(frame), DEFAULT, 0)
    again, _ = split(table(frame), DEFAULT, 7)
    assert np.array_equal(first.test, again.test) and not np.array_equal(first.validation, again.validation)
    other, _ = split(table(frame), SplitSettings(seed=1), 0)
    assert len(np.intersect1d(first.test, other.test)) < 40  # of 60; 12 by chance
    order = np.random.default_rng(2).permutation(300)
    moved, _ = split(table(frame[order]), DEFAULT, 0)
    assert set(order[moved.test]) == set(first.test)
    turned, _ = split(table(frame.select(reversed(frame.columns)), target="sold"), DEFAULT, 0)
    assert np.array_equal(turned.test, first.test)


def test_ignoring_a_column_does_not_choose_another_test_part() -> None:
    frame = mixed(300)
    first, _ = split(table(frame), DEFAULT, 0)
    fewer, _ = split(table(frame, ignore=["age"]), DEFAULT, 0)
    assert np.array_equal(first.test, fewer.test)


def test_the_labels_do_not_choose_the_test_part_of_a_number() -> None:
    frame = numbers(300, y=np.arange(300.0))
    first, _ = split(table(frame), DEFAULT, 0)
    other, _ = split(table({**frame, "y": np.arange(300.0)[::-1]}), DEFAULT, 0)
    assert np.array_equal(first.test, other.test)


def test_a_row_that_is_added_moves_almost_none_of_the_others() -> None:
    frame = numbers(301, y=["a", "b", "c"] * 100 + ["a"])
    first, _ = split(table({k: v[:300] for k, v in frame.items()}), DEFAULT, 0)
    second, _ = split(table(frame), DEFAULT, 0)
    assert len(set(first.test) & set(second.test)) >= len(first.test) - 2


def test_copies_stay_together_and_the_share_is_kept() -> None:
    base = numbers(200)
    copies = {name: np.concatenate([v, np.repeat(v[:10], 9)]) for name, v in base.items()}
    y = (copies["a"] > 0).astype(str)
    made = table({**copies, "y": y})
    parts, _ = split(made, DEFAULT, 0)
    side = sides(parts)
    for row in range(10):
        assert len({side[row], *(side[200 + 9 * row + i] for i in range(9))}) == 1
    assert abs(len(parts.test) - 58) <= 5


def test_a_huge_copy_does_not_swallow_a_part() -> None:
    """Half of the rows are one row: it trains, or the test part would be half of the table."""
    a = np.concatenate([np.zeros(100), np.arange(1, 101)])
    for seed in range(20):
        parts, _ = split(table({"a": a, "y": a * 2}), SplitSettings(seed=seed), 0)
        assert len(parts.test) == 40 and len(parts.validation) == 16


def test_a_group_stays_on_one_side() -> None:
    rng = np.random.default_rng(3)
    groups = rng.integers(0, 40, 400)
    frame = numbers(400, g=[f"p{i}" for i in groups], y=np.where(rng.random(400) < 0.5, "a", "b"))
    made = table(frame, group="g")
    parts, _ = split(made, DEFAULT, 0)
    side = sides(parts)
    for group in range(40):
        assert len({side[int(row)] for row in np.flatnonzero(groups == group)}) == 1
    assert abs(len(parts.test) - 80) < 20 and everything(parts) == list(range(400))
    # Who is tested goes by the name of the group, not by what else is measured on it.
    more = table({**frame, "a": rng.normal(size=400)}, group="g")
    same, _ = split(more, DEFAULT, 0)
    assert np.array_equal(same.test, parts.test)


def test_rows_without_a_group_stand_alone() -> None:
    made = table(numbers(100, g=[None] * 50 + ["p", "q"] * 25, y=np.arange(100.0)), group="g")
    unit = units(made)
    assert len(np.unique(unit)) == 52
    assert len(np.unique(unit[:50])) == 50 and len(np.unique(unit[50::2])) == 1


def test_the_latest_rows_are_the_test_part() -> None:
    rng = np.random.default_rng(4)
    time = rng.permutation(300).astype(float)
    frame = numbers(300, t=time, y=rng.normal(size=300))
    parts, labels = split(table(frame, time="t"), DEFAULT, 0)
    assert set(time[parts.test]) == set(range(240, 300))
    assert set(time[parts.validation]) == set(range(216, 240))
    assert time[parts.train].max() < 216 and np.isnan(labels.values[parts.test]).all()
    again, _ = split(table(frame, time="t"), DEFAULT, 9)
    assert np.array_equal(again.validation, parts.validation)
    with pytest.raises(CallError) as caught:
        split(table(frame, time="t"), SplitSettings(seed=2), 0)
    assert caught.value.code == "setting-without-effect"


def test_a_moment_is_not_torn_apart_and_a_row_without_a_time_is_left_out() -> None:
    days = [f"2024-01-{1 + i // 10:02}" for i in range(100)]
    when: list[str | None] = list(days)
    when[5] = None
    frame = pl.DataFrame(numbers(100, y=np.arange(100.0))).with_columns(
        pl.Series("when", when).str.to_datetime(time_unit="us")
    )
    parts, _ = split(table(frame, target="y", time="when"), SplitSettings(test=0.25), 0)
    assert {days[i] for i in parts.test} in (
        {"2024-01-09", "2024-01-10"},
        {"2024-01-08", "2024-01-09", "2024-01-10"},
    )
    assert parts.left_out.tolist() == [5]


def test_an_earlier_row_that_equals_a_later_one_is_left_out() -> None:
    frame = {"a": [*range(95), *range(5)], "t": range(100), "y": np.arange(100.0)}
    made = table(frame, time="t", ignore=["t"])
    parts, _ = split(made, DEFAULT, 0)
    assert parts.left_out.tolist() == [0, 1, 2, 3, 4] and len(parts.test) == 20


@pytest.mark.parametrize("small", [1, 2])
def test_a_class_that_is_too_small_says_how_many_are_needed(small: int) -> None:
    made = table(numbers(60, y=["a"] * (60 - small) + ["b"] * small))
    with pytest.raises(DataError, match="at least 3 different rows") as caught:
        split(made, DEFAULT, 0)
    assert caught.value.code == "class-too-small" and "b:" in caught.value.message.ko


def test_three_rows_are_just_enough() -> None:
    made = table(numbers(60, y=["a"] * 57 + ["b"] * 3))
    parts, _ = split(made, DEFAULT, 0)
    assert all((made.labels.values[index] == 1).sum() == 1 for index in parts.parts().values())


def test_copies_do_not_make_a_class_large_enough() -> None:
    a = np.concatenate([np.arange(50.0), np.full(10, 99.0)])
    with pytest.raises(DataError, match="different rows"):
        split(table({"a": a, "y": ["a"] * 50 + ["b"] * 10}), DEFAULT, 0)


@pytest.mark.parametrize("different", [2, 3])
def test_a_number_needs_three_different_rows(different: int) -> None:
    made = table({"a": list(range(different)) * 2, "y": np.arange(2.0 * different)})
    if different == 3:
        parts, _ = split(made, DEFAULT, 0)
        assert [len(index) for index in parts.parts().values()] == [2, 2, 2]
    else:
        with pytest.raises(DataError, match="At least 3") as caught:
            split(made, DEFAULT, 0)
        assert caught.value.code == "too-few-rows"
        assert (
            "for the validation part" in caught.value.message.en and "검증 부분이" in caught.value.message.ko
        )


def test_a_class_that_comes_too_late_to_train_is_an_error() -> None:
    frame = numbers(100, t=range(100), y=["a", "b"] * 45 + ["c"] * 10)
    with pytest.raises(DataError) as caught:
        split(table(frame, time="t"), DEFAULT, 0)
    assert caught.value.code == "class-too-late" and "c" in caught.value.message.en


def test_the_target_of_the_test_part_cannot_be_read() -> None:
    made = table(mixed(200))
    parts, labels = split(made, DEFAULT, 0)
    with pytest.raises(SealError):
        labels.of(parts.test[:1])
    assert np.array_equal(labels.break_seal(), made.labels.values)
    closed = sealed(made, labels, parts)
    hidden = closed.frame["sold"].is_null().to_numpy()
    assert np.flatnonzero(hidden).tolist() == parts.test.tolist()
    assert closed.frame.drop("sold").equals(made.frame.drop("sold"))


def test_a_table_is_called_by_its_content() -> None:
    frame = pl.DataFrame(mixed(200), strict=False)
    made = table(frame)
    parts, labels = split(made, DEFAULT, 0)
    name, test = fingerprint(made, labels, parts), identity(made, parts)
    order = np.random.default_rng(0).permutation(200)
    for other in (
        table(frame[order]),
        table(frame.select(reversed(frame.columns)), target="sold"),
        table(frame, ignore=["age"]),
    ):
        again, closed = split(other, DEFAULT, 5)
        assert (fingerprint(other, closed, again), identity(other, again)) == (name, test)
    train = int(parts.train[0])
    flipped = {"yes": "no", "no": "yes"}
    changed = frame.with_row_index("row").with_columns(
        pl.when(pl.col("row") == train).then(pl.col("sold").replace(flipped)).otherwise("sold").alias("sold")
    )
    other = table(changed.drop("row"))
    closed = other.labels.seal(parts.test)
    assert fingerprint(other, closed, parts) != name and identity(other, parts) == test
    # The labels of the test part are not read.
    assert fingerprint(made, Labels(labels.values), parts) == name
    assert identity(made, split(made, SplitSettings(seed=1), 0)[0]) != test


def test_number_labels_name_a_table_too() -> None:
    made = table(numbers(100, y=np.arange(100.0)))
    parts, labels = split(made, DEFAULT, 0)
    other = made.labels.values.copy()
    other[parts.train[0]] += 1
    assert fingerprint(made, labels, parts) != fingerprint(made, Labels(other).seal(parts.test), parts)
