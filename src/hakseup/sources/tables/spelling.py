"""Words that differ only in how they are written: Yes, YES and "yes " are one, and so are 예 and 네 beside 아니오.

Only columns with few different words are looked at, so names and free text stay as they are. How each is written most
often becomes the one way, and stays with the column: another file is read by it.
"""

from __future__ import annotations

import unicodedata
from collections import Counter

import polars as pl

from hakseup.words import Words

Spelling = tuple[
    tuple[str, str], ...
]  # pairs: what a word looks like when its writing is taken off it, how it is written

MOST = 200  # different words in a column; more are names
_ANSWERS = (
    frozenset({"yes", "y", "true", "t", "예", "네", "o", "참"}),
    frozenset({"no", "n", "false", "f", "아니오", "아니요", "아뇨", "x", "거짓"}),
)
_SPELT = {"예", "네"}  # one letter, and a word nevertheless
_PARTNER = {"y": "n", "n": "y", "t": "f", "f": "t", "o": "x", "x": "o"}


def plain(word: str) -> str:
    """The word without its writing: capital letters, spaces beside another, ways to compose Hangul."""
    return " ".join(unicodedata.normalize("NFC", word).split()).casefold()


def find(column: pl.Series) -> Spelling:
    """How the words of this column are written; empty where there are none, or too many.

    Args:
        column: text; null is missing.
    """
    if not 0 < column.n_unique() <= MOST:
        return ()
    counts = Counter({str(word): int(n) for word, n in column.drop_nulls().value_counts().iter_rows()})
    groups: dict[str, list[str]] = {}
    answers = _answers({plain(word) for word in counts})
    for word in sorted(counts, key=lambda one: (-counts[one], one)):
        groups.setdefault(answers.get(plain(word), plain(word)), []).append(word)
    written = {key: words[0] for key, words in groups.items()}
    pairs = {plain(word): written[answers.get(plain(word), plain(word))] for word in counts}
    pairs |= {word: written[first] for word, first in answers.items() if first in written}
    return tuple(sorted(pairs.items()))


def _answers(words: set[str]) -> dict[str, str]:
    """Each word for yes and for no -> one of them, where a column holds nothing else and more than two of them."""
    if len(words) < 3 or not words <= _ANSWERS[0] | _ANSWERS[1]:
        return {}
    # A letter alone may be anything: n, o and t of mushrooms are none, one and two rings.
    spelt = any(len(word) > 1 or word in _SPELT for word in words)
    if not spelt and not all(_PARTNER.get(word) in words for word in words):
        return {}
    return {word: min(way) for way in _ANSWERS for word in way if way & words}


def applied(column: pl.Series, spelling: Spelling) -> pl.Series:
    """The column with every known word written in the one way; others stay."""
    if not spelling:
        return column
    written = dict(spelling)
    words = column.drop_nulls().unique()
    other = {word: written[plain(word)] for word in words if written.get(plain(word), word) != word}
    return column.replace(other) if other else column


def notes(changed: dict[str, dict[str, list[str]]]) -> list[Words]:
    """What was read as one.

    Args:
        changed: column -> how it is written -> the other ways that were found.
    """
    if not changed:
        return []
    said = "; ".join(
        f"{name} ({', '.join(' = '.join([*others, word]) for word, others in ways.items())})"
        for name, ways in list(changed.items())[:8]
    )
    more = " …" if len(changed) > 8 else ""
    return [
        Words(
            f"Written in several ways, read as one: {said}{more}.",
            f"쓰는 법만 달라 같은 값으로 읽은 것: {said}{more}.",
        )
    ]


def changes(column: pl.Series, spelling: Spelling) -> dict[str, list[str]]:
    """How it is written -> the other ways in this column, as they stood before."""
    written = dict(spelling)
    out: dict[str, list[str]] = {}
    for word in sorted(column.drop_nulls().unique()) if spelling else ():
        if written.get(plain(word), word) != word:
            out.setdefault(written[plain(word)], []).append(word)
    return out
