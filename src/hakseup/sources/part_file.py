"""A file being fetched: `.NAME.part` beside its target, locked while written, kept where it broke off."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path


def empty(stream: io.FileIO) -> int:
    """Throw away all that is in it; returns 0, the bytes that are left."""
    stream.seek(0)
    stream.truncate()
    return 0


@contextlib.contextmanager
def own_part(target: Path, *, keep: bool) -> Iterator[tuple[Path, io.FileIO]]:
    """A part file that nobody else writes: the one left from before, or one of this process alone.

    Where the block fails and `keep` is true, what has come stays for a later call.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    stream = _open_locked(part)
    if stream is None:
        part = target.with_name(f".{target.name}.{os.getpid()}.{time.monotonic_ns()}.part")
        stream = _open(part)
        keep = False
    if not keep:
        empty(stream)
    try:
        yield part, stream
    except BaseException:
        nothing = stream.closed or not keep or stream.seek(0, os.SEEK_END) == 0
        _leave(part, stream, remove=nothing)
        raise
    if not stream.closed:  # no address gave the file
        _leave(part, stream, remove=not keep or stream.seek(0, os.SEEK_END) == 0)


def _leave(part: Path, stream: io.FileIO, *, remove: bool) -> None:
    # Removed before it is closed, while it is still locked: nobody can have begun to write it.
    if sys.platform == "win32":  # an open file cannot be removed there
        stream.close()
    if remove:
        with contextlib.suppress(OSError):
            part.unlink()
    stream.close()


def _open(path: Path) -> io.FileIO:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    return io.FileIO(handle, "r+b")


def _open_locked(path: Path) -> io.FileIO | None:
    """Open for reading and writing, locked until it is closed; None where another process has the lock."""
    while True:
        stream = _open(path)
        if not _lock(stream.fileno()):
            stream.close()
            return None
        try:  # between opening and locking, another process may have put this very file in place
            same = os.path.samestat(os.fstat(stream.fileno()), path.stat())
        except FileNotFoundError:
            same = False
        if same:
            return stream
        stream.close()


def _lock(handle: int) -> bool:
    """Whether this process has the file for itself now; on a file system without locks it never has."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(
                handle, 1 << 62, os.SEEK_SET
            )  # far behind the content: a locked byte cannot be read there
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def put_in_place(part: Path, stream: io.FileIO, target: Path) -> None:
    """The part becomes the target: from now on the file is there, whole."""
    os.fsync(stream.fileno())
    if sys.platform == "win32":  # an open file cannot be renamed there
        stream.close()
    part.replace(target)
    stream.close()
