"""hakseup (학습): a model you can trust, from a folder of pictures or a table, on the computer you have.

    import hakseup
    run = hakseup.train("digits")
    run.evaluate()

Nothing heavy is loaded before it is used.
"""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

_PUBLIC = (
    "Run",
    "compare",
    "crossval",
    "demo",
    "draw",
    "evaluate",
    "load_recipe",
    "look",
    "open_run",
    "pixels",
    "predict",
    "report",
    "resume",
    "runs",
    "train",
    "tutorial",
)
__all__ = [*_PUBLIC, "__version__"]

# Threads that wait for one another sleep instead of spinning; it works until PyTorch is loaded. As soon as another program
# wants a core, spinning threads wait for one that is not running (docs/benchmarks.md). What a person has set stays.
if not any(os.environ.get(known) for known in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")):
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"


class _Room(ModuleType):
    """Two rooms bear the name of a command: `hakseup.runs()` and `hakseup.report(run)` call it."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        return getattr(import_module("hakseup.api"), self.__name__.rpartition(".")[2])(*args, **options)


for _name in ("runs", "report"):
    import_module(f"hakseup.{_name}").__class__ = _Room


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module("hakseup.api"), name)
    raise AttributeError(f"module 'hakseup' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
