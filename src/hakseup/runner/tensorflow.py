"""What hakseup has of TensorFlow beside `keras`, for the documents that `fix` writes: no TensorFlow need be installed.

The same few names that `hakseup run` gives a document which imports TensorFlow; every other is refused with a sentence.
"""

from __future__ import annotations

from typing import Any

from hakseup.runner.inside.tensorflow import module


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return getattr(module("tensorflow"), name)
