"""How long the start takes: `hakseup --help`, `import hakseup` and a training of one epoch, as whole processes.

python benchmarks/start.py [--runs 20]
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
import time


def seconds(*words: str) -> float:
    """One whole process."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *words], capture_output=True, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Time each, turn by turn, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        _measure(runs, folder)


def _measure(runs: int, folder: str) -> None:
    calls = {
        "python -c pass": ("-c", "pass"),
        "import hakseup": ("-c", "import hakseup"),
        "hakseup --help": ("-m", "hakseup", "--help"),
        "hakseup train --help": ("-m", "hakseup", "train", "--help"),
        "hakseup train digits, one epoch": (
            *("-m", "hakseup", "train", "digits", "--out", folder),
            *("--set", "training.epochs=1", "--set", "training.min_steps=0"),
        ),
    }
    for words in calls.values():  # files into the cache
        seconds(*words)
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, words in calls.items():
            times[name].append(seconds(*words))
    print(f"Python {platform.python_version()} on {platform.platform()}, {runs} runs each, seconds.\n")
    print("| call | median | smallest | largest |\n| --- | --- | --- | --- |")
    for name, found in times.items():
        print(f"| `{name}` | {statistics.median(found):.3f} | {min(found):.3f} | {max(found):.3f} |")


if __name__ == "__main__":
    main()
