"""`resume`: go on with a training that was stopped, however it was, or with a finished one."""

from __future__ import annotations

import time
from pathlib import Path

from hakseup import files, recipes
from hakseup.api import tables
from hakseup.api.run import Run, as_run
from hakseup.api.training import go, going
from hakseup.data.preparation import Preparation
from hakseup.errors import CallError
from hakseup.progress import Progress, Silence
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.settings import assign
from hakseup.words import Words


def resume(run: Run | Path | str, *, epochs: int | None = None, progress: Progress = Silence()) -> Run:
    """Go on with a training that was stopped, to the same weights as if it had run through.

    Args:
        run: the run, or its folder.
        epochs: go on with a finished training up to this many epochs.
        progress: hears how it goes.

    Raises:
        RunError: another process trains it.
    """
    from hakseup.report import page

    started = time.perf_counter()
    run = as_run(run)
    if epochs is not None or run.folder.state() != "done":
        with run.folder.alone():
            if (
                epochs is not None or run.folder.state() != "done"
            ):  # another process may just have finished it
                return _go_on(run, epochs, progress, started)
    done = len(run.history)
    progress.note(
        Words(
            f"{run.name} is finished, after {done} {'epoch' if done == 1 else 'epochs'}. --epochs N goes on with it.",
            f"{run.name}은(는) {done}에포크로 끝난 학습입니다. --epochs N으로 더 할 수 있습니다.",
        )
    )
    if not run.folder.has(names.REPORT):  # it was killed between the last weights and the report
        page.write(run.folder, None)
    return run


def _go_on(run: Run, epochs: int | None, progress: Progress, started: float) -> Run:
    from hakseup.models import assemble, backbones
    from hakseup.training import recorder

    folder = run.folder
    if run.is_table:
        return _go_on_with_table(run, epochs, progress, started)
    whole = run.read_data(progress)
    preparation = Preparation.from_dict(folder.json(names.PREPARATION))
    module, final = assemble.rebuild(folder.json(names.NETWORK), run._network, run.recipe.training.seed)
    backbones.bring_back(module, folder.file(names.BACKBONE))
    if folder.has(names.INITIAL):
        run.load(module, names.INITIAL)
    _lengthen(run, epochs, len(whole.split.train), progress)
    _note_move(folder, progress)
    recorder.status(folder, "training", len(run.history))
    return go(folder, whole, preparation, (module, final), progress, started)


def _go_on_with_table(run: Run, epochs: int | None, progress: Progress, started: float) -> Run:
    from hakseup.data.table_preparation import TablePreparation
    from hakseup.models.tabular import network
    from hakseup.training import recorder

    folder = run.folder
    whole = run.read_table(progress)
    preparation = TablePreparation.fitted(whole.table, whole.split.train, run.recipe.preparation)
    rebuilt = network.rebuild(folder.json(names.NETWORK), run.recipe.training.seed)
    _lengthen(run, epochs, len(whole.split.train), progress)
    _note_move(folder, progress)
    recorder.status(folder, "training", len(run.history))
    return going(folder, lambda: tables.finish(folder, whole, preparation, rebuilt, progress, started))


def _note_move(folder: RunFolder, progress: Progress) -> None:
    """Say when the run goes on with another processor or PyTorch than it was begun with, and keep that in the run."""
    from hakseup.training.machine import machine, versions

    about = folder.json(names.RUN)
    then = (about.get("machine", {}).get("processor"), about.get("versions", {}).get("torch"))
    now = (machine()["processor"], versions().get("torch"))
    if then == now or about.get("moved"):
        return
    was, is_ = (f"{processor}, PyTorch {torch}" for processor, torch in (then, now))
    moved = Words(
        f"Begun on {was}, gone on with on {is_}: the weights may differ in their last bits from those of one machine.",
        f"{was}에서 시작해 {is_}에서 이어서 했습니다. 한 컴퓨터에서 끝냈을 때와 가중치의 마지막 비트가 다를 수 있습니다.",
    )
    progress.note(moved)
    folder.write_json(names.RUN, {**about, "moved": moved.as_dict()})


def _lengthen(run: Run, epochs: int | None, n: int, progress: Progress) -> None:
    """Let a finished run of n training pictures go on up to this many epochs, each as long as before.

    What is meant stands in run.json before anything else is changed, so that a run killed in between is set right
    by the next call.

    Raises:
        CallError: it already has as many, or is not finished.
    """
    from hakseup.training import recorder
    from hakseup.training.session import batch_size, length

    about, settings = run.folder.json(names.RUN), run.recipe.training
    planned, steps = length(settings, n, batch_size(settings, n))
    stages = about.get("stages") or [[1, planned]]
    if run.folder.state() != "done":
        if epochs not in (None, stages[-1][1]):
            raise CallError(
                "not-finished",
                Words(
                    f"The run is not finished: it was to have {stages[-1][1]} epochs.",
                    f"아직 끝나지 않은 실행입니다. {stages[-1][1]}에포크까지 하기로 되어 있습니다.",
                ),
                Words(
                    f"First `hakseup resume {files.quoted(run.path)}`, then again with --epochs {epochs}.",
                    f"먼저 `hakseup resume {files.quoted(run.path)}`로 끝낸 다음 --epochs {epochs}을(를) 주세요.",
                ),
            )
        if len(stages) > 1:
            _plan(run, stages[-1][1], steps)
        return
    done = len(run.history)
    if epochs is None or epochs <= done:
        raise CallError(
            "nothing-to-do",
            Words(
                f"The run already has {done} epochs; --epochs {epochs} is not more.",
                f"이 실행은 이미 {done}에포크를 마쳤습니다. --epochs {epochs}은(는) 그보다 많지 않습니다.",
            ),
        )
    tested = run.scores.get("test")
    if tested:
        about["earlier_test"] = {"opened": tested.get("opened"), "opened_at": tested.get("opened_at")}
        progress.note(
            Words(
                "This run was tested before. Its test score belongs to the earlier weights and is dropped; "
                "testing again counts as another opening.",
                "이 실행은 이미 테스트를 거쳤습니다. 그 점수는 이전 가중치의 것이므로 빠지고, 다시 평가하면 한 번 더 연 것으로 셉니다.",
            )
        )
    stages = [stage for stage in stages if stage[0] <= done] + [[done + 1, epochs]]
    run.folder.write_json(names.RUN, {**about, "stages": stages})
    recorder.status(run.folder, "training", done)
    _plan(run, epochs, steps)


def _plan(run: Run, epochs: int, steps: int) -> None:
    longer = {"training.epochs": epochs, "training.steps_per_epoch": steps, "training.min_steps": 0}
    run.folder.write_text(names.RECIPE, recipes.dump(assign(run.recipe, longer)))
