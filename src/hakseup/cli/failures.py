"""What went wrong, as one sentence, a hint and an exit status. No traceback ever reaches the terminal.

Errors of `hakseup.errors` say it themselves. What the machine refuses (disk, permission, memory) is named here.
Everything else is a fault of ours: its traceback goes to a file, and the sentence says where that lies.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Sequence

from hakseup.errors import HakseupError
from hakseup.words import Words

DONE, FAILED, INTERRUPTED = 0, 1, 130
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_GOES_ON = {"train", "resume", "tutorial", "demo"}  # commands whose work can be taken up again


class Interrupted(HakseupError):
    """Ctrl-C."""

    exit_status = INTERRUPTED


def as_error(error: BaseException, arguments: Sequence[str]) -> HakseupError:
    """The error that a person is told of.

    Args:
        error: what was raised.
        arguments: the words of the call, for the hint and the crash file.
    """
    if isinstance(error, HakseupError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return _interrupted(arguments)
    if isinstance(error, OSError):
        told = _of_machine(error)
        if told is not None:
            return told
    if _is_memory(error):
        return HakseupError(
            "out-of-memory",
            Words("The memory of this machine is not enough.", "이 컴퓨터의 메모리가 모자랍니다."),
            Words(
                "Try a smaller --batch-size or smaller pictures (--set data.size=32,32), and close other programs.",
                "--batch-size나 그림 크기(--set data.size=32,32)를 줄이고 다른 프로그램을 닫아 보세요.",
            ),
        )
    return _crash(error, arguments)


def _interrupted(arguments: Sequence[str]) -> HakseupError:
    hint = None
    if _GOES_ON & set(arguments):
        hint = Words(
            "`hakseup runs` lists the runs; `hakseup resume RUN` goes on with one from its last checkpoint.",
            "`hakseup runs`로 목록을 보고 `hakseup resume RUN`으로 마지막 체크포인트부터 이어서 할 수 있습니다.",
        )
    return Interrupted("interrupted", Words("Stopped by Ctrl-C.", "Ctrl-C로 멈추었습니다."), hint)


def _of_machine(error: OSError) -> HakseupError | None:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in _FULL:
        return HakseupError(
            "disk-full",
            Words(f"The disk is full{where}.", f"디스크가 가득 찼습니다{where}."),
            Words(
                "Make room, or choose another place with --out, HAKSEUP_RUNS or HAKSEUP_HOME.",
                "공간을 비우거나 --out, HAKSEUP_RUNS, HAKSEUP_HOME으로 다른 곳을 고르세요.",
            ),
        )
    if error.errno in _FORBIDDEN or isinstance(error, PermissionError):
        return HakseupError(
            "no-permission",
            Words(
                f"This machine does not allow it: {error.strerror or error}{where}.",
                f"권한이 없어 할 수 없습니다: {error.strerror or error}{where}.",
            ),
            Words(
                "Check who may read and write there, or choose another place.",
                "읽기와 쓰기 권한을 확인하거나 다른 곳을 고르세요.",
            ),
        )
    return None


def _is_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and (
        "not enough memory" in text or "can't allocate memory" in text
    )


def _crash(error: BaseException, arguments: Sequence[str]) -> HakseupError:
    kind = traceback.format_exception_only(error)[-1].strip().splitlines()[0][:200]
    where = _write_crash(error, arguments)
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


def _write_crash(error: BaseException, arguments: Sequence[str]) -> str | None:
    """The traceback in a file of its own; None where that cannot be written either."""
    import os
    import platform
    import sys
    import time

    from hakseup import files

    folder = files.user_home() / "crash"
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    text = "\n".join(
        [
            f"hakseup {version()}, Python {sys.version.split()[0]}, {platform.platform()}",
            f"hakseup {' '.join(arguments)}",
            "",
            "".join(traceback.format_exception(error)),
        ]
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files.write_bytes(path, text.encode("utf-8", "backslashreplace"))
    except (OSError, HakseupError):
        return None
    return str(path)


def version() -> str:
    """The version of hakseup that is installed."""
    from importlib import metadata

    return metadata.version("hakseup")
