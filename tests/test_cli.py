"""The command line: what it hands to `api`, and what it prints, in both languages and as JSON."""

from __future__ import annotations

import importlib
import inspect
import io
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_fake import Answer, FakeApi, Folder, api, call
from rich.cells import cell_len
from rich.console import Console

from hakseup import settings
from hakseup.cli.commands import COMMANDS
from hakseup.cli.screen import Screen, clean, print_json, shown, to_plain
from hakseup.words import Words

__all__ = ["api", "call"]
Run = Callable[..., Answer]
# A call of every command; a new command without one fails test_every_command_is_called_here.
CALLS: dict[str, list[str]] = {
    "look": ["look", "digits", "--pixels", "2"],
    "train": ["train", "digits"],
    "crossval": ["crossval", "pima.csv", "-k", "3"],
    "evaluate": ["evaluate", "runs/x-1"],
    "predict": ["predict", "runs/x-1", "a.png", "b"],
    "report": ["report", "runs/x-1"],
    "runs": ["runs"],
    "compare": ["compare", "runs/x-1", "runs/x-2"],
    "resume": ["resume", "runs/x-1"],
    "recipes": ["recipes"],
    "data": ["data"],
    "tutorial": ["tutorial", "mnist-mlp"],
    "demo": ["demo"],
}
KEYS = {
    "train": "run data recipe seed device precision epochs best_epoch train_seconds total_seconds images_per_second "
    "peak_memory_mb parameters validation",
    "resume": "run data recipe seed best_epoch validation",
    "crossval": "folds mean std interval total_seconds",
    "evaluate": "run n test interval baselines opened report",
    "predict": "run n predictions",
    "look": "data picture pixels",
    "report": "run report",
    "runs": "runs",
    "compare": "runs pairs",
    "recipes": "recipes",
    "data": "data",
    "tutorial": "tutorial document ours differs run report",
    "demo": "run validation test interval baselines opened report",
}


# --- the contract of --json -----------------------------------------------------------------------------------


def test_every_command_is_called_here() -> None:
    names = [command.name for command in COMMANDS]
    started = {"run", "studio"}  # processes: test_runner_run.py and test_studio_*.py call them
    assert set(names) - started == set(CALLS) == set(KEYS)
    assert len(names) == len(set(names))


def test_crossval_says_its_folds_and_hands_on_numbers(api: FakeApi, call: Run) -> None:
    out = call("crossval", "pima.csv", "--folds", "3", "--repeats", "2", "--all-rows")[1]
    for part in (
        "2 x 3 folds of 614 rows",
        "fold 6",
        "75.0%",
        "73.0 to 77.0%",
        "No difference",
        "opened 2 times",
    ):
        assert part in out
    name, arguments = api.calls[-1]
    assert name == "crossval"
    assert (arguments["k"], arguments["repeats"], arguments["all_rows"]) == (3, 2, True)
    status, _out, err = call("crossval", "pima.csv", "-k", "1")
    assert status == 2 and "-k" in err


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", CALLS)
def test_json_is_the_only_line_of_standard_output(api: FakeApi, call: Run, name: str, language: str) -> None:
    status, out, err = call(*CALLS[name], "--json", "--lang", language)
    assert status == 0, err
    assert out.count("\n") == 1
    answer = json.loads(out)
    assert set(KEYS[name].split()) <= set(answer)
    hangul = re.search("[가-힣]", err)
    if name != "look":  # one picture as numbers says nothing beside them
        assert err.strip()
        assert bool(hangul) == (language == "ko") or name in ("predict", "report")  # names and paths alone


@pytest.mark.parametrize("name", CALLS)
def test_without_json_the_result_is_on_standard_output(api: FakeApi, call: Run, name: str) -> None:
    status, out, err = call(*CALLS[name])
    assert status == 0
    assert out.strip()
    assert "Traceback" not in err
    if name != "predict":  # says what it left out
        assert err == ""


@pytest.mark.parametrize("order", ["before", "after"])
def test_json_and_lang_stand_before_or_after_the_command(api: FakeApi, call: Run, order: str) -> None:
    options = ["--json", "--lang=ko"]
    words = [*options, "runs"] if order == "before" else ["runs", *options]
    status, out, err = call(*words)
    assert status == 0
    assert json.loads(out)["runs"][0]["name"] == "digits-fast-1"
    assert "실행" in err


def test_json_holds_what_numpy_and_paths_are() -> None:
    import numpy as np

    value = {
        "a": np.float32(0.5),
        "b": np.arange(3),
        "c": float("nan"),
        "d": Path("x/y"),
        "e": (1, np.int64(2)),
        "f": Words("a", "나"),
        "g": np.float64("inf"),
        "h": np.bool_(True),
    }
    expected = {"a": 0.5, "b": [0, 1, 2], "c": None, "d": "x/y", "e": [1, 2], "g": None, "h": True}
    assert to_plain(value) == {**expected, "f": {"en": "a", "ko": "나"}}


def test_json_is_exact_where_the_console_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "ascii"))
    print_json({"label": "세모"})
    assert json.loads(raw.getvalue()) == {"label": "세모"}


# --- what reaches the api -------------------------------------------------------------------------------------


def test_the_stand_in_has_the_signatures_of_the_api() -> None:
    fake = FakeApi()
    real = importlib.import_module("hakseup.api")
    for name in [*(name for name in CALLS if name not in ("recipes", "data")), "pixels"]:
        expected = inspect.signature(getattr(real, name)).parameters
        found = inspect.signature(getattr(fake, name)).parameters
        assert [(p.name, p.kind) for p in found.values()] == [(p.name, p.kind) for p in expected.values()]


def test_train_hands_on_what_was_typed(api: FakeApi, call: Run) -> None:
    words = ["train", "my data", "--recipe", "mnist-cnn", "--epochs", "7", "--classes", "1,7"]
    words += ["--learning-rate", "0.01", "--set", "network.width=16", "--set", "training.optimizer=sgd"]
    words += ["--set", 'network.layers=["Flatten()", "Dense(10, activation=\'softmax\')"]', "--out", "there"]
    assert call(*words)[0] == 0
    [(name, given)] = api.calls
    assert name == "train"
    assert (given["data"], given["recipe"], given["out"]) == ("my data", "mnist-cnn", "there")
    assert given["command"] == ["hakseup", *words]
    assert given["settings"] == {
        "training.epochs": 7,
        "data.classes": ("1", "7"),
        "training.learning_rate": 0.01,
        "network.width": "16",
        "training.optimizer": "sgd",
        "network.layers": ("Flatten()", "Dense(10, activation='softmax')"),
    }


def test_every_setting_with_an_option_reaches_train(api: FakeApi, call: Run) -> None:
    with_option = [row for row in settings.table() if row.about.option]
    assert len(with_option) > 5
    for row in with_option:
        high = 1.0 if row.about.high is None else min(row.about.high, 1.0)
        value = row.about.choices[-1] if row.about.choices else f"{high:g}"
        assert call("train", "d", row.about.option or "", value)[0] == 0, row.key
        assert api.calls[-1][1]["settings"] == {row.key: settings.check(row.key, value)}


def test_predict_says_how_many_of_each_and_what_it_does_not_know(api: FakeApi, call: Run) -> None:
    api.unknown = True
    status, out, _err = call("predict", "runs/x-1", "a", "--false-alarms", "0.05")
    assert status == 0 and api.calls[0][1]["false_alarms"] == 0.05
    assert "I do not know (nearest: 세모)" in out and "I do not know (empty)" in out
    assert "세모: 1, I do not know: 2" in out and out.count("A rate.") == 1
    status, _out, err = call("predict", "runs/x-1", "a", "--false-alarms", "0.6")
    assert status == 2 and "--false-alarms 0.6" in err


def test_nothing_said_is_nothing_set(api: FakeApi, call: Run) -> None:
    call("train", "digits")
    assert api.calls[0][1]["settings"] == {}
    call("resume", "runs/x-1")
    assert api.calls[1][1]["epochs"] is None


def test_train_without_data_leaves_it_to_the_recipe(api: FakeApi, call: Run) -> None:
    assert call("train", "--recipe", "runs/x-1")[0] == 0
    assert api.calls[0][1]["data"] is None


def test_resume_takes_epochs_as_a_number(api: FakeApi, call: Run) -> None:
    assert call("resume", "runs/x-1", "--epochs", "30")[0] == 0
    assert api.calls[0][1]["epochs"] == 30


def test_look_takes_settings_of_the_data(api: FakeApi, call: Run) -> None:
    assert call("look", "d", "--pixels", "0", "--set", "data.size=8,9", "--classes", "2")[0] == 0
    assert api.calls[0][1]["settings"] == {"data.size": (8, 9), "data.classes": ("2",)}
    assert api.calls[0][1]["number"] == 0


def test_look_prints_the_facts_and_writes_the_page(
    api: FakeApi, call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hakseup.cli import look_text
    from hakseup.report import look_page

    monkeypatch.setattr(
        look_text, "look_text", lambda facts, console, page: console.print(f"n = {facts['n']} {page}")
    )
    monkeypatch.setattr(look_page, "render", lambda facts, language: f"<p>{facts['n']} {language}")
    status, out, err = call("look", "d", "--html", "그림.html", "--lang", "ko")
    assert status == 0, err
    assert "n = 3 True" in out
    assert Path("그림.html").read_text("utf-8") == "<p>3 ko"
    status, out, err = call("look", "d", "--html", "page.html", "--json")
    assert json.loads(out) == {"n": 3, "html": "page.html"}  # without the pictures
    assert "n = 3 True" in err
    assert "n = 3 False" in call("look", "d", "--json")[2]
    assert len(list(Path.cwd().iterdir())) == 2


def test_look_draws_the_augmentation(api: FakeApi, call: Run) -> None:
    status, out, _err = call(
        "look", "d", "--augmented", "a.png", "--recipe", "best", "--augmentation", "drawings", "--json"
    )
    assert status == 0 and Path("a.png").read_bytes() == b"picture"
    assert json.loads(out) == {"data": "d", "augmented": "a.png", "augmentation": {"kind": "drawings"}}
    assert api.calls[0][1]["recipe"] == "best"
    assert api.calls[0][1]["settings"] == {"augmentation.kind": "drawings"}


@pytest.mark.parametrize(
    "words",
    [
        ["--augmented", "a.jpg"],
        ["--augmented", "nowhere/a.png"],
        ["--augmented", "a.png", "--pixels", "1"],
        ["--augmented", "a.png", "--html", "a.html"],
        ["--recipe", "fast"],
        ["--augmentation", "none"],
        ["--pixels", "1", "--set", "augmentation.shift=1"],
    ],
)
def test_look_refuses_what_would_have_no_effect(api: FakeApi, call: Run, words: list[str]) -> None:
    assert call("look", "d", *words)[0] == 2
    assert not api.calls


def test_predict_takes_many_inputs_in_order(api: FakeApi, call: Run) -> None:
    assert call("predict", "runs/x-1", "b.png", "그림 폴더", "--", "-1.png")[0] == 0
    assert api.calls[0][1]["inputs"] == ["b.png", "그림 폴더", "-1.png"]


def test_tutorial_without_a_name_lists_them(api: FakeApi, call: Run) -> None:
    status, out, _err = call("tutorial", "--json")
    assert status == 0
    assert api.calls == []
    names = {row["name"] for row in json.loads(out)["tutorials"]}
    assert {"mnist-mlp", "mnist-cnn", "fashion-cnn", "shapes-cnn"} <= names


# --- what is printed ------------------------------------------------------------------------------------------


def test_train_says_score_interval_seconds_report_and_next(api: FakeApi, call: Run) -> None:
    out = call("train", "digits")[1]
    for part in ("98.0% correct", "96.5 to 98.9%", "n = 1,000", "3.2 s training", "3/4", "the best val_loss"):
        assert part in out
    for part in (
        "25,450 parameters",
        "report.html",
        "hakseup evaluate runs/digits-fast-1",
        "A note.",
        "2 files",
    ):
        assert part in out
    assert len(out.splitlines()) <= 24  # one screen


def test_train_says_what_guessing_would_reach_where_it_is_not_surely_better(
    api: FakeApi, call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "the most common class" not in call("train", "digits")[1]
    monkeypatch.setattr(Folder, "validation", {"0": 970, "1": 30})
    assert "always the most common class: 97.0% correct" in call("train", "digits")[1]
    assert "가장 흔한 클래스로 답하면 정확도 97.0%" in call("train", "digits", "--lang", "ko")[1]


def test_train_says_it_in_korean(api: FakeApi, call: Run) -> None:
    out = call("train", "digits", "--lang", "ko")[1]
    for part in (
        "정확도 98.0%",
        "95% 신뢰구간 96.5~98.9%",
        "1,000장",
        "학습 3.2초",
        "알림입니다",
        "다음: hakseup evaluate",
    ):
        assert part in out


def test_evaluate_puts_the_baselines_beside(api: FakeApi, call: Run) -> None:
    out = call("evaluate", "runs/x-1")[1]
    lines = [line for line in out.splitlines() if "%" in line and " to " in line]
    assert [re.findall(r"\d+\.\d%", line)[0] for line in lines] == ["98.0%", "95.0%", "10.0%"]
    assert "this network" in lines[0]
    assert "a linear model" in lines[1]
    assert "The model is better." in out
    assert "first time" in out
    assert "nan" not in out


def test_evaluate_says_what_several_openings_mean(api: FakeApi, call: Run) -> None:
    api.opened = 3
    assert "opened 3 times" in call("evaluate", "runs/x-1")[1]
    assert "3번 열렸습니다" in call("evaluate", "runs/x-1", "--lang", "ko")[1]


def test_predict_prints_twenty_and_counts_the_rest(api: FakeApi, call: Run) -> None:
    api.n_predictions = 25
    _status, out, err = call("predict", "runs/x-1", "a")
    assert out.count("75.0%") == 20
    assert "5 more are not shown" in out
    assert "broken.png: it is cut off" in err
    assert len(json.loads(call("predict", "runs/x-1", "a", "--json")[1])["predictions"]) == 25


def test_predict_with_out_leaves_the_predictions_out(api: FakeApi, call: Run) -> None:
    status, out, _err = call("predict", "runs/x-1", "a", "--out", "p.csv", "--json")
    assert status == 0
    assert "predictions" not in json.loads(out)
    assert api.calls[0][1]["out"] == "p.csv"


def test_tables_line_up_with_hangul(api: FakeApi, call: Run) -> None:
    out = call("tutorial", "--lang", "ko")[1]
    rows = [line for line in out.splitlines() if line.rstrip().endswith("%")]
    assert len(rows) >= 4
    assert len({cell_len(line.rstrip()) for line in rows}) == 1
    assert any(len(line.rstrip()) != cell_len(line.rstrip()) for line in rows)


def test_markup_in_names_is_printed_as_it_is(api: FakeApi, call: Run) -> None:
    out = call("runs")[1]
    assert out.count("runs/[b]") == 2  # in the table, and in the sentence that says what is wrong with it


def test_a_narrow_terminal_loses_nothing_of_a_table(
    api: FakeApi, call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = call("tutorial", "--lang", "ko")[1]
    monkeypatch.setenv("COLUMNS", "30")
    narrow = call("tutorial", "--lang", "ko")[1]
    assert max(map(cell_len, narrow.splitlines()[:-3])) <= 30

    def letters(text: str) -> list[str]:
        return sorted(re.sub(r"[\s─]", "", text))

    assert letters(narrow) == letters(wide)


def test_a_terminal_breaks_sentences_between_words_and_a_file_does_not() -> None:
    sentence = "그림 6장은 모델만, 1장은 선형 모델만 맞혔습니다. 어느 쪽이 낫다고 말할 수 없습니다."
    for terminal in (True, False):
        screen, text = Screen(False), io.StringIO()
        screen.results = Console(file=text, force_terminal=terminal, width=30, no_color=True, highlight=False)
        screen.say(sentence)
        screen.facts([("판정", sentence)])
        lines = re.sub(r"\x1b\[[0-9;]*m", "", text.getvalue()).splitlines()
        assert (len(lines) > 4) == terminal
        if terminal:
            assert max(map(cell_len, lines)) <= 30
            assert " ".join(" ".join(lines).split()) == f"{sentence} 판정 {sentence}"
            assert lines[-1].startswith(" " * 8)  # under what it goes on with


def test_compare_without_an_opened_test_part_has_no_such_column(api: FakeApi, call: Run) -> None:
    out = call("compare", "runs/x-1", "runs/x-2")[1]
    assert "test" not in out.splitlines()[0]
    assert "- No difference." in out


def test_compare_shows_the_test_part_where_one_was_opened(
    api: FakeApi, call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = api.compare(["a", "b"])
    result["runs"][0] |= {"test": {"accuracy": 0.5}, "test_interval": {"accuracy": [0.4, 0.6]}, "test_n": 100}
    monkeypatch.setattr(api, "compare", lambda chosen: result)
    out = call("compare", "a", "b")[1]
    assert "test" in out.splitlines()[0]
    assert "50.0% (40.0 to 60.0%)" in out


def test_compare_writes_its_page(api: FakeApi, call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from hakseup.report import compare_page

    monkeypatch.setattr(compare_page, "render", lambda comparison, language: f"<p>{len(comparison['runs'])}")
    status, out, err = call("compare", "a", "b", "--html", "c.html", "--json")
    assert status == 0, err
    assert json.loads(out)["html"] == "c.html"
    assert Path("c.html").read_text("utf-8") == "<p>2"
    assert "c.html" in err


def test_report_opens_the_browser_only_when_asked(
    api: FakeApi, call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import webbrowser

    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) is None)
    call("report", "runs/x-1", "--lang", "ko")
    assert opened == []
    assert api.calls[0][1]["language"] == "ko"
    call("report", "runs/x-1", "--open")
    assert len(opened) == 1
    assert opened[0].startswith("file:")


def test_recipes_prints_one_that_trains_again(api: FakeApi, call: Run, tmp_path: Path) -> None:
    from hakseup import recipes

    for name in recipes.names():
        file = tmp_path / "own.toml"
        file.write_text(call("recipes", name)[1], "utf-8")
        assert recipes.load(file) == recipes.load(name)


def test_paths_are_shown_so_that_they_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "runs" / "숫자-fast-1") == "runs/숫자-fast-1"
    if os.name != "nt":
        assert shown("my runs/it's-1") == "'my runs/it'\"'\"'s-1'"
    assert shown("$HOME/x") != "$HOME/x"


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert clean("a\x1b[2Jb\rc\n가") == "a?[2Jb?c\n가"


def test_what_to_type_next_works_where_the_command_is_not_on_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from hakseup.cli.screen import as_typed

    place = tmp_path / "my things"
    (place / ".venv" / "bin").mkdir(parents=True)
    monkeypatch.chdir(place)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.argv", [str(place / ".venv/bin/hakseup"), "demo"])
    assert as_typed("hakseup train mnist") == ".venv/bin/hakseup train mnist"
    monkeypatch.chdir(tmp_path)
    assert as_typed("hakseup train mnist") == "'my things/.venv/bin/hakseup' train mnist"
    monkeypatch.setattr("sys.argv", ["/somewhere/pytest"])
    assert as_typed("hakseup train mnist") == "hakseup train mnist"
