"""Words, seeds, files: the first rooms."""

from __future__ import annotations

import errno
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from hakseup import files, seeds
from hakseup.errors import RunError, nearest, refusal
from hakseup.runs.folder import RUN, RunFolder
from hakseup.words import Words, josa, language, speak


def test_a_pair_speaks_the_chosen_language() -> None:
    pair = Words("one", "하나")
    with speak("ko"):
        assert str(pair) == "하나"
        with speak("en"):
            assert str(pair) == "one"
        assert language() == "ko"


@pytest.mark.parametrize(("locale", "expected"), [("ko_KR.UTF-8", "ko"), ("en_US.UTF-8", "en"), ("C", "en")])
def test_the_locale_decides_when_nothing_is_chosen(
    monkeypatch: pytest.MonkeyPatch, locale: str, expected: str
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    assert language() == expected


@pytest.mark.parametrize(
    ("word", "pair", "expected"),
    [
        ("사과", "을/를", "사과를"),
        ("가방", "을/를", "가방을"),
        ("서울", "으로/로", "서울로"),
        ("부산", "으로/로", "부산으로"),
        ("3", "이/가", "3이"),
        ("2", "이/가", "2가"),
        ("7", "으로/로", "7로"),
        ("cat", "이/가", "cat이(가)"),
        ("cat", "으로/로", "cat(으)로"),
        ("'원'", "을/를", "'원'을"),
        ("20%", "을/를", "20%를"),
        ("전력(MW)", "을/를", "전력(MW)을"),
        ("'수요(MW)'", "을/를", "'수요(MW)'를"),
    ],
)
def test_particles(word: str, pair: str, expected: str) -> None:
    assert josa(word, pair) == expected


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("'0'을(를) 뜻하셨나요?", "'0'을 뜻하셨나요?"),
        ("'사과'을(를), '가방'을(를)", "'사과'를, '가방'을"),
        ("값(3)이(가) 0.5%이(가)", "값(3)이 0.5%가"),
        ("'원'(이)라는 나무(이)라고", "'원'이라는 나무라고"),
        ("서울(으)로 부산(으)로 3(으)로 7(으)로", "서울로 부산으로 3으로 7로"),
        ("가위와(과) 풀과(와)", "가위와 풀과"),
        ("'수요(MW)'은(는) 면적(㎡)을(를)", "'수요(MW)'는 면적(㎡)을"),
        ("price을(를) f(가)", "price을(를) f(가)"),  # how it is read is not known; no particle
    ],
)
def test_a_sentence_takes_the_particle_that_fits(written: str, read: str) -> None:
    assert Words("", written).ko == read


def test_what_the_system_refuses_is_said_in_korean_too() -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    assert refusal(full) == Words("No space left on device", "디스크에 남은 공간이 없음")
    assert refusal(OSError("odd")) == Words("odd", "odd")


def test_generators_depend_on_seed_and_name_alone() -> None:
    draw = seeds.numpy_generator(0, "order", 1).random(4)
    assert np.array_equal(draw, seeds.numpy_generator(0, "order", 1).random(4))
    for other in (seeds.numpy_generator(1, "order", 1), seeds.numpy_generator(0, "order", 2)):
        assert not np.array_equal(draw, other.random(4))
    assert seeds.derive(0, "a", "b") != seeds.derive(0, "ab")
    assert 0 <= seeds.derive(123, "x") < 2**63


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    files.write_json(path, {"x": 1})

    def fill(stream: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(RunError) as caught:
        files.write(path, fill)
    assert caught.value.code == "cannot-write" and "No space left" in caught.value.message.en
    assert "남은 공간이 없음" in caught.value.message.ko
    assert json.loads(path.read_text()) == {"x": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_two_threads_write_one_file_at_once(tmp_path: Path) -> None:
    """The page answers requests in threads: each writes beside, and the file is one of theirs, whole."""
    both = threading.Barrier(2, timeout=10)

    def write(content: bytes) -> None:
        def fill(stream: IO[bytes]) -> None:
            stream.write(content[:1])
            both.wait()  # both are in the middle of it
            stream.write(content[1:])

        files.write(tmp_path / "a", fill)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, (b"one", b"two")))
    assert (tmp_path / "a").read_bytes() in (b"one", b"two")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_json_has_no_numbers_that_json_does_not_know(tmp_path: Path) -> None:
    files.write_json(tmp_path / "a.json", {"x": [float("nan"), np.float32(0.5), np.int64(3), float("inf")]})
    assert json.loads((tmp_path / "a.json").read_text()) == {"x": [None, 0.5, 3, None]}


def test_run_folders_get_the_next_number_and_are_never_reused(tmp_path: Path) -> None:
    made = [RunFolder.create(tmp_path, "digits-fast").path.name for _ in range(3)]
    assert made == ["digits-fast-1", "digits-fast-2", "digits-fast-3"]
    (tmp_path / "digits-fast-2").rmdir()
    (tmp_path / "digits-fast-²").mkdir()  # a digit to Python, and no number
    assert RunFolder.create(tmp_path, "digits-fast").path.name == "digits-fast-4"


def test_a_run_folder_that_is_missing_damaged_or_newer_says_so(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        RunFolder.open(tmp_path / "nothing")
    assert caught.value.code == "no-such-run"
    folder = RunFolder.create(tmp_path / "all of them", "x")
    folder.write_text(RUN, "{}")
    with pytest.raises(RunError) as caught:
        RunFolder.open(tmp_path / "all of them")
    assert caught.value.code == "no-such-run" and caught.value.hint is not None
    assert "hakseup runs " in caught.value.hint.en and "all of them" in caught.value.hint.en
    folder = RunFolder.create(tmp_path, "x")
    folder.write_text(RUN, "{broken")
    with pytest.raises(RunError) as caught:
        RunFolder.open(folder.path)
    assert caught.value.code == "run-damaged"
    folder.write_json(RUN, {"format": 99})
    with pytest.raises(RunError) as caught:
        RunFolder.open(folder.path)
    assert caught.value.code == "newer-run"


def test_pickled_arrays_in_a_run_folder_are_never_loaded(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "x")
    np.savez(folder.file("split.npz"), train=np.array([{"a": 1}], object))
    with pytest.raises(RunError) as caught:
        folder.arrays("split.npz")
    assert caught.value.code == "run-damaged"


def test_the_nearest_word_is_only_named_when_it_is_near() -> None:
    assert nearest("epocs", ["epochs", "seed"]) == "epochs"
    assert nearest("zebra", ["epochs", "seed"]) is None
