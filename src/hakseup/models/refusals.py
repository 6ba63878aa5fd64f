"""What is said of a network that cannot be: its end does not fit the classes of the data, or a parameter is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hakseup.errors import CallError, NetworkError, nearest
from hakseup.layers import Shape
from hakseup.words import Words, josa


def output_does_not_fit(name: str, shape: Shape, final: str | None, n_classes: int) -> NetworkError:
    """The error for a last layer of this name that gives this shape, through this activation, for so many classes."""
    hint = Words(
        f"End it with \"Dense({n_classes}, activation='softmax')\".",
        f"마지막 층을 \"Dense({n_classes}, activation='softmax')\"로 하세요.",
    )
    if len(shape) > 1:
        return NetworkError(
            "output-does-not-fit",
            Words(
                f"The last layer ({name}) gives {shape} for each picture; {n_classes} classes need "
                f"({n_classes},).",
                f"마지막 층({name})이 그림마다 {josa(str(shape), '을/를')} 내놓습니다. "
                f"클래스가 {n_classes}개이면 ({n_classes},)이어야 합니다.",
            ),
            Words(
                f"Put Flatten before the last Dense. {hint.en}",
                f"마지막 Dense 앞에 Flatten을 두세요. {hint.ko}",
            ),
        )
    if shape != (n_classes,):
        return NetworkError(
            "output-does-not-fit",
            Words(
                f"The last layer ({name}) has {shape[0]} outputs, but the data has {n_classes} classes.",
                f"마지막 층({name})의 출력은 {shape[0]}개인데 데이터의 클래스는 {n_classes}개입니다.",
            ),
            hint,
        )
    return NetworkError(
        "output-does-not-fit",
        Words(
            f"The last layer ({name}) ends in {final}, which gives no probabilities of {n_classes} classes.",
            f"마지막 층({name})의 활성화 함수 {final}로는 클래스 {n_classes}개의 확률을 낼 수 없습니다.",
        ),
        hint,
    )


def unknown_parameter(network: str, key: str, known: Sequence[str]) -> CallError:
    """The error for a parameter that the network of this name does not have; the nearest right one is named."""
    near, listed = nearest(key, list(known)), ", ".join(known)
    return CallError(
        "unknown-setting",
        Words(f"network '{network}' has no '{key}'.", f"신경망 '{network}'에는 '{key}' 설정이 없습니다."),
        Words(f"Did you mean '{near}'?", f"'{near}'을(를) 뜻하셨나요?")
        if near
        else Words(f"It has: {listed}.", f"있는 것: {listed}."),
    )


def impossible_parameter(key: str, value: Any, default: Any) -> CallError:
    """The error for a value that a network's parameter cannot have."""
    return CallError(
        "bad-setting",
        Words(
            f"network.{key} = {value!r} is not possible (default {default}).",
            f"network.{key} = {value!r}은(는) 쓸 수 없습니다(기본값 {default}).",
        ),
    )
