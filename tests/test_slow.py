"""Slow: the tutorials on the real data, and many processes killed at random moments. `make test-slow`."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_whole_way import QUICK, digest, folder_of_pictures, last_json, sets

import hakseup
from hakseup.recipes.tutorials import TUTORIALS

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("HAKSEUP_KILLS", "20"))


@pytest.mark.parametrize("name", sorted(TUTORIALS))
def test_a_tutorial_reaches_its_figure(name: str, real_data: Path, tmp_path: Path) -> None:
    result = hakseup.tutorial(name, out=tmp_path)
    assert result["test"]["accuracy"] >= TUTORIALS[name].reach
    assert result["n"] == (15 if name == "shapes-cnn" else 10_000)
    assert result["opened"] == 1


def test_the_demonstration_is_quick_and_right(tmp_path: Path) -> None:
    result = hakseup.demo(out=tmp_path)
    assert result["test"]["accuracy"] >= 0.98
    assert result["train_seconds"] < 15


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a POSIX signal")
def test_runs_killed_at_random_moments_end_in_the_same_weights(tmp_path: Path) -> None:
    data = folder_of_pictures(tmp_path / "data")
    runs = tmp_path / "runs"
    call = [
        *(sys.executable, "-m", "hakseup", "train", str(data), "--json", "--out", str(runs)),
        *sets({**QUICK, "training.min_steps": 300, "checkpoint.seconds": 0}),
    ]
    start = time.monotonic()
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    length = time.monotonic() - start
    expected = digest(Path(last_json(done)["run"]))
    chance = random.Random(0)
    resumed = 0
    for _ in range(KILLS):
        before = set(runs.iterdir())
        process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.2, 1.0) * length)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for run in set(runs.iterdir()) - before:
            if (run / "run.json").exists():  # else it was killed before there was anything to go on with
                again = [sys.executable, "-m", "hakseup", "resume", str(run), "--json"]
                subprocess.run(again, capture_output=True, text=True, check=True)
                assert digest(run) == expected
                resumed += 1
    assert resumed > 0
