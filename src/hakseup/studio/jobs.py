"""Work that takes longer than a request: the command line itself, in a process of its own that outlives the page and the server."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from hakseup import files
from hakseup.runs import lock
from hakseup.runs.folder import RunFolder
from hakseup.studio import spoken
from hakseup.studio.workspace import Conflict, NotThere, Workspace
from hakseup.words import Words, language

MOST = 4  # jobs at work at the same time: more only take the cores from one another
KEPT = 50  # finished ones that are remembered
PATIENCE = 8.0  # seconds between two requests to stop: a checkpoint is written meanwhile
SAID = 12  # last lines of what it says
ROOM = 1 << 14  # bytes kept free for the answer: that the disk is full has to fit on the full disk
_TAIL = 8192  # bytes read of what it says


@dataclass
class Job:
    """One process, and what it said."""

    job: str
    what: str
    data: str | None
    recipe: str | None
    runs: Path
    place: Path  # `.out` and `.err` are what it says
    process: subprocess.Popen[bytes]
    run: str | None = None
    started: float = field(default_factory=time.time)
    _done: dict[str, Any] | None = None
    _seen: tuple[int, list[str]] = (-1, [])

    def as_dict(self) -> dict[str, Any]:
        """As the interface shows it."""
        code = self.process.poll()
        if code is not None and self._done is None:
            self._done = self._ended(code)
        if self.run is None and code is None:
            self.run = self._find_run()
        ended = self._done or {"state": "working", "error": None, "result": None}
        facts = {name: getattr(self, name) for name in ("job", "what", "data", "recipe", "run", "started")}
        return {**facts, "said": self._said(), **ended}

    @property
    def working(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def stop(self) -> None:
        """Ask it to stop, as Ctrl-C does: what was reached is kept.

        A program that is still being loaded can lose the signal, so whoever does not hear is asked again.
        """
        if self.working:
            interrupt(self.process.pid)
            again = threading.Timer(PATIENCE, self.stop)
            again.daemon = True
            again.start()

    def _ended(self, code: int) -> dict[str, Any]:
        """State, error and result of a process that is over."""
        answer: dict[str, Any] = {}
        lines = _tail(self.place.with_suffix(".out"), 1 << 22).replace("\0", "").strip().splitlines()
        with contextlib.suppress(ValueError, IndexError):
            found = json.loads(lines[-1])
            answer = found if isinstance(found, dict) else {}
        if code == 0 and answer:
            if isinstance(answer.get("run"), str):
                self.run = Path(answer["run"]).name
            return {"state": "done", "error": None, "result": answer}
        if code in (130, -signal.SIGINT):  # the second: while it was still being loaded
            return {"state": "stopped", "error": answer.get("error"), "result": None}
        said = spoken.error(answer.get("error") or {}, language())
        if not said:
            killed = Words(
                f"The process ended without an answer (status {code}): it was killed, or the memory was not enough.",
                f"프로세스가 답 없이 끝났습니다(상태 {code}). 강제로 끝났거나 메모리가 모자랐을 수 있습니다.",
            )
            hint = Words(
                "A training that had begun can be gone on with.", "시작된 학습이라면 이어서 할 수 있습니다."
            )
            said = {"code": "killed", "message": str(killed), "hint": str(hint)}
            said |= {
                one: {"message": getattr(killed, one), "hint": getattr(hint, one)} for one in ("en", "ko")
            }
        return {"state": "failed", "error": said, "result": None}

    def _find_run(self) -> str | None:
        """The run that this process holds; its number stands in the lock."""
        with contextlib.suppress(OSError):
            for folder in self.runs.iterdir():
                if trainer(RunFolder(folder)) == self.process.pid:
                    return folder.name
        return None

    def _said(self) -> list[str]:
        path = self.place.with_suffix(".err")
        try:
            size = path.stat().st_size
        except OSError:
            return []
        if size != self._seen[0]:
            lines = [line.strip() for line in _tail(path, _TAIL).splitlines()]
            self._seen = size, [line for line in lines if line][-SAID:]
        return self._seen[1]


class Jobs:
    """All jobs that this server has started."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._jobs: dict[str, Job] = {}
        self._starting = threading.Lock()
        self._tidy()

    def start(
        self,
        what: str,
        words: Sequence[str],
        *,
        data: str | None = None,
        recipe: str | None = None,
        run: str | None = None,
    ) -> Job:
        """Start `hakseup` with these words.

        Args:
            what: what the interface calls it. words: behind `hakseup`, without --json and --lang.
            data, recipe, run: what is known of it.

        Raises:
            Conflict: this run is at work already, or too much else is. RunError: the disk is full.
        """
        with self._starting:
            at_work = [job for job in self._jobs.values() if job.working]
            if run is not None and self.at_work_on(run):
                raise Conflict(
                    "run-in-use",
                    Words(
                        f"Something is being done with '{run}' already.", f"'{run}'은(는) 이미 작업 중입니다."
                    ),
                )
            if len(at_work) >= MOST:
                raise Conflict(
                    "too-many-jobs",
                    Words(f"{MOST} jobs are at work already.", f"이미 작업 {MOST}개가 진행 중입니다."),
                    Words("Wait for one, or stop one.", "하나가 끝나기를 기다리거나 멈추세요."),
                )
            name = secrets.token_hex(6)
            place = self.workspace.own / "jobs" / name
            with files.written(place):
                files.make_folder(place.parent)
                with place.with_suffix(".out").open("wb") as out, place.with_suffix(".err").open("wb") as err:
                    out.write(bytes(ROOM))
                    out.seek(0)  # the answer is written over it
                    process = _spawn([*words, "--json", "--lang", language()], out, err)
            job = Job(name, what, data, recipe, self.workspace.runs, place, process, run)
            self._jobs[name] = job
            self._forget()
            return job

    def at_work_on(self, run: str) -> Job | None:
        """The job of this server that works on a run, from its start on."""
        return next((job for job in self._jobs.values() if job.run == run and job.working), None)

    def get(self, name: str) -> Job:
        """A job by name.

        Raises:
            NotThere: this server has started none of this name.
        """
        if name in self._jobs:
            return self._jobs[name]
        raise NotThere("no-such-job", Words("There is no such job.", "그런 작업이 없습니다."))

    def all(self) -> list[dict[str, Any]]:
        """All of them, the newest first."""
        return [job.as_dict() for job in reversed(list(self._jobs.values()))]

    def _forget(self) -> None:
        over = [job for job in self._jobs.values() if not job.working]
        for job in over[: max(0, len(over) - KEPT)]:
            del self._jobs[job.job]
            _remove(job.place)

    def _tidy(self) -> None:
        """What jobs of earlier servers said: nobody asks for it any more. The newest stay, they may be at work still."""
        with contextlib.suppress(OSError):
            said = sorted((self.workspace.own / "jobs").glob("*.err"), key=lambda path: path.stat().st_mtime)
            for path in said[:-KEPT]:
                _remove(path)


def _remove(place: Path) -> None:
    for ending in (".out", ".err"):
        with contextlib.suppress(OSError):
            place.with_suffix(ending).unlink()


def trainer(folder: RunFolder) -> int | None:
    """The number of the process that trains this run now."""
    try:
        number = int(folder.file(lock.NAME).read_text("ascii"))
    except (OSError, ValueError):
        return None
    return number if number > 1 and folder.is_held() else None


def interrupt(process: int) -> None:
    """What Ctrl-C does, to another process. Windows knows no such thing there: it is ended, its checkpoints stay."""
    with contextlib.suppress(OSError):
        os.kill(process, signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)


def _spawn(words: Sequence[str], out: IO[bytes], err: IO[bytes]) -> subprocess.Popen[bytes]:
    """`hakseup` with these words. -P: the folder that one stands in is no place for Python modules."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "hakseup", *words],
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        env=environment,
        start_new_session=True,  # Ctrl-C in the terminal of the studio is not meant for the trainings
    )


def _tail(path: Path, most: int) -> str:
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - most))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
