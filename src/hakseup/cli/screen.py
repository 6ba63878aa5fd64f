"""The only place that prints: results on standard output, progress, words and failures on standard error.

With `--json` everything a person reads goes to standard error, and one JSON object is the last line of standard
output. A console that cannot show a character (cp949, ascii) gets the nearest one it can: nothing here dies of it.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import math
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rich.cells import cell_len

from hakseup.errors import HakseupError
from hakseup.files import quoted
from hakseup.words import Words

if TYPE_CHECKING:
    from rich.box import Box
    from rich.console import Console, ConsoleOptions
    from rich.segment import Segment
    from rich.table import Table

Said = Words | str
_WIDE = 1000  # columns where nobody looks: a table in a file is never cut, nor its lines broken

_PLAIN = {"→": "->", "·": "-", "…": "...", "×": "x", "≥": ">=", "≤": "<=", "±": "+-", "│": "|"}
_PLAIN |= dict.fromkeys("─━╸╺–—−", "-") | dict.fromkeys("█▉▊▋▌▍▎▏", "#")
_PLAIN |= dict.fromkeys("‘’", "'") | dict.fromkeys("“”", '"')


def _nearest_plain(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that a console cannot show; an error handler of `codecs`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    out = ""
    for letter in error.object[error.start : error.end]:
        plain = _PLAIN.get(letter) or unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
        out += plain or "?"
    return out, error.end


class ReaderGone(OSError):
    """Who read our output has left (`hakseup runs | head -1`); told apart from every other broken pipe."""


@contextlib.contextmanager
def forgiving_streams() -> Iterator[None]:
    """Inside the block, standard output and error replace what they cannot show."""
    codecs.register_error("hakseup-plain", _nearest_plain)
    changed: list[tuple[Any, str]] = []
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and isinstance(stream.errors, str):
            changed.append((stream, stream.errors))
            reconfigure(errors="hakseup-plain")
    try:
        yield
    finally:
        for stream, errors in changed:
            with contextlib.suppress(OSError, ValueError):  # closed, or its reader is gone
                stream.reconfigure(errors=errors)


def shows_hangul(stream: TextIO) -> bool:
    """Whether Hangul comes out of this stream as Hangul."""
    try:
        "학습".encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def clean(text: str) -> str:
    """Without control characters: a file name must not move the cursor."""
    return "".join(
        "?" if unicodedata.category(letter) == "Cc" and letter not in "\n\t" else letter for letter in text
    )


def capital(text: str) -> str:
    """With a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most so many columns, broken between words."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(longer) <= max(width, 20) or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


class Screen:
    """What a command prints to.

    Args:
        as_json: words go to standard error; `answer` prints the JSON line.
    """

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.errors = _console(sys.stderr)
        self.results = self.errors if as_json else _console(sys.stdout)

    def say(self, said: Said = "", style: str = "") -> None:
        """A sentence of the result."""
        _print(self.results, str(said), style)

    def tell(self, said: Said, style: str = "") -> None:
        """A sentence beside the result, on standard error."""
        _print(self.errors, str(said), style)

    def items(self, said: Iterable[Said]) -> None:
        """Sentences of the result, one below another."""
        for one in said:
            _print(self.results, str(one), head="- ")

    def complain(self, error: HakseupError) -> None:
        """What went wrong and what to do, on standard error."""
        head = "" if error.exit_status == 130 else str(Words("Error: ", "오류: "))
        _print(self.errors, str(error.message), head=head, head_style="bold red")
        if error.hint is not None:
            self.tell(error.hint)

    def facts(self, rows: Sequence[tuple[Said, Said]]) -> None:
        """Names and what they are, lined up."""
        wide = max((cell_len(str(name)) for name, _ in rows), default=0)
        for name, value in rows:
            head = f"  {name}{' ' * (wide - cell_len(str(name)))}  "
            _print(self.results, str(value), head=head, head_style="dim")

    def table(self, heads: Sequence[Said], rows: Sequence[Sequence[Said]], right: Sequence[int] = ()) -> None:
        """A table.

        Args:
            heads: one word a column.
            rows: as many cells each.
            right: indices of the columns that hold numbers.
        """
        from rich.table import Table

        plain = self.results.options.ascii_only
        table = Table(box=_ruled(plain), show_edge=False, pad_edge=False, header_style="bold")
        for index, head in enumerate(heads):
            table.add_column(str(head), justify="right" if index in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(clean(str(cell)) for cell in row))
        self.results.print(Trimmed(table))

    def next(self, command: str, why: Words) -> None:
        """What to do now."""
        head = str(Words("Next: ", "다음: "))
        self.results.print()
        _print(self.results, as_typed(command), "bold", head=head)
        _print(self.results, str(why), "dim", head=" " * len("Next: "))

    def answer(self, value: Mapping[str, Any]) -> None:
        """The JSON line, where it was asked for."""
        if self.as_json:
            print_json(value)


class Trimmed:
    """A table without the spaces that it has at the ends of its lines, so that it can be copied from a terminal."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        from rich.segment import Segment

        for line in console.render_lines(self.table, options, pad=False):
            while line and not line[-1].text.strip():
                line.pop()
            yield from line[:-1]
            for last in line[-1:]:
                yield Segment(last.text.rstrip(), last.style)
            yield Segment.line()


def as_typed(command: str) -> str:
    """The command as it has to be typed here: with the path to hakseup where the shell would not find it."""
    called = Path(sys.argv[0])
    if called.stem != "hakseup" or shutil.which("hakseup"):
        return command
    with contextlib.suppress(ValueError):  # not below the current folder
        called = called.absolute().relative_to(Path.cwd())
    return quoted(called) + command.removeprefix("hakseup")


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object as the last line of standard output, exact on every console."""
    plain = to_plain(value)
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        text = json.dumps(plain, allow_nan=False)
    write(text)


def write(text: str) -> None:
    """Text on standard output as it is, with a newline."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise ReaderGone from None


def to_plain(value: Any) -> Any:
    """What JSON can hold: numbers out of arrays, paths as text, what is not finite as null."""
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, Words):
        return value.as_dict()
    if isinstance(value, str | bool | int) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "tolist"):  # NumPy's arrays and numbers
        return to_plain(value.tolist())
    return str(value)


def _print(console: Console, said: str, style: str = "", head: str = "", head_style: str = "") -> None:
    """Lines with a head before the first and room for it before the others.

    On a terminal they are broken between words; elsewhere never, so that programs find them whole.
    """
    from rich.text import Text

    room = cell_len(head)
    for said_line in clean(said).split("\n"):
        fits = not console.is_terminal or cell_len(said_line) <= console.width - room
        for part in [said_line] if fits else wrap(said_line, console.width - room):
            console.print(Text.assemble((head, head_style), (part, style)), soft_wrap=True)
            head, head_style = " " * room, ""


def _ruled(plain: bool) -> Box:
    """A table with a rule under its head and nothing else."""
    from rich import box

    return (
        box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True) if plain else box.SIMPLE_HEAD
    )


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    class Quiet(Console):
        def on_broken_pipe(self) -> None:
            raise ReaderGone

    seen = stream.isatty()
    width = None if seen or os.environ.get("COLUMNS", "").isdigit() else _WIDE
    return Quiet(file=stream, markup=False, emoji=False, highlight=False, width=width)


def shown(path: Path | str) -> str:
    """A path as it can be typed: relative where that is shorter, in quotes where it has spaces."""
    text = str(path)
    with contextlib.suppress(ValueError, OSError):
        inside = str(Path(text).resolve().relative_to(Path.cwd().resolve()))
        text = inside if len(inside) < len(text) else text
    if os.name == "nt":
        return f'"{text}"' if " " in text else text
    if all(letter.isalnum() or letter in "/._-+=@%~:," for letter in text):
        return text
    import shlex

    return shlex.quote(text)
