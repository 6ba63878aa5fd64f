"""The run folder: the only place that knows its file names.

Everything is plain: TOML, JSON, CSV, NPZ, Parquet and safetensors; nothing is pickled. Files are written
whole (see `files`). `RunFolder` reads and writes one file each and knows nothing of what they mean.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hakseup import files
from hakseup.errors import RunError, damaged, refusal
from hakseup.runs import lock
from hakseup.words import Words

FORMAT = 1
RECIPE, RUN, SOURCE, SPLIT = "recipe.toml", "run.json", "source.json", "split.npz"
PREPARATION, NETWORK, WEIGHTS, HISTORY = (
    "preparation.json",
    "network.json",
    "weights.safetensors",
    "history.csv",
)
CHECKPOINTS, MISTAKES, SCORES, STATUS = "checkpoint", "mistakes.npz", "scores.json", "status.json"
AUGMENTED = "augmented.png"
CALIBRATION, REFERENCE = "calibration.json", "reference.safetensors"
TABLE = "table.json"  # what the report on a table draws: see report.table_facts
BACKBONE = "backbone.safetensors"  # weights that were learned elsewhere, as the training found them
SUMMARY, REPORT, INITIAL = "summary.json", "report.html", "initial.safetensors"
UNFINISHED = ("training", "stopped", "interrupted", "failed")  # states that `resume` goes on from


@dataclass(frozen=True)
class RunFolder:
    """One run on disk."""

    path: Path

    @staticmethod
    def create(parent: Path, stem: str) -> RunFolder:
        """A new folder `stem-1`, `stem-2`, …; an existing one is never touched.

        Raises:
            RunError: the parent cannot be written.
        """
        try:
            files.make_folder(parent)
            taken = [p.name.rpartition("-")[2] for p in parent.glob(f"{stem}-*")]
            number = max((int(t) for t in taken if t.isdecimal()), default=0) + 1
            while True:
                path = parent / f"{stem}-{number}"
                try:
                    path.mkdir()
                    files.sync_folder(parent)
                    return RunFolder(path)
                except FileExistsError:  # another process was quicker
                    number += 1
        except OSError as error:
            raise RunError(
                "cannot-write",
                Words(
                    f"Could not make a run folder in {parent}: {refusal(error).en}.",
                    f"{parent}에 실행 폴더를 만들 수 없습니다: {refusal(error).ko}.",
                ),
                Words("--out chooses another place.", "--out으로 다른 곳을 고를 수 있습니다."),
            ) from error

    @staticmethod
    def open(path: Path | str) -> RunFolder:
        """An existing run.

        Raises:
            RunError: no run lies there, it is damaged, or a newer hakseup wrote it.
        """
        folder = RunFolder(Path(path))
        if folder.is_unbegun():
            raise RunError(
                "run-not-begun",
                Words(
                    f"{path} was stopped before its training began: nothing was learned yet.",
                    f"{path}은(는) 학습을 시작하기 전에 멈추었습니다. 아직 배운 것이 없습니다.",
                ),
                Words(
                    "Train again; this folder may be deleted.",
                    "다시 학습하세요. 이 폴더는 지워도 됩니다.",
                ),
            )
        if not folder.path.is_dir() or not folder.has(RUN):
            raise RunError(
                "no-such-run",
                Words(f"No run lies at {path}.", f"{path}에는 실행 기록이 없습니다."),
                _where_runs_lie(folder.path),
            )
        version = folder.json(RUN).get("format")
        if not isinstance(version, int) or version < 1:
            raise damaged(folder.file(RUN), Words("it has no format number", "형식 번호가 없습니다"))
        if version > FORMAT:
            raise RunError(
                "newer-run",
                Words(
                    f"{path} was made by a newer hakseup (format {version}; this one reads up to {FORMAT}).",
                    f"{path}은(는) 더 새로운 hakseup이 만든 실행입니다(형식 {version}, 여기서는 {FORMAT}까지 읽습니다).",
                ),
                Words("Install a newer hakseup.", "더 새로운 hakseup을 설치하세요."),
            )
        return folder

    def is_unbegun(self) -> bool:
        """Whether this is the folder of a run that was not wholly set up: run.json is written last."""
        return not self.has(RUN) and (self.has(lock.NAME) or self.has(RECIPE))

    def alone(self) -> AbstractContextManager[None]:
        """Inside the block no other process trains this run; see `lock.alone`."""
        return lock.alone(self.path)

    def is_held(self) -> bool:
        """Whether a process trains it now."""
        return lock.held(self.path)

    def state(self) -> str:
        """ "training", "stopped" (it was killed), "interrupted" (Ctrl-C), "failed", "diverged" or "done"."""
        if self.has(STATUS):
            state = str(self.json(STATUS).get("state"))
        else:
            state = "done" if self.has(WEIGHTS) and self.has(SCORES) else "training"
        return "stopped" if state == "training" and not self.is_held() else state

    def file(self, name: str) -> Path:
        """Path of one of the files."""
        return self.path / name

    def has(self, name: str) -> bool:
        """Whether that file is there."""
        return self.file(name).is_file()

    def changed(self, name: str) -> int:
        """When that file was last written, in nanoseconds; 0 where it is not there."""
        try:
            return self.file(name).stat().st_mtime_ns
        except OSError:
            return 0

    def json(self, name: str) -> dict[str, Any]:
        """A JSON file as a dict.

        Raises:
            RunError: missing or damaged.
        """
        try:
            value = json.loads(self.file(name).read_text("utf-8"))
        except FileNotFoundError:
            raise self._missing(name) from None
        except (OSError, ValueError) as error:
            raise damaged(self.file(name), _why(error)) from None
        if not isinstance(value, dict):
            raise damaged(self.file(name), Words("not a JSON object", "JSON 객체가 아닙니다"))
        return value

    def write_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Write a JSON file whole."""
        files.write_json(self.file(name), dict(value))

    def write_text(self, name: str, text: str) -> None:
        """Write a text file whole."""
        files.write_text(self.file(name), text)

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write a file whole."""
        files.write_bytes(self.file(name), content)

    def toml(self, name: str) -> dict[str, Any]:
        """A TOML file as a dict."""
        try:
            return tomllib.loads(self.file(name).read_text("utf-8"))
        except FileNotFoundError:
            raise self._missing(name) from None
        except (OSError, ValueError) as error:
            raise damaged(self.file(name), _why(error)) from None

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        """An NPZ file as a dict of arrays; pickled objects are refused."""
        import zipfile

        try:
            with np.load(self.file(name), allow_pickle=False) as content:
                return {key: content[key] for key in content.files}
        except FileNotFoundError:
            raise self._missing(name) from None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise damaged(self.file(name), _why(error, "NPZ")) from None

    def write_arrays(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Write an NPZ file whole."""
        files.write(
            self.file(name), lambda stream: np.savez_compressed(stream, allow_pickle=False, **dict(arrays))
        )

    def history(self) -> list[dict[str, float]]:
        """Rows of history.csv as numbers, epoch by epoch; an empty cell is NaN."""
        import csv

        try:
            with self.file(HISTORY).open(encoding="utf-8", newline="") as stream:
                return [
                    {key: float(value) if value else float("nan") for key, value in row.items()}
                    for row in csv.DictReader(stream)
                ]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise damaged(self.file(HISTORY), _why(error, "CSV")) from None

    def predictions_file(self, part: str) -> Path:
        """Path of predictions-validation.parquet or predictions-test.parquet."""
        return self.file(f"predictions-{part}.parquet")

    def _missing(self, name: str) -> RunError:
        return RunError(
            "run-incomplete",
            Words(f"{self.path} has no {name}.", f"{self.path}에 {name} 파일이 없습니다."),
            Words(
                "The training may not have finished: `hakseup resume` goes on with it.",
                "학습이 끝나지 않았을 수 있습니다. `hakseup resume`으로 이어서 할 수 있습니다.",
            ),
        )


def _why(error: Exception, kind: str = "") -> Words:
    """What is wrong with a file, for people; what libraries say of it is for programmers.

    Args:
        error: what reading it raised.
        kind: the kind of file it should be, where the error does not say more.
    """
    if isinstance(error, json.JSONDecodeError):
        return Words(
            f"from line {error.lineno} on it is no JSON", f"{error.lineno}번째 줄부터 JSON 형식이 아닙니다"
        )
    if isinstance(error, UnicodeDecodeError):
        return Words("it holds no text", "글자로 읽을 수 없는 내용입니다")
    if isinstance(error, OSError) and error.strerror:
        return refusal(error)
    if kind:
        return Words(f"it cannot be read as {kind}", f"{kind} 형식으로 읽을 수 없습니다")
    return Words(str(error), str(error))


def _where_runs_lie(path: Path) -> Words:
    """What to do when this is no run: it may be the folder around them."""
    if any(path.glob(f"*/{RUN}")):
        where = files.quoted(path)
        return Words(
            f"There are runs in it: `hakseup runs {where}` lists them.",
            f"그 안에 실행이 있습니다. `hakseup runs {where}`로 목록을 볼 수 있습니다.",
        )
    return Words("`hakseup runs` lists those that there are.", "`hakseup runs`로 목록을 볼 수 있습니다.")
