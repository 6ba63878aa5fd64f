"""`Sequence` (batches by number) and `get_file` (a download that is cached, checked and unpacked)."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from hakseup import files
from hakseup.errors import CallError, DownloadError
from hakseup.keras.printing import say
from hakseup.sources import archive as archives
from hakseup.sources import download
from hakseup.sources.known import VARIABLE
from hakseup.words import Words

LARGEST = 8 << 30  # bytes that an archive may unpack to
_HASHES = {32: "md5", 64: "sha256"}


class Sequence:
    """Base for batches that are asked for by number; Keras 3 calls it PyDataset.

    A subclass has `__len__` (batches in an epoch) and `__getitem__(index)` -> (x, y) or (x, y, sample_weight), and may
    have `on_epoch_end`. The arguments are for parallel reading in Keras and change nothing here.
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        self.workers, self.use_multiprocessing, self.max_queue_size = (
            workers,
            use_multiprocessing,
            max_queue_size,
        )

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no __getitem__")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} has no __len__")

    def on_epoch_end(self) -> None:
        """Called after every epoch."""

    def __iter__(self) -> Any:
        """All batches once."""
        return (self[index] for index in range(len(self)))


PyDataset = Sequence


def get_file(
    fname: str | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str = "auto",
    cache_dir: str | None = None,
    force_download: bool = False,
) -> str:
    """A file from the network, fetched once.

    Args:
        fname: what it is called here; None: as in the address. A file of this name in HAKSEUP_DATA is taken first.
        origin: its address, http or https.
        untar: as `extract`, for tar archives.
        md5_hash: older name of `file_hash`.
        file_hash: MD5 or SHA-256 in hexadecimal that the file must have.
        cache_subdir: folder below `cache_dir`.
        hash_algorithm: "auto", "md5" or "sha256".
        extract: unpack a tar or zip archive beside it.
        archive_format: "auto", "tar" or "zip".
        cache_dir: None: the user folder of hakseup.
        force_download: fetch it even where it lies there.

    Returns:
        The path of the file; of the folder where it was unpacked.

    Raises:
        CallError: no address, or a name that is a path.
        DownloadError: it could not be fetched, or is another file than expected.
    """
    name = fname or (unquote(urlsplit(origin or "").path).rpartition("/")[2])
    if not origin or not name or Path(name).name != name:
        raise CallError(
            "bad-address",
            Words(
                f"get_file needs an address (origin) and a file name without folders; it got {origin!r}, {fname!r}.",
                f"get_file에는 주소(origin)와 폴더가 없는 파일 이름이 필요합니다. 받은 값: {origin!r}, {fname!r}.",
            ),
        )
    wanted = (file_hash or md5_hash or "").lower()
    algorithm = _HASHES.get(len(wanted), "sha256") if hash_algorithm == "auto" else hash_algorithm
    named = Path(os.environ.get(VARIABLE) or "").expanduser() / name
    if os.environ.get(VARIABLE) and named.is_file() and (not wanted or _digest(named, algorithm) == wanted):
        found = named
    else:
        home = (Path(cache_dir).expanduser() if cache_dir else files.user_home() / "keras") / cache_subdir
        found = home / (name if "." in name or not (extract or untar) else f"{name}_archive")
        if force_download or not found.is_file() or (wanted and _digest(found, algorithm) != wanted):
            _fetch(origin, found, wanted, algorithm)
    if not (extract or untar):
        return str(found)
    folder = _unpacked_to(found, name, cache_dir, cache_subdir)
    _unpack(found, folder, "tar" if untar else archive_format)
    return str(folder)


def _unpacked_to(found: Path, name: str, cache_dir: str | None, cache_subdir: str) -> Path:
    """As Keras 3 names it: FNAME where it has no ending, else its stem and "_extracted"."""
    home = (Path(cache_dir).expanduser() if cache_dir else files.user_home() / "keras") / cache_subdir
    return home / (f"{name[: name.find('.')]}_extracted" if "." in name else name)


def _fetch(origin: str, target: Path, wanted: str, algorithm: str) -> None:
    say(f"Downloading data from {origin}")
    new = target.with_name(f".new.{target.name}")  # an older file stays until this one is whole
    new.unlink(missing_ok=True)
    download.fetch(origin, wanted if algorithm == "sha256" and wanted else None, new)
    got = _digest(new, algorithm) if wanted else wanted
    if got != wanted:
        new.unlink(missing_ok=True)
        raise DownloadError(
            "wrong-checksum",
            Words(
                f"{origin} is not the expected file: {algorithm} {got}, expected {wanted}. It was removed.",
                f"{origin} 파일이 알려진 것과 다릅니다. {algorithm}: {wanted}이어야 하는데 {got}입니다. 지웠습니다.",
            ),
        )
    new.replace(target)


def _digest(path: Path, algorithm: str) -> str:
    if algorithm not in _HASHES.values():
        raise CallError(
            "bad-hash",
            Words(
                f"hash_algorithm must be auto, md5 or sha256; it is {algorithm!r}.",
                f"hash_algorithm 값은 auto, md5, sha256 중 하나여야 합니다. 받은 값은 {algorithm!r}입니다.",
            ),
        )
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def _unpack(found: Path, folder: Path, form: str) -> None:
    """Unpack once; nothing may land outside of the folder, no links out of it, no endless archive."""
    if folder.is_dir() and any(folder.iterdir()) and folder.stat().st_mtime >= found.stat().st_mtime:
        return
    try:
        with archives.unpacking(found, folder):
            folder.mkdir(parents=True, exist_ok=True)
            if form in ("auto", "zip") and zipfile.is_zipfile(found):
                with zipfile.ZipFile(found) as opened:
                    _check_size(sum(member.file_size for member in opened.infolist()))
                    opened.extractall(folder)
            else:
                with tarfile.open(found) as tar:
                    _check_size(sum(member.size for member in tar.getmembers()))
                    tar.extractall(folder, filter="data")
            os.utime(folder)
    except (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, _TooLarge) as error:
        raise DownloadError(
            "wrong-content",
            Words(f"{found} cannot be unpacked: {error}.", f"{found} 파일의 압축을 풀 수 없습니다: {error}."),
        ) from error


class _TooLarge(Exception):
    """An archive that would fill the disk."""


def _check_size(size: int) -> None:
    if size > LARGEST:
        raise _TooLarge(f"{size:,} > {LARGEST:,} bytes")
