"""`Run`: a run folder, and what can be done with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hakseup import files, recipes
from hakseup.data.table_whole import TableData
from hakseup.data.whole import Data
from hakseup.errors import RunError
from hakseup.progress import Progress, Silence
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.settings import Recipe
from hakseup.words import Words

if TYPE_CHECKING:
    import torch

    from hakseup.models.sequential import Sequential


class Run:
    """A run folder, and what can be done with it."""

    def __init__(
        self,
        path: Path | str,
        *,
        data: Data | TableData | None = None,
        network: torch.nn.Module | None = None,
    ) -> None:
        self.folder = RunFolder.open(path)
        self._data, self._network = data, network

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.folder.path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.path.resolve().name

    @property
    def recipe(self) -> Recipe:
        """The resolved recipe."""
        return recipes.load(self.folder.file(names.RECIPE))

    @property
    def is_table(self) -> bool:
        """Whether it learned from the rows of a table."""
        return bool(self.folder.json(names.RUN)["data"].get("kind") == "table")

    @property
    def history(self) -> list[dict[str, float]]:
        """One row per epoch."""
        return self.folder.history()

    @property
    def scores(self) -> dict[str, Any]:
        """scores.json: by part, each with n and intervals; "test" is there after `evaluate`."""
        return self.folder.json(names.SCORES) if self.folder.has(names.SCORES) else {}

    @property
    def network(self) -> Sequential | None:
        """The layers; `.summary()` is Keras' table. None for a module of one's own, and for that of recipe `table`."""
        from hakseup.models.sequential import Sequential

        facts = self.folder.json(names.NETWORK)
        without = ("module", "tabular-ensemble")
        return None if facts.get("kind") in without else Sequential.from_dict(facts)

    @property
    def summary(self) -> dict[str, Any]:
        """What `train --json` prints."""
        run = self.folder.json(names.RUN)
        wanted = [
            "recipe",
            "seed",
            "device",
            "precision",
            "epochs",
            "best_epoch",
            "train_seconds",
            "total_seconds",
            "rows_per_second" if self.is_table else "images_per_second",
            "peak_memory_mb",
            "parameters",
        ]
        validation, source = self.scores.get("validation", {}), self.folder.json(names.SOURCE)
        columns = [
            {key: one.get(key) for key in ("name", "role", "reason")} for one in source.get("columns", ())
        ]
        return {
            "run": str(self.path),
            "data": run["data"]["source"],
            **{key: run.get(key) for key in wanted},
            "validation": validation.get("metrics", {}),
            "validation_n": validation.get("n"),
            "validation_interval": validation.get("interval", {}),
            "refused": source.get("refused_n", 0),
            **({"columns": columns} if self.is_table else {}),
            "report": str(self.folder.file(names.REPORT)),
        }

    def evaluate(self, *, progress: Progress = Silence()) -> dict[str, Any]:
        """Open the sealed test part; see `evaluate`."""
        from hakseup.api.results import evaluate

        return evaluate(self, progress=progress)

    def predict(
        self, *inputs: Any, out: Path | str | None = None, false_alarms: float | None = None
    ) -> dict[str, Any]:
        """Predict pictures, or rows of a table; see `predict`."""
        from hakseup.api.results import predict

        return predict(self, inputs, out=out, false_alarms=false_alarms)

    def report(self) -> Path:
        """Write report.html anew; its path."""
        from hakseup.api.results import report

        return report(self)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    def _repr_html_(self) -> str:
        from hakseup.report.card import card

        return card(self.folder)

    def read_data(self, progress: Progress) -> Data:
        """The data of the run, unchanged.

        Raises:
            RunError: they are gone or have changed.
        """
        about = self._about()
        if not isinstance(self._data, Data):
            self._data = Data.read(about["source"], self.recipe, progress)
        self._data.require_same(about)
        return self._data

    def read_table(self, progress: Progress) -> TableData:
        """The table of the run, unchanged; raises as `read_data`."""
        about = self._about()
        if not isinstance(self._data, TableData):
            self._data = TableData.read(about["source"], self.recipe, progress)
        self._data.require_same(about)
        return self._data

    def _about(self) -> dict[str, Any]:
        about: dict[str, Any] = self.folder.json(names.RUN)["data"]
        if self._data is None and about["source"] in ("arrays", "frame"):
            raise RunError(
                "data-gone",
                Words(
                    "This run was trained on arrays or a frame from Python, which are no longer here.",
                    "이 실행은 파이썬 배열이나 표로 학습했고 그 데이터는 이제 없습니다.",
                ),
                Words(
                    "Pass them again: hakseup.open_run(path, data=(x, y)).",
                    "다시 넘겨 주세요: hakseup.open_run(path, data=(x, y)).",
                ),
            )
        return about

    def module(self, unfinished: Progress | None = None) -> tuple[torch.nn.Module, str]:
        """The network with the chosen weights, and its final activation.

        Args:
            unfinished: where given, a run that is not finished serves too, with the best weights so far (where the
                recipe keeps the best, else the last); it hears of which epoch they are.

        Raises:
            RunError: there are no weights, they are damaged, or the run is not finished.
        """
        from hakseup.models import assemble, inference
        from hakseup.models.tabular import network
        from hakseup.training import checkpoints

        facts = self.folder.json(names.NETWORK)
        module, final = network.rebuild(facts) if self.is_table else assemble.rebuild(facts, self._network)
        if self.folder.state() not in names.UNFINISHED:
            self.load(module, names.WEIGHTS)
        else:
            place = self.folder.file(names.CHECKPOINTS) / "choose"
            reached = checkpoints.reached(place, best=self.recipe.stopping.restore_best)
            if unfinished is None or reached is None:
                raise self._not_finished(reached is not None)
            module.load_state_dict(reached[0])
            again = files.quoted(self.path)
            unfinished.note(
                Words(
                    f"This run is not finished: these are its weights of epoch {reached[1]}, not the chosen ones. "
                    f"`hakseup resume {again}` finishes it.",
                    f"아직 끝나지 않은 실행입니다. 최종 가중치가 아니라 {reached[1]}번째 에포크의 가중치를 씁니다. "
                    f"`hakseup resume {again}`로 끝낼 수 있습니다.",
                )
            )
        return inference.channels_last(module).eval(), final

    def load(self, module: torch.nn.Module, name: str) -> None:
        """Put the weights of that file of the run into the module.

        Raises:
            RunError: the file is missing or damaged.
        """
        from hakseup.models import restore

        path = self.folder.file(name)
        if not path.is_file():
            raise self._not_finished(False)
        restore.weights(module, path)

    def _not_finished(self, begun: bool) -> RunError:
        message = Words(f"{self.path} has no weights yet.", f"{self.path}에 아직 가중치가 없습니다.")
        if begun:
            message = Words(
                f"{self.path} is not finished: its weights are not chosen yet. The sealed test part is opened for "
                "the chosen ones only.",
                f"{self.path}은(는) 아직 끝나지 않아 가중치가 정해지지 않았습니다. 봉인된 테스트 부분은 정해진 가중치로만 엽니다.",
            )
        again = files.quoted(self.path)
        hint = Words(f"`hakseup resume {again}` goes on.", f"`hakseup resume {again}`로 이어서 학습하세요.")
        return RunError("run-incomplete", message, hint)


def as_run(run: Run | RunFolder | Path | str) -> Run:
    """The run that is meant, whatever it was given as."""
    if isinstance(run, Run):
        return run
    return Run(run.path if isinstance(run, RunFolder) else run)


def open_run(path: Path | str, *, data: Any = None, network: torch.nn.Module | None = None) -> Run:
    """An existing run.

    Args:
        path: its folder.
        data: only for a run that was trained on arrays or a frame: these.
        network: only for a run whose network was a module of one's own: a module of the same kind.
    """
    run = Run(path, network=network)
    if data is not None:
        kind = TableData if run.is_table else Data
        run._data = kind.read(data, run.recipe, Silence())
    return run
