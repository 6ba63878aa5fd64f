"""What an epoch costs as the pictures grow from 10,000 to 1,000,000: seconds, and peak memory.

    python benchmarks/million.py [--sizes 10000 60000 1000000] [--runs 3] [--recipe fast] [--folder FOLDER]

The pictures are MNIST's training part, repeated, each with noise of its own (uniform, -16 to 16 of 255), 28x28, in
IDX files on disk, with the 10,000 pictures of the test part beside them. Every run is `hakseup train --epochs 1`, a
process of its own with an empty cache. Peak memory is the largest resident size of that process, the report included.
"""

from __future__ import annotations

import os
import statistics
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any

import drive
import numpy as np

MOST = 20_000  # pictures made at once


def make(folder: Path, n: int, source: Path) -> None:
    """IDX files with n training pictures and the test part."""
    with np.load(source, allow_pickle=False) as content:
        parts = {"train": (n, content["x_train"], content["y_train"])}
        parts["t10k"] = (len(content["x_test"]), content["x_test"], content["y_test"])
    folder.mkdir(parents=True)
    for number, (name, (wanted, x, y)) in enumerate(parts.items()):
        random = np.random.default_rng([number, n])
        with (
            (folder / f"{name}-images-idx3-ubyte").open("wb") as pictures,
            (folder / f"{name}-labels-idx1-ubyte").open("wb") as labels,
        ):
            pictures.write(struct.pack(">4I", 0x803, wanted, *x.shape[1:]))
            labels.write(struct.pack(">2I", 0x801, wanted))
            for start in range(0, wanted, MOST):
                rows = np.arange(start, min(start + MOST, wanted)) % len(x)
                noise = random.integers(-16, 17, (len(rows), *x.shape[1:]), np.int16)
                pictures.write(np.clip(x[rows] + noise, 0, 255).astype(np.uint8).tobytes())
                labels.write(np.asarray(y[rows], np.uint8).tobytes())


def train(folder: Path, recipe: str, words: list[str]) -> dict[str, Any]:
    """One epoch in a process of its own."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as home:
        environment = {**os.environ, "HAKSEUP_HOME": home}
        command = [sys.executable, "-m", "hakseup", "train", str(folder), "--recipe", recipe, "--epochs", "1"]
        run, used = drive.last_line([*command, "--out", home, "--json", *words], environment)
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "seconds": run["train_seconds"],
        "total_seconds": run["total_seconds"],
        "pictures_per_second": run["images_per_second"],
        "peak_memory_mb": used.ru_maxrss * unit / 1e6,
    }


def main() -> None:
    """Make the pictures, measure in turn, print the table in Markdown."""
    parser = drive.options(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 60_000, 1_000_000])
    parser.add_argument("--recipe", default="fast")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--folder", type=Path, help="where the pictures are made (800 MB and as much cache)")
    asked = parser.parse_args()
    runs, sizes = (1, [1_000, 2_000]) if asked.quick else (asked.runs, asked.sizes)
    words = [word for text in asked.set for word in ("--set", text)]
    found: dict[int, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory(dir=asked.folder) as place, drive.data("mnist") as source:
        for n in sizes:
            drive.say(f"making {n:,} pictures …")
            make(Path(place) / str(n), n, source)
        for run in range(runs):
            for n in sizes:
                one = train(Path(place) / str(n), asked.recipe, words)
                found.setdefault(n, []).append(one)
                drive.say(f"run {run + 1}, {n:,}: {one['seconds']:.1f} s, {one['peak_memory_mb']:,.0f} MB")
    from hakseup.training.machine import versions

    here = versions()
    print(drive.about(runs, {name: here[name] for name in ("python", "torch", "hakseup") if name in here}))
    base = 60_000 if 60_000 in found else sizes[0]
    each = statistics.median(one["seconds"] for one in found[base]) / base
    print(f"`{asked.recipe}`, one epoch. Expected: as long for each picture as with {base:,}.\n")
    print(
        "| pictures | epoch, seconds | of what is expected | pictures a second | whole command, seconds | peak memory, MB |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for n, measured in found.items():
        seconds = [one["seconds"] for one in measured]
        rates = [one["pictures_per_second"] for one in measured]
        print(
            f"| {n:,} | {drive.spread(seconds)} | {statistics.median(seconds) / (each * n):.2f} "
            f"| {drive.spread(rates, '{:,.0f}')} | {drive.spread([one['total_seconds'] for one in measured])} "
            f"| {drive.spread([one['peak_memory_mb'] for one in measured], '{:,.0f}')} |"
        )
    drive.keep(asked, {str(n): measured for n, measured in found.items()})


if __name__ == "__main__":
    main()
