"""What a recipe leaves to the pictures: network, length, augmentation and preparation, decided by their training part."""

from __future__ import annotations

import dataclasses

from hakseup.data import kinds
from hakseup.data.pictures import Pictures
from hakseup.data.preparation import Preparation
from hakseup.data.split import Split
from hakseup.models import backbones, catalog
from hakseup.settings import Recipe
from hakseup.training import session
from hakseup.words import Words

_MIRRORED = Words(
    "Every answer is the mean of two looks, at the picture and at its mirror image.",
    "답은 그림과 그 거울상을 한 번씩 보고 낸 평균입니다.",
)


def for_these(recipe: Recipe, pictures: Pictures, split: Split) -> tuple[Recipe, Preparation, list[Words]]:
    """Everything decided that waited for the pictures.

    Args:
        recipe: as it was chosen. pictures: the data. split: of them; only the training part is looked at.

    Returns:
        The recipe that repeats this training, the preparation, fitted, and what to say of what was decided.
    """
    train = split.train
    mode = "grayscale" if pictures.channels == 1 else "rgb"
    n = len(train) + len(split.validation)
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
