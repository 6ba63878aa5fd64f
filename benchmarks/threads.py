"""One step of small and large networks by one thread and by two, on a quiet machine and beside another program.

    python benchmarks/threads.py [--runs 3] [--seconds 2]

Plain PyTorch, Adam, fp32, each measurement in a process of its own: one thread; two that spin while they wait for each
other, as GNU OpenMP has it; two that sleep (OMP_WAIT_POLICY=PASSIVE, as `import hakseup` sets it). The other program is
an endless loop on one core. Milliseconds a step, medians of the runs, smallest to largest in brackets.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import drive
import torch
from torch import nn

WAYS = {"1": (1, None), "2, spinning": (2, None), "2, asleep": (2, "PASSIVE")}
NAMES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


def tutorial(side: int, channels: int, classes: int) -> nn.Module:
    """The tutorials' convolutional network."""
    flat = 64 * ((side - 4) // 2) ** 2
    return nn.Sequential(
        *(
            nn.Conv2d(channels, 32, 3),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout(0.25),
        ),
        *(nn.Flatten(), nn.Linear(flat, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, classes)),
    )


def small() -> nn.Module:
    """Two narrow convolutions."""
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(400, 10)),
    )


def dense() -> nn.Module:
    """The tutorials' dense network."""
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10))


STEPS = {
    "narrow CNN, 32 of 28x28": (small, (32, 1, 28, 28)),
    "dense, 32 of 784": (dense, (32, 784)),
    "narrow CNN, 128 of 28x28": (small, (128, 1, 28, 28)),
    "tutorial's CNN, 3 of 24x24x3": (lambda: tutorial(24, 3, 3), (3, 3, 24, 24)),
    "dense, 200 of 784": (dense, (200, 784)),
    "tutorial's CNN, 16 of 24x24x3": (lambda: tutorial(24, 3, 3), (16, 3, 24, 24)),
    "tutorial's CNN, 200 of 28x28": (lambda: tutorial(28, 1, 10), (200, 1, 28, 28)),
}


def main() -> None:
    """Measure in turn and print the table in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="of steps for each figure")
    parser.add_argument("--step", type=int, metavar="THREADS", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        print(json.dumps(measured(asked.step, asked.seconds)))
        return
    found: dict[tuple[str, str, str], list[float]] = {}
    for turn in range(asked.runs):
        for beside in ("quiet", "busy"):
            with another(beside == "busy"):
                for way, (number, policy) in WAYS.items():
                    environment = {name: value for name, value in os.environ.items() if name not in NAMES}
                    environment |= {"OMP_WAIT_POLICY": policy} if policy else {}
                    command = [
                        sys.executable,
                        __file__,
                        "--step",
                        str(number),
                        "--seconds",
                        str(asked.seconds),
                    ]
                    done = drive.last_line(command, environment)[0]
                    for name, milliseconds in done.items():
                        found.setdefault((name, beside, way), []).append(milliseconds)
                    drive.say(f"run {turn + 1} of {asked.runs}, {beside}, {way}")
    from hakseup.training.machine import versions

    print(drive.about(asked.runs, versions()))
    columns = [(beside, way) for beside in ("quiet", "busy") for way in WAYS]
    print("| step | " + " | ".join(f"{beside}: {way}" for beside, way in columns) + " |")
    print("| --- |" + " ---: |" * len(columns))
    for name in STEPS:
        cells = [drive.spread(found[name, beside, way], "{:.1f}") for beside, way in columns]
        print(f"| {name} | " + " | ".join(cells) + " |")


@contextlib.contextmanager
def another(there: bool) -> Iterator[None]:
    """Another program that wants a core."""
    if not there:
        yield
        return
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield
        finally:
            process.kill()


def step(module: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor) -> None:
    """As any loop in PyTorch has it."""
    optimizer.zero_grad()
    nn.functional.cross_entropy(module(x), y).backward()
    optimizer.step()


def measured(threads: int, seconds: float) -> dict[str, float]:
    """Milliseconds of a step of each network."""
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    told = {}
    for name, (make, shape) in STEPS.items():
        module = make()
        x, y = torch.rand(shape), torch.arange(shape[0]) % 3
        if len(shape) == 4:
            module, x = module.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
        optimizer = torch.optim.Adam(module.parameters(), fused=True)

        for _ in range(5):
            step(module, optimizer, x, y)
        steps, began = 0, time.perf_counter()
        while time.perf_counter() < began + seconds:
            step(module, optimizer, x, y)
            steps += 1
        told[name] = 1000 * (time.perf_counter() - began) / steps
    return told


if __name__ == "__main__":
    main()
