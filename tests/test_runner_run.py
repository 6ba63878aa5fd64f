"""Running: a process of its own that answers what old documents ask for, and a page of what came out."""

from __future__ import annotations

import base64
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from PIL import Image

from hakseup.cli import main
from hakseup.report import run_outputs, run_page
from hakseup.runner import facts, run

WINE = "7.4,0.7,1\n7.8,0.9,0\n"

DOCUMENT = """# One

```python
%matplotlib inline
%tensorflow_version 2.x
import os
import numpy as np, pandas as pd
import matplotlib.pyplot as plt
plt.style.use('seaborn')
plt.rc('font', family='Malgun Gothic')
```

```python
!git clone https://github.com/taehojo/data.git
!pip install nothing-of-the-kind
!touch made-by-a-shell
listed = !ls
%pip install nothing-of-the-kind
print(listed)
df = pd.read_csv('./data/wine.csv', header=None)
df
```

    fatal: destination path 'data' already exists

```python
%%bash
touch made-by-a-cell
```

```python
print('above')
plt.plot([-1, 2]); plt.title('한글')
plt.show()
print('1/2', end=''); print('\\r2/2 d\\bone')
```

```python
import cv2
from google.colab.patches import cv2_imshow
from google.colab import drive, files
drive.mount(mountpoint='/content/drive', force_remount=True)
cv2.imshow('window', np.full((5, 7, 3), (255, 0, 0), np.uint8))
while True:
    if cv2.waitKey(0) == 27:
        break
cv2.destroyAllWindows()
cv2_imshow(np.full((4, 6), 0.5))
```

```python
from sklearn.cross_validation import train_test_split
from sklearn.preprocessing import Imputer
import seaborn as sns
frame = pd.DataFrame({'a': [1, 2, 2], 'b': ['x', 'y', None]})
frame = frame.append({'a': 9, 'b': 'z'}, ignore_index=True)
print(np.float(3), len(frame), frame.mean()['a'], frame.corr().shape, frame.drop('b', 1).shape)
print(frame.ix[0, 'a'], frame['b'].fillna(method='ffill')[2], np.in1d([1], [1, 2]), np.Inf)
sns.countplot(frame['a'])
```

```python
titanic = pd.DataFrame({'Age': [1.0, None], 'Sex': ['m', 'f']})
titanic['Age'].fillna(5, inplace=True)
titanic['Sex'][titanic['Age'] > 4] = 'x'
titanic['Sex'][:1] = 'y'
print(titanic.values.tolist())
print(titanic.columns[titanic.dtypes == object].tolist(), titanic['Sex'].dtype)
whole = pd.DataFrame({'n': [1, 2], 'm': [3, 4], 's': ['a', 'b']})
whole.loc[:, ['n', 'm']] = whole[['n', 'm']].values / 2
whole.iloc[:, 2] = [0, 1]
whole.loc[whole['n'] > 0.5, 's'] = 0.5
pixels = whole[['n', 'm']].values
pixels /= 2
print(whole.values.tolist(), pixels.tolist())
plain = {'a': {'b': 0}}
plain['a']['b'] = 1
plain['a']['c'] = plain['a']['b']
print(plain, open(r'C:\\Users\\me\\data\\wine.csv').read(3), open('/content/data/wine.csv').read(3))
```

```python
print('before')
def inner():
    return [][0]
inner()
```

```python
input('name')
```

```python
print('Accuracy: %.4f' % 0.95)
```

    Accuracy: 0.9000
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The document above, run once; its folder and what came out."""
    folder = tmp_path_factory.mktemp("run")
    data = tmp_path_factory.mktemp("data")
    (data / "wine.csv").write_text(WINE, "utf-8")
    (data / "pima-indians-diabetes3.csv").write_text("a\n1\n", "utf-8")
    (data / "house_train.csv").write_text("a\n1\n", "utf-8")
    (folder / "data").mkdir()
    (folder / "data" / "house_train.csv").write_text("the user's own\n", "utf-8")
    (folder / "document.md").write_text(DOCUMENT, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("HAKSEUP_DATA", str(data))
        patch.setenv("LC_ALL", "C.UTF-8")
        return folder, run.run("document.md")


def cell(result: run.Result, number: int) -> Any:
    return result.document.notebook.cells[result.document.blocks[number - 1].cell]


def printed(result: run.Result, number: int) -> str:
    return "".join(o.get("text", "") for o in cell(result, number).outputs if o.output_type == "stream")


def pictures(result: run.Result, number: int) -> list[Image.Image]:
    outputs = [o for o in cell(result, number).outputs if "image/png" in o.get("data", {})]
    return [Image.open(io.BytesIO(base64.b64decode(o.data["image/png"]))) for o in outputs]


def test_every_block_is_run_and_failures_do_not_stop_the_rest(whole: Any) -> None:
    _, result = whole
    told = result.as_dict()
    assert (told["blocks"], told["ran"]) == (10, 8), told["failed"]
    lines = DOCUMENT.split("\n")
    expected = [(8, len(lines) - lines[::-1].index("inner()")), (9, lines.index("input('name')") + 1)]
    assert [(one["block"], one["line"]) for one in told["failed"]] == expected
    assert told["failed"][0]["error"] == "IndexError: list index out of range"
    assert "input()" in told["failed"][1]["hint"]
    assert printed(result, 8) == "before\n"


def test_shell_lines_are_shown_and_not_run(whole: Any) -> None:
    folder, result = whole
    assert not (folder / "made-by-a-shell").exists() and not (folder / "made-by-a-cell").exists()
    text = printed(result, 2)
    assert "$ touch made-by-a-shell" in text and "--allow-shell" in text
    assert "$ pip install nothing-of-the-kind" in text and "installs nothing" in text and "[]" in text
    assert "touch made-by-a-cell" in printed(result, 3)


def test_a_clone_of_the_books_data_is_answered_and_no_file_is_overwritten(whole: Any) -> None:
    folder, result = whole
    assert (folder / "data" / "wine.csv").read_text("utf-8") == WINE
    assert (folder / "data" / "house_train.csv").read_text("utf-8") == "the user's own\n"
    assert "already exists" in printed(result, 2) and "wine.csv" in printed(result, 2)
    assert "7.8" in cell(result, 2).outputs[-1].data["text/html"]


def test_windows_become_pictures(whole: Any) -> None:
    _, result = whole
    blue, gray = pictures(result, 5)
    assert blue.size == (7, 5) and blue.convert("RGB").getpixel((0, 0)) == (0, 0, 255)
    assert gray.size == (6, 4) and gray.convert("L").getpixel((0, 0)) in (127, 128)
    assert "not Colab" in printed(result, 5)


def test_hangul_and_the_minus_sign_are_drawn(whole: Any) -> None:
    _, result = whole
    assert len(pictures(result, 4)) == 1
    assert "missing from" not in printed(result, 4)  # matplotlib's warning about a letter


def test_what_is_printed_and_drawn_stands_in_its_order(whole: Any) -> None:
    outputs = [o.get("text", o.output_type) for o in cell(whole[1], 4).outputs]
    assert outputs == ["above\n", "display_data", "2/2 one\n"]


def test_old_names_of_libraries_answer(whole: Any) -> None:
    _, result = whole
    assert printed(result, 6) == "3.0 4 3.5 (1, 1) (4, 1)\n1 y [ True] inf\n"
    assert len(pictures(result, 6)) == 1


def test_what_pandas_3_would_do_to_a_copy_is_done_to_the_frame_and_other_paths_are_found(whole: Any) -> None:
    _, result = whole
    text = printed(result, 7)
    assert "[[1.0, 'y'], [5.0, 'x']]\n" in text
    assert "['Sex'] object\n" in text
    assert "[[0.5, 1.5, 0], [1.0, 2.0, 0.5]] [[0.25, 0.75], [0.5, 1.0]]\n" in text
    assert "{'a': {'b': 1, 'c': 1}} 7.4 7.4\n" in text
    assert "data/wine.csv is read" in text


def test_the_figure_of_the_document_stands_beside_ours(whole: Any) -> None:
    _, result = whole
    (figure,) = result.figures
    assert (figure.block, figure.document, figure.ours) == (10, 0.9, 0.95)


def test_the_page_holds_every_block_and_asks_for_nothing(whole: Any) -> None:
    _, result = whole
    page = run_page.render(facts.collect(result), "ko")
    for block in result.document.blocks:
        assert f'id="b{block.number}"' in page
    assert page.count("data:image/png;base64,") >= 4
    assert "0.9000" in page and "0.9500" in page and "+0.0500" in page
    assert "http://" not in page.replace("http://www.w3.org", "") and 'src="http' not in page
    assert "numpy.float" in page and "list index out of range" in page


def test_long_lines_go_on_below_and_tables_keep_their_columns() -> None:
    long = "1/1 ━━━━ - " + "loss: 0.1 - " * 9
    bar, _, head, row = run_outputs.text(f"{long}\nshort\n┏━━┳{'━' * 90}┓\n│ a │ {' ' * 88}│").split("\n")
    assert bar == f'<span class="long">{long.strip().replace("━", "─")}</span>'
    assert head == f"┌──┬{'─' * 90}┐" and row.startswith("│ a │")


def test_the_executed_notebook_opens_and_the_document_is_unchanged(whole: Any) -> None:
    folder, result = whole
    page, path = run.paths(Path("out.md"), folder)
    run.write_notebook(result, path)
    page.write_text(run_page.render(facts.collect(result)), "utf-8")
    assert run.paths(Path("out.md"), folder) == [page, path]  # over our own files only
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].source == "# One"
    assert (folder / "document.md").read_text("utf-8") == DOCUMENT


def test_names_of_outputs_never_fall_on_files_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "a-run.html").write_text("<p>mine</p>", "utf-8")
    assert run.paths(Path("a.md"), tmp_path) == [tmp_path / "a-run-2.html", tmp_path / "a-run-2.ipynb"]
    (tmp_path / "b-run.ipynb").write_text('{"cells": [], "metadata": {}, "text": "hakseup"}', "utf-8")
    assert run.paths(Path("b.md"), tmp_path)[0] == tmp_path / "b-run-2.html"


SCRIPT = """# python3 script.py --data "a b" -n 2
import sys, os
import argparse
from pathlib import Path
print(Path(__file__).name, len(sys.argv), __name__)
ap = argparse.ArgumentParser()
ap.add_argument('-d', '--data', required=True)
ap.add_argument('-n', type=int, default=1)
print(vars(ap.parse_args()))
import helper
helper.hello()
"a last line that a script does not show"
sys.exit()
"""


def test_a_script_is_run_as_a_script_and_the_command_writes_its_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "script.py").write_text(SCRIPT, "utf-8")
    (tmp_path / "helper.py").write_text("def hello():\n    print('beside it')\n", "utf-8")
    assert main(["run", "script.py", "--json", "--fix", "new.py", "--lang", "ko"]) == 0
    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    assert {"file", "blocks", "ran", "failed", "seconds", "figures", "notes", "html", "notebook"} <= set(
        answer
    )
    assert (answer["blocks"], answer["ran"], answer["failed"]) == (1, 1, [])
    assert answer["fixed"] == ["new.py", "new.hakseup.py"]
    assert "블록 1개 가운데 1개를 실행했습니다" in captured.err
    notebook = nbformat.read(answer["notebook"], as_version=4)
    (output,) = notebook.cells[0].outputs
    assert output.text == "script.py 5 __main__\n{'data': 'a b', 'n': 2}\nbeside it\n"
    assert Path(answer["html"]).read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("kind", "said", "part"),
    [
        ("ModuleNotFoundError", "No module named 'xgboost.sklearn'", "xgboost is not installed"),
        ("FileNotFoundError", "[Errno 2] No such file or directory: 'a.csv'", "current folder"),
        ("SyntaxError", "Missing parentheses in call to 'print'. Did you mean print(...)?", "Python 2"),
        (
            "error",
            "OpenCV(5.0.0) :-1: error: (-215:Assertion failed) !_src.empty() in function 'cvtColor'",
            "imread",
        ),
        ("ValueError", "something of the code's own", None),
    ],
)
def test_what_is_missing_here_is_explained(kind: str, said: str, part: str | None) -> None:
    from hakseup.runner import kernel

    error = nbformat.v4.new_output("error", ename=kind, evalue=said, traceback=["Cell In[1], line 2"])
    failure = kernel._failure([error])
    assert failure is not None and failure.line == 2
    assert (failure.hint is None) == (part is None)
    assert part is None or (failure.hint is not None and part in failure.hint.en)


def test_a_name_that_is_not_there_says_which_block_makes_it() -> None:
    from hakseup.runner import unmade
    from hakseup.runner.code import parse
    from hakseup.runner.documents import Block

    blocks = ["model.fit(x)", "import b as x\ndef f():\n  y = 1\nfor k in r:\n  (m, n) = k", "model = f()"]
    codes = {c.block.number: c for c in parse([Block(n, n, 1, t) for n, t in enumerate(blocks, 1)])}

    def said(name: str, block: int, *failed: int) -> str:
        words = unmade.why(f"NameError: name '{name}' is not defined", block, codes, failed)
        return "" if words is None else words.en

    assert "until block 3" in said("model", 1) and "No block" in said("y", 3)
    assert "block 2, which failed" in said("m", 3, 2) and said("m", 3) == "" and said("xyz", 1) != ""
    assert said("print", 1) == "" and unmade.why("ValueError: name", 1, codes, []) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/content/drive/MyDrive/data/a.csv", "data/a.csv"),
        ("/content/drive/My Drive", "."),
        ("data\\a.csv", "data/a.csv"),
        ("..\\elsewhere\\a.csv", None),
        ("../data/a.csv", "data/a.csv"),
        ("../elsewhere/b.csv", None),
        ("data/a.csv", None),  # it is here as it is
        ("C:/Users/me/b.csv", None),
        ("/Users/me/Downloads/data/a.csv", "data/a.csv"),
        ("/home/me/b.csv", None),
        ("a line\nand another", None),
        ("\\d+ is no path", None),
    ],
)
def test_paths_of_other_machines_are_found_by_their_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: str | None
) -> None:
    from hakseup.runner.inside import rewriting

    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").touch()
    assert rewriting.found_here(text) == expected


def test_prints_of_python_2_get_their_parentheses() -> None:
    from hakseup.runner.inside.python2 import with_parentheses

    for code, expected in {
        'print "a", 1\nx = 2\n': 'print("a", 1)\nx = 2\n',
        "if x: print x\nelse: print '가', y; z = 1\n": "if x: print(x)\nelse: print('가', y); z = 1\n",
        'for i in r:\n    print "%d" % i,\n': 'for i in r:\n    print("%d" % i, end=" ")\n',
        'print "a %s" % (b,\n  c)  # why\n': 'print("a %s" % (b,\n  c))  # why\n',
        "print(1)\n": "print(1)\n",
        'print "a"\ndef f(:\n': 'print("a")\ndef f(:\n',  # another error is left to Python
    }.items():
        assert with_parentheses(code) == expected


def test_places_that_python_2_divided_are_whole() -> None:
    import ast

    import numpy as np

    from hakseup.runner.inside import rewriting

    here = {
        "x": np.arange(12).reshape(3, 4),
        "n": [5, 6, 7],
        "shares": {0.5: "half"},
        "__hakseup_at": rewriting.at,
        "__hakseup_below": rewriting._below,
    }
    for code, expected in {
        "x[5 / 4, 5 % 4]": 5,
        "n[: len(n) / 2]": [5],
        "n[1 + 3 / 2 :]": [7],
        "shares[1 / 2]": "half",
        "x[4 / 2][3]": 11,
        "list(range(3 / 2, 8 / 2))": [1, 2, 3],
    }.items():
        tree = rewriting.Places().visit(ast.parse(code, mode="eval"))
        assert eval(compile(tree, "", "eval"), here) == expected
    code = "x[(5 - 1) / 2, 2 / 4] = 1; n[3 / 2] += 1; shares[1 / 2] = 'all'; n[: 1 / 2] = []"
    tree = rewriting.Places().visit(ast.parse(code))
    exec(compile(tree, "", "exec"), here | {"__hakseup_place": rewriting.place_in})
    assert (here["x"][2, 0], here["n"], here["shares"]) == (1, [5, 7, 7], {0.5: "all"})


def test_a_process_that_dies_is_told_and_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.md").write_text(
        "```python\nimport os\nos._exit(9)\n```\n\n```python\nprint(1)\n```\n", "utf-8"
    )
    result = run.run("a.md")
    assert list(result.ran) == [1]
    failure = result.ran[1].failure
    assert failure is not None and failure.hint is not None and "memory" in failure.hint.en
    assert "not reached" in run_page.render(facts.collect(result), "en")


def test_ctrl_c_leaves_what_there_is(tmp_path: Path) -> None:
    text = "```python\nprint('Accuracy: 0.5')\n```\n\n```python\nimport time\nopen('reached', 'w').close()\ntime.sleep(600)\n```\n"
    (tmp_path / "a.md").write_text(text, "utf-8")
    call = [sys.executable, "-m", "hakseup", "run", "a.md", "--json"]
    with subprocess.Popen(call, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 100
        while not (tmp_path / "reached").exists() and time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert json.loads(out)["error"]["code"] == "interrupted"
    assert b"Traceback" not in err
    notebook = nbformat.read(tmp_path / "a-run.ipynb", as_version=4)
    assert notebook.cells[0].outputs[0].text == "Accuracy: 0.5\n"
    assert (tmp_path / "a-run.html").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["run", "none.md"], "no-such-file"),
        (["run", "a.md", "--engine", "jax"], "unknown-engine"),
        (["run", "a.md", "--fix", "a.py"], "bad-output"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_runs(
    words: list[str],
    code: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.md").write_text("```python\nopen('ran', 'w').close()\n```\n", "utf-8")
    assert main([*words, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code
    assert not (tmp_path / "ran").exists() and [path.name for path in tmp_path.iterdir()] == ["a.md"]
