"""What columns are read as: numbers, dates, codes, missing values. Answers are written beside the cells."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from hakseup.errors import DataError
from hakseup.sources import tables
from hakseup.sources.tables import cells as reading
from hakseup.sources.tables import text
from hakseup.sources.tables.found import Column, FoundTable, Reading
from hakseup.sources.tables.only_words import only_words


def column(folder: Path, cells: list[str], *, name: str = "x", beside: bool = True) -> FoundTable:
    """A table with these cells in a column."""
    rows = [f"{name}\tkey"] + [f"{cell}\tk{place}" for place, cell in enumerate(cells)]
    path = folder / "table.tsv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tables.find(path)


def read(folder: Path, cells: list[str]) -> tuple[str, list[object], str]:
    table = column(folder, cells)
    about = table.columns[0]
    return about.how, table.frame["x"].to_list(), about.note.en if about.note else ""


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "-2.5", "+3", "1e3", ".5", "5."], [1, -2.5, 3, 1000, 0.5, 5]),
        (["1,234", "12", "1,234,567.5"], [1234, 12, 1234567.5]),
        (["1,5", "0,123", "12"], [1.5, 0.123, 12]),
        (["1.234,5", "1.234", "2"], [1234.5, 1234, 2]),
        (["1 234", "12 345 678", "7"], [1234, 12345678, 7]),
        (["1'234.5", "9"], [1234.5, 9]),
        (["45%", "3.5 %", "-1%", "100%"], [45, 3.5, -1, 100]),
        (["₩1,000", "-₩2,500", "￦300", "0"], [1000, -2500, 300, 0]),
        (["$1,000.50", "($20.25)", "$3"], [1000.5, -20.25, 3]),
        (["US$1,000.50", "A$3.25"], [1000.5, 3.25]),
        (["(1,234)", "△500", "300", "−7"], [-1234, -500, 300, -7]),
        (["１２", "３．５", "7"], [12, 3.5, 7]),
        (["0", "0.5", "00.5", "-0.25"], [0, 0.5, 0.5, -0.25]),
        (
            ["1,200원", "900원", "3,000,000원", *(f"{n}원" for n in range(20))],
            [1200, 900, 3000000, *range(20)],
        ),
        ([f"{n}.5 kg" for n in range(15)], [n + 0.5 for n in range(15)]),
        ([f"{n} m²" for n in range(15)], range(15)),
        ([f"{n}.99㎡" for n in range(15)], [n + 0.99 for n in range(15)]),
    ],
)
def test_numbers(tmp_path: Path, cells: list[str], values: list[float]) -> None:
    how, got, _ = read(tmp_path, cells)
    assert how == "number"
    assert got == pytest.approx(values)


def test_what_was_done_to_numbers_is_said(tmp_path: Path) -> None:
    assert "commas between thousands" in read(tmp_path, ["1,234", "5"])[2]
    assert "decimal comma" in read(tmp_path, ["1,5", "5"])[2]
    assert "45% is 45" in read(tmp_path, ["12%", "5%"])[2]
    assert "'kg'" in read(tmp_path, [f"{n}kg" for n in range(15)])[2]
    assert read(tmp_path, ["1", "2"])[2] == ""


def test_one_column_tells_the_others_that_commas_are_decimal(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a;b;c\n1,234;1,5;2.345\n5,678;2,5;1.000\n")
    frame = tables.find(path).frame
    assert frame.row(0) == (1.234, 1.5, 2345)
    path.write_text("a;b;c\n1,234;1.5;2.345\n5,678;2.5;1.000\n")
    assert tables.find(path).frame.row(0) == (1234, 1.5, 2.345)


@pytest.mark.parametrize(
    "cells",
    [
        ["007", "010", "123"],
        ["01000", "12345", "06236"],
        ["010-1234-5678", "010-2222-3333"],
        ["12345678901234567890", "22345678901234567891"],
        ["A1", "B2"],
        ["1층", "2층", "1층", "3층"],
        ["10대", "20대", "30대", "20대"],
        ["1.2.3", "1.2.4"],
        ["서울", "1"],
        ["2Story", "1Story", "SLvl"],
    ],
)
def test_what_only_looks_like_numbers_stays_text(tmp_path: Path, cells: list[str]) -> None:
    how, got, _ = read(tmp_path, cells)
    assert how == "text"
    assert got == cells


def test_a_code_far_down_keeps_the_whole_column_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "PIECE", 2_000)
    cells = [str(10_000 + n) for n in range(1_000)] + ["01234"]
    how, got, note = read(tmp_path, cells)
    assert (how, got) == ("text", cells)
    assert "leading zeros" in note


def test_separators_far_down_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "PIECE", 2_000)
    how, got, _ = read(tmp_path, [str(n) for n in range(1000)] + [f"{n:,}" for n in range(1000, 3000)])
    assert how == "number"
    assert got == list(range(3000))


DAY = datetime.datetime(2024, 1, 5)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2024-01-05", DAY),
        ("2024-1-5", DAY),
        ("2024.1.5", DAY),
        ("2024. 1. 5.", DAY),
        ("2024.01.05(금)", DAY),
        ("2024/01/05", DAY),
        ("2024년 1월 5일", DAY),
        ("2024년1월5일 15시 20분", DAY.replace(hour=15, minute=20)),
        ("2024-01-05 15:20", DAY.replace(hour=15, minute=20)),
        ("2024-01-05T15:20:10.5", DAY.replace(hour=15, minute=20, second=10, microsecond=500_000)),
        ("2024-01-05T15:20:10+09:00", DAY.replace(hour=6, minute=20, second=10)),
        ("2024-01-05 오후 3:20", DAY.replace(hour=15, minute=20)),
        ("2024-01-05 12:05:00 AM", DAY.replace(minute=5)),
        ("Jan 5, 2024", DAY),
        ("5 January 2024", DAY),
        ("05-Jan-2024", DAY),
        ("05-Jan-24", DAY),
        ("2024/01/05 3:20:10 오후 GMT+9", DAY.replace(hour=6, minute=20, second=10)),
        ("2024-01-05 15:20 KST", DAY.replace(hour=6, minute=20)),
        ("2024-01-05T15:20-0530", DAY.replace(hour=20, minute=50)),
        ("2024년 1월", DAY.replace(day=1)),
    ],
)
def test_dates(tmp_path: Path, cell: str, value: datetime.datetime) -> None:
    how, got, note = read(tmp_path, [cell, "", cell])
    assert (how, got) == ("date", [value, None, value])
    assert "date" in note


def test_day_and_month_are_told_apart_only_where_the_column_does_it(tmp_path: Path) -> None:
    january, other = datetime.datetime(2024, 1, 5), datetime.datetime(2024, 1, 13)
    assert read(tmp_path, ["05-01-2024", "13-01-2024"])[:2] == ("date", [january, other])
    assert read(tmp_path, ["01/05/2024", "01/13/2024"])[:2] == ("date", [january, other])
    how, got, note = read(tmp_path, ["05-01-2024", "06-01-2024"])
    assert (how, got) == ("text", ["05-01-2024", "06-01-2024"])
    assert "day from month" in note


def test_dates_as_whole_numbers_and_months_as_fractions(tmp_path: Path) -> None:
    how, got, _ = read(tmp_path, ["20240105", "20240106", "20231231"])
    assert how == "date"
    assert got[0] == DAY
    how, got, _ = read(tmp_path, ["2024.01", "2024.10", "2024.02"])
    assert how == "date"
    assert got[1] == datetime.datetime(2024, 10, 1)
    assert read(tmp_path, ["20240105", "20240199", "20231231"])[0] == "number"


@pytest.mark.parametrize(
    ("cell", "first"),
    [
        ("2023Q3", "2023-07-01"),
        ("2023-q1", "2023-01-01"),
        ("Q2 2023", "2023-04-01"),
        ("4Q23", "2023-10-01"),
        ("2023.2Q", "2023-04-01"),
        ("2023년 3분기", "2023-07-01"),
        ("2023/4분기", "2023-10-01"),
        ("2023H2", "2023-07-01"),
        ("2023년 상반기", "2023-01-01"),
        ("2021-W05", "2021-02-01"),
        ("2021년 5주차", "2021-02-01"),
    ],
)
def test_periods_are_their_first_day(tmp_path: Path, cell: str, first: str) -> None:
    how, got, note = read(tmp_path, [cell, "", cell, cell])
    day = datetime.datetime.fromisoformat(first)
    assert (how, got) == ("date", [day, None, day, day])
    assert first in note


def test_a_month_and_two_digits_are_a_year_where_the_column_says_so(tmp_path: Path) -> None:
    how, got, note = read(tmp_path, ["Jul-22", "Aug-22", "Feb-23"])
    assert how == "date" and got[2] == datetime.datetime(2023, 2, 1) and "Jul-22" in note
    assert read(tmp_path, ["Jan-98", "Jun-07", "Oct-15"])[1][0] == datetime.datetime(1998, 1, 1)
    for days in (["Jul 04", "Aug 27", "Jan 15"], [f"Jan {n:02d}" for n in range(1, 32)]):
        how, _, note = read(tmp_path, days)
        assert how == "text" and "day or a year" in note


def test_times_with_points_and_hours_in_letters(tmp_path: Path) -> None:
    assert read(tmp_path, ["18.00.00", "19.30.00", "", "23.15.00"])[:2] == ("number", [18, 19.5, None, 23.25])
    assert read(tmp_path, ["1h 20m", "2h", "45m", "3 hours 30 min"])[:2] == ("number", [4 / 3, 2, 0.75, 3.5])
    assert read(tmp_path, ["24.01.05", "24.01.17", "24.02.28", "24.03.30"])[0] == "date"


def test_what_is_surely_words_need_not_be_looked_at_closely() -> None:
    """Ten thousand columns of words took half a minute; the close look comes to the same."""

    columns = {
        "city": ["서울", "Busan", "단어3", None],
        "half": ["A1", "B2", "3 kg", "4 kg"],
        "truth": ["true", "false", "true", "false"],
        "month": ["Jul-22", "Aug-22", "Sep-22", "Oct-22"],
        "time": ["오전 9:30", "오후 3:00", "오전 1:00", "오후 2:00"],
        "money": ["USD 3", "EUR 4", "$5", "₩6"],
        "mark": ["x", "y", "z", "7"],
        "code": ["007", "12-3", "2024", "5"],
        "empty": [None, None, None, None],
    }
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    assert only_words(frame) == ["city", "half"]
    for name in only_words(frame):
        assert reading.guess(frame[name], reading.Marks.of()) == reading.Guess("text")


def test_months_as_six_digits(tmp_path: Path) -> None:
    months = [f"{2022 + i // 12}{1 + i % 12:02}" for i in range(24)]
    how, got, _ = read(tmp_path, months)
    assert how == "date" and got[12] == datetime.datetime(2023, 1, 1)
    assert read(tmp_path, [*months, "202313"])[0] == "number"
    assert read(tmp_path, months[:3])[0] == "number"  # three numbers may be anything
    named = column(tmp_path, months[:3] * 2, name="계약년월")
    assert named.columns[0].how == "date"


def test_below_and_above_what_can_be_measured_is_the_limit(tmp_path: Path) -> None:
    table = column(tmp_path, ["<0.5", "> 90", "", *(str(n) for n in range(1, 41))])
    assert table.frame["x"].to_list() == [0.5, 90, None, *range(1, 41)]
    assert table.columns[0].reading.limits and "'<0.5'" in str(table.columns[0].note)
    commas = column(tmp_path, ["<0,5", *(f"{n},5 mg" for n in range(1, 41))])
    assert commas.frame["x"].to_list()[:2] == [0.5, 1.5]
    stars = column(tmp_path, ["157*", *(str(n) for n in range(1, 41)), *(f"{n} *" for n in range(1, 9))])
    assert stars.frame["x"][0] == 157 and stars.frame["x"].null_count() == 0
    more = column(tmp_path, [*(str(n) for n in range(1, 41)), "100 이상", "5미만"])
    assert more.frame["x"].to_list()[-2:] == [100, 5] and "한계값" in more.columns[0].note.ko
    for groups in (["<18", "18-64", ">65"], ["<=50", ">50"], ["<18", ">65", "40"]):
        assert column(tmp_path, groups * 9).columns[0].how == "text"


def test_booleans(tmp_path: Path) -> None:
    assert read(tmp_path, ["TRUE", "False", "", "true"])[:2] == ("boolean", [True, False, None, True])
    assert read(tmp_path, ["yes", "no"])[0] == "text"


def test_missing_values_and_that_they_were_taken_as_such(tmp_path: Path) -> None:
    table = column(tmp_path, ["1", "NA", "N/A", "null", "NaN", "-", "없음", "", "nan", "2.5", "?", "None"])
    assert table.frame["x"].to_list() == [1, *[None] * 8, 2.5, None, None]
    notes = "\n".join(note.en for note in table.notes)
    for word in ("'NA' 1", "'-' 1", "'없음' 1", "'NaN' 1", "'None' 1"):
        assert word in notes
    how, got, _ = read(tmp_path, ["a", "없음", "None", "-", "NA", "", " b "])
    assert how == "text"  # among words, having none is a value
    assert got == ["a", "없음", "None", "-", None, None, "b"]


def test_a_word_that_stands_for_no_number_is_missing(tmp_path: Path) -> None:
    cells = [str(n) for n in range(40)] + ["검사중"] * 9
    how, got, note = read(tmp_path, cells)
    assert how == "number"
    assert got == [*range(40), *[None] * 9]
    assert "검사중" in note


def test_infinities_are_missing_and_named(tmp_path: Path) -> None:
    table = column(tmp_path, ["1", "inf", "-Infinity", "1e999", "2"])
    assert table.frame["x"].to_list() == [1, None, None, None, 2]
    assert any("3 in column 'x', the first in line 3" in note.en for note in table.notes)


def test_of_many_bad_cells_the_first_are_named_and_all_are_counted(tmp_path: Path) -> None:
    cells = [str(n) if n % 30 else f"{n}O" for n in range(360)]
    with pytest.raises(DataError, match=r"(?s)12 cells do not fit the column\..*and 2 more"):
        column(tmp_path, cells)


def test_a_bad_cell_is_named_by_line_and_column(tmp_path: Path) -> None:
    cells = [str(n) for n in range(60)]
    cells[36] = "12O"
    with pytest.raises(DataError) as caught:
        column(tmp_path, cells, name="값")
    error = caught.value
    assert error.code == "bad-cells"
    assert "line 38, column '값': '12O'" in error.message.en
    assert "38번째 줄, '값' 열: '12O'" in error.message.ko
    assert "59 cells" in error.message.en
    assert error.hint is not None
    path = tmp_path / "table.tsv"
    assert tables.find(path, ignore=["값"]).columns[0].how == "text"


def test_a_letter_behind_a_few_numbers_is_no_unit(tmp_path: Path) -> None:
    cells = [str(n) if n % 40 else f"{n}O" for n in range(1, 600)]
    with pytest.raises(DataError, match="line 41, column 'x': '40O'"):
        column(tmp_path, cells)


def test_a_comma_typed_for_a_point_is_a_bad_cell(tmp_path: Path) -> None:
    cells = [f"{n}.5" for n in range(30)]
    cells[7] = "3,75"
    with pytest.raises(DataError, match="line 9"):
        column(tmp_path, cells)


def test_bad_cells_of_all_columns_are_named_at_once(tmp_path: Path) -> None:
    rows = [[str(n), f"2024-01-{n % 28 + 1:02d}"] for n in range(50)]
    rows[3][0], rows[44][1] = "abc", "2024-02-30"
    path = tmp_path / "table.csv"
    path.write_text("n,day\n" + "\n".join(map(",".join, rows)))
    with pytest.raises(DataError) as caught:
        tables.find(path)
    assert "line 5, column 'n'" in caught.value.message.en
    assert "line 46, column 'day'" in caught.value.message.en


def test_many_cells_that_do_not_fit_make_text(tmp_path: Path) -> None:
    cells = [str(n) if n % 3 else f"a{n}" for n in range(60)]
    how, got, note = read(tmp_path, cells)
    assert (how, got) == ("text", cells)
    assert "67%" in note


def test_one_row_and_one_column(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("값\n12\n")
    assert tables.find(path).frame.to_dict(as_series=False) == {"값": [12.0]}
    path.write_text("x,y\n1.5,말\n")
    frame = tables.find(path).frame
    assert frame.to_dict(as_series=False) == {"x": [1.5], "y": ["말"]}


def test_a_column_without_values_is_text(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b,c\n1,,NA\n2,,\n")
    table = tables.find(path)
    assert [one.how for one in table.columns] == ["number", "text", "text"]
    assert table.frame["b"].null_count() == table.frame["c"].null_count() == 2


def test_pandas_reads_the_same_numbers(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    frame = pd.DataFrame(random.normal(size=(500, 6)) * 10.0 ** random.integers(-8, 8, (500, 6)))
    frame.columns = list("abcdef")
    frame = frame.mask(random.random((500, 6)) < 0.1)
    path = tmp_path / "table.csv"
    frame.to_csv(path, index=False)
    np.testing.assert_array_equal(tables.find(path).frame.to_numpy(), frame)  # pandas writes every digit


def test_a_reading_survives_json() -> None:
    reading = Reading(decimal=",", thousands=".", unit="kg", missing=("검사중",))
    assert Reading.from_dict(reading.as_dict()) == reading
    assert Reading().as_dict() == {}
    table_column = Column("x", words=tables.Words("x", "엑스"), how="number", reading=reading)
    assert Column.from_dict(table_column.as_dict()) == table_column
