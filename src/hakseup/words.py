"""Korean and English: every sentence a person reads is a pair, written where it is said.

This room owns which language is spoken (`language`, `speak`) and the pair itself (`Words`). It holds no
dictionary of sentences: a pair stands beside the code that says it, so that both are changed together.
"""

from __future__ import annotations

import locale
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

Language = Literal["ko", "en"]
_spoken: ContextVar[Language | None] = ContextVar("hakseup_language", default=None)
_settled: list[Language] = []


def language() -> Language:
    """The language that is spoken now: the one chosen with `speak`, else that of the process or of the locale."""
    return _spoken.get() or (_settled[-1] if _settled else _language_of_locale())


def settle(chosen: Language) -> None:
    """Speak this language from now on in the whole process: for one that was started by another."""
    _settled[:] = [chosen]


@contextmanager
def speak(chosen: Language | None) -> Iterator[None]:
    """Speak the chosen language inside the block; None leaves it as it is."""
    if chosen is None:
        yield
        return
    token = _spoken.set(chosen)
    try:
        yield
    finally:
        _spoken.reset(token)


def _language_of_locale() -> Language:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "ko" if value.lower().startswith(("ko", "korean")) else "en"
    try:  # Windows and macOS programs often have none of these variables
        found = locale.getlocale()[0] or ""
    except ValueError:
        found = ""
    return "ko" if found.lower().startswith(("ko", "korean")) else "en"


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence in two languages; `str()` gives it in the language spoken now.

    A particle that is written for both cases, 을(를), takes the one that what stands before it asks for (see `josa`).
    """

    en: str
    ko: str

    def __post_init__(self) -> None:
        if "(" in self.ko:
            object.__setattr__(self, "ko", _EITHER.sub(_chosen, self.ko))

    def __str__(self) -> str:
        return self.ko if language() == "ko" else self.en

    def as_dict(self) -> dict[str, str]:
        """`{"en": …, "ko": …}`, as it is kept in the run folder."""
        return {"en": self.en, "ko": self.ko}


def josa(word: str, pair: str) -> str:
    """The word with the right Korean particle behind it: `josa("사과", "을/를")` is 사과를.

    Args:
        word: what the particle follows; a word that ends in none of Hangul, a digit and % gets both: "x을(를)", "x(으)로". A unit in
            brackets is not read: 전력(MW)을.
        pair: the particle after a final consonant, a slash, the particle after a vowel.
    """
    after_consonant, after_vowel = pair.split("/")
    bare = word.rstrip("'\"’”`")
    unit = _UNIT.search(bare)
    last = (bare[: unit.start()] if unit else bare.rstrip("'\"’”`)]"))[-1:]
    if "가" <= last <= "힣":
        final = (ord(last) - ord("가")) % 28
        if after_consonant == "으로" and final == 8:  # ㄹ takes 로
            return word + after_vowel
        return word + (after_consonant if final else after_vowel)
    if last.isdigit() and last.isascii():
        closed = last in "013678"  # 영 일 삼 육 칠 팔
        if after_consonant == "으로" and last in "178":
            return word + after_vowel
        return word + (after_consonant if closed else after_vowel)
    if last == "%":  # 퍼센트
        return word + after_vowel
    if after_consonant.endswith(after_vowel):  # (으)로, (이)라고
        return f"{word}({after_consonant.removesuffix(after_vowel)}){after_vowel}"
    return f"{word}{after_consonant}({after_vowel})"


_UNIT = re.compile(r"(?<=[가-힣0-9%])\s?\([^()가-힣]*[^()가-힣0-9%]\)$")
# 을(를), 이(가), 은(는), 과(와), 와(과), (으)로, and the (이) of (이)라고 and (이)나, behind what decides.
_EITHER = re.compile(
    r"""(?P<before>[가-힣0-9%](?:\s?\([^()가-힣]*\))?['"’”`)\]]*)(?:(?P<both>을\(를\)|이\(가\)|은\(는\)|과\(와\)|와\(과\))|\((?P<maybe>[으이])\)(?P<then>[로라나]))"""
)
_PAIRS = {"을(를)": "을/를", "이(가)": "이/가", "은(는)": "은/는", "과(와)": "과/와", "와(과)": "과/와"}


def _chosen(found: re.Match[str]) -> str:
    before, both, maybe, then = (found[name] for name in ("before", "both", "maybe", "then"))
    return josa(before, _PAIRS[both] if both else f"{maybe}{then}/{then}")


def without_colours(text: str) -> str:
    """Text without the escape sequences of terminals."""
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
