"""Help and the table of settings in both languages; what poor consoles and processes make of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_fake import Answer, api, call, process
from rich.cells import cell_len

from hakseup import settings
from hakseup.cli import help, lists
from hakseup.cli.commands import COMMANDS
from hakseup.cli.options import Option
from hakseup.words import speak

__all__ = ["api", "call"]
Run = Callable[..., Answer]
ROOT = Path(__file__).parent.parent


# --- help -----------------------------------------------------------------------------------------------------


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
        joined = "".join(out.split())
        for command in COMMANDS:
            assert f"{command.name}{''.join(getattr(command.words, language).split())}" in joined


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


# --- settings and their page ----------------------------------------------------------------------------------


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


# --- a process of its own -------------------------------------------------------------------------------------


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
