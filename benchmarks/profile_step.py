"""Where the time of a training step goes: share of the machine's matrix-product peak, and the rest by kind of work.

    python benchmarks/profile_step.py mnist-cnn:mnist fast:mnist [--precision bf16] [--precision fp32] [--steps 40]

The training is a real one (`hakseup.train`). Between its batches first --steps steps are timed as they are, then as
many are recorded with torch.profiler. An operation counts with the time that is its own; what no operation accounts
for is Python and waiting; where a batch is worked on in parts side by side, the thread that leads is the one that is
recorded. Recording itself costs some microseconds an operation, so the parts are given in shares of the recorded
time, and the seconds are those of the steps that were not recorded. The peak is the best of ten products of two
2,048-square matrices in the same precision, with all threads, in the same process.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import drive
import torch
from torch.profiler import ProfilerActivity, profile, record_function

import hakseup
from hakseup.data.batches import Batches

WARM = 10  # steps before anything is timed
BATCH = "making the batch"
# Part of an operation's name -> kind; the first that fits counts. Forward and backward are told apart by the parent.
KINDS = (
    ("conv", "convolution"),
    ("batch_norm", "normalisation"),
    ("native_norm", "normalisation"),
    ("max_pool", "pooling"),
    ("avg_pool", "pooling"),
    ("adaptive", "pooling"),
    ("addmm", "dense layers"),
    ("aten::mm", "dense layers"),
    ("linear", "dense layers"),
    ("relu", "activation"),
    ("threshold", "activation"),
    ("dropout", "dropout"),
    ("bernoulli", "dropout"),
    ("softmax", "loss and accuracy"),
    ("nll_loss", "loss and accuracy"),
    ("cross_entropy", "loss and accuracy"),
    ("argmax", "loss and accuracy"),
    ("aten::copy_", "copies and conversions"),
    ("aten::_to_copy", "copies and conversions"),
    ("aten::to", "copies and conversions"),
    ("contiguous", "copies and conversions"),
    ("clone", "copies and conversions"),
    ("_fused_", "optimizer"),
    ("_foreach_", "optimizer"),
)


class Watch:
    """Times and records steps of a training, from between its batches."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.seconds = 0.0  # of one step, not recorded
        self.recorded = 0.0  # of all recorded steps
        self.pictures = 0
        self.events: list[Any] = []

    def epoch(self, batches: Batches, *where: Any) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """The batches of an epoch, with a look at the clock between them."""
        made = ORIGINAL(batches, *where)
        recorder = profile(activities=[ProfilerActivity.CPU])
        start, step = 0.0, 0
        while True:
            if step == WARM:
                start = time.perf_counter()
            if step == WARM + self.steps:
                self.seconds = (time.perf_counter() - start) / self.steps
                recorder.start()
                start = time.perf_counter()
            if step == WARM + 2 * self.steps:
                self.recorded = time.perf_counter() - start
                recorder.stop()
                self.events = list(recorder.events())
            with record_function(BATCH):
                batch = next(made, None)
            if batch is None:
                return
            self.pictures = len(batch[1])
            yield batch
            step += 1


ORIGINAL = Batches.epoch


def kinds(events: list[Any]) -> dict[str, float]:
    """Seconds by kind, over all recorded steps."""
    out: dict[str, float] = defaultdict(float)
    leading = {event.thread for event in events if event.name == BATCH}
    for event in events:
        if event.thread not in leading:
            continue
        family = [event.name]
        parent = event.cpu_parent
        while parent is not None:
            family.append(parent.name)
            parent = parent.cpu_parent
        if BATCH in family:
            kind = BATCH
        elif any(name.startswith("Optimizer.") for name in family):
            kind = "optimizer"
        else:
            # The outermost operation that has a kind decides: what a convolution copies belongs to it.
            kind = next((k for name in reversed(family) if (k := _kind(name))), "other operations")
            if kind in ("convolution", "normalisation", "pooling", "dense layers"):
                back = any("autograd::engine" in name or "ackward" in name for name in family)
                kind += ", backward" if back else ", forward"
        out[kind] += event.self_cpu_time_total / 1e6
    return out


def _kind(name: str) -> str | None:
    low = name.lower()
    return next((kind for part, kind in KINDS if part in low), None)


def operations(module: torch.nn.Module, shape: tuple[int, ...]) -> int:
    """Floating point operations of a step for one picture: forward, backward to weights, backward to inputs."""
    counted: list[int] = []

    def count(layer: torch.nn.Module, _inputs: Any, out: torch.Tensor) -> None:
        if isinstance(layer, torch.nn.Conv2d):
            counted.append(layer.weight.numel() * out.shape[2] * out.shape[3])
        elif isinstance(layer, torch.nn.Linear):
            counted.append(layer.weight.numel())

    hooks = [layer.register_forward_hook(count) for layer in module.modules()]
    with torch.inference_mode():
        module.eval()(torch.zeros(1, *shape))
    for hook in hooks:
        hook.remove()
    return 2 * (3 * sum(counted) - counted[0])  # nothing is derived by the pictures


def peak(precision: str, side: int = 2048, times: int = 10) -> float:
    """Floating point operations a second of a large matrix product."""
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    a, b = torch.randn(side, side).to(kind), torch.randn(side, side).to(kind)
    best = float("inf")
    for _ in range(times + 1):
        start = time.perf_counter()
        torch.mm(a, b)
        best = min(best, time.perf_counter() - start)
    return 2 * side**3 / best


def measured(recipe: str, data: str, precision: str, steps: int) -> None:
    """Train a little, and print its table."""
    watch = Watch(steps)
    Batches.epoch = lambda batches, *where: watch.epoch(batches, *where)  # type: ignore[method-assign]
    settings = {"training.precision": precision, "training.epochs": 1}
    settings["training.steps_per_epoch"] = WARM + 2 * steps + 1
    try:
        with tempfile.TemporaryDirectory() as folder:
            run = hakseup.train(data, recipe=recipe, settings=settings, out=folder)
            module, shape = (
                run.module()[0],
                tuple(run.folder.json("preparation.json")[k] for k in ("channels", "size")),
            )
            used = run.summary["precision"]
    finally:
        Batches.epoch = ORIGINAL  # type: ignore[method-assign]
    flops = operations(module, (shape[0], *shape[1])) * watch.pictures
    top = peak(used)
    by_kind = kinds(watch.events)
    by_kind["Python, and waiting"] = max(0.0, watch.recorded - sum(by_kind.values()))
    print(
        f"\n`{recipe}` on {data}, {used}, {torch.get_num_threads()} threads, batches of {watch.pictures}: a step takes "
        f"{watch.seconds * 1e3:.1f} ms ({watch.pictures / watch.seconds:,.0f} pictures a second); {flops / 1e9:.2f} "
        f"thousand million operations, {flops / watch.seconds / 1e9:,.0f} a second; the machine's peak is "
        f"{top / 1e9:,.0f}: {flops / watch.seconds / top:.0%} of it.\n"
    )
    print("| kind of work | share | milliseconds a step |\n| --- | --- | --- |")
    for kind, seconds in sorted(by_kind.items(), key=lambda item: -item[1]):
        share = seconds / watch.recorded
        if share >= 0.001:
            print(f"| {kind} | {share:.1%} | {share * watch.seconds * 1e3:.2f} |")


def main() -> None:
    """One table for each recipe and precision."""
    parser = drive.options(__doc__)
    parser.add_argument("what", nargs="*", default=["mnist-cnn:mnist", "fast:mnist"], metavar="RECIPE:DATA")
    parser.add_argument("--precision", action="append", choices=["bf16", "fp32"], default=[])
    parser.add_argument("--steps", type=int, default=40)
    asked = parser.parse_args()
    from hakseup.training.machine import versions

    here = versions()
    print(drive.about(1, {name: here[name] for name in ("python", "torch", "hakseup") if name in here}))
    for what in asked.what:
        recipe, _, data = what.partition(":")
        for precision in asked.precision or ["bf16", "fp32"]:
            measured(recipe, data or "mnist", precision, 3 if asked.quick else asked.steps)


if __name__ == "__main__":
    main()
