"""What cannot be used: each case a sentence in both languages with a code, and nothing of the user's changed."""

from __future__ import annotations

import os
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


# --- paths -----------------------------------------------------------------------------------------------------


def test_no_such_path_names_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path / "shapes-mine", "a/1.png", "b/1.png")
    monkeypatch.chdir(tmp_path)
    error = error_of("shapes-mime", CallError, "no-such-path")
    assert error.exit_status == 2
    assert "'shapes-mime'" in error.message.en
    assert str(tmp_path / "shapes-mine") in hint(error)
    assert str(tmp_path / "shapes-mine") in hint(error_of("shapes-mime/train/x", CallError, "no-such-path"))
    assert "fashion_mnist" in hint(error_of("fashion_mnits", CallError, "no-such-path"))
    assert "mnist" in hint(error_of(tmp_path / "zzzz" / "qqqq", CallError, "no-such-path"))


@pytest.mark.parametrize("text", ["", "a\0b", "x" * 5000, "https://example.org/a.zip", "/proc/none/such"])
def test_paths_that_cannot_be(text: str) -> None:
    error_of(text, CallError, "no-such-path")


@pytest.mark.parametrize("data", [None, 5, object(), (X,), (X, Y, Y), b"bytes"])
def test_things_that_are_no_data(data: object) -> None:
    with pytest.raises((CallError, DataError)) as caught:
        sources.find(data)
    assert caught.value.code in ("not-data", "no-such-path")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("data.zip", "Unpack"),
        ("data.tar.gz", "Unpack"),
        ("x.npy", "numpy.savez"),
        ("one.png", "folder"),
        ("a", ""),
    ],
)
def test_files_of_another_kind(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"something")
    assert said in hint(error_of(tmp_path / name, DataError, "unsupported-file"))


# --- folders ---------------------------------------------------------------------------------------------------


def test_an_empty_folder(tmp_path: Path) -> None:
    error = error_of(tmp_path, DataError, "empty-folder")
    assert error.exit_status == 1
    (tmp_path / ".hidden").mkdir()
    error_of(tmp_path, DataError, "empty-folder")
    (tmp_path / "mnist.npz").write_bytes(b"x")
    assert str(tmp_path / "mnist.npz") in hint(error_of(tmp_path, DataError, "no-pictures"))


def test_pictures_without_class_folders(tmp_path: Path) -> None:
    error = error_of(tree(tmp_path, "1.png", "2.jpg"), DataError, "no-class-folders")
    assert "(2)" in error.message.en
    assert "path and label" in hint(error)


def test_test_pictures_without_class_folders(tmp_path: Path) -> None:
    tree(tmp_path, "train/a/1.png", "train/b/1.png", "test/1.png", "test/2.png")
    error = error_of(tmp_path, DataError, "no-class-folders")
    assert str(tmp_path / "test") in error.message.en
    assert "set aside" in hint(error)


def test_one_class_only(tmp_path: Path) -> None:
    error = error_of(tree(tmp_path, "cats/1.png", "cats/2.png"), DataError, "one-class")
    assert "'cats'" in error.message.en
    outer = tree(tmp_path / "unpacked", "archive/a/1.png", "archive/b/1.png")
    assert str(outer / "archive") in hint(error_of(outer, DataError, "one-class"))
    deep = tree(tmp_path / "deep", "2024/mai/archive/a/1.png", "2024/mai/archive/b/1.png", "__MACOSX/x/1.png")
    assert str(deep / "2024" / "mai" / "archive") in hint(error_of(deep, DataError, "one-class"))
    parts = tree(tmp_path / "parts", "train/a/1.png", "test/a/2.png")
    assert "Did you mean" not in hint(error_of(parts, DataError, "one-class"))
    error_of((X, np.zeros(6, int)), DataError, "one-class")


def test_an_empty_class_folder(tmp_path: Path) -> None:
    tree(tmp_path, "a/1.png", "b/1.png")
    (tmp_path / "c" / "deep").mkdir(parents=True)
    (tmp_path / "c" / ".DS_Store").touch()
    error = error_of(tmp_path, DataError, "empty-class")
    assert str(tmp_path / "c") in error.message.en
    (tmp_path / "c" / "x.txt").touch()
    assert "other files: 1" in error_of(tmp_path, DataError, "empty-class").message.en


@pytest.mark.parametrize("part", ["test", "train", "valid", "Test", "validation"])
def test_a_folder_named_like_a_part_among_the_classes(part: str, tmp_path: Path) -> None:
    error = error_of(
        tree(tmp_path, "cat/1.png", "dog/1.png", f"{part}/1.png"), DataError, "part-among-classes"
    )
    assert f"'{part}'" in error.message.en
    assert "'cat, dog'" in error.message.en


def test_classes_beside_train_and_test_with_the_same_classes(tmp_path: Path) -> None:
    tree(
        tmp_path,
        "cat/1.png",
        "dog/1.png",
        *(f"{p}/{c}/1.png" for p in ("train", "test") for c in ("cat", "dog")),
    )
    error_of(tmp_path, DataError, "part-among-classes")


def test_parts_without_train(tmp_path: Path) -> None:
    error_of(tree(tmp_path, "test/a/1.png", "valid/a/1.png"), DataError, "no-training-part")


def test_two_folders_for_one_part(tmp_path: Path) -> None:
    tree(tmp_path, "train/a/1.png", "train/b/1.png", "val/a/1.png", "valid/a/1.png")
    error = error_of(tmp_path, DataError, "same-part-twice")
    assert "'val'" in error.message.en
    assert "'valid'" in error.message.en


@pytest.mark.parametrize("part", ["test", "valid"])
def test_a_class_that_training_does_not_have(part: str, tmp_path: Path) -> None:
    tree(tmp_path, "train/a/1.png", "train/b/1.png", f"{part}/a/1.png", f"{part}/zebra/1.png")
    error = error_of(tmp_path, DataError, "unknown-class-folder")
    assert "'zebra'" in error.message.en
    assert "a, b" in error.message.ko


def test_an_empty_test_folder(tmp_path: Path) -> None:
    tree(tmp_path, "train/a/1.png", "train/b/1.png")
    (tmp_path / "test").mkdir()
    error_of(tmp_path, DataError, "empty-folder")
    (tmp_path / "test" / "a").mkdir()
    error_of(tmp_path, DataError, "empty-part")


@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="one name there")
def test_two_class_folders_that_read_the_same(tmp_path: Path) -> None:
    tree(tmp_path, "가/1.png", "\u1100\u1161/1.png", "b/1.png")
    error_of(tmp_path, DataError, "same-class-twice")


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, "a/1.png", "b/1.png")
    scandir = os.scandir

    def refuse(path: os.PathLike[str]) -> object:
        if Path(path).name == "b":  # tests may run as root, whom no permission stops
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert str(tmp_path / "b") in error_of(tmp_path, DataError, "unreadable-folder").message.en


def test_unknown_and_too_few_classes(tmp_path: Path) -> None:
    tree(tmp_path, "circle/1.png", "square/1.png", "triangle/1.png")
    assert "'circle'" in hint(error_of(tmp_path, CallError, "unknown-class", classes=("cirkle", "square")))
    assert "circle, square, triangle" in hint(error_of(tmp_path, CallError, "unknown-class", classes=("7",)))
    error_of(tmp_path, CallError, "one-class", classes=("circle", "circle"))
    error_of((X, Y), CallError, "unknown-class", classes=("0", "9"))


# --- files that are no pictures --------------------------------------------------------------------------------


def test_bad_files_are_told_one_by_one_and_left_alone(tmp_path: Path) -> None:
    tree(tmp_path, "a/1.png", "b/1.png")
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    noise.save(tmp_path / "a" / "cut.jpg")
    raw = (tmp_path / "a" / "cut.jpg").read_bytes()
    bad = {
        "a/cut.jpg": (raw[: len(raw) // 2], "truncated"),
        "a/text.png": (b"only text", "not-a-picture"),
        "b/empty.png": (b"", "empty-file"),
        "b/page.jpg": (b"<!doctype html><html>", "not-a-picture"),
        "b/notes.txt": (b"notes", "not-a-picture"),
    }
    for name, (content, _code) in bad.items():
        (tmp_path / name).write_bytes(content)
    found = sources.find(tmp_path)
    pictures = load(found, DataSettings(max_refused=1))
    codes = {Path(r.where).relative_to(tmp_path).as_posix(): r.code for r in pictures.refused}
    assert codes == {name: code for name, (_content, code) in bad.items()}
    assert all(r.reason.en != r.reason.ko for r in pictures.refused)
    assert len(pictures) == 2
    error = error_of(tmp_path, DataError, "too-many-refused")
    assert all(str(tmp_path / name) in error.message.en for name in bad)
    for name, (content, _code) in bad.items():
        assert (tmp_path / name).read_bytes() == content


def test_a_file_that_vanishes_between_finding_and_reading(tmp_path: Path) -> None:
    tree(tmp_path, "a/1.png", "b/1.png")
    found = sources.find(tmp_path)
    (tmp_path / "a" / "1.png").unlink()
    assert [r.code for r in load(found, DataSettings(max_refused=1)).refused] == ["no-such-file"]
