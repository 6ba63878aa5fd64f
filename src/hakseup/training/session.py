"""A training from start to chosen weights: choose on the validation part, then, where the recipe says so, fit once more on all of it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from hakseup import files
from hakseup.data.batches import Batches
from hakseup.data.labels import Labels
from hakseup.data.pictures import Pictures
from hakseup.data.preparation import Preparation
from hakseup.data.split import Split
from hakseup.errors import TrainingError
from hakseup.progress import Progress
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.settings import Recipe
from hakseup.training import device, loop, recorder
from hakseup.training.machine import peak_memory_mb
from hakseup.words import Words


class Interrupted(Exception):
    """Ctrl-C in this epoch; the checkpoint is written."""

    def __init__(self, epoch: int) -> None:
        super().__init__(epoch)
        self.epoch = epoch


@dataclass(frozen=True)
class Result:
    """chosen: the network that validation chose. facts: what run.json keeps. final: its final activation."""

    chosen: torch.nn.Module
    facts: dict[str, Any]


def run(
    folder: RunFolder,
    recipe: Recipe,
    data: tuple[Pictures, Split, Labels],
    preparation: Preparation,
    module: torch.nn.Module,
    progress: Progress,
) -> Result:
    """Train; write history.csv and weights.safetensors.

    Args:
        folder: the run; its checkpoints are gone on with.
        data: pictures, split, and labels (the test part's sealed).
        module: with its first weights.

    Raises:
        Interrupted: Ctrl-C. TrainingError: see `loop.fit`; the last good weights are written before.
    """
    pictures, split, labels = data
    settings = recipe.training
    where = device.device(settings)
    precision = device.precision(settings, where, module)
    record = recorder.Recorder(folder, recipe.checkpoint)
    continued = int(folder.json(names.RUN).get("continued_from", 0))
    fresh = copy.deepcopy(module) if settings.final_fit else None

    def job(train: np.ndarray, validation: np.ndarray | None, epochs: int, name: str) -> loop.Job:
        y = labels.of(train)
        batches = Batches(
            pictures.images,
            train,
            y,
            preparation,
            recipe.augmentation,
            min(settings.batch_size, len(train)),
            settings.steps_per_epoch,
            settings.seed,
        )
        return loop.Job(
            recipe,
            batches,
            loop.Validation(validation, labels.of(validation)) if validation is not None else None,
            _class_weight(y, len(pictures.classes), settings.class_weight, where),
            max(epochs, _epochs_for(settings.min_steps, batches.steps)) if validation is not None else epochs,
            folder.path / names.CHECKPOINTS / name,
            where,
            precision,
            record.epoch if validation is not None else None,
            first_epoch=continued + 1,
        )

    choose = job(split.train, split.validation, settings.epochs, "choose")
    try:
        try:
            fitted = loop.fit(module, choose, progress)
        finally:
            record.flush()
        seconds, before, seen = fitted.seconds, fitted.before, fitted.pictures
        chosen = module
        if fresh is not None:
            everything = np.sort(np.concatenate([split.train, split.validation]))
            progress.note(
                Words(
                    f"Once more on training plus validation, {len(everything)} pictures, for {fitted.best_epoch} epochs.",
                    f"학습+검증 {len(everything)}장으로 {fitted.best_epoch}에포크를 한 번 더 학습합니다.",
                )
            )
            again = loop.fit(fresh, job(everything, None, fitted.best_epoch, "final"), progress)
            seconds, before = seconds + again.seconds, before + again.before
            seen += again.pictures
            module = fresh
    except loop.Interrupted:
        raise Interrupted(len(folder.history()) + 1) from None
    except TrainingError:
        if folder.history():  # the module holds the best weights of a finished epoch
            _write_weights(folder, module)
        raise
    _write_weights(folder, module)
    return Result(
        chosen.cpu(),
        {
            "device": str(where),
            "precision": precision,
            "threads": torch.get_num_threads(),
            "epochs": int(fitted.history[-1]["epoch"]),
            "best_epoch": fitted.best_epoch,
            "stopped_early": fitted.stopped_early,
            "final_fit": settings.final_fit,
            "train_seconds": round(seconds, 3),
            "earlier_seconds": round(before, 3),
            "images_per_second": round(seen / max(seconds, 1e-9), 1),
            "peak_memory_mb": peak_memory_mb(),
            "chosen_by": _chosen_by(recipe, fitted).as_dict(),
            "notes": [note.as_dict() for note in fitted.notes],
        },
    )


def _epochs_for(min_steps: int, steps: int) -> int:
    return -(-min_steps // steps)


def _class_weight(y: np.ndarray, classes: int, how: str, where: torch.device) -> torch.Tensor | None:
    """n / (k * count of the class), as scikit-learn's "balanced"."""
    if how == "none":
        return None
    from sklearn.utils.class_weight import compute_class_weight

    weight = compute_class_weight("balanced", classes=np.arange(classes), y=y)
    return torch.tensor(weight, dtype=torch.float32, device=where)


def _chosen_by(recipe: Recipe, fitted: loop.Fitted) -> Words:
    if recipe.stopping.restore_best:
        return Words(
            f"the best {recipe.stopping.monitor} of {len(fitted.history)} epochs",
            f"{len(fitted.history)}에포크 가운데 {recipe.stopping.monitor}이(가) 가장 좋은 에포크",
        )
    return Words("the last epoch, as the recipe says", "레시피대로 마지막 에포크")


def _write_weights(folder: RunFolder, module: torch.nn.Module) -> None:
    from safetensors.torch import save

    state = {name: tensor.detach().cpu().contiguous() for name, tensor in module.state_dict().items()}
    files.write_bytes(folder.file(names.WEIGHTS), save(state))
