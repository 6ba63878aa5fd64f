"""`train`: from data to a run folder with chosen weights and a report; `go` is what `resume` shares with it."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hakseup import files, recipes
from hakseup.api.run import Run
from hakseup.data.preparation import Preparation
from hakseup.data.whole import Data
from hakseup.errors import CallError, HakseupError, RunError, TrainingError
from hakseup.progress import Progress, Silence
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.settings import Recipe, assign
from hakseup.words import Words

if TYPE_CHECKING:
    import torch

    from hakseup.models.sequential import Sequential

Settings = Mapping[str, Any]
NO_SETTINGS: Settings = MappingProxyType({})


class Stopped(HakseupError):
    """Ctrl-C: what was reached is kept."""

    exit_status = 130


def train(
    data: Any = None,
    *,
    recipe: str | Path | Recipe | None = None,
    settings: Settings = NO_SETTINGS,
    network: torch.nn.Module | Sequential | Sequence[str] | None = None,
    out: Path | str | None = None,
    progress: Progress = Silence(),
    command: Sequence[str] | None = None,
) -> Run:
    """Train a network, validate it, and write the run folder with its report.

    Args:
        data: folder, file, known name, (x, y) arrays, or a saved recipe or run to repeat; None: the recipe says it.
        recipe: a name, a TOML file, a run folder, or a Recipe; None: `fast`.
        settings: {"section.key": value} put over the recipe.
        network: layers in the Keras vocabulary, a Sequential, or any module from (b, c, h, w) to logits (b, k).
        out: parent of the run folder.
        progress: hears how it goes.
        command: what was typed, to be kept in the run.
    """
    started = time.perf_counter()
    if isinstance(data, str | Path) and recipe is None and _is_recipe(Path(data)):
        data, recipe = None, data
    chosen = recipe if isinstance(recipe, Recipe) else recipes.load(recipe)
    chosen = assign(chosen, settings)
    if "training.epochs" in settings and "training.min_steps" not in settings:
        chosen = assign(chosen, {"training.min_steps": 0})  # who says how many epochs gets as many
    given: torch.nn.Module | Sequential | None = None
    if isinstance(network, list | tuple):
        chosen = assign(chosen, {"network.layers": network})
    else:
        given = cast("torch.nn.Module | Sequential | None", network)
    if data is None:
        data = chosen.data.source
    if isinstance(data, str) and not data:
        raise CallError(
            "no-data",
            Words("There is nothing to train on.", "학습할 데이터가 없습니다."),
            Words(
                "Name a folder, a file or a known data set.",
                "폴더, 파일, 또는 알려진 데이터 이름을 적으세요.",
            ),
        )
    import torch

    from hakseup.models import assemble
    from hakseup.training import recorder
    from hakseup.training.session import write_weights

    recorder.check_pattern(chosen.checkpoint)
    assemble.check(chosen.network)
    whole = Data.read(data, chosen, progress)
    pictures = whole.pictures
    preparation = Preparation.fitted(pictures, whole.split.train, chosen.data, chosen.preparation)
    chosen = dataclasses.replace(
        chosen,
        data=dataclasses.replace(
            chosen.data,
            source=pictures.source,
            size=pictures.size,
            mode="grayscale" if pictures.channels == 1 else "rgb",
        ),
    )
    module, final, facts = assemble.network(chosen, preparation.input_shape, len(pictures.classes), given)
    folder = RunFolder.create(files.runs_home(out), f"{_slug(pictures.name)}-{_slug(chosen.name)}")
    with folder.alone():
        if isinstance(given, torch.nn.Module):
            write_weights(folder, given, names.INITIAL)  # its first weights are nowhere else
        _set_up(folder, chosen, whole, preparation, facts, command)
        _say(whole, progress)
        return go(folder, whole, preparation, (module, final), progress, started)


def _set_up(
    folder: RunFolder,
    chosen: Recipe,
    whole: Data,
    preparation: Preparation,
    facts: Settings,
    command: Sequence[str] | None,
) -> None:
    """Write what describes the run. run.json comes last: with it there is something to go on with."""
    pictures = whole.pictures
    folder.write_text(names.RECIPE, recipes.dump(chosen))
    folder.write_json(names.SOURCE, whole.facts())
    folder.write_json(names.PREPARATION, preparation.as_dict())
    folder.write_json(names.NETWORK, facts)
    folder.write_arrays(
        names.SPLIT,
        {
            **whole.split.parts(),
            "left_out": whole.split.left_out,
            "keys": pictures.keys.view(np.uint8).reshape(len(pictures), 16),
        },
    )
    import torch

    from hakseup.training import recorder
    from hakseup.training.machine import machine, versions

    folder.write_json(
        names.RUN,
        {
            "format": names.FORMAT,
            "hakseup": versions().get("hakseup"),
            "command": list(command) if command else _command(pictures.source, chosen, folder),
            "created": datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
            "name": folder.path.name,
            "recipe": chosen.name,
            "data": {
                "source": pictures.source,
                "name": pictures.name,
                "format": pictures.format,
                "known": pictures.known,
                "kind": pictures.kind,
                "sha256": whole.sha256,
                "test_id": whole.test_id,
            },
            "seed": chosen.training.seed,
            "machine": machine(),
            "threads": torch.get_num_threads(),
            "versions": versions(),
            "parameters": facts["parameters"],
            "network_class": facts.get("class", "Sequential"),
        },
    )
    recorder.status(folder, "training", 0)


def go(
    folder: RunFolder,
    whole: Data,
    preparation: Preparation,
    network: tuple[torch.nn.Module, str],
    progress: Progress,
    started: float,
) -> Run:
    """Train (from the checkpoints where there are any), validate, write what came out.

    Raises:
        Stopped: Ctrl-C. TrainingError: see `session.run`.
        RunError: something could not be written; the run can be gone on with.
    """
    from hakseup.training import recorder, session

    again = files.quoted(folder.path)
    try:
        return _finish(folder, whole, preparation, network, progress, started)
    except (session.Interrupted, KeyboardInterrupt) as stop:
        at = stop.epoch if isinstance(stop, session.Interrupted) else len(folder.history())
        done = Words(
            f"Stopped in epoch {at}; what was reached is kept in a checkpoint.",
            f"{at}번째 에포크에서 멈췄습니다. 여기까지 한 것은 체크포인트에 남아 있습니다.",
        )
        if isinstance(stop, KeyboardInterrupt):
            done = Words("Stopped by Ctrl-C.", "Ctrl-C로 멈추었습니다.")
        recorder.status(folder, "interrupted", at, done)
        raise Stopped(
            "interrupted",
            done,
            Words(f"`hakseup resume {again}` goes on.", f"`hakseup resume {again}`로 이어서 할 수 있습니다."),
        ) from None
    except TrainingError as error:
        recorder.status(folder, "diverged", len(folder.history()), error.message)
        raise
    except (OSError, RunError) as error:
        if isinstance(error, RunError) and error.code != files.CANNOT_WRITE:
            raise
        message = error.message if isinstance(error, RunError) else Words(str(error), str(error))
        with contextlib.suppress(RunError):  # the disk may take nothing at all
            recorder.status(folder, "failed", len(folder.history()), message)
        raise RunError(
            files.CANNOT_WRITE,
            message,
            Words(
                "What was reached before lies in the last checkpoint. Is the disk full? Make room, then "
                f"`hakseup resume {again}` goes on.",
                "그 전까지 한 것은 마지막 체크포인트에 있습니다. 디스크가 가득 찼다면 공간을 비운 뒤 "
                f"`hakseup resume {again}`로 이어서 하세요.",
            ),
        ) from error


def _finish(
    folder: RunFolder,
    whole: Data,
    preparation: Preparation,
    network: tuple[torch.nn.Module, str],
    progress: Progress,
    started: float,
) -> Run:
    from hakseup.evaluation.evaluate import validation_results
    from hakseup.report import page
    from hakseup.training import recorder, session

    module, final = network
    recipe = recipes.load(folder.file(names.RECIPE))
    result = session.run(
        folder, recipe, (whole.pictures, whole.split, whole.labels), preparation, module, progress
    )
    validation_results(
        folder, whole.pictures, whole.split, whole.labels, result.chosen, preparation, final=final
    )
    about = folder.json(names.RUN)
    earlier = result.facts["earlier_seconds"]  # trained before the run was stopped and resumed
    folder.write_json(
        names.RUN,
        {**about, **result.facts, "total_seconds": round(time.perf_counter() - started + earlier, 3)},
    )
    with files.written(folder.path):
        folder.file(names.REPORT).unlink(missing_ok=True)  # of an earlier stage: never beside later weights
    recorder.status(folder, "done", result.facts["epochs"])
    page.write(folder, None)
    return Run(folder.path, data=whole, network=module)


def _say(whole: Data, progress: Progress) -> None:
    """What a person should know of the data before they are trained on."""
    for note in whole.pictures.notes:
        progress.note(note)
    refused, left_out = len(whole.pictures.refused), len(whole.split.left_out)
    if refused:
        first = whole.pictures.refused[0]
        progress.note(
            Words(
                f"Left out: {refused} that could not be used (the first: {first.where}: {first.reason.en})",
                f"쓸 수 없어 뺀 것: {refused}개(첫째: {first.where}: {first.reason.ko})",
            )
        )
    if left_out:
        progress.note(
            Words(
                f"Left out of training: {left_out} pictures that also stand in the test or validation part.",
                f"학습에서 뺀 것: 테스트나 검증 부분에도 들어 있는 그림 {left_out}장.",
            )
        )


def _is_recipe(path: Path) -> bool:
    return path.suffix == ".toml" or (path / names.RUN).is_file()


def _slug(text: str) -> str:
    """A readable folder name: letters of any script, digits and dashes."""
    kept = "".join(c if c.isalnum() else "-" for c in text)
    return "-".join(part for part in kept.split("-") if part)[:40] or "data"


def _command(source: str, recipe: Recipe, folder: RunFolder) -> list[str]:
    return ["hakseup", "train", source, "--recipe", str(folder.file(names.RECIPE))]
