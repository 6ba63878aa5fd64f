"""Folders of class folders, with and without parts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from hakseup import sources
from hakseup.sources.classes import readable
from hakseup.sources.found import Found, Piece


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


def said(found: Found) -> str:
    return " ".join(note.en for note in found.notes)


# --- folders ---------------------------------------------------------------------------------------------------


def test_class_folders_in_natural_order(tmp_path: Path) -> None:
    tree(
        tmp_path,
        *(f"{name}/1.png" for name in ("10", "2", "1", "다람쥐", "가방", "b", "A", "class 3", "class 20")),
    )
    found = sources.find(tmp_path)
    assert keys(found) == ["1", "2", "10", "A", "b", "class 3", "class 20", "가방", "다람쥐"]
    (piece,) = found.pieces
    assert piece.part is None
    assert labels(piece) == list(range(9))
    assert (found.format, found.source, found.name) == ("folder", str(tmp_path), tmp_path.name)


def test_files_inside_a_class_in_natural_order_with_folders_below(tmp_path: Path) -> None:
    tree(tmp_path, "a/10.png", "a/2.png", "a/deep/deeper/1.png", "b/1.PNG")
    (piece,) = sources.find(tmp_path).pieces
    assert piece.paths is not None
    names = [path.relative_to(tmp_path).as_posix() for path in piece.paths]
    assert names == ["a/2.png", "a/10.png", "a/deep/deeper/1.png", "b/1.PNG"]
    assert labels(piece) == [0, 0, 0, 1]


def test_hidden_things_are_left_out_and_counted(tmp_path: Path) -> None:
    tree(tmp_path, "a/1.png", "b/1.png", ".ipynb_checkpoints/1.png", "__MACOSX/a/1.png", "a/.cache/1.png")
    for name in ("a/.DS_Store", "b/Thumbs.db", "desktop.ini", "a/._1.png"):
        (tmp_path / name).write_bytes(b"x")
    found = sources.find(tmp_path)
    assert keys(found) == ["a", "b"]
    assert found.pieces[0].n == 2
    assert found.refused == ()
    assert "left out: 7" in said(found)


def test_what_is_no_picture_is_refused_and_a_readme_beside_the_classes_ignored(tmp_path: Path) -> None:
    tree(tmp_path, "a/1.png", "b/1.png", "loose.jpg")
    (tmp_path / "README.txt").write_text("hello")
    (tmp_path / "a" / "notes.txt").write_text("hello")
    (tmp_path / "a" / "drawing.svg").write_text("<svg/>")
    (tmp_path / "b" / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic")
    (tmp_path / "b" / "no-suffix").write_bytes((tmp_path / "b" / "1.png").read_bytes())
    (tmp_path / "b" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    found = sources.find(tmp_path)
    assert found.pieces[0].n == 3  # the file without a suffix begins like a picture
    assert {(Path(r.where).name, r.code) for r in found.refused} == {
        ("notes.txt", "not-a-picture"),
        ("drawing.svg", "not-a-picture"),
        ("phone.heic", "not-a-picture"),
        ("gone.png", "broken-link"),
        ("loose.jpg", "no-class"),
    }
    assert "README.txt" in said(found)


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few people make links")
def test_links_in_a_circle_are_survived(tmp_path: Path) -> None:
    tree(tmp_path, "a/1.png", "b/1.png", "elsewhere/x/2.png")
    outside = tmp_path / "elsewhere"
    root = tmp_path / "data"
    root.mkdir()
    (tmp_path / "a").rename(root / "a")
    (tmp_path / "b").rename(root / "b")
    (root / "a" / "self").symlink_to(root / "a")
    (root / "a" / "up").symlink_to(root)  # through it the pictures of b would become a's
    (root / "a" / "there").symlink_to(outside)
    (root / "a" / "again").symlink_to(outside)
    (root / "a" / "ring").symlink_to(root / "a" / "ring")
    found = sources.find(root)
    (piece,) = found.pieces
    assert labels(piece) == [0, 0, 1]
    assert "already visited: 3" in said(found)
    assert [r.code for r in found.refused] == ["broken-link"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    tree(tmp_path, "a/1.png", "b/1.png")
    os.mkfifo(tmp_path / "a" / "pipe.png")
    assert [r.code for r in sources.find(tmp_path).refused] == ["not-a-file"]


def test_parts_in_folders(tmp_path: Path) -> None:
    tree(
        tmp_path,
        "train/a/1.png",
        "train/a/2.png",
        "train/b/1.png",
        "test/b/1.png",
        "valid/a/1.png",
        "valid/b/1.png",
    )
    (tmp_path / "labels.txt").write_text("x")
    found = sources.find(tmp_path)
    assert keys(found) == ["a", "b"]
    assert [(p.part, labels(p)) for p in found.pieces] == [
        ("train", [0, 0, 1]),
        ("validation", [0, 1]),
        ("test", [1]),
    ]
    assert "labels.txt" in said(found)


@pytest.mark.parametrize("name", ["valid", "val", "validation", "Validation"])
def test_names_of_the_validation_folder(name: str, tmp_path: Path) -> None:
    tree(tmp_path, "Train/a/1.png", "Train/b/1.png", f"{name}/a/1.png")
    assert [p.part for p in sources.find(tmp_path).pieces] == ["train", "validation"]


def test_train_alone_is_fine(tmp_path: Path) -> None:
    tree(tmp_path, "train/a/1.png", "train/b/1.png")
    assert [p.part for p in sources.find(tmp_path).pieces] == ["train"]


def test_another_folder_beside_train_and_test_is_ignored_and_said(tmp_path: Path) -> None:
    tree(tmp_path, "train/a/1.png", "train/b/1.png", "test/a/1.png", "unsorted/1.png")
    found = sources.find(tmp_path)
    assert sum(p.n for p in found.pieces) == 3
    assert "unsorted/" in said(found)


def test_hangul_in_two_encodings_is_one_class(tmp_path: Path) -> None:
    composed, decomposed = "가방", "\u1100\u1161\u1107\u1161\u11bc"  # as Windows and as macOS write it
    assert composed != decomposed
    tree(tmp_path, f"train/{composed}/1.png", "train/b/1.png", f"test/{decomposed}/1.png")
    found = sources.find(tmp_path)
    assert keys(found) == ["b", composed]
    assert labels(found.pieces[1]) == [1]


@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="names are always text there")
def test_names_from_a_korean_archive_are_readable(tmp_path: Path) -> None:
    raw = os.fsdecode("고양이".encode("cp949"))  # as unpacking leaves it on Linux: no UTF-8
    tree(tmp_path, f"{raw}/1.png", "b/1.png")
    (tmp_path / raw / "x.txt").write_text("x")
    found = sources.find(tmp_path)
    assert keys(found) == ["b", "고양이"]
    assert "고양이" in found.refused[0].where
    assert readable(os.fsdecode(b"\xff")) == "\N{REPLACEMENT CHARACTER}"


def test_chosen_classes_of_folders_need_no_labels(tmp_path: Path) -> None:
    tree(tmp_path, *(f"{part}/{key}/1.png" for part in ("train", "test") for key in "1234567"))
    (tmp_path / "train" / "3" / "x.txt").write_text("x")
    found = sources.find(tmp_path, classes=("7", "1"))
    assert keys(found) == ["1", "7"]
    assert [labels(p) for p in found.pieces] == [[0, 1], [0, 1]]
    assert found.refused == ()


def test_an_empty_class_can_be_left_out(tmp_path: Path) -> None:
    tree(tmp_path, "a/1.png", "b/1.png")
    (tmp_path / "c").mkdir()
    assert keys(sources.find(tmp_path, classes=("a", "b"))) == ["a", "b"]
