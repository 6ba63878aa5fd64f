"""The page of `hakseup look --html` for a table: from the facts of `data.table_looking` to one HTML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hakseup.data.table_words import percent
from hakseup.report import shell, table_plots
from hakseup.report.numbers import bare
from hakseup.words import Language, Words
from hakseup.words import language as spoken

FIRST = 100  # columns that are open; more are folded away
MOST = 1000  # columns that stand in the page at all
VALUES = 4

Said = Mapping[str, str]


def render(facts: Mapping[str, Any], language: Language | None = None) -> str:
    """The page as text; it needs nothing but itself.

    Args:
        facts: of `data.table_looking.facts`.
        language: which one shows first; None: the one spoken now. Both are in the page.
    """
    data, target = facts["data"], facts["target"]
    heading = data["title"] or {"en": data["name"], "ko": data["name"]}
    rows = [column_row(c) for c in facts["columns"][:MOST]]
    return shell.render(
        "table_look.html.j2",
        language or spoken(),
        title={key: f"{heading[key]} · hakseup look" for key in ("en", "ko")},
        heading=heading,
        facts=facts,
        tested=any(part["part"] == "test" for part in facts["parts"]),
        said={name: words.as_dict() for name, words in _headings(facts).items()},
        correlations=[_correlations(facts, side) for side in ("rising", "falling")],
        missing=facts["missing"],
        columns=rows,
        first=FIRST,
        share=percent,
        target_plot=table_plots.histogram(target["histogram"], target["words"])
        if target and target.get("histogram")
        else None,
        pair_plot=table_plots.pair_plot(facts["pairs"], target.get("classes", ()))
        if _has_pairs(facts)
        else None,
    )


def _has_pairs(facts: Mapping[str, Any]) -> bool:
    pairs = facts["pairs"]
    return bool(pairs and len(pairs["columns"]) > 1 and pairs["rows"])


@dataclass(frozen=True)
class ColumnRow:
    """A column as a row of the table: heights of its small histogram in percent, or its most frequent values."""

    words: Said
    key: str | None  # its name in the file, where a person reads another
    type: str
    role: str
    reason: Said
    distinct: int | None
    missing: float
    bars: list[float]
    low: str
    high: str
    values: list[tuple[str, int, float]]  # value, rows, percent of the most frequent
    more: int


def column_row(c: Mapping[str, Any]) -> ColumnRow:
    """What the page lays out of a column of the facts."""
    words = c["words"]
    bars: list[float] = []
    found = c["histogram"]
    if found:
        most = max(found["counts"]) or 1
        bars = [round(100 * n / most, 1) for n in found["counts"]]
    values = c["values"] or []
    largest = values[0]["n"] if values else 1
    return ColumnRow(
        words,
        c["name"] if c["name"] not in (words["en"], words["ko"]) else None,
        c["type"],
        c["role"],
        c["reason"],
        c["distinct"],
        c["missing_share"],
        bars,
        end(c, "low"),
        end(c, "high"),
        [(v["value"], v["n"], round(100 * v["n"] / largest, 1)) for v in values[:VALUES]],
        len(values[VALUES:]) + c.get("more", 0),
    )


def end(c: Mapping[str, Any], which: str) -> str:
    """The smallest or largest value of a number or date; empty for the rest."""
    value = c.get(which)
    if value is None:
        return ""
    if c["type"] == "date":
        return str(value)[:10]
    return bare(value, c["low"], c["high"])


@dataclass(frozen=True)
class Correlated:
    """A column, or one of its categories, with its correlation and the length of its bar in percent."""

    words: Said
    value: str | None
    of: Said | None  # the class, of more than two
    r: float
    width: float


def _correlations(facts: Mapping[str, Any], side: str) -> list[Correlated]:
    words = {c["name"]: c["words"] for c in facts["columns"]}
    classes = {c["key"]: {"en": c["en"], "ko": c["ko"]} for c in (facts["target"] or {}).get("classes", ())}
    return [
        Correlated(
            words[row["column"]],
            row["value"],
            classes.get(row["class"]) if "class" in row else None,
            row["r"],
            round(100 * abs(row["r"]), 1),
        )
        for row in facts["correlation"][side]
    ]


def _headings(facts: Mapping[str, Any]) -> dict[str, Words]:
    """What each figure shows, said above it."""
    out = {"missing": _about_missing(facts), "twice": _about_twice(facts), "columns": _about_columns(facts)}
    if facts["target"]:
        out["target"] = _about_target(facts["target"])
        out["related"] = _about_related(facts)
    return out


def _about_target(target: Mapping[str, Any]) -> Words:
    name = target["words"]
    if target["task"] == "classes":
        present = [c for c in target["classes"] if c["n"]]
        if not present:
            return Words(f"{name['en']}: no row to learn from.", f"{name['ko']}: 배울 행이 없습니다.")
        most = max(present, key=lambda c: c["n"])
        return Words(
            f"{name['en']} has {len(target['classes'])} classes; “{most['en']}” is the most frequent ({percent(most['share'])}).",
            f"{name['ko']}: 클래스가 {len(target['classes'])}개이고 ‘{most['ko']}’ 클래스가 가장 많습니다({percent(most['share'])}).",
        )
    if not target["n"]:
        return Words(f"{name['en']}: no row to learn from.", f"{name['ko']}: 배울 행이 없습니다.")
    low, median, high = (
        bare(target[which], target["low"], target["high"]) for which in ("low", "median", "high")
    )
    return Words(
        f"{name['en']} goes from {low} to {high}, its median is {median}.",
        f"{name['ko']}: {low}부터 {high}까지이고 중앙값은 {median}입니다.",
    )


def _about_related(facts: Mapping[str, Any]) -> Words:
    rows = [*facts["correlation"]["rising"][:1], *facts["correlation"]["falling"][:1]]
    if not rows:
        return Words(
            "Nothing goes together with it in a straight line.", "직선으로 함께 변하는 열이 없습니다."
        )
    best = max(rows, key=lambda row: abs(row["r"]))
    words: Said = next(c["words"] for c in facts["columns"] if c["name"] == best["column"])
    said = {k: words[k] + ("" if best["value"] is None else f" = {best['value']}") for k in ("en", "ko")}
    return Words(
        f"Most of all {said['en']} (r = {best['r']:.2f}).",
        f"가장 강한 것은 {said['ko']}입니다(r = {best['r']:.2f}).",
    )


def _about_missing(facts: Mapping[str, Any]) -> Words:
    k, d = facts["missing_columns"], len(facts["columns"])
    if not k:
        return Words("No cell is missing.", "결측치가 없습니다.")
    return Words(f"{k:,} of {d:,} columns have missing values.", f"{d:,}열 중 {k:,}열에 결측치가 있습니다.")


def _about_twice(facts: Mapping[str, Any]) -> Words:
    found = facts["duplicates"]
    if not found["rows"]:
        return Words("No row stands there twice.", "두 번 들어 있는 행이 없습니다.")
    return Words(
        f"{found['rows']:,} of {facts['n']:,} rows are exact copies of another one.",
        f"{facts['n']:,}행 중 {found['rows']:,}행이 다른 행과 똑같습니다.",
    )


def _about_columns(facts: Mapping[str, Any]) -> Words:
    used = sum(c["role"] not in ("left out", "target") for c in facts["columns"])
    left = sum(c["role"] == "left out" for c in facts["columns"])
    if not left:
        return Words(f"All {used:,} columns are used.", f"{used:,}열을 모두 씁니다.")
    return Words(
        f"{used:,} columns are used, {left:,} left out, each with its reason.",
        f"{used:,}열을 쓰고 {left:,}열은 이유와 함께 뺍니다.",
    )
