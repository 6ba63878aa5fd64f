"""The page of the studio in a real Chromium: the whole way from an empty folder to a network that knows a drawing.

The tests are one story and run in the order they are written, in one browser, with the real server and real
trainings behind it. What the page says is held against the files in the workspace.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from studio_browser import ASKING, CHROMIUM, SHAPES, VIEWS, draw, go, launched, quiet, serving, stop_trainings

from hakseup.runs.folder import RunFolder
from hakseup.studio.jobs import trainer

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium or Chrome on this machine")

EACH = 10
WAIT = 120_000  # milliseconds: a busy machine is no failure
# Little is enough for three shapes, and the way is the same.
QUICK = {
    "training.small_steps": "160",
    "training.min_steps": "160",
    "training.min_batches": "8",
    "training.seed": "7",
    "data.size": "32, 32",
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="module")
def server(
    workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    with serving(workspace, tmp_path_factory.mktemp("home")) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as chromium:
        yield chromium


def is_complaint(said: Any) -> bool:
    """Whether something is wrong. A picture that was moved after its address was told, and before the browser asked for
    it, is not: the next list, a second later, has its new one."""
    gone = "404" in said.text and "/pictures/" in said.location["url"]
    return said.type in ("error", "warning") and not gone


@pytest.fixture(scope="module")
def opened(server: tuple[str, Any], browser: Any) -> Iterator[tuple[Any, list[str]]]:
    """The page in Korean, and what its console complained about."""
    page = browser.new_context(viewport={"width": 1280, "height": 860}, locale="ko-KR").new_page()
    page.add_init_script(ASKING)
    complaints: list[str] = []
    page.on(
        "console",
        lambda said: complaints.append(f"{said.text} {said.location['url']}") if is_complaint(said) else None,
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


def pictures(workspace: Path) -> dict[str, int]:
    (folder,) = [path for path in (workspace / "data").iterdir() if path.is_dir()]
    return {
        path.name: len(list(path.glob("*.png"))) for path in folder.iterdir() if not path.name.startswith(".")
    }


def tiles(page: Any, n: int, shelf: int | None = None) -> None:
    """Wait until so many pictures are shown, in all or in one class."""
    where = page if shelf is None else page.locator(".shelf").nth(shelf)
    playwright.expect(where.locator(".tile img")).to_have_count(n, timeout=WAIT)


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
    page.locator(".shelf").nth(0).locator(".tile button").first.drag_to(page.locator(".shelf").nth(2))
    tiles(page, EACH + 1, 2)
    assert pictures(workspace) == {"circle": EACH - 1, "square": EACH, "triangle": EACH + 1}
    page.locator(".message .link").last.click()
    tiles(page, EACH, 0)
    assert pictures(workspace) == dict.fromkeys(SHAPES, EACH)


def test_files_are_taken_and_what_is_no_picture_is_refused(
    page: Any, workspace: Path, tmp_path: Path
) -> None:
    Image.new("L", (40, 30), 200).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    page.keyboard.press("2")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="파일").click()
    chooser.value.set_files([tmp_path / "good.png", tmp_path / "bad.png"])
    playwright.expect(page.locator(".message.error")).to_contain_text("bad.png", timeout=WAIT)
    tiles(page, EACH + 1, 1)
    assert len(list(workspace.glob("data/*/square/*"))) == EACH + 1
    page.locator(".shelf").nth(1).locator(".tile button").last.click()
    page.keyboard.press("Delete")  # put aside, not erased
    tiles(page, EACH, 1)
    assert pictures(workspace) == dict.fromkeys(SHAPES, EACH)


def test_layers_are_worked_out_while_they_are_written(page: Any) -> None:
    page.click(".title-row .button.primary")
    page.locator("summary", has_text="신경망을 층층이").click()
    lines = page.locator(".layers li")
    playwright.expect(lines.first).to_be_visible(timeout=WAIT)
    for _ in range(lines.count() - 1):
        page.locator(".layers li .tool").first.click()
    page.locator(".layers li input").fill("Dense(5)")
    start = page.get_by_role("button", name="학습 시작")
    playwright.expect(page.locator(".layer-state .error")).to_be_visible(
        timeout=WAIT
    )  # three classes, not five
    playwright.expect(start).to_be_disabled()
    page.locator(".layers li input").fill("Flatten()")
    page.keyboard.press("Enter")
    page.keyboard.type("Dense(3, activation='softmax')")
    # 64 x 64 values to three units, each with a bias
    playwright.expect(page.locator(".layer-state")).to_contain_text(f"{64 * 64 * 3 + 3:,}", timeout=WAIT)
    playwright.expect(start).to_be_enabled()
    page.locator("nav a").first.click()


def test_training_is_watched_while_it_goes_on(page: Any, workspace: Path) -> None:
    page.click(".title-row .button.primary")
    page.locator("details", has_text="설정과 그 이유").locator("summary").first.click()
    for section in ("데이터", "학습"):
        page.locator(".settings-form summary", has_text=section).click()
    for key, value in QUICK.items():
        page.fill(f'[id="setting-{key}"]', value)
    page.click("text=학습 시작")
    page.wait_for_selector(".chart .line.thin", state="attached", timeout=WAIT)
    first = page.get_attribute(".chart .line.thin", "d")
    playwright.expect(page.locator(".chart .line.thin").first).not_to_have_attribute("d", first, timeout=WAIT)
    page.wait_for_selector(".kernel-sheet", timeout=WAIT)
    playwright.expect(page.locator("h1")).to_contain_text("다 배웠어요", timeout=WAIT)
    (run,) = [path for path in (workspace / "runs").iterdir() if (path / "run.json").is_file()]
    epochs = len((run / "history.csv").read_text().splitlines()) - 1
    assert page.inner_text(".figures .big b") == str(epochs)
    scores = json.loads((run / "scores.json").read_text())["validation"]
    said = (
        f"검증 그림 {scores['n']}장의 {100 * scores['metrics']['accuracy']:.0f}%를"  # of so few no decimals
    )
    assert said in page.inner_text("h1")
    used = (run / "recipe.toml").read_text()
    assert "\nseed = 7\n" in used and tomllib.loads(used)["data"]["size"] == [32, 32]


def test_a_new_drawing_gets_its_class(page: Any) -> None:
    go(page, "try")
    playwright.expect(page.locator("h1")).to_have_text("무엇이든 그려 보세요")
    assert page.locator(".bars .bar").count() == 0  # an empty sheet gets no answer
    right = 0
    for seed, shape in enumerate(SHAPES):
        draw(page, shape, 900 + seed)
        top = page.locator(".bars .bar.top .who")
        playwright.expect(top).to_be_visible(timeout=WAIT)
        quiet(page)
        right += top.inner_text() == shape
        assert page.locator(".bars .share").count() == len(SHAPES)
        assert page.locator(".seen-frame img").get_attribute("src").startswith("data:image/png")
        page.keyboard.press("Delete")
        playwright.expect(page.locator(".bars .bar")).to_have_count(0)
        playwright.expect(page.locator("h1")).to_have_text("무엇이든 그려 보세요")
    assert right >= 2


def test_a_mistake_opens_with_what_the_network_saw(page: Any, workspace: Path) -> None:
    go(page, "inside")
    cells = page.locator(".matrix .cell")
    playwright.expect(cells).to_have_count(len(SHAPES) ** 2, timeout=WAIT)
    counts = [int(text) if text.isdigit() else 0 for text in cells.all_inner_texts()]
    (run,) = [path for path in (workspace / "runs").iterdir() if (path / "run.json").is_file()]
    validation = json.loads((run / "scores.json").read_text())["validation"]
    assert counts == [n for row in validation["confusion"] for n in row]
    opener = page.locator(".matrix .cell button").last
    n = int(opener.inner_text())
    opener.click()
    playwright.expect(page.locator(".album .tile")).to_have_count(n, timeout=WAIT)
    page.locator(".album .tile button").first.click()
    page.wait_for_selector("button.map", timeout=WAIT)
    assert page.locator(".bars .bar.truth").count() == 1
    layers = json.loads((run / "network.json").read_text())["layers"]
    assert page.locator(".stage").count() == len(layers) + 1  # and the picture
    page.check("input[value=occlusion]")
    playwright.expect(page.locator(".looking .note")).to_contain_text("Zeiler", timeout=WAIT)


def test_the_products_of_a_window_are_spelled_out(page: Any) -> None:
    page.locator("button.map").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".workings .cells", timeout=WAIT)

    cells = page.evaluate(
        "['input', 'kernel', 'product'].map((kind) =>"
        "[...document.querySelectorAll(`.cells.${kind} td`)].map((cell) => cell.textContent))"
    )
    window, kernel, product = (
        [float(text.replace("\N{MINUS SIGN}", "-")) for text in each] for each in cells
    )
    shown = [a * b for a, b in zip(window, kernel, strict=True)]
    assert product == pytest.approx(shown, abs=0.03)  # of numbers shown with two decimals
    assert page.locator(".ring:visible").count() >= 2  # the place in the map, and its window in the picture


@pytest.mark.parametrize("language", ["English", "한국어"])
def test_the_language_changes_at_once_and_completely(page: Any, language: str) -> None:
    page.click(f".languages >> text={language}")
    hangul = {}
    for view in VIEWS:
        go(page, view)
        quiet(page)
        hangul[view] = page.evaluate(
            """() => { const copy = document.querySelector("main").cloneNode(true);
            for (const name of copy.querySelectorAll("[translate=no], select, h1, h2 small, .lead, .set b")) name.remove();
            return [...copy.textContent.matchAll(/[가-힣]+/g)].map((found) => found[0]) }"""
        )
    if language == "English":
        assert hangul == {view: [] for view in VIEWS}
        assert page.evaluate("document.documentElement.lang") == "en"
    else:
        assert all(len(words) > 10 for words in hangul.values())


def test_a_reload_comes_back_to_the_same_place(page: Any) -> None:
    go(page, "inside")
    page.wait_for_selector("button.map", timeout=WAIT)
    before = page.url, page.inner_text("h1"), page.inner_text(".looked h2")
    page.reload()
    page.wait_for_selector("button.map", timeout=WAIT)
    assert (page.url, page.inner_text("h1"), page.inner_text(".looked h2")) == before
    assert "token" not in page.url


def test_a_training_outlives_the_page_stops_goes_on_and_is_killed(page: Any, workspace: Path) -> None:
    go(page, "train")
    page.locator("details", has_text="설정과 그 이유").locator("summary").first.click()
    page.locator(".settings-form summary", has_text="학습").click()
    page.fill('[id="setting-training.small_steps"]', "100000")
    page.click("text=학습 시작")
    page.wait_for_selector("progress", timeout=WAIT)
    page.wait_for_selector(".chart .line.thin", state="attached", timeout=WAIT)
    page.reload()
    page.wait_for_selector(".chart .line.thin", state="attached", timeout=WAIT)
    page.get_by_role("button", name="멈추기").click()
    again = page.get_by_role("button", name="이어서 학습")
    playwright.expect(again).to_be_visible(timeout=WAIT)
    again.click()
    playwright.expect(page.locator("h1")).to_have_text("배우고 있어요", timeout=WAIT)
    page.wait_for_selector("progress", timeout=WAIT)
    run = page.evaluate("new URLSearchParams(location.hash.split('?')[1]).get('run')")
    while (process := trainer(RunFolder(workspace / "runs" / run))) is None:  # it is being loaded
        page.wait_for_timeout(100)
    os.kill(process, signal.SIGKILL)
    playwright.expect(page.locator(".error-box")).to_contain_text("강제로 끝났거나", timeout=WAIT)
    playwright.expect(again).to_be_visible()
    assert len([path for path in (workspace / "runs").iterdir() if (path / "run.json").is_file()]) == 2


def test_the_test_part_opens_only_after_a_promise(page: Any, workspace: Path) -> None:
    page.locator(".run-list a").last.click()
    playwright.expect(page.locator("h1")).to_contain_text("다 배웠어요", timeout=WAIT)
    page.locator("nav a").last.click()
    opener = page.get_by_role("button", name="테스트 부분 열기")
    playwright.expect(opener).to_be_disabled()
    page.check(".understood input")
    opener.click()
    page.wait_for_selector(".score b", timeout=WAIT)
    (scored,) = [
        path for path in (workspace / "runs").glob("*/scores.json") if "test" in json.loads(path.read_text())
    ]
    test = json.loads(scored.read_text())["test"]
    assert page.inner_text(".score b") == f"{100 * test['metrics']['accuracy']:.0f}"
    assert page.locator(".whiskers li:not(.axis)").count() == 1 + len(test["baselines"])
    page.reload()
    page.wait_for_selector(".score b", timeout=WAIT)  # without opening it again
    assert json.loads(scored.read_text())["test"]["opened"] == 1


def test_a_table_is_looked_at_and_its_target_chosen(page: Any, tmp_path: Path) -> None:
    rows = "\n".join(f"{n},{n % 7},{'yes' if n % 2 else 'no'}" for n in range(60))
    (tmp_path / "wine.csv").write_text("one,two,answer\n" + rows)
    page.click(".mark")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="표 고르기").click()
    chooser.value.set_files(tmp_path / "wine.csv")
    chosen = page.locator(".column.target b")
    playwright.expect(chosen).to_have_text("answer", timeout=WAIT)
    page.locator(".column", has_text="two").click()
    playwright.expect(chosen).to_have_text("two", timeout=WAIT)
    assert page.locator(".rows tbody tr").count() == 20
    page.evaluate("scrollTo(0, 300)")
    page.locator(".title-row .button.primary").press("Enter")
    # What was learned from other data is nothing to show here.
    playwright.expect(page.locator("h1")).to_have_text("어떻게 배울지 고르고 시작해요", timeout=WAIT)
    assert page.evaluate("[document.activeElement.id, scrollY]") == ["main", 0]  # at its beginning
    page.click(".mark")
    page.locator(".set", has_text=re.compile("그림 30장")).click()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 860), (2560, 1300)])
def test_nothing_is_wider_than_the_window(page: Any, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    for view in VIEWS:
        go(page, view)
        quiet(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
    page.set_viewport_size({"width": 1280, "height": 860})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Any, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    page.emulate_media(color_scheme=scheme)
    page.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text("utf-8"))
    found = {}
    for view in VIEWS:
        go(page, view)
        quiet(page)
        violations = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
        found[view] = [(v["id"], [node["html"][:120] for node in v["nodes"][:2]]) for v in violations]
    assert found == {view: [] for view in VIEWS}


def test_a_server_that_is_gone_is_said(
    opened: tuple[Any, list[str]], server: tuple[str, subprocess.Popen[str]]
) -> None:
    page, _complaints = opened
    stop_trainings(server[0])
    server[1].terminate()
    server[1].wait(20)
    playwright.expect(page.get_by_role("alert")).to_contain_text("스튜디오가 대답하지 않아요", timeout=WAIT)
