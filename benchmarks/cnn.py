"""The tutorial's MNIST CNN as it stands, in four programs and two precisions: pictures a second, and peak memory.

    python benchmarks/cnn.py --setup          once; it makes .venv-tensorflow
    python benchmarks/cnn.py [--runs 3] [--steps 50] [--tutorial mnist]

Every contender is a process of its own; they take turns and never run at the same time. Each holds the tutorial's
60,000 pictures, trains on batches of the tutorial's size, is timed over --steps steps after ten others (compiling
is over by then), and validates once. Peak memory is that of its whole process.
"""

from __future__ import annotations

import statistics
from typing import Any

import drive


def main() -> None:
    """Measure in turn and print the table in Markdown."""
    parser = drive.with_contenders(drive.options(__doc__))
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--tutorial", choices=["mnist", "fashion_mnist"], default="mnist")
    asked = parser.parse_args()
    runs, steps = (1, 3) if asked.quick else (asked.runs, asked.steps)
    words = ["--tutorial", asked.tutorial, "--steps", str(steps), "--warm", "2" if asked.quick else "10"]
    if asked.quick:
        words += ["--pictures", "2000"]
    names = asked.only or list(drive.CONTENDERS)
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    versions: dict[str, str] = {}
    with drive.data(asked.tutorial) as path:
        for run in range(runs):
            for name in names:
                for precision in ("fp32", "bf16"):
                    one = drive.contender(name, asked, "--data", str(path), "--precision", precision, *words)
                    found.setdefault((name, precision), []).append(one)
                    versions |= one["versions"]
                    rate, memory = one["pictures_per_second"], one["peak_memory_mb"]
                    drive.say(f"run {run + 1}, {name}, {precision}: {rate:,.0f} a second, {memory:,.0f} MB")
    print(drive.about(runs, versions))
    print(f"{asked.tutorial}, {steps} steps of {next(iter(found.values()))[0]['batch']} pictures.\n")
    base = found.get(("Keras on TensorFlow", "fp32"))
    print(
        "| program | precision | pictures a second | of TensorFlow's fp32 | peak memory, MB | of TensorFlow's fp32 |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for (name, precision), measured in found.items():
        rates = [one["pictures_per_second"] for one in measured]
        peaks = [one["peak_memory_mb"] for one in measured]
        print(
            f"| {name} | {precision} | {drive.spread(rates, '{:,.0f}')} | {_share(measured, base, 'pictures_per_second')} "
            f"| {drive.spread(peaks, '{:,.0f}')} | {_share(measured, base, 'peak_memory_mb')} |"
        )
    drive.keep(asked, {f"{name}, {precision}": measured for (name, precision), measured in found.items()})


def _share(measured: list[dict[str, Any]], base: list[dict[str, Any]] | None, key: str) -> str:
    if base is None:
        return "-"
    return (
        f"{statistics.median(one[key] for one in measured) / statistics.median(one[key] for one in base):.2f}"
    )


if __name__ == "__main__":
    main()
