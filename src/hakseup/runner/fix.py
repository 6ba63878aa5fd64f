"""The same document for today's Keras 3, and for hakseup's own `hakseup.keras`: the text with its edits carried out.

Prose, comments and layout stay as they were; only what `modernise` found is written anew.
"""

from __future__ import annotations

import codecs
import contextlib
import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from hakseup import files
from hakseup.errors import CallError
from hakseup.runner import own_way
from hakseup.runner.code import Code
from hakseup.runner.documents import Block, Document
from hakseup.runner.imports_today import Target
from hakseup.runner.modernise import edits
from hakseup.runner.pen import Edit
from hakseup.words import Words


def sources(document: Document, codes: Sequence[Code], target: Target) -> dict[int, str]:
    """The code of every block as it is written for this target, by the block's number.

    Args:
        document: as it was read.
        codes: its blocks that are Python.
        target: for whom.
    """
    found = edits(codes, target)
    out = {block.number: block.source for block in document.blocks}
    for code in codes:
        if code.exact:
            here = [edit for edit in found if edit.code is code]
            out[code.block.number] = applied(code.block.source, here)
    if target == "hakseup":
        for number, lines in own_way.comments(codes).items():
            out[number] = _commented(out[number], [f"# {line}" for line in lines])
    return out


def _commented(source: str, comments: Sequence[str]) -> str:
    """The source with comments above it, unless they stand there; `%%time`, `#!` and `# coding` must stay first."""
    lines = source.split("\n")
    if all(comment in lines for comment in comments):
        return source
    first = next(
        (i for i, line in enumerate(lines) if not re.match(r"%%|#!|#.*coding[:=]", line)), len(lines)
    )
    return "\n".join([*lines[:first], *comments, *lines[first:]])


def applied(source: str, found: Sequence[Edit]) -> str:
    """The source with these edits carried out, from its end to its beginning so that places stay true."""
    lines = [line.encode("utf-8") for line in source.split("\n")]
    done: set[tuple[tuple[int, int], tuple[int, int]]] = set()
    for edit in sorted(found, key=lambda e: (e.start, e.end), reverse=True):
        if (edit.start, edit.end) in done and edit.start != edit.end:
            continue  # several names of one import: one text for all of them
        done.add((edit.start, edit.end))
        (first, left), (last, right) = edit.start, edit.end
        made = lines[first - 1][:left] + edit.text.encode("utf-8") + lines[last - 1][right:]
        lines[first - 1 : last] = made.split(b"\n")
    return "\n".join(line.decode("utf-8") for line in lines)


def write(document: Document, codes: Sequence[Code], name: str | Path) -> tuple[Path, Path]:
    """Write the document for Keras 3 into this file, and beside it, with `.hakseup` before its ending, for hakseup.

    Raises:
        CallError: the file is the document itself, or of another kind.
        RunError: it cannot be written.
    """
    path = checked(document, name)
    beside = path.with_name(f"{path.stem}.hakseup{path.suffix}")
    targets: tuple[tuple[Path, Target], ...] = ((path, "keras"), (beside, "hakseup"))
    for file, target in targets:
        files.write_bytes(file, _encoded(text(document, sources(document, codes, target)), document.path))
    return path, beside


def _encoded(new: str, path: Path) -> bytes:
    """The new text with the line ends, the mark at the beginning and the encoding of the file at this path."""
    old = path.read_bytes()
    if b"\r\n" in old:
        new = new.replace("\n", "\r\n")
    try:
        old.decode("utf-8")
    except UnicodeDecodeError:
        with contextlib.suppress(UnicodeEncodeError):
            return new.encode("cp949")
    return new.encode("utf-8-sig" if old.startswith(codecs.BOM_UTF8) else "utf-8")


def checked(document: Document, name: str | Path) -> Path:
    """Where the document may be written: refused before anything is run.

    Raises:
        CallError: the file is the document itself, or of another kind, or its folder is not there.
    """
    path = Path(name)
    if path.suffix.lower() != document.path.suffix.lower():
        raise CallError(
            "bad-output",
            Words(
                f"--fix {name}: expected a {document.path.suffix} file, as the document is.",
                f"--fix {name}: 문서와 같은 {document.path.suffix} 파일이어야 합니다.",
            ),
        )
    if not path.parent.is_dir():
        raise CallError(
            "no-such-folder",
            Words(
                f"--fix {name}: there is no folder {path.parent}.",
                f"--fix {name}: {path.parent} 폴더가 없습니다.",
            ),
        )
    if path.exists() and path.samefile(document.path):
        raise CallError(
            "own-document",
            Words(
                f"--fix {name} is the document itself; it is never changed.",
                f"--fix {name}: 원래 문서입니다. 원래 문서는 바꾸지 않습니다.",
            ),
            Words("Give another name.", "다른 이름을 주세요."),
        )
    return path


def text(document: Document, code: Mapping[int, str]) -> str:
    """The whole document with this code in its blocks.

    Args:
        document: as it was read.
        code: by the block's number.
    """
    if document.form == "ipynb":
        import copy

        import nbformat

        notebook = copy.deepcopy(document.notebook)
        for block in document.blocks:
            if code[block.number] != block.source:
                notebook.cells[block.cell].source = code[block.number]
        return str(nbformat.writes(notebook)) + "\n"
    lines = document.text.split("\n")
    for block in reversed(document.blocks):
        if code[block.number] != block.source:
            _put(lines, block, code[block.number])
    return "\n".join(lines)


def _put(lines: list[str], block: Block, new: str) -> None:
    """Write a block's new code over its old lines, with their indentation; magics that a .py file comments out stay so."""
    first, n = block.line - 1, block.source.count("\n") + 1
    old = "\n".join(lines[first : first + n])
    if textwrap.dedent(old).rstrip() == block.source.rstrip():
        indent = old[: len(old) - len(old.lstrip())].rpartition("\n")[2]
        lines[first : first + n] = textwrap.indent(new, indent).split("\n")
        return
    commented = {line for line in block.source.split("\n") if line.startswith(("%", "!"))}
    if [line for line in block.source.split("\n") if line not in commented] == [
        line for line in old.split("\n") if line.lstrip("# ") not in commented
    ]:
        lines[first : first + n] = [f"# {line}" if line in commented else line for line in new.split("\n")]
