"""What checkpoints cost: the share of the training time that goes into them, measured from inside.

    python benchmarks/checkpoints.py [--data mnist] [--recipe fast] [--runs 3] [--set section.key=value ...]

Every run is trained whole, with checkpoints as the recipe has them (every 10 s, at the end of each fit, and never
more often than sixty times what the last one took). Printed are the seconds of training, the seconds spent on
checkpoints within them (gathering, hashing, writing, syncing; run.json keeps both), and the share.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from pathlib import Path

import torch

import hakseup
from hakseup.training.machine import machine


def main() -> None:
    """Train, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--recipe", default="fast")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], dest="assignments", metavar="KEY=VALUE")
    call = parser.parse_args()
    settings = dict(one.split("=", 1) for one in call.assignments)
    here = machine()
    print(f"{call.data}, recipe {call.recipe} {' '.join(call.assignments)}")
    print(f"{here['processor']}, {here['cores']} cores, PyTorch {torch.__version__}, {platform.platform()}\n")
    print(
        "| run | training | checkpoints | share | of bytes | parameters |\n| --- | --- | --- | --- | --- | --- |"
    )
    for run in range(call.runs):
        with tempfile.TemporaryDirectory() as out:
            made = hakseup.train(
                call.data, recipe=call.recipe, settings={**settings, "training.seed": run}, out=out
            )
            about = json.loads((made.path / "run.json").read_text("utf-8"))
            newest = sorted(Path(out).glob("*/checkpoint/*/*.safetensors"))[-1].stat().st_size
            total, saving = about["train_seconds"], about["checkpoint_seconds"]
            print(
                f"| {run} | {total:.2f} s | {saving:.3f} s | {saving / total:.2%} | {newest:,} "
                f"| {about['parameters']:,} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
