"""The whole table of a run: rows, their split, and their labels with the test part's sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hakseup.data import table_identity, table_shown
from hakseup.data.labels import Labels
from hakseup.data.split import Split
from hakseup.data.table import Table, load
from hakseup.data.table_split import sealed, split
from hakseup.data.whole import require_same
from hakseup.files import give_back
from hakseup.progress import Progress
from hakseup.settings import DataSettings, Recipe
from hakseup.sources import tables
from hakseup.sources.found import PARTS
from hakseup.sources.tables.found import Column, Dialect


@dataclass(frozen=True)
class TableData:
    """A table without the target of its test part, its split, and its labels (the test part's sealed).

    columns: how each was read, and dialect how the file holds them, so that other files can be read alike.
    """

    table: Table
    split: Split
    labels: Labels
    columns: tuple[Column, ...]
    dialect: Dialect | None = None

    @staticmethod
    def read(source: Any, recipe: Recipe, progress: Progress) -> TableData:
        """Find, load and divide."""
        found = tables.find(source, progress=progress, ignore=recipe.data.ignore)
        table = load(found, **said_columns(recipe.data))
        divided, labels = split(table, recipe.split, recipe.training.seed)
        whole = TableData(sealed(table, labels, divided), divided, labels, found.columns, found.dialect)
        del found, table
        give_back()  # what reading left behind: 40 MB of a million rows
        return whole

    @cached_property
    def sha256(self) -> str:
        """Hash of everything but the sealed labels."""
        return table_identity.fingerprint(self.table, self.labels, self.split)

    @cached_property
    def test_id(self) -> str:
        """Hash of the test rows."""
        return table_identity.test_id(self.table, self.split)

    def require_same(self, about: Mapping[str, Any]) -> None:
        """See `whole.require_same`."""
        require_same(self.sha256, about)

    def facts(self) -> dict[str, Any]:
        """source.json."""
        t = self.table
        words = next(role.words for role in t.roles if role.role == "target")
        # What the columns hold; the targets of the test rows are not in the frame.
        shown = table_shown.columns(t.frame, t.roles, t.target)
        return {
            "kind": "table",
            "source": t.source,
            "name": t.name,
            "format": t.format,
            "known": t.known,
            "title": t.title.as_dict() if t.title else None,
            "licence": t.licence,
            "n": len(t) - len(self.split.left_out),
            "target": {"name": t.target, "words": words.as_dict()},
            "task": t.task,
            "group": t.group,
            "time": t.time,
            "classes": [{"key": c.key, **c.words.as_dict()} for c in t.classes],
            "counts": {part: len(self.split.parts()[part]) for part in PARTS},
            "columns": shown,
            "read_as": [c.as_dict() for c in self.columns],
            "official_test": False,
            "left_out": len(self.split.left_out),
            "refused_n": len(t.refused),
            "refused": [{"where": r.where, "code": r.code, **r.reason.as_dict()} for r in t.refused[:200]],
            "notes": [n.as_dict() for n in t.notes],
        }


def said_columns(settings: DataSettings) -> dict[str, Any]:
    """What `table.load` is told of the columns; where nothing is said, None."""
    return {
        "target": settings.target or None,
        "task": settings.task,
        "group": settings.group or None,
        "time": settings.time or None,
        "ignore": settings.ignore,
        "classes": settings.classes,
    }
