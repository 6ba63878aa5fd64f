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


def take_back(workspace: Workspace, token: str) -> int:
    """Undo the change with this token; how many moves were taken back. What has gone since stays gone.

    Raises:
        NotThere: no such change, or it was undone already.
        Conflict: something stands where a thing has to go back.
    """
    place = workspace.own / "undo" / token
    if not _TOKEN.fullmatch(token) or not (place / "moves.json").is_file():
        raise NotThere(
            "nothing-to-undo",
            Words(
                "This change is not there any more, or was undone already.",
                "이미 되돌렸거나 없는 변경입니다.",
            ),
        )
    told = json.loads((place / "moves.json").read_text("utf-8"))
    moves = [(workspace.root / old, workspace.root / new) for old, new in told]
    moves = [(old, new) for old, new in reversed(moves) if os.path.lexists(new)]
    if taken := next((old for old, _new in moves if os.path.lexists(old)), None):
        raise Conflict(
            "place-taken",
            Words(
                f"It cannot be undone: '{taken.name}' is there again.",
                f"되돌릴 수 없습니다. 그 자리에 '{taken.name}'이(가) 다시 생겼습니다.",
            ),
        )
    for old, new in moves:
        with files.written(old):
            files.make_folder(old.parent)
            new.rename(old)
    (place / "moves.json").rename(place / "undone.json")
    return len(moves)
