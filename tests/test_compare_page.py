"""The page of a comparison says what the comparison says."""

from __future__ import annotations

from typing import Any

import pytest
from report_html import Tree

from hakseup.report import compare_page

pytestmark = pytest.mark.drawn


def run(name: str, accuracy: float | None, epochs: int = 5, validation: float = 0.9) -> dict[str, Any]:
    history = [
        {"epoch": e, "loss": 2 / e, "accuracy": 0.5, "val_loss": 3 / e, "val_accuracy": 0.4 + 0.1 * min(e, 5)}
        for e in range(1, epochs + 1)
    ]
    side: dict[str, Any] = {
        "run": f"runs/{name}", "name": name, "data": "digits", "recipe": "fast", "created": None, "seed": 0,
        "parameters": 12345, "best_epoch": 3, "train_seconds": 8.4, "history": history, "opened": None,
        "validation": {"accuracy": validation}, "validation_interval": {"accuracy": [validation - 0.02, validation + 0.02]},
        "validation_n": 143, "test": None, "test_interval": None, "test_n": None,
    }  # fmt: skip
    if accuracy is not None:
        side |= {
            "test": {"accuracy": accuracy},
            "test_interval": {"accuracy": [accuracy - 0.02, accuracy + 0.01]},
        }
        side |= {"test_n": 359, "opened": 1}
    return side


def pair(first: str, second: str, better: str | None, part: str | None = "test") -> dict[str, Any]:
    out: dict[str, Any] = {"first": first, "second": second, "part": part, "better": better}
    out |= {"en": f"{first} against {second}.", "ko": f"{first} 대 {second}."}
    if part is None:
        return out | dict.fromkeys(
            ("n", "both", "first_only", "second_only", "neither", "p_value", "p_adjusted", "different")
        )
    return out | {"n": 359, "both": 331, "first_only": 17, "second_only": 4, "neither": 7, "p_value": 0.007,
                  "p_adjusted": 0.014, "different": better is not None}  # fmt: skip


NOTES = [{"en": "One run each.", "ko": "한 번씩만 학습했습니다."}]


def test_scores_curves_and_pairs_stand_in_the_page() -> None:
    runs = [run("손그림 1", 0.98, 40), run("<i>b</i>", 0.95)]
    comparison = {"runs": runs, "pairs": [pair("손그림 1", "<i>b</i>", "손그림 1")], "notes": NOTES}
    tree = Tree(compare_page.render(comparison, "ko")).root
    main = tree.all("main")[0]
    assert "손그림 1: 다른 실행보다" in main.text("ko") and "손그림 1 is better than the other" in main.text(
        "en"
    )
    assert not main.all("i") and "<i>b</i>" in main.text("en")
    rows = tree.all("table", class_="runs")[0].all("tbody")[0].all("tr")
    shown = [" ".join(cell.text("en") for cell in row.all("td")) for row in rows]
    assert shown[0].startswith("fast 98.0%96.0 to 99.0% 359 90.0%88.0 to 92.0% 12,345 3 8.4 s 1")
    assert shown[1].startswith("fast 95.0%93.0 to 96.0% 359")
    cells = [cell.text("en") for cell in tree.all("section", id="pairs")[0].all("td")]
    assert cells == ["359", "331", "17", "4", "7", "1%"]
    figures = tree.all("svg")
    assert len(figures) == 1 + 2 * 2  # the scores are the same in both languages, the curves are not
    colors = [p.attributes["style"] for p in figures[1].all("path")]
    assert any("--run-1" in c for c in colors) and any("--run-2" in c for c in colors)


@pytest.mark.parametrize(
    ("winners", "begins"),
    [
        (("a", "a", "b"), "a is better than all others"),
        (("a", "c", "b"), "No run is better"),
        ((None, None, None), "No run is better"),
    ],
)
def test_only_a_run_that_beats_all_others_is_called_better(
    winners: tuple[str | None, ...], begins: str
) -> None:
    names = [("a", "b"), ("a", "c"), ("b", "c")]
    pairs = [pair(first, second, winner) for (first, second), winner in zip(names, winners, strict=True)]
    comparison = {"runs": [run(n, 0.9) for n in "abc"], "pairs": pairs, "notes": NOTES}
    assert compare_page.answer(comparison)["en"].startswith(begins)


def test_runs_that_cannot_be_compared_or_have_no_score() -> None:
    bare = run("b", None)
    bare |= {
        "validation": None,
        "validation_interval": None,
        "validation_n": None,
        "history": [],
        "best_epoch": None,
    }
    comparison = {"runs": [run("a", None), bare], "pairs": [pair("a", "b", None, part=None)], "notes": []}
    tree = Tree(compare_page.render(comparison, "en")).root
    text = tree.all("main")[0].text("en")
    assert "cannot be held against each other" in text and "a against b." in text
    assert "Recognised in the validation part" in text


def test_runs_with_the_same_weights() -> None:
    same = pair("a", "b", None) | {"same_weights": True, "p_value": None, "p_adjusted": None}
    comparison = {"runs": [run("a", 0.9), run("b", 0.9)], "pairs": [same], "notes": []}
    text = Tree(compare_page.render(comparison, "en")).root.all("main")[0].text("en")
    assert "The two have the same weights: they are one network." in text
    assert "more than chance." not in text
    third = [pair("a", "c", "a"), pair("b", "c", None, part=None)]
    comparison = {"runs": [run(n, 0.9) for n in "abc"], "pairs": [same, *third], "notes": []}
    assert compare_page.answer(comparison)["en"] == "a is better than the other by more than chance."


def test_what_is_typed_is_set_as_code_and_names_stay_text() -> None:
    said = pair("a", "b", None, part=None) | {"en": "<i>b</i>: `hakseup evaluate` does.", "ko": "."}
    comparison = {"runs": [run("a", 0.9), run("b", 0.9)], "pairs": [said], "notes": []}
    main = Tree(compare_page.render(comparison, "en")).root.all("main")[0]
    assert "hakseup evaluate" in [code.text("en") for code in main.all("code")]
    assert "<i>b</i>" in main.text("en")


def test_letters_differ() -> None:
    assert len({compare_page.letter(i) for i in range(100)}) == 100 and compare_page.letter(1) == "B"
