"""What `look` prints: the facts of `data.looking` on one screen, and one picture as a matrix of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hakseup.cli.screen import Trimmed, as_typed, clean, shown
from hakseup.data.sizing import from_key, size_text
from hakseup.words import Words, language

if TYPE_CHECKING:
    import numpy as np
    from rich.console import Console
    from rich.table import Table

CLASSES = 12  # rows of the table; of more classes the largest and the smallest are shown
FINDINGS = 8  # sentences; problems are never left out
PAIRS = 3  # pairs of equal pictures that are named, and things that were left out
BAR = 24  # columns of the longest bar
_LEVELS = {
    "problem": (Words("problem", "문제"), "bold red"),
    "note": (Words("note", "참고"), "yellow"),
    "good": (Words("good", "양호"), "green"),
}
# A line under the heads and one above the sums, nothing else.
LINES = "    \n    \n ── \n    \n    \n ── \n    \n    \n"
_PARTS = {
    "train": Words("training", "학습"),
    "validation": Words("validation", "검증"),
    "test": Words("test", "테스트"),
    "all": Words("all", "전체"),
    "left_out": Words("left out", "제외"),
}


def look_text(facts: Mapping[str, Any], console: Console, *, page: bool = False) -> None:
    """Print the facts: what it is, what was found, counts by class, sizes and light.

    Args:
        facts: of `data.looking.facts`.
        console: where it goes; its width decides where lines break.
        page: whether a page is written too, so that it need not be offered.
    """

    if facts.get("kind") == "table":
        from hakseup.cli.table_look_text import table_look_text

        table_look_text(facts, console, page=page)
        return
    heading(facts, _summary(facts), console)
    console.print()
    console.print(Trimmed(_counts(facts)))
    console.print()
    console.print(Trimmed(_details(facts)))
    next_steps(facts, shown(facts["data"]["source"]), console, page)


def heading(facts: Mapping[str, Any], summary: str, console: Console) -> None:
    """What the data are called, what they are, and what was found."""
    from rich.text import Text

    data = facts["data"]
    title = said(data["title"]) if data["title"] else data["name"]
    console.print(Text(clean(title), "bold"), soft_wrap=True)
    console.print(Text(clean(summary)), soft_wrap=True)
    console.print()
    console.print(Text(said(facts["verdict"]), "bold"))
    console.print(Trimmed(findings_grid(facts)))


def next_steps(facts: Mapping[str, Any], source: str, console: Console, page: bool) -> None:
    """What to type next: to look at the page, and to train where nothing is in the way.

    Args:
        facts: of the data. console: where it goes.
        source: the data as they are typed, with the options that they need.
        page: whether a page is written already.
    """
    from rich.text import Text

    console.print()
    steps = [] if page else [f"hakseup look {source} --html look.html"]
    if not any(finding["level"] == "problem" for finding in facts["findings"]):
        steps.append(f"hakseup train {source}")
    for head, step in zip((str(Words("Next: ", "다음: ")), " " * 6), steps, strict=False):
        console.print(Text(head).append(as_typed(step), "bold"), soft_wrap=True)


def said(words: Mapping[str, str]) -> str:
    return words[language()]


def _summary(facts: Mapping[str, Any]) -> str:
    colour = Words("grayscale", "회색조") if facts["channels"] == 1 else Words("colour", "컬러")
    n, k = facts["n"], len(facts["classes"])
    parts = [
        Words(f"{n:,} pictures", f"그림 {n:,}장"),
        Words(f"{k:,} {'class' if k == 1 else 'classes'}", f"클래스 {k:,}개"),
        Words(f"{size_text(facts['size'])} {colour.en}", f"{size_text(facts['size'])} {colour.ko}"),
    ]
    licence = facts["data"]["licence"]
    if licence:
        parts.append(Words(f"licence: {licence}", f"라이선스: {licence}"))
    return ", ".join(str(part) for part in parts)


def findings_grid(facts: Mapping[str, Any]) -> Table:
    """What was found, problems first; the rest of many is on the page."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    found = facts["findings"]
    shown_n = max(FINDINGS, sum(finding["level"] == "problem" for finding in found))
    for finding in found[:shown_n]:
        word, style = _LEVELS[finding["level"]]
        grid.add_row(Text(str(word), style), Text(clean(said(finding))))
    if len(found) > shown_n:
        more = len(found) - shown_n
        grid.add_row(
            "",
            Text(
                str(Words(f"and {more} more: --html shows them", f"외 {more}가지는 --html로 볼 수 있습니다"))
            ),
        )
    return grid


def _counts(facts: Mapping[str, Any]) -> Table:
    """Class by part, with a bar for what there is to learn from."""
    from rich.box import Box
    from rich.table import Table

    parts = [part for part in facts["parts"] if part["part"] != "left_out"]
    counts = facts["counts"]
    rows = _chosen(facts)
    longest = max((_known(counts, c["key"]) for c in facts["classes"]), default=0) or 1
    table = Table(box=Box(LINES), show_edge=False, pad_edge=False, header_style="bold", show_footer=True)
    table.add_column(str(Words("class", "클래스")), str(Words("all", "모두")), overflow="fold")
    for part in parts:
        table.add_column(str(_PARTS[part["part"]]), f"{part['n']:,}", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for c in rows:
        if c is None:
            table.add_row("…", *("…" for _ in parts), "")
            continue
        cells = [
            str(Words("sealed", "봉인"))
            if counts.get(part["part"]) is None
            else f"{counts[part['part']][c['key']]:,}"
            for part in parts
        ]
        bar = "█" * max(1 if _known(counts, c["key"]) else 0, round(BAR * _known(counts, c["key"]) / longest))
        table.add_row(clean(_class_name(c)), *cells, bar)
    return table


def _class_name(c: Mapping[str, str]) -> str:
    name = said(c)
    return (
        name if name == c["key"] else f"{c['key']} {name}" if c["key"].isdigit() else f"{name} ({c['key']})"
    )


def _known(counts: Mapping[str, Mapping[str, int] | None], key: str) -> int:
    """Pictures of a class outside the test part."""
    return sum(tally[key] for part, tally in counts.items() if part != "test" and tally is not None)


def _chosen(facts: Mapping[str, Any]) -> Sequence[Mapping[str, str] | None]:
    """The classes that are shown; None stands for those between the largest and the smallest."""
    classes = facts["classes"]
    if len(classes) <= CLASSES:
        return list(classes)
    by_size = sorted(classes, key=lambda c: -_known(facts["counts"], c["key"]))
    half = CLASSES // 2
    return [*by_size[:half], None, *by_size[-half:]]


def _details(facts: Mapping[str, Any]) -> Table:
    """Names and values below the table: sizes, kinds, light, equal pictures, notes of the source."""

    rows: list[tuple[Words, str]] = []
    sizes = facts["seen"].get("sizes", {})
    listed = _most({size_text(from_key(key)): n for key, n in sizes.items()})
    if listed:
        rows.append((Words("sizes", "크기"), listed))
    names = facts["mode_names"]
    kinds = _most({said(names[mode]): n for mode, n in facts["seen"].get("modes", {}).items()})
    if kinds:
        rows.append((Words("kinds", "형식"), kinds))
    light = _light(facts)
    if light:
        rows.append((Words("brightness", "밝기"), light))
    names = {c["key"]: said(c) for c in facts["classes"]}
    for pair in facts["duplicates"]["pairs"][:PAIRS]:
        rows.append((Words("the same", "같은 그림"), f"{_one(pair['a'], names)} = {_one(pair['b'], names)}"))
    more = _pairs_in_all(facts) - PAIRS
    if more > 0:
        rows.append((Words("", ""), str(Words(f"and {more:,} more", f"외 {more:,}쌍"))))
    rows += left_out(facts, "개")
    rows += [(Words("note", "참고"), said(note)) for note in facts["notes"]]
    return named_rows(rows)


def left_out(facts: Mapping[str, Any], counted: str) -> list[tuple[Words, str]]:
    """The first of what could not be used, and how many more there are.

    Args:
        facts: of the data.
        counted: what Korean puts behind a number of them.
    """
    rows = [(Words("left out", "제외"), f"{r['where']}: {said(r)}") for r in facts["refused"][:PAIRS]]
    more = facts["refused_n"] - PAIRS
    if more > 0:
        rows.append((Words("", ""), str(Words(f"and {more:,} more", f"외 {more:,}{counted}"))))
    return rows


def named_rows(rows: Sequence[tuple[Words, str]]) -> Table:
    """A name and a value in each row."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(str(name), Text(clean(value)))
    return grid


def _most(counts: Mapping[str, int]) -> str:
    """The most common values with their counts, and how many there are besides."""
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    text = ", ".join(f"{name} ({n:,})" for name, n in ordered[:4])
    more = len(ordered) - 4
    return text + str(Words(f" and {more:,} more", f" 외 {more:,}가지")) if more > 0 else text


def _light(facts: Mapping[str, Any]) -> str:
    light = facts["brightness"]
    means = {key: row["mean"] for key, row in light["by_class"].items() if row["mean"] is not None}
    if not means:
        return ""
    names = {c["key"]: said(c) for c in facts["classes"]}
    dark, bright = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    return str(
        Words(
            f"mean {light['mean']:.0f} of 255; darkest: {names[dark]} ({means[dark]:.0f}), "
            f"brightest: {names[bright]} ({means[bright]:.0f})",
            f"평균 {light['mean']:.0f}(0~255). 가장 어두운 클래스: {names[dark]}({means[dark]:.0f}), "
            f"가장 밝은 클래스: {names[bright]}({means[bright]:.0f})",
        )
    )


def _one(who: Mapping[str, Any], names: Mapping[str, str]) -> str:
    where: str = who["where"]
    return where if who["label"] is None else f"{where} ({names[who['label']]})"


def _pairs_in_all(facts: Mapping[str, Any]) -> int:
    duplicates = facts["duplicates"]
    inside: int = sum(tally["groups"] for tally in duplicates["inside"].values())
    across: int = sum(duplicates["across"].values())
    return across + inside


def pixels_text(image: np.ndarray, label: str, columns: int | None = None) -> str:
    """A picture as the tutorials print it: one number from 0 to 255 a pixel, four columns each.

    Args:
        image: uint8 (h, w, c), c 1 or 3; of a colour picture the grey value is printed, and that is said.
        label: what it shows, in words.
        columns: of the terminal; a wider picture is cut to its middle, or made smaller where less than half of it
            would be left, and that is said. None: everything.
    """
    height, width, channels = image.shape
    grey = image[..., 0]
    if channels == 3:
        import numpy as np
        from PIL import Image

        grey = np.asarray(Image.fromarray(image).convert("L"))
    said = [
        Words(
            f"{label}: {height} rows of {width} pixels, 0 black to 255 white",
            f"{label}: {width}픽셀씩 {height}줄, 0은 검정 255는 흰색",
        )
    ]
    if channels == 3:
        said.append(
            Words(
                " (grey value 0.299 R + 0.587 G + 0.114 B of a colour picture)",
                " (컬러 그림의 회색 값: 0.299 R + 0.587 G + 0.114 B)",
            )
        )
    room = width if columns is None else max(1, (columns + 1) // 4)
    if room < width:
        grey, how = _narrowed(grey, room)
        said.append(how)
    lines = ("".join(f"{pixel:<4d}" for pixel in row).rstrip() for row in grey.tolist())
    return "".join(map(str, said)) + "\n" + "\n".join(lines)


def _narrowed(grey: np.ndarray, room: int) -> tuple[np.ndarray, Words]:
    """So much of a picture (h, w) as `room` columns of numbers hold, and how that was done."""
    height, width = grey.shape
    if 2 * room >= width:
        left = (width - room) // 2
        return grey[:, left : left + room], Words(
            f".\nThe window holds {room} columns of numbers: columns {left + 1} to {left + room} of {width}. "
            "A wider window, or `> FILE`, gets all.",
            f".\n창에 숫자가 {room}열까지 들어가서 {width}열 중 {left + 1}~{left + room}열만 보입니다. "
            "창을 넓히거나 `> 파일`로 저장하면 모두 나옵니다.",
        )
    import cv2

    rows = max(1, round(height * room / width))
    small: np.ndarray = cv2.resize(grey, (room, rows), interpolation=cv2.INTER_AREA)
    return small, Words(
        f".\nMade smaller to fit the window, {rows} rows of {room}: each number is a mean. `> FILE` gets every pixel.",
        f".\n창에 맞추어 {room}픽셀씩 {rows}줄로 줄였습니다. 숫자 하나는 그 자리 픽셀들의 평균입니다. `> 파일`로 저장하면 모두 나옵니다.",
    )
