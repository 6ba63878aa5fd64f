"""Documents: which text is code, at which line it stands, and what was printed below it."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from hakseup.errors import HakseupError
from hakseup.runner import documents

MARKDOWN = """---
title: "no code: ```python"
---
# Head

Prose with ```inline = code``` and a list

- item

```
not_run = "a fence without a word, in a document whose other fences say python"
```

```python
x = 1
print(x)
```

    1


![png](picture.png)

    loss: 0.5

More prose ends what was printed.

    0.9 is no output any more

```Python
df
```

<div id="df">
<style scoped>
    .dataframe { color: red }

    .dataframe td { color: red }
</style>
<table><tr><td>1</td></tr></table>
</div>

```text
printed in a fence
```

1. numbered

   ```python
   y = 2
   if y:
       print("학습")
   ```

```bash
rm -rf /
```
"""


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_markdown_gives_its_blocks_with_lines_and_printed_text(tmp_path: Path) -> None:
    found = documents.read(write(tmp_path, "a.md", MARKDOWN))
    lines = MARKDOWN.split("\n")
    assert [block.source for block in found.blocks] == [
        "x = 1\nprint(x)",
        "df",
        'y = 2\nif y:\n    print("학습")',
    ]
    for block in found.blocks:
        assert lines[block.line - 1].strip() == block.source.split("\n")[0]
    assert [block.printed for block in found.blocks] == ["1\nloss: 0.5\n", "printed in a fence\n", ""]
    prose = "".join(cell.source for cell in found.notebook.cells if cell.cell_type == "markdown")
    assert "not_run" in prose and "rm -rf" in prose and "title" in prose


def test_without_any_word_on_a_fence_what_is_python_and_does_something_is_run(tmp_path: Path) -> None:
    text = "```\nimport os\nprint(os.sep)\n```\n\n```\n[1, 2, 3]\n```\n\n```\n$ pip install x\n```\n"
    found = documents.read(write(tmp_path, "a.md", text))
    assert [(block.line, block.source, block.printed) for block in found.blocks] == [
        (2, "import os\nprint(os.sep)", "[1, 2, 3]\n$ pip install x\n")
    ]


def test_a_session_with_prompts_is_code_and_printed_text(tmp_path: Path) -> None:
    text = "```python\n>>> for i in range(2):\n...     print(i)\n0\n1\n>>> 3\n3\n```\n"
    (block,) = documents.read(write(tmp_path, "a.md", text)).blocks
    assert block.source == "for i in range(2):\n    print(i)\n3"
    assert block.printed == "0\n1\n3\n"


def test_a_notebook_keeps_its_outputs_as_the_documents(tmp_path: Path) -> None:
    new = nbformat.v4
    cell = new.new_code_cell("1 + 1")
    cell.outputs = [
        new.new_output("stream", name="stdout", text="\x1b[1mAccuracy\x1b[0m: 0.98\n"),
        new.new_output("execute_result", data={"text/plain": "2"}, execution_count=1),
        new.new_output("display_data", data={"text/plain": "<Figure>", "image/png": "AAAA"}),
    ]
    notebook = new.new_notebook(cells=[new.new_markdown_cell("prose"), cell, new.new_code_cell("  \n")])
    found = documents.read(write(tmp_path, "a.ipynb", nbformat.writes(notebook)))
    (block,) = found.blocks
    assert (block.number, block.cell, block.line) == (1, 1, 1)
    assert block.printed == "Accuracy: 0.98\n2\n"


def test_python_files_are_cells_or_one_script(tmp_path: Path) -> None:
    percent = "# %% [markdown]\n# prose\n# %%\n# %matplotlib inline\nx = 1\n\n# %% second\nprint(x)\n"
    found = documents.read(write(tmp_path, "a.py", percent))
    assert found.form == "percent"
    assert [(b.line, b.source) for b in found.blocks] == [(4, "%matplotlib inline\nx = 1"), (8, "print(x)")]
    script = documents.read(write(tmp_path, "b.py", 'if __name__ == "__main__":\n    print(1)\n'))
    assert script.form == "script" and len(script.blocks) == 1 and script.blocks[0].line == 1


def test_a_korean_file_of_an_old_windows_is_read(tmp_path: Path) -> None:
    found = documents.read(write(tmp_path, "a.md", "```python\r\nprint('정확도')\r\n```\r\n", "cp949"))
    assert found.blocks[0].source == "print('정확도')"


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("a.txt", "x", "unsupported-file", "a.txt"),
        ("a.md", "only prose", "no-code", "a.md"),
        ("a.py", "\n\n", "no-code", "a.py"),
        ("a.ipynb", "{", "damaged-notebook", "a.ipynb"),
        (
            "a.ipynb",
            '{"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"language": "R", "name": "ir", '
            '"display_name": "R"}}, "cells": []}',
            "not-python",
            "r",
        ),
    ],
)
def test_what_is_no_document_is_refused_with_a_sentence(
    tmp_path: Path, name: str, content: str, code: str, said: str
) -> None:
    with pytest.raises(HakseupError) as refused:
        documents.read(write(tmp_path, name, content))
    assert refused.value.code == code
    assert said in refused.value.message.en and said in refused.value.message.ko


def test_a_misspelt_name_is_answered_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "tutorial.md", "```python\n1\n```")
    with pytest.raises(HakseupError) as refused:
        documents.read(tmp_path / "tutorail.md")
    assert refused.value.code == "no-such-file" and refused.value.hint is not None
    assert "tutorial.md" in refused.value.hint.en
