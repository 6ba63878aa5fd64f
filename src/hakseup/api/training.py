"""`train` and `resume`: from data to a run folder with chosen weights and a report."""

from __future__ import annotations

import copy
import dataclasses
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hakseup import files, recipes
from hakseup.api.run import Run, as_run
from hakseup.data.photographs import looks_like_photographs
from hakseup.data.preparation import Preparation
from hakseup.data.whole import Data
from hakseup.errors import CallError, HakseupError, TrainingError
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
    if "training.small_steps" not in settings and {"training.epochs", "training.min_steps"} & set(settings):
        chosen = assign(chosen, {"training.small_steps": 0})
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
    from hakseup.models import assemble, backbones
    from hakseup.report import augmented
    from hakseup.training import recorder

    recorder.check_pattern(chosen.checkpoint)
    assemble.check(chosen.network)
    chosen, whole, preparation, said = prepared(chosen, data, progress)
    pictures = whole.pictures
    module, final, facts = assemble.network(chosen, preparation.input_shape, len(pictures.classes), given)
    folder = RunFolder.create(files.runs_home(out), f"{_slug(pictures.name)}-{_slug(chosen.name)}")
    folder.write_text(names.RECIPE, recipes.dump(chosen))
    folder.write_json(names.SOURCE, whole.facts())
    folder.write_json(names.PREPARATION, preparation.as_dict())
    folder.write_json(names.NETWORK, facts)
    backbones.keep(module, folder.file(names.BACKBONE))
    folder.write_arrays(
        names.SPLIT,
        {
            **whole.split.parts(),
            "left_out": whole.split.left_out,
            "keys": pictures.keys.view(np.uint8).reshape(len(pictures), 16),
        },
    )
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
            "versions": versions(),
            "parameters": facts["parameters"],
            "network_class": facts.get("class", "Sequential"),
            **({"augmentation": said[0].as_dict()} if said else {}),
        },
    )
    if augmented.is_on(chosen.augmentation):
        folder.write_bytes(names.AUGMENTED, preview(whole, preparation, chosen))
    recorder.status(folder, "training", 0)
    _say(whole, progress)
    for note in said:
        progress.note(note)
    if facts["name"] in ("fast", "pooled") and looks_like_photographs(pictures):
        progress.note(backbones.advice(len(whole.split.train)))
    return _go(folder, whole, preparation, (module, final), progress, started)


def resume(run: Run | Path | str, *, epochs: int | None = None, progress: Progress = Silence()) -> Run:
    """Go on with a training that was stopped, to the same weights as if it had run through.

    Args:
        run: the run, or its folder.
        epochs: go on with a finished training up to this many epochs.
        progress: hears how it goes.
    """
    from hakseup.models import assemble, backbones

    started = time.perf_counter()
    run = as_run(run)
    status = run.folder.json(names.STATUS) if run.folder.has(names.STATUS) else {}
    if epochs is None and status.get("state") == "done":
        progress.note(
            Words(
                f"{run.name} is finished, after {len(run.history)} epochs. --epochs N goes on with it.",
                f"{run.name}은(는) {len(run.history)}에포크로 끝난 학습입니다. --epochs N으로 더 할 수 있습니다.",
            )
        )
        return run
    whole = run.read_data(progress)
    preparation = Preparation.from_dict(run.folder.json(names.PREPARATION))
    if epochs is not None:
        _lengthen(run, epochs, len(whole.split.train), progress)
    network = assemble.rebuild(run.folder.json(names.NETWORK), run._network, run.recipe.training.seed)
    backbones.bring_back(network[0], run.folder.file(names.BACKBONE))
    return _go(run.folder, whole, preparation, network, progress, started)


def _lengthen(run: Run, epochs: int, n: int, progress: Progress) -> None:
    """Let a finished run of n training pictures go on up to this many epochs, each as long as before.

    Raises:
        CallError: it already has as many.
    """
    from hakseup.training.session import batch_size, length

    done = len(run.history)
    if epochs <= done:
        raise CallError(
            "nothing-to-do",
            Words(
                f"The run already has {done} epochs; --epochs {epochs} is not more.",
                f"이 실행은 이미 {done}에포크를 마쳤습니다. --epochs {epochs}은(는) 그보다 많지 않습니다.",
            ),
        )
    recipe, about = run.recipe, run.folder.json(names.RUN)
    _epochs, steps = length(recipe.training, n, batch_size(recipe.training, n))
    longer = {"training.epochs": epochs, "training.steps_per_epoch": steps, "training.min_steps": 0}
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
    run.folder.write_json(names.RUN, {**about, "continued_from": done})
    run.folder.write_text(names.RECIPE, recipes.dump(assign(recipe, longer)))


def _go(
    folder: RunFolder,
    whole: Data,
    preparation: Preparation,
    network: tuple[torch.nn.Module, str],
    progress: Progress,
    started: float,
) -> Run:
    """Train (from the checkpoints where there are any), validate, write what came out."""
    from hakseup.evaluation.evaluate import validation_results
    from hakseup.report import page
    from hakseup.training import recorder, session

    module, final = network
    recipe = recipes.load(folder.file(names.RECIPE))
    try:
        result = session.run(
            folder, recipe, (whole.pictures, whole.split, whole.labels), preparation, module, progress
        )
    except session.Interrupted as stop:
        done = Words(
            f"Stopped in epoch {stop.epoch}; what was reached is kept in a checkpoint.",
            f"{stop.epoch}번째 에포크에서 멈췄습니다. 여기까지 한 것은 체크포인트에 남아 있습니다.",
        )
        recorder.status(folder, "interrupted", stop.epoch, done)
        raise Stopped(
            "interrupted",
            done,
            Words(
                f"`hakseup resume {files.quoted(folder.path)}` goes on.",
                f"`hakseup resume {files.quoted(folder.path)}`로 이어서 할 수 있습니다.",
            ),
        ) from None
    except TrainingError as error:
        recorder.status(folder, "diverged", len(folder.history()), error.message)
        raise
    again = None
    if result.facts["final_fit"]:  # other weights than those that validation chose
        again, _final = Run(folder.path, network=copy.deepcopy(result.chosen)).module()
    validation_results(
        folder,
        whole.pictures,
        whole.split,
        whole.labels,
        result.chosen,
        preparation,
        final=final,
        again=again,
    )
    about = folder.json(names.RUN)
    earlier = result.facts["earlier_seconds"]  # trained before the run was stopped and resumed
    folder.write_json(
        names.RUN,
        {**about, **result.facts, "total_seconds": round(time.perf_counter() - started + earlier, 3)},
    )
    recorder.status(folder, "done", result.facts["epochs"])
    page.write(folder, None)
    return Run(folder.path, data=whole, network=module)


def prepared(recipe: Recipe, data: Any, progress: Progress) -> tuple[Recipe, Data, Preparation, list[Words]]:
    """The data read, their preparation fitted, and the recipe with everything decided that waited for them.

    Args:
        recipe: as it was chosen. data: see `train`. progress: hears of the reading.

    Returns:
        The recipe that repeats this run, the data, the preparation, and what to say of what was decided.
    """
    from hakseup.data import kinds
    from hakseup.models import backbones, catalog
    from hakseup.training import session

    whole = Data.read(data, recipe, progress)
    pictures, train = whole.pictures, whole.split.train
    preparation = Preparation.fitted(pictures, train, recipe.data, recipe.preparation)
    mode = "grayscale" if pictures.channels == 1 else "rgb"
    n = len(train) + len(whole.split.validation)
    network, training = recipe.network, session.for_so_many(recipe.training, n)
    if n < recipe.training.small_below and network.small and not network.layers:
        network = dataclasses.replace(network, name=network.small)
    network = catalog.for_kind(network, kinds.kind_of(pictures, train), pictures.size)
    augmentation, note = kinds.resolved(
        recipe.augmentation, pictures, train, session.times_seen(training, len(train))
    )
    recipe = dataclasses.replace(
        recipe,
        data=dataclasses.replace(recipe.data, source=pictures.source, size=pictures.size, mode=mode),
        network=backbones.whole_path(dataclasses.replace(network, small="")),
        training=training,
        augmentation=augmentation,
    )
    return recipe, whole, preparation, [note] if note else []


def preview(whole: Data, preparation: Preparation, recipe: Recipe) -> bytes:
    """A PNG file with training pictures, and what the recipe's augmentation makes of them."""
    from hakseup.report import augmented

    return augmented.png(
        whole.pictures,
        whole.split.train,
        whole.labels,
        preparation,
        recipe.augmentation,
        recipe.training.seed,
    )


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
