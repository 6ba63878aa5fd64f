"""One family of errors. Each says what is wrong, where, what was expected and found, and what to do.

A message is a pair of sentences (Korean and English); `code` is a short name that programs can rely on.
The command line prints the message and the hint and ends with `exit_status`; no traceback is ever a message.
"""

from __future__ import annotations

import errno
from typing import Any

from hakseup.words import Words


class HakseupError(Exception):
    """Base of every error that a person can cause or can do something about.

    Args:
        code: short name for programs, kebab-case, for example "no-such-path".
        message: what is wrong, where, what was expected and what was found.
        hint: what to do about it.
    """

    exit_status = 1

    def __init__(self, code: str, message: Words, hint: Words | None = None) -> None:
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}" if self.hint is None else f"{self.message}\n{self.hint}"

    def as_dict(self) -> dict[str, Any]:
        """For programs: code, message and hint in the language spoken, and both again under `en` and `ko`."""
        both = {
            one: {
                "message": getattr(self.message, one),
                "hint": getattr(self.hint, one) if self.hint else None,
            }
            for one in ("en", "ko")
        }
        hint = str(self.hint) if self.hint else None
        return {"code": self.code, "message": str(self.message), "hint": hint, **both}


class CallError(HakseupError):
    """The call itself is wrong: an unknown option, recipe or setting, a value out of range."""

    exit_status = 2


class DataError(HakseupError):
    """The data cannot be used as it is."""


class NetworkError(HakseupError):
    """The network does not fit: layers with one another, or with the data."""


class TrainingError(HakseupError):
    """The training could not go on (for example the loss became NaN)."""


class RunError(HakseupError):
    """A run folder is missing, damaged, or was made by a newer version."""


class DownloadError(HakseupError):
    """Data could not be fetched, or what came is not what was expected."""


class SealError(HakseupError):
    """Somebody tried to read the test part's labels outside of `evaluate`."""


def damaged(file: object, why: Words | Exception) -> RunError:
    """The error for a file of a run that is not what it should be.

    Args:
        file: its path or name. why: what is wrong with it, or what reading it raised.
    """
    if isinstance(why, HakseupError):
        why = why.message
    elif isinstance(why, Exception):
        text = repr(why) if isinstance(why, KeyError) else str(why)  # str of a KeyError is the key alone
        why = Words(text, text)
    return RunError(
        "run-damaged",
        Words(
            f"{file} is damaged: {why.en.rstrip('.')}.",
            f"{file} 파일이 손상되었습니다: {why.ko.rstrip('.')}.",
        ),
        Words("Restore the file, or train again.", "파일을 되살리거나 다시 학습하세요."),
    )


def nearest(word: str, known: list[str]) -> str | None:
    """The known word that is most like this one, or None where nothing is near."""
    import difflib

    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return found[0] if found else None


DISK_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}  # numbers of OSErrors

# What a system says of a refusal is in its own language; these are the ones that people meet.
_REFUSALS = {
    "EACCES": "권한이 없음",
    "EPERM": "허용되지 않음",
    "EROFS": "읽기 전용인 곳",
    "ENOSPC": "디스크에 남은 공간이 없음",
    "EDQUOT": "쓸 수 있는 디스크 용량을 다 씀",
    "EFBIG": "파일이 너무 큼",
    "EIO": "입출력 오류",
    "ENOENT": "파일이나 폴더가 없음",
    "EISDIR": "파일이 아니라 폴더임",
    "ENOTDIR": "폴더가 아님",
    "EEXIST": "이미 있음",
    "EBUSY": "다른 프로그램이 쓰고 있음",
    "ENAMETOOLONG": "이름이 너무 김",
    "EMFILE": "열어 둔 파일이 너무 많음",
    "ENFILE": "열어 둔 파일이 너무 많음",
    "ENOMEM": "메모리가 모자람",
    "ELOOP": "링크가 돌고 돎",
    "EADDRINUSE": "주소가 이미 쓰이고 있음",
    "EADDRNOTAVAIL": "이 컴퓨터에 없는 주소",
    "ECONNREFUSED": "연결이 거부됨",
    "ECONNRESET": "연결이 끊김",
    "ENETUNREACH": "네트워크에 닿을 수 없음",
    "EHOSTUNREACH": "상대 컴퓨터에 닿을 수 없음",
    "ETIMEDOUT": "제때 답이 없음",
}


def refusal(error: BaseException) -> Words:
    """What the system refused, as a phrase: "Permission denied", 권한이 없음."""
    said = str(getattr(error, "strerror", None) or error)
    name = errno.errorcode.get(getattr(error, "errno", None) or 0, "")
    return Words(said, _REFUSALS.get(name, said))
