"""What is found in folders, NPZ, IDX, lists and arrays; and that labels of a test part are not read."""

from __future__ import annotations

import gzip
import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hakseup import sources
from hakseup.data.labels import SEALED
from hakseup.errors import CallError, DataError
from hakseup.sources import lists
from hakseup.sources import npz as npz_files
from hakseup.sources.classes import natural_key
from hakseup.sources.found import NOT_CHOSEN, Found, Piece, StoredPixels
from hakseup.words import Words


def picture(path: Path, value: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 4), value % 256).save(path)
    return path


def tree(root: Path, *names: str) -> Path:
    for number, name in enumerate(names):
        picture(root / name, number)
    return root


def keys(found: Found) -> list[str]:
    return [c.key for c in found.classes]


def labels(piece: Piece) -> list[int]:
    return [int(label) for label in piece.labels()]


def pixels(piece: Piece) -> np.ndarray:
    if isinstance(piece.pixels, StoredPixels):
        return np.concatenate(list(piece.pixels.read()))
    assert piece.pixels is not None
    return piece.pixels


def said(found: Found) -> str:
    return " ".join(note.en for note in found.notes)


def never() -> np.ndarray:
    raise AssertionError("labels of the test part were read")


class Forbidden:
    """Labels that may be counted but not read."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __array__(self, *_: object, **__: object) -> np.ndarray:
        return never()

    def __getitem__(self, _: object) -> object:
        return never()


# --- NPZ -------------------------------------------------------------------------------------------------------

X = np.arange(6 * 3 * 2, dtype=np.uint8).reshape(6, 3, 2)
Y = np.array([3, 10, 2, 3, 10, 2])


def npz(path: Path, **arrays: np.ndarray) -> Path:
    np.savez_compressed(path, **arrays)
    return path


def test_npz_with_the_keras_keys(tmp_path: Path) -> None:
    path = npz(
        tmp_path / "나의 data.npz", x_train=X, y_train=Y, x_test=X[:2], y_test=Y[:2], x_val=X[:1], y_val=Y[:1]
    )
    found = sources.find(str(path))
    assert keys(found) == ["2", "3", "10"]
    assert [(p.part, labels(p)) for p in found.pieces] == [
        ("train", [1, 2, 0, 1, 2, 0]),
        ("validation", [1]),
        ("test", [1, 2]),
    ]
    np.testing.assert_array_equal(pixels(found.pieces[0]), X)
    assert found.name == "나의 data"
    assert found.pieces[2].where is not None
    assert found.pieces[2].where[1] == "x_test[1]"


def test_npz_with_x_and_y_and_labels_of_other_shapes(tmp_path: Path) -> None:
    for y in (Y, Y[:, None], Y.astype(np.float32), Y.astype(np.uint8), np.array([f"{v}" for v in Y])):
        found = sources.find(npz(tmp_path / "a.npz", x=X, y=y))
        assert labels(found.pieces[0]) == [1, 2, 0, 1, 2, 0]
    one_hot = np.eye(3)[[1, 2, 0, 1, 2, 0]]
    found = sources.find(npz(tmp_path / "b.npz", x=X, y=one_hot))
    assert (keys(found), labels(found.pieces[0])) == (["0", "1", "2"], [1, 2, 0, 1, 2, 0])


def test_npz_in_fortran_order_and_in_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hakseup.sources.npz._BLOCK", 13)  # two pictures
    found = sources.find(npz(tmp_path / "a.npz", x_train=X, y_train=Y, x_test=np.asfortranarray(X), y_test=Y))
    blocks = list(found.pieces[0].pixels.read())
    assert [len(block) for block in blocks] == [2, 2, 2]
    np.testing.assert_array_equal(np.concatenate(blocks), X)
    np.testing.assert_array_equal(pixels(found.pieces[1]), X)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (X.astype(np.int64), X),
        (X.astype(">u2"), X),
        (X.astype(np.float32) / 255, X),
        (X.astype(np.float16), X),
        (X.astype(np.float64) + 0.3, X),
        (X > 9, np.where(X > 9, 255, 0)),
    ],
)
def test_pixels_of_other_types(stored: np.ndarray, expected: np.ndarray, tmp_path: Path) -> None:
    by_file = sources.find(npz(tmp_path / "a.npz", x=stored, y=Y))
    by_array = sources.find((stored, Y))
    for found in (by_file, by_array):
        assert pixels(found.pieces[0]).dtype == np.uint8
        np.testing.assert_array_equal(pixels(found.pieces[0]), expected)


def test_the_training_part_says_which_scale_it_is(tmp_path: Path) -> None:
    dark = {"x_train": X.astype(float), "y_train": Y, "x_test": np.ones((2, 3, 2)), "y_test": Y[:2]}
    bright = {**dark, "x_train": X / 255}
    for arrays, value in ((dark, 1), (bright, 255)):
        for found in (sources.find(arrays), sources.find(npz(tmp_path / "a.npz", **arrays))):
            assert pixels(found.pieces[1]).max() == value


def test_npz_labels_of_the_test_part_stay_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = npz(tmp_path / "a.npz", x_train=X, y_train=Y, x_test=X, y_test=Y)
    read: list[str] = []
    whole = npz_files._Array.whole

    def spy(self: npz_files._Array) -> np.ndarray:
        read.append(self.name)
        return whole(self)

    monkeypatch.setattr(npz_files._Array, "whole", spy)
    found = sources.find(path)
    assert read == ["y_train"]
    labels(found.pieces[1])
    assert read == ["y_train", "y_test"]


def test_labels_of_a_file_that_changed_are_not_read(tmp_path: Path) -> None:
    path = npz(tmp_path / "a.npz", x_train=X, y_train=Y, x_test=X, y_test=Y)
    found = sources.find(path)
    npz(path, x_train=X, y_train=Y, x_test=X, y_test=Y[::-1])
    os.utime(path, (1, 1))
    with pytest.raises(DataError) as caught:
        found.pieces[1].labels()
    assert caught.value.code == "data-changed"


# --- IDX -------------------------------------------------------------------------------------------------------


def idx(path: Path, array: np.ndarray) -> Path:
    """Written by hand after the description of the format: magic, sizes (big-endian), bytes."""
    content = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("dash", ["-", "."])
@pytest.mark.parametrize("prefix", ["", "emnist-letters-"])
def test_idx(suffix: str, dash: str, prefix: str, tmp_path: Path) -> None:
    small = Y.astype(np.uint8)
    for part in ("train", "t10k"):
        idx(tmp_path / f"{prefix}{part}-images{dash}idx3-ubyte{suffix}", X)
        idx(tmp_path / f"{prefix}{part}-labels{dash}idx1-ubyte{suffix}", small)
    by_prefix = tmp_path / (prefix or "t")
    for place in (tmp_path, by_prefix) if prefix else (tmp_path,):
        found = sources.find(place)
        assert (found.format, keys(found)) == ("idx", ["2", "3", "10"])
        assert [(p.part, labels(p)) for p in found.pieces] == [
            ("train", [1, 2, 0, 1, 2, 0]),
            ("test", [1, 2, 0, 1, 2, 0]),
        ]
        np.testing.assert_array_equal(pixels(found.pieces[1]), X)
    single = sources.find(tmp_path / f"{prefix}t10k-images{dash}idx3-ubyte{suffix}")
    assert [p.part for p in single.pieces] == [None]
    np.testing.assert_array_equal(pixels(single.pieces[0]), X)


def test_idx_by_the_beginning_of_the_names(tmp_path: Path) -> None:
    for name in ("train", "t10k"):
        idx(tmp_path / f"{name}-images-idx3-ubyte", X)
        idx(tmp_path / f"{name}-labels-idx1-ubyte", Y.astype(np.uint8))
    assert [p.part for p in sources.find(tmp_path / "train").pieces] == ["train"]


def test_idx_plain_goes_before_gzipped_and_several_sets_must_be_told_apart(tmp_path: Path) -> None:
    for suffix in ("", ".gz"):
        idx(tmp_path / f"train-images-idx3-ubyte{suffix}", X)
        idx(tmp_path / f"train-labels-idx1-ubyte{suffix}", Y.astype(np.uint8))
    assert isinstance(sources.find(tmp_path).pieces[0].pixels, np.memmap)
    idx(tmp_path / "letters-train-images-idx3-ubyte", X)
    with pytest.raises(CallError) as caught:
        sources.find(tmp_path)
    assert caught.value.code == "several-sets"


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_test_labels_are_not_read(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = np.full(6, 99, np.uint8)  # labels that training does not know
    for part, y in (("train", Y.astype(np.uint8)), ("t10k", wrong)):
        idx(tmp_path / f"{part}-images-idx3-ubyte{suffix}", X)
        idx(tmp_path / f"{part}-labels-idx1-ubyte{suffix}", y)
    found = sources.find(tmp_path)
    with pytest.raises(DataError) as caught:
        found.pieces[1].labels()
    assert caught.value.code == "unknown-label"
    assert "[0] is '99'" in caught.value.message.en


# --- lists -----------------------------------------------------------------------------------------------------


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return tree(tmp_path, *(f"그림/{n}.png" for n in range(6)))


ROWS = [("그림/0.png", "고양이"), ("그림/1.png", "개"), ("그림/2.png", "개"), ("그림/3.png", "고양이")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_csv_in_the_encodings_of_korean_programs(encoding: str, separator: str, pictures: Path) -> None:
    lines = [separator.join(row) for row in [("경로", "정답"), *ROWS]]
    path = pictures / "목록.csv"
    path.write_bytes("\r\n".join([*lines, "", ""]).encode(encoding))
    found = sources.find(path)
    assert keys(found) == ["개", "고양이"]
    assert labels(found.pieces[0]) == [1, 0, 0, 1]
    assert found.pieces[0].paths == [pictures / row[0] for row in ROWS]
    assert "'경로', '정답'" in said(found)


@pytest.mark.parametrize("header", ["path,label", "FileName,Class", "image,target", "y,file", "id,label,img"])
def test_names_of_the_columns(header: str, pictures: Path) -> None:
    names = [name.lower() for name in header.split(",")]
    cells = {"id": "7"}
    lines = []
    for place, label in ROWS:
        row = {**cells, **dict.fromkeys(("path", "filename", "image", "file", "img"), place)}
        row |= dict.fromkeys(("label", "class", "target", "y"), label)
        lines.append(",".join(row[name] for name in names))
    (pictures / "list.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    assert labels(sources.find(pictures / "list.csv").pieces[0]) == [1, 0, 0, 1]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_parts_of_a_list_and_the_seal_on_its_test_labels(
    form: str, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pl.DataFrame(
        {
            "path": [f"그림/{n}.png" for n in range(6)],
            "label": [10, 2, 10, 2, 10, 99],
            "split": ["train", "train", "val", "test", "TEST", "test"],
        }
    )
    path = pictures / f"list.{form}"
    (frame.write_csv if form == "csv" else frame.write_parquet)(path)
    asked: list[object] = []
    column = lists._List.column

    def spy(self: lists._List, name: str, rows: object = None) -> list[str | None]:
        if name == "label":
            asked.append(rows)
        return column(self, name, rows)

    monkeypatch.setattr(lists._List, "column", spy)
    found = sources.find(path)
    assert sorted(asked) == [[0, 1], [2]]
    assert keys(found) == ["2", "10"]
    assert [(p.part, p.n) for p in found.pieces] == [("train", 2), ("validation", 1), ("test", 3)]
    assert labels(found.pieces[1]) == [1]
    with pytest.raises(DataError, match=r"list\.\w+ #6 'label' is '99'"):
        found.pieces[2].labels()


def test_rows_without_path_or_label_are_refused(pictures: Path) -> None:
    (pictures / "list.csv").write_text(
        "path,label\n그림/0.png,a\n,a\n그림/1.png,\n그림/2.png,b\n", encoding="utf-8"
    )
    found = sources.find(pictures / "list.csv")
    assert [(r.where, r.code) for r in found.refused] == [
        ("list.csv #2", "no-path"),
        ("list.csv #3", "no-label"),
    ]
    assert found.pieces[0].n == 2


def test_labels_stay_as_they_are_written(pictures: Path) -> None:
    (pictures / "list.csv").write_text("path,label\n그림/0.png,007\n그림/1.png,7\n", encoding="utf-8")
    assert keys(sources.find(pictures / "list.csv")) == ["007", "7"]
    frame = pl.DataFrame({"path": ["그림/0.png", "그림/1.png", "그림/2.png"], "label": [1.0, None, 2.0]})
    frame.write_parquet(pictures / "list.parquet")
    assert keys(sources.find(pictures / "list.parquet")) == ["1", "2"]


@pytest.mark.skipif(os.name == "nt", reason="there they are paths already")
def test_paths_written_on_windows(pictures: Path) -> None:
    (pictures / "list.csv").write_text("path,label\n그림\\0.png,a\n그림\\1.png,b\n", encoding="utf-8")
    (piece,) = sources.find(pictures / "list.csv").pieces
    assert piece.paths is not None
    assert all(path.is_file() for path in piece.paths)


# --- arrays ----------------------------------------------------------------------------------------------------


def test_arrays_from_python_are_not_copied_and_not_changed() -> None:
    (piece,) = sources.find((X, Y)).pieces
    assert np.shares_memory(pixels(piece), X)
    assert X.flags.writeable
    assert not pixels(piece).flags.writeable


def test_what_keras_gives(tmp_path: Path) -> None:
    found = sources.find(((X, Y), (X[:2], Y[:2])))
    assert [(p.part, p.n) for p in found.pieces] == [("train", 6), ("test", 2)]
    assert (found.source, found.format) == ("arrays", "arrays")
    named = sources.find((X, ["cat"] * 2 + ["dog"] * 4))
    assert (keys(named), labels(named.pieces[0])) == (["cat", "dog"], [0, 0, 1, 1, 1, 1])
    assert labels(sources.find([X.tolist(), Y.tolist()]).pieces[0]) == [1, 2, 0, 1, 2, 0]


def test_test_labels_of_arrays_are_counted_and_not_read() -> None:
    data = {"x_train": X, "y_train": Y, "x_test": X, "y_test": Forbidden(6)}
    found = sources.find(data, classes=("2", "10"))
    assert [p.n for p in found.pieces] == [4, 6]
    with pytest.raises(AssertionError, match="were read"):
        found.pieces[1].labels()


# --- some classes only -----------------------------------------------------------------------------------------


def make_npz(path: Path) -> Path:
    return npz(path / "a.npz", x_train=X, y_train=Y, x_test=X, y_test=Y)


def make_idx(path: Path) -> Path:
    for part in ("train", "t10k"):
        idx(path / f"{part}-images-idx3-ubyte.gz", X)
        idx(path / f"{part}-labels-idx1-ubyte.gz", Y.astype(np.uint8))
    return path


@pytest.mark.parametrize("make", [make_npz, make_idx])
def test_chosen_classes_are_renumbered_and_the_test_part_waits(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    assert NOT_CHOSEN == SEALED  # what a reader leaves out stays sealed
    found = sources.find(make(tmp_path), classes=["10", "2"])
    train, test = found.pieces
    assert keys(found) == ["2", "10"]
    assert labels(train) == [1, 0, 1, 0]
    np.testing.assert_array_equal(pixels(train), X[[1, 2, 4, 5]])
    assert train.where is not None
    assert [name.partition("[")[2] for name in train.where] == ["1]", "2]", "4]", "5]"]
    assert test.n == 6
    assert labels(test) == [NOT_CHOSEN, 1, 0, NOT_CHOSEN, 1, 0]
    assert "not scored" in said(found)


def test_classes_by_name_in_either_language() -> None:
    found = sources.find("digits", classes=("7", "1"))
    assert keys(found) == ["1", "7"]
    assert found.known == "digits"
    with pytest.raises(CallError) as caught:
        sources.find("digits", classes=("1", "11"))
    assert caught.value.code == "unknown-class"
    assert caught.value.hint is not None
    assert "'1'" in caught.value.hint.en


def test_pixels_in_blocks_with_rows_taken_out() -> None:
    rng = np.random.default_rng(0)
    content = rng.integers(0, 256, (50, 2, 2)).astype(np.uint8)
    stored = StoredPixels(content.shape, lambda: iter(np.split(content, [7, 8, 30])), "x")
    rows = np.flatnonzero(rng.random(50) < 0.3)
    taken = stored.take(rows)
    np.testing.assert_array_equal(np.concatenate(list(taken.read())), content[rows])
    assert taken.shape == (len(rows), 2, 2)
    assert taken.identity != stored.take(rows[1:]).identity


# --- which one is meant ----------------------------------------------------------------------------------------


def test_a_path_goes_before_a_known_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert sources.find("digits").known == "digits"
    tree(tmp_path / "digits", "a/1.png", "b/1.png")
    found = sources.find("digits")
    assert found.known is None
    assert found.source == str(tmp_path / "digits")
    assert "also a known data set" in found.notes[0].en


def test_found_can_be_found_again() -> None:
    found = sources.find((X, Y))
    assert sources.find(found) is found
    assert keys(sources.find(found, classes=("2", "3"))) == ["2", "3"]


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 10**30)), min_size=2, max_size=2))
def test_numbers_in_names_sort_as_numbers(pairs: list[tuple[str, int]]) -> None:
    (text, a), (_other, b) = pairs
    text = "".join(ch for ch in text if not ch.isdigit())
    if a != b:
        assert (natural_key(f"{text}{a}") < natural_key(f"{text}{b}")) == (a < b)


@given(st.lists(st.text(max_size=8), max_size=8))
def test_any_names_can_be_sorted(names: list[str]) -> None:
    ordered = sorted(names, key=natural_key)
    names.reverse()
    assert sorted(names, key=natural_key) == ordered


def test_nothing_heavy_is_needed_to_import_sources() -> None:
    import subprocess
    import sys

    code = "import sys, hakseup.sources; print([m for m in ('torch', 'polars', 'PIL', 'cv2', 'sklearn') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_words_are_in_both_languages() -> None:
    found = sources.find({"x_train": X, "y_train": Y, "x_test": X, "y_test": Y}, classes=("2", "3"))
    assert all(isinstance(note, Words) and note.en != note.ko for note in found.notes)
