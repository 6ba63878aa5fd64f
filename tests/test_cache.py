"""Decoded pictures in the user folder: found again, made again where damaged, done without on a full disk."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hakseup import sources
from hakseup.data import cache, reading
from hakseup.data.load import load
from hakseup.data.pictures import Pictures
from hakseup.errors import CallError
from hakseup.settings import DataSettings
from hakseup.sources.found import ClassName, Found, Piece, StoredPixels
from hakseup.words import Words

PLAIN = DataSettings()


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def save(path: Path, array: np.ndarray, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, **options)
    return path


def said(pictures: Pictures) -> str:
    return " ".join(note.en for note in pictures.notes)


def found_with(pieces: list[Piece], k: int = 2) -> Found:
    classes = tuple(ClassName(str(i), Words(str(i), str(i))) for i in range(k))
    return Found("somewhere", "name", "arrays", classes, tuple(pieces))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six grey pictures of 8x8 in two classes, with an official test part of two."""
    for n in range(4):
        save(tmp_path / "data" / "train" / "ab"[n % 2] / f"{n}.png", noise(8, 8, seed=n))
    for n in range(4, 6):
        save(tmp_path / "data" / "test" / "ab"[n % 2] / f"{n}.png", noise(8, 8, seed=n))
    return tmp_path / "data"


def entries() -> list[Path]:
    return sorted(cache.home().iterdir()) if cache.home().exists() else []


# --- the cache -------------------------------------------------------------------------------------------------


@pytest.fixture
def decodes(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was decoded."""
    calls: list[object] = []
    decode_quietly = reading.decode_quietly

    def spy(source: object, max_pixels: int) -> object:
        calls.append(source)
        return decode_quietly(source, max_pixels)

    monkeypatch.setattr(reading, "decode_quietly", spy)
    return calls


def equal(a: Pictures, b: Pictures) -> bool:
    return (
        np.array_equal(a.images, b.images)
        and np.array_equal(a.keys, b.keys)
        and (a.where, a.refused, a.notes, a.seen) == (b.where, b.refused, b.notes, b.seen)
        and a.labels.break_seal().tolist() == b.labels.break_seal().tolist()
    )


def test_files_are_decoded_once(folder: Path, decodes: list[object]) -> None:
    (folder / "train" / "a" / "bad.png").write_text("no")
    settings = DataSettings(max_refused=0.5)
    first = load(sources.find(folder), settings)
    assert len(decodes) == 7
    assert len(entries()) == 1
    second = load(sources.find(folder), settings)
    assert len(decodes) == 7
    assert equal(first, second)


def test_another_setting_or_a_changed_file_is_decoded_again(folder: Path, decodes: list[object]) -> None:
    load(sources.find(folder), PLAIN)
    for settings in (DataSettings(size=(4, 4)), DataSettings(mode="rgb"), DataSettings(max_pixels=9999)):
        decodes.clear()
        load(sources.find(folder), settings)
        assert len(decodes) == 6
    save(folder / "train" / "a" / "0.png", noise(8, 8, seed=77))
    os.utime(folder / "train" / "a" / "0.png", ns=(1, 1))
    np.testing.assert_array_equal(load(sources.find(folder), PLAIN).images[0, ..., 0], noise(8, 8, seed=77))


def test_a_file_that_may_be_read_now_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A permission that is given changes neither size nor time of a file."""
    from hakseup.data.decode import Unusable

    def refuses_one(source: object, max_pixels: int) -> object:
        if Path(str(source)).name == "2.png":
            raise Unusable("unreadable", Words("it may not be read", "읽을 권한이 없습니다"))
        return decode(source, max_pixels)

    decode = reading.decode_quietly
    with monkeypatch.context() as patch:
        patch.setattr(reading, "decode_quietly", refuses_one)
        first = load(sources.find(folder), DataSettings(max_refused=0.5))
    assert len(first) == 5 and [refused.code for refused in first.refused] == ["unreadable"]
    second = load(sources.find(folder), DataSettings(max_refused=0.5))
    assert len(second) == 6 and not second.refused and int(first.images.sum()) < int(second.images.sum())


def test_what_does_not_matter_to_pixels_does_not_decode_again(folder: Path, decodes: list[object]) -> None:
    load(sources.find(folder), PLAIN)
    decodes.clear()
    load(sources.find(folder), DataSettings(max_refused=0.9))
    assert decodes == []


def flip_a_pixel(entry: Path) -> None:
    raw = bytearray((entry / "images.npy").read_bytes())
    raw[-5] ^= 255
    (entry / "images.npy").write_bytes(raw)


DAMAGE: list[Callable[[Path], object]] = [
    flip_a_pixel,
    lambda entry: (entry / "images.npy").write_bytes((entry / "images.npy").read_bytes()[:-7]),
    lambda entry: (entry / "images.npy").write_bytes(b""),
    lambda entry: (entry / "keys.npy").unlink(),
    lambda entry: (entry / "kept.npy").write_bytes((entry / "keys.npy").read_bytes()),
    lambda entry: (entry / "about.json").write_text("{}"),
    lambda entry: (entry / "about.json").write_text('{"version": 1, '),
    lambda entry: (entry / "about.json").write_bytes(b"\xff\xfe"),
    lambda entry: (entry / "about.json").write_text(
        json.dumps(json.loads((entry / "about.json").read_text()) | {"version": cache.VERSION + 1})
    ),
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_made_again(
    damage: Callable[[Path], object], folder: Path, decodes: list[object]
) -> None:
    first = load(sources.find(folder), PLAIN)
    (entry,) = entries()
    damage(entry)
    decodes.clear()
    assert equal(load(sources.find(folder), PLAIN), first)
    assert len(decodes) == 6
    decodes.clear()
    assert equal(load(sources.find(folder), PLAIN), first)
    assert decodes == []
    assert entries() == [entry]


@pytest.mark.parametrize("after", [0, 1, 2, 3])
@pytest.mark.parametrize("mode", ["auto", "rgb"])
def test_a_full_disk_does_not_stop_the_work(
    after: int, mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = np.repeat(noise(150, 4, 4, 1), 3, axis=3)
    x[140] = noise(4, 4, 3, seed=5)  # makes the writer widen what it has
    for i in range(150):
        save(tmp_path / "ab"[i // 75] / f"{i}.png", x[i])
    whole = load(sources.find(tmp_path), DataSettings(mode=mode))
    monkeypatch.setenv("HAKSEUP_HOME", str(tmp_path / "home"))
    left = iter([None] * after)

    def write(stream: object, content: object) -> None:
        if next(left, errno.ENOSPC) is None:
            really(stream, content)
        else:
            really(stream, memoryview(content)[:10])
            raise OSError(errno.ENOSPC, "No space left on device")

    really = cache._write
    monkeypatch.setattr(cache, "_write", write)
    pictures = load(sources.find(tmp_path), DataSettings(mode=mode))
    np.testing.assert_array_equal(pictures.images, whole.images)
    assert "No space left" in said(pictures)
    assert entries() == []


def test_a_home_that_cannot_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("HAKSEUP_HOME", str(tmp_path / "file" / "home"))
    pictures = load(sources.find(folder), PLAIN)
    assert len(pictures) == 6
    assert "could not be kept" in said(pictures)


def test_an_interrupted_writer_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reading, "_add", stop)
    with pytest.raises(KeyboardInterrupt):
        load(sources.find(folder), PLAIN)
    assert entries() == []


def test_what_a_killed_process_left_is_swept_away(folder: Path) -> None:
    old, new = cache.home() / ".x.1.2.part", cache.home() / ".y.1.2.part"
    for left in (old, new):
        left.mkdir(parents=True)
    os.utime(old, (1, 1))
    load(sources.find(folder), PLAIN)
    assert not old.exists()
    assert new.exists()


def test_large_data_are_memory_mapped(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    small = load(sources.find(folder), PLAIN)
    monkeypatch.setattr(cache, "LARGE", 100)
    mapped = load(sources.find(folder), PLAIN)
    assert isinstance(mapped.images, np.memmap)
    assert not mapped.images.flags.writeable
    np.testing.assert_array_equal(mapped.images, small.images)
    assert equal(load(sources.find(folder), PLAIN), mapped)

    x, y = noise(40, 5, 5), np.arange(40) % 2
    for data in (
        {"x_train": x, "y_train": y, "x_test": x[:9], "y_test": y[:9]},
        _npz(tmp_path / "a.npz", x, y),
    ):
        first, again = (load(sources.find(data), PLAIN) for _ in range(2))
        assert isinstance(first.images, np.memmap)
        np.testing.assert_array_equal(first.images[..., 0], np.concatenate([x, x[:9]]))
        assert equal(first, again)
    before = len(entries())
    changed = load(sources.find({"x_train": 255 - x, "y_train": y, "x_test": x[:9], "y_test": y[:9]}), PLAIN)
    np.testing.assert_array_equal(changed.images[:40, ..., 0], 255 - x)
    assert len(entries()) == before + 1


def _npz(path: Path, x: np.ndarray, y: np.ndarray) -> Path:
    np.savez_compressed(path, x_train=x, y_train=y, x_test=x[:9], y_test=y[:9])
    return path


def test_large_arrays_are_read_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LARGE", 1000)
    made: list[int] = []

    def read() -> object:
        for n in range(30):
            made.append(n)
            yield np.full((2, 6, 6), n, np.uint8)

    stored = StoredPixels((60, 6, 6), read, "one")
    found = found_with([Piece(None, 60, lambda: np.arange(60) % 2, pixels=stored)])
    pictures = load(found, PLAIN)
    assert pictures.images[:, 0, 0, 0].tolist() == [n // 2 for n in range(60)]
    made.clear()
    assert equal(load(found, PLAIN), pictures)
    assert made == []  # its identity is enough


def test_arrays_in_memory_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    load(sources.find(((noise(6, 3, 3), np.arange(6) % 2), (noise(2, 3, 3), np.arange(2)))), PLAIN)
    assert entries() == []


# --- how large it may become -----------------------------------------------------------------------------------


def entry(number: int, days: float = 0.0) -> Path:
    """An entry of a thousand bytes or so that was last used so many days ago."""
    writer = cache.Writer((10, 10), 1, cache.name_of([str(number)]))
    writer.add(noise(10, 10, 10, 1, seed=number))
    writer.finish(np.zeros(10, "V16"), np.arange(10), cache.Report())
    folder = cache.home() / cache.name_of([str(number)])
    then = time.time() - days * 24 * 3600
    os.utime(folder / "about.json", (then, then))
    return folder


def test_entries_that_nobody_used_for_sixty_days_go(tmp_path: Path) -> None:
    used, old = entry(2, days=59), entry(1, days=61)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine").write_text("kept")
    (cache.home() / ("0" * 32)).symlink_to(elsewhere)
    other = cache.home() / "notes"
    other.mkdir()
    os.utime(other, (0, 0))
    new = entry(3)
    assert used.exists() and not old.exists() and new.exists() and other.exists()
    assert (elsewhere / "mine").exists() and not list(cache.home().glob(".*.part"))


def test_reading_an_entry_is_using_it() -> None:
    old = entry(1, days=59)
    assert cache.read(old.name) is not None
    assert time.time() - (old / "about.json").stat().st_mtime < 60


def test_the_longest_unused_go_where_all_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [entry(number, days=10 - number) for number in range(4)]
    size = cache.entries()[0][1]
    monkeypatch.setenv("HAKSEUP_CACHE_GB", str(3.5 * size / 1e9))
    newest = entry(9)
    assert [one.exists() for one in (*made, newest)] == [False, False, True, True, True]
    monkeypatch.setenv("HAKSEUP_CACHE_GB", "0")
    assert entry(10).exists() and len(cache.entries()) == 1  # what was just made is in use
    monkeypatch.setenv("HAKSEUP_CACHE_GB", "much")
    with pytest.raises(CallError, match="much"):  # before a picture is decoded
        cache.Writer((2, 2), 1, "11" * 16)


def test_who_reads_an_entry_goes_on_reading_while_it_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LARGE", 1)  # mapped, not loaded
    folder = entry(1)
    held = cache.read(folder.name)
    assert held is not None and isinstance(held.images, np.memmap)
    assert cache.clear()[0] == 1 and not folder.exists() and cache.clear() == (0, 0)
    assert np.array_equal(held.images, noise(10, 10, 10, 1, seed=1))
