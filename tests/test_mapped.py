"""Large data in flat memory: what was read of a memory map is given back, and never what was written."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hakseup.data.mapped import Reading, release

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
def test_pictures_read_by_chance_stay_out_of_memory(large: Path, how: str) -> None:
    mapped = np.memmap(large, np.uint8, "r", shape=(300_000, 10, 100))
    images = {
        "map": mapped,
        "view": mapped.reshape(300_000, 10, 100, 1),
        "array": np.asarray(mapped)[..., None],
    }[how]
    before = resident()
    reading, order = Reading(images), np.random.default_rng(0).permutation(300_000)[:20_000]
    assert reading.apart
    for start in range(0, len(order), 128):
        reading.take(order[start : start + 128])
    assert resident() - before < 20e6
    _ = images[order].sum()
    assert resident() - before > 60e6  # without it they stay: the test can fail


@pytest.mark.parametrize(("offset", "first"), [(0, 0), (1000, 0), (0, 3), (2000, 7)])
def test_the_rows_are_the_rows(large: Path, offset: int, first: int) -> None:
    images = np.memmap(large, np.uint8, "r", offset, (300_000 - offset // 1000, 10, 100))[first:]
    assert images.max() > 0
    reading = Reading(images)
    last = len(images) - 1
    marked = 123_456 - offset // 1000 - first
    for rows in ([0], [marked - 1, marked, marked + 1], [last, 0, 5, 5, last - 1, last, marked], []):
        chosen = np.array(rows, np.int64)
        taken = reading.take(chosen)
        assert taken.shape == (len(rows), 10, 100) and np.array_equal(taken, images[chosen])
        assert taken.any() == bool({marked, last} & set(rows)) or 0 in rows


def test_a_map_that_is_not_its_file_any_more_is_read_itself(large: Path) -> None:
    images = np.memmap(large, np.uint8, "r", shape=(300_000, 10, 100))
    other = large.with_name("other")
    other.write_bytes(b"")
    os.truncate(other, 300_000_000)
    other.replace(large)
    reading = Reading(images)
    assert not reading.apart and reading.take(np.array([0]))[0, 0, 0] == 1
    large.unlink()
    assert not Reading(images).apart


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
