"""From facts to what a template lays out: cells of the matrix, rows of the tables, bars. No sentences here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from markupsafe import Markup

from hakseup.report import facts as facts_of_run
from hakseup.report import training_findings
from hakseup.report.numbers import known, percent
from hakseup.report.thumbnails import Thumbnail, Thumbnails

READABLE_ORDER = facts_of_run.READABLE
validation_chose = training_findings.validation_chose
NUMBERED = 20  # up to this many classes the cells of the matrix carry numbers
LABELLED = 40  # up to this many the matrix names its rows and columns
SHARES = 10  # up to this many they carry shares too
FIRST_MISTAKES = 12  # shown at once; the rest on request
FIRST_CLASSES = 20  # rows of a table by class before the rest is folded away
BARS = 4  # classes shown of a sample's probabilities

Class = Mapping[str, str]


def title(facts: Mapping[str, Any]) -> Class:
    """What the data are called; a run whose source is not known has the name in run.json."""
    source = facts["source"] or {}
    named = source.get("title") or {}
    name = source.get("name") or (facts["run"].get("data") or {}).get("name") or facts["name"]
    return {key: str(named.get(key) or name) for key in ("en", "ko")}


@dataclass(frozen=True)
class Cell:
    """One cell of the confusion matrix: `share` of its row; `key` where pictures of it are kept."""

    n: int
    share: str
    right: bool
    strength: float  # of its colour, 0 to 1
    key: str | None
    truth: Class
    label: Class


def matrix(facts: Mapping[str, Any]) -> list[tuple[Class, list[Cell]]]:
    """Rows of the confusion matrix, in the order that the facts say."""
    classes, order = facts["classes"], facts["confusion"]["order"]
    counts = facts["score"]["confusion"]
    with_pictures = {cell_key(item) for item in facts["mistakes"]}
    rows = []
    for truth in order:
        total = sum(counts[truth])
        cells = []
        for label in order:
            n, right = counts[truth][label], truth == label
            share = n / total if total else 0.0
            key = f"{truth}-{label}"
            strength = (0.12 + 0.2 * share if right else 0.22 + 0.55 * share**0.5) if n else 0.0
            shown = percent(share, total) if n else ""
            cells.append(
                Cell(
                    n,
                    shown,
                    right,
                    round(strength, 3),
                    key if key in with_pictures else None,
                    classes[truth],
                    classes[label],
                )
            )
        rows.append((classes[truth], cells))
    return rows


def long_names(facts: Mapping[str, Any]) -> bool:
    """Whether a class name is too long to stand in one line with a number under a small picture."""
    return any(len(c[language]) > 5 for c in facts["classes"] for language in ("en", "ko"))


def cell_key(item: Mapping[str, Any]) -> str:
    """The cell of the matrix that a mistake belongs to."""
    return f"{item['truth']}-{item['label']}"


@dataclass(frozen=True)
class Shown:
    """A picture with what was said of it."""

    picture: Thumbnail
    width: int
    height: int
    truth: Class
    label: Class
    right: bool
    probability: float
    truth_probability: float
    where: str
    cell: str
    bars: list[tuple[Class, float, bool]]  # class, probability, whether it is the truth; the largest first

    @property
    def file(self) -> str:
        """The name of its file alone: of a long path under a small picture only the beginning would be seen."""
        return PurePath(self.where).name or self.where


def pictures(
    items: Sequence[Mapping[str, Any]], thumbnails: Sequence[Thumbnail], classes: Sequence[Class], target: int
) -> list[Shown]:
    """Items that have a thumbnail, in their order.

    Args:
        items: mistakes or samples of the facts.
        thumbnails: by row.
        classes: of the facts.
        target: about how large the longer side is shown, in CSS pixels.
    """
    out = []
    for item in items:
        if item["row"] >= len(thumbnails):
            continue
        picture = thumbnails[item["row"]]
        width, height = picture.scaled(target)
        truth, label = item["truth"], item["label"]
        out.append(
            Shown(
                picture,
                width,
                height,
                classes[truth],
                classes[label],
                truth == label,
                item["probability"],
                item["truth_probability"],
                item["where"],
                cell_key(item),
                _bars(item.get("probabilities", []), classes, truth),
            )
        )
    return out


def _bars(
    probabilities: Sequence[float], classes: Sequence[Class], truth: int
) -> list[tuple[Class, float, bool]]:
    ranked = sorted(range(len(probabilities)), key=lambda c: -probabilities[c])
    top = ranked[:BARS]
    if top and truth not in top:
        top[-1] = truth
    return [(classes[c], probabilities[c], c == truth) for c in top]


@dataclass(frozen=True)
class Measure:
    """A share with its interval, as text and as places on a bar from 0 to 100."""

    value: float | None
    text: str
    low: float | None = None
    high: float | None = None


def by_class(facts: Mapping[str, Any]) -> list[tuple[Class, int, list[Measure]]]:
    """Class, n, and precision, recall and F1 of each."""
    rows = []
    most = max((row["n"] for row in facts["score"]["by_class"]), default=0)
    for words, row in zip(facts["classes"], facts["score"]["by_class"], strict=True):
        measures = []
        for name in ("precision", "recall", "f1"):
            value = row.get(name)
            ends = known(row.get(f"{name}_interval"))
            low, high = (round(100 * e, 1) for e in ends) if ends else (None, None)
            measures.append(Measure(value, percent(value, most), low, high))
        rows.append((words, row["n"], measures))
    if len(rows) > FIRST_CLASSES:  # with many classes the weakest stand first
        rows.sort(key=lambda row: row[2][2].value if row[2][2].value is not None else -1.0)
    return rows


@dataclass(frozen=True)
class ClassRow:
    """A class as the data has it: counts by part (None: not known), its mean picture, some examples."""

    words: Class
    counts: dict[str, int | None]
    widths: dict[str, float]  # of its bar, in percent of the most common class
    mean: Thumbnail | None
    examples: list[Thumbnail]


def class_rows(facts: Mapping[str, Any], thumbnails: Thumbnails) -> list[ClassRow]:
    """One row per class; the test part's counts are known only after it was opened."""
    counts = (facts["source"] or {}).get("counts") or {}
    opened = {row["key"]: row["n"] for row in _test_counts(facts)}
    tally: list[dict[str, int | None]] = [
        {
            "train": counts.get("train", {}).get(c["key"]),
            "validation": counts.get("validation", {}).get(c["key"]),
            "test": opened.get(c["key"]),
        }
        for c in facts["classes"]
    ]
    most = max((sum(n or 0 for n in row.values()) for row in tally), default=0) or 1
    return [
        ClassRow(
            words,
            row,
            {part: round(100 * (n or 0) / most, 2) for part, n in row.items()},
            thumbnails.means[i] if i < len(thumbnails.means) else None,
            thumbnails.examples[i] if i < len(thumbnails.examples) else [],
        )
        for i, (words, row) in enumerate(zip(facts["classes"], tally, strict=True))
    ]


def _test_counts(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    if facts["part"] != "test":
        return []
    return [
        {"key": c["key"], "n": row["n"]}
        for c, row in zip(facts["classes"], facts["score"]["by_class"], strict=True)
    ]


def parts(facts: Mapping[str, Any]) -> list[tuple[str, int, float]]:
    """Part, pictures in it, its share of all in percent."""
    counts = (facts["source"] or {}).get("counts") or {}
    sizes = {
        part: counts[part]["n"] if part == "test" else sum(counts[part].values())
        for part in ("train", "validation", "test")
        if counts.get(part)
    }
    total = sum(sizes.values()) or 1
    return [(part, n, round(100 * n / total, 2)) for part, n in sizes.items()]


def score_rows(facts: Mapping[str, Any]) -> list[tuple[Mapping[str, str], float, Any, str]]:
    """Rows of the figure of the score: this network first, then the baselines, the best first."""
    headline = facts["headline"]
    rows: list[tuple[Mapping[str, str], float, Any, str]] = [
        (
            {"en": "this network", "ko": "이 신경망"},
            headline["accuracy"],
            headline["interval"],
            headline["part"],
        )
    ]
    rows += [(b["words"], b["accuracy"], b["interval"], "") for b in reversed(headline["baselines"])]
    return rows


def big(share: float, n: int) -> tuple[str, str]:
    """The number that stands largest, and its unit."""
    text = percent(share, n)
    return text[:-1], text[-1]


def metric_rows(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All metrics of the part, with those of the baselines beside them."""
    score = facts["score"]
    names = ["accuracy", "top5_accuracy", "precision", "recall", "f1", "auc", "loss", "brier"]
    baselines = facts["headline"]["baselines"]
    return [
        {
            "name": name,
            "share": name not in ("loss", "brier", "auc"),
            "value": score["metrics"][name],
            "interval": known(score["interval"].get(name)),
            "baselines": [(score.get("baselines", {}).get(b["name"]) or {}).get(name) for b in baselines],
        }
        for name in names
        if score["metrics"].get(name) is not None
    ]


def drawing(facts: Mapping[str, Any]) -> Markup | None:
    """The picture of the network in both languages; None where it is not a list of layers."""
    if not facts["layers"]:
        return None
    from hakseup.models.drawing import svg
    from hakseup.models.sequential import Sequential

    network = Sequential.from_dict(facts["network"])
    en, ko = (Markup(svg(network, show_names=False, language=language)) for language in ("en", "ko"))
    return Markup('<div lang="en">{}</div><div lang="ko">{}</div>').format(en, ko)
