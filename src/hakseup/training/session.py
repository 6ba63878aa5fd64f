"""A training from start to chosen weights: choose on the validation part, then, where the recipe says so, fit once more on all of it."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from hakseup import files
from hakseup.data.batches import Batches
from hakseup.data.labels import Labels
from hakseup.data.pictures import Pictures
from hakseup.data.preparation import Preparation
from hakseup.data.split import Split
from hakseup.data.table_rows import EncodedRows
from hakseup.errors import TrainingError
from hakseup.models import restore
from hakseup.progress import Progress
from hakseup.runs import folder as names
from hakseup.runs.folder import RunFolder
from hakseup.settings import Recipe, TrainingSettings
from hakseup.training import checkpoints, device, features, loop, recorder
from hakseup.training.device import Threads
from hakseup.training.live import Live
from hakseup.training.machine import peak_memory_mb
from hakseup.words import Words

SMALLEST_BATCH = 16  # below, batch normalisation has too little to go by
MANY = 20  # epochs: enough points for a curve that can be read


class Interrupted(Exception):
    """Ctrl-C in this epoch, of the second training where `again`; the checkpoint is written."""

    def __init__(self, epoch: int, again: bool) -> None:
        super().__init__(epoch)
        self.epoch, self.again = epoch, again


@dataclass(frozen=True)
class Result:
    """chosen: the network that validation chose. facts: what run.json keeps."""

    chosen: torch.nn.Module
    facts: dict[str, Any]


def run(
    folder: RunFolder,
    recipe: Recipe,
    data: tuple[Pictures | EncodedRows, Split, Labels],
    preparation: Preparation,
    module: torch.nn.Module,
    progress: Progress,
) -> Result:
    """Train; write history.csv and weights.safetensors.

    Args:
        folder: the run; its checkpoints are gone on with.
        data: pictures or encoded rows, split, and labels as they are learned (the test part's sealed).
        module: with its first weights.

    Raises:
        Interrupted: Ctrl-C. TrainingError: see `loop.fit`; the last good weights are written before.
    """
    what, split, _labels = data
    settings = recipe.training
    where = device.device(settings)
    precision = device.precision(settings, where, module)
    record = recorder.Recorder(folder, recipe.checkpoint)
    fresh = copy.deepcopy(module) if settings.final_fit else None
    n = len(split.train)
    batch = batch_size(settings, n)
    epochs, steps = length(settings, n, batch)
    tabular = isinstance(what, EncodedRows)
    notes = _length_note(settings, n, epochs, steps, batch, tabular)
    about = folder.json(names.RUN)
    stages = about.get("stages") or [[1, epochs]]
    if len(stages) > 1:
        continued = stages[-1][0] - 1
        notes.append(
            Words(
                f"Went on after epoch {continued}, with a schedule of its own: the recipe alone does not repeat this run.",
                f"{continued}에포크 뒤에 새 학습률 일정으로 이어서 학습했습니다. 레시피만으로는 이 실행이 똑같이 되풀이되지 않습니다.",
            )
        )
    if about.get("moved"):
        notes.append(Words(**about["moved"]))
    for note in notes:
        progress.note(note)
    if fresh is not None:
        progress.note(_TWICE)
    live = Live(folder.path, preparation.input_shape)
    fitted: loop.Fitted | None = None
    parts = settings.parts if settings.class_weight == "none" else 1  # the mean of weighted means is another
    try:
        # As many threads as before: with another number the sums are added in another order.
        shape, most = preparation.input_shape, about.get("threads")
        with device.kept_memory(), device.threads(module, shape, batch, parts, where, most) as threads:
            make = _JobMaker(
                folder, recipe, data, preparation, (where, precision), (batch, steps), threads, live
            )
            seen = None
            if features.has_frozen_beginning(module):
                seen = features.look(module, make.final(1, 1).batches, where, precision, progress)
                notes.append(seen.note)
                progress.note(seen.note)
                torch.set_num_threads(1)  # what is left is a layer or two
            try:
                fitted = make.chosen(module, stages, record, progress, seen)
            finally:
                record.flush()
            seconds, before, pictures = fitted.seconds, fitted.before, fitted.pictures
            saving, met = fitted.saving, fitted.notes
            seconds += seen.seconds if seen else 0
            chosen = module
            if fresh is not None:
                progress.note(_once_more(n + len(split.validation), fitted.best_epoch, tabular))
                job = make.final(fitted.best_epoch, stages[-1][0])
                again = loop.fit(*(seen.instead(fresh, job) if seen else (fresh, job)), progress)
                seconds, before = seconds + again.seconds, before + again.before
                pictures, saving, met = pictures + again.pictures, saving + again.saving, met + again.notes
                module = fresh
    except loop.Interrupted as stop:
        raise Interrupted(stop.epoch, again=fitted is not None) from None
    except TrainingError:
        if folder.history():  # the module holds the best weights of a finished epoch
            write_weights(folder, module)
        raise
    finally:
        live.end()
    write_weights(folder, module)
    return Result(
        chosen.cpu(),
        {
            "device": str(where),
            "precision": precision,
            "threads": threads.all,
            "parts": threads.parts,
            "epochs": int(fitted.history[-1]["epoch"]),
            "best_epoch": fitted.best_epoch,
            "stopped_early": fitted.stopped_early,
            "final_fit": settings.final_fit,
            "train_seconds": round(seconds, 3),
            "earlier_seconds": round(before, 3),
            "checkpoint_seconds": round(saving, 3),
            "images_per_second": round(pictures / max(seconds, 1e-9), 1),
            "peak_memory_mb": peak_memory_mb(),
            "chosen_by": _chosen_by(recipe, fitted).as_dict(),
            "notes": [note.as_dict() for note in (*notes, *met)],
        },
    )


@dataclass(frozen=True)
class _JobMaker:
    """What the two fits of a training have in common."""

    folder: RunFolder
    recipe: Recipe
    data: tuple[Pictures | EncodedRows, Split, Labels]
    preparation: Preparation
    device: tuple[torch.device, str]  # where, and in which precision
    size: tuple[int, int]  # pictures per batch, steps per epoch (0: as many as show every picture once)
    threads: Threads
    live: Live

    def chosen(
        self,
        module: torch.nn.Module,
        stages: list[list[int]],
        record: recorder.Recorder,
        progress: Progress,
        seen: features.Seen | None = None,
    ) -> loop.Fitted:
        """On the training part, stage by stage; the validation part chooses.

        A stage is a training of its own: its first and last epoch, more than one where a finished run was gone on with.
        """
        _pictures, split, labels = self.data
        validation = loop.Validation(split.validation, labels.of(split.validation))
        reached = checkpoints.stage(self.folder.path / names.CHECKPOINTS / "choose") if len(stages) > 1 else 1
        for first, last in stages:
            if first >= reached:
                job = replace(
                    self._job(split.train, last, "choose"),
                    validation=validation,
                    save_epoch=record.epoch,
                    first_epoch=first,
                )
                fitted = loop.fit(*(seen.instead(module, job) if seen else (module, job)), progress)
                record.rows = fitted.history
        return fitted

    def final(self, epochs: int, stage: int) -> loop.Job:
        """On training plus validation; nothing is left to choose. Every stage has a final fit of its own."""
        split = self.data[1]
        name = "final" if stage == 1 else f"final-{stage}"
        return self._job(np.sort(np.concatenate([split.train, split.validation])), epochs, name)

    def _job(self, train: np.ndarray, epochs: int, name: str) -> loop.Job:
        pictures, _split, labels = self.data
        settings, y = self.recipe.training, labels.of(train)
        where, precision = self.device
        batches = Batches(
            pictures.images,
            train,
            y,
            self.preparation,
            self.recipe.augmentation,
            *self.size,
            settings.seed,
        )
        weight = class_weight(y, len(pictures.classes), settings.class_weight, where)
        place = self.folder.path / names.CHECKPOINTS / name
        return loop.Job(
            self.recipe,
            batches,
            None,
            weight,
            epochs,
            place,
            where,
            precision,
            threads=self.threads,
            live=self.live,
        )


def fitted_again(folder: RunFolder, result: Result) -> torch.nn.Module | None:
    """The network that predicts, where it was fitted once more on all parts; None where the chosen one does.

    Args:
        folder: where its weights lie. result: of `run`.

    Raises:
        RunError: the weights cannot be read back.
    """
    if not result.facts["final_fit"]:
        return None
    again = copy.deepcopy(result.chosen)
    restore.weights(again, folder.file(names.WEIGHTS))
    return again.eval()


def for_so_many(settings: TrainingSettings, n: int) -> TrainingSettings:
    """The settings as they apply to n training and validation pictures: `small_below` is decided.

    Of few pictures none can be spared: what the validation part has been used for, the weights of a second training on
    both parts take over. Its length is that of the first, whose schedule is fixed, so that nothing is chosen by it.
    """
    decided: dict[str, Any] = {"small_below": 0, "small_steps": 0, "small_learning_rate": 0.0}
    if n >= settings.small_below:
        return replace(settings, **decided)
    steps = max(settings.min_steps, settings.small_steps)
    rate = settings.small_learning_rate or settings.learning_rate
    return replace(settings, **{**decided, "final_fit": True, "min_steps": steps, "learning_rate": rate})


def times_seen(settings: TrainingSettings, n: int) -> float:
    """How often each of n training pictures will be seen."""
    batch = batch_size(settings, n)
    epochs, steps = length(settings, n, batch)
    return epochs * steps * batch / n if steps else float(epochs)


def batch_size(settings: TrainingSettings, n: int) -> int:
    """Pictures per batch for n training pictures: the recipe's, or fewer where it asks for `min_batches`."""
    few = max(SMALLEST_BATCH, n // settings.min_batches) if settings.min_batches else n
    return min(settings.batch_size, few, n)


def length(settings: TrainingSettings, n: int, batch: int) -> tuple[int, int]:
    """Epochs, and steps per epoch (0: as many as show every picture once), for n training pictures.

    Small data are gone through more often, so that there are at least `min_steps` steps: in up to `MANY` epochs,
    then in longer ones, since looking at the validation part after every few steps would take most of the time.
    """
    steps = settings.steps_per_epoch or math.ceil(n / batch)
    if settings.epochs * steps >= settings.min_steps:
        return settings.epochs, settings.steps_per_epoch
    epochs = max(settings.epochs, min(MANY, math.ceil(settings.min_steps / steps)))
    wanted = math.ceil(settings.min_steps / epochs)
    return epochs, wanted if wanted > steps else settings.steps_per_epoch


def _length_note(
    settings: TrainingSettings, n: int, epochs: int, steps: int, batch: int, tabular: bool
) -> list[Words]:
    if (epochs, steps) == (settings.epochs, settings.steps_per_epoch):
        return []
    each = steps or math.ceil(n / batch)
    passes = epochs * each * batch / n
    if tabular:
        return [
            Words(
                f"{n:,} training rows: {epochs} epochs of {each} steps of {batch}, so that each row is seen about {passes:,.0f} times.",
                f"학습 행 {n:,}개: {batch}개짜리 {each}스텝씩 {epochs}에포크, 한 행을 약 {passes:,.0f}번 봅니다.",
            )
        ]
    return [
        Words(
            f"{n:,} training pictures: {epochs} epochs of {each} steps of {batch}, so that each picture is seen about {passes:,.0f} times.",
            f"학습 그림 {n:,}장: {batch}장짜리 {each}스텝씩 {epochs}에포크, 한 장을 약 {passes:,.0f}번 봅니다.",
        )
    ]


_TWICE = Words(
    "There are two trainings: the first is validated, the second learns from the validation part as well and takes "
    "about as long.",
    "학습은 두 번 합니다. 첫 번째는 검증하고, 두 번째는 검증 부분까지 배우며 비슷하게 걸립니다.",
)


def _once_more(n: int, epochs: int, tabular: bool) -> Words:
    en, ko = (f"{n:,} rows", f"행 {n:,}개") if tabular else (f"{n:,} pictures", f"{n:,}장")
    return Words(
        f"Once more on training plus validation, {en}, for {epochs} epochs: these weights are kept. "
        "The validation score was measured before.",
        f"학습+검증 {ko}으로 {epochs}에포크를 처음부터 한 번 더 학습해 그 가중치를 남깁니다. "
        "검증 점수는 그 전에 잰 것입니다."
        if not tabular
        else f"학습+검증 {ko}로 {epochs}에포크를 처음부터 한 번 더 학습해 그 가중치를 남깁니다. "
        "검증 점수는 그 전에 잰 것입니다.",
    )


def class_weight(y: np.ndarray, classes: int, how: str, where: torch.device) -> torch.Tensor | None:
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
            f"{len(fitted.history)}에포크 가운데 {recipe.stopping.monitor} 값이 가장 좋은 에포크",
        )
    return Words("the last epoch, as the recipe says", "레시피대로 마지막 에포크")


def write_weights(folder: RunFolder, module: torch.nn.Module, name: str = names.WEIGHTS) -> None:
    """Write weights.safetensors, or another file of weights."""
    from safetensors.torch import save

    state = {key: tensor.detach().cpu().contiguous() for key, tensor in module.state_dict().items()}
    files.write_bytes(folder.file(name), save(state))
