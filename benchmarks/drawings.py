"""Other people's drawings, recognised by a network that was trained on the lecture's 45 alone. One row per training seed.

    python benchmarks/drawings.py shapes --seeds 5 [--set augmentation.kind=none] [--development]

Each seed is one `hakseup train` with `fast` in a process and a home of its own; then `hakseup evaluate` opens the
lecture's own test part, and `hakseup predict` is given drawings made by `others.py`. The figure that is published is
made with their seed `REPORTED`, which nothing was chosen by; `--development` takes the one that choices are made with.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from others import CLASSES, DEVELOPMENT, REPORTED, drawings
from PIL import Image
from recipes import call

from hakseup.metrics.intervals import wilson


def write(folder: Path, n: int, seed: int) -> None:
    """The drawings as PNG files; the name says the class."""
    for i, (picture, label) in enumerate(zip(*drawings(n, seed), strict=True)):
        Image.fromarray(picture).save(folder / f"{i:04d}-{CLASSES[label]}.png")


def recognised(run: str, folder: Path) -> dict[str, float]:
    """The share recognised, over all and by class."""
    rows = [
        (Path(row["input"]).stem.partition("-")[2], row["label"])
        for row in call("predict", run, str(folder))["predictions"]
    ]
    of = {name: [told == name for truth, told in rows if truth == name] for name in CLASSES}
    return {"all": statistics.mean(a == b for a, b in rows)} | {k: statistics.mean(v) for k, v in of.items()}


def main() -> None:
    """Run what is asked for and print the table in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", help="the lecture's drawings: shapes, or a folder with train/ and test/")
    parser.add_argument("--recipe", default="fast")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--n", type=int, default=600)
    parser.add_argument("--development", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    asked = parser.parse_args()
    sets = [word for text in asked.set for word in ("--set", text)]
    rows, found, seconds = [], [], []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "drawings"
        folder.mkdir()
        write(folder, asked.n, DEVELOPMENT if asked.development else REPORTED)
        for seed in range(asked.seeds):
            home = Path(place) / str(seed)
            home.mkdir()
            os.environ["HAKSEUP_HOME"] = str(home)
            run = call(
                "train", asked.data, "--recipe", asked.recipe, "--seed", str(seed), "--out", str(home), *sets
            )
            own = call("evaluate", run["run"])
            shares = recognised(run["run"], folder)
            found.append(shares["all"])
            seconds.append(run["train_seconds"])
            about = json.loads((Path(run["run"]) / "run.json").read_text("utf-8"))
            by_class = " ".join(f"{shares[name]:.1%}" for name in CLASSES)
            right = round(own["test"]["accuracy"] * own["n"])
            rows.append(
                f"| {seed} | {shares['all']:.2%} | {by_class} | {right} of {own['n']} | {run['train_seconds']:.0f} "
                f"| {run['total_seconds']:.0f} |"
            )
            print(rows[-1], file=sys.stderr, flush=True)
    mean = statistics.mean(found)
    low, high = wilson(round(mean * asked.n), asked.n)
    machine, versions = about["machine"], about["versions"]
    print(
        f"{machine['processor']}, {machine['cores']} cores ({about['threads']} threads used); "
        f"Python {versions['python']}, PyTorch {versions['torch']}, {about['precision']}.\n"
        f"Mean of {asked.seeds} seeds: {mean:.2%} of {asked.n} drawings "
        f"(95 % interval {low:.1%} to {high:.1%}, for n = {asked.n}); {min(found):.2%} to {max(found):.2%}; "
        f"training {statistics.median(seconds):.0f} s (median).{' ' + ' '.join(asked.set) if asked.set else ''}\n"
    )
    print(
        "| seed | recognised | "
        + ", ".join(CLASSES)
        + " | the lecture's own test part | training, s | command, s |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
