"""What goes wrong on the command line: one sentence in the language spoken, a hint, the right status, no traceback."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_fake import Answer, FakeApi, api, call

from hakseup import failures
from hakseup.cli.commands import COMMANDS
from hakseup.errors import CallError, DataError, HakseupError, RunError
from hakseup.words import Words

__all__ = ["api", "call"]
Run = Callable[..., Answer]

# The words, the code, and what the sentence or its hint must name.
WRONG_CALLS: list[tuple[list[str], str, list[str]]] = [
    (["trian", "x"], "unknown-command", ["'trian'", "`hakseup train`"]),
    (["zzz"], "unknown-command", ["'zzz'", "hakseup --help"]),
    (["train", "x", "--epocs", "3"], "unknown-option", ["--epocs", "`--epochs`"]),
    (["train", "x", "--optimizer", "sgd"], "unknown-option", ["--optimizer", "--set training.optimizer="]),
    (["train", "x", "--batch_size", "3"], "unknown-option", ["--batch_size", "`--batch-size`"]),
    (["--jsn"], "unknown-option", ["--jsn", "`--json`"]),
    (["evaluate"], "missing-argument", ["hakseup evaluate", "RUN"]),
    (["predict", "runs/x"], "missing-argument", ["hakseup predict", "INPUT"]),
    (["compare"], "missing-argument", ["hakseup compare", "RUN"]),
    (["evaluate", "a", "b"], "extra-argument", ["hakseup evaluate", "'b'"]),
    (["train", "x", "--seed"], "missing-value", ["--seed"]),
    (["runs", "--json=3"], "value-not-wanted", ["--json"]),
    (["train", "x", "--epochs", "-1"], "bad-setting", ["--epochs -1", "1"]),
    (["train", "x", "--epochs", "many"], "bad-setting", ["--epochs many"]),
    (["train", "x", "--epochs=0"], "bad-setting", ["--epochs 0"]),
    (["train", "x", "--learning-rate", "nan"], "bad-setting", ["--learning-rate nan"]),
    (["train", "x", "--precision", "bf61"], "bad-setting", ["--precision bf61", "'bf16'"]),
    (["resume", "runs/x", "--epochs", "1.5"], "bad-setting", ["--epochs 1.5"]),
    (["train", "x", "--set", "training.epoch=3"], "unknown-setting", ["training.epoch", "'training.epochs'"]),
    (["train", "x", "--set", "optimizer=sgd"], "unknown-setting", ["'optimizer'", "'training.optimizer'"]),
    (["train", "x", "--set", "training.epochs"], "bad-assignment", ["--set training.epochs"]),
    (["train", "x", "--set", "training.epochs=-3"], "bad-setting", ["--set training.epochs=-3"]),
    (["train", "x", "--set", "network.layers=[1"], "bad-setting", ["network.layers"]),
    (
        ["train", "x", "--epochs", "3", "--set", "training.epochs=4"],
        "said-twice",
        ["training.epochs", "--epochs"],
    ),
    (["look", "x", "--set", "training.epochs=3"], "setting-without-effect", ["training.epochs"]),
    (["look", "x", "--pixels", "-1"], "bad-number", ["--pixels -1"]),
    (["look", "x", "--pixels", "first"], "bad-number", ["--pixels first"]),
    (["look", "x", "--pixels", "1", "--html", "a.html"], "option-without-effect", ["--html", "--pixels"]),
    (["look", "x", "--html", "a.png"], "bad-output", ["a.png", ".html"]),
    (["look", "x", "--html", "no/such/a.html"], "no-such-folder", ["a.html"]),
    (["compare", "a", "b", "--html", "c.csv"], "bad-output", ["c.csv", ".html"]),
    (["recipes", "fsat"], "unknown-recipe", ["'fsat'", "'fast'"]),
    (["recipes", "--markdown"], "option-without-effect", ["--markdown"]),
    (["recipes", "fast", "--settings"], "option-without-effect", ["--settings"]),
]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(
    ("words", "code", "named"),
    WRONG_CALLS,
    ids=lambda case: " ".join(case) if isinstance(case, list) else case,
)
def test_a_wrong_call_is_a_sentence(
    api: FakeApi, call: Run, words: list[str], code: str, named: list[str], language: str
) -> None:
    status, out, err = call("--lang", language, "--json", *words)
    assert status == 2
    assert api.calls == []  # nothing was started
    error = json.loads(out.splitlines()[-1])["error"]
    assert error["code"] == code
    assert set(error) == {"code", "message", "hint", "en", "ko"}
    said = f"{error['message']} {error['hint']}"
    for part in named:
        assert part in said
    assert bool(re.search("[가-힣]", error["message"])) == (language == "ko")
    assert error["message"] in err
    assert "Traceback" not in err


def test_without_json_nothing_is_on_standard_output(api: FakeApi, call: Run) -> None:
    status, out, err = call("trian")
    assert (status, out) == (2, "")
    assert err == "Error: There is no command 'trian'.\nDid you mean `hakseup train`?\n"


def test_an_unknown_language(call: Run) -> None:
    for words in (["runs", "--lang", "fr"], ["--lang=fr", "runs"]):
        status, out, _err = call(*words, "--json")
        assert status == 2
        assert json.loads(out)["error"]["code"] == "unknown-language"


def test_no_command_at_all(call: Run) -> None:
    status, out, _err = call("--json")
    assert status == 2
    assert json.loads(out)["error"]["code"] == "missing-command"


def test_json_behind_two_dashes_is_a_word(api: FakeApi, call: Run) -> None:
    status, out, _err = call("predict", "runs/x-1", "--", "--json")
    assert status == 0
    assert not out.startswith("{")
    assert api.calls[0][1]["inputs"] == ["--json"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CallError("a-call", Words("Wrong call.", "잘못 불렀습니다."), Words("Do so.", "이렇게 하세요.")), 2),
        (DataError("some-data", Words("Bad data.", "데이터가 나쁩니다.")), 1),
        (RunError("some-run", Words("Bad run.", "실행이 나쁩니다."), Words("Do so.", "이렇게 하세요.")), 1),
    ],
    ids=lambda value: getattr(value, "code", str(value)),
)
def test_errors_of_the_work_keep_their_words_and_status(
    api: FakeApi, call: Run, error: HakseupError, status: int
) -> None:
    api.fails = error
    for command in ("train", "evaluate", "report", "demo"):
        words = [command, *(["runs/x-1"] if command != "demo" else [])]
        got, out, err = call(*words, "--json")
        assert got == status
        hints = {one: None if error.hint is None else getattr(error.hint, one) for one in ("en", "ko")}
        both = {one: {"message": getattr(error.message, one), "hint": hints[one]} for one in ("en", "ko")}
        assert json.loads(out) == {
            "error": {"code": error.code, **both["en"], **both}
        }  # for a page that speaks both
        assert f"Error: {error.message.en}" in err
        got, out, err = call(*words, "--lang", "ko")
        assert (got, out) == (status, "")
        assert f"오류: {error.message.ko}" in err
        if error.hint is not None:
            assert error.hint.ko in err


def test_a_fault_of_ours_is_said_and_written_down(api: FakeApi, call: Run) -> None:
    api.fails = KeyError("secret place")
    status, out, err = call("train", "x", "--json")
    assert status == 1
    error = json.loads(out)["error"]
    assert error["code"] == "bug"
    assert "KeyError: 'secret place'" in error["message"]
    assert "Traceback" not in out + err
    [written] = (Path(os.environ["HAKSEUP_HOME"]) / "crash").iterdir()
    assert str(written) in error["hint"]
    text = written.read_text("utf-8")
    assert "Traceback" in text
    assert "hakseup train x --json" in text
    assert "결함" in call("train", "x", "--lang", "ko")[2]


def test_a_fault_that_cannot_be_written_down(
    api: FakeApi, call: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HAKSEUP_HOME", str(tmp_path / "file"))
    api.fails = ZeroDivisionError("division by zero")
    status, _out, err = call("train", "x")
    assert status == 1
    assert "ZeroDivisionError" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(
    ("error", "code", "named"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "runs/x/weights"), "disk-full", "runs/x/weights"),
        (PermissionError(errno.EACCES, "Permission denied", "secret.png"), "no-permission", "secret.png"),
        (OSError(errno.EROFS, "Read-only file system", "runs"), "no-permission", "runs"),
        (MemoryError(), "out-of-memory", "--batch-size"),
        (RuntimeError("DefaultCPUAllocator: not enough memory"), "out-of-memory", "--batch-size"),
    ],
    ids=["full", "permission", "read-only", "memory", "torch-memory"],
)
def test_what_the_machine_refuses_is_named(
    api: FakeApi, call: Run, error: BaseException, code: str, named: str, language: str
) -> None:
    api.fails = error
    status, out, err = call("train", "x", "--json", "--lang", language)
    assert status == 1
    told = json.loads(out)["error"]
    assert told["code"] == code
    assert named in f"{told['message']} {told['hint']}"
    assert bool(re.search("[가-힣]", told["message"])) == (language == "ko")
    system = getattr(error, "strerror", None)
    assert language == "en" or not system or system not in told["message"]
    assert "Traceback" not in err
    assert not (Path(os.environ["HAKSEUP_HOME"]) / "crash").exists()


def test_a_broken_pipe_of_the_work_is_not_taken_for_a_reader_that_left(api: FakeApi, call: Run) -> None:
    api.fails = BrokenPipeError(errno.EPIPE, "Broken pipe")
    status, out, _err = call("train", "x", "--json")
    assert status == 1
    assert json.loads(out)["error"]["code"] == "bug"


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_ctrl_c(api: FakeApi, call: Run, command: str, language: str) -> None:
    api.fails = KeyboardInterrupt()
    status, out, err = call(command, "runs/x-1", "--json", "--lang", language)
    assert status == 130
    error = json.loads(out)["error"]
    assert error["code"] == "interrupted"
    assert ("hakseup resume" in err) == (command == "train")
    assert "Error" not in err
    assert "오류" not in err


def test_a_training_that_was_stopped_says_how_to_go_on(api: FakeApi, call: Run) -> None:
    class Stopped(HakseupError):
        exit_status = 130

    api.fails = Stopped(
        "interrupted", Words("Kept.", "남았습니다."), Words("`hakseup resume r` goes on.", "이어서.")
    )
    status, _out, err = call("train", "x")
    assert status == 130
    assert err == "Kept.\n`hakseup resume r` goes on.\n"


def test_progress_is_taken_off_the_screen_before_the_error(api: FakeApi, call: Run) -> None:
    def work(progress: Any) -> None:
        progress.epoch_begin(1, 2000, 1)
        progress.epoch_end({"epoch": 1, "loss": 1.0, "accuracy": 0.5, "seconds": 0.1})
        progress.epoch_begin(2, 2000, 1)
        progress.epoch_end({"epoch": 2, "loss": 1.0, "accuracy": 0.5, "seconds": 0.2})
        raise DataError("x", Words("It broke.", "깨졌습니다."))

    api.during = work
    _status, _out, err = call("train", "x")
    assert err.splitlines()[-2].split()[0] == "2/2000"  # what was held back is printed first
    assert err.splitlines()[-1] == "Error: It broke."


def test_every_command_refuses_an_unknown_option(api: FakeApi, call: Run) -> None:
    for command in COMMANDS:
        status, out, _err = call(command.name, "--no-such-thing", "--json")
        assert status == 2
        assert json.loads(out)["error"]["code"] == "unknown-option"


@pytest.mark.skipif(os.name == "nt", reason="signals are others there")
def test_ctrl_c_in_a_process_of_its_own(tmp_path: Path) -> None:
    """A training that hangs is stopped by SIGINT: status 130, one JSON line, no traceback."""
    script = tmp_path / "hang.py"
    script.write_text(
        "import sys, time, types, hakseup\n"
        "fake = types.ModuleType('hakseup.api')\n"
        "def train(*args, **named):\n"
        "    print('ready', file=sys.stderr, flush=True)\n"
        "    time.sleep(60)\n"
        "fake.train = train\n"
        "sys.modules['hakseup.api'] = hakseup.api = fake\n"
        "from hakseup.cli import main\n"
        "sys.exit(main(['train', 'x', '--json']))\n",
        "utf-8",
    )
    child = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stderr is not None
    assert child.stderr.readline() == b"ready\n"
    time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert json.loads(out)["error"]["code"] == "interrupted"
    assert b"Traceback" not in err


def test_two_faults_of_one_second_are_two_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HAKSEUP_HOME", str(tmp_path))
    monkeypatch.setattr(time, "strftime", lambda *_: "20260101-000000")
    for fault in ("first", "second", "third"):
        failures.crash(ValueError(fault), ["hakseup", "train"])
    texts = [path.read_text(encoding="utf-8") for path in (tmp_path / "crash").iterdir()]
    assert sorted(text.split()[-1] for text in texts) == ["first", "second", "third"]
