"""What a recipe leaves to the pictures: network, length, augmentation and preparation, decided by their training part."""

from __future__ import annotations

import dataclasses
import math

from hakseup.data import kinds
from hakseup.data.pictures import Pictures
from hakseup.data.preparation import Preparation
from hakseup.data.split import Split
from hakseup.models import backbones, catalog
from hakseup.settings import Recipe, TrainingSettings
from hakseup.training import session
from hakseup.words import Words

_MIRRORED = Words(
    "Every answer is the mean of two looks, at the picture and at its mirror image.",
    "답은 그림과 그 거울상을 한 번씩 보고 낸 평균입니다.",
)


def for_these(
    recipe: Recipe, pictures: Pictures, split: Split, of: int | None = None
) -> tuple[Recipe, Preparation, list[Words]]:
    """Everything decided that waited for the pictures.

    Args:
        recipe: as it was chosen. pictures: the data. split: of them; only the training part is looked at.
        of: training and validation pictures of the whole where `split` is a part of it (a fold), so that the part is
            learned as the whole would be; None: those of `split`.

    Returns:
        The recipe that repeats this training, the preparation, fitted, and what to say of what was decided.
    """
    train = split.train
    mode = "grayscale" if pictures.channels == 1 else "rgb"
    n = of or len(train) + len(split.validation)
    network, training = recipe.network, session.for_so_many(recipe.training, n)
    if n < recipe.training.small_below and network.small and not network.layers:
        network = catalog.for_small(network)
    network = catalog.for_kind(network, kinds.kind_of(pictures, train), pictures.size)
    augmentation, note = kinds.resolved(
        recipe.augmentation, pictures, train, session.times_seen(training, len(train))
    )
    views = recipe.preparation.views
    if views == "auto":
        views = "mirrored" if augmentation.flip else "one"
    recipe = dataclasses.replace(
        recipe,
        data=dataclasses.replace(recipe.data, source=pictures.source, size=pictures.size, mode=mode),
        preparation=dataclasses.replace(recipe.preparation, views=views),
        network=backbones.whole_path(dataclasses.replace(network, small="")),
        training=training,
        augmentation=augmentation,
    )
    preparation = Preparation.fitted(pictures, train, recipe.data, recipe.preparation)
    if note and preparation.mirrored:
        note = Words(f"{note.en} {_MIRRORED.en}", f"{note.ko} {_MIRRORED.ko}")
    return recipe, preparation, [note] if note else []


def cut_short(usual: TrainingSettings, asked: TrainingSettings, split: Split) -> Words | None:
    """What to say where a call's own number of epochs takes away the steps that the recipe gives so few pictures.

    Args:
        usual: of the recipe. asked: with the call's number of epochs, decided. split: of the pictures.

    Returns:
        None where the recipe gives so many pictures nothing beyond its epochs, the call's epochs are as long, or the call
        says how many steps there are to be (`training.min_steps`, which its epochs alone set to none).
    """
    if asked.min_steps:
        return None
    n = len(split.train)
    batch = session.batch_size(asked, n)
    once = math.ceil(n / batch)
    epochs, each = session.length(asked, n, batch)
    of_recipe = session.for_so_many(usual, n + len(split.validation))
    longer, long = session.length(of_recipe, n, batch)
    steps, wanted = epochs * (each or once), longer * (long or once)
    if steps >= wanted or wanted <= usual.epochs * once:
        return None
    kept = f"--epochs {epochs} --set training.steps_per_epoch={math.ceil(wanted / epochs)}"
    return Words(
        f"--epochs {epochs} means {steps:,} steps of {batch} here: the recipe takes {wanted:,} on so few pictures, and "
        f"with fewer the network learns little. Leave --epochs out, or say {kept}.",
        f"--epochs {epochs}이면 {batch}장짜리 {steps:,}스텝뿐입니다. 그림이 이렇게 적을 때 레시피는 {wanted:,}스텝을 학습하며, "
        f"그보다 적으면 거의 배우지 못합니다. --epochs를 빼거나 {kept}로 주세요.",
    )
