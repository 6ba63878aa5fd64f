"""Arguments of layers, checked at the door: each function gives the clean value or says what was expected."""

from __future__ import annotations

import math
import numbers
import operator
import re
from collections.abc import Sequence
from typing import Any

from hakseup.errors import NetworkError, nearest
from hakseup.words import Words, josa

LARGEST = 100_000_000  # more units, filters or pixels than this are a slip of the finger, not a network


def shown(value: Any) -> str:
    """The value as Python writes it, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def snake_case(name: str) -> str:
    """MaxPooling2D -> max_pooling2d, HeNormal -> he_normal, AUC -> auc, as Keras' naming.to_snake_case."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def did_you_mean(word: str, known: Sequence[str]) -> Words:
    """Names the nearest right word, or lists them all where none is near."""
    lowered = {entry.lower(): entry for entry in known}
    near = nearest(word.lower(), list(lowered))
    if near is not None:
        return Words(f"Did you mean '{lowered[near]}'?", f"'{lowered[near]}'을(를) 뜻하셨나요?")
    listed = ", ".join(known)
    return Words(f"There are: {listed}.", f"쓸 수 있는 것: {listed}.")


def refusal(
    layer: str, argument: str, value: Any, expected: Words, hint: Words | None = None
) -> NetworkError:
    """The error for a value that does not fit its argument.

    Args:
        layer: class of the layer, for example "Dense".
        argument: name of the argument.
        value: what was given.
        expected: what was expected, a noun phrase.
        hint: what to do.
    """
    return NetworkError(
        "bad-argument",
        Words(
            f"{layer}: {argument} must be {expected.en}; it is {shown(value)}.",
            f"{layer}: {argument} 값은 {josa(expected.ko, '이어야/여야')} 합니다. 받은 값은 {shown(value)}입니다.",
        ),
        hint,
    )


def too_many(layer: str, positional: Sequence[str], names: Sequence[str]) -> NetworkError:
    """The error for more arguments without a name than there are places.

    Args:
        layer: class of the layer.
        positional: those that may stand without a name.
        names: of all.
    """
    return NetworkError(
        "too-many-arguments",
        Words(
            f"{layer} takes at most {len(positional)} arguments without a name.",
            f"{layer}에 이름 없이 쓸 수 있는 인자는 {len(positional)}개까지입니다.",
        ),
        Words(f"Its arguments are: {', '.join(names)}.", f"인자: {', '.join(names)}."),
    )


def lacking(layer: str, missing: Sequence[str]) -> NetworkError:
    """The error for arguments that a layer needs and that were not given."""
    listed = ", ".join(missing)
    return NetworkError(
        "missing-argument",
        Words(f"{layer} needs {listed}.", f"{layer}에는 {josa(listed, '이/가')} 필요합니다."),
    )


def whole(layer: str, argument: str, value: Any, low: int = 1) -> int:
    """A whole number of at least `low`."""
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        number = low - 1
    if not low <= number <= LARGEST:
        raise refusal(
            layer,
            argument,
            value,
            Words(f"a whole number from {low} to {LARGEST:,}", f"{low} 이상 {LARGEST:,} 이하의 정수"),
        )
    return number


def pair(layer: str, argument: str, value: Any) -> tuple[int, int]:
    """One positive whole number for height and width, or two of them."""
    items = list(value) if isinstance(value, list | tuple) else [value, value]
    try:
        if len(items) != 2:
            raise NetworkError("bad-argument", Words("", ""))
        return whole(layer, argument, items[0]), whole(layer, argument, items[1])
    except NetworkError:
        raise refusal(
            layer,
            argument,
            value,
            Words(
                "a whole number of at least 1, or two of them for height and width, like 3 or (3, 3)",
                "3 또는 (3, 3)처럼 1 이상의 정수 하나 또는 높이와 너비의 정수 둘",
            ),
        ) from None


def shape(layer: str, argument: str, value: Any) -> tuple[int, ...]:
    """A shape without the batch: (numbers,) or (height, width) or (height, width, channels)."""
    items = list(value) if isinstance(value, list | tuple) else [value]
    try:
        if not 1 <= len(items) <= 3:
            raise NetworkError("bad-argument", Words("", ""))
        return tuple(whole(layer, argument, item) for item in items)
    except NetworkError:
        raise refusal(
            layer,
            argument,
            value,
            Words(
                "a shape without the batch, like (784,) or (28, 28, 1)",
                "(784,) 또는 (28, 28, 1)처럼 배치를 뺀 모양",
            ),
        ) from None


def number(layer: str, argument: str, value: Any, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number within the bounds."""
    try:
        out = math.nan if isinstance(value, bool) or not isinstance(value, numbers.Real) else float(value)
    except OverflowError:
        out = math.inf
    if not math.isfinite(out) or not low <= out <= high:
        if math.isinf(low):
            expected = Words("a number", "수")
        elif math.isinf(high):
            expected = Words(f"a number of at least {low:g}", f"{low:g} 이상의 수")
        else:
            expected = Words(f"a number from {low:g} to {high:g}", f"{low:g}에서 {high:g} 사이의 수")
        raise refusal(layer, argument, value, expected)
    return out


def truth(layer: str, argument: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise refusal(layer, argument, value, Words("True or False", "True와 False 중 하나"))
    return value


def choice(layer: str, argument: str, value: Any, choices: Sequence[str]) -> str:
    """One of the words; capital letters do not matter."""
    word = value.lower() if isinstance(value, str) else ""
    if word not in choices:
        listed = " or ".join(f"'{entry}'" for entry in choices)
        listed_ko = f"{', '.join(choices)} 중 하나"
        hint = did_you_mean(word, choices) if word and nearest(word, list(choices)) else None
        raise refusal(layer, argument, value, Words(listed, listed_ko), hint)
    return word


def last_axis(layer: str, value: Any, expected: Words) -> int:
    """The axis of the channels: -1, or a number of which only the shape tells whether it is the last."""
    if isinstance(value, bool) or not isinstance(value, int) or value not in (-1, 1, 2, 3):
        raise refusal(layer, "axis", value, expected)
    return value


CHANNELS_AXIS = Words("-1, the channels", "채널을 뜻하는 -1")


def channels_last(layer: str, value: Any) -> None:
    """Keras' data_format: pictures are (height, width, channels) here and nothing else."""
    if value is not None and choice(layer, "data_format", value, ("channels_last", "channels_first")) != (
        "channels_last"
    ):
        raise refusal(
            layer,
            "data_format",
            value,
            Words("'channels_last' (or left out)", "'channels_last'이거나 생략된 값"),
            Words(
                "Shapes are (height, width, channels) throughout.",
                "모양은 언제나 (높이, 너비, 채널) 순서입니다.",
            ),
        )
