"""What a command takes: arguments and options, and the options that come out of the table of settings.

Everything is read as text and checked by us, so that every refusal is one of our own sentences.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hakseup import settings
from hakseup.errors import CallError
from hakseup.settings import Setting
from hakseup.words import Words


@dataclass(frozen=True)
class Argument:
    """A word by its place. `many`: one or more; `required`: it cannot be left out."""

    name: str
    metavar: str
    words: Words
    many: bool = False
    required: bool = True


@dataclass(frozen=True)
class Option:
    """A word by its name. `metavar` empty: a switch; `many`: may be given several times."""

    name: str
    flag: str
    metavar: str
    words: Words
    many: bool = False
    short: str = ""  # one letter, as in -h
    setting: Setting | None = None  # where it comes out of the table of settings

    @property
    def is_switch(self) -> bool:
        """Whether it stands alone, without a value."""
        return not self.metavar


JSON = Option(
    "json",
    "--json",
    "",
    Words("the result as one JSON object, on the last line", "결과를 JSON 하나로 마지막 줄에 씁니다"),
)
LANG = Option(
    "lang",
    "--lang",
    "ko|en",
    Words("language; without it the locale decides", "언어. 없으면 시스템 언어를 따릅니다"),
)
HELP = Option("help", "--help", "", Words("this page", "이 도움말"), short="-h")
COMMON = (JSON, LANG, HELP)
VERSION = Option("version", "--version", "", Words("the version of hakseup", "hakseup의 버전"))

SET = Option(
    "assignments",
    "--set",
    "KEY=VALUE",
    Words(
        "any setting, as in training.optimizer=sgd; `hakseup recipes --settings` lists them",
        "설정 바꾸기. 예: training.optimizer=sgd. 목록은 `hakseup recipes --settings`",
    ),
    many=True,
)


def of_settings(sections: Sequence[str], keys: Sequence[str] = ()) -> tuple[Option, ...]:
    """The options of the settings in these sections, or of these keys, that have one."""
    return tuple(
        Option(row.key.replace(".", "_"), row.about.option, metavar(row), row.about.words, setting=row)
        for row in settings.table()
        if row.about.option and (row.key in keys or row.key.partition(".")[0] in sections)
    )


def metavar(row: Setting) -> str:
    """What stands for the value in help: the choices, or a letter for the kind."""
    if row.about.choices:
        return "|".join(row.about.choices)
    return {"int": "N", "float": "X", "bool": "true|false", "str": "TEXT"}.get(row.kind, "A,B")


def collect(
    given: Iterable[tuple[Option, str | None]], assignments: Iterable[str], sections: Sequence[str]
) -> dict[str, Any]:
    """Settings of one call, checked: `{"section.key": value}`.

    Args:
        given: options made from settings, with the text typed (None: not given).
        assignments: texts of `--set`.
        sections: sections that the command uses; a setting of another one would have no effect.

    Raises:
        CallError: an unknown setting, a value that is not possible, one said twice, one without effect here.
    """
    out: dict[str, Any] = {}
    said: dict[str, str] = {}
    for option, text in given:
        if text is None or option.setting is None:
            continue
        key = option.setting.key
        out[key] = _checked(option.setting, text, f"{option.flag} {text}")
        said[key] = option.flag
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        key = key.strip()
        if not equals or not key:
            raise CallError(
                "bad-assignment",
                Words(
                    f"--set {assignment}: expected key=value.",
                    f"--set {assignment}: '키=값' 꼴이어야 합니다.",
                ),
                Words("For example --set training.optimizer=sgd", "예: --set training.optimizer=sgd"),
            )
        section = key.partition(".")[0]
        if section in settings.SECTIONS and section not in sections:
            raise CallError(
                "setting-without-effect",
                Words(f"{key} has no effect on this command.", f"{key} 설정은 이 명령에 영향이 없습니다."),
                Words(
                    "It takes settings of: " + ", ".join(sections),
                    "이 명령이 쓰는 설정 항목: " + ", ".join(sections),
                ),
            )
        value = _value(key, text.strip())
        if key in said and out[key] != value:
            raise CallError(
                "said-twice",
                Words(
                    f"{key} is said twice, and not the same: by {said[key]} and by --set {assignment}.",
                    f"{key} 값을 두 번 다르게 주었습니다: {said[key]}, --set {assignment}.",
                ),
                Words("Leave one of them out.", "하나만 남기세요."),
            )
        out[key] = value
        said[key] = f"--set {assignment}"
    return out


def refuse(given: Mapping[str, Any], where: Words, hint: Words | None = None) -> None:
    """Refuse the first of these options that was given: here it would have no effect.

    Args:
        given: what was given by option; None: nothing.
        where: in English what stands behind "has no effect", in Korean what stands before the option.
        hint: what to do.

    Raises:
        CallError: one was given.
    """
    for option, value in given.items():
        if value is not None:
            raise CallError(
                "option-without-effect",
                Words(f"{option} has no effect {where.en}.", f"{where.ko} {option}은(는) 쓸모가 없습니다."),
                hint,
            )


def whole(option: str, text: str, low: int) -> int:
    """The text of an option that is not a setting, as a whole number.

    Raises:
        CallError: it is no whole number, or below `low`.
    """
    try:
        number = int(text)
    except ValueError:
        number = low - 1
    if number < low:
        raise CallError(
            "bad-number",
            Words(
                f"{option} {text} is not possible: expected a whole number, at least {low}.",
                f"{option} {text}은(는) 쓸 수 없습니다. {low} 이상의 정수여야 합니다.",
            ),
        )
    return number


def _value(key: str, text: str) -> Any:
    """The value typed behind `--set key=`. A list may be written as in a recipe, in brackets."""
    value: Any = text
    if text.startswith("["):
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            raise CallError(
                "bad-setting",
                Words(
                    f"{key} = {text} cannot be read as a list.",
                    f"{key} = {text}은(는) 목록으로 읽을 수 없습니다.",
                ),
                Words(
                    'Write it as in a recipe: ["Flatten()", "Dense(10)"]',
                    '레시피에서처럼 쓰세요: ["Flatten()", "Dense(10)"]',
                ),
            ) from None
    known = {row.key: row for row in settings.table()}
    if key.startswith("network.") and key not in known:
        return value  # a parameter of a network from the catalog: the catalog knows it
    return _checked(settings.setting(key), value, f"--set {key}={text}")


def _checked(row: Setting, value: Any, typed: str) -> Any:
    """The value of a setting; a refusal names it as it was typed."""
    try:
        return settings.check(row.key, value)
    except CallError as error:
        if error.code != "bad-setting":
            raise
        raise CallError(
            error.code,
            Words(
                f"{typed} is not possible: expected {row.expected.en}.",
                f"{typed}: 쓸 수 없는 값입니다. 쓸 수 있는 값: {row.expected.ko}.",
            ),
            error.hint,
        ) from None
