"""Frozen, learning further, or from nothing: the same few photographs, three trainings.

    pip install 'hakseup[transfer]' scikit-image
    python benchmarks/photographs.py [RECIPE [section.key=value ...]]

Real photographs with labels come with no package, so ten that scikit-image and scikit-learn ship are cut into pieces:
which photograph is a piece from? Training pieces come from the left half, test pieces from the right half, so none
overlap. It is a question of texture and colour more than of things, and kind to a network that starts from nothing.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

NAMES = (
    "astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png",
    "hubble_deep_field.jpg", "retina.jpg", "ihc.png",
)  # fmt: skip
PIECES = 20  # a photograph and part


def pieces(place: Path) -> Path:
    """200 training and 200 test pieces, each 3/8 of the short side, as JPEG of 160 x 160."""
    import skimage
    import sklearn

    found = [Path(skimage.__file__).parent / "data" / name for name in NAMES]
    found += [
        Path(sklearn.__file__).parent / "datasets" / "images" / name for name in ("china.jpg", "flower.jpg")
    ]
    rng = np.random.default_rng(0)
    for path in found:
        picture = Image.open(path).convert("RGB")
        width, height = picture.size
        side = min(width, height) * 3 // 8
        for part, first, last in (("train", 0, width // 2 - side), ("test", width // 2, width - side)):
            folder = place / part / path.stem
            folder.mkdir(parents=True)
            for i in range(PIECES):
                x, y = int(rng.integers(first, last + 1)), int(rng.integers(0, height - side + 1))
                piece = picture.crop((x, y, x + side, y + side)).resize((160, 160))
                piece.save(folder / f"{i}.jpg", quality=90)
    return place


def measure(recipe: str, settings: dict[str, str]) -> None:
    """Train, evaluate, print a line."""
    import hakseup

    with tempfile.TemporaryDirectory() as place:
        data = pieces(Path(place) / "pieces")
        cpu = time.process_time()
        run = hakseup.train(data, recipe=recipe, settings=settings, out=Path(place) / "runs")
        cpu = time.process_time() - cpu
        about = json.loads((run.path / "run.json").read_text("utf-8"))
        tested = run.evaluate()
        low, high = tested["interval"]["accuracy"]
        print(
            f"{recipe} {settings}: test {tested['test']['accuracy']:.3f} [{low:.3f}, {high:.3f}], "
            f"training {about['train_seconds']:.1f} s, processor {cpu:.1f} s in all, {about['precision']}"
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], dict(word.split("=", 1) for word in sys.argv[2:]))
    else:
        measure("fast", {})
        measure("photos", {})
        measure(
            "photos", {"network.trainable": "true", "training.epochs": "3", "training.final_fit": "false"}
        )
