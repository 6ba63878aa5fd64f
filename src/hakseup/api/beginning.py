"""What stands before the first step of a training: the data read, everything decided, the run folder described."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from hakseup import recipes
from hakseup.data.kinds import looks_like_photographs
from hakseup.data.preparation import Preparation
from hakseup.data.whole import Data
from hakseup.errors import CallError
from hakseup.progress import Progress
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.settings import Recipe
from hakseup.words import Words

if TYPE_CHECKING:
    import torch


# Settings that only one kind of data knows: said for the other, they would have no effect.
_PICTURES: tuple[str, ...] = (
    "augmentation.",
    "data.size",
    "data.mode",
    "data.fit",
    "data.max_",
)
_PICTURES += ("preparation.scale", "preparation.views", "prediction.", "network.small", "network.weights")
_PREPARED = (
    "numbers",
    "missing",
    "indicators",
    "categories",
    "rare",
    "most",
    "target",
    "columns",
    "fitted_on",
)
_TABLES: tuple[str, ...] = ("data.target", "data.task", "data.time", "data.ignore")
_TABLES += tuple(f"preparation.{name}" for name in _PREPARED)


def without_effect(table: bool) -> tuple[str, ...]:
    """How the keys of settings begin that only the other kind of data knows."""
    return _PICTURES if table else _TABLES


def require_effect(settings: Mapping[str, Any], table: bool) -> None:
    """Refuse settings of the other kind of data.

    Raises:
        CallError: one of them would have no effect.
    """
    idle = [key for key in settings if key.startswith(without_effect(table))]
    if idle:
        en, ko = ("a table", "표") if table else ("pictures", "그림")
        raise CallError(
            "setting-without-effect",
            Words(f"{idle[0]} has no effect on {en}.", f"{idle[0]} 설정은 {ko}에 영향이 없습니다."),
            Words("Leave it out.", "빼고 실행하세요."),
        )


def prepared(recipe: Recipe, data: Any, progress: Progress) -> tuple[Recipe, Data, Preparation, list[Words]]:
    """The data read, their preparation fitted, and the recipe with everything decided that waited for them.

    Args:
        recipe: as it was chosen. data: see `train`. progress: hears of the reading.

    Returns:
        The recipe that repeats this run, the data, the preparation, and what to say of what was decided.
    """
    from hakseup.training import decided

    whole = Data.read(data, recipe, progress)
    chosen, preparation, notes = decided.for_these(recipe, whole.pictures, whole.split)
    return chosen, whole, preparation, notes


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


def set_up(
    folder: RunFolder,
    chosen: Recipe,
    whole: Data,
    preparation: Preparation,
    network: tuple[torch.nn.Module, Mapping[str, Any]],
    said: Sequence[Words],
    command: Sequence[str] | None,
) -> None:
    """Write what describes the run. run.json comes last: with it there is something to go on with.

    Args:
        folder: the run's, empty. chosen: the recipe, everything decided. whole, preparation: the data.
        network: the module, and its facts. said: of the augmentation. command: what was typed.
    """
    from hakseup.models import backbones
    from hakseup.report import augmented

    module, facts = network
    pictures = whole.pictures
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
    if augmented.is_on(chosen.augmentation):
        folder.write_bytes(names.AUGMENTED, preview(whole, preparation, chosen))
    about = {
        "source": pictures.source,
        "name": pictures.name,
        "format": pictures.format,
        "known": pictures.known,
        "kind": pictures.kind,
        "sha256": whole.sha256,
        "test_id": whole.test_id,
    }
    described(folder, chosen, about, facts, command, said)


def described(
    folder: RunFolder,
    chosen: Recipe,
    data: Mapping[str, Any],
    facts: Mapping[str, Any],
    command: Sequence[str] | None,
    said: Sequence[Words] = (),
    more: Mapping[str, Any] = {},
) -> None:
    """Write run.json and the state: from now on there is something to go on with.

    Args:
        folder: the run's, all else written. chosen: the recipe, everything decided. data: what run.json keeps of them.
        facts: of the network. command: what was typed. said: of the augmentation. more: stands in run.json besides.
    """
    import torch

    from hakseup.training import recorder
    from hakseup.training.machine import machine, versions

    folder.write_json(
        names.RUN,
        {
            "format": names.FORMAT,
            "hakseup": versions().get("hakseup"),
            "command": list(command) if command else _command(str(data["source"]), chosen, folder),
            "created": datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
            "name": folder.path.name,
            "recipe": chosen.name,
            "data": dict(data),
            "seed": chosen.training.seed,
            "machine": machine(),
            "threads": torch.get_num_threads(),
            "versions": versions(),
            "parameters": facts["parameters"],
            "network_class": facts.get("class", "Sequential"),
            **({"augmentation": said[0].as_dict()} if said else {}),
            **more,
        },
    )
    recorder.status(folder, "training", 0)


def say(whole: Data, said: Sequence[Words], network: str, progress: Progress) -> None:
    """What a person should know before the training starts.

    Args:
        whole: the data. said: of the augmentation. network: its name. progress: hears it.
    """
    from hakseup.models import backbones

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
        also = (
            Words("", "")
            if whole.pictures.groups is None
            else Words(", or whose group does", "그 그림이나 그 그룹이 ")
        )
        progress.note(
            Words(
                f"Left out of training: {left_out} pictures that also stand in the test or validation part{also.en}.",
                f"학습에서 뺀 것: 테스트나 검증 부분에도 {also.ko}들어 있는 그림 {left_out}장.",
            )
        )
    for note in said:
        progress.note(note)
    if network in ("fast", "pooled") and looks_like_photographs(whole.pictures):
        progress.note(backbones.advice(len(whole.split.train)))


def slug(text: str) -> str:
    """A readable folder name: letters of any script, digits and dashes."""
    kept = "".join(c if c.isalnum() else "-" for c in text)
    return "-".join(part for part in kept.split("-") if part)[:40] or "data"


def _command(source: str, recipe: Recipe, folder: RunFolder) -> list[str]:
    return ["hakseup", "train", source, "--recipe", str(folder.file(names.RECIPE))]
