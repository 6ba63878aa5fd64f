"""The runs of the workspace: a list that is cheap to ask for again, and everything about one of them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hakseup.api import Run, runs
from hakseup.errors import HakseupError
from hakseup.models.sequential import Sequential
from hakseup.runs import folder as names
from hakseup.runs import ledger
from hakseup.runs.folder import RunFolder
from hakseup.studio import spoken
from hakseup.studio.columns import fields
from hakseup.studio.layer_list import rows_of
from hakseup.studio.workspace import Workspace

Facts = dict[str, Any]
_FILES = (names.RUN, names.STATUS, names.SCORES)


class Shelf:
    """The runs."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._rows: tuple[object, list[Facts]] = (None, [])
        self._lock = threading.Lock()

    def all(self) -> list[Facts]:
        """All runs, the newest first; read anew only where a file has changed."""
        with self._lock:
            stamp = self._stamp()
            if stamp != self._rows[0]:
                self._rows = stamp, [self._row(row) for row in runs(self.workspace.runs)]
            return self._rows[1]

    def facts(self, folder: RunFolder) -> Facts:
        """Everything about one run.

        Raises:
            RunError: it is damaged, or has not begun.
        """
        run = Run(folder.path)
        about, network = folder.json(names.RUN), folder.json(names.NETWORK)
        source = _or(lambda: folder.json(names.SOURCE), {})
        split = _or(lambda: folder.arrays(names.SPLIT), {})
        layers = (
            _or(lambda: Sequential.from_dict(network), None) if network.get("kind") == "sequential" else None
        )
        row = next((one for one in self.all() if one["run"] == folder.path.name), {"run": folder.path.name})
        return {
            **row,
            "recipe_settings": run.recipe.flat(),
            "history": folder.history(),
            "scores": run.scores,
            "network": rows_of(layers)[0] if layers is not None else None,
            "network_kind": network.get("kind"),
            "input_shape": network.get("input_shape"),
            "classes": source.get("classes", []),
            "source": about["data"]["source"],
            "chosen_by": about.get("chosen_by"),
            "notes": [spoken.both(note) for note in about.get("notes", [])],
            "parameters": about.get("parameters"),
            "seed": about.get("seed"),
            "device": about.get("device"),
            "precision": about.get("precision"),
            "opened": _or(lambda: ledger.count(about["data"]["test_id"]), 0),
            "test_n": len(split["test"]) if "test" in split else None,
            "has_augmented": folder.has(names.AUGMENTED),
            "data_here": self.workspace.may_read(str(about["data"]["source"])),
            "target": source["target"]["name"] if run.is_table and source else None,
            "task": source.get("task"),
            "columns": fields(folder) if run.is_table else [],
        }

    def _row(self, row: Facts) -> Facts:
        out = {key: value for key, value in row.items() if key not in ("path", "name")}
        folder = RunFolder(self.workspace.runs / row["name"])
        data = _or(lambda: folder.json(names.RUN)["data"], {})
        kind = "table" if data.get("kind") == "table" else "pictures"
        found = _or(lambda: folder.json(names.SCORES)["validation"]["metrics"].get("rmse"), None)
        return {
            "run": row["name"],
            **out,
            "data": self._set(data),
            "kind": kind,
            "validation_rmse": found,  # of a table whose target is a number
        }

    def _set(self, about: Facts) -> str | None:
        """The data set as the page calls it: a name in the workspace, or a known one; else that of the run."""
        source = Path(str(about.get("source", "")))
        if source.is_absolute() and source.parent == self.workspace.data:
            return source.name
        return about.get("known") or about.get("name")

    def _stamp(self) -> object:
        out = []
        with contextlib.suppress(OSError):
            for path in sorted(self.workspace.runs.iterdir()):
                folder = RunFolder(path)
                out.append((path.name, folder.is_held(), *(folder.changed(name) for name in _FILES)))
        return out


def _or(make: Callable[[], Any], otherwise: Any) -> Any:
    """What it gives; where a file of the run is missing or damaged, the other."""
    try:
        return make()
    except (HakseupError, KeyError):
        return otherwise
