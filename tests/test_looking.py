"""What `look` says: against plain counting, against constructed cases, and as a page and a screen."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import from_arrays, pictures
from PIL import Image
from rich.cells import cell_len
from rich.console import Console

import hakseup
from hakseup.cli.look_text import look_text, pixels_text
from hakseup.data.labels import Labels
from hakseup.data.load import load
from hakseup.data.looking import EXAMPLES, LARGEST, facts, plain
from hakseup.data.pictures import NO_PART, PART_CODE, Pictures
from hakseup.report import look_page
from hakseup.settings import DataSettings, SplitSettings
from hakseup.sources import find
from hakseup.sources.found import ClassName, Refused
from hakseup.words import Language, Words, speak

pytestmark = pytest.mark.drawn

TRAIN, VALIDATION, TEST = PART_CODE["train"], PART_CODE["validation"], PART_CODE["test"]


def codes(found: dict[str, Any], level: str | None = None) -> set[str]:
    return {f["code"] for f in found["findings"] if level in (None, f["level"])}


def sealed(made: Pictures) -> Pictures:
    """The same pictures with the labels of the official test part sealed behind a reader that raises."""

    def read() -> np.ndarray:
        raise AssertionError("the labels of the test part were read")

    rows = np.flatnonzero(made.official == TEST)
    values = made.labels.values.copy()
    values[rows] = -1
    return dataclasses.replace(made, labels=Labels(values, ((rows, read),)))


def with_official(n: int = 90, classes: int = 3, test: int = 30, **kwargs: Any) -> Pictures:
    official = np.full(n, TRAIN, np.int8)
    official[n - test :] = TEST
    return pictures(n, classes, official=official, **kwargs)


def copied(made: Pictures, pairs: list[tuple[int, int]]) -> Pictures:
    """The same, where picture b has become a copy of picture a."""
    images, keys = made.images.copy(), made.keys.copy()
    for a, b in pairs:
        images[b], keys[b] = images[a], keys[a]
    return dataclasses.replace(made, images=images, keys=keys)


# --- counts ------------------------------------------------------------------------------------------------


def test_counts_of_data_without_parts() -> None:
    made = pictures(120, 3)
    found = facts(made, SplitSettings(), 0)
    n = {part["part"]: part["n"] for part in found["parts"]}
    assert sum(n.values()) == 120
    assert n["test"] == 24
    assert found["counts"]["test"] is None  # sealed
    for part in ("train", "validation"):
        assert sum(found["counts"][part].values()) == n[part]
    in_all = Counter(made.labels.values.tolist())
    for c in range(3):
        assert found["counts"]["train"][str(c)] + found["counts"]["validation"][str(c)] < in_all[c]
    assert not any(part["official"] for part in found["parts"])
    assert "test-sealed" in codes(found, "good")


def test_labels_of_the_test_part_are_never_read() -> None:
    made = copied(sealed(with_official()), [(0, 70), (3, 4)])
    found = facts(made)
    assert found["counts"]["test"] is None
    assert found["duplicates"]["pairs"][0]["b"]["label"] is None
    look_page.render(found, "ko")
    look_text(found, Console(file=io.StringIO()))


def test_test_pictures_are_counted_by_their_folders() -> None:
    made = sealed(with_official())
    names = tuple(ClassName(key, Words(key, key)) for key in ("고양이", "dog", "test"))
    where = [f"/data/my test/{'test' if i >= 60 else 'train'}/{names[i % 3].key}/{i}.png" for i in range(90)]
    made = dataclasses.replace(made, format="folder", classes=names, where=where, source="/data/my test")
    found = facts(made)
    assert found["counts"]["test"] == {"고양이": 10, "dog": 10, "test": 10}
    assert found["examples"]["dog"][0].startswith("train/dog/")
    where[80] = "/data/my test/test/elsewhere.png"  # in the folder "test", which is also a class: 80 % 3 == 2
    assert facts(made)["counts"]["test"] == {"고양이": 10, "dog": 10, "test": 10}
    made = dataclasses.replace(made, classes=(*names[:2], ClassName("bird", Words("bird", "새"))))
    assert facts(made)["counts"]["test"] is None  # a folder that is no class: nothing is guessed


# --- copies ------------------------------------------------------------------------------------------------


def test_copies_across_and_inside_parts() -> None:
    made = copied(with_official(), [(0, 60), (0, 63), (3, 64), (6, 9), (66, 69)])
    # 0 is also two test pictures of its own class; 3 is a test picture of another class.
    found = facts(sealed(made))
    twice = found["duplicates"]
    assert twice["across"] == {"test_in_training": 3, "test_in_validation": 0, "validation_in_training": 0}
    assert twice["left_out"] == 2
    assert twice["inside"] == {"test": {"groups": 2, "pictures": 2}, "train": {"groups": 1, "pictures": 1}}
    assert twice["conflicts"] == 0  # the label of the test picture is not known here
    assert [p["kind"] for p in twice["pairs"]] == ["across", "across", "inside", "inside", "inside"]
    first = twice["pairs"][0]
    assert (first["a"]["where"], first["a"]["part"], first["b"]["part"]) == ("x[0]", "train", "test")
    assert found["arrays"]["pairs"].shape == (5, 2, 12, 12, 1)
    for pair in found["arrays"]["pairs"]:
        np.testing.assert_array_equal(pair[0], pair[1])
    assert "test-in-training" in codes(found, "problem")  # 3 of 30 are more than 1 %
    finding = next(f for f in found["findings"] if f["code"] == "test-in-training")
    assert "3 of the 30 test pictures" in finding["en"]
    assert "30장 중 3장" in finding["ko"]


def test_few_copies_in_a_large_test_part_are_a_note() -> None:
    found = facts(copied(with_official(600, 2, 300, size=6), [(0, 300)]))
    assert "test-in-training" in codes(found, "note")


def test_one_picture_in_two_classes() -> None:
    found = facts(copied(pictures(90, 3), [(0, 1)]), SplitSettings(), 0)
    # Where the split sealed the pair, its labels are not known; this pair is in training or validation.
    assert found["duplicates"]["conflicts"] == 1
    assert next(iter(found["findings"]))["code"] == "conflicting-labels"
    labels = {found["duplicates"]["pairs"][0][side]["label"] for side in ("a", "b")}
    assert labels == {"0", "1"}
    assert "problem" in found["verdict"]["en"]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_copies_against_plain_counting(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 30))
    content = data.draw(st.lists(st.integers(0, 8), min_size=n, max_size=n))
    labels = data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    official = data.draw(
        st.lists(st.sampled_from([NO_PART, TRAIN, VALIDATION, TEST]), min_size=n, max_size=n)
    )
    images = np.array(content, np.uint8).reshape(n, 1, 1, 1) * np.ones((n, 3, 3, 1), np.uint8)
    made = from_arrays(images, np.array(labels), 2, np.array(official, np.int8))
    found = facts(sealed(made))
    twice = found["duplicates"]

    groups: dict[int, list[int]] = defaultdict(list)
    for row, value in enumerate(content):
        groups[value].append(row)
    extra = {
        part: sum(max(0, sum(official[r] == code for r in rows) - 1) for rows in groups.values())
        for part, code in {"all": NO_PART, **PART_CODE}.items()
    }
    assert {part: tally["pictures"] for part, tally in twice["inside"].items()} == {
        k: v for k, v in extra.items() if v
    }
    in_training = sum(
        official[row] == TEST and any(official[r] == TRAIN for r in groups[content[row]]) for row in range(n)
    )
    assert twice["across"]["test_in_training"] == in_training
    json.dumps(plain(found), allow_nan=False)
    assert found["brightness"]["flat"] == n  # each of these pictures is one flat colour


# --- light, means, examples --------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3])
def test_light_and_means_against_plain_numpy(channels: int) -> None:
    from sklearn.linear_model import LinearRegression

    made = with_official(300, 3, 60, channels=channels, size=9)
    found = facts(sealed(made), SplitSettings(validation=0.2), 4)
    from hakseup.data.split import split

    train = split(sealed(made), SplitSettings(validation=0.2), 4)[0].train
    labels = made.labels.values[train]
    grey = made.images[train].mean(axis=(1, 2, 3))
    for c in range(3):
        row = found["brightness"]["by_class"][str(c)]
        assert row["n"] == np.sum(labels == c)
        assert row["mean"] == pytest.approx(grey[labels == c].mean())
        assert row["std"] == pytest.approx(grey[labels == c].std())
        mean = made.images[train[labels == c]].mean(axis=0)
        np.testing.assert_allclose(found["arrays"]["mean"][c], mean, atol=0.51)
    one_hot = np.eye(3)[labels]
    r2 = LinearRegression().fit(one_hot, grey).score(one_hot, grey)
    assert found["brightness"]["explained_by_class"] == pytest.approx(r2)


def test_classes_that_brightness_gives_away() -> None:
    made = pictures(90, 3)
    images = made.images.copy()
    images[made.labels.values == 1] //= 3
    found = facts(from_arrays(images, made.labels.values, 3))
    assert "telling-light" in codes(found, "note")
    assert "telling-light" not in codes(facts(made))


def test_examples_are_different_training_pictures_of_the_class() -> None:
    made = copied(with_official(), [(0, i) for i in range(3, 45, 3)])  # class 0 is mostly one picture
    found = facts(sealed(made), seed=3)
    arrays, names = found["arrays"]["examples"], found["examples"]
    assert arrays.shape == (3, EXAMPLES, 12, 12, 1)
    assert len(names["0"]) < EXAMPLES == len(names["1"]) == len(names["2"])
    for c in range(3):
        shown = arrays[c, : len(names[str(c)])]
        assert len(np.unique(shown, axis=0)) == len(shown)
        for picture, where in zip(shown, names[str(c)], strict=True):
            row = int(where.removeprefix("x[").removesuffix("]"))
            assert row < 60  # not of the test part
            assert made.labels.values[row] == c
            np.testing.assert_array_equal(picture, made.images[row])
    assert facts(sealed(made), seed=3)["examples"] == names
    assert facts(sealed(made), seed=4)["examples"] != names


def test_large_pictures_are_made_small() -> None:
    found = facts(pictures(12, 2, size=200, channels=3))
    assert found["arrays"]["examples"].shape[2:] == (LARGEST, LARGEST, 3)
    assert found["arrays"]["mean"].shape == (2, LARGEST, LARGEST, 3)
    wide = from_arrays(np.zeros((4, 50, 400, 1), np.uint8), np.array([0, 1, 0, 1]), 2)
    assert facts(wide)["arrays"]["mean"].shape == (2, LARGEST // 8, LARGEST, 1)


# --- what is wrong -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (
            from_arrays(
                np.random.default_rng(0).integers(0, 9, (6, 4, 4, 1)).astype(np.uint8), np.zeros(6), 1
            ),
            "one-class",
        ),
        (pictures(5, 4), "class-too-small"),
        (from_arrays(np.full((1, 2, 2, 1), 7, np.uint8), np.zeros(1), 2), "class-too-small"),
    ],
)
def test_data_that_cannot_be_split_are_looked_at_all_the_same(made: Pictures, code: str) -> None:
    found = facts(made)
    assert found["findings"][0]["code"] == code
    assert found["findings"][0]["level"] == "problem"
    assert [part["part"] for part in found["parts"]] == ["all"]
    assert sum(found["counts"]["all"].values()) == len(made)
    for language in ("ko", "en"):
        assert ">nan<" not in look_page.render(found, language)
        look_text(found, Console(file=io.StringIO()))


def test_an_official_test_part_stays_sealed_where_the_split_fails() -> None:
    found = facts(sealed(with_official(6, 3, 3)))
    assert found["findings"][0]["code"] == "class-too-small"
    assert found["counts"] == {"train": {"0": 1, "1": 1, "2": 1}, "test": None}


def test_uneven_and_nearly_empty_classes() -> None:
    labels = np.array([0] * 80 + [1] * 9 + [2] * 30)
    images = np.random.default_rng(1).integers(0, 255, (119, 5, 5, 1)).astype(np.uint8)
    found = facts(from_arrays(images, labels, 3))
    few = next(f for f in found["findings"] if f["code"] == "near-empty-class")
    assert "class 1 (7)" in few["en"]
    assert "클래스 1 (7)" in few["ko"]
    uneven = next(f for f in found["findings"] if f["code"] == "uneven-classes")
    assert "64" in uneven["en"]
    assert "67%" in uneven["en"]  # 64 of 95 outside the test part
    assert "even-classes" not in codes(found)
    even = facts(pictures(120, 3))
    assert "even-classes" in codes(even, "good")
    assert not {"uneven-classes", "near-empty-class"} & codes(even)
    studio = (Path(hakseup.__file__).parent / "studio/page/gallery.js").read_text("utf-8")
    said = re.search(r"ENOUGH = (\d+);", studio)  # what the page calls enough to begin
    assert said is not None
    enough = int(said[1])
    assert "near-empty-class" not in codes(facts(pictures(3 * enough, 3)))
    assert "near-empty-class" in codes(facts(pictures(3 * enough - 3, 3)))


def test_refused_files_sizes_modes_and_flat_pictures() -> None:
    made = pictures(120, 2)
    images = made.images.copy()
    images[7] = 9
    refused = (Refused("/d/my/a.png", "truncated", Words("it ends too soon", "중간에 끝납니다")),)
    seen = {"sizes": {"12x12": 100, "20x30": 20}, "modes": {"L": 60, "RGB": 60}}
    made = dataclasses.replace(
        from_arrays(images, made.labels.values, 2), refused=refused, seen=seen, source="/d/my"
    )
    found = facts(made)
    said = {f["code"]: f for f in found["findings"]}
    assert "a.png: it ends too soon. " in said["refused"]["en"]
    assert said["refused"]["level"] == "note"
    assert found["refused"][0]["where"] == "a.png"
    assert "2 sizes, most often 12x12 (100)" in said["mixed-sizes"]["en"]
    assert "회색조 60장" in said["mixed-modes"]["ko"]
    assert "1 picture is one flat colour" in said["flat-pictures"]["en"]
    assert "100 of 120" in found["size_why"]["en"]
    many = dataclasses.replace(made, refused=refused * 3)
    assert "refused" in codes(facts(many), "problem")
    clean = facts(pictures(120, 2))
    assert not codes(clean, "problem")
    assert not {"refused", "mixed-sizes", "mixed-modes", "flat-pictures"} & codes(clean)


def test_problems_come_first_and_every_sentence_is_in_two_languages() -> None:
    found = facts(copied(pictures(90, 3), [(0, 1)]))
    levels = [f["level"] for f in found["findings"]]
    assert levels == sorted(levels, key=["problem", "note", "good"].index)
    for f in found["findings"]:
        assert re.search("[가-힣]", f["ko"])
        assert not re.search("[가-힣]", f["en"].replace("클래스", ""))


# --- the page and the screen -------------------------------------------------------------------------------


def test_the_page_says_everything_and_asks_the_network_for_nothing() -> None:
    names = tuple(ClassName(k, Words(k, k)) for k in ("<script>alert(1)</script>", 'a"b&c', "가나다"))
    made = dataclasses.replace(copied(sealed(with_official()), [(0, 60)]), classes=names, source="/d/<b>")
    found = facts(made)
    for language in ("ko", "en"):
        page = look_page.render(found, language)
        assert page.startswith("<!doctype html>")
        assert f'<html lang="{language}">' in page
        for words in (*found["findings"], found["verdict"]):
            assert words["en"].replace("'", "&#39;") in page
            assert words["ko"].replace("'", "&#39;") in page
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "hakseup look /d/&lt;b&gt;" in page
        for address in re.findall(r'(?:src|href)="([^"]*)"', page):
            assert address.startswith(("data:", "#"))
        assert not re.search(r"url\((?!data:)", page)
        assert page.count("data:image/") >= 3 + 20 + 1  # means, examples, a pair


def test_a_page_of_many_classes_of_noise_stays_small() -> None:
    random = np.random.default_rng(0)
    k = 120
    images = random.integers(0, 256, (k * 12, 96, 96, 3), dtype=np.uint8)
    page = look_page.render(facts(from_arrays(images, np.arange(k * 12) % k, k)), "en")
    assert len(page.encode()) < 3_000_000
    assert page.count("<details>") >= 3  # the rest is folded away


def screen(found: dict[str, Any], language: Language, width: int = 80) -> str:
    out = io.StringIO()
    with speak(language):
        look_text(found, Console(file=out, width=width, markup=False, emoji=False, highlight=False))
    return out.getvalue()


def test_a_size_is_said_once_and_as_width_x_height(tmp_path: Path) -> None:
    for n in range(30):
        shape = (40, 20) if n < 20 else (10 + n, 30)
        path = tmp_path / "ab"[n % 2] / f"{n}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.random.default_rng(n).integers(0, 256, shape, dtype=np.uint8)).save(path)
    found = facts(load(find(str(tmp_path)), DataSettings()))
    text = screen(found, "en", 200)
    assert text.count("data.size=") == 1
    assert "20x40" in text
    assert "40x20" not in text
    assert "20 × 40" in look_page.render(found, "en")
    assert next(iter(found["seen"]["sizes"])) == "40x20"  # kept as height x width


def test_lines_of_the_screen_end_where_their_text_ends() -> None:
    lines = screen(facts(with_official()), "en", 120).splitlines()
    assert lines == [line.rstrip() for line in lines]


def test_copies_in_undivided_data_are_not_in_the_same_part() -> None:
    copies = facts(copied(pictures(60, 3), [(0, 3)]))
    assert "of another. " in next(f["en"] for f in copies["findings"] if f["code"] == "duplicates")
    divided = facts(copied(with_official(), [(0, 3)]))
    assert "same part (1 in the training part)" in next(
        f["en"] for f in divided["findings"] if f["code"] == "duplicates"
    )


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_screen_lines_up_and_fits(language: Language) -> None:
    names = (("0", "T-shirt", "티셔츠"), ("1", "Ankle boot", "앵클 부츠"), ("2", "Bag", "가방"))
    classes = tuple(ClassName(key, Words(en, ko)) for key, en, ko in names)
    text = screen(facts(dataclasses.replace(sealed(with_official()), classes=classes)), language)
    lines = text.splitlines()
    assert all(cell_len(line) <= 80 for line in lines)
    assert len(lines) <= 30
    rows = [line for line in lines if "█" in line]
    assert len(rows) == 3
    assert len({cell_len(line[: line.index("█")]) for line in rows}) == 1  # bars begin in one column
    assert ("봉인" if language == "ko" else "sealed") in rows[0]
    assert "앵클 부츠" in text if language == "ko" else "Ankle boot" in text


def test_many_classes_are_shortened() -> None:
    text = screen(facts(pictures(360, 30, size=31)), "en")
    assert len([line for line in text.splitlines() if "█" in line]) == 12


def test_training_is_offered_only_where_it_would_work() -> None:
    assert "hakseup train" in screen(facts(pictures()), "en")
    assert "hakseup train" not in screen(facts(pictures(5, 4)), "en")


def test_pixels_as_the_tutorial_prints_them() -> None:
    image = np.random.default_rng(0).integers(0, 256, (28, 28, 1)).astype(np.uint8)
    head, *lines = pixels_text(image, "5").splitlines()
    assert head.startswith("5:")
    plain_lines = ["".join(format(str(pixel), "<4") for pixel in row).rstrip() for row in image[..., 0]]
    assert lines == plain_lines


def test_pixels_of_a_colour_picture_are_its_grey_value() -> None:
    image = np.zeros((2, 3, 3), np.uint8)
    image[0, 0] = (255, 0, 0)
    image[1, 2] = (10, 200, 30)
    with speak("en"):
        head, *lines = pixels_text(image, "cat").splitlines()
    assert "grey value" in head
    assert lines[0].split() == ["76", "0", "0"]  # 0.299 * 255
    assert lines[1].split() == ["0", "0", "124"]  # 0.299 * 10 + 0.587 * 200 + 0.114 * 30


def test_pixels_fit_the_window_and_say_how() -> None:
    image = np.arange(28 * 28, dtype=np.uint16).reshape(28, 28, 1).astype(np.uint8)
    with speak("en"):
        said, how, *lines = pixels_text(image, "5", 80).splitlines()
        assert "28 rows of 28" in said
        assert "columns 5 to 24 of 28" in how  # the middle 20
        assert len(lines) == 28
        assert lines[0].split() == [str(n) for n in range(4, 24)]
        assert pixels_text(image, "5", 112) == pixels_text(image, "5")
        large = np.kron(np.array([[10, 20], [30, 40]], np.uint8), np.ones((64, 64), np.uint8))[..., None]
        _said, how, *lines = pixels_text(large, "5", 79).splitlines()
    assert "20 rows of 20: each number is a mean" in how
    assert {len(line) for line in lines} == {78}
    assert [line.split()[0] for line in lines] == ["10"] * 10 + ["30"] * 10


def test_ten_test_pictures_of_fashion_mnist_are_in_its_training_part(real_data: Path) -> None:
    found = facts(load(find("fashion_mnist"), DataSettings()))
    assert found["duplicates"]["across"]["test_in_training"] == 10
    assert found["counts"]["test"] is None
    assert "10 of the 10,000 test pictures" in screen(found, "en")
    assert len(look_page.render(found, "ko").encode()) < 3_000_000
