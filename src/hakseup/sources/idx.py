"""IDX files, plain or gzipped, as MNIST came: train-images-idx3-ubyte(.gz), t10k-labels-idx1-ubyte(.gz), …

A header gives the counts, and a file of another length than its header says is refused. Of the labels of a test
part only header and length are looked at.
"""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

import numpy as np

from hakseup.errors import CallError, DataError
from hakseup.sources import arrays
from hakseup.sources.found import PARTS, Found, Part, StoredPixels
from hakseup.sources.paths import not_allowed
from hakseup.sources.stamp import Stamp
from hakseup.words import Words

_BLOCK = 16 << 20  # bytes in memory at once
_UBYTE = 0x08
_NAME = re.compile(
    r"(?P<set>.*?)(?P<part>(?:train|t10k|test|validation|valid|val)(?=[-._]))?[-._]?"
    r"(?P<what>images?|labels?)[-._]idx[13][-._]ubyte(?:\.gz)?",
    re.IGNORECASE,
)
_PARTS: dict[str, Part] = {
    "train": "train",
    "t10k": "test",
    "test": "test",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
}


@dataclass(frozen=True)
class _File:
    """One IDX file: what its header says, and that its length agrees."""

    file: Stamp
    shape: tuple[int, ...]

    @staticmethod
    def opened(path: Path, dimensions: tuple[int, ...]) -> _File:
        stamp = Stamp.of(path)
        with _reading(path), _stream(path) as stream:
            shape = _header(stream, path, dimensions)
        out = _File(stamp, shape)
        expected = out.start + int(np.prod(shape, dtype=object))
        found = _length(stamp, expected)
        if found != expected:
            raise _wrong_length(path, shape, expected, found)
        return out

    @property
    def start(self) -> int:
        """Bytes in front of the numbers."""
        return 4 + 4 * len(self.shape)

    def blocks(self) -> Iterator[np.ndarray]:
        """The numbers in blocks along the first axis, uint8."""
        self.file.require_same()
        path, expected = self.file.path, self.start + int(np.prod(self.shape, dtype=object))
        with _reading(path), _stream(path) as stream:
            stream.read(self.start)
            row = max(1, int(np.prod(self.shape[1:], dtype=object)))
            step = max(1, _BLOCK // row)
            for start in range(0, self.shape[0], step):
                rows = min(step, self.shape[0] - start)
                content = stream.read(rows * row)
                if len(content) != rows * row:
                    raise _wrong_length(path, self.shape, expected, self.start + start * row + len(content))
                yield np.frombuffer(content, np.uint8).reshape(rows, *self.shape[1:])
            extra = _count(stream)
            if extra:
                raise _wrong_length(path, self.shape, expected, expected + extra)

    def whole(self) -> np.ndarray:
        """All the numbers."""
        return np.concatenate(list(self.blocks())) if self.shape[0] else np.empty(self.shape, np.uint8)

    def pixels(self) -> np.ndarray | StoredPixels:
        """Mapped where the file is plain, else read block by block."""
        if self.file.path.suffix.lower() == ".gz" or 0 in self.shape:
            return StoredPixels(self.shape, self.blocks, self.file.identity)
        return np.memmap(self.file.path, np.uint8, "r", self.start, self.shape)


class _reading:
    """What goes wrong inside becomes an error that names the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> Literal[False]:
        path = self.path
        if isinstance(error, PermissionError):
            raise not_allowed(path) from error
        if isinstance(error, OSError | EOFError | zlib.error):
            raise DataError(
                "damaged-idx",
                Words(f"{path.name} is damaged: {error}.", f"{path.name} 파일이 손상되었습니다: {error}."),
                Words("Download it again.", "다시 내려받으세요."),
            ) from error
        return False


def _stream(path: Path) -> BinaryIO:
    if path.suffix.lower() == ".gz":
        return cast(BinaryIO, gzip.open(path, "rb"))
    return path.open("rb")


def _header(stream: BinaryIO, path: Path, dimensions: tuple[int, ...]) -> tuple[int, ...]:
    magic = stream.read(4)
    shape: tuple[int, ...] = ()
    if len(magic) == 4 and magic[:2] == b"\0\0" and magic[2] == _UBYTE and magic[3] in dimensions:
        rest = stream.read(4 * magic[3])
        if len(rest) == 4 * magic[3]:
            shape = struct.unpack(f">{magic[3]}I", rest)
    if not shape:
        wanted = " / ".join(f"0000080{n}" for n in dimensions)
        seen = magic.hex() or "-"
        raise DataError(
            "not-idx",
            Words(
                f"{path.name} does not begin like an IDX file of bytes: expected {wanted} (hexadecimal), found {seen}.",
                f"{path.name} 파일의 시작이 바이트 IDX 형식이 아닙니다. 16진수 {wanted}이어야 하는데 {seen}입니다.",
            ),
        )
    return shape


def _length(file: Stamp, expected: int) -> int:
    """How many bytes the file has once it is unpacked."""
    if file.path.suffix.lower() != ".gz":
        return file.size
    with _reading(file.path):
        with file.path.open("rb") as raw:
            raw.seek(-4, 2)  # gzip ends with the unpacked length, modulo 2^32
            if struct.unpack("<I", raw.read(4))[0] == expected % (1 << 32):
                return expected  # believed here; reading compares every byte
        with _stream(file.path) as stream:
            return _count(stream)


def _count(stream: BinaryIO) -> int:
    total = 0
    while content := stream.read(1 << 20):
        total += len(content)
    return total


def _wrong_length(path: Path, shape: tuple[int, ...], expected: int, found: int) -> DataError:
    sizes = " x ".join(map(str, shape))
    return DataError(
        "wrong-length",
        Words(
            f"{path.name}: its header says {sizes}, which takes {expected:,} bytes, but there are {found:,}.",
            f"{path.name}: 머리글의 {sizes}에는 {expected:,}바이트가 필요한데 {found:,}바이트입니다.",
        ),
        Words(
            "It was cut short or damaged; download it again.", "잘렸거나 손상되었습니다. 다시 내려받으세요."
        ),
    )


def _files(folder: Path, prefix: str = "") -> dict[str, dict[tuple[str, Part | None], Path]]:
    """The IDX files of a folder: name of the set -> (images or labels, part) -> path; plain before gzipped."""
    out: dict[str, dict[tuple[str, Part | None], Path]] = {}
    try:
        names = sorted(path for path in folder.iterdir() if path.name.startswith(prefix))
    except OSError:
        return {}
    for path in names:
        match = _NAME.fullmatch(path.name)
        if match and path.is_file():
            what = "images" if match["what"].lower().startswith("image") else "labels"
            part = _PARTS[match["part"].lower()] if match["part"] else None
            known = out.setdefault(match["set"].rstrip("-._"), {})
            known.setdefault((what, part), path)  # sorted: the plain file comes before its .gz
    return out


def is_idx(path: Path) -> bool:
    """Whether this is an IDX file or a folder with IDX files in it."""
    if path.is_dir():
        return bool(_files(path))
    return path.is_file() and _NAME.fullmatch(path.name) is not None


def is_prefix(path: Path) -> bool:
    """Whether names of IDX files begin like this path."""
    return bool(path.name) and bool(_files(path.parent, path.name))


def find(path: Path) -> Found:
    """Pictures and labels of IDX files.

    Args:
        path: a folder, an image file with its labels file beside it, or the beginning of the names.

    Raises:
        DataError: files are missing, damaged, or of another length than their headers say.
        CallError: several sets lie there.
    """
    if path.is_file():
        return _single(path)
    folder, prefix = (path, "") if path.is_dir() else (path.parent, path.name)
    sets = _files(folder, prefix)
    if len(sets) > 1:
        names = ", ".join(sorted(sets))
        first = next(iter(sorted(name for name in sets if name)))
        raise CallError(
            "several-sets",
            Words(
                f"{folder} holds several IDX sets: {names}.",
                f"{folder}에 IDX 데이터가 여럿 있습니다: {names}.",
            ),
            Words(f"Name one of them: {folder / first}.", f"하나를 고르세요: {folder / first}."),
        )
    members = next(iter(sets.values()))
    parts: list[Part | None] = [part for part in (None, *PARTS) if _either(members, part) is not None]
    if "train" in parts:
        parts = [part for part in parts if part is not None]
    elif None in parts:
        parts = [None]
    else:
        raise DataError(
            "no-training-part",
            Words(
                f"{path} holds no training pictures (train-images-idx3-ubyte).",
                f"{path}에 학습 그림(train-images-idx3-ubyte)이 없습니다.",
            ),
        )
    raws = []
    for part in parts:
        image, label = members.get(("images", part)), members.get(("labels", part))
        if image is None or label is None:
            raise _no_partner(image or label or path, "labels" if image else "images")
        raws.append(_raw(part, image, label))
    return arrays.build(str(path), path.name, "idx", raws)


def _either(members: dict[tuple[str, Part | None], Path], part: Part | None) -> Path | None:
    return members.get(("images", part)) or members.get(("labels", part))


def _no_partner(path: Path, missing: str) -> DataError:
    other = Words("pictures", "그림") if missing == "images" else Words("labels", "레이블")
    name = "images-idx3-ubyte" if missing == "images" else "labels-idx1-ubyte"
    return DataError(
        "no-partner",
        Words(
            f"{path.name} is there, but the file with its {other.en} (…{name}) is not.",
            f"{path.name} 파일은 있는데 짝이 되는 {other.ko} 파일(…{name})이 없습니다.",
        ),
        Words("Put both files into one folder.", "두 파일을 한 폴더에 두세요."),
    )


def _single(path: Path) -> Found:
    match = _NAME.fullmatch(path.name)
    if match is None or match["what"].lower().startswith("label"):
        raise CallError(
            "labels-alone",
            Words(
                f"{path.name} holds labels; name the file with the pictures, or the folder.",
                f"{path.name} 파일에는 레이블이 들어 있습니다. 그림 파일이나 폴더를 주세요.",
            ),
        )
    for members in _files(path.parent).values():
        for (what, part), image in members.items():
            if what == "images" and image.name.removesuffix(".gz") == path.name.removesuffix(".gz"):
                labels = members.get(("labels", part))
                if labels is None:
                    raise _no_partner(path, "labels")
                return arrays.build(str(path), path.parent.name, "idx", [_raw(None, path, labels)])
    raise _no_partner(path, "labels")


def _raw(part: Part | None, image: Path, label: Path) -> arrays.Raw:
    pictures, labels = _File.opened(image, (3, 4)), _File.opened(label, (1,))
    read: Callable[[], np.ndarray] = labels.whole
    return arrays.Raw(part, image.name, label.name, pictures.pixels(), labels.shape[0], read)
