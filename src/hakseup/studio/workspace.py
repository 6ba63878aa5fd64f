"""The folder the studio works in: the one place where a name that came over the network becomes a path.

data/NAME/CLASS/…   pictures; data/NAME.csv and the like are tables
runs/RUN/           run folders, as the command line makes them
.studio/            what was moved aside, in which order classes were named, the words of running jobs, uploads on their way
"""

from __future__ import annotations

import re
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from hakseup import files
from hakseup.errors import DataError, HakseupError
from hakseup.runs.folder import RUN, RunFolder
from hakseup.sources import known
from hakseup.sources.tables import SUFFIXES
from hakseup.sources.tables import known as known_tables
from hakseup.words import Words, josa

LONGEST = 80  # characters of a name
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')  # what Windows forbids; slashes above all
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
_PARTS = {"train", "training", "test", "testing", "val", "valid", "validation"}


class NotThere(HakseupError):
    """What the address names is not in the workspace."""


class Conflict(HakseupError):
    """It cannot be done as things stand: it exists already, is in use, or is not finished."""


@dataclass(frozen=True)
class Workspace:
    """Where everything lies; `root` is absolute, links resolved."""

    root: Path
    runs: Path

    @staticmethod
    def at(root: Path, runs: Path | None = None) -> Workspace:
        """The workspace in this folder, made where it is missing.

        Args:
            root: the folder. runs: where the runs lie; None: `runs` in it.

        Raises:
            RunError: it cannot be made.
        """
        root = root.expanduser().resolve()
        runs = (runs or root / "runs").expanduser().resolve()
        with files.written(root):
            for folder in (root, root / "data", root / ".studio", runs):
                files.make_folder(folder)
        return Workspace(root, runs)

    @property
    def data(self) -> Path:
        """The data sets."""
        return self.root / "data"

    def listed(self) -> list[Path]:
        """What lies in `data`; nothing where somebody has deleted it."""
        try:
            return list(self.data.iterdir())
        except OSError:
            return []

    @property
    def own(self) -> Path:
        """What only the studio reads."""
        return self.root / ".studio"

    def set(self, name: str) -> Path:
        """The folder or file of a data set of the workspace.

        Raises:
            NotThere: there is none of this name, or it leads out of the workspace.
        """
        path = self.child(self.data, name)
        if path is None or not (path.is_dir() or (path.is_file() and is_data_file(path))):
            raise NotThere(
                "no-such-data",
                Words(
                    f"There is no data set called '{shown(name)}'.",
                    f"'{shown(name)}'(이)라는 데이터가 없습니다.",
                ),
            )
        return path

    def source(self, name: str) -> str:
        """What `api` takes for a data set: the path of one that lies here, else a known name.

        Raises:
            NotThere: neither.
        """
        path = self.child(self.data, name)
        if path is None and is_known(name):
            return name
        return str(self.set(name))

    def run(self, name: str) -> RunFolder:
        """The folder of a run, begun or not.

        Raises:
            NotThere: there is none of this name, or it leads out of the workspace.
        """
        path = self.child(self.runs, name)
        if path is not None and path.is_dir():
            folder = RunFolder(path)
            if folder.has(RUN) or folder.is_unbegun():
                return folder
        raise NotThere(
            "no-such-run",
            Words(
                f"There is no run called '{shown(name)}'. It may have been deleted.",
                f"'{shown(name)}'(이)라는 실행이 없습니다. 지워졌을 수 있습니다.",
            ),
        )

    def may_read(self, source: str) -> bool:
        """Whether a run's data may be read: known data, and what lies in the workspace."""
        path = Path(source)
        return is_known(source) or (path.is_absolute() and path.resolve().is_relative_to(self.root))

    def child(self, parent: Path, name: str) -> Path | None:
        """An existing child of a folder of the workspace; None where there is none, or it is a link out of it."""
        try:
            plain = safe_name(name)
        except DataError:
            return None
        for writing in (plain, unicodedata.normalize("NFD", plain)):  # macOS stores Hangul in parts
            path = parent / writing
            try:
                # What is no link lies where its name says; to follow every folder above it takes long.
                inside = not _may_lead_away(path) or path.resolve(strict=True).is_relative_to(
                    parent.resolve()
                )
            except (OSError, RuntimeError):  # not there, or a link to itself
                continue
            if inside:
                return path
        return None


def _may_lead_away(path: Path) -> bool:
    """Whether it is a link, or on Windows one of the other things that lead elsewhere."""
    about = path.lstat()
    reparse = getattr(about, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT
    return stat.S_ISLNK(about.st_mode) or bool(reparse)


def safe_name(name: str, *, is_class: bool = False) -> str:
    """The name, if a file or folder may be called so on every system.

    Args:
        name: as it came. is_class: of a class, which must not be called as a part is.

    Raises:
        DataError: it may not; the message says why.
    """
    plain = unicodedata.normalize("NFC", name).strip()
    stem = plain.partition(".")[0].casefold()
    why = None
    if not plain:
        why = Words("it is empty", "비어 있습니다")
    elif len(plain) > LONGEST or len(plain.encode("utf-8", "replace")) > 240:
        why = Words(f"it is longer than {LONGEST} characters", f"{LONGEST}자보다 깁니다")
    elif _FORBIDDEN.search(plain) or any(unicodedata.category(c) in ("Cc", "Cs", "Cf") for c in plain):
        why = Words(
            'it has one of / \\ : * ? " < > | or an invisible character',
            '/ \\ : * ? " < > | 또는 보이지 않는 문자가 들어 있습니다',
        )
    elif plain.startswith(".") or plain.endswith("."):
        why = Words("it begins or ends with a dot", "점으로 시작하거나 끝납니다")
    elif stem in _DEVICES:
        why = Words("Windows keeps that name for itself", "윈도우가 따로 쓰는 이름입니다")
    elif is_class and plain.casefold() in _PARTS:
        why = Words("it is the name of a part of the data", "데이터의 부분을 가리키는 이름입니다")
    if why is None:
        return plain
    name = shown(name)
    raise DataError(
        "bad-name",
        Words(
            f"'{name}' cannot be a name: {why.en}.",
            f"{josa(name, '은/는')} 이름으로 쓸 수 없습니다: {why.ko}.",
        ),
        Words("Use letters, digits, spaces and dashes.", "글자, 숫자, 빈칸, 붙임표를 쓰세요."),
    )


def shown(name: str) -> str:
    """A name from outside as it may stand in a sentence."""
    plain = "".join(c if c.isprintable() else "?" for c in name)
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"


def is_known(name: str) -> bool:
    """Whether it is the name of a known data set or table, as it stands in the list."""
    return name in known.NAMES or name in known_tables.NAMES


def is_data_file(path: Path) -> bool:
    """Whether a file in data/ is a table, or pictures in one file."""
    return path.suffix.lower() in (*SUFFIXES, ".npz")
