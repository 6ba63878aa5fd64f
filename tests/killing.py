"""Real processes that train and are killed: started in an instant, by a process that has everything loaded and forks.

`python killing.py` is that process: it reads a line of JSON for each call of the command line, forks, and answers
with the number of the child. What it forks is a process like any other: it has its own files, and dies of SIGKILL.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from makers import pictures

LAYERS = (
    '["Conv2D(4, 3)", "BatchNormalization()", "Activation(\'relu\')", "MaxPooling2D(2)", "Flatten()", '
    '"Dropout(0.3)", "Dense(3, activation=\'softmax\')"]'
)
COMMON: dict[str, Any] = {
    "training.batch_size": 16,
    "training.min_steps": 0,
    "training.precision": "fp32",
    "augmentation.shift": 1,
    "augmentation.flip": "true",
    "checkpoint.seconds": 0,
    "network.layers": LAYERS,
}
# Each has another way to choose, to stop, to step or to write. All train for about a second.
VARIANTS: dict[str, dict[str, Any]] = {
    "one cycle, final fit": {
        "training.epochs": 8,
        "training.steps_per_epoch": 12,
        "training.schedule": "one_cycle",
        "training.optimizer": "sgd",
        "training.learning_rate": 0.01,
        "training.final_fit": "true",
        "stopping.restore_best": "true",
    },
    "patience, a file every epoch": {
        "training.epochs": 200,
        "training.optimizer": "adam",
        "training.learning_rate": 0.02,
        "stopping.patience": 4,
        "stopping.restore_best": "true",
        "checkpoint.save": "every",
    },
    "adamw, the best file, smoothing": {
        "training.epochs": 20,
        "training.optimizer": "adamw",
        "training.schedule": "cosine",
        "training.weight_decay": 0.01,
        "training.label_smoothing": 0.1,
        "training.gradient_clip": 1,
        "stopping.monitor": "val_accuracy",
        "stopping.restore_best": "true",
        "checkpoint.save": "best",
        "checkpoint.seconds": 0.2,
    },
    "bf16, the last epoch": {
        "training.epochs": 12,
        "training.precision": "bf16",
        "training.class_weight": "balanced",
        "stopping.restore_best": "false",
    },
}


def data(place: Path) -> Path:
    """Three classes of bars, 150 pictures, in one file."""
    import numpy as np

    made = pictures(150)
    np.savez(place, x=made.images, y=made.labels.values)
    return place


def words(data: Path, out: Path, settings: Mapping[str, Any]) -> list[str]:
    """The call that trains."""
    said = [word for key, value in {**COMMON, **settings}.items() for word in ("--set", f"{key}={value}")]
    return ["train", str(data), "--json", "--out", str(out), *said]


def facts(run: Path) -> dict[str, Any]:
    """Everything of a finished run that must not depend on when it was killed."""
    about = json.loads((run / "run.json").read_text("utf-8"))
    files = [run / "weights.safetensors", *sorted((run / "weights").glob("*"))]
    return {
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
        "history": history(run),
        "best_epoch": about["best_epoch"],
        "stopped_early": about["stopped_early"],
        "validation": json.loads((run / "scores.json").read_text("utf-8"))["validation"],
        "state": json.loads((run / "status.json").read_text("utf-8"))["state"],
        "report": (run / "report.html").is_file(),
        "left": sorted(path.name for path in run.glob("**/.*.part")),
    }


def history(run: Path) -> list[dict[str, str]]:
    """The rows of history.csv, without the seconds."""
    with (run / "history.csv").open(encoding="utf-8", newline="") as stream:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(stream)]


def status_is(run: Path, state: str) -> bool:
    """What status.json says."""
    return bool(json.loads((run / "status.json").read_text("utf-8"))["state"] == state)


class Processes:
    """Starts, kills and waits for processes that run hakseup.

    Args:
        log: what they print goes there.
    """

    def __init__(self, log: Path) -> None:
        self.log = log
        self.server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answer()

    def _answer(self) -> int:
        assert self.server.stdout is not None
        return int(self.server.stdout.readline())

    def _ask(self, **what: Any) -> int:
        assert self.server.stdin is not None
        self.server.stdin.write(json.dumps(what) + "\n")
        self.server.stdin.flush()
        return self._answer()

    def start(self, *arguments: str, most: int | None = None) -> int:
        """A process with these words; its number. most: bytes that a file of it may have."""
        home = os.environ["HAKSEUP_HOME"]
        return self._ask(arguments=arguments, log=str(self.log), most=most, home=home)

    def wait(self, process: int) -> int:
        """Its exit status; below zero the signal that killed it."""
        return self._ask(wait=process)

    def run(self, *arguments: str, most: int | None = None) -> tuple[int, str]:
        """Start and wait; exit status and what was printed."""
        status = self.wait(self.start(*arguments, most=most))
        return status, self.log.read_text("utf-8")

    def kill(self, process: int, after: float, begun: Path | None = None) -> int:
        """SIGKILL after so many seconds, counted from when there is a run in `begun` where that is given; its status."""
        deadline = time.monotonic() + 60
        while begun and not list(begun.glob("*/run.json")) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(after)
        os.kill(process, signal.SIGKILL)  # who has ended waits to be fetched, so the number is still its own
        return self.wait(process)

    def close(self) -> None:
        """End the server."""
        assert self.server.stdin is not None and self.server.stdout is not None
        self.server.stdin.close()
        self.server.wait()
        self.server.stdout.close()


@contextlib.contextmanager
def processes(log: Path) -> Iterator[Processes]:
    """Processes for a test."""
    made = Processes(log)
    try:
        yield made
    finally:
        made.close()


def only_run(out: Path) -> Path | None:
    """The one run in this folder."""
    found = sorted(out.iterdir()) if out.is_dir() else []
    assert len(found) <= 1
    return found[0] if found else None


def kill_and_compare(
    made: Processes, place: Path, kills: int, *, variants: int = len(VARIANTS), seed: int = 0
) -> dict[str, int]:
    """Train, kill at a random moment, resume (now and then killed too), compare with the run that nobody killed.

    Args:
        made: starts them.
        place: an empty folder.
        kills: how many trainings are killed while they train; what the clock lets fall before or after comes on top.
        variants: how many of them take turns.
        seed: of the moments.

    Returns:
        How many were killed before there was a run, while it went on, and after its end; and how many resumes.
    """
    chance = Random(seed)
    count = dict.fromkeys(("kills", "before", "during", "after", "resumes killed", "gone on with"), 0)
    names, source = list(VARIANTS)[:variants], data(place / "d.npz")
    expected, lengths, longer, trained = {}, {}, {}, {}
    for name in names:
        out = place / f"whole-{len(lengths)}"
        start = time.monotonic()
        status, text = made.run(*words(source, out, VARIANTS[name]))
        assert status == 0, text
        lengths[name] = time.monotonic() - start
        run = only_run(out)
        assert run is not None
        expected[name] = facts(run)
        trained[name] = json.loads((run / "run.json").read_text("utf-8"))["train_seconds"]
        more = str(len(expected[name]["history"]) + 6)
        kept = shutil.copytree(run, place / f"finished-{len(longer)}")
        status, text = made.run("resume", str(run), "--epochs", more, "--json")
        assert status == 0, text
        longer[name] = (more, kept, facts(run))
    for turn in range(4 * kills):
        if count["during"] >= kills:
            break
        name, out = names[turn % len(names)], place / "killed"
        shutil.rmtree(out, ignore_errors=True)
        call, whole = words(source, out, VARIANTS[name]), expected[name]
        if turn % 5 == 4:  # a finished run that is gone on with
            more, kept, whole = longer[name]
            call = ["resume", str(shutil.copytree(kept, out / "run")), "--epochs", more, "--json"]
            count["gone on with"] += 1
        if (
            turn % 2 == 0 and call[0] == "train"
        ):  # how long the start takes is chance: these are hit while it trains
            status = made.kill(made.start(*call), chance.uniform(0.0, 0.9) * trained[name], out)
        else:
            status = made.kill(made.start(*call), chance.uniform(0.02, 1.0) * lengths[name])
        count["kills"] += 1
        assert status in (0, -signal.SIGKILL), made.log.read_text("utf-8")
        run = only_run(out)
        if run is None or not (run / "run.json").exists():
            count["before"] += 1
            if run is not None:
                status, text = made.run("resume", str(run), "--json")
                assert status == 1 and ("run-not-begun" in text or "no-such-run" in text), text
            continue
        count["during" if status else "after"] += 1
        plain = ["resume", str(run), "--json"]
        over = status_is(run, "done") and history(run)[-1:] == whole["history"][-1:]
        again = plain if call[0] == "train" or over else call  # the same call again, as a person would
        if chance.random() < 0.3:
            killed = made.kill(made.start(*again), chance.uniform(0.02, 0.8) * lengths[name])
            count["resumes killed"] += killed < 0
            if status_is(run, "done") and history(run)[-1:] == whole["history"][-1:]:
                again = plain
        status, text = made.run(*again)
        assert status == 0, f"{name}, kill {turn}: {text}"
        assert facts(run) == whole, f"{name}, kill {turn}"
    return count


LOADED = (
    *("safetensors.torch", "pandas", "polars"),
    *(
        "pyarrow",
        "scipy.stats",
        "sklearn.metrics",
        "sklearn.utils.class_weight",
        "sklearn.linear_model",
        "cv2",
    ),
    *(
        "hakseup.api",
        "hakseup.cli.parser",
        "hakseup.cli.start",
        "hakseup.models.assemble",
        "hakseup.sources.npz",
    ),
    *(
        "hakseup.training.session",
        "hakseup.evaluation.evaluate",
        "hakseup.evaluation.inputs",
        "hakseup.layers.modules",
    ),
    *(
        "hakseup.report.page",
        "hakseup.report.plots",
        "matplotlib.backends.backend_agg",
        "hakseup.sources.known",
    ),
)


def _serve() -> None:
    from importlib import import_module

    for name in LOADED:
        import_module(name)
    import hakseup.report.page

    _answer(0)
    # Drawing takes most of a second and touches nothing else: only one report in ten is drawn.
    draw, page, calls = hakseup.report.page.write, hakseup.report.page, 0
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            _answer(os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1]))
            continue
        calls += 1
        page.write = draw if calls % 10 == 1 else no_report
        child = os.fork()
        if child == 0:
            _become(asked)
        _answer(child)


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def no_report(folder: Any, language: Any = None) -> Path:
    folder.write_text("report.html", "not drawn")
    path: Path = folder.file("report.html")
    return path


def _become(asked: dict[str, Any]) -> None:
    """In the child: hakseup with these words, and nothing after it."""
    import resource

    from hakseup.cli.start import start

    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ["HAKSEUP_HOME"] = asked["home"]
    if asked["most"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked["most"], resource.RLIM_INFINITY))
    status = 1
    try:
        status = start(asked["arguments"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


if __name__ == "__main__":
    _serve()
