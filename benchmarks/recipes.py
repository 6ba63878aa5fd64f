"""Recipes over several seeds: test accuracy, seconds, pictures a second, memory. One row per recipe.

    python benchmarks/recipes.py fast:digits mnist-mlp:mnist --seeds 3 [--set training.precision=fp32]

Every run is a process of its own (`hakseup train`, then `hakseup evaluate`) with a home of its own, so that the
openings of the test part made here are counted nowhere else. Nothing is chosen by these figures.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def call(*words: str) -> dict[str, Any]:
    """The JSON object that the command ends with."""
    done = subprocess.run([sys.executable, "-m", "hakseup", *words, "--json"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"hakseup {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    value: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return value


def main() -> None:
    """Run what is asked for and print the table in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="+", metavar="RECIPE:DATA")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    asked = parser.parse_args()
    sets = [word for text in asked.set for word in ("--set", text)]
    rows = []
    about: dict[str, Any] = {}
    for what in asked.what:
        recipe, _, data = what.partition(":")
        trained, tested = [], []
        for seed in range(asked.seeds):
            with tempfile.TemporaryDirectory() as home:
                os.environ["HAKSEUP_HOME"] = home
                run = call("train", data, "--recipe", recipe, "--seed", str(seed), "--out", home, *sets)
                trained.append(run)
                tested.append(call("evaluate", run["run"])["test"]["accuracy"])
                about = json.loads((Path(run["run"]) / "run.json").read_text("utf-8"))
            print(
                f"{what} seed {seed}: {tested[-1]:.4f} in {run['train_seconds']:.1f} s",
                file=sys.stderr,
                flush=True,
            )
        seconds = [run["train_seconds"] for run in trained]
        rows.append(
            f"| `{recipe}` on {data} | {statistics.mean(tested):.2%} | {min(tested):.2%} to {max(tested):.2%} "
            f"| {statistics.median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f}) "
            f"| {statistics.median(run['images_per_second'] for run in trained):,.0f} "
            f"| {max(run['peak_memory_mb'] or 0 for run in trained):,.0f} | {about['precision']} |"
        )
    machine, versions = about["machine"], about["versions"]
    print(
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB; Python {versions['python']}, "
        f"PyTorch {versions['torch']}; {asked.seeds} seeds each{'; ' + ' '.join(asked.set) if asked.set else ''}.\n"
    )
    print(
        "| recipe | test accuracy, mean | range | training, seconds | pictures a second | peak memory, MB | precision |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
