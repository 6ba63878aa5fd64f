"""Drawings as other people would make them: circles, rectangles and triangles, drawn as strokes of a pen.

Made by other means than the augmentation, which warps pictures: here points move along outlines, a hand trembles,
ends miss or overshoot each other, and only then ink is laid on paper. Sizes go from half of the lecture's drawings to
as large as the paper allows; a part comes on paper twice as large, as from another program.

`DEVELOPMENT` is the seed to look at and to choose by. `REPORTED` is kept for the figure that is published.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

DEVELOPMENT, REPORTED = 1, 20170308
CLASSES = ("circle", "rectangle", "triangle")  # in the order of the lecture's folders
PAPER = 24  # pixels, as the lecture's
FINE = 12  # the pen moves on a grid this much finer than a pixel


def drawings(n: int, seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    """n drawings, the classes in turn.

    Returns:
        Pictures uint8 (side, side, 4), RGBA; and their classes, int64 (n,).
    """
    rng = np.random.default_rng([seed, 24])
    labels = np.arange(n) % len(CLASSES)
    return [draw(CLASSES[label], rng) for label in labels], labels


def draw(shape: str, rng: np.random.Generator) -> np.ndarray:
    """One drawing of this shape, RGBA uint8 (side, side, 4)."""
    side = PAPER * (2 if rng.random() < 0.25 else 1)
    wanted = (
        rng.uniform(9.5, 21.5) * side / PAPER
    )  # pixels, the longer side of the outline; the lecture's have 14 to 21
    width = rng.uniform(1.1, 3.4) * (side / PAPER) ** rng.uniform(0.3, 1)  # pixels of the pen
    width = min(width, wanted / 5)  # people see what it is: the outline does not close into a blot
    strokes = _OUTLINES[shape](rng)
    strokes = [_trembling(stroke, rng) for stroke in strokes]
    turn = np.deg2rad(rng.uniform(-35, 35))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    strokes = [stroke @ matrix.T for stroke in strokes]
    everything = np.concatenate(strokes)
    low, high = everything.min(0), everything.max(0)
    room = side - width - 1.0
    scale = min(wanted, room) / (high - low).max()
    free = room - (high - low) * scale
    offset = (width + 1.0) / 2 + rng.uniform(0, 1, 2) * free - low * scale
    ink = np.zeros((side * FINE, side * FINE), np.uint8)
    for stroke in strokes:
        _lay_ink(ink, (stroke * scale + offset) * FINE, width * FINE, rng)
    grey = cv2.resize(ink, (side, side), interpolation=cv2.INTER_AREA).astype(np.float64) / 255
    dark = rng.uniform(0, 70)
    paper = 255 - (255 - dark) * grey
    out = np.full((side, side, 4), 255, np.uint8)
    out[..., :3] = np.rint(paper)[..., None]
    return out


def _lay_ink(ink: np.ndarray, points: np.ndarray, width: float, rng: np.random.Generator) -> None:
    """A pen whose pressure changes slowly, round at its tip."""
    pressure = 1 + rng.uniform(0, 0.15) * _slow_noise(len(points), rng, 3)
    for a, b, p in zip(points[:-1], points[1:], pressure[:-1], strict=True):
        thick = max(1, round(width * p))
        cv2.line(ink, tuple(map(int, np.rint(a))), tuple(map(int, np.rint(b))), 255, thick, cv2.LINE_8)


def _circle(rng: np.random.Generator) -> list[np.ndarray]:
    """One stroke around, ending a little before or after where it began, on a slightly other radius."""
    t = np.linspace(0, 1, 120)
    sweep = 2 * np.pi * rng.uniform(0.94, 1.07)
    angle = rng.uniform(0, 2 * np.pi) + rng.choice([-1, 1]) * sweep * t
    radius = 1 + rng.uniform(-0.12, 0.12) * (t - 0.5)
    for harmonic in (2, 3, 4):
        radius = radius + rng.normal(0, 0.035 / harmonic) * np.cos(
            harmonic * angle + rng.uniform(0, 2 * np.pi)
        )
    long = rng.uniform(1, 1.4)
    tilt = rng.uniform(0, np.pi)
    points = np.stack([long * radius * np.cos(angle), radius * np.sin(angle)], 1)
    c, s = np.cos(tilt), np.sin(tilt)
    return [points @ np.array([[c, s], [-s, c]])]


def _rectangle(rng: np.random.Generator) -> list[np.ndarray]:
    """Sides from 1:1 to 1:2.2, corners that are not quite right."""
    aspect = np.exp(rng.uniform(-0.8, 0.8))
    w, h = np.sqrt(aspect), 1 / np.sqrt(aspect)
    corners = np.array([[-w, -h], [w, -h], [w, h], [-w, h]]) + rng.normal(0, 0.07 * min(w, h), (4, 2))
    return _polygon(corners, rng)


def _triangle(rng: np.random.Generator) -> list[np.ndarray]:
    """A base and a tip above it, over any point of the base; flat or steep."""
    height = rng.uniform(1.1, 2.6)
    corners = np.array([[rng.uniform(-0.9, 0.9), -height], [1, 0], [-1, 0]]) + rng.normal(0, 0.06, (3, 2))
    return _polygon(corners, rng)


_OUTLINES: dict[str, Callable[[np.random.Generator], list[np.ndarray]]] = {
    "circle": _circle,
    "rectangle": _rectangle,
    "triangle": _triangle,
}


def _polygon(corners: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """The sides, drawn in one go or one by one; each a little bent, ends missing or passing their corner."""
    corners = np.roll(corners, rng.integers(len(corners)), axis=0)
    if rng.random() < 0.5:
        corners = corners[::-1]
    size = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).min()
    apart = rng.random() < 0.4
    sides = []
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if apart:
            way = (b - a) / np.linalg.norm(b - a)
            a = a + way * rng.normal(0, 0.05) * size + rng.normal(0, 0.03, 2) * size
            b = b + way * rng.normal(0.01, 0.05) * size + rng.normal(0, 0.03, 2) * size
        t = np.linspace(0, 1, 40)[:, None]
        normal = np.array([-(b - a)[1], (b - a)[0]])
        sides.append(a + (b - a) * t + normal * rng.normal(0, 0.035) * 4 * t * (1 - t))
    if apart:
        return sides
    line = np.concatenate(sides)
    round_by = int(rng.integers(1, 6))  # a hand does not stop in a corner
    kernel = np.ones(round_by) / round_by
    line = np.stack(
        [
            np.convolve(np.pad(line[:, i], round_by, "edge"), kernel, "same")[round_by:-round_by]
            for i in (0, 1)
        ],
        1,
    )
    end = len(line) - int(rng.integers(0, 5))  # not quite closed
    line = line[:end]
    over = rng.uniform(0, 0.12) if rng.random() < 0.3 else 0.0  # or past its beginning
    return [np.concatenate([line, line[-1:] + (line[-1:] - line[-6:-5]) * over * 8])]


def _trembling(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A hand that is not steady: slow and quick tremor, some hands more than others."""
    size = float(np.ptp(points, axis=0).max())
    slow, quick = rng.uniform(0, 0.035), rng.uniform(0, 0.008)
    noise = np.stack(
        [slow * _slow_noise(len(points), rng, 5) + quick * _slow_noise(len(points), rng, 25) for _ in (0, 1)],
        1,
    )
    return points + noise * size


def _slow_noise(n: int, rng: np.random.Generator, bends: int) -> np.ndarray:
    """About standard normal, with so many bends over n points."""
    return np.interp(np.linspace(0, bends, n), np.arange(bends + 1), rng.normal(0, 1, bends + 1))


def sheet(pictures: list[np.ndarray], columns: int = 30, zoom: int = 2) -> np.ndarray:
    """Many drawings on one sheet, RGB uint8."""
    cells = [cv2.resize(p[..., :3], (PAPER, PAPER), interpolation=cv2.INTER_AREA) for p in pictures]
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % columns)
    rows = [np.concatenate(cells[i : i + columns], 1) for i in range(0, len(cells), columns)]
    return np.repeat(np.repeat(np.concatenate(rows), zoom, 0), zoom, 1)


def main() -> None:
    """Write them as PNG files, one folder per class."""
    parser = argparse.ArgumentParser(
        description="Write generated drawings as PNG files, one folder per class."
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--n", type=int, default=600)
    parser.add_argument("--seed", type=int, default=DEVELOPMENT)
    asked = parser.parse_args()
    from PIL import Image

    for i, (picture, label) in enumerate(zip(*drawings(asked.n, asked.seed), strict=True)):
        folder = asked.out / CLASSES[label]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / f"{CLASSES[label]}{i:04d}.png")


if __name__ == "__main__":
    main()
