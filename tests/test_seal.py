"""The seal on the test part and the ledger of its openings."""

from __future__ import annotations

import ast
import errno
import json
import multiprocessing
import os
import stat
from pathlib import Path

import numpy as np
import pytest

import hakseup
from hakseup.data.labels import Labels
from hakseup.data.split import Split
from hakseup.errors import DataError, SealError
from hakseup.evaluation.seal import open_test
from hakseup.runs import ledger

SOURCES = Path(hakseup.__file__).parent


def sealed(truth: list[int], test: list[int]) -> tuple[Labels, Split, list[int]]:
    """Labels whose test part is behind a reader that counts its calls."""
    calls: list[int] = []
    values = np.array(truth)
    index = np.array(test, np.int64)
    kept = values[index].copy()
    values[index] = -1

    def reader() -> np.ndarray:
        calls.append(ledger.count("t"))  # what the ledger said when the labels were read
        return kept

    rest = np.setdiff1d(np.arange(len(values)), index)
    nothing = np.empty(0, np.int64)
    return Labels(values, ((index, reader),)), Split(rest, nothing, index, nothing, True, False), calls


def test_opens_after_writing_it_down() -> None:
    labels, split, calls = sealed([0, 1, 0, 1, 1], [2, 3])
    with pytest.raises(SealError):
        labels.of(split.test)
    opening = open_test(labels, split, n_classes=2, test_id="t", run="runs/a-1", data="shapes")
    assert calls == [1]  # written down before a label was read
    assert opening.index.tolist() == [2, 3]
    assert opening.truth.tolist() == [0, 1]
    assert opening.times == 1
    (entry,) = ledger.openings("t")
    assert entry == {"test_id": "t", "run": "runs/a-1", "data": "shapes", "when": opening.when}
    assert open_test(labels, split, n_classes=2, test_id="t", run="runs/b-1", data="shapes").times == 2
    assert open_test(labels, split, n_classes=2, test_id="other", run="runs/b-1", data="x").times == 1


def test_stays_closed_when_it_cannot_be_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels, split, calls = sealed([0, 1, 0, 1], [2, 3])
    in_the_way = tmp_path / "home"
    in_the_way.write_text("a file where the folder should be")
    monkeypatch.setenv("HAKSEUP_HOME", str(in_the_way))
    with pytest.raises(SealError) as caught:
        open_test(labels, split, n_classes=2, test_id="t", run="r", data="d")
    assert caught.value.code == "opening-not-recorded"
    assert str(in_the_way) in caught.value.message.ko
    assert calls == []


def test_stays_closed_when_the_disk_takes_only_half_of_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, split, calls = sealed([0, 1, 0, 1], [2, 3])
    whole = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: whole(handle, content[:10]))
    with pytest.raises(SealError):
        open_test(labels, split, n_classes=2, test_id="t", run="r", data="d")
    assert calls == []
    monkeypatch.setattr(os, "write", whole)
    assert open_test(labels, split, n_classes=2, test_id="t", run="r", data="d").times == 1


def test_a_file_system_that_syncs_no_folders_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def files_alone(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        sync(handle)

    monkeypatch.setattr(os, "fsync", files_alone)
    assert [ledger.record("t", run="r", data="d")["times"] for _ in range(2)] == [1, 2]


def test_pictures_of_classes_that_were_not_chosen_are_left_out() -> None:
    labels, split, _calls = sealed([0, 1, 1, -1, 0], [2, 3, 4])
    opening = open_test(labels, split, n_classes=2, test_id="t", run="r", data="d")
    assert opening.index.tolist() == [2, 4]
    assert opening.truth.tolist() == [1, 0]


@pytest.mark.parametrize("strange", [-2, 2, 99])
def test_unknown_labels_are_an_error_that_says_where(strange: int) -> None:
    labels, split, _calls = sealed([0, 1, 1, strange], [2, 3])
    with pytest.raises(DataError) as caught:
        open_test(labels, split, n_classes=2, test_id="t", run="r", data="d")
    assert caught.value.code == "unknown-test-label"
    assert "place 3" in caught.value.message.en
    assert str(strange) in caught.value.message.ko


def test_an_empty_test_part_is_an_error() -> None:
    labels, split, _calls = sealed([0, 1, 0], [])
    with pytest.raises(DataError, match="holds nothing"):
        open_test(labels, split, n_classes=2, test_id="t", run="r", data="d")
    assert ledger.count("t") == 0  # nothing to open
    labels, split, _calls = sealed([0, 1, -1], [2])
    with pytest.raises(DataError, match="holds nothing"):
        open_test(labels, split, n_classes=2, test_id="t", run="r", data="d")


def test_nobody_else_breaks_the_seal() -> None:
    callers = []
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            # a call, a reference handed on, getattr with the name, or the readers themselves
            named = isinstance(node, ast.Attribute) and node.attr in ("break_seal", "_readers")
            quoted = isinstance(node, ast.Constant) and node.value in ("break_seal", "_readers")
            if named or quoted:
                callers.append(path.relative_to(SOURCES).as_posix())
    assert set(callers) <= {"data/labels.py", "evaluation/seal.py"}
    assert callers.count("evaluation/seal.py") == 1


def test_damaged_lines_are_passed_over_and_left() -> None:
    ledger.record("t", run="a", data="d")
    path = ledger.path()
    damage = b'{"test_id": "t", "ru\nnot json\n\xff\xfe\n[1]\n{"test_id": 3}\n{"run": "x"}\n{"half": '
    with path.open("ab") as stream:
        stream.write(damage)
    before = path.read_bytes()
    assert ledger.count("t") == 1
    assert ledger.record("t", run="b", data="d")["times"] == 2
    assert path.read_bytes().startswith(before)  # append-only
    assert [entry["run"] for entry in ledger.openings("t")] == ["a", "b"]


def test_korean_paths_and_the_empty_ledger() -> None:
    assert ledger.count("t") == 0
    ledger.record("t", run="runs/도형-1", data="도형")
    assert ledger.openings("t")[0]["run"] == "runs/도형-1"
    assert "도형" in ledger.path().read_text("utf-8")


def _open_many(home: str, who: int) -> None:
    os.environ["HAKSEUP_HOME"] = home
    times = [ledger.record("t", run=f"{who}-{n}", data="d" * 500)["times"] for n in range(25)]
    Path(home, f"times-{who}").write_text(" ".join(map(str, times)))


def test_four_processes_at_once_lose_nothing() -> None:
    home = str(ledger.path().parent)
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_open_many, args=(home, who)) for who in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    told = [int(t) for who in range(4) for t in Path(home, f"times-{who}").read_text().split()]
    assert sorted(told) == list(range(1, 101))  # each is told another number
    lines = ledger.path().read_text("utf-8").splitlines()
    runs = {json.loads(line)["run"] for line in lines}
    assert len(lines) == 100
    assert runs == {f"{who}-{number}" for who in range(4) for number in range(25)}
