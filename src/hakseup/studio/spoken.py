"""Sentences that were written for the command line, in the page's words.

A finding or an error may name an option (`--set data.size=64,64`, `--ignore`). On the page the same thing is a field of
the form of settings: what stands before its name is put in the place of the dashes, so that what follows, a value or a
Korean particle, still fits.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from hakseup.settings import table
from hakseup.words import Words, josa

# The parts of the form of settings, in their order.
SECTIONS = {
    "data": Words("Data", "데이터"),
    "split": Words("Parts", "나누기"),
    "preparation": Words("Preparation", "준비"),
    "augmentation": Words("Augmentation", "변형"),
    "network": Words("Network", "신경망"),
    "training": Words("Training", "학습"),
    "stopping": Words("Stopping", "멈추기"),
    "checkpoint": Words("Checkpoints", "체크포인트"),
    "prediction": Words("Prediction", "예측"),
}
# Those that show before the form is opened further.
FIRST = (
    "training.epochs",
    "training.batch_size",
    "training.learning_rate",
    "stopping.patience",
    "augmentation.kind",
    "training.seed",
)
# What is chosen elsewhere on the page.
_ELSEWHERE = {
    "--target": Words("the list of columns under Data", "데이터 화면의 열 목록"),
    "--recipe": Words("the recipe", "레시피"),
}
# Commands that are a button of the page.
_BUTTONS = {
    "resume": Words("“Go on” under Train", "학습 화면의 ‘이어서 학습’"),
    "evaluate": Words("“Open the test part” under Result", "결과 화면의 ‘테스트 부분 열기’"),
}
_PARTICLES = {
    one: pair for pair in ("으로/로", "이/가", "은/는", "을/를") for one in pair.split("/")
}  # of the command that stands before it
_NAMED = re.compile(
    rf"`hakseup (?P<command>[a-z]+)[^`]*`(?P<particle>{'|'.join(_PARTICLES)})?|`[^`]*`"
    r"|--set (?P<key>[a-z]+\.[a-z_]+)|(?P<option>--[a-z][a-z-]+)"
)


def field(key: str) -> str:
    """What a setting is called on the page."""
    section, _, name = key.partition(".")
    return section if name == "kind" else name


def on_page(text: str, language: str) -> str:
    """The sentence with its options as fields of the page."""

    def put(found: re.Match[str]) -> str:
        whole, key, option = found.group(), found["key"], found["option"]
        if found["command"] in _BUTTONS:
            said, particle = str(getattr(_BUTTONS[found["command"]], language)), found["particle"]
            return josa(said, _PARTICLES[particle]) if particle else said
        if found["command"]:
            return f"{whole} on the command line" if language == "en" else f"명령줄의 {whole}"
        if whole.startswith("`"):
            return whole
        if option in _ELSEWHERE:
            return str(getattr(_ELSEWHERE[option], language))
        key = key or _keys().get(option)
        if key is None or key.partition(".")[0] not in SECTIONS:
            return whole
        within = "" if key in FIRST else f"{getattr(SECTIONS[key.partition('.')[0]], language)} › "
        return f"{'the setting' if language == 'en' else '설정'} {within}{field(key)}"

    return _NAMED.sub(put, text)


def both(words: dict[str, Any]) -> dict[str, Any]:
    """What has a sentence in each language, for the page; whatever else it has stays as it is."""
    said = {one: on_page(words[one], one) for one in ("en", "ko") if isinstance(words.get(one), str)}
    return {**words, **said}


def comparison(found: dict[str, Any]) -> dict[str, Any]:
    """What `api.compare` gives, with its sentences in the page's words."""
    return found | {part: [both(one) for one in found[part]] for part in ("pairs", "notes")}


def error(told: dict[str, Any], language: str) -> dict[str, Any]:
    """An error as `answers` and the command line write it: `message` and `hint`, and both again for each language."""

    def part(of: dict[str, Any], spoken: str) -> dict[str, Any]:
        return {
            key: on_page(value, spoken) if key in ("message", "hint") and isinstance(value, str) else value
            for key, value in of.items()
        }

    out = part(told, language)
    return out | {one: part(told[one], one) for one in ("en", "ko") if isinstance(told.get(one), dict)}


@functools.cache
def _keys() -> dict[str, str]:
    """Option -> key of the setting."""
    return {row.about.option: row.key for row in table() if row.about.option}
