"""Markdown: which fences are code to run, and which text is what the document printed.

A fence that says python is code. Where no fence of a document says anything, a fence is code if it is Python and does
not only repeat what was printed. What was printed stands behind its block, indented or in a fence that says it is
text, before the next prose; tables and scripts in HTML are passed over.
"""

from __future__ import annotations

import ast
import re
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it.token import Token
    from nbformat import NotebookNode

    from hakseup.runner.documents import Block

_PYTHON = {"python", "python3", "py", "py3", "ipython", "ipython3", "python2", "{python}", "{.python}"}
_PYTHON |= {"{code-cell}", "pycon", "py3tb"}
_PRINTED = {"", "text", "txt", "output", "out", "console", "plaintext", "plain", "none"}
_PROMPT = re.compile(r"^(>>>|\.\.\.)( |$)")


def read(text: str) -> tuple[NotebookNode, tuple[Block, ...]]:
    """The notebook and the blocks of a Markdown text."""
    import nbformat
    from markdown_it import MarkdownIt

    from hakseup.runner.documents import Block

    lines = text.split("\n")
    tokens = MarkdownIt("commonmark").parse("\n".join(_without_tables(_without_front_matter(lines))))
    codes = _codes(tokens)
    cells: list[Any] = []
    blocks: list[Block] = []
    written = 0  # lines of the file that stand in cells already
    for position, (index, token) in enumerate(codes):
        start, end = token.map or (0, 0)
        following = codes[position + 1][0] if position + 1 < len(codes) else len(tokens)
        source, shown = _source(token.content)
        printed = shown + _printed(tokens[index + 1 : following])
        _prose(cells, lines[written:start])
        cells.append(nbformat.v4.new_code_cell(source))
        first = start + 1 + (0 if token.type == "code_block" else 1) + _blank_before(token.content)
        blocks.append(Block(len(blocks) + 1, len(cells) - 1, first, source, printed))
        written = end
    _prose(cells, lines[written:])
    return nbformat.v4.new_notebook(cells=cells), tuple(blocks)


def _prose(cells: list[Any], lines: list[str]) -> None:
    import nbformat

    text = "\n".join(lines).strip("\n")
    if text.strip():
        cells.append(nbformat.v4.new_markdown_cell(text))


def _codes(tokens: list[Token]) -> list[tuple[int, Token]]:
    """The tokens that are code to run, with their places."""
    fences = [(i, t) for i, t in enumerate(tokens) if t.type == "fence"]
    said = [(i, t) for i, t in fences if _language(t) in _PYTHON]
    if said:
        return [(i, t) for i, t in said if t.content.strip()]
    plain = [(i, t) for i, t in enumerate(tokens) if t.type in ("fence", "code_block") and _language(t) == ""]
    return [(i, t) for i, t in plain if _is_code(t.content)]


def _language(token: Token) -> str:
    words = token.info.strip().split()
    return words[0].split(",")[0].lower() if words else ""


def _is_code(content: str) -> bool:
    """Whether it is Python that does something: a number or a list that was printed is Python, too."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        tree = ast.parse(TransformerManager().transform_cell(textwrap.dedent(content)))
    except (SyntaxError, ValueError):
        return False
    doing = (ast.Call, ast.Import, ast.ImportFrom, ast.Assign, ast.FunctionDef, ast.ClassDef, ast.For)
    return any(isinstance(node, doing) for node in ast.walk(tree))


def _source(content: str) -> tuple[str, str]:
    """The code, and what was printed between the lines of a session with `>>>`."""
    indented = content.lstrip("\n").startswith((" ", "\t"))
    code = (textwrap.dedent(content) if indented else content).strip("\n").rstrip()
    lines = code.split("\n")
    if not _PROMPT.match(next((line for line in lines if line.strip()), "")):
        return code, ""
    typed = [line[4:] for line in lines if _PROMPT.match(line)]
    shown = [line for line in lines if not _PROMPT.match(line)]
    return "\n".join(typed), "".join(f"{line}\n" for line in shown)


def _blank_before(content: str) -> int:
    return len(content) - len(content.lstrip("\n"))


def _printed(tokens: list[Token]) -> str:
    """What the tokens behind a block show as printed, up to the next prose."""
    parts: list[str] = []
    for token in tokens:
        if token.type == "code_block" or (token.type == "fence" and _language(token) in _PRINTED):
            parts.append(token.content)
        elif token.type == "inline" and not _is_picture(token.content):
            break
    return "".join(part for part in parts if part.strip())


def _is_picture(text: str) -> bool:
    return text.lstrip().startswith(("![", "<img", "[!["))


def _without_front_matter(lines: list[str]) -> list[str]:
    if not lines or lines[0].strip() != "---":
        return lines
    for end, line in enumerate(lines[1:], 1):
        if line.strip() in ("---", "..."):
            return [""] * (end + 1) + lines[end + 1 :]
    return lines


def _without_tables(lines: list[str]) -> list[str]:
    """The lines with those of HTML blocks (a table of pandas and its scripts) left blank: their blank lines would
    otherwise end the HTML, and what follows would look like printed text."""
    out: list[str] = []
    fence, depth = "", 0
    for line in lines:
        mark = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if depth == 0 and mark:
            if not fence and "`" not in line[mark.end() :]:
                fence = mark[1]
            elif fence and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
        opened = len(re.findall(r"<(?:div|table|style|script)\b", line))
        if not fence and (depth or re.match(r"\s*<(?:div|table|style|script)\b", line)):
            depth = max(0, depth + opened - len(re.findall(r"</(?:div|table|style|script)>", line)))
            out.append("")
        else:
            out.append(line)
    return out
