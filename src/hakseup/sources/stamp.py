"""What tells that a file is still the one that was found: size and time of its last change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hakseup.errors import DataError, refusal
from hakseup.words import Words


@dataclass(frozen=True)
class Stamp:
    """A file as it was when it was found."""

    path: Path
    size: int  # bytes
    changed: int  # nanoseconds

    @staticmethod
    def of(path: Path) -> Stamp:
        """The file as it is now.

        Raises:
            DataError: it is not there, or its folder may not be read.
        """
        try:
            about = path.stat()
        except OSError as error:
            raise DataError(
                "unreadable",
                Words(
                    f"{path} cannot be read: {refusal(error).en}.",
                    f"{path} 파일을 읽을 수 없습니다: {refusal(error).ko}.",
                ),
            ) from error
        return Stamp(path, about.st_size, about.st_mtime_ns)

    @property
    def identity(self) -> str:
        """A text that changes when the file may have changed."""
        return f"{self.path} {self.size} {self.changed}"

    def require_same(self) -> None:
        """Refuse a file that was written since: its rows may have another order.

        Raises:
            DataError: size or time differ.
        """
        if Stamp.of(self.path) != self:
            raise DataError(
                "data-changed",
                Words(
                    f"{self.path} was changed while it was used.",
                    f"사용하는 동안 {self.path} 파일이 바뀌었습니다.",
                ),
                Words("Start again.", "처음부터 다시 실행하세요."),
            )
