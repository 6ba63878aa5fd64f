"""NPZ files with Keras' names. Headers say shapes and types; pixels are read block by block, pickles never."""

from __future__ import annotations

import functools
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from hakseup.errors import DataError
from hakseup.sources import arrays
from hakseup.sources.found import Found, StoredPixels
from hakseup.sources.paths import not_allowed
from hakseup.sources.stamp import Stamp
from hakseup.words import Words

_BLOCK = 16 << 20  # bytes of one array that are in memory at once
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, OSError)


@dataclass(frozen=True)
class _Array:
    """One array inside the file."""

    file: Stamp
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool

    def blocks(self) -> Iterator[np.ndarray]:
        """The array in blocks along its first axis.

        Raises:
            DataError: the file has changed since it was found, or is damaged.
        """
        self.file.require_same()
        try:
            with zipfile.ZipFile(self.file.path) as archive, archive.open(self.name + ".npy") as stream:
                _header(stream)
                if self.fortran:  # rows do not lie together: all at once
                    flat = np.frombuffer(stream.read(), self.dtype)
                    yield flat.reshape(self.shape, order="F")
                    return
                row = self.dtype.itemsize * int(np.prod(self.shape[1:], dtype=np.int64))
                step = max(1, _BLOCK // max(1, row))
                for start in range(0, self.shape[0], step):
                    rows = min(step, self.shape[0] - start)
                    content = stream.read(rows * row)
                    yield np.frombuffer(content, self.dtype).reshape(rows, *self.shape[1:])
        except _DAMAGE as error:
            raise _damaged(self.file.path, error) from error

    def whole(self) -> np.ndarray:
        """All of it."""
        blocks = list(self.blocks())
        return np.concatenate(blocks) if blocks else np.empty(self.shape, self.dtype)


def find(path: Path) -> Found:
    """Pictures and labels of an NPZ file; labels of its test part are read when they are asked for.

    Raises:
        DataError: damaged, pickled objects in it, other names, or shapes and counts that do not fit.
    """
    contents = _open(path)
    pairs = arrays.pair_up(contents)
    for _part, x_name, y_name in pairs:
        for name in (x_name, y_name):
            if contents[name].dtype.hasobject:
                raise DataError(
                    "pickled-objects",
                    Words(
                        f"{path.name}: {name} holds pickled Python objects. They are never loaded, because loading "
                        "them could run any program.",
                        f"{path.name}: {name}에 피클로 저장된 파이썬 객체가 있습니다. 읽는 순간 아무 프로그램이나 "
                        "실행될 수 있으므로 읽지 않습니다.",
                    ),
                    Words(
                        "Save plain numbers: pictures of one size as uint8, labels as whole numbers.",
                        "크기가 같은 그림은 uint8로, 레이블은 정수로 저장하세요.",
                    ),
                )
        arrays.check_type(contents[x_name].dtype, x_name)
        arrays.check_shape(contents[x_name].shape, x_name)

    @functools.cache
    def unit() -> bool:  # the training pictures say which scale it is
        train = contents[pairs[0][1]]
        return train.dtype.kind == "f" and arrays.in_unit(train.blocks(), train.name)

    def stored(array: _Array) -> StoredPixels:
        def read() -> Iterator[np.ndarray]:
            start = 0
            for block in array.blocks():
                yield arrays.to_uint8(block, array.dtype.kind == "f" and unit(), array.name, start)
                start += len(block)

        return StoredPixels(array.shape, read, f"{array.file.identity} {array.name}")

    raws = [
        arrays.Raw(part, x, y, stored(contents[x]), (contents[y].shape or (0,))[0], contents[y].whole)
        for part, x, y in pairs
    ]
    return arrays.build(str(path), path.stem, "npz", raws)


def _open(path: Path) -> dict[str, _Array]:
    """Name, shape and type of every array, from the headers alone."""
    stamp = Stamp.of(path)
    out = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.filename.endswith(".npy"):
                    continue
                name = info.filename.removesuffix(".npy")
                with archive.open(info) as stream:
                    shape, fortran, dtype = _header(stream)
                    expected = stream.tell() + dtype.itemsize * int(np.prod(shape, dtype=object))
                if not dtype.hasobject and info.file_size != expected:
                    raise DataError(
                        "damaged-npz",
                        Words(
                            f"{path.name}: {name} of shape {shape} and type {dtype} takes {expected:,} bytes, "
                            f"but has {info.file_size:,}.",
                            f"{path.name}: 모양 {shape}, 자료형 {dtype}인 {name}은(는) {expected:,}바이트여야 하는데 "
                            f"{info.file_size:,}바이트입니다.",
                        ),
                    )
                out[name] = _Array(stamp, name, shape, dtype, fortran)
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    return out


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = npy.read_magic(stream)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(stream)
    return tuple(int(n) for n in shape), bool(fortran), dtype


def _damaged(path: Path, error: Exception) -> DataError:
    if isinstance(error, PermissionError):
        return not_allowed(path)
    return DataError(
        "damaged-npz",
        Words(
            f"{path.name} cannot be read as NPZ: {error}.",
            f"{path.name} 파일을 NPZ로 읽을 수 없습니다: {error}.",
        ),
        Words(
            "It is damaged or something else; make or download it again.",
            "손상되었거나 다른 형식의 파일입니다. 다시 만들거나 내려받으세요.",
        ),
    )
