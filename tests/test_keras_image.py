"""keras.preprocessing.image: the same pictures as the real Keras, and changes that follow from the seed alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from hakseup.errors import CallError, DataError, HakseupError
from hakseup.keras.pipeline import Dataset
from hakseup.keras.preprocessing import affine, image
from hakseup.keras.preprocessing.image import (
    ImageDataGenerator,
    array_to_img,
    image_dataset_from_directory,
    img_to_array,
    load_img,
    save_img,
)


@pytest.fixture(scope="session")
def real() -> Any:
    """The real Keras' legacy image module, on its PyTorch backend."""
    os.environ["KERAS_BACKEND"] = "torch"
    pytest.importorskip("keras", reason="the real Keras is in the dev extra")
    from keras.src.legacy.preprocessing import image

    return image


def smooth(n: int = 4, h: int = 12, w: int = 12, c: int = 3) -> np.ndarray:
    """Pictures 0 to 255, float32."""
    return np.random.default_rng(3).uniform(0, 255, (n, h, w, c)).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three classes with 5, 4 and 3 pictures of their own colour, and things that are no class."""
    root = tmp_path / "그림"
    for shade, (name, n) in enumerate({"circle": 5, "rectangle": 4, "triangle": 3}.items()):
        (root / name).mkdir(parents=True)
        for k in range(n):
            Image.new("RGBA", (9, 6), (80 * shade, 10 * k, 200, 255)).save(root / name / f"{name}{k:03d}.png")
    (root / ".ipynb_checkpoints").mkdir()
    Image.new("RGB", (9, 6)).save(root / ".ipynb_checkpoints" / "x.png")
    (root / "circle" / "notes.txt").write_text("no picture")
    return root


# --- one sampling ------------------------------------------------------------------------------------------------

MOVES = [
    {"theta": 17.0},
    {"tx": 2.5, "ty": -1.25},
    {"shear": 12.0},
    {"zx": 1.3, "zy": 0.7},
    {"theta": -40.0, "tx": 1.0, "ty": 3.0, "shear": 20.0, "zx": 0.8, "zy": 1.4},
]


@pytest.mark.parametrize("fill", affine.FILL_MODES)
@pytest.mark.parametrize("move", MOVES, ids=lambda m: "-".join(m))
def test_the_sampling_is_scipys(move: dict[str, float], fill: str) -> None:
    x = smooth(2, 11, 14)
    m = affine.matrix(11, 14, **move)
    ours = affine.sample(x, [m, m], fill, 7.0)
    for picture, other in zip(x, ours, strict=True):
        for channel in range(3):
            theirs = ndimage.affine_transform(
                picture[..., channel], m[:, :2], m[:, 2], order=1, mode=fill, cval=7.0
            )
            difference = np.abs(other[..., channel] - theirs)
            # A place within rounding of the border may fall on either side of it.
            assert np.quantile(difference, 0.98) < 0.02
            assert (difference > 0.05).mean() < 0.02


def test_the_matrix_is_that_of_keras_up_to_the_exchange_of_rows_and_columns(real: Any) -> None:
    x = smooth(1)[0]
    generator = ImageDataGenerator()
    for theta, tx, ty, zx, zy in [
        (30, 0, 0, 1, 1),
        (0, 2, 3.5, 1, 1),
        (0, 0, 0, 1.2, 0.8),
        (-25, 1, -2, 0.9, 1.1),
    ]:
        ours = generator.apply_transform(x, {"theta": theta, "tx": tx, "ty": ty, "zx": zx, "zy": zy})
        theirs = real.apply_affine_transform(
            x, -theta, ty, tx, 0, zy, zx, row_axis=0, col_axis=1, channel_axis=2, fill_mode="nearest"
        )
        np.testing.assert_allclose(ours, theirs, atol=0.02)


def test_a_height_shift_moves_along_the_height() -> None:
    x = np.zeros((1, 9, 9, 1), np.float32)
    x[0, 4, 4] = 1
    moved = ImageDataGenerator(fill_mode="constant").apply_transform(x[0], {"tx": 2, "ty": 0})
    assert np.argwhere(moved[..., 0]).tolist() == [[2, 4]]  # the result takes its row r from row r + 2
    moved = ImageDataGenerator(fill_mode="constant").apply_transform(x[0], {"tx": 0, "ty": -3})
    assert np.argwhere(moved[..., 0]).tolist() == [[4, 7]]


def test_everything_else_is_as_in_keras(real: Any) -> None:
    x = smooth(1)[0]
    for case in (
        {"flip_horizontal": True},
        {"flip_vertical": True},
        {"channel_shift_intensity": 40.0},
        {"brightness": 0.6},
        {"brightness": 1.5, "flip_horizontal": True, "channel_shift_intensity": -30.0},
    ):
        theirs = real.ImageDataGenerator().apply_transform(x.copy(), case)
        np.testing.assert_allclose(ImageDataGenerator().apply_transform(x, case), theirs, atol=1e-3)
    bright = {"brightness": 1.3}  # other scales than 0 to 255 are stretched to it and back
    theirs = real.ImageDataGenerator().apply_transform(x / 255 - 0.5, bright)
    np.testing.assert_allclose(ImageDataGenerator().apply_transform(x / 255 - 0.5, bright), theirs, atol=1e-3)


@pytest.mark.parametrize(
    "arguments",
    [
        {"rescale": 1 / 255},
        {"samplewise_center": True},
        {"samplewise_std_normalization": True, "rescale": 1 / 255},
        {"featurewise_center": True},
        {"featurewise_std_normalization": True, "rescale": 0.5},
        {"preprocessing_function": lambda x: x[::-1] * 2.0, "rescale": 0.1},
        {"zca_whitening": True},
        {
            "zca_whitening": True,
            "featurewise_std_normalization": True,
            "zca_epsilon": 0.1,
            "rescale": 1 / 255,
        },
    ],
)
@pytest.mark.filterwarnings("ignore:This ImageDataGenerator specifies")
def test_standardize_as_keras_does(real: Any, arguments: dict[str, Any]) -> None:
    x = smooth(6)
    ours, theirs = ImageDataGenerator(**arguments), real.ImageDataGenerator(**arguments)
    ours.fit(x)
    theirs.fit(x)
    expected = np.stack([theirs.standardize(one.copy()) for one in x])
    np.testing.assert_allclose(ours.standardize(x), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(ours.standardize(x[2]), expected[2], rtol=1e-4, atol=1e-4)
    batch, _ = next(ours.flow(x, np.arange(6), batch_size=6, shuffle=False))
    np.testing.assert_allclose(batch, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(x, smooth(6))  # what was given is not changed


def test_without_fit_it_says_so() -> None:
    with pytest.warns(UserWarning, match=r"fit\(x_train\)"):
        ImageDataGenerator(featurewise_center=True).flow(smooth())[0]


# --- what is drawn -----------------------------------------------------------------------------------------------


def test_the_ranges_are_kept() -> None:
    generator = ImageDataGenerator(
        rotation_range=30, width_shift_range=0.2, height_shift_range=[-1, 2], shear_range=5, zoom_range=0.3,
        horizontal_flip=True, channel_shift_range=9.0, brightness_range=(0.5, 2.0),
    )  # fmt: skip
    drawn = [generator.get_random_transform((40, 50, 3), seed) for seed in range(400)]
    column: Callable[[str], np.ndarray] = lambda name: np.array([d[name] for d in drawn], float)  # noqa: E731
    for name, low, high in [
        ("theta", -30, 30), ("ty", -10, 10), ("shear", -5, 5), ("zx", 0.7, 1.3), ("zy", 0.7, 1.3),
        ("channel_shift_intensity", -9, 9), ("brightness", 0.5, 2.0),
    ]:  # fmt: skip
        values, reach = column(name), high - low
        assert low <= values.min() < low + 0.05 * reach and high - 0.05 * reach < values.max() <= high
        assert abs(values.mean() - (low + high) / 2) < 0.1 * reach
    assert set(column("tx")) == {-2.0, -1.0, 1.0, 2.0}
    assert abs(np.corrcoef(column("zx"), column("zy"))[0, 1]) < 0.2
    assert 0.4 < column("flip_horizontal").mean() < 0.6 and not column("flip_vertical").any()
    whole = ImageDataGenerator(width_shift_range=3)
    assert {whole.get_random_transform((9, 9, 1), s)["ty"] for s in range(99)} == {-2.0, -1.0, 0.0, 1.0, 2.0}


def test_a_seed_says_everything_and_the_global_generator_is_left_alone() -> None:
    generator = ImageDataGenerator(rotation_range=20, horizontal_flip=True)
    np.random.seed(5)
    before = np.random.get_state()[1].copy()  # type: ignore[union-attr]
    x, y = smooth(10), np.arange(10)

    def run(seed: int) -> list[np.ndarray]:
        flow = generator.flow(x, y, batch_size=4, seed=seed)
        return [part for _ in range(7) for part in next(flow)]

    for one, other in zip(run(1), run(1), strict=True):
        np.testing.assert_array_equal(one, other)
    assert any(not np.array_equal(a, b) for a, b in zip(run(1), run(2), strict=True))
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    masks = generator.flow(x / 255, y, batch_size=4, seed=1)  # pictures and masks move in step
    for a, b in zip(run(1)[::2], [next(masks)[0] for _ in range(7)], strict=True):
        np.testing.assert_allclose(a / 255, b, atol=1e-5)


def test_every_epoch_has_every_row_once_in_another_order() -> None:
    flow = ImageDataGenerator().flow(smooth(10), np.arange(10), batch_size=4, seed=3)
    assert len(flow) == 3
    epochs = [np.concatenate([next(flow)[1] for _ in range(3)]) for _ in range(3)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3
    flow = ImageDataGenerator().flow(smooth(10), np.arange(10), batch_size=4, shuffle=False)
    assert [flow[i][1].tolist() for i in range(3)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    next(flow)
    flow.reset()
    assert flow.next()[1].tolist() == [0, 1, 2, 3]
    with pytest.raises(IndexError):
        flow[3]


def test_flow_with_weights_parts_and_further_inputs() -> None:
    x, y = smooth(10), np.tile([0, 1], 5)
    generator = ImageDataGenerator(validation_split=0.2)
    held = generator.flow(x, y, subset="validation", shuffle=False, sample_weight=np.arange(10.0))
    rest = generator.flow(x, y, subset="training", shuffle=False)
    assert (held.n, rest.n) == (2, 8)
    np.testing.assert_array_equal(held[0][0], x[:2])
    np.testing.assert_array_equal(held[0][2], [0, 1])
    (first, second), label = generator.flow((x, np.arange(10)), y, batch_size=3, shuffle=False)[1]
    np.testing.assert_array_equal(second, [3, 4, 5])
    assert first.shape == (3, 12, 12, 3) and label.shape == (3,)
    assert isinstance(generator.flow(x)[0], np.ndarray)
    with pytest.raises(DataError, match="sorted by class"):
        generator.flow(x, np.sort(y), subset="training")
    with pytest.raises(DataError, match="10 pictures, y has 9"):
        generator.flow(x, y[:9])
    with pytest.raises(DataError, match=r"reshape"):
        generator.flow(x[..., 0])


# --- folders and files -------------------------------------------------------------------------------------------


def test_a_folder_as_keras_reads_it(real: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        str(folder), target_size=(5, 7), batch_size=4, shuffle=False
    )
    assert capsys.readouterr().out == "Found 12 images belonging to 3 classes.\n"
    names = [
        "circle",
        "rectangle",
        "triangle",
    ]  # given, because Keras would take the hidden folder for a class
    theirs = real.ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        str(folder), target_size=(5, 7), batch_size=4, shuffle=False, classes=names
    )
    assert ours.class_indices == theirs.class_indices and ours.filenames == theirs.filenames
    assert (ours.n, ours.samples, len(ours), ours.num_classes) == (12, 12, 3, 3)
    assert ours.image_shape == theirs.image_shape
    np.testing.assert_array_equal(ours.classes, theirs.classes)
    for k in range(3):
        for a, b in zip(ours[k], theirs[k], strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)
            assert a.dtype == b.dtype
    again = ours[1][0]  # out of memory this time
    np.testing.assert_allclose(again, theirs[1][0], atol=1e-6)


@pytest.mark.parametrize("mode", ["grayscale", "rgb", "rgba"])
@pytest.mark.parametrize("class_mode", ["binary", "sparse", "input", None])
def test_modes_of_folders(real: Any, folder: Path, mode: str, class_mode: str | None) -> None:
    arguments: dict[str, Any] = {
        "target_size": (6, 9), "color_mode": mode, "class_mode": class_mode, "shuffle": False,
        "classes": ["triangle", "circle"],
    }  # fmt: skip
    ours = ImageDataGenerator().flow_from_directory(folder, **arguments)[0]
    theirs = real.ImageDataGenerator().flow_from_directory(str(folder), **arguments)[0]
    if class_mode is None:
        ours, theirs = (ours,), (theirs,)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_parts_of_a_folder(real: Any, folder: Path) -> None:
    for subset in ("training", "validation"):
        arguments: dict[str, Any] = {"subset": subset, "classes": ["circle", "rectangle", "triangle"]}
        ours = ImageDataGenerator(validation_split=0.4).flow_from_directory(folder, **arguments)
        theirs = real.ImageDataGenerator(validation_split=0.4).flow_from_directory(str(folder), **arguments)
        assert ours.filenames == theirs.filenames


def test_folders_that_cannot_be_used(folder: Path, tmp_path: Path) -> None:
    generator = ImageDataGenerator()
    for call, said in [
        (lambda: generator.flow_from_directory(tmp_path / "no"), "no folder"),
        (lambda: generator.flow_from_directory(folder / "circle"), "no pictures in the class folders"),
        (lambda: generator.flow_from_directory(folder, classes=["circle", "star"]), "star.*circle, rectangle"),
        (lambda: generator.flow_from_directory(folder, class_mode="categorial"), "categorical"),
        (lambda: generator.flow_from_directory(folder, color_mode="gray"), "grayscale"),
        (lambda: generator.flow_from_directory(folder, batch_size=0), "batch_size"),
        (lambda: generator.flow_from_directory(folder, target_size=150), r"target_size must be \(height, width\)"),
        (lambda: ImageDataGenerator(fill_mode="mirror"), "fill_mode"),
        (lambda: ImageDataGenerator(data_format="channels_first"), "channels_last"),
        (lambda: ImageDataGenerator(zoom_range=(1, 2, 3)), "zoom_range"),
    ]:  # fmt: skip
        with pytest.raises((DataError, CallError), match=said):
            call()
    (folder / "circle" / "circle000.png").write_bytes(b"\x89PNG broken")
    with pytest.raises(DataError, match=r"circle000\.png"):
        list(generator.flow_from_directory(folder, shuffle=False)[0])


def test_changed_pictures_can_be_looked_at(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    flow = ImageDataGenerator(rotation_range=9).flow_from_directory(
        folder, target_size=(8, 8), save_to_dir=str(out), save_prefix="aug", batch_size=5
    )
    with pytest.raises(DataError, match="makedirs"):
        next(flow)
    out.mkdir()
    next(flow)
    saved = sorted(out.iterdir())
    assert len(saved) == 5 and all(p.name.startswith("aug_") for p in saved)
    assert Image.open(saved[0]).size == (8, 8)


def test_a_table_that_names_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pandas = pytest.importorskip("pandas")
    files = sorted(str(p.relative_to(folder)) for p in folder.glob("[crt]*/*.png"))
    table = pandas.DataFrame(
        {"file": [*files, "gone.png"], "kind": [Path(f).parent.name for f in files] + ["circle"]}
    )
    table["weight"] = np.arange(13.0)
    table["size"] = np.arange(13) / 2
    generator = ImageDataGenerator(validation_split=0.25)
    flow = generator.flow_from_dataframe(
        table, folder, x_col="file", y_col="kind", weight_col="weight", shuffle=False
    )
    out = capsys.readouterr().out
    assert "Found 1 invalid" in out and "Found 12 validated image filenames belonging to 3 classes." in out
    x, y, weight = flow[0]
    assert x.shape == (12, 256, 256, 3)
    np.testing.assert_array_equal(y.argmax(1), [0] * 5 + [1] * 4 + [2] * 3)
    np.testing.assert_array_equal(weight, np.arange(12.0))
    raw = generator.flow_from_dataframe(
        table, str(folder), x_col="file", y_col="size", class_mode="raw", subset="validation", shuffle=False, target_size=(6, 9)
    )  # fmt: skip
    np.testing.assert_array_equal(raw[0][1], [0, 0.5, 1])
    with pytest.raises(DataError, match="no column 'class'"):
        generator.flow_from_dataframe(table, folder, x_col="file")


# --- single pictures ---------------------------------------------------------------------------------------------


def test_single_pictures_as_keras_has_them(real: Any, tmp_path: Path) -> None:
    from keras import utils

    noise = np.random.default_rng(1).integers(0, 256, (13, 17, 4), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "rgba.png")
    Image.fromarray(noise[..., 0].astype(np.uint16) * 200).save(tmp_path / "deep.png")
    for path in (tmp_path / "rgba.png", tmp_path / "deep.png"):
        for mode in ("rgb", "rgba", "grayscale"):
            for size, way in (
                (None, "nearest"),
                ((5, 9), "nearest"),
                ((20, 8), "bilinear"),
                ((7, 7), "lanczos"),
            ):
                for keep in (False, True):
                    arguments: dict[str, Any] = {
                        "color_mode": mode, "target_size": size, "interpolation": way, "keep_aspect_ratio": keep,
                    }  # fmt: skip
                    ours, theirs = load_img(path, **arguments), utils.load_img(path, **arguments)
                    assert ours.size == theirs.size and ours.mode == theirs.mode
                    np.testing.assert_array_equal(img_to_array(ours), utils.img_to_array(theirs))
    for shape in ((5, 6, 1), (5, 6, 3), (5, 6, 4)):
        x = np.random.default_rng(2).normal(size=shape)
        np.testing.assert_array_equal(np.asarray(array_to_img(x)), np.asarray(utils.array_to_img(x)))
    save_img(tmp_path / "back.png", noise[..., :3], scale=False)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "back.png")), noise[..., :3])
    save_img(tmp_path / "back.jpg", noise)
    assert Image.open(tmp_path / "back.jpg").mode == "RGB"


def test_pictures_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"not a picture")
    for call, said in [
        (lambda: load_img(tmp_path / "b.jpg"), "no file"),
        (lambda: load_img(tmp_path / "a.jpg"), "cannot be read as a picture"),
        (lambda: array_to_img(np.zeros((3, 4))), r"\(3, 4\)"),
        (lambda: array_to_img(np.zeros((3, 4, 2))), r"\(3, 4, 2\)"),
        (lambda: save_img(tmp_path / "x.xyz", np.zeros((3, 4, 3))), "xyz"),
    ]:  # fmt: skip
        with pytest.raises((DataError, CallError), match=said):
            call()


# --- image_dataset_from_directory --------------------------------------------------------------------------------


def batches(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    pairs = list(data)
    return np.concatenate([x.numpy() for x, _ in pairs]), np.concatenate([y.numpy() for _, y in pairs])


def test_a_dataset_of_a_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = image_dataset_from_directory(folder, image_size=(6, 9), batch_size=5, shuffle=False)
    assert capsys.readouterr().out == "Found 12 files belonging to 3 classes.\n"
    assert data.class_names == ["circle", "rectangle", "triangle"] and len(data) == 3
    x, y = batches(data)
    assert x.shape == (12, 6, 9, 3) and x.dtype == np.float32 and y.dtype == np.int32
    np.testing.assert_array_equal(x[:, 0, 0, 0], 80.0 * y)
    one = image_dataset_from_directory(folder, image_size=(6, 9), label_mode="categorical", seed=1)
    first, second = batches(one), batches(one)
    assert not np.array_equal(first[1], second[1])  # another order in each round
    np.testing.assert_array_equal(np.sort(first[1].argmax(1)), np.sort(y))
    scaled = data.map(lambda x, y: (x / 255, y)).cache().prefetch(1)
    np.testing.assert_allclose(batches(scaled)[0], x / 255)
    assert [len(data.take(2)), len(data.skip(2)), len(list(data.take(2))), len(list(data.skip(2)))] == [
        2,
        1,
        2,
        1,
    ]
    np.testing.assert_array_equal(np.sort(batches(data.shuffle(10, seed=2))[1]), np.sort(y))
    alone = next(iter(image_dataset_from_directory(folder, labels=None, image_size=(6, 9), batch_size=2)))
    assert tuple(alone.shape) == (2, 6, 9, 3)


def test_two_parts_with_one_seed_do_not_overlap_and_are_those_of_keras(folder: Path) -> None:
    arguments: dict[str, Any] = {"validation_split": 0.25, "seed": 123, "image_size": (6, 9)}
    train, held = (
        image_dataset_from_directory(folder, subset=s, **arguments) for s in ("training", "validation")
    )
    assert len(train.file_paths) == 9 and len(held.file_paths) == 3
    assert not set(train.file_paths) & set(held.file_paths)
    both = image_dataset_from_directory(folder, subset="both", **arguments)
    assert [part.file_paths for part in both] == [train.file_paths, held.file_paths]
    files = sorted(str(p) for p in folder.glob("[crt]*/*.png"))
    np.random.RandomState(123).shuffle(files)  # how Keras' dataset_utils.index_directory shuffles
    assert list(held.file_paths) == files[9:]


def test_resizing_is_tensorflows(folder: Path) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    for path in folder.glob("[crt]*/*.png"):
        Image.fromarray(noise).save(path)
    x, _ = batches(image_dataset_from_directory(folder, image_size=(4, 6)))
    rows, columns = (np.arange(4) + 0.5) * 6 / 4 - 0.5, (np.arange(6) + 0.5) * 9 / 6 - 0.5
    grid = np.stack(np.meshgrid(rows, columns, indexing="ij"))
    expected = np.stack(
        [
            ndimage.map_coordinates(noise[..., c].astype(float), grid, order=1, mode="nearest")
            for c in range(3)
        ],
        -1,
    )
    np.testing.assert_allclose(x[0], expected, atol=1e-3)


def test_the_middle_is_taken_where_the_sides_differ(folder: Path) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    for path in folder.glob("[crt]*/*.png"):
        Image.fromarray(noise).save(path)
    x, _ = batches(image_dataset_from_directory(folder, image_size=(6, 6), crop_to_aspect_ratio=True))
    np.testing.assert_array_equal(x[0], noise[:, 1:7])


def test_one_picture_is_changed_at_random() -> None:
    picture = np.random.default_rng(4).integers(0, 256, (6, 9, 3)).astype("float32")
    axes = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    for name, reach in {"rotation": 40, "shear": 40, "zoom": (0.5, 2), "shift": 0.5}.items():
        reaches = (reach, reach) if name == "shift" else (reach,)
        changed = getattr(image, f"random_{name}")(picture, *reaches, **axes)
        assert changed.shape == picture.shape and abs(changed - picture).max() > 0, name
    turned = image.apply_affine_transform(picture.transpose(2, 0, 1), theta=180)  # channels first
    np.testing.assert_allclose(turned.transpose(1, 2, 0), picture[::-1, ::-1], atol=1e-3)
    assert image.random_channel_shift(picture, 20, channel_axis=2).max() <= picture.max()
    assert image.apply_brightness_shift(picture, 0.5).mean() == pytest.approx(picture.mean() / 2, abs=1)
    with pytest.raises(HakseupError, match="row_axis=0"):
        image.random_rotation(picture[None], 10)


def test_datasets_that_cannot_be(folder: Path) -> None:
    for arguments, said in [
        ({"validation_split": 0.2}, "subset"),
        ({"validation_split": 0.2, "subset": "training"}, "seed"),
        ({"label_mode": "binary"}, "two classes"),
        ({"labels": [1, 2]}, "12 pictures and 2 labels"),
        ({"interpolation": "bicubic"}, "bilinear"),
    ]:  # fmt: skip
        with pytest.raises((DataError, CallError), match=said):
            image_dataset_from_directory(folder, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(6, 6), (9, 4), (30, 20)])
def test_a_picture_is_resized_without_distortion_as_keras_does(real: Any, size: tuple[int, int]) -> None:
    import keras

    for x in (smooth(1, 10, 14)[0], smooth(2, 14, 9, 1)):
        ours, theirs = image.smart_resize(x, size), keras.preprocessing.image.smart_resize(x, size)
        assert ours.shape == np.shape(theirs) and np.abs(ours - np.asarray(theirs)).max() < 0.01


def test_an_epoch_has_one_order_and_nobody_changes_it() -> None:
    flow = ImageDataGenerator().flow(
        np.arange(40.0).reshape(10, 2, 2, 1), np.arange(10), batch_size=4, seed=3
    )
    first = flow.index_array
    flow.index_array[:] = 0
    labels = np.concatenate([next(flow)[1] for _ in range(3)])
    assert np.array_equal(labels, first)
    assert sorted(flow.index_array) == list(range(10))
    assert not np.array_equal(flow.index_array, first)
