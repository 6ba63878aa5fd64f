"""What is done with runs: evaluate, predict, report, list, compare."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hakseup import files
from hakseup.api import tables
from hakseup.api.run import Run, as_run
from hakseup.data.preparation import Preparation
from hakseup.errors import CallError, HakseupError
from hakseup.progress import Progress, Silence
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.words import Language, Words


def evaluate(run: Run | Path | str, *, progress: Progress = Silence()) -> dict[str, Any]:
    """Open the sealed test part and measure: each score with n, a 95 % interval, and baselines on the same rows.

    Every call counts as an opening of this test part, over all runs.
    """
    from hakseup.evaluation.evaluate import evaluate as measure
    from hakseup.evaluation.judge import Judge

    run = as_run(run)
    if run.is_table:
        result = tables.evaluate(run, progress)
        return {**result, "report": str(report(run))}
    judge = Judge.of(run.folder, run.recipe.prediction.false_alarms)
    module, final = run.module()
    preparation = Preparation.from_dict(run.folder.json(names.PREPARATION))
    from hakseup.report.facts import collect

    collect(run.folder)  # a damaged folder is found out before the seal is broken, not after
    whole = run.read_data(progress)
    result = measure(
        run.folder,
        whole.pictures,
        whole.split,
        whole.labels,
        module,
        preparation,
        final=final,
        progress=progress,
        judge=judge,
    )
    return {**result, "report": str(report(run))}


def predict(
    run: Run | Path | str,
    inputs: Sequence[Any],
    *,
    out: Path | str | None = None,
    false_alarms: float | None = None,
    progress: Progress = Silence(),
) -> dict[str, Any]:
    """Class and probabilities of pictures, calibrated; `known` is false for a picture unlike all training pictures.

    A drawing that lies well outside of the manner of the training pictures (dark on light where those are light on dark,
    small, in a corner, in a thin or pale pen, on uneven paper) is brought to it first, and `did` says so.

    Args:
        run: the run, or its folder.
        inputs: files, folders (all pictures below, in natural order), PIL images or uint8 arrays.
        out: CSV or Parquet file; the predictions are then left out of the result.
        false_alarms: largest share of pictures like the training pictures that is said not to be known, 0 to 0.5;
            None: what the run's recipe says (`prediction.false_alarms`).
        progress: hears how it goes.

    Raises:
        CallError: a share that is not possible, or a path that is not there.
    """
    from hakseup.evaluation import drawn
    from hakseup.evaluation.inputs import predict_inputs
    from hakseup.evaluation.judge import Judge
    from hakseup.settings import check

    run = as_run(run)
    if run.is_table:
        return tables.predict(run, inputs, out=Path(out) if out else None, progress=progress)
    if false_alarms is None:
        asked = run.recipe.prediction.false_alarms
    else:
        asked = check("prediction.false_alarms", false_alarms)
    judge = Judge.of(run.folder, asked)
    module, final = run.module(unfinished=progress)
    preparation = Preparation.from_dict(run.folder.json(names.PREPARATION))
    result = predict_inputs(
        module,
        preparation,
        inputs,
        final=final,
        out=Path(out) if out else None,
        progress=progress,
        judge=judge,
        manner=drawn.of_run(run.folder),
    )
    return {"run": str(run.path), **result}


def report(run: Run | Path | str, *, language: Language | None = None) -> Path:
    """Write the run's report.html anew from what lies in its folder; its path."""
    from hakseup.report import page

    return page.write(as_run(run).folder, language)


def draw(run: Run | Path | str, path: Path | str) -> Path:
    """The picture of the run's network, layers with their shapes, as .svg or .png; its path.

    Raises:
        CallError: another kind of file, or a network without layers (a module of one's own).
    """
    from hakseup.models import drawing

    path, network = Path(path), as_run(run).network
    if path.suffix.lower() not in (".svg", ".png"):
        raise CallError(
            "bad-output",
            Words(
                f"{path}: expected a .svg or .png file.",
                f"{path}: .svg나 .png 파일이어야 합니다.",
            ),
        )
    if network is None:
        raise CallError(
            "no-layers",
            Words(
                "This run's network is no list of layers that could be drawn.",
                "이 실행의 신경망은 층을 늘어놓은 것이 아니어서 그릴 수 없습니다.",
            ),
        )
    if path.suffix.lower() == ".svg":
        files.write_text(path, drawing.svg(network))
    else:
        files.write_bytes(path, drawing.png(network))
    return path


def runs(folder: Path | str | None = None) -> list[dict[str, Any]]:
    """All runs in a folder, the newest first; one that is damaged or was stopped before it began is listed as such."""
    home = files.runs_home(folder)
    there = [RunFolder(path) for path in (home.iterdir() if home.is_dir() else [])]
    found = [one.path for one in there if one.has(names.RUN) or one.is_unbegun()]
    return sorted((_row(path) for path in found), key=lambda row: row["created"] or "", reverse=True)


def compare(chosen: Sequence[Run | Path | str]) -> dict[str, Any]:
    """Scores side by side, and whether the difference is more than chance on the same pictures."""
    from hakseup.evaluation.compare import compare as weigh

    return weigh([as_run(run).folder for run in chosen])


def _row(path: Path) -> dict[str, Any]:
    row: dict[str, Any] = {"path": str(path), "name": path.name, "created": None, "state": "damaged"}
    if RunFolder(path).is_unbegun():
        return {**row, "state": "training" if RunFolder(path).is_held() else "not begun"}
    try:
        run = Run(path)
        about = run.folder.json(names.RUN)
        scores = run.scores
        state = run.folder.state()
    except HakseupError as error:
        return {**row, "error": str(getattr(error, "message", error))}

    def score(part: str, metric: str) -> float | None:
        value: float | None = scores.get(part, {}).get("metrics", {}).get(metric)
        return value

    return {
        **row,
        "created": about.get("created"),
        "data": about.get("data", {}).get("name"),
        "recipe": about.get("recipe"),
        "state": state,
        "best_epoch": about.get("best_epoch"),
        "train_seconds": about.get("train_seconds"),
        "reason": _reason(run.folder) if state in ("failed", "diverged") else None,
        **{
            f"{part}_{metric}": score(part, metric)
            for part in ("validation", "test")
            for metric in ("accuracy", "rmse")
        },
        "validation_n": scores.get("validation", {}).get("n"),
        "test_n": scores.get("test", {}).get("n"),
    }


def _reason(folder: RunFolder) -> str | None:
    """Why the training ended, as it was written down then."""
    reason = folder.json(names.STATUS).get("reason") if folder.has(names.STATUS) else None
    return str(Words(str(reason.get("en")), str(reason.get("ko")))) if isinstance(reason, dict) else None
