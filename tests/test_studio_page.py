"""The page of the studio in a real Chromium: the whole way from an empty folder to a network that knows a drawing.

The tests are one story and run in the order they are written, in one browser, with the real server and real
trainings behind it. What the page says is held against the files in the workspace.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(
    filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome", "chrome"])), None
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium or Chrome on this machine")

SHAPES = ("circle", "square", "triangle")
EACH = 10
WAIT = 60_000  # milliseconds: a busy machine is no failure
VIEWS = ("data", "train", "inside", "try", "result")
# Little is enough for three shapes, and the way is the same.
QUICK = {"training.small_steps": "160", "training.min_steps": "160", "training.min_batches": "8"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="module")
def server(
    workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    home = tmp_path_factory.mktemp("home")
    own = {"HAKSEUP_HOME": str(home), "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HAKSEUP_")}
    call = [
        sys.executable,
        "-m",
        "hakseup",
        "studio",
        "--no-open",
        "--json",
        "--port",
        "0",
        "--workspace",
        str(workspace),
    ]
    with subprocess.Popen(
        call, env=kept | own, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"], process
        process.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def opened(server: tuple[str, Any], browser: Any) -> Iterator[tuple[Any, list[str]]]:
    """The page in Korean, and what its console complained about."""
    page = browser.new_context(viewport={"width": 1280, "height": 860}, locale="ko-KR").new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(server[0])
    page.wait_for_selector("h1")
    yield page, complaints


@pytest.fixture
def page(opened: tuple[Any, list[str]]) -> Iterator[Any]:
    """The page; a test ends without a complaint in the browser's console."""
    page, complaints = opened
    complaints.clear()
    yield page
    assert complaints == []


def draw(page: Any, shape: str, seed: int) -> None:
    """Draw with the mouse, a little different for each seed."""
    random = np.random.default_rng(seed)
    x, y = 0.5 + random.uniform(-0.06, 0.06, 2)
    size, turn = random.uniform(0.26, 0.36), random.uniform(-0.2, 0.2)
    corners = {"circle": 24, "square": 4, "triangle": 3}[shape]
    first = {"circle": 0.0, "square": math.pi / 4, "triangle": -math.pi / 2}[shape] + turn
    angles = [first + 2 * math.pi * corner / corners for corner in range(corners + 1)]
    ends = [(x + size * math.cos(angle), y + size * math.sin(angle)) for angle in angles]
    sheet = page.locator(".sheet")
    box = sheet.bounding_box()
    assert box is not None

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return box["x"] + point[0] * box["width"], box["y"] + point[1] * box["height"]

    page.mouse.move(*at(ends[0]))
    page.mouse.down()
    for end in ends[1:]:
        page.mouse.move(*at(end), steps=1 if shape == "circle" else 6)
    page.mouse.up()


def go(page: Any, view: str, **query: str) -> None:
    page.evaluate(
        "hash => { location.hash = hash }", f"#/{view}?" + "&".join(f"{k}={v}" for k, v in query.items())
    )
    page.wait_for_selector(f"main.{view} h1")


def pictures(workspace: Path) -> dict[str, int]:
    (folder,) = [path for path in (workspace / "data").iterdir() if path.is_dir()]
    return {
        path.name: len(list(path.glob("*.png"))) for path in folder.iterdir() if not path.name.startswith(".")
    }


def tiles(page: Any, n: int, shelf: int | None = None) -> None:
    """Wait until so many pictures are shown, in all or in one class."""
    where = page if shelf is None else page.locator(".shelf").nth(shelf)
    playwright.expect(where.locator(".tile img")).to_have_count(n, timeout=WAIT)


# What the modules work out by themselves, asked in the browser.


def test_particles_are_those_of_the_command_line(page: Any) -> None:
    from hakseup.words import josa

    words = ["사과", "귤", "서울", "3", "7", "8", "cat", "‘책’", "‘0’", "한(", "12"]
    pairs = [("을", "를"), ("으로", "로"), ("이라고", "라고")]
    ours = page.evaluate(
        "async ([words, pairs]) => { const { josa } = await import('/page/words.js');"
        "return pairs.map(([a, b]) => words.map((word) => josa(word, a, b))) }",
        [words, pairs],
    )
    assert ours == [[josa(word, f"{closed}/{opened}") for word in words] for closed, opened in pairs]


def test_numbers_are_written_as_in_the_report(page: Any) -> None:
    from hakseup.report.numbers import number, percent, probability

    shares, values = (
        [0.0, 1.0, 0.9998, 0.5, 0.333, 0.00004, 0.99],
        [0, 1234, 0.012345, 12.345, 1e-7, 3.0, 999.5],
    )
    ours = page.evaluate(
        "async ([shares, values]) => { const w = await import('/page/words.js'); return ["
        "shares.map((s) => w.percent(s, 1000)), shares.map((s) => w.probability(s)), values.map((v) => w.number(v))] }",
        [shares, values],
    )
    assert ours[0] == [percent(share, 1000) for share in shares]
    assert ours[1] == [probability(share) for share in shares]
    assert ours[2][:4] == [number(value) for value in values][:4]


def test_a_line_with_many_points_keeps_its_peaks(page: Any) -> None:
    got = page.evaluate(
        "async () => { const { thinned } = await import('/page/curves.js');"
        "const points = Array.from({ length: 20000 }, (_, i) => [i, Math.sin(i / 500)]);"
        "points[12345][1] = 9; points[777][1] = -9; return thinned(points) }"
    )
    assert len(got) <= 500
    assert [12345, 9] in got and [777, -9] in got
    assert [x for x, _ in got] == sorted(x for x, _ in got)


def test_news_of_a_training_is_joined_to_what_was_known(page: Any) -> None:
    got = page.evaluate(
        "async () => { const { joined } = await import('/page/events.js');"
        "let known = joined(null, { whole: true, rows: [{ epoch: 1, loss: 3 }], batches: { from: 0, loss: [5, 4] }, kernels: { data: 'a' } });"
        "known = joined(known, { whole: false, rows: [{ epoch: 2, loss: 1 }, { epoch: 1, loss: 2 }], batches: { from: 2, loss: [3] }, kernels: null });"
        "return [known.rows, known.losses, known.kernels.data, joined(known, { whole: true, rows: [] }).losses] }"
    )
    assert got == [[{"epoch": 1, "loss": 2}, {"epoch": 2, "loss": 1}], [5, 4, 3], "a", []]


def test_a_list_keeps_the_elements_of_what_stays(page: Any) -> None:
    got = page.evaluate(
        "async () => { const { each, h, signal } = await import('/page/reactive.js');"
        "const list = signal(['a', 'b', 'c']); const box = h('ul', null, each(list, (x) => x, (x) => h('li', null, x)));"
        "const b = box.children[1]; list.set(['c', 'b', 'd']); await null; await null;"
        "return [box.textContent, box.children[1] === b] }"
    )
    assert got == ["cbd", True]


# The story.


def test_thirty_drawings_become_thirty_files(page: Any, workspace: Path) -> None:
    page.fill("#new-classes", ", ".join(SHAPES))
    page.click(".draw-way button[type=submit]")
    page.wait_for_selector(".sheet")
    for place, shape in enumerate(SHAPES):
        page.keyboard.press(str(place + 1))
        for seed in range(EACH):
            draw(page, shape, 100 * place + seed)
            page.keyboard.press("Enter")
    tiles(page, 3 * EACH)
    assert pictures(workspace) == dict.fromkeys(SHAPES, EACH)
    for path in workspace.glob("data/*/*/*.png"):
        seen = np.asarray(Image.open(path).convert("RGB")).astype(int)
        assert seen.shape[0] == seen.shape[1] and seen.min() < 40  # ink
        assert (seen[[0, -1]] == 255).all() and np.ptp(
            seen, axis=2
        ).max() == 0  # white round it, and no colour
    page.wait_for_selector(".findings .verdict")


def test_an_empty_sheet_is_not_kept(page: Any, workspace: Path) -> None:
    page.keyboard.press("Enter")
    assert page.locator(".easel .button.primary").is_disabled()
    assert pictures(workspace) == dict.fromkeys(SHAPES, EACH)


def test_ink_can_be_taken_back_and_the_last_picture_too(page: Any, workspace: Path) -> None:
    draw(page, "square", 1)
    page.keyboard.press("Control+z")  # the ink
    assert page.locator(".easel .button.primary").is_disabled()
    page.keyboard.press("Control+y")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    tiles(page, 3 * EACH + 1)
    page.keyboard.press("Control+z")  # the picture: the sheet is empty
    tiles(page, 3 * EACH)
    assert pictures(workspace) == dict.fromkeys(SHAPES, EACH)


def test_one_draws_with_the_keyboard(page: Any, workspace: Path) -> None:
    page.locator(".sheet").focus()
    page.keyboard.press("Space")
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        for _ in range(8):
            page.keyboard.press(key)
    page.keyboard.press("Space")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    tiles(page, 3 * EACH + 1)
    assert pictures(workspace)["square"] == EACH + 1
    page.keyboard.press("Control+z")
    tiles(page, 3 * EACH)


def test_a_picture_moves_to_another_class_and_back(page: Any, workspace: Path) -> None:
    page.locator(".shelf").nth(0).locator(".tile button").first.click()
    page.keyboard.press("3")
    tiles(page, EACH + 1, 2)
    assert pictures(workspace) == {"circle": EACH - 1, "square": EACH, "triangle": EACH + 1}
    page.locator(".message .link").last.click()
    tiles(page, EACH, 0)
    assert pictures(workspace) == dict.fromkeys(SHAPES, EACH)
