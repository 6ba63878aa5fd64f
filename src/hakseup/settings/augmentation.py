"""The settings of the augmentation: how far the pictures are changed while they are learned."""

from __future__ import annotations

from dataclasses import dataclass, field

from hakseup.settings.rows import _


@dataclass(frozen=True)
class AugmentationSettings:
    """`said`: which of them somebody wrote down; `kind` decides the others (see `data.kinds`)."""

    kind: str = _(
        "none",
        "chooses what is not said below: none; by what the pictures show; auto finds that out",
        "아래에서 정하지 않은 값을 정합니다. none: 하지 않음, 그 밖: 그림의 종류에 맞춤, auto: 종류를 알아냄",
        choices=("none", "auto", "digits", "drawings", "garments", "photographs"),
        option="--augmentation",
    )
    shift: int = _(
        0,
        "move by up to this many pixels; a picture made smaller, also into the room that leaves",
        "이 픽셀 수까지 옮깁니다. 줄인 그림은 남는 자리까지 더 옮깁니다",
        low=0,
        high=64,
    )
    flip: bool = _(False, "mirror left and right", "좌우를 뒤집습니다")
    rotate: float = _(0.0, "turn by up to this many degrees", "이 각도(도)까지 돌립니다", low=0, high=180)
    shrink: float = _(
        0.0,
        "make smaller by up to this share (0.5: half)",
        "이 비율까지 줄입니다(0.5: 절반)",
        low=0,
        high=0.9,
    )
    grow: float = _(
        0.0, "make larger by up to this share (1: double)", "이 비율까지 키웁니다(1: 두 배)", low=0, high=4
    )
    stretch: float = _(
        0.0,
        "make wider or taller by up to this share, the area kept",
        "넓이는 그대로 두고 이 비율까지 옆이나 위로 늘입니다",
        low=0,
        high=4,
    )
    shear: float = _(
        0.0,
        "slant by up to this many degrees",
        "이 각도(도)까지 기울입니다",
        low=0,
        high=60,
    )
    elastic: float = _(
        0.0,
        "bend smoothly, by up to about this many pixels (Simard 2003)",
        "약 이 픽셀 수까지 매끄럽게 구부립니다(Simard 2003)",
        low=0,
        high=64,
    )
    thickness: float = _(
        0.0,
        "make strokes thicker or thinner by up to this many pixels on each side",
        "획의 양쪽을 이 픽셀 수까지 굵거나 가늘게 합니다",
        low=0,
        high=8,
    )
    contrast: float = _(
        0.0,
        "make what stands on the ground stronger or fainter by up to this share",
        "바탕 위의 것을 이 비율까지 진하거나 흐리게 합니다",
        low=0,
        high=1,
    )
    brightness: float = _(
        0.0,
        "make the whole lighter or darker by up to this share of white",
        "흰색의 이 비율까지 전체를 밝거나 어둡게 합니다",
        low=0,
        high=1,
    )
    erase: float = _(
        0.0,
        "in half of the pictures, wipe out a rectangle of up to this share (Zhong 2017)",
        "그림의 절반에서 이 비율까지의 직사각형을 지웁니다(Zhong 2017)",
        low=0,
        high=0.9,
    )
    said: tuple[str, ...] = field(default=(), compare=False, repr=False)
