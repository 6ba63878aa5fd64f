"""What the machine refuses (disk, permission, memory) as a sentence, and faults of ours as a file with the traceback.

The command line and the studio say the same; how each of them ends is their own.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import platform
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from hakseup import files
from hakseup.errors import DISK_FULL, HakseupError, refusal
from hakseup.words import Words

_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def of_machine(error: BaseException) -> HakseupError | None:
    """What the machine refused, in a sentence; None where it was something else."""
    if isinstance(error, OSError):
        return _of_system(error)
    if is_memory(error):
        return HakseupError(
            "out-of-memory",
            Words("The memory of this machine is not enough.", "이 컴퓨터의 메모리가 모자랍니다."),
            Words(
                "Try a smaller --batch-size or smaller pictures (--set data.size=32,32), and close other programs.",
                "--batch-size나 그림 크기(--set data.size=32,32)를 줄이고 다른 프로그램을 닫아 보세요.",
            ),
        )
    return None


def _of_system(error: OSError) -> HakseupError | None:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in DISK_FULL:
        return HakseupError(
            "disk-full",
            Words(f"The disk is full{where}.", f"디스크가 가득 찼습니다{where}."),
            Words(
                "Make room, or let HAKSEUP_RUNS and HAKSEUP_HOME name places on another disk.",
                "공간을 비우거나 HAKSEUP_RUNS, HAKSEUP_HOME으로 다른 디스크를 고르세요.",
            ),
        )
    if error.errno in _FORBIDDEN or isinstance(error, PermissionError):
        return HakseupError(
            "no-permission",
            Words(
                f"This machine does not allow it: {refusal(error).en}{where}.",
                f"권한이 없어 할 수 없습니다: {refusal(error).ko}{where}.",
            ),
            Words(
                "Check who may read and write there, or choose another place.",
                "읽기와 쓰기 권한을 확인하거나 다른 곳을 고르세요.",
            ),
        )
    return None


def is_memory(error: BaseException) -> bool:
    """Whether it says that memory was not enough."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and (
        "not enough memory" in text or "can't allocate memory" in text
    )


def crash(error: BaseException, doing: Sequence[str]) -> HakseupError:
    """A fault of ours: the traceback goes to a file, the sentence says where that lies.

    Args:
        error: what was raised. doing: the words of the call, or the request.
    """
    kind = traceback.format_exception_only(error)[-1].strip().splitlines()[0][:200]
    where = _write(error, doing)
    return HakseupError(
        "bug",
        Words(
            f"This is a fault in hakseup, not yours: {kind}",
            f"hakseup의 결함입니다. 사용자의 잘못이 아닙니다: {kind}",
        ),
        Words(
            f"What happened is written down in {where}: please send that file with a report."
            if where
            else "Please report it with the command that was called.",
            f"자세한 기록은 {where} 파일에 있습니다. 이 파일을 붙여 알려 주세요."
            if where
            else "실행한 명령과 함께 알려 주세요.",
        ),
    )


def _write(error: BaseException, doing: Sequence[str]) -> str | None:
    """The traceback in a file of its own; None where that cannot be written either."""
    folder = files.user_home() / "crash"
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    text = "\n".join(
        [
            f"hakseup {version()}, Python {sys.version.split()[0]}, {platform.platform()}",
            " ".join(doing),
            "",
            "".join(traceback.format_exception(error)),
        ]
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = _unused(folder, stem)
        files.write_bytes(path, text.encode("utf-8", "backslashreplace"))
    except (OSError, HakseupError):
        return None
    return str(path)


def _unused(folder: Path, stem: str) -> Path:
    """A file of this name that is nobody's yet, made empty; a second fault of one second gets a number."""
    for number in itertools.count(1):
        path = folder / (f"{stem}.txt" if number == 1 else f"{stem}-{number}.txt")
        with contextlib.suppress(FileExistsError):
            path.touch(exist_ok=False)
            break
    return path


def version() -> str:
    """The version of hakseup that is installed."""
    from importlib import metadata

    return metadata.version("hakseup")
