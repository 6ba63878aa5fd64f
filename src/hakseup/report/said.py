"""A finding of a report: one sentence in both languages, `{"en": …, "ko": …}`, as facts carry it."""

from __future__ import annotations

from hakseup.words import Words

Pair = dict[str, str]


def pair(en: str, ko: str) -> Pair:
    """One finding; particles written for both cases become the right ones (see `words.Words`)."""
    return Words(en, ko).as_dict()
