"""HDF5 as Keras uses it: groups, arrays and lists of names, read with care and never followed out of the file.

A file comes from anywhere. Links into other files, arrays that lie elsewhere, and arrays that claim to be far
larger than what is stored of them are refused; only numbers are read, no objects.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from hakseup.errors import DataError
from hakseup.words import Words

HEADER_LIMIT = 64_512  # bytes that HDF5 can keep in one attribute; longer lists of names are cut into pieces
_SMALL = 64 << 20  # bytes; an array up to this size may be packed as tightly as it likes
_PACKED = 100  # times: more than this no real weights can be packed


def damaged(path: Path, why: Words) -> DataError:
    """The error for a file that cannot be read as what it claims to be."""
    return DataError(
        "damaged-model-file",
        Words(f"{path} cannot be read: {why.en}.", f"{path} 파일을 읽을 수 없습니다: {why.ko}."),
        Words(
            "It may be cut off or made by another program. Save the model again, or fetch the file again.",
            "파일이 중간에 잘렸거나 다른 프로그램이 만든 파일일 수 있습니다. 모델을 다시 저장하거나 파일을 다시 받으세요.",
        ),
    )


def refused(path: Path, what: Words) -> DataError:
    """The error for a file that asks for more than numbers to be read."""
    return DataError(
        "refused-model-file",
        Words(
            f"{path} was refused: it holds {what.en}, and nothing in a file is ever followed or executed.",
            f"{path} 파일을 거부했습니다: {what.ko} 들어 있습니다. 파일 속의 것은 따라가거나 실행하지 않습니다.",
        ),
    )


@contextmanager
def opened(path: Path, content: bytes | None = None) -> Iterator[h5py.File]:
    """The file, or these bytes of it, open for reading; what HDF5 says is wrong becomes a sentence.

    Args:
        path: the file; named in errors.
        content: read these bytes instead of what lies at the path.

    Raises:
        DataError: it is no HDF5 file, it is damaged, or something in it is refused.
    """
    try:
        with h5py.File(io.BytesIO(content) if content is not None else path, "r") as file:
            yield file
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        reason = str(error).strip("'\"").splitlines()[0][:200] if str(error) else type(error).__name__
        raise damaged(path, Words(reason, reason)) from error


def json_object(path: Path, name: str, content: str | bytes) -> dict[str, Any]:
    """The JSON object that stands in a part of the file.

    Raises:
        DataError: it is none.
    """
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise damaged(path, Words(f"{name}: {error}", f"{name}: {error}")) from error
    return require_object(path, name, value)


def require_object(path: Path, name: str, value: Any) -> dict[str, Any]:
    """What was read from JSON, if it is an object.

    Raises:
        DataError: it is none.
    """
    if not isinstance(value, dict):
        raise damaged(path, Words(f"{name} is not an object", f"{name}의 값이 객체가 아닙니다"))
    return value


def most(stored: int) -> int:
    """Bytes that so many stored ones may honestly unpack to."""
    return max(_SMALL, _PACKED * stored)


def group(parent: h5py.Group, inside: str, path: Path) -> h5py.Group:
    """The group at this place below another one.

    Raises:
        DataError: it is missing, or a link leads out of the file.
    """
    found = _inside(parent, inside, path)
    if not isinstance(found, h5py.Group):
        raise damaged(path, Words(f"'{inside}' is not a group", f"'{inside}'은(는) 그룹이 아닙니다"))
    return found


def array(parent: h5py.Group, inside: str, path: Path) -> np.ndarray:
    """The numbers at this place; bfloat16 becomes float32.

    Raises:
        DataError: they are missing, lie elsewhere, are no numbers, or claim to be absurdly many.
    """
    found = _inside(parent, inside, path)
    if not isinstance(found, h5py.Dataset):
        raise damaged(path, Words(f"'{inside}' is not an array", f"'{inside}'은(는) 배열이 아닙니다"))
    if found.external or found.is_virtual:
        raise refused(
            path,
            Words(
                f"an array '{inside}' that lies in another file",
                f"다른 파일에 놓인 배열 '{inside}'이(가)",
            ),
        )
    stored = found.id.get_storage_size()
    if found.nbytes > most(stored):
        raise refused(
            path,
            Words(
                f"an array '{inside}' of {found.nbytes:,} bytes of which {stored:,} are stored",
                f"{found.nbytes:,}바이트라면서 {stored:,}바이트만 저장된 배열 '{inside}'이(가)",
            ),
        )
    if found.attrs.get("dtype") == "bfloat16":
        high = np.asarray(found).view(np.uint16).astype(np.uint32) << 16
        return high.view(np.float32)
    if found.dtype.kind not in "fiub":
        raise refused(
            path,
            Words(
                f"'{inside}', which is {found.dtype} and no numbers",
                f"숫자가 아닌 {found.dtype} 형식의 '{inside}'이(가)",
            ),
        )
    return np.asarray(found)


def _inside(parent: h5py.Group, inside: str, path: Path) -> Any:
    """What lies there, reached step by step so that no link out of the file is followed."""
    here: Any = parent
    for step in inside.strip("/").split("/"):
        link = here.get(step, getlink=True) if isinstance(here, h5py.Group) and step in here else None
        if link is None:
            raise damaged(path, Words(f"'{inside}' is missing", f"'{inside}'이(가) 없습니다"))
        if not isinstance(link, h5py.HardLink):
            raise refused(path, Words(f"a link at '{inside}'", f"'{inside}' 자리에 링크가"))
        here = here[step]
    return here


def text(holder: h5py.Group, attribute: str) -> str | None:
    """An attribute that is a text, whether it was written as bytes or not; None where there is none."""
    value = holder.attrs.get(attribute)
    return value.decode("utf-8") if isinstance(value, bytes) else None if value is None else str(value)


def names(holder: h5py.Group, attribute: str) -> list[str]:
    """A list of names; Keras cuts a long one into `attribute0`, `attribute1`, …"""
    if attribute in holder.attrs:
        pieces = [holder.attrs[attribute]]
    else:
        pieces = []
        while f"{attribute}{len(pieces)}" in holder.attrs:
            pieces.append(holder.attrs[f"{attribute}{len(pieces)}"])
    return [n.decode("utf-8") if isinstance(n, bytes) else str(n) for piece in pieces for n in piece]


def put_names(holder: h5py.Group, attribute: str, entries: Sequence[str]) -> None:
    """Write a list of names, in pieces where it is too long for one attribute."""
    encoded = np.asarray([entry.encode("utf-8") for entry in entries], dtype="S" if entries else np.float64)
    count = max(1, -(-encoded.nbytes // HEADER_LIMIT))
    if count == 1:
        holder.attrs[attribute] = encoded
        return
    rows = max(1, HEADER_LIMIT // encoded.itemsize)
    for number, start in enumerate(range(0, len(encoded), rows)):
        holder.attrs[f"{attribute}{number}"] = encoded[start : start + rows]
