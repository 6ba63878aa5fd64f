"""What a training is doing, from its run folder: everything known at first, then what is new. Any number of pages share one look."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from hakseup.errors import HakseupError
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.studio.answers import dumps
from hakseup.studio.jobs import Jobs
from hakseup.training.live import LIVE, WATCHED

EVERY = 0.2  # seconds between two looks at a run
LISTS = 1.0  # seconds between two looks at the lists of runs and jobs
RETRY, AGAIN = (
    1000,
    2000,
)  # milliseconds until a browser asks again: of a stream that broke, of one that was said once
BEAT = 10.0  # seconds without a word, after which a comment says that the line still stands
LOSSES = 8192  # of single batches that are remembered for a page that comes later
Row = dict[str, float]
Facts = dict[str, Any]
_LIVE = (
    "stage",
    "epoch",
    "epochs",
    "step",
    "steps",
    "loss",
    "accuracy",
    "per_second",
    "left",
    "best_epoch",
    "at",
)


class Watched:
    """One run, as it was when it was last looked at."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.state = "training"
        self.facts: Facts = dict.fromkeys(_LIVE)
        self.rows: dict[int, Row] = {}
        self.changed: dict[int, int] = {}  # epoch -> version in which its row came
        self.losses: deque[float] = deque(maxlen=LOSSES)
        self.next = 0  # number of the loss that comes next
        self.kernels: Facts | None = None
        self.version = 0
        self._looked = 0.0
        self._stamps: dict[str, int] = {}

    def look(self) -> None:
        """Look again, unless somebody just has; a folder that has gone is in the state "gone"."""
        now = time.monotonic()
        if now - self._looked < EVERY:
            return
        self._looked = now
        if not self.folder.path.is_dir():
            self._set(state="gone")
            return
        with contextlib.suppress(HakseupError):  # read while it is being replaced: the next look sees it
            state = self.folder.state() if self.folder.has(names.RUN) else "training"
            if state == "training":
                with contextlib.suppress(OSError):
                    self.folder.file(WATCHED).touch()
            if self._is_new(LIVE):
                self._take_live()
            if self._is_new(names.HISTORY):
                self._take_rows(self.folder.history())
            if state != "training" and self.state != state:
                self._over(state)
            self._set(state=state)

    def news(self, since: int, number: int) -> Facts:
        """What came after this version and this loss."""
        rows = [self.rows[epoch] for epoch in sorted(self.rows) if self.changed[epoch] > since]
        first = max(number, self.next - len(self.losses))
        fresh = list(self.losses)[first - self.next :] if first < self.next else []
        return {
            "run": self.folder.path.name,
            "state": self.state,
            **self.facts,
            "rows": rows,
            "batches": {"from": first, "loss": fresh} if fresh else None,
        }

    def _is_new(self, name: str) -> bool:
        try:
            stamp = self.folder.file(name).stat().st_mtime_ns
        except OSError:
            return False
        if self._stamps.get(name) == stamp:
            return False
        self._stamps[name] = stamp
        return True

    def _set(self, **facts: Any) -> None:
        if facts.get("state", self.state) != self.state:
            self.state = facts["state"]
            self.version += 1

    def _take_live(self) -> None:
        try:
            live = json.loads(self.folder.file(LIVE).read_text("utf-8"))
            facts = {key: live.get(key) for key in _LIVE}
            batches = live["batches"]
            fresh = [float(v) if v is not None else float("nan") for v in batches["loss"]]
            start, kernels, rows = int(batches["from"]), live.get("kernels"), live["rows"]
        except (OSError, ValueError, KeyError, TypeError):  # gone meanwhile
            return
        self.version += 1
        self.facts, self.kernels = facts, kernels
        self._take_rows(rows)
        known = self.next - start  # after it went on from a checkpoint, a batch comes again: it is the same
        if self.losses:  # some went by unseen: nobody watched
            self.losses.extend([float("nan")] * min(-known, LOSSES))
        self.losses.extend(fresh[max(0, known) :])
        self.next = max(self.next, start + len(fresh))

    def _take_rows(self, rows: Sequence[Row]) -> None:
        self.version += 1
        for row in rows:
            epoch = int(row["epoch"])
            if self.rows.get(epoch) != row:
                self.rows[epoch], self.changed[epoch] = row, self.version

    def _over(self, state: str) -> None:
        """Nothing is left to do; which epoch was chosen stands in run.json."""
        chosen = self.folder.json(names.RUN).get("best_epoch")
        self.facts = {**self.facts, "left": None, "best_epoch": chosen or self.facts["best_epoch"]}
        if self.rows:
            last = max(self.rows)
            # Of one that was stopped unwatched it is not known here how many epochs it was to have.
            self.facts |= {
                "epoch": last,
                "epochs": self.facts["epochs"] or (last if state == "done" else None),
            }
        self.version += 1


class Follower:
    """All runs that a page looks at, the two lists, and whether the data have changed."""

    def __init__(
        self, jobs: Jobs, list_runs: Callable[[], list[Facts]], sets_version: Callable[[], str]
    ) -> None:
        self.jobs, self.list_runs, self.sets_version = jobs, list_runs, sets_version
        self.streams = 0
        self._watched: dict[str, Watched] = {}
        self._looked = -LISTS
        self._lists: dict[str, Facts] = {}
        self._listing = asyncio.Lock()

    def watched(self, folder: RunFolder) -> Watched:
        """The run, shared by all who look at it."""
        name = folder.path.name
        if name not in self._watched or self._watched[name].state == "gone":
            self._watched[name] = Watched(folder)
            for old in list(self._watched)[:-32]:
                del self._watched[old]
        return self._watched[name]

    async def events(self, folders: Sequence[RunFolder], *, once: bool = False) -> AsyncIterator[bytes]:
        """Server-sent events until the page goes away; with `once` everything as it is now, to be asked for again."""
        seen: dict[str, bytes] = {}
        places: dict[str, tuple[int, int, Facts | None]] = {}
        spoken = time.monotonic()
        self.streams += 1
        try:
            yield b"retry: %d\n\n" % (AGAIN if once else RETRY)
            while True:
                out = [*await self._list_events(seen)]
                for folder in folders:
                    if event := self._run_event(self.watched(folder), places):
                        out.append(event)
                now = time.monotonic()
                if out:
                    spoken = now
                    yield b"".join(out)
                elif now - spoken > BEAT:
                    spoken = now
                    yield b": still here\n\n"
                if once:
                    return
                await asyncio.sleep(EVERY)
        finally:
            self.streams -= 1

    async def _list_events(self, seen: dict[str, bytes]) -> list[bytes]:
        async with self._listing:
            if time.monotonic() - self._looked >= LISTS:
                self._lists = await asyncio.to_thread(self._look)
                self._looked = time.monotonic()
        out = []
        for name, facts in self._lists.items():
            body = dumps(facts)
            if seen.get(name) != body:
                seen[name] = body
                out.append(_event(name, body))
        return out

    def _look(self) -> dict[str, Facts]:
        runs = self.list_runs()  # before the jobs: what has just ended is in one of the two
        jobs, version = self.jobs.all(), self.sets_version()
        # Of the data only that they changed: what a page did itself it knows better than a list of a second ago.
        return {"jobs": {"jobs": jobs}, "runs": {"runs": runs}, "sets": {"version": version}}

    def _run_event(self, one: Watched, places: dict[str, tuple[int, int, Facts | None]]) -> bytes | None:
        name = one.folder.path.name
        one.look()
        whole = name not in places
        version, number, kernels = places.get(name, (-1, 0, None))
        if one.version == version:
            return None
        places[name] = one.version, one.next, one.kernels
        if one.state == "gone":
            return _event("gone", dumps({"run": name}))
        facts = {**one.news(version, number), "whole": whole}
        if one.kernels != kernels:
            facts["kernels"] = one.kernels
        return _event("live", dumps(facts))


def _event(name: str, body: bytes) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + body + b"\n\n"
