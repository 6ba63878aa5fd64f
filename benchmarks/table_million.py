"""What a large table costs: memory and the seconds of an epoch as the rows grow, and memory as predictions grow.

    python benchmarks/table_million.py train [--rows 250000 1000000] [--runs 1] [--folder FOLDER]
    python benchmarks/table_million.py predict [--gigabytes 0.5 2 5] [--folder FOLDER]

The table has 50 columns, made by chance and written as CSV: 40 numbers with six digits behind the point (some
missing), 2 whole numbers, 6 categories of 5 to 500 values, a date, and two classes that depend on some of them; a million
rows are about 420 MB. `train` runs `hakseup train FILE --epochs 1`, a process of its own with an empty cache, with the default
recipe (seconds of the processor compare where the machine has other work too); peak memory is the largest resident size of that process, reading, baselines, importance and report included.
`predict` trains once on 100,000 rows, then predicts CSV files that are the same rows over and over until they are so
large, into a CSV file.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import drive
import numpy as np

BLOCK = 50_000  # rows made at once
NUMBERS = 40
CATEGORIES = (5, 10, 20, 50, 200, 500)
TARGET = "bought"


def block(random: np.random.Generator, n: int) -> Any:
    """So many rows, as a frame of polars."""
    import polars as pl

    x = random.normal(size=(n, NUMBERS)).round(6)
    x[random.random(x.shape) < 0.02] = np.nan
    frame: dict[str, Any] = {f"number_{j + 1}": pl.Series(x[:, j], nan_to_null=True) for j in range(NUMBERS)}
    frame["visits"] = random.poisson(4, n)
    frame["income"] = random.lognormal(10, 0.6, n).round().astype(np.int64)
    codes = [random.integers(0, size, n) for size in CATEGORIES]
    for size, code in zip(CATEGORIES, codes, strict=True):
        frame[f"kind_{size}"] = pl.Series(code).cast(pl.String).str.zfill(4)
    frame["day"] = pl.Series(random.integers(17_000, 19_000, n, np.int32)).cast(pl.Date)
    score = (
        np.nan_to_num(x[:, 0]) + np.nan_to_num(x[:, 1] * x[:, 2]) + (codes[0] == 2) + random.normal(size=n)
    )
    frame[TARGET] = pl.Series(score > 0.5).replace_strict({True: "yes", False: "no"})
    return pl.DataFrame(frame)


def make(path: Path, rows: int) -> int:
    """Write the table; its size in bytes."""
    random = np.random.default_rng(rows)
    with path.open("wb") as file:
        for start in range(0, rows, BLOCK):
            block(random, min(BLOCK, rows - start)).write_csv(file, include_header=start == 0)
    return path.stat().st_size


def repeat(source: Path, path: Path, size: float) -> tuple[int, int]:
    """The rows of one CSV file over and over until the other has so many bytes; its bytes and rows."""
    with source.open("rb") as file:
        header, body = file.readline(), file.read()
    times = max(1, round((size - len(header)) / len(body)))
    with path.open("wb") as file:
        file.write(header)
        for _ in range(times):
            file.write(body)
    return path.stat().st_size, times * body.count(b"\n")


def hakseup(home: Path, *words: str) -> tuple[dict[str, Any], float, float, float]:
    """What a command printed with --json, its seconds, its peak memory in MB, and the seconds of the processor it took."""
    environment = {**os.environ, "HAKSEUP_HOME": str(home)}
    start = time.perf_counter()
    said, used = drive.last_line([sys.executable, "-m", "hakseup", *words, "--json"], environment)
    unit = 1 if sys.platform == "darwin" else 1024
    processor = used.ru_utime + used.ru_stime
    return said, time.perf_counter() - start, used.ru_maxrss * unit / 1e6, processor


def train(path: Path, *words: str) -> dict[str, Any]:
    """One epoch in a process of its own."""
    with tempfile.TemporaryDirectory(dir=path.parent) as home:
        call = ("train", str(path), "--epochs", "1", "--out", home, *words)
        said, seconds, peak, processor = hakseup(Path(home), *call)
    return {
        "epoch_seconds": said["train_seconds"],
        "total_seconds": seconds,
        "processor_seconds": processor,
        "peak_memory_mb": peak,
    }


def trained(asked: Any, place: Path) -> dict[str, Any]:
    """Train on each number of rows, in turn, and print the table."""
    sizes = {n: make(place / f"{n}.csv", n) / 1e6 for n in asked.rows}
    found: dict[int, list[dict[str, Any]]] = {}
    for run in range(asked.runs):
        for n in asked.rows:
            one = train(place / f"{n}.csv")
            found.setdefault(n, []).append(one)
            drive.say(f"run {run + 1}, {n:,} rows, {sizes[n]:,.0f} MB: {one}")
    each = statistics.median(one["epoch_seconds"] for one in found[asked.rows[0]]) / asked.rows[0]
    print(
        "| rows | file, MB | peak memory, MB | of the file | epoch, seconds | of what is expected | whole command, seconds | of the processor |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for n, measured in found.items():
        peaks, seconds = (
            [one["peak_memory_mb"] for one in measured],
            [one["epoch_seconds"] for one in measured],
        )
        whole, processor = (
            drive.spread([one[name] for one in measured]) for name in ("total_seconds", "processor_seconds")
        )
        print(
            f"| {n:,} | {sizes[n]:,.0f} | {drive.spread(peaks, '{:,.0f}')} | {statistics.median(peaks) / sizes[n]:.2f} "
            f"| {drive.spread(seconds)} | {statistics.median(seconds) / (each * n):.2f} | {whole} | {processor} |"
        )
    return {str(n): {"file_mb": sizes[n], "runs": measured} for n, measured in found.items()}


def predicted(asked: Any, place: Path) -> list[dict[str, Any]]:
    """Predict larger and larger files and print the table."""
    small = place / "small.csv"
    make(small, 100_000)
    run, *_used = hakseup(place, "train", str(small), "--epochs", "1", "--out", str(place / "runs"))
    print(
        "| file, MB | rows | peak memory, MB | seconds | rows a second |\n| ---: | ---: | ---: | ---: | ---: |"
    )
    found = []
    for size in asked.gigabytes:
        large = place / "large.csv"
        bytes_, rows = repeat(small, large, size * 1e9)
        out = place / "predictions.csv"
        said, seconds, peak, _processor = hakseup(place, "predict", run["run"], str(large), "--out", str(out))
        if said["n"] != rows:
            sys.exit(f"{said['n']:,} predictions for {rows:,} rows")
        found.append({"file_mb": bytes_ / 1e6, "rows": rows, "peak_memory_mb": peak, "seconds": seconds})
        print(
            f"| {bytes_ / 1e6:,.0f} | {rows:,} | {peak:,.0f} | {seconds:,.1f} | {rows / seconds:,.0f} |",
            flush=True,
        )
        large.unlink()
        shutil.rmtree(out) if out.is_dir() else out.unlink()
    return found


def main() -> None:
    """Make the files, measure, print a table in Markdown."""
    parser = drive.options(__doc__)
    parser.add_argument("what", choices=("train", "predict"))
    parser.add_argument("--rows", type=int, nargs="+", default=[250_000, 1_000_000])
    parser.add_argument("--gigabytes", type=float, nargs="+", default=[0.5, 2.0])
    parser.add_argument("--folder", type=Path, help="where the files are made")
    asked = parser.parse_args()
    if asked.quick:
        asked.rows, asked.gigabytes, asked.runs = [2_000, 4_000], [0.05], 1
    with tempfile.TemporaryDirectory(dir=asked.folder) as place:
        found = (trained if asked.what == "train" else predicted)(asked, Path(place))
    from hakseup.training.machine import versions

    here = versions()
    print(
        "\n"
        + drive.about(
            asked.runs, {name: here[name] for name in ("python", "torch", "polars") if name in here}
        )
    )
    drive.keep(asked, found)


if __name__ == "__main__":
    main()
