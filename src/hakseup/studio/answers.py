"""The shape of every answer: JSON without NaN, and one shape for whatever went wrong."""

from __future__ import annotations

import functools
import json
import logging
import math
from typing import Any

import numpy as np
from starlette.responses import Response

from hakseup import files
from hakseup.errors import CallError, DataError, HakseupError, NetworkError, RunError, refusal
from hakseup.failures import crash, of_machine
from hakseup.studio import spoken
from hakseup.studio.workspace import Conflict, NotThere
from hakseup.words import Words, language

log = logging.getLogger("hakseup.studio")

# By code first, then by kind of error.
_CODES = {
    files.CANNOT_WRITE: 507,
    "disk-full": 507,
    "no-permission": 507,
    "out-of-memory": 503,
    "system": 503,
    "no-such-run": 404,
    "run-in-use": 409,
    "run-incomplete": 409,
    "run-not-begun": 409,
    "run-damaged": 409,
    "newer-run": 409,
    "data-gone": 409,
    "data-changed": 409,
    "module-needed": 409,
    "too-large": 413,
}
_ROOM = Words(
    "Is the disk full, or the folder write-protected? Make room, then do it again.",
    "디스크가 가득 찼거나 쓰기가 막힌 폴더인가요? 자리를 만든 뒤 다시 해 보세요.",
)
_KINDS: tuple[tuple[type[HakseupError], int], ...] = (
    (NotThere, 404),
    (Conflict, 409),
    (CallError, 400),
    (NetworkError, 422),
    (DataError, 422),
    (RunError, 409),
)


def failure(error: BaseException, doing: str) -> tuple[int, dict[str, Any]]:
    """HTTP's status and the body that says what went wrong. Faults of ours are written down and logged.

    Args:
        error: what was raised. doing: method and path of the request.
    """
    if not isinstance(error, HakseupError):
        told = of_machine(error) or _of_files(error)
        if told is None:
            told = crash(error, [doing])
            log.error("%s: %s", doing, told.hint, exc_info=error)
            return 500, said(told)
        error = told
    elif error.code == files.CANNOT_WRITE:  # --out is for the command line
        error = HakseupError(error.code, error.message, _ROOM)
    status = getattr(error, "status", None) or _CODES.get(error.code)
    if status is None:
        status = next((status for kind, status in _KINDS if isinstance(error, kind)), 422)
    return int(status), said(error)


def _of_files(error: BaseException) -> HakseupError | None:
    """What another browser or program did meanwhile, or the system refused."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return NotThere(
            "gone-meanwhile",
            Words("It has just been moved or deleted.", "방금 옮겨졌거나 지워졌습니다."),
            Words("Load the page again.", "페이지를 새로 고치세요."),
        )
    if isinstance(error, OSError):
        why = refusal(error)
        return HakseupError(
            "system",
            Words(f"This machine refused: {why.en}.", f"컴퓨터가 거부했습니다: {why.ko}."),
            Words("Try again in a moment.", "잠시 뒤 다시 해 보세요."),
        )
    return None


def said(error: HakseupError) -> dict[str, Any]:
    """`{"error": …}` in the language spoken, with both beside it."""
    return {"error": spoken.error(error.as_dict(), language())}


def as_json(value: Any, status: int = 200, *, close: bool = False) -> Response:
    """A JSON answer.

    Args:
        value: plain values, with NumPy's among them; NaN and infinities become null. close: end the connection.
    """
    headers = {"Connection": "close"} if close else None
    return Response(dumps(value), status, headers, "application/json")


def dumps(value: Any) -> bytes:
    """Compact JSON as UTF-8."""
    try:
        text = _json(value, default=plain)
    except (ValueError, TypeError):  # a number or a name that JSON does not know
        text = _json(plain(value))
    return text.encode("utf-8", "replace")


_json = functools.partial(json.dumps, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def plain(value: Any) -> Any:
    """The same in values that JSON knows."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
