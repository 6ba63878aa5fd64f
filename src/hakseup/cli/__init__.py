"""The command line: parses, calls one function of `api`, prints.

Who owns what: `start` is one call from its words to its exit status; `parser` makes the Typer application out of
the table in `commands`; `options` makes options out of the table of settings; `screen` is the only place that
prints; `failures` turns what went wrong into a sentence and a status; the other modules hold the commands.
Nothing heavy is imported before a command runs.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what `hakseup` and `python -m hakseup` call.

    Args:
        arguments: the words behind `hakseup`; None takes those of this process.

    Returns:
        0 done, 1 it could not be done, 2 the call was wrong, 130 interrupted.
    """
    import sys

    from hakseup.cli.start import start

    return start(sys.argv[1:] if arguments is None else list(arguments))
