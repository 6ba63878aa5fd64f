"""A document: its blocks of code, in order, with the line each begins at and what the document printed below it.

Markdown (fenced code), Jupyter notebooks and Python files (cells marked with `# %%`, or one plain script) become one
notebook, in which what is no code stays as it was. Nothing is run here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hakseup.errors import CallError, DataError, refusal
from hakseup.words import Words, without_colours

if TYPE_CHECKING:
    from nbformat import NotebookNode

Form = Literal["md", "ipynb", "percent", "script"]
ENDINGS = (".md", ".markdown", ".ipynb", ".py")
_ENCODINGS = ("utf-8-sig", "cp949")
_CELL = re.compile(r"^#\s?%%", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One block of code.

    number: from 1, in the order of the document.
    cell: its index among the cells of the notebook.
    line: the line of the file at which its first line of code stands; 1 in a notebook, whose cells have their own.
    source: the code.
    printed: what the document shows below it as printed; empty where it shows nothing.
    """

    number: int
    cell: int
    line: int
    source: str
    printed: str = ""


@dataclass(frozen=True)
class Document:
    """A document as it was read; `notebook` holds all of it, prose too."""

    path: Path
    form: Form
    text: str
    notebook: NotebookNode
    blocks: tuple[Block, ...]


def read(name: str | Path) -> Document:
    """The document in this file.

    Raises:
        CallError: there is no such file, or its ending is none of ENDINGS.
        DataError: it cannot be read, or has no code.
    """
    path = Path(name)
    if path.suffix.lower() not in ENDINGS:
        raise CallError(
            "unsupported-file",
            Words(
                f"{name}: a document to run ends in .md, .ipynb or .py.",
                f"{name}: 실행할 문서는 .md, .ipynb, .py 파일이어야 합니다.",
            ),
        )
    text = _text(path, str(name))
    suffix = path.suffix.lower()
    if suffix == ".ipynb":
        found = _notebook(path, text)
    elif suffix == ".py":
        found = _percent(path, text) if _CELL.search(text) else _script(path, text)
    else:
        from hakseup.runner import markdown

        notebook, blocks = markdown.read(text)
        found = Document(path, "md", text, notebook, blocks)
    if not found.blocks:
        raise DataError(
            "no-code",
            Words(f"{name} has no block of Python.", f"{name}에 파이썬 코드 블록이 없습니다."),
            Words(
                "In Markdown, code stands between ```python and ```.",
                "마크다운에서는 코드를 ```python과 ``` 사이에 씁니다.",
            ),
        )
    return found


def _text(path: Path, name: str) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CallError(
            "no-such-file",
            Words(f"There is no file '{name}'.", f"'{name}' 파일이 없습니다."),
            _near(path),
        ) from None
    except (IsADirectoryError, PermissionError) as error:
        raise CallError(
            "unreadable",
            Words(
                f"{name} cannot be read: {refusal(error).en}.",
                f"{name} 파일을 읽을 수 없습니다: {refusal(error).ko}.",
            ),
        ) from error
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise DataError(
        "unreadable",
        Words(
            f"{name} is no text: neither UTF-8 nor CP949.",
            f"{name}: UTF-8도 CP949도 아니어서 읽을 수 없습니다.",
        ),
    )


def _near(path: Path) -> Words | None:
    from hakseup.errors import nearest

    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix.lower() in ENDINGS]
    except OSError:
        return None
    near = nearest(path.name, names)
    if near is None:
        return None
    found = path.parent / near
    return Words(f"Did you mean {found}?", f"{found}을(를) 뜻하셨나요?")


# --- notebooks ---------------------------------------------------------------------------------------------


def _notebook(path: Path, text: str) -> Document:
    import nbformat

    try:
        notebook: Any = nbformat.reads(text, as_version=4)
    except Exception as error:
        raise DataError(
            "damaged-notebook",
            Words(
                f"{path} is no Jupyter notebook that can be read: {error}",
                f"{path}은(는) 읽을 수 있는 주피터 노트북이 아닙니다: {error}",
            ),
        ) from error
    language = str(notebook.metadata.get("kernelspec", {}).get("language", "python")).lower()
    if language != "python":
        raise DataError(
            "not-python",
            Words(
                f"{path} is a notebook of {language}, not of Python.",
                f"{path}은(는) {language} 노트북입니다.",
            ),
        )
    blocks: list[Block] = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and cell.source.strip():
            blocks.append(Block(len(blocks) + 1, index, 1, cell.source, printed_by(cell.get("outputs", []))))
    return Document(path, "ipynb", text, notebook, tuple(blocks))


def printed_by(outputs: list[Any]) -> str:
    """What a person reads of the outputs of a cell: streams and plain text, without colours."""
    parts: list[str] = []
    for output in outputs:
        if output.output_type == "stream":
            parts.append(output.text)
        elif output.output_type in ("execute_result", "display_data") and not any(
            key.startswith("image/") or key == "text/html" for key in output.data
        ):
            parts.append(f"{output.data.get('text/plain', '')}\n")
    return without_colours("".join(parts))


# --- Python files ------------------------------------------------------------------------------------------


def _percent(path: Path, text: str) -> Document:
    import jupytext

    notebook = jupytext.reads(text, fmt="py:percent")
    blocks: list[Block] = []
    at = _Finder(text)
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and cell.source.strip():
            blocks.append(Block(len(blocks) + 1, index, at.line(cell.source), cell.source))
    return Document(path, "percent", text, notebook, tuple(blocks))


class _Finder:
    """Where the cells of a file begin, asked for in their order."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._at = 0

    def line(self, source: str) -> int:
        first = source.split("\n")[0].strip()
        for number in range(self._at, len(self._lines)):
            # A magic is commented out in a Python file: `# %matplotlib inline` is the cell's `%matplotlib inline`.
            if self._lines[number].strip() in (first, f"# {first}", f"#{first}"):
                self._at = number + 1
                return number + 1
        return self._at + 1


def _script(path: Path, text: str) -> Document:
    import nbformat

    source = text.rstrip("\n")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    blocks = (Block(1, 0, 1, source),) if source.strip() else ()
    return Document(path, "script", text, notebook, blocks)
