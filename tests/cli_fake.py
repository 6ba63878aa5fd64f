"""A stand-in for `hakseup.api`, so that the command line is tested without training anything.

Its functions have the signatures of the real ones (a test holds them against each other) and note how they were
called. What they give has the shape that the real ones give.
"""

from __future__ import annotations

import os
import subprocess
import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import hakseup
from hakseup.cli import main
from hakseup.progress import Progress, Silence
from hakseup.settings import Recipe
from hakseup.words import Words

METRICS = {"accuracy": 0.98, "loss": 0.0713, "f1": 0.9795, "log_loss": 0.0713}
INTERVAL = {"accuracy": [0.9652, 0.9886]}
VERSUS = {"name": "linear", "better": True, "en": "The model is better.", "ko": "모델이 더 낫습니다."}


class Folder:
    """The questions that the command line asks a run folder."""

    def has(self, name: str) -> bool:
        """Whether the run has this file."""
        return name == "calibration.json"

    validation: ClassVar[dict[str, int]] = {"0": 500, "1": 500}

    def json(self, name: str) -> dict[str, Any]:
        if name == "source.json":
            return {"counts": {"validation": self.validation}}
        assert name == "run.json"
        chosen = {"en": "the best val_loss of 4 epochs", "ko": "4에포크 가운데 val_loss가 가장 좋은 에포크"}
        return {"chosen_by": chosen, "notes": [{"en": "A note.", "ko": "알림입니다."}]}


class Run:
    is_table = False

    def __init__(self, path: str) -> None:
        self.path, self.folder = Path(path), Folder()

    @property
    def summary(self) -> dict[str, Any]:
        return {
            "run": str(self.path),
            "data": "digits",
            "recipe": "fast",
            "seed": 0,
            "device": "cpu",
            "precision": "fp32",
            "epochs": 4,
            "best_epoch": 3,
            "train_seconds": 3.21,
            "total_seconds": 4.5,
            "images_per_second": 2250.0,
            "peak_memory_mb": 512.0,
            "parameters": 25_450,
            "validation": dict(METRICS),
            "validation_n": 1000,
            "validation_interval": dict(INTERVAL),
            "refused": 2,
            "report": str(self.path / "report.html"),
        }


class FakeApi(types.ModuleType):
    """`calls` holds (name, arguments) of every call. `fails` is raised by the next one, where it is set."""

    def __init__(self) -> None:
        super().__init__("hakseup.api")
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.fails: BaseException | None = None
        self.during: Callable[[Progress], None] = lambda progress: None
        self.opened = 1
        self.n_predictions = 3
        self.unknown = False  # whether `predict` does not know the last two pictures

    def _note(self, name: str, given: dict[str, Any]) -> None:
        self.calls.append((name, {key: value for key, value in given.items() if key != "self"}))
        if self.fails is not None:
            raise self.fails
        if "progress" in given:
            self.during(given["progress"])

    def train(
        self,
        data: Any = None,
        *,
        recipe: str | Path | Recipe | None = None,
        settings: Any = types.MappingProxyType({}),
        network: Any = None,
        out: Path | str | None = None,
        progress: Progress = Silence(),
        command: Sequence[str] | None = None,
    ) -> Run:
        self._note("train", locals())
        return Run("runs/digits-fast-1")

    def resume(self, run: Any, *, epochs: int | None = None, progress: Progress = Silence()) -> Run:
        self._note("resume", locals())
        return Run(str(run))

    def evaluate(self, run: Any, *, progress: Progress = Silence()) -> dict[str, Any]:
        self._note("evaluate", locals())
        return {
            "run": str(run),
            "n": 1000,
            "test": dict(METRICS),
            "interval": dict(INTERVAL),
            "baselines": {
                "majority": {"accuracy": 0.1, "loss": float("nan"), "f1": 0.02},
                "linear": {"accuracy": 0.95, "loss": 0.2, "f1": 0.95},
            },
            "baseline_intervals": {
                "majority": {"accuracy": [0.08, 0.12]},
                "linear": {"accuracy": [0.935, 0.962]},
            },
            "baseline_titles": {
                "majority": {"en": "always the most common class", "ko": "가장 흔한 클래스만"},
                "linear": {"en": "a linear model", "ko": "선형 모델"},
            },
            "versus_baseline": dict(VERSUS),
            "opened": self.opened,
            "opened_at": "2026-01-01T00:00:00+09:00",
            "by_class": {},
            "report": f"{run}/report.html",
        }

    def predict(
        self,
        run: Any,
        inputs: Sequence[Any],
        *,
        out: Path | str | None = None,
        false_alarms: float | None = None,
        progress: Progress = Silence(),
    ) -> dict[str, Any]:
        self._note("predict", locals())
        rows = [
            {
                "input": f"pictures/{number}.png",
                "label": "세모",
                "probability": np.float32(0.75),
                "probabilities": {"세모": np.float32(0.75), "네모": np.float32(0.25)},
            }
            for number in range(self.n_predictions)
        ]
        if self.unknown:
            for row, code in zip(rows[-2:], ("empty", "unlike"), strict=True):
                row |= {"known": False, "answer": None, "reason": {"code": code, "en": "so", "ko": "그래서"}}
        told: dict[str, Any] = (
            {"counts": {"세모": len(rows) - 2, "네모": 0}, "unknown": 2} if self.unknown else {}
        )
        told["notes"] = [{"en": "A rate.", "ko": "비율."}] if self.unknown else []
        refused = [{"input": "broken.png", "reason": {"en": "it is cut off", "ko": "잘렸습니다"}}]
        found = {"out": str(out)} if out else {"predictions": rows}
        return {"run": str(run), "n": self.n_predictions, **found, "refused": refused, **told}

    def report(self, run: Any, *, language: str | None = None) -> Path:
        self._note("report", locals())
        return Path(str(run)) / "report.html"

    def runs(self, folder: Path | str | None = None) -> list[dict[str, Any]]:
        self._note("runs", locals())
        row = {
            "path": "runs/digits-fast-1",
            "name": "digits-fast-1",
            "created": "2026-01-01T00:00:00+09:00",
            "data": "digits",
            "recipe": "fast",
            "state": "done",
            "best_epoch": 3,
            "train_seconds": 3.21,
            "validation_accuracy": 0.98,
            "test_accuracy": None,
            "validation_n": 1000,
            "test_n": None,
        }
        broken = {"path": "runs/[b]", "name": "[b]", "created": None, "state": "damaged", "error": "cut off"}
        return [row, broken]

    def crossval(
        self,
        data: Any,
        *,
        recipe: Any = None,
        settings: Any = types.MappingProxyType({}),
        k: int = 5,
        repeats: int = 1,
        all_rows: bool = False,
        progress: Progress = Silence(),
    ) -> dict[str, Any]:
        self._note("crossval", locals())
        fold = {"accuracy": 0.75, "auc": 0.8, "loss": 0.5, "f1": 0.7}
        return {
            "data": data,
            "recipe": "table",
            "target": "outcome",
            "folds": [fold] * k * repeats,
            "mean": fold,
            "std": dict.fromkeys(fold, 0.01),
            "interval": {name: [value - 0.02, value + 0.02] for name, value in fold.items()},
            "n": 614,
            "k": k,
            "repeats": repeats,
            "baselines": {"majority": fold},
            "baseline_titles": {"majority": {"en": "always the same", "ko": "늘 같은 답"}},
            "versus_baseline": {"en": "No difference is shown.", "ko": "차이가 보이지 않습니다."},
            "total_seconds": 1.5,
            **({"opened": 2} if all_rows else {}),
        }

    def compare(self, chosen: Sequence[Any]) -> dict[str, Any]:
        self._note("compare", locals())
        sides = [
            {
                "run": str(one),
                "name": str(one),
                "recipe": "fast",
                "train_seconds": 1.0,
                "validation": dict(METRICS),
                "validation_interval": dict(INTERVAL),
                "validation_n": 1000,
                "test": None,
                "test_interval": None,
                "test_n": None,
                "history": [],
            }
            for one in chosen
        ]
        return {"runs": sides, "pairs": [{"en": "No difference.", "ko": "차이가 없습니다."}], "notes": []}

    def look(
        self, data: Any, *, settings: Any = types.MappingProxyType({}), progress: Progress = Silence()
    ) -> dict[str, Any]:
        self._note("look", locals())
        return {"n": 3, "arrays": {"mean": np.zeros((2, 2))}}

    def pixels(
        self, data: Any, number: int, *, settings: Any = types.MappingProxyType({})
    ) -> tuple[np.ndarray, str]:
        self._note("pixels", locals())
        return np.array([[[0], [255]], [[7], [80]]], np.uint8), "train/1.png · 세모"

    def augmented(
        self,
        data: Any,
        *,
        recipe: str | Path | None = None,
        settings: Any = types.MappingProxyType({}),
        progress: Progress = Silence(),
    ) -> tuple[bytes, dict[str, Any]]:
        self._note("augmented", locals())
        return b"picture", {"kind": "drawings"}

    def tutorial(
        self, name: str, *, out: Path | str | None = None, progress: Progress = Silence()
    ) -> dict[str, Any]:
        self._note("tutorial", locals())
        return {
            "tutorial": name,
            "title": {"en": "MNIST with one hidden layer", "ko": "은닉층 하나로 하는 MNIST"},
            "document": {"accuracy": 0.9827},
            "ours": {"accuracy": 0.981, "loss": 0.07, "val_accuracy": 0.98},
            "differs": [Words("Validation is cut from training.", "검증은 학습에서 뗍니다.").as_dict()],
            "train_seconds": 12.0,
            **self.evaluate("runs/mnist-mlp-1", progress=progress),
        }

    def demo(self, *, out: Path | str | None = None, progress: Progress = Silence()) -> dict[str, Any]:
        self._note("demo", locals())
        return {**Run("runs/digits-fast-1").summary, **self.evaluate("runs/digits-fast-1")}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeApi:
    """The stand-in in place of `hakseup.api`, in an empty working folder."""
    fake = FakeApi()
    monkeypatch.setitem(sys.modules, "hakseup.api", fake)
    monkeypatch.setattr(hakseup, "api", fake, raising=False)
    monkeypatch.chdir(tmp_path)
    return fake


Answer = tuple[int, str, str]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run the command line in this process: exit status, standard output, standard error."""

    def run(*words: str) -> Answer:
        status = main(list(words))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def process(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "hakseup", *words],
        capture_output=True,
        env={**os.environ, **environment},
        cwd=os.environ["HAKSEUP_HOME"],
        timeout=120,
        check=False,
    )
