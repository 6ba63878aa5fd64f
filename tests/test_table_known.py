"""What is a table, and the known ones: their columns, and what lies under their names. Answers from pandas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from hakseup.errors import CallError, DataError
from hakseup.sources import tables
from hakseup.sources.tables import known
from hakseup.sources.tables.known_table import TABLE


def test_the_table_of_known_tables_is_sound() -> None:
    assert known.NAMES == ["wine", "pima", "house"]
    for one in TABLE:
        assert len(set(one.names)) == len(one.names)
        assert one.target == one.names[-1]
        assert all(words.en and words.ko for _, words in one.columns)
        assert len({words.ko for _, words in one.columns}) == len(one.columns)
        assert len(one.remote.sha256 or "") == 64


@pytest.mark.parametrize("name", ["wine", "pima", "house"])
def test_known_tables_are_what_pandas_reads(real_data: Path, name: str) -> None:
    table = tables.find(name)
    one = next(one for one in TABLE if one.name == name)
    path = real_data / one.remote.name
    read = pd.read_csv(path, header=0 if one.header else None, keep_default_na=False, na_values=["", "NA"])
    assert table.frame.shape == read.shape == (one.rows, len(one.columns))
    assert table.frame.columns == list(one.names)
    for place, column in enumerate(table.columns):
        theirs = read.iloc[:, place]
        ours = table.frame[column.name]
        assert ours.null_count() == int(theirs.isna().sum()), column.name
        if theirs.dtype.kind in "if":
            assert column.how == "number"
            np.testing.assert_array_equal(ours.to_numpy(), theirs.to_numpy(np.float64))
        else:
            assert column.how == "text"
            assert ours.to_list() == [None if pd.isna(cell) else cell for cell in theirs]
    assert (table.known, table.source, table.target, table.task) == (name, name, one.target, one.task)
    assert table.lines[0] == (2 if one.header else 1)
    assert any("as published" in note.en for note in table.notes)
    again = tables.find(path)  # by its path: recognised
    assert again.frame.equals(table.frame)
    assert again.columns == table.columns
    assert (again.known, again.source) == (name, str(path))


def test_none_is_a_kind_of_veneer_and_get_dummies_makes_290_columns(real_data: Path) -> None:
    frame = tables.find("house").frame
    assert (frame["MasVnrType"] == "None").sum() == 864
    assert pd.get_dummies(pd.DataFrame(frame.to_dict(as_series=False))).shape == (1460, 290)


def test_what_lies_under_a_known_name_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAKSEUP_DATA", str(tmp_path))
    place = tmp_path / "pima-indians-diabetes3.csv"
    place.write_text("a,b\n1,2\n")
    with pytest.raises(DataError) as caught:
        tables.find("pima")
    assert caught.value.code == "not-the-known-data"
    assert "expected 9 columns, found 2" in caught.value.message.en
    header = ",".join(next(one for one in TABLE if one.name == "pima").names)
    place.write_text(f"{header}\n6,148,72,35,0,33.6,0.627,50,1\n1,85,66,29,0,26.6,0.351,31,0\n")
    table = tables.find("Pima")
    assert len(table) == 2
    assert any("not the published one: 2 (published 768)" in note.en for note in table.notes)
    assert table.class_names[1][1].ko == "당뇨병"


def test_known_tables_are_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wine.csv").write_text("1,2\n")
    monkeypatch.setenv("HAKSEUP_DATA", str(tmp_path))
    by_name = {one["name"]: one for one in known.describe()}
    assert by_name["wine"]["found"] == "HAKSEUP_DATA"
    assert by_name["wine"]["bytes"] == 4
    assert by_name["house"]["found"] == "download"
    assert by_name["house"]["bytes"] == 460_676
    assert by_name["pima"]["classes"][1]["ko"] == "당뇨병"


def test_what_is_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert tables.is_table("wine")
    assert tables.is_table("gone.csv")
    assert tables.is_table(pl.DataFrame({"x": [1]}))
    assert tables.is_table(pd.DataFrame({"x": [1]}))
    assert not tables.is_table("mnist")
    assert not tables.is_table("gone.npz")
    assert not tables.is_table(tmp_path)
    assert not tables.is_table(np.zeros(3))
    (tmp_path / "wine").mkdir()
    assert not tables.is_table("wine")  # what lies here wins
    path = tmp_path / "list.csv"
    path.write_text("path,label\na.png,x\nb.png,y\n")
    assert not tables.is_table(
        path
    )  # names of pictures and nothing else: that they are missing is to be said
    path.write_text("path,label\na/b/c,x\nd/e/f,y\n")
    assert tables.is_table(path)  # a table with a column called path
    path.write_text("path,label\na.png,x\nb.png,y\n")
    (tmp_path / "b.png").write_bytes(b"")
    assert not tables.is_table(path)
    frame = pl.DataFrame({"file": ["b.png"], "label": ["x"], "n": [1]})
    frame.write_parquet(tmp_path / "list.parquet")
    assert not tables.is_table(tmp_path / "list.parquet")
    path.write_bytes("경로,라벨\nb.png,가\n".encode("cp949"))
    assert not tables.is_table(path)


def test_paths_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sales.csv").write_text("a,b\n1,2\n")
    with pytest.raises(CallError, match="sales") as caught:
        tables.find("sale.csv")
    assert caught.value.code == "no-such-path"
    with pytest.raises(CallError, match="wine"):
        tables.find("wien")
    with pytest.raises(DataError) as refused:
        tables.find(tmp_path)
    assert refused.value.code == "unsupported-file"
    (tmp_path / "wine").mkdir()
    with pytest.raises(DataError):
        tables.find("wine")
