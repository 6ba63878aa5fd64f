"""Baselines: constructed pictures whose answer is known."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pytest

from hakseup.models import baselines as room
from hakseup.models.baselines import MOST, TITLES, baselines, reduced


def left_or_right(n: int, seed: int = 0, size: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Class 1 is brighter on the right."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    x = rng.integers(0, 100, (n, size, size, 1), dtype=np.uint8)
    x[y == 0, :, : size // 2] += 60
    x[y == 1, :, size // 2 :] += 60
    return x, y


def test_majority_is_the_share_of_the_training_part() -> None:
    x, _y = left_or_right(10)
    found = baselines(x, np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 3]), x[:4], 4, 0)
    assert set(found) == set(TITLES)
    np.testing.assert_allclose(found["majority"], np.tile([0.6, 0.3, 0, 0.1], (4, 1)), rtol=1e-6)


def test_linear_learns_what_a_line_can_separate() -> None:
    x, y = left_or_right(300)
    new, truth = left_or_right(200, seed=1)
    linear = baselines(x, y, new, 2, 0)["linear"]
    assert linear.shape == (200, 2)
    assert linear.dtype == np.float32
    np.testing.assert_allclose(linear.sum(1), 1, rtol=1e-5)
    assert (linear.argmax(1) == truth).mean() > 0.98


def test_linear_gives_nothing_to_a_class_it_has_not_seen() -> None:
    x, y = left_or_right(60)
    linear = baselines(x, y * 2, x[:5], 4, 0)["linear"]
    assert (linear[:, [1, 3]] == 0).all()
    only = baselines(x, np.full(60, 2), x[:5], 4, 0)["linear"]
    np.testing.assert_array_equal(only, np.tile([0, 0, 1, 0], (5, 1)))


@pytest.mark.parametrize(
    ("shape", "small"), [((28, 28, 1), (14, 14)), ((8, 8, 1), (8, 8)), ((70, 10, 3), (14, 10))]
)
def test_reduced_is_the_mean_of_areas(shape: tuple[int, int, int], small: tuple[int, int]) -> None:
    x = np.random.default_rng(0).integers(0, 256, (5, *shape), dtype=np.uint8)
    rows = np.array([4, 0])
    a, b = shape[0] // small[0], shape[1] // small[1]
    expected = x[rows].reshape(2, small[0], a, small[1], b, shape[2]).mean((2, 4)) / 255
    np.testing.assert_allclose(reduced(x, rows), expected.reshape(2, -1), atol=1e-5)


def test_same_result_every_time_and_no_warning() -> None:
    rng = np.random.default_rng(0)
    x, y = (
        rng.integers(0, 256, (400, 20, 20, 1), dtype=np.uint8),
        rng.integers(0, 10, 400),
    )  # does not converge
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = (baselines(x, y, x[:50], 10, 3)["linear"] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_at_most_ten_thousand_and_one_of_every_class() -> None:
    y = np.zeros(MOST + 5000, int)
    y[-1] = 1
    chosen = room._choose(y, 0)
    assert len(chosen) == len(np.unique(chosen)) == MOST
    assert MOST + 4999 in chosen
    assert not np.array_equal(chosen, room._choose(y, 1))
    assert len(room._choose(y[:50], 0)) == 50


def test_bounded_in_time_on_sixty_thousand_pictures() -> None:
    rng = np.random.default_rng(0)
    x = np.zeros((60_000, 28, 28, 1), np.uint8)
    x[:, ::2] = rng.integers(0, 256, (60_000, 14, 28, 1), dtype=np.uint8)
    y = rng.integers(0, 10, 60_000)
    start = time.process_time()
    baselines(x, y, x[:10_000], 10, 0)
    assert time.process_time() - start < 5


def test_mnist(real_data: object) -> None:
    content = np.load(f"{real_data}/mnist.npz")
    found = baselines(content["x_train"][..., None], content["y_train"], content["x_test"][..., None], 10, 0)
    truth = content["y_test"]
    assert (found["majority"].argmax(1) == truth).mean() == pytest.approx(0.1135)
    assert (found["linear"].argmax(1) == truth).mean() > 0.91
