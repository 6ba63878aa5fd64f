"""`train`: from data to a run folder with chosen weights and a report; `go` is what `resume` shares with it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from hakseup import files, recipes
from hakseup.api import tables
from hakseup.api.beginning import prepared, require_effect, say, set_up, slug
from hakseup.api.ending import ended
from hakseup.api.run import Run
from hakseup.data.preparation import Preparation
from hakseup.data.whole import Data
from hakseup.errors import CallError, HakseupError, NetworkError, RunError, TrainingError, refusal
from hakseup.layers.checks import shown
from hakseup.progress import Progress, Silence
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.settings import Recipe, assign
from hakseup.sources.tables import is_table
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
        network: layers in the Keras vocabulary, a Sequential, a model of `hakseup.keras` (its layers; its weights begin
            anew), or any module from (b, c, h, w) to logits (b, k).
        out: parent of the run folder.
        progress: hears how it goes.
        command: what was typed, to be kept in the run.
    """
    started = time.perf_counter()
    if isinstance(data, str | Path) and recipe is None and _is_recipe(Path(data)):
        data, recipe = None, data
    unsaid = recipe is None and data is not None and is_table(data)
    chosen = recipe if isinstance(recipe, Recipe) else recipes.load(tables.RECIPE if unsaid else recipe)
    given: torch.nn.Module | Sequential | None = None
    if (layers := _listed(network)) is not None:
        settings = {**settings, "network.layers": layers}
    else:
        given = cast("torch.nn.Module | Sequential | None", network)
    usual, chosen = chosen.training, with_settings(chosen, settings)
    if given is not None:
        chosen = recipes.own(chosen)
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
    from hakseup.training import decided, recorder
    from hakseup.training.session import write_weights

    recorder.check_pattern(chosen.checkpoint)
    table = unsaid or is_table(data)
    require_effect(settings, table)
    if table:
        return _table(chosen, data, given, out, progress, command, started)
    assemble.check(chosen.network)
    chosen, whole, preparation, said = prepared(chosen, data, progress)
    pictures = whole.pictures
    module, final, facts = assemble.network(chosen, preparation.input_shape, len(pictures.classes), given)
    folder = RunFolder.create(files.runs_home(out), f"{slug(pictures.name)}-{slug(chosen.name)}")
    with folder.alone():
        if isinstance(given, torch.nn.Module):
            write_weights(folder, given, names.INITIAL)  # its first weights are nowhere else
        set_up(folder, chosen, whole, preparation, (module, facts), said, command)
        say(whole, said, facts["name"], progress)
        if "training.epochs" in settings and (
            short := decided.cut_short(usual, chosen.training, whole.split)
        ):
            progress.note(short)
        return go(folder, whole, preparation, (module, final), progress, started)


def with_settings(recipe: Recipe, settings: Settings) -> Recipe:
    """The recipe with these settings; what was said is not overruled by what few rows or pictures would get.

    Args:
        recipe: as it was chosen. settings: {"section.key": value}.
    """
    more: dict[str, Any] = {}
    if "training.epochs" in settings and "training.min_steps" not in settings:
        more["training.min_steps"] = 0  # who says how many epochs gets as many
    if "training.small_steps" not in settings and {"training.epochs", "training.min_steps"} & set(settings):
        more["training.small_steps"] = 0
    if "training.learning_rate" in settings and "training.small_learning_rate" not in settings:
        more["training.small_learning_rate"] = 0
    changed = assign(assign(recipe, settings), more)
    return changed if changed.network.layers in ((), recipe.network.layers) else recipes.own(changed)


def _listed(network: object) -> list[str] | None:
    """Lines for the recipe, where the network is a list of layers or a model of `hakseup.keras`.

    Raises:
        NetworkError: it has branches, or what no recipe can say; it is no network.
    """
    import torch

    from hakseup.layers.text import LAYERS, lines
    from hakseup.models.sequential import Sequential

    if isinstance(network, list | tuple):
        return lines(network)
    if network is None or isinstance(network, torch.nn.Module):
        return None
    plan = network if isinstance(network, Sequential) else getattr(network, "plan", None)
    if not isinstance(plan, Sequential):
        raise NetworkError(
            "not-a-network",
            Words(f"network is {shown(network)}.", f"network가 {shown(network)}입니다."),
            Words(
                "Give a list like ['Flatten()', 'Dense(10, activation=\"softmax\")'], a model of hakseup.keras, or a "
                "torch.nn.Module.",
                "['Flatten()', 'Dense(10, activation=\"softmax\")'] 같은 목록, hakseup.keras의 모델, 또는 "
                "torch.nn.Module을 넘기세요.",
            ),
        )
    if plan is network and all(type(layer) is LAYERS.get(layer.type) for layer in plan.layers):
        return None
    if type(plan) is not Sequential:
        raise NetworkError(
            "network-with-branches",
            Words(
                "The network has branches; here layers stand one behind the other.",
                "가지가 있는 신경망입니다. 여기서는 층이 한 줄로 이어져야 합니다.",
            ),
            Words(
                "Train it with its own fit, or give a torch.nn.Module.",
                "그 모델의 fit으로 학습하거나 torch.nn.Module을 넘기세요.",
            ),
        )
    return ([] if plan.input_shape is None else [f"Input({plan.input_shape})"]) + lines(plan.layers)


def _table(
    chosen: Recipe,
    data: Any,
    given: object,
    out: Path | str | None,
    progress: Progress,
    command: Sequence[str] | None,
    started: float,
) -> Run:
    if given is not None:
        raise CallError(
            "no-module-for-tables",
            Words(
                "For a table the network is said as layers or in the recipe, not as a module.",
                "표에는 신경망을 모듈이 아니라 층 목록이나 레시피로 주어야 합니다.",
            ),
            Words("Pass network=['Dense(…)', …].", "network=['Dense(…)', …]처럼 넘기세요."),
        )
    begun = tables.begin(chosen, data, out, progress, command)
    with begun[0].alone():
        return going(begun[0], lambda: tables.finish(*begun, progress, started))


def go(
    folder: RunFolder,
    whole: Data,
    preparation: Preparation,
    network: tuple[torch.nn.Module, str],
    progress: Progress,
    started: float,
) -> Run:
    """Train on pictures (from the checkpoints where there are any), validate, write what came out; see `going`."""
    return going(folder, lambda: _finish(folder, whole, preparation, network, progress, started))


def going(folder: RunFolder, work: Callable[[], Run]) -> Run:
    """Do this work on a run, and leave behind a state that is true however it ends.

    Raises:
        Stopped: Ctrl-C. TrainingError: see `session.run`.
        RunError: something could not be written; the run can be gone on with.
    """
    from hakseup.training import recorder, session

    again = files.quoted(folder.path)
    try:
        return work()
    except (session.Interrupted, KeyboardInterrupt) as stop:
        at, done = len(folder.history()), Words("Stopped by Ctrl-C.", "Ctrl-C로 멈추었습니다.")
        if isinstance(stop, session.Interrupted):
            at = max(at, stop.epoch)  # the second training begins anew
            second = Words(" of the second training", "두 번째 학습의 ") if stop.again else Words("", "")
            done = Words(
                f"Stopped in epoch {stop.epoch}{second.en}; what was reached is kept in a checkpoint.",
                f"{second.ko}{stop.epoch}번째 에포크에서 멈췄습니다. 여기까지 한 것은 체크포인트에 남아 있습니다.",
            )
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
        message = error.message if isinstance(error, RunError) else _refused(error)
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


def _refused(error: OSError) -> Words:
    why, where = refusal(error), f" ({error.filename})" if error.filename else ""
    return Words(f"This machine refused: {why.en}{where}.", f"컴퓨터가 거부했습니다: {why.ko}{where}.")


def _finish(
    folder: RunFolder,
    whole: Data,
    preparation: Preparation,
    network: tuple[torch.nn.Module, str],
    progress: Progress,
    started: float,
) -> Run:
    from hakseup.evaluation.evaluate import validation_results
    from hakseup.training import session

    module, final = network
    recipe = recipes.load(folder.file(names.RECIPE))
    result = session.run(
        folder, recipe, (whole.pictures, whole.split, whole.labels), preparation, module, progress
    )
    validation_results(
        folder,
        whole.pictures,
        whole.split,
        whole.labels,
        result.chosen,
        preparation,
        final=final,
        again=session.fitted_again(folder, result),
        augmentation=recipe.augmentation,
    )
    ended(folder, result.facts, started)
    return Run(folder.path, data=whole, network=module)


def _is_recipe(path: Path) -> bool:
    return path.suffix == ".toml" or (path / names.RUN).is_file()
