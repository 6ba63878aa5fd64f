"""The command line: what it hands to `api`, what it prints, in both languages, as JSON and on poor consoles."""

from __future__ import annotations

import importlib
import inspect
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_fake import Answer, FakeApi, api, call
from rich.cells import cell_len
from rich.console import Console

from hakseup import settings
from hakseup.cli import drawing, help, lists
from hakseup.cli.commands import COMMANDS
from hakseup.cli.options import Option
from hakseup.cli.screen import Screen, clean, print_json, shown, to_plain
from hakseup.words import Words, speak

__all__ = ["api", "call"]
Run = Callable[..., Answer]
ROOT = Path(__file__).parent.parent
# A call of every command; a new command without one fails test_every_command_is_called_here.
CALLS: dict[str, list[str]] = {
    "look": ["look", "digits", "--pixels", "2"],
    "train": ["train", "digits"],
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


def process(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "hakseup", *words],
        capture_output=True,
        env={**os.environ, **environment},
        cwd=os.environ["HAKSEUP_HOME"],
        timeout=120,
        check=False,
    )


# --- the contract of --json --------------------------------------------------------------------------------


def test_every_command_is_called_here() -> None:
    names = [command.name for command in COMMANDS]
    assert set(names) == set(CALLS) == set(KEYS)
    assert len(names) == len(set(names))


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


# --- what reaches the api ----------------------------------------------------------------------------------


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
        value = row.about.choices[-1] if row.about.choices else "1"
        assert call("train", "d", row.about.option or "", value)[0] == 0, row.key
        assert api.calls[-1][1]["settings"] == {row.key: settings.check(row.key, value)}


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


def test_predict_takes_many_inputs_in_order(api: FakeApi, call: Run) -> None:
    assert call("predict", "runs/x-1", "b.png", "그림 폴더", "--", "-1.png")[0] == 0
    assert api.calls[0][1]["inputs"] == ["b.png", "그림 폴더", "-1.png"]


def test_tutorial_without_a_name_lists_them(api: FakeApi, call: Run) -> None:
    status, out, _err = call("tutorial", "--json")
    assert status == 0
    assert api.calls == []
    names = {row["name"] for row in json.loads(out)["tutorials"]}
    assert {"mnist-mlp", "mnist-cnn", "fashion-cnn", "shapes-cnn"} <= names


# --- what is printed ---------------------------------------------------------------------------------------


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
    assert "50.0%" in out


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


# --- help --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_help_lists_every_option_in_both_languages(call: Run, command: Any, language: str) -> None:
    status, out, _err = call(command.name, "--help", "--lang", language)
    assert status == 0
    for one in (*command.takes, *command.options):
        name = one.flag if isinstance(one, Option) else one.metavar
        assert re.search(rf"^  {re.escape(name)}\b", out, re.M), name
        words = one.words.ko if language == "ko" else one.words.en
        assert "".join(words.split()) in "".join(out.split())
    assert bool(re.search("[가-힣]", out)) == (language == "ko")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_help_lists_every_command(call: Run, language: str) -> None:
    for words in (["--help"], ["-h"], []):
        status, out, _err = call(*words, "--lang", language)
        assert status == 0
        for command in COMMANDS:
            assert re.search(rf"^  {command.name}  +{re.escape(str(command.words)[:0])}", out, re.M)


@pytest.mark.parametrize("columns", [40, 59, 60, 80, 100])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_help_keeps_to_the_terminal(language: str, columns: int) -> None:
    with speak(language):  # type: ignore[arg-type]
        for command in (None, *COMMANDS):
            for line in help.page(command, columns):
                assert cell_len(line) <= columns or "  " not in line.strip()


def test_help_follows_the_locale(monkeypatch: pytest.MonkeyPatch, call: Run) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert "사용법" in call("--help")[1]
    assert "Usage" in call("--help", "--lang", "en")[1]


def test_version(call: Run) -> None:
    from importlib import metadata

    assert call("--version")[1] == f"hakseup {metadata.version('hakseup')}\n"
    assert json.loads(call("--version", "--json")[1]) == {"hakseup": metadata.version("hakseup")}


# --- settings and their page -------------------------------------------------------------------------------


def test_the_page_of_settings_is_what_the_table_says(call: Run) -> None:
    status, out, _err = call("recipes", "--settings", "--markdown")
    assert status == 0
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert out == page, "run: hakseup recipes --settings --markdown > docs/settings.md"
    for row in settings.table():
        assert f"| `{row.key.partition('.')[2]}` |" in page
        assert row.about.words.ko.replace("|", "\\|") in page


def test_the_page_of_settings_is_the_same_in_both_languages(call: Run) -> None:
    assert call("recipes", "--settings", "--markdown", "--lang", "ko")[1] == lists.settings_page() + "\n"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_settings_are_listed(call: Run, language: str) -> None:
    status, out, _err = call("recipes", "--settings", "--lang", language)
    assert status == 0
    joined = "".join(out.split())
    for row in settings.table():
        assert "".join(getattr(row.about.words, language).split()) in joined
    answer = json.loads(call("recipes", "--settings", "--json")[1])
    assert [row["key"] for row in answer["settings"]] == [row.key for row in settings.table()]


# --- progress ----------------------------------------------------------------------------------------------


def _row(epoch: int, seconds: float) -> dict[str, float]:
    return {
        "epoch": epoch,
        "loss": 0.5,
        "accuracy": 0.9,
        "val_loss": 0.25,
        "val_accuracy": 0.95,
        "learning_rate": 0.1,
        "seconds": seconds,
    }


def _train(listener: drawing.Lines, epochs: int, stop_after: int | None = None) -> None:
    for epoch in range(1, epochs + 1):
        listener.epoch_begin(epoch, epochs, 3)
        for step in range(1, 4):
            listener.step(step, 0.5, 0.9, 1000.0)
        listener.epoch_end(_row(epoch, epoch / 10))
        if epoch == stop_after:
            break
    listener.close()


def _lines(monkeypatch: pytest.MonkeyPatch, epochs: int, tick: float, stop_after: int | None = None) -> str:
    """What plain progress prints, by a clock that moves so much with every look at it."""
    text = io.StringIO()
    monkeypatch.setattr(sys, "stderr", text)
    now = [1000.0]

    def clock() -> float:
        now[0] += tick
        return now[0]

    monkeypatch.setattr(drawing.time, "monotonic", clock)
    _train(drawing.Lines(Screen(False)), epochs, stop_after)
    return text.getvalue()


def test_a_short_training_prints_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    text = _lines(monkeypatch, 5, 0.0)
    assert re.findall(r"(\d+)/5 ", text) == ["1", "2", "3", "4", "5"]
    assert "0.5000" in text
    assert "95.00%" in text
    assert "\r" not in text
    assert "\x1b" not in text


def test_a_long_training_of_tiny_epochs_prints_a_line_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    text = _lines(monkeypatch, 2000, 0.005)  # ten seconds
    shown_epochs = [int(epoch) for epoch in re.findall(r"(\d+)/2000 ", text)]
    assert 8 <= len(shown_epochs) <= 13
    assert shown_epochs[0] == 1
    assert shown_epochs[-1] == 2000
    assert shown_epochs == sorted(set(shown_epochs))


def test_the_last_epoch_is_printed_when_training_stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _lines(monkeypatch, 2000, 0.0001, stop_after=77).splitlines()[-1].split()[0] == "77/2000"


def test_epochs_line_up_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    for language in ("en", "ko"):
        with speak(language):  # type: ignore[arg-type]
            lines = _lines(monkeypatch, 12, 0.0).splitlines()
        assert len(lines) == 13
        assert len({cell_len(line) for line in lines}) == 1


def test_an_epoch_without_validation_has_no_numbers_there(monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.StringIO()
    monkeypatch.setattr(sys, "stderr", text)
    listener = drawing.Lines(Screen(False))
    listener.epoch_begin(1, 1, 1)
    listener.epoch_end({"epoch": 1, "loss": 0.5, "accuracy": 0.9, "val_loss": float("nan"), "seconds": 1.0})
    listener.close()
    assert text.getvalue().splitlines()[-1].split() == ["1/1", "0.5000", "90.00%", "–", "–", "1.0", "s"]


def test_a_download_says_its_size_and_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.StringIO()
    monkeypatch.setattr(sys, "stderr", text)
    listener = drawing.Lines(Screen(False))
    monkeypatch.setattr(listener, "rhythm", 0.0)
    listener.begin(Words("Downloading mnist.npz", "mnist.npz 내려받기"), 10_000_000, "bytes")
    listener.advance(2_500_000)
    listener.end()
    assert text.getvalue().splitlines() == [
        "Downloading mnist.npz (10.0 MB)",
        "  Downloading mnist.npz: 25 % (2.5 MB / 10.0 MB)",
    ]


def _terminal(monkeypatch: pytest.MonkeyPatch) -> tuple[Screen, io.StringIO]:
    text = io.StringIO()
    screen = Screen(False)
    monkeypatch.setattr(
        screen,
        "errors",
        Console(file=text, force_terminal=True, width=80, highlight=False, legacy_windows=False),
    )
    return screen, text


def test_the_live_line_leaves_the_finished_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, text = _terminal(monkeypatch)
    monkeypatch.setattr(drawing, "REDRAWN", 0.0)
    listener = drawing.LiveLines(screen)
    monkeypatch.setattr(listener, "rhythm", 0.0)
    listener.begin(Words("Decoding", "읽기"), 10, "pictures")
    listener.advance(4)
    listener.end()
    _train(listener, 3)
    out = text.getvalue()
    assert "40 % (4 / 10)" in out
    assert "1,000/s" in out
    assert "left" in out
    visible = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", out)
    for epoch in (1, 2, 3):
        assert re.search(rf"{epoch}/3  0.5000    90.00%     0.2500        95.00%", visible)
    assert out.rindex("\x1b[?25h") > out.rindex("\x1b[?25l")  # the cursor is back


def test_progress_is_plain_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    with drawing.progress(Screen(False)) as listener:
        assert type(listener) is drawing.Lines


def test_progress_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone())
    for kind in (drawing.Lines, drawing.LiveLines):
        listener = kind(Screen(False))
        listener.begin(Words("a", "가"), None, "steps")
        listener.advance(1)
        listener.end()
        listener.note(Words("b", "나"))
        _train(listener, 3)


def test_progress_goes_to_standard_error(api: FakeApi, call: Run) -> None:
    def work(progress: Any) -> None:
        progress.note(Words("Something to know.", "알아 둘 것."))
        progress.epoch_begin(1, 1, 1)
        progress.epoch_end(_row(1, 0.1))

    api.during = work
    for extra in ([], ["--json"]):
        _status, out, err = call("train", "digits", *extra)
        assert "Something to know." in err
        assert "1/1" in err
        assert "Something to know." not in out


# --- a process of its own ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["import hakseup.cli; hakseup.cli.main(['--help'])", "import hakseup, hakseup.cli"]
)
def test_help_and_import_load_nothing_heavy(code: str) -> None:
    script = (
        f"import sys\n{code}\nprint('LOADED', *sorted({{name.partition('.')[0] for name in sys.modules}}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split("LOADED")[1].split())
    heavy = {
        "torch",
        "matplotlib",
        "numpy",
        "polars",
        "sklearn",
        "scipy",
        "cv2",
        "PIL",
        "pyarrow",
        "lightning_fabric",
    }
    assert "hakseup" in loaded
    assert not loaded & heavy


@pytest.mark.skipif(os.name == "nt", reason="the seconds of other processes are not counted")
def test_help_and_import_are_quick() -> None:
    """Under 0.25 s: seconds of the processor, because other programs may be using this machine too."""
    for words in (["-m", "hakseup", "--help"], ["-c", "import hakseup"]):
        used = []
        for _ in range(5):
            before = os.times()
            subprocess.run([sys.executable, *words], capture_output=True, check=True)
            after = os.times()
            used.append(
                after.children_user - before.children_user + after.children_system - before.children_system
            )
        assert 0 < min(used) < 0.25


@pytest.mark.parametrize("encoding", ["utf-8", "cp949", "ascii"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_console_shows_what_it_can(encoding: str, language: str) -> None:
    for words in (
        ["recipes"],
        ["train", "--help"],
        ["train", "x", "--epochs", "é…─█"],
    ):
        done = process(*words, "--lang", language, PYTHONIOENCODING=encoding)
        text = (done.stdout + done.stderr).decode(encoding)
        assert done.returncode == (2 if "x" in words else 0)
        assert "Traceback" not in text
        assert text.count("?") == 0 or encoding != "utf-8"
        if language == "ko" and encoding != "ascii":
            assert re.search("[가-힣]", text)
        if encoding == "ascii":
            assert "??" not in text  # English is spoken instead of question marks
            assert ("cannot show Hangul" in text) == (language == "ko" and "--help" not in words)


@pytest.mark.parametrize("encoding", ["cp949", "ascii"])
def test_a_result_that_the_console_cannot_show_is_printed_as_near_as_it_can(encoding: str) -> None:
    recipe = Path(os.environ["HAKSEUP_HOME"]) / "own.toml"
    recipe.write_text('name = "caf\u00e9 \u2026 \u2588 \u0e01"\n', "utf-8")
    done = process("recipes", str(recipe), PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    name = done.stdout.decode(encoding).splitlines()[0]
    assert name in ('name = "cafe … # ?"', 'name = "cafe ... # ?"', 'name = "cafe … █ ?"')


def test_a_table_on_cp949_has_plain_rules() -> None:
    out = process("tutorial", "--lang", "ko", PYTHONIOENCODING="cp949").stdout.decode("cp949")
    assert "튜토리얼" in out
    assert "---" in out


def test_no_colours_and_no_returns_where_there_is_no_terminal() -> None:
    for words in (["recipes"], ["runs"], ["--help"], ["trian"]):
        done = process(*words)
        assert b"\x1b" not in done.stdout + done.stderr
        assert b"\r" not in done.stdout.replace(os.linesep.encode(), b"\n")


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo terminals")
@pytest.mark.parametrize("no_color", [False, True])
def test_no_color_is_honoured_on_a_terminal(no_color: bool) -> None:
    import pty

    master, slave = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    environment |= {"TERM": "xterm-256color"} | ({"NO_COLOR": "1"} if no_color else {})
    with subprocess.Popen(
        [sys.executable, "-m", "hakseup", "trian"], stdout=slave, stderr=slave, env=environment
    ) as child:
        os.close(slave)
        out = b""
        try:
            while part := os.read(master, 4096):
                out += part
        except OSError:  # how Linux says that the other end is closed
            pass
        assert child.wait() == 2
    os.close(master)
    assert b"trian" in out
    assert bool(re.search(rb"\x1b\[[0-9;]*3[0-7]", out)) == (not no_color)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_a_reader_that_leaves_is_no_failure() -> None:
    done = subprocess.run(
        f"'{sys.executable}' -m hakseup recipes --settings | head -1; exit ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""
    assert done.returncode == 0
