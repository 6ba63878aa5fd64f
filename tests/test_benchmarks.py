"""The benchmarks measure what they say: the pictures they make, the clock that evaluations stop, the first time at the bar."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from hakseup import sources

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.syspath_prepend(str(FOLDER / "contenders"))

    def load(name: str) -> ModuleType:
        monkeypatch.delitem(sys.modules, name, raising=False)
        return importlib.import_module(name)

    return load


def test_the_million_is_the_given_pictures_repeated_with_noise(script, tmp_path: Path) -> None:
    million = script("million")
    random = np.random.default_rng(0)
    x = random.integers(20, 230, (30, 28, 28), np.uint8)
    y = np.arange(30) % 3
    np.savez(tmp_path / "x.npz", x_train=x, y_train=y, x_test=x[:5], y_test=y[:5])
    million.MOST = 40
    million.make(tmp_path / "made", 100, tmp_path / "x.npz")
    train, test = sources.find(tmp_path / "made").pieces
    assert (train.n, train.part, test.n, test.part) == (100, "train", 5, "test")
    pixels = np.asarray(train.pixels)
    assert np.array_equal(train.labels(), np.arange(100) % 30 % 3)
    difference = pixels.astype(int) - x[np.arange(100) % 30]
    assert np.abs(difference).max() == 16 and abs(difference.mean()) < 0.2
    assert len(np.unique(pixels.reshape(100, -1), axis=0)) == 100


def test_a_document_is_run_with_other_numbers_than_its_own(script, tmp_path: Path) -> None:
    changed = script("documents").changed
    path = tmp_path / "a.md"
    block = (
        "\nText\n\n```python\nnp.random.seed(0); tf.random.set_seed(3)\nm.fit(x, epochs=30, seed=7)\n```\n"
    )
    path.write_text("# A\n" + block + block, "utf-8")
    assert changed(path, None, None, None) == path.read_text("utf-8") == changed(path, None, None, 2)
    assert (
        changed(path, 1, 5, 1)
        == "# A\n" + block.replace("(0)", "(5)").replace("(3)", "(5)").replace("=30", "=1") + "\nText\n\n"
    )


def test_the_clock_stands_while_something_is_evaluated(script) -> None:
    clock = script("measure").Clock()
    clock.go()
    time.sleep(0.02)
    clock.stop()
    at = clock.seconds
    time.sleep(0.02)
    assert clock.seconds == at >= 0.02
    clock.go()
    time.sleep(0.01)
    assert clock.seconds >= at + 0.01


def test_what_counts_is_the_first_epoch_at_the_bar(script) -> None:
    reached = script("measure").Reached("mnist")
    told = [reached.epoch(10.0 * n, accuracy) for n, accuracy in enumerate((0.98, 0.9927, 0.9928, 0.9935), 1)]
    assert told == [False, False, True, True]
    assert reached.facts()["reached"] == {"seconds": 30.0, "epoch": 3, "accuracy": 0.9928}


def test_a_tutorial_ends_with_the_epoch_in_which_its_time_is_over(script) -> None:
    reached = script("measure").Reached("mnist", 25.0)
    assert [reached.epoch(10.0 * n, 0.98) for n in (1, 2, 3)] == [False, False, True]
    assert reached.facts()["reached"] is None
    time_to = script("time_to")
    found = {"hakseup, `fast`": [{"seconds": 4.0}, {"seconds": 6.0}, {"seconds": 20.0}], "plain PyTorch": []}
    assert time_to._limit(30.0, found) == ["--limit", "180.0"]
    assert time_to._limit(None, found) == []
    row = time_to._row(
        "plain PyTorch",
        [{"seconds": s, "peak_memory_mb": 900, **reached.facts()} for s in (181.0, 185.0)],
        0.9928,
    )
    assert row == (
        "| plain PyTorch | 0 of 2 | not in 183.0 (181.0 to 185.0) | 98.00% at best | 3 (3 to 3) | 900 (900 to 900) |"
    )
