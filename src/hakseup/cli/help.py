"""Pages of help, in the language spoken: drawn here because a Hangul syllable takes two places.

They come from the same table that the parser reads, so an option cannot be missing from its page.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from rich.cells import cell_len

from hakseup.cli.command import Command
from hakseup.cli.commands import COMMANDS
from hakseup.cli.options import COMMON, VERSION, Argument, Option
from hakseup.cli.screen import capital, wrap
from hakseup.words import Words

WIDEST = 100  # columns
NARROW = 60  # columns; below, words stand under the name and not beside it
_INDENT = 2


def page(command: Command | None, columns: int | None = None) -> list[str]:
    """The lines of the page of one command, or of hakseup as a whole.

    Args:
        command: None for the whole.
        columns: of the page; None: as many as the terminal has.
    """
    columns = columns or width()
    return _whole(columns) if command is None else _of(command, columns)


def width() -> int:
    """Columns of the terminal; lines longer than WIDEST are hard to read."""
    return min(shutil.get_terminal_size((80, 24)).columns, WIDEST)


def _whole(width: int) -> list[str]:
    lines = wrap(
        str(
            Words(
                "hakseup: a model you can trust, from a folder of pictures or a table, on the computer you have.",
                "학습(hakseup): 그림 폴더나 표에서, 지금 있는 컴퓨터로, 믿을 수 있는 모델을 만듭니다.",
            )
        ),
        width,
    )
    lines += ["", str(Words("Usage: hakseup COMMAND ...", "사용법: hakseup 명령 ..."))]
    lines += block(
        Words("Commands", "명령"), [(command.name, str(command.words)) for command in COMMANDS], width
    )
    lines += block(Words("Options", "옵션"), [_entry(option) for option in (*COMMON, VERSION)], width)
    lines += block(
        Words("To begin", "처음이라면"),
        [
            (
                "hakseup demo",
                str(
                    Words(
                        "the whole way in seconds, nothing to download",
                        "내려받을 것 없이 몇 초 만에 처음부터 끝까지",
                    )
                ),
            ),
            ("hakseup train mnist", str(Words("train on a known data set", "알려진 데이터로 학습"))),
            ("hakseup train my-pictures", str(Words("train on a folder of folders", "클래스별 폴더로 학습"))),
        ],
        width,
    )
    return lines


def _of(command: Command, width: int) -> list[str]:
    lines = [str(Words("Usage: ", "사용법: ")) + usage(command), ""]
    lines += wrap(f"{capital(str(command.words))}.", width)
    if command.more is not None:
        lines += ["", *wrap(str(command.more), width)]
    arguments = [one for one in command.takes if isinstance(one, Argument)]
    own = [one for one in command.takes if isinstance(one, Option)]
    made = [one for one in command.options if one.setting is not None]
    rest = [one for one in command.options if one.setting is None]
    lines += block(Words("Arguments", "인자"), [(one.metavar, str(one.words)) for one in arguments], width)
    lines += block(
        Words("Settings (without them the recipe decides)", "설정(주지 않으면 레시피를 따릅니다)"),
        [_entry(one) for one in made],
        width,
    )
    lines += block(Words("Options", "옵션"), [_entry(one) for one in (*own, *rest)], width)
    return lines


def usage(command: Command) -> str:
    """How the command is called, on one line."""
    parts = ["hakseup", command.name]
    for one in command.takes:
        if isinstance(one, Argument):
            text = one.metavar + ("..." if one.many else "")
            parts.append(text if one.required else f"[{text}]")
    return " ".join([*parts, str(Words("[options]", "[옵션]"))])


def _entry(option: Option) -> tuple[str, str]:
    name = f"{option.flag}, {option.short}" if option.short else option.flag
    name = f"{name} {option.metavar}" if option.metavar else name
    words = str(option.words)
    if option.many:
        words += str(Words(" (may be repeated)", " (여러 번 쓸 수 있습니다)"))
    return name, words


def block(title: Words | str, entries: Sequence[tuple[str, str]], width: int) -> list[str]:
    """A title and its entries: the name, and beside it (or under it, where it is narrow) what it does."""
    if not entries:
        return []
    lines = ["", str(title)]
    column = min(max(cell_len(name) for name, _ in entries) + 2, 30)
    for name, words in entries:
        if width < NARROW:
            lines.append(" " * _INDENT + name)
            lines += [" " * (_INDENT + 4) + part for part in wrap(words, width - _INDENT - 4)]
            continue
        parts = wrap(words, width - _INDENT - column)
        first = name + " " * (column - cell_len(name))
        if cell_len(name) + 2 > column:
            lines.append(" " * _INDENT + name)
            first = " " * column
        lines.append(" " * _INDENT + first + parts[0])
        lines += [" " * (_INDENT + column) + part for part in parts[1:]]
    return lines
