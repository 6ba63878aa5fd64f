"""One file from the network: resumed where it broke off, held against its SHA-256, there whole or not at all.

Nothing here knows what the file is; `sources.known` does. Only the standard library is used. The bytes go to
`.NAME.part` beside the target, which a later call goes on with. The part is locked while it is written, so a
second process takes a part of its own; each puts the same whole file in place by renaming.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hakseup.errors import DISK_FULL, DownloadError, refusal
from hakseup.progress import Progress, Silence, work
from hakseup.sources.part_file import empty, own_part, put_in_place
from hakseup.words import Words

ATTEMPTS = 4  # in a row that bring nothing, until the next address is tried
ATTEMPTS_OFFLINE = 2  # the same where there is no connection at all: waiting seldom helps then
PAUSE = 0.5  # seconds before the second attempt; doubled before each further one
_ENOUGH = 200  # attempts at one address, however much each of them brings
_CHUNK = 1 << 16  # bytes
_LARGEST = 8 << 30  # bytes; where the size is not known beforehand, no file may be larger
_AGAIN = {408, 425, 429, 500, 502, 503, 504}  # HTTP answers that may be better a second later


@dataclass(frozen=True)
class _Job:
    sha256: str | None
    target: Path
    size: int | None  # bytes
    progress: Progress
    timeout: float  # seconds


@dataclass(frozen=True)
class _Failure:
    """Why one address gave nothing."""

    url: str
    code: str
    reason: Words


class _Broken(Exception):
    """The connection broke or the server was busy: worth another attempt at the same address."""

    def __init__(self, code: str, reason: Words) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


class _Hopeless(_Broken):
    """This address will not give the file, however often it is asked."""


class _Disk(Exception):
    """The file could not be written: keeps the OSError apart from the network's own OSErrors."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fetch(
    urls: str | Sequence[str],
    sha256: str | None,
    target: Path,
    *,
    size: int | None = None,
    progress: Progress | None = None,
    timeout: float = 30.0,
) -> Path:
    """Bring a file to `target`; where it already lies there with the right content, nothing is fetched.

    Args:
        urls: http(s) addresses of the same file; the next one is tried when one fails.
        sha256: of the whole file, in hexadecimal; None: the caller checks the content.
        target: where the file goes; its folder is made.
        size: in bytes, where it is known; a server that sends more is cut off.
        progress: told in bytes.
        timeout: seconds without an answer until an attempt is given up.

    Returns:
        The target.

    Raises:
        DownloadError: "offline", "download-failed", "wrong-checksum", "disk-full" or "cannot-write".
    """
    addresses = [urls] if isinstance(urls, str) else list(urls)
    job = _Job(sha256, target, size, progress or Silence(), timeout)
    failures: list[_Failure] = []
    with _local_trouble(target, size):
        if target.is_file() and (sha256 is None or digest(target) == sha256):
            return target
        with own_part(target, keep=sha256 is not None) as (part, stream):
            for url in addresses:
                failure = _from_one(url, stream, job)
                if failure is None:
                    put_in_place(part, stream, target)
                    return target
                failures.append(failure)
    raise _all_failed(target, failures)


def _from_one(url: str, stream: io.FileIO, job: _Job) -> _Failure | None:
    """Fill the stream from this address; None when the whole, right file is in it."""
    in_a_row = 0  # attempts that brought nothing new
    most = stream.seek(0, os.SEEK_END)
    failure = _Failure(url, "download-failed", Words("it broke off too often", "너무 자주 끊겼습니다"))
    for _attempts in range(_ENOUGH):
        try:
            resumed = _attempt(url, stream, job)
        except _Hopeless as error:
            return _Failure(url, error.code, error.reason)
        except _Broken as error:
            failure = _Failure(url, error.code, error.reason)
            have = stream.seek(0, os.SEEK_END)
            in_a_row = 1 if have > most else in_a_row + 1
            most = max(most, have)
            if in_a_row >= (ATTEMPTS_OFFLINE if error.code == "offline" else ATTEMPTS):
                return failure
            time.sleep(PAUSE * 2 ** (in_a_row - 1))
            continue
        stream.seek(0)
        found = hashlib.file_digest(stream, "sha256").hexdigest()
        if job.sha256 is None or found == job.sha256:
            return None
        most = empty(stream)
        if not resumed:
            return _wrong(url, job.sha256, found)
        # What lay there from before may have been of another file: once more, from the first byte.
        failure = _wrong(url, job.sha256, found)
    return failure


def _attempt(url: str, stream: io.FileIO, job: _Job) -> bool:
    """One request; appends what comes. Returns whether the file is made of more than this one answer."""
    have = stream.seek(0, os.SEEK_END)
    if job.size is not None and have > job.size:
        have = empty(stream)
    if have and have == job.size:
        return True
    with _network_trouble():
        answer = _ask(url, have, stream, job.timeout)
        if answer is None:
            return True
        with answer:
            return _take(answer, _where_it_starts(answer, have, stream), stream, job)


def _ask(url: str, have: int, stream: io.FileIO, timeout: float) -> http.client.HTTPResponse | None:
    """Ask for what comes after `have` bytes; None: the server says that there is nothing after them."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise _Hopeless("download-failed", Words("not an http address", "http 주소가 아닙니다"))
    headers = {"User-Agent": "hakseup", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        answer: http.client.HTTPResponse = urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=timeout
        )
        return answer
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and have:
            whole = re.fullmatch(r"bytes \*/(\d+)", error.headers.get("Content-Range") or "")
            if whole is None or int(whole[1]) == have:
                return None
            empty(stream)  # what is there is longer than the server's file: of another one
        kind = _Broken if error.code in _AGAIN or (error.code == 416 and have) else _Hopeless
        raise kind(
            "download-failed",
            Words(
                f"the server answered {error.code} {error.reason}",
                f"서버의 답: {error.code} {error.reason}",
            ),
        ) from error


def _where_it_starts(answer: http.client.HTTPResponse, have: int, stream: io.FileIO) -> int:
    """After how many bytes the answer goes on; what does not fit before it is thrown away."""
    if answer.status != 206:  # 200: this server always starts at the beginning
        return empty(stream)
    start = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range") or "")
    if start is not None and int(start[1]) == have:
        return have
    empty(stream)
    raise _Broken(
        "download-failed",
        Words("the server sent another piece than asked", "서버가 요청과 다른 부분을 보냈습니다"),
    )


def _take(answer: http.client.HTTPResponse, have: int, stream: io.FileIO, job: _Job) -> bool:
    """Append the answer's bytes; returns whether something stood before them."""
    length = answer.headers.get("Content-Length") or ""
    coming = int(length) if length.isdigit() else None
    total = have + coming if coming is not None else job.size
    largest = job.size if job.size is not None else _LARGEST
    if total is not None and total > largest:
        raise _too_large(total, largest)
    name = job.target.name
    come = 0
    with work(job.progress, Words(f"Downloading {name}", f"{name} 내려받는 중"), total, "bytes"):
        job.progress.advance(have)
        while chunk := answer.read(_CHUNK):
            come += len(chunk)
            if have + come > largest:
                raise _too_large(have + come, largest)
            _store(stream, chunk)
            job.progress.advance(len(chunk))
    if coming is not None and come < coming:  # http.client ends a cut answer as if it were whole
        raise _Broken(
            "download-failed",
            Words(
                f"the connection broke after {have + come:,} of {have + coming:,} bytes",
                f"{have + coming:,}바이트 중 {have + come:,}바이트에서 연결이 끊겼습니다",
            ),
        )
    return have > 0


def _store(stream: io.FileIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        try:
            rest = rest[stream.write(rest) :]
        except OSError as error:
            raise _Disk(error) from error


@contextlib.contextmanager
def _network_trouble() -> Iterator[None]:
    """The network's own errors as `_Broken`."""
    try:
        yield
    except http.client.HTTPException as error:
        name = type(error).__name__
        raise _Broken(
            "download-failed", Words(f"the connection broke ({name})", f"연결이 끊겼습니다({name})")
        ) from error
    except OSError as error:  # URLError, timeouts and resets are OSErrors
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, TimeoutError):
            raise _Broken("offline", Words("no answer in time", "제때 답이 없습니다")) from error
        why = refusal(reason)
        raise _Broken(
            "offline", Words(f"no connection ({why.en})", f"연결할 수 없습니다({why.ko})")
        ) from error


# --- what a person reads -----------------------------------------------------------------------------------


@contextlib.contextmanager
def _local_trouble(target: Path, size: int | None) -> Iterator[None]:
    """A full disk or a write-protected folder, said plainly."""
    try:
        yield
    except (OSError, _Disk) as trouble:
        error = trouble.error if isinstance(trouble, _Disk) else trouble
        if error.errno not in DISK_FULL:
            raise DownloadError(
                "cannot-write",
                Words(
                    f"Could not write {target}: {refusal(error).en}.",
                    f"{target} 파일을 쓸 수 없습니다: {refusal(error).ko}.",
                ),
                Words(
                    "HAKSEUP_HOME names another folder for downloaded data.",
                    "HAKSEUP_HOME으로 데이터를 받을 다른 폴더를 정할 수 있습니다.",
                ),
            ) from error
        needed = f" ({size:,} bytes)" if size else ""
        needed_ko = f"({size:,}바이트)" if size else ""
        raise DownloadError(
            "disk-full",
            Words(
                f"The disk is full: {target.name}{needed} could not be stored in {target.parent}.",
                f"디스크가 가득 차서 {target.name}{needed_ko}을(를) 저장할 수 없습니다: {target.parent}",
            ),
            Words(
                "Make room and try again; HAKSEUP_HOME names a folder on another disk.",
                "공간을 비우고 다시 실행하세요. HAKSEUP_HOME으로 다른 디스크의 폴더를 정할 수도 있습니다.",
            ),
        ) from error


def _wrong(url: str, expected: str, found: str) -> _Failure:
    return _Failure(
        url,
        "wrong-checksum",
        Words(
            f"another file came and was removed: SHA-256 expected {expected}, found {found}",
            f"다른 파일이 와서 지웠습니다. 맞는 SHA-256은 {expected}, 받은 파일은 {found}입니다",
        ),
    )


def _too_large(size: int, largest: int) -> _Hopeless:
    return _Hopeless(
        "download-failed",
        Words(
            f"the file is larger than expected ({size:,} bytes, at most {largest:,})",
            f"파일이 예상보다 큽니다({size:,}바이트, 많아야 {largest:,}바이트)",
        ),
    )


def _all_failed(target: Path, failures: Sequence[_Failure]) -> DownloadError:
    codes = [failure.code for failure in failures]
    code = next((c for c in ("wrong-checksum", "download-failed") if c in codes), "offline")
    lines_en = "\n".join(f"  {failure.url}: {failure.reason.en}" for failure in failures)
    lines_ko = "\n".join(f"  {failure.url}: {failure.reason.ko}" for failure in failures)
    return DownloadError(
        code,
        Words(
            f"Could not download {target.name}.\n{lines_en}",
            f"{target.name} 파일을 내려받지 못했습니다.\n{lines_ko}",
        ),
        Words(
            f"Try again later, or put the file at {target} by hand.",
            f"나중에 다시 실행하거나, 파일을 직접 {target} 자리에 두세요.",
        ),
    )
