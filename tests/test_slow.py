"""Slow: the tutorials on the real data, and many processes killed at random moments. `make test-slow`."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import killing
import pytest
import test_crash

import hakseup
from hakseup.recipes.tutorials import TUTORIALS
from hakseup.report import page

pytestmark = [pytest.mark.slow, pytest.mark.drawn]
KILLS = int(os.environ.get("HAKSEUP_KILLS", "200"))
VARIANT = killing.VARIANTS["bf16, the last epoch"]


@pytest.mark.parametrize("name", sorted(TUTORIALS))
def test_a_tutorial_reaches_its_figure(name: str, real_data: Path, tmp_path: Path) -> None:
    result = hakseup.tutorial(name, out=tmp_path)
    reach, of = TUTORIALS[name].reach, result["test"]
    assert of["accuracy"] >= reach if "accuracy" in of else of["mse"] <= reach
    tables = {"wine": 1_299, "pima": 154, "house": 292}
    rows = {"shapes": 15, **tables}.get(TUTORIALS[name].data, 10_000)
    assert abs(result["n"] - rows) <= 8  # rows of a table that are alike stay together
    assert result["opened"] == 1


def test_the_demonstration_is_quick_and_right(tmp_path: Path) -> None:
    result = hakseup.demo(out=tmp_path)
    assert result["test"]["accuracy"] >= 0.98
    assert result["train_seconds"] < 15


@test_crash.posix
def test_runs_killed_at_random_moments_end_in_the_same_weights(tmp_path: Path) -> None:
    with killing.processes(tmp_path / "log.txt") as made:
        count = killing.kill_and_compare(made, tmp_path, KILLS, seed=int(time.time()))
    assert count["during"] == KILLS, count


@test_crash.posix
def test_a_disk_that_fails_at_any_call_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "write", killing.no_report)
    n, whole = test_crash.calls(tmp_path)
    for at in range(1, n + 1):
        for once in (False, True):
            test_crash.fail_and_compare(tmp_path, at, once, whole)


@pytest.mark.skipif(sys.platform != "linux", reason="a small file system is mounted in a namespace of Linux")
def test_a_disk_that_is_full_ends_in_a_sentence_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    source = killing.data(tmp_path / "d.npz")
    program = f"{sys.executable} -m hakseup"
    words = shlex.join(killing.words(source, Path("/mnt/runs"), {**VARIANT, "checkpoint.save": "every"}))
    script = f"""
        mount -t tmpfs -o size=96k tmpfs /mnt || exit 99
        {program} {words} > {tmp_path}/first; echo $? > {tmp_path}/status
        mount -o remount,size=8m /mnt
        {program} resume /mnt/runs/d-own-1 --json > {tmp_path}/second && cp -r /mnt/runs {tmp_path}/runs
    """
    try:
        done = subprocess.run(["unshare", "--map-root-user", "--mount", "sh", "-c", script], check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    if done.returncode in (1, 99) and not (tmp_path / "status").exists():
        pytest.skip("nothing may be mounted here")
    assert (tmp_path / "status").read_text().strip() == "1"
    error = json.loads((tmp_path / "first").read_text().splitlines()[-1])["error"]
    assert error["code"] == "cannot-write" and "No space left" in error["message"]
    with killing.processes(tmp_path / "log.txt") as made:
        call = killing.words(source, tmp_path / "whole", {**VARIANT, "checkpoint.save": "every"})
        assert made.run(*call)[0] == 0
    run, whole = tmp_path / "runs" / "d-own-1", killing.only_run(tmp_path / "whole")
    assert whole is not None and killing.facts(run) == killing.facts(whole)
