"""Data that a document reads from a file which is not here, and that hakseup knows: put where the code expects it.

Only what lies on this machine already, only below the current folder, and never over a file that is there.
"""

from __future__ import annotations

import ast
import shutil
from pathlib import Path, PurePosixPath

from hakseup.runner.code import Code
from hakseup.sources import known as pictures
from hakseup.sources.known_table import TABLE as PICTURES
from hakseup.sources.tables import known as tables
from hakseup.sources.tables.known_table import TABLE as TABLES

SHAPES = "handwriting_shape"


def put(code: Code) -> list[Path]:
    """Put the known data that a block names and that is missing; what was made. To be called before it runs.

    Args:
        code: a block; one that clones a repository fetches its data itself.
    """
    made: list[Path] = []
    if "git clone" in code.block.source:
        return made
    for node in ast.walk(code.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            target = _target(node.value)
            source = None if target is None else _source(target.name)
            if target is None or source is None or target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
            made.append(target)
    return made


def _target(text: str) -> Path | None:
    """The file or folder below the current one that a string names, where it is one of the known data."""
    if "\n" in text or len(text) > 200:
        return None
    parts = PurePosixPath(text.replace("\\", "/")).parts
    while parts[:1] == (
        "..",
    ):  # beside the document's folder: put below this one, where `rewriting` finds it
        parts = parts[1:]
    if not parts or parts[0] == "/" or ".." in parts or ":" in parts[0]:
        return None
    if SHAPES in parts:
        return Path(*parts[: parts.index(SHAPES) + 1])
    return Path(*parts) if parts[-1] in {known.remote.name for known in TABLES} else None


def _source(name: str) -> Path | None:
    """Where this data lies on this machine."""
    for table in TABLES:
        if table.remote.name == name:
            return tables.locate(table)
    for known in PICTURES:
        if any(place == name for place, _ in known.places):
            found = pictures.locate(known)
            return None if found is None else found.path
    return None
