"""Errors and refusals that every source of tables shares."""

from __future__ import annotations

from collections.abc import Sequence

from hakseup.errors import DataError
from hakseup.sources.found import Refused
from hakseup.sources.tables.records import Ragged
from hakseup.words import Words

KEPT = 1_000  # refused rows that are listed one by one; more are counted
_SHARE = 0.05  # of the rows: with more ragged ones, it is the file that is wrong
_NAMED = 5


class RaggedRows:
    """Rows with another number of cells, gathered while a file is read."""

    def __init__(self, name: str, width: int) -> None:
        self.name = name
        self.width = width
        self.n = 0
        self.listed: list[Ragged] = []

    def add(self, ragged: Sequence[Ragged]) -> None:
        """These too."""
        self.n += len(ragged)
        self.listed += ragged[: KEPT - len(self.listed)]

    def require_few(self, rows: int) -> None:
        """Refuse the file where too many of its rows are ragged.

        Args:
            rows: that were read.

        Raises:
            DataError: "ragged-rows", with the first of them.
        """
        if self.n <= max(1, _SHARE * (rows + self.n)) and rows:
            return
        where_en = ", ".join(f"line {one.line:,} has {one.cells:,}" for one in self.listed[:_NAMED])
        where_ko = ", ".join(f"{one.line:,}번째 줄은 {one.cells:,}칸" for one in self.listed[:_NAMED])
        more = " …" if self.n > _NAMED else ""
        raise DataError(
            "ragged-rows",
            Words(
                f"{self.name}: {self.n:,} of {rows + self.n:,} rows do not have {self.width:,} cells like the others: "
                f"{where_en}{more}.",
                f"{self.name}: {rows + self.n:,}행 가운데 {self.n:,}행은 칸 수가 {self.width:,}개가 아닙니다: "
                f"{where_ko}{more}.",
            ),
            Words(
                "Cells that hold the delimiter must stand in quotes; every row needs as many cells as the header.",
                "구분자가 든 칸은 따옴표로 묶고, 모든 행의 칸 수를 머리글과 맞추세요.",
            ),
        )

    def refused(self) -> tuple[Refused, ...]:
        """The same as refused rows, with the reason."""
        return tuple(refused(self.name, one, self.width) for one in self.listed)

    def notes(self) -> list[Words]:
        """What should be said of them."""
        if not self.n:
            return []
        first = self.listed[0].line
        return [
            Words(
                f"{self.n:,} {'row was' if self.n == 1 else 'rows were'} left out, for having more or fewer than "
                f"{self.width:,} cells (the first in line {first:,}).",
                f"칸 수가 {self.width:,}개가 아닌 {self.n:,}행을 뺐습니다(처음은 {first:,}번째 줄).",
            )
        ]


def refused(name: str, ragged: Ragged, width: int) -> Refused:
    """One ragged row as it is listed."""
    reason = Words(
        f"the row has {ragged.cells:,} cells, expected {width:,}",
        f"칸이 {ragged.cells:,}개입니다. {width:,}개여야 합니다",
    )
    return Refused(f"{name}:{ragged.line}", "ragged-row", reason)


def empty_file(name: str) -> DataError:
    """The error for a file without a single byte, or letter."""
    return DataError(
        "empty-file",
        Words(f"{name} is empty.", f"{name} 파일이 비어 있습니다."),
        Words(
            "Was it saved, and fetched whole?",
            "저장이 되었는지, 끝까지 받았는지 확인하세요.",
        ),
    )


def damaged(name: str, error: Exception) -> DataError:
    """The error for a file that its own library cannot read."""
    why = str(error).strip().partition("\n")[0][:200] or type(error).__name__
    return DataError(
        "damaged-table",
        Words(f"{name} cannot be read: {why}.", f"{name} 파일을 읽을 수 없습니다: {why}."),
        Words("Fetch or save the file again.", "파일을 다시 받거나 다시 저장하세요."),
    )
