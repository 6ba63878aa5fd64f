"""The ledger of openings: which test part was opened when, by which run. It only ever grows.

One line of JSON for each opening, in the user's folder, so that it outlives every run folder. A line that
cannot be read is passed over and left as it is.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from hakseup import files
from hakseup.errors import SealError, refusal
from hakseup.words import Words

NAME = "openings.jsonl"


def path() -> Path:
    """Where the ledger lies."""
    return files.user_home() / NAME


def openings(test_id: str) -> list[dict[str, Any]]:
    """The openings of this test part, oldest first: dicts with `test_id`, `run`, `data`, `when`.

    Raises:
        SealError: the ledger is there but cannot be read.
    """
    try:
        content = path().read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _closed(error) from error
    return [entry for entry in map(_entry, content.split(b"\n")) if entry and entry["test_id"] == test_id]


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:  # damaged, or the empty end
        return None
    return value if isinstance(value, dict) and isinstance(value.get("test_id"), str) else None


def count(test_id: str) -> int:
    """How often this test part was opened, over all runs."""
    return len(openings(test_id))


def record(test_id: str, *, run: str, data: str) -> dict[str, Any]:
    """Write down an opening; when this returns, it is on the disk. Safe for several processes at once.

    Args:
        test_id: hash of the test part.
        run: path of the run that opens it.
        data: name of the data set.

    Returns:
        The entry, with `times`: how often the test part was opened by then, this time included.

    Raises:
        SealError: it could not be written; nothing may be opened then.
    """
    entry = {
        "test_id": test_id,
        "run": run,
        "data": data,
        "when": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    line = json.dumps(entry, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
    ledger = path()
    try:
        files.make_folder(ledger.parent)
        handle = os.open(ledger, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o644)
        try:
            with _alone(handle):
                if _ends_within_a_line(handle):  # somebody was killed while writing
                    line = b"\n" + line
                if os.write(handle, line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(handle)
                times = count(test_id)
        finally:
            os.close(handle)
        files.sync_folder(ledger.parent)
    except OSError as error:
        raise _closed(error) from error
    return {**entry, "times": times}


def _ends_within_a_line(handle: int) -> bool:
    size = os.lseek(handle, 0, os.SEEK_END)
    if size == 0:
        return False
    os.lseek(handle, size - 1, os.SEEK_SET)
    return os.read(handle, 1) != b"\n"


@contextlib.contextmanager
def _alone(handle: int) -> Iterator[None]:
    """One process at a time. Where the file system knows no locks, appending keeps the lines whole."""
    if sys.platform == "win32":
        import msvcrt

        far = 1 << 30  # a byte far behind the end: locking it hinders no reader
        os.lseek(handle, far, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
        try:
            yield
        finally:
            os.lseek(handle, far, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield  # closing the file gives the lock back


def _closed(error: OSError) -> SealError:
    why = refusal(error)
    return SealError(
        "opening-not-recorded",
        Words(
            f"The test part stays sealed: its opening cannot be written down in {path()}: {why.en}.",
            f"테스트 부분을 열지 않았습니다. 열었다는 기록을 {path()}에 남길 수 없습니다: {why.ko}.",
        ),
        Words(
            "Make room on that disk or allow writing there; HAKSEUP_HOME chooses another folder.",
            "디스크 공간을 늘리거나 그곳에 쓸 수 있게 하세요. HAKSEUP_HOME으로 다른 폴더를 고를 수 있습니다.",
        ),
    )
