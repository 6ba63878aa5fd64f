"""`run`: tutorial code as it was written, block by block, its figures beside ours."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size

from hakseup.cli.command import Call
from hakseup.cli.failures import Interrupted
from hakseup.cli.figures import duration
from hakseup.cli.screen import Screen, clean, shown
from hakseup.errors import CallError
from hakseup.words import Words, without_colours

if TYPE_CHECKING:
    from hakseup.runner.documents import Block
    from hakseup.runner.kernel import Ran
    from hakseup.runner.run import Result

_ENGINES = ("hakseup", "keras")
_REDRAWN = 0.1  # seconds between two pictures of the line that lives
_FIRST = 12  # figures on the screen; the page has all


def run(
    call: Call,
    *,
    file: str,
    arguments: list[str] | None,
    engine: str | None,
    allow_shell: bool,
    stop: bool,
    fix: str | None,
    out: str | None,
) -> dict[str, Any]:
    """Run a document; write the executed notebook and the page."""
    if engine not in (None, *_ENGINES):
        raise CallError(
            "unknown-engine",
            Words(
                f"--engine {engine}: expected hakseup or keras.",
                f"--engine {engine}: hakseup 또는 keras여야 합니다.",
            ),
        )
    from hakseup import files
    from hakseup.report import run_page
    from hakseup.runner import code, documents, facts
    from hakseup.runner import fix as fix_of
    from hakseup.runner import run as runner

    document = documents.read(file)
    if fix is not None:
        fix_of.checked(document, fix)
    folder = _folder(out)
    page, notebook = runner.paths(document.path, folder)
    lines = _Lines(call.screen)
    try:
        result = runner.run(
            file,
            engine="keras" if engine == "keras" else "hakseup",
            allow_shell=bool(allow_shell),
            stop=bool(stop),
            listener=lines,
            arguments=arguments or (),
        )
    finally:
        lines.close()
    written = [] if fix is None else fix_of.write(document, code.parse(document.blocks), fix)
    runner.write_notebook(result, notebook)
    files.write_text(page, run_page.render(facts.collect(result)))
    _say(call.screen, result)
    call.screen.facts(
        [
            (Words("page", "페이지"), shown(page)),
            (Words("notebook", "노트북"), shown(notebook)),
            *((Words("for Keras 3", "케라스 3용"), shown(path)) for path in written[:1]),
            *((Words("for hakseup", "hakseup용"), shown(path)) for path in written[1:]),
        ]
    )
    if result.interrupted:
        raise Interrupted(
            "interrupted",
            Words(
                f"Stopped by Ctrl-C after {len(result.ran)} of {len(document.blocks)} blocks.",
                f"Ctrl-C로 멈추었습니다. 블록 {len(document.blocks)}개 가운데 {len(result.ran)}개까지 갔습니다.",
            ),
        )
    return {
        **result.as_dict(),
        "html": str(page),
        "notebook": str(notebook),
        **({"fixed": [str(path) for path in written]} if written else {}),
    }


def _folder(out: str | None) -> Path:
    if out is None:
        return Path()
    from hakseup import files

    folder = Path(out)
    with files.written(folder):
        files.make_folder(folder)
    return folder


def _say(screen: Screen, result: Result) -> None:
    """What came out, on one screen."""
    told = result.as_dict()
    screen.say()
    screen.say(
        Words(
            f"{told['ran']} of {told['blocks']} block{'s' * (told['blocks'] != 1)} ran, in {duration(result.seconds)}.",
            f"블록 {told['blocks']}개 가운데 {told['ran']}개를 실행했습니다({duration(result.seconds)}).",
        ),
        "bold",
    )
    screen.items(
        Words(
            f"block {one['block']}, line {one['line']}: {_why(one)}",
            f"블록 {one['block']}, {one['line']}행: {_why(one)}",
        )
        for one in told["failed"]
    )
    screen.items(
        Words(
            f"{path} was not there; the known data was put there.",
            f"{path}이(가) 없어 알려진 데이터를 넣었습니다.",
        )
        for path in result.made
    )
    _figures(screen, told["figures"])
    if result.notes:
        screen.say(
            Words(
                f"{len(result.notes)} notes stand beside the code in the page; the first:",
                f"코드 옆에 참고 {len(result.notes)}가지를 적어 두었습니다. 그 가운데 첫 번째:",
            )
        )
        first = next((note for note in result.notes if note.code != "renamed"), result.notes[0])
        screen.items([Words(f"line {first.line}: {first.words.en}", f"{first.line}행: {first.words.ko}")])
    screen.say()


def _why(failed: dict[str, Any]) -> str:
    return str(failed["hint"] or failed["error"].splitlines()[0])


def _figures(screen: Screen, figures: list[dict[str, Any]]) -> None:
    if not figures:
        return
    from hakseup.report.run_page import difference, value

    kept = figures if len(figures) <= _FIRST else figures[-_FIRST:]
    screen.table(
        [
            Words("block", "블록"),
            Words("figure", "수치"),
            Words("document", "문서"),
            Words("ours", "우리"),
            Words("difference", "차이"),
        ],
        [
            (str(one["block"]), one["name"], value(one, "document"), value(one, "ours"), difference(one)[0])
            for one in kept
        ],
        right=(0, 2, 3, 4),
    )
    if len(kept) < len(figures):
        screen.say(
            Words(
                f"The last {len(kept)} of {len(figures)} figures; the page has all.",
                f"수치 {len(figures)}개 가운데 마지막 {len(kept)}개입니다. 페이지에 모두 있습니다.",
            )
        )


class _Lines:
    """One line a block; on a terminal the line of the running one lives and shows what it printed last."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._live = sys.stderr.isatty() and screen.errors.is_terminal and not screen.errors.is_dumb_terminal
        self._head, self._heard = "", ""
        self._drawn = 0.0
        self._open = False

    def begin(self, block: Block, blocks: int) -> None:
        """A block starts."""
        wide = len(str(blocks))
        first = next((line.strip() for line in block.source.split("\n") if line.strip()), "")
        self._head = f"{block.number:{wide}}/{blocks}  {first}"
        self._heard = ""
        self._draw(self._head)

    def hear(self, text: str) -> None:
        """The block printed this."""
        text = without_colours(text)
        lines = [line for line in text.replace("\r", "\n").replace("\b", "").split("\n") if line.strip()]
        if lines:
            self._heard = lines[-1].strip()
        if time.monotonic() - self._drawn > _REDRAWN:
            self._draw(f"{self._head.partition('  ')[0]}  {self._heard}")

    def end(self, block: Block, ran: Ran) -> None:
        """The block has ended."""
        self._wipe()
        failed = ran.failure
        error = "" if failed is None else f"  {failed.error.splitlines()[0]}"
        seconds = duration(ran.seconds)
        head = _fitted(self._head, max(24, min(64, self._screen.errors.width - 14)))
        self._screen.tell(f"{head}  {seconds:>8}{error}", "red" if failed else "")

    def close(self) -> None:
        """Nothing more comes."""
        self._wipe()

    def _draw(self, line: str) -> None:
        if not self._live:
            return
        self._wipe()
        sys.stderr.write(_fitted(clean(line), self._screen.errors.width - 1).rstrip())
        sys.stderr.flush()
        self._open, self._drawn = True, time.monotonic()

    def _wipe(self) -> None:
        if self._open:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
            self._open = False


def _fitted(text: str, columns: int) -> str:
    """The text in so many columns, cut or filled."""
    return (
        text + " " * (columns - cell_len(text))
        if cell_len(text) <= columns
        else set_cell_size(text, columns - 2) + " …"
    )
