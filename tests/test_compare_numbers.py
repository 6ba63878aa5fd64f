"""Runs that predict a number, side by side: against SciPy's bootstrap, and in words, on the terminal and on the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from report_html import Tree
from scipy import stats

from hakseup.cli import main
from hakseup.evaluation import predictions
from hakseup.evaluation.compare import compare
from hakseup.evaluation.compare_numbers import Sizes
from hakseup.metrics import regression
from hakseup.report import compare_page
from hakseup.runs.folder import PREPARATION, RUN, SCORES, WEIGHTS, RunFolder

RNG = np.random.default_rng(0)
TRUTH = RNG.lognormal(11, 0.5, 120)
NEAR, FAR = TRUTH * (1 + RNG.normal(0, 0.08, 120)), TRUTH * (1 + RNG.normal(0, 0.2, 120))


def made(parent: Path, name: str, said: np.ndarray, **data: Any) -> RunFolder:
    """A run of a table whose test part was opened."""
    folder = RunFolder(parent / name)
    folder.path.mkdir(parents=True)
    about = {"name": "house", "source": "house.csv", "kind": "table", "sha256": "d", "test_id": "t", **data}
    unit = {"en": "mean squared error in deviations", "ko": "표준편차 단위의 평균 제곱 오차"}
    folder.write_json(
        RUN, {"format": 1, "data": about, "recipe": "table", "seed": 0, "parameters": 9, "loss_unit": unit}
    )
    score = regression.scores(TRUTH, said)
    folder.write_json(SCORES, {"validation": score, "test": score | {"opened": 1}})
    folder.write_text("history.csv", "epoch,loss,accuracy,val_loss,val_accuracy\n1,0.5,,0.6,\n2,0.4,,0.5,\n")
    folder.write_json(PREPARATION, {"name": name})
    folder.write_bytes(WEIGHTS, name.encode())
    index = np.arange(len(TRUTH))
    for part in ("validation", "test"):
        predictions.write_values(folder, part, index=index, where=index.astype(str), truth=TRUTH, values=said)
    return folder


def test_the_differences_are_those_of_scipy() -> None:
    found = Sizes.of(TRUTH, NEAR, FAR)
    one, other = NEAR - TRUTH, FAR - TRUTH

    def rmse(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
        out: np.ndarray = np.sqrt((a**2).mean(axis)) - np.sqrt((b**2).mean(axis))
        return out

    def mae(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
        out: np.ndarray = np.abs(a).mean(axis) - np.abs(b).mean(axis)
        return out

    for (value, ends), statistic in ((found.rmse, rmse), (found.mae, mae)):
        theirs = stats.bootstrap(
            (one, other), statistic, paired=True, n_resamples=4000, rng=1
        ).confidence_interval
        assert value == pytest.approx(float(statistic(one, other)))
        assert ends is not None and ends[0] < value < ends[1]
        assert ends == pytest.approx((theirs.low, theirs.high), rel=0.08)
    assert found.nearer + found.further == 120 and found.nearer > 70 and found.p_value < 0.01


def test_the_run_with_smaller_errors_is_called_better(tmp_path: Path) -> None:
    runs = [made(tmp_path, "far-1", FAR), made(tmp_path, "near-1", NEAR), made(tmp_path, "near-2", NEAR + 1)]
    found = compare(runs)
    first, _second, third = found["pairs"]
    assert (first["better"], first["different"], first["part"]) == ("near-1", True, "test")
    assert first["difference"]["rmse"] > 0 and first["interval"]["rmse"][0] > 0
    assert first["second_only"] > first["first_only"] and first["p_adjusted"] >= first["p_value"]
    assert "The RMSE of near-1 is lower than that of far-1" in first["en"] and "near-1의 RMSE" in first["ko"]
    assert third["different"] is False and "cannot be said" in third["en"]


def test_classes_and_numbers_are_not_compared(tmp_path: Path) -> None:
    other = made(tmp_path, "classes-1", NEAR)
    for part in ("validation", "test"):
        said = (predictions.read(other, part)[name] for name in ("index", "where", "where", "value"))
        frame = pl.DataFrame(dict(zip(("index", "where", "truth", "probability"), said, strict=True)))
        frame.with_columns(label="truth").write_parquet(other.predictions_file(part))
    (pair,) = compare([made(tmp_path, "near-1", NEAR), other])["pairs"]
    assert pair["p_value"] is None and "row by row" in pair["en"] and "different rows" in pair["en"]


def test_the_command_line_and_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [str(made(tmp_path, name, said).path) for name, said in (("near-1", NEAR), ("far-1", FAR))]
    page = tmp_path / "page.html"
    assert main(["compare", *runs, "--html", str(page), "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "(RMSE, 95% interval)" in said and "near-1 is better" in said
    text = Tree(page.read_text("utf-8")).root.all("main")[0].text("en")
    assert "near-1 is better than the other by more than chance." in text
    assert "RMSE: first less second" in text and "MAE: first less second" in text
    assert "mean squared error in deviations" in text and "recognised" not in text.lower()
    assert main(["compare", *runs, "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(found["pairs"][0]["interval"]) == {"rmse", "mae"}


def test_losses_of_other_units_share_no_axis(tmp_path: Path) -> None:
    found = compare([made(tmp_path, "near-1", NEAR), made(tmp_path, "far-1", FAR)])
    assert "Loss on the validation part" in compare_page.render(found, "en")
    found["runs"][0]["loss_unit"] = {"en": "of the logarithm", "ko": "로그"}
    assert "Loss on the validation part" not in compare_page.render(found, "en")
