"""Large data in flat memory: what was read of a memory map is given back, and never what was written."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hakseup.data.mapped import MOST, Reading, release

linux = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="the system does not tell what is resident"
)


def resident() -> int:
    """Bytes of files that are resident in this process."""
    return int(Path("/proc/self/statm").read_text().split()[2]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of 300 MB that takes no room on the disk: 300,000 pictures of 1,000 bytes, a few of them not blank."""
    path = tmp_path / "pixels"
    with path.open("wb") as stream:
        stream.truncate(300_000_000)
        for row in (0, 123_456, 299_999):
            stream.seek(row * 1000)
            stream.write(bytes([row % 251 + 1]))
    return path


@linux
@pytest.mark.parametrize("how", ["map", "view", "array"])
def test_pictures_read_by_chance_leave_memory_again(large: Path, how: str) -> None:
    mapped = np.memmap(large, np.uint8, "r", shape=(300_000, 10, 100))
    images = {
        "map": mapped,
        "view": mapped.reshape(300_000, 10, 100, 1)[:],
        "array": np.asarray(mapped)[..., None],
    }[how]
    before, most = resident(), 0
    reading, order = Reading(images), np.random.default_rng(0).permutation(300_000)
    total = 0
    for start in range(0, len(order), 128):
        block = images[order[start : start + 128]]
        total += int(block.sum())
        reading.add(len(block))
        most = max(most, resident() - before)
    assert total == 1 + 123_456 % 251 + 1 + 299_999 % 251 + 1
    assert most < 1.5 * MOST
    plain = np.asarray(mapped)
    plain[order].sum()
    assert resident() - before > 2 * MOST  # without it they stay: the test can fail


def test_what_was_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "pixels"
    path.write_bytes(bytes(8192))
    for mode in ("c", "r+"):
        images = np.memmap(path, np.uint8, mode, shape=(2, 64, 64))
        images[1] = 7
        release(images)
        assert (images[1] == 7).all() and (images[0] == 0).all()
    array = np.ones((2, 4, 4, 1), np.uint8)
    release(array)
    assert array.all()


CODE = """
import resource, sys
import numpy as np
from hakseup.data.whole import Data
from hakseup.data.preparation import Preparation
from hakseup.progress import Silence
from hakseup import recipes
import torch, hakseup.data.batches  # counts for all sizes
start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
recipe = recipes.load("fast")
data = Data.read(sys.argv[1], recipe, Silence())
Preparation.fitted(data.pictures, data.split.train, recipe.data, recipe.preparation)
assert data.pictures.images.nbytes > 290e6 and len(data.split.test) == (5_000 if sys.argv[2] else 75_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start)
"""


@linux
@pytest.mark.parametrize("official", [False, True])
def test_reading_splitting_and_preparing_take_flat_memory(tmp_path: Path, official: bool) -> None:
    """300 MB of pictures, in IDX files alone and beside a test part that came with them."""
    random = np.random.default_rng(0)
    parts = {"train": 370_000, "t10k": 5_000} if official else {"train": 375_000}
    for name, n in parts.items():
        pixels = np.zeros((n, 28, 28), np.uint8)
        pixels[:, :2] = random.integers(0, 256, (n, 2, 28), np.uint8)  # no two are equal
        with (tmp_path / f"{name}-images-idx3-ubyte").open("wb") as stream:
            stream.write(struct.pack(">4I", 0x803, n, 28, 28))
            pixels.tofile(stream)
        labels = (np.arange(n) % 3).astype(np.uint8)
        (tmp_path / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, n) + labels.tobytes())
    environment = {**os.environ, "HAKSEUP_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-c", CODE, str(tmp_path), "yes" if official else ""]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    taken = int(done.stdout) * 1024
    # The blocks that are worked on, hashes and names of the pictures; the pictures alone would be 294 MB more.
    assert taken < 250e6
