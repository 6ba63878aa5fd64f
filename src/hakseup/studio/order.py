"""In which order the classes of a data set were named. It is kept beside the data, not in them: a folder of pictures stays
one that anything else can read.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

from hakseup import files
from hakseup.errors import HakseupError
from hakseup.studio.workspace import Workspace, safe_name


def read_order(workspace: Workspace, name: str) -> list[str]:
    """The classes of a data set in the order they were named; empty where they were made elsewhere."""
    try:
        kept = json.loads(order_file(workspace, name).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [one for one in kept if isinstance(one, str)] if isinstance(kept, list) else []


def write_order(workspace: Workspace, name: str, classes: Sequence[str]) -> None:
    """Remember in which order the classes were named. Where it cannot be written they come in natural order."""
    path = order_file(workspace, name)
    with contextlib.suppress(HakseupError):
        with files.written(path):
            files.make_folder(path.parent)
        files.write_text(path, json.dumps(list(classes), ensure_ascii=False))


def order_file(workspace: Workspace, name: str) -> Path:
    """Where the order of the classes of a data set is remembered."""
    return workspace.own / "order" / f"{safe_name(name)}.json"
