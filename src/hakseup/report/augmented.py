"""The preview of an augmentation: what the network sees, each picture as it is and beside it changed as in training."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np

from hakseup.data.augment import is_plain
from hakseup.data.batches import Batches
from hakseup.data.labels import Labels
from hakseup.data.pictures import Pictures
from hakseup.data.preparation import Preparation
from hakseup.settings import AugmentationSettings

ROWS = 6  # pictures, from as many classes as there are
COLUMNS = 8  # changed ones beside each
LARGEST = 72  # pixels; larger pictures are shown smaller
CELL = 48  # pixels; smaller ones are enlarged by whole numbers towards this
GAP, MARGIN = 2, 10  # pixels between two cells, and between the originals and the changed ones
BETWEEN = 128  # grey, neither paper nor ink


def is_on(settings: AugmentationSettings) -> bool:
    """Whether anything is changed at all."""
    return settings.shift > 0 or settings.flip or not is_plain(settings)


def png(
    pictures: Pictures,
    train: np.ndarray,
    labels: Labels,
    preparation: Preparation,
    augmentation: AugmentationSettings,
    seed: int,
) -> bytes:
    """The sheet as a PNG file: a row per picture, at the left as it is.

    Args:
        pictures, labels: the data. train: index of the training part; nothing else is shown.
        preparation: the model's own; what it gives the network is turned back into pixels.
        augmentation: with every range decided.
        seed: the training's.
    """
    from PIL import Image

    chosen = examples(labels.of(train), len(pictures.classes))
    made = variants(pictures.images[train[chosen]], preparation, augmentation, seed)
    image = sheet(made)
    out = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(out, "PNG", optimize=True)
    return out.getvalue()


def examples(labels: np.ndarray, classes: int) -> np.ndarray:
    """Positions of the pictures that are shown: the first of each class, then the second, up to ROWS."""
    rank = np.zeros(len(labels), np.int64)
    for c in range(classes):
        at = np.flatnonzero(labels == c)
        rank[at] = np.arange(len(at))
    return np.argsort(rank, kind="stable")[:ROWS]


def variants(
    images: np.ndarray, preparation: Preparation, augmentation: AugmentationSettings, seed: int
) -> np.ndarray:
    """What the network would see: the pictures go through the batches of the training themselves.

    Args:
        images: uint8 (n, h, w, c).

    Returns:
        uint8 (n, 1 + COLUMNS, h, w, c), the first column unchanged.
    """
    import torch

    n = len(images)
    out = np.empty((n, 1 + COLUMNS, *images.shape[1:]), np.uint8)
    mean, deviation = (np.array(v)[:, None, None] for v in (preparation.mean, preparation.deviation))
    # Their own position goes along as the label, and comes back with each changed picture.
    changed = Batches(images, np.arange(n), np.arange(n), preparation, augmentation, n, 0, seed)
    plain = replace(changed, augmentation=AugmentationSettings())
    for column in range(1 + COLUMNS):
        batches = changed if column else plain
        for x, which in batches.epoch(column, 0, torch.device("cpu")):  # (n, c, h, w)
            pixels = np.rint((x.numpy() * deviation + mean) * 255).clip(0, 255).astype(np.uint8)
            out[which.numpy(), column] = pixels.transpose(0, 2, 3, 1)
    return out


def sheet(made: np.ndarray) -> np.ndarray:
    """The pictures (rows, columns, h, w, c) laid out as one, uint8 (height, width, c)."""
    rows, columns, h, w, c = made.shape
    if max(h, w) > LARGEST:
        made = np.stack([[_smaller(cell) for cell in row] for row in made])
        h, w = made.shape[2:4]
    else:
        zoom = max(1, round(CELL / max(h, w)))
        made = made.repeat(zoom, 2).repeat(zoom, 3)
        h, w = h * zoom, w * zoom
    height, width = rows * (h + GAP) - GAP, columns * (w + GAP) - GAP + MARGIN - GAP
    out = np.full((height, width, c), BETWEEN, np.uint8)
    for i in range(rows):
        for j in range(columns):
            top, left = i * (h + GAP), j * (w + GAP) + (MARGIN - GAP if j else 0)
            out[top : top + h, left : left + w] = made[i, j]
    return out


def _smaller(cell: np.ndarray) -> np.ndarray:
    import cv2

    scale = LARGEST / max(cell.shape[:2])
    h, w = (max(1, round(side * scale)) for side in cell.shape[:2])
    return np.asarray(cv2.resize(cell, (w, h), interpolation=cv2.INTER_AREA)).reshape(h, w, -1)
