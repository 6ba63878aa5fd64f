"""A process of its own that runs the blocks of one document, in order, in the current folder.

It is an IPython kernel, driven by nbclient. Nothing of the user's IPython or Jupyter settings is read, nothing is
written beside what the document itself writes.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output

from hakseup.errors import HakseupError
from hakseup.runner.inside.imports import Engine
from hakseup.words import Words, language, without_colours

_START = "from hakseup.runner.inside.start import begin as _begin; _begin({}); del _begin"
_ALIVE = 120.0  # seconds for the process to come up on a busy machine


@dataclass(frozen=True)
class Failure:
    """Why a block failed.

    error: the kind and the sentence, as Python says it.
    line: of the block's code, from 1; None where it is not known.
    hint: what a person should know about it.
    """

    error: str
    line: int | None
    hint: Words | None = None


@dataclass(frozen=True)
class Ran:
    """A block that was run: seconds, and why it failed (None: it did not)."""

    seconds: float
    failure: Failure | None


class Kernel:
    """The process; made by `open_kernel`.

    Args:
        client: nbclient's, with its process running.
        hear: told of every piece of text as it is printed.
    """

    def __init__(self, client: _Client) -> None:
        self._client = client

    async def run(self, cell: NotebookNode, index: int, code: str, hear: Callable[[str], None]) -> Ran:
        """Run this code; what it gives becomes the outputs of the cell.

        Args:
            cell: of the notebook that the kernel was opened for.
            index: its place in it.
            code: what is run; the source of the cell stays.
            hear: told of every piece of text as it is printed.
        """
        self._client.hear = hear
        typed = NotebookNode(cell_type="code", source=code, metadata=NotebookNode(), outputs=[])
        start = time.perf_counter()
        failure: Failure | None = None
        try:
            await self._client.async_execute_cell(typed, index)
        except DeadKernelError:
            if not self._client.died:  # nbclient says so of a wait that was cancelled, too
                raise asyncio.CancelledError from None
            failure = Failure("DeadKernelError", None, _DIED)
        finally:
            self._client.nb.cells[index] = cell
            cell.outputs = _as_on_a_screen(_without_exits(typed.outputs))
            cell.execution_count = typed.get("execution_count")
        seconds = time.perf_counter() - start
        return Ran(seconds, failure or _failure(cell.outputs))

    @property
    def is_alive(self) -> bool:
        """Whether another block can be run."""
        return not self._client.died


_DIED = Words(
    "The process that ran the code ended by itself; most often the memory of this machine was not enough.",
    "코드를 실행하던 프로세스가 스스로 끝났습니다. 대부분 메모리가 모자라서입니다.",
)
_INPUT = Words(
    "The code asks for something to be typed (input()); here nobody can. Write the answer into the code.",
    "코드가 입력을 기다립니다(input()). 여기서는 입력할 수 없으니 답을 코드에 적어 주세요.",
)


_ARGUMENTS = Words(
    "The script wants arguments: type them behind two dashes, hakseup run FILE -- --name value.",
    "스크립트가 인자를 요구합니다. 줄표 두 개 뒤에 적으세요: hakseup run FILE -- --name value",
)
_TO_EXIT = re.compile(r"^.*UserWarning: To exit: use 'exit'.*\n(?:\s+warn\(.*\n?)?", re.MULTILINE)


def _without_exits(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Without a `sys.exit()` that reports nothing wrong, and without IPython's advice on how to leave it."""
    kept = [o for o in outputs if not (o.output_type == "error" and _is_end(o.ename, o.evalue))]
    for output in kept:
        if output.output_type == "stream":
            output.text = _TO_EXIT.sub("", output.text)
    return [o for o in kept if o.output_type != "stream" or o.text]


def _is_end(kind: str, said: str) -> bool:
    return kind == "SystemExit" and said in ("", "0", "None")


def _as_on_a_screen(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Pieces of text that follow each other as one, what was drawn over left out; pictures and tables stay between them.

    nbclient's own `coalesce_streams` puts everything that a cell prints before its first picture. Standard output comes
    before the errors of the same moment: the two are not told in order.
    """
    shown: list[NotebookNode] = []
    for printed, group in itertools.groupby(outputs, lambda output: output.output_type == "stream"):
        if not printed:
            shown += group
            continue
        texts = {"stdout": "", "stderr": ""}
        for output in group:
            texts[output.name] += output.text
        shown += [new_output("stream", name=name, text=_left(text)) for name, text in texts.items() if text]
    return shown


def _left(text: str) -> str:
    """What stays on a screen: a carriage return takes its line, a backspace a character."""
    text = re.sub(r".*\r(?=[^\n])", "", text)
    before = None
    while text != before:
        before, text = text, re.sub(r"[^\n\x08]\x08|^\x08", "", text, flags=re.MULTILINE)
    return text


def _failure(outputs: list[Any]) -> Failure | None:
    for output in outputs:
        if output.output_type == "error":
            trace = without_colours("\n".join(output.traceback))
            # The outermost frame is the block's own line; later ones belong to what it called.
            found = re.search(r"Cell In\s*\[\d+\], line (\d+)", trace) or re.search(
                r"^\s*File <ipython.*?line (\d+)", trace
            )
            line = int(found[1]) if found else None
            error = f"{output.ename}: {output.evalue.strip()}".rstrip(": ")
            if output.ename == "SystemExit" and any("usage: " in o.get("text", "") for o in outputs):
                return Failure(error, line, _ARGUMENTS)
            return Failure(error, line, _hint(output.ename, output.evalue))
    return None


def _hint(kind: str, said: str) -> Words | None:
    """What a person should know of an error that is not of the code's own making."""
    if kind == "StdinNotImplementedError":
        return _INPUT
    if kind == "SyntaxError" and "Missing parentheses in call to 'print'" in said:
        return Words(
            "This is Python 2: today print is a function, print(…).",
            "파이썬 2의 코드입니다. 지금은 print(…)처럼 괄호를 씁니다.",
        )
    if kind == "error" and "OpenCV" in said and "empty()" in said:
        return Words(
            "The picture is empty: cv2.imread gives None where the file is not there. Look at its path.",
            "그림이 비어 있습니다. 파일이 없으면 cv2.imread는 None을 돌려줍니다. 경로를 확인하세요.",
        )
    missing = re.match(r"No module named '([\w.]+)'", said) if kind == "ModuleNotFoundError" else None
    if missing:
        name = missing[1].partition(".")[0]
        return Words(
            f"The library {name} is not installed here; install it, then run the document again.",
            f"{name} 라이브러리가 설치되어 있지 않습니다. 설치한 뒤 문서를 다시 실행하세요.",
        )
    if kind == "FileNotFoundError":
        return Words(
            f"{said}. The code runs in the current folder, {Path.cwd()}: the file has to lie there as the code names it.",
            f"{said}. 코드는 현재 폴더({Path.cwd()})에서 실행됩니다. 파일을 코드에 적힌 대로 그곳에 두세요.",
        )
    return None


class _Client(NotebookClient):  # type: ignore[misc,unused-ignore]
    """nbclient's, which also tells what is printed while it is printed."""

    hear: Callable[[str], None] = staticmethod(lambda text: None)
    died = False

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        if msg["msg_type"] == "stream":
            self.hear(msg["content"]["text"])
        return super().process_message(msg, cell, cell_index)

    async def _async_check_alive(self) -> None:
        try:
            await super()._async_check_alive()
        except DeadKernelError:
            self.died = True
            raise


@contextlib.asynccontextmanager
async def open_kernel(
    notebook: NotebookNode,
    *,
    engine: Engine,
    allow_shell: bool,
    form: int = 3,
    script: Path | None = None,
    arguments: Sequence[str] = (),
    python: str = sys.executable,
) -> AsyncIterator[Kernel]:
    """Start the process; it ends with the block.

    Args:
        notebook: whose cells will be run.
        engine: whose Keras `keras` and `tensorflow.keras` are.
        allow_shell: shell lines are run, not only shown.
        form: how Keras' lines are printed, as Keras 2 or as Keras 3 did it.
        script: the file, where it is one script.
        arguments: what it is called with.
        python: the interpreter; it must find hakseup and ipykernel.

    Raises:
        HakseupError: the process could not be started.
    """
    with tempfile.TemporaryDirectory(prefix="hakseup-run-", ignore_cleanup_errors=True) as own:
        manager = _manager(python, Path(own))
        client = _Client(
            notebook,
            km=manager,
            allow_errors=True,
            timeout=None,
            startup_timeout=_ALIVE,
        )
        try:
            await _start(client, Path(own))
            await _prepare(client, engine, allow_shell, form, script, arguments)
            yield Kernel(client)
        finally:
            with contextlib.suppress(Exception):  # it is going away, one way or another
                if client.kc is not None:
                    client.kc.stop_channels()
            with contextlib.suppress(Exception):
                await manager.shutdown_kernel(now=True)


def _manager(python: str, own: Path) -> AsyncKernelManager:
    # Sockets in our own folder where there are such: nobody else on the machine can read along.
    ways = {} if os.name == "nt" else {"transport": "ipc", "ip": str(own / "way")}
    manager = AsyncKernelManager(connection_file=str(own / "connection.json"), **ways)
    manager._kernel_spec = KernelSpec(  # the process of this very Python, whatever kernels Jupyter knows of
        argv=[
            python,
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            "--HistoryManager.enabled=False",
            "--InteractiveShell.colors=nocolor",
        ],
        display_name="hakseup",
        language="python",
        interrupt_mode="signal",
    )
    return manager


async def _start(client: _Client, own: Path) -> None:
    environment = {
        **os.environ,
        "IPYTHONDIR": str(own / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(own),
        "PYTHONIOENCODING": "utf-8",
        "PYTHONPATH": os.pathsep.join(_ways()),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    try:
        await client.km.start_kernel(cwd=str(Path.cwd()), env=environment)
        client.kc = client.km.client()
        client.kc.start_channels()
        await client.kc.wait_for_ready(timeout=_ALIVE)
        client.kc.allow_stdin = False
    except (OSError, RuntimeError) as error:
        raise HakseupError(
            "no-process",
            Words(
                f"The process that runs the code could not be started: {error}",
                f"코드를 실행할 프로세스를 시작하지 못했습니다: {error}",
            ),
        ) from error


def _ways() -> list[str]:
    """Where the other process finds this very hakseup, and what was found by PYTHONPATH here."""
    import hakseup

    here = str(Path(hakseup.__file__).parents[1])
    return [here, *(way for way in os.environ.get("PYTHONPATH", "").split(os.pathsep) if way and way != here)]


async def _prepare(
    client: _Client,
    engine: Engine,
    allow_shell: bool,
    form: int,
    script: Path | None,
    arguments: Sequence[str],
) -> None:
    said = {
        "engine": engine,
        "allow_shell": allow_shell,
        "language": language(),
        "form": form,
        "file": None if script is None else str(script),
        "arguments": list(arguments),
    }
    code = _START.format(", ".join(f"{name}={value!r}" for name, value in said.items()))
    cell = NotebookNode(cell_type="code", source=code, metadata=NotebookNode(), outputs=[])
    kept = client.nb
    client.nb = NotebookNode(cells=[cell], metadata=NotebookNode())
    try:
        await client.async_execute_cell(cell, 0, store_history=False)
    except (DeadKernelError, CellExecutionError) as error:
        raise RuntimeError(f"the running process did not come up: {error}") from error
    finally:
        client.nb = kept
    failure = _failure(cell.outputs)
    if failure is not None:
        trace = "\n".join(cell.outputs[-1].get("traceback", []))
        raise RuntimeError(f"the running process did not come up: {failure.error}\n{trace}")
