"""A name that a block uses and that nothing has made yet: which block makes it, if any.

Articles show pieces first and the whole program at the end; books print the one function that matters and leave the rest out.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Mapping, Sequence

from hakseup.runner.code import Code
from hakseup.words import Words


def why(error: str, block: int, codes: Mapping[int, Code], failed: Sequence[int]) -> Words | None:
    """What a person should know of `NameError: name 'model' is not defined`; None of any other error.

    Args:
        error: as Python says it.
        block: in which it came up.
        codes: of the document, by their blocks.
        failed: the blocks that had failed before.
    """
    said = re.match(r"NameError: name '(\w+)' is not defined", error)
    if said is None or hasattr(builtins, said[1]):
        return None
    name = said[1]
    makers = [number for number, code in codes.items() if name in made(code.tree)]
    stopped = [number for number in makers if number < block and number in failed]
    later = [number for number in makers if number > block]
    again = f", and again in block {later[0]}, further down" if later else ": mend that one first"
    again_ko = f", 아래 블록 {later[0]}에서 다시 만듭니다." if later else ". 그것부터 고치세요."
    if stopped:
        return Words(
            f"{name} is made in block {stopped[-1]}, which failed{again}.",
            f"{name}을(를) 만드는 블록 {stopped[-1]}이(가) 실패했습니다{again_ko}",
        )
    if later:
        return Words(
            f"{name} is not made until block {later[0]}: this block is a piece that the document shows beforehand.",
            f"{name}은(는) 블록 {later[0]}에서야 만들어집니다. 이 블록은 문서가 미리 보여 주는 조각입니다.",
        )
    if not makers:
        return Words(
            f"No block of the document makes {name}: the code that does is not printed in it.",
            f"문서의 어느 블록도 {name}을(를) 만들지 않습니다. 만드는 코드가 문서에 실려 있지 않습니다.",
        )
    return None


def made(tree: ast.Module) -> set[str]:
    """The names that the lines of a block bind, those inside of functions and classes left out."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        waiting += ast.iter_child_nodes(node)
    return found
