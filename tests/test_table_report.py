"""The report on tables: it says what the facts say, in two languages, as one file; and plainly when the network loses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from report_html import Node, Tree
from sklearn import metrics as sk
from table_report_sample import frame, make, write

from hakseup.errors import RunError
from hakseup.evaluation.table_details import of_classes, of_numbers
from hakseup.report import page, table_page, table_said
from hakseup.runs.folder import RunFolder

pytestmark = pytest.mark.drawn

KINDS = ("classes", "many", "number")


@pytest.fixture(scope="module")
def pages() -> dict[str, tuple[dict[str, Any], str, Node]]:
    out = {}
    for i, kind in enumerate(KINDS):
        facts = make(kind)
        text = table_page.render(facts, "ko" if i % 2 else "en")
        out[kind] = (facts, text, Tree(text).root.all("body")[0])
    return out


def squeezed(node: Node, language: str, **how: bool) -> str:
    return " ".join(node.text(language, **how).split())


@pytest.mark.parametrize("kind", KINDS)
def test_one_file_that_asks_for_nothing(pages: dict[str, Any], kind: str) -> None:
    _facts, text, body = pages[kind]
    assert len(text.encode()) < 2_000_000
    for node in body.all():
        for key, value in node.attributes.items():
            if key in ("src", "href", "xlink:href"):
                assert value.startswith(("#", "data:")), (node.tag, key, value)
    ids = [node.attributes["id"] for node in body.all() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    assert {a.attributes["href"][1:] for a in body.all("a")} <= set(ids)
    assert "<b>제주" not in text and "<maybe>" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_no_korean_in_english_and_little_english_in_korean(pages: dict[str, Any], kind: str) -> None:
    _facts, _text, body = pages[kind]
    main = body.all("main")[0]
    categories = {"서울", "부산", "제주"}  # of the data, at the axis of a figure
    assert set(re.findall("[가-힣]+", squeezed(main, "en", names=False))) <= categories
    korean = squeezed(main, "ko", names=False)
    left = set(re.findall("[A-Za-z]{4,}", korean)) - {"RMSE", "Permutation", "hakseup", "Brier", "maybe"}
    assert not left, left


def test_the_number_page_says_its_scores(pages: dict[str, Any]) -> None:
    facts, _text, body = pages["number"]
    en, ko = squeezed(body, "en"), squeezed(body, "ko")
    metrics = facts["score"]["metrics"]
    for value in (metrics["rmse"], metrics["mae"]):
        assert table_page.number(value) in en and table_page.number(value) in ko
    for words in ("better than ridge regression by more than chance", "opened once", "Real against predicted", "Residuals",
                  "The worst rows", "Permutation importance", "identifier: every row has another value", "It is written in cp949.",
                  "RMSE of the logarithms", "always the mean"):  # fmt: skip
        assert words in en, words
    for words in (
        "릿지 회귀보다 우연이라고 보기 어려울 만큼 낫습니다",
        "한 번 열었습니다",
        "실제와 예측",
        "잔차",
        "식별자: 모든 행의 값이 다릅니다",
    ):
        assert words in ko, words
    assert len(body.all("table", class_="cells")[0].all("tr")) == 26


def test_the_class_page_says_its_scores(pages: dict[str, Any]) -> None:
    _facts, _text, body = pages["classes"]
    en = squeezed(body, "en")
    for words in (
        "Confusion matrix",
        "ROC curve",
        "Precision and recall",
        "AUC is",
        "The decision threshold",
        "logistic regression",
        "Class by class",
    ):
        assert words in en, words
    assert "At every threshold" in en and "At every threshold" not in squeezed(pages["many"][2], "en")
    assert "<maybe> en" in squeezed(pages["many"][2], "en")


def test_it_is_said_plainly_that_the_network_is_not_better() -> None:
    facts = make("number", skill=0.2)
    assert "not better here: ridge regression beats it" in facts["findings"]["baseline"]["en"]
    assert "신경망이 더 낫지 않습니다. 릿지 회귀가" in facts["findings"]["baseline"]["ko"]
    page = squeezed(Tree(table_page.render(facts, "en")).root.all("body")[0], "en")
    assert "The network is not better here" in page
    even = make("classes")
    assert even["score"]["versus_baseline"]["better"] is False
    assert re.search("do not settle|no better than", even["findings"]["baseline"]["en"])


def test_before_evaluating_and_before_the_end() -> None:
    sealed = make("classes", opened=0)
    page = squeezed(Tree(table_page.render(sealed, "en")).root.all("body")[0], "en")
    assert (
        "The test part is still sealed." in page
        and "hakseup evaluate" in page
        and sealed["part"] == "validation"
    )
    begun = make("number", scores={}, details={}, state={"state": "interrupted"}, network=None, recipe=None)
    page = squeezed(Tree(table_page.render(begun, "ko")).root.all("body")[0], "ko")
    assert "이 학습은 중단되었습니다" in page and begun["headline"] is None
    for facts in (
        sealed,
        make("classes"),
    ):  # the answer about the training is the same once the test part is open
        assert facts["findings"]["training"]["en"].startswith("Yes"), facts["findings"]["training"]
    twice = squeezed(Tree(table_page.render(make("number", opened=3), "en")).root.all("body")[0], "en")
    assert "opened 3 times" in twice


def test_sentences_on_pictures_become_sentences_on_rows() -> None:
    said = table_said.of_rows(
        {"en": "new pictures; a picture", "ko": "처음 보는 그림에서 그림이 5장뿐이라 그림을"}
    )
    assert said == {"en": "new rows; a row", "ko": "처음 보는 행에서 행이 5개뿐이라 행을"}
    for kind in KINDS:
        for pair in make(kind)["findings"].values():
            assert pair is None or ("picture" not in pair["en"] and "그림" not in pair["ko"])


def test_a_run_folder_becomes_the_page(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "runs" / "houses")
    write(folder, "number")
    text = page.write(folder, "en").read_text("utf-8")
    assert table_page.number(make("number")["score"]["metrics"]["rmse"]) in text
    summary = folder.json("summary.json")
    assert summary["kind"] == "table" and summary["path"] == "runs/houses"
    assert page.render(summary, "en") == text
    broken = folder.json("source.json")
    del broken["columns"]
    folder.write_json("source.json", broken)
    with pytest.raises(RunError):
        page.write(folder)


# --- details -----------------------------------------------------------------------------------------------------


def test_details_of_numbers() -> None:
    rows = frame(200)
    truth = np.arange(200.0)
    predicted = truth.copy()
    predicted[[7, 3]] += [50, -80]
    found = of_numbers(truth, predicted, rows, np.arange(200) + 2, ["도시", "nowhere", "넓이"])
    assert [(row["line"], row["error"]) for row in found["worst"][:2]] == [(5, -80.0), (9, 50.0)]
    assert found["columns"] == ["도시", "넓이"] and found["worst"][0]["cells"][1] == rows["넓이"][3]
    assert len(found["sample"]) == 25 and [r["line"] for r in found["sample"]] == sorted(
        r["line"] for r in found["sample"]
    )
    assert found["quantiles"]["0.5"] == 0
    assert of_numbers(truth[:9], predicted[:9], rows[:9], np.arange(9))["stretches"] == []


def test_a_stretch_that_is_too_low_is_named() -> None:
    facts = make("number")
    truth = np.linspace(100, 500, 400)
    predicted = np.where(truth > 400, truth * 0.9, truth) + np.random.default_rng(0).normal(0, 1, 400)
    facts["details"] = of_numbers(truth, predicted, pl.DataFrame({"x": truth}), np.arange(400))
    said = table_said.residuals(facts)
    assert said is not None and "too low" in said["en"] and "낮습니다" in said["ko"]


def test_details_of_two_classes_are_scikit_learns_curves() -> None:
    rng = np.random.default_rng(0)
    second = rng.random(3000)
    truth = (rng.random(3000) < second).astype(int)
    decided = (second > 0.4).astype(int)
    found = of_classes(
        truth, np.stack([1 - second, second], 1), decided, pl.DataFrame({"x": second}), np.arange(3000), ["x"]
    )
    x, y = np.array(found["roc"]).T
    assert len(x) <= 202 and np.trapezoid(y, x) == pytest.approx(sk.roc_auc_score(truth, second), abs=0.003)
    assert found["at"]["found"] == pytest.approx(sk.recall_score(truth, decided))
    assert found["at"]["precision"] == pytest.approx(sk.precision_score(truth, decided))
    worst = found["worst"][0]
    assert worst["truth"] != worst["label"] and worst["cells"] == [pytest.approx(second[worst["line"]])]
    assert "roc" not in of_classes(
        np.zeros(5, int), np.full((5, 2), 0.5), np.zeros(5, int), pl.DataFrame({"x": range(5)}), np.arange(5)
    )
