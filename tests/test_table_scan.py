"""Rows in batches: the same cells as `find` gives, whatever the file is written in, and flat memory."""

from __future__ import annotations

import datetime
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from hakseup.errors import DataError
from hakseup.sources import tables
from hakseup.sources.tables import text
from hakseup.sources.tables.found import Column
from hakseup.sources.tables.scan import Batch, scan


def training(n: int = 500) -> pl.DataFrame:
    random = np.random.default_rng(2)
    return pl.DataFrame(
        {
            "무게": random.normal(size=n).round(3) * 1000,
            "종류": [("가", "나", None)[k] for k in random.integers(0, 3, n)],
            "날": [
                datetime.datetime(2024, 1, 1) + datetime.timedelta(days=int(k))
                for k in random.integers(0, 99, n)
            ],
            "켜짐": random.random(n) < 0.5,
            "y": random.integers(0, 2, n).astype(np.float64),
        }
    )


def columns(folder: Path) -> tuple[Column, ...]:
    path = folder / "train.csv"
    training().write_csv(path, datetime_format="%Y-%m-%d")
    return tables.find(path).columns


def whole(batches: list[Batch]) -> pl.DataFrame:
    return pl.concat([batch.frame for batch in batches])


def same(got: pl.DataFrame, wanted: pl.DataFrame) -> None:
    assert got.columns == wanted.columns
    assert got.dtypes == wanted.dtypes
    assert got.equals(wanted)


@pytest.mark.parametrize("form", ["csv", "semicolon", "cp949", "parquet", "frame", "pandas"])
def test_every_form_gives_the_same_rows(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "PIECE", 3_000)
    known = columns(tmp_path)
    frame = training()
    path: object = tmp_path / ("new.parquet" if form == "parquet" else "new.csv")
    if form == "csv":
        frame.write_csv(path, datetime_format="%Y-%m-%d")
    elif form == "parquet":
        frame.write_parquet(path)
    elif form == "frame":
        path = frame
    elif form == "pandas":
        pd = pytest.importorskip("pandas")
        path = pd.DataFrame({name: frame[name].to_list() for name in frame.columns})
    else:
        written = frame.with_columns(pl.col("무게").cast(pl.String).str.replace(".", ",", literal=True))
        content = written.write_csv(separator=";", datetime_format="%d.%m.%Y")
        path.write_bytes(content.encode("cp949" if form == "cp949" else "utf-8"))
    batches = list(scan(path, known, 70))
    same(whole(batches), frame.with_columns(pl.col("날").cast(pl.Datetime("us"))))
    assert max(len(batch.lines) for batch in batches) <= 70
    first = 1 if form in ("parquet", "frame", "pandas") else 2
    assert np.concatenate([batch.lines for batch in batches]).tolist() == list(range(first, first + 500))
    assert not any(batch.n_bad for batch in batches)


def test_columns_that_lack_and_columns_besides(tmp_path: Path) -> None:
    known = columns(tmp_path)
    path = tmp_path / "new.csv"
    path.write_text("memo,종류,무게\n가나,가,007\n,다,1.5\n")
    scanned = scan(path, known)
    assert scanned.names == ("memo", "종류", "무게")
    (batch,) = scanned
    assert batch.frame.to_dict(as_series=False) == {"무게": [7.0, 1.5], "종류": ["가", "다"]}
    assert batch.raw.to_dict(as_series=False) == {
        "memo": ["가나", None],
        "종류": ["가", "다"],
        "무게": ["007", "1.5"],
    }


def test_bad_cells_and_ragged_rows_are_listed(tmp_path: Path) -> None:
    known = columns(tmp_path)
    rows = [f"{n},가" for n in range(100)]
    rows[50] = "x1,가"
    rows[60] = "1,2,3"
    path = tmp_path / "new.csv"
    path.write_text("무게,종류\n" + "\n".join(rows))
    batches = list(scan(path, known, 30))
    assert sum(len(batch.lines) for batch in batches) == 99
    bad = [cell for batch in batches for cell in batch.bad]
    assert [(cell.line, cell.column, cell.text) for cell in bad] == [(52, "무게", "x1")]
    assert batches[1].n_bad == 1
    assert batches[1].frame["무게"][20] is None
    assert [one.where for batch in batches for one in batch.refused] == ["new.csv:62"]


def test_a_column_of_another_type_is_an_error(tmp_path: Path) -> None:
    known = columns(tmp_path)
    path = tmp_path / "new.csv"
    path.write_text("무게,종류\n" + "가,1\n" * 20)
    with pytest.raises(DataError, match="column '무게' held numbers in training") as caught:
        list(scan(path, known))
    assert caught.value.code == "other-type"
    assert "line 2" in caught.value.message.en


def test_a_file_without_a_header_is_read_in_the_order_of_training(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text("".join(f"{n}.5,{n % 3},{n % 2}\n" for n in range(30)))
    known = tables.find(path).columns
    new = tmp_path / "new.csv"
    new.write_text("1.5,2\n3.5,1\n")
    scanned = scan(new, known, target="column_3")
    (batch,) = scanned
    assert batch.frame.to_dict(as_series=False) == {"column_1": [1.5, 3.5], "column_2": [2.0, 1.0]}
    assert batch.lines.tolist() == [1, 2]
    assert any("without 'column_3'" in note.en for note in scanned.notes)


def test_without_a_header_columns_that_are_not_learned_from_keep_their_places(tmp_path: Path) -> None:
    """The target first and a column left out: the rows to predict lack the one and have the other."""
    path, new = tmp_path / "train.csv", tmp_path / "new.csv"
    for head in ("", "y,id,x,z\n"):
        path.write_text(head + "".join(f"{n % 2},{900 + 7 * n},{n}.5,{n % 3}\n" for n in range(30)))
        known = tables.find(path).columns
        y, _id, x, z = (column.name for column in known)
        for line, lacking in (("1,907,2.5,1\n", ""), ("907,2.5,1\n", y)):
            new.write_text(line * 3)
            learned = [column for column in known if column.name in (x, z)]
            scanned = scan(new, learned, target=y, order=[column.name for column in known])
            assert next(iter(scanned)).frame.row(0, named=True) == {x: 2.5, z: 1.0}
            assert any(f"without '{lacking}'" in note.en for note in scanned.notes) == bool(lacking)


def test_memory_stays_flat(tmp_path: Path) -> None:
    """Four times the rows, the same peak; the file alone would be 40 MB more."""
    code = (
        "import sys, resource\nfrom hakseup.sources import tables\nfrom hakseup.sources.tables import text\n"
        "from hakseup.sources.tables.scan import scan\ntext.PIECE = 1 << 20\n"
        "known = tables.find(sys.argv[1]).columns\n"
        "n = sum(len(batch.lines) for batch in scan(sys.argv[2], known, 20_000))\n"
        "print(n, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    values = np.random.default_rng(0).normal(size=(2_000, 20)).round(6)
    block = pl.DataFrame(values).write_csv(include_header=False)
    header = ",".join(f"x{n}" for n in range(20)) + "\n"
    peaks = []
    (tmp_path / "train.csv").write_text(header + block)
    for times in (50, 200):
        path = tmp_path / f"{times}.csv"
        with path.open("w") as stream:
            stream.write(header)
            for _ in range(times):
                stream.write(block)
        call = [sys.executable, "-c", code, str(tmp_path / "train.csv"), str(path)]
        out = subprocess.run(call, capture_output=True, text=True, check=True).stdout.split()
        assert int(out[0]) == times * 2_000
        peaks.append(int(out[1]))
        assert path.stat().st_size > times * 300_000
    assert peaks[1] - peaks[0] < 20_000  # KB
