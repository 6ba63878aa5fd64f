"""The split: what must always hold, whatever the data."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import from_arrays, keys_of, pictures

from hakseup.data.labels import Labels
from hakseup.data.pictures import NO_PART, PART_CODE, Pictures
from hakseup.data.split import split
from hakseup.errors import DataError, SealError
from hakseup.settings import SplitSettings

DEFAULT = SplitSettings()


def shuffled(data: Pictures, seed: int) -> tuple[Pictures, np.ndarray]:
    order = np.random.default_rng(seed).permutation(len(data))
    return dataclasses.replace(
        data,
        images=data.images[order],
        labels=Labels(data.labels.values[order]),
        keys=data.keys[order],
        official=data.official[order],
        where=[data.where[i] for i in order],
    ), order


@settings(max_examples=25, deadline=None)
@given(n=st.integers(30, 200), classes=st.integers(2, 4), seed=st.integers(0, 5), copies=st.integers(0, 10))
def test_every_picture_stands_on_one_side_and_equal_ones_on_the_same(
    n: int, classes: int, seed: int, copies: int
) -> None:
    data = pictures(n, classes, seed=seed)
    labels = data.labels.values.copy()
    images = np.concatenate([data.images, data.images[:copies]])
    data = from_arrays(images, np.concatenate([labels, labels[:copies]]), classes)
    result, sealed = split(data, DEFAULT, seed)
    everything = np.concatenate([result.train, result.validation, result.test, result.left_out])
    assert sorted(everything) == list(range(len(data)))
    sides = {}
    for part, index in result.parts().items():
        for key in data.keys[index]:
            assert sides.setdefault(key.tobytes(), part) == part
    for part in (result.train, result.validation, result.test):
        assert len(np.unique(np.concatenate([labels, labels[:copies]])[part])) == classes
    assert np.all(sealed.values[result.test] == -1)


def test_shares_are_stratified() -> None:
    data = pictures(1000, 2)
    result, _ = split(data, DEFAULT, 0)
    truth = data.labels.values
    assert [len(result.train), len(result.validation), len(result.test)] == [720, 80, 200]
    for part in result.parts().values():
        assert np.bincount(truth[part]).tolist() == [len(part) // 2] * 2


def test_the_test_part_depends_on_the_content_alone() -> None:
    data = pictures(300)
    first, _ = split(data, DEFAULT, 0)
    other_seed, _ = split(data, DEFAULT, 7)
    assert np.array_equal(first.test, other_seed.test)
    assert not np.array_equal(first.validation, other_seed.validation)
    moved, order = shuffled(data, 3)
    again, _ = split(moved, DEFAULT, 0)
    assert set(order[again.test]) == set(first.test)
    other, _ = split(data, SplitSettings(seed=1), 0)
    assert not np.array_equal(first.test, other.test)


def test_a_picture_that_is_added_moves_almost_none_of_the_others() -> None:
    more = pictures(301)
    data = from_arrays(more.images[:300], more.labels.values[:300], 3)
    first, _ = split(data, DEFAULT, 0)
    second, _ = split(more, DEFAULT, 0)
    same = set(data.keys[first.test].tolist()) & set(more.keys[second.test].tolist())
    assert len(same) >= len(first.test) - 2


def test_an_official_test_part_is_kept_and_what_it_shares_is_left_out() -> None:
    data = pictures(120)
    images = np.concatenate([data.images, data.images[:5]])
    labels = np.concatenate([data.labels.values, data.labels.values[:5]])
    official = np.full(125, PART_CODE["train"], np.int8)
    official[100:120] = PART_CODE["test"]
    official[120:] = PART_CODE["test"]  # copies of the first five training pictures
    result, _ = split(from_arrays(images, labels, 3, official), DEFAULT, 0)
    assert result.test.tolist() == list(range(100, 125))
    assert result.left_out.tolist() == [0, 1, 2, 3, 4]


def test_an_official_validation_part_is_kept() -> None:
    official = np.full(120, NO_PART, np.int8)
    official[:30] = PART_CODE["validation"]
    result, _ = split(pictures(120, official=official), DEFAULT, 0)
    assert result.validation.tolist() == list(range(30))
    assert result.official_validation and not result.official_test


def test_the_labels_of_the_test_part_cannot_be_read() -> None:
    data = pictures()
    result, labels = split(data, DEFAULT, 0)
    with pytest.raises(SealError):
        labels.of(result.test[:1])
    assert np.array_equal(labels.break_seal(), data.labels.values)


def test_an_official_test_part_is_never_asked_for_its_labels() -> None:
    def reader() -> np.ndarray:
        raise AssertionError("the seal was broken")

    official = np.full(120, PART_CODE["train"], np.int8)
    official[90:] = PART_CODE["test"]
    data = pictures(official=official)
    values = data.labels.values.copy()
    values[90:] = -1
    sealed = dataclasses.replace(data, labels=Labels(values, ((np.arange(90, 120), reader),)))
    result, labels = split(sealed, DEFAULT, 0)
    assert len(result.test) == 30
    with pytest.raises(AssertionError, match="seal"):
        labels.break_seal()


@pytest.mark.parametrize("small", [1, 2])
def test_a_class_that_is_too_small_is_an_error_that_says_how_many_are_needed(small: int) -> None:
    images = pictures(60, 2).images
    labels = np.array([0] * (60 - small) + [1] * small)
    with pytest.raises(DataError, match="at least 3") as caught:
        split(from_arrays(images, labels, 2), DEFAULT, 0)
    assert caught.value.code == "class-too-small"


def test_copies_of_one_picture_do_not_make_a_class_large_enough() -> None:
    data = pictures(60, 2)
    images = np.concatenate([data.images[:50], np.repeat(data.images[50:51], 10, 0)])
    labels = np.array([0] * 50 + [1] * 10)
    with pytest.raises(DataError, match=r"outside the test part: .*1: 1\. .*3 different"):
        split(from_arrays(images, labels, 2), DEFAULT, 0)


def test_three_pictures_are_just_enough() -> None:
    images = pictures(60, 2).images
    labels = np.array([0] * 57 + [1] * 3)
    result, _ = split(from_arrays(images, labels, 2), DEFAULT, 0)
    assert all((labels[part] == 1).sum() == 1 for part in result.parts().values())


def test_one_class_is_an_error() -> None:
    with pytest.raises(DataError) as caught:
        split(from_arrays(pictures(30).images, np.zeros(30), 1), DEFAULT, 0)
    assert caught.value.code == "one-class"


def test_keys_tell_pictures_apart() -> None:
    data = pictures(200)
    assert len(np.unique(keys_of(data.images))) == 200
