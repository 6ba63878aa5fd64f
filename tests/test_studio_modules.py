"""What the modules of the studio's page work out by themselves, asked in a real Chromium, without a studio behind them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from studio_browser import CHROMIUM, launched

import hakseup.studio

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium or Chrome on this machine")


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing is said."""


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    handler = partial(_Files, directory=str(Path(hakseup.studio.__file__).parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, launched() as browser:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        opened = browser.new_page(locale="ko-KR")
        opened.goto(f"http://127.0.0.1:{server.server_port}/page/icon.svg")
        yield opened
        server.shutdown()


def test_particles_are_those_of_the_command_line(page: Any) -> None:
    from hakseup.words import josa

    words = [
        "사과",
        "귤",
        "서울",
        "3",
        "7",
        "8",
        "cat",
        "‘책’",
        "‘0’",
        "한(",
        "12",
        "20%",
        "‘수요(MW)’",
        "면적 (㎡)",
    ]
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
        [0, 1234, 0.012345, 12.345, 3216540.7, 1e-7, 3.0, 999.5],
    )
    ours = page.evaluate(
        "async ([shares, values]) => { const w = await import('/page/words.js'); return ["
        "shares.map((s) => w.percent(s, 1000)), shares.map((s) => w.probability(s)), values.map((v) => w.number(v))] }",
        [shares, values],
    )
    assert ours[0] == [percent(share, 1000) for share in shares]
    assert ours[1] == [probability(share) for share in shares]
    assert ours[2][:5] == [number(value) for value in values][:5]


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


def test_what_is_typed_into_a_setting_is_read_as_its_type(page: Any) -> None:
    cases: list[tuple[dict[str, Any], str, Any]] = [
        ({"type": "int", "least": 1, "most": 9}, "3", 3),
        ({"type": "int", "least": 1, "most": 9}, "3.5", None),
        ({"type": "int", "least": 1, "most": 9}, "0", None),
        ({"type": "int", "least": 1, "most": 9}, "", None),
        ({"type": "float", "least": 0, "most": None}, "1e-3", 0.001),
        ({"type": "float", "least": 0, "most": None}, "fast", None),
        ({"type": "list"}, "a, b ,,c", ["a", "b", "c"]),
        ({"type": "size"}, "28 x 32", [28, 32]),
        ({"type": "size"}, "", []),
        ({"type": "text"}, " price ", "price"),
    ]
    read = page.evaluate(
        "async (cases) => { const { parse } = await import('/page/settings.js');"
        "return cases.map(([row, text]) => parse(row, text) ?? null) }",
        [[row, text] for row, text, _ in cases],
    )
    assert read == [expected for _, _, expected in cases]
