"""What `look` prints of a table: the facts of `data.table_looking` on one or two screens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hakseup.cli.look_text import LINES, heading, left_out, named_rows, next_steps, said
from hakseup.cli.screen import Trimmed, clean, shown
from hakseup.data.table_words import percent
from hakseup.report.numbers import bare, number
from hakseup.words import Words, josa

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

BAR = 20  # columns of the longest bar
COLUMNS = 24  # rows of the table of columns; the page shows all
CLASSES = 12
VALUES = 4  # most frequent values that are named
TYPES = {
    "number": Words("number", "수"),
    "text": Words("text", "글자"),
    "date": Words("date", "날짜"),
    "boolean": Words("yes or no", "예/아니요"),
}
ROLES = {
    "number": Words("number", "수"),
    "numbers": Words("numbers", "수 여럿"),
    "category": Words("category", "범주"),
    "date": Words("date", "날짜"),
    "target": Words("target", "목표"),
    "left out": Words("left out", "제외"),
}


def table_look_text(facts: Mapping[str, Any], console: Console, *, page: bool = False) -> None:
    """Print the facts: what it is, what was found, the target, what goes with it, missing values, every column.

    Args:
        facts: of `data.table_looking.facts`.
        console: where it goes; its width decides where lines break.
        page: whether a page is written too, so that it need not be offered.
    """
    from rich.text import Text

    heading(facts, summary(facts), console)
    for title, table in _tables(facts):
        console.print()
        console.print(Text(clean(str(title)), "bold"), soft_wrap=True)
        console.print(Trimmed(table))
    if facts["notes"] or facts["refused"]:
        console.print()
        console.print(Trimmed(_notes(facts)))
    target = f" --target {shown(facts['target']['name'])}" if facts["target"] else ""
    next_steps(facts, f"{shown(facts['data']['source'])}{target}", console, page)


def named(column: Mapping[str, Any]) -> str:
    """A column as a person reads it, with its name in the file where that is another one."""
    words = said(column["words"])
    return column["name"] if words == column["name"] else f"{words} ({column['name']})"


def summary(facts: Mapping[str, Any]) -> str:
    """How large, of what kinds, what is predicted."""
    kinds = [c["type"] for c in facts["columns"]]
    counts = ", ".join(f"{TYPES[kind]} {kinds.count(kind):,}" for kind in TYPES if kind in kinds)
    n, d = facts["n"], len(kinds)
    parts = [
        Words(f"{n:,} {'row' if n == 1 else 'rows'}", f"{n:,}행"),
        Words(f"{d:,} {'column' if d == 1 else 'columns'} ({counts})", f"{d:,}열({counts})"),
    ]
    target = facts["target"]
    if target:
        k = len(target.get("classes", ()))
        what = Words(f"{k:,} classes", f"클래스 {k:,}개") if k else Words("a number", "수")
        name = named(target)
        parts.append(Words(f"target: {name} ({what.en})", f"목표: {name}({what.ko})"))
    licence = facts["data"]["licence"]
    if licence:
        parts.append(Words(f"licence: {licence}", f"라이선스: {licence}"))
    return ", ".join(str(part) for part in parts)


def _tables(facts: Mapping[str, Any]) -> list[tuple[Words, Table]]:
    out: list[tuple[Words, Table]] = []
    target = facts["target"]
    tested = any(part["part"] == "test" for part in facts["parts"])
    outside = Words(" (without the test part)", "(테스트 부분 제외)") if tested else Words("", "")
    if target and target["task"] == "classes":
        title = Words(f"Rows of each class{outside.en}", f"클래스별 행 수{outside.ko}")
        out.append((title, _classes(target["classes"])))
    elif target and target["n"]:
        name = named(target)
        out.append((Words(f"{name}{outside.en}", f"{name}{outside.ko}"), _spread(target)))
    correlation = facts["correlation"]
    of = correlation["of"]
    if correlation["rising"] or correlation["falling"]:
        name = named(target)
        if of is not None:
            who = next((said(c) for c in target["classes"] if c["key"] == of), of)
            name = f"{name} = {who}"
        title = Words(
            f"Correlation with {name}, categories one-hot{outside.en}",
            f"{josa(name, '과/와')}의 상관관계(범주는 원-핫 인코딩){outside.ko}",
        )
        out.append((title, _correlation(facts)))
    if facts["missing"]:
        k, d = facts["missing_columns"], len(facts["columns"])
        first = Words("", "")
        if k > len(facts["missing"]):
            m = len(facts["missing"])
            first = Words(f", the {m} with most", f"(가장 많은 {m}열)")
        title = Words(
            f"Missing values: {k:,} of {d:,} columns{first.en}", f"결측치: {d:,}열 중 {k:,}열{first.ko}"
        )
        out.append((title, _missing(facts["missing"])))
    more = len(facts["columns"]) - COLUMNS
    title = Words("Columns", "열")
    if more > 0:
        title = Words(
            f"Columns ({more:,} more: --html shows them)", f"열(외 {more:,}개는 --html로 볼 수 있습니다)"
        )
    out.append((title, _columns(facts["columns"][:COLUMNS])))
    return out


def _empty(*heads: Words, right: Sequence[int] = ()) -> Table:
    from rich.box import Box
    from rich.table import Table

    table = Table(box=Box(LINES), show_edge=False, pad_edge=False, header_style="dim")
    for place, head in enumerate(heads):
        number_like = place in right
        table.add_column(
            str(head), justify="right" if number_like else "left", no_wrap=number_like, overflow="fold"
        )
    return table


def _bar(share: float) -> str:
    return "█" * max(1 if share > 0 else 0, round(BAR * share))


def _classes(classes: Sequence[Mapping[str, Any]]) -> Table:
    table = _empty(
        Words("class", "클래스"), Words("rows", "행"), Words("share", "비율"), Words("", ""), right=(1, 2)
    )
    most = max((c["n"] for c in classes), default=0) or 1
    for c in classes[:CLASSES]:
        name = said(c) if said(c) == c["key"] else f"{c['key']} {said(c)}"
        table.add_row(clean(name), f"{c['n']:,}", percent(c["share"]), _bar(c["n"] / most))
    if len(classes) > CLASSES:
        table.add_row("…", "…", "…", "")
    return table


def _spread(target: Mapping[str, Any]) -> Table:
    heads = (
        Words("smallest", "최솟값"), Words("median", "중앙값"), Words("mean", "평균"), Words("largest", "최댓값"),
        Words("deviation", "표준편차"),
    )  # fmt: skip
    table = _empty(*heads, right=range(5))
    low, high = target["low"], target["high"]
    table.add_row(
        *(bare(target[name], low, high) for name in ("low", "median", "mean", "high")), number(target["std"])
    )
    return table


def _correlation(facts: Mapping[str, Any]) -> Table:
    rising, falling = facts["correlation"]["rising"], facts["correlation"]["falling"]
    words = {c["name"]: c for c in facts["columns"]}
    table = _empty(
        Words("rises with it", "함께 커짐"), Words("r", "r"), Words("", ""), Words("falls with it", "반대로 작아짐"), Words("r", "r"),
        right=(1, 4),
    )  # fmt: skip

    def cells(row: Mapping[str, Any] | None) -> tuple[str, str]:
        if row is None:
            return "", ""
        name = named(words[row["column"]]) + ("" if row["value"] is None else f" = {row['value']}")
        if "class" in row:
            name += f" → {row['class']}"
        return clean(name), f"{row['r']:.2f}"

    for place in range(max(len(rising), len(falling))):
        first = rising[place] if place < len(rising) else None
        second = falling[place] if place < len(falling) else None
        table.add_row(*cells(first), _bar(abs(first["r"]) if first else 0), *cells(second))
    return table


def _missing(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = _empty(
        Words("column", "열"), Words("missing", "결측"), Words("share", "비율"), Words("", ""), right=(1, 2)
    )
    for row in rows:
        table.add_row(clean(named(row)), f"{row['n']:,}", percent(row["share"]), _bar(row["share"]))
    return table


def _columns(columns: Sequence[Mapping[str, Any]]) -> Table:
    table = _empty(
        Words("column", "열"), Words("type", "형식"), Words("used as", "쓰임"), Words("different", "서로 다른 값"), Words("what is in it", "내용"),
        right=(3,),
    )  # fmt: skip
    for c in columns:
        distinct = "" if c["distinct"] is None else f"{c['distinct']:,}"
        table.add_row(
            clean(named(c)), str(TYPES[c["type"]]), str(ROLES[c["role"]]), distinct, clean(content(c))
        )
    return table


def content(c: Mapping[str, Any]) -> str:
    """The range of a number or the most frequent values of a category, and what was done to read it; or why it is left out."""
    if c["role"] in ("left out", "numbers"):  # of pressures like 120/80, how many numbers there are
        return said(c["reason"])
    read = said(c["read"]) if c["read"] else ""
    held = "" if c["role"] == "target" else _held(c)
    return "; ".join(part for part in (held, read) if part)


def _held(c: Mapping[str, Any]) -> str:
    if c.get("low") is None:
        values = c["values"] or []
        said = ", ".join(f"{v['value']} ({v['n']:,})" for v in values[:VALUES])
        more = len(values[VALUES:]) + c.get("more", 0)
        return said + (str(Words(f" and {more:,} more", f" 외 {more:,}가지")) if more and said else "")
    if c["type"] == "date":
        return str(Words(f"{c['low'][:10]} to {c['high'][:10]}", f"{c['low'][:10]}~{c['high'][:10]}"))
    low, median, high = (bare(c[name], c["low"], c["high"]) for name in ("low", "median", "high"))
    return str(Words(f"{low} to {high}, median {median}", f"{low}~{high}, 중앙값 {median}"))


def _notes(facts: Mapping[str, Any]) -> Table:
    rows = [(Words("note", "참고"), said(note)) for note in facts["notes"]]
    return named_rows([*rows, *left_out(facts, "행")])
