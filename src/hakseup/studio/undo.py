"""Moved aside, never erased: every change of a data set is a list of moves that can be taken back, after a restart too.

.studio/undo/TOKEN/moves.json     [[from, to], …], paths below the workspace, in the order they were done
.studio/undo/TOKEN/1, 2, …        what was removed
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections.abc import Iterable
from pathlib import Path

from hakseup import files
from hakseup.studio.workspace import Conflict, NotThere, Workspace
from hakseup.words import Words

_TOKEN = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}")
Move = tuple[Path, Path]


class Change:
    """Moves that belong together. The list is on the disk before the first of them."""

    def __init__(self, workspace: Workspace) -> None:
        self.root = workspace.root
        self.token = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"
        self.place = workspace.own / "undo" / self.token
        with files.written(self.place):
            files.make_folder(self.place)

    def aside(self, paths: Iterable[Path]) -> str:
        """Take these away; the token that brings them back."""
        return self.move((path, self.place / str(number)) for number, path in enumerate(paths, start=1))

    def move(self, moves: Iterable[Move]) -> str:
        """Do these moves; the token that takes them back.

        Raises:
            RunError: the disk refuses; what was moved until then can be taken back.
        """
        listed = list(moves)
        told = [[str(path.relative_to(self.root)) for path in one] for one in listed]
        files.write_text(self.place / "moves.json", json.dumps(told, ensure_ascii=False))
        for old, new in listed:
            with files.written(new):
                old.rename(new)
        return self.token


def moves(workspace: Workspace, token: str) -> list[Move]:
    """What the change with this token has moved and is still there, in the order in which it is taken back.

    Raises:
        NotThere: no such change, or it was undone already.
    """
    listed = workspace.own / "undo" / token / "moves.json"
    if not _TOKEN.fullmatch(token) or not listed.is_file():
        raise NotThere(
            "nothing-to-undo",
            Words(
                "This change is not there any more, or was undone already.",
                "이미 되돌렸거나 없는 변경입니다.",
            ),
        )
    told = json.loads(listed.read_text("utf-8"))
    done = [(workspace.root / old, workspace.root / new) for old, new in told]
    return [(old, new) for old, new in reversed(done) if os.path.lexists(new)]


def take_back(workspace: Workspace, token: str) -> int:
    """Undo the change with this token; how many moves were taken back. What has gone since stays gone.

    Raises:
        NotThere: no such change, or it was undone already.
        Conflict: something stands where a thing has to go back.
    """
    back = moves(workspace, token)
    leaving = {new for _old, new in back}
    if taken := next((old for old, _new in back if os.path.lexists(old) and old not in leaving), None):
        raise Conflict(
            "place-taken",
            Words(
                f"It cannot be undone: '{taken.name}' is there again.",
                f"되돌릴 수 없습니다. 그 자리에 '{taken.name}'이(가) 다시 생겼습니다.",
            ),
        )
    for old, new in back:
        with files.written(old):
            files.make_folder(old.parent)
            new.rename(old)
    place = workspace.own / "undo" / token
    (place / "moves.json").rename(place / "undone.json")
    return len(back)


def follow(workspace: Workspace, old: Path, new: Path) -> None:
    """A folder is called otherwise now: what was changed in it before is taken back in it."""
    before, now = (f"{path.relative_to(workspace.root)}{os.sep}" for path in (old, new))
    for listed in (workspace.own / "undo").glob("*/moves.json"):
        try:
            told = json.loads(listed.read_text("utf-8"))
            next_told = [[_renamed(path, before, now) for path in one] for one in told]
        except (OSError, ValueError, TypeError, AttributeError):  # damaged: nothing is taken back by it
            continue
        if next_told != told:
            files.write_text(listed, json.dumps(next_told, ensure_ascii=False))


def _renamed(path: str, before: str, now: str) -> str:
    return now + path.removeprefix(before) if path.startswith(before) else path
