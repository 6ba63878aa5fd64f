"""Where a page or a picture that was asked for goes."""

from __future__ import annotations

from pathlib import Path

from hakseup.errors import CallError
from hakseup.words import Words


def page_file(option: str, name: str | None, endings: tuple[str, ...] = (".html", ".htm")) -> Path | None:
    """Where a page or a picture goes; checked before the work, not after it.

    Raises:
        CallError: its name does not end as it should, or its folder is not there.
    """
    if name is None:
        return None
    path = Path(name)
    if path.suffix.lower() not in endings:
        raise CallError(
            "bad-output",
            Words(
                f"{option} {name}: expected a {endings[0]} file.",
                f"{option} {name}: {endings[0]} 파일이어야 합니다.",
            ),
        )
    if not path.parent.is_dir():
        raise CallError(
            "no-such-folder",
            Words(
                f"{option} {name}: there is no folder {path.parent}.",
                f"{option} {name}: {path.parent} 폴더가 없습니다.",
            ),
        )
    return path
