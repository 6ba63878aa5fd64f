"""The preparation of tables, against scikit-learn, pandas and Python's own dates."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import norm
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, RobustScaler, StandardScaler
from table_makers import house, mixed, table

from hakseup.data import table_columns, table_preparation
from hakseup.data.table import Table, load
from hakseup.data.table_difference import difference
from hakseup.data.table_preparation import TablePreparation
from hakseup.data.table_split import sealed, split
from hakseup.data.table_strength import strongest_first
from hakseup.errors import CallError, DataError, RunError, SealError
from hakseup.settings import PreparationSettings, SplitSettings

DEFAULT = PreparationSettings()
TUTORIAL = PreparationSettings(
    numbers="none",
    missing="mean",
    indicators=False,
    rare=1,
    categories="one_hot",
    target="none",
    fitted_on="all",
)
RNG = np.random.default_rng(0)


def prepared(frame: dict[str, Any], settings: PreparationSettings = DEFAULT, **call: Any) -> TablePreparation:
    made = table(frame, **call)
    return TablePreparation.fitted(made, np.arange(len(made)), settings)


def numbers(values: Any, settings: PreparationSettings, at: Any = None) -> np.ndarray:
    """One column of numbers fitted on `values`, and what becomes of `at`."""
    made = prepared({"x": values, "y": ["a", "b"] * (len(values) // 2)}, settings)
    frame = pl.DataFrame({"x": values if at is None else at}, schema={"x": pl.Float64}, strict=False)
    return made.encode(frame).numbers


class Fenced:
    """Mean and deviation by scikit-learn, of values moved to Tukey's inner fences as NumPy reckons quartiles."""

    def fit(self, x: np.ndarray) -> Fenced:
        low, high = np.nanquantile(x, [0.25, 0.75], axis=0)
        self.ends = low - 1.5 * (high - low), high + 1.5 * (high - low)
        self.scaler = StandardScaler().fit(np.clip(x, *self.ends))
        return self

    def transform(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.scaler.transform(np.clip(x, *self.ends)))


@pytest.mark.parametrize(("kind", "theirs"), [("robust", RobustScaler()), ("auto", Fenced())])
def test_missing_numbers_are_filled_scaled_and_marked_as_scikit_learn_does(kind: str, theirs: Any) -> None:
    x = np.random.default_rng(5).normal(20, 5, (60, 2))
    x[1, 1] = 500.0
    x[::7, 0] = np.nan
    frame = {"a": pl.Series(x[:, 0]).fill_nan(None), "b": x[:, 1], "y": ["p", "q"] * 30}
    made = prepared(frame, PreparationSettings(numbers=kind))
    out = made.encode(pl.DataFrame({"b": x[:, 1], "a": x[:, 0]}))
    assert made.number_names == ("a", "b", "a_missing")
    # Scaled by the cells that are there, then the smooth clip of RealMLP; what is missing is the median.
    scaled = theirs.fit(x).transform(np.where(np.isnan(x), np.nanmedian(x, 0), x))
    assert np.allclose(out.numbers[:, :2], scaled / np.sqrt(1 + (scaled / 3) ** 2), atol=1e-6)
    assert out.numbers[:, 2].tolist() == np.isnan(x[:, 0]).tolist()
    assert out.numbers.dtype == np.float32 and out.codes.shape == (60, 0)


@pytest.mark.parametrize("missing", ["median", "mean"])
def test_fills_are_those_of_scikit_learn(missing: str) -> None:
    x = RNG.exponential(size=40)
    x[:5] = np.nan
    settings = PreparationSettings(numbers="standard", missing=missing, indicators=False)
    filled = SimpleImputer(strategy=missing).fit_transform(x[:, None])
    known = StandardScaler().fit(x[~np.isnan(x), None])
    out = numbers(pl.Series(x).fill_nan(None).to_list(), settings)
    assert np.allclose(out, known.transform(filled), atol=1e-6)


def test_quantiles_are_those_of_scikit_learn() -> None:
    x = np.concatenate([RNG.exponential(size=300), np.full(100, 0.7)])
    theirs = QuantileTransformer(n_quantiles=256, output_distribution="normal").fit(x[:, None])
    at = np.concatenate([x, [-5.0, 99.0]])
    out = numbers(x, PreparationSettings(numbers="quantile"), at)
    assert np.allclose(out, theirs.transform(at[:, None]), atol=1e-4)
    # Unlike there, a value that many rows share goes to the middle of its share even at the end of the range.
    many = numbers(
        np.concatenate([np.arange(1.0, 301), np.zeros(100)]), PreparationSettings(numbers="quantile")
    )
    assert many[-1] == pytest.approx(norm.ppf(100 / 400 / 2), abs=0.02)


@pytest.mark.parametrize("kind", ["auto", "robust"])
def test_an_outlier_moves_nothing_but_itself(kind: str) -> None:
    x = RNG.normal(size=400)
    with_outlier = x.copy()
    with_outlier[0] = 1e15
    settings = PreparationSettings(numbers=kind)
    plain, wild = numbers(x, settings), numbers(with_outlier, settings)
    assert np.abs(plain[1:] - wild[1:]).max() < 0.03 and wild[1:].max() <= wild[0] <= 3
    standard = numbers(with_outlier, PreparationSettings(numbers="standard"))
    assert np.ptp(standard[1:]) < 1e-6  # what the default is there for


@pytest.mark.parametrize("kind", ["bounded", "robust", "standard", "quantile", "none"])
def test_whatever_comes_in_is_finite(kind: str) -> None:
    x = [*RNG.normal(size=38).tolist(), 1e308, -1e308]
    at = [1e308, -1e308, np.inf, -np.inf, np.nan, None, 0.0, 5e-324]
    assert np.isfinite(numbers(x, PreparationSettings(numbers=kind), at)).all()


def test_zeros_that_most_rows_have_are_scaled_by_the_range() -> None:
    assert len(np.unique(numbers([0.0] * 36 + [4.0] * 4, DEFAULT))) == 2  # no fence: they are told apart
    out = numbers([0.0] * 36 + [4.0] * 4, PreparationSettings(numbers="robust"))
    assert np.allclose(np.unique(out), [0, 2 / np.sqrt(1 + 4 / 9)])


def test_categories_are_those_of_scikit_learn() -> None:
    city = np.array(["b", "a", "10", "9", "c"])[RNG.integers(0, 5, 100)]
    made = prepared({"city": city, "y": ["p", "q"] * 50})
    out = made.encode(pl.DataFrame({"city": city}))
    assert made.code_names == ("city",) and made.cardinalities == (7,)
    assert made.one_hot_names == ("city_9", "city_10", "city_a", "city_b", "city_c")
    theirs = OneHotEncoder(categories=[["9", "10", "a", "b", "c"]], sparse_output=False)
    assert np.array_equal(made.one_hot(out), theirs.fit_transform(city[:, None]))


def test_rows_are_the_numbers_and_then_the_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_preparation, "_ROWS", 16)  # several blocks
    frame = {"city": ["a", "b", None, "c"] * 10, "x": [1.0, None, 3.0, 5.0] * 10, "y": ["p", "q"] * 20}
    made = prepared(frame)
    out, both = made.encode(pl.DataFrame(frame)), made.rows(pl.DataFrame(frame))
    assert np.array_equal(both, np.concatenate([out.numbers, out.codes], 1)) and both.dtype == np.float32
    assert out.codes[:4, 0].tolist() == [2, 3, 1, 4] and out.numbers[:4, 1].tolist() == [0, 1, 0, 0]


def test_unseen_rare_and_missing_categories_have_their_places() -> None:
    city = ["x"] * 20 + ["y"] * 18 + ["once", None]
    made = prepared({"city": city, "t": [0.0, 1.0] * 20})
    frame = pl.DataFrame({"city": ["y", "x", None, "once", "new", "new", ""]})
    out = made.encode(frame)
    assert out.codes[:, 0].tolist() == [3, 2, 1, 0, 0, 0, 0]
    assert made.unseen(frame) == {"city": 3}  # "once" is rare, not unseen; missing is neither
    assert made.one_hot_names == ("city_x", "city_y", "city_missing")
    rows = [[0, 1, 0], [1, 0, 0], [0, 0, 1], *([[0, 0, 0]] * 4)]
    assert made.one_hot(out).tolist() == rows
    assert prepared({"city": city, "t": [0.0, 1.0] * 20}, PreparationSettings(rare=1)).cardinalities == (5,)


def test_the_commonest_categories_are_kept() -> None:
    city = [f"c{i}" for i in range(20) for _ in range(i + 1)]
    made = prepared({"city": city, "t": np.arange(210.0)}, PreparationSettings(most=3))
    assert made.one_hot_names == ("city_c17", "city_c18", "city_c19")


def test_codes_of_numbers_and_truths_are_the_same_whatever_type_they_come_in() -> None:
    made = prepared({"store_id": [1.0, 2.0, 3.0] * 20, "open": [True, False] * 30, "y": ["a", "b"] * 30})
    assert made.code_names == ("store_id", "open")
    first = made.encode(pl.DataFrame({"store_id": [3.0, 9.0], "open": [True, None]}))
    assert first.codes.tolist() == [[4, 3], [0, 1]]
    for cells in ([3, 9], ["3", "9"]):
        assert made.encode(pl.DataFrame({"store_id": cells, "open": [True, None]})).codes.tolist() == [
            [4, 3],
            [0, 1],
        ]


def test_dates_are_taken_apart_as_python_does() -> None:
    days = [date(2019, 12, 30), date(2020, 2, 29), date(2021, 7, 4)] * 10
    settings = PreparationSettings(numbers="none")
    made = prepared({"when": days, "y": np.arange(30.0)}, settings)
    assert made.number_names == ("when_year", "when_month", "when_weekday", "when_days")
    expected = [[d.year, d.month, d.isoweekday(), (d - days[0]).days] for d in days]
    out = made.encode(pl.DataFrame({"when": days})).numbers
    assert out.tolist() == expected
    texts = made.encode(pl.DataFrame({"when": [d.isoformat() for d in days]}))
    assert np.array_equal(texts.numbers, out)
    later = made.encode(pl.DataFrame({"when": [None, date(2020, 1, 2)]})).numbers
    assert later[1].tolist() == [2020, 1, 4, 3] and later[0].tolist() == np.median(expected, axis=0).tolist()


def test_a_time_of_day_gives_the_hour() -> None:
    when = [datetime(2024, 3, 1 + i % 5, i % 24, 30) for i in range(48)]
    made = prepared({"when": when, "y": np.arange(48.0)}, PreparationSettings(numbers="none"))
    assert made.number_names[-1] == "when_hour"
    zoned = pl.Series(when).dt.replace_time_zone("UTC").to_list()
    assert zoned[0].tzinfo is not None and zoned[0] == when[0].replace(tzinfo=UTC)
    out = made.encode(pl.DataFrame({"when": zoned})).numbers
    assert out[:, -1].tolist() == [float(i % 24) for i in range(48)]


def test_only_the_given_rows_are_looked_at() -> None:
    frame = mixed(200)
    train = np.sort(RNG.permutation(200)[:120])
    rest = np.setdiff1d(np.arange(200), train)
    first = TablePreparation.fitted(table(frame), train, DEFAULT)
    changed = pl.DataFrame(frame, strict=False).with_row_index("row")
    other = pl.col("row").is_in(rest.tolist())
    changed = changed.with_columns(
        pl.when(other).then(pl.lit(1e9)).otherwise("area").alias("area"),
        pl.when(other).then(pl.lit("elsewhere")).otherwise("city").alias("city"),
        pl.when(other).then(pl.lit(datetime(1900, 1, 1))).otherwise("when").alias("when"),
    ).drop("row")
    assert TablePreparation.fitted(table(changed), train, DEFAULT) == first
    everything = dataclasses.replace(DEFAULT, fitted_on="all")
    assert TablePreparation.fitted(table(changed), train, everything) != TablePreparation.fitted(
        table(frame), train, everything
    )


def test_the_target_of_the_test_part_is_not_read() -> None:
    made = table({"x": RNG.normal(size=100), "y": RNG.normal(size=100)})
    parts, labels = split(made, SplitSettings(), 0)
    closed = sealed(made, labels, parts)
    TablePreparation.fitted(closed, parts.train, DEFAULT)
    with pytest.raises(SealError):
        TablePreparation.fitted(closed, parts.test, DEFAULT)


def test_rows_are_encoded_alone_in_any_order_and_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    made = table(mixed(300))
    fitted = TablePreparation.fitted(made, np.arange(200), DEFAULT)
    whole = fitted.encode(made.frame)
    monkeypatch.setattr("hakseup.data.table_preparation._ROWS", 7)
    parts = fitted.encode(made.frame)
    assert np.array_equal(parts.numbers, whole.numbers) and np.array_equal(parts.codes, whole.codes)
    order = RNG.permutation(300)
    moved = fitted.encode(made.frame[order].select(reversed(made.frame.columns)))
    taken = whole.take(order)
    assert np.array_equal(moved.numbers, taken.numbers) and np.array_equal(moved.codes, taken.codes)


def test_one_column_is_encoded_anew_as_all_are() -> None:
    made = table(mixed(), target="sold")
    fitted = TablePreparation.fitted(made, np.arange(0, 200, 2), DEFAULT)
    rows = fitted.rows(made.frame)
    for column in fitted.columns:
        cells = made.frame[column.name].reverse()
        expected = fitted.rows(made.frame.with_columns(cells))
        assert np.array_equal(fitted.replaced(rows, column.name, cells), expected)
    assert np.array_equal(rows, fitted.rows(made.frame))  # it writes into a copy


def test_each_of_several_numbers_in_a_cell_is_learned_from() -> None:
    high, low = np.arange(100, 160), np.arange(90, 30, -1)
    both = [None, *(f"{a}/{b}" for a, b in zip(high, low, strict=True))][:60]
    made = prepared({"pressure": both, "y": ["a", "b"] * 30}, PreparationSettings(numbers="standard"))
    assert made.number_names == ("pressure_1", "pressure_2", "pressure_missing")
    out = made.encode(pl.DataFrame({"pressure": both})).numbers
    assert np.allclose(
        out[1:, :2], StandardScaler().fit_transform(np.stack([high[:59], low[:59]], 1)), atol=1e-6
    )
    assert out[:3, 2].tolist() == [1, 0, 0] and np.allclose(out[0, :2], 0, atol=1e-6)
    assert TablePreparation.from_dict(json.loads(json.dumps(made.as_dict()))) == made
    with pytest.raises(DataError, match="Row 2, column 'pressure': expected 2 numbers, found 'high'"):
        made.encode(pl.DataFrame({"pressure": ["120/80", "high"]}))


def wide(n: int = 60, columns: int = 40) -> dict[str, Any]:
    """Column 7 is the target, nearly, 20 its opposite half of the time, and a category goes with it; all else is chance."""
    rng = np.random.default_rng(3)
    y = rng.normal(size=n)
    cells: dict[str, Any] = {f"x{i}": rng.normal(size=n) for i in range(columns)}
    cells["x7"] = np.exp(y)  # by rank the same
    cells["x20"] = pl.Series(np.where(np.arange(n) % 4 == 0, np.nan, -y)).fill_nan(None)
    cells["kind"] = ["high" if v > 0 else "low" for v in y]
    return {**cells, "y": y}


def test_of_very_many_columns_the_most_promising_are_learned_from() -> None:
    made = table(wide(), target="y", task="number")
    few = dataclasses.replace(DEFAULT, inputs=5)
    fitted = TablePreparation.fitted(made, np.arange(48), few)
    names = [column.name for column in fitted.columns]
    assert (
        names[:2] == ["x7", "x20"] and names[-1] == "kind" and len(names) == 3
    )  # 1, 2 with its mark, 2 categories
    assert fitted.considered == 41 and "x0" in fitted.others
    (said,) = fitted.notes
    assert "Of these 41 columns only the 3" in said.en and "열 41개" in said.ko
    assert TablePreparation.from_dict(json.loads(json.dumps(fitted.as_dict()))) == fitted
    assert fitted.rows(made.frame.select(names)).shape == (60, 4)  # the others need not be there to predict
    every = TablePreparation.fitted(made, np.arange(48), dataclasses.replace(DEFAULT, inputs=0))
    assert len(every.columns) == 41 and every.considered == 0 and every.notes == ()
    # What is chosen rests on the training rows: other targets elsewhere change nothing.
    cells = wide()
    cells["y"] = np.r_[cells["y"][:48], -9 * cells["y"][48:]]
    again = TablePreparation.fitted(table(cells, target="y", task="number"), np.arange(48), few)
    assert [column.name for column in again.columns] == names


def test_classes_rank_columns_too() -> None:
    cells = wide()
    y = cells.pop("y")
    for k, edges in ((2, [0.0]), (3, [-0.5, 0.5])):
        of = np.digitize(y, edges).astype(float)
        first = strongest_first(pl.DataFrame(cells), list(cells), np.arange(60), of, k)
        assert set(first[:3]) == {"x7", "x20", "kind"}
    # Of as many categories as half the rows, none is taken for an explanation.
    frame = pl.DataFrame(
        {"half": [str(i // 2) for i in range(60)], "x": y + np.random.default_rng(0).normal(size=60)}
    )
    assert strongest_first(frame, ["half", "x"], np.arange(60), y, 0)[0] == "x"


def test_other_columns_are_told_line_by_line() -> None:
    made = prepared({**mixed(), "id": range(200)}, target="sold")
    frame = pl.DataFrame(
        {"aera": [1.0], "when": [date(2020, 1, 1)], "age": [3.0], "colour": ["red"], "id": [1]}
    )
    with pytest.raises(DataError) as caught:
        made.encode(frame)
    assert caught.value.code == "columns-differ"
    lines = caught.value.message.en.splitlines()[1:]
    assert lines == ["  - area (numbers); is it 'aera'?", "  - city (categories)", "  + aera", "  + colour"]
    assert "- area (수)" in caught.value.message.ko
    assert difference(made.columns, made.others, pl.DataFrame(mixed(), strict=False)) == ()


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("area", ["12.5", None, "wide"]),
        ("area", [date(2020, 1, 1)] * 3),
        ("when", ["2020-01-01", None, "soon"]),
        ("when", [1.0, 2.0, 3.0]),
    ],
)
def test_a_cell_of_another_kind_is_named(column: str, cells: list[Any]) -> None:
    made = prepared(mixed())
    frame = pl.DataFrame(mixed(3), strict=False).with_columns(pl.Series(column, cells))
    with pytest.raises(DataError, match=f"column '{column}'") as caught:
        made.encode(frame)
    assert caught.value.code == "bad-cell"
    if cells[1] is None:
        assert "Row 3" in caught.value.message.en and str(cells[2]) in caught.value.message.ko


@pytest.mark.parametrize(
    "settings", [DEFAULT, TUTORIAL, PreparationSettings(numbers="quantile", target="log")]
)
@pytest.mark.parametrize("target", ["age", "sold"])
def test_it_comes_back_from_its_file_as_it_was(settings: PreparationSettings, target: str) -> None:
    made = prepared(mixed(), settings, target=target, task="auto")
    again = TablePreparation.from_dict(json.loads(json.dumps(made.as_dict())))
    assert again == made and again.as_dict() == made.as_dict() and made.as_dict()["kind"] == "table"
    frame = table(mixed(50, 3)).frame
    assert np.array_equal(again.one_hot(again.encode(frame)), made.one_hot(made.encode(frame)))


@pytest.mark.parametrize("damage", ["kind", "columns", "target_scale", "task"])
def test_a_damaged_file_is_an_error(damage: str) -> None:
    values = prepared(mixed()).as_dict()
    with pytest.raises(RunError):
        TablePreparation.from_dict({**values, damage: "?"})
    del values[damage]
    with pytest.raises(RunError):
        TablePreparation.from_dict(values)


def test_rare_texts_are_not_kept_in_the_file() -> None:
    names = ["a", "b"] * 30 + ["kim@example.com"]
    made = prepared({"who": names, "y": np.arange(61.0)})
    assert "kim" not in json.dumps(made.as_dict())
    assert made.unseen(pl.DataFrame({"who": ["kim@example.com", "lee@example.com"]})) == {"who": 1}


def test_too_many_rare_categories_are_not_called_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_columns, "_REMEMBERED", 1)
    made = prepared({"who": ["a", "b"] * 30 + ["c", "d"], "y": np.arange(62.0)})
    assert made.unseen(pl.DataFrame({"who": ["z"]})) == {}


def test_the_tutorials_way_is_that_of_pandas(real_data: Path) -> None:
    made = load(house(real_data))
    fitted = TablePreparation.fitted(made, np.arange(10), TUTORIAL)
    frame = pd.read_csv(real_data / "house_train.csv", keep_default_na=False, na_values=["NA", ""])
    theirs = pd.get_dummies(frame)
    assert theirs.shape[1] == 290  # as in the tutorial; Id and SalePrice are two of them
    theirs = theirs.fillna(theirs.mean()).drop(columns=["Id", "SalePrice"])
    ours = fitted.one_hot(fitted.encode(made.frame))
    assert ours.shape == (1460, 288) and set(fitted.one_hot_names) == set(theirs.columns)
    assert np.allclose(ours, theirs[list(fitted.one_hot_names)].to_numpy(np.float64), rtol=1e-6)
    assert (
        "The fills and categories come from all rows" in fitted.notes[0].en
    )  # no scales: numbers stay as they are
    scaled = TablePreparation.fitted(made, np.arange(10), dataclasses.replace(TUTORIAL, numbers="standard"))
    assert (
        "The fills, scales and categories come" in scaled.notes[0].en and "범주를 정했" in scaled.notes[0].ko
    )
    own = TablePreparation.fitted(made, np.arange(10), DEFAULT)
    assert not any("come from all rows" in note.en for note in own.notes)


def test_columns_are_picked_after_one_hot(real_data: Path) -> None:
    made = load(house(real_data))
    names = ("BsmtQual_Ex", "OverallQual", "GrLivArea")
    fitted = TablePreparation.fitted(made, np.arange(1460), dataclasses.replace(TUTORIAL, columns=names))
    out = fitted.one_hot(fitted.encode(made.frame.select("OverallQual", "GrLivArea", "BsmtQual")))
    assert fitted.one_hot_names == names and out.shape == (1460, 3)
    assert out[:, 0].tolist() == (made.frame["BsmtQual"] == "Ex").fill_null(False).cast(pl.Float64).to_list()
    assert out[:, 2].tolist() == made.frame["GrLivArea"].to_list()
    assert TablePreparation.from_dict(fitted.as_dict()) == fitted
    with pytest.raises(CallError) as caught:
        TablePreparation.fitted(made, np.arange(1460), dataclasses.replace(TUTORIAL, columns=("BsmtQual_E",)))
    assert caught.value.hint is not None and "BsmtQual_Ex" in caught.value.hint.en


def priced(n: int = 4000) -> tuple[Table, np.ndarray]:
    """Prices whose logarithm is a straight line with a normal error of 0.8: their mean is exp(line + 0.32)."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=n)
    return table({"x": x, "price": np.expm1(5 + 0.5 * x + rng.normal(0, 0.8, n))}, task="number"), x


def test_a_skewed_positive_target_is_learned_as_its_logarithm_and_comes_back() -> None:
    made, _x = priced()
    fitted = TablePreparation.fitted(made, np.arange(len(made)), DEFAULT)
    truth = made.labels.values
    learned = fitted.target_forward(truth)
    assert fitted.target_scale.kind == "log" and "price" in fitted.notes[0].en
    assert learned.mean() == pytest.approx(0, abs=1e-9) and learned.std() == pytest.approx(1)
    assert np.allclose(fitted.target_back(learned), truth)
    assert np.isfinite(fitted.target_back(np.array([1e9, -1e9]))).all()


def test_the_smearing_estimate_takes_away_the_bias_of_the_logarithm() -> None:
    made, x = priced()
    fitted = TablePreparation.fitted(made, np.arange(len(made)), DEFAULT)
    learned = fitted.target_forward(made.labels.values)
    line = np.polyval(np.polyfit(x, learned, 1), x)
    plain = fitted.target_back(line)
    smeared = fitted.with_smearing(learned - line)
    truth = np.exp(5 + 0.5 * x + 0.32) - 1  # the true mean at each x
    assert plain.mean() < 0.78 * truth.mean()  # exp(-0.32) = 0.73: what smearing is there for
    assert smeared.target_back(line).mean() == pytest.approx(truth.mean(), rel=0.03)
    assert smeared.target_scale.smear == pytest.approx(np.exp(0.32), rel=0.03)
    assert TablePreparation.from_dict(json.loads(json.dumps(smeared.as_dict()))) == smeared


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (RNG.normal(100, 5, 400), "standard"),  # positive, not skewed
        (-RNG.lognormal(0, 1, 400), "standard"),  # not positive
        (RNG.lognormal(-8, 1, 400), "standard"),  # log(1 + y) would change nothing
        (RNG.lognormal(8, 1, 400), "log"),
    ],
)
def test_the_logarithm_is_taken_where_it_helps(values: np.ndarray, kind: str) -> None:
    made = prepared({"x": RNG.normal(size=400), "y": values}, task="number")
    assert made.target_scale.kind == kind
    assert np.allclose(made.target_back(made.target_forward(values)), values)


def test_a_logarithm_of_what_has_none_is_refused() -> None:
    with pytest.raises(CallError, match="-3"):
        prepared({"x": RNG.normal(size=40), "y": np.arange(40.0) - 3}, PreparationSettings(target="log"))


def test_names_that_meet_are_told_apart() -> None:
    made = prepared({"a": [1.0, None] * 30, "a_missing": np.arange(60.0) ** 2, "y": ["p", "q"] * 30})
    assert made.number_names == ("a", "a_missing", "a_missing_2")
    picked = prepared(
        {"a": [1.0, None] * 30, "a_missing": np.arange(60.0) ** 2, "y": ["p", "q"] * 30},
        PreparationSettings(columns=("a_missing_2",)),
    )
    out = picked.one_hot(picked.encode(pl.DataFrame({"a": [None, 2.0], "a_missing": [3.0, 4.0]})))
    assert out.tolist() == [[1], [0]]
