"""What went wrong, as one sentence, a hint and an exit status. No traceback ever reaches the terminal.

Errors of `hakseup.errors` say it themselves; what the machine refuses and faults of ours are said by `failures`.
"""

from __future__ import annotations

from collections.abc import Sequence

from hakseup.errors import HakseupError
from hakseup.failures import crash, of_machine, version
from hakseup.words import Words

__all__ = ["DONE", "FAILED", "INTERRUPTED", "Interrupted", "as_error", "version"]

DONE, FAILED, INTERRUPTED = 0, 1, 130
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
    return of_machine(error) or crash(error, ["hakseup", *arguments])


def _interrupted(arguments: Sequence[str]) -> HakseupError:
    hint = None
    if _GOES_ON & set(arguments):
        hint = Words(
            "`hakseup runs` lists the runs; `hakseup resume RUN` goes on with one from its last checkpoint.",
            "`hakseup runs`로 목록을 보고 `hakseup resume RUN`으로 마지막 체크포인트부터 이어서 할 수 있습니다.",
        )
    return Interrupted("interrupted", Words("Stopped by Ctrl-C.", "Ctrl-C로 멈추었습니다."), hint)
