"""Everything a request may need, made once."""

from __future__ import annotations

from dataclasses import dataclass

from hakseup.studio.follow import Follower
from hakseup.studio.guard import Door
from hakseup.studio.jobs import Jobs
from hakseup.studio.models import Models
from hakseup.studio.renaming import Renaming
from hakseup.studio.sets import Sets
from hakseup.studio.shelf import Shelf
from hakseup.studio.workspace import Workspace


@dataclass(frozen=True)
class Studio:
    """The workspace and what works on it."""

    workspace: Workspace
    door: Door
    sets: Sets
    renaming: Renaming
    jobs: Jobs
    shelf: Shelf
    models: Models
    follower: Follower

    @staticmethod
    def of(workspace: Workspace, door: Door) -> Studio:
        """That of a workspace."""
        sets, jobs, shelf = Sets(workspace), Jobs(workspace), Shelf(workspace)
        follower = Follower(jobs, shelf.all, sets.version)
        renaming = Renaming(workspace, jobs)
        return Studio(workspace, door, sets, renaming, jobs, shelf, Models(workspace), follower)
