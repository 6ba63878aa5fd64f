"""The page in a real Chromium, beside the story of `test_studio_page`: other ways in, tables, and what goes wrong while it is open.

One server, one browser, one table that was learned before. Each test begins where it goes itself.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from studio_browser import CHROMIUM, drop, go, launched, serving, stroke
from studio_makers import drawing, homes

import hakseup

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium or Chrome on this machine")

WAIT = 120_000  # milliseconds: a busy machine is no failure
LEARNED = {"training.epochs": 12, "training.batch_size": 16, "training.learning_rate": 0.02}
LAYERS = ["Dense(8, activation='relu')", "Dense(1)"]
PEN = {"button": "left", "pointerType": "pen"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table, and a run that has learned its number."""
    root = tmp_path_factory.mktemp("studio")
    (root / "data").mkdir()
    (root / "data" / "homes.csv").write_text(homes(), "utf-8")
    home = os.environ.get("HAKSEUP_HOME")
    os.environ["HAKSEUP_HOME"] = str(root.parent / "home-of-the-run")
    settings = {**LEARNED, "data.target": "price"}
    hakseup.train(root / "data" / "homes.csv", network=LAYERS, settings=settings, out=root / "runs")
    if home is not None:
        os.environ["HAKSEUP_HOME"] = home
    return root


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two folders of pictures, on this machine but not in the workspace."""
    root = tmp_path_factory.mktemp("outside") / "mine"
    for c, of in enumerate(("box", "circle")):
        (root / of).mkdir(parents=True)
        for i in range(3):
            (root / of / f"{i}.png").write_bytes(drawing(of, 10 * c + i, 32))
    return root


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(workspace: Path, home: Path) -> Iterator[tuple[str, Any]]:
    with serving(workspace, home) as started:
        yield started


@pytest.fixture(scope="module")
def page(server: tuple[str, Any]) -> Iterator[Any]:
    with launched() as browser:
        shown = browser.new_context(
            viewport={"width": 1280, "height": 860},
            locale="en-US",
            has_touch=True,
            permissions=["clipboard-read", "clipboard-write"],
        ).new_page()
        shown.set_default_timeout(WAIT)
        shown.goto(server[0])
        shown.wait_for_selector("h1")
        yield shown


def beginning(page: Any) -> None:
    page.evaluate("location.hash = '#/data'")
    page.wait_for_selector(".drop-way")


def says(page: Any, words: str) -> None:
    playwright.expect(page.locator(".message", has_text=words).first).to_be_visible(timeout=WAIT)


def headed(page: Any, words: str) -> None:
    playwright.expect(page.locator("h1")).to_contain_text(words, timeout=WAIT)


def test_a_folder_of_folders_is_dropped_and_counted(page: Any, workspace: Path, shapes: Path) -> None:
    beginning(page)
    drop(page, ".sets", shapes)  # anywhere on the page
    headed(page, "mine: 6 pictures in 2 classes")
    assert sorted(p.parent.name for p in workspace.glob("data/mine/*/*.png")) == ["box"] * 3 + ["circle"] * 3
    more = shapes.parent / "cross"
    more.mkdir()
    (more / "1.png").write_bytes(drawing("cross", 7, 32))
    (more / "read me.txt").write_text("no picture")
    drop(page, ".collect", more)
    headed(page, "7 pictures in 3 classes")
    says(page, "Left out, not a picture: 1 file.")


def test_what_others_do_to_the_data_shows_by_itself(page: Any, workspace: Path) -> None:
    beginning(page)
    theirs = workspace / "data" / "theirs"
    for of in ("box", "circle"):
        (theirs / of).mkdir(parents=True)
    playwright.expect(page.locator("main")).to_contain_text("theirs", timeout=WAIT)
    page.evaluate("location.hash = '#/data?data=theirs'")
    headed(page, "theirs: no pictures yet")
    for i in range(2):
        (theirs / "box" / f"{i}.png").write_bytes(drawing("box", i, 32))
    headed(page, "theirs: 2 pictures in 2 classes")


def test_the_pictures_of_an_open_class_follow_what_others_do(
    page: Any, server: tuple[str, Any], workspace: Path
) -> None:
    box = workspace / "data" / "theirs" / "box"
    (box / "9.png").write_bytes(drawing("box", 9, 32))
    go(page, "data", data="theirs")

    def shown(of: str) -> Any:
        return page.locator(f".shelf:has(h2:text-is('{of}')) .tile img")

    def names(of: str, *wanted: str) -> None:
        playwright.expect(shown(of)).to_have_count(len(wanted), timeout=WAIT)
        for place, name in enumerate(wanted):
            playwright.expect(shown(of).nth(place)).to_have_attribute("title", name, timeout=WAIT)

    names("box", "0.png", "1.png", "9.png")
    for place in (1, 2):
        page.locator(".tile button").nth(place).click()
    held = "document.activeElement.dataset.picture"
    box_of_it = "document.activeElement.getBoundingClientRect().top"
    assert page.evaluate(held) == "box/9.png"
    top = page.evaluate(box_of_it)
    other = page.context.new_page()
    other.set_default_timeout(WAIT)
    other.goto(f"{server[0]}#/data?data=theirs")
    other.locator(".tile button").first.click()
    other.keyboard.press("2")  # to the circles
    names("circle", "0.png")
    names("box", "1.png", "9.png")
    (box / "5.png").write_bytes(drawing("box", 5, 32))  # by another program
    names("box", "1.png", "5.png", "9.png")  # where it stands after a reload
    headed(page, "theirs: 4 pictures")
    # What was chosen, the keyboard's place and the place on the page are as they were.
    assert page.evaluate(held) == "box/9.png" and page.evaluate(box_of_it) == pytest.approx(top, abs=2)
    playwright.expect(page.locator(".selection b")).to_have_text("2 chosen")
    other.locator("[data-picture='box/9.png']").click()
    other.keyboard.press("Delete")
    names("box", "1.png", "5.png")
    assert page.evaluate(held) == "box/5.png"  # the keyboard goes on beside it
    playwright.expect(page.locator(".selection b")).to_have_text("1 chosen")
    page.keyboard.press("Delete")
    names("box", "5.png")
    (box / "5.png").rename(box / "6.png")
    names("box", "6.png")
    page.get_by_role("button", name="Undo").last.click()  # what was offered before that still holds
    names("box", "1.png", "6.png")
    other.close()


def test_a_renamed_set_stays_open_in_every_browser(
    page: Any, server: tuple[str, Any], workspace: Path
) -> None:
    go(page, "data", data="theirs")
    other = page.context.new_page()
    other.set_default_timeout(WAIT)
    other.goto(f"{server[0]}#/data?data=theirs")
    stroke(other, [(0.3, 0.3), (0.7, 0.7)])  # not kept yet
    other.locator("[data-picture='box/6.png']").click()
    page.get_by_role("button", name="Rename", exact=True).first.press("Enter")
    page.locator("dialog input").fill("homes.csv")
    page.keyboard.press("Enter")
    playwright.expect(page.locator("dialog [role=alert]")).to_contain_text(
        "There is a data set 'homes.csv' already"
    )
    page.locator("dialog input").fill("우리 그림")
    page.keyboard.press("Enter")
    headed(page, "우리 그림: 3 pictures")
    assert page.evaluate("document.activeElement.textContent") == "Rename"
    says(other, "“theirs” is called “우리 그림” now.")
    headed(other, "우리 그림: 3 pictures")
    playwright.expect(other).to_have_url(re.compile(r"data=%EC%9A%B0"))
    playwright.expect(other.locator(".selection b")).to_have_text("1 chosen")
    playwright.expect(other.locator("[data-picture='box/6.png'] img")).to_have_attribute(
        "src", re.compile("/api/data/%EC%9A%B0")
    )
    other.keyboard.press("Enter")  # on the picture that is chosen: it is let go
    other.get_by_role("button", name="Keep as").click()
    playwright.expect(other.locator(".tile img")).to_have_count(4, timeout=WAIT)
    assert len(list((workspace / "data" / "우리 그림" / "box").iterdir())) == 3
    page.keyboard.press("Control+z")
    for one in (page, other):
        headed(one, "theirs: 4 pictures")
    page.get_by_role("button", name="Put aside", exact=True).first.click()
    page.wait_for_selector(".drop-way")
    page.keyboard.press("Control+z")  # where there is no board
    playwright.expect(page.locator("main")).to_contain_text("theirs", timeout=WAIT)
    assert not (workspace / "data" / "우리 그림").exists()
    other.close()


def test_several_folders_give_none_of_their_names_to_all(page: Any, shapes: Path) -> None:
    beginning(page)
    drop(page, ".drop-way", shapes / "box", shapes / "circle")
    headed(page, "my-pictures: 6 pictures in 2 classes")


def test_a_table_is_dropped_on_pictures_twice(page: Any, workspace: Path, tmp_path: Path) -> None:
    go(page, "data", data="my-pictures")
    (tmp_path / "집 값.csv").write_text(homes(40), "utf-8")
    drop(page, ".collect", tmp_path / "집 값.csv")
    headed(page, "집 값.csv: 40 rows")
    beginning(page)
    drop(page, ".drop-way", tmp_path / "집 값.csv")
    headed(page, "집 값-2.csv: 40 rows")
    says(page, "There is a “집 값.csv” already")
    assert (workspace / "data" / "집 값-2.csv").is_file()


def test_pictures_come_from_the_clipboard_and_the_camera(page: Any, workspace: Path) -> None:
    go(page, "data", data="my-pictures")
    headed(page, "6 pictures")
    page.evaluate(
        """async () => { const canvas = document.createElement("canvas"); canvas.width = canvas.height = 40;
        canvas.getContext("2d").fillRect(10, 10, 20, 5);
        const blob = await new Promise((done) => canvas.toBlob(done));
        await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]) }"""
    )
    page.keyboard.press("Control+v")
    headed(page, "7 pictures")
    page.get_by_role("button", name="Camera").click()
    page.get_by_role("button", name="Take").click()  # it waits until there is something to be seen
    playwright.expect(page.locator("dialog .note")).to_have_text("1 taken", timeout=WAIT)
    page.keyboard.press("Escape")
    headed(page, "8 pictures")
    (photo,) = workspace.glob("data/my-pictures/box/camera-*.jpg")
    assert np.ptp(np.asarray(Image.open(photo))) > 50  # not black


def test_a_pen_presses_and_a_finger_draws(page: Any) -> None:
    go(page, "data", data="my-pictures")
    page.wait_for_selector(".sheet")
    box = page.locator(".sheet").bounding_box()
    session = page.context.new_cdp_session(page)

    def ink() -> int:
        page.wait_for_timeout(100)
        return int(
            page.evaluate(
                """() => { const sheet = document.querySelector(".sheet");
                const { data } = sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height);
                return data.filter((value, i) => i % 4 === 0 && value < 128).length }"""
            )
        )

    def pen(force: float) -> int:
        for kind, x in (
            ("mousePressed", 0.2),
            *(("mouseMoved", 0.2 + i / 20) for i in range(12)),
            ("mouseReleased", 0.8),
        ):
            at = {"x": box["x"] + x * box["width"], "y": box["y"] + 0.4 * box["height"]}
            buttons = 0 if kind == "mouseReleased" else 1
            session.send(
                "Input.dispatchMouseEvent", {"type": kind, **at, **PEN, "force": force, "buttons": buttons}
            )
        drawn = ink()
        page.keyboard.press("Delete")
        return drawn

    light, hard = pen(0.1), pen(0.9)
    assert 0 < light < hard
    for kind, x in (
        ("touchStart", 0.2),
        *(("touchMove", 0.2 + i / 20) for i in range(12)),
        ("touchEnd", 0.8),
    ):
        at = {"x": box["x"] + x * box["width"], "y": box["y"] + 0.5 * box["height"]}
        session.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if kind == "touchEnd" else [at]}
        )
    touched = ink()
    assert touched > 0
    page.keyboard.press("e")  # the eraser, along the same line
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"], steps=9)
    page.mouse.up()
    assert 0 < ink() < touched
    page.keyboard.press("Control+z")
    assert ink() == touched
    page.keyboard.press("e")
    page.keyboard.press("Delete")


def test_the_inside_of_a_table_says_what_counts(page: Any, workspace: Path) -> None:
    go(page, "inside", data="homes.csv")
    headed(page, "It is off by")
    playwright.expect(page.locator(".columns-count li")).to_have_count(3, timeout=WAIT)
    assert page.locator(".columns-count .who").first.inner_text() == "size"
    (kept,) = workspace.glob("runs/homes*/table.json")
    rows = json.loads(kept.read_text("utf-8"))["validation"]
    assert page.locator(".plain-chart circle").count() == len(rows["dots"]["truth"]) > 9
    assert page.locator(".worst tbody tr").count() == len(rows["worst"])
    farthest = page.locator(".worst tbody tr").first.locator("td").nth(2).inner_text()
    assert float(farthest.replace(",", "")) == pytest.approx(rows["worst"][0]["error"], rel=0.01)
    assert page.locator(".effects figcaption").inner_text().startswith("size from")


def test_a_row_and_a_file_are_predicted(page: Any, workspace: Path, tmp_path: Path) -> None:
    go(page, "try", data="homes.csv")
    page.locator("label", has_text="size").locator("input").fill("100")
    page.locator("label", has_text="place").locator("input").fill("town")
    page.locator("label", has_text="door").locator("input").fill("3")
    (tmp_path / "new.csv").write_text("size,place,door\n100,town,3\n30,country,1\n", "utf-8")
    (run,) = (workspace / "runs").glob("homes*")
    wanted = [one["value"] for one in hakseup.open_run(run).predict(tmp_path / "new.csv")["predictions"]]
    headed(page, f"{wanted[0]:,.0f}"[:4])
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a table").click()
    chooser.value.set_files(tmp_path / "new.csv")
    with page.expect_download() as kept:
        page.get_by_role("link", name="Keep the predictions").click(timeout=WAIT)
    rows = list(csv.DictReader(io.StringIO(Path(kept.value.path()).read_text("utf-8-sig"))))
    assert [float(row["value"]) for row in rows] == pytest.approx(wanted, rel=1e-5)


def test_ones_own_layers_for_a_table_are_worked_out(page: Any) -> None:
    go(page, "train", data="homes.csv", target="price")
    page.locator("summary", has_text="The network, layer by layer").click()
    playwright.expect(page.locator(".layers li")).to_have_count(3, timeout=WAIT)
    assert "sixteen small ones" in page.locator(".setup").inner_text()
    state = page.locator(".layer-state")
    playwright.expect(state).to_contain_text("parameters in all", timeout=WAIT)
    page.locator(".layers li input").last.fill("Dense(2)")
    playwright.expect(state).to_contain_text("Dense(1)", timeout=WAIT)  # what it has to end with
    playwright.expect(page.get_by_role("button", name="Start learning")).to_be_disabled()


def test_many_tabs_all_hear_of_the_trainings(page: Any, server: tuple[str, Any]) -> None:
    tabs = [page.context.new_page() for _ in range(7)]  # without a window every tab counts as seen
    for tab in tabs:
        tab.set_default_timeout(WAIT)
        tab.goto(f"{server[0]}#/train?data=homes.csv")
        tab.wait_for_selector(".run-list li")  # from the stream of events
    for tab in tabs:
        tab.close()


def test_what_is_deleted_meanwhile_is_said_and_the_page_goes_on(page: Any, workspace: Path) -> None:
    (run,) = (workspace / "runs").glob("homes*")
    go(page, "result", data="homes.csv", run=run.name)
    headed(page, "The test part is still sealed")
    run.rename(workspace / "elsewhere")
    says(page, f"“{run.name}” is not in the studio's folder")
    headed(page, "Nothing has been trained yet")
    (workspace / "elsewhere").rename(run)
    headed(page, "The test part is still sealed")  # it came back
    go(page, "data", data="my-pictures")
    page.wait_for_selector(".shelf")
    shutil.rmtree(workspace / "data")  # nobody has to touch the page
    says(page, "“my-pictures” is not in the studio's folder")
    page.wait_for_selector(".drop-way")
    page.fill("#new-classes", "a, b")
    page.get_by_role("button", name="Start drawing").click()  # the folder is made anew
    headed(page, "no pictures yet")
    assert sorted(path.name for path in (workspace / "data" / "my-drawings").iterdir()) == ["a", "b"]


def test_the_page_goes_on_with_the_next_server(
    page: Any, server: tuple[str, Any], workspace: Path, home: Path
) -> None:
    go(page, "data", data="my-drawings")
    server[1].terminate()
    server[1].wait(20)
    alert = page.get_by_role("alert")
    playwright.expect(alert).to_contain_text("does not answer", timeout=WAIT)
    with serving(workspace, home) as (url, _process):
        assert url == server[0]
        says(page, "answers again")
        playwright.expect(alert).to_have_text("")
        headed(page, "my-drawings")
        page.reload()
        headed(page, "my-drawings")
