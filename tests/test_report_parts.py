"""What the report is made of: findings in sentences, numbers, letters, figures, small pictures."""

from __future__ import annotations

import io
import itertools
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import report_sample
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from report_html import Tree

from hakseup.files import korean_font
from hakseup.report import facts as facts_of_run
from hakseup.report import findings, fonts, numbers, plots, thumbnails, training_findings
from hakseup.runs.folder import RunFolder

pytestmark = pytest.mark.drawn


@given(st.integers(1, 10**6), st.data())
def test_percent_never_rounds_to_everything_or_nothing(n: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, n))
    shown = numbers.percent(right / n, n)
    if 0 < right < n:
        assert float(shown.strip("<>%")) not in (0, 100)
    value = float(shown.strip("<>%"))
    assert abs(value - 100 * right / n) <= (
        0.5 if n < 50 else 0.1 if "<" in shown or ">" in shown else 0.0501
    )


# --- what is said ---------------------------------------------------------------------------------------------


def _facts(tmp_path: Path, **changes: Any) -> dict[str, Any]:
    return facts_of_run.collect(RunFolder(report_sample.digits(**changes).write(tmp_path)))


def _with_history(facts: dict[str, Any], val_loss: list[float], val_accuracy: list[float]) -> dict[str, Any]:
    history = {
        "epoch": [],
        "loss": val_loss,
        "accuracy": val_accuracy,
        "val_loss": val_loss,
        "val_accuracy": val_accuracy,
    }
    return {**facts, "history": history, "run": {**facts["run"], "best_epoch": 1 + int(np.argmin(val_loss))}}


_FLAT = [
    0.127,
    0.146,
    0.149,
    0.149,
    0.140,
    0.138,
    0.132,
    0.149,
    0.140,
    0.140,
    0.142,
    0.142,
    0.141,
    0.139,
    0.135,
]
_RISING = [3, 1, *[1 + 0.1 * i for i in range(1, 9)]]


@pytest.mark.parametrize(
    ("val_loss", "title", "answer"),
    [
        pytest.param(_FLAT, "hardly changes after the first epoch", "The first epoch did nearly all", id="flat"),
        pytest.param([0.5] * 8, "hardly changes after the first epoch", "The first epoch did nearly all", id="constant"),
        pytest.param([0.9, 0.5], "In 2 epochs validation loss went from 0.9 to 0.5", "So far, yes", id="two"),
        pytest.param([0.9, 0.91, 0.9], "In 3 epochs validation loss went", "3 epochs show no course", id="three"),
        pytest.param([3, 2, 1.5, 1.2], "still falls at the last epoch, 4", "more epochs may still help", id="falling"),
        pytest.param([2 * 0.9**i for i in range(40)], "still falls at the last epoch, 40", "more epochs", id="slow"),
        pytest.param(_RISING, "lowest at epoch 2 and rises after it", "Up to epoch 2.", id="overfitting"),
        pytest.param([0.3, 0.5, 0.8, 1.1, 1.3], "lowest at epoch 1 and rises", "Up to epoch 1.", id="rising at once"),
        pytest.param([3, 1, 0.5, 0.51, 0.5, 0.51, 0.52, 0.51], "hardly falls after epoch 3", "settles", id="settled"),
        pytest.param([2 * 0.5**i + 0.2 for i in range(30)], "hardly falls after epoch 5", "epoch 5, then", id="long"),
        pytest.param([0.6, 1.2, 0.4, 1.1, 0.5, 1.3, 0.4, 1.0], "goes up and down", "Hard to say", id="noisy"),
        pytest.param([0.4, 1.0, 0.9, 0.42, 0.41, 0.4], "goes up and down", "Hard to say", id="there and back"),
    ],
)  # fmt: skip
def test_answer_and_title_agree_with_the_curve(
    tmp_path: Path, val_loss: list[float], title: str, answer: str
) -> None:
    facts = _with_history(_facts(tmp_path), val_loss, [0.9] * len(val_loss))
    assert title in training_findings.loss(facts)["en"]  # type: ignore[index]
    assert answer in training_findings.training(facts)["en"]  # type: ignore[index]


def test_what_learning_by_heart_and_guessing_look_like(tmp_path: Path) -> None:
    facts = _with_history(_facts(tmp_path), _RISING, [0.9] * 10)
    assert "by heart" not in training_findings.training(facts)["en"]  # type: ignore[index]
    facts["history"]["loss"] = [1 / i for i in range(1, 11)]
    assert "by heart" in training_findings.training(facts)["en"]  # type: ignore[index]
    guessing = _with_history(facts, [2.4, 2.3, 2.31, 2.32], [0.09, 0.1, 0.1, 0.1])
    guessing["score"]["interval"]["auc"] = [0.45, 0.55]
    assert training_findings.training(guessing)["en"].startswith("Hardly")  # type: ignore[index]


@pytest.mark.parametrize(
    ("reached", "auc", "begins"),
    [
        (0.76, None, "Yes"),  # beyond chance: 65 % of 400 at most would reach 70 %
        (0.76, [0.7, 0.9], "Yes"),
        (0.68, [0.7, 0.9], "Yes"),  # accuracy alone does not settle it, but it ranks the rows
        (0.68, [0.48, 0.6], "Perhaps: 68.0% of 400"),
        (0.65, [0.48, 0.6], "Hardly"),
        (0.64, [0.7, 0.9], "In part: it tells the classes apart"),
        (0.65, None, "Hardly"),
    ],
)
def test_better_than_guessing_is_what_chance_does_not_do(
    tmp_path: Path, reached: float, auc: list[float] | None, begins: str
) -> None:
    facts = _with_history(_facts(tmp_path), [3, 2, 1.5, 1.2], [reached] * 4)
    facts["source"]["counts"]["validation"] = {"no": 260, "yes": 140}
    facts["score"]["interval"]["auc"] = auc
    facts["history"].pop("accuracy", None)
    assert training_findings.training(facts)["en"].startswith(begins)  # type: ignore[index]


@pytest.mark.parametrize(
    ("stopping", "said"),
    [
        ({"restore_best": True, "patience": 5}, "used to choose the epoch and to stop in time"),
        ({"restore_best": True, "patience": 0}, "used to choose the epoch."),
        ({"restore_best": False, "patience": 5}, "used to stop in time"),
        ({"restore_best": False, "patience": 0}, "keeps the last epoch"),
    ],
)
def test_what_validation_was_for(tmp_path: Path, stopping: dict[str, Any], said: str) -> None:
    facts = _facts(tmp_path)
    facts["settings"]["stopping"] = stopping
    assert said in training_findings.validation_use(facts)["en"]
    assert ("chosen" in training_findings.accuracy(facts)["en"]) == stopping["restore_best"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("confidence", "accuracy", "n", "begins"),
    [
        (0.9, 0.9, 1000, "Yes"),
        (0.99, 0.9, 1000, "Not quite"),
        (0.7, 0.9, 1000, "It is too modest"),
        (0.99, 0.9, 20, "With 20"),
    ],
)
def test_findings_on_certainty(confidence: float, accuracy: float, n: int, begins: str) -> None:
    bins = [
        {"low": 0.6, "high": 1.0, "n": n, "confidence": confidence, "accuracy": accuracy},
        {"low": 0, "high": 0.6, "n": 0},
    ]
    score = {"calibration": {"bins": bins}, "interval": {"accuracy": report_sample.wilson(accuracy * n, n)}}
    assert findings.certainty({"score": score})["en"].startswith(begins)  # type: ignore[index]


def test_findings_on_baselines(tmp_path: Path) -> None:
    facts = _facts(tmp_path)
    assert "do not settle" in findings.against_baselines(facts)["en"]  # type: ignore[index]
    facts["score"]["versus_baseline"] = {"better": True}
    assert "by more than chance" in findings.against_baselines(facts)["en"]  # type: ignore[index]
    facts["headline"]["accuracy"], facts["score"]["versus_baseline"] = 0.5, {"better": False}
    assert "no better" in findings.against_baselines(facts)["en"]  # type: ignore[index]


def test_most_frequent_confusion_with_particles(tmp_path: Path) -> None:
    facts = _facts(tmp_path)
    facts["confusion"]["pairs"] = [{"truth": 0, "label": 1, "n": 3, "share": 0.1}]
    facts["classes"][0] |= {"en": "shirt", "ko": "셔츠"}
    facts["classes"][1] |= {"en": "coat", "ko": "코트"}
    said = findings.mistakes(facts)
    assert said is not None and "shirt was taken for coat (3 times)" in said["en"]
    assert "셔츠를 코트로 본 것이 가장 많습니다(3번)" in said["ko"]


# --- letters --------------------------------------------------------------------------------------------------


def test_subset_keeps_the_outlines_and_nothing_else() -> None:
    source = korean_font(bold=True)
    assert source is not None
    small = TTFont(io.BytesIO(fonts.subset(source, "학습 abc")))
    whole = TTFont(source)
    assert set(small.getBestCmap()) == {ord(c) for c in "학습 abc"}
    for character in "학습a":
        name, small_name = whole.getBestCmap()[ord(character)], small.getBestCmap()[ord(character)]
        assert whole["glyf"][name].getCoordinates(whole["glyf"]) == small["glyf"][small_name].getCoordinates(
            small["glyf"]
        )
    assert fonts.subset(source, "학습") == fonts.subset(source, "습학학")


# --- figures --------------------------------------------------------------------------------------------------


def test_figures_leave_matplotlib_alone_and_do_not_depend_on_it() -> None:
    code = """
import sys, matplotlib
from hakseup.report import plots
first = plots.curves([3, 2, 1], [3, 2, 2], 2, share=False)
assert "matplotlib.pyplot" not in sys.modules
matplotlib.rcParams.update({"lines.linestyle": "--", "axes.spines.bottom": False, "svg.fonttype": "path"})
matplotlib.rcParams.update({"lines.marker": "x", "savefig.bbox": "tight", "font.size": 30})
before = dict(matplotlib.rcParams)
assert plots.curves([3, 2, 1], [3, 2, 2], 2, share=False) == first
assert dict(matplotlib.rcParams) == before
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_curves_mark_the_chosen_epoch_and_label_the_lines() -> None:
    figure = plots.curves([2.0, 1.0, 0.5, 0.4], [2.1, 1.2, 1.3, 1.4], 2, share=False)
    english, korean = Tree(f"<div>{figure.en}</div>").root, Tree(f"<div>{figure.ko}</div>").root  # type: ignore[attr-defined]
    said = {t.text("en") for t in english.all("text")}
    assert {"training", "validation", "epoch", "loss", "chosen: epoch 2"} <= said
    assert {"학습", "검증", "에포크", "오차", "고른 에포크 2"} <= {t.text("ko") for t in korean.all("text")}
    assert "var(--train)" in figure and "var(--validation)" in figure and "#0a0b" not in figure
    # The line of validation goes through the dots of its four epochs, evenly apart, in the right order of heights.
    line = next(
        p
        for p in english.all("path")
        if "stroke: var(--validation)" in p.attributes["style"] and p.attributes["d"].count("L") == 3
    )
    points = np.array(re.findall(r"([\d.]+) ([\d.]+)", line.attributes["d"]), float)
    assert np.ptp(np.diff(points[:, 0])) < 0.3
    assert list(np.argsort(points[:, 1])) == [0, 3, 2, 1]


@pytest.mark.parametrize(
    ("trained", "validated", "chosen"),
    [
        ([1.0], [2.0], 1),
        ([1.0, None, None], [], None),
        ([None, None], [0.1, 0.2], 7),
        ([1e30, 5.0, None], [1e28, None, 2.0], 2),
        ([0.0, 0.0], [0.0, 0.0], 1),
        ([1.0] * 2000, list(np.linspace(2, 0.001, 2000)), 2000),
    ],
)
def test_curves_of_every_length(
    trained: list[float | None], validated: list[float | None], chosen: int | None
) -> None:
    for share in (False, True):
        figure = plots.curves(trained, validated, chosen, share=share)
        assert Tree(f"<div>{figure}</div>").root.all("svg") and "nan" not in figure
        assert len(figure) < 60_000


def test_thinning_keeps_peaks() -> None:
    y = np.sin(np.arange(5000) / 300)
    y[1234], y[4321] = 9, -9
    x, thin = plots.thinned(np.arange(5000), y)
    assert len(thin) <= plots.POINTS + 2 and {9, -9} <= set(thin) and x[0] == 0 and x[-1] == 4999
    assert np.array_equal(y[x], thin)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_labels_are_moved_apart_in_order(places: list[float]) -> None:
    out = plots.spread(sorted(places), 0.1)
    assert all(b - a >= 0.1 - 1e-6 for a, b in itertools.pairwise(out))
    assert out[0] >= -1e-6 and out[-1] <= 1 + 1e-6


def test_reliability_shows_n_of_every_filled_group() -> None:
    bins = [
        {"low": 0.0, "high": 0.5, "n": 0, "confidence": None, "accuracy": None},
        {"low": 0.5, "high": 0.9, "n": 17, "confidence": 0.7, "accuracy": 0.6},
        {"low": 0.9, "high": 1.0, "n": 1234, "confidence": 0.98, "accuracy": 0.97},
    ]
    texts = {t.text("en") for t in Tree(f"<div>{plots.reliability(bins, 'test')}</div>").root.all("text")}
    assert {"17", "1,234"} <= texts and "0" in texts


def test_large_pictures_are_made_small() -> None:
    random = np.random.default_rng(0)
    small = thumbnails.thumbnail(random.integers(0, 255, (60, 40, 3), dtype=np.uint8))
    assert small.uri.startswith("data:image/png") and small.scaled(112) == (80, 120)
    large = thumbnails.thumbnail(random.integers(0, 255, (300, 600, 3), dtype=np.uint8))
    assert large.uri.startswith("data:image/jpeg") and (large.width, large.height) == (144, 72)
    assert large.scaled(112) == (112, 56)
