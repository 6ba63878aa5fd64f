"""Files out of a multipart request, one after the other, never all of them in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from hakseup.errors import DataError
from hakseup.studio.guard import PICTURE_BYTES, Refused
from hakseup.words import Words

FILES = 1000  # in one request


async def files_of(request: Request, field: str) -> list[tuple[str | None, BinaryIO]]:
    """Name and open content of each file in this field. They lie on the disk while they are waiting.

    Raises:
        Refused: too many, or not a form.
    """
    try:
        form = await request.form(max_files=FILES, max_fields=10)
    except MultiPartException as error:
        raise Refused(
            413 if "Too many" in str(error) else 400,
            "bad-form",
            Words(f"The upload cannot be read: {error}.", f"올린 것을 읽을 수 없습니다: {error}."),
            Words(f"At most {FILES:,} files at a time.", f"한 번에 파일 {FILES:,}개까지 올릴 수 있습니다."),
        ) from None
    found = [one for one in form.getlist(field) if isinstance(one, UploadFile)]
    if not found:
        raise DataError(
            "nothing-sent",
            Words(f"There is no file in the field '{field}'.", f"'{field}' 항목에 파일이 없습니다."),
        )
    return [(one.filename, one.file) for one in found]


def contents(files: list[tuple[str | None, BinaryIO]]) -> Iterator[tuple[str | None, bytes]]:
    """Each with its bytes; of one that is too large only so much that this is seen."""
    for name, stream in files:
        yield name or "picture", stream.read(PICTURE_BYTES + 1)
