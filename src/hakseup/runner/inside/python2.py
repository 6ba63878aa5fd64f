"""Code of Python 2 as it stands in documents of 2016: `print x` without parentheses, `xrange`, `raw_input`, `unicode`."""

from __future__ import annotations

import ast
import warnings
from typing import Any

from hakseup.words import Words

_MISSING = "Missing parentheses in call to 'print'"
NAMES = {"xrange": range, "raw_input": input, "unicode": str}


def install(shell: Any) -> None:
    """Read the blocks of this IPython shell so."""
    for name, value in NAMES.items():
        shell.user_ns.setdefault(name, value)
    told = False

    def read(lines: list[str]) -> list[str]:
        nonlocal told
        text = "".join(lines)
        made = with_parentheses(text)
        if made != text and not told:
            told = True
            print(
                Words(
                    "This is Python 2: print x is run as print(x).",
                    "파이썬 2의 코드입니다. print x를 print(x)로 실행합니다.",
                )
            )
        return made.splitlines(keepends=True)

    shell.input_transformers_post.append(read)


def with_parentheses(code: str) -> str:
    """The code with `print x` as `print(x)`; whatever else is wrong with it stays."""
    for _ in range(code.count("print")):
        lines = code.splitlines(keepends=True)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(code)
        except SyntaxError as error:
            if not str(error.msg).startswith(_MISSING) or error.end_lineno is None:
                break
            # Python says from where to where the statement goes, in signs from 1.
            first, last = (error.lineno or 1) - 1, error.end_lineno - 1
            begin, end = (error.offset or 1) - 1, (error.end_offset or 1) - 1
            before, after = lines[first][:begin], lines[last][end:]
            whole = "".join(lines[first : last + 1])
            said = whole[begin : len(whole) - len(after)].removeprefix("print").strip()
            goes_on = ' end=" "' if said.endswith(",") else ""  # the next one stands in the same line
            lines[first : last + 1] = [f"{before}print({said}{goes_on}){after}"]
            code = "".join(lines)
        except (ValueError, RecursionError):
            break
        else:
            break
    return code
