"""Sentences of the command line as the page says them: its fields instead of options."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from studio_makers import client

from hakseup import api
from hakseup.report import compare_page
from hakseup.settings import table
from hakseup.studio import spoken


@pytest.mark.parametrize(
    ("en", "ko", "said_en", "said_ko"),
    [
        (
            "leave the class out with --classes.",
            "--classes로 빼세요.",
            "leave the class out with the setting Data › classes.",
            "설정 데이터 › classes로 빼세요.",
        ),
        (
            "--set training.class_weight=balanced gives rare classes their weight.",
            "--set training.class_weight=balanced를 쓰면",
            "the setting Training › class_weight=balanced gives rare classes their weight.",
            "설정 학습 › class_weight=balanced를 쓰면",
        ),
        (
            "--augmentation none switches it off; --epochs 3",
            "--augmentation none으로 끄고 --epochs 3으로",
            "the setting augmentation none switches it off; the setting epochs 3",
            "설정 augmentation none으로 끄고 설정 epochs 3으로",
        ),
        (
            "--target chooses another. `hakseup crossval` says more; `a --b` stays, --out too.",
            "--target으로 고르고 `hakseup crossval`로 재세요.",
            "the list of columns under Data chooses another. `hakseup crossval` on the command line says more; `a --b` stays, "
            "--out too.",
            "데이터 화면의 열 목록으로 고르고 명령줄의 `hakseup crossval`로 재세요.",
        ),
        (
            "sealed (`hakseup evaluate` does). `hakseup resume runs/x` goes on.",
            "봉인(`hakseup evaluate`로 엽니다). `hakseup resume runs/x`로 이어서",
            "sealed (“Open the test part” under Result does). “Go on” under Train goes on.",
            "봉인(결과 화면의 ‘테스트 부분 열기’로 엽니다). 학습 화면의 ‘이어서 학습’으로 이어서",
        ),
    ],
)
def test_an_option_becomes_a_field(en: str, ko: str, said_en: str, said_ko: str) -> None:
    assert spoken.both({"en": en, "ko": ko, "level": "note"}) == {
        "en": said_en,
        "ko": said_ko,
        "level": "note",
    }
    told = {"code": "x", "message": ko, "hint": None, "en": {"message": en, "hint": None}}
    found = spoken.error(told, "ko")
    assert found["message"] == said_ko and found["en"] == {"message": said_en, "hint": None}
    assert found["hint"] is None


def test_a_comparison_names_the_button_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = {"en": "not opened (`hakseup evaluate` does)", "ko": "열지 않음(`hakseup evaluate`로 엽니다)"}
    monkeypatch.setattr(api, "compare", lambda _: {"runs": [], "pairs": [pair], "notes": []})
    monkeypatch.setattr(compare_page, "render", lambda found, language: found["pairs"][0][language])
    for name in ("a", "b"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "run.json").write_text("{}")
    with client(tmp_path) as studio:
        whole = studio.get("/api/compare.html", params={"run": ["a", "b"]}).text
        panel = studio.post("/api/compare", json={"runs": ["a", "b"]}).json()["pairs"][0]["en"]
    assert whole == panel == "not opened (“Open the test part” under Result does)"


def test_every_setting_has_its_place_in_the_form(tmp_path: Path) -> None:
    with client(tmp_path) as studio:
        form = studio.get("/api/settings").json()
    assert {row["section"] for row in form["settings"]} <= {one["name"] for one in form["sections"]}
    assert [row["key"] for row in form["settings"] if row["first"]] == list(spoken.FIRST)
    assert set(spoken.SECTIONS) >= {row.key.partition(".")[0] for row in table()}


def test_what_is_found_in_a_table_names_no_option(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    rows = [f"2024-01-{1 + i % 28:02},{i % 3},{i % 9 > 1},{'b' if i % 9 > 1 else 'a'}" for i in range(90)]
    (tmp_path / "data" / "t.csv").write_text("\n".join(["day,n,leak,y", *rows]))
    with client(tmp_path) as studio:
        findings = studio.get("/api/data/t.csv/look").json()["findings"]
    assert {"dates", "uneven-classes"} <= {found["code"] for found in findings}
    for found in findings:
        for language in ("en", "ko"):
            assert not re.search(r"(?<!`)--[a-z]", found[language]), found
