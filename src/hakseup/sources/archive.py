"""Unpack an archive of picture folders from the network: nothing outside its folder, nothing too large."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from hakseup.errors import DISK_FULL, DownloadError, refusal
from hakseup.words import Words

MOST_FILES = 2_000
LARGEST_FILE = 5 << 20  # bytes
LARGEST_ALL = 100 << 20  # bytes
_PARTS = ("train", "validation", "test")


def unpack(zipped: Path, folder: Path, *, check: Callable[[dict[str, str]], bool]) -> None:
    """Unpack the PNG files in `…/train/CLASS/` and `…/test/CLASS/`, wherever in the archive those are.

    Args:
        zipped: the archive; it is removed where it holds something else.
        folder: what the unpacked folder is to be called; left as it is where it exists already.
        check: told the SHA-256 of every file by its name below `folder`; whether they are the right ones.

    Raises:
        DownloadError: "wrong-content", "disk-full" or "cannot-write".
    """
    try:
        contents = _pictures(zipped)
        if not check({name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}):
            raise _Wrong(
                Words("its pictures are not the expected ones", "들어 있는 그림이 알려진 것과 다릅니다")
            )
    except _Wrong as wrong:
        raise wrong_content(zipped, wrong.reason) from wrong
    with unpacking(zipped, folder):
        _write(contents, folder)


def wrong_content(archive: Path, why: Words) -> DownloadError:
    """The error for an archive that holds something else; it is removed."""
    with contextlib.suppress(OSError):
        archive.unlink()
    return DownloadError(
        "wrong-content",
        Words(
            f"{archive.name} is not what was expected and was removed: {why.en}.",
            f"{archive.name} 파일이 알려진 것과 달라 지웠습니다: {why.ko}.",
        ),
    )


@contextlib.contextmanager
def unpacking(archive: Path, folder: Path) -> Iterator[None]:
    """What the system refuses while an archive is unpacked is said in a sentence.

    Raises:
        DownloadError: "disk-full" or "cannot-write".
    """
    try:
        yield
    except OSError as error:
        raise DownloadError(
            "disk-full" if error.errno in DISK_FULL else "cannot-write",
            Words(
                f"Could not unpack {archive} to {folder}: {refusal(error).en}.",
                f"{archive}의 압축을 {folder}에 풀 수 없습니다: {refusal(error).ko}.",
            ),
            Words(
                "Make room, or name another folder for downloaded data with HAKSEUP_HOME.",
                "공간을 비우거나 HAKSEUP_HOME으로 데이터를 받을 다른 폴더를 정하세요.",
            ),
        ) from error


class _Wrong(Exception):
    """The archive is damaged, too large, or holds something else."""

    def __init__(self, reason: Words) -> None:
        super().__init__(reason.en)
        self.reason = reason


def _pictures(zipped: Path) -> dict[str, bytes]:
    """Content of each picture by "part/class/file.png"; only these three names ever become a path."""
    out: dict[str, bytes] = {}
    room = LARGEST_ALL
    try:
        with zipfile.ZipFile(zipped) as opened:
            if len(opened.infolist()) > MOST_FILES:
                raise _too_large()
            for member in opened.infolist():
                name = _name(member.filename)
                if name is None:
                    continue
                with opened.open(member) as stream:  # what the archive says of its sizes may be a lie
                    content = stream.read(LARGEST_FILE + 1)
                room -= len(content)
                if len(content) > LARGEST_FILE or room < 0:
                    raise _too_large()
                out[name] = content
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as error:
        raise _Wrong(Words(f"it cannot be read ({error})", f"읽을 수 없습니다({error})")) from error
    return out


def _too_large() -> _Wrong:
    return _Wrong(Words("it is far too large", "지나치게 큽니다"))


def _name(inside: str) -> str | None:
    """The name below the folder ("train/circle/a.png") of a member of the archive; None: no picture."""
    parts = PurePosixPath(inside.replace("\\", "/")).parts
    if len(parts) < 3 or any(part.startswith((".", "__MACOSX")) or "/" in part for part in parts):
        return None
    part, _class, file = parts[-3:]
    if part not in _PARTS or not file.lower().endswith(".png") or ":" in _class + file:
        return None
    return "/".join(parts[-3:])


def _write(contents: dict[str, bytes], folder: Path) -> None:
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, content in contents.items():
            target = temporary / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        temporary.chmod(0o755)  # mkdtemp makes a folder that only its owner can read
        try:
            temporary.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was faster
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
