"""Run a document: the whole way from a file to what came out, its page and its executed notebook."""

from __future__ import annotations

import asyncio
import copy
import json
import re
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from hakseup import files
from hakseup.runner import code as code_of
from hakseup.runner import figures as figures_of
from hakseup.runner import fix as fix_of
from hakseup.runner import known_data, lessons, unmade
from hakseup.runner.code import Code
from hakseup.runner.documents import Block, Document, printed_by, read
from hakseup.runner.figures import Figure
from hakseup.runner.inside.imports import Engine
from hakseup.runner.kernel import Ran, open_kernel
from hakseup.runner.lessons import Note


class Listener(Protocol):
    """Who is told while a document runs. Every method returns at once."""

    def begin(self, block: Block, blocks: int) -> None:
        """A block starts."""

    def hear(self, text: str) -> None:
        """The block printed this."""

    def end(self, block: Block, ran: Ran) -> None:
        """The block has ended."""


class Silence:
    """Nobody listens."""

    def begin(self, block: Block, blocks: int) -> None: ...
    def hear(self, text: str) -> None: ...
    def end(self, block: Block, ran: Ran) -> None: ...


@dataclass
class Result:
    """What came out.

    ran: by the block's number; a block that was not reached is not in it.
    made: known data that was put into the current folder.
    """

    document: Document
    engine: Engine
    sources: Mapping[int, str]
    ran: dict[int, Ran] = field(default_factory=dict)
    seconds: float = 0.0
    notes: list[Note] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    made: list[Path] = field(default_factory=list)
    interrupted: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As `run --json` gives it, without the files."""
        return {
            "file": str(self.document.path),
            "engine": self.engine,
            "blocks": len(self.document.blocks),
            "ran": sum(ran.failure is None for ran in self.ran.values()),
            "failed": [self._failed(block) for block in self.document.blocks if self._has_failed(block)],
            "seconds": round(self.seconds, 3),
            "figures": [figure.as_dict() for figure in self.figures],
            "notes": [note.as_dict() for note in self.notes],
        }

    def _has_failed(self, block: Block) -> bool:
        ran = self.ran.get(block.number)
        return ran is not None and ran.failure is not None

    def _failed(self, block: Block) -> dict[str, Any]:
        failure = self.ran[block.number].failure
        assert failure is not None
        line = block.line if failure.line is None else block.line + failure.line - 1
        hint = None if failure.hint is None else str(failure.hint)
        return {"block": block.number, "line": line, "error": failure.error, "hint": hint}


def run(
    name: str | Path,
    *,
    engine: Engine = "hakseup",
    allow_shell: bool = False,
    stop: bool = False,
    listener: Listener | None = None,
    arguments: Sequence[str] = (),
    python: str = sys.executable,
) -> Result:
    """Run every block of a document, in order, in the current folder.

    Args:
        name: a .md, .ipynb or .py file; it is never changed.
        engine: hakseup's facade, or the Keras that is installed, for which the code is written anew as `fix` does it.
        allow_shell: run shell lines, too.
        stop: end after the first block that fails.
        listener: hears how it goes.
        arguments: what the code finds in `sys.argv` behind its name; without them those of the line in which the
            script itself says how it is called.
        python: the interpreter that runs the code; it must find ipykernel.

    Raises:
        CallError: no such file, or not a document.
        DataError: it cannot be read, or has no code.
    """
    document = read(name)
    codes = code_of.parse(document.blocks)
    sources: Mapping[int, str] = {block.number: block.source for block in document.blocks}
    if engine == "keras":
        sources = fix_of.sources(document, codes, "keras")
    executed = copy.deepcopy(document)
    for block in executed.blocks:
        executed.notebook.cells[block.cell].outputs = []
    result = Result(executed, engine, sources)
    by_number = {code.block.number: code for code in codes}
    start = time.perf_counter()
    arguments = arguments or usage(document)
    asyncio.run(_run(result, by_number, allow_shell, stop, listener or Silence(), arguments, python))
    result.seconds = time.perf_counter() - start
    result.notes = lessons.notes(codes)
    result.figures = _figures(result, by_number)
    return result


async def _run(
    result: Result,
    codes: Mapping[int, Code],
    allow_shell: bool,
    stop: bool,
    listener: Listener,
    arguments: Sequence[str],
    python: str,
) -> None:
    document = result.document
    script = document.path if document.form == "script" else None
    try:
        async with open_kernel(
            document.notebook,
            engine=result.engine,
            allow_shell=allow_shell,
            form=_form(document),
            script=script,
            arguments=arguments,
            python=python,
        ) as kernel:
            for block in document.blocks:
                listener.begin(block, len(document.blocks))
                if block.number in codes:
                    result.made += known_data.put(codes[block.number])
                cell = document.notebook.cells[block.cell]
                ran = await kernel.run(cell, block.cell, result.sources[block.number], listener.hear)
                ran = result.ran[block.number] = _explained(ran, block.number, codes, result.ran)
                listener.end(block, ran)
                if (stop and ran.failure is not None) or not kernel.is_alive:
                    break
    except asyncio.CancelledError:  # Ctrl-C: what there is stays
        result.interrupted = True


def _explained(ran: Ran, block: int, codes: Mapping[int, Code], before: Mapping[int, Ran]) -> Ran:
    """The same, with what is known of a name that is not there."""
    if ran.failure is None or ran.failure.hint is not None:
        return ran
    failed = [number for number, one in before.items() if one.failure is not None]
    hint = unmade.why(ran.failure.error, block, codes, failed)
    return replace(ran, failure=replace(ran.failure, hint=hint))


def usage(document: Document) -> list[str]:
    """The arguments in the line by which a script says how it is called, where it cannot do without.

    `# python train.py --dataset animals --model out.h5` stands at the head of many scripts that read them by argparse.
    """
    if document.form != "script" or not re.search(r"add_argument\([^)]*required=True", document.text):
        return []
    name = re.escape(document.path.name)
    line = re.search(rf"^[#\s$>]*python[\d.]*\s+(?:\S*/)?{name}\s+(.+)$", document.text, re.MULTILINE)
    try:
        return shlex.split(line[1]) if line else []
    except ValueError:  # a quotation mark alone
        return []


def _form(document: Document) -> int:
    """Keras 2 where the document shows lines as that printed them, else Keras 3."""
    old = re.compile(r"\d/\d+ \[=+[>.=]*\]|Epoch 0\d{4}: |_{60,}\n.*Param #", re.DOTALL)
    return 2 if any(old.search(block.printed) for block in document.blocks) else 3


def _figures(result: Result, codes: Mapping[int, Code]) -> list[Figure]:
    out: list[Figure] = []
    for block in result.document.blocks:
        if block.number in result.ran:
            ours = printed_by(result.document.notebook.cells[block.cell].outputs)
            out += figures_of.compared(codes.get(block.number), block.number, block.line, block.printed, ours)
    return out


def write_notebook(result: Result, path: Path) -> Path:
    """Write the executed notebook.

    Raises:
        RunError: it cannot be written.
    """
    import nbformat

    notebook = copy.deepcopy(result.document.notebook)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata["hakseup"] = {key: value for key, value in result.as_dict().items() if key != "notes"}
    files.write_text(path, nbformat.writes(notebook) + "\n")
    return path


def paths(document: Path, folder: Path) -> list[Path]:
    """Where the page and the notebook go: beside one another, named after the document, over our own files only.

    Args:
        document: what was run.
        folder: where they go.
    """
    stem = f"{document.stem}-run"
    number = 1
    while True:
        name = stem if number == 1 else f"{stem}-{number}"
        found = [folder / f"{name}{ending}" for ending in (".html", ".ipynb")]
        if all(not path.exists() or _is_ours(path) for path in found):
            return found
        number += 1


def _is_ours(path: Path) -> bool:
    """Whether an earlier run wrote this page or this notebook."""
    try:
        text = path.read_text("utf-8")
        if path.suffix == ".ipynb":
            return "blocks" in json.loads(text)["metadata"]["hakseup"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return text.startswith("<!doctype html>") and '<b translate="no">hakseup</b>' in text
