"""Spreadsheets as people keep them, read without options: each is made here, so that what must come out is known."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from test_table_frames import xlsx

import hakseup
from hakseup.cli import main
from hakseup.data.table import Table, load
from hakseup.errors import CallError, DataError
from hakseup.runs.folder import CALIBRATION
from hakseup.sources import tables
from hakseup.sources.tables import scan

QUICK = {"training.epochs": 2, "training.min_steps": 0, "network.width": 8, "network.members": 2}


def written(path: Path, rows: list[list[Any]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def roles(table: Table) -> dict[str, str]:
    return {role.name: role.role for role in table.roles}


def said(table: Table) -> str:
    return " ".join(note.en for note in table.notes)


def churn(path: Path, n: int = 60) -> Path:
    """A Korean export in cp949: title, won with and without its sign, dates in four writings, 예 and 아니오, a total."""
    days = [datetime.date(2023, 1, 1) + datetime.timedelta(days=3 * i) for i in range(n)]
    ways = ("%Y-%m-%d", "%Y.%m.%d", "%Y/%m/%d", "%Y년 %m월 %d일")
    rows: list[list[Any]] = [
        ["2023년 고객 이탈"],
        ["", "", ""],
        ["고객번호", "등급", "구매액", "가입일", "할인율", "이탈"],
    ]
    for i in range(n):
        spent = f"{1000 * (i + 1):,}" + ("원" if i % 2 else "")
        left = ("예", "아니오", "네", "아니요", "예", "아니오")[i % 6]
        rows.append(
            [f"C{i:05}", ("일반", "VIP")[i % 2], spent, days[i].strftime(ways[i % 4]), f"{i % 7}.5 %", left]
        )
    rows.append(["합계", "", f"{500 * n * (n + 1):,}", "", "", ""])
    return written(path, [row + [""] * (6 - len(row)) for row in rows], "cp949")


def test_a_korean_export(tmp_path: Path) -> None:
    table = load(tables.find(churn(tmp_path / "이탈.csv")))
    assert len(table) == 60 and [c.key for c in table.classes] == ["아니오", "예"]
    assert table.frame["구매액"].to_list() == [1000.0 * (i + 1) for i in range(60)]
    assert table.frame["가입일"].to_list()[3] == datetime.datetime(2023, 1, 10)
    assert table.frame["할인율"].max() == 6.5
    assert roles(table) == {
        "고객번호": "left out", "등급": "category", "구매액": "number", "가입일": "date", "할인율": "number", "이탈": "target",
    }  # fmt: skip
    assert "1 row at the end left out" in said(table) and "합계" in said(table)
    assert "네 = 예" in said(table) and "cp949" in said(table)
    assert table.refused[0].where == "이탈.csv:64" and table.refused[0].code == "under-the-table"


def test_thousands_are_not_decimals_where_other_columns_have_commas(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["Objekt", "Fläche", "Rendite", "Kaufpreis"]]
    for i in range(40):
        rows.append([f"W-{i}", f"{40 + i},5", f"{2 + i % 4},5 %", f"{100 + i}.500 €"])
    rows.append(["", "", "Summe", "4.800.000 €"])
    found = tables.find(written(tmp_path / "wohnungen.csv", rows, "cp1252", ";"))
    assert found.frame["Kaufpreis"].to_list() == [1000.0 * (100 + i) + 500 for i in range(40)]
    assert found.frame["Fläche"].to_list() == [40.5 + i for i in range(40)]
    assert found.frame["Rendite"].to_list()[:4] == [2.5, 3.5, 4.5, 5.5]
    alone = [["name", "preis"], *([f"a{i % 5}", f"{100 + i}.500"] for i in range(40))]
    euros = tables.find(written(tmp_path / "preise.csv", alone, "utf-8", ";"))  # the semicolon tells it
    assert euros.frame["preis"].to_list() == [1000.0 * (100 + i) + 500 for i in range(40)]
    points = tables.find(written(tmp_path / "points.csv", alone, "utf-8", ","))
    assert points.frame["preis"].to_list()[0] == 100.5


def test_words_in_any_writing_are_one(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["promo", "City", "lab", "City", "note", "bought"]]
    ways = (("Yes", "yes", "YES ", "y"), ("No", "no", "NO", "n"))
    for i in range(64):
        text = f'The queue was long;\nthe staff helped "{i}" times' if i % 3 else ""
        rows.append([ways[i % 2][i // 2 % 4], ("Seoul", "SEOUL", "new  york", "New York")[i % 4], "A",
                     f"{i % 9}", text, ways[i % 2][i // 2 % 3] if i else ""])  # fmt: skip
    path = written(tmp_path / "survey.csv", rows)
    table = load(tables.find(path))
    assert len(table) == 63 and [c.key.lower() for c in table.classes] == ["no", "yes"]
    assert sorted(str(word).lower() for word in table.frame["promo"].unique()) == ["no", "yes"]
    assert table.frame["City"].n_unique() == 2 and "City_2" in table.frame.columns
    assert roles(table)["note"] == "left out" and roles(table)["lab"] == "left out"
    assert "read as one" in said(table) and "1 of 64 rows have no 'bought'" in said(table)


def test_new_rows_are_read_by_the_words_of_training(tmp_path: Path) -> None:
    rows = [["city", "x"], *([("Seoul", "Busan")[i % 2], str(i)] for i in range(20))]
    columns = tables.find(written(tmp_path / "a.csv", rows)).columns
    fresh = written(tmp_path / "b.csv", [["city", "x"], ["SEOUL", "1"], ["busan ", "2"], ["Daegu", "3"]])
    (batch,) = scan.scan(fresh, columns)
    assert batch.frame["city"].to_list() == ["Seoul", "Busan", "Daegu"]
    assert batch.raw["city"].to_list() == [
        "SEOUL",
        "busan ",
        "Daegu",
    ]  # what is written back stays as it came


def test_single_letters_are_answers_only_beside_their_counterpart(tmp_path: Path) -> None:
    rows = [["rings", "ox", "mixed", "y"]]
    rows += [["not"[i % 3], "oxYN"[i % 4], ("Y", "예", "아니오")[i % 3], "ab"[i % 2]] for i in range(24)]
    frame = tables.find(written(tmp_path / "mushrooms.csv", rows)).frame
    assert [frame[name].n_unique() for name in ("rings", "ox", "mixed")] == [3, 2, 2]


def test_names_and_text_keep_their_writing(tmp_path: Path) -> None:
    rows = [["name", "y"], *([f"{'Kim' if i % 2 else 'KIM'} {i}", str(i % 3)] for i in range(500))]
    found = tables.find(written(tmp_path / "a.csv", rows))
    assert found.frame["name"].to_list() == [row[0] for row in rows[1:]]


def test_limits_are_read_in_new_rows_too(tmp_path: Path) -> None:
    rows: list[list[str]] = [["conc", "y"], *([f"{i / 4}", str(i)] for i in range(1, 41))]
    for first in ("<0.2", "0.2"):  # whether training had such cells or not
        columns = tables.find(written(tmp_path / "a.csv", [rows[0], [first, "0"], *rows[1:]])).columns
        fresh = written(tmp_path / "b.csv", [rows[0], ["<0.2", "1"], *rows[1:]])
        (batch,) = scan.scan(fresh, columns)
        assert batch.frame["conc"].to_list()[:2] == [0.2, 0.25] and not batch.n_bad


def test_what_cannot_be_measured_is_missing(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["conc", "yield"]]
    for i in range(100):
        cell = "<5" if i % 10 == 3 else "error" if i % 20 == 7 else f"{i / 4:.2f}"
        rows.append([cell, f"{i}"])
    found = tables.find(written(tmp_path / "lab.csv", rows))
    column = found.columns[0]
    assert column.how == "number" and column.reading.missing == ("error",) and column.reading.limits
    assert found.frame["conc"].null_count() == 5 and found.frame["conc"][3] == 5.0
    assert column.note is not None and "'<5'" in column.note.en and "'error'" in column.note.en
    few = [["code", "y"], *([("10", "20", "A1", "B2")[i % 4], "1"] for i in range(80))]
    assert tables.find(written(tmp_path / "codes.csv", few)).columns[0].how == "text"


@pytest.mark.parametrize(
    ("cells", "second"),
    [
        # Two months of twelve days: in order as month first, and as day first.
        ([f"{3 + i // 12:02}/{1 + i % 12:02}/2024" for i in range(24)], datetime.datetime(2024, 3, 2)),
        ([f"{1 + i % 12:02}/{3 + i // 12:02}/2024" for i in range(24)], datetime.datetime(2024, 3, 2)),
        ([f"0{1 + 5 * i % 7}/02/2024 0{1 + i % 9}:00 PM" for i in range(12)], datetime.datetime(2024, 6, 2, 14)),
        ([f"0{1 + 5 * i % 7}/02/2024" for i in range(12)], None),  # nothing tells
    ],
)  # fmt: skip
def test_day_and_month(tmp_path: Path, cells: list[str], second: datetime.datetime | None) -> None:
    path = written(tmp_path / "a.csv", [["when", "y"], *([cell, str(i)] for i, cell in enumerate(cells))])
    found = tables.find(path)
    if second is None:
        note = found.columns[0].note
        assert (
            found.columns[0].how == "text" and note is not None and "nothing tells day from month" in note.en
        )
    else:
        assert found.frame["when"][1] == second


def sales(path: Path) -> Path:
    """Remarks in a first sheet; a title, rows and a total with its source in the second; other things in a third."""
    body = [[f"점포{i}", ("서울", "부산")[i % 2], 30.5 + i, 100 + 7 * i] for i in range(40)]
    return xlsx(
        path,
        안내=[["2024년 점포 매출 자료입니다"], [], ["문의: 기획팀"]],
        월별매출=[["점포별 매출 (단위: 천원)"], [], ["점포", "지역", "면적", "월매출"], *body,
             ["합계", None, 2000, 9460], ["※ 출처: 기획팀"]],
        인구=[["지역", "인구"], *([("서울", "부산")[i % 2], 5 + i] for i in range(12))],
    )  # fmt: skip


def test_the_sheet_that_is_a_table(tmp_path: Path) -> None:
    path = sales(tmp_path / "점포.xlsx")
    table = load(tables.find(path))
    assert (len(table), table.target) == (40, "월매출") and table.frame["월매출"].max() == 373
    assert "Sheet '월별매출' was read; the others were not: '안내', '인구'" in said(table)
    assert "2 rows at the end left out" in said(table) and len(table.refused) == 2
    assert int(table.lines[0]) == 4
    other = tables.find(f"{path}#인구")
    assert other.frame.columns == ["지역", "인구"] and other.source.endswith("점포.xlsx#인구")
    assert tables.is_table(f"{path}#인구")
    with pytest.raises(CallError, match="no sheet '월별매줄'") as wrong:
        tables.find(f"{path}#월별매줄")
    assert wrong.value.hint is not None and "Did you mean '월별매출'" in wrong.value.hint.en


def test_the_sheet_of_new_rows_is_the_one_with_the_columns_of_training(tmp_path: Path) -> None:
    columns = tables.find(f"{sales(tmp_path / 'a.xlsx')}#인구").columns
    (batch,) = scan.scan(str(tmp_path / "a.xlsx"), columns)
    assert batch.frame["인구"].to_list() == [5.0 + i for i in range(12)]


def test_a_total_is_a_row_where_its_word_is_a_value(tmp_path: Path) -> None:
    rows = [["sex", "n"], *([("male", "female", "total")[i % 3], str(i)] for i in range(30))]
    assert len(tables.find(written(tmp_path / "a.csv", rows))) == 30


def test_lines_under_the_table_are_cut_between_cells_of_several_lines(tmp_path: Path) -> None:
    rows = [["a", "note", "y"], *([str(i), f"one\ntwo {i}", str(i % 5)] for i in range(20))]
    rows += [["Total", "", "40"], ["Source: the\noffice", "", ""]]
    found = tables.find(written(tmp_path / "a.csv", rows))
    assert len(found) == 20 and found.frame["a"].to_list() == [float(i) for i in range(20)]
    assert [one.where for one in found.refused] == ["a.csv:42", "a.csv:43"]


def sensors(path: Path, n: int = 300) -> Path:
    """A time for each row, a constant, and two columns that are only filled in once the answer is known."""
    rng = np.random.default_rng(0)
    heat = rng.normal(70, 5, n)
    bad = heat + rng.normal(0, 3, n) > 74
    start = datetime.datetime(2024, 1, 1)
    rows: list[list[Any]] = [["시각", "설비", "온도", "판정일시", "불량코드", "불량"]]
    for i in range(n):
        at = start + datetime.timedelta(minutes=10 * i)
        later = (at + datetime.timedelta(hours=3)).isoformat() if bad[i] else ""
        rows.append(
            [
                at.isoformat(" "),
                "M1",
                f"{heat[i]:.1f}",
                later,
                "E17" if bad[i] else "",
                "불량" if bad[i] else "정상",
            ]
        )
    return written(path, rows, "utf-8-sig")


def test_what_gives_the_answer_away_is_said_where_one_trains(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(sensors(tmp_path / "센서.csv"))
    sets = [word for key, value in QUICK.items() for word in ("--set", f"{key}={value}")]
    assert main(["train", data, *sets, "--out", str(tmp_path / "runs"), "--lang", "en"]) == 0
    told = capsys.readouterr().err
    assert "give 불량 away" in told and "판정일시" in told and "all of it follows" in told
    assert "Learned from: numbers 온도; categories 불량코드; dates 시각, 판정일시." in told
    assert "Not learned from: 설비 (constant: 'M1' in every row)." in told
    looked = hakseup.look(data)
    codes = {finding["code"]: finding for finding in looked["findings"]}
    assert codes["leak"]["level"] == "problem" and "--time 시각" in codes["dates"]["en"]
    timed = hakseup.look(data, settings={"data.time": "시각"})
    assert "dates" not in {finding["code"] for finding in timed["findings"]}


def test_from_a_spreadsheet_to_predictions_and_folds(tmp_path: Path) -> None:
    path = churn(tmp_path / "이탈.csv")
    run = hakseup.train(str(path), settings=QUICK, out=tmp_path / "runs")
    assert set(run.evaluate()["test"]) >= {"accuracy", "auc"}
    fresh = written(
        tmp_path / "new.csv",
        [
            ["등급", "구매액", "가입일", "할인율"],
            ["vip", "12,000원", "2023.05.05", "3.5%"],
            ["특별", "", "2024년 1월 2일", "-"],
        ],
    )
    told = run.predict(str(fresh), out=tmp_path / "out.csv")
    assert told["n"] == 2 and told["unseen"] == {"등급": 1} and not told["bad_cells_n"]
    kept = pl.read_csv(tmp_path / "out.csv")
    assert kept["등급"].to_list() == ["vip", "특별"] and set(kept["label"]) <= {"예", "아니오"}
    folds = hakseup.crossval(str(path), settings=QUICK, k=3)
    assert len(folds["folds"]) == 3 and folds["n"] == 48
    thirty = written(
        tmp_path / "tiny.csv", [["h", "sex", "kg"], *([150 + i, "mf"[i % 2], 50.5 + i] for i in range(30))]
    )
    small = hakseup.train(str(thirty), settings=QUICK, out=tmp_path / "runs")
    assert small.evaluate()["n"] == 6


def test_a_list_of_pictures_that_are_all_missing_is_no_table(tmp_path: Path) -> None:
    rows = [["path", "label"], *([f"pictures/{i}.png", "ab"[i % 2]] for i in range(30))]
    path = written(tmp_path / "list.csv", rows)
    assert not tables.is_table(str(path))
    with pytest.raises(DataError, match="no such file") as nothing:
        hakseup.train(str(path), out=tmp_path)
    assert nothing.value.code == "nothing-left"
    assert nothing.value.hint is not None and "the folder that the list lies in" in nothing.value.hint.en
    wide = [
        ["file", *"abcd", "label"],
        *([f"{i}.png", i % 3, i % 4, i, 2 * i, "ab"[i % 2]] for i in range(30)),
    ]
    assert tables.is_table(str(written(tmp_path / "wide.csv", wide)))  # what was measured in pictures
    words = [["file", "label"], *([f"word {i % 5}", "ab"[i % 2]] for i in range(30))]
    assert tables.is_table(str(written(tmp_path / "words.csv", words)))


def rare(path: Path, n: int = 300) -> Path:
    """Two classes, the second rare, that a number tells apart with much doubt."""
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, n)
    return written(path, [["x", "y"], *([f"{v:.3f}", "ab"[int(v + rng.normal(0, 2) > 3)]] for v in x)])


def test_a_rare_class_gets_its_weight_and_the_report_says_so(tmp_path: Path) -> None:
    data = str(rare(tmp_path / "rare.csv"))
    settings = {**QUICK, "training.epochs": 30, "training.learning_rate": 0.02}
    means, pages = {}, {}
    for how in ("none", "balanced"):
        run = hakseup.train(data, settings={**settings, "training.class_weight": how}, out=tmp_path / how)
        rows = run.predict(data)["predictions"]
        means[how] = np.mean([row["probabilities"]["b"] for row in rows])
        pages[how] = (run.path / "report.html").read_text("utf-8")
    assert means["none"] < 0.2 and means["balanced"] > means["none"] + 0.1
    assert "class_weight = balanced" in pages["balanced"] and "class_weight = balanced" not in pages["none"]


def test_the_threshold_of_a_run_decides_what_it_predicts(tmp_path: Path) -> None:
    data = str(rare(tmp_path / "rare.csv"))
    run = hakseup.train(data, settings=QUICK, out=tmp_path)
    kept = run.folder.json(CALIBRATION)
    for value in (0.5, 0.05):
        run.folder.write_json(CALIBRATION, {**kept, "threshold": {**kept["threshold"], "value": value}})
        rows = run.predict(data)["predictions"]
        assert all((row["label"] == "b") == (row["probabilities"]["b"] > value) for row in rows)


def test_other_columns_than_in_training_are_shown_line_by_line(tmp_path: Path) -> None:
    run = hakseup.train(str(churn(tmp_path / "이탈.csv")), settings=QUICK, out=tmp_path / "runs")
    fresh = written(tmp_path / "new.csv", [["등급", "구매 금액", "가입일"], ["VIP", "1,000", "2023-05-05"]])
    with pytest.raises(DataError) as other:
        run.predict(str(fresh))
    lines = other.value.message.en.splitlines()
    assert any(line.strip().startswith("- 구매액") for line in lines)
    assert any(line.strip().startswith("- 할인율") for line in lines)
    assert any(line.strip().startswith("+ 구매 금액") for line in lines)
