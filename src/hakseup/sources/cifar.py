"""CIFAR-10 as its authors publish it in binary form: six files of 3,073 bytes a picture, and no pickle.

A record is the class and then 1,024 bytes each of red, green and blue, row by row
(https://www.cs.toronto.edu/~kriz/cifar.html).
"""

from __future__ import annotations

import gzip
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from hakseup.errors import DataError
from hakseup.sources import arrays
from hakseup.sources.archive import wrong_content
from hakseup.sources.found import Found, Part, StoredPixels
from hakseup.sources.stamp import Stamp
from hakseup.words import Words

FILES: dict[Part, tuple[str, ...]] = {
    "train": tuple(f"data_batch_{number}.bin" for number in range(1, 6)),
    "test": ("test_batch.bin",),
}
NAMES = tuple(name for names in FILES.values() for name in names)
_SIDE = 32  # pixels
_RECORD = 1 + 3 * _SIDE * _SIDE  # bytes
_LARGEST = 10_000 * _RECORD  # bytes of one file


def is_folder(path: Path) -> bool:
    """Whether all six files lie in this folder."""
    return all((path / name).is_file() for name in NAMES)


def find(path: Path) -> Found:
    """Pictures and labels of a folder with the six files; the test part's labels are read when they are asked for.

    Raises:
        DataError: a file is no whole number of records.
    """
    raws = []
    for part, names in FILES.items():
        stamps = [Stamp.of(path / name) for name in names]
        counts = [_count(path / name) for name in names]
        n = sum(counts)
        identity = " ".join(stamp.identity for stamp in stamps)
        pixels = StoredPixels((n, _SIDE, _SIDE, 3), partial(_pictures, stamps), identity)
        raws.append(arrays.Raw(part, str(part), f"{part} labels", pixels, n, partial(_labels, stamps)))
    return arrays.build(str(path), path.name, "arrays", raws)


def _count(file: Path) -> int:
    size = file.stat().st_size
    if size == 0 or size % _RECORD:
        raise DataError(
            "damaged",
            Words(
                f"{file} has {size:,} bytes, which is no whole number of pictures ({_RECORD:,} bytes each).",
                f"{file} 파일은 {size:,}바이트인데, 그림 하나는 {_RECORD:,}바이트이므로 그림 수가 정수로 나오지 않습니다.",
            ),
            Words("Fetch the data again.", "데이터를 다시 받으세요."),
        )
    return size // _RECORD


def _records(stamp: Stamp) -> np.ndarray:
    stamp.require_same()
    return np.fromfile(stamp.path, np.uint8).reshape(-1, _RECORD)


def _pictures(stamps: Sequence[Stamp]) -> Iterator[np.ndarray]:
    for stamp in stamps:
        planes = _records(stamp)[:, 1:].reshape(-1, 3, _SIDE, _SIDE)
        yield np.ascontiguousarray(planes.transpose(0, 2, 3, 1))


def _labels(stamps: Sequence[Stamp]) -> np.ndarray:
    return np.concatenate([_records(stamp)[:, 0] for stamp in stamps])


def unpack(archive: Path, folder: Path) -> None:
    """Take the six files, and nothing else, out of the published archive.

    Args:
        archive: `cifar-10-binary.tar.gz`; removed where it holds something else.
        folder: what the unpacked folder is to be called; left as it is where it exists already.

    Raises:
        DownloadError: "wrong-content".
        OSError: the folder cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as made:
        inside = Path(made) / folder.name
        inside.mkdir()
        try:
            with tarfile.open(archive, "r:gz") as opened:
                for member in opened:
                    name = member.name.rpartition("/")[2]
                    stream = opened.extractfile(member) if member.isreg() and name in NAMES else None
                    if stream is not None:
                        (inside / name).write_bytes(stream.read(_LARGEST + 1)[:_LARGEST])
        except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise wrong_content(
                archive, Words(f"it cannot be read ({error})", f"읽을 수 없습니다({error})")
            ) from error
        if not is_folder(inside):
            raise wrong_content(archive, Words("files are missing in it", "들어 있어야 할 파일이 없습니다"))
        if not folder.is_dir():
            inside.rename(folder)
