"""Another name for a data set, or another place. What knows it by its name goes along: the order of its classes, what can
still be taken back in it, the runs that learned from it, and the pages that are open on it. While something is at work on
it, it stays where it is."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hakseup.errors import HakseupError
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.sources.classes import readable
from hakseup.studio import undo
from hakseup.studio.galleries import CHANGING, require_free
from hakseup.studio.jobs import Jobs
from hakseup.studio.order import order_file
from hakseup.studio.workspace import Conflict, Workspace, safe_name
from hakseup.words import Words, josa


class Renaming:
    """Gives data sets other names, puts them aside, and takes changes back."""

    def __init__(self, workspace: Workspace, jobs: Jobs) -> None:
        self.workspace, self.jobs = workspace, jobs
        self._called: dict[str, str] = {}  # what was renamed since the server began -> its name now

    def called(self) -> dict[str, str]:
        """Old names of data sets with those of now, for pages that are open on them."""
        there = {readable(path.name) for path in self.workspace.listed()} if self._called else set()
        return {old: new for old, new in self._called.items() if old not in there}

    def rename(self, name: str, new: str) -> tuple[str, str]:
        """Rename a data set; its name now, and the token that undoes it. A file keeps its ending.

        Raises:
            NotThere: there is none of this name. DataError: the new name cannot be one.
            Conflict: the new name is taken, or something is at work on the data. RunError: the disk refuses.
        """
        with CHANGING:
            old = self.workspace.set(name)
            if old.is_file() and not new.strip().casefold().endswith(old.suffix.casefold()):
                new = f"{new.strip()}{old.suffix}" if new.strip() else new
            plain = safe_name(new)
            if plain.casefold() != readable(old.name).casefold():  # else only its capitals change
                require_free(self.workspace, plain)
            self._require_idle(old)
            path = old.with_name(plain)
            change = undo.Change(self.workspace)
            try:
                change.move([*self._order(old, path, change.place), (old, path)])
                self._follow(old, path)
            except BaseException:
                with contextlib.suppress(HakseupError):
                    self.take_back(change.token)
                raise
            return plain, change.token

    def put_aside(self, name: str) -> str:
        """Move a data set aside; the token that brings it back.

        Raises:
            NotThere: there is none of this name. Conflict: something is at work on it. RunError: the disk refuses.
        """
        with CHANGING:
            path = self.workspace.set(name)
            self._require_idle(path)
            return undo.Change(self.workspace).aside([path])

    def take_back(self, token: str) -> int:
        """Undo a change, whatever it was; raises as `undo.take_back`, and Conflict where something is at work on data
        that were renamed."""
        with CHANGING:
            moves = undo.moves(self.workspace, token)
            renamed = [move for move in moves if {path.parent for path in move} == {self.workspace.data}]
            for _old, new in renamed:
                self._require_idle(new)
            taken = undo.take_back(self.workspace, token)
            for old, new in renamed:
                self._follow(new, old)
            return taken

    def _order(self, old: Path, new: Path, aside: Path) -> Iterator[undo.Move]:
        """The order of its classes goes along; that of a set which had the new name once is put aside."""
        mine, other = (order_file(self.workspace, readable(path.name)) for path in (old, new))
        if other.exists() and not (mine.exists() and mine.samefile(other)):
            yield other, aside / "1"
        if mine.exists():
            yield mine, other

    def _follow(self, old: Path, new: Path) -> None:
        undo.follow(self.workspace, old, new)
        for folder in self._runs():
            _point(folder, old, new)
        before, now = readable(old.name), readable(new.name)
        self._called = {one: now if name == before else name for one, name in self._called.items()}
        self._called[before] = now
        self._called.pop(now, None)

    def _require_idle(self, path: Path) -> None:
        name = readable(path.name)
        at_work = any(job["state"] == "working" and job["data"] == name for job in self.jobs.all())
        for folder in self._runs() if not at_work else ():
            if folder.is_held() or self.jobs.at_work_on(folder.path.name):
                at_work = at_work or _elsewhere(_source(folder), path, path) is not None
        if at_work:
            with_it = josa(f"'{name}'", "으로/로")
            raise Conflict(
                "data-in-use",
                Words(
                    f"Something is at work on '{name}': a training or the opening of its test part.",
                    f"지금 {with_it} 학습하고 있거나 테스트 부분을 열고 있습니다.",
                ),
                Words("Wait until it has ended, or stop it.", "끝나기를 기다리거나 멈춘 뒤 다시 하세요."),
            )

    def _runs(self) -> list[RunFolder]:
        try:
            return [RunFolder(path) for path in sorted(self.workspace.runs.iterdir()) if path.is_dir()]
        except OSError:  # somebody has deleted them
            return []


def _source(folder: RunFolder) -> str:
    """Where the data of a run lie, as it has it."""
    for name, read in ((names.RUN, folder.json), (names.RECIPE, folder.toml)):  # run.json comes last
        with contextlib.suppress(HakseupError, KeyError, TypeError):
            return str(read(name)["data"]["source"])
    return ""


def _point(folder: RunFolder, old: Path, new: Path) -> None:
    """Let a run that learned from `old` find its data at `new`. Its files are written whole; what was typed stays."""
    import tomli_w

    for name in (names.RUN, names.SOURCE, names.RECIPE):
        try:
            value = folder.toml(name) if name == names.RECIPE else folder.json(name)
            about: dict[str, Any] = value if name == names.SOURCE else value["data"]
            source = _elsewhere(str(about["source"]), old, new)
        except (HakseupError, KeyError, TypeError):  # not there, or damaged: nothing finds anything by it
            continue
        if source is None:
            continue
        about["source"] = source
        called = str(about.get("name", ""))
        for part in ("name", "stem"):  # of a table the name is without its ending; a sheet's stands behind
            before = getattr(old, part)
            if called == before or called.startswith(f"{before} "):
                about["name"] = getattr(new, part) + called[len(before) :]
                break
        if name == names.RECIPE:
            folder.write_text(name, tomli_w.dumps(value, multiline_strings=False))
        else:
            folder.write_json(name, value)


def _elsewhere(source: str, old: Path, new: Path) -> str | None:
    """The path of data that lay at `old` or in it, now that it is at `new`; None where they lay elsewhere."""
    if not Path(source).is_absolute():
        return None
    place, before = os.path.realpath(source), str(old)
    rest = place[len(before) :]
    within = place.startswith(before) and (not rest or rest[0] in (os.sep, "#"))  # book.xlsx#Sheet
    return f"{new}{rest}" if within else None
