"""The page of `hakseup look --html`: from the facts of `data.looking` to one HTML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hakseup.data.looking import PAIRS
from hakseup.data.looking_findings import DIFFERENT, TELLING, class_totals, spread
from hakseup.report import shell
from hakseup.report.thumbnails import PIXELWISE, Thumbnail, thumbnail
from hakseup.words import Language, Words
from hakseup.words import language as spoken

BUDGET = 1_500_000  # bytes that the example pictures may take, as they stand in the page
SIDE = 56  # CSS pixels: about how large a small picture is shown
FIRST = 20  # classes that are open; more are folded away
_PARTS = ("train", "validation", "test", "all")

Said = dict[str, str]


def render(facts: Mapping[str, Any], language: Language | None = None) -> str:
    """The page as text; it needs nothing but itself.

    Args:
        facts: of `data.looking.facts`, with their "arrays".
        language: which one shows first; None: the one spoken now. Both are in the page.
    """
    if facts.get("kind") == "table":
        from hakseup.report import table_look

        return table_look.render(facts, language)
    data = facts["data"]
    heading = data["title"] or {"en": data["name"], "ko": data["name"]}
    parts = _parts(facts)
    return shell.render(
        "look.html.j2",
        language or spoken(),
        title={key: f"{heading[key]} · hakseup look" for key in ("en", "ko")},
        heading=heading,
        facts=facts,
        parts=parts,
        tested=next((part for part in parts if part.name == "test"), None),
        rows=_rows(facts),
        first=FIRST,
        side=SIDE,
        most_pairs=PAIRS,
        said={name: words.as_dict() for name, words in _headings(facts).items()},
        pairs=_pairs(facts),
        twice={
            "across": sum(facts["duplicates"]["across"].values()),
            "conflict": facts["duplicates"]["conflicts"],
            "inside": sum(tally["groups"] for tally in facts["duplicates"]["inside"].values()),
        },
        light=_light(facts),
    )


@dataclass(frozen=True)
class Part:
    """A part as a stretch of the bar: its share in percent of all pictures."""

    name: str
    n: int
    share: float
    official: bool


def _parts(facts: Mapping[str, Any]) -> list[Part]:
    total = sum(part["n"] for part in facts["parts"]) or 1
    return [Part(p["part"], p["n"], round(100 * p["n"] / total, 2), p["official"]) for p in facts["parts"]]


@dataclass(frozen=True)
class Row:
    """A class: counts by part (None: sealed), widths in percent of the most common class, its pictures."""

    name: Said
    counts: dict[str, int | None]
    widths: dict[str, float]
    mean: Thumbnail | None
    examples: list[Thumbnail]


def _rows(facts: Mapping[str, Any]) -> list[Row]:
    classes = facts["classes"]
    tally: list[dict[str, int | None]] = [
        {
            part: counts[c["key"]] if counts is not None else None
            for part, counts in facts["counts"].items()
            if part in _PARTS
        }
        for c in classes
    ]
    longest = max((sum(n or 0 for n in row.values()) for row in tally), default=0) or 1
    examples = _examples(facts)
    seen = facts["brightness"]["by_class"]
    means = facts["arrays"]["mean"]
    return [
        Row(
            {"en": c["en"], "ko": c["ko"]},
            row,
            {part: round(100 * (n or 0) / longest, 2) for part, n in row.items()},
            thumbnail(means[i], _largest(len(classes))) if i < len(means) and seen[c["key"]]["n"] else None,
            examples[i] if i < len(examples) else [],
        )
        for i, (c, row) in enumerate(zip(classes, tally, strict=True))
    ]


def _largest(k: int) -> int:
    """Pixels of the longer side of a picture: sharp on fine screens, smaller where there are many classes."""
    return 2 * SIDE if k <= FIRST else PIXELWISE


def _examples(facts: Mapping[str, Any]) -> list[list[Thumbnail]]:
    """Pictures of each class, as many of each as the page has room for."""
    pictures: np.ndarray = facts["arrays"]["examples"]
    keys = [c["key"] for c in facts["classes"]]
    out: list[list[Thumbnail]] = [[] for _ in pictures]
    largest = _largest(len(keys))
    room = BUDGET
    for place in range(pictures.shape[1]):
        column = [
            (i, thumbnail(pictures[i, place], largest))
            for i in range(len(pictures))
            if place < len(facts["examples"].get(keys[i], ()))
        ]
        room -= sum(len(drawn.uri) for _, drawn in column)
        if room < 0 and place:  # one of each class always stands there
            break
        for i, drawn in column:
            out[i].append(drawn)
    return out


@dataclass(frozen=True)
class Pair:
    """Two equal pictures: one drawing, and who they are."""

    kind: str
    drawing: Thumbnail
    a: Mapping[str, Any]
    b: Mapping[str, Any]


def _pairs(facts: Mapping[str, Any]) -> list[Pair]:
    names = {c["key"]: {"en": c["en"], "ko": c["ko"]} for c in facts["classes"]}
    out = []
    for pair, pictures in zip(facts["duplicates"]["pairs"], facts["arrays"]["pairs"], strict=True):
        a, b = ({**pair[side], "name": names.get(pair[side]["label"])} for side in ("a", "b"))
        out.append(Pair(pair["kind"], thumbnail(pictures[0]), a, b))
    return out


@dataclass(frozen=True)
class Light:
    """Brightness of a class: its mean, and the places of mean and one deviation around it on a bar, in percent."""

    name: Said
    mean: float
    std: float
    at: float
    low: float
    high: float


def _light(facts: Mapping[str, Any]) -> list[Light]:
    """By class, the brightest first."""
    rows = []
    for c in facts["classes"]:
        row = facts["brightness"]["by_class"][c["key"]]
        if row["mean"] is None:
            continue
        at, spread = row["mean"] / 2.55, row["std"] / 2.55
        rows.append(
            Light(
                {"en": c["en"], "ko": c["ko"]},
                row["mean"],
                row["std"],
                round(at, 1),
                round(max(0.0, at - spread), 1),
                round(min(100.0, at + spread), 1),
            )
        )
    return sorted(rows, key=lambda row: -row.mean)


def _headings(facts: Mapping[str, Any]) -> dict[str, Words]:
    """What each figure shows, said above it."""
    out = {"classes": _about_classes(facts), "twice": _about_twice(facts), "light": _about_light(facts)}
    sizes = facts["seen"].get("sizes", {})
    height, width = facts["size"]
    if len(sizes) <= 1:
        out["files"] = Words(
            f"All pictures are {width}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{height} pixels.",
            f"모든 그림이 {width}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{height} 픽셀입니다.",
        )
    else:
        out["files"] = Words(
            f"The pictures came in {len(sizes):,} sizes and are brought to {width}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{height} pixels.",
            f"그림 크기가 {len(sizes):,}가지여서 모두 {width}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{height} 픽셀로 맞춥니다.",
        )
    return out


def _about_classes(facts: Mapping[str, Any]) -> Words:
    n = class_totals(facts)
    names = {c["key"]: c for c in facts["classes"]}
    most, least = max(n, key=n.__getitem__), min(n, key=n.__getitem__)
    if n[least] == 0:
        return Words(
            f"“{names[least]['en']}” has no picture to learn from.",
            f"‘{names[least]['ko']}’ 클래스에는 배울 그림이 없습니다.",
        )
    ratio = n[most] / n[least]
    if ratio < 1.5:
        if ratio == 1:
            return Words("All classes have the same number of pictures.", "모든 클래스의 그림 수가 같습니다.")
        return Words(
            "All classes have about the same number of pictures.", "모든 클래스의 그림 수가 비슷합니다."
        )
    times = f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}".removesuffix(".0")
    return Words(
        f"“{names[most]['en']}” has {times} times as many pictures as “{names[least]['en']}”.",
        f"‘{names[most]['ko']}’ 그림이 ‘{names[least]['ko']}’ 그림의 {times}배입니다.",
    )


def _about_twice(facts: Mapping[str, Any]) -> Words:
    duplicates = facts["duplicates"]
    across = sum(duplicates["across"].values())
    inside = sum(tally["pictures"] for tally in duplicates["inside"].values())
    if across:
        return Words(
            f"{across:,} {'picture appears' if across == 1 else 'pictures appear'} in two parts at once.",
            f"그림 {across:,}장이 두 부분에 함께 들어 있습니다.",
        )
    if duplicates["conflicts"]:
        n = duplicates["conflicts"]
        return Words(
            f"{n:,} {'picture carries' if n == 1 else 'pictures carry'} two different labels.",
            f"그림 {n:,}장에 서로 다른 정답이 붙어 있습니다.",
        )
    if inside:
        return Words(
            f"{inside:,} {'picture is a copy' if inside == 1 else 'pictures are copies'} of another one.",
            f"그림 {inside:,}장이 다른 그림과 똑같습니다.",
        )
    return Words("No picture appears twice.", "두 번 들어 있는 그림이 없습니다.")


def _about_light(facts: Mapping[str, Any]) -> Words:
    share = facts["brightness"]["explained_by_class"]
    span = spread(facts)
    if span < DIFFERENT:
        return Words(
            f"Hardly: from class to class it differs by {span:.0f} of 255 at most.",
            f"거의 알 수 없습니다. 클래스끼리 차이가 255 중 {span:.0f}뿐입니다.",
        )
    if share >= TELLING:
        return Words(
            f"To a large part: the class explains {share:.0%} of the differences in brightness.",
            f"꽤 알 수 있습니다. 밝기 차이의 {share:.0%}가 클래스에 따른 것입니다.",
        )
    return Words(
        f"A little: the class explains {share:.0%} of the differences in brightness.",
        f"조금 알 수 있습니다. 밝기 차이의 {share:.0%}가 클래스에 따른 것입니다.",
    )
