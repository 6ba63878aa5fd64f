"""Beside `model.fit` in the document for hakseup: the same training in hakseup's own words, or why there is none."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from hakseup.errors import HakseupError
from hakseup.runner import renames
from hakseup.runner.code import Code, Meanings, called, is_training, keyword
from hakseup.runner.imports_today import of_tensorflow
from hakseup.sources.known import NAMES
from hakseup.words import Words

_CARRIED = {"epochs": "training.epochs", "nb_epoch": "training.epochs", "batch_size": "training.batch_size"}


def comments(codes: Sequence[Code]) -> dict[int, list[str]]:
    """Lines of comment for the blocks that train, by the block's number."""
    meanings = Meanings()
    layers: dict[str, list[str] | None] = {}  # model -> its layers; None: not to be read
    known: str | None = None  # the known data set that was loaded last
    out: dict[int, list[str]] = {}
    for code in codes:
        meanings.take(code.tree)
        for node in _in_order(code.tree):
            if isinstance(node, ast.Assign):
                _begin(node, layers, meanings)
            elif called(node) == "load_data" and isinstance(node.func, ast.Attribute):
                name = ast.unparse(node.func.value).rpartition(".")[2]
                known = name if name in NAMES else None
            elif called(node) == "add" and isinstance(node.func, ast.Attribute) and node.args:
                name = ast.unparse(node.func.value)
                there = layers.get(name)
                if there is not None:
                    there.append(_layer(node.args[0]))
            elif is_training(node) and isinstance(node.func, ast.Attribute):
                model = ast.unparse(node.func.value)
                out.setdefault(code.block.number, []).extend(_training(node, layers.get(model), known))
        missing = _missing(code, meanings)
        if missing:
            out[code.block.number] = [*missing, *out.get(code.block.number, [])]
    return out


def _in_order(tree: ast.Module) -> list[ast.Assign | ast.Call]:
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Assign | ast.Call)]
    return sorted(found, key=lambda n: (n.lineno, n.col_offset))


def _begin(node: ast.Assign, layers: dict[str, list[str] | None], meanings: Meanings) -> None:
    """`model = Sequential()`, `Sequential([...])`."""
    call = node.value
    if not isinstance(call, ast.Call) or called(call) != "Sequential":
        return
    given = call.args[0] if call.args else keyword(call, "layers")
    found: list[str] | None = []
    if isinstance(given, ast.List | ast.Tuple):
        found = [_layer(item) for item in given.elts]
    elif given is not None:
        found = None
    for target in node.targets:
        layers[ast.unparse(target)] = found


def _layer(node: ast.expr) -> str:
    """The layer as a recipe writes it: its last name, without the shape of its input, old names made new."""
    if not isinstance(node, ast.Call):
        return ast.unparse(node)
    name = called(node)
    new = renames.successor(f"keras.layers.{name}")
    given = [
        k for k in node.keywords if k.arg not in ("input_shape", "input_dim", "batch_input_shape", "name")
    ]
    given = [ast.keyword(renames.argument(name, k.arg or "") or k.arg, k.value) for k in given]
    made = ast.Call(ast.Name((new or name).rpartition(".")[2]), node.args, given)
    return ast.unparse(made)


def _training(node: ast.Call, layers: list[str] | None, known: str | None) -> list[str]:
    words = _why_not(node, layers)
    if words is not None:
        return str(words).split("\n")
    assert layers is not None
    x, y = (
        ast.unparse(a) for a in (*node.args, *(k.value for k in node.keywords if k.arg in ("x", "y")))[:2]
    )
    settings = {_CARRIED[k.arg]: ast.unparse(k.value) for k in node.keywords if k.arg in _CARRIED}
    flat = layers[0].startswith(("Dense(", "BatchNormalization(", "Dropout("))
    data = f"({x}, {y})"
    if known is not None:
        data = repr(known)
        layers = ["Flatten()", *layers] if flat else layers
    elif flat:
        data = f"{x}.assign(target={y})"
        settings = {"data.target": repr("target"), **settings}
    inside = ", ".join(f"{key!r}: {value}" for key, value in settings.items())
    told = Words(
        "In hakseup's own words (the epoch is chosen on validation rows, the test part stays sealed until evaluate):",
        "hakseup의 방식으로는 이렇게 씁니다(에포크는 검증 부분으로 고르고, 테스트 부분은 evaluate까지 봉인합니다):",
    )
    network = ",\n        ".join(repr(layer) for layer in layers)
    code = f"import hakseup\nrun = hakseup.train({data}, settings={{{inside}}}, network=[\n        {network},\n    ])"
    return [str(told), *(f"    {line}" for line in f"{code}\nrun.evaluate()".split("\n"))]


def _why_not(node: ast.Call, layers: list[str] | None) -> Words | None:
    if layers is None or not layers:
        return Words(
            "hakseup's own words have no equivalent here: the layers are not written out as literals.",
            "hakseup의 방식으로 옮길 수 없습니다. 층이 코드에 그대로 적혀 있지 않습니다.",
        )
    if (
        called(node) == "fit_generator"
        or len(node.args) + sum(k.arg in ("x", "y") for k in node.keywords) < 2
    ):
        return Words(
            "In hakseup's own words the folder is given, not a generator: hakseup.train('folder', network=[…]).",
            "hakseup의 방식에서는 제너레이터 대신 폴더를 줍니다: hakseup.train('폴더', network=[…]).",
        )
    from hakseup.layers.text import parse

    for layer in layers:
        try:
            parse([layer])
        except HakseupError as error:
            return Words(
                f"hakseup's own words have no equivalent for {layer}: {error.message.en}",
                f"hakseup의 방식에는 {layer}에 해당하는 것이 없습니다. {error.message.ko}",
            )
    return None


def _missing(code: Code, meanings: Meanings) -> list[str]:
    """A line for each name of Keras and of TensorFlow in a block that hakseup does not have."""
    from hakseup.keras.outside import instead

    lines: list[str] = []
    for whole in _names(code.tree, meanings):
        name = renames.successor(whole) or renames.canonical(whole)
        if name.partition(".")[0] not in ("keras", "tensorflow") or _is_there(name):
            continue
        hint = instead(name)
        line = Words(
            f"hakseup has no equivalent of {name}." + (f" {hint.en}" if hint else ""),
            f"hakseup에는 {name}에 해당하는 것이 없습니다." + (f" {hint.ko}" if hint else ""),
        )
        if str(line) not in lines:
            lines.append(str(line))
    return lines


def _names(tree: ast.Module, meanings: Meanings) -> Iterator[str]:
    """Dotted names that a block imports or uses."""
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*")
        elif isinstance(node, ast.Attribute) and id(node) not in inner:
            name = meanings.of(node)
            if name is not None:
                yield of_tensorflow(name, "hakseup") or name


def _is_there(name: str) -> bool:
    from hakseup.runner.inside.imports import FACADE
    from hakseup.runner.inside.libraries import look_up
    from hakseup.runner.inside.tensorflow import module

    try:
        if name.startswith("keras."):
            look_up(FACADE + name.removeprefix("keras"))
            return True
        found: object = module("tensorflow")
        for part in name.split(".")[1:]:
            found = getattr(found, part)
    except (AttributeError, ImportError, HakseupError):
        return False
    return True
