"""The first thing the running process does: names, libraries, pictures and shell lines are set up."""

from __future__ import annotations

import importlib.util
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from hakseup import words
from hakseup.runner.inside import imports, later, libraries, pictures, python2, rewriting, shell


def begin(
    *,
    engine: imports.Engine,
    allow_shell: bool,
    language: words.Language,
    file: str | None,
    arguments: list[str],
    form: int,
) -> None:
    """Prepare this process; called once, before the first block.

    Args:
        engine: whose Keras `keras` and `tensorflow.keras` are.
        allow_shell: shell lines are run, not only shown.
        language: what is said is said in it.
        form: how Keras' lines are printed, as Keras 2 or as Keras 3 did it.
        file: the script that is run, None for documents with cells: it is `__file__` and the first argument.
        arguments: those behind it.
    """
    from IPython.core.getipython import get_ipython

    words.settle(language)
    ipython: Any = get_ipython()
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if engine == "keras" and importlib.util.find_spec("tensorflow") is None:
        os.environ.setdefault("KERAS_BACKEND", "torch")
    changes = _changes(form)
    if engine == "keras":
        from hakseup.runner.inside import data

        changes |= data.changes()
    imports.install(engine, changes)
    pictures.install_colab()
    shell.install(ipython, allow=allow_shell)
    _magics(ipython)
    rewriting.install(ipython)
    python2.install(ipython)
    if engine == "hakseup":
        later.install(ipython)
    # The notes beside the code say what got another name; below the block it would only stand in the way.
    warnings.filterwarnings("ignore", "(?s).*(is an older name; today it is|예전 이름입니다)")
    sys.path.insert(0, str(Path.cwd()))  # a document may import a file that lies beside it
    sys.argv = [file or "", *arguments]
    if file is not None:
        ipython.user_ns["__file__"] = file
        ipython.ast_node_interactivity = "none"  # a script does not show what its last line gives


def _changes(form: int) -> dict[str, Callable[[ModuleType], None]]:
    """What is done to libraries once they are loaded, by their names."""
    return {
        **libraries.changes(),
        "cv2": pictures.cv2,
        "matplotlib": pictures.matplotlib,
        "matplotlib.font_manager": pictures.fonts,
        "PIL.Image": pictures.pillow,
        f"{imports.FACADE}.printing": lambda printing: printing.form(form),
    }


def _magics(ipython: Any) -> None:
    """`%matplotlib notebook`, `qt`, `tk`: there is no screen; figures show below the block."""
    plain = ipython.find_line_magic("matplotlib")
    if plain is None:
        return

    def matplotlib(line: str) -> Any:
        return plain(line if line.strip() in ("inline", "--list", "-l") else "inline")

    ipython.register_magic_function(matplotlib, "line", "matplotlib")
