"""Where a page that was asked for with `--html` goes."""

from __future__ import annotations

from pathlib import Path

from hakseup.errors import CallError
from hakseup.words import Words


def page_file(option: str, name: str | None) -> Path | None:
    """Where a page goes; checked before the work, not after it.

    Raises:
        CallError: it is no .html file, or its folder is not there.
    """
    if name is None:
        return None
    path = Path(name)
    if path.suffix.lower() not in (".html", ".htm"):
        raise CallError(
            "bad-output",
            Words(f"{option} {name}: expected a .html file.", f"{option} {name}: .html 파일이어야 합니다."),
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
