"""Comparing runs: who is right where, and whether that is more than chance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hakseup.errors import CallError, RunError
from hakseup.evaluation import predictions
from hakseup.evaluation.compare import compare
from hakseup.evaluation.verdict import percent, verdict
from hakseup.metrics.classification import scores
from hakseup.metrics.differences import mcnemar
from hakseup.runs.folder import HISTORY, PREPARATION, RUN, SCORES, WEIGHTS, RunFolder
from hakseup.words import Words

KEYS = ["원", "네모"]
TRUTH = np.arange(60) % 2


def made(
    parent: Path,
    name: str,
    *,
    wrong: dict[str, list[int]],
    index: dict[str, np.ndarray] | None = None,
    **data: str,
) -> RunFolder:
    """A run whose predictions are wrong on these rows of each part."""
    folder = RunFolder(parent / name)
    folder.path.mkdir(parents=True)
    facts = {"name": "shapes", "sha256": "s", "test_id": "t", **data}
    folder.write_json(RUN, {"format": 1, "recipe": "fast", "seed": 0, "best_epoch": 2, "data": facts})
    folder.write_text(HISTORY, "epoch,loss,val_loss\n1,0.5,\n2,0.25,0.3\n")
    kept: dict[str, Any] = {}
    for part, rows in wrong.items():
        right = np.ones(60, bool)
        right[rows] = False
        predicted = np.where(right, TRUTH, 1 - TRUTH)
        probabilities = np.where(np.arange(2) == predicted[:, None], 0.9, 0.1).astype(np.float32)
        kept[part] = scores(TRUTH, probabilities, KEYS) | ({"opened": 1} if part == "test" else {})
        predictions.write(
            folder,
            part,
            index=(index or {}).get(part, np.arange(60)),
            where=[f"x[{i}]" for i in range(200)],
            truth=TRUTH,
            probabilities=probabilities,
            classes=KEYS,
        )
    folder.write_json(SCORES, kept)
    return folder


def test_two_runs_on_the_test_part(tmp_path: Path) -> None:
    a = made(tmp_path, "cnn-1", wrong={"validation": [], "test": [0, 1]})
    b = made(tmp_path, "mlp-1", wrong={"validation": [], "test": [1, *range(10, 20)]})
    found = compare([a, b])
    (pair,) = found["pairs"]
    assert (pair["first"], pair["second"], pair["part"], pair["n"]) == ("cnn-1", "mlp-1", "test", 60)
    assert (pair["both"], pair["first_only"], pair["second_only"], pair["neither"]) == (48, 10, 1, 1)
    p = 2 * (1 + 11) / 2**11
    assert pair["p_value"] == pair["p_adjusted"] == pytest.approx(p)
    assert pair["different"] is True
    assert pair["better"] == "cnn-1"
    assert "10 pictures" in pair["en"]
    assert "1.2% of cases" in pair["en"]
    assert "그림 10장은 cnn-1만" in pair["ko"]
    assert "1.2%" in pair["ko"]
    side = found["runs"][1]
    assert side["test"]["accuracy"] == pytest.approx(49 / 60)
    assert side["test_n"] == 60
    assert side["opened"] == 1
    assert side["recipe"] == "fast"
    assert side["history"] == [
        {"epoch": 1, "loss": 0.5, "val_loss": None},
        {"epoch": 2, "loss": 0.25, "val_loss": 0.3},
    ]
    assert len(found["notes"]) == 1
    assert "seed" in found["notes"][0]["en"]
    json.dumps(found, allow_nan=False)


def test_runs_with_the_same_weights_are_one_network(tmp_path: Path) -> None:
    runs = [made(tmp_path, name, wrong={"validation": [], "test": [0]}) for name in ("a-1", "a-2", "b-1")]
    for run, weights in zip(runs, (b"w", b"w", b"other"), strict=True):
        run.file(WEIGHTS).write_bytes(weights)
        run.write_json(PREPARATION, {"scale": "unit"})
    twins, *others = compare(runs)["pairs"]
    assert twins["same_weights"] is True
    assert (twins["n"], twins["first_only"], twins["second_only"]) == (60, 0, 0)
    assert twins["p_value"] is None
    assert "same weights" in twins["en"]
    assert "chance" not in twins["en"]
    assert [pair["same_weights"] for pair in others] == [False, False]
    assert all(pair["p_adjusted"] == pair["p_value"] for pair in others)  # one network against one other
    assert not any("Holm" in note["en"] for note in compare(runs)["notes"])
    runs[1].write_json(PREPARATION, {"scale": "standard"})  # other pictures come in: not the same
    assert compare(runs)["pairs"][0]["same_weights"] is False
    runs[0].file(PREPARATION).unlink()
    runs[1].file(PREPARATION).unlink()
    assert compare(runs)["pairs"][0]["same_weights"] is False


def test_validation_where_the_test_part_is_still_closed(tmp_path: Path) -> None:
    a = made(tmp_path, "a-1", wrong={"validation": [0], "test": []})
    b = made(tmp_path, "b-1", wrong={"validation": [1, 2]})
    (pair,) = compare([a, b])["pairs"]
    assert pair["part"] == "validation"
    assert (pair["first_only"], pair["second_only"]) == (2, 1)
    assert pair["different"] is False
    assert pair["better"] is None
    assert pair["p_value"] == 1
    assert compare([a, b])["runs"][1]["test"] is None


def test_other_validation_pictures_cannot_be_compared(tmp_path: Path) -> None:
    a = made(tmp_path, "a-1", wrong={"validation": [0], "test": []})
    b = made(tmp_path, "b-1", wrong={"validation": [0]}, index={"validation": np.arange(60) + 1})
    (pair,) = compare([a, b])["pairs"]
    assert pair["part"] is None
    assert pair["p_value"] is None
    assert pair["different"] is None
    assert "not been opened for b-1" in pair["en"]
    assert "b-1에서는" in pair["ko"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"sha256": "other", "test_id": "other"}, "different data"),
        ({"test_id": "other"}, "divided in another way"),
    ],
)
def test_other_data_cannot_be_compared(tmp_path: Path, data: dict[str, str], says: str) -> None:
    a = made(tmp_path, "a-1", wrong={"validation": [0], "test": []})
    moved = {"validation": np.arange(60) + 1, "test": np.arange(60)}
    b = made(tmp_path, "b-1", wrong={"validation": [0], "test": []}, index=moved, **data)
    (pair,) = compare([a, b])["pairs"]
    assert pair["part"] is None
    assert says in pair["en"]


def test_the_same_rows_in_another_order_are_the_same(tmp_path: Path) -> None:
    a = made(tmp_path, "a-1", wrong={"test": [0, 1]})
    b = made(tmp_path, "b-1", wrong={"test": [0, 1]})
    frame = predictions.read(b, "test")
    frame.sample(fraction=1, shuffle=True, seed=1).write_parquet(b.predictions_file("test"))
    (pair,) = compare([a, b])["pairs"]
    assert (pair["both"], pair["neither"]) == (58, 2)
    assert "same pictures" in pair["en"]


def test_three_runs_are_corrected_for_looking_three_times(tmp_path: Path) -> None:
    a = made(tmp_path, "a-1", wrong={"test": []})
    b = made(tmp_path, "b-1", wrong={"test": list(range(6))})  # against a: 2 / 2**6 = 0.031
    c = made(tmp_path, "c-1", wrong={"test": list(range(4))})  # against a: 2 / 2**4; against b: 2 / 2**2
    found = compare([a, b, c])
    by_pair = {(p["first"], p["second"]): p for p in found["pairs"]}
    assert by_pair["a-1", "b-1"]["p_value"] == pytest.approx(0.03125)
    assert by_pair["a-1", "b-1"]["p_adjusted"] == pytest.approx(0.09375)
    assert by_pair["a-1", "b-1"]["different"] is False
    assert "9.4%" in by_pair["a-1", "b-1"]["en"]
    assert by_pair["a-1", "c-1"]["p_adjusted"] == pytest.approx(0.25)
    assert by_pair["b-1", "c-1"]["p_adjusted"] == pytest.approx(0.5)
    assert "Holm" in found["notes"][1]["ko"]


def test_names_that_are_the_same_are_told_apart(tmp_path: Path) -> None:
    a = made(tmp_path / "one", "fast-1", wrong={"test": []})
    b = made(tmp_path / "two", "fast-1", wrong={"test": []})
    assert [run["name"] for run in compare([a, b])["runs"]] == [str(a.path), str(b.path)]


def test_calls_that_make_no_sense(tmp_path: Path) -> None:
    a = made(tmp_path, "a-1", wrong={"test": []})
    for folders, code in (([], "one-run"), ([a], "one-run"), ([a, a], "same-run")):
        with pytest.raises(CallError) as caught:
            compare(folders)
        assert caught.value.code == code
    b = made(tmp_path, "b-1", wrong={"test": []})
    b.file(SCORES).unlink()
    with pytest.raises(RunError):
        compare([a, b])


def test_the_verdict_in_both_languages() -> None:
    first, second = np.ones(43, bool), np.ones(43, bool)
    second[:31] = False
    first[31:] = False
    paired = mcnemar(first, second)
    assert (paired.first_only, paired.second_only) == (31, 12)
    words = verdict(Words("A", "가"), Words("B", "나"), paired, paired.p_value)
    assert words.en == (
        "On 31 pictures only A is right, on 12 only B; between equals a difference this large arises by chance "
        "in 0.5% of cases: A is better."
    )
    assert words.ko == (
        "그림 31장은 가만, 12장은 나만 맞혔습니다. 실력이 같아도 이만한 차이가 우연히 생길 확률은 0.5%입니다. "
        "가가 더 낫다고 볼 수 있습니다."
    )
    unsure = verdict(Words("A", "가"), Words("B", "나"), paired, 0.06)
    assert unsure.en.endswith("6.0% of cases: which is better cannot be said.")
    assert unsure.ko.endswith("어느 쪽이 낫다고 말할 수 없습니다.")


@pytest.mark.parametrize(
    ("share", "text"),
    [(1, "100%"), (0.314, "31%"), (0.0094, "0.9%"), (0.0005, "0.05%"), (0.00001, "less than 0.01%")],
)
def test_percent(share: float, text: str) -> None:
    assert percent(share).en == text
