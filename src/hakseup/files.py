"""Files appear whole or not at all: written beside, synced, renamed. And where things lie on this machine."""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
import shlex
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from hakseup.errors import RunError, refusal
from hakseup.words import Words

CANNOT_WRITE = "cannot-write"  # code of the error


def write(path: Path, fill: Callable[[IO[bytes]], None]) -> None:
    """Write a file through `fill(stream)`; on any failure the old file stays as it was.

    Raises:
        RunError: the disk is full, or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    with written(path):
        try:
            with temporary.open("wb") as stream:
                fill(stream)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
            sync_folder(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise


@contextlib.contextmanager
def written(path: Path) -> Iterator[None]:
    """What the system refuses while this path is written is said in a sentence.

    Raises:
        RunError: the disk is full, or the folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise RunError(
            CANNOT_WRITE,
            Words(
                f"Could not write {path}: {refusal(error).en}.",
                f"{path} 파일을 쓸 수 없습니다: {refusal(error).ko}.",
            ),
            Words(
                "Make room on that disk, or allow writing there.",
                "디스크 공간을 비우거나 그곳에 쓸 수 있게 하세요.",
            ),
        ) from error


def make_folder(path: Path) -> None:
    """Make the folder and those above it where they are missing; they outlive a power cut.

    Raises:
        OSError: it cannot be made.
    """
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """What was made, renamed or removed in the folder outlives a power cut."""
    if os.name == "nt":  # Windows cannot open a folder for syncing
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems know no such thing
            raise
    finally:
        os.close(handle)


def write_bytes(path: Path, content: bytes) -> None:
    """Write these bytes."""

    def fill(stream: IO[bytes]) -> None:
        stream.write(content)

    write(path, fill)


def write_text(path: Path, text: str) -> None:
    """Write this text as UTF-8 with plain newlines."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write this value as JSON, UTF-8, two spaces; NaN and infinities become null."""
    write_text(path, json.dumps(finite(value), ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def finite(value: Any) -> Any:
    """The value as JSON can say it: numbers of NumPy as plain ones, NaN and infinities as None."""
    if isinstance(value, dict):
        return {str(k): finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [finite(v) for v in value]
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:  # a NumPy scalar
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def runs_home(out: Path | str | None = None) -> Path:
    """Where runs go: `out`, else HAKSEUP_RUNS, else ./runs."""
    return Path(out or os.environ.get("HAKSEUP_RUNS") or "runs")


def user_home() -> Path:
    """What must be remembered across runs lies here: HAKSEUP_HOME, else the platform's user folder."""
    chosen = os.environ.get("HAKSEUP_HOME")
    if chosen:
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_data_dir("hakseup", appauthor=False))


def korean_font(bold: bool = False) -> Path | None:
    """Nanum Gothic as it lies in the package koreanize-matplotlib, whose code is not run; None: not installed."""
    import importlib.util

    found = importlib.util.find_spec("koreanize_matplotlib")
    if found is None:
        return None
    name = "NanumGothicBold.ttf" if bold else "NanumGothic.ttf"
    fonts = [Path(place) / "fonts" / name for place in found.submodule_search_locations or ()]
    return next((font for font in fonts if font.is_file()), None)


def returned_memory() -> None:
    """Let polars' allocator give freed memory back at once; call it before polars is loaded.

    Reading a table of 1,000,000 rows and 50 columns left 120 MB of pages that nobody used any more; it takes no
    longer. A variable that a person has set is left alone.
    """
    os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0")


def give_back() -> None:
    """Let the C library give the memory that is free now back to the system, where it can."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError, TypeError):  # Windows, macOS, musl
        ctypes.CDLL(None).malloc_trim(0)


def quoted(path: Path | str) -> str:
    """The path as it has to be typed, in quotes where it has spaces."""
    return f'"{path}"' if os.name == "nt" and " " in str(path) else shlex.quote(str(path))
