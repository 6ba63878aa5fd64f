"""What is ready to run or to look at: known data, recipes, tutorials, the demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hakseup import recipes
from hakseup.api import tables
from hakseup.api.beginning import prepared, preview, require_effect
from hakseup.api.results import evaluate
from hakseup.api.training import NO_SETTINGS, Settings, train
from hakseup.errors import CallError
from hakseup.progress import Progress, Silence
from hakseup.settings import Recipe, assign
from hakseup.sources.tables import is_table
from hakseup.words import Words


def look(data: Any, *, settings: Settings = NO_SETTINGS, progress: Progress = Silence()) -> dict[str, Any]:
    """What is in the data: counts, sizes, duplicates, refusals, and what to do about them."""
    from hakseup.data.load import load
    from hakseup.data.looking import facts
    from hakseup.sources import find

    recipe = assign(recipes.load(), settings)
    require_effect(settings, is_table(data))
    if is_table(data):
        return tables.look(data, recipe, progress)
    # However much is refused, to look is how one finds out.
    recipe = assign(recipe, {"data.max_refused": 1})
    found = find(data, classes=recipe.data.classes, progress=progress)
    return facts(load(found, recipe.data, progress), recipe.split, recipe.training.seed)


def pixels(data: Any, number: int, *, settings: Settings = NO_SETTINGS) -> tuple[np.ndarray, str]:
    """Picture `number` of the data (from 0), uint8 (h, w, c), and what it is called there."""
    from hakseup.data.load import load
    from hakseup.sources import find

    recipe = assign(recipes.load(), settings)
    pictures = load(find(data, classes=recipe.data.classes), recipe.data, Silence())
    if not 0 <= number < len(pictures):
        raise CallError(
            "no-such-picture",
            Words(
                f"There is no picture {number}: they are numbered 0 to {len(pictures) - 1}.",
                f"{number}번 그림은 없습니다. 0번부터 {len(pictures) - 1}번까지 있습니다.",
            ),
        )
    label = int(pictures.labels.values[number])
    name = str(pictures.classes[label]) if label >= 0 else "?"
    return pictures.images[number], f"{pictures.where[number]} · {name}"


def augmented(
    data: Any,
    *,
    recipe: str | Path | None = None,
    settings: Settings = NO_SETTINGS,
    progress: Progress = Silence(),
) -> tuple[bytes, dict[str, Any]]:
    """What a training would see: a PNG file, training pictures at the left, and the augmentation with its ranges.

    Args:
        data, settings, progress: as in `train`.
        recipe: whose augmentation; None: `fast`.
    """
    chosen, whole, preparation, notes = prepared(assign(recipes.load(recipe), settings), data, progress)
    for note in notes:
        progress.note(note)
    return preview(whole, preparation, chosen), chosen.as_dict()["augmentation"]


def load_recipe(name: str | Path | None = None) -> Recipe:
    """A recipe by name, from a TOML file, or of a run."""
    return recipes.load(name)


def tutorial(name: str, *, out: Path | str | None = None, progress: Progress = Silence()) -> dict[str, Any]:
    """Run a tutorial's system, evaluate it, and put the document's figure beside ours."""
    from hakseup.errors import nearest
    from hakseup.recipes.tutorials import TUTORIALS

    if name not in TUTORIALS:
        near = nearest(name, list(TUTORIALS))
        listed = ", ".join(TUTORIALS)
        raise CallError(
            "unknown-tutorial",
            Words(f"There is no tutorial called '{name}'.", f"'{name}'(이)라는 튜토리얼은 없습니다."),
            Words(
                f"Did you mean '{near}'? There are: {listed}.",
                f"'{near}'을(를) 뜻하셨나요? 있는 것: {listed}.",
            )
            if near
            else Words(f"There are: {listed}.", f"있는 것: {listed}."),
        )
    about = TUTORIALS[name]
    run = train(about.data, recipe=name, out=out, progress=progress, command=["hakseup", "tutorial", name])
    result = evaluate(run, progress=progress)
    ours: dict[str, Any] = {}
    leading = ("accuracy", "loss") if "accuracy" in result["test"] else ("rmse", "mse")
    for key in dict.fromkeys([*leading, f"val_{leading[0]}", *about.document]):
        of = run.scores["validation"]["metrics"] if key.startswith("val_") else result["test"]
        ours[key] = of.get(key.removeprefix("val_"))
    return {
        "tutorial": name,
        "title": about.title.as_dict(),
        "document": about.document,
        "ours": ours,
        "differs": [words.as_dict() for words in about.differs],
        **result,
        "train_seconds": run.summary["train_seconds"],
        "epochs": run.summary["epochs"],
        "best_epoch": run.summary["best_epoch"],
    }


def demo(*, out: Path | str | None = None, progress: Progress = Silence()) -> dict[str, Any]:
    """The whole way on the digits that scikit-learn ships: train, evaluate, report."""
    run = train("digits", out=out, progress=progress, command=["hakseup", "demo"])
    return {**run.summary, **evaluate(run, progress=progress)}
