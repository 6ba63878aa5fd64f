"""What `look` says of a table: against pandas and plain counting, constructed cases, as a screen and as a page."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from report_html import Tree
from rich.cells import cell_len
from rich.console import Console

from hakseup.cli.look_text import look_text
from hakseup.data import table_looking
from hakseup.data.table_looking import Given, facts
from hakseup.data.table_relations import pearson
from hakseup.data.table_roles import Role
from hakseup.data.table_shown import histogram
from hakseup.errors import DataError
from hakseup.report import table_look, table_plots
from hakseup.sources.found import ClassName, Refused
from hakseup.words import Words, speak

pytestmark = pytest.mark.drawn


def given(
    frame: pl.DataFrame,
    target: str | None = None,
    task: Any = None,
    classes: tuple[str, ...] = (),
    test: np.ndarray | None = None,
    **changes: Any,
) -> Given:
    frame = frame.with_columns(pl.col(pl.Int64).cast(pl.Float64))
    kinds = {pl.String: "category", pl.Boolean: "category", pl.Datetime("us"): "date"}
    roles = [
        Role(
            name,
            Words(name, f"{name} 열"),
            "target"
            if name == target
            else "left out"
            if name == "id"
            else kinds.get(frame[name].dtype, "number"),
            Words("taken as it is", "그대로 씀"),
        )
        for name in frame.columns
    ]
    n = len(frame)
    labels = None
    if task == "number":
        labels = frame[target].to_numpy()
    elif task == "classes":
        keys = [str(int(v)) if isinstance(v, float) else v for v in frame[target]]
        labels = np.array([classes.index(key) for key in keys], np.int64)
    parts = None if test is None else {"train": n - len(test), "validation": 0, "test": len(test)}
    base: dict[str, Any] = {
        "source": "/data/t.csv", "name": "t", "format": "csv", "roles": roles,
        "classes": [ClassName(key, Words(f"class {key}", f"{key} 클래스")) for key in classes],
        "labels": labels, "lines": np.arange(2, n + 2), "parts": parts,
    }  # fmt: skip
    return Given(**{**base, "frame": frame, "target": target, "task": task, "test": test, **changes})


def codes(found: dict[str, Any], level: str | None = None) -> set[str]:
    return {f["code"] for f in found["findings"] if level in (None, f["level"])}


def mixed(n: int = 300, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    size = rng.normal(50, 10, n)
    city = rng.choice(["Seoul", "Busan", "Jeju"], n)
    price = 3 * size + 40 * (city == "Seoul") + rng.normal(0, 10, n)
    frame = pl.DataFrame({"size": size, "city": city, "noise": rng.normal(size=n), "price": price})
    gone = pl.Series(rng.random(n) < 0.25)
    return frame.with_columns(pl.when(~gone).then(pl.col("noise")).alias("noise"))


# --- relations with the target -------------------------------------------------------------------------------


def test_correlations_are_those_of_pandas_after_one_hot() -> None:
    frame = mixed()
    found = facts(given(frame, "price", "number"))
    dummies = pd.get_dummies(frame.to_pandas(), dtype=float)
    expected = dummies.corr()["price"].drop("price")
    rows = found["correlation"]["rising"] + found["correlation"]["falling"]
    assert {row["name"] for row in rows} == set(expected.index)
    for row in rows:
        assert row["r"] == pytest.approx(expected[row["name"]], abs=1e-9), row["name"]
    assert [row["name"] for row in found["correlation"]["rising"]][:2] == ["size", "city_Seoul"]
    assert found["strongest"] == ["size", "noise"]


def test_missing_categories_count_as_any_other_as_get_dummies_does() -> None:
    rng = np.random.default_rng(0)
    city = [None if r < 0.3 else "a" if r < 0.7 else "b" for r in rng.random(200)]
    frame = pl.DataFrame({"city": city, "y": rng.normal(size=200)})
    found = facts(given(frame, "y", "number"))
    expected = pd.get_dummies(frame.to_pandas(), dtype=float).corr()["y"]
    for row in found["correlation"]["rising"] + found["correlation"]["falling"]:
        assert row["r"] == pytest.approx(expected[row["name"]])


def test_of_many_classes_each_is_correlated_by_itself() -> None:
    rng = np.random.default_rng(0)
    label = rng.choice(["a", "b", "c"], 300)
    frame = pl.DataFrame({"x": (label == "b") + rng.normal(0, 0.3, 300), "y": label})
    best = facts(given(frame, "y", "classes", ("a", "b", "c")))["correlation"]["rising"][0]
    assert best["class"] == "b"
    assert best["r"] == pytest.approx(np.corrcoef(frame["x"], label == "b")[0, 1])


def test_pearson_of_what_does_not_vary_is_none() -> None:
    assert pearson(np.ones(5), np.arange(5.0)) is None
    assert pearson(np.arange(5.0) * 1e-9, np.arange(5.0)) == pytest.approx(1)
    assert pearson(np.full(5, 0.1), np.arange(5.0)) is None


def test_nothing_that_depends_on_the_target_reads_the_test_part() -> None:
    frame = mixed()
    test = np.arange(0, 300, 5)
    scrambled = frame.with_columns(
        pl.when(pl.int_range(300) % 5 == 0).then(-1e9).otherwise(pl.col("price")).alias("price")
    )
    one, two = (facts(given(f, "price", "number", test=test)) for f in (frame, scrambled))
    assert one == two
    assert one["target"]["n"] == 240
    assert facts(given(scrambled, "price", "number")) != two


@pytest.mark.parametrize("task", ["number", "classes"])
def test_a_column_that_gives_the_target_away_is_found(task: str) -> None:
    rng = np.random.default_rng(0)
    y = rng.lognormal(10, 1, 400) if task == "number" else rng.choice([0.0, 1.0], 400)
    frame = pl.DataFrame(
        {
            "copy": y * 1.1 if task == "number" else np.where(y == 1, "done", "open"),
            "filled_late": pl.Series([None if v == 0 else "2024" for v in y]) if task == "classes" else y**3,
            "related": y + rng.normal(0, y.std() * 0.3, 400),
            "noise": rng.normal(size=400),
            "y": y,
        }
    )
    found = facts(given(frame, "y", task, ("0", "1") if task == "classes" else ()))
    assert {leak["name"] for leak in found["leaks"]} == {"copy", "filled_late"}
    assert "leak" in codes(found, "problem")


def test_identifiers_and_noise_do_not_look_like_leaks() -> None:
    rng = np.random.default_rng(1)
    frame = pl.DataFrame(
        {
            "id": [f"c{i}" for i in range(300)],
            "n": np.arange(300.0),
            "x": rng.normal(size=300),
            "y": rng.choice([0.0, 1.0], 300),
        }
    )
    assert facts(given(frame, "y", "classes", ("0", "1")))["leaks"] == []


def test_a_target_that_is_the_sum_of_columns_is_found() -> None:
    rng = np.random.default_rng(2)
    parts = {name: rng.poisson(size, 300).astype(float) for name, size in (("casual", 8), ("member", 30))}
    frame = pl.DataFrame({**parts, "warm": rng.normal(size=300), "y": parts["casual"] + parts["member"]})
    found = facts(given(frame, "y", "number"))
    assert found["together"]["names"] == ["member", "casual"] and not found["leaks"]
    assert "leak" in codes(found, "problem")
    near = frame.with_columns(y=pl.col("y") + pl.Series(rng.normal(0, 0.5, 300)))
    assert facts(given(near, "y", "number"))["together"] is None


# --- duplicates --------------------------------------------------------------------------------------------------


def test_duplicates_are_those_of_pandas() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {"a": rng.integers(0, 6, 200), "b": rng.choice(["x", "y", None], 200), "y": rng.choice([0, 1], 200)}
    )
    found = facts(given(frame, "y", "classes", ("0", "1")))["duplicates"]
    assert found["rows"] == int(frame.to_pandas().duplicated().sum())
    first = found["pairs"][0]
    assert (
        frame.drop("y").row(first["a"] - 2) == frame.drop("y").row(first["b"] - 2) and first["a"] < first["b"]
    )
    both = frame.unique().to_pandas().duplicated(["a", "b"]).sum()
    assert found["conflicts"] == both


def test_row_numbers_do_not_hide_duplicates() -> None:
    frame = pl.DataFrame({"id": np.arange(60), "a": [1.5, 2.5, 3.5] * 20, "y": [0, 1, 1] * 20})
    found = facts(given(frame, "y", "classes", ("0", "1")))
    assert found["duplicates"]["rows"] == 57 and found["duplicates"]["without"] == ["id"]
    assert {"duplicates", "identifier"} <= codes(found, "note")
    used = facts(
        given(frame.rename({"id": "step"}), "y", "classes", ("0", "1"))
    )  # it counts, and is learned from
    assert "identifier" not in codes(used, "note")
    assert used["duplicates"]["rows"] == 0 and used["duplicates"]["without"] == []


def test_rows_that_differ_in_the_target_are_no_example_of_copies() -> None:
    frame = pl.DataFrame({"a": [1.5, 1.5, 1.5, 2.5, 2.5, 3.5], "y": [0, 1, 0, 0, 1, 1]})
    found = facts(given(frame, "y", "classes", ("0", "1")))["duplicates"]
    assert (found["rows"], found["groups"], found["conflicts"]) == (1, 1, 2)
    assert found["pairs"] == [{"a": 2, "b": 4}]  # lines of the file: not 2 and 3, whose targets differ


def test_one_copy_is_said_as_one() -> None:
    found = facts(given(pl.DataFrame({"a": [1.5, 2.5, 2.5], "b": [1.0, 2.0, 2.0]})))
    (said,) = (f["en"] for f in found["findings"] if f["code"] == "duplicates")
    assert said.startswith("1 of 3 rows is an exact copy of another one")


def test_a_total_under_the_table_is_no_problem() -> None:
    for code, level in (("under-the-table", "note"), ("ragged", "problem")):
        refused = [Refused("t.csv:62", code, Words("a total", "합계"))]
        found = facts(given(mixed(60), "price", "number", refused=refused))
        assert "refused" in codes(found, level)


def test_rows_of_nothing_but_the_same_are_no_copies() -> None:
    """A target that is 1 everywhere, and a column that counts: comparing the target alone found copies."""
    frame = pl.DataFrame({"id": np.arange(30), "y": [1.0] * 30})
    found = facts(
        given(frame, trouble=DataError("constant-target", Words("y is 1 everywhere.", "y는 모두 1.")))
    )
    assert found["duplicates"]["rows"] == 0 and "duplicates" not in codes(found)


# --- single columns ----------------------------------------------------------------------------------------------


def test_zeros_that_look_like_missing() -> None:
    rng = np.random.default_rng(0)
    n = 400
    frame = pl.DataFrame(
        {
            "pressure": np.where(rng.random(n) < 0.05, 0, rng.normal(72, 10, n).round()),
            "children": rng.poisson(1.5, n),
            "visits": rng.poisson(4, n),
            "income": np.where(rng.random(n) < 0.3, 0, rng.exponential(100, n)),
            "balance": np.where(rng.random(n) < 0.2, 0, rng.normal(0, 50, n)),
        }
    )
    assert [row["name"] for row in facts(given(frame))["zeros"]] == ["pressure"]


def test_numbers_that_look_like_marks() -> None:
    rng = np.random.default_rng(0)
    n = 400
    some = rng.random(n) < 0.1
    frame = pl.DataFrame(
        {
            "nox": np.where(some, -200, rng.uniform(20, 800, n)),  # the only number below zero
            "warm": np.where(some, -999, rng.normal(0, 10, n)),  # far from all others
            "age": np.where(some, 999, rng.integers(18, 80, n)),
            "balance": rng.normal(0, 50, n),
            "top": np.minimum(rng.uniform(0, 100, n), 90),  # often, and among the others
            "income": rng.lognormal(5, 2, n),
            "grade": rng.choice([-1, 0, 1], n),
        }
    )
    found = facts(given(frame))
    assert {row["name"]: row["value"] for row in found["marks"]} == {"nox": -200, "warm": -999, "age": 999}
    assert "marks" in codes(found, "note")
    said = next(f["ko"] for f in found["findings"] if f["code"] == "marks")
    assert "(-999가 " in said and "(-200이 " in said  # 구가, 백이: the particle follows the number
    assert facts(given(frame, "warm", "number"))["marks"][-1]["name"] == "warm"  # of a target too


def test_what_stands_in_each_column() -> None:
    days = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 3, 30), "1d", eager=True)
    frame = pl.DataFrame(
        {
            "same": ["x"] * 90,
            "almost": [1.0] * 89 + [2.0],
            "empty": pl.Series([None] * 90, dtype=pl.Float64),
            "day": days.dt.cast_time_unit("us"),
            "yes": [True, False, True] * 30,
            "kind": ["a"] * 50 + ["b"] * 30 + [None] * 10,
            "id": [f"c{i}" for i in range(90)],
        }
    )
    found = facts(given(frame))
    c = {column["name"]: column for column in found["columns"]}
    assert [name for name in c if c[name]["constant"]] == ["same", "empty"]
    assert [name for name in c if c[name]["identifier"]] == ["id"]
    assert (
        c["kind"]["values"] == [{"value": "a", "n": 50}, {"value": "b", "n": 30}]
        and c["kind"]["missing"] == 10
    )
    assert c["day"]["low"].startswith("2024-01-01") and sum(c["day"]["histogram"]["counts"]) == 90
    assert c["yes"]["values"][0] == {"value": "true", "n": 60}
    assert [row["name"] for row in found["missing"]] == ["empty", "kind"] and found["missing_columns"] == 2
    assert {"constant", "identifier", "missing"} <= codes(found, "note")
    json.dumps(found, allow_nan=False)


def test_histograms() -> None:
    whole = histogram(np.array([1.0, 1, 2, 5]))
    assert whole["counts"] == [2, 1, 0, 0, 1]
    far = histogram(np.r_[np.random.default_rng(0).normal(size=1000), 1e6])
    assert (
        far["above"] >= 1
        and sum(far["counts"]) + far["below"] + far["above"] == 1001
        and max(far["edges"]) < 5
    )
    assert histogram(np.full(4, 3.0))["counts"] == [4]


def test_the_axis_of_whole_numbers_has_whole_marks_and_no_letter_warns() -> None:
    name = {"en": "points [µg]", "ko": "점수 [µg]"}  # a letter that Nanum Gothic lacks
    drawn = str(table_plots.histogram(histogram(np.array([1.0, 2, 3, 3, 4, 4, 4, 5])), name))
    marks = {float(mark) for mark in re.findall(r">([\d.]+)</text>", drawn)}
    assert len(marks) >= 3 and marks <= set(range(10))  # of points, and of rows


def test_long_names_in_hangul_keep_to_the_room_beside_a_figure() -> None:
    name = "3. 직원의 응대에 대하여 전반적으로 만족하셨습니까?"
    drawn = str(
        table_plots.importance([({"en": name, "ko": name}, 0.5, [0.1, 0.9])], {"en": "error", "ko": "오차"})
    )
    (shown,) = set(re.findall(r">(3\. [^<]*)</text>", drawn))
    assert shown.endswith("…") and name.startswith(shown[:-1]) and cell_len(shown) <= 28


def test_dates_are_not_drawn_as_numbers() -> None:
    frame = mixed().with_columns(
        when=pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 10, 26), "1d", eager=True)
    )
    assert [c["name"] for c in facts(given(frame, "price", "number"))["pairs"]["columns"]] == [
        "size",
        "noise",
        "price",
    ]


def test_classes_are_counted_outside_the_test_part_alone() -> None:
    frame = pl.DataFrame({"x": np.arange(100.0) ** 2, "y": ["a"] * 80 + ["b"] * 20})
    found = facts(given(frame, "y", "classes", ("a", "b"), test=np.arange(70, 90)))
    assert [(c["key"], c["n"]) for c in found["target"]["classes"]] == [("a", 70), ("b", 10)]
    assert "uneven-classes" in codes(found, "note")


@pytest.mark.parametrize("n", [0, 1, 3])
def test_tables_of_hardly_any_rows(n: int) -> None:
    frame = pl.DataFrame(
        {
            "x": pl.Series([1.0, None, 3.0][:n], dtype=pl.Float64),
            "y": pl.Series([0.0, 1, 0][:n], dtype=pl.Float64),
        }
    )
    trouble = DataError(
        "too-small", Words("Too few rows.", "행이 너무 적습니다."), Words("Add rows.", "행을 더하세요.")
    )
    found = facts(given(frame, "y", "classes", ("0", "1"), trouble=trouble))
    assert "too-small" in codes(found, "problem") and found["n"] == n
    page, screen = table_look.render(found, "en"), printed(found, "en")
    assert "Too few rows." in page and "Too few rows." in screen


def test_very_many_columns() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(rng.normal(size=(60, 1200)), schema=[f"c{i}" for i in range(1200)])
    found = facts(given(frame, "c1199", "number"))
    assert len(found["columns"]) == 1200 and found["columns"][500]["histogram"] is None
    page = table_look.render(found, "ko")
    assert len(page.encode()) < 4_000_000
    assert "and 200 more" in page


def test_many_rows_are_drawn_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_looking, "RELATED_ROWS", 100)
    found = facts(given(mixed(), "price", "number"))
    assert found["related_rows"] == 100 and len(found["pairs"]["rows"]) == 300
    assert found == facts(given(mixed(), "price", "number"))


# --- screen and page ---------------------------------------------------------------------------------------------


def printed(found: dict[str, Any], language: Any, width: int = 100) -> str:
    out = io.StringIO()
    with speak(language):
        look_text(found, Console(file=out, width=width, markup=False, highlight=False))
    return out.getvalue()


def whole(language: str = "en") -> dict[str, Any]:
    frame = mixed().with_columns(pl.lit("<b>&").alias("tag"), pl.Series("id", [f"r{i}" for i in range(300)]))
    notes = [Words("It is written in cp949.", "cp949로 적혀 있습니다.")]
    refused = [Refused("line 17", "ragged", Words("3 cells instead of 6.", "6칸이어야 하는데 3칸입니다."))]
    return facts(given(frame, "price", "number", test=np.arange(0, 300, 5), notes=notes, refused=refused))


def test_the_screen_says_how_many_numbers_a_cell_holds() -> None:
    frame = pl.DataFrame({"bp": [f"{100 + i}/{60 + i}" for i in range(30)], "x": np.arange(30) / 7})
    of = given(frame)
    reason = Words("2 numbers in each cell (100/60)", "한 칸에 수 2개(100/60)")
    numbers = Role("bp", Words("bp", "bp"), "numbers", reason)
    said = printed(facts(given(frame, roles=[numbers, of.roles[1]])), "en")
    assert "2 numbers in each cell (100/60)" in said


def test_the_screen_says_it_in_both_languages_and_fits() -> None:
    for language, words in (
        (
            "en",
            [
                "300 rows",
                "target: price (a number)",
                "Correlation with price",
                "without the test part",
                "size",
                "Missing values: 1 of 6",
                "cp949",
                "line 17",
                "Next: ",
            ],
        ),
        (
            "ko",
            [
                "300행",
                "목표: price 열 (price)(수)",
                "상관관계",
                "테스트 부분 제외",
                "결측치: 6열 중 1열",
                "cp949로",
                "다음: ",
            ],
        ),
    ):
        for width in (80, 120):
            text = printed(whole(), language, width)
            for word in words:
                assert word in text, (language, word)
            for line in text.splitlines():
                if (
                    not line.startswith((" ", "Next", "다음"))
                    and "hakseup" not in line
                    and "행," not in line
                    and "rows," not in line
                ):
                    assert cell_len(line) <= width, line
    assert "Correlation" not in printed(whole(), "ko")


def test_the_page_says_it_in_both_languages() -> None:
    text = table_look.render(whole(), "ko")
    root = Tree(text).root.all("main")[0]
    assert "<b>&" not in text and "&lt;b&gt;&amp;" in text
    for language, words in (
        (
            "en",
            [
                "What is to be predicted?",
                "300 rows",
                "What goes together with it?",
                "size",
                "taken as it is",
                "line 17",
                "without the test part",
            ],
        ),
        (
            "ko",
            [
                "무엇을 예측합니까?",
                "300행",
                "무엇과 함께 변합니까?",
                "size 열",
                "그대로 씀",
                "테스트 부분 제외",
            ],
        ),
    ):
        seen = " ".join(root.text(language).split())
        for word in words:
            assert word in seen, (language, word)
    foreign = root.text("en", names=False)
    assert not [c for c in foreign if "가" <= c <= "힣"], foreign
    assert len(root.all("svg")) >= 2
    assert len(text.encode()) < 1_500_000


def test_pima_and_wine_and_houses(real_data: Path) -> None:
    pima = pl.read_csv(real_data / "pima-indians-diabetes3.csv", infer_schema_length=None)
    found = facts(given(pima, "diabetes", "classes", ("0", "1")))
    assert {row["name"] for row in found["zeros"]} == {"plasma", "pressure", "thickness", "insulin", "bmi"}
    wine = pl.read_csv(real_data / "wine.csv", has_header=False, infer_schema_length=None)
    found = facts(given(wine, wine.columns[-1], "classes", ("0", "1")))
    assert found["duplicates"]["rows"] == 1177 and found["leaks"] == []
    house = pl.read_csv(real_data / "house_train.csv", null_values=["NA", ""], infer_schema_length=None)
    found = facts(given(house, "SalePrice", "number"))
    top = [row["name"] for row in found["correlation"]["rising"]]
    assert top[:7] == [
        "OverallQual",
        "GrLivArea",
        "GarageCars",
        "GarageArea",
        "TotalBsmtSF",
        "1stFlrSF",
        "FullBath",
    ]
    assert found["missing"][0]["name"] == "PoolQC" and found["missing_columns"] == 19 and found["leaks"] == []
    assert "skewed-target" in codes(found, "note")
