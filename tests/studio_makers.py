"""A studio for tests: its client with the token, and drawings."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from starlette.testclient import TestClient

from hakseup.studio.app import create_app
from hakseup.studio.guard import Door
from hakseup.studio.workspace import Workspace

PORT = 8123
BASE = f"http://127.0.0.1:{PORT}"
DOOR = Door("secret-of-the-test", PORT)
KEY = {"Authorization": f"Bearer {DOOR.token}"}


def client(root: Path, door: Door = DOOR, **options: Any) -> TestClient:
    """A client of a studio in this folder, with the token."""
    app = create_app(Workspace.at(root), door)
    return TestClient(app, base_url=BASE, headers={**KEY, "Accept-Language": "en"}, **options)


def drawing(shape: str, seed: int, side: int = 96) -> bytes:
    """A PNG file with a circle, a box or a cross, dark on white, a little different for each seed."""
    random = np.random.default_rng(seed)
    x, y = random.integers(side * 2 // 5, side * 3 // 5, 2)
    r = int(random.integers(side // 6, side // 4))
    image = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(image)
    if shape == "circle":
        pen.ellipse([x - r, y - r, x + r, y + r], outline=0, width=4)
    elif shape == "box":
        pen.rectangle([x - r, y - r, x + r, y + r], outline=0, width=4)
    else:
        pen.line([x - r, y - r, x + r, y + r], fill=0, width=4)
        pen.line([x - r, y + r, x + r, y - r], fill=0, width=4)
    return as_png(image)


def homes(rows: int = 160) -> str:
    """A table of prices that follow from size and place; the number on the door has no say."""
    random = np.random.default_rng(0)
    lines = ["size,place,door,price"]
    for _ in range(rows):
        size, place, door = random.integers(20, 200), random.choice(["town", "country"]), random.integers(9)
        price = 10 * size + (900 if place == "town" else 0) + random.integers(-20, 20)
        lines.append(f"{size},{place},{door},{price}")
    return "\n".join(lines)


def as_png(image: Image.Image) -> bytes:
    """The picture as a PNG file."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def files_below(root: Path) -> dict[str, bytes]:
    """Every file below a folder, with what is in it."""
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}
