"""The report: the page says what the run folder says, in two languages, as one file that needs nothing."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import report_sample
from fontTools.ttLib import TTFont
from PIL import Image
from report_html import Node, Tree

from hakseup.report import facts as facts_of_run
from hakseup.report import numbers, page, shell, thumbnails
from hakseup.runs.folder import REPORT, SUMMARY, RunFolder

pytestmark = pytest.mark.drawn

KINDS = tuple(report_sample.all_samples())


@dataclasses.dataclass
class Written:
    folder: RunFolder
    text: str
    tree: Node

    def json(self, name: str) -> dict[str, Any]:
        return json.loads(self.folder.file(name).read_text("utf-8"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Written]:
    """Every kind of run, written once."""
    parent, out = tmp_path_factory.mktemp("runs"), {}
    for i, (kind, sample) in enumerate(report_sample.all_samples().items()):
        folder = RunFolder(sample.write(parent))
        text = page.write(folder, "ko" if i % 2 else "en").read_text("utf-8")
        out[kind] = Written(folder, text, Tree(text).root)
    return out


def squeezed(text: str) -> str:
    return " ".join(text.split())


# --- one file that needs nothing ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_page_asks_for_nothing_and_is_small(runs: dict[str, Written], kind: str) -> None:
    run = runs[kind]
    assert len(run.text.encode()) < 3_000_000
    for node in run.tree.all():
        for key, value in node.attributes.items():
            if key in ("src", "href", "xlink:href", "action", "srcset", "data"):
                assert value.startswith(("#", "data:")), (node.tag, key, value[:80])
            if key.startswith("on"):
                pytest.fail(f"inline handler {key}")
    style = run.tree.all("style")[0].children[0]
    assert isinstance(style, str) and "@import" not in style
    assert all(url.startswith("data:") for url in re.findall(r"url\(([^)]{0,30})", style))
    policy = run.tree.all("meta", **{"http-equiv": "Content-Security-Policy"})[0].attributes["content"]
    script = run.tree.all("script")[0].children[0]
    assert isinstance(script, str)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'" in policy and f"'sha256-{digest}'" in policy
    assert len(run.tree.all("script")) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_ids_occur_once_and_links_arrive(runs: dict[str, Written], kind: str) -> None:
    nodes = runs[kind].tree.all()
    ids = [n.attributes["id"] for n in nodes if "id" in n.attributes]
    assert len(ids) == len(set(ids))
    for node in nodes:
        target = node.attributes.get("href", "")
        if target.startswith("#"):
            assert target[1:] in ids, target


def test_same_folder_gives_the_same_bytes_in_another_process(
    runs: dict[str, Written], tmp_path: Path
) -> None:
    folder = runs["digits"].folder
    before = {name: folder.file(name).read_bytes() for name in (REPORT, SUMMARY)}
    code = (
        "import sys; from pathlib import Path; from hakseup.report import page; "
        "from hakseup.runs.folder import RunFolder; page.write(RunFolder(Path(sys.argv[1])), 'en')"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(folder.path)], check=True, env={**os.environ, "PYTHONHASHSEED": "7"}
    )
    assert {name: folder.file(name).read_bytes() for name in before} == before


# --- two languages --------------------------------------------------------------------------------------------


def _words_of_run(run: Written) -> set[str]:
    """Latin words that come from the run itself, in its Korean sentences."""
    facts, found = run.json(SUMMARY), set()

    def gather(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("ko"), str):
                found.update(re.findall(r"[A-Za-z_]+", value["ko"]))
            for inner in value.values():
                gather(inner)
        elif isinstance(value, list):
            for inner in value:
                gather(inner)

    gather({k: v for k, v in facts.items() if k not in ("findings", "headline")})
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_korean_page_has_no_english_and_the_other_way_round(runs: dict[str, Written], kind: str) -> None:
    run = runs[kind]
    body = run.tree.all("body")[0]
    korean = body.text("ko", names=False)
    left = set(re.findall(r"[A-Za-z_]{3,}", korean)) - _words_of_run(run) - {"hakseup", "AUC"}
    assert not left, left
    english = body.text("en", names=False)
    assert not re.findall(r"[가-힣]+", english)
    assert len(re.findall(r"[가-힣]{2,}", korean)) > 60


@pytest.mark.parametrize("kind", KINDS)
def test_every_sentence_stands_in_both_languages(runs: dict[str, Written], kind: str) -> None:
    def check(node: Node) -> None:
        languages = [c.attributes.get("lang") for c in node.children if isinstance(c, Node)]
        assert languages.count("en") == languages.count("ko"), (node.tag, node.text("en")[:100])
        for child in node.children:
            if isinstance(child, Node):
                assert child.attributes.get("lang") not in ("en", "ko") or child.text("en") + child.text("ko")
                check(child)

    check(runs[kind].tree.all("main")[0])


def test_chosen_language_shows_first(runs: dict[str, Written]) -> None:
    folder = runs["sealed"].folder
    for language, title in (("ko", "손글씨 숫자 · hakseup"), ("en", "Handwritten digits · hakseup")):
        tree = Tree(page.render(facts_of_run.collect(folder), language)).root
        assert tree.all("html")[0].attributes["lang"] == language
        assert tree.all("title")[0].children == [title]


def test_particle_stays_with_its_percentage() -> None:
    assert "96.4%\N{WORD JOINER}를" in shell.pair({"en": "a", "ko": "96.4%를 맞힙니다"})


# --- numbers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["digits", "shapes", "perfect", "many"])
def test_headline_is_the_test_score(runs: dict[str, Written], kind: str) -> None:
    run = runs[kind]
    score = run.json("scores.json")["test"]
    n, matrix = score["n"], np.array(score["confusion"])
    big = run.tree.all("p", class_="big")[0].text("en")
    digits = len(big.rstrip("%").partition(".")[2])
    assert big == f"{100 * score['metrics']['accuracy']:.{digits}f}%"
    lead = squeezed(run.tree.all("p", class_="lead")[0].text("en"))
    assert lead.startswith(
        f"Of {n:,} pictures never seen in training, {np.trace(matrix):,} were recognised: {big}"
    )
    low, high = score["interval"]["accuracy"]
    assert f"(95% interval {100 * low:.{digits}f} to {100 * high:.{digits}f}%)" in lead
    for name in ("majority", "linear"):
        assert numbers.percent(score["baselines"][name]["accuracy"], n) in lead
    korean = squeezed(run.tree.all("p", class_="lead")[0].text("ko"))
    assert f"그림 {n:,}장 중 {np.trace(matrix):,}장을 맞혔습니다({big}" in korean


@pytest.mark.parametrize("kind", ["digits", "shapes", "perfect"])
def test_matrix_in_the_page_is_the_one_in_the_scores(runs: dict[str, Written], kind: str) -> None:
    run = runs[kind]
    rows = run.tree.all("table", class_="matrix")[0].all("tbody")[0].all("tr")

    def count(cell: Node) -> int:
        return int(re.match(r"\d*", cell.text("en")).group() or 0)  # type: ignore[union-attr]

    shown = [[count(cell) for cell in row.all("td")] for row in rows]
    # The share stands right behind the count, so the count is read from its own element where there is one.
    shares = [
        [cell.all("small")[0].text("en") if cell.all("small") else "" for cell in row.all("td")]
        for row in rows
    ]
    counts = [
        [
            int(str(cell.text("en")).removesuffix(share) or 0)
            for cell, share in zip(row.all("td"), line, strict=True)
        ]
        for row, line in zip(rows, shares, strict=True)
    ]
    expected = run.json("scores.json")["test"]["confusion"]
    assert counts == expected and len(shown) == len(expected)
    for line, row in zip(shares, expected, strict=True):
        assert line == [numbers.percent(c / sum(row), sum(row)) if c else "" for c in row]


def test_matrix_of_many_classes_puts_confusions_together(runs: dict[str, Written]) -> None:
    run = runs["many"]
    facts = run.json(SUMMARY)
    order = facts["confusion"]["order"]
    assert sorted(order) == list(range(100))
    place = {c: i for i, c in enumerate(order)}
    apart = [abs(place[p["truth"]] - place[p["label"]]) for p in facts["confusion"]["pairs"][:20]]
    assert np.median(apart) == 1
    cells = [
        cell for cell in run.tree.all("table", class_="matrix")[0].all("td") if "title" in cell.attributes
    ]
    expected = np.array(run.json("scores.json")["test"]["confusion"])
    assert len(cells) == np.count_nonzero(expected)
    assert sum(int(c.attributes["title"].partition(": ")[2].split()[0]) for c in cells) == expected.sum()


def test_order_of_finds_hidden_pairs() -> None:
    k, random = 30, np.random.default_rng(0)
    hidden = random.permutation(k)
    matrix = np.eye(k, dtype=int) * 90
    for a, b in hidden.reshape(-1, 2):
        matrix[a, b] = matrix[b, a] = 10
    order = facts_of_run.order_of(matrix)
    assert {frozenset(p) for p in hidden.reshape(-1, 2).tolist()} == {
        frozenset(order[i : i + 2]) for i in range(0, k, 2)
    }
    assert facts_of_run.order_of(matrix[:12, :12]) == list(range(12))
    large = np.eye(140, dtype=int) * 5
    large[7, 100] = 3
    assert {7, 100} <= set(facts_of_run.order_of(large)) and len(facts_of_run.order_of(large)) == 60


def test_order_of_follows_a_chain() -> None:
    hidden = np.random.default_rng(1).permutation(24)
    matrix = np.eye(24, dtype=int) * 80
    for i, (a, b) in enumerate(itertools.pairwise(hidden)):
        matrix[a, b] = matrix[b, a] = 10 + i % 3
    order = facts_of_run.order_of(matrix)
    assert order in (hidden.tolist(), hidden[::-1].tolist())


def test_table_by_class(runs: dict[str, Written]) -> None:
    run = runs["digits"]
    by_class = run.json("scores.json")["test"]["by_class"]
    rows = run.tree.all("table", class_="measures")[0].all("tbody")[0].all("tr")
    assert [row.all("th")[0].text("ko") for row in rows] == list(by_class)
    for row, expected in zip(rows, by_class.values(), strict=True):
        n, *measures = row.all("td")
        assert int(n.attributes["data-v"]) == expected["n"]
        for cell, name in zip(measures, ("precision", "recall", "f1"), strict=True):
            assert float(cell.attributes["data-v"]) == pytest.approx(expected[name])
        bar = measures[1].all("i")[0].attributes["style"]
        low, width = (float(v) for v in re.findall(r"([\d.]+)%", bar))
        assert low == pytest.approx(100 * expected["recall_interval"][0], abs=0.06)
        assert low + width == pytest.approx(100 * expected["recall_interval"][1], abs=0.11)


def test_mistakes_lead_from_the_matrix(runs: dict[str, Written]) -> None:
    run = runs["digits"]
    figures = run.tree.all("div", class_="gallery")[0].all("figure")
    for place in (
        figure.all("span", class_="where")[0] for figure in figures
    ):  # not the beginning of its path
        assert place.attributes["title"] == "그림/" + place.text("en")
    kept = np.load(run.folder.file("mistakes.npz"))
    pairs = [f"{t}-{p}" for t, p in zip(kept["test_truth"], kept["test_label"], strict=True)]
    assert [f.attributes["data-cell"] for f in figures] == pairs
    linked = {a.attributes["data-cell"] for a in run.tree.all("table", class_="matrix")[0].all("a")}
    assert linked == set(pairs)
    first = figures[0].all("img")[0].attributes["src"]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(first.partition(",")[2]))))
    assert np.array_equal(pixels, kept["test_pictures"][0, ..., 0])


# --- what may be missing --------------------------------------------------------------------------------------


def test_sealed_run_shows_validation_and_the_command(runs: dict[str, Written]) -> None:
    run = runs["sealed"]
    text = squeezed(run.tree.all("main")[0].text("en"))
    validation = run.json("scores.json")["validation"]
    assert numbers.percent(validation["metrics"]["accuracy"], validation["n"]) in text
    assert "Recognised in the validation part" in text and "The test part is still sealed." in text
    assert f"hakseup evaluate {run.folder.path.parent.name}/{run.folder.path.name}" in text
    assert "Its labels have not been read." in text
    assert not [
        i for i in run.tree.all("table", class_="classes")[0].all("i") if i.attributes["class"] == "test"
    ]
    assert "fitted once more" in text


def test_interrupted_run(runs: dict[str, Written]) -> None:
    run = runs["interrupted"]
    text = squeezed(run.tree.all("main")[0].text("ko"))
    assert "이 학습은 중단되었습니다. Ctrl-C를 눌렀습니다." in text and "hakseup resume" in text
    assert not run.tree.all("table", class_="matrix") and "신뢰구간" not in text


def test_opened_more_than_once_is_said_as_a_warning(runs: dict[str, Written]) -> None:
    (seal,) = runs["many"].tree.all("p", class_="seal")
    assert "warn" in seal.attributes["class"] and "3 times" in seal.text("en") and "3번" in seal.text("ko")
    (seal,) = runs["digits"].tree.all("p", class_="seal")
    assert "warn" not in seal.attributes["class"].split() and "opened once" in seal.text("en")


def test_names_with_markup_are_text(runs: dict[str, Written]) -> None:
    run = runs["shapes"]
    names = {bdi.text("en") for bdi in run.tree.all("bdi")}
    assert {"<b>rect & co</b>", "둥근 원 (손그림)", "triangle", "사진/000 <b>.png"} <= names
    assert "rect & co" not in {b.text("en") for b in run.tree.all("b")}


def test_facts_are_plain_json_and_the_page_can_be_made_of_them_again(runs: dict[str, Written]) -> None:
    run = runs["digits"]
    again = page.render(run.json(SUMMARY), "en", thumbnails.gather(run.folder, run.json(SUMMARY)))
    assert again == run.text


# --- letters --------------------------------------------------------------------------------------------------


def _embedded(text: str) -> list[TTFont]:
    return [
        TTFont(io.BytesIO(base64.b64decode(content)))
        for content in re.findall(r"data:font/woff;base64,([^)]+)\)", text)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_hangul_character_of_the_page_is_in_the_embedded_font(
    runs: dict[str, Written], kind: str
) -> None:
    embedded = _embedded(runs[kind].text)
    assert len(embedded) == 2
    body = runs[kind].tree.all("body")[0]
    needed = {ord(c) for c in body.text("ko") + body.text("en") if "가" <= c <= "힣" or "!" <= c <= "~"}
    for font in embedded:
        assert needed <= set(font.getBestCmap())


def test_without_the_font_the_page_still_says_everything(
    runs: dict[str, Written], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hakseup.report.fonts.korean_font", lambda bold=False: None)
    monkeypatch.setattr("hakseup.report.canvas.korean_font", lambda bold=False: None)
    run = runs["digits"]
    tree = Tree(page.render(facts_of_run.collect(run.folder), "ko")).root
    style = tree.all("style")[0].children[0]
    assert isinstance(style, str) and "@font-face" not in style and "Malgun Gothic" in style
    assert "손글씨 숫자" in tree.all("h1")[0].text("ko")
