"""Seconds of training until the tutorial's test accuracy is first reached: 99.28 % on MNIST, 91.19 % on Fashion-MNIST.

    python benchmarks/cnn.py --setup          once; it makes .venv-tensorflow
    python benchmarks/time_to.py mnist [--runs 3] [--seeds 10] [--within 30]
    python benchmarks/time_to.py fashion_mnist --whole

Keras and plain PyTorch run the tutorial's own network, optimizer, batch, checkpoints and stopping, with the test
accuracy looked at after each epoch; that look is the tutorial's own on MNIST, and its time is counted for nobody. What
is counted: from the call that trains, compiling included, to the end of the first epoch at or above the bar. Not
counted: imports, reading the data. hakseup trains by a recipe that never sees the test part, so its time is
`train_seconds` (validation and checkpoints included), and whether it reached the bar is read off afterwards, seed by
seed. --whole lets the tutorials go on to their own end and gives that time too. It takes an hour or more: with --json
every measurement is written at once, and --go-on measures only what that file lacks. --within N ends a tutorial that is not
there after N times the median of hakseup's runs so far. Where there are cores to spare,
--at-once N measures N side by side, each on a share of the cores that is its own.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from typing import Any

import drive


def main() -> None:
    """Measure in turn and print the table in Markdown."""
    parser = drive.with_contenders(drive.options(__doc__))
    parser.add_argument("data", choices=["mnist", "fashion_mnist"])
    parser.add_argument("--seeds", type=int, default=10, help="of hakseup's recipes: 0 to this, exclusive")
    parser.add_argument("--recipe", action="append", default=[], help="hakseup's recipes (fast)")
    parser.add_argument("--whole", action="store_true", help="let the tutorials go on to their own end")
    parser.add_argument(
        "--at-once", type=int, default=1, metavar="N", help="side by side, each on its N-th of the cores"
    )
    parser.add_argument("--go-on", action="store_true", help="keep what the file of --json already has")
    parser.add_argument(
        "--within", type=float, metavar="N", help="end a tutorial after N times hakseup's seconds"
    )
    asked = parser.parse_args()
    if asked.within and (asked.whole or (asked.only and "hakseup" not in asked.only)):
        parser.error("--within goes by hakseup's seconds, and not with --whole")
    runs, seeds = (1, 1) if asked.quick else (asked.runs, asked.seeds)
    recipes = asked.recipe or ["fast"]
    names = asked.only or list(drive.CONTENDERS)
    tutorials = [name for name in names if name != "hakseup"]
    words = ["--tutorial", asked.data, *(["--whole"] if asked.whole else [])]
    words += ["--pictures", "1000", "--epochs", "2"] if asked.quick else []
    found: dict[str, list[dict[str, Any]]] = drive.kept(asked) if asked.go_on else {}
    versions: dict[str, str] = {}

    def measure(work: tuple[str, str, int]) -> None:
        name, recipe, seed = work
        one = (
            _here(asked.data, recipe, seed, asked.quick)
            if recipe
            else {
                "seed": seed,
                **drive.contender(
                    name,
                    asked,
                    "--data",
                    str(path),
                    "--seed",
                    str(seed),
                    *words,
                    *_limit(asked.within, found),
                ),
            }
        )
        best = one["accuracy"] if recipe else max(one["accuracies"])
        found[name].append(one)
        drive.keep(asked, found)
        when = f"in {one['seconds']:.1f} s" if recipe else one["reached"] or "not reached"
        drive.say(f"{name}, seed {seed}: {best:.4f} at best, {when}")

    with drive.data(asked.data) as path:
        todo = []
        for turn in range(runs):
            # The seeds are spread over the runs, so that a machine that changes its pace changes it for all.
            for recipe in recipes if "hakseup" in names else ():
                todo += [(f"hakseup, `{recipe}`", recipe, seed) for seed in range(turn, seeds, runs)]
            todo += [(name, "", turn) for name in tutorials]
        for name, _recipe, _seed in todo:
            found.setdefault(name, [])
        todo = [work for work in todo if all(one["seed"] != work[2] for one in found[work[0]])]
        drive.side_by_side(measure, todo, asked.at_once)
    for name in tutorials:
        versions |= found[name][-1]["versions"]
    if "hakseup" in names:
        from hakseup.training.machine import versions as here

        versions |= {name: here()[name] for name in ("python", "torch", "hakseup") if name in here()}
    bar = 0.9928 if asked.data == "mnist" else 0.9119
    print(drive.about(runs, versions, asked.at_once))
    print(f"{asked.data}, to {bar:.2%} of the test part.\n")
    print("| program | reached it | seconds | test accuracy | epochs | peak memory, MB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, measured in found.items():
        print(_row(name, measured, bar))
    if asked.whole:
        for name in tutorials:
            ends = [one.get("seconds_with_validation", one["seconds"]) for one in found[name]]
            epochs = [float(len(one["accuracies"])) for one in found[name]]
            print(
                f"\n{name} to the tutorial's own end: {drive.spread(ends)} s, "
                f"{drive.spread(epochs, '{:.0f}')} epochs."
            )
    _compare(found)


def _limit(times: float | None, found: dict[str, list[dict[str, Any]]]) -> list[str]:
    """So many times what the first recipe has taken so far, as words for a contender."""
    if times is None:
        return []
    first = next(measured for name, measured in found.items() if name.startswith("hakseup"))
    return ["--limit", str(times * statistics.median(one["seconds"] for one in first))]


def _here(data: str, recipe: str, seed: int, quick: bool) -> dict[str, Any]:
    """One training and one opening of the test part, with a home of its own: it counts nowhere else."""
    short = ["--set", "training.steps_per_epoch=5", "--epochs", "1"] if quick else []
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HAKSEUP_HOME": home}
        words = ["train", data, "--recipe", recipe, "--seed", str(seed), "--out", home, *short]
        command = [sys.executable, "-m", "hakseup"]
        run, used = drive.last_line([*command, *words, "--json"], environment)
        tested = drive.last_line([*command, "evaluate", run["run"], "--json"], environment)[0]
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "seed": seed,
        "seconds": run["train_seconds"],
        "accuracy": tested["test"]["accuracy"],
        "epochs": run["epochs"],
        "peak_memory_mb": used.ru_maxrss * unit / 1e6,
    }


def _row(name: str, measured: list[dict[str, Any]], bar: float) -> str:
    peaks = [one["peak_memory_mb"] for one in measured]
    memory = drive.spread(peaks, "{:,.0f}")
    if "reached" not in measured[0]:  # hakseup
        found = [one["accuracy"] for one in measured]
        passed = sum(one >= bar - 1e-9 for one in found)
        seconds = drive.spread([one["seconds"] for one in measured])
        accuracy = f"mean {statistics.mean(found):.2%}, {min(found):.2%} to {max(found):.2%}"
        epochs = drive.spread([float(one["epochs"]) for one in measured], "{:.0f}")
        return f"| {name} | {passed} of {len(measured)} | {seconds} | {accuracy} | {epochs} | {memory} |"
    there = [one["reached"] for one in measured if one["reached"]]
    if not there:
        best = max(max(one["accuracies"]) for one in measured)
        seconds = drive.spread([one["seconds"] for one in measured])
        epochs = drive.spread([float(len(one["accuracies"])) for one in measured], "{:.0f}")
        return (
            f"| {name} | 0 of {len(measured)} | not in {seconds} | {best:.2%} at best | {epochs} | {memory} |"
        )
    seconds = drive.spread([one["seconds"] for one in there])
    accuracy = drive.spread([one["accuracy"] for one in there], "{:.2%}")
    epochs = drive.spread([float(one["epoch"]) for one in there], "{:.0f}")
    return f"| {name} | {len(there)} of {len(measured)} | {seconds} | {accuracy} | {epochs} | {memory} |"


def _compare(found: dict[str, list[dict[str, Any]]]) -> None:
    """How many times longer each takes than each recipe of hakseup, median by median."""
    for mine, measured in found.items():
        if not mine.startswith("hakseup"):
            continue
        seconds = statistics.median(one["seconds"] for one in measured)
        for other, theirs in found.items():
            there = [one["reached"]["seconds"] for one in theirs if one.get("reached")]
            if there:
                print(f"\n{other} takes {statistics.median(there) / seconds:.0f} times as long as {mine}.")
            elif "reached" in theirs[0]:
                least = min(one["seconds"] for one in theirs) / seconds
                print(f"\n{other} was not there after {least:.0f} times as long as {mine}.")


if __name__ == "__main__":
    main()
