"""What kind of pictures these are, and which augmentation suits the kind; said once, and written into the recipe.

A kind decides the ranges that nobody wrote down. How far it goes follows from how often each picture will be seen:
in two or three passes there is no time to learn what strong changes teach, in a thousand there is nothing else to
keep a network from learning forty drawings by heart.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from hakseup.data.mapped import Reading
from hakseup.data.pictures import Pictures
from hakseup.settings import AugmentationSettings
from hakseup.words import Words

TINY = 16  # pixels: below, a stroke has no room to turn or to bend in
SOME, OFTEN, ALWAYS = 10, 20, 100  # times each picture is seen, from which the changes grow
SAMPLE = 256  # training pictures looked at
PLAIN = 0.6  # share of a picture that has the ground's colour, in drawings
NEAR = 24  # of 255: as near to the ground's colour as this counts as ground
SAMPLE_IN_COLOUR = 64  # pictures
SMALLEST = 24  # pixels: below, a photograph can hardly be told
STEP = 32  # colours that differ by less count as one: 8 steps a channel
GROUND = 0.5  # share of the commonest colour above which a picture has a plain ground
THIN = 0.1  # share of the ink that is still ink when its edge is taken off: less in strokes

NAMES = {
    "digits": Words("digits or letters", "숫자나 글자"),
    "drawings": Words("strokes on a plain ground", "단색 바탕의 선 그림"),
    "garments": Words("garments", "옷"),
    "photographs": Words("photographs", "사진"),
}
_SAID = {
    "shift": Words("move by up to {:g} pixels", "{:g}픽셀까지 옮기기"),
    "flip": Words("mirror", "좌우 뒤집기"),
    "rotate": Words("turn by up to {:g} degrees", "{:g}도까지 돌리기"),
    "shrink": Words("shrink by up to {:.0%}", "{:.0%}까지 줄이기"),
    "grow": Words("grow by up to {:.0%}", "{:.0%}까지 키우기"),
    "stretch": Words("stretch by up to {:.0%}", "{:.0%}까지 늘이기"),
    "shear": Words("slant by up to {:g} degrees", "{:g}도까지 기울이기"),
    "elastic": Words("bend by up to {:g} pixels", "{:g}픽셀까지 구부리기"),
    "thickness": Words("strokes {:g} pixels thicker or thinner", "획을 {:g}픽셀까지 굵거나 가늘게"),
    "contrast": Words("contrast by up to {:.0%}", "대비를 {:.0%}까지"),
    "brightness": Words("brightness by up to {:.0%}", "밝기를 {:.0%}까지"),
    "erase": Words("wipe out up to {:.0%}", "{:.0%}까지 지우기"),
}


def resolved(
    settings: AugmentationSettings, pictures: Pictures, train: np.ndarray, seen: float
) -> tuple[AugmentationSettings, Words | None]:
    """The settings with every range decided, and a sentence about it where the kind decided any.

    Args:
        settings: of the recipe.
        pictures: the data; only the training part is looked at.
        train: its index.
        seen: how often each training picture will be seen.
    """
    if settings.kind == "none":
        return settings, None
    kind = kind_of(pictures, train) if settings.kind == "auto" else settings.kind
    ranges = preset(kind, pictures.size, seen)
    if settings.kind == "auto" and kind == "photographs" and lettered(pictures):
        ranges.pop("flip", None)  # classes called 0 to 9 may be anything; digits must not be mirrored
    known = {f.name for f in dataclasses.fields(settings)} - {"kind", "said"}
    default = AugmentationSettings()
    kept = {
        name: getattr(settings, name)
        for name in known
        if name in settings.said or getattr(settings, name) != getattr(default, name)
    }
    out = AugmentationSettings(**{**ranges, **kept, "kind": kind, "said": tuple(sorted(known))})
    return out, None if known <= set(kept) else _note(out, seen)


def kind_of(pictures: Pictures, train: np.ndarray) -> str:
    """What the pictures show: known of the data set, else told from the class names and the pixels."""
    if pictures.kind != "auto":
        return pictures.kind
    step = max(1, len(train) // SAMPLE)
    if are_strokes(Reading(pictures.images).take(train[::step][:SAMPLE])):
        return "digits" if lettered(pictures) else "drawings"
    return "photographs"


def looks_like_photographs(pictures: Pictures) -> bool:
    """Whether most of the pictures are surely photographs: in colour, and without a ground of one colour.

    `kind_of` calls so whatever is no strokes; this is for a word of advice, which should not come without reason.

    Args:
        pictures: of which up to 64 are looked at, spread over the data.
    """
    if pictures.channels != 3 or min(pictures.size) < SMALLEST:
        return False
    at = np.linspace(0, len(pictures) - 1, min(SAMPLE_IN_COLOUR, len(pictures))).astype(np.int64)
    votes = [_is_photograph(pictures.images[i]) for i in np.unique(at)]
    return sum(votes) > len(votes) / 2


def _is_photograph(picture: np.ndarray) -> bool:
    """uint8 (h, w, 3)."""
    steps = picture.astype(np.int64) // STEP
    colours = np.bincount((steps @ np.array([64, 8, 1])).reshape(-1), minlength=512)
    return bool(colours.max() < GROUND * colours.sum())


def lettered(pictures: Pictures) -> bool:
    """Whether every class is called by one digit or one letter of any script."""
    return all(len(c.key) == 1 and c.key.isalnum() for c in pictures.classes)


def are_strokes(images: np.ndarray) -> bool:
    """Whether most of these are thin lines on a plain ground.

    Args:
        images: uint8 (n, h, w, c).
    """
    import torch
    from torch.nn import functional as F

    from hakseup.data.augment import ground

    pixels = torch.from_numpy(np.ascontiguousarray(images))
    away = (pixels.float() - ground(pixels).float()[:, None, None]).abs().amax(3)  # (n, h, w)
    ink = (away > NEAR).float()
    reach = max(1, round(min(images.shape[1:3]) / 14))
    inner = -F.max_pool2d(-ink[:, None], 2 * reach + 1, 1, reach)[:, 0]
    amount = ink.sum((1, 2))
    plain = ink.mean((1, 2)) <= 1 - PLAIN
    strokes = plain & (amount > 0) & (inner.sum((1, 2)) <= THIN * amount)
    return bool(strokes.float().mean() > 0.5)


def preset(kind: str, size: tuple[int, int], seen: float) -> dict[str, Any]:
    """Ranges for a kind of pictures of this size (height, width), each seen so often; what is left out stays off."""
    side, strong = min(size), seen >= OFTEN
    pixel = side / 24  # of the lecture's drawings, so that ranges in pixels grow with the pictures
    if kind == "digits":
        if seen < SOME or side < TINY:
            return {"shift": max(1, round(side / 28))}
        if seen < ALWAYS:  # on MNIST, 20 epochs: as good as all that stands below, in less than half the time
            return {"shift": round(side / 14), "rotate": 10.0, **_size(0.1, 0.1, 0.1)}
        return {
            "shift": round(side / 14),
            "rotate": 12.0,
            "shear": 8.0,
            **_size(0.12, 0.12, 0.15),
            "elastic": round(0.8 * pixel, 2),
            "thickness": round(0.4 * pixel, 2),
        }
    if kind == "drawings":
        if not strong or side < TINY:
            return {"shift": max(1, round(side / 24)), "rotate": 10.0, **_size(0.15, 0.1, 0.15)}
        return {
            "shift": max(1, round(side / 8)),
            "rotate": 40.0,
            "shear": 15.0,
            **_size(0.5, 0.2, 1.2),
            "elastic": round(1.2 * pixel, 2),
            "thickness": round(1.0 * pixel, 2),
            "contrast": 0.3,
        }
    if kind == "garments":
        # Measured on Fashion-MNIST: in 8 epochs 7.1 % validation error mirrored alone, 7.5 % also moved by a pixel;
        # `best` in 16 epochs 5.3 % mirrored alone, in 24 epochs 5.9 % with all that stands below.
        light: dict[str, Any] = {"flip": True}
        return light if seen < ALWAYS else {**light, **_size(0.1, 0.1, 0.1), "rotate": 5.0, "erase": 0.1}
    light = {"flip": True, "shift": max(1, round(side / 16))}
    if not strong:
        return light
    return {**light, "rotate": 10.0, **_size(0.2, 0.3, 0.2), "contrast": 0.2, "brightness": 0.1, "erase": 0.1}


def _size(shrink: float, grow: float, stretch: float) -> dict[str, float]:
    return {"shrink": shrink, "grow": grow, "stretch": stretch}


def _note(settings: AugmentationSettings, seen: float) -> Words:
    """What is done to the pictures, in one sentence."""
    values = {name: getattr(settings, name) for name in _SAID if getattr(settings, name)}
    texts = [(_SAID[name].en.format(value), _SAID[name].ko.format(value)) for name, value in values.items()]
    kind = NAMES[settings.kind]
    en, ko = ", ".join(t[0] for t in texts) or "nothing", ", ".join(t[1] for t in texts) or "없음"
    return Words(
        f"Augmentation for {kind.en}, each picture seen about {seen:,.0f} times: {en}. --augmentation none switches it off.",
        f"{kind.ko}에 맞춘 증강(한 장을 약 {seen:,.0f}번 봄): {ko}. --augmentation none으로 끌 수 있습니다.",
    )
