"""The studio for people and browsers: its server in a process of its own, Chromium, and a hand that draws."""

from __future__ import annotations

import itertools
import json
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import numpy as np

CHROMIUM = next(
    filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome", "chrome"])), None
)
SHAPES = ("circle", "square", "triangle")
VIEWS = ("data", "train", "inside", "try", "result")


@contextmanager
def launched() -> Iterator[Any]:
    """A Chromium without a window, with a camera that shows a test picture and asks nobody."""
    from playwright.sync_api import sync_playwright

    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with sync_playwright() as started:
        chromium = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *camera]
        )
        yield chromium
        chromium.close()


@contextmanager
def serving(workspace: Path, home: Path, **more: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a studio that works in this folder, and its process.

    Args:
        workspace: its folder. home: what it remembers across runs. more: variables of its environment.
    """
    own = {"HAKSEUP_HOME": str(home), "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8", **more}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HAKSEUP_")}
    call = [sys.executable, "-m", "hakseup", "studio", "--no-open", "--json", "--port", "0"]
    with subprocess.Popen(
        [*call, "--workspace", str(workspace)],
        env=kept | own,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        try:
            yield url, process
        finally:
            stop_trainings(url)
            process.terminate()


def stop_trainings(url: str) -> None:
    """They would outlive the server."""
    address, _, token = url.partition("/?token=")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(path: str, body: bytes | None = None) -> Any:
        with urlopen(Request(address + path, body, headers), timeout=20) as answer:
            return json.load(answer)

    def working() -> list[str]:
        return [job["job"] for job in ask("/api/jobs")["jobs"] if job["state"] == "working"]

    with suppress(URLError):  # the server is gone already
        for job in working():
            ask(f"/api/jobs/{job}/stop", b"{}")
        deadline = time.monotonic() + 60
        while working() and time.monotonic() < deadline:
            time.sleep(0.2)


def draw(page: Any, shape: str, seed: int) -> None:
    """Draw with the mouse, a little different for each seed."""
    random = np.random.default_rng(seed)
    x, y = 0.5 + random.uniform(-0.06, 0.06, 2)
    size, turn = random.uniform(0.26, 0.36), random.uniform(-0.2, 0.2)
    corners = {"circle": 24, "square": 4, "triangle": 3}[shape]
    first = {"circle": 0.0, "square": math.pi / 4, "triangle": -math.pi / 2}[shape] + turn
    angles = [first + 2 * math.pi * corner / corners for corner in range(corners + 1)]
    stroke(page, [(x + size * math.cos(angle), y + size * math.sin(angle)) for angle in angles])


def stroke(page: Any, points: list[tuple[float, float]]) -> None:
    """One stroke through these points of the sheet, 0 to 1."""
    box = page.locator(".sheet").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for before, place in itertools.pairwise(places):
        page.mouse.move(*place, steps=max(1, round(math.dist(before, place) / 25)))
    page.mouse.up()


# Counts the questions that are under way, so that nobody has to guess how long their answers take.
ASKING = """window.asking = 0; const asked = window.fetch;
window.fetch = (...all) => { window.asking++; return asked(...all).finally(() => window.asking--) };"""
QUIET = """() => new Promise((done) => {
  let still = 0; let last = ""; const began = performance.now();
  const look = () => {
    const now = document.querySelector("main").innerHTML.length;
    still = !window.asking && now === last ? still + 1 : 0; last = now;
    if (still >= 4 || performance.now() - began > 20000) done(); else setTimeout(look, 25);
  };
  look();
})"""


def quiet(page: Any) -> None:
    """Wait until nothing is asked for and nothing changes; the page was opened with the script ASKING."""
    page.evaluate(QUIET)


def drop(page: Any, place: str, *paths: Path) -> None:
    """Drop files and folders of this machine, as from its file manager."""
    box = page.locator(place).first.bounding_box()
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + min(box["height"] / 2, 200)}
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **at, "data": data})


def go(page: Any, view: str, **query: str) -> None:
    """Open a view anew; what is not said the page chooses itself."""
    query_string = "&".join(f"{name}={value}" for name, value in query.items())
    page.evaluate("hash => { location.hash = hash }", f"#/{view}?{query_string}")
    page.wait_for_selector(f"main.{view} h1")
