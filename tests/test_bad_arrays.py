"""NPZ, IDX, lists and arrays that cannot be used: each a sentence in both languages with a code."""

from __future__ import annotations

import gzip
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hakseup import sources
from hakseup.data.load import load
from hakseup.errors import CallError, DataError, HakseupError
from hakseup.settings import DataSettings

X = np.arange(6 * 3 * 2, dtype=np.uint8).reshape(6, 3, 2)
Y = np.array([0, 1, 2, 0, 1, 2])


def error_of(data: object, kind: type[HakseupError], code: str, **options: object) -> HakseupError:
    """The error that finding and loading raises; its words are there in both languages."""
    with pytest.raises(kind) as caught:
        load(sources.find(data, **options), DataSettings())
    error = caught.value
    assert type(error) is kind
    assert error.code == code
    for words in (error.message, error.hint):
        if words is not None:
            assert words.en.strip()
            assert words.ko.strip()
            assert words.en != words.ko
            assert "Traceback" not in words.en
    return error


def tree(root: Path, *names: str) -> Path:
    for number, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4), number).save(path)
    return root


def hint(error: HakseupError) -> str:
    assert error.hint is not None
    return error.hint.en


# --- NPZ -------------------------------------------------------------------------------------------------------


def npz(path: Path, **arrays: object) -> Path:
    np.savez(path, **arrays)
    return path


class Bomb:
    """An object whose loading would write a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, str]]:
        return (open, (str(self.target), "w"))


@pytest.mark.parametrize("where", ["x_train", "y_train", "x_test", "y_test"])
def test_pickled_objects_are_refused_and_never_loaded(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "written"
    objects = np.empty(6, object)
    objects[:] = [Bomb(target)] * 6
    path = npz(tmp_path / "a.npz", **{"x_train": X, "y_train": Y, "x_test": X, "y_test": Y, where: objects})
    monkeypatch.setattr(pickle, "load", lambda *_a, **_k: pytest.fail("it was loaded"))
    assert where in error_of(path, DataError, "pickled-objects").message.en
    assert not target.exists()


@pytest.mark.parametrize("y", [Y[:5], np.append(Y, 0), Y[:0]])
@pytest.mark.parametrize("part", ["train", "test", "val"])
def test_pictures_and_labels_of_different_count(y: np.ndarray, part: str, tmp_path: Path) -> None:
    arrays = {"x_train": X, "y_train": Y} | {f"x_{part}": X, f"y_{part}": y}
    for data in (npz(tmp_path / "a.npz", **arrays), arrays):
        error = error_of(data, DataError, "count-mismatch")
        assert f"x_{part} has 6 pictures" in error.message.en
        assert f"{len(y)} labels" in error.message.en


@pytest.mark.parametrize(
    "names",
    [["x_train"], ["y_train"], ["x_train", "y_train", "x_test"], ["x_test", "y_test"], ["a", "b"], []],
)
def test_arrays_are_missing(names: list[str], tmp_path: Path) -> None:
    arrays = {name: X if name.startswith("x") else Y for name in names}
    for data in (npz(tmp_path / "a.npz", **arrays), arrays):
        error = error_of(data, DataError, "array-names")
        assert all(name in error.message.en for name in names)


@pytest.mark.parametrize(
    ("x", "code", "said"),
    [
        (X.reshape(6, 6), "bad-shape", "(6, 6)"),
        (np.zeros((6, 784), np.uint8), "bad-shape", "reshape(-1, 28, 28)"),
        (np.zeros((6, 3, 8, 8), np.uint8), "bad-shape", "transpose(0, 2, 3, 1)"),
        (np.zeros((6, 8, 8, 4), np.uint8), "bad-shape", "transparency"),
        (np.zeros((6, 8, 8, 2), np.uint8), "bad-shape", "(6, 8, 8, 2)"),
        (np.zeros((6, 0, 8), np.uint8), "bad-shape", "(6, 0, 8)"),
        (X.astype(int) - 1, "bad-pixels", "[0, 0, 0] is -1"),
        (X.astype(int) + 221, "bad-pixels", "[5, 2, 1] is 256"),
        (np.where(X == 7, np.nan, X / 255), "bad-pixels", "[1, 0, 1] is nan"),
        (X / 255 - 0.5, "bad-pixels", "is -0.5"),
        (X.astype(np.float32) * 10, "bad-pixels", "expected whole numbers 0 to 255"),
        (X.astype(complex), "bad-pixels", "complex"),
        (X.astype(str), "bad-pixels", "<U"),
    ],
)
def test_pixels_of_a_wrong_shape_or_type(x: np.ndarray, code: str, said: str, tmp_path: Path) -> None:
    for data in (npz(tmp_path / "a.npz", x=x, y=Y), (x, Y)):
        error = error_of(data, DataError, code)
        assert said in f"{error.message.en} {error.hint.en if error.hint else ''}"


def test_bad_pixels_of_the_test_part_are_found_by_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hakseup.sources.npz._BLOCK", 7)
    wrong = X.astype(int)
    wrong[4, 1, 0] = 999
    path = npz(tmp_path / "a.npz", x_train=X, y_train=Y, x_test=wrong, y_test=Y)
    assert "x_test[4, 1, 0] is 999" in error_of(path, DataError, "bad-pixels").message.en


def test_parts_of_different_sizes(tmp_path: Path) -> None:
    arrays = {"x_train": X, "y_train": Y, "x_test": np.zeros((6, 4, 4), np.uint8), "y_test": Y}
    for data in (npz(tmp_path / "a.npz", **arrays), arrays):
        message = error_of(data, DataError, "bad-shape").message.en
        assert "(6, 4, 4)" in message
        assert "(6, 3, 2)" in message


@pytest.mark.parametrize(
    "y",
    [
        np.linspace(0, 1, 6),
        np.full(6, np.nan),
        np.ones((6, 3)),
        np.zeros((6, 3)),
        np.zeros((6, 2, 2)),
        [None] * 6,
    ],
)
def test_labels_that_are_none(y: object) -> None:
    error_of((X, y), DataError, "bad-labels")


def test_an_unknown_label_in_the_test_part_is_told_when_it_is_read() -> None:
    labels = Y.copy()
    labels[3] = 11
    pictures = load(sources.find(((X, Y), (X, labels))), DataSettings())
    with pytest.raises(DataError, match=r"y_test\[3\] is '11'"):
        pictures.labels.break_seal()


@pytest.mark.parametrize("cut", [0, 1, 10, 100, 300, -30])
def test_a_damaged_npz(cut: int, tmp_path: Path) -> None:
    raw = npz(tmp_path / "a.npz", x=X, y=Y).read_bytes()
    (tmp_path / "b.npz").write_bytes(raw[:cut])
    error_of(tmp_path / "b.npz", DataError, "damaged-npz")


def test_an_npz_with_a_wrong_checksum_or_a_lying_header(tmp_path: Path) -> None:
    path = npz(tmp_path / "a.npz", x=X, y=Y)
    raw = path.read_bytes()
    place = raw.index(X.tobytes())
    path.write_bytes(raw[:place] + b"\xff" + raw[place + 1 :])
    error_of(path, DataError, "damaged-npz")
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (6, 100000, 100000), }"
        content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(10)
        archive.writestr("x.npy", content)
        archive.writestr("y.npy", content)
    assert "60,000,000,0" in error_of(tmp_path / "b.npz", DataError, "damaged-npz").message.en


def test_arrays_of_enormous_pictures() -> None:
    with pytest.raises(DataError) as caught:
        load(sources.find((X, Y)), DataSettings(max_pixels=5))
    assert caught.value.code == "too-large"


# --- IDX -------------------------------------------------------------------------------------------------------


def idx_bytes(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def idx_folder(folder: Path, gz: bool, **changed: bytes) -> Path:
    """A whole IDX data set, with the files in `changed` (train_images, …) replaced."""
    for part in ("train", "t10k"):
        for what, name, array in (("images", "idx3", X), ("labels", "idx1", Y.astype(np.uint8))):
            content = changed.get(f"{part}_{what}", idx_bytes(array))
            path = folder / f"{part}-{what}-{name}-ubyte"
            if gz:
                path, content = Path(f"{path}.gz"), gzip.compress(content)
            path.write_bytes(content)
    return folder


@pytest.mark.parametrize("gz", [False, True])
@pytest.mark.parametrize("name", ["train_images", "train_labels", "t10k_images", "t10k_labels"])
@pytest.mark.parametrize("change", [-1, 5])
def test_an_idx_file_of_a_wrong_length(gz: bool, name: str, change: int, tmp_path: Path) -> None:
    good = idx_bytes(X if name.endswith("images") else Y.astype(np.uint8))
    bad = good[:change] if change < 0 else good + bytes(change)
    idx_folder(tmp_path, gz, **{name: bad})
    error = error_of(tmp_path, DataError, "wrong-length")
    assert f"takes {len(good)} bytes" in error.message.en
    assert f"there are {len(bad)}" in error.message.en
    assert name.replace("_", "-") in error.message.ko


def test_a_gzip_whose_end_lies_about_its_length(tmp_path: Path) -> None:
    idx_folder(tmp_path, True)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    short = gzip.compress(idx_bytes(X)[:-4])
    path.write_bytes(short + gzip.compress(b"")[:-4] + struct.pack("<I", len(idx_bytes(X))))
    with pytest.raises(DataError) as caught:
        load(sources.find(tmp_path), DataSettings())
    assert caught.value.code in ("wrong-length", "damaged-idx")


def test_a_gzip_of_two_files_is_too_long_although_its_end_fits(tmp_path: Path) -> None:
    idx_folder(tmp_path, True)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes() * 2)
    assert f"there are {2 * len(idx_bytes(X))}" in error_of(tmp_path, DataError, "wrong-length").message.en


@pytest.mark.parametrize("gz", [False, True])
def test_idx_counts_that_differ(gz: bool, tmp_path: Path) -> None:
    idx_folder(tmp_path, gz, t10k_labels=idx_bytes(Y[:4].astype(np.uint8)))
    error = error_of(tmp_path, DataError, "count-mismatch")
    assert "6 pictures" in error.message.en
    assert "4 labels" in error.message.en


@pytest.mark.parametrize(
    "content", [b"", b"\0", b"\0\0\x08\x03\0\0", b"<html>not found</html>", idx_bytes(Y.astype(np.uint8))]
)
def test_idx_that_does_not_begin_like_it(content: bytes, tmp_path: Path) -> None:
    error_of(idx_folder(tmp_path, False, train_images=content), DataError, "not-idx")


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[:-9], lambda raw: b"no gzip", lambda raw: raw[:20] + bytes(30)]
)
def test_a_damaged_gzip(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    idx_folder(tmp_path, True)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError) as caught:
        load(sources.find(tmp_path), DataSettings())
    assert caught.value.code in ("damaged-idx", "wrong-length")


def test_idx_with_a_file_missing(tmp_path: Path) -> None:
    idx_folder(tmp_path, False)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    assert "labels" in error_of(tmp_path, DataError, "no-partner").message.en
    error_of(tmp_path / "t10k-images-idx3-ubyte", DataError, "no-partner")
    error_of(tmp_path / "train-labels-idx1-ubyte", CallError, "labels-alone")
    for left in tmp_path.glob("train*"):
        left.unlink()
    error_of(tmp_path, DataError, "no-training-part")


# --- lists -----------------------------------------------------------------------------------------------------


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("alcohol,quality\n1,2\n", "not-a-list", "no column of paths"),
        ("path,size\na.png,2\n", "not-a-list", "no column of labels"),
        ("path,label\n", "no-training-part", ""),
        ("path,label,split\n1.png,a,test\n", "no-training-part", ""),
        ("path,label,split\n1.png,a,train\n1.png,b,holdout\n", "unknown-part", "#2: 'holdout'"),
        ("path,label,split\n1.png,a,train\n1.png,b,\n", "unknown-part", "''"),
        ("path,label\n1.png,a\n1.png,a\n", "one-class", "'a'"),
        ("path,label\n1.png,a\n1.png,b,c,d\n", "damaged-list", ""),
        ("", "damaged-list", ""),
        (b"path,label\n\xff\xff\xff\xfe\x81\n", "unknown-encoding", "cp949"),
        (
            "path,label,part\n1.png,a,train\n1.png,b,train\n1.png,c,valid\n",
            "unknown-label",
            "#3 'label' is 'c'",
        ),
        ("path,label\n1.png,a\nnone.png,b\n", "too-many-refused", "no such file"),
    ],
)
def test_lists_that_cannot_be_used(text: str | bytes, code: str, said: str, tmp_path: Path) -> None:
    tree(tmp_path, "1.png")
    assert said in error_of(written(tmp_path / "list.csv", text), DataError, code).message.en


@pytest.mark.parametrize("content", [b"", b"PAR1", b"path,label\n1,2\n"])
def test_a_parquet_file_that_is_none(content: bytes, tmp_path: Path) -> None:
    error_of(written(tmp_path / "list.parquet", content), DataError, "damaged-list")


def test_a_test_row_without_a_label(tmp_path: Path) -> None:
    tree(tmp_path, "1.png")
    text = "path,label,split\n1.png,a,train\n1.png,b,train\n1.png,,test\n"
    pictures = load(sources.find(written(tmp_path / "list.csv", text)), DataSettings())
    with pytest.raises(DataError, match=r"list\.csv #3"):
        pictures.labels.break_seal()


def test_nothing_of_the_users_is_changed(tmp_path: Path) -> None:
    tree(tmp_path / "pictures", "a/1.png", "b/1.png", "test/1.png")
    npz(tmp_path / "a.npz", x=X, y=Y[:4])
    idx_folder(tmp_path, False, train_images=b"bad")
    written(tmp_path / "list.csv", "path,label\nnone.png,a\nnone.png,b\n")
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in tmp_path.rglob("*")}
    for name in ("pictures", "a.npz", ".", "list.csv"):
        with pytest.raises(HakseupError):
            load(sources.find(tmp_path / name), DataSettings())
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in tmp_path.rglob("*")} == before
