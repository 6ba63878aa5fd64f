"""Reports of runs that are strange, incomplete, damaged or large."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import report_sample
from report_html import Tree

from hakseup.errors import RunError
from hakseup.report import page
from hakseup.runs.folder import RunFolder

pytestmark = pytest.mark.drawn


def test_texts_of_the_run_are_text_everywhere(tmp_path: Path) -> None:
    folder = RunFolder(report_sample.shapes(name='<i>"x"-1', state="interrupted").write(tmp_path))
    with folder.file("recipe.toml").open("a", encoding="utf-8") as recipe:
        recipe.write("# <i>&\n")
    tree = Tree(page.write(folder, "en").read_text("utf-8")).root
    assert tree.all("title")[0].attributes["data-ko"] == '<i>"x" · hakseup'
    assert tree.all("h1")[0].text("en") == '<i>"x"'
    assert any(pre.text("en").endswith("# <i>&\n") for pre in tree.all("pre"))


OPTIONAL = (
    "recipe.toml",
    "source.json",
    "network.json",
    "history.csv",
    "scores.json",
    "mistakes.npz",
    "status.json",
)


@pytest.mark.parametrize("name", OPTIONAL)
def test_without_one_of_the_files(tmp_path: Path, name: str) -> None:
    folder = RunFolder(report_sample.shapes().write(tmp_path))
    folder.file(name).unlink()
    assert Tree(page.write(folder, "en").read_text("utf-8")).root.all("section")


def test_only_run_json(tmp_path: Path) -> None:
    folder = RunFolder(report_sample.shapes().write(tmp_path))
    for name in (*OPTIONAL, "split.npz"):
        folder.file(name).unlink()
    text = Tree(page.write(folder, "ko").read_text("utf-8")).root.all("main")[0].text("ko")
    assert "첫 에포크를 마치지 못했습니다" in text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("scores.json", "{"),
        ("scores.json", '{"test": {"n": 3}}'),
        ("source.json", "[]"),
        ("source.json", '{"classes": 3}'),
        ("source.json", '{"classes": [], "n": 3}'),
        ("history.csv", "epoch,loss\n1,x\n"),
        ("history.csv", "epoch,loss\n1,2,3,4\n2\n"),
        ("mistakes.npz", "no zip"),
        ("run.json", "{}x"),
    ],
)
def test_damaged_files_are_one_kind_of_error(tmp_path: Path, name: str, content: str) -> None:
    folder = RunFolder(report_sample.shapes().write(tmp_path))
    folder.file(name).write_text(content, "utf-8")
    with pytest.raises(RunError) as raised:
        page.write(folder, "en")
    assert raised.value.code == "run-damaged"
    said = f"{raised.value.message.en} {raised.value.message.ko}"
    assert not any(word in said for word in ("pickle", "codec", "Expecting", ".."))


def test_worst_case_stays_small(tmp_path: Path) -> None:
    sample = report_sample.many(120, 12, skill=0.5)
    noise = np.random.default_rng(0).integers(0, 256, (len(sample.truth), 64, 64, 3), dtype=np.uint8)
    folder = RunFolder(dataclasses.replace(sample, pictures=noise).write(tmp_path))
    path = page.write(folder, "en")
    assert path.stat().st_size < 3_000_000
    tree = Tree(path.read_text("utf-8")).root
    rows = [row for table in tree.all("table", class_="classes") for row in table.all("tbody")[0].all("tr")]
    assert len(rows) == 120 and rows[99].all("img") and not rows[100].all("img")
    assert "60 classes with fewer confusions are left out" in tree.all("main")[0].text("en")
