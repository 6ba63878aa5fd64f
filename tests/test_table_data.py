"""Tables as they are loaded: the target and its task, the roles of the columns, the hashes of the rows."""

from __future__ import annotations

import dataclasses
import math
import struct
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_makers import found, house, mixed, table

from hakseup.data.labels import Labels
from hakseup.data.table import load
from hakseup.data.table_keys import numbered, row_keys, salted
from hakseup.data.table_roles import names_rows
from hakseup.errors import CallError, DataError, SealError
from hakseup.words import Words

RNG = np.random.default_rng(0)
X = RNG.normal(size=60)
AB = ["a", "b"] * 30


def roles(frame: dict[str, Any], **call: Any) -> dict[str, str]:
    return {role.name: role.role for role in table(frame, **call).roles}


def reason(frame: dict[str, Any], name: str, **call: Any) -> str:
    return next(role.reason.en for role in table(frame, **call).roles if role.name == name)


def test_the_target_is_the_last_column_and_that_is_said() -> None:
    made = table({"x": X, "y": AB})
    assert made.target == "y" and made.task == "classes"
    assert [c.key for c in made.classes] == ["a", "b"]
    assert made.labels.values.tolist() == [0, 1] * 30 and made.labels.values.dtype == np.int64
    assert any("last column, 'y'" in note.en and "--target" in note.ko for note in made.notes)
    assert not any("last column" in note.en for note in table({"x": X, "y": AB}, target="y").notes)


@pytest.mark.parametrize("called", ["Price", "price", " PRICE ", 2, "2"])
def test_the_target_is_found_by_name_and_by_number(called: str | int) -> None:
    made = table({"x": X, "Price": X + 1, "z": X + 2}, target=called)
    assert made.target == "Price" and made.task == "number"
    assert np.array_equal(made.labels.values, X + 1)


def test_a_column_that_is_called_as_a_number_goes_before_the_number() -> None:
    assert table({"2": X, "b": X, "c": X}, target="2").target == "2"


def test_a_column_is_found_by_what_a_person_calls_it() -> None:
    plain = found({"SalePrice": X, "b": X})
    columns = (
        dataclasses.replace(plain.columns[0], words=Words("sale price", "판매가격")),
        *plain.columns[1:],
    )
    assert load(dataclasses.replace(plain, columns=columns), target="판매가격").target == "SalePrice"


@pytest.mark.parametrize(
    ("call", "near"),
    [
        ({"target": "SalePric"}, "SalePrice"),
        ({"target": "saleprise"}, "SalePrice"),
        ({"group": "Neighbourhod"}, "Neighborhood"),
        ({"ignore": ["Neighborhod"]}, "Neighborhood"),
    ],
)
def test_a_misspelt_column_names_the_nearest(call: dict[str, Any], near: str) -> None:
    with pytest.raises(CallError) as caught:
        table({"Neighborhood": AB, "x": X, "SalePrice": X}, **call)
    assert caught.value.code == "unknown-column" and caught.value.hint is not None
    assert f"'{near}'" in caught.value.hint.en and f"'{near}'" in caught.value.hint.ko


@pytest.mark.parametrize("number", ["0", "-1", "4"])
def test_a_number_of_a_column_that_there_is_not_is_refused(number: str) -> None:
    with pytest.raises(CallError, match="1 to 3"):
        table({"a": X, "b": X, "c": X}, target=number)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ({"target": "y", "ignore": ["y"]}, "column-twice"),
        ({"target": "y", "group": "y"}, "column-twice"),
        ({"group": "x", "ignore": ["x"]}, "column-twice"),
        ({"group": "x", "time": "z"}, "group-and-time"),
        ({"ignore": ["x", "y", "z"]}, "no-target"),
    ],
)
def test_one_column_serves_one_purpose(call: dict[str, Any], code: str) -> None:
    with pytest.raises(CallError) as caught:
        table({"x": X, "z": X, "y": AB}, **call)
    assert caught.value.code == code


def test_the_last_column_that_is_free_is_the_target() -> None:
    assert table({"x": X, "y": AB, "g": AB}, group="g").target == "y"
    assert table({"x": X, "y": AB, "g": AB}, ignore=["g"]).target == "y"


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([0.0, 1.0] * 30, "classes"),
        ([0.5, 1.5] * 30, "classes"),
        ([1.0, 2.0, 3.0] * 20, "classes"),
        ([3.0] * 40 + [4.0] * 18 + [9.0] * 2, "number"),  # a 9 that is too rare to be a class
        ([float(i) for i in range(60)], "number"),
        ([0.0, 0.5, 1.0] * 20, "number"),  # not whole
        ([float(i % 11) for i in range(60)], "number"),  # too many
        (["x", "y", "z"] * 20, "classes"),
        ([True, False] * 30, "classes"),
    ],
)
def test_the_task_is_found(values: list[Any], task: str) -> None:
    assert table({"x": X, "y": values}).task == task


def test_the_task_can_be_said() -> None:
    assert table({"x": X, "y": [0, 1] * 30}, task="number").labels.values.tolist() == [0.0, 1.0] * 30
    made = table({"x": X, "y": [float(i % 12) for i in range(60)]}, task="classes")
    assert [c.key for c in made.classes] == [str(i) for i in range(12)]  # 2 before 10
    assert made.labels.values[:13].tolist() == [*range(12), 0]
    texts = table({"x": X, "y": ["1.5", "2"] * 30}, task="number")
    assert texts.labels.values[:2].tolist() == [1.5, 2.0]
    with pytest.raises(DataError, match="'b' in line 3") as caught:
        table({"x": X, "y": ["1", "b"] * 30}, task="number")
    assert caught.value.code == "target-not-number"


def test_classes_are_in_natural_order_and_a_known_set_names_them() -> None:
    made = table({"x": X, "y": ["10", "9", "2"] * 20})
    assert [c.key for c in made.classes] == ["2", "9", "10"]
    known = load(
        found(
            {"x": X, "type": [0.0, 1.0] * 30, "z": X},
            target="type",
            task="classes",
            class_names=(("0", Words("white", "화이트")), ("1", Words("red", "레드"))),
        )
    )
    assert known.target == "type" and [c.words.ko for c in known.classes] == ["화이트", "레드"]


def test_classes_that_differ_in_capitals_only_are_asked_about() -> None:
    notes = table({"x": X, "y": ["Yes", "yes ", "no"] * 20}).notes
    assert any("'Yes', 'yes '" in note.en for note in notes)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([None] * 60, "target-missing"),
        ([float("nan")] * 60, "target-missing"),
        ([3.0] * 60, "constant-target"),
        (["a"] * 60, "one-class"),
        ([1.0, math.inf] * 30, "target-infinite"),
        ([datetime(2020, 1, 1 + i % 28) for i in range(60)], "target-date"),
        ([f"row {i}" for i in range(60)], "too-many-classes"),
    ],
)
def test_a_target_that_cannot_be_one_says_why(values: list[Any], code: str) -> None:
    dtype = pl.String if values[0] is None else None
    with pytest.raises(DataError) as caught:
        table({"x": X, "y": pl.Series(values, dtype=dtype)})
    assert caught.value.code == code
    assert "'y'" in caught.value.message.en and "'y'" in caught.value.message.ko


def test_an_infinite_target_is_named_by_its_lines() -> None:
    values = X.copy()
    values[[3, 10]] = np.inf, -np.inf
    with pytest.raises(DataError, match="2 rows \\(lines 5, 12\\)"):
        table({"x": X, "y": values})


def test_rows_without_a_target_are_left_out_and_counted() -> None:
    values = ["a", None, "b", "a", None, "b"] * 10
    made = table({"x": X, "y": values})
    assert len(made) == len(made.frame) == len(made.keys) == 40
    assert made.lines[:3].tolist() == [2, 4, 5]
    assert any("20 of 60 rows" in note.en and "lines 3, 6" in note.en for note in made.notes)


@pytest.mark.parametrize("code", ["no-rows", "no-features"])
def test_nothing_to_learn_from_is_an_error(code: str) -> None:
    frame = {"x": [], "y": []} if code == "no-rows" else {"x": [1.0] * 60, "y": AB}
    with pytest.raises(DataError) as caught:
        table(pl.DataFrame(frame))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        ("height", X, "number"),
        ("rooms", [float(i % 4) for i in range(60)], "number"),  # few whole values stay a number
        ("colour", ["red", "blue", "green"] * 20, "category"),
        ("smoker", [True, False, None] * 20, "category"),
        ("when", [datetime(2020, 1, 1 + i % 28) for i in range(60)], "date"),
        ("PassengerId", range(1, 61), "left out"),
        ("EmployeeNumber", RNG.permutation(60) + 1000, "left out"),
        ("room number", [float(i % 7) for i in range(60)], "number"),
        ("고객번호", RNG.permutation(60) + 1000, "left out"),
        ("Unnamed: 0", range(60), "left out"),
        ("code", [f"c{i}" for i in range(60)], "left out"),
        ("store_id", [float(i % 5) for i in range(60)], "category"),  # codes, not quantities
        ("patient_id", [float(i // 2) for i in range(60)], "left out"),
        ("price_index", np.arange(60) + 100, "number"),
        ("acid", np.arange(60), "number"),
        ("constant", [7.0] * 60, "left out"),
        ("word", ["same"] * 60, "left out"),
        ("nothing", pl.Series([None] * 60, dtype=pl.String), "left out"),
        ("only sometimes", ["x", None] * 30, "category"),
        ("comment", [f"the {i}th visitor said that it was fine" for i in range(60)], "left out"),
        ("review", [f"what {i % 30} people wrote about it" for i in range(60)], "left out"),
        ("answer", ["매우 그렇다고 생각하는 편이다", "전혀 그렇지 않다고 생각한다"] * 30, "category"),
        ("성명", [f"김{i // 2}" for i in range(60)], "left out"),
        ("breed name", ["corgi", "pug", "akita"] * 20, "category"),
        ("ticket", [f"t{i % 40}" for i in range(60)], "left out"),
        ("cabin", [f"C{i % 25}" if i % 2 else None for i in range(60)], "category"),
    ],
)
def test_the_role_of_a_column_is_found_and_explained(name: str, values: Any, role: str) -> None:
    series = values if isinstance(values, pl.Series) else pl.Series(list(values), strict=False)
    frame = {"x": X, name: series, "y": AB}
    assert roles(frame) == {"x": "number", name: role, "y": "target"}, reason(frame, name)
    assert reason(frame, name)


def test_texts_of_few_rows_have_the_keys_of_many() -> None:
    frame = pl.DataFrame({"t": ["가", None, "b", "가", ""], "n": [1.0, 2.0, None, 1.0, 0.0]})
    few, many = row_keys(frame, ["t", "n"]), row_keys(pl.concat([frame] * 300), ["t", "n"])
    assert few.tolist() == many[:5].tolist() and few[0] == few[3] and len(set(few.tolist())) == 4


def test_several_numbers_in_a_cell_are_numbers() -> None:
    cells = [f"{100 + i}/{60 + i}" for i in range(60)]
    for sign in ("/", " x ", ":", "~"):
        frame = {"x": X, "both": [*(c.replace("/", sign) for c in cells[1:]), None], "y": AB}
        assert roles(frame)["both"] == "numbers"
        assert "2 numbers in each cell" in reason(frame, "both") and "missing in 1 of 60" in reason(
            frame, "both"
        )
    assert roles({"x": X, "score": [f"{i}-{60 - i}" for i in range(60)], "y": AB})["score"] == "numbers"
    for others in (
        [f"010-1234-{5000 + i}" for i in range(60)],
        [*cells[1:], "high"],
        [f"{i}/{i}" if i % 2 else f"{i}/{i}/{i}" for i in range(60)],
    ):
        assert roles({"x": X, "other": others, "y": AB})["other"] == "left out"
    assert (
        roles({"x": X, "ratio": ["1:2", "2:1"] * 30, "y": AB})["ratio"] == "category"
    )  # a few kinds stay so


def test_numbers_are_written_as_people_write_them() -> None:
    assert (
        reason({"x": np.linspace(1500000, 9000000, 60).round(), "y": AB}, "x")
        == "number, 1,500,000 to 9,000,000"
    )
    assert reason({"x": [1872.0, 2010.0] * 30, "y": AB}, "x") == "number, 1872 to 2010"
    assert reason({"x": [0.25, 31.5] * 30, "y": AB}, "x") == "number, 0.25 to 31.5"


def test_row_numbers_are_kept_where_they_are_all_there_is() -> None:
    assert roles({"id": range(60), "y": X})["id"] == "number"
    assert roles({"id": range(60), "x": X, "y": X})["id"] == "left out"


@pytest.mark.parametrize(
    "name", ["id", "ID", "customerID", "passenger_id", "userid", "No.", "학번", "회원번호"]
)
def test_names_that_number_rows(name: str) -> None:
    assert names_rows(name)


@pytest.mark.parametrize(
    "name", ["paid", "humid", "citric acid", "consumer price index", "width", "면적", "no_rooms"]
)
def test_names_that_do_not(name: str) -> None:
    assert not names_rows(name)


def test_what_is_ignored_and_the_group_are_left_out_and_the_time_is_not() -> None:
    frame = {"a": X, "b": X**2, "g": AB, "t": np.arange(60) * 3.0, "y": X}
    assert roles(frame, ignore=["b"], group="g") == {
        "a": "number",
        "b": "left out",
        "g": "left out",
        "t": "number",
        "y": "target",
    }
    made = table(frame, time="t")
    assert made.order is not None and np.array_equal(made.order, np.arange(60) * 3.0)
    groups = table(frame, group="g").groups
    assert groups is not None and groups.tolist() == [0, 1] * 30


@pytest.mark.parametrize(("values", "code"), [(AB, "bad-time"), ([5.0] * 60, "constant-time")])
def test_a_time_that_orders_nothing_is_an_error(values: list[Any], code: str) -> None:
    with pytest.raises(DataError) as caught:
        table({"x": X, "t": values, "y": AB}, time="t")
    assert caught.value.code == code


def test_infinite_cells_of_a_feature_are_missing_and_that_is_said() -> None:
    values = X.copy()
    values[[0, 7]] = np.inf, np.nan
    made = table({"x": values, "y": AB})
    assert np.flatnonzero(made.frame["x"].is_null().to_numpy()).tolist() == [0, 7]
    assert any("'x'" in note.en and "2 rows" in note.en and "lines 2, 9" in note.en for note in made.notes)


def test_what_was_done_to_read_a_column_stands_in_its_reason() -> None:
    plain = found({"x": X, "y": AB})
    first = dataclasses.replace(plain.columns[0], note=Words("read with decimal commas", "소수점 쉼표"))
    made = load(dataclasses.replace(plain, columns=(first, plain.columns[1])))
    assert "decimal commas" in made.roles[0].reason.en and "쉼표" in made.roles[0].reason.ko


CELLS = st.sampled_from([None, 0.0, -0.0, 1.0, 2.5])
WORDS = st.sampled_from([None, "", "a", "b", "ab"])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(CELLS, WORDS, WORDS, st.sampled_from([None, True, False])), min_size=1, max_size=40)
)
def test_keys_are_equal_where_rows_are(rows: list[tuple[Any, ...]]) -> None:
    frame = pl.DataFrame(
        rows, schema={"n": pl.Float64, "s": pl.String, "t": pl.String, "b": pl.Boolean}, orient="row"
    )
    keys = row_keys(frame, frame.columns)
    plain = [tuple(0.0 if v == 0 and isinstance(v, float) else v for v in row) for row in rows]
    for i, one in enumerate(plain):
        for j, other in enumerate(plain):
            same = one == other and [type(v) for v in one] == [type(v) for v in other]
            assert (keys[i].tobytes() == keys[j].tobytes()) == same
    moved = row_keys(frame.select("b", "t", "n", "s"), frame.columns)
    assert keys.tobytes() == moved.tobytes()
    number = numbered(keys)
    assert len(set(number.tolist())) == len(set(plain)) == number.max() + 1


def test_keys_depend_on_no_block_and_on_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame({"a": X, "b": AB})
    keys = row_keys(frame, ["a", "b"])
    monkeypatch.setattr("hakseup.data.table_keys._BYTES", 200)
    assert row_keys(frame, ["a", "b"]).tobytes() == keys.tobytes()
    # Spelled out, so that a change that would move every test part is seen.
    fixed = row_keys(pl.DataFrame({"s": ["가", None], "n": [1.5, None]}), ["s", "n"])
    missing = struct.pack("<Q", 0x7FF8_0000_DEAD_0000) + bytes(16)
    cells = [struct.pack("<d", 1.5) + blake2b("가".encode(), digest_size=16).digest(), missing]
    assert [k.tobytes() for k in fixed] == [blake2b(cell, digest_size=16).digest() for cell in cells]
    ranks = [blake2b(k.tobytes(), digest_size=8, key=b"salt").digest() for k in fixed]
    assert salted(fixed, "salt").tolist() == [int.from_bytes(rank, "little") for rank in ranks]


def test_minus_zero_is_zero() -> None:
    zero, minus = (row_keys(pl.DataFrame({"a": [v]}), ["a"]) for v in (0.0, -0.0))
    assert zero.tobytes() == minus.tobytes()


def test_keys_leave_out_the_target_and_what_is_not_learned_from() -> None:
    frame = {"id": range(60), "x": [1.0, 2.0] * 30, "y": X}
    made = table(frame)
    assert len(np.unique(numbered(made.keys))) == 2 and len(np.unique(numbered(made.rows))) == 60
    other = table({**frame, "y": X[::-1]})
    assert other.keys.tobytes() == made.keys.tobytes() and other.rows.tobytes() == made.rows.tobytes()


def test_equal_rows_of_two_groups_are_not_equal() -> None:
    made = table({"x": [1.0, 2.0] * 30, "g": ["p"] * 20 + ["q"] * 40, "y": X}, group="g")
    assert len(np.unique(numbered(made.keys))) == 4


def test_number_labels_are_sealed_with_nan() -> None:
    labels = Labels(np.array([1.5, 2.5, -1.0]))
    sealed = labels.seal(np.array([1]))
    assert np.isnan(sealed.values[1]) and sealed.of(np.array([0, 2])).tolist() == [1.5, -1.0]
    with pytest.raises(SealError):
        sealed.of(np.array([0, 1]))
    again = sealed.seal(np.array([0, 1]))
    assert again.break_seal().tolist() == [1.5, 2.5, -1.0]


def test_the_house_has_the_columns_of_the_tutorial(real_data: Path) -> None:
    made = load(house(real_data))
    assert made.target == "SalePrice" and made.task == "number" and len(made) == 1460
    assert {r.name for r in made.roles if r.role == "left out"} == {"Id"}
    assert len(made.features) == 79


def test_a_thousand_columns_are_quick_enough() -> None:
    wide = {f"c{i}": RNG.normal(size=20) for i in range(3000)}
    made = table({**wide, "y": ["a", "b"] * 10})
    assert len(made.features) == 3000


def test_a_mixed_table_has_a_role_for_every_column() -> None:
    assert roles(mixed()) == {
        "area": "number",
        "city": "category",
        "when": "date",
        "age": "number",
        "sold": "target",
    }
