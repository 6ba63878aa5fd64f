"""“I do not know”: how often it is said of pictures of other kinds, and of the kind that was learnt. One table per score.

    python benchmarks/unknown.py [RUN...] [--false-alarms 0.01]

Without runs `fast` is trained on digits, shapes, mnist and fashion_mnist (HAKSEUP_DATA), seed 0. The share on the data's
own test pictures is the false alarms; their labels are not read and no test part is opened. The first row is what
hakseup does; the others are what lost: the same rule with another score.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import nonsense
import numpy as np
from scipy.special import logsumexp
from sklearn.datasets import load_digits

import hakseup
from hakseup.api.run import Run
from hakseup.data.preparation import Preparation
from hakseup.evaluation import drawn, unknown
from hakseup.evaluation.alarms import Alarms
from hakseup.evaluation.watching import watch
from hakseup.models.inference import logits
from hakseup.progress import Silence
from hakseup.runs import folder as names

TRAINED = ("digits", "shapes", "mnist", "fashion_mnist")
MOST = 1000  # pictures of each kind
REPORTED = 1  # seed of the drawings; by those of seed 0 the score was chosen


def kinds(prepared: Preparation, wanted: drawn.Manner | None) -> dict[str, np.ndarray]:
    """Pictures of many kinds, as `predict` would bring them to the model, uint8 (n, h, w, c)."""
    rng = np.random.default_rng(0)
    shape = prepared.input_shape
    small = (load_digits().images[:MOST] * 16).clip(0, 255).astype(np.uint8)
    found: dict[str, Any] = {"digits": small}
    for name in ("mnist", "fashion_mnist"):
        with np.load(Path(os.environ["HAKSEUP_DATA"]) / f"{name}.npz") as content:
            found[name] = content["x_test"][:MOST]
    folder = Path(os.environ["HAKSEUP_DATA"]) / "handwriting_shape"
    found["shapes"] = sorted(folder.rglob("*.png"))
    found["mnist, inverted"] = 255 - found["mnist"]
    found["noise"] = rng.integers(0, 256, (MOST, *shape), dtype=np.uint8)
    found["smooth noise"] = rng.integers(0, 256, (MOST, 5, 5), dtype=np.uint8)
    found["other drawings"] = np.concatenate(list(nonsense.drawings(12, REPORTED).values()))
    found["blank"] = np.broadcast_to(np.arange(256, dtype=np.uint8)[:, None, None], (256, *shape[:2]))
    return {
        name: np.stack([drawn.taken(one, prepared, wanted)[0] for one in many])
        for name, many in found.items()
    }


def rows(run: Run, asked: float) -> tuple[list[str], list[list[str]]]:
    """The header and one row per score."""
    module, _final = run.module()
    prepared = Preparation.from_dict(run.folder.json(names.PREPARATION))
    whole = run.read_data(Silence())
    images, parts = whole.pictures.images, whole.split
    order = np.random.default_rng(0).permutation(len(parts.train))[: 2 * MOST]
    sets = {"its own test pictures": images[parts.test[:10_000]], **kinds(prepared, drawn.of_run(run.folder))}
    sets.pop(whole.pictures.name, None)
    everything = {"validation": images[parts.validation], "train": images[parts.train[order]], **sets}
    reference = unknown.read(run.folder)
    assert reference is not None and reference.inner is not None
    inner = reference.inner
    full = reference.features.astype(np.float32)
    features, moments, outputs, near, two = {}, {}, {}, {}, {}
    for name, pictures in everything.items():
        with watch(module, prepared, every=reference.every) as looking:
            outputs[name] = np.concatenate(
                [block.numpy() for block in logits(module, pictures, None, prepared, batch_size=256)]
            )
            taken = looking.take()
        near[name] = reference.score(taken)
        features[name], moments[name] = np.split(taken, [looking.width], axis=1)
        two[name] = replace(reference, inner=None).score(taken)
    scores = {
        "three distances (chosen)": near,
        "the two of the last layer": two,
        "nearest training features": {n: unknown._nearest(x, full) for n, x in features.items()},
        "Mahalanobis": {n: reference.last.away(x) for n, x in features.items()},
        "Mahalanobis, layers before": {n: inner.away(x) for n, x in moments.items()},
        "energy": {name: -logsumexp(out, axis=1) for name, out in outputs.items()},
        "largest probability": {name: logsumexp(out, axis=1) - out.max(1) for name, out in outputs.items()},
        "nearest training pixels": _pixels(everything),
    }
    table = []
    for title, of in scores.items():
        chosen = title.endswith("(chosen)")
        alarms = Alarms(reference.known if chosen else np.sort(_positive(of, "validation")), asked)
        row = [title]
        for name, pictures in sets.items():
            refused = alarms.refused(of[name] if chosen else _positive(of, name))
            if chosen:
                refused |= reference.empty(pictures) | reference.noise(pictures)
            row.append(f"{100 * refused.mean():.3g} %")
        table.append(row)
    stated = Alarms(reference.known, asked).words().en
    print(
        f"\n### {whole.pictures.name}: {len(parts.validation)} validation pictures\n\n{stated}\n", flush=True
    )
    return list(sets), table


def _positive(of: dict[str, np.ndarray], name: str) -> np.ndarray:
    """Scores above 0, as the rule for few pictures takes their logarithm."""
    lowest = min(0.0, float(of["validation"].min()))
    return of[name] - lowest + (1.0 if lowest else 0.0)


def _pixels(everything: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    flat = {name: p.reshape(len(p), -1).astype(np.float32) / 255 for name, p in everything.items()}
    return {name: unknown._nearest(x, flat["train"]) for name, x in flat.items()}


def main() -> None:
    """Print the tables in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="*", metavar="RUN")
    parser.add_argument("--false-alarms", type=float, default=0.01)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["HAKSEUP_HOME"] = home
        made = [Run(path) for path in asked.runs]
        for name in () if asked.runs else TRAINED:
            print(f"training on {name}", file=sys.stderr, flush=True)
            made.append(hakseup.train(name, out=home))
        for run in made:
            header, table = rows(run, asked.false_alarms)
            print("| score | " + " | ".join(header) + " |\n| --- |" + " --- |" * len(header))
            for row in table:
                print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
