"""One process at a time trains a run. The lock ends with the process that holds it, however that ends."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from hakseup import files
from hakseup.errors import RunError
from hakseup.words import Words

NAME = ".lock"
_PATIENCE = 1.0  # seconds: who only asks whether a run is being trained holds the lock for an instant
_FAR = 1 << 30  # Windows locks bytes: one far behind the end hinders no reader


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Inside the block no other process trains the run in this folder. What killed ones left half written is removed.

    Raises:
        RunError: another process trains it, or the folder cannot be written.
    """
    with files.written(folder / NAME):
        handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
    try:
        deadline = time.monotonic() + _PATIENCE
        while not _take(handle):
            if time.monotonic() > deadline:
                raise _in_use(folder, _holder(handle))
            time.sleep(0.02)
        with contextlib.suppress(OSError):  # the number is for a message only
            os.ftruncate(handle, 0)
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, str(os.getpid()).encode())
        for left in folder.glob("**/.*.part"):
            with contextlib.suppress(OSError):
                left.unlink()
        yield
    finally:
        os.close(handle)  # which gives the lock back


def held(folder: Path) -> bool:
    """Whether a process trains the run in this folder now."""
    try:
        handle = os.open(folder / NAME, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return False
    try:
        return not _take(handle, shared=True)
    finally:
        os.close(handle)


def _take(handle: int, shared: bool = False) -> bool:
    """Take the lock without waiting; False where another process has it. A file system without locks refuses nobody."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
    else:
        import fcntl

        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
    return True


def _holder(handle: int) -> str:
    """The number of the process that has the lock, as it wrote it down."""
    with contextlib.suppress(OSError):
        os.lseek(handle, 0, os.SEEK_SET)
        return os.read(handle, 32).decode("ascii", "replace").strip() or "?"
    return "?"


def _in_use(folder: Path, process: str) -> RunError:
    return RunError(
        "run-in-use",
        Words(
            f"{folder} is being trained by another process (number {process}).",
            f"{folder}은(는) 다른 프로세스({process}번)가 학습하고 있습니다.",
        ),
        Words(
            "Wait until it is done, or stop it: `hakseup resume` then goes on.",
            "끝나기를 기다리거나 그 프로세스를 멈춘 뒤 `hakseup resume`으로 이어서 하세요.",
        ),
    )
