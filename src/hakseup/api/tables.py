"""Tables: the same way as for pictures, from rows to a run that can be evaluated and predicts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hakseup import files, recipes
from hakseup.api.beginning import described, slug
from hakseup.api.ending import ended
from hakseup.api.run import Run
from hakseup.data import table_notes
from hakseup.data.table_preparation import TablePreparation
from hakseup.data.table_whole import TableData, said_columns
from hakseup.errors import CallError
from hakseup.progress import Progress
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.settings import Recipe
from hakseup.sources.tables.found import Column
from hakseup.words import Words

if TYPE_CHECKING:
    import torch

RECIPE = "table"  # what a table gets where no recipe is said
Network = tuple["torch.nn.Module", str]


def begin(
    recipe: Recipe,
    data: Any,
    out: Path | str | None,
    progress: Progress,
    command: Sequence[str] | None,
) -> tuple[RunFolder, TableData, TablePreparation, Network]:
    """Everything before the first step: the table read, prepared and described in a run folder of its own.

    Raises:
        CallError, NetworkError, DataError: what is wrong with the call, the layers or the table.
    """
    from hakseup.models.tabular import network
    from hakseup.training import session

    network.check(recipe.network)
    whole = TableData.read(data, recipe, progress)
    require_possible(recipe, whole)
    table, split = whole.table, whole.split
    n = len(split.train) + len(split.validation)
    chosen = dataclasses.replace(
        recipe.data, source=table.source, target=table.target, task=table.task, mode="auto"
    )
    recipe = dataclasses.replace(recipe, data=chosen, training=session.for_so_many(recipe.training, n))
    preparation = TablePreparation.fitted(table, split.train, recipe.preparation)
    module, final, facts = network.network(recipe, preparation)
    folder = RunFolder.create(files.runs_home(out), f"{slug(table.name)}-{slug(recipe.name)}")
    with folder.alone():
        folder.write_text(names.RECIPE, recipes.dump(recipe))
        found = whole.facts()
        found["columns"] = preparation.told(found["columns"])
        folder.write_json(names.SOURCE, found)
        folder.write_json(names.PREPARATION, preparation.as_dict())
        folder.write_json(names.NETWORK, facts)
        keys = table.rows.view(np.uint8).reshape(len(table), 16)
        folder.write_arrays(names.SPLIT, {**split.parts(), "left_out": split.left_out, "keys": keys})
        about = {
            "source": table.source,
            "name": table.name,
            "format": table.format,
            "known": table.known,
            "kind": "table",
            "sha256": whole.sha256,
            "test_id": whole.test_id,
        }
        unit = preparation.target_scale.loss_words(table.target) if table.task == "number" else None
        described(folder, recipe, about, facts, command, more={"loss_unit": unit.as_dict()} if unit else {})
        said = (*table.notes, *table_notes.columns(found["columns"], whole.columns))
        for note in (*said, *table_notes.leaks(whole, recipe.training.seed), *preparation.notes):
            progress.note(note)
        if unit:
            progress.note(Words(f"Loss: {unit.en}.", f"오차: {unit.ko}."))
    return folder, whole, preparation, (module, final)


def require_possible(recipe: Recipe, whole: TableData) -> None:
    """Refuse what only classes have where a number is learned.

    Raises:
        CallError: it would have no effect.
    """
    settings = recipe.training
    idle = [
        name for name in ("class_weight", "label_smoothing") if getattr(settings, name) not in ("none", 0)
    ]
    if whole.table.task == "number" and idle:
        raise CallError(
            "setting-without-effect",
            Words(
                f"training.{idle[0]} has no effect: '{whole.table.target}' is a number, not a class.",
                f"'{whole.table.target}'은(는) 클래스가 아니라 수이므로 training.{idle[0]} 설정이 영향을 주지 않습니다.",
            ),
            Words("Leave it out, or say --task classes.", "빼고 실행하거나 --task classes를 주세요."),
        )


def finish(
    folder: RunFolder,
    whole: TableData,
    preparation: TablePreparation,
    network: Network,
    progress: Progress,
    started: float,
) -> Run:
    """Train (from the checkpoints where there are any), validate, write what came out."""
    from hakseup.data.table_rows import RowPreparation, every_row, learned
    from hakseup.evaluation import tables
    from hakseup.evaluation.table_model import TableModel
    from hakseup.training import session

    module, final = network
    recipe, facts = recipes.load(folder.file(names.RECIPE)), folder.json(names.NETWORK)
    model = TableModel(module, preparation, facts, final)
    labels = learned(whole.labels, preparation)
    with every_row(model.rows, whole.table.frame, whole.table.classes) as rows:
        prepared = RowPreparation.of(rows.images.shape[3], rows.classes)
        result = session.run(folder, recipe, (rows, whole.split, labels), prepared, module, progress)
    files.give_back()  # what the training does not need any more
    again = session.fitted_again(folder, result)
    model = dataclasses.replace(model, module=result.chosen.eval())
    tables.validation_results(folder, whole, model, again, progress)
    rate = result.facts.pop("images_per_second")
    ended(folder, {**result.facts, "rows_per_second": rate}, started)
    return Run(folder.path, data=whole)


def evaluate(run: Run, progress: Progress) -> dict[str, Any]:
    """Open the sealed test part of a table's run."""
    from hakseup.evaluation import tables

    model = tables.load(run.folder, *run.module())
    columns = _said_columns(run, progress)
    return {**tables.evaluate(run.folder, run.read_table(progress), model, progress), "columns": columns}


def _said_columns(run: Run, progress: Progress) -> list[dict[str, Any]]:
    """The roles of a run's columns, said again: who evaluates or predicts need not have seen the training."""
    source = run.folder.json(names.SOURCE)
    for note in table_notes.columns(source["columns"], [Column.from_dict(one) for one in source["read_as"]]):
        progress.note(note)
    return [{key: one[key] for key in ("name", "role", "reason")} for one in source["columns"]]


def predict(run: Run, inputs: Sequence[Any], *, out: Path | None, progress: Progress) -> dict[str, Any]:
    """Predict the rows of files or frames with a table's run; see `evaluation.table_inputs`."""
    from hakseup.evaluation import tables
    from hakseup.evaluation.table_inputs import predict_table

    model = tables.load(run.folder, *run.module(unfinished=progress))
    roles = _said_columns(run, progress)
    columns = [Column.from_dict(one) for one in run.folder.json(names.SOURCE)["read_as"]]
    told = predict_table(model, columns, inputs, out=out, progress=progress)
    return {"run": str(run.path), **told, "columns": roles}


def look(data: Any, recipe: Recipe, progress: Progress) -> dict[str, Any]:
    """What is in a table; what depends on the target is reckoned without the test part.

    A table that could not be trained on is looked at all the same: how else would one find out.
    """
    from hakseup.data import table_looking, table_roles
    from hakseup.data.table import load
    from hakseup.data.table_call import Chosen
    from hakseup.data.table_split import split
    from hakseup.errors import DataError
    from hakseup.sources import tables as found_at

    settings = recipe.data
    found = found_at.find(data, progress=progress, ignore=settings.ignore)
    about: dict[str, Any] = {
        "source": found.source,
        "name": found.name,
        "format": found.format,
        "title": found.title,
        "licence": found.licence,
        "known": found.known,
    }
    try:
        table = load(found, **said_columns(settings))
    except DataError as trouble:
        roles = table_roles.decide(
            found.frame, found.columns, "", Chosen(None, None, None, frozenset(settings.ignore))
        )
        nothing: dict[str, Any] = {"target": None, "task": None, "classes": (), "labels": None}
        return table_looking.facts(
            table_looking.Given(
                **about,
                **nothing,
                frame=found.frame,
                roles=roles,
                lines=found.lines,
                refused=found.refused,
                notes=found.notes,
                trouble=trouble,
            )
        )
    test, parts, labels, trouble_of_split = None, None, table.labels, None
    try:
        divided, labels = split(table, recipe.split, recipe.training.seed)
        test, parts = divided.test, {part: len(index) for part, index in divided.parts().items()}
    except DataError as error:
        trouble_of_split = error
    return table_looking.facts(
        table_looking.Given(
            **about,
            frame=table.frame,
            roles=table.roles,
            target=table.target,
            task=table.task,
            classes=table.classes,
            labels=labels.values,
            lines=table.lines,
            test=test,
            parts=parts,
            time=table.time,
            refused=table.refused,
            notes=table.notes,
            trouble=trouble_of_split,
        ),
        recipe.training.seed,
    )
