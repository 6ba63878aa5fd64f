"""From what was found to pictures: sizes, colours, keys, the cache, and the seal."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hakseup import sources
from hakseup.data.decode import decode, fit_to
from hakseup.data.labels import SEALED
from hakseup.data.load import load
from hakseup.data.pictures import NO_PART, PART_CODE, Pictures
from hakseup.errors import DataError, SealError
from hakseup.settings import DataSettings
from hakseup.sources.found import ClassName, Found, Part, Piece
from hakseup.words import Words

PLAIN = DataSettings()


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def save(path: Path, array: np.ndarray, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, **options)
    return path


def said(pictures: Pictures) -> str:
    return " ".join(note.en for note in pictures.notes)


def never() -> np.ndarray:
    raise AssertionError("labels of the test part were read")


def found_with(pieces: list[Piece], k: int = 2) -> Found:
    classes = tuple(ClassName(str(i), Words(str(i), str(i))) for i in range(k))
    return Found("somewhere", "name", "arrays", classes, tuple(pieces))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six grey pictures of 8x8 in two classes, with an official test part of two."""
    for n in range(4):
        save(tmp_path / "data" / "train" / "ab"[n % 2] / f"{n}.png", noise(8, 8, seed=n))
    for n in range(4, 6):
        save(tmp_path / "data" / "test" / "ab"[n % 2] / f"{n}.png", noise(8, 8, seed=n))
    return tmp_path / "data"


# --- what comes out --------------------------------------------------------------------------------------------


def test_files_become_pictures(folder: Path) -> None:
    pictures = load(sources.find(folder), PLAIN)
    assert pictures.images.shape == (6, 8, 8, 1)
    assert pictures.images.dtype == np.uint8
    for row, n in enumerate((0, 2, 1, 3, 4, 5)):  # training by class, then test
        np.testing.assert_array_equal(pictures.images[row, ..., 0], noise(8, 8, seed=n))
        assert pictures.where[row].endswith(f"{n}.png")
    assert pictures.official.tolist() == [PART_CODE["train"]] * 4 + [PART_CODE["test"]] * 2
    assert pictures.labels.values.tolist() == [0, 0, 1, 1, SEALED, SEALED]
    assert pictures.labels.break_seal().tolist() == [0, 0, 1, 1, 0, 1]
    assert pictures.seen == {"sizes": {"8x8": 6}, "modes": {"L": 6}}
    assert pictures.keys.dtype == np.dtype("V16")
    assert len(np.unique(pictures.keys)) == 6


def test_the_data_folder_is_left_as_it_was(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    load(sources.find(folder), PLAIN)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_arrays_become_pictures_without_a_copy() -> None:
    x = noise(5, 4, 6)
    pictures = load(sources.find((x, [0, 1, 0, 1, 1])), PLAIN)
    assert pictures.images.shape == (5, 4, 6, 1)
    assert np.shares_memory(pictures.images, x)
    assert x.flags.writeable
    assert pictures.official.tolist() == [NO_PART] * 5
    assert pictures.where[3] == "x[3]"


def test_the_order_is_training_validation_test() -> None:
    def piece(part: Part, value: int) -> Piece:
        labels = never if part == "test" else lambda: np.array([value % 2])
        return Piece(part, 1, labels, pixels=np.full((1, 2, 2), value, np.uint8))

    pictures = load(found_with([piece("test", 3), piece("validation", 2), piece("train", 1)]), PLAIN)
    assert pictures.images[:, 0, 0, 0].tolist() == [1, 2, 3]
    assert pictures.official.tolist() == [0, 1, 2]
    assert pictures.where == ["train[0]", "validation[0]", "test[0]"]


# --- the seal --------------------------------------------------------------------------------------------------


def test_labels_of_the_test_part_are_not_read(folder: Path) -> None:
    found = sources.find(folder)
    train, test = found.pieces
    sealed = Found(
        found.source,
        found.name,
        "folder",
        found.classes,
        (train, Piece("test", test.n, never, paths=test.paths)),
    )
    pictures = load(sealed, PLAIN)
    with pytest.raises(SealError):
        pictures.labels.of(np.array([5]))
    with pytest.raises(AssertionError, match="were read"):
        pictures.labels.break_seal()


def test_sealed_labels_belong_to_the_pictures_that_were_kept(tmp_path: Path) -> None:
    for n in range(40):
        save(tmp_path / "train" / "ab"[n % 2] / f"{n}.png", noise(4, 4, seed=n))
        save(tmp_path / "test" / "ab"[n % 2] / f"{n}.png", noise(4, 4, seed=100 + n))
    (tmp_path / "test" / "a" / "0.png").write_bytes(b"broken")
    (tmp_path / "train" / "a" / "2.png").write_bytes(b"broken")
    pictures = load(sources.find(tmp_path), PLAIN)
    assert len(pictures) == 78
    assert len(pictures.refused) == 2
    truth = pictures.labels.break_seal()
    for row, where in enumerate(pictures.where):
        path = Path(where)
        assert truth[row] == "ab".index(path.parent.name)
        np.testing.assert_array_equal(pictures.images[row], decode(path).pixels)


def test_pictures_of_classes_that_were_not_chosen_stay_sealed() -> None:
    x, y = noise(6, 3, 3), np.array([0, 1, 2, 0, 1, 2])
    pictures = load(sources.find(((x, y), (x, y)), classes=("0", "2")), PLAIN)
    assert pictures.labels.values.tolist() == [0, 1, 0, 1] + [SEALED] * 6
    assert pictures.labels.break_seal().tolist() == [0, 1, 0, 1, 0, SEALED, 1, 0, SEALED, 1]


def test_a_reader_with_too_few_labels_is_caught() -> None:
    piece = Piece(None, 2, lambda: np.array([0]), pixels=noise(2, 3, 3))
    with pytest.raises(DataError) as caught:
        load(found_with([piece]), PLAIN)
    assert caught.value.code == "count-mismatch"


# --- size and colour -------------------------------------------------------------------------------------------


def sized(root: Path, *sizes: tuple[int, int]) -> Path:
    for n, size in enumerate(sizes):
        save(root / "ab"[n % 2] / f"{n}.png", noise(*size, seed=n))
    return root


@pytest.mark.parametrize(
    ("sizes", "expected", "note"),
    [
        ([(9, 7)] * 4, (9, 7), ""),
        ([(9, 7)] * 3 + [(20, 20), (1, 1)], (9, 7), "3 of 5 pictures are 7x9"),
        ([(10, 20), (30, 22), (50, 24)], (30, 22), "3 sizes"),
        ([(300, 200)] * 3, (128, 85), "brought down to 85x128"),
        ([(100, 1000), (200, 2000), (300, 3000)], (13, 128), "brought down to 128x13"),
    ],
)
def test_the_size_is_chosen_from_the_data_and_said(
    sizes: list[tuple[int, int]], expected: tuple[int, int], note: str, tmp_path: Path
) -> None:
    pictures = load(sources.find(sized(tmp_path, *sizes)), PLAIN)
    assert pictures.size == expected
    assert note in said(pictures)
    assert ("data.size" in said(pictures)) == bool(note)
    assert sum(pictures.seen["sizes"].values()) == len(sizes)


def test_a_file_that_cannot_be_read_is_not_counted_among_the_sizes(tmp_path: Path) -> None:
    sized(tmp_path, *[(60, 50)] * 8, (40, 40))
    whole = (tmp_path / "a" / "0.png").read_bytes()
    (tmp_path / "a" / "0.png").write_bytes(whole[: len(whole) // 2])  # its header still says 50x60
    pictures = load(sources.find(tmp_path), DataSettings(mode="grayscale", max_refused=1))
    assert len(pictures.refused) == 1
    assert "7 of 8 pictures are 50x60" in said(pictures)
    assert pictures.seen["sizes"] == {"60x50": 7, "40x40": 1}  # JSON keeps height x width


def test_a_size_can_be_asked_for(tmp_path: Path) -> None:
    found = sources.find(sized(tmp_path, (300, 200), (10, 10)))
    for fit in ("pad", "stretch"):
        pictures = load(found, DataSettings(size=(200, 150), fit=fit))
        assert pictures.size == (200, 150)
        for row, where in enumerate(pictures.where):  # the very function that prediction uses
            np.testing.assert_array_equal(
                pictures.images[row], fit_to(decode(where).pixels, (200, 150), 1, fit)
            )


def test_the_test_part_has_no_say_in_size_and_colour(tmp_path: Path) -> None:
    for n in range(2):
        save(tmp_path / "train" / "ab"[n] / "1.png", noise(6, 6, seed=n))
    for n in range(9):
        save(tmp_path / "test" / "a" / f"{n}.png", noise(12, 12, 3, seed=n))
    pictures = load(sources.find(tmp_path), PLAIN)
    assert (pictures.size, pictures.channels) == ((6, 6), 1)
    first_test = decode(pictures.where[2]).pixels
    np.testing.assert_array_equal(pictures.images[2], fit_to(first_test, (6, 6), 1))


COLOURS = {
    "auto": lambda grey: 1 if grey else 3,
    "grayscale": lambda _grey: 1,
    "rgb": lambda _grey: 3,
}


@pytest.mark.parametrize(("mode", "grey"), list(itertools.product(COLOURS, [True, False])))
def test_colour_of_files_and_arrays(mode: str, grey: bool, tmp_path: Path) -> None:
    n = 150  # more than one chunk; the only colour comes last
    x = np.repeat(noise(n, 5, 4, 1), 3, axis=3)
    if not grey:
        x[-1] = noise(5, 4, 3, seed=9)
    for i in range(n):
        save(tmp_path / "ab"[i % 2] / f"{i}.png", x[i])
    by_file = load(sources.find(tmp_path), DataSettings(mode=mode))
    by_array = load(sources.find((x, np.arange(n) % 2)), DataSettings(mode=mode))
    channels = COLOURS[mode](grey)
    order = [int(Path(where).stem) for where in by_file.where]
    for pictures, rows in ((by_file, order), (by_array, range(n))):
        assert pictures.channels == channels
        for row, i in enumerate(rows):
            np.testing.assert_array_equal(pictures.images[row], fit_to(x[i], (5, 4), channels))


@pytest.mark.parametrize("size", [(), (7, 3)])
@pytest.mark.parametrize("mode", list(COLOURS))
def test_arrays_and_files_with_the_same_pixels_give_the_same_pictures(
    size: tuple[int, ...], mode: str, tmp_path: Path
) -> None:
    x = noise(6, 9, 5, 3)
    x[2] = x[2, ..., :1]
    for i in range(6):
        save(tmp_path / "ab"[i // 3] / f"{i}.png", x[i])
    settings = DataSettings(size=size, mode=mode)
    by_file = load(sources.find(tmp_path), settings)
    by_array = load(sources.find((x, np.arange(6) // 3)), settings)
    np.testing.assert_array_equal(by_file.images, by_array.images)
    np.testing.assert_array_equal(by_file.keys, by_array.keys)


# --- keys ------------------------------------------------------------------------------------------------------


def test_keys_depend_on_the_pixels_alone(tmp_path: Path) -> None:
    grey, colour = noise(6, 5), noise(6, 5, 3)
    save(tmp_path / "a" / "1.png", grey)
    save(tmp_path / "a" / "2.bmp", np.dstack([grey] * 3))
    save(tmp_path / "a" / "3.tiff", np.dstack([grey, np.full_like(grey, 255)]))  # LA, all opaque
    save(tmp_path / "b" / "4.png", colour)
    save(tmp_path / "b" / "5.webp", colour, lossless=True)
    save(tmp_path / "b" / "6.png", colour[:, ::-1])
    reference = None
    for settings in (
        PLAIN,
        DataSettings(size=(3, 3)),
        DataSettings(mode="grayscale"),
        DataSettings(fit="stretch"),
    ):
        keys = load(sources.find(tmp_path), settings).keys
        assert keys[0] == keys[1] == keys[2]
        assert keys[3] == keys[4]
        assert len(np.unique(keys)) == 3
        reference = keys if reference is None else reference
        np.testing.assert_array_equal(keys, reference)


def test_keys_know_the_shape() -> None:
    flat = noise(24)
    shapes = [(1, 2, 12), (1, 12, 2), (1, 4, 6), (1, 2, 4, 3)]
    keys = {
        bytes(
            load(found_with([Piece(None, 1, lambda: np.array([0]), pixels=flat.reshape(shape))]), PLAIN).keys[
                0
            ]
        )
        for shape in shapes
    }
    assert len(keys) == len(shapes)


def test_keys_of_many_pictures_are_made_fast() -> None:
    x = noise(10_000, 28, 28)
    start = time.perf_counter()
    load(sources.find((x, np.arange(10_000) % 10)), PLAIN)
    assert time.perf_counter() - start < 2  # about 0.05 s; the bound is for slow machines


# --- what is refused -------------------------------------------------------------------------------------------


def test_refused_files_are_listed_and_never_replaced(folder: Path) -> None:
    (folder / "train" / "a" / "text.png").write_text("this is no picture")
    (folder / "train" / "b" / "empty.jpg").touch()
    (folder / "train" / "b" / "notes.txt").write_text("hello")
    found = sources.find(folder)
    with pytest.raises(DataError) as caught:
        load(found, PLAIN)
    assert caught.value.code == "too-many-refused"
    assert "3 of 9" in caught.value.message.en
    assert "text.png" in caught.value.message.ko
    assert caught.value.hint is not None
    assert "--max-refused 0.34" in caught.value.hint.en
    pictures = load(found, DataSettings(max_refused=0.34))
    assert len(pictures) == 6
    assert {(Path(r.where).name, r.code) for r in pictures.refused} == {
        ("text.png", "not-a-picture"),
        ("empty.jpg", "empty-file"),
        ("notes.txt", "not-a-picture"),
    }


def test_nothing_left(tmp_path: Path) -> None:
    for key in "ab":
        (tmp_path / key).mkdir()
        (tmp_path / key / "1.png").write_text("no")
    with pytest.raises(DataError) as caught:
        load(sources.find(tmp_path), DataSettings(max_refused=1))
    assert caught.value.code == "nothing-left"


def test_what_was_done_to_pictures_is_said(tmp_path: Path) -> None:
    save(tmp_path / "a" / "1.png", np.dstack([noise(4, 4, 3), np.full((4, 4), 100, np.uint8)]))
    save(tmp_path / "b" / "1.png", noise(4, 4).astype(np.uint16) * 257)
    pictures = load(sources.find(tmp_path), PLAIN)
    assert "1 of the pictures: transparency laid on white" in said(pictures)
    assert "1 of the pictures: more than 8 bits" in said(pictures)
    assert pictures.seen["modes"] == {"RGBA": 1, "I;16": 1}


# --- progress --------------------------------------------------------------------------------------------------


def test_progress_is_told(folder: Path) -> None:
    told: list[tuple[str, int]] = []

    class Listener:
        def begin(self, what: Words, total: int | None, unit: str) -> None:
            assert unit == "pictures"
            told.append(("begin", total or 0))

        def advance(self, amount: int) -> None:
            told.append(("advance", amount))

        def end(self) -> None:
            told.append(("end", 0))

    load(sources.find(folder), PLAIN, Listener())
    reading_part = told[[i for i, (name, _n) in enumerate(told) if name == "begin"][-1] :]
    assert reading_part[0] == ("begin", 6)
    assert sum(n for name, n in reading_part if name == "advance") == 6
    assert reading_part[-1] == ("end", 0)


# --- real data -------------------------------------------------------------------------------------------------


def test_mnist(real_data: Path) -> None:
    start = time.perf_counter()
    pictures = load(sources.find("mnist"), PLAIN)
    assert time.perf_counter() - start < 10  # about 1 s; the bound is for slow machines
    assert pictures.images.shape == (70_000, 28, 28, 1)
    assert len(np.unique(pictures.keys)) == 70_000
    assert np.bincount(pictures.labels.values[:60_000]).tolist()[:3] == [5923, 6742, 5958]
    assert (pictures.labels.values[60_000:] == SEALED).all()


def test_fashion_mnist_has_pictures_of_the_test_part_in_training(real_data: Path) -> None:
    pictures = load(sources.find("fashion_mnist"), PLAIN)
    test = pictures.official == PART_CODE["test"]
    assert int(np.isin(pictures.keys[test], pictures.keys[~test]).sum()) >= 1


def test_shapes(real_data: Path) -> None:
    pictures = load(sources.find(real_data / "handwriting_shape"), PLAIN)
    assert pictures.images.shape == (60, 24, 24, 3)
    assert pictures.seen["modes"] == {"RGBA": 60}
