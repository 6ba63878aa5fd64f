"""What was done with the columns of a table, in a sentence each: the same words wherever a table is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hakseup.data import table_leaks, table_relations
from hakseup.data.table_whole import TableData
from hakseup.seeds import numpy_generator
from hakseup.sources.classes import listed
from hakseup.sources.tables.found import Column
from hakseup.words import Words

NAMED = 8  # columns that a sentence names
LOOKED_AT = 20_000  # rows in which columns that give the target away are looked for
_KINDS = {
    "number": Words("numbers", "수"),
    "numbers": Words("several numbers in each cell", "한 칸에 여러 수"),
    "category": Words("categories", "범주"),
    "date": Words("dates", "날짜"),
}
Roles = Sequence[Mapping[str, Any]]  # of each column "name", "role" and "reason" as {"en", "ko"}


def roles(whole: TableData) -> list[dict[str, Any]]:
    """The role of every column as plain values."""
    return [
        {"name": role.name, "role": role.role, "reason": role.reason.as_dict()} for role in whole.table.roles
    ]


def columns(of: Roles, read_as: Sequence[Column]) -> list[Words]:
    """How the columns were read and what each is used for.

    Args:
        of: the roles. read_as: the columns as they were found.
    """
    read = [(c.name, c.note) for c in read_as if c.note is not None and c.how != "text"]
    left = [(str(c["name"]), Words(**c["reason"])) for c in of if c["role"] == "left out"]
    used = []
    for kind, said in _KINDS.items():
        names = [str(c["name"]) for c in of if c["role"] == kind]
        if names:
            shown = listed(names)
            used.append(Words(f"{said.en} {shown.en}", f"{said.ko} {shown.ko}"))
    notes = [
        Words(
            f"Learned from: {'; '.join(one.en for one in used)}.",
            f"학습에 쓰는 열: {'; '.join(one.ko for one in used)}.",
        )
    ]
    if read:
        shown = _each(read)
        notes.insert(0, Words(f"Read as: {shown.en}.", f"읽은 방법: {shown.ko}."))
    if left:
        shown = _each(left)
        notes.append(Words(f"Not learned from: {shown.en}.", f"학습에 쓰지 않는 열: {shown.ko}."))
    return notes


def _each(said: Sequence[tuple[str, Words]]) -> Words:
    """What is to be said of the first columns; those of which the same is said stand together."""
    same: dict[Words, list[str]] = {}
    for name, words in said:
        same.setdefault(words, []).append(name)
    shown, en, ko = 0, [], []
    for words, names in same.items():
        if shown >= NAMED:
            break
        some = listed(names)
        en.append(f"{some.en} ({words.en})")
        ko.append(f"{some.ko}({words.ko})")
        shown += len(names)
    more = len(said) - shown
    return Words(
        "; ".join(en) + (f"; and {more} more" if more > 0 else ""),
        "; ".join(ko) + (f"; 외 {more}개" if more > 0 else ""),
    )


def leaks(whole: TableData, seed: int) -> list[Words]:
    """Columns that give the target away, in one sentence; looked for outside the test part."""
    table = whole.table
    rows = np.concatenate([whole.split.train, whole.split.validation])
    rows = np.sort(numpy_generator(seed, "table look", "relations").permutation(rows)[:LOOKED_AT])
    names = [role.name for role in table.features]
    frame = table.frame[rows].select(names)
    y, k = whole.labels.of(rows), len(table.classes)
    words = {role.name: role.words.as_dict() for role in table.roles}
    found = table_relations.leaks(frame, names, y, k, seed)
    if not found:
        numbers = [role.name for role in table.features if role.role == "number"]
        total = table_relations.together(frame, numbers, y, k, seed)
        if total is None:
            return []
        return [table_leaks.together([words[name] for name in total["names"]], words[table.target])]
    given = [words[one["name"]] for one in found]
    return [table_leaks.leak(given, words[table.target], found[-1]["score"])]
