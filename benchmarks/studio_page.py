"""The page of the studio: how soon it shows, how soon the bars follow the pen, and its pictures.

    python benchmarks/studio_page.py --pictures FOLDER     every view, wide and narrow, light and dark, ko and en
    python benchmarks/studio_page.py --seconds mnist       page load and stroke to bars, on a network trained on MNIST

Both start a studio in a folder that is thrown away and drive Chromium through it. The hand that draws is the tests'.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from studio_browser import SHAPES, VIEWS, draw, go, launched, serving, stroke

DRAWINGS = 14  # of each shape
NAMES = {"circle": "동그라미", "square": "네모", "triangle": "세모"}
WAIT = 240_000  # milliseconds
SIZES = {"wide": (1280, 860), "narrow": (390, 844)}
# A stroke moves on, and the answer to it shows: milliseconds between.
LATENCY = """async (seconds) => {
  const sheet = document.querySelector(".sheet"), box = sheet.getBoundingClientRect();
  const at = (x, y) => ({ clientX: box.left + x * box.width, clientY: box.top + y * box.height,
    pointerId: 1, isPrimary: true, button: 0, buttons: 1, pointerType: "mouse", bubbles: true });
  sheet.setPointerCapture = () => {};
  const took = [];
  let begun = null;
  new MutationObserver(() => {
    if (begun !== null) took.push(performance.now() - begun);
    begun = null;
  }).observe(document.querySelector(".seen"), { childList: true, subtree: true, attributes: true });
  sheet.dispatchEvent(new PointerEvent("pointerdown", at(0.3, 0.2)));
  for (let i = 1; i <= seconds * 10; i++) {
    const turn = i / 9;
    begun = performance.now();
    sheet.dispatchEvent(new PointerEvent("pointermove", at(0.5 + 0.25 * Math.cos(turn), 0.5 + 0.3 * Math.sin(turn))));
    await new Promise((done) => setTimeout(done, 100));
  }
  sheet.dispatchEvent(new PointerEvent("pointerup", at(0.5, 0.5)));
  return took;
}"""


def main() -> None:
    """Take the pictures, or the times."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=Path, metavar="FOLDER")
    parser.add_argument("--seconds", metavar="DATA")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, launched() as chromium:
        workspace, home = Path(folder) / "work", Path(folder) / "home"
        workspace.mkdir()
        if asked.seconds:
            train(asked.seconds, workspace)
        with serving(workspace, home) as (url, _process):
            if asked.pictures:
                asked.pictures.mkdir(parents=True, exist_ok=True)
                take_pictures(chromium, url, asked.pictures)
            if asked.seconds:
                print(json.dumps(seconds(chromium, url), indent=1))


def train(data: str, workspace: Path) -> None:
    """Train on the command line: what one starts the other shows."""
    out = str(workspace / "runs")
    subprocess.run([sys.executable, "-m", "hakseup", "train", data, "--out", out], check=True)


def seconds(chromium: Browser, url: str) -> dict[str, Any]:
    """Page load in milliseconds (five loads), and stroke to bars (a few hundred strokes)."""
    page = chromium.new_context(viewport={"width": 1280, "height": 860}).new_page()
    page.goto(url)
    painted, loaded = [], []
    for _ in range(5):
        page.reload()
        page.wait_for_selector("h1")
        painted.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        loaded.append(page.evaluate("performance.now()"))
    go(page, "try")
    stroke(page, [(0.3, 0.3), (0.6, 0.6)])
    page.wait_for_selector(".seen img", timeout=WAIT)
    took = sorted(page.evaluate(LATENCY, 20))
    return {
        "first_paint_ms": round(statistics.median(painted)),
        "first_view_ms": round(statistics.median(loaded)),
        "stroke_to_bars_ms": {
            "n": len(took),
            "median": round(statistics.median(took), 1),
            "p99": round(took[int(0.99 * len(took))], 1),
        },
    }


def take_pictures(chromium: Browser, url: str, folder: Path) -> None:
    """Draw, train, and keep every view in every dress."""
    page = chromium.new_context(viewport={"width": 1280, "height": 860}, locale="ko-KR").new_page()
    page.goto(url)
    gather(page)
    page.click(".title-row .button.primary")
    page.wait_for_selector(".recipe:has(:checked)")
    page.click("text=학습 시작")
    page.wait_for_selector(".charts .line.validation", state="attached", timeout=WAIT)
    page.wait_for_timeout(3000)
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=folder / "training-ko-wide-light.png")
    page.wait_for_selector("text=다 배웠어요", timeout=WAIT)
    for language, theme, (size, (width, height)) in itertools.product(
        ("ko", "en"), ("light", "dark"), SIZES.items()
    ):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.click(f".languages [lang={language}]")
        for view in VIEWS:
            show(page, view)
            page.screenshot(path=folder / f"{view}-{language}-{size}-{theme}.png")
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


def gather(page: Page) -> None:
    """A few drawings of each shape."""
    page.wait_for_selector("#new-classes")
    page.fill("#new-classes", ", ".join(NAMES[shape] for shape in SHAPES))
    page.click(".draw-way button[type=submit]")
    page.wait_for_selector(".sheet")
    for place, shape in enumerate(sorted(SHAPES, key=NAMES.__getitem__)):
        page.keyboard.press(str(place + 1))
        for seed in range(DRAWINGS):
            draw(page, shape, 100 * place + seed)
            page.keyboard.press("Enter")
    page.wait_for_selector(".findings .verdict")


def show(page: Page, view: str) -> None:
    """A view with something on it."""
    page.locator("nav a").nth(VIEWS.index(view)).click()
    if view in ("data", "try"):
        page.wait_for_selector(".sheet")
        page.keyboard.press("Delete")
        draw(page, "triangle", 7)
    page.wait_for_timeout(1500)
    if view == "inside":
        page.wait_for_selector("button.map", timeout=WAIT)
        page.check("input[value=gradcam]")
        page.wait_for_timeout(1500)
    page.evaluate("scrollTo(0, 0)")


if __name__ == "__main__":
    main()
