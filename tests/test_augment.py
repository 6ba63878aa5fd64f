"""Augmentation on made pictures: what moves where, what the paper keeps, what the strokes do; kinds and previews."""

from __future__ import annotations

import dataclasses
import io
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
from makers import from_arrays
from PIL import Image

import hakseup
from hakseup import recipes
from hakseup.api.beginning import prepared
from hakseup.data import kinds
from hakseup.data.augment import augment, ground, is_plain, thickened
from hakseup.data.batches import Batches
from hakseup.data.pictures import Pictures
from hakseup.data.preparation import Preparation
from hakseup.progress import Silence
from hakseup.report import augmented
from hakseup.seeds import torch_generator
from hakseup.settings import AugmentationSettings, DataSettings, PreparationSettings, assign, build, table
from hakseup.sources.found import ClassName
from hakseup.words import Words

CPU = torch.device("cpu")
RANGES = [row.key.partition(".")[2] for row in table() if row.key.startswith("augmentation.")]
RANGES.remove("kind")
STRONG = AugmentationSettings(
    flip=True,
    shift=3,
    rotate=40,
    shrink=0.5,
    grow=0.2,
    stretch=0.5,
    shear=15,
    elastic=1,
    thickness=1,
    contrast=0.3,
    brightness=0.1,
    erase=0.3,
)


def changed(pixels: np.ndarray, settings: AugmentationSettings, seed: int = 0) -> np.ndarray:
    """uint8 (n, h, w, c) -> float (n, h, w, c)."""
    return augment(torch.from_numpy(pixels), settings, torch_generator(seed, "test")).numpy()


def dot(n: int = 400, side: int = 33, row: int = 16, column: int = 16) -> np.ndarray:
    """A bright square of 3x3 on black, n times."""
    out = np.zeros((n, side, side, 1), np.uint8)
    out[:, row - 1 : row + 2, column - 1 : column + 2] = 255
    return out


def middle(pictures: np.ndarray) -> np.ndarray:
    """Centre of the ink, (n, 2): rows, columns."""
    ink = pictures[..., 0] / pictures.sum((1, 2, 3))[:, None, None]
    at = np.arange(pictures.shape[1])
    return np.stack([(ink.sum(2) * at).sum(1), (ink.sum(1) * at).sum(1)], 1)


def shapes(n: int = 8, side: int = 24, paper: int = 255, ink: int = 0) -> np.ndarray:
    """Frames of lines two pixels wide, uint8 (n, side, side, 3)."""
    out = np.full((n, side, side, 3), paper, np.uint8)
    for i in range(n):
        a, b = 3 + i % 4, side - 4 - i % 3
        out[i, a:b, a:b] = ink
        out[i, a + 2 : b - 2, a + 2 : b - 2] = paper
    return out


# --- where things go -------------------------------------------------------------------------------------------


def test_a_dot_moves_as_far_as_shift_allows_and_no_farther() -> None:
    # Half a pixel of scatter in its size keeps this off the uint8 path without moving anything else.
    moved = middle(changed(dot(), AugmentationSettings(shift=5, contrast=0.01))) - 16
    assert np.abs(moved).max() <= 5 + 1e-3
    assert np.abs(moved).max() > 4.5 and np.abs(moved.mean(0)).max() < 0.5
    assert abs(np.corrcoef(moved.T)[0, 1]) < 0.2


def test_turning_keeps_the_distance_from_the_middle_and_the_angle_in_range() -> None:
    moved = middle(changed(dot(row=16, column=26), AugmentationSettings(rotate=30))) - 16
    angle = np.rad2deg(np.arctan2(moved[:, 0], moved[:, 1]))
    assert np.allclose(np.hypot(*moved.T), 10, atol=0.3)
    assert 28 < angle.max() <= 30.5 and -30.5 <= angle.min() < -28


def test_shrinking_growing_and_stretching_scale_the_distance_from_the_middle() -> None:
    far = middle(changed(dot(row=16, column=24), AugmentationSettings(shrink=0.5, grow=0.25)))[:, 1] - 16
    assert 4 - 0.2 < far.min() < 4.6 and 9.4 < far.max() < 10.2
    both = dot(row=10, column=24)
    y, x = (middle(changed(both, AugmentationSettings(stretch=1.0))) - 16).T
    assert np.allclose(np.abs(x * y), 48, rtol=0.06)  # the area stays
    ratio = np.abs(x / y) / (8 / 6)
    assert 0.45 < ratio.min() < 0.6 and 1.7 < ratio.max() < 2.2


def test_slanting_moves_along_the_rows_by_height() -> None:
    y, x = (middle(changed(dot(row=8, column=16), AugmentationSettings(shear=30))) - 16).T
    assert np.allclose(y, -8, atol=0.2)
    assert np.abs(x).max() <= 8 * np.tan(np.deg2rad(30)) + 0.2 and np.abs(x).max() > 3.5


def test_a_shrunk_picture_lies_anywhere_but_whole() -> None:
    frame = np.zeros((300, 33, 33, 1), np.uint8)
    frame[:, 1:-1, 1:-1] = 255
    made = changed(frame, AugmentationSettings(shift=1, shrink=0.5))
    ink = made[..., 0]
    outside = np.maximum(ink[:, [0, -1]].max((1, 2)), ink[:, :, [0, -1]].max((1, 2)))
    assert (outside > 250).mean() < 0.15  # by the one pixel of shift alone
    assert np.abs(middle(made) - 16).max() > 5


def test_bending_moves_by_about_what_is_asked_and_smoothly() -> None:
    left, right = (dot(row=16, column=c) for c in (15, 17))
    settings = AugmentationSettings(elastic=3)
    a, b = (middle(changed(p, settings)) - middle(p.astype(float)) for p in (left, right))
    assert 1.5 < np.abs(a).max() < 3.8
    assert np.abs(a - b).mean() < 0.5 * np.abs(a).mean()  # neighbours go together


def test_mirroring_takes_half_of_the_pictures() -> None:
    made = middle(changed(dot(column=20), AugmentationSettings(flip=True, contrast=0.01)))[:, 1]
    assert set(np.round(made).astype(int)) == {12, 20}
    assert 0.4 < (np.round(made) == 12).mean() < 0.6


# --- the paper -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", [(255, 255, 255), (0, 0, 0), (30, 90, 200)])
def test_what_comes_in_has_the_colour_of_the_paper(paper: tuple[int, ...]) -> None:
    pictures = np.empty((64, 24, 24, 3), np.uint8)
    pictures[:] = paper
    pictures[:, 8:16, 8:16] = 128
    made = changed(pictures, dataclasses.replace(STRONG, brightness=0, grow=0, shift=2))
    corners = made[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert np.allclose(corners, np.array(paper), atol=1e-3)
    assert ground(torch.from_numpy(pictures)).tolist() == [list(paper)] * 64


def test_erasing_paints_paper_in_half_of_the_pictures() -> None:
    made = changed(dot(1000, 21, 10, 10), AugmentationSettings(erase=0.3))
    full = np.full((1000, 21, 21, 1), 200, np.uint8)
    full[:, [0, -1]] = full[:, :, [0, -1]] = 10
    lost = (changed(full, AugmentationSettings(erase=0.3)) == 10).sum((1, 2, 3)) - 80
    assert 0.4 < (lost > 0).mean() <= 0.5 and lost.max() < 0.34 * 441
    assert set(np.unique(made)) == {0, 255}


# --- the ink ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("paper", "sign"), [(255, -1), (0, 1)])
def test_strokes_become_thicker_and_thinner(paper: int, sign: int) -> None:
    ink = torch.zeros(3, 1, 15, 15)
    ink[:, :, 5:10] = 200.0 * sign  # a bar of five rows
    made = thickened(ink, torch.tensor([1.0, -1.0, 0.0])).abs()
    assert (made[0] > 100).sum() == 7 * 15 and (made[1] > 100).sum() == 3 * 15
    assert torch.equal(made[2], ink[2].abs())
    two = thickened(ink, torch.tensor([2.0, -0.5, 1.5])).abs()
    assert (two[0] > 100).sum() == 9 * 15
    assert 5 * 15 * 200 > two[1].sum() > 3 * 15 * 200
    assert 7 * 15 * 200 < two[2].sum() < 9 * 15 * 200


def test_a_line_of_one_pixel_stays() -> None:
    ink = torch.zeros(1, 1, 9, 9)
    ink[:, :, 4] = -255
    made = thickened(ink, torch.tensor([-1.0]))
    assert torch.allclose(made, ink, atol=1e-3)


def test_contrast_and_brightness_stay_in_their_ranges() -> None:
    grey = np.full((500, 8, 8, 1), 100, np.uint8)
    grey[:, 3:5, 3:5] = 150
    made = changed(grey, AugmentationSettings(contrast=0.4))[:, 3, 3, 0]
    assert 130 <= made.min() < 133 and 167 < made.max() <= 170
    whole = changed(grey, AugmentationSettings(brightness=0.1)) - grey
    assert np.allclose(whole, whole[:, :1, :1], atol=1e-3) and 24 < np.abs(whole).max() <= 25.5


# --- nothing, and the same again -------------------------------------------------------------------------------


def test_ranges_of_zero_give_the_same_bytes() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 9, 7, 3), np.uint8)
    assert np.array_equal(changed(pixels, AugmentationSettings()), pixels)


@pytest.mark.parametrize("name", RANGES)
def test_every_range_changes_something_and_says_whether_it_stays_in_uint8(name: str) -> None:
    on = AugmentationSettings(**{name: True if name == "flip" else 2 if name == "shift" else 0.5})
    if name in ("rotate", "shear"):
        on = AugmentationSettings(**{name: 20})
    assert is_plain(on) == (name in ("shift", "flip")) and augmented.is_on(on)
    pixels = shapes(16)
    pixels[:, 5, 3:6] = 90  # not the same mirrored
    made = batches(pixels, on)
    first = torch.cat([x for x, _ in made.epoch(1, 0, CPU)])
    plain = torch.cat([x for x, _ in batches(pixels, AugmentationSettings()).epoch(1, 0, CPU)])
    assert first.shape == plain.shape and not torch.equal(first, plain)


def batches(images: np.ndarray, augmentation: AugmentationSettings, seed: int = 0) -> Batches:
    n = len(images)
    data = from_arrays(images, np.arange(n) % 2, 2)
    made = Preparation.fitted(data, np.arange(n), DataSettings(), PreparationSettings())
    return Batches(images, np.arange(n), data.labels.values, made, augmentation, 6, 0, seed)


def test_the_batches_are_the_same_from_any_step_on() -> None:
    made = batches(shapes(20), STRONG)
    whole = list(made.epoch(3, 0, CPU))
    for start in range(1, made.steps):
        rest = list(made.epoch(3, start, CPU))
        assert len(rest) == len(whole) - start
        assert all(torch.equal(a[0], b[0]) for a, b in zip(whole[start:], rest, strict=True))
    assert not torch.equal(whole[0][0], next(made.epoch(4, 0, CPU))[0])
    assert not torch.equal(whole[0][0], next(batches(shapes(20), STRONG, 1).epoch(3, 0, CPU))[0])


def test_the_global_generators_are_left_alone() -> None:
    before = torch.get_rng_state()
    list(batches(shapes(20), STRONG).epoch(1, 0, CPU))
    assert torch.equal(before, torch.get_rng_state())


# --- kinds -----------------------------------------------------------------------------------------------------


def named(images: np.ndarray, names: str, kind: str = "auto") -> Pictures:
    classes = tuple(ClassName(name, Words(name, name)) for name in names.split())
    made = from_arrays(images, np.arange(len(images)) % len(classes), len(classes))
    return dataclasses.replace(made, classes=classes, kind=kind)


def smooth(n: int = 12, side: int = 24) -> np.ndarray:
    """Something that fills the picture, as photographs do."""
    rng = np.random.default_rng(1)
    small = rng.integers(0, 256, (n, 5, 5, 3), np.uint8)
    return np.stack([np.asarray(Image.fromarray(s).resize((side, side))) for s in small])


def discs(n: int = 12, side: int = 24) -> np.ndarray:
    """Filled shapes on a plain ground: no strokes."""
    y, x = np.mgrid[:side, :side] - side / 2
    return np.stack([np.where(x**2 + y**2 < (6 + i % 3) ** 2, 0, 255) for i in range(n)]).astype(np.uint8)[
        ..., None
    ]


@pytest.mark.parametrize(
    ("images", "names", "known", "kind"),
    [
        (shapes(12), "circle square", "auto", "drawings"),
        (shapes(12, paper=0, ink=255), "circle square", "auto", "drawings"),
        (shapes(12, paper=70, ink=200), "원 사각형", "auto", "drawings"),
        (shapes(12), "3 7", "auto", "digits"),
        (shapes(12), "가 ㄴ b", "auto", "digits"),
        (smooth(), "cat dog", "auto", "photographs"),
        (smooth(), "0 1", "auto", "photographs"),
        (discs(), "shirt shoe", "auto", "photographs"),
        (discs(), "0 1", "garments", "garments"),
    ],
)
def test_the_kind_is_found(images: np.ndarray, names: str, known: str, kind: str) -> None:
    assert kinds.kind_of(named(images, names, known), np.arange(len(images))) == kind


def decided(given: dict[str, object], pictures: Pictures, seen: float) -> AugmentationSettings:
    recipe = build({"augmentation": given})
    return kinds.resolved(recipe.augmentation, pictures, np.arange(len(pictures)), seen)[0]


@pytest.mark.parametrize("seen", [3, 1000])
def test_digits_and_letters_are_never_mirrored(seen: float) -> None:
    for images, names in ((shapes(12), "6 9"), (smooth(), "0 1"), (shapes(12), "b d")):
        assert not decided({"kind": "auto"}, named(images, names), seen).flip
    assert decided({"kind": "auto"}, named(smooth(), "cat dog"), seen).flip
    assert decided({"kind": "auto"}, named(discs(), "0 1", "garments"), seen).flip


def test_short_trainings_of_the_known_sets_keep_to_small_changes() -> None:
    mnist = decided({"kind": "auto"}, named(shapes(12, 28), "0 1", "digits"), 3)
    assert mnist == AugmentationSettings(kind="digits", shift=1) and is_plain(mnist)
    fashion = decided({"kind": "auto"}, named(discs(12, 28), "0 1", "garments"), 3)
    assert fashion == AugmentationSettings(kind="garments", flip=True) and is_plain(fashion)


def test_what_is_said_wins_and_what_is_decided_is_kept() -> None:
    drawings = named(shapes(12), "circle square")
    free = decided({"kind": "auto"}, drawings, 1000)
    assert free.rotate > 20 and free.shrink >= 0.5 and free.thickness > 0 and not free.flip
    off = decided({"kind": "auto", "rotate": 0, "flip": True}, drawings, 1000)
    assert off == dataclasses.replace(free, rotate=0.0, flip=True)
    assert decided({"rotate": 5}, drawings, 1000) == AugmentationSettings(rotate=5.0)  # kind: none
    # Written and read, it decides itself again to the same, whatever the data.
    recipe = dataclasses.replace(recipes.load(), augmentation=off)
    again = build(tomllib.loads(recipes.dump(recipe)))
    settings, note = kinds.resolved(again.augmentation, named(smooth(), "0 1"), np.arange(12), 1)
    assert settings == off and note is None
    # A kind said anew decides anew.
    anew = assign(again, {"augmentation.kind": "photographs"}).augmentation
    assert kinds.resolved(anew, drawings, np.arange(12), 1)[0] == AugmentationSettings(
        kind="photographs", flip=True, shift=2
    )


def test_the_tutorials_stay_as_they_are_written() -> None:
    for name in recipes.names():
        settings = recipes.load(name).augmentation
        assert settings.kind == ("auto" if name in ("fast", "best") else "none")
        assert name in ("fast", "best", "photos") or not augmented.is_on(settings)


# --- a preview, and a whole run --------------------------------------------------------------------------------


def test_the_preview_shows_the_originals_and_what_the_batches_make_of_them() -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 10, 12, 3), np.uint8)
    data = from_arrays(images, np.arange(20) % 3, 3)
    made = Preparation.fitted(data, np.arange(20), DataSettings(), PreparationSettings())
    chosen = augmented.examples(data.labels.values, 3)
    assert chosen.tolist() == [0, 1, 2, 3, 4, 5]
    seen = augmented.variants(images[chosen], made, AugmentationSettings(shift=2, flip=True), 0)
    assert np.array_equal(seen[:, 0], images[chosen])
    assert len({s.tobytes() for s in seen[0]}) > 5
    picture = Image.open(io.BytesIO(augmented.png(data, np.arange(20), data.labels, made, STRONG, 0)))
    across = 9 * 12 * 4 + 8 * augmented.GAP + augmented.MARGIN - augmented.GAP
    assert picture.size == (across, 6 * 10 * 4 + 5 * augmented.GAP) and picture.mode == "RGB"
    large = augmented.sheet(np.zeros((2, 3, 300, 150, 1), np.uint8))
    assert large.shape[0] == 2 * augmented.LARGEST + augmented.GAP


def test_a_small_training_says_what_it_did_and_its_recipe_repeats_it(tmp_path: Path) -> None:
    images = np.concatenate([shapes(20, 12), 255 - discs(20, 12).repeat(3, 3) // 2])
    labels = np.array(["frame"] * 20 + ["blot"] * 20)
    images[:, 0, 0, 0] = np.arange(40)  # no two the same
    heard: list[Words] = []

    class Ear(Silence):
        def note(self, words: Words) -> None:
            heard.append(words)

    quick = {"training.small_steps": 12, "training.min_steps": 12, "training.epochs": 2}
    quick |= {"augmentation.kind": "drawings", "network.small": "pooled", "network.width": 4}
    quick |= {"training.learning_rate": 0.15}  # what is said counts, whatever the recipe says of small data
    run = hakseup.train((images, labels), settings=quick, out=tmp_path, progress=Ear())
    recipe = run.recipe
    assert recipe.training.learning_rate == 0.15
    assert recipe.network.name == "pooled" and recipe.training.final_fit
    assert recipe.augmentation.kind == "drawings" and recipe.augmentation.rotate > 0
    said = " ".join(words.en for words in heard)
    assert "Augmentation for strokes" in said and "Once more on training plus validation, 32" in said
    assert "There are two trainings" in said
    assert json.loads((run.path / "run.json").read_text("utf-8"))["augmentation"]["ko"]
    assert (run.path / "augmented.png").is_file()
    page = (run.path / "report.html").read_text("utf-8")
    assert "changed anew each time" in page and "볼 때마다 새로" in page
    again = hakseup.train((images, labels), recipe=run.path, out=tmp_path)
    assert (again.path / "weights.safetensors").read_bytes() == (
        run.path / "weights.safetensors"
    ).read_bytes()
    assert again.recipe == recipe


def test_data_that_are_not_small_keep_the_network_and_the_length() -> None:
    images = shapes(40)
    images[:, 0, 0, 0] = np.arange(40)  # no two the same
    recipe = assign(recipes.load(), {"training.small_below": 32})
    large, *_ = prepared(recipe, (images, np.arange(40) % 2), Silence())
    assert large.network.name == "fast" and not large.training.final_fit
    assert large.training.min_steps == recipe.training.min_steps
    assert large.training.learning_rate == recipe.training.learning_rate
    small, *_ = prepared(recipes.load(), (images, np.arange(40) % 2), Silence())
    assert small.network.name == "pooled" and small.training.final_fit
    assert small.training.min_steps == recipe.training.small_steps and small.training.small_below == 0
    assert small.training.learning_rate == recipe.training.small_learning_rate < large.training.learning_rate
    said = assign(recipes.load(), {"network.name": "fast"})
    assert prepared(said, (images, np.arange(40) % 2), Silence())[0].network.name == "fast"
