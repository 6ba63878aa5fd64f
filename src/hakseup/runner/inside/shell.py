"""Shell lines and magics of a document: shown and not run, unless that was allowed.

Two kinds are answered all the same: a clone of the book's data repository, with the known tables that lie on this
machine or are fetched as `hakseup data` fetches them; and installing packages, which are here or are named.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

from hakseup.errors import HakseupError
from hakseup.words import Words

REPOSITORY = re.compile(
    r"github\.com[:/](?:taehojo|gilbutITbook)/(?P<name>[\w.-]*?data[\w.-]*?|080324)(?:\.git)?$"
)
_TABLES = ("wine", "pima", "house")
_INSTALL = re.compile(
    r"^(?:sudo\s+)?(?:pip3?|conda|apt(?:-get)?|python3?\s+-m\s+pip)\s+(?:-\S+\s+)*install\b"
)


def install(shell: Any, *, allow: bool) -> None:
    """Take the place of IPython's shell lines and of the magics that run programs.

    Args:
        shell: the IPython shell of this process.
        allow: run shell lines; a clone of the data repository is answered here all the same.
    """
    system, getoutput = shell.system, shell.getoutput

    def answered(line: str) -> Any:
        if clone(line):
            return None
        if allow:
            return system(line)
        shown(line)
        return None

    def captured(line: str, *arguments: Any, **options: Any) -> Any:
        if allow:
            return getoutput(line, *arguments, **options)
        shown(line)
        return []

    shell.system, shell.getoutput = answered, captured
    nothing = dict.fromkeys(("tensorflow_version", "autosave", "tensorboard"))
    for name in nothing:
        shell.register_magic_function(_nothing, "line", name)
    load = shell.find_line_magic("load_ext")

    def load_ext(line: str) -> Any:
        name = line.strip()
        if name in nothing:  # its magic is answered here, whether it is installed or not
            return None
        if importlib.util.find_spec(name.partition(".")[0]) is None:
            return print(
                Words(
                    f"The notebook's extension {name} is not installed here; nothing is calculated with it.",
                    f"노트북 확장 {name}은(는) 설치되어 있지 않습니다. 계산에는 쓰이지 않습니다.",
                )
            )
        return load(line)

    shell.register_magic_function(load_ext, "line", "load_ext")
    if allow:
        return

    def not_run(line: str) -> None:
        shown(line)

    def cell_not_run(line: str, cell: str = "") -> None:
        shown("\n".join(part for part in (line, cell.strip()) if part))

    for name in ("pip", "conda", "mamba", "uv", "sx", "system"):
        shell.register_magic_function(_named(name, not_run), "line", name)
    for name in ("bash", "sh", "script", "cmd", "perl", "ruby", "javascript", "js"):
        shell.register_magic_function(cell_not_run, "cell", name)


def _named(name: str, then: Any) -> Any:
    return lambda line: then(f"{name} {line}")


def _nothing(_line: str) -> None:
    """A magic of Colab that has no meaning here."""


def shown(line: str) -> None:
    """Say that a line was not run, and what that means."""
    print(f"$ {line.strip()}")
    if _INSTALL.match(line.strip()):
        print(
            Words(
                "Not run: hakseup installs nothing. What the document imports next either is here or says that it is not.",
                "실행하지 않았습니다. hakseup은 아무것도 설치하지 않습니다. 다음에 불러오는 것이 없으면 그때 알려 드립니다.",
            )
        )
    else:
        print(
            Words("Not run; --allow-shell runs it.", "실행하지 않았습니다. --allow-shell을 주면 실행합니다.")
        )


def clone(line: str) -> bool:
    """Answer a clone of the book's data repository; False: it is none.

    What lies in the folder already is left as it is.
    """
    try:
        words = [word for word in shlex.split(line, comments=True) if not word.startswith("-")]
    except ValueError:
        return False
    if words[:2] != ["git", "clone"] or len(words) < 3:
        return False
    found = REPOSITORY.search(words[2].rstrip("/"))
    if found is None:
        return False
    folder = Path(words[3] if len(words) > 3 else found["name"].removesuffix(".git"))
    there = folder.is_dir() and any(folder.iterdir())
    if there:
        print(f"fatal: destination path '{folder}' already exists and is not an empty directory.")
    else:
        print(f"Cloning into '{folder}'...")
    put = fill(folder)
    if put:
        print(
            Words(
                f"Not cloned: hakseup put the known tables there ({', '.join(put)}).",
                f"복제하는 대신 hakseup이 알려진 표를 넣었습니다({', '.join(put)}).",
            )
        )
    return True


def fill(folder: Path) -> list[str]:
    """Put the known tables into this folder, fetched where they are not on this machine; the names of the new files."""
    from hakseup.sources.tables import known

    put = []
    for name in _TABLES:
        try:
            source = known.path_of(name)
        except HakseupError as error:
            print(error)
            continue
        target = folder / source.name
        if not target.exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            put.append(target.name)
    return put
