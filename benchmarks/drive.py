"""What the tables have in common: contenders in processes of their own, one after the other, and the machine's name."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
TENSORFLOW = HERE.parent / ".venv-tensorflow"
# Name -> (script, backend of Keras).
CONTENDERS = {
    "Keras on TensorFlow": ("keras_tutorial.py", "tensorflow"),
    "Keras on PyTorch": ("keras_tutorial.py", "torch"),
    "plain PyTorch": ("pytorch_plain.py", None),
    "hakseup": ("hakseup_tutorial.py", None),
}


def options(description: str | None) -> argparse.ArgumentParser:
    """The options that all tables share."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a smoke run: tiny, its figures mean nothing")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write every single measurement to this file")
    return parser


def with_contenders(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The options about the contenders."""
    tensorflow_options(parser)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", choices=list(CONTENDERS))
    return parser


def tensorflow_options(parser: argparse.ArgumentParser) -> None:
    """Where TensorFlow is."""
    parser.add_argument(
        "--setup", action="store_true", help="first make the environment for TensorFlow (300 MB)"
    )
    parser.add_argument("--tensorflow", type=Path, metavar="PYTHON", help="a Python that has TensorFlow")


def python_of(name: str, asked: argparse.Namespace) -> Path:
    """The Python that a contender runs in; that of TensorFlow is made where --setup asks for it."""
    if CONTENDERS[name][1] != "tensorflow":
        return Path(sys.executable)
    if asked.tensorflow:
        return Path(asked.tensorflow)
    python = TENSORFLOW / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if asked.setup and not python.exists():
        venv.create(TENSORFLOW, with_pip=True)
        wanted = HERE / "requirements-tensorflow.txt"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", wanted], check=True)
    if not python.exists():
        sys.exit(
            f"There is no TensorFlow in {TENSORFLOW}: --setup makes it, or name a Python with --tensorflow."
        )
    return python


def contender(name: str, asked: argparse.Namespace, *words: str) -> dict[str, Any]:
    """Run one contender in a process of its own; what it measured."""
    script, backend = CONTENDERS[name]
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HAKSEUP_HOME": home}
        if "hakseup" not in name:  # set by the import of hakseup here
            environment.pop("OMP_WAIT_POLICY", None)
        if backend:
            environment["KERAS_BACKEND"] = backend
        command = [str(python_of(name, asked)), str(HERE / "contenders" / script), *words]
        return last_line(command, environment)[0]


def last_line(command: Sequence[str], environment: dict[str, str]) -> tuple[dict[str, Any], Any]:
    """The JSON object that a command ends with, and what it used (`resource`); it stops here if it failed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=err)
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        for stream in (out, err):
            stream.seek(0)
        said, complained = out.read().decode(errors="replace"), err.read().decode(errors="replace")
    if process.returncode:
        sys.exit(f"{' '.join(command)}\nfailed ({process.returncode}):\n{complained[-2000:]}{said[-500:]}")
    value: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return value, used


@contextmanager
def data(name: str) -> Iterator[Path]:
    """A known data set as an NPZ file with Keras' names, the same for all contenders."""
    from hakseup import sources

    arrays = {}
    for piece in sources.find(name).pieces:
        pixels = piece.pixels
        blocks = [pixels] if isinstance(pixels, np.ndarray) else list(pixels.read())  # type: ignore[union-attr]
        arrays[f"x_{piece.part}"] = np.concatenate(blocks)
        arrays[f"y_{piece.part}"] = np.asarray(piece.labels(), np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.npz"
        np.savez(path, **arrays)
        yield path


def side_by_side(measure: Callable[[Any], None], todo: Sequence[Any], at_once: int) -> None:
    """Measure all of it, `at_once` at a time, each on an equal share of the cores; one at a time has them all."""
    if at_once == 1:
        for work in todo:
            measure(work)
        return
    cores = sorted(os.sched_getaffinity(0))
    each = len(cores) // at_once
    shares = [set(cores[k * each : (k + 1) * each]) for k in range(at_once)]
    # Linux keeps the cores for each thread, and what a thread starts has those of the thread.
    with ThreadPoolExecutor(at_once, initializer=lambda: os.sched_setaffinity(0, shares.pop())) as pool:
        for done in [pool.submit(measure, work) for work in todo]:
            done.result()


def about(runs: int, versions: dict[str, str], at_once: int = 1) -> str:
    """Machine and versions, one paragraph."""
    from hakseup.training.device import cpu_has_bf16
    from hakseup.training.machine import machine

    it = machine()
    named = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    cores = f"{it['cores']} cores"
    if at_once > 1:
        cores += f" of which each has {len(os.sched_getaffinity(0)) // at_once}, {at_once} side by side"
    bf16 = "with" if cpu_has_bf16() else "without"
    return (
        f"{it['processor']} ({bf16} bf16 instructions), {cores}, {it['memory_gb']} GB, {it['platform']}; "
        f"{named}; {runs} runs of each, in turn; medians, and smallest to largest.\n"
    )


def spread(values: Sequence[float], form: str = "{:,.1f}") -> str:
    """The median, and the smallest and largest in brackets."""
    median, low, high = statistics.median(values), min(values), max(values)
    if len(values) == 1:
        return form.format(median)
    return f"{form.format(median)} ({form.format(low)} to {form.format(high)})"


def say(text: str) -> None:
    """How far it is, beside the table."""
    print(text, file=sys.stderr, flush=True)


def keep(asked: argparse.Namespace, found: Any) -> None:
    """Write every measurement where --json asks for it."""
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


def kept(asked: argparse.Namespace) -> Any:
    """What `keep` wrote before, or nothing yet."""
    if asked.json and asked.json.exists():
        return json.loads(asked.json.read_text(encoding="utf-8"))
    return {}
