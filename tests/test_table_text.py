"""Text files: encoding, delimiter, header, ragged rows, quotes. Answers are constructed, or from pandas and csv."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hakseup.errors import DataError
from hakseup.sources import tables
from hakseup.sources.tables import csv_file, records, text
from hakseup.sources.tables.found import Dialect, FoundTable


def write(folder: Path, content: str | bytes, name: str = "table.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def found(folder: Path, content: str | bytes, name: str = "table.csv", encoding: str = "utf-8") -> FoundTable:
    return tables.find(write(folder, content, name, encoding))


def said(table: FoundTable) -> str:
    return "\n".join(note.en for note in table.notes)


KOREAN = "이름,도시,나이\n김철수,서울,31\n이영희,부산,25\n박민수,대구,47\n"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "byte order mark"),
        ("utf-16", "UTF-16"),
        ("utf-16-be", "UTF-16 without"),
        ("cp949", "cp949"),
        ("euc-kr", "cp949"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_are_found_and_stated(tmp_path: Path, encoding: str, name: str, end: str) -> None:
    table = found(tmp_path, KOREAN.replace("\n", end).encode(encoding))
    assert table.frame.columns == ["이름", "도시", "나이"]
    assert table.frame["도시"].to_list() == ["서울", "부산", "대구"]
    assert table.frame["나이"].to_list() == [31.0, 25.0, 47.0]
    assert name in said(table)
    assert table.lines.tolist() == [2, 3, 4]


def test_western_letters_are_not_taken_for_korean(tmp_path: Path) -> None:
    table = found(tmp_path, "name,city\nMüller,Köln\nFrançois,Orléans\n".encode("cp1252"))
    assert table.frame["name"].to_list() == ["Müller", "François"]
    assert "Windows-1252" in said(table)


def test_western_letters_that_would_be_chinese_in_cp949(tmp_path: Path) -> None:
    content = "Größe;x\n1,5;a\n2,5;b\n".encode("cp1252")
    assert content.decode("cp949").startswith("Gr秤e")
    assert found(tmp_path, content).frame.columns == ["Größe", "x"]


def test_degrees_are_not_taken_for_rare_hangul(tmp_path: Path) -> None:
    content = "Temp [°C];CRP [µg/L]\n1,5;2\n2,5;3\n".encode("cp1252")
    assert "캜" in content.decode("cp949")
    assert found(tmp_path, content).frame.columns == ["Temp [°C]", "CRP [µg/L]"]
    korean = "이름,값\n뷁,1\n나,2\n".encode("cp949")  # one that cp949 alone has, among the usual ones
    assert found(tmp_path, korean).frame["이름"].to_list() == ["뷁", "나"]


def test_letters_that_come_late_decide_the_encoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "PIECE", 1000)
    content = "a,b\n" + "1,x\n" * 3000 + "2,한글\n" + "3,y\n" * 300
    for encoding in ("utf-8", "cp949"):
        table = found(tmp_path, content, encoding=encoding)
        assert len(table) == 3301
        assert table.frame["b"][3000] == "한글"
        assert table.lines[3000] == 3002
        assert table.dialect is not None
        assert table.dialect.encoding == encoding


def test_a_letter_cut_by_a_piece_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"가나다{n}" for n in range(400)]
    content = "말,수\n" + "".join(f"{word},{n}\n" for n, word in enumerate(words))
    for piece in (97, 101, 128):
        monkeypatch.setattr(text, "PIECE", piece)
        for encoding in ("utf-8", "cp949", "utf-16"):
            assert found(tmp_path, content, encoding=encoding).frame["말"].to_list() == words


def test_a_broken_byte_in_utf8_is_named_by_its_line(tmp_path: Path) -> None:
    rows = [f"이름{n},{n}".encode() for n in range(50)]
    rows[30] = b"\xff\xfe\x80,30"
    with pytest.raises(DataError, match="line 32") as caught:
        found(tmp_path, b"\n".join(["이름,수".encode(), *rows]))
    assert caught.value.code == "unknown-encoding"
    assert "32번째 줄" in caught.value.message.ko


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"\n\n  \n", "empty-file"),
        (b"\xef\xbb\xbf", "empty-file"),
        (b"a,b,c\n", "no-rows"),
        (b"PK\x03\x04rest", "not-text"),
        (b"a,b\n1,\0\n", "not-text"),
        (b'a,b\n1,x\n2,"y\n3,z\n', "open-quote"),
    ],
)
def test_what_is_no_table_says_so(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(DataError) as caught:
        found(tmp_path, content)
    assert caught.value.code == code
    assert "table.csv" in caught.value.message.en
    assert "table.csv" in caught.value.message.ko
    assert caught.value.hint is not None


def test_an_open_quote_is_named_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 3"):
        found(tmp_path, 'a,b\n1,x\n2,"y\n3,z\n')


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(tmp_path: Path, delimiter: str) -> None:
    rows = [["name", "x", "note"], ["a", "1", "b, c; d"], ["b", "2", "e|f"], ["c", "3", "g\th"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    table = found(tmp_path, out.getvalue(), "table.txt")
    assert table.frame["note"].to_list() == ["b, c; d", "e|f", "g\th"]
    assert table.dialect is not None
    assert table.dialect.delimiter == delimiter


def test_decimal_commas_do_not_pass_for_delimiters(tmp_path: Path) -> None:
    table = found(tmp_path, "a;b\n1,5;2,25\n3,5;4,75\n")
    assert table.frame.to_dict(as_series=False) == {"a": [1.5, 3.5], "b": [2.25, 4.75]}
    assert table.columns[0].note is not None
    assert "decimal comma" in table.columns[0].note.en
    headless = found(tmp_path, "1,5;2,25\n3,5;4,75\n5,5;6,75\n")
    assert headless.frame.to_dict(as_series=False) == {
        "column_1": [1.5, 3.5, 5.5],
        "column_2": [2.25, 4.75, 6.75],
    }


def test_spaces_between_numbers(tmp_path: Path) -> None:
    table = found(tmp_path, " 0.5  18.00   2.31  0 \n 10.25   0.00   7.07  1\n0.75 1 2 0\n", "housing.data")
    assert table.frame.row(1) == (10.25, 0, 7.07, 1)
    assert table.frame.shape == (3, 4)
    named = found(tmp_path, '"a" "b"\n"1" 2 3\n"2" 4 5\n', "r.txt")  # as R writes it
    assert named.frame.to_dict(as_series=False) == {"column_1": [1, 2], "a": [2, 4], "b": [3, 5]}
    words = found(tmp_path, "문장\n나는 간다\n너는 온다\n", "words.txt")
    assert words.frame["문장"].to_list() == ["나는 간다", "너는 온다"]


def test_spaces_between_numbers_and_a_tab_before_the_name(tmp_path: Path) -> None:
    lines = [f'{10 + i}.0   8   {300 + i}.0      ?      12.{i}   70  1\t"ford  torino {i}"' for i in range(6)]
    table = found(tmp_path, "\n".join(lines) + "\n")
    assert len(table.columns) == 8
    assert table.frame.row(1) == (11.0, 8.0, 301.0, None, 12.1, 70.0, 1.0, "ford  torino 1")
    tabs = "a\tb\n" + "".join(f"{i}\tsome words {i}\n" for i in range(6))
    assert found(tmp_path, tabs).frame["b"].to_list() == [f"some words {i}" for i in range(6)]


def test_a_comma_for_thousands_without_quotes_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="2 names, but the rows have 3 cells") as caught:
        found(tmp_path, "월,매출\n" + "".join(f"{n}월,{n},000\n" for n in range(1, 13)))
    assert caught.value.code == "header-width"


def test_excels_own_delimiter_line(tmp_path: Path) -> None:
    table = found(tmp_path, "sep=;\na;b\n1;x,y\n2;z\n")
    assert table.frame["b"].to_list() == ["x,y", "z"]
    assert table.lines.tolist() == [3, 4]


def test_single_quotes_are_found(tmp_path: Path) -> None:
    table = found(tmp_path, "a,b\n'x, y',1\n'z',2\n'w, v',3\n")
    assert table.frame["a"].to_list() == ["x, y", "z", "w, v"]


@pytest.mark.parametrize(
    ("content", "names", "rows"),
    [
        ("5.1,3.5,a\n4.9,3.0,a\n4.7,3.2,b\n", ["column_1", "column_2", "column_3"], 3),
        ("x,y\n5.1,3.5\n4.9,3.0\n", ["x", "y"], 2),
        ("지역,2021,2022\n서울,1,2\n부산,3,4\n", ["지역", "2021", "2022"], 2),
        ("p,x,s\ne,x,y\np,b,s\ne,x,s\n", ["column_1", "column_2", "column_3"], 4),
        ("class,shape,skin\ne,x,y\np,b,s\ne,x,s\n", ["class", "shape", "skin"], 3),
        (",0,1,2\n0,1.5,2.5,3.5\n1,4.5,5.5,6.5\n", ["column_1", "0", "1", "2"], 2),
        ("1,2,3\n", ["column_1", "column_2", "column_3"], 1),
        ("x\n1\n2\n", ["x"], 2),
        ("date,v\n2024-01-05,1\n2024-01-06,2\n", ["date", "v"], 2),
    ],
)
def test_a_header_is_told_from_a_row(tmp_path: Path, content: str, names: list[str], rows: int) -> None:
    table = found(tmp_path, content)
    assert table.frame.columns == names
    assert len(table) == rows
    assert ("There is no header" in said(table)) == (names[0] == "column_1" and names[-1] != "2")


def test_names_are_made_unique_and_that_is_said(tmp_path: Path) -> None:
    table = found(tmp_path, "x,x,,x_2,값\n1,2,3,4,5\n6,7,8,9,10\n")
    assert table.frame.columns == ["x", "x_3", "column_3", "x_2", "값"]
    assert "twice" in said(table)
    assert "column_3" in said(table)
    assert table.frame.row(1) == (6, 7, 8, 9, 10)


def test_titles_above_the_table_are_left_out(tmp_path: Path) -> None:
    table = found(tmp_path, "2024년 매출 현황,,\n,,\n지점,매출,월\n서울,10,1\n부산,20,2\n")
    assert table.frame.columns == ["지점", "매출", "월"]
    assert table.lines.tolist() == [4, 5]
    assert "2024년 매출 현황" in said(table)


def test_empty_lines_and_columns_are_left_out(tmp_path: Path) -> None:
    table = found(tmp_path, "a,b,,\n1,x,,\n\n2,y,,\n,,,\n3,z,,\n\n\n")
    assert table.frame.to_dict(as_series=False) == {"a": [1.0, 2.0, 3.0], "b": ["x", "y", "z"]}
    assert table.lines.tolist() == [2, 4, 6]
    assert "2 empty columns" in said(table)
    assert "1 row without any value" in said(table)


def test_few_ragged_rows_are_refused_by_line(tmp_path: Path) -> None:
    rows = [f"{n},{n * 2},{n * 3}" for n in range(100)]
    rows[10] = "1,2"
    rows[20] = "1,2,3,4"
    rows[30] = "30,60,90,,"  # too many, but nothing in them
    table = found(tmp_path, "a,b,c\n" + "\n".join(rows))
    assert [(one.where, one.code) for one in table.refused] == [
        ("table.csv:12", "ragged-row"),
        ("table.csv:22", "ragged-row"),
    ]
    assert "2 cells, expected 3" in table.refused[0].reason.en
    kept = [n for n in range(100) if n not in (10, 20)]
    assert table.frame["c"].to_list() == [n * 3 for n in kept]
    assert table.lines.tolist() == [n + 2 for n in kept]


def test_many_ragged_rows_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 3 has 2, line 5 has 4") as caught:
        found(tmp_path, "a,b,c\n1,2,3\n1,2\n1,2,3\n1,2,3,4\n1,2,3\n")
    assert caught.value.code == "ragged-rows"


def test_newlines_and_doubled_quotes_inside_cells(tmp_path: Path) -> None:
    rows = [["a", "b", "c"], ["1", 'x\n"y"', "p"], ["2", "z,\r\n\nw", ""], ["3", "", "q"], ["4", '"', "r"]]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    table = found(tmp_path, out.getvalue())
    assert table.frame["b"].to_list() == ['x\n"y"', "z,\r\n\nw", None, '"']
    assert table.lines.tolist() == [2, 4, 7, 8]


def test_quotes_inside_of_cells_are_letters(tmp_path: Path) -> None:
    table = found(tmp_path, 'size,name\n1,5" pipe\n2,"a, b"\n3,say "hi"\n4,  "spaced, too"\n')
    assert table.frame["name"].to_list() == ['5" pipe', "a, b", 'say "hi"', "spaced, too"]
    assert table.lines.tolist() == [2, 3, 4, 5]


CELL = st.text(st.sampled_from('ab,"\n; 가'), max_size=6)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=12), st.integers(5, 40))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_records_are_those_of_pythons_csv(rows: list[list[str]], piece: int) -> None:
    """Whatever csv writes is cut into the same records, on the same lines, wherever the pieces end."""
    rows = [["1", *row[1:]] for row in rows]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    content = out.getvalue().encode()
    pieces = [content[at : at + piece] for at in range(0, len(content), piece)]
    dialect = Dialect("utf-8", ",", '"', None, 1, 3)
    got = list(records.blocks(pieces, dialect, "x"))
    joined = b"".join(block.content for block in got).decode()
    assert list(csv.reader(io.StringIO(joined, newline=""))) == rows
    lines, at = [], 1
    for row in rows:
        lines.append(at)
        at += sum(cell.count("\n") for cell in row) + 1
    assert np.concatenate([block.lines for block in got]).tolist() == lines
    assert not any(block.ragged for block in got)


def test_ten_thousand_columns(tmp_path: Path) -> None:
    values = np.round(np.random.default_rng(0).normal(size=(5, 10_000)), 3)
    path = tmp_path / "wide.csv"
    pd.DataFrame(values).to_csv(path, index=False)
    table = tables.find(path)
    np.testing.assert_array_equal(table.frame.to_numpy(), values)


def test_packed_text_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(KOREAN.encode("cp949")))
    table = tables.find(path)
    assert table.name == "table"
    assert table.frame["도시"].to_list() == ["서울", "부산", "대구"]
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError) as caught:
        tables.find(path)
    assert caught.value.code == "damaged-table"


def test_blocks_do_not_change_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    frame = pl.DataFrame(
        {
            "n": random.normal(size=4000).round(4),
            "k": random.integers(0, 5, 4000),
            "t": [f'말 "{n}", x' if n % 7 else None for n in range(4000)],
        }
    )
    path = tmp_path / "table.csv"
    frame.write_csv(path)
    whole = tables.find(path)
    monkeypatch.setattr(text, "PIECE", 5_000)
    pieces = tables.find(path)
    assert pieces.frame.equals(whole.frame)
    assert pieces.lines.tolist() == whole.lines.tolist() == list(range(2, 4002))
    assert whole.frame["n"].to_list() == frame["n"].to_list()
    assert whole.frame["t"].to_list() == frame["t"].to_list()


def test_the_file_must_stay_the_same(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2\n")
    table = csv_file.TextTable.of(path)
    path.write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(DataError) as caught:
        table.blocks()
    assert caught.value.code == "data-changed"
