"""Cross-validation of pictures: every fold is a training of its own, from the preparation to the calibration.

What is scored is what `evaluate` would score: the calibrated probabilities of the weights that are kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hakseup.data import units
from hakseup.data.folds import PICTURES, Fold, kind, stratified
from hakseup.data.split import Split, held_out
from hakseup.data.whole import Data
from hakseup.evaluation import calibration, fold_scores
from hakseup.evaluation.predict import Rows, predict_proba, require_width
from hakseup.metrics.classification import scores
from hakseup.models import assemble
from hakseup.models.baselines import TITLES, baselines
from hakseup.progress import Progress, Silence, work
from hakseup.runs.folder import RUN, RunFolder
from hakseup.seeds import derive
from hakseup.settings import CheckpointSettings, Recipe
from hakseup.training import decided, session
from hakseup.words import Words


class _Inside(Silence):
    """What is heard of a fold: how far it is in percent, since how many epochs it takes is known when it ends."""

    def __init__(self, progress: Progress, fits: int) -> None:
        self.progress, self.fits, self.told, self.fit, self.last = progress, fits, 0, 0, 0

    def epoch_begin(self, epoch: int, epochs: int, steps: int, unit: str = "pictures") -> None:
        self.fit += epoch <= self.last
        self.last = epoch
        self.reach((self.fit + (epoch - 1) / epochs) / self.fits)

    def reach(self, share: float) -> None:
        """So much of the fold is done."""
        now = int(100 * share)
        if now > self.told:
            self.progress.advance(now - self.told)
            self.told = now


def crossval(
    whole: Data, recipe: Recipe, rows: np.ndarray, k: int, repeats: int = 1, progress: Progress = Silence()
) -> dict[str, Any]:
    """Train and score every fold.

    Args:
        whole: the data; only the labels of `rows` are read.
        recipe: everything about a training; a share of each fold's training pictures validates.
        rows: pictures that are divided, int64, sorted; usually those outside the test part.
        k: folds. repeats: how often the pictures are divided anew.
        progress: hears of the work.

    Returns:
        See `fold_scores.summary`; and `n` (pictures), `k`, `repeats`, `at_once` (False).

    Raises:
        DataError: too few pictures of a class. NetworkError, TrainingError: see `session.run`.
    """
    pictures, labels = whole.pictures, whole.labels
    seed, keys = recipe.training.seed, [c.key for c in pictures.classes]
    unit = units.of_pictures(pictures.keys, pictures.groups)[rows]
    what = kind(keys, PICTURES, pictures.groups is not None)
    folds = stratified(rows, unit, labels.of(rows), k, what, repeats=repeats, seed=seed)
    scored: list[Mapping[str, Any]] = []
    simple: dict[str, list[Mapping[str, Any]]] = {name: [] for name in TITLES}
    for number, fold in enumerate(folds):
        own, title = derive(seed, "fold", number), f"{number + 1} / {len(folds)}"
        with work(progress, Words(f"Training fold {title}", f"겹 학습 {title}"), 100, "percent"):
            answers = _answers(whole, recipe, fold, own, progress, len(rows), first=number == 0)
        require_width(answers, len(keys))
        truth = labels.of(fold.held)
        scored.append(scores(truth, answers, keys)["metrics"])
        train, held = Rows(pictures.images, fold.train), Rows(pictures.images, fold.held)
        for name, guess in baselines(train, labels.of(fold.train), held, len(keys), own).items():
            simple[name].append(scores(truth, guess, keys)["metrics"])
    together = fold_scores.summary(scored, simple, TITLES, folds)
    return {**together, "n": len(rows), "k": k, "repeats": repeats, "at_once": False}


def _answers(
    whole: Data, recipe: Recipe, fold: Fold, seed: int, progress: Progress, of: int, first: bool
) -> np.ndarray:
    """Probabilities of the held pictures, (m, k), from a network that learned from the others.

    Args:
        seed: of this fold. of: pictures that are divided: what a recipe does with few of them is decided by the whole,
        as `train` decides it, since folds are to tell how good that training is. first: its sentences are said; those of the others would say the same again.
    """
    pictures, labels = whole.pictures, whole.labels
    validation = held_out(pictures, labels, fold.train, recipe.split.validation, seed)
    train = np.setdiff1d(fold.train, validation, assume_unique=True)
    split = Split(train, validation, fold.held, np.empty(0, np.int64), False, False)
    own = replace(recipe, training=replace(recipe.training, seed=seed), checkpoint=CheckpointSettings())
    own, preparation, notes = decided.for_these(own, pictures, split, of)
    for note in notes if first else ():
        progress.note(note)
    module, final, _facts = assemble.network(own, preparation.input_shape, len(pictures.classes))
    inside = _Inside(progress, 2 if own.training.final_fit else 1)
    with tempfile.TemporaryDirectory() as place:
        folder = RunFolder(Path(place))
        folder.write_json(RUN, {})
        result = session.run(folder, own, (pictures, split, labels), preparation, module, inside)
        again = session.fitted_again(folder, result)
    kept = result.chosen if again is None else again
    raw = predict_proba(result.chosen.eval(), Rows(pictures.images, validation), preparation, final=final)
    fitted = calibration.fit(raw, labels.of(validation), choosing_fit=own.training.final_fit)
    answers = predict_proba(kept.eval(), Rows(pictures.images, fold.held), preparation, final=final)
    inside.reach(1)
    return fitted.apply(answers)
