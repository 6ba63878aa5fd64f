"""Drawings of anything but digits and garments, as people try a drawing board: scribbles, faces, letters, arrows, houses.

    python benchmarks/nonsense.py [--seed 0] [--out nonsense.png]     a sheet of them to look at

Dark lines on a white board of 280x280, with places, sizes, pens and a trembling of their own.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import cv2
import numpy as np

SIDE, MIDDLE = 280, 140.0
Rng = np.random.Generator
Lines = list[np.ndarray]  # each float (n, 2): x and y of its points
TURN = 2 * np.pi


def _arc(x: float, y: float, radius: float, start: float = 0.0, end: float = TURN) -> np.ndarray:
    angles = np.linspace(start, end, 40)
    return np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], 1)


def _scribble(rng: Rng) -> Lines:
    """A smooth line that wanders about."""
    steps = np.cumsum(rng.normal(0, 35, (int(rng.integers(12, 40)), 2)), 0)
    steps = 40 + 200 * (steps - steps.min(0)) / np.ptp(steps, axis=0).max()
    at = np.linspace(0, len(steps) - 1, 12 * len(steps))
    line = np.stack([np.interp(at, np.arange(len(steps)), steps[:, axis]) for axis in (0, 1)], 1)
    return [cv2.GaussianBlur(line, (1, 15), 4)]


def _blackened(rng: Rng) -> Lines:
    """To and fro until the ground is black."""
    x = np.linspace(60, 220, int(rng.integers(15, 30)))
    y = np.where(np.arange(len(x)) % 2, 70, 210) + rng.normal(0, 15, len(x))
    return [np.stack([x, y], 1)]


def _face(rng: Rng) -> Lines:
    radius = rng.uniform(60, 100)
    eyes = [_arc(MIDDLE + side * 0.35 * radius, MIDDLE - radius / 4, 4) for side in (-1, 1)]
    mouth = _arc(MIDDLE, MIDDLE + 0.05 * radius, 0.55 * radius, 0.15 * np.pi, 0.85 * np.pi)
    return [_arc(MIDDLE, MIDDLE, radius), *eyes, mouth]


def _heart(rng: Rng) -> Lines:
    a, size = np.linspace(0, TURN, 60), rng.uniform(4, 6.5)
    y = 13 * np.cos(a) - 5 * np.cos(2 * a) - 2 * np.cos(3 * a) - np.cos(4 * a)
    return [MIDDLE + size * np.stack([16 * np.sin(a) ** 3, -y], 1)]


def _star(rng: Rng) -> Lines:
    a = np.arange(6) * 2 * TURN / 5 - TURN / 4
    return [MIDDLE + rng.uniform(70, 105) * np.stack([np.cos(a), np.sin(a)], 1)]


def _arrow(rng: Rng) -> Lines:
    a = rng.uniform(0, TURN)
    tip = MIDDLE + 90 * np.array([np.cos(a), np.sin(a)])
    barbs = [tip - 60 * np.array([np.cos(a + bend), np.sin(a + bend)]) for bend in (-0.5, 0.5)]
    return [np.stack([2 * MIDDLE - tip, tip]), np.stack([barbs[0], tip, barbs[1]])]


def _house(rng: Rng) -> Lines:
    walls = [(80, 140), (80, 220), (200, 220), (200, 140), (80, 140)]
    door = [(125, 220), (125, 175), (155, 175), (155, 220)]
    return [np.array(line, float) for line in (walls, [(70, 140), (140, 60), (210, 140)], door)]


def _cross(rng: Rng) -> Lines:
    if rng.random() < 0.5:
        return [np.array([(140.0, 50), (140, 230)]), np.array([(50.0, 140), (230, 140)])]
    return [np.array([(60.0, 60), (220, 220)]), np.array([(220.0, 60), (60, 220)])]


def _spiral(rng: Rng) -> Lines:
    a = np.linspace(0, rng.uniform(4, 7) * np.pi, 150)
    radius = rng.uniform(75, 105) * a / a[-1]
    return [MIDDLE + radius[:, None] * np.stack([np.cos(a), np.sin(a)], 1)]


def _grid(rng: Rng) -> Lines:
    at = (60, 113, 166, 220)
    return [np.array(line, float) for x in at for line in ([(x, 60), (x, 220)], [(60, x), (220, x)])]


def _dots(rng: Rng) -> Lines:
    return [_arc(*rng.uniform(50, 230, 2), 4) for _ in range(int(rng.integers(4, 10)))]


def _flower(rng: Rng) -> Lines:
    petals = [_arc(MIDDLE + 42 * np.cos(a), 100 + 42 * np.sin(a), 20) for a in np.arange(6) * TURN / 6]
    return [_arc(MIDDLE, 100, 22), *petals, np.array([(140.0, 165), (142, 240)])]


def _person(rng: Rng) -> Lines:
    body = [(140, 103), (140, 175)], [(85, 130), (195, 130)], [(95, 240), (140, 175), (185, 240)]
    return [_arc(MIDDLE, 75, 28), *(np.array(line, float) for line in body)]


def _wave(rng: Rng) -> Lines:
    x = np.linspace(40, 240, 80)
    return [np.stack([x, MIDDLE + 35 * np.sin(x / rng.uniform(9, 16))], 1)]


def _letter(rng: Rng) -> str:
    return str(rng.choice(list("AEFHKMNRWXVPTUY")))


def _sign(rng: Rng) -> str:
    return str(rng.choice(list("?&@#%$")))


def _number(rng: Rng) -> str:
    return "".join(rng.choice(list("0123456789"), int(rng.integers(2, 4))))


KINDS: dict[str, Callable[[Rng], Lines | str]] = {
    "scribble": _scribble,
    "blackened": _blackened,
    "face": _face,
    "heart": _heart,
    "star": _star,
    "arrow": _arrow,
    "house": _house,
    "cross": _cross,
    "spiral": _spiral,
    "grid": _grid,
    "dots": _dots,
    "flower": _flower,
    "person": _person,
    "wave": _wave,
    "letter": _letter,
    "sign": _sign,
    "number of several digits": _number,
}


def drawings(n: int, seed: int) -> dict[str, np.ndarray]:
    """So many of each kind, uint8 (n, SIDE, SIDE, 1)."""
    made = {}
    for i, (name, kind) in enumerate(KINDS.items()):
        rng = np.random.default_rng((seed, i))
        made[name] = np.stack([_draw(kind(rng), rng) for _ in range(n)])[..., None]
    return made


def _draw(what: Lines | str, rng: Rng) -> np.ndarray:
    board, pen = np.full((SIDE, SIDE), 255, np.uint8), int(rng.integers(7, 16))
    if isinstance(what, str):
        font = int(rng.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX]))
        large = 230 / max(cv2.getTextSize(what, font, 1, 1)[0])
        (wide, high), _base = cv2.getTextSize(what, font, min(large, 6), pen)
        at = round(MIDDLE - wide / 2), round(MIDDLE + high / 2)
        cv2.putText(board, what, at, font, min(large, 6), 0, pen, cv2.LINE_AA)
    else:
        for line in what:
            trembling = line + rng.normal(0, 4 if len(line) < 12 else 1, line.shape)
            cv2.polylines(board, [np.rint(trembling).astype(np.int32)], False, 0, pen, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((MIDDLE, MIDDLE), rng.uniform(-12, 12), rng.uniform(0.7, 1))
    turned: np.ndarray = cv2.warpAffine(board, turn, (SIDE, SIDE), flags=cv2.INTER_AREA, borderValue=255)
    return turned


def main() -> None:
    """Write a sheet, a row for each kind."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="nonsense.png")
    asked = parser.parse_args()
    rows = [np.hstack(list(many[..., 0])) for many in drawings(8, asked.seed).values()]
    cv2.imwrite(asked.out, cv2.resize(np.vstack(rows), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA))
    print(asked.out)


if __name__ == "__main__":
    main()
