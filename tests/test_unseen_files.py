"""More spreadsheets as people keep them: dates, packed and misnamed files, headers of two lines, targets that are none."""

from __future__ import annotations

import datetime
import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_table_frames import xlsx
from test_unseen_tables import QUICK, churn, said, written

import hakseup
from hakseup.cli import main
from hakseup.data.table import load
from hakseup.data.table_split import split
from hakseup.errors import CallError, DataError
from hakseup.settings import SplitSettings
from hakseup.sources import tables
from hakseup.sources.tables import scan

DAYS = [datetime.date(2023, 11, 20) + datetime.timedelta(days=11 * i) for i in range(20)]


@pytest.mark.parametrize(
    ("cells", "second", "how"),
    [
        ([f"{day:%y.%m.%d}" for day in DAYS], datetime.datetime(2023, 12, 1), "year, month, day"),
        ([f"'{day:%y}-{day.month}-{day.day}" for day in DAYS], datetime.datetime(2023, 12, 1), "year, month"),
        ([f"{day:%d/%m/%y}" for day in DAYS], datetime.datetime(2023, 12, 1), "day, month, year"),
        ([f"{day:%m/%d/%y} 09:30" for day in DAYS], datetime.datetime(2023, 12, 1, 9, 30), "month, day, year"),
        ([str((day - datetime.date(1899, 12, 30)).days) for day in DAYS], datetime.datetime(2023, 12, 1), "Excel"),
        (
            [day.strftime(("%Y-%m-%d", "%Y.%m.%d", "%Y%m%d", "%Y년 %m월 %d일")[i % 4]) for i, day in enumerate(DAYS)],
            datetime.datetime(2023, 12, 1),
            "2023-11-20",
        ),
        ([f"0{1 + i % 9}.0{1 + i % 5}.0{1 + i % 7}" for i in range(30)], None, "nothing tells year, month and day"),
        ([f"{day.month}월 {day.day}일" for day in DAYS], None, "without a year"),
    ],
)  # fmt: skip
def test_dates_of_spreadsheets(
    tmp_path: Path, cells: list[str], second: datetime.datetime | None, how: str
) -> None:
    path = written(tmp_path / "a.csv", [["주문일", "y"], *([cell, str(i)] for i, cell in enumerate(cells))])
    found = tables.find(path)
    note = found.columns[0].note
    assert note is not None and how in note.en
    if second is None:
        assert found.columns[0].how == "text"
        return
    assert found.frame["주문일"][1] == second and found.frame["주문일"].null_count() == 0
    (batch,) = scan.scan(path, found.columns)  # new rows are read in the same way
    assert batch.frame["주문일"].equals(found.frame["주문일"])


@pytest.mark.parametrize(
    ("cells", "values", "how"),
    [
        (["09:30", "18:05", "7:00", "12:00"], [9.5, 18 + 5 / 60, 7.0, 12.0], "09:30 is 9.5"),
        (["오전 9:30", "오후 12:15", "오전 12:00", "오후 3:00"], [9.5, 12.25, 0.0, 15.0], "times as hours"),
        (
            ["1:30:00 PM", "11:45:30 AM", "2:00:00 PM", "1:00:00 AM"],
            [13.5, 11 + 45.5 / 60, 14.0, 1.0],
            "times",
        ),
        (["3억 5,000만원", "2억", "9,500만원", "12억 300만"], [3.5e8, 2e8, 9.5e7, 12.03e8], "is 350,000,000"),
        (["12억 5,000", "3억 500", "2억", "6억 9,916"], [12.5e8, 3.05e8, 2e8, 6.9916e8], "is 1,250,000,000"),
        (["1억 500원", "2억 1원"] * 2, [100_000_500.0, 200_000_001.0] * 2, "Korean amounts"),
        (["1시간 30분", "2시간 6분", "10시간"], [1.5, 2.1, 10.0], "as hours"),
        ([*["9,500만원"] * 24, "1억 500만원"], [*[9.5e7] * 24, 1.05e8], "Korean amounts"),
        (["1만 5천원", "8천원", "2만원", "3만 500원"], [15_000, 8_000, 20_000, 30_500], "Korean amounts"),
    ],
)
def test_numbers_in_other_words(tmp_path: Path, cells: list[str], values: list[float], how: str) -> None:
    rows = [["x", "y"], *([cell, str(i)] for i, cell in enumerate([*cells * 5, "-"]))]
    path = written(tmp_path / "a.csv", rows)
    found = tables.find(path)
    assert found.columns[0].note is not None and how in found.columns[0].note.en
    assert found.frame["x"].to_list() == pytest.approx([*values * 5, None])
    (batch,) = scan.scan(path, found.columns)
    assert batch.frame["x"].equals(found.frame["x"])


def test_scores_of_games_are_no_times(tmp_path: Path) -> None:
    rows = [["result", "y"], *([("3:2", "1:0", "2:11")[i % 3], str(i)] for i in range(30))]
    assert tables.find(written(tmp_path / "a.csv", rows)).columns[0].how == "text"


def test_numbers_that_are_no_days_stay_numbers(tmp_path: Path) -> None:
    rows = [["price", "date_price", "y"], *([30_000 + i, 1_000 * i, i % 2] for i in range(30))]
    found = tables.find(written(tmp_path / "a.csv", rows))
    assert [column.how for column in found.columns] == ["number"] * 3


def test_the_only_table_in_a_zip_file(tmp_path: Path) -> None:
    plain = churn(tmp_path / "이탈.csv")
    packed = tmp_path / "kaggle.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.write(plain, "data/이탈.csv")
        made.writestr("readme.md", "# about")
        made.writestr("__MACOSX/data/._이탈.csv", b"\0")
    assert tables.is_table(str(packed))
    found, same = tables.find(packed), tables.find(plain)
    assert found.frame.equals(same.frame) and found.name == "kaggle"
    (batch,) = scan.scan(str(packed), same.columns)
    assert len(batch.frame) == 60
    with zipfile.ZipFile(packed, "a") as made:
        made.write(plain, "test.csv")
    assert tables.is_table(str(packed))
    with pytest.raises(DataError, match=r"holds 2 tables: data/이탈.csv, test.csv"):
        tables.find(packed)
    (tmp_path / "사진.zip").write_bytes(b"PK")
    assert not tables.is_table(str(tmp_path / "사진.zip"))


def test_a_file_is_read_by_what_it_is(tmp_path: Path) -> None:
    plain = churn(tmp_path / "이탈.csv")
    text = tmp_path / "이탈.xls"
    text.write_bytes(plain.read_bytes())
    found = tables.find(text)
    assert (
        found.frame.equals(tables.find(plain).frame) and "plain text, not a spreadsheet" in found.notes[0].en
    )
    (batch,) = scan.scan(str(text), found.columns)
    assert len(batch.frame) == 60
    page = tmp_path / "report.xls"
    page.write_text("\ufeff<html><table><tr><td>a</td></tr></table></html>", "utf-8")
    with pytest.raises(DataError, match="web page"):
        tables.find(page)
    packed = tmp_path / "이탈.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert len(tables.find(packed)) == 60


@pytest.mark.parametrize(
    ("name", "program"),
    [("a.sav", "SPSS"), ("a.json", "pandas"), ("a.dta", "Stata"), ("a.hwp", "spreadsheet")],
)
def test_files_of_other_programs_say_how_to_save_them(
    tmp_path: Path, name: str, program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(b"{}")
    for command in ("look", "train", "crossval"):
        assert main([command, str(tmp_path / name), "--lang", "en"]) == 1
        told = capsys.readouterr().err
        assert program in told and "save that as CSV" in told


def test_a_file_of_anything_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(bytes(range(256)) * 40)
    with pytest.raises(DataError):
        tables.is_table(str(tmp_path / "a.csv")) and tables.find(tmp_path / "a.csv")
    (tmp_path / "mac.csv").write_bytes(b"name,y\ra,1\rb,2\rc,3\r")
    assert tables.is_table(str(tmp_path / "mac.csv")) and len(tables.find(tmp_path / "mac.csv")) == 3


def test_a_target_that_is_none_proposes_others(tmp_path: Path) -> None:
    rows = [["고객번호", "점수", "등급", "가입일", "이름"]]
    rows += [[f"C{i}", str(i % 37), "AB"[i % 2], f"2024-01-{1 + i % 28:02}", f"학생{i}"] for i in range(60)]
    found = tables.find(written(tmp_path / "a.csv", rows))
    with pytest.raises(DataError) as names:
        load(found)
    assert names.value.code == "too-many-classes"
    assert names.value.hint is not None and "for example 등급, 점수." in names.value.hint.en
    remarks = [["x", "memo"], *([str(i), ("없음", "좋음", f"의견 {i}")[min(i % 4, 2)]] for i in range(80))]
    with pytest.raises(DataError, match="free text"):
        load(tables.find(written(tmp_path / "b.csv", remarks)))
    with pytest.raises(DataError) as day:
        load(found, target="가입일")
    assert day.value.hint is not None and "등급" in day.value.hint.ko


def test_a_header_of_two_lines(tmp_path: Path) -> None:
    body = [
        [f"직원{i}", ("영업", "개발")[i % 2], 1 + i % 5, 1 + i % 3, 1 + i % 4, ("예", "아니오")[i % 2]]
        for i in range(40)
    ]
    merged = [["2024 직원 만족도"], ["직원", None, "만족도(1~5)", None, None, "퇴사"],
              ["이름", "부서", "급여", "동료", "업무", None], *body]  # fmt: skip
    found = tables.find(xlsx(tmp_path / "a.xlsx", 응답=merged))
    assert found.frame.columns == ["이름", "부서", "급여", "동료", "업무", "퇴사"]
    assert (
        len(found) == 40
        and found.frame["급여"][1] == 2.0
        and "two lines" in " ".join(n.en for n in found.notes)
    )
    years = [
        ["지역", "2022", "", "2023", ""],
        ["", "남", "여", "남", "여"],
        *([f"시{i}", i, i + 1, i + 2, i + 3] for i in range(12)),
    ]
    told = tables.find(written(tmp_path / "b.csv", years))
    assert told.frame.columns == ["지역", "2022 남", "2022 여", "2023 남", "2023 여"] and len(told) == 12
    units = [
        ["지역", "면적", "인구"],
        ["", "(㎢)", "(명)"],
        *([f"시{i}", i, f"{i},000"] for i in range(1, 12)),
    ]
    plain = tables.find(written(tmp_path / "c.csv", units))
    assert plain.frame.columns == ["지역", "면적", "인구"] and "units" in " ".join(n.en for n in plain.notes)
    assert len(plain) == 11 and plain.frame["인구"][0] == 1000.0


def test_an_empty_column_without_a_name_is_not_missed(tmp_path: Path) -> None:
    rows = [["x", "", "y"], *([str(i), "", "ab"[i % 2]] for i in range(60))]
    path = written(tmp_path / "a.csv", rows)
    run = hakseup.train(str(path), settings=QUICK, out=tmp_path / "runs")
    assert run.predict(str(path))["notes"] == []


def test_the_first_row_is_no_second_header(tmp_path: Path) -> None:
    rows = [
        ["name", "", "size"],
        ["ab", "x", "large"],
        *([f"n{i}", "xyz"[i % 3], ("large", "small")[i % 2]] for i in range(20)),
    ]
    assert len(tables.find(written(tmp_path / "a.csv", rows))) == 21
    odd = [["a", "b"], ["none yet", "5"], *([str(i), str(2 * i)] for i in range(30))]
    with pytest.raises(DataError, match="'none yet'"):
        tables.find(written(tmp_path / "b.csv", odd))


def rare(path: Path) -> Path:
    rows = [
        ["x", "z", "state"],
        *([f"{i * 7 % 31}", f"{i * 11 % 23}", ("ok", "warn")[i % 2]] for i in range(60)),
    ]
    return written(path, [*rows, ["5", "4", "broken"], ["6", "9", "broken"]])


def test_classes_that_are_too_small_can_be_left_out(tmp_path: Path) -> None:
    found = tables.find(rare(tmp_path / "a.csv"))
    with pytest.raises(DataError) as few:
        split(load(found), SplitSettings(), 0)
    assert few.value.hint is not None and "--classes ok,warn" in few.value.hint.en
    table = load(found, classes=("warn", "OK"))
    assert [c.key for c in table.classes] == ["ok", "warn"] and len(table) == 60
    assert np.bincount(table.labels.of(np.arange(60))).tolist() == [
        30,
        30,
    ] and "2 rows of other classes" in said(table)
    with pytest.raises(CallError, match="no class 'wran'"):
        load(found, classes=("ok", "wran"))
    with pytest.raises(CallError, match="target is a number"):
        load(found, target="x", task="number", classes=("1", "2"))
    numbers = load(found, target="x", classes=("1", "2"))
    assert [c.key for c in numbers.classes] == ["1", "2"]


def test_every_command_says_what_was_done_with_each_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = churn(tmp_path / "이탈.csv")
    sets = [word for key, value in QUICK.items() for word in ("--set", f"{key}={value}")]
    run = str(tmp_path / "runs" / "이탈-table-1")
    calls: list[list[Any]] = [
        ["train", path, *sets, "--out", tmp_path / "runs"], ["crossval", path, *sets, "-k", "3"],
        ["evaluate", run], ["predict", run, path, "--out", tmp_path / "out.csv"],
    ]  # fmt: skip
    for words in calls:
        assert main([*map(str, words), "--json", "--lang", "en"]) == 0
        told = capsys.readouterr()
        assert "Read as: 구매액 (numbers with commas between thousands, '원' taken off)" in told.err, words
        assert "Learned from: numbers 구매액, 할인율; categories 등급; dates 가입일." in told.err
        assert "Not learned from: 고객번호 (identifier: every row has another value" in told.err
        columns = {c["name"]: c for c in json.loads(told.out.splitlines()[-1])["columns"]}
        assert columns["고객번호"]["role"] == "left out" and "식별자" in columns["고객번호"]["reason"]["ko"]


def test_a_table_without_a_possible_target_is_looked_at(tmp_path: Path) -> None:
    rows = [["고객번호", "점수", "이름"], *([f"C{i:04}", str(i % 37), f"학생{i}"] for i in range(60))]
    facts = hakseup.look(str(written(tmp_path / "a.csv", rows)))
    roles = {column["name"]: column["role"] for column in facts["columns"]}
    assert roles == {"고객번호": "left out", "점수": "number", "이름": "left out"}
    assert "--target" in facts["findings"][0]["en"] and "점수" in facts["findings"][0]["en"]
