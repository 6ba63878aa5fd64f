"""What stands after the last step of a training: what came out, the state, the report."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from hakseup import files
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder


def ended(folder: RunFolder, facts: Mapping[str, Any], started: float) -> None:
    """Complete run.json, say that the run is done, and write its report.

    Args:
        folder: the run's, with its weights and scores. facts: of the training, for run.json.
        started: when this session began, as `time.perf_counter` says it.

    Raises:
        RunError: something cannot be written.
    """
    from hakseup.report import page
    from hakseup.training import recorder

    earlier = facts["earlier_seconds"]  # before the run was stopped and resumed
    total = round(time.perf_counter() - started + earlier, 3)
    folder.write_json(names.RUN, {**folder.json(names.RUN), **facts, "total_seconds": total})
    with files.written(folder.path):
        folder.file(names.REPORT).unlink(missing_ok=True)  # of an earlier stage: never beside later weights
    recorder.status(folder, "done", facts["epochs"])
    page.write(folder, None)
