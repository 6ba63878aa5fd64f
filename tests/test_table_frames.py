"""Tables with types of their own: frames, Parquet, Excel. Spreadsheets are written here by hand, as XML in a ZIP."""

from __future__ import annotations

import datetime
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import polars as pl
import pytest

from hakseup.errors import CallError, DataError
from hakseup.sources import tables


def xlsx(path: Path, **sheets: list[list[object]]) -> Path:
    """A spreadsheet: str is text, numbers are numbers, None is empty, a date is a number shown as a date."""
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    pkg = "http://schemas.openxmlformats.org/package/2006"
    names = list(sheets)

    def cell(value: object) -> str:
        if value is None:
            return "<c/>"
        if isinstance(value, bool):
            return f'<c t="b"><v>{int(value)}</v></c>'
        if isinstance(value, datetime.date):
            return f'<c s="1"><v>{(value - datetime.date(1899, 12, 30)).days}</v></c>'
        if isinstance(value, int | float):
            return f"<c><v>{value!r}</v></c>"
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'

    with zipfile.ZipFile(path, "w") as out:
        parts = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kinds}.worksheet+xml"/>'
            for n in range(1, len(names) + 1)
        )
        out.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{pkg}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{kinds}.styles+xml"/>{parts}</Types>',
        )
        out.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{pkg}/relationships"><Relationship Id="r" Type="{rel}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        listed = "".join(
            f'<sheet name="{escape(name)}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, 1)
        )
        out.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>{listed}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="r{n}" Type="{rel}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(names) + 1)
        )
        out.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{pkg}/relationships">{links}'
            f'<Relationship Id="s" Type="{rel}/styles" Target="styles.xml"/></Relationships>',
        )
        out.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{main}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        )
        for n, rows in enumerate(sheets.values(), 1):
            body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
            out.writestr(
                f"xl/worksheets/sheet{n}.xml",
                f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
            )
    return path


DAY = datetime.date(2024, 1, 5)


def test_a_spreadsheet_with_a_title_dates_and_text_among_numbers(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [],
        ["2024년 지점별 매출"],
        [],
        ["지점", "매출", "비율", "날짜", "우편번호", "값\n(원)", "열림", None],
        ["서울", 1234.5, 0.25, DAY, "01234", "1,200", True],
        [" 부산 ", 99, "30%", datetime.date(2024, 2, 29), "48058", 300, False],
        [],
        ["대구", "1,000", "0.5%", None, "41911", None, None],
    ]
    table = tables.find(xlsx(tmp_path / "매출.xlsx", Sheet1=rows, 메모=[["x"]]))
    assert table.format == "excel"
    assert table.lines.tolist() == [5, 6, 8]
    frame = table.frame
    assert frame["지점"].to_list() == ["서울", "부산", "대구"]
    assert frame["매출"].to_list() == [1234.5, 99, 1000]
    assert frame["날짜"].to_list() == [datetime.datetime(2024, 1, 5), datetime.datetime(2024, 2, 29), None]
    assert frame["우편번호"].to_list() == ["01234", "48058", "41911"]
    assert frame["값 (원)"].to_list() == [1200, 300, None]
    assert frame["열림"].to_list() == [True, False, None]
    notes = "\n".join(note.en for note in table.notes)
    assert "'메모'" in notes
    assert "2024년 지점별 매출" in notes


def test_the_first_sheet_with_a_table_is_read(tmp_path: Path) -> None:
    table = tables.find(xlsx(tmp_path / "t.xlsx", empty=[], data=[["a", "b"], [1, 2], [3, 4]]))
    assert table.frame.to_dict(as_series=False) == {"a": [1.0, 3.0], "b": [2.0, 4.0]}


def test_a_bad_cell_of_a_spreadsheet_is_named_by_its_row(tmp_path: Path) -> None:
    rows: list[list[object]] = [[], ["x", "y"], *[[n, n * 2] for n in range(40)]]
    rows[11] = ["9o", 18]
    with pytest.raises(DataError, match="row 12, column 'x': '9o'"):
        tables.find(xlsx(tmp_path / "t.xlsx", a=rows))


def test_spreadsheets_that_cannot_be_used(tmp_path: Path) -> None:
    for code, path in [
        ("no-rows", xlsx(tmp_path / "a.xlsx", a=[])),
        ("no-rows", xlsx(tmp_path / "b.xlsx", a=[["x", "y"]])),
    ]:
        with pytest.raises(DataError) as caught:
            tables.find(path)
        assert caught.value.code == code
    broken = tmp_path / "c.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(DataError) as caught:
        tables.find(broken)
    assert caught.value.code == "damaged-table"


def typed() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "whole": [1, 2, None],
            "real": [0.5, float("nan"), float("inf")],
            "yes": [True, None, False],
            "day": [DAY, None, DAY],
            "words": ["a", "", None],
            "code": ["1", "2", "3"],
            "share": ["10%", "20%", None],
            "kind": pl.Series(["u", "v", "u"], dtype=pl.Categorical),
            "long": [2**60, 2**60 + 1, 0],
            "list": [[1], [2], [3]],
        }
    )


@pytest.mark.parametrize("form", ["frame", "lazy", "parquet"])
def test_types_are_kept(tmp_path: Path, form: str) -> None:
    source: object = typed()
    if form == "lazy":
        source = typed().lazy()
    if form == "parquet":
        source = tmp_path / "t.parquet"
        typed().write_parquet(source)
    table = tables.find(source)
    frame = table.frame
    midnight = datetime.datetime(2024, 1, 5)
    assert frame.to_dict(as_series=False) == {
        "whole": [1.0, 2.0, None],
        "real": [0.5, None, None],
        "yes": [True, None, False],
        "day": [midnight, None, midnight],
        "words": ["a", None, None],
        "code": ["1", "2", "3"],
        "share": [10.0, 20.0, None],
        "kind": ["u", "v", "u"],
        "long": [str(2**60), str(2**60 + 1), "0"],
    }
    hows = ["number", "number", "boolean", "date", "text", "text", "number", "text", "text"]
    assert [column.how for column in table.columns] == hows
    assert frame.dtypes[:4] == [pl.Float64, pl.Float64, pl.Boolean, pl.Datetime("us")]
    assert any("'list' was left out" in note.en for note in table.notes)
    assert table.format == ("parquet" if form == "parquet" else "frame")
    assert table.lines.tolist() == [1, 2, 3]


def test_pandas_frames() -> None:
    source = pd.DataFrame(
        {
            "whole": [1, 2, 3],
            "real": [0.5, np.nan, np.inf],
            "yes": [True, False, True],
            "day": pd.to_datetime(["2024-01-05", None, "2024-01-07"]),
            "zone": pd.to_datetime(["2024-01-05T09:00+09:00"] * 3),
            "words": ["가", None, "나"],
            "kind": pd.Categorical(["u", "v", None]),
            "maybe": pd.array([1, None, 3], dtype="Int64"),
            "mixed": [1, "x", None],
            "share": ["1,000", "2,000", "5"],
        },
        index=pd.Index([7, 8, 9], name="no"),
    )
    before = source.copy()
    table = tables.find(source)
    midnight = datetime.datetime(2024, 1, 5)
    assert table.frame.to_dict(as_series=False) == {
        "no": [7.0, 8.0, 9.0],
        "whole": [1.0, 2.0, 3.0],
        "real": [0.5, None, None],
        "yes": [True, False, True],
        "day": [midnight, None, datetime.datetime(2024, 1, 7)],
        "zone": [midnight] * 3,
        "words": ["가", None, "나"],
        "kind": ["u", "v", None],
        "maybe": [1.0, None, 3.0],
        "mixed": ["1", "x", None],
        "share": [1000.0, 2000.0, 5.0],
    }
    pd.testing.assert_frame_equal(source, before)


def test_pandas_columns_with_the_same_name_and_numbers_as_names() -> None:
    source = pd.DataFrame([[1, 2, 3], [4, 5, 6]], columns=["x", "x", 0])
    assert tables.find(source).frame.to_dict(as_series=False) == {
        "x": [1.0, 4.0],
        "x_2": [2.0, 5.0],
        "0": [3.0, 6.0],
    }


def test_pandas_is_not_loaded_to_look_at_a_polars_frame() -> None:
    code = (
        "import sys, polars as pl\nfrom hakseup.sources import tables\n"
        "tables.find(pl.DataFrame({'x': [1, 2], 'd': ['2024-01-05', '2024-01-06']}))\n"
        "assert not tables.is_table([1]) and 'pandas' not in sys.modules and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_frames_that_cannot_be_used() -> None:
    for source in (pl.DataFrame({"x": []}), pl.DataFrame(), pd.DataFrame({"x": []})):
        with pytest.raises(DataError) as caught:
            tables.find(source)
        assert caught.value.code == "no-rows"
    with pytest.raises(CallError) as refused:
        tables.find([[1, 2]])
    assert refused.value.code == "no-table"


def test_a_damaged_parquet_file(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(DataError) as caught:
        tables.find(path)
    assert caught.value.code == "damaged-table"
