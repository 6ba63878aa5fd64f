"""Killed, interrupted, on a full disk, with damaged checkpoints: what `resume` finishes is the same, bit for bit."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import killing
import numpy as np
import pytest
import torch
from makers import pictures

import hakseup
from hakseup import files
from hakseup.api.training import Stopped
from hakseup.errors import CallError, HakseupError, RunError
from hakseup.progress import Silence
from hakseup.report import page
from hakseup.runs import lock
from hakseup.training import checkpoints
from hakseup.training.clock import Clock
from hakseup.words import Words

posix = pytest.mark.skipif(os.name == "nt", reason="kill -9, fork and limits are POSIX")
SETTINGS: dict[str, Any] = {
    "training.epochs": 4,
    "training.batch_size": 32,
    "training.min_steps": 0,
    "training.precision": "fp32",
    "training.schedule": "one_cycle",
    "training.final_fit": True,
    "stopping.restore_best": True,
    "augmentation.shift": 1,
    "augmentation.flip": True,
    "checkpoint.seconds": 0,
    "checkpoint.save": "every",
}
LAYERS = ["Conv2D(4, 3)", "BatchNormalization()", "Flatten()", "Dropout(0.2)", "Dense(3)"]


def arrays() -> tuple[np.ndarray, np.ndarray]:
    data = pictures(90)
    return data.images, data.labels.values


def train(out: Path, **changes: Any) -> hakseup.Run:
    return hakseup.train(arrays(), settings={**SETTINGS, **changes}, network=LAYERS, out=out)


def resume(path: Path, **more: Any) -> hakseup.Run:
    return hakseup.resume(hakseup.open_run(path, data=arrays()), **more)


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "write", killing.no_report)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[killing.Processes]:
    with killing.processes(tmp_path_factory.mktemp("log") / "log.txt") as started:
        yield started


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an undisturbed training comes to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "write", killing.no_report)
        return killing.facts(train(tmp_path_factory.mktemp("whole")).path)


class Heard(Silence):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, words: Words) -> None:
        self.notes.append(words.en)


class PressAt(Silence):
    """Presses Ctrl-C at the end of an epoch, of the second training where `again`."""

    def __init__(self, epoch: int, again: bool = False) -> None:
        self.epoch, self.again = epoch, again

    def epoch_end(self, row: Any) -> None:
        if row["epoch"] == self.epoch and ("val_loss" in row) != self.again:
            os.kill(os.getpid(), signal.SIGINT)


# --- kills -----------------------------------------------------------------------------------------------------


@posix
def test_killed_processes_end_in_the_same_run(made: killing.Processes, tmp_path: Path) -> None:
    count = killing.kill_and_compare(made, tmp_path, 3, variants=1, seed=3)
    assert count["during"] == 3, count


@posix
def test_a_run_in_use_is_refused_and_a_killed_one_is_stopped(made: killing.Processes, tmp_path: Path) -> None:
    source = killing.data(tmp_path / "d.npz")
    call = killing.words(source, tmp_path / "runs", {"training.epochs": 3000})
    process = made.start(*call)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("runs/*/checkpoint/choose/*.safetensors")) and time.monotonic() < deadline:
        time.sleep(0.01)
    run = killing.only_run(tmp_path / "runs")
    assert run is not None
    assert hakseup.runs(run.parent)[0]["state"] == "training"
    started = time.monotonic()
    with pytest.raises(RunError) as caught:
        hakseup.resume(run)
    assert caught.value.code == "run-in-use" and str(process) in caught.value.message.en
    assert time.monotonic() - started < 10
    made.kill(process, 0)
    assert hakseup.runs(run.parent)[0]["state"] == "stopped"

    with pytest.raises(RunError, match="not finished") as refused:
        hakseup.evaluate(run)
    assert "resume" in str(refused.value.hint)
    heard = Heard()
    result = hakseup.predict(run, [arrays()[0][0]], progress=heard)
    assert result["n"] == 1 and "not finished" in heard.notes[0]


@posix
def test_a_file_system_that_takes_no_checkpoint_ends_in_a_sentence(
    made: killing.Processes, tmp_path: Path
) -> None:
    source = killing.data(tmp_path / "d.npz")
    settings = {"training.epochs": 4}
    whole, full = tmp_path / "whole", tmp_path / "full"
    assert made.run(*killing.words(source, whole, settings))[0] == 0
    status, text = made.run(*killing.words(source, full, settings), most=6000)  # a checkpoint has 9,000 bytes
    run = killing.only_run(full)
    assert run is not None
    error = json.loads(text.strip().splitlines()[-1])["error"]
    assert (status, error["code"]) == (1, "cannot-write") and "Traceback" not in text
    assert f"hakseup resume {run}" in error["hint"]
    (listed,) = hakseup.runs(full)
    assert listed["state"] == "failed" and "Could not write" in listed["reason"]
    assert listed["reason"] in made.run("runs", str(full))[1]
    assert made.run("resume", str(run), "--json")[0] == 0
    expected = killing.only_run(whole)
    assert expected is not None and killing.facts(run) == killing.facts(expected)


# --- a disk that fails at any call ---------------------------------------------------------------------------------


class Disk:
    """Counts what is asked of the disk, and refuses from the `at`-th time on, or that once.

    Args:
        at: 0: never. once: only that time, with EIO; else the disk stays full.
    """

    def __init__(self, patch: pytest.MonkeyPatch, at: int, once: bool) -> None:
        self.at, self.once, self.asked = at, once, 0
        for owner, name in ((os, "fsync"), (os, "open"), (Path, "replace"), (Path, "mkdir")):
            patch.setattr(owner, name, self._counted(getattr(owner, name)))
        opened = Path.open
        disk = self

        class Stream(io.BufferedWriter):
            def write(self, content: Any, /) -> int:
                disk.tick()
                return super().write(content)

        def open_(path: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
            if mode != "wb":
                return opened(path, mode, *rest, **more)
            disk.tick()
            return Stream(io.FileIO(path, "w"))

        patch.setattr(Path, "open", open_)

    def tick(self) -> None:
        self.asked += 1
        if self.at and (self.asked == self.at or (self.asked > self.at and not self.once)):
            raise OSError(*((errno.EIO, "I/O error") if self.once else (errno.ENOSPC, "No space left")))

    def _counted(self, call: Any) -> Any:
        def counted(*given: Any, **more: Any) -> Any:
            self.tick()
            return call(*given, **more)

        return counted


def fail_and_compare(place: Path, at: int, once: bool, whole: dict[str, Any]) -> bool:
    """Train on a disk that fails at that call, resume on a good one, compare; whether there was something to resume."""
    out = place / "failing"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        Disk(patch, at, once)
        try:
            train(out)
        except RunError as error:
            assert error.code == "cannot-write", error
    run = killing.only_run(out)
    if run is None:
        return False
    if not (run / "run.json").exists():
        with pytest.raises(RunError) as caught:
            hakseup.open_run(run)
        assert caught.value.code in ("run-not-begun", "no-such-run")
        return False
    resume(run)
    assert killing.facts(run) == whole, (at, once)
    return True


def calls(place: Path) -> tuple[int, dict[str, Any]]:
    """How often an undisturbed training asks the disk, and what comes of it."""
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch, 0, False)
        run = train(place / "whole")
        return disk.asked, killing.facts(run.path)


def test_a_disk_that_fails_at_some_call_changes_nothing(tmp_path: Path) -> None:
    n, whole = calls(tmp_path)
    assert n > 100
    points = [*range(5, n, n // 7), n - 1, n]  # all of them: test_slow
    resumed = [fail_and_compare(tmp_path, at, bool(i % 2), whole) for i, at in enumerate(points)]
    assert sum(resumed) >= 6


# --- damaged checkpoints -------------------------------------------------------------------------------------------


def damage(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    if how == "cut":
        path.write_bytes(content[:-10])
    elif how == "flipped":
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif how == "empty":
        path.write_bytes(b"")
    else:
        path.replace(path.with_name("9" + path.name[1:-20] + "0" * 8 + ".safetensors"))


@pytest.mark.parametrize("how", ["cut", "flipped", "empty", "renamed", "all"])
def test_damaged_checkpoints_are_passed_over_and_said(
    tmp_path: Path, how: str, whole: dict[str, Any]
) -> None:
    with pytest.raises(Stopped):
        hakseup.train(arrays(), settings=SETTINGS, network=LAYERS, out=tmp_path / "cut", progress=PressAt(3))
    run = killing.only_run(tmp_path / "cut")
    assert run is not None
    place = run / "checkpoint" / "choose"
    there = sorted(place.iterdir(), reverse=True)
    assert len(there) == 2
    for path in there if how == "all" else there[:1]:
        damage(path, "flipped" if how == "all" else how)
    heard = Heard()
    resume(run, progress=heard)
    assert killing.facts(run) == whole
    said = "from the beginning" if how == "all" else "the one before it is used"
    assert any(said in note for note in heard.notes)
    assert any(said in note["en"] for note in json.loads((run / "run.json").read_text())["notes"])
    assert len(list(place.glob("*.damaged"))) == (
        2 if how == "all" else 1
    )  # they no longer count as the newest


def test_a_history_behind_its_checkpoint_is_made_whole(tmp_path: Path, whole: dict[str, Any]) -> None:
    with pytest.raises(Stopped):
        hakseup.train(arrays(), settings=SETTINGS, network=LAYERS, out=tmp_path / "cut", progress=PressAt(3))
    run = killing.only_run(tmp_path / "cut")
    assert run is not None
    rows = (run / "history.csv").read_text().splitlines()
    (run / "history.csv").write_text("\n".join(rows[:2]) + "\n")  # it is written once a second at most
    resume(run)
    assert killing.facts(run) == whole


# --- going on ------------------------------------------------------------------------------------------------------


def test_going_on_is_repeated_exactly_even_from_damaged_checkpoints(tmp_path: Path) -> None:
    changes = {"stopping.patience": 2, "training.epochs": 40, "training.learning_rate": 0.1}
    run = train(tmp_path / "a", **changes)
    done = len(run.history)
    assert done < 40  # stopped early
    copy = shutil.copytree(run.path, tmp_path / "b" / "copy")
    for path in sorted((copy / "checkpoint" / "choose").iterdir())[1:]:
        damage(path, "cut")
    resume(run.path, epochs=done + 3)
    assert len(run.history) > done  # patience began anew
    resume(copy, epochs=done + 3)
    assert killing.facts(copy) == killing.facts(run.path)


def test_an_unfinished_run_is_first_finished(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        hakseup.train(arrays(), settings=SETTINGS, network=LAYERS, out=tmp_path, progress=PressAt(2))
    run = killing.only_run(tmp_path)
    assert run is not None
    with pytest.raises(CallError) as caught:
        resume(run, epochs=9)
    assert caught.value.code == "not-finished"
    assert hakseup.runs(tmp_path)[0]["state"] == "interrupted"
    assert len(resume(run, epochs=4).history) == 4  # as many as it was to have


def test_ctrl_c_in_the_last_epoch_is_heard(tmp_path: Path, whole: dict[str, Any]) -> None:
    with pytest.raises(Stopped, match="Stopped in epoch 4;"):
        hakseup.train(arrays(), settings=SETTINGS, network=LAYERS, out=tmp_path / "cut", progress=PressAt(4))
    run = killing.only_run(tmp_path / "cut")
    assert run is not None and not (run / "checkpoint" / "final").exists()
    resume(run)
    assert killing.facts(run) == whole


def test_ctrl_c_in_the_second_training_names_it_and_its_epoch(tmp_path: Path) -> None:
    with pytest.raises(Stopped, match="Stopped in epoch 2 of the second training;"):
        hakseup.train(
            arrays(), settings=SETTINGS, network=LAYERS, out=tmp_path, progress=PressAt(2, again=True)
        )


def test_a_module_of_ones_own_begins_again_with_its_first_weights(tmp_path: Path) -> None:
    def net(seed: int) -> torch.nn.Module:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(144, 3))

    whole = hakseup.train(arrays(), settings=SETTINGS, network=net(1), out=tmp_path / "whole")
    with pytest.raises(Stopped):
        hakseup.train(arrays(), settings=SETTINGS, network=net(1), out=tmp_path / "cut", progress=PressAt(2))
    run = killing.only_run(tmp_path / "cut")
    assert run is not None
    shutil.rmtree(run / "checkpoint")
    hakseup.resume(hakseup.open_run(run, data=arrays(), network=net(2)))
    assert killing.facts(run) == killing.facts(whole.path)


def test_a_run_says_when_it_goes_on_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        hakseup.train(arrays(), settings=SETTINGS, network=LAYERS, out=tmp_path, progress=PressAt(2))
    run = killing.only_run(tmp_path)
    assert run is not None
    about = json.loads((run / "run.json").read_text())
    about["machine"]["processor"] = "another"
    (run / "run.json").write_text(json.dumps(about))
    heard = Heard()
    resume(run, progress=heard)
    assert "Begun on another" in heard.notes[0]


def test_a_checkpoint_of_another_device_is_refused(tmp_path: Path) -> None:
    found = checkpoints.Checkpoint({}, {"device": "cuda"})
    with pytest.raises(RunError, match="cuda"):
        checkpoints.require_device(found, torch.device("cpu"))


# --- what holds it together -----------------------------------------------------------------------------------------


def test_a_half_made_run_is_told_apart(tmp_path: Path) -> None:
    half = tmp_path / "d-fast-1"
    half.mkdir()
    with lock.alone(half):
        assert hakseup.runs(tmp_path)[0]["state"] == "training"  # it is just being set up
    assert hakseup.runs(tmp_path)[0]["state"] == "not begun"
    for command in (hakseup.resume, hakseup.evaluate, hakseup.open_run):
        with pytest.raises(HakseupError) as caught:
            command(half)
        assert caught.value.code == "run-not-begun"


def test_the_lock_removes_what_killed_processes_left(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").mkdir()
    left = tmp_path / "checkpoint" / ".1-2.safetensors.99.part"
    left.write_bytes(b"half")
    with lock.alone(tmp_path):
        assert not left.exists() and lock.held(tmp_path)
    assert not lock.held(tmp_path)


def test_checkpoints_wait_for_sixty_times_what_they_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    clock = Clock(0.0, size=0)
    now = 109.0
    assert not clock.due(10) and clock.due(0)
    now = 111.0
    assert clock.due(10)
    now = 113.0
    assert clock.saving(since=111.0) == 2
    now = 113.0 + 119
    assert not clock.due(10)
    now = 113.0 + 121
    assert clock.due(10)
    large = Clock(0.0, size=2_000_000_000)  # ten seconds on a slow disk: the first waits for ten minutes
    now += 599
    assert not large.due(10)
    now += 2
    assert large.due(10)


def test_a_made_folder_has_its_parents_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(files, "sync_folder", synced.append)
    files.make_folder(tmp_path / "a" / "b")
    files.make_folder(tmp_path / "a" / "b")
    assert synced == [tmp_path, tmp_path / "a"]


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not synced on Windows")
def test_a_file_system_that_cannot_sync_folders_is_put_up_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int) -> None:
        raise OSError(refused, "no")

    monkeypatch.setattr(os, "fsync", refuse)
    refused = errno.EINVAL
    files.sync_folder(tmp_path)
    refused = errno.EIO
    with pytest.raises(OSError, match="no"):
        files.sync_folder(tmp_path)
