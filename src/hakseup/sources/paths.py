"""Paths that a user gave: whether something lies there, and what to say if not."""

from __future__ import annotations

import contextlib
from pathlib import Path

from hakseup.errors import CallError, DataError, nearest
from hakseup.words import Words


def is_there(path: Path) -> bool:
    """Whether something lies at this path.

    Raises:
        DataError: it may not be looked at.
    """
    try:
        path.stat()
    except PermissionError as error:
        raise not_allowed(path) from error
    except (OSError, ValueError):  # ValueError: a NUL character in the name
        return False
    return True


# Ending -> what writes it, and how its table comes out.
_SAVED_AS = {
    **dict.fromkeys((".sav", ".por"), Words("SPSS: File, Save as, CSV", "SPSS: 파일, 다른 이름으로 저장, CSV")),
    ".dta": Words("Stata: export delimited file.csv", "Stata: export delimited 파일.csv"),
    **dict.fromkeys((".sas7bdat", ".xpt"), Words("SAS: proc export, dbms=csv", "SAS: proc export, dbms=csv")),
    **dict.fromkeys((".rds", ".rda", ".rdata"), Words('R: write.csv(x, "file.csv")', 'R: write.csv(x, "파일.csv")')),
    **dict.fromkeys((".json", ".jsonl", ".ndjson", ".feather", ".arrow", ".pkl", ".pickle", ".h5", ".hdf5"),
                    Words("Python: pandas reads it, and frame.to_csv(file) writes it", "Python: pandas로 읽어 frame.to_csv(파일)로 저장")),
    **dict.fromkeys((".db", ".sqlite", ".sqlite3", ".mdb", ".accdb"), Words("export one table of it as CSV", "표 하나를 CSV로 내보내기")),
    ".numbers": Words("Numbers: File, Export to, CSV", "Numbers: 파일, 내보내기, CSV"),
    **dict.fromkeys((".hwp", ".hwpx", ".doc", ".docx", ".pdf"), Words("copy the table into a spreadsheet", "표를 엑셀에 붙여 넣기")),
    **dict.fromkeys((".html", ".htm", ".xml"), Words("open it in Excel and save it as .xlsx", "엑셀에서 열어 .xlsx로 저장")),
}  # fmt: skip


def of_other_programs(path: Path) -> Words | None:
    """How the table in a file of another program becomes one that can be read; None: no such file."""
    how = _SAVED_AS.get(path.suffix.lower())
    if how is None:
        return None
    return Words(
        f"If a table is in it, save that as CSV, Excel or Parquet ({how.en}).",
        f"표가 들어 있다면 CSV, 엑셀, Parquet 중 하나로 저장하세요({how.ko}).",
    )


def not_allowed(path: Path) -> DataError:
    """The error for a path that this person may not read."""
    return DataError(
        "unreadable",
        Words(f"{path} may not be read.", f"{path}을(를) 읽을 권한이 없습니다."),
        Words("Change its permissions, or copy it.", "권한을 바꾸거나 복사해서 쓰세요."),
    )


def no_such_path(text: str, path: Path) -> CallError:
    """The error for a path where nothing lies, with the nearest name; text is as the user wrote it."""
    from hakseup.sources import known
    from hakseup.sources.tables import known as tables

    near: str | None = None
    folder = path.parent
    missing = path.name
    with contextlib.suppress(OSError, ValueError):
        while not folder.is_dir() and folder != folder.parent:
            folder, missing = folder.parent, folder.name
        near = nearest(missing, [entry.name for entry in folder.iterdir()]) if missing else None
        if near:
            near = str(folder / near)
    all_known = [*known.NAMES, *tables.NAMES]
    near_known = nearest(text.strip().lower(), all_known)
    both = [name for name in (near_known, near) if name]
    names = ", ".join(all_known)
    return CallError(
        "no-such-path",
        Words(
            f"There is no file, folder or known data set '{text}'.",
            f"'{text}'(이)라는 파일이나 폴더, 알려진 데이터가 없습니다.",
        ),
        Words(f"Did you mean {' or '.join(both)}?", f"{' 또는 '.join(both)}을(를) 뜻하셨나요?")
        if both
        else Words(f"Known data sets: {names}.", f"알려진 데이터: {names}."),
    )
