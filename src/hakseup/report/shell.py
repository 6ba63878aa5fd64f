"""What all pages share: the Jinja environment, two languages side by side, the style, the script, the font.

A page is one file that asks the network for nothing. Both languages stand in it; `html[lang]` says which one
shows, so that a reader can switch without loading anything. Text goes into the page in one of three ways:
`two(en, ko)` for a pair written in a template, `pair(words)` for a `{"en", "ko"}` of the run folder, and
`name(text)` for what is not to be translated (class names, file names, layers).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from hakseup.data.sizing import from_key
from hakseup.report.fonts import STACK, font_css
from hakseup.report.numbers import decimals, number, percent, probability
from hakseup.words import Language

TEMPLATES = Path(__file__).parent / "templates"
_FONTS = "/*fonts*/"
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def render(template: str, language: Language, **context: Any) -> str:
    """A whole page.

    Args:
        template: its file name in templates/; it extends base.html.j2.
        language: the one that shows first.
        context: what the template reads.
    """
    style = (TEMPLATES / "style.css").read_text("utf-8").replace("var(--stack)", STACK)
    script = (TEMPLATES / "page.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    page = (
        environment()
        .get_template(template)
        .render(
            language=language,
            style=Markup(_FONTS + "\n" + style),
            script=Markup(script),
            script_digest=digest,
            **context,
        )
    )
    return page.replace(_FONTS, font_css(page), 1)


@cache
def environment() -> Environment:
    """Jinja with autoescape, and the words and numbers of this module as functions."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        two=two,
        pair=pair,
        sentence=sentence,
        measured=measured,
        metric=metric,
        name=name,
        code=code,
        number=number,
        percent=percent,
        probability=probability,
        percents=percents,
        pixels=pixels,
        duration=duration,
        when=when,
    )
    return made


def two(en: str, ko: str, **values: Any) -> Markup:
    """A sentence in both languages; `{name}` in it is filled from the values, which are escaped.

    Args:
        en: English, trusted markup.
        ko: Korean, trusted markup.
        values: text, numbers, or markup that is already safe; one made by `two` shows in its own language.
    """
    english, korean = Markup(en), Markup(ko)
    if values:
        english = english.format(**{k: _only(v, "en") for k, v in values.items()})
        korean = korean.format(**{k: _only(v, "ko") for k, v in values.items()})
    if english == korean:
        return english
    korean = _joined(korean)
    return TwoMarkup(f'<span lang="en">{english}</span><span lang="ko">{korean}</span>', english, korean)


def _joined(korean: Markup) -> Markup:
    """A particle stays on the line of the percentage before it."""
    return Markup(re.sub("%(?=[가-힣])", "%\N{WORD JOINER}", korean))


class TwoMarkup(Markup):
    """Markup that remembers its two languages, so that it can be put into a sentence of one of them."""

    en: Markup
    ko: Markup

    def __new__(cls, both: str, en: Markup, ko: Markup) -> TwoMarkup:
        made = super().__new__(cls, both)
        made.en, made.ko = en, ko
        return made


def _only(value: Any, language: Language) -> Any:
    return getattr(value, language) if isinstance(value, TwoMarkup) else value


def pair(words: Mapping[str, str] | None) -> Markup:
    """A `{"en": …, "ko": …}` of the run folder."""
    if not words:
        return Markup("")
    en, ko = _typed(escape(words["en"])), _typed(_joined(escape(words["ko"])))
    return en if en == ko else TwoMarkup(f'<span lang="en">{en}</span><span lang="ko">{ko}</span>', en, ko)


def _typed(text: Markup) -> Markup:
    """What stands in `backticks` is typed into a terminal."""
    return Markup(re.sub("`([^`<>]+)`", r'<code translate="no">\1</code>', str(text)))


def name(text: Any) -> Markup:
    """A name that is the same in every language and is not translated."""
    if isinstance(text, Mapping):
        en, ko = name(text["en"]), name(text["ko"])
        return (
            en if en == ko else TwoMarkup(f'<span lang="en">{en}</span><span lang="ko">{ko}</span>', en, ko)
        )
    return Markup('<bdi translate="no">{}</bdi>').format(text)


def sentence(words: Mapping[str, str]) -> Markup:
    """A pair as the beginning of a sentence: the first letter large in English."""
    return pair({"en": words["en"][:1].upper() + words["en"][1:], "ko": words["ko"]})


def code(text: str) -> Markup:
    """What is typed into a terminal."""
    return Markup('<code translate="no">{}</code>').format(text)


_METRICS = {
    "accuracy": ("accuracy", "정확도"),
    "top5_accuracy": ("truth among the five likeliest", "가장 그럴듯한 다섯 안에 정답"),
    "precision": ("precision, mean over the classes", "정밀도(클래스 평균)"),
    "recall": ("recall, mean over the classes", "재현율(클래스 평균)"),
    "f1": ("F1, mean over the classes", "F1(클래스 평균)"),
    "auc": ("AUC: a picture of the class ranks above another", "AUC: 그 클래스의 그림을 더 높게 매긴 비율"),
    "loss": ("loss (cross-entropy)", "오차(교차 엔트로피)"),
    "brier": ("Brier score: squared error of the probabilities", "브라이어 점수: 확률의 제곱 오차"),
}


def metric(name_: str) -> Markup:
    """A metric in words, or its name where there are none."""
    return two(*_METRICS[name_]) if name_ in _METRICS else name(name_)


def measured(text: Markup) -> Markup:
    """A sentence in which the names of columns (val_loss) are marked as names."""

    def marked(part: str) -> Markup:
        return Markup(
            re.sub(r"\b(val_(?:loss|accuracy))(?=\W|$|[가-힣])", r'<code translate="no">\1</code>', part)
        )

    if isinstance(text, TwoMarkup):
        return two(str(marked(str(text.en))), str(marked(str(text.ko))))
    return marked(str(text))


def percents(interval: tuple[float, float] | list[float] | None, n: float = 1000) -> Markup:
    """An interval of shares: "95.7 to 98.9%"."""
    if not interval:
        return Markup("–")
    low, high = (f"{100 * share:.{decimals(n)}f}" for share in interval)
    return two("{low} to {high}%", "{low}~{high}%", low=low, high=high)


def pixels(key: str) -> str:
    """A size as run folders keep it, height x width, for people: width × height."""
    height, width = from_key(key)
    return f"{width}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{height}"


def duration(seconds: float | None) -> Markup:
    """A time: "0.42 s", "12.3 s", "3 min 5 s", "2 h 10 min"."""
    if seconds is None or seconds != seconds:
        return Markup("–")
    if seconds < 59.95:
        shown = f"{seconds:.2f}" if seconds < 1 else f"{seconds:.1f}"
        return two("{s} s", "{s}초", s=shown)
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return two("{m} min {s} s", "{m}분 {s}초", m=minutes, s=rest)
    hours, minutes = divmod(minutes, 60)
    return two("{h} h {m} min", "{h}시간 {m}분", h=hours, m=minutes)


def when(moment: str | None) -> Markup:
    """A time stamp (ISO 8601) as a date and a time of its own zone; what cannot be read is shown as it is."""
    if not moment:
        return Markup("–")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return escape(moment)
    return two(
        "{d} {month} {y}, {t}",
        "{y}년 {m}월 {d}일 {t}",
        d=at.day,
        month=_MONTHS[at.month - 1],
        m=at.month,
        y=at.year,
        t=f"{at:%H:%M}",
    )
