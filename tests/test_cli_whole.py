"""The whole way through the command line, for real: a small folder of pictures with Korean names, two short runs."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hakseup.cli import main

TRAIN = [
    "--set",
    "training.min_steps=0",
    "--set",
    "training.small_below=0",
    "--epochs",
    "2",
    "--batch-size",
    "16",
]
SUMMARY = (
    "run data recipe seed device precision epochs best_epoch train_seconds total_seconds images_per_second "
    "peak_memory_mb parameters validation"
)


def answer(*words: str) -> dict[str, Any]:
    """The JSON object of a call that goes well."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([*words, "--json", "--lang", "ko"])
    assert status == 0, out.getvalue() + err.getvalue()
    lines = out.getvalue().splitlines()
    assert len(lines) == 1
    assert "Traceback" not in err.getvalue()
    found: dict[str, Any] = json.loads(lines[0])
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A working folder with `그림 모음/`: bright squares, dark squares and stripes, 24 of each, 12 by 12 pixels."""
    home = tmp_path_factory.mktemp("place")
    random = np.random.Generator(np.random.PCG64(1))
    for name, (top, bottom) in {"밝음": (200, 200), "어두움": (40, 40), "줄 무늬": (220, 20)}.items():
        (home / "그림 모음" / name).mkdir(parents=True)
        for number in range(24):
            pixels = np.empty((12, 12), np.uint8)
            pixels[::2], pixels[1::2] = top, bottom
            pixels += random.integers(0, 20, pixels.shape, np.uint8)
            Image.fromarray(pixels).save(home / "그림 모음" / name / f"{number}.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HAKSEUP_HOME", str(home / "home"))
        patch.delenv("HAKSEUP_RUNS", raising=False)
        patch.chdir(home)
        yield home


@pytest.fixture(scope="module")
def trained(place: Path) -> list[dict[str, Any]]:
    return [answer("train", "그림 모음", *TRAIN, "--seed", seed) for seed in ("1", "2")]


def test_train_evaluate_predict_report(place: Path, trained: list[dict[str, Any]]) -> None:
    for summary, seed in zip(trained, (1, 2), strict=True):
        assert set(SUMMARY.split()) <= set(summary)
        assert (summary["seed"], summary["recipe"], summary["epochs"]) == (seed, "fast", 2)
        assert {"accuracy", "loss", "f1"} <= set(summary["validation"])
        for name in ("recipe.toml", "run.json", "weights.safetensors", "report.html", "summary.json"):
            assert (place / summary["run"] / name).is_file()
    run = trained[0]["run"]

    first, second = answer("evaluate", run), answer("evaluate", run)
    for one, times in ((first, 1), (second, 2)):
        assert {"run", "n", "test", "interval", "baselines", "opened"} <= set(one)
        low, high = one["interval"]["accuracy"]
        assert low <= one["test"]["accuracy"] <= high
        assert {"majority", "linear"} <= set(one["baselines"])
        assert one["opened"] == times
    assert first["test"] == second["test"]

    found = answer("predict", run, "그림 모음/줄 무늬/2.png", "그림 모음/밝음")
    assert found["n"] == 25
    assert found["predictions"][0]["input"] == str(Path("그림 모음/줄 무늬/2.png"))
    for one in found["predictions"]:
        assert set(one["probabilities"]) == {"밝음", "어두움", "줄 무늬"}
        assert one["label"] == max(one["probabilities"], key=one["probabilities"].__getitem__)
    assert "predictions" not in answer("predict", run, "그림 모음/밝음", "--out", "예측.csv")
    with Path("예측.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["label"] for row in rows] == [one["label"] for one in found["predictions"][1:]]

    page = place / answer("report", run)["report"]
    assert "<html" in page.read_text("utf-8")


def test_runs_compare_resume_recipes(place: Path, trained: list[dict[str, Any]]) -> None:
    listed = answer("runs")["runs"]
    assert {str(Path(one["path"])) for one in listed} == {str(Path(one["run"])) for one in trained}
    assert {one["state"] for one in listed} == {"done"}
    compared = answer("compare", *(one["run"] for one in trained), "--html", "비교.html")
    assert len(compared["runs"]) == 2
    assert len(compared["pairs"]) == 1
    assert (place / "비교.html").is_file()
    longer = answer("resume", trained[1]["run"], "--epochs", "3")
    assert (longer["run"], longer["epochs"]) == (trained[1]["run"], 3)
    assert answer("recipes", longer["run"])["recipe"]["training"]["epochs"] == 3


def test_a_saved_recipe_repeats_the_run(place: Path, trained: list[dict[str, Any]]) -> None:
    again = answer("train", "--recipe", trained[0]["run"], "--out", "again")
    weights = [Path(one["run"], "weights.safetensors").read_bytes() for one in (trained[0], again)]
    assert weights[0] == weights[1]


def test_look_and_pixels(place: Path) -> None:
    facts = answer("look", "그림 모음", "--html", "보기.html")
    assert facts["n"] == 72
    assert [one["key"] for one in facts["classes"]] == ["밝음", "어두움", "줄 무늬"]
    assert (place / "보기.html").is_file()
    pixels = answer("look", "그림 모음", "--pixels", "0")["pixels"]
    assert np.shape(pixels)[:2] == (12, 12)


def test_data_lists_where_it_lies(place: Path) -> None:
    known = {one["name"]: one for one in answer("data")["data"]}
    assert {"mnist", "fashion_mnist", "digits", "shapes"} <= set(known)
    assert known["digits"]["found"] == "package"
