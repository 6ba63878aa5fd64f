"""`keras.config`: in which precision is reckoned, and the few other switches that Keras has."""

from __future__ import annotations

from typing import Any

from hakseup.errors import CallError
from hakseup.keras.outside import missing
from hakseup.layers.checks import did_you_mean
from hakseup.words import Words

__all__ = [
    "backend",
    "dtype_policy",
    "enable_unsafe_deserialization",
    "epsilon",
    "floatx",
    "image_data_format",
    "policy",
    "set_dtype_policy",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
]
POLICIES = ("float32", "mixed_bfloat16", "bfloat16", "mixed_float16")


class _Chosen:
    policy: str | None = None
    epsilon: float = 1e-7


def policy() -> str | None:
    """The precision that was asked for by name; None: the engine's own choice."""
    return _Chosen.policy


def set_dtype_policy(policy: Any) -> None:
    """Train and predict in this precision from now on.

    Args:
        policy: "float32" for Keras' own numbers, "mixed_bfloat16", "bfloat16" or "mixed_float16"; None: the
            engine's own choice again.

    Raises:
        CallError: another precision.
    """
    name = getattr(policy, "name", policy)
    if name is not None and name not in POLICIES:
        raise CallError(
            "bad-argument",
            Words(f"There is no dtype policy {name!r} here.", f"여기에는 {name!r} 정밀도가 없습니다."),
            did_you_mean(str(name), POLICIES),
        )
    _Chosen.policy = name


def dtype_policy() -> str:
    """The name of the policy, as Keras says it."""
    return _Chosen.policy or "float32"


def floatx() -> str:
    """The type of numbers that go in and come out: "float32"."""
    return "float32"


def set_floatx(value: str) -> None:
    """Only "float32"; `set_dtype_policy` chooses the precision of the training.

    Raises:
        CallError: another one.
    """
    if value != "float32":
        raise _only("floatx", value, "float32")


def epsilon() -> float:
    """The small number beside zero, 1e-7."""
    return _Chosen.epsilon


def set_epsilon(value: float) -> None:
    """Another small number; losses and optimizers have their own argument for it."""
    _Chosen.epsilon = float(value)


def image_data_format() -> str:
    """Where the channels stand: "channels_last"."""
    return "channels_last"


def set_image_data_format(data_format: str) -> None:
    """Only "channels_last".

    Raises:
        CallError: another one.
    """
    if data_format != "channels_last":
        raise _only("image_data_format", data_format, "channels_last", _LAST)


def backend() -> str:
    """What reckons: "torch"."""
    return "torch"


def enable_unsafe_deserialization() -> None:
    """Never: code in a model file is not executed.

    Raises:
        CallError: always.
    """
    raise CallError(
        "never-unsafe",
        Words(
            "Code that lies in a model file (Lambda layers) is never executed, and this cannot be switched off.",
            "모델 파일에 들어 있는 코드(Lambda 층)는 실행하지 않으며, 이 설정은 바꿀 수 없습니다.",
        ),
        Words(
            "Build the network in your own program and load the weights alone with load_weights.",
            "프로그램에서 신경망을 만들고 load_weights로 가중치만 불러오세요.",
        ),
    )


_LAST = Words(
    "Leave the line out, and put the channels last: x.reshape(-1, 28, 28, 1) and input_shape=(28, 28, 1).",
    "이 줄을 빼고 채널을 마지막에 두세요: x.reshape(-1, 28, 28, 1), input_shape=(28, 28, 1)",
)


def _only(name: str, value: Any, possible: str, hint: Words | None = None) -> CallError:
    return CallError(
        "bad-argument",
        Words(
            f"{name} can only be '{possible}' here; {value!r} was asked for.",
            f"여기서 {name} 값은 '{possible}'만 쓸 수 있습니다. 받은 값은 {value!r}입니다.",
        ),
        hint,
    )


def __getattr__(name: str) -> object:
    raise missing("keras.config", name, __all__)
